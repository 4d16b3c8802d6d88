//! Working days (工作日) of the mainland, from lists of exceptions that somebody published.
//!
//! Monday to Friday are working days except days off; make-up days are working days although Saturday or Sunday. Outside the
//! covered years every question is [`CalendarMissing`]: the module refuses to guess, because the State Council moves
//! weekends each year. A calendar is a value with a [`Calendar::version`], so that a deadline can say by which calendar it
//! was computed. Called by [`crate::deadline`], by plans and by clocks of every service.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::calendar_notices;

crate::define_words! {
    /// What a listed day is.
    pub enum DayKind {
        /// Day off.
        Off = "off", "休息", ["放假"];
        /// Working day.
        Work = "work", "上班", ["调休上班", "补班"];
    }
}

/// One listed exception of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarDay {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Day off or working day.
    pub kind: DayKind,
}

/// A day was asked for that the calendar does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the working-day calendar does not cover {date}")]
pub struct CalendarMissing {
    /// The first day that is not covered.
    pub date: Date,
}

impl CalendarMissing {
    /// Stable name of the fault for machines; services answer 422 with it.
    pub const fn code(&self) -> &'static str {
        "calendar_missing"
    }

    /// What is wrong, in Chinese.
    pub fn message_zh(&self) -> String {
        format!("工作日历未覆盖{}，请先导入该年度的放假安排", self.date)
    }
}

/// One day was listed both as off and as work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{date} is listed both as off and as work")]
pub struct CalendarConflict {
    /// The day.
    pub date: Date,
}

impl CalendarConflict {
    /// Stable name of the fault for machines.
    pub const fn code(&self) -> &'static str {
        "calendar_conflict"
    }
}

/// A working-day calendar: covered years and exceptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeSet<i16>,
    days: BTreeMap<Date, DayKind>,
    version: String,
}

impl Calendar {
    /// Builds a calendar from exceptions and the years they fully describe; a repeated day must repeat its kind.
    ///
    /// An exception outside the covered years is kept: that one day is known, its neighbours are not.
    pub fn new(
        days: impl IntoIterator<Item = (Date, DayKind)>,
        years: impl IntoIterator<Item = i16>,
    ) -> Result<Self, CalendarConflict> {
        let mut listed = BTreeMap::new();
        for (date, kind) in days {
            if listed.insert(date, kind).is_some_and(|earlier| earlier != kind) {
                return Err(CalendarConflict { date });
            }
        }
        Ok(Self::from_parts(years.into_iter().collect(), listed))
    }

    /// The calendar of the State Council's notices for 2023 to 2026.
    pub fn china_2023_2026() -> Self {
        let mut days = BTreeMap::new();
        for &(year, month, day, count) in calendar_notices::OFF {
            if let Ok(first) = Date::new(year, month, day) {
                let span = first.series(1.day()).take(usize::from(count));
                days.extend(span.map(|date| (date, DayKind::Off)));
            }
        }
        for &(year, month, day) in calendar_notices::WORK {
            if let Ok(date) = Date::new(year, month, day) {
                days.insert(date, DayKind::Work);
            }
        }
        Self::from_parts(calendar_notices::YEARS.into_iter().collect(), days)
    }

    fn from_parts(years: BTreeSet<i16>, days: BTreeMap<Date, DayKind>) -> Self {
        let version = version_of(&years, &days);
        Self { years, days, version }
    }

    /// SHA-256 in hex of the canonical content: two calendars that answer alike by content have one version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Covered years in ascending order.
    pub fn years(&self) -> impl Iterator<Item = i16> {
        self.years.iter().copied()
    }

    /// Listed exceptions in ascending order.
    pub fn days(&self) -> impl Iterator<Item = CalendarDay> {
        self.days.iter().map(|(date, kind)| CalendarDay { date: *date, kind: *kind })
    }

    /// Whether the year of the day is covered.
    pub fn covers(&self, date: Date) -> bool {
        self.years.contains(&date.year())
    }

