//! A points scorecard from labelled history: bins, weights of evidence, logistic regression, points, figures.
//!
//! The result is a draft pack that a person reviews: from then on whole numbers grade, not these floats. Fitting is
//! deterministic on one machine; another machine's `ln` may differ in the last bit, which rounding to whole points all but
//! always hides, and the draft that was reviewed is what counts. Samples from `held_out_from` on are never fitted to. Called
//! by the calibration operation.

mod bins;
mod draft;
mod figures;
mod logit;

pub use figures::{Scored, deciles, discrimination, score_stability, stability};

use crate::check::PackFault;
use crate::code::Code;
use crate::expr::{Compiled, Names, Root, Scope, View, Wanted, compile};
use crate::fact::{AsOf, SubjectInput};
use crate::pack::{AttributeDeclaration, NamedList, Pack};
use bins::{Limits, Tally};
use jiff::civil::Date;
use rules::Bilingual;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

domain::define_words! {
    /// How the risk must move with a feature (单调性).
    pub enum Monotone {
        /// Any way.
        Free = "free", "不限", [];
        /// Risk never falls when the feature rises.
        Rising = "rising", "随值上升", [];
        /// Risk never rises when the feature rises.
        Falling = "falling", "随值下降", [];
    }
}

domain::define_words! {
    /// How bins are found (分箱方法).
    pub enum Binning {
        /// Greedy splits of greatest information value, one after the other.
        Tree = "tree", "决策树分箱", [];
        /// The partition of greatest information value, by dynamic programming.
        Optimal = "optimal", "最优分箱", [];
    }
}

/// A feature (特征): a CEL expression of a whole number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalibrationFeature)]
pub struct Feature {
    /// Id; the id of the indicator in the draft.
    #[schema(value_type = String, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub id: Code,
    /// Name.
    pub title: Bilingual,
    /// CEL expression over `subject`, `facts`, `as_of`, `lists`.
    #[schema(min_length = 1, max_length = 2000)]
    pub value: String,
    /// How the risk must move with it.
    pub monotone: Monotone,
}

/// One labelled row: features as of a day and what came of it (标注样本).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Values in the order of the features; `None` is missing.
    pub values: Vec<Option<i64>>,
    /// Whether the subject turned out badly in the time after.
    pub is_bad: bool,
    /// The day the features are as of.
    pub on: Date,
}

/// What to fit (校准设置).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalibrationSettings)]
pub struct Settings {
    /// Code of the draft pack.
    #[schema(value_type = String, max_length = 60)]
    pub code: Code,
    /// Name of the draft pack.
    pub title: Bilingual,
    /// First day in force of the draft pack.
    #[schema(value_type = String, format = Date)]
    pub valid_from: Date,
    /// Features.
    #[schema(min_items = 1, max_items = 60)]
    pub features: Vec<Feature>,
    /// Lists that the features name.
    #[serde(default)]
    pub lists: Vec<NamedList>,
    /// Attributes that the features name.
    #[serde(default)]
    pub attributes: Vec<AttributeDeclaration>,
    /// Samples from this day on are held out.
    #[schema(value_type = String, format = Date)]
    pub held_out_from: Date,
    /// How bins are found.
    pub binning: Binning,
    /// Most bins of a feature (2 to 20).
    #[schema(minimum = 2, maximum = 20)]
    pub max_bins: usize,
    /// Least share of the samples in a bin (0.01 to 0.5).
    pub min_bin_share: f64,
    /// Ridge of the regression, above 0.
    pub ridge: f64,
    /// Points that double the odds.
    pub points_to_double_odds: u32,
    /// Score at which good to bad stand `base_odds` to 1.
    pub base_score: i32,
    /// Those odds.
    pub base_odds: f64,
    /// Classes from the best to the worst with the share of the training samples each is to hold.
    #[schema(min_items = 2, max_items = 12)]
    pub classes: Vec<ClassShare>,
}

/// A class and the share of the training samples it is to hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalibrationClass)]
pub struct ClassShare {
    /// Class.
    #[schema(value_type = String, max_length = 20)]
    pub id: Code,
    /// Name.
    pub title: Bilingual,
    /// Share, 0 to 1.
    pub share: f64,
}

/// The draft and its figures (校准结果).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationResult)]
pub struct Calibrated {
    /// A pack that passes its checks; a person reviews it.
    pub pack: Pack,
    /// Figures.
    pub report: Report,
}

/// Figures of a calibration (校准报告). All are rounded to six decimals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationReport)]
pub struct Report {
    /// Samples the scorecard was fitted to.
    pub training: Discrimination,
    /// Samples held out.
    pub held_out: Discrimination,
    /// Stability of the score between both (PSI).
    pub psi: f64,
    /// Each feature.
    pub features: Vec<FeatureReport>,
    /// Calibration by decile of the held-out samples, riskiest first.
    pub deciles: Vec<Decile>,
    /// Steps the regression took.
    pub iterations: u32,
    /// Intercept of the regression (log odds of bad).
    pub intercept: f64,
}

