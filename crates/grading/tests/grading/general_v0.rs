//! The default pack: the design's vector, its boundaries, its limits, both dates, and its bytes.

use crate::{AS_OF, assert_adds_up, fact, general, months_ago, points, restaurant};
use grading::{AsOf, Dec, Fact, FactKind, FactSeverity, FactTopic, Graded, SubjectInput};
use jiff::ToSpan as _;
use jiff::civil::Date;
use proptest::prelude::*;

fn grade(input: &SubjectInput) -> Graded {
    let graded = general().grade(input, AS_OF.into()).unwrap();
    assert_adds_up(&graded, Dec::ZERO);
    graded
}

#[test]
fn the_default_pack_has_no_fault() {
    assert_eq!(general().pack().check(), []);
}

#[test]
fn the_vector_of_the_design_is_800_and_after_repair_860() {
    let mut input = restaurant();
    let graded = grade(&input);
    assert_eq!(points(&graded), [100, 110, 370, 100, 120, 800]);
    assert_eq!(graded.class, "B");
    let lines: Vec<(&str, &str, String, String)> = graded
        .explanation
        .iter()
        .map(|l| {
            (
                &*l.indicator,
                l.record_id.as_deref().unwrap_or("-"),
                l.age_factor.to_string(),
                l.effect.to_string(),
            )
        })
        .collect();
    let line = |i, r, a: &str, e: &str| (i, r, a.to_owned(), e.to_owned());
    assert_eq!(
        lines,
        [
            line("age", "-", "1", "-20"),
            line("high_risk_trade", "-", "1", "-30"),
            line("annual_report_late", "report", "1", "-40"),
            line("penalty_minor", "minor", "0.5", "-10"),
            line("penalty_ordinary", "ordinary", "1", "-60"),
            line("problem_corrected", "problem", "1", "-10"),
            line("complaint", "complaint-3", "1", "-10"),
            line("complaint", "complaint-2", "1", "-10"),
            line("complaint", "complaint-1", "1", "-10"),
        ]
    );
    assert!(graded.missing.is_empty() && graded.direct.is_empty());

    fact(&mut input, "ordinary").repaired_on = Some(AS_OF);
    let repaired = grade(&input);
    assert_eq!(points(&repaired), [100, 110, 430, 100, 120, 860]);
    assert_eq!(repaired.class, "A");
}

#[test]
fn the_anniversary_is_the_last_day_of_each_factor() {
    let effect = |on: Date| {
        let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
        input.facts = vec![Fact::new("p", FactKind::Penalty, on).weighing(FactSeverity::Ordinary)];
        let graded = grade(&input);
        graded.explanation.iter().map(|l| (l.effect.to_string(), l.lapses_on)).next()
    };
    for (months, on_the_day, the_day_after) in [(12, "-60", "-30"), (24, "-30", "-15")] {
        assert_eq!(effect(months_ago(months)).unwrap().0, on_the_day);
        assert_eq!(effect(months_ago(months).yesterday().unwrap()).unwrap().0, the_day_after);
    }
    // 2023-05-20 counts until 2026-05-20 and lapses on the day after.
    assert_eq!(effect(months_ago(36)), Some(("-15".into(), Some(AS_OF.tomorrow().unwrap()))));
    assert_eq!(effect(months_ago(36).yesterday().unwrap()), None);
}

#[test]
fn a_business_is_young_until_the_day_before_its_birthday() {
    let basic = |registered: Date| {
        let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
        input.registered_on = Some(registered);
        points(&grade(&input))[0]
    };
    assert_eq!(basic(months_ago(12).tomorrow().unwrap()), 110);
    assert_eq!(basic(months_ago(12)), 130);
    assert_eq!(basic(months_ago(36).tomorrow().unwrap()), 130);
    assert_eq!(basic(months_ago(36)), 150);
}

#[test]
fn parts_stay_between_nothing_and_their_maximum() {
    let mut input = restaurant();
    let penalty = |i: i32| {
        Fact::new(format!("s-{i}"), FactKind::Penalty, months_ago(i)).weighing(FactSeverity::Serious)
    };
    input.facts.extend((0..4).map(penalty));
    input.facts.push(Fact::new("award", FactKind::Award, months_ago(1)));
    let graded = grade(&input);
    assert_eq!(points(&graded), [100, 110, 0, 100, 140, 450]);
    assert_eq!(graded.class, "D");
    assert!(graded.explanation.iter().any(|l| l.indicator == "part_limit" && l.effect > Dec::ZERO));

    let mut good = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
    good.facts = (0..5).map(|i| Fact::new(i.to_string(), FactKind::Award, months_ago(i))).collect();
    assert_eq!(grade(&good).score, Dec::int(1000));
}

#[test]
fn complaints_count_up_to_their_cap() {
    let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
    let complaint = |i: i32| {
        Fact::new(format!("c-{i:02}"), FactKind::Complaint, months_ago(0) - i.days())
            .about(FactTopic::Substantiated)
    };
    input.facts = (1..=11).map(complaint).collect();
    let graded = grade(&input);
    assert_eq!(points(&graded)[4], 70);
    let without = graded.explanation.iter().filter(|l| l.effect.is_zero()).count();
    assert_eq!((graded.explanation.len(), without), (11, 3));
}

