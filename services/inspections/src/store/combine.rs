//! SQL: proposals to combine visits, the visits that could be combined, and their checklists.
//!
//! Reading functions take the caller's scope: a proposal belongs to the organs of its visits. Called by the combination app
//! functions.

use super::schema::{checklist, checklist_point, visit, visit_combination, visit_task};
use super::visit::{VisitRow, within_regions};
use super::word;
use crate::domain::combine::{CombinationState, Point};
use crate::domain::visit::VisitState;
use jiff::civil::Date;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One proposal.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = visit_combination, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct CombinationRow {
    /// Id.
    pub id: Uid,
    /// Subject.
    pub subject_id: Uid,
    /// Its identifier.
    pub subject_identifier: String,
    /// Its name.
    pub subject_name: String,
    /// Its region.
    pub region_code: String,
    /// Visits, in the order of their days.
    pub visit_ids: TextList,
    /// Their organs.
    pub departments: TextList,
    /// Window that was searched, days.
    pub window_days: i64,
    /// What merging saves.
    pub saving: Json,
    /// A [`CombinationState`].
    pub state: String,
    /// The combined visit.
    pub into_visit_id: Option<Uid>,
    /// Why it was refused, or merged.
    pub reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Stamp>,
    /// Number of steps taken.
    pub transitions: i64,
    /// Who searched.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When it was found.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

impl CombinationRow {
    /// State.
    ///
    /// # Errors
    /// A broken row.
    pub fn state(&self) -> StoreResult<CombinationState> {
        word(&self.state)
    }

    /// The visits.
    ///
    /// # Errors
    /// A broken row.
    pub fn visits(&self) -> StoreResult<Vec<Uuid>> {
        self.visit_ids.0.iter().map(|id| word(id)).collect()
    }
}

/// Adds proposals.
///
/// # Errors
/// Database errors.
pub async fn combination_create(c: &mut AnyConn<'_>, rows: &[CombinationRow]) -> StoreResult<()> {
    for chunk in rows.chunks(500) {
        on!(c, c => insert_into(visit_combination::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Changes a proposal that still has the version before; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn combination_update(c: &mut AnyConn<'_>, row: &CombinationRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n = on!(c, c => update(visit_combination::table.find(row.id).filter(visit_combination::version.eq(before)))
        .set(row).execute(c))?;
    Ok(n == 1)
}

/// One proposal within the scope.
///
/// # Errors
/// Database errors.
pub async fn combination_view(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    id: Uuid,
) -> StoreResult<Option<CombinationRow>> {
    let row: Option<CombinationRow> = on!(c, c => visit_combination::table.find(Uid(id))
        .select(CombinationRow::as_select()).first(c))
    .optional()?;
    Ok(row.filter(|r| scope.sees(&r.departments.0, &r.region_code)))
}

/// A page of proposals within the scope, in the order they were found.
///
/// # Errors
/// Database errors.
pub async fn combination_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    (state, subject): (Option<CombinationState>, Option<Uuid>),
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<CombinationRow>> {
    let (mut out, mut after) = (Vec::new(), after);
    let want = usize::try_from(limit).unwrap_or(0);
    // Organs are a list in the row: a page is filled from as many rows as it takes.
    loop {
        let rows: Vec<CombinationRow> = on!(&mut *c, c => {
            let mut q = visit_combination::table.select(CombinationRow::as_select()).into_boxed();
            if let Some(regions) = &scope.regions {
                q = within_regions!(q, visit_combination::region_code, regions);
            }
            if let Some(state) = state {
                q = q.filter(visit_combination::state.eq(state.as_str()));
            }
            if let Some(subject) = subject {
                q = q.filter(visit_combination::subject_id.eq(Uid(subject)));
            }
            if let Some(after) = after {
                q = q.filter(visit_combination::id.gt(Uid(after)));
            }
            q.order(visit_combination::id.asc()).limit(500).load(c)
        })?;
        let is_last = rows.len() < 500;
        after = rows.last().map(|r| r.id.0);
        out.extend(rows.into_iter().filter(|r| scope.sees(&r.departments.0, &r.region_code)));
        if is_last || out.len() >= want {
            out.truncate(want);
            return Ok(out);
        }
    }
}

/// Sets of visits that were proposed before, in any state; the same set is not proposed twice.
///
/// # Errors
/// Database errors.
pub async fn combination_known(
    c: &mut AnyConn<'_>,
    subjects: &[Uuid],
) -> StoreResult<Vec<(Vec<String>, CombinationState)>> {
    let mut out = Vec::new();
    for chunk in subjects.chunks(500) {
        let ids: Vec<Uid> = chunk.iter().copied().map(Uid).collect();
        let rows: Vec<(TextList, String)> = on!(c, c => visit_combination::table
            .filter(visit_combination::subject_id.eq_any(ids))
            .select((visit_combination::visit_ids, visit_combination::state)).load(c))?;
        for (ids, state) in rows {
            out.push((ids.0, word(&state)?));
        }
    }
    Ok(out)
}

/// Planned on-site visits that nobody was told of yet, whose days touch a span; at one subject, or at all.
///
/// # Errors
/// Database errors.
pub async fn combinable(
    c: &mut AnyConn<'_>,
    subject: Option<Uuid>,
    (from, to): (Date, Date),
) -> StoreResult<Vec<VisitRow>> {
    let states = [VisitState::Assigned, VisitState::Prepared].map(|s| s.as_str());
    Ok(on!(c, c => {
        let mut q = visit::table.select(VisitRow::as_select())
            .filter(visit::state.eq_any(states)).filter(visit::on_site.eq(true))
            .filter(visit::method.ne("unannounced_check")).filter(visit::emergency_reason.is_null())
            .filter(visit::planned_to.ge(Day(from))).filter(visit::planned_from.le(Day(to))).into_boxed();
        if let Some(subject) = subject {
            q = q.filter(visit::subject_id.eq(Uid(subject)));
        }
        q.order((visit::subject_id.asc(), visit::id.asc())).load(c)
    })?)
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = checklist_point, treat_none_as_default_value = false)]
struct PointRow {
    checklist_id: Uid,
    position: i64,
    point_key: String,
    content: String,
    method: Option<String>,
    basis: Option<String>,
    item_id: Option<Uid>,
    organ_codes: TextList,
}

/// All points of the checklists of these visits.
///
/// # Errors
/// Database errors.
pub async fn points_of(c: &mut AnyConn<'_>, visits: &[Uuid]) -> StoreResult<Vec<Point>> {
    let ids: Vec<Uid> = visits.iter().copied().map(Uid).collect();
    let rows: Vec<PointRow> = on!(c, c => checklist_point::table
        .filter(checklist_point::checklist_id.eq_any(
            checklist::table.filter(checklist::visit_id.eq_any(ids)).select(checklist::id)))
        .order((checklist_point::checklist_id.asc(), checklist_point::position.asc()))
        .select(PointRow::as_select()).load(c))?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let PointRow {
                checklist_id: _,
                position: _,
                point_key,
                content,
                method,
                basis,
                item_id,
                organ_codes,
            } = row;
            Point {
                key: point_key,
                content,
                method,
                basis,
                item_id: item_id.map(|i| i.0),
                organs: organ_codes.0,
            }
        })
        .collect())
}

