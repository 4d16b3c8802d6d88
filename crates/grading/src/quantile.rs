//! Cut points of quantile classes: a pass over the population counts scores, then limits follow from the shares.
//!
//! Tie rule: subjects with equal scores always share a class. Let `s` be the sum of the shares up to a class, `n` the
//! population, `b` the subjects strictly better than a score and `e` those better or equal. `ties: better` gives the score
//! the first class with `b < s·n`; `ties: worse` the first with `e ≤ s·n`. Shares are decimals, the comparison is exact.
//! Called by whoever regrades a population; the limits are kept with the run, so that each grade can be recomputed.

use crate::code::Code;
use crate::decimal::Dec;
use crate::pack::{Classing, Pack};
use crate::words::{Direction, Ties};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Scores of a population, counted; memory grows with distinct scores, not with subjects.
#[derive(Clone, Debug, Default)]
pub struct Population {
    counts: BTreeMap<Dec, u64>,
}

/// Limits of the quantile classes of one population (分位切点).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedCutPoints)]
pub struct CutPoints {
    /// Subjects counted.
    pub population: u64,
    /// One for each class, best first; the worst has none. A class that nobody reaches has the limit of the one before.
    pub limits: Vec<CutPoint>,
}

/// Limit of one class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedCutPoint)]
pub struct CutPoint {
    /// The class.
    #[schema(value_type = String)]
    pub class: Code,
    /// The least safe score that still has it or a better one; absent when no score has.
    pub limit: Option<Dec>,
}

impl Population {
    /// Counts one score.
    pub fn observe(&mut self, score: Dec) {
        *self.counts.entry(score).or_default() += 1;
    }

    /// Takes in the counts of another pass, as of another thread.
    pub fn merge(&mut self, other: Self) {
        for (score, n) in other.counts {
            *self.counts.entry(score).or_default() += n;
        }
    }

    /// Subjects counted.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Whether nobody was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The limits by the shares of a pack; none when it does not class by quantiles.
    #[must_use]
    pub fn cut_points(&self, pack: &Pack) -> Option<CutPoints> {
        let Classing::Quantiles { ties } = pack.classing else { return None };
        let n = self.len();
        let mut best_first: Vec<(Dec, u64)> = self.counts.iter().map(|(s, c)| (*s, *c)).collect();
        if pack.direction == Direction::HigherIsSafer {
            best_first.reverse();
        }
        let (mut sum, mut better, mut at, mut limit) = (Dec::ZERO, 0_u64, 0, None);
        let mut limits = Vec::new();
        for class in pack.classes.iter().take(pack.classes.len().saturating_sub(1)) {
            sum = sum.plus(class.share.unwrap_or_default());
            // s·n in millionths of a subject.
            let room = i128::from(sum.as_millionths()) * i128::from(n);
            while let Some((score, count)) = best_first.get(at) {
                let counted = match ties {
                    Ties::Better => i128::from(better) * 1_000_000 < room,
                    Ties::Worse => i128::from(better + count) * 1_000_000 <= room,
                };
                if !counted {
                    break;
                }
                limit = Some(*score);
                better += count;
                at += 1;
            }
            limits.push(CutPoint { class: class.id.clone(), limit });
        }
        Some(CutPoints { population: n, limits })
    }
}
