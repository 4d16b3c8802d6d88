//! Renewing a session: a refresh token for a new pair, once.
//!
//! Rotation with reuse detection (RFC 9700 §4.14.2): a token that comes back after it was used is in two hands, so the
//! whole session ends, audited. Of simultaneous uses exactly one wins; the others began before the winner was done, which
//! tells them from a reuse: they get 409 and the session lives. Called by the handler of `POST /v1/auth/refresh`.

use crate::api::auth::TokenRefresh;
use crate::app::login::{session_end, token_view};
use crate::app::revocation;
use crate::domain::secret;
use crate::edge::credentials::refused;
use crate::state::Gateway;
use crate::store::account::{AccountRow, account_view};
use crate::store::session::{
    self, RefreshRow, SessionRow, refresh_create, refresh_use, refresh_view, session_touch, session_view,
};
use service_kit::auth::revocation::Revocation;
use service_kit::change::run;
use service_kit::{Ctx, Error, Reply, Result};
use store_kit::types::Stamp;

enum Outcome {
    Renewed(Box<AccountRow>, SessionRow),
    Reused(Revocation),
}

/// Renews.
///
/// # Errors
/// 401 for a token that does not count or was used before; 409 while another use of the same token is under way.
pub async fn token_refresh(ctx: &Ctx, gateway: &Gateway, body: TokenRefresh) -> Result<Reply> {
    let began = Stamp::from(ctx.now());
    let hash = secret::hash(&body.refresh_token);
    let next = secret::random();
    let next_hash = secret::hash(&next);
    let expires_at = session_end(gateway, began.0);
    let clock = ctx.kit.clock.clone();
    // Whose session it is is only known inside; the audit entry names the session.
    let actor = ctx.actor_as("session", "");
    let outcome = run(&ctx.kit, actor, async move |tx| {
        let token = refresh_view(tx.conn(), &hash).await?.ok_or_else(refused)?;
        let row = session_view(tx.conn(), token.session_id.0).await?.ok_or_else(refused)?;
        let now = Stamp::from(clock.now());
        if row.ended_at.is_some() || row.expires_at <= now {
            return Err(refused());
        }
        if !refresh_use(tx.conn(), &hash, now).await? {
            let used_at = refresh_view(tx.conn(), &hash).await?.and_then(|t| t.used_at);
            if used_at.is_some_and(|at| at > began) {
                return Err(in_progress());
            }
            let entry = revocation::of_session(&row.id.0.to_string(), now.0);
            session::session_end(tx.conn(), row.id.0, now, "reuse").await?;
            revocation::put(tx, std::slice::from_ref(&entry)).await?;
            tx.audit(
                "session",
                row.id.0,
                serde_json::json!({"outcome": "refresh_token_reused", "account": row.account_id.0}),
            );
            return Ok(Outcome::Reused(entry));
        }
        let account = account_view(tx.conn(), row.account_id.0).await?.ok_or_else(refused)?;
        let expired = account.must_change_password && account.password_expires_at.is_some_and(|at| at <= now);
        if account.state != "active" || expired {
            return Err(refused());
        }
        let fresh = RefreshRow { hash: next_hash, session_id: row.id, created_at: now, used_at: None };
        refresh_create(tx.conn(), &fresh).await?;
        session_touch(tx.conn(), row.id.0, now, expires_at).await?;
        tx.audit("session", row.id.0, serde_json::json!({"outcome": "renewed", "account": row.account_id.0}));
        Ok(Outcome::Renewed(Box::new(account), row))
    })
    .await?;
    match outcome {
        Outcome::Renewed(account, session) => {
            let view = token_view(ctx, gateway, &account, session.id.0, next)?;
            Ok(Reply::ok(&view)?.header("cache-control", "no-store"))
        }
        Outcome::Reused(entry) => {
            revocation::announce(gateway, &ctx.kit, &[entry]);
            Err(refused())
        }
    }
}

fn in_progress() -> Error {
    Error::conflict(
        "refresh_in_progress",
        "该刷新令牌正在使用",
        "this refresh token is being used at this moment",
    )
    .with_header("retry-after", "1")
}
