//! Results of inspections over HTTP (检查结果).

use super::correction::{CorrectionInput, DisposalInput};
use crate::domain::result::{ResultOutcome, ResultScheme, ResultState};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A code of the national publicity system.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 2, pattern = "^([1-9]|1[0-2]|[A-G])$", example = "1")]
pub struct ResultCode(pub String);

/// The result of a task, entered by who inspected (录入检查结果).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "scheme": "general", "codes": ["1"], "summary": "未发现问题", "told_subject_at": "2026-11-23T10:30:00+08:00"
}))]
pub struct ResultCreate {
    /// List that the codes belong to.
    pub scheme: ResultScheme,
    /// Codes; several may hold, as far as they do not contradict each other (`1` excludes all others).
    #[schema(min_items = 1, max_items = 10)]
    pub codes: Vec<ResultCode>,
    /// What was found, in words, without personal data.
    #[schema(min_length = 2, max_length = 5000)]
    pub summary: String,
    /// When the subject was told, where the site record does not say.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub told_subject_at: Option<Timestamp>,
    /// Corrections ordered (责令改正); code `E` needs one.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub corrections: Vec<CorrectionInput>,
    /// Cases opened and transfers (立案、移送); code `A` needs one.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub disposals: Vec<DisposalInput>,
}

/// Changes of a result that is not audited yet, or was sent back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"summary": "未发现问题，已当场告知"}))]
pub struct ResultUpdate {
    /// Codes.
    #[schema(min_items = 1, max_items = 10)]
    pub codes: Option<Vec<ResultCode>>,
    /// What was found.
    #[schema(min_length = 2, max_length = 5000)]
    pub summary: Option<String>,
    /// When the subject was told.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub told_subject_at: Option<Timestamp>,
}

domain::define_words! {
    /// What the audit of a result says (审核意见).
    pub enum AuditDecision {
        /// Passed.
        Pass = "pass", "通过", [];
        /// Sent back.
        Return = "return", "退回", [];
        /// Refused; the entry stays on record.
        Reject = "reject", "不通过", [];
    }
}

/// The audit of a result by a second person (审核).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"decision": "pass", "note": "事实清楚"}))]
pub struct ResultAudit {
    /// Decision.
    pub decision: AuditDecision,
    /// Words; needed where it is not passed.
    #[schema(min_length = 2, max_length = 2000)]
    pub note: Option<String>,
}

/// A result (检查结果).
#[derive(Serialize, ToSchema)]
pub struct ResultView {
    /// Id.
    pub id: Uuid,
    /// Task.
    pub task_id: Uuid,
    /// Visit.
    pub visit_id: Uuid,
    /// Organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Region of the subject.
    #[schema(max_length = 12)]
    pub region_code: String,
    /// Subject.
    pub subject_id: Uuid,
    /// Its identifier then.
    #[schema(max_length = 64)]
    pub subject_identifier: String,
    /// Its name then.
    #[schema(max_length = 300)]
    pub subject_name: String,
    /// List that the codes belong to.
    pub scheme: ResultScheme,
    /// Codes.
    #[schema(max_items = 10)]
    pub codes: Vec<ResultCode>,
    /// Their official texts.
    #[schema(max_items = 10)]
    pub findings: Vec<String>,
    /// What was found, in words.
    #[schema(max_length = 5000)]
    pub summary: String,
    /// State.
    pub state: ResultState,
    /// What followed, once it is final.
    pub outcome: Option<ResultOutcome>,
    /// Whether the visit counts in the denominator of the problem rate.
    pub is_in_problem_rate: bool,
    /// Account that entered it.
    #[schema(max_length = 100)]
    pub entered_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub entered_at: Timestamp,
    /// Last day for the entry: five working days after the inspection.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub entry_due_date: Option<Date>,
    /// Whether it was entered later.
    pub is_entered_late: bool,
    /// Account that audited it.
    #[schema(max_length = 100)]
    pub audited_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub audited_at: Option<Timestamp>,
    /// Its words.
    #[schema(max_length = 2000)]
    pub audit_note: Option<String>,
    /// When it became final.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub final_at: Option<Timestamp>,
    /// Last day for the publicity: twenty working days after it became final (PUB-01).
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub publicity_due_date: Option<Date>,
    /// Version of the calendar by which the terms were computed.
    #[schema(max_length = 64)]
    pub calendar_version: Option<String>,
    /// When the subject was told.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub told_subject_at: Option<Timestamp>,
    /// Version, also the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was added.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub updated_at: Timestamp,
}

/// A page of results.
#[derive(Serialize, ToSchema)]
pub struct ResultPage {
    /// In the order they were entered.
    #[schema(max_items = 200)]
    pub items: Vec<ResultView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Which results are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ResultListQuery {
    /// In this state.
    #[param(inline)]
    pub state: Option<ResultState>,
    /// With this outcome.
    #[param(inline)]
    pub outcome: Option<ResultOutcome>,
    /// Of this organ.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub organ_code: Option<String>,
    /// About this subject.
    pub subject_id: Option<Uuid>,
    /// Of this visit.
    pub visit_id: Option<Uuid>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Entries of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}
