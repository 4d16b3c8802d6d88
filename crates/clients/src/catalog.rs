//! The catalog's operations that programs use: import and export of supervision items (事项清单导入导出) for the command line;
//! organs and published items for the other services.

use crate::connection::{Call, Connection};
use crate::error::Result;
use crate::form::FormFile;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Client of the catalog.
#[derive(Clone)]
pub struct CatalogClient(Connection);

/// An organ of the registry (机关单位), as far as others need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organ {
    /// Code.
    pub code: String,
    /// Full name.
    pub name: String,
    /// Short name, which forms show.
    pub short_name: String,
    /// Other spellings.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Outside the district's command (垂管).
    #[serde(default)]
    pub vertical: bool,
    /// May inspect or punish in its own name (行政执法主体).
    #[serde(default)]
    pub is_enforcement_body: bool,
    /// Region.
    #[serde(default)]
    pub region_code: String,
    /// First day on which it is no longer valid.
    #[serde(default)]
    pub valid_to: Option<Date>,
}

/// What one cooperating department does in an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemCooperation {
    /// Code of the department.
    pub department: String,
    /// What it supervises (配合部门监管事项).
    pub item: String,
}

/// A published version of a supervision item in force on a day (公布的监管事项).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedItem {
    /// Id of the item.
    pub id: Uuid,
    /// Number of the version.
    #[serde(rename = "published_version")]
    pub number: i64,
    /// Field (监管领域).
    pub field: String,
    /// Code of the lead department.
    pub lead_department: String,
    /// What the lead department supervises.
    pub lead_item: String,
    /// Its legal basis, as written.
    #[serde(default)]
    pub lead_basis: String,
    /// Who or what is supervised.
    #[serde(default)]
    pub subject_desc: String,
    /// Kinds of subjects.
    #[serde(default)]
    pub subject_kinds: Vec<String>,
    /// `key` or `general`.
    pub category: String,
    /// Inspection methods.
    #[serde(default)]
    pub inspection_methods: Vec<String>,
    /// Cooperating departments.
    #[serde(default)]
    pub cooperating: Vec<ItemCooperation>,
}

impl PublishedItem {
    /// Whether the department leads or cooperates.
    #[must_use]
    pub fn names(&self, department: &str) -> bool {
        self.lead_department == department || self.cooperating.iter().any(|c| c.department == department)
    }

    /// What the department supervises in this item.
    #[must_use]
    pub fn text_of(&self, department: &str) -> Option<&str> {
        if self.lead_department == department {
            return Some(&self.lead_item);
        }
        self.cooperating.iter().find(|c| c.department == department).map(|c| c.item.as_str())
    }
}

/// A rule pack with what names it; the pack itself is read by who judges.
#[derive(Clone, Debug, Deserialize)]
pub struct RulePackInForce {
    /// Id.
    pub id: Uuid,
    /// Number of the published version.
    pub number: i64,
    /// Code.
    pub code: String,
    /// SHA-256 of the canonical content, hex.
    pub digest: String,
    /// The pack.
    pub pack: Value,
}

impl CatalogClient {
    /// Over this connection.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// All organs, in the order of their codes.
    ///
    /// # Errors
    /// As [`Connection::json`].
    pub async fn organ_all(&self) -> Result<Vec<Organ>> {
        self.all("/v1/organs", &[]).await
    }

    /// All items with a version in force on a day, in the order they were added.
    ///
    /// # Errors
    /// As [`Connection::json`].
    pub async fn item_all_in_force(&self, day: Date) -> Result<Vec<PublishedItem>> {
        self.all("/v1/supervision-items", &[("as_of", day.to_string())]).await
    }

    /// Every page of a list.
    async fn all<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        filters: &[(&str, String)],
    ) -> Result<Vec<T>> {
        let mut out = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut call = Call::get(path).query("limit", 200).query_opt("cursor", cursor.as_deref());
            for (name, value) in filters {
                call = call.query(name, value);
            }
            let page: crate::common::Page<T> = self.0.json(&call).await?;
            out.extend(page.items);
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(out),
            }
        }
    }

    /// Imports items, rows beginning with 例： too where `include_example`; the answer is the report.
    ///
    /// # Errors
    /// 422 with the report when something blocks and it is not a dry run; as [`Connection::json`].
    pub async fn item_import(&self, file: FormFile<'_>, include_example: bool) -> Result<Value> {
        let call = file.to("/v1/item-imports").query_opt("include_example", include_example.then_some(true));
        self.0.json(&call).await
    }

    /// The published rule pack that judges facts of a day, as JSON with `number`, `digest` and `pack` (`rules::RulePack`).
    ///
    /// # Errors
    /// 404 when no pack covers the day; as [`Connection::json`].
    pub async fn rule_pack_in_force(&self, on: &str, known_at: Option<&str>) -> Result<RulePackInForce> {
        let call = Call::get("/v1/rule-packs/in-force").query("on", on).query_opt("known_at", known_at);
        self.0.json(&call).await
    }

    /// Exports items; the answer's body is the file.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn item_export(
        &self,
        format: &str,
        as_of: Option<&str>,
        state: Option<&str>,
    ) -> Result<reqwest::Response> {
        let call = Call::get("/v1/supervision-items/export")
            .query("format", format)
            .query_opt("as_of", as_of)
            .query_opt("state", state)
            .patient();
        self.0.send(&call).await
    }
}
