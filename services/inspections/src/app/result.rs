//! Use cases of results: entry by who inspected, audit by a second person, the final result (检查结果).
//!
//! Codes may not contradict each other, the answers or the measures: checked at the entry, at each change and again before
//! a result becomes final. A final result opens its publicity record in the same transaction and says, where the subject
//! has ended or moved out, that the registry has to follow. Called by the handlers.

use super::correction::{counted, disposals_checked, opened, ordered, orders};
use super::publicity::{open_for_result, prepare};
use super::task::hold_own;
use super::{Grounds, Step, Who, expect, outside, step_add, term_end, transition_refused, wanted};
use crate::api::result::{
    AuditDecision, ResultAudit, ResultCode, ResultCreate, ResultListQuery, ResultPage, ResultUpdate,
    ResultView,
};
use crate::api::step::{ActionNote, PartQuery};
use crate::domain::result::{
    AUDIT_ROLES, ENTRY_DAYS, ENTRY_ROLES, ResultFacts, ResultState, ResultVerb, contradictions, ended_as,
    find as code, is_in_problem_rate, outcome, step,
};
use crate::domain::step::TermEnd;
use crate::domain::visit::VisitState;
use crate::store::checklist::answer_counts;
use crate::store::correction::{corrections_of, disposals_of};
use crate::store::result::{self as store, ResultFilter, ResultRow};
use crate::store::task::{TaskRow, site_record_of, task_find};
use crate::store::transition::has_taken;
use domain::deadline::{Term, TermUnit, beijing_date};
use domain::vocabulary::Role;
use jiff::Timestamp;
use service_kit::error::StoreIntent as _;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use store_kit::AnyConn;
use store_kit::types::{Day, TextList, Uid};
use uuid::Uuid;

/// Kind of the aggregate in the history.
const AGGREGATE: &str = "result";

/// The official texts of the codes.
fn findings(row: &ResultRow) -> Result<Vec<String>> {
    let scheme = row.scheme()?;
    Ok(row.codes.0.iter().filter_map(|c| code(scheme, c)).map(|c| c.zh.to_string()).collect())
}

fn view(row: ResultRow) -> Result<ResultView> {
    let (scheme, state, outcome, findings) = (row.scheme()?, row.state()?, row.outcome()?, findings(&row)?);
    let ResultRow {
        id,
        task_id,
        visit_id,
        organ_code,
        region_code,
        subject_id,
        subject_identifier,
        subject_name,
        scheme: _,
        codes,
        summary,
        state: _,
        outcome: _,
        entered_by,
        entered_at,
        entry_due_date,
        entry_due_at,
        audited_by,
        audited_at,
        audit_note,
        final_at,
        publicity_due_date,
        publicity_due_at: _,
        due_calendar,
        told_subject_at,
        transitions: _,
        version,
        created_at,
        updated_at,
    } = row;
    Ok(ResultView {
        id: id.0,
        task_id: task_id.0,
        visit_id: visit_id.0,
        organ_code,
        region_code,
        subject_id: subject_id.0,
        subject_identifier,
        subject_name,
        scheme,
        is_in_problem_rate: is_in_problem_rate(scheme, &codes.0),
        codes: codes.0.into_iter().map(ResultCode).collect(),
        findings,
        summary,
        state,
        outcome,
        entered_by,
        entered_at: entered_at.0,
        entry_due_date: entry_due_date.map(|d| d.0),
        is_entered_late: entry_due_at.is_some_and(|due| due.0 <= entered_at.0),
        audited_by,
        audited_at: audited_at.map(|s| s.0),
        audit_note,
        final_at: final_at.map(|s| s.0),
        publicity_due_date: publicity_due_date.map(|d| d.0),
        calendar_version: due_calendar,
        told_subject_at: told_subject_at.map(|s| s.0),
        version,
        created_at: created_at.0,
        updated_at: updated_at.0,
    })
}

async fn find(c: &mut AnyConn<'_>, who: &Who, id: Uuid) -> Result<ResultRow> {
    store::result_view(c, &who.scope, id).await?.ok_or_else(|| Error::not_found("result"))
}

/// What is written with a step besides the row.
#[derive(Default)]
pub(super) struct Said {
    /// Role; none for what follows from a measure.
    pub role: Option<Role>,
    /// Why.
    pub reason: Option<String>,
    /// Further evidence.
    pub more: serde_json::Value,
    /// Term that begins.
    pub due: Option<TermEnd>,
}

