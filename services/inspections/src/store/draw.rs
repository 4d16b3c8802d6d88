//! Rows of draws: the draw, its strata, sources, organs and picks.
//!
//! A draw belongs to its departments: reading functions take the caller's scope. Frames are [`super::draw_frame`], pools of
//! inspectors [`super::team`]. Called by the app functions of draws.

mod part;
mod pick;

pub use part::{organs_of, source_update, sources_of, strata_of, stratum_update};
pub use pick::{pick_of, pick_update, picks_insert, picks_of};

use super::schema::{draw, draw_entropy, draw_organ, draw_stratum};
use super::{document, json, word};
use crate::domain::draw::{Draw, DrawOrgan, DrawSource, DrawState, DrawStratum};
use part::{OrganRow, SourceRow, source_row, stratum_row};
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = draw, treat_none_as_default_value = false, treat_none_as_null = true)]
struct DrawRow {
    id: Uid,
    code: String,
    plan_id: Option<Uid>,
    plan_code: String,
    lead_department: String,
    departments: TextList,
    region_code: String,
    algorithm: String,
    kind: String,
    state: String,
    reserve: i64,
    team_size: i64,
    frame_size: i64,
    frame_frozen_at: Option<Stamp>,
    seed_sealed: Option<String>,
    seed_revealed: Option<String>,
    commit_hash: Option<String>,
    committed_at: Option<Stamp>,
    entropy_moment: Option<Stamp>,
    public_entropy: Option<String>,
    drawn_at: Option<Stamp>,
    settings: Json,
    redraw_of: Option<Uid>,
    void_reason: Option<String>,
    void_requested_by: Option<String>,
    voided_by: Option<String>,
    transitions: i64,
    created_by: String,
    version: i64,
    created_at: Stamp,
    updated_at: Stamp,
}

fn row_of(one: &Draw) -> StoreResult<DrawRow> {
    let Draw {
        id,
        code,
        plan_id,
        plan_code,
        lead_department,
        departments,
        region_code,
        algorithm,
        kind,
        state,
        reserve,
        team_size,
        frame_size,
        frame_frozen_at,
        seed_sealed,
        seed_revealed,
        commit_hash,
        committed_at,
        entropy_moment,
        public_entropy,
        drawn_at,
        settings,
        redraw_of,
        void_reason,
        void_requested_by,
        voided_by,
        transitions,
        created_by,
        version,
        created_at,
        updated_at,
    } = one.clone();
    Ok(DrawRow {
        id: Uid(id),
        code,
        plan_id: plan_id.map(Uid),
        plan_code,
        lead_department,
        departments: TextList(departments),
        region_code,
        algorithm: algorithm.to_string(),
        kind: kind.to_string(),
        state: state.to_string(),
        reserve,
        team_size,
        frame_size,
        frame_frozen_at: frame_frozen_at.map(Stamp::from),
        seed_sealed,
        seed_revealed,
        commit_hash,
        committed_at: committed_at.map(Stamp::from),
        entropy_moment: entropy_moment.map(Stamp::from),
        public_entropy,
        drawn_at: drawn_at.map(Stamp::from),
        settings: json(&settings)?,
        redraw_of: redraw_of.map(Uid),
        void_reason,
        void_requested_by,
        voided_by,
        transitions,
        created_by,
        version,
        created_at: created_at.into(),
        updated_at: updated_at.into(),
    })
}

fn read(row: DrawRow) -> StoreResult<Draw> {
    let DrawRow {
        id,
        code,
        plan_id,
        plan_code,
        lead_department,
        departments,
        region_code,
        algorithm,
        kind,
        state,
        reserve,
        team_size,
        frame_size,
        frame_frozen_at,
        seed_sealed,
        seed_revealed,
        commit_hash,
        committed_at,
        entropy_moment,
        public_entropy,
        drawn_at,
        settings,
        redraw_of,
        void_reason,
        void_requested_by,
        voided_by,
        transitions,
        created_by,
        version,
        created_at,
        updated_at,
    } = row;
    Ok(Draw {
        id: id.0,
        code,
        plan_id: plan_id.map(|p| p.0),
        plan_code,
        lead_department,
        departments: departments.0,
        region_code,
        algorithm: word(&algorithm)?,
        kind: word(&kind)?,
        state: word(&state)?,
        reserve,
        team_size,
        frame_size,
        frame_frozen_at: frame_frozen_at.map(|s| s.0),
        seed_sealed,
        seed_revealed,
        commit_hash,
        committed_at: committed_at.map(|s| s.0),
        entropy_moment: entropy_moment.map(|s| s.0),
        public_entropy,
        drawn_at: drawn_at.map(|s| s.0),
        settings: document(settings.0)?,
        redraw_of: redraw_of.map(|d| d.0),
        void_reason,
        void_requested_by,
        voided_by,
        transitions,
        created_by,
        version,
        created_at: created_at.0,
        updated_at: updated_at.0,
    })
}

