//! Evidence over HTTP (证据): the upload's description goes in the query, as its body is the file.

use crate::domain::evidence::{CustodyAction, EvidenceKind, EvidenceSight, RecognitionState};
use crate::store::evidence::{CustodyRow, EvidenceRow, RecognitionRow};
use crate::store::word;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store_kit::StoreResult;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Description of an upload.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EvidenceCreateQuery {
    /// Task of the caller's organ that it was taken for.
    #[param(example = "01935b1c-0000-7000-8000-000000000001")]
    pub task_id: Uuid,
    /// Kind.
    #[param(inline)]
    pub kind: EvidenceKind,
    /// What it shows.
    #[param(min_length = 1, max_length = 200, example = "kitchen")]
    pub title: String,
    /// Name of the file; its ending must be that of its content.
    #[param(min_length = 1, max_length = 200, example = "kitchen-1.jpg")]
    pub file_name: String,
    /// When it was taken, not in the future.
    #[param(value_type = String, format = DateTime, max_length = 40, example = "2026-11-20T02:30:00Z")]
    pub taken_at: Timestamp,
    /// Where.
    #[param(min_length = 1, max_length = 200, example = "kitchen")]
    pub place: String,
    /// Certificate number of who took it; the caller's account when absent. No name.
    #[param(min_length = 1, max_length = 64, pattern = "^[0-9A-Za-z-]+$")]
    pub taken_by: Option<String>,
    /// Device; needed for recordings of monitoring devices (ENF-20).
    #[param(min_length = 1, max_length = 100)]
    pub device: Option<String>,
    /// Whether it shows natural persons.
    pub is_personal: Option<bool>,
}

/// A piece of evidence (证据); its content is under `/content`.
#[derive(Serialize, ToSchema)]
pub struct EvidenceView {
    /// Id.
    pub id: Uuid,
    /// Visit.
    pub visit_id: Option<Uuid>,
    /// Task.
    pub task_id: Option<Uuid>,
    /// Organ that took it.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Subject.
    pub subject_id: Uuid,
    /// Kind.
    pub kind: EvidenceKind,
    /// What it shows.
    #[schema(max_length = 200)]
    pub title: String,
    /// Name of the file.
    #[schema(max_length = 200)]
    pub file_name: String,
    /// Media type, by content.
    #[schema(max_length = 100)]
    pub media_type: String,
    /// Bytes.
    #[schema(minimum = 1)]
    pub size_bytes: i64,
    /// SHA-256 of the content, hex.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: String,
    /// When it was taken.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub taken_at: Timestamp,
    /// Certificate number or account of who took it.
    #[schema(max_length = 100)]
    pub taken_by: String,
    /// Where.
    #[schema(max_length = 200)]
    pub place: String,
    /// Device.
    #[schema(max_length = 100)]
    pub device: Option<String>,
    /// Whether it shows natural persons.
    pub is_personal: bool,
    /// Whether it is another organ's, offered to the caller's.
    pub is_offered: bool,
    /// Version, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was stored.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
}

impl EvidenceView {
    /// The row as a view.
    ///
    /// # Errors
    /// A broken row.
    pub fn of(row: EvidenceRow, sight: EvidenceSight) -> StoreResult<Self> {
        let EvidenceRow {
            id,
            visit_id,
            task_id,
            organ_code,
            region_code: _,
            subject_id,
            kind,
            title,
            file_name,
            media_type,
            size_bytes,
            sha256,
            storage: _,
            storage_key: _,
            taken_at,
            taken_by,
            place,
            device,
            is_personal,
            created_by: _,
            version,
            created_at,
            updated_at: _,
        } = row;
        Ok(Self {
            id: id.0,
            visit_id: visit_id.map(|v| v.0),
            task_id: task_id.map(|t| t.0),
            organ_code,
            subject_id: subject_id.0,
            kind: word(&kind)?,
            title,
            file_name,
            media_type,
            size_bytes,
            sha256,
            taken_at: taken_at.0,
            taken_by,
            place,
            device,
            is_personal,
            is_offered: sight == EvidenceSight::Offered,
            version,
            created_at: created_at.0,
        })
    }
}

/// Which evidence a list holds.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EvidenceListQuery {
    /// Only of this visit.
    pub visit_id: Option<Uuid>,
    /// Only of this task.
    pub task_id: Option<Uuid>,
    /// Only of this subject.
    pub subject_id: Option<Uuid>,
    /// Only this kind.
    #[param(inline)]
    pub kind: Option<EvidenceKind>,
    /// Only files with this hash: has somebody got this already?
    #[param(min_length = 64, max_length = 64, pattern = "^[0-9a-f]+$")]
    pub sha256: Option<String>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Pieces of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of evidence.
