//! Use cases of visits: planning outside of draws, putting off, calling off, viewing (入企检查).
//!
//! A visit belongs to all organs that have a task in it; its state is that of the organ which is least far. Steps of the
//! organs are [`super::task`]. Draws and merged visits add theirs through [`crate::store::visit::visit_insert_many`] and
//! tell of them by [`visit_told`].
//!
//! - `create`: planning a visit by hand
//! - `plan`: putting off and calling off

mod create;
mod plan;

pub use create::visit_create;
pub use plan::{visit_cancel, visit_reschedule};

use super::{Grounds, Step, Who, step_add};
use crate::api::step::PartQuery;
use crate::api::task::{TaskView, VisitMemberView};
use crate::api::visit::{VisitListQuery, VisitPage, VisitView};
use crate::domain::visit::{VisitReasons, VisitState, whole};
use crate::store::task::{self as task_store, MemberRow, TaskRow};
use crate::store::visit::{self as store, VisitFilter, VisitRow};
use crate::store::word;
use domain::vocabulary::Role;
use jiff::Timestamp;
use jiff::civil::Date;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use std::collections::HashMap;
use store_kit::AnyConn;
use uuid::Uuid;

/// Kind of the aggregate in the history.
pub(crate) const AGGREGATE: &str = "visit";

