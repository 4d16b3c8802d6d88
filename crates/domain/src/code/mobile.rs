//! Mobile telephone number of the mainland (手机号码): eleven digits from 13 to 19.
//!
//! Personal data, so it prints masked. It refuses landlines and foreign numbers; the contact table of the district asks for
//! mobile numbers only. Called by the contact table and by accounts.

use std::fmt;

use super::CodeFault;
use crate::mask;

/// A mobile number in its eleven digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mobile(String);

impl Mobile {
    /// Reads a number; spaces, hyphens, full width and the prefixes `+86`, `0086`, `86` are allowed.
    pub fn parse(raw: &str) -> Result<Self, CodeFault> {
        let code = super::normalise(raw);
        if code.is_empty() {
            return Err(CodeFault::Empty);
        }
        let code = code.strip_prefix("(+86)").or_else(|| code.strip_prefix("+86")).unwrap_or(&code);
        let code = match code.len() {
            13 => code.strip_prefix("86").unwrap_or(code),
            15 => code.strip_prefix("0086").unwrap_or(code),
            _ => code,
        };
        let is_mobile = matches!(code.as_bytes(), [b'1', b'3'..=b'9', rest @ ..]
            if rest.len() == 9 && rest.iter().all(u8::is_ascii_digit));
        if is_mobile { Ok(Self(code.to_owned())) } else { Err(CodeFault::NotMobile) }
    }

    /// The clear number. For encryption and keyed hashing only; never for logs or answers.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The masked number, `138****1234`.
    pub fn masked(&self) -> String {
        mask::mobile(&self.0)
    }
}

impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mobile").field(&self.masked()).finish()
    }
}

impl fmt::Display for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spellings_give_eleven_digits() {
        for raw in [
            "13800001234",
            "138 0000 1234",
            "138-0000-1234",
            "+86 13800001234",
            "8613800001234",
            "0086-13800001234",
            "１３８００００１２３４",
        ] {
            assert_eq!(Mobile::parse(raw).unwrap().reveal(), "13800001234", "{raw}");
        }
    }

    #[test]
    fn landlines_and_wrong_numbers_are_refused() {
        for raw in ["0916-5512345", "12800001234", "1380000123", "138000012345", "1380000123a"] {
            assert_eq!(Mobile::parse(raw), Err(CodeFault::NotMobile), "{raw}");
        }
        assert_eq!(Mobile::parse(" "), Err(CodeFault::Empty));
    }

    #[test]
    fn the_clear_number_never_shows() {
        let mobile = Mobile::parse("13800001234").unwrap();
        assert_eq!(format!("{mobile} {mobile:?}"), "138****1234 Mobile(\"138****1234\")");
    }
}
