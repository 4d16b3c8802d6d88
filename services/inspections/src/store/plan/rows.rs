//! Rows of plans, parts, strata and reasons, and what becomes of them: domain values in, domain values out.
//!
//! Every conversion names each column, so a new one is a compile error until somebody decides. Called by [`super`] only.

use super::super::schema::{plan, plan_part, plan_reason, plan_stratum};
use super::super::{document, json, word};
use crate::domain::plan::{DrawException, ItemLink, Part, Plan, PlanContent, PlanReasons, Stratum};
use crate::domain::step::TermEnd;
use domain::parse::period::Period;
use store_kit::prelude::*;
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = plan, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct PlanRow {
    pub(super) id: Uid,
    code: String,
    year: i64,
    name: String,
    kind: String,
    lead_department: String,
    region_code: String,
    state: String,
    category: String,
    method: String,
    subject_desc: String,
    subject_filter: Json,
    quantity_text: Option<String>,
    quantity: Option<Json>,
    period_text: Option<String>,
    period_from: Option<Day>,
    period_to: Option<Day>,
    campaign_approval: Option<Json>,
    merged_into: Option<Uid>,
    submitted_at: Option<Stamp>,
    submitted_by: Option<String>,
    due_date: Option<Day>,
    due_at: Option<Stamp>,
    due_calendar: Option<String>,
    lint_certificate_id: Option<Uid>,
    transitions: i64,
    note: Option<String>,
    created_by: String,
    version: i64,
    created_at: Stamp,
    updated_at: Stamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = plan_part, treat_none_as_default_value = false)]
pub(super) struct PartRow {
    plan_id: Uid,
    position: i64,
    department: String,
    department_text: Option<String>,
    role: String,
    item_id: Option<Uid>,
    item_version: Option<i64>,
    item_number: Option<String>,
    item_text: String,
    subject_desc: Option<String>,
    quantity_text: Option<String>,
    quantity: Option<Json>,
    period_text: Option<String>,
    period_from: Option<Day>,
    period_to: Option<Day>,
    signature: String,
    signed_by: Option<String>,
    signed_at: Option<Stamp>,
    signature_note: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = plan_stratum, treat_none_as_default_value = false)]
pub(super) struct StratumRow {
    plan_id: Uid,
    position: i64,
    name: String,
    risk_class: Option<String>,
    filter: Option<Json>,
    ratio_per_ten_thousand: Option<i64>,
    quantity: Option<i64>,
    frequency_per_year: Option<i64>,
}

/// A reason of a plan: `on_site`, `separate` or `draw_exception`, which alone has a code.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = plan_reason, treat_none_as_default_value = false)]
pub(super) struct ReasonRow {
    pub(super) plan_id: Uid,
    kind: String,
    code: Option<String>,
    reason: String,
}

pub(super) fn reason_rows(p: &Plan) -> Vec<ReasonRow> {
    let PlanReasons { on_site, separate, draw_exception } = p.content.reasons.clone();
    let row =
        |kind: &str, code, reason| ReasonRow { plan_id: Uid(p.id), kind: kind.to_string(), code, reason };
    let mut out = Vec::new();
    out.extend(on_site.map(|text| row("on_site", None, text)));
    out.extend(separate.map(|text| row("separate", None, text)));
    out.extend(draw_exception.map(|e| row("draw_exception", Some(e.code), e.reason)));
    out
}

pub(super) fn reason_into(row: ReasonRow, reasons: &mut PlanReasons) -> StoreResult<()> {
    let ReasonRow { plan_id: _, kind, code, reason } = row;
    match (kind.as_str(), code) {
        ("on_site", None) => reasons.on_site = Some(reason),
        ("separate", None) => reasons.separate = Some(reason),
        ("draw_exception", Some(code)) => reasons.draw_exception = Some(DrawException { code, reason }),
        _ => return Err(StoreError::Bug(format!("{kind:?} is no reason of a plan"))),
    }
    Ok(())
}

