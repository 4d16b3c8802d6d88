//! SQL: evidence, its custody and its recognition by other organs (证据, 保管链, 证据互认).
//!
//! A piece of evidence belongs to the organ whose task it was taken for; another organ sees it while it is offered to it and
//! not refused. Custody rows are added, never changed (the database refuses it). Called by the evidence app functions.

use super::schema::{evidence, evidence_custody, evidence_recognition, visit, visit_task};
use crate::domain::evidence::{EvidenceSight, RecognitionState};
use jiff::Timestamp;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One piece of evidence.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = evidence, treat_none_as_default_value = false)]
pub struct EvidenceRow {
    /// Id.
    pub id: Uid,
    /// Visit.
    pub visit_id: Option<Uid>,
    /// Task of the organ.
    pub task_id: Option<Uid>,
    /// Organ.
    pub organ_code: String,
    /// Region.
    pub region_code: String,
    /// Subject.
    pub subject_id: Uid,
    /// Kind.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Name of the file.
    pub file_name: String,
    /// Media type, by content.
    pub media_type: String,
    /// Bytes.
    pub size_bytes: i64,
    /// SHA-256, hex.
    pub sha256: String,
    /// `folder` or `bucket`.
    pub storage: String,
    /// Key in the file store.
    pub storage_key: String,
    /// When it was taken.
    pub taken_at: Stamp,
    /// Certificate number or account of who took it.
    pub taken_by: String,
    /// Where.
    pub place: String,
    /// With what.
    pub device: Option<String>,
    /// Whether it shows natural persons.
    pub is_personal: bool,
    /// Account that stored it.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When it was stored.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

/// One link of the chain of custody.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = evidence_custody, treat_none_as_default_value = false)]
pub struct CustodyRow {
    /// The evidence.
    pub evidence_id: Uid,
    /// Order, from 1.
    pub number: i64,
    /// What happened.
    pub action: String,
    /// Account, or who took it.
    pub actor: String,
    /// Organ.
    pub organ_code: String,
    /// Organ that got it.
    pub to_organ: Option<String>,
    /// When.
    pub at: Stamp,
    /// Remark.
    pub note: Option<String>,
    /// SHA-256 of the file at that moment.
    pub sha256: String,
}

/// One offer to another organ.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = evidence_recognition, treat_none_as_default_value = false)]
pub struct RecognitionRow {
    /// Id.
    pub id: Uid,
    /// The evidence.
    pub evidence_id: Uid,
    /// Organ that offers.
    pub offered_by: String,
    /// Organ it is offered to.
    pub offered_to: String,
    /// When.
    pub offered_at: Stamp,
    /// Remark of the offer.
    pub note: Option<String>,
    /// State.
    pub state: String,
    /// Account that decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Stamp>,
    /// Why.
    pub reason: Option<String>,
    /// Version.
    pub version: i64,
    /// When it was made.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

/// What evidence needs to know of the task it is taken for.
#[derive(Clone, Debug)]
pub struct EvidenceTask {
    /// Visit.
    pub visit_id: Uuid,
    /// Organ.
    pub organ_code: String,
    /// Region.
    pub region_code: String,
    /// Subject.
    pub subject_id: Uuid,
}

/// The task within the scope.
///
/// # Errors
/// Database errors.
pub async fn evidence_task(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    id: Uuid,
) -> StoreResult<Option<EvidenceTask>> {
    let task: Option<(Uid, String, String)> = on!(c, c => visit_task::table.find(Uid(id))
        .select((visit_task::visit_id, visit_task::organ_code, visit_task::region_code)).first(c))
    .optional()?;
    let Some((visit_id, organ_code, region_code)) = task else { return Ok(None) };
    if !scope.sees_department(&organ_code) || !scope.sees_region(&region_code) {
        return Ok(None);
    }
    let subject: Uid = on!(c, c => visit::table.find(visit_id).select(visit::subject_id).first(c))?;
    Ok(Some(EvidenceTask { visit_id: visit_id.0, organ_code, region_code, subject_id: subject.0 }))
}

/// One piece of evidence, and how the caller comes to see it.
///
/// # Errors
/// Database errors.
pub async fn evidence_view(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    id: Uuid,
) -> StoreResult<Option<(EvidenceRow, EvidenceSight)>> {
    let row: Option<EvidenceRow> =
        on!(c, c => evidence::table.find(Uid(id)).select(EvidenceRow::as_select()).first(c)).optional()?;
    let Some(row) = row else { return Ok(None) };
    if scope.sees_department(&row.organ_code) && scope.sees_region(&row.region_code) {
        return Ok(Some((row, EvidenceSight::Own)));
    }
    let Some(mine) = scope.departments.clone() else { return Ok(None) };
    let offer: Option<Uid> = on!(c, c => evidence_recognition::table
        .filter(evidence_recognition::evidence_id.eq(Uid(id)).and(evidence_recognition::offered_to.eq_any(mine)))
        .filter(evidence_recognition::state.ne(RecognitionState::Refused.as_str()))
        .select(evidence_recognition::id).first(c))
    .optional()?;
    Ok(offer.map(|_| (row, EvidenceSight::Offered)))
}

/// As [`evidence_view`], with the row held until the change ends: links of the chain are numbered one after another.
///
/// # Errors
/// Database errors.
pub async fn evidence_hold(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    id: Uuid,
) -> StoreResult<Option<(EvidenceRow, EvidenceSight)>> {
    if let AnyConn::Pg(_) = c {
        #[derive(QueryableByName)]
        struct Held {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            #[expect(dead_code, reason = "only the lock matters")]
            version: i64,
        }
        let _: Vec<Held> = on!(c, c => sql_query("SELECT version FROM evidence WHERE id = $1 FOR UPDATE")
            .bind::<SqlUid, _>(Uid(id)).load(c))?;
    }
    evidence_view(c, scope, id).await
}

/// Which evidence a list holds.
#[derive(Clone, Debug, Default)]
pub struct EvidenceFilter {
    /// Visit.
    pub visit_id: Option<Uuid>,
    /// Task.
    pub task_id: Option<Uuid>,
    /// Subject.
    pub subject_id: Option<Uuid>,
    /// Kind.
    pub kind: Option<&'static str>,
    /// SHA-256.
    pub sha256: Option<String>,
}

/// A page of the evidence of the caller's scope, in the order in which it was stored.
///
/// # Errors
/// Database errors.
pub async fn evidence_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &EvidenceFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<EvidenceRow>> {
    use evidence as e;
    let (mine, regions) = (scope.departments.clone(), scope.regions.clone());
    Ok(on!(c, c => {
        let mut q = e::table.select(EvidenceRow::as_select()).into_boxed();
        if let Some(regions) = regions {
            // First, so that the alternatives stand in brackets of their own.
            q = q.filter(e::region_code.eq(""));
            for region in regions {
                q = q.or_filter(e::region_code.like(format!("{region}%")));
            }
        }
        if let Some(mine) = mine {
            q = q.filter(e::organ_code.eq_any(mine));
        }
        if let Some(visit) = filter.visit_id {
            q = q.filter(e::visit_id.eq(Uid(visit)));
        }
        if let Some(task) = filter.task_id {
            q = q.filter(e::task_id.eq(Uid(task)));
        }
        if let Some(subject) = filter.subject_id {
            q = q.filter(e::subject_id.eq(Uid(subject)));
        }
        if let Some(kind) = filter.kind {
            q = q.filter(e::kind.eq(kind));
        }
        if let Some(sha256) = &filter.sha256 {
            q = q.filter(e::sha256.eq(sha256));
        }
        if let Some(after) = after {
            q = q.filter(e::id.gt(Uid(after)));
        }
        q.order(e::id.asc()).limit(limit).load(c)
    })?)
}

/// Adds a piece of evidence.
///
/// # Errors
/// Database errors.
pub async fn evidence_create(c: &mut AnyConn<'_>, row: &EvidenceRow) -> StoreResult<()> {
    on!(c, c => insert_into(evidence::table).values(row).execute(c))?;
    Ok(())
}

/// Number of the last link of a chain; zero before the first.
///
/// # Errors
/// Database errors.
pub async fn custody_last(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<i64> {
    let last: Option<i64> =
        on!(c, c => evidence_custody::table.filter(evidence_custody::evidence_id.eq(Uid(id)))
        .order(evidence_custody::number.desc()).select(evidence_custody::number).first(c))
        .optional()?;
    Ok(last.unwrap_or_default())
}

/// Adds links to a chain whose evidence is held.
///
/// # Errors
/// Database errors.
pub async fn custody_add(c: &mut AnyConn<'_>, rows: &[CustodyRow]) -> StoreResult<()> {
    on!(c, c => insert_into(evidence_custody::table).values(rows).execute(c))?;
    Ok(())
}

/// A page of a chain whose evidence the caller sees, in order.
///
/// # Errors
/// Database errors.
pub async fn custody_list(
    c: &mut AnyConn<'_>,
    id: Uuid,
    after: i64,
    limit: i64,
) -> StoreResult<Vec<CustodyRow>> {
    Ok(on!(c, c => evidence_custody::table
        .filter(evidence_custody::evidence_id.eq(Uid(id)).and(evidence_custody::number.gt(after)))
        .order(evidence_custody::number.asc()).limit(limit).select(CustodyRow::as_select()).load(c))?)
}

/// Adds offers.
///
/// # Errors
/// [`StoreError::Conflict`] when it was offered to one of the organs before.
pub async fn evidence_offer(c: &mut AnyConn<'_>, rows: &[RecognitionRow]) -> StoreResult<()> {
    on!(c, c => insert_into(evidence_recognition::table).values(rows).execute(c))?;
    Ok(())
}

/// One offer that the caller's organ made or got, with its evidence.
///
/// # Errors
/// Database errors.
pub async fn offer_view(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    id: Uuid,
) -> StoreResult<Option<(RecognitionRow, EvidenceRow)>> {
    let found: Option<(RecognitionRow, EvidenceRow)> = on!(c, c => evidence_recognition::table
        .inner_join(evidence::table.on(evidence::id.eq(evidence_recognition::evidence_id)))
        .filter(evidence_recognition::id.eq(Uid(id)))
        .select((RecognitionRow::as_select(), EvidenceRow::as_select())).first(c))
    .optional()?;
    Ok(found.filter(|(r, _)| scope.sees_department(&r.offered_by) || scope.sees_department(&r.offered_to)))
}

/// Which offers a list holds.
#[derive(Clone, Debug, Default)]
pub struct OfferFilter {
    /// State.
    pub state: Option<RecognitionState>,
    /// The evidence.
    pub evidence_id: Option<Uuid>,
    /// Organ that got it.
    pub offered_to: Option<String>,
}

/// A page of offers that the caller's organ made or got, in the order in which they were made.
///
/// # Errors
/// Database errors.
pub async fn offer_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &OfferFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<(RecognitionRow, EvidenceRow)>> {
    use evidence_recognition as r;
    let mine = scope.departments.clone();
    Ok(on!(c, c => {
        let mut q = r::table.inner_join(evidence::table.on(evidence::id.eq(r::evidence_id)))
            .select((RecognitionRow::as_select(), EvidenceRow::as_select())).into_boxed();
        if let Some(mine) = mine {
            q = q.filter(r::offered_by.eq_any(mine.clone()).or(r::offered_to.eq_any(mine)));
        }
        if let Some(state) = filter.state {
            q = q.filter(r::state.eq(state.as_str()));
        }
        if let Some(evidence) = filter.evidence_id {
            q = q.filter(r::evidence_id.eq(Uid(evidence)));
        }
        if let Some(organ) = &filter.offered_to {
            q = q.filter(r::offered_to.eq(organ));
        }
        if let Some(after) = after {
            q = q.filter(r::id.gt(Uid(after)));
        }
        q.order(r::id.asc()).limit(limit).load(c)
    })?)
}

/// What an organ decided on an offer.
#[derive(Clone, Debug)]
pub struct OfferDecision {
    /// The offer.
    pub id: Uuid,
    /// Version that was read.
    pub version: i64,
    /// Accepted or refused.
    pub state: RecognitionState,
    /// Account.
    pub decided_by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<String>,
}

/// Notes the decision on an offer that is still open; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn offer_decide(c: &mut AnyConn<'_>, decision: &OfferDecision) -> StoreResult<bool> {
    use evidence_recognition as r;
    let OfferDecision { id, version, state, decided_by, at, reason } = decision;
    let at = Stamp::from(*at);
    let n = on!(c, c => update(r::table.find(Uid(*id)).filter(r::version.eq(version))
            .filter(r::state.eq(RecognitionState::Offered.as_str())))
        .set((
            r::state.eq(state.as_str()),
            r::decided_by.eq(Some(decided_by)),
            r::decided_at.eq(Some(at)),
            r::reason.eq(reason),
            r::version.eq(version + 1),
            r::updated_at.eq(at),
        ))
        .execute(c))?;
    Ok(n == 1)
}
