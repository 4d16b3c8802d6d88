//! Poisson regression with a log link: one level per group, a common slope over time, an offset (带偏移的泊松回归).
//!
//! The only design that the detectors and the scan's baselines need, and one that can be solved without a matrix: within each
//! group time and response are centred, so that a step costs one pass over the rows. Follows the iteration of R's `glm.fit`
//! (start `y + 0.1`, stop at a relative change of the deviance of 1e-8, 25 steps at most, means not below machine epsilon,
//! working weights of the last step), because bounds at weeks of zeros depend on where the iteration stops. Quasi-Poisson is
//! the same fit with a dispersion, see [`Fit::dispersion`]. Called by `farrington` and by callers who need baselines.

/// What is fitted: rows of one length.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Counts.
    pub response: Vec<f64>,
    /// Time of each row, in any unit.
    pub time: Vec<f64>,
    /// Group of each row, from 0.
    pub group: Vec<usize>,
    /// Number of groups.
    pub groups: usize,
    /// Logarithm of the population at risk; empty: none.
    pub offset: Vec<f64>,
}

/// A fitted model.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Log mean at time 0 of each group.
    pub level: Vec<f64>,
    /// Log growth for one unit of time; `None`: not fitted, or not identified.
    pub slope: Option<f64>,
    /// Whether the deviance settled.
    pub has_converged: bool,
    /// Fitted means.
    pub mean: Vec<f64>,
    /// Leverages.
    pub leverage: Vec<f64>,
    /// Rows less parameters.
    pub residual_df: f64,
    working: Vec<f64>,
    group_weight: Vec<f64>,
    group_time: Vec<f64>,
    spread: f64,
}

const STEPS: usize = 25;
const SETTLED: f64 = 1e-8;

impl Rows {
    fn offset_at(&self, i: usize) -> f64 {
        self.offset.get(i).copied().unwrap_or(0.0)
    }

    /// Fits the model; `weights` are prior weights, `None` all one.
    #[must_use]
    pub fn fit(&self, with_trend: bool, weights: Option<&[f64]>) -> Fit {
        let n = self.response.len();
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        let mut mean: Vec<f64> = self.response.iter().map(|y| y + 0.1).collect();
        let mut eta: Vec<f64> = mean.iter().map(|m| m.ln()).collect();
        let (mut working, mut target) = (vec![0.0; n], vec![0.0; n]);
        let mut step = Step::new(self.groups);
        let deviance = |mean: &[f64]| -> f64 {
            (0..n)
                .map(|i| {
                    let (y, m) = (self.response[i], mean[i]);
                    let log = if y > 0.0 { y * (y / m).ln() } else { 0.0 };
                    2.0 * weight(i) * (log - (y - m))
                })
                .sum()
        };
        let mut before = deviance(&mean);
        let mut has_converged = false;
        for _ in 0..STEPS {
            for i in 0..n {
                working[i] = weight(i) * mean[i];
                target[i] = eta[i] - self.offset_at(i) + (self.response[i] - mean[i]) / mean[i];
            }
            step.solve(self, &working, &target, with_trend);
            for i in 0..n {
                let slope = step.slope.unwrap_or(0.0);
                let g = self.group[i];
                eta[i] = step.target[g] + slope * (self.time[i] - step.time[g]) + self.offset_at(i);
                mean[i] = eta[i].exp().max(f64::EPSILON);
            }
            let after = deviance(&mean);
            if (after - before).abs() / (after.abs() + 0.1) < SETTLED {
                has_converged = true;
                break;
            }
            before = after;
        }
        self.finish(step, mean, working, weights, has_converged)
    }

    fn finish(
        &self,
        step: Step,
        mean: Vec<f64>,
        working: Vec<f64>,
        weights: Option<&[f64]>,
        has_converged: bool,
    ) -> Fit {
        let leverage = (0..mean.len())
            .map(|i| {
                let g = self.group[i];
                let centred = self.time[i] - step.time[g];
                let trend = if step.slope.is_some() { centred * centred / step.spread } else { 0.0 };
                working[i] * (1.0 / step.weight[g] + trend)
            })
            .collect();
        let rows = weights.map_or(mean.len(), |w| w.iter().filter(|w| **w != 0.0).count());
        let parameters = step.weight.iter().filter(|w| **w > 0.0).count() + usize::from(step.slope.is_some());
        let slope = step.slope.unwrap_or(0.0);
        Fit {
            level: step.target.iter().zip(&step.time).map(|(z, t)| z - slope * t).collect(),
            slope: step.slope,
            has_converged,
            mean,
            leverage,
            residual_df: rows as f64 - parameters as f64,
            working,
            group_weight: step.weight,
            group_time: step.time,
            spread: step.spread,
        }
    }
}

