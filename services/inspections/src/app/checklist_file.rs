//! Checklist templates as a file: read, held against the organs and the stored templates, reported; written all or nothing.
//! And the export.
//!
//! A template is known by `_id`, and then must not have changed since its export; without one by organ, number and title. An
//! equal one is left as it is, so a file comes in twice and doubles nothing. What the file does not say stays. Lists of
//! visits that were made of a template stay as they are. Called by the handlers.

use super::checklist::tell;
use super::plan::facts::Facts;
use super::{WHOLE_DISTRICT, Who, other_department, outside};
use crate::api::checklist_file::{ChecklistTemplateExportQuery, ChecklistTemplateImportQuery};
use crate::config::Config;
use crate::domain::checklist::Point;
use crate::domain::checklist_file::{TemplateContent, read_template};
use crate::forms::checklists::{self as form, FormPoint, FormTemplate, column};
use crate::forms::checklists_read::{self as read, Parsed};
use crate::store::checklist::{self as store, TemplateFilter, TemplateRow};
use clients::CatalogClient;
use service_kit::lang::Lang;
use service_kit::report::{
    FileFormat, ImportAction, ImportLineView, ImportReport, blocked, file, format_of, raced, refused_file,
};
use service_kit::{Ctx, Error, Kind, Kit, Reply, Result};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use store_kit::AnyConn;
use store_kit::types::Uid;
use table_kit::Severity;
use table_kit::form::FormFault;
use uuid::Uuid;

/// Templates of one export at most.
const MOST: usize = 20_000;
/// Templates read at once.
const STEP: i64 = 200;

/// Organs by any of their names.
async fn organs(kit: &Kit) -> Result<Facts> {
    let catalog = CatalogClient::new(outside::connection(kit, "catalog").await?);
    let organs = catalog.organ_all().await.map_err(|e| outside::unavailable("catalog", &e))?;
    Ok(Facts::new(organs, Vec::new()))
}

/// Imports templates.
///
/// # Errors
/// 400 `format_mismatch`; 403 for another organ; 413; 422 with the report; 503.
pub async fn checklist_template_import(
    ctx: &Ctx,
    config: &Config,
    query: ChecklistTemplateImportQuery,
    (media, bytes): (String, Vec<u8>),
) -> Result<Reply> {
    let ChecklistTemplateImportQuery { format, organ_code, dry_run } = query;
    let (who, dry_run, lang) = (Who::of(ctx)?, dry_run.unwrap_or(true), ctx.lang());
    let format = format_of(format, &media)?;
    let organ_code = organ_code.unwrap_or_else(|| who.caller.department.clone());
    if !who.may_write_for(&organ_code) {
        return Err(other_department());
    }
    outside::organ_parameter(&ctx.kit, &organ_code).await?;
    let parsed = actix_web::web::block(move || match format {
        FileFormat::Xlsx => read::read_xlsx(&bytes),
        FileFormat::Csv => read::read_csv(&bytes),
        FileFormat::Ndjson => read::read_ndjson(&bytes),
    });
    let parsed = match parsed.await.map_err(|e| Error::internal(e.to_string()))? {
        Ok(parsed) => parsed,
        Err(faults) => return refused_file(ctx, dry_run, &faults),
    };
    let most = config.max_import_checklists;
    if parsed.templates.len() > most {
        let (zh, en) = (
            format!("单次导入不得超过 {most} 张检查表，请分次导入"),
            format!("at most {most} checklists in one import"),
        );
        return Err(Error::new(Kind::TooLarge, "import_too_large", zh, en));
    }
    let import =
        Import { who, organ_code, organs: Arc::new(organs(&ctx.kit).await?), parsed, now: ctx.now() };
    let first = ctx.kit.store.read::<_, Error, _>(async |c| import.look(c).await).await?;
    let report = first.report(&import, dry_run, lang);
    if dry_run {
        return Ok(Reply::ok(&report)?.header("cache-control", "no-store"));
    }
    if report.blocked > 0 {
        return blocked(ctx, report);
    }
    ctx.change(async move |tx| {
        // Looked at again: somebody may have changed a template since.
        let outlook = import.look(tx.conn()).await?;
        let mut report = outlook.report(&import, false, lang);
        if report.blocked > 0 {
            return Err(raced());
        }
        let mut organs: Vec<String> = Vec::new();
        for Planned { line, row } in outlook.plans {
            let Some(row) = row else { continue };
            match line.action {
                ImportAction::Create => {
                    store::template_create(tx.conn(), &row).await?;
                    tell(tx, "created", &row)?;
                }
                ImportAction::Update => {
                    if !store::template_update(tx.conn(), &row).await? {
                        return Err(raced());
                    }
                    tell(tx, "replaced", &row)?;
                }
                _ => {}
            }
            if !organs.contains(&row.organ_code) {
                organs.push(row.organ_code);
            }
        }
        report.written = true;
        let detail =
            serde_json::json!({"organs": organs, "accepted": report.accepted, "warnings": report.warnings});
        let id = Uuid::now_v7();
        tx.audit("checklist_template_import", id, detail.clone());
        let own = [tx.actor().organ.clone()];
        tx.event("checklist_template_import.finished", id, &own, WHOLE_DISTRICT, &detail)?;
        Ok(Reply::ok(&report)?.header("cache-control", "no-store"))
    })
    .await
}

