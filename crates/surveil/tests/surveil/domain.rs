//! The worked numbers of the design (`domain.md` §5.4).

use surveil::ears::{self, Method};
use surveil::{chart, interval, scan, surge};

const X: [u32; 18] = [4, 6, 5, 3, 7, 5, 4, 6, 5, 4, 6, 5, 9, 12, 15, 8, 5, 4];

fn close(a: f64, b: f64, digits: i32) {
    assert!((a - b).abs() <= 0.51 * 10f64.powi(-digits), "{a} is not {b} to {digits} digits");
}

#[test]
fn the_baseline_has_mean_5_and_deviation_1_309307() {
    let (mean, deviation) = chart::moments(&X[..8]);
    close(mean, 5.0, 9);
    close(deviation, 1.309307, 6);
}

#[test]
fn ewma_alarms_in_week_14_and_is_still_above_in_week_18() {
    let (mean, deviation) = chart::moments(&X[..8]);
    let points = chart::ewma(&X[8..], mean, deviation, 0.3, 3.0).unwrap();
    let week = |w: usize| points[w - 9];
    close(week(13).value, 6.2441, 4);
    close(week(13).limit, 6.6266, 4);
    assert!(!week(13).is_alarm && week(14).is_alarm && week(18).is_alarm);
    close(week(14).value, 7.9709, 4);
    close(week(14).limit, 6.6386, 4);
    close(week(15).value, 10.0796, 4);
    close(week(16).value, 9.4557, 4);
    close(week(18).value, 6.8833, 4);
}

#[test]
fn cusum_alarms_in_week_14() {
    let (mean, deviation) = chart::moments(&X[..8]);
    let points = chart::cusum(&X[8..], mean, 0.5 * deviation, 4.0 * deviation, false).unwrap();
    close(points[4].value, 3.3453, 4);
    close(points[5].value, 9.6907, 4);
    close(points[5].limit, 5.2372, 4);
    assert!(!points[4].is_alarm && points[5].is_alarm);
}

#[test]
fn a_cusum_that_restarts_needs_the_whole_sum_again() {
    let steady: Vec<bool> =
        chart::cusum(&[7, 7, 7, 7], 5.0, 0.0, 4.0, false).unwrap().iter().map(|p| p.is_alarm).collect();
    let again: Vec<bool> =
        chart::cusum(&[7, 7, 7, 7], 5.0, 0.0, 4.0, true).unwrap().iter().map(|p| p.is_alarm).collect();
    assert_eq!(steady, [false, true, true, true]);
    assert_eq!(again, [false, true, false, true]);
}

#[test]
fn the_poisson_cusum_takes_its_reference_value_from_both_means() {
    close(chart::poisson_reference(5.0, 8.0), 6.382929, 6);
    let points = chart::poisson_cusum(&[9, 12], 5.0, 8.0, 8.0, false).unwrap();
    close(points[1].value, 21.0 - 2.0 * 6.382929, 5);
    assert!(points[1].is_alarm);
    assert!(chart::poisson_cusum(&[1], 5.0, 5.0, 1.0, false).is_err());
}

#[test]
fn standardised_sums_follow_the_three_transformations() {
    use chart::Transform;
    for (transform, value) in
        [(Transform::Standard, 2.5), (Transform::Rossi, 2.25), (Transform::Anscombe, 2.151_214_091)]
    {
        let points = chart::standardised_cusum(&[9], 4.0, transform, 0.0, 2.26, false).unwrap();
        close(points[0].value, value, 6);
    }
}

#[test]
fn poisson_tails_are_exact() {
    for (mean, count, p) in [
        (5.0, 9, 0.068093635),
        (5.0, 12, 0.005453092),
        (5.0, 15, 0.000226254),
        (0.2, 2, 0.017523096),
        (0.2, 3, 0.001148481),
    ] {
        close(surge::poisson_surge(count, mean), p, 9);
    }
}

#[test]
fn ears_shows_why_the_gap_matters() {
    let value =
        |method, week: usize| ears::judge(&X, week - 1, &ears::Settings::usual(method)).unwrap().statistic;
    close(value(Method::C1, 13), 4.8990, 4);
    close(value(Method::C2, 13), 3.0798, 4);
    close(value(Method::C1, 14), 3.7413, 4);
    close(value(Method::C2, 14), 6.0342, 4);
    close(value(Method::C3, 14), 7.1140, 4);
    close(value(Method::C1, 15), 2.9470, 4);
    close(value(Method::C2, 15), 12.2474, 4);
}

