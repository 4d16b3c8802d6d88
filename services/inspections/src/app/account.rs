//! Use cases: accounts tied to inspectors (账号关联), settings of organs (部门设置), and what both ask of steps on the spot.
//!
//! Who keeps the registry ties an account to an inspector of the own organ; the head of the organ decides whether accounts
//! that are tied to nobody may act on the spot. The account is not looked up, because the gateway tells services nothing of
//! accounts: an id that nobody has binds nobody, and an account of another organ never comes as far as a task of this one.
//! Called by the handlers; [`officer_role`] by the steps of tasks.

use super::{Grounds, Step, Who, expect, other_department, step_add, wanted};
use crate::api::account::{InspectorAccountLink, InspectorAccountView, OrganSettingPut, OrganSettingView};
use crate::api::step::ActionReason;
use crate::domain::account::{OFFICERS, Officer, OfficerRefusal, is_field_step, may_act};
use crate::domain::inspector::InspectorState;
use crate::domain::visit::TaskVerb;
use crate::store::account::{self as store, AccountRow, OrganSettingRow};
use crate::store::inspector::{InspectorRow, inspector_view};
use crate::store::task::{TaskRow, members_of_visits};
use domain::vocabulary::Role;
use service_kit::error::StoreIntent as _;
use service_kit::{Ctx, Error, Reply, Result, Tx};
use store_kit::types::{Stamp, Uid};
use uuid::Uuid;

/// Who ties accounts: whoever keeps the registry of the organ.
const KEEPERS: &[Role] = &[Role::LeadHead, Role::LeadEditor, Role::CoopEditor, Role::Organiser];

fn view(inspector: &InspectorRow, row: Option<AccountRow>) -> InspectorAccountView {
    let (account_id, linked_by, linked_at) = match row {
        None => (None, None, None),
        Some(AccountRow { inspector_id: _, account, organ_code: _, linked_by, linked_at }) => {
            (Some(account), Some(linked_by), Some(linked_at.0))
        }
    };
    InspectorAccountView {
        inspector_id: inspector.id.0,
        organ_code: inspector.organ_code.clone(),
        account_id,
        linked_by,
        linked_at,
        version: inspector.version,
    }
}

/// The account of an inspector.
///
/// # Errors
/// 404.
pub async fn inspector_account_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let (inspector, row) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let inspector = inspector_view(c, &who.scope, id).await?;
            let inspector = inspector.ok_or_else(|| Error::not_found("inspector"))?;
            Ok((inspector, store::account_of(c, &who.scope, id).await?))
        })
        .await?;
    Ok(Reply::ok(&view(&inspector, row))?.version(inspector.version).header("cache-control", "no-store"))
}

/// Writes the step of a tie that was made or cut: history, version, audit entry, event.
async fn written(
    tx: &mut Tx<'_, '_>,
    row: &mut InspectorRow,
    (verb, what, role): (&str, &str, Role),
    grounds: Grounds,
) -> Result<()> {
    row.transitions += 1;
    super::inspector::write(tx, row).await?;
    let step = Step {
        aggregate: "inspector",
        id: row.id.0,
        number: row.transitions,
        from: &row.state,
        verb,
        to: &row.state,
        role: Some(role),
        grounds,
        more: serde_json::Value::Null,
        rule_ids: Vec::new(),
        rule_pack: None,
        due: None,
    };
    step_add(tx, step).await?;
    super::inspector::tell(tx, what, row)
}

async fn hold(tx: &mut Tx<'_, '_>, who: &Who, id: Uuid, wanted: Option<i64>) -> Result<(InspectorRow, Role)> {
    let row = inspector_view(tx.conn(), &who.scope, id).await?;
    let row = row.ok_or_else(|| Error::not_found("inspector"))?;
    let role = who.role(KEEPERS)?;
    if !who.may_write_for(&row.organ_code) {
        return Err(other_department());
    }
    expect(wanted, row.version)?;
    Ok((row, role))
}

/// Ties an account to an inspector.
///
/// # Errors
/// 403; 404; 409 `account_linked`, `inspector_left`; 412.
pub async fn inspector_account_link(ctx: &Ctx, id: Uuid, body: InspectorAccountLink) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let InspectorAccountLink { account_id } = body;
    ctx.change(async move |tx| {
        let (mut row, role) = hold(tx, &who, id, wanted).await?;
        if row.state == InspectorState::Left.as_str() {
            let (zh, en) = ("该执法人员已离岗", "The inspector has left");
            return Err(Error::conflict("inspector_left", zh, en));
        }
        let account = AccountRow {
            inspector_id: row.id,
            account: account_id.to_string(),
            organ_code: row.organ_code.clone(),
            linked_by: who.caller.subject.clone(),
            linked_at: tx.now().into(),
        };
        store::account_link(tx.conn(), &account).await.or_conflict(
            "account_linked",
            "该账号或该执法人员已关联，请先解除",
            "The account or the inspector is tied already; untie it first",
        )?;
        written(tx, &mut row, ("link_account", "account_linked", role), Grounds::default()).await?;
        Ok(Reply::ok(&view(&row, Some(account)))?.version(row.version).header("cache-control", "no-store"))
    })
    .await
}

