//! Cases and transfers: opened with a result or after it, closed by who opened them or who received them (立案、移送).

use super::{multiline, not_in_future, outcome_again, result_for};
use crate::api::correction::{DisposalClose, DisposalInput, DisposalListQuery, DisposalPage, DisposalView};
use crate::app::{Who, expect, other_department, outside, plain, transition_refused, wanted};
use crate::domain::correction::{DisposalKind, DisposalState, ROLES};
use crate::store::correction::{self as store, DisposalFilter, DisposalRow};
use crate::store::result::{ResultRow, result_view};
use crate::store::word;
use domain::deadline::beijing_date;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use store_kit::types::{Day, Uid};
use uuid::Uuid;

/// Checks cases and transfers; organs are asked for, so it is called before the transaction.
///
/// # Errors
/// 422 with every fault; 503.
pub(crate) async fn disposals_checked(
    ctx: &Ctx,
    given: Vec<DisposalInput>,
    base: &str,
    own: &str,
) -> Result<Vec<DisposalInput>> {
    let mut faults = Vec::new();
    for (at, input) in given.iter().enumerate() {
        let place = |member: &str| {
            if base.is_empty() { format!("/{member}") } else { format!("{base}/{at}/{member}") }
        };
        multiline(place("reason"), Some(&input.reason), &mut faults);
        plain(&place("reference"), input.reference.as_deref(), &mut faults);
        let mut fault = |code: &str, zh: &str, en: &str| {
            faults.push(Fault::new(place("to_organ"), code, zh, en));
        };
        match (input.kind, input.to_organ.as_deref()) {
            (DisposalKind::Transfer, None) => {
                fault("to_organ_missing", "移送须填写接收机关", "a transfer names the organ it goes to");
            }
            (DisposalKind::Transfer, Some(to)) if to == own => {
                fault("to_organ_own", "不能移送给本机关", "not to the organ itself");
            }
            (DisposalKind::Transfer, Some(to)) => {
                outside::known_organ(&ctx.kit, to, &place("to_organ")).await?;
            }
            (DisposalKind::Case, Some(_)) => {
                fault("to_organ_unwanted", "立案由本机关办理，不填接收机关", "a case stays with the organ");
            }
            (DisposalKind::Case, None) => {}
        }
    }
    if faults.is_empty() { Ok(given) } else { Err(Error::invalid(faults)) }
}

/// Writes opened cases and transfers of a result.
///
/// # Errors
/// Database errors.
pub(crate) async fn opened(
    tx: &mut Tx<'_, '_>,
    result: &ResultRow,
    who: &Who,
    given: Vec<DisposalInput>,
) -> Result<Vec<DisposalRow>> {
    let now = tx.now();
    let mut rows = Vec::with_capacity(given.len());
    for input in given {
        let DisposalInput { kind, to_organ, reference, reason } = input;
        let row = DisposalRow {
            id: Uid(Uuid::now_v7()),
            result_id: result.id,
            visit_id: result.visit_id,
            kind: kind.to_string(),
            organ_code: result.organ_code.clone(),
            region_code: result.region_code.clone(),
            to_organ,
            reference,
            reason,
            state: DisposalState::Open.to_string(),
            opened_on: Day(beijing_date(now)),
            closed_on: None,
            outcome: None,
            created_by: who.caller.subject.clone(),
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        };
        store::disposal_create(tx.conn(), &row).await?;
        tell_disposal(tx, "opened", &row, result.subject_id.0)?;
        rows.push(row);
    }
    Ok(rows)
}

fn tell_disposal(tx: &mut Tx<'_, '_>, what: &str, row: &DisposalRow, subject: Uuid) -> Result<()> {
    let data = serde_json::json!({
        "id": row.id.0, "result_id": row.result_id.0, "visit_id": row.visit_id.0, "subject_id": subject,
        "kind": row.kind, "organ_code": row.organ_code, "to_organ": row.to_organ, "state": row.state,
        "reference": row.reference, "opened_on": row.opened_on.0, "closed_on": row.closed_on.map(|d| d.0),
        "version": row.version,
    });
    tx.audit("disposal", row.id.0, data.clone());
    tx.event(&format!("disposal.{what}"), row.id.0, &row.organs(), &row.region_code, &data)
}

