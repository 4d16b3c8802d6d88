//! What the linter looks at of a visit: teams with their certificates and recusals, approvals, what happened on the spot,
//! the subject's other visits.
//!
//! Who is there is judged by the day it happens, a plan by the day that is planned. Called by the steps of a task before
//! their transaction, and by the explanation of a visit.

use super::{Known, Verdicts, pack_on, year_of};
use crate::api::lint::{VisitLintQuery, VisitLintView};
use crate::app::burden::{caps_on, ledger_of};
use crate::app::{Who, outside};
use crate::domain::burden::TaskEntry;
use crate::domain::lint::{item_facts, organ_facts};
use crate::domain::plan::PlanReasons;
use crate::domain::visit::{MemberState, VisitReasons};
use crate::store::lint::{self as store, RecusalFact};
use crate::store::plan::plan_reasons;
use crate::store::task::{CheckInRow, MemberRow, SiteRecordRow, TaskRow};
use crate::store::visit::VisitRow;
use crate::store::{burden, inspector as inspector_store, task as task_store, visit as visit_store};
use domain::deadline::beijing_date;
use futures_util::try_join;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rules::LintStage;
use rules::facts::{
    Approval, EvidenceFacts, MemberFacts, OnSpot, Recusal, RecusalRequest, SafetyFacts, VisitFacts,
    VisitOrgan,
};
use rules::pack::digest;
use rules::settings::Settings;
use rules::verdict::Judge;
use service_kit::{Ctx, Error, Kit, Reply, Result, Scope};
use std::collections::HashMap;
use store_kit::AnyConn;
use store_kit::types::Uid;
use uuid::Uuid;

/// All rows of a visit that rules look at.
struct VisitRows {
    visit: VisitRow,
    tasks: Vec<TaskRow>,
    members: Vec<MemberRow>,
    inspectors: HashMap<Uid, (inspector_store::InspectorRow, Vec<inspector_store::CertificateRow>)>,
    recusals: Vec<RecusalFact>,
    entries: Vec<TaskEntry>,
    caps: Vec<burden::CapRow>,
    check_ins: Vec<CheckInRow>,
    records: Vec<Option<SiteRecordRow>>,
    evidence: Vec<(Uuid, String, Option<String>)>,
    ratings: Vec<serde_json::Value>,
    reasons: VisitReasons,
    period: Option<Option<(Date, Date)>>,
}

/// What the rules in force say of a visit at a stage, or of the part of one organ in it; asked before its transaction.
///
/// # Errors
/// 404 when there is no such visit; 503 when the catalog does not answer; database errors.
pub(crate) async fn visit_verdicts(
    kit: &Kit,
    visit_id: Uuid,
    organ: Option<&str>,
    stage: LintStage,
    now: Timestamp,
) -> Result<Verdicts> {
    let found = kit
        .store
        .read::<_, Error, _>(async |c| Ok(visit_store::visit_view(c, &Scope::all(), visit_id).await?))
        .await?;
    let row = found.ok_or_else(|| Error::not_found("visit"))?;
    // Who is there is judged by the day it happens; who plans, by the day that is planned.
    let started =
        kit.store.read::<_, Error, _>(async |c| Ok(task_store::tasks_of(c, visit_id).await?)).await?;
    let began = started.iter().filter_map(|t| t.started_at).map(|t| beijing_date(t.0)).min();
    let day = match began {
        Some(day) => day,
        None if row.state()?.is_before_arrival() => row.day(),
        None => beijing_date(now),
    };
    let (pack, calendar) = try_join!(pack_on(kit, day), outside::calendar(kit))?;
    let settings = Settings::of(&pack.pack, day);
    let rows =
        kit.store.read::<_, Error, _>(async |c| visit_rows(c, row, organ, &settings, day).await).await?;
    let facts = gather_visit(kit, rows, &settings, (day, now)).await?;
    let judge = Judge { pack: &pack.pack, reference: &pack.reference, calendar: &calendar };
    let lint = match stage {
        LintStage::VisitClose => judge.visit_close(&facts),
        _ => judge.visit_start(&facts),
    };
    let subject = serde_json::json!({"visit": facts.visit, "organs": facts.organs.iter().map(|o| &o.organ.code).collect::<Vec<_>>()});
    Ok(Verdicts { lint, subject_digest: digest(&subject) })
}

