//! Import of item files: read, check against registry and drafts, report; and write all of it or nothing.
//!
//! A row without `_id` becomes a draft of its lead department. A row that was exported from a draft changes it, if nobody
//! else has changed it since (the version at the export is the base of the comparison). Nothing is written while one
//! finding blocks. Called by the handler.

use super::item::{departments_known, may_edit, tell};
use super::{WHOLE_DISTRICT, Who};
use crate::api::report::{FileFormat, ImportAction, ImportLineView, ImportReport, ItemImportQuery};
use crate::config::Config;
use crate::domain::item::is_editable;
use crate::domain::record::Item;
use crate::forms::attachment1::FormItem;
use crate::forms::attachment1_read::{self, Parsed};
use crate::forms::check::{self, Found};
use crate::forms::{FormFault, flat, ndjson};
use crate::store::{item as store, organ};
use domain::text::search_key;
use service_kit::lang::Lang;
use service_kit::report::{blocked, format_of, raced, refused_file};
use service_kit::{Ctx, Error, Reply, Result};
use std::collections::{HashMap, HashSet};
use store_kit::AnyConn;
use table_kit::Severity;
use uuid::Uuid;

/// What one item of the file comes to.
struct Planned {
    line: ImportLineView,
    item: Option<Item>,
}

/// The rows of a file and what they come to.
struct Plan {
    items: Vec<Planned>,
    faults: Vec<FormFault>,
}

impl Plan {
    fn report(&self, dry_run: bool, lang: Lang) -> ImportReport {
        ImportReport::of(dry_run, self.items.iter().map(|p| p.line.clone()).collect(), &self.faults, lang)
    }
}

/// How rows are looked at.
#[derive(Clone)]
struct Terms {
    who: Who,
    include_example: bool,
    most: usize,
    now: jiff::Timestamp,
}

/// Imports a file of items.
pub async fn item_import(
    ctx: &Ctx,
    config: &Config,
    query: ItemImportQuery,
    (media, bytes): (String, Vec<u8>),
) -> Result<Reply> {
    let ItemImportQuery { format, dry_run, include_example } = query;
    let dry_run = dry_run.unwrap_or(true);
    let format = format_of(format, &media)?;
    let lang = ctx.lang();
    let read = actix_web::web::block(move || match format {
        FileFormat::Xlsx => attachment1_read::read(&bytes),
        FileFormat::Csv => flat::read(&bytes),
        FileFormat::Ndjson => ndjson::read(&bytes),
    });
    let parsed = match read.await.map_err(|e| Error::internal(e.to_string()))? {
        Ok(parsed) => parsed,
        Err(faults) => return refused_file(ctx, dry_run, &faults),
    };
    let terms = Terms {
        who: Who::of(ctx)?,
        include_example: include_example.unwrap_or(false),
        most: config.max_import_items,
        now: ctx.now(),
    };
    let first = ctx.kit.store.read::<_, Error, _>(async |c| plan(c, &parsed, &terms).await).await?;
    let report = first.report(dry_run, lang);
    if dry_run {
        return Ok(Reply::ok(&report)?.header("cache-control", "no-store"));
    }
    if report.blocked > 0 {
        return blocked(ctx, report);
    }
    ctx.change(async move |tx| {
        // Planned again: somebody may have changed a draft since.
        let plan = plan(tx.conn(), &parsed, &terms).await?;
        let mut report = plan.report(false, lang);
        if report.blocked > 0 {
            return Err(raced());
        }
        let mut fresh = Vec::new();
        for Planned { line, item } in plan.items {
            let Some(item) = item else { continue };
            match line.action {
                ImportAction::Create => fresh.push(item),
                ImportAction::Update => {
                    departments_known(tx.conn(), &item.content).await?;
                    if !store::item_update(tx.conn(), &item).await? {
                        return Err(raced());
                    }
                    tell(tx, "updated", &item, serde_json::json!({"by": "import"}))?;
                }
                _ => {}
            }
        }
        store::item_create(tx.conn(), &fresh).await?;
        for item in &fresh {
            tell(tx, "created", item, serde_json::json!({"by": "import"}))?;
        }
        report.written = true;
        let id = Uuid::now_v7();
        let detail = serde_json::json!({"created": fresh.len(), "accepted": report.accepted, "warnings": report.warnings});
        tx.audit("item_import", id, detail.clone());
        let own = [tx.actor().organ.clone()];
        tx.event("item_import.finished", id, &own, WHOLE_DISTRICT, &detail)?;
        Reply::ok(&report)
    })
    .await
}

