//! Rows of accounts.
//!
//! Called by the account and login use cases. Changes name the version they were read at; a row changed meanwhile is not
//! touched, and the caller is told.

use super::schema::account;
use store_kit::prelude::*;
use uuid::Uuid;

/// An account as stored.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = account, treat_none_as_default_value = false)]
pub struct AccountRow {
    /// Id, the `sub` of its tokens.
    pub id: Uid,
    /// Normalised name to log in with.
    pub username: String,
    /// Name for people.
    pub display_name: String,
    /// Organ code.
    pub department: String,
    /// Region codes it is limited to.
    pub regions: TextList,
    /// Roles, as the vocabulary writes them.
    pub roles: TextList,
    /// Extra field rights.
    pub fields: TextList,
    /// argon2id, PHC form.
    pub password_hash: String,
    /// Whether the password was set by somebody else.
    pub must_change_password: bool,
    /// When a password set by somebody else stops to count.
    pub password_expires_at: Option<Stamp>,
    /// Second before which its tokens do not count.
    pub tokens_from: i64,
    /// `active` or `disabled`.
    pub state: String,
    /// Version for ETags.
    pub version: i64,
    /// Made.
    pub created_at: Stamp,
    /// Changed.
    pub updated_at: Stamp,
}

/// Inserts an account.
///
/// # Errors
/// [`StoreError::Conflict`] when the username is taken.
pub async fn account_create(c: &mut AnyConn<'_>, row: &AccountRow) -> StoreResult<()> {
    on!(c, c => insert_into(account::table).values(row).execute(c))?;
    Ok(())
}

/// Reads one account.
///
/// # Errors
/// Database errors.
pub async fn account_view(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<Option<AccountRow>> {
    Ok(on!(c, c => account::table.find(Uid(id)).select(AccountRow::as_select()).first(c)).optional()?)
}

/// Reads one account by its normalised name.
///
/// # Errors
/// Database errors.
pub async fn account_by_username(c: &mut AnyConn<'_>, username: &str) -> StoreResult<Option<AccountRow>> {
    Ok(on!(c, c => account::table.filter(account::username.eq(username)).select(AccountRow::as_select()).first(c))
        .optional()?)
}

/// Whether there is any account.
///
/// # Errors
/// Database errors.
pub async fn account_exists(c: &mut AnyConn<'_>) -> StoreResult<bool> {
    let found: Option<Uid> = on!(c, c => account::table.select(account::id).limit(1).first(c)).optional()?;
    Ok(found.is_some())
}

/// Active accounts that hold one of the administrator roles; a handful.
///
/// # Errors
/// Database errors.
pub async fn active_with_role(c: &mut AnyConn<'_>, role: &str) -> StoreResult<bool> {
    // Lists have no common operator on both databases; JSON text and array text both hold the word delimited.
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let sql = match c.kind() {
        Kind::Postgres => "SELECT count(*) AS n FROM account WHERE state = 'active' AND $1 = ANY (roles)",
        Kind::Sqlite => {
            "SELECT count(*) AS n FROM account WHERE state = 'active' \
             AND EXISTS (SELECT 1 FROM json_each(account.roles) WHERE json_each.value = $1)"
        }
    };
    let found: Vec<Found> = on!(c, c => sql_query(sql).bind::<diesel::sql_types::Text, _>(role).load(c))?;
    Ok(found.first().is_some_and(|f| f.n > 0))
}

/// What a list asks for.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    /// Only of this organ.
    pub department: Option<String>,
    /// Only in this state.
    pub state: Option<String>,
    /// After this username.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: i64,
}

/// A page of accounts by username.
///
/// # Errors
/// Database errors.
pub async fn account_list(c: &mut AnyConn<'_>, filter: AccountFilter) -> StoreResult<Vec<AccountRow>> {
    let AccountFilter { department, state, after, limit } = filter;
    Ok(on!(c, c => {
        let mut query = account::table.select(AccountRow::as_select()).order(account::username.asc()).limit(limit)
            .into_boxed();
        if let Some(department) = department {
            query = query.filter(account::department.eq(department));
        }
        if let Some(state) = state {
            query = query.filter(account::state.eq(state));
        }
        if let Some(after) = after {
            query = query.filter(account::username.gt(after));
        }
        query.load(c)
    })?)
}

/// Stores a changed account over the version before it; `row.version` is the new one.
///
/// # Errors
/// [`StoreError::NotFound`] when the row is gone or was changed meanwhile.
pub async fn account_update(c: &mut AnyConn<'_>, row: &AccountRow) -> StoreResult<()> {
    let AccountRow {
        id,
        username: _,
        display_name,
        department,
        regions,
        roles,
        fields,
        password_hash,
        must_change_password,
        password_expires_at,
        tokens_from,
        state,
        version,
        created_at: _,
        updated_at,
    } = row;
    let n = on!(c, c => update(account::table.filter(account::id.eq(*id).and(account::version.eq(*version - 1)))).set((
        account::display_name.eq(display_name), account::department.eq(department), account::regions.eq(regions),
        account::roles.eq(roles), account::fields.eq(fields), account::password_hash.eq(password_hash),
        account::must_change_password.eq(*must_change_password),
        account::password_expires_at.eq(*password_expires_at), account::tokens_from.eq(*tokens_from),
        account::state.eq(state), account::version.eq(*version), account::updated_at.eq(*updated_at),
    )).execute(c))?;
    if n == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}
