//! Use cases: draws and their steps (双随机抽取). Adding, listing, viewing here; steps in [`step`].
//!
//! The lead department draws (DRW-08); cooperating departments see the draw and give their nonces. The seed is made by the
//! service, kept sealed until the draw, and shown to nobody before.

mod again;
pub mod outcome;
mod planned;
pub mod replace;
pub mod step;

pub(crate) use planned::plan_stands;
use planned::{plan_of, plan_strata, said_by};

use super::{Who, history as history_of, other_department, outside, plain};
use crate::api::draw::{
    DrawCreate, DrawListQuery, DrawOrganInput, DrawPage, DrawPickPage, DrawPickView, DrawQualification,
    DrawSourceInput, DrawStratumInput, DrawSummary, DrawView,
};
use crate::api::step::PartQuery;
use crate::domain::draw::{
    AGGREGATE, DRAWING_ROLES, Draw, DrawAlgorithm, DrawKind, DrawOrgan, DrawRole, DrawSource, DrawState,
    DrawStratum, EntropyKind, MAX_REVEAL_GRACE, MAX_STRATA, REVEAL_GRACE, Settings, whole_second,
};
use crate::domain::plan::Plan;
use crate::store::draw::{self as store, DrawFilter};
use domain::vocabulary::PlanRole;
use rand::RngCore as _;
use service_kit::clock::china_date;
use service_kit::error::StoreIntent as _;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use std::collections::{BTreeMap, BTreeSet};
use store_kit::AnyConn;
use uuid::Uuid;

/// Those that follow in each stratum, when nothing is said.
const DEFAULT_RESERVE: i64 = 20;

/// A draw that the caller sees, or 404.
///
/// # Errors
/// 404; database errors.
pub(crate) async fn find(c: &mut AnyConn<'_>, who: &Who, id: Uuid) -> Result<Draw> {
    store::draw_view(c, &who.scope, id).await?.ok_or_else(|| Error::not_found("draw"))
}

/// As [`find`], held for a change.
///
/// # Errors
/// 404; database errors.
pub(crate) async fn hold(tx: &mut Tx<'_, '_>, who: &Who, id: Uuid) -> Result<Draw> {
    store::draw_hold(tx.conn(), &who.scope, id).await?.ok_or_else(|| Error::not_found("draw"))
}

/// The view of a draw with its parts.
///
/// # Errors
/// Database errors.
pub(crate) async fn view(c: &mut AnyConn<'_>, mut draw: Draw) -> Result<DrawView> {
    let (id, is_open) = (draw.id, draw.state == DrawState::FrameOpen);
    let mut strata = store::strata_of(c, id).await?;
    if is_open {
        let sizes = crate::store::draw_frame::chunk_sizes(c, id).await?;
        for stratum in &mut strata {
            stratum.frame_size = sizes.iter().filter(|(s, _)| *s == stratum.name).map(|(_, n)| n).sum();
        }
        draw.frame_size = sizes.iter().map(|(_, n)| n).sum();
    }
    let sources = store::sources_of(c, id).await?;
    let organs = store::organs_of(c, id).await?;
    Ok(DrawView::of(draw, strata, sources, organs))
}

/// The answer that shows a draw after a change of it.
pub(crate) async fn answer(tx: &mut Tx<'_, '_>, draw: Draw) -> Result<Reply> {
    let version = draw.version;
    let view = view(tx.conn(), draw).await?;
    Ok(Reply::ok(&view)?.version(version))
}

/// One draw.
///
/// # Errors
/// 404; database errors.
pub async fn draw_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    ctx.kit
        .store
        .read::<_, Error, _>(async |c| {
            let draw = find(c, &who, id).await?;
            let version = draw.version;
            Ok(Reply::ok(&view(c, draw).await?)?.version(version))
        })
        .await
}

/// Lists draws.
///
/// # Errors
/// 400 `bad_cursor`; database errors.
pub async fn draw_list(ctx: &Ctx, query: DrawListQuery) -> Result<Reply> {
    let DrawListQuery { state, plan_id, lead_department, code, cursor, limit } = query;
    let (who, limit) = (Who::of(ctx)?, limit.unwrap_or(DEFAULT_LIMIT));
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let filter = DrawFilter { state, plan_id, lead_department, code };
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::draw_list(c, &who.scope, &filter, after, limit + 1).await?))
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |d| d.id).map(DrawSummary::from);
    Reply::page(ctx, &DrawPage { items, next: next.clone() }, next.as_deref())
}

