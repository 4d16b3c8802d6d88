//! The steps of a publicity record, its lists and its history.

use super::super::lint::Verdicts;
use super::super::lint::publicity::publish_verdicts;
use super::super::{
    Grounds, Step, Who, expect, history, other_department, outside, plain, step_add, term_end,
    transition_refused, wanted,
};
use super::channel::ask_channels;
use super::open::{AGGREGATE, insert, tell};
use crate::api::publicity::{
    PublicText, PublicityCorrect, PublicityDue, PublicityDueQuery, PublicityListQuery, PublicityPage,
    PublicityReview, PublicityView, PublicityWithdraw, PublicityWithhold,
};
use crate::api::step::{ActionNote, ActionReason, DocumentRef, PartQuery};
use crate::config::Config;
use crate::domain::publicity::{
    Asking, ChannelAction, PublicityRefusal, PublicityState, PublicityVerb, ResultContent, ReviewOpinion,
    WITHDRAW_WITHIN, WithholdingGround, decide,
};
use crate::domain::step::TermEnd;
use crate::store::publicity::{self as store, PublicityFilter, PublicityRow};
use crate::store::{document, json, word};
use domain::deadline::{beijing_date, beijing_midnight, due_from_date};
use domain::vocabulary::Role;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use store_kit::types::{Day, Uid};
use uuid::Uuid;

/// Lists the records of the caller's scope.
pub async fn publicity_list(ctx: &Ctx, query: PublicityListQuery) -> Result<Reply> {
    let PublicityListQuery { state, organ_code, subject_id, source_id, cursor, limit } = query;
    let filter = PublicityFilter { state, organ_code, subject_id, source_id, due_before: None };
    page(ctx, filter, cursor, limit).await
}

/// Lists what is due or overdue: publications and ordered withdrawals.
pub async fn publicity_due_list(ctx: &Ctx, query: PublicityDueQuery) -> Result<Reply> {
    let PublicityDueQuery { due, organ_code, cursor, limit } = query;
    let now = ctx.now();
    let days = match due.unwrap_or(PublicityDue::Today) {
        PublicityDue::Overdue => None,
        PublicityDue::Today => Some(1),
        PublicityDue::Week => Some(8),
    };
    // A term ends with the midnight after its last day, so what is due today ends at the next midnight.
    let horizon = match days {
        None => now,
        Some(days) => {
            let day = beijing_date(now).saturating_add(Span::new().days(days));
            beijing_midnight(day).ok_or_else(|| Error::internal("a day without midnight"))?
        }
    };
    let filter = PublicityFilter { organ_code, due_before: Some(horizon), ..PublicityFilter::default() };
    page(ctx, filter, cursor, limit).await
}

async fn page(
    ctx: &Ctx,
    filter: PublicityFilter,
    cursor: Option<String>,
    limit: Option<i64>,
) -> Result<Reply> {
    let (limit, scope, now) = (limit.unwrap_or(DEFAULT_LIMIT), ctx.scope(), ctx.now());
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::publicity_list(c, &scope, &filter, after, limit + 1).await?))
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0);
    let items = items.into_iter().map(|r| Ok(PublicityView::of(r, now)?)).collect::<Result<Vec<_>>>()?;
    Reply::page(ctx, &PublicityPage { items, next: next.clone() }, next.as_deref())
}

/// One record within the caller's scope.
pub(super) async fn find(ctx: &Ctx, id: Uuid) -> Result<PublicityRow> {
    let scope = ctx.scope();
    let row =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::publicity_view(c, &scope, id).await?)).await?;
    row.ok_or_else(|| Error::not_found("publicity record"))
}

/// One record.
pub async fn publicity_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    answer(find(ctx, id).await?, ctx.now())
}

fn answer(row: PublicityRow, now: Timestamp) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&PublicityView::of(row, now)?)?.version(version))
}

