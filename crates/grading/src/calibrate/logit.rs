//! Logistic regression by Newton's method with a ridge, for a few dozen features.
//!
//! Own code, about seventy lines: the crates that fit it (linfa-logistic, smartcore) bring ndarray, an optimiser and forty
//! further crates, and stop at a tolerance of their own choosing; Newton's steps on the ridged likelihood are exact, few, and
//! the same each time. Refuses to return what has not converged. Called by the calibration.

/// Steps before it gives up.
const MOST_STEPS: u32 = 60;
/// Greatest change of a coefficient in the last step.
const TOLERANCE: f64 = 1e-10;

/// A fitted model: log odds of `y` = intercept + Σ coefficient × x.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) intercept: f64,
    pub(super) coefficients: Vec<f64>,
    pub(super) steps: u32,
}

/// Fits `y` on rows of `x`, with `ridge/2 · Σ coefficient²` added to the loss; the intercept is free.
pub(super) fn fit(rows: &[Vec<f64>], y: &[bool], ridge: f64) -> Option<Fit> {
    let width = rows.first()?.len() + 1;
    let mut beta = vec![0.0; width];
    for steps in 1..=MOST_STEPS {
        let mut gradient = vec![0.0; width];
        let mut hessian = vec![vec![0.0; width]; width];
        for (row, is_one) in rows.iter().zip(y) {
            let x = |i: usize| if i == 0 { 1.0 } else { row[i - 1] };
            let logit: f64 = (0..width).map(|i| beta[i] * x(i)).sum();
            let p = 1.0 / (1.0 + (-logit).exp());
            let residual = f64::from(u8::from(*is_one)) - p;
            let weight = p * (1.0 - p);
            for i in 0..width {
                gradient[i] += residual * x(i);
                for (j, cell) in hessian[i].iter_mut().enumerate().take(i + 1) {
                    *cell += weight * x(i) * x(j);
                }
            }
        }
        for i in 1..width {
            gradient[i] -= ridge * beta[i];
            hessian[i][i] += ridge;
        }
        let step = solve(hessian, gradient)?;
        let mut greatest: f64 = 0.0;
        for (b, s) in beta.iter_mut().zip(&step) {
            // A full step from far away may overshoot on separable data; the ridge pulls it back, the limit keeps exp finite.
            *b += s.clamp(-5.0, 5.0);
            greatest = greatest.max(s.abs());
        }
        if greatest < TOLERANCE {
            let coefficients = beta.split_off(1);
            return Some(Fit { intercept: beta[0], coefficients, steps });
        }
    }
    None
}

/// Solves `a·x = b` for a positive definite `a` given by its lower half (Cholesky).
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            let rest = a[i][j] - dot;
            if i == j {
                if rest.is_nan() || rest <= 0.0 {
                    return None;
                }
                a[i][i] = rest.sqrt();
            } else {
                a[i][j] = rest / a[j][j];
            }
        }
    }
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| a[i][k] * b[k]).sum();
        b[i] = (b[i] - dot) / a[i][i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| a[k][i] * b[k]).sum();
        b[i] = (b[i] - dot) / a[i][i];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_groups_give_the_log_odds_by_hand() {
        // x = 0: 30 of 100; x = 1: 60 of 100. Intercept ln(3/7), slope ln(6/4) − ln(3/7).
        let rows: Vec<Vec<f64>> = (0..200).map(|i| vec![f64::from(u8::from(i >= 100))]).collect();
        let y: Vec<bool> = (0..200).map(|i| if i < 100 { i < 30 } else { i < 160 }).collect();
        let fit = fit(&rows, &y, 1e-12).unwrap();
        let intercept = (3.0_f64 / 7.0).ln();
        assert!((fit.intercept - intercept).abs() < 1e-8);
        assert!((fit.coefficients[0] - ((1.5_f64).ln() - intercept)).abs() < 1e-8);
        assert!(fit.steps < 10);
    }

    #[test]
    fn separable_data_converges_by_the_ridge() {
        let rows: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i) - 19.5]).collect();
        let y: Vec<bool> = (0..40).map(|i| i >= 20).collect();
        assert!(fit(&rows, &y, 1.0).unwrap().coefficients[0] > 0.0);
    }

    #[test]
    fn equal_columns_share_the_effect() {
        let rows: Vec<Vec<f64>> = (0..200).map(|i| vec![f64::from(i % 2), f64::from(i % 2)]).collect();
        let y: Vec<bool> = (0..200).map(|i| i % 3 == 0 || i % 2 == 0).collect();
        let fit = fit(&rows, &y, 0.5).unwrap();
        assert!((fit.coefficients[0] - fit.coefficients[1]).abs() < 1e-8);
    }
}
