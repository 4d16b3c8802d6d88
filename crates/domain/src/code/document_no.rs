//! Numbers of official documents (文号): organ abbreviation, year in six-cornered brackets, serial (GB/T 9704-2012).
//!
//! Real files carry `[2017]`, `（2017）`, `【2017】` for `〔2017〕`; all are read, only the last is written. The organ's part and
//! the serial stay as issued, because a number is quoted and not improved. Called by penalties, tasks and law citations.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::CodeFault;

/// Brackets met around the year.
const OPENING: &[char] = &['[', '(', '〔', '【', '［', '（', '〖', '﹝', '{'];
const CLOSING: &[char] = &[']', ')', '〕', '】', '］', '）', '〗', '﹞', '}'];

/// A document number such as `南市监联查〔2026〕1号`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentNo {
    organ: String,
    year: u16,
    serial: String,
}

impl DocumentNo {
    /// Reads a number; refuses one without a bracketed year (`no_year`) or without a serial (`unknown_form`).
    pub fn parse(raw: &str) -> Result<Self, CodeFault> {
        let text = normalise(raw);
        if text.is_empty() {
            return Err(CodeFault::Empty);
        }
        let (organ, rest) = text.split_once('〔').ok_or(CodeFault::NoYear)?;
        let (year, serial) = rest.split_once('〕').ok_or(CodeFault::NoYear)?;
        let year = year.parse().map_err(|_| CodeFault::NoYear)?;
        let serial = serial.strip_suffix('号').unwrap_or(serial);
        let has_digit = serial.chars().any(|c| c.is_ascii_digit());
        if organ.is_empty() || !has_digit || serial.contains(['〔', '〕']) {
            return Err(CodeFault::UnknownForm);
        }
        Ok(Self { organ: organ.to_owned(), year, serial: serial.to_owned() })
    }

    /// The organ's abbreviation with the kind of paper, `粤市监处罚`.
    pub fn organ(&self) -> &str {
        &self.organ
    }

    /// The year.
    pub const fn year(&self) -> u16 {
        self.year
    }

    /// The serial as issued, without 号; it may have letters or a branch, `14-1`.
    pub fn serial(&self) -> &str {
        &self.serial
    }
}

/// Writes every bracketed year of a text as 〔year〕 and drops the spaces around it; other brackets stay.
///
/// `浙工商抽查[2017]1号` gives `浙工商抽查〔2017〕1号`. The text need not be a whole document number.
pub fn normalise(raw: &str) -> String {
    let chars: Vec<char> = raw.trim().chars().collect();
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    while at < chars.len() {
        match bracketed_year(&chars[at..]) {
            Some((year, used)) => {
                out.truncate(out.trim_end().len());
                out.push('〔');
                out.push_str(&year);
                out.push('〕');
                at += used;
                while chars.get(at).is_some_and(|c| c.is_whitespace()) {
                    at += 1;
                }
            }
            None => {
                out.push(fold_digit(chars[at]));
                at += 1;
            }
        }
    }
    out
}

/// A bracketed year at the start: its four digits and the number of characters used. Years 1949 to 2099.
fn bracketed_year(chars: &[char]) -> Option<(String, usize)> {
    if !OPENING.contains(chars.first()?) {
        return None;
    }
    let close = chars.iter().take(10).position(|c| CLOSING.contains(c))?;
    let year: String = chars[1..close].iter().map(|c| fold_digit(*c)).collect();
    let year = year.trim().trim_end_matches('年').to_owned();
    let number: u16 = year.parse().ok()?;
    ((1949..=2099).contains(&number) && year.len() == 4).then_some((year, close + 1))
}

/// Full-width digits to half-width; all else stays, since NFKC would also touch the organ's own brackets.
fn fold_digit(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        _ => c,
    }
}

impl fmt::Display for DocumentNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}〔{}〕{}号", self.organ, self.year, self.serial)
    }
}

super::text_form!(DocumentNo);
super::text_schema!(
    DocumentNo,
    "Number of an official document (文号), year in 〔〕.",
    "南市监联查〔2026〕1号"
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_bracket_round_the_year_becomes_six_cornered() {
        for raw in [
            "浙工商抽查〔2017〕1号",
            "浙工商抽查[2017]1号",
            "浙工商抽查（2017）1号",
            "浙工商抽查(2017)1号",
            "浙工商抽查【2017】1号",
            "浙工商抽查［２０１７］１号",
            " 浙工商抽查 [ 2017 ] 1号 ",
        ] {
            assert_eq!(DocumentNo::parse(raw).unwrap().to_string(), "浙工商抽查〔2017〕1号", "{raw}");
        }
    }

    #[test]
    fn the_parts_are_kept_as_issued() {
        let number = DocumentNo::parse("粤市监处罚〔2026〕014-1号").unwrap();
        assert_eq!((number.organ(), number.year(), number.serial()), ("粤市监处罚", 2026, "014-1"));
    }

    #[test]
    fn brackets_that_hold_no_year_stay() {
        assert_eq!(normalise("(南郑)市监罚(2026)3号"), "(南郑)市监罚〔2026〕3号");
    }

    #[test]
    fn a_number_without_year_or_serial_is_refused() {
        for (raw, code) in [("南市监联查1号", "no_year"), ("南市监〔2026〕号", "unknown_form"), ("", "empty")]
        {
            assert_eq!(DocumentNo::parse(raw).unwrap_err().code(), code, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn display_reads_back_the_same(
            organ in "[甲乙丙罚查监]{1,6}", year in 1949_u16..2100, serial in 1_u32..100_000
        ) {
            let number = DocumentNo::parse(&format!("{organ}[{year}]{serial}号")).unwrap();
            prop_assert_eq!(DocumentNo::parse(&number.to_string()), Ok(number));
        }

        #[test]
        fn normalising_twice_changes_nothing(raw in "\\PC{0,30}") {
            let once = normalise(&raw);
            prop_assert_eq!(normalise(&once), once);
        }
    }
}
