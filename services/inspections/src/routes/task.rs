//! Handlers: the part of one organ in a visit, step by step (部门任务).

use crate::api::step::{ActionHeaders, ActionNote, PartQuery, StepPage};
use crate::api::task::{
    CheckInList, SiteRecordView, TaskCheckIn, TaskDeadEnd, TaskFeedBack, TaskListQuery, TaskNotify, TaskPage,
    TaskPrepare, TaskRecord, TaskReplaceMember, TaskView,
};
use crate::app::task as app;
use actix_web::{get, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(task_list)
        .service(task_view)
        .service(task_claim)
        .service(task_prepare)
        .service(task_approve)
        .service(task_notify)
        .service(task_check_in)
        .service(task_start)
        .service(task_record)
        .service(task_not_found)
        .service(task_refused)
        .service(task_close)
        .service(task_feed_back)
        .service(task_replace_member)
        .service(task_history)
        .service(site_record_view)
        .service(check_in_list);
}

/// List tasks (部门任务清单).
///
/// Tasks of the caller's organs.
#[utoipa::path(operation_id = "task_list", tag = "visit-tasks",
    params(TaskListQuery),
    responses((status = 200, description = "A page of tasks.", body = TaskPage)))]
#[get("/v1/visit-tasks")]
pub async fn task_list(ctx: Ctx, query: Query<TaskListQuery>) -> Result<Reply> {
    app::task_list(&ctx, query.0).await
}

/// View a task (部门任务).
///
/// One task with its team; organs of a joint visit see each other's.
#[utoipa::path(operation_id = "task_view", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task")),
    responses((status = 200, description = "The task.", body = TaskView)))]
#[get("/v1/visit-tasks/{task_id}")]
pub async fn task_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::task_view_one(&ctx, id.0).await
}

/// Claim a task (认领).
///
/// Takes the task on for the organ: national state `claimed`.
#[utoipa::path(operation_id = "task_claim", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), ActionHeaders), request_body(content = ActionNote),
    responses((status = 200, description = "It was taken on.", body = TaskView)))]
#[post("/v1/visit-tasks/{task_id}/claim")]
pub async fn task_claim(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    app::task_claim(&ctx, id.0, body.0).await
}

/// Prepare a task (检查准备).
///
/// The notice is drafted and the history of the subject was read; claims the task where nobody has.
#[utoipa::path(operation_id = "task_prepare", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), ActionHeaders), request_body(content = TaskPrepare),
    responses((status = 200, description = "It is prepared.", body = TaskView)))]
#[post("/v1/visit-tasks/{task_id}/prepare")]
pub async fn task_prepare(ctx: Ctx, id: Id<Uuid>, body: Body<TaskPrepare>) -> Result<Reply> {
    app::task_prepare(&ctx, id.0, body.0).await
}

/// Approve a task (负责人审批, ENF-06).
///
/// The head of the organ approves; in an emergency also afterwards, within the rule pack's term.
#[utoipa::path(operation_id = "task_approve", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), ActionHeaders), request_body(content = ActionNote),
    responses((status = 200, description = "It is approved.", body = TaskView)))]
#[post("/v1/visit-tasks/{task_id}/approve")]
pub async fn task_approve(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    app::task_approve(&ctx, id.0, body.0).await
}

/// Serve the notice (检查告知).
///
/// The notice was served, or the reason why it is shown on arrival only.
#[utoipa::path(operation_id = "task_notify", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), ActionHeaders), request_body(content = TaskNotify),
    responses((status = 200, description = "It was noted.", body = TaskView)))]
#[post("/v1/visit-tasks/{task_id}/notify")]
pub async fn task_notify(ctx: Ctx, id: Id<Uuid>, body: Body<TaskNotify>) -> Result<Reply> {
    app::task_notify(&ctx, id.0, body.0).await
}

/// Check in (入企扫码, ENF-08, ENF-09).
///
/// The team arrived: visit code, persons, place; without a code a reason is needed. Coordinates are sealed.
#[utoipa::path(operation_id = "task_check_in", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), ActionHeaders), request_body(content = TaskCheckIn),
    responses((status = 200, description = "The arrival was noted.", body = TaskView)))]
#[post("/v1/visit-tasks/{task_id}/check-in")]
pub async fn task_check_in(ctx: Ctx, id: Id<Uuid>, body: Body<TaskCheckIn>) -> Result<Reply> {
    app::task_check_in(&ctx, id.0, body.0).await
}

/// Start the inspection (开始检查).
///
/// Begins the inspection. Rules that block answer 409 `rules_block` with their ids and reasons.
#[utoipa::path(operation_id = "task_start", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), ActionHeaders), request_body(content = ActionNote),
    responses((status = 200, description = "It began.", body = TaskView)))]
#[post("/v1/visit-tasks/{task_id}/start")]
pub async fn task_start(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    app::task_start(&ctx, id.0, body.0).await
}

