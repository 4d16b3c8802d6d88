//! Over HTTP: frames, strata and exclusions of draws (抽查对象库).

use super::draw::FrameId;
use crate::domain::draw::ExclusionCode;
use crate::store::draw_frame::DrawExclusion;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Ids to be added to a stratum (上传抽查对象); large frames come in several parts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"stratum": "ALL", "ids": ["91610703PDY00001X4", "91610703PDY0000284", "91610703PDY000036Y"]}))]
pub struct DrawFrameAdd {
    /// Stratum.
    #[schema(min_length = 1, max_length = 100)]
    pub stratum: String,
    /// Identifiers of organisations and things, in any order.
    #[serde(default)]
    #[schema(max_items = 40_000)]
    pub ids: Vec<FrameId>,
    /// Ids of natural persons: only a salted commitment goes into the frame, the id itself is kept encrypted.
    #[serde(default)]
    #[schema(max_items = 5_000)]
    pub persons: Vec<FrameId>,
    /// Whether what is there is dropped first.
    #[serde(default)]
    pub replace: bool,
}

/// One subject to be left out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"stratum": "ALL", "subject": "91610703PDY0000284", "code": "under_investigation"}))]
pub struct DrawExclusionInput {
    /// Stratum.
    #[schema(min_length = 1, max_length = 100)]
    pub stratum: String,
    /// As it stands in the frame.
    #[schema(min_length = 1, max_length = 200)]
    pub subject: String,
    /// Why (DRW-03).
    pub code: ExclusionCode,
    /// In words, without personal data.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// Subjects to be left out of the frame (排除对象), each with a reason of DRW-03.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"items": [{"stratum": "ALL", "subject": "91610703PDY0000284", "code": "under_investigation"}]}))]
pub struct DrawExclusionAdd {
    /// The subjects.
    #[schema(min_items = 1, max_items = 2_000)]
    pub items: Vec<DrawExclusionInput>,
}

/// A subject left out of a frame.
#[derive(Serialize, ToSchema)]
pub struct DrawExclusionView {
    /// As it would stand in the frame.
    #[schema(max_length = 200)]
    pub subject: String,
    /// Stratum.
    #[schema(max_length = 100)]
    pub stratum: String,
    /// Why.
    pub code: ExclusionCode,
    /// In words.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// Who decided it.
    #[schema(max_length = 100)]
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub at: Timestamp,
}

/// A page of exclusions.
#[derive(Serialize, ToSchema)]
pub struct DrawExclusionPage {
    /// In byte order of the subjects.
    #[schema(max_items = 200)]
    pub items: Vec<DrawExclusionView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// A page of a frozen frame.
#[derive(Serialize, ToSchema)]
pub struct DrawFramePage {
    /// Ids in byte order.
    #[schema(max_items = 200)]
    pub items: Vec<FrameId>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Query of a frame.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DrawFrameQuery {
    /// Stratum.
    #[param(min_length = 1, max_length = 100, example = "ALL")]
    pub stratum: String,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Ids of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

impl From<DrawExclusion> for DrawExclusionView {
    fn from(e: DrawExclusion) -> Self {
        let DrawExclusion { subject, stratum, code, note, by, at } = e;
        Self { subject, stratum, code, note, by, at }
    }
}
