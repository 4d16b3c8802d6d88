//! Pools of inspectors of draws, frozen with the frame. Whether the caller sees the draw was decided before, so no scope is
//! taken. Called by the app functions of frames, teams and proofs.

use super::schema::{draw_inspector, visit};
use crate::domain::team::PoolInspector;
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
}

/// Replaces the pool of a draw.
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
            }
        })
        .collect();
    for chunk in rows.chunks(500) {
        on!(c, c => insert_into(draw_inspector::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// The pool of a draw in byte order of the inspectors' keys.
///
/// # Errors
/// Database errors.
pub async fn pool_of(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<Vec<PoolInspector>> {
    let rows: Vec<PoolRow> = on!(c, c => draw_inspector::table
        .filter(draw_inspector::draw_id.eq(Uid(draw_id))).select(PoolRow::as_select()).load(c))?;
    let mut pool: Vec<PoolInspector> = rows
        .into_iter()
        .map(|row| {
            let PoolRow {
                draw_id: _,
                inspector_id,
                organ_code,
                inspector_key,
                tags,
                certified_until,
                recused_keys,
                load_before: _,
            } = row;
            PoolInspector {
                id: inspector_id.0,
                organ: organ_code,
                key: inspector_key,
                tags: tags.0,
                certified_until: certified_until.0,
                recused: recused_keys.0,
            }
        })
        .collect();
    pool.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(pool)
}

/// How many visits of a draw are neither cancelled nor merged into others.
///
/// # Errors
/// Database errors.
pub async fn open_visits(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<i64> {
    Ok(on!(c, c => visit::table.filter(visit::draw_id.eq(Uid(draw_id)).and(visit::state.ne("cancelled")))
        .count().get_result(c))?)
}
