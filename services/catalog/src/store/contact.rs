//! Rows of the contact table (工作联络表, Attachment 3): organ-internal, so every function takes the caller's scope.
//!
//! Telephone numbers come and go sealed; this module never sees a clear one. Called by the contact app functions.

use super::schema::contact;
use jiff::Timestamp;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// State of a contact in use.
pub const CURRENT: &str = "current";
/// State of a contact that another one has replaced.
pub const SUPERSEDED: &str = "superseded";

/// One row, numbers sealed.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = contact, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct ContactRow {
    /// Id.
    pub id: Uid,
    /// Organ.
    pub organ_code: String,
    /// `current` or `superseded`.
    pub state: String,
    /// Leader in charge (分管领导).
    pub leader_name: Option<String>,
    /// His post.
    pub leader_title: Option<String>,
    /// His mobile number, sealed.
    pub leader_mobile_sealed: Option<String>,
    /// Contact person (工作联系人).
    pub contact_name: String,
    /// Post.
    pub contact_title: Option<String>,
    /// Mobile number, sealed.
    pub contact_mobile_sealed: String,
    /// Account that added it.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When it was added.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
    /// When it was superseded.
    pub superseded_at: Option<Stamp>,
}

/// One contact within the scope.
///
/// # Errors
/// Database errors.
pub async fn contact_view(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<ContactRow>> {
    let row: Option<ContactRow> =
        on!(c, c => contact::table.find(Uid(id)).select(ContactRow::as_select()).first(c)).optional()?;
    Ok(row.filter(|r| scope.sees_department(&r.organ_code)))
}

/// A page of contacts within the scope, in the order of their ids.
///
/// # Errors
/// Database errors.
pub async fn contact_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    (organ, state): (Option<&str>, Option<&str>),
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<ContactRow>> {
    let mine = scope.departments.clone();
    Ok(on!(c, c => {
        let mut q = contact::table.select(ContactRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            q = q.filter(contact::organ_code.eq_any(mine));
        }
        if let Some(organ) = organ {
            q = q.filter(contact::organ_code.eq(organ));
        }
        if let Some(state) = state {
            q = q.filter(contact::state.eq(state));
        }
        if let Some(after) = after {
            q = q.filter(contact::id.gt(Uid(after)));
        }
        q.order(contact::id.asc()).limit(limit).load(c)
    })?)
}

/// The contact of an organ that is in use, within the scope.
///
/// # Errors
/// Database errors.
pub async fn contact_current(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    organ: &str,
) -> StoreResult<Option<ContactRow>> {
    if !scope.sees_department(organ) {
        return Ok(None);
    }
    Ok(on!(c, c => contact::table.filter(contact::organ_code.eq(organ).and(contact::state.eq(CURRENT)))
        .select(ContactRow::as_select()).first(c))
    .optional()?)
}

/// Adds a contact.
///
/// # Errors
/// [`StoreError::Conflict`] when the organ has one in use.
pub async fn contact_create(c: &mut AnyConn<'_>, row: &ContactRow) -> StoreResult<()> {
    on!(c, c => insert_into(contact::table).values(row).execute(c))?;
    Ok(())
}

/// Changes a contact that still has the version before `row.version`; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn contact_update(c: &mut AnyConn<'_>, row: &ContactRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n = on!(c, c => update(contact::table.find(row.id).filter(contact::version.eq(before))).set(row).execute(c))?;
    Ok(n == 1)
}

/// When a contact ends.
#[must_use]
pub fn superseded(mut row: ContactRow, now: Timestamp) -> ContactRow {
    row.state = SUPERSEDED.to_string();
    row.superseded_at = Some(now.into());
    row.updated_at = now.into();
    row.version += 1;
    row
}
