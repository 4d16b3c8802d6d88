//! What would lead to the next better class, and when each record lapses (反事实说明).
//!
//! Every answer is found by grading a changed input again, never by a second formula, so it cannot disagree with the grade.
//! Refuses to promise what new facts could change. Called for one subject at a time, by its explanation page.

use crate::age::{first_day_past, plus_months};
use crate::code::Code;
use crate::decimal::Dec;
use crate::engine::{Engine, GradeError};
use crate::fact::{AsOf, SubjectInput};
use crate::graded::Graded;
use crate::words::Direction;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Answer to the counter-question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Counterfactual {
    /// The class now.
    #[schema(value_type = String)]
    pub class: Code,
    /// The next better class; absent in the best one.
    #[schema(value_type = Option<String>)]
    pub next_class: Option<Code>,
    /// Points missing to the next class by score, if the score and not a direct class is what holds it.
    pub missing_points: Option<Dec>,
    /// Records with an effect, in the order they lapse; those that never lapse last.
    pub records: Vec<RecordOutlook>,
    /// The first day on which the class is better if nothing else happens.
    pub by_time: Option<Outlook>,
    /// The smallest set of repairs that makes the class better.
    pub by_repair: Option<Repairs>,
}

/// How long a record still counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CounterfactualRecord)]
pub struct RecordOutlook {
    /// The record.
    #[schema(value_type = String)]
    pub record_id: Code,
    /// What all of its lines add to the score.
    pub effect: Dec,
    /// Days on which its effect shrinks, with the effect from then on, the rest of the facts unchanged.
    pub steps: Vec<EffectStep>,
    /// First day without any effect; absent when time alone does not end it.
    #[schema(value_type = Option<String>, format = Date)]
    pub lapses_on: Option<Date>,
    /// Whether it can be repaired.
    pub repairable: bool,
    /// Direct classes it holds up.
    #[schema(value_type = Vec<String>)]
    pub direct: Vec<Code>,
}

/// One step of an effect that shrinks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CounterfactualStep)]
pub struct EffectStep {
    /// First day.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// Effect from that day.
    pub effect: Dec,
}

/// A better class on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CounterfactualOutlook)]
pub struct Outlook {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// The class.
    #[schema(value_type = String)]
    pub class: Code,
    /// The score.
    pub score: Dec,
}

/// Repairs that lead to a better class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CounterfactualRepairs)]
pub struct Repairs {
    /// Records to repair, oldest first.
    #[schema(value_type = Vec<String>)]
    pub records: Vec<Code>,
    /// The class then.
    #[schema(value_type = String)]
    pub class: Code,
    /// The score then.
    pub score: Dec,
    /// Whether no smaller set does it; false when there were too many records to try all sets.
    pub is_smallest: bool,
}

/// Sets of repairs tried before the search stops looking for the smallest one.
const MOST_SETS: usize = 20_000;
/// How far ahead time is looked through, in months.
const HORIZON_MONTHS: u32 = 60;

impl Engine {
    /// What would lead to the next better class as of a day, from what was known then.
    ///
    /// Time: every day on which an age or a stated end changes something within five years is graded again, in order.
    /// Repairs: sets of repairable records by size, within a size the one with the best score, of equal scores the one
    /// whose records are oldest; past 20,000 sets the record that helps most is added again and again, and
    /// `is_smallest` says so.
    ///
    /// # Errors
    /// As [`Engine::grade`].
    pub fn counterfactual(&self, input: &SubjectInput, as_of: AsOf) -> Result<Counterfactual, GradeError> {
        let now = self.grade(input, as_of)?;
        let rank = self.rank(&now);
        let classes = &self.pack().classes;
        let next_class = rank.checked_sub(1).and_then(|r| classes.get(r)).map(|c| c.id.clone());
        let missing_points = match rank.checked_sub(1) {
            Some(better) if now.score_class == now.class => {
                self.limit_of(better).map(|l| l.minus(now.score).magnitude())
            }
            _ => None,
        };
        let days = self.days_of_change(input, as_of);
        let (by_time, by_repair) = match next_class {
            Some(_) => (self.by_time(input, as_of, rank, &days)?, self.by_repair(input, as_of, rank, &now)?),
            None => (None, None),
        };
        Ok(Counterfactual {
            class: now.class.clone(),
            next_class,
            missing_points,
            records: self.outlooks(input, as_of, &now)?,
            by_time,
            by_repair,
        })
    }

    fn rank(&self, graded: &Graded) -> usize {
        self.pack().classes.iter().position(|c| c.id == graded.class).unwrap_or(0)
    }

