//! Rows of sessions and their refresh tokens.
//!
//! A refresh token is stored as its hash. Using one is a single `UPDATE … WHERE used_at IS NULL`, so of any number of
//! simultaneous uses exactly one wins. Called by the login and session use cases.

use super::schema::{refresh_token, session};
use store_kit::prelude::*;
use uuid::Uuid;

/// A session as stored.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = session, treat_none_as_default_value = false)]
pub struct SessionRow {
    /// Id, the `sid` of its tokens.
    pub id: Uid,
    /// Whose.
    pub account_id: Uid,
    /// Where it began, last part hidden.
    pub address: String,
    /// Program that began it, cut.
    pub agent: String,
    /// Began.
    pub created_at: Stamp,
    /// Last refresh.
    pub used_at: Stamp,
    /// Ends by itself.
    pub expires_at: Stamp,
    /// Ended before.
    pub ended_at: Option<Stamp>,
    /// `logout`, `revoked`, `reuse`, `account`, or empty.
    pub ended_why: String,
}

/// A refresh token as stored.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_token, treat_none_as_default_value = false)]
pub struct RefreshRow {
    /// SHA-256, hex.
    pub hash: String,
    /// Its session.
    pub session_id: Uid,
    /// Made.
    pub created_at: Stamp,
    /// Rotated.
    pub used_at: Option<Stamp>,
}

/// Inserts a session.
///
/// # Errors
/// Database errors.
pub async fn session_create(c: &mut AnyConn<'_>, row: &SessionRow) -> StoreResult<()> {
    on!(c, c => insert_into(session::table).values(row).execute(c))?;
    Ok(())
}

/// Reads a session.
///
/// # Errors
/// Database errors.
pub async fn session_view(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<Option<SessionRow>> {
    Ok(on!(c, c => session::table.find(Uid(id)).select(SessionRow::as_select()).first(c)).optional()?)
}

/// Living sessions of an account after an id, oldest first.
///
/// # Errors
/// Database errors.
pub async fn session_list(
    c: &mut AnyConn<'_>,
    account: Uuid,
    now: Stamp,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<SessionRow>> {
    Ok(on!(c, c => {
        let mut query = session::table.select(SessionRow::as_select())
            .filter(session::account_id.eq(Uid(account)).and(session::ended_at.is_null()).and(session::expires_at.gt(now)))
            .order(session::id.asc()).limit(limit).into_boxed();
        if let Some(after) = after {
            query = query.filter(session::id.gt(Uid(after)));
        }
        query.load(c)
    })?)
}

/// Ends a session that still lives; false when it had ended.
///
/// # Errors
/// Database errors.
pub async fn session_end(c: &mut AnyConn<'_>, id: Uuid, now: Stamp, why: &str) -> StoreResult<bool> {
    let n = on!(c, c => update(session::table.filter(session::id.eq(Uid(id)).and(session::ended_at.is_null())))
        .set((session::ended_at.eq(Some(now)), session::ended_why.eq(why))).execute(c))?;
    Ok(n == 1)
}

/// Ends all living sessions of an account.
///
/// # Errors
/// Database errors.
pub async fn session_end_all(
    c: &mut AnyConn<'_>,
    account: Uuid,
    now: Stamp,
    why: &str,
) -> StoreResult<usize> {
    Ok(
        on!(c, c => update(session::table.filter(session::account_id.eq(Uid(account)).and(session::ended_at.is_null())))
        .set((session::ended_at.eq(Some(now)), session::ended_why.eq(why))).execute(c))?,
    )
}

/// Notes a use of a session and moves its end.
///
/// # Errors
/// Database errors.
pub async fn session_touch(c: &mut AnyConn<'_>, id: Uuid, now: Stamp, expires_at: Stamp) -> StoreResult<()> {
    on!(c, c => update(session::table.find(Uid(id)))
        .set((session::used_at.eq(now), session::expires_at.eq(expires_at))).execute(c))?;
    Ok(())
}

/// Inserts a refresh token.
///
/// # Errors
/// Database errors.
pub async fn refresh_create(c: &mut AnyConn<'_>, row: &RefreshRow) -> StoreResult<()> {
    on!(c, c => insert_into(refresh_token::table).values(row).execute(c))?;
    Ok(())
}

/// Uses a refresh token; true for exactly one caller ever.
///
/// # Errors
/// Database errors.
pub async fn refresh_use(c: &mut AnyConn<'_>, hash: &str, now: Stamp) -> StoreResult<bool> {
    let n = on!(c, c => update(refresh_token::table
            .filter(refresh_token::hash.eq(hash).and(refresh_token::used_at.is_null())))
        .set(refresh_token::used_at.eq(Some(now))).execute(c))?;
    Ok(n == 1)
}

/// Reads a refresh token.
///
/// # Errors
/// Database errors.
pub async fn refresh_view(c: &mut AnyConn<'_>, hash: &str) -> StoreResult<Option<RefreshRow>> {
    Ok(on!(c, c => refresh_token::table.find(hash).select(RefreshRow::as_select()).first(c)).optional()?)
}

/// Forgets sessions that ended by themselves before `before`, with their tokens.
///
/// # Errors
/// Database errors.
pub async fn session_forget(c: &mut AnyConn<'_>, before: Stamp) -> StoreResult<usize> {
    Ok(on!(c, c => delete(session::table.filter(session::expires_at.lt(before))).execute(c))?)
}

/// Forgets rotated refresh tokens made before `before`: by then reuse of one proves nothing new, since its session ended.
///
/// # Errors
/// Database errors.
pub async fn refresh_forget(c: &mut AnyConn<'_>, before: Stamp) -> StoreResult<usize> {
    Ok(on!(c, c => delete(refresh_token::table
        .filter(refresh_token::used_at.is_not_null().and(refresh_token::created_at.lt(before)))).execute(c))?)
}
