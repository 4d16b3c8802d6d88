//! Rows of revocations: sessions and accounts whose tokens no longer count.
//!
//! Written in the transaction of what caused them, read by the services' poll and by the other replicas of the gateway.

use super::schema::revocation;
use service_kit::auth::revocation::Revocation;
use store_kit::prelude::*;

/// Notes a revocation; a later one of the same session or account replaces it.
///
/// # Errors
/// Database errors.
pub async fn revocation_put(c: &mut AnyConn<'_>, entry: &Revocation, now: Stamp) -> StoreResult<()> {
    let Revocation { kind, value, before, until } = entry;
    on!(c, c => insert_into(revocation::table)
        .values((revocation::kind.eq(kind), revocation::value.eq(value), revocation::before.eq(*before),
            revocation::until.eq(*until), revocation::noted_at.eq(now)))
        .on_conflict((revocation::kind, revocation::value)).do_update()
        .set((revocation::before.eq(*before), revocation::until.eq(*until), revocation::noted_at.eq(now)))
        .execute(c))?;
    Ok(())
}

/// Revocations that still concern living tokens and were noted since.
///
/// # Errors
/// Database errors.
pub async fn revocation_list(
    c: &mut AnyConn<'_>,
    now_second: i64,
    since: Option<Stamp>,
) -> StoreResult<Vec<Revocation>> {
    type Row = (String, String, i64, i64);
    let rows: Vec<Row> = on!(c, c => {
        let mut query = revocation::table
            .select((revocation::kind, revocation::value, revocation::before, revocation::until))
            .filter(revocation::until.gt(now_second)).order(revocation::noted_at.desc()).limit(100_000).into_boxed();
        if let Some(since) = since {
            query = query.filter(revocation::noted_at.ge(since));
        }
        query.load(c)
    })?;
    Ok(rows
        .into_iter()
        .map(|(kind, value, before, until)| Revocation { kind, value, before, until })
        .collect())
}

/// Forgets revocations that no living token is concerned by.
///
/// # Errors
/// Database errors.
pub async fn revocation_forget(c: &mut AnyConn<'_>, now_second: i64) -> StoreResult<usize> {
    Ok(on!(c, c => delete(revocation::table.filter(revocation::until.le(now_second))).execute(c))?)
}
