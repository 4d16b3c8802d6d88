//! Handlers: Attachment 2 in and out (年度检查计划导入导出).

use crate::api::attachment2::{PlanExportQuery, PlanImportQuery};
use crate::app::attachment2 as app;
use crate::config::Config;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, get, post};
use service_kit::report::{ImportProblem, ImportReport, TextFile, XlsxFile, collect};
use service_kit::service::ServiceConfig;
use service_kit::{Ctx, Query, Reply, Result};

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(plan_export).service(plan_import);
}

/// Import annual plans (导入年度检查计划).
///
/// Imports Attachment 2 as XLSX, or its columns as CSV or NDJSON; only looks unless `dry_run=false`.
///
/// The answer reports every finding with its cell. Nothing is written while one of them blocks.
#[utoipa::path(operation_id = "plan_import", tag = "plans",
    params(PlanImportQuery),
    request_body(description = "The file, 32 MiB at most.",
        content((XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (TextFile = "text/csv"), (TextFile = "application/x-ndjson"))),
    responses((status = 200, description = "The report.", body = ImportReport),
        (status = 422, description = "Something blocks; nothing was written.", body = ImportProblem,
            content_type = "application/problem+json")))]
#[post("/v1/plan-imports")]
pub async fn plan_import(
    ctx: Ctx,
    query: Query<PlanImportQuery>,
    config: Data<Config>,
    req: HttpRequest,
    payload: Payload,
) -> Result<Reply> {
    let file = collect(&ctx, &req, payload).await?;
    app::plan_import(&ctx, &config, query.0, file).await
}

/// Export annual plans (导出年度检查计划).
///
/// Exports the plans of a year as the official form, or as CSV or NDJSON.
#[utoipa::path(operation_id = "plan_export", tag = "plans",
    params(PlanExportQuery),
    responses((status = 200, description = "The file.",
        content((XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (TextFile = "text/csv"), (TextFile = "application/x-ndjson")))))]
#[get("/v1/plans/export")]
pub async fn plan_export(ctx: Ctx, query: Query<PlanExportQuery>) -> Result<Reply> {
    app::plan_export(&ctx, query.0).await
}
