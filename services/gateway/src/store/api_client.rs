//! Rows of API clients: systems that call with a key or with client credentials.
//!
//! The secret is stored as its SHA-256. Called by the API client use cases and by the gate.

use super::schema::api_client;
use store_kit::prelude::*;
use uuid::Uuid;

/// An API client as stored.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = api_client, treat_none_as_default_value = false)]
pub struct ApiClientRow {
    /// Id; the `sub` of its tokens is `client:<id>`.
    pub id: Uid,
    /// Name, unique.
    pub name: String,
    /// Organ it acts for.
    pub department: String,
    /// Region codes it is limited to.
    pub regions: TextList,
    /// Roles.
    pub roles: TextList,
    /// SHA-256 of the secret, hex.
    pub secret_hash: String,
    /// `active` or `revoked`.
    pub state: String,
    /// When it stops to count.
    pub expires_at: Option<Stamp>,
    /// Version for ETags.
    pub version: i64,
    /// Made.
    pub created_at: Stamp,
    /// Changed.
    pub updated_at: Stamp,
}

/// Inserts a client.
///
/// # Errors
/// [`StoreError::Conflict`] when the name is taken.
pub async fn api_client_create(c: &mut AnyConn<'_>, row: &ApiClientRow) -> StoreResult<()> {
    on!(c, c => insert_into(api_client::table).values(row).execute(c))?;
    Ok(())
}

/// Reads a client.
///
/// # Errors
/// Database errors.
pub async fn api_client_view(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<Option<ApiClientRow>> {
    Ok(on!(c, c => api_client::table.find(Uid(id)).select(ApiClientRow::as_select()).first(c)).optional()?)
}

/// A page of clients after an id.
///
/// # Errors
/// Database errors.
pub async fn api_client_list(
    c: &mut AnyConn<'_>,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<ApiClientRow>> {
    Ok(on!(c, c => {
        let mut query = api_client::table.select(ApiClientRow::as_select()).order(api_client::id.asc()).limit(limit)
            .into_boxed();
        if let Some(after) = after {
            query = query.filter(api_client::id.gt(Uid(after)));
        }
        query.load(c)
    })?)
}

/// Revokes a client over the version that was read.
///
/// # Errors
/// [`StoreError::NotFound`] when it was changed meanwhile.
pub async fn api_client_revoke(c: &mut AnyConn<'_>, id: Uuid, version: i64, now: Stamp) -> StoreResult<()> {
    let n = on!(c, c => update(api_client::table
            .filter(api_client::id.eq(Uid(id)).and(api_client::version.eq(version))))
        .set((api_client::state.eq("revoked"), api_client::version.eq(version + 1), api_client::updated_at.eq(now)))
        .execute(c))?;
    if n == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}
