//! What the checks refuse, each fault with its place; all at once.

use grading::{Pack, PackFault};
use serde_json::{Value, json};

fn default_pack() -> Value {
    serde_json::from_str(grading::GENERAL_V0).unwrap()
}

fn check(value: &Value) -> Vec<PackFault> {
    match Pack::read(&value.to_string()) {
        Ok(pack) => pack.check(),
        Err(fault) => vec![fault],
    }
}

/// Faults of the default pack after one member was set.
fn after(pointer: &str, value: Value) -> Vec<(String, &'static str)> {
    let mut pack = default_pack();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = pack.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}"));
    match parent {
        Value::Array(list) if name == "-" => list.push(value),
        Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
        other => other[name] = value,
    }
    check(&pack).into_iter().map(|f| (f.pointer, f.code)).collect()
}

#[test]
fn each_fault_has_its_place_and_code() {
    let first = "/parts/0/indicators/0";
    let vectors = [
        ("/format", json!("x"), "/format", "unknown_format"),
        ("/valid_to", json!("2022-01-01"), "/valid_to", "interval_reversed"),
        ("/arithmetic/scale", json!(9), "/arithmetic/scale", "out_of_range"),
        ("/direction", json!("higher_is_riskier"), "/direction", "direction_contradicts"),
        ("/model/deduction/total", json!(999), "/model/deduction/total", "sum_differs"),
        ("/lists/0/id", json!("High"), "/lists/0/id", "invalid_id"),
        ("/lists/0/values", json!([]), "/lists/0/values", "missing_value"),
        ("/age_factors/0/steps/1/months", json!(12), "/age_factors/0/steps/1/months", "age_steps_not_rising"),
        (
            "/age_factors/0/steps/2/factor",
            json!(0.75),
            "/age_factors/0/steps/2/factor",
            "age_factors_not_falling",
        ),
        ("/age_factors/0/steps/0/factor", json!(1.5), "/age_factors/0/steps/0/factor", "out_of_range"),
        ("/parts/1/id", json!("basic"), "/parts/1/id", "duplicate_id"),
        ("/parts/0/indicators/1/id", json!("age"), "/parts/0/indicators/1/id", "duplicate_id"),
        ("/parts/0/indicators/1/id", json!("part_limit"), "/parts/0/indicators/1/id", "name_taken"),
        ("/parts/0/indicators/0/title/en", json!(" "), "/parts/0/indicators/0/title", "missing_value"),
        (
            &format!("{first}/method/bins/bins/1/from"),
            json!(13),
            &format!("{first}/method/bins/bins/1/from"),
            "bins_gap",
        ),
        (
            &format!("{first}/method/bins/bins/1/from"),
            json!(11),
            &format!("{first}/method/bins/bins/1/from"),
            "bins_overlap",
        ),
        (
            &format!("{first}/method/bins/bins/0/from"),
            json!(0),
            &format!("{first}/method/bins/bins/0/from"),
            "bins_gap",
        ),
        (
            &format!("{first}/method/bins/bins/0/points"),
            json!(-400),
            &format!("{first}/method/bins/bins/0/points"),
            "over_maximum",
        ),
        (
            &format!("{first}/method/bins/bins/0/points"),
            json!(-4.5),
            &format!("{first}/method/bins/bins/0/points"),
            "too_many_decimals",
        ),
        (&format!("{first}/missing"), Value::Null, &format!("{first}/missing"), "missing_rule_needed"),
        (&format!("{first}/repairable"), json!(true), &format!("{first}/repairable"), "nothing_to_repair"),
        (
            "/parts/2/indicators/0/method/each/age",
            json!("x"),
            "/parts/2/indicators/0/method/each/age",
            "unknown_age_table",
        ),
        (
            "/parts/2/indicators/0/method/each/kinds",
            json!([]),
            "/parts/2/indicators/0/method/each/kinds",
            "missing_value",
        ),
        (
            "/parts/4/indicators/0/method/each/cap",
            json!(151),
            "/parts/4/indicators/0/method/each/cap",
            "over_maximum",
        ),
        ("/direct/0/class", json!("E"), "/direct/0/class", "unknown_class"),
        ("/direct/0/class", json!("A"), "/direct/0/class", "direct_has_no_effect"),
        ("/direct/0/records", Value::Null, "/direct/0", "condition_needed"),
        ("/classes/1/at_least", json!(850), "/classes/1/at_least", "thresholds_not_descending"),
        ("/classes/0/at_least", json!(1001), "/classes/0/at_least", "class_unreachable"),
        ("/classes/2/at_least", json!(0), "/classes/3", "class_unreachable"),
        ("/classes/2/at_least", Value::Null, "/classes/2/at_least", "missing_value"),
        ("/classes/3/at_least", json!(1), "/classes/3/at_least", "unexpected_value"),
        (
            "/composite/schemes/0/grades/0/class",
            json!("Z"),
            "/composite/schemes/0/grades/0/class",
            "unknown_class",
        ),
        (
            "/composite/method",
            json!({"matrix": {"rows": [["A"]]}}),
            "/composite/method/matrix/rows",
            "matrix_incomplete",
        ),
        (
            "/attributes/-",
            json!({"of": "fact", "name": "on", "type": "int", "title": {"zh": "x", "en": "x"}}),
            "/attributes/0/name",
            "name_taken",
        ),
    ];
    for (pointer, value, place, code) in vectors {
        let found = after(pointer, value.clone());
        assert!(found.contains(&(place.to_owned(), code)), "{pointer} = {value}: {found:?}");
    }
}

