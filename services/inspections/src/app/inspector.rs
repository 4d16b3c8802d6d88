//! Use cases: inspectors (执法检查人员名录库): lists, registration, changes.
//!
//! Names, citizen ids and mobile numbers are sealed at rest and masked in answers; one operation shows them in clear, to
//! who may, with a reason, each time with an audit entry. None of them goes into audit details or events. States are
//! computed for a day, so nothing has to run when a certificate expires.

mod certificate;
mod persons;
mod step;
mod township;
mod training;

pub(crate) use certificate::{REVOKE, add_certificate, certificate_row, refresh};
pub use certificate::{
    inspector_certificate_create, inspector_certificate_list, inspector_certificate_revoke,
};
pub(crate) use persons::{Persons, blank, spans};
pub use step::{inspector_leave, inspector_reinstate, inspector_reveal, inspector_suspend};
pub use township::{township_team_create, township_team_list, township_team_update, township_team_view};
pub use training::{training_create, training_list};

use super::{Grounds, Step, Who, expect, history, other_department, outside, plain, step_add};
use crate::api::inspector::{
    InspectorCreate, InspectorListQuery, InspectorPage, InspectorUpdate, InspectorView, StaffTag,
};
use crate::api::step::PartQuery;
use crate::domain::inspector::{InspectorContent, TagKind, standing};
use crate::store::inspector::{self as store, CertificateRow, InspectorFilter, InspectorRow, TagRow};
use crate::store::word;
use certificate::{certificate_faults, certificate_view};
use domain::code::citizen_id::CitizenId;
use domain::code::mobile::Mobile;
use domain::mask;
use domain::text::normalise;
use domain::vocabulary::Role;
use jiff::civil::Date;
use service_kit::clock::china_date;
use service_kit::error::StoreIntent as _;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use std::sync::Arc;
use store_kit::types::Uid;
use uuid::Uuid;

/// Kind of the aggregate in the history.
const AGGREGATE: &str = "inspector";
/// Who keeps the registry of an organ.
pub(crate) const KEEPERS: [Role; 4] = [Role::LeadHead, Role::LeadEditor, Role::CoopEditor, Role::Organiser];

fn view(
    persons: &Persons,
    row: &InspectorRow,
    certificates: &[CertificateRow],
    tags: &[TagRow],
    today: Date,
) -> Result<InspectorView> {
    let mine: Vec<CertificateRow> =
        certificates.iter().filter(|c| c.inspector_id == row.id).cloned().collect();
    let trained_until = row.trained_until.map(|d| d.0);
    let (state, gaps) = standing(word(&row.state)?, &spans(&mine), trained_until, today);
    let InspectorContent {
        organ_code,
        region_code,
        team_id,
        staff_no,
        name,
        id_number,
        mobile,
        sex,
        education,
        major,
        post_category,
        post_since,
        level,
        position,
        position_title,
        unit,
        is_leader,
        duties,
        qualifications,
        specialties,
        note,
    } = persons.content(row, tags)?;
    Ok(InspectorView {
        id: row.id.0,
        organ_code,
        region_code,
        state,
        gaps,
        state_reason: row.state_reason.clone(),
        team_id,
        staff_no,
        name: mask::person_name(&name),
        id_number: id_number.map(|n| n.masked()),
        mobile: mobile.map(|m| m.masked()),
        sex,
        education,
        major,
        post_category,
        post_since,
        level,
        position,
        position_title,
        unit,
        is_leader,
        duties,
        qualifications,
        specialties,
        certificates: mine.iter().map(|c| certificate_view(c, today)).collect::<Result<_>>()?,
        trained_until,
        note,
        version: row.version,
        created_at: row.created_at.0,
        updated_at: row.updated_at.0,
    })
}

/// The view of one inspector inside a transaction.
async fn viewed(tx: &mut Tx<'_, '_>, persons: &Persons, row: &InspectorRow) -> Result<InspectorView> {
    let certificates = store::certificates_of(tx.conn(), &[row.id]).await?;
    let tags = store::tags_of(tx.conn(), &[row.id]).await?;
    let today = china_date(tx.now());
    view(persons, row, &certificates, &tags, today)
}

