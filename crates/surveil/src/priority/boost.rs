//! Gradient boosting of small trees over histograms, logistic loss (直方图梯度提升树).
//!
//! Written here instead of taken from a crate: what is needed is a hundred lines, and a crate would bring its own arrays, its
//! own threads and its own idea of determinism. No sampling, no randomness: the same samples give the same trees. A subject
//! is explained by what each split on its path adds to the value of the node before it. Called by the ranking.

use super::logistic::check;
use super::{Contribution, Model, Sample, sigmoid, sorted};
use crate::error::SurveilError;
use serde::{Deserialize, Serialize};

/// How trees are grown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Number of trees.
    pub trees: usize,
    /// Depth of a tree, 1–6.
    pub depth: usize,
    /// Share of each tree's answer that is kept.
    pub rate: f64,
    /// Bins of a feature, 2–256.
    pub bins: usize,
    /// Least number of samples of a leaf.
    pub smallest_leaf: usize,
    /// Ridge on leaf values.
    pub penalty: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { trees: 150, depth: 3, rate: 0.05, bins: 64, smallest_leaf: 40, penalty: 10.0 }
    }
}

/// A node: `value` is its answer; inner nodes send features at or below `at_most` to `next`, others to `next + 1`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Node {
    value: f64,
    split: Option<(usize, f64)>,
    next: usize,
}

/// A fitted model; what is stored of a model version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boost {
    intercept: f64,
    trees: Vec<Vec<Node>>,
    width: usize,
}

impl Boost {
    /// Fits.
    pub fn fit(samples: &[&Sample], settings: &Settings) -> Result<Self, SurveilError> {
        let width = check(samples)?;
        let is_sound = (1..=6).contains(&settings.depth)
            && (2..=256).contains(&settings.bins)
            && settings.rate > 0.0
            && settings.rate <= 1.0
            && settings.penalty >= 0.0
            && settings.smallest_leaf > 0;
        if !is_sound {
            return Err(SurveilError::SettingOutOfRange("depth, bins, rate, penalty, smallest_leaf"));
        }
        let binned = Binned::new(samples, width, settings.bins);
        let share = samples.iter().filter(|s| s.is_problem).count() as f64 / samples.len() as f64;
        let intercept = (share / (1.0 - share)).ln();
        let mut scores = vec![intercept; samples.len()];
        let mut trees = Vec::with_capacity(settings.trees);
        let mut slopes = vec![(0.0, 0.0); samples.len()];
        for _ in 0..settings.trees {
            for ((slope, score), sample) in slopes.iter_mut().zip(&scores).zip(samples) {
                let p = sigmoid(*score);
                *slope = (f64::from(u8::from(sample.is_problem)) - p, p * (1.0 - p));
            }
            let mut tree = Vec::new();
            let all: Vec<u32> = (0..samples.len() as u32).collect();
            tree.push(Node { value: answer(total(&slopes, &all), settings), split: None, next: 0 });
            grow(&binned, &slopes, &mut tree, vec![(0, all)], settings);
            for (score, sample) in scores.iter_mut().zip(samples) {
                *score += leaf(&tree, &sample.features).value;
            }
            trees.push(tree);
        }
        Ok(Self { intercept, trees, width })
    }
}

impl Model for Boost {
    fn score(&self, features: &[f64]) -> f64 {
        self.intercept + self.trees.iter().map(|t| leaf(t, features).value).sum::<f64>()
    }

    fn explain(&self, features: &[f64]) -> (f64, Vec<Contribution>) {
        let mut adds = vec![0.0; self.width];
        let mut start = self.intercept;
        for tree in &self.trees {
            let mut node = &tree[0];
            start += node.value;
            while let Some((feature, at_most)) = node.split {
                let next = &tree[node.next + usize::from(features[feature] > at_most)];
                adds[feature] += next.value - node.value;
                node = next;
            }
        }
        let part = |(feature, adds): (usize, f64)| Contribution { feature, value: features[feature], adds };
        (start, sorted(adds.into_iter().enumerate().map(part).collect()))
    }
}