/// Write the site record (现场检查笔录, ENF-07).
///
/// The inspection is over and recorded; the five working days for the result begin.
#[utoipa::path(operation_id = "task_record", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), ActionHeaders), request_body(content = TaskRecord),
    responses((status = 200, description = "It was recorded.", body = TaskView)))]
#[post("/v1/visit-tasks/{task_id}/record")]
pub async fn task_record(ctx: Ctx, id: Id<Uuid>, body: Body<TaskRecord>) -> Result<Reply> {
    app::task_record(&ctx, id.0, body.0).await
}

/// Nobody was found (查无下落).
///
/// The subject or its premises could not be found; a witness or a video proves it.
#[utoipa::path(operation_id = "task_not_found", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), ActionHeaders), request_body(content = TaskDeadEnd),
    responses((status = 200, description = "It was noted.", body = TaskView)))]
#[post("/v1/visit-tasks/{task_id}/not-found")]
pub async fn task_not_found(ctx: Ctx, id: Id<Uuid>, body: Body<TaskDeadEnd>) -> Result<Reply> {
    app::task_not_found(&ctx, id.0, body.0).await
}

/// The inspection was refused (拒绝检查).
///
/// The subject refused; a witness or a video proves it.
#[utoipa::path(operation_id = "task_refused", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), ActionHeaders), request_body(content = TaskDeadEnd),
    responses((status = 200, description = "It was noted.", body = TaskView)))]
#[post("/v1/visit-tasks/{task_id}/refused")]
pub async fn task_refused(ctx: Ctx, id: Id<Uuid>, body: Body<TaskDeadEnd>) -> Result<Reply> {
    app::task_refused(&ctx, id.0, body.0).await
}

/// Close a task (办结).
///
/// Closes the organ's part: national state `finished`. What is missing answers 409 `close_incomplete`, blocking rules 409 `rules_block`; the visit is closed with its last organ.
#[utoipa::path(operation_id = "task_close", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), ActionHeaders), request_body(content = ActionNote),
    responses((status = 200, description = "It is closed.", body = TaskView)))]
#[post("/v1/visit-tasks/{task_id}/close")]
pub async fn task_close(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    app::task_close(&ctx, id.0, body.0).await
}

/// Report back (反馈).
///
/// Reports what came of a closed task: national state `fed_back`.
#[utoipa::path(operation_id = "task_feed_back", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), ActionHeaders), request_body(content = TaskFeedBack),
    responses((status = 200, description = "It was reported.", body = TaskView)))]
#[post("/v1/visit-tasks/{task_id}/feed-back")]
pub async fn task_feed_back(ctx: Ctx, id: Id<Uuid>, body: Body<TaskFeedBack>) -> Result<Reply> {
    app::task_feed_back(&ctx, id.0, body.0).await
}

/// Replace a member (回避后替换, DRW-04).
///
/// The next in the keyed order takes the place of somebody who cannot go; nobody chooses. It rests on a recusal that holds for
/// the subject on the day and that the caller did not declare, or on the registry's word that the inspector may not inspect on
/// the day, which the head of the organ acts on who did not bring it about; else 409 `replacement_unfounded`.
#[utoipa::path(operation_id = "task_replace_member", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), ActionHeaders), request_body(content = TaskReplaceMember),
    responses((status = 200, description = "The place was taken.", body = TaskView)))]
#[post("/v1/visit-tasks/{task_id}/replace-member")]
pub async fn task_replace_member(ctx: Ctx, id: Id<Uuid>, body: Body<TaskReplaceMember>) -> Result<Reply> {
    app::task_replace_member(&ctx, id.0, body.0).await
}

/// View the history of a task (流转记录).
///
/// The steps of a task with actor, role, reason and rules.
#[utoipa::path(operation_id = "task_history", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task"), PartQuery),
    responses((status = 200, description = "A page of steps.", body = StepPage)))]
#[get("/v1/visit-tasks/{task_id}/history")]
pub async fn task_history(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::task_history(&ctx, id.0, query.0).await
}

/// View the site record (现场检查笔录).
///
/// The site record of a task, the witness masked.
#[utoipa::path(operation_id = "site_record_view", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task")),
    responses((status = 200, description = "The record.", body = SiteRecordView)))]
#[get("/v1/visit-tasks/{task_id}/site-record")]
pub async fn site_record_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::site_record_view(&ctx, id.0).await
}

/// List arrivals (入企记录).
///
/// The arrivals of a task; coordinates are for the organ itself and for oversight.
#[utoipa::path(operation_id = "check_in_list", tag = "visit-tasks",
    params(("task_id" = Uuid, Path, description = "Id of the task")),
    responses((status = 200, description = "The arrivals.", body = CheckInList)))]
#[get("/v1/visit-tasks/{task_id}/check-ins")]
pub async fn check_in_list(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::check_in_list(&ctx, id.0).await
}
