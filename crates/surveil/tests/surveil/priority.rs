//! Whom to inspect next.

use surveil::priority::boost::{self, Boost};
use surveil::priority::history::{History, NAMES, Result};
use surveil::priority::judge::{Judged, figures, judge};
use surveil::priority::logistic::Logistic;
use surveil::priority::{Model, Sample, time_split};
use surveil::random::Random;

/// A problem depends on the first feature (a step) and the second (a slope); the third is noise.
fn samples(n: usize, is_random: bool) -> Vec<Sample> {
    let mut random = Random::new(11, 0);
    (0..n)
        .map(|day| {
            let features =
                vec![f64::from(u8::from(random.unit() < 0.4)), random.unit() * 10.0, random.unit()];
            let odds = -3.0 + 1.5 * features[0] + 0.4 * features[1];
            let is_problem = random.unit() < 1.0 / (1.0 + (-odds).exp());
            Sample { features, is_problem, day: day as i32, is_random }
        })
        .collect()
}

#[test]
fn both_models_learn_and_hold_on_later_visits() {
    let all = samples(3000, true);
    let (past, later) = time_split(&all, 1999);
    let logistic = Logistic::fit(&past, 1.0).unwrap();
    let boost = Boost::fit(&past, &boost::Settings::default()).unwrap();
    for figures in [judge(&logistic, &later).unwrap(), judge(&boost, &later).unwrap()] {
        assert_eq!((figures.judged, figures.visits), (Judged::RandomOnly, 1000));
        assert!(figures.auc > 0.72, "{figures:?}");
        assert!(figures.found_in_first_half > 0.65 && figures.days_earlier > 50.0, "{figures:?}");
        assert!((figures.found_in_first_half_as_made - 0.5).abs() < 0.06);
    }
    assert_eq!(boost, Boost::fit(&past, &boost::Settings::default()).unwrap());
}

#[test]
fn an_explanation_sums_to_the_score() {
    let all = samples(1000, true);
    let past: Vec<&Sample> = all.iter().collect();
    let logistic = Logistic::fit(&past, 1.0).unwrap();
    let boost = Boost::fit(&past, &boost::Settings::default()).unwrap();
    for sample in &all[..20] {
        for (score, (start, parts)) in [
            (logistic.score(&sample.features), logistic.explain(&sample.features)),
            (boost.score(&sample.features), boost.explain(&sample.features)),
        ] {
            let sum: f64 = start + parts.iter().map(|p| p.adds).sum::<f64>();
            assert!((score - sum).abs() < 1e-9);
            assert!(parts.windows(2).all(|p| p[0].adds.abs() >= p[1].adds.abs()));
        }
    }
    let p = logistic.probability(&all[0].features);
    assert!((0.0..=1.0).contains(&p));
}

#[test]
fn a_model_survives_being_stored() {
    let all = samples(500, true);
    let boost = Boost::fit(&all.iter().collect::<Vec<_>>(), &boost::Settings::default()).unwrap();
    let back: Boost = serde_json::from_str(&serde_json::to_string(&boost).unwrap()).unwrap();
    assert!((back.score(&all[3].features) - boost.score(&all[3].features)).abs() < 1e-12);
}

#[test]
fn chosen_visits_are_judged_only_while_too_few_are_drawn_at_random() {
    let mut all = samples(600, false);
    all[..100].iter_mut().for_each(|s| s.is_random = true);
    let refs: Vec<&Sample> = all.iter().collect();
    let model = Logistic::fit(&refs, 1.0).unwrap();
    assert_eq!(judge(&model, &refs).unwrap().judged, Judged::All);
    let mut more = all.clone();
    more[..300].iter_mut().for_each(|s| s.is_random = true);
    let figures = judge(&model, &more.iter().collect::<Vec<_>>()).unwrap();
    assert_eq!((figures.judged, figures.visits), (Judged::RandomOnly, 300));
}

#[test]
fn figures_of_a_known_ranking() {
    let visits: Vec<Sample> = [(0, false), (10, true), (20, false), (30, true)]
        .map(|(day, is_problem)| Sample { features: vec![0.0], is_problem, day, is_random: true })
        .to_vec();
    let refs: Vec<&Sample> = visits.iter().collect();
    let best = figures(Judged::All, &refs, &[0.1, 0.9, 0.2, 0.8]).unwrap();
    assert_eq!((best.auc, best.found_in_first_half, best.found_in_first_half_as_made), (1.0, 1.0, 0.5));
    // Problems of days 10 and 30 move to days 0 and 10.
    assert_eq!(best.days_earlier, 15.0);
    assert_eq!(figures(Judged::All, &refs, &[0.5; 4]).unwrap().auc, 0.5);
}

#[test]
fn features_know_nothing_of_the_day_itself_and_later() {
    let mut history = History::default();
    let result = |day, is_problem, severity| Result { day, is_problem, severity };
    assert_eq!(history.features(&"a", 100, None, 100).len(), NAMES.len());
    history.add("a", result(10, true, 5.0));
    history.add("a", result(50, false, 1.0));
    history.add("b", result(60, false, 0.0));
    let f = history.features(&"a", 100, Some(0), 100);
    let value = |name: &str| f[NAMES.iter().position(|n| *n == name).unwrap()];
    assert_eq!(value("problem_last"), 0.0);
    assert_eq!(value("problem_before_last"), 1.0);
    assert_eq!(value("severity_last"), 1f64.ln_1p());
    assert_eq!(value("severity_mean"), 3f64.ln_1p());
    assert_eq!(value("severity_worst"), 5f64.ln_1p());
    assert_eq!(value("days_since_last_visit"), 50f64.ln_1p());
    assert_eq!(value("days_since_last_problem"), 90f64.ln_1p());
    // One of two, drawn towards the district's one of three.
    assert!((value("problem_share") - 2.0 / 5.0).abs() < 1e-12);
    assert_eq!(history.features(&"c", 100, None, 100)[1], 1.0);
}

#[test]
fn training_without_both_outcomes_is_refused() {
    let mut all = samples(50, true);
    all.iter_mut().for_each(|s| s.is_problem = true);
    let refs: Vec<&Sample> = all.iter().collect();
    assert!(Logistic::fit(&refs, 1.0).is_err());
    assert!(Boost::fit(&refs, &boost::Settings::default()).is_err());
    assert!(Logistic::fit(&[], 1.0).is_err());
    all[0].features.pop();
    all[0].is_problem = false;
    assert_eq!(Logistic::fit(&all.iter().collect::<Vec<_>>(), 1.0).unwrap_err().code(), "sizes_differ");
}

#[test]
fn a_feature_that_never_varies_gets_no_weight() {
    let mut all = samples(300, true);
    all.iter_mut().for_each(|s| s.features.push(7.0));
    let model = Logistic::fit(&all.iter().collect::<Vec<_>>(), 0.0).unwrap();
    assert_eq!(model.weights[3], 0.0);
}
