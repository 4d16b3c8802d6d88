//! Use cases: the steps of a draw, in the order of a life: nonces, commitment, entropy, draw, publication, void.
//! Replacements are [`super::replace`].
//!
//! Each step is one transaction of rows, history, audit entry and event. The seed exists in clear only inside the step that
//! makes it and the one that draws; before the draw it is sealed.

use super::{answer, find, hold, outcome, plan_stands};
use crate::api::draw::{DrawEntropyFix, DrawEntropyValue, DrawNonceCommit, DrawNonceReveal};
use crate::api::step::{ActionNote, ActionReason};
use crate::app::{Grounds, Step, Who, expect, other_department, step_add, transition_refused, wanted};
use crate::domain::draw::{
    AGGREGATE, APPROVING_ROLES, DRAWING_ROLES, Draw, DrawSource, DrawState, DrawVerb, EntropyKind,
    NONCE_ROLES, moment,
};
use crate::store::draw::{self as store};
use crate::store::transition::has_taken;
use ::draw::{Hash, entropy, stratum};
use domain::vocabulary::Role;
use rand::RngCore as _;
use serde_json::json;
use service_kit::{Ctx, Error, Fault, Reply, Result, Tx};
use uuid::Uuid;

/// Steps of the one who draws; another person publishes (经办与审批分离).
const DRAWERS_VERBS: [DrawVerb; 4] =
    [DrawVerb::FixEntropy, DrawVerb::Run, DrawVerb::RequestReplacement, DrawVerb::Assign];

/// What a step leaves in the history beside the states.
pub(crate) struct Left {
    pub role: Role,
    pub grounds: Grounds,
    pub more: serde_json::Value,
}

/// 409 unless the step is possible from here.
pub(crate) fn allowed(draw: &Draw, verb: DrawVerb) -> Result<()> {
    let (from, _) = verb.step();
    if from.contains(&draw.state) { Ok(()) } else { Err(transition_refused(draw.state, verb.as_str())) }
}

/// 403 unless the caller speaks for the lead department.
pub(crate) fn leads(who: &Who, draw: &Draw) -> Result<()> {
    if who.may_write_for(&draw.lead_department) { Ok(()) } else { Err(other_department()) }
}

/// Writes a step: state, version, row, history, audit entry, event.
///
/// # Errors
/// 412 when somebody was quicker; database errors.
pub(crate) async fn save(tx: &mut Tx<'_, '_>, draw: &mut Draw, verb: DrawVerb, left: Left) -> Result<()> {
    let Left { role, grounds, more } = left;
    let from = draw.state.to_string();
    draw.state = verb.step().1.unwrap_or(draw.state);
    draw.transitions += 1;
    draw.version += 1;
    draw.updated_at = tx.now();
    if !store::draw_update(tx.conn(), draw).await? {
        return Err(service_kit::extract::changed());
    }
    let to = draw.state.to_string();
    let step = Step {
        aggregate: AGGREGATE,
        id: draw.id,
        number: draw.transitions,
        from: &from,
        verb: verb.as_str(),
        to: &to,
        role: Some(role),
        grounds,
        more: more.clone(),
        rule_ids: Vec::new(),
        rule_pack: None,
        due: None,
    };
    step_add(tx, step).await?;
    tx.audit(AGGREGATE, draw.id, json!({"verb": verb, "version": draw.version, "step": more}));
    let event = json!({"id": draw.id, "code": draw.code, "plan_id": draw.plan_id, "state": draw.state, "verb": verb, "step": more});
    let is_public =
        matches!(verb, DrawVerb::Freeze | DrawVerb::Commit | DrawVerb::FixEntropy | DrawVerb::Publish);
    // What fixes a draw beforehand is for everybody: that it was published then is what a proof rests on.
    let seen_by: &[String] = if is_public { &[] } else { &draw.departments };
    tx.event(&format!("draw.{}", past(verb)), draw.id, seen_by, &draw.region_code, &event)
}

fn past(verb: DrawVerb) -> &'static str {
    match verb {
        DrawVerb::Freeze => "frame_frozen",
        DrawVerb::CommitNonce => "nonce_committed",
        DrawVerb::Commit => "committed",
        DrawVerb::RevealNonce => "nonce_revealed",
        DrawVerb::FixEntropy => "entropy_fixed",
        DrawVerb::Run => "drawn",
        DrawVerb::RequestReplacement => "replacement_requested",
        DrawVerb::Replace => "replaced",
        DrawVerb::Assign => "assigned",
        DrawVerb::Publish => "published",
        DrawVerb::RequestVoid => "void_requested",
        DrawVerb::ApproveVoid => "voided",
    }
}

