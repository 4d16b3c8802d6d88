//! Background work claimed with leases, so that replicas do not do the same thing at once.
//!
//! A lease is taken, renewed or found busy in one statement; it ends by itself when its holder dies. Called by the
//! tasks of services. The holder must be done, or renew, before the lease ends: effects stay idempotent all the same.

use crate::prelude::*;
use crate::schema::task_lease;
use jiff::Timestamp;

/// Takes or renews the lease `name` for `holder` until `until`; false when somebody else holds it.
///
/// # Errors
/// Database errors.
pub async fn claim(
    c: &mut AnyConn<'_>,
    name: &str,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> StoreResult<bool> {
    let (now, until) = (Stamp::from(now), Stamp::from(until));
    on!(c, c => insert_into(task_lease::table)
        .values((task_lease::name.eq(name), task_lease::holder.eq(""), task_lease::expires_at.eq(now)))
        .on_conflict_do_nothing().execute(c))?;
    let n = on!(c, c => update(task_lease::table.filter(task_lease::name.eq(name)
            .and(task_lease::holder.eq(holder).or(task_lease::expires_at.le(now)))))
        .set((task_lease::holder.eq(holder), task_lease::expires_at.eq(until))).execute(c))?;
    Ok(n == 1)
}