#[test]
fn ears_is_usable_from_points_8_10_and_12() {
    for (method, first) in [(Method::C1, 8), (Method::C2, 10), (Method::C3, 12)] {
        let settings = ears::Settings::usual(method);
        assert_eq!(ears::judge_all(&X, &settings).unwrap()[0].at + 1, first);
        assert_eq!(ears::judge(&X, first - 2, &settings).unwrap_err().code(), "series_too_short");
    }
}

#[test]
fn a_flat_baseline_does_not_make_every_change_an_alarm() {
    let flat = [5, 5, 5, 5, 5, 5, 5, 6, 7];
    let usual = ears::judge_all(&flat, &ears::Settings::usual(Method::C1)).unwrap();
    assert!(!usual[0].is_alarm && usual[1].is_alarm);
    let bare = ears::judge_all(&flat, &ears::Settings::at_alpha(Method::C1, 0.001)).unwrap();
    assert!(bare[0].is_alarm);
}

#[test]
fn c3_as_published_counts_the_current_week_and_r_does_not() {
    let own = ears::judge_all(&X, &ears::Settings::usual(Method::C3)).unwrap();
    let in_r = ears::judge_all(&X, &ears::Settings::usual(Method::C3AsInR)).unwrap();
    let weeks =
        |js: &[ears::Judgement]| js.iter().filter(|j| j.is_alarm).map(|j| j.at + 1).collect::<Vec<_>>();
    assert_eq!(weeks(&own)[..2], [13, 14]);
    assert_eq!(weeks(&in_r)[0], 14);
    for j in own.iter().filter(|j| j.upper_bound > 0.0) {
        assert_eq!(j.is_alarm, f64::from(j.observed) > j.upper_bound, "week {}", j.at + 1);
    }
}

#[test]
fn kulldorffs_ratio_is_3_813419() {
    close(scan::kulldorff(9.0, 3.2, 60.0), 3.813419, 6);
    close(scan::kulldorff(3.0, 3.2, 60.0), 0.0, 9);
    close(scan::kulldorff(60.0, 3.2, 60.0), 60.0 * (60.0f64 / 3.2).ln(), 6);
}

#[test]
fn wilsons_interval_of_3_in_10_is_wide() {
    let share = interval::wilson(3, 10, interval::USUAL_Z).unwrap();
    close(share.lower, 0.107789, 6);
    close(share.upper, 0.603227, 6);
    assert!(!share.is_few);
    assert!(interval::wilson(3, 9, interval::USUAL_Z).unwrap().is_few);
    assert_eq!(interval::wilson(0, 5, interval::USUAL_Z).unwrap().lower, 0.0);
    assert_eq!(interval::wilson(5, 5, interval::USUAL_Z).unwrap().upper, 1.0);
    assert_eq!(interval::wilson(0, 0, interval::USUAL_Z).unwrap().upper, 1.0);
    close(interval::wilson(3, 10, interval::z_of(0.95)).unwrap().lower, 0.107791, 6);
    assert!(interval::wilson(2, 1, interval::USUAL_Z).is_err());
}

#[test]
fn two_reports_where_few_are_expected_are_no_surge() {
    let rule = surge::SurgeRule { minimum_count: 3, false_share: 0.05 };
    let cells =
        [(2, 0.02), (15, 5.0), (5, 5.0), (3, 0.2)].map(|(count, expected)| surge::Cell { count, expected });
    let judged = surge::surge_grid(&cells, rule);
    assert_eq!(judged.iter().map(|j| j.is_surge).collect::<Vec<_>>(), [false, true, false, true]);
    assert!(judged[0].adjusted < 0.05);
}

#[test]
fn the_same_surge_in_a_larger_grid_needs_more() {
    let rule = surge::SurgeRule { minimum_count: 3, false_share: 0.05 };
    let mut cells = vec![surge::Cell { count: 12, expected: 5.0 }];
    assert!(surge::surge_grid(&cells, rule)[0].is_surge);
    cells.extend(vec![surge::Cell { count: 5, expected: 5.0 }; 659]);
    assert!(!surge::surge_grid(&cells, rule)[0].is_surge);
}
