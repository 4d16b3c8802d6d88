//! What can be wrong with a code, as data that a program can act on.
//!
//! Called by every parser of [`crate::code`]; services copy `code()` into their problem documents and import reports. The
//! faults never carry a whole code, so that a citizen id cannot reach a log through one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a code was refused, or what is odd about one that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum CodeFault {
    /// Nothing was given.
    #[error("the code is empty")]
    Empty,
    /// Too short or too long.
    #[error("the code has {found} characters, expected {expected}")]
    WrongLength {
        /// The length or lengths allowed.
        expected: String,
        /// The length found.
        found: usize,
    },
    /// A character that the standard's alphabet lacks.
    #[error("character {found:?} at position {position} is not allowed")]
    BadCharacter {
        /// Place counted from 1.
        position: usize,
        /// The character.
        found: char,
    },
    /// The check character is not the computed one.
    #[error("the check character is {found}, computed {expected}")]
    WrongCheck {
        /// The computed character.
        expected: char,
        /// The character found.
        found: char,
    },
    /// A spreadsheet turned the code into a number and lost digits.
    #[error("the code was turned into a number by a spreadsheet; digits are lost")]
    ScientificNotation,
    /// First character of a credit code that no registration authority has.
    #[error("{authority:?} is not a registration authority of GB 32100")]
    UnknownAuthority {
        /// The character.
        authority: char,
    },
    /// Pair of authority and class that is not in the table (warning: the table grows by amendment).
    #[error("class {class:?} is not known for registration authority {authority:?}")]
    UnknownClass {
        /// First character.
        authority: char,
        /// Second character.
        class: char,
    },
    /// The nine-character body code inside a credit code fails GB 11714 (warning).
    #[error("the body code ends in {found}, GB 11714 computes {expected}")]
    BodyCheck {
        /// The computed character.
        expected: char,
        /// The character found.
        found: char,
    },
    /// A region code that was withdrawn and is read as its successor (warning).
    #[error("region {region} was withdrawn and is read as {current}")]
    RegionWithdrawn {
        /// The code found.
        region: String,
        /// The code in force.
        current: String,
    },
    /// The first two digits are no province.
    #[error("{region} begins with no province code of GB/T 2260")]
    UnknownProvince {
        /// The six digits found.
        region: String,
    },
    /// The date inside the code does not exist.
    #[error("the date part of the code does not exist")]
    ImpossibleDate,
    /// A form without a check character, such as the 13-digit register number (warning).
    #[error("this form has no check character and cannot be verified")]
    NoCheckCharacter,
    /// The code also reads as a citizen id, so it must be treated as personal data (warning).
    #[error("the code may be a citizen id and is to be treated as personal data")]
    MayBeCitizenId,
    /// The text has no known form.
    #[error("the text has the form of no known code")]
    UnknownForm,
    /// The number is no mobile number of the mainland.
    #[error("not a mobile number: eleven digits from 13 to 19")]
    NotMobile,
    /// A division, section or name that the industry classification lacks.
    #[error("{value:?} is not in GB/T 4754-2017")]
    UnknownIndustry {
        /// The text found, cut at 40 characters.
        value: String,
    },
    /// The section letter does not own the division.
    #[error("division {division} belongs to section {expected}, not {found}")]
    SectionMismatch {
        /// Two digits.
        division: String,
        /// The section that owns it.
        expected: char,
        /// The section given.
        found: char,
    },
    /// The name beside an industry code is another division's.
    #[error("{code} is {expected}, not {found}")]
    NameMismatch {
        /// The industry code.
        #[serde(rename = "industry")]
        code: String,
        /// The official name.
        expected: String,
        /// The name given, cut at 40 characters.
        found: String,
    },
    /// Only a section was given where a division is needed.
    #[error("section {section} alone is too wide; a division of two digits is needed")]
    SectionOnly {
        /// The letter.
        section: char,
    },
    /// The level digit of an implementation list code is not 1 to 5.
    #[error("level digit {found:?} is not 1 to 5")]
    BadLevelDigit {
        /// The character.
        found: char,
    },
    /// No 〔year〕 in a document number.
    #[error("the document number has no bracketed year")]
    NoYear,
}

