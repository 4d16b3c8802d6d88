//! Certificates and trainings of inspectors over HTTP (行政执法证、培训记录).

use crate::domain::inspector::CertificateKind;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A certificate (行政执法证).
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "enforcement", "number": "27070315018", "issuer": "陕西省司法厅",
    "valid_from": "2024-01-01", "valid_to": "2028-12-31"}))]
pub struct CertificateCreate {
    /// Kind; only an enforcement certificate lets its holder inspect.
    #[serde(default = "enforcement")]
    pub kind: CertificateKind,
    /// Number; public by law during the visit (行政执法公示制度).
    #[schema(min_length = 1, max_length = 40)]
    pub number: String,
    /// Issuer (发证机关).
    #[schema(min_length = 1, max_length = 100)]
    pub issuer: String,
    /// First day.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
    /// Last day.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_to: Date,
}

fn enforcement() -> CertificateKind {
    CertificateKind::Enforcement
}

/// A certificate as it is stored.
#[derive(Clone, Serialize, ToSchema)]
pub struct CertificateView {
    /// Id.
    pub id: Uuid,
    /// Kind.
    pub kind: CertificateKind,
    /// Number.
    #[schema(max_length = 40)]
    pub number: String,
    /// Issuer.
    #[schema(max_length = 100)]
    pub issuer: String,
    /// First day.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
    /// Last day.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_to: Date,
    /// First day on which it no longer counts, when it was revoked.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub revoked_on: Option<Date>,
    /// Why it was revoked.
    #[schema(max_length = 500)]
    pub revoked_reason: Option<String>,
    /// Whether it counts today.
    pub is_valid: bool,
}

/// The certificates of an inspector.
#[derive(Serialize, ToSchema)]
pub struct CertificateList {
    /// Newest last day first.
    #[schema(max_items = 200)]
    pub items: Vec<CertificateView>,
}

/// The end of a certificate before its last day.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "证件遗失，已登报声明作废", "on": "2026-11-23"}))]
pub struct CertificateRevoke {
    /// Why, without personal data.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
    /// First day on which it no longer counts; today when absent.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub on: Option<Date>,
}

/// A training that was taken (培训记录).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "行政执法人员年度公共法律知识培训", "minutes": 2400, "held_on": "2026-06-12",
    "valid_to": "2027-12-31", "provider": "区司法局", "is_passed": true}))]
pub struct TrainingCreate {
    /// Title.
    #[schema(min_length = 2, max_length = 200)]
    pub title: String,
    /// Length in minutes.
    #[schema(minimum = 1, maximum = 100_000)]
    pub minutes: i64,
    /// Day it ended.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub held_on: Date,
    /// Last day on which it counts; it then has to be taken again.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Who held it.
    #[schema(max_length = 100)]
    pub provider: Option<String>,
    /// Whether the test was passed; one that was not does not count.
    pub is_passed: bool,
    /// Remark.
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// A training as it is stored.
#[derive(Serialize, ToSchema)]
pub struct TrainingView {
    /// Id.
    pub id: Uuid,
    /// Title.
    #[schema(max_length = 200)]
    pub title: String,
    /// Length in minutes.
    #[schema(minimum = 1)]
    pub minutes: i64,
    /// Day it ended.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub held_on: Date,
    /// Last day on which it counts.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Who held it.
    #[schema(max_length = 100)]
    pub provider: Option<String>,
    /// Whether the test was passed.
    pub is_passed: bool,
    /// Remark.
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// The trainings of an inspector.
#[derive(Serialize, ToSchema)]
pub struct TrainingList {
    /// Latest first.
    #[schema(max_items = 500)]
    pub items: Vec<TrainingView>,
}