    /// Days after `as_of` on which some age, end or repair of the subject changes, in order.
    fn days_of_change(&self, input: &SubjectInput, as_of: AsOf) -> Vec<Date> {
        let Some(horizon) = plus_months(as_of.day, HORIZON_MONTHS) else { return Vec::new() };
        if self.reads_days() {
            let every = as_of.day.series(jiff::Span::new().days(1));
            return every.skip(1).take_while(|day| *day <= horizon).collect();
        }
        let mut days = BTreeSet::new();
        for fact in input.facts.iter().filter(|f| f.known_on <= as_of.known_by) {
            let known = [fact.ended_on, fact.repaired_on, Some(fact.on)];
            days.extend(known.into_iter().flatten());
            days.extend(
                (0..=HORIZON_MONTHS + age_now(fact.on, as_of)).filter_map(|m| first_day_past(fact.on, m)),
            );
        }
        if let Some(on) = input.registered_on {
            days.extend((0..=HORIZON_MONTHS + age_now(on, as_of)).filter_map(|m| plus_months(on, m)));
        }
        days.into_iter().filter(|day| *day > as_of.day && *day <= horizon).collect()
    }

    fn by_time(
        &self,
        input: &SubjectInput,
        as_of: AsOf,
        rank: usize,
        days: &[Date],
    ) -> Result<Option<Outlook>, GradeError> {
        for day in days {
            let then = self.grade(input, AsOf { day: *day, known_by: as_of.known_by })?;
            if self.rank(&then) < rank {
                return Ok(Some(Outlook { on: *day, class: then.class, score: then.score }));
            }
        }
        Ok(None)
    }

    fn by_repair(
        &self,
        input: &SubjectInput,
        as_of: AsOf,
        rank: usize,
        now: &Graded,
    ) -> Result<Option<Repairs>, GradeError> {
        let candidates = repairable(input, now);
        let mut trial = input.clone();
        let mut tried = 0_usize;
        for size in 1..=candidates.len() {
            tried = tried.saturating_add(sets(candidates.len(), size));
            if tried > MOST_SETS {
                return self.greedily(&mut trial, as_of, rank, &candidates);
            }
            let mut best: Option<(Dec, Vec<usize>, Graded)> = None;
            for set in Combinations::new(candidates.len(), size) {
                let places: Vec<usize> = set.iter().map(|i| candidates[*i]).collect();
                let then = self.repaired(&mut trial, input, as_of, &places)?;
                let gain = self.safety(&then);
                // The first set of a score is the one with the oldest records: combinations come in their order.
                if self.rank(&then) < rank && best.as_ref().is_none_or(|(most, ..)| gain > *most) {
                    best = Some((gain, places, then));
                }
            }
            if let Some((_, places, then)) = best {
                return Ok(Some(repairs(input, &places, then, true)));
            }
        }
        Ok(None)
    }

    /// The score with the direction taken out: more is safer.
    fn safety(&self, graded: &Graded) -> Dec {
        match self.pack().direction {
            Direction::HigherIsSafer => graded.score,
            Direction::HigherIsRiskier => graded.score.negated(),
        }
    }

    fn repaired(
        &self,
        trial: &mut SubjectInput,
        input: &SubjectInput,
        as_of: AsOf,
        places: &[usize],
    ) -> Result<Graded, GradeError> {
        for place in places {
            trial.facts[*place].repaired_on = Some(as_of.day);
        }
        let graded = self.grade(trial, as_of);
        for place in places {
            trial.facts[*place].repaired_on = input.facts[*place].repaired_on;
        }
        graded
    }

    fn greedily(
        &self,
        trial: &mut SubjectInput,
        as_of: AsOf,
        rank: usize,
        candidates: &[usize],
    ) -> Result<Option<Repairs>, GradeError> {
        let input = trial.clone();
        let mut places: Vec<usize> = Vec::new();
        while places.len() < candidates.len() {
            let mut best: Option<((usize, Dec), usize, Graded)> = None;
            for place in candidates.iter().filter(|p| !places.contains(p)) {
                let mut with = places.clone();
                with.push(*place);
                let then = self.repaired(trial, &input, as_of, &with)?;
                let gain = (usize::MAX - self.rank(&then), self.safety(&then));
                if best.as_ref().is_none_or(|(most, ..)| gain > *most) {
                    best = Some((gain, *place, then));
                }
            }
            let Some((_, place, then)) = best else { break };
            places.push(place);
            if self.rank(&then) < rank {
                places.sort_by_key(|p| candidates.iter().position(|c| c == p));
                return Ok(Some(repairs(&input, &places, then, false)));
            }
        }
        Ok(None)
    }

