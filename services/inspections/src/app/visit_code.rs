//! Use cases of visit codes: issuing, revoking, and the public check without an account (入企扫码).
//!
//! The public answer tells who has come, why, what for and until when, and no more (`domain.md` §10.4). An unknown text,
//! a broken one and one signed by another key are all the same 404; one that ended or was revoked is 410. The check writes
//! nothing, so that nobody can fill our tables from the street; scans are counted at the arrival. Called by the handlers,
//! and by the arrival ([`digest_checked`], [`scanned`]).

use super::{Grounds, Who, outside, visit::find};
use crate::api::step::ActionReason;
use crate::api::visit_code::{
    PublicInspector, PublicVisitCode, PublicVisitOrgan, VisitCodeCreate, VisitCodeIssued, VisitCodeList,
    VisitCodeView,
};
use crate::config::Config;
use crate::domain::publicity::disclose;
use crate::domain::visit::{DESK_ROLES, MemberRole, VisitState};
use crate::domain::visit_code::{Payload, message, read, write};
use crate::store::inspector::inspectors_by_ids;
use crate::store::task::{members_of_visits, tasks_of};
use crate::store::visit::{VisitRow, visit_hold, visit_view};
use crate::store::visit_code::{self as store, VisitCodeRow};
use crate::store::word;
use domain::deadline::beijing_midnight;
use domain::vocabulary::InspectionMethod;
use jiff::{SignedDuration, Timestamp};
use rules::VisitKind;
use service_kit::{Ctx, Error, Kind, Reply, Result, Scope, Tx};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use store_kit::crypto::{CryptoProvider, verify};
use store_kit::types::Uid;
use uuid::Uuid;

/// Path of the public check; the code is added to it.
const PUBLIC_PATH: &str = "/v1/public/visit-codes/";

fn unknown() -> Error {
    Error::not_found("visit code")
}

fn expired() -> Error {
    Error::new(Kind::Gone, "visit_code_expired", "该检查码已过有效期", "This visit code has expired")
}

fn revoked() -> Error {
    Error::new(
        Kind::Gone,
        "visit_code_revoked",
        "该检查码已作废，检查已改期、取消或另行出码",
        "This visit code was revoked: the visit was put off or called off, or has another code",
    )
}

/// The digest of a code that our key signed and that has not ended.
///
/// # Errors
/// 404 for what is no code of ours, 410 for one that ended.
pub(super) fn digest_checked(crypto: &dyn CryptoProvider, text: &str, now: Timestamp) -> Result<String> {
    let (payload, signature) = read(text).ok_or_else(unknown)?;
    if !verify(&crypto.public_key(), &message(payload), &signature) {
        return Err(unknown());
    }
    if now.as_second() >= payload.expires {
        return Err(expired());
    }
    Ok(hex::encode(Sha256::digest(text.as_bytes())))
}

/// Notes at an arrival that the code of this visit was scanned.
///
/// # Errors
/// 422 for the code of another visit, 410 for a revoked one.
pub(super) async fn scanned(tx: &mut Tx<'_, '_>, digest: &str, visit_id: Uuid) -> Result<()> {
    let row = store::visit_code_find(tx.conn(), digest).await?;
    let Some(row) = row.filter(|r| r.visit_id.0 == visit_id) else {
        return Err(Error::invalid_at(
            "/code",
            "code_of_another_visit",
            "该检查码不属于本次检查",
            "the code is not of this visit",
        ));
    };
    if row.revoked_at.is_some() {
        return Err(revoked());
    }
    let now = tx.now();
    Ok(store::visit_code_scanned(tx.conn(), row.id, now).await?)
}

fn view(row: VisitCodeRow, now: Timestamp) -> VisitCodeView {
    let VisitCodeRow {
        id,
        visit_id: _,
        task_id: _,
        digest: _,
        key_id,
        issued_by,
        issued_at,
        expires_at,
        revoked_at,
        revoked_reason,
        scans,
        last_scanned_at,
    } = row;
    VisitCodeView {
        id: id.0,
        key_id,
        issued_by,
        issued_at: issued_at.0,
        expires_at: expires_at.0,
        is_valid: revoked_at.is_none() && now < expires_at.0,
        revoked_at: revoked_at.map(|s| s.0),
        revoked_reason,
        scans,
        last_scanned_at: last_scanned_at.map(|s| s.0),
    }
}

