//! Organs over HTTP.

use super::present;
use crate::domain::organ::{NameKind, Organ, OrganDuty, OrganKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A new organ (新增机构).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "nz-test", "name": "汉中市南郑区测试局", "short_name": "区测试局", "aliases": ["测试局"],
    "kind": "district_organ", "is_enforcement_body": true, "region_code": "610703", "valid_from": "2024-01-01"}))]
pub struct OrganCreate {
    /// Code, never changed.
    #[schema(min_length = 2, max_length = 32, pattern = "^[a-z0-9][a-z0-9-]*$")]
    pub code: String,
    /// Full name (全称).
    #[schema(min_length = 2, max_length = 100)]
    pub name: String,
    /// Short name as official papers write it (简称).
    #[schema(min_length = 2, max_length = 50)]
    pub short_name: String,
    /// Other spellings that forms use (别名); none may be another organ's.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub aliases: Vec<Spelled>,
    /// Kind (机构类别).
    pub kind: OrganKind,
    /// Outside the district's command (垂管).
    #[serde(default)]
    pub vertical: bool,
    /// May inspect or punish in its own name (行政执法主体).
    #[serde(default)]
    pub is_enforcement_body: bool,
    /// Duties the plan gives to it (职责).
    #[serde(default)]
    #[schema(max_items = 10)]
    pub duties: Vec<OrganDuty>,
    /// Region (行政区划代码).
    #[schema(max_length = 12, pattern = "^[0-9]{6}([0-9]{3}){0,2}$")]
    pub region_code: String,
    /// First day of validity.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
    /// First day on which it is no longer valid.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Remark.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

/// One spelling of a name.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 100)]
pub struct Spelled(pub String);

/// A change of an organ (merge patch): absent members stay, `null` removes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"aliases": ["测试局", "区测试局办公室"]}))]
pub struct OrganUpdate {
    /// Full name.
    #[schema(min_length = 2, max_length = 100)]
    pub name: Option<String>,
    /// Short name.
    #[schema(min_length = 2, max_length = 50)]
    pub short_name: Option<String>,
    /// Other spellings, all of them.
    #[schema(max_items = 50)]
    pub aliases: Option<Vec<Spelled>>,
    /// Kind.
    pub kind: Option<OrganKind>,
    /// Outside the district's command.
    pub vertical: Option<bool>,
    /// May inspect or punish in its own name.
    pub is_enforcement_body: Option<bool>,
    /// Duties, all of them.
    #[schema(max_items = 10)]
    pub duties: Option<Vec<OrganDuty>>,
    /// First day on which it is no longer valid.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Option<Date>>,
    /// Remark.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 1000)]
    pub note: Option<Option<String>>,
}

/// An organ (机关单位).
#[derive(Serialize, ToSchema)]
pub struct OrganView {
    /// Code.
    #[schema(max_length = 32, example = "nz-rsj")]
    pub code: String,
    /// Full name.
    #[schema(max_length = 100, example = "汉中市南郑区人力资源和社会保障局")]
    pub name: String,
    /// Short name.
    #[schema(max_length = 50, example = "区人社局")]
    pub short_name: String,
    /// Other spellings.
    #[schema(max_items = 50)]
    pub aliases: Vec<Spelled>,
    /// Kind.
    pub kind: OrganKind,
    /// Outside the district's command (垂管).
    pub vertical: bool,
    /// May inspect or punish in its own name (行政执法主体).
    pub is_enforcement_body: bool,
    /// Duties.
    #[schema(max_items = 10)]
    pub duties: Vec<OrganDuty>,
    /// Region.
    #[schema(max_length = 12, example = "610703")]
    pub region_code: String,
    /// First day of validity.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
    /// First day on which it is no longer valid.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Remark.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// Version, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl From<Organ> for OrganView {
    fn from(o: Organ) -> Self {
        let Organ {
            code,
            name,
            short_name,
            aliases,
            kind,
            vertical,
            is_enforcement_body,
            duties,
            region_code,
            valid_from,
            valid_to,
            note,
            version,
        } = o;
        Self {
            code,
            name,
            short_name,
            aliases: aliases.into_iter().map(Spelled).collect(),
            kind,
            vertical,
            is_enforcement_body,
            duties,
            region_code,
            valid_from,
            valid_to,
            note,
            version,
        }
    }
}

/// Query of the organs.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrganListQuery {
    /// Only this kind.
    pub kind: Option<OrganKind>,
    /// Only organs with this duty.
    pub duty: Option<OrganDuty>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Organs of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of organs.
#[derive(Serialize, ToSchema)]
pub struct OrganPage {
    /// In the order of their codes.
    #[schema(max_items = 200)]
    pub items: Vec<OrganView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// A name to be resolved.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrganResolveQuery {
    /// Full name, short name, alias or code; width, spaces and punctuation do not matter.
    #[param(min_length = 1, max_length = 100, example = "人社局")]
    pub name: String,
}

/// The organ that a name means.
#[derive(Serialize, ToSchema)]
pub struct OrganResolution {
    /// Which of its spellings it is.
    pub matched: NameKind,
    /// That spelling.
    #[schema(max_length = 100, example = "人社局")]
    pub spelling: String,
    /// The organ.
    pub organ: OrganView,
    /// Code of the organ.
    #[schema(max_length = 32, example = "nz-rsj")]
    pub code: String,
}
