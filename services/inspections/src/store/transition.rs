//! Steps of all aggregates in one append-only table. Called inside the change of an aggregate, after its visibility was
//! decided; so no scope is taken.

use super::schema::transition;
use crate::domain::step::{TermEnd, Transition};
use jiff::Timestamp;
use store_kit::prelude::*;
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = transition, treat_none_as_default_value = false)]
struct TransitionRow {
    aggregate: String,
    aggregate_id: Uid,
    number: i64,
    from_state: String,
    verb: String,
    to_state: String,
    actor: String,
    organ_code: String,
    role: String,
    at: Stamp,
    reason: Option<String>,
    rule_ids: TextList,
    rule_pack: Option<String>,
    evidence: Json,
    due_date: Option<Day>,
    due_at: Option<Stamp>,
    due_calendar: Option<String>,
}

/// A step as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTransition {
    /// Order, from 1.
    pub number: i64,
    /// State before.
    pub from: String,
    /// The step.
    pub verb: String,
    /// State after.
    pub to: String,
    /// Account.
    pub actor: String,
    /// Organ.
    pub organ: String,
    /// Role.
    pub role: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<String>,
    /// Rules looked at.
    pub rule_ids: Vec<String>,
    /// Version of the rule pack.
    pub rule_pack: Option<String>,
    /// What it rests on.
    pub evidence: serde_json::Value,
    /// End of the term that began.
    pub due: Option<TermEnd>,
}

/// Adds steps.
///
/// # Errors
/// Database errors.
pub async fn transition_add(c: &mut AnyConn<'_>, steps: Vec<Transition>) -> StoreResult<()> {
    let rows: Vec<TransitionRow> = steps
        .into_iter()
        .map(|t| {
            let Transition {
                aggregate,
                id,
                number,
                from,
                verb,
                to,
                actor,
                organ,
                role,
                at,
                reason,
                rule_ids,
                rule_pack,
                evidence,
                due,
            } = t;
            TransitionRow {
                aggregate: aggregate.to_string(),
                aggregate_id: Uid(id),
                number,
                from_state: from,
                verb,
                to_state: to,
                actor,
                organ_code: organ,
                role,
                at: at.into(),
                reason,
                rule_ids: TextList(rule_ids),
                rule_pack,
                evidence: Json(evidence),
                due_date: due.as_ref().map(|d| Day(d.date)),
                due_at: due.as_ref().map(|d| d.at.into()),
                due_calendar: due.map(|d| d.calendar),
            }
        })
        .collect();
    for chunk in rows.chunks(500) {
        on!(c, c => insert_into(transition::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// The steps of an aggregate after a number, in order.
///
/// # Errors
/// Database errors.
pub async fn transition_list(
    c: &mut AnyConn<'_>,
    aggregate: &str,
    id: Uuid,
    after: i64,
    limit: i64,
) -> StoreResult<Vec<StoredTransition>> {
    let rows: Vec<TransitionRow> = on!(c, c => transition::table
        .filter(transition::aggregate.eq(aggregate))
        .filter(transition::aggregate_id.eq(Uid(id)).and(transition::number.gt(after)))
        .order(transition::number.asc()).limit(limit).select(TransitionRow::as_select()).load(c))?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let TransitionRow {
                aggregate: _,
                aggregate_id: _,
                number,
                from_state,
                verb,
                to_state,
                actor,
                organ_code,
                role,
                at,
                reason,
                rule_ids,
                rule_pack,
                evidence,
                due_date,
                due_at,
                due_calendar,
            } = row;
            let due = match (due_date, due_at, due_calendar) {
                (Some(date), Some(at), Some(calendar)) => Some(TermEnd { date: date.0, at: at.0, calendar }),
                _ => None,
            };
            StoredTransition {
                number,
                from: from_state,
                verb,
                to: to_state,
                actor,
                organ: organ_code,
                role,
                at: at.0,
                reason,
                rule_ids: rule_ids.0,
                rule_pack,
                evidence: evidence.0,
                due,
            }
        })
        .collect())
}

/// Whether an account took one of these steps of an aggregate: who prepared something does not approve it.
///
/// # Errors
/// Database errors.
pub async fn has_taken(
    c: &mut AnyConn<'_>,
    aggregate: &str,
    id: Uuid,
    actor: &str,
    verbs: &[&str],
) -> StoreResult<bool> {
    let taken: i64 = on!(c, c => transition::table
        .filter(transition::aggregate.eq(aggregate).and(transition::aggregate_id.eq(Uid(id))))
        .filter(transition::actor.eq(actor).and(transition::verb.eq_any(verbs.to_vec())))
        .count().get_result(c))?;
    Ok(taken > 0)
}
