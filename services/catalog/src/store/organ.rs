//! Rows of organs and of the names they are found by.
//!
//! Organs are the same for every caller of the district, so no scope is taken. Called by the organ app functions, the item
//! import and the reference loader.

use super::schema::{organ, organ_duty, organ_name};
use super::word;
use crate::domain::organ::{NameKind, Organ, OrganDuty, OrganKind, Spelling};
use jiff::Timestamp;
use std::collections::HashMap;
use store_kit::prelude::*;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = organ, primary_key(code), treat_none_as_default_value = false, treat_none_as_null = true)]
struct OrganRow {
    code: String,
    name: String,
    short_name: String,
    aliases: TextList,
    kind: String,
    vertical: bool,
    is_enforcement_body: bool,
    duties: TextList,
    region_code: String,
    valid_from: Day,
    valid_to: Option<Day>,
    note: Option<String>,
    version: i64,
}

#[derive(Insertable)]
#[diesel(table_name = organ, treat_none_as_default_value = false)]
struct NewOrganRow {
    #[diesel(embed)]
    row: OrganRow,
    created_at: Stamp,
    updated_at: Stamp,
}

#[derive(Insertable)]
#[diesel(table_name = organ_name, treat_none_as_default_value = false)]
struct NameRow {
    key: String,
    organ_code: String,
    matched: String,
    spelling: String,
}

#[derive(Insertable)]
#[diesel(table_name = organ_duty, treat_none_as_default_value = false)]
struct DutyRow {
    duty: String,
    organ_code: String,
}

impl From<&Organ> for OrganRow {
    fn from(o: &Organ) -> Self {
        let Organ {
            code,
            name,
            short_name,
            aliases,
            kind,
            vertical,
            is_enforcement_body,
            duties,
            region_code,
            valid_from,
            valid_to,
            note,
            version,
        } = o.clone();
        Self {
            code,
            name,
            short_name,
            aliases: TextList(aliases),
            kind: kind.to_string(),
            vertical,
            is_enforcement_body,
            duties: TextList(duties.iter().map(ToString::to_string).collect()),
            region_code,
            valid_from: Day(valid_from),
            valid_to: valid_to.map(Day),
            note,
            version,
        }
    }
}

impl OrganRow {
    fn read(self) -> StoreResult<Organ> {
        let OrganRow {
            code,
            name,
            short_name,
            aliases,
            kind,
            vertical,
            is_enforcement_body,
            duties,
            region_code,
            valid_from,
            valid_to,
            note,
            version,
        } = self;
        Ok(Organ {
            code,
            name,
            short_name,
            aliases: aliases.0,
            kind: word(&kind)?,
            vertical,
            is_enforcement_body,
            duties: duties.0.iter().map(|d| word(d)).collect::<StoreResult<Vec<OrganDuty>>>()?,
            region_code,
            valid_from: valid_from.0,
            valid_to: valid_to.map(|d| d.0),
            note,
            version,
        })
    }
}

/// Whether any organ is known: the first start is over.
///
/// # Errors
/// Database errors.
pub async fn organ_any(c: &mut AnyConn<'_>) -> StoreResult<bool> {
    Ok(on!(c, c => organ::table.select(organ::code).limit(1).first::<String>(c)).optional()?.is_some())
}

/// One organ.
///
/// # Errors
/// Database errors.
pub async fn organ_view(c: &mut AnyConn<'_>, code: &str) -> StoreResult<Option<Organ>> {
    let row = on!(c, c => organ::table.find(code).select(OrganRow::as_select()).first(c)).optional()?;
    row.map(OrganRow::read).transpose()
}

/// A page of organs in the order of their codes.
///
/// # Errors
/// Database errors.
pub async fn organ_list(
    c: &mut AnyConn<'_>,
    kind: Option<OrganKind>,
    duty: Option<OrganDuty>,
    after: &str,
    limit: i64,
) -> StoreResult<Vec<Organ>> {
    let rows: Vec<OrganRow> = on!(c, c => {
        let mut q = organ::table.select(OrganRow::as_select()).filter(organ::code.gt(after)).into_boxed();
        if let Some(kind) = kind {
            q = q.filter(organ::kind.eq(kind.as_str()));
        }
        if let Some(duty) = duty {
            let codes = organ_duty::table.filter(organ_duty::duty.eq(duty.as_str())).select(organ_duty::organ_code);
            q = q.filter(organ::code.eq_any(codes));
        }
        q.order(organ::code.asc()).limit(limit).load(c)
    })?;
    rows.into_iter().map(OrganRow::read).collect()
}

