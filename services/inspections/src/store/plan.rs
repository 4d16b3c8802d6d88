//! Rows of annual plans, their parts and strata.
//!
//! A plan belongs to its departments: every reading function takes the caller's scope and says how much of the plan it may
//! see ([`Sight`]). Called by the app functions of plans, their import, what-if, the linter and draws.

use super::schema::{plan, plan_part, plan_stratum};
use super::{document, json, word};
use crate::domain::plan::{ItemLink, Part, Plan, PlanContent, Sight, Stratum};
use crate::domain::step::TermEnd;
use domain::parse::period::Period;
use domain::vocabulary::{PlanKind, PlanState};
use jiff::Timestamp;
use service_kit::Scope;
use std::collections::{HashMap, HashSet};
use store_kit::prelude::*;
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = plan, treat_none_as_default_value = false, treat_none_as_null = true)]
struct PlanRow {
    id: Uid,
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
struct PartRow {
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
struct StratumRow {
    plan_id: Uid,
    position: i64,
    name: String,
    risk_class: Option<String>,
    filter: Option<Json>,
    ratio_per_ten_thousand: Option<i64>,
    quantity: Option<i64>,
    frequency_per_year: Option<i64>,
}

fn row_of(p: &Plan) -> StoreResult<PlanRow> {
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

fn part_rows(p: &Plan) -> StoreResult<Vec<PartRow>> {
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

fn stratum_rows(p: &Plan) -> StoreResult<Vec<StratumRow>> {
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

fn part_of(row: PartRow) -> StoreResult<(Uuid, Part)> {
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

fn stratum_of(row: StratumRow) -> StoreResult<(Uuid, Stratum)> {
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

fn plan_of(row: PlanRow, parts: Vec<Part>, strata: Vec<Stratum>) -> StoreResult<Plan> {
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

fn sight(scope: &Scope, p: &Plan) -> Option<Sight> {
    if !scope.sees_region(&p.content.region_code) {
        return None;
    }
    let is_party = match &scope.departments {
        None => true,
        Some(mine) => p.content.parts.iter().any(|part| mine.contains(&part.department)),
    };
    match is_party {
        true => Some(Sight::Party),
        false => p.state.is_public().then_some(Sight::Public),
    }
}

async fn with_parts(c: &mut AnyConn<'_>, rows: Vec<PlanRow>) -> StoreResult<Vec<Plan>> {
    let ids: Vec<Uid> = rows.iter().map(|r| r.id).collect();
    let mut parts: HashMap<Uuid, Vec<Part>> = HashMap::new();
    let mut strata: HashMap<Uuid, Vec<Stratum>> = HashMap::new();
    for chunk in ids.chunks(500) {
        let found: Vec<PartRow> = on!(c, c => plan_part::table.filter(plan_part::plan_id.eq_any(chunk.to_vec()))
            .order((plan_part::plan_id.asc(), plan_part::position.asc()))
            .select(PartRow::as_select()).load(c))?;
        for row in found {
            let (id, part) = part_of(row)?;
            parts.entry(id).or_default().push(part);
        }
        let found: Vec<StratumRow> = on!(c, c => plan_stratum::table
            .filter(plan_stratum::plan_id.eq_any(chunk.to_vec()))
            .order((plan_stratum::plan_id.asc(), plan_stratum::position.asc()))
            .select(StratumRow::as_select()).load(c))?;
        for row in found {
            let (id, stratum) = stratum_of(row)?;
            strata.entry(id).or_default().push(stratum);
        }
    }
    rows.into_iter()
        .map(|row| {
            let id = row.id.0;
            plan_of(row, parts.remove(&id).unwrap_or_default(), strata.remove(&id).unwrap_or_default())
        })
        .collect()
}

/// One plan, and how much of it the caller sees.
///
/// # Errors
/// Database errors.
pub async fn plan_view(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<(Plan, Sight)>> {
    let row: Option<PlanRow> =
        on!(c, c => plan::table.find(Uid(id)).select(PlanRow::as_select()).first(c)).optional()?;
    let plans = with_parts(c, row.into_iter().collect()).await?;
    Ok(plans.into_iter().next().and_then(|p| sight(scope, &p).map(|s| (p, s))))
}

/// As [`plan_view`], with the row held until the change ends.
///
/// # Errors
/// Database errors.
pub async fn plan_hold(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<(Plan, Sight)>> {
    // SQLite has one writer; PostgreSQL must be told that two departments may sign in the same moment.
    if let AnyConn::Pg(_) = c {
        #[derive(QueryableByName)]
        struct Held {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            #[expect(dead_code, reason = "only the lock matters")]
            version: i64,
        }
        let _: Vec<Held> = on!(c, c => sql_query("SELECT version FROM plan WHERE id = $1 FOR UPDATE")
            .bind::<SqlUid, _>(Uid(id)).load(c))?;
    }
    plan_view(c, scope, id).await
}

/// These plans, whoever asks: for imports that decide about each of them.
///
/// # Errors
/// Database errors.
pub async fn plan_known(c: &mut AnyConn<'_>, ids: Vec<Uuid>) -> StoreResult<Vec<Plan>> {
    let mut out = Vec::new();
    for chunk in ids.chunks(500) {
        let ids: Vec<Uid> = chunk.iter().copied().map(Uid).collect();
        let rows: Vec<PlanRow> =
            on!(c, c => plan::table.filter(plan::id.eq_any(ids)).select(PlanRow::as_select()).load(c))?;
        out.extend(with_parts(c, rows).await?);
    }
    Ok(out)
}

/// Which plans a list holds.
#[derive(Clone, Debug, Default)]
pub struct PlanFilter {
    /// Plan year.
    pub year: Option<i16>,
    /// One of these states; empty means any.
    pub states: Vec<PlanState>,
    /// Lead department.
    pub lead_department: Option<String>,
    /// Lead or cooperating department.
    pub department: Option<String>,
    /// Routine or campaign.
    pub kind: Option<PlanKind>,
    /// Only plans handed in late, or not handed in though their day was over at this moment.
    pub late_at: Option<Timestamp>,
}

/// A page of plans that the caller sees, in the order of their ids.
///
/// # Errors
/// Database errors.
pub async fn plan_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &PlanFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<(Plan, Sight)>> {
    use plan as p;
    let mine = scope.departments.clone();
    let public: Vec<&str> = PlanState::ALL.iter().filter(|s| s.is_public()).map(|s| s.as_str()).collect();
    let states: Vec<&str> = filter.states.iter().map(|s| s.as_str()).collect();
    let rows: Vec<PlanRow> = on!(c, c => {
        let mut q = p::table.select(PlanRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            let parts = plan_part::table.filter(plan_part::department.eq_any(mine)).select(plan_part::plan_id);
            q = q.filter(p::state.eq_any(public).or(p::id.eq_any(parts)));
        }
        if let Some(year) = filter.year {
            q = q.filter(p::year.eq(i64::from(year)));
        }
        if !states.is_empty() {
            q = q.filter(p::state.eq_any(states));
        }
        if let Some(lead) = &filter.lead_department {
            q = q.filter(p::lead_department.eq(lead));
        }
        if let Some(department) = &filter.department {
            let parts =
                plan_part::table.filter(plan_part::department.eq(department)).select(plan_part::plan_id);
            q = q.filter(p::id.eq_any(parts));
        }
        if let Some(kind) = filter.kind {
            q = q.filter(p::kind.eq(kind.as_str()));
        }
        if let Some(now) = filter.late_at {
            let is_over = p::due_at.le(Stamp::from(now)).and(p::submitted_at.is_null())
                .and(p::state.ne(PlanState::Cancelled.as_str()));
            q = q.filter(p::due_at.is_not_null().and(p::submitted_at.ge(p::due_at).or(is_over)));
        }
        if let Some(after) = after {
            q = q.filter(p::id.gt(Uid(after)));
        }
        q.order(p::id.asc()).limit(limit).load(c)
    })?;
    let plans = with_parts(c, rows).await?;
    Ok(plans.into_iter().filter_map(|p| sight(scope, &p).map(|s| (p, s))).collect())
}

/// Year, lead department and name of the plans of a year that are not cancelled; to find doubles, never to be shown.
///
/// # Errors
/// Database errors.
pub async fn plan_names(c: &mut AnyConn<'_>, year: i16) -> StoreResult<HashSet<(String, String)>> {
    let rows: Vec<(String, String)> = on!(c, c => plan::table
        .filter(plan::year.eq(i64::from(year)).and(plan::state.ne(PlanState::Cancelled.as_str())))
        .select((plan::lead_department, plan::name)).load(c))?;
    Ok(rows.into_iter().collect())
}

/// The next number in the codes of a year and a lead department, from 1; the numbers of a change are held until it ends.
///
/// # Errors
/// Database errors.
pub async fn plan_number_next(c: &mut AnyConn<'_>, year: i16, lead: &str) -> StoreResult<u32> {
    if let AnyConn::Pg(_) = c {
        let key = format!("plan-number/{year}/{lead}");
        on!(c, c => sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 7204))")
            .bind::<diesel::sql_types::Text, _>(key).execute(c))?;
    }
    let prefix = code_prefix(year, lead);
    let codes: Vec<String> = on!(c, c => plan::table
        .filter(plan::year.eq(i64::from(year)).and(plan::lead_department.eq(lead)))
        .select(plan::code).load(c))?;
    let numbers = codes.iter().filter_map(|code| code.strip_prefix(&prefix)?.parse::<u32>().ok());
    Ok(numbers.max().unwrap_or(0) + 1)
}

/// Code of a plan: `2026-nz-rsj-003`.
#[must_use]
pub fn code(year: i16, lead: &str, number: u32) -> String {
    format!("{}{number:03}", code_prefix(year, lead))
}

fn code_prefix(year: i16, lead: &str) -> String {
    format!("{year}-{lead}-")
}

/// Adds plans with their parts and strata.
///
/// # Errors
/// Database errors.
pub async fn plan_create(c: &mut AnyConn<'_>, plans: &[Plan]) -> StoreResult<()> {
    for chunk in plans.chunks(500) {
        let rows = chunk.iter().map(row_of).collect::<StoreResult<Vec<_>>>()?;
        on!(c, c => insert_into(plan::table).values(rows).execute(c))?;
        for one in chunk {
            write_parts(c, one).await?;
        }
    }
    Ok(())
}

/// Changes a plan that still has the version before `plan.version`; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn plan_update(c: &mut AnyConn<'_>, changed: &Plan) -> StoreResult<bool> {
    let row = row_of(changed)?;
    let before = changed.version - 1;
    let n =
        on!(c, c => update(plan::table.find(row.id).filter(plan::version.eq(before))).set(&row).execute(c))?;
    if n == 0 {
        return Ok(false);
    }
    on!(c, c => delete(plan_part::table.filter(plan_part::plan_id.eq(row.id))).execute(c))?;
    on!(c, c => delete(plan_stratum::table.filter(plan_stratum::plan_id.eq(row.id))).execute(c))?;
    write_parts(c, changed).await?;
    Ok(true)
}

async fn write_parts(c: &mut AnyConn<'_>, p: &Plan) -> StoreResult<()> {
    let parts = part_rows(p)?;
    on!(c, c => insert_into(plan_part::table).values(&parts).execute(c))?;
    let strata = stratum_rows(p)?;
    if !strata.is_empty() {
        on!(c, c => insert_into(plan_stratum::table).values(&strata).execute(c))?;
    }
    Ok(())
}
