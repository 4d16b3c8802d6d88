//! Use cases of 综合查一次: planned visits of several organs to one subject are found, proposed, and merged or refused.
//!
//! A merge makes one combined visit with one date, a task and team of each organ, and one checklist without doubled points;
//! the old visits stay as `combined` and point to it. Refuses visits that somebody was told of or that began meanwhile, a
//! date that none of them was planned for, and a refusal without a reason. The merged visit is judged by the linter like
//! any other before it starts.

use super::lint::pack_on;
use super::{Grounds, Step, Who, other_department, step_add, transition_refused};
use crate::api::combine::{
    CombinationFind, CombinationFound, CombinationListQuery, CombinationMerge, CombinationPage,
    CombinationSaving, CombinationView,
};
use crate::api::step::ActionReason;
use crate::domain::combine::{AGGREGATE, Candidate, CombinationState, groups, merged};
use crate::domain::visit::{TaskRole, VisitReasons, VisitState};
use crate::store::combine::{self as store, CombinationRow};
use crate::store::task::{MemberRow, TaskRow, members_of_visits, tasks_of};
use crate::store::visit::{
    ItemRef, MemberSeed, TaskSeed, VisitNew, VisitRow, VisitSeed, visit_hold, visit_insert_many, visit_update,
};
use domain::deadline::beijing_date;
use domain::vocabulary::{InspectionMethod, Role};
use jiff::ToSpan;
use jiff::civil::Date;
use rules::VisitKind;
use rules::settings::Settings;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Page, Reply, Result, Scope, Tx};
use std::collections::{BTreeSet, HashMap};
use store_kit::AnyConn;
use store_kit::types::{Json, Stamp, TextList, Uid};
use uuid::Uuid;

/// Who may merge or refuse.
const DECIDERS: &[Role] = &[Role::LeadHead, Role::LeadEditor, Role::CoopEditor, Role::Organiser];
/// Longest span of one search, days.
const LONGEST: i64 = 400;

/// Looks for visits to combine.
///
/// # Errors
/// 422 `interval_reversed`, `span_too_long`; 503.
pub async fn combination_find(ctx: &Ctx, body: CombinationFind) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let CombinationFind { subject_id, from, to } = body;
    let today = beijing_date(ctx.now());
    let from = from.unwrap_or(today);
    let pack = pack_on(&ctx.kit, today).await?;
    let window = Settings::of(&pack.pack, today).merge_window;
    let to = to.unwrap_or_else(|| from.checked_add(i64::from(window).days()).unwrap_or(from));
    if to < from {
        let (zh, en) = ("须不早于 from", "must not be before from");
        return Err(Error::invalid_at("/to", "interval_reversed", zh, en));
    }
    if i64::from((to - from).get_days()) > LONGEST {
        let (zh, en) = ("一次最多查找400天", "at most 400 days at once");
        return Err(Error::invalid_at("/to", "span_too_long", zh, en));
    }
    ctx.change(async move |tx| {
        let visits = store::combinable(tx.conn(), subject_id, (from, to)).await?;
        let looked_at = visits.len();
        let rows = propose(tx, visits, window, &who).await?;
        store::combination_create(tx.conn(), &rows).await?;
        let saved: usize = rows.iter().map(|r| r.visit_ids.0.len().saturating_sub(1)).sum();
        let data = serde_json::json!({"from": from, "to": to, "subject_id": subject_id, "found": rows.len(),
            "visits_looked_at": looked_at, "visits_saved": saved});
        tx.audit("visit_combination", "search", data.clone());
        if rows.is_empty() {
            tx.event("visit_combination.searched", "search", &[], "", &data)?;
        }
        for row in &rows {
            tell(tx, "proposed", row)?;
        }
        let items = rows.into_iter().map(CombinationView::of).collect::<Result<Vec<_>, _>>()?;
        Reply::ok(&CombinationFound { items, visits_looked_at: looked_at, visits_saved: saved })
    })
    .await
}