/// Adds the merged checklist of a combined visit.
///
/// # Errors
/// Database errors.
pub async fn checklist_create(
    c: &mut AnyConn<'_>,
    visit_id: Uuid,
    (points, before): (&[Point], i64),
    (sources, by, now): (&[Uuid], &str, jiff::Timestamp),
) -> StoreResult<()> {
    let id = Uid(Uuid::now_v7());
    let now = Stamp::from(now);
    // The templates of all lists that went into it.
    let sources: Vec<Uid> = sources.iter().copied().map(Uid).collect();
    let lists: Vec<Json> = on!(&mut *c, c => checklist::table.filter(checklist::visit_id.eq_any(sources))
        .order(checklist::visit_id.asc()).select(checklist::sources).load(c))?;
    let lists = lists.into_iter().map(|l| super::document::<Vec<serde_json::Value>>(l.0));
    let sources = lists.collect::<StoreResult<Vec<_>>>()?.concat();
    let sources = super::json(&sources)?;
    on!(&mut *c, c => insert_into(checklist::table).values((
        checklist::id.eq(id), checklist::visit_id.eq(Uid(visit_id)), checklist::sources.eq(&sources),
        checklist::points_before_merge.eq(before), checklist::created_by.eq(by), checklist::version.eq(1_i64),
        checklist::created_at.eq(now), checklist::updated_at.eq(now),
    )).execute(c))?;
    let rows: Vec<PointRow> = points
        .iter()
        .zip(1_i64..)
        .map(|(p, position)| {
            let Point { key, content, method, basis, item_id, organs } = p.clone();
            PointRow {
                checklist_id: id,
                position,
                point_key: key,
                content,
                method,
                basis,
                item_id: item_id.map(Uid),
                organ_codes: TextList(organs),
            }
        })
        .collect();
    for chunk in rows.chunks(500) {
        on!(&mut *c, c => insert_into(checklist_point::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Marks the tasks of a visit as merged away.
///
/// # Errors
/// Database errors.
pub async fn tasks_combined(c: &mut AnyConn<'_>, visit_id: Uuid, now: jiff::Timestamp) -> StoreResult<()> {
    on!(c, c => update(visit_task::table.filter(visit_task::visit_id.eq(Uid(visit_id)))).set((
        visit_task::state.eq(VisitState::Combined.as_str()), visit_task::version.eq(visit_task::version + 1),
        visit_task::updated_at.eq(Stamp::from(now)),
    )).execute(c))?;
    Ok(())
}
