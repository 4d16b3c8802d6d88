//! Regions and industries over HTTP.

use crate::store::dictionary::{Industry, Region};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A region (行政区划).
#[derive(Serialize, ToSchema)]
pub struct RegionView {
    /// Six digits (GB/T 2260), nine for a township.
    #[schema(max_length = 12, example = "610703")]
    pub code: String,
    /// Name.
    #[schema(max_length = 100, example = "南郑区")]
    pub name: String,
    /// `province`, `city`, `county` or `township`.
    #[schema(max_length = 16, example = "county")]
    pub level: String,
    /// Code of the region above.
    #[schema(max_length = 12)]
    pub parent: Option<String>,
    /// First day of validity.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
    /// First day on which it is no longer valid.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Code that took its place.
    #[schema(max_length = 12)]
    pub maps_to: Option<String>,
    /// Remark.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl From<Region> for RegionView {
    fn from(r: Region) -> Self {
        let Region { code, name, level, parent, valid_from, valid_to, maps_to, note } = r;
        let valid_to = valid_to.map(|d| d.0);
        Self { code, name, level, parent, valid_from: valid_from.0, valid_to, maps_to, note }
    }
}

/// Query of the regions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RegionListQuery {
    /// Only this level.
    #[param(max_length = 16, pattern = "^(province|city|county|township)$")]
    pub level: Option<String>,
    /// Only regions directly under this one.
    #[param(max_length = 12, pattern = "^[0-9]{6,12}$")]
    pub parent: Option<String>,
    /// Only regions valid on this day.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub as_of: Option<Date>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Regions of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of regions.
#[derive(Serialize, ToSchema)]
pub struct RegionPage {
    /// In the order of their codes.
    #[schema(max_items = 200)]
    pub items: Vec<RegionView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// A section or division of GB/T 4754 (国民经济行业分类).
#[derive(Serialize, ToSchema)]
pub struct IndustryView {
    /// Letter of a section, two digits of a division.
    #[schema(max_length = 4, example = "13")]
    pub code: String,
    /// Name.
    #[schema(max_length = 100, example = "农副食品加工业")]
    pub name: String,
    /// `section` or `division`.
    #[schema(max_length = 16, example = "division")]
    pub level: String,
    /// Letter of its section.
    #[schema(max_length = 1, example = "C")]
    pub section: String,
    /// Edition of the classification.
    #[schema(max_length = 40, example = "GB/T 4754-2017+1")]
    pub classification_version: String,
    /// First day of the edition.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
    /// First day on which it is no longer in force.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
}

impl From<Industry> for IndustryView {
    fn from(i: Industry) -> Self {
        let Industry { code, classification_version, name, level, section, valid_from, valid_to } = i;
        let valid_to = valid_to.map(|d| d.0);
        Self { code, name, level, section, classification_version, valid_from: valid_from.0, valid_to }
    }
}

/// Query of the industries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IndustryListQuery {
    /// Only this level.
    #[param(max_length = 16, pattern = "^(section|division)$")]
    pub level: Option<String>,
    /// Only this section.
    #[param(max_length = 1, pattern = "^[A-T]$")]
    pub section: Option<String>,
    /// The edition in force on this day; today when absent.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub as_of: Option<Date>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Industries of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// Which day a dictionary entry is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IndustryViewQuery {
    /// The edition in force on this day; today when absent.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub as_of: Option<Date>,
}

/// A page of industries.
#[derive(Serialize, ToSchema)]
pub struct IndustryPage {
    /// In the order of their codes: letters after digits.
    #[schema(max_items = 200)]
    pub items: Vec<IndustryView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}
