//! Codes of supervision items in the national “Internet + supervision” system (国家“互联网+监管”系统).
//!
//! The directory code is fourteen digits; the implementation list code begins with the organ's credit code and a level
//! digit, the rest is opaque and kept as given. Called by the item catalog and by the exchange.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CodeFault, first_foreign, require_length, uscc::Uscc};

/// Directory code of a supervision item (监管事项目录编码): fourteen digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9]{14}$", example = "01610703000001")]
pub struct DirectoryCode(String);

impl DirectoryCode {
    /// Reads fourteen digits; the system publishes no check.
    pub fn parse(raw: &str) -> Result<Self, CodeFault> {
        let code = super::normalise(raw);
        require_length(&code, "14", &[14])?;
        match first_foreign(&code, "0123456789") {
            Some(fault) => Err(fault),
            None => Ok(Self(code)),
        }
    }

    /// The fourteen digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::define_words! {
    /// Level digit of an implementation list code.
    pub enum ImplementationLevel {
        /// 1.
        State = "state", "国家级", [];
        /// 2.
        Province = "province", "省级", [];
        /// 3.
        City = "city", "市级", [];
        /// 4.
        County = "county", "县级", [];
        /// 5.
        Township = "township", "乡级", [];
    }
}

/// Implementation list code (检查实施清单编码): credit code of the organ, level digit 1 to 5, opaque rest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImplementationCode {
    organ: Uscc,
    level: ImplementationLevel,
    rest: String,
}

impl ImplementationCode {
    /// Reads a code of 19 to 64 characters; the first eighteen must be a credit code that passes.
    pub fn parse(raw: &str) -> Result<Self, CodeFault> {
        let code = super::normalise(raw);
        if code.is_empty() {
            return Err(CodeFault::Empty);
        }
        let found = code.chars().count();
        if !(19..=64).contains(&found) {
            return Err(CodeFault::WrongLength { expected: "19-64".to_owned(), found });
        }
        if let Some((at, found)) = code.chars().enumerate().find(|(_, c)| !c.is_ascii_alphanumeric()) {
            return Err(CodeFault::BadCharacter { position: at + 1, found });
        }
        let (organ, tail) = code.split_at(18);
        let (digit, rest) = tail.split_at(1);
        let level = match digit {
            "1" => ImplementationLevel::State,
            "2" => ImplementationLevel::Province,
            "3" => ImplementationLevel::City,
            "4" => ImplementationLevel::County,
            "5" => ImplementationLevel::Township,
            _ => return Err(CodeFault::BadLevelDigit { found: digit.chars().next().unwrap_or(' ') }),
        };
        Ok(Self { organ: Uscc::parse(organ)?, level, rest: rest.to_owned() })
    }

    /// Credit code of the organ.
    pub const fn organ(&self) -> &Uscc {
        &self.organ
    }

    /// Level of the organ.
    pub const fn level(&self) -> ImplementationLevel {
        self.level
    }

    /// What follows the level digit, as given.
    pub fn rest(&self) -> &str {
        &self.rest
    }
}

impl fmt::Display for DirectoryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::text_form!(DirectoryCode);

impl fmt::Display for ImplementationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = match self.level {
            ImplementationLevel::State => 1,
            ImplementationLevel::Province => 2,
            ImplementationLevel::City => 3,
            ImplementationLevel::County => 4,
            ImplementationLevel::Township => 5,
        };
        write!(f, "{}{digit}{}", self.organ, self.rest)
    }
}

super::text_form!(ImplementationCode);
super::text_schema!(
    ImplementationCode,
    "Implementation list code (检查实施清单编码): credit code of the organ, level digit, opaque rest.",
    "11610703PDY00020494000001"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_code_is_fourteen_digits() {
        assert!(DirectoryCode::parse("01610703000001").is_ok());
        assert!(matches!(
            DirectoryCode::parse("0161070300001"),
            Err(CodeFault::WrongLength { found: 13, .. })
        ));
        assert!(matches!(
            DirectoryCode::parse("0161070300000A"),
            Err(CodeFault::BadCharacter { position: 14, .. })
        ));
    }

    #[test]
    fn an_implementation_code_names_organ_and_level() {
        let code = ImplementationCode::parse("11610703PDY00020494A1").unwrap();
        assert_eq!(code.organ().as_str(), "11610703PDY0002049");
        assert_eq!((code.level(), code.rest()), (ImplementationLevel::County, "A1"));
        assert_eq!(code.to_string(), "11610703PDY00020494A1");
    }

    #[test]
    fn a_wrong_organ_or_level_is_refused() {
        for (raw, code) in [
            ("11610703PDY00020484A1", "wrong_check"),
            ("11610703PDY00020496A1", "bad_level_digit"),
            ("11610703PDY0002049", "wrong_length"),
            ("11610703PDY00020494_", "bad_character"),
        ] {
            assert_eq!(ImplementationCode::parse(raw).unwrap_err().code(), code, "{raw}");
        }
    }
}
