//! Use cases of one organ's task in a visit: from the claim to the feedback (`domain.md` §6 Task/visit, §3.7).
//!
//! Every step is taken by the organ itself, in one transaction that holds the visit, so that organs of a joint visit cannot
//! pass each other. A start waits for the linter: rules that block answer 409 `rules_block` with their ids. A step that
//! prepares claims the task, if nobody has. Called by the handlers.
//!
//! - `arrival`: check-in and start
//! - `record`: site record, dead ends, close
//! - `replace`: another inspector for one who cannot go

mod arrival;
mod record;
mod replace;

pub use arrival::{check_in_list, task_check_in, task_start};
pub use record::{site_record_view, task_close, task_not_found, task_record, task_refused};
pub use replace::task_replace_member;

use super::inspector::Persons;
use super::visit::{follow, task_view};
use super::{Grounds, Step, Who, expect, outside, plain, step_add, term_end, transition_refused, wanted};
use crate::api::step::{ActionNote, PartQuery};
use crate::api::task::{TaskFeedBack, TaskListQuery, TaskNotify, TaskPage, TaskPrepare};
use crate::domain::step::TermEnd;
use crate::domain::visit::{
    DESK_ROLES, FIELD_ROLES, HEAD_ROLES, NationalState, Standing, TaskVerb, VisitState, step,
};
use crate::store::task::{self as store, TaskFilter, TaskRow};
use crate::store::transition::transition_list;
use crate::store::visit::{VisitRow, visit_hold, visit_view};
use domain::deadline::{Term, TermUnit};
use domain::vocabulary::Role;
use rules::{Lint, LintStage};
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Kind, Page, Reply, Result, Tx};
use std::sync::Arc;
use store_kit::AnyConn;
use uuid::Uuid;

/// Kind of the aggregate in the history.
pub(crate) const AGGREGATE: &str = "visit_task";

/// What the caller is told is absent.
const WHAT: &str = "visit task";

/// A request for a step.
struct Asked {
    id: Uuid,
    who: Who,
    wanted: Option<i64>,
}

impl Asked {
    fn of(ctx: &Ctx, id: Uuid) -> Result<Self> {
        Ok(Self { id, who: Who::of(ctx)?, wanted: wanted(ctx)? })
    }
}

/// A task that the caller sees with its visit, or 404. Organs of a joint visit see each other's tasks.
pub(super) async fn find(c: &mut AnyConn<'_>, who: &Who, id: Uuid) -> Result<(VisitRow, TaskRow)> {
    let task = store::task_find(c, id).await?.ok_or_else(|| Error::not_found(WHAT))?;
    let visit = visit_view(c, &who.scope, task.visit_id.0).await?.ok_or_else(|| Error::not_found(WHAT))?;
    Ok((visit, task))
}

/// As [`find`], with the visit held; only for the organ itself.
pub(super) async fn hold_own(tx: &mut Tx<'_, '_>, who: &Who, id: Uuid) -> Result<(VisitRow, TaskRow)> {
    let task = store::task_find(tx.conn(), id).await?.ok_or_else(|| Error::not_found(WHAT))?;
    let visit = visit_hold(tx.conn(), &who.scope, task.visit_id.0).await?;
    let visit = visit.ok_or_else(|| Error::not_found(WHAT))?;
    // Another organ may have moved it while we waited.
    let task = store::task_find(tx.conn(), id).await?.ok_or_else(|| Error::not_found(WHAT))?;
    if who.caller.department != task.organ_code {
        return Err(super::other_department());
    }
    Ok((visit, task))
}

/// What a step begins with.
struct Begun {
    visit: VisitRow,
    task: TaskRow,
    from: VisitState,
    to: VisitState,
    role: Role,
}

/// Holds the visit and decides: organ, role, version, state.
async fn begin(tx: &mut Tx<'_, '_>, asked: &Asked, verb: TaskVerb, roles: &[Role]) -> Result<Begun> {
    let (visit, mut task) = hold_own(tx, &asked.who, asked.id).await?;
    let role = super::account::officer_role(tx, &asked.who, (verb, roles), &task).await?;
    expect(asked.wanted, task.version)?;
    let from = task.state()?;
    let standing =
        Standing { state: from, is_emergency: visit.is_emergency(), is_approved: task.approved_at.is_some() };
    let to = step(standing, verb).ok_or_else(|| transition_refused(from, verb.as_str()))?;
    if task.claimed_at.is_none() && verb != TaskVerb::ReplaceMember {
        task.claimed_at = Some(tx.now().into());
        task.national_state = NationalState::Claimed.to_string();
    }
    Ok(Begun { visit, task, from, to, role })
}

