//! Attachment 2 as a file: read, check against catalog and drafts, report; and write all of it or nothing. And the export.
//!
//! A plan without `_id` becomes a draft of its lead department. One that was exported from a draft changes it, if nobody else
//! has changed it since. Nothing is written while one finding blocks; a dry run is the default. What is exported is what the
//! caller's list holds. Called by the handlers.

use super::lint::plan_verdicts;
use super::plan::facts::Facts;
use super::plan::{editable, may_edit, note_edit, tell, today};
use super::{WHOLE_DISTRICT, Who, outside};
use crate::api::attachment2::{PlanExportQuery, PlanImportQuery};
use crate::config::Config;
use crate::domain::plan::{
    Part, Plan, PlanContent, Sight, YEARS, announced_day, faults, missing, remarks, submission_due,
};
use crate::domain::step::TermEnd;
use crate::forms::attachment2::{self, FormPlan};
use crate::forms::attachment2_check::{self as check, Found};
use crate::forms::attachment2_read::{self as read, Parsed};
use crate::store::plan::{self as store, PlanFilter};
use domain::calendar::Calendar;
use domain::vocabulary::PlanState;
use service_kit::lang::Lang;
use service_kit::report::{
    FileFormat, ImportAction, ImportLineView, ImportReport, blocked, file, format_of, raced, refused_file,
};
use service_kit::{Ctx, Error, Kind, Kit, Reply, Result};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use store_kit::AnyConn;
use table_kit::Severity;
use table_kit::form::FormFault;
use uuid::Uuid;

/// What one plan of the file comes to.
struct Planned {
    line: ImportLineView,
    plan: Option<Plan>,
}

/// The plans of a file and what they come to.
struct Outlook {
    plans: Vec<Planned>,
    faults: Vec<FormFault>,
}

impl Outlook {
    fn report(&self, dry_run: bool, lang: Lang) -> ImportReport {
        ImportReport::of(dry_run, self.plans.iter().map(|p| p.line.clone()).collect(), &self.faults, lang)
    }
}

/// How plans are looked at; shared by the look and the writing.
#[derive(Clone)]
struct Terms {
    who: Who,
    facts: Arc<Facts>,
    calendar: Arc<Calendar>,
    /// Year of the query.
    year: Option<i16>,
    most: usize,
    now: jiff::Timestamp,
}

impl Terms {
    fn due(&self, year: i16) -> Option<TermEnd> {
        submission_due(year, &self.calendar).ok()
    }
}

