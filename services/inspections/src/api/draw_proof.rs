//! Over HTTP: transcripts and proofs of draws (抽取证明).

use super::draw::FrameId;
use crate::domain::draw::DrawAlgorithm;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which part of a transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptPart {
    /// What may be published.
    #[default]
    Public,
    /// With the openings of natural persons' commitments.
    Full,
}

/// Query of a transcript.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DrawTranscriptQuery {
    /// Which part; `public` when absent.
    #[param(inline)]
    pub part: Option<TranscriptPart>,
    /// Why the full part is read; demanded for it, and kept in the audit log, so it holds no personal data.
    #[param(min_length = 2, max_length = 500)]
    pub reason: Option<String>,
}

/// Query of a proof.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DrawProofQuery {
    /// Identifier of the subject as it stands in the frame; for a natural person its entry `person:…`. The lead department may
    /// ask by the identifier behind an entry, and each such question is in the audit log.
    #[param(min_length = 1, max_length = 200, example = "91610703PDY00001X4")]
    pub subject: String,
}

/// What one subject needs to check itself (自证): one keyed hash and a comparison.
///
/// `score = HMAC(k, "subject\0" ‖ subject)`; it was drawn if and only if the score is at most the threshold.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"draw": "DRAW-2026-0001", "algorithm": "v1", "subject": "91610703PDY000060F", "stratum": "ALL",
    "position": 9, "frame_size": 20, "frame_root": "f4e91f64ffff165ada0ddcdbfed02b47de222b5a270a43e8e5bffd9e2c88390e",
    "params_hash": "2b2f8341d95ad8fd66a9d70158a4f539f459f9c65c9574bdf75a520c6df14e64",
    "k": "4694348a93560120010d3d14bda4ebf5738b797a90608eb0788251204a8931bf",
    "score": "0618304c32d42e579a2f3ec51137654afd437b57f841296c601527799e2dfb68",
    "threshold": "34507c3ad2b3c56116bddf56a0439b0adeda2da030a43a5fdbab7aecce0b66f0", "is_drawn": true, "rank": 2}))]
pub struct DrawProof {
    /// Number of the draw.
    #[schema(max_length = 64)]
    pub draw: String,
    /// Hash functions.
    pub algorithm: DrawAlgorithm,
    /// The subject as it stands in the frame.
    #[schema(max_length = 200)]
    pub subject: String,
    /// Its stratum.
    #[schema(max_length = 100)]
    pub stratum: String,
    /// Its place in the frame, from 0.
    #[schema(minimum = 0)]
    pub position: usize,
    /// Size of the frame.
    #[schema(minimum = 1)]
    pub frame_size: i64,
    /// Root of the frame, published before the entropy moment.
    #[schema(max_length = 64)]
    pub frame_root: String,
    /// Hash of the parameters.
    #[schema(max_length = 64)]
    pub params_hash: String,
    /// Key of the stratum.
    #[schema(max_length = 64)]
    pub k: String,
    /// Score of the subject.
    #[schema(max_length = 64)]
    pub score: String,
    /// Score of the last drawn.
    #[schema(max_length = 64)]
    pub threshold: String,
    /// Whether it was drawn.
    pub is_drawn: bool,
    /// Its rank, if it was drawn or follows.
    #[schema(minimum = 1)]
    pub rank: Option<i64>,
}

/// The protocol's inputs, for anyone who wants to repeat a stratum (复算).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"algorithm": "v1", "seed": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "entropy": "ssq:2026130:01,05,09,17,22,30+07",
    "params": {"draw_id": "DRAW-2026-0001", "n": 1, "plan_id": "PLAN-2026-0001", "stratum": "ALL"},
    "frame": ["91610703PDY00001X4", "91610703PDY0000284"]}))]
pub struct DrawRecompute {
    /// Hash functions; SHA-256 when absent.
    pub algorithm: Option<DrawAlgorithm>,
    /// The seed in hex.
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    pub seed: String,
    /// The public entropy.
    #[schema(min_length = 1, max_length = 20_000)]
    pub entropy: String,
    /// Parameters of the stratum: `draw_id`, `n`, `plan_id`, `stratum`; integers only.
    #[schema(value_type = Object)]
    pub params: serde_json::Value,
    /// Ids in any order.
    #[schema(min_items = 1, max_items = 40_000)]
    pub frame: Vec<FrameId>,
    /// How many that follow are told too.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 40_000)]
    pub reserve: usize,
    /// A visit whose inspectors are to be ranked: `draw_id/subject`.
    #[schema(max_length = 300)]
    pub visit: Option<String>,
    /// The inspectors to be ranked.
    #[serde(default)]
    #[schema(max_items = 1_000)]
    pub inspectors: Vec<FrameId>,
}

/// An id and its score.
#[derive(Serialize, ToSchema)]
pub struct DrawScore {
    /// Id.
    #[schema(max_length = 200)]
    pub id: String,
    /// Score in hex.
    #[schema(max_length = 64)]
    pub score: String,
}

/// Every value of the protocol.
#[derive(Serialize, ToSchema)]
pub struct DrawRecomputed {
    /// Ids in the frame, each once.
    #[schema(minimum = 0)]
    pub frame_size: usize,
    /// Ids that stood more than once.
    #[schema(minimum = 0)]
    pub duplicates: usize,
    /// Root of the frame.
    #[schema(max_length = 64)]
    pub frame_root: String,
    /// Hash of the parameters.
    #[schema(max_length = 64)]
    pub params_hash: String,
    /// Commitment of the seed.
    #[schema(max_length = 64)]
    pub commit: String,
    /// Hash of the public entropy.
    #[schema(max_length = 64)]
    pub entropy_hash: String,
    /// Key of the stratum.
    #[schema(max_length = 64)]
    pub k: String,
    /// Score of the last drawn.
    #[schema(max_length = 64)]
    pub threshold: String,
    /// Drawn, lowest score first.
    #[schema(max_items = 40_000)]
    pub picks: Vec<DrawScore>,
    /// Who follows.
    #[schema(max_items = 40_000)]
    pub reserve: Vec<DrawScore>,
    /// Inspectors of the visit, lowest score first.
    #[schema(max_items = 1_000)]
    pub inspectors: Vec<DrawScore>,
}

impl From<::draw::Pick> for DrawScore {
    fn from(p: ::draw::Pick) -> Self {
        let ::draw::Pick { id, score } = p;
        Self { id, score: score.to_string() }
    }
}