async fn plan(c: &mut AnyConn<'_>, parsed: &Parsed, terms: &Terms) -> Result<Plan> {
    let mut faults = parsed.faults.clone();
    if parsed.items.len() > terms.most {
        let place = parsed.items.get(terms.most).map_or(1, |i| i.place.row);
        let (zh, en) =
            (format!("一次最多导入{}项", terms.most), format!("at most {} items at once", terms.most));
        faults.push(FormFault::at((None, place, 1), Severity::Block, "too_many_items", &zh, &en));
        return Ok(Plan { items: Vec::new(), faults });
    }
    let names = organ::organ_names(c).await?;
    let short = organ::organ_short_names(c).await?;
    let resolve = |text: &str| {
        let code = names.get(&search_key(text))?.clone();
        let short_name = short.get(&code).cloned().unwrap_or_default();
        Some(Found { code, short_name })
    };
    let mut known: HashMap<Uuid, Item> = HashMap::new();
    let ids: Vec<Uuid> = parsed.items.iter().filter_map(|i| i.id).collect();
    for chunk in ids.chunks(500) {
        known.extend(store::item_known(c, chunk.to_vec()).await?.into_iter().map(|i| (i.id, i)));
    }
    // Items with blocking findings of their rows are blocked as a whole.
    let sheet = parsed.items.first().and_then(|i| i.place.sheet.clone());
    let blocked_rows: HashSet<u64> =
        faults.iter().filter(|f| f.is_blocking() && f.sheet == sheet).filter_map(|f| f.row).collect();
    let mut planner = Planner { terms, known, seen: HashSet::new(), faults, blocked_rows };
    let mut items: Vec<Planned> = parsed.items.iter().map(|i| planner.item(i, &resolve)).collect();
    let mut faults = planner.faults;
    remark_similar(c, &mut items, &mut faults).await?;
    Ok(Plan { items, faults })
}

struct Planner<'t> {
    terms: &'t Terms,
    known: HashMap<Uuid, Item>,
    seen: HashSet<Uuid>,
    faults: Vec<FormFault>,
    blocked_rows: HashSet<u64>,
}

