//! Entries that are no inspection, over HTTP (观摩、督导、考察、调研).

use crate::api::present;
use crate::domain::entry::EntryKind;
use crate::store::entry::EntryRow;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store_kit::StoreResult;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A document that the subject was asked for.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 200, example = "营业执照")]
pub struct AskedDocument(pub String);

/// A new entry (登记非检查入企).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject_id": "01890a5d-ac96-774b-bcce-b302099a8057", "kind": "research",
    "entered_on": "2026-05-20", "minutes": 90, "persons": 4, "purpose": "了解用工情况", "documents_asked": ["用工花名册"]}))]
pub struct EntryCreate {
    /// Subject.
    pub subject_id: Uuid,
    /// Organ that entered; the caller's own when absent.
    #[schema(min_length = 1, max_length = 32)]
    pub organ_code: Option<String>,
    /// Why.
    pub kind: EntryKind,
    /// The day; never in the future.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub entered_on: Date,
    /// How long, minutes.
    #[schema(minimum = 1, maximum = 10080)]
    pub minutes: u32,
    /// How many people.
    #[schema(minimum = 1, maximum = 1000)]
    pub persons: u32,
    /// What for, without personal data.
    #[schema(min_length = 2, max_length = 500)]
    pub purpose: String,
    /// Documents that the subject was asked for.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub documents_asked: Vec<AskedDocument>,
}

/// A correction of an entry; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"minutes": 120}))]
pub struct EntryUpdate {
    /// Why.
    pub kind: Option<EntryKind>,
    /// The day.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub entered_on: Option<Date>,
    /// How long, minutes.
    #[schema(minimum = 1, maximum = 10080)]
    pub minutes: Option<u32>,
    /// How many people.
    #[schema(minimum = 1, maximum = 1000)]
    pub persons: Option<u32>,
    /// What for.
    #[schema(min_length = 2, max_length = 500)]
    pub purpose: Option<String>,
    /// Documents; `null` for none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<AskedDocument>>, max_items = 50)]
    pub documents_asked: Option<Option<Vec<AskedDocument>>>,
}

/// An entry that is no inspection (非检查入企).
#[derive(Serialize, ToSchema)]
pub struct EntryView {
    /// Id.
    pub id: Uuid,
    /// Organ that entered.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Subject.
    pub subject_id: Uuid,
    /// Its name.
    #[schema(max_length = 200)]
    pub subject_name: String,
    /// Its identifier.
    #[schema(max_length = 64)]
    pub subject_identifier: String,
    /// Region.
    #[schema(max_length = 12)]
    pub region_code: String,
    /// Why.
    pub kind: EntryKind,
    /// The day.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub entered_on: Date,
    /// How long, minutes.
    #[schema(minimum = 0)]
    pub minutes: i64,
    /// How many people.
    #[schema(minimum = 0)]
    pub persons: i64,
    /// What for.
    #[schema(max_length = 500)]
    pub purpose: String,
    /// Documents that the subject was asked for.
    #[schema(max_items = 50)]
    pub documents_asked: Vec<AskedDocument>,
    /// Version, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
}

impl EntryView {
    /// The view of a row.
    ///
    /// # Errors
    /// A broken row.
    pub fn of(row: EntryRow) -> StoreResult<Self> {
        let kind = row.kind()?;
        let EntryRow {
            id,
            organ_code,
            region_code,
            subject_id,
            subject_identifier,
            subject_name,
            kind: _,
            entered_on,
            minutes,
            persons,
            purpose,
            documents_asked,
            created_by: _,
            version,
            created_at,
            updated_at: _,
        } = row;
        Ok(Self {
            id: id.0,
            organ_code,
            subject_id: subject_id.0,
            subject_name,
            subject_identifier,
            region_code,
            kind,
            entered_on: entered_on.0,
            minutes,
            persons,
            purpose,
            documents_asked: documents_asked.0.into_iter().map(AskedDocument).collect(),
            version,
            created_at: created_at.0,
        })
    }
}

/// A page of entries.
#[derive(Serialize, ToSchema)]
pub struct EntryPage {
    /// In the order they were recorded.
    #[schema(max_items = 200)]
    pub items: Vec<EntryView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EntryListQuery {
    /// At this subject.
    pub subject_id: Option<Uuid>,
    /// Of this organ.
    #[param(min_length = 1, max_length = 32)]
    pub organ_code: Option<String>,
    /// Of this kind.
    #[param(inline)]
    pub kind: Option<EntryKind>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Entries of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}
