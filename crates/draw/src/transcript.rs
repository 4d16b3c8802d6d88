//! The transcript of a draw (抽取全过程记录): one JSON document in canonical form with all inputs and results.
//!
//! `public` holds everything that may be published; `personal`, if present, opens the commitments of natural persons; leaving
//! it away gives the public document without any other change. `digest` is the hash under the label `transcript` of the
//! bytes of `public`. Members are declared in byte order, since that is how they are written. Called by the service, which
//! writes, and by [`crate::verify`], which reads. Refuses unknown members.

use crate::entropy::Source;
use crate::frame::Frame;
use crate::json::Json;
use crate::person::Opening;
use crate::pool::FrozenPool;
use crate::select::Pick;
use crate::suite::{Hash, Suite};
use crate::team::{OrganNeed, Team, Visit};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// Format and version of the document.
pub const FORMAT: &str = "lianjian/draw-transcript/1";

/// The whole document.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// Hash of the canonical bytes of `public`.
    pub digest: Hash,
    /// [`FORMAT`].
    pub format: String,
    /// Openings of commitments; not for publication.
    #[serde(default)]
    pub personal: Option<Personal>,
    /// What everybody may see.
    pub public: Public,
}

/// The personal part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Personal {
    /// In byte order of the entries.
    pub openings: Vec<Opening>,
}

/// The public part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Public {
    /// Hash of the seed, published before the entropy moment.
    pub commit: Hash,
    /// Hash of the declared entropy sources, published with it.
    pub declaration: Hash,
    /// Number of the draw.
    pub draw_id: String,
    /// Sources and values.
    pub entropy: Entropy,
    /// Number of the plan.
    pub plan_id: String,
    /// Number of the draw that this one stands in for.
    pub replaces: Option<String>,
    /// The seed, secret until the draw.
    pub seed: Hash,
    /// In byte order of their names.
    pub strata: Vec<Stratum>,
    /// Hash functions.
    pub suite: Suite,
    /// Inspectors and teams; none before they are assigned.
    pub teams: Option<Teams>,
    /// When what happened.
    pub times: Times,
}

/// Entropy of the draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entropy {
    /// Bare hash of the `public_entropy` bytes.
    pub hash: Hash,
    /// In byte order of their names.
    pub sources: Vec<Source>,
}

/// One stratum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stratum {
    /// Who was left out of the frame and why, in byte order of the ids.
    pub excluded: Vec<Exclusion>,
    /// The ids.
    pub frame: Frame,
    /// Root of the frame.
    pub frame_root: Hash,
    /// Key of the stratum.
    pub k: Hash,
    /// Parameters.
    pub params: Json,
    /// Their hash.
    pub params_hash: Hash,
    /// Drawn, lowest score first.
    pub picks: Vec<Pick>,
    /// Picks that had to be replaced, in the order in which that was decided.
    pub replacements: Vec<Replacement>,
    /// Who follows the picks.
    pub reserve: Vec<Pick>,
    /// Score of the last pick.
    pub threshold: Hash,
}

/// A subject left out of the frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// One of [`EXCLUSION_CODES`].
    pub code: String,
    /// The subject, as it would stand in the frame.
    pub id: String,
}

/// Reasons for leaving a subject out (rule DRW-03).
pub const EXCLUSION_CODES: [&str; 5] =
    ["deregistered", "cap_reached", "out_of_scope", "under_investigation", "recently_checked_recognised"];

/// A drawn subject whose place was taken by the next score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// Who takes the place: the first of the reserve not taken yet.
    #[serde(rename = "in")]
    pub taken: String,
    /// Who leaves it.
    pub out: String,
    /// One of [`EXCLUSION_CODES`].
    pub reason: String,
}

/// Teams with all that they were chosen from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Teams {
    /// [`crate::team::METHOD`].
    pub method: String,
    /// In byte order of their codes.
    pub organs: Vec<OrganNeed>,
    /// What the pools are held against; there if and only if the parameters bind its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<FrozenPool>,
    /// By organ, then by subject.
    pub teams: Vec<Team>,
    /// In byte order of the subjects.
    pub visits: Vec<Visit>,
}

/// Moments in UTC, `YYYY-MM-DDTHH:MM:SSZ`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// Commitment published.
    pub committed_at: String,
    /// Subjects drawn.
    pub drawn_at: String,
    /// Entropy fixed.
    pub entropy_fixed_at: String,
    /// Frame frozen and its root published.
    pub frozen_at: String,
}

impl Stratum {
    /// Subjects to be visited: picks with replacements in their places.
    #[must_use]
    pub fn visited(&self) -> Vec<&Pick> {
        let mut visited: Vec<&Pick> = self.picks.iter().collect();
        for replacement in &self.replacements {
            let taken = self.reserve.iter().find(|p| p.id == replacement.taken);
            if let (Some(place), Some(taken)) = (visited.iter_mut().find(|p| p.id == replacement.out), taken)
            {
                *place = taken;
            }
        }
        visited
    }
}

impl Transcript {
    /// Puts the digest on a public part.
    ///
    /// # Errors
    /// When a member cannot be written as JSON, which no value built by this crate brings about.
    pub fn seal(public: Public, personal: Option<Personal>) -> io::Result<Self> {
        let mut digest = Digest(public.suite.hasher("transcript"));
        serde_json::to_writer(&mut digest, &public)?;
        Ok(Self { digest: digest.0.finish(), format: FORMAT.to_owned(), personal, public })
    }

    /// Writes the document; without `personal` it is the one to publish.
    ///
    /// # Errors
    /// The writer's.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        self.write_head(&mut to)?;
        serde_json::to_writer(&mut to, &self.public)?;
        to.write_all(b"}")
    }

    /// Everything before the bytes of `public`.
    pub(crate) fn write_head(&self, mut to: impl Write) -> io::Result<()> {
        write!(to, "{{\"digest\":\"{}\",\"format\":", self.digest)?;
        serde_json::to_writer(&mut to, &self.format)?;
        if let Some(personal) = &self.personal {
            to.write_all(b",\"personal\":")?;
            serde_json::to_writer(&mut to, personal)?;
        }
        to.write_all(b",\"public\":")
    }

    /// The document as bytes.
    ///
    /// # Errors
    /// As [`Transcript::seal`].
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write(&mut bytes)?;
        Ok(bytes)
    }
}

/// A writer into a hash.
struct Digest(crate::suite::Hasher);

impl Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
