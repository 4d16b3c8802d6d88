//! SQL: picks of draws: drawn subjects and the reserve that follows them, in the order of their scores.
//!
//! Called by the app functions of draws, teams and proofs, after the visibility of the draw was decided.

use super::super::schema::draw_pick;
use super::super::word;
use crate::domain::draw::DrawPick;
use store_kit::prelude::*;
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = draw_pick, treat_none_as_default_value = false)]
struct PickRow {
    draw_id: Uid,
    stratum: String,
    rank: i64,
    subject_key: String,
    subject_id: Option<Uid>,
    subject_name: Option<String>,
    score: String,
    state: String,
    replaced_by: Option<i64>,
    reason: Option<String>,
    salt_sealed: Option<String>,
    visit_id: Option<Uid>,
}

/// Adds picks, in chunks.
///
/// # Errors
/// Database errors.
pub async fn picks_insert(c: &mut AnyConn<'_>, draw_id: Uuid, picks: Vec<DrawPick>) -> StoreResult<()> {
    let rows: Vec<PickRow> = picks
        .into_iter()
        .map(|p| {
            let DrawPick {
                stratum,
                rank,
                subject,
                subject_id,
                subject_name,
                score,
                state,
                replaced_by,
                reason,
                visit_id,
            } = p;
            PickRow {
                draw_id: Uid(draw_id),
                stratum,
                rank,
                subject_key: subject,
                subject_id: subject_id.map(Uid),
                subject_name,
                score,
                state: state.to_string(),
                replaced_by,
                reason: reason.map(|r| r.to_string()),
                salt_sealed: None,
                visit_id: visit_id.map(Uid),
            }
        })
        .collect();
    for chunk in rows.chunks(500) {
        on!(c, c => insert_into(draw_pick::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Picks of a draw after a place, by stratum and rank; a stratum's name narrows them.
///
/// # Errors
/// Database errors.
pub async fn picks_of(
    c: &mut AnyConn<'_>,
    draw_id: Uuid,
    stratum: Option<&str>,
    after: Option<(String, i64)>,
    limit: Option<i64>,
) -> StoreResult<Vec<DrawPick>> {
    let rows: Vec<PickRow> = on!(c, c => {
        let mut q = draw_pick::table.filter(draw_pick::draw_id.eq(Uid(draw_id))).select(PickRow::as_select()).into_boxed();
        if let Some(stratum) = stratum {
            q = q.filter(draw_pick::stratum.eq(stratum));
        }
        if let Some((name, rank)) = after {
            let later = draw_pick::stratum.eq(name.clone()).and(draw_pick::rank.gt(rank));
            q = q.filter(draw_pick::stratum.gt(name).or(later));
        }
        if let Some(limit) = limit {
            q = q.limit(limit);
        }
        q.order((draw_pick::stratum.asc(), draw_pick::rank.asc())).load(c)
    })?;
    rows.into_iter().map(read_pick).collect()
}

/// The pick of a subject, if it was drawn or follows.
///
/// # Errors
/// Database errors.
pub async fn pick_of(c: &mut AnyConn<'_>, draw_id: Uuid, subject: &str) -> StoreResult<Option<DrawPick>> {
    let row: Option<PickRow> = on!(c, c => draw_pick::table
        .filter(draw_pick::draw_id.eq(Uid(draw_id)).and(draw_pick::subject_key.eq(subject)))
        .select(PickRow::as_select()).first(c))
    .optional()?;
    row.map(read_pick).transpose()
}

fn read_pick(row: PickRow) -> StoreResult<DrawPick> {
    let PickRow {
        draw_id: _,
        stratum,
        rank,
        subject_key,
        subject_id,
        subject_name,
        score,
        state,
        replaced_by,
        reason,
        salt_sealed: _,
        visit_id,
    } = row;
    Ok(DrawPick {
        stratum,
        rank,
        subject: subject_key,
        subject_id: subject_id.map(|s| s.0),
        subject_name,
        score,
        state: word(&state)?,
        replaced_by,
        reason: reason.map(|r| word(&r)).transpose()?,
        visit_id: visit_id.map(|v| v.0),
    })
}

/// Changes what became of a pick.
///
/// # Errors
/// Database errors.
pub async fn pick_update(c: &mut AnyConn<'_>, draw_id: Uuid, pick: &DrawPick) -> StoreResult<()> {
    on!(c, c => update(draw_pick::table.find((Uid(draw_id), pick.stratum.clone(), pick.rank)))
        .set((
            draw_pick::state.eq(pick.state.to_string()),
            draw_pick::replaced_by.eq(pick.replaced_by),
            draw_pick::reason.eq(pick.reason.map(|r| r.to_string())),
            draw_pick::subject_id.eq(pick.subject_id.map(Uid)),
            draw_pick::subject_name.eq(pick.subject_name.clone()),
            draw_pick::visit_id.eq(pick.visit_id.map(Uid)),
        )).execute(c))?;
    Ok(())
}
