//! What a plan would cost before anybody approves it (计划预演): visits, person-days, coverage, caps. Nothing is stored.
//!
//! Works on numbers only: the registry's subjects by class and stratum, caps and visits used. Integers throughout; shares are
//! hundredths of a percent, rounded so that the burden is never understated. It refuses to guess: a plan without a readable
//! quantity gives none. Called by the app function.

use super::plan::{PlanContent, Stratum};
use domain::parse::period::Period;
use domain::parse::quantity::{Frequency, FrequencyUnit, Quantity};
use domain::vocabulary::RiskClass;
use std::collections::{BTreeMap, BTreeSet};

/// A stratum with what would be drawn from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StratumOutlook {
    /// Its name.
    pub name: String,
    /// Class of risk that it is for.
    pub risk_class: Option<RiskClass>,
    /// Subjects in it.
    pub subjects: u64,
    /// Subjects that would be drawn.
    pub drawn: u64,
    /// Visits of one drawn subject in the plan period.
    pub visits_each: u64,
}

impl StratumOutlook {
    /// Share that would be drawn, in hundredths of a percent.
    #[must_use]
    pub fn coverage(&self) -> u64 {
        share(self.drawn, self.subjects)
    }

    /// Visits to its subjects, each with all organs together.
    #[must_use]
    pub fn visits(&self) -> u64 {
        self.drawn * self.visits_each
    }
}

/// `part` of `whole` in hundredths of a percent; nothing of nothing is nothing.
#[must_use]
pub fn share(part: u64, whole: u64) -> u64 {
    (part * 10_000).checked_div(whole).unwrap_or(0)
}

/// Subjects that a share or number takes from a stratum of this size; the upper end of a range, rounded up.
#[must_use]
pub fn drawn_of(size: u64, ratio: Option<u64>, number: Option<u64>) -> u64 {
    let by_ratio = ratio.map(|r| (size * r.min(10_000)).div_ceil(10_000));
    let taken = match (by_ratio, number) {
        (Some(r), Some(n)) => r.max(n),
        (Some(r), None) => r,
        (None, Some(n)) => n,
        // A frequency alone says how often each of them is visited.
        (None, None) => size,
    };
    taken.min(size)
}

/// Visits of one subject within a period, by a frequency; the upper end of a range, rounded up.
#[must_use]
pub fn visits_in(frequency: &Frequency, period: Option<Period>) -> u64 {
    let times = u64::from(frequency.times_max.unwrap_or(frequency.times));
    let every = u64::from(frequency.every.max(1));
    let months = period.map_or(12, months_of);
    // How often the span fits into a year, and so how often into the months of the plan.
    let per_year = match frequency.unit {
        FrequencyUnit::Day => 365,
        FrequencyUnit::Week => 52,
        FrequencyUnit::Month => 12,
        FrequencyUnit::Quarter => 4,
        FrequencyUnit::HalfYear => 2,
        // Within one plan: once a year is once, whatever its months.
        FrequencyUnit::Year => return times.div_ceil(every).max(1),
        FrequencyUnit::LicenceTerm | FrequencyUnit::PlanPeriod => return times.max(1),
    };
    (times * per_year * months).div_ceil(12 * every).max(1)
}

/// Calendar months that a period touches.
fn months_of(period: Period) -> u64 {
    let index = |d: jiff::civil::Date| i64::from(d.year()) * 12 + i64::from(d.month());
    u64::try_from(index(period.to) - index(period.from) + 1).unwrap_or(1)
}

