//! Use cases: recusals (回避). A declaration holds at once; a request is decided by the head of the inspector's organ, who is
//! neither the inspector's request-taker nor outside of that organ (行政处罚法第四十三条, ENF-10, ENF-11).
//!
//! Refuses to let a recusal go without that decision: a declaration is never withdrawn, a request only by who entered it, with
//! the party's own words as a document, and never by the inspector it is about.

use super::inspector::KEEPERS;
use super::{
    Grounds, Step, Who, expect, history, other_department, outside, plain, step_add, transition_refused,
    wanted,
};
use crate::api::recusal::{RecusalCreate, RecusalDecide, RecusalListQuery, RecusalPage, RecusalView};
use crate::api::step::{ActionNote, PartQuery};
use crate::domain::recusal::{RecusalKind, RecusalState, Recused, default_end, holds};
use crate::store::recusal::{self as store, RecusalRow};
use crate::store::visit::visit_view;
use crate::store::{account, inspector, word};
use domain::vocabulary::Role;
use jiff::civil::Date;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Scope, Tx};
use std::sync::Arc;
use store_kit::crypto::CryptoProvider;
use store_kit::types::{Day, Uid};
use uuid::Uuid;

const AGGREGATE: &str = "recusal";

fn view(crypto: &Arc<dyn CryptoProvider>, row: RecusalRow, who: &Who, today: Date) -> Result<RecusalView> {
    let RecusalRow {
        id,
        kind,
        inspector_id,
        organ_code,
        region_code: _,
        subject_id,
        subject_identifier,
        subject_name,
        visit_id,
        ground,
        explanation_sealed,
        state,
        raised_by: _,
        raised_at,
        due_date: _,
        due_at: _,
        due_calendar: _,
        decided_by: _,
        decided_at,
        decision_reason,
        valid_from,
        valid_to,
        transitions: _,
        version,
        created_at: _,
        updated_at: _,
    } = row;
    let state: RecusalState = word(&state)?;
    let recused = Recused {
        inspector_id: inspector_id.0,
        subject_id: subject_id.map(|s| s.0),
        subject_identifier: subject_identifier.clone(),
        state,
        valid_from: valid_from.0,
        valid_to: valid_to.map(|d| d.0),
    };
    let is_in_force = match subject_id {
        Some(subject) => holds(&recused, subject.0, subject_identifier.as_deref().unwrap_or_default(), today),
        None => holds(&recused, Uuid::nil(), "", today),
    };
    // What the inspector tells of himself stays with his organ.
    let explanation = match explanation_sealed {
        Some(sealed) if who.caller.department == organ_code => {
            Some(crypto.open(&format!("recusal/explanation/{}", id.0), &sealed)?)
        }
        _ => None,
    };
    Ok(RecusalView {
        id: id.0,
        kind: word(&kind)?,
        state,
        is_in_force,
        inspector_id: inspector_id.0,
        organ_code,
        subject_id: subject_id.map(|s| s.0),
        subject_name,
        visit_id: visit_id.map(|v| v.0),
        ground: word(&ground)?,
        explanation,
        valid_from: valid_from.0,
        valid_to: valid_to.map(|d| d.0),
        raised_at: raised_at.0,
        decided_at: decided_at.map(|s| s.0),
        decision_reason,
        version,
    })
}

/// Lists recusals.
pub async fn recusal_list(ctx: &Ctx, query: RecusalListQuery) -> Result<Reply> {
    let RecusalListQuery { inspector_id, subject_id, state, cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let (who, today) = (Who::of(ctx)?, ctx.kit.clock.today());
    let filter = (inspector_id, subject_id, state.map(RecusalState::as_str));
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(
            async |c| Ok(store::recusal_list(c, &who.scope, filter, after, limit + 1).await?),
        )
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0);
    let items =
        items.into_iter().map(|r| view(&ctx.kit.crypto, r, &who, today)).collect::<Result<Vec<_>>>()?;
    Ok(Reply::page(ctx, &RecusalPage { items, next: next.clone() }, next.as_deref())?
        .header("cache-control", "no-store"))
}