/// The first moment in which a code issued now no longer counts: hours from now, or from the planned day if that is later.
fn end(visit: &VisitRow, hours: i64, now: Timestamp) -> Timestamp {
    let first = visit.scheduled_on.unwrap_or(visit.planned_from).0;
    let from = beijing_midnight(first).map_or(now, |day| day.max(now));
    let end = from.checked_add(SignedDuration::from_hours(hours)).unwrap_or(from);
    // Whole seconds, as the code says it.
    Timestamp::from_second(end.as_second()).unwrap_or(end)
}

/// Issues a code; only a visit whose organs' heads approved it has one, or an emergency.
pub async fn visit_code_create(ctx: &Ctx, config: &Config, id: Uuid, body: VisitCodeCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let VisitCodeCreate { hours } = body;
    let hours = hours.unwrap_or(config.visit_code_hours);
    let base = config.public_url.clone().unwrap_or_default();
    let crypto = std::sync::Arc::clone(&ctx.kit.crypto);
    let actor = ctx.actor()?;
    // Not through the idempotency record: it would keep the clear code.
    let issued = service_kit::change::run(&ctx.kit, actor, async move |tx| {
        let visit = visit_hold(tx.conn(), &who.scope, id).await?.ok_or_else(|| Error::not_found("visit"))?;
        let role = who.role(DESK_ROLES)?;
        if !visit.departments.0.contains(&who.caller.department) {
            return Err(super::other_department());
        }
        let state = visit.state()?;
        let tasks = tasks_of(tx.conn(), id).await?;
        let is_approved = tasks.iter().any(|t| t.approved_at.is_some());
        if state.is_terminal() || !(is_approved || visit.is_emergency()) {
            return Err(Error::conflict(
                "visit_not_approved",
                "尚无部门负责人审批同意，或检查已结束，不能出码",
                "No head of an organ has approved the visit, or it is over",
            ));
        }
        let now = tx.now();
        let expires_at = end(&visit, hours, now);
        let payload = Payload { id: Uuid::now_v7(), expires: expires_at.as_second() };
        let code = write(payload, &crypto.sign(&message(payload)))
            .ok_or_else(|| Error::internal("the signature of a visit code is no hex"))?;
        let key_id = crypto.key_id();
        let row = VisitCodeRow {
            id: Uid(payload.id),
            visit_id: visit.id,
            task_id: None,
            digest: hex::encode(Sha256::digest(code.as_bytes())),
            key_id: key_id.clone(),
            issued_by: who.caller.subject.clone(),
            issued_at: now.into(),
            expires_at: expires_at.into(),
            revoked_at: None,
            revoked_reason: None,
            scans: 0,
            last_scanned_at: None,
        };
        store::visit_code_create(tx.conn(), &row).await?;
        tell(
            tx,
            "issued",
            &visit,
            serde_json::json!({"code_id": payload.id, "expires_at": expires_at, "role": role}),
        )?;
        let url = format!("{}{PUBLIC_PATH}{code}", base.trim_end_matches('/'));
        Ok(VisitCodeIssued { id: payload.id, code, url, key_id, expires_at })
    })
    .await?;
    let location = format!("/v1/visits/{id}/codes");
    Ok(Reply::created(&issued, location)?.header("cache-control", "no-store"))
}

fn tell(tx: &mut Tx<'_, '_>, what: &str, visit: &VisitRow, more: serde_json::Value) -> Result<()> {
    let mut data = serde_json::json!({"visit_id": visit.id.0, "visit": visit.code});
    if let (Some(data), serde_json::Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    tx.audit("visit_code", visit.id.0, data.clone());
    tx.event(&format!("visit_code.{what}"), visit.id.0, &visit.departments.0, &visit.region_code, &data)
}

/// The codes of a visit.
pub async fn visit_code_list(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let (who, now) = (Who::of(ctx)?, ctx.now());
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            find(c, &who, id).await?;
            Ok(store::visit_code_list(c, id).await?)
        })
        .await?;
    let items = rows.into_iter().map(|r| view(r, now)).collect();
    Ok(Reply::ok(&VisitCodeList { items })?.header("cache-control", "no-store"))
}

