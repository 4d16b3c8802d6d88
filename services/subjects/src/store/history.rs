//! Versions that have ended, and the lineage of merges and splits. Nothing is ever deleted here.

use super::schema::{subject_history, subject_lineage};
use super::subject::Subject;
use crate::domain::subject::Content;
use domain::ids::SubjectId;
use jiff::Timestamp;
use jiff::civil::Date;
use service_kit::{Error, Result};
use store_kit::prelude::*;

/// A version that has ended.
#[derive(Clone, Debug)]
pub struct Past {
    /// Number of the version.
    pub version: i64,
    /// First day on which it held.
    pub valid_from: Date,
    /// First day on which it no longer held.
    pub valid_to: Date,
    /// When its end was recorded.
    pub recorded_at: Timestamp,
    /// Who recorded its end.
    pub recorded_by: String,
    /// Why it ended.
    pub reason: String,
    /// What was said; personal fields are not kept in history.
    pub content: Content,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = subject_history, treat_none_as_default_value = false)]
struct Row {
    subject_key: i64,
    version: i64,
    valid_from: Day,
    valid_to: Day,
    recorded_at: Stamp,
    recorded_by: String,
    reason: String,
    content: Json,
}

/// Ends versions: each subject's present one holds until `valid_to`.
///
/// # Errors
/// Database errors.
pub async fn put(
    c: &mut AnyConn<'_>,
    ended: &[(&Subject, Date)],
    recorded_by: &str,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let mut rows = Vec::with_capacity(ended.len());
    for (subject, valid_to) in ended {
        // The sealed number and identifier stay behind: history keeps what is needed to answer "as of".
        let content = serde_json::to_value(&subject.content).map_err(|e| Error::internal(e.to_string()))?;
        rows.push(Row {
            subject_key: subject.key,
            version: subject.version,
            valid_from: Day(subject.effective_from),
            valid_to: Day(*valid_to),
            recorded_at: now.into(),
            recorded_by: recorded_by.to_string(),
            reason: reason.to_string(),
            content: Json(content),
        });
    }
    insert_rows!(c, subject_history::table, rows)?;
    Ok(())
}

impl Past {
    fn of(row: Row) -> Result<Self> {
        let Row { subject_key: _, version, valid_from, valid_to, recorded_at, recorded_by, reason, content } =
            row;
        Ok(Self {
            version,
            valid_from: valid_from.0,
            valid_to: valid_to.0,
            recorded_at: recorded_at.0,
            recorded_by,
            reason,
            content: serde_json::from_value(content.0)
                .map_err(|e| Error::internal(format!("history: {e}")))?,
        })
    }
}

/// Ended versions of a subject, newest first, before version number `before`.
///
/// # Errors
/// Database errors.
pub async fn subject_history_list(
    c: &mut AnyConn<'_>,
    key: i64,
    before: i64,
    limit: i64,
) -> Result<Vec<Past>> {
    let rows: Vec<Row> = on!(c, c => subject_history::table
        .filter(subject_history::subject_key.eq(key).and(subject_history::version.lt(before)))
        .order(subject_history::version.desc()).limit(limit).select(Row::as_select()).load(c))?;
    rows.into_iter().map(Past::of).collect()
}

/// The ended version that held on a day: of several recorded for one day the last counts.
///
/// # Errors
/// Database errors.
pub async fn as_of(c: &mut AnyConn<'_>, key: i64, day: Date) -> Result<Option<Past>> {
    let row: Option<Row> = on!(c, c => subject_history::table
        .filter(subject_history::subject_key.eq(key).and(subject_history::valid_from.le(Day(day))).and(subject_history::valid_to.gt(Day(day))))
        .order(subject_history::version.desc()).select(Row::as_select()).first(c)).optional()?;
    row.map(Past::of).transpose()
}

/// A merge or split.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = subject_lineage, treat_none_as_default_value = false)]
pub struct LineageRow {
    /// Its id.
    pub id: Uid,
    /// `merge` or `split`.
    pub kind: String,
    /// Before.
    pub from_subject: Uid,
    /// After.
    pub to_subject: Uid,
    /// Why.
    pub reason: String,
    /// Since when.
    pub effective_on: Day,
    /// When it was recorded.
    pub recorded_at: Stamp,
}

/// Records lineage.
///
/// # Errors
/// Database errors.
pub async fn lineage_create(c: &mut AnyConn<'_>, rows: &[LineageRow]) -> Result<()> {
    on!(c, c => insert_into(subject_lineage::table).values(rows).execute(c))?;
    Ok(())
}

/// Lineage that a subject takes part in.
///
/// # Errors
/// Database errors.
pub async fn lineage_of(c: &mut AnyConn<'_>, id: SubjectId) -> Result<Vec<LineageRow>> {
    let id = Uid(id.into_inner());
    Ok(on!(c, c => subject_lineage::table
        .filter(subject_lineage::from_subject.eq(id).or(subject_lineage::to_subject.eq(id)))
        .order(subject_lineage::recorded_at.asc()).limit(200).select(LineageRow::as_select()).load(c))?)
}