/// How well scores tell good from bad.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationDiscrimination)]
pub struct Discrimination {
    /// Samples.
    pub samples: u64,
    /// Bad ones.
    pub bad: u64,
    /// Area under the curve; ties count a half.
    pub auc: f64,
    /// 2·AUC − 1.
    pub gini: f64,
    /// Kolmogorov–Smirnov distance.
    pub ks: f64,
}

/// One feature in the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationFeatureReport)]
pub struct FeatureReport {
    /// Feature.
    #[schema(value_type = String)]
    pub id: Code,
    /// Information value on the training samples.
    pub information_value: f64,
    /// Stability between training and held-out samples.
    pub psi: f64,
    /// Coefficient of its weight of evidence.
    pub coefficient: f64,
    /// Bins; the one of missing values last.
    pub bins: Vec<BinReport>,
}

/// One bin in the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationBinReport)]
pub struct BinReport {
    /// Least value.
    pub from: Option<i64>,
    /// First value above.
    pub below: Option<i64>,
    /// Whether it is the bin of missing values.
    pub is_missing: bool,
    /// Good training samples.
    pub good: u64,
    /// Bad training samples.
    pub bad: u64,
    /// Weight of evidence: ln(share of good / share of bad), half a sample added to each.
    pub woe: f64,
    /// Points.
    pub points: i64,
}

/// One decile of the held-out samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationDecile)]
pub struct Decile {
    /// Its number, 1 is the riskiest.
    pub decile: u32,
    /// Samples.
    pub samples: u64,
    /// Least score.
    pub least: i64,
    /// Greatest score.
    pub greatest: i64,
    /// Share of bad that the points promise.
    pub expected: f64,
    /// Share of bad found.
    pub observed: f64,
    /// Lower end of the 95 % Wilson interval of `observed`.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Why nothing can be fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CalibrateError {
    /// A setting out of its range: JSON pointer and what is wanted.
    #[error("{pointer}: {wanted}")]
    Setting {
        /// JSON pointer into the settings.
        pointer: String,
        /// What is wanted.
        wanted: &'static str,
    },
    /// The features do not make a sound pack.
    #[error("the features do not make a sound pack")]
    Features(Vec<PackFault>),
    /// A part of the samples lacks good or bad ones, or has too few.
    #[error("{part} samples: at least {least} good and {least} bad ones are needed")]
    TooFew {
        /// `training` or `held_out`.
        part: &'static str,
        /// How many.
        least: u64,
    },
    /// A row with another number of values than there are features.
    #[error("sample {0} has the wrong number of values")]
    WrongLength(usize),
    /// The regression does not converge.
    #[error("the regression does not converge")]
    NoConvergence,
}

/// Computes the features of a subject as of a day, for a [`Sample`].
pub struct Features {
    roots: Vec<Root>,
}

impl Features {
    /// Compiles the features of the settings.
    ///
    /// # Errors
    /// Faults of their expressions, with pointers into the settings.
    pub fn new(settings: &Settings) -> Result<Self, Vec<PackFault>> {
        let names = Names { lists: &settings.lists, attributes: &settings.attributes };
        let (mut roots, mut faults) = (Vec::new(), Vec::new());
        for (i, feature) in settings.features.iter().enumerate() {
            match compile(&feature.value, Wanted::Int, false, &names) {
                Ok(Compiled { root, .. }) => roots.push(root),
                Err(found) => faults.extend(found.into_iter().map(|f| PackFault {
                    pointer: format!("/features/{i}/value"),
                    column: Some(f.column),
                    code: f.code,
                    is_blocking: true,
                    text: f.text,
                })),
            }
        }
        if faults.is_empty() { Ok(Self { roots }) } else { Err(faults) }
    }

    /// The values, in the order of the features; `None` where something is missing or cannot be computed.
    #[must_use]
    pub fn of(&self, input: &SubjectInput, as_of: AsOf) -> Vec<Option<i64>> {
        let seen = input.facts.iter().filter(|f| f.is_seen(as_of));
        let views: Vec<View<'_>> = seen.map(|f| View::new(f, as_of)).collect();
        let mut scope = Scope::new(input, &views, as_of);
        let mut values = Vec::with_capacity(self.roots.len());
        for root in &self.roots {
            values.push(match root {
                Root::Int(node) => scope.int(node).ok(),
                Root::Bool(_) | Root::Text(_) => None,
            });
        }
        values
    }
}

