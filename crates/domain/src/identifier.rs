//! What kind of identifier a text is and whether it passes its check: the gate of every import.
//!
//! Old lists mix credit codes, register numbers of 15 and 13 digits, organisation codes and citizen ids in one column. Nothing
//! is thrown away and nothing is corrected: the value is normalised, the result says `pass`, `fail` or `legacy_unverified`,
//! and what is odd is told in warnings. Typed data uses the strict parsers of [`crate::code`] instead. Called by imports and
//! by the subject registry.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::code::{
    self, CodeFault, citizen_id, citizen_id::CitizenId, org_code::OrgCode, reg_number::RegNumber, region,
    uscc,
};

crate::define_words! {
    /// Kind of an identifier (标识类别).
    pub enum IdentifierKind {
        /// Unified social credit code, 18 characters.
        Uscc = "uscc", "统一社会信用代码", [];
        /// Register number of 15 digits.
        RegNumber15 = "reg_number_15", "工商注册号（15位）", [];
        /// Register number of 13 digits.
        RegNumber13 = "reg_number_13", "工商注册号（13位）", [];
        /// Organisation code, 9 characters.
        OrgCode = "org_code", "组织机构代码", [];
        /// Citizen id of 18 characters.
        CitizenId = "citizen_id", "公民身份号码", [];
        /// None of these.
        Unknown = "unknown", "未知", [];
    }
}

crate::define_words! {
    /// Result of the check of an identifier (校验结果).
    pub enum IdentifierCheck {
        /// Form and check character are right.
        Pass = "pass", "通过", [];
        /// Form or check character is wrong.
        Fail = "fail", "不通过", [];
        /// The form has no check, or is an old one that nothing can verify.
        LegacyUnverified = "legacy_unverified", "历史代码未核验", [];
    }
}

/// Region that is written inside an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IdentifierRegion {
    /// The six digits as written.
    pub code: String,
    /// The six digits in force: 610721 gives 610703.
    pub current: String,
}

/// An identifier with its kind, its check and what is odd about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Classified {
    /// Kind of the identifier.
    pub kind: IdentifierKind,
    /// Normalised value: half width, upper case, no label, space or hyphen. Personal data if `kind` is `citizen_id`.
    pub value: String,
    /// Result of the check.
    pub check: IdentifierCheck,
    /// Region inside the identifier, for credit codes and register numbers.
    pub region: Option<IdentifierRegion>,
    /// Why the check failed and what else is odd.
    pub warnings: Vec<CodeFault>,
}

impl Classified {
    fn new(kind: IdentifierKind, value: &str, check: IdentifierCheck) -> Self {
        Self { kind, value: value.to_owned(), check, region: None, warnings: Vec::new() }
    }

