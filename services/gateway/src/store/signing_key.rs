//! Rows of token signing keys; the private half is sealed by the key provider.
//!
//! At most one key is `active` (a unique index holds it). Called by the key ring.

use super::schema::signing_key;
use store_kit::prelude::*;

/// A signing key as stored.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_key, treat_none_as_default_value = false)]
pub struct SigningKeyRow {
    /// Key id in token headers.
    pub kid: String,
    /// Ed25519 public key, base64url.
    pub public_x: String,
    /// PKCS#8, sealed.
    pub sealed: String,
    /// `active`, `retiring` or `retired`.
    pub state: String,
    /// Made.
    pub created_at: Stamp,
    /// When tokens signed with it have all expired.
    pub retires_at: Option<Stamp>,
}

/// Inserts a key.
///
/// # Errors
/// [`StoreError::Conflict`] when another key is active.
pub async fn signing_key_create(c: &mut AnyConn<'_>, row: &SigningKeyRow) -> StoreResult<()> {
    on!(c, c => insert_into(signing_key::table).values(row).execute(c))?;
    Ok(())
}

/// All keys, newest first.
///
/// # Errors
/// Database errors.
pub async fn signing_key_list(c: &mut AnyConn<'_>) -> StoreResult<Vec<SigningKeyRow>> {
    Ok(on!(c, c => signing_key::table.select(SigningKeyRow::as_select())
        .order((signing_key::created_at.desc(), signing_key::kid.asc())).limit(200).load(c))?)
}

/// Makes the active key retiring.
///
/// # Errors
/// Database errors.
pub async fn signing_key_retire_active(c: &mut AnyConn<'_>, retires_at: Stamp) -> StoreResult<usize> {
    Ok(on!(c, c => update(signing_key::table.filter(signing_key::state.eq("active")))
        .set((signing_key::state.eq("retiring"), signing_key::retires_at.eq(Some(retires_at)))).execute(c))?)
}

/// Retires keys whose tokens have all expired and wipes their private halves.
///
/// # Errors
/// Database errors.
pub async fn signing_key_retire_due(c: &mut AnyConn<'_>, now: Stamp) -> StoreResult<usize> {
    Ok(on!(c, c => update(signing_key::table
            .filter(signing_key::state.eq("retiring").and(signing_key::retires_at.le(now))))
        .set((signing_key::state.eq("retired"), signing_key::sealed.eq(""))).execute(c))?)
}