/// Good and bad samples that each part needs.
const LEAST_SAMPLES: u64 = 20;

/// Fits a points scorecard.
///
/// # Errors
/// Settings out of range, features with faults, too few samples, no convergence.
pub fn calibrate(settings: &Settings, samples: &[Sample]) -> Result<Calibrated, CalibrateError> {
    in_range(settings)?;
    Features::new(settings).map_err(CalibrateError::Features)?;
    if let Some(i) = samples.iter().position(|s| s.values.len() != settings.features.len()) {
        return Err(CalibrateError::WrongLength(i));
    }
    let (training, held_out): (Vec<&Sample>, Vec<&Sample>) =
        samples.iter().partition(|s| s.on < settings.held_out_from);
    let whole = enough(&training, "training")?;
    enough(&held_out, "held_out")?;
    let columns: Vec<Column> =
        (0..settings.features.len()).map(|i| Column::fit(settings, i, &training, whole)).collect();
    let used: Vec<usize> = (0..columns.len()).filter(|i| columns[*i].bins.len() > 1).collect();
    let rows: Vec<Vec<f64>> =
        training.iter().map(|s| used.iter().map(|i| columns[*i].woe(s.values[*i])).collect()).collect();
    let labels: Vec<bool> = training.iter().map(|s| s.is_bad).collect();
    let fit = logit::fit(&rows, &labels, settings.ridge).ok_or(CalibrateError::NoConvergence)?;
    let mut coefficients = vec![0.0; columns.len()];
    for (i, coefficient) in used.iter().zip(&fit.coefficients) {
        coefficients[*i] = *coefficient;
    }
    let scale = Scale::of(settings);
    let card = Card { columns, coefficients, base: scale.base(fit.intercept), scale };
    let score = |sample: &&Sample| Scored { score: card.score(&sample.values), is_bad: sample.is_bad };
    let (train_scores, held_scores): (Vec<Scored>, Vec<Scored>) =
        (training.iter().map(score).collect(), held_out.iter().map(score).collect());
    let report = Report {
        training: discrimination(&train_scores),
        held_out: discrimination(&held_scores),
        psi: score_stability(&train_scores, &held_scores),
        features: card.reports(settings, &held_out, whole),
        deciles: deciles(&held_scores, |score| card.scale.bad_share(score)),
        iterations: fit.steps,
        intercept: figures::round(fit.intercept),
    };
    let pack = draft::pack(settings, &card, &train_scores);
    let faults = pack.check();
    if faults.iter().any(|f| f.is_blocking) {
        return Err(CalibrateError::Features(faults));
    }
    Ok(Calibrated { pack, report })
}

fn in_range(settings: &Settings) -> Result<(), CalibrateError> {
    let fault = |pointer: &str, wanted| Err(CalibrateError::Setting { pointer: pointer.into(), wanted });
    if settings.features.is_empty() || settings.features.len() > 60 {
        return fault("/features", "1 to 60 features");
    }
    if !(2..=20).contains(&settings.max_bins) {
        return fault("/max_bins", "2 to 20");
    }
    if !(0.01..=0.5).contains(&settings.min_bin_share) {
        return fault("/min_bin_share", "0.01 to 0.5");
    }
    if !(settings.ridge > 0.0 && settings.ridge <= 1e6) {
        return fault("/ridge", "above 0, at most 1000000");
    }
    if !(1..=1000).contains(&settings.points_to_double_odds) {
        return fault("/points_to_double_odds", "1 to 1000");
    }
    if !(-100_000..=100_000).contains(&settings.base_score) {
        return fault("/base_score", "-100000 to 100000");
    }
    if !(settings.base_odds > 0.0 && settings.base_odds <= 1e6) {
        return fault("/base_odds", "above 0, at most 1000000");
    }
    let sum: f64 = settings.classes.iter().map(|c| c.share).sum();
    let is_share = settings.classes.iter().all(|c| c.share > 0.0 && c.share < 1.0);
    if settings.classes.len() < 2 || !is_share || (sum - 1.0).abs() > 1e-9 {
        return fault("/classes", "at least two, with shares between 0 and 1 that sum up to 1");
    }
    Ok(())
}

fn enough(samples: &[&Sample], part: &'static str) -> Result<Tally, CalibrateError> {
    let mut whole = Tally::default();
    samples.iter().for_each(|s| whole.add(s.is_bad));
    if whole.good < LEAST_SAMPLES || whole.bad < LEAST_SAMPLES {
        return Err(CalibrateError::TooFew { part, least: LEAST_SAMPLES });
    }
    Ok(whole)
}

/// One feature with its bins.
pub(crate) struct Column {
    /// First values of the second and further bins.
    pub(crate) cuts: Vec<i64>,
    /// Bins of values, then the bin of missing ones if there are any.
    bins: Vec<Tally>,
    woes: Vec<f64>,
    has_missing: bool,
}

