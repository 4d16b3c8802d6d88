//! Use cases of corrections: ordering, reporting, more time, recheck (责令改正、整改、复查).
//!
//! Due days are computed by the deadline engine with the calendar in force and kept with its version. What was ordered, was
//! put right or was not is told by events, which alerts take up. Called by the handlers; [`orders`] and [`ordered`] also by
//! the entry of a result. `disposal` has cases and transfers.

mod disposal;

pub(super) use disposal::{counted, disposals_checked, opened};
pub use disposal::{disposal_close, disposal_create, disposal_list, disposal_view};

use super::result::Said;
use super::{
    Grounds, Step, Who, deadline_error, expect, outside, plain, step_add, transition_refused, wanted,
};
use crate::api::correction::{
    CorrectionExtend, CorrectionInput, CorrectionListQuery, CorrectionPage, CorrectionRecheck,
    CorrectionReport, CorrectionTerm, CorrectionView,
};
use crate::api::step::PartQuery;
use crate::domain::correction::{CorrectionState, CorrectionVerb, ROLES, is_overdue, step};
use crate::domain::result::{ResultState, outcome};
use crate::domain::step::TermEnd;
use crate::store::correction::{self as store, CorrectionFilter, CorrectionRow};
use crate::store::result::{ResultRow, result_hold};
use crate::store::visit::visit_view;
use domain::calendar::Calendar;
use domain::deadline::{Term, TermUnit, beijing_date, due_from_date};
use jiff::Timestamp;
use jiff::civil::Date;
use service_kit::error::StoreIntent as _;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use store_kit::AnyConn;
use store_kit::types::{Day, Uid};
use uuid::Uuid;

/// Kind of the aggregate in the history.
const AGGREGATE: &str = "correction";

/// A correction about to be ordered, its term computed.
pub(super) struct Order {
    order_no: String,
    problem: String,
    measures: Option<String>,
    ordered_on: Date,
    due: TermEnd,
    recheck_on: Date,
}

/// The end of a term that begins with a day. Hours are refused: an order counts days.
fn end_of(day: Date, term: CorrectionTerm, calendar: &Calendar, pointer: &str) -> Result<TermEnd> {
    let CorrectionTerm { n, unit } = term;
    if unit == TermUnit::Hour {
        return Err(Error::invalid_at(
            format!("{pointer}/unit"),
            "hours_not_allowed",
            "整改期限须以日、工作日或月计",
            "a term of days, working days or months",
        ));
    }
    let due =
        due_from_date(day, &Term { n, unit }, calendar, &[]).map_err(|e| deadline_error(&e, pointer))?;
    Ok(due.into())
}

