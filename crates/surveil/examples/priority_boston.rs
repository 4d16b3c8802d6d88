//! Priority learned from real inspections: `cargo run --release -p surveil --example priority_boston -- FOLDER`.
//!
//! The folder holds `train_labels.csv` (date, restaurant, minor, major and severe violations) and `active_dates.csv` of the
//! Boston data; they do not belong to the project. A problem is a severe violation. Trained on the past, judged on the last
//! 20 % of the days, walking through time: features of a visit use results of earlier days only.
//!
//! Two rankings: of all visits, and of routine ones alone (no visit in the 60 days before). Boston goes back soon to who had
//! a problem, so that the first is easy and of little use; the second is the one to look at.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "an example for the command line")]

use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use surveil::priority::boost::{self, Boost};
use surveil::priority::history::{History, NAMES, Result};
use surveil::priority::judge::{Judged, figures, judge};
use surveil::priority::logistic::Logistic;
use surveil::priority::{Model, Sample, time_split};

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap());
    let origin: Date = "2000-01-01".parse().unwrap();
    let day = |text: &str| {
        let date: Date = text[..10].parse().unwrap();
        (origin.until(date).unwrap().get_days(), date.day_of_year() as u16)
    };
    let mut known: HashMap<String, i32> = HashMap::new();
    for row in csv::Reader::from_path(folder.join("active_dates.csv")).unwrap().deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        let first = day(&row["start"]).0;
        known.entry(row["restaurant_id"].clone()).and_modify(|d| *d = first.min(*d)).or_insert(first);
    }
    let mut visits = Vec::new();
    for row in csv::Reader::from_path(folder.join("train_labels.csv")).unwrap().deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        let number = |name: &str| row[name].parse::<f64>().unwrap();
        let severity = number("*") + 2.0 * number("**") + 5.0 * number("***");
        let (day, season) = day(&row["date"]);
        let result = Result { day, is_problem: number("***") > 0.0, severity };
        visits.push((result, row["restaurant_id"].clone(), season));
    }
    visits.sort_by_key(|v| v.0.day);
    let mut history = History::default();
    let mut samples = Vec::new();
    for today in visits.chunk_by(|a, b| a.0.day == b.0.day) {
        for (result, subject, season) in today {
            let features = history.features(subject, result.day, known.get(subject).copied(), *season);
            // Boston does not tell which visits were drawn at random.
            samples.push(Sample {
                features,
                is_problem: result.is_problem,
                day: result.day,
                is_random: false,
            });
        }
        today.iter().for_each(|(result, subject, _)| history.add(subject.clone(), *result));
    }
    let days: Vec<i32> = samples.iter().map(|s| s.day).collect();
    let (first, cut) = (days[0], days[days.len() * 8 / 10]);
    let date = |d: i32| origin.checked_add(jiff::Span::new().days(d)).unwrap();
    // The first year only fills the history.
    let usable: Vec<Sample> = samples.into_iter().filter(|s| s.day > first + 365).collect();
    let since = NAMES.iter().position(|n| *n == "days_since_last_visit").unwrap();
    let routine: Vec<Sample> = usable.iter().filter(|s| s.features[since] > 60f64.ln_1p()).cloned().collect();
    for (name, samples) in [("all visits", usable), ("routine visits", routine)] {
        let (past, later) = time_split(&samples, cut);
        println!(
            "== {name} of {}; training {} up to {}, judged {} after it, {} problems among them",
            days.len(),
            past.len(),
            date(cut),
            later.len(),
            later.iter().filter(|s| s.is_problem).count()
        );
        report(&past, &later);
    }
}

fn report(past: &[&Sample], later: &[&Sample]) {
    for name in ["problem_share", "severity_last", "severity_mean"] {
        let at = NAMES.iter().position(|n| *n == name).unwrap();
        let scores: Vec<f64> = later.iter().map(|s| s.features[at]).collect();
        println!("one feature, {name}: {:?}", figures(Judged::All, later, &scores).unwrap());
    }
    let logistic = Logistic::fit(past, 1.0).unwrap();
    println!("logistic: {:?}", judge(&logistic, later).unwrap());
    let boost = Boost::fit(past, &boost::Settings::default()).unwrap();
    println!("boosting: {:?}", judge(&boost, later).unwrap());
    for (name, weight) in NAMES.iter().zip(&logistic.weights) {
        println!("  weight {name}: {weight:+.3}");
    }
    let sample = later
        .iter()
        .max_by(|a, b| logistic.score(&a.features).total_cmp(&logistic.score(&b.features)))
        .unwrap();
    let (start, parts) = logistic.explain(&sample.features);
    println!("first of the ranking: {:.2} (average {start:+.2})", logistic.probability(&sample.features));
    for part in parts.iter().take(5) {
        println!("  {} = {:.2} adds {:+.2}", NAMES[part.feature], part.value, part.adds);
    }
}
