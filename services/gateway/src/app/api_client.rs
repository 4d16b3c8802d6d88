//! API clients: other systems that call with a key or with client credentials.
//!
//! The secret is shown once and stored as a digest. A client holds business roles only, never an administrator's. Called
//! by the handlers under `/v1/api-clients`.

use crate::api::api_client::{ApiClientCreate, ApiClientListQuery, ApiClientPage, ApiClientView};
use crate::app::account_password::with_secrets;
use crate::app::organ::department_fault;
use crate::app::revocation;
use crate::domain::grant::role_faults;
use crate::domain::secret;
use crate::state::Gateway;
use crate::store::api_client::{self as store, ApiClientRow};
use domain::code::region::RegionCode;
use service_kit::error::StoreIntent as _;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result};
use store_kit::types::{Stamp, TextList, Uid};
use uuid::Uuid;

/// Registers a client and shows its secret once.
///
/// # Errors
/// 409 for a taken name, 422 with every fault.
pub async fn api_client_create(ctx: &Ctx, gateway: &Gateway, body: ApiClientCreate) -> Result<Reply> {
    let ApiClientCreate { name, department, regions, roles, expires_at } = body;
    let mut faults = role_faults("/roles", &roles);
    for (at, _) in roles.iter().enumerate().filter(|(_, r)| r.is_administrator()) {
        faults.push(Fault::new(
            format!("/roles/{at}"),
            "not_for_clients",
            "系统凭证不得持有三员角色",
            "a system's credentials hold no administrator role",
        ));
    }
    for (at, region) in regions.iter().enumerate() {
        if let Err(e) = RegionCode::parse(region) {
            faults.push(Fault::new(format!("/regions/{at}"), e.code(), e.message_zh(), e.to_string()));
        }
    }
    if let Err(e) = domain::text::refuse_control(&name, false) {
        faults.push(Fault::new("/name", e.code(), e.message_zh(), e.to_string()));
    }
    if expires_at.is_some_and(|at| at <= ctx.now()) {
        faults.push(Fault::new("/expires_at", "in_the_past", "到期时间已过", "lies in the past"));
    }
    faults.extend(department_fault(ctx, gateway, &department).await?);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let (id, made_up, now) = (Uuid::now_v7(), secret::random_hex(), Stamp::from(ctx.now()));
    let row = ApiClientRow {
        id: Uid(id),
        name: domain::text::normalise(&name),
        department,
        regions: TextList(regions),
        roles: TextList(roles.iter().map(ToString::to_string).collect()),
        secret_hash: secret::hash(&made_up),
        state: "active".to_string(),
        expires_at: expires_at.map(Stamp::from),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let reply = ctx
        .change(async move |tx| {
            let made = store::api_client_create(tx.conn(), &row).await;
            made.or_conflict("name_taken", "名称已被使用", "the name is taken")?;
            tell(tx, "api_client.created", &row)?;
            Ok(Reply::created(&ApiClientView::from(row), format!("/v1/api-clients/{id}"))?.version(1))
        })
        .await?;
    with_secrets(reply, &[("client_secret", &made_up), ("api_key", &secret::api_key(id, &made_up))])
}

fn tell(tx: &mut service_kit::Tx<'_, '_>, kind: &str, row: &ApiClientRow) -> Result<()> {
    let data = serde_json::json!({"id": row.id.0, "department": row.department, "state": row.state, "version": row.version});
    tx.audit(
        "api_client",
        row.id.0,
        serde_json::json!({"version": row.version, "state": row.state, "roles": row.roles.0}),
    );
    tx.event(kind, row.id.0, std::slice::from_ref(&row.department), "", &data)
}

/// Lists clients, oldest first.
///
/// # Errors
/// 400 for a bad cursor.
pub async fn api_client_list(ctx: &Ctx, query: ApiClientListQuery) -> Result<Reply> {
    let ApiClientListQuery { cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::api_client_list(c, after, limit + 1).await?))
        .await?;
    let page = Page::cut(ctx, rows, limit, |r: &ApiClientRow| r.id.0).map(ApiClientView::from);
    let next = page.next.clone();
    Reply::page(ctx, &ApiClientPage { items: page.items, next: page.next }, next.as_deref())
}

async fn load(ctx: &Ctx, id: Uuid) -> Result<ApiClientRow> {
    let row = ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::api_client_view(c, id).await?)).await?;
    row.ok_or_else(|| Error::not_found("api_client"))
}

/// Reads one client.
///
/// # Errors
/// 404.
pub async fn api_client_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let row = load(ctx, id).await?;
    let version = row.version;
    Ok(Reply::ok(&ApiClientView::from(row))?.version(version))
}

/// Revokes a client: its key and its tokens stop to count, for good.
///
/// # Errors
/// 404; 409 when it is revoked.
pub async fn api_client_revoke(ctx: &Ctx, gateway: &Gateway, id: Uuid) -> Result<Reply> {
    let mut row = load(ctx, id).await?;
    if row.state != "active" {
        return Err(Error::conflict("client_revoked", "该系统凭证已撤销", "the client is revoked"));
    }
    let now = ctx.now();
    // For good: no token of it ever counts again.
    let entry =
        revocation::of_subject(&format!("client:{id}"), now.as_second() + revocation::LONGEST_TOKEN, now);
    let stored = entry.clone();
    let reply = ctx
        .change(async move |tx| {
            match store::api_client_revoke(tx.conn(), id, row.version, Stamp::from(now)).await {
                Err(store_kit::StoreError::NotFound) => return Err(service_kit::extract::changed()),
                other => other?,
            }
            row.state = "revoked".to_string();
            row.version += 1;
            row.updated_at = Stamp::from(now);
            revocation::put(tx, std::slice::from_ref(&stored)).await?;
            tell(tx, "api_client.revoked", &row)?;
            let version = row.version;
            Ok(Reply::ok(&ApiClientView::from(row))?.version(version))
        })
        .await?;
    revocation::announce(gateway, &ctx.kit, &[entry]);
    Ok(reply)
}
