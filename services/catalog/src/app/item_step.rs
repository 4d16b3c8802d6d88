//! Use cases of an item's steps: from the submission to the publication, and what may happen in between.
//!
//! The rules are [`crate::domain::item`]; here the item is held, the clock of the next state is computed by the calendar
//! in force (422 `calendar_missing` rather than a guess), and row, history, audit entry and event are written together.

use super::item::{answer, find, hold, tell};
use super::{Who, content_error, deadline_error, step_error};
use crate::api::item_step::{
    Evidence, ItemDecide, ItemPartQuery, ItemPublish, ItemSuspend, StepNote, StepReason, TransitionPage,
    TransitionView,
};
use crate::domain::content::missing;
use crate::domain::item::{
    CoopState, Decision, DisputeOutcome, StepRefusal, confirm, decide, refuse, settle, state_refusal,
};
use crate::domain::record::{Answer, Item, ItemDue, Sight, Signature, Transition};
use crate::store::{calendar, item as store, item_history, item_version};
use domain::deadline::{Term, TermUnit, due, due_from_date};
use domain::vocabulary::{ItemState, ItemVerb};
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Page, Reply, Result, Tx};
use uuid::Uuid;

/// Why a step is taken and what it rests on.
#[derive(Clone, Debug, Default)]
struct Grounds {
    reason: Option<String>,
    evidence: Vec<String>,
}

impl From<StepNote> for Grounds {
    fn from(StepNote { reason, evidence }: StepNote) -> Self {
        Self { reason, evidence: evidence.into_iter().map(|Evidence(e)| e).collect() }
    }
}

impl From<StepReason> for Grounds {
    fn from(StepReason { reason, evidence }: StepReason) -> Self {
        Self { reason: Some(reason), evidence: evidence.into_iter().map(|Evidence(e)| e).collect() }
    }
}

/// What a step needs of the request.
#[derive(Clone)]
struct Asked {
    who: Who,
    lang: service_kit::lang::Lang,
    /// The version the caller has read, if it says so.
    wanted: Option<i64>,
    id: Uuid,
}

impl Asked {
    fn of(ctx: &Ctx, id: Uuid) -> Result<Self> {
        let wanted = match ctx.if_match() {
            Ok(version) => Some(version),
            Err(e) if e.kind == service_kit::Kind::PreconditionRequired => None,
            Err(e) => return Err(e),
        };
        Ok(Self { who: Who::of(ctx)?, lang: ctx.lang(), wanted, id })
    }

    async fn hold(&self, tx: &mut Tx<'_, '_>) -> Result<Item> {
        let item = hold(tx, &self.who, self.id).await?;
        match self.wanted {
            Some(wanted) if wanted != item.version => Err(service_kit::extract::changed()),
            _ => Ok(item),
        }
    }
}

/// A step and all that goes with it, to be written.
struct Taken<'s> {
    decision: Decision,
    verb: &'s str,
    what: &'s str,
    grounds: Grounds,
    more: serde_json::Value,
    /// A clock that does not begin now.
    due: Option<ItemDue>,
}

impl<'s> Taken<'s> {
    fn new(decision: Decision, verb: &'s str, what: &'s str, grounds: Grounds) -> Self {
        Self { decision, verb, what, grounds, more: serde_json::json!({}), due: None }
    }

    fn with(self, more: serde_json::Value) -> Self {
        Self { more, ..self }
    }
}

/// Writes item, history, audit entry and event.
async fn write(tx: &mut Tx<'_, '_>, asked: &Asked, item: &mut Item, taken: Taken<'_>) -> Result<Reply> {
    let Taken { decision, verb, what, grounds, more, due } = taken;
    let now = tx.now();
    let from = item.state;
    let clock = match decision.term {
        Some(term) => Some(clock(tx, &term, "").await?),
        None => due,
    };
    if decision.to != from {
        item.state = decision.to;
        item.entered_at = now;
        item.due = clock;
    }
    item.transitions += 1;
    item.version += 1;
    item.updated_at = now;
    if !store::item_update(tx.conn(), item).await? {
        return Err(service_kit::extract::changed());
    }
    let mut evidence = serde_json::json!({});
    if let Some(map) = evidence.as_object_mut() {
        if !grounds.evidence.is_empty() {
            map.insert("documents".into(), serde_json::json!(grounds.evidence));
        }
        if let serde_json::Value::Object(more) = &more {
            map.extend(more.clone());
        }
    }
    let step = Transition {
        number: item.transitions,
        from,
        verb: verb.to_string(),
        to: item.state,
        actor: asked.who.caller.subject.clone(),
        organ: asked.who.caller.department.clone(),
        role: decision.role.to_string(),
        at: now,
        reason: grounds.reason,
        evidence,
        due: item.due.clone().filter(|_| item.state != from),
    };
    item_history::transition_add(tx.conn(), vec![(item.id, step)]).await?;
    let mut told = serde_json::json!({"from": from, "verb": verb, "role": decision.role, "due_date": item.due.as_ref().map(|d| d.date)});
    if let (Some(told), serde_json::Value::Object(more)) = (told.as_object_mut(), more) {
        told.extend(more);
    }
    tell(tx, what, item, told)?;
    answer(tx, item, asked.lang).await
}

