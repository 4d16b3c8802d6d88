//! The gateway's own routes, all of them; every other path goes to a service or to nobody (see `edge::proxy`).

pub mod account;
pub mod api_client;
pub mod auth;
pub mod signing_key;

use service_kit::service::ServiceConfig;

/// Registers the handlers; registering and documenting are one act.
pub fn routes(config: &mut ServiceConfig<'_>) {
    topics(config);
    config
        // Open: nobody has a token yet.
        .service(auth::token_create)
        .service(auth::token_refresh)
        .service(auth::client_token_create)
        .service(signing_key::jwks_view)
        // The caller's own.
        .service(auth::session_end)
        .service(auth::session_list)
        .service(auth::session_revoke)
        .service(account::account_me)
        .service(account::account_password_change)
        // Services and administrators.
        .service(auth::revocation_list)
        .service(signing_key::signing_key_list)
        .service(signing_key::signing_key_rotate)
        .service(account::account_create)
        .service(account::account_list)
        .service(account::account_view)
        .service(account::account_update)
        .service(account::account_role_change)
        .service(account::account_disable)
        .service(account::account_enable)
        .service(account::account_unlock)
        .service(account::account_password_reset)
        .service(api_client::api_client_create)
        .service(api_client::api_client_list)
        .service(api_client::api_client_view)
        .service(api_client::api_client_revoke);
}

/// What the topics are about, in the order of the API page.
fn topics(config: &mut ServiceConfig<'_>) {
    config
        .topic("auth", "Logging in, tokens, sessions (登录与令牌).")
        .topic("accounts", "People, their organs and roles (账号).")
        .topic("api-clients", "Programs of other systems (接口客户端).")
        .topic("signing-keys", "Keys that tokens are signed with (签名密钥).");
}
