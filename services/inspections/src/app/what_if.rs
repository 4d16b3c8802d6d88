//! What a plan would cost on the registry as it is (计划预演), and the frame of a filter, which draws and the linter use too.
//!
//! Reads only: the registry through its service, caps and visits of the year from our rows. Nothing is stored. Who may see
//! the plan as a party may ask. The registry is asked with the service's own token, so a plan's frame is the district's, not
//! the caller's: only numbers and a few ids leave. Called by the handler.

use super::Who;
use super::outside::{connection, unavailable};
use super::plan::find;
use crate::api::what_if::{
    WhatIfAssumptions, WhatIfClass, WhatIfOrgan, WhatIfOverlap, WhatIfStratum, WhatIfView,
};
use crate::domain::plan::{FilterTag, Plan, Sight, Stratum, SubjectFilter};
use crate::domain::what_if::{self as rules, StratumOutlook};
use crate::store::burden::{caps_of, counted_by_subject};
use crate::store::plan::{self as store, PlanFilter};
use clients::SubjectsClient;
use clients::subjects::RegisteredSubject;
use domain::vocabulary::{PlanState, RiskClass, SubjectStatus};
use service_kit::{Ctx, Error, Kind, Kit, Reply, Result};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// Scheme of the registry's tags that hold the class of credit risk, until a service of its own answers for it.
pub const RISK_SCHEME: &str = "risk_class";
/// Subjects of a frame that is looked at here at most.
const MOST_SUBJECTS: usize = 1_200_000;
/// Ids of a sample at most.
const SAMPLE: usize = 20;
/// Other plans compared at most.
const MOST_PLANS: i64 = 200;

/// Subjects of the registry that a filter finds and that can be visited (active or dormant), in the order of their ids;
/// without their addresses and departments.
///
/// # Errors
/// 422 `frame_too_large`; 503 when the registry does not answer.
pub async fn frame_subjects(
    kit: &Kit,
    filter: &SubjectFilter,
    most: usize,
) -> Result<Vec<RegisteredSubject>> {
    let client = SubjectsClient::new(connection(kit, "subjects").await?);
    let mut found: BTreeMap<Uuid, RegisteredSubject> = BTreeMap::new();
    let one = |name: &str, value: &str| (name.to_string(), value.to_string());
    // The registry takes one value of each member: several kinds and tags are several questions, the rest is sieved here.
    let kinds: Vec<Option<&str>> = match filter.kinds.as_slice() {
        [] => vec![None],
        all => all.iter().map(|k| Some(k.as_str())).collect(),
    };
    let tags: Vec<Option<&str>> = match filter.tags.as_slice() {
        [] => vec![None],
        all => all.iter().map(|FilterTag(t)| Some(t.as_str())).collect(),
    };
    for kind in &kinds {
        for tag in &tags {
            let mut query: Vec<(String, String)> = Vec::new();
            query.extend(kind.map(|k| one("kind", k)));
            query.extend(tag.map(|t| one("tag", t)));
            if let [region] = filter.regions.as_slice() {
                query.push(one("region", &region.0));
            }
            if let [industry] = filter.industries.as_slice() {
                query.push(one("industry", &industry.0));
            }
            each_page(&client, &query, |mut subject| {
                // A frame may be a million subjects: what nobody asks of it is not held.
                subject.address = None;
                subject.departments = Vec::new();
                let is_live = subject.status.parse::<SubjectStatus>().is_ok_and(SubjectStatus::is_live);
                if is_live && filter.sees(&subject.kind, subject.industry.as_deref(), &subject.region_code) {
                    found.insert(subject.id, subject);
                }
                found.len() <= most
            })
            .await?;
        }
    }
    if found.len() > most {
        return Err(Error::new(
            Kind::Invalid,
            "frame_too_large",
            format!("抽查对象超过{most}户，请缩小范围"),
            format!("the frame has more than {most} subjects; narrow the filter"),
        ));
    }
    if !filter.risk_classes.is_empty() {
        let mut within: HashSet<Uuid> = HashSet::new();
        for class in &filter.risk_classes {
            within.extend(class_members(kit, *class).await?);
        }
        found.retain(|id, _| within.contains(id));
    }
    Ok(found.into_values().collect())
}

