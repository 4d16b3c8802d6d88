//! Fairness by numbers, with fixed seeds: inclusion by stratum, pairs of inspectors, order of the list.
//!
//! Bounds are the 99.9 % points of chi-square; since seeds are fixed, a test either always passes or shows a fault.

use crate::cases::Dice;
use draw::team::{self, Keyring, Officer, OrganNeed, Visit};
use draw::{Frame, FrameBuilder, Suite, stratum};
use std::collections::HashMap;

fn frame(name: &str, size: usize) -> Frame {
    let mut builder = FrameBuilder::new();
    (0..size).for_each(|i| builder.push(&format!("{name}-{i:03}")).unwrap());
    builder.finish().0
}

/// Chi-square of equal expectation; draws without replacement have `(size − n) / (size − 1)` of its variance.
fn chi_square(counts: impl Iterator<Item = usize>, expected: f64) -> f64 {
    counts.map(|c| (c as f64 - expected).powi(2) / expected).sum()
}

#[test]
fn every_subject_of_a_stratum_is_drawn_equally_often() {
    let mut dice = Dice(2026);
    for suite in [Suite::V1, Suite::V1s] {
        for (name, size, n, bound) in [("A", 40, 2, 72.06), ("B", 25, 5, 51.18), ("C", 10, 6, 27.88)] {
            let (frame, rounds) = (frame(name, size), 4000);
            let mut counts: HashMap<String, usize> = HashMap::new();
            for _ in 0..rounds {
                let params = stratum::params("D", "P", name, n, None);
                let drawn = stratum::draw(suite, &dice.hash(), &dice.hash(), &params, &frame, 0).unwrap();
                drawn.picks.into_iter().for_each(|p| *counts.entry(p.id).or_default() += 1);
            }
            assert_eq!(counts.len(), size, "every subject can be reached");
            let share = n as usize as f64 / size as f64;
            let expected = f64::from(rounds) * share;
            let found =
                chi_square(counts.into_values(), expected) / (1.0 - share) * (size - 1) as f64 / size as f64;
            assert!(found < bound, "{name}: {found:.1}");
        }
    }
}

#[test]
fn strata_of_one_draw_are_drawn_independently() {
    // Same ids under two names of strata: what is drawn in one says nothing of the other.
    let (frame, mut dice, mut both) = (frame("S", 20), Dice(9), 0usize);
    let rounds = 4000;
    for _ in 0..rounds {
        let (seed, entropy) = (dice.hash(), dice.hash());
        let first = |name: &str| {
            let params = stratum::params("D", "P", name, 5, None);
            stratum::draw(Suite::V1, &seed, &entropy, &params, &frame, 0).unwrap().picks
        };
        let (a, b) = (first("A"), first("B"));
        both += a.iter().filter(|p| b.iter().any(|q| q.id == p.id)).count();
    }
    // Hypergeometric: 1.25 in common on the average, variance 0.74; four standard errors.
    let mean = both as f64 / f64::from(rounds);
    assert!((mean - 1.25).abs() < 4.0 * (0.74f64 / f64::from(rounds)).sqrt(), "{mean}");
}

#[test]
fn the_order_of_the_list_does_not_matter() {
    let mut dice = Dice(5);
    let mut ids: Vec<String> = (0..500).map(|i| format!("S-{i}")).collect();
    let params = stratum::params("D", "P", "A", 20, None);
    let (seed, entropy) = (dice.hash(), dice.hash());
    let mut first = None;
    for _ in 0..20 {
        for i in (1..ids.len()).rev() {
            ids.swap(i, dice.below(i + 1));
        }
        let mut builder = FrameBuilder::new();
        ids.iter().for_each(|id| builder.push(id).unwrap());
        let drawn = stratum::draw(Suite::V1, &seed, &entropy, &params, &builder.finish().0, 5).unwrap();
        assert_eq!(*first.get_or_insert_with(|| drawn.clone()), drawn);
    }
}

#[test]
fn a_changed_list_or_parameter_is_a_wholly_new_draw() {
    let mut dice = Dice(11);
    let (seed, entropy, size) = (dice.hash(), dice.hash(), 400);
    let of = |frame: &Frame, name: &str| {
        let params = stratum::params("D", "P", name, 40, None);
        stratum::draw(Suite::V1, &seed, &entropy, &params, frame, 0).unwrap().picks
    };
    let whole = of(&frame("S", size), "A");
    for (other, what) in [(of(&frame("S", size + 1), "A"), "one more"), (of(&frame("S", size), "A2"), "name")]
    {
        let same = whole.iter().filter(|p| other.iter().any(|q| q.id == p.id)).count();
        assert!(same < 16, "{what}: {same} of 40 stayed, 4 by chance");
    }
}

#[test]
fn every_pair_of_inspectors_meets_equally_often() {
    let (mut dice, rounds, size) = (Dice(77), 3000, 6);
    let pool = (0..size).map(|i| Officer {
        id: format!("ZF-{i}"),
        recused: Vec::new(),
        tags: Vec::new(),
        valid_from: "2025-01-01".into(),
        valid_to: "2027-12-31".into(),
    });
    let need = [OrganNeed { members: 2, organ: "nz-a".into(), pool: pool.collect(), tags: Vec::new() }];
    let visits: Vec<Visit> =
        (0..4).map(|i| Visit { date: "2026-12-01".into(), subject: format!("S-{i}") }).collect();
    let mut pairs: HashMap<Vec<String>, usize> = HashMap::new();
    let mut at_subject: HashMap<(String, String), usize> = HashMap::new();
    for _ in 0..rounds {
        let key = Suite::V1.keyed(&dice.hash());
        let scorer = draw::select::scorer(&key);
        let ring = |visit| Keyring {
            visit,
            visit_id: format!("D/{}", visit.subject),
            key: &key,
            score: scorer.mac(visit.subject.as_bytes()),
        };
        for mut team in team::assign(&visits.iter().map(ring).collect::<Vec<_>>(), &need).unwrap() {
            team.members.sort();
            for member in &team.members {
                *at_subject.entry((member.clone(), team.subject.clone())).or_default() += 1;
            }
            *pairs.entry(team.members).or_default() += 1;
        }
    }
    assert_eq!(pairs.len(), 15);
    // Balance makes visits of one draw dependent, which only narrows the counts: the plain bound is a safe one.
    let expected = f64::from(rounds) * 4.0 / 15.0;
    let found = chi_square(pairs.into_values(), expected);
    assert!(found < 36.12, "pairs: {found:.1}");
    let expected = f64::from(rounds) * 4.0 * 2.0 / 24.0;
    let found = chi_square(at_subject.into_values(), expected);
    assert!(found < 49.73, "inspector at subject: {found:.1}");
}
