//! Listing and turning the token signing keys.
//!
//! Turning makes a new active key; the old one verifies until its last token has expired, then its private half is
//! wiped. Called by the handlers under `/v1/signing-keys` and by the housekeeping task.

use crate::api::signing_key::{SigningKeyPage, SigningKeyView};
use crate::app::key_ring::fresh_key;
use crate::app::revocation::LONGEST_TOKEN;
use crate::state::Gateway;
use crate::store::signing_key::{
    signing_key_create, signing_key_list as list, signing_key_retire_active, signing_key_retire_due,
};
use jiff::SignedDuration;
use service_kit::change::{Actor, run};
use service_kit::{Ctx, Error, Kit, Reply, Result};
use store_kit::types::Stamp;

/// Lists the keys, newest first, without their private halves.
///
/// # Errors
/// The store's.
pub async fn signing_key_list(ctx: &Ctx) -> Result<Reply> {
    let rows = ctx.kit.store.read::<_, Error, _>(async |c| Ok(list(c).await?)).await?;
    Reply::ok(&SigningKeyPage { items: rows.into_iter().map(SigningKeyView::from).collect() })
}

/// Makes a new active key.
///
/// # Errors
/// 409 when another replica turns the key at the same time.
pub async fn signing_key_rotate(ctx: &Ctx, gateway: &Gateway) -> Result<Reply> {
    let key = fresh_key(&ctx.kit)?;
    let retires_at = ctx.now().saturating_add(SignedDuration::from_secs(LONGEST_TOKEN));
    let retires_at = Stamp::from(retires_at.map_err(|e| Error::internal(e.to_string()))?);
    let reply = ctx
        .change(async move |tx| {
            signing_key_retire_active(tx.conn(), retires_at).await?;
            let made = signing_key_create(tx.conn(), &key).await;
            service_kit::error::StoreIntent::or_conflict(
                made,
                "rotation_in_progress",
                "密钥正在轮换",
                "the keys are being turned at this moment",
            )?;
            tx.audit("signing_key", &key.kid, serde_json::json!({"state": "active"}));
            tx.event("signing_key.rotated", &key.kid, &[], "", &serde_json::json!({"kid": key.kid}))?;
            Reply::created(&SigningKeyView::from(key), "/v1/signing-keys")
        })
        .await?;
    gateway.keys.load(&ctx.kit).await?;
    Ok(reply)
}

/// Retires keys whose tokens have all expired.
///
/// # Errors
/// The store's.
pub async fn retire_due(kit: &Kit, gateway: &Gateway) -> Result<()> {
    let now = Stamp::from(kit.clock.now());
    let rows = kit.store.read::<_, Error, _>(async |c| Ok(list(c).await?)).await?;
    if !rows.iter().any(|r| r.state == "retiring" && r.retires_at.is_some_and(|at| at <= now)) {
        return Ok(());
    }
    run(kit, Actor::task("retire_signing_keys", now.0), async move |tx| {
        let n = signing_key_retire_due(tx.conn(), now).await?;
        tx.audit("signing_key", "retiring", serde_json::json!({"retired": n}));
        Ok(())
    })
    .await?;
    gateway.keys.load(kit).await
}