/// The caller's own nonce among the sources.
fn own_nonce(sources: Vec<DrawSource>, who: &Who) -> Result<DrawSource> {
    let mine = |s: &DrawSource| s.kind == EntropyKind::Nonce && s.name == who.caller.department;
    sources.into_iter().find(mine).ok_or_else(|| {
        Error::forbidden(
            "no_nonce_source",
            "本部门不是该抽取的熵源",
            "Your department gives no nonce to this draw",
        )
    })
}

/// A department commits to its nonce.
///
/// # Errors
/// 403 `no_nonce_source`; 404; 409 `transition_refused`, `nonce_committed_already`; 412.
pub async fn draw_nonce_commit(ctx: &Ctx, id: Uuid, body: DrawNonceCommit) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let role = who.role(NONCE_ROLES)?;
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        expect(wanted, draw.version)?;
        let mut source = own_nonce(store::sources_of(tx.conn(), id).await?, &who)?;
        allowed(&draw, DrawVerb::CommitNonce)?;
        if source.commitment.is_some() {
            return Err(Error::conflict(
                "nonce_committed_already",
                "本部门已作出承诺，不得更改",
                "Your department has committed to its nonce, which cannot be changed",
            ));
        }
        source.commitment = Some(body.commitment.clone());
        source.committed_by = Some(who.caller.subject.clone());
        source.committed_at = Some(tx.now());
        let more = json!({"source": source.name, "commitment": body.commitment});
        store::source_update(tx.conn(), id, source).await?;
        save(tx, &mut draw, DrawVerb::CommitNonce, Left { role, grounds: Grounds::default(), more }).await?;
        answer(tx, draw).await
    })
    .await
}

/// Makes the seed, publishes its commitment, the declared sources and the parameters.
///
/// # Errors
/// 403; 404; 409 `transition_refused`, `plan_not_public`, `plan_changed`, `entropy_moment_passed`, `nonce_commitment_missing`;
/// 412.
pub async fn draw_commit(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let (who, wanted, crypto) = (Who::of(ctx)?, wanted(ctx)?, ctx.kit.crypto.clone());
    let role = who.role(DRAWING_ROLES)?;
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        expect(wanted, draw.version)?;
        leads(&who, &draw)?;
        allowed(&draw, DrawVerb::Commit)?;
        plan_stands(tx.conn(), &draw).await?;
        let suite = draw.algorithm.suite();
        let at = draw.entropy_moment.unwrap_or(tx.now());
        if at <= tx.now() {
            return Err(Error::conflict(
                "entropy_moment_passed",
                "熵的公布时刻已过，承诺必须在此之前公布",
                "The entropy moment has passed; the commitment must be published before it",
            ));
        }
        let sources = store::sources_of(tx.conn(), id).await?;
        let late: Vec<&str> = sources
            .iter()
            .filter(|s| s.kind == EntropyKind::Nonce && s.commitment.is_none())
            .map(|s| s.name.as_str())
            .collect();
        if !late.is_empty() {
            let late = late.join(", ");
            return Err(Error::conflict(
                "nonce_commitment_missing",
                format!("以下部门尚未承诺随机数：{late}"),
                format!("These departments have not committed to a nonce: {late}"),
            ));
        }
        let text = moment(at);
        let declared: Vec<_> = sources.iter().map(|s| s.source(&text).declared()).collect();
        let declared = entropy::declare(declared)
            .map_err(|e| Error::conflict("entropy_sources", format!("熵源有误：{e}"), e.to_string()))?;
        let declaration = entropy::declaration(suite, &declared);
        let bound = (!entropy::is_plain(&declared)).then_some(&declaration);
        let mut seed = Hash([0; 32]);
        rand::rng().fill_bytes(&mut seed.0);
        let commit = stratum::commitment(suite, &seed).to_string();
        let pool = draw.settings.pool_hash.as_deref().and_then(Hash::parse);
        let mut published = Vec::new();
        for mut row in store::strata_of(tx.conn(), id).await? {
            let n = u32::try_from(row.sample_size).unwrap_or(u32::MAX);
            let params = stratum::params_with_pool(&draw.code, &draw.plan_code, &row.name, n, bound, pool.as_ref());
            row.params_hash = Some(stratum::params_hash(suite, &params).to_string());
            row.params = params.canonical();
            published.push(json!({"stratum": row.name, "frame_root": row.frame_root, "params_hash": row.params_hash}));
            store::stratum_update(tx.conn(), id, row).await?;
        }
        draw.seed_sealed = Some(crypto.seal(&format!("draw/seed/{id}"), &seed.to_string())?);
        draw.commit_hash = Some(commit.clone());
        draw.committed_at = Some(tx.now());
        draw.settings.declaration = Some(declaration.to_string());
        let more = json!({"commit": commit, "declaration": declaration, "entropy_moment": text, "pool_hash": draw.settings.pool_hash, "strata": published});
        save(tx, &mut draw, DrawVerb::Commit, Left { role, grounds: body.into(), more }).await?;
        answer(tx, draw).await
    })
    .await
}

