//! SQL: experts and auxiliary staff, personal data sealed. Functions take the caller's scope.

use super::schema::expert;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One helper.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = expert, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct ExpertRow {
    /// Id.
    pub id: Uid,
    /// `expert`, `auxiliary_staff`, `grid_worker`.
    pub kind: String,
    /// Organ that keeps the entry.
    pub organ_code: String,
    /// Region.
    pub region_code: String,
    /// Name, sealed.
    pub name_sealed: String,
    /// Name, keyed hash.
    pub name_lookup: String,
    /// Mobile number, sealed.
    pub mobile_sealed: Option<String>,
    /// Employer.
    pub employer: Option<String>,
    /// Professional title.
    pub title: Option<String>,
    /// Specialties.
    pub tags: TextList,
    /// First day.
    pub valid_from: Day,
    /// Last day.
    pub valid_to: Option<Day>,
    /// `active` or `left`.
    pub state: String,
    /// Why he left.
    pub state_reason: Option<String>,
    /// Number of steps taken.
    pub transitions: i64,
    /// Remark.
    pub note: Option<String>,
    /// Account that entered him.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When he was entered.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

/// One helper within the scope.
///
/// # Errors
/// Database errors.
pub async fn expert_view(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<ExpertRow>> {
    let row: Option<ExpertRow> =
        on!(c, c => expert::table.find(Uid(id)).select(ExpertRow::as_select()).first(c)).optional()?;
    Ok(row.filter(|r| scope.sees_department(&r.organ_code) && scope.sees_region(&r.region_code)))
}

/// A page of helpers within the scope: kind, state, organ.
///
/// # Errors
/// Database errors.
pub async fn expert_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    (kind, state, organ): (Option<&str>, Option<&str>, Option<&str>),
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<ExpertRow>> {
    let (mine, regions) = (scope.departments.clone(), scope.regions.clone());
    Ok(on!(c, c => {
        let mut q = expert::table.select(ExpertRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            q = q.filter(expert::organ_code.eq_any(mine));
        }
        if let Some(regions) = regions {
            q = q.filter(crate::within_regions!(expert::region_code, regions));
        }
        if let Some(kind) = kind {
            q = q.filter(expert::kind.eq(kind));
        }
        if let Some(state) = state {
            q = q.filter(expert::state.eq(state));
        }
        if let Some(organ) = organ {
            q = q.filter(expert::organ_code.eq(organ));
        }
        if let Some(after) = after {
            q = q.filter(expert::id.gt(Uid(after)));
        }
        q.order(expert::id.asc()).limit(limit).load(c)
    })?)
}

/// Enters a helper.
///
/// # Errors
/// Database errors.
pub async fn expert_create(c: &mut AnyConn<'_>, row: &ExpertRow) -> StoreResult<()> {
    on!(c, c => insert_into(expert::table).values(row).execute(c))?;
    Ok(())
}

/// Changes a helper; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn expert_update(c: &mut AnyConn<'_>, row: &ExpertRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n = on!(c, c => update(expert::table.find(row.id).filter(expert::version.eq(before))).set(row).execute(c))?;
    Ok(n == 1)
}
