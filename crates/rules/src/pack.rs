//! Rule records and packs: what they hold, their digest, and which record is in force on a day.
//!
//! A pack may hold several records of one rule id, one after the other; validity is half-open. Called by everything here.

use crate::words::{OnUnknown, RuleAuthority, RuleSeverity, SourceCertainty};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// A text for people in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Chinese.
    #[schema(max_length = 2000)]
    pub zh: String,
    /// English.
    #[schema(max_length = 2000)]
    pub en: String,
}

impl Bilingual {
    /// Both texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// Where a rule comes from (依据).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RuleSource)]
pub struct Source {
    /// Law or document: title, or its number.
    #[schema(min_length = 1, max_length = 200, example = "行政处罚法")]
    pub doc: String,
    /// Article or part, when it is known.
    #[serde(default)]
    #[schema(max_length = 100, example = "第四十二条")]
    pub article: Option<String>,
    /// How sure it is that the source says this.
    pub certainty: SourceCertainty,
    /// Number of the source in the design's list of sources.
    #[serde(default)]
    #[schema(max_length = 40, example = "S1")]
    pub reference: Option<String>,
}

/// One rule record (规则).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Id of the rule, the same for all of its records.
    #[schema(min_length = 3, max_length = 20, pattern = r"^[A-Z]{2,5}-\d{2}[a-z]?$", example = "FRQ-01")]
    pub rule_id: String,
    /// Number of the record within its rule.
    #[schema(minimum = 1, maximum = 100_000)]
    pub version: u32,
    /// What it says.
    pub statement: Bilingual,
    /// Name of the predicate that decides it.
    #[schema(min_length = 3, max_length = 60, pattern = "^[a-z][a-z0-9_]*$", example = "visit_cap")]
    pub predicate: String,
    /// Parameters of the predicate, with their units.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub params: Map<String, Value>,
    /// What a breach leads to.
    pub severity: RuleSeverity,
    /// What missing data leads to.
    pub on_unknown: OnUnknown,
    /// Which date of the fact chooses the record, in words.
    #[schema(min_length = 1, max_length = 60, example = "visit.date")]
    pub fact_date: String,
    /// First day in force.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
    /// First day no longer in force.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Who made it.
    pub authority: RuleAuthority,
    /// Where it comes from.
    #[schema(min_items = 1, max_items = 20)]
    pub sources: Vec<Source>,
}

impl Rule {
    /// Whether it is in force on a day.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day < to)
    }
}

/// A rule pack (规则包).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulePack {
    /// Code of the pack.
    #[schema(min_length = 2, max_length = 60, pattern = "^[a-z0-9][a-z0-9-]*$", example = "default-2026")]
    pub code: String,
    /// Its name.
    pub title: Bilingual,
    /// Its records.
    #[schema(min_items = 1, max_items = 500)]
    pub rules: Vec<Rule>,
}

impl RulePack {
    /// The record of a rule in force on a day.
    #[must_use]
    pub fn rule_on(&self, rule_id: &str, day: Date) -> Option<&Rule> {
        self.rules.iter().find(|r| r.rule_id == rule_id && r.covers(day))
    }

    /// The records in force on a day, by id.
    #[must_use]
    pub fn rules_on(&self, day: Date) -> Vec<&Rule> {
        let mut all: Vec<&Rule> = self.rules.iter().filter(|r| r.covers(day)).collect();
        all.sort_by(|a, b| a.rule_id.cmp(&b.rule_id));
        all
    }

    /// SHA-256 of the canonical JSON, hex: equal digests, equal packs.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&serde_json::to_value(self).unwrap_or_default())
    }
}

/// SHA-256 of the canonical JSON of a value, hex.
#[must_use]
pub fn digest(value: &Value) -> String {
    hex::encode(Sha256::digest(canonical(value).to_string().as_bytes()))
}

/// The value with the members of all objects sorted, whatever map serde_json was built with.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut keys: Vec<_> = members.iter().collect();
            keys.sort_by(|a, b| a.0.cmp(b.0));
            Value::Object(keys.into_iter().map(|(k, v)| (k.clone(), canonical(v))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_record_is_in_force_up_to_the_day_before_its_end() {
        let pack = crate::default_pack().unwrap();
        // The display periods of SAMR penalties gave way to order 36 on 2026-04-01.
        let before = pack.rule_on("PUB-06", date(2026, 3, 31)).unwrap();
        let after = pack.rule_on("PUB-06", date(2026, 4, 1)).unwrap();
        assert_eq!((before.version, after.version), (1, 2));
        assert_eq!(before.valid_to, Some(after.valid_from));
    }

    #[test]
    fn the_digest_is_of_the_content_and_not_of_its_order() {
        let a: Value = serde_json::from_str(r#"{"a":1,"b":{"c":2,"d":3}}"#).unwrap();
        let b: Value = serde_json::from_str(r#"{"b":{"d":3,"c":2},"a":1}"#).unwrap();
        assert_eq!(digest(&a), digest(&b));
        let mut pack = crate::default_pack().unwrap();
        let before = pack.digest();
        pack.rules[0].version += 1;
        assert_ne!(before, pack.digest());
    }
}