/// One draw within the scope.
///
/// # Errors
/// Database errors.
pub async fn draw_view(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<Draw>> {
    let row: Option<DrawRow> =
        on!(c, c => draw::table.find(Uid(id)).select(DrawRow::as_select()).first(c)).optional()?;
    let found = row.map(read).transpose()?;
    Ok(found.filter(|d| scope.sees(&d.departments, &d.region_code)))
}

/// As [`draw_view`], with the row held until the change ends.
///
/// # Errors
/// Database errors.
pub async fn draw_hold(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<Draw>> {
    // SQLite has one writer; PostgreSQL must be told that two may draw in the same moment.
    if let AnyConn::Pg(_) = c {
        #[derive(QueryableByName)]
        struct Held {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            #[expect(dead_code, reason = "only the lock matters")]
            version: i64,
        }
        let _: Vec<Held> = on!(c, c => sql_query("SELECT version FROM draw WHERE id = $1 FOR UPDATE")
            .bind::<SqlUid, _>(Uid(id)).load(c))?;
    }
    draw_view(c, scope, id).await
}

/// Which draws a list holds.
#[derive(Clone, Debug, Default)]
pub struct DrawFilter {
    /// State.
    pub state: Option<DrawState>,
    /// Plan.
    pub plan_id: Option<Uuid>,
    /// Lead department.
    pub lead_department: Option<String>,
    /// Number.
    pub code: Option<String>,
}

/// A page of draws within the scope, in the order of their ids.
///
/// # Errors
/// Database errors.
pub async fn draw_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &DrawFilter,
    mut after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<Draw>> {
    let wanted = usize::try_from(limit).unwrap_or_default();
    let mut out = Vec::new();
    // What the scope of regions hides is sieved here: a page is full, or it is the last one.
    loop {
        let draws = draw_page(c, scope, filter, after, limit).await?;
        let (is_last, last) = (draws.len() < wanted, draws.last().map(|d| d.id));
        out.extend(draws.into_iter().filter(|d| scope.sees(&d.departments, &d.region_code)));
        if is_last || out.len() >= wanted {
            out.truncate(wanted);
            return Ok(out);
        }
        after = last;
    }
}

async fn draw_page(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &DrawFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<Draw>> {
    use draw as d;
    let (mine, state) = (scope.departments.clone(), filter.state.map(|s| s.to_string()));
    let rows: Vec<DrawRow> = on!(c, c => {
        let mut q = d::table.select(DrawRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            let sent = draw_organ::table.filter(draw_organ::organ_code.eq_any(mine.clone())).select(draw_organ::draw_id);
            let gives = draw_entropy::table.filter(draw_entropy::organ_code.eq_any(mine.clone())).select(draw_entropy::draw_id);
            q = q.filter(d::lead_department.eq_any(mine).or(d::id.eq_any(sent)).or(d::id.eq_any(gives)));
        }
        if let Some(state) = state {
            q = q.filter(d::state.eq(state));
        }
        if let Some(plan) = filter.plan_id {
            q = q.filter(d::plan_id.eq(Uid(plan)));
        }
        if let Some(lead) = &filter.lead_department {
            q = q.filter(d::lead_department.eq(lead));
        }
        if let Some(code) = &filter.code {
            q = q.filter(d::code.eq(code));
        }
        if let Some(after) = after {
            q = q.filter(d::id.gt(Uid(after)));
        }
        q.order(d::id.asc()).limit(limit).load(c)
    })?;
    rows.into_iter().map(read).collect()
}

/// Holds a plan against others who add a draw of it, until the change ends.
///
/// # Errors
/// Database errors.
pub async fn plan_lock(c: &mut AnyConn<'_>, lead: &str, plan_code: &str) -> StoreResult<()> {
    // SQLite has one writer.
    if let AnyConn::Pg(_) = c {
        on!(c, c => sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 7206))")
            .bind::<diesel::sql_types::Text, _>(format!("draw-plan/{lead}/{}", plan_code.to_lowercase())).execute(c))?;
    }
    Ok(())
}

/// All draws of a plan of a lead department, whoever asks; the plan's number in small or capital letters is the same.
///
/// # Errors
/// Database errors.
pub async fn draws_of_plan(c: &mut AnyConn<'_>, lead: &str, plan_code: &str) -> StoreResult<Vec<Draw>> {
    let number = plan_code.to_lowercase();
    let rows: Vec<DrawRow> = on!(c, c => draw::table.filter(draw::lead_department.eq(lead))
        .filter(diesel::dsl::sql::<diesel::sql_types::Text>("lower(plan_code)").eq(&number))
        .order(draw::id.asc()).select(DrawRow::as_select()).load(c))?;
    rows.into_iter().map(read).collect()
}

/// The next number of a year's draws, from 1; held until the change ends.
///
/// # Errors
/// Database errors.
pub async fn draw_number_next(c: &mut AnyConn<'_>, year: i16) -> StoreResult<u32> {
    if let AnyConn::Pg(_) = c {
        on!(c, c => sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 7205))")
            .bind::<diesel::sql_types::Text, _>(format!("draw-number/{year}")).execute(c))?;
    }
    let prefix = format!("DRAW-{year}-");
    let last: Option<String> = on!(c, c => draw::table.filter(draw::code.like(format!("{prefix}%")))
        .order((diesel::dsl::sql::<diesel::sql_types::Integer>("length(code)").desc(), draw::code.desc()))
        .select(draw::code).first(c))
    .optional()?;
    let number = last.and_then(|code| code.strip_prefix(&prefix)?.parse::<u32>().ok());
    Ok(number.unwrap_or(0) + 1)
}