impl Column {
    fn fit(settings: &Settings, feature: usize, training: &[&Sample], whole: Tally) -> Self {
        let monotone = settings.features.get(feature).map_or(Monotone::Free, |f| f.monotone);
        let limits = Limits {
            method: settings.binning,
            monotone,
            most: settings.max_bins,
            least_samples: ((whole.all() as f64 * settings.min_bin_share).ceil() as u64).max(1),
            whole,
        };
        let known = training.iter().filter_map(|s| s.values[feature].map(|v| (v, s.is_bad)));
        let cuts = bins::cuts(known, &limits);
        let has_missing = training.iter().any(|s| s.values[feature].is_none());
        let mut column = Self { cuts, bins: Vec::new(), woes: Vec::new(), has_missing };
        column.bins = column.count(feature, training);
        column.woes = column.bins.iter().map(|b| b.woe(whole)).collect();
        column
    }

    /// The bin of a value; of a missing one none when there were none to learn from.
    fn bin(&self, value: Option<i64>) -> Option<usize> {
        match value {
            Some(value) => Some(self.cuts.partition_point(|cut| *cut <= value)),
            None => self.has_missing.then_some(self.cuts.len() + 1),
        }
    }

    fn woe(&self, value: Option<i64>) -> f64 {
        self.bin(value).and_then(|b| self.woes.get(b)).copied().unwrap_or(0.0)
    }

    fn count(&self, feature: usize, samples: &[&Sample]) -> Vec<Tally> {
        let mut bins = vec![Tally::default(); self.cuts.len() + 1 + usize::from(self.has_missing)];
        for sample in samples {
            if let Some(bin) = self.bin(sample.values[feature]).and_then(|b| bins.get_mut(b)) {
                bin.add(sample.is_bad);
            }
        }
        bins
    }
}

/// From log odds to points.
pub(crate) struct Scale {
    factor: f64,
    offset: f64,
}

impl Scale {
    fn of(settings: &Settings) -> Self {
        let factor = f64::from(settings.points_to_double_odds) / std::f64::consts::LN_2;
        Self { factor, offset: f64::from(settings.base_score) - factor * settings.base_odds.ln() }
    }

    fn base(&self, intercept: f64) -> i64 {
        (self.offset - self.factor * intercept).round() as i64
    }

    fn points(&self, log_odds_of_bad: f64) -> i64 {
        (-self.factor * log_odds_of_bad).round() as i64
    }

    /// Share of bad that a score promises.
    fn bad_share(&self, score: i64) -> f64 {
        1.0 / (1.0 + ((score as f64 - self.offset) / self.factor).exp())
    }
}

/// The scorecard in whole points.
pub(crate) struct Card {
    columns: Vec<Column>,
    coefficients: Vec<f64>,
    base: i64,
    scale: Scale,
}

impl Card {
    /// Points of a bin of a feature.
    fn points_of(&self, feature: usize, bin: usize) -> i64 {
        self.scale.points(self.coefficients[feature] * self.columns[feature].woes[bin])
    }

    fn points(&self, feature: usize, value: Option<i64>) -> i64 {
        self.columns[feature].bin(value).map_or(0, |bin| self.points_of(feature, bin))
    }

    fn score(&self, values: &[Option<i64>]) -> i64 {
        self.base + values.iter().enumerate().map(|(i, v)| self.points(i, *v)).sum::<i64>()
    }

    fn reports(&self, settings: &Settings, held_out: &[&Sample], whole: Tally) -> Vec<FeatureReport> {
        let all = |tallies: &[Tally]| tallies.iter().map(|t| t.all()).collect::<Vec<_>>();
        let features = settings.features.iter().enumerate();
        features
            .map(|(i, feature)| {
                let column = &self.columns[i];
                let held = column.count(i, held_out);
                let bins = column.bins.iter().enumerate().map(|(b, tally)| {
                    let is_missing = b > column.cuts.len();
                    BinReport {
                        from: b
                            .checked_sub(1)
                            .and_then(|k| column.cuts.get(k))
                            .copied()
                            .filter(|_| !is_missing),
                        below: column.cuts.get(b).copied(),
                        is_missing,
                        good: tally.good,
                        bad: tally.bad,
                        woe: figures::round(column.woes[b]),
                        points: self.points_of(i, b),
                    }
                });
                FeatureReport {
                    id: feature.id.clone(),
                    information_value: figures::round(column.bins.iter().map(|b| b.value(whole)).sum()),
                    psi: stability(&all(&column.bins), &all(&held)),
                    coefficient: figures::round(self.coefficients[i]),
                    bins: bins.collect(),
                }
            })
            .collect()
    }
}
