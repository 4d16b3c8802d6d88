//! Use cases of the linter: is this plan lawful, is this visit lawful (合法性检查).
//!
//! Facts are gathered once, from our rows and from the catalog; the pack that judges is the one in force on the date of the
//! fact. A plan with a blocking rule is not published and a visit with one does not start: [`plan_verdicts`] and
//! [`visit_verdicts`] are asked by those steps, before their transaction begins; draws and publicity are explained. Refuses to guess: no pack, no calendar, no
//! verdict (503).

mod burden;
pub mod draw;
pub mod publicity;
pub mod visit;

pub(crate) use visit::visit_verdicts;

use super::{Who, expect, outside, wanted};
use crate::api::lint::{LintCertificatePage, LintCertificateView, PlanLintQuery, PlanLintView};
use crate::api::step::PartQuery;
use crate::domain::lint::{content_json, fact_date, item_facts, organ_facts, plan_facts};
use crate::domain::plan::{Plan, Sight};
use crate::store::lint::{self as store, Certificate};
use crate::store::plan as plan_store;
use crate::store::visit::VisitRow;
use clients::{Blame, CatalogClient};
use futures_util::future::try_join_all;
use futures_util::try_join;
use jiff::Timestamp;
use jiff::civil::Date;
use rules::facts::{OrganFacts, PlanFacts};
use rules::pack::digest;
use rules::settings::Settings;
use rules::verdict::{Judge, RuleId};
use rules::{Lint, PackRef, RuleOutcome, RulePack, RuleSeverity, Verdict, VisitKind};
use serde::Deserialize;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Kind, Kit, Page, Reply, Result, Tx};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// A pack with what names it.
#[derive(Clone, Debug)]
pub(crate) struct Pack {
    /// Its reference.
    pub reference: PackRef,
    /// The pack.
    pub pack: RulePack,
}

/// The pack that judges facts of a day.
///
/// # Errors
/// 409 `rule_pack_missing` where none covers the day; 503 when the catalog does not answer; a pack that is not what its digest says is refused.
pub(crate) async fn pack_on(kit: &Kit, day: Date) -> Result<Pack> {
    let catalog = CatalogClient::new(outside::connection(kit, "catalog").await?);
    let found = catalog.rule_pack_in_force(&day.to_string(), None).await;
    let found = found.map_err(|e| match e.blame {
        Blame::Absent => Error::conflict(
            "rule_pack_missing",
            format!("{day} 没有生效的规则包"),
            format!("no rule pack is in force on {day}"),
        ),
        _ => outside::unavailable("catalog: rule pack", &e),
    })?;
    let pack: RulePack = serde_json::from_value(found.pack)
        .map_err(|e| Error::unavailable(format!("catalog: the rule pack does not read: {e}")))?;
    if pack.digest() != found.digest {
        return Err(Error::unavailable("catalog: the rule pack is not what its digest says"));
    }
    Ok(Pack { reference: PackRef { code: found.code, version: found.number, digest: found.digest }, pack })
}

/// Whether a visit of this kind uses the yearly cap, by the pack in force on its day (FRQ-01).
///
/// # Errors
/// 503.
pub(crate) async fn is_counted(kit: &Kit, kind: VisitKind, day: Date) -> Result<bool> {
    Ok(Settings::of(&pack_on(kit, day).await?.pack, day).counts(kind))
}

/// Another pack by its id, such as a draft whose effect is to be seen.
async fn pack_of(kit: &Kit, id: Uuid) -> Result<Pack> {
    #[derive(Deserialize)]
    struct View {
        number: Option<i64>,
        code: String,
        digest: String,
        pack: RulePack,
    }
    let view: Option<View> = outside::get(kit, "catalog", &format!("/v1/rule-packs/{id}"), &[]).await?;
    let View { number, code, digest, pack } = view.ok_or_else(|| {
        Error::malformed(
            "bad_parameter",
            vec![Fault::new("?pack_id", "unknown_rule_pack", "没有这个规则包", "no such rule pack")],
        )
    })?;
    Ok(Pack { reference: PackRef { code, version: number.unwrap_or(0), digest }, pack })
}

