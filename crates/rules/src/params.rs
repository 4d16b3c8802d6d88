//! Parameters of predicates: what each may be, in which unit, and reading them.
//!
//! A wrong type or unit is found when a pack is uploaded ([`crate::check`]); a predicate that reads a parameter nobody gave
//! uses the default written in its register entry. Called by the predicates and the checks.

use crate::pack::Bilingual;
use domain::deadline::{Term, TermUnit};
use jiff::civil::Date;
use serde_json::{Map, Value};

/// Type of a parameter.
#[derive(Clone, Copy, Debug)]
pub enum ParamType {
    /// A whole number between two bounds, of these units (for people).
    Count(u64, u64, &'static str),
    /// `{"n": …, "unit": …}` with one of these units.
    Term(&'static [TermUnit]),
    /// Yes or no.
    Flag,
    /// A day.
    Day,
    /// A list of texts; with words given, only those.
    Words(&'static [&'static str]),
    /// A list of any texts.
    Texts,
    /// Whole numbers by key, such as caps by field.
    CountsByKey(u64, u64),
}

/// One parameter of a predicate.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: ParamType,
    /// Whether a record must give it.
    pub is_required: bool,
}

/// A required parameter.
#[must_use]
pub const fn required(name: &'static str, kind: ParamType) -> ParamSpec {
    ParamSpec { name, kind, is_required: true }
}

/// A parameter that may be absent.
#[must_use]
pub const fn optional(name: &'static str, kind: ParamType) -> ParamSpec {
    ParamSpec { name, kind, is_required: false }
}

impl ParamType {
    /// Says what is wrong with a value.
    #[must_use]
    pub fn fault(&self, value: &Value) -> Option<(&'static str, Bilingual)> {
        let wrong = |zh: String, en: String| Some(("wrong_parameter_type", Bilingual::new(zh, en)));
        match self {
            Self::Count(least, most, unit) => match value.as_u64() {
                Some(n) if (*least..=*most).contains(&n) => None,
                _ => wrong(
                    format!("须为 {least}–{most} 的整数（{unit}）"),
                    format!("must be a whole number from {least} to {most} ({unit})"),
                ),
            },
            Self::Term(units) => {
                let Ok(term) = serde_json::from_value::<Term>(value.clone()) else {
                    return wrong("须为 {n, unit}".into(), "must be {n, unit}".into());
                };
                if units.contains(&term.unit) {
                    return None;
                }
                let names: Vec<&str> = units.iter().map(|u| u.as_str()).collect();
                Some((
                    "wrong_parameter_unit",
                    Bilingual::new(
                        format!("单位须为 {}", names.join("、")),
                        format!("the unit must be one of {}", names.join(", ")),
                    ),
                ))
            }
            Self::Flag => match value {
                Value::Bool(_) => None,
                _ => wrong("须为 true 或 false".into(), "must be true or false".into()),
            },
            Self::Day => match value.as_str().and_then(|t| t.parse::<Date>().ok()) {
                Some(_) => None,
                None => wrong("须为日期".into(), "must be a date".into()),
            },
            Self::Words(known) => {
                let Some(list) = texts(value) else {
                    return wrong("须为文本列表".into(), "must be a list of texts".into());
                };
                let unknown: Vec<&str> = list.into_iter().filter(|t| !known.contains(t)).collect();
                if unknown.is_empty() {
                    return None;
                }
                Some((
                    "unknown_word",
                    Bilingual::new(
                        format!("不认识的用语：{}", unknown.join("、")),
                        format!("unknown words: {}", unknown.join(", ")),
                    ),
                ))
            }
            Self::Texts => match texts(value) {
                Some(_) => None,
                None => wrong("须为文本列表".into(), "must be a list of texts".into()),
            },
            Self::CountsByKey(least, most) => {
                let is_good = value.as_object().is_some_and(|members| {
                    members.values().all(|v| v.as_u64().is_some_and(|n| (*least..=*most).contains(&n)))
                });
                if is_good {
                    return None;
                }
                wrong(
                    format!("须为名称到 {least}–{most} 整数的对照"),
                    format!("must map names to whole numbers from {least} to {most}"),
                )
            }
        }
    }
}

fn texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

/// Parameters of one record.
#[derive(Clone, Copy, Debug)]
pub struct Params<'a>(pub &'a Map<String, Value>);

impl<'a> Params<'a> {
    /// A count, or the default.
    #[must_use]
    pub fn count(&self, name: &str, default: u32) -> u32 {
        self.0.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
    }

    /// A count, if it is given.
    #[must_use]
    pub fn count_opt(&self, name: &str) -> Option<u32> {
        self.0.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok())
    }

    /// A term, or the default.
    #[must_use]
    pub fn term(&self, name: &str, default: Term) -> Term {
        self.0.get(name).and_then(|v| serde_json::from_value(v.clone()).ok()).unwrap_or(default)
    }

    /// A flag, or the default.
    #[must_use]
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(default)
    }

    /// A day, if it is given.
    #[must_use]
    pub fn day(&self, name: &str) -> Option<Date> {
        self.0.get(name).and_then(Value::as_str).and_then(|t| t.parse().ok())
    }

    /// A list of texts.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<&'a str> {
        self.0.get(name).and_then(texts).unwrap_or_default()
    }

    /// A count by key, if it is given.
    #[must_use]
    pub fn count_of(&self, name: &str, key: &str) -> Option<u32> {
        let n = self.0.get(name)?.get(key)?.as_u64()?;
        u32::try_from(n).ok()
    }
}

/// A term in calendar days.
#[must_use]
pub const fn days(n: u32) -> Term {
    Term { n, unit: TermUnit::CalendarDay }
}

/// A term in working days.
#[must_use]
pub const fn working_days(n: u32) -> Term {
    Term { n, unit: TermUnit::WorkingDay }
}

/// A term in months.
#[must_use]
pub const fn months(n: u32) -> Term {
    Term { n, unit: TermUnit::Month }
}

/// A term in hours.
#[must_use]
pub const fn hours(n: u32) -> Term {
    Term { n, unit: TermUnit::Hour }
}
