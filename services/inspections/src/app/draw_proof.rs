//! Use cases: transcripts, proofs and recomputation of draws (抽取证明).
//!
//! A transcript is made from the rows each time it is asked for, and is the same bytes each time; its digest is fixed when the
//! draw is published or made void. The public part is for who sees the draw. The openings of natural persons need the lead
//! department and a reason, and each reading of them is in the audit log, as is each question by a person's own identifier. Before
//! the draw nothing of it exists, since the seed is secret.

use super::draw::find;
use super::draw_frame::person_secret;
use super::{Who, plain};
use crate::api::draw::FrameId;
use crate::api::draw_proof::{
    DrawProof, DrawProofQuery, DrawRecompute, DrawRecomputed, DrawScore, DrawTranscriptQuery, TranscriptPart,
};
use crate::domain::draw::{AGGREGATE, DRAWING_ROLES, Draw, DrawAlgorithm, DrawState};
use crate::domain::draw_frame::refused;
use crate::domain::draw_proof::{self as rules, DrawRows};
use crate::store::draw as draw_store;
use crate::store::draw_frame::{frame_place, persons_of};
use crate::store::draw_proof::{frame_of, rows_of};
use ::draw::{FrameBuilder, Hash, Json, Transcript, person, select, stratum};
use service_kit::{Ctx, Error, Fault, Kit, Reply, Result};
use store_kit::AnyConn;
use store_kit::crypto::CryptoProvider;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// A transcript holds whole frames, so not many are made at the same time.
static MAKING: Semaphore = Semaphore::const_new(2);

/// 409: nothing is drawn yet.
fn not_drawn() -> Error {
    Error::conflict("not_drawn", "尚未抽取，没有抽取记录", "Nothing is drawn yet, so there is no transcript")
}

/// The transcript of a draw that the caller may see; who may see it was decided before.
///
/// # Errors
/// 409 `not_drawn`; database errors.
pub(crate) async fn transcript(kit: &Kit, draw: Draw, with_personal: bool) -> Result<Transcript> {
    if draw.seed_revealed.is_none() || draw.drawn_at.is_none() {
        return Err(not_drawn());
    }
    let _permit = MAKING.acquire().await.map_err(|e| Error::internal(e.to_string()))?;
    let rows = kit.store.read::<_, Error, _>(async |c| rows(c, kit, draw, with_personal).await).await?;
    sealed(rows, with_personal).await
}

/// As [`transcript`], inside a transaction that has just changed the draw.
///
/// # Errors
/// 409 `not_drawn`; database errors.
pub(crate) async fn transcript_in(
    c: &mut AnyConn<'_>,
    kit: &Kit,
    draw: Draw,
    with_personal: bool,
) -> Result<Transcript> {
    let rows = rows(c, kit, draw, with_personal).await?;
    // SQLite's writer is a thread of its own without a runtime, so nothing can be handed to another one from here.
    let id = rows.draw.id;
    rules::transcript(rows, with_personal).ok_or_else(|| unreadable(id))
}

fn unreadable(id: Uuid) -> Error {
    Error::internal(format!("draw {id}: a stored value does not read"))
}

async fn rows(c: &mut AnyConn<'_>, kit: &Kit, draw: Draw, with_personal: bool) -> Result<DrawRows> {
    let is_assigned = super::team::is_assigned(c, &draw).await?;
    let teams = if is_assigned { Some(super::team::teams(c, &draw).await?) } else { None };
    let secret = person_secret(kit, &draw)?;
    let openings = if with_personal { openings(c, &*kit.crypto, &draw, &secret).await? } else { Vec::new() };
    let mut rows = rows_of(c, draw).await?;
    rows.teams = teams;
    rows.openings = openings;
    Ok(rows)
}

async fn sealed(rows: DrawRows, with_personal: bool) -> Result<Transcript> {
    let id = rows.draw.id;
    let made = super::draw::outcome::apart(move || rules::transcript(rows, with_personal)).await?;
    made.ok_or_else(|| unreadable(id))
}

async fn openings(
    c: &mut AnyConn<'_>,
    crypto: &dyn CryptoProvider,
    draw: &Draw,
    secret: &Hash,
) -> Result<Vec<person::Opening>> {
    let mut openings = Vec::new();
    for found in persons_of(c, draw.id).await? {
        let id = crypto.open(&format!("draw/person/{}/{}", draw.id, found.entry), &found.id_sealed)?;
        let opening = person::hide(draw.algorithm.suite(), secret, &id);
        if opening.entry != found.entry {
            return Err(Error::internal(format!("draw {}: an entry is not its person's", draw.id)));
        }
        openings.push(opening);
    }
    // Persons uploaded and dropped again stand in no frame.
    let mut held = std::collections::HashSet::new();
    for row in draw_store::strata_of(c, draw.id).await? {
        held.extend(
            frame_of(c, draw, &row)
                .await?
                .ids()
                .filter(|id| id.starts_with(person::PREFIX))
                .map(str::to_owned),
        );
    }
    held.extend(crate::store::draw_frame::exclusions_of(c, draw.id).await?.into_iter().map(|e| e.subject));
    openings.retain(|o| held.contains(&o.entry));
    Ok(openings)
}

