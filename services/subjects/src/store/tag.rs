//! Tag schemes and the tags of subjects.

use super::schema::{subject_tag, tag_scheme};
use domain::ids::TagId;
use service_kit::{Error, Result};
use store_kit::prelude::*;

/// A scheme of tags.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = tag_scheme, treat_none_as_default_value = false)]
pub struct SchemeRow {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// What its tags mean.
    pub description: String,
    /// The organ that keeps it.
    pub department: String,
    /// Number of the version.
    pub version: i64,
    /// When it was made.
    pub created_at: Stamp,
    /// When it was last changed.
    pub updated_at: Stamp,
}

/// A tag of a subject.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = subject_tag, treat_none_as_default_value = false)]
pub struct TagRow {
    /// Its id.
    pub id: Uid,
    /// Row number of the subject.
    pub subject_key: i64,
    /// Scheme.
    pub scheme: String,
    /// Value.
    pub value: String,
    /// `proposed`, `in_force` or `expired`.
    pub state: String,
    /// Where it comes from.
    pub source: String,
    /// The organ that set it.
    pub department: String,
    /// First day.
    pub valid_from: Day,
    /// First day on which it no longer holds.
    pub valid_to: Option<Day>,
    /// Number of the version.
    pub version: i64,
    /// When it was set.
    pub created_at: Stamp,
    /// When it was last changed.
    pub updated_at: Stamp,
}

/// All schemes, by code.
///
/// # Errors
/// Database errors.
pub async fn tag_scheme_list(c: &mut AnyConn<'_>, after: &str, limit: i64) -> Result<Vec<SchemeRow>> {
    Ok(
        on!(c, c => tag_scheme::table.filter(tag_scheme::code.gt(after)).order(tag_scheme::code.asc()).limit(limit)
        .select(SchemeRow::as_select()).load(c))?,
    )
}

/// One scheme.
///
/// # Errors
/// Database errors.
pub async fn find_scheme(c: &mut AnyConn<'_>, code: &str) -> Result<Option<SchemeRow>> {
    Ok(on!(c, c => tag_scheme::table.find(code).select(SchemeRow::as_select()).first(c)).optional()?)
}

/// Stores a scheme.
///
/// # Errors
/// 409 when the code is taken.
pub async fn tag_scheme_create(c: &mut AnyConn<'_>, row: &SchemeRow) -> Result<()> {
    let done = on!(c, c => insert_into(tag_scheme::table).values(row).execute(c)).map_err(StoreError::from);
    service_kit::error::StoreIntent::or_conflict(
        done,
        "tag_scheme_exists",
        "已有同代码的标签体系",
        "A tag scheme with this code exists",
    )?;
    Ok(())
}

/// Tags of a subject, oldest first.
///
/// # Errors
/// Database errors.
pub async fn tag_list(c: &mut AnyConn<'_>, subject_key: i64) -> Result<Vec<TagRow>> {
    Ok(on!(c, c => subject_tag::table.filter(subject_tag::subject_key.eq(subject_key))
        .order((subject_tag::created_at.asc(), subject_tag::id.asc())).limit(500).select(TagRow::as_select()).load(c))?)
}

/// One tag of a subject.
///
/// # Errors
/// 404 when the subject has no such tag.
pub async fn find_tag(c: &mut AnyConn<'_>, subject_key: i64, id: TagId) -> Result<TagRow> {
    let found: Option<TagRow> = on!(c, c => subject_tag::table
        .filter(subject_tag::id.eq(Uid(id.into_inner())).and(subject_tag::subject_key.eq(subject_key)))
        .select(TagRow::as_select()).first(c))
    .optional()?;
    found.ok_or_else(|| Error::not_found("tag"))
}

/// Stores tags.
///
/// # Errors
/// Database errors.
pub async fn tag_create(c: &mut AnyConn<'_>, rows: &[TagRow]) -> Result<()> {
    insert_rows!(c, subject_tag::table, rows)?;
    Ok(())
}

/// Moves a tag to another state.
///
/// # Errors
/// 412 when somebody else was quicker.
pub async fn tag_update(
    c: &mut AnyConn<'_>,
    old: &TagRow,
    state: &str,
    valid_to: Option<Day>,
    now: Stamp,
) -> Result<()> {
    let n = on!(c, c => update(subject_tag::table.filter(subject_tag::id.eq(old.id).and(subject_tag::version.eq(old.version))))
        .set((subject_tag::state.eq(state), subject_tag::valid_to.eq(valid_to),
            subject_tag::version.eq(old.version + 1), subject_tag::updated_at.eq(now))).execute(c))?;
    if n == 0 { Err(service_kit::extract::changed()) } else { Ok(()) }
}
