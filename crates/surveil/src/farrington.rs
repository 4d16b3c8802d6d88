//! Farrington's detector, flexible and original (法灵顿异常检测): is this week's count above what the past years let expect?
//!
//! A quasi-Poisson regression over the same season of the past years, past outbreaks weighed down, then a bound for the count.
//! Follows R `surveillance`: `farringtonFlexible` ([`Variant::Flexible`]: Farrington 1996, Noufaily 2012) and `farrington`
//! ([`Variant::Original`]), including what only its source tells:
//! - the flexible variant tests the trend and takes standard errors with a dispersion over the *reweighting's* weights;
//! - the original's `alpha` is two-sided (its bound is the 1 − α/2 quantile), the flexible one's is one-sided;
//! - reference weeks without dates lie `per_year` apart; with dates they are the same weekday nearest to the same date;
//! - the trend stays if the past spans three years, it is significant and the prediction is not above every reference count;
//! - fewer than five reports in four weeks (the current included): no bound, no alarm;
//! - a week with a count of zero never alarms (flexible only).
//!
//! Called by the evaluation of `surge` indicators; refuses series that are too short. Time is an argument.

mod reference;
mod threshold;

pub use reference::Calendar;
pub use threshold::{Power, ThresholdMethod};

use crate::dist::{poisson_at_least, student_two_sided};
use crate::error::SurveilError;
use crate::glm::{Fit, Rows};
use reference::Reference;
use serde::{Deserialize, Serialize};

/// Which of R's two functions is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    /// `farringtonFlexible`.
    Flexible,
    /// `farrington` / `algo.farrington` (1996).
    Original,
}

/// How a series is judged. Names in brackets are R's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Which function is followed.
    pub variant: Variant,
    /// Years to go back (`b`), 1–20.
    pub years_back: usize,
    /// Half width of the window around the same week of the past years (`w`).
    pub half_window: usize,
    /// Periods the year is split into for the season (`noPeriods`); 1: only the windows are used. Flexible only.
    pub periods: usize,
    /// Latest weeks that are left out of the reference (`pastWeeksNotIncluded`). Flexible only.
    pub recent_left_out: usize,
    /// Whether the trend's test and the standard errors use the dispersion that R uses after reweighting: over the weights of
    /// the reweighting instead of the regression's. It differs from the definition: errors come out too small where counts are
    /// above 1 and too great below; `false`: Pearson's dispersion, 1 at least. Flexible only.
    pub errors_as_in_r: bool,
    /// Whether past outbreaks are weighed down (`reweight`).
    pub is_reweighted: bool,
    /// Residual above which a reference week is weighed down (`weightsThreshold`); 2.58, or 1 in 1996.
    pub weights_threshold: f64,
    /// Whether a trend is tried (`trend`).
    pub with_trend: bool,
    /// Significance at which a trend stays (`pThresholdTrend`); 1: always, if the other two conditions hold.
    pub trend_significance: f64,
    /// Error probability (`alpha`).
    pub alpha: f64,
    /// Least count in the last weeks (`limit54`).
    pub minimum_count: u64,
    /// How many last weeks, the current included.
    pub minimum_weeks: usize,
    /// How the bound is found (`thresholdMethod`). Flexible only.
    pub threshold: ThresholdMethod,
    /// Power transformation of the bound (`powertrans`), for [`ThresholdMethod::Delta`].
    pub power: Power,
}

impl Settings {
    /// The defaults of `farringtonFlexible`: five years, half window 3, reweighting at 2.58, trend at 0.05, α 0.05.
    #[must_use]
    pub fn flexible() -> Self {
        Self {
            variant: Variant::Flexible,
            years_back: 5,
            half_window: 3,
            periods: 1,
            recent_left_out: 3,
            errors_as_in_r: true,
            is_reweighted: true,
            weights_threshold: 2.58,
            with_trend: true,
            trend_significance: 0.05,
            alpha: 0.05,
            minimum_count: 5,
            minimum_weeks: 4,
            threshold: ThresholdMethod::Delta,
            power: Power::TwoThirds,
        }
    }

