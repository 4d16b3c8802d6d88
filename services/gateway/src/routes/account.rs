//! Handlers of accounts.

use crate::api::account::{
    AccountCreate, AccountListQuery, AccountPage, AccountRoleChange, AccountUpdate, AccountView,
    PasswordChange,
};
use crate::app;
use crate::edge::visit::Visit;
use crate::state::Gateway;
use actix_web::web::Data;
use actix_web::{get, patch, post};
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// Make an account (开立账号).
///
/// Business roles are the system administrator's to give, administrator roles the security administrator's. Until
/// somebody holds `security_admin`, the system administrator may give that role too.
#[utoipa::path(operation_id = "account_create", tag = "accounts",
    request_body(content = AccountCreate),
    responses((status = 201, description = "The account; a made-up password is shown here once.", body = AccountView)))]
#[post("/v1/accounts")]
pub async fn account_create(ctx: Ctx, gateway: Data<Gateway>, body: Body<AccountCreate>) -> Result<Reply> {
    app::account::account_create(&ctx, &gateway, body.0).await
}

/// List accounts (账号清单).
///
/// Accounts by username.
#[utoipa::path(operation_id = "account_list", tag = "accounts", params(AccountListQuery),
    responses((status = 200, description = "A page of accounts.", body = AccountPage)))]
#[get("/v1/accounts")]
pub async fn account_list(ctx: Ctx, query: Query<AccountListQuery>) -> Result<Reply> {
    app::account::account_list(&ctx, query.0).await
}

/// View the own account (本人账号).
#[utoipa::path(operation_id = "account_me", tag = "accounts",
    responses((status = 200, description = "The account.", body = AccountView)))]
#[get("/v1/accounts/me")]
pub async fn account_me(ctx: Ctx) -> Result<Reply> {
    app::account::account_me(&ctx).await
}

/// Change the own password (修改口令).
///
/// Change the own password; every session ends, log in again.
#[utoipa::path(operation_id = "account_password_change", tag = "accounts",
    request_body(content = PasswordChange),
    responses((status = 204, description = "Changed; every session has ended.")))]
#[post("/v1/accounts/me/password")]
pub async fn account_password_change(
    ctx: Ctx,
    gateway: Data<Gateway>,
    visit: Visit,
    body: Body<PasswordChange>,
) -> Result<Reply> {
    app::account_password::account_password_change(&ctx, &gateway, &visit, body.0).await
}

/// View an account (账号).
#[utoipa::path(operation_id = "account_view", tag = "accounts",
    params(("account_id" = Uuid, Path, description = "Id of the account")),
    responses((status = 200, description = "The account.", body = AccountView)))]
#[get("/v1/accounts/{account_id}")]
pub async fn account_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::account::account_view(&ctx, id.0).await
}

/// Change an account (修改账号).
///
/// Change an account's name, department, regions or fields; what is absent stays.
///
/// A change of department, regions or fields ends the tokens issued before it.
#[utoipa::path(operation_id = "account_update", tag = "accounts",
    params(("account_id" = Uuid, Path, description = "Id of the account")),
    request_body(content = AccountUpdate),
    responses((status = 200, description = "The account as changed.", body = AccountView)))]
#[patch("/v1/accounts/{account_id}")]
pub async fn account_update(
    ctx: Ctx,
    gateway: Data<Gateway>,
    id: Id<Uuid>,
    body: Body<AccountUpdate>,
) -> Result<Reply> {
    app::account::account_update(&ctx, &gateway, id.0, body.0).await
}

/// Give and take roles (授权).
///
/// Give and take roles; nobody changes his own.
#[utoipa::path(operation_id = "account_role_change", tag = "accounts",
    params(("account_id" = Uuid, Path, description = "Id of the account")),
    request_body(content = AccountRoleChange),
    responses((status = 200, description = "The account as changed.", body = AccountView)))]
#[post("/v1/accounts/{account_id}/roles")]
pub async fn account_role_change(
    ctx: Ctx,
    gateway: Data<Gateway>,
    id: Id<Uuid>,
    body: Body<AccountRoleChange>,
) -> Result<Reply> {
    app::account_rights::account_role_change(&ctx, &gateway, id.0, body.0).await
}

/// Disable an account (停用).
///
/// Disable an account; its sessions and tokens end.
#[utoipa::path(operation_id = "account_disable", tag = "accounts",
    params(("account_id" = Uuid, Path, description = "Id of the account")),
    responses((status = 200, description = "The account as changed.", body = AccountView)))]
#[post("/v1/accounts/{account_id}/disable")]
pub async fn account_disable(ctx: Ctx, gateway: Data<Gateway>, id: Id<Uuid>) -> Result<Reply> {
    app::account_rights::account_disable(&ctx, &gateway, id.0).await
}

/// Enable an account (启用).
///
/// Enable a disabled account.
#[utoipa::path(operation_id = "account_enable", tag = "accounts",
    params(("account_id" = Uuid, Path, description = "Id of the account")),
    responses((status = 200, description = "The account as changed.", body = AccountView)))]
#[post("/v1/accounts/{account_id}/enable")]
pub async fn account_enable(ctx: Ctx, gateway: Data<Gateway>, id: Id<Uuid>) -> Result<Reply> {
    app::account_rights::account_enable(&ctx, &gateway, id.0).await
}

/// Unlock an account (解锁).
///
/// Forget the wrong passwords typed for an account.
#[utoipa::path(operation_id = "account_unlock", tag = "accounts",
    params(("account_id" = Uuid, Path, description = "Id of the account")),
    responses((status = 200, description = "The account.", body = AccountView)))]
#[post("/v1/accounts/{account_id}/unlock")]
pub async fn account_unlock(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::account_rights::account_unlock(&ctx, id.0).await
}

/// Reset a password (重置口令).
///
/// Set a made-up password that counts for 72 hours; every session of the account ends.
#[utoipa::path(operation_id = "account_password_reset", tag = "accounts",
    params(("account_id" = Uuid, Path, description = "Id of the account")),
    responses((status = 200, description = "The account with the password, shown once.", body = AccountView)))]
#[post("/v1/accounts/{account_id}/reset-password")]
pub async fn account_password_reset(ctx: Ctx, gateway: Data<Gateway>, id: Id<Uuid>) -> Result<Reply> {
    app::account_password::account_password_reset(&ctx, &gateway, id.0).await
}