    /// Whether the day is a working day; a listed day is known even in a year that is not covered.
    pub fn is_working_day(&self, date: Date) -> Result<bool, CalendarMissing> {
        if let Some(kind) = self.days.get(&date) {
            return Ok(*kind == DayKind::Work);
        }
        self.require(date)?;
        Ok(!matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday))
    }

    /// The day `n` working days after `start`, the start not counted (民法典 art. 201); zero gives the start itself.
    ///
    /// Fails when the start or any day up to the result lies outside the covered years.
    pub fn add_working_days(&self, start: Date, n: u32) -> Result<Date, CalendarMissing> {
        self.walk(start, n, Date::tomorrow)
    }

    /// The day `n` working days before `start`, the start not counted; zero gives the start itself.
    pub fn subtract_working_days(&self, start: Date, n: u32) -> Result<Date, CalendarMissing> {
        self.walk(start, n, Date::yesterday)
    }

    /// Working days after `from` up to and with `to`; negative when `to` is earlier, so that it undoes `add_working_days`.
    pub fn working_days_between(&self, from: Date, to: Date) -> Result<i64, CalendarMissing> {
        self.require(from)?;
        self.require(to)?;
        let (early, late, sign) = if from <= to { (from, to, 1) } else { (to, from, -1) };
        let mut count = 0;
        let mut day = early;
        while day < late {
            day = self.step(day, Date::tomorrow)?;
            count += i64::from(self.is_working_day(day)?);
        }
        Ok(sign * count)
    }

    /// The day itself if it is a working day, else the next one (民法典 art. 203).
    pub fn roll_forward(&self, date: Date) -> Result<Date, CalendarMissing> {
        self.roll(date, Date::tomorrow)
    }

    /// The day itself if it is a working day, else the one before.
    pub fn roll_back(&self, date: Date) -> Result<Date, CalendarMissing> {
        self.roll(date, Date::yesterday)
    }

    /// Number of working days of a covered year.
    pub fn working_days_of_year(&self, year: i16) -> Result<u32, CalendarMissing> {
        let missing = |_| CalendarMissing { date: Date::MAX };
        let mut day = Date::new(year, 1, 1).map_err(missing)?;
        let mut count = 0;
        while day.year() == year {
            count += u32::from(self.is_working_day(day)?);
            day = self.step(day, Date::tomorrow)?;
        }
        Ok(count)
    }

    /// Refuses a day whose year is not covered.
    pub fn require(&self, date: Date) -> Result<(), CalendarMissing> {
        if self.covers(date) { Ok(()) } else { Err(CalendarMissing { date }) }
    }

    fn walk(
        &self,
        start: Date,
        n: u32,
        next: fn(Date) -> Result<Date, jiff::Error>,
    ) -> Result<Date, CalendarMissing> {
        self.require(start)?;
        let mut day = start;
        let mut left = n;
        while left > 0 {
            day = self.step(day, next)?;
            left -= u32::from(self.is_working_day(day)?);
        }
        // A listed day of an uncovered year is known, but a result there would look like a covered one.
        self.require(day)?;
        Ok(day)
    }

    fn roll(&self, date: Date, next: fn(Date) -> Result<Date, jiff::Error>) -> Result<Date, CalendarMissing> {
        self.require(date)?;
        let mut day = date;
        while !self.is_working_day(day)? {
            day = self.step(day, next)?;
        }
        self.require(day)?;
        Ok(day)
    }

    fn step(&self, day: Date, next: fn(Date) -> Result<Date, jiff::Error>) -> Result<Date, CalendarMissing> {
        next(day).map_err(|_| CalendarMissing { date: day })
    }
}

