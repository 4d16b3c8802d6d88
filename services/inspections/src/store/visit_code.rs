//! SQL: visit codes; only a digest of each is kept. Called by the visit code app functions; by whoever cancels or puts off a
//! visit, to revoke its codes.

use super::schema::visit_code;
use jiff::Timestamp;
use store_kit::prelude::*;
use uuid::Uuid;

/// One code.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = visit_code, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct VisitCodeRow {
    /// Id, part of the code.
    pub id: Uid,
    /// Visit.
    pub visit_id: Uid,
    /// Task, for the code of one organ.
    pub task_id: Option<Uid>,
    /// SHA-256 of the text, hex.
    pub digest: String,
    /// Names the signing key.
    pub key_id: String,
    /// Account.
    pub issued_by: String,
    /// When.
    pub issued_at: Stamp,
    /// First moment in which it no longer counts.
    pub expires_at: Stamp,
    /// When it was revoked.
    pub revoked_at: Option<Stamp>,
    /// Why.
    pub revoked_reason: Option<String>,
    /// Arrivals at which it was scanned.
    pub scans: i64,
    /// The last of them.
    pub last_scanned_at: Option<Stamp>,
}

/// Keeps a code.
///
/// # Errors
/// Database errors.
pub async fn visit_code_create(c: &mut AnyConn<'_>, row: &VisitCodeRow) -> StoreResult<()> {
    on!(c, c => insert_into(visit_code::table).values(row).execute(c))?;
    Ok(())
}

/// The code with this digest.
///
/// # Errors
/// Database errors.
pub async fn visit_code_find(c: &mut AnyConn<'_>, digest: &str) -> StoreResult<Option<VisitCodeRow>> {
    Ok(on!(c, c => visit_code::table.filter(visit_code::digest.eq(digest))
        .select(VisitCodeRow::as_select()).first(c))
    .optional()?)
}

/// The codes of a visit, the newest first.
///
/// # Errors
/// Database errors.
pub async fn visit_code_list(c: &mut AnyConn<'_>, visit_id: Uuid) -> StoreResult<Vec<VisitCodeRow>> {
    Ok(on!(c, c => visit_code::table.filter(visit_code::visit_id.eq(Uid(visit_id)))
        .order((visit_code::issued_at.desc(), visit_code::id.desc())).limit(200)
        .select(VisitCodeRow::as_select()).load(c))?)
}

/// Notes a scan.
///
/// # Errors
/// Database errors.
pub async fn visit_code_scanned(c: &mut AnyConn<'_>, id: Uid, at: Timestamp) -> StoreResult<()> {
    on!(c, c => update(visit_code::table.find(id)).set((
        visit_code::scans.eq(visit_code::scans + 1),
        visit_code::last_scanned_at.eq(Some(Stamp::from(at))),
    )).execute(c))?;
    Ok(())
}

/// Revokes the codes of a visit that still count; gives their number.
///
/// # Errors
/// Database errors.
pub async fn visit_code_revoke_all(
    c: &mut AnyConn<'_>,
    visit_id: Uuid,
    at: Timestamp,
    reason: &str,
) -> StoreResult<usize> {
    Ok(on!(c, c => update(visit_code::table
        .filter(visit_code::visit_id.eq(Uid(visit_id)).and(visit_code::revoked_at.is_null())))
        .set((visit_code::revoked_at.eq(Some(Stamp::from(at))), visit_code::revoked_reason.eq(Some(reason))))
        .execute(c))?)
}
