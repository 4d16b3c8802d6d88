//! Forms of tag schemes and tags (标签化管理).

use crate::store::tag::{SchemeRow, TagRow};
use domain::ids::TagId;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A scheme of tags to be set up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "key_field_2026", "name": "重点领域", "description": "通知三（一）列举的重点领域"}))]
pub struct TagSchemeCreate {
    /// Code.
    #[schema(min_length = 2, max_length = 64, pattern = "^[a-z][a-z0-9_]*$")]
    pub code: String,
    /// Name.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What its tags mean.
    #[schema(max_length = 1000)]
    #[serde(default)]
    pub description: String,
}

/// A scheme of tags.
#[derive(Serialize, ToSchema)]
pub struct TagSchemeView {
    /// Code.
    #[schema(max_length = 64)]
    pub code: String,
    /// Name.
    #[schema(max_length = 100)]
    pub name: String,
    /// What its tags mean.
    #[schema(max_length = 1000)]
    pub description: String,
    /// The organ that keeps it.
    #[schema(max_length = 32)]
    pub department: String,
    /// Number of the version.
    pub version: i64,
    /// When it was set up.
    #[schema(format = DateTime, max_length = 40)]
    pub created_at: String,
}

impl From<SchemeRow> for TagSchemeView {
    fn from(r: SchemeRow) -> Self {
        let SchemeRow { code, name, description, department, version, created_at, updated_at: _ } = r;
        Self { code, name, description, department, version, created_at: created_at.0.to_string() }
    }
}

/// Query of the schemes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TagSchemeListQuery {
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Rows of a page, 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of schemes.
#[derive(Serialize, ToSchema)]
pub struct TagSchemePage {
    /// Schemes by code.
    #[schema(max_items = 200)]
    pub items: Vec<TagSchemeView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// A tag to be set on a subject (打标签).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scheme": "key_field", "value": "食品经营", "source": "许可信息", "valid_to": "2027-12-31"}))]
pub struct TagCreate {
    /// Code of the scheme.
    #[schema(min_length = 2, max_length = 64)]
    pub scheme: String,
    /// Value.
    #[schema(min_length = 1, max_length = 100)]
    pub value: String,
    /// Where it comes from.
    #[schema(min_length = 1, max_length = 200)]
    pub source: String,
    /// `true` proposes it only; somebody else confirms.
    #[serde(default)]
    pub is_proposal: bool,
    /// First day; today when absent.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_from: Option<Date>,
    /// First day on which it no longer holds.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_to: Option<Date>,
}

/// A tag of a subject.
#[derive(Serialize, ToSchema)]
pub struct TagView {
    /// Its id.
    pub id: TagId,
    /// Code of the scheme.
    #[schema(max_length = 64)]
    pub scheme: String,
    /// Value.
    #[schema(max_length = 100)]
    pub value: String,
    /// `proposed`, `in_force` or `expired`; an expiry date in the past counts as expired.
    #[schema(max_length = 16)]
    pub state: String,
    /// Where it comes from.
    #[schema(max_length = 200)]
    pub source: String,
    /// The organ that set it.
    #[schema(max_length = 32)]
    pub department: String,
    /// First day.
    #[schema(value_type = String, format = Date)]
    pub valid_from: Date,
    /// First day on which it no longer holds.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_to: Option<Date>,
    /// Number of the version.
    pub version: i64,
}

impl TagView {
    /// The tag as it counts on `today`.
    #[must_use]
    pub fn of(r: TagRow, today: Date) -> Self {
        let TagRow {
            id,
            subject_key: _,
            scheme,
            value,
            state,
            source,
            department,
            valid_from,
            valid_to,
            version,
            created_at: _,
            updated_at: _,
        } = r;
        let is_over = valid_to.is_some_and(|d| d.0 <= today);
        Self {
            id: TagId::from_uuid(id.0),
            scheme,
            value,
            state: if is_over { "expired".to_string() } else { state },
            source,
            department,
            valid_from: valid_from.0,
            valid_to: valid_to.map(|d| d.0),
            version,
        }
    }
}

/// Tags of a subject.
#[derive(Serialize, ToSchema)]
pub struct TagList {
    /// Tags, oldest first.
    #[schema(max_items = 500)]
    pub items: Vec<TagView>,
}