/// Canonical content: a name, the years, one line for each exception.
fn version_of(years: &BTreeSet<i16>, days: &BTreeMap<Date, DayKind>) -> String {
    let mut digest = Sha256::new();
    digest.update(b"lianjian-calendar-v1\n");
    for year in years {
        digest.update(format!("year {year}\n"));
    }
    for (date, kind) in days {
        digest.update(format!("{date} {kind}\n"));
    }
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_years_have_as_many_working_days_as_the_notices_give() {
        let calendar = Calendar::china_2023_2026();
        for (year, count) in [(2023, 249), (2024, 251), (2025, 248), (2026, 248)] {
            assert_eq!(calendar.working_days_of_year(year), Ok(count), "{year}");
        }
    }

    #[test]
    fn working_days_are_added_as_computed_by_hand() {
        let calendar = Calendar::china_2023_2026();
        for (start, n, end) in [
            ("2023-12-29", 1, "2024-01-02"),
            ("2024-02-07", 3, "2024-02-18"),
            ("2024-02-08", 7, "2024-02-23"),
            ("2024-04-03", 3, "2024-04-09"),
            ("2024-04-30", 5, "2024-05-10"),
            ("2024-09-13", 1, "2024-09-14"),
            ("2024-09-13", 2, "2024-09-18"),
            ("2024-09-30", 7, "2024-10-15"),
            ("2025-01-24", 1, "2025-01-26"),
            ("2025-01-27", 7, "2025-02-12"),
            ("2025-04-26", 1, "2025-04-27"),
            ("2025-09-30", 20, "2025-11-04"),
            ("2026-02-13", 1, "2026-02-14"),
            ("2026-02-13", 3, "2026-02-25"),
            ("2026-04-30", 7, "2026-05-13"),
            ("2026-09-18", 1, "2026-09-20"),
            ("2026-09-30", 3, "2026-10-10"),
            ("2026-11-23", 20, "2026-12-21"),
        ] {
            let added = calendar.add_working_days(day(start), n);
            assert_eq!(added, Ok(day(end)), "{start} + {n}");
            assert_eq!(calendar.working_days_between(day(start), day(end)), Ok(i64::from(n)));
            assert_eq!(calendar.working_days_between(day(end), day(start)), Ok(-i64::from(n)));
        }
    }

    #[test]
    fn listed_days_are_what_the_notice_says() {
        let calendar = Calendar::china_2023_2026();
        for (text, working) in [
            ("2022-12-31", false),
            ("2023-01-02", false),
            ("2023-01-28", true),
            ("2024-02-09", true),
            ("2024-02-10", false),
            ("2024-02-18", true),
            ("2025-01-26", true),
            ("2025-02-04", false),
            ("2025-02-05", true),
            ("2026-01-04", true),
            ("2026-02-23", false),
            ("2026-10-10", true),
            ("2026-10-11", false),
        ] {
            assert_eq!(calendar.is_working_day(day(text)), Ok(working), "{text}");
        }
        assert_eq!(calendar.days().filter(|d| d.kind == DayKind::Work).count(), 26);
    }

    #[test]
    fn nothing_is_guessed_outside_the_covered_years() {
        let calendar = Calendar::china_2023_2026();
        let missing = |text| CalendarMissing { date: day(text) };
        assert_eq!(calendar.is_working_day(day("2022-12-30")), Err(missing("2022-12-30")));
        assert_eq!(calendar.is_working_day(day("2027-01-01")), Err(missing("2027-01-01")));
        assert_eq!(calendar.add_working_days(day("2022-12-31"), 1), Err(missing("2022-12-31")));
        assert_eq!(calendar.add_working_days(day("2022-12-30"), 0), Err(missing("2022-12-30")));
        assert_eq!(calendar.add_working_days(day("2026-12-31"), 1), Err(missing("2027-01-01")));
        assert_eq!(calendar.add_working_days(day("2026-12-01"), u32::MAX), Err(missing("2027-01-01")));
        assert_eq!(calendar.roll_forward(day("2022-12-31")), Err(missing("2022-12-31")));
        assert!(calendar.roll_back(day("2023-01-01")).is_err());
        assert_eq!(missing("2027-01-01").code(), "calendar_missing");
    }

    #[test]
    fn a_rest_day_rolls_to_the_nearest_working_day() {
        let calendar = Calendar::china_2023_2026();
        for (rest, back, forward) in [
            ("2026-01-31", "2026-01-30", "2026-02-02"),
            ("2025-01-31", "2025-01-27", "2025-02-05"),
            ("2024-01-31", "2024-01-31", "2024-01-31"),
        ] {
            assert_eq!(calendar.roll_back(day(rest)), Ok(day(back)));
            assert_eq!(calendar.roll_forward(day(rest)), Ok(day(forward)));
        }
        assert_eq!(calendar.subtract_working_days(day("2026-02-25"), 3), Ok(day("2026-02-13")));
    }

    #[test]
    fn the_version_follows_the_content_and_not_the_order() {
        let days = [(date(2027, 1, 1), DayKind::Off), (date(2027, 1, 2), DayKind::Work)];
        let one = Calendar::new(days, [2027]).unwrap();
        let other = Calendar::new(days.into_iter().rev().chain(days), [2027, 2027]).unwrap();
        assert_eq!((one.version(), one.version().len()), (other.version(), 64));
        assert_ne!(one.version(), Calendar::new(days, [2026, 2027]).unwrap().version());
        assert_ne!(one.version(), Calendar::new(days.into_iter().take(1), [2027]).unwrap().version());
    }

    #[test]
    fn a_day_listed_twice_with_two_kinds_is_refused() {
        let days = [(date(2027, 1, 1), DayKind::Off), (date(2027, 1, 1), DayKind::Work)];
        assert_eq!(Calendar::new(days, [2027]), Err(CalendarConflict { date: date(2027, 1, 1) }));
    }

    proptest! {
        #[test]
        fn adding_more_days_never_ends_earlier(start in 0_i32..1200, n in 0_u32..60) {
            let calendar = Calendar::china_2023_2026();
            let start = date(2023, 1, 1).checked_add(start.days()).unwrap();
            let one = calendar.add_working_days(start, n).unwrap();
            let more = calendar.add_working_days(start, n + 1).unwrap();
            prop_assert!(more > one);
            prop_assert_eq!(calendar.is_working_day(more), Ok(true));
            prop_assert_eq!(calendar.working_days_between(start, more), Ok(i64::from(n) + 1));
        }
    }
}
