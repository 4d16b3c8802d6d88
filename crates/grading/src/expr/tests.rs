//! Types, places of faults, missing values; and the `cel` crate's own evaluator as the second opinion on random input.

use super::*;
use crate::age::{day_number, months_completed, months_started};
use crate::fact::{AsOf, Attribute, AttributeValue, Fact, SubjectInput};
use crate::pack::{AttributeDeclaration, NamedList};
use crate::words::{AttributeOwner, AttributeType, FactKind, FactSeverity, FactTopic};
use cel::{Context, Program, Value};
use domain::vocabulary::SubjectKind;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use std::collections::HashMap;

fn lists() -> Vec<NamedList> {
    let title = Bilingual::new("行业", "trades");
    vec![NamedList { id: "trades".into(), title, values: vec!["62".into(), "07".into()] }]
}

fn attributes() -> Vec<AttributeDeclaration> {
    let one = |of, name: &str, kind| AttributeDeclaration {
        of,
        name: name.into(),
        kind,
        title: Bilingual::new("属性", "attribute"),
    };
    vec![
        one(AttributeOwner::Subject, "kitchens", AttributeType::Int),
        one(AttributeOwner::Fact, "field", AttributeType::Text),
    ]
}

fn compiled(source: &str, wanted: Wanted) -> Result<Compiled, Vec<ExprFault>> {
    let (lists, attributes) = (lists(), attributes());
    compile(source, wanted, true, &Names { lists: &lists, attributes: &attributes })
}

fn faults(source: &str, wanted: Wanted) -> Vec<(&'static str, u32)> {
    compiled(source, wanted).unwrap_err().into_iter().map(|f| (f.code, f.column)).collect()
}

#[test]
fn faults_are_named_with_their_column() {
    let vectors: [(&str, &[(&str, u32)]); 16] = [
        ("subject.agee_months < 3", &[("unknown_name", 8)]),
        ("subjet.age_months < 3", &[("unknown_name", 1)]),
        ("fact.severity == 'mior'", &[("unknown_word", 18)]),
        ("'mior' == fact.severity", &[("unknown_word", 1)]),
        ("fact.kind in ['penalty', 'fine']", &[("unknown_word", 26)]),
        ("fact.months < '12'", &[("type_mismatch", 15)]),
        ("fact.months + 1", &[("type_mismatch", 13)]),
        ("fact.months < 1.5", &[("float_not_allowed", 15)]),
        ("fact.months < 1u", &[("unsupported_syntax", 15)]),
        ("fact.on < date('2026-02-30')", &[("invalid_date", 16)]),
        ("fact.on < 3", &[("type_mismatch", 11)]),
        ("facts.exists(f, f.moths > 1)", &[("unknown_name", 18)]),
        ("'a'.matches('b')", &[("unknown_function", 12)]),
        ("lists.nothing.exists(p, true)", &[("unknown_name", 6)]),
        ("fact.topic < 'late'", &[("unsupported_syntax", 12)]),
        // Two faults at once, after a wide character: columns count characters.
        ("'餐饮' == subject.x || fact.y", &[("unknown_name", 16), ("unknown_name", 26)]),
    ];
    for (source, expected) in vectors {
        assert_eq!(faults(source, Wanted::Bool), expected, "{source}");
    }
    assert_eq!(faults("'餐饮' == == 1", Wanted::Bool)[0], ("syntax", 9));
    assert_eq!(faults(&"1 + ".repeat(700), Wanted::Int)[0].0, "expression_too_long");
    let deep = format!("{}1{}", "(".repeat(200), ")".repeat(200));
    assert_eq!(faults(&deep, Wanted::Int)[0].0, "syntax");
}

#[test]
fn what_may_be_missing_is_known_before_it_runs() {
    let misses = |source: &str| compiled(source, Wanted::Bool).unwrap().may_miss;
    assert!(misses("subject.employees > 3"));
    assert!(misses("subject.kitchens > 3"));
    assert!(misses("has(subject.employees) || subject.employees > 3"));
    assert!(!misses("has(subject.employees) && subject.employees > 3"));
    assert!(!misses("subject.employees > 3 && has(subject.employees)"));
    assert!(!misses("!has(subject.employees) || subject.employees > 3"));
    assert!(!misses("has(subject.employees) ? subject.employees > 3 : false"));
    assert!(!misses("facts.exists(f, has(f.topic) && f.topic == 'late')"));
    assert!(misses("facts.exists(f, has(fact.topic) && f.topic == 'late')"));
    assert!(!misses("fact.months < 3 && fact.kind == 'penalty'"));
}