async fn visit_rows(
    c: &mut AnyConn<'_>,
    row: VisitRow,
    organ: Option<&str>,
    settings: &Settings,
    day: Date,
) -> Result<VisitRows> {
    let id = row.id.0;
    let mut tasks = task_store::tasks_of(c, id).await?;
    tasks.retain(|t| organ.is_none_or(|o| t.organ_code == o));
    let mut members = task_store::members_of_visits(c, &[id]).await?;
    members.retain(|m| m.state == MemberState::Assigned.as_str() && tasks.iter().any(|t| t.id == m.task_id));
    let ids: Vec<Uuid> = members.iter().map(|m| m.person_id.0).collect();
    let people = inspector_store::inspectors_by_ids(c, &ids).await?;
    let uids: Vec<Uid> = people.iter().map(|p| p.id).collect();
    let mut certificates: HashMap<Uid, Vec<inspector_store::CertificateRow>> = HashMap::new();
    for certificate in inspector_store::certificates_of(c, &uids).await? {
        certificates.entry(certificate.inspector_id).or_default().push(certificate);
    }
    let inspectors = people
        .into_iter()
        .map(|p| {
            let held = certificates.remove(&p.id).unwrap_or_default();
            (p.id, (p, held))
        })
        .collect();
    let recusals = store::recusals_touching(c, &uids, (row.subject_id.0, id), day).await?;
    let window = i64::from(settings.merge_window.max(settings.exempt_window)).days();
    let (first, last) = year_of(day.year());
    let span =
        (first.min(day.checked_sub(window).unwrap_or(day)), last.max(day.checked_add(window).unwrap_or(day)));
    let entries = burden::tasks_at(c, row.subject_id.0, span).await?;
    let caps = burden::caps_of(c, &row.departments.0, day.year()).await?;
    let (mut check_ins, mut records) = (Vec::new(), Vec::new());
    for t in &tasks {
        check_ins.extend(task_store::check_ins_of(c, t.id.0).await?);
        records.push(task_store::site_record_of(c, t.id.0).await?);
    }
    let period = match row.plan_id {
        None => Some(None),
        Some(plan) => store::plan_period(c, plan.0).await?.map(Some),
    };
    // A visit of a plan rests on the plan's reasons where it has none of its own.
    let of_plan = match row.plan_id {
        None => PlanReasons::default(),
        Some(plan) => plan_reasons(c, plan.0).await?,
    };
    let VisitReasons { on_site, separate } = row.reasons()?;
    let refusal = store::refusal_to_merge(c, row.subject_id.0, id).await?;
    let reasons = VisitReasons {
        on_site: on_site.or(of_plan.on_site).or_else(|| row.trigger_ground.clone()),
        separate: separate.or(refusal).or(of_plan.separate),
    };
    Ok(VisitRows {
        tasks,
        members,
        inspectors,
        recusals,
        entries,
        caps,
        check_ins,
        records,
        evidence: store::evidence_of(c, id).await?,
        ratings: store::rating_answers(c, id).await?,
        reasons,
        period,
        visit: row,
    })
}

