//! Signing keys on the wire: never their private halves.

use crate::store::signing_key::SigningKeyRow;
use serde::Serialize;
use utoipa::ToSchema;

/// The signing keys.
#[derive(Serialize, ToSchema)]
pub struct SigningKeyPage {
    /// Newest first.
    #[schema(max_items = 200)]
    pub items: Vec<SigningKeyView>,
}

/// A token signing key (签名密钥).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"kid": "01930f6e7a3b7c1d9e2f0a1b2c3d4e5f", "state": "active",
    "created_at": "2026-11-23T01:00:00Z", "retires_at": null}))]
pub struct SigningKeyView {
    /// Key id in token headers.
    #[schema(max_length = 64)]
    pub kid: String,
    /// `active`, `retiring` or `retired`.
    #[schema(max_length = 16)]
    pub state: String,
    /// Made.
    #[schema(format = DateTime, max_length = 40)]
    pub created_at: String,
    /// When the last token signed with it has expired.
    #[schema(format = DateTime, max_length = 40)]
    pub retires_at: Option<String>,
}

impl From<SigningKeyRow> for SigningKeyView {
    fn from(row: SigningKeyRow) -> Self {
        let SigningKeyRow { kid, public_x: _, sealed: _, state, created_at, retires_at } = row;
        Self {
            kid,
            state,
            created_at: created_at.0.to_string(),
            retires_at: retires_at.map(|at| at.0.to_string()),
        }
    }
}
