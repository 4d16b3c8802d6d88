//! Tests of the deadline engine with the vectors of `domain.md` §2.8 and hand-computed cases.

use jiff::{Timestamp, ToSpan, civil::Date};
use proptest::prelude::*;

use super::*;
use crate::calendar::Calendar;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn term(n: u32, unit: TermUnit) -> Term {
    Term { n, unit }
}

fn pause(from: &str, to: Option<&str>) -> Pause {
    Pause { from: at(from), to: to.map(at), reason: "鉴定".to_owned() }
}

fn due_on(start: &str, n: u32, unit: TermUnit) -> Due {
    due_from_date(day(start), &term(n, unit), &Calendar::china_2023_2026(), &[]).unwrap()
}

#[test]
fn working_days_end_as_computed_by_hand() {
    for (start, n, end) in [
        ("2023-12-29", 1, "2024-01-02"),
        ("2024-02-07", 3, "2024-02-18"),
        ("2024-02-08", 7, "2024-02-23"),
        ("2025-01-27", 7, "2025-02-12"),
        ("2025-09-30", 20, "2025-11-04"),
        ("2026-11-23", 20, "2026-12-21"),
    ] {
        assert_eq!(due_on(start, n, TermUnit::WorkingDay).date, day(end), "{start} + {n}");
    }
}

#[test]
fn calendar_days_are_counted_whole_and_moved_off_a_rest_day() {
    for (n, nominal, date) in [(90, "2024-05-30", "2024-05-30"), (120, "2024-06-29", "2024-07-01")] {
        let due = due_on("2024-03-01", n, TermUnit::CalendarDay);
        assert_eq!((due.nominal, due.date), (day(nominal), day(date)));
    }
}

#[test]
fn a_month_ends_on_the_same_day_or_at_the_end_of_the_month() {
    for (start, n, nominal, date) in [
        ("2024-01-31", 1, "2024-02-29", "2024-02-29"),
        ("2025-01-31", 1, "2025-02-28", "2025-02-28"),
        ("2024-03-15", 6, "2024-09-15", "2024-09-18"),
        ("2024-11-30", 3, "2025-02-28", "2025-02-28"),
    ] {
        let due = due_on(start, n, TermUnit::Month);
        assert_eq!((due.nominal, due.date), (day(nominal), day(date)), "{start} + {n}");
    }
    let clamped = due_on("2024-01-31", 1, TermUnit::Month);
    assert!(clamped.trail.iter().any(|step| step.kind == StepKind::Clamp));
}

#[test]
fn hours_run_through_nights_and_rest_days() {
    let calendar = Calendar::china_2023_2026();
    let due = due(at("2026-02-14T16:30:00+08:00"), &term(24, TermUnit::Hour), &calendar, &[]).unwrap();
    assert_eq!(due.at, at("2026-02-15T16:30:00+08:00"));
    assert_eq!(due.state(at("2026-02-15T16:29:59+08:00")).state, DueState::Due);
    assert_eq!(due.state(due.at).state, DueState::Overdue);
}

#[test]
fn the_day_of_the_event_is_that_of_beijing() {
    let calendar = Calendar::china_2023_2026();
    // 17:00 UTC is one o'clock of the next day in Beijing.
    let due = due(at("2024-03-04T17:00:00Z"), &term(1, TermUnit::WorkingDay), &calendar, &[]).unwrap();
    assert_eq!(due.date, day("2024-03-06"));
    assert_eq!(due.at, at("2024-03-07T00:00:00+08:00"));
}

#[test]
fn a_span_that_leaves_the_calendar_is_a_fault() {
    let calendar = Calendar::china_2023_2026();
    for unit in [TermUnit::WorkingDay, TermUnit::CalendarDay, TermUnit::Month] {
        for start in ["2022-12-31", "2026-12-30", "2027-03-01"] {
            let fault = due_from_date(day(start), &term(3, unit), &calendar, &[]).unwrap_err();
            assert_eq!(fault.code(), "calendar_missing", "{start} {unit}");
        }
    }
    let hours = due_from_date(day("2027-03-01"), &term(24, TermUnit::Hour), &calendar, &[]).unwrap();
    assert_eq!(hours.at, at("2027-03-02T00:00:00+08:00"));
}

