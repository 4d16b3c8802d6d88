//! The further models, each by a pack of its own: points scorecard, additive risk with control and detection, quantiles,
//! matrix composites and a class from outside. Values by hand.

use crate::{AS_OF, assert_adds_up, engine, general, months_ago};
use domain::vocabulary::SubjectKind;
use grading::composite::{ClassDifference, ComposeError, IndustryGrade};
use grading::words::Ties;
use grading::{
    Attribute, AttributeValue, Code, Dec, Engine, Fact, FactKind, GradeError, Population, SubjectInput,
};

const SCORECARD: &str = include_str!("../packs/scorecard.json");
const RISK: &str = include_str!("../packs/additive_risk.json");
const QUANTILE: &str = include_str!("../packs/quantile.json");

fn dec(text: &str) -> Dec {
    text.parse().unwrap()
}

fn with(mut input: SubjectInput, name: &str, value: i64) -> SubjectInput {
    input.attributes.push(Attribute { name: name.into(), value: AttributeValue::Int(value) });
    input
}

#[test]
fn the_example_packs_have_no_fault() {
    for json in [SCORECARD, RISK, QUANTILE] {
        assert_eq!(engine(json).pack().check(), []);
    }
}

#[test]
fn a_scorecard_adds_points_to_its_base() {
    let engine = engine(SCORECARD);
    let mut shop = SubjectInput::new(SubjectKind::IndividualBusiness);
    shop.registered_on = Some(months_ago(30));
    shop.facts = vec![
        Fact::new("p", FactKind::Penalty, months_ago(20)),
        Fact::new("q", FactKind::Penalty, months_ago(30)),
    ];
    let shop = with(shop, "turnover_wan", 1_250);
    let graded = engine.grade(&shop, AS_OF.into()).unwrap();
    // 500 + 4.5 − 18.5 − 6 + 12 × 0.25.
    assert_eq!((graded.score, graded.class.as_str()), (dec("483"), "B"));
    assert_adds_up(&graded, Dec::int(500));

    let school = with(SubjectInput::new(SubjectKind::School), "turnover_wan", 90_000);
    let graded = engine.grade(&school, AS_OF.into()).unwrap();
    // 500 − 12.5 (age missing) + 22 + 9 + 10 (at its maximum).
    assert_eq!((graded.score, graded.class.as_str()), (dec("528.5"), "A"));
    assert_eq!(graded.missing.iter().map(|m| m.indicator.as_str()).collect::<Vec<_>>(), ["age"]);
    assert!(graded.canonical().contains("\"score\":528.5,"));
}

#[test]
fn risk_is_weights_times_control_times_detection() {
    let engine = engine(RISK);
    let plant = with(SubjectInput::new(SubjectKind::Enterprise), "hazard", 7);
    let mut plant = with(with(plant, "exposed", 120), "certified_level", 3);
    let graded = engine.grade(&plant, AS_OF.into()).unwrap();
    // (70 × 0.35 = 24.5) + (45.5 × 0.25 = 11.375 → 11.38) = 35.88; × 0.8 = 28.704 → 28.70; × 1.1 = 31.57.
    assert_eq!((graded.score, graded.class.as_str()), (dec("31.57"), "II"));
    assert_adds_up(&graded, Dec::ZERO);

    plant.facts = vec![
        Fact::new("new", FactKind::Penalty, months_ago(2)),
        Fact::new("old", FactKind::Penalty, months_ago(20)),
        Fact::new("ok", FactKind::InspectionPassed, months_ago(3)),
    ];
    let graded = engine.grade(&plant, AS_OF.into()).unwrap();
    // + 25 × 0.4 = 10, + 25 × 0.33 = 8.25 × 0.4 = 3.3; 49.18 × 0.8 = 39.344 → 39.34; × 0.95 = 37.373 → 37.37.
    assert_eq!((graded.score, graded.class.as_str()), (dec("37.37"), "II"));
    assert_adds_up(&graded, Dec::ZERO);

    plant.attributes.clear();
    let graded = engine.grade(&plant, AS_OF.into()).unwrap();
    // Worst hazard 35, exposed 30 × 0.25 = 7.5, conduct 13.3; 55.8 × 1.25 = 69.75; × 0.95 = 66.2625 → 66.26.
    assert_eq!((graded.score, graded.class.as_str()), (dec("66.26"), "III"));
    let missing: Vec<_> = graded.missing.iter().map(|m| m.indicator.as_str()).collect();
    assert_eq!(missing, ["hazard", "exposed", "control"]);
}

fn staff(n: i64) -> SubjectInput {
    let mut input = SubjectInput::new(SubjectKind::Enterprise);
    input.employees = Some(n);
    input
}

