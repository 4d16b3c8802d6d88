//! Another inspector for one who cannot go: the next in the keyed order, never a free choice (回避后替换, DRW-04).
//!
//! Nobody goes without a ground, and nobody makes a ground and uses it: a recusal that holds for the subject on the day, or
//! what the registry says of the inspector, which the head of the organ acts on. So the order, which everybody can compute,
//! is not walked to a wanted person. Refuses what has no ground (409 `replacement_unfounded`).

use super::{Asked, Said, begin, faultless, finish};
use crate::api::task::TaskReplaceMember;
use crate::app::inspector::REVOKE;
use crate::app::team;
use crate::domain::recusal::{RecusalState, Recused, holds};
use crate::domain::task::replacement_score;
use crate::domain::visit::{DESK_ROLES, MemberState, TaskVerb};
use crate::store::inspector::{Eligible, inspector_eligible, inspector_view};
use crate::store::recusal::{recusal_view, recused_of};
use crate::store::task::{self as store, MemberRow, TaskRow};
use crate::store::transition::transition_list;
use crate::store::visit::VisitRow;
use crate::store::word;
use domain::vocabulary::Role;
use service_kit::{Ctx, Error, Reply, Result, Scope, Tx};
use store_kit::types::Uid;
use uuid::Uuid;

/// Steps of an inspector's history that make him unfit by somebody's hand.
const BY_HAND: [&str; 3] = ["suspend", "leave", REVOKE];

/// Inspectors of the task's organ who may inspect on the visit's day (ENF-01).
async fn fit(tx: &mut Tx<'_, '_>, visit: &VisitRow, task: &TaskRow) -> Result<Vec<Eligible>> {
    let day = visit.day();
    Ok(inspector_eligible(tx.conn(), std::slice::from_ref(&task.organ_code), (day, day)).await?)
}

/// Who takes the place of somebody who cannot go: the next in the keyed order among those who may.
///
/// For a visit that came from a draw the order is that of the draw's scores (DRW-04: the next score, never a free choice;
/// [`team::next_member`]); for another visit it is [`replacement_score`]. Only inspectors of the organ count who hold
/// a certificate that is valid on the day, are not recused, and neither are nor were in the team. Who is not fit on the day is
/// passed over: a visit may have been put off beyond the days that the draw looked at.
async fn next_member(
    tx: &mut Tx<'_, '_>,
    visit: &VisitRow,
    task: &TaskRow,
    members: &[MemberRow],
) -> Result<Option<(Uuid, String, String)>> {
    let eligible = fit(tx, visit, task).await?;
    let mut out: Vec<Uuid> = members.iter().filter(|m| m.task_id == task.id).map(|m| m.person_id.0).collect();
    if let Some(draw) = visit.draw_id {
        let subject = (visit.subject_id.0, visit.subject_identifier.as_str());
        let ids: Vec<Uuid> = eligible.iter().map(|e| e.id).collect();
        let recused = recused_of(tx.conn(), &ids).await?;
        // Each turn passes one inspector over, so the organ's number of inspectors bounds the turns.
        loop {
            let next = team::next_member(tx.conn(), draw.0, subject, &task.organ_code, &out).await?;
            let Some((inspector, score)) = next else { return Ok(None) };
            let is_recused = recused
                .iter()
                .any(|r| r.inspector_id == inspector.id && holds(r, subject.0, subject.1, visit.day()));
            match eligible.iter().find(|e| e.id == inspector.id && !is_recused) {
                Some(found) => return Ok(Some((inspector.id, found.certificate_number.clone(), score))),
                None if out.contains(&inspector.id) => return Ok(None),
                None => out.push(inspector.id),
            }
        }
    }
    let day = visit.day();
    let ids: Vec<Uuid> = eligible.iter().map(|e| e.id).collect();
    let recused = recused_of(tx.conn(), &ids).await?;
    let is_out = |id: Uuid| {
        let is_recused = recused
            .iter()
            .any(|r| r.inspector_id == id && holds(r, visit.subject_id.0, &visit.subject_identifier, day));
        out.contains(&id) || is_recused
    };
    let mut order: Vec<(String, Uuid, String)> = eligible
        .into_iter()
        .filter(|e| !is_out(e.id))
        .map(|e| (replacement_score(visit.id.0, e.id), e.id, e.certificate_number))
        .collect();
    order.sort();
    Ok(order.into_iter().next().map(|(score, id, certificate)| (id, certificate, score)))
}

fn own_ground() -> Error {
    Error::forbidden(
        "separation_of_duties",
        "登记该事由的人不得自行办理替换，请由他人办理",
        "Who made the ground does not use it; somebody else replaces the member",
    )
}

