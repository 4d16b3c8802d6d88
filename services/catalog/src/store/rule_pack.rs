//! Rows of rule packs. They belong to the whole district, so no scope is taken. Called by the rule pack app functions.

use super::schema::rule_pack;
use super::{document, json, word};
use crate::domain::rule_pack::{RulePackState, Uploaded};
use jiff::Timestamp;
use jiff::civil::Date;
use store_kit::prelude::*;
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = rule_pack, treat_none_as_default_value = false)]
struct RulePackRow {
    id: Uid,
    number: Option<i64>,
    code: String,
    title: String,
    state: String,
    content: Json,
    digest: String,
    findings: Json,
    valid_from: Day,
    valid_to: Option<Day>,
    reason: String,
    created_by: String,
    decided_by: Option<String>,
    decided_at: Option<Stamp>,
    decision: Option<String>,
    version: i64,
    created_at: Stamp,
    updated_at: Stamp,
}

impl RulePackRow {
    fn of(pack: &Uploaded) -> StoreResult<Self> {
        let Uploaded {
            id,
            number,
            state,
            pack,
            digest,
            findings,
            valid_from,
            valid_to,
            reason,
            created_by,
            decided_by,
            decided_at,
            decision,
            version,
            created_at,
            updated_at,
        } = pack.clone();
        Ok(Self {
            id: Uid(id),
            number,
            code: pack.code.clone(),
            title: pack.title.zh.clone(),
            state: state.to_string(),
            content: json(&pack)?,
            digest,
            findings: json(&findings)?,
            valid_from: Day(valid_from),
            valid_to: valid_to.map(Day),
            reason,
            created_by,
            decided_by,
            decided_at: decided_at.map(Stamp::from),
            decision,
            version,
            created_at: created_at.into(),
            updated_at: updated_at.into(),
        })
    }

    fn read(self) -> StoreResult<Uploaded> {
        let Self {
            id,
            number,
            code: _,
            title: _,
            state,
            content,
            digest,
            findings,
            valid_from,
            valid_to,
            reason,
            created_by,
            decided_by,
            decided_at,
            decision,
            version,
            created_at,
            updated_at,
        } = self;
        Ok(Uploaded {
            id: id.0,
            number,
            state: word(&state)?,
            pack: document(content.0)?,
            digest,
            findings: document(findings.0)?,
            valid_from: valid_from.0,
            valid_to: valid_to.map(|d| d.0),
            reason,
            created_by,
            decided_by,
            decided_at: decided_at.map(|t| t.0),
            decision,
            version,
            created_at: created_at.0,
            updated_at: updated_at.0,
        })
    }
}

/// Whether any pack is there.
///
/// # Errors
/// Database errors.
pub async fn rule_pack_any(c: &mut AnyConn<'_>) -> StoreResult<bool> {
    let found: Option<Uid> = on!(c, c => rule_pack::table.select(rule_pack::id).first(c)).optional()?;
    Ok(found.is_some())
}

/// Adds a pack.
///
/// # Errors
/// [`StoreError::Conflict`] when its number is taken.
pub async fn rule_pack_create(c: &mut AnyConn<'_>, pack: &Uploaded) -> StoreResult<()> {
    let row = RulePackRow::of(pack)?;
    on!(c, c => insert_into(rule_pack::table).values(&row).execute(c))?;
    Ok(())
}

/// Writes the decision on a draft that still has the version before; false when somebody was quicker.
///
/// # Errors
/// [`StoreError::Conflict`] when its number is taken.
pub async fn rule_pack_decide(c: &mut AnyConn<'_>, pack: &Uploaded) -> StoreResult<bool> {
    let before = pack.version - 1;
    let n = on!(c, c => update(rule_pack::table.find(Uid(pack.id)).filter(rule_pack::version.eq(before))).set((
        rule_pack::number.eq(pack.number), rule_pack::state.eq(pack.state.as_str()),
        rule_pack::decided_by.eq(pack.decided_by.as_deref()), rule_pack::decided_at.eq(pack.decided_at.map(Stamp::from)),
        rule_pack::decision.eq(pack.decision.as_deref()), rule_pack::version.eq(pack.version),
        rule_pack::updated_at.eq(Stamp::from(pack.updated_at)),
    )).execute(c))?;
    Ok(n == 1)
}

/// One pack.
///
/// # Errors
/// Database errors.
pub async fn rule_pack_view(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<Option<Uploaded>> {
    let row =
        on!(c, c => rule_pack::table.find(Uid(id)).select(RulePackRow::as_select()).first(c)).optional()?;
    row.map(RulePackRow::read).transpose()
}

/// A page of packs after an id.
///
/// # Errors
/// Database errors.
pub async fn rule_pack_list(
    c: &mut AnyConn<'_>,
    state: Option<RulePackState>,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<Uploaded>> {
    let rows: Vec<RulePackRow> = on!(c, c => {
        let mut q = rule_pack::table.select(RulePackRow::as_select()).into_boxed();
        if let Some(state) = state {
            q = q.filter(rule_pack::state.eq(state.as_str()));
        }
        if let Some(after) = after {
            q = q.filter(rule_pack::id.gt(Uid(after)));
        }
        q.order(rule_pack::id.asc()).limit(limit).load(c)
    })?;
    rows.into_iter().map(RulePackRow::read).collect()
}

/// The number of the last published pack, 0 before the first.
///
/// # Errors
/// Database errors.
pub async fn rule_pack_last_number(c: &mut AnyConn<'_>) -> StoreResult<i64> {
    let number: Option<Option<i64>> = on!(c, c => rule_pack::table.filter(rule_pack::number.is_not_null())
        .order(rule_pack::number.desc()).select(rule_pack::number).first(c))
    .optional()?;
    Ok(number.flatten().unwrap_or(0))
}

/// The pack that judges a fact of a day, as it was known at a time: the highest number that covers it.
///
/// # Errors
/// Database errors.
pub async fn rule_pack_in_force(
    c: &mut AnyConn<'_>,
    on: Date,
    known_at: Option<Timestamp>,
) -> StoreResult<Option<Uploaded>> {
    let row: Option<RulePackRow> = on!(c, c => {
        let mut q = rule_pack::table.select(RulePackRow::as_select())
            .filter(rule_pack::state.eq(RulePackState::Published.as_str()))
            .filter(rule_pack::valid_from.le(Day(on)))
            .filter(rule_pack::valid_to.is_null().or(rule_pack::valid_to.gt(Day(on)))).into_boxed();
        if let Some(at) = known_at {
            q = q.filter(rule_pack::decided_at.le(Stamp::from(at)));
        }
        q.order(rule_pack::number.desc()).first(c)
    })
    .optional()?;
    row.map(RulePackRow::read).transpose()
}
