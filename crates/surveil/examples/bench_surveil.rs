//! Figures on this machine, as JSON lines: `cargo run --release -p surveil --example bench_surveil`.
//!
//! EARS and Farrington over 10,000 series of 156 weeks (every week that has its reference); the scan over 22 townships × 30
//! trades × 52 weeks with 999 runs; near-duplicates of 20,000 texts. Inputs are made from a stated seed.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot run is to stop")]

use std::hint::black_box;
use std::time::Instant;
use surveil::dist::poisson_quantile;
use surveil::ears;
use surveil::farrington::{self, Calendar, Series, Settings};
use surveil::near_duplicate::{self, Index};
use surveil::random::Random;
use surveil::scan::{self, Baseline, Grid, Zones};

const WEEKS: usize = 156;

fn timed<T>(what: &str, pieces: usize, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = black_box(work());
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{}",
        serde_json::json!({"what": what, "pieces": pieces, "seconds": seconds, "each_us": seconds / pieces as f64 * 1e6})
    );
    result
}

fn main() {
    let scale: usize = std::env::args().nth(1).map_or(1, |s| s.parse().unwrap());
    let n = 10_000 / scale;
    let mut random = Random::new(1, 0);
    let series: Vec<Vec<u32>> = (0..n)
        .map(|_| {
            let mean = 0.5 + 8.0 * random.unit();
            (0..WEEKS).map(|_| poisson_quantile(random.unit(), mean) as u32).collect()
        })
        .collect();
    for method in [ears::Method::C1, ears::Method::C2, ears::Method::C3] {
        let settings = ears::Settings::usual(method);
        timed(&format!("ears {method:?}"), n * (WEEKS - settings.needed()), || {
            series
                .iter()
                .map(|s| ears::judge_all(s, &settings).unwrap().iter().filter(|j| j.is_alarm).count())
                .sum::<usize>()
        });
    }
    for (name, settings) in [
        ("farrington flexible, 2 years", Settings { years_back: 2, ..Settings::flexible() }),
        ("farrington noufaily, 2 years, 10 periods", Settings { years_back: 2, ..Settings::noufaily() }),
    ] {
        let first = 2 * 52 + 3;
        let judge = |part: &[Vec<u32>]| -> usize {
            let mut alarms = 0;
            for counts in part {
                let series = Series { counts, population: &[], calendar: Calendar::Periods(52) };
                for at in first..WEEKS {
                    alarms +=
                        usize::from(farrington::judge(&series, at, &settings).is_ok_and(|j| j.is_alarm));
                }
            }
            alarms
        };
        timed(name, n * (WEEKS - first), || judge(&series));
        timed(&format!("{name}, 2 threads"), n * (WEEKS - first), || {
            std::thread::scope(|s| {
                let other = s.spawn(|| judge(&series[..n / 2]));
                judge(&series[n / 2..]) + other.join().unwrap()
            })
        });
    }
    clusters(scale, &mut random);
    texts(20_000 / scale, &mut random);
}

fn clusters(scale: usize, random: &mut Random) {
    let (places, streams, weeks) = (22, 30, 52);
    let points: Vec<[f64; 2]> =
        (0..places).map(|_| [106.9 + 0.5 * random.unit(), 32.4 + 0.6 * random.unit()]).collect();
    let zones = Zones::nearest(&points, 11).unwrap();
    let means: Vec<f64> = (0..places * streams * weeks).map(|_| 0.1 + 2.0 * random.unit()).collect();
    let counts = means.iter().map(|m| poisson_quantile(random.unit(), *m) as u32).collect();
    let grid = Grid::new(places, streams, weeks, counts, means).unwrap();
    let runs = 999 / scale;
    let mut answers = Vec::new();
    for (name, baseline, threads) in [
        ("expectation", Baseline::Expectation, 1),
        ("expectation, 2 threads", Baseline::Expectation, 2),
        ("population, 2 threads", Baseline::Population, 2),
    ] {
        let settings = scan::Settings { baseline, runs, seed: 7, threads, ..scan::Settings::default() };
        let what = format!("scan {name}, {} zones x {streams} x {weeks}", zones.len());
        answers.push(timed(&what, runs, || scan::scan(&grid, &zones, &settings).unwrap()));
    }
    assert_eq!(answers[0], answers[1], "threads change nothing");
    let settings = scan::Settings {
        runs: runs / 10,
        seed: 7,
        threads: 2,
        is_retrospective: true,
        ..scan::Settings::default()
    };
    timed("scan retrospective, a tenth of the runs", runs / 10, || {
        scan::scan(&grid, &zones, &settings).unwrap()
    });
}

fn texts(n: usize, random: &mut Random) {
    let mut made: Vec<String> = Vec::new();
    for i in 0..n {
        let mut text: Vec<char> = if i % 10 == 9 {
            made[random.below(made.len())].chars().collect()
        } else {
            (0..200).filter_map(|_| char::from_u32(0x4E00 + random.below(3000) as u32)).collect()
        };
        for _ in 0..5 {
            let at = random.below(text.len());
            text[at] = '改';
        }
        made.push(text.into_iter().collect());
    }
    timed("near-duplicates, 200 characters", n, || {
        let mut index = Index::new(near_duplicate::Settings::default()).unwrap();
        made.iter().enumerate().map(|(i, t)| index.add(i, t).len()).sum::<usize>()
    });
}
