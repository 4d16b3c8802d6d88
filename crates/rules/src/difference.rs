//! What differs between two packs, record by record, matched by rule id and number.
//!
//! Called by the catalog for two versions, and by whoever judges old facts by a new pack.

use crate::pack::{Rule, RulePack};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

domain::define_words! {
    /// What happened to a record between two packs.
    pub enum RuleChangeKind {
        /// It is new.
        Added = "added", "新增", [];
        /// It is gone.
        Removed = "removed", "删除", [];
        /// Some member has another value.
        Changed = "changed", "变更", [];
    }
}

/// One changed record.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleChange {
    /// Id of the rule.
    pub rule_id: String,
    /// Number of the record.
    pub version: u32,
    /// What happened.
    pub kind: RuleChangeKind,
    /// Names of the members that differ; parameters as `params/<name>`.
    pub members: Vec<String>,
    /// The earlier record.
    pub before: Option<Rule>,
    /// The later record.
    pub after: Option<Rule>,
}

/// Changed records, by id and number.
#[must_use]
pub fn difference(before: &RulePack, after: &RulePack) -> Vec<RuleChange> {
    let index = |pack: &RulePack| -> BTreeMap<(String, u32), Rule> {
        pack.rules.iter().map(|r| ((r.rule_id.clone(), r.version), r.clone())).collect()
    };
    let (old, new) = (index(before), index(after));
    let keys: BTreeSet<&(String, u32)> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter_map(|key| {
            let (b, a) = (old.get(key).cloned(), new.get(key).cloned());
            let kind = match (&b, &a) {
                (None, None) => return None,
                (None, Some(_)) => RuleChangeKind::Added,
                (Some(_), None) => RuleChangeKind::Removed,
                (Some(b), Some(a)) if b == a => return None,
                (Some(_), Some(_)) => RuleChangeKind::Changed,
            };
            let members = match (&b, &a) {
                (Some(b), Some(a)) => members(b, a),
                _ => Vec::new(),
            };
            Some(RuleChange { rule_id: key.0.clone(), version: key.1, kind, members, before: b, after: a })
        })
        .collect()
}

fn members(before: &Rule, after: &Rule) -> Vec<String> {
    let json = |r: &Rule| serde_json::to_value(r).unwrap_or_default();
    let mut out = Vec::new();
    differing("", &json(before), &json(after), &mut out);
    out
}

fn differing(at: &str, a: &Value, b: &Value, out: &mut Vec<String>) {
    match (a, b) {
        // One level of members, and the parameters by name.
        (Value::Object(a), Value::Object(b)) if at.is_empty() || at == "params" => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let place = if at.is_empty() { name.clone() } else { format!("{at}/{name}") };
                let null = Value::Null;
                differing(&place, a.get(name).unwrap_or(&null), b.get(name).unwrap_or(&null), out);
            }
        }
        _ if a == b => {}
        _ => out.push(at.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changed_parameters_are_named() {
        let before = crate::default_pack().unwrap();
        let mut after = before.clone();
        let i = after.rules.iter().position(|r| r.rule_id == "FRQ-01").unwrap();
        after.rules[i].params.insert("default_cap".into(), json!(1));
        let gone = after.rules.iter().position(|r| r.rule_id == "PUB-10").unwrap();
        after.rules.remove(gone);
        let found = difference(&before, &after);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].rule_id.as_str(), found[0].kind), ("FRQ-01", RuleChangeKind::Changed));
        assert_eq!(found[0].members, ["params/default_cap"]);
        assert_eq!((found[1].rule_id.as_str(), found[1].kind), ("PUB-10", RuleChangeKind::Removed));
        assert_eq!(difference(&before, &before), []);
    }
}