/// Subjects that carry a class of credit risk.
///
/// # Errors
/// 503.
pub async fn class_members(kit: &Kit, class: RiskClass) -> Result<HashSet<Uuid>> {
    tag_members(kit, &format!("{RISK_SCHEME}:{class}")).await
}

async fn tag_members(kit: &Kit, tag: &str) -> Result<HashSet<Uuid>> {
    let client = SubjectsClient::new(connection(kit, "subjects").await?);
    let mut out = HashSet::new();
    let query = [("tag".to_string(), tag.to_string())];
    each_page(&client, &query, |subject| {
        out.insert(subject.id);
        true
    })
    .await?;
    Ok(out)
}

/// Calls `take` for every subject, until it says that it has enough.
async fn each_page(
    client: &SubjectsClient,
    query: &[(String, String)],
    mut take: impl FnMut(RegisteredSubject) -> bool,
) -> Result<()> {
    let mut cursor: Option<String> = None;
    loop {
        let page =
            client.subject_page(query, cursor.as_deref()).await.map_err(|e| unavailable("subjects", &e))?;
        for subject in page.items {
            if !take(subject) {
                return Ok(());
            }
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(()),
        }
    }
}

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
    let mut tagged = Tagged { kit: &ctx.kit, known: HashMap::new() };
    let mut class_of: HashMap<Uuid, RiskClass> = HashMap::new();
    for class in RiskClass::ALL {
        for subject in tagged.of(&format!("{RISK_SCHEME}:{class}")).await? {
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
        organs(ctx, &plan, &departments, &planned, effort, u64::from(cap_if_unpublished.unwrap_or(2)))
            .await?;
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

/// Members of tags, each asked for once.
struct Tagged<'k> {
    kit: &'k Kit,
    known: HashMap<String, HashSet<Uuid>>,
}

impl Tagged<'_> {
    async fn of(&mut self, tag: &str) -> Result<&HashSet<Uuid>> {
        if !self.known.contains_key(tag) {
            let members = tag_members(self.kit, tag).await?;
            self.known.insert(tag.to_string(), members);
        }
        self.known.get(tag).ok_or_else(|| Error::internal("a tag that was just read"))
    }

    /// The subjects of a frame that a further filter finds.
    async fn sieve(&mut self, frame: &[RegisteredSubject], filter: &SubjectFilter) -> Result<BTreeSet<Uuid>> {
        let seen = |s: &&RegisteredSubject| filter.sees(&s.kind, s.industry.as_deref(), &s.region_code);
        let mut ids: BTreeSet<Uuid> = frame.iter().filter(seen).map(|s| s.id).collect();
        let tags = filter.tags.iter().map(|FilterTag(t)| t.clone()).collect::<Vec<_>>();
        let classes = filter.risk_classes.iter().map(|c| format!("{RISK_SCHEME}:{c}")).collect::<Vec<_>>();
        for any in [tags, classes] {
            if any.is_empty() {
                continue;
            }
            let mut within: HashSet<Uuid> = HashSet::new();
            for tag in any {
                within.extend(self.of(&tag).await?);
            }
            ids.retain(|id| within.contains(id));
        }
        Ok(ids)
    }
}

/// The subjects of each stratum; all of them where the plan has none. A subject is in the first stratum that takes it.
async fn split(
    plan: &Plan,
    frame: &[RegisteredSubject],
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
            Some(filter) => tagged.sieve(frame, filter).await?,
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
    assumed: u64,
) -> Result<(Vec<WhatIfOrgan>, u64)> {
    let year = plan.content.year;
    let (from, to) = (jiff::civil::date(year, 1, 1), jiff::civil::date(year, 12, 31));
    let (caps, used) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let caps = caps_of(c, departments, year).await?;
            let mut used = Vec::new();
            for organ in departments {
                used.push(counted_by_subject(c, organ, (from, to)).await?);
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
        let cap = published.unwrap_or(assumed);
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
    (plan, frame): (&Plan, &[RegisteredSubject]),
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
        let shared = tagged.sieve(frame, &other.content.filter).await?.len() as u64;
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
