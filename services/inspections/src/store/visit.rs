//! SQL: visits, one row for each joint visit (联合检查), with the tasks and teams that are added with it.
//!
//! A visit belongs to all organs that have a task in it: reading functions take the caller's scope. Called by the visit app
//! functions; [`visit_insert_many`] also by draws (assignment) and by the merging of visits.

use super::schema::{visit, visit_task};
use super::task::{MemberRow, TaskRow, member_insert, task_insert};
use super::{document, word};
use crate::domain::visit::{
    MemberRole, MemberState, NationalState, TaskRole, VisitReasons, VisitState, number,
};
use jiff::Timestamp;
use jiff::civil::Date;
use rules::VisitKind;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// Narrows a query to the regions of a scope: codes of any length are prefixes, rows without region are the district's.
///
/// Compares by the lengths that region codes have (GB/T 2260 and its extensions), so that any number of regions is one
/// expression on both databases.
macro_rules! within_regions {
    ($q:expr, $column:expr, $regions:expr) => {{
        use $crate::store::visit::{of_length, substr};
        let regions: &[String] = $regions;
        $q.filter(
            $column
                .eq("")
                .or(substr($column, 1, 2).eq_any(of_length(regions, 2)))
                .or(substr($column, 1, 4).eq_any(of_length(regions, 4)))
                .or(substr($column, 1, 6).eq_any(of_length(regions, 6)))
                .or(substr($column, 1, 9).eq_any(of_length(regions, 9)))
                .or(substr($column, 1, 12).eq_any(of_length(regions, 12))),
        )
    }};
}
pub(crate) use within_regions;

diesel::define_sql_function! {
    /// Part of a text, from 1.
    fn substr(
        text: diesel::sql_types::Text,
        from: diesel::sql_types::Integer,
        length: diesel::sql_types::Integer,
    ) -> diesel::sql_types::Text;
}

/// Codes of this length.
#[must_use]
pub fn of_length(regions: &[String], length: usize) -> Vec<String> {
    regions.iter().filter(|r| r.len() == length).cloned().collect()
}

/// One visit.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = visit, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct VisitRow {
    /// Id.
    pub id: Uid,
    /// Number that people read.
    pub code: String,
    /// Plan.
    pub plan_id: Option<Uid>,
    /// Draw.
    pub draw_id: Option<Uid>,
    /// Why the organs go there: a [`VisitKind`].
    pub kind: String,
    /// What triggered it: number of the complaint, transfer or clue.
    pub trigger_ground: Option<String>,
    /// Method: a `domain::vocabulary::InspectionMethod`.
    pub method: String,
    /// Somebody enters.
    pub on_site: bool,
    /// Lead department.
    pub lead_department: String,
    /// All departments, the lead first.
    pub departments: TextList,
    /// Region of the subject.
    pub region_code: String,
    /// Subject.
    pub subject_id: Uid,
    /// Its identifier then.
    pub subject_identifier: String,
    /// Its name then.
    pub subject_name: String,
    /// Its address then.
    pub subject_address: Option<String>,
    /// State: a [`VisitState`].
    pub state: String,
    /// First day planned.
    pub planned_from: Day,
    /// Last day planned.
    pub planned_to: Day,
    /// The day, once it is fixed.
    pub scheduled_on: Option<Day>,
    /// How often it was put off.
    pub reschedules: i64,
    /// Why it cannot wait for approval or code.
    pub emergency_reason: Option<String>,
    /// Record of assistance, for a subject outside of the organ's region (ENF-12).
    pub assistance: Option<String>,
    /// The combined visit it went into.
    pub combined_into: Option<Uid>,
    /// Whether it was made by merging.
    pub is_combined: bool,
    /// When every organ had closed its part.
    pub closed_at: Option<Stamp>,
    /// Number of steps taken.
    pub transitions: i64,
    /// Account that added it.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When it was added.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
    /// [`VisitReasons`]; none where nobody gave any.
    pub reasons: Option<Json>,
}

impl VisitRow {
    /// Reasons.
    ///
    /// # Errors
    /// A broken row.
    pub fn reasons(&self) -> StoreResult<VisitReasons> {
        self.reasons.clone().map_or_else(|| Ok(VisitReasons::default()), |json| document(json.0))
    }