#[derive(Serialize, ToSchema)]
pub struct EvidencePage {
    /// In the order in which it was stored.
    #[schema(max_items = 200)]
    pub items: Vec<EvidenceView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// A link of the chain of custody, noted by hand (保管链).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "sealed", "note": "封存于证据室3号柜"}))]
pub struct CustodyCreate {
    /// `transferred`, `sealed`, `returned` or `archived`; the others are noted by what is done here.
    pub action: CustodyAction,
    /// Organ that gets it; needed for `transferred`.
    #[schema(max_length = 32)]
    pub to_organ: Option<String>,
    /// What was done, without personal data.
    #[schema(min_length = 2, max_length = 500)]
    pub note: String,
}

/// A link of the chain of custody (保管链).
#[derive(Serialize, ToSchema)]
pub struct CustodyView {
    /// Order, from 1.
    #[schema(minimum = 1)]
    pub number: i64,
    /// What happened.
    pub action: CustodyAction,
    /// Account, or certificate number of who took it.
    #[schema(max_length = 100)]
    pub actor: String,
    /// Organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Organ that got it.
    #[schema(max_length = 32)]
    pub to_organ: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub at: Timestamp,
    /// Remark.
    #[schema(max_length = 500)]
    pub note: Option<String>,
    /// SHA-256 of the file at that moment.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: String,
}

impl CustodyView {
    /// The row as a view.
    ///
    /// # Errors
    /// A broken row.
    pub fn of(row: CustodyRow) -> StoreResult<Self> {
        let CustodyRow { evidence_id: _, number, action, actor, organ_code, to_organ, at, note, sha256 } =
            row;
        Ok(Self { number, action: word(&action)?, actor, organ_code, to_organ, at: at.0, note, sha256 })
    }
}

/// A page of a chain of custody.
#[derive(Serialize, ToSchema)]
pub struct CustodyPage {
    /// In order.
    #[schema(max_items = 200)]
    pub items: Vec<CustodyView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// An offer of evidence to other organs (提供证据互认).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organ_codes": ["nz-scjg"], "note": "同一场所联合检查，供采用"}))]
pub struct EvidenceOfferCreate {
    /// Organs.
    #[schema(min_items = 1, max_items = 20)]
    pub organ_codes: Vec<OfferedOrgan>,
    /// What for; needed when it shows natural persons (个人信息保护法 34: within the statutory limits).
    #[schema(min_length = 2, max_length = 500)]
    pub note: Option<String>,
}

/// Code of an organ.
#[derive(Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 32, example = "nz-scjg")]
pub struct OfferedOrgan(pub String);

/// An offer and what the other organ decided (证据互认).
#[derive(Serialize, ToSchema)]
pub struct EvidenceOfferView {
    /// Id.
    pub id: Uuid,
    /// The evidence.
    pub evidence_id: Uuid,
    /// What it shows.
    #[schema(max_length = 200)]
    pub title: String,
    /// Kind.
    pub kind: EvidenceKind,
    /// SHA-256 of its content.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: String,
    /// Organ that offers.
    #[schema(max_length = 32)]
    pub offered_by: String,
    /// Organ it is offered to.
    #[schema(max_length = 32)]
    pub offered_to: String,
    /// When.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub offered_at: Timestamp,
    /// What for.
    #[schema(max_length = 500)]
    pub note: Option<String>,
    /// State.
    pub state: RecognitionState,
    /// Account that decided.
    #[schema(max_length = 100)]
    pub decided_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub decided_at: Option<Timestamp>,
    /// Why.
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
    /// Version, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl EvidenceOfferView {
    /// The rows as a view.
    ///
    /// # Errors
    /// A broken row.
    pub fn of(row: RecognitionRow, evidence: &EvidenceRow) -> StoreResult<Self> {
        let RecognitionRow {
            id,
            evidence_id,
            offered_by,
            offered_to,
            offered_at,
            note,
            state,
            decided_by,
            decided_at,
            reason,
            version,
            created_at: _,
            updated_at: _,
        } = row;
        Ok(Self {
            id: id.0,
            evidence_id: evidence_id.0,
            title: evidence.title.clone(),
            kind: word(&evidence.kind)?,
            sha256: evidence.sha256.clone(),
            offered_by,
            offered_to,
            offered_at: offered_at.0,
            note,
            state: word(&state)?,
            decided_by,
            decided_at: decided_at.map(|s| s.0),
            reason,
            version,
        })
    }
}

/// Which offers a list holds.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EvidenceOfferListQuery {
    /// Only this state.
    #[param(inline)]
    pub state: Option<RecognitionState>,
    /// Only of this evidence.
    pub evidence_id: Option<Uuid>,
    /// Only to this organ.
    #[param(max_length = 32)]
    pub offered_to: Option<String>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Offers of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of offers.
#[derive(Serialize, ToSchema)]
pub struct EvidenceOfferPage {
    /// In the order in which they were made.
    #[schema(max_items = 200)]
    pub items: Vec<EvidenceOfferView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Offers that were made.
#[derive(Serialize, ToSchema)]
pub struct EvidenceOffers {
    /// One for each organ.
    #[schema(max_items = 20)]
    pub items: Vec<EvidenceOfferView>,
}

/// A file of evidence, as it is.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, max_length = 1_073_741_824)]
pub struct EvidenceFile(pub Vec<u8>);
