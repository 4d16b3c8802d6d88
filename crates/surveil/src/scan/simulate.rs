//! Grids as they would look without any cluster.
//!
//! Known expectations: each cell Poisson by inversion of a table. Only shares known: the given total thrown over the cells by
//! Walker's alias table. Both from tables made once; probabilities are exact to 2⁻³² (cells) and 2⁻⁵³ (shares). Called by `scan`.

use super::Baseline;
use crate::random::Random;

pub(super) enum Sampler {
    Cells {
        /// For each cell where its table starts; one more at the end.
        starts: Vec<u32>,
        /// P(X ≤ k) × 2³², from k = `least` of the cell.
        tables: Vec<u32>,
        least: Vec<u32>,
    },
    Total {
        total: u64,
        keep: Vec<f64>,
        other: Vec<u32>,
    },
}

const ONE: f64 = 4_294_967_296.0;

impl Sampler {
    pub(super) fn new(baseline: Baseline, means: &[f64], total: u64) -> Self {
        match baseline {
            Baseline::Expectation => Self::cells(means),
            Baseline::Population => Self::alias(means, total),
        }
    }

    fn cells(means: &[f64]) -> Self {
        let (mut starts, mut tables, mut least) = (vec![0], Vec::new(), Vec::new());
        for mean in means {
            // Nine deviations below the mean nothing of 2⁻³² is left.
            let first = (mean - 9.0 * mean.sqrt()).floor().max(0.0);
            let mut log = -mean + first * mean.ln();
            let mut k = 1.0;
            while k <= first {
                log -= f64::ln(k);
                k += 1.0;
            }
            let (mut term, mut sum, mut k) = (log.exp(), 0.0, first);
            loop {
                sum += term;
                let cut = (sum * ONE).round();
                if cut >= ONE || (k > *mean && term * ONE < 0.25) {
                    break;
                }
                tables.push(cut as u32);
                k += 1.0;
                term *= mean / k;
            }
            least.push(first as u32);
            starts.push(tables.len() as u32);
        }
        Self::Cells { starts, tables, least }
    }

    fn alias(means: &[f64], total: u64) -> Self {
        let n = means.len() as f64;
        let sum: f64 = means.iter().sum();
        let mut keep: Vec<f64> = means.iter().map(|m| m / sum * n).collect();
        let mut other: Vec<u32> = (0..means.len() as u32).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..means.len()).partition(|i| keep[*i] < 1.0);
        while let (Some(low), Some(high)) = (small.pop(), large.last().copied()) {
            other[low] = high as u32;
            keep[high] -= 1.0 - keep[low];
            if keep[high] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        // What rounding left over keeps itself.
        small.iter().chain(&large).for_each(|i| keep[*i] = 1.0);
        Self::Total { total, keep, other }
    }

    /// Fills `counts` with run number `run` of `seed`.
    pub(super) fn draw(&self, seed: u64, run: u64, counts: &mut [u32]) {
        let mut random = Random::new(seed, run);
        match self {
            Self::Cells { starts, tables, least } => {
                let mut bits = 0u64;
                for (i, count) in counts.iter_mut().enumerate() {
                    // Each number serves two cells.
                    bits = if i % 2 == 0 { random.next_u64() } else { bits >> 32 };
                    let u = bits as u32;
                    let table = &tables[starts[i] as usize..starts[i + 1] as usize];
                    let above = if table.len() > 24 {
                        table.partition_point(|cut| *cut <= u)
                    } else {
                        table.iter().map(|cut| usize::from(*cut <= u)).sum()
                    };
                    *count = least[i] + above as u32;
                }
            }
            Self::Total { total, keep, other } => {
                counts.fill(0);
                for _ in 0..*total {
                    let cell = random.below(keep.len());
                    let cell = if random.unit() < keep[cell] { cell } else { other[cell] as usize };
                    counts[cell] += 1;
                }
            }
        }
    }
}
