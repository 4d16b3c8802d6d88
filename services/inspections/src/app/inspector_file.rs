//! Use cases: import and export of the inspector registry by the template of the real systems (执法人员名录库).
//!
//! A row is known by its citizen id, its certificate's number, or its number within the organ; two of them that lead to
//! different people block it. A blank cell keeps what is stored, a masked one stands for it, so that an export comes in again
//! and changes nothing. It looks first and writes all or nothing, or row by row when asked; an import suspends nobody's
//! suspension. No personal data goes into the report.

use super::inspector::{Persons, add_certificate, blank, certificate_row, create, refresh, tell, write};
use super::{Grounds, Step, Who, other_department, outside, step_add};
use crate::api::inspector::CertificateCreate;
use crate::api::inspector_file::{ImportMode, InspectorExportQuery, InspectorImportQuery, RegistryFormat};
use crate::config::Config;
use crate::domain::inspector::{InspectorContent, InspectorState, standing};
use crate::domain::inspector_file::{RowCertificate, RowContent, column, read_row};
use crate::forms::inspectors::{self as form, COLUMNS, InspectorLine, SHEET};
use crate::store::inspector::{self as store, CertificateRow, InspectorFilter, InspectorRow, TagRow};
use crate::store::word;
use domain::mask;
use domain::text::normalise;
use jiff::civil::Date;
use service_kit::clock::china_date;
use service_kit::lang::Lang;
use service_kit::report::{
    ImportAction, ImportLineView, ImportReport, XLSX, blocked, file, raced, refused_file,
};
use service_kit::{Ctx, Error, Fault, Kind, Reply, Result, Tx};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use store_kit::AnyConn;
use store_kit::types::{Day, Uid};
use table_kit::Severity;
use table_kit::form::FormFault;
use uuid::Uuid;

/// Inspectors of one export at most.
const MOST: usize = 50_000;

/// What one row comes to.
struct Planned {
    action: ImportAction,
    id: Uuid,
    /// The row as it is stored, with what was written in it; none for somebody new.
    before: Option<(InspectorRow, InspectorContent)>,
    content: InspectorContent,
    certificate: Option<CertificatePlan>,
    state: Option<InspectorState>,
}

/// What happens to a row's certificate.
enum CertificatePlan {
    Add(CertificateCreate),
    Correct(Uid, String, (Date, Date)),
}