fn subject() -> SubjectInput {
    let mut input = SubjectInput::new(SubjectKind::Enterprise);
    input.registered_on = Some(date(2020, 5, 6));
    input.industries = vec!["6210".into(), "5231".into()];
    input.employees = Some(7);
    let mut penalty = Fact::new("p", FactKind::Penalty, date(2025, 1, 10)).weighing(FactSeverity::Ordinary);
    penalty.amount_fen = Some(50_000);
    let late = Fact::new("r", FactKind::AnnualReport, date(2024, 7, 1)).about(FactTopic::Late);
    input.facts = vec![penalty, late];
    input
}

fn run(source: &str, input: &SubjectInput) -> Result<i64, Trouble> {
    let Compiled { root, .. } = compiled(source, Wanted::Int).unwrap();
    let as_of = AsOf::from(date(2026, 1, 10));
    let views: Vec<View<'_>> = input.facts.iter().map(|f| View::new(f, as_of)).collect();
    let mut scope = Scope::new(input, &views, as_of);
    if let Some(view) = views.first() {
        scope.bind(view);
    }
    match &root {
        Root::Int(node) => scope.int(node),
        Root::Bool(_) | Root::Text(_) => panic!("a whole number is wanted"),
    }
}

#[test]
fn formulas_give_what_is_written() {
    let input = subject();
    let vectors = [
        ("size(facts.filter(f, f.kind == 'penalty'))", 1),
        ("sum(facts.map(f, f.months))", 12 + 19),
        ("sum(facts.filter(f, has(f.amount_fen)).map(f, f.amount_fen))", 50_000),
        ("sum(facts.map(f, f.kind == 'penalty', 3))", 3),
        ("subject.age_months / 12", 5),
        ("subject.industries.exists(i, lists.trades.exists(p, i.startsWith(p))) ? 1 : 0", 1),
        ("facts.exists_one(f, f.topic == 'late' || !has(f.topic)) ? 1 : 2", 2),
        ("months_between(date('2024-01-31'), date('2024-02-29'))", 1),
        ("days_between(fact.on, as_of)", 365),
        ("least(3, greatest(-5, 2)) - -4", 6),
        ("fact.days % 100", 65),
        ("'6210' in subject.industries && '62' in lists.trades && 3 in [1, 3] ? 1 : 0", 1),
    ];
    for (source, expected) in vectors {
        assert_eq!(run(source, &input), Ok(expected), "{source}");
    }
    assert_eq!(run("1 / (fact.months - 12)", &input), Err(Trouble::Arithmetic));
    assert_eq!(run("9223372036854775807 + fact.months", &input), Err(Trouble::Arithmetic));
    assert_eq!(run("subject.licences", &input), Err(Trouble::Missing));
    assert_eq!(run("subject.licences > 3 && fact.months > 20 ? 1 : 0", &input), Ok(0));
    assert_eq!(run("subject.licences > 3 || fact.months == 12 ? 1 : 0", &input), Ok(1));
    assert_eq!(run("facts.exists(f, f.topic == 'late') ? 1 : 0", &input), Ok(1));
    assert_eq!(run("facts.exists(f, f.topic == 'missing') ? 1 : 0", &input), Err(Trouble::Missing));
}

