//! From an expected count to the count that is an alarm.
//!
//! Called by the detector only.

use super::{Settings, Variant};
use crate::dist::{
    negative_binomial_at_least, negative_binomial_quantile, normal_cdf, normal_quantile, poisson_at_least,
    poisson_quantile,
};
use serde::{Deserialize, Serialize};

/// How the bound of the flexible variant is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdMethod {
    /// A normal bound on a transformed scale (`delta`, Farrington 1996).
    Delta,
    /// Quantile of a negative binomial at the expected count (`nbPlugin`).
    NegativeBinomialPlugin,
    /// Quantile of a negative binomial at the upper quantile of the expected count (`muan`).
    NegativeBinomialUpper,
}

/// The scale on which counts are taken as normal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// Counts as they are.
    None,
    /// Square roots: steadies the variance.
    Half,
    /// To the power of 2/3: takes the skewness away.
    TwoThirds,
}

pub(super) struct Bound {
    pub(super) upper: Option<f64>,
    pub(super) score: f64,
    pub(super) p_value: f64,
}

pub(super) fn bound(log_mean: f64, error: f64, dispersion: f64, observed: u32, settings: &Settings) -> Bound {
    if settings.variant == Variant::Original || settings.threshold == ThresholdMethod::Delta {
        return delta(log_mean, error, dispersion, observed, settings);
    }
    let mean = match settings.threshold {
        ThresholdMethod::NegativeBinomialUpper => {
            (log_mean + normal_quantile(1.0 - settings.alpha) * error).exp()
        }
        ThresholdMethod::NegativeBinomialPlugin | ThresholdMethod::Delta => log_mean.exp(),
    };
    if !mean.is_finite() {
        return Bound { upper: None, score: f64::NAN, p_value: f64::NAN };
    }
    let (p, count) = (1.0 - settings.alpha, u64::from(observed));
    // So close to 1 the size of the negative binomial is beyond any digits; it is Poisson's then.
    let (upper, p_value) = if dispersion > 1.0 + 1e-7 {
        let (size, prob) = (mean / (dispersion - 1.0), 1.0 / dispersion);
        (negative_binomial_quantile(p, size, prob), negative_binomial_at_least(count, size, prob))
    } else {
        (poisson_quantile(p, mean), poisson_at_least(count, mean))
    };
    // The score stays on the scale of R, which subtracts the logarithm of the mean here.
    Bound { upper: Some(upper), score: (f64::from(observed) - log_mean) / (upper - log_mean), p_value }
}

fn delta(log_mean: f64, error: f64, dispersion: f64, observed: u32, settings: &Settings) -> Bound {
    let mean = log_mean.exp().max(f64::EPSILON);
    // The standard error of the mean itself.
    let error = error * mean;
    let tau = dispersion + error * error / mean;
    let (exponent, deviation) = match settings.power {
        Power::None => (1.0, (mean * tau).sqrt()),
        Power::Half => (0.5, (tau / 4.0).sqrt()),
        Power::TwoThirds => (2.0 / 3.0, (4.0 / 9.0 * mean.cbrt() * tau).sqrt()),
    };
    let alpha = match settings.variant {
        Variant::Flexible => settings.alpha,
        Variant::Original => settings.alpha / 2.0,
    };
    let centre = mean.powf(exponent);
    let upper = (centre + normal_quantile(1.0 - alpha) * deviation).powf(1.0 / exponent);
    let y = f64::from(observed);
    Bound {
        upper: Some(upper),
        score: (y - mean) / (upper - mean),
        p_value: normal_cdf((centre - y.powf(exponent)) / deviation),
    }
}
