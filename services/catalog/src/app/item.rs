//! Use cases of items: adding and changing drafts, listing, viewing.
//!
//! Who sees what is the store's answer ([`Sight`]): the parties and district-wide roles see the working copy, everybody else
//! the published version. Steps are [`super::item_step`], versions [`super::item_version`].

use super::{WHOLE_DISTRICT, Who, content_error, other_department};
use crate::api::item::{
    AnswerView, CooperationInput, ItemContentView, ItemCreate, ItemListQuery, ItemPage, ItemUpdate, ItemView,
    SignatureView, remark_views,
};
use crate::domain::content::{Cooperation, ItemContent, LevelCell, faults};
use crate::domain::item::{StepRefusal, is_editable, state_refusal};
use crate::domain::record::{Answer, Item, Sight, Signature, Version};
use crate::forms::clean;
use crate::store::item::{self as store, ItemFilter};
use crate::store::{item_history, item_version, organ};
use domain::code::industry::Industry;
use domain::vocabulary::{ItemCategory, ItemState, ItemVerb, Role, SubjectKind};
use jiff::civil::Date;
use service_kit::lang::Lang;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use std::collections::HashMap;
use store_kit::AnyConn;
use uuid::Uuid;

/// The view of an item; `version` is its last published version, if it has one.
pub(super) fn view(
    (item, sight): (&Item, Sight),
    version: Option<&Version>,
    signatures: &[Signature],
    (now, lang): (jiff::Timestamp, Lang),
) -> ItemView {
    let is_working = sight == Sight::Working;
    let content = match version {
        Some(v) if !is_working => &v.content,
        _ => &item.content,
    };
    let due = item.due.as_ref().filter(|_| is_working);
    let answers = item.cooperation.iter().filter(|_| is_working).map(|a| {
        let Answer { department, state, actor: _, note, at } = a.clone();
        AnswerView { department, state, note, at }
    });
    let signed = signatures.iter().filter(|_| is_working).map(|s| {
        let Signature { role, outcome, actor: _, organ, reason, at } = s.clone();
        SignatureView { role, outcome, organ, reason, at }
    });
    ItemView {
        id: item.id,
        state: if is_working { item.state } else { item.public_state.unwrap_or(item.state) },
        content: ItemContentView::from(content),
        is_example: item.is_example && is_working,
        published_version: item.published_version,
        valid_from: version.map(|v| v.valid_from),
        valid_to: version.and_then(|v| v.valid_to),
        cooperation: answers.collect(),
        signatures: signed.collect(),
        remarks: if is_working { remark_views(content, lang) } else { Vec::new() },
        entered_at: is_working.then_some(item.entered_at),
        due_date: due.map(|d| d.date),
        due_at: due.map(|d| d.at),
        calendar_version: due.map(|d| d.calendar.clone()),
        overdue: is_working && item.is_overdue(now),
        version: item.version,
        created_at: item.created_at,
        updated_at: item.updated_at,
    }
}

/// The view of a version in force on a day.
fn view_as_of(item: &Item, v: &Version) -> ItemView {
    ItemView {
        id: item.id,
        state: ItemState::Published,
        content: ItemContentView::from(&v.content),
        is_example: false,
        published_version: Some(v.number),
        valid_from: Some(v.valid_from),
        valid_to: v.valid_to,
        cooperation: Vec::new(),
        signatures: Vec::new(),
        remarks: Vec::new(),
        entered_at: None,
        due_date: None,
        due_at: None,
        calendar_version: None,
        overdue: false,
        version: item.version,
        created_at: item.created_at,
        updated_at: item.updated_at,
    }
}

/// An item that the caller sees, or 404.
pub(super) async fn find(c: &mut AnyConn<'_>, who: &Who, id: Uuid) -> Result<(Item, Sight)> {
    store::item_view(c, &who.scope, id).await?.ok_or_else(|| Error::not_found("supervision item"))
}

/// As [`find`], held for a change; who sees the published version only may not change it.
pub(super) async fn hold(tx: &mut Tx<'_, '_>, who: &Who, id: Uuid) -> Result<Item> {
    let (item, sight) = store::item_hold(tx.conn(), &who.scope, id)
        .await?
        .ok_or_else(|| Error::not_found("supervision item"))?;
    if sight == Sight::Published {
        return Err(Error::forbidden(
            "not_a_party",
            "本部门不是该事项的牵头或配合部门",
            "Your department is neither lead nor cooperating in this item",
        ));
    }
    Ok(item)
}

