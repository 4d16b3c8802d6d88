//! EARS C1, C2, C3: is this period out of line with the seven before it? (短基线异常检测)
//!
//! Needs only the recent past. C1's baseline ends right before the period, C2's two periods earlier, so that a surge does not
//! hide itself; C3 adds up the excess of three periods. Follows R `surveillance::earsC`, with one choice: R's C3 compares only
//! the two *earlier* periods' excess with the limit (its bound is built on the observed count), while the method as published
//! (Hutwagner 2003; `domain.md` §5.4) adds the current one; both are here, [`Method::C3`] and [`Method::C3AsInR`].
//! Called by the evaluation of `surge` indicators; refuses series that are too short.

use crate::dist::normal_quantile;
use crate::error::SurveilError;
use serde::{Deserialize, Serialize};

/// Which of the methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Baseline right before the period.
    C1,
    /// Baseline that ends two periods earlier.
    C2,
    /// Sum over three periods of max(0, C2 − 1).
    C3,
    /// As `C3`, without the current period: `earsC(method = "C3")`.
    C3AsInR,
}

/// How a series is judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Which of the methods.
    pub method: Method,
    /// Periods of the baseline, 3 at least; 7 usual.
    pub baseline: usize,
    /// Limit of the statistic: 3 for C1 and C2, 2 for C3.
    pub limit: f64,
    /// Floor of the standard deviation: a flat baseline would make every change an alarm (`minSigma`).
    pub minimum_deviation: f64,
}

impl Settings {
    /// The limits of EARS (3, 3, 2), seven periods, floor 0.5.
    #[must_use]
    pub fn usual(method: Method) -> Self {
        let limit = if matches!(method, Method::C1 | Method::C2) { 3.0 } else { 2.0 };
        Self { method, baseline: 7, limit, minimum_deviation: 0.5 }
    }

    /// As `earsC(alpha = …)`: the limit is the normal quantile of 1 − α, and there is no floor.
    #[must_use]
    pub fn at_alpha(method: Method, alpha: f64) -> Self {
        Self { method, baseline: 7, limit: normal_quantile(1.0 - alpha), minimum_deviation: 0.0 }
    }

    /// Periods that must lie before the first one that can be judged.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.baseline
            + match self.method {
                Method::C1 => 0,
                Method::C2 => 2,
                Method::C3 | Method::C3AsInR => 4,
            }
    }
}

/// The judgement of one period, with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// Position in the series, from 0.
    pub at: usize,
    /// Count of the period.
    pub observed: u32,
    /// The statistic that is held against the limit; infinite on a flat baseline without a floor.
    pub statistic: f64,
    /// Count above which it is an alarm, 0 at least.
    pub upper_bound: f64,
    /// Whether it is an alarm.
    pub is_alarm: bool,
    /// Mean of the baseline.
    pub baseline_mean: f64,
    /// Standard deviation of the baseline (n − 1), floored.
    pub baseline_deviation: f64,
}

/// Judges the period at position `at` (0-based).
pub fn judge(counts: &[u32], at: usize, settings: &Settings) -> Result<Judgement, SurveilError> {
    if settings.baseline < 3 {
        return Err(SurveilError::SettingOutOfRange("baseline"));
    }
    if settings.minimum_deviation.is_nan() || settings.minimum_deviation < 0.0 {
        return Err(SurveilError::SettingOutOfRange("minimum_deviation"));
    }
    let need = settings.needed();
    if at < need || at >= counts.len() {
        return Err(SurveilError::SeriesTooShort { need, have: at.min(counts.len()) });
    }
    let gap = if settings.method == Method::C1 { 0 } else { 2 };
    let (mean, deviation) = baseline(counts, at, gap, settings);
    let observed = f64::from(counts[at]);
    let z = |at: usize, (mean, deviation): (f64, f64)| (f64::from(counts[at]) - mean) / deviation;
    let excess = |lag: usize| {
        let value = z(at - lag, baseline(counts, at - lag, gap, settings)) - 1.0;
        // R's pmax passes NaN (0/0 on a flat baseline) on; no excess is meant.
        value.max(0.0)
    };
    let (statistic, upper_bound) = match settings.method {
        Method::C1 | Method::C2 => (z(at, (mean, deviation)), mean + settings.limit * deviation),
        Method::C3 => {
            let before = excess(1) + excess(2);
            // Above the limit, or above it already by the earlier two: then every count is.
            let bound = if before > settings.limit {
                0.0
            } else {
                mean + (1.0 + settings.limit - before) * deviation
            };
            (before + excess(0), bound)
        }
        Method::C3AsInR => {
            let before = excess(1) + excess(2);
            (before, observed + deviation * (settings.limit - before))
        }
    };
    let upper_bound = upper_bound.max(0.0);
    let is_alarm = match settings.method {
        Method::C3 => statistic > settings.limit,
        Method::C1 | Method::C2 | Method::C3AsInR => observed > upper_bound,
    };
    Ok(Judgement {
        at,
        observed: counts[at],
        statistic,
        upper_bound,
        is_alarm,
        baseline_mean: mean,
        baseline_deviation: deviation,
    })
}

/// Judges every period that has its baseline.
pub fn judge_all(counts: &[u32], settings: &Settings) -> Result<Vec<Judgement>, SurveilError> {
    (settings.needed()..counts.len()).map(|at| judge(counts, at, settings)).collect()
}

fn baseline(counts: &[u32], at: usize, gap: usize, settings: &Settings) -> (f64, f64) {
    let (mean, deviation) = crate::chart::moments(&counts[at - gap - settings.baseline..at - gap]);
    (mean, deviation.max(settings.minimum_deviation))
}