pub(super) fn row_of(p: &Plan) -> StoreResult<PlanRow> {
    let Plan {
        id,
        code,
        content,
        state,
        merged_into,
        submitted_at,
        submitted_by,
        due,
        lint_certificate_id,
        transitions,
        created_by,
        version,
        created_at,
        updated_at,
    } = p.clone();
    let lead_department = content.lead().to_string();
    let parsed = content.quantity();
    let PlanContent {
        year,
        name,
        kind,
        category,
        method,
        region_code,
        subject_desc,
        filter,
        quantity_text,
        period_text,
        period,
        parts: _,
        strata: _,
        campaign_approval,
        reasons: _,
        note,
    } = content;
    Ok(PlanRow {
        id: Uid(id),
        code,
        year: i64::from(year),
        name,
        kind: kind.to_string(),
        lead_department,
        region_code,
        state: state.to_string(),
        category: category.to_string(),
        method: method.to_string(),
        subject_desc,
        subject_filter: json(&filter)?,
        quantity: quantity_text.is_some().then(|| json(&parsed.quantity)).transpose()?,
        quantity_text,
        period_text,
        period_from: period.map(|p| Day(p.from)),
        period_to: period.map(|p| Day(p.to)),
        campaign_approval: campaign_approval.map(|a| json(&a)).transpose()?,
        merged_into: merged_into.map(Uid),
        submitted_at: submitted_at.map(Stamp::from),
        submitted_by,
        due_date: due.as_ref().map(|d| Day(d.date)),
        due_at: due.as_ref().map(|d| d.at.into()),
        due_calendar: due.map(|d| d.calendar),
        lint_certificate_id: lint_certificate_id.map(Uid),
        transitions,
        note,
        created_by,
        version,
        created_at: created_at.into(),
        updated_at: updated_at.into(),
    })
}

pub(super) fn part_rows(p: &Plan) -> StoreResult<Vec<PartRow>> {
    let year = p.content.year;
    p.content
        .parts
        .iter()
        .zip(0i64..)
        .map(|(part, position)| {
            let Part {
                department,
                department_text,
                role,
                item,
                item_text,
                subject_desc,
                quantity_text,
                period_text,
                signature,
                signed_by,
                signed_at,
                signature_note,
            } = part.clone();
            let quantity = quantity_text.as_deref().map(|t| domain::parse::quantity::parse(t).quantity);
            let period =
                period_text.as_deref().and_then(|t| domain::parse::period::parse(t, Some(year)).ok());
            Ok(PartRow {
                plan_id: Uid(p.id),
                position,
                department,
                department_text,
                role: role.to_string(),
                item_id: item.map(|i| Uid(i.id)),
                item_version: item.map(|i| i.version),
                item_number: None,
                item_text,
                subject_desc,
                quantity: quantity.map(|q| json(&q)).transpose()?,
                quantity_text,
                period_from: period.map(|p| Day(p.from)),
                period_to: period.map(|p| Day(p.to)),
                period_text,
                signature: signature.to_string(),
                signed_by,
                signed_at: signed_at.map(Stamp::from),
                signature_note,
            })
        })
        .collect()
}

pub(super) fn stratum_rows(p: &Plan) -> StoreResult<Vec<StratumRow>> {
    p.content
        .strata
        .iter()
        .zip(0i64..)
        .map(|(stratum, position)| {
            let Stratum { name, risk_class, filter, ratio_per_ten_thousand, quantity, frequency_per_year } =
                stratum.clone();
            Ok(StratumRow {
                plan_id: Uid(p.id),
                position,
                name,
                risk_class: risk_class.map(|c| c.to_string()),
                filter: filter.map(|f| json(&f)).transpose()?,
                ratio_per_ten_thousand: ratio_per_ten_thousand.map(i64::from),
                quantity: quantity.map(i64::from),
                frequency_per_year: frequency_per_year.map(i64::from),
            })
        })
        .collect()
}

