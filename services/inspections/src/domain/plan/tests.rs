//! Tests of plans' rules: tables of steps, contents and last days.

use super::*;
use crate::domain::step::Caller;
use domain::vocabulary::{PlanVerb, Role};

fn caller(subject: &str, department: &str, roles: &[Role]) -> Caller {
    Caller { subject: subject.into(), department: department.into(), roles: roles.to_vec() }
}

fn content() -> PlanContent {
    let link = Some(ItemLink { id: Uuid::nil(), version: 1 });
    PlanContent {
        year: 2026,
        name: "餐饮服务单位联合检查".into(),
        kind: PlanKind::Routine,
        category: ItemCategory::Key,
        method: InspectionMethod::DoubleRandom,
        region_code: String::new(),
        subject_desc: "餐饮服务单位".into(),
        filter: SubjectFilter::default(),
        quantity_text: Some("5%，每年1次".into()),
        period_text: Some("3月—11月".into()),
        period: Some(Period { from: jiff::civil::date(2026, 3, 1), to: jiff::civil::date(2026, 11, 30) }),
        parts: vec![
            Part {
                item: link, ..Part::new(PlanRole::Lead, "nz-scjg".into(), "餐饮服务食品安全检查".into())
            },
            Part {
                item: link,
                ..Part::new(PlanRole::Cooperating, "nz-wjj".into(), "公共场所卫生检查".into())
            },
        ],
        strata: Vec::new(),
        campaign_approval: None,
        reasons: PlanReasons::default(),
        note: None,
    }
}

fn codes(faults: &[PlanFault]) -> Vec<(&str, &str)> {
    faults.iter().map(|f| (f.pointer.as_str(), f.code)).collect()
}

#[test]
fn a_complete_content_has_no_fault_and_lacks_nothing() {
    assert_eq!(missing(&content()), Vec::new());
    assert_eq!(remarks(&content()), Vec::new());
}

#[test]
fn each_fault_is_named_with_its_place() {
    let mut bad = content();
    bad.parts.push(Part::new(PlanRole::Cooperating, "nz-wjj".into(), "同上".into()));
    bad.parts.push(Part::new(PlanRole::Cooperating, "nz-scjg".into(), " ".into()));
    bad.period = Some(Period { from: jiff::civil::date(2026, 11, 1), to: jiff::civil::date(2027, 1, 31) });
    let found = faults(&bad);
    assert_eq!(
        codes(&found),
        [
            ("/cooperating/1/department", "duplicate_department"),
            ("/cooperating/2/department", "lead_is_cooperating"),
            ("/cooperating/2/item_text", "missing_value"),
            ("/period", "period_outside_year"),
        ]
    );
    let alone = PlanContent { parts: content().parts.into_iter().take(1).collect(), ..content() };
    assert_eq!(codes(&faults(&alone)), [("/cooperating", "no_cooperating_department")]);
}

#[test]
fn what_is_only_incomplete_does_not_stop_a_draft() {
    let mut draft = content();
    draft.quantity_text = Some("根据实际情况确定".into());
    draft.period_text = Some("待定".into());
    draft.read_period();
    draft.parts[1].item = None;
    assert_eq!(faults(&draft), Vec::new());
    assert_eq!(
        codes(&missing(&draft)),
        [
            ("/period", "period_missing"),
            ("/quantity_text", "quantity_missing"),
            ("/cooperating/0/item_id", "item_not_linked"),
        ]
    );
    assert_eq!(
        codes(&remarks(&draft)),
        [
            ("/quantity_text", "quantity_unparsed"),
            ("/period_text", "period_unparsed"),
            ("/cooperating/0/item_id", "item_not_linked"),
        ]
    );
}

#[test]
fn strata_are_named_once_and_have_one_measure() {
    let stratum = |name: &str, class, ratio, quantity| Stratum {
        name: name.into(),
        risk_class: Some(class),
        filter: None,
        ratio_per_ten_thousand: ratio,
        quantity,
        frequency_per_year: None,
    };
    let mut bad = content();
    bad.strata =
        vec![stratum("A", RiskClass::A, Some(100), None), stratum("A", RiskClass::A, Some(100), Some(3))];
    assert_eq!(
        codes(&faults(&bad)),
        [
            ("/strata/1/name", "duplicate_stratum"),
            ("/strata/1/risk_class", "duplicate_stratum"),
            ("/strata/1/quantity", "contradicting_members"),
        ]
    );
}

#[test]
fn the_hand_in_is_late_after_the_roll_forward_day_only() {
    let calendar = Calendar::china_2023_2026();
    for (year, remind, last) in [
        (2024, "2024-01-30", "2024-02-23"),
        (2025, "2025-01-27", "2025-02-05"),
        (2026, "2026-01-30", "2026-02-02"),
    ] {
        let day = submission_day(year, &calendar).unwrap();
        assert_eq!((day.remind_on.to_string(), day.last_day.to_string()), (remind.into(), last.into()));
        let due = submission_due(year, &calendar).unwrap();
        let second = jiff::SignedDuration::from_secs(1);
        let before = due.at.checked_sub(second).unwrap();
        let mut plan = Plan::draft("c".into(), content(), Some(due.clone()), "x", before);
        assert_eq!((plan.is_late(before), plan.is_late(due.at)), (Some(false), Some(true)));
        plan.submitted_at = Some(before);
        assert_eq!(plan.is_late(due.at), Some(false), "what was handed in on the last day stays in time");
    }
    assert!(submission_day(2027, &calendar).is_err(), "the days off of 2027 are not known: no guess");
}