struct Import {
    who: Who,
    organ_code: String,
    organs: Arc<Facts>,
    parsed: Parsed,
    now: jiff::Timestamp,
}

/// What one template of the file comes to.
struct Planned {
    line: ImportLineView,
    row: Option<TemplateRow>,
}

struct Outlook {
    plans: Vec<Planned>,
    faults: Vec<FormFault>,
}

impl Outlook {
    fn report(&self, import: &Import, dry_run: bool, lang: Lang) -> ImportReport {
        let lines = self.plans.iter().map(|p| p.line.clone()).collect();
        ImportReport {
            skipped: import.parsed.skipped,
            ..ImportReport::of(dry_run, lines, &self.faults, lang)
        }
    }
}

/// Stored templates that the file may be about.
struct Known {
    by_id: HashMap<Uuid, TemplateRow>,
    by_name: HashMap<(String, String, String), Vec<Uuid>>,
}

/// Member of a row, code, texts.
type Refused = (usize, &'static str, &'static str, &'static str);

impl Import {
    async fn look(&self, c: &mut AnyConn<'_>) -> Result<Outlook> {
        let mut faults = self.parsed.faults.clone();
        let found: Vec<Option<String>> = self.parsed.templates.iter().map(|t| self.organ(t)).collect();
        let known = self.known(c, &found).await?;
        let (mut seen, mut plans) = (HashSet::new(), Vec::with_capacity(found.len()));
        // Findings of the file itself block the template in whose rows they are.
        let blocked_rows: HashSet<u64> =
            faults.iter().filter(|f| f.is_blocking()).filter_map(|f| f.row).collect();
        for (form, organ) in self.parsed.templates.iter().zip(found) {
            let (content, mut own) = read_template(form, &self.parsed);
            let is_row_blocked = std::iter::once(form.row)
                .chain(form.points.iter().map(|p| p.row))
                .any(|r| blocked_rows.contains(&r));
            let decided = self.decide(form, organ.as_deref(), content, &known, &mut seen);
            let mut line = ImportLineView {
                row: form.row,
                action: ImportAction::Blocked,
                id: form.id,
                department: organ,
                title: format!("{} {}", form.number, form.title).trim().chars().take(300).collect(),
                cooperating: 0,
            };
            let row = match decided {
                Ok((action, row)) if !is_row_blocked && !own.iter().any(FormFault::is_blocking) => {
                    line.action = action;
                    line.id = Some(row.id.0);
                    Some(row)
                }
                Ok(_) => None,
                Err((member, code, zh, en)) => {
                    own.push(
                        self.parsed
                            .fault((form.row, member), Severity::Block, code, zh, en)
                            .value(&form.title),
                    );
                    None
                }
            };
            faults.append(&mut own);
            plans.push(Planned { line, row });
        }
        Ok(Outlook { plans, faults })
    }

    /// The organ of a template; none for a name that no organ has.
    fn organ(&self, form: &FormTemplate) -> Option<String> {
        if form.organ.is_empty() {
            return Some(self.organ_code.clone());
        }
        self.organs.resolve(&form.organ).map(|o| o.code.clone())
    }

    async fn known(&self, c: &mut AnyConn<'_>, organs: &[Option<String>]) -> Result<Known> {
        let ids = self.parsed.templates.iter().filter_map(|t| t.id.map(Uid)).collect();
        let mut codes: Vec<String> = organs.iter().flatten().cloned().collect();
        codes.sort_unstable();
        codes.dedup();
        let mut known = Known { by_id: HashMap::new(), by_name: HashMap::new() };
        let named = store::templates_of_organs(c, codes).await?;
        for row in &named {
            known.by_name.entry(name_of(row)).or_default().push(row.id.0);
        }
        let all = store::templates_known(c, ids).await?.into_iter().chain(named);
        known.by_id.extend(all.map(|row| (row.id.0, row)));
        Ok(known)
    }

    fn decide(
        &self,
        form: &FormTemplate,
        organ: Option<&str>,
        content: TemplateContent,
        known: &Known,
        seen: &mut HashSet<(String, String, String)>,
    ) -> std::result::Result<(ImportAction, TemplateRow), Refused> {
        let Some(organ) = organ else {
            let (zh, en) = ("机构名录中没有此单位", "no organ of this name in the registry");
            return Err((column::ORGAN, "unknown_department", zh, en));
        };
        if !self.who.may_write_for(organ) {
            let (zh, en) = ("只能导入本部门的检查表", "only checklists of your own department");
            return Err((column::ORGAN, "other_department", zh, en));
        }
        let name =
            (organ.to_string(), content.item_number.clone().unwrap_or_default(), content.title.clone());
        let before = match form.id {
            Some(id) => {
                let is_own = |r: &&TemplateRow| self.who.may_write_for(&r.organ_code);
                let Some(row) = known.by_id.get(&id).filter(is_own) else {
                    let (zh, en) = (
                        "没有这一检查表，或不在您的权限范围内；新检查表请清空 _id、_version",
                        "no such checklist; clear _id and _version for a new one",
                    );
                    return Err((column::ID, "unknown_template", zh, en));
                };
                if row.organ_code != organ {
                    let (zh, en) = ("不能通过导入更换所属部门", "an import does not change whose it is");
                    return Err((column::ORGAN, "organ_changed", zh, en));
                }
                Some(row)
            }
            None => match known.by_name.get(&name).map(Vec::as_slice) {
                None | Some([]) => None,
                Some([id]) => known.by_id.get(id),
                Some(_) => {
                    let (zh, en) = (
                        "已有多张编号和名称相同的检查表，请导出后在导出的表格中修改",
                        "several checklists have this number and title; change them in an export",
                    );
                    return Err((column::TITLE, "several_templates", zh, en));
                }
            },
        };
        let is_new_name = seen.insert(name);
        let is_new_id =
            before.is_none_or(|b| seen.insert((b.id.0.to_string(), String::new(), String::new())));
        if !is_new_name || !is_new_id {
            let (zh, en) = ("同一检查表在文件中出现两次", "the checklist occurs twice in the file");
            return Err((column::TITLE, "template_repeated", zh, en));
        }
        let broken = (column::TITLE, "bad_line", "无法保存", "cannot be kept");
        let Some(before) = before else {
            return self.fresh(organ, content).map(|row| (ImportAction::Create, row)).map_err(|_| broken);
        };
        let row = changed(before, content).map_err(|_| broken)?;
        let Some(mut row) = row else { return Ok((ImportAction::Unchanged, before.clone())) };
        if form.version.is_some_and(|v| v != before.version) {
            let (zh, en) = (
                "该检查表在导出后已被修改，请重新导出后再改",
                "the checklist was changed since the export; export again",
            );
            return Err((column::ID, "changed_since_export", zh, en));
        }
        row.version += 1;
        row.updated_at = self.now.into();
        Ok((ImportAction::Update, row))
    }

    fn fresh(&self, organ: &str, content: TemplateContent) -> store_kit::StoreResult<TemplateRow> {
        let TemplateContent { item_id, item_number, title, source, is_active, points } = content;
        Ok(TemplateRow {
            id: Uid(Uuid::now_v7()),
            organ_code: organ.to_string(),
            item_id: item_id.flatten().map(Uid),
            item_number,
            title,
            version: 1,
            points: store::points_json(&points)?,
            is_active: is_active.unwrap_or(true),
            source: source.flatten(),
            created_by: self.who.caller.subject.clone(),
            created_at: self.now.into(),
            updated_at: self.now.into(),
        })
    }
}

/// Organ, number and title.
fn name_of(row: &TemplateRow) -> (String, String, String) {
    (row.organ_code.clone(), row.item_number.clone().unwrap_or_default(), row.title.clone())
}

/// The row with what the file says; none when that is what it says already.
fn changed(before: &TemplateRow, content: TemplateContent) -> store_kit::StoreResult<Option<TemplateRow>> {
    let TemplateContent { item_id, item_number, title, source, is_active, points } = content;
    let is_same = before.points()? == points
        && item_id.is_none_or(|i| i == before.item_id.map(|b| b.0))
        && before.item_number == item_number
        && before.title == title
        && source.as_ref().is_none_or(|s| *s == before.source)
        && is_active.is_none_or(|a| a == before.is_active);
    if is_same {
        return Ok(None);
    }
    Ok(Some(TemplateRow {
        item_id: item_id.map_or(before.item_id, |i| i.map(Uid)),
        item_number,
        title,
        source: source.unwrap_or_else(|| before.source.clone()),
        is_active: is_active.unwrap_or(before.is_active),
        points: store::points_json(&points)?,
        ..before.clone()
    }))
}

/// Exports templates.
///
/// # Errors
/// 422 `export_too_large`; 503.
pub async fn checklist_template_export(ctx: &Ctx, query: ChecklistTemplateExportQuery) -> Result<Reply> {
    let ChecklistTemplateExportQuery { format, organ_code, is_active } = query;
    let who = Who::of(ctx)?;
    let facts = organs(&ctx.kit).await?;
    let filter = TemplateFilter { organ_code, item_id: None, is_active };
    let templates = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let (mut out, mut after): (Vec<FormTemplate>, Option<Uuid>) = (Vec::new(), None);
            loop {
                let rows = store::template_list(c, &who.scope, &filter, after, STEP).await?;
                let is_last = (rows.len() as i64) < STEP;
                after = rows.last().map(|r| r.id.0).or(after);
                for row in rows {
                    out.push(form_of(row, &facts)?);
                }
                if out.len() > MOST {
                    let (zh, en) =
                        ("检查表过多，请分部门导出", "Too many checklists for one export; export by organ");
                    return Err(Error::new(Kind::Invalid, "export_too_large", zh, en));
                }
                if is_last {
                    return Ok(out);
                }
            }
        })
        .await?;
    let format = format.unwrap_or(FileFormat::Xlsx);
    let written = actix_web::web::block(move || match format {
        FileFormat::Xlsx => form::write_xlsx(&templates),
        FileFormat::Csv => form::write_csv(&templates),
        FileFormat::Ndjson => form::write_ndjson(&templates),
    });
    let bytes = written
        .await
        .map_err(|e| Error::internal(e.to_string()))?
        .map_err(|e| Error::internal(e.to_string()))?;
    Ok(file(bytes, format.as_str(), "checklist-templates"))
}

fn form_of(row: TemplateRow, organs: &Facts) -> Result<FormTemplate> {
    let points = row.points()?;
    let TemplateRow {
        id,
        organ_code,
        item_id,
        item_number,
        title,
        version,
        points: _,
        is_active,
        source,
        created_by: _,
        created_at: _,
        updated_at: _,
    } = row;
    let points = points.into_iter().map(|p| {
        let Point { key, content, method, basis } = p;
        let text = Option::unwrap_or_default;
        FormPoint { content, method: text(method), basis: text(basis), key: text(key), row: 0 }
    });
    Ok(FormTemplate {
        number: item_number.unwrap_or_default(),
        title,
        source: Some(source.unwrap_or_default()),
        active: Some(is_active.to_string()),
        organ: organs.organ(&organ_code).map_or(organ_code, |o| o.short_name.clone()),
        item_id: Some(item_id.map(|i| i.0)),
        id: Some(id.0),
        version: Some(version),
        points: points.collect(),
        row: 0,
    })
}
