//! Tokens, sessions, revocations on the wire.

use crate::store::session::SessionRow;
use serde::{Deserialize, Serialize};
use service_kit::auth::revocation::Revocation;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A name and a password (登录).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "admin", "password": "tidal-mango-27-lamp"}))]
pub struct TokenCreate {
    /// Username; case and width do not matter.
    #[schema(min_length = 1, max_length = 128)]
    pub username: String,
    /// Password.
    #[schema(min_length = 1, max_length = 256, format = Password)]
    pub password: String,
}

/// A refresh token (刷新令牌).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "Zk3mQv0sYt1uXw4yAa7bBc9dDe2fFg5hHi8jJk6lLm0"}))]
pub struct TokenRefresh {
    /// The refresh token of the last answer; each works once.
    #[schema(min_length = 1, max_length = 128)]
    pub refresh_token: String,
}

/// Credentials of a system (系统凭证).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "client:01930f6e-7a3b-7c1d-9e2f-0a1b2c3d4e5f",
    "client_secret": "5f0c8d0b1a2e3f4a5b6c7d8e9f00112233445566778899aabbccddeeff001122"}))]
pub struct ClientTokenCreate {
    /// `client:<id>` of a registered API client, or `service:<name>` of the suite's own service.
    #[schema(min_length = 1, max_length = 64, pattern = "^(client|service):[a-z0-9-]+$")]
    pub client_id: String,
    /// Its secret.
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub client_secret: String,
}

/// A token (令牌).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2ln", "token_type": "Bearer",
    "expires_in": 900, "refresh_token": "Zk3mQv0sYt1uXw4yAa7bBc9dDe2fFg5hHi8jJk6lLm0", "must_change_password": false}))]
pub struct TokenView {
    /// The access token, for `Authorization: Bearer …`.
    #[schema(max_length = 4096)]
    pub access_token: String,
    /// `Bearer`.
    #[schema(max_length = 16)]
    pub token_type: String,
    /// Seconds until it expires.
    #[schema(minimum = 0, maximum = 3600)]
    pub expires_in: i64,
    /// Token for the next access token; systems get none.
    #[schema(max_length = 128)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Whether the password was set by somebody else; it stops to count 72 hours after it was set.
    pub must_change_password: bool,
}

/// Query of the own sessions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SessionListQuery {
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Sessions of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of the own sessions.
#[derive(Serialize, ToSchema)]
pub struct SessionPage {
    /// Oldest first.
    #[schema(max_items = 200)]
    pub items: Vec<SessionView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// A session (会话).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01930f6e-7a3b-7c1d-9e2f-0a1b2c3d4e5f", "is_current": true, "address": "10.1.2.*",
    "agent": "Mozilla/5.0", "created_at": "2026-11-23T01:00:00Z", "used_at": "2026-11-23T01:14:00Z",
    "expires_at": "2026-11-30T01:14:00Z"}))]
pub struct SessionView {
    /// Id.
    pub id: Uuid,
    /// Whether the token of this request belongs to it.
    pub is_current: bool,
    /// Where it began, the last part hidden.
    #[schema(max_length = 64)]
    pub address: String,
    /// Program that began it.
    #[schema(max_length = 120)]
    pub agent: String,
    /// Began.
    #[schema(format = DateTime, max_length = 40)]
    pub created_at: String,
    /// Last renewed.
    #[schema(format = DateTime, max_length = 40)]
    pub used_at: String,
    /// Ends by itself.
    #[schema(format = DateTime, max_length = 40)]
    pub expires_at: String,
}

impl SessionView {
    /// The view of a row, beside the caller's current session.
    #[must_use]
    pub fn of(row: SessionRow, current: &str) -> Self {
        let SessionRow {
            id,
            account_id: _,
            address,
            agent,
            created_at,
            used_at,
            expires_at,
            ended_at: _,
            ended_why: _,
        } = row;
        Self {
            id: id.0,
            is_current: id.0.to_string() == current,
            address,
            agent,
            created_at: created_at.0.to_string(),
            used_at: used_at.0.to_string(),
            expires_at: expires_at.0.to_string(),
        }
    }
}

/// Tokens that no longer count, for the services.
#[derive(Serialize, ToSchema)]
pub struct RevocationPage {
    /// Entries that concern living tokens.
    #[schema(max_items = 100000)]
    pub items: Vec<Revocation>,
}

/// The public keys of tokens (RFC 7517).
#[derive(Serialize, ToSchema)]
pub struct JwksView {
    /// Keys that verify living tokens.
    #[schema(max_items = 200)]
    pub keys: Vec<JwkView>,
}

/// One public key.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
    "kid": "01930f6e7a3b7c1d9e2f0a1b2c3d4e5f", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}))]
pub struct JwkView {
    /// `OKP`.
    #[schema(max_length = 8)]
    pub kty: String,
    /// `Ed25519`.
    #[schema(max_length = 16)]
    pub crv: String,
    /// `sig`.
    #[schema(max_length = 8)]
    pub r#use: String,
    /// `EdDSA`.
    #[schema(max_length = 8)]
    pub alg: String,
    /// Key id.
    #[schema(max_length = 64)]
    pub kid: String,
    /// Public key, base64url.
    #[schema(max_length = 64)]
    pub x: String,
}