fn multiline(pointer: String, text: Option<&str>, faults: &mut Vec<Fault>) {
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

/// Checks corrections and computes their terms; `base` is the place of the list in the body.
///
/// # Errors
/// 422 with every fault; `calendar_missing` where a term leaves the known years.
pub(super) fn orders(
    given: Vec<CorrectionInput>,
    base: &str,
    calendar: &Calendar,
    today: Date,
) -> Result<Vec<Order>> {
    let mut faults = Vec::new();
    let mut out: Vec<Order> = Vec::with_capacity(given.len());
    for (at, input) in given.into_iter().enumerate() {
        let CorrectionInput { order_no, problem, measures, ordered_on, term, recheck_on } = input;
        let place = |member: &str| {
            if base.is_empty() { format!("/{member}") } else { format!("{base}/{at}/{member}") }
        };
        plain(&place("order_no"), Some(&order_no), &mut faults);
        multiline(place("problem"), Some(&problem), &mut faults);
        multiline(place("measures"), measures.as_deref(), &mut faults);
        let ordered_on = ordered_on.unwrap_or(today);
        if ordered_on > today {
            faults.push(Fault::new(
                place("ordered_on"),
                "date_in_future",
                "不能晚于今天",
                "must not lie in the future",
            ));
        }
        if out.iter().any(|o| o.order_no == order_no) {
            faults.push(Fault::new(
                place("order_no"),
                "order_twice",
                "文号重复",
                "the number is given twice",
            ));
        }
        let due = end_of(ordered_on, term, calendar, &place("term"))?;
        if recheck_on < due.date {
            faults.push(Fault::new(
                place("recheck_on"),
                "recheck_before_due",
                "复查日期不能早于整改期限届满之日",
                "the recheck must not come before the last day of the term",
            ));
        }
        out.push(Order { order_no, problem, measures, ordered_on, due, recheck_on });
    }
    if faults.is_empty() { Ok(out) } else { Err(Error::invalid(faults)) }
}

/// Writes ordered corrections of a result.
///
/// # Errors
/// 409 `order_exists` when the organ used the number before.
pub(super) async fn ordered(
    tx: &mut Tx<'_, '_>,
    result: &ResultRow,
    who: &Who,
    orders: Vec<Order>,
) -> Result<Vec<CorrectionRow>> {
    let now = tx.now();
    let mut rows = Vec::with_capacity(orders.len());
    for order in orders {
        let Order { order_no, problem, measures, ordered_on, due, recheck_on } = order;
        let row = CorrectionRow {
            id: Uid(Uuid::now_v7()),
            result_id: result.id,
            visit_id: result.visit_id,
            organ_code: result.organ_code.clone(),
            region_code: result.region_code.clone(),
            subject_id: result.subject_id,
            order_no,
            problem,
            measures,
            state: CorrectionState::Ordered.to_string(),
            ordered_on: Day(ordered_on),
            due_date: Day(due.date),
            due_at: due.at.into(),
            due_calendar: due.calendar.clone(),
            extended_to: None,
            extension_reason: None,
            reported_on: None,
            report: None,
            recheck_on: Some(Day(recheck_on)),
            rechecked_on: None,
            recheck_visit_id: None,
            recheck_by: None,
            recheck_note: None,
            transitions: 0,
            created_by: who.caller.subject.clone(),
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        };
        store::correction_create(tx.conn(), &row).await.or_conflict(
            "order_exists",
            "本部门已用过该责令改正通知书文号",
            "The organ has used this number of an order before",
        )?;
        tell(tx, "ordered", &row)?;
        rows.push(row);
    }
    Ok(rows)
}

fn tell(tx: &mut Tx<'_, '_>, what: &str, row: &CorrectionRow) -> Result<()> {
    let data = serde_json::json!({
        "id": row.id.0, "result_id": row.result_id.0, "visit_id": row.visit_id.0, "subject_id": row.subject_id.0,
        "organ_code": row.organ_code, "state": row.state, "due_date": row.due_date.0, "due_at": row.due_at.0,
        "extended_to": row.extended_to.map(|d| d.0), "recheck_on": row.recheck_on.map(|d| d.0), "version": row.version,
    });
    tx.audit(AGGREGATE, row.id.0, data.clone());
    let organ = [row.organ_code.clone()];
    tx.event(&format!("correction.{what}"), row.id.0, &organ, &row.region_code, &data)
}

pub(super) fn view(row: CorrectionRow, now: Timestamp) -> Result<CorrectionView> {
    let state = row.state()?;
    let CorrectionRow {
        id,
        result_id,
        visit_id,
        organ_code,
        region_code: _,
        subject_id,
        order_no,
        problem,
        measures,
        state: _,
        ordered_on,
        due_date,
        due_at,
        due_calendar,
        extended_to,
        extension_reason,
        reported_on,
        report,
        recheck_on,
        rechecked_on,
        recheck_visit_id,
        recheck_by,
        recheck_note,
        transitions: _,
        created_by: _,
        version,
        created_at,
        updated_at,
    } = row;
    Ok(CorrectionView {
        id: id.0,
        result_id: result_id.0,
        visit_id: visit_id.0,
        organ_code,
        subject_id: subject_id.0,
        order_no,
        problem,
        measures,
        state,
        ordered_on: ordered_on.0,
        due_date: due_date.0,
        due_at: due_at.0,
        calendar_version: due_calendar,
        overdue: is_overdue(state, due_at.0, now),
        extended_to: extended_to.map(|d| d.0),
        extension_reason,
        reported_on: reported_on.map(|d| d.0),
        report,
        recheck_on: recheck_on.map(|d| d.0),
        rechecked_on: rechecked_on.map(|d| d.0),
        recheck_visit_id: recheck_visit_id.map(|v| v.0),
        recheck_by,
        recheck_note,
        version,
        created_at: created_at.0,
        updated_at: updated_at.0,
    })
}

async fn find(c: &mut AnyConn<'_>, who: &Who, id: Uuid) -> Result<CorrectionRow> {
    store::correction_view(c, &who.scope, id).await?.ok_or_else(|| Error::not_found("correction"))
}

/// Only the organ itself works on what is its own.
fn own(who: &Who, organ: &str) -> Result<()> {
    if who.caller.department == organ { Ok(()) } else { Err(super::other_department()) }
}

/// A result of the caller's organ that measures may be added to.
async fn result_for(tx: &mut Tx<'_, '_>, who: &Who, id: Uuid) -> Result<ResultRow> {
    let row = result_hold(tx.conn(), &who.scope, id).await?.ok_or_else(|| Error::not_found("result"))?;
    own(who, &row.organ_code)?;
    who.role(ROLES)?;
    if row.state()? == ResultState::NotApproved {
        return Err(transition_refused(&row.state, "add_measure"));
    }
    Ok(row)
}

/// A later measure changes what followed from a final result.
async fn outcome_again(tx: &mut Tx<'_, '_>, row: &mut ResultRow, verb: &str) -> Result<()> {
    if row.state()? != ResultState::Final {
        return Ok(());
    }
    let disposals = store::disposals_of(tx.conn(), row.id).await?;
    let corrections = store::corrections_of(tx.conn(), row.id).await?.len();
    let (cases, transfers) = counted(&disposals);
    let now = outcome(row.scheme()?, &row.codes.0, (cases, transfers, corrections));
    if row.outcome()? == Some(now) {
        return Ok(());
    }
    let before = row.outcome.replace(now.to_string());
    let said = Said { more: serde_json::json!({"before": before, "outcome": now}), ..Said::default() };
    super::result::write(tx, row, (verb, "outcome_changed"), ResultState::Final, said).await
}

/// Orders a correction that follows from a result.
pub async fn correction_create(ctx: &Ctx, result_id: Uuid, body: CorrectionInput) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let calendar = outside::calendar(&ctx.kit).await?;
    let checked = orders(vec![body], "", &calendar, beijing_date(ctx.now()))?;
    ctx.change(async move |tx| {
        let mut result = result_for(tx, &who, result_id).await?;
        let row = ordered(tx, &result, &who, checked).await?.into_iter().next();
        let row = row.ok_or_else(|| Error::internal("an order that was checked was not written"))?;
        outcome_again(tx, &mut result, "order_correction").await?;
        let location = format!("/v1/corrections/{}", row.id.0);
        Ok(Reply::created(&view(row, tx.now())?, location)?.version(1))
    })
    .await
}

