//! Handlers: recusals: declarations, requests, decisions (回避).

use crate::api::recusal::{RecusalCreate, RecusalDecide, RecusalListQuery, RecusalPage, RecusalView};
use crate::api::step::{ActionHeaders, ActionNote, PartQuery, StepPage};
use crate::app::recusal as app;
use actix_web::{get, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(recusal_list)
        .service(recusal_create)
        .service(recusal_view)
        .service(recusal_decide)
        .service(recusal_withdraw)
        .service(recusal_history);
}

/// List recusals (回避登记).
///
/// Recusals of the inspectors of the caller's organ.
#[utoipa::path(operation_id = "recusal_list", tag = "recusals",
    params(RecusalListQuery),
    responses((status = 200, description = "A page of recusals.", body = RecusalPage)))]
#[get("/v1/recusals")]
pub async fn recusal_list(ctx: Ctx, query: Query<RecusalListQuery>) -> Result<Reply> {
    app::recusal_list(&ctx, query.0).await
}

/// Enter a recusal (回避申报、申请).
///
/// Enters an inspector's own declaration, in force at once, or a subject's request. Inspectors declare for themselves; who
/// keeps the registry enters it for others.
#[utoipa::path(operation_id = "recusal_create", tag = "recusals",
    request_body(content = RecusalCreate),
    responses((status = 201, description = "It was entered.", body = RecusalView)))]
#[post("/v1/recusals")]
pub async fn recusal_create(ctx: Ctx, body: Body<RecusalCreate>) -> Result<Reply> {
    app::recusal_create(&ctx, body.0).await
}

/// View a recusal (回避).
#[utoipa::path(operation_id = "recusal_view", tag = "recusals",
    params(("recusal_id" = Uuid, Path, description = "Id of the recusal")),
    responses((status = 200, description = "The recusal.", body = RecusalView)))]
#[get("/v1/recusals/{recusal_id}")]
pub async fn recusal_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::recusal_view(&ctx, id.0).await
}

/// Decide a recusal (回避决定).
///
/// The head of the inspector's organ decides, who neither raised it nor is whom it is about; a declaration ends by this
/// decision alone. The inspection is not suspended meanwhile.
#[utoipa::path(operation_id = "recusal_decide", tag = "recusals",
    params(("recusal_id" = Uuid, Path, description = "Id of the recusal"), ActionHeaders),
    request_body(content = RecusalDecide),
    responses((status = 200, description = "It was decided.", body = RecusalView)))]
#[post("/v1/recusals/{recusal_id}/decide")]
pub async fn recusal_decide(ctx: Ctx, id: Id<Uuid>, body: Body<RecusalDecide>) -> Result<Reply> {
    app::recusal_decide(&ctx, id.0, body.0).await
}

/// Withdraw a request for recusal (撤回回避申请).
///
/// Takes a party's request back that is not decided yet: who entered it, with the party's withdrawal in `documents`, and never
/// the inspector it is about. A declaration is not withdrawn: the head of the organ decides whether it ends.
#[utoipa::path(operation_id = "recusal_withdraw", tag = "recusals",
    params(("recusal_id" = Uuid, Path, description = "Id of the recusal"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It was withdrawn.", body = RecusalView)))]
#[post("/v1/recusals/{recusal_id}/withdraw")]
pub async fn recusal_withdraw(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    app::recusal_withdraw(&ctx, id.0, body.0).await
}

/// History of a recusal (流转记录).
///
/// Steps in the life of a recusal.
#[utoipa::path(operation_id = "recusal_history", tag = "recusals",
    params(("recusal_id" = Uuid, Path, description = "Id of the recusal"), PartQuery),
    responses((status = 200, description = "A page of steps.", body = StepPage)))]
#[get("/v1/recusals/{recusal_id}/history")]
pub async fn recusal_history(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::recusal_history(&ctx, id.0, query.0).await
}