/// Classes of ten subjects, four of whom are equal, by a pass over them and then a pass of grades.
fn classes(ties: Ties) -> String {
    let mut pack = grading::Pack::read(QUANTILE).unwrap();
    pack.classing = grading::pack::Classing::Quantiles { ties };
    let engine = Engine::new(pack).unwrap();
    let people = [100, 90, 50, 50, 50, 50, 30, 20, 10, 5];
    assert_eq!(engine.grade(&staff(1), AS_OF.into()), Err(GradeError::CutsMissing));
    let (mut first, mut second) = (Population::default(), Population::default());
    for (i, n) in people.iter().enumerate() {
        let half = if i % 2 == 0 { &mut first } else { &mut second };
        half.observe(engine.score(&staff(*n), AS_OF.into()).unwrap());
    }
    first.merge(second);
    assert_eq!(first.len(), 10);
    let cuts = first.cut_points(engine.pack()).unwrap();
    let engine = engine.with_cuts(cuts);
    people.iter().map(|n| engine.grade(&staff(*n), AS_OF.into()).unwrap().class.to_string()).collect()
}

#[test]
fn quantiles_keep_equal_scores_together() {
    // Shares 2, 5 and 3 of ten; the four equal ones fall into the second class either way.
    assert_eq!(classes(Ties::Better), "AABBBBBCCC");
    assert_eq!(classes(Ties::Worse), "AABBBBBCCC");
}

#[test]
fn a_tie_on_the_cut_goes_where_the_pack_says() {
    let limits = |ties, scores: &[i64]| {
        let mut pack = grading::Pack::read(QUANTILE).unwrap();
        pack.classing = grading::pack::Classing::Quantiles { ties };
        let mut population = Population::default();
        scores.iter().for_each(|s| population.observe(Dec::int(*s)));
        let cuts = population.cut_points(&pack).unwrap();
        cuts.limits.iter().map(|c| c.limit.map(|l| l.as_int().unwrap())).collect::<Vec<_>>()
    };
    // Three share the best score and the best class has room for two.
    let scores = [9, 9, 9, 8, 7, 6, 5, 4, 3, 2];
    assert_eq!(limits(Ties::Better, &scores), [Some(9), Some(5)]);
    assert_eq!(limits(Ties::Worse, &scores), [None, Some(5)]);
    assert_eq!(limits(Ties::Better, &[]), [None, None]);
}

#[test]
fn cut_points_are_part_of_what_graded() {
    let grade = |score: i64| {
        let engine = engine(QUANTILE);
        let mut population = Population::default();
        population.observe(Dec::int(score));
        let cuts = population.cut_points(engine.pack()).unwrap();
        engine.with_cuts(cuts).grade(&staff(3), AS_OF.into()).unwrap()
    };
    assert_ne!(grade(3).digest, grade(4).digest);
}

fn grade(scheme: &str, grade: &str) -> IndustryGrade {
    IndustryGrade { scheme: scheme.into(), grade: grade.into() }
}

#[test]
fn the_worse_of_general_and_trade_class_counts() {
    let pack = general();
    let pack = pack.pack();
    let class = |general: &str, grades: &[IndustryGrade]| {
        pack.compose(general, grades, None).unwrap().class.to_string()
    };
    assert_eq!(class("B", &[grade("tax_credit", "B")]), "B");
    assert_eq!(class("A", &[grade("tax_credit", "M"), grade("safety_colour", "橙")]), "C");
    let alone = pack.compose("B", &[], None).unwrap();
    assert_eq!((alone.class.as_str(), alone.industry_missing), ("B", true));
    assert_eq!(
        pack.compose("B", &[grade("tax_credit", "X")], None),
        Err(ComposeError::UnknownGrade { scheme: "tax_credit".into(), grade: "X".into() })
    );
    assert_eq!(pack.compose("E", &[], None), Err(ComposeError::UnknownClass("E".into())));
    // A class from outside is compared and does not count in this pack.
    let composed = pack.compose("B", &[], Some("A")).unwrap();
    assert_eq!((composed.class.as_str(), composed.is_external), ("B", false));
}

#[test]
fn a_matrix_joins_and_the_province_overrides_with_a_listed_difference() {
    let engine = engine(QUANTILE);
    let pack = engine.pack();
    let composed = pack.compose("B", &[grade("fire", "好"), grade("food", "3")], None).unwrap();
    assert_eq!(composed.class, "C");
    assert_eq!(pack.compose("B", &[grade("fire", "好")], None).unwrap().class, "A");
    let overridden = pack.compose("B", &[grade("food", "3")], Some("A")).unwrap();
    assert_eq!(
        (overridden.class.as_str(), overridden.local.as_str(), overridden.is_external),
        ("A", "C", true)
    );
    let difference = ClassDifference { external: Code::from("A"), local: Code::from("C"), steps_worse: 2 };
    assert_eq!(overridden.difference, Some(difference));
    assert_eq!(pack.compose("B", &[], Some("B")).unwrap().difference, None);
}
