//! Accounts: making, listing, reading, changing what is not a right.
//!
//! Which administrator may touch which account is `domain::grant`. A change of department, regions or fields ends the
//! tokens issued before it. Called by the handlers under `/v1/accounts`.

use crate::api::account::{AccountCreate, AccountListQuery, AccountPage, AccountUpdate, AccountView};
use crate::app::account_password::{ONE_TIME, with_password};
use crate::app::organ::department_fault;
use crate::app::revocation;
use crate::app::session::own_account;
use crate::domain::grant::{Grantor, role_faults};
use crate::domain::{password, secret, username};
use crate::state::Gateway;
use crate::store::account::{self as store, AccountFilter, AccountRow, active_with_role};
use domain::code::region::RegionCode;
use domain::vocabulary::Role;
use service_kit::auth::revocation::Revocation;
use service_kit::change::run;
use service_kit::error::StoreIntent as _;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use store_kit::types::{Stamp, TextList, Uid};
use uuid::Uuid;

/// Roles of a stored list; a word of an older version is passed over.
#[must_use]
pub fn roles_of(list: &TextList) -> Vec<Role> {
    list.0.iter().filter_map(|r| r.parse().ok()).collect()
}

/// The caller as somebody who gives rights.
///
/// # Errors
/// The store's.
pub async fn grantor(ctx: &Ctx) -> Result<Grantor<'_>> {
    let who = ctx.who()?;
    let role = Role::SecurityAdmin.as_str();
    let has_security =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(active_with_role(c, role).await?)).await?;
    Ok(Grantor { subject: &who.subject, roles: &who.roles, is_setup: !has_security })
}

/// Reads an account or says that there is none.
///
/// # Errors
/// 404.
pub async fn load(ctx: &Ctx, id: Uuid) -> Result<AccountRow> {
    let row = ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::account_view(c, id).await?)).await?;
    row.ok_or_else(|| Error::not_found("account"))
}

/// Faults of regions and texts, at their places.
fn scope_faults(display_name: Option<&str>, regions: Option<&[String]>) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(name) = display_name {
        if let Err(e) = domain::text::refuse_control(name, false) {
            faults.push(Fault::new("/display_name", e.code(), e.message_zh(), e.to_string()));
        }
        if name.trim().is_empty() {
            faults.push(Fault::new("/display_name", "blank", "不得为空白", "is blank"));
        }
    }
    for (at, region) in regions.unwrap_or_default().iter().enumerate() {
        if let Err(e) = RegionCode::parse(region) {
            faults.push(Fault::new(format!("/regions/{at}"), e.code(), e.message_zh(), e.to_string()));
        }
    }
    faults
}

/// Makes an account; without a password one is made up and shown once.
///
/// # Errors
/// 403 for roles that are not the caller's to give, 409 for a taken name, 422 with every fault.
pub async fn account_create(ctx: &Ctx, gateway: &Gateway, body: AccountCreate) -> Result<Reply> {
    let AccountCreate { username, display_name, department, roles, regions, fields, password } = body;
    let giver = grantor(ctx).await?;
    if let Some(role) = roles.iter().find(|r| !giver.may_give(**r)) {
        return Err(not_yours(*role));
    }
    giver.may_touch("", &roles)?;
    let username = username::normalise(&username);
    let mut faults: Vec<Fault> = username::fault(&username).into_iter().collect();
    faults.extend(role_faults("/roles", &roles));
    faults.extend(scope_faults(Some(&display_name), Some(&regions)));
    faults.extend(password.as_deref().map(|p| password::faults(p, &username)).unwrap_or_default());
    faults.extend(department_fault(ctx, gateway, &department).await?);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let is_typed = password.is_some();
    let password = password.unwrap_or_else(secret::one_time_password);
    let now = ctx.now();
    let row = AccountRow {
        id: Uid(Uuid::now_v7()),
        username,
        display_name: domain::text::normalise(&display_name),
        department,
        regions: TextList(regions),
        roles: TextList(roles.iter().map(ToString::to_string).collect()),
        fields: TextList(fields),
        password_hash: gateway.hasher.hash(&password::normalise(&password)).await?,
        must_change_password: true,
        password_expires_at: now.saturating_add(ONE_TIME).ok().map(Stamp::from),
        tokens_from: 0,
        state: "active".to_string(),
        version: 1,
        created_at: Stamp::from(now),
        updated_at: Stamp::from(now),
    };
    let id = row.id.0;
    let write = async move |tx: &mut Tx<'_, '_>| {
        let made = store::account_create(tx.conn(), &row).await;
        made.or_conflict("username_taken", "用户名已被使用", "the username is taken")?;
        tell(tx, "account.created", &row, serde_json::json!({"version": 1, "roles": row.roles.0}))?;
        Ok(Reply::created(&AccountView::from(row), format!("/v1/accounts/{id}"))?.version(1))
    };
    if is_typed {
        // A stored fingerprint of a body with a password would be something to guess by: no idempotency record here.
        return run(&ctx.kit, ctx.actor()?, write).await;
    }
    with_password(ctx.change(write).await?, &password)
}