/// The end of a term that begins now, by the calendar in force.
async fn clock(tx: &mut Tx<'_, '_>, term: &Term, pointer: &str) -> Result<ItemDue> {
    let now = tx.now();
    let calendar = calendar::calendar_current(tx.conn()).await?.calendar;
    let due = due(now, term, &calendar, &[]).map_err(|e| deadline_error(&e, pointer))?;
    Ok(ItemDue { date: due.date, at: due.at, calendar: due.calendar_version })
}

/// Hands a draft or a change in to the cooperating departments.
pub async fn item_submit(ctx: &Ctx, id: Uuid, body: StepNote) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut item = asked.hold(tx).await?;
        let decision =
            decide(&item.standing(), &asked.who.caller, ItemVerb::Submit).map_err(|e| step_error(&e))?;
        let absent = missing(&item.content);
        if !absent.is_empty() {
            return Err(content_error(absent));
        }
        item.submitted_by = Some(asked.who.caller.subject.clone());
        item.is_example = false;
        item.ask_again();
        let grounds = Grounds::from(body);
        let taken = Taken::new(decision, "submit", "submitted", grounds);
        write(tx, &asked, &mut item, taken).await
    })
    .await
}

/// Notes the answer of the caller's department.
fn note_answer(item: &mut Item, asked: &Asked, state: CoopState, note: Option<String>, now: jiff::Timestamp) {
    let caller = &asked.who.caller;
    for answer in item.cooperation.iter_mut().filter(|a| a.department == caller.department) {
        *answer = Answer {
            department: answer.department.clone(),
            state,
            actor: Some(caller.subject.clone()),
            note: note.clone(),
            at: Some(now),
        };
    }
}

/// A cooperating department agrees; with the last of them the legal review begins.
pub async fn item_confirm(ctx: &Ctx, id: Uuid, body: StepNote) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut item = asked.hold(tx).await?;
        let decision = confirm(&item.standing(), &asked.who.caller).map_err(|e| step_error(&e))?;
        let grounds = Grounds::from(body);
        note_answer(&mut item, &asked, CoopState::Confirmed, grounds.reason.clone(), tx.now());
        let more = serde_json::json!({"department": asked.who.caller.department});
        let taken = Taken::new(decision, "confirm", "confirmed", grounds).with(more);
        write(tx, &asked, &mut item, taken).await
    })
    .await
}

/// A cooperating department refuses; staffing and legal have to settle it.
pub async fn item_refuse(ctx: &Ctx, id: Uuid, body: StepReason) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut item = asked.hold(tx).await?;
        let decision = refuse(&item.standing(), &asked.who.caller).map_err(|e| step_error(&e))?;
        let grounds = Grounds::from(body);
        note_answer(&mut item, &asked, CoopState::Refused, grounds.reason.clone(), tx.now());
        let more = serde_json::json!({"department": asked.who.caller.department});
        let taken = Taken::new(decision, "dispute", "disputed", grounds).with(more);
        write(tx, &asked, &mut item, taken).await
    })
    .await
}

