//! From the texts of a plan's rows in Attachment 2 to a content, and back (`domain.md` §7).
//!
//! Needs a resolver for names of departments; decides nothing about who may import, and links nothing to the catalog's items:
//! that is the app's. Faults and remarks carry the cell they are about. Called by the import and the export.

use super::attachment2::{Extra, FormPlan, FormRow};
use super::attachment2_read::department_name;
use crate::domain::plan::{Part, PlanContent, PlanFault, SubjectFilter};
use domain::vocabulary::{InspectionMethod, ItemCategory, PlanKind, PlanRole, SubjectKind};
use table_kit::Severity;
use table_kit::form::FormFault;

/// Characters of a name, a department, a quantity, a period at most.
const MAX_SHORT: usize = 200;
/// Characters of an item or of the subjects at most.
const MAX_TEXT: usize = 2000;

/// A department found by a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its code.
    pub code: String,
    /// The short name that an export writes.
    pub short_name: String,
}

/// The department of a name, or nothing.
pub type Resolve<'a> = &'a dyn Fn(&str) -> Option<Found>;

/// Content of a plan's rows with the findings of its cells. `before` gives what the file does not say.
///
/// A department that no organ has is empty in the content and a finding.
#[must_use]
pub fn content(
    form: &FormPlan,
    year: i16,
    resolve: Resolve<'_>,
    before: Option<&PlanContent>,
) -> (PlanContent, Vec<FormFault>) {
    let mut findings = Vec::new();
    lengths(form, &mut findings);
    let parts =
        form.rows.iter().enumerate().map(|(i, row)| part(form, i, row, resolve, before, &mut findings));
    let parts: Vec<Part> = parts.collect();
    let Extra { kind, category, method, subject_kinds } = form.extra.clone();
    let said = |text: &str| Some(text.to_string()).filter(|t| !t.is_empty());
    let read =
        || SubjectFilter { kinds: SubjectKind::find_in(&form.subject_desc), ..SubjectFilter::default() };
    let mut filter = match before {
        Some(b) if b.subject_desc == form.subject_desc || subject_kinds.is_some() => b.filter.clone(),
        _ => read(),
    };
    if let Some(kinds) = subject_kinds {
        filter.kinds = kinds;
    }
    let mut content = PlanContent {
        year,
        name: form.name.clone(),
        kind: kind.or(before.map(|b| b.kind)).unwrap_or(PlanKind::Routine),
        category: category.or(before.map(|b| b.category)).unwrap_or(ItemCategory::Key),
        method: method.or(before.map(|b| b.method)).unwrap_or(InspectionMethod::DoubleRandom),
        region_code: before.map(|b| b.region_code.clone()).unwrap_or_default(),
        subject_desc: form.subject_desc.clone(),
        filter,
        quantity_text: said(&form.quantity),
        period_text: said(&form.period),
        period: None,
        parts,
        strata: before.map(|b| b.strata.clone()).unwrap_or_default(),
        campaign_approval: before.and_then(|b| b.campaign_approval.clone()),
        // The form has no cells for reasons: what was said stays.
        reasons: before.map(|b| b.reasons.clone()).unwrap_or_default(),
        note: before.and_then(|b| b.note.clone()),
    };
    match before {
        // A period that was given as days stays, as long as the words are the same.
        Some(b) if b.period_text == content.period_text => content.period = b.period,
        _ => content.read_period(),
    }
    (content, findings)
}

fn part(
    form: &FormPlan,
    index: usize,
    row: &FormRow,
    resolve: Resolve<'_>,
    before: Option<&PlanContent>,
    findings: &mut Vec<FormFault>,
) -> Part {
    let FormRow { department, item, subject_desc, quantity, period } = row.clone();
    let role = if index == 0 { PlanRole::Lead } else { PlanRole::Cooperating };
    let name = department_name(&department);
    let found = if name.is_empty() { None } else { resolve(name) };
    let code = found.as_ref().map(|f| f.code.clone()).unwrap_or_default();
    let mut block = |code: &'static str, zh: &str, en: &str| {
        let (line, column) = cell(form, &format!("{}/department", crate::domain::plan::part_pointer(index)));
        let place = (form.place.sheet.as_deref(), line, column);
        findings.push(FormFault::at(place, Severity::Block, code, zh, en).value(&department));
    };
    if name.is_empty() {
        block("missing_value", "监管部门不能为空", "the department must be named");
    } else if found.is_none() {
        let (zh, en) =
            ("机构名录中没有此单位，请填写全称或登记简称", "no organ of this name in the registry");
        block("unknown_department", zh, en);
    }
    // A code is a spelling for machines; a form shows the short name.
    let is_own = found.as_ref().is_some_and(|f| department != f.short_name && department != f.code);
    let earlier = before.and_then(|b| b.parts.iter().find(|p| p.department == code));
    let part = Part {
        department_text: is_own.then_some(department),
        subject_desc,
        quantity_text: quantity,
        period_text: period,
        ..Part::new(role, code, item)
    };
    match earlier {
        // The same words keep their link and their signature: an export that comes in again changes nothing.
        Some(e) if e.item_text == part.item_text && e.role == role => Part {
            item: e.item,
            signature: e.signature,
            signed_by: e.signed_by.clone(),
            signed_at: e.signed_at,
            signature_note: e.signature_note.clone(),
            ..part
        },
        _ => part,
    }
}

