//! Industry codes (国民经济行业分类), GB/T 4754-2017 with amendment no. 1 of 2019: section, division, group, class.
//!
//! Digits alone are stored; the section letter follows from the division. Groups and classes (three and four digits) are
//! checked by their division only. A new edition is in preparation, so rows keep [`VERSION`] beside the code. Called by the
//! item catalog (监管领域) and by the subject registry.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CodeFault, industry_table};
use crate::text;

/// The edition of the classification that codes are read by.
pub const VERSION: &str = "GB/T 4754-2017+1";

/// A section (门类) with the range of its divisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// Letter A to T.
    pub letter: char,
    /// Official name.
    pub name: &'static str,
    /// First division.
    pub first: u8,
    /// Last division.
    pub last: u8,
}

/// A division (大类).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Division {
    /// Two digits.
    pub code: &'static str,
    /// Letter of the section that owns it.
    pub section: char,
    /// Official name.
    pub name: &'static str,
}

/// The twenty sections.
pub const SECTIONS: &[Section] = industry_table::SECTIONS;

/// The 97 divisions in ascending order.
pub const DIVISIONS: &[Division] = industry_table::DIVISIONS;

/// Names of divisions as older editions and common copies of the standard have them.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("15", "酒、饮料及精制茶制造业"),
    ("37", "铁路、船舶、航空航天和其他运输设备制"),
    ("75", "科技推广和应用服务"),
    ("87", "广播、电视、电影和影视录音制作业"),
    ("96", "基层群众自治组织"),
];

impl Section {
    /// The section of a letter.
    pub fn by_letter(letter: char) -> Option<&'static Self> {
        SECTIONS.iter().find(|section| section.letter == letter.to_ascii_uppercase())
    }

    /// The section of a name such as `制造业`.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        let key = text::search_key(name);
        SECTIONS.iter().find(|section| text::search_key(section.name) == key)
    }
}

impl Division {
    /// The division of two digits.
    pub fn by_code(code: &str) -> Option<&'static Self> {
        DIVISIONS.iter().find(|division| division.code == code)
    }

    /// The division of a name; punctuation is ignored and known older names are read.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        let key = text::search_key(name);
        let other =
            OTHER_NAMES.iter().find(|(_, other)| text::search_key(other) == key).map(|(code, _)| *code);
        DIVISIONS.iter().find(|one| text::search_key(one.name) == key || Some(one.code) == other)
    }
}

/// An industry code of two, three or four digits whose division exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9]{2,4}$", example = "13")]
pub struct Industry(String);

impl Industry {
    /// Reads `13`, `1331`, `C13`, `13 农副食品加工业`, or the name of a division.
    ///
    /// Refuses a letter that does not own the division (`section_mismatch`), a name that is another division's
    /// (`name_mismatch`), a section alone (`section_only`) and what the classification lacks (`unknown_industry`).
    pub fn parse(raw: &str) -> Result<Self, CodeFault> {
        let typed = text::normalise(raw);
        if typed.is_empty() {
            return Err(CodeFault::Empty);
        }
        let mut rest = typed.as_str();
        let letter = rest.chars().next().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase());
        if letter.is_some() {
            rest = rest[1..].trim_start_matches(['-', '.', ' ', '_']);
        }
        let digits_end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, name) = rest.split_at(digits_end);
        let name = name.trim_matches(|c: char| !c.is_alphanumeric());
        match (letter, digits) {
            (Some(letter), "") => Self::from_section(letter, &typed),
            (None, "") => Self::from_name(name, &typed),
            _ => Self::from_digits(letter, digits, name, &typed),
        }
    }

    fn from_section(letter: char, typed: &str) -> Result<Self, CodeFault> {
        match Section::by_letter(letter) {
            Some(section) => Err(CodeFault::SectionOnly { section: section.letter }),
            None => Err(unknown(typed)),
        }
    }

    fn from_name(name: &str, typed: &str) -> Result<Self, CodeFault> {
        if let Some(division) = Division::by_name(name) {
            return Ok(Self(division.code.to_owned()));
        }
        match Section::by_name(name) {
            Some(section) => Err(CodeFault::SectionOnly { section: section.letter }),
            None => Err(unknown(typed)),
        }
    }

    fn from_digits(letter: Option<char>, digits: &str, name: &str, typed: &str) -> Result<Self, CodeFault> {
        if !(2..=4).contains(&digits.len()) {
            return Err(CodeFault::WrongLength { expected: "2-4".to_owned(), found: digits.len() });
        }
        let division = digits.get(..2).and_then(Division::by_code).ok_or_else(|| unknown(typed))?;
        if let Some(found) = letter
            && found != division.section
        {
            let (division, expected) = (division.code.to_owned(), division.section);
            return Err(CodeFault::SectionMismatch { division, expected, found });
        }
        let name_is_checked = digits.len() == 2 && !name.is_empty();
        if name_is_checked && Division::by_name(name).is_none_or(|named| named.code != division.code) {
            return Err(CodeFault::NameMismatch {
                code: digits.to_owned(),
                expected: division.name.to_owned(),
                found: name.chars().take(40).collect(),
            });
        }
        Ok(Self(digits.to_owned()))
    }

    /// Two to four digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The two digits of the division.
    pub fn division_code(&self) -> &str {
        self.0.get(..2).unwrap_or("")
    }

    /// The division.
    pub fn division(&self) -> Option<&'static Division> {
        Division::by_code(self.division_code())
    }

    /// The section, derived from the division.
    pub fn section(&self) -> Option<&'static Section> {
        self.division().and_then(|division| Section::by_letter(division.section))
    }
}