/// Staffing or legal signs the settlement of a dispute.
pub async fn item_decide(ctx: &Ctx, id: Uuid, body: ItemDecide) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut item = asked.hold(tx).await?;
        let ItemDecide { outcome, reason, evidence } = body;
        let all = item_history::signature_list(tx.conn(), vec![id]).await?;
        let signed: Vec<_> = all.iter().map(|(_, s)| (s.role, s.actor.as_str(), s.outcome)).collect();
        if item.state != ItemState::Disputed && outcome == DisputeOutcome::Return {
            // `return` is a step of other states too; there it has its own operations.
            return Err(step_error(&StepRefusal::State(state_refusal(item.state, ItemVerb::Decide))));
        }
        let caller = asked.who.caller.clone();
        let decision = settle(&item.standing(), &caller, outcome, &signed).map_err(|e| step_error(&e))?;
        let signature = Signature {
            role: decision.role,
            outcome,
            actor: caller.subject,
            organ: caller.department,
            reason: reason.clone(),
            at: tx.now(),
        };
        let is_settled = decision.to != ItemState::Disputed;
        if is_settled {
            item_history::signature_clear(tx.conn(), id).await?;
            settled(&mut item, decision.to);
        } else {
            item_history::signature_put(tx.conn(), id, &signature).await?;
        }
        let evidence = evidence.into_iter().map(|Evidence(e)| e).collect();
        let grounds = Grounds { reason: Some(reason), evidence };
        let more = serde_json::json!({"outcome": outcome, "signed": decision.role});
        let (verb, what) = match decision.verb {
            _ if !is_settled => ("sign", "decision_signed"),
            ItemVerb::Return => ("return", "returned"),
            _ => ("decide", "decided"),
        };
        write(tx, &asked, &mut item, Taken::new(decision, verb, what, grounds).with(more)).await
    })
    .await
}

/// What a settlement does to the answers and to what is public.
fn settled(item: &mut Item, to: ItemState) {
    match to {
        ItemState::LegalReview | ItemState::CoopConfirming => {
            for answer in item.cooperation.iter_mut().filter(|a| a.state == CoopState::Refused) {
                answer.state = CoopState::Bound;
            }
        }
        ItemState::Withdrawn => item.public_state = item.public_state.map(|_| ItemState::Withdrawn),
        _ => item.ask_again(),
    }
}

/// A step that only moves the item; `from` when its verb means different things in different states.
async fn plain(
    ctx: &Ctx,
    id: Uuid,
    (verb, what): (ItemVerb, &'static str),
    from: Option<ItemState>,
    grounds: Grounds,
) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut item = asked.hold(tx).await?;
        if from.is_some_and(|f| f != item.state) {
            return Err(step_error(&StepRefusal::State(state_refusal(item.state, verb))));
        }
        let decision = decide(&item.standing(), &asked.who.caller, verb).map_err(|e| step_error(&e))?;
        let today = domain::deadline::beijing_date(tx.now());
        match verb {
            ItemVerb::Abandon => {
                // Back to what is in force.
                if let Some(number) = item.published_version
                    && let Some(v) = item_version::version_view(tx.conn(), id, number).await?
                {
                    item.content = v.content;
                }
                item.ask_again();
            }
            ItemVerb::Return | ItemVerb::ProposeChange => item.ask_again(),
            ItemVerb::Resume => super::item_version::resume(tx, &mut item, today).await?,
            ItemVerb::Withdraw => {
                super::item_version::end(tx, &item, today).await?;
                item.public_state = item.public_state.map(|_| ItemState::Withdrawn);
            }
            _ => {}
        }
        let taken = Taken::new(decision, verb.as_str(), what, grounds);
        write(tx, &asked, &mut item, taken).await
    })
    .await
}

/// Passes the legal review.
pub async fn item_legal_pass(ctx: &Ctx, id: Uuid, body: StepNote) -> Result<Reply> {
    plain(ctx, id, (ItemVerb::Pass, "legal_passed"), None, body.into()).await
}

/// Sends an item back from the legal review.
pub async fn item_legal_return(ctx: &Ctx, id: Uuid, body: StepReason) -> Result<Reply> {
    plain(ctx, id, (ItemVerb::Return, "returned"), Some(ItemState::LegalReview), body.into()).await
}

/// Sends an item back from the organiser's review.
pub async fn item_organiser_return(ctx: &Ctx, id: Uuid, body: StepReason) -> Result<Reply> {
    plain(ctx, id, (ItemVerb::Return, "returned"), Some(ItemState::OrganiserReview), body.into()).await
}

/// Accepts an item for the organiser.
pub async fn item_accept(ctx: &Ctx, id: Uuid, body: StepNote) -> Result<Reply> {
    plain(ctx, id, (ItemVerb::Accept, "accepted"), None, body.into()).await
}

/// Opens a change of a public item; the published version stays valid.
pub async fn item_propose_change(ctx: &Ctx, id: Uuid, body: StepReason) -> Result<Reply> {
    plain(ctx, id, (ItemVerb::ProposeChange, "change_proposed"), None, body.into()).await
}

/// Drops an open change.
pub async fn item_abandon_change(ctx: &Ctx, id: Uuid, body: StepNote) -> Result<Reply> {
    plain(ctx, id, (ItemVerb::Abandon, "change_abandoned"), None, body.into()).await
}

