//! Handlers: draws and their steps (双随机抽取), in the order of a life.

use crate::api::draw::{
    DrawCreate, DrawEntropyFix, DrawListQuery, DrawNonceCommit, DrawNonceReveal, DrawPage, DrawPickPage,
    DrawReplace, DrawView,
};
use crate::api::step::{ActionHeaders, ActionNote, ActionReason, PartQuery, StepPage};
use crate::app::draw as app;
use crate::app::draw::step;
use actix_web::{get, post};
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(draw_list)
        .service(draw_create)
        .service(draw_view)
        .service(draw_nonce_commit)
        .service(draw_commit)
        .service(draw_nonce_reveal)
        .service(draw_entropy_fix)
        .service(draw_run)
        .service(draw_replace)
        .service(draw_publish)
        .service(draw_void_request)
        .service(draw_void)
        .service(draw_pick_list)
        .service(draw_history);
}

/// Draws of the caller's department, or of all for district-wide roles (随机抽取).
#[utoipa::path(operation_id = "draw_list", tag = "draws", summary = "List draws", params(DrawListQuery),
    responses((status = 200, description = "A page of draws.", body = DrawPage)))]
#[get("/v1/draws")]
pub async fn draw_list(ctx: Ctx, query: Query<DrawListQuery>) -> Result<Reply> {
    app::draw_list(&ctx, query.0).await
}

/// Adds a draw with its strata, organs and the sources of entropy, all named beforehand (新建抽取).
#[utoipa::path(operation_id = "draw_create", tag = "draws", summary = "Add a draw",
    request_body(content = DrawCreate),
    responses((status = 201, description = "It was added; its frame is open.", body = DrawView)))]
#[post("/v1/draws")]
pub async fn draw_create(ctx: Ctx, body: Body<DrawCreate>) -> Result<Reply> {
    app::draw_create(&ctx, body.0).await
}

/// One draw with strata, sources and organs; the seed only after the draw (随机抽取).
#[utoipa::path(operation_id = "draw_view", tag = "draws", summary = "View a draw",
    params(("draw_id" = Uuid, Path, description = "Id of the draw")),
    responses((status = 200, description = "The draw.", body = DrawView)))]
#[get("/v1/draws/{draw_id}")]
pub async fn draw_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::draw_view(&ctx, id.0).await
}

/// The caller's department commits to its nonce, before the seed is committed to (承诺随机数).
#[utoipa::path(operation_id = "draw_nonce_commit", tag = "draws", summary = "Commit to a nonce",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = DrawNonceCommit),
    responses((status = 200, description = "It was noted.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/nonce-commitments")]
pub async fn draw_nonce_commit(ctx: Ctx, id: Id<Uuid>, body: Body<DrawNonceCommit>) -> Result<Reply> {
    step::draw_nonce_commit(&ctx, id.0, body.0).await
}

/// Makes the secret seed and publishes its commitment, the declared sources and the parameters, before the entropy moment
/// (公布承诺).
#[utoipa::path(operation_id = "draw_commit", tag = "draws", summary = "Commit to the seed",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It is committed.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/commit")]
pub async fn draw_commit(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::draw_commit(&ctx, id.0, body.0).await
}

/// The caller's department reveals the nonce it committed to (揭示随机数).
#[utoipa::path(operation_id = "draw_nonce_reveal", tag = "draws", summary = "Reveal a nonce",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = DrawNonceReveal),
    responses((status = 200, description = "It was noted.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/nonce-reveals")]
pub async fn draw_nonce_reveal(ctx: Ctx, id: Id<Uuid>, body: Body<DrawNonceReveal>) -> Result<Reply> {
    step::draw_nonce_reveal(&ctx, id.0, body.0).await
}

/// Fixes the public entropy, after its moment; nonces not revealed are replaced by the hash of their commitments (确定公共熵).
#[utoipa::path(operation_id = "draw_entropy_fix", tag = "draws", summary = "Fix the public entropy",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = DrawEntropyFix),
    responses((status = 200, description = "It is fixed.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/entropy")]
pub async fn draw_entropy_fix(ctx: Ctx, id: Id<Uuid>, body: Body<DrawEntropyFix>) -> Result<Reply> {
    step::draw_entropy_fix(&ctx, id.0, body.0).await
}

/// Draws the subjects of every stratum and reveals the seed (抽取).
#[utoipa::path(operation_id = "draw_run", tag = "draws", summary = "Draw the subjects",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "They are drawn.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/run")]
pub async fn draw_run(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::draw_run(&ctx, id.0, body.0).await
}

/// Gives the place of a drawn subject to the next score; nobody chooses who follows (递补).
#[utoipa::path(operation_id = "draw_replace", tag = "draws", summary = "Replace a drawn subject",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = DrawReplace),
    responses((status = 200, description = "The next one has the place.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/replace")]
pub async fn draw_replace(ctx: Ctx, id: Id<Uuid>, body: Body<DrawReplace>) -> Result<Reply> {
    step::draw_replace(&ctx, id.0, body.0).await
}

/// Publishes the transcript without personal data; its digest is fixed (公布抽取结果).
#[utoipa::path(operation_id = "draw_publish", tag = "draws", summary = "Publish a draw",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It is public.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/publish")]
pub async fn draw_publish(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::draw_publish(&ctx, id.0, body.0).await
}

/// Asks that a draw be void; another person decides (申请作废).
#[utoipa::path(operation_id = "draw_void_request", tag = "draws", summary = "Ask that a draw be void",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionReason),
    responses((status = 200, description = "It was asked for.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/void-request")]
pub async fn draw_void_request(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    step::draw_void_request(&ctx, id.0, body.0).await
}

/// Makes a draw void, as a second person; it is kept, and another one may be linked to it (批准作废).
#[utoipa::path(operation_id = "draw_void", tag = "draws", summary = "Make a draw void",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It is void.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/void")]
pub async fn draw_void(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::draw_void(&ctx, id.0, body.0).await
}

/// The drawn subjects and those that follow, by stratum and score (抽取结果).
#[utoipa::path(operation_id = "draw_pick_list", tag = "draws", summary = "List picks",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), PartQuery),
    responses((status = 200, description = "A page of picks.", body = DrawPickPage)))]
#[get("/v1/draws/{draw_id}/picks")]
pub async fn draw_pick_list(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::draw_pick_list(&ctx, id.0, query.0).await
}

/// The steps of a draw (流转记录).
#[utoipa::path(operation_id = "draw_history", tag = "draws", summary = "Steps of a draw",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), PartQuery),
    responses((status = 200, description = "A page of steps.", body = StepPage)))]
#[get("/v1/draws/{draw_id}/history")]
pub async fn draw_history(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::draw_history(&ctx, id.0, query.0).await
}