/// Revokes all codes of a visit that still count.
pub async fn visit_code_revoke(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    let who = Who::of(ctx)?;
    ctx.change(async move |tx| {
        let visit = visit_hold(tx.conn(), &who.scope, id).await?.ok_or_else(|| Error::not_found("visit"))?;
        who.role(DESK_ROLES)?;
        if !visit.departments.0.contains(&who.caller.department) {
            return Err(super::other_department());
        }
        let Grounds { reason, documents: _ } = Grounds::from(body);
        let reason = reason.unwrap_or_default();
        let now = tx.now();
        let count = store::visit_code_revoke_all(tx.conn(), id, now, &reason).await?;
        tell(tx, "revoked", &visit, serde_json::json!({"codes": count, "reason": reason}))?;
        let rows = store::visit_code_list(tx.conn(), id).await?;
        Reply::ok(&VisitCodeList { items: rows.into_iter().map(|r| view(r, now)).collect() })
    })
    .await
}

/// What anybody may learn from a code.
pub async fn visit_code_check(ctx: &Ctx, text: &str) -> Result<Reply> {
    let now = ctx.now();
    let digest = digest_checked(ctx.kit.crypto.as_ref(), text, now)?;
    let found = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let code = store::visit_code_find(c, &digest).await?.ok_or_else(unknown)?;
            if code.revoked_at.is_some() {
                return Err(revoked());
            }
            // What the code shows is public; the scope is that of nobody in particular.
            let visit = visit_view(c, &Scope::all(), code.visit_id.0).await?.ok_or_else(unknown)?;
            let tasks = tasks_of(c, visit.id.0).await?;
            let members = members_of_visits(c, &[visit.id.0]).await?;
            let ids: Vec<Uuid> = members.iter().map(|m| m.person_id.0).collect();
            Ok((code, visit, tasks, members, inspectors_by_ids(c, &ids).await?))
        })
        .await?;
    let (code, visit, tasks, members, inspectors) = found;
    let persons = super::task::persons(ctx);
    let names = inspectors
        .iter()
        .map(|i| Ok((i.id, domain::mask::person_name(&persons.name(i)?))))
        .collect::<Result<HashMap<Uid, String>>>()?;
    let mut organs = Vec::with_capacity(tasks.len());
    for task in tasks {
        // The subject at the door is told the code of the organ rather than nothing.
        let named = outside::organ(&ctx.kit, &task.organ_code).await.ok().flatten();
        let team = members.iter().filter(|m| m.task_id == task.id && m.is_in());
        let inspectors = team
            .filter(|m| m.role().is_ok_and(MemberRole::is_inspector))
            .map(|m| PublicInspector {
                name: names.get(&m.person_id).cloned().unwrap_or_else(|| "*".to_string()),
                certificate_number: m.certificate_number.clone(),
            })
            .collect();
        organs.push(PublicVisitOrgan {
            organ_name: named.map_or_else(|| task.organ_code.clone(), |o| o.name),
            organ_code: task.organ_code,
            item: task.item_text,
            notice_no: task.notice_no,
            is_approved: task.approved_at.is_some(),
            inspectors,
            companions: task.expert_count,
        });
    }
    let kind: VisitKind = visit.kind()?;
    let method: InspectionMethod = word(&visit.method)?;
    let state: VisitState = visit.state()?;
    let view = PublicVisitCode {
        visit_number: visit.code.clone(),
        subject_name: public_name(ctx, &visit).await,
        kind: kind.label_zh().to_string(),
        method: method.label_zh().to_string(),
        planned_from: visit.planned_from.0,
        planned_to: visit.planned_to.0,
        state,
        is_combined: visit.is_combined,
        organs,
        valid_until: code.expires_at.0,
    };
    Ok(Reply::ok(&view)?.header("cache-control", "no-store"))
}

/// The name of the subject, masked for natural persons; whoever cannot be asked about is masked too.
async fn public_name(ctx: &Ctx, visit: &VisitRow) -> String {
    match outside::subject(&ctx.kit, visit.subject_id.0).await {
        Ok(Some(subject)) => disclose(&subject.kind, &visit.subject_name, "").0,
        _ => domain::mask::person_name(&visit.subject_name),
    }
}