/// New proposals from planned visits: those that the caller's organ has a part in, and that were not proposed before.
async fn propose(
    tx: &mut Tx<'_, '_>,
    visits: Vec<VisitRow>,
    window: u32,
    who: &Who,
) -> Result<Vec<CombinationRow>> {
    let by_id: HashMap<Uuid, VisitRow> = visits.into_iter().map(|v| (v.id.0, v)).collect();
    let subjects: BTreeSet<Uuid> = by_id.values().map(|v| v.subject_id.0).collect();
    let subjects: Vec<Uuid> = subjects.into_iter().collect();
    let known = store::combination_known(tx.conn(), &subjects).await?;
    let open: BTreeSet<&String> =
        known.iter().filter(|(_, s)| *s == CombinationState::Proposed).flat_map(|(ids, _)| ids).collect();
    let candidates = by_id.values().filter(|v| !open.contains(&v.id.0.to_string())).map(|v| Candidate {
        visit_id: v.id.0,
        subject_id: v.subject_id.0,
        on: v.day(),
        organs: v.departments.0.clone(),
    });
    let now = Stamp::from(tx.now());
    let mut out = Vec::new();
    for group in groups(candidates.collect(), window) {
        let ids: Vec<String> = group.iter().map(|c| c.visit_id.to_string()).collect();
        let organs: Vec<String> = group.iter().flat_map(|c| c.organs.clone()).collect();
        let is_known = known.iter().any(|(k, _)| *k == ids);
        let Some(first) = group.first().and_then(|c| by_id.get(&c.visit_id)) else { continue };
        let has_part = organs.iter().any(|organ| who.may_write_for(organ));
        if is_known || !has_part || !who.scope.sees(&organs, &first.region_code) {
            continue;
        }
        let visit_ids: Vec<Uuid> = group.iter().map(|c| c.visit_id).collect();
        let points = store::points_of(tx.conn(), &visit_ids).await?;
        let saving = CombinationSaving {
            visits_before: group.len(),
            visits_after: 1,
            points_before: points.len(),
            points_after: merged(points).len(),
        };
        out.push(CombinationRow {
            id: Uid(Uuid::now_v7()),
            subject_id: first.subject_id,
            subject_identifier: first.subject_identifier.clone(),
            subject_name: first.subject_name.clone(),
            region_code: first.region_code.clone(),
            visit_ids: TextList(ids),
            departments: TextList(organs),
            window_days: i64::from(window),
            saving: crate::store::json(&saving)?,
            state: CombinationState::Proposed.to_string(),
            into_visit_id: None,
            reason: None,
            decided_by: None,
            decided_at: None,
            transitions: 0,
            created_by: who.caller.subject.clone(),
            version: 1,
            created_at: now,
            updated_at: now,
        });
    }
    Ok(out)
}

/// Audit entry and event.
fn tell(tx: &mut Tx<'_, '_>, what: &str, row: &CombinationRow) -> Result<()> {
    let data = serde_json::json!({"id": row.id.0, "state": row.state, "subject_id": row.subject_id.0,
        "visit_ids": row.visit_ids.0, "into_visit_id": row.into_visit_id.map(|v| v.0), "saving": row.saving.0,
        "version": row.version});
    tx.audit("visit_combination", row.id.0, data.clone());
    tx.event(&format!("visit_combination.{what}"), row.id.0, &row.departments.0, &row.region_code, &data)
}

async fn find(c: &mut AnyConn<'_>, who: &Who, id: Uuid) -> Result<CombinationRow> {
    store::combination_view(c, &who.scope, id).await?.ok_or_else(|| Error::not_found("visit combination"))
}

/// One proposal.
///
/// # Errors
/// 404.
pub async fn combination_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let row = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    let version = row.version;
    Ok(Reply::ok(&CombinationView::of(row)?)?.version(version))
}

