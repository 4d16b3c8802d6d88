//! The outcome of a draw whose inputs are all fixed: computed outside any transaction where it can be, and written.
//!
//! A draw given up after its entropy was known has an outcome too, whether anybody looked at it or not; it is computed then,
//! so that everybody sees what was thrown away (DRW-04). Called by the steps `run` and `void`.

use crate::domain::draw::{Draw, DrawPick, DrawStratum, PickState};
use crate::store::draw as store;
use crate::store::draw_proof::frame_of;
use ::draw::{Drawn, Frame, Hash, Json, stratum};
use serde_json::json;
use service_kit::{Error, Result, Tx};
use store_kit::AnyConn;
use store_kit::crypto::CryptoProvider;

/// The strata of a draw with their frozen frames.
///
/// # Errors
/// Database errors.
pub(crate) async fn frames(c: &mut AnyConn<'_>, draw: &Draw) -> Result<Vec<(DrawStratum, Frame)>> {
    let mut strata = Vec::new();
    for row in store::strata_of(c, draw.id).await? {
        let frame = frame_of(c, draw, &row).await?;
        strata.push((row, frame));
    }
    Ok(strata)
}

/// Runs long work beside the runtime; inside a transaction on SQLite, whose thread has no runtime, where it stands.
///
/// # Errors
/// 500 when the work panics.
pub(crate) async fn apart<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Result<R> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.map_err(|e| Error::internal(e.to_string())),
        Err(_) => Ok(work()),
    }
}

/// Opens the seed and computes every stratum, on a thread of its own.
///
/// # Errors
/// 500 when a stored value does not read or a frame is not the frozen one.
pub(crate) async fn compute(
    draw: &Draw,
    crypto: &dyn CryptoProvider,
    strata: Vec<(DrawStratum, Frame)>,
) -> Result<(Hash, Vec<(DrawStratum, Drawn)>)> {
    let id = draw.id;
    let bad = |what: &str| Error::internal(format!("draw {id}: {what} does not read"));
    let sealed = draw.seed_sealed.as_deref().ok_or_else(|| bad("seed"))?;
    let seed = Hash::parse(&crypto.open(&format!("draw/seed/{id}"), sealed)?).ok_or_else(|| bad("seed"))?;
    let entropy = draw.public_entropy.as_deref().and_then(Hash::parse).ok_or_else(|| bad("entropy"))?;
    let (suite, reserve) = (draw.algorithm.suite(), usize::try_from(draw.reserve).unwrap_or(0));
    let work = move || {
        let of = |(row, frame): (DrawStratum, Frame)| {
            let params = Json::parse(&row.params).map_err(|e| format!("params: {e}"))?;
            let drawn = stratum::draw(suite, &seed, &entropy, &params, &frame, reserve);
            let drawn = drawn.map_err(|e| e.to_string())?;
            let kept = row.frame_root.as_deref() == Some(drawn.frame_root.to_string().as_str());
            if kept {
                Ok((row, drawn))
            } else {
                Err(format!("the frame of {} is not the frozen one", row.name))
            }
        };
        strata.into_iter().map(of).collect::<std::result::Result<Vec<_>, String>>()
    };
    let drawn = apart(work).await?;
    Ok((seed, drawn.map_err(|e| Error::internal(format!("draw {id}: {e}")))?))
}

/// Writes picks, reserve and thresholds, and reveals the seed; the answer is what the history tells of each stratum.
///
/// # Errors
/// Database errors.
pub(crate) async fn put(
    tx: &mut Tx<'_, '_>,
    draw: &mut Draw,
    (seed, drawn): (Hash, Vec<(DrawStratum, Drawn)>),
) -> Result<Vec<serde_json::Value>> {
    let mut result = Vec::new();
    for (mut row, drawn) in drawn {
        let Drawn { frame_root: _, params_hash: _, k: _, picks, reserve, threshold } = drawn;
        row.threshold = Some(threshold.to_string());
        result.push(json!({"stratum": row.name, "drawn": picks.len(), "threshold": threshold}));
        let states = picks.iter().map(|_| PickState::Drawn).chain(reserve.iter().map(|_| PickState::Reserve));
        let states: Vec<PickState> = states.collect();
        let all = picks.into_iter().chain(reserve).zip(states).zip(1i64..);
        let rows = all.map(|((pick, state), rank)| DrawPick {
            stratum: row.name.clone(),
            rank,
            subject: pick.id,
            subject_id: None,
            subject_name: None,
            score: pick.score.to_string(),
            state,
            replaced_by: None,
            reason: None,
            visit_id: None,
        });
        store::picks_insert(tx.conn(), draw.id, rows.collect()).await?;
        store::stratum_update(tx.conn(), draw.id, row).await?;
    }
    draw.seed_revealed = Some(seed.to_string());
    draw.drawn_at = Some(tx.now());
    Ok(result)
}