/// Lists inspectors.
pub async fn inspector_list(ctx: &Ctx, query: InspectorListQuery) -> Result<Reply> {
    let InspectorListQuery {
        organ_code,
        state,
        on,
        qualification,
        specialty,
        team_id,
        name,
        certificate_number,
        cursor,
        limit,
    } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let (scope, persons) = (ctx.scope(), Persons(Arc::clone(&ctx.kit.crypto)));
    let day = on.unwrap_or_else(|| ctx.kit.clock.today());
    let tags = [(TagKind::Qualification, qualification), (TagKind::Specialty, specialty)];
    let filter = InspectorFilter {
        organ_code,
        team_id,
        name_lookup: name.map(|n| persons.name_lookup(&n)),
        certificate_number,
        tags: tags.into_iter().filter_map(|(k, t)| t.map(|t| (k.to_string(), t))).collect(),
        state: state.map(|s| (s, day)),
    };
    let (rows, certificates, tags) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let rows = store::inspector_list(c, &scope, &filter, after, limit + 1).await?;
            let ids: Vec<Uid> = rows.iter().map(|r| r.id).collect();
            Ok((rows, store::certificates_of(c, &ids).await?, store::tags_of(c, &ids).await?))
        })
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0);
    let items =
        items.iter().map(|r| view(&persons, r, &certificates, &tags, day)).collect::<Result<Vec<_>>>()?;
    Ok(Reply::page(ctx, &InspectorPage { items, next: next.clone() }, next.as_deref())?
        .header("cache-control", "no-store"))
}

/// One inspector.
pub async fn inspector_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let (scope, persons) = (ctx.scope(), Persons(Arc::clone(&ctx.kit.crypto)));
    let (row, certificates, tags) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let row = store::inspector_view(c, &scope, id).await?;
            let row = row.ok_or_else(|| Error::not_found("inspector"))?;
            let certificates = store::certificates_of(c, &[row.id]).await?;
            let tags = store::tags_of(c, &[row.id]).await?;
            Ok((row, certificates, tags))
        })
        .await?;
    let view = view(&persons, &row, &certificates, &tags, ctx.kit.clock.today())?;
    Ok(Reply::ok(&view)?.version(row.version).header("cache-control", "no-store"))
}

/// Texts of tags, cleaned; a fault where one is blank or occurs twice.
fn tags_read(pointer: &str, tags: Vec<StaffTag>, faults: &mut Vec<Fault>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (i, StaffTag(text)) in tags.into_iter().enumerate() {
        let place = format!("{pointer}/{i}");
        plain(&place, Some(&text), faults);
        let text = normalise(&text);
        if out.contains(&text) {
            faults.push(Fault::new(place, "repeated", "重复", "occurs twice"));
        } else {
            out.push(text);
        }
    }
    out
}

fn citizen_id(pointer: &str, text: &str, faults: &mut Vec<Fault>) -> Option<CitizenId> {
    match CitizenId::parse(text) {
        Ok(id) => Some(id),
        // The fault's own text would repeat digits of the number.
        Err(e) => {
            faults.push(Fault::new(pointer, e.code(), "身份证号有误", "not a correct citizen id"));
            None
        }
    }
}

fn mobile(pointer: &str, text: &str, faults: &mut Vec<Fault>) -> Option<Mobile> {
    match Mobile::parse(text) {
        Ok(m) => Some(m),
        Err(e) => {
            let (zh, en) = ("须为11位手机号码", "must be a mobile number of eleven digits");
            faults.push(Fault::new(pointer, e.code(), zh, en));
            None
        }
    }
}