fn leaf<'a>(tree: &'a [Node], features: &[f64]) -> &'a Node {
    let mut node = &tree[0];
    while let Some((feature, at_most)) = node.split {
        node = &tree[node.next + usize::from(features[feature] > at_most)];
    }
    node
}

fn total(slopes: &[(f64, f64)], rows: &[u32]) -> (f64, f64) {
    rows.iter().fold((0.0, 0.0), |(g, h), i| (g + slopes[*i as usize].0, h + slopes[*i as usize].1))
}

fn answer((gradient, hessian): (f64, f64), settings: &Settings) -> f64 {
    settings.rate * gradient / (hessian + settings.penalty).max(f64::MIN_POSITIVE)
}

/// Features as numbers of bins, feature by feature.
struct Binned {
    codes: Vec<Vec<u8>>,
    /// Upper edge of each bin but the last.
    edges: Vec<Vec<f64>>,
}

impl Binned {
    fn new(samples: &[&Sample], width: usize, bins: usize) -> Self {
        let (mut codes, mut edges) = (Vec::with_capacity(width), Vec::with_capacity(width));
        for feature in 0..width {
            let mut values: Vec<f64> = samples.iter().map(|s| s.features[feature]).collect();
            values.sort_by(f64::total_cmp);
            let mut cuts: Vec<f64> = (1..bins).map(|b| values[b * values.len() / bins]).collect();
            cuts.dedup();
            // The greatest value needs no bin of its own above it.
            if cuts.last() == values.last() {
                cuts.pop();
            }
            codes.push(
                samples.iter().map(|s| cuts.partition_point(|c| *c < s.features[feature]) as u8).collect(),
            );
            edges.push(cuts);
        }
        Self { codes, edges }
    }
}

fn grow(
    binned: &Binned,
    slopes: &[(f64, f64)],
    tree: &mut Vec<Node>,
    mut open: Vec<(usize, Vec<u32>)>,
    settings: &Settings,
) {
    for _ in 0..settings.depth {
        let mut next = Vec::new();
        for (node, rows) in open {
            let Some((feature, bin)) = best_split(binned, slopes, &rows, settings) else { continue };
            let (left, right): (Vec<u32>, Vec<u32>) =
                rows.iter().partition(|i| binned.codes[feature][**i as usize] <= bin);
            let first = tree.len();
            tree[node].split = Some((feature, binned.edges[feature][bin as usize]));
            tree[node].next = first;
            for side in [left, right] {
                let value = answer(total(slopes, &side), settings);
                next.push((tree.len(), side));
                tree.push(Node { value, split: None, next: 0 });
            }
        }
        open = next;
    }
}

/// The split with the greatest gain; of equal ones the first feature, the lowest bin.
fn best_split(
    binned: &Binned,
    slopes: &[(f64, f64)],
    rows: &[u32],
    settings: &Settings,
) -> Option<(usize, u8)> {
    let whole = total(slopes, rows);
    let gain = |(g, h): (f64, f64)| g * g / (h + settings.penalty).max(f64::MIN_POSITIVE);
    let mut best: Option<(f64, usize, u8)> = None;
    for (feature, codes) in binned.codes.iter().enumerate() {
        let mut bins = vec![(0.0, 0.0, 0usize); binned.edges[feature].len() + 1];
        for i in rows {
            let (slope, bin) = (slopes[*i as usize], &mut bins[codes[*i as usize] as usize]);
            *bin = (bin.0 + slope.0, bin.1 + slope.1, bin.2 + 1);
        }
        let mut left = (0.0, 0.0, 0usize);
        for (bin, (g, h, n)) in bins.iter().enumerate().take(bins.len() - 1) {
            left = (left.0 + g, left.1 + h, left.2 + n);
            if left.2 < settings.smallest_leaf || rows.len() - left.2 < settings.smallest_leaf {
                continue;
            }
            let value = gain((left.0, left.1)) + gain((whole.0 - left.0, whole.1 - left.1)) - gain(whole);
            if value > 1e-9 && best.is_none_or(|(b, ..)| value > b) {
                best = Some((value, feature, bin as u8));
            }
        }
    }
    best.map(|(_, feature, bin)| (feature, bin))
}
