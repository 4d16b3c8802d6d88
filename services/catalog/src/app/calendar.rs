//! Use cases of the working-day calendar: reading, uploading a year, computing deadlines.
//!
//! Each upload makes a new edition of the whole calendar; deadlines already computed keep the edition they were computed
//! by. Refuses notices that contradict each other, and every question outside of the known years.

use super::{WHOLE_DISTRICT, calendar_missing, deadline_error};
use crate::api::calendar::{
    CalendarDayView, CalendarView, CalendarYear, CalendarYearPut, CalendarYearView, DeadlineQuery,
    DeadlineStepView, DeadlineView, WorkingDaysQuery, WorkingDaysView,
};
use crate::domain::calendar::{Notice, merge, strangers};
use crate::store::calendar as store;
use domain::calendar::{CalendarConflict, CalendarDay};
use domain::deadline::{Due, Term, due, due_from_date};
use service_kit::error::StoreIntent as _;
use service_kit::{Ctx, Error, Fault, Reply, Result, Tx};

async fn current(ctx: &Ctx) -> Result<store::StoredEdition> {
    ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::calendar_current(c).await?)).await
}

fn day_views(days: &[CalendarDay]) -> Vec<CalendarDayView> {
    days.iter().map(|CalendarDay { date, kind }| CalendarDayView { date: *date, kind: *kind }).collect()
}

/// The calendar in force.
pub async fn calendar_view(ctx: &Ctx) -> Result<Reply> {
    let stored = current(ctx).await?;
    let view = CalendarView {
        version: stored.calendar.version().to_string(),
        number: stored.number,
        years: stored.edition.years.iter().map(|y| CalendarYear(*y)).collect(),
        days: day_views(&stored.edition.days),
    };
    Ok(Reply::ok(&view)?.version(stored.number))
}

/// One year's notice.
pub async fn calendar_year_view(ctx: &Ctx, year: i16) -> Result<Reply> {
    let (notice, edition) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            Ok((store::calendar_year_view(c, year).await?, store::calendar_current(c).await?))
        })
        .await?;
    let notice = notice.ok_or_else(|| Error::not_found("calendar year"))?;
    let version = notice.version;
    Ok(Reply::ok(&view_of(notice.notice, notice.source, version, &edition.calendar)?)?.version(version))
}

fn view_of(
    notice: Notice,
    source: String,
    version: i64,
    calendar: &domain::calendar::Calendar,
) -> Result<CalendarYearView> {
    let working_days =
        calendar.working_days_of_year(notice.year).map_err(|e| Error::internal(e.to_string()))?;
    Ok(CalendarYearView {
        year: notice.year,
        source,
        days: day_views(&notice.days),
        working_days,
        calendar_version: calendar.version().to_string(),
        version,
    })
}

/// Uploads a year for the first time.
pub async fn calendar_year_create(ctx: &Ctx, year: i16, body: CalendarYearPut) -> Result<Reply> {
    put(ctx, year, body, None).await
}

/// Corrects a year.
pub async fn calendar_year_replace(ctx: &Ctx, year: i16, body: CalendarYearPut) -> Result<Reply> {
    let wanted = ctx.if_match()?;
    put(ctx, year, body, Some(wanted)).await
}