    /// Noufaily's improvement: ten periods, 26 latest weeks left out, the trend always tried, a negative binomial bound.
    #[must_use]
    pub fn noufaily() -> Self {
        Self {
            periods: 10,
            recent_left_out: 26,
            trend_significance: 1.0,
            threshold: ThresholdMethod::NegativeBinomialPlugin,
            ..Self::flexible()
        }
    }

    /// The defaults of `algo.farrington`.
    #[must_use]
    pub fn original() -> Self {
        Self { variant: Variant::Original, weights_threshold: 1.0, ..Self::flexible() }
    }

    fn check(&self) -> Result<(), SurveilError> {
        let wrong = |name| Err(SurveilError::SettingOutOfRange(name));
        if !(1..=20).contains(&self.years_back) {
            return wrong("years_back");
        }
        if self.periods == 0 || self.minimum_weeks == 0 {
            return wrong(if self.periods == 0 { "periods" } else { "minimum_weeks" });
        }
        if !(self.alpha > 0.0 && self.alpha < 1.0) {
            return wrong("alpha");
        }
        if !(self.weights_threshold >= 0.0 && self.weights_threshold.is_finite()) {
            return wrong("weights_threshold");
        }
        Ok(())
    }
}

/// What is judged: counts of consecutive periods, and their calendar.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// Counts, oldest first.
    pub counts: &'a [u32],
    /// Population at risk of each period; empty: not used (`populationOffset = FALSE`).
    pub population: &'a [f64],
    /// How a year is found in it.
    pub calendar: Calendar,
}

/// The judgement of one period, with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// Position in the series, from 0.
    pub at: usize,
    /// Count of the period.
    pub observed: u32,
    /// Count above which it is an alarm; `None`: too few reports lately, no alarm possible.
    pub upper_bound: Option<f64>,
    /// Whether it is an alarm.
    pub is_alarm: bool,
    /// Expected count.
    pub expected: f64,
    /// Dispersion, 1 at least.
    pub dispersion: f64,
    /// Log growth per period, if the trend stayed.
    pub trend: Option<f64>,
    /// (observed − expected) / (bound − expected): above 1 is an alarm.
    pub score: f64,
    /// P(X ≥ observed) under the reference.
    pub p_value: f64,
    /// Number of reference periods.
    pub reference_size: usize,
}

impl Judgement {
    /// A period of few reports whose reference holds (almost) none either, so that no model can be fitted: no alarm is possible.
    fn quiet(at: usize, observed: u32, rows: &Rows) -> Self {
        let expected = rows.response.iter().sum::<f64>() / rows.response.len() as f64;
        Self {
            at,
            observed,
            upper_bound: None,
            is_alarm: false,
            expected,
            dispersion: 1.0,
            trend: None,
            score: f64::NAN,
            p_value: poisson_at_least(u64::from(observed), expected),
            reference_size: rows.response.len(),
        }
    }
}

/// Judges the period at position `at` (0-based).
///
/// A reference of (almost) only zeros lets no model converge, as in R; then the answer is `NoConvergence` once there are enough
/// reports to matter, and the caller asks [`crate::surge`] or [`crate::ears`] instead.
pub fn judge(series: &Series<'_>, at: usize, settings: &Settings) -> Result<Judgement, SurveilError> {
    settings.check()?;
    if !series.population.is_empty() && series.population.len() != series.counts.len() {
        return Err(SurveilError::SizesDiffer("population, counts"));
    }
    if !series.population.iter().all(|p| *p > 0.0 && p.is_finite()) {
        return Err(SurveilError::SettingOutOfRange("population"));
    }
    let reference = reference::collect(series, at, settings)?;
    let rows = &reference.rows;
    let observed = series.counts[at];
    let recent = &series.counts[(at + 1).saturating_sub(settings.minimum_weeks)..=at];
    let is_enough = recent.iter().map(|c| u64::from(*c)).sum::<u64>() >= settings.minimum_count;
    let model = match Model::choose(&reference, settings) {
        Err(SurveilError::NoConvergence) if !is_enough => return Ok(Judgement::quiet(at, observed, rows)),
        chosen => chosen?,
    };
    let (log_mean, error) =
        model.fit.predict(reference.group, reference.time, reference.offset, model.error_dispersion);
    let bound = threshold::bound(log_mean, error, model.dispersion, observed, settings);
    // Where the negative binomial is so wide that its quantile lies below the logarithm of its mean, R's score alone would
    // alarm at counts below the bound.
    let is_above = is_enough && bound.score > 1.0 && bound.upper.is_some_and(|u| f64::from(observed) > u);
    Ok(Judgement {
        at,
        observed,
        upper_bound: bound.upper.filter(|_| is_enough),
        is_alarm: is_above && (settings.variant == Variant::Original || observed != 0),
        expected: log_mean.exp().max(f64::EPSILON),
        dispersion: model.dispersion,
        trend: model.fit.slope,
        score: bound.score,
        p_value: bound.p_value,
        reference_size: rows.response.len(),
    })
}

