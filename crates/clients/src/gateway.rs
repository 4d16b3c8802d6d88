//! The gateway's own operations: login, renewal, logout, who am I.
//!
//! Called by `lianjian login|logout|whoami|password` and by the command line's token file.

use crate::connection::{Call, Connection};
use crate::error::{Blame, ClientError, Result};
use crate::token::Tokens;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// Client of the gateway.
#[derive(Clone)]
pub struct GatewayClient(Connection);

impl GatewayClient {
    /// Over this connection.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// Trades name and password for tokens.
    ///
    /// # Errors
    /// 401 for a wrong pair, 429 for too many tries; as [`Connection::json`].
    pub async fn token_create(&self, username: &str, password: &str) -> Result<Tokens> {
        let call = Call::post("/v1/auth/token").json(&json!({"username": username, "password": password}))?;
        self.0.json(&call).await
    }

    /// Ends the session of the token in use.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn session_end(&self) -> Result<()> {
        self.0.send(&Call::post("/v1/auth/logout")).await.map(|_| ())
    }

    /// The caller's own account.
    ///
    /// # Errors
    /// As [`Connection::json`].
    pub async fn account_me(&self) -> Result<Value> {
        self.0.json(&Call::get("/v1/accounts/me")).await
    }

    /// Changes the caller's own password.
    ///
    /// # Errors
    /// 422 for a password that the rules refuse; as [`Connection::send`].
    pub async fn account_password_change(&self, old: &str, new: &str) -> Result<()> {
        let call = Call::post("/v1/accounts/me/password")
            .json(&json!({"old_password": old, "new_password": new}))?;
        self.0.send(&call).await.map(|_| ())
    }
}

/// Trades a refresh token for new tokens. It is sent once only: the gateway ends the session when it sees one twice.
///
/// # Errors
/// 401 when the session has ended, no connection.
pub async fn token_refresh(http: &reqwest::Client, base: &Url, refresh_token: &str) -> Result<Tokens> {
    let url = base
        .join("/v1/auth/refresh")
        .map_err(|e| ClientError::local(Blame::Other, "bad_url", e.to_string()))?;
    let answer = http
        .post(url)
        .timeout(Duration::from_secs(30))
        .json(&json!({"refresh_token": refresh_token}))
        .send()
        .await
        .map_err(|e| ClientError::transport(&e))?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(|e| ClientError::transport(&e))?;
    if !status.is_success() {
        return Err(ClientError::answer(status.as_u16(), None, &body));
    }
    serde_json::from_slice(&body).map_err(|e| ClientError::local(Blame::Corrupt, "not_json", e.to_string()))
}