#[test]
fn direct_classes_override_the_score() {
    let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
    let penalty = |i: i32| {
        Fact::new(format!("p-{i}"), FactKind::Penalty, months_ago(i)).weighing(FactSeverity::Ordinary)
    };
    input.facts = [1, 6, 12].map(penalty).to_vec();
    let graded = grade(&input);
    assert_eq!((graded.score_class.as_str(), graded.class.as_str()), ("B", "D"));
    let hit = &graded.direct[0];
    assert_eq!(
        (hit.rule.as_str(), hit.lapses_on, hit.repairable),
        ("repeated_penalties", Some(AS_OF.tomorrow().unwrap()), true)
    );
    assert_eq!(hit.records.iter().map(|r| r.as_str()).collect::<Vec<_>>(), ["p-1", "p-6", "p-12"]);

    fact(&mut input, "p-6").repaired_on = Some(AS_OF);
    assert_eq!(grade(&input).class, "A");

    input.facts =
        vec![Fact::new("list", FactKind::ListEntry, months_ago(2)).about(FactTopic::SeriousDishonesty)];
    assert_eq!(grade(&input).class, "D");
    fact(&mut input, "list").ended_on = Some(AS_OF);
    assert_eq!(grade(&input).class, "A");
}

#[test]
fn changes_count_from_the_second_within_a_year() {
    let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
    let change = |i: i32| {
        Fact::new(format!("c-{i}"), FactKind::RegistrationChange, months_ago(i))
            .about(FactTopic::LegalRepresentative)
    };
    input.facts = [2, 13].map(change).to_vec();
    assert_eq!(points(&grade(&input))[1], 150);
    input.facts.push(change(9));
    let graded = grade(&input);
    assert_eq!(points(&graded)[1], 120);
    let line = &graded.explanation[0];
    assert_eq!((line.record_id.as_deref(), line.with.len()), (Some("c-2"), 1));
    assert_eq!(line.lapses_on, months_ago(9).checked_add(12.months()).unwrap().tomorrow().ok());
}

#[test]
fn missing_data_is_listed_and_never_silent() {
    let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
    input.facts = vec![Fact::new("p", FactKind::Penalty, months_ago(1))];
    let graded = grade(&input);
    let missing: Vec<_> =
        graded.missing.iter().map(|m| (m.indicator.as_str(), m.record_id.as_deref())).collect();
    assert_eq!(
        missing,
        [
            ("age", None),
            ("shared_address", None),
            ("penalty_minor", Some("p")),
            ("penalty_ordinary", Some("p")),
            ("penalty_serious", Some("p")),
            ("repeated_penalties", Some("p")),
        ]
    );
}

#[test]
fn a_past_answer_stays_as_it_was() {
    let engine = general();
    let mut input = restaurant();
    let past = AsOf::from(months_ago(1));
    let before = engine.grade(&input, past).unwrap();
    // What became known later, was repaired, ended or withdrawn later, and later facts.
    fact(&mut input, "ordinary").repaired_on = Some(AS_OF);
    fact(&mut input, "report").ended_on = Some(AS_OF);
    fact(&mut input, "minor").withdrawn_on = Some(AS_OF);
    let mut late = Fact::new("late", FactKind::Penalty, months_ago(3)).weighing(FactSeverity::Serious);
    late.known_on = AS_OF;
    input.facts.push(late);
    assert_eq!(engine.grade(&input, past).unwrap().canonical(), before.canonical());
    // The same day seen with today's knowledge is another question with another answer.
    let hindsight = engine.grade(&input, AsOf { day: past.day, known_by: AS_OF }).unwrap();
    assert_ne!(hindsight.digest, before.digest);
    assert!(hindsight.score < before.score);
}

#[test]
fn the_canonical_bytes_are_these() {
    let graded = grade(&restaurant());
    let bytes = graded.canonical();
    let read: Graded = serde_json::from_str(&bytes).unwrap();
    assert_eq!(read, graded);
    assert_eq!(read.canonical(), bytes);
    assert!(bytes.starts_with(r#"{"pack":{"code":"general-v0","version":1,"digest":""#), "{bytes}");
    let line = r#"{"part":"regulatory","indicator":"penalty_minor","record_id":"minor","with":[],"raw":-20,"age_factor":0.5,"effect":-10,"lapses_on":"2027-09-21","repairable":true}"#;
    assert!(bytes.contains(line), "{bytes}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn neither_order_nor_repetition_changes_a_byte(order in Just((0..7_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let input = restaurant();
        let mut shuffled = input.clone();
        shuffled.facts = order.iter().map(|i| input.facts[*i].clone()).collect();
        prop_assert_eq!(grade(&shuffled).canonical(), grade(&input).canonical());
    }

    #[test]
    fn more_bad_records_never_raise_a_score(
        facts in proptest::collection::vec((0..3_usize, 0..48_i32, any::<bool>()), 0..8),
        more in (0..3_usize, 0..48_i32),
    ) {
        let penalty = |i: usize, (severity, months, _): (usize, i32, bool)| {
            Fact::new(format!("p-{i}"), FactKind::Penalty, months_ago(months)).weighing(FactSeverity::ALL[severity])
        };
        let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
        for (i, given) in facts.iter().enumerate() {
            let mut fact = penalty(i, *given);
            fact.repaired_on = given.2.then_some(AS_OF);
            input.facts.push(fact);
        }
        let before = grade(&input);
        input.facts.push(penalty(99, (more.0, more.1, false)));
        let after = grade(&input);
        prop_assert!(after.score <= before.score);
        prop_assert!(after.class >= before.class);
    }
}
