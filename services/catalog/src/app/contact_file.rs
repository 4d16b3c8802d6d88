//! Attachment 3 as a file: import and export of the contact table.
//!
//! One row an organ: it becomes the organ's contact in use, or changes it. A masked number that is the stored one's mask
//! changes nothing, so that a masked export comes in again. Clear exports need the field right and are logged.

use super::contact::{CLEAR, Numbers, tell};
use super::{WHOLE_DISTRICT, Who};
use crate::api::contact::ContactExportQuery;
use crate::api::report::{ContactImportQuery, ImportAction, ImportLineView, ImportReport};
use crate::forms::attachment3::{self, ContactLine};
use crate::forms::{FormFault, clean};
use crate::store::contact::{self as store, ContactRow};
use crate::store::organ;
use domain::code::mobile::Mobile;
use domain::text::search_key;
use service_kit::lang::Lang;
use service_kit::{Ctx, Error, Kind, Reply, Result};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use store_kit::AnyConn;
use table_kit::Severity;
use uuid::Uuid;

/// What one row of the form comes to.
struct Planned {
    row: ContactRow,
    action: ImportAction,
}

/// Imports the form.
pub async fn contact_import(ctx: &Ctx, query: ContactImportQuery, bytes: Vec<u8>) -> Result<Reply> {
    let dry_run = query.dry_run.unwrap_or(true);
    let (who, lang) = (Who::of(ctx)?, ctx.lang());
    let read = actix_web::web::block(move || attachment3::read(&bytes)).await;
    let (lines, faults): (Vec<ContactLine>, Vec<FormFault>) =
        match read.map_err(|e| Error::internal(e.to_string()))? {
            Ok(parsed) => parsed,
            Err(faults) => return service_kit::report::refused_file(ctx, dry_run, &faults),
        };
    let numbers = Numbers(Arc::clone(&ctx.kit.crypto));
    let now = ctx.now();
    let planned =
        ctx.kit.store.read::<_, Error, _>(async |c| plan(c, &who, &numbers, &lines, now).await).await?;
    let all: Vec<FormFault> = faults.iter().chain(&planned.1).cloned().collect();
    let first = report(dry_run, &lines, &planned.0, &all, lang);
    if dry_run {
        return Ok(Reply::ok(&first)?.header("cache-control", "no-store"));
    }
    if first.blocked > 0 {
        return service_kit::report::blocked(ctx, first);
    }
    ctx.change(async move |tx| {
        let now = tx.now();
        // Planned again: somebody may have changed a contact since.
        let (plan, found) = plan(tx.conn(), &who, &numbers, &lines, now).await?;
        let all: Vec<FormFault> = faults.iter().chain(&found).cloned().collect();
        let mut report = report(false, &lines, &plan, &all, lang);
        if report.blocked > 0 {
            return Err(service_kit::report::raced());
        }
        for p in plan.iter().flatten() {
            match p.action {
                ImportAction::Create => {
                    store::contact_create(tx.conn(), &p.row).await?;
                    tell(tx, "created", &p.row)?;
                }
                ImportAction::Update => {
                    if !store::contact_update(tx.conn(), &p.row).await? {
                        return Err(service_kit::report::raced());
                    }
                    tell(tx, "updated", &p.row)?;
                }
                _ => {}
            }
        }
        report.written = true;
        tx.audit("contact_import", Uuid::now_v7(), serde_json::json!({"accepted": report.accepted}));
        Reply::ok(&report)
    })
    .await
}

fn report(
    dry_run: bool,
    lines: &[ContactLine],
    plan: &[Option<Planned>],
    faults: &[FormFault],
    lang: Lang,
) -> ImportReport {
    let items = lines.iter().zip(plan).map(|(line, planned)| ImportLineView {
        row: line.row,
        action: planned.as_ref().map_or(ImportAction::Blocked, |p| p.action),
        id: planned.as_ref().map(|p| p.row.id.0),
        department: planned.as_ref().map(|p| p.row.organ_code.clone()),
        title: line.cells[0].chars().take(100).collect(),
        cooperating: 0,
    });
    ImportReport::of(dry_run, items.collect(), faults, lang)
}

async fn plan(
    c: &mut AnyConn<'_>,
    who: &Who,
    numbers: &Numbers,
    lines: &[ContactLine],
    now: jiff::Timestamp,
) -> Result<(Vec<Option<Planned>>, Vec<FormFault>)> {
    let names = organ::organ_names(c).await?;
    let mut seen = HashSet::new();
    let (mut out, mut faults) = (Vec::new(), Vec::new());
    for line in lines {
        let mut row = Row { line, faults: Vec::new() };
        let organ = row.organ(&names, who, &mut seen);
        let planned = match organ {
            Some(organ) => {
                let before = store::contact_current(c, &who.scope, &organ).await?;
                row.contact(numbers, organ, before, &who.caller.subject, now)?
            }
            None => None,
        };
        let is_blocked = row.faults.iter().any(FormFault::is_blocking);
        faults.append(&mut row.faults);
        out.push(planned.filter(|_| !is_blocked));
    }
    Ok((out, faults))
}