/// Imports a file of plans.
///
/// # Errors
/// 400 `format_mismatch`; 422 with the report; 503.
pub async fn plan_import(
    ctx: &Ctx,
    config: &Config,
    query: PlanImportQuery,
    (media, bytes): (String, Vec<u8>),
) -> Result<Reply> {
    let PlanImportQuery { format, dry_run, year } = query;
    let dry_run = dry_run.unwrap_or(true);
    let format = format_of(format, &media)?;
    let lang = ctx.lang();
    let read = actix_web::web::block(move || match format {
        FileFormat::Xlsx => read::read(&bytes),
        FileFormat::Csv => read::read_csv(&bytes),
        FileFormat::Ndjson => read::read_ndjson(&bytes),
    });
    let parsed = match read.await.map_err(|e| Error::internal(e.to_string()))? {
        Ok(parsed) => parsed,
        Err(faults) => return refused_file(ctx, dry_run, &faults),
    };
    let terms = Terms {
        who: Who::of(ctx)?,
        facts: Arc::new(Facts::of(&ctx.kit, today(ctx)).await?),
        calendar: Arc::new(outside::calendar(&ctx.kit).await?),
        year,
        most: config.max_import_plans,
        now: ctx.now(),
    };
    let mut first = ctx.kit.store.read::<_, Error, _>(async |c| look(c, &parsed, &terms).await).await?;
    // The rules are asked before the transaction; what they say stops the check by the rules, not the import.
    let said = rules_say(&ctx.kit, &first, &parsed).await?;
    first.faults.extend(said.iter().cloned());
    let report = first.report(dry_run, lang);
    if dry_run {
        return Ok(Reply::ok(&report)?.header("cache-control", "no-store"));
    }
    if report.blocked > 0 {
        return blocked(ctx, report);
    }
    ctx.change(async move |tx| {
        // Looked at again: somebody may have changed a draft since.
        let mut outlook = look(tx.conn(), &parsed, &terms).await?;
        outlook.faults.extend(said);
        let mut report = outlook.report(false, lang);
        if report.blocked > 0 {
            return Err(raced());
        }
        let mut created = 0u64;
        for Planned { line, plan } in outlook.plans {
            let Some(mut plan) = plan else { continue };
            match line.action {
                ImportAction::Create => {
                    let (year, lead) = (plan.content.year, plan.content.lead().to_string());
                    let number = store::plan_number_next(tx.conn(), year, &lead).await?;
                    plan.code = store::code(year, &lead, number);
                    store::plan_create(tx.conn(), std::slice::from_ref(&plan)).await?;
                    tell(tx, "created", &plan, serde_json::json!({"by": "import"}))?;
                    created += 1;
                }
                ImportAction::Update => {
                    plan.transitions += 1;
                    if !store::plan_update(tx.conn(), &plan).await? {
                        return Err(raced());
                    }
                    note_edit(tx, &terms.who, &plan).await?;
                    tell(tx, "updated", &plan, serde_json::json!({"by": "import"}))?;
                }
                _ => {}
            }
        }
        report.written = true;
        let id = Uuid::now_v7();
        let detail =
            serde_json::json!({"created": created, "accepted": report.accepted, "warnings": report.warnings});
        tx.audit("plan_import", id, detail.clone());
        let own = [tx.actor().organ.clone()];
        tx.event("plan_import.finished", id, &own, WHOLE_DISTRICT, &detail)?;
        Reply::ok(&report)
    })
    .await
}

async fn look(c: &mut AnyConn<'_>, parsed: &Parsed, terms: &Terms) -> Result<Outlook> {
    let mut faults = parsed.faults.clone();
    let sheet = parsed.plans.first().and_then(|p| p.place.sheet.clone());
    let at = |row: u64| (sheet.as_deref(), row, 1);
    if let Some(beyond) = parsed.plans.get(terms.most) {
        let row = beyond.place.rows.first().copied().unwrap_or(1);
        let (zh, en) =
            (format!("一次最多导入{}项计划", terms.most), format!("at most {} plans at once", terms.most));
        faults.push(FormFault::at(at(row), Severity::Block, "too_many_items", &zh, &en));
        return Ok(Outlook { plans: Vec::new(), faults });
    }
    if let (Some(told), Some(asked)) = (parsed.year, terms.year)
        && told != asked
    {
        let (zh, en) = (
            format!("表名为{told}年度，参数为{asked}年度"),
            format!("the title says {told}, the parameter {asked}"),
        );
        faults.push(FormFault::at(at(1), Severity::Block, "year_differs", &zh, &en));
    }
    let file_year = parsed.year.or(terms.year);
    let is_year_known = |p: &FormPlan| p.year.or(file_year).is_some_and(|y| YEARS.contains(&y));
    if let Some(first) = parsed.plans.iter().find(|p| !is_year_known(p)) {
        let row = first.place.rows.first().copied().unwrap_or(1);
        let (zh, en) = (
            "未找到计划年度：表名应写明“（××××年度）”，或在参数 year 中给出",
            "no plan year: the title names it, or the parameter year",
        );
        faults.push(FormFault::at(at(row), Severity::Block, "year_missing", zh, en));
        return Ok(Outlook { plans: Vec::new(), faults });
    }
    let ids: Vec<Uuid> = parsed.plans.iter().filter_map(|p| p.id).collect();
    let known: HashMap<Uuid, Plan> =
        store::plan_known(c, ids).await?.into_iter().map(|p| (p.id, p)).collect();
    // Plans with blocking findings of their rows are blocked as a whole.
    let blocked_rows: HashSet<u64> =
        faults.iter().filter(|f| f.is_blocking() && f.sheet == sheet).filter_map(|f| f.row).collect();
    let mut looker = Looker { terms, known, seen: HashSet::new(), faults, blocked_rows };
    let mut plans = Vec::new();
    for form in &parsed.plans {
        let year = form.year.or(file_year).unwrap_or_default();
        plans.push(looker.plan(form, year));
    }
    let mut faults = looker.faults;
    remark_similar(c, &plans, &mut faults).await?;
    Ok(Outlook { plans, faults })
}

