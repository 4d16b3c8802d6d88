//! What is wrong with an uploaded pack: all findings at once, with their places.
//!
//! Blocks: an unknown predicate, a parameter of the wrong type or unit, overlapping validity of one id, a severity that the
//! predicate cannot have, two records with one number. Warns: gaps in validity, unknown ids, rules of the default pack that
//! are missing, sources that nobody is sure of. Called by the catalog before a pack is stored.

use crate::pack::{Bilingual, Rule, RulePack};
use crate::predicates::find;
use crate::words::{RuleSeverity, SourceCertainty, VisitKind};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// One finding.
#[derive(Clone, Debug, PartialEq)]
pub struct PackFault {
    /// JSON pointer into the pack.
    pub pointer: String,
    /// Stable code.
    pub code: &'static str,
    /// Whether the pack cannot be stored.
    pub is_blocking: bool,
    /// In words.
    pub text: Bilingual,
}

impl PackFault {
    fn new(pointer: String, code: &'static str, is_blocking: bool, zh: String, en: String) -> Self {
        Self { pointer, code, is_blocking, text: Bilingual::new(zh, en) }
    }
}

/// Chapters that ids may belong to.
const CHAPTERS: [&str; 8] = ["ENF", "FRQ", "DRW", "PUB", "CAS", "TRF", "CRD", "SEED"];

/// Checks a pack; `known` are the rule ids that a complete pack has.
#[must_use]
pub fn check(pack: &RulePack, known: &BTreeSet<String>) -> Vec<PackFault> {
    let mut out = Vec::new();
    for (i, rule) in pack.rules.iter().enumerate() {
        one(rule, &format!("/rules/{i}"), known, &mut out);
    }
    validity(pack, &mut out);
    kinds(pack, &mut out);
    let given: BTreeSet<&String> = pack.rules.iter().map(|r| &r.rule_id).collect();
    for missing in known.iter().filter(|id| !given.contains(id)) {
        out.push(PackFault::new(
            "/rules".into(),
            "rule_missing",
            false,
            format!("缺少规则 {missing}：不会再检查此项"),
            format!("rule {missing} is missing: it will not be looked at any more"),
        ));
    }
    out
}

fn one(rule: &Rule, at: &str, known: &BTreeSet<String>, out: &mut Vec<PackFault>) {
    let id = &rule.rule_id;
    let chapter = id.split('-').next().unwrap_or_default();
    if !CHAPTERS.contains(&chapter) {
        out.push(PackFault::new(
            format!("{at}/rule_id"),
            "unknown_chapter",
            true,
            format!("{id} 不属于任何规则章"),
            format!("{id} belongs to no chapter of rules"),
        ));
    } else if !known.contains(id) {
        out.push(PackFault::new(
            format!("{at}/rule_id"),
            "unknown_rule",
            false,
            format!("{id} 不在默认规则包中"),
            format!("{id} is not in the default pack"),
        ));
    }
    if rule.valid_to.is_some_and(|to| to <= rule.valid_from) {
        out.push(PackFault::new(
            format!("{at}/valid_to"),
            "interval_reversed",
            true,
            "须晚于 valid_from".into(),
            "must be after valid_from".into(),
        ));
    }
    if rule.statement.zh.trim().is_empty() || rule.statement.en.trim().is_empty() {
        out.push(PackFault::new(
            format!("{at}/statement"),
            "missing_value",
            true,
            "须有中英文表述".into(),
            "both texts are needed".into(),
        ));
    }
    if rule.sources.is_empty() {
        out.push(PackFault::new(
            format!("{at}/sources"),
            "missing_value",
            true,
            "须写明依据".into(),
            "a source is needed".into(),
        ));
    } else if rule.severity == RuleSeverity::Block
        && rule
            .sources
            .iter()
            .all(|s| matches!(s.certainty, SourceCertainty::Probable | SourceCertainty::Weak))
    {
        out.push(PackFault::new(
            format!("{at}/sources"),
            "uncertain_source",
            false,
            "禁止性规则的依据尚未核实".into(),
            "a blocking rule rests on sources nobody is sure of".into(),
        ));
    }
    let Some(predicate) = find(&rule.predicate) else {
        out.push(PackFault::new(
            format!("{at}/predicate"),
            "unknown_predicate",
            true,
            format!("没有名为 {} 的判定", rule.predicate),
            format!("there is no predicate {}", rule.predicate),
        ));
        return;
    };
    if !predicate.severities.contains(&rule.severity) {
        let may: Vec<&str> = predicate.severities.iter().map(|s| s.as_str()).collect();
        out.push(PackFault::new(
            format!("{at}/severity"),
            "severity_not_allowed",
            true,
            format!("该判定的严重程度只能是 {}", may.join("、")),
            format!("this predicate may only be {}", may.join(", ")),
        ));
    }
    for spec in predicate.params {
        match rule.params.get(spec.name) {
            Some(value) => {
                if let Some((code, text)) = spec.kind.fault(value) {
                    out.push(PackFault {
                        pointer: format!("{at}/params/{}", spec.name),
                        code,
                        is_blocking: true,
                        text,
                    });
                }
            }
            None if spec.is_required => out.push(PackFault::new(
                format!("{at}/params/{}", spec.name),
                "missing_parameter",
                true,
                format!("缺少参数 {}", spec.name),
                format!("the parameter {} is missing", spec.name),
            )),
            None => {}
        }
    }
    for name in rule.params.keys().filter(|n| !predicate.params.iter().any(|s| s.name == n.as_str())) {
        out.push(PackFault::new(
            format!("{at}/params/{}", name.replace('~', "~0").replace('/', "~1")),
            "unknown_parameter",
            true,
            format!("该判定没有参数 {name}"),
            format!("this predicate has no parameter {name}"),
        ));
    }
}

