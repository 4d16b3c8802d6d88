//! API clients on the wire.

use crate::store::api_client::ApiClientRow;
use domain::vocabulary::Role;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A system to register (系统接入).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "省互联网+监管平台", "department": "nz-scjg", "roles": ["exchange"],
    "expires_at": "2027-11-23T00:00:00Z"}))]
pub struct ApiClientCreate {
    /// Name, unique.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Code of the organ it acts for.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$")]
    pub department: String,
    /// Region codes it is limited to; none means the whole district.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub regions: Vec<String>,
    /// Business roles.
    #[schema(min_items = 1, max_items = 14)]
    pub roles: Vec<Role>,
    /// When it stops to count.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub expires_at: Option<Timestamp>,
}

/// Query of the API clients.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ApiClientListQuery {
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Clients of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of API clients.
#[derive(Serialize, ToSchema)]
pub struct ApiClientPage {
    /// Oldest first.
    #[schema(max_items = 200)]
    pub items: Vec<ApiClientView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// A registered system.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01930f6e-7a3b-7c1d-9e2f-0a1b2c3d4e5f",
    "client_id": "client:01930f6e-7a3b-7c1d-9e2f-0a1b2c3d4e5f", "name": "省互联网+监管平台", "department": "nz-scjg",
    "regions": [], "roles": ["exchange"], "state": "active", "expires_at": "2027-11-23T00:00:00Z", "version": 1,
    "created_at": "2026-11-23T01:00:00Z", "updated_at": "2026-11-23T01:00:00Z"}))]
pub struct ApiClientView {
    /// Id.
    pub id: Uuid,
    /// What it gives as `client_id`.
    #[schema(max_length = 64)]
    pub client_id: String,
    /// Name.
    #[schema(max_length = 100)]
    pub name: String,
    /// Code of the organ.
    #[schema(max_length = 64)]
    pub department: String,
    /// Region codes.
    #[schema(max_items = 100)]
    pub regions: Vec<String>,
    /// Roles.
    #[schema(max_items = 17)]
    pub roles: Vec<String>,
    /// `active` or `revoked`.
    #[schema(max_length = 16)]
    pub state: String,
    /// When it stops to count.
    #[schema(format = DateTime, max_length = 40)]
    pub expires_at: Option<String>,
    /// The secret; only in the first answer to the creation.
    #[schema(max_length = 128)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// The key for `X-API-Key`; only in the first answer to the creation.
    #[schema(max_length = 128)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    /// Version, the `ETag`.
    pub version: i64,
    /// Made.
    #[schema(format = DateTime, max_length = 40)]
    pub created_at: String,
    /// Changed.
    #[schema(format = DateTime, max_length = 40)]
    pub updated_at: String,
}

impl From<ApiClientRow> for ApiClientView {
    fn from(row: ApiClientRow) -> Self {
        let ApiClientRow {
            id,
            name,
            department,
            regions,
            roles,
            secret_hash: _,
            state,
            expires_at,
            version,
            created_at,
            updated_at,
        } = row;
        Self {
            id: id.0,
            client_id: format!("client:{}", id.0),
            name,
            department,
            regions: regions.0,
            roles: roles.0,
            state,
            expires_at: expires_at.map(|at| at.0.to_string()),
            client_secret: None,
            api_key: None,
            version,
            created_at: created_at.0.to_string(),
            updated_at: updated_at.0.to_string(),
        }
    }
}
