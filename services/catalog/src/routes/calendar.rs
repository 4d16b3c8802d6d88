//! Handlers of the working-day calendar and of deadlines.

use crate::api::calendar::{
    CalendarView, CalendarYearPut, CalendarYearView, DeadlineQuery, DeadlineView, WorkingDaysQuery,
    WorkingDaysView,
};
use crate::app::calendar as app;
use actix_web::{get, post, put};
use service_kit::error::Problem;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};

/// View the working-day calendar (工作日历).
///
/// The working-day calendar in force: years, listed days, version.
#[utoipa::path(operation_id = "calendar_view", tag = "calendar",
    responses((status = 200, description = "The calendar.", body = CalendarView)))]
#[get("/v1/calendar")]
pub async fn calendar_view(ctx: Ctx) -> Result<Reply> {
    app::calendar_view(&ctx).await
}

/// View a year of the calendar (年度放假安排).
///
/// One year's notice of days off and make-up days.
#[utoipa::path(operation_id = "calendar_year_view", tag = "calendar",
    params(("year" = i16, Path, description = "The year", minimum = 2000, maximum = 2100)),
    responses((status = 200, description = "The year's notice.", body = CalendarYearView)))]
#[get("/v1/calendar-years/{year}")]
pub async fn calendar_year_view(ctx: Ctx, year: Id<i16>) -> Result<Reply> {
    app::calendar_year_view(&ctx, year.0).await
}

/// Upload a year of the calendar (导入年度放假安排).
///
/// Uploads a year for the first time; the calendar gets a new version.
///
/// Refused when the year is there, or when a day contradicts what another year's notice says.
#[utoipa::path(operation_id = "calendar_year_create", tag = "calendar",
    params(("year" = i16, Path, description = "The year", minimum = 2000, maximum = 2100)),
    request_body(content = CalendarYearPut),
    responses((status = 201, description = "It was added.", body = CalendarYearView)))]
#[post("/v1/calendar-years/{year}")]
pub async fn calendar_year_create(ctx: Ctx, year: Id<i16>, body: Body<CalendarYearPut>) -> Result<Reply> {
    app::calendar_year_create(&ctx, year.0, body.0).await
}

/// Correct a year of the calendar (更正年度放假安排).
///
/// Corrects a year; the calendar gets a new version, deadlines already computed keep theirs.
#[utoipa::path(operation_id = "calendar_year_replace", tag = "calendar",
    params(("year" = i16, Path, description = "The year", minimum = 2000, maximum = 2100)),
    request_body(content = CalendarYearPut),
    responses((status = 200, description = "It was corrected.", body = CalendarYearView)))]
#[put("/v1/calendar-years/{year}")]
pub async fn calendar_year_replace(ctx: Ctx, year: Id<i16>, body: Body<CalendarYearPut>) -> Result<Reply> {
    app::calendar_year_replace(&ctx, year.0, body.0).await
}

/// Compute a deadline (期限计算).
///
/// Computes when a term ends, by the stored calendar.
///
/// The day of the event is not counted; a last day that is a rest day moves on for calendar days and months. A span that
/// leaves the known years answers 422 `calendar_missing` and never a guess.
#[utoipa::path(operation_id = "deadline_compute", tag = "calendar", params(DeadlineQuery),
    responses((status = 200, description = "The deadline.", body = DeadlineView),
        (status = 422, description = "The span leaves the known calendar.", body = Problem,
            content_type = "application/problem+json")))]
#[get("/v1/deadlines")]
pub async fn deadline_compute(ctx: Ctx, query: Query<DeadlineQuery>) -> Result<Reply> {
    app::deadline_compute(&ctx, query.0).await
}

/// Count working days (工作日计数).
///
/// Counts the working days of a span.
#[utoipa::path(operation_id = "working_days_count", tag = "calendar",
    params(WorkingDaysQuery),
    responses((status = 200, description = "The count.", body = WorkingDaysView),
        (status = 422, description = "The span leaves the known calendar.", body = Problem,
            content_type = "application/problem+json")))]
#[get("/v1/working-days")]
pub async fn working_days_count(ctx: Ctx, query: Query<WorkingDaysQuery>) -> Result<Reply> {
    app::working_days_count(&ctx, query.0).await
}
