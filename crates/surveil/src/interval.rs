//! Wilson intervals of a share (比例置信区间): a problem rate is ranked by its lower end, not by its value.
//!
//! Called by the figures of `rate` indicators and of inspection results; refuses more problems than checks.

use crate::dist::normal_quantile;
use crate::error::SurveilError;
use serde::Serialize;

/// Below this many checks a rate is shown as "too few checks" (检查次数过少).
pub const FEW_CHECKS: u64 = 10;

/// A share with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// problems / checks; 0 without checks.
    pub share: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Whether there are too few checks to rank it.
    pub is_few: bool,
}

/// The z of 95 % as it is usually written; the design's worked numbers use it.
pub const USUAL_Z: f64 = 1.96;

/// The z of a two-sided confidence, for others than the usual.
#[must_use]
pub fn z_of(confidence: f64) -> f64 {
    normal_quantile(0.5 + confidence / 2.0)
}

/// Wilson's interval: 3 of 10 at [`USUAL_Z`] → 0.107789 … 0.603227. Without checks 0 … 1.
pub fn wilson(problems: u64, checks: u64, z: f64) -> Result<Share, SurveilError> {
    if problems > checks {
        return Err(SurveilError::SettingOutOfRange("problems"));
    }
    if !(z > 0.0 && z.is_finite()) {
        return Err(SurveilError::SettingOutOfRange("z"));
    }
    if checks == 0 {
        return Ok(Share { share: 0.0, lower: 0.0, upper: 1.0, is_few: true });
    }
    let n = checks as f64;
    let share = problems as f64 / n;
    let scale = 1.0 / (1.0 + z * z / n);
    let centre = scale * (share + z * z / (2.0 * n));
    let half = scale * z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let (lower, upper) = ((centre - half).max(0.0), (centre + half).min(1.0));
    // At the ends rounding must not move the interval off 0 and 1.
    let lower = if problems == 0 { 0.0 } else { lower };
    let upper = if problems == checks { 1.0 } else { upper };
    Ok(Share { share, lower, upper, is_few: checks < FEW_CHECKS })
}
