//! Deadline engine (期限): `due = f(start, term, calendar, pauses)`, provable from what it keeps.
//!
//! Every term has a unit, since “日” is not always a working day (行政处罚法 art. 85). The day of the event is not counted
//! (民法典 art. 201); a last day that is a rest day moves to the next working day (art. 203) for calendar days and months;
//! months end at the month's last day; hours are elapsed hours, which in UTC+8 are wall-clock hours. Pauses stretch the term
//! by the part of them that falls inside it. The module refuses to read a clock, and a span that leaves the known calendar
//! is a fault and never a guess. Called by every service with a clock.

mod engine;
mod plan_day;
mod standing;
#[cfg(test)]
mod tests;

use jiff::{Timestamp, civil::Date, tz::Offset};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::CalendarMissing;

pub use engine::{due, due_from_date};
pub use plan_day::{PlanDay, plan_day};
pub use standing::{DueState, Standing};

/// Legal time of the mainland. A constant, so that no time-zone database is needed.
pub const BEIJING: Offset = Offset::constant(8);

crate::define_words! {
    /// Unit of a term (期限单位).
    pub enum TermUnit {
        /// Working day.
        WorkingDay = "working_day", "工作日", [];
        /// Calendar day.
        CalendarDay = "calendar_day", "日", ["自然日", "天", "日历日"];
        /// Elapsed hour.
        Hour = "hour", "小时", ["时"];
        /// Calendar month.
        Month = "month", "个月", ["月"];
    }
}

/// A length of time with its unit (期限).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Term {
    /// How many units.
    pub n: u32,
    /// The unit.
    pub unit: TermUnit,
}

/// A time in which the clock stands still (中止), half-open; no end means that it still stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pause {
    /// First moment of the pause.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// First moment after the pause.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// Why the clock stands.
    pub reason: String,
}

crate::define_words! {
    /// What one step of a computation did.
    pub enum StepKind {
        /// The day of the event, which is not counted.
        Start = "start", "起算（当日不计入）", [];
        /// The units were counted.
        Count = "count", "计满期限", [];
        /// A month without that day was cut at its last day.
        Clamp = "clamp", "月末截止", [];
        /// A pause stretched the term.
        Pause = "pause", "中止顺延", [];
        /// The clock still stands.
        OpenPause = "open_pause", "中止未恢复", [];
        /// A rest day moved the end.
        RollForward = "roll_forward", "末日为休息日，顺延", [];
    }
}

/// One step of the computation of a due date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// What was done.
    pub kind: StepKind,
    /// The day reached after the step, UTC+8.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Units or days that the step moved the end by.
    pub amount: i64,
    /// Reason of a pause, if the step is one.
    pub note: Option<String>,
}

/// A due date with all it was computed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Due {
    /// The last day of the term, UTC+8.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// First moment at which the term is over: midnight after `date`, or the hour itself.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The last day before it was moved off a rest day.
    #[schema(value_type = String, format = Date)]
    pub nominal: Date,
    /// Version of the calendar used; for hours none is needed but it is kept all the same.
    pub calendar_version: String,
    /// When the event happened.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// The term.
    pub term: Term,
    /// Pauses given, in the order given.
    pub pauses: Vec<Pause>,
    /// Since when the clock stands, if it does; then `date` is the earliest possible end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paused_since: Option<Timestamp>,
    /// The steps of the computation.
    pub trail: Vec<Step>,
}

/// Why a due date cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeadlineFault {
    /// The span leaves the known calendar.
    #[error(transparent)]
    CalendarMissing(#[from] CalendarMissing),
    /// A pause ends before it begins.
    #[error("the pause from {from} ends before it begins")]
    PauseReversed {
        /// Begin of the pause.
        from: Timestamp,
    },
    /// The result lies outside the years that can be written.
    #[error("the deadline lies outside the range of dates")]
    OutOfRange,
}

impl DeadlineFault {
    /// Stable name of the fault for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CalendarMissing(missing) => missing.code(),
            Self::PauseReversed { .. } => "pause_reversed",
            Self::OutOfRange => "deadline_out_of_range",
        }
    }

    /// What is wrong, in Chinese.
    pub fn message_zh(&self) -> String {
        match self {
            Self::CalendarMissing(missing) => missing.message_zh(),
            Self::PauseReversed { .. } => "中止的结束时间早于开始时间".to_owned(),
            Self::OutOfRange => "期限超出可表示的日期范围".to_owned(),
        }
    }
}

/// The day of a moment in UTC+8.
pub fn beijing_date(at: Timestamp) -> Date {
    BEIJING.to_datetime(at).date()
}

/// The first moment of a day in UTC+8; none at the very ends of time.
pub fn beijing_midnight(date: Date) -> Option<Timestamp> {
    BEIJING.to_timestamp(date.at(0, 0, 0, 0)).ok()
}