struct Looker<'t> {
    terms: &'t Terms,
    known: HashMap<Uuid, Plan>,
    seen: HashSet<Uuid>,
    faults: Vec<FormFault>,
    blocked_rows: HashSet<u64>,
}

type Refused = (u32, &'static str, &'static str, &'static str);

impl Looker<'_> {
    fn plan(&mut self, form: &FormPlan, year: i16) -> Planned {
        let facts = Arc::clone(&self.terms.facts);
        let resolve = |name: &str| {
            facts.resolve(name).map(|o| Found { code: o.code.clone(), short_name: o.short_name.clone() })
        };
        let before = form.id.and_then(|id| self.known.get(&id)).cloned();
        let (mut content, mut findings) =
            check::content(form, year, &resolve, before.as_ref().map(|b| &b.content));
        if before.is_none() && form.extra.category.is_none() {
            let _ = facts.link(&mut content);
            content.category = facts.category(&content).unwrap_or(content.category);
        }
        self.hold_against_rules(form, &mut content, &mut findings);
        let row = form.place.rows.first().copied().unwrap_or_default();
        let mut line = ImportLineView {
            row,
            action: ImportAction::Blocked,
            id: form.id,
            department: Some(content.lead().to_string()).filter(|d| !d.is_empty()),
            title: form.name.chars().take(300).collect(),
            cooperating: u32::try_from(form.rows.len().saturating_sub(1)).unwrap_or(u32::MAX),
        };
        let is_row_blocked = form.place.rows.iter().any(|r| self.blocked_rows.contains(r));
        let mut planned = None;
        if !is_row_blocked && !findings.iter().any(FormFault::is_blocking) {
            match self.decide(form, content, before) {
                Ok(decided) => planned = Some(decided),
                Err((column, code, zh, en)) => {
                    let place = (form.place.sheet.as_deref(), row, column);
                    findings.push(FormFault::at(place, Severity::Block, code, zh, en).value(&form.name));
                }
            }
        }
        findings.sort_by_key(|f| (f.row, f.column));
        self.faults.append(&mut findings);
        match planned {
            Some((action, plan)) => {
                line.action = action;
                line.id = Some(plan.id);
                Planned { line, plan: Some(plan) }
            }
            None => Planned { line, plan: None },
        }
    }

    /// Links to the catalog, faults as blocking findings, remarks as warnings.
    fn hold_against_rules(&self, form: &FormPlan, content: &mut PlanContent, findings: &mut Vec<FormFault>) {
        let is_unresolved = content.parts.iter().any(|p| p.department.is_empty());
        if !is_unresolved {
            for fault in self.terms.facts.link(content) {
                findings.push(check::finding(form, &fault, Severity::Block));
            }
        }
        for fault in faults(content) {
            // A department that was not found is reported already, and is empty here.
            if !(is_unresolved && fault.pointer.ends_with("department")) {
                findings.push(check::finding(form, &fault, Severity::Block));
            }
        }
        let blocking: HashSet<(Option<u64>, &str)> =
            findings.iter().filter(|f| f.is_blocking()).map(|f| (f.row, f.code)).collect();
        let remarked: Vec<FormFault> = remarks(content)
            .iter()
            .map(|r| check::finding(form, r, Severity::Warn))
            .filter(|f| !blocking.contains(&(f.row, f.code)))
            .collect();
        findings.extend(remarked);
    }

    fn decide(
        &mut self,
        form: &FormPlan,
        content: PlanContent,
        before: Option<Plan>,
    ) -> std::result::Result<(ImportAction, Plan), Refused> {
        let (who, now) = (&self.terms.who, self.terms.now);
        let Some(id) = form.id else {
            if !who.may_write_for(content.lead()) {
                let (zh, en) = ("只能导入本部门牵头的计划", "only plans that your own department leads");
                return Err((3, "other_department", zh, en));
            }
            let due = self.terms.due(content.year);
            // The code is numbered when it is written.
            return Ok((
                ImportAction::Create,
                Plan::draft(String::new(), content, due, &who.caller.subject, now),
            ));
        };
        let is_seen =
            |p: &Plan| who.is_district_wide() || p.content.departments().contains(&who.caller.department);
        let Some(mut plan) = before.filter(is_seen) else {
            let (zh, en) = (
                "没有这一计划，或不在您的权限范围内；新计划请清空 _id、_version",
                "no such plan; clear _id and _version for a new one",
            );
            return Err((1, "unknown_plan", zh, en));
        };
        if !self.seen.insert(id) {
            return Err((
                1,
                "plan_repeated",
                "同一计划在文件中出现两次",
                "the plan occurs twice in the file",
            ));
        }
        if plan.content == content {
            return Ok((ImportAction::Unchanged, plan));
        }
        if form.version != Some(plan.version) {
            let (zh, en) = (
                "该计划在导出后已被修改，请重新导出后再改",
                "the plan was changed since the export; export again",
            );
            return Err((1, "changed_since_export", zh, en));
        }
        if plan.content.lead() != content.lead() || plan.content.year != content.year {
            let (zh, en) = (
                "不能通过导入更换牵头部门或年度",
                "an import changes neither the lead department nor the year",
            );
            return Err((3, "lead_department_changed", zh, en));
        }
        if editable(plan.state).is_err() {
            let (zh, en) =
                ("该计划不在草稿或调整状态，不能修改", "the plan is neither a draft nor being adjusted");
            return Err((1, "state_forbids_change", zh, en));
        }
        if !may_edit(who, &plan) {
            let (zh, en) = ("只能修改本部门牵头的计划", "only plans that your own department leads");
            return Err((3, "other_department", zh, en));
        }
        plan.content = content;
        plan.content.parts.iter_mut().for_each(Part::ask_again);
        plan.version += 1;
        plan.updated_at = now;
        Ok((ImportAction::Update, plan))
    }
}

