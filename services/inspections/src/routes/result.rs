//! Handlers: results of inspections (检查结果).

use crate::api::result::{ResultAudit, ResultCreate, ResultListQuery, ResultPage, ResultUpdate, ResultView};
use crate::api::step::{ActionHeaders, ActionNote, PartQuery, StepPage};
use crate::app::result as app;
use actix_web::{get, patch, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(result_create)
        .service(result_list)
        .service(result_view)
        .service(result_update)
        .service(result_audit)
        .service(result_finalise)
        .service(result_history);
}

/// Enter a result (录入检查结果).
///
/// Enters the result of a task with the measures that follow from it, within five working days.
///
/// Codes that contradict each other, the answers or the measures answer 422 with every contradiction.
#[utoipa::path(operation_id = "result_create", tag = "results",
    params(("task_id" = Uuid, Path, description = "Id of the task")), request_body(content = ResultCreate),
    responses((status = 201, description = "It was entered.", body = ResultView)))]
#[post("/v1/visit-tasks/{task_id}/result")]
pub async fn result_create(ctx: Ctx, id: Id<Uuid>, body: Body<ResultCreate>) -> Result<Reply> {
    app::result_create(&ctx, id.0, body.0).await
}

/// List results (检查结果清单).
///
/// Results of the caller's organs.
#[utoipa::path(operation_id = "result_list", tag = "results",
    params(ResultListQuery),
    responses((status = 200, description = "A page of results.", body = ResultPage)))]
#[get("/v1/results")]
pub async fn result_list(ctx: Ctx, query: Query<ResultListQuery>) -> Result<Reply> {
    app::result_list(&ctx, query.0).await
}

/// View a result (检查结果).
#[utoipa::path(operation_id = "result_view", tag = "results",
    params(("result_id" = Uuid, Path, description = "Id of the result")),
    responses((status = 200, description = "The result.", body = ResultView)))]
#[get("/v1/results/{result_id}")]
pub async fn result_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::result_view(&ctx, id.0).await
}

/// Change a result (修改检查结果).
///
/// Changes a result before its audit, or after it was sent back.
#[utoipa::path(operation_id = "result_update", tag = "results",
    params(("result_id" = Uuid, Path, description = "Id of the result")),
    request_body(content((ResultUpdate = "application/json"), (ResultUpdate = "application/merge-patch+json"))),
    responses((status = 200, description = "It was changed.", body = ResultView)))]
#[patch("/v1/results/{result_id}")]
pub async fn result_update(ctx: Ctx, id: Id<Uuid>, body: Body<ResultUpdate>) -> Result<Reply> {
    app::result_update(&ctx, id.0, body.0).await
}

/// Audit a result (审核检查结果).
///
/// The head of the organ passes a result, sends it back or refuses it; not who entered it.
#[utoipa::path(operation_id = "result_audit", tag = "results",
    params(("result_id" = Uuid, Path, description = "Id of the result"), ActionHeaders),
    request_body(content = ResultAudit),
    responses((status = 200, description = "The audit was noted.", body = ResultView)))]
#[post("/v1/results/{result_id}/audit")]
pub async fn result_audit(ctx: Ctx, id: Id<Uuid>, body: Body<ResultAudit>) -> Result<Reply> {
    app::result_audit(&ctx, id.0, body.0).await
}

/// Make a result final (确定检查结果).
///
/// Makes an audited result final: its outcome is set and the twenty working days of publicity begin.
#[utoipa::path(operation_id = "result_finalise", tag = "results",
    params(("result_id" = Uuid, Path, description = "Id of the result"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It is final.", body = ResultView)))]
#[post("/v1/results/{result_id}/finalise")]
pub async fn result_finalise(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    app::result_finalise(&ctx, id.0, body.0).await
}

/// View the history of a result (流转记录).
///
/// The steps of a result.
#[utoipa::path(operation_id = "result_history", tag = "results",
    params(("result_id" = Uuid, Path, description = "Id of the result"), PartQuery),
    responses((status = 200, description = "A page of steps.", body = StepPage)))]
#[get("/v1/results/{result_id}/history")]
pub async fn result_history(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::result_history(&ctx, id.0, query.0).await
}