/// Cuts the tie.
///
/// # Errors
/// 403; 404; 409 `nothing_linked`; 412.
pub async fn inspector_account_unlink(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    ctx.change(async move |tx| {
        let (mut row, role) = hold(tx, &who, id, wanted).await?;
        if !store::account_unlink(tx.conn(), id).await? {
            let (zh, en) = ("该执法人员没有关联账号", "The inspector is tied to no account");
            return Err(Error::conflict("nothing_linked", zh, en));
        }
        written(tx, &mut row, ("unlink_account", "account_unlinked", role), body.into()).await?;
        Ok(Reply::ok(&view(&row, None))?.version(row.version).header("cache-control", "no-store"))
    })
    .await
}

fn setting_view(organ: &str, row: Option<OrganSettingRow>) -> OrganSettingView {
    match row {
        None => OrganSettingView {
            organ_code: organ.to_string(),
            linked_field_work: false,
            updated_by: None,
            updated_at: None,
            version: 0,
        },
        Some(row) => {
            let OrganSettingRow {
                organ_code,
                linked_field_work,
                updated_by,
                version,
                created_at: _,
                updated_at,
            } = row;
            let (updated_by, updated_at) = (Some(updated_by), Some(updated_at.0));
            OrganSettingView { organ_code, linked_field_work, updated_by, updated_at, version }
        }
    }
}

/// Settings of an organ.
///
/// # Errors
/// 404 for another organ's.
pub async fn organ_setting_view(ctx: &Ctx, organ: String) -> Result<Reply> {
    let who = Who::of(ctx)?;
    if !who.scope.sees_department(&organ) {
        return Err(Error::not_found("organ setting"));
    }
    let row =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::organ_setting_view(c, &organ).await?)).await?;
    let view = setting_view(&organ, row);
    Ok(Reply::ok(&view)?.version(view.version))
}

/// Decides about the organ's own inspections.
///
/// # Errors
/// 403; 404; 412; 428.
pub async fn organ_setting_put(ctx: &Ctx, organ: String, body: OrganSettingPut) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, ctx.if_match()?);
    let OrganSettingPut { linked_field_work } = body;
    if !who.scope.sees_department(&organ) {
        return Err(Error::not_found("organ setting"));
    }
    if who.caller.department != organ {
        return Err(other_department());
    }
    ctx.change(async move |tx| {
        who.role(&[Role::LeadHead])?;
        let before = store::organ_setting_view(tx.conn(), &organ).await?;
        expect(Some(wanted), before.as_ref().map_or(0, |b| b.version))?;
        let now = Stamp::from(tx.now());
        let row = OrganSettingRow {
            organ_code: organ.clone(),
            linked_field_work,
            updated_by: who.caller.subject.clone(),
            version: wanted + 1,
            created_at: before.map_or(now, |b| b.created_at),
            updated_at: now,
        };
        let raced =
            ("setting_raced", "该设置正被他人修改，请重试", "The setting is being changed; try again");
        if !store::organ_setting_put(tx.conn(), &row).await.or_conflict(raced.0, raced.1, raced.2)? {
            return Err(service_kit::extract::changed());
        }
        let data = serde_json::json!({"organ_code": organ, "linked_field_work": linked_field_work,
            "version": row.version});
        tx.audit("organ_setting", &organ, data.clone());
        tx.event(
            "organ_setting.changed",
            &organ,
            std::slice::from_ref(&organ),
            super::WHOLE_DISTRICT,
            &data,
        )?;
        let version = row.version;
        Ok(Reply::ok(&setting_view(&organ, Some(row)))?.version(version))
    })
    .await
}

/// The role in which a caller takes a step of a task: an officer only in his own team, where his account is tied to the
/// registry or the organ wants it to be; editors and heads as before.
///
/// # Errors
/// 403 `role_missing`, `account_not_in_team`, `account_not_linked`.
pub(crate) async fn officer_role(
    tx: &mut Tx<'_, '_>,
    who: &Who,
    (verb, roles): (TaskVerb, &[Role]),
    task: &TaskRow,
) -> Result<Role> {
    let role = who.role(roles)?;
    if !is_field_step(verb) || !OFFICERS.contains(&role) {
        return Ok(role);
    }
    let inspector = store::inspector_of_account(tx.conn(), &task.organ_code, &who.caller.subject).await?;
    let setting = store::organ_setting_view(tx.conn(), &task.organ_code).await?;
    let members = members_of_visits(tx.conn(), &[task.visit_id.0]).await?;
    let of_task = members.iter().filter(|m| m.task_id == task.id && m.is_in());
    let team: Vec<Uuid> = of_task.map(|m| m.person_id).map(|Uid(id)| id).collect();
    let needs_link = setting.is_some_and(|s| s.linked_field_work);
    let Err(refusal) = may_act(Officer { inspector, team: &team, needs_link }) else { return Ok(role) };
    // Who is an editor or a head too acts as that.
    let above: Vec<Role> = roles.iter().copied().filter(|r| !OFFICERS.contains(r)).collect();
    who.role(&above).map_err(|_| match refusal {
        OfficerRefusal::NotInTeam => Error::forbidden(
            "account_not_in_team",
            "本账号关联的执法人员不是该任务检查组成员",
            "The inspector of this account is not in the task's team",
        ),
        OfficerRefusal::NotLinked => Error::forbidden(
            "account_not_linked",
            "本部门要求现场环节由关联执法人员的账号办理，本账号尚未关联",
            "The organ lets only accounts tied to an inspector act on the spot; this one is tied to none",
        ),
    })
}
