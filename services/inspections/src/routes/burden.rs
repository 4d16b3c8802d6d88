//! Handlers: the burden ledger of a subject, and published caps (企业负担账、频次上限).

use crate::api::burden::{
    BurdenLedgerQuery, BurdenLedgerView, VisitCapListQuery, VisitCapPage, VisitCapPut, VisitCapView,
};
use crate::app::burden as app;
use actix_web::{get, post};
use service_kit::error::Problem;
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(burden_ledger_view).service(visit_cap_list).service(visit_cap_put);
}

/// View a subject's burden (企业负担账).
///
/// Every entry of every organ at a subject in a year, hours, caps used, the next lawful month.
#[utoipa::path(operation_id = "burden_ledger_view", tag = "burden",
    params(("subject_id" = Uuid, Path, description = "Id of the subject"), BurdenLedgerQuery),
    responses((status = 200, description = "The ledger.", body = BurdenLedgerView),
        (status = 409, description = "No rule pack is in force in that year (`rule_pack_missing`).", body = Problem,
            content_type = "application/problem+json")))]
#[get("/v1/burden-ledgers/{subject_id}")]
pub async fn burden_ledger_view(ctx: Ctx, id: Id<Uuid>, query: Query<BurdenLedgerQuery>) -> Result<Reply> {
    app::burden_ledger_view(&ctx, id.0, query.0).await
}

/// List published caps (年度入企检查频次上限).
///
/// Published caps of visits by organ, year and field.
#[utoipa::path(operation_id = "visit_cap_list", tag = "burden",
    params(VisitCapListQuery),
    responses((status = 200, description = "A page of caps.", body = VisitCapPage)))]
#[get("/v1/visit-caps")]
pub async fn visit_cap_list(ctx: Ctx, query: Query<VisitCapListQuery>) -> Result<Reply> {
    app::visit_cap_list(&ctx, query.0).await
}

/// Publish a cap (公布频次上限).
///
/// Enters a published cap, or the next version of it; never below the legal minimum.
#[utoipa::path(operation_id = "visit_cap_put", tag = "burden",
    request_body(content = VisitCapPut),
    responses((status = 200, description = "It is in force.", body = VisitCapView)))]
#[post("/v1/visit-caps")]
pub async fn visit_cap_put(ctx: Ctx, body: Body<VisitCapPut>) -> Result<Reply> {
    app::visit_cap_put(&ctx, body.0).await
}
