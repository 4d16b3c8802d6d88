//! The burden ledger and published caps over HTTP (企业负担账、年度入企检查频次上限).

use crate::store::burden::CapRow;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Code of an organ.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 32, example = "nz-scjg")]
pub struct OrganCode(pub String);

/// Which year.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BurdenLedgerQuery {
    /// Calendar year; this one when absent.
    #[param(minimum = 2000, maximum = 2100)]
    pub year: Option<i16>,
}

/// What every organ cost a subject in a year (企业负担账).
#[derive(Serialize, ToSchema)]
pub struct BurdenLedgerView {
    /// Subject.
    pub subject_id: Uuid,
    /// Its name.
    #[schema(max_length = 200)]
    pub subject_name: String,
    /// Its identifier.
    #[schema(max_length = 64)]
    pub subject_identifier: String,
    /// Year.
    #[schema(minimum = 2000, maximum = 2100)]
    pub year: i16,
    /// On-site visits that took place; a combined one is one.
    #[schema(minimum = 0)]
    pub visits: usize,
    /// Other entries: observation, guidance, study tours, research (ENF-14).
    #[schema(minimum = 0)]
    pub other_entries: usize,
    /// Visits still to come.
    #[schema(minimum = 0)]
    pub planned: usize,
    /// Time that organs spent at the subject, minutes.
    #[schema(minimum = 0)]
    pub minutes: i64,
    /// Visits that combining saved the subject.
    #[schema(minimum = 0)]
    pub saved_by_combining: usize,
    /// Every entry of every organ, in the order of the days.
    #[schema(max_items = 10000)]
    pub entries: Vec<BurdenEntryView>,
    /// How each organ stands against its cap.
    #[schema(max_items = 500)]
    pub organs: Vec<BurdenOrganView>,
    /// Documents that the subject was asked for more than once.
    #[schema(max_items = 1000)]
    pub asked_again: Vec<AskedAgainView>,
    /// Pack that says what counts, `code@number`.
    #[schema(max_length = 100)]
    pub rule_pack: String,
}

/// One entry.
#[derive(Serialize, ToSchema)]
pub struct BurdenEntryView {
    /// Id of the visit or entry.
    pub id: Uuid,
    /// Number of the visit.
    #[schema(max_length = 64)]
    pub code: Option<String>,
    /// The day.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub on: Date,
    /// Why: kind of visit, or of entry.
    #[schema(max_length = 40)]
    pub kind: String,
    /// What for, for entries that are no inspection.
    #[schema(max_length = 500)]
    pub purpose: Option<String>,
    /// Counts towards the caps of its organs.
    pub is_counted: bool,
    /// Somebody entered, or will.
    pub on_site: bool,
    /// Made by combining visits.
    pub is_combined: bool,
    /// Still to come.
    pub is_planned: bool,
    /// Organs.
    #[schema(max_items = 100)]
    pub organs: Vec<OrganCode>,
    /// How long, minutes; 0 while it is not over.
    #[schema(minimum = 0)]
    pub minutes: i64,
}

/// How one organ stands against its cap.
#[derive(Serialize, ToSchema)]
pub struct BurdenOrganView {
    /// Organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Visits of the year that count, planned ones too.
    #[schema(minimum = 0)]
    pub counted: u32,
    /// Visits of the year that do not.
    #[schema(minimum = 0)]
    pub exempt: u32,
    /// The cap.
    #[schema(minimum = 0)]
    pub cap: u32,
    /// What is left of it.
    #[schema(minimum = 0)]
    pub remaining: u32,
    /// First day of the next month in which one more visit keeps the cap; none when the cap is 0.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub next_lawful_month: Option<Date>,
}

/// A document that was asked for more than once.
#[derive(Serialize, ToSchema)]
pub struct AskedAgainView {
    /// The document, as it was first asked for.
    #[schema(max_length = 200)]
    pub document: String,
    /// How often.
    #[schema(minimum = 2)]
    pub times: u32,
}

/// A published cap to be entered (公布年度频次上限).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"year": 2026, "cap": 2, "published_on": "2026-01-15", "source": "南郑区行政检查频次上限公告"}))]
pub struct VisitCapPut {
    /// Organ; the caller's own when absent.
    #[schema(min_length = 1, max_length = 32)]
    pub organ_code: Option<String>,
    /// Year.
    #[schema(minimum = 2000, maximum = 2100)]
    pub year: i16,
    /// Field that it is for; all of the organ's when absent.
    #[schema(max_length = 100)]
    pub field: Option<String>,
    /// Most visits to one subject in the year.
    #[schema(minimum = 0, maximum = 366)]
    pub cap: u32,
    /// Fewest visits that a law asks for.
    #[schema(minimum = 0, maximum = 366)]
    pub legal_minimum: Option<u32>,
    /// When it was published.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub published_on: Date,
    /// Where.
    #[schema(min_length = 2, max_length = 200)]
    pub source: String,
}

/// A published cap (年度入企检查频次上限): the most that may be done, never what has to be done.
#[derive(Serialize, ToSchema)]
pub struct VisitCapView {
    /// Organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Year.
    #[schema(minimum = 2000, maximum = 2100)]
    pub year: i64,
    /// Field, empty for all.
    #[schema(max_length = 100)]
    pub field: String,
    /// Most visits to one subject in the year.
    #[schema(minimum = 0, maximum = 366)]
    pub cap: i64,
    /// Fewest visits that a law asks for.
    #[schema(minimum = 0, maximum = 366)]
    pub legal_minimum: Option<i64>,
    /// When it was published.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub published_on: Date,
    /// Where.
    #[schema(max_length = 200)]
    pub source: String,
    /// Version.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Last change.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub updated_at: Timestamp,
}

impl From<CapRow> for VisitCapView {
    fn from(row: CapRow) -> Self {
        let CapRow {
            organ_code,
            year,
            field,
            cap,
            legal_minimum,
            published_on,
            source,
            created_by: _,
            version,
            created_at: _,
            updated_at,
        } = row;
        Self {
            organ_code,
            year,
            field,
            cap,
            legal_minimum,
            published_on: published_on.0,
            source,
            version,
            updated_at: updated_at.0,
        }
    }
}

/// A page of caps.
#[derive(Serialize, ToSchema)]
pub struct VisitCapPage {
    /// By organ, year, field.
    #[schema(max_items = 200)]
    pub items: Vec<VisitCapView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Which caps.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VisitCapListQuery {
    /// Of this organ.
    #[param(min_length = 1, max_length = 32)]
    pub organ_code: Option<String>,
    /// Of this year.
    #[param(minimum = 2000, maximum = 2100)]
    pub year: Option<i16>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Caps of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}
