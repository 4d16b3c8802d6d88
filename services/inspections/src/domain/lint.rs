//! Pure rules: what the linter looks at of a plan, from its content and from what the catalog says of organs and items.
//!
//! Nothing is assumed: what neither says is unknown. Called by the lint app functions.

use super::plan::{PlanContent, SubjectFilter};
use crate::app::outside::{Item, Organ};
use domain::parse::quantity::{Bound, FrequencyUnit, Quantity};
use domain::vocabulary::{InspectionMethod, ItemCategory, PlanKind, PlanState};
use jiff::civil::Date;
use rules::VisitKind;
use rules::facts::{
    CampaignFacts, DrawUse, Entrustment, ItemFacts, OrganFacts, PlanFacts, SafetyFacts, StratumFacts,
};
use serde_json::{Value, json};

/// Date of the fact for a plan: the first day of its period, else of its year.
#[must_use]
pub fn fact_date(content: &PlanContent) -> Date {
    let first = Date::new(content.year, 1, 1).unwrap_or_default();
    content.period.map_or(first, |p| p.from)
}

/// Whether somebody enters the subject's premises with this method.
#[must_use]
pub fn is_on_site(method: InspectionMethod) -> bool {
    !matches!(
        method,
        InspectionMethod::DocumentCheck
            | InspectionMethod::OnlineMonitoring
            | InspectionMethod::SmartSupervision
            | InspectionMethod::AnnualAssessment
    )
}

/// What is known of an organ.
#[must_use]
pub fn organ_facts(code: &str, organ: Option<&Organ>) -> OrganFacts {
    let Some(organ) = organ else { return OrganFacts { code: code.to_string(), ..OrganFacts::default() } };
    OrganFacts {
        code: organ.code.clone(),
        is_inspection_body: Some(organ.is_enforcement_body),
        is_vertical: Some(organ.vertical),
        is_township: Some(organ.kind == "township"),
        // The catalog holds no provincial decisions yet.
        has_published_powers: None,
        entrustment: organ.is_enforcement_body.then_some(Entrustment::None),
        regions: Some(vec![organ.region_code.clone()]),
        has_assistance_record: None,
        has_safety_duty: None,
    }
}

/// What is known of an item that an organ checks; `found` is its version in force on the day, if it is linked.
#[must_use]
pub fn item_facts(organ: &str, text: &str, found: Option<Option<&Item>>) -> ItemFacts {
    let unlinked = ItemFacts { item: text.to_string(), organ: organ.to_string(), ..ItemFacts::default() };
    let item = match found {
        None => return unlinked,
        Some(None) => return ItemFacts { is_published: Some(false), ..unlinked },
        Some(Some(item)) => item,
    };
    let own = item.cooperating.iter().find(|c| c.department == organ).map(|c| c.basis.clone());
    let off_site = ["document_check", "online_monitoring", "smart_supervision"];
    let methods = &item.inspection_methods;
    ItemFacts {
        item: item.id.to_string(),
        organ: organ.to_string(),
        is_published: Some(true),
        basis: Some(own.unwrap_or_else(|| item.lead_basis.clone())),
        is_off_site_possible: (!methods.is_empty())
            .then(|| methods.iter().any(|m| off_site.contains(&m.as_str()))),
        field: Some(item.field.clone()),
        is_key: Some(item.category == "key"),
    }
}

/// Visits of one subject in a year by the quantity cell, the larger end; none when it says nothing.
#[must_use]
pub fn visits_a_year(quantity: &Quantity) -> Option<u32> {
    let frequency = quantity.frequency.as_ref()?;
    let times = frequency.times_max.unwrap_or(frequency.times);
    let spans = match frequency.unit {
        FrequencyUnit::Day => 365,
        FrequencyUnit::Week => 52,
        FrequencyUnit::Month => 12,
        FrequencyUnit::Quarter => 4,
        FrequencyUnit::HalfYear => 2,
        FrequencyUnit::Year | FrequencyUnit::LicenceTerm | FrequencyUnit::PlanPeriod => 1,
    };
    Some((times.saturating_mul(spans)).div_ceil(frequency.every.max(1)))
}

/// Visits that a plan may bring to one subject in its year: the larger of its frequency and its strata's, one at least.
#[must_use]
pub fn visits_each(content: &PlanContent) -> u32 {
    let highest = content.strata.iter().filter_map(|s| s.frequency_per_year).max();
    visits_a_year(&content.quantity().quantity).max(highest).unwrap_or(1)
}

