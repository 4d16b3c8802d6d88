//! Bodies of the steps of a plan that ask for more than a reason: merging, filing, evaluation.

use crate::api::step::DocumentRef;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The organiser's comparison with the other plans (统筹).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "已与其他计划比对，无重复", "plan_ids": []}))]
pub struct PlanMerge {
    /// What the comparison found.
    #[schema(min_length = 2, max_length = 2000)]
    pub reason: String,
    /// Submitted plans of the same year that are taken into this one; they end as `cancelled`.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub plan_ids: Vec<Uuid>,
    /// What it rests on.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub documents: Vec<DocumentRef>,
}

/// Filing with the justice bureau (备案).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"filing_no": "南司备〔2026〕12号", "reason": "材料齐全"}))]
pub struct PlanFile {
    /// Number of the filing (备案号).
    #[schema(min_length = 2, max_length = 100)]
    pub filing_no: String,
    /// Remark.
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
    /// What it rests on.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub documents: Vec<DocumentRef>,
}

/// Evaluation of a completed plan (评估): what worked and what should change; never numbers of checks or fines.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"summary": "联合检查减少重复入企，建议下一年度合并两项计划"}))]
pub struct PlanEvaluation {
    /// What was found.
    #[schema(min_length = 2, max_length = 2000)]
    pub summary: String,
    /// What it rests on.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub documents: Vec<DocumentRef>,
}