async fn gather_visit(
    kit: &Kit,
    rows: VisitRows,
    settings: &Settings,
    (day, now): (Date, Timestamp),
) -> Result<VisitFacts> {
    let visit = &rows.visit;
    let subject = visit.subject_id.0.to_string();
    // Other visits only: what is planned later does not use the cap of what happens today.
    let others = || rows.entries.iter().filter(|e| e.visit_id != visit.id.0);
    let done = ledger_of(settings, &subject, others().filter(|e| !e.state.is_before_arrival()));
    let all = ledger_of(settings, &subject, others());
    let codes: Vec<String> = rows.tasks.iter().map(|t| t.organ_code.clone()).collect();
    let linked = rows.tasks.iter().filter_map(|t| t.item_id).map(|id| id.0).collect();
    let known = Known::of(kit, &codes, linked, day).await?;
    let mut organs = Vec::new();
    for t in &rows.tasks {
        let item = item_facts(&t.organ_code, &t.item_text, t.item_id.map(|id| known.item(id.0)));
        let mut facts = organ_facts(&t.organ_code, known.organ(&t.organ_code));
        if visit.assistance.is_some() {
            facts.has_assistance_record = Some(true);
        }
        let (exempt, exempt_recent) = done.exempt(settings, &t.organ_code, &subject, day);
        organs.push(VisitOrgan {
            organ: facts,
            members: members_of(&rows, t, day)?,
            approval: Some(Approval {
                at: t.approved_at.map(|at| at.0),
                // The step itself is open to heads of organs only.
                is_by_head: Some(t.approved_by.is_some()),
            }),
            counted: Some(done.counted(&t.organ_code, &subject, day.year())),
            cap: Some(caps_on(&rows.caps, settings, &t.organ_code, item.field.as_deref())),
            exempt: Some(exempt),
            exempt_recent: Some(exempt_recent),
            items: vec![item],
        });
    }
    let helpers = |t: &TaskRow| {
        let of_task = rows.members.iter().filter(|m| m.task_id == t.id);
        of_task.filter(|m| m.role().is_ok_and(|r| !r.is_inspector())).count() as i64
    };
    Ok(VisitFacts {
        visit: visit.code.clone(),
        on: day,
        started_at: rows.tasks.iter().filter_map(|t| t.started_at).map(|t| t.0).min().or(Some(now)),
        kind: Some(visit.kind()?),
        is_on_site: Some(visit.on_site),
        on_site_reason: rows.reasons.on_site.clone(),
        is_combined: visit.is_combined,
        region: (!visit.region_code.is_empty()).then(|| visit.region_code.clone()),
        has_suspicion: visit.trigger_ground.is_some(),
        plan_period: rows.period,
        // Checks of higher organs come with the exchange platform: until then nobody knows.
        upper_checks: None,
        near: Some(all.near(settings, &subject, &visit.id.0.to_string(), day)),
        separate_reason: rows.reasons.separate.clone(),
        licence_condition: None,
        emergency_reason: visit.emergency_reason.clone(),
        is_coercive: false,
        are_assistants_fixed: Some(rows.tasks.iter().all(|t| helpers(t) <= t.expert_count)),
        safety: Some(SafetyFacts { is_joint: Some(visit.departments.0.len() > 1), is_notified: None }),
        spot: on_spot(&rows),
        subject,
        organs,
    })
}

fn members_of(rows: &VisitRows, t: &TaskRow, day: Date) -> Result<Vec<MemberFacts>> {
    let mut out = Vec::new();
    for m in rows.members.iter().filter(|m| m.task_id == t.id) {
        let is_counted = m.role()?.is_inspector();
        let known = rows.inspectors.get(&m.person_id);
        let own: Vec<&RecusalFact> = rows.recusals.iter().filter(|r| r.inspector_id == m.person_id).collect();
        out.push(MemberFacts {
            member: m.person_id.0.to_string(),
            is_counted,
            is_registered: Some(
                known.is_some_and(|(p, _)| p.organ_code == t.organ_code && p.state != "left"),
            ),
            has_valid_certificate: Some(known.is_some_and(|(p, held)| {
                p.state == "registered"
                    && held.iter().any(|certificate| inspector_store::counts(certificate, day))
            })),
            // Experts and auxiliary staff are another registry: who counts and is not in this one is one of them.
            is_auxiliary: Some(known.is_none()),
            recusals: Some(ties(&own)),
            request: Some(request(&own)),
            organ: known.map(|(p, _)| p.organ_code.clone()),
        });
    }
    Ok(out)
}

/// Declarations and granted recusals bind from the day they are made.
fn ties(recusals: &[&RecusalFact]) -> Vec<Recusal> {
    let binding =
        recusals.iter().filter(|r| r.state == "declared" || (r.state == "granted" && r.kind != "request"));
    binding
        .map(|r| {
            let known = ["owner", "relative", "former_employer", "interest"];
            let tie =
                if known.contains(&r.ground.as_str()) { r.ground.clone() } else { "declared".to_string() };
            Recusal { tie, ended_on: r.valid_to.map(|d| d.0) }
        })
        .collect()
}