struct Row<'l> {
    line: &'l ContactLine,
    faults: Vec<FormFault>,
}

impl Row<'_> {
    fn fault(&mut self, column: usize, severity: Severity, code: &'static str, zh: &str, en: &str) {
        let place = (Some(attachment3::SHEET), self.line.row, u32::try_from(column).unwrap_or(0) + 1);
        // A telephone number is personal data: the finding names its cell and not its text.
        let text = if matches!(column, 3 | 6) { "" } else { self.line.cells[column].as_str() };
        self.faults.push(FormFault::at(place, severity, code, zh, en).value(text));
    }

    fn organ(
        &mut self,
        names: &HashMap<String, String>,
        who: &Who,
        seen: &mut HashSet<String>,
    ) -> Option<String> {
        let Some(code) = names.get(&search_key(&self.line.cells[0])).cloned() else {
            self.fault(
                0,
                Severity::Block,
                "unknown_department",
                "机构名录中没有此单位",
                "no organ of this name",
            );
            return None;
        };
        if !who.may_write_for(&code) {
            self.fault(
                0,
                Severity::Block,
                "other_department",
                "只能导入本单位的联络人",
                "only your own organ's contact",
            );
            return None;
        }
        if !seen.insert(code.clone()) {
            self.fault(0, Severity::Block, "duplicate_department", "单位重复", "the organ occurs twice");
            return None;
        }
        Some(code)
    }

    fn cell(&self, column: usize) -> Option<String> {
        Some(clean(&self.line.cells[column])).filter(|t| !t.is_empty())
    }

    /// A number, new or as it was: `Err` when the cell is wrong, `Ok(None)` when it says nothing new.
    fn number(&mut self, column: usize, before: Option<&Mobile>) -> std::result::Result<Option<Mobile>, ()> {
        let Some(text) = self.cell(column) else { return Ok(None) };
        if text.contains('*') {
            if before.is_some_and(|b| b.masked() == text) {
                return Ok(None);
            }
            self.fault(
                column,
                Severity::Block,
                "masked_number",
                "脱敏号码不能导入，请填写完整号码",
                "a masked number cannot be imported",
            );
            return Err(());
        }
        match Mobile::parse(&text) {
            Ok(m) => Ok(Some(m).filter(|m| before != Some(m))),
            Err(e) => {
                self.fault(
                    column,
                    Severity::Block,
                    e.code(),
                    "须为11位手机号码",
                    "must be a mobile number of eleven digits",
                );
                Err(())
            }
        }
    }

    fn contact(
        &mut self,
        numbers: &Numbers,
        organ_code: String,
        before: Option<ContactRow>,
        by: &str,
        now: jiff::Timestamp,
    ) -> Result<Option<Planned>> {
        for (column, most) in [(1, 50), (2, 50), (4, 50), (5, 50)] {
            if self.line.cells[column].chars().count() > most {
                self.fault(column, Severity::Block, "too_long", "超过50字", "longer than 50 characters");
            }
        }
        for column in [1, 2, 4, 5] {
            if domain::text::refuse_control(&self.line.cells[column], false).is_err() {
                let (zh, en) = ("含有换行或控制字符", "holds a line break or a control character");
                self.fault(column, Severity::Block, "control_character", zh, en);
            }
        }
        let Some(contact_name) = self.cell(4) else {
            self.fault(
                4,
                Severity::Block,
                "missing_value",
                "工作联系人不能为空",
                "the contact person must be named",
            );
            return Ok(None);
        };
        if self.cell(1).is_none() {
            self.fault(1, Severity::Warn, "leader_missing", "未填写分管领导", "no leader is named");
        }
        let id = before.as_ref().map_or_else(|| domain::ids::ContactId::new().into_inner(), |b| b.id.0);
        let old_leader = before.as_ref().map(|b| numbers.leader(b)).transpose()?.flatten();
        let old_contact = before.as_ref().map(|b| numbers.contact(b)).transpose()?;
        let leader = self.number(3, old_leader.as_ref());
        let contact = self.number(6, old_contact.as_ref());
        let (Ok(leader), Ok(contact)) = (leader, contact) else { return Ok(None) };
        if contact.is_none() && old_contact.is_none() {
            self.fault(
                6,
                Severity::Block,
                "missing_value",
                "工作联系人手机号码不能为空",
                "the contact person's number is missing",
            );
            return Ok(None);
        }
        let seal = |member: &str, new: Option<Mobile>, old: Option<String>| match new {
            Some(m) => numbers.seal(id, member, &m).map(Some),
            None => Ok(old),
        };
        let leader_sealed =
            seal("leader_mobile", leader, before.as_ref().and_then(|b| b.leader_mobile_sealed.clone()))?;
        let contact_sealed =
            seal("contact_mobile", contact, before.as_ref().map(|b| b.contact_mobile_sealed.clone()))?;
        let row = ContactRow {
            id: id.into(),
            organ_code,
            state: store::CURRENT.to_string(),
            leader_name: self.cell(1),
            leader_title: self.cell(2),
            leader_mobile_sealed: leader_sealed.filter(|_| self.cell(3).is_some()),
            contact_name,
            contact_title: self.cell(5),
            contact_mobile_sealed: contact_sealed.unwrap_or_default(),
            created_by: before.as_ref().map_or_else(|| by.to_string(), |b| b.created_by.clone()),
            version: before.as_ref().map_or(1, |b| b.version),
            created_at: before.as_ref().map_or(now.into(), |b| b.created_at),
            updated_at: before.as_ref().map_or(now.into(), |b| b.updated_at),
            superseded_at: None,
        };
        Ok(Some(match before {
            None => Planned { row, action: ImportAction::Create },
            Some(before) if same(&before, &row) => Planned { row, action: ImportAction::Unchanged },
            Some(_) => {
                let row = ContactRow { version: row.version + 1, updated_at: now.into(), ..row };
                Planned { row, action: ImportAction::Update }
            }
        }))
    }
}

