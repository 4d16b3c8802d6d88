//! Bins of one feature: where to cut so that good and bad samples part best, within limits that keep a bin meaningful.
//!
//! Values are first gathered into at most fifty groups of neighbours; cuts lie between groups. `optimal` finds the partition
//! of greatest information value by dynamic programming over the last bin; `tree` splits greedily. Both keep the least share
//! and the monotone demand, and both are deterministic: of equal partitions the one with fewer bins, then the one that cuts
//! earlier. Called by the calibration.

use super::{Binning, Monotone};
use std::collections::BTreeMap;

/// Most groups that cuts may lie between.
const MOST_GROUPS: usize = 50;
/// Information value that one more bin must bring.
const LEAST_GAIN: f64 = 1e-6;

/// Good and bad samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) good: u64,
    pub(super) bad: u64,
}

impl Tally {
    pub(super) fn add(&mut self, is_bad: bool) {
        if is_bad {
            self.bad += 1;
        } else {
            self.good += 1;
        }
    }

    fn plus(self, other: Self) -> Self {
        Self { good: self.good + other.good, bad: self.bad + other.bad }
    }

    pub(super) fn all(self) -> u64 {
        self.good + self.bad
    }

    /// Weight of evidence within a whole: ln(share of good / share of bad), half a sample added to each.
    pub(super) fn woe(self, whole: Self) -> f64 {
        let good = (self.good as f64 + 0.5) / whole.good as f64;
        let bad = (self.bad as f64 + 0.5) / whole.bad as f64;
        (good / bad).ln()
    }

    /// Its part of the information value.
    pub(super) fn value(self, whole: Self) -> f64 {
        let apart = self.good as f64 / whole.good as f64 - self.bad as f64 / whole.bad as f64;
        apart * self.woe(whole)
    }

    /// Whether the risk of `self`, followed by `next`, moves as it must.
    fn may_precede(self, next: Self, monotone: Monotone) -> bool {
        // Shares of bad, compared without division.
        let (a, b) =
            (u128::from(self.bad) * u128::from(next.all()), u128::from(next.bad) * u128::from(self.all()));
        match monotone {
            Monotone::Free => true,
            Monotone::Rising => a <= b,
            Monotone::Falling => a >= b,
        }
    }
}

/// A group of neighbouring values, by its least one.
#[derive(Clone, Copy)]
struct Group {
    from: i64,
    tally: Tally,
}

/// What bins must keep to.
pub(super) struct Limits {
    pub(super) method: Binning,
    pub(super) monotone: Monotone,
    pub(super) most: usize,
    pub(super) least_samples: u64,
    pub(super) whole: Tally,
}

/// The first values of the second and further bins, rising; empty when no cut is worth it.
pub(super) fn cuts(samples: impl Iterator<Item = (i64, bool)>, limits: &Limits) -> Vec<i64> {
    let groups = groups(samples);
    if groups.len() < 2 {
        return Vec::new();
    }
    let sums = sums(&groups);
    let starts = match limits.method {
        Binning::Optimal => optimal(&sums, limits),
        Binning::Tree => tree(&sums, limits),
    };
    starts.into_iter().map(|g| groups[g].from).collect()
}

fn groups(samples: impl Iterator<Item = (i64, bool)>) -> Vec<Group> {
    let mut distinct: BTreeMap<i64, Tally> = BTreeMap::new();
    for (value, is_bad) in samples {
        distinct.entry(value).or_default().add(is_bad);
    }
    let all: u64 = distinct.values().map(|t| t.all()).sum();
    let size = if distinct.len() > MOST_GROUPS { all / MOST_GROUPS as u64 + 1 } else { 1 };
    let mut groups: Vec<Group> = Vec::new();
    let mut is_full = true;
    for (from, tally) in distinct {
        match groups.last_mut() {
            Some(last) if !is_full => last.tally = last.tally.plus(tally),
            _ => groups.push(Group { from, tally }),
        }
        is_full = groups.last().is_none_or(|g| g.tally.all() >= size);
    }
    groups
}

/// Tallies of all groups before each.
fn sums(groups: &[Group]) -> Vec<Tally> {
    let mut sums = vec![Tally::default()];
    for group in groups {
        sums.push(sums.last().copied().unwrap_or_default().plus(group.tally));
    }
    sums
}

fn between(sums: &[Tally], from: usize, to: usize) -> Tally {
    Tally { good: sums[to].good - sums[from].good, bad: sums[to].bad - sums[from].bad }
}

