//! Grading one subject by a compiled pack.
//!
//! Order of things, which is also the order of the explanation: parts and indicators as the pack lists them, records by day
//! and id. Points × age factor × weight, rounded after each multiplication; then the cap of the indicator, taken up by the
//! records in their order; then the limits of the part; then the model. No clock, no floats, no hash maps: the same input
//! gives the same bytes. Called by whoever grades, and by the counterfactual over and over.

use crate::age::first_day_past;
use crate::check::PackFault;
use crate::code::Code;
use crate::decimal::Dec;
use crate::digest::input_digest;
use crate::expr::{Root, Scope, Trouble, View};
use crate::fact::{AsOf, SubjectInput};
use crate::graded::{DirectHit, Explanation, Graded, Missing, PART_LIMIT, PackRef, PartScore};
use crate::pack::{Classing, MissingRule, Model, Pack};
use crate::plan::{Plan, PlanDirect, PlanFactor, PlanIndicator, PlanMethod, PlanRecords, bin_of, build};
use crate::quantile::CutPoints;
use crate::words::{Direction, Take};
use jiff::civil::Date;

/// A compiled pack: `Send + Sync`, shared by reference, grades subjects one by one.
pub struct Engine {
    pack: Pack,
    plan: Plan,
    reference: PackRef,
    cuts: Option<CutPoints>,
    part_limit: Code,
}

/// Why a subject cannot be graded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GradeError {
    /// A division by zero or a number beyond 64 bits in an expression of this indicator or rule.
    #[error("arithmetic fault in {0}")]
    Arithmetic(Code),
    /// The pack classes by quantiles and no cut points were given ([`Engine::with_cuts`]).
    #[error("the cut points of the population are missing")]
    CutsMissing,
}

impl Engine {
    /// Checks and compiles a pack.
    ///
    /// # Errors
    /// All faults, when one of them is blocking.
    pub fn new(pack: Pack) -> Result<Self, Vec<PackFault>> {
        let faults = pack.check();
        if faults.iter().any(|f| f.is_blocking) {
            return Err(faults);
        }
        let plan = build(&pack, &mut Vec::new());
        let reference =
            PackRef { code: pack.code.clone(), version: pack.version, digest: pack.digest().into() };
        Ok(Self { pack, plan, reference, cuts: None, part_limit: PART_LIMIT.into() })
    }

    /// With the cut points of a population; they become part of the digest of the pack in every result.
    #[must_use]
    pub fn with_cuts(mut self, cuts: CutPoints) -> Self {
        let with = serde_json::json!({"pack": self.pack.digest(), "cuts": cuts});
        self.reference.digest = rules::pack::digest(&with).into();
        self.cuts = Some(cuts);
        self
    }

    /// The pack.
    #[must_use]
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// What results name as their pack.
    #[must_use]
    pub fn reference(&self) -> &PackRef {
        &self.reference
    }

    /// Grades one subject.
    ///
    /// # Errors
    /// Arithmetic faults of expressions, cut points that are missing.
    pub fn grade(&self, input: &SubjectInput, as_of: AsOf) -> Result<Graded, GradeError> {
        let views = views(input, as_of);
        let mut run = Run::new(self, input, &views, as_of);
        run.parts()?;
        let score = run.model()?;
        let direct = run.direct()?;
        let by_score = self.rank_of(score)?;
        let rank = direct.iter().map(|(rank, _)| *rank).fold(by_score, usize::max);
        let class = |rank: usize| self.pack.classes.get(rank).map_or_else(|| "".into(), |c| c.id.clone());
        Ok(Graded {
            pack: self.reference.clone(),
            as_of,
            score,
            score_class: class(by_score),
            class: class(rank),
            direct: direct.into_iter().map(|(_, hit)| hit).collect(),
            parts: run.parts,
            explanation: run.lines,
            missing: run.missing,
            digest: input_digest(&self.reference, input, &views, as_of),
        })
    }

