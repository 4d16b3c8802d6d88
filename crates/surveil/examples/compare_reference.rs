//! Week by week against published alarms: `cargo run -p surveil --example compare_reference -- FOLDER`.
//!
//! The folder holds `rki_weekly.csv`, `reference_alarms.csv`, `salmonella_agona_1995_reference.csv`,
//! `salmonella_newport_germany_2004_2013.csv`, `salmonella_newport_2011_reference.csv` and `scan_NM_*.csv`; none of them
//! belongs to the project. One line per series and method: weeks, equal alarms, equal bounds (1e-6), greatest difference.
//! Ends with 1 when a week differs.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "an example for the command line")]

use std::collections::BTreeMap;
use std::path::Path;
use surveil::comparison::{self, Window};
use surveil::farrington::{self, Calendar, Series, Settings, ThresholdMethod};
use surveil::glm::Rows;
use surveil::scan::{self, Baseline, Grid, Zones};
use surveil::{SurveilError, ears};

type Row = BTreeMap<String, String>;

fn read(folder: &Path, name: &str) -> Vec<Row> {
    csv::Reader::from_path(folder.join(name)).unwrap().deserialize().map(Result::unwrap).collect()
}

/// Weeks, alarms that agree, bounds that agree, greatest difference of a bound.
#[derive(Default)]
struct Tally {
    weeks: usize,
    alarms: usize,
    bounds: usize,
    worst: f64,
}

impl Tally {
    fn add(&mut self, own: (Option<f64>, bool), given: (Option<f64>, bool)) {
        self.weeks += 1;
        self.alarms += usize::from(own.1 == given.1);
        match (own.0, given.0) {
            (Some(a), Some(b)) => {
                self.worst = self.worst.max((a - b).abs());
                self.bounds += usize::from((a - b).abs() <= 1e-6 * b.abs().max(1.0));
            }
            (None, None) => self.bounds += 1,
            _ => self.worst = f64::INFINITY,
        }
    }