/// `best[k][(i, j)]`: greatest value of the groups before `j` in `k + 1` bins of which the last is `i..j`.
fn optimal(sums: &[Tally], limits: &Limits) -> Vec<usize> {
    let n = sums.len() - 1;
    let at = |i: usize, j: usize| i * (n + 1) + j;
    let is_big = |i: usize, j: usize| between(sums, i, j).all() >= limits.least_samples;
    let nothing = || vec![None::<(f64, usize)>; (n + 1) * (n + 1)];
    let mut layers = vec![nothing()];
    for j in 1..=n {
        if is_big(0, j) {
            layers[0][at(0, j)] = Some((between(sums, 0, j).value(limits.whole), 0));
        }
    }
    for k in 1..limits.most {
        let mut layer = nothing();
        for j in k + 1..=n {
            for i in k..j {
                if !is_big(i, j) {
                    continue;
                }
                let last = between(sums, i, j);
                let mut best: Option<(f64, usize)> = None;
                for h in 0..i {
                    let Some((value, _)) = layers[k - 1][at(h, i)] else { continue };
                    if between(sums, h, i).may_precede(last, limits.monotone)
                        && best.is_none_or(|(most, _)| value > most)
                    {
                        best = Some((value, h));
                    }
                }
                layer[at(i, j)] = best.map(|(value, h)| (value + last.value(limits.whole), h));
            }
        }
        layers.push(layer);
    }
    let mut chosen: Option<(f64, usize, usize)> = None;
    for (k, layer) in layers.iter().enumerate() {
        for i in 0..n {
            if let Some((value, _)) = layer[at(i, n)]
                && chosen.is_none_or(|(most, ..)| value > most + LEAST_GAIN)
            {
                chosen = Some((value, k, i));
            }
        }
    }
    let Some((_, k, mut i)) = chosen else { return Vec::new() };
    let (mut starts, mut j) = (Vec::new(), n);
    for layer in (0..=k).rev() {
        starts.push(i);
        let before = layers[layer][at(i, j)].map_or(0, |(_, h)| h);
        j = i;
        i = before;
    }
    starts.retain(|start| *start > 0);
    starts.sort_unstable();
    starts
}

fn tree(sums: &[Tally], limits: &Limits) -> Vec<usize> {
    let n = sums.len() - 1;
    let mut ends = vec![0, n];
    while ends.len() <= limits.most {
        let mut best: Option<(f64, usize)> = None;
        for split in 1..n {
            if ends.contains(&split) {
                continue;
            }
            let mut with = ends.clone();
            with.push(split);
            with.sort_unstable();
            let bins: Vec<Tally> = with.windows(2).map(|w| between(sums, w[0], w[1])).collect();
            let is_lawful = bins.iter().all(|b| b.all() >= limits.least_samples)
                && bins.windows(2).all(|w| w[0].may_precede(w[1], limits.monotone));
            let value: f64 = bins.iter().map(|b| b.value(limits.whole)).sum();
            if is_lawful && best.is_none_or(|(most, _)| value > most) {
                best = Some((value, split));
            }
        }
        let before: f64 = ends.windows(2).map(|w| between(sums, w[0], w[1]).value(limits.whole)).sum();
        match best {
            Some((value, split)) if value > before + LEAST_GAIN => {
                ends.push(split);
                ends.sort_unstable();
            }
            _ => break,
        }
    }
    ends.retain(|end| *end > 0 && *end < n);
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(rows: &[(i64, u64, u64)]) -> Vec<(i64, bool)> {
        let row = |(value, good, bad): &(i64, u64, u64)| {
            (0..*good).map(|_| (*value, false)).chain((0..*bad).map(|_| (*value, true))).collect::<Vec<_>>()
        };
        rows.iter().flat_map(row).collect()
    }

    fn cut(rows: &[(i64, u64, u64)], method: Binning, monotone: Monotone, most: usize) -> Vec<i64> {
        let whole = rows.iter().fold(Tally::default(), |t, r| t.plus(Tally { good: r.1, bad: r.2 }));
        let limits = Limits { method, monotone, most, least_samples: 10, whole };
        cuts(samples(rows).into_iter(), &limits)
    }

    const STEP: [(i64, u64, u64); 4] = [(1, 90, 10), (2, 90, 10), (3, 50, 50), (4, 50, 50)];

    #[test]
    fn both_methods_cut_where_the_risk_jumps() {
        for method in [Binning::Optimal, Binning::Tree] {
            assert_eq!(cut(&STEP, method, Monotone::Free, 5), [3], "{method}");
            assert_eq!(cut(&STEP, method, Monotone::Rising, 5), [3], "{method}");
            assert_eq!(cut(&STEP, method, Monotone::Falling, 5), [] as [i64; 0], "{method}");
        }
    }

    #[test]
    fn a_hump_is_kept_only_when_it_may_be() {
        let hump = [(1, 90, 10), (2, 40, 60), (3, 90, 10)];
        for method in [Binning::Optimal, Binning::Tree] {
            assert_eq!(cut(&hump, method, Monotone::Free, 5), [2, 3], "{method}");
            assert_eq!(cut(&hump, method, Monotone::Rising, 5), [2], "{method}");
        }
    }

    #[test]
    fn the_optimum_is_never_below_the_greedy_tree() {
        let rows: Vec<(i64, u64, u64)> =
            (0..30).map(|i| (i, 20 + (i as u64 * 7919 % 31), 5 + (i as u64 * 104_729 % 23))).collect();
        let whole = rows.iter().fold(Tally::default(), |t, r| t.plus(Tally { good: r.1, bad: r.2 }));
        let value = |cuts: &[i64]| -> f64 {
            let mut bins = vec![Tally::default(); cuts.len() + 1];
            for (v, good, bad) in &rows {
                let i = cuts.iter().filter(|c| v >= c).count();
                bins[i] = bins[i].plus(Tally { good: *good, bad: *bad });
            }
            bins.iter().map(|b| b.value(whole)).sum()
        };
        for monotone in [Monotone::Free, Monotone::Rising, Monotone::Falling] {
            let optimal = value(&cut(&rows, Binning::Optimal, monotone, 5));
            let tree = value(&cut(&rows, Binning::Tree, monotone, 5));
            assert!(optimal >= tree - 1e-5, "{monotone}: {optimal} {tree}");
        }
    }

    #[test]
    fn many_values_are_gathered_into_groups() {
        let groups = groups((0..10_000).map(|i| (i, i % 3 == 0)));
        assert!(groups.len() <= MOST_GROUPS && groups.len() > 40, "{}", groups.len());
    }
}
