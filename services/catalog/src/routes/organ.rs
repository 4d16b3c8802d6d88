//! Handlers of organs.

use crate::api::organ::{
    OrganCreate, OrganListQuery, OrganPage, OrganResolution, OrganResolveQuery, OrganUpdate, OrganView,
};
use crate::app::organ as app;
use actix_web::{get, patch, post};
use service_kit::{Body, Ctx, Id, Query, Reply, Result};

/// List organs (机构名录).
///
/// Organs of the district: departments, vertical organs, townships.
#[utoipa::path(operation_id = "organ_list", tag = "organs", params(OrganListQuery),
    responses((status = 200, description = "A page of organs.", body = OrganPage)))]
#[get("/v1/organs")]
pub async fn organ_list(ctx: Ctx, query: Query<OrganListQuery>) -> Result<Reply> {
    app::organ_list(&ctx, query.0).await
}

/// Add an organ (新增机构).
///
/// Adds an organ; its names may not be another's.
#[utoipa::path(operation_id = "organ_create", tag = "organs",
    request_body(content = OrganCreate),
    responses((status = 201, description = "It was added.", body = OrganView)))]
#[post("/v1/organs")]
pub async fn organ_create(ctx: Ctx, body: Body<OrganCreate>) -> Result<Reply> {
    app::organ_create(&ctx, body.0).await
}

/// Resolve a name of an organ (机构名称归一).
///
/// The organ that a name means: 人社局 is 区人力资源和社会保障局.
#[utoipa::path(operation_id = "organ_resolve", tag = "organs",
    params(OrganResolveQuery),
    responses((status = 200, description = "The organ.", body = OrganResolution),
        (status = 404, description = "No organ has this name.", body = service_kit::error::Problem,
            content_type = "application/problem+json")))]
#[get("/v1/organs/resolve")]
pub async fn organ_resolve(ctx: Ctx, query: Query<OrganResolveQuery>) -> Result<Reply> {
    app::organ_resolve(&ctx, query.0).await
}

/// View an organ (机构).
#[utoipa::path(operation_id = "organ_view", tag = "organs",
    params(("code" = String, Path, description = "Code of the organ", max_length = 32)),
    responses((status = 200, description = "The organ.", body = OrganView)))]
#[get("/v1/organs/{code}")]
pub async fn organ_view(ctx: Ctx, code: Id<String>) -> Result<Reply> {
    app::organ_view(&ctx, &code.0).await
}

/// Change an organ (修改机构).
///
/// Changes an organ; its code stays.
#[utoipa::path(operation_id = "organ_update", tag = "organs",
    params(("code" = String, Path, description = "Code of the organ", max_length = 32)),
    request_body(content((OrganUpdate = "application/json"), (OrganUpdate = "application/merge-patch+json"))),
    responses((status = 200, description = "It was changed.", body = OrganView)))]
#[patch("/v1/organs/{code}")]
pub async fn organ_update(ctx: Ctx, code: Id<String>, body: Body<OrganUpdate>) -> Result<Reply> {
    app::organ_update(&ctx, code.0, body.0).await
}
