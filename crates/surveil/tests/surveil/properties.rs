//! What must hold for any series: no panic, no alarm out of nothing, the same answer twice.

use proptest::prelude::*;
use surveil::farrington::{self, Calendar, Series, Settings, ThresholdMethod};
use surveil::{comparison, dist, ears};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn detectors_answer_for_any_counts(
        counts in proptest::collection::vec(prop_oneof![4 => 0u32..4, 2 => 0u32..60, 1 => 0u32..100_000], 120..=160),
        method in 0usize..3,
        is_noufaily in any::<bool>(),
    ) {
        let threshold = [
            ThresholdMethod::Delta,
            ThresholdMethod::NegativeBinomialPlugin,
            ThresholdMethod::NegativeBinomialUpper,
        ][method];
        let base = if is_noufaily { Settings::noufaily() } else { Settings::flexible() };
        let settings = Settings { years_back: 2, threshold, ..base };
        let at = counts.len() - 1;
        let series = Series { counts: &counts, population: &[], calendar: Calendar::Periods(52) };
        match farrington::judge(&series, at, &settings) {
            Ok(j) => {
                prop_assert!(j.dispersion >= 1.0);
                prop_assert!(!(j.is_alarm && j.observed == 0));
                if let Some(bound) = j.upper_bound {
                    prop_assert!(bound >= 0.0);
                    prop_assert!(!j.is_alarm || f64::from(j.observed) > bound);
                }
            }
            Err(e) => prop_assert_eq!(e.code(), "no_convergence"),
        }
        for method in [ears::Method::C1, ears::Method::C2, ears::Method::C3, ears::Method::C3AsInR] {
            for j in ears::judge_all(&counts, &ears::Settings::usual(method)).unwrap() {
                prop_assert!(j.upper_bound >= 0.0 && j.statistic.is_finite());
            }
        }
        prop_assert!(comparison::cdc(&counts, at, 2, 1, 0.025).unwrap().upper_bound >= 0.0);
        prop_assert!(comparison::bayes(&counts, at, comparison::Window::TWO_YEARS, 0.05).is_ok());
        prop_assert!(comparison::rki(&counts, at, comparison::Window::LAST_SIX_AND_YEAR).is_ok());
    }

    #[test]
    fn a_discrete_quantile_is_the_least_count_that_reaches_p(
        p in 0.001f64..0.999, mean in 0.01f64..5000.0, size in 0.05f64..300.0, prob in 0.01f64..0.99,
    ) {
        let x = dist::poisson_quantile(p, mean) as u64;
        prop_assert!(1.0 - dist::poisson_at_least(x + 1, mean) >= p * (1.0 - 1e-9));
        prop_assert!(x == 0 || 1.0 - dist::poisson_at_least(x, mean) < p * (1.0 + 1e-9));
        let x = dist::negative_binomial_quantile(p, size, prob) as u64;
        prop_assert!(1.0 - dist::negative_binomial_at_least(x + 1, size, prob) >= p - 1e-9);
        prop_assert!(x == 0 || 1.0 - dist::negative_binomial_at_least(x, size, prob) < p + 1e-9);
    }
}

#[test]
fn a_series_of_zeros_never_alarms() {
    let zeros = vec![0; 300];
    let series = Series { counts: &zeros, population: &[], calendar: Calendar::Periods(52) };
    for settings in [Settings::flexible(), Settings::noufaily(), Settings::original()] {
        let judged = farrington::judge(&series, 299, &settings).unwrap();
        assert!(!judged.is_alarm && judged.upper_bound.is_none());
    }
}

#[test]
fn a_past_that_is_too_short_is_told_as_such() {
    let counts = vec![3; 262];
    let series = Series { counts: &counts, population: &[], calendar: Calendar::Periods(52) };
    let error =
        farrington::judge(&series, 261, &Settings { half_window: 5, ..Settings::flexible() }).unwrap_err();
    assert_eq!(error.code(), "series_too_short");
    assert!(farrington::judge(&series, 262, &Settings::flexible()).is_err());
    assert!(farrington::judge(&series, 261, &Settings { alpha: 1.5, ..Settings::flexible() }).is_err());
    let periods = Settings { periods: 60, recent_left_out: 3, half_window: 1, ..Settings::flexible() };
    assert_eq!(farrington::judge(&series, 261, &periods).unwrap_err().code(), "setting_out_of_range");
}
