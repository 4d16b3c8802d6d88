//! SQL: township teams. Functions take the caller's scope.

use super::super::schema::township_team;
use super::may_see;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One township team.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = township_team, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct TownshipTeamRow {
    /// Id.
    pub id: Uid,
    /// Organ of the township.
    pub organ_code: String,
    /// Region.
    pub region_code: String,
    /// Name.
    pub name: String,
    /// Fields of enforcement.
    pub fields: TextList,
    /// Provincial decision.
    pub basis: Option<String>,
    /// When it was published.
    pub basis_published_on: Option<Day>,
    /// Powers given.
    pub powers: TextList,
    /// Whether it exists today.
    pub is_active: bool,
    /// Remark.
    pub note: Option<String>,
    /// Account that added it.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When it was added.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

/// One township team within the scope.
///
/// # Errors
/// Database errors.
pub async fn township_team_view(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    id: Uuid,
) -> StoreResult<Option<TownshipTeamRow>> {
    let row: Option<TownshipTeamRow> =
        on!(c, c => township_team::table.find(Uid(id)).select(TownshipTeamRow::as_select()).first(c))
            .optional()?;
    Ok(row.filter(|r| may_see(scope, &r.organ_code, &r.region_code)))
}

/// A page of township teams within the scope.
///
/// # Errors
/// Database errors.
pub async fn township_team_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    organ: Option<&str>,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<TownshipTeamRow>> {
    let (mine, regions) = (scope.departments.clone(), scope.regions.clone());
    let rows: Vec<TownshipTeamRow> = on!(c, c => {
        let mut q = township_team::table.select(TownshipTeamRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            q = q.filter(township_team::organ_code.eq_any(mine));
        }
        if let Some(regions) = regions {
            q = q.filter(crate::within_regions!(township_team::region_code, regions));
        }
        if let Some(organ) = organ {
            q = q.filter(township_team::organ_code.eq(organ));
        }
        if let Some(after) = after {
            q = q.filter(township_team::id.gt(Uid(after)));
        }
        q.order(township_team::id.asc()).limit(limit).load(c)
    })?;
    Ok(rows)
}

/// Adds a township team.
///
/// # Errors
/// Database errors.
pub async fn township_team_create(c: &mut AnyConn<'_>, row: &TownshipTeamRow) -> StoreResult<()> {
    on!(c, c => insert_into(township_team::table).values(row).execute(c))?;
    Ok(())
}

/// Changes a township team; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn township_team_update(c: &mut AnyConn<'_>, row: &TownshipTeamRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n = on!(c, c => update(township_team::table.find(row.id).filter(township_team::version.eq(before)))
        .set(row).execute(c))?;
    Ok(n == 1)
}