async fn last_version(c: &mut AnyConn<'_>, item: &Item) -> Result<Option<Version>> {
    match item.published_version {
        Some(number) => Ok(item_version::version_view(c, item.id, number).await?),
        None => Ok(None),
    }
}

/// The answer that shows an item after a change of it.
pub(super) async fn answer(tx: &mut Tx<'_, '_>, item: &Item, lang: Lang) -> Result<Reply> {
    let version = last_version(tx.conn(), item).await?;
    let signatures = signatures_of(tx.conn(), item).await?;
    let view = view((item, Sight::Working), version.as_ref(), &signatures, (tx.now(), lang));
    Ok(Reply::ok(&view)?.version(item.version))
}

async fn signatures_of(c: &mut AnyConn<'_>, item: &Item) -> Result<Vec<Signature>> {
    if item.state != ItemState::Disputed {
        return Ok(Vec::new());
    }
    let all = item_history::signature_list(c, vec![item.id]).await?;
    Ok(all.into_iter().map(|(_, s)| s).collect())
}

/// One item.
pub async fn item_view(ctx: &Ctx, id: Uuid, as_of: Option<Date>) -> Result<Reply> {
    let (who, now, lang) = (Who::of(ctx)?, ctx.now(), ctx.lang());
    ctx.kit
        .store
        .read::<_, Error, _>(async |c| {
            if let Some(day) = as_of {
                let version = item_version::version_as_of(c, id, day).await?;
                let version = version.ok_or_else(|| Error::not_found("supervision item"))?;
                // The version is everybody's; the row is read for its times only.
                let all = service_kit::Scope::all();
                let item = store::item_view(c, &all, id).await?.map(|(item, _)| item);
                let item = item.ok_or_else(|| Error::not_found("supervision item"))?;
                return Reply::ok(&view_as_of(&item, &version));
            }
            let (item, sight) = find(c, &who, id).await?;
            let version = last_version(c, &item).await?;
            let signatures = signatures_of(c, &item).await?;
            let reply = Reply::ok(&view((&item, sight), version.as_ref(), &signatures, (now, lang)))?;
            Ok(reply.version(item.version))
        })
        .await
}

/// Lists items.
pub async fn item_list(ctx: &Ctx, query: ItemListQuery) -> Result<Reply> {
    let ItemListQuery {
        state,
        lead_department,
        cooperating_department,
        category,
        overdue,
        as_of,
        cursor,
        limit,
    } = query;
    let (who, now, lang) = (Who::of(ctx)?, ctx.now(), ctx.lang());
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    if let Some(day) = as_of {
        if state.is_some() || cooperating_department.is_some() || overdue.is_some() {
            let (zh, en) = (
                "as_of 不能与 state、cooperating_department、overdue 同用",
                "not together with state, cooperating_department or overdue",
            );
            return Err(Error::malformed(
                "bad_parameter",
                vec![Fault::new("?as_of", "contradicting_parameters", zh, en)],
            ));
        }
        return list_as_of(ctx, day, (lead_department, category), after, limit).await;
    }
    let overdue_at = overdue.filter(|o| *o).map(|_| now);
    let filter = ItemFilter { state, lead_department, cooperating_department, category, overdue_at };
    let (rows, versions, signatures) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let rows = store::item_list(c, &who.scope, &filter, after, limit + 1).await?;
            let published: Vec<(Uuid, i64)> =
                rows.iter().filter_map(|(i, _)| i.published_version.map(|n| (i.id, n))).collect();
            let versions = item_version::version_latest(c, &published).await?;
            let disputed: Vec<Uuid> =
                rows.iter().filter(|(i, _)| i.state == ItemState::Disputed).map(|(i, _)| i.id).collect();
            Ok((rows, versions, item_history::signature_list(c, disputed).await?))
        })
        .await?;
    let versions: HashMap<Uuid, Version> = versions.into_iter().map(|v| (v.item_id, v)).collect();
    let Page { items, next } = Page::cut(ctx, rows, limit, |(i, _)| i.id).map(|(item, sight)| {
        let signed: Vec<Signature> =
            signatures.iter().filter(|(id, _)| *id == item.id).map(|(_, s)| s.clone()).collect();
        view((&item, sight), versions.get(&item.id), &signed, (now, lang))
    });
    Reply::page(ctx, &ItemPage { items, next: next.clone() }, next.as_deref())
}