    /// The score alone: the first pass over a population.
    ///
    /// # Errors
    /// Arithmetic faults of expressions.
    pub fn score(&self, input: &SubjectInput, as_of: AsOf) -> Result<Dec, GradeError> {
        let views = views(input, as_of);
        let mut run = Run::new(self, input, &views, as_of);
        run.parts()?;
        run.model()
    }

    /// The limit of a class, where it has one.
    pub(crate) fn limit_of(&self, rank: usize) -> Option<Dec> {
        match self.pack.classing {
            Classing::Thresholds => self.pack.classes.get(rank).and_then(|c| c.at_least.or(c.at_most)),
            Classing::Quantiles { .. } => self.cuts.as_ref()?.limits.get(rank)?.limit,
        }
    }

    /// Whether an expression counts in days, so that any day may change a grade.
    pub(crate) fn reads_days(&self) -> bool {
        self.plan.reads_days
    }

    /// Place of the class of a score, from the best.
    pub(crate) fn rank_of(&self, score: Dec) -> Result<usize, GradeError> {
        let reaches = |limit: Option<Dec>| match (limit, self.pack.direction) {
            (None, _) => false,
            (Some(limit), Direction::HigherIsSafer) => score >= limit,
            (Some(limit), Direction::HigherIsRiskier) => score <= limit,
        };
        let last = self.pack.classes.len().saturating_sub(1);
        let found = match self.pack.classing {
            Classing::Thresholds => {
                let classes = self.pack.classes.iter().take(last);
                classes.map(|c| c.at_least.or(c.at_most)).position(reaches)
            }
            Classing::Quantiles { .. } => {
                let cuts = self.cuts.as_ref().ok_or(GradeError::CutsMissing)?;
                cuts.limits.iter().map(|c| c.limit).position(reaches)
            }
        };
        Ok(found.unwrap_or(last))
    }
}

/// The seen facts, by day and id.
fn views(input: &SubjectInput, as_of: AsOf) -> Vec<View<'_>> {
    let seen = input.facts.iter().filter(|f| f.is_seen(as_of));
    let mut views: Vec<View<'_>> = seen.map(|f| View::new(f, as_of)).collect();
    views.sort_unstable_by(|a, b| {
        (a.fact.on, &a.fact.record_id, a.fact.kind).cmp(&(b.fact.on, &b.fact.record_id, b.fact.kind))
    });
    views
}

/// One subject on its way through the pack.
struct Run<'a> {
    engine: &'a Engine,
    views: &'a [View<'a>],
    scope: Scope<'a>,
    parts: Vec<PartScore>,
    lines: Vec<Explanation>,
    missing: Vec<Missing>,
}

/// What a condition says, when its indicator has a rule for what is not known.
#[derive(Clone, Copy, PartialEq)]
enum Holds {
    No,
    Yes,
    /// Not known, and the rule says that so many points apply.
    Points(Dec),
}

