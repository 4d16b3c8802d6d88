//! SQL: inspectors (执法检查人员名录库).
//!
//! Personal data comes and goes sealed. Rows belong to organs and regions, so lists and views take the caller's scope. Called
//! by the app functions; draws ask [`inspector_eligible`], visits [`certificate_on`].

mod certificate;
mod eligible;
mod township;

pub use certificate::{
    CertificateRow, TagRow, TrainingRow, certificate_correct, certificate_create, certificate_on,
    certificate_revoke, certificates_of, counts, tags_of, tags_put, training_create, training_list,
};
pub use eligible::{Eligible, inspector_eligible};
pub use township::{
    TownshipTeamRow, township_team_create, township_team_list, township_team_update, township_team_view,
};

use super::schema::{inspector, inspector_certificate, inspector_tag};
use jiff::civil::Date;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One inspector, personal data sealed.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = inspector, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct InspectorRow {
    /// Id.
    pub id: Uid,
    /// Organ.
    pub organ_code: String,
    /// Region.
    pub region_code: String,
    /// Township team.
    pub team_id: Option<Uid>,
    /// Number within the organ.
    pub staff_no: Option<String>,
    /// Name, sealed.
    pub name_sealed: String,
    /// Name, keyed hash.
    pub name_lookup: String,
    /// Citizen id, sealed.
    pub id_number_sealed: Option<String>,
    /// Citizen id, keyed hash.
    pub id_number_lookup: Option<String>,
    /// Mobile number, sealed.
    pub mobile_sealed: Option<String>,
    /// `male` or `female`.
    pub gender: Option<String>,
    /// Education.
    pub education: Option<String>,
    /// Field of study.
    pub major: Option<String>,
    /// Class of post.
    pub post_category: Option<String>,
    /// Since when in this post.
    pub post_since: Option<Day>,
    /// Level of government.
    pub level: Option<String>,
    /// Position.
    pub position: Option<String>,
    /// Exact position.
    pub position_title: Option<String>,
    /// Unit within the organ.
    pub unit: Option<String>,
    /// May lead a team.
    pub is_leader: bool,
    /// Duties.
    pub duties: TextList,
    /// `registered`, `suspended` by hand, or `left`.
    pub state: String,
    /// Why.
    pub state_reason: Option<String>,
    /// Last day of any certificate that was not revoked; the exact answer needs the certificates.
    pub certified_until: Option<Day>,
    /// Last day of the trainings that count.
    pub trained_until: Option<Day>,
    /// Number of steps taken.
    pub transitions: i64,
    /// Remark.
    pub note: Option<String>,
    /// Account that registered him.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When he was registered.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

/// State asked for in a list: `left`, `suspended`, `qualified` or `registered` on a day.
pub type StateOn = (crate::domain::inspector::InspectorState, Date);

/// What a list is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct InspectorFilter {
    /// Only this organ.
    pub organ_code: Option<String>,
    /// Only of this team.
    pub team_id: Option<Uuid>,
    /// Only with this keyed hash of the name.
    pub name_lookup: Option<String>,
    /// Only the holder of this certificate.
    pub certificate_number: Option<String>,
    /// Only with this tag: kind, tag.
    pub tags: Vec<(String, String)>,
    /// Only in this state on a day.
    pub state: Option<StateOn>,
}

fn may_see(scope: &Scope, organ: &str, region: &str) -> bool {
    scope.sees_department(organ) && scope.sees_region(region)
}

/// One inspector within the scope.
///
/// # Errors
/// Database errors.
pub async fn inspector_view(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    id: Uuid,
) -> StoreResult<Option<InspectorRow>> {
    let row: Option<InspectorRow> =
        on!(c, c => inspector::table.find(Uid(id)).select(InspectorRow::as_select()).first(c)).optional()?;
    Ok(row.filter(|r| may_see(scope, &r.organ_code, &r.region_code)))
}

/// Inspectors by their ids, whoever may see them; for draws and visits that hold them already.
///
/// # Errors
/// Database errors.
pub async fn inspectors_by_ids(c: &mut AnyConn<'_>, ids: &[Uuid]) -> StoreResult<Vec<InspectorRow>> {
    let mut out = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let chunk: Vec<Uid> = chunk.iter().copied().map(Uid).collect();
        let mut rows: Vec<InspectorRow> = on!(c, c => inspector::table.filter(inspector::id.eq_any(chunk))
            .order(inspector::id.asc()).select(InspectorRow::as_select()).load(c))?;
        out.append(&mut rows);
    }
    Ok(out)
}

