//! Frames of draws in ordered chunks, exclusions, and sealed ids of natural persons.
//!
//! A chunk holds ids each followed by a line feed, so that joined chunks are the very bytes of the frame's root. Whether the
//! caller sees the draw was decided before, so no scope is taken. Called by the app functions of frames and proofs.

use super::schema::{draw_exclusion, draw_frame_chunk, draw_person};
use super::word;
use crate::domain::draw::ExclusionCode;
use jiff::Timestamp;
use store_kit::prelude::*;
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = draw_frame_chunk, treat_none_as_default_value = false)]
struct ChunkRow {
    draw_id: Uid,
    stratum: String,
    number: i64,
    size: i64,
    ids: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = draw_exclusion, treat_none_as_default_value = false)]
struct ExclusionRow {
    draw_id: Uid,
    subject_key: String,
    stratum: String,
    code: String,
    note: Option<String>,
    excluded_by: String,
    excluded_at: Stamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = draw_person, treat_none_as_default_value = false)]
struct PersonRow {
    draw_id: Uid,
    entry: String,
    id_sealed: String,
    subject_id: Option<Uid>,
}

/// A subject left out of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawExclusion {
    /// As it would stand in the frame.
    pub subject: String,
    /// Stratum.
    pub stratum: String,
    /// Why.
    pub code: ExclusionCode,
    /// In words.
    pub note: Option<String>,
    /// Who decided it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A natural person behind an entry of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawPerson {
    /// The entry.
    pub entry: String,
    /// The id, sealed.
    pub id_sealed: String,
    /// Subject of the registry.
    pub subject_id: Option<Uuid>,
}

/// Adds chunks after those that are there.
///
/// # Errors
/// Database errors.
pub async fn chunks_add(
    c: &mut AnyConn<'_>,
    draw_id: Uuid,
    stratum: &str,
    chunks: Vec<(i64, String)>,
) -> StoreResult<()> {
    let last: Option<i64> = on!(c, c => draw_frame_chunk::table
        .filter(draw_frame_chunk::draw_id.eq(Uid(draw_id)).and(draw_frame_chunk::stratum.eq(stratum)))
        .select(diesel::dsl::max(draw_frame_chunk::number)).first(c))?;
    let first = last.unwrap_or(0) + 1;
    for ((size, ids), number) in chunks.into_iter().zip(first..) {
        let row = ChunkRow { draw_id: Uid(draw_id), stratum: stratum.to_string(), number, size, ids };
        on!(c, c => insert_into(draw_frame_chunk::table).values(&row).execute(c))?;
    }
    Ok(())
}

/// The chunks of a stratum in order.
///
/// # Errors
/// Database errors.
pub async fn chunks_of(c: &mut AnyConn<'_>, draw_id: Uuid, stratum: &str) -> StoreResult<Vec<String>> {
    Ok(on!(c, c => draw_frame_chunk::table
        .filter(draw_frame_chunk::draw_id.eq(Uid(draw_id)).and(draw_frame_chunk::stratum.eq(stratum)))
        .order(draw_frame_chunk::number.asc()).select(draw_frame_chunk::ids).load(c))?)
}

/// Some chunks of a stratum after a number, in order, each with its number.
///
/// # Errors
/// Database errors.
pub async fn chunks_after(
    c: &mut AnyConn<'_>,
    draw_id: Uuid,
    stratum: &str,
    after: i64,
    limit: i64,
) -> StoreResult<Vec<(i64, String)>> {
    Ok(on!(c, c => draw_frame_chunk::table
        .filter(draw_frame_chunk::draw_id.eq(Uid(draw_id)).and(draw_frame_chunk::stratum.eq(stratum)))
        .filter(draw_frame_chunk::number.gt(after)).limit(limit)
        .order(draw_frame_chunk::number.asc()).select((draw_frame_chunk::number, draw_frame_chunk::ids)).load(c))?)
}

