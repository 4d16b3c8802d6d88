//! What the gateway's handlers, its gate and its tasks share.
//!
//! Built once by `prepare`; everything in it can be used from any thread.

use crate::Config;
use crate::app::hasher::Hasher;
use crate::app::key_ring::KeyRing;
use crate::edge::credentials::ApiKeys;
use crate::edge::limits::Limits;
use crate::edge::proxy::Routes;
use service_kit::Kit;
use service_kit::auth::revocation::Revocation;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Shared state.
pub struct Gateway {
    /// Settings.
    pub config: Config,
    /// Token signing keys.
    pub keys: KeyRing,
    /// Password hashing, a few at a time.
    pub hasher: Hasher,
    /// Request counters.
    pub limits: Limits,
    /// Services behind.
    pub routes: Routes,
    /// Exchanged API keys.
    pub api_keys: ApiKeys,
    /// Settings of the API page.
    pub docs: Arc<utoipa_swagger_ui::Config<'static>>,
    /// Revocations on their way to other replicas.
    pub news: News,
}

/// Revocations for other replicas; carried by Redis when there is one, by the database in any case.
pub struct News {
    sender: UnboundedSender<Revocation>,
    receiver: Mutex<Option<UnboundedReceiver<Revocation>>>,
    is_wanted: bool,
}

impl News {
    /// A channel that is used only when somebody listens.
    #[must_use]
    pub fn new(is_wanted: bool) -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { sender, receiver: Mutex::new(Some(receiver)), is_wanted }
    }

    /// The receiving end, once.
    #[must_use]
    pub fn listen(&self) -> Option<UnboundedReceiver<Revocation>> {
        self.receiver.lock().unwrap_or_else(|e| e.into_inner()).take()
    }
}

impl Gateway {
    /// Makes committed revocations count here at once and tells other replicas.
    pub fn announce(&self, kit: &Kit, entries: &[Revocation]) {
        kit.verifier.revocations().add(entries);
        if self.news.is_wanted {
            for entry in entries {
                let _ = self.news.sender.send(entry.clone());
            }
        }
    }
}
