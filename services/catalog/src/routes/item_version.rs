//! Handlers of published versions.

use crate::api::item_step::ItemPartQuery;
use crate::api::item_version::{DifferenceQuery, DifferenceView, ItemVersionPage, ItemVersionView};
use crate::app::item_version as app;
use actix_web::get;
use service_kit::{Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// List the versions of an item (公布版本).
///
/// The published versions of an item.
#[utoipa::path(operation_id = "item_version_list", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), ItemPartQuery),
    responses((status = 200, description = "A page of versions.", body = ItemVersionPage)))]
#[get("/v1/supervision-items/{item_id}/versions")]
pub async fn item_version_list(ctx: Ctx, id: Id<Uuid>, query: Query<ItemPartQuery>) -> Result<Reply> {
    app::item_version_list(&ctx, id.0, query.0).await
}

/// View a version of an item (公布版本).
///
/// One published version; it never changes.
#[utoipa::path(operation_id = "item_version_view", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"),
        ("number" = i64, Path, description = "Number of the version", minimum = 1)),
    responses((status = 200, description = "The version.", body = ItemVersionView)))]
#[get("/v1/supervision-items/{item_id}/versions/{number}")]
pub async fn item_version_view(ctx: Ctx, id: Id<(Uuid, i64)>) -> Result<Reply> {
    app::item_version_view(&ctx, id.0.0, id.0.1).await
}

/// Compare two versions of an item (版本差异).
///
/// What differs between two versions, as changed members with JSON pointers.
#[utoipa::path(operation_id = "item_version_difference", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"),
        ("number" = i64, Path, description = "Number of the earlier version", minimum = 1), DifferenceQuery),
    responses((status = 200, description = "The difference.", body = DifferenceView)))]
#[get("/v1/supervision-items/{item_id}/versions/{number}/difference")]
pub async fn item_version_difference(
    ctx: Ctx,
    id: Id<(Uuid, i64)>,
    query: Query<DifferenceQuery>,
) -> Result<Reply> {
    app::item_version_difference(&ctx, id.0.0, id.0.1, query.0).await
}
