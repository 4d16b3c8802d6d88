//! Whom to inspect next (检查优先级): learned from past results, tested on later ones, explained subject by subject.
//!
//! - [`history`]: features of a subject from its past only, each stated; who inspected is never one of them
//! - [`logistic`]: regularised logistic regression: few numbers, each can be read
//! - [`boost`]: gradient boosting over histograms: finds more where there is much to learn (README: figures)
//! - [`judge`]: time split, AUC, share of problems found in the first half, days earlier
//!
//! A ranking decides nothing: the draw stays random, the ranking orders what is not drawn. It learns from what was inspected,
//! so that it may find more where more was looked (`domain.md` §5.4): figures are taken on randomly drawn visits alone when
//! there are enough of them ([`judge::Judged`]). Called by the service's ranking of subjects; refuses data without both outcomes.

pub mod boost;
pub mod history;
pub mod judge;
pub mod logistic;

use serde::Serialize;

/// One past visit with what was known before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Features, in the order of their names.
    pub features: Vec<f64>,
    /// Whether a problem was found.
    pub is_problem: bool,
    /// Day, in days from any origin.
    pub day: i32,
    /// Whether the visit was drawn at random (随机抽取), not triggered or chosen.
    pub is_random: bool,
}

/// What a feature adds to a subject's score, on the log-odds scale.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contribution {
    /// Position of the feature.
    pub feature: usize,
    /// The subject's value.
    pub value: f64,
    /// What it adds; above 0: more likely a problem.
    pub adds: f64,
}

/// A learned model.
pub trait Model {
    /// Log-odds of a problem.
    fn score(&self, features: &[f64]) -> f64;

    /// The score of an average subject and what each feature adds to it; the parts sum to the score. Largest first.
    fn explain(&self, features: &[f64]) -> (f64, Vec<Contribution>);

    /// Probability of a problem.
    fn probability(&self, features: &[f64]) -> f64 {
        sigmoid(self.score(features))
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn sorted(mut parts: Vec<Contribution>) -> Vec<Contribution> {
    parts.sort_by(|a, b| b.adds.abs().total_cmp(&a.adds.abs()).then(a.feature.cmp(&b.feature)));
    parts
}

/// Samples up to and including a day, and those after it.
#[must_use]
pub fn time_split(samples: &[Sample], last_training_day: i32) -> (Vec<&Sample>, Vec<&Sample>) {
    samples.iter().partition(|s| s.day <= last_training_day)
}
