//! Accounts tied to inspectors, and settings of organs, over HTTP (账号关联、部门设置).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The account that an inspector acts by (关联账号).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account_id": "01932c4e-5f00-7000-8000-0000000000aa"}))]
pub struct InspectorAccountLink {
    /// Id of the account, the `sub` of its tokens. Only an account of the inspector's own organ ever comes to act by it.
    pub account_id: Uuid,
}

/// Which account an inspector acts by; none where nobody tied one.
#[derive(Serialize, ToSchema)]
pub struct InspectorAccountView {
    /// The inspector.
    pub inspector_id: Uuid,
    /// Organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// The account.
    #[schema(max_length = 64)]
    pub account_id: Option<String>,
    /// Account that tied them.
    #[schema(max_length = 200)]
    pub linked_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub linked_at: Option<Timestamp>,
    /// Version of the inspector's row, also the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// What an organ decides about its own inspections (部门设置).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"linked_field_work": true}))]
pub struct OrganSettingPut {
    /// Only accounts tied to an inspector of the team take steps on the spot (现场环节须关联账号).
    pub linked_field_work: bool,
}

/// Settings of an organ; version 0 are those that count while it has decided nothing.
#[derive(Serialize, ToSchema)]
pub struct OrganSettingView {
    /// The organ.
    #[schema(max_length = 32, example = "nz-rsj")]
    pub organ_code: String,
    /// Only accounts tied to an inspector of the team take steps on the spot.
    pub linked_field_work: bool,
    /// Account of the last change.
    #[schema(max_length = 200)]
    pub updated_by: Option<String>,
    /// Last change.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub updated_at: Option<Timestamp>,
    /// Version, also the `ETag`.
    #[schema(minimum = 0)]
    pub version: i64,
}
