//! Grading by whole packs: the default one, and one of each further model.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod calibration;
mod checks;
mod counterfactual;
mod general_v0;
mod models;

use grading::{Dec, Engine, Fact, FactKind, FactSeverity, FactTopic, Graded, Pack, SubjectInput};
use jiff::civil::{Date, date};

/// The day all vectors are graded as of.
const AS_OF: Date = date(2026, 5, 20);

fn engine(json: &str) -> Engine {
    let pack = Pack::read(json).unwrap_or_else(|f| panic!("{f:?}"));
    Engine::new(pack).unwrap_or_else(|f| panic!("{f:#?}"))
}

fn general() -> Engine {
    engine(grading::GENERAL_V0)
}

/// So many months before the day of the vectors.
fn months_ago(months: i32) -> Date {
    AS_OF.checked_sub(jiff::Span::new().months(months)).unwrap()
}

/// The restaurant of the design's vector.
fn restaurant() -> SubjectInput {
    let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
    input.registered_on = Some(months_ago(24));
    input.industries = vec!["6210".into()];
    input.address_shared_by = Some(1);
    let mut problem = Fact::new("problem", FactKind::InspectionProblem, months_ago(3));
    problem.ended_on = Some(months_ago(2));
    input.facts = vec![
        Fact::new("report", FactKind::AnnualReport, months_ago(5)).about(FactTopic::Late),
        Fact::new("ordinary", FactKind::Penalty, months_ago(8)).weighing(FactSeverity::Ordinary),
        Fact::new("minor", FactKind::Penalty, months_ago(20)).weighing(FactSeverity::Minor),
        problem,
        Fact::new("complaint-1", FactKind::Complaint, months_ago(1)).about(FactTopic::Substantiated),
        Fact::new("complaint-2", FactKind::Complaint, months_ago(2)).about(FactTopic::Substantiated),
        Fact::new("complaint-3", FactKind::Complaint, months_ago(4)).about(FactTopic::Substantiated),
    ];
    input
}

fn fact<'a>(input: &'a mut SubjectInput, id: &str) -> &'a mut Fact {
    input.facts.iter_mut().find(|f| f.record_id == id).unwrap()
}

/// Points of the parts, then the score.
fn points(graded: &Graded) -> Vec<i64> {
    let all = graded.parts.iter().map(|p| p.score).chain([graded.score]);
    all.map(|p| p.as_int().unwrap()).collect()
}

/// Every part is its start and its effects; the score is the parts and the factors.
fn assert_adds_up(graded: &Graded, base: Dec) {
    let effects = |part: &str| {
        let lines = graded.explanation.iter().filter(|l| l.part == *part);
        lines.fold(Dec::ZERO, |sum, l| sum.plus(l.effect))
    };
    let mut sum = base;
    for part in &graded.parts {
        assert_eq!(part.start.plus(effects(&part.part)), part.score, "{}", part.part);
        sum = sum.plus(part.score);
    }
    assert_eq!(sum.plus(effects("control")).plus(effects("detection")), graded.score);
}
