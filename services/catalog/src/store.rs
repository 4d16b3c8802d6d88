//! SQL and nothing else: ids and domain values in, domain values out. Called by the app functions, inside their
//! transactions.

pub mod calendar;
pub mod contact;
pub mod dictionary;
pub mod item;
pub mod item_history;
pub mod item_version;
pub mod organ;
pub mod rule_pack;
pub mod schema;

use store_kit::{StoreError, StoreResult};

/// Reads a word that a column holds; another one there is a broken row.
pub(crate) fn word<W: std::str::FromStr>(text: &str) -> StoreResult<W> {
    text.parse().map_err(|_| StoreError::Bug(format!("{text:?} is not a word of its column")))
}

/// Reads a JSON column.
pub(crate) fn document<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> StoreResult<T> {
    serde_json::from_value(value).map_err(|e| StoreError::Bug(format!("a JSON column does not read: {e}")))
}

/// Writes a JSON column.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> StoreResult<store_kit::types::Json> {
    let value = serde_json::to_value(value).map_err(|e| StoreError::Bug(format!("a JSON column: {e}")))?;
    Ok(store_kit::types::Json(value))
}
