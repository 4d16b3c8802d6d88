//! Another inspector for one who cannot go: the next in the keyed order, never a free choice (回避后替换, DRW-04).

use super::{Asked, Said, begin, faultless, finish};
use crate::api::task::TaskReplaceMember;
use crate::app::team;
use crate::domain::recusal::holds;
use crate::domain::task::replacement_score;
use crate::domain::visit::{DESK_ROLES, MemberState, TaskVerb};
use crate::store::inspector::{certificate_on, inspector_eligible};
use crate::store::recusal::{RecusalRow, recusal_view, recused_of};
use crate::store::task::{self as store, MemberRow, TaskRow};
use crate::store::visit::VisitRow;
use service_kit::{Ctx, Error, Reply, Result, Tx};
use store_kit::types::Uid;
use uuid::Uuid;

/// Who takes the place of somebody who cannot go: the next in the keyed order among those who may.
///
/// For a visit that came from a draw the order is that of the draw's scores (DRW-04: the next score, never a free choice;
/// [`team::next_member`]); for another visit it is [`replacement_score`]. Only inspectors of the organ count who hold
/// a certificate that is valid on the day, are not recused, and neither are nor were in the team.
async fn next_member(
    tx: &mut Tx<'_, '_>,
    visit: &VisitRow,
    task: &TaskRow,
    members: &[MemberRow],
) -> Result<Option<(Uuid, String, String)>> {
    if let Some(draw) = visit.draw_id {
        let out: Vec<Uuid> = members.iter().filter(|m| m.task_id == task.id).map(|m| m.person_id.0).collect();
        let subject = (visit.subject_id.0, visit.subject_identifier.as_str());
        let next = team::next_member(tx.conn(), draw.0, subject, &task.organ_code, &out).await?;
        let Some((inspector, score)) = next else { return Ok(None) };
        let certificate = certificate_on(tx.conn(), inspector.id, visit.day()).await?;
        return Ok(certificate.map(|c| (inspector.id, c.number, score)));
    }
    let day = visit.day();
    let organ = [task.organ_code.clone()];
    let eligible = inspector_eligible(tx.conn(), &organ, (day, day)).await?;
    let ids: Vec<Uuid> = eligible.iter().map(|e| e.id).collect();
    let recused = recused_of(tx.conn(), &ids).await?;
    let is_out = |id: Uuid| {
        let was_in = members.iter().any(|m| m.task_id == task.id && m.person_id.0 == id);
        let is_recused = recused
            .iter()
            .any(|r| r.inspector_id == id && holds(r, visit.subject_id.0, &visit.subject_identifier, day));
        was_in || is_recused
    };
    let mut order: Vec<(String, Uuid, String)> = eligible
        .into_iter()
        .filter(|e| !is_out(e.id))
        .map(|e| (replacement_score(visit.id.0, e.id), e.id, e.certificate_number))
        .collect();
    order.sort();
    Ok(order.into_iter().next().map(|(score, id, certificate)| (id, certificate, score)))
}

/// Puts the next in the order into the place of somebody who cannot go (回避后替换).
pub async fn task_replace_member(ctx: &Ctx, id: Uuid, body: TaskReplaceMember) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let TaskReplaceMember { person_id, reason, recusal_id } = body;
    faultless(&[("/reason", Some(&reason))])?;
    ctx.change(async move |tx| {
        let begun = begin(tx, &asked, TaskVerb::ReplaceMember, DESK_ROLES).await?;
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
        if let Some(recusal_id) = recusal_id {
            let found = recusal_view(tx.conn(), &asked.who.scope, recusal_id).await?;
            let is_his = |r: RecusalRow| {
                r.inspector_id.0 == person_id && matches!(r.state.as_str(), "declared" | "granted")
            };
            if !found.is_some_and(is_his) {
                return Err(Error::invalid_at(
                    "/recusal_id",
                    "unknown_recusal",
                    "没有该人员有效的回避记录",
                    "no recusal in force of this inspector",
                ));
            }
        }
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
            more: serde_json::json!({"out": person_id, "in": next, "score": score, "recusal_id": recusal_id}),
            rule_ids: ["ENF-10", "DRW-04"].map(String::from).to_vec(),
            ..Said::why(Some(reason))
        };
        finish(tx, begun, (TaskVerb::ReplaceMember, "member_replaced"), said).await
    })
    .await
}