/// One correction.
pub async fn correction_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let row = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    let version = row.version;
    Ok(Reply::ok(&view(row, ctx.now())?)?.version(version))
}

/// Lists corrections.
pub async fn correction_list(ctx: &Ctx, query: CorrectionListQuery) -> Result<Reply> {
    let CorrectionListQuery { state, organ_code, subject_id, result_id, overdue, cursor, limit } = query;
    let (who, now) = (Who::of(ctx)?, ctx.now());
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let overdue_at = overdue.filter(|o| *o).map(|_| now);
    let filter = CorrectionFilter { state, organ_code, subject_id, result_id, overdue_at };
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            Ok(store::correction_list(c, &who.scope, &filter, after, limit + 1).await?)
        })
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0);
    let items = items.into_iter().map(|r| view(r, now)).collect::<Result<Vec<_>>>()?;
    Reply::page(ctx, &CorrectionPage { items, next: next.clone() }, next.as_deref())
}

/// The steps of a correction.
pub async fn correction_history(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await.map(|_| ())).await?;
    super::history(ctx, AGGREGATE, id, query).await
}

/// A step of a correction about to be written.
struct Taken {
    verb: CorrectionVerb,
    what: &'static str,
    to: CorrectionState,
    reason: Option<String>,
    due: Option<TermEnd>,
}

async fn write(tx: &mut Tx<'_, '_>, who: &Who, mut row: CorrectionRow, taken: Taken) -> Result<Reply> {
    let Taken { verb, what, to, reason, due } = taken;
    let from = row.state.clone();
    row.state = to.to_string();
    row.transitions += 1;
    row.version += 1;
    row.updated_at = tx.now().into();
    if !store::correction_update(tx.conn(), &row).await? {
        return Err(service_kit::extract::changed());
    }
    let written = Step {
        aggregate: AGGREGATE,
        id: row.id.0,
        number: row.transitions,
        from: &from,
        verb: verb.as_str(),
        to: to.as_str(),
        role: Some(who.role(ROLES)?),
        grounds: Grounds { reason, documents: Vec::new() },
        more: serde_json::json!({"recheck_visit_id": row.recheck_visit_id.map(|v| v.0)}),
        rule_ids: Vec::new(),
        rule_pack: None,
        due,
    };
    step_add(tx, written).await?;
    tell(tx, what, &row)?;
    let version = row.version;
    Ok(Reply::ok(&view(row, tx.now())?)?.version(version))
}

