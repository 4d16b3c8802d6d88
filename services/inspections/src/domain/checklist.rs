//! Checklists: points, answers, and one list out of several without doubled points (综合查一次的统一检查表).
//!
//! Refuses to guess that two differently worded points are the same: only equal text, punctuation and spaces aside, or an
//! equal key given by the template counts. Called by the checklist app functions and by the merging of visits.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use uuid::Uuid;

domain::define_words! {
    /// Answer to a point of a checklist (检查项结果).
    pub enum AnswerWord {
        /// As it should be.
        Pass = "pass", "合格", [];
        /// Not as it should be.
        Fail = "fail", "不合格", [];
        /// Not looked at.
        NotChecked = "not_checked", "未检查", [];
        /// Does not apply to this subject.
        NotApplicable = "not_applicable", "合理缺项", [];
    }
}

/// One point of a template (检查内容).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Key by which equal points of several lists are known, where the template has one.
    #[serde(default)]
    pub key: Option<String>,
    /// What is checked.
    pub content: String,
    /// How (操作要领和方法).
    #[serde(default)]
    pub method: Option<String>,
    /// Legal basis, also of the penalty (处罚依据).
    #[serde(default)]
    pub basis: Option<String>,
}

impl Point {
    /// The key by which doubled points are found: the given one, else a digest of the text without punctuation and spaces.
    #[must_use]
    pub fn merge_key(&self) -> String {
        if let Some(key) = self.key.as_deref().map(str::trim).filter(|k| !k.is_empty()) {
            return format!("k:{key}");
        }
        let text = domain::text::search_key(&self.content);
        let digest = hex::encode(Sha256::digest(text.as_bytes()));
        format!("t:{}", digest.get(..32).unwrap_or_default())
    }
}

/// The list of one organ for one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Organ.
    pub organ_code: String,
    /// Item.
    pub item_id: Option<Uuid>,
    /// Points in order.
    pub points: Vec<Point>,
}

/// One point of a merged list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedPoint {
    /// Order, from 1.
    pub position: i64,
    /// Key.
    pub key: String,
    /// What is checked, as the first list words it.
    pub content: String,
    /// How: the ways of all lists, each once.
    pub method: Option<String>,
    /// Bases of all lists, each once.
    pub basis: Option<String>,
    /// Item of the first list.
    pub item_id: Option<Uuid>,
    /// Organs that answer it.
    pub organ_codes: Vec<String>,
}

/// A merged list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Points, in the order in which they first occur.
    pub points: Vec<MergedPoint>,
    /// Points of all lists before the merging.
    pub before: usize,
}

impl Merged {
    /// How many points the merging saved the subject.
    #[must_use]
    pub fn saved(&self) -> usize {
        self.before - self.points.len()
    }
}

/// Merges lists: a point that several have is there once and belongs to all of their organs.
#[must_use]
pub fn merge(sources: &[Source]) -> Merged {
    let mut merged = Merged::default();
    let mut places: HashMap<String, usize> = HashMap::new();
    for source in sources {
        for point in &source.points {
            merged.before += 1;
            let key = point.merge_key();
            match places.get(&key).and_then(|at| merged.points.get_mut(*at)) {
                Some(known) => {
                    if !known.organ_codes.contains(&source.organ_code) {
                        known.organ_codes.push(source.organ_code.clone());
                    }
                    add(&mut known.method, point.method.as_deref());
                    add(&mut known.basis, point.basis.as_deref());
                }
                None => {
                    places.insert(key.clone(), merged.points.len());
                    merged.points.push(MergedPoint {
                        position: i64::try_from(merged.points.len() + 1).unwrap_or(i64::MAX),
                        key,
                        content: point.content.clone(),
                        method: point.method.clone(),
                        basis: point.basis.clone(),
                        item_id: source.item_id,
                        organ_codes: vec![source.organ_code.clone()],
                    });
                }
            }
        }
    }
    merged
}

pub(super) fn add(text: &mut Option<String>, more: Option<&str>) {
    let Some(more) = more.map(str::trim).filter(|m| !m.is_empty()) else { return };
    match text {
        None => *text = Some(more.to_string()),
        Some(known) if known.split('\n').any(|line| line == more) || known == more => {}
        Some(known) => {
            known.push('\n');
            known.push_str(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(content: &str, basis: &str) -> Point {
        Point { key: None, content: content.into(), method: None, basis: Some(basis.into()) }
    }

    fn source(organ: &str, points: Vec<Point>) -> Source {
        Source { organ_code: organ.into(), item_id: None, points }
    }

    #[test]
    fn a_point_of_two_organs_is_there_once_and_belongs_to_both() {
        let merged = merge(&[
            source("a", vec![point("是否悬挂营业执照。", "甲法"), point("是否消防合格", "消防法")]),
            source("b", vec![point("是否 悬挂营业执照", "乙法"), point("是否签订劳动合同", "劳动法")]),
        ]);
        assert_eq!((merged.before, merged.points.len(), merged.saved()), (4, 3, 1));
        assert_eq!(merged.points[0].organ_codes, ["a", "b"]);
        assert_eq!(merged.points[0].basis.as_deref(), Some("甲法\n乙法"));
        assert_eq!(merged.points.iter().map(|p| p.position).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_key_joins_what_is_worded_differently_and_nothing_else_does() {
        let keyed = |content: &str, key: &str| Point { key: Some(key.into()), ..point(content, "") };
        let merged = merge(&[
            source("a", vec![keyed("亮照经营", "P-1"), point("年报", "")]),
            source("b", vec![keyed("营业执照公示", "P-1"), point("年度报告", "")]),
        ]);
        assert_eq!(merged.points.len(), 3);
    }

    proptest! {
        #[test]
        fn merging_loses_no_point_and_doubles_none(
            lists in proptest::collection::vec(proptest::collection::vec("[ab]{1,2}", 0..6), 0..4)
        ) {
            let sources: Vec<Source> = lists.iter().enumerate()
                .map(|(i, l)| source(&i.to_string(), l.iter().map(|c| point(c, "")).collect())).collect();
            let merged = merge(&sources);
            let keys: std::collections::BTreeSet<_> = merged.points.iter().map(|p| p.key.clone()).collect();
            prop_assert_eq!(keys.len(), merged.points.len());
            for s in &sources {
                for p in &s.points {
                    let found = merged.points.iter().find(|m| m.key == p.merge_key()).unwrap();
                    prop_assert!(found.organ_codes.contains(&s.organ_code));
                }
            }
            prop_assert_eq!(merged.before, lists.iter().map(Vec::len).sum::<usize>());
        }
    }
}
