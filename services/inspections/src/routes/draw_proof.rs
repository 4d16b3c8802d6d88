//! Handlers: transcripts and proofs of draws (抽取证明).

use crate::api::draw_proof::{DrawProof, DrawProofQuery, DrawRecompute, DrawRecomputed, DrawTranscriptQuery};
use crate::app::draw_proof as app;
use actix_web::{get, post};
use service_kit::error::Problem;
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(draw_transcript).service(draw_proof).service(draw_recompute);
}

/// Transcript of a draw (抽取全过程记录).
///
/// All inputs and results of a draw in one canonical document, which `lianjian draw verify` proves offline.
///
/// The format is `lianjian/draw-transcript/1`. The full part also opens the commitments of natural persons: for the
/// lead department, with a reason; every reading is logged and no answer is kept by caches.
#[utoipa::path(operation_id = "draw_transcript", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), DrawTranscriptQuery),
    responses((status = 200, description = "The transcript.", body = Object),
        (status = 409, description = "Nothing is drawn yet (`not_drawn`).", body = Problem,
            content_type = "application/problem+json")))]
#[get("/v1/draws/{draw_id}/transcript")]
pub async fn draw_transcript(ctx: Ctx, id: Id<Uuid>, query: Query<DrawTranscriptQuery>) -> Result<Reply> {
    app::draw_transcript(&ctx, id.0, query.0).await
}

/// Proof for one subject (自证).
///
/// What one subject needs to check itself with one keyed hash.
#[utoipa::path(operation_id = "draw_proof", tag = "draws",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), DrawProofQuery),
    responses((status = 200, description = "The proof.", body = DrawProof),
        (status = 409, description = "Nothing is drawn yet (`not_drawn`).", body = Problem,
            content_type = "application/problem+json")))]
#[get("/v1/draws/{draw_id}/proof")]
pub async fn draw_proof(ctx: Ctx, id: Id<Uuid>, query: Query<DrawProofQuery>) -> Result<Reply> {
    app::draw_proof(&ctx, id.0, query.0).await
}

/// Repeat a draw (复算).
///
/// Repeats one stratum from the protocol's inputs; nothing is read or stored.
#[utoipa::path(operation_id = "draw_recompute", tag = "draws",
    request_body(content = DrawRecompute), extensions(("x-safe" = json!(true))),
    responses((status = 200, description = "Every value of the protocol.", body = DrawRecomputed)))]
#[post("/v1/draw-recomputations")]
pub async fn draw_recompute(ctx: Ctx, body: Body<DrawRecompute>) -> Result<Reply> {
    app::draw_recompute(&ctx, body.0).await
}