impl<'a> Run<'a> {
    fn new(engine: &'a Engine, input: &'a SubjectInput, views: &'a [View<'a>], as_of: AsOf) -> Self {
        Self {
            engine,
            views,
            scope: Scope::new(input, views, as_of),
            parts: Vec::with_capacity(engine.pack.parts.len()),
            lines: Vec::with_capacity(4),
            missing: Vec::new(),
        }
    }

    fn parts(&mut self) -> Result<(), GradeError> {
        let is_deduction = matches!(self.engine.pack.model, Model::Deduction { .. });
        for (part, plan) in self.engine.pack.parts.iter().zip(&self.engine.plan.parts) {
            let start = if is_deduction { part.max.unwrap_or_default() } else { Dec::ZERO };
            let before = self.lines.len();
            for indicator in &plan.indicators {
                self.indicator(&part.id, indicator)?;
            }
            let sum = self.lines[before..].iter().fold(start, |sum, line| sum.plus(line.effect));
            let mut score = sum;
            if let Some(max) = part.max {
                score = score.min(max);
            }
            if is_deduction {
                score = score.max(Dec::ZERO);
            }
            if score != sum {
                let cut = score.minus(sum);
                self.lines.push(Explanation {
                    part: part.id.clone(),
                    indicator: self.engine.part_limit.clone(),
                    record_id: None,
                    with: Vec::new(),
                    raw: cut,
                    age_factor: Dec::ONE,
                    effect: cut,
                    lapses_on: None,
                    repairable: false,
                });
            }
            self.parts.push(PartScore { part: part.id.clone(), start, score, max: part.max });
        }
        Ok(())
    }

    fn model(&mut self) -> Result<Dec, GradeError> {
        let base = match self.engine.pack.model {
            Model::Scorecard { base } => base,
            Model::Deduction { .. } | Model::AdditiveRisk { .. } => Dec::ZERO,
        };
        let mut score = self.parts.iter().fold(base, |sum, part| sum.plus(part.score));
        let plan = &self.engine.plan;
        for factor in [&plan.control, &plan.detection].into_iter().flatten() {
            score = self.factor(factor, score)?;
        }
        Ok(score)
    }

    fn factor(&mut self, factor: &'a PlanFactor, score: Dec) -> Result<Dec, GradeError> {
        let multiplier = match self.int(&factor.id, &factor.value)? {
            Some(value) => bin_of(&factor.bins, value).map_or(Dec::ONE, |b| b.points),
            None => {
                self.missing.push(Missing { indicator: factor.id.clone(), record_id: None });
                factor.missing
            }
        };
        let product = score.times(multiplier, self.engine.pack.arithmetic);
        if product != score {
            self.lines.push(Explanation {
                part: factor.id.clone(),
                indicator: factor.id.clone(),
                record_id: None,
                with: Vec::new(),
                raw: multiplier,
                age_factor: Dec::ONE,
                effect: product.minus(score),
                lapses_on: None,
                repairable: false,
            });
        }
        Ok(product)
    }

    fn indicator(&mut self, part: &Code, indicator: &'a PlanIndicator) -> Result<(), GradeError> {
        match &indicator.method {
            PlanMethod::Each { records, points, age, cap, take } => {
                let before = self.lines.len();
                let last_month =
                    match (age.as_ref().map(crate::pack::AgeTable::last_month), records.within_months) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    };
                for view in self.views {
                    let raw = match self.matches(
                        &indicator.id,
                        records,
                        indicator.repairable,
                        indicator.missing,
                        view,
                    )? {
                        Holds::No => continue,
                        Holds::Yes => *points,
                        Holds::Points(points) => points,
                    };
                    let age_factor = age.as_ref().map_or(Dec::ONE, |table| table.factor(view.months));
                    let effect = self.weighted(indicator, self.rounded_times(raw, age_factor));
                    if age_factor.is_zero() || effect.is_zero() {
                        continue;
                    }
                    self.lines.push(Explanation {
                        part: part.clone(),
                        indicator: indicator.id.clone(),
                        record_id: Some(view.fact.record_id.clone()),
                        with: Vec::new(),
                        raw,
                        age_factor,
                        effect,
                        lapses_on: last_month.and_then(|m| first_day_past(view.fact.on, m)),
                        repairable: indicator.repairable,
                    });
                }
                if *take == Take::Worst {
                    self.keep_heaviest(before);
                }
                if let Some(cap) = cap {
                    self.cap(before, *cap);
                }
            }
            PlanMethod::When { condition, records, points } => {
                let mut raw = *points;
                if let Some(condition) = condition {
                    match self.holds(&indicator.id, condition, indicator.missing, None)? {
                        Holds::No => return Ok(()),
                        Holds::Yes => {}
                        Holds::Points(points) => raw = points,
                    }
                }
                let found = match records {
                    Some(records) => {
                        let found =
                            self.found(&indicator.id, records, indicator.repairable, indicator.missing)?;
                        if found.ids.len() < records.at_least {
                            return Ok(());
                        }
                        found
                    }
                    None => Found::default(),
                };
                let mut ids = found.ids.into_iter();
                self.once(part, indicator, raw, ids.next(), ids.collect(), found.lapses_on);
            }
            PlanMethod::Bins { value, bins, worst } => {
                let raw = match self.int(&indicator.id, value)? {
                    Some(value) => bin_of(bins, value).map_or(Dec::ZERO, |b| b.points),
                    None => self.unknown(indicator, *worst),
                };
                self.once(part, indicator, raw, None, Vec::new(), None);
            }
            PlanMethod::Categories { value, categories, otherwise, worst } => {
                let raw = match self.text(&indicator.id, value)? {
                    Some(text) => {
                        let found = categories.iter().find(|(values, _)| values.iter().any(|v| v == text));
                        found.map_or(*otherwise, |(_, points)| *points)
                    }
                    None => self.unknown(indicator, *worst),
                };
                self.once(part, indicator, raw, None, Vec::new(), None);
            }
            PlanMethod::Value { value, per_unit, minimum, maximum, worst } => {
                let raw = match self.int(&indicator.id, value)? {
                    Some(value) => {
                        let mut points = self.rounded_times(Dec::int(value), *per_unit);
                        points = minimum.map_or(points, |least| points.max(least));
                        maximum.map_or(points, |most| points.min(most))
                    }
                    None => self.unknown(indicator, *worst),
                };
                self.once(part, indicator, raw, None, Vec::new(), None);
            }
        }
        Ok(())
    }

    /// A line that stands once for an indicator; none without effect.
    fn once(
        &mut self,
        part: &Code,
        indicator: &PlanIndicator,
        raw: Dec,
        record_id: Option<Code>,
        with: Vec<Code>,
        lapses_on: Option<Date>,
    ) {
        let effect = self.weighted(indicator, raw.rounded(self.engine.pack.arithmetic));
        if effect.is_zero() {
            return;
        }
        let repairable = indicator.repairable && record_id.is_some();
        self.lines.push(Explanation {
            part: part.clone(),
            indicator: indicator.id.clone(),
            record_id,
            with,
            raw,
            age_factor: Dec::ONE,
            effect,
            lapses_on,
            repairable,
        });
    }

    fn rounded_times(&self, points: Dec, factor: Dec) -> Dec {
        points.times(factor, self.engine.pack.arithmetic)
    }

    fn weighted(&self, indicator: &PlanIndicator, points: Dec) -> Dec {
        indicator.weight.map_or(points, |weight| self.rounded_times(points, weight))
    }

    /// Of the lines from `before` on only the heaviest has its effect, of equals the newest; the others are shown with none.
    fn keep_heaviest(&mut self, before: usize) {
        let heaviest = (before..self.lines.len()).max_by_key(|i| self.lines[*i].effect.magnitude());
        for (i, line) in self.lines.iter_mut().enumerate().skip(before) {
            if Some(i) != heaviest {
                line.effect = Dec::ZERO;
            }
        }
    }

    /// Records use the cap up in their order; what is beyond it has no effect and is still shown.
    fn cap(&mut self, before: usize, cap: Dec) {
        let mut left = cap.magnitude();
        for line in &mut self.lines[before..] {
            let used = line.effect.magnitude().min(left);
            left = left.minus(used);
            line.effect = if line.effect < Dec::ZERO { used.negated() } else { used };
        }
    }

    /// Points of an indicator whose data is missing.
    fn unknown(&mut self, indicator: &PlanIndicator, worst: Dec) -> Dec {
        self.missing.push(Missing { indicator: indicator.id.clone(), record_id: None });
        match indicator.missing {
            MissingRule::Ignore => Dec::ZERO,
            MissingRule::Worst => worst,
            MissingRule::Points(points) => points,
        }
    }

    fn holds(
        &mut self,
        id: &Code,
        condition: &'a Root,
        rule: MissingRule,
        record: Option<&Code>,
    ) -> Result<Holds, GradeError> {
        let Root::Bool(node) = condition else { return Ok(Holds::No) };
        match self.scope.bool(node) {
            Ok(true) => Ok(Holds::Yes),
            Ok(false) => Ok(Holds::No),
            Err(Trouble::Arithmetic) => Err(GradeError::Arithmetic(id.clone())),
            Err(Trouble::Missing) => {
                self.missing.push(Missing { indicator: id.clone(), record_id: record.cloned() });
                Ok(match rule {
                    MissingRule::Ignore => Holds::No,
                    MissingRule::Worst => Holds::Yes,
                    MissingRule::Points(points) => Holds::Points(points),
                })
            }
        }
    }

    fn matches(
        &mut self,
        id: &Code,
        records: &'a PlanRecords,
        repairable: bool,
        rule: MissingRule,
        view: &'a View<'a>,
    ) -> Result<Holds, GradeError> {
        if !records.kinds.contains(view.fact.kind)
            || (repairable && view.is_repaired)
            || records.within_months.is_some_and(|most| view.months > i64::from(most))
        {
            return Ok(Holds::No);
        }
        let Some(when) = &records.when else { return Ok(Holds::Yes) };
        self.scope.bind(view);
        self.holds(id, when, rule, Some(&view.fact.record_id))
    }

    /// The records that match, newest first, and the day on which too few are left.
    fn found(
        &mut self,
        id: &Code,
        records: &'a PlanRecords,
        repairable: bool,
        rule: MissingRule,
    ) -> Result<Found, GradeError> {
        let mut matching: Vec<&View<'a>> = Vec::new();
        for view in self.views.iter().rev() {
            if self.matches(id, records, repairable, rule, view)? != Holds::No {
                matching.push(view);
            }
        }
        let lapses_on = match (records.within_months, matching.get(records.at_least.saturating_sub(1))) {
            (Some(months), Some(view)) => first_day_past(view.fact.on, months),
            _ => None,
        };
        Ok(Found { ids: matching.iter().map(|v| v.fact.record_id.clone()).collect(), lapses_on })
    }

    fn direct(&mut self) -> Result<Vec<(usize, DirectHit)>, GradeError> {
        let mut hits = Vec::new();
        for rule in &self.engine.plan.direct {
            if let Some(hit) = self.direct_rule(rule)? {
                let rank = self.engine.pack.classes.iter().position(|c| c.id == rule.class).unwrap_or(0);
                hits.push((rank, hit));
            }
        }
        Ok(hits)
    }

    fn direct_rule(&mut self, rule: &'a PlanDirect) -> Result<Option<DirectHit>, GradeError> {
        if let Some(condition) = &rule.condition
            && self.holds(&rule.id, condition, rule.missing, None)? == Holds::No
        {
            return Ok(None);
        }
        let mut found = Found::default();
        if let Some(records) = &rule.records {
            found = self.found(&rule.id, records, rule.repairable, rule.missing)?;
            if found.ids.len() < records.at_least {
                return Ok(None);
            }
        }
        let repairable = rule.repairable && !found.ids.is_empty();
        Ok(Some(DirectHit {
            rule: rule.id.clone(),
            class: rule.class.clone(),
            records: found.ids,
            lapses_on: found.lapses_on,
            repairable,
        }))
    }

    fn int(&mut self, id: &Code, root: &'a Root) -> Result<Option<i64>, GradeError> {
        let Root::Int(node) = root else { return Ok(None) };
        known(id, self.scope.int(node))
    }

    fn text(&mut self, id: &Code, root: &'a Root) -> Result<Option<&'a str>, GradeError> {
        let Root::Text(node) = root else { return Ok(None) };
        known(id, self.scope.text(node))
    }
}

#[derive(Default)]
struct Found {
    ids: Vec<Code>,
    lapses_on: Option<Date>,
}

fn known<T>(id: &Code, got: Result<T, Trouble>) -> Result<Option<T>, GradeError> {
    match got {
        Ok(value) => Ok(Some(value)),
        Err(Trouble::Missing) => Ok(None),
        Err(Trouble::Arithmetic) => Err(GradeError::Arithmetic(id.clone())),
    }
}
