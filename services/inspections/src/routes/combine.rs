//! Handlers: 综合查一次: several planned visits become one.

use crate::api::combine::{
    CombinationFind, CombinationFound, CombinationListQuery, CombinationMerge, CombinationPage,
    CombinationView,
};
use crate::api::step::ActionReason;
use crate::app::combine as app;
use actix_web::{get, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(combination_list)
        .service(combination_find)
        .service(combination_view)
        .service(combination_merge)
        .service(combination_refuse);
}

/// List proposals to combine (综合查一次建议列表).
///
/// Proposals to combine visits of the caller's organ.
#[utoipa::path(operation_id = "combination_list", tag = "visit-combinations",
    params(CombinationListQuery),
    responses((status = 200, description = "A page of proposals.", body = CombinationPage)))]
#[get("/v1/visit-combinations")]
pub async fn combination_list(ctx: Ctx, query: Query<CombinationListQuery>) -> Result<Reply> {
    app::combination_list(&ctx, query.0).await
}

/// Find visits to combine (查找重叠检查).
///
/// Looks for planned visits of several organs to one subject within the rules' window, and keeps what it finds.
#[utoipa::path(operation_id = "combination_find", tag = "visit-combinations",
    request_body(content = CombinationFind),
    responses((status = 200, description = "What was found.", body = CombinationFound)))]
#[post("/v1/visit-combinations")]
pub async fn combination_find(ctx: Ctx, body: Body<CombinationFind>) -> Result<Reply> {
    app::combination_find(&ctx, body.0).await
}

/// View a proposal to combine (综合查一次建议).
///
/// One proposal with what it saves.
#[utoipa::path(operation_id = "combination_view", tag = "visit-combinations",
    params(("combination_id" = Uuid, Path, description = "Id of the proposal")),
    responses((status = 200, description = "The proposal.", body = CombinationView)))]
#[get("/v1/visit-combinations/{combination_id}")]
pub async fn combination_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::combination_view(&ctx, id.0).await
}

/// Combine the visits (合并).
///
/// Merges the visits into one: one date, a team of each organ, one checklist in which each point stands once.
#[utoipa::path(operation_id = "combination_merge", tag = "visit-combinations",
    params(("combination_id" = Uuid, Path, description = "Id of the proposal")),
    request_body(content = CombinationMerge), extensions(("x-if-match" = json!(true))),
    responses((status = 200, description = "They are one visit.", body = CombinationView)))]
#[post("/v1/visit-combinations/{combination_id}/merge")]
pub async fn combination_merge(ctx: Ctx, id: Id<Uuid>, body: Body<CombinationMerge>) -> Result<Reply> {
    app::combination_merge(&ctx, id.0, body.0).await
}

/// Refuse to combine (不予合并).
///
/// Refuses to merge, with the reason; the visits stay apart and carry it.
#[utoipa::path(operation_id = "combination_refuse", tag = "visit-combinations",
    params(("combination_id" = Uuid, Path, description = "Id of the proposal")),
    request_body(content = ActionReason), extensions(("x-if-match" = json!(true))),
    responses((status = 200, description = "The refusal is kept.", body = CombinationView)))]
#[post("/v1/visit-combinations/{combination_id}/refuse")]
pub async fn combination_refuse(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    app::combination_refuse(&ctx, id.0, body.0).await
}
