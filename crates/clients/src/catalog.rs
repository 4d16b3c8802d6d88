//! The catalog's operations that programs use: import and export of supervision items (事项清单导入导出).

use crate::connection::{Call, Connection, Payload};
use crate::error::Result;
use serde_json::Value;
use std::time::Duration;

/// Client of the catalog.
#[derive(Clone)]
pub struct CatalogClient(Connection);

/// An import of items.
pub struct ItemImport<'a> {
    /// `xlsx`, `csv` or `ndjson`.
    pub format: &'a str,
    /// Media type of the body.
    pub media: &'a str,
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// Check only.
    pub is_dry_run: bool,
    /// Take rows beginning with 例： as data.
    pub include_example: bool,
    /// Lets the call be repeated.
    pub key: &'a str,
}

impl CatalogClient {
    /// Over this connection.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// Imports items; the answer is the report.
    ///
    /// # Errors
    /// 422 with the report when something blocks and it is not a dry run; as [`Connection::json`].
    pub async fn item_import(&self, import: ItemImport<'_>) -> Result<Value> {
        let ItemImport { format, media, bytes, is_dry_run, include_example, key } = import;
        let mut call = Call::post("/v1/item-imports")
            .query("format", format)
            .query("dry_run", is_dry_run)
            .idempotency_key(key)
            .timeout(Duration::from_secs(300))
            .payload(media, Payload::Bytes(bytes));
        if include_example {
            call = call.query("include_example", true);
        }
        self.0.json(&call).await
    }

    /// Exports items; the answer's body is the file.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn item_export(
        &self,
        format: &str,
        as_of: Option<&str>,
        state: Option<&str>,
    ) -> Result<reqwest::Response> {
        let call = Call::get("/v1/supervision-items/export")
            .query("format", format)
            .query_opt("as_of", as_of)
            .query_opt("state", state)
            .patient();
        self.0.send(&call).await
    }
}