fn tell(tx: &mut Tx<'_, '_>, what: &str, row: &ResultRow) -> Result<()> {
    let data = serde_json::json!({
        "id": row.id.0, "task_id": row.task_id.0, "visit_id": row.visit_id.0, "subject_id": row.subject_id.0,
        "organ_code": row.organ_code, "scheme": row.scheme, "codes": row.codes.0, "state": row.state,
        "outcome": row.outcome, "version": row.version, "publicity_due_date": row.publicity_due_date.map(|d| d.0),
        "is_entered_late": row.entry_due_at.is_some_and(|due| due <= row.entered_at),
    });
    tx.audit(AGGREGATE, row.id.0, data.clone());
    let organ = [row.organ_code.clone()];
    tx.event(&format!("result.{what}"), row.id.0, &organ, &row.region_code, &data)
}

/// Writes a changed result with its step, audit entry and event.
pub(super) async fn write(
    tx: &mut Tx<'_, '_>,
    row: &mut ResultRow,
    (verb, what): (&str, &str),
    from: ResultState,
    said: Said,
) -> Result<()> {
    let Said { role, reason, more, due } = said;
    row.transitions += 1;
    row.version += 1;
    row.updated_at = tx.now().into();
    if !store::result_update(tx.conn(), row).await? {
        return Err(service_kit::extract::changed());
    }
    let written = Step {
        aggregate: AGGREGATE,
        id: row.id.0,
        number: row.transitions,
        from: from.as_str(),
        verb,
        to: &row.state,
        role,
        grounds: Grounds { reason, documents: Vec::new() },
        more,
        rule_ids: Vec::new(),
        rule_pack: None,
        due,
    };
    step_add(tx, written).await?;
    tell(tx, what, row)
}

/// 422 with every contradiction, at the codes.
fn consistent(row: &ResultRow, facts: ResultFacts) -> Result<()> {
    let found = contradictions(row.scheme()?, &row.codes.0, facts);
    if found.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(found.into_iter().map(|c| Fault::new("/codes", c.code, c.zh, c.en)).collect()))
}

