//! Use cases of entries that are no inspection: recording, correcting, listing (ENF-14).
//!
//! Recorded by the organ that entered; counted in the subject's burden ledger, never towards a cap. Refuses days to come.

use super::{Who, other_department, outside, plain};
use crate::api::entry::{AskedDocument, EntryCreate, EntryListQuery, EntryPage, EntryUpdate, EntryView};
use crate::store::entry::{self as store, EntryFilter, EntryRow};
use domain::deadline::beijing_date;
use jiff::civil::Date;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use store_kit::AnyConn;
use store_kit::types::{Day, Stamp, TextList, Uid};
use uuid::Uuid;

fn documents(all: Vec<AskedDocument>) -> TextList {
    TextList(all.into_iter().map(|AskedDocument(d)| d.trim().to_string()).collect())
}

/// Faults of what was entered.
fn faults(row: &EntryRow, today: Date) -> Result<()> {
    let mut faults = Vec::new();
    if row.entered_on.0 > today {
        let (zh, en) = ("不能晚于今天", "must not lie in the future");
        faults.push(Fault::new("/entered_on", "date_in_future", zh, en));
    }
    plain("/purpose", Some(&row.purpose), &mut faults);
    for (i, document) in row.documents_asked.0.iter().enumerate() {
        plain(&format!("/documents_asked/{i}"), Some(document), &mut faults);
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// Audit entry and event.
fn tell(tx: &mut Tx<'_, '_>, what: &str, row: &EntryRow) -> Result<()> {
    let data = serde_json::json!({"id": row.id.0, "kind": row.kind, "subject_id": row.subject_id.0,
        "entered_on": row.entered_on.0, "minutes": row.minutes, "version": row.version});
    tx.audit("entry", row.id.0, data.clone());
    let organs = [row.organ_code.clone()];
    tx.event(&format!("entry.{what}"), row.id.0, &organs, &row.region_code, &data)
}

async fn find(c: &mut AnyConn<'_>, who: &Who, id: Uuid) -> Result<EntryRow> {
    store::entry_view(c, &who.scope, id).await?.ok_or_else(|| Error::not_found("entry"))
}

/// Records an entry.
///
/// # Errors
/// 403 `other_department`; 422; 503.
pub async fn entry_create(ctx: &Ctx, body: EntryCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let EntryCreate { subject_id, organ_code, kind, entered_on, minutes, persons, purpose, documents_asked } =
        body;
    let organ = organ_code.unwrap_or_else(|| who.caller.department.clone());
    if !who.may_write_for(&organ) {
        return Err(other_department());
    }
    outside::known_organ(&ctx.kit, &organ, "/organ_code").await?;
    let subject = outside::known_subject(&ctx.kit, subject_id, "/subject_id").await?;
    if !who.scope.sees_region(&subject.region_code) {
        let (zh, en) = ("没有这个监管对象", "no such subject");
        return Err(Error::invalid_at("/subject_id", "unknown_subject", zh, en));
    }
    let now = Stamp::from(ctx.now());
    let row = EntryRow {
        id: Uid(Uuid::now_v7()),
        organ_code: organ,
        region_code: subject.region_code.clone(),
        subject_id: Uid(subject_id),
        subject_identifier: subject.key(),
        subject_name: subject.name,
        kind: kind.to_string(),
        entered_on: Day(entered_on),
        minutes: i64::from(minutes),
        persons: i64::from(persons),
        purpose: purpose.trim().to_string(),
        documents_asked: documents(documents_asked),
        created_by: who.caller.subject,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    faults(&row, beijing_date(ctx.now()))?;
    ctx.change(async move |tx| {
        store::entry_create(tx.conn(), &row).await?;
        tell(tx, "recorded", &row)?;
        let location = format!("/v1/non-inspection-entries/{}", row.id.0);
        Ok(Reply::created(&EntryView::of(row)?, location)?.version(1))
    })
    .await
}

/// Corrects an entry.
///
/// # Errors
/// 403, 404, 412, 422, 428.
pub async fn entry_update(ctx: &Ctx, id: Uuid, body: EntryUpdate) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, ctx.if_match()?);
    let today = beijing_date(ctx.now());
    ctx.change(async move |tx| {
        let mut row = find(tx.conn(), &who, id).await?;
        if !who.may_write_for(&row.organ_code) {
            return Err(other_department());
        }
        if row.version != wanted {
            return Err(service_kit::extract::changed());
        }
        let EntryUpdate { kind, entered_on, minutes, persons, purpose, documents_asked } = body;
        row.kind = kind.map_or(row.kind, |k| k.to_string());
        row.entered_on = entered_on.map_or(row.entered_on, Day);
        row.minutes = minutes.map_or(row.minutes, i64::from);
        row.persons = persons.map_or(row.persons, i64::from);
        row.purpose = purpose.map_or(row.purpose, |p| p.trim().to_string());
        if let Some(all) = documents_asked {
            row.documents_asked = documents(all.unwrap_or_default());
        }
        faults(&row, today)?;
        row.version += 1;
        row.updated_at = tx.now().into();
        if !store::entry_update(tx.conn(), &row).await? {
            return Err(service_kit::extract::changed());
        }
        tell(tx, "corrected", &row)?;
        let version = row.version;
        Ok(Reply::ok(&EntryView::of(row)?)?.version(version))
    })
    .await
}

/// One entry.
///
/// # Errors
/// 404.
pub async fn entry_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let row = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    let version = row.version;
    Ok(Reply::ok(&EntryView::of(row)?)?.version(version))
}

/// Lists entries.
///
/// # Errors
/// 400 `bad_cursor`.
pub async fn entry_list(ctx: &Ctx, query: EntryListQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let EntryListQuery { subject_id, organ_code, kind, cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let filter = EntryFilter { subject_id, organ_code, kind };
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::entry_list(c, &who.scope, &filter, after, limit + 1).await?))
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0);
    let items = items.into_iter().map(EntryView::of).collect::<Result<Vec<_>, _>>()?;
    Reply::page(ctx, &EntryPage { items, next: next.clone() }, next.as_deref())
}