/// Whether the quantity has an upper bound; an exact number is one for a general item and none for a key item, which may
/// always be checked beyond it.
fn has_upper_bound(content: &PlanContent) -> Option<bool> {
    let quantity = content.quantity().quantity;
    let bound = quantity.ratio.as_ref().map(|r| r.bound).or(quantity.count.as_ref().map(|c| c.bound))?;
    Some(match bound {
        Bound::AtMost => true,
        Bound::AtLeast => false,
        Bound::Exact => content.category == ItemCategory::General,
    })
}

/// How a plan chooses: by the draw, or by an exception that it names (DRW-02). A campaign is one of itself; a plan that visits
/// nobody chooses nobody; another plan that is neither drawn nor excepted is not drawn.
fn draw_use(content: &PlanContent) -> Option<DrawUse> {
    let excepted = |code: &str| DrawUse { exception: Some(code.to_string()), ..DrawUse::default() };
    if content.method == InspectionMethod::DoubleRandom {
        return Some(DrawUse {
            subjects_by_draw: Some(true),
            inspectors_by_draw: Some(true),
            is_public: Some(true),
            exception: None,
        });
    }
    if let Some(exception) = &content.reasons.draw_exception {
        return Some(excepted(&exception.code));
    }
    if content.kind == PlanKind::Campaign {
        return Some(excepted("campaign"));
    }
    is_on_site(content.method).then(|| DrawUse { subjects_by_draw: Some(false), ..DrawUse::default() })
}

/// The facts of a plan; caps, overlaps and other organs' visits are the caller's to fill in.
#[must_use]
pub fn plan_facts(
    (code, state): (&str, PlanState),
    content: &PlanContent,
    organs: Vec<OrganFacts>,
    items: Vec<ItemFacts>,
) -> PlanFacts {
    let is_filed = matches!(
        state,
        PlanState::Filed
            | PlanState::Published
            | PlanState::Executing
            | PlanState::Completed
            | PlanState::Evaluated
    );
    let is_campaign = content.kind == PlanKind::Campaign;
    let campaign = is_campaign.then(|| CampaignFacts {
        is_approved: Some(content.campaign_approval.is_some()),
        // Filing and publication come after the lint of a draft: until then they are open, not broken.
        is_filed: is_filed.then_some(true),
        is_published: is_filed.then_some(true),
        has_scope_content_and_limit: Some(
            !content.subject_desc.trim().is_empty()
                && content.period.is_some()
                && content.parts.iter().all(|p| !p.item_text.trim().is_empty()),
        ),
    });
    let own = regions(&content.filter, &content.region_code);
    let strata = content.strata.iter().filter_map(|s| {
        let class = s.risk_class?.as_str().chars().next()?;
        Some(StratumFacts { class, ratio: s.ratio_per_ten_thousand, frequency: s.frequency_per_year })
    });
    let strata: Vec<StratumFacts> = strata.collect();
    let highest = strata.iter().filter_map(|s| s.frequency).max();
    let frequency = visits_a_year(&content.quantity().quantity).max(highest);
    PlanFacts {
        plan: code.to_string(),
        period: content.period.map(|p| (p.from, p.to)),
        kind: Some(if is_campaign { VisitKind::CampaignOwn } else { VisitKind::Routine }),
        is_on_site: Some(is_on_site(content.method)),
        on_site_reason: content.reasons.on_site.clone(),
        regions: Some(own.into_iter().map(|r| wider(&r, &organs)).collect()),
        organs,
        items,
        strata,
        frequency,
        has_upper_bound: has_upper_bound(content),
        draw: draw_use(content),
        campaign,
        caps: None,
        overlaps: None,
        visits: None,
        separate_reason: content.reasons.separate.clone(),
        texts: texts(content),
        safety: Some(SafetyFacts { is_joint: Some(content.parts.len() > 1), is_notified: None }),
    }
}

/// Regions of the subjects: those of the filter, else the plan's own; none for the whole district.
fn regions(filter: &SubjectFilter, own: &str) -> Vec<String> {
    if !filter.regions.is_empty() {
        return filter.regions.iter().map(|r| r.0.clone()).collect();
    }
    if own.is_empty() { Vec::new() } else { vec![own.to_string()] }
}

/// A beginning of a code that is wider than an organ's region means no more of the registry than that region.
fn wider(region: &str, organs: &[OrganFacts]) -> String {
    let inside = organs.iter().flat_map(|o| o.regions.iter().flatten()).find(|own| own.starts_with(region));
    inside.cloned().unwrap_or_else(|| region.to_string())
}

