//! Handlers of imports and exports: streams in, streams out.

use crate::api::import::*;
use crate::app::{export as export_app, import as app};
use crate::config::Config;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, get, post};
use service_kit::{Ctx, Query, Reply, Result};

/// Import subjects (批量导入).
///
/// Takes in many subjects at once.
///
/// The body is a file: CSV (Chinese or English headers, UTF-8 or GB18030), NDJSON or XLSX, gzip too; what it is is told from
/// its first bytes. It is received as a stream, then worked on as an operation with progress, a report by row
/// (`/v1/operations/{id}/faults`) and a summary as result. Subjects are matched by identifier: known ones are updated, the
/// rest registered. The same `Idempotency-Key` with the same file continues or repeats nothing.
#[utoipa::path(operation_id = "subject_import", tag = "imports", params(SubjectImportQuery),
    request_body(description = "The file.", content(
        (Vec<u8> = "text/csv"), (Vec<u8> = "application/x-ndjson"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Vec<u8> = "application/gzip"), (Vec<u8> = "application/octet-stream"))),
    responses((status = 202, description = "Received; `Location` is the operation to watch.", body = ImportAccepted)))]
#[post("/v1/subject-imports")]
pub async fn subject_import(
    ctx: Ctx,
    config: Data<Config>,
    query: Query<SubjectImportQuery>,
    req: HttpRequest,
    payload: Payload,
) -> Result<Reply> {
    app::subject_import(&ctx, &config, query.0, &req, payload).await
}

/// Export subjects (导出).
///
/// Gives out the registry as a file, streamed.
///
/// Cells that a spreadsheet would take for a formula are made harmless; importing the file again gives the original.
#[utoipa::path(operation_id = "subject_export", tag = "imports", params(SubjectExportQuery),
    responses((status = 200, description = "The file.", content(
        (String = "application/x-ndjson"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
#[get("/v1/subject-exports")]
pub async fn subject_export(ctx: Ctx, query: Query<SubjectExportQuery>) -> Result<HttpResponse> {
    export_app::subject_export(&ctx, query.0).await
}
