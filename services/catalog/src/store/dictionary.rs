//! Rows of regions and industries; the same for every caller, so no scope is taken. Called by the dictionary app functions
//! and the reference loader.

use super::schema::{industry, region};
use jiff::civil::Date;
use store_kit::prelude::*;

/// A region (行政区划), valid in a half-open interval.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = region, treat_none_as_default_value = false)]
pub struct Region {
    /// Six or nine digits.
    pub code: String,
    /// Name.
    pub name: String,
    /// `province`, `city`, `county`, `township`.
    pub level: String,
    /// Region above.
    pub parent: Option<String>,
    /// First day.
    pub valid_from: Day,
    /// First day after its end.
    pub valid_to: Option<Day>,
    /// Code in force instead.
    pub maps_to: Option<String>,
    /// Remark.
    pub note: Option<String>,
}

/// A section or division of an edition of GB/T 4754.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = industry, treat_none_as_default_value = false)]
pub struct Industry {
    /// Letter or two digits.
    pub code: String,
    /// Edition.
    pub classification_version: String,
    /// Name.
    pub name: String,
    /// `section` or `division`.
    pub level: String,
    /// Letter of its section.
    pub section: String,
    /// First day of the edition.
    pub valid_from: Day,
    /// First day after its end.
    pub valid_to: Option<Day>,
}

/// Adds regions.
///
/// # Errors
/// Database errors.
pub async fn region_create(c: &mut AnyConn<'_>, rows: &[Region]) -> StoreResult<()> {
    for chunk in rows.chunks(1000) {
        on!(c, c => insert_into(region::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// One region.
///
/// # Errors
/// Database errors.
pub async fn region_view(c: &mut AnyConn<'_>, code: &str) -> StoreResult<Option<Region>> {
    Ok(on!(c, c => region::table.find(code).select(Region::as_select()).first(c)).optional()?)
}

/// A page of regions in the order of their codes.
///
/// # Errors
/// Database errors.
pub async fn region_list(
    c: &mut AnyConn<'_>,
    (level, parent, as_of): (Option<&str>, Option<&str>, Option<Date>),
    after: &str,
    limit: i64,
) -> StoreResult<Vec<Region>> {
    Ok(on!(c, c => {
        let mut q = region::table.select(Region::as_select()).filter(region::code.gt(after)).into_boxed();
        if let Some(level) = level {
            q = q.filter(region::level.eq(level));
        }
        if let Some(parent) = parent {
            q = q.filter(region::parent.eq(parent));
        }
        if let Some(day) = as_of {
            q = q.filter(region::valid_from.le(Day(day)))
                .filter(region::valid_to.is_null().or(region::valid_to.gt(Day(day))));
        }
        q.order(region::code.asc()).limit(limit).load(c)
    })?)
}

/// Adds industries.
///
/// # Errors
/// Database errors.
pub async fn industry_create(c: &mut AnyConn<'_>, rows: &[Industry]) -> StoreResult<()> {
    for chunk in rows.chunks(1000) {
        on!(c, c => insert_into(industry::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// One industry, in the edition in force on a day.
///
/// # Errors
/// Database errors.
pub async fn industry_view(c: &mut AnyConn<'_>, code: &str, as_of: Date) -> StoreResult<Option<Industry>> {
    Ok(on!(c, c => industry::table.select(Industry::as_select())
        .filter(industry::code.eq(code).and(industry::valid_from.le(Day(as_of))))
        .filter(industry::valid_to.is_null().or(industry::valid_to.gt(Day(as_of))))
        .order(industry::valid_from.desc()).first(c))
    .optional()?)
}

/// A page of industries in the order of their codes.
///
/// # Errors
/// Database errors.
pub async fn industry_list(
    c: &mut AnyConn<'_>,
    (level, section, as_of): (Option<&str>, Option<&str>, Date),
    after: &str,
    limit: i64,
) -> StoreResult<Vec<Industry>> {
    Ok(on!(c, c => {
        let mut q = industry::table.select(Industry::as_select())
            .filter(industry::code.gt(after).and(industry::valid_from.le(Day(as_of))))
            .filter(industry::valid_to.is_null().or(industry::valid_to.gt(Day(as_of)))).into_boxed();
        if let Some(level) = level {
            q = q.filter(industry::level.eq(level));
        }
        if let Some(section) = section {
            q = q.filter(industry::section.eq(section));
        }
        q.order(industry::code.asc()).limit(limit).load(c)
    })?)
}