/// Lists proposals.
///
/// # Errors
/// 400 `bad_cursor`.
pub async fn combination_list(ctx: &Ctx, query: CombinationListQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let CombinationListQuery { state, subject_id, cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            Ok(store::combination_list(c, &who.scope, (state, subject_id), after, limit + 1).await?)
        })
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0);
    let items = items.into_iter().map(CombinationView::of).collect::<Result<Vec<_>, _>>()?;
    Reply::page(ctx, &CombinationPage { items, next: next.clone() }, next.as_deref())
}

/// A proposal that is held for a decision, with the role in which the caller takes it.
async fn hold(
    tx: &mut Tx<'_, '_>,
    who: &Who,
    id: Uuid,
    wanted: i64,
    verb: &str,
) -> Result<(CombinationRow, Role)> {
    let row = find(tx.conn(), who, id).await?;
    let role = who.role(DECIDERS)?;
    if !row.departments.0.iter().any(|organ| who.may_write_for(organ)) {
        return Err(other_department());
    }
    if row.version != wanted {
        return Err(service_kit::extract::changed());
    }
    let state = row.state()?;
    if state != CombinationState::Proposed {
        return Err(transition_refused(state, verb));
    }
    Ok((row, role))
}

/// Writes the decision on a proposal.
async fn decide(
    tx: &mut Tx<'_, '_>,
    row: &mut CombinationRow,
    (to, verb, role): (CombinationState, &str, Role),
    grounds: Grounds,
) -> Result<()> {
    row.state = to.to_string();
    row.reason = grounds.reason.clone();
    row.decided_by = Some(tx.actor().subject.clone());
    row.decided_at = Some(tx.now().into());
    row.transitions += 1;
    row.version += 1;
    row.updated_at = tx.now().into();
    if !store::combination_update(tx.conn(), row).await? {
        return Err(service_kit::extract::changed());
    }
    let step = Step {
        aggregate: AGGREGATE,
        id: row.id.0,
        number: row.transitions,
        from: CombinationState::Proposed.as_str(),
        verb,
        to: to.as_str(),
        role: Some(role),
        grounds,
        more: serde_json::json!({"visit_ids": row.visit_ids.0}),
        rule_ids: vec!["FRQ-04".to_string(), "FRQ-07".to_string()],
        rule_pack: None,
        due: None,
    };
    step_add(tx, step).await
}

/// Refuses to merge.
///
/// # Errors
/// 403, 404, 409, 412, 422, 428.
pub async fn combination_refuse(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, ctx.if_match()?);
    let mut faults = Vec::new();
    super::plain("/reason", Some(&body.reason), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let (mut row, role) = hold(tx, &who, id, wanted, "refuse").await?;
        decide(tx, &mut row, (CombinationState::Refused, "refuse", role), body.into()).await?;
        tell(tx, "refused", &row)?;
        let version = row.version;
        Ok(Reply::ok(&CombinationView::of(row)?)?.version(version))
    })
    .await
}

/// A visit that goes into the merged one, with its parts.
struct Part {
    visit: VisitRow,
    tasks: Vec<TaskRow>,
    members: Vec<MemberRow>,
}

