//! Handlers of API clients.

use crate::api::api_client::{ApiClientCreate, ApiClientListQuery, ApiClientPage, ApiClientView};
use crate::app;
use crate::state::Gateway;
use actix_web::web::Data;
use actix_web::{get, post};
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// Register a system (系统接入登记).
#[utoipa::path(operation_id = "api_client_create", tag = "api-clients",
    request_body(content = ApiClientCreate),
    responses((status = 201, description = "The system; its secret and key are shown here once.", body = ApiClientView)))]
#[post("/v1/api-clients")]
pub async fn api_client_create(
    ctx: Ctx,
    gateway: Data<Gateway>,
    body: Body<ApiClientCreate>,
) -> Result<Reply> {
    app::api_client::api_client_create(&ctx, &gateway, body.0).await
}

/// List systems (接口客户端清单).
///
/// Registered systems.
#[utoipa::path(operation_id = "api_client_list", tag = "api-clients", params(ApiClientListQuery),
    responses((status = 200, description = "A page of systems.", body = ApiClientPage)))]
#[get("/v1/api-clients")]
pub async fn api_client_list(ctx: Ctx, query: Query<ApiClientListQuery>) -> Result<Reply> {
    app::api_client::api_client_list(&ctx, query.0).await
}

/// View a system (接口客户端).
///
/// One registered system.
#[utoipa::path(operation_id = "api_client_view", tag = "api-clients",
    params(("client_id" = Uuid, Path, description = "Id of the system")),
    responses((status = 200, description = "The system.", body = ApiClientView)))]
#[get("/v1/api-clients/{client_id}")]
pub async fn api_client_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::api_client::api_client_view(&ctx, id.0).await
}

/// Revoke a system (撤销).
///
/// Revoke a system's credentials for good.
#[utoipa::path(operation_id = "api_client_revoke", tag = "api-clients",
    params(("client_id" = Uuid, Path, description = "Id of the system")),
    responses((status = 200, description = "The system as revoked.", body = ApiClientView)))]
#[post("/v1/api-clients/{client_id}/revoke")]
pub async fn api_client_revoke(ctx: Ctx, gateway: Data<Gateway>, id: Id<Uuid>) -> Result<Reply> {
    app::api_client::api_client_revoke(&ctx, &gateway, id.0).await
}
