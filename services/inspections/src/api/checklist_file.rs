//! Import and export of checklist templates over HTTP: the queries; the report is `service_kit::report`'s.

use serde::Deserialize;
use service_kit::report::FileFormat;
use utoipa::IntoParams;

/// How a file of templates is imported.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChecklistTemplateImportQuery {
    /// Format; the content type tells it when absent.
    #[param(inline)]
    pub format: Option<FileFormat>,
    /// Organ of the templates that name none; the caller's own when absent.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub organ_code: Option<String>,
    /// Only looks, writes nothing; the default.
    pub dry_run: Option<bool>,
}

/// Which templates are exported, and how.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChecklistTemplateExportQuery {
    /// Format; a workbook when absent.
    #[param(inline)]
    pub format: Option<FileFormat>,
    /// Only of this organ.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub organ_code: Option<String>,
    /// Only those in use, or only the others.
    pub is_active: Option<bool>,
}
