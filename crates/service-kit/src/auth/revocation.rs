//! Sessions and accounts whose tokens no longer count.
//!
//! The gateway knows revocations at once and checks every request; services learn of them by polling the gateway
//! (bound: [`POLL`] plus one request), so that a token taken past the gateway dies too. With Redis the gateway's own
//! replicas learn at once. Entries are forgotten when the last token they concern has expired.

use super::identity::Identity;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::RwLock;
use std::time::Duration;
use utoipa::ToSchema;

/// How often a service asks for revocations.
pub const POLL: Duration = Duration::from_secs(2);

/// One revocation, as the gateway publishes it to services.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, PartialEq, Eq)]
pub struct Revocation {
    /// `session` or `account`.
    #[schema(max_length = 16, pattern = "^(session|account)$")]
    pub kind: String,
    /// Session id or account id.
    #[schema(max_length = 64)]
    pub value: String,
    /// Tokens issued before this second do not count.
    pub before: i64,
    /// The entry may be forgotten after this second.
    pub until: i64,
}

/// The revocations known here.
#[derive(Debug, Default)]
pub struct Revocations(RwLock<HashMap<String, (i64, i64)>>);

impl Revocations {
    /// Takes note of some revocations.
    pub fn add(&self, entries: &[Revocation]) {
        if entries.is_empty() {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(|e| e.into_inner());
        for e in entries {
            let slot = known.entry(format!("{}:{}", e.kind, e.value)).or_insert((0, 0));
            slot.0 = slot.0.max(e.before);
            slot.1 = slot.1.max(e.until);
        }
    }

    /// Forgets what no living token can be concerned by.
    pub fn forget(&self, now: i64) {
        self.0.write().unwrap_or_else(|e| e.into_inner()).retain(|_, (_, until)| *until > now);
    }

    /// Whether a token is concerned.
    #[must_use]
    pub fn covers(&self, who: &Identity) -> bool {
        let known = self.0.read().unwrap_or_else(|e| e.into_inner());
        if known.is_empty() {
            return false;
        }
        let hit = |key: String| known.get(&key).is_some_and(|(before, _)| who.issued_at < *before);
        hit(format!("session:{}", who.session)) || hit(format!("account:{}", who.subject))
    }
}