/// A department reveals its nonce.
///
/// # Errors
/// 403 `no_nonce_source`; 404; 409 `transition_refused`, `nonce_revealed_already`; 412; 422 `wrong_nonce`.
pub async fn draw_nonce_reveal(ctx: &Ctx, id: Uuid, body: DrawNonceReveal) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let role = who.role(NONCE_ROLES)?;
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        expect(wanted, draw.version)?;
        let mut source = own_nonce(store::sources_of(tx.conn(), id).await?, &who)?;
        allowed(&draw, DrawVerb::RevealNonce)?;
        if source.value.is_some() {
            let (zh, en) = ("本部门已揭示随机数", "Your department has revealed its nonce");
            return Err(Error::conflict("nonce_revealed_already", zh, en));
        }
        let nonce = Hash::parse(&body.nonce);
        let made =
            nonce.map(|n| entropy::nonce_commitment(draw.algorithm.suite(), &source.name, &n).to_string());
        if made.is_none() || made != source.commitment {
            let (zh, en) = ("与本部门的承诺不符", "it is not what your department committed to");
            return Err(Error::invalid_at("/nonce", "wrong_nonce", zh, en));
        }
        source.value = Some(body.nonce.clone());
        source.revealed_by = Some(who.caller.subject.clone());
        source.revealed_at = Some(tx.now());
        let more = json!({"source": source.name});
        store::source_update(tx.conn(), id, source).await?;
        save(tx, &mut draw, DrawVerb::RevealNonce, Left { role, grounds: Grounds::default(), more }).await?;
        answer(tx, draw).await
    })
    .await
}

/// Fixes the public entropy; nonces not revealed in time are marked and replaced by the hash of their commitments.
///
/// # Errors
/// 403; 404; 409 `transition_refused`, `entropy_moment_not_reached`, `nonces_outstanding`, `entropy_all_missing`; 412; 422.
pub async fn draw_entropy_fix(ctx: &Ctx, id: Uuid, body: DrawEntropyFix) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let role = who.role(DRAWING_ROLES)?;
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        expect(wanted, draw.version)?;
        leads(&who, &draw)?;
        allowed(&draw, DrawVerb::FixEntropy)?;
        let at = draw.entropy_moment.unwrap_or(tx.now());
        if tx.now() < at {
            return Err(Error::conflict(
                "entropy_moment_not_reached",
                format!("尚未到熵的公布时刻（{}）", moment(at)),
                format!("The entropy moment {} is not reached", moment(at)),
            ));
        }
        let mut sources = store::sources_of(tx.conn(), id).await?;
        in_time(&sources, draw.settings.reveal_until.unwrap_or(at), tx.now())?;
        take_values(&mut sources, body.values, &who, tx.now())?;
        let (suite, text) = (draw.algorithm.suite(), moment(at));
        let known: Vec<::draw::Source> = sources.iter().map(|s| s.source(&text)).collect();
        let bytes = entropy::public_entropy(suite, &known).map_err(|e| match e {
            ::draw::EntropyFault::AllMissing => Error::conflict(
                "entropy_all_missing",
                "没有部门揭示随机数，也未指定公开文本，不能抽取",
                e.to_string(),
            ),
            e => Error::invalid_at("/values", e.code(), format!("熵源有误：{e}"), e.to_string()),
        })?;
        let hash = suite.bare(&bytes).to_string();
        let no_shows: Vec<String> = sources.iter().filter(|s| s.is_no_show).map(|s| s.name.clone()).collect();
        for source in sources {
            store::source_update(tx.conn(), id, source).await?;
        }
        draw.public_entropy = Some(hash.clone());
        draw.settings.entropy_fixed_at = Some(tx.now());
        let more = json!({"entropy_hash": hash, "no_shows": no_shows});
        save(tx, &mut draw, DrawVerb::FixEntropy, Left { role, grounds: Grounds::default(), more }).await?;
        answer(tx, draw).await
    })
    .await
}

