//! SQL: the part of one organ in a visit: its task, team, arrival and site record (部门任务).
//!
//! Whether the caller may see the visit is decided by [`super::visit::visit_view`]; lists of tasks take the scope. Called by
//! the task and visit app functions.

use super::schema::{expert, site_record, visit_check_in, visit_member, visit_task};
use super::visit::within_regions;
use super::word;
use crate::domain::visit::{MemberRole, NationalState, VisitState};
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One task.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = visit_task, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct TaskRow {
    /// Id.
    pub id: Uid,
    /// Visit.
    pub visit_id: Uid,
    /// Organ.
    pub organ_code: String,
    /// A [`crate::domain::visit::TaskRole`].
    pub role: String,
    /// Region of the subject.
    pub region_code: String,
    /// Item of the catalog.
    pub item_id: Option<Uid>,
    /// Its version.
    pub item_version: Option<i64>,
    /// Its number.
    pub item_number: Option<String>,
    /// What is checked.
    pub item_text: String,
    /// A [`VisitState`].
    pub state: String,
    /// A [`NationalState`].
    pub national_state: String,
    /// When the organ took it on.
    pub claimed_at: Option<Stamp>,
    /// When the organ was done.
    pub finished_at: Option<Stamp>,
    /// When the organ reported back.
    pub fed_back_at: Option<Stamp>,
    /// What it reported.
    pub feedback: Option<String>,
    /// Account of the head who approved.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<Stamp>,
    /// Until when an emergency has to be approved.
    pub approval_due_at: Option<Stamp>,
    /// Number of the notice (检查通知书文号).
    pub notice_no: Option<String>,
    /// When it was served.
    pub notified_at: Option<Stamp>,
    /// Why no notice was served beforehand.
    pub notice_waiver: Option<String>,
    /// When the inspection began.
    pub started_at: Option<Stamp>,
    /// When it ended.
    pub ended_at: Option<Stamp>,
    /// Number of experts and assistants, fixed beforehand.
    pub expert_count: i64,
    /// Uses the organ's yearly cap.
    pub is_counted: bool,
    /// Number of steps taken.
    pub transitions: i64,
    /// Version.
    pub version: i64,
    /// When it was added.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

impl TaskRow {
    /// State.
    ///
    /// # Errors
    /// A broken row.
    pub fn state(&self) -> StoreResult<VisitState> {
        word(&self.state)
    }

    /// State as the national platform names it.
    ///
    /// # Errors
    /// A broken row.
    pub fn national_state(&self) -> StoreResult<NationalState> {
        word(&self.national_state)
    }
}

/// One person of a team.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = visit_member, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct MemberRow {
    /// Task.
    pub task_id: Uid,
    /// Inspector, expert or assistant.
    pub person_id: Uid,
    /// Visit.
    pub visit_id: Uid,
    /// Organ.
    pub organ_code: String,
    /// A [`MemberRole`].
    pub role: String,
    /// Certificate valid on the day.
    pub certificate_number: Option<String>,
    /// Place in the keyed order, hex.
    pub score: Option<String>,
    /// A [`crate::domain::visit::MemberState`].
    pub state: String,
    /// Who took the place.
    pub replaced_by: Option<Uid>,
    /// Why.
    pub reason: Option<String>,
    /// When the person was put into the team.
    pub assigned_at: Stamp,
}

impl MemberRow {
    /// Part.
    ///
    /// # Errors
    /// A broken row.
    pub fn role(&self) -> StoreResult<MemberRole> {
        word(&self.role)
    }

    /// Whether the person is in the team still.
    #[must_use]
    pub fn is_in(&self) -> bool {
        self.state == crate::domain::visit::MemberState::Assigned.as_str()
    }
}

/// One arrival; coordinates sealed, they are the movements of persons.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = visit_check_in, treat_none_as_default_value = false)]
pub struct CheckInRow {
    /// Id.
    pub id: Uid,
    /// Task.
    pub task_id: Uid,
    /// When.
    pub at: Stamp,
    /// Where, in words.
    pub place: String,
    /// `gcj02` or `wgs84`, where there are coordinates.
    pub datum: Option<String>,
    /// Latitude, sealed.
    pub latitude: Option<String>,
    /// Longitude, sealed.
    pub longitude: Option<String>,
    /// Who arrived.
    pub person_ids: TextList,
    /// Whether the visit code was shown.
    pub code_shown: bool,
    /// When the certificates were shown (ENF-08).
    pub certificates_shown_at: Option<Stamp>,
    /// Why no code was shown.
    pub emergency_reason: Option<String>,
    /// Account.
    pub recorded_by: String,
    /// When it was entered.
    pub created_at: Stamp,
}

