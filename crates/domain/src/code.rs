//! Official codes of persons, bodies, places, industries and documents, with their check algorithms.
//!
//! Each module parses one family, refuses what the standard refuses and says why in a [`CodeFault`]. Nothing here asks a
//! registry whether a code was really given out: a code that passes is well formed, no more. Called by
//! [`crate::identifier`], by imports and by the services' request validation.

/// Gives a checked code its text forms: `FromStr`, `TryFrom<String>` and `String::from`, all by `parse` and `Display`.
macro_rules! text_form {
    ($name:ident) => {
        impl std::str::FromStr for $name {
            type Err = $crate::code::CodeFault;

            fn from_str(raw: &str) -> Result<Self, Self::Err> {
                Self::parse(raw)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::code::CodeFault;

            fn try_from(raw: String) -> Result<Self, Self::Error> {
                Self::parse(&raw)
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.to_string()
            }
        }
    };
}
use text_form;

/// Gives a code of several parts the schema of the string it is written as.
macro_rules! text_schema {
    ($name:ident, $description:literal, $example:literal) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some($description))
                    .examples([$example])
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
use text_schema;

pub mod citizen_id;
pub mod document_no;
mod fault;
pub mod industry;
mod industry_table;
pub mod mobile;
pub mod org_code;
pub mod reg_number;
pub mod region;
mod region_table;
pub mod supervision_item;
pub mod uscc;

pub use fault::CodeFault;

use crate::text;

/// Labels that real uploads put before a code.
const LABELS: &[&str] = &[
    "统一社会信用代码/注册号",
    "注册号/统一社会信用代码",
    "统一社会信用代码证号",
    "统一社会信用代码",
    "统一信用代码",
    "社会信用代码",
    "信用代码",
    "组织机构代码",
    "工商注册号",
    "营业执照注册号",
    "营业执照号",
    "注册号",
    "纳税人识别号",
    "公民身份号码",
    "居民身份证号",
    "身份证号码",
    "身份证号",
    "手机号码",
    "手机号",
    "联系电话",
    "代码",
    "号码",
];

/// Normal form of a typed or imported code: half width, upper case, without label, copy number, spaces and hyphens.
///
/// `统一社会信用代码：９１６１ 0703 pdy00001x4（1/1）` gives `91610703PDY00001X4`. Characters are never corrected (`O` stays
/// `O`): guessing at a code would give one body's record to another.
pub fn normalise(raw: &str) -> String {
    let folded = text::normalise(raw).to_uppercase();
    let mut rest = folded.trim_start_matches(['\'', '"', '`', '’', '‘']);
    for label in LABELS {
        if let Some(after) = rest.strip_prefix(label) {
            rest = after;
            break;
        }
    }
    let rest = rest.trim_start_matches([':', ' ', '=', '为', '是', '\t']);
    strip_copy_number(rest)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '–' | '—' | '−' | '\'' | '"' | '’' | '‘'))
        .collect()
}

/// Cuts the copy number of a licence: `(1/1)`, `(1-1)`, `(副本)`.
fn strip_copy_number(text: &str) -> &str {
    let text = text.trim_end();
    if !text.ends_with(')') {
        return text;
    }
    match text.rfind('(') {
        Some(at) => {
            let inner = &text[at + 1..text.len() - 1];
            let numeric = inner.contains(['/', '-'])
                && inner.chars().all(|c| c.is_ascii_digit() || matches!(c, '/' | '-' | ' '));
            let worded = inner.contains("副本") || inner.contains("正本");
            if numeric || worded { text[..at].trim_end() } else { text }
        }
        None => text,
    }
}

/// The first character that the alphabet lacks, with its place counted from 1.
fn first_foreign(code: &str, alphabet: &str) -> Option<CodeFault> {
    code.chars()
        .position(|c| !alphabet.contains(c))
        .and_then(|at| code.chars().nth(at).map(|found| CodeFault::BadCharacter { position: at + 1, found }))
}

/// Refuses a code of another length.
fn require_length(code: &str, expected: &str, allowed: &[usize]) -> Result<(), CodeFault> {
    let found = code.chars().count();
    if found == 0 {
        return Err(CodeFault::Empty);
    }
    if allowed.contains(&found) {
        Ok(())
    } else {
        Err(CodeFault::WrongLength { expected: expected.to_owned(), found })
    }
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn labels_copy_numbers_width_and_case_are_normalised() {
        for raw in [
            "91610703PDY00001X4",
            " 91610703pdy00001x4 ",
            "统一社会信用代码：91610703PDY00001X4",
            "统一社会信用代码:91610703PDY00001X4(1/1)",
            "９１６１０７０３ＰＤＹ００００１Ｘ４（1-1）",
            "9161 0703 PDY0 0001 X4",
            "'91610703PDY00001X4",
            "91610703PDY00001X4（副本）",
            "91610703-PDY00001X-4\u{200B}\n",
        ] {
            assert_eq!(normalise(raw), "91610703PDY00001X4", "{raw}");
        }
    }

    #[test]
    fn characters_are_never_corrected() {
        assert_eq!(normalise("91610703PDY0O001X4"), "91610703PDY0O001X4");
        assert_eq!(normalise("甲(乙)"), "甲(乙)");
    }
}
