//! SQL: lint certificates, and the rows that the linter looks at: recusals, evidence, ratings, refusals to merge.
//!
//! Called by the lint app functions after the visibility of the plan or visit was decided; so no scope is taken.

use super::schema::{
    draw_inspector, evidence, inspector, lint_certificate, plan, rating, recusal, result, visit_combination,
};
use super::{json, word};
use crate::domain::combine::CombinationState;
use jiff::Timestamp;
use jiff::civil::Date;
use rules::{Lint, RuleOutcome, VisitKind};
use store_kit::prelude::*;
use uuid::Uuid;

/// A lint certificate (合法性检查证书).
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Id.
    pub id: Uuid,
    /// The plan.
    pub plan_id: Uuid,
    /// Version of its row.
    pub plan_version: i64,
    /// Date of the fact.
    pub fact_date: Date,
    /// The pack, as `code@number`.
    pub pack_version: String,
    /// Digest of the pack.
    pub pack_digest: String,
    /// Digest of the plan's content.
    pub plan_digest: String,
    /// The worst verdict.
    pub verdict: RuleOutcome,
    /// All verdicts.
    pub lint: Lint,
    /// Hash over plan, pack and verdicts.
    pub digest: String,
    /// Account.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = lint_certificate, treat_none_as_default_value = false)]
struct CertificateRow {
    id: Uid,
    plan_id: Uid,
    plan_version: i64,
    fact_date: Day,
    pack_version: String,
    pack_digest: String,
    plan_digest: String,
    verdict: String,
    verdicts: Json,
    digest: String,
    created_by: String,
    created_at: Stamp,
}

/// Adds a certificate; it is never changed.
///
/// # Errors
/// Database errors.
pub async fn lint_certificate_create(c: &mut AnyConn<'_>, certificate: &Certificate) -> StoreResult<()> {
    let Certificate {
        id,
        plan_id,
        plan_version,
        fact_date,
        pack_version,
        pack_digest,
        plan_digest,
        verdict,
        lint,
        digest,
        created_by,
        created_at,
    } = certificate.clone();
    let row = CertificateRow {
        id: Uid(id),
        plan_id: Uid(plan_id),
        plan_version,
        fact_date: Day(fact_date),
        pack_version,
        pack_digest,
        plan_digest,
        verdict: verdict.to_string(),
        verdicts: json(&lint)?,
        digest,
        created_by,
        created_at: created_at.into(),
    };
    on!(c, c => insert_into(lint_certificate::table).values(&row).execute(c))?;
    Ok(())
}

