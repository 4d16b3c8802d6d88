//! SQL: results of inspections, one for each task (检查结果). Rows belong to the organ that inspected: functions take the
//! caller's scope. Called by the result app functions.

use super::schema::result;
use super::visit::within_regions;
use super::word;
use crate::domain::result::{ResultOutcome, ResultScheme, ResultState};
use crate::domain::step::TermEnd;
use jiff::Timestamp;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One result.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = result, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct ResultRow {
    /// Id.
    pub id: Uid,
    /// Task.
    pub task_id: Uid,
    /// Visit.
    pub visit_id: Uid,
    /// Organ.
    pub organ_code: String,
    /// Region of the subject.
    pub region_code: String,
    /// Subject.
    pub subject_id: Uid,
    /// Its identifier then.
    pub subject_identifier: String,
    /// Its name then.
    pub subject_name: String,
    /// A [`ResultScheme`].
    pub scheme: String,
    /// Codes.
    pub codes: TextList,
    /// What was found, in words.
    pub summary: String,
    /// A [`ResultState`].
    pub state: String,
    /// A [`ResultOutcome`], once it is final.
    pub outcome: Option<String>,
    /// Account that entered it.
    pub entered_by: String,
    /// When.
    pub entered_at: Stamp,
    /// Last day for the entry.
    pub entry_due_date: Option<Day>,
    /// First moment after it.
    pub entry_due_at: Option<Stamp>,
    /// Account that audited it.
    pub audited_by: Option<String>,
    /// When.
    pub audited_at: Option<Stamp>,
    /// Its words.
    pub audit_note: Option<String>,
    /// When it became final.
    pub final_at: Option<Stamp>,
    /// Last day for the publicity.
    pub publicity_due_date: Option<Day>,
    /// First moment after it.
    pub publicity_due_at: Option<Stamp>,
    /// Calendar by which the terms were computed.
    pub due_calendar: Option<String>,
    /// When the subject was told.
    pub told_subject_at: Option<Stamp>,
    /// Number of steps taken.
    pub transitions: i64,
    /// Version.
    pub version: i64,
    /// When it was added.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

impl ResultRow {
    /// State.
    ///
    /// # Errors
    /// A broken row.
    pub fn state(&self) -> StoreResult<ResultState> {
        word(&self.state)
    }

    /// List of codes.
    ///
    /// # Errors
    /// A broken row.
    pub fn scheme(&self) -> StoreResult<ResultScheme> {
        word(&self.scheme)
    }

    /// What followed.
    ///
    /// # Errors
    /// A broken row.
    pub fn outcome(&self) -> StoreResult<Option<ResultOutcome>> {
        self.outcome.as_deref().map(word).transpose()
    }

    /// Notes until when it is to be made public.
    pub fn set_publicity_due(&mut self, due: &TermEnd) {
        self.publicity_due_date = Some(Day(due.date));
        self.publicity_due_at = Some(due.at.into());
        self.due_calendar = Some(due.calendar.clone());
    }
}

/// One result within the scope.
///
/// # Errors
/// Database errors.
pub async fn result_view(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<ResultRow>> {
    let row: Option<ResultRow> =
        on!(c, c => result::table.find(Uid(id)).select(ResultRow::as_select()).first(c)).optional()?;
    Ok(row.filter(|r| scope.sees_department(&r.organ_code) && scope.sees_region(&r.region_code)))
}

/// As [`result_view`], with the row held until the change ends: what is added to a result and its end wait for each other.
///
/// # Errors
/// Database errors.
pub async fn result_hold(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<ResultRow>> {
    if let AnyConn::Pg(_) = c {
        #[derive(QueryableByName)]
        struct Held {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            #[expect(dead_code, reason = "only the lock matters")]
            version: i64,
        }
        let _: Vec<Held> = on!(c, c => sql_query("SELECT version FROM result WHERE id = $1 FOR UPDATE")
            .bind::<SqlUid, _>(Uid(id)).load(c))?;
    }
    result_view(c, scope, id).await
}

/// The result of a task, whoever asks: who may see it follows from the task.
///
/// # Errors
/// Database errors.
pub async fn result_of_task(c: &mut AnyConn<'_>, task_id: Uuid) -> StoreResult<Option<ResultRow>> {
    Ok(on!(c, c => result::table.filter(result::task_id.eq(Uid(task_id)))
        .select(ResultRow::as_select()).first(c))
    .optional()?)
}

/// Which results a list holds.
#[derive(Clone, Debug, Default)]
pub struct ResultFilter {
    /// State.
    pub state: Option<ResultState>,
    /// Outcome.
    pub outcome: Option<ResultOutcome>,
    /// Organ.
    pub organ_code: Option<String>,
    /// Subject.
    pub subject_id: Option<Uuid>,
    /// Visit.
    pub visit_id: Option<Uuid>,
    /// Final, and to be made public before this moment.
    pub publicity_due_before: Option<Timestamp>,
}

/// A page of results within the scope, in the order they were entered.
///
/// # Errors
/// Database errors.
pub async fn result_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &ResultFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<ResultRow>> {
    let Scope { departments: mine, regions, fields: _ } = scope.clone();
    let ResultFilter { state, outcome, organ_code, subject_id, visit_id, publicity_due_before } =
        filter.clone();
    Ok(on!(c, c => {
        let mut q = result::table.select(ResultRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            q = q.filter(result::organ_code.eq_any(mine));
        }
        if let Some(regions) = &regions {
            q = within_regions!(q, result::region_code, regions);
        }
        if let Some(state) = state {
            q = q.filter(result::state.eq(state.as_str()));
        }
        if let Some(outcome) = outcome {
            q = q.filter(result::outcome.eq(outcome.as_str()));
        }
        if let Some(organ) = organ_code {
            q = q.filter(result::organ_code.eq(organ));
        }
        if let Some(subject) = subject_id {
            q = q.filter(result::subject_id.eq(Uid(subject)));
        }
        if let Some(visit) = visit_id {
            q = q.filter(result::visit_id.eq(Uid(visit)));
        }
        if let Some(moment) = publicity_due_before {
            q = q.filter(result::publicity_due_at.le(Stamp::from(moment)));
        }
        if let Some(after) = after {
            q = q.filter(result::id.gt(Uid(after)));
        }
        q.order(result::id.asc()).limit(limit).load(c)
    })?)
}

/// Adds a result.
///
/// # Errors
/// [`StoreError::Conflict`] when the task has one.
pub async fn result_create(c: &mut AnyConn<'_>, row: &ResultRow) -> StoreResult<()> {
    on!(c, c => insert_into(result::table).values(row).execute(c))?;
    Ok(())
}

/// Changes a result that still has the version before `row.version`; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn result_update(c: &mut AnyConn<'_>, row: &ResultRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n = on!(c, c => update(result::table.find(row.id).filter(result::version.eq(before))).set(row).execute(c))?;
    Ok(n == 1)
}
