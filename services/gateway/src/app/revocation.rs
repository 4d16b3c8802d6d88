//! Making tokens not count: of a session that ended, of an account whose rights changed.
//!
//! The entry is written in the transaction of its cause and announced after the commit. Services learn of it within two
//! seconds; the gateway refuses at once. Called by the session and account use cases.

use crate::state::Gateway;
use crate::store::revocation::{revocation_forget, revocation_list, revocation_put};
use service_kit::auth::revocation::Revocation;
use service_kit::auth::verifier::LEEWAY;
use service_kit::{Ctx, Error, Kit, Reply, Result, Tx};
use store_kit::types::Stamp;

/// Longest life a token may have (the configuration's bound), seconds; entries outlive it.
pub const LONGEST_TOKEN: i64 = 60 * 60 + LEEWAY + 60;

/// Ends all tokens of a session.
#[must_use]
pub fn of_session(session: &str, now: jiff::Timestamp) -> Revocation {
    let until = now.as_second() + LONGEST_TOKEN;
    Revocation { kind: "session".into(), value: session.into(), before: until, until }
}

/// Ends all tokens of an account or client issued before the second `from`.
#[must_use]
pub fn of_subject(subject: &str, from: i64, now: jiff::Timestamp) -> Revocation {
    Revocation {
        kind: "account".into(),
        value: subject.into(),
        before: from,
        until: now.as_second() + LONGEST_TOKEN,
    }
}

/// The second from which on tokens of an account count again, after a change now.
#[must_use]
pub fn next_from(tokens_from: i64, now: jiff::Timestamp) -> i64 {
    // Seconds are coarse: a token of this second may have been issued before the change or after it.
    tokens_from.max(now.as_second()) + 1
}

/// Writes entries in the transaction of their cause.
///
/// # Errors
/// The store's.
pub async fn put(tx: &mut Tx<'_, '_>, entries: &[Revocation]) -> Result<()> {
    let now = Stamp::from(tx.now());
    for entry in entries {
        revocation_put(tx.conn(), entry, now).await?;
    }
    Ok(())
}

/// The entries that services must know.
///
/// # Errors
/// The store's.
pub async fn revocation_list_all(ctx: &Ctx) -> Result<Reply> {
    let now = ctx.now().as_second();
    let items = ctx.kit.store.read::<_, Error, _>(async |c| Ok(revocation_list(c, now, None).await?)).await?;
    Ok(Reply::ok(&crate::api::auth::RevocationPage { items })?.header("cache-control", "no-store"))
}

/// Learns entries noted since a time, by this replica or another.
///
/// # Errors
/// The store's.
pub async fn learn(kit: &Kit, since: Option<jiff::Timestamp>) -> Result<()> {
    let now = kit.clock.now().as_second();
    let since = since.map(Stamp::from);
    let entries = kit.store.read::<_, Error, _>(async |c| Ok(revocation_list(c, now, since).await?)).await?;
    kit.verifier.revocations().add(&entries);
    Ok(())
}

/// Forgets entries that no living token is concerned by.
///
/// # Errors
/// The store's.
pub async fn forget(kit: &Kit) -> Result<usize> {
    let now = kit.clock.now().as_second();
    kit.store.write::<_, Error, _>(async move |c| Ok(revocation_forget(c, now).await?)).await
}

/// Announces entries after their commit.
pub fn announce(gateway: &Gateway, kit: &Kit, entries: &[Revocation]) {
    gateway.announce(kit, entries);
}
