//! SQL: corrections and disposals that follow from results. Rows belong to the organ that ordered them; a transfer also to
//! the organ it goes to. Called by the correction and result app functions.

use super::schema::{correction, disposal};
use super::visit::within_regions;
use super::word;
use crate::domain::correction::{CorrectionState, DisposalKind, DisposalState};
use jiff::Timestamp;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One correction.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = correction, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct CorrectionRow {
    /// Id.
    pub id: Uid,
    /// Result.
    pub result_id: Uid,
    /// Visit.
    pub visit_id: Uid,
    /// Organ.
    pub organ_code: String,
    /// Region of the subject.
    pub region_code: String,
    /// Subject.
    pub subject_id: Uid,
    /// Number of the order (责令改正通知书文号).
    pub order_no: String,
    /// What is wrong.
    pub problem: String,
    /// What is to be done.
    pub measures: Option<String>,
    /// A [`CorrectionState`].
    pub state: String,
    /// Day of the order.
    pub ordered_on: Day,
    /// Last day.
    pub due_date: Day,
    /// First moment after it.
    pub due_at: Stamp,
    /// Calendar used.
    pub due_calendar: String,
    /// Last day after an extension.
    pub extended_to: Option<Day>,
    /// Why more time was given.
    pub extension_reason: Option<String>,
    /// Day of the subject's report.
    pub reported_on: Option<Day>,
    /// What it reported.
    pub report: Option<String>,
    /// Day planned for the recheck.
    pub recheck_on: Option<Day>,
    /// Day of the recheck.
    pub rechecked_on: Option<Day>,
    /// Visit in which it was rechecked.
    pub recheck_visit_id: Option<Uid>,
    /// Account.
    pub recheck_by: Option<String>,
    /// What was found.
    pub recheck_note: Option<String>,
    /// Number of steps taken.
    pub transitions: i64,
    /// Account.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When it was added.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

impl CorrectionRow {
    /// State.
    ///
    /// # Errors
    /// A broken row.
    pub fn state(&self) -> StoreResult<CorrectionState> {
        word(&self.state)
    }
}

/// One disposal.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = disposal, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct DisposalRow {
    /// Id.
    pub id: Uid,
    /// Result.
    pub result_id: Uid,
    /// Visit.
    pub visit_id: Uid,
    /// A [`DisposalKind`].
    pub kind: String,
    /// Organ.
    pub organ_code: String,
    /// Region of the subject.
    pub region_code: String,
    /// Organ that it goes to.
    pub to_organ: Option<String>,
    /// Number of the case or transfer.
    pub reference: Option<String>,
    /// Why.
    pub reason: String,
    /// A [`DisposalState`].
    pub state: String,
    /// Day it was opened.
    pub opened_on: Day,
    /// Day it ended.
    pub closed_on: Option<Day>,
    /// How it ended.
    pub outcome: Option<String>,
    /// Account.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When it was added.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

impl DisposalRow {
    /// Kind.
    ///
    /// # Errors
    /// A broken row.
    pub fn kind(&self) -> StoreResult<DisposalKind> {
        word(&self.kind)
    }

    /// State.
    ///
    /// # Errors
    /// A broken row.
    pub fn state(&self) -> StoreResult<DisposalState> {
        word(&self.state)
    }

    /// Organs that it concerns.
    #[must_use]
    pub fn organs(&self) -> Vec<String> {
        std::iter::once(self.organ_code.clone()).chain(self.to_organ.clone()).collect()
    }
}

/// One correction within the scope.
///
/// # Errors
/// Database errors.
pub async fn correction_view(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    id: Uuid,
) -> StoreResult<Option<CorrectionRow>> {
    let row: Option<CorrectionRow> =
        on!(c, c => correction::table.find(Uid(id)).select(CorrectionRow::as_select()).first(c))
            .optional()?;
    Ok(row.filter(|r| scope.sees_department(&r.organ_code) && scope.sees_region(&r.region_code)))
}

/// The corrections of a result.
///
/// # Errors
/// Database errors.
pub async fn corrections_of(c: &mut AnyConn<'_>, result_id: Uid) -> StoreResult<Vec<CorrectionRow>> {
    Ok(on!(c, c => correction::table.filter(correction::result_id.eq(result_id))
        .order(correction::id.asc()).select(CorrectionRow::as_select()).load(c))?)
}

/// Which corrections a list holds.
#[derive(Clone, Debug, Default)]
pub struct CorrectionFilter {
    /// State.
    pub state: Option<CorrectionState>,
    /// Organ.
    pub organ_code: Option<String>,
    /// Subject.
    pub subject_id: Option<Uuid>,
    /// Result.
    pub result_id: Option<Uuid>,
    /// Only orders whose term was over at this moment.
    pub overdue_at: Option<Timestamp>,
}

/// A page of corrections within the scope, in the order they were made.
///
/// # Errors
/// Database errors.
pub async fn correction_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &CorrectionFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<CorrectionRow>> {
    let Scope { departments: mine, regions, fields: _ } = scope.clone();
    let CorrectionFilter { state, organ_code, subject_id, result_id, overdue_at } = filter.clone();
    Ok(on!(c, c => {
        let mut q = correction::table.select(CorrectionRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            q = q.filter(correction::organ_code.eq_any(mine));
        }
        if let Some(regions) = &regions {
            q = within_regions!(q, correction::region_code, regions);
        }
        if let Some(state) = state {
            q = q.filter(correction::state.eq(state.as_str()));
        }
        if let Some(organ) = organ_code {
            q = q.filter(correction::organ_code.eq(organ));
        }
        if let Some(subject) = subject_id {
            q = q.filter(correction::subject_id.eq(Uid(subject)));
        }
        if let Some(of) = result_id {
            q = q.filter(correction::result_id.eq(Uid(of)));
        }
        if let Some(now) = overdue_at {
            q = q.filter(correction::state.eq(CorrectionState::Ordered.as_str()))
                .filter(correction::due_at.le(Stamp::from(now)));
        }
        if let Some(after) = after {
            q = q.filter(correction::id.gt(Uid(after)));
        }
        q.order(correction::id.asc()).limit(limit).load(c)
    })?)
}

/// Adds a correction.
///
/// # Errors
/// [`StoreError::Conflict`] when the organ used the number of the order before.
pub async fn correction_create(c: &mut AnyConn<'_>, row: &CorrectionRow) -> StoreResult<()> {
    on!(c, c => insert_into(correction::table).values(row).execute(c))?;
    Ok(())
}

/// Changes a correction that still has the version before `row.version`; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn correction_update(c: &mut AnyConn<'_>, row: &CorrectionRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n = on!(c, c => update(correction::table.find(row.id).filter(correction::version.eq(before)))
        .set(row).execute(c))?;
    Ok(n == 1)
}