/// Imports a registry.
pub async fn inspector_import(
    ctx: &Ctx,
    config: &Config,
    query: InspectorImportQuery,
    (media, bytes): (String, Vec<u8>),
) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let InspectorImportQuery { format, organ_code, dry_run, mode } = query;
    let (dry_run, mode) = (dry_run.unwrap_or(true), mode.unwrap_or(ImportMode::Atomic));
    let told = if media == XLSX { RegistryFormat::Xlsx } else { RegistryFormat::Csv };
    if format.is_some_and(|f| f != told) {
        let (zh, en) = ("与内容类型不符", "does not agree with the content type");
        return Err(Error::malformed(
            "bad_parameter",
            vec![Fault::new("?format", "format_mismatch", zh, en)],
        ));
    }
    let organ_code = organ_code.unwrap_or_else(|| who.caller.department.clone());
    if !who.may_write_for(&organ_code) {
        return Err(other_department());
    }
    let organ = outside::organ_parameter(&ctx.kit, &organ_code).await?;
    let parsed = actix_web::web::block(move || match told {
        RegistryFormat::Xlsx => form::read_xlsx(&bytes),
        RegistryFormat::Csv => form::read_csv(&bytes),
    });
    let (lines, found) = match parsed.await.map_err(|e| Error::internal(e.to_string()))? {
        Ok(parsed) => parsed,
        Err(faults) => return refused_file(ctx, dry_run, &faults),
    };
    if lines.len() > config.max_import_inspectors {
        let most = config.max_import_inspectors;
        return Err(Error::new(
            Kind::TooLarge,
            "import_too_large",
            format!("单次导入不得超过 {most} 人，请分次导入"),
            format!("at most {most} inspectors in one import"),
        ));
    }
    let import = Import {
        organ_code,
        organ_region: organ.region_code,
        persons: Persons(Arc::clone(&ctx.kit.crypto)),
        lines,
        found,
        lang: ctx.lang(),
        dry_run,
    };
    let today = ctx.kit.clock.today();
    let first = ctx.kit.store.read::<_, Error, _>(async |c| Ok(import.plan(c, today).await?.report)).await?;
    if dry_run {
        return Ok(Reply::ok(&first)?.header("cache-control", "no-store"));
    }
    if first.blocked > 0 && mode == ImportMode::Atomic {
        return blocked(ctx, first);
    }
    ctx.change(async move |tx| {
        // Planned again: somebody may have changed an inspector since.
        let today = china_date(tx.now());
        let plan = import.plan(tx.conn(), today).await?;
        if plan.report.blocked > 0 && mode == ImportMode::Atomic {
            return Err(raced());
        }
        for planned in plan.rows.into_iter().flatten() {
            import.put(tx, planned).await?;
        }
        let mut report = plan.report;
        report.written = true;
        let detail = serde_json::json!({"organ_code": import.organ_code, "accepted": report.accepted,
            "blocked": report.blocked, "mode": mode.as_str()});
        let id = Uuid::now_v7();
        tx.audit("inspector_import", id, detail.clone());
        tx.event("inspector_import.finished", id, std::slice::from_ref(&import.organ_code), "", &detail)?;
        Ok(Reply::ok(&report)?.header("cache-control", "no-store"))
    })
    .await
}

struct Import {
    organ_code: String,
    organ_region: String,
    persons: Persons,
    lines: Vec<InspectorLine>,
    found: Vec<FormFault>,
    lang: Lang,
    dry_run: bool,
}

struct Plan {
    rows: Vec<Option<Planned>>,
    report: ImportReport,
}

/// Who the rows of a file may be about.
struct Known {
    rows: HashMap<Uid, InspectorRow>,
    by_id_number: HashMap<String, Uid>,
    by_certificate: HashMap<String, Uid>,
    by_staff_no: HashMap<String, Uid>,
    certificates: HashMap<Uid, Vec<CertificateRow>>,
    tags: Vec<TagRow>,
}

impl Import {
    async fn plan(&self, c: &mut AnyConn<'_>, today: Date) -> Result<Plan> {
        let read: Vec<(Option<RowContent>, Vec<FormFault>)> =
            self.lines.iter().map(|l| read_row(l, &self.organ_code, &self.organ_region)).collect();
        let known = self.known(c, &read).await?;
        let mut seen = HashSet::new();
        let mut faults = self.found.clone();
        let mut rows = Vec::with_capacity(read.len());
        for (line, (content, found)) in self.lines.iter().zip(read) {
            let mut own = found;
            let planned = match content {
                Some(content) => self.row(line, content, &known, &mut seen, &mut own, today)?,
                None => None,
            };
            let is_blocked = own.iter().any(FormFault::is_blocking);
            faults.append(&mut own);
            rows.push(planned.filter(|_| !is_blocked));
        }
        let items = self.lines.iter().zip(&rows).map(|(line, planned)| ImportLineView {
            row: line.row,
            action: planned.as_ref().map_or(ImportAction::Blocked, |p| p.action),
            id: planned.as_ref().map(|p| p.id),
            department: Some(self.organ_code.clone()),
            title: line.cells[column::CERTIFICATE].chars().take(100).collect(),
            cooperating: 0,
        });
        let report = ImportReport::of(self.dry_run, items.collect(), &faults, self.lang);
        Ok(Plan { rows, report })
    }

