//! What leads to the next better class: by time, by repair, and nothing that a second grade would not confirm.

use crate::{AS_OF, fact, general, months_ago, restaurant};
use grading::{AsOf, Dec, Fact, FactKind, FactSeverity, FactTopic, SubjectInput};
use jiff::civil::date;

#[test]
fn the_restaurant_reaches_a_by_one_repair_or_by_waiting() {
    let engine = general();
    let answer = engine.counterfactual(&restaurant(), AS_OF.into()).unwrap();
    assert_eq!((answer.class.as_str(), answer.next_class.as_deref()), ("B", Some("A")));
    assert_eq!(answer.missing_points, Some(Dec::int(50)));
    let repair = answer.by_repair.unwrap();
    assert_eq!(repair.records.iter().map(|r| r.as_str()).collect::<Vec<_>>(), ["ordinary"]);
    assert_eq!((repair.class.as_str(), repair.score, repair.is_smallest), ("A", Dec::int(860), true));
    // On 2026-09-21 the ordinary penalty halves and the minor one too (835); on 2026-12-21 the report (855).
    let time = answer.by_time.unwrap();
    assert_eq!((time.on, time.class.as_str(), time.score), (date(2026, 12, 21), "A", Dec::int(855)));
    let then = engine.grade(&restaurant(), AsOf { day: time.on, known_by: AS_OF }).unwrap();
    assert_eq!((then.class, then.score), (time.class, time.score));
    let eve = AsOf { day: time.on.yesterday().unwrap(), known_by: AS_OF };
    assert_eq!(engine.grade(&restaurant(), eve).unwrap().class, "B");

    let ordinary = answer.records.iter().find(|r| r.record_id == "ordinary").unwrap();
    let steps: Vec<_> = ordinary.steps.iter().map(|s| (s.from, s.effect.as_int().unwrap())).collect();
    assert_eq!(steps, [(date(2026, 9, 21), -30), (date(2027, 9, 21), -15), (date(2028, 9, 21), 0)]);
    assert_eq!((ordinary.lapses_on, ordinary.repairable), (Some(date(2028, 9, 21)), true));
    assert!(answer.records.is_sorted_by_key(|r| r.lapses_on));
}

#[test]
fn two_repairs_are_found_when_one_is_not_enough() {
    let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
    let penalty = |id: &str, severity| Fact::new(id, FactKind::Penalty, months_ago(2)).weighing(severity);
    input.facts = vec![
        penalty("a-serious", FactSeverity::Serious),
        penalty("b-ordinary", FactSeverity::Ordinary),
        penalty("c-minor", FactSeverity::Minor),
        Fact::new("d-refused", FactKind::InspectionRefused, months_ago(1)),
    ];
    // 1000 − 380 = 620: C. Repairing the serious one gives 800: B.
    let answer = general().counterfactual(&input, AS_OF.into()).unwrap();
    let repair = answer.by_repair.unwrap();
    assert_eq!(repair.records.iter().map(|r| r.as_str()).collect::<Vec<_>>(), ["a-serious"]);
    assert_eq!(repair.class, "B");
    // Without the serious one: 800, B; A needs 850: the refusal alone (920) or the ordinary one (860): the better score wins.
    fact(&mut input, "a-serious").repaired_on = Some(AS_OF);
    let repair = general().counterfactual(&input, AS_OF.into()).unwrap().by_repair.unwrap();
    assert_eq!((repair.records[0].as_str(), repair.score), ("d-refused", Dec::int(920)));
}

#[test]
fn a_direct_class_is_lifted_by_repairing_enough_of_its_records() {
    let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
    let penalty = |i: i32| {
        Fact::new(format!("p-{i}"), FactKind::Penalty, months_ago(i)).weighing(FactSeverity::Ordinary)
    };
    input.facts = [1, 2, 3, 4].map(penalty).to_vec();
    let answer = general().counterfactual(&input, AS_OF.into()).unwrap();
    assert_eq!((answer.class.as_str(), answer.missing_points), ("D", None));
    // Two of four must go; of equal scores the oldest.
    let repair = answer.by_repair.unwrap();
    assert_eq!(repair.records.iter().map(|r| r.as_str()).collect::<Vec<_>>(), ["p-4", "p-3"]);
    assert_eq!(
        answer.by_time.unwrap().on,
        months_ago(3).checked_add(jiff::Span::new().months(12)).unwrap().tomorrow().unwrap()
    );
}

#[test]
fn the_best_class_has_no_next_one_and_what_never_lapses_says_so() {
    let input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
    let answer = general().counterfactual(&input, AS_OF.into()).unwrap();
    assert_eq!((answer.next_class, answer.by_time, answer.by_repair), (None, None, None));

    let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
    input.facts = vec![Fact::new("closed", FactKind::Closure, months_ago(3)).about(FactTopic::Revoked)];
    let answer = general().counterfactual(&input, AS_OF.into()).unwrap();
    assert_eq!((answer.class.as_str(), &answer.by_time, &answer.by_repair), ("D", &None, &None));
    assert_eq!((answer.records[0].lapses_on, answer.records[0].repairable), (None, false));
    assert_eq!(answer.records[0].direct[0], "closed");
}

#[test]
fn many_records_are_searched_greedily_and_say_so() {
    let mut input = SubjectInput::new(domain::vocabulary::SubjectKind::Enterprise);
    let penalty = |i: i32| {
        Fact::new(format!("p-{i:02}"), FactKind::Penalty, months_ago(1 + i % 3)).weighing(FactSeverity::Minor)
    };
    input.facts = (0..40).map(penalty).collect();
    // Forty minor penalties: the part is at 0 of 450; 550 is class C, B needs 150 back: 25 repairs.
    let answer = general().counterfactual(&input, AS_OF.into()).unwrap();
    let repair = answer.by_repair.unwrap();
    assert_eq!((repair.class.as_str(), repair.records.len(), repair.is_smallest), ("B", 25, false));
}
