//! Rows of annual plans, their parts and strata.
//!
//! A plan belongs to its departments: every reading function takes the caller's scope and says how much of the plan it may
//! see ([`Sight`]). Called by the app functions of plans, their import, what-if, the linter and draws.

mod rows;

use super::schema::{plan, plan_part, plan_reason, plan_stratum};
use crate::domain::plan::{Part, Plan, PlanReasons, Sight, Stratum};
use domain::vocabulary::{PlanKind, PlanState};
use jiff::Timestamp;
use rows::{
    PartRow, PlanRow, ReasonRow, StratumRow, part_of, part_rows, plan_of, reason_into, reason_rows, row_of,
    stratum_of, stratum_rows,
};
use service_kit::Scope;
use std::collections::{HashMap, HashSet};
use store_kit::prelude::*;
use uuid::Uuid;

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
    let mut reasons = reasons_of(c, &ids).await?;
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
            let of_plan = (parts.remove(&id).unwrap_or_default(), strata.remove(&id).unwrap_or_default());
            plan_of(row, of_plan, reasons.remove(&id).unwrap_or_default())
        })
        .collect()
}

async fn reasons_of(c: &mut AnyConn<'_>, plans: &[Uid]) -> StoreResult<HashMap<Uuid, PlanReasons>> {
    let mut out: HashMap<Uuid, PlanReasons> = HashMap::new();
    for chunk in plans.chunks(500) {
        let found: Vec<ReasonRow> = on!(c, c => plan_reason::table
            .filter(plan_reason::plan_id.eq_any(chunk.to_vec())).select(ReasonRow::as_select()).load(c))?;
        for row in found {
            let id = row.plan_id.0;
            reason_into(row, out.entry(id).or_default())?;
        }
    }
    Ok(out)
}

/// The reasons of one plan: its visits rest on them too.
///
/// # Errors
/// Database errors.
pub async fn plan_reasons(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<PlanReasons> {
    Ok(reasons_of(c, &[Uid(id)]).await?.remove(&id).unwrap_or_default())
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
    mut after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<(Plan, Sight)>> {
    let wanted = usize::try_from(limit).unwrap_or_default();
    let mut out = Vec::new();
    // What the scope of regions hides is sieved here: a page is full, or it is the last one.
    loop {
        let plans = plan_page(c, scope, filter, after, limit).await?;
        let (is_last, last) = (plans.len() < wanted, plans.last().map(|p| p.id));
        out.extend(plans.into_iter().filter_map(|p| sight(scope, &p).map(|s| (p, s))));
        if is_last || out.len() >= wanted {
            out.truncate(wanted);
            return Ok(out);
        }
        after = last;
    }
}

async fn plan_page(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &PlanFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<Plan>> {
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
    with_parts(c, rows).await
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
    on!(c, c => delete(plan_reason::table.filter(plan_reason::plan_id.eq(row.id))).execute(c))?;
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
    let reasons = reason_rows(p);
    if !reasons.is_empty() {
        on!(c, c => insert_into(plan_reason::table).values(&reasons).execute(c))?;
    }
    Ok(())
}
