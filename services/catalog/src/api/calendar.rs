//! The working-day calendar and deadlines over HTTP.

use domain::calendar::DayKind;
use domain::deadline::{StepKind, TermUnit};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A day that is not what its weekday says.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarDayView {
    /// The day.
    #[schema(value_type = String, format = Date, max_length = 10, example = "2026-02-14")]
    pub date: Date,
    /// Day off (休息) or working day (上班).
    pub kind: DayKind,
}

/// A year of the calendar.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(minimum = 2000, maximum = 2100, example = 2026)]
pub struct CalendarYear(pub i16);

/// The calendar in force (工作日历).
#[derive(Serialize, ToSchema)]
pub struct CalendarView {
    /// SHA-256 of the content: deadlines name it.
    #[schema(max_length = 64)]
    pub version: String,
    /// Number of the edition, from 1.
    #[schema(minimum = 0)]
    pub number: i64,
    /// Years covered; outside of them every question answers `calendar_missing`.
    #[schema(max_items = 200)]
    pub years: Vec<CalendarYear>,
    /// Days off on weekdays and working days on weekends; also days off that are weekends, as the notices list them.
    #[schema(max_items = 20000)]
    pub days: Vec<CalendarDayView>,
}

/// One year's notice (放假安排), first upload or correction.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"source": "国办发明电〔2026〕X号", "days": [{"date": "2027-01-01", "kind": "off"}]}))]
pub struct CalendarYearPut {
    /// Where it was published: document number or address.
    #[schema(min_length = 4, max_length = 200)]
    pub source: String,
    /// Days off and make-up days of the year; the last December or the next January may be touched.
    #[schema(max_items = 100)]
    pub days: Vec<CalendarDayView>,
}

/// One year's notice as it is stored.
#[derive(Serialize, ToSchema)]
pub struct CalendarYearView {
    /// The year.
    #[schema(minimum = 2000, maximum = 2100)]
    pub year: i16,
    /// Where it was published.
    #[schema(max_length = 200)]
    pub source: String,
    /// Listed days.
    #[schema(max_items = 100)]
    pub days: Vec<CalendarDayView>,
    /// Working days of the year.
    #[schema(minimum = 0, maximum = 366)]
    pub working_days: u32,
    /// Version of the whole calendar.
    #[schema(max_length = 64)]
    pub calendar_version: String,
    /// Version of this notice, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A term to compute.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeadlineQuery {
    /// Day or moment of the event, `2026-11-23` or RFC 3339; the day itself is not counted (民法典第二百零一条).
    #[param(min_length = 10, max_length = 40, example = "2026-11-23")]
    pub start: String,
    /// How many units.
    #[param(minimum = 0, maximum = 10000, example = 20)]
    pub n: u32,
    /// Unit.
    pub unit: TermUnit,
}

/// A computed deadline (期限).
#[derive(Serialize, ToSchema)]
pub struct DeadlineView {
    /// When the event happened.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub start: Timestamp,
    /// How many units.
    #[schema(minimum = 0, maximum = 10000)]
    pub n: u32,
    /// Unit.
    pub unit: TermUnit,
    /// Last day of the term.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub date: Date,
    /// First moment at which the term is over.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub at: Timestamp,
    /// Last day before it was moved off a rest day (民法典第二百零三条).
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub nominal: Date,
    /// Version of the calendar used.
    #[schema(max_length = 64)]
    pub calendar_version: String,
    /// How it was computed.
    #[schema(max_items = 100)]
    pub trail: Vec<DeadlineStepView>,
}

/// One step of the computation.
#[derive(Serialize, ToSchema)]
pub struct DeadlineStepView {
    /// What was done.
    pub kind: StepKind,
    /// The day reached.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub date: Date,
    /// By how many units or days.
    #[schema(minimum = 0)]
    pub amount: i64,
}

/// A span of days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WorkingDaysQuery {
    /// First day, not counted.
    #[param(value_type = String, format = Date, max_length = 10, example = "2026-11-23")]
    pub from: Date,
    /// Last day, counted.
    #[param(value_type = String, format = Date, max_length = 10, example = "2026-12-21")]
    pub to: Date,
}

/// Working days of a span (工作日数).
#[derive(Serialize, ToSchema)]
pub struct WorkingDaysView {
    /// First day, not counted.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub from: Date,
    /// Last day, counted.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub to: Date,
    /// Working days after `from` up to and with `to`; negative when `to` is earlier.
    #[schema(minimum = -100_000, maximum = 100_000)]
    pub working_days: i64,
    /// Whether `from` is a working day.
    pub from_is_working_day: bool,
    /// Whether `to` is a working day.
    pub to_is_working_day: bool,
    /// Version of the calendar used.
    #[schema(max_length = 64)]
    pub calendar_version: String,
}