/// The view of one task with its team.
pub(super) fn task_view(task: TaskRow, members: &[MemberRow], now: Timestamp) -> Result<TaskView> {
    let own = members.iter().filter(|m| m.task_id == task.id).cloned();
    let team = own
        .map(|m| {
            let MemberRow {
                task_id: _,
                person_id,
                visit_id: _,
                organ_code: _,
                role,
                certificate_number,
                score,
                state,
                replaced_by,
                reason,
                assigned_at: _,
            } = m;
            Ok(VisitMemberView {
                person_id: person_id.0,
                role: word(&role)?,
                certificate_number,
                score,
                state: word(&state)?,
                replaced_by: replaced_by.map(|p| p.0),
                reason,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let TaskRow {
        id,
        visit_id,
        organ_code,
        role,
        region_code,
        item_id,
        item_version,
        item_number,
        item_text,
        state,
        national_state,
        claimed_at,
        finished_at,
        fed_back_at,
        feedback,
        approved_by,
        approved_at,
        approval_due_at,
        notice_no,
        notified_at,
        notice_waiver,
        started_at,
        ended_at,
        expert_count,
        is_counted,
        transitions: _,
        version,
        created_at,
        updated_at,
    } = task;
    Ok(TaskView {
        id: id.0,
        visit_id: visit_id.0,
        organ_code,
        role: word(&role)?,
        region_code,
        item_id: item_id.map(|i| i.0),
        item_version,
        item_number,
        item_text,
        state: word(&state)?,
        national_state: word(&national_state)?,
        claimed_at: claimed_at.map(|s| s.0),
        finished_at: finished_at.map(|s| s.0),
        fed_back_at: fed_back_at.map(|s| s.0),
        feedback,
        approved_by,
        approved_at: approved_at.map(|s| s.0),
        approval_due_at: approval_due_at.map(|s| s.0),
        is_approval_overdue: approved_at.is_none() && approval_due_at.is_some_and(|d| d.0 <= now),
        notice_no,
        notified_at: notified_at.map(|s| s.0),
        notice_waiver,
        started_at: started_at.map(|s| s.0),
        ended_at: ended_at.map(|s| s.0),
        expert_count,
        is_counted,
        members: team,
        version,
        created_at: created_at.0,
        updated_at: updated_at.0,
    })
}

/// The view of a visit with its tasks.
fn view(row: VisitRow, tasks: Vec<TaskRow>, members: &[MemberRow], now: Timestamp) -> Result<VisitView> {
    let VisitReasons { on_site: on_site_reason, separate: separate_reason } = row.reasons()?;
    let VisitRow {
        id,
        code,
        plan_id,
        draw_id,
        kind,
        trigger_ground,
        method,
        on_site,
        lead_department,
        departments,
        region_code,
        subject_id,
        subject_identifier,
        subject_name,
        subject_address,
        state,
        planned_from,
        planned_to,
        scheduled_on,
        reschedules,
        emergency_reason,
        assistance,
        combined_into,
        is_combined,
        closed_at,
        transitions: _,
        created_by: _,
        version,
        created_at,
        updated_at,
        reasons: _,
    } = row;
    Ok(VisitView {
        id: id.0,
        code,
        plan_id: plan_id.map(|p| p.0),
        draw_id: draw_id.map(|d| d.0),
        kind: word(&kind)?,
        trigger_ground,
        method: word(&method)?,
        on_site,
        lead_department,
        departments: departments.0,
        region_code,
        subject_id: subject_id.0,
        subject_identifier,
        subject_name,
        subject_address,
        state: word(&state)?,
        planned_from: planned_from.0,
        planned_to: planned_to.0,
        scheduled_on: scheduled_on.map(|d| d.0),
        reschedules,
        emergency_reason,
        assistance,
        on_site_reason,
        separate_reason,
        combined_into: combined_into.map(|v| v.0),
        is_combined,
        closed_at: closed_at.map(|s| s.0),
        tasks: tasks.into_iter().map(|t| task_view(t, members, now)).collect::<Result<_>>()?,
        version,
        created_at: created_at.0,
        updated_at: updated_at.0,
    })
}

/// A visit that the caller sees, or 404.
pub(crate) async fn find(c: &mut AnyConn<'_>, who: &Who, id: Uuid) -> Result<VisitRow> {
    store::visit_view(c, &who.scope, id).await?.ok_or_else(|| Error::not_found("visit"))
}

async fn answer(tx: &mut Tx<'_, '_>, row: VisitRow) -> Result<VisitView> {
    let now = tx.now();
    let tasks = task_store::tasks_of(tx.conn(), row.id.0).await?;
    let members = task_store::members_of_visits(tx.conn(), &[row.id.0]).await?;
    view(row, tasks, &members, now)
}

/// Audit entry and event of a visit; `what` as in `visit.assigned`. For whoever adds or changes visits.
///
/// # Errors
/// 500 when the event cannot be written.
pub(crate) fn visit_told(tx: &mut Tx<'_, '_>, what: &str, row: &VisitRow) -> Result<()> {
    let data = serde_json::json!({
        "id": row.id.0, "code": row.code, "version": row.version, "state": row.state, "kind": row.kind,
        "plan_id": row.plan_id.map(|p| p.0), "draw_id": row.draw_id.map(|d| d.0), "subject_id": row.subject_id.0,
        "departments": row.departments.0, "planned_from": row.planned_from.0, "planned_to": row.planned_to.0,
        "scheduled_on": row.scheduled_on.map(|d| d.0), "is_combined": row.is_combined,
        "combined_into": row.combined_into.map(|v| v.0), "reschedules": row.reschedules,
    });
    tx.audit(AGGREGATE, row.id.0, data.clone());
    tx.event(&format!("visit.{what}"), row.id.0, &row.departments.0, &row.region_code, &data)
}

/// A step of a visit as a whole about to be written.
pub(super) struct Taken<'a> {
    /// Verb of the history.
    pub verb: &'a str,
    /// Name of the event.
    pub what: &'a str,
    /// State after.
    pub to: VisitState,
    /// Role; none for what follows from the tasks.
    pub role: Option<Role>,
    /// Why.
    pub grounds: Grounds,
    /// Further evidence.
    pub more: serde_json::Value,
}

/// Writes a changed visit with its step, audit entry and event.
pub(super) async fn write(tx: &mut Tx<'_, '_>, row: &mut VisitRow, taken: Taken<'_>) -> Result<()> {
    let Taken { verb, what, to, role, grounds, more } = taken;
    let from = row.state.clone();
    let now = tx.now();
    row.state = to.to_string();
    row.transitions += 1;
    row.version += 1;
    row.updated_at = now.into();
    if !store::visit_update(tx.conn(), row).await? {
        return Err(service_kit::extract::changed());
    }
    let step = Step {
        aggregate: AGGREGATE,
        id: row.id.0,
        number: row.transitions,
        from: &from,
        verb,
        to: to.as_str(),
        role,
        grounds,
        more,
        rule_ids: Vec::new(),
        rule_pack: None,
        due: None,
    };
    step_add(tx, step).await?;
    visit_told(tx, what, row)
}

/// Brings the state of a visit to what its tasks make of it. Called after each step of a task, with the visit held.
pub(super) async fn follow(tx: &mut Tx<'_, '_>, row: &mut VisitRow) -> Result<()> {
    let tasks = task_store::tasks_of(tx.conn(), row.id.0).await?;
    let states = tasks.iter().map(TaskRow::state).collect::<Result<Vec<_>, _>>()?;
    let to = whole(&states);
    if to == row.state()? {
        return Ok(());
    }
    if to == VisitState::Closed {
        row.closed_at = Some(tx.now().into());
    }
    let what = if to == VisitState::Closed { "closed" } else { "advanced" };
    let taken = Taken {
        verb: what,
        what,
        to,
        role: None,
        grounds: Grounds::default(),
        more: serde_json::Value::Null,
    };
    write(tx, row, taken).await
}

/// One visit.
pub async fn visit_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let (who, now) = (Who::of(ctx)?, ctx.now());
    let (row, tasks, members) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let row = find(c, &who, id).await?;
            let tasks = task_store::tasks_of(c, id).await?;
            Ok((row, tasks, task_store::members_of_visits(c, &[id]).await?))
        })
        .await?;
    let version = row.version;
    Ok(Reply::ok(&view(row, tasks, &members, now)?)?.version(version))
}

