//! Use cases of a plan's steps: from the check by the rules to the evaluation, and what may happen in between.
//!
//! The rules of steps are [`crate::domain::plan`], those of the law the linter's: it is asked at `pass-lint` and again at
//! `publish`, and a blocking rule stops both (409 `rules_block` with the ids). Other services are asked before the
//! transaction begins; a plan that was changed meanwhile answers 412. Row, history, audit entry and event are written
//! together.

use super::gate::{self, Linted};
use super::{answer, content_error, find, hold, step_error, tell};
use crate::api::plan::{PlanEvaluation, PlanFile, PlanMerge};
use crate::api::step::{ActionNote, ActionReason, DocumentRef};
use crate::app::{Grounds, Step, Who, expect, step_add, wanted};
use crate::domain::plan::{
    AGGREGATE, Decision, EDIT, Part, Plan, Standing, StepRefusal, absorb, decide, faults, missing,
};
use crate::domain::step::TermEnd;
use crate::store::plan as store;
use crate::store::transition::transition_list;
use domain::vocabulary::{PlanSignature, PlanState, PlanVerb, Role};
use service_kit::lang::Lang;
use service_kit::{Ctx, Error, Reply, Result, Tx};
use store_kit::AnyConn;
use uuid::Uuid;

/// What a step needs of the request.
#[derive(Clone)]
struct Asked {
    who: Who,
    lang: Lang,
    /// The version the caller has read, if it says so.
    wanted: Option<i64>,
    id: Uuid,
}

impl Asked {
    fn of(ctx: &Ctx, id: Uuid) -> Result<Self> {
        Ok(Self { who: Who::of(ctx)?, lang: ctx.lang(), wanted: wanted(ctx)?, id })
    }

    async fn hold(&self, tx: &mut Tx<'_, '_>) -> Result<Plan> {
        let plan = hold(tx, &self.who, self.id).await?;
        expect(self.wanted, plan.version)?;
        Ok(plan)
    }

    /// The plan as it stands before the transaction, for a step that asks others first; the transaction then insists on
    /// the same version.
    async fn read(&mut self, ctx: &Ctx) -> Result<Plan> {
        let (who, id) = (self.who.clone(), self.id);
        let (plan, _) = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
        expect(self.wanted, plan.version)?;
        self.wanted = Some(plan.version);
        Ok(plan)
    }

    fn decide(&self, plan: &Plan, was_adjusted: bool, verb: PlanVerb) -> Result<Decision> {
        decide(&Standing::of(plan, was_adjusted), &self.who.caller, verb).map_err(|e| step_error(&e))
    }

    /// As [`Self::decide`], with who changed the draft: nobody approves or files what is of his own hand.
    async fn decide_apart(&self, tx: &mut Tx<'_, '_>, plan: &Plan, verb: PlanVerb) -> Result<Decision> {
        let editors = editors(tx.conn(), plan.id).await?;
        let standing = Standing::of(plan, false).edited_by(&editors);
        decide(&standing, &self.who.caller, verb).map_err(|e| step_error(&e))
    }
}

/// Those who changed the draft of a plan, by its history.
async fn editors(c: &mut AnyConn<'_>, id: Uuid) -> Result<Vec<String>> {
    let steps = transition_list(c, AGGREGATE, id, 0, 1000).await?;
    Ok(steps.into_iter().filter(|s| s.verb == EDIT).map(|s| s.actor).collect())
}

/// A step and all that goes with it, to be written.
struct Taken<'s> {
    decision: Decision,
    what: &'s str,
    grounds: Grounds,
    more: serde_json::Value,
    linted: Linted,
}

impl<'s> Taken<'s> {
    fn new(decision: Decision, what: &'s str, grounds: Grounds) -> Self {
        Self { decision, what, grounds, more: serde_json::json!({}), linted: Linted::default() }
    }
}

