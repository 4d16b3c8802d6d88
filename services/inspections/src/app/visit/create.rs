//! Planning a visit outside of a draw: organs and items are asked for, teams looked up in the registries (新增检查).

use super::{view, visit_told, window};
use crate::api::visit::{VisitCreate, VisitMemberInput, VisitTaskInput};
use crate::app::lint::is_counted;
use crate::app::{Who, other_department, outside, plain};
use crate::domain::recusal::holds;
use crate::domain::visit::{MemberRole, PLANNING_ROLES, TaskRole, VisitReasons};
use crate::store::inspector::{certificate_on, inspectors_by_ids};
use crate::store::plan::plan_view;
use crate::store::recusal::recused_of;
use crate::store::task::experts_known;
use crate::store::visit::{self as store, ItemRef, MemberSeed, TaskSeed, VisitNew, VisitSeed};
use domain::vocabulary::InspectionMethod;
use jiff::civil::Date;
use rules::VisitKind;
use service_kit::{Ctx, Error, Fault, Reply, Result};
use store_kit::AnyConn;
use uuid::Uuid;

/// Adds a visit outside of a draw.
pub async fn visit_create(ctx: &Ctx, body: VisitCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let VisitCreate {
        plan_id,
        kind,
        trigger_ground,
        method,
        on_site,
        subject_id,
        planned_from,
        planned_to,
        scheduled_on,
        emergency_reason,
        assistance,
        on_site_reason,
        separate_reason,
        tasks,
    } = body;
    who.role(PLANNING_ROLES)?;
    let mut faults = Vec::new();
    window(planned_from, planned_to, scheduled_on, &mut faults);
    plain("/trigger_ground", trigger_ground.as_deref(), &mut faults);
    plain("/emergency_reason", emergency_reason.as_deref(), &mut faults);
    plain("/assistance", assistance.as_deref(), &mut faults);
    plain("/on_site_reason", on_site_reason.as_deref(), &mut faults);
    plain("/separate_reason", separate_reason.as_deref(), &mut faults);
    if !matches!(kind, VisitKind::Routine | VisitKind::CampaignOwn) && trigger_ground.is_none() {
        faults.push(Fault::new(
            "/trigger_ground",
            "trigger_missing",
            "日常检查和本级专项检查以外的检查须写明触发依据",
            "needed for everything but routine checks and own campaigns",
        ));
    }
    for (at, task) in tasks.iter().enumerate() {
        let doubled = tasks.iter().take(at).any(|t| t.organ_code == task.organ_code);
        if doubled {
            faults.push(Fault::new(
                format!("/tasks/{at}/organ_code"),
                "organ_twice",
                "同一部门只能有一项任务",
                "an organ has one task in a visit",
            ));
        }
    }
    if tasks.iter().filter(|t| t.role == Some(TaskRole::Lead)).count() > 1 {
        faults.push(Fault::new("/tasks", "several_leads", "只能有一个牵头部门", "one organ leads"));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let lead_at = tasks.iter().position(|t| t.role == Some(TaskRole::Lead)).unwrap_or(0);
    let lead = tasks.get(lead_at).map(|t| t.organ_code.clone()).unwrap_or_default();
    if !who.may_write_for(&lead) {
        return Err(other_department());
    }
    if let Some(plan_id) = plan_id {
        of_plan(ctx, &who, plan_id, &lead, kind).await?;
    }
    let subject = outside::known_subject(&ctx.kit, subject_id, "/subject_id").await?;
    let day = scheduled_on.unwrap_or(planned_from);
    let is_counted = on_site && is_counted(&ctx.kit, kind, day).await?;
    let mut seeds = Vec::with_capacity(tasks.len());
    for (at, task) in tasks.into_iter().enumerate() {
        let is_lead = at == lead_at;
        seeds.push(seed_of(ctx, task, (at, is_lead), (is_counted, day)).await?);
    }
    let seed = VisitSeed {
        plan_id,
        draw_id: None,
        kind,
        trigger_ground,
        method,
        on_site,
        region_code: subject.region_code.clone(),
        subject_id,
        subject_identifier: subject.key(),
        subject_name: subject.name,
        subject_address: subject.address,
        planned_from,
        planned_to,
        scheduled_on,
        emergency_reason,
        assistance,
        reasons: VisitReasons { on_site: on_site_reason, separate: separate_reason },
        is_combined: false,
    };
    ctx.change(async move |tx| {
        for (at, task) in seeds.iter_mut().enumerate() {
            team_known(
                tx.conn(),
                task,
                at,
                (subject_id, &seed.subject_identifier, seed.scheduled_on.unwrap_or(planned_to)),
            )
            .await?;
        }
        let new = VisitNew::assigned(seed, seeds, &who.caller.subject, tx.now());
        store::visit_insert_many(tx.conn(), std::slice::from_ref(&new)).await?;
        let id = new.visit.id.0;
        visit_told(tx, "assigned", &new.visit)?;
        let view = view(new.visit, new.tasks, &new.members, tx.now())?;
        Ok(Reply::created(&view, format!("/v1/visits/{id}"))?.version(1))
    })
    .await
}

/// Holds the plan that a visit rests on against it: in force, with the leading organ in it; and whom a plan finds by a draw
/// nobody picks by hand (DRW-01), or the plan would lend its lawfulness to a chosen subject.
async fn of_plan(ctx: &Ctx, who: &Who, plan_id: Uuid, lead: &str, kind: VisitKind) -> Result<()> {
    let found =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(plan_view(c, &who.scope, plan_id).await?)).await?;
    let Some((plan, _)) = found.filter(|(plan, _)| plan.content.departments().iter().any(|d| d == lead))
    else {
        return Err(Error::invalid_at(
            "/plan_id",
            "unknown_plan",
            "没有牵头部门参加的这一计划",
            "no plan that the leading organ takes part in",
        ));
    };
    if !plan.state.is_in_force() {
        return Err(Error::conflict(
            "plan_not_public",
            "计划公布后、完成前方可据以检查",
            "Visits rest on a plan from its publication until it is completed",
        ));
    }
    let is_drawn = plan.content.method == InspectionMethod::DoubleRandom
        && plan.content.reasons.draw_exception.is_none()
        && matches!(kind, VisitKind::Routine | VisitKind::CampaignOwn);
    if is_drawn {
        return Err(Error::invalid_at(
            "/plan_id",
            "plan_is_drawn",
            "该计划的对象由双随机抽取产生，不能另行指定",
            "the plan finds its subjects by a draw; they are not named by hand",
        ));
    }
    Ok(())
}