/// The names as the crate sees them: absent members are absent keys.
fn cel_context(input: &SubjectInput, as_of: AsOf) -> Context<'static, 'static> {
    let int = |map: &mut HashMap<String, Value>, name: &str, value: Option<i64>| {
        value.map(|v| map.insert(name.into(), Value::Int(v)));
    };
    let text = |t: &str| Value::from(t);
    let mut subject: HashMap<String, Value> = HashMap::new();
    subject.insert("kind".into(), text(input.kind.as_str()));
    int(&mut subject, "age_months", input.registered_on.map(|on| months_completed(on, as_of.day)));
    int(&mut subject, "registered_on", input.registered_on.map(day_number));
    int(&mut subject, "employees", input.employees);
    int(&mut subject, "address_shared_by", input.address_shared_by);
    for attribute in &input.attributes {
        if let AttributeValue::Int(n) = attribute.value {
            subject.insert(attribute.name.to_string(), Value::Int(n));
        }
    }
    subject.insert("industries".into(), input.industries.iter().map(|i| text(i)).collect::<Vec<_>>().into());
    let facts: Vec<Value> = input
        .facts
        .iter()
        .map(|fact| {
            let mut map: HashMap<String, Value> = HashMap::new();
            map.insert("kind".into(), text(fact.kind.as_str()));
            fact.topic.map(|t| map.insert("topic".into(), text(t.as_str())));
            fact.severity.map(|s| map.insert("severity".into(), text(s.as_str())));
            map.insert("months".into(), Value::Int(months_started(fact.on, as_of.day)));
            map.insert("days".into(), Value::Int(day_number(as_of.day) - day_number(fact.on)));
            map.insert("on".into(), Value::Int(day_number(fact.on)));
            map.insert("ended".into(), Value::Bool(fact.is_ended(as_of.day)));
            map.insert("repaired".into(), Value::Bool(fact.is_repaired(as_of.day)));
            int(&mut map, "amount_fen", fact.amount_fen);
            map.into()
        })
        .collect();
    let mut context = Context::default();
    if let Some(first) = facts.first() {
        context.add_variable_from_value("fact", first.clone());
    }
    context.add_variable_from_value("subject", Value::from(subject));
    context.add_variable_from_value("facts", Value::from(facts));
    context.add_variable_from_value("as_of", Value::Int(day_number(as_of.day)));
    let trades = Value::from(vec!["62".to_owned(), "07".to_owned()]);
    context.add_variable_from_value("lists", Value::from(HashMap::from([("trades".to_owned(), trades)])));
    let day = |text: std::sync::Arc<String>| text.parse::<Date>().map_or(0, day_number);
    context.add_function("date", day).unwrap();
    context.add_function("least", |a: i64, b: i64| a.min(b)).unwrap();
    context.add_function("greatest", |a: i64, b: i64| a.max(b)).unwrap();
    context.add_function("days_between", |a: i64, b: i64| b - a).unwrap();
    let sum = |list: std::sync::Arc<Vec<Value>>| {
        list.iter().map(|v| if let Value::Int(n) = v { *n } else { 0 }).sum::<i64>()
    };
    context.add_function("sum", sum).unwrap();
    context
}