/// The certificates of a plan after an id, in order.
///
/// # Errors
/// Database errors.
pub async fn lint_certificate_list(
    c: &mut AnyConn<'_>,
    plan_id: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<Certificate>> {
    let rows: Vec<CertificateRow> = on!(c, c => {
        let mut q = lint_certificate::table.filter(lint_certificate::plan_id.eq(Uid(plan_id)))
            .select(CertificateRow::as_select()).into_boxed();
        if let Some(after) = after {
            q = q.filter(lint_certificate::id.gt(Uid(after)));
        }
        q.order(lint_certificate::id.asc()).limit(limit).load(c)
    })?;
    rows.into_iter()
        .map(|row| {
            let CertificateRow {
                id,
                plan_id,
                plan_version,
                fact_date,
                pack_version,
                pack_digest,
                plan_digest,
                verdict,
                verdicts,
                digest,
                created_by,
                created_at,
            } = row;
            Ok(Certificate {
                id: id.0,
                plan_id: plan_id.0,
                plan_version,
                fact_date: fact_date.0,
                pack_version,
                pack_digest,
                plan_digest,
                verdict: word(&verdict)?,
                lint: super::document(verdicts.0)?,
                digest,
                created_by,
                created_at: created_at.0,
            })
        })
        .collect()
}

/// A recusal as rules look at it.
#[derive(Clone, Debug, Queryable)]
pub struct RecusalFact {
    /// Inspector.
    pub inspector_id: Uid,
    /// `declaration` or `request`.
    pub kind: String,
    /// Ground.
    pub ground: String,
    /// State.
    pub state: String,
    /// Who decided.
    pub decided_by: Option<String>,
    /// Last day it binds.
    pub valid_to: Option<Day>,
}

/// Recusals of these inspectors that touch a subject or a visit on a day; those without subject and visit touch all.
///
/// # Errors
/// Database errors.
pub async fn recusals_touching(
    c: &mut AnyConn<'_>,
    inspectors: &[Uid],
    (subject, visit): (Uuid, Uuid),
    day: Date,
) -> StoreResult<Vec<RecusalFact>> {
    use recusal as r;
    let ids = inspectors.to_vec();
    Ok(on!(c, c => r::table
        .filter(r::inspector_id.eq_any(ids))
        .filter(r::subject_id.eq(Uid(subject)).assume_not_null()
            .or(r::visit_id.eq(Uid(visit)).assume_not_null())
            .or(r::subject_id.is_null().and(r::visit_id.is_null())))
        .filter(r::valid_from.le(Day(day)))
        .filter(r::valid_to.is_null().or(r::valid_to.ge(Day(day)).assume_not_null()))
        .order(r::id.asc())
        .select((r::inspector_id, r::kind, r::ground, r::state, r::decided_by, r::valid_to))
        .load(c))?)
}

/// Kind and device of each piece of evidence of a visit.
///
/// # Errors
/// Database errors.
pub async fn evidence_of(
    c: &mut AnyConn<'_>,
    visit: Uuid,
) -> StoreResult<Vec<(Uuid, String, Option<String>)>> {
    let rows: Vec<(Uid, String, Option<String>)> = on!(c, c => evidence::table
        .filter(evidence::visit_id.eq(Uid(visit))).order(evidence::id.asc())
        .select((evidence::id, evidence::kind, evidence::device)).load(c))?;
    Ok(rows.into_iter().map(|(id, kind, device)| (id.0, kind, device)).collect())
}

/// Answers of the subject's rating of a visit, once it was given.
///
/// # Errors
/// Database errors.
pub async fn rating_answers(c: &mut AnyConn<'_>, visit: Uuid) -> StoreResult<Vec<serde_json::Value>> {
    let rows: Vec<Option<Json>> = on!(c, c => rating::table.filter(rating::visit_id.eq(Uid(visit)))
        .filter(rating::used_at.is_not_null()).select(rating::answers).load(c))?;
    Ok(rows.into_iter().flatten().map(|j| j.0).collect())
}

/// Why merging this visit was refused, if it was.
///
/// # Errors
/// Database errors.
pub async fn refusal_to_merge(
    c: &mut AnyConn<'_>,
    subject: Uuid,
    visit: Uuid,
) -> StoreResult<Option<String>> {
    let rows: Vec<(TextList, Option<String>)> = on!(c, c => visit_combination::table
        .filter(visit_combination::subject_id.eq(Uid(subject)))
        .filter(visit_combination::state.eq(CombinationState::Refused.as_str()))
        .order(visit_combination::id.desc())
        .select((visit_combination::visit_ids, visit_combination::reason)).load(c))?;
    let id = visit.to_string();
    Ok(rows.into_iter().find(|(ids, _)| ids.0.contains(&id)).and_then(|(_, reason)| reason))
}

/// Planned visits of an organ, counted by plan, kind and region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitsPlanned {
    /// The organ.
    pub organ: String,
    /// Plan that they belong to.
    pub plan_id: Option<Uuid>,
    /// Kind.
    pub kind: VisitKind,
    /// Region of the subjects.
    pub region_code: String,
    /// Visits.
    pub visits: u64,
    /// Subjects.
    pub subjects: u64,
}

#[derive(QueryableByName)]
struct PlannedRow {
    #[diesel(sql_type = diesel::sql_types::Text)]
    organ: String,
    #[diesel(sql_type = diesel::sql_types::Nullable<SqlUid>)]
    plan_id: Option<Uid>,
    #[diesel(sql_type = diesel::sql_types::Text)]
    kind: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    region_code: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    visits: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    subjects: i64,
}