/// Registers an inspector.
pub async fn inspector_create(ctx: &Ctx, body: InspectorCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let InspectorCreate {
        organ_code,
        region_code,
        team_id,
        staff_no,
        name,
        id_number,
        mobile: number,
        sex,
        education,
        major,
        post_category,
        post_since,
        level,
        position,
        position_title,
        unit,
        is_leader,
        duties,
        qualifications,
        specialties,
        note,
        certificate,
    } = body;
    let organ_code = organ_code.unwrap_or_else(|| who.caller.department.clone());
    if !who.may_write_for(&organ_code) {
        return Err(other_department());
    }
    let organ = outside::known_organ(&ctx.kit, &organ_code, "/organ_code").await?;
    let mut faults = Vec::new();
    let texts = [
        ("/staff_no", &staff_no),
        ("/education", &education),
        ("/major", &major),
        ("/post_category", &post_category),
        ("/position", &position),
        ("/position_title", &position_title),
        ("/unit", &unit),
        ("/note", &note),
    ];
    for (pointer, text) in texts {
        plain(pointer, text.as_deref(), &mut faults);
    }
    plain("/name", Some(&name), &mut faults);
    if let Some(certificate) = &certificate {
        certificate_faults("/certificate", certificate, &mut faults);
    }
    let content = InspectorContent {
        region_code: region_code.unwrap_or(organ.region_code),
        organ_code,
        team_id,
        staff_no,
        name: normalise(&name),
        id_number: id_number.as_deref().and_then(|n| citizen_id("/id_number", n, &mut faults)),
        mobile: number.as_deref().and_then(|n| mobile("/mobile", n, &mut faults)),
        sex,
        education,
        major,
        post_category,
        post_since,
        level,
        position,
        position_title,
        unit,
        is_leader,
        duties: tags_read("/duties", duties, &mut faults),
        qualifications: tags_read("/qualifications", qualifications, &mut faults),
        specialties: tags_read("/specialties", specialties, &mut faults),
        note,
    };
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let persons = Persons(Arc::clone(&ctx.kit.crypto));
    ctx.change(async move |tx| {
        check_team(tx, &who, content.team_id).await?;
        let by = tx.actor().subject.clone();
        let mut row = blank(&by, tx.now());
        let tags = persons.fill(&mut row, &content, None)?;
        let certificate = certificate.map(|c| certificate_row(row.id, c, &by, tx.now()));
        row.certified_until = certificate.as_ref().filter(|c| c.kind == "enforcement").map(|c| c.valid_to);
        row.transitions = 1;
        create(tx, &row, &tags).await?;
        if let Some(certificate) = &certificate {
            add_certificate(tx, certificate).await?;
        }
        tell(tx, "created", &row)?;
        let view = viewed(tx, &persons, &row).await?;
        Ok(Reply::created(&view, format!("/v1/inspectors/{}", row.id.0))?
            .version(1)
            .header("cache-control", "no-store"))
    })
    .await
}

/// Writes a new inspector with tags and the first step of the history.
pub(crate) async fn create(tx: &mut Tx<'_, '_>, row: &InspectorRow, tags: &[TagRow]) -> Result<()> {
    store::inspector_create(tx.conn(), row).await.or_conflict(
        "inspector_exists",
        "该人员或单位工号已登记",
        "The person or the number within the organ is registered already",
    )?;
    store::tags_put(tx.conn(), row.id, tags).await?;
    let step = Step {
        aggregate: AGGREGATE,
        id: row.id.0,
        number: 1,
        from: "",
        verb: "register",
        to: &row.state,
        role: None,
        grounds: Grounds::default(),
        more: serde_json::Value::Null,
        rule_ids: Vec::new(),
        rule_pack: None,
        due: None,
    };
    step_add(tx, step).await
}

async fn check_team(tx: &mut Tx<'_, '_>, who: &Who, team: Option<Uuid>) -> Result<()> {
    let Some(team) = team else { return Ok(()) };
    match store::township_team_view(tx.conn(), &who.scope, team).await? {
        Some(_) => Ok(()),
        None => Err(Error::invalid_at("/team_id", "unknown_team", "没有这支队伍", "no such team")),
    }
}

/// The inspector to be changed: visible, of an organ that the caller writes for, and of the version named.
async fn hold(tx: &mut Tx<'_, '_>, who: &Who, id: Uuid, wanted: Option<i64>) -> Result<InspectorRow> {
    let row = store::inspector_view(tx.conn(), &who.scope, id).await?;
    let row = row.ok_or_else(|| Error::not_found("inspector"))?;
    who.writes_for(&row.organ_code)?;
    expect(wanted, row.version)?;
    Ok(row)
}

/// Writes a row that was changed: version, time, the optimistic lock.
pub(crate) async fn write(tx: &mut Tx<'_, '_>, row: &mut InspectorRow) -> Result<()> {
    row.version += 1;
    row.updated_at = tx.now().into();
    let is_written = store::inspector_update(tx.conn(), row).await.or_conflict(
        "inspector_exists",
        "该人员或单位工号已登记",
        "The person or the number within the organ is registered already",
    )?;
    if is_written { Ok(()) } else { Err(service_kit::extract::changed()) }
}

