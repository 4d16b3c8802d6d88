//! Tokens for systems: the suite's own services and registered API clients.
//!
//! A service's secret derives from the deployment's service key (D8); a client's was shown once when it was registered.
//! Such a token has no session and no refresh token; that it was given is audited. Called by `POST /v1/auth/client-token` and by the
//! gate for API keys.

use crate::api::auth::{ClientTokenCreate, TokenView};
use crate::app::key_ring::{Grant, Issued};
use crate::domain::secret;
use crate::edge::credentials::refused;
use crate::state::Gateway;
use crate::store::api_client::{ApiClientRow, api_client_view};
use service_kit::auth::tokens::service_secret;
use service_kit::{Ctx, Error, Kit, Reply, Result};
use uuid::Uuid;

/// Gives a token for a client's credentials.
///
/// # Errors
/// 401 for credentials that do not count.
pub async fn client_token_create(ctx: &Ctx, gateway: &Gateway, body: ClientTokenCreate) -> Result<Reply> {
    let ClientTokenCreate { client_id, client_secret } = body;
    let (issued, department) = match client_id.split_once(':') {
        Some(("service", name)) => (for_service(gateway, &ctx.kit, name, &client_secret)?, String::new()),
        Some(("client", id)) => {
            let id = Uuid::try_parse(id).map_err(|_| refused())?;
            let row = ctx.kit.store.read::<_, Error, _>(async |c| Ok(api_client_view(c, id).await?)).await?;
            let row = row.filter(|r| secret::matches(&client_secret, &r.secret_hash)).ok_or_else(refused)?;
            (issue(gateway, &ctx.kit, &row, gateway.config.token_minutes)?, row.department)
        }
        _ => return Err(refused()),
    };
    // Nothing is stored of the token, but that it was given is on record.
    let actor = ctx.actor_as(&client_id, &department);
    service_kit::change::run(&ctx.kit, actor, async move |tx| {
        tx.audit("token", &client_id, serde_json::json!({"given": true}));
        Ok(())
    })
    .await?;
    let view = TokenView {
        access_token: issued.token,
        token_type: "Bearer".to_string(),
        expires_in: issued.expires_in,
        refresh_token: None,
        must_change_password: false,
    };
    Ok(Reply::ok(&view)?.header("cache-control", "no-store"))
}

fn for_service(gateway: &Gateway, kit: &Kit, name: &str, given: &str) -> Result<Issued> {
    let is_name = !name.is_empty() && name.len() <= 32 && name.bytes().all(|b| b.is_ascii_lowercase());
    if !is_name || !secret::equal(given, &service_secret(&kit.core.service_key, name)) {
        return Err(refused());
    }
    let subject = format!("service:{name}");
    gateway.keys.issue(
        kit,
        Grant {
            subject: &subject,
            session: format!("service:{}", Uuid::new_v4().simple()),
            department: "",
            regions: Vec::new(),
            roles: Vec::new(),
            fields: Vec::new(),
            not_before: 0,
            minutes: gateway.config.token_minutes,
            latest: None,
        },
    )
}

/// A token for a client whose secret was checked.
///
/// # Errors
/// 401 when the client is revoked or has expired.
pub fn issue(gateway: &Gateway, kit: &Kit, row: &ApiClientRow, minutes: u32) -> Result<Issued> {
    if row.state != "active" || row.expires_at.is_some_and(|at| at.0 <= kit.clock.now()) {
        return Err(refused());
    }
    let subject = format!("client:{}", row.id.0);
    gateway.keys.issue(
        kit,
        Grant {
            subject: &subject,
            session: format!("client:{}", Uuid::new_v4().simple()),
            department: &row.department,
            regions: row.regions.0.clone(),
            roles: row.roles.0.clone(),
            fields: Vec::new(),
            not_before: 0,
            minutes,
            latest: row.expires_at.map(|at| at.0.as_second()),
        },
    )
}
