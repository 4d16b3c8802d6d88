//! Use cases of rule packs: check, upload, publish by a second person, discard; the pack in force, the rule that applied.
//!
//! Refuses a pack with any blocking finding, a decision by the uploader, and a second decision. The default pack is loaded
//! on the first start and published by the loading task.

use super::{WHOLE_DISTRICT, Who};
use crate::api::rule_pack::{
    AppliedQuery, AppliedRuleView, InForceQuery, RulePackCheckView, RulePackDecision, RulePackDifference,
    RulePackDifferenceQuery, RulePackFinding, RulePackListQuery, RulePackPage, RulePackSummary,
    RulePackUpload, RulePackView,
};
use crate::domain::rule_pack::{DecisionRefusal, KeptFinding, RulePackState, Uploaded};
use crate::store::rule_pack as store;
use domain::deadline::beijing_date;
use jiff::Timestamp;
use jiff::civil::Date;
use rules::RulePack;
use rules::check::{PackFault, check};
use rules::difference::difference;
use service_kit::change::Actor;
use service_kit::error::StoreIntent as _;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Kit, Page, Reply, Result, Tx};
use std::collections::BTreeSet;
use store_kit::AnyConn;
use uuid::Uuid;

/// First day of the facts that the default pack judges: the interim regulation on publicity of firms came into force.
const DEFAULT_FROM: Date = jiff::civil::date(2014, 10, 1);

fn default_pack() -> Result<RulePack> {
    rules::default_pack().map_err(|e| Error::internal(format!("the default rule pack: {e}")))
}

/// Findings of a pack: those that block, and the others.
fn findings(pack: &RulePack) -> Result<(Vec<PackFault>, Vec<PackFault>)> {
    let known: BTreeSet<String> = default_pack()?.rules.into_iter().map(|r| r.rule_id).collect();
    Ok(check(pack, &known).into_iter().partition(|f| f.is_blocking))
}

fn fault(f: PackFault) -> Fault {
    let PackFault { pointer, code, is_blocking: _, text } = f;
    Fault::new(format!("/pack{pointer}"), code, text.zh, text.en)
}

/// Checks a pack; nothing is kept.
pub async fn rule_pack_check(ctx: &Ctx, body: RulePackUpload) -> Result<Reply> {
    let (faults, warnings) = findings(&body.pack)?;
    let view = |all: Vec<PackFault>| -> Vec<RulePackFinding> {
        all.into_iter().map(|f| RulePackFinding::of(KeptFinding::from(f), ctx.lang())).collect()
    };
    Reply::ok(&RulePackCheckView {
        is_storable: faults.is_empty(),
        digest: body.pack.digest(),
        faults: view(faults),
        findings: view(warnings),
    })
}

/// Keeps a pack as a draft.
pub async fn rule_pack_create(ctx: &Ctx, body: RulePackUpload) -> Result<Reply> {
    let (who, lang) = (Who::of(ctx)?, ctx.lang());
    let RulePackUpload { pack, valid_from, valid_to, reason } = body;
    let (faults, warnings) = findings(&pack)?;
    let mut faults: Vec<Fault> = faults.into_iter().map(fault).collect();
    if valid_to.is_some_and(|to| to <= valid_from) {
        faults.push(Fault::new(
            "/valid_to",
            "interval_reversed",
            "须晚于 valid_from",
            "must be after valid_from",
        ));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let draft = draft(pack, warnings, (valid_from, valid_to), (reason, who.caller.subject), tx.now());
        store::rule_pack_create(tx.conn(), &draft).await?;
        tell(tx, "created", &draft)?;
        let location = format!("/v1/rule-packs/{}", draft.id);
        Ok(Reply::created(&RulePackView::of(draft, lang), location)?.version(1))
    })
    .await
}

