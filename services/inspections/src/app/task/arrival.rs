//! Arrival and start of an inspection: code or reason, persons, place; then the linter has the word (入企、开始检查).
//!
//! Coordinates are movements of persons: sealed at rest, shown to their own organ and to oversight only.

use super::{
    Asked, Said, begin, faultless, find, finish, hold_own, in_future, pack_name, refuse_blocked, verdicts,
};
use crate::api::step::ActionNote;
use crate::api::task::{CheckInList, CheckInView, TaskCheckIn};
use crate::app::lint::pack_on;
use crate::app::{Who, outside, term_end, visit_code};
use crate::domain::step::TermEnd;
use crate::domain::task::{Datum, is_degrees};
use crate::domain::visit::{FIELD_ROLES, TaskVerb};
use crate::store::task::{self as store, CheckInRow, TaskRow};
use crate::store::visit::VisitRow;
use crate::store::word;
use domain::deadline::beijing_date;
use domain::vocabulary::Role;
use jiff::Timestamp;
use rules::LintStage;
use rules::settings::Settings;
use service_kit::{Ctx, Error, Fault, Reply, Result};
use std::sync::Arc;
use store_kit::types::{TextList, Uid};
use uuid::Uuid;

/// Coordinates as they are sealed: datum, latitude, longitude.
struct Position {
    datum: Option<Datum>,
    latitude: Option<String>,
    longitude: Option<String>,
}

fn position(datum: Option<Datum>, latitude: Option<String>, longitude: Option<String>) -> Result<Position> {
    let given = [datum.is_some(), latitude.is_some(), longitude.is_some()];
    if given != [true; 3] && given != [false; 3] {
        return Err(Error::invalid_at(
            "/latitude",
            "position_incomplete",
            "坐标系、纬度、经度须同时填写",
            "datum, latitude and longitude go together",
        ));
    }
    let mut faults = Vec::new();
    for (pointer, text, bound) in [("/latitude", &latitude, 90), ("/longitude", &longitude, 180)] {
        if text.as_deref().is_some_and(|t| !is_degrees(t, bound)) {
            faults.push(Fault::new(
                pointer,
                "not_degrees",
                "不是合法的经纬度",
                "not a number of degrees in range",
            ));
        }
    }
    if faults.is_empty() { Ok(Position { datum, latitude, longitude }) } else { Err(Error::invalid(faults)) }
}

/// By when an emergency has to be approved: by the rule pack in force on the day of the arrival (ENF-06).
async fn late_approval(ctx: &Ctx, arrived: Timestamp) -> Result<TermEnd> {
    let day = beijing_date(arrived);
    let limit = Settings::of(&pack_on(&ctx.kit, day).await?.pack, day).emergency_limit;
    term_end(arrived, &limit, &outside::calendar(&ctx.kit).await?, "")
}

/// The team arrived: code or reason, persons, place; in an emergency the clock of the approval begins.
pub async fn task_check_in(ctx: &Ctx, id: Uuid, body: TaskCheckIn) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let TaskCheckIn {
        at,
        place,
        datum,
        latitude,
        longitude,
        person_ids,
        code,
        certificates_shown_at,
        emergency_reason,
    } = body;
    faultless(&[("/place", Some(&place)), ("/emergency_reason", emergency_reason.as_deref())])?;
    let now = ctx.now();
    for (pointer, moment) in [("/at", at), ("/certificates_shown_at", certificates_shown_at)] {
        if moment.is_some_and(|m| m > now) {
            return Err(in_future(pointer));
        }
    }
    if code.is_none() && emergency_reason.is_none() {
        return Err(Error::invalid_at(
            "/code",
            "code_or_reason",
            "须扫描或出示检查码；确有紧急情况的，写明理由（ENF-09）",
            "show the visit code, or say why there is none (ENF-09)",
        ));
    }
    let position = position(datum, latitude, longitude)?;
    let crypto = Arc::clone(&ctx.kit.crypto);
    // The clock of a late approval needs the calendar, which is asked for before the transaction.
    let visit = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &asked.who, id).await).await?.0;
    let due = if visit.is_emergency() { Some(late_approval(ctx, at.unwrap_or(now)).await?) } else { None };
    let scanned = code.map(|c| visit_code::digest_checked(crypto.as_ref(), &c, now)).transpose()?;
    ctx.change(async move |tx| {
        let mut begun = begin(tx, &asked, TaskVerb::CheckIn, FIELD_ROLES).await?;
        if let Some(digest) = &scanned {
            visit_code::scanned(tx, digest, begun.visit.id.0).await?;
        }
        let members = store::members_of_visits(tx.conn(), &[begun.visit.id.0]).await?;
        let team: Vec<Uuid> = members
            .iter()
            .filter(|m| m.task_id == begun.task.id && m.is_in())
            .map(|m| m.person_id.0)
            .collect();
        let persons = person_ids.unwrap_or_else(|| team.clone());
        let strangers = persons.iter().enumerate().filter(|(_, p)| !team.contains(p));
        let faults: Vec<Fault> = strangers
            .map(|(n, _)| {
                let pointer = format!("/person_ids/{n}");
                Fault::new(pointer, "not_in_team", "不是本检查组成员", "not a member of this team")
            })
            .collect();
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        let row_id = Uuid::now_v7();
        let seal = |member: &str, text: &Option<String>| -> Result<Option<String>> {
            let context = format!("visit_check_in/{member}/{row_id}");
            Ok(text.as_deref().map(|t| crypto.seal(&context, t)).transpose()?)
        };
        let row = CheckInRow {
            id: Uid(row_id),
            task_id: begun.task.id,
            at: at.unwrap_or(now).into(),
            place,
            datum: position.datum.map(|d| d.to_string()),
            latitude: seal("latitude", &position.latitude)?,
            longitude: seal("longitude", &position.longitude)?,
            person_ids: TextList(persons.iter().map(ToString::to_string).collect()),
            code_shown: scanned.is_some(),
            certificates_shown_at: certificates_shown_at.map(Into::into),
            emergency_reason: emergency_reason.clone(),
            recorded_by: asked.who.caller.subject.clone(),
            created_at: now.into(),
        };
        store::check_in_insert(tx.conn(), &row).await?;
        let due = due.filter(|_| begun.task.approved_at.is_none());
        begun.task.approval_due_at = due.as_ref().map(|d| d.at.into()).or(begun.task.approval_due_at);
        let said = Said {
            more: serde_json::json!({
                "check_in_id": row_id, "code_shown": scanned.is_some(), "persons": persons.len(),
                "certificates_shown": certificates_shown_at.is_some(),
            }),
            rule_ids: ["ENF-08", "ENF-09"].map(String::from).to_vec(),
            due,
            ..Said::why(emergency_reason)
        };
        finish(tx, begun, (TaskVerb::CheckIn, "checked_in"), said).await
    })
    .await
}

