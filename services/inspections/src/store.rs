//! SQL and nothing else: ids and domain values in, domain values out. Called by the app functions, inside their
//! transactions. Functions over rows of departments take the caller's scope.

pub mod account;
pub mod burden;
pub mod checklist;
pub mod combine;
pub mod correction;
pub mod draw;
pub mod draw_frame;
pub mod draw_proof;
pub mod entry;
pub mod evidence;
pub mod expert;
pub mod inspector;
pub mod lint;
pub mod plan;
pub mod public;
pub mod publicity;
pub mod rating;
pub mod recusal;
pub mod result;
pub mod schema;
pub mod task;
pub mod team;
pub mod transition;
pub mod visit;
pub mod visit_code;

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

diesel::define_sql_function! {
    /// The beginning of a text: `substr(text, 1, length)`, the same on both databases.
    fn substr(text: diesel::sql_types::Text, from: diesel::sql_types::Integer, length: diesel::sql_types::Integer) -> diesel::sql_types::Text;
}

/// A condition: the region of a row lies within those of the caller's scope, or the row belongs to the whole district.
///
/// Codes of a scope are those of a tier: province, city, county, township, village (2, 4, 6, 9, 12 digits).
#[macro_export]
macro_rules! within_regions {
    ($column:expr, $regions:expr) => {{
        let regions: Vec<String> = $regions;
        $column
            .eq("")
            .or($crate::store::substr($column, 1, 6).eq_any(regions.clone()))
            .or($crate::store::substr($column, 1, 9).eq_any(regions.clone()))
            .or($crate::store::substr($column, 1, 12).eq_any(regions.clone()))
            .or($crate::store::substr($column, 1, 4).eq_any(regions.clone()))
            .or($crate::store::substr($column, 1, 2).eq_any(regions))
    }};
}