/// All verdicts of one thing.
#[derive(Clone, Debug)]
pub(crate) struct Verdicts {
    /// What the rules said.
    pub lint: Lint,
    /// Digest of what was judged.
    pub subject_digest: String,
}

/// A rule that stops a step.
#[derive(Clone, Debug)]
pub(crate) struct Blocked {
    /// Its id.
    pub rule_id: String,
    /// Why, with its source: Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Verdicts {
    /// The rules that stop the step.
    pub(crate) fn blocking(&self) -> Vec<Blocked> {
        let stop = self.lint.verdicts.iter().filter(|v| v.is_blocking);
        stop.map(|v| {
            let source = v.sources.first();
            let law = source.map_or(String::new(), |s| {
                let article = s.article.clone().unwrap_or_default();
                format!("{}{article}", s.doc)
            });
            Blocked {
                rule_id: v.rule_id.clone(),
                zh: format!("{}（{} {law}）", v.reason.zh, v.rule_id),
                en: format!("{} ({} {law})", v.reason.en, v.rule_id),
            }
        })
        .collect()
    }

    /// Ids of the rules that were looked at and apply.
    pub(crate) fn rule_ids(&self) -> Vec<String> {
        self.lint.verdicts.iter().map(|v| v.rule_id.clone()).collect()
    }

    /// The pack, as `code@number`.
    pub(crate) fn pack_version(&self) -> String {
        format!("{}@{}", self.lint.pack.code, self.lint.pack.version)
    }

    /// The worst verdict.
    pub(crate) fn worst(&self) -> RuleOutcome {
        let has = |o| self.lint.count(o) > 0;
        [RuleOutcome::Block, RuleOutcome::Unknown, RuleOutcome::Warn]
            .into_iter()
            .find(|o| has(*o))
            .unwrap_or(RuleOutcome::Pass)
    }

    /// Nothing, or 409 `rules_block` with every rule that stops the step.
    ///
    /// # Errors
    /// 409.
    pub(crate) fn refuse_if_blocking(&self) -> Result<()> {
        let blocking = self.blocking();
        if blocking.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = blocking.iter().map(|b| b.rule_id.as_str()).collect();
        let (zh, en) =
            (format!("不符合规则：{}", ids.join("、")), format!("Stopped by the rules {}", ids.join(", ")));
        let mut error = Error::new(Kind::Conflict, "rules_block", zh, en);
        error.faults =
            blocking.iter().map(|b| Fault::new("", b.rule_id.clone(), b.zh.clone(), b.en.clone())).collect();
        Err(error)
    }
}

/// Tells of rules that act (FRQ-03, ENF-11, ENF-15): an event that the oversight organ's watch takes up. Called inside the
/// change that goes on although such a rule is not kept.
///
/// # Errors
/// 500 when the event cannot be written.
pub(crate) fn tell_acts(tx: &mut Tx<'_, '_>, lint: &Lint, visit: &VisitRow) -> Result<()> {
    let is_broken = |v: &&Verdict| v.severity == RuleSeverity::Act && v.verdict == RuleOutcome::Warn;
    let rules: Vec<&str> = lint.verdicts.iter().filter(is_broken).map(|v| v.rule_id.as_str()).collect();
    if rules.is_empty() {
        return Ok(());
    }
    let data = serde_json::json!({"visit_id": visit.id.0, "visit": visit.code, "subject_id": visit.subject_id.0,
        "rules": rules, "rule_pack": format!("{}@{}", lint.pack.code, lint.pack.version)});
    tx.event("visit.rules_act", visit.id.0, &visit.departments.0, &visit.region_code, &data)
}

/// What the rules in force say of a plan; asked before its transaction.
///
/// # Errors
/// 503 when the catalog does not answer; database errors.
pub(crate) async fn plan_verdicts(kit: &Kit, plan: &Plan) -> Result<Verdicts> {
    let pack = pack_on(kit, fact_date(&plan.content)).await?;
    plan_verdicts_by(kit, plan, &pack).await
}

