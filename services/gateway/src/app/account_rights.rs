//! Roles, disabling, enabling, unlocking: what makes an account able or unable.
//!
//! A change of roles or a disabled account ends the tokens issued before; disabling also ends the sessions. Called by the
//! handlers under `/v1/accounts/{account_id}`.

use crate::api::account::{AccountRoleChange, AccountView};
use crate::app::account::{advance, grantor, load, not_yours, roles_of, save, store_changed, tell};
use crate::app::{guard, revocation};
use crate::domain::grant::{changed, role_faults};
use crate::state::Gateway;
use crate::store::session::session_end_all;
use service_kit::{Ctx, Error, Reply, Result};
use store_kit::types::{Stamp, TextList};
use uuid::Uuid;

/// Gives and takes roles.
///
/// # Errors
/// 403 for one's own account and for roles of the other administrator; 422 for administrators in one hand.
pub async fn account_role_change(
    ctx: &Ctx,
    gateway: &Gateway,
    id: Uuid,
    body: AccountRoleChange,
) -> Result<Reply> {
    let AccountRoleChange { grant, revoke } = body;
    let mut row = load(ctx, id).await?;
    let giver = grantor(ctx).await?;
    let now = roles_of(&row.roles);
    // Only roles that really change need the right to change them.
    let moved = grant.iter().filter(|r| !now.contains(r)).chain(revoke.iter().filter(|r| now.contains(r)));
    if let Some(role) = moved.clone().find(|r| !giver.may_give(**r)) {
        return Err(not_yours(*role));
    }
    // Whoever may give a role may give it to any account but his own.
    if ctx.who()?.subject == id.to_string() {
        giver.may_touch(&id.to_string(), &[])?;
    }
    let roles = changed(&now, &grant, &revoke);
    let faults = role_faults("/grant", &roles);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let ends_tokens = moved.count() > 0;
    row.roles = TextList(roles.iter().map(ToString::to_string).collect());
    let detail = serde_json::json!({"version": row.version + 1, "roles": row.roles.0});
    store_changed(ctx, gateway, row, ends_tokens, "account.roles_changed", detail).await
}

/// Disables an account: it cannot log in, its sessions and tokens end.
///
/// # Errors
/// 403; 409 when it is disabled.
pub async fn account_disable(ctx: &Ctx, gateway: &Gateway, id: Uuid) -> Result<Reply> {
    let mut row = load(ctx, id).await?;
    grantor(ctx).await?.may_touch(&id.to_string(), &roles_of(&row.roles))?;
    if row.state != "active" {
        return Err(Error::conflict("account_disabled", "账号已停用", "the account is disabled"));
    }
    row.state = "disabled".to_string();
    let now = ctx.now();
    let entries = advance(ctx, &mut row, true);
    let stored = entries.clone();
    let reply = ctx
        .change(async move |tx| {
            save(tx, &row, &stored).await?;
            session_end_all(tx.conn(), id, Stamp::from(now), "account").await?;
            tell(
                tx,
                "account.disabled",
                &row,
                serde_json::json!({"version": row.version, "state": row.state}),
            )?;
            let version = row.version;
            Ok(Reply::ok(&AccountView::from(row))?.version(version))
        })
        .await?;
    revocation::announce(gateway, &ctx.kit, &entries);
    Ok(reply)
}

/// Enables a disabled account.
///
/// # Errors
/// 403; 409 when it is active.
pub async fn account_enable(ctx: &Ctx, gateway: &Gateway, id: Uuid) -> Result<Reply> {
    let mut row = load(ctx, id).await?;
    grantor(ctx).await?.may_touch(&id.to_string(), &roles_of(&row.roles))?;
    if row.state == "active" {
        return Err(Error::conflict("account_active", "账号未停用", "the account is active"));
    }
    row.state = "active".to_string();
    let detail = serde_json::json!({"version": row.version + 1, "state": row.state});
    store_changed(ctx, gateway, row, false, "account.enabled", detail).await
}

/// Forgets the wrong passwords typed for an account.
///
/// # Errors
/// 403, 404.
pub async fn account_unlock(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let row = load(ctx, id).await?;
    grantor(ctx).await?.may_touch(&id.to_string(), &roles_of(&row.roles))?;
    let counters = guard::counters_of(&ctx.kit, &row.username);
    ctx.change(async move |tx| {
        let cleared = guard::unlock(tx.conn(), &counters).await?;
        tx.audit("account", id, serde_json::json!({"unlocked_counters": cleared}));
        let departments = [row.department.clone()];
        tx.event("account.unlocked", id, &departments, "", &serde_json::json!({"id": id}))?;
        let version = row.version;
        Ok(Reply::ok(&AccountView::from(row))?.version(version))
    })
    .await
}
