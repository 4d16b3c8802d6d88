//! Surges of counts over a grid of fields, townships and periods (数量激增), with control of many tests.
//!
//! Each cell asks how likely so many or more are under its expected count; Benjamini–Hochberg then holds the share of false
//! ones among all that are reported. A minimum count keeps two reports where 0.2 were expected from being news. Called by the
//! evaluation of `surge` indicators; refuses nothing: a cell without a valid expectation never surges.

use crate::dist::poisson_at_least;
use serde::{Deserialize, Serialize};

/// P(X ≥ count) when `expected` are expected.
#[must_use]
pub fn poisson_surge(count: u32, expected: f64) -> f64 {
    poisson_at_least(u64::from(count), expected)
}

/// Adjusted p-values (Benjamini & Hochberg 1995), in the order given: as R's `p.adjust(method = "BH")`. `NaN` stays and does
/// not count.
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).filter(|i| !p_values[*i].is_nan()).collect();
    order.sort_by(|a, b| p_values[*b].total_cmp(&p_values[*a]));
    let tests = order.len() as f64;
    let mut adjusted = vec![f64::NAN; p_values.len()];
    let mut least: f64 = 1.0;
    for (place, i) in order.iter().enumerate() {
        least = least.min(p_values[*i] * tests / (tests - place as f64));
        adjusted[*i] = least;
    }
    adjusted
}

/// One cell of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Count of the period.
    pub count: u32,
    /// Expected count.
    pub expected: f64,
}

/// When a cell surges.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurgeRule {
    /// Least count; 3 usual.
    pub minimum_count: u32,
    /// Share of false surges that is borne among those reported; 0.05 usual.
    pub false_share: f64,
}

/// The judgement of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CellJudgement {
    /// P(X ≥ count).
    pub p_value: f64,
    /// The same, adjusted for all cells of the grid.
    pub adjusted: f64,
    /// Whether it surges.
    pub is_surge: bool,
}

/// Judges a whole grid. Every cell is a test, also those below the minimum count: leaving them out after looking at their
/// counts would make the others look better than they are.
#[must_use]
pub fn surge_grid(cells: &[Cell], rule: SurgeRule) -> Vec<CellJudgement> {
    let p_values: Vec<f64> = cells.iter().map(|c| poisson_surge(c.count, c.expected)).collect();
    let adjusted = benjamini_hochberg(&p_values);
    cells
        .iter()
        .zip(p_values.iter().zip(&adjusted))
        .map(|(cell, (p, q))| CellJudgement {
            p_value: *p,
            adjusted: *q,
            is_surge: cell.count >= rule.minimum_count && *q <= rule.false_share,
        })
        .collect()
}