fn texts(content: &PlanContent) -> Vec<(String, String)> {
    let mut out = vec![
        ("/name".to_string(), content.name.clone()),
        ("/subject_desc".to_string(), content.subject_desc.clone()),
    ];
    let mut put = |place: String, text: &Option<String>| {
        if let Some(text) = text {
            out.push((place, text.clone()));
        }
    };
    put("/quantity_text".into(), &content.quantity_text);
    put("/note".into(), &content.note);
    for (i, part) in content.parts.iter().enumerate() {
        let at = super::plan::part_pointer(i);
        put(format!("{at}/item_text"), &Some(part.item_text.clone()));
        put(format!("{at}/quantity_text"), &part.quantity_text);
        put(format!("{at}/subject_desc"), &part.subject_desc);
    }
    out
}

/// What a plan says, for its digest; signatures and states are no part of it.
#[must_use]
pub fn content_json(code: &str, content: &PlanContent) -> Value {
    let parts: Vec<Value> = content
        .parts
        .iter()
        .map(|p| {
            json!({"department": p.department, "role": p.role, "item": p.item, "item_text": p.item_text,
                "subject_desc": p.subject_desc, "quantity_text": p.quantity_text, "period_text": p.period_text})
        })
        .collect();
    let strata: Vec<Value> = content
        .strata
        .iter()
        .map(|s| {
            json!({"name": s.name, "risk_class": s.risk_class, "filter": s.filter,
                "ratio_per_ten_thousand": s.ratio_per_ten_thousand, "quantity": s.quantity,
                "frequency_per_year": s.frequency_per_year})
        })
        .collect();
    let mut out = json!({"code": code, "year": content.year, "name": content.name, "kind": content.kind,
        "category": content.category, "method": content.method, "region_code": content.region_code,
        "subject_desc": content.subject_desc, "filter": content.filter, "quantity_text": content.quantity_text,
        "period_text": content.period_text, "period_from": content.period.map(|p| p.from),
        "period_to": content.period.map(|p| p.to), "parts": parts, "strata": strata,
        "campaign_approval": content.campaign_approval});
    // Plans that give no reasons keep the digests of their certificates.
    if let Some(out) = out.as_object_mut().filter(|_| !content.reasons.is_empty()) {
        out.insert("reasons".to_string(), json!(content.reasons));
    }
    out
}

/// Whether two filters may see the same subject; what one leaves open meets anything.
#[must_use]
pub fn filters_meet(a: &SubjectFilter, b: &SubjectFilter) -> bool {
    fn prefixes<'s>(
        a: impl Iterator<Item = &'s str> + Clone,
        b: impl Iterator<Item = &'s str> + Clone,
    ) -> bool {
        let (mut left, mut right) = (a.clone(), b.clone());
        left.next().is_none()
            || right.next().is_none()
            || a.clone().any(|x| b.clone().any(|y| x.starts_with(y) || y.starts_with(x)))
    }
    let kinds = a.kinds.is_empty() || b.kinds.is_empty() || a.kinds.iter().any(|k| b.kinds.contains(k));
    let trades =
        prefixes(a.industries.iter().map(|i| i.0.as_str()), b.industries.iter().map(|i| i.0.as_str()));
    let places = prefixes(a.regions.iter().map(|r| r.0.as_str()), b.regions.iter().map(|r| r.0.as_str()));
    let tags = a.tags.is_empty() || b.tags.is_empty() || a.tags.iter().any(|t| b.tags.contains(t));
    kinds && trades && places && tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::{FilterIndustry, FilterRegion};
    use domain::parse::quantity::parse;

    #[test]
    fn the_larger_end_of_a_frequency_counts() {
        for (text, times) in
            [("每年1次", Some(1)), ("1—2次/年", Some(2)), ("每季度一次", Some(4)), ("5%", None)]
        {
            assert_eq!(visits_a_year(&parse(text).quantity), times, "{text}");
        }
    }

    #[test]
    fn filters_meet_unless_a_member_keeps_them_apart() {
        let trade = |code: &str, region: &str| SubjectFilter {
            industries: vec![FilterIndustry(code.into())],
            regions: vec![FilterRegion(region.into())],
            ..SubjectFilter::default()
        };
        assert!(filters_meet(&trade("62", "610703"), &trade("621", "610703102")));
        assert!(!filters_meet(&trade("62", "610703"), &trade("13", "610703")));
        assert!(!filters_meet(&trade("62", "610703101"), &trade("62", "610703102")));
        assert!(filters_meet(&SubjectFilter::default(), &trade("62", "610703")));
    }

    #[test]
    fn what_is_not_said_is_not_known() {
        let facts = item_facts("nz-rsj", "对用工的检查", None);
        assert_eq!((facts.is_published, facts.basis, facts.is_key), (None, None, None));
        assert_eq!(item_facts("nz-rsj", "x", Some(None)).is_published, Some(false));
        assert_eq!(organ_facts("nz-x", None).is_inspection_body, None);
    }
}
