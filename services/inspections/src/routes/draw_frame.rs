//! Handlers: frames, strata and exclusions of draws (抽查对象库).

use crate::api::draw::DrawView;
use crate::api::draw_frame::{
    DrawExclusionAdd, DrawExclusionPage, DrawFrameAdd, DrawFramePage, DrawFrameQuery,
};
use crate::api::step::{ActionHeaders, ActionNote, PartQuery};
use crate::app::draw_frame as app;
use crate::config::Config;
use actix_web::web::Data;
use actix_web::{get, post};
use service_kit::error::Problem;
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(draw_frame_list)
        .service(draw_frame_add)
        .service(draw_frame_fill)
        .service(draw_exclusion_list)
        .service(draw_exclusion_add)
        .service(draw_freeze);
}

/// List a frozen frame (抽查对象库).
///
/// A frozen frame in byte order.
#[utoipa::path(operation_id = "draw_frame_list", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), DrawFrameQuery),
    responses((status = 200, description = "A page of ids.", body = DrawFramePage),
        (status = 409, description = "The frame is not frozen yet (`frame_open`).", body = Problem,
            content_type = "application/problem+json")))]
#[get("/v1/draws/{draw_id}/frame")]
pub async fn draw_frame_list(ctx: Ctx, id: Id<Uuid>, query: Query<DrawFrameQuery>) -> Result<Reply> {
    app::draw_frame_list(&ctx, id.0, query.0).await
}

/// Add ids to a frame (上传抽查对象).
///
/// Adds ids to a stratum; a large frame comes in several parts. Every refused id is told with its place.
#[utoipa::path(operation_id = "draw_frame_add", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = DrawFrameAdd),
    responses((status = 200, description = "They were added.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/frame")]
pub async fn draw_frame_add(
    ctx: Ctx,
    config: Data<Config>,
    id: Id<Uuid>,
    body: Body<DrawFrameAdd>,
) -> Result<Reply> {
    app::draw_frame_add(&ctx, &config, id.0, body.0).await
}

/// Fill a frame from the registry (从名录库生成抽查对象).
///
/// Fills all strata from the registry by the filters of plan and strata.
#[utoipa::path(operation_id = "draw_frame_fill", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It is filled.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/frame/from-registry")]
pub async fn draw_frame_fill(
    ctx: Ctx,
    config: Data<Config>,
    id: Id<Uuid>,
    body: Body<ActionNote>,
) -> Result<Reply> {
    app::draw_frame_fill(&ctx, &config, id.0, body.0).await
}

/// List exclusions (排除对象).
///
/// Subjects left out of the frame, each with its reason.
#[utoipa::path(operation_id = "draw_exclusion_list", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), PartQuery),
    responses((status = 200, description = "A page of exclusions.", body = DrawExclusionPage)))]
#[get("/v1/draws/{draw_id}/exclusions")]
pub async fn draw_exclusion_list(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::draw_exclusion_list(&ctx, id.0, query.0).await
}

/// Exclude subjects (排除对象).
///
/// Leaves subjects out of the frame, each with a reason of rule DRW-03.
#[utoipa::path(operation_id = "draw_exclusion_add", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = DrawExclusionAdd),
    responses((status = 200, description = "They are excluded.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/exclusions")]
pub async fn draw_exclusion_add(ctx: Ctx, id: Id<Uuid>, body: Body<DrawExclusionAdd>) -> Result<Reply> {
    app::draw_exclusion_add(&ctx, id.0, body.0).await
}

/// Freeze the frame (冻结抽查对象库).
///
/// Freezes the frame and publishes the roots of its strata; the pool of inspectors is frozen with it.
#[utoipa::path(operation_id = "draw_freeze", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It is frozen.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/freeze")]
pub async fn draw_freeze(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    app::draw_freeze(&ctx, id.0, body.0).await
}
