//! Handlers of signing keys and the JWKS.

use crate::api::auth::JwksView;
use crate::api::signing_key::{SigningKeyPage, SigningKeyView};
use crate::app;
use crate::state::Gateway;
use actix_web::web::Data;
use actix_web::{get, post};
use service_kit::{Ctx, Reply, Result};

/// Read the public keys of tokens (令牌公钥).
///
/// The public keys of tokens (RFC 7517).
#[utoipa::path(operation_id = "jwks_view", tag = "auth",
    responses((status = 200, description = "Keys that verify living tokens.", body = JwksView)))]
#[get("/.well-known/jwks.json")]
pub async fn jwks_view(gateway: Data<Gateway>) -> Result<Reply> {
    Ok(Reply::ok(&gateway.keys.jwks())?.header("cache-control", "public, max-age=60"))
}

/// List signing keys (签名密钥).
///
/// The token signing keys.
#[utoipa::path(operation_id = "signing_key_list", tag = "signing-keys",
    responses((status = 200, description = "Keys, newest first.", body = SigningKeyPage)))]
#[get("/v1/signing-keys")]
pub async fn signing_key_list(ctx: Ctx) -> Result<Reply> {
    app::signing_key::signing_key_list(&ctx).await
}

/// Turn the signing key (密钥轮换).
///
/// Turn the signing key; tokens signed with the old one count until they expire.
#[utoipa::path(operation_id = "signing_key_rotate", tag = "signing-keys",
    responses((status = 201, description = "The new key.", body = SigningKeyView)))]
#[post("/v1/signing-keys/rotate")]
pub async fn signing_key_rotate(ctx: Ctx, gateway: Data<Gateway>) -> Result<Reply> {
    app::signing_key::signing_key_rotate(&ctx, &gateway).await
}
