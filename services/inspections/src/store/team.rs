//! Pools of inspectors of draws, frozen with the frame. Whether the caller sees the draw was decided before, so no scope is
//! taken. Called by the app functions of frames, teams and proofs.

use super::schema::{draw_inspector, visit};
use super::{json, word};
use crate::domain::team::{Narrowed, PoolInspector, PoolMember};
use std::collections::HashSet;
use store_kit::prelude::*;
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = draw_inspector, treat_none_as_default_value = false)]
struct PoolRow {
    draw_id: Uid,
    inspector_id: Uid,
    organ_code: String,
    inspector_key: String,
    tags: TextList,
    certified_until: Day,
    recused_keys: TextList,
    load_before: i64,
    left_code: Option<String>,
    narrowed: Option<String>,
}

/// Freezes the pool of a draw.
///
/// # Errors
/// Database errors.
pub async fn pool_put(c: &mut AnyConn<'_>, draw_id: Uuid, pool: Vec<PoolInspector>) -> StoreResult<()> {
    on!(c, c => delete(draw_inspector::table.filter(draw_inspector::draw_id.eq(Uid(draw_id)))).execute(c))?;
    let rows: Vec<PoolRow> = pool
        .into_iter()
        .map(|i| {
            let PoolInspector { id, organ, key, tags, certified_until, recused } = i;
            PoolRow {
                draw_id: Uid(draw_id),
                inspector_id: Uid(id),
                organ_code: organ,
                inspector_key: key,
                tags: TextList(tags),
                certified_until: Day(certified_until),
                recused_keys: TextList(recused),
                load_before: 0,
                left_code: None,
                narrowed: None,
            }
        })
        .collect();
    for chunk in rows.chunks(500) {
        on!(c, c => insert_into(draw_inspector::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Keeps what the assignment left of the pool; what was frozen stays as it is.
///
/// # Errors
/// Database errors.
pub async fn pool_narrow(c: &mut AnyConn<'_>, draw_id: Uuid, members: &[PoolMember]) -> StoreResult<()> {
    use draw_inspector as d;
    for PoolMember { frozen, left, narrowed } in members {
        if left.is_none() && narrowed.is_none() {
            continue;
        }
        let code = left.map(|l| l.to_string());
        let less = narrowed.as_ref().map(|n| Ok::<_, StoreError>(json(n)?.0.to_string())).transpose()?;
        let one = d::draw_id.eq(Uid(draw_id)).and(d::inspector_id.eq(Uid(frozen.id)));
        on!(c, c => update(d::table.filter(one)).set((d::left_code.eq(code), d::narrowed.eq(less))).execute(c))?;
    }
    Ok(())
}

/// The pool of a draw in byte order of the inspectors' keys, as it was frozen and with what became of it.
///
/// # Errors
/// Database errors.
pub async fn pool_of(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<Vec<PoolMember>> {
    let rows: Vec<PoolRow> = on!(c, c => draw_inspector::table
        .filter(draw_inspector::draw_id.eq(Uid(draw_id))).select(PoolRow::as_select()).load(c))?;
    let mut pool = rows.into_iter().map(member).collect::<StoreResult<Vec<PoolMember>>>()?;
    pool.sort_by(|a, b| a.frozen.key.cmp(&b.frozen.key));
    Ok(pool)
}

fn member(row: PoolRow) -> StoreResult<PoolMember> {
    let PoolRow {
        draw_id: _,
        inspector_id,
        organ_code,
        inspector_key,
        tags,
        certified_until,
        recused_keys,
        load_before: _,
        left_code,
        narrowed,
    } = row;
    let bad = |e: serde_json::Error| StoreError::Bug(format!("a narrowed inspector does not read: {e}"));
    Ok(PoolMember {
        frozen: PoolInspector {
            id: inspector_id.0,
            organ: organ_code,
            key: inspector_key,
            tags: tags.0,
            certified_until: certified_until.0,
            recused: recused_keys.0,
        },
        left: left_code.as_deref().map(word).transpose()?,
        narrowed: narrowed
            .as_deref()
            .map(|n| serde_json::from_str::<Narrowed>(n).map_err(bad))
            .transpose()?,
    })
}

/// How many visits of a draw are not cancelled; one that was merged counts as the visit it was merged into does.
///
/// # Errors
/// Database errors.
pub async fn open_visits(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<i64> {
    let own: Vec<(String, Option<Uid>)> = on!(c, c => visit::table
        .filter(visit::draw_id.eq(Uid(draw_id)).and(visit::state.ne("cancelled")))
        .select((visit::state, visit::combined_into)).load(c))?;
    let (merged, mut open): (Vec<_>, Vec<_>) =
        own.into_iter().partition(|(state, into)| state == "combined" && into.is_some());
    let into: Vec<Uid> = merged.iter().filter_map(|(_, into)| *into).collect();
    let mut off: HashSet<Uuid> = HashSet::new();
    for chunk in into.chunks(500) {
        let chunk = chunk.to_vec();
        let cancelled: Vec<Uid> = on!(c, c => visit::table
            .filter(visit::id.eq_any(chunk).and(visit::state.eq("cancelled"))).select(visit::id).load(c))?;
        off.extend(cancelled.into_iter().map(|id| id.0));
    }
    open.extend(merged.into_iter().filter(|(_, into)| into.is_some_and(|id| !off.contains(&id.0))));
    Ok(i64::try_from(open.len()).unwrap_or(i64::MAX))
}
