//! Handlers of annual plans and their steps (年度检查计划), in the order of a life.

use crate::api::plan::{
    PlanCreate, PlanEvaluation, PlanFile, PlanListQuery, PlanMerge, PlanPage, PlanUpdate, PlanView,
};
use crate::api::step::{ActionHeaders, ActionNote, ActionReason, PartQuery, StepPage};
use crate::app::plan::{self as app, step};
use actix_web::{get, patch, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(plan_list)
        .service(plan_create)
        .service(plan_view)
        .service(plan_update)
        .service(plan_pass_lint)
        .service(plan_sign)
        .service(plan_refuse_signature)
        .service(plan_return)
        .service(plan_submit)
        .service(plan_merge)
        .service(plan_approve)
        .service(plan_file)
        .service(plan_publish)
        .service(plan_start)
        .service(plan_complete)
        .service(plan_evaluate)
        .service(plan_adjust)
        .service(plan_cancel)
        .service(plan_history);
}

/// List annual plans (年度检查计划).
///
/// Plans that the caller sees: its own department's, all for district-wide roles, published ones for everybody.
#[utoipa::path(operation_id = "plan_list", tag = "plans",
    params(PlanListQuery),
    responses((status = 200, description = "A page of plans.", body = PlanPage)))]
#[get("/v1/plans")]
pub async fn plan_list(ctx: Ctx, query: Query<PlanListQuery>) -> Result<Reply> {
    app::plan_list(&ctx, query.0).await
}

/// Add an annual plan (新增年度检查计划).
///
/// Adds a plan as a draft of its lead department.
#[utoipa::path(operation_id = "plan_create", tag = "plans",
    request_body(content = PlanCreate),
    responses((status = 201, description = "It was added.", body = PlanView)))]
#[post("/v1/plans")]
pub async fn plan_create(ctx: Ctx, body: Body<PlanCreate>) -> Result<Reply> {
    app::plan_create(&ctx, body.0).await
}

/// View an annual plan (年度检查计划).
#[utoipa::path(operation_id = "plan_view", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan")),
    responses((status = 200, description = "The plan.", body = PlanView)))]
#[get("/v1/plans/{plan_id}")]
pub async fn plan_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::plan_view(&ctx, id.0).await
}

/// Change a draft plan (修改年度检查计划).
///
/// Changes a draft, or a plan being adjusted.
#[utoipa::path(operation_id = "plan_update", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan")),
    request_body(content((PlanUpdate = "application/json"), (PlanUpdate = "application/merge-patch+json"))),
    responses((status = 200, description = "It was changed.", body = PlanView)))]
#[patch("/v1/plans/{plan_id}")]
pub async fn plan_update(ctx: Ctx, id: Id<Uuid>, body: Body<PlanUpdate>) -> Result<Reply> {
    app::plan_update(&ctx, id.0, body.0).await
}

/// Pass the check by the rules (合法性检查).
///
/// Checks a draft or an adjustment by the rules in force and passes it when none blocks; a blocking rule is 409 `rules_block`
/// with the ids of the rules.
#[utoipa::path(operation_id = "plan_pass_lint", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = ActionNote),
    responses((status = 200, description = "No rule blocks it.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/pass-lint")]
pub async fn plan_pass_lint(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::plan_pass_lint(&ctx, id.0, body.0).await
}

/// Sign a plan (配合部门会签).
///
/// The caller's cooperating department signs; with the last of them the plan can be handed in.
#[utoipa::path(operation_id = "plan_sign", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = ActionNote),
    responses((status = 200, description = "The signature was noted.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/sign")]
pub async fn plan_sign(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::plan_sign(&ctx, id.0, body.0).await
}

/// Refuse to sign a plan (配合部门不同意).
///
/// The caller's cooperating department does not agree; the plan goes back to its lead department.
#[utoipa::path(operation_id = "plan_refuse_signature", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = ActionReason),
    responses((status = 200, description = "It went back.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/refuse-signature")]
pub async fn plan_refuse_signature(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    step::plan_refuse_signature(&ctx, id.0, body.0).await
}

/// Return a plan (退回).
///
/// Sends a plan back for another draft: the lead department its own, the organiser what was handed in.
#[utoipa::path(operation_id = "plan_return", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = ActionReason),
    responses((status = 200, description = "It went back.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/return")]