async fn find(ctx: &Ctx, id: Uuid) -> Result<RecusalRow> {
    let scope = ctx.scope();
    let row =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::recusal_view(c, &scope, id).await?)).await?;
    row.ok_or_else(|| Error::not_found("recusal"))
}

/// One recusal.
pub async fn recusal_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let row = find(ctx, id).await?;
    let version = row.version;
    let view = view(&ctx.kit.crypto, row, &Who::of(ctx)?, ctx.kit.clock.today())?;
    Ok(Reply::ok(&view)?.version(version).header("cache-control", "no-store"))
}

/// The history of a recusal.
pub async fn recusal_history(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    find(ctx, id).await?;
    history(ctx, AGGREGATE, id, query).await
}

/// Enters a declaration or a request.
pub async fn recusal_create(ctx: &Ctx, body: RecusalCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let RecusalCreate { kind, inspector_id, subject_id, visit_id, ground, explanation, valid_from, valid_to } =
        body;
    let today = ctx.kit.clock.today();
    let valid_from = valid_from.unwrap_or(today);
    let valid_to = valid_to.or_else(|| default_end(ground, valid_from));
    let mut faults = Vec::new();
    plain("/explanation", explanation.as_deref(), &mut faults);
    if kind == RecusalKind::Request && subject_id.is_none() {
        let (zh, en) = ("当事人申请须写明监管对象", "a request names the subject");
        faults.push(Fault::new("/subject_id", "missing_member", zh, en));
    }
    if valid_to.is_some_and(|to| to < valid_from) {
        let (zh, en) = ("止日早于起日", "the last day is before the first");
        faults.push(Fault::new("/valid_to", "interval_reversed", zh, en));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    // A recusal for a visit is one from its subject, and from nothing else.
    let subject_id = match visit_id {
        Some(visit_id) => Some(subject_of_visit(ctx, &who, visit_id, subject_id).await?),
        None => subject_id,
    };
    let subject = match subject_id {
        Some(id) => Some(outside::known_subject(&ctx.kit, id, "/subject_id").await?),
        None => None,
    };
    let crypto = Arc::clone(&ctx.kit.crypto);
    ctx.change(async move |tx| {
        let person = inspector::inspector_view(tx.conn(), &who.scope, inspector_id).await?;
        let person = person.ok_or_else(|| {
            Error::invalid_at("/inspector_id", "unknown_inspector", "没有这名检查人员", "no such inspector")
        })?;
        who.writes_for(&person.organ_code)?;
        if kind == RecusalKind::Declaration {
            declares_for_himself(tx, &who, (inspector_id, &person.organ_code)).await?;
        }
        let (id, now) = (Uuid::now_v7(), tx.now());
        let explanation_sealed = match &explanation {
            Some(text) => Some(crypto.seal(&format!("recusal/explanation/{id}"), text)?),
            None => None,
        };
        let row = RecusalRow {
            id: Uid(id),
            kind: kind.to_string(),
            inspector_id: person.id,
            organ_code: person.organ_code,
            region_code: person.region_code,
            subject_id: subject.as_ref().map(|s| Uid(s.id)),
            subject_identifier: subject.as_ref().map(outside::Subject::key),
            subject_name: subject.map(|s| s.name),
            visit_id: visit_id.map(Uid),
            ground: ground.to_string(),
            explanation_sealed,
            state: kind.first_state().to_string(),
            raised_by: tx.actor().subject.clone(),
            raised_at: now.into(),
            due_date: None,
            due_at: None,
            due_calendar: None,
            decided_by: None,
            decided_at: None,
            decision_reason: None,
            valid_from: Day(valid_from),
            valid_to: valid_to.map(Day),
            transitions: 1,
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        };
        store::recusal_create(tx.conn(), &row).await?;
        let verb = if kind == RecusalKind::Declaration { "declare" } else { "request" };
        step(tx, &row, "", verb, None, Grounds::default()).await?;
        tell(tx, row.state.clone().as_str(), &row)?;
        let location = format!("/v1/recusals/{id}");
        Ok(Reply::created(&view(&crypto, row, &who, today)?, location)?
            .version(1)
            .header("cache-control", "no-store"))
    })
    .await
}

/// The subject of a visit that a recusal is about; what is named beside it must be the same.
async fn subject_of_visit(ctx: &Ctx, who: &Who, visit: Uuid, named: Option<Uuid>) -> Result<Uuid> {
    let found =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(visit_view(c, &who.scope, visit).await?)).await?;
    let subject = found
        .map(|v| v.subject_id.0)
        .ok_or_else(|| Error::invalid_at("/visit_id", "unknown_visit", "没有这次检查", "no such visit"))?;
    if named.is_some_and(|n| n != subject) {
        let (zh, en) = ("监管对象与该次检查的对象不一致", "the subject is not that of the visit");
        return Err(Error::invalid_at("/subject_id", "other_subject", zh, en));
    }
    Ok(subject)
}