#[test]
fn a_plan_is_signed_by_every_cooperating_department() {
    let mut plan = Plan::draft("c".into(), content(), None, "editor", Timestamp::UNIX_EPOCH);
    plan.content.parts.push(Part::new(PlanRole::Cooperating, "nz-swj".into(), "缴税情况检查".into()));
    plan.state = PlanState::LintPassed;
    let coop = |d: &str| caller("c", d, &[Role::CoopEditor]);
    let one = decide(&Standing::of(&plan, false), &coop("nz-wjj"), PlanVerb::Sign).unwrap();
    assert_eq!(one.to, PlanState::LintPassed);
    plan.content.parts[1].signature = PlanSignature::Signed;
    let again = decide(&Standing::of(&plan, false), &coop("nz-wjj"), PlanVerb::Sign);
    assert_eq!(again, Err(StepRefusal::AlreadySigned));
    let last = decide(&Standing::of(&plan, false), &coop("nz-swj"), PlanVerb::Sign).unwrap();
    assert_eq!(last.to, PlanState::CoopSigned);
    let stranger = decide(&Standing::of(&plan, false), &coop("nz-slj"), PlanVerb::Sign);
    assert_eq!(stranger, Err(StepRefusal::NotCooperating));
}

#[test]
fn who_hands_in_does_not_approve() {
    let mut plan = Plan::draft("c".into(), content(), None, "head", Timestamp::UNIX_EPOCH);
    plan.state = PlanState::Merged;
    plan.submitted_by = Some("head".into());
    let head = caller("head", "nz-scjg", &[Role::LeadHead]);
    let other = caller("other", "nz-scjg", &[Role::LeadHead]);
    let standing = Standing::of(&plan, false);
    assert_eq!(decide(&standing, &head, PlanVerb::Approve), Err(StepRefusal::SeparationOfDuties));
    assert_eq!(decide(&standing, &other, PlanVerb::Approve).unwrap().to, PlanState::Approved);
    // Somebody else hands it in, but the draft is of the head's own hand, or of the other one's who changed it.
    plan.submitted_by = Some("editor".into());
    let standing = Standing::of(&plan, false);
    assert_eq!(decide(&standing, &head, PlanVerb::Approve), Err(StepRefusal::SeparationOfDuties));
    let editors = ["other".to_string()];
    let edited = Standing::of(&plan, false).edited_by(&editors);
    assert_eq!(decide(&edited, &other, PlanVerb::Approve), Err(StepRefusal::SeparationOfDuties));
}

#[test]
fn a_step_out_of_turn_is_a_conflict_for_those_who_could_take_it_and_forbidden_for_others() {
    let plan = Plan::draft("c".into(), content(), None, "x", Timestamp::UNIX_EPOCH);
    let standing = Standing::of(&plan, false);
    let organiser = caller("o", "nz-scjg", &[Role::Organiser]);
    assert!(matches!(decide(&standing, &organiser, PlanVerb::Publish), Err(StepRefusal::State(_))));
    let inspector = caller("i", "nz-scjg", &[Role::Inspector]);
    assert_eq!(decide(&standing, &inspector, PlanVerb::Publish), Err(StepRefusal::RoleMissing));
    let other = caller("e", "nz-wjj", &[Role::LeadEditor]);
    assert_eq!(decide(&standing, &other, PlanVerb::PassLint), Err(StepRefusal::NotLead));
}

#[test]
fn an_adjusted_plan_that_is_sent_back_stays_an_adjustment() {
    let mut plan = Plan::draft("c".into(), content(), None, "x", Timestamp::UNIX_EPOCH);
    plan.state = PlanState::LintPassed;
    let editor = caller("e", "nz-scjg", &[Role::LeadEditor]);
    let to = |adjusted| decide(&Standing::of(&plan, adjusted), &editor, PlanVerb::Return).unwrap().to;
    assert_eq!((to(false), to(true)), (PlanState::Draft, PlanState::Adjusting));
}

#[test]
fn merging_takes_departments_in_and_widens_the_period() {
    let mut into = content();
    let mut other = content();
    other.parts[0] = Part::new(PlanRole::Lead, "nz-wjj".into(), "餐饮具消毒检查".into());
    other.parts[1] = Part::new(PlanRole::Cooperating, "nz-swj".into(), "缴税情况检查".into());
    other.period = Some(Period { from: jiff::civil::date(2026, 2, 1), to: jiff::civil::date(2026, 6, 30) });
    absorb(&mut into, &other);
    assert_eq!(into.departments(), ["nz-scjg", "nz-wjj", "nz-swj"]);
    assert_eq!(into.parts[1].item_text, "公共场所卫生检查；餐饮具消毒检查");
    assert_eq!(into.parts[2].signature, PlanSignature::Signed);
    assert_eq!(into.period.map(|p| p.from.to_string()), Some("2026-02-01".into()));
    assert_eq!(faults(&into), Vec::new());
}

#[test]
fn a_filter_holds_for_every_member_and_any_value() {
    let filter = SubjectFilter {
        kinds: vec![SubjectKind::Enterprise, SubjectKind::School],
        industries: vec![FilterIndustry("62".into())],
        regions: vec![FilterRegion("610703102".into())],
        ..SubjectFilter::default()
    };
    assert!(filter.sees("enterprise", Some("6210"), "610703102003"));
    assert!(filter.sees("school", Some("H62"), "610703102"));
    assert!(!filter.sees("hospital", Some("6210"), "610703102"));
    assert!(!filter.sees("enterprise", None, "610703102"));
    assert!(!filter.sees("enterprise", Some("6210"), "610703001"));
    assert!(SubjectFilter::default().sees("product", None, ""));
}
