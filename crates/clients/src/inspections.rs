//! The operations of the inspections that programs use: import and export of annual plans (年度检查计划), of the inspector
//! registry (执法人员名录库) and of checklist templates (检查表模板).

use crate::connection::{Call, Connection};
use crate::error::Result;
use crate::form::FormFile;
use serde_json::Value;

/// Client of the inspections.
#[derive(Clone)]
pub struct InspectionsClient(Connection);

impl InspectionsClient {
    /// Over this connection.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// Imports plans, of `year` where the file does not say it; the answer is the report.
    ///
    /// # Errors
    /// 422 with the report when something blocks and it is not a dry run; as [`Connection::json`].
    pub async fn plan_import(&self, file: FormFile<'_>, year: Option<i16>) -> Result<Value> {
        self.0.json(&file.to("/v1/plan-imports").query_opt("year", year)).await
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

    /// Imports inspectors of an organ, the caller's own when absent, `atomic` or `partial`; the answer is the report.
    ///
    /// # Errors
    /// As [`Self::plan_import`].
    pub async fn inspector_import(
        &self,
        file: FormFile<'_>,
        organ: Option<&str>,
        mode: &str,
    ) -> Result<Value> {
        let call = file.to("/v1/inspector-imports").query("mode", mode).query_opt("organ_code", organ);
        self.0.json(&call).await
    }

    /// Exports the inspector registry, personal data masked; the answer's body is the file.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn inspector_export(&self, format: &str, organ: Option<&str>) -> Result<reqwest::Response> {
        let call = Call::get("/v1/inspectors/export")
            .query("format", format)
            .query_opt("organ_code", organ)
            .patient();
        self.0.send(&call).await
    }

    /// Imports checklist templates of an organ, the caller's own when absent; the answer is the report.
    ///
    /// # Errors
    /// As [`Self::plan_import`].
    pub async fn checklist_template_import(&self, file: FormFile<'_>, organ: Option<&str>) -> Result<Value> {
        let call = file.to("/v1/checklist-template-imports").query_opt("organ_code", organ);
        self.0.json(&call).await
    }

    /// Exports checklist templates; the answer's body is the file.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn checklist_template_export(
        &self,
        format: &str,
        organ: Option<&str>,
        is_active: Option<bool>,
    ) -> Result<reqwest::Response> {
        let call = Call::get("/v1/checklist-templates/export")
            .query("format", format)
            .query_opt("organ_code", organ)
            .query_opt("is_active", is_active)
            .patient();
        self.0.send(&call).await
    }
}
