//! Times grading: a million synthetic subjects with three facts each under the default pack, explanations written as the
//! canonical bytes that a service stores. Prints one JSON line. Also times the `cel` crate's own evaluator on one of the
//! pack's conditions, which is why the engine has its own. Called by hand and by the bench script.

use domain::vocabulary::SubjectKind;
use grading::{AsOf, Engine, Fact, FactKind, FactSeverity, FactTopic, SubjectInput, general_v0};
use jiff::civil::{Date, date};
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::time::{Duration, Instant};

const SUBJECTS: u64 = 1_000_000;
/// Subjects made, then graded, at a time: making them is not timed.
const BATCH: u64 = 10_000;
const AS_OF: Date = date(2026, 5, 20);

/// A linear congruence: the same subjects in every run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn day(&mut self) -> Date {
        let days = i64::try_from(self.below(1500)).unwrap_or(0);
        AS_OF.saturating_sub(jiff::Span::new().days(days))
    }
}

fn subject(draws: &mut Draws, number: u64) -> SubjectInput {
    let mut input = SubjectInput::new(SubjectKind::Enterprise);
    input.registered_on = Some(draws.day());
    let industry = if draws.below(5) == 0 { "6210".to_owned() } else { format!("{:04}", draws.below(9000)) };
    input.industries = vec![industry.into()];
    input.address_shared_by = i64::try_from(1 + draws.below(22)).ok();
    for i in 0..3 {
        let kinds = [
            FactKind::Penalty,
            FactKind::InspectionProblem,
            FactKind::Complaint,
            FactKind::AnnualReport,
            FactKind::InspectionPassed,
            FactKind::Award,
        ];
        let kind = kinds[usize::try_from(draws.below(6)).unwrap_or(0)];
        let mut fact = Fact::new(format!("{number:08}-{i}"), kind, draws.day());
        match kind {
            FactKind::Penalty => {
                fact.severity = FactSeverity::ALL.get(usize::try_from(draws.below(3)).unwrap_or(0)).copied();
            }
            FactKind::AnnualReport => fact.topic = Some(FactTopic::Late),
            FactKind::Complaint => fact.topic = Some(FactTopic::Substantiated),
            FactKind::InspectionProblem => fact.ended_on = Some(draws.day()),
            _ => {}
        }
        input.facts.push(fact);
    }
    input
}

/// Time of one condition by the crate's evaluator, with the map of a fact it needs.
fn crate_evaluator() -> Result<Duration, Box<dyn std::error::Error>> {
    const TIMES: u32 = 20_000;
    let program = cel::Program::compile("fact.severity == 'minor' && fact.months <= 12")?;
    let started = Instant::now();
    let mut hits = 0;
    for i in 0..TIMES {
        let members: HashMap<String, cel::Value> = HashMap::from([
            ("severity".to_owned(), cel::Value::from("minor")),
            ("months".to_owned(), cel::Value::Int(i64::from(i % 24))),
        ]);
        let mut context = cel::Context::default();
        context.add_variable_from_value("fact", cel::Value::from(members));
        hits += u32::from(program.execute(&context)? == cel::Value::Bool(true));
    }
    if hits == 0 {
        return Err("some facts are young".into());
    }
    Ok(started.elapsed() / TIMES)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new(general_v0().map_err(|f| f.text.en)?).map_err(|f| format!("{f:?}"))?;
    let as_of = AsOf::from(AS_OF);
    let mut draws = Draws(1);
    let (mut grading, mut bytes, mut lines) = (Duration::ZERO, 0_usize, 0_usize);
    let mut classes: BTreeMap<String, u64> = BTreeMap::new();
    for batch in 0..SUBJECTS / BATCH {
        let subjects: Vec<SubjectInput> =
            (0..BATCH).map(|i| subject(&mut draws, batch * BATCH + i)).collect();
        let started = Instant::now();
        for input in &subjects {
            let graded = engine.grade(input, as_of)?;
            bytes += graded.canonical().len();
            lines += graded.explanation.len();
            match classes.get_mut(graded.class.as_str()) {
                Some(count) => *count += 1,
                None => {
                    classes.insert(graded.class.to_string(), 1);
                }
            }
        }
        grading += started.elapsed();
    }
    let mut one = Duration::ZERO;
    for i in 0..1000 {
        let input = subject(&mut draws, i);
        let started = Instant::now();
        engine.counterfactual(&input, as_of)?;
        one += started.elapsed();
    }
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{}",
        serde_json::json!({
            "bench": "grade", "subjects": SUBJECTS, "facts": SUBJECTS * 3, "seconds": grading.as_secs_f64(),
            "us_per_subject": grading.as_secs_f64() * 1e6 / SUBJECTS as f64, "lines": lines,
            "bytes_per_result": bytes as f64 / SUBJECTS as f64, "classes": classes,
            "counterfactual_us": one.as_secs_f64() * 1e3, "cel_crate_us_per_condition": crate_evaluator()?.as_secs_f64() * 1e6,
        })
    )?;
    Ok(())
}