/// A declaration is the inspector's own; whoever keeps the registry enters it for him.
///
/// An account in the role of an inspector declares for the inspector it is tied to; one that is tied to nobody, only for one
/// who has no account either.
async fn declares_for_himself(
    tx: &mut Tx<'_, '_>,
    who: &Who,
    (inspector, organ): (Uuid, &str),
) -> Result<()> {
    if who.caller.first_of(&KEEPERS).is_some() {
        return Ok(());
    }
    let tied = account::account_of(tx.conn(), &Scope::all(), inspector).await?;
    let is_his = match tied {
        Some(tied) => tied.account == who.caller.subject,
        None => account::inspector_of_account(tx.conn(), organ, &who.caller.subject).await?.is_none(),
    };
    if is_his {
        return Ok(());
    }
    Err(Error::forbidden(
        "not_your_declaration",
        "只能申报本人的回避；代他人登记由名录管理人员办理",
        "Inspectors declare for themselves; who keeps the registry enters it for others",
    ))
}

/// Whether the caller's account is tied to the inspector whom a recusal is about.
async fn is_about_caller(tx: &mut Tx<'_, '_>, who: &Who, row: &RecusalRow) -> Result<bool> {
    let tied = account::account_of(tx.conn(), &Scope::all(), row.inspector_id.0).await?;
    Ok(tied.is_some_and(|tied| tied.account == who.caller.subject))
}

async fn step(
    tx: &mut Tx<'_, '_>,
    row: &RecusalRow,
    from: &str,
    verb: &str,
    role: Option<Role>,
    grounds: Grounds,
) -> Result<()> {
    let step = Step {
        aggregate: AGGREGATE,
        id: row.id.0,
        number: row.transitions,
        from,
        verb,
        to: &row.state,
        role,
        grounds,
        more: serde_json::Value::Null,
        rule_ids: vec!["ENF-10".to_string(), "ENF-11".to_string()],
        rule_pack: None,
        due: None,
    };
    step_add(tx, step).await
}

async fn hold(tx: &mut Tx<'_, '_>, who: &Who, id: Uuid, wanted: Option<i64>) -> Result<RecusalRow> {
    let row = store::recusal_view(tx.conn(), &who.scope, id).await?;
    let row = row.ok_or_else(|| Error::not_found("recusal"))?;
    expect(wanted, row.version)?;
    Ok(row)
}

async fn write(tx: &mut Tx<'_, '_>, row: &mut RecusalRow) -> Result<()> {
    row.version += 1;
    row.transitions += 1;
    row.updated_at = tx.now().into();
    if store::recusal_update(tx.conn(), row).await? { Ok(()) } else { Err(service_kit::extract::changed()) }
}

