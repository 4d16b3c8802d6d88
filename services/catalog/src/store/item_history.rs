//! Rows of an item's life: steps, and signatures under the settlement of a dispute. Steps are only ever added.
//!
//! Called inside the change of an item, after its visibility was decided; so no scope is taken.

use super::schema::{item_signature, item_transition};
use super::word;
use crate::domain::record::{ItemDue, Signature, Transition};
use store_kit::prelude::*;
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = item_transition, treat_none_as_default_value = false)]
struct TransitionRow {
    item_id: Uid,
    number: i64,
    from_state: String,
    verb: String,
    to_state: String,
    actor: String,
    organ_code: String,
    role: String,
    at: Stamp,
    reason: Option<String>,
    evidence: Json,
    due_date: Option<Day>,
    due_at: Option<Stamp>,
    due_calendar: Option<String>,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = item_signature, primary_key(item_id, role), treat_none_as_default_value = false)]
struct SignatureRow {
    item_id: Uid,
    role: String,
    outcome: String,
    actor: String,
    organ_code: String,
    reason: String,
    signed_at: Stamp,
}

/// Adds steps.
///
/// # Errors
/// Database errors.
pub async fn transition_add(c: &mut AnyConn<'_>, steps: Vec<(Uuid, Transition)>) -> StoreResult<()> {
    let rows: Vec<TransitionRow> = steps
        .into_iter()
        .map(|(id, t)| {
            let Transition { number, from, verb, to, actor, organ, role, at, reason, evidence, due } = t;
            TransitionRow {
                item_id: Uid(id),
                number,
                from_state: from.to_string(),
                verb,
                to_state: to.to_string(),
                actor,
                organ_code: organ,
                role,
                at: at.into(),
                reason,
                evidence: Json(evidence),
                due_date: due.as_ref().map(|d| Day(d.date)),
                due_at: due.as_ref().map(|d| d.at.into()),
                due_calendar: due.map(|d| d.calendar),
            }
        })
        .collect();
    for chunk in rows.chunks(500) {
        on!(c, c => insert_into(item_transition::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// The steps of an item after a number, in order.
///
/// # Errors
/// Database errors.
pub async fn transition_list(
    c: &mut AnyConn<'_>,
    id: Uuid,
    after: i64,
    limit: i64,
) -> StoreResult<Vec<Transition>> {
    let rows: Vec<TransitionRow> = on!(c, c => item_transition::table
        .filter(item_transition::item_id.eq(Uid(id)).and(item_transition::number.gt(after)))
        .order(item_transition::number.asc()).limit(limit).select(TransitionRow::as_select()).load(c))?;
    rows.into_iter()
        .map(|row| {
            let TransitionRow {
                item_id: _,
                number,
                from_state,
                verb,
                to_state,
                actor,
                organ_code,
                role,
                at,
                reason,
                evidence,
                due_date,
                due_at,
                due_calendar,
            } = row;
            let due = match (due_date, due_at, due_calendar) {
                (Some(date), Some(at), Some(calendar)) => Some(ItemDue { date: date.0, at: at.0, calendar }),
                _ => None,
            };
            let (from, to) = (word(&from_state)?, word(&to_state)?);
            Ok(Transition {
                number,
                from,
                verb,
                to,
                actor,
                organ: organ_code,
                role,
                at: at.0,
                reason,
                evidence: evidence.0,
                due,
            })
        })
        .collect()
}

/// Signs, or signs again.
///
/// # Errors
/// Database errors.
pub async fn signature_put(c: &mut AnyConn<'_>, id: Uuid, signature: &Signature) -> StoreResult<()> {
    let Signature { role, outcome, actor, organ, reason, at } = signature.clone();
    let row = SignatureRow {
        item_id: Uid(id),
        role: role.to_string(),
        outcome: outcome.to_string(),
        actor,
        organ_code: organ,
        reason,
        signed_at: at.into(),
    };
    on!(c, c => insert_into(item_signature::table).values(&row)
        .on_conflict((item_signature::item_id, item_signature::role)).do_update().set(&row).execute(c))?;
    Ok(())
}

/// The signatures of these items' present disputes.
///
/// # Errors
/// Database errors.
pub async fn signature_list(c: &mut AnyConn<'_>, ids: Vec<Uuid>) -> StoreResult<Vec<(Uuid, Signature)>> {
    let ids: Vec<Uid> = ids.into_iter().map(Uid).collect();
    let rows: Vec<SignatureRow> = on!(c, c => item_signature::table.filter(item_signature::item_id.eq_any(ids))
        .order((item_signature::item_id.asc(), item_signature::role.asc())).select(SignatureRow::as_select()).load(c))?;
    rows.into_iter()
        .map(|row| {
            let SignatureRow { item_id, role, outcome, actor, organ_code, reason, signed_at } = row;
            let (role, outcome) = (word(&role)?, word(&outcome)?);
            Ok((item_id.0, Signature { role, outcome, actor, organ: organ_code, reason, at: signed_at.0 }))
        })
        .collect()
}

/// Forgets the signatures of a settled dispute; the history keeps them.
///
/// # Errors
/// Database errors.
pub async fn signature_clear(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<()> {
    on!(c, c => delete(item_signature::table.filter(item_signature::item_id.eq(Uid(id)))).execute(c))?;
    Ok(())
}
