//! Steps of an item over HTTP: what each takes, and the history of all.

use crate::domain::item::DisputeOutcome;
use domain::vocabulary::ItemState;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The version a step rests on, if the caller wants it checked.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct StepHeaders {
    /// The `ETag` that was read; a changed item answers 412.
    #[serde(rename = "If-Match")]
    #[param(rename = "If-Match", max_length = 100)]
    pub if_match: Option<String>,
}

/// A step with a remark.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "内容完整，同意"}))]
pub struct StepNote {
    /// Remark for the history (说明).
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
    /// What it rests on: document numbers and the like (依据材料).
    #[serde(default)]
    #[schema(max_items = 20)]
    pub evidence: Vec<Evidence>,
}

/// A document number or the like.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 200)]
pub struct Evidence(pub String);

/// A step that needs a reason.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "该事项不属于本部门“三定”职责"}))]
pub struct StepReason {
    /// Why (理由).
    #[schema(min_length = 2, max_length = 2000)]
    pub reason: String,
    /// What it rests on.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub evidence: Vec<Evidence>,
}

/// A signature under the settlement of a dispute.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "uphold", "reason": "依据权责清单，由区税务局配合"}))]
pub struct ItemDecide {
    /// How it is settled; it takes effect when staffing and legal have signed the same (`return`: with one signature).
    pub outcome: DisputeOutcome,
    /// Why.
    #[schema(min_length = 2, max_length = 2000)]
    pub reason: String,
    /// What it rests on.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub evidence: Vec<Evidence>,
}

/// Publication of an approved item.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"valid_from": "2026-12-01", "reason": "首次公布"}))]
pub struct ItemPublish {
    /// First day in force; today when absent, never earlier.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_from: Option<Date>,
    /// First day no longer in force, when that is known already.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Why (动态调整理由).
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
}

/// Suspension of an item whose legal basis was changed or repealed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "设定依据已废止", "basis_changed_on": "2026-11-01"}))]
pub struct ItemSuspend {
    /// Why.
    #[schema(min_length = 2, max_length = 2000)]
    pub reason: String,
    /// When the basis was changed: the change of the item must begin within a month.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub basis_changed_on: Option<Date>,
    /// What it rests on.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub evidence: Vec<Evidence>,
}

/// One step in the life of an item (流转记录).
#[derive(Serialize, ToSchema)]
pub struct TransitionView {
    /// Order, from 1.
    #[schema(minimum = 1)]
    pub number: i64,
    /// State before.
    pub from: ItemState,
    /// The step.
    #[schema(max_length = 32, example = "submit")]
    pub verb: String,
    /// State after.
    pub to: ItemState,
    /// Account; hidden from those who see the published version only.
    #[schema(max_length = 100)]
    pub actor: Option<String>,
    /// Organ.
    #[schema(max_length = 32)]
    pub organ: String,
    /// Role in which it was taken.
    #[schema(max_length = 32)]
    pub role: String,
    /// When.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub at: Timestamp,
    /// Why.
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
    /// What it rests on.
    #[schema(value_type = Object)]
    pub evidence: serde_json::Value,
    /// Last day of the term that began with it.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub due_date: Option<Date>,
    /// First moment after that term.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub due_at: Option<Timestamp>,
    /// Version of the calendar by which it was computed.
    #[schema(max_length = 64)]
    pub calendar_version: Option<String>,
}

/// A page of an item's history.
#[derive(Serialize, ToSchema)]
pub struct TransitionPage {
    /// In order.
    #[schema(max_items = 200)]
    pub items: Vec<TransitionView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// A page of something that belongs to an item.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemPartQuery {
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Entries of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}
