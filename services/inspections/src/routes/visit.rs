//! Handlers: visits: one row for each joint visit (联合检查).

use crate::api::step::{ActionHeaders, ActionReason, PartQuery, StepPage};
use crate::api::visit::{VisitCreate, VisitListQuery, VisitPage, VisitReschedule, VisitView};
use crate::app::visit as app;
use actix_web::{get, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(visit_list)
        .service(visit_create)
        .service(visit_view)
        .service(visit_reschedule)
        .service(visit_cancel)
        .service(visit_history);
}

/// List visits (检查清单).
///
/// Visits in which the caller's organs take part.
#[utoipa::path(operation_id = "visit_list", tag = "visits",
    params(VisitListQuery),
    responses((status = 200, description = "A page of visits.", body = VisitPage)))]
#[get("/v1/visits")]
pub async fn visit_list(ctx: Ctx, query: Query<VisitListQuery>) -> Result<Reply> {
    app::visit_list(&ctx, query.0).await
}

/// Add a visit (新增检查).
///
/// Adds a visit outside of a draw: routine, campaign, or triggered by a complaint or clue.
#[utoipa::path(operation_id = "visit_create", tag = "visits",
    request_body(content = VisitCreate),
    responses((status = 201, description = "It was added, with a task for each organ.", body = VisitView)))]
#[post("/v1/visits")]
pub async fn visit_create(ctx: Ctx, body: Body<VisitCreate>) -> Result<Reply> {
    app::visit_create(&ctx, body.0).await
}

/// View a visit (检查).
///
/// One visit with the tasks and teams of all its organs.
#[utoipa::path(operation_id = "visit_view", tag = "visits",
    params(("visit_id" = Uuid, Path, description = "Id of the visit")),
    responses((status = 200, description = "The visit.", body = VisitView)))]
#[get("/v1/visits/{visit_id}")]
pub async fn visit_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::visit_view(&ctx, id.0).await
}

/// Put a visit off (改期).
///
/// Puts a visit off before anybody arrived, two times at most; notices are served again, codes stop counting.
#[utoipa::path(operation_id = "visit_reschedule", tag = "visits",
    params(("visit_id" = Uuid, Path, description = "Id of the visit"), ActionHeaders),
    request_body(content = VisitReschedule),
    responses((status = 200, description = "It was put off.", body = VisitView)))]
#[post("/v1/visits/{visit_id}/reschedule")]
pub async fn visit_reschedule(ctx: Ctx, id: Id<Uuid>, body: Body<VisitReschedule>) -> Result<Reply> {
    app::visit_reschedule(&ctx, id.0, body.0).await
}

/// Call a visit off (取消检查).
///
/// Calls a visit off before anybody arrived; its codes stop counting.
#[utoipa::path(operation_id = "visit_cancel", tag = "visits",
    params(("visit_id" = Uuid, Path, description = "Id of the visit"), ActionHeaders),
    request_body(content = ActionReason),
    responses((status = 200, description = "It was called off.", body = VisitView)))]
#[post("/v1/visits/{visit_id}/cancel")]
pub async fn visit_cancel(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    app::visit_cancel(&ctx, id.0, body.0).await
}

/// View the history of a visit (流转记录).
///
/// The steps of a visit as a whole; each organ's are its task's.
#[utoipa::path(operation_id = "visit_history", tag = "visits",
    params(("visit_id" = Uuid, Path, description = "Id of the visit"), PartQuery),
    responses((status = 200, description = "A page of steps.", body = StepPage)))]
#[get("/v1/visits/{visit_id}/history")]
pub async fn visit_history(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::visit_history(&ctx, id.0, query.0).await
}
