//! SQL: strata, entropy sources and organs of draws.
//!
//! Called by the app functions of draws, after the visibility of the draw was decided.

use super::super::schema::{draw_entropy, draw_organ, draw_stratum};
use super::super::{document, json, word};
use crate::domain::draw::{DrawOrgan, DrawSource, DrawStratum};
use store_kit::prelude::*;
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = draw_stratum, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct StratumRow {
    draw_id: Uid,
    name: String,
    position: i64,
    filter: Option<Json>,
    frame_size: i64,
    sample_size: i64,
    params: String,
    params_hash: Option<String>,
    frame_root: Option<String>,
    threshold: Option<String>,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = draw_entropy, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct SourceRow {
    draw_id: Uid,
    position: i64,
    kind: String,
    name: String,
    organ_code: Option<String>,
    commit_hash: Option<String>,
    committed_by: Option<String>,
    committed_at: Option<Stamp>,
    value: Option<String>,
    revealed_by: Option<String>,
    revealed_at: Option<Stamp>,
    is_no_show: bool,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = draw_organ, treat_none_as_default_value = false)]
pub(super) struct OrganRow {
    pub(super) draw_id: Uid,
    pub(super) organ_code: String,
    pub(super) role: String,
    pub(super) team_size: i64,
    pub(super) qualifications: TextList,
    pub(super) item_id: Option<Uid>,
    pub(super) item_version: Option<i64>,
    pub(super) item_text: String,
}

pub(super) fn stratum_row(draw_id: Uuid, s: DrawStratum) -> StoreResult<StratumRow> {
    let DrawStratum {
        name,
        position,
        filter,
        frame_size,
        sample_size,
        params,
        params_hash,
        frame_root,
        threshold,
    } = s;
    Ok(StratumRow {
        draw_id: Uid(draw_id),
        name,
        position,
        filter: filter.map(|f| json(&f)).transpose()?,
        frame_size,
        sample_size,
        params,
        params_hash,
        frame_root,
        threshold,
    })
}

/// Strata of a draw in byte order of their names.
///
/// # Errors
/// Database errors.
pub async fn strata_of(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<Vec<DrawStratum>> {
    let rows: Vec<StratumRow> = on!(c, c => draw_stratum::table.filter(draw_stratum::draw_id.eq(Uid(draw_id)))
        .select(StratumRow::as_select()).load(c))?;
    let mut strata = rows
        .into_iter()
        .map(|row| {
            let StratumRow {
                draw_id: _,
                name,
                position,
                filter,
                frame_size,
                sample_size,
                params,
                params_hash,
                frame_root,
                threshold,
            } = row;
            Ok(DrawStratum {
                name,
                position,
                filter: filter.map(|f| document(f.0)).transpose()?,
                frame_size,
                sample_size,
                params,
                params_hash,
                frame_root,
                threshold,
            })
        })
        .collect::<StoreResult<Vec<_>>>()?;
    // Databases sort texts by their own rules; the protocol sorts bytes.
    strata.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(strata)
}

/// Changes a stratum.
///
/// # Errors
/// Database errors.
pub async fn stratum_update(c: &mut AnyConn<'_>, draw_id: Uuid, stratum: DrawStratum) -> StoreResult<()> {
    let row = stratum_row(draw_id, stratum)?;
    on!(c, c => update(draw_stratum::table.find((row.draw_id, row.name.clone()))).set(&row).execute(c))?;
    Ok(())
}

pub(super) fn source_row(draw_id: Uuid, s: DrawSource) -> SourceRow {
    let DrawSource {
        position,
        kind,
        name,
        organ,
        commitment,
        committed_by,
        committed_at,
        value,
        revealed_by,
        revealed_at,
        is_no_show,
    } = s;
    SourceRow {
        draw_id: Uid(draw_id),
        position,
        kind: kind.to_string(),
        name,
        organ_code: organ,
        commit_hash: commitment,
        committed_by,
        committed_at: committed_at.map(Stamp::from),
        value,
        revealed_by,
        revealed_at: revealed_at.map(Stamp::from),
        is_no_show,
    }
}

/// Entropy sources of a draw in byte order of their names.
///
/// # Errors
/// Database errors.
pub async fn sources_of(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<Vec<DrawSource>> {
    let rows: Vec<SourceRow> = on!(c, c => draw_entropy::table.filter(draw_entropy::draw_id.eq(Uid(draw_id)))
        .select(SourceRow::as_select()).load(c))?;
    let mut sources = rows
        .into_iter()
        .map(|row| {
            let SourceRow {
                draw_id: _,
                position,
                kind,
                name,
                organ_code,
                commit_hash,
                committed_by,
                committed_at,
                value,
                revealed_by,
                revealed_at,
                is_no_show,
            } = row;
            Ok(DrawSource {
                position,
                kind: word(&kind)?,
                name,
                organ: organ_code,
                commitment: commit_hash,
                committed_by,
                committed_at: committed_at.map(|s| s.0),
                value,
                revealed_by,
                revealed_at: revealed_at.map(|s| s.0),
                is_no_show,
            })
        })
        .collect::<StoreResult<Vec<_>>>()?;
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(sources)
}

/// Changes a source.
///
/// # Errors
/// Database errors.
pub async fn source_update(c: &mut AnyConn<'_>, draw_id: Uuid, source: DrawSource) -> StoreResult<()> {
    let row = source_row(draw_id, source);
    on!(c, c => update(draw_entropy::table.find((row.draw_id, row.position))).set(&row).execute(c))?;
    Ok(())
}

/// Organs of a draw in byte order of their codes.
///
/// # Errors
/// Database errors.
pub async fn organs_of(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<Vec<DrawOrgan>> {
    let rows: Vec<OrganRow> = on!(c, c => draw_organ::table.filter(draw_organ::draw_id.eq(Uid(draw_id)))
        .select(OrganRow::as_select()).load(c))?;
    let mut organs = rows
        .into_iter()
        .map(|row| {
            let OrganRow {
                draw_id: _,
                organ_code,
                role,
                team_size,
                qualifications,
                item_id,
                item_version,
                item_text,
            } = row;
            Ok(DrawOrgan {
                organ: organ_code,
                role: word(&role)?,
                team_size,
                qualifications: qualifications.0,
                item: item_id.map(|i| i.0).zip(item_version),
                item_text,
            })
        })
        .collect::<StoreResult<Vec<_>>>()?;
    organs.sort_by(|a, b| a.organ.cmp(&b.organ));
    Ok(organs)
}
