//! Serial numbers to dates and back, in both date systems.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, ToSpan};

const DAY_SECONDS: i64 = 86_400;
/// 9999-12-31 in the 1900 system.
const LAST_DAY: i64 = 2_958_465;

/// The date of a serial number; none for 1900-02-29, which never was, and outside 1900–9999.
pub(crate) fn from_serial(serial: f64, is_1904: bool) -> Option<DateTime> {
    if !serial.is_finite() || serial < 0.0 || serial >= (LAST_DAY + 1) as f64 {
        return None;
    }
    let seconds = (serial * DAY_SECONDS as f64).round() as i64;
    let (days, seconds) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    let (base, days) = match (is_1904, days) {
        (true, _) => (Date::constant(1904, 1, 1), days),
        (false, 60) => return None,
        (false, 0..60) => (Date::constant(1899, 12, 31), days),
        (false, _) => (Date::constant(1899, 12, 30), days),
    };
    base.to_datetime(Time::midnight())
        .checked_add(Span::new().try_days(days).ok()?)
        .and_then(|d| d.checked_add(seconds.seconds()))
        .ok()
}

/// The serial number in the 1900 system; none before 1900-01-01.
pub(crate) fn to_serial(at: DateTime) -> Option<f64> {
    let base = Date::constant(1899, 12, 31);
    let days = i64::from(at.date().since(base).ok()?.get_days());
    let days = if days >= 60 { days + 1 } else { days };
    let seconds = i64::from(at.hour()) * 3600 + i64::from(at.minute()) * 60 + i64::from(at.second());
    (days > 0).then(|| days as f64 + seconds as f64 / DAY_SECONDS as f64)
}

/// `2024-03-01`, with `T08:30:00` when there is a time of day.
pub(crate) fn iso(at: DateTime, has_time: bool) -> String {
    let day = format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day());
    if has_time || at.time() != Time::midnight() {
        format!("{day}T{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    } else {
        day
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn serials_follow_both_date_systems_and_the_leap_day_that_never_was() {
        for (serial, is_1904, want) in [
            (1.0, false, "1900-01-01"),
            (59.0, false, "1900-02-28"),
            (61.0, false, "1900-03-01"),
            (45_352.0, false, "2024-03-01"),
            (45_352.5, false, "2024-03-01T12:00:00"),
            (43_890.0, true, "2024-03-01"),
            (2_958_465.0, false, "9999-12-31"),
        ] {
            let at = from_serial(serial, is_1904).unwrap();
            assert_eq!(iso(at, false), want);
            if !is_1904 {
                assert_eq!(to_serial(at), Some(serial));
            }
        }
        assert_eq!(from_serial(60.0, false), None);
        assert_eq!(from_serial(-1.0, false), None);
        assert_eq!(from_serial(3e6, false), None);
        assert_eq!(to_serial(date(1899, 1, 1).at(0, 0, 0, 0)), None);
    }
}