fn draft(
    pack: RulePack,
    warnings: Vec<PackFault>,
    (valid_from, valid_to): (Date, Option<Date>),
    (reason, created_by): (String, String),
    now: Timestamp,
) -> Uploaded {
    Uploaded {
        id: Uuid::now_v7(),
        number: None,
        state: RulePackState::Draft,
        digest: pack.digest(),
        pack,
        findings: warnings.into_iter().map(KeptFinding::from).collect(),
        valid_from,
        valid_to,
        reason,
        created_by,
        decided_by: None,
        decided_at: None,
        decision: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Audit entry and event.
fn tell(tx: &mut Tx<'_, '_>, what: &str, pack: &Uploaded) -> Result<()> {
    let data = serde_json::json!({
        "id": pack.id, "code": pack.pack.code, "number": pack.number, "state": pack.state, "digest": pack.digest,
        "valid_from": pack.valid_from, "valid_to": pack.valid_to, "version": pack.version,
    });
    tx.audit("rule_pack", pack.id, data.clone());
    tx.event(&format!("rule_pack.{what}"), pack.id, &[], WHOLE_DISTRICT, &data)
}

async fn find(c: &mut AnyConn<'_>, id: Uuid) -> Result<Uploaded> {
    store::rule_pack_view(c, id).await?.ok_or_else(|| Error::not_found("rule pack"))
}

fn refused(refusal: DecisionRefusal) -> Error {
    match refusal {
        DecisionRefusal::Decided => Error::conflict(
            "transition_refused",
            "该规则包已发布或作废",
            "The rule pack was published or discarded already",
        ),
        DecisionRefusal::SamePerson => Error::forbidden(
            "separation_of_duties",
            "上传人不得发布同一规则包",
            "Who uploaded a rule pack may not publish it",
        ),
    }
}

/// Publishes a draft under the next number.
pub async fn rule_pack_publish(ctx: &Ctx, id: Uuid, body: RulePackDecision) -> Result<Reply> {
    let (who, lang, wanted) = (Who::of(ctx)?, ctx.lang(), ctx.if_match()?);
    ctx.change(async move |tx| {
        let mut pack = find(tx.conn(), id).await?;
        if pack.version != wanted {
            return Err(service_kit::extract::changed());
        }
        let number = store::rule_pack_last_number(tx.conn()).await? + 1;
        pack.publish(number, &who.caller.subject, body.reason, tx.now()).map_err(refused)?;
        decided(tx, "published", pack, lang).await
    })
    .await
}

/// Drops a draft.
pub async fn rule_pack_discard(ctx: &Ctx, id: Uuid, body: RulePackDecision) -> Result<Reply> {
    let (who, lang, wanted) = (Who::of(ctx)?, ctx.lang(), ctx.if_match()?);
    ctx.change(async move |tx| {
        let mut pack = find(tx.conn(), id).await?;
        if pack.version != wanted {
            return Err(service_kit::extract::changed());
        }
        pack.discard(&who.caller.subject, body.reason, tx.now()).map_err(refused)?;
        decided(tx, "discarded", pack, lang).await
    })
    .await
}

async fn decided(
    tx: &mut Tx<'_, '_>,
    what: &str,
    pack: Uploaded,
    lang: service_kit::lang::Lang,
) -> Result<Reply> {
    let is_written = store::rule_pack_decide(tx.conn(), &pack).await.or_conflict(
        "rule_pack_raced",
        "另一规则包正在发布，请重试",
        "Another rule pack is being published; try again",
    )?;
    if !is_written {
        return Err(service_kit::extract::changed());
    }
    tell(tx, what, &pack)?;
    let version = pack.version;
    Ok(Reply::ok(&RulePackView::of(pack, lang))?.version(version))
}

/// One pack.
pub async fn rule_pack_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let pack = ctx.kit.store.read::<_, Error, _>(async |c| find(c, id).await).await?;
    let version = pack.version;
    Ok(Reply::ok(&RulePackView::of(pack, ctx.lang()))?.version(version))
}

/// Lists packs.
pub async fn rule_pack_list(ctx: &Ctx, query: RulePackListQuery) -> Result<Reply> {
    let RulePackListQuery { state, cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::rule_pack_list(c, state, after, limit + 1).await?))
        .await?;
    let Page { items, next } =
        Page::cut(ctx, rows, limit, |p| p.id).map(|p| RulePackSummary::of(p, ctx.lang()));
    Reply::page(ctx, &RulePackPage { items, next: next.clone() }, next.as_deref())
}