    async fn known(
        &self,
        c: &mut AnyConn<'_>,
        read: &[(Option<RowContent>, Vec<FormFault>)],
    ) -> Result<Known> {
        let contents = || read.iter().filter_map(|(content, _)| content.as_ref());
        let ids = contents().filter_map(|r| r.content.id_number.as_ref()).map(|n| self.persons.id_lookup(n));
        // Such a row is blocked already, and PostgreSQL takes no NUL.
        let is_askable = |text: &String| !text.contains('\0');
        let numbers =
            contents().filter_map(|r| r.certificate.as_ref()).map(|c| c.number.clone()).filter(is_askable);
        let staff = contents().filter_map(|r| r.content.staff_no.clone()).filter(is_askable);
        let mut found = store::inspectors_known(c, ids.collect(), numbers.collect()).await?;
        found.append(&mut store::inspectors_by_staff_no(c, &self.organ_code, staff.collect()).await?);
        let rows: HashMap<Uid, InspectorRow> = found.into_iter().map(|r| (r.id, r)).collect();
        let all: Vec<Uid> = rows.keys().copied().collect();
        let mut certificates: HashMap<Uid, Vec<CertificateRow>> = HashMap::new();
        for certificate in store::certificates_of(c, &all).await? {
            certificates.entry(certificate.inspector_id).or_default().push(certificate);
        }
        let by = |key: &dyn Fn(&InspectorRow) -> Option<String>| {
            rows.values().filter_map(|r| Some((key(r)?, r.id))).collect::<HashMap<_, _>>()
        };
        Ok(Known {
            by_id_number: by(&|r| r.id_number_lookup.clone()),
            by_staff_no: by(&|r| r.staff_no.clone().filter(|_| r.organ_code == self.organ_code)),
            by_certificate: certificates
                .values()
                .flatten()
                .map(|c| (c.number.clone(), c.inspector_id))
                .collect(),
            tags: store::tags_of(c, &all).await?,
            certificates,
            rows,
        })
    }

    /// The one inspector that a row is about, if it is one.
    fn whom(&self, row: &RowContent, known: &Known) -> std::result::Result<Option<Uid>, ()> {
        let id_number = row.content.id_number.as_ref().map(|n| self.persons.id_lookup(n));
        let hits = [
            id_number.and_then(|k| known.by_id_number.get(&k)),
            row.certificate.as_ref().and_then(|c| known.by_certificate.get(&c.number)),
            row.content.staff_no.as_ref().and_then(|k| known.by_staff_no.get(k)),
        ];
        let mut hits = hits.into_iter().flatten();
        let first = hits.next().copied();
        if hits.any(|h| Some(*h) != first) { Err(()) } else { Ok(first) }
    }