/// Plans that the rules are asked about in one import at most.
const MOST_LINTED: usize = 200;

/// What would block each complete plan at its check by the rules (DRW-05, DRW-06, FRQ-01 to FRQ-04 and the others).
async fn rules_say(kit: &Kit, outlook: &Outlook, parsed: &Parsed) -> Result<Vec<FormFault>> {
    let mut out = Vec::new();
    let is_new = |p: &Planned| matches!(p.line.action, ImportAction::Create | ImportAction::Update);
    let fresh = outlook.plans.iter().zip(&parsed.plans).filter(|(p, _)| is_new(p));
    for (n, (planned, form)) in fresh.enumerate() {
        let Some(plan) = planned.plan.as_ref().filter(|p| missing(&p.content).is_empty()) else { continue };
        let place = (form.place.sheet.as_deref(), planned.line.row, 2);
        if n >= MOST_LINTED {
            let (zh, en) = (
                "此行起未按规则检查，导入后逐项检查",
                "not checked by the rules from here on; check them one by one after the import",
            );
            out.push(FormFault::at(place, Severity::Warn, "rules_not_checked", zh, en));
            break;
        }
        for rule in plan_verdicts(kit, plan).await?.blocking() {
            let (zh, en) = (format!("{} {}", rule.rule_id, rule.zh), format!("{} {}", rule.rule_id, rule.en));
            out.push(FormFault::at(place, Severity::Warn, "rule_blocks", &zh, &en).value(&form.name));
        }
    }
    Ok(out)
}

