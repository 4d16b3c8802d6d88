//! What a plan would cost on the registry as it is (计划预演).
//!
//! Reads only: the registry through its service, caps and visits of the year from our rows. Nothing is stored. Who may see
//! the plan as a party may ask. The registry is asked with the service's own token, so a plan's frame is the district's, not
//! the caller's: only numbers and a few ids leave. Called by the handler.

use super::Who;
use super::frame::{FrameSubject, Tagged, class_tag, frame_subjects};
use super::lint::pack_on;
use super::plan::find;
use crate::api::what_if::{
    WhatIfAssumptions, WhatIfClass, WhatIfOrgan, WhatIfOverlap, WhatIfStratum, WhatIfView,
};
use crate::domain::lint::fact_date;
use crate::domain::plan::{Plan, Sight, Stratum, SubjectFilter};
use crate::domain::what_if::{self as rules, StratumOutlook};
use crate::store::burden::{caps_of, counted_by_subject};
use crate::store::plan::{self as store, PlanFilter};
use ::rules::settings::Settings;
use domain::vocabulary::{PlanState, RiskClass};
use service_kit::{Ctx, Error, Reply, Result};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// Subjects of a frame that is looked at here at most.
const MOST_SUBJECTS: usize = 1_200_000;
/// Ids of a sample at most.
const SAMPLE: usize = 20;
/// Other plans compared at most.
const MOST_PLANS: i64 = 200;

/// Computes what a plan would cost.
///
/// # Errors
/// 404; 403 `not_a_party`; 422 `frame_too_large`; 503.
pub async fn plan_what_if(ctx: &Ctx, id: Uuid, body: WhatIfAssumptions) -> Result<Reply> {
    let WhatIfAssumptions { inspectors_per_organ, visits_per_day, cap_if_unpublished } = body;
    let (team, per_day) = (inspectors_per_organ.unwrap_or(2), visits_per_day.unwrap_or(4));
    let who = Who::of(ctx)?;
    let (plan, sight) = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    if sight == Sight::Public {
        return Err(Error::forbidden(
            "not_a_party",
            "本部门不是该计划的牵头或配合部门",
            "Your department is neither lead nor cooperating in this plan",
        ));
    }
    let frame = frame_subjects(&ctx.kit, &plan.content.filter, MOST_SUBJECTS).await?;
    let mut tagged = Tagged::new(&ctx.kit);
    let mut class_of: HashMap<Uuid, RiskClass> = HashMap::new();
    for class in RiskClass::ALL {
        for subject in tagged.of(&class_tag(*class)).await? {
            class_of.insert(*subject, *class);
        }
    }
    let strata = split(&plan, &frame, &class_of, &mut tagged).await?;
    let sizes: Vec<u64> = strata.iter().map(|s| s.len() as u64).collect();
    let outlook = rules::strata(&plan.content, frame.len() as u64, &sizes);
    let is_quantity_known = outlook.is_some();
    let outlook = outlook.unwrap_or_default();
    let members: Vec<BTreeMap<Option<RiskClass>, u64>> =
        strata.iter().map(|ids| by_class(ids, &class_of)).collect();
    let departments = plan.content.departments();
    let effort = rules::effort(&outlook, departments.len() as u64, u64::from(team), u64::from(per_day));
    let planned = planned_each(&outlook, &strata);
    let (organs, over) =
        organs(ctx, &plan, &departments, &planned, effort, cap_if_unpublished.map(u64::from)).await?;
    let overlaps = overlaps(ctx, &who, (&plan, &frame), &outlook, &mut tagged).await?;
    let each = outlook.iter().filter(|s| s.drawn > 0).map(|s| s.visits_each).max().unwrap_or(0);
    let view = WhatIfView {
        plan_id: plan.id,
        plan_version: plan.version,
        computed_at: ctx.now(),
        subjects: frame.len() as u64,
        is_quantity_known,
        subjects_drawn: outlook.iter().map(|s| s.drawn).sum(),
        classes: rules::classes(&outlook, &members)
            .into_iter()
            .map(|(risk_class, c)| WhatIfClass {
                risk_class,
                subjects: c.subjects,
                expected_drawn_hundredths: c.drawn_hundredths,
                expected_coverage_per_ten_thousand: rules::share(c.drawn_hundredths, c.subjects * 100),
            })
            .collect(),
        strata: outlook.into_iter().map(stratum_view).collect(),
        organs,
        visits_per_subject_apart: each * departments.len() as u64,
        visits_per_subject_combined: each,
        visits_apart: effort.visits_apart,
        visits_combined: effort.visits_combined,
        visits_saved: effort.visits_apart.saturating_sub(effort.visits_combined),
        person_days: effort.person_days,
        subjects_over_cap: over,
        overlaps,
        inspectors_per_organ: team,
        visits_per_day: per_day,
    };
    Ok(Reply::ok(&view)?.header("cache-control", "no-store"))
}

fn stratum_view(s: StratumOutlook) -> WhatIfStratum {
    let coverage_per_ten_thousand = s.coverage();
    let StratumOutlook { name, risk_class, subjects, drawn, visits_each } = s;
    WhatIfStratum { name, risk_class, subjects, drawn, coverage_per_ten_thousand, visits_each }
}

/// The subjects of a frame that a further filter finds.
async fn sieve(
    tagged: &mut Tagged<'_>,
    frame: &[FrameSubject],
    filter: &SubjectFilter,
) -> Result<BTreeSet<Uuid>> {
    let mut ids: BTreeSet<Uuid> = frame.iter().filter(|s| s.is_seen_by(filter)).map(|s| s.id).collect();
    for within in tagged.within(filter).await? {
        ids.retain(|id| within.contains(id));
    }
    Ok(ids)
}