    /// State.
    ///
    /// # Errors
    /// A broken row.
    pub fn state(&self) -> StoreResult<VisitState> {
        word(&self.state)
    }

    /// Kind.
    ///
    /// # Errors
    /// A broken row.
    pub fn kind(&self) -> StoreResult<VisitKind> {
        word(&self.kind)
    }

    /// The day that rules look at: the fixed one, else the last one planned.
    #[must_use]
    pub fn day(&self) -> Date {
        self.scheduled_on.map_or(self.planned_to.0, |d| d.0)
    }

    /// Whether the approval may follow.
    #[must_use]
    pub fn is_emergency(&self) -> bool {
        self.emergency_reason.is_some()
    }

    fn is_within(&self, scope: &Scope) -> bool {
        scope.sees(&self.departments.0, &self.region_code)
    }
}

/// A published item with its version and number, copied into a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemRef {
    /// Id in the catalog.
    pub id: Uuid,
    /// Version in force.
    pub version: Option<i64>,
    /// Number, where it has one.
    pub number: Option<String>,
}

/// A person about to be put into a team.
#[derive(Clone, Debug)]
pub struct MemberSeed {
    /// Id of an inspector, or of an expert or assistant.
    pub person_id: Uuid,
    /// Part.
    pub role: MemberRole,
    /// Certificate valid on the day; none for experts and assistants.
    pub certificate_number: Option<String>,
    /// Place in the keyed order of the draw, hex.
    pub score: Option<String>,
}

/// The part of one organ in a visit about to be added.
#[derive(Clone, Debug)]
pub struct TaskSeed {
    /// Organ.
    pub organ_code: String,
    /// Lead or cooperating.
    pub role: TaskRole,
    /// Item of the catalog.
    pub item: Option<ItemRef>,
    /// What is checked, as the plan says it.
    pub item_text: String,
    /// Number of experts and assistants, fixed beforehand (ENF-03).
    pub expert_count: i64,
    /// Whether the visit uses the organ's yearly cap (FRQ-01, FRQ-02).
    pub is_counted: bool,
    /// The team.
    pub members: Vec<MemberSeed>,
}

/// A visit about to be added, without what follows from rules (ids, state, version).
#[derive(Clone, Debug)]
pub struct VisitSeed {
    /// Plan it belongs to.
    pub plan_id: Option<Uuid>,
    /// Draw it came from.
    pub draw_id: Option<Uuid>,
    /// Why the organs go there.
    pub kind: VisitKind,
    /// What triggered it.
    pub trigger_ground: Option<String>,
    /// Method.
    pub method: domain::vocabulary::InspectionMethod,
    /// Somebody enters.
    pub on_site: bool,
    /// Region of the subject.
    pub region_code: String,
    /// Subject.
    pub subject_id: Uuid,
    /// Its identifier.
    pub subject_identifier: String,
    /// Its name.
    pub subject_name: String,
    /// Its address.
    pub subject_address: Option<String>,
    /// First day planned.
    pub planned_from: Date,
    /// Last day planned.
    pub planned_to: Date,
    /// The day, where it is fixed.
    pub scheduled_on: Option<Date>,
    /// Why it cannot wait for approval.
    pub emergency_reason: Option<String>,
    /// Record of assistance.
    pub assistance: Option<String>,
    /// Why it departs from what the rules expect.
    pub reasons: VisitReasons,
    /// Made by merging others.
    pub is_combined: bool,
}

/// Reasons as they are stored.
fn written(reasons: &VisitReasons) -> Option<Json> {
    let VisitReasons { on_site, separate } = reasons;
    (*reasons != VisitReasons::default())
        .then(|| Json(serde_json::json!({"on_site": on_site, "separate": separate})))
}

/// A visit about to be added, with its tasks and teams.
#[derive(Clone, Debug)]
pub struct VisitNew {
    /// The visit.
    pub visit: VisitRow,
    /// A task for each organ.
    pub tasks: Vec<TaskRow>,
    /// Their teams.
    pub members: Vec<MemberRow>,
}

