//! Visit codes over HTTP: issued to the organs, checked by anybody (入企检查码).

use crate::domain::visit::VisitState;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A code to be issued.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct VisitCodeCreate {
    /// Hours for which it counts from now on, or from the planned day if that is later; as configured when absent.
    #[schema(minimum = 1, maximum = 720)]
    pub hours: Option<i64>,
}

/// A code that was just issued; its text is given this once only.
#[derive(Serialize, ToSchema)]
pub struct VisitCodeIssued {
    /// Id.
    pub id: Uuid,
    /// The text of the code, for the QR picture.
    #[schema(max_length = 200)]
    pub code: String,
    /// Address at which anybody checks it.
    #[schema(max_length = 500, example = "https://www.example.gov.cn/v1/public/visit-codes/…")]
    pub url: String,
    /// Names the key that signed it.
    #[schema(max_length = 64)]
    pub key_id: String,
    /// First moment in which it no longer counts.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub expires_at: Timestamp,
}

/// A code as the organs see it; the text is not kept.
#[derive(Serialize, ToSchema)]
pub struct VisitCodeView {
    /// Id.
    pub id: Uuid,
    /// Names the key that signed it.
    #[schema(max_length = 64)]
    pub key_id: String,
    /// Account.
    #[schema(max_length = 100)]
    pub issued_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub issued_at: Timestamp,
    /// First moment in which it no longer counts.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub expires_at: Timestamp,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub revoked_at: Option<Timestamp>,
    /// Why.
    #[schema(max_length = 2000)]
    pub revoked_reason: Option<String>,
    /// Arrivals at which it was scanned.
    #[schema(minimum = 0)]
    pub scans: i64,
    /// The last of them.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub last_scanned_at: Option<Timestamp>,
    /// Whether it counts now.
    pub is_valid: bool,
}

/// The codes of a visit.
#[derive(Serialize, ToSchema)]
pub struct VisitCodeList {
    /// The newest first.
    #[schema(max_items = 200)]
    pub items: Vec<VisitCodeView>,
}

/// What anybody may learn from a code (扫码查验): who has come, why, what for, until when.
#[derive(Serialize, ToSchema)]
pub struct PublicVisitCode {
    /// Number of the visit.
    #[schema(max_length = 40)]
    pub visit_number: String,
    /// Name of the subject; masked for natural persons.
    #[schema(max_length = 300)]
    pub subject_name: String,
    /// Why: kind of inspection, in words.
    #[schema(max_length = 40, example = "日常检查")]
    pub kind: String,
    /// How: method, in words.
    #[schema(max_length = 40, example = "实地核查")]
    pub method: String,
    /// First day planned.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub planned_from: Date,
    /// Last day planned.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub planned_to: Date,
    /// How far the visit is.
    pub state: VisitState,
    /// One visit of several organs (综合查一次).
    pub is_combined: bool,
    /// The organs with their people and items.
    #[schema(max_items = 30)]
    pub organs: Vec<PublicVisitOrgan>,
    /// First moment in which the code no longer counts.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub valid_until: Timestamp,
}

/// One organ of a visit, as anybody may see it.
#[derive(Serialize, ToSchema)]
pub struct PublicVisitOrgan {
    /// Code of the organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Its name.
    #[schema(max_length = 200)]
    pub organ_name: String,
    /// What it checks.
    #[schema(max_length = 1000)]
    pub item: String,
    /// Number of the notice.
    #[schema(max_length = 100)]
    pub notice_no: Option<String>,
    /// Whether its head approved the inspection.
    pub is_approved: bool,
    /// Its inspectors.
    #[schema(max_items = 50)]
    pub inspectors: Vec<PublicInspector>,
    /// Number of experts and assistants who may come along and may not inspect.
    #[schema(minimum = 0)]
    pub companions: i64,
}

/// One inspector, as the law has the certificate shown (行政处罚法第五十五条).
#[derive(Serialize, ToSchema)]
pub struct PublicInspector {
    /// Surname and a star.
    #[schema(max_length = 10, example = "张*")]
    pub name: String,
    /// Number of the certificate (执法证号).
    #[schema(max_length = 64)]
    pub certificate_number: Option<String>,
}