fn request(recusals: &[&RecusalFact]) -> RecusalRequest {
    let of = |state: &str| recusals.iter().any(|r| r.kind == "request" && r.state == state);
    if of("granted") {
        RecusalRequest::Decided { is_by_head: true, is_granted: true }
    } else if of("requested") {
        RecusalRequest::Pending
    } else if of("refused") {
        RecusalRequest::Decided { is_by_head: true, is_granted: false }
    } else {
        RecusalRequest::None
    }
}

fn on_spot(rows: &VisitRows) -> OnSpot {
    let all = |is_done: fn(&SiteRecordRow) -> bool| {
        Some(rows.records.iter().all(|r| r.as_ref().is_some_and(is_done)))
    };
    let monitoring = |kind: &str| kind.contains("monitor");
    let forbidden = rows.ratings.iter().map(|answers| {
        let acts = answers["forbidden_acts"].as_array().cloned().unwrap_or_default();
        acts.iter().filter_map(|a| a.as_str().map(ToString::to_string)).collect::<Vec<_>>()
    });
    let forbidden: Vec<Vec<String>> = forbidden.collect();
    OnSpot {
        is_notice_served: Some(
            rows.tasks.iter().all(|t| t.notified_at.is_some() || t.notice_waiver.is_some()),
        ),
        is_record_signed: all(|r| r.signed_at.is_some() || r.refusal_reason.is_some()),
        is_result_told: all(|r| r.told_subject_at.is_some()),
        certificates_shown: Some(
            rows.check_ins.iter().filter_map(|c| c.certificates_shown_at).map(|t| t.0).min(),
        ),
        code_scanned: Some(rows.check_ins.iter().filter(|c| c.code_shown).map(|c| c.at.0).min()),
        evidence: Some(
            rows.evidence
                .iter()
                .map(|(id, kind, _device)| EvidenceFacts {
                    evidence: id.to_string(),
                    is_monitoring: monitoring(kind),
                    // Reviews of devices are not registered yet.
                    is_device_reviewed: None,
                })
                .collect(),
        ),
        forbidden_acts: (!forbidden.is_empty()).then(|| forbidden.concat()),
    }
}

/// Explains what the rules say of a visit.
///
/// # Errors
/// 404; 503.
pub async fn visit_lint(ctx: &Ctx, id: Uuid, query: VisitLintQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let seen = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(visit_store::visit_view(c, &who.scope, id).await?))
        .await?;
    let row = seen.ok_or_else(|| Error::not_found("visit"))?;
    let stage = if query.at_close.unwrap_or(false) { LintStage::VisitClose } else { LintStage::VisitStart };
    let verdicts = visit_verdicts(&ctx.kit, id, query.organ_code.as_deref(), stage, ctx.now()).await?;
    Ok(Reply::ok(&VisitLintView::of(&row, &verdicts))?.version(row.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recusal(kind: &str, state: &str, ground: &str) -> RecusalFact {
        RecusalFact {
            inspector_id: Uid(Uuid::nil()),
            kind: kind.into(),
            ground: ground.into(),
            state: state.into(),
            decided_by: None,
            valid_to: None,
        }
    }

    #[test]
    fn declarations_bind_at_once_and_requests_when_they_are_granted() {
        let declared = recusal("declaration", "declared", "relative");
        assert_eq!(ties(&[&declared])[0].tie, "relative");
        let asked = recusal("request", "requested", "relative");
        assert!(ties(&[&asked]).is_empty());
        assert!(matches!(request(&[&asked]), RecusalRequest::Pending));
        let granted = recusal("request", "granted", "other");
        assert!(matches!(request(&[&granted]), RecusalRequest::Decided { is_granted: true, .. }));
        assert!(matches!(request(&[&recusal("request", "withdrawn", "x")]), RecusalRequest::None));
    }
}