/// What the strata of a plan come to, given how many subjects each has; one stratum of all where the plan has none.
///
/// None for a plan that says neither quantity nor ratio nor frequency.
#[must_use]
pub fn strata(content: &PlanContent, frame: u64, sizes: &[u64]) -> Option<Vec<StratumOutlook>> {
    let quantity = content.quantity().quantity;
    let each = quantity.frequency.as_ref().map_or(1, |f| visits_in(f, content.period));
    if content.strata.is_empty() {
        if quantity.is_empty() {
            return None;
        }
        let drawn = by_quantity(frame, &quantity);
        return Some(vec![StratumOutlook {
            name: "全部".to_string(),
            risk_class: None,
            subjects: frame,
            drawn,
            visits_each: each,
        }]);
    }
    let outlook = |(stratum, size): (&Stratum, &u64)| {
        let (ratio, number) = (stratum.ratio_per_ten_thousand, stratum.quantity);
        let is_said = ratio.is_some() || number.is_some() || stratum.frequency_per_year.is_some();
        let drawn = if is_said {
            drawn_of(*size, ratio.map(u64::from), number.map(u64::from))
        } else {
            by_quantity(*size, &quantity)
        };
        StratumOutlook {
            name: stratum.name.clone(),
            risk_class: stratum.risk_class,
            subjects: *size,
            drawn,
            visits_each: stratum.frequency_per_year.map_or(each, u64::from),
        }
    };
    Some(content.strata.iter().zip(sizes).map(outlook).collect())
}

/// Subjects that a quantity cell takes from a frame.
fn by_quantity(size: u64, quantity: &Quantity) -> u64 {
    let ratio = quantity.ratio.map(|r| u64::from(r.basis_points_max.unwrap_or(r.basis_points)));
    let number = quantity.count.as_ref().map(|c| u64::from(c.n_max.unwrap_or(c.n)));
    if quantity.is_empty() { 0 } else { drawn_of(size, ratio, number) }
}

/// How a class of risk fares: subjects and expected draws; without a class where none is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassOutlook {
    /// Subjects.
    pub subjects: u64,
    /// Expected draws, in hundredths of a subject.
    pub drawn_hundredths: u64,
}

/// Expected draws by class: each stratum's draws in proportion to the classes of its subjects.
#[must_use]
pub fn classes(
    outlook: &[StratumOutlook],
    members: &[BTreeMap<Option<RiskClass>, u64>],
) -> BTreeMap<Option<RiskClass>, ClassOutlook> {
    let mut out: BTreeMap<Option<RiskClass>, ClassOutlook> = BTreeMap::new();
    for (stratum, by_class) in outlook.iter().zip(members) {
        for (class, n) in by_class {
            let entry = out.entry(*class).or_default();
            entry.subjects += n;
            entry.drawn_hundredths += (n * stratum.drawn * 100).checked_div(stratum.subjects).unwrap_or(0);
        }
    }
    out
}

/// Visits apart and together, and people's days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Entries at subjects when each organ goes alone.
    pub visits_apart: u64,
    /// Entries when the organs go together (综合查一次).
    pub visits_combined: u64,
    /// Days of all inspectors together.
    pub person_days: u64,
    /// Days of the inspectors of one organ.
    pub person_days_each: u64,
}

/// What a plan asks of subjects and organs.
#[must_use]
pub fn effort(outlook: &[StratumOutlook], organs: u64, team: u64, visits_per_day: u64) -> Effort {
    let visits: u64 = outlook.iter().map(StratumOutlook::visits).sum();
    let each = (visits * team).div_ceil(visits_per_day.max(1));
    Effort {
        visits_apart: visits * organs,
        visits_combined: visits,
        person_days: each * organs,
        person_days_each: each,
    }
}