pub(super) fn part_of(row: PartRow) -> StoreResult<(Uuid, Part)> {
    let PartRow {
        plan_id,
        position: _,
        department,
        department_text,
        role,
        item_id,
        item_version,
        item_number: _,
        item_text,
        subject_desc,
        quantity_text,
        quantity: _,
        period_text,
        period_from: _,
        period_to: _,
        signature,
        signed_by,
        signed_at,
        signature_note,
    } = row;
    let item = match (item_id, item_version) {
        (Some(id), Some(version)) => Some(ItemLink { id: id.0, version }),
        _ => None,
    };
    let part = Part {
        department,
        department_text,
        role: word(&role)?,
        item,
        item_text,
        subject_desc,
        quantity_text,
        period_text,
        signature: word(&signature)?,
        signed_by,
        signed_at: signed_at.map(|s| s.0),
        signature_note,
    };
    Ok((plan_id.0, part))
}

pub(super) fn stratum_of(row: StratumRow) -> StoreResult<(Uuid, Stratum)> {
    let StratumRow {
        plan_id,
        position: _,
        name,
        risk_class,
        filter,
        ratio_per_ten_thousand,
        quantity,
        frequency_per_year,
    } = row;
    let number = |n: Option<i64>| {
        n.map(u32::try_from).transpose().map_err(|_| StoreError::Bug("a number of a stratum".into()))
    };
    let stratum = Stratum {
        name,
        risk_class: risk_class.map(|c| word(&c)).transpose()?,
        filter: filter.map(|f| document(f.0)).transpose()?,
        ratio_per_ten_thousand: number(ratio_per_ten_thousand)?,
        quantity: number(quantity)?,
        frequency_per_year: number(frequency_per_year)?,
    };
    Ok((plan_id.0, stratum))
}

pub(super) fn plan_of(
    row: PlanRow,
    (parts, strata): (Vec<Part>, Vec<Stratum>),
    reasons: PlanReasons,
) -> StoreResult<Plan> {
    let PlanRow {
        id,
        code,
        year,
        name,
        kind,
        lead_department: _,
        region_code,
        state,
        category,
        method,
        subject_desc,
        subject_filter,
        quantity_text,
        quantity: _,
        period_text,
        period_from,
        period_to,
        campaign_approval,
        merged_into,
        submitted_at,
        submitted_by,
        due_date,
        due_at,
        due_calendar,
        lint_certificate_id,
        transitions,
        note,
        created_by,
        version,
        created_at,
        updated_at,
    } = row;
    let due = match (due_date, due_at, due_calendar) {
        (Some(date), Some(at), Some(calendar)) => Some(TermEnd { date: date.0, at: at.0, calendar }),
        _ => None,
    };
    let period = match (period_from, period_to) {
        (Some(from), Some(to)) => Some(Period { from: from.0, to: to.0 }),
        _ => None,
    };
    let content = PlanContent {
        year: i16::try_from(year).map_err(|_| StoreError::Bug("the year of a plan".into()))?,
        name,
        kind: word(&kind)?,
        category: word(&category)?,
        method: word(&method)?,
        region_code,
        subject_desc,
        filter: document(subject_filter.0)?,
        quantity_text,
        period_text,
        period,
        parts,
        strata,
        campaign_approval: campaign_approval.map(|a| document(a.0)).transpose()?,
        reasons,
        note,
    };
    Ok(Plan {
        id: id.0,
        code,
        content,
        state: word(&state)?,
        merged_into: merged_into.map(|m| m.0),
        submitted_at: submitted_at.map(|s| s.0),
        submitted_by,
        due,
        lint_certificate_id: lint_certificate_id.map(|l| l.0),
        transitions,
        created_by,
        version,
        created_at: created_at.0,
        updated_at: updated_at.0,
    })
}
