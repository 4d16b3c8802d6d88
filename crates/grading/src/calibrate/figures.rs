//! How well scores tell good from bad, and how far two samples lie apart. Called by the calibration and by back-tests.

use super::{Decile, Discrimination};
use std::collections::BTreeMap;

/// A score with what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scored {
    /// Score; higher is safer.
    pub score: i64,
    /// Whether it turned out badly.
    pub is_bad: bool,
}

pub(super) fn round(x: f64) -> f64 {
    // Negative zero is no figure.
    (x * 1e6).round() / 1e6 + 0.0
}

/// AUC, Gini and KS of scores of which higher is safer; 0.5, 0 and 0 when one side is empty.
#[must_use]
pub fn discrimination(scored: &[Scored]) -> Discrimination {
    let mut by_score: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for Scored { score, is_bad } in scored {
        let (good, bad) = by_score.entry(*score).or_default();
        if *is_bad {
            *bad += 1;
        } else {
            *good += 1;
        }
    }
    let good: u64 = by_score.values().map(|(g, _)| g).sum();
    let bad: u64 = by_score.values().map(|(_, b)| b).sum();
    // Twice the number of pairs in which the bad one has the lower score, ties counted once: whole numbers throughout.
    let (mut pairs, mut good_below, mut bad_below, mut ks) = (0_u128, 0_u64, 0_u64, 0.0_f64);
    for (g, b) in by_score.values() {
        pairs += 2 * u128::from(bad_below) * u128::from(*g) + u128::from(*b) * u128::from(*g);
        good_below += g;
        bad_below += b;
        if good > 0 && bad > 0 {
            ks = ks.max((bad_below as f64 / bad as f64 - good_below as f64 / good as f64).abs());
        }
    }
    let all = 2 * u128::from(good) * u128::from(bad);
    let auc = if all == 0 { 0.5 } else { pairs as f64 / all as f64 };
    Discrimination { samples: good + bad, bad, auc: round(auc), gini: round(2.0 * auc - 1.0), ks: round(ks) }
}

/// Population stability index of two counts over the same bins, half a sample added to each.
#[must_use]
pub fn stability(expected: &[u64], actual: &[u64]) -> f64 {
    let share = |counts: &[u64], i: usize| {
        let all: u64 = counts.iter().sum();
        (counts[i] as f64 + 0.5) / (all as f64 + 0.5 * counts.len() as f64)
    };
    let bins = 0..expected.len().min(actual.len());
    round(
        bins.map(|i| (share(actual, i) - share(expected, i)) * (share(actual, i) / share(expected, i)).ln())
            .sum(),
    )
}

/// Stability of scores over the deciles of the first sample.
#[must_use]
pub fn score_stability(expected: &[Scored], actual: &[Scored]) -> f64 {
    let mut scores: Vec<i64> = expected.iter().map(|s| s.score).collect();
    scores.sort_unstable();
    let mut limits: Vec<i64> = (1..10).filter_map(|d| scores.get(scores.len() * d / 10).copied()).collect();
    limits.dedup();
    let count = |sample: &[Scored]| {
        let mut counts = vec![0; limits.len() + 1];
        for s in sample {
            counts[limits.partition_point(|limit| *limit <= s.score)] += 1;
        }
        counts
    };
    stability(&count(expected), &count(actual))
}

/// Promise and outcome by decile, riskiest first. `bad_share` is what a score promises.
#[must_use]
pub fn deciles(scored: &[Scored], bad_share: impl Fn(i64) -> f64) -> Vec<Decile> {
    let mut sorted = scored.to_vec();
    sorted.sort_by_key(|s| s.score);
    let n = sorted.len();
    (0..10)
        .filter_map(|d| {
            let slice = sorted.get(n * d / 10..n * (d + 1) / 10)?;
            let (first, last) = (slice.first()?, slice.last()?);
            let bad = slice.iter().filter(|s| s.is_bad).count() as u64;
            let samples = slice.len() as u64;
            let (low, high) = crate::fairness::wilson(bad, samples);
            let expected: f64 = slice.iter().map(|s| bad_share(s.score)).sum::<f64>() / samples as f64;
            Some(Decile {
                decile: u32::try_from(d + 1).unwrap_or(10),
                samples,
                least: first.score,
                greatest: last.score,
                expected: round(expected),
                observed: round(bad as f64 / samples as f64),
                low,
                high,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(rows: &[(i64, bool)]) -> Vec<Scored> {
        rows.iter().map(|(score, is_bad)| Scored { score: *score, is_bad: *is_bad }).collect()
    }

    #[test]
    fn the_area_counts_pairs_and_halves_of_ties() {
        // Bad 1, 3; good 2, 3, 4. Pairs: (1,2)(1,3)(1,4) lower, (3,2) higher, (3,3) tie, (3,4) lower: 4.5 of 6.
        let d = discrimination(&scored(&[(1, true), (3, true), (2, false), (3, false), (4, false)]));
        assert_eq!((d.auc, d.gini), (0.75, 0.5));
        // Below 1: bad 1/2, good 0 → 0.5; below 2: 1/2, 1/3; below 3: 1, 2/3.
        assert_eq!(d.ks, 0.5);
        assert_eq!(discrimination(&scored(&[(1, true)])).auc, 0.5);
    }

    #[test]
    fn equal_samples_are_stable_and_others_are_not() {
        assert_eq!(stability(&[50, 50], &[500, 500]), 0.000_000);
        // Shares 60.5/101 and 40.5/101 against 80.5/101 and 20.5/101: 20/101 · (ln(80.5/60.5) − ln(20.5/40.5)).
        assert_eq!(stability(&[60, 40], &[80, 20]), 0.191_384);
    }

    #[test]
    fn deciles_hold_a_tenth_each() {
        let all: Vec<Scored> = (0..100).map(|i| Scored { score: i, is_bad: i < 5 }).collect();
        let d = deciles(&all, |_| 0.05);
        assert_eq!(d.len(), 10);
        assert_eq!((d[0].observed, d[0].expected, d[0].least, d[0].greatest), (0.5, 0.05, 0, 9));
        assert_eq!(d[9].observed, 0.0);
    }
}