/// The history of a record.
pub async fn publicity_history(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    find(ctx, id).await?;
    history(ctx, AGGREGATE, id, query).await
}

/// Who asks, for which record, having read which version.
struct Asked {
    who: Who,
    wanted: Option<i64>,
    id: Uuid,
}

impl Asked {
    fn of(ctx: &Ctx, id: Uuid) -> Result<Self> {
        Ok(Self { who: Who::of(ctx)?, wanted: wanted(ctx)?, id })
    }

    /// The record, held, and what the step leads to.
    async fn begin(&self, tx: &mut Tx<'_, '_>, verb: PublicityVerb) -> Result<(PublicityRow, Taken)> {
        let row = store::publicity_hold(tx.conn(), &self.who.scope, self.id)
            .await?
            .ok_or_else(|| Error::not_found("publicity record"))?;
        expect(self.wanted, row.version)?;
        let from: PublicityState = word(&row.state)?;
        let asking = Asking {
            caller: &self.who.caller,
            organ_code: &row.organ_code,
            reviewed_by: row.reviewed_by.as_deref(),
        };
        let (to, role) = decide(from, verb, asking).map_err(|e| refusal(e, from, verb))?;
        Ok((row, Taken { from, verb, to, role: Some(role) }))
    }
}

fn refusal(refusal: PublicityRefusal, from: PublicityState, verb: PublicityVerb) -> Error {
    match refusal {
        PublicityRefusal::State => transition_refused(from, verb.as_str()),
        PublicityRefusal::Role => {
            Error::forbidden("role_missing", "您的角色不能办理此环节", "Your roles do not allow this step")
        }
        PublicityRefusal::Department => other_department(),
        PublicityRefusal::SamePerson => Error::conflict(
            "same_person",
            "审查人与审批人不得为同一人",
            "Who reviewed it may not decide on it",
        ),
    }
}

/// A step about to be written.
pub(super) struct Taken {
    pub from: PublicityState,
    pub verb: PublicityVerb,
    pub to: PublicityState,
    pub role: Option<Role>,
}

/// What a step rests on and what it begins.
#[derive(Default)]
pub(super) struct Details {
    pub grounds: Grounds,
    pub more: serde_json::Value,
    pub rule_ids: Vec<&'static str>,
    pub due: Option<TermEnd>,
    /// What the linter said, where the step asks it.
    pub verdicts: Option<Verdicts>,
}

/// Writes the record in its new state, the step, audit entry and event.
pub(super) async fn write(
    tx: &mut Tx<'_, '_>,
    row: &mut PublicityRow,
    taken: Taken,
    details: Details,
) -> Result<()> {
    let Taken { from, verb, to, role } = taken;
    let Details { grounds, more, rule_ids, due, verdicts } = details;
    let mut rules: Vec<String> = rule_ids.into_iter().map(ToString::to_string).collect();
    rules.extend(verdicts.iter().flat_map(Verdicts::rule_ids));
    rules.sort();
    rules.dedup();
    row.state = to.to_string();
    row.transitions += 1;
    row.version += 1;
    row.updated_at = tx.now().into();
    if !store::publicity_update(tx.conn(), row).await? {
        return Err(service_kit::extract::changed());
    }
    let step = Step {
        aggregate: AGGREGATE,
        id: row.id.0,
        number: row.transitions,
        from: from.as_str(),
        verb: verb.as_str(),
        to: to.as_str(),
        role,
        grounds,
        more: more.clone(),
        rule_ids: rules,
        rule_pack: verdicts.map(|v| v.pack_version()),
        due,
    };
    step_add(tx, step).await?;
    let what = match verb {
        PublicityVerb::Review => "reviewed",
        PublicityVerb::Approve => "approved",
        PublicityVerb::Withhold => "withheld",
        PublicityVerb::Publish => "published",
        PublicityVerb::Correct => "corrected",
        PublicityVerb::OrderWithdrawal => "withdrawal_ordered",
        PublicityVerb::Withdraw => "withdrawn",
        PublicityVerb::Stop => "stopped",
        PublicityVerb::Expire => "expired",
    };
    tell(tx, what, row, more)
}

