//! Export of items as the official form, as CSV or as NDJSON.
//!
//! What is exported is what the caller's list holds: working copies for the parties, published versions for others, or the
//! versions in force on a day. Ids and versions ride along in hidden columns, so that a changed file comes in again.

use super::Who;
use crate::api::item::ItemExportQuery;
use crate::api::report::FileFormat;
use crate::domain::record::{Item, Sight, Version};
use crate::forms::attachment1::{self, FormItem};
use crate::forms::check::form_item;
use crate::forms::{flat, ndjson};
use crate::store::item::{self as store, ItemFilter};
use crate::store::{item_version, organ};
use jiff::civil::Date;
use service_kit::report::file;
use service_kit::{Ctx, Error, Fault, Kind, Reply, Result};
use std::collections::HashMap;
use store_kit::AnyConn;
use uuid::Uuid;

/// Items of one export at most.
const MOST: i64 = 50_000;
/// Items read at once.
const STEP: i64 = 500;

/// Exports items.
pub async fn item_export(ctx: &Ctx, query: ItemExportQuery) -> Result<Reply> {
    let ItemExportQuery { format, as_of, state, lead_department } = query;
    if as_of.is_some() && state.is_some() {
        let (zh, en) = ("as_of 不能与 state 同用", "not together with state");
        return Err(Error::malformed(
            "bad_parameter",
            vec![Fault::new("?as_of", "contradicting_parameters", zh, en)],
        ));
    }
    let who = Who::of(ctx)?;
    let filter = ItemFilter { state, lead_department, ..ItemFilter::default() };
    let items = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let names = organ::organ_short_names(c).await?;
            let name = |code: &str| names.get(code).cloned().unwrap_or_else(|| code.to_string());
            let mut out: Vec<FormItem> = Vec::new();
            let mut after: Option<Uuid> = None;
            loop {
                let rows = match as_of {
                    Some(day) => in_force(c, day, filter.lead_department.as_deref(), after).await?,
                    None => seen(c, &who, &filter, after).await?,
                };
                after = rows.last().map(|(id, ..)| *id);
                let is_last = (rows.len() as i64) < STEP;
                for (_, item, version) in rows {
                    out.push(row(&item, version.as_ref(), as_of.is_some(), &name));
                }
                if out.len() as i64 > MOST {
                    return Err(Error::new(
                        Kind::Invalid,
                        "export_too_large",
                        "事项过多，请分部门导出",
                        "Too many items for one export; export by department",
                    ));
                }
                if is_last {
                    return Ok(out);
                }
            }
        })
        .await?;
    let format = format.unwrap_or(FileFormat::Xlsx);
    let written = actix_web::web::block(move || match format {
        FileFormat::Xlsx => attachment1::write(&items),
        FileFormat::Csv => flat::write(&items),
        FileFormat::Ndjson => ndjson::write(&items),
    });
    let bytes = written
        .await
        .map_err(|e| Error::internal(e.to_string()))?
        .map_err(|e| Error::internal(e.to_string()))?;
    Ok(file(bytes, format.as_str(), "attachment-1"))
}

type Rows = Vec<(Uuid, Item, Option<Version>)>;

/// A step of the caller's list: the item, and its version where that is what the caller sees.
async fn seen(c: &mut AnyConn<'_>, who: &Who, filter: &ItemFilter, after: Option<Uuid>) -> Result<Rows> {
    let rows = store::item_list(c, &who.scope, filter, after, STEP).await?;
    let published: Vec<(Uuid, i64)> = rows
        .iter()
        .filter(|(_, sight)| *sight == Sight::Published)
        .filter_map(|(i, _)| i.published_version.map(|n| (i.id, n)))
        .collect();
    let versions = item_version::version_latest(c, &published).await?;
    let mut versions: HashMap<Uuid, Version> = versions.into_iter().map(|v| (v.item_id, v)).collect();
    Ok(rows
        .into_iter()
        .map(|(i, _)| (i.id, versions.remove(&i.id), i))
        .map(|(id, v, i)| (id, i, v))
        .collect())
}

/// A step of the versions in force on a day.
async fn in_force(c: &mut AnyConn<'_>, day: Date, lead: Option<&str>, after: Option<Uuid>) -> Result<Rows> {
    let versions = item_version::version_list_as_of(c, day, (lead, None), after, STEP).await?;
    let ids = versions.iter().map(|v| v.item_id).collect();
    let items: HashMap<Uuid, Item> =
        store::item_known(c, ids).await?.into_iter().map(|i| (i.id, i)).collect();
    let rows =
        versions.into_iter().filter_map(|v| items.get(&v.item_id).cloned().map(|i| (v.item_id, i, Some(v))));
    Ok(rows.collect())
}

fn row(item: &Item, version: Option<&Version>, is_as_of: bool, name: &dyn Fn(&str) -> String) -> FormItem {
    let content = version.map_or(&item.content, |v| &v.content);
    FormItem {
        is_example: item.is_example && version.is_none(),
        id: Some(item.id),
        // An export of a past day is no base for changes: no version, so that it cannot overwrite.
        version: Some(if is_as_of { 0 } else { item.version }),
        ..form_item(content, name)
    }
}
