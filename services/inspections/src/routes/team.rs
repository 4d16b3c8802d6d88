//! Handlers: teams of inspectors for drawn visits (随机匹配检查人员).

use crate::api::draw::DrawView;
use crate::api::step::{ActionHeaders, ActionNote};
use crate::api::team::DrawInspectorList;
use crate::app::team as app;
use actix_web::{get, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(draw_inspector_list).service(draw_assign);
}

/// Pool of inspectors of a draw (参与匹配的执法检查人员).
///
/// The inspectors from whom teams are drawn, frozen with the frame.
#[utoipa::path(operation_id = "draw_inspector_list", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw")),
    responses((status = 200, description = "The pool.", body = DrawInspectorList)))]
#[get("/v1/draws/{draw_id}/inspectors")]
pub async fn draw_inspector_list(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::draw_inspector_list(&ctx, id.0).await
}

/// Assign inspectors (随机匹配检查人员).
///
/// Draws a team of each organ for every visit and creates the visits.
///
/// Where no lawful team exists the answer names organ, visit and the missing thing, and nothing is stored.
#[utoipa::path(operation_id = "draw_assign", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "Every visit is staffed.", body = DrawView)))]
#[post("/v1/draws/{draw_id}/assign")]
pub async fn draw_assign(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    app::draw_assign(&ctx, id.0, body.0).await
}