/// 409 while departments may still reveal their nonces: to be marked as not shown is a public reproach.
fn in_time(sources: &[DrawSource], until: jiff::Timestamp, now: jiff::Timestamp) -> Result<()> {
    let waits = |s: &&DrawSource| s.kind == EntropyKind::Nonce && s.value.is_none();
    let late: Vec<&str> = sources.iter().filter(waits).map(|s| s.name.as_str()).collect();
    if late.is_empty() || now >= until {
        return Ok(());
    }
    let (late, until) = (late.join(", "), moment(until));
    Err(Error::conflict(
        "nonces_outstanding",
        format!("以下部门在 {until} 前仍可揭示随机数：{late}"),
        format!("These departments may reveal their nonces until {until}: {late}"),
    ))
}

fn take_values(
    sources: &mut [DrawSource],
    values: Vec<DrawEntropyValue>,
    who: &Who,
    now: jiff::Timestamp,
) -> Result<()> {
    let mut faults = Vec::new();
    for (i, DrawEntropyValue { name, value }) in values.into_iter().enumerate() {
        let source = sources.iter_mut().find(|s| s.kind == EntropyKind::PublicText && s.name == name);
        let Some(source) = source.filter(|s| s.value.is_none()) else {
            let (zh, en) =
                ("没有这个公开文本熵源，或已重复", "no such public text is declared, or it stands twice");
            faults.push(Fault::new(format!("/values/{i}/name"), "unknown_source", zh, en));
            continue;
        };
        if domain::text::refuse_control(&value, false).is_err() {
            let (zh, en) = ("含有控制字符", "holds control characters");
            faults.push(Fault::new(format!("/values/{i}/value"), "control_character", zh, en));
        }
        source.value = Some(value);
        source.revealed_by = Some(who.caller.subject.clone());
        source.revealed_at = Some(now);
    }
    for source in sources.iter_mut().filter(|s| s.value.is_none()) {
        match source.kind {
            EntropyKind::Nonce => source.is_no_show = true,
            EntropyKind::PublicText => {
                let (zh, en) = (
                    format!("缺少“{}”的内容", source.name),
                    format!("the text of {} is missing", source.name),
                );
                faults.push(Fault::new("/values", "missing_value", zh, en));
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// Draws every stratum. The frames cannot change any more, so scores are computed before the transaction.
///
/// # Errors
/// 403; 404; 409 `transition_refused`; 412.
pub async fn draw_run(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let (who, wanted, crypto) = (Who::of(ctx)?, wanted(ctx)?, ctx.kit.crypto.clone());
    let role = who.role(DRAWING_ROLES)?;
    let read = async |c: &mut store_kit::AnyConn<'_>| {
        let draw = find(c, &who, id).await?;
        leads(&who, &draw)?;
        expect(wanted, draw.version)?;
        allowed(&draw, DrawVerb::Run)?;
        let strata = outcome::frames(c, &draw).await?;
        Ok((draw, strata))
    };
    let (draw, strata) = ctx.kit.store.read::<_, Error, _>(read).await?;
    let (seen, drawn) = (draw.version, outcome::compute(&draw, &*crypto, strata).await?);
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        allowed(&draw, DrawVerb::Run)?;
        expect(Some(seen), draw.version)?;
        let result = outcome::put(tx, &mut draw, drawn).await?;
        let more = json!({"strata": result});
        save(tx, &mut draw, DrawVerb::Run, Left { role, grounds: body.into(), more }).await?;
        answer(tx, draw).await
    })
    .await
}

/// Publishes the transcript: its digest is fixed and the public operation shows it.
///
/// # Errors
/// 403 `same_person`; 404; 409 `transition_refused`; 412.
pub async fn draw_publish(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let role = who.role(APPROVING_ROLES)?;
    let seen = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    leads(&who, &seen)?;
    expect(wanted, seen.version)?;
    allowed(&seen, DrawVerb::Publish)?;
    let version = seen.version;
    let digest = crate::app::draw_proof::transcript(&ctx.kit, seen, false).await?.digest.to_string();
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        allowed(&draw, DrawVerb::Publish)?;
        expect(Some(version), draw.version)?;
        let own = DRAWERS_VERBS.map(DrawVerb::as_str);
        if has_taken(tx.conn(), AGGREGATE, id, &who.caller.subject, &own).await? {
            let (zh, en) = ("经办抽取的人不能公布其结果", "Who drew does not publish what was drawn");
            return Err(Error::forbidden("same_person", zh, en));
        }
        draw.settings.digest = Some(digest.clone());
        let more = json!({"digest": digest, "commit": draw.commit_hash});
        save(tx, &mut draw, DrawVerb::Publish, Left { role, grounds: body.into(), more }).await?;
        answer(tx, draw).await
    })
    .await
}