    /// What each record does now, and from which days it does less.
    fn outlooks(
        &self,
        input: &SubjectInput,
        as_of: AsOf,
        now: &Graded,
    ) -> Result<Vec<RecordOutlook>, GradeError> {
        let ids: BTreeSet<Code> = now
            .explanation
            .iter()
            .filter_map(|line| line.record_id.clone())
            .chain(now.direct.iter().flat_map(|hit| hit.records.iter().cloned()))
            .collect();
        let mut outlooks = Vec::with_capacity(ids.len());
        for id in ids {
            let lines = || now.explanation.iter().filter(|l| l.record_id.as_ref() == Some(&id));
            let direct: Vec<&crate::graded::DirectHit> =
                now.direct.iter().filter(|hit| hit.records.contains(&id)).collect();
            // A record is over when all of its lines and all direct classes it holds up are.
            let ends = lines().map(|l| l.lapses_on).chain(direct.iter().map(|hit| hit.lapses_on));
            let lapses_on = ends.collect::<Option<Vec<Date>>>().and_then(|days| days.into_iter().max());
            let mut steps = Vec::new();
            let mut before = effect_of(now, &id);
            if let Some(fact) = input.facts.iter().find(|f| f.record_id == id) {
                for day in self.steps_of(fact.on, as_of) {
                    let then = self.grade(input, AsOf { day, known_by: as_of.known_by })?;
                    let effect = effect_of(&then, &id);
                    if effect != before {
                        steps.push(EffectStep { from: day, effect });
                        before = effect;
                    }
                }
            }
            outlooks.push(RecordOutlook {
                effect: effect_of(now, &id),
                steps,
                lapses_on,
                repairable: lines().any(|l| l.repairable) || direct.iter().any(|hit| hit.repairable),
                direct: direct.iter().map(|hit| hit.rule.clone()).collect(),
                record_id: id,
            });
        }
        outlooks.sort_by(|a, b| {
            let key = |o: &RecordOutlook| (o.lapses_on.is_none(), o.lapses_on);
            key(a).cmp(&key(b)).then_with(|| a.record_id.cmp(&b.record_id))
        });
        Ok(outlooks)
    }

    /// Days on which an age table moves a record of that day.
    fn steps_of(&self, on: Date, as_of: AsOf) -> BTreeSet<Date> {
        let steps = self.pack().age_factors.iter().flat_map(|t| &t.steps);
        steps.filter_map(|s| first_day_past(on, s.months)).filter(|day| *day > as_of.day).collect()
    }
}

fn age_now(on: Date, as_of: AsOf) -> u32 {
    u32::try_from(crate::age::months_started(on, as_of.day)).unwrap_or(0)
}

fn effect_of(graded: &Graded, id: &Code) -> Dec {
    let lines = graded.explanation.iter().filter(|l| l.record_id.as_ref() == Some(id));
    lines.fold(Dec::ZERO, |sum, line| sum.plus(line.effect))
}

/// Places of the facts whose repair could change something, oldest first, then by id.
fn repairable(input: &SubjectInput, now: &Graded) -> Vec<usize> {
    let lines = now.explanation.iter().filter(|l| l.repairable);
    let ids: BTreeSet<&Code> = lines
        .flat_map(|l| l.record_id.iter().chain(&l.with))
        .chain(now.direct.iter().filter(|hit| hit.repairable).flat_map(|hit| &hit.records))
        .collect();
    let mut places: Vec<usize> =
        (0..input.facts.len()).filter(|i| ids.contains(&input.facts[*i].record_id)).collect();
    places.sort_by(|a, b| {
        let (a, b) = (&input.facts[*a], &input.facts[*b]);
        (a.on, &a.record_id).cmp(&(b.on, &b.record_id))
    });
    places
}

fn repairs(input: &SubjectInput, places: &[usize], then: Graded, is_smallest: bool) -> Repairs {
    Repairs {
        records: places.iter().map(|p| input.facts[*p].record_id.clone()).collect(),
        class: then.class,
        score: then.score,
        is_smallest,
    }
}

/// How many sets of `size` there are among `n`; the greatest number when they cannot be counted.
fn sets(n: usize, size: usize) -> usize {
    (0..size).try_fold(1_usize, |sets, i| Some(sets.checked_mul(n - i)? / (i + 1))).unwrap_or(usize::MAX)
}

/// Sets of places in lexicographic order.
struct Combinations {
    n: usize,
    next: Option<Vec<usize>>,
}

impl Combinations {
    fn new(n: usize, size: usize) -> Self {
        Self { n, next: (size <= n).then(|| (0..size).collect()) }
    }
}

impl Iterator for Combinations {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        let current = self.next.take()?;
        let size = current.len();
        if let Some(i) = (0..size).rev().find(|i| current[*i] < self.n - size + i) {
            let mut following = current.clone();
            following[i] += 1;
            for j in i + 1..size {
                following[j] = following[j - 1] + 1;
            }
            self.next = Some(following);
        }
        Some(current)
    }
}
