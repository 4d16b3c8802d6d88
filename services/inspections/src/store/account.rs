//! SQL: accounts tied to inspectors (账号关联), and settings of organs.
//!
//! Ties are of organs: functions that answer a caller take its scope; the steps of tasks ask by account. Called by the account
//! and task app functions.

use super::schema::{inspector_account, organ_setting};
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// An account tied to an inspector.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = inspector_account, treat_none_as_default_value = false)]
pub struct AccountRow {
    /// The inspector.
    pub inspector_id: Uid,
    /// The account: the subject of its tokens.
    pub account: String,
    /// Organ of the inspector.
    pub organ_code: String,
    /// Account that tied them.
    pub linked_by: String,
    /// When.
    pub linked_at: Stamp,
}

/// What an organ has decided about its own inspections.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = organ_setting, treat_none_as_default_value = false)]
pub struct OrganSettingRow {
    /// The organ.
    pub organ_code: String,
    /// Only tied accounts take steps on the spot.
    pub linked_field_work: bool,
    /// Account of the last change.
    pub updated_by: String,
    /// Version.
    pub version: i64,
    /// First decision.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

/// The account of an inspector within the scope.
///
/// # Errors
/// Database errors.
pub async fn account_of(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    inspector: Uuid,
) -> StoreResult<Option<AccountRow>> {
    let row: Option<AccountRow> =
        on!(c, c => inspector_account::table.find(Uid(inspector)).select(AccountRow::as_select()).first(c))
            .optional()?;
    Ok(row.filter(|r| scope.sees_department(&r.organ_code)))
}

/// The inspector of an organ that an account is tied to.
///
/// # Errors
/// Database errors.
pub async fn inspector_of_account(
    c: &mut AnyConn<'_>,
    organ: &str,
    account: &str,
) -> StoreResult<Option<Uuid>> {
    let id: Option<Uid> = on!(c, c => inspector_account::table
        .filter(inspector_account::account.eq(account).and(inspector_account::organ_code.eq(organ)))
        .select(inspector_account::inspector_id).first(c))
    .optional()?;
    Ok(id.map(|i| i.0))
}

/// Ties an account to an inspector.
///
/// # Errors
/// [`StoreError::Conflict`] when either is tied already.
pub async fn account_link(c: &mut AnyConn<'_>, row: &AccountRow) -> StoreResult<()> {
    on!(c, c => insert_into(inspector_account::table).values(row).execute(c))?;
    Ok(())
}

/// Unties an inspector; false when he was tied to nothing.
///
/// # Errors
/// Database errors.
pub async fn account_unlink(c: &mut AnyConn<'_>, inspector: Uuid) -> StoreResult<bool> {
    let n = on!(c, c => delete(inspector_account::table.find(Uid(inspector))).execute(c))?;
    Ok(n == 1)
}

/// Settings of an organ, once it has decided.
///
/// # Errors
/// Database errors.
pub async fn organ_setting_view(c: &mut AnyConn<'_>, organ: &str) -> StoreResult<Option<OrganSettingRow>> {
    Ok(on!(c, c => organ_setting::table.find(organ).select(OrganSettingRow::as_select()).first(c))
        .optional()?)
}

/// Adds settings (version 1) or replaces the version before; false when somebody was quicker.
///
/// # Errors
/// [`StoreError::Conflict`] when version 1 is there already.
pub async fn organ_setting_put(c: &mut AnyConn<'_>, row: &OrganSettingRow) -> StoreResult<bool> {
    if row.version == 1 {
        on!(c, c => insert_into(organ_setting::table).values(row).execute(c))?;
        return Ok(true);
    }
    let (organ, before) = (row.organ_code.clone(), row.version - 1);
    let n = on!(c, c => update(organ_setting::table.find(organ).filter(organ_setting::version.eq(before)))
        .set(row).execute(c))?;
    Ok(n == 1)
}