/// What is written with a step besides the row.
#[derive(Default)]
struct Said {
    grounds: Grounds,
    more: serde_json::Value,
    rule_ids: Vec<String>,
    rule_pack: Option<String>,
    due: Option<TermEnd>,
}

impl Said {
    fn why(reason: Option<String>) -> Self {
        Self { grounds: Grounds { reason, documents: Vec::new() }, ..Self::default() }
    }
}

/// Writes a moved task: row, step, audit entry, event. The row's state is set already.
async fn put(
    tx: &mut Tx<'_, '_>,
    visit: &VisitRow,
    task: &mut TaskRow,
    (verb, what): (&str, &str),
    (from, role): (VisitState, Role),
    said: Said,
) -> Result<()> {
    let Said { grounds, more, rule_ids, rule_pack, due } = said;
    task.transitions += 1;
    task.version += 1;
    task.updated_at = tx.now().into();
    if !store::task_update(tx.conn(), task).await? {
        return Err(service_kit::extract::changed());
    }
    let data = serde_json::json!({
        "id": task.id.0, "visit_id": visit.id.0, "code": visit.code, "organ_code": task.organ_code, "from": from,
        "verb": verb, "state": task.state, "national_state": task.national_state, "version": task.version,
        "subject_id": visit.subject_id.0, "role": role, "rule_ids": rule_ids, "due_date": due.as_ref().map(|d| d.date),
        "is_emergency": visit.is_emergency(),
    });
    let step = Step {
        aggregate: AGGREGATE,
        id: task.id.0,
        number: task.transitions,
        from: from.as_str(),
        verb,
        to: &task.state,
        role: Some(role),
        grounds,
        more,
        rule_ids,
        rule_pack,
        due,
    };
    step_add(tx, step).await?;
    tx.audit(AGGREGATE, task.id.0, data.clone());
    tx.event(&format!("visit_task.{what}"), task.id.0, &visit.departments.0, &visit.region_code, &data)
}

/// A step that follows from one of the whole visit (put off, called off).
pub(super) async fn moved(
    tx: &mut Tx<'_, '_>,
    visit: &VisitRow,
    task: &mut TaskRow,
    names: (&str, &str),
    by: (VisitState, Role),
    grounds: Grounds,
) -> Result<()> {
    put(tx, visit, task, names, by, Said { grounds, ..Said::default() }).await
}

/// Ends a step: writes the task, lets the visit follow, answers.
async fn finish(
    tx: &mut Tx<'_, '_>,
    begun: Begun,
    (verb, what): (TaskVerb, &str),
    said: Said,
) -> Result<Reply> {
    let Begun { mut visit, mut task, from, to, role } = begun;
    task.state = to.to_string();
    put(tx, &visit, &mut task, (verb.as_str(), what), (from, role), said).await?;
    follow(tx, &mut visit).await?;
    answer(tx, task).await
}

async fn answer(tx: &mut Tx<'_, '_>, task: TaskRow) -> Result<Reply> {
    let members = store::members_of_visits(tx.conn(), &[task.visit_id.0]).await?;
    let version = task.version;
    Ok(Reply::ok(&task_view(task, &members, tx.now())?)?.version(version))
}

/// The end of a number of working days from now, by the calendar in force.
async fn working_days(ctx: &Ctx, n: u32) -> Result<TermEnd> {
    let calendar = outside::calendar(&ctx.kit).await?;
    term_end(ctx.now(), &Term { n, unit: TermUnit::WorkingDay }, &calendar, "")
}

/// One task.
pub async fn task_view_one(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let (who, now) = (Who::of(ctx)?, ctx.now());
    let (task, members) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let (visit, task) = find(c, &who, id).await?;
            Ok((task, store::members_of_visits(c, &[visit.id.0]).await?))
        })
        .await?;
    let version = task.version;
    Ok(Reply::ok(&task_view(task, &members, now)?)?.version(version))
}

