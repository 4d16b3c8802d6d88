//! Handlers of item files, and reading a file from a body.

use crate::api::item::ItemExportQuery;
use crate::api::report::{ImportProblem, ImportReport, ItemImportQuery, TextFile, XlsxFile};
use crate::app::{item_export as export, item_import as import};
use crate::config::Config;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, get, post};
use service_kit::report::collect;
use service_kit::{Ctx, Query, Reply, Result};

/// Import supervision items (导入监管事项).
///
/// Imports Attachment 1 as XLSX, or its columns as CSV or NDJSON; only looks unless `dry_run=false`.
///
/// The answer reports every finding with its cell. Nothing is written while one of them blocks.
#[utoipa::path(operation_id = "item_import", tag = "supervision-items",
    params(ItemImportQuery),
    request_body(description = "The file, 32 MiB at most.",
        content((XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (TextFile = "text/csv"), (TextFile = "application/x-ndjson"))),
    responses((status = 200, description = "The report.", body = ImportReport),
        (status = 422, description = "Something blocks; nothing was written.", body = ImportProblem,
            content_type = "application/problem+json")))]
#[post("/v1/item-imports")]
pub async fn item_import(
    ctx: Ctx,
    query: Query<ItemImportQuery>,
    config: Data<Config>,
    req: HttpRequest,
    payload: Payload,
) -> Result<Reply> {
    let file = collect(&ctx, &req, payload).await?;
    import::item_import(&ctx, &config, query.0, file).await
}

/// Export supervision items (导出监管事项清单).
///
/// Exports items as the official form, or as CSV or NDJSON.
#[utoipa::path(operation_id = "item_export", tag = "supervision-items",
    params(ItemExportQuery),
    responses((status = 200, description = "The file.",
        content((XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (TextFile = "text/csv"), (TextFile = "application/x-ndjson")))))]
#[get("/v1/supervision-items/export")]
pub async fn item_export(ctx: Ctx, query: Query<ItemExportQuery>) -> Result<Reply> {
    export::item_export(&ctx, query.0).await
}