fn list_of(grounds: &[WithholdingGround]) -> String {
    grounds.iter().map(|g| g.label_zh()).collect::<Vec<_>>().join("、")
}

/// Notes what the secrecy review found.
pub async fn publicity_review(ctx: &Ctx, id: Uuid, body: PublicityReview) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let PublicityReview { opinion, grounds, reason } = body;
    let mut faults = Vec::new();
    plain("/reason", Some(&reason), &mut faults);
    match opinion {
        ReviewOpinion::Withhold if grounds.is_empty() => faults.push(Fault::new(
            "/grounds",
            "grounds_missing",
            "不宜公示的须说明事由",
            "an opinion against it needs grounds",
        )),
        ReviewOpinion::MayPublish if !grounds.is_empty() => faults.push(Fault::new(
            "/grounds",
            "grounds_contradict",
            "意见为可以公示，不应填写不予公示事由",
            "grounds against it contradict the opinion",
        )),
        _ => {}
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let (mut row, taken) = asked.begin(tx, PublicityVerb::Review).await?;
        row.reviewed_by = Some(asked.who.caller.subject.clone());
        row.reviewed_at = Some(tx.now().into());
        let named = if grounds.is_empty() { String::new() } else { format!("（{}）", list_of(&grounds)) };
        row.review_reason = Some(format!("{}{named}：{reason}", opinion.label_zh()));
        let details = Details {
            grounds: Grounds { reason: Some(reason), documents: Vec::new() },
            more: serde_json::json!({"opinion": opinion, "grounds": grounds}),
            rule_ids: vec!["PUB-07"],
            due: None,
            verdicts: None,
        };
        write(tx, &mut row, taken, details).await?;
        answer(row, tx.now())
    })
    .await
}

/// The head lets it be published.
pub async fn publicity_approve(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let (mut row, taken) = asked.begin(tx, PublicityVerb::Approve).await?;
        row.withholding_approved_by = None;
        row.withholding_approved_at = None;
        let details = Details {
            grounds: body.into(),
            more: serde_json::json!({}),
            rule_ids: vec!["PUB-07"],
            due: None,
            verdicts: None,
        };
        write(tx, &mut row, taken, details).await?;
        answer(row, tx.now())
    })
    .await
}

/// The head decides that it is not published.
pub async fn publicity_withhold(ctx: &Ctx, id: Uuid, body: PublicityWithhold) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let PublicityWithhold { grounds, reason, documents } = body;
    let mut faults = Vec::new();
    plain("/reason", Some(&reason), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let (mut row, taken) = asked.begin(tx, PublicityVerb::Withhold).await?;
        row.withholding_approved_by = Some(asked.who.caller.subject.clone());
        row.withholding_approved_at = Some(tx.now().into());
        let details = Details {
            grounds: grounds_of(reason, documents),
            more: serde_json::json!({"grounds": grounds}),
            rule_ids: vec!["PUB-07"],
            due: None,
            verdicts: None,
        };
        write(tx, &mut row, taken, details).await?;
        answer(row, tx.now())
    })
    .await
}

fn grounds_of(reason: String, documents: Vec<DocumentRef>) -> Grounds {
    Grounds { reason: Some(reason), documents: documents.into_iter().map(|DocumentRef(d)| d).collect() }
}

