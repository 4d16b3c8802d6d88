//! Handlers: accounts tied to inspectors, settings of organs (账号关联、部门设置).

use crate::api::account::{InspectorAccountLink, InspectorAccountView, OrganSettingPut, OrganSettingView};
use crate::api::step::{ActionHeaders, ActionReason};
use crate::app::account as app;
use actix_web::{get, post, put};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(inspector_account_view)
        .service(inspector_account_link)
        .service(inspector_account_unlink)
        .service(organ_setting_view)
        .service(organ_setting_put);
}

/// View an inspector's account (关联账号).
///
/// Which account an inspector acts by.
#[utoipa::path(operation_id = "inspector_account_view", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector")),
    responses((status = 200, description = "The account, or none.", body = InspectorAccountView)))]
#[get("/v1/inspectors/{inspector_id}/account")]
pub async fn inspector_account_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::inspector_account_view(&ctx, id.0).await
}

/// Tie an account to an inspector (关联账号).
///
/// Ties an account to an inspector: from then on it takes steps on the spot in his teams only.
#[utoipa::path(operation_id = "inspector_account_link", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector"), ActionHeaders),
    request_body(content = InspectorAccountLink),
    responses((status = 200, description = "They are tied.", body = InspectorAccountView)))]
#[post("/v1/inspectors/{inspector_id}/link-account")]
pub async fn inspector_account_link(
    ctx: Ctx,
    id: Id<Uuid>,
    body: Body<InspectorAccountLink>,
) -> Result<Reply> {
    app::inspector_account_link(&ctx, id.0, body.0).await
}

/// Untie an inspector's account (解除关联).
///
/// Cuts the tie between an inspector and an account.
#[utoipa::path(operation_id = "inspector_account_unlink", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector"), ActionHeaders),
    request_body(content = ActionReason),
    responses((status = 200, description = "The tie is cut.", body = InspectorAccountView)))]
#[post("/v1/inspectors/{inspector_id}/unlink-account")]
pub async fn inspector_account_unlink(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    app::inspector_account_unlink(&ctx, id.0, body.0).await
}

/// View an organ's settings (部门设置).
///
/// What an organ has decided about its own inspections.
#[utoipa::path(operation_id = "organ_setting_view", tag = "organ-settings",
    params(("organ_code" = String, Path, description = "Code of the organ", max_length = 32)),
    responses((status = 200, description = "The settings.", body = OrganSettingView)))]
#[get("/v1/organ-settings/{organ_code}")]
pub async fn organ_setting_view(ctx: Ctx, organ: Id<String>) -> Result<Reply> {
    app::organ_setting_view(&ctx, organ.0).await
}

/// Change an organ's settings (修改部门设置).
///
/// Decides about the own organ's inspections; for its head.
#[utoipa::path(operation_id = "organ_setting_put", tag = "organ-settings",
    params(("organ_code" = String, Path, description = "Code of the organ", max_length = 32)),
    request_body(content = OrganSettingPut),
    responses((status = 200, description = "They were changed.", body = OrganSettingView)))]
#[put("/v1/organ-settings/{organ_code}")]
pub async fn organ_setting_put(ctx: Ctx, organ: Id<String>, body: Body<OrganSettingPut>) -> Result<Reply> {
    app::organ_setting_put(&ctx, organ.0, body.0).await
}
