//! Handlers: import and export of inspectors (名录库导入导出).

use crate::api::inspector_file::{
    ImportProblem, ImportReport, InspectorExportQuery, InspectorImportQuery, TextFile, XlsxFile,
};
use crate::app::inspector_file as app;
use crate::config::Config;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, get, post};
use service_kit::report::collect;
use service_kit::service::ServiceConfig;
use service_kit::{Ctx, Query, Reply, Result};

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(inspector_export).service(inspector_import);
}

/// Import inspectors (导入执法人员名录库).
///
/// Imports the template of the registry as XLSX or CSV; only looks unless `dry_run=false`.
#[utoipa::path(operation_id = "inspector_import", tag = "inspectors",
    params(InspectorImportQuery),
    request_body(content((XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (TextFile = "text/csv")), description = "The template, 32 MiB at most."),
    responses((status = 200, description = "The report.", body = ImportReport),
        (status = 422, description = "Something blocks; nothing was written.", body = ImportProblem,
            content_type = "application/problem+json")))]
#[post("/v1/inspector-imports")]
pub async fn inspector_import(
    ctx: Ctx,
    config: Data<Config>,
    query: Query<InspectorImportQuery>,
    req: HttpRequest,
    payload: Payload,
) -> Result<Reply> {
    let file = collect(&ctx, &req, payload).await?;
    app::inspector_import(&ctx, &config, query.0, file).await
}

/// Export inspectors (导出执法人员名录库).
///
/// Exports the registry by the template, personal data masked.
#[utoipa::path(operation_id = "inspector_export", tag = "inspectors",
    params(InspectorExportQuery),
    responses((status = 200, description = "The template.",
        content((XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (TextFile = "text/csv")))))]
#[get("/v1/inspectors/export")]
pub async fn inspector_export(ctx: Ctx, query: Query<InspectorExportQuery>) -> Result<Reply> {
    app::inspector_export(&ctx, query.0).await
}
