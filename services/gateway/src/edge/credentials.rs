//! API keys of systems, exchanged at the gate for short tokens.
//!
//! A service behind the gateway sees a token like any other, so it has one way to know a caller. The exchange is kept for
//! a minute under the key's digest; a revoked client's tokens are refused at once, which also ends the exchange. Called
//! by the gate for requests with `X-API-Key`.

use crate::app::client_token;
use crate::domain::secret;
use crate::state::Gateway;
use crate::store::api_client::api_client_view;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use service_kit::{Error, Kind, Kit, Result};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The header of API keys.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// Life of a token made from a key, minutes.
const TOKEN_MINUTES: u32 = 5;

/// Exchanged keys of this process.
pub struct ApiKeys(moka::sync::Cache<[u8; 32], String, std::hash::RandomState>);

impl Default for ApiKeys {
    fn default() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(60)).build())
    }
}

/// Replaces an API key by a bearer token in the request's headers.
///
/// # Errors
/// 401 for a key that does not count, 400 for a key beside another credential.
pub async fn exchange(gateway: &Gateway, kit: &Kit, headers: &mut HeaderMap) -> Result<()> {
    let mut given = headers.get_all(API_KEY);
    let Some(key) = given.next() else { return Ok(()) };
    if given.next().is_some() || headers.contains_key(header::AUTHORIZATION) {
        return Err(Error::new(
            Kind::Malformed,
            "two_credentials",
            "只能使用一种凭证",
            "use one credential, not two",
        ));
    }
    let key = key.to_str().map_err(|_| refused())?;
    let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    let now = kit.clock.now().as_second();
    let token = match gateway.api_keys.0.get(&digest) {
        // What was revoked or has expired meanwhile is looked up afresh.
        Some(token) if kit.verifier.verify(&token, now).await.is_ok() => token,
        _ => {
            let token = look_up(gateway, kit, key).await?;
            gateway.api_keys.0.insert(digest, token.clone());
            token
        }
    };
    let value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| refused())?;
    headers.remove(API_KEY);
    headers.insert(header::AUTHORIZATION, value);
    Ok(())
}

async fn look_up(gateway: &Gateway, kit: &Kit, key: &str) -> Result<String> {
    let (id, given) = secret::read_api_key(key).ok_or_else(refused)?;
    let row = kit.store.read::<_, Error, _>(async |c| Ok(api_client_view(c, id).await?)).await?;
    let Some(row) = row.filter(|r| secret::matches(given, &r.secret_hash)) else { return Err(refused()) };
    Ok(client_token::issue(gateway, kit, &row, TOKEN_MINUTES)?.token)
}

/// 401, whatever the reason.
#[must_use]
pub fn refused() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "bad_credentials",
        "凭证不正确或已失效",
        "The credentials are not right or no longer count",
    )
}
