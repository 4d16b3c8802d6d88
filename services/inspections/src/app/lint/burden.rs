//! What the linter looks at beyond a plan's own rows: caps used by every visit of its organs, the organs' other plans of the
//! year, and what organs outside of it plan in the same time and region (FRQ-01, FRQ-04).
//!
//! Everything is read from our rows in one go; the registry is not asked, so a subject that only *may* be in the frame is told
//! apart. Which kinds of visits count, caps and windows are the pack's. Called when the facts of a plan are gathered.

use super::year_of;
use crate::app::burden::caps_on;
use crate::domain::lint::{filters_meet, is_on_site, visits_each};
use crate::domain::plan::{Plan, SubjectFilter};
use crate::store::plan::PlanFilter;
use crate::store::{burden, lint as store, plan as plan_store};
use domain::vocabulary::{PlanKind, PlanState};
use jiff::ToSpan;
use rules::VisitKind;
use rules::facts::{CapUse, PlanFacts, PlanOverlap, PlannedVisits};
use rules::settings::Settings;
use service_kit::{Result, Scope};
use std::collections::{BTreeMap, BTreeSet};
use store_kit::AnyConn;
use uuid::Uuid;

/// Plans that are compared at most; a district has a few hundred a year.
const COMPARED: i64 = 2000;

/// States of plans that bring visits: from the passed lint to the execution.
const LIVE: [PlanState; 9] = [
    PlanState::LintPassed,
    PlanState::CoopSigned,
    PlanState::Submitted,
    PlanState::Merged,
    PlanState::Approved,
    PlanState::Filed,
    PlanState::Published,
    PlanState::Executing,
    PlanState::Adjusting,
];

/// Fills in caps, overlapping plans and the visits of other organs.
///
/// # Errors
/// Database errors.
pub(super) async fn fill(
    c: &mut AnyConn<'_>,
    plan: &Plan,
    facts: &mut PlanFacts,
    settings: &Settings,
) -> Result<()> {
    let filter = PlanFilter { year: Some(plan.content.year), states: LIVE.to_vec(), ..PlanFilter::default() };
    let others = plan_store::plan_list(c, &Scope::all(), &filter, None, COMPARED).await?;
    let mut others: Vec<Plan> = others.into_iter().map(|(p, _)| p).filter(|p| p.id != plan.id).collect();
    let live: BTreeSet<Uuid> = others.iter().map(|p| p.id).collect();
    others.retain(|p| is_on_site(p.content.method) && filters_meet(&plan.content.filter, &p.content.filter));
    facts.caps = Some(caps(c, plan, &others, facts, settings).await?);
    facts.overlaps = Some(overlaps(plan, &others));
    facts.visits = Some(visits(c, plan, &live, settings).await?);
    Ok(())
}

/// Kind of the visits that a plan brings.
fn kind_of(plan: &Plan) -> VisitKind {
    match plan.content.kind {
        PlanKind::Routine => VisitKind::Routine,
        PlanKind::Campaign => VisitKind::CampaignOwn,
    }
}

/// How each organ's cap stands in the plan's year: one counted pass for each organ, and its other plans.
async fn caps(
    c: &mut AnyConn<'_>,
    plan: &Plan,
    others: &[Plan],
    facts: &PlanFacts,
    settings: &Settings,
) -> Result<Vec<CapUse>> {
    let (year, departments) = (plan.content.year, plan.content.departments());
    let published = burden::caps_of(c, &departments, year).await?;
    let mut out = Vec::new();
    for organ in departments {
        let field = facts.items.iter().filter(|i| i.organ == organ).find_map(|i| i.field.as_deref());
        let cap = caps_on(&published, settings, &organ, field);
        let counted = burden::counted_by_subject(c, &organ, &settings.counted, year_of(year)).await?;
        let at_cap: Vec<&Uuid> =
            counted.iter().filter(|(_, n)| *n >= i64::from(cap)).map(|(id, _)| id).collect();
        let its = others.iter().filter(|p| {
            settings.counts(kind_of(p)) && p.content.parts.iter().any(|part| part.department == organ)
        });
        let its: Vec<&Plan> = its.collect();
        out.push(CapUse {
            cap,
            planned_each: facts.frequency,
            planned_by_others: its.iter().map(|p| visits_each(&p.content)).fold(0, u32::saturating_add),
            other_plans: its.iter().map(|p| p.code.clone()).collect(),
            subjects: counted.len() as u64,
            at_cap: at_cap.len() as u64,
            sample: at_cap.into_iter().take(10).map(ToString::to_string).collect(),
            organ,
        });
    }
    Ok(out)
}

