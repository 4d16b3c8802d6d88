//! Learns from the database what other replicas of the gateway did: revocations, turned keys.
//!
//! This is the floor under Redis: with it or without, a revocation reaches every replica within a second or two.

use crate::app::revocation::learn;
use crate::state::Gateway;
use jiff::SignedDuration;
use service_kit::Kit;
use service_kit::service::Stop;
use std::sync::Arc;
use std::time::Duration;

/// How far back each look goes, so that a transaction that took long is not missed.
const OVERLAP: SignedDuration = SignedDuration::from_secs(20);

/// Looks every second until stopped.
pub async fn run(gateway: Arc<Gateway>, kit: Kit, mut stop: Stop) {
    let mut since = None;
    while !stop.sleep(Duration::from_secs(1)).await {
        let now = kit.clock.now();
        match learn(&kit, since).await {
            Ok(()) => since = now.saturating_sub(OVERLAP).ok(),
            Err(e) => tracing::warn!(service = "gateway", error = %e, "revocations are not read"),
        }
        if let Err(e) = gateway.keys.load(&kit).await {
            tracing::warn!(service = "gateway", error = %e, "signing keys are not read");
        }
    }
}
