//! Handlers: evidence, its custody and its recognition by other organs (证据).

use crate::api::evidence::{
    CustodyCreate, CustodyPage, CustodyView, EvidenceCreateQuery, EvidenceFile, EvidenceListQuery,
    EvidenceOfferCreate, EvidenceOfferListQuery, EvidenceOfferPage, EvidenceOfferView, EvidenceOffers,
    EvidencePage, EvidenceView,
};
use crate::api::step::{ActionHeaders, ActionNote, ActionReason, PartQuery};
use crate::app::evidence as app;
use crate::files::FileStore;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, get, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(evidence_list)
        .service(evidence_create)
        .service(evidence_view)
        .service(evidence_content)
        .service(evidence_custody_list)
        .service(evidence_custody_create)
        .service(evidence_offer)
        .service(evidence_offer_list)
        .service(evidence_offer_view)
        .service(evidence_offer_accept)
        .service(evidence_offer_refuse);
}

/// List evidence (证据清单).
///
/// Evidence of the caller's organ; district-wide roles see all. What others offer is under `/v1/evidence-offers`.
#[utoipa::path(operation_id = "evidence_list", tag = "evidence",
    params(EvidenceListQuery),
    responses((status = 200, description = "A page of evidence.", body = EvidencePage)))]
#[get("/v1/evidence")]
pub async fn evidence_list(ctx: Ctx, query: Query<EvidenceListQuery>) -> Result<Reply> {
    app::evidence_list(&ctx, query.0).await
}

/// Store evidence (上传证据).
///
/// Stores a file as evidence of a task.
///
/// The body is the file: JPEG, PNG, PDF, MP4, DOCX or XLSX, told from its first bytes and not from its name; its SHA-256 is
/// computed while it comes. Documents with macros, entities or paths that lead outside are refused.
#[utoipa::path(operation_id = "evidence_create", tag = "evidence",
    params(EvidenceCreateQuery),
    request_body(description = "The file.", content(
        (EvidenceFile = "application/octet-stream"), (EvidenceFile = "image/jpeg"), (EvidenceFile = "image/png"),
        (EvidenceFile = "application/pdf"), (EvidenceFile = "video/mp4"),
        (EvidenceFile = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (EvidenceFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 201, description = "It was stored.", body = EvidenceView)))]
#[post("/v1/evidence")]
pub async fn evidence_create(
    ctx: Ctx,
    files: Data<FileStore>,
    query: Query<EvidenceCreateQuery>,
    req: HttpRequest,
    payload: Payload,
) -> Result<Reply> {
    app::evidence_create(&ctx, &files, query.0, &req, payload).await
}

/// View evidence (证据).
///
/// One piece of evidence, also one offered to the caller's organ.
#[utoipa::path(operation_id = "evidence_view", tag = "evidence",
    params(("evidence_id" = Uuid, Path, description = "Id of the evidence")),
    responses((status = 200, description = "The evidence.", body = EvidenceView)))]
#[get("/v1/evidence/{evidence_id}")]
pub async fn evidence_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::evidence_view(&ctx, id.0).await
}