async fn list_as_of(
    ctx: &Ctx,
    day: Date,
    (lead, category): (Option<String>, Option<ItemCategory>),
    after: Option<Uuid>,
    limit: i64,
) -> Result<Reply> {
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let filter = (lead.as_deref(), category);
            let versions = item_version::version_list_as_of(c, day, filter, after, limit + 1).await?;
            let ids = versions.iter().map(|v| v.item_id).collect();
            let items: HashMap<Uuid, Item> =
                store::item_known(c, ids).await?.into_iter().map(|i| (i.id, i)).collect();
            let rows = versions.into_iter().filter_map(|v| items.get(&v.item_id).map(|i| (i.clone(), v)));
            Ok(rows.collect::<Vec<_>>())
        })
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |(i, _)| i.id).map(|(i, v)| view_as_of(&i, &v));
    Reply::page(ctx, &ItemPage { items, next: next.clone() }, next.as_deref())
}

/// Adds a draft.
pub async fn item_create(ctx: &Ctx, body: ItemCreate) -> Result<Reply> {
    let (who, lang) = (Who::of(ctx)?, ctx.lang());
    let lead = body.lead_department.clone().unwrap_or_else(|| who.caller.department.clone());
    if !who.may_write_for(&lead) {
        return Err(other_department());
    }
    let content = content_of(body, lead)?;
    ctx.change(async move |tx| {
        departments_known(tx.conn(), &content).await?;
        let item = Item::draft(content, &who.caller.subject, tx.now());
        store::item_create(tx.conn(), std::slice::from_ref(&item)).await?;
        tell(tx, "created", &item, serde_json::json!({}))?;
        let view = view((&item, Sight::Working), None, &[], (tx.now(), lang));
        Ok(Reply::created(&view, format!("/v1/supervision-items/{}", item.id))?.version(1))
    })
    .await
}

/// Changes a draft.
pub async fn item_update(ctx: &Ctx, id: Uuid, body: ItemUpdate) -> Result<Reply> {
    let (who, lang, wanted) = (Who::of(ctx)?, ctx.lang(), ctx.if_match()?);
    ctx.change(async move |tx| {
        let mut item = hold(tx, &who, id).await?;
        if !may_edit(&who, &item) {
            return Err(super::step_error(&StepRefusal::NotLead));
        }
        if item.version != wanted {
            return Err(service_kit::extract::changed());
        }
        if !is_editable(item.state) {
            return Err(super::step_error(&StepRefusal::State(state_refusal(item.state, ItemVerb::Submit))));
        }
        apply(&mut item.content, body)?;
        departments_known(tx.conn(), &item.content).await?;
        item.ask_again();
        item.version += 1;
        item.updated_at = tx.now();
        if !store::item_update(tx.conn(), &item).await? {
            return Err(service_kit::extract::changed());
        }
        tell(tx, "updated", &item, serde_json::json!({}))?;
        answer(tx, &item, lang).await
    })
    .await
}

/// Drafts are changed by their lead department, and by the organiser who collects the list.
pub(super) fn may_edit(who: &Who, item: &Item) -> bool {
    let is_lead = who.caller.department == item.content.lead_department;
    let roles = &who.caller.roles;
    (is_lead && (roles.contains(&Role::LeadEditor) || roles.contains(&Role::LeadHead)))
        || roles.contains(&Role::Organiser)
}

/// The content of a new item, or 422 with every fault.
pub(super) fn content_of(body: ItemCreate, lead_department: String) -> Result<ItemContent> {
    let ItemCreate {
        field,
        industry,
        lead_department: _,
        lead_item,
        lead_basis,
        subject_desc,
        subject_kinds,
        organising_levels,
        supervision_levels,
        category,
        inspection_methods,
        cooperating,
    } = body;
    let field = clean(&field);
    let subject_desc = clean(&subject_desc);
    let mut content = ItemContent {
        industry: industry.or_else(|| Industry::parse(&field).ok().map(|i| i.as_str().to_string())),
        field,
        lead_department,
        lead_department_text: None,
        lead_item: clean(&lead_item),
        lead_basis: clean(&lead_basis),
        subject_kinds: subject_kinds.unwrap_or_else(|| SubjectKind::find_in(&subject_desc)),
        subject_desc,
        organising_level: LevelCell::of(organising_levels),
        supervision_level: LevelCell::of(supervision_levels),
        category: category.unwrap_or(ItemCategory::Key),
        inspection_methods,
        cooperating: cooperations(cooperating, &[]),
    };
    tidy(&mut content);
    check(&content)?;
    Ok(content)
}

