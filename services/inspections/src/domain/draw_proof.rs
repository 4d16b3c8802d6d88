//! Transcripts and proofs (抽取证明): how the rows of a draw become the protocol's document.
//!
//! Everything here is a function of stored values, so a transcript asked for twice is the same bytes. Refuses draws that are
//! not drawn yet: their seed is secret. Called by the app functions of proofs and publication.

use super::draw::{Draw, DrawPick, DrawSource, DrawStratum, ExclusionCode, PickState, moment};
use ::draw::transcript::{
    Entropy, Exclusion, Personal, Public, Replacement, Stratum, Teams, Times, Transcript,
};
use ::draw::{Frame, Hash, Json, Pick, entropy, stratum};

/// Rows of one stratum.
pub struct StratumRows {
    /// The stratum.
    pub stratum: DrawStratum,
    /// Its frozen frame.
    pub frame: Frame,
    /// Excluded ids with their codes, in byte order.
    pub excluded: Vec<(String, ExclusionCode)>,
    /// Picks and reserve by rank.
    pub picks: Vec<DrawPick>,
}

/// Rows of a draw that is drawn.
pub struct DrawRows {
    /// The draw.
    pub draw: Draw,
    /// Its sources in byte order of their names.
    pub sources: Vec<DrawSource>,
    /// Its strata in byte order of their names.
    pub strata: Vec<StratumRows>,
    /// Teams, once assigned.
    pub teams: Option<Teams>,
    /// Openings of natural persons, in byte order of their entries.
    pub openings: Vec<::draw::person::Opening>,
}

/// Puts the document together; none when the draw is not drawn yet or a stored value does not read.
#[must_use]
pub fn transcript(rows: DrawRows, with_personal: bool) -> Option<Transcript> {
    let DrawRows { draw, sources, strata, teams, openings } = rows;
    let suite = draw.algorithm.suite();
    let seed = Hash::parse(draw.seed_revealed.as_deref()?)?;
    let at = moment(draw.entropy_moment?);
    let sources: Vec<::draw::Source> = sources.iter().map(|s| s.source(&at)).collect();
    let declared: Vec<_> = sources.iter().map(::draw::Source::declared).collect();
    let entropy_hash = Hash::parse(draw.public_entropy.as_deref()?)?;
    let strata = strata.into_iter().map(|rows| stratum_of(&draw, rows, &seed, &entropy_hash));
    let strata = strata.collect::<Option<Vec<Stratum>>>()?;
    let public = Public {
        commit: Hash::parse(draw.commit_hash.as_deref()?)?,
        declaration: entropy::declaration(suite, &declared),
        draw_id: draw.code,
        entropy: Entropy { hash: entropy_hash, sources },
        plan_id: draw.plan_code,
        replaces: draw.settings.replaces,
        seed,
        strata,
        suite,
        teams,
        times: Times {
            committed_at: moment(draw.committed_at?),
            drawn_at: moment(draw.drawn_at?),
            entropy_fixed_at: moment(draw.settings.entropy_fixed_at?),
            frozen_at: moment(draw.frame_frozen_at?),
        },
    };
    let personal = (with_personal && !openings.is_empty()).then_some(Personal { openings });
    Transcript::seal(public, personal).ok()
}

fn stratum_of(draw: &Draw, rows: StratumRows, seed: &Hash, entropy_hash: &Hash) -> Option<Stratum> {
    let StratumRows { stratum: row, frame, excluded, picks } = rows;
    let suite = draw.algorithm.suite();
    let params = Json::parse(&row.params).ok()?;
    let (frame_root, params_hash) =
        (Hash::parse(row.frame_root.as_deref()?)?, Hash::parse(row.params_hash.as_deref()?)?);
    let of = |p: &DrawPick| Some(Pick { id: p.subject.clone(), score: Hash::parse(&p.score)? });
    let drawn = usize::try_from(row.sample_size).ok()?;
    let by_rank = picks.iter().map(of).collect::<Option<Vec<Pick>>>()?;
    let (first, reserve) = by_rank.split_at_checked(drawn)?;
    Some(Stratum {
        excluded: excluded.into_iter().map(|(id, code)| Exclusion { code: code.to_string(), id }).collect(),
        frame,
        frame_root,
        k: stratum::key(suite, seed, &frame_root, &params_hash, entropy_hash),
        params,
        params_hash,
        picks: first.to_vec(),
        replacements: replacements(&picks),
        reserve: reserve.to_vec(),
        threshold: Hash::parse(row.threshold.as_deref()?)?,
    })
}

/// Replacements in the order in which they were decided, which is the order of those who came in.
fn replacements(picks: &[DrawPick]) -> Vec<Replacement> {
    let mut out: Vec<(i64, Replacement)> = picks
        .iter()
        .filter(|p| p.state == PickState::Replaced)
        .filter_map(|p| {
            let rank = p.replaced_by?;
            let taken = picks.iter().find(|q| q.rank == rank)?;
            let reason = p.reason?.to_string();
            Some((rank, Replacement { taken: taken.subject.clone(), out: p.subject.clone(), reason }))
        })
        .collect();
    out.sort_by_key(|(rank, _)| *rank);
    out.into_iter().map(|(_, r)| r).collect()
}