/// The correction held for a step, and the state after it.
async fn begin(
    tx: &mut Tx<'_, '_>,
    (who, id, wanted): (&Who, Uuid, Option<i64>),
    verb: CorrectionVerb,
    is_put_right: bool,
) -> Result<(CorrectionRow, CorrectionState)> {
    let row = find(tx.conn(), who, id).await?;
    own(who, &row.organ_code)?;
    who.role(ROLES)?;
    expect(wanted, row.version)?;
    let state = row.state()?;
    let to = step(state, verb, is_put_right).ok_or_else(|| transition_refused(state, verb.as_str()))?;
    Ok((row, to))
}

fn not_in_future(pointer: &str, day: Option<Date>, today: Date) -> Result<()> {
    match day {
        Some(day) if day > today => {
            Err(Error::invalid_at(pointer, "date_in_future", "不能晚于今天", "must not lie in the future"))
        }
        _ => Ok(()),
    }
}

/// Notes that the subject reported its correction.
pub async fn correction_report(ctx: &Ctx, id: Uuid, body: CorrectionReport) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let CorrectionReport { report, reported_on } = body;
    let today = beijing_date(ctx.now());
    not_in_future("/reported_on", reported_on, today)?;
    ctx.change(async move |tx| {
        let (mut row, to) = begin(tx, (&who, id, wanted), CorrectionVerb::Report, false).await?;
        row.reported_on = Some(Day(reported_on.unwrap_or(today)));
        row.report = Some(report);
        let taken = Taken { verb: CorrectionVerb::Report, what: "reported", to, reason: None, due: None };
        write(tx, &who, row, taken).await
    })
    .await
}

/// Gives more time, counted from the end of the term before; not after it is over.
pub async fn correction_extend(ctx: &Ctx, id: Uuid, body: CorrectionExtend) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let CorrectionExtend { term, recheck_on, reason } = body;
    let mut faults = Vec::new();
    plain("/reason", Some(&reason), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let calendar = outside::calendar(&ctx.kit).await?;
    ctx.change(async move |tx| {
        let (mut row, to) = begin(tx, (&who, id, wanted), CorrectionVerb::Extend, false).await?;
        if is_overdue(CorrectionState::Ordered, row.due_at.0, tx.now()) {
            return Err(Error::conflict(
                "correction_overdue",
                "整改期限已届满，不能延期",
                "The term is over, it cannot be made longer",
            ));
        }
        if row.extended_to.is_some() {
            return Err(Error::conflict(
                "extended_already",
                "已延期一次，不能再延期",
                "It was extended once already",
            ));
        }
        let due = end_of(row.due_date.0, term, &calendar, "/term")?;
        let recheck = recheck_on.or(row.recheck_on.map(|d| d.0)).filter(|d| *d >= due.date);
        if recheck.is_none() {
            return Err(Error::invalid_at(
                "/recheck_on",
                "recheck_before_due",
                "复查日期不能早于延期后的届满之日",
                "the recheck must not come before the new last day",
            ));
        }
        row.extended_to = Some(Day(due.date));
        row.extension_reason = Some(reason.clone());
        row.due_date = Day(due.date);
        row.due_at = due.at.into();
        row.due_calendar = due.calendar.clone();
        row.recheck_on = recheck.map(Day);
        let taken = Taken {
            verb: CorrectionVerb::Extend,
            what: "extended",
            to,
            reason: Some(reason),
            due: Some(due),
        };
        write(tx, &who, row, taken).await
    })
    .await
}

/// Notes the recheck; what was not put right is told to the alerts.
pub async fn correction_recheck(ctx: &Ctx, id: Uuid, body: CorrectionRecheck) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let CorrectionRecheck { is_put_right, note, rechecked_on, visit_id } = body;
    let today = beijing_date(ctx.now());
    not_in_future("/rechecked_on", rechecked_on, today)?;
    ctx.change(async move |tx| {
        let (mut row, to) = begin(tx, (&who, id, wanted), CorrectionVerb::Recheck, is_put_right).await?;
        if let Some(visit_id) = visit_id {
            let visit = visit_view(tx.conn(), &who.scope, visit_id).await?;
            if visit.is_none_or(|v| v.subject_id != row.subject_id) {
                return Err(Error::invalid_at(
                    "/visit_id",
                    "unknown_visit",
                    "没有对该监管对象的这次检查",
                    "no such visit to this subject",
                ));
            }
        }
        row.rechecked_on = Some(Day(rechecked_on.unwrap_or(today)));
        row.recheck_visit_id = visit_id.map(Uid);
        row.recheck_by = Some(who.caller.subject.clone());
        row.recheck_note = Some(note);
        let what = if is_put_right { "corrected" } else { "uncorrected" };
        let taken = Taken { verb: CorrectionVerb::Recheck, what, to, reason: None, due: None };
        write(tx, &who, row, taken).await
    })
    .await
}
