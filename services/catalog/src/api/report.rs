//! Queries of imports; the reports are `service_kit::report`'s.

use serde::Deserialize;
use utoipa::IntoParams;

pub use service_kit::report::{
    FileFormat, FindingView, ImportAction, ImportLineView, ImportProblem, ImportReport, TextFile, XlsxFile,
};

/// How a file is imported.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemImportQuery {
    /// Format; the content type tells it when absent.
    #[param(inline)]
    pub format: Option<FileFormat>,
    /// Only looks, writes nothing; the default.
    pub dry_run: Option<bool>,
    /// Takes rows that begin with 例： as data.
    pub include_example: Option<bool>,
}

/// How a contact table is imported.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactImportQuery {
    /// Only looks, writes nothing; the default.
    pub dry_run: Option<bool>,
}
