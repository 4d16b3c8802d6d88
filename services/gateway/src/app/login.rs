//! Logging in: a name and a password for a session.
//!
//! An unknown name and a wrong password get the same answer after the same work. The work runs to its end even when the
//! caller goes away, so that a guess cannot be taken back by hanging up. Called by the handler of `POST /v1/auth/token`.

use crate::api::auth::{TokenCreate, TokenView};
use crate::app::guard::{self, Keys, Place};
use crate::app::key_ring::Grant;
use crate::domain::{network, password, secret, username};
use crate::edge::credentials::refused;
use crate::edge::visit::Visit;
use crate::state::Gateway;
use crate::store::account::{AccountRow, account_by_username};
use crate::store::session::{RefreshRow, SessionRow, refresh_create, session_create};
use actix_web::web::Data;
use jiff::SignedDuration;
use service_kit::change::run;
use service_kit::{Ctx, Error, Reply, Result};
use std::net::IpAddr;
use store_kit::types::{Stamp, Uid};
use uuid::Uuid;

/// Logs in.
///
/// # Errors
/// 401 for a wrong name or password, 403 for the right ones of an account that may not log in, 429 while locked.
pub async fn token_create(
    ctx: Ctx,
    gateway: Data<Gateway>,
    visit: &Visit,
    agent: String,
    body: TokenCreate,
) -> Result<Reply> {
    let address = visit.address;
    actix_web::rt::spawn(async move { log_in(&ctx, &gateway, address, agent, body).await })
        .await
        .map_err(|e| Error::internal(format!("login: {e}")))?
}

async fn log_in(
    ctx: &Ctx,
    gateway: &Gateway,
    address: IpAddr,
    agent: String,
    body: TokenCreate,
) -> Result<Reply> {
    let TokenCreate { username, password } = body;
    let (username, password) = (username::normalise(&username), password::normalise(&password));
    let kit = &ctx.kit;
    let place = guard::take(kit, &gateway.config, &Keys::new(kit, &username, address)).await?;
    let judged = judge(ctx, gateway, &username, &password).await;
    match judged {
        Ok(Some(account)) => open(ctx, gateway, account, address, agent, place).await,
        Ok(None) => {
            refuse(ctx, place).await?;
            Err(refused())
        }
        Err(e) => {
            kit.store.write::<_, Error, _>(async move |c| place.give_back(c, None).await).await?;
            Err(e)
        }
    }
}

/// The account, when name and password are right.
async fn judge(ctx: &Ctx, gateway: &Gateway, username: &str, password: &str) -> Result<Option<AccountRow>> {
    let row =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(account_by_username(c, username).await?)).await?;
    let right = gateway.hasher.verify(password, row.as_ref().map(|r| r.password_hash.as_str())).await?;
    let Some(row) = row.filter(|_| right) else { return Ok(None) };
    // Only who knows the password is told more.
    if row.state != "active" {
        return Err(Error::forbidden("account_disabled", "账号已停用", "the account is disabled"));
    }
    if row.must_change_password && row.password_expires_at.is_some_and(|at| at.0 <= ctx.now()) {
        return Err(Error::forbidden(
            "password_expired",
            "初始口令已过期，请联系管理员重置",
            "the one-time password has expired; ask an administrator for another",
        ));
    }
    Ok(Some(row))
}

async fn refuse(ctx: &Ctx, place: Place) -> Result<()> {
    // The typed name may be a password typed into the wrong field: it is written nowhere.
    let actor = ctx.actor_as("anonymous", "");
    run(&ctx.kit, actor, async move |tx| {
        place.keep(tx.conn()).await?;
        tx.audit("login", "refused", serde_json::json!({"outcome": "bad_credentials"}));
        Ok(())
    })
    .await
}

async fn open(
    ctx: &Ctx,
    gateway: &Gateway,
    account: AccountRow,
    address: IpAddr,
    agent: String,
    place: Place,
) -> Result<Reply> {
    let now = ctx.now();
    let session = Uuid::now_v7();
    let refresh = secret::random();
    let view = token_view(ctx, gateway, &account, session, refresh.clone())?;
    let (at, expires_at) = (Stamp::from(now), session_end(gateway, now));
    let session_row = SessionRow {
        id: Uid(session),
        account_id: account.id,
        address: network::masked(address),
        agent,
        created_at: at,
        used_at: at,
        expires_at,
        ended_at: None,
        ended_why: String::new(),
    };
    let refresh_row =
        RefreshRow { hash: secret::hash(&refresh), session_id: Uid(session), created_at: at, used_at: None };
    let actor = ctx.actor_as(&account.id.0.to_string(), &account.department);
    run(&ctx.kit, actor, async move |tx| {
        place.give_back(tx.conn(), Some(now)).await?;
        session_create(tx.conn(), &session_row).await?;
        refresh_create(tx.conn(), &refresh_row).await?;
        tx.audit("session", session, serde_json::json!({"outcome": "opened"}));
        Ok(())
    })
    .await?;
    Ok(Reply::ok(&view)?.header("cache-control", "no-store"))
}

/// When a session used now ends by itself.
#[must_use]
pub fn session_end(gateway: &Gateway, now: jiff::Timestamp) -> Stamp {
    let life = SignedDuration::from_hours(24 * i64::from(gateway.config.refresh_days));
    Stamp::from(now.saturating_add(life).unwrap_or(jiff::Timestamp::MAX))
}

/// A token of an account's session, with the refresh token that follows it.
///
/// # Errors
/// As [`crate::app::key_ring::KeyRing::issue`].
pub fn token_view(
    ctx: &Ctx,
    gateway: &Gateway,
    account: &AccountRow,
    session: Uuid,
    refresh: String,
) -> Result<TokenView> {
    let issued = gateway.keys.issue(
        &ctx.kit,
        Grant {
            subject: &account.id.0.to_string(),
            session: session.to_string(),
            department: &account.department,
            regions: account.regions.0.clone(),
            roles: account.roles.0.clone(),
            fields: account.fields.0.clone(),
            not_before: account.tokens_from,
            minutes: gateway.config.token_minutes,
            latest: None,
        },
    )?;
    Ok(TokenView {
        access_token: issued.token,
        token_type: "Bearer".to_string(),
        expires_in: issued.expires_in,
        refresh_token: Some(refresh),
        must_change_password: account.must_change_password,
    })
}