/// Other plans with departments of their own whose period meets this one's.
fn overlaps(plan: &Plan, others: &[Plan]) -> Vec<PlanOverlap> {
    let own = plan.content.departments();
    let meets = |other: &&Plan| {
        let periods = match (plan.content.period, other.content.period) {
            (Some(a), Some(b)) => a.from <= b.to && b.from <= a.to,
            _ => true,
        };
        periods && other.content.departments().iter().any(|d| !own.contains(d))
    };
    let found = others.iter().filter(meets);
    found
        .map(|p| PlanOverlap { plan: p.code.clone(), organs: p.content.departments(), subjects: None })
        .collect()
}

/// Whether a subject of this region is in the frame: yes, no, or perhaps, where the filter asks what a visit does not hold.
fn is_in_frame(filter: &SubjectFilter, region: &str) -> Option<bool> {
    let SubjectFilter { kinds, tags, industries, regions, risk_classes } = filter;
    if !regions.is_empty() && !region.is_empty() && !regions.iter().any(|r| region.starts_with(r.0.as_str()))
    {
        return Some(false);
    }
    let is_open = kinds.is_empty() && tags.is_empty() && industries.is_empty() && risk_classes.is_empty();
    (is_open && (regions.is_empty() || !region.is_empty())).then_some(true)
}

/// Planned visits that count, of organs that take no part in the plan, within its period and the window for merging. Those of
/// live plans are told by their plans.
async fn visits(
    c: &mut AnyConn<'_>,
    plan: &Plan,
    live: &BTreeSet<Uuid>,
    settings: &Settings,
) -> Result<Vec<PlannedVisits>> {
    let Some(period) = plan.content.period else { return Ok(Vec::new()) };
    let window = i64::from(settings.merge_window).days();
    let span = (
        period.from.checked_sub(window).unwrap_or(period.from),
        period.to.checked_add(window).unwrap_or(period.to),
    );
    let own = plan.content.departments();
    let mut out: BTreeMap<(String, bool), PlannedVisits> = BTreeMap::new();
    for group in store::visits_planned(c, span).await? {
        let store::VisitsPlanned { organ, plan_id, kind, region_code, visits, subjects } = group;
        let is_told = plan_id.is_some_and(|id| id == plan.id || live.contains(&id));
        if is_told || own.contains(&organ) || !settings.counts(kind) {
            continue;
        }
        let are_in_frame = match is_in_frame(&plan.content.filter, &region_code) {
            Some(false) => continue,
            Some(true) => true,
            None => false,
        };
        let empty = PlannedVisits { organ: organ.clone(), are_in_frame, ..PlannedVisits::default() };
        let entry = out.entry((organ, are_in_frame)).or_insert(empty);
        entry.visits += visits;
        entry.subjects += subjects;
    }
    Ok(out.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::{FilterRegion, FilterTag};

    #[test]
    fn a_visit_is_in_a_frame_where_the_region_alone_decides() {
        let filter =
            SubjectFilter { regions: vec![FilterRegion("610703".into())], ..SubjectFilter::default() };
        assert_eq!(is_in_frame(&filter, "610703102"), Some(true));
        assert_eq!(is_in_frame(&filter, "610702001"), Some(false));
        assert_eq!(is_in_frame(&filter, ""), None);
        let tagged = SubjectFilter { tags: vec![FilterTag("key_field:食品".into())], ..filter };
        assert_eq!(is_in_frame(&tagged, "610703102"), None, "a visit holds no tags");
        assert_eq!(is_in_frame(&tagged, "610702001"), Some(false));
        assert_eq!(is_in_frame(&SubjectFilter::default(), ""), Some(true));
    }
}