/// Changes an inspector.
pub async fn inspector_update(ctx: &Ctx, id: Uuid, body: InspectorUpdate) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, ctx.if_match()?);
    let InspectorUpdate {
        region_code,
        team_id,
        staff_no,
        name,
        id_number,
        mobile: number,
        sex,
        education,
        major,
        post_category,
        post_since,
        level,
        position,
        position_title,
        unit,
        is_leader,
        duties,
        qualifications,
        specialties,
        note,
    } = body;
    let mut faults = Vec::new();
    let texts = [
        ("/staff_no", &staff_no),
        ("/education", &education),
        ("/major", &major),
        ("/post_category", &post_category),
        ("/position", &position),
        ("/position_title", &position_title),
        ("/unit", &unit),
        ("/note", &note),
    ];
    for (pointer, text) in texts {
        plain(pointer, text.as_ref().and_then(|t| t.as_deref()), &mut faults);
    }
    plain("/name", name.as_deref(), &mut faults);
    let id_number = id_number.map(|n| n.and_then(|n| citizen_id("/id_number", &n, &mut faults)));
    let number = number.map(|n| n.and_then(|n| mobile("/mobile", &n, &mut faults)));
    let duties = duties.map(|t| tags_read("/duties", t, &mut faults));
    let qualifications = qualifications.map(|t| tags_read("/qualifications", t, &mut faults));
    let specialties = specialties.map(|t| tags_read("/specialties", t, &mut faults));
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let persons = Persons(Arc::clone(&ctx.kit.crypto));
    ctx.change(async move |tx| {
        let mut row = hold(tx, &who, id, Some(wanted)).await?;
        check_team(tx, &who, team_id.flatten()).await?;
        let tags = store::tags_of(tx.conn(), &[row.id]).await?;
        let before = persons.content(&row, &tags)?;
        let old = before.clone();
        let content = InspectorContent {
            organ_code: old.organ_code,
            region_code: region_code.unwrap_or(old.region_code),
            team_id: team_id.unwrap_or(old.team_id),
            staff_no: staff_no.unwrap_or(old.staff_no),
            name: name.map_or(old.name, |n| normalise(&n)),
            id_number: id_number.unwrap_or(old.id_number),
            mobile: number.unwrap_or(old.mobile),
            sex: sex.unwrap_or(old.sex),
            education: education.unwrap_or(old.education),
            major: major.unwrap_or(old.major),
            post_category: post_category.unwrap_or(old.post_category),
            post_since: post_since.unwrap_or(old.post_since),
            level: level.unwrap_or(old.level),
            position: position.unwrap_or(old.position),
            position_title: position_title.unwrap_or(old.position_title),
            unit: unit.unwrap_or(old.unit),
            is_leader: is_leader.unwrap_or(old.is_leader),
            duties: duties.unwrap_or(old.duties),
            qualifications: qualifications.unwrap_or(old.qualifications),
            specialties: specialties.unwrap_or(old.specialties),
            note: note.unwrap_or(old.note),
        };
        let tags = persons.fill(&mut row, &content, Some(&before))?;
        write(tx, &mut row).await?;
        store::tags_put(tx.conn(), row.id, &tags).await?;
        tell(tx, "updated", &row)?;
        let view = viewed(tx, &persons, &row).await?;
        Ok(Reply::ok(&view)?.version(row.version).header("cache-control", "no-store"))
    })
    .await
}

/// The history of an inspector.
pub async fn inspector_history(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    find(ctx, id).await?;
    history(ctx, AGGREGATE, id, query).await
}

async fn find(ctx: &Ctx, id: Uuid) -> Result<InspectorRow> {
    let scope = ctx.scope();
    let row =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::inspector_view(c, &scope, id).await?)).await?;
    row.ok_or_else(|| Error::not_found("inspector"))
}

/// Audit entry and event of an inspector, without names and numbers of persons.
pub(crate) fn tell(tx: &mut Tx<'_, '_>, what: &str, row: &InspectorRow) -> Result<()> {
    let data = serde_json::json!({"id": row.id.0, "organ_code": row.organ_code, "version": row.version, "state": row.state});
    tx.audit("inspector", row.id.0, data.clone());
    tx.event(
        &format!("inspector.{what}"),
        row.id.0,
        std::slice::from_ref(&row.organ_code),
        &row.region_code,
        &data,
    )
}
