//! Random but repeatable transcripts of every shape: strata, suites, sources, no-shows, persons, replacements, teams.

use draw::entropy::{self, Source, SourceKind, nonce_commitment};
use draw::person::{self, Opening};
use draw::pool::{self, FrozenOfficer, FrozenPool, LeftOut};
use draw::team::{self, Keyring, Officer, OrganNeed, Visit};
use draw::transcript::{
    Entropy, Exclusion, Personal, Public, Replacement, Stratum, Teams, Times, Transcript,
};
use draw::{FrameBuilder, Hash, Keyed, Suite, stratum};
use std::collections::BTreeMap;

/// SplitMix64: small, and the same everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.roll() % n as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn hash(&mut self) -> Hash {
        let mut bytes = [0; 32];
        bytes.chunks_mut(8).for_each(|c| c.copy_from_slice(&self.roll().to_le_bytes()));
        Hash(bytes)
    }
}

/// A lawful transcript; the same number gives the same one.
pub fn transcript(number: u64) -> Transcript {
    let mut dice = Dice(number.wrapping_mul(0x5851_F42D_4C95_7F2D));
    let suite = if dice.one_in(3) { Suite::V1s } else { Suite::V1 };
    let (seed, secret) = (dice.hash(), dice.hash());
    let sources = sources(&mut dice, suite);
    let declared: Vec<_> = sources.iter().map(Source::declared).collect();
    let declaration = entropy::declaration(suite, &declared);
    let entropy_hash = suite.bare(&entropy::public_entropy(suite, &sources).unwrap());
    let draw_id = format!("DRAW-2026-{number:04}");
    let bound = (!entropy::is_plain(&declared)).then_some(&declaration);
    let frozen = (number % 5 == 2).then(|| frozen(&mut Dice(number)));
    let pool_hash = frozen.as_ref().map(|f| pool::hash(suite, f).unwrap());
    let mut openings = Vec::new();
    let strata: Vec<Stratum> = (0..1 + dice.below(3))
        .map(|at| {
            let name = ["A", "B", "C"][at];
            let (mut builder, mut excluded) = (FrameBuilder::new(), Vec::new());
            for i in 0..3 + dice.below(30) {
                let id = subject(&mut dice, suite, &secret, at, i, &mut openings);
                if i > 2 && dice.one_in(8) {
                    let code = draw::transcript::EXCLUSION_CODES[dice.below(5)].to_owned();
                    excluded.push(Exclusion { code, id });
                } else {
                    builder.push(&id).unwrap();
                }
            }
            excluded.sort_by(|a, b| a.id.cmp(&b.id));
            let (frame, _) = builder.finish();
            let n = 1 + dice.below(frame.len());
            let n = u32::try_from(n).unwrap();
            let plan = "PLAN-2026-0001";
            let params = stratum::params_with_pool(&draw_id, plan, name, n, bound, pool_hash.as_ref());
            let drawn = stratum::draw(suite, &seed, &entropy_hash, &params, &frame, dice.below(6)).unwrap();
            let stratum::Drawn { frame_root, params_hash, k, picks, reserve, threshold } = drawn;
            let replacements = match reserve.first() {
                Some(next) if dice.one_in(2) => vec![Replacement {
                    taken: next.id.clone(),
                    out: picks[dice.below(picks.len())].id.clone(),
                    reason: "deregistered".into(),
                }],
                _ => Vec::new(),
            };
            Stratum {
                excluded,
                frame,
                frame_root,
                k,
                params,
                params_hash,
                picks,
                replacements,
                reserve,
                threshold,
            }
        })
        .collect();
    let teams = if dice.one_in(4) { None } else { Some(teams(&mut dice, suite, &draw_id, &strata, frozen)) };
    openings.sort_by(|a: &Opening, b| a.entry.cmp(&b.entry));
    let public = Public {
        commit: stratum::commitment(suite, &seed),
        declaration,
        draw_id,
        entropy: Entropy { hash: entropy_hash, sources },
        plan_id: "PLAN-2026-0001".into(),
        replaces: dice.one_in(5).then(|| "DRAW-2025-0009".into()),
        seed,
        strata,
        suite,
        teams,
        times: Times {
            committed_at: "2026-11-24T02:00:00Z".into(),
            drawn_at: "2026-11-24T14:00:01Z".into(),
            entropy_fixed_at: "2026-11-24T14:00:00Z".into(),
            frozen_at: "2026-11-24T01:00:00Z".into(),
        },
    };
    let personal = (!openings.is_empty() && dice.one_in(2)).then_some(Personal { openings });
    Transcript::seal(public, personal).unwrap()
}

fn sources(dice: &mut Dice, suite: Suite) -> Vec<Source> {
    let text = |name: &str, value: &str| Source {
        commitment: None,
        kind: SourceKind::PublicText,
        moment: "2026-11-24T13:15:00Z".into(),
        name: name.into(),
        no_show: false,
        value: Some(value.into()),
    };
    let mut sources = vec![text("双色球第2026130期", "ssq:2026130:01,05,09,17,22,30+07")];
    match dice.below(3) {
        0 => {}
        1 => sources.push(text("上证指数 2026-11-24 \"收盘\"", "3871.26\\")),
        _ => {
            for organ in ["nz-rsj", "nz-scjg", "nz-swj"] {
                let (nonce, is_revealed) = (dice.hash(), !dice.one_in(3));
                sources.push(Source {
                    commitment: Some(nonce_commitment(suite, organ, &nonce)),
                    kind: SourceKind::Nonce,
                    name: organ.into(),
                    no_show: !is_revealed,
                    value: is_revealed.then(|| nonce.to_string()),
                    ..text("", "")
                });
            }
        }
    }
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    sources
}