fn ints(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        (-40..40_i64).prop_map(|n| if n < 0 { format!("({n})") } else { n.to_string() }),
        Just("fact.months".to_owned()),
        Just("fact.amount_fen".to_owned()),
        Just("subject.age_months".to_owned()),
        Just("subject.employees".to_owned()),
        Just("subject.kitchens".to_owned()),
        Just("size(facts)".to_owned()),
        Just("days_between(fact.on, as_of)".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let arith = (ints(depth - 1), prop_oneof!["\\+", "-", "\\*", "/", "%"], ints(depth - 1))
        .prop_map(|(a, op, b)| format!("({a} {op} {b})"));
    let cond = (bools(depth - 1), ints(depth - 1), ints(depth - 1))
        .prop_map(|(c, a, b)| format!("({c} ? {a} : {b})"));
    let count = bools(depth - 1).prop_map(|t| format!("size(facts.filter(f, {}))", t.replace("fact.", "f.")));
    let sum = (bools(depth - 1), ints(depth - 1)).prop_map(|(t, n)| {
        format!("sum(facts.filter(f, {}).map(f, {}))", t.replace("fact.", "f."), n.replace("fact.", "f."))
    });
    let two = (prop_oneof!["least", "greatest"], ints(depth - 1), ints(depth - 1))
        .prop_map(|(f, a, b)| format!("{f}({a}, {b})"));
    prop_oneof![2 => leaf, 3 => arith, 1 => cond, 1 => count, 1 => sum, 1 => two].boxed()
}

fn bools(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        prop_oneof!["true", "false"],
        Just("fact.ended".to_owned()),
        Just("has(fact.topic)".to_owned()),
        Just("has(subject.employees)".to_owned()),
        prop_oneof!["minor", "ordinary", "serious"].prop_map(|s| format!("fact.severity == '{s}'")),
        prop_oneof!["late", "missing"].prop_map(|s| format!("fact.topic != '{s}'")),
        Just("fact.kind in ['penalty', 'award']".to_owned()),
        Just("subject.industries.exists(i, lists.trades.exists(p, i.startsWith(p)))".to_owned()),
        Just("'6210' in subject.industries".to_owned()),
        Just("fact.on >= date('2025-06-01')".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let logic = (bools(depth - 1), prop_oneof!["&&", "\\|\\|", "==", "!="], bools(depth - 1))
        .prop_map(|(a, op, b)| format!("(({a}) {op} ({b}))"));
    let not = bools(depth - 1).prop_map(|a| format!("!({a})"));
    let compare = (ints(depth - 1), prop_oneof!["<", "<=", ">", ">=", "==", "!="], ints(depth - 1))
        .prop_map(|(a, op, b)| format!("({a} {op} {b})"));
    let quantified = (prop_oneof!["exists", "all", "exists_one"], bools(depth - 1))
        .prop_map(|(q, t)| format!("facts.{q}(f, {})", t.replace("fact.", "f.")));
    prop_oneof![2 => leaf, 3 => logic, 1 => not, 3 => compare, 2 => quantified].boxed()
}

fn subjects() -> impl Strategy<Value = SubjectInput> {
    let fact =
        (0..4_usize, 0..4_usize, 0..4_usize, 0..1200_i32, any::<bool>(), proptest::option::of(0..90_000_i64));
    let facts = proptest::collection::vec(fact, 1..4);
    let subject =
        (proptest::option::of(0..3000_i32), proptest::option::of(0..60_i64), proptest::option::of(0..9_i64));
    (facts, subject, 0..3_usize).prop_map(|(facts, (age, employees, kitchens), industries)| {
        let back = |days: i32| AS_OF.checked_sub(jiff::Span::new().days(days)).unwrap();
        let mut input = SubjectInput::new(SubjectKind::Enterprise);
        input.registered_on = age.map(back);
        input.employees = employees;
        input.attributes = kitchens
            .map(|n| Attribute { name: "kitchens".into(), value: AttributeValue::Int(n) })
            .into_iter()
            .collect();
        input.industries = ["6210", "5231"].iter().take(industries).map(|i| (*i).into()).collect();
        input.facts = facts
            .into_iter()
            .enumerate()
            .map(|(i, (kind, topic, severity, days, is_ended, amount))| {
                let mut fact = Fact::new(i.to_string(), FactKind::ALL[kind * 4], back(days));
                fact.topic = [None, Some(FactTopic::Late), Some(FactTopic::Missing), None][topic];
                fact.severity = FactSeverity::ALL.get(severity).copied();
                fact.ended_on = is_ended.then(|| back(0));
                fact.amount_fen = amount;
                fact
            })
            .collect();
        input
    })
}

const AS_OF: Date = date(2026, 5, 20);

/// What ours says; `None` is an error, of whichever kind.
fn ours(root: &Root, input: &SubjectInput) -> Option<Value> {
    let as_of = AsOf::from(AS_OF);
    let views: Vec<View<'_>> = input.facts.iter().map(|f| View::new(f, as_of)).collect();
    let mut scope = Scope::new(input, &views, as_of);
    scope.bind(&views[0]);
    match root {
        Root::Bool(node) => scope.bool(node).ok().map(Value::Bool),
        Root::Int(node) => scope.int(node).ok().map(Value::Int),
        Root::Text(node) => scope.text(node).ok().map(Value::from),
    }
}

#[test]
fn random_expressions_have_the_value_the_crate_gives_them() {
    // The crate's parser needs a deep stack in debug builds.
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(|| {
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
            cases: 400,
            failure_persistence: None,
            ..ProptestConfig::default()
        });
        let expression =
            prop_oneof![bools(2).prop_map(|s| (s, Wanted::Bool)), ints(2).prop_map(|s| (s, Wanted::Int)),];
        let both = (expression, proptest::collection::vec(subjects(), 3));
        runner
            .run(&both, |((source, wanted), inputs)| {
                let compiled = match compiled(&source, wanted) {
                    Ok(compiled) => compiled,
                    Err(faults) => panic!("{source}: {faults:?}"),
                };
                let program = Program::compile(&source).unwrap();
                for input in inputs {
                    let theirs = program.execute(&cel_context(&input, AsOf::from(AS_OF)));
                    let ours = ours(&compiled.root, &input);
                    prop_assert_eq!(&ours, &theirs.clone().ok(), "{} -> {:?} on {:?}", source, theirs, input);
                }
                Ok(())
            })
            .unwrap();
    });
    thread.unwrap().join().unwrap();
}