/// Writes plan, history, audit entry and event.
async fn write(tx: &mut Tx<'_, '_>, plan: &mut Plan, taken: Taken<'_>) -> Result<()> {
    let Taken { decision, what, grounds, more, linted } = taken;
    let Decision { verb, to, role } = decision;
    let from = plan.state;
    plan.state = to;
    plan.transitions += 1;
    plan.version += 1;
    plan.updated_at = tx.now();
    if !store::plan_update(tx.conn(), plan).await? {
        return Err(service_kit::extract::changed());
    }
    let mut told = serde_json::json!({"from": from, "verb": verb, "role": role});
    if let (Some(told), serde_json::Value::Object(more)) = (told.as_object_mut(), more.clone()) {
        told.extend(more);
    }
    let step = Step {
        aggregate: AGGREGATE,
        id: plan.id,
        number: plan.transitions,
        from: from.as_str(),
        verb: verb.as_str(),
        to: to.as_str(),
        role: Some(role),
        grounds,
        more,
        rule_ids: linted.rule_ids,
        rule_pack: linted.pack,
        due: None,
    };
    step_add(tx, step).await?;
    tell(tx, what, plan, told)
}

/// Whether the plan was approved once and then adjusted.
async fn was_adjusted(c: &mut AnyConn<'_>, id: Uuid) -> Result<bool> {
    let steps = transition_list(c, AGGREGATE, id, 0, 1000).await?;
    Ok(steps.iter().any(|s| s.verb == PlanVerb::Adjust.as_str()))
}

/// A step that only moves the plan.
async fn plain(
    ctx: &Ctx,
    id: Uuid,
    (verb, what): (PlanVerb, &'static str),
    grounds: Grounds,
) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut plan = asked.hold(tx).await?;
        let decision = asked.decide_apart(tx, &plan, verb).await?;
        write(tx, &mut plan, Taken::new(decision, what, grounds)).await?;
        answer(&plan, tx, asked.lang)
    })
    .await
}

/// Checks a draft or an adjustment by the rules in force; passes when none blocks.
///
/// # Errors
/// 403, 404, 409 `transition_refused` `rules_block`, 412, 422 with what is missing; 503.
pub async fn plan_pass_lint(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let mut asked = Asked::of(ctx, id)?;
    let before = asked.read(ctx).await?;
    asked.decide(&before, false, PlanVerb::PassLint)?;
    let absent = missing(&before.content);
    if !absent.is_empty() {
        return Err(content_error(absent));
    }
    let verdicts = gate::check(ctx, &before).await?;
    let due = match &before.due {
        Some(due) => Some(due.clone()),
        None => super::due_of(&ctx.kit, before.content.year).await?,
    };
    ctx.change(async move |tx| {
        let mut plan = asked.hold(tx).await?;
        let decision = asked.decide(&plan, false, PlanVerb::PassLint)?;
        let linted = gate::certify(tx, &mut plan, &verdicts).await?;
        plan.due = due;
        plan.content.parts.iter_mut().for_each(Part::ask_again);
        let taken = Taken { linted, ..Taken::new(decision, "lint_passed", body.into()) };
        write(tx, &mut plan, taken).await?;
        answer(&plan, tx, asked.lang)
    })
    .await
}

/// Notes the signature of the caller's department.
fn note_signature(
    plan: &mut Plan,
    asked: &Asked,
    signature: PlanSignature,
    note: Option<String>,
    now: jiff::Timestamp,
) {
    let caller = &asked.who.caller;
    for part in plan.content.parts.iter_mut().filter(|p| p.department == caller.department) {
        part.signature = signature;
        part.signed_by = Some(caller.subject.clone());
        part.signed_at = Some(now);
        part.signature_note.clone_from(&note);
    }
}

/// The caller's cooperating department signs; with the last of them the plan is ready to be handed in.
///
/// # Errors
/// 403, 404, 409, 412.
pub async fn plan_sign(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut plan = asked.hold(tx).await?;
        let decision = asked.decide(&plan, false, PlanVerb::Sign)?;
        let grounds = Grounds::from(body);
        note_signature(&mut plan, &asked, PlanSignature::Signed, grounds.reason.clone(), tx.now());
        let more = serde_json::json!({"department": asked.who.caller.department});
        write(tx, &mut plan, Taken { more, ..Taken::new(decision, "signed", grounds) }).await?;
        answer(&plan, tx, asked.lang)
    })
    .await
}

