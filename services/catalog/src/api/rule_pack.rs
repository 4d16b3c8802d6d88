//! Rule packs over HTTP: upload, decision, the one in force, the rule that applied, differences.

use crate::domain::rule_pack::{KeptFinding, RulePackState, Uploaded};
use jiff::Timestamp;
use jiff::civil::Date;
use rules::difference::{RuleChange, RuleChangeKind};
use rules::{Rule, RulePack};
use serde::{Deserialize, Serialize};
use service_kit::lang::Lang;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A pack to be checked and kept as a draft (规则包上传).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "valid_from": "2027-01-01", "reason": "上级公布新的年度频次上限",
    "pack": {"code": "nz-2027", "title": {"zh": "南郑区规则包（2027）", "en": "Rule pack of the district (2027)"}, "rules": [{
        "rule_id": "FRQ-01", "version": 2, "predicate": "visit_cap", "severity": "block", "on_unknown": "report",
        "statement": {"zh": "同一部门对同一对象每年入企检查不超过1次", "en": "At most one counted visit of an organ to a subject a year"},
        "params": {"default_cap": 1, "counted": ["routine", "campaign_own"]},
        "fact_date": "visit.date", "valid_from": "2025-01-03", "valid_to": null, "authority": "state_council",
        "sources": [{"doc": "国办发〔2024〕54号", "article": "年度频次上限", "certainty": "read", "reference": "S10"}]}]}}))]
pub struct RulePackUpload {
    /// The pack.
    pub pack: RulePack,
    /// First day of the facts it judges; may lie in the past when a rule is learned of late.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
    /// First day it judges no longer.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Why (理由).
    #[schema(min_length = 2, max_length = 2000)]
    pub reason: String,
}

/// Publication or dropping of a draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "已核对依据"}))]
pub struct RulePackDecision {
    /// Remark.
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
}

/// What is worth a look in a pack that can be kept.
#[derive(Serialize, ToSchema)]
pub struct RulePackFinding {
    /// JSON pointer into the pack.
    #[schema(max_length = 200, example = "/rules/3/valid_from")]
    pub pointer: String,
    /// `validity_gap`, `rule_missing`, `unknown_rule`, `uncertain_source`.
    #[schema(max_length = 60)]
    pub code: String,
    /// In words.
    #[schema(max_length = 500)]
    pub detail: String,
}

/// A pack without its rules.
#[derive(Serialize, ToSchema)]
pub struct RulePackSummary {
    /// Id.
    pub id: Uuid,
    /// Number of the published version, from 1.
    #[schema(minimum = 1)]
    pub number: Option<i64>,
    /// Code.
    #[schema(max_length = 60)]
    pub code: String,
    /// Title.
    #[schema(max_length = 2000)]
    pub title: String,
    /// State.
    pub state: RulePackState,
    /// SHA-256 of the canonical content, hex.
    #[schema(max_length = 64)]
    pub digest: String,
    /// How many records it has.
    #[schema(minimum = 0, maximum = 500)]
    pub rule_count: usize,
    /// What is worth a look.
    #[schema(max_items = 1000)]
    pub findings: Vec<RulePackFinding>,
    /// First day of the facts it judges.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
    /// First day it judges no longer.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Why it was uploaded.
    #[schema(max_length = 2000)]
    pub reason: String,
    /// Account that uploaded it.
    #[schema(max_length = 100)]
    pub created_by: String,
    /// Account that published or discarded it.
    #[schema(max_length = 100)]
    pub decided_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub decided_at: Option<Timestamp>,
    /// Version, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was uploaded.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
}

/// A pack with its rules (规则包).
#[derive(Serialize, ToSchema)]
pub struct RulePackView {
    /// About it.
    #[serde(flatten)]
    pub summary: RulePackSummary,
    /// What it says.
    pub pack: RulePack,
}

/// A page of packs.
#[derive(Serialize, ToSchema)]
pub struct RulePackPage {
    /// In the order of their upload.
    #[schema(max_items = 200)]
    pub items: Vec<RulePackSummary>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Which packs.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RulePackListQuery {
    /// Of this state.
    #[param(inline)]
    pub state: Option<RulePackState>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Packs of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// The pack for facts of a day.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InForceQuery {
    /// Day of the fact.
    #[param(value_type = String, format = Date, max_length = 10, example = "2026-05-20")]
    pub on: Date,
    /// As it was known at this moment; now when absent.
    #[param(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub known_at: Option<Timestamp>,
}

/// The rule that applied to facts of a day.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AppliedQuery {
    /// Id of the rule.
    #[param(min_length = 3, max_length = 20, pattern = r"^[A-Z]{2,5}-\d{2}[a-z]?$", example = "FRQ-01")]
    pub rule: String,
    /// Day of the fact.
    #[param(value_type = String, format = Date, max_length = 10, example = "2026-05-20")]
    pub on: Date,
    /// As it was known at this moment; now when absent.
    #[param(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub known_at: Option<Timestamp>,
}

