//! Where a deadline stands at a given moment: due, overdue or paused. Called by lists, reminders and escalations.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Due, beijing_date};
use crate::calendar::{Calendar, CalendarMissing};

crate::define_words! {
    /// State of a deadline (期限状态).
    pub enum DueState {
        /// Running.
        Due = "due", "办理中", [];
        /// Over.
        Overdue = "overdue", "已超期", [];
        /// The clock stands still.
        Paused = "paused", "已中止", [];
    }
}

/// State of a deadline with the days left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    /// The state.
    pub state: DueState,
    /// Calendar days until the last day: zero on it, negative after it; while the clock stands, counted from the pause.
    pub days_left: i64,
}

impl Due {
    /// State at a moment.
    pub fn state(&self, now: Timestamp) -> Standing {
        let open = self.paused_since.filter(|since| *since <= now);
        if let Some(since) = open {
            return Standing {
                state: DueState::Paused,
                days_left: days_between(beijing_date(since), self.date),
            };
        }
        let days_left = days_between(beijing_date(now), self.date);
        let stands = self.pauses.iter().any(|p| p.from <= now && p.to.is_some_and(|to| now < to));
        let state = if now >= self.at {
            DueState::Overdue
        } else if stands {
            DueState::Paused
        } else {
            DueState::Due
        };
        Standing { state, days_left }
    }

    /// Working days until the last day, zero on it, negative after it.
    pub fn working_days_left(&self, now: Timestamp, calendar: &Calendar) -> Result<i64, CalendarMissing> {
        calendar.working_days_between(beijing_date(now), self.date)
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}
