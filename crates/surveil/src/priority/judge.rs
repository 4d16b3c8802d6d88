//! How good a ranking is (排序效果): figures on visits that came after the training.
//!
//! AUC; share of the problems found when the first half of the visits is made in the ranking's order; days a problem is found
//! earlier than it was, when the same visits are made on the same days in the ranking's order. Called by the back-test; refuses
//! visits of one outcome.

use super::{Model, Sample};
use crate::error::SurveilError;
use serde::Serialize;

/// Randomly drawn visits that are enough to judge on them alone.
pub const ENOUGH_VISITS: usize = 200;
/// Problems among them that are enough.
pub const ENOUGH_PROBLEMS: usize = 30;

/// Which visits the figures rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    /// Randomly drawn ones only: unbiased.
    RandomOnly,
    /// All: too few were drawn at random, so that the figures favour what was looked at before.
    All,
}

/// Figures of a ranking.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Which visits they rest on.
    pub judged: Judged,
    /// Visits.
    pub visits: usize,
    /// Problems among them.
    pub problems: usize,
    /// Probability that a visit with a problem ranks above one without; ties count half.
    pub auc: f64,
    /// Share of the problems in the first half of the ranking; 0.5 without any knowledge.
    pub found_in_first_half: f64,
    /// The same of the order in which the visits were made.
    pub found_in_first_half_as_made: f64,
    /// Mean days that a problem is found earlier than it was; below 0: later.
    pub days_earlier: f64,
}

/// Judges a model on later visits.
pub fn judge(model: &impl Model, later: &[&Sample]) -> Result<Figures, SurveilError> {
    let random: Vec<&Sample> = later.iter().copied().filter(|s| s.is_random).collect();
    let is_enough =
        random.len() >= ENOUGH_VISITS && random.iter().filter(|s| s.is_problem).count() >= ENOUGH_PROBLEMS;
    let (judged, visits) =
        if is_enough { (Judged::RandomOnly, random) } else { (Judged::All, later.to_vec()) };
    let scores: Vec<f64> = visits.iter().map(|s| model.score(&s.features)).collect();
    figures(judged, &visits, &scores)
}

/// Figures of given scores.
pub fn figures(judged: Judged, visits: &[&Sample], scores: &[f64]) -> Result<Figures, SurveilError> {
    if visits.len() != scores.len() {
        return Err(SurveilError::SizesDiffer("visits, scores"));
    }
    let problems = visits.iter().filter(|s| s.is_problem).count();
    if problems == 0 || problems == visits.len() {
        return Err(SurveilError::SettingOutOfRange("is_problem"));
    }
    let mut ranking: Vec<usize> = (0..visits.len()).collect();
    ranking.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let mut made: Vec<usize> = (0..visits.len()).collect();
    made.sort_by_key(|i| visits[*i].day);
    let half = visits.len().div_ceil(2);
    let share = |order: &[usize]| {
        order[..half].iter().filter(|i| visits[**i].is_problem).count() as f64 / problems as f64
    };
    // The i-th visit of the ranking takes the day of the i-th visit made.
    let earlier: i64 = ranking
        .iter()
        .zip(&made)
        .filter(|(ranked, _)| visits[**ranked].is_problem)
        .map(|(ranked, slot)| i64::from(visits[*ranked].day) - i64::from(visits[*slot].day))
        .sum();
    Ok(Figures {
        judged,
        visits: visits.len(),
        problems,
        auc: auc(visits, scores),
        found_in_first_half: share(&ranking),
        found_in_first_half_as_made: share(&made),
        days_earlier: earlier as f64 / problems as f64,
    })
}

/// Mann–Whitney: mean ranks of equal scores.
fn auc(visits: &[&Sample], scores: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let (mut ranks, mut problems) = (0.0, 0.0);
    let mut at = 0;
    while at < order.len() {
        let until = at + order[at..].iter().take_while(|i| scores[**i] == scores[order[at]]).count();
        let rank = (at + until + 1) as f64 / 2.0;
        for i in &order[at..until] {
            if visits[*i].is_problem {
                ranks += rank;
                problems += 1.0;
            }
        }
        at = until;
    }
    let others = scores.len() as f64 - problems;
    (ranks - problems * (problems + 1.0) / 2.0) / (problems * others)
}
