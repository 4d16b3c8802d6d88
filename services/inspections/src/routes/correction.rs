//! Handlers: corrections with their rechecks, cases and transfers (整改、复查、处置).

use crate::api::correction::{
    CorrectionExtend, CorrectionInput, CorrectionListQuery, CorrectionPage, CorrectionRecheck,
    CorrectionReport, CorrectionView, DisposalClose, DisposalInput, DisposalListQuery, DisposalPage,
    DisposalView,
};
use crate::api::step::{ActionHeaders, PartQuery, StepPage};
use crate::app::correction as app;
use actix_web::{get, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(correction_create)
        .service(correction_list)
        .service(correction_view)
        .service(correction_report)
        .service(correction_extend)
        .service(correction_recheck)
        .service(correction_history)
        .service(disposal_create)
        .service(disposal_list)
        .service(disposal_view)
        .service(disposal_close);
}

/// Order a correction (责令改正).
///
/// Orders a correction that follows from a result; the due day is computed from the term.
#[utoipa::path(operation_id = "correction_create", tag = "corrections",
    params(("result_id" = Uuid, Path, description = "Id of the result")), request_body(content = CorrectionInput),
    responses((status = 201, description = "It was ordered.", body = CorrectionView)))]
#[post("/v1/results/{result_id}/corrections")]
pub async fn correction_create(ctx: Ctx, id: Id<Uuid>, body: Body<CorrectionInput>) -> Result<Reply> {
    app::correction_create(&ctx, id.0, body.0).await
}

/// List corrections (整改清单).
///
/// Corrections ordered by the caller's organs.
#[utoipa::path(operation_id = "correction_list", tag = "corrections",
    params(CorrectionListQuery),
    responses((status = 200, description = "A page of corrections.", body = CorrectionPage)))]
#[get("/v1/corrections")]
pub async fn correction_list(ctx: Ctx, query: Query<CorrectionListQuery>) -> Result<Reply> {
    app::correction_list(&ctx, query.0).await
}

/// View a correction (整改).
#[utoipa::path(operation_id = "correction_view", tag = "corrections",
    params(("correction_id" = Uuid, Path, description = "Id of the correction")),
    responses((status = 200, description = "The correction.", body = CorrectionView)))]
#[get("/v1/corrections/{correction_id}")]
pub async fn correction_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::correction_view(&ctx, id.0).await
}

/// Note a report (报告整改).
///
/// Notes that the subject reported its correction.
#[utoipa::path(operation_id = "correction_report", tag = "corrections",
    params(("correction_id" = Uuid, Path, description = "Id of the correction"), ActionHeaders),
    request_body(content = CorrectionReport),
    responses((status = 200, description = "It was noted.", body = CorrectionView)))]
#[post("/v1/corrections/{correction_id}/report")]
pub async fn correction_report(ctx: Ctx, id: Id<Uuid>, body: Body<CorrectionReport>) -> Result<Reply> {
    app::correction_report(&ctx, id.0, body.0).await
}

/// Give more time (延期).
///
/// Gives more time once, before the term is over.
#[utoipa::path(operation_id = "correction_extend", tag = "corrections",
    params(("correction_id" = Uuid, Path, description = "Id of the correction"), ActionHeaders),
    request_body(content = CorrectionExtend),
    responses((status = 200, description = "The term is longer.", body = CorrectionView)))]
#[post("/v1/corrections/{correction_id}/extend")]
pub async fn correction_extend(ctx: Ctx, id: Id<Uuid>, body: Body<CorrectionExtend>) -> Result<Reply> {
    app::correction_extend(&ctx, id.0, body.0).await
}

/// Note a recheck (复查).
///
/// Notes what the recheck found.
#[utoipa::path(operation_id = "correction_recheck", tag = "corrections",
    params(("correction_id" = Uuid, Path, description = "Id of the correction"), ActionHeaders),
    request_body(content = CorrectionRecheck),
    responses((status = 200, description = "It was noted.", body = CorrectionView)))]
#[post("/v1/corrections/{correction_id}/recheck")]
pub async fn correction_recheck(ctx: Ctx, id: Id<Uuid>, body: Body<CorrectionRecheck>) -> Result<Reply> {
    app::correction_recheck(&ctx, id.0, body.0).await
}

/// View the history of a correction (流转记录).
///
/// The steps of a correction.
#[utoipa::path(operation_id = "correction_history", tag = "corrections",
    params(("correction_id" = Uuid, Path, description = "Id of the correction"), PartQuery),
    responses((status = 200, description = "A page of steps.", body = StepPage)))]
#[get("/v1/corrections/{correction_id}/history")]
pub async fn correction_history(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::correction_history(&ctx, id.0, query.0).await
}

/// Open a case or transfer (立案、移送).
///
/// Opens a case, or hands the matter to another organ.
#[utoipa::path(operation_id = "disposal_create", tag = "corrections",
    params(("result_id" = Uuid, Path, description = "Id of the result")), request_body(content = DisposalInput),
    responses((status = 201, description = "It was opened.", body = DisposalView)))]
#[post("/v1/results/{result_id}/disposals")]
pub async fn disposal_create(ctx: Ctx, id: Id<Uuid>, body: Body<DisposalInput>) -> Result<Reply> {
    app::disposal_create(&ctx, id.0, body.0).await
}

/// List cases and transfers (处置清单).
///
/// Cases and transfers of the caller's organs, and transfers to them.
#[utoipa::path(operation_id = "disposal_list", tag = "corrections",
    params(DisposalListQuery),
    responses((status = 200, description = "A page of disposals.", body = DisposalPage)))]
#[get("/v1/disposals")]
pub async fn disposal_list(ctx: Ctx, query: Query<DisposalListQuery>) -> Result<Reply> {
    app::disposal_list(&ctx, query.0).await
}

/// View a case or transfer (处置).
#[utoipa::path(operation_id = "disposal_view", tag = "corrections",
    params(("disposal_id" = Uuid, Path, description = "Id of the disposal")),
    responses((status = 200, description = "The disposal.", body = DisposalView)))]
#[get("/v1/disposals/{disposal_id}")]
pub async fn disposal_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::disposal_view(&ctx, id.0).await
}

/// Close a case or transfer (处置完结).
///
/// Notes how a case or transfer ended.
#[utoipa::path(operation_id = "disposal_close", tag = "corrections",
    params(("disposal_id" = Uuid, Path, description = "Id of the disposal"), ActionHeaders),
    request_body(content = DisposalClose),
    responses((status = 200, description = "It is closed.", body = DisposalView)))]
#[post("/v1/disposals/{disposal_id}/close")]
pub async fn disposal_close(ctx: Ctx, id: Id<Uuid>, body: Body<DisposalClose>) -> Result<Reply> {
    app::disposal_close(&ctx, id.0, body.0).await
}
