//! Rows of draws: the draw, its strata, sources, organs and picks.
//!
//! A draw belongs to its departments: reading functions take the caller's scope. Frames are [`super::draw_frame`], pools of
//! inspectors [`super::team`]. Called by the app functions of draws.

use super::schema::{draw, draw_entropy, draw_organ, draw_pick, draw_stratum};
use super::{document, json, word};
use crate::domain::draw::{Draw, DrawOrgan, DrawPick, DrawSource, DrawState, DrawStratum};
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

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = draw_stratum, treat_none_as_default_value = false, treat_none_as_null = true)]
struct StratumRow {
    draw_id: Uid,
    name: String,
    position: i64,
    filter: Option<Json>,
    frame_size: i64,
    sample_size: i64,
    params: String,
    params_hash: Option<String>,
    frame_root: Option<String>,
    threshold: Option<String>,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = draw_entropy, treat_none_as_default_value = false, treat_none_as_null = true)]
struct SourceRow {
    draw_id: Uid,
    position: i64,
    kind: String,
    name: String,
    organ_code: Option<String>,
    commit_hash: Option<String>,
    committed_by: Option<String>,
    committed_at: Option<Stamp>,
    value: Option<String>,
    revealed_by: Option<String>,
    revealed_at: Option<Stamp>,
    is_no_show: bool,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = draw_organ, treat_none_as_default_value = false)]
struct OrganRow {
    draw_id: Uid,
    organ_code: String,
    role: String,
    team_size: i64,
    qualifications: TextList,
    item_id: Option<Uid>,
    item_version: Option<i64>,
    item_text: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = draw_pick, treat_none_as_default_value = false)]
