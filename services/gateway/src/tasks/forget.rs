//! Ends what has expired: revocations, sessions, counters of guesses, signing keys.

use crate::app::{revocation, signing_key};
use crate::state::Gateway;
use crate::store::guard::guard_forget;
use crate::store::session::{refresh_forget, session_forget};
use jiff::SignedDuration;
use service_kit::service::Stop;
use service_kit::{Error, Kit, Result};
use std::sync::Arc;
use std::time::Duration;
use store_kit::types::Stamp;

/// Ended sessions stay this long for questions.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Looks every minute until stopped.
pub async fn run(gateway: Arc<Gateway>, kit: Kit, mut stop: Stop) {
    loop {
        if let Err(e) = once(&gateway, &kit).await {
            tracing::warn!(service = "gateway", error = %e, "what has expired is not forgotten");
        }
        if stop.sleep(Duration::from_secs(60)).await {
            return;
        }
    }
}

/// One look.
///
/// # Errors
/// The store's.
pub async fn once(gateway: &Gateway, kit: &Kit) -> Result<()> {
    revocation::forget(kit).await?;
    signing_key::retire_due(kit, gateway).await?;
    let now = kit.clock.now();
    let before = |span: SignedDuration| {
        now.saturating_sub(span).map(Stamp::from).map_err(|e| Error::internal(e.to_string()))
    };
    let kept = before(KEPT)?;
    // A rotated refresh token is needed to notice its reuse for as long as its session can live.
    let rotated = before(SignedDuration::from_hours(24 * i64::from(gateway.config.refresh_days)))?;
    kit.store
        .write::<_, Error, _>(async move |c| {
            session_forget(c, kept).await?;
            refresh_forget(c, rotated).await?;
            // A familiar address is familiar for 30 days.
            guard_forget(c, kept).await?;
            Ok(())
        })
        .await
}