/// Remarks on new plans that have the name of one that is there already.
async fn remark_similar(c: &mut AnyConn<'_>, plans: &[Planned], faults: &mut Vec<FormFault>) -> Result<()> {
    let fresh = || {
        let all = plans.iter().filter(|p| p.line.action == ImportAction::Create);
        all.filter_map(|p| p.plan.as_ref().map(|plan| (p.line.row, &plan.content)))
    };
    let years: HashSet<i16> = fresh().map(|(_, content)| content.year).collect();
    let mut there: HashSet<(i16, String, String)> = HashSet::new();
    for year in years {
        let names = store::plan_names(c, year).await?;
        there.extend(names.into_iter().map(|(lead, name)| (year, lead, name)));
    }
    for (row, content) in fresh() {
        if !there.insert((content.year, content.lead().to_string(), content.name.clone())) {
            let (zh, en) = (
                "已有相同年度、牵头部门和名称的计划，可能重复",
                "a plan of the same year, department and name is there already",
            );
            let fault = FormFault::at((None, row, 2), Severity::Warn, "possible_duplicate", zh, en);
            faults.push(fault.value(&content.name));
        }
    }
    Ok(())
}

/// Plans of one export at most.
const MOST: usize = 20_000;
/// Plans read at once.
const STEP: i64 = 500;

/// Exports the plans of a year.
///
/// # Errors
/// 422 `export_too_large`; 503.
pub async fn plan_export(ctx: &Ctx, query: PlanExportQuery) -> Result<Reply> {
    let PlanExportQuery { format, year, state, lead_department } = query;
    let year = year.unwrap_or_else(|| today(ctx).year());
    let who = Who::of(ctx)?;
    let facts = Facts::of(&ctx.kit, today(ctx)).await?;
    let states = match state {
        Some(state) => vec![state],
        None => PlanState::ALL.iter().copied().filter(|s| *s != PlanState::Cancelled).collect(),
    };
    let filter = PlanFilter { year: Some(year), states, lead_department, ..PlanFilter::default() };
    let name = |code: &str| facts.organ(code).map_or_else(|| code.to_string(), |o| o.short_name.clone());
    let plans = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let mut out: Vec<FormPlan> = Vec::new();
            let mut after: Option<Uuid> = None;
            loop {
                let rows = store::plan_list(c, &who.scope, &filter, after, STEP).await?;
                let is_last = (rows.len() as i64) < STEP;
                after = rows.last().map(|(p, _)| p.id).or(after);
                out.extend(rows.into_iter().map(|(plan, sight)| row(&plan, sight, &name)));
                if out.len() > MOST {
                    let (zh, en) =
                        ("计划过多，请分部门导出", "Too many plans for one export; export by department");
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
        FileFormat::Xlsx => attachment2::write(year, announced_day(year), &plans),
        FileFormat::Csv => attachment2::write_csv(&plans),
        FileFormat::Ndjson => attachment2::write_ndjson(year, &plans),
    });
    let bytes = written
        .await
        .map_err(|e| Error::internal(e.to_string()))?
        .map_err(|e| Error::internal(e.to_string()))?;
    Ok(file(bytes, format.as_str(), "attachment-2"))
}

fn row(plan: &Plan, sight: Sight, name: &dyn Fn(&str) -> String) -> FormPlan {
    let form = check::form_plan(&plan.content, name);
    match sight {
        Sight::Party => FormPlan { id: Some(plan.id), version: Some(plan.version), ..form },
        // Others' plans are to be read, not to be changed.
        Sight::Public => form,
    }
}