/// Lists tasks of the caller's organs.
pub async fn task_list(ctx: &Ctx, query: TaskListQuery) -> Result<Reply> {
    let TaskListQuery { state, national_state, organ_code, cursor, limit } = query;
    let (who, now) = (Who::of(ctx)?, ctx.now());
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let filter = TaskFilter { state, national_state, organ_code };
    let (rows, members) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let rows = store::task_list(c, &who.scope, &filter, after, limit + 1).await?;
            let visits: Vec<Uuid> = rows.iter().map(|t| t.visit_id.0).collect();
            Ok((rows, store::members_of_visits(c, &visits).await?))
        })
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |t| t.id.0);
    let items = items.into_iter().map(|t| task_view(t, &members, now)).collect::<Result<Vec<_>>>()?;
    Reply::page(ctx, &TaskPage { items, next: next.clone() }, next.as_deref())
}

/// The steps of a task.
pub async fn task_history(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await.map(|_| ())).await?;
    super::history(ctx, AGGREGATE, id, query).await
}

/// Takes a task on for the organ (认领).
pub async fn task_claim(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let (_, task) = hold_own(tx, &asked.who, asked.id).await?;
        if task.claimed_at.is_some() {
            return Err(transition_refused(task.national_state, TaskVerb::Claim.as_str()));
        }
        let begun = begin(tx, &asked, TaskVerb::Claim, DESK_ROLES).await?;
        finish(tx, begun, (TaskVerb::Claim, "claimed"), Said { grounds: body.into(), ..Said::default() })
            .await
    })
    .await
}

/// The notice is drafted, the history was read.
pub async fn task_prepare(ctx: &Ctx, id: Uuid, body: TaskPrepare) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let TaskPrepare { notice_no, reason } = body;
    faultless(&[("/notice_no", notice_no.as_deref()), ("/reason", reason.as_deref())])?;
    ctx.change(async move |tx| {
        let mut begun = begin(tx, &asked, TaskVerb::Prepare, DESK_ROLES).await?;
        begun.task.notice_no = notice_no;
        finish(tx, begun, (TaskVerb::Prepare, "prepared"), Said::why(reason)).await
    })
    .await
}

/// Steps of a task whose doer does not approve it: the preparation, and what is done on the spot in an emergency.
const APART_FROM_APPROVAL: &[TaskVerb] = &[
    TaskVerb::Prepare,
    TaskVerb::CheckIn,
    TaskVerb::Start,
    TaskVerb::Record,
    TaskVerb::NotFound,
    TaskVerb::Refuse,
];

/// 403 when the caller would approve what he did himself (S08).
async fn apart_from_own_work(tx: &mut Tx<'_, '_>, asked: &Asked) -> Result<()> {
    let steps = transition_list(tx.conn(), AGGREGATE, asked.id, 0, 1000).await?;
    let is_own = steps.iter().any(|s| {
        s.actor == asked.who.caller.subject && APART_FROM_APPROVAL.iter().any(|v| v.as_str() == s.verb)
    });
    if is_own {
        return Err(Error::forbidden(
            "separation_of_duties",
            "准备或实施检查的人员不得自行审批",
            "Who prepared or made the inspection may not approve it",
        ));
    }
    Ok(())
}

/// The head of the organ approves, who did not prepare it; in an emergency also afterwards, whatever the state (ENF-06).
pub async fn task_approve(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let mut begun = begin(tx, &asked, TaskVerb::Approve, HEAD_ROLES).await?;
        apart_from_own_work(tx, &asked).await?;
        let now = tx.now();
        begun.task.approved_by = Some(asked.who.caller.subject.clone());
        begun.task.approved_at = Some(now.into());
        let is_late = begun.task.approval_due_at.is_some_and(|due| due.0 <= now);
        let said = Said {
            grounds: body.into(),
            more: serde_json::json!({"is_late": is_late, "is_afterwards": begun.task.approval_due_at.is_some()}),
            rule_ids: vec!["ENF-06".to_string()],
            ..Said::default()
        };
        finish(tx, begun, (TaskVerb::Approve, "approved"), said).await
    })
    .await
}