fn lengths(form: &FormPlan, findings: &mut Vec<FormFault>) {
    let mut check = |pointer: String, text: &str, most: usize| {
        if text.chars().count() > most {
            let (line, column) = cell(form, &pointer);
            let place = (form.place.sheet.as_deref(), line, column);
            let (zh, en) = (format!("超过{most}字"), format!("longer than {most} characters"));
            findings.push(FormFault::at(place, Severity::Block, "too_long", &zh, &en).value(text));
        }
    };
    check("/name".into(), &form.name, MAX_SHORT);
    check("/subject_desc".into(), &form.subject_desc, MAX_TEXT);
    check("/quantity_text".into(), &form.quantity, 500);
    check("/period_text".into(), &form.period, MAX_SHORT);
    for (i, row) in form.rows.iter().enumerate() {
        let at = crate::domain::plan::part_pointer(i);
        check(format!("{at}/department"), &row.department, MAX_SHORT);
        check(format!("{at}/item_text"), &row.item, MAX_TEXT);
        check(format!("{at}/subject_desc"), row.subject_desc.as_deref().unwrap_or_default(), MAX_TEXT);
        check(format!("{at}/quantity_text"), row.quantity.as_deref().unwrap_or_default(), 500);
        check(format!("{at}/period_text"), row.period.as_deref().unwrap_or_default(), MAX_SHORT);
    }
}

/// Row and column of a pointer into the content.
#[must_use]
pub fn cell(form: &FormPlan, pointer: &str) -> (u64, u32) {
    let line = |i: usize| form.place.rows.get(i).or(form.place.rows.first()).copied().unwrap_or(1);
    let mut parts = pointer.trim_start_matches('/').split('/');
    let (row, member) = match parts.next() {
        Some("lead") => (0, parts.next()),
        Some("cooperating") => {
            (parts.next().and_then(|i| i.parse::<usize>().ok()).map_or(0, |i| i + 1), parts.next())
        }
        first => (0, first),
    };
    let column = match member {
        Some("name") => 2,
        Some("item_text" | "item_id") => 4,
        Some("subject_desc" | "subject_filter") => 5,
        Some("quantity_text") => 6,
        Some("period_text" | "period") => 7,
        Some("year") => 1,
        _ => 3,
    };
    (line(row), column)
}

/// A fault or remark of a content at its cell.
#[must_use]
pub fn finding(form: &FormPlan, fault: &PlanFault, severity: Severity) -> FormFault {
    let (line, column) = cell(form, &fault.pointer);
    let place = (form.place.sheet.as_deref(), line, column);
    let text = match column {
        2 => form.name.as_str(),
        5 => form.subject_desc.as_str(),
        6 => form.quantity.as_str(),
        7 => form.period.as_str(),
        _ => "",
    };
    FormFault::at(place, severity, fault.code, &fault.zh, &fault.en).value(text)
}

/// The rows of a plan, with the name by which each department is written.
#[must_use]
pub fn form_plan(content: &PlanContent, name: &dyn Fn(&str) -> String) -> FormPlan {
    let rows = content.parts.iter().map(|part| FormRow {
        department: part.department_text.clone().unwrap_or_else(|| name(&part.department)),
        item: part.item_text.clone(),
        subject_desc: part.subject_desc.clone(),
        quantity: part.quantity_text.clone(),
        period: part.period_text.clone(),
    });
    FormPlan {
        name: content.name.clone(),
        subject_desc: content.subject_desc.clone(),
        quantity: content.quantity_text.clone().unwrap_or_default(),
        period: content.period_text.clone().unwrap_or_default(),
        rows: rows.collect(),
        extra: Extra {
            kind: Some(content.kind),
            category: Some(content.category),
            method: Some(content.method),
            subject_kinds: Some(content.filter.kinds.clone()),
        },
        ..FormPlan::default()
    }
}
