//! Handlers: transcripts and proofs of draws (抽取证明).

use crate::api::draw_proof::{DrawProof, DrawProofQuery, DrawRecompute, DrawRecomputed, DrawTranscriptQuery};
use crate::app::draw_proof as app;
use actix_web::{get, post};
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(draw_transcript).service(draw_proof).service(draw_recompute);
}

/// All inputs and results of a draw in one canonical document, which `lianjian draw verify` proves offline (抽取全过程记录).
///
/// The format is `lianjian/draw-transcript/1`. The full part also opens the commitments of natural persons.
#[utoipa::path(operation_id = "draw_transcript", tag = "draws", summary = "Transcript of a draw",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), DrawTranscriptQuery),
    responses((status = 200, description = "The transcript.", body = Object)))]
#[get("/v1/draws/{draw_id}/transcript")]
pub async fn draw_transcript(ctx: Ctx, id: Id<Uuid>, query: Query<DrawTranscriptQuery>) -> Result<Reply> {
    app::draw_transcript(&ctx, id.0, query.0).await
}

/// What one subject needs to check itself with one keyed hash (自证).
#[utoipa::path(operation_id = "draw_proof", tag = "draws", summary = "Proof for one subject",
    params(("draw_id" = Uuid, Path, description = "Id of the draw"), DrawProofQuery),
    responses((status = 200, description = "The proof.", body = DrawProof)))]
#[get("/v1/draws/{draw_id}/proof")]
pub async fn draw_proof(ctx: Ctx, id: Id<Uuid>, query: Query<DrawProofQuery>) -> Result<Reply> {
    app::draw_proof(&ctx, id.0, query.0).await
}

/// Repeats one stratum from the protocol's inputs; nothing is read or stored (复算).
#[utoipa::path(operation_id = "draw_recompute", tag = "draws", summary = "Repeat a draw",
    request_body(content = DrawRecompute), extensions(("x-safe" = json!(true))),
    responses((status = 200, description = "Every value of the protocol.", body = DrawRecomputed)))]
#[post("/v1/draw-recomputations")]
pub async fn draw_recompute(ctx: Ctx, body: Body<DrawRecompute>) -> Result<Reply> {
    app::draw_recompute(&ctx, body.0).await
}
