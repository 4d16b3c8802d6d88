//! Accounts on the wire.

use crate::store::account::AccountRow;
use domain::vocabulary::Role;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A new account (账号).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "zhang.san", "display_name": "张三", "department": "nz-rsj",
    "roles": ["lead_editor"], "regions": ["610703001"]}))]
pub struct AccountCreate {
    /// Name to log in with; stored in lower case and normal width.
    #[schema(min_length = 2, max_length = 64)]
    pub username: String,
    /// Name for people.
    #[schema(min_length = 1, max_length = 64)]
    pub display_name: String,
    /// Code of the organ the account acts for.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$")]
    pub department: String,
    /// Roles; business roles are the system administrator's to give, administrator roles the security administrator's.
    #[schema(max_items = 17)]
    pub roles: Vec<Role>,
    /// Region codes the account is limited to; none means the whole district.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub regions: Vec<String>,
    /// Extra field rights, such as `contact_clear`.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub fields: Vec<String>,
    /// First password; without it one is made up and shown once. Either way it counts for 72 hours until changed.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 256, format = Password)]
    pub password: Option<String>,
}

/// Changes to an account; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"department": "nz-yjglj"}))]
pub struct AccountUpdate {
    /// Name for people.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64)]
    pub display_name: Option<String>,
    /// Code of the organ.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$")]
    pub department: Option<String>,
    /// Region codes.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub regions: Option<Vec<String>>,
    /// Extra field rights.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub fields: Option<Vec<String>>,
}

/// Roles to give and to take (授权).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grant": ["lead_head"], "revoke": ["lead_editor"]}))]
pub struct AccountRoleChange {
    /// Roles to give.
    #[serde(default)]
    #[schema(max_items = 17)]
    pub grant: Vec<Role>,
    /// Roles to take.
    #[serde(default)]
    #[schema(max_items = 17)]
    pub revoke: Vec<Role>,
}

/// The own password, old and new (修改口令).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"old_password": "k7mqd-2xwrp-fh5tz-3cyab", "new_password": "tidal-mango-27-lamp"}))]
pub struct PasswordChange {
    /// The password so far.
    #[schema(min_length = 1, max_length = 256, format = Password)]
    pub old_password: String,
    /// The new one: 10 to 128 characters, not a common one, without the username.
    #[schema(min_length = 1, max_length = 256, format = Password)]
    pub new_password: String,
}

/// Query of the accounts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountListQuery {
    /// Only of this organ.
    #[param(max_length = 64)]
    pub department: Option<String>,
    /// Only in this state.
    #[param(max_length = 16, pattern = "^(active|disabled)$")]
    pub state: Option<String>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Accounts of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of accounts.
#[derive(Serialize, ToSchema)]
pub struct AccountPage {
    /// By username.
    #[schema(max_items = 200)]
    pub items: Vec<AccountView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// An account (账号).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01930f6e-7a3b-7c1d-9e2f-0a1b2c3d4e5f", "username": "zhang.san", "display_name": "张三",
    "department": "nz-rsj", "regions": ["610703001"], "roles": ["lead_editor"], "fields": [], "state": "active",
    "must_change_password": true, "password_expires_at": "2026-11-26T01:00:00Z", "version": 1,
    "created_at": "2026-11-23T01:00:00Z", "updated_at": "2026-11-23T01:00:00Z"}))]
pub struct AccountView {
    /// Id, the `sub` of its tokens.
    pub id: Uuid,
    /// Name to log in with.
    #[schema(max_length = 64)]
    pub username: String,
    /// Name for people.
    #[schema(max_length = 64)]
    pub display_name: String,
    /// Code of the organ.
    #[schema(max_length = 64)]
    pub department: String,
    /// Region codes it is limited to.
    #[schema(max_items = 100)]
    pub regions: Vec<String>,
    /// Roles.
    #[schema(max_items = 17)]
    pub roles: Vec<String>,
    /// Extra field rights.
    #[schema(max_items = 20)]
    pub fields: Vec<String>,
    /// `active` or `disabled`.
    #[schema(max_length = 16)]
    pub state: String,
    /// Whether the password was set by somebody else.
    pub must_change_password: bool,
    /// When such a password stops to count.
    #[schema(format = DateTime, max_length = 40)]
    pub password_expires_at: Option<String>,
    /// The made-up password; only in the first answer to a creation or a reset.
    #[schema(max_length = 64)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_time_password: Option<String>,
    /// Version, the `ETag`.
    pub version: i64,
    /// Made.
    #[schema(format = DateTime, max_length = 40)]
    pub created_at: String,
    /// Changed.
    #[schema(format = DateTime, max_length = 40)]
    pub updated_at: String,
}

impl From<AccountRow> for AccountView {
    fn from(row: AccountRow) -> Self {
        let AccountRow {
            id,
            username,
            display_name,
            department,
            regions,
            roles,
            fields,
            password_hash: _,
            must_change_password,
            password_expires_at,
            tokens_from: _,
            state,
            version,
            created_at,
            updated_at,
        } = row;
        Self {
            id: id.0,
            username,
            display_name,
            department,
            regions: regions.0,
            roles: roles.0,
            fields: fields.0,
            state,
            must_change_password,
            password_expires_at: password_expires_at.map(|at| at.0.to_string()),
            one_time_password: None,
            version,
            created_at: created_at.0.to_string(),
            updated_at: updated_at.0.to_string(),
        }
    }
}