/// How many subjects of a frame another plan's filter finds too; counted in one pass and not held.
async fn shared_with(tagged: &mut Tagged<'_>, frame: &[FrameSubject], filter: &SubjectFilter) -> Result<u64> {
    let within = tagged.within(filter).await?;
    let is_shared = |s: &&FrameSubject| s.is_seen_by(filter) && within.iter().all(|w| w.contains(&s.id));
    Ok(frame.iter().filter(is_shared).count() as u64)
}

/// The subjects of each stratum; all of them where the plan has none. A subject is in the first stratum that takes it.
async fn split(
    plan: &Plan,
    frame: &[FrameSubject],
    class_of: &HashMap<Uuid, RiskClass>,
    tagged: &mut Tagged<'_>,
) -> Result<Vec<BTreeSet<Uuid>>> {
    if plan.content.strata.is_empty() {
        return Ok(vec![frame.iter().map(|s| s.id).collect()]);
    }
    let mut taken: HashSet<Uuid> = HashSet::new();
    let mut out = Vec::new();
    for Stratum { risk_class, filter, .. } in &plan.content.strata {
        let mut ids = match filter {
            Some(filter) => sieve(tagged, frame, filter).await?,
            None => frame.iter().map(|s| s.id).collect(),
        };
        ids.retain(|id| risk_class.is_none_or(|c| class_of.get(id) == Some(&c)) && taken.insert(*id));
        out.push(ids);
    }
    Ok(out)
}

fn by_class(ids: &BTreeSet<Uuid>, class_of: &HashMap<Uuid, RiskClass>) -> BTreeMap<Option<RiskClass>, u64> {
    let mut out = BTreeMap::new();
    for id in ids {
        *out.entry(class_of.get(id).copied()).or_default() += 1;
    }
    out
}

/// Visits of the plan that each subject would get if it were drawn; those of strata without a draw get none.
fn planned_each(outlook: &[StratumOutlook], strata: &[BTreeSet<Uuid>]) -> BTreeMap<Uuid, u64> {
    let drawn = outlook.iter().zip(strata).filter(|(o, _)| o.drawn > 0);
    drawn.flat_map(|(o, ids)| ids.iter().map(move |id| (*id, o.visits_each))).collect()
}

async fn organs(
    ctx: &Ctx,
    plan: &Plan,
    departments: &[String],
    planned: &BTreeMap<Uuid, u64>,
    effort: rules::Effort,
    assumed: Option<u64>,
) -> Result<(Vec<WhatIfOrgan>, u64)> {
    let year = plan.content.year;
    let day = fact_date(&plan.content);
    let settings = Settings::of(&pack_on(&ctx.kit, day).await?.pack, day);
    let (from, to) = (jiff::civil::date(year, 1, 1), jiff::civil::date(year, 12, 31));
    let (caps, used) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let caps = caps_of(c, departments, year).await?;
            let mut used = Vec::new();
            for organ in departments {
                used.push(counted_by_subject(c, organ, &settings.counted, (from, to)).await?);
            }
            Ok((caps, used))
        })
        .await?;
    let mut all: BTreeSet<Uuid> = BTreeSet::new();
    let mut out = Vec::new();
    for (organ, used) in departments.iter().zip(used) {
        // The strictest cap that the organ has published for any of its fields.
        let published =
            caps.iter().filter(|c| c.organ_code == *organ).filter_map(|c| u64::try_from(c.cap).ok()).min();
        let cap = published.or(assumed).unwrap_or_else(|| u64::from(settings.cap(organ, None)));
        let used = used.into_iter().map(|(id, n)| (id, u64::try_from(n).unwrap_or(0))).collect();
        let over = rules::over_cap(planned, &used, cap);
        out.push(WhatIfOrgan {
            department: organ.clone(),
            visits: effort.visits_combined,
            person_days: effort.person_days_each,
            cap,
            is_cap_assumed: published.is_none(),
            subjects_over_cap: over.len() as u64,
            over_cap_sample: over.iter().take(SAMPLE).copied().collect(),
        });
        all.extend(over);
    }
    Ok((out, all.len() as u64))
}

/// Plans of the year that the caller sees, are handed in or later and meet the same subjects at the same time.
async fn overlaps(
    ctx: &Ctx,
    who: &Who,
    (plan, frame): (&Plan, &[FrameSubject]),
    outlook: &[StratumOutlook],
    tagged: &mut Tagged<'_>,
) -> Result<Vec<WhatIfOverlap>> {
    let states = PlanState::ALL.iter().copied().filter(|s| s.is_planned()).collect();
    let filter = PlanFilter { year: Some(plan.content.year), states, ..PlanFilter::default() };
    let others = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::plan_list(c, &who.scope, &filter, None, MOST_PLANS).await?))
        .await?;
    let drawn: u64 = outlook.iter().map(|s| s.drawn).sum();
    let mine = rules::share(drawn, frame.len() as u64);
    let mut out = Vec::new();
    for (other, _) in others.into_iter().filter(|(p, _)| p.id != plan.id) {
        let (Some(a), Some(b)) = (plan.content.period, other.content.period) else { continue };
        if a.to < b.from || b.to < a.from {
            continue;
        }
        let shared = shared_with(tagged, frame, &other.content.filter).await?;
        if shared == 0 {
            continue;
        }
        let theirs = other.content.quantity().quantity.ratio.and_then(|r| r.upper()).map(u64::from);
        out.push(WhatIfOverlap {
            plan_id: other.id,
            code: other.code.clone(),
            lead_department: other.content.lead().to_string(),
            shared_subjects: shared,
            expected_shared_hundredths: theirs.map(|t| shared * mine * t / 1_000_000),
        });
    }
    Ok(out)
}