    fn row(
        &self,
        line: &InspectorLine,
        row: RowContent,
        known: &Known,
        seen: &mut HashSet<String>,
        faults: &mut Vec<FormFault>,
        today: Date,
    ) -> Result<Option<Planned>> {
        let mut fault = |column: usize, severity: Severity, code: &'static str, zh: &str, en: &str| {
            let place = (line.sheet.then_some(SHEET), line.row, u32::try_from(column).unwrap_or(0) + 1);
            faults.push(FormFault::at(place, severity, code, zh, en));
        };
        let keys = [
            row.content
                .id_number
                .as_ref()
                .map(|n| (column::ID_NUMBER, format!("i{}", self.persons.id_lookup(n)))),
            row.certificate.as_ref().map(|c| (column::CERTIFICATE, format!("c{}", c.number))),
            row.content.staff_no.as_ref().map(|s| (column::STAFF_NO, format!("s{s}"))),
        ];
        for (column, key) in keys.into_iter().flatten() {
            if !seen.insert(key) {
                fault(column, Severity::Block, "row_repeated", "与前面的行重复", "occurs in an earlier row");
            }
        }
        let Ok(whom) = self.whom(&row, known) else {
            let (zh, en) = (
                "身份证号、执法证号、单位工号指向不同人员",
                "citizen id, certificate and staff number lead to different people",
            );
            fault(column::CERTIFICATE, Severity::Block, "identity_conflict", zh, en);
            return Ok(None);
        };
        let before = match whom.and_then(|id| known.rows.get(&id)) {
            Some(old) if old.organ_code != self.organ_code => {
                let (zh, en) = ("该人员登记在其他单位", "registered with another organ");
                fault(column::CERTIFICATE, Severity::Block, "other_department", zh, en);
                return Ok(None);
            }
            Some(old) => Some((old.clone(), self.persons.content(old, &known.tags)?)),
            None => None,
        };
        let RowContent { content, masked, masked_name, state, certificate } = row;
        let (masked_id, masked_mobile) = masked;
        let old = before.as_ref().map(|(_, content)| content);
        let checks = [
            (column::NAME, &masked_name, old.map(|o| mask::person_name(&o.name))),
            (column::ID_NUMBER, &masked_id, old.and_then(|o| o.id_number.as_ref().map(|n| n.masked()))),
            (column::MOBILE, &masked_mobile, old.and_then(|o| o.mobile.as_ref().map(|m| m.masked()))),
        ];
        for (column, given, stored) in checks {
            if given.is_some() && *given != stored {
                let (zh, en) = ("脱敏内容不能导入，请填写完整", "a masked text cannot be imported");
                fault(column, Severity::Block, "masked_number", zh, en);
            }
        }
        let is_masked_name = masked_name.is_some();
        let content = match old {
            Some(old) => merged(old, content, is_masked_name),
            None => content,
        };
        let held = whom.and_then(|id| known.certificates.get(&id)).map(Vec::as_slice).unwrap_or_default();
        let certificate = certificate.and_then(|c| certificate_plan(c, held, content.post_since, today));
        let stored: Option<InspectorState> = before.as_ref().map(|(row, _)| word(&row.state)).transpose()?;
        let state = match (stored, state) {
            (Some(stored), Some(wanted)) if stored != wanted => {
                if wanted == InspectorState::Registered || stored == InspectorState::Left {
                    let (zh, en) =
                        ("状态未改变，恢复须单独办理", "the state stays: reinstating is a step of its own");
                    fault(column::STATE, Severity::Warn, "state_kept", zh, en);
                    None
                } else {
                    Some(wanted)
                }
            }
            (Some(_), _) => None,
            (None, wanted) => wanted.filter(|s| *s != InspectorState::Registered),
        };
        let action = match old {
            None => ImportAction::Create,
            Some(old) if *old == content && certificate.is_none() && state.is_none() => {
                ImportAction::Unchanged
            }
            Some(_) => ImportAction::Update,
        };
        let id = whom.map_or_else(Uuid::now_v7, |id| id.0);
        Ok(Some(Planned { action, id, before, content, certificate, state }))
    }

    async fn put(&self, tx: &mut Tx<'_, '_>, planned: Planned) -> Result<()> {
        let Planned { action, id, before, content, certificate, state } = planned;
        if action == ImportAction::Unchanged {
            return Ok(());
        }
        let by = tx.actor().subject.clone();
        let is_new = before.is_none();
        let mut row = match &before {
            Some((row, _)) => row.clone(),
            None => InspectorRow { id: Uid(id), transitions: 1, ..blank(&by, tx.now()) },
        };
        let tags = self.persons.fill(&mut row, &content, before.as_ref().map(|(_, c)| c))?;
        let from = row.state.clone();
        if let Some(state) = state {
            row.state = state.to_string();
            row.state_reason = Some("名录库导入".to_string());
        }
        if is_new {
            create(tx, &row, &tags).await?;
        }
        match certificate {
            Some(CertificatePlan::Add(new)) => {
                add_certificate(tx, &certificate_row(row.id, new, &by, tx.now())).await?;
            }
            Some(CertificatePlan::Correct(id, issuer, span)) => {
                store::certificate_correct(tx.conn(), id, &issuer, span).await?;
            }
            None => {}
        }
        refresh(tx, &mut row).await?;
        if !is_new && state.is_some() {
            row.transitions += 1;
            let step = Step {
                aggregate: "inspector",
                id,
                number: row.transitions,
                from: &from,
                verb: "import",
                to: &row.state,
                role: None,
                grounds: Grounds::default(),
                more: serde_json::Value::Null,
                rule_ids: Vec::new(),
                rule_pack: None,
                due: None,
            };
            step_add(tx, step).await?;
        }
        if !is_new {
            store::tags_put(tx.conn(), row.id, &tags).await?;
        }
        write(tx, &mut row).await?;
        tell(tx, if is_new { "created" } else { "updated" }, &row)
    }
}

