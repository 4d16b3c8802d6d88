//! Inspectors over HTTP: names, citizen ids and mobile numbers masked, except in the view that is named for it.

mod certificate;
mod township;

pub use certificate::{
    CertificateCreate, CertificateList, CertificateRevoke, CertificateView, TrainingCreate, TrainingList,
    TrainingView,
};
pub use township::{
    TownshipTeamCreate, TownshipTeamListQuery, TownshipTeamPage, TownshipTeamUpdate, TownshipTeamView,
};

use super::present;
use crate::domain::inspector::{InspectorGap, InspectorState};
use domain::code::citizen_id::Sex;
use domain::vocabulary::Level;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A duty, qualification or specialty, such as `B03.食品经营单位证后监管`.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 100, example = "B03.食品经营单位证后监管")]
pub struct StaffTag(pub String);

/// A new inspector (登记执法检查人员).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "王示例", "staff_no": "SJ-017", "id_number": "61072119900307123X", "mobile": "13800001234",
    "sex": "male", "education": "本科", "major": "食品科学", "post_category": "食品药品管理类", "post_since": "2019-07-01",
    "level": "county", "position": "科员", "unit": "食品安全监管股", "is_leader": true, "region_code": "610703",
    "duties": ["B03.食品经营单位证后监管"], "qualifications": ["药品检查员"], "specialties": ["食品抽检"],
    "certificate": {"kind": "enforcement", "number": "27070315017", "issuer": "陕西省司法厅",
        "valid_from": "2024-01-01", "valid_to": "2028-12-31"}}))]
pub struct InspectorCreate {
    /// Organ; the caller's own when absent.
    #[schema(max_length = 32)]
    pub organ_code: Option<String>,
    /// Region; the organ's own when absent.
    #[schema(max_length = 12, pattern = "^[0-9]{6}([0-9]{3}([0-9]{3})?)?$")]
    pub region_code: Option<String>,
    /// Township team.
    pub team_id: Option<Uuid>,
    /// Number within the organ (单位工号).
    #[schema(max_length = 40)]
    pub staff_no: Option<String>,
    /// Name (姓名); stored encrypted, shown masked.
    #[schema(min_length = 1, max_length = 50)]
    pub name: String,
    /// Citizen id (身份证号); must pass its check; stored encrypted, shown masked.
    #[schema(max_length = 20)]
    pub id_number: Option<String>,
    /// Mobile number (手机号); stored encrypted, shown masked.
    #[schema(max_length = 20)]
    pub mobile: Option<String>,
    /// Sex (性别).
    pub sex: Option<Sex>,
    /// Education (学历).
    #[schema(max_length = 50)]
    pub education: Option<String>,
    /// Field of study (学历专业).
    #[schema(max_length = 100)]
    pub major: Option<String>,
    /// Class of post (岗位大类).
    #[schema(max_length = 50)]
    pub post_category: Option<String>,
    /// Since when in this post (从事本岗起始日期).
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub post_since: Option<Date>,
    /// Level of government (层级).
    pub level: Option<Level>,
    /// Position (担任职务).
    #[schema(max_length = 50)]
    pub position: Option<String>,
    /// Exact position (具体职务).
    #[schema(max_length = 100)]
    pub position_title: Option<String>,
    /// Unit within the organ (所在业务部门).
    #[schema(max_length = 100)]
    pub unit: Option<String>,
    /// May lead a team (组长).
    #[serde(default)]
    pub is_leader: bool,
    /// Duties (执法事项范围).
    #[serde(default)]
    #[schema(max_items = 200)]
    pub duties: Vec<StaffTag>,
    /// Qualifications (执法资质).
    #[serde(default)]
    #[schema(max_items = 50)]
    pub qualifications: Vec<StaffTag>,
    /// Specialties (业务专长).
    #[serde(default)]
    #[schema(max_items = 50)]
    pub specialties: Vec<StaffTag>,
    /// Remark, without personal data.
    #[schema(max_length = 500)]
    pub note: Option<String>,
    /// First certificate.
    pub certificate: Option<CertificateCreate>,
}

/// A change of an inspector (merge patch): absent members stay, `null` removes. Certificates, trainings and the state have
/// their own operations.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"unit": "综合执法大队", "qualifications": ["药品检查员", "特种设备安全监察员"]}))]
pub struct InspectorUpdate {
    /// Region.
    #[schema(max_length = 12, pattern = "^[0-9]{6}([0-9]{3}([0-9]{3})?)?$")]
    pub region_code: Option<String>,
    /// Township team.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    pub team_id: Option<Option<Uuid>>,
    /// Number within the organ.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 40)]
    pub staff_no: Option<Option<String>>,
    /// Name.
    #[schema(min_length = 1, max_length = 50)]
    pub name: Option<String>,
    /// Citizen id.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 20)]
    pub id_number: Option<Option<String>>,
    /// Mobile number.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 20)]
    pub mobile: Option<Option<String>>,
    /// Sex.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Sex>)]
    pub sex: Option<Option<Sex>>,
    /// Education.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 50)]
    pub education: Option<Option<String>>,
    /// Field of study.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub major: Option<Option<String>>,
    /// Class of post.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 50)]
    pub post_category: Option<Option<String>>,
    /// Since when in this post.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub post_since: Option<Option<Date>>,
    /// Level of government.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Level>)]
    pub level: Option<Option<Level>>,
    /// Position.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 50)]
    pub position: Option<Option<String>>,
    /// Exact position.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub position_title: Option<Option<String>>,
    /// Unit within the organ.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub unit: Option<Option<String>>,
    /// May lead a team.
    pub is_leader: Option<bool>,
    /// Duties.
    #[schema(max_items = 200)]
    pub duties: Option<Vec<StaffTag>>,
    /// Qualifications.
    #[schema(max_items = 50)]
    pub qualifications: Option<Vec<StaffTag>>,
    /// Specialties.
    #[schema(max_items = 50)]
    pub specialties: Option<Vec<StaffTag>>,
    /// Remark.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 500)]
    pub note: Option<Option<String>>,
}