/// Lists picks and those that follow.
///
/// # Errors
/// 404; 400 `bad_cursor`; database errors.
pub async fn draw_pick_list(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    let PartQuery { cursor, limit } = query;
    let (who, limit) = (Who::of(ctx)?, limit.unwrap_or(DEFAULT_LIMIT));
    let after: Option<(String, i64)> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            find(c, &who, id).await?;
            Ok(store::picks_of(c, id, None, after, Some(limit + 1)).await?)
        })
        .await?;
    let Page { items, next } =
        Page::cut(ctx, rows, limit, |p| (p.stratum.clone(), p.rank)).map(DrawPickView::from);
    Reply::page(ctx, &DrawPickPage { items, next: next.clone() }, next.as_deref())
}

/// Lists the steps of a draw.
///
/// # Errors
/// 404; 400 `bad_cursor`; database errors.
pub async fn draw_history(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await.map(|_| ())).await?;
    history_of(ctx, AGGREGATE, id, query).await
}

/// What a draw is made of, before it has a number.
struct Draft {
    draw: Draw,
    strata: Vec<DrawStratum>,
    sources: Vec<DrawSource>,
    organs: Vec<DrawOrgan>,
}

/// Adds a draw whose frame is open.
///
/// # Errors
/// 403; 404; 409 `plan_not_public`, `draw_not_void`, and those of [`again`]; 422; 503.
pub async fn draw_create(ctx: &Ctx, body: DrawCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let role = who.role(DRAWING_ROLES)?;
    let plan = match body.plan_id {
        Some(id) => Some(plan_of(ctx, &who, id).await?),
        None => None,
    };
    let replaces = match body.redraw_of {
        Some(id) => Some(void_draw(ctx, &who, id).await?),
        None => None,
    };
    let mut draft = draft(ctx, &who, body, plan.as_ref())?;
    for (i, organ) in draft.organs.iter().enumerate() {
        outside::known_organ(&ctx.kit, &organ.organ, &format!("/organs/{i}/department")).await?;
    }
    draft.draw.settings.replaces = replaces;
    let year = china_date(ctx.now()).year();
    let planned: BTreeSet<String> =
        plan.iter().flat_map(|p| &p.content.strata).map(|s| s.name.clone()).collect();
    ctx.change(async move |tx| {
        let Draft { mut draw, strata, sources, organs } = draft;
        again::settle(tx.conn(), &draw, &strata, &planned).await?;
        plan_stands(tx.conn(), &draw).await?;
        let number = store::draw_number_next(tx.conn(), year).await?;
        draw.code = format!("DRAW-{year}-{number:04}");
        store::draw_create(tx.conn(), &draw, strata, sources, organs).await.or_conflict(
            "draw_number_taken",
            "编号刚被占用，请重试",
            "the number was taken this moment; try again",
        )?;
        let state = draw.state.to_string();
        let step = super::Step {
            aggregate: AGGREGATE,
            id: draw.id,
            number: draw.transitions,
            from: "",
            verb: "create",
            to: &state,
            role: Some(role),
            grounds: super::Grounds { reason: draw.settings.redraw_reason.clone(), documents: Vec::new() },
            more: serde_json::json!({"code": draw.code, "plan": draw.plan_code, "replaces": draw.settings.replaces}),
            rule_ids: vec!["DRW-01".into(), "DRW-08".into()],
            rule_pack: None,
            due: None,
        };
        super::step_add(tx, step).await?;
        tx.audit(AGGREGATE, draw.id, serde_json::json!({"code": draw.code, "plan": draw.plan_code}));
        let event = serde_json::json!({"id": draw.id, "code": draw.code, "plan_id": draw.plan_id, "state": state});
        tx.event("draw.created", draw.id, &draw.departments, &draw.region_code, &event)?;
        let (location, version) = (format!("/v1/draws/{}", draw.id), draw.version);
        let view = view(tx.conn(), draw).await?;
        Ok(Reply::created(&view, location)?.version(version))
    })
    .await
}

/// The number of the void draw that another one stands in for (DRW-04).
async fn void_draw(ctx: &Ctx, who: &Who, id: Uuid) -> Result<String> {
    let old = ctx.kit.store.read::<_, Error, _>(async |c| find(c, who, id).await).await?;
    if old.state == DrawState::Void {
        return Ok(old.code);
    }
    Err(not_void())
}

fn not_void() -> Error {
    Error::conflict(
        "draw_not_void",
        "原抽取尚未作废，不能重新抽取",
        "The draw is not void, so there can be no other one in its place",
    )
}

