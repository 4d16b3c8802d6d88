//! What goes in and out over HTTP: the types of the OpenAPI document. Called by handlers and app functions.
//!
//! Inputs refuse unknown members and bound every one; views mask personal data. Names of schemas are unique in the suite:
//! a type called like one of another service must be equal to it, or the merged document does not build.

pub mod account;
pub mod attachment2;
pub mod burden;
pub mod checklist;
pub mod checklist_file;
pub mod combine;
pub mod correction;
pub mod draw;
pub mod draw_frame;
pub mod draw_proof;
pub mod entry;
pub mod evidence;
pub mod expert;
pub mod inspector;
pub mod inspector_file;
pub mod lint;
pub mod plan;
pub mod public;
pub mod publicity;
pub mod rating;
pub mod recusal;
pub mod result;
pub mod step;
pub mod task;
pub mod team;
pub mod visit;
pub mod visit_code;
pub mod what_if;

use serde::{Deserialize, Deserializer};

/// Tells an absent member (no change) from `null` (remove) in a merge patch.
pub(crate) fn present<'de, T, D>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(from).map(Some)
}