fn same(a: &ContactRow, b: &ContactRow) -> bool {
    a.leader_name == b.leader_name
        && a.leader_title == b.leader_title
        && a.leader_mobile_sealed == b.leader_mobile_sealed
        && a.contact_name == b.contact_name
        && a.contact_title == b.contact_title
        && a.contact_mobile_sealed == b.contact_mobile_sealed
}

/// Exports the form: masked, unless the caller has the field right; a clear export is logged.
pub async fn contact_export(ctx: &Ctx, query: ContactExportQuery) -> Result<Reply> {
    let scope = ctx.scope();
    let is_clear = scope.fields.iter().any(|f| f == CLEAR) && !query.masked.unwrap_or(false);
    let organ_code = query.organ_code;
    let (rows, names) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let filter = (organ_code.as_deref(), Some(store::CURRENT));
            let rows = store::contact_list(c, &scope, filter, None, MOST_EXPORTED + 1).await?;
            Ok((rows, organ::organ_short_names(c).await?))
        })
        .await?;
    if rows.len() as i64 > MOST_EXPORTED {
        return Err(Error::new(
            Kind::Invalid,
            "export_too_large",
            "联络人过多",
            "Too many contacts for one export",
        ));
    }
    let numbers = Numbers(Arc::clone(&ctx.kit.crypto));
    let shown = |m: &Mobile| if is_clear { m.reveal().to_string() } else { m.masked() };
    let mut lines = Vec::new();
    for row in &rows {
        let cells = [
            names.get(&row.organ_code).cloned().unwrap_or_else(|| row.organ_code.clone()),
            row.leader_name.clone().unwrap_or_default(),
            row.leader_title.clone().unwrap_or_default(),
            numbers.leader(row)?.as_ref().map(shown).unwrap_or_default(),
            row.contact_name.clone(),
            row.contact_title.clone().unwrap_or_default(),
            shown(&numbers.contact(row)?),
        ];
        lines.push(ContactLine { cells, row: 0 });
    }
    let actor = ctx.actor()?;
    let by = actor.subject.clone();
    let bytes = attachment3::write(&lines, &[("lianjian_exported_by", &by)])
        .map_err(|e| Error::internal(e.to_string()))?;
    if is_clear {
        let count = lines.len();
        service_kit::change::run(&ctx.kit, actor, async move |tx| {
            let organs: Vec<&String> = rows.iter().map(|r| &r.organ_code).collect();
            tx.audit(
                "contact_export",
                "attachment-3",
                serde_json::json!({"clear": true, "rows": count, "organs": organs}),
            );
            let data = serde_json::json!({"rows": count});
            tx.event(
                "contact.exported_clear",
                "attachment-3",
                std::slice::from_ref(&tx.actor().organ.clone()),
                WHOLE_DISTRICT,
                &data,
            )
        })
        .await?;
    }
    Ok(service_kit::report::file(bytes, "xlsx", "attachment-3"))
}

/// Contacts of one export at most: many times a district's organs.
const MOST_EXPORTED: i64 = 5000;