/// What a replacement rests on, for the history.
///
/// A recusal must hold for the visit's subject on its day; one that nobody has decided yet is not used by who raised it.
/// Without one the registry must say that the inspector may not inspect on the day, and the head of the organ acts on it, who
/// did not suspend him, let him go or revoke his certificate.
async fn ground(
    tx: &mut Tx<'_, '_>,
    (asked, visit, task): (&Asked, &VisitRow, &TaskRow),
    person: Uuid,
    recusal: Option<Uuid>,
) -> Result<(&'static str, Option<Role>)> {
    let caller = &asked.who.caller;
    if let Some(id) = recusal {
        let unknown = || {
            Error::invalid_at(
                "/recusal_id",
                "unknown_recusal",
                "没有该人员对该监管对象有效的回避记录",
                "no recusal of this inspector that holds for the subject on the day",
            )
        };
        let row = recusal_view(tx.conn(), &asked.who.scope, id).await?.ok_or_else(unknown)?;
        let state: RecusalState = word(&row.state)?;
        let recused = Recused {
            inspector_id: row.inspector_id.0,
            subject_id: row.subject_id.map(|s| s.0),
            subject_identifier: row.subject_identifier,
            state,
            valid_from: row.valid_from.0,
            valid_to: row.valid_to.map(|d| d.0),
        };
        let is_his = recused.inspector_id == person;
        if !is_his || !holds(&recused, visit.subject_id.0, &visit.subject_identifier, visit.day()) {
            return Err(unknown());
        }
        if state == RecusalState::Declared && row.raised_by == caller.subject {
            return Err(own_ground());
        }
        return Ok(("recusal", None));
    }
    if fit(tx, visit, task).await?.iter().any(|e| e.id == person) {
        return Err(Error::conflict(
            "replacement_unfounded",
            "该人员在检查日具备执法资格，且未写明有效的回避记录，不能替换",
            "The inspector may inspect on the day and no recusal in force is named; he is not replaced",
        ));
    }
    if !caller.has(Role::LeadHead) {
        return Err(Error::forbidden(
            "head_replaces",
            "无回避记录的替换由部门负责人办理",
            "Without a recusal the head of the organ replaces a member",
        ));
    }
    let steps = transition_list(tx.conn(), "inspector", person, 0, 1000).await?;
    let last = steps.iter().rev().find(|s| BY_HAND.contains(&s.verb.as_str()));
    if last.is_some_and(|s| s.actor == caller.subject) {
        return Err(own_ground());
    }
    let row = inspector_view(tx.conn(), &Scope::all(), person).await?;
    let ground = match row.as_ref().map(|r| r.state.as_str()) {
        Some("registered") => "not_qualified",
        Some("suspended") => "suspended",
        _ => "left",
    };
    Ok((ground, Some(Role::LeadHead)))
}

/// Puts the next in the order into the place of somebody who cannot go (回避后替换).
pub async fn task_replace_member(ctx: &Ctx, id: Uuid, body: TaskReplaceMember) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let TaskReplaceMember { person_id, reason, recusal_id } = body;
    faultless(&[("/reason", Some(&reason))])?;
    ctx.change(async move |tx| {
        let mut begun = begin(tx, &asked, TaskVerb::ReplaceMember, DESK_ROLES).await?;
        let members = store::members_of_visits(tx.conn(), &[begun.visit.id.0]).await?;
        let out = members
            .iter()
            .find(|m| m.task_id == begun.task.id && m.person_id.0 == person_id && m.is_in())
            .cloned()
            .ok_or_else(|| {
                Error::invalid_at(
                    "/person_id",
                    "not_in_team",
                    "不是本检查组成员",
                    "not a member of this team",
                )
            })?;
        if !out.role()?.is_inspector() {
            return Err(Error::invalid_at(
                "/person_id",
                "not_an_inspector",
                "专家和辅助人员不按抽取顺序替换",
                "experts and assistants are not replaced by the order",
            ));
        }
        let (ground, role) = ground(tx, (&asked, &begun.visit, &begun.task), person_id, recusal_id).await?;
        begun.role = role.unwrap_or(begun.role);
        let Some((next, certificate, score)) = next_member(tx, &begun.visit, &begun.task, &members).await?
        else {
            return Err(Error::conflict(
                "no_replacement",
                "本部门已没有可以替换的执法人员",
                "No lawful inspector of the organ is left",
            ));
        };
        let now = tx.now();
        let put_in = MemberRow {
            person_id: Uid(next),
            certificate_number: Some(certificate),
            score: Some(score.clone()),
            state: MemberState::Assigned.to_string(),
            replaced_by: None,
            reason: None,
            assigned_at: now.into(),
            ..out.clone()
        };
        let taken_out = MemberRow {
            state: MemberState::Replaced.to_string(),
            replaced_by: Some(Uid(next)),
            reason: Some(reason.clone()),
            ..out
        };
        store::member_insert(tx.conn(), &[&put_in]).await?;
        store::member_update(tx.conn(), &taken_out).await?;
        let said = Said {
            more: serde_json::json!({"out": person_id, "in": next, "score": score, "recusal_id": recusal_id,
                "ground": ground}),
            rule_ids: ["ENF-10", "DRW-04"].map(String::from).to_vec(),
            ..Said::why(Some(reason))
        };
        finish(tx, begun, (TaskVerb::ReplaceMember, "member_replaced"), said).await
    })
    .await
}