/// What is stored, with what the row says put over it; blank cells keep what is stored.
fn merged(old: &InspectorContent, new: InspectorContent, is_masked_name: bool) -> InspectorContent {
    let list =
        |new: Vec<String>, old: &[String]| if new.is_empty() { old.to_vec() } else { sorted_like(new, old) };
    InspectorContent {
        organ_code: old.organ_code.clone(),
        region_code: new.region_code,
        team_id: old.team_id,
        staff_no: new.staff_no.or_else(|| old.staff_no.clone()),
        name: if is_masked_name { old.name.clone() } else { new.name },
        id_number: new.id_number.or_else(|| old.id_number.clone()),
        mobile: new.mobile.or_else(|| old.mobile.clone()),
        sex: new.sex.or(old.sex),
        education: new.education.or_else(|| old.education.clone()),
        major: new.major.or_else(|| old.major.clone()),
        post_category: new.post_category.or_else(|| old.post_category.clone()),
        post_since: new.post_since.or(old.post_since),
        level: new.level.or(old.level),
        position: new.position.or_else(|| old.position.clone()),
        position_title: new.position_title.or_else(|| old.position_title.clone()),
        unit: new.unit.or_else(|| old.unit.clone()),
        is_leader: old.is_leader || new.is_leader,
        duties: list(new.duties, &old.duties),
        qualifications: list(new.qualifications, &old.qualifications),
        specialties: list(new.specialties, &old.specialties),
        note: old.note.clone(),
    }
}

/// The new list, or the old one when they hold the same: tags come back sorted from the table.
fn sorted_like(new: Vec<String>, old: &[String]) -> Vec<String> {
    let (mut a, mut b) = (new.clone(), old.to_vec());
    a.sort();
    b.sort();
    if a == b { old.to_vec() } else { new }
}

fn certificate_plan(
    row: RowCertificate,
    held: &[CertificateRow],
    post_since: Option<Date>,
    today: Date,
) -> Option<CertificatePlan> {
    let RowCertificate { kind, number, issuer, valid_from, valid_to } = row;
    let number = normalise(&number);
    match held.iter().find(|c| c.number == number) {
        Some(old) => {
            let from = valid_from.unwrap_or(old.valid_from.0);
            let is_same =
                old.issuer == issuer && old.valid_from == Day(from) && old.valid_to == Day(valid_to);
            (!is_same).then_some(CertificatePlan::Correct(old.id, issuer, (from, valid_to)))
        }
        None => {
            let from = valid_from.or(post_since).unwrap_or(today).min(valid_to);
            Some(CertificatePlan::Add(CertificateCreate { kind, number, issuer, valid_from: from, valid_to }))
        }
    }
}

