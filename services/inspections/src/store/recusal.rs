//! SQL: recusals. They belong to the inspector's organ, so lists and views take the caller's scope; draws and visits ask
//! [`recused_of`], whoever may see them.

use super::schema::recusal;
use super::word;
use crate::domain::recusal::Recused;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One recusal, explanation sealed.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = recusal, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct RecusalRow {
    /// Id.
    pub id: Uid,
    /// `declaration` or `request`.
    pub kind: String,
    /// Whom it is about.
    pub inspector_id: Uid,
    /// His organ.
    pub organ_code: String,
    /// His region.
    pub region_code: String,
    /// The subject.
    pub subject_id: Option<Uid>,
    /// Its identifier.
    pub subject_identifier: Option<String>,
    /// Its name.
    pub subject_name: Option<String>,
    /// The visit.
    pub visit_id: Option<Uid>,
    /// Why.
    pub ground: String,
    /// In words, sealed.
    pub explanation_sealed: Option<String>,
    /// State.
    pub state: String,
    /// Account that raised it.
    pub raised_by: String,
    /// When.
    pub raised_at: Stamp,
    /// Last day of the term to decide.
    pub due_date: Option<Day>,
    /// First moment after it.
    pub due_at: Option<Stamp>,
    /// Version of the calendar used.
    pub due_calendar: Option<String>,
    /// Account that decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Stamp>,
    /// Why so.
    pub decision_reason: Option<String>,
    /// First day.
    pub valid_from: Day,
    /// Last day.
    pub valid_to: Option<Day>,
    /// Number of steps taken.
    pub transitions: i64,
    /// Version.
    pub version: i64,
    /// When it was entered.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

/// One recusal within the scope.
///
/// # Errors
/// Database errors.
pub async fn recusal_view(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<RecusalRow>> {
    let row: Option<RecusalRow> =
        on!(c, c => recusal::table.find(Uid(id)).select(RecusalRow::as_select()).first(c)).optional()?;
    Ok(row.filter(|r| scope.sees_department(&r.organ_code) && scope.sees_region(&r.region_code)))
}

/// A page of recusals within the scope: inspector, subject, state.
///
/// # Errors
/// Database errors.
pub async fn recusal_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    (inspector, subject, state): (Option<Uuid>, Option<Uuid>, Option<&str>),
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<RecusalRow>> {
    let (mine, regions) = (scope.departments.clone(), scope.regions.clone());
    Ok(on!(c, c => {
        let mut q = recusal::table.select(RecusalRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            q = q.filter(recusal::organ_code.eq_any(mine));
        }
        if let Some(regions) = regions {
            q = q.filter(crate::within_regions!(recusal::region_code, regions));
        }
        if let Some(inspector) = inspector {
            q = q.filter(recusal::inspector_id.eq(Uid(inspector)));
        }
        if let Some(subject) = subject {
            q = q.filter(recusal::subject_id.eq(Uid(subject)));
        }
        if let Some(state) = state {
            q = q.filter(recusal::state.eq(state));
        }
        if let Some(after) = after {
            q = q.filter(recusal::id.gt(Uid(after)));
        }
        q.order(recusal::id.asc()).limit(limit).load(c)
    })?)
}

/// Enters a recusal.
///
/// # Errors
/// Database errors.
pub async fn recusal_create(c: &mut AnyConn<'_>, row: &RecusalRow) -> StoreResult<()> {
    on!(c, c => insert_into(recusal::table).values(row).execute(c))?;
    Ok(())
}

/// Changes a recusal; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn recusal_update(c: &mut AnyConn<'_>, row: &RecusalRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n = on!(c, c => update(recusal::table.find(row.id).filter(recusal::version.eq(before))).set(row).execute(c))?;
    Ok(n == 1)
}

/// Recusals in force of these inspectors, sorted by inspector; [`crate::domain::recusal::holds`] tells for whom and when.
///
/// # Errors
/// Database errors.
pub async fn recused_of(c: &mut AnyConn<'_>, inspectors: &[Uuid]) -> StoreResult<Vec<Recused>> {
    let mut out = Vec::new();
    for chunk in inspectors.chunks(500) {
        let chunk: Vec<Uid> = chunk.iter().copied().map(Uid).collect();
        let rows: Vec<RecusalRow> = on!(c, c => recusal::table
            .filter(recusal::inspector_id.eq_any(chunk).and(recusal::state.eq_any(["declared", "granted"])))
            .order((recusal::inspector_id.asc(), recusal::id.asc())).select(RecusalRow::as_select()).load(c))?;
        for row in rows {
            out.push(Recused {
                inspector_id: row.inspector_id.0,
                subject_id: row.subject_id.map(|s| s.0),
                subject_identifier: row.subject_identifier,
                state: word(&row.state)?,
                valid_from: row.valid_from.0,
                valid_to: row.valid_to.map(|d| d.0),
            });
        }
    }
    Ok(out)
}