    fn with(mut self, warnings: impl IntoIterator<Item = CodeFault>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    /// Reads the region out of six digits of the value.
    fn with_region(mut self, at: std::ops::Range<usize>) -> Self {
        self.region = self.value.get(at).filter(|six| six.bytes().all(|b| b.is_ascii_digit())).map(|six| {
            IdentifierRegion { code: six.to_owned(), current: region::current_county(six).to_owned() }
        });
        self
    }

    /// Whether the value must be handled as personal data: a citizen id, or a failing code that may be one.
    pub fn is_personal(&self) -> bool {
        self.kind == IdentifierKind::CitizenId || self.warnings.contains(&CodeFault::MayBeCitizenId)
    }
}

/// Tells what a raw text is. Never fails: what it cannot place is `unknown` with the reason among the warnings.
///
/// A correct code passes; 18 characters with a wrong check or character fail, so do 15 digits with a wrong check; 13 digits
/// and other lengths of digits and letters are `legacy_unverified`; what no code can be (empty, Chinese text, a number in
/// scientific notation) fails. If 18 digits are both a credit code and a citizen id, the citizen id wins: the harm of
/// publishing a person's number is greater than that of hiding a body's.
pub fn classify(raw: &str) -> Classified {
    use IdentifierCheck::{Fail, LegacyUnverified};
    use IdentifierKind::{RegNumber13, Unknown};
    let value = code::normalise(raw);
    if let Some(fault) = hopeless(&value) {
        return Classified::new(Unknown, &value, Fail).with([fault]);
    }
    let length = value.chars().count();
    let is_digits = value.bytes().all(|b| b.is_ascii_digit());
    match length {
        18 => eighteen(&value),
        15 if is_digits => fifteen(&value),
        13 if is_digits => Classified::new(RegNumber13, &value, LegacyUnverified)
            .with_region(0..6)
            .with(value.get(..6).and_then(region::warning_of_county))
            .with([CodeFault::NoCheckCharacter]),
        9 => nine(&value),
        16..=20 if starts_like_uscc(&value) => {
            let fault = CodeFault::WrongLength { expected: "18".to_owned(), found: length };
            Classified::new(IdentifierKind::Uscc, &value, Fail).with([fault])
        }
        _ => Classified::new(Unknown, &value, LegacyUnverified).with([CodeFault::UnknownForm]),
    }
}

/// Texts that no identifier can be.
fn hopeless(value: &str) -> Option<CodeFault> {
    if value.is_empty() {
        return Some(CodeFault::Empty);
    }
    // 9.16107E+17: a spreadsheet made a number of the code.
    let mantissa = value.split_once("E+").map(|(mantissa, _)| mantissa);
    if mantissa.is_some_and(|m| !m.is_empty() && m.chars().all(|c| c.is_ascii_digit() || c == '.')) {
        return Some(CodeFault::ScientificNotation);
    }
    // An 18-character text with one stray sign was meant as a code; it is judged by its kind below.
    let foreign = value.chars().enumerate().find(|(_, c)| !c.is_ascii_alphanumeric());
    match foreign {
        Some((at, found)) if value.chars().count() != 18 || !starts_like_uscc(value) => {
            Some(CodeFault::BadCharacter { position: at + 1, found })
        }
        _ => None,
    }
}

/// Whether the first two characters are a known pair of authority and class and a province follows.
fn starts_like_uscc(value: &str) -> bool {
    let mut chars = value.chars();
    let (Some(first), Some(second)) = (chars.next(), chars.next()) else { return false };
    uscc::class_label(first, second).is_some() && value.get(2..).is_some_and(region::is_known_province)
}

fn eighteen(value: &str) -> Classified {
    use IdentifierCheck::{Fail, Pass};
    use IdentifierKind::{CitizenId as Citizen, Uscc};
    let citizen = CitizenId::parse(value);
    if citizen.is_ok() {
        return Classified::new(Citizen, value, Pass);
    }
    let Some(fault) = uscc::fault_of_normal(value) else {
        return Classified::new(Uscc, value, Pass).with_region(2..8).with(uscc::warnings_of(value));
    };
    if let Err(citizen_fault) = citizen
        && citizen_id::has_shape(value)
    {
        return Classified::new(Citizen, value, Fail).with([citizen_fault]);
    }
    Classified::new(Uscc, value, Fail)
        .with([fault])
        .with_region(2..8)
        .with(value.get(2..8).and_then(region::warning_of_county))
}

fn fifteen(value: &str) -> Classified {
    use IdentifierCheck::{Fail, Pass};
    let kind = IdentifierKind::RegNumber15;
    let region_warning = value.get(..6).and_then(region::warning_of_county);
    match RegNumber::parse(value) {
        Ok(_) => Classified::new(kind, value, Pass).with_region(0..6).with(region_warning),
        Err(fault) => {
            let may_be_person = citizen_id::has_shape(value).then_some(CodeFault::MayBeCitizenId);
            Classified::new(kind, value, Fail)
                .with([fault])
                .with_region(0..6)
                .with(region_warning)
                .with(may_be_person)
        }
    }
}

fn nine(value: &str) -> Classified {
    let kind = IdentifierKind::OrgCode;
    match OrgCode::parse(value) {
        Ok(_) => Classified::new(kind, value, IdentifierCheck::Pass),
        Err(fault) => Classified::new(kind, value, IdentifierCheck::Fail).with([fault]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{IdentifierCheck::*, IdentifierKind::*, *};

    #[test]
    fn each_kind_is_told_and_checked() {
        for (raw, kind, check) in [
            ("91350100M000100Y43", Uscc, Pass),
            ("91350100m000100y43", Uscc, Pass),
            ("116100000160002917", Uscc, Pass),
            ("统一社会信用代码：91610703PDY00001X4（1/1）", Uscc, Pass),
            ("91350100M000100Y4Z", Uscc, Fail),
            ("12440300MB2C92173A", Uscc, Fail),
            ("91610703PDY00001X5", Uscc, Fail),
            ("91610703PDY0O001X4", Uscc, Fail),
            ("91610703PDY0?001X4", Uscc, Fail),
            ("9161070PDY00001X4", Uscc, Fail),
            ("110108000000016", RegNumber15, Pass),
            ("610721000000011", RegNumber15, Pass),
            ("110108000000017", RegNumber15, Fail),
            ("3301062015292", RegNumber13, LegacyUnverified),
            ("11010800000001", Unknown, LegacyUnverified),
            ("3301", Unknown, LegacyUnverified),
            ("D2143569-X", OrgCode, Pass),
            ("D2143569-1", OrgCode, Fail),
            ("11010519491231002X", CitizenId, Pass),
            ("440524188001010014", CitizenId, Pass),
            ("110105194912310020", CitizenId, Fail),
            ("610703199002301233", CitizenId, Fail),
            ("", Unknown, Fail),
            ("无", Unknown, Fail),
            ("9.16107E+17", Unknown, Fail),
        ] {
            let classified = classify(raw);
            assert_eq!((classified.kind, classified.check), (kind, check), "{raw}");
            assert!(check == Pass || !classified.warnings.is_empty(), "{raw} has no reason");
        }
    }

    #[test]
    fn the_withdrawn_region_is_kept_and_reported() {
        for (raw, warned) in
            [("91610721PDY0001405", true), ("610721000000011", true), ("610703000000018", false)]
        {
            let classified = classify(raw);
            assert_eq!(classified.check, Pass);
            assert_eq!(classified.value, raw);
            assert_eq!(classified.region.unwrap().current, "610703");
            assert_eq!(classified.warnings.iter().any(|w| w.code() == "region_withdrawn"), warned, "{raw}");
        }
    }

    #[test]
    fn a_failing_number_that_may_be_a_person_is_personal() {
        assert!(classify("610703900101123").is_personal() || classify("610703900101123").check == Pass);
        assert!(classify("110105194912310020").is_personal());
        assert!(!classify("110108000000017").is_personal());
        assert!(!classify("91610703PDY00001X5").is_personal());
    }

    #[test]
    fn a_failed_check_says_what_was_computed() {
        let classified = classify("91610703PDY00001X5");
        assert_eq!(classified.warnings, [CodeFault::WrongCheck { expected: '4', found: '5' }]);
    }

    proptest! {
        #[test]
        fn classifying_never_panics_and_always_says_why(raw in "\\PC{0,30}") {
            let classified = classify(&raw);
            prop_assert!(classified.check == Pass || !classified.warnings.is_empty());
        }
    }
}