/// The caller's cooperating department does not agree; the plan goes back to its lead department.
///
/// # Errors
/// 403, 404, 409, 412.
pub async fn plan_refuse_signature(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut plan = asked.hold(tx).await?;
        let adjusted = was_adjusted(tx.conn(), id).await?;
        // The step of signing decides who may refuse to.
        let sign = decide(&Standing::of(&plan, adjusted), &asked.who.caller, PlanVerb::Sign);
        if let Err(refusal) = sign.as_ref() {
            return Err(step_error(refusal));
        }
        let decision =
            Decision { role: Role::CoopEditor, ..asked.decide(&plan, adjusted, PlanVerb::Return)? };
        let grounds = Grounds::from(body);
        note_signature(&mut plan, &asked, PlanSignature::Refused, grounds.reason.clone(), tx.now());
        let more = serde_json::json!({"department": asked.who.caller.department});
        write(tx, &mut plan, Taken { more, ..Taken::new(decision, "signature_refused", grounds) }).await?;
        answer(&plan, tx, asked.lang)
    })
    .await
}

/// Sends a plan back for another draft: the lead department its own, the organiser what was handed in.
///
/// # Errors
/// 403, 404, 409, 412.
pub async fn plan_return(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut plan = asked.hold(tx).await?;
        let adjusted = was_adjusted(tx.conn(), id).await?;
        let decision = asked.decide(&plan, adjusted, PlanVerb::Return)?;
        if decision.role == Role::CoopEditor {
            // A cooperating department refuses its signature, which is noted; it does not return plans.
            return Err(step_error(&StepRefusal::NotLead));
        }
        write(tx, &mut plan, Taken::new(decision, "returned", body.into())).await?;
        answer(&plan, tx, asked.lang)
    })
    .await
}

/// Hands a signed plan in; lateness is measured against the last day by the calendar in force.
///
/// # Errors
/// 403, 404, 409, 412, 422 `calendar_missing`; 503.
pub async fn plan_submit(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let mut asked = Asked::of(ctx, id)?;
    let before = asked.read(ctx).await?;
    asked.decide(&before, false, PlanVerb::Submit)?;
    let due: TermEnd = match before.due {
        Some(due) => due,
        None => super::due_required(&ctx.kit, before.content.year).await?,
    };
    ctx.change(async move |tx| {
        let mut plan = asked.hold(tx).await?;
        let decision = asked.decide(&plan, false, PlanVerb::Submit)?;
        plan.due = Some(due);
        // An adjustment handed in again does not make the first hand-in late.
        plan.submitted_at = plan.submitted_at.or(Some(tx.now()));
        plan.submitted_by = Some(asked.who.caller.subject.clone());
        let more = serde_json::json!({
            "due_date": plan.due.as_ref().map(|d| d.date), "is_late": plan.is_late(tx.now()),
            "calendar_version": plan.due.as_ref().map(|d| d.calendar.clone()),
        });
        write(tx, &mut plan, Taken { more, ..Taken::new(decision, "submitted", body.into()) }).await?;
        answer(&plan, tx, asked.lang)
    })
    .await
}

/// The organiser notes the comparison with the other plans and takes overlapping ones in.
///
/// # Errors
/// 403, 404, 409, 412, 422 for plans that cannot be taken in.
pub async fn plan_merge(ctx: &Ctx, id: Uuid, body: PlanMerge) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut plan = asked.hold(tx).await?;
        let decision = asked.decide(&plan, false, PlanVerb::Merge)?;
        let PlanMerge { reason, plan_ids, documents } = body;
        let documents: Vec<String> = documents.into_iter().map(|DocumentRef(d)| d).collect();
        let mut taken_in: Vec<serde_json::Value> = Vec::new();
        let mut seen = vec![id];
        for (i, other_id) in plan_ids.into_iter().enumerate() {
            let pointer = format!("/plan_ids/{i}");
            let mut other = match store::plan_hold(tx.conn(), &asked.who.scope, other_id).await? {
                Some((other, _)) if !seen.contains(&other_id) => other,
                _ => {
                    let (zh, en) = ("没有这个计划，或与前面重复", "no such plan, or named twice");
                    return Err(Error::invalid_at(pointer, "unknown_plan", zh, en));
                }
            };
            seen.push(other_id);
            if other.state != PlanState::Submitted || other.content.year != plan.content.year {
                let (zh, en) =
                    ("只能并入同一年度、已报送的计划", "only plans of the same year that are handed in");
                return Err(Error::invalid_at(pointer, "plan_not_mergeable", zh, en));
            }
            let cancel = asked.decide(&other, false, PlanVerb::Cancel)?;
            absorb(&mut plan.content, &other.content);
            taken_in.push(serde_json::json!({
                "id": other.id, "code": other.code, "departments": other.content.departments(),
            }));
            other.merged_into = Some(plan.id);
            let grounds = Grounds { reason: Some(reason.clone()), documents: documents.clone() };
            let more = serde_json::json!({"merged_into": plan.id, "code": plan.code});
            write(tx, &mut other, Taken { more, ..Taken::new(cancel, "cancelled", grounds) }).await?;
        }
        let found = faults(&plan.content);
        if !found.is_empty() {
            return Err(content_error(found));
        }
        let grounds = Grounds { reason: Some(reason), documents };
        let more = serde_json::json!({"taken_in": taken_in});
        write(tx, &mut plan, Taken { more, ..Taken::new(decision, "merged", grounds) }).await?;
        answer(&plan, tx, asked.lang)
    })
    .await
}