#[test]
fn absurd_terms_are_faults_and_never_hang() {
    let calendar = Calendar::china_2023_2026();
    for unit in TermUnit::ALL {
        assert!(due_from_date(day("2024-01-02"), &term(u32::MAX, *unit), &calendar, &[]).is_err(), "{unit}");
    }
}

#[test]
fn a_pause_stretches_the_term_by_its_overlap_alone() {
    let calendar = Calendar::china_2023_2026();
    let start = at("2024-03-04T10:00:00+08:00");
    let ten = term(10, TermUnit::WorkingDay);
    let plain = due(start, &ten, &calendar, &[]).unwrap();
    assert_eq!(plain.date, day("2024-03-18"));
    for (pauses, end) in [
        // Two working days, Wednesday and Thursday.
        (vec![pause("2024-03-06T09:00:00+08:00", Some("2024-03-08T09:00:00+08:00"))], "2024-03-20"),
        // A weekend holds no working day.
        (vec![pause("2024-03-09T00:00:00+08:00", Some("2024-03-11T00:00:00+08:00"))], "2024-03-18"),
        // Begun before the event: only 5 and 6 March count.
        (vec![pause("2024-03-01T00:00:00+08:00", Some("2024-03-07T00:00:00+08:00"))], "2024-03-20"),
        // After the end.
        (vec![pause("2024-04-01T00:00:00+08:00", Some("2024-04-20T00:00:00+08:00"))], "2024-03-18"),
        // Two that overlap count once: 6, 7, 8 March.
        (
            vec![
                pause("2024-03-06T00:00:00+08:00", Some("2024-03-08T00:00:00+08:00")),
                pause("2024-03-07T00:00:00+08:00", Some("2024-03-09T00:00:00+08:00")),
            ],
            "2024-03-21",
        ),
        // A pause that only the stretched term meets counts too.
        (
            vec![
                pause("2024-03-06T00:00:00+08:00", Some("2024-03-08T00:00:00+08:00")),
                pause("2024-03-19T00:00:00+08:00", Some("2024-03-20T00:00:00+08:00")),
            ],
            "2024-03-21",
        ),
    ] {
        assert_eq!(due(start, &ten, &calendar, &pauses).unwrap().date, day(end), "{pauses:?}");
    }
}

#[test]
fn a_pause_stretches_calendar_days_and_hours() {
    let calendar = Calendar::china_2023_2026();
    let start = at("2024-03-04T10:00:00+08:00");
    let pauses = [pause("2024-03-06T09:00:00+08:00", Some("2024-03-08T12:00:00+08:00"))];
    let days = due(start, &term(10, TermUnit::CalendarDay), &calendar, &pauses).unwrap();
    // 14 March and two paused days give Saturday 16 March, moved to Monday.
    assert_eq!((days.nominal, days.date), (day("2024-03-16"), day("2024-03-18")));
    let kinds: Vec<_> = days.trail.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, [StepKind::Start, StepKind::Count, StepKind::Pause, StepKind::RollForward]);
    let hours = due(start, &term(72, TermUnit::Hour), &calendar, &pauses).unwrap();
    assert_eq!(hours.at, at("2024-03-09T13:00:00+08:00"));
}