/// Publishes, and asks every channel to show it.
pub async fn publicity_publish(ctx: &Ctx, config: &Config, id: Uuid, body: ActionNote) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let (years, years_personal) = (config.publicity_years, config.publicity_years_personal);
    let years = move |row: &PublicityRow| if row.is_personal { years_personal } else { years };
    let verdicts = publish_verdicts(ctx, id, years).await?;
    ctx.change(async move |tx| {
        let (mut row, taken) = asked.begin(tx, PublicityVerb::Publish).await?;
        verdicts.refuse_if_blocking()?;
        let now = tx.now();
        let years = years(&row);
        row.published_at = Some(now.into());
        row.published_by = Some(asked.who.caller.subject.clone());
        row.expires_on = Some(Day(beijing_date(now).saturating_add(Span::new().years(years))));
        let is_late = row.due_at.is_some_and(|due| now >= due.0);
        let details = Details {
            grounds: body.into(),
            more: serde_json::json!({"is_late": is_late}),
            rule_ids: vec!["PUB-01"],
            due: None,
            verdicts: Some(verdicts),
        };
        write(tx, &mut row, taken, details).await?;
        ask_channels(tx, &row, ChannelAction::Publish).await?;
        answer(row, now)
    })
    .await
}

/// The term of a withdrawal or correction that begins on a day.
async fn withdrawal_term(ctx: &Ctx, decided_on: Date) -> Result<TermEnd> {
    let today = ctx.kit.clock.today();
    if decided_on > today {
        return Err(Error::invalid_at(
            "/decided_on",
            "in_future",
            "决定日期不得晚于今天",
            "the decision may not lie in the future",
        ));
    }
    let calendar = outside::calendar(&ctx.kit).await?;
    let due = due_from_date(decided_on, &WITHDRAW_WITHIN, &calendar, &[])
        .map_err(|e| super::super::deadline_error(&e, "/decided_on"))?;
    Ok(due.into())
}

/// Orders the withdrawal: from now on its three working days show in the due list.
pub async fn publicity_order_withdrawal(ctx: &Ctx, id: Uuid, body: PublicityWithdraw) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let PublicityWithdraw { cause, decided_on, reason, documents } = body;
    let due = withdrawal_term(ctx, decided_on).await?;
    ctx.change(async move |tx| {
        let (mut row, taken) = asked.begin(tx, PublicityVerb::OrderWithdrawal).await?;
        if row.withdraw_due_at.is_some() {
            return Err(Error::conflict(
                "withdrawal_ordered",
                "已责令撤回，期限不重新计算",
                "Its withdrawal was ordered already; the term does not begin anew",
            ));
        }
        row.withdraw_due_at = Some(due.at.into());
        row.withdraw_reason = Some(format!("{}：{reason}", cause.label_zh()));
        let details = Details {
            grounds: grounds_of(reason, documents),
            more: serde_json::json!({"cause": cause, "decided_on": decided_on, "withdraw_by": due.date}),
            rule_ids: vec!["PUB-04"],
            due: Some(due),
            verdicts: None,
        };
        write(tx, &mut row, taken, details).await?;
        answer(row, tx.now())
    })
    .await
}

/// Takes it back everywhere; whether that is in time is computed.
pub async fn publicity_withdraw(ctx: &Ctx, id: Uuid, body: PublicityWithdraw) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let PublicityWithdraw { cause, decided_on, reason, documents } = body;
    let due = withdrawal_term(ctx, decided_on).await?;
    ctx.change(async move |tx| {
        let (mut row, taken) = asked.begin(tx, PublicityVerb::Withdraw).await?;
        let now = tx.now();
        // The order's term stands when there was one: naming a later day does not stretch it.
        let end = row.withdraw_due_at.map_or(due.at, |ordered| ordered.0.min(due.at));
        row.withdraw_due_at = Some(end.into());
        row.withdraw_reason = Some(format!("{}：{reason}", cause.label_zh()));
        row.withdrawn_at = Some(now.into());
        let details = Details {
            grounds: grounds_of(reason, documents),
            more: serde_json::json!({"cause": cause, "decided_on": decided_on, "is_late": now >= end}),
            rule_ids: vec!["PUB-04"],
            due: None,
            verdicts: None,
        };
        write(tx, &mut row, taken, details).await?;
        ask_channels(tx, &row, ChannelAction::Withdraw).await?;
        answer(row, now)
    })
    .await
}