/// The organ that a name means, and which of its spellings it is.
///
/// # Errors
/// Database errors.
pub async fn organ_resolve(
    c: &mut AnyConn<'_>,
    key: &str,
) -> StoreResult<Option<(String, NameKind, String)>> {
    let row: Option<(String, String, String)> = on!(c, c => organ_name::table.find(key)
        .select((organ_name::organ_code, organ_name::matched, organ_name::spelling)).first(c))
    .optional()?;
    row.map(|(code, kind, text)| Ok((code, word(&kind)?, text))).transpose()
}

/// Every known spelling with its organ's code; for imports.
///
/// # Errors
/// Database errors.
pub async fn organ_names(c: &mut AnyConn<'_>) -> StoreResult<HashMap<String, String>> {
    let rows: Vec<(String, String)> =
        on!(c, c => organ_name::table.select((organ_name::key, organ_name::organ_code)).load(c))?;
    Ok(rows.into_iter().collect())
}

/// Short names by code; for exports.
///
/// # Errors
/// Database errors.
pub async fn organ_short_names(c: &mut AnyConn<'_>) -> StoreResult<HashMap<String, String>> {
    let rows: Vec<(String, String)> =
        on!(c, c => organ::table.select((organ::code, organ::short_name)).load(c))?;
    Ok(rows.into_iter().collect())
}

/// Spellings of these that another organ has already.
///
/// # Errors
/// Database errors.
pub async fn organ_names_taken(
    c: &mut AnyConn<'_>,
    code: &str,
    spellings: &[Spelling],
) -> StoreResult<Vec<(String, String)>> {
    let keys: Vec<String> = spellings.iter().map(|s| s.key.clone()).collect();
    Ok(on!(c, c => organ_name::table
        .filter(organ_name::key.eq_any(keys).and(organ_name::organ_code.ne(code)))
        .order(organ_name::key.asc()).select((organ_name::spelling, organ_name::organ_code)).load(c))?)
}

/// Which of these codes are organs.
///
/// # Errors
/// Database errors.
pub async fn organ_known(c: &mut AnyConn<'_>, codes: Vec<String>) -> StoreResult<Vec<String>> {
    Ok(on!(c, c => organ::table.filter(organ::code.eq_any(codes)).select(organ::code).load(c))?)
}

/// Adds organs with their names and duties.
///
/// # Errors
/// [`StoreError::Conflict`] when a code or a name is taken.
pub async fn organ_create(c: &mut AnyConn<'_>, organs: &[Organ], now: Timestamp) -> StoreResult<()> {
    for chunk in organs.chunks(500) {
        let stamp = Stamp::from(now);
        let rows: Vec<NewOrganRow> = chunk
            .iter()
            .map(|o| NewOrganRow { row: o.into(), created_at: stamp, updated_at: stamp })
            .collect();
        on!(c, c => insert_into(organ::table).values(rows).execute(c))?;
    }
    put_names(c, organs).await
}

async fn put_names(c: &mut AnyConn<'_>, organs: &[Organ]) -> StoreResult<()> {
    let names: Vec<NameRow> = organs
        .iter()
        .flat_map(|o| {
            o.spellings().into_iter().map(|Spelling { key, kind, text }| NameRow {
                key,
                organ_code: o.code.clone(),
                matched: kind.to_string(),
                spelling: text,
            })
        })
        .collect();
    for chunk in names.chunks(1000) {
        on!(c, c => insert_into(organ_name::table).values(chunk).execute(c))?;
    }
    let duties: Vec<DutyRow> = organs
        .iter()
        .flat_map(|o| o.duties.iter().map(|d| DutyRow { duty: d.to_string(), organ_code: o.code.clone() }))
        .collect();
    for chunk in duties.chunks(1000) {
        on!(c, c => insert_into(organ_duty::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Changes an organ that still has the version before `organ.version`; false when somebody was quicker.
///
/// # Errors
/// [`StoreError::Conflict`] when a name is taken.
pub async fn organ_update(c: &mut AnyConn<'_>, organ: &Organ, now: Timestamp) -> StoreResult<bool> {
    let row = OrganRow::from(organ);
    let code = organ.code.clone();
    let before = organ.version - 1;
    let n = on!(c, c => update(organ::table.find(&code).filter(organ::version.eq(before)))
        .set((&row, organ::updated_at.eq(Stamp::from(now)))).execute(c))?;
    if n == 0 {
        return Ok(false);
    }
    on!(c, c => delete(organ_name::table.filter(organ_name::organ_code.eq(&code))).execute(c))?;
    on!(c, c => delete(organ_duty::table.filter(organ_duty::organ_code.eq(&code))).execute(c))?;
    put_names(c, std::slice::from_ref(organ)).await?;
    Ok(true)
}
