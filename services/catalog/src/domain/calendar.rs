//! One year's notice of days off and make-up days (放假安排), and several of them made one calendar.
//!
//! Refuses a day of a year the notice is not for, and a day that two notices call different things. Called by the calendar
//! app functions and the reference loader.

use domain::calendar::{Calendar, CalendarConflict, CalendarDay};
use serde::{Deserialize, Serialize};

/// What one year's notice lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The year.
    pub year: i16,
    /// The days it lists.
    pub days: Vec<CalendarDay>,
}

/// A whole calendar as it is kept: its version proves its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Years covered.
    pub years: Vec<i16>,
    /// All listed days.
    pub days: Vec<CalendarDay>,
}

/// Indices of listed days that lie neither in the year nor within a month before or after it.
#[must_use]
pub fn strangers(notice: &Notice) -> Vec<usize> {
    let near = |day: &CalendarDay| {
        let (y, m) = (day.date.year(), day.date.month());
        y == notice.year || (y + 1 == notice.year && m == 12) || (y - 1 == notice.year && m == 1)
    };
    notice.days.iter().enumerate().filter(|(_, d)| !near(d)).map(|(i, _)| i).collect()
}

/// The notices as one calendar.
///
/// # Errors
/// A day that is listed both as off and as work.
pub fn merge(notices: &[Notice]) -> Result<Edition, CalendarConflict> {
    let days = notices.iter().flat_map(|n| n.days.iter().map(|d| (d.date, d.kind)));
    let calendar = Calendar::new(days, notices.iter().map(|n| n.year))?;
    Ok(Edition { years: calendar.years().collect(), days: calendar.days().collect() })
}

impl Edition {
    /// The calendar to compute with.
    ///
    /// # Errors
    /// As [`merge`]; never for an edition made by it.
    pub fn calendar(&self) -> Result<Calendar, CalendarConflict> {
        Calendar::new(self.days.iter().map(|d| (d.date, d.kind)), self.years.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::calendar::DayKind;

    fn notice(year: i16, days: &[(&str, DayKind)]) -> Notice {
        let days =
            days.iter().map(|(d, kind)| CalendarDay { date: d.parse().unwrap(), kind: *kind }).collect();
        Notice { year, days }
    }

    #[test]
    fn a_notice_may_list_the_edge_of_the_year_before_and_nothing_further() {
        let days = [("2022-12-31", DayKind::Off), ("2023-01-02", DayKind::Off), ("2022-11-30", DayKind::Off)];
        assert_eq!(strangers(&notice(2023, &days)), [2]);
    }

    #[test]
    fn two_notices_may_not_contradict_each_other() {
        let a = notice(2026, &[("2026-12-31", DayKind::Work)]);
        let b = notice(2027, &[("2026-12-31", DayKind::Off), ("2027-01-01", DayKind::Off)]);
        assert!(merge(&[a.clone(), b.clone()]).is_err());
        let merged = merge(&[notice(2026, &[]), b]).unwrap();
        assert_eq!((merged.years.as_slice(), merged.days.len()), ([2026, 2027].as_slice(), 2));
        assert_ne!(merged.calendar().unwrap().version(), merge(&[a]).unwrap().calendar().unwrap().version());
    }
}
