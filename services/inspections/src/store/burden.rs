//! SQL: published caps, and the entries of organs at subjects, counted where the rows are.
//!
//! The burden is the subject's: what every organ did is read, whoever asks; so no scope is taken. Caps are public.
//! Called by the burden and lint app functions.

use super::schema::{site_record, visit, visit_cap, visit_task};
use super::word;
use crate::domain::burden::TaskEntry;
use diesel::sql_types::{BigInt, Text};
use domain::deadline::beijing_date;
use jiff::civil::Date;
use rules::VisitKind;
use std::collections::{BTreeMap, BTreeSet};
use store_kit::prelude::*;
use uuid::Uuid;

/// A published cap (年度入企检查频次上限).
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = visit_cap, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct CapRow {
    /// Organ.
    pub organ_code: String,
    /// Year.
    pub year: i64,
    /// Field, empty for all of the organ's.
    pub field: String,
    /// Visits to one subject in the year.
    pub cap: i64,
    /// Legal minimum that the cap may not sink below.
    pub legal_minimum: Option<i64>,
    /// When it was published.
    pub published_on: Day,
    /// Where.
    pub source: String,
    /// Account.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When it was added.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

/// Caps of these organs in a year.
///
/// # Errors
/// Database errors.
pub async fn caps_of(c: &mut AnyConn<'_>, organs: &[String], year: i16) -> StoreResult<Vec<CapRow>> {
    let organs = organs.to_vec();
    Ok(
        on!(c, c => visit_cap::table.filter(visit_cap::organ_code.eq_any(organs)).filter(visit_cap::year.eq(i64::from(year)))
        .order((visit_cap::organ_code.asc(), visit_cap::field.asc())).select(CapRow::as_select()).load(c))?,
    )
}

/// One cap.
///
/// # Errors
/// Database errors.
pub async fn cap_view(
    c: &mut AnyConn<'_>,
    (organ, year, field): (&str, i16, &str),
) -> StoreResult<Option<CapRow>> {
    Ok(on!(c, c => visit_cap::table.find((organ, i64::from(year), field)).select(CapRow::as_select()).first(c))
        .optional()?)
}

/// A page of caps in the order of organ, year, field.
///
/// # Errors
/// Database errors.
pub async fn cap_list(
    c: &mut AnyConn<'_>,
    (organ, year): (Option<String>, Option<i16>),
    after: Option<(String, i64, String)>,
    limit: i64,
) -> StoreResult<Vec<CapRow>> {
    use visit_cap as v;
    Ok(on!(c, c => {
        let mut q = v::table.select(CapRow::as_select()).into_boxed();
        if let Some(organ) = organ {
            q = q.filter(v::organ_code.eq(organ));
        }
        if let Some(year) = year {
            q = q.filter(v::year.eq(i64::from(year)));
        }
        if let Some((organ, year, field)) = after {
            let same_organ = v::organ_code.eq(organ.clone());
            let later_year = v::year.gt(year).or(v::year.eq(year).and(v::field.gt(field)));
            q = q.filter(v::organ_code.gt(organ).or(same_organ.and(later_year)));
        }
        q.order((v::organ_code.asc(), v::year.asc(), v::field.asc())).limit(limit).load(c)
    })?)
}

/// Adds a cap (version 1) or replaces the version before; false when somebody was quicker.
///
/// # Errors
/// [`StoreError::Conflict`] when version 1 is there already.
pub async fn cap_put(c: &mut AnyConn<'_>, row: &CapRow) -> StoreResult<bool> {
    if row.version == 1 {
        on!(c, c => insert_into(visit_cap::table).values(row).execute(c))?;
        return Ok(true);
    }
    let before = row.version - 1;
    let key = (row.organ_code.clone(), row.year, row.field.clone());
    let n = on!(c, c => update(visit_cap::table.find(key).filter(visit_cap::version.eq(before))).set(row).execute(c))?;
    Ok(n == 1)
}

#[derive(Queryable)]
struct TaskEntryRow {
    visit_id: Uid,
    code: String,
    kind: String,
    state: String,
    on_site: bool,
    planned_to: Day,
    scheduled_on: Option<Day>,
    is_combined: bool,
    organ: String,
    started_at: Option<Stamp>,
    ended_at: Option<Stamp>,
}

/// The parts of all organs in the visits to a subject whose planned or fixed day touches a span.
///
/// # Errors
/// Database errors.
pub async fn tasks_at(
    c: &mut AnyConn<'_>,
    subject: Uuid,
    (from, to): (Date, Date),
) -> StoreResult<Vec<TaskEntry>> {
    let rows: Vec<TaskEntryRow> = on!(c, c => visit_task::table
        .inner_join(visit::table.on(visit::id.eq(visit_task::visit_id)))
        .filter(visit::subject_id.eq(Uid(subject)))
        .filter(visit::planned_to.ge(Day(from)).or(visit::scheduled_on.ge(Day(from)).assume_not_null()))
        .filter(visit::planned_from.le(Day(to)))
        .order((visit::planned_to.asc(), visit::id.asc(), visit_task::organ_code.asc()))
        .select((visit::id, visit::code, visit::kind, visit::state, visit::on_site, visit::planned_to,
            visit::scheduled_on, visit::is_combined, visit_task::organ_code, visit_task::started_at,
            visit_task::ended_at))
        .load(c))?;
    let read = |row: TaskEntryRow| {
        let TaskEntryRow {
            visit_id,
            code,
            kind,
            state,
            on_site,
            planned_to,
            scheduled_on,
            is_combined,
            organ,
            started_at,
            ended_at,
        } = row;
        Ok(TaskEntry {
            visit_id: visit_id.0,
            visit_code: code,
            kind: word(&kind)?,
            state: word(&state)?,
            on_site,
            // What took place is dated by the day it did.
            on: started_at.map_or(scheduled_on.unwrap_or(planned_to).0, |at| beijing_date(at.0)),
            is_combined,
            organ,
            started_at: started_at.map(|t| t.0),
            ended_at: ended_at.map(|t| t.0),
        })
    };
    let all = rows.into_iter().map(read).collect::<StoreResult<Vec<TaskEntry>>>()?;
    Ok(all.into_iter().filter(|t| t.on >= from && t.on <= to).collect())
}

/// Documents that the organs asked for in these visits.
///
/// # Errors
/// Database errors.
pub async fn documents_asked(c: &mut AnyConn<'_>, visits: &[Uuid]) -> StoreResult<Vec<String>> {
    let mut out = Vec::new();
    for chunk in visits.chunks(500) {
        let ids: Vec<Uid> = chunk.iter().copied().map(Uid).collect();
        let rows: Vec<TextList> = on!(c, c => site_record::table
            .inner_join(visit_task::table.on(visit_task::id.eq(site_record::task_id)))
            .filter(visit_task::visit_id.eq_any(ids)).select(site_record::documents_asked).load(c))?;
        out.extend(rows.into_iter().flat_map(|r| r.0));
    }
    Ok(out)
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = SqlUid)]
    subject_id: Uid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Visits of an organ to each subject in a span that count towards its cap: one pass over the rows. Which kinds count is what
