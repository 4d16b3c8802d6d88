//! Handlers of regions and industries.

use crate::api::dictionary::{
    IndustryListQuery, IndustryPage, IndustryView, IndustryViewQuery, RegionListQuery, RegionPage, RegionView,
};
use crate::app::dictionary as app;
use actix_web::get;
use service_kit::{Ctx, Id, Query, Reply, Result};

/// List regions (行政区划).
///
/// Regions with their validity; withdrawn codes are kept and say what took their place.
#[utoipa::path(operation_id = "region_list", tag = "dictionaries", params(RegionListQuery),
    responses((status = 200, description = "A page of regions.", body = RegionPage)))]
#[get("/v1/regions")]
pub async fn region_list(ctx: Ctx, query: Query<RegionListQuery>) -> Result<Reply> {
    app::region_list(&ctx, query.0).await
}

/// View a region (行政区划).
#[utoipa::path(operation_id = "region_view", tag = "dictionaries",
    params(("code" = String, Path, description = "Code of the region", max_length = 12)),
    responses((status = 200, description = "The region.", body = RegionView)))]
#[get("/v1/regions/{code}")]
pub async fn region_view(ctx: Ctx, code: Id<String>) -> Result<Reply> {
    app::region_view(&ctx, &code.0).await
}

/// List industries (国民经济行业分类).
///
/// Sections and divisions of GB/T 4754.
#[utoipa::path(operation_id = "industry_list", tag = "dictionaries",
    params(IndustryListQuery),
    responses((status = 200, description = "A page of industries.", body = IndustryPage)))]
#[get("/v1/industries")]
pub async fn industry_list(ctx: Ctx, query: Query<IndustryListQuery>) -> Result<Reply> {
    app::industry_list(&ctx, query.0).await
}

/// View an industry (行业门类、大类).
///
/// One section or division.
#[utoipa::path(operation_id = "industry_view", tag = "dictionaries",
    params(("code" = String, Path, description = "Letter or two digits", max_length = 4), IndustryViewQuery),
    responses((status = 200, description = "The industry.", body = IndustryView)))]
#[get("/v1/industries/{code}")]
pub async fn industry_view(ctx: Ctx, code: Id<String>, query: Query<IndustryViewQuery>) -> Result<Reply> {
    app::industry_view(&ctx, &code.0, query.0.as_of).await
}