/// Exports the registry by the template, personal data masked: it comes in again and changes nothing.
pub async fn inspector_export(ctx: &Ctx, query: InspectorExportQuery) -> Result<Reply> {
    let InspectorExportQuery { format, organ_code } = query;
    let format = format.unwrap_or(RegistryFormat::Xlsx);
    let (scope, persons) = (ctx.scope(), Persons(Arc::clone(&ctx.kit.crypto)));
    let filter = InspectorFilter { organ_code, ..InspectorFilter::default() };
    let (rows, certificates, tags) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let mut rows: Vec<InspectorRow> = Vec::new();
            loop {
                let after = rows.last().map(|r| r.id.0);
                let mut page = store::inspector_list(c, &scope, &filter, after, 500).await?;
                let is_last = page.len() < 500;
                rows.append(&mut page);
                if is_last || rows.len() > MOST {
                    break;
                }
            }
            let ids: Vec<Uid> = rows.iter().map(|r| r.id).collect();
            Ok((rows, store::certificates_of(c, &ids).await?, store::tags_of(c, &ids).await?))
        })
        .await?;
    if rows.len() > MOST {
        let (zh, en) = ("人员过多，请分单位导出", "Too many inspectors for one export; export by organ");
        return Err(Error::new(Kind::Invalid, "export_too_large", zh, en));
    }
    let today = ctx.kit.clock.today();
    let mut held: HashMap<Uid, Vec<CertificateRow>> = HashMap::new();
    for certificate in certificates {
        held.entry(certificate.inspector_id).or_default().push(certificate);
    }
    let mut tagged: HashMap<Uid, Vec<TagRow>> = HashMap::new();
    for tag in tags {
        tagged.entry(tag.inspector_id).or_default().push(tag);
    }
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        let own = held.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        let content = persons.content(row, tagged.get(&row.id).map(Vec::as_slice).unwrap_or_default())?;
        lines.push(exported(row, content, own, today)?);
    }
    let written = actix_web::web::block(move || match format {
        RegistryFormat::Xlsx => form::write_xlsx(&lines),
        RegistryFormat::Csv => form::write_csv(&lines),
    });
    let bytes = written
        .await
        .map_err(|e| Error::internal(e.to_string()))?
        .map_err(|e| Error::internal(e.to_string()))?;
    Ok(file(bytes, format.as_str(), "inspectors"))
}

fn exported(
    row: &InspectorRow,
    content: InspectorContent,
    held: &[CertificateRow],
    today: Date,
) -> Result<InspectorLine> {
    let InspectorContent {
        organ_code: _,
        region_code,
        team_id: _,
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
        is_leader: _,
        duties,
        qualifications,
        specialties,
        note: _,
    } = content;
    let stored: InspectorState = word(&row.state)?;
    let spans = super::inspector::spans(held);
    let (state, _) = standing(stored, &spans, row.trained_until.map(|d| d.0), today);
    // What expires by itself is no state of the file: it would come back as a suspension by hand.
    let state = if stored == InspectorState::Registered { "在岗" } else { state.label_zh() };
    let certificate = held
        .iter()
        .find(|c| store::counts(c, today))
        .or_else(|| held.iter().find(|c| c.kind == "enforcement"));
    let text = |t: Option<String>| t.unwrap_or_default();
    let cells: [String; COLUMNS.len()] = [
        text(staff_no),
        mask::person_name(&name),
        text(sex.map(|s| s.label_zh().to_string())),
        text(id_number.map(|n| n.masked())),
        text(mobile.map(|m| m.masked())),
        text(education),
        text(major),
        text(post_category),
        text(post_since.map(|d| d.to_string())),
        qualifications.join("、"),
        duties.join("、"),
        region_code,
        text(level.map(|l| l.label_zh().to_string())),
        text(position),
        text(position_title),
        text(unit),
        specialties.join("、"),
        text(certificate.map(|c| c.number.clone())),
        text(certificate.map(|c| format!("{}至{}", c.valid_from.0, c.valid_to.0))),
        text(certificate.map(|c| c.issuer.clone())),
        state.to_string(),
    ];
    Ok(InspectorLine { cells, row: 0, sheet: false })
}