impl VisitNew {
    /// A visit in the state `assigned`. The lead is the task with that role, else the first one; each organ has one task.
    #[must_use]
    pub fn assigned(seed: VisitSeed, tasks: Vec<TaskSeed>, by: &str, now: Timestamp) -> Self {
        let VisitSeed {
            plan_id,
            draw_id,
            kind,
            trigger_ground,
            method,
            on_site,
            region_code,
            subject_id,
            subject_identifier,
            subject_name,
            subject_address,
            planned_from,
            planned_to,
            scheduled_on,
            emergency_reason,
            assistance,
            reasons,
            is_combined,
        } = seed;
        let (id, now) = (Uuid::now_v7(), Stamp::from(now));
        let lead = tasks.iter().find(|t| t.role == TaskRole::Lead).or(tasks.first());
        let lead = lead.map(|t| t.organ_code.clone()).unwrap_or_default();
        let mut departments = vec![lead.clone()];
        departments.extend(tasks.iter().map(|t| t.organ_code.clone()).filter(|o| *o != lead));
        let mut rows = Vec::with_capacity(tasks.len());
        let mut members = Vec::new();
        for seed in tasks {
            let TaskSeed { organ_code, role, item, item_text, expert_count, is_counted, members: team } =
                seed;
            let task_id = Uid(Uuid::now_v7());
            members.extend(team.into_iter().map(|m| {
                let MemberSeed { person_id, role, certificate_number, score } = m;
                MemberRow {
                    task_id,
                    person_id: Uid(person_id),
                    visit_id: Uid(id),
                    organ_code: organ_code.clone(),
                    role: role.to_string(),
                    certificate_number,
                    score,
                    state: MemberState::Assigned.to_string(),
                    replaced_by: None,
                    reason: None,
                    assigned_at: now,
                }
            }));
            rows.push(TaskRow {
                id: task_id,
                visit_id: Uid(id),
                organ_code,
                role: role.to_string(),
                region_code: region_code.clone(),
                item_id: item.as_ref().map(|i| Uid(i.id)),
                item_version: item.as_ref().and_then(|i| i.version),
                item_number: item.and_then(|i| i.number),
                item_text,
                state: VisitState::Assigned.to_string(),
                national_state: NationalState::Distributed.to_string(),
                claimed_at: None,
                finished_at: None,
                fed_back_at: None,
                feedback: None,
                approved_by: None,
                approved_at: None,
                approval_due_at: None,
                notice_no: None,
                notified_at: None,
                notice_waiver: None,
                started_at: None,
                ended_at: None,
                expert_count,
                is_counted,
                transitions: 0,
                version: 1,
                created_at: now,
                updated_at: now,
            });
        }
        let visit = VisitRow {
            id: Uid(id),
            code: number(id, domain::deadline::beijing_date(now.0)),
            plan_id: plan_id.map(Uid),
            draw_id: draw_id.map(Uid),
            kind: kind.to_string(),
            trigger_ground,
            method: method.to_string(),
            on_site,
            lead_department: lead,
            departments: TextList(departments),
            region_code,
            subject_id: Uid(subject_id),
            subject_identifier,
            subject_name,
            subject_address,
            state: VisitState::Assigned.to_string(),
            planned_from: Day(planned_from),
            planned_to: Day(planned_to),
            scheduled_on: scheduled_on.map(Day),
            reschedules: 0,
            emergency_reason,
            assistance,
            combined_into: None,
            is_combined,
            closed_at: None,
            transitions: 0,
            created_by: by.to_string(),
            version: 1,
            created_at: now,
            updated_at: now,
            reasons: written(&reasons),
        };
        Self { visit, tasks: rows, members }
    }
}

/// Adds visits with their tasks and teams, in chunks.
///
/// # Errors
/// [`StoreError::Conflict`] when a visit has two tasks of one organ, or a task one person twice.
pub async fn visit_insert_many(c: &mut AnyConn<'_>, visits: &[VisitNew]) -> StoreResult<()> {
    for chunk in visits.chunks(300) {
        let rows: Vec<&VisitRow> = chunk.iter().map(|v| &v.visit).collect();
        on!(c, c => insert_into(visit::table).values(rows).execute(c))?;
        let tasks: Vec<&TaskRow> = chunk.iter().flat_map(|v| &v.tasks).collect();
        task_insert(c, &tasks).await?;
        let members: Vec<&MemberRow> = chunk.iter().flat_map(|v| &v.members).collect();
        member_insert(c, &members).await?;
    }
    Ok(())
}

