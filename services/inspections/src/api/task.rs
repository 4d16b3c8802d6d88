//! The part of one organ in a visit over HTTP: its task, team, arrival and site record (部门任务).

use super::step::DocumentRef;
use crate::domain::task::{Datum, Signature};
use crate::domain::visit::{MemberRole, MemberState, NationalState, TaskRole, VisitState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A person of a team; names are on the visit code, where the law wants them shown.
#[derive(Serialize, ToSchema)]
pub struct VisitMemberView {
    /// Inspector, expert or assistant.
    pub person_id: Uuid,
    /// Part; experts and assistants are not counted as inspectors.
    pub role: MemberRole,
    /// Certificate that counts on the day (执法证号).
    #[schema(max_length = 64)]
    pub certificate_number: Option<String>,
    /// Place in the keyed order, hex; the least were taken.
    #[schema(max_length = 128)]
    pub score: Option<String>,
    /// In the team, or replaced.
    pub state: MemberState,
    /// Who took the place.
    pub replaced_by: Option<Uuid>,
    /// Why.
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
}

/// The task of one organ in a visit (部门任务).
#[derive(Serialize, ToSchema)]
pub struct TaskView {
    /// Id.
    pub id: Uuid,
    /// Visit.
    pub visit_id: Uuid,
    /// Organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Leads or cooperates.
    pub role: TaskRole,
    /// Region of the subject.
    #[schema(max_length = 12)]
    pub region_code: String,
    /// Item of the catalog.
    pub item_id: Option<Uuid>,
    /// Its version.
    #[schema(minimum = 1)]
    pub item_version: Option<i64>,
    /// Its number.
    #[schema(max_length = 64)]
    pub item_number: Option<String>,
    /// What is checked.
    #[schema(max_length = 1000)]
    pub item_text: String,
    /// State.
    pub state: VisitState,
    /// State as the national platform names it.
    pub national_state: NationalState,
    /// When the organ took it on.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub claimed_at: Option<Timestamp>,
    /// When the organ was done.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub finished_at: Option<Timestamp>,
    /// When the organ reported back.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub fed_back_at: Option<Timestamp>,
    /// What it reported.
    #[schema(max_length = 2000)]
    pub feedback: Option<String>,
    /// Account of the head who approved.
    #[schema(max_length = 100)]
    pub approved_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub approved_at: Option<Timestamp>,
    /// Until when an emergency has to be approved.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub approval_due_at: Option<Timestamp>,
    /// Whether that moment passed without approval.
    pub is_approval_overdue: bool,
    /// Number of the notice (检查通知书文号).
    #[schema(max_length = 100)]
    pub notice_no: Option<String>,
    /// When it was served.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub notified_at: Option<Timestamp>,
    /// Why no notice was served beforehand.
    #[schema(max_length = 1000)]
    pub notice_waiver: Option<String>,
    /// When the inspection began.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub ended_at: Option<Timestamp>,
    /// Number of experts and assistants, fixed beforehand.
    #[schema(minimum = 0)]
    pub expert_count: i64,
    /// Uses the organ's yearly cap at this subject (计入年度频次).
    pub is_counted: bool,
    /// The team, replaced persons too.
    #[schema(max_items = 100)]
    pub members: Vec<VisitMemberView>,
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

/// A page of tasks.
#[derive(Serialize, ToSchema)]
pub struct TaskPage {
    /// In the order they were added.
    #[schema(max_items = 200)]
    pub items: Vec<TaskView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Which tasks are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TaskListQuery {
    /// In this state.
    #[param(inline)]
    pub state: Option<VisitState>,
    /// In this state of the national platform.
    #[param(inline)]
    pub national_state: Option<NationalState>,
    /// Of this organ.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub organ_code: Option<String>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Entries of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// The notice is drafted and the subject's history was read (检查准备).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"notice_no": "南人社检〔2026〕12号", "reason": "已查阅该单位近两年检查记录"}))]
pub struct TaskPrepare {
    /// Number of the notice, where it has one already.
    #[schema(min_length = 2, max_length = 100)]
    pub notice_no: Option<String>,
    /// Remark for the history, without personal data.
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
}

/// The notice was served, or why it is not served beforehand: one of the two (检查告知).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"notice_no": "南人社检〔2026〕12号"}))]
pub struct TaskNotify {
    /// Number of the notice (检查通知书文号).
    #[schema(min_length = 2, max_length = 100)]
    pub notice_no: Option<String>,
    /// When it was served; now when absent.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub served_at: Option<Timestamp>,
    /// Why it is shown on arrival only, as in an unannounced check (不事先告知的理由).
    #[schema(min_length = 2, max_length = 1000)]
    pub waiver: Option<String>,
}

/// The team arrived and showed itself (入企扫码).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "place": "南郑区大河坎镇生产厂区门口", "datum": "gcj02", "latitude": "33.0042", "longitude": "107.0231",
    "emergency_reason": "现场无网络，已出示纸质通知书"
}))]
pub struct TaskCheckIn {
    /// When; now when absent.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub at: Option<Timestamp>,
    /// Where, in words.
    #[schema(min_length = 2, max_length = 300)]
    pub place: String,
    /// Datum of the coordinates; needed with them.
    pub datum: Option<Datum>,
    /// Latitude in degrees, decimal.
    #[schema(max_length = 13, pattern = "^-?[0-9]{1,2}([.][0-9]{1,8})?$", example = "33.0042")]
    pub latitude: Option<String>,
    /// Longitude in degrees, decimal.
    #[schema(max_length = 14, pattern = "^-?[0-9]{1,3}([.][0-9]{1,8})?$", example = "107.0231")]
    pub longitude: Option<String>,
    /// Who of the team arrived; all of it when absent.
    #[schema(max_items = 50)]
    pub person_ids: Option<Vec<Uuid>>,
    /// The visit code that was scanned or shown (检查码).
    #[schema(max_length = 200)]
    pub code: Option<String>,
    /// When the certificates were shown (出示执法证, ENF-08).
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub certificates_shown_at: Option<Timestamp>,
    /// Why no code was shown; needed without one (ENF-09).
    #[schema(min_length = 2, max_length = 1000)]
    pub emergency_reason: Option<String>,
}

