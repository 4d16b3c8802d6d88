//! Logistic regression with a ridge penalty, by Newton's method (岭惩罚逻辑回归).
//!
//! Features are standardised with the training's means and deviations; the penalty does not touch the intercept. A feature
//! that never varies gets no weight. Called by the ranking; refuses training without both outcomes.

use super::{Contribution, Model, Sample, sigmoid, sorted};
use crate::error::SurveilError;
use serde::{Deserialize, Serialize};

/// A fitted regression; what is stored of a model version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    /// Log-odds of a subject with average features.
    pub intercept: f64,
    /// Weight of each standardised feature.
    pub weights: Vec<f64>,
    /// Mean of each feature in training.
    pub means: Vec<f64>,
    /// Deviation of each feature in training; 0: never varied.
    pub deviations: Vec<f64>,
}

const STEPS: usize = 50;

impl Logistic {
    /// Fits; `penalty` is added to the diagonal for each standardised feature, 1 usual.
    pub fn fit(samples: &[&Sample], penalty: f64) -> Result<Self, SurveilError> {
        let width = check(samples)?;
        if penalty.is_nan() || penalty < 0.0 {
            return Err(SurveilError::SettingOutOfRange("penalty"));
        }
        let (means, deviations) = scale(samples, width);
        let mut model = Self { intercept: 0.0, weights: vec![0.0; width], means, deviations };
        let rows: Vec<Vec<f64>> = samples.iter().map(|s| model.standardised(&s.features)).collect();
        for _ in 0..STEPS {
            let step = model.step(samples, &rows, penalty);
            // A long step would leap past the optimum where few problems are known.
            let length = step.iter().map(|s| s.abs()).fold(0.0, f64::max);
            let shorten = if length > 5.0 { 5.0 / length } else { 1.0 };
            model.intercept += shorten * step[0];
            model.weights.iter_mut().zip(&step[1..]).for_each(|(w, s)| *w += shorten * s);
            if length < 1e-10 {
                return Ok(model);
            }
        }
        Err(SurveilError::NoConvergence)
    }

    /// One Newton step: (XᵀWX + P)⁻¹ (Xᵀ(y − p) − P b).
    fn step(&self, samples: &[&Sample], rows: &[Vec<f64>], penalty: f64) -> Vec<f64> {
        let n = self.weights.len() + 1;
        let (mut hessian, mut gradient) = (vec![0.0; n * n], vec![0.0; n]);
        let mut x = vec![1.0; n];
        for (sample, row) in samples.iter().zip(rows) {
            x[1..].copy_from_slice(row);
            let p = sigmoid(self.intercept + dot(&self.weights, row));
            let (rest, weight) = (f64::from(u8::from(sample.is_problem)) - p, p * (1.0 - p));
            for i in 0..n {
                gradient[i] += rest * x[i];
                for j in 0..=i {
                    hessian[i * n + j] += weight * x[i] * x[j];
                }
            }
        }
        for i in 1..n {
            gradient[i] -= penalty * self.weights[i - 1];
            hessian[i * n + i] += penalty + if self.deviations[i - 1] == 0.0 { 1.0 } else { 0.0 };
        }
        cholesky_solve(&mut hessian, gradient, n)
    }

    fn standardised(&self, features: &[f64]) -> Vec<f64> {
        features
            .iter()
            .zip(self.means.iter().zip(&self.deviations))
            .map(|(x, (m, d))| if *d > 0.0 { (x - m) / d } else { 0.0 })
            .collect()
    }
}

impl Model for Logistic {
    fn score(&self, features: &[f64]) -> f64 {
        self.intercept + dot(&self.weights, &self.standardised(features))
    }

    fn explain(&self, features: &[f64]) -> (f64, Vec<Contribution>) {
        let parts = self
            .standardised(features)
            .iter()
            .zip(&self.weights)
            .enumerate()
            .map(|(feature, (x, w))| Contribution { feature, value: features[feature], adds: x * w })
            .collect();
        (self.intercept, sorted(parts))
    }
}

/// Width of the features; refuses uneven rows, missing values and a single outcome.
pub(super) fn check(samples: &[&Sample]) -> Result<usize, SurveilError> {
    let width = samples.first().map_or(0, |s| s.features.len());
    if width == 0 || samples.iter().any(|s| s.features.len() != width) {
        return Err(SurveilError::SizesDiffer("features"));
    }
    if samples.iter().any(|s| s.features.iter().any(|x| !x.is_finite())) {
        return Err(SurveilError::SettingOutOfRange("features"));
    }
    let problems = samples.iter().filter(|s| s.is_problem).count();
    if problems == 0 || problems == samples.len() {
        return Err(SurveilError::SettingOutOfRange("is_problem"));
    }
    Ok(width)
}

fn scale(samples: &[&Sample], width: usize) -> (Vec<f64>, Vec<f64>) {
    let n = samples.len() as f64;
    let mut means = vec![0.0; width];
    let mut squares = vec![0.0; width];
    samples.iter().for_each(|s| means.iter_mut().zip(&s.features).for_each(|(m, x)| *m += x / n));
    for s in samples {
        for ((q, m), x) in squares.iter_mut().zip(&means).zip(&s.features) {
            *q += (x - m).powi(2) / n;
        }
    }
    // Below rounding a feature does not vary.
    let deviations = squares
        .iter()
        .zip(&means)
        .map(|(q, m)| if q.sqrt() > 1e-12 * m.abs() { q.sqrt() } else { 0.0 })
        .collect();
    (means, deviations)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Solves A x = b for a symmetric positive A of which the lower half is given.
fn cholesky_solve(a: &mut [f64], mut b: Vec<f64>, n: usize) -> Vec<f64> {
    for j in 0..n {
        for k in 0..j {
            let factor = a[j * n + k];
            for i in j..n {
                a[i * n + j] -= a[i * n + k] * factor;
            }
        }
        let root = a[j * n + j].max(f64::MIN_POSITIVE).sqrt();
        (j..n).for_each(|i| a[i * n + j] /= root);
    }
    for i in 0..n {
        let sum: f64 = (0..i).map(|k| a[i * n + k] * b[k]).sum();
        b[i] = (b[i] - sum) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| a[k * n + i] * b[k]).sum();
        b[i] = (b[i] - sum) / a[i * n + i];
    }
    b
}
