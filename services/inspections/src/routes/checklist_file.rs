//! Handlers: import and export of checklist templates (检查表模板导入导出).

use crate::api::checklist_file::{ChecklistTemplateExportQuery, ChecklistTemplateImportQuery};
use crate::app::checklist_file as app;
use crate::config::Config;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, get, post};
use service_kit::report::{ImportProblem, ImportReport, TextFile, XlsxFile, collect};
use service_kit::service::ServiceConfig;
use service_kit::{Ctx, Query, Reply, Result};

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(checklist_template_export).service(checklist_template_import);
}

/// Import checklist templates (导入检查表模板).
///
/// Imports checklist templates, one row a point, as XLSX, CSV or NDJSON; only looks unless `dry_run=false`.
///
/// Columns by their titles: 检查表编号, 检查表名称, 序号, 检查内容, 检查方法, 检查依据, …; the export shows them all. The
/// answer reports every finding with its cell. Nothing is written while one of them blocks.
#[utoipa::path(operation_id = "checklist_template_import", tag = "checklists",
    params(ChecklistTemplateImportQuery),
    request_body(description = "The file, 32 MiB at most.",
        content((XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (TextFile = "text/csv"), (TextFile = "application/x-ndjson"))),
    responses((status = 200, description = "The report.", body = ImportReport),
        (status = 422, description = "Something blocks; nothing was written.", body = ImportProblem,
            content_type = "application/problem+json")))]
#[post("/v1/checklist-template-imports")]
pub async fn checklist_template_import(
    ctx: Ctx,
    config: Data<Config>,
    query: Query<ChecklistTemplateImportQuery>,
    req: HttpRequest,
    payload: Payload,
) -> Result<Reply> {
    let file = collect(&ctx, &req, payload).await?;
    app::checklist_template_import(&ctx, &config, query.0, file).await
}

/// Export checklist templates (导出检查表模板).
///
/// Exports checklist templates as a workbook, CSV or NDJSON; without any it is the blank form.
#[utoipa::path(operation_id = "checklist_template_export", tag = "checklists",
    params(ChecklistTemplateExportQuery),
    responses((status = 200, description = "The file.",
        content((XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (TextFile = "text/csv"), (TextFile = "application/x-ndjson")))))]
#[get("/v1/checklist-templates/export")]
pub async fn checklist_template_export(
    ctx: Ctx,
    query: Query<ChecklistTemplateExportQuery>,
) -> Result<Reply> {
    app::checklist_template_export(&ctx, query.0).await
}