fn draft(ctx: &Ctx, who: &Who, body: DrawCreate, plan: Option<&Plan>) -> Result<Draft> {
    let DrawCreate {
        plan_id,
        plan_code,
        lead_department,
        region_code,
        algorithm,
        kind,
        reserve,
        team_size,
        entropy_moment,
        reveal_until,
        sources,
        strata,
        organs,
        visit_from,
        visit_to,
        redraw_of,
        redraw_reason,
    } = body;
    let mut faults = Vec::new();
    let mut fault =
        |pointer: &str, code: &str, zh: &str, en: &str| faults.push(Fault::new(pointer, code, zh, en));
    let now = ctx.now();
    let planned_lead = plan.map(|p| p.content.lead().to_string());
    let lead = planned_lead.or(lead_department).unwrap_or_else(|| who.caller.department.clone());
    if !who.may_write_for(&lead) {
        return Err(other_department());
    }
    if plan.is_none() && plan_code.is_none() {
        fault("/plan_code", "missing", "须指明计划", "a plan must be named");
    }
    if plan.is_some() && plan_code.is_some() {
        fault(
            "/plan_code",
            "contradiction",
            "plan_id 与 plan_code 只能填一项",
            "either plan_id or plan_code",
        );
    }
    let moment = whole_second(entropy_moment);
    if moment <= now {
        fault(
            "/entropy_moment",
            "in_the_past",
            "熵的公布时刻须在将来",
            "the entropy moment must lie in the future",
        );
    }
    let reveal_until = reveal_until.map(whole_second);
    if reveal_until.is_some_and(|until| until < moment || until > moment + MAX_REVEAL_GRACE) {
        fault(
            "/reveal_until",
            "bad_period",
            "揭示截止须在熵的公布时刻之后的7日内",
            "the last moment for nonces lies within seven days after the entropy moment",
        );
    }
    if redraw_of.is_some() != redraw_reason.is_some() {
        fault(
            "/redraw_reason",
            "missing",
            "重新抽取须说明理由",
            "another draw needs a reason, and the void draw it replaces",
        );
    }
    let period = plan.and_then(|p| p.content.period);
    let from = visit_from.or(period.map(|p| p.from.max(china_date(now))));
    let to = visit_to.or(period.map(|p| p.to));
    if from.zip(to).is_none_or(|(from, to)| from > to) {
        fault(
            "/visit_from",
            "bad_period",
            "检查起止日期缺失或颠倒",
            "the days of the visits are missing or reversed",
        );
    }
    let team_size = team_size.unwrap_or(2);
    let inputs = match (strata, plan) {
        (Some(given), _) => given,
        (None, Some(plan)) => plan_strata(plan, &mut faults),
        (None, None) => Vec::new(),
    };
    let (strata, ratios) = strata_of(inputs, &mut faults);
    let sources = sources_of(sources, &mut faults);
    let organs = organs_of(organs, plan, &lead, team_size, &mut faults);
    plain("/redraw_reason", redraw_reason.as_deref(), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let has_nonces = sources.iter().any(|s| s.kind == EntropyKind::Nonce);
    let (id, today) = (Uuid::now_v7(), china_date(now));
    let mut secret = [0u8; 32];
    rand::rng().fill_bytes(&mut secret);
    let settings = Settings {
        visit_from: from.unwrap_or(today),
        visit_to: to.unwrap_or(today),
        ratios,
        person_secret_sealed: ctx
            .kit
            .crypto
            .seal(&format!("draw/person_secret/{id}"), &hex::encode(secret))?,
        declaration: None,
        entropy_fixed_at: None,
        replaces: None,
        redraw_reason,
        reports: BTreeMap::new(),
        digest: None,
        reveal_until: has_nonces.then(|| reveal_until.unwrap_or(moment + REVEAL_GRACE)),
        plan_digest: plan.map(said_by),
        replacing: BTreeMap::new(),
        pool_hash: None,
    };
    let mut departments = vec![lead.clone()];
    let others = organs.iter().map(|o| &o.organ).chain(sources.iter().filter_map(|s| s.organ.as_ref()));
    for organ in others {
        if !departments.contains(organ) {
            departments.push(organ.clone());
        }
    }
    let draw = Draw {
        id,
        code: String::new(),
        plan_id,
        plan_code: plan.map_or_else(|| plan_code.unwrap_or_default(), |p| p.code.clone()),
        lead_department: lead,
        departments,
        region_code: plan.map_or(region_code, |p| p.content.region_code.clone()),
        algorithm: algorithm.unwrap_or(DrawAlgorithm::V1),
        kind: kind.unwrap_or(DrawKind::Untargeted),
        state: DrawState::FrameOpen,
        reserve: reserve.unwrap_or(DEFAULT_RESERVE),
        team_size,
        frame_size: 0,
        frame_frozen_at: None,
        seed_sealed: None,
        seed_revealed: None,
        commit_hash: None,
        committed_at: None,
        entropy_moment: Some(moment),
        public_entropy: None,
        drawn_at: None,
        settings,
        redraw_of,
        void_reason: None,
        void_requested_by: None,
        voided_by: None,
        transitions: 1,
        created_by: who.caller.subject.clone(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    Ok(Draft { draw, strata, sources, organs })
}

fn strata_of(
    inputs: Vec<DrawStratumInput>,
    faults: &mut Vec<Fault>,
) -> (Vec<DrawStratum>, BTreeMap<String, u32>) {
    let (mut strata, mut ratios, mut names) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
    if inputs.is_empty() || inputs.len() > MAX_STRATA {
        faults.push(Fault::new(
            "/strata",
            "strata_missing",
            "至少须有一层",
            "one stratum at least is needed",
        ));
    }
    for (position, input) in (0i64..).zip(inputs) {
        let DrawStratumInput { name, sample_size, ratio_per_ten_thousand, filter } = input;
        let pointer = format!("/strata/{position}");
        if let Err(e) = ::draw::id::check(&name) {
            faults.push(Fault::new(format!("{pointer}/name"), e.code(), e.message_zh(), e.to_string()));
        }
        if !names.insert(name.clone()) {
            faults.push(Fault::new(
                format!("{pointer}/name"),
                "doubled",
                "层名重复",
                "the name stands twice",
            ));
        }
        if sample_size.is_some() == ratio_per_ten_thousand.is_some() {
            let (zh, en) = ("数量与比例须填且只填一项", "either a number or a share");
            faults.push(Fault::new(format!("{pointer}/sample_size"), "number_or_share", zh, en));
        }
        ratios.extend(ratio_per_ten_thousand.map(|r| (name.clone(), r)));
        strata.push(DrawStratum {
            name,
            position,
            filter,
            frame_size: 0,
            sample_size: sample_size.unwrap_or(0),
            params: String::new(),
            params_hash: None,
            frame_root: None,
            threshold: None,
        });
    }
    (strata, ratios)
}

fn sources_of(inputs: Vec<DrawSourceInput>, faults: &mut Vec<Fault>) -> Vec<DrawSource> {
    let (mut sources, mut names) = (Vec::new(), BTreeSet::new());
    for (position, DrawSourceInput { kind, name }) in (0i64..).zip(inputs) {
        let pointer = format!("/sources/{position}/name");
        plain(&pointer, Some(&name), faults);
        if !names.insert(name.clone()) {
            faults.push(Fault::new(pointer, "doubled", "熵源名称重复", "the name stands twice"));
        }
        sources.push(DrawSource {
            position,
            kind,
            organ: (kind == EntropyKind::Nonce).then(|| name.clone()),
            name,
            commitment: None,
            committed_by: None,
            committed_at: None,
            value: None,
            revealed_by: None,
            revealed_at: None,
            is_no_show: false,
        });
    }
    sources
}

fn organs_of(
    inputs: Option<Vec<DrawOrganInput>>,
    plan: Option<&Plan>,
    lead: &str,
    team_size: i64,
    faults: &mut Vec<Fault>,
) -> Vec<DrawOrgan> {
    let part = |code: &str| plan.and_then(|p| p.content.parts.iter().find(|x| x.department == code));
    let inputs = inputs.unwrap_or_else(|| {
        let codes = plan.map_or_else(|| vec![lead.to_string()], |p| p.content.departments());
        let of = |department| DrawOrganInput { department, team_size: None, qualifications: Vec::new() };
        codes.into_iter().map(of).collect()
    });
    let (mut organs, mut codes) = (Vec::new(), BTreeSet::new());
    for (i, DrawOrganInput { department, team_size: own, qualifications }) in inputs.into_iter().enumerate() {
        let pointer = format!("/organs/{i}/department");
        if !codes.insert(department.clone()) {
            faults.push(Fault::new(pointer.as_str(), "doubled", "部门重复", "the department stands twice"));
        }
        let part = part(&department);
        if plan.is_some_and(|p| !p.content.departments().contains(&department)) {
            let (zh, en) = ("该部门不在计划中", "the department has no part in the plan");
            faults.push(Fault::new(pointer, "not_in_plan", zh, en));
        }
        let is_lead = part.map_or(department == lead, |p| p.role == PlanRole::Lead);
        organs.push(DrawOrgan {
            role: if is_lead { DrawRole::Lead } else { DrawRole::Cooperating },
            organ: department,
            team_size: own.unwrap_or(team_size),
            qualifications: qualifications.into_iter().map(|DrawQualification(q)| q).collect(),
            item: part.and_then(|p| p.item).map(|i| (i.id, i.version)),
            item_text: part.map(|p| p.item_text.clone()).unwrap_or_default(),
        });
    }
    organs
}
