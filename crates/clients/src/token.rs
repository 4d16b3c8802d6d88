//! Where a token comes from and how it is renewed.
//!
//! The gateway rotates refresh tokens and ends a session in which an old one comes back, so two processes must never
//! renew at once: the source has to see to that (the command line locks its file). Called by [`crate::connection`].

use crate::error::Result;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;

/// Boxed, so that a source can be chosen at run time.
pub type Renewal<'a> = Pin<Box<dyn Future<Output = Result<Option<String>>> + Send + 'a>>;

/// What the gateway gives at a login and at each renewal.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tokens {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Seconds until it ends.
    pub expires_in: u64,
    /// For the next renewal, once.
    #[serde(default)]
    pub refresh_token: Option<String>,
    /// The password is a one-time one.
    #[serde(default)]
    pub must_change_password: bool,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// Gives the token of a call.
pub trait TokenSource: Send + Sync {
    /// The token at hand, if any.
    fn current(&self) -> Option<String>;

    /// Whether it is known to end so soon that it is better renewed first: a refused upload has been sent in vain.
    fn is_stale(&self) -> bool {
        false
    }

    /// Called after `rejected` was refused or is about to end; none when nothing better can be had.
    fn renew<'a>(&'a self, http: &'a reqwest::Client, base: &'a url::Url, rejected: &'a str) -> Renewal<'a>;
}

/// A token given from outside; it is never renewed.
pub struct FixedToken(pub String);

impl TokenSource for FixedToken {
    fn current(&self) -> Option<String> {
        Some(self.0.clone())
    }

    fn renew<'a>(
        &'a self,
        _http: &'a reqwest::Client,
        _base: &'a url::Url,
        _rejected: &'a str,
    ) -> Renewal<'a> {
        Box::pin(async { Ok(None) })
    }
}

/// No token: public operations only.
pub struct NoToken;

impl TokenSource for NoToken {
    fn current(&self) -> Option<String> {
        None
    }

    fn renew<'a>(
        &'a self,
        _http: &'a reqwest::Client,
        _base: &'a url::Url,
        _rejected: &'a str,
    ) -> Renewal<'a> {
        Box::pin(async { Ok(None) })
    }
}