/// Takes a suspended item up again: a new version with the same content.
pub async fn item_resume(ctx: &Ctx, id: Uuid, body: StepReason) -> Result<Reply> {
    plain(ctx, id, (ItemVerb::Resume, "resumed"), None, body.into()).await
}

/// Takes an item off for good.
pub async fn item_withdraw(ctx: &Ctx, id: Uuid, body: StepReason) -> Result<Reply> {
    plain(ctx, id, (ItemVerb::Withdraw, "withdrawn"), None, body.into()).await
}

/// Publishes an approved item as its next version.
pub async fn item_publish(ctx: &Ctx, id: Uuid, body: ItemPublish) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut item = asked.hold(tx).await?;
        let decision =
            decide(&item.standing(), &asked.who.caller, ItemVerb::Publish).map_err(|e| step_error(&e))?;
        let ItemPublish { valid_from, valid_to, reason } = body;
        let today = domain::deadline::beijing_date(tx.now());
        let version =
            super::item_version::publish(tx, &mut item, (valid_from, valid_to, reason.clone()), today)
                .await?;
        let more = serde_json::json!({
            "number": version.number, "valid_from": version.valid_from, "valid_to": version.valid_to,
            "digest": version.digest, "field": version.content.field, "category": version.content.category,
        });
        let grounds = Grounds { reason, evidence: Vec::new() };
        let taken = Taken::new(decision, "publish", "published", grounds).with(more);
        write(tx, &asked, &mut item, taken).await
    })
    .await
}

/// Stops the use of a public item whose basis was changed or repealed; its change must begin within a month.
pub async fn item_suspend(ctx: &Ctx, id: Uuid, body: ItemSuspend) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut item = asked.hold(tx).await?;
        let decision =
            decide(&item.standing(), &asked.who.caller, ItemVerb::Suspend).map_err(|e| step_error(&e))?;
        let ItemSuspend { reason, basis_changed_on, evidence } = body;
        let today = domain::deadline::beijing_date(tx.now());
        if basis_changed_on.is_some_and(|d| d > today) {
            return Err(Error::invalid_at(
                "/basis_changed_on",
                "date_in_future",
                "不能晚于今天",
                "must not lie in the future",
            ));
        }
        super::item_version::end(tx, &item, today).await?;
        item.public_state = Some(ItemState::Suspended);
        let month = Term { n: 1, unit: TermUnit::Month };
        let due = match basis_changed_on {
            None => None,
            Some(day) => {
                let calendar = calendar::calendar_current(tx.conn()).await?.calendar;
                let due = due_from_date(day, &month, &calendar, &[])
                    .map_err(|e| deadline_error(&e, "/basis_changed_on"))?;
                Some(ItemDue { date: due.date, at: due.at, calendar: due.calendar_version })
            }
        };
        let more = serde_json::json!({"basis_changed_on": basis_changed_on});
        let grounds =
            Grounds { reason: Some(reason), evidence: evidence.into_iter().map(|Evidence(e)| e).collect() };
        let taken = Taken { due, ..Taken::new(decision, "suspend", "suspended", grounds).with(more) };
        write(tx, &asked, &mut item, taken).await
    })
    .await
}

/// The steps of an item. Who sees the published version only sees the public steps, without accounts.
pub async fn item_history(ctx: &Ctx, id: Uuid, query: ItemPartQuery) -> Result<Reply> {
    let ItemPartQuery { cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: i64 = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?.unwrap_or(0);
    let who = Who::of(ctx)?;
    let (steps, sight) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let (item, sight) = find(c, &who, id).await?;
            Ok((item_history::transition_list(c, item.id, after, limit + 1).await?, sight))
        })
        .await?;
    let page = Page::cut(ctx, steps, limit, |t| t.number);
    let is_working = sight == Sight::Working;
    let public = ["publish", "suspend", "resume", "withdraw"];
    let items = page.items.into_iter().filter(|t| is_working || public.contains(&t.verb.as_str())).map(|t| {
        let Transition { number, from, verb, to, actor, organ, role, at, reason, evidence, due } = t;
        TransitionView {
            number,
            from,
            verb,
            to,
            actor: Some(actor).filter(|_| is_working),
            organ,
            role,
            at,
            reason,
            evidence,
            due_date: due.as_ref().map(|d| d.date),
            due_at: due.as_ref().map(|d| d.at),
            calendar_version: due.map(|d| d.calendar),
        }
    });
    let view = TransitionPage { items: items.collect(), next: page.next.clone() };
    Reply::page(ctx, &view, page.next.as_deref())
}
