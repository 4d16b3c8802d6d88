//! Small helpers of these tests.

use testkit::Answer;

/// A text as it stands in a query.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// One member of every item of a list.
pub fn texts(answer: &Answer, member: &str) -> Vec<String> {
    let body = answer.json();
    let items = body["items"].as_array().unwrap_or_else(|| panic!("no list: {answer}"));
    items.iter().map(|i| i[member].as_str().unwrap_or_default().to_string()).collect()
}

/// A made-up credit code with another beginning (registration authority, class, region).
pub fn uscc_with(beginning: &str, n: u32) -> String {
    let code = testkit::uscc(n);
    let seventeen = format!("{beginning}{}", &code[8..17]);
    let check = domain::code::uscc::check_character(&seventeen).unwrap();
    format!("{seventeen}{check}")
}
