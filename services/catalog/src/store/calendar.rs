//! Rows of the working-day calendar: one notice a year, and an edition for each state the whole has been in.
//!
//! Editions are never changed, so that a due date can name the one it was computed by. Called by the calendar app functions
//! and wherever a clock starts.

use super::schema::{calendar_edition, calendar_year};
use super::{document, json};
use crate::domain::calendar::{Edition, Notice};
use domain::calendar::Calendar;
use jiff::Timestamp;
use store_kit::prelude::*;

/// One year's notice as it is stored.
#[derive(Clone, Debug)]
pub struct StoredNotice {
    /// The notice.
    pub notice: Notice,
    /// Where it was published.
    pub source: String,
    /// Version of the row.
    pub version: i64,
    /// Last change.
    pub updated_at: Timestamp,
}

/// The calendar in force.
#[derive(Clone, Debug)]
pub struct StoredEdition {
    /// Its number, from 1.
    pub number: i64,
    /// Years and days.
    pub edition: Edition,
    /// To compute with; its `version` is the content's digest.
    pub calendar: Calendar,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = calendar_year, treat_none_as_default_value = false)]
struct YearRow {
    year: i64,
    source: String,
    days: Json,
    uploaded_by: String,
    version: i64,
    created_at: Stamp,
    updated_at: Stamp,
}

impl YearRow {
    fn read(self) -> StoreResult<StoredNotice> {
        let YearRow { year, source, days, uploaded_by: _, version, created_at: _, updated_at } = self;
        let year = i16::try_from(year).map_err(|e| StoreError::Bug(e.to_string()))?;
        Ok(StoredNotice {
            notice: Notice { year, days: document(days.0)? },
            source,
            version,
            updated_at: updated_at.0,
        })
    }
}

/// All notices by year.
///
/// # Errors
/// Database errors.
pub async fn calendar_year_list(c: &mut AnyConn<'_>) -> StoreResult<Vec<StoredNotice>> {
    let rows: Vec<YearRow> = on!(c, c => calendar_year::table.order(calendar_year::year.asc())
        .select(YearRow::as_select()).load(c))?;
    rows.into_iter().map(YearRow::read).collect()
}

/// One year's notice.
///
/// # Errors
/// Database errors.
pub async fn calendar_year_view(c: &mut AnyConn<'_>, year: i16) -> StoreResult<Option<StoredNotice>> {
    let row = on!(c, c => calendar_year::table.find(i64::from(year)).select(YearRow::as_select()).first(c))
        .optional()?;
    row.map(YearRow::read).transpose()
}

/// Stores a year's notice; `version` 1 adds it, a higher one replaces the version before. False when somebody was quicker.
///
/// # Errors
/// [`StoreError::Conflict`] when version 1 is there already.
pub async fn calendar_year_put(
    c: &mut AnyConn<'_>,
    notice: &Notice,
    (source, by, version): (&str, &str, i64),
    now: Timestamp,
) -> StoreResult<bool> {
    let row = YearRow {
        year: i64::from(notice.year),
        source: source.to_string(),
        days: json(&notice.days)?,
        uploaded_by: by.to_string(),
        version,
        created_at: now.into(),
        updated_at: now.into(),
    };
    let n = if version == 1 {
        on!(c, c => insert_into(calendar_year::table).values(&row).execute(c))?
    } else {
        on!(c, c => update(calendar_year::table.find(row.year).filter(calendar_year::version.eq(version - 1))).set((
            calendar_year::source.eq(&row.source), calendar_year::days.eq(&row.days),
            calendar_year::uploaded_by.eq(&row.uploaded_by), calendar_year::version.eq(version),
            calendar_year::updated_at.eq(row.updated_at),
        )).execute(c))?
    };
    Ok(n == 1)
}

/// Stores the whole calendar as a new edition and gives its number.
///
/// # Errors
/// [`StoreError::Conflict`] when another edition was stored meanwhile.
pub async fn calendar_edition_create(
    c: &mut AnyConn<'_>,
    edition: &Edition,
    version: &str,
    now: Timestamp,
) -> StoreResult<i64> {
    let last: Option<i64> = on!(c, c => calendar_edition::table.order(calendar_edition::number.desc())
        .select(calendar_edition::number).first(c))
    .optional()?;
    let number = last.unwrap_or(0) + 1;
    let content = json(edition)?;
    on!(c, c => insert_into(calendar_edition::table).values((
        calendar_edition::number.eq(number), calendar_edition::version.eq(version),
        calendar_edition::content.eq(&content), calendar_edition::created_at.eq(Stamp::from(now)),
    )).execute(c))?;
    Ok(number)
}

/// The calendar in force; an empty one, which covers no year, before anything was loaded.
///
/// # Errors
/// Database errors.
pub async fn calendar_current(c: &mut AnyConn<'_>) -> StoreResult<StoredEdition> {
    let row: Option<(i64, Json)> = on!(c, c => calendar_edition::table.order(calendar_edition::number.desc())
        .select((calendar_edition::number, calendar_edition::content)).first(c))
    .optional()?;
    let (number, edition) = match row {
        Some((number, content)) => (number, document(content.0)?),
        None => (0, Edition { years: Vec::new(), days: Vec::new() }),
    };
    let calendar = edition.calendar().map_err(|e| StoreError::Bug(e.to_string()))?;
    Ok(StoredEdition { number, edition, calendar })
}
