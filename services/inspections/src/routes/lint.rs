//! Handlers: the linter: is this plan lawful, is this visit lawful (合法性检查).

use crate::api::lint::{
    DrawLintView, LintCertificatePage, LintCertificateView, PlanLintQuery, PlanLintView, PublicityLintView,
    VisitLintQuery, VisitLintView,
};
use crate::api::step::{ActionHeaders, PartQuery};
use crate::app::lint as app;
use actix_web::{get, post};
use service_kit::error::Problem;
use service_kit::service::ServiceConfig;
use service_kit::{Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(plan_lint)
        .service(lint_certificate_list)
        .service(lint_certificate_create)
        .service(visit_lint)
        .service(draw_lint)
        .service(publicity_lint);
}

/// Explain whether a plan is lawful (计划合法性检查).
///
/// What every rule in force says of a plan, with reason, data looked at, source and article.
///
/// `unknown` says that data is missing and is never a pass. A plan with a blocking rule is not published.
#[utoipa::path(operation_id = "plan_lint", tag = "lint",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), PlanLintQuery),
    responses((status = 200, description = "The verdicts.", body = PlanLintView),
        (status = 409, description = "No rule pack is in force on that day (`rule_pack_missing`).", body = Problem,
            content_type = "application/problem+json")))]
#[get("/v1/plans/{plan_id}/lint")]
pub async fn plan_lint(ctx: Ctx, id: Id<Uuid>, query: Query<PlanLintQuery>) -> Result<Reply> {
    app::plan_lint(&ctx, id.0, query.0).await
}

/// List a plan's lint certificates (合法性检查证书).
///
/// The certificates of a plan, from the first on.
#[utoipa::path(operation_id = "lint_certificate_list", tag = "lint",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), PartQuery),
    responses((status = 200, description = "A page of certificates.", body = LintCertificatePage)))]
#[get("/v1/plans/{plan_id}/lint-certificates")]
pub async fn lint_certificate_list(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::lint_certificate_list(&ctx, id.0, query.0).await
}

/// Make a lint certificate (出具证书).
///
/// Keeps what the rules say of a plan now, whatever they say, with a hash over plan, pack and verdicts.
#[utoipa::path(operation_id = "lint_certificate_create", tag = "lint",
    params(("plan_id" = Uuid, Path, description = "Id of the plan"), ActionHeaders),
    responses((status = 201, description = "It is kept.", body = LintCertificateView)))]
#[post("/v1/plans/{plan_id}/lint-certificates")]
pub async fn lint_certificate_create(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::lint_certificate_create(&ctx, id.0).await
}

/// Explain whether a visit is lawful (入企检查合法性检查).
///
/// What every rule in force says of a visit before it starts, or when it is closed.
#[utoipa::path(operation_id = "visit_lint", tag = "lint",
    params(("visit_id" = Uuid, Path, description = "Id of the visit"), VisitLintQuery),
    responses((status = 200, description = "The verdicts.", body = VisitLintView),
        (status = 409, description = "No rule pack is in force on that day (`rule_pack_missing`).", body = Problem,
            content_type = "application/problem+json")))]
#[get("/v1/visits/{visit_id}/lint")]
pub async fn visit_lint(ctx: Ctx, id: Id<Uuid>, query: Query<VisitLintQuery>) -> Result<Reply> {
    app::visit::visit_lint(&ctx, id.0, query.0).await
}

/// Explain whether a draw is lawful (抽取合法性检查).
///
/// What every rule in force says of a draw, the recomputation of its public transcript included.
#[utoipa::path(operation_id = "draw_lint", tag = "lint",
    params(("draw_id" = Uuid, Path, description = "Id of the draw")),
    responses((status = 200, description = "The verdicts.", body = DrawLintView),
        (status = 409, description = "No rule pack is in force on that day (`rule_pack_missing`).", body = Problem,
            content_type = "application/problem+json")))]
#[get("/v1/draws/{draw_id}/lint")]
pub async fn draw_lint(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::draw::draw_lint(&ctx, id.0).await
}

/// Explain whether a publication is lawful (公示合法性检查).
///
/// What every rule in force says of a publicity record: its term, its review, who publishes.
#[utoipa::path(operation_id = "publicity_lint", tag = "lint",
    params(("record_id" = Uuid, Path, description = "Id of the record")),
    responses((status = 200, description = "The verdicts.", body = PublicityLintView),
        (status = 409, description = "No rule pack is in force on that day (`rule_pack_missing`).", body = Problem,
            content_type = "application/problem+json")))]
#[get("/v1/publicity-records/{record_id}/lint")]
pub async fn publicity_lint(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::publicity::publicity_lint(&ctx, id.0).await
}
