//! Use cases: replacements of drawn subjects (递补): one person asks with a note, another one decides; who follows is the next
//! score and nobody's choice (DRW-04).
//!
//! The one ground that a registry can answer is not left to a person: a subject that is live there is not `deregistered`, and
//! one that is gone needs no second person. Refuses to take a drawn subject out by one hand, since seed and order are public
//! by then and whoever may drop the first chooses the second.

use super::step::{Left, allowed, leads, save};
use super::{answer, find, hold};
use crate::api::draw::{DrawReplace, DrawReplaceRequest};
use crate::app::{Grounds, Who, expect, outside, wanted};
use crate::domain::draw::{
    APPROVING_ROLES, AskedReplacement, DRAWING_ROLES, DrawPick, DrawVerb, ExclusionCode, PickState,
};
use crate::store::draw as store;
use crate::store::draw_frame::person_of;
use ::draw::person;
use clients::SubjectsClient;
use domain::vocabulary::SubjectStatus;
use serde_json::json;
use service_kit::{Ctx, Error, Reply, Result, Tx};
use uuid::Uuid;

/// Most replacements of a draw that wait for the second person.
const MAX_ASKED: usize = 1_000;

/// Asks that the place of a drawn subject be given to the next score.
///
/// # Errors
/// 403; 404; 409 `transition_refused`, `replacement_requested_already`, `too_many_requests_open`; 412; 422 `not_drawn`,
/// `subject_is_live`; 503.
pub async fn draw_replace_request(ctx: &Ctx, id: Uuid, body: DrawReplaceRequest) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let role = who.role(DRAWING_ROLES)?;
    let DrawReplaceRequest { subject, code, note } = body;
    is_gone(ctx, &who, id, &subject, code).await?;
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        expect(wanted, draw.version)?;
        leads(&who, &draw)?;
        allowed(&draw, DrawVerb::RequestReplacement)?;
        let out = drawn(tx, id, &subject).await?;
        if draw.settings.replacing.contains_key(&subject) {
            let (zh, en) =
                ("已申请递补，待另一人批准", "It was asked for already; another person is to approve it");
            return Err(Error::conflict("replacement_requested_already", zh, en));
        }
        if draw.settings.replacing.len() >= MAX_ASKED {
            let (zh, en) =
                ("待批准的递补过多，请先处理", "Too many replacements wait for approval; decide those first");
            return Err(Error::conflict("too_many_requests_open", zh, en));
        }
        let asked = AskedReplacement { code, note: note.clone(), by: who.caller.subject.clone() };
        draw.settings.replacing.insert(subject, asked);
        let more = json!({"stratum": out.stratum, "rank": out.rank, "code": code});
        let grounds = Grounds { reason: Some(note), documents: Vec::new() };
        save(tx, &mut draw, DrawVerb::RequestReplacement, Left { role, grounds, more }).await?;
        answer(tx, draw).await
    })
    .await
}

