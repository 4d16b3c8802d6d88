//! Handlers of items.

use crate::api::item::{ItemCreate, ItemListQuery, ItemPage, ItemUpdate, ItemView, ItemViewQuery};
use crate::app::item as app;
use actix_web::{get, patch, post};
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// List supervision items (监管事项清单).
///
/// Items that the caller sees: working copies of its own, published versions of others.
///
/// With `as_of`, the versions in force on that day, the same for everybody.
#[utoipa::path(operation_id = "item_list", tag = "supervision-items",
    params(ItemListQuery),
    responses((status = 200, description = "A page of items.", body = ItemPage)))]
#[get("/v1/supervision-items")]
pub async fn item_list(ctx: Ctx, query: Query<ItemListQuery>) -> Result<Reply> {
    app::item_list(&ctx, query.0).await
}

/// Add a supervision item (新增监管事项).
///
/// Adds an item as a draft of its lead department.
#[utoipa::path(operation_id = "item_create", tag = "supervision-items",
    request_body(content = ItemCreate),
    responses((status = 201, description = "It was added.", body = ItemView)))]
#[post("/v1/supervision-items")]
pub async fn item_create(ctx: Ctx, body: Body<ItemCreate>) -> Result<Reply> {
    app::item_create(&ctx, body.0).await
}

/// View a supervision item (监管事项).
///
/// One item, or with `as_of` its version in force on that day.
#[utoipa::path(operation_id = "item_view", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item"), ItemViewQuery),
    responses((status = 200, description = "The item.", body = ItemView)))]
#[get("/v1/supervision-items/{item_id}")]
pub async fn item_view(ctx: Ctx, id: Id<Uuid>, query: Query<ItemViewQuery>) -> Result<Reply> {
    app::item_view(&ctx, id.0, query.0.as_of).await
}

/// Change a draft (修改监管事项).
///
/// Changes a draft, or an item being revised.
#[utoipa::path(operation_id = "item_update", tag = "supervision-items",
    params(("item_id" = Uuid, Path, description = "Id of the item")),
    request_body(content((ItemUpdate = "application/json"), (ItemUpdate = "application/merge-patch+json"))),
    responses((status = 200, description = "It was changed.", body = ItemView)))]
#[patch("/v1/supervision-items/{item_id}")]
pub async fn item_update(ctx: Ctx, id: Id<Uuid>, body: Body<ItemUpdate>) -> Result<Reply> {
    app::item_update(&ctx, id.0, body.0).await
}