async fn plan_verdicts_by(kit: &Kit, plan: &Plan, pack: &Pack) -> Result<Verdicts> {
    let (calendar, facts) = try_join!(outside::calendar(kit), gather_plan(kit, plan, pack))?;
    let judge = Judge { pack: &pack.pack, reference: &pack.reference, calendar: &calendar };
    Ok(Verdicts {
        lint: judge.plan(fact_date(&plan.content), &facts),
        subject_digest: digest(&content_json(&plan.code, &plan.content)),
    })
}

async fn gather_plan(kit: &Kit, plan: &Plan, pack: &Pack) -> Result<PlanFacts> {
    let (content, day) = (&plan.content, fact_date(&plan.content));
    let departments = content.departments();
    let linked = content.parts.iter().filter_map(|p| p.item).map(|l| l.id).collect();
    let known = Known::of(kit, &departments, linked, day).await?;
    let organs: Vec<OrganFacts> =
        departments.iter().map(|code| organ_facts(code, known.organ(code))).collect();
    let items = content
        .parts
        .iter()
        .map(|part| item_facts(&part.department, &part.item_text, part.item.map(|link| known.item(link.id))))
        .collect();
    let mut facts = plan_facts((&plan.code, plan.state), content, organs, items);
    if facts.is_on_site == Some(true) {
        let settings = Settings::of(&pack.pack, day);
        facts = kit
            .store
            .read::<_, Error, _>(async move |c| {
                burden::fill(c, plan, &mut facts, &settings).await?;
                Ok(facts)
            })
            .await?;
    }
    Ok(facts)
}

/// What the catalog says of organs and items on a day, asked all at once.
pub(crate) struct Known {
    organs: HashMap<String, Option<outside::Organ>>,
    items: HashMap<Uuid, Option<outside::Item>>,
}

impl Known {
    /// Asks the catalog.
    ///
    /// # Errors
    /// 503.
    pub(crate) async fn of(kit: &Kit, organs: &[String], items: Vec<Uuid>, day: Date) -> Result<Self> {
        let items: BTreeSet<Uuid> = items.into_iter().collect();
        let organs = organs.iter().cloned().map(move |code| async move {
            let organ = outside::organ(kit, &code).await?;
            Ok::<_, Error>((code, organ))
        });
        let items = items.into_iter().map(move |id| async move {
            let item = outside::item(kit, id, day).await?;
            Ok::<_, Error>((id, item))
        });
        let (organs, items) = try_join!(try_join_all(organs), try_join_all(items))?;
        Ok(Self { organs: organs.into_iter().collect(), items: items.into_iter().collect() })
    }

    /// An organ; none when the catalog does not know it.
    pub(crate) fn organ(&self, code: &str) -> Option<&outside::Organ> {
        self.organs.get(code).and_then(Option::as_ref)
    }

    /// The version of an item in force on the day, if there was one.
    pub(crate) fn item(&self, id: Uuid) -> Option<&outside::Item> {
        self.items.get(&id).and_then(Option::as_ref)
    }
}

/// First and last day of a year.
pub(crate) fn year_of(year: i16) -> (Date, Date) {
    let first = Date::new(year, 1, 1).unwrap_or_default();
    (first, first.last_of_year())
}

/// A plan whose departments the caller belongs to.
async fn party_plan(ctx: &Ctx, who: &Who, id: Uuid) -> Result<Plan> {
    let (plan, sight) =
        ctx.kit.store.read::<_, Error, _>(async |c| super::plan::find(c, who, id).await).await?;
    if sight == Sight::Public {
        return Err(Error::forbidden(
            "not_a_party",
            "本部门不是该计划的牵头或配合部门",
            "Your department is neither lead nor cooperating in this plan",
        ));
    }
    Ok(plan)
}