/// Judges every period of `range`; the first refusal ends it.
pub fn judge_range(
    series: &Series<'_>,
    range: std::ops::Range<usize>,
    settings: &Settings,
) -> Result<Vec<Judgement>, SurveilError> {
    range.map(|at| judge(series, at, settings)).collect()
}

/// A regression with the two dispersions that R carries with it.
struct Model {
    fit: Fit,
    /// max(Pearson, 1): enters the bound.
    dispersion: f64,
    /// What the test of the trend uses.
    test_dispersion: f64,
    /// What standard errors of the prediction use.
    error_dispersion: f64,
}

impl Model {
    /// With the trend, if it is asked for and stays; else without.
    fn choose(reference: &Reference, settings: &Settings) -> Result<Self, SurveilError> {
        let rows = &reference.rows;
        let model = Self::fit(rows, settings.with_trend, settings)?;
        let Some(slope) = model.fit.slope else { return Ok(model) };
        let error = model.fit.slope_error(model.test_dispersion);
        let p = student_two_sided(slope / error, model.fit.residual_df);
        let (log_mean, _) = model.fit.predict(reference.group, reference.time, reference.offset, 1.0);
        let greatest = rows.response.iter().copied().fold(0.0, f64::max);
        let stays = settings.years_back >= 3
            && p < settings.trend_significance
            && log_mean.exp().max(f64::EPSILON) <= greatest;
        if stays { Ok(model) } else { Self::fit(rows, false, settings) }
    }

    fn fit(rows: &Rows, with_trend: bool, settings: &Settings) -> Result<Self, SurveilError> {
        let mut with_trend = with_trend;
        let mut fit = rows.fit(with_trend, None);
        if !fit.has_converged && with_trend {
            with_trend = false;
            fit = rows.fit(false, None);
        }
        if !fit.has_converged && settings.variant == Variant::Flexible {
            return Err(SurveilError::NoConvergence);
        }
        if fit.residual_df < 1.0 {
            let have = rows.response.len();
            return Err(SurveilError::SeriesTooShort { need: have + (1.0 - fit.residual_df) as usize, have });
        }
        let mut pearson = fit.dispersion(rows);
        let mut summary = pearson;
        if settings.is_reweighted {
            let residuals = fit.anscombe(rows, pearson.max(1.0));
            let weights = reweighting(&residuals, settings.weights_threshold);
            fit = rows.fit(with_trend, Some(&weights));
            pearson = fit.dispersion(rows);
            summary = match settings.variant {
                Variant::Flexible if settings.errors_as_in_r => fit.dispersion_over(rows, &weights),
                Variant::Flexible => pearson.max(1.0),
                Variant::Original => pearson,
            };
        }
        let dispersion = pearson.max(1.0);
        // The original hands its floored dispersion to the prediction, and the plain one to the test of the trend only.
        let error_dispersion = match settings.variant {
            Variant::Flexible => summary,
            Variant::Original => dispersion,
        };
        Ok(Self { fit, dispersion, test_dispersion: summary, error_dispersion })
    }
}

/// `γ s⁻²` above the threshold, `γ` below, so that the weights sum to their number (Farrington 1996, §3.5).
fn reweighting(residuals: &[f64], threshold: f64) -> Vec<f64> {
    let sum: f64 = residuals.iter().map(|s| if *s > threshold { s.powi(-2) } else { 1.0 }).sum();
    let gamma = residuals.len() as f64 / sum;
    residuals.iter().map(|s| if *s > threshold { gamma * s.powi(-2) } else { gamma }).collect()
}
