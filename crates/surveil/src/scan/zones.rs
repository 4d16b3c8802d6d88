//! Which sets of places may be a cluster.
//!
//! Nearest neighbours (as `knn_zones`), connected sets of an adjacency list (exact for a district's 22 townships), or any list.
//! Zones are kept small to large, each as an earlier zone and one place where that exists, so that summing a zone is one
//! addition. Called by `scan`; refuses empty zones and unknown places.

use crate::error::SurveilError;
use std::collections::{BTreeSet, HashMap};

/// Sets of places.
#[derive(Clone, Debug)]
pub struct Zones {
    places: usize,
    members: Vec<Vec<usize>>,
    steps: Vec<Step>,
}

/// How a zone's sum is found.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) parent: Option<usize>,
    pub(super) place: usize,
    pub(super) others: Vec<usize>,
}

impl Zones {
    /// Any list of sets; order and repetitions do not matter.
    pub fn list(places: usize, sets: impl IntoIterator<Item = Vec<usize>>) -> Result<Self, SurveilError> {
        let mut distinct: BTreeSet<(usize, Vec<usize>)> = BTreeSet::new();
        for set in sets {
            let set: BTreeSet<usize> = set.into_iter().collect();
            if set.is_empty() || set.last().is_some_and(|place| *place >= places) {
                return Err(SurveilError::SettingOutOfRange("zones"));
            }
            distinct.insert((set.len(), set.into_iter().collect()));
        }
        let members: Vec<Vec<usize>> = distinct.into_iter().map(|(_, set)| set).collect();
        let mut index: HashMap<&[usize], usize> = HashMap::new();
        let mut steps = Vec::with_capacity(members.len());
        for (zone, set) in members.iter().enumerate() {
            steps.push(step(set, &index));
            index.insert(set, zone);
        }
        Ok(Self { places, members, steps })
    }

    /// Each place with its 0, 1 … `k − 1` nearest others by great-circle distance; points are (longitude, latitude) in degrees.
    pub fn nearest(points: &[[f64; 2]], k: usize) -> Result<Self, SurveilError> {
        let mut sets = Vec::new();
        for centre in points {
            let mut order: Vec<usize> = (0..points.len()).collect();
            // A stable sort: of equal distances the place listed first.
            order.sort_by(|a, b| haversine(*centre, points[*a]).total_cmp(&haversine(*centre, points[*b])));
            sets.extend((1..=k.min(points.len())).map(|n| order[..n].to_vec()));
        }
        Self::list(points.len(), sets)
    }

    /// All connected sets of up to `largest` places; `neighbours[i]` are the places that touch place `i`.
    pub fn connected(neighbours: &[Vec<usize>], largest: usize) -> Result<Self, SurveilError> {
        let places = neighbours.len();
        if neighbours.iter().flatten().any(|place| *place >= places) {
            return Err(SurveilError::SettingOutOfRange("neighbours"));
        }
        let mut all: BTreeSet<BTreeSet<usize>> = (0..places).map(|p| BTreeSet::from([p])).collect();
        let mut grown = all.clone();
        for _ in 1..largest {
            let mut next = BTreeSet::new();
            for set in &grown {
                for place in set.iter().flat_map(|p| &neighbours[*p]).filter(|p| !set.contains(p)) {
                    let mut larger = set.clone();
                    larger.insert(*place);
                    next.insert(larger);
                }
            }
            all.extend(next.iter().cloned());
            grown = next;
        }
        Self::list(places, all.into_iter().map(|set| set.into_iter().collect()))
    }

    /// Number of zones.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Number of places.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places
    }

    /// Places of a zone, ascending.
    #[must_use]
    pub fn members(&self, zone: usize) -> &[usize] {
        &self.members[zone]
    }

    /// All zones, small to large.
    pub fn iter(&self) -> impl Iterator<Item = &[usize]> {
        self.members.iter().map(Vec::as_slice)
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }
}

fn step(set: &[usize], index: &HashMap<&[usize], usize>) -> Step {
    let mut smaller = Vec::with_capacity(set.len());
    for place in set {
        smaller.clear();
        smaller.extend(set.iter().filter(|p| *p != place));
        if let Some(parent) = index.get(smaller.as_slice()) {
            return Step { parent: Some(*parent), place: *place, others: Vec::new() };
        }
    }
    Step { parent: None, place: set[0], others: set[1..].to_vec() }
}

fn haversine(a: [f64; 2], b: [f64; 2]) -> f64 {
    let [longitude, latitude] = [(b[0] - a[0]).to_radians(), (b[1] - a[1]).to_radians()];
    let h = (latitude / 2.0).sin().powi(2)
        + a[1].to_radians().cos() * b[1].to_radians().cos() * (longitude / 2.0).sin().powi(2);
    2.0 * h.min(1.0).sqrt().asin()
}
