//! What goes in and out over HTTP: the types of the OpenAPI document. Called by handlers and app functions.
//!
//! Inputs refuse unknown members and bound every one; views never hold a clear telephone number, except the one that is
//! named for it.

pub mod calendar;
pub mod contact;
pub mod dictionary;
pub mod item;
pub mod item_step;
pub mod item_version;
pub mod organ;
pub mod report;
pub mod rule_pack;

use serde::{Deserialize, Deserializer};

/// Tells an absent member (no change) from `null` (remove) in a merge patch.
pub(crate) fn present<'de, T, D>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(from).map(Some)
}
