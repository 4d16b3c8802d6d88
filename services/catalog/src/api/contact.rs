//! Contacts (Attachment 3) over HTTP: numbers masked, except in the view that is named for it.

use super::present;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

domain::define_words! {
    /// State of a contact (联络人状态).
    pub enum ContactState {
        /// In use.
        Current = "current", "现行", [];
        /// Another one has taken its place.
        Superseded = "superseded", "已更替", [];
    }
}

/// A new contact (新增联络人).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organ_code": "nz-rsj", "leader_name": "张三", "leader_title": "副局长",
    "leader_mobile": "13800001234", "contact_name": "李四", "contact_title": "科长", "contact_mobile": "13900004321"}))]
pub struct ContactCreate {
    /// Organ; the caller's own when absent.
    #[schema(max_length = 32)]
    pub organ_code: Option<String>,
    /// Leader in charge (分管领导).
    #[schema(max_length = 50)]
    pub leader_name: Option<String>,
    /// His post (职务).
    #[schema(max_length = 50)]
    pub leader_title: Option<String>,
    /// His mobile number (手机号码).
    #[schema(max_length = 20)]
    pub leader_mobile: Option<String>,
    /// Contact person (工作联系人).
    #[schema(min_length = 1, max_length = 50)]
    pub contact_name: String,
    /// Post (职务).
    #[schema(max_length = 50)]
    pub contact_title: Option<String>,
    /// Mobile number (手机号码).
    #[schema(min_length = 11, max_length = 20)]
    pub contact_mobile: String,
}

/// A change of a contact (merge patch): absent members stay, `null` removes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contact_title": "主任科员"}))]
pub struct ContactUpdate {
    /// Leader in charge.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 50)]
    pub leader_name: Option<Option<String>>,
    /// His post.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 50)]
    pub leader_title: Option<Option<String>>,
    /// His mobile number.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 20)]
    pub leader_mobile: Option<Option<String>>,
    /// Contact person.
    #[schema(min_length = 1, max_length = 50)]
    pub contact_name: Option<String>,
    /// Post.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 50)]
    pub contact_title: Option<Option<String>>,
    /// Mobile number.
    #[schema(min_length = 11, max_length = 20)]
    pub contact_mobile: Option<String>,
}

/// A contact (工作联络人), numbers masked.
#[derive(Serialize, ToSchema)]
pub struct ContactView {
    /// Id.
    pub id: Uuid,
    /// Organ.
    #[schema(max_length = 32, example = "nz-rsj")]
    pub organ_code: String,
    /// In use or superseded.
    pub state: ContactState,
    /// Leader in charge.
    #[schema(max_length = 50)]
    pub leader_name: Option<String>,
    /// His post.
    #[schema(max_length = 50)]
    pub leader_title: Option<String>,
    /// His mobile number, masked.
    #[schema(max_length = 20, example = "138****1234")]
    pub leader_mobile: Option<String>,
    /// Contact person.
    #[schema(max_length = 50)]
    pub contact_name: String,
    /// Post.
    #[schema(max_length = 50)]
    pub contact_title: Option<String>,
    /// Mobile number, masked.
    #[schema(max_length = 20, example = "139****4321")]
    pub contact_mobile: String,
    /// Version, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was added.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub updated_at: Timestamp,
    /// When it was superseded.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub superseded_at: Option<Timestamp>,
}

/// Query of the contacts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactListQuery {
    /// Only this organ.
    #[param(max_length = 32)]
    pub organ_code: Option<String>,
    /// Only this state.
    pub state: Option<ContactState>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Contacts of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of contacts.
#[derive(Serialize, ToSchema)]
pub struct ContactPage {
    /// In the order they were added.
    #[schema(max_items = 200)]
    pub items: Vec<ContactView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Why clear numbers are read.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ClearPhonesQuery {
    /// Why; it is kept in the audit log, so it holds no personal data.
    #[param(min_length = 4, max_length = 200, example = "联合检查通知")]
    pub reason: String,
}

/// Clear numbers of a contact; every read is logged.
#[derive(Serialize, ToSchema)]
pub struct ClearPhonesView {
    /// The contact.
    pub id: Uuid,
    /// Leader's mobile number.
    #[schema(max_length = 20)]
    pub leader_mobile: Option<String>,
    /// Contact person's mobile number.
    #[schema(max_length = 20)]
    pub contact_mobile: String,
}

/// Which contacts are exported.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactExportQuery {
    /// Only this organ.
    #[param(max_length = 32)]
    pub organ_code: Option<String>,
    /// Numbers masked also for a caller who may see clear ones.
    pub masked: Option<bool>,
}
