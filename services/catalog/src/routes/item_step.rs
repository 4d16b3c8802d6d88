//! Handlers of an item's steps, in the order of a life.

use crate::api::item::ItemView;
use crate::api::item_step::{
    ItemDecide, ItemPartQuery, ItemPublish, ItemSuspend, StepHeaders, StepNote, StepReason, TransitionPage,
};
use crate::app::item_step as app;
use actix_web::{get, post};
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// Submit an item (提交).
///
/// Hands a draft or a change in; each cooperating department has five working days to answer.
#[utoipa::path(operation_id = "item_submit", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = StepNote),
    responses((status = 200, description = "It was handed in.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/submit")]
pub async fn item_submit(ctx: Ctx, id: Id<Uuid>, body: Body<StepNote>) -> Result<Reply> {
    app::item_submit(&ctx, id.0, body.0).await
}

/// Confirm an item (配合部门确认).
///
/// The caller's cooperating department agrees; with the last of them the legal review begins.
#[utoipa::path(operation_id = "item_confirm", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = StepNote),
    responses((status = 200, description = "The answer was noted.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/confirm")]
pub async fn item_confirm(ctx: Ctx, id: Id<Uuid>, body: Body<StepNote>) -> Result<Reply> {
    app::item_confirm(&ctx, id.0, body.0).await
}

/// Refuse an item (配合部门提出异议).
///
/// The caller's cooperating department refuses; staffing and legal have ten working days to settle it.
#[utoipa::path(operation_id = "item_refuse", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = StepReason),
    responses((status = 200, description = "The item is in dispute.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/refuse")]
pub async fn item_refuse(ctx: Ctx, id: Id<Uuid>, body: Body<StepReason>) -> Result<Reply> {
    app::item_refuse(&ctx, id.0, body.0).await
}

/// Settle a dispute (职责争议裁定).
///
/// Staffing or legal signs the settlement of a dispute; it takes effect when both have signed the same.
#[utoipa::path(operation_id = "item_decide", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = ItemDecide),
    responses((status = 200, description = "The signature was noted.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/decide")]
pub async fn item_decide(ctx: Ctx, id: Id<Uuid>, body: Body<ItemDecide>) -> Result<Reply> {
    app::item_decide(&ctx, id.0, body.0).await
}

/// Pass the legal review (合法性审核通过).
#[utoipa::path(operation_id = "item_legal_pass", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = StepNote),
    responses((status = 200, description = "It was passed.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/legal-pass")]
pub async fn item_legal_pass(ctx: Ctx, id: Id<Uuid>, body: Body<StepNote>) -> Result<Reply> {
    app::item_legal_pass(&ctx, id.0, body.0).await
}

/// Return from the legal review (合法性审核退回).
///
/// Sends an item back from the legal review for another draft.
#[utoipa::path(operation_id = "item_legal_return", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = StepReason),
    responses((status = 200, description = "It was sent back.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/legal-return")]
pub async fn item_legal_return(ctx: Ctx, id: Id<Uuid>, body: Body<StepReason>) -> Result<Reply> {
    app::item_legal_return(&ctx, id.0, body.0).await
}

/// Accept an item (组织部门批准).
///
/// Accepts an item for the organiser.
#[utoipa::path(operation_id = "item_accept", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = StepNote),
    responses((status = 200, description = "It was accepted.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/accept")]
pub async fn item_accept(ctx: Ctx, id: Id<Uuid>, body: Body<StepNote>) -> Result<Reply> {
    app::item_accept(&ctx, id.0, body.0).await
}

/// Return from the organiser's review (组织部门退回).
///
/// Sends an item back from the organiser's review for another draft.
#[utoipa::path(operation_id = "item_organiser_return", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = StepReason),
    responses((status = 200, description = "It was sent back.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/organiser-return")]
pub async fn item_organiser_return(ctx: Ctx, id: Id<Uuid>, body: Body<StepReason>) -> Result<Reply> {
    app::item_organiser_return(&ctx, id.0, body.0).await
}

/// Publish an item (公布).
///
/// Publishes an approved item as its next version; the version before ends where this one begins.
#[utoipa::path(operation_id = "item_publish", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = ItemPublish),
    responses((status = 200, description = "It was published.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/publish")]
pub async fn item_publish(ctx: Ctx, id: Id<Uuid>, body: Body<ItemPublish>) -> Result<Reply> {
    app::item_publish(&ctx, id.0, body.0).await
}

/// Propose a change (提出修订).
///
/// Opens a change of a public item; the published version stays valid.
#[utoipa::path(operation_id = "item_propose_change", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = StepReason),
    responses((status = 200, description = "The change is open.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/propose-change")]
pub async fn item_propose_change(ctx: Ctx, id: Id<Uuid>, body: Body<StepReason>) -> Result<Reply> {
    app::item_propose_change(&ctx, id.0, body.0).await
}

/// Abandon a change (放弃修订).
///
/// Drops an open change; the content is that of the published version again.
#[utoipa::path(operation_id = "item_abandon_change", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = StepNote),
    responses((status = 200, description = "The change was dropped.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/abandon-change")]
pub async fn item_abandon_change(ctx: Ctx, id: Id<Uuid>, body: Body<StepNote>) -> Result<Reply> {
    app::item_abandon_change(&ctx, id.0, body.0).await
}

/// Suspend an item (暂停).
///
/// Stops the use of a public item whose legal basis was changed or repealed.
#[utoipa::path(operation_id = "item_suspend", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = ItemSuspend),
    responses((status = 200, description = "It was suspended.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/suspend")]
pub async fn item_suspend(ctx: Ctx, id: Id<Uuid>, body: Body<ItemSuspend>) -> Result<Reply> {
    app::item_suspend(&ctx, id.0, body.0).await
}

/// Resume an item (恢复).
///
/// Takes a suspended item up again as a new version with the same content.
#[utoipa::path(operation_id = "item_resume", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = StepReason),
    responses((status = 200, description = "It was resumed.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/resume")]
pub async fn item_resume(ctx: Ctx, id: Id<Uuid>, body: Body<StepReason>) -> Result<Reply> {
    app::item_resume(&ctx, id.0, body.0).await
}

/// Withdraw an item (撤销).
///
/// Takes an item off for good.
#[utoipa::path(operation_id = "item_withdraw", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), StepHeaders), request_body(content = StepReason),
    responses((status = 200, description = "It was withdrawn.", body = ItemView)))]
#[post("/v1/supervision-items/{item_id}/withdraw")]
pub async fn item_withdraw(ctx: Ctx, id: Id<Uuid>, body: Body<StepReason>) -> Result<Reply> {
    app::item_withdraw(&ctx, id.0, body.0).await
}

/// View the history of an item (流转记录).
///
/// The steps of an item with actor, role, reason and clock.
#[utoipa::path(operation_id = "item_history", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), ItemPartQuery),
    responses((status = 200, description = "A page of steps.", body = TransitionPage)))]
#[get("/v1/supervision-items/{item_id}/history")]
pub async fn item_history(ctx: Ctx, id: Id<Uuid>, query: Query<ItemPartQuery>) -> Result<Reply> {
    app::item_history(&ctx, id.0, query.0).await
}
