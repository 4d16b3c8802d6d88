//! The token a service calls others with: client credentials, renewed before they end.
//!
//! Service-to-service calls carry a token too (D8). The secret of `service:<name>` is derived from the deployment's
//! service key, which only the suite's processes can read.

use crate::clock::Clock;
use crate::error::{Error, Result};
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;
use std::sync::Mutex;
use std::time::Duration;

/// The client secret of one service.
#[must_use]
pub fn service_secret(key: &[u8; 32], service: &str) -> String {
    let mut mac = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(m) => m,
        Err(_) => return String::new(),
    };
    mac.update(b"lianjian/service-secret/v1\0");
    mac.update(service.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// Holds one service's current token.
pub struct ServiceTokens {
    service: String,
    secret: String,
    url: String,
    http: reqwest::Client,
    clock: Clock,
    /// The token and the second until which it is used.
    current: Mutex<Option<(String, i64)>>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: u64,
}

impl ServiceTokens {
    /// For the service `service`, from the gateway at `gateway`.
    #[must_use]
    pub fn new(service: &str, key: &[u8; 32], gateway: &str, http: reqwest::Client, clock: Clock) -> Self {
        Self {
            service: service.to_string(),
            secret: service_secret(key, service),
            url: format!("{gateway}/v1/auth/client-token"),
            http,
            clock,
            current: Mutex::new(None),
        }
    }

    /// A token that is good for at least half a minute.
    ///
    /// # Errors
    /// 503 when the gateway does not give one.
    pub async fn bearer(&self) -> Result<String> {
        if let Some((token, until)) = &*self.current.lock().unwrap_or_else(|e| e.into_inner())
            && self.clock.now().as_second() < *until
        {
            return Ok(token.clone());
        }
        let body = serde_json::json!({"client_id": format!("service:{}", self.service), "client_secret": self.secret});
        let answer: Answer = self
            .http
            .post(&self.url)
            .timeout(Duration::from_secs(5))
            .json(&body)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(|e| Error::unavailable(format!("service token: {e}")))?
            .json()
            .await
            .map_err(|e| Error::unavailable(format!("service token: {e}")))?;
        // By the clock that verifies it: a suspended machine or a test's leap ends a token as time itself does.
        let life = i64::try_from(answer.expires_in.saturating_sub(30).max(1)).unwrap_or(1);
        let until = self.clock.now().as_second() + life;
        *self.current.lock().unwrap_or_else(|e| e.into_inner()) = Some((answer.access_token.clone(), until));
        Ok(answer.access_token)
    }
}