/// One disposal within the scope.
///
/// # Errors
/// Database errors.
pub async fn disposal_view(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<DisposalRow>> {
    let row: Option<DisposalRow> =
        on!(c, c => disposal::table.find(Uid(id)).select(DisposalRow::as_select()).first(c)).optional()?;
    Ok(row.filter(|r| scope.sees(&r.organs(), &r.region_code)))
}

/// The disposals of a result.
///
/// # Errors
/// Database errors.
pub async fn disposals_of(c: &mut AnyConn<'_>, result_id: Uid) -> StoreResult<Vec<DisposalRow>> {
    Ok(on!(c, c => disposal::table.filter(disposal::result_id.eq(result_id))
        .order(disposal::id.asc()).select(DisposalRow::as_select()).load(c))?)
}

/// Which disposals a list holds.
#[derive(Clone, Debug, Default)]
pub struct DisposalFilter {
    /// State.
    pub state: Option<DisposalState>,
    /// Kind.
    pub kind: Option<DisposalKind>,
    /// Result.
    pub result_id: Option<Uuid>,
}

/// A page of disposals within the scope, in the order they were opened.
///
/// # Errors
/// Database errors.
pub async fn disposal_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &DisposalFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<DisposalRow>> {
    let Scope { departments: mine, regions, fields: _ } = scope.clone();
    let DisposalFilter { state, kind, result_id } = filter.clone();
    Ok(on!(c, c => {
        let mut q = disposal::table.select(DisposalRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            q = q.filter(disposal::organ_code.eq_any(mine.clone())
                .or(disposal::to_organ.is_not_null().and(disposal::to_organ.assume_not_null().eq_any(mine))));
        }
        if let Some(regions) = &regions {
            q = within_regions!(q, disposal::region_code, regions);
        }
        if let Some(state) = state {
            q = q.filter(disposal::state.eq(state.as_str()));
        }
        if let Some(kind) = kind {
            q = q.filter(disposal::kind.eq(kind.as_str()));
        }
        if let Some(of) = result_id {
            q = q.filter(disposal::result_id.eq(Uid(of)));
        }
        if let Some(after) = after {
            q = q.filter(disposal::id.gt(Uid(after)));
        }
        q.order(disposal::id.asc()).limit(limit).load(c)
    })?)
}

/// Opens a disposal.
///
/// # Errors
/// Database errors.
pub async fn disposal_create(c: &mut AnyConn<'_>, row: &DisposalRow) -> StoreResult<()> {
    on!(c, c => insert_into(disposal::table).values(row).execute(c))?;
    Ok(())
}

/// Changes a disposal that still has the version before `row.version`; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn disposal_update(c: &mut AnyConn<'_>, row: &DisposalRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n = on!(c, c => update(disposal::table.find(row.id).filter(disposal::version.eq(before)))
        .set(row).execute(c))?;
    Ok(n == 1)
}