/// Ends the display early, as credit repair was granted.
pub async fn publicity_stop(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    ctx.change(async move |tx| {
        let (mut row, taken) = asked.begin(tx, PublicityVerb::Stop).await?;
        let now = tx.now();
        row.withdrawn_at = Some(now.into());
        let details = Details {
            grounds: body.into(),
            more: serde_json::json!({}),
            rule_ids: Vec::new(),
            due: None,
            verdicts: None,
        };
        write(tx, &mut row, taken, details).await?;
        ask_channels(tx, &row, ChannelAction::Withdraw).await?;
        answer(row, now)
    })
    .await
}

fn texts(pointer: &str, given: Option<Vec<PublicText>>, faults: &mut Vec<Fault>) -> Option<Vec<String>> {
    let texts: Option<Vec<String>> = given.map(|all| all.into_iter().map(|PublicText(t)| t).collect());
    for (at, text) in texts.iter().flatten().enumerate() {
        plain(&format!("{pointer}/{at}"), Some(text), faults);
    }
    texts
}

/// Stops showing what is wrong at once and opens the record that replaces it, due within three working days.
pub async fn publicity_correct(ctx: &Ctx, id: Uuid, body: PublicityCorrect) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let PublicityCorrect { reason, note, inspected_on, items, findings } = body;
    let mut faults = Vec::new();
    plain("/reason", Some(&reason), &mut faults);
    plain("/note", Some(&note), &mut faults);
    let items = texts("/items", items, &mut faults);
    let findings = texts("/findings", findings, &mut faults);
    if inspected_on.is_some_and(|day| day > ctx.kit.clock.today()) {
        faults.push(Fault::new("/inspected_on", "in_future", "检查日期不得晚于今天", "lies in the future"));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let calendar = outside::calendar(&ctx.kit).await?;
    let due = term_end(ctx.now(), &WITHDRAW_WITHIN, &calendar, "")?;
    ctx.change(async move |tx| {
        let (mut old, taken) = asked.begin(tx, PublicityVerb::Correct).await?;
        let now = tx.now();
        let mut content: ResultContent = document(old.content.0.clone())?;
        content.inspected_on = inspected_on.or(content.inspected_on);
        content.items = items.unwrap_or(content.items);
        content.findings = findings.unwrap_or(content.findings);
        content.correction_note = Some(note);
        old.withdrawn_at = Some(now.into());
        let next = PublicityRow {
            id: Uid(Uuid::now_v7()),
            state: PublicityState::Pending.to_string(),
            content: json(&content)?,
            reviewed_by: None,
            reviewed_at: None,
            review_reason: None,
            withholding_approved_by: None,
            withholding_approved_at: None,
            due_date: Some(Day(due.date)),
            due_at: Some(due.at.into()),
            due_calendar: Some(due.calendar.clone()),
            published_at: None,
            published_by: None,
            expires_on: None,
            withdraw_reason: None,
            withdraw_due_at: None,
            withdrawn_at: None,
            replaces: Some(old.id),
            transitions: 1,
            created_by: asked.who.caller.subject.clone(),
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
            ..old.clone()
        };
        let details = Details {
            grounds: Grounds { reason: Some(reason), documents: Vec::new() },
            more: serde_json::json!({"replaced_by": next.id.0}),
            rule_ids: vec!["PUB-09"],
            due: None,
            verdicts: None,
        };
        write(tx, &mut old, taken, details).await?;
        ask_channels(tx, &old, ChannelAction::Withdraw).await?;
        insert(tx, &next, due).await?;
        let location = format!("/v1/publicity-records/{}", next.id.0);
        let version = next.version;
        Ok(Reply::created(&PublicityView::of(next, now)?, location)?.version(version))
    })
    .await
}
