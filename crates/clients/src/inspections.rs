//! The operations of the inspections that programs use: import and export of annual plans (年度检查计划导入导出).

use crate::connection::{Call, Connection, Payload};
use crate::error::Result;
use serde_json::Value;
use std::time::Duration;

/// Client of the inspections.
#[derive(Clone)]
pub struct InspectionsClient(Connection);

/// An import of annual plans.
pub struct PlanImport<'a> {
    /// `xlsx`, `csv` or `ndjson`.
    pub format: &'a str,
    /// Media type of the body.
    pub media: &'a str,
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// Check only.
    pub is_dry_run: bool,
    /// Plan year, where the file does not say it.
    pub year: Option<i16>,
    /// Lets the call be repeated.
    pub key: &'a str,
}

impl InspectionsClient {
    /// Over this connection.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// Imports plans; the answer is the report.
    ///
    /// # Errors
    /// 422 with the report when something blocks and it is not a dry run; as [`Connection::json`].
    pub async fn plan_import(&self, import: PlanImport<'_>) -> Result<Value> {
        let PlanImport { format, media, bytes, is_dry_run, year, key } = import;
        let call = Call::post("/v1/plan-imports")
            .query("format", format)
            .query("dry_run", is_dry_run)
            .query_opt("year", year)
            .idempotency_key(key)
            .timeout(Duration::from_secs(300))
            .payload(media, Payload::Bytes(bytes));
        self.0.json(&call).await
    }

    /// Exports the plans of a year; the answer's body is the file.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn plan_export(
        &self,
        format: &str,
        year: Option<i16>,
        state: Option<&str>,
    ) -> Result<reqwest::Response> {
        let call = Call::get("/v1/plans/export")
            .query("format", format)
            .query_opt("year", year)
            .query_opt("state", state)
            .patient();
        self.0.send(&call).await
    }
}