/// Adds a draw with its strata, sources and organs.
///
/// # Errors
/// [`StoreError::Conflict`] for a taken number.
pub async fn draw_create(
    c: &mut AnyConn<'_>,
    one: &Draw,
    strata: Vec<DrawStratum>,
    sources: Vec<DrawSource>,
    organs: Vec<DrawOrgan>,
) -> StoreResult<()> {
    let row = row_of(one)?;
    on!(c, c => insert_into(draw::table).values(&row).execute(c))?;
    let rows = strata.into_iter().map(|s| stratum_row(one.id, s)).collect::<StoreResult<Vec<_>>>()?;
    on!(c, c => insert_into(draw_stratum::table).values(&rows).execute(c))?;
    let rows: Vec<SourceRow> = sources.into_iter().map(|s| source_row(one.id, s)).collect();
    on!(c, c => insert_into(draw_entropy::table).values(&rows).execute(c))?;
    let rows: Vec<OrganRow> = organs
        .into_iter()
        .map(|o| {
            let DrawOrgan { organ, role, team_size, qualifications, item, item_text } = o;
            OrganRow {
                draw_id: Uid(one.id),
                organ_code: organ,
                role: role.to_string(),
                team_size,
                qualifications: TextList(qualifications),
                item_id: item.map(|(id, _)| Uid(id)),
                item_version: item.map(|(_, version)| version),
                item_text,
            }
        })
        .collect();
    on!(c, c => insert_into(draw_organ::table).values(&rows).execute(c))?;
    Ok(())
}

/// Changes a draw that still has the version before `one.version`; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn draw_update(c: &mut AnyConn<'_>, one: &Draw) -> StoreResult<bool> {
    let row = row_of(one)?;
    let before = one.version - 1;
    let n =
        on!(c, c => update(draw::table.find(row.id).filter(draw::version.eq(before))).set(&row).execute(c))?;
    Ok(n > 0)
}