fn unknown(typed: &str) -> CodeFault {
    CodeFault::UnknownIndustry { value: typed.chars().take(40).collect() }
}

impl fmt::Display for Industry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::text_form!(Industry);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_hold_twenty_sections_and_97_divisions_without_a_gap() {
        assert_eq!((SECTIONS.len(), DIVISIONS.len()), (20, 97));
        let mut next = 1;
        for section in SECTIONS {
            assert_eq!(section.first, next, "{}", section.letter);
            next = section.last + 1;
            for number in section.first..=section.last {
                let division = Division::by_code(&format!("{number:02}")).unwrap();
                assert_eq!(division.section, section.letter);
            }
        }
        assert_eq!(next, 98);
    }

    #[test]
    fn a_code_or_a_name_gives_the_digits_and_the_section() {
        for (text, digits, section) in [
            ("C13", "13", 'C'),
            ("c13", "13", 'C'),
            ("Ｃ１３", "13", 'C'),
            ("13", "13", 'C'),
            ("131", "131", 'C'),
            ("1331", "1331", 'C'),
            ("C1331", "1331", 'C'),
            ("13 农副食品加工业", "13", 'C'),
            ("C13农副食品加工业", "13", 'C'),
            ("1331 食用植物油加工", "1331", 'C'),
            ("农副食品加工业", "13", 'C'),
            ("酒、饮料和精制茶制造业", "15", 'C'),
            ("酒饮料及精制茶制造业", "15", 'C'),
            ("教育", "83", 'P'),
            ("01", "01", 'A'),
            ("T97", "97", 'T'),
        ] {
            let industry = Industry::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert_eq!(industry.as_str(), digits, "{text}");
            assert_eq!(industry.section().unwrap().letter, section, "{text}");
        }
    }

    #[test]
    fn a_letter_that_does_not_own_the_division_is_refused() {
        let fault = CodeFault::SectionMismatch { division: "13".into(), expected: 'C', found: 'B' };
        assert_eq!(Industry::parse("B13"), Err(fault));
        assert_eq!(Industry::parse("Z13").unwrap_err().code(), "section_mismatch");
    }

    #[test]
    fn what_the_classification_lacks_is_refused() {
        for (text, code) in [
            ("00", "unknown_industry"),
            ("98", "unknown_industry"),
            ("1", "wrong_length"),
            ("13311", "wrong_length"),
            ("C", "section_only"),
            ("制造业", "section_only"),
            ("13 食品制造业", "name_mismatch"),
            ("劳动用工", "unknown_industry"),
            ("", "empty"),
        ] {
            assert_eq!(Industry::parse(text).unwrap_err().code(), code, "{text}");
        }
    }

    #[test]
    fn every_division_is_found_by_its_name() {
        for division in DIVISIONS {
            assert_eq!(Industry::parse(division.name).unwrap().as_str(), division.code);
        }
    }
}
