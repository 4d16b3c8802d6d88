//! Valid made-up identifiers, so that no test names a real enterprise.

use domain::code::{org_code, uscc};

/// A unified social credit code (统一社会信用代码) that passes its check and belongs to nobody: its organization code is of
/// the range `PDY`, which is left to users for numbers of their own.
///
/// # Panics
/// For `n` above 99,998.
#[must_use]
pub fn uscc(n: u32) -> String {
    assert!(n < 99_999, "the range is PDY00001 to PDY99999");
    let body = format!("PDY{:05}", n + 1);
    let check = org_code::check_character(&body).expect("the characters are allowed");
    let first = format!("91610703{body}{check}");
    let last = uscc::check_character(&first).expect("the characters are allowed");
    format!("{first}{last}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn made_up_codes_pass_their_check_and_differ() {
        let codes: std::collections::BTreeSet<String> = (0..2000).map(super::uscc).collect();
        assert_eq!(codes.len(), 2000);
        for code in &codes {
            let parsed = domain::code::uscc::Uscc::parse(code).unwrap_or_else(|e| panic!("{code}: {e:?}"));
            assert!(parsed.warnings().is_empty(), "{code}: {:?}", parsed.warnings());
        }
    }
}
