//! A scorecard fitted to made history: against the second opinion in Python, deterministic, and a draft that grades.

use crate::months_ago;
use grading::calibrate::{
    Binning, CalibrateError, ClassShare, Feature, Features, Monotone, Sample, Settings, calibrate,
};
use grading::{AsOf, Engine, Fact, FactKind, SubjectInput};
use jiff::civil::{Date, date};
use rules::Bilingual;
use serde_json::Value;

/// The same numbers as `tests/python/test_scorecard.py` draws: a 64-bit linear congruence, its upper 31 bits.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Penalties (0 to 5), age in months (missing for every eleventh), employees, which mean nothing.
fn samples() -> Vec<Sample> {
    let mut draws = Draws(2026);
    let sample = |i: usize| {
        let penalties = draws.below(6);
        let age = draws.below(120);
        let employees = draws.below(9);
        let risk = 5 + 9 * penalties + if age < 36 { 20 } else { 0 };
        let is_bad = draws.below(100) < risk;
        let age = if i.is_multiple_of(11) { None } else { Some(age as i64) };
        let on = if i < 1400 { date(2024, 6, 30) } else { date(2025, 6, 30) };
        Sample { values: vec![Some(penalties as i64), age, Some(employees as i64)], is_bad, on }
    };
    (0..2000).map(sample).collect()
}

fn settings(binning: Binning) -> Settings {
    let feature = |id: &str, value: &str, monotone| Feature {
        id: id.into(),
        title: Bilingual::new(id, id),
        value: value.into(),
        monotone,
    };
    let class = |id: &str, share| ClassShare { id: id.into(), title: Bilingual::new(id, id), share };
    Settings {
        code: "draft-2026".into(),
        title: Bilingual::new("校准草案", "Calibrated draft"),
        valid_from: date(2026, 1, 1),
        features: vec![
            feature(
                "penalties",
                "size(facts.filter(f, f.kind == 'penalty' && f.months <= 24))",
                Monotone::Rising,
            ),
            feature("age", "subject.age_months", Monotone::Falling),
            feature("employees", "subject.employees", Monotone::Free),
        ],
        lists: Vec::new(),
        attributes: Vec::new(),
        held_out_from: date(2025, 1, 1),
        binning,
        max_bins: 4,
        min_bin_share: 0.05,
        ridge: 0.5,
        points_to_double_odds: 40,
        base_score: 600,
        base_odds: 4.0,
        classes: vec![class("A", 0.3), class("B", 0.4), class("C", 0.2), class("D", 0.1)],
    }
}

#[test]
fn the_second_opinion_in_python_agrees() {
    let vector: Value = serde_json::from_str(include_str!("../vectors/scorecard.json")).unwrap();
    let fitted = calibrate(&settings(Binning::Optimal), &samples()).unwrap();
    let report = serde_json::to_value(&fitted.report).unwrap();
    let close = |a: &Value, b: &Value, at: &str| {
        let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
        assert!((a - b).abs() <= 2e-6, "{at}: {a} {b}");
    };
    for part in ["training", "held_out"] {
        for figure in ["samples", "bad", "auc", "gini", "ks"] {
            close(&report[part][figure], &vector[part][figure], figure);
        }
    }
    close(&report["psi"], &vector["psi"], "psi");
    close(&report["intercept"], &vector["intercept"], "intercept");
    let features = vector["features"].as_array().unwrap();
    assert_eq!(features.len(), 3);
    for (i, feature) in features.iter().enumerate() {
        let ours = &report["features"][i];
        for figure in ["information_value", "psi", "coefficient"] {
            close(&ours[figure], &feature[figure], figure);
        }
        let bins = feature["bins"].as_array().unwrap();
        assert_eq!(ours["bins"].as_array().unwrap().len(), bins.len(), "{ours}");
        for (j, bin) in bins.iter().enumerate() {
            for member in ["from", "below", "is_missing", "good", "bad", "points"] {
                assert_eq!(ours["bins"][j][member], bin[member], "{member} of bin {j} of feature {i}");
            }
            close(&ours["bins"][j]["woe"], &bin["woe"], "woe");
        }
    }
    for (i, decile) in vector["deciles"].as_array().unwrap().iter().enumerate() {
        for figure in ["decile", "samples", "least", "greatest", "expected", "observed"] {
            close(&report["deciles"][i][figure], &decile[figure], figure);
        }
    }
    let limits: Vec<Value> =
        fitted.pack.classes.iter().filter_map(|c| c.at_least).map(|l| l.as_int().into()).collect();
    assert_eq!(Value::from(limits), vector["limits"]);
}

#[test]
fn the_draft_passes_its_checks_and_grades_as_it_was_fitted() {
    for binning in [Binning::Optimal, Binning::Tree] {
        let settings = settings(binning);
        let fitted = calibrate(&settings, &samples()).unwrap();
        assert_eq!(fitted.pack.check(), []);
        assert!(fitted.report.held_out.auc > 0.65, "{:?}", fitted.report.held_out);
        assert_eq!(calibrate(&settings, &samples()).unwrap(), fitted);

        let engine = Engine::new(fitted.pack.clone()).unwrap();
        let as_of = AsOf::from(months_ago(0));
        let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
        input.registered_on = Some(months_ago(50));
        input.employees = Some(3);
        input.facts = (0..4).map(|i| Fact::new(i.to_string(), FactKind::Penalty, months_ago(i))).collect();
        let values = Features::new(&settings).unwrap().of(&input, as_of);
        assert_eq!(values, [Some(4), Some(50), Some(3)]);
        let graded = engine.grade(&input, as_of).unwrap();
        let by_hand: i64 = fitted
            .report
            .features
            .iter()
            .zip(&values)
            .map(|(feature, value)| {
                let holds = |b: &&grading::calibrate::BinReport| {
                    let value = value.unwrap();
                    !b.is_missing
                        && b.from.is_none_or(|f| f <= value)
                        && b.below.is_none_or(|below| value < below)
                };
                feature.bins.iter().find(holds).unwrap().points
            })
            .sum();
        let grading::pack::Model::Scorecard { base } = fitted.pack.model else { panic!("a scorecard") };
        assert_eq!(graded.score.as_int().unwrap(), base.as_int().unwrap() + by_hand);
    }
}

#[test]
fn what_cannot_be_fitted_says_why() {
    let samples = samples();
    let mut wrong = settings(Binning::Tree);
    wrong.max_bins = 1;
    assert!(
        matches!(calibrate(&wrong, &samples), Err(CalibrateError::Setting { pointer, .. }) if pointer == "/max_bins")
    );
    let mut wrong = settings(Binning::Tree);
    wrong.features[1].value = "subject.agee".into();
    let Err(CalibrateError::Features(faults)) = calibrate(&wrong, &samples) else { panic!("a fault") };
    assert_eq!(
        (faults[0].pointer.as_str(), faults[0].code, faults[0].column),
        ("/features/1/value", "unknown_name", Some(8))
    );
    let mut late = settings(Binning::Tree);
    late.held_out_from = Date::MAX;
    assert_eq!(calibrate(&late, &samples), Err(CalibrateError::TooFew { part: "held_out", least: 20 }));
    let mut short = samples.clone();
    short[7].values.pop();
    assert_eq!(calibrate(&settings(Binning::Tree), &short), Err(CalibrateError::WrongLength(7)));
}