#[test]
fn an_open_pause_leaves_the_end_open() {
    let calendar = Calendar::china_2023_2026();
    let start = at("2024-03-04T10:00:00+08:00");
    let pauses = [pause("2024-03-06T09:00:00+08:00", None)];
    for unit in [TermUnit::WorkingDay, TermUnit::CalendarDay] {
        let due = due(start, &term(10, unit), &calendar, &pauses).unwrap();
        assert_eq!(due.paused_since, Some(pauses[0].from));
        assert_eq!(due.state(at("2024-03-05T00:00:00+08:00")).state, DueState::Due);
        assert_eq!(due.state(at("2025-03-05T00:00:00+08:00")).state, DueState::Paused);
    }
    let late = [pause("2024-06-06T09:00:00+08:00", None)];
    let due = due(start, &term(10, TermUnit::WorkingDay), &calendar, &late).unwrap();
    assert_eq!(due.paused_since, None);
    assert_eq!(due.state(at("2024-07-01T00:00:00+08:00")).state, DueState::Overdue);
}

#[test]
fn the_state_turns_at_midnight_in_beijing() {
    let due = due_on("2024-03-04", 5, TermUnit::WorkingDay);
    for (now, state, days_left) in [
        ("2024-03-04T12:00:00+08:00", DueState::Due, 7),
        ("2024-03-11T23:59:59+08:00", DueState::Due, 0),
        ("2024-03-12T00:00:00+08:00", DueState::Overdue, -1),
    ] {
        assert_eq!(due.state(at(now)), Standing { state, days_left }, "{now}");
    }
    let calendar = Calendar::china_2023_2026();
    assert_eq!(due.working_days_left(at("2024-03-07T12:00:00+08:00"), &calendar), Ok(2));
}

#[test]
fn a_closed_pause_shows_while_it_lasts() {
    let calendar = Calendar::china_2023_2026();
    let pauses = [pause("2024-03-06T00:00:00+08:00", Some("2024-03-08T00:00:00+08:00"))];
    let due =
        due(at("2024-03-04T10:00:00+08:00"), &term(10, TermUnit::WorkingDay), &calendar, &pauses).unwrap();
    assert_eq!(due.state(at("2024-03-07T00:00:00+08:00")).state, DueState::Paused);
    assert_eq!(due.state(at("2024-03-08T00:00:00+08:00")).state, DueState::Due);
}

#[test]
fn a_reversed_pause_is_refused() {
    let pauses = [pause("2024-03-08T00:00:00+08:00", Some("2024-03-06T00:00:00+08:00"))];
    let calendar = Calendar::china_2023_2026();
    let fault = due_from_date(day("2024-03-04"), &term(1, TermUnit::Hour), &calendar, &pauses).unwrap_err();
    assert_eq!(fault.code(), "pause_reversed");
}

#[test]
fn a_due_date_proves_itself_and_a_changed_one_does_not() {
    let calendar = Calendar::china_2023_2026();
    let pauses = [pause("2024-03-06T00:00:00+08:00", Some("2024-03-08T00:00:00+08:00"))];
    let due =
        due(at("2024-03-04T10:00:00+08:00"), &term(10, TermUnit::WorkingDay), &calendar, &pauses).unwrap();
    let read: Due = serde_json::from_str(&serde_json::to_string(&due).unwrap()).unwrap();
    assert!(read.is_proved_by(&calendar));
    let mut forged = due.clone();
    forged.date = day("2024-04-01");
    assert!(!forged.is_proved_by(&calendar));
    let other = Calendar::new([], [2024]).unwrap();
    assert!(!due.is_proved_by(&other));
}

proptest! {
    #[test]
    fn a_longer_term_never_ends_earlier(offset in 0_i32..900, n in 0_u32..90, which in 0_usize..4) {
        let calendar = Calendar::china_2023_2026();
        let start = day("2023-01-01").checked_add(offset.days()).unwrap();
        let unit = TermUnit::ALL[which];
        let n = if unit == TermUnit::Month { n % 12 } else { n };
        let one = due_from_date(start, &term(n, unit), &calendar, &[]).unwrap();
        let more = due_from_date(start, &term(n + 1, unit), &calendar, &[]).unwrap();
        prop_assert!(more.at >= one.at);
        prop_assert!(one.is_proved_by(&calendar));
    }
}
