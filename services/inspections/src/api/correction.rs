//! Corrections and disposals over HTTP: what follows from a problem (责令改正、复查、立案、移送).

use crate::domain::correction::{CorrectionState, DisposalKind, DisposalState};
use domain::deadline::TermUnit;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How long the subject has: counted by the deadline engine from the day of the order.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionTerm {
    /// How many.
    #[schema(minimum = 1, maximum = 400)]
    pub n: u32,
    /// Of what.
    pub unit: TermUnit,
}

/// A correction to be ordered (责令改正).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "order_no": "南人社责改〔2026〕3号", "problem": "三名职工未签订书面劳动合同", "measures": "补签劳动合同",
    "term": {"n": 15, "unit": "calendar_day"}, "recheck_on": "2027-01-15"
}))]
pub struct CorrectionInput {
    /// Number of the order (文号), unique within the organ.
    #[schema(min_length = 2, max_length = 100)]
    pub order_no: String,
    /// What is wrong, without personal data.
    #[schema(min_length = 2, max_length = 5000)]
    pub problem: String,
    /// What is to be done.
    #[schema(min_length = 2, max_length = 5000)]
    pub measures: Option<String>,
    /// Day of the order; today when absent, never later.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub ordered_on: Option<Date>,
    /// How long the subject has.
    pub term: CorrectionTerm,
    /// Day planned for the recheck; not before the term is over.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub recheck_on: Date,
}

/// A case to be opened, or a transfer (立案、移送).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "case", "reference": "南人社立字〔2026〕1号", "reason": "涉嫌拖欠工资，数额较大"}))]
pub struct DisposalInput {
    /// Case or transfer.
    pub kind: DisposalKind,
    /// Organ it goes to; needed for a transfer.
    #[schema(min_length = 2, max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub to_organ: Option<String>,
    /// Number of the case or transfer.
    #[schema(min_length = 2, max_length = 100)]
    pub reference: Option<String>,
    /// Why, without personal data.
    #[schema(min_length = 2, max_length = 2000)]
    pub reason: String,
}

/// The subject reported that it is put right (报告整改).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"report": "已补签劳动合同三份"}))]
pub struct CorrectionReport {
    /// What it reported.
    #[schema(min_length = 2, max_length = 5000)]
    pub report: String,
    /// Day of the report; today when absent.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub reported_on: Option<Date>,
}

/// More time for a correction (延期).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"term": {"n": 7, "unit": "calendar_day"}, "reason": "需停产改造，已提交方案"}))]
pub struct CorrectionExtend {
    /// How much longer, from the end of the term before.
    pub term: CorrectionTerm,
    /// Day planned for the recheck; as before when absent, as far as it is not before the new end.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub recheck_on: Option<Date>,
    /// Why.
    #[schema(min_length = 2, max_length = 2000)]
    pub reason: String,
}

/// What the recheck found (复查).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"is_put_right": true, "note": "已补签，抽查合格"}))]
pub struct CorrectionRecheck {
    /// Put right or not.
    pub is_put_right: bool,
    /// What was found, without personal data.
    #[schema(min_length = 2, max_length = 5000)]
    pub note: String,
    /// Day of the recheck; today when absent.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub rechecked_on: Option<Date>,
    /// Visit in which it was rechecked; none for a recheck on paper.
    pub visit_id: Option<Uuid>,
}

/// A correction (整改).
#[derive(Serialize, ToSchema)]
pub struct CorrectionView {
    /// Id.
    pub id: Uuid,
    /// Result it follows from.
    pub result_id: Uuid,
    /// Visit.
    pub visit_id: Uuid,
    /// Organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Subject.
    pub subject_id: Uuid,
    /// Number of the order.
    #[schema(max_length = 100)]
    pub order_no: String,
    /// What is wrong.
    #[schema(max_length = 5000)]
    pub problem: String,
    /// What is to be done.
    #[schema(max_length = 5000)]
    pub measures: Option<String>,
    /// State.
    pub state: CorrectionState,
    /// Day of the order.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub ordered_on: Date,
    /// Last day.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub due_date: Date,
    /// First moment after it.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub due_at: Timestamp,
    /// Version of the calendar by which it was computed.
    #[schema(max_length = 64)]
    pub calendar_version: String,
    /// Whether the term is over and the subject has not reported.
    pub overdue: bool,
    /// Last day after an extension.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub extended_to: Option<Date>,
    /// Why more time was given.
    #[schema(max_length = 2000)]
    pub extension_reason: Option<String>,
    /// Day of the subject's report.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub reported_on: Option<Date>,
    /// What it reported.
    #[schema(max_length = 5000)]
    pub report: Option<String>,
    /// Day planned for the recheck.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub recheck_on: Option<Date>,
    /// Day of the recheck.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub rechecked_on: Option<Date>,
    /// Visit in which it was rechecked.
    pub recheck_visit_id: Option<Uuid>,
    /// Account.
    #[schema(max_length = 100)]
    pub recheck_by: Option<String>,
    /// What was found.
    #[schema(max_length = 5000)]
    pub recheck_note: Option<String>,
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

/// A page of corrections.
#[derive(Serialize, ToSchema)]
pub struct CorrectionPage {
    /// In the order they were made.
    #[schema(max_items = 200)]
    pub items: Vec<CorrectionView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Which corrections are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CorrectionListQuery {
    /// In this state.
    #[param(inline)]
    pub state: Option<CorrectionState>,
    /// Of this organ.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub organ_code: Option<String>,
    /// About this subject.
    pub subject_id: Option<Uuid>,
    /// Of this result.
    pub result_id: Option<Uuid>,
    /// Only those whose term is over without a report.
    pub overdue: Option<bool>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Entries of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// How a disposal ended (处置完结).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "已作出行政处罚决定"}))]
pub struct DisposalClose {
    /// How.
    #[schema(min_length = 2, max_length = 2000)]
    pub outcome: String,
    /// Day; today when absent.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub closed_on: Option<Date>,
}

/// A disposal (后续处置).
#[derive(Serialize, ToSchema)]
pub struct DisposalView {
    /// Id.
    pub id: Uuid,
    /// Result it follows from.
    pub result_id: Uuid,
    /// Visit.
    pub visit_id: Uuid,
    /// Case or transfer.
    pub kind: DisposalKind,
    /// Organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Organ it goes to.
    #[schema(max_length = 32)]
    pub to_organ: Option<String>,
    /// Number of the case or transfer.
    #[schema(max_length = 100)]
    pub reference: Option<String>,
    /// Why.
    #[schema(max_length = 2000)]
    pub reason: String,
    /// State.
    pub state: DisposalState,
    /// Day it was opened.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub opened_on: Date,
    /// Day it ended.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub closed_on: Option<Date>,
    /// How it ended.
    #[schema(max_length = 2000)]
    pub outcome: Option<String>,
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

/// A page of disposals.
#[derive(Serialize, ToSchema)]
pub struct DisposalPage {
    /// In the order they were opened.
    #[schema(max_items = 200)]
    pub items: Vec<DisposalView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Which disposals are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DisposalListQuery {
    /// In this state.
    #[param(inline)]
    pub state: Option<DisposalState>,
    /// Cases or transfers.
    #[param(inline)]
    pub kind: Option<DisposalKind>,
    /// Of this result.
    pub result_id: Option<Uuid>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Entries of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}