/// One visit within the scope.
///
/// # Errors
/// Database errors.
pub async fn visit_view(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<VisitRow>> {
    let row: Option<VisitRow> =
        on!(c, c => visit::table.find(Uid(id)).select(VisitRow::as_select()).first(c)).optional()?;
    Ok(row.filter(|r| r.is_within(scope)))
}

/// As [`visit_view`], held until the change ends: organs of a joint visit may act in the same moment.
///
/// # Errors
/// Database errors.
pub async fn visit_hold(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<VisitRow>> {
    // SQLite has one writer.
    if let AnyConn::Pg(_) = c {
        #[derive(QueryableByName)]
        struct Held {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            #[expect(dead_code, reason = "only the lock matters")]
            version: i64,
        }
        let _: Vec<Held> = on!(c, c => sql_query("SELECT version FROM visit WHERE id = $1 FOR UPDATE")
            .bind::<SqlUid, _>(Uid(id)).load(c))?;
    }
    visit_view(c, scope, id).await
}

/// Which visits a list holds.
#[derive(Clone, Debug, Default)]
pub struct VisitFilter {
    /// State.
    pub state: Option<VisitState>,
    /// Why the organs go there.
    pub kind: Option<VisitKind>,
    /// One of its organs.
    pub organ_code: Option<String>,
    /// Subject.
    pub subject_id: Option<Uuid>,
    /// Plan.
    pub plan_id: Option<Uuid>,
    /// Draw.
    pub draw_id: Option<Uuid>,
    /// Planned window ends on this day or later.
    pub from: Option<Date>,
    /// Planned window begins on this day or earlier.
    pub to: Option<Date>,
}

/// A page of visits within the scope, in the order they were added.
///
/// # Errors
/// Database errors.
pub async fn visit_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &VisitFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<VisitRow>> {
    let Scope { departments: mine, regions, fields: _ } = scope.clone();
    let VisitFilter { state, kind, organ_code, subject_id, plan_id, draw_id, from, to } = filter.clone();
    Ok(on!(c, c => {
        let mut q = visit::table.select(VisitRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            let own = visit_task::table.filter(visit_task::organ_code.eq_any(mine.clone())).select(visit_task::visit_id);
            q = q.filter(visit::lead_department.eq_any(mine).or(visit::id.eq_any(own)));
        }
        if let Some(regions) = &regions {
            q = within_regions!(q, visit::region_code, regions);
        }
        if let Some(state) = state {
            q = q.filter(visit::state.eq(state.as_str()));
        }
        if let Some(kind) = kind {
            q = q.filter(visit::kind.eq(kind.as_str()));
        }
        if let Some(organ) = organ_code {
            let of_organ = visit_task::table.filter(visit_task::organ_code.eq(organ)).select(visit_task::visit_id);
            q = q.filter(visit::id.eq_any(of_organ));
        }
        if let Some(subject) = subject_id {
            q = q.filter(visit::subject_id.eq(Uid(subject)));
        }
        if let Some(plan) = plan_id {
            q = q.filter(visit::plan_id.eq(Uid(plan)));
        }
        if let Some(draw) = draw_id {
            q = q.filter(visit::draw_id.eq(Uid(draw)));
        }
        if let Some(from) = from {
            q = q.filter(visit::planned_to.ge(Day(from)));
        }
        if let Some(to) = to {
            q = q.filter(visit::planned_from.le(Day(to)));
        }
        if let Some(after) = after {
            q = q.filter(visit::id.gt(Uid(after)));
        }
        q.order(visit::id.asc()).limit(limit).load(c)
    })?)
}

/// Changes a visit that still has the version before `row.version`; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn visit_update(c: &mut AnyConn<'_>, row: &VisitRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n =
        on!(c, c => update(visit::table.find(row.id).filter(visit::version.eq(before))).set(row).execute(c))?;
    Ok(n == 1)
}