/// Overlaps block, gaps are reported: a day without a record is a day without the rule.
fn validity(pack: &RulePack, out: &mut Vec<PackFault>) {
    let mut by_id: BTreeMap<&str, Vec<(usize, &Rule)>> = BTreeMap::new();
    for (i, rule) in pack.rules.iter().enumerate() {
        by_id.entry(&rule.rule_id).or_default().push((i, rule));
    }
    for (id, mut records) in by_id {
        records.sort_by_key(|(_, r)| (r.valid_from, r.version));
        for pair in records.windows(2) {
            let [(_, before), (i, after)] = pair else { continue };
            let at = format!("/rules/{i}/valid_from");
            let end: Option<Date> = before.valid_to;
            if end.is_none_or(|end| end > after.valid_from) {
                out.push(PackFault::new(
                    at.clone(),
                    "validity_overlaps",
                    true,
                    format!("{id} 的两条记录有效期重叠"),
                    format!("two records of {id} are in force at once"),
                ));
            } else if end.is_some_and(|end| end < after.valid_from) {
                out.push(PackFault::new(
                    at.clone(),
                    "validity_gap",
                    false,
                    format!("{id} 的两条记录之间有空档"),
                    format!("between two records of {id} no rule is in force"),
                ));
            }
            if before.version == after.version {
                out.push(PackFault::new(
                    format!("/rules/{i}/version"),
                    "version_repeated",
                    true,
                    format!("{id} 的记录编号重复"),
                    format!("two records of {id} have the same number"),
                ));
            }
        }
    }
}

