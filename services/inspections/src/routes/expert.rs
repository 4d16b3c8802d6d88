//! Handlers: experts and auxiliary staff, who help and never enforce (专家名录库).

use crate::api::expert::{ExpertCreate, ExpertListQuery, ExpertPage, ExpertUpdate, ExpertView};
use crate::api::step::{ActionHeaders, ActionReason};
use crate::app::expert as app;
use actix_web::{get, patch, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(expert_list)
        .service(expert_create)
        .service(expert_view)
        .service(expert_update)
        .service(expert_leave);
}

/// List experts and auxiliary staff (专家及辅助人员名录).
///
/// Experts, auxiliary staff and grid workers; none of them is counted as an inspector.
#[utoipa::path(operation_id = "expert_list", tag = "experts",
    params(ExpertListQuery),
    responses((status = 200, description = "A page of them.", body = ExpertPage)))]
#[get("/v1/experts")]
pub async fn expert_list(ctx: Ctx, query: Query<ExpertListQuery>) -> Result<Reply> {
    app::expert_list(&ctx, query.0).await
}

/// Enter an expert (登记协助人员).
///
/// Enters an expert, assistant or grid worker.
#[utoipa::path(operation_id = "expert_create", tag = "experts",
    request_body(content = ExpertCreate),
    responses((status = 201, description = "The entry.", body = ExpertView)))]
#[post("/v1/experts")]
pub async fn expert_create(ctx: Ctx, body: Body<ExpertCreate>) -> Result<Reply> {
    app::expert_create(&ctx, body.0).await
}

/// View an expert (协助人员).
///
/// One of them, personal data masked.
#[utoipa::path(operation_id = "expert_view", tag = "experts",
    params(("expert_id" = Uuid, Path, description = "Id of the entry")),
    responses((status = 200, description = "The entry.", body = ExpertView)))]
#[get("/v1/experts/{expert_id}")]
pub async fn expert_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::expert_view(&ctx, id.0).await
}

/// Change an expert (修改协助人员).
///
/// Changes an entry.
#[utoipa::path(operation_id = "expert_update", tag = "experts",
    params(("expert_id" = Uuid, Path, description = "Id of the entry")),
    request_body(content((ExpertUpdate = "application/json"), (ExpertUpdate = "application/merge-patch+json"))),
    responses((status = 200, description = "It was changed.", body = ExpertView)))]
#[patch("/v1/experts/{expert_id}")]
pub async fn expert_update(ctx: Ctx, id: Id<Uuid>, body: Body<ExpertUpdate>) -> Result<Reply> {
    app::expert_update(&ctx, id.0, body.0).await
}

/// Let an expert go (退出名录).
///
/// Lets somebody go; the row is kept.
#[utoipa::path(operation_id = "expert_leave", tag = "experts",
    params(("expert_id" = Uuid, Path, description = "Id of the entry"), ActionHeaders),
    request_body(content = ActionReason),
    responses((status = 200, description = "He has left.", body = ExpertView)))]
#[post("/v1/experts/{expert_id}/leave")]
pub async fn expert_leave(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    app::expert_leave(&ctx, id.0, body.0).await
}
