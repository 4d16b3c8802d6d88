//! Handlers: entries that are no inspection (非检查入企).

use crate::api::entry::{EntryCreate, EntryListQuery, EntryPage, EntryUpdate, EntryView};
use crate::app::entry as app;
use actix_web::{get, patch, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(entry_list).service(entry_create).service(entry_view).service(entry_update);
}

/// List non-inspection entries (非检查入企登记).
///
/// Entries that are no inspection, of the caller's organ.
#[utoipa::path(operation_id = "entry_list", tag = "burden",
    params(EntryListQuery),
    responses((status = 200, description = "A page of entries.", body = EntryPage)))]
#[get("/v1/non-inspection-entries")]
pub async fn entry_list(ctx: Ctx, query: Query<EntryListQuery>) -> Result<Reply> {
    app::entry_list(&ctx, query.0).await
}

/// Record a non-inspection entry (登记).
///
/// Records an entry for observation, guidance, a study tour or research; it counts in the subject's burden.
#[utoipa::path(operation_id = "entry_create", tag = "burden",
    request_body(content = EntryCreate),
    responses((status = 201, description = "It was recorded.", body = EntryView)))]
#[post("/v1/non-inspection-entries")]
pub async fn entry_create(ctx: Ctx, body: Body<EntryCreate>) -> Result<Reply> {
    app::entry_create(&ctx, body.0).await
}

/// View a non-inspection entry (非检查入企).
#[utoipa::path(operation_id = "entry_view", tag = "burden",
    params(("entry_id" = Uuid, Path, description = "Id of the entry")),
    responses((status = 200, description = "The entry.", body = EntryView)))]
#[get("/v1/non-inspection-entries/{entry_id}")]
pub async fn entry_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::entry_view(&ctx, id.0).await
}

/// Correct a non-inspection entry (更正).
#[utoipa::path(operation_id = "entry_update", tag = "burden",
    params(("entry_id" = Uuid, Path, description = "Id of the entry")),
    request_body(content((EntryUpdate = "application/json"), (EntryUpdate = "application/merge-patch+json"))),
    responses((status = 200, description = "It was corrected.", body = EntryView)))]
#[patch("/v1/non-inspection-entries/{entry_id}")]
pub async fn entry_update(ctx: Ctx, id: Id<Uuid>, body: Body<EntryUpdate>) -> Result<Reply> {
    app::entry_update(&ctx, id.0, body.0).await
}
