//! Space-time scan: where and since when are there more reports than expected (时空扫描统计)?
//!
//! A grid of places × streams (trades, categories) × periods; every zone, stream and span of periods is a candidate, the best
//! one is held against the best ones of simulated grids. Two null models: [`Baseline::Expectation`] (Neill 2005: expected
//! counts are known, as R `scanstatistics::scan_eb_poisson`) and [`Baseline::Population`] (Kulldorff 1997, 2001: only the
//! shares are known, the total is given, as `scan_pb_poisson`). p = (1 + runs at least as good) / (1 + runs).
//!
//! The answer depends on the seed, not on the number of threads: run `i` draws from stream `i`. Spans end at the last period
//! (prospective) unless `is_retrospective`. Called by the evaluation of `cluster` indicators; refuses grids whose sizes do not
//! fit and expectations that are not positive.

mod search;
mod simulate;
mod zones;

pub use zones::Zones;

use crate::error::SurveilError;
use search::Scanner;
use serde::{Deserialize, Serialize};

/// What the null hypothesis knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// Expected counts: `c ln(c/E) + E − c`. A rise everywhere is a cluster too.
    Expectation,
    /// Shares: `c ln(c/E) + (C−c) ln((C−c)/(C−E))` with E scaled to the total C. A rise everywhere is none.
    Population,
}

/// How a grid is scanned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// What the null hypothesis knows.
    pub baseline: Baseline,
    /// Longest span, in periods; 0: as long as the grid.
    pub longest: usize,
    /// Whether spans may end before the last period.
    pub is_retrospective: bool,
    /// Monte-Carlo runs; 999 usual, 0: no p-value (1).
    pub runs: usize,
    /// Seed of the runs.
    pub seed: u64,
    /// Clusters that are reported at most; they share no place within one stream.
    pub clusters: usize,
    /// Threads, 0 and 1: the caller's. Changes nothing in the answer.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            baseline: Baseline::Expectation,
            longest: 0,
            is_retrospective: false,
            runs: 999,
            seed: 0,
            clusters: 5,
            threads: 1,
        }
    }
}

/// Counts and expected counts; the cell of (place, stream, period) is `(place × streams + stream) × periods + period`.
#[derive(Clone, Debug)]
pub struct Grid {
    places: usize,
    streams: usize,
    periods: usize,
    counts: Vec<u32>,
    baselines: Vec<f64>,
}

impl Grid {
    /// Checks sizes, and that every expectation is positive and finite.
    pub fn new(
        places: usize,
        streams: usize,
        periods: usize,
        counts: Vec<u32>,
        baselines: Vec<f64>,
    ) -> Result<Self, SurveilError> {
        let cells = places.checked_mul(streams).and_then(|n| n.checked_mul(periods)).unwrap_or(0);
        if cells == 0 || counts.len() != cells || baselines.len() != cells {
            return Err(SurveilError::SizesDiffer("places × streams × periods, counts, baselines"));
        }
        if !baselines.iter().all(|b| *b > 0.0 && b.is_finite()) {
            return Err(SurveilError::SettingOutOfRange("baselines"));
        }
        Ok(Self { places, streams, periods, counts, baselines })
    }
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cluster {
    /// Places, ascending.
    pub places: Vec<usize>,
    /// Stream.
    pub stream: usize,
    /// First period.
    pub from: usize,
    /// The period after the last one.
    pub to: usize,
    /// Reports.
    pub count: u64,
    /// Reports expected.
    pub expected: f64,
    /// Logarithm of the likelihood ratio.
    pub score: f64,
    /// (1 + runs at least as good) / (1 + runs); for all but the best cluster on the safe side.
    pub p_value: f64,
    /// The same by a Gumbel distribution fitted to the runs, for values below 1 / (1 + runs); `None` below two runs.
    pub gumbel_p_value: Option<f64>,
}

/// What a scan found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// Best first; empty when nothing lies above its expectation.
    pub clusters: Vec<Cluster>,
    /// Zones × streams × spans that were looked at.
    pub candidates: u64,
    /// Best score of each run, in the order of the runs.
    pub replicates: Vec<f64>,
}

/// Kulldorff's logarithm of the likelihood ratio: c observed and E expected inside, C in all; 0 unless c > E.
#[must_use]
pub fn kulldorff(count: f64, expected: f64, total: f64) -> f64 {
    if count <= expected {
        return 0.0;
    }
    let outside = total - count;
    let rest = if outside > 0.0 { outside * (outside / (total - expected)).ln() } else { 0.0 };
    count * (count / expected).ln() + rest
}

/// Neill's expectation-based score: 0 unless c > E.
#[must_use]
pub fn expectation_based(count: f64, expected: f64) -> f64 {
    if count <= expected { 0.0 } else { count * (count / expected).ln() + expected - count }
}

/// Scans a grid.
pub fn scan(grid: &Grid, zones: &Zones, settings: &Settings) -> Result<Found, SurveilError> {
    if zones.places() != grid.places {
        return Err(SurveilError::SizesDiffer("zones, places"));
    }
    let longest = if settings.longest == 0 { grid.periods } else { settings.longest.min(grid.periods) };
    let scanner = Scanner::new(grid, zones, settings, longest);
    let observed = scanner.observe(&grid.counts);
    let replicates = scanner.replicates(grid, settings);
    Ok(Found {
        clusters: scanner.report(observed, &replicates, settings.clusters),
        candidates: scanner.candidates(),
        replicates,
    })
}