/// A page of inspectors within the scope, in the order they were registered.
///
/// # Errors
/// Database errors.
pub async fn inspector_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &InspectorFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<InspectorRow>> {
    use crate::domain::inspector::InspectorState as S;
    use diesel::dsl::exists;
    let InspectorFilter { organ_code, team_id, name_lookup, certificate_number, tags, state } =
        filter.clone();
    let (mine, regions) = (scope.departments.clone(), scope.regions.clone());
    Ok(on!(c, c => {
        let mut q = inspector::table.select(InspectorRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            q = q.filter(inspector::organ_code.eq_any(mine));
        }
        if let Some(regions) = regions {
            q = q.filter(crate::within_regions!(inspector::region_code, regions));
        }
        if let Some(organ) = organ_code {
            q = q.filter(inspector::organ_code.eq(organ));
        }
        if let Some(team) = team_id {
            q = q.filter(inspector::team_id.eq(Uid(team)));
        }
        if let Some(name) = name_lookup {
            q = q.filter(inspector::name_lookup.eq(name));
        }
        if let Some(number) = certificate_number {
            q = q.filter(exists(inspector_certificate::table.filter(
                inspector_certificate::inspector_id.eq(inspector::id).and(inspector_certificate::number.eq(number)))));
        }
        for (kind, tag) in tags {
            q = q.filter(exists(inspector_tag::table.filter(inspector_tag::inspector_id.eq(inspector::id)
                .and(inspector_tag::kind.eq(kind)).and(inspector_tag::tag.eq(tag)))));
        }
        if let Some((state, day)) = state {
            let day = Day(day);
            let holds = || exists(inspector_certificate::table.filter(
                inspector_certificate::inspector_id.eq(inspector::id)
                    .and(inspector_certificate::kind.eq("enforcement"))
                    .and(inspector_certificate::valid_from.le(day))
                    .and(inspector_certificate::valid_to.ge(day))
                    .and(inspector_certificate::revoked_on.is_null()
                        .or(inspector_certificate::revoked_on.gt(day)))));
            let begun = || exists(inspector_certificate::table.filter(
                inspector_certificate::inspector_id.eq(inspector::id)
                    .and(inspector_certificate::kind.eq("enforcement"))
                    .and(inspector_certificate::valid_from.le(day))));
            let trained = || inspector::trained_until.is_null()
                .or(inspector::trained_until.ge(day));
            q = match state {
                S::Left => q.filter(inspector::state.eq("left")),
                S::Qualified => q.filter(inspector::state.eq("registered")).filter(holds()).filter(trained()),
                S::Registered => q.filter(inspector::state.eq("registered")).filter(diesel::dsl::not(begun())).filter(trained()),
                S::Suspended => q.filter(inspector::state.ne("left")).filter(
                    inspector::state.eq("suspended").or(diesel::dsl::not(trained()))
                        .or(diesel::dsl::not(holds()).and(begun()))),
            };
        }
        if let Some(after) = after {
            q = q.filter(inspector::id.gt(Uid(after)));
        }
        q.order(inspector::id.asc()).limit(limit).load(c)
    })?)
}

/// Registers an inspector.
///
/// # Errors
/// [`StoreError::Conflict`] when the citizen id or the number within the organ is taken.
pub async fn inspector_create(c: &mut AnyConn<'_>, row: &InspectorRow) -> StoreResult<()> {
    on!(c, c => insert_into(inspector::table).values(row).execute(c))?;
    Ok(())
}

/// Changes an inspector that still has the version before `row.version`; false when somebody was quicker.
///
/// # Errors
/// As [`inspector_create`].
pub async fn inspector_update(c: &mut AnyConn<'_>, row: &InspectorRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n = on!(c, c => update(inspector::table.find(row.id).filter(inspector::version.eq(before))).set(row).execute(c))?;
    Ok(n == 1)
}

/// Inspectors by what an import knows them by: keyed hashes of citizen ids, numbers of certificates.
///
/// # Errors
/// Database errors.
pub async fn inspectors_known(
    c: &mut AnyConn<'_>,
    id_lookups: Vec<String>,
    numbers: Vec<String>,
) -> StoreResult<Vec<InspectorRow>> {
    let mut found: Vec<InspectorRow> = Vec::new();
    for chunk in id_lookups.chunks(500) {
        let chunk = chunk.to_vec();
        let mut rows: Vec<InspectorRow> = on!(c, c => inspector::table.filter(inspector::id_number_lookup.eq_any(chunk))
            .select(InspectorRow::as_select()).load(c))?;
        found.append(&mut rows);
    }
    for chunk in numbers.chunks(500) {
        let chunk = chunk.to_vec();
        let mut rows: Vec<InspectorRow> = on!(c, c => inspector::table
            .filter(inspector::id.eq_any(inspector_certificate::table
                .filter(inspector_certificate::number.eq_any(chunk)).select(inspector_certificate::inspector_id)))
            .select(InspectorRow::as_select()).load(c))?;
        found.append(&mut rows);
    }
    found.sort_by_key(|r| r.id);
    found.dedup_by_key(|r| r.id);
    Ok(found)
}

/// Inspectors of an organ by their numbers within it.
///
/// # Errors
/// Database errors.
pub async fn inspectors_by_staff_no(
    c: &mut AnyConn<'_>,
    organ: &str,
    numbers: Vec<String>,
) -> StoreResult<Vec<InspectorRow>> {
    let mut found: Vec<InspectorRow> = Vec::new();
    for chunk in numbers.chunks(500) {
        let chunk = chunk.to_vec();
        let mut rows: Vec<InspectorRow> = on!(c, c => inspector::table
            .filter(inspector::organ_code.eq(organ).and(inspector::staff_no.eq_any(chunk)))
            .select(InspectorRow::as_select()).load(c))?;
        found.append(&mut rows);
    }
    Ok(found)
}