/// An inspector (执法检查人员), personal data masked.
#[derive(Serialize, ToSchema)]
pub struct InspectorView {
    /// Id.
    pub id: Uuid,
    /// Organ.
    #[schema(max_length = 32, example = "nz-scjg")]
    pub organ_code: String,
    /// Region.
    #[schema(max_length = 12)]
    pub region_code: String,
    /// State today, computed.
    pub state: InspectorState,
    /// What is missing to be qualified.
    #[schema(max_items = 5)]
    pub gaps: Vec<InspectorGap>,
    /// Why he was suspended or left.
    #[schema(max_length = 2000)]
    pub state_reason: Option<String>,
    /// Township team.
    pub team_id: Option<Uuid>,
    /// Number within the organ.
    #[schema(max_length = 40)]
    pub staff_no: Option<String>,
    /// Name, masked.
    #[schema(max_length = 50, example = "王*")]
    pub name: String,
    /// Citizen id, masked.
    #[schema(max_length = 20, example = "6107**********123X")]
    pub id_number: Option<String>,
    /// Mobile number, masked.
    #[schema(max_length = 20, example = "138****1234")]
    pub mobile: Option<String>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Education.
    #[schema(max_length = 50)]
    pub education: Option<String>,
    /// Field of study.
    #[schema(max_length = 100)]
    pub major: Option<String>,
    /// Class of post.
    #[schema(max_length = 50)]
    pub post_category: Option<String>,
    /// Since when in this post.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub post_since: Option<Date>,
    /// Level of government.
    pub level: Option<Level>,
    /// Position.
    #[schema(max_length = 50)]
    pub position: Option<String>,
    /// Exact position.
    #[schema(max_length = 100)]
    pub position_title: Option<String>,
    /// Unit within the organ.
    #[schema(max_length = 100)]
    pub unit: Option<String>,
    /// May lead a team.
    pub is_leader: bool,
    /// Duties.
    #[schema(max_items = 200)]
    pub duties: Vec<String>,
    /// Qualifications.
    #[schema(max_items = 50)]
    pub qualifications: Vec<String>,
    /// Specialties.
    #[schema(max_items = 50)]
    pub specialties: Vec<String>,
    /// Certificates, newest last day first.
    #[schema(max_items = 200)]
    pub certificates: Vec<CertificateView>,
    /// Last day of the trainings that count.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub trained_until: Option<Date>,
    /// Remark.
    #[schema(max_length = 500)]
    pub note: Option<String>,
    /// Version, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When he was registered.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub updated_at: Timestamp,
}

/// Query of the inspectors.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InspectorListQuery {
    /// Only this organ.
    #[param(max_length = 32)]
    pub organ_code: Option<String>,
    /// Only this state on the day of the request, or on `on`.
    #[param(inline)]
    pub state: Option<InspectorState>,
    /// The day for which states are computed; today when absent.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub on: Option<Date>,
    /// Only with this qualification.
    #[param(max_length = 100)]
    pub qualification: Option<String>,
    /// Only with this specialty.
    #[param(max_length = 100)]
    pub specialty: Option<String>,
    /// Only of this township team.
    pub team_id: Option<Uuid>,
    /// Only whoever has exactly this name.
    #[param(min_length = 1, max_length = 50)]
    pub name: Option<String>,
    /// Only whoever holds the certificate of this number.
    #[param(max_length = 40)]
    pub certificate_number: Option<String>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Inspectors of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of inspectors.
#[derive(Serialize, ToSchema)]
pub struct InspectorPage {
    /// In the order they were registered.
    #[schema(max_items = 200)]
    pub items: Vec<InspectorView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Why personal data is read in clear.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "制作行政检查通知书"}))]
pub struct InspectorReveal {
    /// Why; kept in the audit log, so it holds no personal data.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
}

/// Personal data of an inspector in clear; every read is logged.
#[derive(Serialize, ToSchema)]
pub struct InspectorRevealView {
    /// The inspector.
    pub id: Uuid,
    /// Name.
    #[schema(max_length = 50)]
    pub name: String,
    /// Citizen id.
    #[schema(max_length = 20)]
    pub id_number: Option<String>,
    /// Mobile number.
    #[schema(max_length = 20)]
    pub mobile: Option<String>,
}