/// The caller may not give or take this role.
#[must_use]
pub fn not_yours(role: Role) -> Error {
    Error::forbidden(
        "role_not_yours",
        format!("您无权授予或撤销“{}”", role.label_zh()),
        format!("the role {role} is not yours to give or take"),
    )
}

/// Audit entry and event of a changed account.
///
/// # Errors
/// 500 when the event cannot be written as JSON.
pub fn tell(tx: &mut Tx<'_, '_>, kind: &str, row: &AccountRow, detail: serde_json::Value) -> Result<()> {
    tx.audit("account", row.id.0, detail);
    let data = serde_json::json!({"id": row.id.0, "department": row.department, "state": row.state, "version": row.version});
    tx.event(kind, row.id.0, std::slice::from_ref(&row.department), "", &data)
}

/// Lists accounts by username.
///
/// # Errors
/// 400 for a bad cursor.
pub async fn account_list(ctx: &Ctx, query: AccountListQuery) -> Result<Reply> {
    let AccountListQuery { department, state, cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<String> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let filter = AccountFilter { department, state, after, limit: limit + 1 };
    let rows = ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::account_list(c, filter).await?)).await?;
    let page = Page::cut(ctx, rows, limit, |r: &AccountRow| r.username.clone()).map(AccountView::from);
    let next = page.next.clone();
    Reply::page(ctx, &AccountPage { items: page.items, next: page.next }, next.as_deref())
}

/// Reads one account.
///
/// # Errors
/// 404.
pub async fn account_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let row = load(ctx, id).await?;
    let version = row.version;
    Ok(Reply::ok(&AccountView::from(row))?.version(version))
}

/// Reads the caller's own account.
///
/// # Errors
/// 403 for systems.
pub async fn account_me(ctx: &Ctx) -> Result<Reply> {
    account_view(ctx, own_account(ctx)?).await
}

/// Changes name, department, regions or fields.
///
/// # Errors
/// 403, 404, 412, 422, 428.
pub async fn account_update(ctx: &Ctx, gateway: &Gateway, id: Uuid, body: AccountUpdate) -> Result<Reply> {
    let AccountUpdate { display_name, department, regions, fields } = body;
    let mut row = load(ctx, id).await?;
    grantor(ctx).await?.may_touch(&id.to_string(), &roles_of(&row.roles))?;
    ctx.expect_version(row.version)?;
    let mut faults = scope_faults(display_name.as_deref(), regions.as_deref());
    if let Some(code) = department.as_deref().filter(|d| *d != row.department) {
        faults.extend(department_fault(ctx, gateway, code).await?);
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let before = (row.department.clone(), row.regions.clone(), row.fields.clone());
    if let Some(name) = display_name {
        row.display_name = domain::text::normalise(&name);
    }
    row.department = department.unwrap_or(row.department);
    row.regions = regions.map_or(row.regions, TextList);
    row.fields = fields.map_or(row.fields, TextList);
    let narrows = before != (row.department.clone(), row.regions.clone(), row.fields.clone());
    let detail = serde_json::json!({"version": row.version + 1, "scope_changed": narrows});
    store_changed(ctx, gateway, row, narrows, "account.changed", detail).await
}

/// Stores a changed account; with `ends_tokens` the tokens issued before no longer count.
///
/// # Errors
/// 412 when it was changed meanwhile.
pub async fn store_changed(
    ctx: &Ctx,
    gateway: &Gateway,
    mut row: AccountRow,
    ends_tokens: bool,
    kind: &'static str,
    detail: serde_json::Value,
) -> Result<Reply> {
    let entries = advance(ctx, &mut row, ends_tokens);
    let stored = entries.clone();
    let reply = ctx
        .change(async move |tx| {
            save(tx, &row, &stored).await?;
            tell(tx, kind, &row, detail)?;
            let version = row.version;
            Ok(Reply::ok(&AccountView::from(row))?.version(version))
        })
        .await?;
    revocation::announce(gateway, &ctx.kit, &entries);
    Ok(reply)
}

/// Moves the version on and, when tokens must end, the second from which they count.
pub fn advance(ctx: &Ctx, row: &mut AccountRow, ends_tokens: bool) -> Vec<Revocation> {
    let now = ctx.now();
    row.version += 1;
    row.updated_at = Stamp::from(now);
    if !ends_tokens {
        return Vec::new();
    }
    row.tokens_from = revocation::next_from(row.tokens_from, now);
    vec![revocation::of_subject(&row.id.0.to_string(), row.tokens_from, now)]
}

/// Writes a changed account with its revocations.
///
/// # Errors
/// 412 when it was changed meanwhile.
pub async fn save(tx: &mut Tx<'_, '_>, row: &AccountRow, entries: &[Revocation]) -> Result<()> {
    match store::account_update(tx.conn(), row).await {
        Err(store_kit::StoreError::NotFound) => return Err(service_kit::extract::changed()),
        other => other?,
    }
    revocation::put(tx, entries).await
}