/// The record that applied, and the pack it is from (某日适用的规则).
#[derive(Serialize, ToSchema)]
pub struct AppliedRuleView {
    /// Id of the rule.
    #[schema(max_length = 20)]
    pub rule_id: String,
    /// Day of the fact.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub on: Date,
    /// The record; none when none was in force on that day.
    pub rule: Option<Rule>,
    /// Pack that judges facts of that day.
    pub pack_id: Uuid,
    /// Number of the pack.
    #[schema(minimum = 1)]
    pub pack_number: Option<i64>,
    /// Code of the pack.
    #[schema(max_length = 60)]
    pub pack_code: String,
    /// SHA-256 of the pack.
    #[schema(max_length = 64)]
    pub pack_digest: String,
}

/// Result of a check.
#[derive(Serialize, ToSchema)]
pub struct RulePackCheckView {
    /// Whether it could be kept as a draft.
    pub is_storable: bool,
    /// SHA-256 of the canonical content, hex.
    #[schema(max_length = 64)]
    pub digest: String,
    /// What blocks.
    #[schema(max_items = 5000)]
    pub faults: Vec<RulePackFinding>,
    /// What is worth a look.
    #[schema(max_items = 5000)]
    pub findings: Vec<RulePackFinding>,
}

/// Against which pack.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RulePackDifferenceQuery {
    /// The other pack; the one in force today when absent.
    pub to: Option<Uuid>,
}

/// Difference of two packs (规则包差异).
#[derive(Serialize, ToSchema)]
pub struct RulePackDifference {
    /// Earlier pack.
    pub from: Uuid,
    /// Later pack.
    pub to: Uuid,
    /// Changed records; none when the packs say the same.
    #[schema(max_items = 1000)]
    pub changes: Vec<RuleChangeView>,
}

/// One changed record.
#[derive(Serialize, ToSchema)]
pub struct RuleChangeView {
    /// Id of the rule.
    #[schema(max_length = 20)]
    pub rule_id: String,
    /// Number of the record.
    #[schema(minimum = 1)]
    pub rule_version: u32,
    /// What happened.
    pub change: RuleChangeKind,
    /// Names of the members that differ.
    #[schema(max_items = 100)]
    pub members: Vec<RuleMember>,
    /// The earlier record.
    pub before: Option<Rule>,
    /// The later record.
    pub after: Option<Rule>,
}

/// Name of a member of a record.
#[derive(Serialize, ToSchema)]
#[serde(transparent)]
#[schema(max_length = 100, example = "params/default_cap")]
pub struct RuleMember(pub String);

impl From<RuleChange> for RuleChangeView {
    fn from(c: RuleChange) -> Self {
        let RuleChange { rule_id, version, kind, members, before, after } = c;
        let members = members.into_iter().map(RuleMember).collect();
        Self { rule_id, rule_version: version, change: kind, members, before, after }
    }
}

impl RulePackFinding {
    /// In a language.
    #[must_use]
    pub fn of(f: KeptFinding, lang: Lang) -> Self {
        let KeptFinding { pointer, code, zh, en } = f;
        Self { pointer, code, detail: lang.pick(&zh, &en).to_string() }
    }
}

impl RulePackSummary {
    /// In a language.
    #[must_use]
    pub fn of(pack: Uploaded, lang: Lang) -> Self {
        RulePackView::of(pack, lang).summary
    }
}

impl RulePackView {
    /// In a language.
    #[must_use]
    pub fn of(uploaded: Uploaded, lang: Lang) -> Self {
        let Uploaded {
            id,
            number,
            state,
            pack,
            digest,
            findings,
            valid_from,
            valid_to,
            reason,
            created_by,
            decided_by,
            decided_at,
            decision: _,
            version,
            created_at,
            updated_at: _,
        } = uploaded;
        let summary = RulePackSummary {
            id,
            number,
            code: pack.code.clone(),
            title: lang.pick(&pack.title.zh, &pack.title.en).to_string(),
            state,
            digest,
            rule_count: pack.rules.len(),
            findings: findings.into_iter().map(|f| RulePackFinding::of(f, lang)).collect(),
            valid_from,
            valid_to,
            reason,
            created_by,
            decided_by,
            decided_at,
            version,
            created_at,
        };
        Self { summary, pack }
    }
}
