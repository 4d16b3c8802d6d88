//! Attachment 2 over HTTP: queries of its import and export; the report is `service_kit::report`'s.

use domain::vocabulary::PlanState;
use serde::Deserialize;
use service_kit::report::FileFormat;
use utoipa::IntoParams;

/// How a file of plans is imported.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlanImportQuery {
    /// Format; the content type tells it when absent.
    #[param(inline)]
    pub format: Option<FileFormat>,
    /// Only looks, writes nothing; the default.
    pub dry_run: Option<bool>,
    /// Plan year, where the file does not say it.
    #[param(minimum = 2020, maximum = 2100)]
    pub year: Option<i16>,
}

/// Which plans are exported, and how.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlanExportQuery {
    /// Format; the official form as XLSX when absent.
    #[param(inline)]
    pub format: Option<FileFormat>,
    /// Plan year: the form is of one year; this year when absent.
    #[param(minimum = 2020, maximum = 2100)]
    pub year: Option<i16>,
    /// Only this state; without it, cancelled plans are left out.
    pub state: Option<PlanState>,
    /// Only plans that this department leads.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub lead_department: Option<String>,
}
