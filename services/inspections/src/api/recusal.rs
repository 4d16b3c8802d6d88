//! Recusals over HTTP: who may not inspect whom, and who decided so. The explanation is personal and shown to the organ only.

use crate::domain::recusal::{RecusalGround, RecusalKind, RecusalState};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A declaration of an inspector, or a request of a subject (回避申报、申请).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "declaration", "inspector_id": "01930000-0000-7000-8000-000000000001",
    "subject_id": "01930000-0000-7000-8000-000000000002", "ground": "ex_employer", "explanation": "2025年5月前在该企业任质量负责人",
    "valid_from": "2025-05-31"}))]
pub struct RecusalCreate {
    /// Declaration or request.
    pub kind: RecusalKind,
    /// Whom it is about.
    pub inspector_id: Uuid,
    /// The subject; absent in a declaration: from every subject.
    pub subject_id: Option<Uuid>,
    /// The visit in which it was raised.
    pub visit_id: Option<Uuid>,
    /// Why.
    pub ground: RecusalGround,
    /// In words; stored encrypted.
    #[schema(max_length = 1000)]
    pub explanation: Option<String>,
    /// First day; today when absent, the day of leaving for `ex_employer`.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_from: Option<Date>,
    /// Last day; three years after leaving for `ex_employer`, else open.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
}

/// The decision of the organ's head (行政处罚法第四十三条第三款).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"granted": true, "reason": "情况属实，更换检查人员"}))]
pub struct RecusalDecide {
    /// Whether the inspector stays away.
    pub granted: bool,
    /// Why, without personal data.
    #[schema(min_length = 2, max_length = 1000)]
    pub reason: String,
}

/// A recusal (回避).
#[derive(Serialize, ToSchema)]
pub struct RecusalView {
    /// Id.
    pub id: Uuid,
    /// Declaration or request.
    pub kind: RecusalKind,
    /// State.
    pub state: RecusalState,
    /// Whether it keeps the inspector away today.
    pub is_in_force: bool,
    /// Whom it is about.
    pub inspector_id: Uuid,
    /// His organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// The subject; none: every subject.
    pub subject_id: Option<Uuid>,
    /// Its name.
    #[schema(max_length = 200)]
    pub subject_name: Option<String>,
    /// The visit in which it was raised.
    pub visit_id: Option<Uuid>,
    /// Why.
    pub ground: RecusalGround,
    /// In words; for the inspector's organ only.
    #[schema(max_length = 1000)]
    pub explanation: Option<String>,
    /// First day.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
    /// Last day.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// When it was raised.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub raised_at: Timestamp,
    /// When it was decided.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub decided_at: Option<Timestamp>,
    /// Why it was decided so.
    #[schema(max_length = 1000)]
    pub decision_reason: Option<String>,
    /// Version, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// Query of the recusals.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RecusalListQuery {
    /// Only of this inspector.
    pub inspector_id: Option<Uuid>,
    /// Only about this subject.
    pub subject_id: Option<Uuid>,
    /// Only this state.
    #[param(inline)]
    pub state: Option<RecusalState>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Recusals of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of recusals.
#[derive(Serialize, ToSchema)]
pub struct RecusalPage {
    /// In the order they were raised.
    #[schema(max_items = 200)]
    pub items: Vec<RecusalView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}