/// Download evidence (调取证据).
///
/// The file, with its hash in `Repr-Digest`; each reading is a link of the chain of custody.
#[utoipa::path(operation_id = "evidence_content", tag = "evidence",
    params(("evidence_id" = Uuid, Path, description = "Id of the evidence")),
    responses((status = 200, description = "The file; a transfer that breaks off was not the file stored.", content(
        (EvidenceFile = "image/jpeg"), (EvidenceFile = "image/png"), (EvidenceFile = "application/pdf"),
        (EvidenceFile = "video/mp4"),
        (EvidenceFile = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (EvidenceFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
#[get("/v1/evidence/{evidence_id}/content")]
pub async fn evidence_content(ctx: Ctx, files: Data<FileStore>, id: Id<Uuid>) -> Result<HttpResponse> {
    app::evidence_content(&ctx, &files, id.0).await
}

/// Chain of custody (保管链).
#[utoipa::path(operation_id = "evidence_custody_list", tag = "evidence",
    params(("evidence_id" = Uuid, Path, description = "Id of the evidence"), PartQuery),
    responses((status = 200, description = "A page of links.", body = CustodyPage)))]
#[get("/v1/evidence/{evidence_id}/custody")]
pub async fn evidence_custody_list(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::evidence_custody_list(&ctx, id.0, query.0).await
}

/// Note custody (记录保管环节).
///
/// Notes a link of the chain by hand: transferred, sealed, returned, archived.
#[utoipa::path(operation_id = "evidence_custody_create", tag = "evidence",
    params(("evidence_id" = Uuid, Path, description = "Id of the evidence")),
    request_body(content = CustodyCreate),
    responses((status = 201, description = "It was noted.", body = CustodyView)))]
#[post("/v1/evidence/{evidence_id}/custody")]
pub async fn evidence_custody_create(ctx: Ctx, id: Id<Uuid>, body: Body<CustodyCreate>) -> Result<Reply> {
    app::evidence_custody_create(&ctx, id.0, body.0).await
}

/// Offer evidence to other organs (提供证据互认).
///
/// Offers evidence to other organs, which may take it as their own finding.
#[utoipa::path(operation_id = "evidence_offer", tag = "evidence",
    params(("evidence_id" = Uuid, Path, description = "Id of the evidence")),
    request_body(content = EvidenceOfferCreate),
    responses((status = 201, description = "It was offered.", body = EvidenceOffers)))]
#[post("/v1/evidence/{evidence_id}/offers")]
pub async fn evidence_offer(ctx: Ctx, id: Id<Uuid>, body: Body<EvidenceOfferCreate>) -> Result<Reply> {
    app::evidence_offer(&ctx, id.0, body.0).await
}

/// List offers of evidence (证据互认).
///
/// Offers that the caller's organ made or got.
#[utoipa::path(operation_id = "evidence_offer_list", tag = "evidence",
    params(EvidenceOfferListQuery),
    responses((status = 200, description = "A page of offers.", body = EvidenceOfferPage)))]
#[get("/v1/evidence-offers")]
pub async fn evidence_offer_list(ctx: Ctx, query: Query<EvidenceOfferListQuery>) -> Result<Reply> {
    app::evidence_offer_list(&ctx, query.0).await
}

/// View an offer of evidence (证据互认).
#[utoipa::path(operation_id = "evidence_offer_view", tag = "evidence",
    params(("offer_id" = Uuid, Path, description = "Id of the offer")),
    responses((status = 200, description = "The offer.", body = EvidenceOfferView)))]
#[get("/v1/evidence-offers/{offer_id}")]
pub async fn evidence_offer_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::evidence_offer_view(&ctx, id.0).await
}

/// Accept offered evidence (采用).
///
/// The organ that got the offer takes the evidence.
#[utoipa::path(operation_id = "evidence_offer_accept", tag = "evidence",
    params(("offer_id" = Uuid, Path, description = "Id of the offer"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It was accepted.", body = EvidenceOfferView)))]
#[post("/v1/evidence-offers/{offer_id}/accept")]
pub async fn evidence_offer_accept(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    app::evidence_offer_accept(&ctx, id.0, body.0).await
}

/// Refuse offered evidence (不予采用).
///
/// The organ that got the offer does not take it, and says why.
#[utoipa::path(operation_id = "evidence_offer_refuse", tag = "evidence",
    params(("offer_id" = Uuid, Path, description = "Id of the offer"), ActionHeaders),
    request_body(content = ActionReason),
    responses((status = 200, description = "It was refused.", body = EvidenceOfferView)))]
#[post("/v1/evidence-offers/{offer_id}/refuse")]
pub async fn evidence_offer_refuse(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    app::evidence_offer_refuse(&ctx, id.0, body.0).await
}
