//! The pool of inspectors as it was frozen with the frame (执法检查人员库), and what became of it until the assignment.
//!
//! Its hash stands in the parameters of every stratum, which are published before the entropy is known: afterwards nobody is
//! added, no certificate number is changed for one with a better score, and who is left out is named with a reason. Recusals
//! are no part of the hash: whom an inspector may not visit is his own affair unless that subject is drawn. Refuses an
//! officer that was not frozen, one that gained a qualification or days, and one that vanished. Called by the service, which
//! freezes, and by [`crate::verify`].

use crate::suite::{Hash, Suite};
use crate::team::OrganNeed;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Why a frozen inspector was left out at the assignment.
pub const LEFT_CODES: [&str; 2] = ["not_eligible", "recused"];

/// An inspector as he was frozen; members in the order of the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrozenOfficer {
    /// Id in the transcript: the number of his certificate.
    pub id: String,
    /// Code of his organ.
    pub organ: String,
    /// Qualification tags, in byte order.
    pub tags: Vec<String>,
    /// First day of the certificate, `YYYY-MM-DD`.
    pub valid_from: String,
    /// Last day of the certificate, `YYYY-MM-DD`.
    pub valid_to: String,
}

/// A frozen inspector who is not in the pool any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// One of [`LEFT_CODES`].
    pub code: String,
    /// The inspector.
    pub id: String,
    /// Code of his organ.
    pub organ: String,
}

/// What the pool of the assignment is held against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrozenPool {
    /// In byte order of organ and id.
    pub frozen: Vec<FrozenOfficer>,
    /// In byte order of organ and id.
    pub left: Vec<LeftOut>,
}

/// The hash of a frozen pool under the label `pool`, over its canonical JSON.
///
/// # Errors
/// When it cannot be written as JSON, which texts do not bring about.
pub fn hash(suite: Suite, frozen: &[FrozenOfficer]) -> serde_json::Result<Hash> {
    Ok(suite.hash("pool", &[&serde_json::to_vec(frozen)?]))
}