    fn print(&self, what: &str) -> bool {
        println!(
            "{what}: {} weeks, {} alarms equal, {} bounds equal, greatest difference {:.1e}",
            self.weeks, self.alarms, self.bounds, self.worst
        );
        self.weeks == self.alarms && self.weeks == self.bounds
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn main() {
    let folder = std::env::args().nth(1).map(std::path::PathBuf::from).unwrap_or_else(|| {
        println!("usage: compare_reference FOLDER");
        std::process::exit(2)
    });
    let is_equal = [rki(&folder), agona(&folder), newport(&folder), new_mexico(&folder)];
    std::process::exit(i32::from(!is_equal.iter().all(|e| *e)));
}

fn flexible(series: &Series<'_>, at: usize, settings: &Settings, none: Option<f64>) -> (Option<f64>, bool) {
    let j = farrington::judge(series, at, settings).unwrap();
    (j.upper_bound.or(none), j.is_alarm)
}

fn rki(folder: &Path) -> bool {
    let mut series: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for row in read(folder, "rki_weekly.csv") {
        series.entry(row["series"].clone()).or_default().push(row["observed"].parse().unwrap());
    }
    let two_years = Settings { years_back: 2, ..Settings::original() };
    let simple = |j: Result<comparison::Judgement, SurveilError>| {
        let j = j.unwrap();
        (Some(j.upper_bound), j.is_alarm)
    };
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for row in read(folder, "reference_alarms.csv") {
        let (counts, at) = (&series[&row["series"]], row["t"].parse::<usize>().unwrap() - 1);
        let own = match row["method"].as_str() {
            "rki1" => simple(comparison::rki(counts, at, Window::LAST_SIX)),
            "rki3" => simple(comparison::rki(counts, at, Window::TWO_YEARS)),
            "bayes_b0w6_a05" => simple(comparison::bayes(counts, at, Window::LAST_SIX, 0.05)),
            "bayes_b0w6_a01" => simple(comparison::bayes(counts, at, Window::LAST_SIX, 0.01)),
            "cdc_b2m1" => simple(comparison::cdc(counts, at, 2, 1, 0.025)),
            "farrington_b2w3" => {
                let series = Series { counts, population: &[], calendar: Calendar::Periods(52) };
                flexible(&series, at, &two_years, Some(0.0))
            }
            other => {
                println!("unknown method {other}");
                continue;
            }
        };
        let given = (number(&row["upperbound"]), row["alarm"] == "1");
        tallies.entry(format!("{} {}", row["method"], row["series"])).or_default().add(own, given);
    }
    tallies.iter().map(|(what, tally)| tally.print(what)).fold(true, |all, one| all & one)
}

fn agona(folder: &Path) -> bool {
    let counts: Vec<u32> = read(folder, "rki_weekly.csv")
        .iter()
        .filter(|r| r["series"] == "salmonella.agona")
        .map(|r| r["observed"].parse().unwrap())
        .collect();
    let series = Series { counts: &counts, population: &[], calendar: Calendar::Periods(52) };
    let original = Settings { years_back: 4, alpha: 0.01, ..Settings::original() };
    let noufaily = Settings { years_back: 4, alpha: 0.005, ..Settings::noufaily() };
    let (mut first, mut second) = (Tally::default(), Tally::default());
    for row in read(folder, "salmonella_agona_1995_reference.csv") {
        let at = row["t"].parse::<usize>().unwrap() - 1;
        first.add(
            flexible(&series, at, &original, Some(0.0)),
            (number(&row["farrington_ub"]), row["farrington_alarm"] == "1"),
        );
        second.add(
            flexible(&series, at, &noufaily, None),
            (number(&row["noufaily_ub"]), row["noufaily_alarm"] == "1"),
        );
    }
    first.print("farrington S. Agona 1995") & second.print("noufaily nbPlugin S. Agona 1995")
}

fn newport(folder: &Path) -> bool {
    let weeks = read(folder, "salmonella_newport_germany_2004_2013.csv");
    let counts: Vec<u32> = weeks.iter().map(|r| r["Germany"].parse().unwrap()).collect();
    let position: BTreeMap<&str, usize> =
        weeks.iter().enumerate().map(|(i, r)| (r["week_start"].as_str(), i)).collect();
    let first = weeks[0]["week_start"].parse().unwrap();
    let series = Series { counts: &counts, population: &[], calendar: Calendar::WeeksFrom(first) };
    let farrington = Settings { years_back: 4, weights_threshold: 1.0, ..Settings::flexible() };
    let plugin = Settings { years_back: 4, ..Settings::noufaily() };
    let upper = Settings { threshold: ThresholdMethod::NegativeBinomialUpper, ..plugin.clone() };
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for row in read(folder, "salmonella_newport_2011_reference.csv") {
        let at = position[row["week_start"].as_str()];
        let given = |name: &str| (number(&row[&format!("{name}_ub")]), row[&format!("{name}_alarm")] == "1");
        for (name, settings) in
            [("farrington", &farrington), ("noufaily_nbPlugin", &plugin), ("noufaily_muan", &upper)]
        {
            tallies.entry(name).or_default().add(flexible(&series, at, settings, None), given(name));
        }
        for (name, method) in
            [("C1", ears::Method::C1), ("C2", ears::Method::C2), ("C3", ears::Method::C3AsInR)]
        {
            let j = ears::judge(&counts, at, &ears::Settings::at_alpha(method, 0.05)).unwrap();
            tallies.entry(name).or_default().add((Some(j.upper_bound), j.is_alarm), given(name));
        }
    }
    tallies.iter().map(|(n, t)| t.print(&format!("{n} S. Newport 2011"))).fold(true, |all, one| all & one)
}

/// The published answer: Los Alamos and Santa Fe, four years, 415 zones, p 0.005 of 999 runs.
fn new_mexico(folder: &Path) -> bool {
    let places: Vec<(String, [f64; 2])> = read(folder, "scan_NM_geo.csv")
        .iter()
        .filter(|r| r["county"] != "cibola")
        .map(|r| (r["county"].clone(), [r["seat_long"].parse().unwrap(), r["seat_lat"].parse().unwrap()]))
        .collect();
    let points: Vec<[f64; 2]> = places.iter().map(|(_, p)| *p).collect();
    let zones = Zones::nearest(&points, 15).unwrap();
    let rows = read(folder, "scan_NM_popcas.csv");
    let value = |r: &Row, name: &str| r[name].parse::<f64>().unwrap();
    let past: Vec<&Row> = rows.iter().filter(|r| value(r, "year") < 1986.0).collect();
    let fit = Rows {
        response: past.iter().map(|r| value(r, "count")).collect(),
        time: past.iter().map(|r| value(r, "year") - 1985.0).collect(),
        group: vec![0; past.len()],
        groups: 1,
        offset: past.iter().map(|r| value(r, "population").ln()).collect(),
    }
    .fit(true, None);
    let (mut counts, mut baselines) = (vec![0; places.len() * 4], vec![0.0; places.len() * 4]);
    for row in &rows {
        let year = value(row, "year");
        if !(1986.0..1990.0).contains(&year) {
            continue;
        }
        let place = places.iter().position(|(name, _)| *name == row["county"]).unwrap();
        let cell = place * 4 + (year - 1986.0) as usize;
        counts[cell] = value(row, "count") as u32;
        baselines[cell] = fit.predict(0, year - 1985.0, value(row, "population").ln(), 1.0).0.exp();
    }
    let grid = Grid::new(places.len(), 1, 4, counts, baselines).unwrap();
    println!("New Mexico: {} zones (published 415)", zones.len());
    for baseline in [Baseline::Expectation, Baseline::Population] {
        let settings = scan::Settings { baseline, runs: 999, seed: 1, ..scan::Settings::default() };
        let found = scan::scan(&grid, &zones, &settings).unwrap();
        let best = &found.clusters[0];
        let names: Vec<&str> = best.places.iter().map(|i| places[*i].0.as_str()).collect();
        println!(
            "New Mexico {baseline:?}: {} · {} years · {} cases, {:.3} expected · score {:.4} · p {:.3}",
            names.join(" + "),
            best.to - best.from,
            best.count,
            best.expected,
            best.score,
            best.p_value
        );
        if baseline == Baseline::Expectation && (names != ["losalamos", "santafe"] || zones.len() != 415) {
            return false;
        }
    }
    true
}
