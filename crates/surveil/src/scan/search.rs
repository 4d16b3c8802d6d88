//! The search over zones, streams and spans: of the observed grid with its evidence, of simulated grids for their best score only.
//!
//! Called by `scan`; sizes were checked before.

use super::simulate::Sampler;
use super::{Baseline, Cluster, Grid, Settings, Zones, expectation_based, kulldorff};

/// One candidate that may be reported.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    zone: usize,
    stream: usize,
    from: usize,
    to: usize,
    count: u64,
    expected: f64,
    score: f64,
}

/// Everything that stays the same over the runs.
pub(super) struct Scanner<'a> {
    grid: &'a Grid,
    zones: &'a Zones,
    baseline: Baseline,
    longest: usize,
    is_retrospective: bool,
    total: f64,
    /// Prefix sums of expectations of each stream and zone: (stream × zones + zone) × (periods + 1).
    expected: Vec<f64>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(grid: &'a Grid, zones: &'a Zones, settings: &Settings, longest: usize) -> Self {
        let total: u64 = grid.counts.iter().map(|c| u64::from(*c)).sum();
        let sum: f64 = grid.baselines.iter().sum();
        let scale = match settings.baseline {
            Baseline::Expectation => 1.0,
            Baseline::Population => total as f64 / sum,
        };
        let width = grid.periods + 1;
        let mut expected = vec![0.0; grid.streams * zones.len() * width];
        for stream in 0..grid.streams {
            for (zone, members) in zones.iter().enumerate() {
                let row = &mut expected[(stream * zones.len() + zone) * width..][..width];
                for period in 0..grid.periods {
                    let cell = |place: &usize| {
                        grid.baselines[(place * grid.streams + stream) * grid.periods + period]
                    };
                    row[period + 1] = row[period] + scale * members.iter().map(cell).sum::<f64>();
                }
            }
        }
        Self {
            grid,
            zones,
            baseline: settings.baseline,
            longest,
            is_retrospective: settings.is_retrospective,
            total: total as f64,
            expected,
        }
    }

    pub(super) fn candidates(&self) -> u64 {
        let spans: usize = self.ends().map(|to| to.min(self.longest)).sum();
        (self.grid.streams * self.zones.len() * spans) as u64
    }

    fn ends(&self) -> std::ops::RangeInclusive<usize> {
        let first = if self.is_retrospective { 1 } else { self.grid.periods };
        first..=self.grid.periods
    }

    fn score(&self, count: f64, expected: f64) -> f64 {
        match self.baseline {
            Baseline::Expectation => expectation_based(count, expected),
            Baseline::Population => kulldorff(count, expected, self.total),
        }
    }

    /// Prefix sums of counts of every zone of one stream: each zone is an earlier one and a place.
    fn prefixes(&self, counts: &[u32], stream: usize, places: &mut [u32], rows: &mut [u32]) {
        let (periods, width) = (self.grid.periods, self.grid.periods + 1);
        for place in 0..self.grid.places {
            let cells = &counts[(place * self.grid.streams + stream) * periods..][..periods];
            let row = &mut places[place * width..][..width];
            let mut sum = 0;
            for (slot, count) in row[1..].iter_mut().zip(cells) {
                sum += count;
                *slot = sum;
            }
        }
        for (zone, step) in self.zones.steps().iter().enumerate() {
            let (before, rest) = rows.split_at_mut(zone * width);
            let row = &mut rest[..width];
            let added = &places[step.place * width..][..width];
            match step.parent {
                Some(parent) => {
                    let parent = &before[parent * width..][..width];
                    for ((slot, a), b) in row.iter_mut().zip(parent).zip(added) {
                        *slot = a + b;
                    }
                }
                None => row.copy_from_slice(added),
            }
            for place in &step.others {
                for (slot, a) in row.iter_mut().zip(&places[place * width..][..width]) {
                    *slot += a;
                }
            }
        }
    }

    /// Best span of every zone and stream.
    pub(super) fn observe(&self, counts: &[u32]) -> Vec<Candidate> {
        let width = self.grid.periods + 1;
        let (mut places, mut rows) = (vec![0; self.grid.places * width], vec![0; self.zones.len() * width]);
        let mut found = Vec::new();
        for stream in 0..self.grid.streams {
            self.prefixes(counts, stream, &mut places, &mut rows);
            for zone in 0..self.zones.len() {
                let row = &rows[zone * width..][..width];
                let expected = &self.expected[(stream * self.zones.len() + zone) * width..][..width];
                let mut best: Option<Candidate> = None;
                for to in self.ends() {
                    // Shorter spans first: of equal scores the shortest stays.
                    for from in (to - to.min(self.longest)..to).rev() {
                        let (count, e) = (row[to] - row[from], expected[to] - expected[from]);
                        let score = self.score(f64::from(count), e);
                        if score > 0.0 && best.is_none_or(|b| score > b.score) {
                            best = Some(Candidate {
                                zone,
                                stream,
                                from,
                                to,
                                count: count.into(),
                                expected: e,
                                score,
                            });
                        }
                    }
                }
                found.extend(best);
            }
        }
        found
    }

    /// Best score of all candidates of a simulated grid.
    ///
    /// `ln x ≤ x − 1` bounds the score by `(c − E)² / E` (by `C (c − E)² / (E (C − E))` when only shares are known), so
    /// that the logarithm is taken only where a better score is possible.
    fn best(&self, counts: &[u32], places: &mut [u32], rows: &mut [u32]) -> f64 {
        let width = self.grid.periods + 1;
        let mut best = 0.0;
        for stream in 0..self.grid.streams {
            self.prefixes(counts, stream, places, rows);
            for zone in 0..self.zones.len() {
                let row = &rows[zone * width..][..width];
                let expected = &self.expected[(stream * self.zones.len() + zone) * width..][..width];
                for to in self.ends() {
                    let (count_end, expected_end) = (row[to], expected[to]);
                    let from = to - to.min(self.longest);
                    for (count, e) in row[from..to].iter().zip(&expected[from..to]) {
                        let (c, e) = (f64::from(count_end - count), expected_end - e);
                        let excess = c - e;
                        let room = match self.baseline {
                            Baseline::Expectation => e,
                            Baseline::Population => e * (self.total - e) / self.total,
                        };
                        if excess > 0.0 && excess * excess > best * room {
                            best = self.score(c, e).max(best);
                        }
                    }
                }
            }
        }
        best
    }

    pub(super) fn replicates(&self, grid: &Grid, settings: &Settings) -> Vec<f64> {
        let mut scores = vec![0.0; settings.runs];
        if scores.is_empty() {
            return scores;
        }
        let sampler = Sampler::new(settings.baseline, &grid.baselines, self.total as u64);
        let work = |first: usize, scores: &mut [f64]| {
            let width = grid.periods + 1;
            let mut counts = vec![0; grid.counts.len()];
            let (mut places, mut rows) = (vec![0; grid.places * width], vec![0; self.zones.len() * width]);
            for (i, score) in scores.iter_mut().enumerate() {
                sampler.draw(settings.seed, (first + i) as u64, &mut counts);
                *score = self.best(&counts, &mut places, &mut rows);
            }
        };
        let share = settings.runs.div_ceil(settings.threads.max(1));
        if share == settings.runs {
            work(0, &mut scores);
            return scores;
        }
        std::thread::scope(|scope| {
            for (i, part) in scores.chunks_mut(share).enumerate() {
                let work = &work;
                scope.spawn(move || work(i * share, part));
            }
        });
        scores
    }

    pub(super) fn report(&self, mut found: Vec<Candidate>, replicates: &[f64], most: usize) -> Vec<Cluster> {
        // Of equal scores the smaller zone, then the one listed first.
        found.sort_by(|a, b| {
            let size = |c: &Candidate| self.zones.members(c.zone).len();
            b.score
                .total_cmp(&a.score)
                .then(size(a).cmp(&size(b)))
                .then((a.stream, a.zone).cmp(&(b.stream, b.zone)))
        });
        let mut taken = vec![false; self.grid.places * self.grid.streams];
        let mut clusters = Vec::new();
        for candidate in found {
            if clusters.len() == most {
                break;
            }
            let members = self.zones.members(candidate.zone);
            let slot = |place: &usize| place * self.grid.streams + candidate.stream;
            if members.iter().any(|place| taken[slot(place)]) {
                continue;
            }
            members.iter().for_each(|place| taken[slot(place)] = true);
            let better = replicates.iter().filter(|r| **r >= candidate.score).count();
            let Candidate { zone: _, stream, from, to, count, expected, score } = candidate;
            clusters.push(Cluster {
                places: members.to_vec(),
                stream,
                from,
                to,
                count,
                expected,
                score,
                p_value: (1 + better) as f64 / (1 + replicates.len()) as f64,
                gumbel_p_value: gumbel(score, replicates),
            });
        }
        clusters
    }
}

/// P(best score ≥ `score`) by a Gumbel distribution with the runs' mean and deviation (Abrams 2010).
fn gumbel(score: f64, replicates: &[f64]) -> Option<f64> {
    const EULER: f64 = 0.577_215_664_901_532_9;
    let n = replicates.len() as f64;
    if replicates.len() < 2 {
        return None;
    }
    let mean = replicates.iter().sum::<f64>() / n;
    let deviation = (replicates.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let scale = deviation * 6.0_f64.sqrt() / std::f64::consts::PI;
    (scale > 0.0).then(|| -(-(-(score - mean + EULER * scale) / scale).exp()).exp_m1())
}
