//! The caller's sessions: listing them, ending this one or another.
//!
//! Called by the handlers under `/v1/auth`. A session of somebody else is absent.

use crate::api::auth::{SessionListQuery, SessionPage, SessionView};
use crate::app::revocation;
use crate::state::Gateway;
use crate::store::session::{self, SessionRow, session_view};
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Page, Reply, Result};
use store_kit::types::Stamp;
use uuid::Uuid;

/// The account behind the caller's token.
///
/// # Errors
/// 403 for systems, which have no account.
pub fn own_account(ctx: &Ctx) -> Result<Uuid> {
    Uuid::try_parse(&ctx.who()?.subject).map_err(|_| {
        Error::forbidden("no_account", "系统凭证没有账号", "a system's credentials have no account")
    })
}

/// Ends the session of the caller's token.
///
/// # Errors
/// The store's.
pub async fn session_end(ctx: &Ctx, gateway: &Gateway) -> Result<Reply> {
    let (session, now) = (ctx.who()?.session.clone(), ctx.now());
    let entry = revocation::of_session(&session, now);
    let stored = entry.clone();
    let reply = ctx
        .change(async move |tx| {
            // A system's token has a session without a row.
            if let Ok(id) = Uuid::try_parse(&session) {
                session::session_end(tx.conn(), id, Stamp::from(now), "logout").await?;
            }
            revocation::put(tx, std::slice::from_ref(&stored)).await?;
            tx.audit("session", &session, serde_json::json!({"outcome": "logout"}));
            Ok(Reply::no_content())
        })
        .await?;
    revocation::announce(gateway, &ctx.kit, &[entry]);
    Ok(reply)
}

/// Lists the caller's living sessions.
///
/// # Errors
/// 403 for systems; the store's.
pub async fn session_list(ctx: &Ctx, query: SessionListQuery) -> Result<Reply> {
    let SessionListQuery { cursor, limit } = query;
    let (account, limit) = (own_account(ctx)?, limit.unwrap_or(DEFAULT_LIMIT));
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let now = Stamp::from(ctx.now());
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(session::session_list(c, account, now, after, limit + 1).await?))
        .await?;
    let current = ctx.who()?.session.clone();
    let page = Page::cut(ctx, rows, limit, |r: &SessionRow| r.id.0).map(|r| SessionView::of(r, &current));
    let next = page.next.clone();
    Reply::page(ctx, &SessionPage { items: page.items, next: page.next }, next.as_deref())
}

/// Ends another session of the caller.
///
/// # Errors
/// 404 for a session that is not his; 409 when it had ended.
pub async fn session_revoke(ctx: &Ctx, gateway: &Gateway, id: Uuid) -> Result<Reply> {
    let (account, now) = (own_account(ctx)?, ctx.now());
    let row = ctx.kit.store.read::<_, Error, _>(async |c| Ok(session_view(c, id).await?)).await?;
    if row.is_none_or(|r| r.account_id.0 != account) {
        return Err(Error::not_found("session"));
    }
    let entry = revocation::of_session(&id.to_string(), now);
    let stored = entry.clone();
    let reply = ctx
        .change(async move |tx| {
            if !session::session_end(tx.conn(), id, Stamp::from(now), "revoked").await? {
                return Err(Error::conflict("session_ended", "会话已结束", "the session has ended"));
            }
            revocation::put(tx, std::slice::from_ref(&stored)).await?;
            tx.audit("session", id, serde_json::json!({"outcome": "revoked"}));
            Ok(Reply::no_content())
        })
        .await?;
    revocation::announce(gateway, &ctx.kit, &[entry]);
    Ok(reply)
}