/// The bytes of the public transcript of a draw that is or was published, or that was made void after its outcome could be
/// known; none for any other. For the public operations.
///
/// # Errors
/// Database errors.
pub async fn public_transcript(kit: &Kit, id: Uuid) -> Result<Option<Vec<u8>>> {
    let all = service_kit::Scope::all();
    let draw = kit.store.read::<_, Error, _>(async |c| Ok(draw_store::draw_view(c, &all, id).await?)).await?;
    match draw {
        // A draw made void stays to be seen: what was thrown away is what one wants to check (DRW-04).
        Some(draw)
            if draw.state == DrawState::Published
                || (draw.state == DrawState::Void && draw.drawn_at.is_some()) =>
        {
            let made = transcript(kit, draw, false).await?;
            Ok(Some(made.to_bytes().map_err(|e| Error::internal(format!("transcript: {e}")))?))
        }
        _ => Ok(None),
    }
}

/// Whether the caller may know who stands behind the entries of natural persons.
fn may_open(who: &Who, draw: &Draw) -> bool {
    who.may_write_for(&draw.lead_department) && who.role(DRAWING_ROLES).is_ok()
}

/// Leaves that personal data of a draw was read, and why.
async fn opened(ctx: &Ctx, draw: &Draw, detail: serde_json::Value) -> Result<()> {
    let (id, departments, region) = (draw.id, draw.departments.clone(), draw.region_code.clone());
    // Not through the idempotency record: it would keep the clear data.
    service_kit::change::run(&ctx.kit, ctx.actor()?, async move |tx| {
        tx.audit(AGGREGATE, id, detail);
        tx.event("draw.personal_part_read", id, &departments, &region, &serde_json::json!({"id": id}))
    })
    .await
}

/// The transcript as a document in canonical form.
///
/// # Errors
/// 400 `bad_parameter` without a reason for the full part; 403 `personal_part`; 404; 409 `not_drawn`; database errors.
pub async fn draw_transcript(ctx: &Ctx, id: Uuid, query: DrawTranscriptQuery) -> Result<Reply> {
    let DrawTranscriptQuery { part, reason } = query;
    let who = Who::of(ctx)?;
    let is_full = part.unwrap_or_default() == TranscriptPart::Full;
    let draw = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    if is_full && !may_open(&who, &draw) {
        return Err(Error::forbidden(
            "personal_part",
            "自然人标识部分仅牵头部门可取",
            "The part about natural persons is for the lead department",
        ));
    }
    let mut faults = Vec::new();
    if is_full {
        plain("?reason", Some(reason.as_deref().unwrap_or_default()), &mut faults);
    }
    if !faults.is_empty() {
        return Err(Error::malformed("bad_parameter", faults));
    }
    let made = transcript(&ctx.kit, draw.clone(), is_full).await?;
    let body = made.to_bytes().map_err(|e| Error::internal(format!("transcript: {e}")))?;
    let reply = Reply { status: 200, headers: Vec::new(), body };
    if !is_full {
        return Ok(reply);
    }
    let openings = made.personal.as_ref().map_or(0, |p| p.openings.len());
    opened(ctx, &draw, serde_json::json!({"read": "personal_part", "openings": openings, "reason": reason}))
        .await?;
    Ok(reply.header("cache-control", "no-store"))
}

/// What one subject needs to check itself.
///
/// A natural person is found by its entry in the frame; by the identifier behind it only for the lead department, since the
/// answer opens the commitment, and each such answer is in the audit log.
///
/// # Errors
/// 404; 409 `not_drawn`; database errors.
pub async fn draw_proof(ctx: &Ctx, id: Uuid, query: DrawProofQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let draw = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    let proof = proof(&ctx.kit, draw.clone(), &query.subject, may_open(&who, &draw)).await?;
    let reply = Reply::ok(&proof)?;
    if proof.subject == query.subject {
        return Ok(reply);
    }
    opened(ctx, &draw, serde_json::json!({"read": "entry", "entry": proof.subject})).await?;
    Ok(reply.header("cache-control", "no-store"))
}