pub async fn plan_return(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    step::plan_return(&ctx, id.0, body.0).await
}

/// Submit a plan (报送).
///
/// Hands a signed plan in; due by 31 January, moved off rest days; whether it is late is computed.
#[utoipa::path(operation_id = "plan_submit", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = ActionNote),
    responses((status = 200, description = "It was handed in.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/submit")]
pub async fn plan_submit(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::plan_submit(&ctx, id.0, body.0).await
}

/// Combine plans (统筹合并).
///
/// The organiser notes the comparison with the other plans and takes overlapping ones in.
#[utoipa::path(operation_id = "plan_merge", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = PlanMerge),
    responses((status = 200, description = "It was compared, and what was named was taken in.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/merge")]
pub async fn plan_merge(ctx: Ctx, id: Id<Uuid>, body: Body<PlanMerge>) -> Result<Reply> {
    step::plan_merge(&ctx, id.0, body.0).await
}

/// Approve a plan (批准).
///
/// The head of the lead department approves; never who handed it in.
#[utoipa::path(operation_id = "plan_approve", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = ActionNote),
    responses((status = 200, description = "It was approved.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/approve")]
pub async fn plan_approve(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::plan_approve(&ctx, id.0, body.0).await
}

/// File a plan (备案).
///
/// The justice bureau files the plan.
#[utoipa::path(operation_id = "plan_file", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = PlanFile),
    responses((status = 200, description = "It was filed.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/file")]
pub async fn plan_file(ctx: Ctx, id: Id<Uuid>, body: Body<PlanFile>) -> Result<Reply> {
    step::plan_file(&ctx, id.0, body.0).await
}

/// Publish a plan (公布).
///
/// Makes a filed plan public, unless a rule in force today blocks it: 409 `rules_block`.
#[utoipa::path(operation_id = "plan_publish", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = ActionNote),
    responses((status = 200, description = "It is public.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/publish")]
pub async fn plan_publish(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::plan_publish(&ctx, id.0, body.0).await
}

/// Start a plan (开始执行).
///
/// The visits begin.
#[utoipa::path(operation_id = "plan_start", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = ActionNote),
    responses((status = 200, description = "It is under way.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/start")]
pub async fn plan_start(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::plan_start(&ctx, id.0, body.0).await
}

/// Complete a plan (完成).
///
/// All visits are done.
#[utoipa::path(operation_id = "plan_complete", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = ActionNote),
    responses((status = 200, description = "It is completed.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/complete")]
pub async fn plan_complete(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::plan_complete(&ctx, id.0, body.0).await
}

/// Evaluate a plan (评估).
///
/// The organiser or the oversight evaluates a completed plan.
#[utoipa::path(operation_id = "plan_evaluate", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = PlanEvaluation),
    responses((status = 200, description = "It was evaluated.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/evaluate")]
pub async fn plan_evaluate(ctx: Ctx, id: Id<Uuid>, body: Body<PlanEvaluation>) -> Result<Reply> {
    step::plan_evaluate(&ctx, id.0, body.0).await
}

/// Adjust a plan (调整).
///
/// Opens a change of an approved plan; it is checked and signed again.
#[utoipa::path(operation_id = "plan_adjust", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = ActionReason),
    responses((status = 200, description = "It can be changed.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/adjust")]
pub async fn plan_adjust(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    step::plan_adjust(&ctx, id.0, body.0).await
}

/// Cancel a plan (取消).
///
/// Gives a plan up.
#[utoipa::path(operation_id = "plan_cancel", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders), request_body(content = ActionReason),
    responses((status = 200, description = "It was cancelled.", body = PlanView)))]
#[post("/v1/plans/{plan_id}/cancel")]
pub async fn plan_cancel(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    step::plan_cancel(&ctx, id.0, body.0).await
}

/// View the history of a plan (流转记录).
///
/// The steps of a plan with actor, role, reason and the rules looked at.
#[utoipa::path(operation_id = "plan_history", tag = "plans",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), PartQuery),
    responses((status = 200, description = "A page of the history.", body = StepPage)))]
#[get("/v1/plans/{plan_id}/history")]
pub async fn plan_history(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::plan_history(&ctx, id.0, query.0).await
}