/// Gives the place of a drawn subject to the next score: approves what another person asked for, or follows the registry.
///
/// # Errors
/// 403 `same_person`, `role_missing`; 404; 409 `transition_refused`, `replacement_not_requested`, `reserve_used_up`; 412; 422
/// `not_drawn`, `subject_is_live`; 503.
pub async fn draw_replace(ctx: &Ctx, id: Uuid, body: DrawReplace) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let role = who.role(DRAWING_ROLES)?;
    let DrawReplace { subject, code, note } = body;
    let is_gone = is_gone(ctx, &who, id, &subject, code).await?;
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        expect(wanted, draw.version)?;
        leads(&who, &draw)?;
        allowed(&draw, DrawVerb::Replace)?;
        let mut out = drawn(tx, id, &subject).await?;
        let asked = draw.settings.replacing.remove(&subject).filter(|a| a.code == code);
        let (role, asked) = match asked {
            asked if is_gone => (role, asked),
            None => {
                let (zh, en) = (
                    "递补须先由一人申请并说明理由，再由另一人批准",
                    "A replacement is asked for by one person, with a note, and approved by another",
                );
                return Err(Error::conflict("replacement_not_requested", zh, en));
            }
            Some(asked) if asked.by == who.caller.subject => {
                let (zh, en) = ("申请人不能批准自己的申请", "Who asked for it may not approve it");
                return Err(Error::forbidden("same_person", zh, en));
            }
            Some(asked) => (who.role(APPROVING_ROLES)?, Some(asked)),
        };
        let picks = store::picks_of(tx.conn(), id, Some(&out.stratum), None, None).await?;
        let next = picks.into_iter().find(|p| p.state == PickState::Reserve);
        let mut next = next.ok_or_else(|| {
            Error::conflict(
                "reserve_used_up",
                "候补对象已用尽",
                "Nobody is left in the reserve of the stratum",
            )
        })?;
        next.state = PickState::Substitute;
        out.state = PickState::Replaced;
        out.replaced_by = Some(next.rank);
        out.reason = Some(code);
        store::pick_update(tx.conn(), id, &out).await?;
        store::pick_update(tx.conn(), id, &next).await?;
        let more = json!({"stratum": out.stratum, "rank": out.rank, "replaced_by": next.rank, "code": code,
            "by_registry": is_gone, "requested_by": asked.as_ref().map(|a| a.by.as_str())});
        let grounds = Grounds { reason: note.or(asked.map(|a| a.note)), documents: Vec::new() };
        save(tx, &mut draw, DrawVerb::Replace, Left { role, grounds, more }).await?;
        answer(tx, draw).await
    })
    .await
}

/// The drawn subject that is to lose its place.
async fn drawn(tx: &mut Tx<'_, '_>, id: Uuid, subject: &str) -> Result<DrawPick> {
    let out = store::pick_of(tx.conn(), id, subject).await?.filter(|p| p.state.is_visited());
    let (zh, en) = ("该对象不在抽取结果中", "the subject is not among the drawn");
    out.ok_or_else(|| Error::invalid_at("/subject", "not_drawn", zh, en))
}

/// Whether the registry says that a subject replaced as `deregistered` is gone; any other ground is for persons to judge.
///
/// # Errors
/// 404; 422 `subject_is_live`; 503.
async fn is_gone(ctx: &Ctx, who: &Who, id: Uuid, subject: &str, code: ExclusionCode) -> Result<bool> {
    let is_person = subject.starts_with(person::PREFIX);
    let behind = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let draw = find(c, who, id).await?;
            leads(who, &draw)?;
            Ok(if is_person { person_of(c, id, subject).await?.and_then(|p| p.subject_id) } else { None })
        })
        .await?;
    if code != ExclusionCode::Deregistered {
        return Ok(false);
    }
    let status = match (is_person, behind) {
        (true, Some(registered)) => outside::subject(&ctx.kit, registered).await?.map(|s| s.status),
        // Who is behind the entry the registry was never asked: a second person decides.
        (true, None) => None,
        (false, _) => {
            let client = SubjectsClient::new(outside::connection(&ctx.kit, "subjects").await?);
            let query = [("identifier".to_string(), subject.to_string())];
            let page = client.subject_page(&query, None).await;
            let page = page.map_err(|e| outside::unavailable("subjects", &e))?;
            let is_it = |i: &clients::subjects::SubjectIdentifier| i.value == subject;
            page.items.into_iter().find(|s| s.identifier.as_ref().is_some_and(is_it)).map(|s| s.status)
        }
    };
    match status.and_then(|s| s.parse::<SubjectStatus>().ok()) {
        Some(status) if status.is_live() => {
            let (zh, en) = ("该对象在名录库中处于存续状态", "the registry says that the subject is in being");
            Err(Error::invalid_at("/code", "subject_is_live", zh, en))
        }
        // A candidate is not confirmed, so it says nothing yet.
        Some(status) => Ok(status != SubjectStatus::Candidate),
        None => Ok(false),
    }
}