/// One weighted least-squares step: weighted means of each group, then the slope over what is left.
struct Step {
    weight: Vec<f64>,
    time: Vec<f64>,
    target: Vec<f64>,
    spread: f64,
    slope: Option<f64>,
}

impl Step {
    fn new(groups: usize) -> Self {
        let zeros = vec![0.0; groups];
        Self { weight: zeros.clone(), time: zeros.clone(), target: zeros, spread: 0.0, slope: None }
    }

    fn solve(&mut self, rows: &Rows, working: &[f64], target: &[f64], with_trend: bool) {
        let Self { weight, time, target: level, spread, slope } = self;
        weight.fill(0.0);
        time.fill(0.0);
        level.fill(0.0);
        for (i, w) in working.iter().enumerate() {
            let g = rows.group[i];
            weight[g] += w;
            time[g] += w * rows.time[i];
            level[g] += w * target[i];
        }
        for g in 0..weight.len() {
            if weight[g] > 0.0 {
                time[g] /= weight[g];
                level[g] /= weight[g];
            }
        }
        (*spread, *slope) = (0.0, None);
        if !with_trend {
            return;
        }
        let (mut cross, mut raw) = (0.0, 0.0);
        for (i, w) in working.iter().enumerate() {
            let g = rows.group[i];
            let t = rows.time[i] - time[g];
            *spread += w * t * t;
            cross += w * t * (target[i] - level[g]);
            raw += w * rows.time[i] * rows.time[i];
        }
        // R drops a column whose part that is not explained by the others is below 1e-11 of its length.
        if spread.sqrt() > 1e-11 * raw.sqrt() {
            *slope = Some(cross / *spread);
        }
    }
}

impl Fit {
    /// Dispersion over given weights: Σ w ((y − μ) / μ)² / df.
    fn dispersion_with(&self, rows: &Rows, weights: &[f64]) -> f64 {
        let sum: f64 = (0..weights.len())
            .map(|i| {
                let r = (rows.response[i] - self.mean[i]) / self.mean[i];
                weights[i] * r * r
            })
            .sum();
        sum / self.residual_df
    }

    /// Pearson's dispersion (over working weights).
    #[must_use]
    pub fn dispersion(&self, rows: &Rows) -> f64 {
        self.dispersion_with(rows, &self.working)
    }

    /// The dispersion that `farringtonFlexible` hands to its test of the trend and to its standard errors: it overwrites the
    /// model's working weights with the weights of the reweighting before it asks for a summary.
    #[must_use]
    pub fn dispersion_over(&self, rows: &Rows, weights: &[f64]) -> f64 {
        self.dispersion_with(rows, weights)
    }

    /// Standard error of the slope.
    #[must_use]
    pub fn slope_error(&self, dispersion: f64) -> f64 {
        (dispersion / self.spread).sqrt()
    }

    /// Log mean at `time` in `group`, and its standard error.
    #[must_use]
    pub fn predict(&self, group: usize, time: f64, offset: f64, dispersion: f64) -> (f64, f64) {
        let slope = self.slope.unwrap_or(0.0);
        let centred = time - self.group_time[group];
        let trend = if self.slope.is_some() { centred * centred / self.spread } else { 0.0 };
        let error = (dispersion * (1.0 / self.group_weight[group] + trend)).sqrt();
        (self.level[group] + slope * time + offset, error)
    }

    /// Standardised Anscombe residuals: `3/2 (y^⅔ μ^−⅙ − μ^½) / √(φ (1 − h))`.
    #[must_use]
    pub fn anscombe(&self, rows: &Rows, dispersion: f64) -> Vec<f64> {
        (0..self.mean.len())
            .map(|i| {
                let (y, m) = (rows.response[i], self.mean[i]);
                let raw = if y > 0.0 { y.cbrt().powi(2) * m.powf(-1.0 / 6.0) } else { 0.0 } - m.sqrt();
                1.5 * raw / (dispersion * (1.0 - self.leverage[i])).sqrt()
            })
            .collect()
    }
}
