//! Use cases of published versions: what publication, suspension and resumption do to validity; reading and comparing.
//!
//! A version never changes; its validity is half-open, and is ended when the next one begins, when the item is suspended
//! or withdrawn. A version may not begin in the past: what was in force on a past day stays so. One that is replaced on
//! its first day was in force on none.

use super::Who;
use super::item::find;
use crate::api::item::ItemContentView;
use crate::api::item_step::ItemPartQuery;
use crate::api::item_version::{DifferenceQuery, DifferenceView, ItemVersionPage, ItemVersionView};
use crate::domain::difference::difference;
use crate::domain::record::{Item, Version};
use crate::store::item_version as store;
use domain::vocabulary::ItemState;
use jiff::civil::Date;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use store_kit::AnyConn;
use uuid::Uuid;

/// Adds the next version of an item and ends the one before.
pub(super) async fn publish(
    tx: &mut Tx<'_, '_>,
    item: &mut Item,
    (valid_from, valid_to, reason): (Option<Date>, Option<Date>, Option<String>),
    today: Date,
) -> Result<Version> {
    let valid_from = valid_from.unwrap_or(today);
    let before = last(tx.conn(), item).await?;
    let mut faults = Vec::new();
    if valid_from < today {
        faults.push(Fault::new("/valid_from", "valid_from_past", "不能早于今天", "must not lie in the past"));
    }
    if before.as_ref().is_some_and(|b| valid_from < b.valid_from) {
        let (zh, en) = ("不能早于上一版本的生效日", "must not be before the version it replaces");
        faults.push(Fault::new("/valid_from", "before_last_version", zh, en));
    }
    if valid_to.is_some_and(|to| to <= valid_from) {
        faults.push(Fault::new(
            "/valid_to",
            "interval_reversed",
            "须晚于 valid_from",
            "must be after valid_from",
        ));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    if let Some(before) = before.filter(|b| b.valid_to.is_none_or(|to| to > valid_from)) {
        store::version_end(tx.conn(), item.id, before.number, valid_from).await?;
    }
    add(tx, item, valid_from, valid_to, reason).await
}

async fn add(
    tx: &mut Tx<'_, '_>,
    item: &mut Item,
    valid_from: Date,
    valid_to: Option<Date>,
    reason: Option<String>,
) -> Result<Version> {
    let version = Version {
        item_id: item.id,
        number: item.published_version.unwrap_or(0) + 1,
        content: item.content.clone(),
        digest: store::digest(&item.content)?,
        valid_from,
        valid_to,
        reason,
        published_by: tx.actor().subject.clone(),
        published_at: tx.now(),
    };
    store::version_create(tx.conn(), &version).await?;
    item.published_version = Some(version.number);
    item.public_state = Some(ItemState::Published);
    Ok(version)
}

async fn last(c: &mut AnyConn<'_>, item: &Item) -> Result<Option<Version>> {
    match item.published_version {
        Some(number) => Ok(store::version_view(c, item.id, number).await?),
        None => Ok(None),
    }
}

/// Ends the validity of the last version today, or on its first day if that is still to come.
pub(super) async fn end(tx: &mut Tx<'_, '_>, item: &Item, today: Date) -> Result<()> {
    let Some(version) = last(tx.conn(), item).await? else { return Ok(()) };
    let day = today.max(version.valid_from);
    if version.valid_to.is_none_or(|to| to > day) {
        store::version_end(tx.conn(), item.id, version.number, day).await?;
    }
    Ok(())
}

/// The last version's content again, from today on.
pub(super) async fn resume(tx: &mut Tx<'_, '_>, item: &mut Item, today: Date) -> Result<()> {
    if let Some(before) = last(tx.conn(), item).await? {
        item.content = before.content;
        let from = today.max(before.valid_from);
        add(tx, item, from, None, None).await?;
        item.ask_again();
    }
    Ok(())
}

/// Lists the versions of an item; they are public.
pub async fn item_version_list(ctx: &Ctx, id: Uuid, query: ItemPartQuery) -> Result<Reply> {
    let ItemPartQuery { cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: i64 = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?.unwrap_or(0);
    let who = Who::of(ctx)?;
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            find(c, &who, id).await?;
            Ok(store::version_list(c, id, after, limit + 1).await?)
        })
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |v| v.number).map(ItemVersionView::from);
    Reply::page(ctx, &ItemVersionPage { items, next: next.clone() }, next.as_deref())
}

async fn version(c: &mut AnyConn<'_>, id: Uuid, number: i64) -> Result<Version> {
    store::version_view(c, id, number).await?.ok_or_else(|| Error::not_found("item version"))
}

/// One version.
pub async fn item_version_view(ctx: &Ctx, id: Uuid, number: i64) -> Result<Reply> {
    let found = ctx.kit.store.read::<_, Error, _>(async |c| version(c, id, number).await).await?;
    Reply::ok(&ItemVersionView::from(found))
}

/// What differs between two versions.
pub async fn item_version_difference(
    ctx: &Ctx,
    id: Uuid,
    number: i64,
    query: DifferenceQuery,
) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let (a, b) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let (item, _) = find(c, &who, id).await?;
            let to = query.to.or(item.published_version).unwrap_or(number);
            Ok((version(c, id, number).await?, version(c, id, to).await?))
        })
        .await?;
    let changes = difference(&said(&a)?, &said(&b)?).into_iter().map(Into::into).collect();
    Reply::ok(&DifferenceView { from: a.number, to: b.number, changes })
}

/// What a version says, without what is only read from it.
fn said(v: &Version) -> Result<serde_json::Value> {
    let mut json = serde_json::to_value(ItemContentView::from(&v.content))
        .map_err(|e| Error::internal(e.to_string()))?;
    if let Some(content) = json.as_object_mut() {
        content.remove("lead_bases");
        for c in content.get_mut("cooperating").and_then(|c| c.as_array_mut()).into_iter().flatten() {
            c.as_object_mut().map(|c| c.remove("bases"));
        }
    }
    Ok(json)
}
