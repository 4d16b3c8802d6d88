//! Handlers: what the public reads without an account (公众查询). Visit codes and ratings are in their own modules.

use crate::api::public::{
    PublicDrawPage, PublicDrawQuery, PublicDrawView, PublicResultPage, PublicResultQuery, PublicResultView,
    PublicTranscript,
};
use crate::app::public as app;
use actix_web::{HttpRequest, HttpResponse, get};
use service_kit::error::Problem;
use service_kit::service::ServiceConfig;
use service_kit::{Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(public_result_list)
        .service(public_result_view)
        .service(public_draw_list)
        .service(public_draw_view)
        .service(public_draw_transcript);
}

/// Published results (检查结果公示).
///
/// Published results of inspections, the newest first; needs no account.
#[utoipa::path(operation_id = "public_result_list", tag = "public",
    params(PublicResultQuery),
    responses((status = 200, description = "A page of results.", body = PublicResultPage)))]
#[get("/v1/public/results")]
pub async fn public_result_list(ctx: Ctx, query: Query<PublicResultQuery>) -> Result<Reply> {
    app::public_result_list(&ctx, query.0).await
}

/// A published result (检查结果公示).
///
/// One published result; one that was withdrawn, corrected, stopped or is over answers 410 and says which.
#[utoipa::path(operation_id = "public_result_view", tag = "public",
    params(("record_id" = Uuid, Path, description = "Id of the publicity record")),
    responses((status = 200, description = "The result.", body = PublicResultView),
        (status = 410, description = "It was public and is not any more; `Link` names what took its place.",
            body = Problem, content_type = "application/problem+json")))]
#[get("/v1/public/results/{record_id}")]
pub async fn public_result_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::public_result_view(&ctx, id.0).await
}

/// Public draws (双随机抽取公示).
///
/// Draws from the freezing of their frame on: roots and commitments are public before the entropy is.
#[utoipa::path(operation_id = "public_draw_list", tag = "public",
    params(PublicDrawQuery),
    responses((status = 200, description = "A page of draws.", body = PublicDrawPage)))]
#[get("/v1/public/draws")]
pub async fn public_draw_list(ctx: Ctx, query: Query<PublicDrawQuery>) -> Result<Reply> {
    app::public_draw_list(&ctx, query.0).await
}

/// A public draw (双随机抽取公示).
///
/// One draw, with all that is fixed before its entropy is known; once it is published, its transcript lets anybody recompute it.
#[utoipa::path(operation_id = "public_draw_view", tag = "public",
    params(("draw_id" = Uuid, Path, description = "Id of the draw")),
    responses((status = 200, description = "The draw.", body = PublicDrawView)))]
#[get("/v1/public/draws/{draw_id}")]
pub async fn public_draw_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::public_draw_view(&ctx, id.0).await
}

/// Transcript of a public draw (抽取记录).
///
/// The public part of the transcript of a draw that is published, or that was made void after its entropy was known; `lianjian draw verify` recomputes it offline.
#[utoipa::path(operation_id = "public_draw_transcript", tag = "public",
    params(("draw_id" = Uuid, Path, description = "Id of the draw")),
    responses((status = 200, description = "The transcript, in its canonical form.", body = PublicTranscript)))]
#[get("/v1/public/draws/{draw_id}/transcript")]
pub async fn public_draw_transcript(ctx: Ctx, req: HttpRequest, id: Id<Uuid>) -> Result<HttpResponse> {
    app::public_draw_transcript(&ctx, &req, id.0).await
}
