//! Passwords: changing one's own, resetting another's.
//!
//! A reset password is made up, shown once and good for 72 hours until its owner changes it. Both ways end every session
//! and token issued before. Bodies with passwords leave no idempotency record: a stored fingerprint of one would be
//! something to guess by. Called by the handlers under `/v1/accounts`.

use crate::api::account::{AccountView, PasswordChange};
use crate::app::account::{advance, grantor, load, roles_of, save, tell};
use crate::app::guard::{self, Keys};
use crate::app::revocation;
use crate::app::session::own_account;
use crate::domain::{password, secret};
use crate::edge::visit::Visit;
use crate::state::Gateway;
use crate::store::session::session_end_all;
use jiff::SignedDuration;
use service_kit::change::run;
use service_kit::{Ctx, Error, Fault, Reply, Result};
use store_kit::types::Stamp;
use uuid::Uuid;

/// Life of a password that somebody else set.
pub const ONE_TIME: SignedDuration = SignedDuration::from_hours(72);

/// Changes the caller's own password.
///
/// # Errors
/// 403 for a wrong old one, 422 for a new one that is not accepted, 429 after too many wrong ones.
pub async fn account_password_change(
    ctx: &Ctx,
    gateway: &Gateway,
    visit: &Visit,
    body: PasswordChange,
) -> Result<Reply> {
    let PasswordChange { old_password, new_password } = body;
    let mut row = load(ctx, own_account(ctx)?).await?;
    let faults: Vec<Fault> = password::faults(&new_password, &row.username)
        .into_iter()
        .map(|f| Fault { pointer: "/new_password".into(), ..f })
        .collect();
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let (old, new) = (password::normalise(&old_password), password::normalise(&new_password));
    // A stolen token must not become a way to guess the password without bounds.
    let place =
        guard::take(&ctx.kit, &gateway.config, &Keys::new(&ctx.kit, &row.username, visit.address)).await?;
    let right = gateway.hasher.verify(&old, Some(&row.password_hash)).await;
    if !matches!(right, Ok(true)) {
        let wrong = right.is_ok();
        run(&ctx.kit, ctx.actor()?, async move |tx| {
            if wrong {
                place.keep(tx.conn()).await?
            } else {
                place.give_back(tx.conn(), None).await?
            }
            tx.audit("account", row.id.0, serde_json::json!({"outcome": "wrong_old_password"}));
            Ok(())
        })
        .await?;
        right?;
        return Err(Error::forbidden("wrong_password", "原口令不正确", "the old password is not right"));
    }
    if old == new {
        let fault = Fault::new(
            "/new_password",
            "same_password",
            "新口令不得与原口令相同",
            "the new password is the old one",
        );
        ctx.kit.store.write::<_, Error, _>(async move |c| place.give_back(c, None).await).await?;
        return Err(Error::invalid(vec![fault]));
    }
    row.password_hash = gateway.hasher.hash(&new).await?;
    row.must_change_password = false;
    row.password_expires_at = None;
    let now = ctx.now();
    let entries = advance(ctx, &mut row, true);
    let stored = entries.clone();
    run(&ctx.kit, ctx.actor()?, async move |tx| {
        place.give_back(tx.conn(), Some(now)).await?;
        save(tx, &row, &stored).await?;
        session_end_all(tx.conn(), row.id.0, Stamp::from(now), "account").await?;
        tell(
            tx,
            "account.password_changed",
            &row,
            serde_json::json!({"version": row.version, "password": "changed"}),
        )
    })
    .await?;
    revocation::announce(gateway, &ctx.kit, &entries);
    Ok(Reply::no_content())
}

/// Sets a made-up password for another account and shows it once.
///
/// # Errors
/// 403 for one's own and for accounts of the other administrator.
pub async fn account_password_reset(ctx: &Ctx, gateway: &Gateway, id: Uuid) -> Result<Reply> {
    let mut row = load(ctx, id).await?;
    grantor(ctx).await?.may_touch(&id.to_string(), &roles_of(&row.roles))?;
    let made_up = secret::one_time_password();
    let now = ctx.now();
    row.password_hash = gateway.hasher.hash(&made_up).await?;
    row.must_change_password = true;
    row.password_expires_at = now.saturating_add(ONE_TIME).ok().map(Stamp::from);
    let counters = guard::counters_of(&ctx.kit, &row.username);
    let entries = advance(ctx, &mut row, true);
    let stored = entries.clone();
    let reply = ctx
        .change(async move |tx| {
            save(tx, &row, &stored).await?;
            session_end_all(tx.conn(), id, Stamp::from(now), "account").await?;
            guard::unlock(tx.conn(), &counters).await?;
            tell(
                tx,
                "account.password_reset",
                &row,
                serde_json::json!({"version": row.version, "password": "reset"}),
            )?;
            let version = row.version;
            Ok(Reply::ok(&AccountView::from(row))?.version(version))
        })
        .await?;
    revocation::announce(gateway, &ctx.kit, &entries);
    with_password(reply, &made_up)
}

/// Adds a made-up password to the first answer; a replayed one does not hold it, since it is stored nowhere.
///
/// # Errors
/// 500 when the answer is not JSON.
pub fn with_password(reply: Reply, password: &str) -> Result<Reply> {
    with_secrets(reply, &[("one_time_password", password)])
}

/// Adds members that must not be stored with the answer.
///
/// # Errors
/// 500 when the answer is not a JSON object.
pub fn with_secrets(mut reply: Reply, secrets: &[(&str, &str)]) -> Result<Reply> {
    reply = reply.header("cache-control", "no-store");
    if reply.headers.iter().any(|(name, _)| name == "idempotent-replayed") {
        return Ok(reply);
    }
    let mut body: serde_json::Value =
        serde_json::from_slice(&reply.body).map_err(|e| Error::internal(format!("answer: {e}")))?;
    for (name, value) in secrets {
        body[*name] = serde_json::Value::from(*value);
    }
    reply.body = serde_json::to_vec(&body).map_err(|e| Error::internal(format!("answer: {e}")))?;
    Ok(reply)
}
