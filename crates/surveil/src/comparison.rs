//! Detectors that hold a week against a few past ones: RKI, Bayes, CDC (历史同期比较).
//!
//! Older and simpler than Farrington; kept because reference alarms exist for them and because their numbers can be explained
//! to anyone. Follow R `surveillance` (`rki`, `bayes`, `cdc`). Called by the evaluation of `surge` indicators and by the
//! comparison with published alarms; refuse series that are too short.

use crate::chart::moments;
use crate::dist::{negative_binomial_quantile, normal_quantile};
use crate::error::SurveilError;
use serde::{Deserialize, Serialize};

/// Which past weeks are the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Years to go back (`b`).
    pub years_back: usize,
    /// Half width of the window of a past year, and number of latest weeks of the current one (`w`).
    pub half_window: usize,
    /// Whether the latest weeks of the current year belong to it (`actY`).
    pub with_current_year: bool,
    /// Periods of a year.
    pub per_year: usize,
}

impl Window {
    /// RKI 1: the last six weeks.
    pub const LAST_SIX: Self = Self { years_back: 0, half_window: 6, with_current_year: true, per_year: 52 };
    /// RKI 2: the last six weeks and 13 weeks of the year before.
    pub const LAST_SIX_AND_YEAR: Self =
        Self { years_back: 1, half_window: 6, with_current_year: true, per_year: 52 };
    /// RKI 3: nine weeks of each of the two years before.
    pub const TWO_YEARS: Self =
        Self { years_back: 2, half_window: 4, with_current_year: false, per_year: 52 };

    fn values(&self, counts: &[u32], at: usize) -> Result<Vec<u32>, SurveilError> {
        let need = self.years_back * self.per_year + self.half_window;
        if at < need || at >= counts.len() {
            return Err(SurveilError::SeriesTooShort { need, have: at.min(counts.len()) });
        }
        let mut values = Vec::new();
        if self.with_current_year {
            values.extend_from_slice(&counts[at - self.half_window..at]);
        }
        for year in 1..=self.years_back {
            let centre = at - year * self.per_year;
            let to = (centre + self.half_window).min(counts.len() - 1);
            values.extend_from_slice(&counts[centre - self.half_window..=to]);
        }
        if values.is_empty() {
            return Err(SurveilError::SettingOutOfRange("years_back, with_current_year"));
        }
        Ok(values)
    }
}

/// The judgement of one week.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// Position in the series, from 0.
    pub at: usize,
    /// What is compared with the bound: the week's count, of [`cdc`] the sum of four weeks.
    pub compared: u64,
    /// Value above which it is an alarm.
    pub upper_bound: f64,
    /// Whether it is an alarm.
    pub is_alarm: bool,
}

impl Judgement {
    fn new(at: usize, compared: u64, upper_bound: f64) -> Self {
        Self { at, compared, upper_bound, is_alarm: compared as f64 > upper_bound }
    }
}

/// Upper 95 % limits of a Poisson mean for counts 0 to 20 (Crow & Gardner 1959, three decimals).
///
/// Shortest acceptance regions, of equal ones the rightmost; a test computes them anew.
pub const CROW_GARDNER: [f64; 21] = [
    3.285, 5.323, 6.686, 8.102, 9.598, 11.177, 12.817, 13.765, 14.921, 16.768, 17.633, 19.05, 20.335, 21.364,
    22.945, 23.762, 25.4, 26.306, 27.735, 28.966, 30.017,
];

/// RKI: mean of the window; up to 20 the Poisson limit of the mean rounded down, beyond mean + 2 standard deviations.
pub fn rki(counts: &[u32], at: usize, window: Window) -> Result<Judgement, SurveilError> {
    let (mean, deviation) = moments(&window.values(counts, at)?);
    let bound = if mean > 20.0 { mean + 2.0 * deviation } else { CROW_GARDNER[mean.floor() as usize] };
    Ok(Judgement::new(at, u64::from(counts[at]), bound))
}

/// Bayes: the 1 − α quantile of the predictive negative binomial with Jeffreys' prior.
pub fn bayes(counts: &[u32], at: usize, window: Window, alpha: f64) -> Result<Judgement, SurveilError> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(SurveilError::SettingOutOfRange("alpha"));
    }
    let values = window.values(counts, at)?;
    let sum: f64 = values.iter().map(|c| f64::from(*c)).sum();
    let n = values.len() as f64;
    let bound = negative_binomial_quantile(1.0 - alpha, sum + 0.5, n / (n + 1.0));
    Ok(Judgement::new(at, u64::from(counts[at]), bound))
}

/// CDC (Stroup 1989): four weeks against the same "months" and the `months` before and after, of `years_back` years.
///
/// Weekly series only; `alpha` is two-sided (0.025 in R). Bound: `mean + z_{1−α/2} s √(1 + 1/n)`.
pub fn cdc(
    counts: &[u32],
    at: usize,
    years_back: usize,
    months: usize,
    alpha: f64,
) -> Result<Judgement, SurveilError> {
    const WEEKS: usize = 52;
    if years_back == 0 || !(alpha > 0.0 && alpha < 1.0) {
        return Err(SurveilError::SettingOutOfRange(if years_back == 0 { "years_back" } else { "alpha" }));
    }
    let need = years_back * WEEKS + 4 * months + 3;
    if at < need || at >= counts.len() {
        return Err(SurveilError::SeriesTooShort { need, have: at.min(counts.len()) });
    }
    let four = |from: usize| counts[from..from + 4].iter().map(|c| u64::from(*c)).sum::<u64>();
    let mut sums = Vec::new();
    for year in 1..=years_back {
        let first = at - year * WEEKS - 4 * months - 3;
        for month in 0..=2 * months {
            sums.push(four(first + 4 * month) as f64);
        }
    }
    let n = sums.len() as f64;
    let mean = sums.iter().sum::<f64>() / n;
    let deviation = (sums.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let bound = mean + normal_quantile(1.0 - alpha / 2.0) * deviation * (1.0 + 1.0 / n).sqrt();
    Ok(Judgement::new(at, four(at - 3), bound))
}
