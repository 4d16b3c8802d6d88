//! Ages in months, and what is still the twelfth month.
//!
//! Two counts, each with its boundary: a *record* of day `on` is in its m-th month until `on + m months`, that day included
//! (so "at most 12 months" is true on the anniversary and false the day after); a *subject* has completed m months from
//! `registered_on + m months` on (so "under one year" ends on the first birthday). `+ months` keeps the day of the month,
//! or takes the last day of a shorter month: 31 January + 1 month = 28 or 29 February. Called by the engine.

use crate::decimal::Dec;
use crate::pack::AgeTable;
use jiff::civil::Date;

/// Greatest age counted, in months; dates further apart have it.
pub const MAX_MONTHS: i64 = 12_000;

/// Whole months begun from `on` until `day`: the least m ≥ 0 with `day ≤ on + m months`.
#[must_use]
pub fn months_started(on: Date, day: Date) -> i64 {
    if day <= on {
        return 0;
    }
    let between = months_apart(on, day);
    let passed = day.day() > on.day().min(day.days_in_month());
    (between + i64::from(passed)).min(MAX_MONTHS)
}

/// Whole months completed from `since` until `day`: the greatest m with `since + m months ≤ day`; 0 before `since`.
#[must_use]
pub fn months_completed(since: Date, day: Date) -> i64 {
    if day <= since {
        return 0;
    }
    let between = months_apart(since, day);
    let reached = day.day() >= since.day().min(day.days_in_month());
    (between - i64::from(!reached)).clamp(0, MAX_MONTHS)
}

fn months_apart(from: Date, to: Date) -> i64 {
    (i64::from(to.year()) - i64::from(from.year())) * 12 + i64::from(to.month()) - i64::from(from.month())
}

/// The day m months after `on`, the last of the month where that month is shorter; none past the calendar's end.
#[must_use]
pub fn plus_months(on: Date, months: u32) -> Option<Date> {
    on.checked_add(jiff::Span::new().try_months(months).ok()?).ok()
}

/// First day on which a record is older than so many months.
#[must_use]
pub fn first_day_past(on: Date, months: u32) -> Option<Date> {
    plus_months(on, months)?.tomorrow().ok()
}

/// Days since 1970-01-01.
#[must_use]
pub fn day_number(day: Date) -> i64 {
    // Civil days by the 400-year cycle; jiff's own difference builds a span, which costs more than a whole indicator.
    let (mut y, m, d) = (i64::from(day.year()), i64::from(day.month()), i64::from(day.day()));
    y -= i64::from(m <= 2);
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

impl AgeTable {
    /// Factor of a record of so many months begun.
    #[must_use]
    pub fn factor(&self, months: i64) -> Dec {
        self.steps.iter().find(|s| months <= i64::from(s.months)).map_or(Dec::ZERO, |s| s.factor)
    }

    /// Last month with an effect; older records have none.
    #[must_use]
    pub fn last_month(&self) -> u32 {
        self.steps.iter().rev().find(|s| !s.factor.is_zero()).map_or(0, |s| s.months)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_anniversary_still_belongs_to_the_twelfth_month_of_a_record() {
        let on = date(2024, 5, 20);
        let vectors = [
            (date(2024, 5, 20), 0),
            (date(2024, 5, 21), 1),
            (date(2024, 6, 20), 1),
            (date(2024, 6, 21), 2),
            (date(2025, 5, 20), 12),
            (date(2025, 5, 21), 13),
            (date(2024, 1, 1), 0),
        ];
        for (day, months) in vectors {
            assert_eq!(months_started(on, day), months, "{day}");
        }
    }

    #[test]
    fn short_months_end_on_their_last_day() {
        assert_eq!(months_started(date(2024, 1, 31), date(2024, 2, 29)), 1);
        assert_eq!(months_started(date(2024, 1, 31), date(2024, 3, 1)), 2);
        assert_eq!(months_started(date(2024, 2, 29), date(2025, 2, 28)), 12);
        assert_eq!(months_started(date(2024, 2, 29), date(2025, 3, 1)), 13);
        assert_eq!(months_completed(date(2024, 1, 31), date(2024, 2, 28)), 0);
        assert_eq!(months_completed(date(2024, 1, 31), date(2024, 2, 29)), 1);
        assert_eq!(months_completed(date(2024, 2, 29), date(2025, 2, 28)), 12);
        assert_eq!(plus_months(date(2023, 1, 31), 1), Some(date(2023, 2, 28)));
    }

    #[test]
    fn a_subject_is_one_year_old_on_its_birthday() {
        let since = date(2024, 5, 20);
        assert_eq!(months_completed(since, date(2025, 5, 19)), 11);
        assert_eq!(months_completed(since, date(2025, 5, 20)), 12);
        assert_eq!(months_completed(since, date(2020, 1, 1)), 0);
    }

    #[test]
    fn months_agree_with_the_calendar_for_every_day_of_five_years() {
        let on = date(2023, 12, 31);
        let mut day = on;
        for _ in 0..1900 {
            let m = u32::try_from(months_started(on, day)).unwrap();
            assert!(
                day <= plus_months(on, m).unwrap() && (m == 0 || day > plus_months(on, m - 1).unwrap()),
                "{day}"
            );
            let c = u32::try_from(months_completed(on, day)).unwrap();
            assert!(plus_months(on, c).unwrap() <= day && day < plus_months(on, c + 1).unwrap(), "{day}");
            let days = on.until(day).unwrap().get_days();
            assert_eq!(day_number(day) - day_number(on), i64::from(days));
            day = day.tomorrow().unwrap();
        }
        assert_eq!(day_number(date(1970, 1, 1)), 0);
        assert_eq!(day_number(date(2000, 3, 1)), 11_017);
        assert_eq!(day_number(date(1969, 12, 31)), -1);
    }
}
