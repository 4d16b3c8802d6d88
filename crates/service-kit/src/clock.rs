//! The clock, injected everywhere so that deadlines can be tested to the day.
//!
//! Called by handlers and tasks through their kit. Domain code never calls it: time is an argument there.

use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// What time it is: the machine's, or a test's.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds added to the machine's time; `None` for the plain machine clock.
    shift: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// A clock that tests can move.
    #[must_use]
    pub fn movable() -> Self {
        Self { shift: Some(Arc::new(AtomicI64::new(0))) }
    }

    /// Now, in microseconds precision.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let shift = self.shift.as_ref().map_or(0, |s| s.load(Ordering::Relaxed));
        Timestamp::from_microsecond(Timestamp::now().as_microsecond() + shift)
            .unwrap_or_else(|_| Timestamp::now())
    }

    /// Today in China (UTC+8; no daylight saving since 1991).
    #[must_use]
    pub fn today(&self) -> Date {
        china_date(self.now())
    }

    /// Moves a movable clock; the machine clock stays where it is.
    pub fn advance(&self, by: std::time::Duration) {
        if let Some(shift) = &self.shift {
            shift.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::Relaxed);
        }
    }
}

/// The civil date of an instant in China.
#[must_use]
pub fn china_date(at: Timestamp) -> Date {
    jiff::tz::TimeZone::fixed(jiff::tz::offset(8)).to_datetime(at).date()
}
