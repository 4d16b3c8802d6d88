//! Forms of imports and exports.

use domain::vocabulary::{SubjectKind, SubjectStatus};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How an import treats bad rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportMode {
    /// Good rows come in, bad ones are reported.
    #[default]
    Partial,
    /// All rows or none.
    Atomic,
}

/// Parameters of an import.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SubjectImportQuery {
    /// `partial` (default): good rows come in; `atomic`: all or none.
    #[param(inline)]
    pub mode: Option<ImportMode>,
    /// `true` checks everything and changes nothing.
    pub dry_run: Option<bool>,
    /// `csv`, `ndjson` or `xlsx`; told from content type and first bytes when absent.
    #[param(max_length = 8, pattern = "^(csv|ndjson|xlsx)$")]
    pub format: Option<String>,
    /// Organ that will keep the rows; the caller's own when absent.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub department: Option<String>,
    /// Region of rows that say none.
    #[param(max_length = 12, pattern = "^[0-9]{6}([0-9]{3}([0-9]{3})?)?$")]
    pub region_code: Option<String>,
}

/// Where to watch an import.
#[derive(Serialize, ToSchema)]
pub struct ImportAccepted {
    /// Id of the operation.
    pub operation_id: uuid::Uuid,
    /// Bytes received.
    pub bytes: u64,
    /// SHA-256 of what was received, hex.
    #[schema(max_length = 64)]
    pub sha256: String,
}

/// What came of an import; the `result` of its operation.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ImportSummary {
    /// Rows read.
    pub rows: u64,
    /// Newly registered.
    pub created: u64,
    /// Registered before and changed.
    pub updated: u64,
    /// Registered before and the same.
    pub unchanged: u64,
    /// Refused.
    pub rejected: u64,
    /// Remarks that do not refuse a row.
    pub warnings: u64,
    /// Rows by the check of their identifier.
    pub identifiers: IdentifierCounts,
    /// Whether nothing was to be changed.
    pub dry_run: bool,
    /// `csv`, `ndjson` or `xlsx`.
    #[schema(max_length = 8)]
    pub format: String,
    /// Why the import ended early, if it did.
    #[schema(max_length = 1000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// Rows by the check of their identifier.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct IdentifierCounts {
    /// Credit codes whose check character is right.
    pub uscc_pass: u64,
    /// 15-digit register numbers whose check digit is right.
    pub reg15_pass: u64,
    /// Other codes whose check is right.
    pub other_pass: u64,
    /// Old forms that nothing can verify.
    pub legacy_unverified: u64,
    /// Codes whose check is wrong.
    pub fail: u64,
    /// Rows without an identifier.
    pub none: u64,
}

/// Parameters of an export: those of the list, and a format.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SubjectExportQuery {
    /// `ndjson` (default), `csv` or `xlsx`.
    #[param(max_length = 8, pattern = "^(csv|ndjson|xlsx)$")]
    pub format: Option<String>,
    /// Fragment of a name.
    #[param(min_length = 2, max_length = 60)]
    pub q: Option<String>,
    /// Kind.
    pub kind: Option<SubjectKind>,
    /// State.
    pub status: Option<SubjectStatus>,
    /// Region code or its beginning.
    #[param(max_length = 12, pattern = "^[0-9]{2,12}$")]
    pub region: Option<String>,
    /// Trade code or its beginning.
    #[param(max_length = 4, pattern = "^[0-9]{1,4}$")]
    pub industry: Option<String>,
    /// Code of a supervising organ.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub department: Option<String>,
    /// Result of the identifier's check.
    #[param(max_length = 32, pattern = "^(pass|fail|legacy_unverified)$")]
    pub check: Option<String>,
    /// Tag in force, `scheme:value`.
    #[param(max_length = 200, pattern = "^[^:]+:.+$")]
    pub tag: Option<String>,
}
