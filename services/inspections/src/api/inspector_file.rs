//! Import and export of the inspector registry over HTTP; the report is `service_kit::report`'s.

use serde::Deserialize;
use utoipa::IntoParams;

pub use service_kit::report::{ImportProblem, ImportReport, TextFile, XlsxFile};

domain::define_words! {
    /// Whether a file comes in whole or row by row.
    pub enum ImportMode {
        /// One blocking finding, and nothing is written.
        Atomic = "atomic", "整体导入", [];
        /// Rows without a blocking finding are written.
        Partial = "partial", "逐行导入", [];
    }
}

domain::define_words! {
    /// Format of a registry file.
    pub enum RegistryFormat {
        /// The template as a workbook.
        Xlsx = "xlsx", "XLSX 表格", [];
        /// The template as text.
        Csv = "csv", "CSV 文本", [];
    }
}

/// How a registry is imported.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InspectorImportQuery {
    /// Format; the content type tells it when absent.
    #[param(inline)]
    pub format: Option<RegistryFormat>,
    /// Organ whose inspectors these are; the caller's own when absent.
    #[param(max_length = 32)]
    pub organ_code: Option<String>,
    /// Only looks, writes nothing; the default.
    pub dry_run: Option<bool>,
    /// Whole or row by row; whole when absent.
    #[param(inline)]
    pub mode: Option<ImportMode>,
}

/// Which inspectors are exported, and how.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InspectorExportQuery {
    /// Format; a workbook when absent.
    #[param(inline)]
    pub format: Option<RegistryFormat>,
    /// Only this organ.
    #[param(max_length = 32)]
    pub organ_code: Option<String>,
}
