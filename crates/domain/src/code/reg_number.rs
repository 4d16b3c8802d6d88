//! Register number of market subjects before 2015 (工商注册号): 15 digits of GS 15-2006, or the older 13 digits.
//!
//! The 15 digits end in a check of ISO 7064 MOD 11,10; the 13 digits have none and can never be verified. Called by
//! [`crate::identifier`]; old lists and archives still carry both.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CodeFault, first_foreign, require_length};

crate::define_words! {
    /// Class of a register number, from its seventh digit.
    pub enum RegNumberClass {
        /// Seventh digit 0 to 3.
        Domestic = "domestic", "内资企业", [];
        /// Seventh digit 4 or 5.
        Foreign = "foreign", "外资企业", ["外商投资企业"];
        /// Seventh digit 6 to 9.
        Individual = "individual", "个体工商户", [];
    }
}

/// A register number: fifteen checked digits, or thirteen that nothing can check.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9]{13}([0-9]{2})?$", example = "610703000000018")]
pub struct RegNumber(String);

impl RegNumber {
    /// Reads 15 digits with a right check, or 13 digits; refuses other lengths and characters.
    pub fn parse(raw: &str) -> Result<Self, CodeFault> {
        let code = super::normalise(raw);
        require_length(&code, "15", &[13, 15])?;
        if let Some(fault) = first_foreign(&code, "0123456789") {
            return Err(fault);
        }
        if let (Some(first), Some(found)) = (code.get(..14), code.chars().nth(14)) {
            let expected = check_digit(first)?;
            if expected != found {
                return Err(CodeFault::WrongCheck { expected, found });
            }
        }
        Ok(Self(code))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the number carries a check digit: 15 digits do, 13 do not.
    pub fn is_verified(&self) -> bool {
        self.0.len() == 15
    }

    /// Six digits of the registrar's region as written.
    pub fn region(&self) -> &str {
        self.0.get(..6).unwrap_or("")
    }

    /// Class from the seventh digit; none for 13 digits, whose seventh digit means something else.
    pub fn class(&self) -> Option<RegNumberClass> {
        if !self.is_verified() {
            return None;
        }
        match self.0.as_bytes().get(6)? {
            b'0'..=b'3' => Some(RegNumberClass::Domestic),
            b'4' | b'5' => Some(RegNumberClass::Foreign),
            _ => Some(RegNumberClass::Individual),
        }
    }
}

/// The check digit of the first fourteen by ISO 7064 MOD 11,10.
pub fn check_digit(first_fourteen: &str) -> Result<char, CodeFault> {
    require_length(first_fourteen, "14", &[14])?;
    let mut product = 10;
    for (at, c) in first_fourteen.chars().enumerate() {
        let digit = c.to_digit(10).ok_or(CodeFault::BadCharacter { position: at + 1, found: c })?;
        let sum = match (product + digit) % 10 {
            0 => 10,
            sum => sum,
        };
        product = 2 * sum % 11;
    }
    Ok(char::from_digit((11 - product) % 10, 10).unwrap_or('0'))
}

impl fmt::Display for RegNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::text_form!(RegNumber);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_numbers_of_the_standard_and_the_made_ones_pass() {
        for code in [
            "110108000000016",
            "320300000174110",
            "131125600053703",
            "610721000000011",
            "610703000000018",
            "330100000000011",
        ] {
            assert!(RegNumber::parse(code).unwrap().is_verified(), "{code}");
        }
    }

    #[test]
    fn a_wrong_check_digit_or_length_is_refused() {
        assert_eq!(
            RegNumber::parse("110108000000017"),
            Err(CodeFault::WrongCheck { expected: '6', found: '7' })
        );
        assert!(matches!(RegNumber::parse("11010800000001"), Err(CodeFault::WrongLength { found: 14, .. })));
        assert!(matches!(
            RegNumber::parse("11010800000001A"),
            Err(CodeFault::BadCharacter { position: 15, found: 'A' })
        ));
    }

    #[test]
    fn the_seventh_digit_tells_the_class() {
        use RegNumberClass::*;
        for (first, class) in
            [("61070310000001", Domestic), ("61070340000001", Foreign), ("61070360000001", Individual)]
        {
            let code = format!("{first}{}", check_digit(first).unwrap());
            assert_eq!(RegNumber::parse(&code).unwrap().class(), Some(class));
        }
        let old = RegNumber::parse("6107211000016").unwrap();
        assert_eq!((old.is_verified(), old.class()), (false, None));
    }

    proptest! {
        #[test]
        fn a_number_with_its_computed_check_passes_and_any_other_check_fails(
            first in "[0-9]{14}", other in 0_u32..10
        ) {
            let check = check_digit(&first).unwrap();
            let given = char::from_digit(other, 10).unwrap();
            let parsed = RegNumber::parse(&format!("{first}{given}"));
            prop_assert_eq!(parsed.is_ok(), given == check);
        }
    }
}
