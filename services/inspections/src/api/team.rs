//! Over HTTP: teams of inspectors for drawn visits (随机匹配检查人员).

use super::draw::DrawQualification;
use crate::domain::team::PoolInspector;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An inspector in the pool of a draw, as frozen with the frame and narrowed at the assignment (参与匹配的执法检查人员).
#[derive(Serialize, ToSchema)]
pub struct DrawInspectorView {
    /// Id in the registry.
    pub inspector_id: Uuid,
    /// Organ.
    #[schema(max_length = 32)]
    pub department: String,
    /// Number of the certificate, as it stands in the transcript.
    #[schema(max_length = 100)]
    pub certificate_number: String,
    /// Qualifications and specialties as `kind:tag`.
    #[schema(max_items = 200)]
    pub tags: Vec<DrawQualification>,
    /// Last day of the certificate.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub certified_until: Date,
    /// How many subjects it may not visit.
    #[schema(minimum = 0)]
    pub recusals: usize,
}

/// The pool of a draw.
#[derive(Serialize, ToSchema)]
pub struct DrawInspectorList {
    /// In byte order of the certificates.
    #[schema(max_items = 20_000)]
    pub items: Vec<DrawInspectorView>,
}

impl From<PoolInspector> for DrawInspectorView {
    fn from(i: PoolInspector) -> Self {
        let PoolInspector { id, organ, key, tags, certified_until, recused } = i;
        Self {
            inspector_id: id,
            department: organ,
            certificate_number: key,
            tags: tags.into_iter().map(DrawQualification).collect(),
            certified_until,
            recusals: recused.len(),
        }
    }
}
