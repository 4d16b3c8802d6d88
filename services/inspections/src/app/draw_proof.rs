//! Use cases: transcripts, proofs and recomputation of draws (抽取证明).
//!
//! A transcript is made from the rows each time it is asked for, and is the same bytes each time; its digest is fixed when the
//! draw is published. The public part is for who sees the draw; the openings of natural persons need the lead department. Before the
//! draw nothing of it exists, since the seed is secret.

use super::Who;
use super::draw::find;
use super::draw_frame::person_secret;
use crate::api::draw::FrameId;
use crate::api::draw_proof::{
    DrawProof, DrawProofQuery, DrawRecompute, DrawRecomputed, DrawScore, DrawTranscriptQuery, TranscriptPart,
};
use crate::domain::draw::{DRAWING_ROLES, Draw, DrawAlgorithm, DrawState};
use crate::domain::draw_frame::refused;
use crate::domain::draw_proof as rules;
use crate::store::draw as draw_store;
use crate::store::draw_frame::persons_of;
use crate::store::draw_proof::{frame_of, rows_of};
use ::draw::{FrameBuilder, Hash, Json, Transcript, person, select, stratum};
use service_kit::{Ctx, Error, Fault, Kit, Reply, Result};
use store_kit::AnyConn;
use store_kit::crypto::CryptoProvider;
use uuid::Uuid;

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
    let (crypto, secret) = (kit.crypto.clone(), person_secret(kit, &draw)?);
    let rows = kit
        .store
        .read::<_, Error, _>(async |c| {
            let is_assigned = super::team::is_assigned(c, &draw).await?;
            let teams = if is_assigned { Some(super::team::teams(c, &draw).await?) } else { None };
            let openings =
                if with_personal { openings(c, &*crypto, &draw, &secret).await? } else { Vec::new() };
            let mut rows = rows_of(c, draw).await?;
            rows.teams = teams;
            rows.openings = openings;
            Ok(rows)
        })
        .await?;
    let id = rows.draw.id;
    let made = tokio::task::spawn_blocking(move || rules::transcript(rows, with_personal)).await;
    let made = made.map_err(|e| Error::internal(e.to_string()))?;
    made.ok_or_else(|| Error::internal(format!("draw {id}: a stored value does not read")))
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

/// The bytes of the public transcript of a draw that is or was published; none for any other. For the public operations.
///
/// # Errors
/// Database errors.
pub async fn public_transcript(kit: &Kit, id: Uuid) -> Result<Option<Vec<u8>>> {
    let all = service_kit::Scope::all();
    let draw = kit.store.read::<_, Error, _>(async |c| Ok(draw_store::draw_view(c, &all, id).await?)).await?;
    match draw {
        // A draw made void after its publication stays to be seen.
        Some(draw) if draw.state == DrawState::Published || draw.settings.digest.is_some() => {
            let made = transcript(kit, draw, false).await?;
            Ok(Some(made.to_bytes().map_err(|e| Error::internal(format!("transcript: {e}")))?))
        }
        _ => Ok(None),
    }
}

/// The transcript as a document in canonical form.
///
/// # Errors
/// 403 `personal_part`; 404; 409 `not_drawn`; database errors.
pub async fn draw_transcript(ctx: &Ctx, id: Uuid, query: DrawTranscriptQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let is_full = query.part.unwrap_or_default() == TranscriptPart::Full;
    let draw = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    let may_open = who.may_write_for(&draw.lead_department) && who.role(DRAWING_ROLES).is_ok();
    if is_full && !may_open {
        return Err(Error::forbidden(
            "personal_part",
            "自然人标识部分仅牵头部门可取",
            "The part about natural persons is for the lead department",
        ));
    }
    let made = transcript(&ctx.kit, draw, is_full).await?;
    let body = made.to_bytes().map_err(|e| Error::internal(format!("transcript: {e}")))?;
    Ok(Reply { status: 200, headers: Vec::new(), body })
}

/// What one subject needs to check itself.
///
/// # Errors
/// 404; 409 `not_drawn`; database errors.
pub async fn draw_proof(ctx: &Ctx, id: Uuid, query: DrawProofQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let draw = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    Reply::ok(&proof(&ctx.kit, draw, &query.subject).await?)
}

/// The proof of one subject in a draw that may be shown.
///
/// # Errors
/// 404; 409 `not_drawn`; database errors.
pub(crate) async fn proof(kit: &Kit, draw: Draw, subject: &str) -> Result<DrawProof> {
    let bad = || Error::internal(format!("draw {}: a stored value does not read", draw.id));
    let seed = draw.seed_revealed.as_deref().filter(|_| draw.drawn_at.is_some()).ok_or_else(not_drawn)?;
    let seed = Hash::parse(seed).ok_or_else(bad)?;
    let entropy = draw.public_entropy.as_deref().and_then(Hash::parse).ok_or_else(bad)?;
    let (suite, secret) = (draw.algorithm.suite(), person_secret(kit, &draw)?);
    // A person asks by its id and finds itself by its entry.
    let entry = person::hide(suite, &secret, subject).entry;
    let found = kit
        .store
        .read::<_, Error, _>(async |c| {
            for row in draw_store::strata_of(c, draw.id).await? {
                let frame = frame_of(c, &draw, &row).await?;
                let place = frame.ids().position(|id| id == subject || id == entry);
                let Some(place) = place else { continue };
                let id = frame.ids().nth(place).unwrap_or_default().to_owned();
                let pick = draw_store::pick_of(c, draw.id, &id).await?;
                return Ok(Some((row, place, id, pick)));
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
