//! Whether classes fall alike on groups: shares with Wilson intervals (公平性统计). Statistics of grades, never part of one.
//!
//! Refuses nothing and judges nobody: it says how far apart the groups are and whether chance explains it at 95 %. Small
//! groups have wide intervals and are marked. Called by the fairness report.

use crate::code::Code;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Quantile of the normal distribution for 95 % two-sided, to the two decimals that the design's vector uses.
const Z: f64 = 1.96;
/// Members from which a group is not marked small.
const SMALL: u64 = 30;

/// Counts of classes by group, filled one grade after the other.
#[derive(Clone, Debug, Default)]
pub struct FairnessCount {
    groups: BTreeMap<Code, BTreeMap<Code, u64>>,
}

/// Distribution of the classes of one group (群体分布).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupShare {
    /// The group: township, size, ownership, age.
    #[schema(value_type = String)]
    pub group: Code,
    /// Its members.
    pub members: u64,
    /// Whether it has under 30 members.
    pub is_small: bool,
    /// Its classes, in the order asked for.
    pub classes: Vec<ClassShare>,
}

/// Share of one class in a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClassShare {
    /// The class.
    #[schema(value_type = String)]
    pub class: Code,
    /// Members with it.
    pub count: u64,
    /// Share, 0 to 1.
    pub share: f64,
    /// Lower end of the 95 % Wilson interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Share in all groups together.
    pub overall: f64,
    /// Whether the share of all groups lies outside the interval.
    pub differs: bool,
}

impl FairnessCount {
    /// Counts one subject.
    pub fn observe(&mut self, group: &str, class: &str) {
        self.add(group, class, 1);
    }

    /// Counts so many subjects, as a database groups them.
    pub fn add(&mut self, group: &str, class: &str, count: u64) {
        *self.groups.entry(group.into()).or_default().entry(class.into()).or_default() += count;
    }

    /// The distribution of every group over the classes, groups by name.
    #[must_use]
    pub fn shares(&self, classes: &[Code]) -> Vec<GroupShare> {
        let all: u64 = self.groups.values().flat_map(BTreeMap::values).sum();
        let overall: Vec<f64> = classes
            .iter()
            .map(|class| {
                let with: u64 = self.groups.values().filter_map(|g| g.get(class)).sum();
                ratio(with, all)
            })
            .collect();
        self.groups
            .iter()
            .map(|(group, counts)| {
                let members = counts.values().sum();
                let classes = classes.iter().zip(&overall).map(|(class, overall)| {
                    let count = counts.get(class).copied().unwrap_or(0);
                    let (low, high) = wilson(count, members);
                    ClassShare {
                        class: class.clone(),
                        count,
                        share: ratio(count, members),
                        low,
                        high,
                        overall: *overall,
                        differs: members > 0 && (*overall < low || *overall > high),
                    }
                });
                GroupShare {
                    group: group.clone(),
                    members,
                    is_small: members < SMALL,
                    classes: classes.collect(),
                }
            })
            .collect()
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { round(part as f64 / whole as f64) }
}

fn round(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}

/// 95 % Wilson interval of a share, rounded to six decimals; nothing observed gives the whole range.
#[must_use]
pub fn wilson(hits: u64, of: u64) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (of as f64, hits.min(of) as f64 / of as f64);
    let z2 = Z * Z;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    (round((centre - half).max(0.0)), round((centre + half).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_three_in_ten_is_the_design_vector() {
        assert_eq!(wilson(3, 10), (0.107_789, 0.603_227));
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert_eq!(wilson(0, 10).0, 0.0);
        assert_eq!(wilson(10, 10).1, 1.0);
    }

    #[test]
    fn a_group_that_differs_beyond_chance_is_named() {
        let mut count = FairnessCount::default();
        count.add("east", "A", 900);
        count.add("east", "D", 100);
        count.add("west", "A", 600);
        count.add("west", "D", 400);
        count.observe("hill", "D");
        let classes = [Code::from("A"), Code::from("D")];
        let shares = count.shares(&classes);
        assert_eq!(shares.iter().map(|g| g.group.as_str()).collect::<Vec<_>>(), ["east", "hill", "west"]);
        assert!(shares[0].classes[1].differs && shares[2].classes[1].differs);
        assert!(shares[1].is_small && !shares[1].classes[1].differs);
        assert_eq!((shares[0].members, shares[0].classes[1].count), (1000, 100));
        assert_eq!(shares[0].classes[1].overall, 0.250_375);
    }
}