/// The task of one organ as it will be added: organ and item are asked for, the team is looked up in the transaction.
async fn seed_of(
    ctx: &Ctx,
    task: VisitTaskInput,
    (at, is_lead): (usize, bool),
    (is_counted, day): (bool, Date),
) -> Result<TaskSeed> {
    let VisitTaskInput { organ_code, role: _, item_id, item_text, expert_count, members } = task;
    let organ = outside::known_organ(&ctx.kit, &organ_code, &format!("/tasks/{at}/organ_code")).await?;
    let mut item = None;
    let mut text = item_text;
    if let Some(id) = item_id {
        let pointer = format!("/tasks/{at}/item_id");
        // An unpublished item may not be checked (ENF-04).
        let found = outside::item(&ctx.kit, id, day).await?.ok_or_else(|| {
            Error::invalid_at(
                &pointer,
                "item_not_published",
                "该事项当日没有公布的版本",
                "no published version on that day",
            )
        })?;
        let part = found.cooperating.iter().find(|c| c.department == organ.code).map(|c| c.item.clone());
        let own = if found.lead_department == organ.code { Some(found.lead_item.clone()) } else { part };
        let Some(own) = own else {
            return Err(Error::invalid_at(
                &pointer,
                "not_a_party",
                "该部门不是该事项的牵头或配合部门",
                "the organ is neither lead nor cooperating in this item",
            ));
        };
        text = text.or(Some(own));
        item = Some(ItemRef { id, version: found.published_version, number: None });
    }
    let Some(item_text) = text else {
        return Err(Error::invalid_at(
            format!("/tasks/{at}/item_text"),
            "item_missing",
            "须写明检查事项或引用已公布的监管事项",
            "name the item, or what is checked",
        ));
    };
    let members = members
        .into_iter()
        .map(|m| {
            let VisitMemberInput { person_id, role } = m;
            MemberSeed { person_id, role, certificate_number: None, score: None }
        })
        .collect();
    let role = if is_lead { TaskRole::Lead } else { TaskRole::Cooperating };
    Ok(TaskSeed { organ_code: organ.code, role, item, item_text, expert_count, is_counted, members })
}

/// Looks the team up in the registries and notes the certificates that count on the day.
async fn team_known(
    c: &mut AnyConn<'_>,
    task: &mut TaskSeed,
    at: usize,
    (subject, identifier, day): (Uuid, &str, Date),
) -> Result<()> {
    let ids = |is_inspector: bool| {
        let of = task.members.iter().filter(move |m| m.role.is_inspector() == is_inspector);
        of.map(|m| m.person_id).collect::<Vec<_>>()
    };
    let (inspectors, others) = (ids(true), ids(false));
    let known = inspectors_by_ids(c, &inspectors).await?;
    let experts = experts_known(c, &others).await?;
    let recused = recused_of(c, &inspectors).await?;
    let mut faults = Vec::new();
    if task.members.iter().filter(|m| m.role == MemberRole::Leader).count() > 1 {
        faults.push(Fault::new(
            format!("/tasks/{at}/members"),
            "several_leaders",
            "一个检查组只能有一名组长",
            "a team has one leader",
        ));
    }
    if i64::try_from(others.len()).unwrap_or(i64::MAX) > task.expert_count {
        faults.push(Fault::new(
            format!("/tasks/{at}/expert_count"),
            "too_many_companions",
            "专家和辅助人员不得多于事先确定的人数",
            "more experts and assistants than were fixed beforehand (ENF-03)",
        ));
    }
    for (n, member) in task.members.iter_mut().enumerate() {
        let pointer = format!("/tasks/{at}/members/{n}/person_id");
        if member.role.is_inspector() {
            let is_own = known.iter().any(|i| i.id.0 == member.person_id && i.organ_code == task.organ_code);
            let certificate = if is_own { certificate_on(c, member.person_id, day).await? } else { None };
            if !is_own {
                faults.push(Fault::new(
                    pointer,
                    "unknown_inspector",
                    "不是该部门名录库中的执法人员",
                    "not in the registry of this organ (ENF-02)",
                ));
            } else if recused
                .iter()
                .any(|r| r.inspector_id == member.person_id && holds(r, subject, identifier, day))
            {
                faults.push(Fault::new(
                    pointer,
                    "inspector_recused",
                    "该执法人员应当回避",
                    "is recused (ENF-10)",
                ));
            } else if certificate.is_none() {
                faults.push(Fault::new(
                    pointer,
                    "no_valid_certificate",
                    "该执法人员当日没有有效的执法证件",
                    "has no certificate valid on that day (ENF-01)",
                ));
            }
            member.certificate_number = certificate.map(|c| c.number);
        } else if !experts.iter().any(|(id, _)| *id == member.person_id) {
            faults.push(Fault::new(
                pointer,
                "unknown_expert",
                "没有这名专家或辅助人员",
                "no such expert or assistant",
            ));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}