/// the rule pack of the day says, not what was thought when a visit was planned.
///
/// # Errors
/// Database errors.
pub async fn counted_by_subject(
    c: &mut AnyConn<'_>,
    organ: &str,
    kinds: &BTreeSet<VisitKind>,
    (from, to): (Date, Date),
) -> StoreResult<Vec<(Uuid, i64)>> {
    let sql = "SELECT v.subject_id AS subject_id, v.kind AS kind, COUNT(*) AS n \
         FROM visit_task t JOIN visit v ON v.id = t.visit_id \
         WHERE t.organ_code = $1 AND v.on_site \
         AND v.state NOT IN ('cancelled', 'combined', 'not_found') \
         AND COALESCE(v.scheduled_on, v.planned_to) >= $2 AND COALESCE(v.scheduled_on, v.planned_to) <= $3 \
         GROUP BY v.subject_id, v.kind";
    let rows: Vec<CountRow> = on!(c, c => sql_query(sql).bind::<Text, _>(organ).bind::<SqlDay, _>(Day(from))
        .bind::<SqlDay, _>(Day(to)).load(c))?;
    let mut out: BTreeMap<Uuid, i64> = BTreeMap::new();
    for CountRow { subject_id, kind, n } in rows {
        if kinds.contains(&word::<VisitKind>(&kind)?) {
            *out.entry(subject_id.0).or_default() += n;
        }
    }
    Ok(out.into_iter().collect())
}