/// The site record (现场检查笔录).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "content": "检查了劳动合同台账和工资支付凭证。", "findings": "未发现问题", "signature": "signed",
    "told_subject_at": "2026-11-23T10:30:00+08:00"
}))]
pub struct TaskRecord {
    /// What was done.
    #[schema(min_length = 2, max_length = 20000)]
    pub content: String,
    /// What was found.
    #[schema(max_length = 20000)]
    pub findings: Option<String>,
    /// How it was signed.
    pub signature: Signature,
    /// When; now when absent.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub signed_at: Option<Timestamp>,
    /// Why the subject did not sign; needed then.
    #[schema(min_length = 2, max_length = 1000)]
    pub refusal_reason: Option<String>,
    /// Name of the witness; needed for a witnessed record. Sealed, shown masked.
    #[schema(min_length = 2, max_length = 50)]
    pub witness: Option<String>,
    /// Video of the refusal; needed for a filmed record.
    pub video_evidence_id: Option<Uuid>,
    /// Documents that the subject was asked for, for the burden ledger.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub documents_asked: Vec<DocumentRef>,
    /// When the subject was told the result (告知检查结果, ENF-07).
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub told_subject_at: Option<Timestamp>,
}

/// The inspection could not be made: nobody was found, or it was refused (查无下落、拒绝检查).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "登记住所已无人经营，电话无人接听", "witness": "李四"}))]
pub struct TaskDeadEnd {
    /// What happened, without personal data.
    #[schema(min_length = 2, max_length = 2000)]
    pub reason: String,
    /// Name of the witness. Sealed, shown masked.
    #[schema(min_length = 2, max_length = 50)]
    pub witness: Option<String>,
    /// Video of it.
    pub video_evidence_id: Option<Uuid>,
}

/// What came of the task, for the national platform (反馈).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"feedback": "已完成检查，未发现问题"}))]
pub struct TaskFeedBack {
    /// What is reported.
    #[schema(min_length = 2, max_length = 2000)]
    pub feedback: String,
}

/// Another person for one who cannot go; who it is follows from the order (人员替换).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"person_id": "01932c4e-5f00-7000-8000-000000000002", "reason": "与被检查单位有利害关系，申请回避",
    "recusal_id": "01932c4e-5f00-7000-8000-000000000009"}))]
pub struct TaskReplaceMember {
    /// Who goes out.
    pub person_id: Uuid,
    /// Why.
    #[schema(min_length = 2, max_length = 2000)]
    pub reason: String,
    /// The recusal it rests on; absent only where the registry says that the inspector may not inspect on the day.
    pub recusal_id: Option<Uuid>,
}

/// A site record, names masked.
#[derive(Serialize, ToSchema)]
pub struct SiteRecordView {
    /// Task.
    pub task_id: Uuid,
    /// What was done.
    #[schema(max_length = 20000)]
    pub content: String,
    /// What was found.
    #[schema(max_length = 20000)]
    pub findings: Option<String>,
    /// When the subject was told the result.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub told_subject_at: Option<Timestamp>,
    /// When it was signed.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub signed_at: Option<Timestamp>,
    /// How.
    pub signature: Signature,
    /// Why it was not, or why nothing could be inspected.
    #[schema(max_length = 2000)]
    pub refusal_reason: Option<String>,
    /// Witness, masked.
    #[schema(max_length = 10, example = "李*")]
    pub witness: Option<String>,
    /// Video of the refusal.
    pub video_evidence_id: Option<Uuid>,
    /// Documents that the subject was asked for.
    #[schema(max_items = 100)]
    pub documents_asked: Vec<DocumentRef>,
    /// Account.
    #[schema(max_length = 100)]
    pub recorded_by: String,
    /// Version, also the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was written.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub updated_at: Timestamp,
}

/// One arrival (入企记录).
#[derive(Serialize, ToSchema)]
pub struct CheckInView {
    /// Id.
    pub id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub at: Timestamp,
    /// Where, in words.
    #[schema(max_length = 300)]
    pub place: String,
    /// Datum of the coordinates.
    pub datum: Option<Datum>,
    /// Latitude in degrees; shown to the organ itself and to oversight only.
    #[schema(max_length = 13)]
    pub latitude: Option<String>,
    /// Longitude in degrees; likewise.
    #[schema(max_length = 14)]
    pub longitude: Option<String>,
    /// Who arrived.
    #[schema(max_items = 50)]
    pub person_ids: Vec<Uuid>,
    /// The visit code was shown.
    pub code_shown: bool,
    /// When the certificates were shown.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub certificates_shown_at: Option<Timestamp>,
    /// Why no code was shown.
    #[schema(max_length = 1000)]
    pub emergency_reason: Option<String>,
    /// Account.
    #[schema(max_length = 100)]
    pub recorded_by: String,
}

/// The arrivals of a task.
#[derive(Serialize, ToSchema)]
pub struct CheckInList {
    /// In order.
    #[schema(max_items = 200)]
    pub items: Vec<CheckInView>,
}
