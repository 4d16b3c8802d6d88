//! Distribution functions that the statistics need, over `statrs`.
//!
//! `statrs` gives the special functions (incomplete gamma and beta, error function); against a second computation in Python
//! they agree to 1e-11 relative, which is more than any bound is printed with (tests: `vectors.json`, member `dist`). Its own
//! quantiles of discrete distributions are not used: they know no real-valued size and no rounding slack as R's do. Called by
//! the other modules; refuses nothing, answers `NaN` for arguments without meaning.

use statrs::function::beta::beta_reg;
use statrs::function::erf;
use statrs::function::gamma::{gamma_lr, gamma_ur};
use std::f64::consts::{PI, SQRT_2};

/// R multiplies a probability by `1 − 64 ε` before it looks for a discrete quantile, so that rounding does not add one.
const SLACK: f64 = 1.0 - 64.0 * f64::EPSILON;

/// Beyond this a count has no digits left to look for; the normal approximation is as good.
const MOST: f64 = 1e12;

/// P(Z ≤ z) of the standard normal distribution, by the incomplete gamma function.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    let half = 0.5 * z * z;
    match half {
        _ if z.is_nan() => f64::NAN,
        0.0 => 0.5,
        _ if half > 700.0 => f64::from(u8::from(z > 0.0)),
        _ if z < 0.0 => 0.5 * gamma_ur(0.5, half),
        _ => 0.5 + 0.5 * gamma_lr(0.5, half),
    }
}

/// The z with P(Z ≤ z) = p.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if p > 0.5 {
        // Small tails keep their digits on the lower side.
        return -normal_quantile(1.0 - p);
    }
    let mut z = -SQRT_2 * erf::erfc_inv(2.0 * p);
    if !z.is_finite() {
        return z;
    }
    // The rational approximation has 11 digits; Newton's steps take it to the last ones.
    for _ in 0..2 {
        let density = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
        z -= (normal_cdf(z) - p) / density;
    }
    z
}

/// P(|T| ≥ |t|) of Student's distribution with `df` degrees of freedom.
#[must_use]
pub fn student_two_sided(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if t.is_infinite() {
        return 0.0;
    }
    beta_reg(0.5 * df, 0.5, df / (df + t * t))
}

/// P(X ≥ count) of the Poisson distribution with mean `mean`.
#[must_use]
pub fn poisson_at_least(count: u64, mean: f64) -> f64 {
    if mean.is_nan() || mean < 0.0 {
        return f64::NAN;
    }
    match (count, mean) {
        (0, _) => 1.0,
        (_, 0.0) => 0.0,
        (_, f64::INFINITY) => 1.0,
        (c, m) => gamma_lr(c as f64, m).clamp(0.0, 1.0),
    }
}

/// The least x with P(X ≤ x) ≥ p, Poisson.
#[must_use]
pub fn poisson_quantile(p: f64, mean: f64) -> f64 {
    quantile(p, mean, mean, |x| 1.0 - poisson_at_least(x + 1, mean))
}

/// P(X ≥ count) of the negative binomial distribution of `size` (real) and `prob`: mean `size (1 − prob) / prob`.
#[must_use]
pub fn negative_binomial_at_least(count: u64, size: f64, prob: f64) -> f64 {
    if count == 0 {
        return 1.0;
    }
    if size.is_nan() || size <= 0.0 || prob >= 1.0 {
        return 0.0;
    }
    beta_reg(count as f64, size, 1.0 - prob).clamp(0.0, 1.0)
}

/// The least x with P(X ≤ x) ≥ p, negative binomial of real size.
#[must_use]
pub fn negative_binomial_quantile(p: f64, size: f64, prob: f64) -> f64 {
    if size <= 0.0 || prob >= 1.0 {
        return 0.0;
    }
    let mean = size * (1.0 - prob) / prob;
    quantile(p, mean, mean / prob, |x| {
        // Lower tail directly: beta_reg(size, x + 1, prob).
        beta_reg(size, x as f64 + 1.0, prob)
    })
}

/// Least x whose distribution function reaches p: a bracket by doubling from a normal guess, then halving.
fn quantile(p: f64, mean: f64, variance: f64, cdf: impl Fn(u64) -> f64) -> f64 {
    if p.is_nan() || !mean.is_finite() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 1.0 {
        return f64::INFINITY;
    }
    let p = p * SLACK;
    if mean == 0.0 || cdf(0) >= p {
        return 0.0;
    }
    let guess = (mean + normal_quantile(p) * variance.sqrt()).max(1.0);
    if guess > MOST {
        return guess;
    }
    let (mut low, mut high, mut step) = (0u64, guess as u64, 1u64);
    // Invariant: cdf(low) < p ≤ cdf(high).
    while cdf(high) < p {
        if high as f64 > MOST {
            return high as f64;
        }
        low = high;
        high += step;
        step *= 2;
    }
    step = 1;
    while high - low > 1 && low == 0 {
        let probe = high.saturating_sub(step);
        if probe == 0 {
            break;
        }
        if cdf(probe) < p {
            low = probe;
        } else {
            high = probe;
            step *= 2;
        }
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if cdf(middle) < p { low = middle } else { high = middle }
    }
    high as f64
}
