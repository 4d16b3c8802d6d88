//! Times the lint of 200 plans against 60,000 subjects; prints one JSON line. Called by the bench script.

use domain::calendar::Calendar;
use jiff::civil::date;
use rules::facts::{OrganFacts, PlanFacts};
use rules::ledger::{Entry, Ledger};
use rules::settings::Settings;
use rules::verdict::Judge;
use rules::{PackRef, RuleOutcome, VisitKind, default_pack};
use std::io::Write as _;
use std::time::Instant;

const SUBJECTS: usize = 60_000;
const PLANS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pack = default_pack()?;
    let reference = PackRef { code: pack.code.clone(), version: 1, digest: pack.digest() };
    let calendar = Calendar::china_2023_2026();
    let day = date(2026, 3, 1);
    let subjects: Vec<String> = (0..SUBJECTS).map(|i| format!("91610703MA6Y{i:06}")).collect();
    let started = Instant::now();
    let settings = Settings::of(&pack, day);
    // Three entries a subject, by fifteen organs.
    let entries = (0..SUBJECTS * 3).map(|i| Entry {
        visit: i.to_string(),
        subject: subjects[i % SUBJECTS].clone(),
        organ: format!("organ-{}", i % 15),
        on: date(2026, 1 + (i % 12) as i8, 1 + (i % 28) as i8),
        kind: Some(VisitKind::Routine),
        is_on_site: true,
        is_planned: false,
    });
    let ledger = Ledger::build(&settings, entries);
    let gathered = started.elapsed();
    let mut verdicts = 0;
    for i in 0..PLANS {
        let organ = format!("organ-{}", i % 15);
        let used = ledger.cap_use(
            (&organ, 2026, settings.cap(&organ, None)),
            Some(1),
            subjects.iter().map(String::as_str),
        );
        let facts = PlanFacts {
            plan: i.to_string(),
            organs: vec![OrganFacts { code: organ, ..OrganFacts::default() }],
            caps: Some(vec![used]),
            kind: Some(VisitKind::Routine),
            ..PlanFacts::default()
        };
        let lint = Judge { pack: &pack, reference: &reference, calendar: &calendar }.plan(day, &facts);
        verdicts += lint.verdicts.len() - lint.count(RuleOutcome::Pass);
        if lint.certificate("bench").len() != 64 {
            return Err("a certificate has 64 digits".into());
        }
    }
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{}",
        serde_json::json!({"bench": "lint", "plans": PLANS, "subjects": SUBJECTS, "open_verdicts": verdicts,
            "gather_seconds": gathered.as_secs_f64(), "seconds": started.elapsed().as_secs_f64()})
    )?;
    Ok(())
}