/// The head of the inspector's organ decides.
pub async fn recusal_decide(ctx: &Ctx, id: Uuid, body: RecusalDecide) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let role = who.role(&[Role::LeadHead])?;
    let RecusalDecide { granted, reason } = body;
    let mut faults = Vec::new();
    plain("/reason", Some(&reason), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let (crypto, today) = (Arc::clone(&ctx.kit.crypto), ctx.kit.clock.today());
    ctx.change(async move |tx| {
        let mut row = hold(tx, &who, id, wanted).await?;
        if row.organ_code != who.caller.department {
            return Err(Error::forbidden(
                "other_department",
                "回避由检查人员所在机关负责人决定",
                "The head of the inspector's own organ decides",
            ));
        }
        if is_about_caller(tx, &who, &row).await? {
            return Err(Error::forbidden(
                "separation_of_duties",
                "被申请回避的人员不得自行决定",
                "Whom it is about may not decide it",
            ));
        }
        if row.raised_by == who.caller.subject {
            return Err(Error::forbidden(
                "separation_of_duties",
                "提出人不得自行决定",
                "Who raised it may not decide it",
            ));
        }
        let before: RecusalState = word(&row.state)?;
        if !before.is_open() {
            return Err(transition_refused(before, "decide"));
        }
        let to = if granted { RecusalState::Granted } else { RecusalState::Refused };
        row.state = to.to_string();
        row.decided_by = Some(who.caller.subject.clone());
        row.decided_at = Some(tx.now().into());
        row.decision_reason = Some(reason.clone());
        write(tx, &mut row).await?;
        let grounds = Grounds { reason: Some(reason), documents: Vec::new() };
        step(tx, &row, before.as_str(), "decide", Some(role), grounds).await?;
        tell(tx, to.as_str(), &row)?;
        let version = row.version;
        Ok(Reply::ok(&view(&crypto, row, &who, today)?)?.version(version).header("cache-control", "no-store"))
    })
    .await
}

/// Takes a party's request back that is not decided: who entered it, with the party's own words as a document.
///
/// A declaration holds from the day it is made and is ended by the head's decision alone (ENF-10); the inspector a request is
/// about cannot make it go away (行政处罚法第四十三条第三款).
pub async fn recusal_withdraw(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let (crypto, today) = (Arc::clone(&ctx.kit.crypto), ctx.kit.clock.today());
    let grounds = Grounds::from(body);
    ctx.change(async move |tx| {
        let mut row = hold(tx, &who, id, wanted).await?;
        if row.organ_code != who.caller.department {
            return Err(other_department());
        }
        if row.raised_by != who.caller.subject || is_about_caller(tx, &who, &row).await? {
            return Err(Error::forbidden(
                "not_who_raised_it",
                "回避只能由登记人撤回，被申请回避的人员不得撤回",
                "Only who entered it takes it back, and never whom it is about",
            ));
        }
        let before: RecusalState = word(&row.state)?;
        if before == RecusalState::Declared {
            return Err(Error::conflict(
                "declaration_holds",
                "已申报的回避由机关负责人决定是否解除，不能撤回",
                "A declaration holds until the head of the organ decides; it is not withdrawn",
            ));
        }
        if before != RecusalState::Requested {
            return Err(transition_refused(before, "withdraw"));
        }
        if grounds.documents.is_empty() {
            return Err(Error::invalid_at(
                "/documents",
                "document_missing",
                "须附当事人撤回申请的材料",
                "the party's own withdrawal is needed as a document",
            ));
        }
        row.state = RecusalState::Withdrawn.to_string();
        write(tx, &mut row).await?;
        step(tx, &row, before.as_str(), "withdraw", None, grounds).await?;
        tell(tx, "withdrawn", &row)?;
        let version = row.version;
        Ok(Reply::ok(&view(&crypto, row, &who, today)?)?.version(version).header("cache-control", "no-store"))
    })
    .await
}

/// Audit entry and event: ids and words, no explanation.
fn tell(tx: &mut Tx<'_, '_>, what: &str, row: &RecusalRow) -> Result<()> {
    let data = serde_json::json!({"id": row.id.0, "inspector_id": row.inspector_id.0, "organ_code": row.organ_code,
        "subject_id": row.subject_id.map(|s| s.0), "visit_id": row.visit_id.map(|v| v.0), "ground": row.ground,
        "state": row.state, "version": row.version});
    tx.audit("recusal", row.id.0, data.clone());
    tx.event(
        &format!("recusal.{what}"),
        row.id.0,
        std::slice::from_ref(&row.organ_code),
        &row.region_code,
        &data,
    )
}