/// The notice was served, or why it is shown on arrival only.
pub async fn task_notify(ctx: &Ctx, id: Uuid, body: TaskNotify) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let TaskNotify { notice_no, served_at, waiver } = body;
    faultless(&[("/notice_no", notice_no.as_deref()), ("/waiver", waiver.as_deref())])?;
    let now = ctx.now();
    if served_at.is_some_and(|at| at > now) {
        return Err(in_future("/served_at"));
    }
    if waiver.is_some() && served_at.is_some() {
        return Err(Error::invalid_at(
            "/waiver",
            "notice_and_waiver",
            "已送达通知书的，不能同时写不事先告知的理由",
            "a served notice and a waiver exclude each other",
        ));
    }
    ctx.change(async move |tx| {
        let mut begun = begin(tx, &asked, TaskVerb::Notify, FIELD_ROLES).await?;
        let task = &mut begun.task;
        task.notice_no = notice_no.or(task.notice_no.take());
        if waiver.is_none() && task.notice_no.is_none() {
            return Err(Error::invalid_at(
                "/notice_no",
                "notice_missing",
                "须填写检查通知书文号，或写明不事先告知的理由",
                "the number of the notice, or why it is not served beforehand",
            ));
        }
        task.notified_at = waiver.is_none().then(|| served_at.unwrap_or(now).into());
        let said = Said {
            more: serde_json::json!({"notice_no": task.notice_no, "is_waived": waiver.is_some()}),
            ..Said::why(waiver.clone())
        };
        task.notice_waiver = waiver;
        finish(tx, begun, (TaskVerb::Notify, "notified"), said).await
    })
    .await
}

/// What the linter says of the organ's part, by the pack in force; asked before the transaction.
async fn verdicts(ctx: &Ctx, visit: &VisitRow, task: &TaskRow, stage: LintStage) -> Result<Lint> {
    let organ = Some(task.organ_code.as_str());
    Ok(super::lint::visit_verdicts(&ctx.kit, visit.id.0, organ, stage, ctx.now()).await?.lint)
}

fn pack_name(lint: &Lint) -> String {
    format!("{} {}", lint.pack.code, lint.pack.version)
}

/// 409 `rules_block` with every blocking rule and why.
fn refuse_blocked(lint: &Lint) -> Result<()> {
    let blocking = lint.blocking();
    if blocking.is_empty() {
        return Ok(());
    }
    let ids = blocking.join(", ");
    let mut error = Error::new(
        Kind::Conflict,
        "rules_block",
        format!("以下规则不允许办理：{ids}"),
        format!("These rules do not allow it: {ids}"),
    );
    error.faults = lint
        .verdicts
        .iter()
        .filter(|v| v.is_blocking)
        .map(|v| Fault::new("", v.rule_id.clone(), v.reason.zh.clone(), v.reason.en.clone()))
        .collect();
    Err(error)
}

fn in_future(pointer: &str) -> Error {
    Error::invalid_at(pointer, "date_in_future", "不能晚于现在", "must not lie in the future")
}

fn faultless(texts: &[(&str, Option<&str>)]) -> Result<()> {
    let mut faults = Vec::new();
    for (pointer, text) in texts {
        plain(pointer, *text, &mut faults);
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

fn multiline(pointer: &str, text: Option<&str>, faults: &mut Vec<Fault>) {
    let Some(text) = text else { return };
    if domain::text::refuse_control(text, true).is_err() || text.trim().is_empty() {
        faults.push(Fault::new(
            pointer,
            "bad_text",
            "不能为空或含控制字符",
            "must hold text and no control character",
        ));
    }
}

/// Reports back what came of a finished task (反馈).
pub async fn task_feed_back(ctx: &Ctx, id: Uuid, body: TaskFeedBack) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let TaskFeedBack { feedback } = body;
    let mut faults = Vec::new();
    multiline("/feedback", Some(&feedback), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let (visit, mut task) = hold_own(tx, &asked.who, asked.id).await?;
        let role = asked.who.role(DESK_ROLES)?;
        expect(asked.wanted, task.version)?;
        if task.national_state()? != NationalState::Finished {
            return Err(transition_refused(task.national_state, TaskVerb::FeedBack.as_str()));
        }
        let state = task.state()?;
        task.national_state = NationalState::FedBack.to_string();
        task.fed_back_at = Some(tx.now().into());
        task.feedback = Some(feedback);
        put(tx, &visit, &mut task, (TaskVerb::FeedBack.as_str(), "fed_back"), (state, role), Said::default())
            .await?;
        answer(tx, task).await
    })
    .await
}

/// Opens names of inspectors, for the public view of a code.
pub(super) fn persons(ctx: &Ctx) -> Persons {
    Persons(Arc::clone(&ctx.kit.crypto))
}
