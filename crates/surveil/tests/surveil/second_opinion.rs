//! Against the answers of `tests/python/test_surveil.py`, which computes them from the definitions with other methods.

use serde_json::Value;
use surveil::comparison::{self, CROW_GARDNER, Window};
use surveil::farrington::{self, Calendar, Power, Series, Settings, ThresholdMethod, Variant};
use surveil::priority::Sample;
use surveil::priority::logistic::Logistic;
use surveil::{dist, ears, surge};

pub(crate) fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/series.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn counts(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as u32).collect()
}

fn close(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() <= 1e-9 * b.abs().max(1e-3), "{what}: {a} is not {b}");
}

fn settings(s: &Value) -> Settings {
    let size = |name: &str| s[name].as_u64().unwrap() as usize;
    Settings {
        variant: if s["variant"] == "original" { Variant::Original } else { Variant::Flexible },
        years_back: size("years_back"),
        half_window: size("half_window"),
        periods: size("periods"),
        recent_left_out: size("recent_left_out"),
        errors_as_in_r: true,
        is_reweighted: true,
        weights_threshold: s["weights_threshold"].as_f64().unwrap(),
        with_trend: s["with_trend"].as_bool().unwrap(),
        trend_significance: s["trend_significance"].as_f64().unwrap(),
        alpha: s["alpha"].as_f64().unwrap(),
        minimum_count: 5,
        minimum_weeks: 4,
        threshold: serde_json::from_value::<ThresholdMethod>(s["threshold"].clone()).unwrap(),
        power: Power::TwoThirds,
    }
}

#[test]
fn farrington_agrees_in_every_variant() {
    let given = vectors();
    let (mut judged, mut alarms, mut trends) = (0, 0, 0);
    for case in given["farrington"].as_array().unwrap() {
        let x = counts(&given["series"][case["series"].as_u64().unwrap() as usize]);
        let calendar = case["settings"]["first"]
            .as_str()
            .map_or(Calendar::Periods(52), |first| Calendar::WeeksFrom(first.parse().unwrap()));
        let population = case.get("population").map(numbers).unwrap_or_default();
        let series = Series { counts: &x, population: &population, calendar };
        for answer in case["answers"].as_array().unwrap() {
            let at = answer["at"].as_u64().unwrap() as usize;
            let own = farrington::judge(&series, at, &settings(&case["settings"])).unwrap();
            let what = format!("{} at {at}", case["settings"]);
            match (own.upper_bound, answer["upper"].as_f64()) {
                (Some(a), Some(b)) => close(a, b, &what),
                (a, b) => assert_eq!(a, b, "{what}"),
            }
            assert_eq!(own.is_alarm, answer["alarm"].as_bool().unwrap(), "{what}");
            assert_eq!(own.trend.is_some(), answer["trend"].as_bool().unwrap(), "{what}");
            close(own.dispersion, answer["phi"].as_f64().unwrap(), &what);
            judged += 1;
            alarms += usize::from(own.is_alarm);
            trends += usize::from(own.trend.is_some());
        }
    }
    assert!(judged > 70 && alarms > 3 && trends > 10, "{judged} {alarms} {trends}");
}

#[test]
fn ears_agrees() {
    let given = vectors();
    for case in given["ears"].as_array().unwrap() {
        let x = counts(&given["series"][case["series"].as_u64().unwrap() as usize]);
        let alpha = case["alpha"].as_f64().unwrap();
        for row in rows(&case["rows"]) {
            let judge =
                |method| ears::judge(&x, row[0] as usize, &ears::Settings::at_alpha(method, alpha)).unwrap();
            close(judge(ears::Method::C1).upper_bound, row[1], "C1");
            close(judge(ears::Method::C2).upper_bound, row[2], "C2");
            close(judge(ears::Method::C3AsInR).upper_bound, row[3], "C3 in R");
            close(judge(ears::Method::C3).statistic, row[4], "C3");
        }
    }
}

#[test]
fn bayes_and_cdc_agree() {
    let given = vectors();
    let x = counts(&given["series"][0]);
    for row in rows(&given["comparison"]) {
        let at = row[0] as usize;
        assert_eq!(comparison::bayes(&x, at, Window::LAST_SIX, 0.05).unwrap().upper_bound, row[1]);
        close(comparison::cdc(&x, at, 2, 1, 0.025).unwrap().upper_bound, row[2], "cdc");
    }
}

#[test]
fn the_table_of_crow_and_gardner_can_be_computed() {
    for (own, computed) in CROW_GARDNER.iter().zip(numbers(&vectors()["crow_gardner"])) {
        assert!((own - computed).abs() < 0.0021, "{own} {computed}");
    }
}

#[test]
fn rki_uses_the_table_up_to_a_mean_of_20_and_deviations_beyond() {
    let low = comparison::rki(&[1, 0, 2, 1, 0, 1, 6], 6, Window::LAST_SIX).unwrap();
    assert_eq!((low.upper_bound, low.is_alarm), (3.285, true));
    let high = comparison::rki(&[30, 20, 25, 25, 20, 30, 40], 6, Window::LAST_SIX).unwrap();
    assert!((high.upper_bound - (25.0 + 2.0 * 20f64.sqrt())).abs() < 1e-9 && high.is_alarm);
}

#[test]
fn distributions_agree() {
    let d = &vectors()["dist"];
    for row in rows(&d["poisson_at_least"]) {
        let own = dist::poisson_at_least(row[0] as u64, row[1]);
        assert!((own - row[2]).abs() <= 1e-11 * row[2].max(1e-300) || row[2] < 1e-60, "{row:?} {own}");
    }
    for row in rows(&d["poisson_quantile"]) {
        assert_eq!(dist::poisson_quantile(row[0], row[1]), row[2], "{row:?}");
    }
    for row in rows(&d["negative_binomial_quantile"]) {
        assert_eq!(dist::negative_binomial_quantile(row[0], row[1], row[2]), row[3], "{row:?}");
    }
    for row in rows(&d["student"]) {
        close(dist::student_two_sided(row[0], row[1]) * 1e3, row[2] * 1e3, "student");
    }
    for row in rows(&d["normal_quantile"]) {
        assert!((dist::normal_quantile(row[0]) - row[1]).abs() < 1e-13, "{row:?}");
    }
}

#[test]
fn benjamini_hochberg_agrees() {
    let given = rows(&vectors()["benjamini_hochberg"]);
    for (own, other) in surge::benjamini_hochberg(&given[0]).iter().zip(&given[1]) {
        close(*own, *other, "adjusted p");
    }
}

#[test]
fn newton_finds_what_gradient_descent_finds() {
    let given = &vectors()["logistic"];
    let labels = given["labels"].as_array().unwrap();
    let samples: Vec<Sample> = rows(&given["rows"])
        .into_iter()
        .zip(labels)
        .map(|(features, l)| Sample { features, is_problem: l.as_bool().unwrap(), day: 0, is_random: true })
        .collect();
    let own = Logistic::fit(&samples.iter().collect::<Vec<_>>(), given["penalty"].as_f64().unwrap()).unwrap();
    let beta = numbers(&given["beta"]);
    assert!((own.intercept - beta[0]).abs() < 1e-8);
    own.weights.iter().zip(&beta[1..]).for_each(|(a, b)| assert!((a - b).abs() < 1e-8, "{a} {b}"));
}