/// Ids of a frozen stratum after a place, each with the number of its chunk: a page at any depth reads a chunk or two.
///
/// # Errors
/// Database errors.
pub async fn frame_page(
    c: &mut AnyConn<'_>,
    draw_id: Uuid,
    stratum: &str,
    after: Option<(i64, String)>,
    limit: usize,
) -> StoreResult<Vec<(i64, String)>> {
    let (mut number, after) = after.map_or((0, None), |(number, id)| (number.saturating_sub(1), Some(id)));
    let mut page = Vec::with_capacity(limit);
    while page.len() < limit {
        let Some((at, ids)) = chunks_after(c, draw_id, stratum, number, 1).await?.pop() else { break };
        let later = ::draw::frame::ids_of(&ids).filter(|id| after.as_deref().is_none_or(|a| *id > a));
        page.extend(later.take(limit - page.len()).map(|id| (at, id.to_owned())));
        number = at;
    }
    Ok(page)
}

/// The place of an id in a frozen stratum, from 0; found by halving over its chunks.
///
/// # Errors
/// Database errors.
pub async fn frame_place(
    c: &mut AnyConn<'_>,
    draw_id: Uuid,
    stratum: &str,
    id: &str,
) -> StoreResult<Option<usize>> {
    let index: Vec<(i64, i64)> = on!(c, c => draw_frame_chunk::table
        .filter(draw_frame_chunk::draw_id.eq(Uid(draw_id)).and(draw_frame_chunk::stratum.eq(stratum)))
        .order(draw_frame_chunk::number.asc()).select((draw_frame_chunk::number, draw_frame_chunk::size)).load(c))?;
    let (mut low, mut high) = (0, index.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let Some((number, _)) = index.get(middle) else { break };
        let Some((_, ids)) = chunks_after(c, draw_id, stratum, number - 1, 1).await?.pop() else { break };
        let list: Vec<&str> = ::draw::frame::ids_of(&ids).collect();
        if list.first().is_none_or(|first| id < *first) {
            high = middle;
        } else if list.last().is_none_or(|last| id > *last) {
            low = middle + 1;
        } else {
            let before: i64 = index.iter().take(middle).map(|(_, size)| size).sum();
            return Ok(list.binary_search(&id).ok().map(|at| usize::try_from(before).unwrap_or(0) + at));
        }
    }
    Ok(None)
}