/// What is wrong between a frozen pool and the pools that teams were chosen from: place below `teams`, and problem.
#[must_use]
pub fn compare(pool: &FrozenPool, organs: &[OrganNeed]) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    let mut say = |path: String, problem: &str| wrong.push((path, problem.to_owned()));
    let mut frozen: BTreeMap<(&str, &str), &FrozenOfficer> = BTreeMap::new();
    let mut previous: Option<(&str, &str)> = None;
    for (at, officer) in pool.frozen.iter().enumerate() {
        let place = (officer.organ.as_str(), officer.id.as_str());
        if previous.is_some_and(|p| p >= place) {
            say(format!("/pool/frozen/{at}"), "not in byte order, or twice");
        }
        previous = Some(place);
        frozen.insert(place, officer);
    }
    let mut left: BTreeSet<(&str, &str)> = BTreeSet::new();
    previous = None;
    for (at, out) in pool.left.iter().enumerate() {
        let place = (out.organ.as_str(), out.id.as_str());
        if previous.is_some_and(|p| p >= place) {
            say(format!("/pool/left/{at}"), "not in byte order, or twice");
        }
        previous = Some(place);
        if !LEFT_CODES.contains(&out.code.as_str()) {
            say(format!("/pool/left/{at}/code"), "is no reason for leaving an inspector out");
        }
        if !frozen.contains_key(&place) {
            say(format!("/pool/left/{at}"), "was not frozen");
        }
        left.insert(place);
    }
    let mut used: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (i, organ) in organs.iter().enumerate() {
        for (at, officer) in organ.pool.iter().enumerate() {
            let (path, place) =
                (format!("/organs/{i}/pool/{at}"), (organ.organ.as_str(), officer.id.as_str()));
            used.insert(place);
            let Some(before) = frozen.get(&place) else {
                say(path, "was not frozen with the frame");
                continue;
            };
            if officer.tags.iter().any(|t| !before.tags.contains(t)) {
                say(format!("{path}/tags"), "has more than was frozen");
            }
            if officer.valid_from < before.valid_from || officer.valid_to > before.valid_to {
                say(path.clone(), "is valid for longer than was frozen");
            }
            if left.contains(&place) {
                say(path, "is left out and in the pool");
            }
        }
    }
    for (at, officer) in pool.frozen.iter().enumerate() {
        let place = (officer.organ.as_str(), officer.id.as_str());
        if !used.contains(&place) && !left.contains(&place) {
            say(format!("/pool/frozen/{at}"), "is left out without a reason");
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::team::Officer;

    fn frozen(id: &str) -> FrozenOfficer {
        FrozenOfficer {
            id: id.into(),
            organ: "nz-rsj".into(),
            tags: vec!["food".into()],
            valid_from: "2027-01-01".into(),
            valid_to: "2027-06-30".into(),
        }
    }

    fn needs(pool: &[FrozenOfficer]) -> Vec<OrganNeed> {
        let officer = |f: &FrozenOfficer| Officer {
            id: f.id.clone(),
            recused: Vec::new(),
            tags: f.tags.clone(),
            valid_from: f.valid_from.clone(),
            valid_to: f.valid_to.clone(),
        };
        let pool = pool.iter().map(officer).collect();
        vec![OrganNeed { members: 2, organ: "nz-rsj".into(), pool, tags: Vec::new() }]
    }

    #[test]
    fn a_pool_is_only_narrowed_and_each_one_left_out_has_a_reason() {
        let all = vec![frozen("A"), frozen("B"), frozen("C")];
        let pool = |left: &[(&str, &str)]| FrozenPool {
            frozen: all.clone(),
            left: left
                .iter()
                .map(|(id, code)| LeftOut { code: (*code).into(), id: (*id).into(), organ: "nz-rsj".into() })
                .collect(),
        };
        let problems = |pool: &FrozenPool, organs: &[OrganNeed]| -> Vec<String> {
            compare(pool, organs).into_iter().map(|(path, _)| path).collect()
        };
        assert!(problems(&pool(&[]), &needs(&all)).is_empty());
        assert!(problems(&pool(&[("C", "recused")]), &needs(&all[..2])).is_empty());
        // An honest one vanishes; one is left out for no lawful reason; one is both.
        assert_eq!(problems(&pool(&[]), &needs(&all[..2])), ["/pool/frozen/2"]);
        assert_eq!(problems(&pool(&[("C", "disliked")]), &needs(&all[..2])), ["/pool/left/0/code"]);
        assert_eq!(problems(&pool(&[("C", "recused")]), &needs(&all)), ["/organs/0/pool/2"]);
        // A friend comes in, or comes with a new number, a qualification, or a longer certificate.
        let mut more = all.clone();
        more.push(frozen("D"));
        assert_eq!(problems(&pool(&[]), &needs(&more)), ["/organs/0/pool/3"]);
        let mut gained = all.clone();
        gained[0].tags.insert(0, "drugs".into());
        gained[1].valid_to = "2030-12-31".into();
        assert_eq!(problems(&pool(&[]), &needs(&gained)), ["/organs/0/pool/0/tags", "/organs/0/pool/1"]);
    }

    #[test]
    fn the_hash_is_of_every_member() {
        let of = |f: FrozenOfficer| hash(Suite::V1, &[f]).unwrap();
        let one = of(frozen("A"));
        assert_ne!(one, of(frozen("B")));
        assert_ne!(one, of(FrozenOfficer { organ: "nz-scjg".into(), ..frozen("A") }));
        assert_ne!(one, of(FrozenOfficer { tags: Vec::new(), ..frozen("A") }));
        assert_ne!(one, of(FrozenOfficer { valid_to: "2028-01-01".into(), ..frozen("A") }));
        assert_ne!(one, hash(Suite::V1s, &[frozen("A")]).unwrap());
    }
}
