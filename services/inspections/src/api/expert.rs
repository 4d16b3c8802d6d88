//! Experts and auxiliary staff over HTTP: mobile numbers masked, names masked too.

use super::inspector::StaffTag;
use super::present;
use crate::domain::expert::{HelperKind, HelperState};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A new expert, assistant or grid worker (登记协助人员).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "expert", "name": "赵示例", "mobile": "13700001234", "employer": "某检验检测院",
    "title": "高级工程师", "tags": ["特种设备", "压力容器"], "region_code": "610703", "valid_from": "2026-01-01", "valid_to": "2027-12-31"}))]
pub struct ExpertCreate {
    /// Kind; none of them is ever counted as an inspector (ENF-03).
    pub kind: HelperKind,
    /// Organ that keeps the entry; the caller's own when absent.
    #[schema(max_length = 32)]
    pub organ_code: Option<String>,
    /// Region; the organ's own when absent.
    #[schema(max_length = 12, pattern = "^[0-9]{6}([0-9]{3}([0-9]{3})?)?$")]
    pub region_code: Option<String>,
    /// Name; stored encrypted, shown masked.
    #[schema(min_length = 1, max_length = 50)]
    pub name: String,
    /// Mobile number; stored encrypted, shown masked.
    #[schema(max_length = 20)]
    pub mobile: Option<String>,
    /// Employer (工作单位).
    #[schema(max_length = 100)]
    pub employer: Option<String>,
    /// Professional title (职称).
    #[schema(max_length = 50)]
    pub title: Option<String>,
    /// Specialties.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub tags: Vec<StaffTag>,
    /// First day; today when absent.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_from: Option<Date>,
    /// Last day of the appointment (聘期).
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Remark, without personal data.
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// A change (merge patch): absent members stay, `null` removes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "正高级工程师"}))]
pub struct ExpertUpdate {
    /// Name.
    #[schema(min_length = 1, max_length = 50)]
    pub name: Option<String>,
    /// Mobile number.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 20)]
    pub mobile: Option<Option<String>>,
    /// Employer.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub employer: Option<Option<String>>,
    /// Professional title.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 50)]
    pub title: Option<Option<String>>,
    /// Specialties.
    #[schema(max_items = 50)]
    pub tags: Option<Vec<StaffTag>>,
    /// Last day of the appointment.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Option<Date>>,
    /// Remark.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 500)]
    pub note: Option<Option<String>>,
}

/// An expert, assistant or grid worker, personal data masked.
#[derive(Serialize, ToSchema)]
pub struct ExpertView {
    /// Id.
    pub id: Uuid,
    /// Kind.
    pub kind: HelperKind,
    /// State.
    pub state: HelperState,
    /// Why he left.
    #[schema(max_length = 2000)]
    pub state_reason: Option<String>,
    /// Organ that keeps the entry.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Region.
    #[schema(max_length = 12)]
    pub region_code: String,
    /// Name, masked.
    #[schema(max_length = 50, example = "赵*")]
    pub name: String,
    /// Mobile number, masked.
    #[schema(max_length = 20)]
    pub mobile: Option<String>,
    /// Employer.
    #[schema(max_length = 100)]
    pub employer: Option<String>,
    /// Professional title.
    #[schema(max_length = 50)]
    pub title: Option<String>,
    /// Specialties.
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
    /// First day.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
    /// Last day.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Whether he may be asked today.
    pub is_available: bool,
    /// Remark.
    #[schema(max_length = 500)]
    pub note: Option<String>,
    /// Version, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When he was entered.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub updated_at: Timestamp,
}

/// Query of the helpers.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExpertListQuery {
    /// Only this kind.
    #[param(inline)]
    pub kind: Option<HelperKind>,
    /// Only this state.
    #[param(inline)]
    pub state: Option<HelperState>,
    /// Only this organ.
    #[param(max_length = 32)]
    pub organ_code: Option<String>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Entries of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of helpers.
#[derive(Serialize, ToSchema)]
pub struct ExpertPage {
    /// In the order they were entered.
    #[schema(max_items = 200)]
    pub items: Vec<ExpertView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}