/// Asks that a draw be void; another person approves it.
///
/// # Errors
/// 403; 404; 409 `transition_refused`, `void_requested_already`; 412.
pub async fn draw_void_request(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let role = who.role(DRAWING_ROLES)?;
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        expect(wanted, draw.version)?;
        leads(&who, &draw)?;
        allowed(&draw, DrawVerb::RequestVoid)?;
        if draw.void_requested_by.is_some() {
            let (zh, en) =
                ("已申请作废，待另一人批准", "It was asked for already; another person is to approve it");
            return Err(Error::conflict("void_requested_already", zh, en));
        }
        draw.void_requested_by = Some(who.caller.subject.clone());
        draw.void_reason = Some(body.reason.clone());
        save(tx, &mut draw, DrawVerb::RequestVoid, Left { role, grounds: body.into(), more: json!({}) })
            .await?;
        answer(tx, draw).await
    })
    .await
}

/// Makes a draw void: a second person, never the one who asked (DRW-04). The draw is kept as it is.
///
/// # Errors
/// 403 `same_person`; 404; 409 `transition_refused`, `void_not_requested`, `visits_open`; 412.
pub async fn draw_void(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let (who, wanted, kit) = (Who::of(ctx)?, wanted(ctx)?, ctx.kit.clone());
    let role = who.role(APPROVING_ROLES)?;
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        expect(wanted, draw.version)?;
        leads(&who, &draw)?;
        allowed(&draw, DrawVerb::ApproveVoid)?;
        let Some(asked_by) = &draw.void_requested_by else {
            let (zh, en) = ("尚无作废申请", "Nobody has asked that it be void");
            return Err(Error::conflict("void_not_requested", zh, en));
        };
        if *asked_by == who.caller.subject {
            let (zh, en) = ("申请人不能批准自己的申请", "Who asked for it may not approve it");
            return Err(Error::forbidden("same_person", zh, en));
        }
        if crate::store::team::open_visits(tx.conn(), id).await? > 0 {
            let (zh, en) =
                ("请先取消由该抽取产生的检查任务", "Cancel the visits that came of the draw first");
            return Err(Error::conflict("visits_open", zh, en));
        }
        draw.voided_by = Some(who.caller.subject.clone());
        // After the entropy is known a draw can be given up because of its outcome: that is computed and told, so that all see it.
        if draw.public_entropy.is_some() {
            if draw.drawn_at.is_none() {
                let strata = outcome::frames(tx.conn(), &draw).await?;
                let drawn = outcome::compute(&draw, &*kit.crypto, strata).await?;
                outcome::put(tx, &mut draw, drawn).await?;
            }
            if draw.settings.digest.is_none() {
                let made =
                    crate::app::draw_proof::transcript_in(tx.conn(), &kit, draw.clone(), false).await?;
                draw.settings.digest = Some(made.digest.to_string());
            }
        }
        let more = json!({"was": draw.state, "commit": draw.commit_hash, "digest": draw.settings.digest});
        save(tx, &mut draw, DrawVerb::ApproveVoid, Left { role, grounds: body.into(), more }).await?;
        answer(tx, draw).await
    })
    .await
}

/// Whether the frame may still be changed, for the frame's use cases.
pub(crate) fn frame_open(draw: &Draw) -> Result<()> {
    if draw.state == DrawState::FrameOpen {
        return Ok(());
    }
    Err(Error::conflict(
        "frame_frozen",
        "抽查对象库已冻结，不得再改",
        "The frame is frozen and cannot be changed",
    ))
}
