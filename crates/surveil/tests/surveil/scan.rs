//! The space-time scan.

use crate::second_opinion::vectors;
use surveil::scan::{Baseline, Grid, Settings, Zones, scan};

fn given() -> (Grid, Zones, serde_json::Value) {
    let v = vectors()["scan"].clone();
    let list = |name: &str| v[name].as_array().unwrap().clone();
    let (places, periods) = (v["places"].as_u64().unwrap() as usize, v["periods"].as_u64().unwrap() as usize);
    let counts = list("counts").iter().map(|c| c.as_u64().unwrap() as u32).collect();
    let expected = list("expected").iter().map(|c| c.as_f64().unwrap()).collect();
    let zones: Vec<Vec<usize>> = serde_json::from_value(v["zones"].clone()).unwrap();
    (Grid::new(places, 1, periods, counts, expected).unwrap(), Zones::list(places, zones).unwrap(), v)
}

#[test]
fn both_null_models_find_the_cluster_of_the_second_opinion() {
    let (grid, zones, v) = given();
    for (baseline, name) in [(Baseline::Expectation, "expectation"), (Baseline::Population, "population")] {
        let found =
            scan(&grid, &zones, &Settings { baseline, runs: 99, seed: 7, ..Settings::default() }).unwrap();
        let (best, cluster) = (&found.clusters[0], &v[name]["cluster"]);
        assert!((best.score - v[name]["score"].as_f64().unwrap()).abs() < 1e-9);
        assert_eq!(serde_json::json!(best.places), cluster[0]);
        assert_eq!((best.from as u64, best.to), (cluster[1].as_u64().unwrap(), 6));
        assert_eq!(best.count, cluster[2].as_u64().unwrap());
        assert!(best.p_value <= 0.05, "{}", best.p_value);
        assert_eq!(found.candidates, 18 * 6);
    }
}

#[test]
fn the_answer_does_not_depend_on_threads_but_on_the_seed() {
    let (grid, zones, _) = given();
    for baseline in [Baseline::Expectation, Baseline::Population] {
        let run = |threads, seed| {
            let settings = Settings { baseline, runs: 50, seed, threads, ..Settings::default() };
            scan(&grid, &zones, &settings).unwrap()
        };
        assert_eq!(run(1, 5), run(3, 5));
        assert_eq!(run(1, 5), run(64, 5));
        assert_ne!(run(1, 5).replicates, run(1, 6).replicates);
    }
}

#[test]
fn without_a_cluster_p_values_are_uniform() {
    // Each simulated grid is judged against runs of its own: about one in ten is below 0.1.
    let mut random = surveil::random::Random::new(3, 3);
    let zones =
        Zones::connected(&(0..6).map(|i| vec![(i + 1) % 6, (i + 5) % 6]).collect::<Vec<_>>(), 3).unwrap();
    let mut low = 0;
    for seed in 0..200 {
        let poisson =
            |random: &mut surveil::random::Random| surveil::dist::poisson_quantile(random.unit(), 2.0) as u32;
        let counts = (0..6 * 2 * 8).map(|_| poisson(&mut random)).collect();
        let grid = Grid::new(6, 2, 8, counts, vec![2.0; 96]).unwrap();
        let found = scan(&grid, &zones, &Settings { runs: 99, seed, ..Settings::default() }).unwrap();
        low += usize::from(found.clusters[0].p_value <= 0.1);
    }
    assert!((8..=34).contains(&low), "{low}");
}

#[test]
fn a_rise_everywhere_is_news_only_where_counts_were_expected() {
    let zones = Zones::list(4, (0..4).map(|p| vec![p])).unwrap();
    let grid = Grid::new(4, 1, 3, vec![10; 12], vec![5.0; 12]).unwrap();
    let run =
        |baseline| scan(&grid, &zones, &Settings { baseline, runs: 99, ..Settings::default() }).unwrap();
    assert!(run(Baseline::Expectation).clusters[0].p_value <= 0.01);
    assert!(run(Baseline::Population).clusters.iter().all(|c| c.p_value > 0.5));
}

#[test]
fn a_past_cluster_is_found_in_retrospect_only() {
    let zones = Zones::list(3, (0..3).map(|p| vec![p])).unwrap();
    let mut counts = vec![2; 30];
    counts[12..15].copy_from_slice(&[11, 12, 10]);
    let grid = Grid::new(3, 1, 10, counts, vec![2.0; 30]).unwrap();
    let run = |is_retrospective| {
        scan(&grid, &zones, &Settings { is_retrospective, runs: 99, longest: 4, ..Settings::default() })
            .unwrap()
    };
    let best = run(true).clusters[0].clone();
    assert_eq!((best.places, best.from, best.to, best.count), (vec![1], 2, 5, 33));
    assert!(best.p_value <= 0.01 && best.gumbel_p_value.unwrap() < 1e-6);
    assert!(run(false).clusters.is_empty());
}

#[test]
fn clusters_that_are_reported_share_no_place() {
    let zones = Zones::nearest(&[[107.0, 33.0], [107.1, 33.0], [107.2, 33.0], [108.0, 33.0]], 3).unwrap();
    let mut counts = vec![3; 16];
    counts[2..4].fill(12);
    counts[14..16].fill(14);
    let grid = Grid::new(4, 1, 4, counts, vec![3.0; 16]).unwrap();
    let found = scan(&grid, &zones, &Settings { runs: 0, ..Settings::default() }).unwrap();
    let places: Vec<usize> = found.clusters.iter().flat_map(|c| c.places.clone()).collect();
    let mut distinct = places.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(places.len(), distinct.len());
    assert_eq!(found.clusters[0].places, [3]);
    assert_eq!(found.clusters[0].p_value, 1.0);
}

#[test]
fn connected_zones_are_all_and_only_the_connected_sets() {
    // A line of four: 4 singles, 3 pairs, 2 triples.
    let line = [vec![1], vec![0, 2], vec![1, 3], vec![2]];
    let zones = Zones::connected(&line, 3).unwrap();
    assert_eq!(zones.len(), 9);
    assert!(zones.iter().all(|z| z.windows(2).all(|p| p[1] == p[0] + 1)));
}

#[test]
fn grids_that_do_not_fit_are_refused() {
    assert!(Grid::new(2, 1, 2, vec![0; 3], vec![1.0; 4]).is_err());
    assert!(Grid::new(2, 1, 2, vec![0; 4], vec![0.0; 4]).is_err());
    assert!(Zones::list(2, [vec![2]]).is_err());
    let grid = Grid::new(2, 1, 2, vec![0; 4], vec![1.0; 4]).unwrap();
    assert!(scan(&grid, &Zones::list(3, [vec![0]]).unwrap(), &Settings::default()).is_err());
}