/// Explains what the rules say of a plan.
///
/// # Errors
/// 404; 403 `not_a_party`; 503.
pub async fn plan_lint(ctx: &Ctx, id: Uuid, query: PlanLintQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let plan = party_plan(ctx, &who, id).await?;
    let in_force = plan_verdicts(&ctx.kit, &plan).await?;
    let (verdicts, changed) = match query.pack_id {
        None => (in_force, Vec::new()),
        Some(pack_id) => {
            let other = plan_verdicts_by(&ctx.kit, &plan, &pack_of(&ctx.kit, pack_id).await?).await?;
            let changed = differing(&in_force.lint, &other.lint);
            (other, changed)
        }
    };
    Ok(Reply::ok(&PlanLintView::of(&plan, &verdicts, changed))?.version(plan.version))
}

/// Rules whose verdict is another one, or that one of the two does not have.
fn differing(a: &Lint, b: &Lint) -> Vec<RuleId> {
    let index = |lint: &Lint| -> BTreeMap<String, RuleOutcome> {
        lint.verdicts.iter().map(|v| (v.rule_id.clone(), v.verdict)).collect()
    };
    let (a, b) = (index(a), index(b));
    let ids: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    ids.into_iter().filter(|id| a.get(*id) != b.get(*id)).map(|id| RuleId(id.clone())).collect()
}

/// Stores what the rules say of a plan now, whatever they say.
///
/// # Errors
/// 404; 403; 412; 503.
pub async fn lint_certificate_create(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let before = party_plan(ctx, &who, id).await?;
    expect(wanted, before.version)?;
    let verdicts = plan_verdicts(&ctx.kit, &before).await?;
    ctx.change(async move |tx| {
        let mut plan = super::plan::hold(tx, &who, id).await?;
        if plan.version != before.version {
            return Err(service_kit::extract::changed());
        }
        let certificate = certificate_of(&plan, &verdicts, &who.caller.subject, tx.now());
        store::lint_certificate_create(tx.conn(), &certificate).await?;
        plan.lint_certificate_id = Some(certificate.id);
        plan.version += 1;
        plan.updated_at = tx.now();
        if !plan_store::plan_update(tx.conn(), &plan).await? {
            return Err(service_kit::extract::changed());
        }
        let data = serde_json::json!({"plan_id": plan.id, "plan": plan.code, "certificate_id": certificate.id,
            "verdict": certificate.verdict, "digest": certificate.digest, "rule_pack": certificate.pack_version,
            "blocking": verdicts.lint.blocking()});
        tx.audit("plan", plan.id, data.clone());
        let departments = plan.content.departments();
        tx.event("plan.lint_certified", plan.id, &departments, &plan.content.region_code, &data)?;
        let view = LintCertificateView::from(certificate);
        Reply::created(&view, format!("/v1/plans/{id}/lint-certificates"))
    })
    .await
}

/// A certificate over a plan, its pack and the verdicts.
pub(crate) fn certificate_of(plan: &Plan, verdicts: &Verdicts, by: &str, now: Timestamp) -> Certificate {
    Certificate {
        id: Uuid::now_v7(),
        plan_id: plan.id,
        plan_version: plan.version,
        fact_date: verdicts.lint.fact_date,
        pack_version: verdicts.pack_version(),
        pack_digest: verdicts.lint.pack.digest.clone(),
        plan_digest: verdicts.subject_digest.clone(),
        verdict: verdicts.worst(),
        digest: verdicts.lint.certificate(&verdicts.subject_digest),
        lint: verdicts.lint.clone(),
        created_by: by.to_string(),
        created_at: now,
    }
}

/// Lists the certificates of a plan.
///
/// # Errors
/// 404; 403; 400 `bad_cursor`.
pub async fn lint_certificate_list(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    party_plan(ctx, &who, id).await?;
    let PartQuery { cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::lint_certificate_list(c, id, after, limit + 1).await?))
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id).map(LintCertificateView::from);
    Reply::page(ctx, &LintCertificatePage { items, next: next.clone() }, next.as_deref())
}
