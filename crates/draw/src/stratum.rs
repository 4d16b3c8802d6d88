//! One stratum (抽取层) from frame to picks: root, parameters' hash, key, picks, reserve, threshold.
//!
//! Each stratum has parameters of its own (`draw_id`, `n`, `plan_id`, `stratum`, `entropy` unless one public text is all, and
//! `pool` where the pool of inspectors was frozen), hence a key of its own: nothing can be learned of one from another, and a list changed by one letter is a wholly new draw.
//! Refuses an empty frame, a quota of nothing and a quota over the frame. Called by the service, the command line and the
//! verifier; `K` needs the secret seed until the draw, and is published with it.

use crate::entropy::NO_SHOW_RULE;
use crate::frame::Frame;
use crate::json::Json;
use crate::select::{self, Pick};
use crate::suite::{Hash, Keyed, Suite};

/// `commit`: hash of the seed under the label `commit`.
#[must_use]
pub fn commitment(suite: Suite, seed: &Hash) -> Hash {
    suite.hash("commit", &[&seed.0])
}

/// The parameters of a stratum; `entropy` holds the declaration's hash unless one public text is the only source.
#[must_use]
pub fn params(draw_id: &str, plan_id: &str, stratum: &str, n: u32, entropy: Option<&Hash>) -> Json {
    params_with_pool(draw_id, plan_id, stratum, n, entropy, None)
}

/// As [`params`], with the hash of the frozen pool of inspectors, so that it is published with them before the entropy.
#[must_use]
pub fn params_with_pool(
    draw_id: &str,
    plan_id: &str,
    stratum: &str,
    n: u32,
    entropy: Option<&Hash>,
    pool: Option<&Hash>,
) -> Json {
    let mut members = vec![
        ("draw_id", Json::text(draw_id)),
        ("n", Json::Int(i64::from(n))),
        ("plan_id", Json::text(plan_id)),
        ("stratum", Json::text(stratum)),
    ];
    if let Some(declaration) = entropy {
        let rule =
            [("declaration", Json::text(declaration.to_string())), ("no_show", Json::text(NO_SHOW_RULE))];
        members.push(("entropy", Json::map(rule)));
    }
    if let Some(pool) = pool {
        members.push(("pool", Json::text(pool.to_string())));
    }
    Json::map(members)
}

/// `params_hash`: hash of the canonical parameters under the label `params`.
#[must_use]
pub fn params_hash(suite: Suite, params: &Json) -> Hash {
    suite.hash("params", &[params.canonical().as_bytes()])
}

/// `K = HMAC(seed, label key ‖ frame_root ‖ params_hash ‖ hash(public_entropy))`.
#[must_use]
pub fn key(suite: Suite, seed: &Hash, frame_root: &Hash, params_hash: &Hash, entropy_hash: &Hash) -> Hash {
    let keyed = suite.keyed(seed).then(&suite.prefix("key"));
    keyed.then(&frame_root.0).then(&params_hash.0).mac(&entropy_hash.0)
}

/// What the draw of one stratum gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// Root of the frame.
    pub frame_root: Hash,
    /// Hash of the parameters.
    pub params_hash: Hash,
    /// The key `K`.
    pub k: Hash,
    /// The n drawn, lowest score first.
    pub picks: Vec<Pick>,
    /// Who follows, in order: replacements come from its head only.
    pub reserve: Vec<Pick>,
    /// Score of the last pick: whoever has this score or less was drawn.
    pub threshold: Hash,
}

/// Why a stratum cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StratumFault {
    /// The frame has no ids.
    #[error("the stratum has no subjects")]
    Empty,
    /// `n` is 0.
    #[error("the quota is 0: nothing would be drawn")]
    NoQuota,
    /// `n` is over the frame.
    #[error("the quota {n} is over the {size} subjects of the stratum")]
    QuotaOverSize {
        /// The quota.
        n: usize,
        /// The size of the frame.
        size: usize,
    },
    /// A member of the parameters is missing or of the wrong kind.
    #[error("the parameter {0} is missing or of the wrong kind")]
    Params(&'static str),
}

impl StratumFault {
    /// Stable name for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            StratumFault::Empty => "stratum_empty",
            StratumFault::NoQuota => "quota_zero",
            StratumFault::QuotaOverSize { .. } => "quota_over_size",
            StratumFault::Params(_) => "params",
        }
    }

    /// What is wrong, in Chinese.
    #[must_use]
    pub fn message_zh(&self) -> String {
        match self {
            StratumFault::Empty => "该层没有对象".into(),
            StratumFault::NoQuota => "抽取数量为0".into(),
            StratumFault::QuotaOverSize { n, size } => format!("抽取数量{n}超过该层对象数{size}"),
            StratumFault::Params(name) => format!("参数{name}缺失或类型不对"),
        }
    }
}

/// Checks a quota against the size of a frame.
///
/// # Errors
/// [`StratumFault`].
pub const fn check_quota(n: usize, size: usize) -> Result<(), StratumFault> {
    match (n, size) {
        (_, 0) => Err(StratumFault::Empty),
        (0, _) => Err(StratumFault::NoQuota),
        _ if n > size => Err(StratumFault::QuotaOverSize { n, size }),
        _ => Ok(()),
    }
}

/// Reads `n` of the parameters and checks the other three members.
///
/// # Errors
/// [`StratumFault::Params`].
pub fn quota_of(params: &Json) -> Result<usize, StratumFault> {
    for name in ["draw_id", "plan_id", "stratum"] {
        params.get(name).and_then(Json::as_text).ok_or(StratumFault::Params(name))?;
    }
    let n = params.get("n").and_then(Json::as_int).ok_or(StratumFault::Params("n"))?;
    usize::try_from(n).map_err(|_| StratumFault::Params("n"))
}

/// Draws a stratum; the reserve holds up to `reserve` ids after the picks.
///
/// # Errors
/// [`StratumFault`].
pub fn draw(
    suite: Suite,
    seed: &Hash,
    entropy_hash: &Hash,
    params: &Json,
    frame: &Frame,
    reserve: usize,
) -> Result<Drawn, StratumFault> {
    let n = quota_of(params)?;
    check_quota(n, frame.len())?;
    let (frame_root, params_hash) = (frame.root(suite), params_hash(suite, params));
    let k = key(suite, seed, &frame_root, &params_hash, entropy_hash);
    let mut picks = select::lowest(frame, &suite.keyed(&k), n.saturating_add(reserve));
    let reserve = picks.split_off(n.min(picks.len()));
    let threshold = picks.last().map_or(k, |p| p.score);
    Ok(Drawn { frame_root, params_hash, k, picks, reserve, threshold })
}

/// Scores of inspectors for one visit: the smallest come first; `visit_id` is `draw_id/subject`.
#[must_use]
pub fn rank_inspectors(key: &Keyed, visit_id: &str, inspectors: &[&str]) -> Vec<Pick> {
    let scorer = inspector_scorer(key, visit_id);
    let mut ranked: Vec<Pick> =
        inspectors.iter().map(|id| Pick { id: (*id).to_owned(), score: scorer.mac(id.as_bytes()) }).collect();
    ranked.sort_unstable_by(|a, b| (a.score, &a.id).cmp(&(b.score, &b.id)));
    ranked
}

/// The keyed hash that scores inspectors for one visit.
#[must_use]
pub fn inspector_scorer(key: &Keyed, visit_id: &str) -> Keyed {
    let mut text = Vec::with_capacity(11 + visit_id.len());
    text.extend_from_slice(b"inspector\0");
    text.extend_from_slice(visit_id.as_bytes());
    text.push(0);
    key.then(&text)
}