fn disposal_view_of(row: DisposalRow) -> Result<DisposalView> {
    let DisposalRow {
        id,
        result_id,
        visit_id,
        kind,
        organ_code,
        region_code: _,
        to_organ,
        reference,
        reason,
        state,
        opened_on,
        closed_on,
        outcome,
        created_by: _,
        version,
        created_at,
        updated_at,
    } = row;
    Ok(DisposalView {
        id: id.0,
        result_id: result_id.0,
        visit_id: visit_id.0,
        kind: word(&kind)?,
        organ_code,
        to_organ,
        reference,
        reason,
        state: word(&state)?,
        opened_on: opened_on.0,
        closed_on: closed_on.map(|d| d.0),
        outcome,
        version,
        created_at: created_at.0,
        updated_at: updated_at.0,
    })
}

/// Opens a case, or hands the matter to another organ.
pub async fn disposal_create(ctx: &Ctx, result_id: Uuid, body: DisposalInput) -> Result<Reply> {
    let who = Who::of(ctx)?;
    // Before the organ it goes to is asked for: who may not see the result learns nothing else.
    let seen =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(result_view(c, &who.scope, result_id).await?)).await?;
    seen.ok_or_else(|| Error::not_found("result"))?;
    let checked = disposals_checked(ctx, vec![body], "", &who.caller.department).await?;
    ctx.change(async move |tx| {
        let mut result = result_for(tx, &who, result_id).await?;
        let row = opened(tx, &result, &who, checked).await?.into_iter().next();
        let row = row.ok_or_else(|| Error::internal("a disposal that was checked was not written"))?;
        outcome_again(tx, &mut result, "open_disposal").await?;
        let location = format!("/v1/disposals/{}", row.id.0);
        Ok(Reply::created(&disposal_view_of(row)?, location)?.version(1))
    })
    .await
}

/// One disposal; also for the organ that a transfer goes to.
pub async fn disposal_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let row = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::disposal_view(c, &who.scope, id).await?))
        .await?;
    let row = row.ok_or_else(|| Error::not_found("disposal"))?;
    let version = row.version;
    Ok(Reply::ok(&disposal_view_of(row)?)?.version(version))
}

/// Lists disposals.
pub async fn disposal_list(ctx: &Ctx, query: DisposalListQuery) -> Result<Reply> {
    let DisposalListQuery { state, kind, result_id, cursor, limit } = query;
    let who = Who::of(ctx)?;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let filter = DisposalFilter { state, kind, result_id };
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            Ok(store::disposal_list(c, &who.scope, &filter, after, limit + 1).await?)
        })
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0);
    let items = items.into_iter().map(disposal_view_of).collect::<Result<Vec<_>>>()?;
    Reply::page(ctx, &DisposalPage { items, next: next.clone() }, next.as_deref())
}

/// Notes how a case or transfer ended; by the organ that opened it, or the one that it went to.
pub async fn disposal_close(ctx: &Ctx, id: Uuid, body: DisposalClose) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let DisposalClose { outcome, closed_on } = body;
    let today = beijing_date(ctx.now());
    not_in_future("/closed_on", closed_on, today)?;
    ctx.change(async move |tx| {
        let row = store::disposal_view(tx.conn(), &who.scope, id).await?;
        let mut row = row.ok_or_else(|| Error::not_found("disposal"))?;
        who.role(ROLES)?;
        if !row.organs().contains(&who.caller.department) {
            return Err(other_department());
        }
        expect(wanted, row.version)?;
        if row.state()? == DisposalState::Closed {
            return Err(transition_refused(&row.state, "close"));
        }
        row.state = DisposalState::Closed.to_string();
        row.closed_on = Some(Day(closed_on.unwrap_or(today)));
        row.outcome = Some(outcome);
        row.version += 1;
        row.updated_at = tx.now().into();
        if !store::disposal_update(tx.conn(), &row).await? {
            return Err(service_kit::extract::changed());
        }
        // Who may see a transfer need not see the result: the subject is read for the event alone.
        let all = service_kit::Scope::all();
        let subject = result_view(tx.conn(), &all, row.result_id.0).await?.map(|r| r.subject_id.0);
        tell_disposal(tx, "closed", &row, subject.unwrap_or_default())?;
        let version = row.version;
        Ok(Reply::ok(&disposal_view_of(row)?)?.version(version))
    })
    .await
}

/// Number of cases and transfers among disposals.
pub(crate) fn counted(disposals: &[DisposalRow]) -> (usize, usize) {
    let of = |kind: DisposalKind| disposals.iter().filter(|d| d.kind == kind.as_str()).count();
    (of(DisposalKind::Case), of(DisposalKind::Transfer))
}
