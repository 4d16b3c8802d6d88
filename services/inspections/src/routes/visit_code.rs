//! Handlers: visit codes (入企检查码), and their public check without an account.

use crate::api::step::ActionReason;
use crate::api::visit_code::{PublicVisitCode, VisitCodeCreate, VisitCodeIssued, VisitCodeList};
use crate::app::visit_code as app;
use crate::config::Config;
use actix_web::web::Data;
use actix_web::{get, post};
use service_kit::error::Problem;
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(visit_code_list)
        .service(visit_code_create)
        .service(visit_code_revoke)
        .service(visit_code_check);
}

/// List the codes of a visit (检查码清单).
///
/// The codes of a visit, without their text.
#[utoipa::path(operation_id = "visit_code_list", tag = "visit-codes",
    params(("visit_id" = Uuid, Path, description = "Id of the visit")),
    responses((status = 200, description = "The codes.", body = VisitCodeList)))]
#[get("/v1/visits/{visit_id}/codes")]
pub async fn visit_code_list(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::visit_code_list(&ctx, id.0).await
}

/// Issue a visit code (生成检查码).
///
/// Issues a signed code that ends; its text is given this once.
#[utoipa::path(operation_id = "visit_code_create", tag = "visit-codes",
    params(("visit_id" = Uuid, Path, description = "Id of the visit")), request_body(content = VisitCodeCreate),
    responses((status = 201, description = "The code.", body = VisitCodeIssued)))]
#[post("/v1/visits/{visit_id}/codes")]
pub async fn visit_code_create(
    ctx: Ctx,
    config: Data<Config>,
    id: Id<Uuid>,
    body: Body<VisitCodeCreate>,
) -> Result<Reply> {
    app::visit_code_create(&ctx, &config, id.0, body.0).await
}

/// Revoke the codes of a visit (检查码作废).
///
/// Revokes all codes of a visit that still count.
#[utoipa::path(operation_id = "visit_code_revoke", tag = "visit-codes",
    params(("visit_id" = Uuid, Path, description = "Id of the visit")), request_body(content = ActionReason),
    responses((status = 200, description = "They no longer count.", body = VisitCodeList)))]
#[post("/v1/visits/{visit_id}/codes/revoke")]
pub async fn visit_code_revoke(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    app::visit_code_revoke(&ctx, id.0, body.0).await
}

/// Check a visit code (扫码查验).
///
/// Checks a code without an account: who has come, why, what for, until when.
///
/// An unknown, broken or forged code is 404; one that has ended or was revoked is 410. Nothing is written.
#[utoipa::path(operation_id = "visit_code_check", tag = "visit-codes",
    params(("code" = String, Path, max_length = 200, description = "Text of the code")),
    responses((status = 200, description = "The code counts.", body = PublicVisitCode),
        (status = 410, description = "The code has ended (`visit_code_expired`) or was revoked (`visit_code_revoked`).",
            body = Problem, content_type = "application/problem+json")))]
#[get("/v1/public/visit-codes/{code}")]
pub async fn visit_code_check(ctx: Ctx, code: Id<String>) -> Result<Reply> {
    app::visit_code_check(&ctx, &code.0).await
}