/// Merges the visits into one.
///
/// # Errors
/// 403, 404, 409 `visit_not_mergeable`, 412, 422 `date_outside_windows`, `unknown_department`, 428.
pub async fn combination_merge(ctx: &Ctx, id: Uuid, body: CombinationMerge) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, ctx.if_match()?);
    ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await.map(|_| ())).await?;
    let day = body.scheduled_on;
    let settings = Settings::of(&pack_on(&ctx.kit, day).await?.pack, day);
    ctx.change(async move |tx| {
        let (mut row, role) = hold(tx, &who, id, wanted, "merge").await?;
        let CombinationMerge { scheduled_on, lead_department, reason } = body;
        let parts = parts_of(tx, &row).await?;
        let lead = lead_of(&parts, lead_department)?;
        date_is_planned(&parts, scheduled_on)?;
        let new = combined(&parts, (&lead, scheduled_on), &settings, &who.caller.subject, tx.now())?;
        let into = new.visit.id;
        visit_insert_many(tx.conn(), std::slice::from_ref(&new)).await?;
        let ids: Vec<Uuid> = parts.iter().map(|p| p.visit.id.0).collect();
        let points = store::points_of(tx.conn(), &ids).await?;
        let before = points.len();
        let points = merged(points);
        if !points.is_empty() {
            let (by, now) = (who.caller.subject.clone(), tx.now());
            let before = i64::try_from(before).unwrap_or(i64::MAX);
            store::checklist_create(tx.conn(), into.0, (&points, before), (&ids, &by, now)).await?;
        }
        let saving = CombinationSaving {
            visits_before: parts.len(),
            visits_after: 1,
            points_before: before,
            points_after: points.len(),
        };
        row.saving = Json(serde_json::to_value(&saving).map_err(|e| Error::internal(e.to_string()))?);
        row.into_visit_id = Some(into);
        for part in parts {
            retire(tx, part.visit, into, role).await?;
        }
        let grounds = Grounds { reason, documents: Vec::new() };
        decide(tx, &mut row, (CombinationState::Merged, "merge", role), grounds).await?;
        tell(tx, "merged", &row)?;
        let version = row.version;
        Ok(Reply::ok(&CombinationView::of(row)?)?.version(version))
    })
    .await
}

/// The visits of a proposal, held; 409 when one of them was told of, began, was cancelled or merged meanwhile.
async fn parts_of(tx: &mut Tx<'_, '_>, row: &CombinationRow) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for id in row.visits()? {
        // The proposal is the caller's; so are all of its visits.
        let visit = visit_hold(tx.conn(), &Scope::all(), id).await?;
        let visit = visit.ok_or_else(|| Error::internal(format!("visit {id} of a proposal is gone")))?;
        if !matches!(visit.state()?, VisitState::Assigned | VisitState::Prepared) {
            return Err(Error::conflict(
                "visit_not_mergeable",
                format!("检查 {} 已进入后续环节，不能再合并", visit.code),
                format!("the visit {} has gone on and cannot be merged any more", visit.code),
            ));
        }
        let tasks = tasks_of(tx.conn(), id).await?;
        let members =
            members_of_visits(tx.conn(), &[id]).await?.into_iter().filter(MemberRow::is_in).collect();
        parts.push(Part { visit, tasks, members });
    }
    Ok(parts)
}

fn lead_of(parts: &[Part], wanted: Option<String>) -> Result<String> {
    let organs: Vec<&String> = parts.iter().flat_map(|p| p.tasks.iter().map(|t| &t.organ_code)).collect();
    match wanted {
        None => Ok(parts.first().map(|p| p.visit.lead_department.clone()).unwrap_or_default()),
        Some(lead) if organs.contains(&&lead) => Ok(lead),
        Some(_) => {
            let (zh, en) = ("须为参加检查的部门", "must be one of the visits' organs");
            Err(Error::invalid_at("/lead_department", "unknown_department", zh, en))
        }
    }
}

fn date_is_planned(parts: &[Part], on: Date) -> Result<()> {
    let is_within = |p: &Part| p.visit.planned_from.0 <= on && on <= p.visit.planned_to.0;
    if parts.iter().any(is_within) {
        return Ok(());
    }
    let (zh, en) = ("须在其中一次检查的计划日期之内", "must be a day that one of the visits was planned for");
    Err(Error::invalid_at("/scheduled_on", "date_outside_windows", zh, en))
}

/// The value that all have, if they have one.
fn common<T: PartialEq + Copy>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// The first reason to enter that one of the visits gave.
fn on_site_reason(parts: &[Part]) -> Result<Option<String>> {
    let all = parts.iter().map(|p| p.visit.reasons()).collect::<Result<Vec<_>, _>>()?;
    Ok(all.into_iter().find_map(|r| r.on_site))
}

