//! Handlers of tokens, sessions and revocations.

use crate::api::auth::{
    ClientTokenCreate, RevocationPage, SessionListQuery, SessionPage, TokenCreate, TokenRefresh, TokenView,
};
use crate::app;
use crate::edge::visit::Visit;
use crate::state::Gateway;
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post};
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// Log in (登录).
///
/// Log in with a name and a password.
///
/// An unknown name and a wrong password get the same answer. After too many wrong passwords the answer is 429 until the
/// window ends or an administrator unlocks the account.
#[utoipa::path(operation_id = "token_create", tag = "auth",
    request_body(content = TokenCreate),
    responses((status = 200, description = "A token and its refresh token.", body = TokenView),
        (status = 401, description = "The name or the password is wrong.", body = service_kit::error::Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "Right, but the account is disabled or its one-time password has expired.",
            body = service_kit::error::Problem, content_type = "application/problem+json")))]
#[post("/v1/auth/token")]
pub async fn token_create(
    ctx: Ctx,
    gateway: Data<Gateway>,
    visit: Visit,
    req: HttpRequest,
    body: Body<TokenCreate>,
) -> Result<Reply> {
    let agent = req.headers().get("user-agent").and_then(|h| h.to_str().ok()).unwrap_or_default();
    let agent = agent.chars().filter(|c| !c.is_control()).take(120).collect();
    app::login::token_create(ctx, gateway, &visit, agent, body.0).await
}

/// Renew a session (刷新令牌).
///
/// Each refresh token works once; one that comes back after its use ends the whole session. Of simultaneous uses one
/// wins, the others get 409 and may look for the winner's answer.
#[utoipa::path(operation_id = "token_refresh", tag = "auth",
    request_body(content = TokenRefresh),
    responses((status = 200, description = "A new token and a new refresh token.", body = TokenView),
        (status = 401, description = "The refresh token does not count.", body = service_kit::error::Problem,
            content_type = "application/problem+json")))]
#[post("/v1/auth/refresh")]
pub async fn token_refresh(ctx: Ctx, gateway: Data<Gateway>, body: Body<TokenRefresh>) -> Result<Reply> {
    app::refresh::token_refresh(&ctx, &gateway, body.0).await
}

/// Get a token for a system (系统令牌).
///
/// A token for a system's credentials.
#[utoipa::path(operation_id = "client_token_create", tag = "auth",
    request_body(content = ClientTokenCreate),
    responses((status = 200, description = "A token; there is no refresh token.", body = TokenView),
        (status = 401, description = "The credentials do not count.", body = service_kit::error::Problem,
            content_type = "application/problem+json")))]
#[post("/v1/auth/client-token")]
pub async fn client_token_create(
    ctx: Ctx,
    gateway: Data<Gateway>,
    body: Body<ClientTokenCreate>,
) -> Result<Reply> {
    app::client_token::client_token_create(&ctx, &gateway, body.0).await
}

/// Log out (退出).
///
/// Log out: the session of this token ends, its tokens stop to count.
#[utoipa::path(operation_id = "session_end", tag = "auth",
    responses((status = 204, description = "The session has ended.")))]
#[post("/v1/auth/logout")]
pub async fn session_end(ctx: Ctx, gateway: Data<Gateway>) -> Result<Reply> {
    app::session::session_end(&ctx, &gateway).await
}

/// List own sessions (会话).
///
/// The caller's living sessions.
#[utoipa::path(operation_id = "session_list", tag = "auth", params(SessionListQuery),
    responses((status = 200, description = "A page of sessions.", body = SessionPage)))]
#[get("/v1/auth/sessions")]
pub async fn session_list(ctx: Ctx, query: Query<SessionListQuery>) -> Result<Reply> {
    app::session::session_list(&ctx, query.0).await
}

/// End one of the own sessions (结束会话).
///
/// End another session of the caller.
#[utoipa::path(operation_id = "session_revoke", tag = "auth",
    params(("session_id" = Uuid, Path, description = "Id of the session")),
    responses((status = 204, description = "The session has ended.")))]
#[post("/v1/auth/sessions/{session_id}/revoke")]
pub async fn session_revoke(ctx: Ctx, gateway: Data<Gateway>, id: Id<Uuid>) -> Result<Reply> {
    app::session::session_revoke(&ctx, &gateway, id.0).await
}

/// List revocations (吊销清单).
///
/// Tokens that no longer count, for the services.
#[utoipa::path(operation_id = "revocation_list", tag = "auth",
    responses((status = 200, description = "Entries that concern living tokens.", body = RevocationPage)))]
#[get("/v1/auth/revocations")]
pub async fn revocation_list(ctx: Ctx) -> Result<Reply> {
    app::revocation::revocation_list_all(&ctx).await
}
