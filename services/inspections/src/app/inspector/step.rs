//! Use cases: what people decide about an inspector: suspended, reinstated, gone; and personal data in clear.

use super::super::{Grounds, Step, Who, other_department, plain, step_add, transition_refused, wanted};
use super::persons::Persons;
use super::{AGGREGATE, KEEPERS, find, hold, tell, viewed, write};
use crate::api::inspector::{InspectorReveal, InspectorRevealView};
use crate::api::step::{ActionNote, ActionReason};
use crate::domain::inspector::InspectorState;
use crate::store::word;
use domain::vocabulary::Role;
use service_kit::{Ctx, Error, Reply, Result};
use std::sync::Arc;
use uuid::Uuid;

/// Takes a step by hand: suspends, reinstates, lets go.
async fn step(
    ctx: &Ctx,
    id: Uuid,
    (verb, to): (&'static str, InspectorState),
    from: &'static [InspectorState],
    grounds: Grounds,
) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let role = who.role(&KEEPERS)?;
    let persons = Persons(Arc::clone(&ctx.kit.crypto));
    ctx.change(async move |tx| {
        let mut row = hold(tx, &who, id, wanted).await?;
        let before: InspectorState = word(&row.state)?;
        if !from.contains(&before) {
            return Err(transition_refused(before, verb));
        }
        row.state = to.to_string();
        row.state_reason = if to == InspectorState::Registered { None } else { grounds.reason.clone() };
        row.transitions += 1;
        write(tx, &mut row).await?;
        let step = Step {
            aggregate: AGGREGATE,
            id,
            number: row.transitions,
            from: before.as_str(),
            verb,
            to: to.as_str(),
            role: Some(role),
            grounds,
            more: serde_json::Value::Null,
            rule_ids: Vec::new(),
            rule_pack: None,
            due: None,
        };
        step_add(tx, step).await?;
        let what = match to {
            InspectorState::Suspended => "suspended",
            InspectorState::Left => "left",
            InspectorState::Registered | InspectorState::Qualified => "reinstated",
        };
        tell(tx, what, &row)?;
        let view = viewed(tx, &persons, &row).await?;
        Ok(Reply::ok(&view)?.version(row.version).header("cache-control", "no-store"))
    })
    .await
}

/// Suspends an inspector by hand.
pub async fn inspector_suspend(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    step(ctx, id, ("suspend", InspectorState::Suspended), &[InspectorState::Registered], body.into()).await
}

/// Takes a suspension by hand back.
pub async fn inspector_reinstate(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    step(ctx, id, ("reinstate", InspectorState::Registered), &[InspectorState::Suspended], body.into()).await
}

/// Lets an inspector go; the row is kept.
pub async fn inspector_leave(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    const FROM: &[InspectorState] = &[InspectorState::Registered, InspectorState::Suspended];
    step(ctx, id, ("leave", InspectorState::Left), FROM, body.into()).await
}

/// Personal data in clear; logged with the reason.
pub async fn inspector_reveal(ctx: &Ctx, id: Uuid, body: InspectorReveal) -> Result<Reply> {
    let (who, row) = (Who::of(ctx)?, find(ctx, id).await?);
    // Seeing the whole district in another role is not enough to open personal data as an editor.
    if !who.may_act_for(&row.organ_code, &[Role::Legal, Role::Oversight]) {
        return Err(other_department());
    }
    let mut faults = Vec::new();
    plain("/reason", Some(&body.reason), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let persons = Persons(Arc::clone(&ctx.kit.crypto));
    let view = InspectorRevealView {
        id,
        name: persons.name(&row)?,
        id_number: persons.id_number(&row)?.map(|n| n.reveal().to_string()),
        mobile: persons.mobile(&row)?.map(|m| m.reveal().to_string()),
    };
    let actor = ctx.actor()?;
    // Not through the idempotency record: it would keep the clear data.
    service_kit::change::run(&ctx.kit, actor, async move |tx| {
        let detail = serde_json::json!({"revealed": ["name", "id_number", "mobile"], "reason": body.reason});
        tx.audit("inspector", id, detail);
        let data = serde_json::json!({"id": id, "organ_code": row.organ_code});
        tx.event("inspector.revealed", id, std::slice::from_ref(&row.organ_code), &row.region_code, &data)
    })
    .await?;
    Ok(Reply::ok(&view)?.header("cache-control", "no-store"))
}