struct PickRow {
    draw_id: Uid,
    stratum: String,
    rank: i64,
    subject_key: String,
    subject_id: Option<Uid>,
    subject_name: Option<String>,
    score: String,
    state: String,
    replaced_by: Option<i64>,
    reason: Option<String>,
    salt_sealed: Option<String>,
    visit_id: Option<Uid>,
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
    let found = rows.into_iter().map(read).collect::<StoreResult<Vec<Draw>>>()?;
    Ok(found.into_iter().filter(|d| scope.sees(&d.departments, &d.region_code)).collect())
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

fn stratum_row(draw_id: Uuid, s: DrawStratum) -> StoreResult<StratumRow> {
    let DrawStratum {
        name,
        position,
        filter,
        frame_size,
        sample_size,
        params,
        params_hash,
        frame_root,
        threshold,
    } = s;
    Ok(StratumRow {
        draw_id: Uid(draw_id),
        name,
        position,
        filter: filter.map(|f| json(&f)).transpose()?,
        frame_size,
        sample_size,
        params,
        params_hash,
        frame_root,
        threshold,
    })
}

/// Strata of a draw in byte order of their names.
///
/// # Errors
/// Database errors.
pub async fn strata_of(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<Vec<DrawStratum>> {
    let rows: Vec<StratumRow> = on!(c, c => draw_stratum::table.filter(draw_stratum::draw_id.eq(Uid(draw_id)))
        .select(StratumRow::as_select()).load(c))?;
    let mut strata = rows
        .into_iter()
        .map(|row| {
            let StratumRow {
                draw_id: _,
                name,
                position,
                filter,
                frame_size,
                sample_size,
                params,
                params_hash,
                frame_root,
                threshold,
            } = row;
            Ok(DrawStratum {
                name,
                position,
                filter: filter.map(|f| document(f.0)).transpose()?,
                frame_size,
                sample_size,
                params,
                params_hash,
                frame_root,
                threshold,
            })
        })
        .collect::<StoreResult<Vec<_>>>()?;
    // Databases sort texts by their own rules; the protocol sorts bytes.
    strata.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(strata)
}

/// Changes a stratum.
///
/// # Errors
/// Database errors.
pub async fn stratum_update(c: &mut AnyConn<'_>, draw_id: Uuid, stratum: DrawStratum) -> StoreResult<()> {
    let row = stratum_row(draw_id, stratum)?;
    on!(c, c => update(draw_stratum::table.find((row.draw_id, row.name.clone()))).set(&row).execute(c))?;
    Ok(())
}

fn source_row(draw_id: Uuid, s: DrawSource) -> SourceRow {
    let DrawSource {
        position,
        kind,
        name,
        organ,
        commitment,
        committed_by,
        committed_at,
        value,
        revealed_by,
        revealed_at,
        is_no_show,
    } = s;
    SourceRow {
        draw_id: Uid(draw_id),
        position,
        kind: kind.to_string(),
        name,
        organ_code: organ,
        commit_hash: commitment,
        committed_by,
        committed_at: committed_at.map(Stamp::from),
        value,
        revealed_by,
        revealed_at: revealed_at.map(Stamp::from),
        is_no_show,
    }
}

/// Entropy sources of a draw in byte order of their names.
///
/// # Errors
/// Database errors.
pub async fn sources_of(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<Vec<DrawSource>> {
    let rows: Vec<SourceRow> = on!(c, c => draw_entropy::table.filter(draw_entropy::draw_id.eq(Uid(draw_id)))
        .select(SourceRow::as_select()).load(c))?;
    let mut sources = rows
        .into_iter()
        .map(|row| {
            let SourceRow {
                draw_id: _,
                position,
                kind,
                name,
                organ_code,
                commit_hash,
                committed_by,
                committed_at,
                value,
                revealed_by,
                revealed_at,
                is_no_show,
            } = row;
            Ok(DrawSource {
                position,
                kind: word(&kind)?,
                name,
                organ: organ_code,
                commitment: commit_hash,
                committed_by,
                committed_at: committed_at.map(|s| s.0),
                value,
                revealed_by,
                revealed_at: revealed_at.map(|s| s.0),
                is_no_show,
            })
        })
        .collect::<StoreResult<Vec<_>>>()?;
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(sources)
}

/// Changes a source.
///
/// # Errors
/// Database errors.
pub async fn source_update(c: &mut AnyConn<'_>, draw_id: Uuid, source: DrawSource) -> StoreResult<()> {
    let row = source_row(draw_id, source);
    on!(c, c => update(draw_entropy::table.find((row.draw_id, row.position))).set(&row).execute(c))?;
    Ok(())
}

/// Organs of a draw in byte order of their codes.
///
/// # Errors
/// Database errors.
pub async fn organs_of(c: &mut AnyConn<'_>, draw_id: Uuid) -> StoreResult<Vec<DrawOrgan>> {
    let rows: Vec<OrganRow> = on!(c, c => draw_organ::table.filter(draw_organ::draw_id.eq(Uid(draw_id)))
        .select(OrganRow::as_select()).load(c))?;
    let mut organs = rows
        .into_iter()
        .map(|row| {
            let OrganRow {
                draw_id: _,
                organ_code,
                role,
                team_size,
                qualifications,
                item_id,
                item_version,
                item_text,
            } = row;
            Ok(DrawOrgan {
                organ: organ_code,
                role: word(&role)?,
                team_size,
                qualifications: qualifications.0,
                item: item_id.map(|i| i.0).zip(item_version),
                item_text,
            })
        })
        .collect::<StoreResult<Vec<_>>>()?;
    organs.sort_by(|a, b| a.organ.cmp(&b.organ));
    Ok(organs)
}

/// Adds picks, in chunks.
///
/// # Errors
/// Database errors.
pub async fn picks_insert(c: &mut AnyConn<'_>, draw_id: Uuid, picks: Vec<DrawPick>) -> StoreResult<()> {
    let rows: Vec<PickRow> = picks
        .into_iter()
        .map(|p| {
            let DrawPick {
                stratum,
                rank,
                subject,
                subject_id,
                subject_name,
                score,
                state,
                replaced_by,
                reason,
                visit_id,
            } = p;
            PickRow {
                draw_id: Uid(draw_id),
                stratum,
                rank,
                subject_key: subject,
                subject_id: subject_id.map(Uid),
                subject_name,
                score,
                state: state.to_string(),
                replaced_by,
                reason: reason.map(|r| r.to_string()),
                salt_sealed: None,
                visit_id: visit_id.map(Uid),
            }
        })
        .collect();
    for chunk in rows.chunks(500) {
        on!(c, c => insert_into(draw_pick::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Picks of a draw after a place, by stratum and rank; a stratum's name narrows them.
///
/// # Errors
/// Database errors.
pub async fn picks_of(
    c: &mut AnyConn<'_>,
    draw_id: Uuid,
    stratum: Option<&str>,
    after: Option<(String, i64)>,
    limit: Option<i64>,
) -> StoreResult<Vec<DrawPick>> {
    let rows: Vec<PickRow> = on!(c, c => {
        let mut q = draw_pick::table.filter(draw_pick::draw_id.eq(Uid(draw_id))).select(PickRow::as_select()).into_boxed();
        if let Some(stratum) = stratum {
            q = q.filter(draw_pick::stratum.eq(stratum));
        }
        if let Some((name, rank)) = after {
            let later = draw_pick::stratum.eq(name.clone()).and(draw_pick::rank.gt(rank));
            q = q.filter(draw_pick::stratum.gt(name).or(later));
        }
        if let Some(limit) = limit {
            q = q.limit(limit);
        }
        q.order((draw_pick::stratum.asc(), draw_pick::rank.asc())).load(c)
    })?;
    rows.into_iter().map(read_pick).collect()
}

/// The pick of a subject, if it was drawn or follows.
///
/// # Errors
/// Database errors.
pub async fn pick_of(c: &mut AnyConn<'_>, draw_id: Uuid, subject: &str) -> StoreResult<Option<DrawPick>> {
    let row: Option<PickRow> = on!(c, c => draw_pick::table
        .filter(draw_pick::draw_id.eq(Uid(draw_id)).and(draw_pick::subject_key.eq(subject)))
        .select(PickRow::as_select()).first(c))
    .optional()?;
    row.map(read_pick).transpose()
}

fn read_pick(row: PickRow) -> StoreResult<DrawPick> {
    let PickRow {
        draw_id: _,
        stratum,
        rank,
        subject_key,
        subject_id,
        subject_name,
        score,
        state,
        replaced_by,
        reason,
        salt_sealed: _,
        visit_id,
    } = row;
    Ok(DrawPick {
        stratum,
        rank,
        subject: subject_key,
        subject_id: subject_id.map(|s| s.0),
        subject_name,
        score,
        state: word(&state)?,
        replaced_by,
        reason: reason.map(|r| word(&r)).transpose()?,
        visit_id: visit_id.map(|v| v.0),
    })
}

/// Changes what became of a pick.
///
/// # Errors
/// Database errors.
pub async fn pick_update(c: &mut AnyConn<'_>, draw_id: Uuid, pick: &DrawPick) -> StoreResult<()> {
    on!(c, c => update(draw_pick::table.find((Uid(draw_id), pick.stratum.clone(), pick.rank)))
        .set((
            draw_pick::state.eq(pick.state.to_string()),
            draw_pick::replaced_by.eq(pick.replaced_by),
            draw_pick::reason.eq(pick.reason.map(|r| r.to_string())),
            draw_pick::subject_id.eq(pick.subject_id.map(Uid)),
            draw_pick::subject_name.eq(pick.subject_name.clone()),
            draw_pick::visit_id.eq(pick.visit_id.map(Uid)),
        )).execute(c))?;
    Ok(())
}
