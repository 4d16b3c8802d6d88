//! SQL: entries that are no inspection. They belong to the organ that entered; the burden ledger reads them all.

use super::schema::entry;
use super::visit::within_regions;
use super::word;
use crate::domain::entry::EntryKind;
use jiff::civil::Date;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One entry.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = entry, treat_none_as_default_value = false)]
pub struct EntryRow {
    /// Id.
    pub id: Uid,
    /// Organ that entered.
    pub organ_code: String,
    /// Region of the subject.
    pub region_code: String,
    /// Subject.
    pub subject_id: Uid,
    /// Its identifier then.
    pub subject_identifier: String,
    /// Its name then.
    pub subject_name: String,
    /// An [`EntryKind`].
    pub kind: String,
    /// The day.
    pub entered_on: Day,
    /// How long.
    pub minutes: i64,
    /// How many people.
    pub persons: i64,
    /// What for.
    pub purpose: String,
    /// Documents that the subject was asked for.
    pub documents_asked: TextList,
    /// Account.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When it was recorded.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

impl EntryRow {
    /// Kind.
    ///
    /// # Errors
    /// A broken row.
    pub fn kind(&self) -> StoreResult<EntryKind> {
        word(&self.kind)
    }
}

/// Which entries a list holds.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    /// Subject.
    pub subject_id: Option<Uuid>,
    /// Organ.
    pub organ_code: Option<String>,
    /// Kind.
    pub kind: Option<EntryKind>,
}

/// Adds an entry.
///
/// # Errors
/// Database errors.
pub async fn entry_create(c: &mut AnyConn<'_>, row: &EntryRow) -> StoreResult<()> {
    on!(c, c => insert_into(entry::table).values(row).execute(c))?;
    Ok(())
}

/// Changes an entry that still has the version before; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn entry_update(c: &mut AnyConn<'_>, row: &EntryRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n =
        on!(c, c => update(entry::table.find(row.id).filter(entry::version.eq(before))).set(row).execute(c))?;
    Ok(n == 1)
}

/// One entry within the scope.
///
/// # Errors
/// Database errors.
pub async fn entry_view(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<EntryRow>> {
    let row: Option<EntryRow> =
        on!(c, c => entry::table.find(Uid(id)).select(EntryRow::as_select()).first(c)).optional()?;
    Ok(row.filter(|r| scope.sees_department(&r.organ_code) && scope.sees_region(&r.region_code)))
}

/// A page of entries within the scope, in the order they were recorded.
///
/// # Errors
/// Database errors.
pub async fn entry_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &EntryFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<EntryRow>> {
    let Scope { departments: mine, regions, fields: _ } = scope.clone();
    let EntryFilter { subject_id, organ_code, kind } = filter.clone();
    Ok(on!(c, c => {
        let mut q = entry::table.select(EntryRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            q = q.filter(entry::organ_code.eq_any(mine));
        }
        if let Some(regions) = &regions {
            q = within_regions!(q, entry::region_code, regions);
        }
        if let Some(subject) = subject_id {
            q = q.filter(entry::subject_id.eq(Uid(subject)));
        }
        if let Some(organ) = organ_code {
            q = q.filter(entry::organ_code.eq(organ));
        }
        if let Some(kind) = kind {
            q = q.filter(entry::kind.eq(kind.as_str()));
        }
        if let Some(after) = after {
            q = q.filter(entry::id.gt(Uid(after)));
        }
        q.order(entry::id.asc()).limit(limit).load(c)
    })?)
}

/// All entries at a subject in a span, of every organ: the burden is the subject's, not the organ's.
///
/// # Errors
/// Database errors.
pub async fn entries_at(
    c: &mut AnyConn<'_>,
    subject: Uuid,
    (from, to): (Date, Date),
) -> StoreResult<Vec<EntryRow>> {
    Ok(on!(c, c => entry::table.filter(entry::subject_id.eq(Uid(subject)))
        .filter(entry::entered_on.ge(Day(from)).and(entry::entered_on.le(Day(to))))
        .order((entry::entered_on.asc(), entry::id.asc())).select(EntryRow::as_select()).load(c))?)
}