impl CodeFault {
    /// Stable name of the fault for machines; equals the `code` member on the wire.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::WrongLength { .. } => "wrong_length",
            Self::BadCharacter { .. } => "bad_character",
            Self::WrongCheck { .. } => "wrong_check",
            Self::ScientificNotation => "scientific_notation",
            Self::UnknownAuthority { .. } => "unknown_authority",
            Self::UnknownClass { .. } => "unknown_class",
            Self::BodyCheck { .. } => "body_check",
            Self::RegionWithdrawn { .. } => "region_withdrawn",
            Self::UnknownProvince { .. } => "unknown_province",
            Self::ImpossibleDate => "impossible_date",
            Self::NoCheckCharacter => "no_check_character",
            Self::MayBeCitizenId => "may_be_citizen_id",
            Self::UnknownForm => "unknown_form",
            Self::NotMobile => "not_mobile",
            Self::UnknownIndustry { .. } => "unknown_industry",
            Self::SectionMismatch { .. } => "section_mismatch",
            Self::NameMismatch { .. } => "name_mismatch",
            Self::SectionOnly { .. } => "section_only",
            Self::BadLevelDigit { .. } => "bad_level_digit",
            Self::NoYear => "no_year",
        }
    }

    /// What is wrong, in English.
    pub fn message_en(&self) -> String {
        self.to_string()
    }

    /// What is wrong, in Chinese.
    pub fn message_zh(&self) -> String {
        match self {
            Self::Empty => "代码为空".into(),
            Self::WrongLength { expected, found } => format!("代码长度为{found}位，应为{expected}位"),
            Self::BadCharacter { position, found } => format!("第{position}位“{found}”不是允许的字符"),
            Self::WrongCheck { expected, found } => format!("校验码为{found}，计算应为{expected}"),
            Self::ScientificNotation => "代码被电子表格转成了数字，位数已丢失".into(),
            Self::UnknownAuthority { authority } => format!("登记管理部门代码“{authority}”不存在"),
            Self::UnknownClass { authority, class } => {
                format!("登记管理部门“{authority}”下没有机构类别“{class}”")
            }
            Self::BodyCheck { expected, found } => {
                format!("主体标识码校验位为{found}，按GB 11714应为{expected}")
            }
            Self::RegionWithdrawn { region, current } => {
                format!("行政区划代码{region}已撤销，按{current}处理")
            }
            Self::UnknownProvince { region } => format!("行政区划代码{region}的省级代码不存在"),
            Self::ImpossibleDate => "代码中的日期不存在".into(),
            Self::NoCheckCharacter => "该形式没有校验码，无法核验".into(),
            Self::MayBeCitizenId => "该代码可能是公民身份号码，须按个人信息处理".into(),
            Self::UnknownForm => "不是任何已知代码的形式".into(),
            Self::NotMobile => "不是手机号码：应为13至19开头的11位数字".into(),
            Self::UnknownIndustry { value } => format!("“{value}”不在GB/T 4754-2017中"),
            Self::SectionMismatch { division, expected, found } => {
                format!("大类{division}属于门类{expected}，不属于{found}")
            }
            Self::NameMismatch { code, expected, found } => format!("{code}是“{expected}”，不是“{found}”"),
            Self::SectionOnly { section } => format!("只有门类{section}，需要两位大类代码"),
            Self::BadLevelDigit { found } => format!("层级位“{found}”应为1至5"),
            Self::NoYear => "文号缺少六角括号内的年份".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_names_the_fault_by_its_code() {
        let faults = [
            CodeFault::Empty,
            CodeFault::WrongCheck { expected: '3', found: 'Z' },
            CodeFault::RegionWithdrawn { region: "610721".into(), current: "610703".into() },
            CodeFault::NameMismatch { code: "13".into(), expected: "甲".into(), found: "乙".into() },
        ];
        for fault in faults {
            let json = serde_json::to_value(&fault).unwrap();
            assert_eq!(json["code"], fault.code());
            assert_eq!(serde_json::from_value::<CodeFault>(json).unwrap(), fault);
            assert!(!fault.message_zh().is_empty() && !fault.message_en().is_empty());
        }
    }
}