/// The site record of a task (现场检查笔录).
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = site_record, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct SiteRecordRow {
    /// Task.
    pub task_id: Uid,
    /// What was done.
    pub content: String,
    /// What was found.
    pub findings: Option<String>,
    /// When the subject was told the result.
    pub told_subject_at: Option<Stamp>,
    /// When it was signed.
    pub signed_at: Option<Stamp>,
    /// A [`crate::domain::task::Signature`].
    pub signature: String,
    /// Why the subject did not sign, or refused the inspection.
    pub refusal_reason: Option<String>,
    /// Name of the witness, sealed.
    pub witness_sealed: Option<String>,
    /// Video of the refusal.
    pub video_evidence_id: Option<Uid>,
    /// Documents that the subject was asked for.
    pub documents_asked: TextList,
    /// Account.
    pub recorded_by: String,
    /// Version.
    pub version: i64,
    /// When it was written.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

/// Adds tasks.
///
/// # Errors
/// [`StoreError::Conflict`] for a second task of an organ.
pub async fn task_insert(c: &mut AnyConn<'_>, rows: &[&TaskRow]) -> StoreResult<()> {
    for chunk in rows.chunks(500) {
        on!(c, c => insert_into(visit_task::table).values(chunk.to_vec()).execute(c))?;
    }
    Ok(())
}

/// Adds members.
///
/// # Errors
/// [`StoreError::Conflict`] for a person who is in the team already.
pub async fn member_insert(c: &mut AnyConn<'_>, rows: &[&MemberRow]) -> StoreResult<()> {
    for chunk in rows.chunks(1000) {
        on!(c, c => insert_into(visit_member::table).values(chunk.to_vec()).execute(c))?;
    }
    Ok(())
}

/// One task; whether the caller may see it follows from its visit.
///
/// # Errors
/// Database errors.
pub async fn task_find(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<Option<TaskRow>> {
    Ok(on!(c, c => visit_task::table.find(Uid(id)).select(TaskRow::as_select()).first(c)).optional()?)
}

/// The tasks of a visit, the lead's first.
///
/// # Errors
/// Database errors.
pub async fn tasks_of(c: &mut AnyConn<'_>, visit_id: Uuid) -> StoreResult<Vec<TaskRow>> {
    Ok(on!(c, c => visit_task::table.filter(visit_task::visit_id.eq(Uid(visit_id)))
        .order((visit_task::role.desc(), visit_task::organ_code.asc())).select(TaskRow::as_select()).load(c))?)
}

/// The tasks of these visits.
///
/// # Errors
/// Database errors.
pub async fn tasks_of_many(c: &mut AnyConn<'_>, visit_ids: &[Uuid]) -> StoreResult<Vec<TaskRow>> {
    let mut out = Vec::new();
    for chunk in visit_ids.chunks(500) {
        let ids: Vec<Uid> = chunk.iter().copied().map(Uid).collect();
        let mut rows: Vec<TaskRow> = on!(c, c => visit_task::table.filter(visit_task::visit_id.eq_any(ids))
            .order((visit_task::visit_id.asc(), visit_task::role.desc(), visit_task::organ_code.asc()))
            .select(TaskRow::as_select()).load(c))?;
        out.append(&mut rows);
    }
    Ok(out)
}

/// Which tasks a list holds.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// State.
    pub state: Option<VisitState>,
    /// State as the national platform names it.
    pub national_state: Option<NationalState>,
    /// Organ.
    pub organ_code: Option<String>,
}

/// A page of tasks of the organs and regions within the scope, in the order they were added.
///
/// # Errors
/// Database errors.
pub async fn task_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &TaskFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<TaskRow>> {
    let Scope { departments: mine, regions, fields: _ } = scope.clone();
    let TaskFilter { state, national_state, organ_code } = filter.clone();
    Ok(on!(c, c => {
        let mut q = visit_task::table.select(TaskRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            q = q.filter(visit_task::organ_code.eq_any(mine));
        }
        if let Some(regions) = &regions {
            q = within_regions!(q, visit_task::region_code, regions);
        }
        if let Some(state) = state {
            q = q.filter(visit_task::state.eq(state.as_str()));
        }
        if let Some(state) = national_state {
            q = q.filter(visit_task::national_state.eq(state.as_str()));
        }
        if let Some(organ) = organ_code {
            q = q.filter(visit_task::organ_code.eq(organ));
        }
        if let Some(after) = after {
            q = q.filter(visit_task::id.gt(Uid(after)));
        }
        q.order(visit_task::id.asc()).limit(limit).load(c)
    })?)
}

/// Changes a task that still has the version before `row.version`; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn task_update(c: &mut AnyConn<'_>, row: &TaskRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n = on!(c, c => update(visit_task::table.find(row.id).filter(visit_task::version.eq(before)))
        .set(row).execute(c))?;
    Ok(n == 1)
}