/// How many ids the chunks of each stratum hold, doubles counted.
///
/// # Errors
/// Database errors.
pub async fn chunk_sizes(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<Vec<(String, i64)>> {
    Ok(on!(c, c => draw_frame_chunk::table.filter(draw_frame_chunk::draw_id.eq(Uid(draw_id)))
        .select((draw_frame_chunk::stratum, draw_frame_chunk::size)).load(c))?)
}

/// Empties a stratum, or all of them.
///
/// # Errors
/// Database errors.
pub async fn chunks_clear(c: &mut AnyConn<'_>, draw_id: Uuid, stratum: Option<&str>) -> StoreResult<()> {
    match stratum {
        Some(stratum) => on!(c, c => delete(draw_frame_chunk::table
            .filter(draw_frame_chunk::draw_id.eq(Uid(draw_id)).and(draw_frame_chunk::stratum.eq(stratum)))).execute(c))?,
        None => on!(c, c => delete(draw_frame_chunk::table
            .filter(draw_frame_chunk::draw_id.eq(Uid(draw_id)))).execute(c))?,
    };
    Ok(())
}

/// Adds exclusions; a subject excluded before keeps its first reason.
///
/// # Errors
/// Database errors.
pub async fn exclusions_add(c: &mut AnyConn<'_>, draw_id: Uuid, list: Vec<DrawExclusion>) -> StoreResult<()> {
    let rows: Vec<ExclusionRow> = list
        .into_iter()
        .map(|e| {
            let DrawExclusion { subject, stratum, code, note, by, at } = e;
            ExclusionRow {
                draw_id: Uid(draw_id),
                subject_key: subject,
                stratum,
                code: code.to_string(),
                note,
                excluded_by: by,
                excluded_at: at.into(),
            }
        })
        .collect();
    for chunk in rows.chunks(500) {
        on!(c, c => insert_into(draw_exclusion::table).values(chunk)
            .on_conflict((draw_exclusion::draw_id, draw_exclusion::subject_key)).do_nothing().execute(c))?;
    }
    Ok(())
}

/// Exclusions of a draw in byte order of the subjects.
///
/// # Errors
/// Database errors.
pub async fn exclusions_of(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<Vec<DrawExclusion>> {
    let rows: Vec<ExclusionRow> = on!(c, c => draw_exclusion::table
        .filter(draw_exclusion::draw_id.eq(Uid(draw_id))).select(ExclusionRow::as_select()).load(c))?;
    let mut list = rows
        .into_iter()
        .map(|row| {
            let ExclusionRow { draw_id: _, subject_key, stratum, code, note, excluded_by, excluded_at } = row;
            Ok(DrawExclusion {
                subject: subject_key,
                stratum,
                code: word(&code)?,
                note,
                by: excluded_by,
                at: excluded_at.0,
            })
        })
        .collect::<StoreResult<Vec<_>>>()?;
    list.sort_by(|a, b| a.subject.cmp(&b.subject));
    Ok(list)
}

/// Keeps the ids behind entries.
///
/// # Errors
/// Database errors.
pub async fn persons_add(c: &mut AnyConn<'_>, draw_id: Uuid, persons: Vec<DrawPerson>) -> StoreResult<()> {
    let rows: Vec<PersonRow> = persons
        .into_iter()
        .map(|p| {
            let DrawPerson { entry, id_sealed, subject_id } = p;
            PersonRow { draw_id: Uid(draw_id), entry, id_sealed, subject_id: subject_id.map(Uid) }
        })
        .collect();
    for chunk in rows.chunks(500) {
        on!(c, c => insert_into(draw_person::table).values(chunk)
            .on_conflict((draw_person::draw_id, draw_person::entry)).do_nothing().execute(c))?;
    }
    Ok(())
}

/// The person behind an entry.
///
/// # Errors
/// Database errors.
pub async fn person_of(c: &mut AnyConn<'_>, draw_id: Uuid, entry: &str) -> StoreResult<Option<DrawPerson>> {
    let row: Option<PersonRow> = on!(c, c => draw_person::table.find((Uid(draw_id), entry))
        .select(PersonRow::as_select()).first(c))
    .optional()?;
    Ok(row.map(|row| {
        let PersonRow { draw_id: _, entry, id_sealed, subject_id } = row;
        DrawPerson { entry, id_sealed, subject_id: subject_id.map(|s| s.0) }
    }))
}

/// The ids behind entries, in byte order of the entries.
///
/// # Errors
/// Database errors.
pub async fn persons_of(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<Vec<DrawPerson>> {
    let rows: Vec<PersonRow> = on!(c, c => draw_person::table.filter(draw_person::draw_id.eq(Uid(draw_id)))
        .select(PersonRow::as_select()).load(c))?;
    let mut persons: Vec<DrawPerson> = rows
        .into_iter()
        .map(|row| {
            let PersonRow { draw_id: _, entry, id_sealed, subject_id } = row;
            DrawPerson { entry, id_sealed, subject_id: subject_id.map(|s| s.0) }
        })
        .collect();
    persons.sort_by(|a, b| a.entry.cmp(&b.entry));
    Ok(persons)
}

/// Keeps which subject of the registry stands behind an entry.
///
/// # Errors
/// Database errors.
pub async fn person_resolved(
    c: &mut AnyConn<'_>,
    draw_id: Uuid,
    entry: &str,
    subject_id: Uuid,
) -> StoreResult<()> {
    on!(c, c => update(draw_person::table
        .filter(draw_person::draw_id.eq(Uid(draw_id)).and(draw_person::entry.eq(entry))))
        .set(draw_person::subject_id.eq(Some(Uid(subject_id)))).execute(c))?;
    Ok(())
}
