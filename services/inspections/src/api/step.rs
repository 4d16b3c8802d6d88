//! Steps over HTTP: a remark, a reason, documents, and the history of all. Shared by every aggregate of the service.

use crate::domain::step::TermEnd;
use crate::store::transition::StoredTransition;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The version a step rests on, if the caller wants it checked.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct ActionHeaders {
    /// The `ETag` that was read; something changed since answers 412.
    #[serde(rename = "If-Match")]
    #[param(rename = "If-Match", max_length = 100)]
    pub if_match: Option<String>,
}

/// A document number or the like (依据材料).
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 200, example = "南政办发〔2026〕1号")]
pub struct DocumentRef(pub String);

/// A step with a remark.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "已核对，同意"}))]
pub struct ActionNote {
    /// Remark for the history, without personal data (说明).
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
    /// What it rests on.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub documents: Vec<DocumentRef>,
}

/// A step that needs a reason.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "依据发生变化，需要调整"}))]
pub struct ActionReason {
    /// Why, without personal data (理由).
    #[schema(min_length = 2, max_length = 2000)]
    pub reason: String,
    /// What it rests on.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub documents: Vec<DocumentRef>,
}

/// One step in the life of a plan, draw, visit, … (流转记录).
#[derive(Serialize, ToSchema)]
pub struct StepEntry {
    /// Order, from 1.
    #[schema(minimum = 1)]
    pub number: i64,
    /// State before.
    #[schema(max_length = 40)]
    pub from: String,
    /// The step.
    #[schema(max_length = 40, example = "submit")]
    pub verb: String,
    /// State after.
    #[schema(max_length = 40)]
    pub to: String,
    /// Account.
    #[schema(max_length = 100)]
    pub actor: String,
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
    /// Rules that were looked at.
    #[schema(max_items = 200)]
    pub rule_ids: Vec<String>,
    /// Version of the rule pack used.
    #[schema(max_length = 64)]
    pub rule_pack: Option<String>,
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

/// A page of a history.
#[derive(Serialize, ToSchema)]
pub struct StepPage {
    /// In order.
    #[schema(max_items = 200)]
    pub items: Vec<StepEntry>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// A page of something that belongs to one row.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PartQuery {
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Entries of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

impl From<StoredTransition> for StepEntry {
    fn from(t: StoredTransition) -> Self {
        let StoredTransition {
            number,
            from,
            verb,
            to,
            actor,
            organ,
            role,
            at,
            reason,
            rule_ids,
            rule_pack,
            evidence,
            due,
        } = t;
        let (due_date, due_at, calendar_version) = match due {
            Some(TermEnd { date, at, calendar }) => (Some(date), Some(at), Some(calendar)),
            None => (None, None, None),
        };
        Self {
            number,
            from,
            verb,
            to,
            actor,
            organ,
            role,
            at,
            reason,
            rule_ids,
            rule_pack,
            evidence,
            due_date,
            due_at,
            calendar_version,
        }
    }
}