/// What was judged is what is acted on: a team or a visit that changed since the rules were asked is judged anew.
///
/// # Errors
/// 412 `version_mismatch`.
pub(super) fn as_judged(judged: (&VisitRow, &TaskRow), held: (&VisitRow, &TaskRow)) -> Result<()> {
    let is_same = judged.0.version == held.0.version && judged.1.version == held.1.version;
    if is_same { Ok(()) } else { Err(service_kit::extract::changed()) }
}

/// Begins the inspection, unless a rule blocks it.
pub async fn task_start(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let (visit, task) = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &asked.who, id).await).await?;
    let lint = verdicts(ctx, &visit, &task, LintStage::VisitStart).await?;
    ctx.change(async move |tx| {
        let now = hold_own(tx, &asked.who, asked.id).await?;
        as_judged((&visit, &task), (&now.0, &now.1))?;
        let mut begun = begin(tx, &asked, TaskVerb::Start, FIELD_ROLES).await?;
        refuse_blocked(&lint)?;
        crate::app::lint::tell_acts(tx, &lint, &begun.visit)?;
        begun.task.started_at = Some(tx.now().into());
        let said = Said {
            grounds: body.into(),
            rule_ids: lint.verdicts.iter().map(|v| v.rule_id.clone()).collect(),
            rule_pack: Some(pack_name(&lint)),
            ..Said::default()
        };
        finish(tx, begun, (TaskVerb::Start, "started"), said).await
    })
    .await
}

/// The arrivals of a task; coordinates for the organ itself and for oversight only.
pub async fn check_in_list(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let (task, rows) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let (_, task) = find(c, &who, id).await?;
            Ok((task, store::check_ins_of(c, id).await?))
        })
        .await?;
    let may_see = who.caller.department == task.organ_code || who.caller.has(Role::Oversight);
    let items = rows
        .into_iter()
        .map(|row| {
            let CheckInRow {
                id,
                task_id: _,
                at,
                place,
                datum,
                latitude,
                longitude,
                person_ids,
                code_shown,
                certificates_shown_at,
                emergency_reason,
                recorded_by,
                created_at: _,
            } = row;
            let open = |member: &str, sealed: Option<String>| -> Result<Option<String>> {
                let sealed = sealed.filter(|_| may_see);
                let context = format!("visit_check_in/{member}/{}", id.0);
                Ok(sealed.map(|s| ctx.kit.crypto.open(&context, &s)).transpose()?)
            };
            Ok(CheckInView {
                id: id.0,
                at: at.0,
                place,
                datum: datum.as_deref().map(word).transpose()?,
                latitude: open("latitude", latitude)?,
                longitude: open("longitude", longitude)?,
                person_ids: person_ids.0.iter().filter_map(|p| p.parse().ok()).collect(),
                code_shown,
                certificates_shown_at: certificates_shown_at.map(|s| s.0),
                emergency_reason,
                recorded_by,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Reply::ok(&CheckInList { items })?.header("cache-control", "no-store"))
}