fn apply(content: &mut ItemContent, body: ItemUpdate) -> Result<()> {
    let ItemUpdate {
        field,
        industry,
        lead_item,
        lead_basis,
        subject_desc,
        subject_kinds,
        organising_levels,
        supervision_levels,
        category,
        inspection_methods,
        cooperating,
    } = body;
    if let Some(field) = field {
        content.field = clean(&field);
        content.industry = Industry::parse(&content.field).ok().map(|i| i.as_str().to_string());
    }
    content.industry = industry.unwrap_or_else(|| content.industry.take());
    if let Some(text) = lead_item {
        content.lead_item = clean(&text);
    }
    if let Some(text) = lead_basis {
        content.lead_basis = clean(&text);
    }
    if let Some(text) = subject_desc {
        content.subject_desc = clean(&text);
        content.subject_kinds = SubjectKind::find_in(&content.subject_desc);
    }
    if let Some(kinds) = subject_kinds {
        content.subject_kinds = kinds;
    }
    if let Some(levels) = organising_levels {
        content.organising_level = LevelCell::of(levels);
    }
    if let Some(levels) = supervision_levels {
        content.supervision_level = LevelCell::of(levels);
    }
    content.category = category.unwrap_or(content.category);
    if let Some(methods) = inspection_methods {
        content.inspection_methods = methods;
    }
    if let Some(all) = cooperating {
        content.cooperating = cooperations(all, &content.cooperating);
    }
    tidy(content);
    check(content)
}

/// Keeps how the form spells a department that stays.
fn cooperations(all: Vec<CooperationInput>, before: &[Cooperation]) -> Vec<Cooperation> {
    all.into_iter()
        .map(|CooperationInput { department, item, basis }| Cooperation {
            department_text: before
                .iter()
                .find(|b| b.department == department)
                .and_then(|b| b.department_text.clone()),
            department,
            item: clean(&item),
            basis: clean(&basis),
        })
        .collect()
}

/// Each word once.
fn tidy(content: &mut ItemContent) {
    fn once<W: PartialEq + Copy>(words: &mut Vec<W>) {
        let mut seen: Vec<W> = Vec::new();
        words.retain(|w| {
            let is_new = !seen.contains(w);
            seen.push(*w);
            is_new
        });
    }
    once(&mut content.subject_kinds);
    once(&mut content.inspection_methods);
    for cell in [&mut content.organising_level, &mut content.supervision_level] {
        let before = cell.levels.len();
        once(&mut cell.levels);
        if cell.levels.len() != before {
            *cell = LevelCell::of(std::mem::take(&mut cell.levels));
        }
    }
}

fn check(content: &ItemContent) -> Result<()> {
    let mut found = faults(content);
    if let Some(code) = &content.industry
        && Industry::parse(code).is_err()
    {
        found.push(crate::domain::content::ContentFault {
            pointer: "/industry".into(),
            code: "unknown_industry",
            zh: "国民经济行业分类没有此代码".into(),
            en: "the classification has no such code",
        });
    }
    if found.is_empty() { Ok(()) } else { Err(content_error(found)) }
}

/// 422 with the departments that are no organs.
pub(super) async fn departments_known(c: &mut AnyConn<'_>, content: &ItemContent) -> Result<()> {
    let known = organ::organ_known(c, content.departments()).await?;
    let places = content
        .cooperating
        .iter()
        .enumerate()
        .map(|(i, d)| (format!("/cooperating/{i}/department"), &d.department));
    let lead = [("/lead_department".to_string(), &content.lead_department)];
    let faults: Vec<Fault> = lead
        .into_iter()
        .chain(places)
        .filter(|(_, d)| !known.contains(d))
        .map(|(at, _)| {
            Fault::new(at, "unknown_department", "机构名录中没有这个代码", "no organ has this code")
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// Audit entry and event of a changed item. What is public goes to everybody, the rest to its departments.
pub(super) fn tell(tx: &mut Tx<'_, '_>, what: &str, item: &Item, more: serde_json::Value) -> Result<()> {
    let mut data = serde_json::json!({
        "id": item.id, "state": item.state, "public_state": item.public_state, "version": item.version,
        "published_version": item.published_version, "lead_department": item.content.lead_department,
        "cooperating_departments": item.content.cooperating.iter().map(|c| &c.department).collect::<Vec<_>>(),
    });
    if let (Some(data), serde_json::Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    tx.audit("supervision_item", item.id, data.clone());
    let is_public = matches!(what, "published" | "suspended" | "resumed")
        || (what == "withdrawn" && item.public_state.is_some());
    let departments = if is_public { Vec::new() } else { item.content.departments() };
    tx.event(&format!("item.{what}"), item.id, &departments, WHOLE_DISTRICT, &data)
}
