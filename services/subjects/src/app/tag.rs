//! Tag schemes and tags: set, proposed, confirmed, expired.

use crate::api::tag::{
    TagCreate, TagList, TagSchemeCreate, TagSchemeListQuery, TagSchemePage, TagSchemeView, TagView,
};
use crate::domain::subject as rules;
use crate::store::subject as subjects;
use crate::store::tag::{self as store, SchemeRow, TagRow};
use domain::ids::{SubjectId, TagId};
use domain::vocabulary::TagState;
use serde_json::json;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result};
use store_kit::types::{Day, Stamp, Uid};

/// All schemes.
pub async fn tag_scheme_list(ctx: &Ctx, query: TagSchemeListQuery) -> Result<Reply> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    let after: String =
        query.cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?.unwrap_or_default();
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::tag_scheme_list(c, &after, limit + 1).await?))
        .await?;
    let page = Page::cut(ctx, rows, limit, |r: &SchemeRow| r.code.clone()).map(TagSchemeView::from);
    let next = page.next.clone();
    Reply::page(ctx, &TagSchemePage { items: page.items, next: page.next }, next.as_deref())
}

/// Sets up a scheme.
pub async fn tag_scheme_create(ctx: &Ctx, body: TagSchemeCreate) -> Result<Reply> {
    let TagSchemeCreate { code, name, description } = body;
    let department = ctx.who()?.department.clone();
    let mut faults = Vec::new();
    let mut text = |pointer: &str, raw: &str, max| {
        rules::plain(pointer, raw, max).unwrap_or_else(|f| {
            faults.push(f);
            String::new()
        })
    };
    let (name, description) = (text("/name", &name, 100), text("/description", &description, 1000));
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let now = Stamp::from(tx.now());
        let row =
            SchemeRow { code, name, description, department, version: 1, created_at: now, updated_at: now };
        store::tag_scheme_create(tx.conn(), &row).await?;
        tx.audit("tag_scheme", &row.code, json!({"version": 1}));
        let location = format!("/v1/tag-schemes?cursor={}", row.code);
        let view = TagSchemeView::from(row);
        tx.event("tag_scheme.created", &view.code, &[], "", &view)?;
        Ok(Reply::created(&view, location)?.version(1))
    })
    .await
}

/// Tags of a subject.
pub async fn tag_list(ctx: &Ctx, id: SubjectId) -> Result<Reply> {
    let scope = ctx.scope();
    let today = ctx.kit.clock.today();
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let subject = subjects::subject_view(c, &scope, id).await?;
            store::tag_list(c, subject.key).await
        })
        .await?;
    Reply::ok(&TagList { items: rows.into_iter().map(|r| TagView::of(r, today)).collect() })
}

/// Sets or proposes a tag.
pub async fn tag_create(ctx: &Ctx, id: SubjectId, body: TagCreate) -> Result<Reply> {
    let TagCreate { scheme, value, source, is_proposal, valid_from, valid_to } = body;
    let today = ctx.kit.clock.today();
    let valid_from = valid_from.unwrap_or(today);
    let mut faults = Vec::new();
    let value = rules::plain("/value", &value, 100).map_err(|f| faults.push(f)).unwrap_or_default();
    let source = rules::plain("/source", &source, 200).map_err(|f| faults.push(f)).unwrap_or_default();
    if valid_to.is_some_and(|end| end <= valid_from) {
        faults.push(Fault::new(
            "/valid_to",
            "ends_before_it_begins",
            "截止日须晚于起始日",
            "it ends before it begins",
        ));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let scope = ctx.scope();
    let department = ctx.who()?.department.clone();
    ctx.change(async move |tx| {
        let subject = subjects::subject_view(tx.conn(), &scope, id).await?;
        if store::find_scheme(tx.conn(), &scheme).await?.is_none() {
            return Err(Error::invalid_at(
                "/scheme",
                "unknown_tag_scheme",
                "没有这个标签体系",
                "no such tag scheme",
            ));
        }
        let state = if is_proposal { TagState::Proposed } else { TagState::InForce };
        let known = store::tag_list(tx.conn(), subject.key).await?;
        let is_over =
            |t: &TagRow| t.state == TagState::Expired.as_str() || t.valid_to.is_some_and(|d| d.0 <= today);
        if known.iter().any(|t| t.scheme == scheme && t.value == value && !is_over(t)) {
            return Err(Error::conflict("tag_exists", "该对象已有此标签", "the subject has this tag"));
        }
        let now = Stamp::from(tx.now());
        let row = TagRow {
            id: Uid(uuid::Uuid::now_v7()),
            subject_key: subject.key,
            scheme,
            value,
            state: state.to_string(),
            source,
            department,
            valid_from: Day(valid_from),
            valid_to: valid_to.map(Day),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        store::tag_create(tx.conn(), std::slice::from_ref(&row)).await?;
        tagged(tx, "subject.tagged", &subject, row, today, 201)
    })
    .await
}

fn tagged(
    tx: &mut service_kit::Tx<'_, '_>,
    event: &str,
    subject: &subjects::Subject,
    row: TagRow,
    today: jiff::civil::Date,
    status: u16,
) -> Result<Reply> {
    let version = row.version;
    let view = TagView::of(row, today);
    tx.audit("subject_tag", view.id, json!({"subject": subject.id, "state": view.state, "version": version}));
    let data = json!({"subject": subject.id, "tag": view});
    tx.event(event, subject.id, &subject.content.departments, &subject.content.region_code, &data)?;
    let location = format!("/v1/subjects/{}/tags", subject.id);
    let reply = if status == 201 { Reply::created(&view, location)? } else { Reply::ok(&view)? };
    Ok(reply.version(version))
}

async fn move_tag(ctx: &Ctx, id: SubjectId, tag: TagId, to: TagState, event: &'static str) -> Result<Reply> {
    let scope = ctx.scope();
    let today = ctx.kit.clock.today();
    ctx.change(async move |tx| {
        let subject = subjects::subject_view(tx.conn(), &scope, id).await?;
        let mut row = store::find_tag(tx.conn(), subject.key, tag).await?;
        let from: TagState =
            row.state.parse().map_err(|_| Error::internal(format!("stored tag state {:?}", row.state)))?;
        let to = from.change_to(to).map_err(|r| Error::conflict(r.code(), r.message_zh(), r.to_string()))?;
        let now = Stamp::from(tx.now());
        let valid_to = if to == TagState::Expired { Some(Day(today)) } else { row.valid_to };
        store::tag_update(tx.conn(), &row, to.as_str(), valid_to, now).await?;
        row.state = to.to_string();
        row.valid_to = valid_to;
        row.version += 1;
        tagged(tx, event, &subject, row, today, 200)
    })
    .await
}

/// Confirms a proposed tag.
pub async fn tag_confirm(ctx: &Ctx, id: SubjectId, tag: TagId) -> Result<Reply> {
    move_tag(ctx, id, tag, TagState::InForce, "subject.tagged").await
}

/// Ends a tag.
pub async fn tag_expire(ctx: &Ctx, id: SubjectId, tag: TagId) -> Result<Reply> {
    move_tag(ctx, id, tag, TagState::Expired, "subject.untagged").await
}
