//! Rows of published versions: immutable but for the end of their validity, which a trigger of the database watches too.
//!
//! Published versions are for everybody with a token, so no scope is taken. Called by the version app functions.

use super::schema::item_version;
use super::{document, json};
use crate::domain::content::ItemContent;
use crate::domain::record::Version;
use domain::vocabulary::ItemCategory;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use store_kit::prelude::*;
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = item_version, treat_none_as_default_value = false)]
struct VersionRow {
    item_id: Uid,
    number: i64,
    lead_department: String,
    departments: TextList,
    category: String,
    content: Json,
    digest: String,
    valid_from: Day,
    valid_to: Option<Day>,
    reason: Option<String>,
    published_by: String,
    published_at: Stamp,
}

impl VersionRow {
    fn read(self) -> StoreResult<Version> {
        let VersionRow {
            item_id,
            number,
            lead_department: _,
            departments: _,
            category: _,
            content,
            digest,
            valid_from,
            valid_to,
            reason,
            published_by,
            published_at,
        } = self;
        Ok(Version {
            item_id: item_id.0,
            number,
            content: document(content.0)?,
            digest,
            valid_from: valid_from.0,
            valid_to: valid_to.map(|d| d.0),
            reason,
            published_by,
            published_at: published_at.0,
        })
    }
}

/// Digest of a content: SHA-256 of its canonical JSON, hex.
///
/// # Errors
/// [`StoreError::Bug`] when it cannot be written as JSON.
pub fn digest(content: &ItemContent) -> StoreResult<String> {
    Ok(hex::encode(Sha256::digest(store_kit::ledger::canonical(&json(content)?.0).as_bytes())))
}

/// Adds a version.
///
/// # Errors
/// Database errors.
pub async fn version_create(c: &mut AnyConn<'_>, version: &Version) -> StoreResult<()> {
    let Version {
        item_id,
        number,
        content,
        digest,
        valid_from,
        valid_to,
        reason,
        published_by,
        published_at,
    } = version.clone();
    let row = VersionRow {
        item_id: Uid(item_id),
        number,
        lead_department: content.lead_department.clone(),
        departments: TextList(content.departments()),
        category: content.category.to_string(),
        content: json(&content)?,
        digest,
        valid_from: Day(valid_from),
        valid_to: valid_to.map(Day),
        reason,
        published_by,
        published_at: published_at.into(),
    };
    on!(c, c => insert_into(item_version::table).values(&row).execute(c))?;
    Ok(())
}

/// Ends a version's validity, the one member that may change.
///
/// # Errors
/// Database errors.
pub async fn version_end(c: &mut AnyConn<'_>, id: Uuid, number: i64, valid_to: Date) -> StoreResult<()> {
    on!(c, c => update(item_version::table.find((Uid(id), number))).set(item_version::valid_to.eq(Day(valid_to))).execute(c))?;
    Ok(())
}

/// One version.
///
/// # Errors
/// Database errors.
pub async fn version_view(c: &mut AnyConn<'_>, id: Uuid, number: i64) -> StoreResult<Option<Version>> {
    let row =
        on!(c, c => item_version::table.find((Uid(id), number)).select(VersionRow::as_select()).first(c))
            .optional()?;
    row.map(VersionRow::read).transpose()
}

/// The versions of an item after a number, in order.
///
/// # Errors
/// Database errors.
pub async fn version_list(
    c: &mut AnyConn<'_>,
    id: Uuid,
    after: i64,
    limit: i64,
) -> StoreResult<Vec<Version>> {
    let rows: Vec<VersionRow> = on!(c, c => item_version::table
        .filter(item_version::item_id.eq(Uid(id)).and(item_version::number.gt(after)))
        .order(item_version::number.asc()).limit(limit).select(VersionRow::as_select()).load(c))?;
    rows.into_iter().map(VersionRow::read).collect()
}

/// The last versions of these items.
///
/// # Errors
/// Database errors.
pub async fn version_latest(c: &mut AnyConn<'_>, ids: &[(Uuid, i64)]) -> StoreResult<Vec<Version>> {
    let mut out = Vec::new();
    for chunk in ids.chunks(500) {
        let uids: Vec<Uid> = chunk.iter().map(|(id, _)| Uid(*id)).collect();
        let rows: Vec<VersionRow> = on!(c, c => item_version::table.filter(item_version::item_id.eq_any(uids))
            .select(VersionRow::as_select()).load(c))?;
        for row in rows {
            if chunk.contains(&(row.item_id.0, row.number)) {
                out.push(row.read()?);
            }
        }
    }
    Ok(out)
}

/// The version of an item in force on a day.
///
/// # Errors
/// Database errors.
pub async fn version_as_of(c: &mut AnyConn<'_>, id: Uuid, day: Date) -> StoreResult<Option<Version>> {
    let row = on!(c, c => item_version::table
        .filter(item_version::item_id.eq(Uid(id)).and(item_version::valid_from.le(Day(day))))
        .filter(item_version::valid_to.is_null().or(item_version::valid_to.gt(Day(day))))
        .order(item_version::number.desc()).select(VersionRow::as_select()).first(c))
    .optional()?;
    row.map(VersionRow::read).transpose()
}

/// A page of the versions in force on a day, in the order of their items' ids.
///
/// # Errors
/// Database errors.
pub async fn version_list_as_of(
    c: &mut AnyConn<'_>,
    day: Date,
    (lead, category): (Option<&str>, Option<ItemCategory>),
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<Version>> {
    let rows: Vec<VersionRow> = on!(c, c => {
        let mut q = item_version::table.select(VersionRow::as_select())
            .filter(item_version::valid_from.le(Day(day)))
            .filter(item_version::valid_to.is_null().or(item_version::valid_to.gt(Day(day)))).into_boxed();
        if let Some(lead) = lead {
            q = q.filter(item_version::lead_department.eq(lead));
        }
        if let Some(category) = category {
            q = q.filter(item_version::category.eq(category.as_str()));
        }
        if let Some(after) = after {
            q = q.filter(item_version::item_id.gt(Uid(after)));
        }
        q.order(item_version::item_id.asc()).limit(limit).load(c)
    })?;
    rows.into_iter().map(VersionRow::read).collect()
}