/// Lists visits.
pub async fn visit_list(ctx: &Ctx, query: VisitListQuery) -> Result<Reply> {
    let VisitListQuery { state, kind, organ_code, subject_id, plan_id, draw_id, from, to, cursor, limit } =
        query;
    let (who, now) = (Who::of(ctx)?, ctx.now());
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let filter = VisitFilter { state, kind, organ_code, subject_id, plan_id, draw_id, from, to };
    let (rows, tasks, members) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let rows = store::visit_list(c, &who.scope, &filter, after, limit + 1).await?;
            let ids: Vec<Uuid> = rows.iter().map(|r| r.id.0).collect();
            let tasks = task_store::tasks_of_many(c, &ids).await?;
            Ok((rows, tasks, task_store::members_of_visits(c, &ids).await?))
        })
        .await?;
    let mut by_visit: HashMap<Uuid, Vec<TaskRow>> = HashMap::new();
    for task in tasks {
        by_visit.entry(task.visit_id.0).or_default().push(task);
    }
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0);
    let items = items
        .into_iter()
        .map(|r| {
            let own = by_visit.remove(&r.id.0).unwrap_or_default();
            view(r, own, &members, now)
        })
        .collect::<Result<Vec<_>>>()?;
    Reply::page(ctx, &VisitPage { items, next: next.clone() }, next.as_deref())
}

/// Checks a planned window.
fn window(from: Date, to: Date, on: Option<Date>, faults: &mut Vec<Fault>) {
    if from > to {
        faults.push(Fault::new(
            "/planned_to",
            "window_reversed",
            "结束日期早于开始日期",
            "ends before it begins",
        ));
    }
    if from.until((jiff::Unit::Day, to)).is_ok_and(|s| s.get_days() > 366) {
        faults.push(Fault::new("/planned_to", "window_too_long", "计划期间不得超过一年", "a year at most"));
    }
    if on.is_some_and(|d| d < from || d > to) {
        faults.push(Fault::new(
            "/scheduled_on",
            "outside_window",
            "确定日期不在计划期间内",
            "must lie within the planned window",
        ));
    }
}

/// The steps of a visit as a whole; those of an organ are its task's.
pub async fn visit_history(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    super::history(ctx, AGGREGATE, id, query).await
}
