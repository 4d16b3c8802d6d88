//! Published versions and their differences over HTTP.

use super::item::ItemContentView;
use crate::domain::difference::{Change, ChangeKind};
use crate::domain::record::Version;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A published version (公布版本); it never changes, but its validity may be ended.
#[derive(Clone, Serialize, ToSchema)]
pub struct ItemVersionView {
    /// The item.
    pub item_id: Uuid,
    /// From 1.
    #[schema(minimum = 1)]
    pub number: i64,
    /// What it says.
    #[serde(flatten)]
    pub content: ItemContentView,
    /// SHA-256 of the canonical content, hex: equal digests, equal contents.
    #[schema(max_length = 64)]
    pub digest: String,
    /// First day in force.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
    /// First day no longer in force.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Why it was published.
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub published_at: Timestamp,
}

impl From<Version> for ItemVersionView {
    fn from(v: Version) -> Self {
        let Version {
            item_id,
            number,
            content,
            digest,
            valid_from,
            valid_to,
            reason,
            published_by: _,
            published_at,
        } = v;
        let content = ItemContentView::from(&content);
        Self { item_id, number, content, digest, valid_from, valid_to, reason, published_at }
    }
}

/// A page of versions.
#[derive(Serialize, ToSchema)]
pub struct ItemVersionPage {
    /// From the first on.
    #[schema(max_items = 200)]
    pub items: Vec<ItemVersionView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Against which version.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DifferenceQuery {
    /// The other version; the last one when absent.
    #[param(minimum = 1, maximum = 1000000)]
    pub to: Option<i64>,
}

/// Difference of two versions (版本差异).
#[derive(Serialize, ToSchema)]
pub struct DifferenceView {
    /// Earlier version.
    #[schema(minimum = 1)]
    pub from: i64,
    /// Later version.
    #[schema(minimum = 1)]
    pub to: i64,
    /// Changed members; none when the contents are equal.
    #[schema(max_items = 1000)]
    pub changes: Vec<ChangeView>,
}

/// One changed member.
#[derive(Serialize, ToSchema)]
pub struct ChangeView {
    /// JSON pointer into the later content; for a removed member into the earlier.
    #[schema(max_length = 200, example = "/lead_basis")]
    pub pointer: String,
    /// What happened.
    pub change: ChangeKind,
    /// Earlier value.
    pub before: Option<serde_json::Value>,
    /// Later value.
    pub after: Option<serde_json::Value>,
}

impl From<Change> for ChangeView {
    fn from(c: Change) -> Self {
        let Change { pointer, kind, before, after } = c;
        Self { pointer, change: kind, before, after }
    }
}