/// Changes a member.
///
/// # Errors
/// Database errors.
pub async fn member_update(c: &mut AnyConn<'_>, row: &MemberRow) -> StoreResult<()> {
    on!(c, c => update(visit_member::table.find((row.task_id, row.person_id))).set(row).execute(c))?;
    Ok(())
}

/// Notes an arrival.
///
/// # Errors
/// Database errors.
pub async fn check_in_insert(c: &mut AnyConn<'_>, row: &CheckInRow) -> StoreResult<()> {
    on!(c, c => insert_into(visit_check_in::table).values(row).execute(c))?;
    Ok(())
}

/// The arrivals of a task.
///
/// # Errors
/// Database errors.
pub async fn check_ins_of(c: &mut AnyConn<'_>, task_id: Uuid) -> StoreResult<Vec<CheckInRow>> {
    Ok(on!(c, c => visit_check_in::table.filter(visit_check_in::task_id.eq(Uid(task_id)))
        .order((visit_check_in::at.asc(), visit_check_in::id.asc())).select(CheckInRow::as_select()).load(c))?)
}

/// The site record of a task.
///
/// # Errors
/// Database errors.
pub async fn site_record_of(c: &mut AnyConn<'_>, task_id: Uuid) -> StoreResult<Option<SiteRecordRow>> {
    Ok(on!(c, c => site_record::table.find(Uid(task_id)).select(SiteRecordRow::as_select()).first(c))
        .optional()?)
}

/// Writes a site record, or the next version of it.
///
/// # Errors
/// Database errors.
pub async fn site_record_put(c: &mut AnyConn<'_>, row: &SiteRecordRow) -> StoreResult<()> {
    on!(c, c => insert_into(site_record::table).values(row)
        .on_conflict(site_record::task_id).do_update().set(row).execute(c))?;
    Ok(())
}

/// Organs of these experts and assistants, by id, with their kinds; only those who have not left.
///
/// # Errors
/// Database errors.
pub async fn experts_known(c: &mut AnyConn<'_>, ids: &[Uuid]) -> StoreResult<Vec<(Uuid, String)>> {
    let ids: Vec<Uid> = ids.iter().copied().map(Uid).collect();
    let rows: Vec<(Uid, String)> = on!(c, c => expert::table.filter(expert::id.eq_any(ids))
        .filter(expert::state.eq("active")).select((expert::id, expert::organ_code)).load(c))?;
    Ok(rows.into_iter().map(|(id, organ)| (id.0, organ)).collect())
}

/// The teams of these visits.
///
/// # Errors
/// Database errors.
pub async fn members_of_visits(c: &mut AnyConn<'_>, visit_ids: &[Uuid]) -> StoreResult<Vec<MemberRow>> {
    let mut out = Vec::new();
    for chunk in visit_ids.chunks(500) {
        let ids: Vec<Uid> = chunk.iter().copied().map(Uid).collect();
        let mut rows: Vec<MemberRow> = on!(c, c => visit_member::table.filter(visit_member::visit_id.eq_any(ids))
            .order((visit_member::task_id.asc(), visit_member::assigned_at.asc(), visit_member::person_id.asc()))
            .select(MemberRow::as_select()).load(c))?;
        out.append(&mut rows);
    }
    Ok(out)
}

/// The teams of one visit, replaced ones too.
///
/// # Errors
/// Database errors.
pub async fn members_of_visit(c: &mut AnyConn<'_>, visit_id: Uuid) -> StoreResult<Vec<MemberRow>> {
    members_of_visits(c, &[visit_id]).await
}