/// The combined visit: one date, a task and team of each organ.
fn combined(
    parts: &[Part],
    (lead, on): (&str, Date),
    settings: &Settings,
    by: &str,
    now: jiff::Timestamp,
) -> Result<VisitNew> {
    let Some(first) = parts.first().map(|p| &p.visit) else {
        return Err(Error::internal("nothing to merge"));
    };
    let kinds = parts.iter().map(|p| p.visit.kind()).collect::<Result<Vec<VisitKind>, _>>()?;
    let method = parts.iter().map(|p| crate::store::word::<InspectionMethod>(&p.visit.method));
    let methods = method.collect::<Result<Vec<_>, _>>()?;
    let kind = common(kinds.into_iter()).unwrap_or(VisitKind::Routine);
    let seed = VisitSeed {
        plan_id: common(parts.iter().map(|p| p.visit.plan_id)).flatten().map(|p| p.0),
        draw_id: common(parts.iter().map(|p| p.visit.draw_id)).flatten().map(|d| d.0),
        kind,
        trigger_ground: parts.iter().find_map(|p| p.visit.trigger_ground.clone()),
        method: common(methods.into_iter()).unwrap_or(InspectionMethod::SiteVerification),
        on_site: true,
        region_code: first.region_code.clone(),
        subject_id: first.subject_id.0,
        subject_identifier: first.subject_identifier.clone(),
        subject_name: first.subject_name.clone(),
        subject_address: first.subject_address.clone(),
        planned_from: on,
        planned_to: on,
        scheduled_on: Some(on),
        emergency_reason: None,
        assistance: parts.iter().find_map(|p| p.visit.assistance.clone()),
        // Why each stood apart is over; why somebody must enter is not.
        reasons: VisitReasons { on_site: on_site_reason(parts)?, separate: None },
        is_combined: true,
    };
    let mut tasks = Vec::new();
    for part in parts {
        for t in &part.tasks {
            let members = part.members.iter().filter(|m| m.task_id == t.id).map(|m| {
                Ok(MemberSeed {
                    person_id: m.person_id.0,
                    role: m.role()?,
                    certificate_number: m.certificate_number.clone(),
                    score: m.score.clone(),
                })
            });
            tasks.push(TaskSeed {
                organ_code: t.organ_code.clone(),
                role: if t.organ_code == lead { TaskRole::Lead } else { TaskRole::Cooperating },
                item: t.item_id.map(|item| ItemRef {
                    id: item.0,
                    version: t.item_version,
                    number: t.item_number.clone(),
                }),
                item_text: t.item_text.clone(),
                expert_count: t.expert_count,
                is_counted: settings.counts(kind),
                members: members.collect::<Result<Vec<_>>>()?,
            });
        }
    }
    Ok(VisitNew::assigned(seed, tasks, by, now))
}

/// Marks an old visit as merged into another.
async fn retire(tx: &mut Tx<'_, '_>, mut visit: VisitRow, into: Uid, role: Role) -> Result<()> {
    let from = visit.state()?;
    visit.state = VisitState::Combined.to_string();
    visit.combined_into = Some(into);
    visit.transitions += 1;
    visit.version += 1;
    visit.updated_at = tx.now().into();
    if !visit_update(tx.conn(), &visit).await? {
        return Err(service_kit::extract::changed());
    }
    let now = tx.now();
    store::tasks_combined(tx.conn(), visit.id.0, now).await?;
    let step = Step {
        aggregate: "visit",
        id: visit.id.0,
        number: visit.transitions,
        from: from.as_str(),
        verb: "combine",
        to: VisitState::Combined.as_str(),
        role: Some(role),
        grounds: Grounds::default(),
        more: serde_json::json!({"into_visit_id": into.0}),
        rule_ids: vec!["FRQ-04".to_string()],
        rule_pack: None,
        due: None,
    };
    step_add(tx, step).await?;
    let data = serde_json::json!({"id": visit.id.0, "into_visit_id": into.0, "version": visit.version});
    tx.audit("visit", visit.id.0, data.clone());
    tx.event("visit.combined", visit.id.0, &visit.departments.0, &visit.region_code, &data)
}