/// Entries that are planned and nobody has made yet, whose days touch a span: one pass over the rows.
///
/// # Errors
/// Database errors.
pub async fn visits_planned(
    c: &mut AnyConn<'_>,
    (from, to): (Date, Date),
) -> StoreResult<Vec<VisitsPlanned>> {
    let sql = "SELECT t.organ_code AS organ, v.plan_id AS plan_id, v.kind AS kind, v.region_code AS region_code, \
         COUNT(*) AS visits, COUNT(DISTINCT v.subject_id) AS subjects \
         FROM visit v JOIN visit_task t ON t.visit_id = v.id \
         WHERE v.on_site AND v.state IN ('assigned', 'prepared', 'approved', 'notified') \
         AND v.planned_to >= $1 AND v.planned_from <= $2 \
         GROUP BY t.organ_code, v.plan_id, v.kind, v.region_code ORDER BY t.organ_code";
    let rows: Vec<PlannedRow> = on!(c, c => sql_query(sql).bind::<SqlDay, _>(Day(from))
        .bind::<SqlDay, _>(Day(to)).load(c))?;
    rows.into_iter()
        .map(|row| {
            let PlannedRow { organ, plan_id, kind, region_code, visits, subjects } = row;
            Ok(VisitsPlanned {
                organ,
                plan_id: plan_id.map(|p| p.0),
                kind: word(&kind)?,
                region_code,
                visits: visits.unsigned_abs(),
                subjects: subjects.unsigned_abs(),
            })
        })
        .collect()
}

/// Period of a plan.
///
/// # Errors
/// Database errors.
pub async fn plan_period(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<Option<(Date, Date)>> {
    let row: Option<(Option<Day>, Option<Day>)> = on!(c, c => plan::table.find(Uid(id))
        .select((plan::period_from, plan::period_to)).first(c))
    .optional()?;
    Ok(row.and_then(|(from, to)| Some((from?.0, to?.0))))
}

#[derive(QueryableByName)]
struct CodeRow {
    #[diesel(sql_type = diesel::sql_types::Text)]
    code: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// Exclusions of a draw by their codes: a frame may leave out many.
///
/// # Errors
/// Database errors.
pub async fn exclusions_by_code(c: &mut AnyConn<'_>, draw: Uuid) -> StoreResult<Vec<(String, i64)>> {
    let rows: Vec<CodeRow> = on!(c, c => sql_query(
        "SELECT code, COUNT(*) AS n FROM draw_exclusion WHERE draw_id = $1 GROUP BY code ORDER BY code")
        .bind::<SqlUid, _>(Uid(draw)).load(c))?;
    Ok(rows.into_iter().map(|r| (r.code, r.n)).collect())
}

/// Inspectors frozen for a draw: id, organ of the team, organ in the registry.
///
/// # Errors
/// Database errors.
pub async fn draw_inspectors(c: &mut AnyConn<'_>, draw: Uuid) -> StoreResult<Vec<(String, String, String)>> {
    let rows: Vec<(Uid, String, String)> = on!(c, c => draw_inspector::table
        .inner_join(inspector::table.on(inspector::id.eq(draw_inspector::inspector_id)))
        .filter(draw_inspector::draw_id.eq(Uid(draw)).and(draw_inspector::left_code.is_null()))
        .order(draw_inspector::inspector_id.asc())
        .select((draw_inspector::inspector_id, draw_inspector::organ_code, inspector::organ_code)).load(c))?;
    Ok(rows.into_iter().map(|(id, team, own)| (id.0.to_string(), team, own)).collect())
}

/// When a result became final.
///
/// # Errors
/// Database errors.
pub async fn result_final_at(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<Option<Timestamp>> {
    let at: Option<Option<Stamp>> =
        on!(c, c => result::table.find(Uid(id)).select(result::final_at).first(c)).optional()?;
    Ok(at.flatten().map(|t| t.0))
}
