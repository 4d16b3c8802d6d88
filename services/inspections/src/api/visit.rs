//! Visits over HTTP: one row for each joint visit, with the tasks of its organs (联合检查).

use super::task::TaskView;
use crate::domain::visit::{MemberRole, TaskRole, VisitState};
use domain::vocabulary::InspectionMethod;
use jiff::Timestamp;
use jiff::civil::Date;
use rules::VisitKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A visit to be added, outside of a draw (新增检查).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "complaint", "trigger_ground": "12345-2026-000123", "method": "site_verification", "on_site": true,
    "subject_id": "01932c4e-5f00-7000-8000-000000000001", "planned_from": "2026-11-23", "planned_to": "2026-11-30",
    "tasks": [{"organ_code": "nz-rsj", "item_text": "对用人单位依法签订劳动合同情况的监督检查"}]
}))]
pub struct VisitCreate {
    /// Plan it belongs to (年度计划).
    pub plan_id: Option<Uuid>,
    /// Why the organs go there (检查类型).
    pub kind: VisitKind,
    /// Number of the complaint, transfer or clue that triggered it (触发依据).
    #[schema(min_length = 2, max_length = 500)]
    pub trigger_ground: Option<String>,
    /// Method (检查方式).
    pub method: InspectionMethod,
    /// Whether somebody enters the premises (入企).
    pub on_site: bool,
    /// Subject (监管对象).
    pub subject_id: Uuid,
    /// First day planned.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub planned_from: Date,
    /// Last day planned.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub planned_to: Date,
    /// The day, where it is fixed already.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub scheduled_on: Option<Date>,
    /// Why it cannot wait for the head's approval; the approval follows within the rule pack's term (紧急情况说明).
    #[schema(min_length = 2, max_length = 1000)]
    pub emergency_reason: Option<String>,
    /// Record of assistance, for a subject outside of the organs' region (协助检查记录, ENF-12).
    #[schema(min_length = 2, max_length = 500)]
    pub assistance: Option<String>,
    /// Why somebody must enter although it could be checked otherwise; that of the plan when absent (确需入企理由, FRQ-05).
    #[schema(min_length = 2, max_length = 1000)]
    pub on_site_reason: Option<String>,
    /// Why it is not merged with other planned visits; that of the plan when absent (不合并理由, FRQ-04).
    #[schema(min_length = 2, max_length = 1000)]
    pub separate_reason: Option<String>,
    /// The organs, each once; without a lead the first one leads.
    #[schema(min_items = 1, max_items = 30)]
    pub tasks: Vec<VisitTaskInput>,
}

/// The part of one organ in a new visit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitTaskInput {
    /// Organ.
    #[schema(min_length = 2, max_length = 32, pattern = "^[a-z0-9-]+$", example = "nz-rsj")]
    pub organ_code: String,
    /// Leads or cooperates.
    pub role: Option<TaskRole>,
    /// Published item of the catalog (监管事项).
    pub item_id: Option<Uuid>,
    /// What is checked; that of the item when absent.
    #[schema(min_length = 2, max_length = 1000)]
    pub item_text: Option<String>,
    /// Number of experts and assistants, fixed before the visit (ENF-03).
    #[serde(default)]
    #[schema(minimum = 0, maximum = 50)]
    pub expert_count: i64,
    /// The team; may be named later by a draw.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub members: Vec<VisitMemberInput>,
}

/// A person of a team.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitMemberInput {
    /// Inspector, or for experts and assistants their id.
    pub person_id: Uuid,
    /// Part.
    pub role: MemberRole,
}

/// A visit to be put off (改期).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"planned_from": "2026-12-01", "planned_to": "2026-12-10", "reason": "企业停产检修"}))]
pub struct VisitReschedule {
    /// First day planned.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub planned_from: Date,
    /// Last day planned.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub planned_to: Date,
    /// The day, where it is fixed.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub scheduled_on: Option<Date>,
    /// Why.
    #[schema(min_length = 2, max_length = 2000)]
    pub reason: String,
}

/// A visit (检查).
#[derive(Serialize, ToSchema)]
pub struct VisitView {
    /// Id.
    pub id: Uuid,
    /// Number that people read (检查编号).
    #[schema(max_length = 40, example = "JC20261123-b302099a8057")]
    pub code: String,
    /// Plan.
    pub plan_id: Option<Uuid>,
    /// Draw.
    pub draw_id: Option<Uuid>,
    /// Why the organs go there.
    pub kind: VisitKind,
    /// What triggered it.
    #[schema(max_length = 500)]
    pub trigger_ground: Option<String>,
    /// Method.
    pub method: InspectionMethod,
    /// Somebody enters.
    pub on_site: bool,
    /// Lead department.
    #[schema(max_length = 32)]
    pub lead_department: String,
    /// All departments, the lead first.
    #[schema(max_items = 30)]
    pub departments: Vec<String>,
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
    /// Its address then.
    #[schema(max_length = 500)]
    pub subject_address: Option<String>,
    /// State: that of the organ which is least far.
    pub state: VisitState,
    /// First day planned.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub planned_from: Date,
    /// Last day planned.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub planned_to: Date,
    /// The day, once it is fixed.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub scheduled_on: Option<Date>,
    /// How often it was put off, two times at most.
    #[schema(minimum = 0, maximum = 2)]
    pub reschedules: i64,
    /// Why it could not wait for the approval.
    #[schema(max_length = 1000)]
    pub emergency_reason: Option<String>,
    /// Record of assistance.
    #[schema(max_length = 500)]
    pub assistance: Option<String>,
    /// Why somebody must enter.
    #[schema(max_length = 1000)]
    pub on_site_reason: Option<String>,
    /// Why it is not merged with other planned visits.
    #[schema(max_length = 1000)]
    pub separate_reason: Option<String>,
    /// The combined visit it went into.
    pub combined_into: Option<Uuid>,
    /// Made by merging others (综合查一次).
    pub is_combined: bool,
    /// When every organ had closed its part.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub closed_at: Option<Timestamp>,
    /// The organs' tasks, the lead's first.
    #[schema(max_items = 30)]
    pub tasks: Vec<TaskView>,
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

/// A page of visits.
#[derive(Serialize, ToSchema)]
pub struct VisitPage {
    /// In the order they were added.
    #[schema(max_items = 200)]
    pub items: Vec<VisitView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Which visits are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VisitListQuery {
    /// In this state.
    #[param(inline)]
    pub state: Option<VisitState>,
    /// Of this kind.
    #[param(inline)]
    pub kind: Option<VisitKind>,
    /// With a task of this organ.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub organ_code: Option<String>,
    /// At this subject.
    pub subject_id: Option<Uuid>,
    /// Of this plan.
    pub plan_id: Option<Uuid>,
    /// Of this draw.
    pub draw_id: Option<Uuid>,
    /// Planned window ends on this day or later.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub from: Option<Date>,
    /// Planned window begins on this day or earlier.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub to: Option<Date>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Entries of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}