#[test]
fn a_wrong_shape_has_a_place_too() {
    assert_eq!(after("/parts/0/indicators/0/method/bins/bins/0/pionts", json!(1))[0].1, "wrong_shape");
    let place = &after("/parts/0/indicators/0/method/bins/bins/0/pionts", json!(1))[0].0;
    assert!(place.starts_with("/parts/0/indicators/0/method/bins/bins/0"), "{place}");
    assert_eq!(after("/rounding", json!("floor"))[0].1, "wrong_shape");
    assert_eq!(after("/parts/2/indicators/0/method/each/points", json!("many"))[0].1, "wrong_shape");
    assert_eq!(Pack::read("{").unwrap_err().code, "not_json");
}

#[test]
fn expressions_are_refused_with_place_and_column() {
    let mut pack = default_pack();
    *pack.pointer_mut("/parts/2/indicators/0/method/each/when").unwrap() = json!("fact.severty == 'minor'");
    *pack.pointer_mut("/parts/2/indicators/1/method/each/when").unwrap() = json!("fact.severity == 'hard'");
    *pack.pointer_mut("/parts/0/indicators/0/method/bins/value").unwrap() = json!("subject.age_months > 3");
    *pack.pointer_mut("/direct/1/records/when").unwrap() = json!("!fact.ended &&");
    let faults = check(&pack);
    let found: Vec<(&str, &str, Option<u32>)> =
        faults.iter().map(|f| (f.pointer.as_str(), f.code, f.column)).collect();
    for expected in [
        ("/parts/2/indicators/0/method/each/when", "unknown_name", Some(5)),
        ("/parts/2/indicators/1/method/each/when", "unknown_word", Some(18)),
        ("/parts/0/indicators/0/method/bins/value", "type_mismatch", Some(20)),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    assert!(found.iter().any(|f| f.0 == "/direct/1/records/when" && f.1 == "syntax"), "{found:?}");
    assert!(faults.iter().all(|f| f.is_blocking && !f.text.zh.is_empty() && !f.text.en.is_empty()));
    assert!(grading::Engine::new(Pack::read(&pack.to_string()).unwrap()).is_err());
}

#[test]
fn what_is_only_odd_is_a_warning() {
    let mut pack = default_pack();
    pack["age_factors"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "spare", "steps": [{"months": 1, "factor": 1}]}));
    let faults = check(&pack);
    assert_eq!(faults.iter().map(|f| (f.code, f.is_blocking)).collect::<Vec<_>>(), [("unused", false)]);
    assert!(grading::Engine::new(Pack::read(&pack.to_string()).unwrap()).is_ok());
}

#[test]
fn a_digest_is_of_the_content() {
    let pack = grading::general_v0().unwrap();
    let spaced = Pack::read(&serde_json::to_string_pretty(&pack).unwrap()).unwrap();
    assert_eq!(pack, spaced);
    assert_eq!(pack.digest(), spaced.digest());
    let mut other = pack.clone();
    other.version += 1;
    assert_ne!(pack.digest(), other.digest());
    assert!(pack.covers(pack.valid_from));
}