async fn put(ctx: &Ctx, year: i16, body: CalendarYearPut, wanted: Option<i64>) -> Result<Reply> {
    if !(2000..=2100).contains(&year) {
        return Err(Error::not_found("calendar year"));
    }
    let CalendarYearPut { source, days } = body;
    let days = days.into_iter().map(|CalendarDayView { date, kind }| CalendarDay { date, kind }).collect();
    let notice = Notice { year, days };
    let far = strangers(&notice);
    if !far.is_empty() {
        let fault = |i: usize| {
            Fault::new(
                format!("/days/{i}/date"),
                "day_outside_year",
                "不在该年度放假安排范围内",
                "lies outside of this year's notice",
            )
        };
        return Err(Error::invalid(far.into_iter().map(fault).collect()));
    }
    ctx.change(async move |tx| {
        let stored = store::calendar_year_list(tx.conn()).await?;
        let known = stored.iter().find(|s| s.notice.year == year).map(|s| s.version);
        let version = match (wanted, known) {
            (None, Some(_)) => {
                return Err(Error::conflict(
                    "calendar_year_known",
                    "该年度已导入，如需更正请用 PUT 并带 If-Match",
                    "The year is there already; correct it with PUT and If-Match",
                ));
            }
            (None, None) => 1,
            (Some(_), None) => return Err(Error::not_found("calendar year")),
            (Some(wanted), Some(known)) if wanted != known => return Err(service_kit::extract::changed()),
            (Some(_), Some(known)) => known + 1,
        };
        let mut notices: Vec<Notice> =
            stored.into_iter().map(|s| s.notice).filter(|n| n.year != year).collect();
        notices.push(notice.clone());
        let edition = merge(&notices).map_err(|e| conflict(&notice, e))?;
        let calendar = edition.calendar().map_err(|e| conflict(&notice, e))?;
        let (by, now) = (tx.actor().subject.clone(), tx.now());
        let raced =
            ("calendar_changed", "日历正被他人修改，请重试", "The calendar is being changed; try again");
        let is_put = store::calendar_year_put(tx.conn(), &notice, (&source, &by, version), now)
            .await
            .or_conflict(raced.0, raced.1, raced.2)?;
        if !is_put {
            return Err(service_kit::extract::changed());
        }
        let number = store::calendar_edition_create(tx.conn(), &edition, calendar.version(), now)
            .await
            .or_conflict(raced.0, raced.1, raced.2)?;
        tell(tx, number, &calendar, year)?;
        let view = view_of(notice, source, version, &calendar)?;
        let reply = if version == 1 {
            Reply::created(&view, format!("/v1/calendar-years/{year}"))?
        } else {
            Reply::ok(&view)?
        };
        Ok(reply.version(version))
    })
    .await
}

fn conflict(notice: &Notice, e: CalendarConflict) -> Error {
    let index = notice.days.iter().position(|d| d.date == e.date);
    let pointer = index.map_or_else(|| "/days".to_string(), |i| format!("/days/{i}"));
    Error::invalid_at(
        pointer,
        e.code(),
        format!("{}同时列为休息和上班，与已有年度或本次内容矛盾", e.date),
        e.to_string(),
    )
}

/// Audit entry and event of a new edition.
pub(super) fn tell(
    tx: &mut Tx<'_, '_>,
    number: i64,
    calendar: &domain::calendar::Calendar,
    year: i16,
) -> Result<()> {
    let data = serde_json::json!({
        "number": number, "version": calendar.version(), "year": year, "years": calendar.years().collect::<Vec<_>>(),
    });
    tx.audit("calendar", year, data.clone());
    tx.event("calendar.updated", year, &[], WHOLE_DISTRICT, &data)
}

/// Computes a deadline.
pub async fn deadline_compute(ctx: &Ctx, query: DeadlineQuery) -> Result<Reply> {
    let DeadlineQuery { start, n, unit } = query;
    let calendar = current(ctx).await?.calendar;
    let term = Term { n, unit };
    let computed = match (start.parse::<jiff::Timestamp>(), start.parse::<jiff::civil::Date>()) {
        (Ok(at), _) => due(at, &term, &calendar, &[]),
        (Err(_), Ok(day)) if start.len() == 10 => due_from_date(day, &term, &calendar, &[]),
        _ => {
            let (zh, en) = ("须为日期或带时区的时间", "must be a date, or a time with its offset");
            return Err(Error::malformed("bad_parameter", vec![Fault::new("?start", "bad_value", zh, en)]));
        }
    };
    let Due { date, at, nominal, calendar_version, start, term, pauses: _, paused_since: _, trail } =
        computed.map_err(|e| deadline_error(&e, "?start"))?;
    let trail = trail.into_iter().map(|s| DeadlineStepView { kind: s.kind, date: s.date, amount: s.amount });
    Reply::ok(&DeadlineView {
        start,
        n: term.n,
        unit: term.unit,
        date,
        at,
        nominal,
        calendar_version,
        trail: trail.collect(),
    })
}

/// Counts working days.
pub async fn working_days_count(ctx: &Ctx, query: WorkingDaysQuery) -> Result<Reply> {
    let WorkingDaysQuery { from, to } = query;
    let calendar = current(ctx).await?.calendar;
    for (pointer, day) in [("?from", from), ("?to", to)] {
        calendar.require(day).map_err(|e| calendar_missing(&e, pointer))?;
    }
    let missing = |e| calendar_missing(&e, "?to");
    Reply::ok(&WorkingDaysView {
        from,
        to,
        working_days: calendar.working_days_between(from, to).map_err(missing)?,
        from_is_working_day: calendar.is_working_day(from).map_err(missing)?,
        to_is_working_day: calendar.is_working_day(to).map_err(missing)?,
        calendar_version: calendar.version().to_string(),
    })
}
