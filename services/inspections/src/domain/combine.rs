//! Pure rules: 综合查一次: planned visits of several organs to one subject become one visit.
//!
//! Found are visits that lie within the window (FRQ-04), that nobody has been told of yet, and whose methods allow it: an
//! unannounced check is never merged, nor an emergency. Each organ is in a combined visit once. The merged checklist asks
//! each point once, for all organs that want it. Called by the combination app functions.

use super::checklist::add;
use jiff::civil::Date;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Name of the aggregate in histories.
pub const AGGREGATE: &str = "visit_combination";

domain::define_words! {
    /// State of a proposal to combine visits (综合查一次建议状态).
    pub enum CombinationState {
        /// Found, not decided.
        Proposed = "proposed", "待处理", [];
        /// Merged into one visit.
        Merged = "merged", "已合并", [];
        /// Refused with a reason.
        Refused = "refused", "不予合并", [];
    }
}

/// A planned visit that could be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The visit.
    pub visit_id: Uuid,
    /// The subject.
    pub subject_id: Uuid,
    /// Day that rules look at.
    pub on: Date,
    /// Its organs.
    pub organs: Vec<String>,
}

/// Groups of at least two visits of one subject that lie within `window` days and share no organ.
///
/// Visits are taken in the order of their days; one that does not fit begins the next group.
#[must_use]
pub fn groups(mut candidates: Vec<Candidate>, window: u32) -> Vec<Vec<Candidate>> {
    candidates.sort_by_key(|c| (c.subject_id, c.on, c.visit_id));
    let mut out: Vec<Vec<Candidate>> = Vec::new();
    let mut taken: BTreeSet<Uuid> = BTreeSet::new();
    for (i, first) in candidates.iter().enumerate() {
        if taken.contains(&first.visit_id) {
            continue;
        }
        let mut group = vec![first.clone()];
        let mut organs: BTreeSet<&String> = first.organs.iter().collect();
        for other in candidates.iter().skip(i + 1).take_while(|o| o.subject_id == first.subject_id) {
            let days = (other.on - first.on).get_days().unsigned_abs();
            let is_free = other.organs.iter().all(|o| !organs.contains(o));
            if days <= window && is_free && !taken.contains(&other.visit_id) {
                organs.extend(&other.organs);
                group.push(other.clone());
            }
        }
        if group.len() > 1 {
            taken.extend(group.iter().map(|c| c.visit_id));
            out.push(group);
        }
    }
    out
}

/// A line of a checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Key by which equal points are found.
    pub key: String,
    /// What is checked.
    pub content: String,
    /// How.
    pub method: Option<String>,
    /// By which provision.
    pub basis: Option<String>,
    /// Item it belongs to.
    pub item_id: Option<Uuid>,
    /// Organs that want it.
    pub organs: Vec<String>,
}

/// All points, each once: equal keys, or equal words, are one point for the organs of both.
#[must_use]
pub fn merged(points: impl IntoIterator<Item = Point>) -> Vec<Point> {
    let mut out: Vec<Point> = Vec::new();
    for point in points {
        let words = domain::text::search_key(&point.content);
        let same = out.iter_mut().find(|p| {
            (!point.key.is_empty() && p.key == point.key) || domain::text::search_key(&p.content) == words
        });
        match same {
            Some(known) => {
                for organ in point.organs {
                    if !known.organs.contains(&organ) {
                        known.organs.push(organ);
                    }
                }
                add(&mut known.method, point.method.as_deref());
                add(&mut known.basis, point.basis.as_deref());
            }
            None => out.push(point),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn candidate(visit: u128, subject: u128, on: Date, organs: &[&str]) -> Candidate {
        Candidate {
            visit_id: Uuid::from_u128(visit),
            subject_id: Uuid::from_u128(subject),
            on,
            organs: organs.iter().map(|o| o.to_string()).collect(),
        }
    }

    #[test]
    fn visits_of_one_subject_within_the_window_are_one_group_and_each_organ_is_in_it_once() {
        let found = groups(
            vec![
                candidate(1, 1, date(2026, 3, 1), &["a"]),
                candidate(2, 1, date(2026, 5, 30), &["b", "c"]),
                candidate(3, 1, date(2026, 5, 31), &["d"]),
                candidate(4, 1, date(2026, 4, 1), &["a"]),
                candidate(5, 2, date(2026, 3, 1), &["b"]),
            ],
            90,
        );
        let ids: Vec<Vec<u128>> =
            found.iter().map(|g| g.iter().map(|c| c.visit_id.as_u128()).collect()).collect();
        assert_eq!(ids, [vec![1, 2], vec![4, 3]]);
        assert!(groups(vec![candidate(1, 1, date(2026, 3, 1), &["a"])], 90).is_empty());
    }

    #[test]
    fn a_point_of_two_organs_is_asked_once() {
        let point = |key: &str, content: &str, organ: &str| Point {
            key: key.into(),
            content: content.into(),
            method: None,
            basis: None,
            item_id: None,
            organs: vec![organ.into()],
        };
        let all = merged([
            point("1", "是否悬挂营业执照", "a"),
            point("2", "是否悬挂营业执照。", "b"),
            point("1", "营业执照", "c"),
            point("3", "是否明码标价", "b"),
        ]);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].organs, ["a", "b", "c"]);
    }
}