/// The head of the lead department approves.
///
/// # Errors
/// 403, 404, 409, 412.
pub async fn plan_approve(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    plain(ctx, id, (PlanVerb::Approve, "approved"), body.into()).await
}

/// The justice bureau files the plan.
///
/// # Errors
/// 403, 404, 409, 412.
pub async fn plan_file(ctx: &Ctx, id: Uuid, body: PlanFile) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut plan = asked.hold(tx).await?;
        let decision = asked.decide_apart(tx, &plan, PlanVerb::File).await?;
        let PlanFile { filing_no, reason, documents } = body;
        let grounds = Grounds { reason, documents: documents.into_iter().map(|DocumentRef(d)| d).collect() };
        let more = serde_json::json!({"filing_no": filing_no});
        write(tx, &mut plan, Taken { more, ..Taken::new(decision, "filed", grounds) }).await?;
        answer(&plan, tx, asked.lang)
    })
    .await
}

/// Makes a filed plan public, unless a rule in force today blocks it.
///
/// # Errors
/// 403, 404, 409 `transition_refused` `rules_block`, 412; 503.
pub async fn plan_publish(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let mut asked = Asked::of(ctx, id)?;
    let before = asked.read(ctx).await?;
    asked.decide(&before, false, PlanVerb::Publish)?;
    let verdicts = gate::check(ctx, &before).await?;
    ctx.change(async move |tx| {
        let mut plan = asked.hold(tx).await?;
        let decision = asked.decide(&plan, false, PlanVerb::Publish)?;
        let linted = gate::certify(tx, &mut plan, &verdicts).await?;
        let taken = Taken { linted, ..Taken::new(decision, "published", body.into()) };
        write(tx, &mut plan, taken).await?;
        answer(&plan, tx, asked.lang)
    })
    .await
}

/// The visits begin.
///
/// # Errors
/// 403, 404, 409, 412.
pub async fn plan_start(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    plain(ctx, id, (PlanVerb::Start, "started"), body.into()).await
}

/// All visits are done.
///
/// # Errors
/// 403, 404, 409, 412.
pub async fn plan_complete(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    plain(ctx, id, (PlanVerb::Complete, "completed"), body.into()).await
}

/// The organiser or the oversight evaluates a completed plan.
///
/// # Errors
/// 403, 404, 409, 412.
pub async fn plan_evaluate(ctx: &Ctx, id: Uuid, body: PlanEvaluation) -> Result<Reply> {
    let PlanEvaluation { summary, documents } = body;
    let documents = documents.into_iter().map(|DocumentRef(d)| d).collect();
    plain(ctx, id, (PlanVerb::Evaluate, "evaluated"), Grounds { reason: Some(summary), documents }).await
}

/// Opens a change of an approved plan; it is checked and signed again.
///
/// # Errors
/// 403, 404, 409, 412.
pub async fn plan_adjust(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut plan = asked.hold(tx).await?;
        let decision = asked.decide(&plan, false, PlanVerb::Adjust)?;
        plan.content.parts.iter_mut().for_each(Part::ask_again);
        write(tx, &mut plan, Taken::new(decision, "adjusted", body.into())).await?;
        answer(&plan, tx, asked.lang)
    })
    .await
}

/// Gives a plan up.
///
/// # Errors
/// 403, 404, 409, 412.
pub async fn plan_cancel(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    plain(ctx, id, (PlanVerb::Cancel, "cancelled"), body.into()).await
}
