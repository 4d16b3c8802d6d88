//! Putting a visit off and calling it off, before anybody arrived (改期、取消).

use super::{Taken, answer, window, write};
use crate::api::step::ActionReason;
use crate::api::visit::VisitReschedule;
use crate::app::{Grounds, Who, expect, other_department, plain, task, transition_refused, wanted};
use crate::domain::visit::{MAX_RESCHEDULES, PLANNING_ROLES, VisitState, whole};
use crate::store::task::{self as task_store, TaskRow};
use crate::store::visit::{self as store, VisitRow};
use crate::store::visit_code::visit_code_revoke_all;
use domain::vocabulary::Role;
use service_kit::{Ctx, Error, Reply, Result, Tx};
use store_kit::types::Day;
use uuid::Uuid;

/// The visit held for a change by those who plan it: the lead department, or the organiser.
async fn hold_to_plan(
    tx: &mut Tx<'_, '_>,
    who: &Who,
    id: Uuid,
    wanted: Option<i64>,
) -> Result<(VisitRow, Role)> {
    let row = store::visit_hold(tx.conn(), &who.scope, id).await.map_err(Error::from)?;
    let row = row.ok_or_else(|| Error::not_found("visit"))?;
    let role = who.role(PLANNING_ROLES)?;
    if row.lead_department != who.caller.department && role != Role::Organiser {
        return Err(other_department());
    }
    expect(wanted, row.version)?;
    Ok((row, role))
}

/// Puts a visit off, two times at most; the notice has to be served again, issued codes stop counting.
pub async fn visit_reschedule(ctx: &Ctx, id: Uuid, body: VisitReschedule) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let VisitReschedule { planned_from, planned_to, scheduled_on, reason } = body;
    let mut faults = Vec::new();
    window(planned_from, planned_to, scheduled_on, &mut faults);
    plain("/reason", Some(&reason), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let (mut row, role) = hold_to_plan(tx, &who, id, wanted).await?;
        let state = row.state()?;
        if !state.is_before_arrival() {
            return Err(transition_refused(state, "reschedule"));
        }
        if row.reschedules >= MAX_RESCHEDULES {
            return Err(Error::conflict(
                "rescheduled_twice",
                "已改期两次，不能再改期",
                "It was put off two times already",
            ));
        }
        let mut tasks = task_store::tasks_of(tx.conn(), id).await?;
        if tasks.iter().any(|t| t.state().is_ok_and(|s| !s.is_before_arrival())) {
            return Err(transition_refused("checked_in", "reschedule"));
        }
        for task in &mut tasks {
            if task.state()? != VisitState::Notified {
                continue;
            }
            task.state = VisitState::Approved.to_string();
            task.notified_at = None;
            task.notice_waiver = None;
            let grounds = Grounds { reason: Some(reason.clone()), documents: Vec::new() };
            task::moved(tx, &row, task, ("reschedule", "rescheduled"), (VisitState::Notified, role), grounds)
                .await?;
        }
        let before = serde_json::json!({"planned_from": row.planned_from.0, "planned_to": row.planned_to.0});
        row.planned_from = Day(planned_from);
        row.planned_to = Day(planned_to);
        row.scheduled_on = scheduled_on.map(Day);
        row.reschedules += 1;
        let now = tx.now();
        visit_code_revoke_all(tx.conn(), id, now, &reason).await?;
        let states = tasks.iter().map(TaskRow::state).collect::<Result<Vec<_>, _>>()?;
        let taken = Taken {
            verb: "reschedule",
            what: "rescheduled",
            to: whole(&states),
            role: Some(role),
            grounds: Grounds { reason: Some(reason), documents: Vec::new() },
            more: serde_json::json!({"before": before}),
        };
        write(tx, &mut row, taken).await?;
        let version = row.version;
        Ok(Reply::ok(&answer(tx, row).await?)?.version(version))
    })
    .await
}

/// Calls a visit off before anybody arrived; its codes stop counting.
pub async fn visit_cancel(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    ctx.change(async move |tx| {
        let (mut row, role) = hold_to_plan(tx, &who, id, wanted).await?;
        let grounds = Grounds::from(body);
        let mut tasks = task_store::tasks_of(tx.conn(), id).await?;
        for task in &tasks {
            let state = task.state()?;
            if !state.is_before_arrival() {
                return Err(transition_refused(state, "cancel"));
            }
        }
        if !row.state()?.is_before_arrival() {
            return Err(transition_refused(row.state()?, "cancel"));
        }
        for task in &mut tasks {
            let from = task.state()?;
            task.state = VisitState::Cancelled.to_string();
            task::moved(tx, &row, task, ("cancel", "cancelled"), (from, role), grounds.clone()).await?;
        }
        let now = tx.now();
        visit_code_revoke_all(tx.conn(), id, now, grounds.reason.as_deref().unwrap_or("cancelled")).await?;
        let taken = Taken {
            verb: "cancel",
            what: "cancelled",
            to: VisitState::Cancelled,
            role: Some(role),
            grounds,
            more: serde_json::Value::Null,
        };
        write(tx, &mut row, taken).await?;
        let version = row.version;
        Ok(Reply::ok(&answer(tx, row).await?)?.version(version))
    })
    .await
}
