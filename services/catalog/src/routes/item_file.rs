//! Handlers of item files, and reading a file from a body.

use crate::api::item::ItemExportQuery;
use crate::api::report::{ImportProblem, ImportReport, ItemImportQuery, TextFile, XlsxFile};
use crate::app::{item_export as export, item_import as import};
use crate::config::Config;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, get, post};
use futures_util::StreamExt as _;
use service_kit::patience::body_fault;
use service_kit::{Ctx, Error, Kind, Query, Reply, Result};
use sha2::{Digest, Sha256};

/// Bytes of a file at most.
const MAX_FILE: usize = 32 << 20;

/// Imports Attachment 1 as XLSX, or its columns as CSV or NDJSON; only looks unless `dry_run=false` (导入监管事项).
///
/// The answer reports every finding with its cell. Nothing is written while one of them blocks.
#[utoipa::path(operation_id = "item_import", tag = "supervision-items", summary = "Import supervision items",
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

/// Exports items as the official form, or as CSV or NDJSON (导出监管事项清单).
#[utoipa::path(operation_id = "item_export", tag = "supervision-items", summary = "Export supervision items",
    params(ItemExportQuery),
    responses((status = 200, description = "The file.",
        content((XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (TextFile = "text/csv"), (TextFile = "application/x-ndjson")))))]
#[get("/v1/supervision-items/export")]
pub async fn item_export(ctx: Ctx, query: Query<ItemExportQuery>) -> Result<Reply> {
    export::item_export(&ctx, query.0).await
}

/// Reads a file from the body: its media type and bytes.
pub(super) async fn collect(ctx: &Ctx, req: &HttpRequest, mut payload: Payload) -> Result<(String, Vec<u8>)> {
    ctx.check_media(req)?;
    let header = |name: &str| req.headers().get(name).and_then(|h| h.to_str().ok()).unwrap_or_default();
    if !matches!(header("content-encoding"), "" | "identity") {
        return Err(Error::new(
            Kind::UnsupportedMedia,
            "unsupported_encoding",
            "此接口不接受压缩内容",
            "this operation takes no compressed body",
        ));
    }
    let too_large = || {
        Error::new(
            Kind::TooLarge,
            "body_too_large",
            "文件不得超过 32 MiB",
            "the file may have at most 32 MiB",
        )
    };
    let declared = header("content-length").parse::<usize>().unwrap_or(0);
    if declared > MAX_FILE {
        return Err(too_large());
    }
    let media = header("content-type").split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mut bytes = Vec::with_capacity(declared.min(1 << 20));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|e| body_fault(&e))?;
        if bytes.len() + chunk.len() > MAX_FILE {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    ctx.set_fingerprint(&hex::encode(Sha256::digest(&bytes)));
    Ok((media, bytes))
}
