//! Control charts: EWMA, CUSUM, CUSUM of Poisson counts (控制图).
//!
//! For slow shifts that no single week shows. The baseline (mean, deviation) is an argument: whoever calls says which periods
//! were quiet. CUSUM alarms at `S ≥ h`, as R's `surveillance::cusum` does, EWMA above its limit. Called by the evaluation of
//! `trend` indicators; refuses settings without meaning.

use crate::error::SurveilError;
use serde::{Deserialize, Serialize};

/// Mean and sample standard deviation (n − 1) of counts; deviation 0 below two values.
#[must_use]
pub fn moments(counts: &[u32]) -> (f64, f64) {
    let n = counts.len() as f64;
    let mean = counts.iter().map(|c| f64::from(*c)).sum::<f64>() / n;
    if counts.len() < 2 {
        return (mean, 0.0);
    }
    let squares: f64 = counts.iter().map(|c| (f64::from(*c) - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

/// One period on a chart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Value of the chart's statistic.
    pub value: f64,
    /// Its limit.
    pub limit: f64,
    /// Whether it is an alarm.
    pub is_alarm: bool,
}

/// Exponentially weighted moving average: `z = λ x + (1 − λ) z`, limit `μ + L σ √(λ/(2−λ) (1 − (1−λ)^{2t}))`.
///
/// Starts at the mean; `t` counts from the first value given. `lambda` in (0, 1], usual 0.3; `width` L, usual 3.
pub fn ewma(
    counts: &[u32],
    mean: f64,
    deviation: f64,
    lambda: f64,
    width: f64,
) -> Result<Vec<Point>, SurveilError> {
    if !(lambda > 0.0 && lambda <= 1.0) {
        return Err(SurveilError::SettingOutOfRange("lambda"));
    }
    let mut value = mean;
    let mut left = 1.0;
    Ok(counts
        .iter()
        .map(|x| {
            value = lambda * f64::from(*x) + (1.0 - lambda) * value;
            left *= (1.0 - lambda) * (1.0 - lambda);
            let limit = mean + width * deviation * (lambda / (2.0 - lambda) * (1.0 - left)).sqrt();
            Point { value, limit, is_alarm: value > limit }
        })
        .collect())
}

/// One-sided CUSUM: `S = max(0, S + x − mean − k)`, alarm at `S ≥ h`; `k` and `h` in the unit of `x`.
///
/// Usual: `k = σ/2`, `h = 4σ`. `is_reset`: after an alarm the sum starts again at 0 (预警后重新计算).
pub fn cusum(counts: &[u32], mean: f64, k: f64, h: f64, is_reset: bool) -> Result<Vec<Point>, SurveilError> {
    sums(counts.iter().map(|x| f64::from(*x) - mean), k, h, is_reset)
}

/// Reference value of the Poisson CUSUM that is best against a shift from `quiet` to `raised`:
/// `(μ₁ − μ₀) / (ln μ₁ − ln μ₀)` (Lucas 1985).
#[must_use]
pub fn poisson_reference(quiet: f64, raised: f64) -> f64 {
    (raised - quiet) / (raised.ln() - quiet.ln())
}

/// Poisson CUSUM: `S = max(0, S + x − k)` with `k` of [`poisson_reference`], alarm at `S ≥ h`.
pub fn poisson_cusum(
    counts: &[u32],
    quiet: f64,
    raised: f64,
    h: f64,
    is_reset: bool,
) -> Result<Vec<Point>, SurveilError> {
    if !(quiet > 0.0 && raised > quiet) {
        return Err(SurveilError::SettingOutOfRange("quiet, raised"));
    }
    sums(counts.iter().map(|x| f64::from(*x)), poisson_reference(quiet, raised), h, is_reset)
}

/// How counts are standardised before they are summed (`trans` of R's `cusum`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// `(x − m) / √m`.
    Standard,
    /// `(x − 3m + 2√(xm)) / (2√m)` (Rossi 1999).
    Rossi,
    /// Anscombe residuals `3/2 (x^⅔ − m^⅔) / m^⅙`.
    Anscombe,
}

/// CUSUM of standardised counts against an expected count, as `surveillance::cusum` (there: `k = 1.04`, `h = 2.26`).
///
/// The limit of a point is `h`, in the standardised unit.
pub fn standardised_cusum(
    counts: &[u32],
    expected: f64,
    transform: Transform,
    k: f64,
    h: f64,
    is_reset: bool,
) -> Result<Vec<Point>, SurveilError> {
    if expected.is_nan() || expected <= 0.0 {
        return Err(SurveilError::SettingOutOfRange("expected"));
    }
    let m = expected;
    let one = |x: &u32| {
        let x = f64::from(*x);
        match transform {
            Transform::Standard => (x - m) / m.sqrt(),
            Transform::Rossi => (x - 3.0 * m + 2.0 * (x * m).sqrt()) / (2.0 * m.sqrt()),
            Transform::Anscombe => 1.5 * (x.powf(2.0 / 3.0) - m.powf(2.0 / 3.0)) / m.powf(1.0 / 6.0),
        }
    };
    sums(counts.iter().map(one), k, h, is_reset)
}

fn sums(
    steps: impl Iterator<Item = f64>,
    k: f64,
    h: f64,
    is_reset: bool,
) -> Result<Vec<Point>, SurveilError> {
    if h.is_nan() || h <= 0.0 {
        return Err(SurveilError::SettingOutOfRange("h"));
    }
    let mut sum: f64 = 0.0;
    Ok(steps
        .map(|x| {
            sum = (sum + x - k).max(0.0);
            let point = Point { value: sum, limit: h, is_alarm: sum >= h };
            if point.is_alarm && is_reset {
                sum = 0.0;
            }
            point
        })
        .collect())
}
