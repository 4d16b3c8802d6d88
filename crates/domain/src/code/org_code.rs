//! Organisation code (组织机构代码), GB 11714: eight characters and one check, printed with a hyphen, stored without.
//!
//! Lives on as places 9 to 17 of a unified social credit code. `PDY00001`–`PDY99999` are kept for private use, which is why
//! fixtures of this project can never collide with a real body. Called by [`super::uscc`] and [`crate::identifier`].

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CodeFault, first_foreign, require_length};

/// Digits and all letters; the value of each is its place.
pub const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Weights of the eight places.
pub const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// An organisation code whose check character is right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9A-Z]{8}[0-9X]$", example = "PDY00001X")]
pub struct OrgCode(String);

impl OrgCode {
    /// Reads `D2143569-X` or `D2143569X`; refuses a wrong length, character or check.
    pub fn parse(raw: &str) -> Result<Self, CodeFault> {
        let code = super::normalise(raw);
        require_length(&code, "9", &[9])?;
        if let Some(fault) = first_foreign(&code, ALPHABET) {
            return Err(fault);
        }
        let (body, found) = code.split_at(8);
        let expected = check_character(body)?;
        if !found.starts_with(expected) {
            return Err(CodeFault::WrongCheck { expected, found: found.chars().next().unwrap_or(' ') });
        }
        Ok(Self(code))
    }

    /// The nine characters without the hyphen.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The printed form with its hyphen, `D2143569-X`.
    pub fn printed(&self) -> String {
        let (body, check) = self.0.split_at(8);
        format!("{body}-{check}")
    }

    /// Whether the code is in the range kept for private use (PDY00001–PDY99999).
    pub fn is_private(&self) -> bool {
        self.0.starts_with("PDY") && self.0.get(3..8).is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
    }
}

/// The check character of the first eight: 11 less the weighted sum modulo 11, with 10 as `X` and 11 as `0`.
pub fn check_character(first_eight: &str) -> Result<char, CodeFault> {
    require_length(first_eight, "8", &[8])?;
    let mut sum = 0;
    for (at, (c, weight)) in first_eight.chars().zip(WEIGHTS).enumerate() {
        let value = ALPHABET.find(c).ok_or(CodeFault::BadCharacter { position: at + 1, found: c })?;
        sum += u32::try_from(value).unwrap_or(0) * weight;
    }
    Ok(match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    })
}

impl fmt::Display for OrgCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::text_form!(OrgCode);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_check_characters_of_the_standard_are_computed() {
        for (body, check) in [
            ("D2143569", 'X'),
            ("79965505", '8'),
            ("19220382", '1'),
            ("71526726", 'X'),
            ("00217643", 'X'),
            ("01600029", '1'),
        ] {
            assert_eq!(check_character(body), Ok(check), "{body}");
            assert!(OrgCode::parse(&format!("{body}-{check}")).is_ok());
        }
    }

    #[test]
    fn a_wrong_check_is_refused_and_the_hyphen_is_only_printed() {
        assert_eq!(OrgCode::parse("D2143569-1"), Err(CodeFault::WrongCheck { expected: 'X', found: '1' }));
        let code = OrgCode::parse("d2143569x").unwrap();
        assert_eq!((code.as_str(), code.printed().as_str()), ("D2143569X", "D2143569-X"));
        assert!(!code.is_private());
        assert!(OrgCode::parse("PDY00001X").unwrap().is_private());
    }

    proptest! {
        #[test]
        fn a_code_with_its_computed_check_passes(body in "[0-9A-Z]{8}") {
            let check = check_character(&body).unwrap();
            let code = format!("{body}{check}");
            prop_assert!(OrgCode::parse(&code).is_ok());
        }
    }
}
