//! All rows of a draw that its transcript is made of. Whether the caller sees the draw was decided before, so no scope is
//! taken. Called by the app functions of proofs, and by publication.

use super::draw::{picks_of, sources_of, strata_of};
use super::draw_frame::{chunks_of, exclusions_of};
use crate::domain::draw::{Draw, DrawStratum};
use crate::domain::draw_proof::{DrawRows, StratumRows};
use ::draw::Frame;
use store_kit::prelude::*;

/// The frozen frame of a stratum.
///
/// # Errors
/// Database errors; a frame that is not in order is a broken row.
pub async fn frame_of(c: &mut AnyConn<'_>, draw: &Draw, stratum: &DrawStratum) -> StoreResult<Frame> {
    let text = chunks_of(c, draw.id, &stratum.name).await?.concat();
    Frame::from_text(text).map_err(|e| StoreError::Bug(format!("frame of {}: {e}", draw.code)))
}

/// Everything but teams and openings, which the app adds.
///
/// # Errors
/// Database errors.
pub async fn rows_of(c: &mut AnyConn<'_>, draw: Draw) -> StoreResult<DrawRows> {
    let sources = sources_of(c, draw.id).await?;
    let exclusions = exclusions_of(c, draw.id).await?;
    let mut strata = Vec::new();
    for stratum in strata_of(c, draw.id).await? {
        let frame = frame_of(c, &draw, &stratum).await?;
        let picks = picks_of(c, draw.id, Some(&stratum.name), None, None).await?;
        let excluded = exclusions.iter().filter(|e| e.stratum == stratum.name);
        let excluded = excluded.map(|e| (e.subject.clone(), e.code)).collect();
        strata.push(StratumRows { stratum, frame, excluded, picks });
    }
    Ok(DrawRows { draw, sources, strata, teams: None, openings: Vec::new() })
}