impl Planner<'_> {
    fn item(&mut self, form: &FormItem, resolve: check::Resolve<'_>) -> Planned {
        let title = format!("{}：{}", form.field, form.lead_item);
        let mut line = ImportLineView {
            row: form.place.row,
            action: ImportAction::Blocked,
            id: form.id,
            department: resolve(&form.lead_department).map(|f| f.code),
            title: title.chars().take(300).collect(),
            cooperating: u32::try_from(form.cooperating.len()).unwrap_or(u32::MAX),
        };
        // An example that this system exported is one of its drafts, and no addition.
        if form.is_example && !self.terms.include_example && form.id.is_none() {
            line.action = ImportAction::SkipExample;
            // What the example breaks is shown, but cannot block.
            let (_, findings) = check::content(form, resolve, None);
            self.faults.extend(findings.into_iter().filter(|f| !f.is_blocking()));
            return Planned { line, item: None };
        }
        let before = form.id.and_then(|id| self.known.get(&id)).cloned();
        let (content, mut findings) = check::content(form, resolve, before.as_ref().map(|b| &b.content));
        let is_row_blocked =
            form.place.coop_rows.iter().chain([&form.place.row]).any(|r| self.blocked_rows.contains(r));
        let planned = match content {
            Some(content) if !is_row_blocked => match self.decide(form, content, before) {
                Ok((action, item)) => Some((action, item)),
                Err((column, code, zh, en)) => {
                    let place = (form.place.sheet.as_deref(), form.place.row, column);
                    findings.push(
                        FormFault::at(place, Severity::Block, code, zh, en).value(&form.lead_department),
                    );
                    None
                }
            },
            _ => None,
        };
        self.faults.append(&mut findings);
        match planned {
            Some((action, item)) => {
                line.action = action;
                line.id = Some(item.id);
                Planned { line, item: Some(item) }
            }
            None => Planned { line, item: None },
        }
    }

    fn decide(
        &mut self,
        form: &FormItem,
        content: crate::domain::content::ItemContent,
        before: Option<Item>,
    ) -> std::result::Result<(ImportAction, Item), (u32, &'static str, &'static str, &'static str)> {
        let (who, now) = (&self.terms.who, self.terms.now);
        let Some(id) = form.id else {
            if !who.may_write_for(&content.lead_department) {
                return Err((
                    3,
                    "other_department",
                    "只能导入本部门牵头的事项",
                    "only items that your own department leads",
                ));
            }
            let mut item = Item::draft(content, &who.caller.subject, now);
            item.is_example = form.is_example;
            return Ok((ImportAction::Create, item));
        };
        let is_seen =
            |i: &Item| who.is_district_wide() || i.content.departments().contains(&who.caller.department);
        let Some(mut item) = before.filter(is_seen) else {
            return Err((
                1,
                "unknown_item",
                "没有这一事项，或不在您的权限范围内；新事项请清空 _id、_version",
                "no such item; clear _id and _version for a new one",
            ));
        };
        if !self.seen.insert(id) {
            return Err((
                1,
                "item_repeated",
                "同一事项在文件中出现两次",
                "the item occurs twice in the file",
            ));
        }
        if item.content == content {
            return Ok((ImportAction::Unchanged, item));
        }
        if form.version != Some(item.version) {
            return Err((
                1,
                "changed_since_export",
                "该事项在导出后已被修改，请重新导出后再改",
                "the item was changed since the export; export again",
            ));
        }
        if item.content.lead_department != content.lead_department {
            return Err((
                3,
                "lead_department_changed",
                "不能通过导入更换牵头部门",
                "an import cannot change the lead department",
            ));
        }
        if !is_editable(item.state) {
            return Err((
                1,
                "state_forbids_change",
                "该事项不在草稿或修订状态，不能修改",
                "the item is neither a draft nor being revised",
            ));
        }
        if !may_edit(who, &item) {
            return Err((
                3,
                "other_department",
                "只能修改本部门牵头的事项",
                "only items that your own department leads",
            ));
        }
        item.content = content;
        item.ask_again();
        item.version += 1;
        item.updated_at = now;
        Ok((ImportAction::Update, item))
    }
}

/// Remarks on new items that look like ones that are there already.
async fn remark_similar(
    c: &mut AnyConn<'_>,
    items: &mut [Planned],
    faults: &mut Vec<FormFault>,
) -> Result<()> {
    let fresh = || {
        let all = items.iter().filter(|p| p.line.action == ImportAction::Create);
        all.filter_map(|p| p.item.as_ref().map(|i| (p.line.row, &i.content)))
    };
    let fields: HashSet<String> = fresh().map(|(_, content)| content.field.clone()).collect();
    let fields: Vec<String> = fields.into_iter().collect();
    let mut there: HashSet<(String, String, String)> = HashSet::new();
    for chunk in fields.chunks(500) {
        for content in store::item_like(c, chunk.to_vec()).await? {
            there.insert((content.lead_department, content.field, content.lead_item));
        }
    }
    let mut found = Vec::new();
    for (row, content) in fresh() {
        let key = (content.lead_department.clone(), content.field.clone(), content.lead_item.clone());
        if !there.insert(key) {
            let (zh, en) = (
                "已有相同牵头部门、领域和事项，可能重复",
                "an item of the same department, field and words is there already",
            );
            found.push(
                FormFault::at((None, row, 4), Severity::Warn, "possible_duplicate", zh, en)
                    .value(&content.lead_item),
            );
        }
    }
    faults.extend(found);
    Ok(())
}