/// The proof of one subject in a draw that may be shown.
///
/// # Errors
/// 404; 409 `not_drawn`; database errors.
async fn proof(kit: &Kit, draw: Draw, subject: &str, may_open: bool) -> Result<DrawProof> {
    let bad = || Error::internal(format!("draw {}: a stored value does not read", draw.id));
    let seed = draw.seed_revealed.as_deref().filter(|_| draw.drawn_at.is_some()).ok_or_else(not_drawn)?;
    let seed = Hash::parse(seed).ok_or_else(bad)?;
    let entropy = draw.public_entropy.as_deref().and_then(Hash::parse).ok_or_else(bad)?;
    let (suite, secret) = (draw.algorithm.suite(), person_secret(kit, &draw)?);
    let entry = may_open.then(|| person::hide(suite, &secret, subject).entry);
    let found = kit
        .store
        .read::<_, Error, _>(async |c| {
            for row in draw_store::strata_of(c, draw.id).await? {
                for id in [Some(subject), entry.as_deref()].into_iter().flatten() {
                    let Some(place) = frame_place(c, draw.id, &row.name, id).await? else { continue };
                    let pick = draw_store::pick_of(c, draw.id, id).await?;
                    return Ok(Some((row, place, id.to_owned(), pick)));
                }
            }
            Ok(None)
        })
        .await?;
    let (row, position, id, pick) = found.ok_or_else(|| Error::not_found("subject in the frame"))?;
    let root = row.frame_root.as_deref().and_then(Hash::parse).ok_or_else(bad)?;
    let params = row.params_hash.as_deref().and_then(Hash::parse).ok_or_else(bad)?;
    let threshold = row.threshold.as_deref().and_then(Hash::parse).ok_or_else(bad)?;
    let k = stratum::key(suite, &seed, &root, &params, &entropy);
    let score = select::scorer(&suite.keyed(&k)).mac(id.as_bytes());
    Ok(DrawProof {
        draw: draw.code.clone(),
        algorithm: draw.algorithm,
        subject: id,
        stratum: row.name,
        position,
        frame_size: row.frame_size,
        frame_root: root.to_string(),
        params_hash: params.to_string(),
        k: k.to_string(),
        score: score.to_string(),
        threshold: threshold.to_string(),
        is_drawn: score <= threshold,
        rank: pick.map(|p| p.rank),
    })
}

/// Repeats a stratum from the protocol's inputs; nothing is read or stored.
///
/// # Errors
/// 422 with every fault.
pub async fn draw_recompute(_ctx: &Ctx, body: DrawRecompute) -> Result<Reply> {
    let DrawRecompute { algorithm, seed, entropy, params, frame, reserve, visit, inspectors } = body;
    let suite = algorithm.unwrap_or(DrawAlgorithm::V1).suite();
    let mut faults: Vec<Fault> = refused(frame.iter().map(|FrameId(id)| id.as_str()))
        .into_iter()
        .map(|r| {
            Fault::new(format!("/frame/{}", r.at), r.fault.code(), r.fault.message_zh(), r.fault.to_string())
        })
        .collect();
    let seed = Hash::parse(&seed);
    if seed.is_none() {
        faults.push(Fault::new(
            "/seed",
            "bad_hash",
            "须为64位小写十六进制",
            "must be 64 lower-case hex digits",
        ));
    }
    let params = Json::parse(&params.to_string());
    if let Err(e) = &params {
        faults.push(Fault::new("/params", "bad_params", format!("参数有误：{e}"), e.clone()));
    }
    let (Some(seed), Ok(params), true) = (seed, params, faults.is_empty()) else {
        return Err(Error::invalid(faults));
    };
    let work = move || {
        let mut builder = FrameBuilder::new();
        // Every id was checked above.
        let _ = frame.iter().try_for_each(|FrameId(id)| builder.push(id));
        let (frame, report) = builder.finish();
        let entropy_hash = suite.bare(entropy.as_bytes());
        let drawn = stratum::draw(suite, &seed, &entropy_hash, &params, &frame, reserve).map_err(|e| {
            let pointer = if matches!(e, ::draw::StratumFault::Empty) { "/frame" } else { "/params" };
            Error::invalid_at(pointer, e.code(), e.message_zh(), e.to_string())
        })?;
        let ids: Vec<&str> = inspectors.iter().map(|FrameId(id)| id.as_str()).collect();
        let ranked =
            visit.map(|v| stratum::rank_inspectors(&suite.keyed(&drawn.k), &v, &ids)).unwrap_or_default();
        Ok(DrawRecomputed {
            frame_size: frame.len(),
            duplicates: report.duplicates,
            frame_root: drawn.frame_root.to_string(),
            params_hash: drawn.params_hash.to_string(),
            commit: stratum::commitment(suite, &seed).to_string(),
            entropy_hash: entropy_hash.to_string(),
            k: drawn.k.to_string(),
            threshold: drawn.threshold.to_string(),
            picks: drawn.picks.into_iter().map(DrawScore::from).collect(),
            reserve: drawn.reserve.into_iter().map(DrawScore::from).collect(),
            inspectors: ranked.into_iter().map(DrawScore::from).collect(),
        })
    };
    let done: Result<DrawRecomputed> =
        tokio::task::spawn_blocking(work).await.map_err(|e| Error::internal(e.to_string()))?;
    Reply::ok(&done?)
}