/// No kind of visit may both count and be exempt on any day.
fn kinds(pack: &RulePack, out: &mut Vec<PackFault>) {
    let lists = |rule: &Rule, name: &str| -> BTreeSet<VisitKind> {
        let params = crate::params::Params(&rule.params);
        params.texts(name).into_iter().filter_map(|t| t.parse().ok()).collect()
    };
    let of = |id: &'static str| pack.rules.iter().enumerate().filter(move |(_, r)| r.rule_id == id);
    for (_, cap) in of("FRQ-01") {
        let counted = lists(cap, "counted");
        for (i, exempt) in of("FRQ-02") {
            let meets = exempt.valid_from < cap.valid_to.unwrap_or(Date::MAX)
                && cap.valid_from < exempt.valid_to.unwrap_or(Date::MAX);
            let both: Vec<&str> =
                lists(exempt, "exempt").intersection(&counted).map(|k| k.as_str()).collect();
            if meets && !both.is_empty() {
                out.push(PackFault::new(
                    format!("/rules/{i}/params/exempt"),
                    "kind_counts_and_is_exempt",
                    true,
                    format!("{} 既计入又不计入上限", both.join("、")),
                    format!("{} both counts and is exempt", both.join(", ")),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use serde_json::json;

    fn known() -> BTreeSet<String> {
        crate::default_pack().unwrap().rules.into_iter().map(|r| r.rule_id).collect()
    }

    fn codes(pack: &RulePack) -> Vec<(&'static str, bool)> {
        check(pack, &known()).into_iter().map(|f| (f.code, f.is_blocking)).collect()
    }

    #[test]
    fn the_default_pack_has_no_fault_and_every_rule_of_the_four_tables() {
        let pack = crate::default_pack().unwrap();
        assert_eq!(codes(&pack), []);
        let ids = known();
        let chapter = |c: &str, n: usize| (1..=n).map(move |i| format!("{c}-{i:02}")).collect::<Vec<_>>();
        let mut wanted: Vec<String> = [("ENF", 20), ("FRQ", 9), ("DRW", 9), ("PUB", 10)]
            .into_iter()
            .flat_map(|(c, n)| chapter(c, n))
            .collect();
        wanted.push("DRW-05a".into());
        wanted.sort();
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let mut pack = crate::default_pack().unwrap();
        let at = |pack: &RulePack, id: &str| pack.rules.iter().position(|r| r.rule_id == id).unwrap();
        let i = at(&pack, "ENF-01");
        pack.rules[i].params.insert("at_least".into(), json!("two"));
        pack.rules[i].params.insert("per".into(), json!(1));
        let j = at(&pack, "FRQ-04");
        pack.rules[j].params.insert("window".into(), json!({"n": 90, "unit": "hour"}));
        let k = at(&pack, "FRQ-02");
        pack.rules[k].severity = RuleSeverity::Block;
        pack.rules[k].params.insert("exempt".into(), json!(["routine", "whatever"]));
        let l = at(&pack, "PUB-01");
        pack.rules[l].predicate = "no_such".into();
        let found: BTreeSet<(String, &str)> = check(&pack, &known())
            .into_iter()
            .filter(|f| f.is_blocking)
            .map(|f| (f.pointer, f.code))
            .collect();
        let expected = [
            (format!("/rules/{i}/params/at_least"), "wrong_parameter_type"),
            (format!("/rules/{i}/params/per"), "unknown_parameter"),
            (format!("/rules/{j}/params/window"), "wrong_parameter_unit"),
            (format!("/rules/{k}/params/exempt"), "kind_counts_and_is_exempt"),
            (format!("/rules/{k}/params/exempt"), "unknown_word"),
            (format!("/rules/{k}/severity"), "severity_not_allowed"),
            (format!("/rules/{l}/predicate"), "unknown_predicate"),
        ];
        assert_eq!(found, expected.into_iter().collect());
    }

    #[test]
    fn overlaps_block_and_gaps_are_reported() {
        let mut pack = crate::default_pack().unwrap();
        let i = pack.rules.iter().position(|r| r.rule_id == "ENF-02").unwrap();
        let mut next = pack.rules[i].clone();
        next.version = 2;
        next.valid_from = date(2027, 1, 1);
        pack.rules.push(next);
        assert_eq!(codes(&pack), [("validity_overlaps", true)]);
        pack.rules[i].valid_to = Some(date(2026, 12, 1));
        assert_eq!(codes(&pack), [("validity_gap", false)]);
        pack.rules[i].valid_to = Some(date(2027, 1, 1));
        assert_eq!(codes(&pack), []);
        pack.rules.last_mut().unwrap().version = 1;
        assert_eq!(codes(&pack), [("version_repeated", true)]);
        pack.rules.retain(|r| r.rule_id != "ENF-02");
        assert_eq!(codes(&pack), [("rule_missing", false)]);
        pack.rules[0].rule_id = "XYZ-01".into();
        assert!(codes(&pack).contains(&("unknown_chapter", true)));
    }
}
