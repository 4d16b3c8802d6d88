//! Township teams over HTTP (镇街综合行政执法队伍).

use super::super::present;
use super::StaffTag;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A township team (镇街综合行政执法队伍).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "大河坎镇综合行政执法队", "region_code": "610703102",
    "fields": ["城市管理", "农业"], "basis": "陕西省人民政府关于乡镇街道实施行政处罚的决定", "basis_published_on": "2023-05-01",
    "powers": ["对占用道路摆摊设点的处罚"]}))]
pub struct TownshipTeamCreate {
    /// Organ of the township; the caller's own when absent.
    #[schema(max_length = 32)]
    pub organ_code: Option<String>,
    /// Region: nine digits of a township.
    #[schema(max_length = 12, pattern = "^[0-9]{6}([0-9]{3}([0-9]{3})?)?$")]
    pub region_code: String,
    /// Name.
    #[schema(min_length = 2, max_length = 100)]
    pub name: String,
    /// Fields of enforcement, such as the seven of the notice (城市管理、市场监管、生态环境、文化市场、交通运输、应急管理、农业).
    #[schema(max_items = 20)]
    pub fields: Vec<StaffTag>,
    /// Provincial decision that gives the powers (行政处罚法第二十四条; ENF-18).
    #[schema(max_length = 200)]
    pub basis: Option<String>,
    /// Day on which the decision was published.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub basis_published_on: Option<Date>,
    /// Powers given.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub powers: Vec<StaffTag>,
    /// Remark.
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// A change of a township team (merge patch).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"is_active": false}))]
pub struct TownshipTeamUpdate {
    /// Name.
    #[schema(min_length = 2, max_length = 100)]
    pub name: Option<String>,
    /// Fields of enforcement.
    #[schema(max_items = 20)]
    pub fields: Option<Vec<StaffTag>>,
    /// Provincial decision.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub basis: Option<Option<String>>,
    /// Day on which the decision was published.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub basis_published_on: Option<Option<Date>>,
    /// Powers given.
    #[schema(max_items = 500)]
    pub powers: Option<Vec<StaffTag>>,
    /// Whether it exists today.
    pub is_active: Option<bool>,
    /// Remark.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 500)]
    pub note: Option<Option<String>>,
}

/// A township team as it is stored.
#[derive(Serialize, ToSchema)]
pub struct TownshipTeamView {
    /// Id.
    pub id: Uuid,
    /// Organ of the township.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Region.
    #[schema(max_length = 12)]
    pub region_code: String,
    /// Name.
    #[schema(max_length = 100)]
    pub name: String,
    /// Fields of enforcement.
    #[schema(max_items = 20)]
    pub fields: Vec<String>,
    /// Provincial decision.
    #[schema(max_length = 200)]
    pub basis: Option<String>,
    /// Day on which the decision was published.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub basis_published_on: Option<Date>,
    /// Powers given.
    #[schema(max_items = 500)]
    pub powers: Vec<String>,
    /// Whether it exists today.
    pub is_active: bool,
    /// Remark.
    #[schema(max_length = 500)]
    pub note: Option<String>,
    /// Version, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// Query of the township teams.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TownshipTeamListQuery {
    /// Only this organ.
    #[param(max_length = 32)]
    pub organ_code: Option<String>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Teams of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of township teams.
#[derive(Serialize, ToSchema)]
pub struct TownshipTeamPage {
    /// In the order they were added.
    #[schema(max_items = 200)]
    pub items: Vec<TownshipTeamView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}