/// What the consistency rules look at, from the rows of the task.
async fn facts_of(
    c: &mut AnyConn<'_>,
    task: &TaskRow,
    (corrections, disposals): (usize, usize),
) -> Result<ResultFacts> {
    let counts = answer_counts(c, task.visit_id.0, &task.organ_code).await?;
    let is_refusal_noted = task.state()? == VisitState::Refused
        || site_record_of(c, task.id.0).await?.is_some_and(|r| r.refusal_reason.is_some());
    Ok(ResultFacts {
        answered: counts.answered,
        failed: counts.failed,
        corrections,
        disposals,
        notices: usize::from(task.notified_at.is_some()) + usize::from(is_refusal_noted),
    })
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

fn checked(summary: Option<&str>, told: Option<Timestamp>, now: Timestamp) -> Result<()> {
    let mut faults = Vec::new();
    multiline("/summary", summary, &mut faults);
    if told.is_some_and(|at| at > now) {
        faults.push(Fault::new(
            "/told_subject_at",
            "date_in_future",
            "不能晚于现在",
            "must not lie in the future",
        ));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// Enters the result of a task with the measures that follow from it.
pub async fn result_create(ctx: &Ctx, task_id: Uuid, body: ResultCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let ResultCreate { scheme, codes, summary, told_subject_at, corrections, disposals } = body;
    checked(Some(&summary), told_subject_at, ctx.now())?;
    // Who may not see the task learns nothing of organs and calendars.
    ctx.kit
        .store
        .read::<_, Error, _>(async |c| super::task::find(c, &who, task_id).await.map(|_| ()))
        .await?;
    let calendar = outside::calendar(&ctx.kit).await?;
    let corrections = orders(corrections, "/corrections", &calendar, beijing_date(ctx.now()))?;
    let disposals = disposals_checked(ctx, disposals, "/disposals", &who.caller.department).await?;
    ctx.change(async move |tx| {
        let (visit, task) = hold_own(tx, &who, task_id).await?;
        who.role(ENTRY_ROLES)?;
        let state = task.state()?;
        if !matches!(state, VisitState::Recorded | VisitState::NotFound | VisitState::Refused) {
            return Err(transition_refused(state, "enter_result"));
        }
        let now = tx.now();
        let ended = task.ended_at.map_or(now, |s| s.0);
        let entry = Term { n: ENTRY_DAYS, unit: TermUnit::WorkingDay };
        let due = term_end(ended, &entry, &calendar, "")?;
        let row = ResultRow {
            id: Uid(Uuid::now_v7()),
            task_id: task.id,
            visit_id: visit.id,
            organ_code: task.organ_code.clone(),
            region_code: task.region_code.clone(),
            subject_id: visit.subject_id,
            subject_identifier: visit.subject_identifier.clone(),
            subject_name: visit.subject_name.clone(),
            scheme: scheme.to_string(),
            codes: TextList(codes.into_iter().map(|ResultCode(c)| c).collect()),
            summary,
            state: ResultState::Entered.to_string(),
            outcome: None,
            entered_by: who.caller.subject.clone(),
            entered_at: now.into(),
            entry_due_date: Some(Day(due.date)),
            entry_due_at: Some(due.at.into()),
            audited_by: None,
            audited_at: None,
            audit_note: None,
            final_at: None,
            publicity_due_date: None,
            publicity_due_at: None,
            due_calendar: Some(due.calendar),
            told_subject_at: told_subject_at.map(Into::into),
            transitions: 0,
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        };
        let facts = facts_of(tx.conn(), &task, (corrections.len(), disposals.len())).await?;
        consistent(&row, facts)?;
        store::result_create(tx.conn(), &row).await.or_conflict(
            "result_exists",
            "该任务已录入检查结果，请修改",
            "The task has a result already: change it",
        )?;
        ordered(tx, &row, &who, corrections).await?;
        opened(tx, &row, &who, disposals).await?;
        tell(tx, "entered", &row)?;
        let location = format!("/v1/results/{}", row.id.0);
        Ok(Reply::created(&view(row)?, location)?.version(1))
    })
    .await
}

/// One result.
pub async fn result_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let row = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    let version = row.version;
    Ok(Reply::ok(&view(row)?)?.version(version))
}

/// Lists results.
pub async fn result_list(ctx: &Ctx, query: ResultListQuery) -> Result<Reply> {
    let ResultListQuery { state, outcome, organ_code, subject_id, visit_id, cursor, limit } = query;
    let who = Who::of(ctx)?;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let filter =
        ResultFilter { state, outcome, organ_code, subject_id, visit_id, publicity_due_before: None };
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(
            async |c| Ok(store::result_list(c, &who.scope, &filter, after, limit + 1).await?),
        )
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0);
    let items = items.into_iter().map(view).collect::<Result<Vec<_>>>()?;
    Reply::page(ctx, &ResultPage { items, next: next.clone() }, next.as_deref())
}

/// The steps of a result.
pub async fn result_history(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await.map(|_| ())).await?;
    super::history(ctx, AGGREGATE, id, query).await
}

/// The result held for a step of the caller's organ, the state before and after.
async fn begin(
    tx: &mut Tx<'_, '_>,
    (who, id, wanted): (&Who, Uuid, Option<i64>),
    verb: ResultVerb,
    roles: &[Role],
) -> Result<(ResultRow, ResultState, ResultState, Role)> {
    let row = store::result_hold(tx.conn(), &who.scope, id).await?;
    let row = row.ok_or_else(|| Error::not_found("result"))?;
    if row.organ_code != who.caller.department {
        return Err(super::other_department());
    }
    let role = who.role(roles)?;
    expect(wanted, row.version)?;
    let from = row.state()?;
    let to = step(from, verb).ok_or_else(|| transition_refused(from, verb.as_str()))?;
    Ok((row, from, to, role))
}

/// Holds the codes against the answers and measures as they are now.
async fn consistent_now(tx: &mut Tx<'_, '_>, row: &ResultRow) -> Result<(usize, usize, usize)> {
    let task = task_find(tx.conn(), row.task_id.0).await?;
    let task = task.ok_or_else(|| Error::internal("a result without its task"))?;
    let corrections = corrections_of(tx.conn(), row.id).await?.len();
    let disposals = disposals_of(tx.conn(), row.id).await?;
    let facts = facts_of(tx.conn(), &task, (corrections, disposals.len())).await?;
    consistent(row, facts)?;
    let (cases, transfers) = counted(&disposals);
    Ok((cases, transfers, corrections))
}

