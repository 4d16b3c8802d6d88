//! Lawful teams, balance, clear answers.

use super::*;
use crate::suite::Suite;

fn officer(id: &str, tags: &[&str]) -> Officer {
    Officer {
        id: id.into(),
        recused: Vec::new(),
        tags: tags.iter().map(|t| (*t).to_owned()).collect(),
        valid_from: "2025-01-01".into(),
        valid_to: "2027-12-31".into(),
    }
}

fn need(organ: &str, pool: Vec<Officer>) -> OrganNeed {
    OrganNeed { members: 2, organ: organ.into(), pool, tags: Vec::new() }
}

fn visits(n: usize) -> Vec<Visit> {
    (0..n).map(|i| Visit { date: "2026-12-01".into(), subject: format!("S-{i:05}") }).collect()
}

fn keyrings<'a>(visits: &'a [Visit], key: &'a Keyed) -> Vec<Keyring<'a>> {
    let of = |visit: &'a Visit| Keyring {
        visit,
        visit_id: format!("D/{}", visit.subject),
        key,
        score: key.mac(visit.subject.as_bytes()),
    };
    visits.iter().map(of).collect()
}

fn key() -> Keyed {
    Suite::V1.keyed(&Hash([5; 32]))
}

#[test]
fn every_visit_gets_its_team_and_the_spread_is_one() {
    let (visits, key) = (visits(301), key());
    let organs: Vec<OrganNeed> = (0..3)
        .map(|o| need(&format!("nz-{o}"), (0..7 + o).map(|i| officer(&format!("ZF-{o}-{i}"), &[])).collect()))
        .collect();
    let teams = assign(&keyrings(&visits, &key), &organs).unwrap();
    assert_eq!(teams.len(), 3 * 301);
    assert!(teams.iter().all(|t| t.members.len() == 2 && t.members[0] != t.members[1]));
    for organ in &organs {
        let Spread { least, most } = spread(&teams, organ);
        assert!(most - least <= 1, "{least}..{most}");
    }
}

#[test]
fn greedy_that_runs_into_a_corner_is_evened_out_by_paths() {
    // Two thirds of the visits can be staffed by the three elders only; they must not also be taken for the rest.
    let key = key();
    let mut pool: Vec<Officer> = (0..6).map(|i| officer(&format!("ZF-{i}"), &[])).collect();
    let visits = visits(60);
    for officer in &mut pool[3..] {
        officer.recused = visits[..20].iter().map(|v| v.subject.clone()).collect();
    }
    let organ = need("nz-a", pool);
    let teams = assign(&keyrings(&visits, &key), std::slice::from_ref(&organ)).unwrap();
    assert_eq!(spread(&teams, &organ), Spread { least: 20, most: 20 });
    for team in teams.iter().filter(|t| visits[..20].iter().any(|v| v.subject == t.subject)) {
        assert!(team.members.iter().all(|m| m.as_str() < "ZF-3"), "{team:?}");
    }
}

#[test]
fn where_no_team_is_lawful_organ_visit_and_missing_thing_are_named() {
    let key = key();
    let visits = visits(2);
    let mut pool = vec![officer("ZF-1", &["food"]), officer("ZF-2", &[]), officer("ZF-3", &["food"])];
    pool[2].valid_to = "2026-11-30".into();
    pool.push(Officer { recused: vec!["S-00001".into()], ..officer("ZF-4", &["food"]) });
    let organ = OrganNeed { tags: vec!["food".into()], ..need("nz-a", pool) };
    let missing = assign(&keyrings(&visits, &key), &[organ]).unwrap_err();
    assert_eq!(missing.len(), 1, "the other visit can be staffed by ZF-1 and ZF-4");
    assert_eq!((missing[0].organ.as_str(), missing[0].visit.as_str()), ("nz-a", "D/S-00001"));
    assert_eq!((missing[0].needed, missing[0].eligible, missing[0].pool), (2, 1, 4));
    assert_eq!(missing[0].missing, ["certificate:1", "recusal:1", "tag:food:1"]);
    let missing = assign(&keyrings(&visits, &key), &[need("nz-b", vec![officer("ZF-9", &[])])]).unwrap_err();
    assert_eq!(missing[0].missing, ["inspectors:1"]);
}

#[test]
fn a_replacement_is_the_next_by_score() {
    let key = key();
    let visits = visits(1);
    let organ = need("nz-a", (0..6).map(|i| officer(&format!("ZF-{i}"), &[])).collect());
    let rings = keyrings(&visits, &key);
    let teams = assign(&rings, std::slice::from_ref(&organ)).unwrap();
    let ranked = crate::stratum::rank_inspectors(
        &key,
        &rings[0].visit_id,
        &["ZF-0", "ZF-1", "ZF-2", "ZF-3", "ZF-4", "ZF-5"],
    );
    let ids: Vec<&str> = ranked.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(teams[0].members, ids[..2], "without loads the smallest scores win");
    let members: Vec<&str> = teams[0].members.iter().map(String::as_str).collect();
    assert_eq!(next_member(&rings[0], &organ, &members).unwrap().id, ids[2]);
}
