//! Features of a subject from its past (历史特征): what was found, how long ago, what was found around it.
//!
//! Every feature is stated in [`NAMES`]; each uses results of days before the visit only. Who inspected, the subject's name
//! and its place are not among them: a place enters only by what was found there. Called by the ranking and its back-test.

use std::collections::HashMap;
use std::hash::Hash;

/// The features, in order. Numbers of visits and days and severities enter by `ln(1 + x)`: few great ones must not outweigh the rest.
pub const NAMES: [&str; 14] = [
    "visits_before",
    "no_visit_before",
    "problem_share",
    "problem_last",
    "problem_before_last",
    "severity_last",
    "severity_mean",
    "severity_worst",
    "days_since_last_visit",
    "days_since_last_problem",
    "years_known",
    "district_problem_share_90_days",
    "season_sine",
    "season_cosine",
];

/// What a visit found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Result {
    /// Day, in days from any origin.
    pub day: i32,
    /// Whether a problem was found.
    pub is_problem: bool,
    /// Graver is greater, 0 none; a weighted sum of faults.
    pub severity: f64,
}

/// Past results, fed in the order of time.
pub struct History<K> {
    subjects: HashMap<K, Vec<Result>>,
    recent: std::collections::VecDeque<(i32, bool)>,
    recent_problems: usize,
    visits: usize,
    problems: usize,
}

impl<K: Hash + Eq> Default for History<K> {
    fn default() -> Self {
        let recent = std::collections::VecDeque::new();
        Self { subjects: HashMap::new(), recent, recent_problems: 0, visits: 0, problems: 0 }
    }
}

const DISTRICT_DAYS: i32 = 90;
/// Weight of the district's share in a subject's share: as many visits as make it half its own.
const PRIOR_VISITS: f64 = 3.0;
const CAP_DAYS: f64 = 1500.0;

impl<K: Hash + Eq> History<K> {
    /// Adds a result. Results of one day are added after all features of that day have been asked for.
    pub fn add(&mut self, subject: K, result: Result) {
        self.recent.push_back((result.day, result.is_problem));
        self.recent_problems += usize::from(result.is_problem);
        while self.recent.front().is_some_and(|(day, _)| result.day - day > DISTRICT_DAYS) {
            if let Some((_, is_problem)) = self.recent.pop_front() {
                self.recent_problems -= usize::from(is_problem);
            }
        }
        self.visits += 1;
        self.problems += usize::from(result.is_problem);
        self.subjects.entry(subject).or_default().push(result);
    }

    /// Features of a subject on a day; `known_since`: first day on record, `day_of_year` 1–366.
    #[must_use]
    pub fn features(&self, subject: &K, day: i32, known_since: Option<i32>, day_of_year: u16) -> Vec<f64> {
        let past = self.subjects.get(subject).map_or(&[][..], Vec::as_slice);
        let n = past.len() as f64;
        let overall = if self.visits == 0 { 0.5 } else { self.problems as f64 / self.visits as f64 };
        let district = if self.recent.is_empty() {
            overall
        } else {
            self.recent_problems as f64 / self.recent.len() as f64
        };
        let problems = past.iter().filter(|r| r.is_problem).count() as f64;
        let found = |back: usize| past.len().checked_sub(back).map(|i| past[i]);
        let was_problem = |back: usize| found(back).map_or(overall, |r| f64::from(u8::from(r.is_problem)));
        let since = |d: Option<i32>| d.map_or(CAP_DAYS, |d| f64::from(day - d).min(CAP_DAYS));
        let last_problem = past.iter().rev().find(|r| r.is_problem).map(|r| r.day);
        let sum: f64 = past.iter().map(|r| r.severity).sum();
        let angle = f64::from(day_of_year) / 366.0 * std::f64::consts::TAU;
        let first = known_since.into_iter().chain(past.first().map(|r| r.day)).min();
        vec![
            n.min(50.0).ln_1p(),
            f64::from(u8::from(past.is_empty())),
            (problems + PRIOR_VISITS * overall) / (n + PRIOR_VISITS),
            was_problem(1),
            was_problem(2),
            found(1).map_or(0.0, |r| r.severity.ln_1p()),
            if past.is_empty() { 0.0 } else { (sum / n).ln_1p() },
            past.iter().map(|r| r.severity).fold(0.0, f64::max).ln_1p(),
            since(found(1).map(|r| r.day)).ln_1p(),
            since(last_problem).ln_1p(),
            first.map_or(0.0, |d| f64::from((day - d).max(0)) / 365.25),
            district,
            angle.sin(),
            angle.cos(),
        ]
    }
}
