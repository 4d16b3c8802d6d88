//! Counters of password guesses, each taken and given back in one statement.
//!
//! A guess takes a place before it is evaluated; a right one gives it back, a wrong one keeps it. So at most `most` wrong
//! guesses are evaluated in a window however many arrive at once, and right ones only ever wait. Called by the login.

use super::schema::login_guard;
use diesel::sql_types::{Integer, Text};
use store_kit::prelude::*;

/// A counter as stored.
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    /// Wrong guesses of the window.
    pub failed: i32,
    /// Begin of the window.
    pub since: Stamp,
    /// Last right one.
    pub succeeded_at: Option<Stamp>,
}

/// Times that a place is taken at.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Now.
    pub now: Stamp,
    /// A window that began at or before this is over.
    pub window: Stamp,
    /// A place taken at or before this and not settled was lost in a crash.
    pub stale: Stamp,
}

/// Takes a place; false when all `most` are taken.
///
/// # Errors
/// Database errors.
pub async fn guard_take(c: &mut AnyConn<'_>, key: &str, most: i32, times: Times) -> StoreResult<bool> {
    let Times { now, window, stale } = times;
    // Every placeholder once and in order: both databases then read them alike.
    let sql = "INSERT INTO login_guard (key, taken, failed, since, touched) VALUES ($1, 1, 0, $2, $3) \
        ON CONFLICT (key) DO UPDATE SET \
          taken = CASE WHEN login_guard.since <= $4 THEN 1 \
                       WHEN login_guard.touched <= $5 THEN login_guard.failed + 1 \
                       ELSE login_guard.taken + 1 END, \
          failed = CASE WHEN login_guard.since <= $6 THEN 0 ELSE login_guard.failed END, \
          since = CASE WHEN login_guard.since <= $7 THEN excluded.since ELSE login_guard.since END, \
          touched = excluded.touched \
        WHERE login_guard.since <= $8 OR login_guard.taken < $9 \
          OR (login_guard.touched <= $10 AND login_guard.failed < $11)";
    let n = on!(c, c => sql_query(sql)
        .bind::<Text, _>(key).bind::<SqlStamp, _>(now).bind::<SqlStamp, _>(now)
        .bind::<SqlStamp, _>(window).bind::<SqlStamp, _>(stale).bind::<SqlStamp, _>(window).bind::<SqlStamp, _>(window)
        .bind::<SqlStamp, _>(window).bind::<Integer, _>(most).bind::<SqlStamp, _>(stale).bind::<Integer, _>(most)
        .execute(c))?;
    Ok(n == 1)
}

/// Reads a counter.
///
/// # Errors
/// Database errors.
pub async fn guard_view(c: &mut AnyConn<'_>, key: &str) -> StoreResult<Option<Counter>> {
    let row: Option<(i32, Stamp, Option<Stamp>)> = on!(c, c => login_guard::table.find(key)
        .select((login_guard::failed, login_guard::since, login_guard::succeeded_at)).first(c))
    .optional()?;
    Ok(row.map(|(failed, since, succeeded_at)| Counter { failed, since, succeeded_at }))
}

/// Keeps a taken place: the guess was wrong.
///
/// # Errors
/// Database errors.
pub async fn guard_keep(c: &mut AnyConn<'_>, key: &str) -> StoreResult<()> {
    on!(c, c => update(login_guard::table.filter(login_guard::key.eq(key)
            .and(login_guard::failed.lt(login_guard::taken))))
        .set(login_guard::failed.eq(login_guard::failed + 1)).execute(c))?;
    Ok(())
}

/// Gives a taken place back: the guess was right; `succeeded` is noted when given.
///
/// # Errors
/// Database errors.
pub async fn guard_give_back(c: &mut AnyConn<'_>, key: &str, succeeded: Option<Stamp>) -> StoreResult<()> {
    on!(c, c => update(login_guard::table.filter(login_guard::key.eq(key)
            .and(login_guard::failed.lt(login_guard::taken))))
        .set(login_guard::taken.eq(login_guard::taken - 1)).execute(c))?;
    if succeeded.is_some() {
        on!(c, c => update(login_guard::table.find(key)).set(login_guard::succeeded_at.eq(succeeded)).execute(c))?;
    }
    Ok(())
}

/// Clears the counters whose keys begin with `prefix`: an administrator unlocks.
///
/// # Errors
/// Database errors.
pub async fn guard_clear(c: &mut AnyConn<'_>, prefix: &str) -> StoreResult<usize> {
    // Keys are `<kind>:<hex>…`, so a prefix holds no pattern characters.
    let pattern = format!("{prefix}%");
    Ok(on!(c, c => update(login_guard::table.filter(login_guard::key.like(pattern)))
        .set((login_guard::taken.eq(0), login_guard::failed.eq(0))).execute(c))?)
}

/// Forgets counters not touched since `before`.
///
/// # Errors
/// Database errors.
pub async fn guard_forget(c: &mut AnyConn<'_>, before: Stamp) -> StoreResult<usize> {
    Ok(on!(c, c => delete(login_guard::table.filter(login_guard::touched.lt(before))).execute(c))?)
}
