//! Frames of draws (抽查对象库): how a stratum's frame is built, and faults of ids with their places.
//!
//! Sorting, doubles and look-alikes are the crate `draw`'s; this module takes the excluded out and turns faults into places of
//! the input. Refuses ids that the protocol refuses. Called by the app functions of frames.

use ::draw::id::IdFault;
use ::draw::{Frame, FrameBuilder};
use std::collections::HashSet;

use super::draw::FreezeReport;

/// A refused id and its place in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedId {
    /// Place, from 0.
    pub at: usize,
    /// Why.
    pub fault: IdFault,
}

/// Checks ids of an upload; at most 200 faults are told.
#[must_use]
pub fn refused<'i>(ids: impl Iterator<Item = &'i str>) -> Vec<RefusedId> {
    ids.enumerate()
        .filter_map(|(at, id)| ::draw::id::check(id).err().map(|fault| RefusedId { at, fault }))
        .take(200)
        .collect()
}

/// The frame of a stratum from its stored chunks without the excluded, and what was found.
///
/// # Errors
/// An id that the protocol refuses; uploads have been checked, so this is a broken row.
pub fn build(chunks: &[String], excluded: &HashSet<String>) -> Result<(Frame, FreezeReport), IdFault> {
    let mut builder = FrameBuilder::new();
    for id in chunks.iter().flat_map(|c| ::draw::frame::ids_of(c)) {
        if !excluded.contains(id) {
            builder.push(id)?;
        }
    }
    let (frame, report) = builder.finish();
    let ::draw::FrameReport { duplicates, duplicate_ids, look_alikes, look_alike_pairs } = report;
    Ok((frame, FreezeReport { duplicates, duplicate_ids, look_alikes, look_alike_pairs }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_built_of_chunks_without_the_excluded() {
        let chunks = ["b\na\n".to_string(), "c\na\n".to_string()];
        let (frame, report) = build(&chunks, &["c".to_string()].into()).unwrap();
        assert_eq!((frame.as_text(), report.duplicates), ("a\nb\n", 1));
    }

    #[test]
    fn refused_ids_have_their_places() {
        let found = refused(["a", "a b", "ok", ""].into_iter());
        let places: Vec<(usize, &str)> = found.iter().map(|r| (r.at, r.fault.code())).collect();
        assert_eq!(places, [(1, "blank"), (3, "empty")]);
    }
}