async fn in_force(ctx: &Ctx, on: Date, known_at: Option<Timestamp>) -> Result<Uploaded> {
    let found = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::rule_pack_in_force(c, on, known_at).await?))
        .await?;
    found.ok_or_else(|| Error::not_found("rule pack"))
}

/// The pack that judges facts of a day.
pub async fn rule_pack_in_force(ctx: &Ctx, query: InForceQuery) -> Result<Reply> {
    let InForceQuery { on, known_at } = query;
    let pack = in_force(ctx, on, known_at).await?;
    Reply::ok(&RulePackView::of(pack, ctx.lang()))
}

/// The rule that applied to facts of a day.
pub async fn rule_applied(ctx: &Ctx, query: AppliedQuery) -> Result<Reply> {
    let AppliedQuery { rule, on, known_at } = query;
    let uploaded = in_force(ctx, on, known_at).await?;
    if !uploaded.pack.rules.iter().any(|r| r.rule_id == rule) {
        return Err(Error::not_found("rule"));
    }
    Reply::ok(&AppliedRuleView {
        rule: uploaded.pack.rule_on(&rule, on).cloned(),
        rule_id: rule,
        on,
        pack_id: uploaded.id,
        pack_number: uploaded.number,
        pack_code: uploaded.pack.code,
        pack_digest: uploaded.digest,
    })
}

/// What differs between two packs.
pub async fn rule_pack_difference(ctx: &Ctx, id: Uuid, query: RulePackDifferenceQuery) -> Result<Reply> {
    let today = beijing_date(ctx.now());
    let (from, to) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let from = find(c, id).await?;
            let to = match query.to {
                Some(to) => find(c, to).await?,
                None => {
                    let now = store::rule_pack_in_force(c, today, None).await?;
                    now.ok_or_else(|| Error::not_found("rule pack"))?
                }
            };
            Ok((from, to))
        })
        .await?;
    let changes = difference(&from.pack, &to.pack).into_iter().map(Into::into).collect();
    Reply::ok(&RulePackDifference { from: from.id, to: to.id, changes })
}

/// Loads the default pack, if there is none yet.
///
/// # Errors
/// The store's failures; 500 for a default pack with faults.
pub async fn load_default(kit: &Kit) -> Result<()> {
    if kit.store.read::<_, Error, _>(async |c| Ok(store::rule_pack_any(c).await?)).await? {
        return Ok(());
    }
    let pack = default_pack()?;
    let (faults, warnings) = findings(&pack)?;
    if let Some(first) = faults.first() {
        return Err(Error::internal(format!("the default rule pack: {} {}", first.pointer, first.code)));
    }
    let actor = Actor::task("load_rule_pack", kit.clock.now());
    service_kit::change::run(kit, actor, async move |tx| {
        if let AnyConn::Pg(_) = tx.conn() {
            // Two replicas may start at once; the second finds it loaded.
            tx.conn().batch("SELECT pg_advisory_xact_lock(7205, hashtext(current_schema()))").await?;
        }
        if store::rule_pack_any(tx.conn()).await? {
            tx.audit("rule_pack", "first_start", serde_json::json!({"loaded": false}));
            return Ok(());
        }
        let now = tx.now();
        let by = ("默认规则包".to_string(), "task:load_rule_pack".to_string());
        let mut first = draft(pack, warnings, (DEFAULT_FROM, None), by, now);
        first.state = RulePackState::Published;
        first.number = Some(1);
        first.decided_by = Some("task:load_rule_pack".to_string());
        first.decided_at = Some(now);
        store::rule_pack_create(tx.conn(), &first).await?;
        tell(tx, "published", &first)
    })
    .await
}