/// Changes a result before its audit, or after it was sent back.
pub async fn result_update(ctx: &Ctx, id: Uuid, body: ResultUpdate) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, ctx.if_match()?);
    let ResultUpdate { codes, summary, told_subject_at } = body;
    checked(summary.as_deref(), told_subject_at, ctx.now())?;
    ctx.change(async move |tx| {
        let (mut row, from, to, role) =
            begin(tx, (&who, id, Some(wanted)), ResultVerb::Update, ENTRY_ROLES).await?;
        if let Some(codes) = codes {
            row.codes = TextList(codes.into_iter().map(|ResultCode(c)| c).collect());
        }
        row.summary = summary.unwrap_or(row.summary);
        row.told_subject_at = told_subject_at.map(Into::into).or(row.told_subject_at);
        consistent_now(tx, &row).await?;
        row.state = to.to_string();
        let said = Said { role: Some(role), ..Said::default() };
        write(tx, &mut row, (ResultVerb::Update.as_str(), "updated"), from, said).await?;
        let version = row.version;
        Ok(Reply::ok(&view(row)?)?.version(version))
    })
    .await
}

/// The audit by a second person.
pub async fn result_audit(ctx: &Ctx, id: Uuid, body: ResultAudit) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let ResultAudit { decision, note } = body;
    let (verb, what) = match decision {
        AuditDecision::Pass => (ResultVerb::Pass, "audited"),
        AuditDecision::Return => (ResultVerb::Return, "returned"),
        AuditDecision::Reject => (ResultVerb::Reject, "not_approved"),
    };
    let mut faults = Vec::new();
    multiline("/note", note.as_deref(), &mut faults);
    if decision != AuditDecision::Pass && note.is_none() {
        faults.push(Fault::new(
            "/note",
            "note_missing",
            "退回或不通过须说明理由",
            "say why it is not passed",
        ));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let (mut row, from, to, role) = begin(tx, (&who, id, wanted), verb, AUDIT_ROLES).await?;
        let update = [ResultVerb::Update.as_str()];
        let has_changed = has_taken(tx.conn(), AGGREGATE, id, &who.caller.subject, &update).await?;
        if row.entered_by == who.caller.subject || has_changed {
            return Err(Error::forbidden(
                "own_entry",
                "录入或修改结果的人不能审核该结果",
                "Who entered or changed a result does not audit it",
            ));
        }
        if verb == ResultVerb::Pass {
            consistent_now(tx, &row).await?;
        }
        row.state = to.to_string();
        row.audited_by = Some(who.caller.subject.clone());
        row.audited_at = Some(tx.now().into());
        row.audit_note = note.clone();
        let said = Said { role: Some(role), reason: note, ..Said::default() };
        write(tx, &mut row, (verb.as_str(), what), from, said).await?;
        let version = row.version;
        Ok(Reply::ok(&view(row)?)?.version(version))
    })
    .await
}

/// Makes an audited result final: the outcome is set, the publicity's clock begins, the registry is told.
pub async fn result_finalise(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let seen = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    let opening = prepare(&ctx.kit, &seen.organ_code, seen.subject_id.0, ctx.now()).await?;
    ctx.change(async move |tx| {
        let (mut row, from, to, role) =
            begin(tx, (&who, id, wanted), ResultVerb::Finalise, AUDIT_ROLES).await?;
        let measures = consistent_now(tx, &row).await?;
        let scheme = row.scheme()?;
        let found = outcome(scheme, &row.codes.0, measures);
        row.state = to.to_string();
        row.outcome = Some(found.to_string());
        row.final_at = Some(tx.now().into());
        row.set_publicity_due(&opening.due);
        let Grounds { reason, documents } = Grounds::from(body);
        let said = Said {
            role: Some(role),
            reason,
            more: serde_json::json!({"outcome": found, "documents": documents}),
            due: Some(opening.due.clone()),
        };
        write(tx, &mut row, (ResultVerb::Finalise.as_str(), "final"), from, said).await?;
        if let Some(status) = ended_as(scheme, &row.codes.0) {
            let data = serde_json::json!({
                "subject_id": row.subject_id.0, "identifier": row.subject_identifier, "status": status,
                "result_id": row.id.0, "visit_id": row.visit_id.0, "organ_code": row.organ_code,
                "found_on": beijing_date(tx.now()),
            });
            let organ = [row.organ_code.clone()];
            tx.event("result.subject_ended", row.subject_id.0, &organ, &row.region_code, &data)?;
        }
        open_for_result(tx, row.id.0, findings(&row)?, opening).await?;
        let version = row.version;
        Ok(Reply::ok(&view(row)?)?.version(version))
    })
    .await
}