fn subject(
    dice: &mut Dice,
    suite: Suite,
    secret: &Hash,
    stratum: usize,
    at: usize,
    openings: &mut Vec<Opening>,
) -> String {
    match dice.below(5) {
        0 => {
            let opening = person::hide(suite, secret, &format!("61070319900101{stratum}{at:03}"));
            openings.push(opening.clone());
            opening.entry
        }
        1 => format!("南郑区{stratum}-{at}号"),
        _ => format!("{stratum}1610703PDY{at:05}{}X", dice.below(10)),
    }
}

/// Inspectors frozen with the frame; the first three of each organ are always fit.
fn frozen(dice: &mut Dice) -> Vec<FrozenOfficer> {
    let mut all = Vec::new();
    for organ in &["nz-rsj", "nz-scjg"][..1 + dice.below(2)] {
        for at in 0..5 + dice.below(5) {
            let Officer { id, recused: _, tags, valid_from, valid_to } = officer(dice, organ, at, &[]);
            all.push(FrozenOfficer { id, organ: (*organ).into(), tags, valid_from, valid_to });
        }
    }
    all
}

/// What is left of a frozen pool: some are out, some have less than they had.
fn narrowed(dice: &mut Dice, frozen: Vec<FrozenOfficer>, visits: &[Visit]) -> (Vec<OrganNeed>, FrozenPool) {
    let (mut organs, mut left): (Vec<OrganNeed>, Vec<LeftOut>) = (Vec::new(), Vec::new());
    for before in &frozen {
        if organs.last().is_none_or(|o| o.organ != before.organ) {
            let (organ, tags) = (before.organ.clone(), vec!["执法".into()]);
            organs.push(OrganNeed { members: 2, organ, pool: Vec::new(), tags });
        }
        let need = organs.last_mut().unwrap();
        let is_sure = need.pool.len() < 3;
        if !is_sure && dice.one_in(4) {
            let code = draw::pool::LEFT_CODES[dice.below(2)].to_owned();
            left.push(LeftOut { code, id: before.id.clone(), organ: before.organ.clone() });
            continue;
        }
        let mut officer = Officer {
            id: before.id.clone(),
            recused: visits
                .iter()
                .filter(|_| !is_sure && dice.one_in(3))
                .map(|v| v.subject.clone())
                .collect(),
            tags: before.tags.clone(),
            valid_from: before.valid_from.clone(),
            valid_to: before.valid_to.clone(),
        };
        if !is_sure && dice.one_in(5) {
            officer.tags.clear();
        }
        need.pool.push(officer);
    }
    (organs, FrozenPool { frozen, left })
}

fn teams(
    dice: &mut Dice,
    suite: Suite,
    draw_id: &str,
    strata: &[Stratum],
    frozen: Option<Vec<FrozenOfficer>>,
) -> Teams {
    let mut scores: BTreeMap<String, (Keyed, Hash)> = BTreeMap::new();
    for stratum in strata {
        for pick in stratum.visited() {
            scores.insert(pick.id.clone(), (suite.keyed(&stratum.k), pick.score));
        }
    }
    let visits: Vec<Visit> = scores
        .keys()
        .map(|s| Visit { date: format!("2026-12-{:02}", 1 + dice.below(3)), subject: s.clone() })
        .collect();
    let apart = |dice: &mut Dice| -> Vec<OrganNeed> {
        let organs = 1 + dice.below(2);
        let of = |organ: &&str| {
            let mut pool: Vec<Officer> =
                (0..5 + dice.below(5)).map(|i| officer(dice, organ, i, &visits)).collect();
            pool.sort_by(|a, b| a.id.cmp(&b.id));
            OrganNeed { members: 2, organ: (*organ).into(), pool, tags: vec!["执法".into()] }
        };
        ["nz-rsj", "nz-scjg"][..organs].iter().map(of).collect()
    };
    let (organs, pool) = match frozen {
        None => (apart(dice), None),
        Some(frozen) => {
            let (organs, pool) = narrowed(dice, frozen, &visits);
            (organs, Some(pool))
        }
    };
    let rings: Vec<Keyring<'_>> = visits
        .iter()
        .map(|visit| {
            let (key, score) = &scores[&visit.subject];
            Keyring { visit, visit_id: format!("{draw_id}/{}", visit.subject), key, score: *score }
        })
        .collect();
    let teams = team::assign(&rings, &organs).unwrap();
    Teams { method: team::METHOD.into(), organs, pool, teams, visits }
}

/// The first three are always fit, so that a lawful team exists.
fn officer(dice: &mut Dice, organ: &str, at: usize, visits: &[Visit]) -> Officer {
    let is_sure = at < 3;
    let mut tags = vec!["执法".to_owned()];
    if !is_sure && dice.one_in(5) {
        tags = vec!["食品".to_owned()];
    }
    let recused = visits.iter().filter(|_| !is_sure && dice.one_in(3)).map(|v| v.subject.clone());
    Officer {
        id: format!("ZF-{organ}-{at:02}"),
        recused: recused.collect(),
        tags,
        valid_from: "2025-01-01".into(),
        valid_to: if !is_sure && dice.one_in(4) { "2026-12-01" } else { "2028-12-31" }.into(),
    }
}
