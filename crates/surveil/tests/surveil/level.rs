//! Levels, restart, cool-down, minimum counts.

use jiff::civil::{Date, date};
use surveil::level::*;

fn steps() -> Vec<Step> {
    [(Level::Blue, 2.0), (Level::Yellow, 3.0), (Level::Orange, 4.0), (Level::Red, 6.0)]
        .map(|(level, from)| Step { level, from })
        .to_vec()
}

fn rule() -> ValueRule {
    ValueRule { steps: steps(), minimum_count: 3, cool_down: 2, sustained: 1 }
}

fn values(values: &[f64]) -> Vec<Value> {
    values.iter().enumerate().map(|(i, v)| Value { period: i as i64, value: *v, count: 5 }).collect()
}

fn told(alerts: &[ValueAlert]) -> Vec<(i64, Level)> {
    alerts.iter().map(|a| (a.period, a.level)).collect()
}

#[test]
fn the_highest_step_that_is_reached_gives_the_level() {
    assert_eq!(level_of(&steps(), 1.99), None);
    assert_eq!(level_of(&steps(), 2.0), Some(Level::Blue));
    assert_eq!(level_of(&steps(), 5.9), Some(Level::Orange));
    assert_eq!(level_of(&steps(), f64::INFINITY), Some(Level::Red));
    assert_eq!(level_of(&steps(), f64::NAN), None);
}

#[test]
fn equal_and_lower_levels_are_merged_while_it_cools_down() {
    let alerts = alerts_of_values(&rule(), &values(&[0.0, 4.0, 4.5, 3.0, 3.0, 0.0])).unwrap();
    assert_eq!(told(&alerts), [(1, Level::Orange), (4, Level::Yellow)]);
    assert_eq!(alerts[0].merged, [2, 3]);
    assert!(!alerts[1].is_raised);
}

#[test]
fn a_higher_level_alerts_at_once() {
    let alerts = alerts_of_values(&rule(), &values(&[2.0, 7.0, 7.0])).unwrap();
    assert_eq!(told(&alerts), [(0, Level::Blue), (1, Level::Red)]);
    assert!(alerts[1].is_raised);
}

#[test]
fn below_the_minimum_count_there_is_no_alert_however_high_the_value() {
    let few = [Value { period: 0, value: 99.0, count: 2 }];
    assert!(alerts_of_values(&rule(), &few).unwrap().is_empty());
}

#[test]
fn a_sustained_rule_alerts_at_the_level_that_held_throughout() {
    let rule = ValueRule { sustained: 3, ..rule() };
    let alerts = alerts_of_values(&rule, &values(&[7.0, 3.0, 4.0, 0.0, 7.0, 7.0])).unwrap();
    assert_eq!(told(&alerts), [(2, Level::Yellow)]);
    let gap: Vec<Value> = [0, 1, 3, 4].iter().map(|p| Value { period: *p, value: 9.0, count: 9 }).collect();
    assert!(alerts_of_values(&rule, &gap).unwrap().is_empty());
}

#[test]
fn rules_that_contradict_themselves_are_refused() {
    let mut falling = rule();
    falling.steps[3].from = 1.0;
    assert_eq!(alerts_of_values(&falling, &[]).unwrap_err().code(), "setting_out_of_range");
    assert!(alerts_of_values(&ValueRule { steps: vec![], ..rule() }, &[]).is_err());
    let back = [Value { period: 1, value: 0.0, count: 0 }, Value { period: 1, value: 0.0, count: 0 }];
    assert!(alerts_of_values(&rule(), &back).is_err());
}

fn cases(days: &[Date]) -> Vec<Case> {
    days.iter().map(|day| Case { day: *day, team: Some("a".into()) }).collect()
}

fn alert_days(rule: &CaseRule, days: &[Date]) -> Vec<Date> {
    alerts_of_cases(rule, &cases(days)).unwrap().iter().map(|a| a.day).collect()
}

#[test]
fn overdue_follow_ups_are_counted_anew_after_an_alert_and_each_year() {
    let days: Vec<Date> = (1..=7).map(|d| date(2026, 3, d)).collect();
    assert_eq!(alert_days(&CaseRule::overdue_follow_ups(), &days), [date(2026, 3, 3), date(2026, 3, 6)]);
    let over_new_year = [date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2)];
    assert!(alert_days(&CaseRule::overdue_follow_ups(), &over_new_year).is_empty());
}

#[test]
fn checks_without_code_alert_at_the_second_and_then_each() {
    let days = [date(2026, 1, 1), date(2026, 5, 1), date(2027, 1, 1)];
    assert_eq!(alert_days(&CaseRule::checks_without_code(), &days), days[1..]);
}

#[test]
fn offline_transfers_of_the_same_team_have_three_days_grace() {
    let mut given =
        cases(&[date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3), date(2026, 1, 5), date(2026, 1, 6)]);
    given.push(Case { day: date(2026, 1, 6), team: Some("b".into()) });
    given.push(Case { day: date(2026, 1, 20), team: Some("a".into()) });
    let alerts = alerts_of_cases(&CaseRule::offline_transfers(), &given).unwrap();
    assert_eq!(
        alerts.iter().map(|a| a.day).collect::<Vec<_>>(),
        [date(2026, 1, 3), date(2026, 1, 6), date(2026, 1, 20)]
    );
    assert_eq!(alerts[0].merged, [3, 4]);
    assert_eq!(alerts[2].cases.len(), 7);
}

#[test]
fn frequent_checks_are_pairs_within_60_days_and_three_of_them_alert() {
    let checks = [date(2026, 1, 1), date(2026, 3, 1), date(2026, 4, 30), date(2026, 6, 28)];
    // 59 days, 60 days, 59 days: the 60th day after is no longer within.
    assert_eq!(repeats_within(&checks, 60), [1, 3]);
    let days = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2027, 3, 2)];
    assert_eq!(alert_days(&CaseRule::frequent_checks(), &days), days[2..]);
}

#[test]
fn a_rolling_window_forgets() {
    let rule = CaseRule { window: CaseWindow::Days(30), ..CaseRule::returned_transfers() };
    let rule = CaseRule { threshold: 2, ..rule };
    assert!(alert_days(&rule, &[date(2026, 1, 1), date(2026, 1, 31)]).is_empty());
    assert_eq!(alert_days(&rule, &[date(2026, 1, 1), date(2026, 1, 30)]), [date(2026, 1, 30)]);
}

#[test]
fn returned_transfers_alert_at_five() {
    let days: Vec<Date> = (1..=10).map(|d| date(2026, 3, d)).collect();
    assert_eq!(alert_days(&CaseRule::returned_transfers(), &days), [date(2026, 3, 5), date(2026, 3, 10)]);
}
