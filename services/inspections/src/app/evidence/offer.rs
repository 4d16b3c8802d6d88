//! Mutual recognition of evidence (证据互认): offered by the organ that has it, taken or refused with a reason by the other.
//!
//! The other organ sees the evidence and its chain from the offer on, so that it can judge; a refusal ends that. The offer,
//! the decision and every reading are links of the chain of custody.

use super::super::{Grounds, Who, outside, plain};
use super::{link, own, tell};
use crate::api::evidence::{
    EvidenceOfferCreate, EvidenceOfferListQuery, EvidenceOfferPage, EvidenceOfferView, EvidenceOffers,
    OfferedOrgan,
};
use crate::api::step::{ActionNote, ActionReason};
use crate::domain::evidence::{CustodyAction, RecognitionState};
use crate::store::evidence::{self as store, OfferDecision, OfferFilter, RecognitionRow};
use service_kit::error::StoreIntent as _;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result};
use store_kit::types::Uid;
use uuid::Uuid;

/// Offers a piece of evidence of the caller's organ to others.
pub async fn evidence_offer(ctx: &Ctx, id: Uuid, body: EvidenceOfferCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let EvidenceOfferCreate { organ_codes, note } = body;
    let codes: Vec<String> = organ_codes.into_iter().map(|OfferedOrgan(code)| code).collect();
    let mut faults = Vec::new();
    plain("/note", note.as_deref(), &mut faults);
    for (at, code) in codes.iter().enumerate() {
        let pointer = format!("/organ_codes/{at}");
        if *code == who.caller.department {
            faults.push(Fault::new(pointer, "own_organ", "不能提供给本机关", "is the caller's own organ"));
        } else if codes.iter().take(at).any(|earlier| earlier == code) {
            faults.push(Fault::new(pointer, "repeated_organ", "机构重复", "the organ is named twice"));
        } else if outside::organ(&ctx.kit, code).await?.is_none() {
            faults.push(Fault::new(pointer, "unknown_department", "没有这个机构", "no such organ"));
        }
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let (row, _) = own(tx, &who, id).await?;
        if row.is_personal && note.is_none() {
            let (zh, en) = ("含个人信息的证据须说明用途", "evidence that shows persons needs a purpose");
            return Err(Error::invalid_at("/note", "note_missing", zh, en));
        }
        let now = tx.now();
        let offers: Vec<RecognitionRow> = codes
            .iter()
            .map(|code| RecognitionRow {
                id: Uid(Uuid::now_v7()),
                evidence_id: row.id,
                offered_by: row.organ_code.clone(),
                offered_to: code.clone(),
                offered_at: now.into(),
                note: note.clone(),
                state: RecognitionState::Offered.to_string(),
                decided_by: None,
                decided_at: None,
                reason: None,
                version: 1,
                created_at: now.into(),
                updated_at: now.into(),
            })
            .collect();
        store::evidence_offer(tx.conn(), &offers).await.or_conflict(
            "already_offered",
            "该证据已向其中的机构提供过",
            "It was offered to one of these organs before",
        )?;
        for offer in &offers {
            link(tx, &row, CustodyAction::Offered, Some(offer.offered_to.clone()), note.clone()).await?;
            let organs = [row.organ_code.clone(), offer.offered_to.clone()];
            let more = serde_json::json!({"offer_id": offer.id.0, "offered_to": offer.offered_to});
            tell(tx, "offered", &row, &organs, more)?;
        }
        let view = |offer| Ok(EvidenceOfferView::of(offer, &row)?);
        let items = offers.into_iter().map(view).collect::<Result<Vec<_>>>()?;
        Reply::created(&EvidenceOffers { items }, format!("/v1/evidence-offers?evidence_id={id}"))
    })
    .await
}

/// Offers that the caller's organ made or got.
pub async fn evidence_offer_list(ctx: &Ctx, query: EvidenceOfferListQuery) -> Result<Reply> {
    let EvidenceOfferListQuery { state, evidence_id, offered_to, cursor, limit } = query;
    let (limit, scope) = (limit.unwrap_or(DEFAULT_LIMIT), ctx.scope());
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let filter = OfferFilter { state, evidence_id, offered_to };
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::offer_list(c, &scope, &filter, after, limit + 1).await?))
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |(r, _)| r.id.0);
    let view = |(offer, row)| Ok(EvidenceOfferView::of(offer, &row)?);
    let items = items.into_iter().map(view).collect::<Result<Vec<_>>>()?;
    Reply::page(ctx, &EvidenceOfferPage { items, next: next.clone() }, next.as_deref())
}

/// One offer.
pub async fn evidence_offer_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let scope = ctx.scope();
    let read = async |c: &mut store_kit::AnyConn<'_>| Ok(store::offer_view(c, &scope, id).await?);
    let found = ctx.kit.store.read::<_, Error, _>(read).await?;
    let (offer, row) = found.ok_or_else(|| Error::not_found("evidence offer"))?;
    let version = offer.version;
    Ok(Reply::ok(&EvidenceOfferView::of(offer, &row)?)?.version(version))
}

/// The organ takes the evidence as its own finding.
pub async fn evidence_offer_accept(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    decide(ctx, id, RecognitionState::Accepted, body.into()).await
}

/// The organ does not take it, and says why.
pub async fn evidence_offer_refuse(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    decide(ctx, id, RecognitionState::Refused, body.into()).await
}

async fn decide(ctx: &Ctx, id: Uuid, state: RecognitionState, grounds: Grounds) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, super::super::wanted(ctx)?);
    let Grounds { reason, documents } = grounds;
    let mut faults = Vec::new();
    plain("/reason", reason.as_deref(), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let not_found = || Error::not_found("evidence offer");
        let found = store::offer_view(tx.conn(), &who.scope, id).await?;
        let (offer, _) = found.ok_or_else(not_found)?;
        super::super::expect(wanted, offer.version)?;
        if who.caller.department != offer.offered_to {
            return Err(Error::forbidden(
                "not_offered_to_you",
                "只有被提供的机关可以决定是否采用",
                "Only the organ it was offered to decides",
            ));
        }
        let evidence = store::evidence_hold(tx.conn(), &who.scope, offer.evidence_id.0).await?;
        let refused = || super::super::transition_refused(&offer.state, "decide");
        // Not seen any more: it was refused before.
        let (row, _) = evidence.ok_or_else(refused)?;
        let decision = OfferDecision {
            id,
            version: offer.version,
            state,
            decided_by: who.caller.subject.clone(),
            at: tx.now(),
            reason: reason.clone(),
        };
        if !store::offer_decide(tx.conn(), &decision).await? {
            return Err(refused());
        }
        let action = match state {
            RecognitionState::Refused => CustodyAction::Refused,
            RecognitionState::Accepted | RecognitionState::Offered => CustodyAction::Accepted,
        };
        let note = reason.map(|r| r.chars().take(500).collect());
        link(tx, &row, action, None, note).await?;
        let organs = [offer.offered_by.clone(), offer.offered_to.clone()];
        let more =
            serde_json::json!({"offer_id": id, "offered_to": offer.offered_to, "documents": documents});
        tell(tx, state.as_str(), &row, &organs, more)?;
        let found = store::offer_view(tx.conn(), &who.scope, id).await?;
        let (offer, row) = found.ok_or_else(not_found)?;
        let version = offer.version;
        Ok(Reply::ok(&EvidenceOfferView::of(offer, &row)?)?.version(version))
    })
    .await
}