/// Subjects of which an organ would exceed its cap, when every subject that may be drawn gets the plan's visits.
#[must_use]
pub fn over_cap<S: Ord + Copy>(
    may_be_drawn: &BTreeMap<S, u64>,
    used: &BTreeMap<S, u64>,
    cap: u64,
) -> BTreeSet<S> {
    may_be_drawn
        .iter()
        .filter(|(subject, planned)| used.get(subject).copied().unwrap_or(0) + **planned > cap)
        .map(|(subject, _)| *subject)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::{PlanReasons, SubjectFilter};
    use domain::vocabulary::{InspectionMethod, ItemCategory, PlanKind};

    fn plan(quantity: &str, strata: Vec<Stratum>) -> PlanContent {
        PlanContent {
            year: 2026,
            name: "计划".into(),
            kind: PlanKind::Routine,
            category: ItemCategory::Key,
            method: InspectionMethod::DoubleRandom,
            region_code: String::new(),
            subject_desc: "企业".into(),
            filter: SubjectFilter::default(),
            quantity_text: Some(quantity.into()),
            period_text: Some("3月—11月".into()),
            period: domain::parse::period::parse("3月—11月", Some(2026)).ok(),
            parts: Vec::new(),
            strata,
            campaign_approval: None,
            reasons: PlanReasons::default(),
            note: None,
        }
    }

    fn stratum(name: &str, class: RiskClass, ratio: u32) -> Stratum {
        Stratum {
            name: name.into(),
            risk_class: Some(class),
            filter: None,
            ratio_per_ten_thousand: Some(ratio),
            quantity: None,
            frequency_per_year: None,
        }
    }

    #[test]
    fn a_quantity_cell_takes_its_share_rounded_up_and_never_more_than_there_are() {
        for (text, frame, drawn, each) in [
            ("5%", 1001, 51, 1),
            ("30户", 1000, 30, 1),
            ("30户", 20, 20, 1),
            ("3%—5%，每年1次", 1000, 50, 1),
            ("10%，每年1—2次", 100, 10, 2),
            ("每年1次", 40, 40, 1),
            ("每季度1次", 10, 10, 3),
            ("每月2次", 10, 10, 18),
            ("每2年1次", 10, 10, 1),
        ] {
            let found = strata(&plan(text, Vec::new()), frame, &[]).unwrap();
            assert_eq!((found[0].drawn, found[0].visits_each), (drawn, each), "{text} of {frame}");
        }
        assert_eq!(strata(&plan("根据实际情况确定", Vec::new()), 10, &[]), None);
    }

    #[test]
    fn strata_have_their_own_shares_and_classes_their_expected_draws() {
        let content =
            plan("每年1次", vec![stratum("A", RiskClass::A, 100), stratum("D", RiskClass::D, 5000)]);
        let outlook = strata(&content, 1100, &[1000, 100]).unwrap();
        assert_eq!(
            outlook.iter().map(|s| (s.drawn, s.coverage())).collect::<Vec<_>>(),
            [(10, 100), (50, 5000)]
        );
        let members =
            [BTreeMap::from([(Some(RiskClass::A), 1000)]), BTreeMap::from([(Some(RiskClass::D), 100)])];
        let by_class = classes(&outlook, &members);
        assert_eq!(by_class[&Some(RiskClass::D)], ClassOutlook { subjects: 100, drawn_hundredths: 5000 });
    }

    #[test]
    fn one_stratum_spreads_its_draws_over_the_classes() {
        let outlook = strata(&plan("10%", Vec::new()), 100, &[]).unwrap();
        let members = [BTreeMap::from([(None, 25), (Some(RiskClass::B), 75)])];
        let by_class = classes(&outlook, &members);
        assert_eq!(by_class[&None], ClassOutlook { subjects: 25, drawn_hundredths: 250 });
        assert_eq!(by_class[&Some(RiskClass::B)].drawn_hundredths, 750);
    }

    #[test]
    fn going_together_saves_one_entry_less_than_there_are_organs() {
        let outlook = strata(&plan("30户，每年2次", Vec::new()), 100, &[]).unwrap();
        let found = effort(&outlook, 3, 2, 4);
        assert_eq!((found.visits_apart, found.visits_combined), (180, 60));
        assert_eq!((found.person_days_each, found.person_days), (30, 90));
    }

    #[test]
    fn a_subject_is_over_its_cap_by_what_is_used_and_what_is_planned() {
        let planned = BTreeMap::from([(1, 1), (2, 1), (3, 3)]);
        let used = BTreeMap::from([(1, 1), (2, 2)]);
        assert_eq!(over_cap(&planned, &used, 2), BTreeSet::from([2, 3]));
    }
}
