//! Handlers: draws and their steps (双随机抽取), in the order of a life.

use crate::api::draw::{
    DrawCreate, DrawEntropyFix, DrawListQuery, DrawNonceCommit, DrawNonceReveal, DrawPage, DrawPickPage,
    DrawReplace, DrawReplaceRequest, DrawView,
};
use crate::api::step::{ActionHeaders, ActionNote, ActionReason, PartQuery, StepPage};
use crate::app::draw as app;
use crate::app::draw::{replace, step};
use actix_web::{get, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
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
        .service(draw_replace_request)
        .service(draw_replace)
        .service(draw_publish)
        .service(draw_void_request)
        .service(draw_void)
        .service(draw_pick_list)
        .service(draw_history);
}

/// List draws (随机抽取).
///
/// Draws of the caller's department, or of all for district-wide roles.
#[utoipa::path(operation_id = "draw_list", tag = "draws", params(DrawListQuery),
    responses((status = 200, description = "A page of draws.", body = DrawPage)))]
#[get("/v1/draws")]
pub async fn draw_list(ctx: Ctx, query: Query<DrawListQuery>) -> Result<Reply> {
    app::draw_list(&ctx, query.0).await
}

/// Add a draw (新建抽取).
///
/// Adds a draw with its strata, organs and the sources of entropy, all named beforehand. A plan is drawn once for the same
/// days; a draw in place of a void one names it.
#[utoipa::path(operation_id = "draw_create", tag = "draws",
    request_body(content = DrawCreate),
    responses((status = 201, description = "It was added; its frame is open.", body = DrawView)))]
#[post("/v1/draws")]
pub async fn draw_create(ctx: Ctx, body: Body<DrawCreate>) -> Result<Reply> {
    app::draw_create(&ctx, body.0).await
}

/// View a draw (随机抽取).
///
/// One draw with strata, sources and organs; the seed only after the draw.
#[utoipa::path(operation_id = "draw_view", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw")),
    responses((status = 200, description = "The draw.", body = DrawView)))]
#[get("/v1/draws/{draw_id}")]
pub async fn draw_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::draw_view(&ctx, id.0).await
}

/// Commit to a nonce (承诺随机数).
///
/// The caller's department commits to its nonce, before the seed is committed to.
#[utoipa::path(operation_id = "draw_nonce_commit", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = DrawNonceCommit),
    responses((status = 200, description = "It was noted.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/nonce-commitments")]
pub async fn draw_nonce_commit(ctx: Ctx, id: Id<Uuid>, body: Body<DrawNonceCommit>) -> Result<Reply> {
    step::draw_nonce_commit(&ctx, id.0, body.0).await
}

/// Commit to the seed (公布承诺).
///
/// Makes the secret seed and publishes its commitment, the declared sources and the parameters, before the entropy moment.
#[utoipa::path(operation_id = "draw_commit", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It is committed.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/commit")]
pub async fn draw_commit(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::draw_commit(&ctx, id.0, body.0).await
}

/// Reveal a nonce (揭示随机数).
///
/// The caller's department reveals the nonce it committed to.
#[utoipa::path(operation_id = "draw_nonce_reveal", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = DrawNonceReveal),
    responses((status = 200, description = "It was noted.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/nonce-reveals")]
pub async fn draw_nonce_reveal(ctx: Ctx, id: Id<Uuid>, body: Body<DrawNonceReveal>) -> Result<Reply> {
    step::draw_nonce_reveal(&ctx, id.0, body.0).await
}

/// Fix the public entropy (确定公共熵).
///
/// Fixes the public entropy, after its moment and when every nonce was revealed or the time for that is over; nonces not
/// revealed are replaced by the hash of their commitments.
#[utoipa::path(operation_id = "draw_entropy_fix", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = DrawEntropyFix),
    responses((status = 200, description = "It is fixed.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/entropy")]
pub async fn draw_entropy_fix(ctx: Ctx, id: Id<Uuid>, body: Body<DrawEntropyFix>) -> Result<Reply> {
    step::draw_entropy_fix(&ctx, id.0, body.0).await
}

/// Draw the subjects (抽取).
///
/// Draws the subjects of every stratum and reveals the seed.
#[utoipa::path(operation_id = "draw_run", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "They are drawn.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/run")]
pub async fn draw_run(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::draw_run(&ctx, id.0, body.0).await
}

/// Ask for a replacement (申请递补).
///
/// Asks that a drawn subject be given up for the next score; another person decides. Refuses `deregistered` for one in being.
#[utoipa::path(operation_id = "draw_replace_request", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = DrawReplaceRequest),
    responses((status = 200, description = "It was asked for.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/replace-request")]
pub async fn draw_replace_request(ctx: Ctx, id: Id<Uuid>, body: Body<DrawReplaceRequest>) -> Result<Reply> {
    replace::draw_replace_request(&ctx, id.0, body.0).await
}

/// Replace a drawn subject (递补).
///
/// Gives the place of a drawn subject to the next score, as another person asked; nobody chooses who follows. One that the
/// registry says is gone needs no request.
#[utoipa::path(operation_id = "draw_replace", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = DrawReplace),
    responses((status = 200, description = "The next one has the place.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/replace")]
pub async fn draw_replace(ctx: Ctx, id: Id<Uuid>, body: Body<DrawReplace>) -> Result<Reply> {
    replace::draw_replace(&ctx, id.0, body.0).await
}

/// Publish a draw (公布抽取结果).
///
/// Publishes the transcript without personal data, by another person than the one who drew; its digest is fixed.
#[utoipa::path(operation_id = "draw_publish", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It is public.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/publish")]
pub async fn draw_publish(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::draw_publish(&ctx, id.0, body.0).await
}

/// Ask that a draw be void (申请作废).
///
/// Asks that a draw be void; another person decides.
#[utoipa::path(operation_id = "draw_void_request", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionReason),
    responses((status = 200, description = "It was asked for.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/void-request")]
pub async fn draw_void_request(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    step::draw_void_request(&ctx, id.0, body.0).await
}

/// Make a draw void (批准作废).
///
/// Makes a draw void, as a second person; it is kept, and another one may be linked to it.
#[utoipa::path(operation_id = "draw_void", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It is void.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/void")]
pub async fn draw_void(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    step::draw_void(&ctx, id.0, body.0).await
}

/// List picks (抽取结果).
///
/// The drawn subjects and those that follow, by stratum and score.
#[utoipa::path(operation_id = "draw_pick_list", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), PartQuery),
    responses((status = 200, description = "A page of picks.", body = DrawPickPage)))]
#[get("/v1/draws/{draw_id}/picks")]
pub async fn draw_pick_list(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::draw_pick_list(&ctx, id.0, query.0).await
}

/// Steps of a draw (流转记录).
#[utoipa::path(operation_id = "draw_history", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), PartQuery),
    responses((status = 200, description = "A page of steps.", body = StepPage)))]
#[get("/v1/draws/{draw_id}/history")]
pub async fn draw_history(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::draw_history(&ctx, id.0, query.0).await
}
