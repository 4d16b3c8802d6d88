//! Each rule of the default pack: facts that keep it, facts that break it, facts that do not say; and its validity.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

use domain::calendar::Calendar;
use jiff::civil::{Date, date};
use rules::facts::*;
use rules::verdict::{Judge, RuleId};
use rules::words::ExclusionCode;
use rules::{Lint, LintStage, PackRef, RuleOutcome, RulePack, RuleSeverity, VisitKind, default_pack};
use std::collections::BTreeSet;

const DAY: Date = date(2026, 5, 20);

fn pack() -> RulePack {
    default_pack().unwrap()
}

fn with<T>(pack: &RulePack, f: impl FnOnce(&Judge<'_>) -> T) -> T {
    let reference = PackRef { code: pack.code.clone(), version: 1, digest: pack.digest() };
    let calendar = Calendar::china_2023_2026();
    f(&Judge { pack, reference: &reference, calendar: &calendar })
}

fn organ() -> OrganFacts {
    OrganFacts {
        code: "nz-scjg".into(),
        is_inspection_body: Some(true),
        is_vertical: Some(false),
        is_township: Some(false),
        has_published_powers: None,
        entrustment: Some(Entrustment::None),
        regions: Some(vec!["610703".into()]),
        has_assistance_record: Some(false),
        has_safety_duty: Some(true),
    }
}

fn item() -> ItemFacts {
    ItemFacts {
        item: "i".into(),
        organ: "nz-scjg".into(),
        is_published: Some(true),
        basis: Some("《中华人民共和国食品安全法》第一百一十条".into()),
        is_off_site_possible: Some(false),
        field: Some("食品经营".into()),
        is_key: Some(true),
    }
}

fn strata() -> Vec<StratumFacts> {
    let one =
        |(class, ratio, frequency)| StratumFacts { class, ratio: Some(ratio), frequency: Some(frequency) };
    [('A', 100, 1), ('B', 500, 1), ('C', 2000, 2), ('D', 10_000, 3)].map(one).to_vec()
}

fn choice() -> DrawUse {
    DrawUse {
        subjects_by_draw: Some(true),
        inspectors_by_draw: Some(true),
        is_public: Some(true),
        exception: None,
    }
}

fn safety() -> Option<SafetyFacts> {
    Some(SafetyFacts { is_joint: Some(true), is_notified: None })
}

fn plan() -> PlanFacts {
    PlanFacts {
        plan: "p".into(),
        period: Some((date(2026, 3, 1), date(2026, 11, 30))),
        kind: Some(VisitKind::Routine),
        is_on_site: Some(true),
        on_site_reason: None,
        organs: vec![organ()],
        items: vec![item()],
        regions: Some(vec!["610703001".into()]),
        strata: strata(),
        frequency: Some(1),
        has_upper_bound: Some(false),
        draw: Some(choice()),
        campaign: None,
        caps: Some(vec![CapUse { organ: "nz-scjg".into(), cap: 3, subjects: 10, ..CapUse::default() }]),
        overlaps: Some(Vec::new()),
        visits: Some(Vec::new()),
        separate_reason: None,
        texts: vec![("/items/0".into(), "对食品经营户的检查".into())],
        safety: safety(),
    }
}

fn member(id: &str) -> MemberFacts {
    MemberFacts {
        member: id.into(),
        is_counted: true,
        is_registered: Some(true),
        has_valid_certificate: Some(true),
        is_auxiliary: Some(false),
        recusals: Some(Vec::new()),
        request: Some(RecusalRequest::None),
        organ: Some("nz-scjg".into()),
    }
}

fn visit() -> VisitFacts {
    let start = "2026-05-20T01:00:00Z".parse().unwrap();
    let before = "2026-05-19T01:00:00Z".parse().unwrap();
    VisitFacts {
        visit: "v".into(),
        on: DAY,
        started_at: Some(start),
        kind: Some(VisitKind::Routine),
        is_on_site: Some(true),
        subject: "s".into(),
        region: Some("610703001".into()),
        organs: vec![VisitOrgan {
            organ: organ(),
            members: vec![member("a"), member("b")],
            items: vec![item()],
            approval: Some(Approval { at: Some(before), is_by_head: Some(true) }),
            counted: Some(0),
            cap: Some(2),
            exempt: Some(0),
            exempt_recent: Some(0),
        }],
        plan_period: Some(Some((date(2026, 3, 1), date(2026, 11, 30)))),
        upper_checks: Some(Vec::new()),
        near: Some(Vec::new()),
        licence_condition: Some(Some(true)),
        are_assistants_fixed: Some(true),
        safety: safety(),
        spot: OnSpot {
            is_notice_served: Some(true),
            is_record_signed: Some(true),
            is_result_told: Some(true),
            certificates_shown: Some(Some(start)),
            code_scanned: Some(Some(start)),
            evidence: Some(vec![EvidenceFacts {
                evidence: "e".into(),
                is_monitoring: true,
                is_device_reviewed: Some(true),
            }]),
            forbidden_acts: Some(Vec::new()),
        },
        ..VisitFacts::default()
    }
}

fn draw() -> DrawFacts {
    DrawFacts {
        draw: "d".into(),
        on: DAY,
        is_frame_frozen_before: Some(true),
        exclusions: Some(vec![ExclusionFacts { code: Some(ExclusionCode::CapReached), subjects: 3 }]),
        choice: choice(),
        redraw: None,
        are_replacements_next: Some(true),
        is_recomputed: Some(true),
        strata: strata(),
        plan_period: Some((date(2026, 3, 1), date(2026, 11, 30))),
        drawn_by: Some(("nz-scjg".into(), "nz-scjg".into())),
        inspectors: Some(vec![("a".into(), "nz-scjg".into(), "nz-scjg".into())]),
    }
}

fn publicity(kind: PublicityKind) -> PublicityFacts {
    PublicityFacts {
        record: "r".into(),
        kind,
        decided_on: DAY,
        today: date(2026, 6, 30),
        published_on: Some(date(2026, 5, 22)),
        checked_by: Some("nz-scjg".into()),
        published_by: Some("nz-scjg".into()),
        is_being_published: false,
        is_market_regulation: Some(kind == PublicityKind::Penalty),
        pushed_on: None,
        annulled_on: Some(None),
        withdrawn_on: None,
        withdrawal_reason: None,
        is_warning_only: Some(false),
        is_simple_procedure: Some(false),
        is_minor: Some(true),
        displayed_until: Some(date(2026, 8, 22)),
        is_natural_person: Some(false),
        is_sensitive: Some(false),
        is_sensitivity_decided: None,
        was_subject_told: Some(true),
        error: Some(Some((date(2026, 5, 25), Some(date(2026, 5, 26))))),
    }
}

fn of(lint: &Lint, rule: &str) -> Option<RuleOutcome> {
    lint.verdicts.iter().find(|v| v.rule_id == rule).map(|v| v.verdict)
}

fn on_plan(change: impl FnOnce(&mut PlanFacts)) -> Lint {
    let mut facts = plan();
    change(&mut facts);
    with(&pack(), |j| j.plan(DAY, &facts))
}

fn on_start(change: impl FnOnce(&mut VisitFacts)) -> Lint {
    let mut facts = visit();
    change(&mut facts);
    with(&pack(), |j| j.visit_start(&facts))
}

fn on_close(change: impl FnOnce(&mut VisitFacts)) -> Lint {
    let mut facts = visit();
    change(&mut facts);
    with(&pack(), |j| j.visit_close(&facts))
}

fn on_draw(change: impl FnOnce(&mut DrawFacts)) -> Lint {
    let mut facts = draw();
    change(&mut facts);
    with(&pack(), |j| j.draw(&facts))
}

fn on_publicity(kind: PublicityKind, change: impl FnOnce(&mut PublicityFacts)) -> Lint {
    let mut facts = publicity(kind);
    change(&mut facts);
    with(&pack(), |j| j.publicity(&facts))
}

fn other_than_pass(lint: &Lint) -> Vec<(String, RuleOutcome, String)> {
    let bad = lint.verdicts.iter().filter(|v| v.verdict != RuleOutcome::Pass);
    bad.map(|v| (v.rule_id.clone(), v.verdict, v.reason.en.clone())).collect()
}

/// One mutation of good facts and the verdict it must give.
macro_rules! gives {
    ($on:ident, $rule:literal, $outcome:ident, |$f:ident| $change:expr) => {
        let lint = $on(|$f| {
            $change;
        });
        assert_eq!(
            of(&lint, $rule),
            Some(RuleOutcome::$outcome),
            "{} {}: {:?}",
            $rule,
            stringify!($change),
            lint.verdicts
        );
    };
}

macro_rules! publicity_gives {
    ($kind:ident, $rule:literal, $outcome:ident, |$f:ident| $change:expr) => {
        let lint = on_publicity(PublicityKind::$kind, |$f| {
            $change;
        });
        assert_eq!(
            of(&lint, $rule),
            Some(RuleOutcome::$outcome),
            "{} {}: {:?}",
            $rule,
            stringify!($change),
            lint.verdicts
        );
    };
}

#[test]
fn good_facts_keep_every_rule() {
    for lint in [on_plan(|_| ()), on_start(|_| ()), on_close(|_| ()), on_draw(|_| ())] {
        assert_eq!(other_than_pass(&lint), [], "{}", lint.stage);
        assert!(lint.blocking().is_empty());
    }
    for kind in [PublicityKind::Inspection, PublicityKind::Penalty, PublicityKind::Licence] {
        assert_eq!(other_than_pass(&on_publicity(kind, |_| ())), [], "{kind:?}");
    }
}

#[test]
fn every_rule_that_decides_is_looked_at_somewhere() {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let more = [
        on_plan(|f| f.kind = Some(VisitKind::CampaignOwn)),
        on_publicity(PublicityKind::Penalty, |_| ()),
        on_publicity(PublicityKind::Licence, |_| ()),
        on_publicity(PublicityKind::Inspection, |_| ()),
    ];
    for lint in [on_plan(|_| ()), on_start(|_| ()), on_close(|_| ()), on_draw(|_| ())].into_iter().chain(more)
    {
        seen.extend(lint.verdicts.into_iter().map(|v| v.rule_id));
        seen.extend(lint.not_applicable.into_iter().map(|id| id.0));
    }
    let all: BTreeSet<String> = pack().rules.into_iter().map(|r| r.rule_id).collect();
    let apart: Vec<_> = all.difference(&seen).map(String::as_str).collect();
    // Two only define what others count by, one draws the line for exceptions, one acts in the burden ledger.
    assert_eq!(apart, ["DRW-02", "ENF-14", "FRQ-02", "FRQ-07"]);
}

#[test]
fn who_may_check_and_how() {
    gives!(on_start, "ENF-01", Block, |f| f.organs[0].members.truncate(1));
    gives!(on_start, "ENF-01", Block, |f| f.organs[0].members[1].has_valid_certificate = Some(false));
    gives!(on_start, "ENF-01", Unknown, |f| f.organs[0].members[1].has_valid_certificate = None);
    gives!(on_start, "ENF-01", Block, |f| f.organs[0].members[1].is_counted = false);
    gives!(on_plan, "ENF-02", Block, |f| f.organs[0].is_inspection_body = Some(false));
    gives!(on_start, "ENF-02", Block, |f| f.organs[0].members[0].is_registered = Some(false));
    gives!(on_start, "ENF-02", Unknown, |f| f.organs[0].members[0].is_registered = None);
    gives!(on_start, "ENF-03", Block, |f| f.organs[0].members[0].is_auxiliary = Some(true));
    gives!(on_start, "ENF-03", Unknown, |f| f.organs[0].members[0].is_auxiliary = None);
    gives!(on_plan, "ENF-04", Block, |f| f.items[0].is_published = Some(false));
    gives!(on_start, "ENF-04", Unknown, |f| f.organs[0].items[0].is_published = None);
    gives!(on_plan, "ENF-05", Block, |f| f.items[0].basis = Some("《关于加强食品监管的通知》".into()));
    gives!(on_plan, "ENF-05", Unknown, |f| f.items[0].basis = Some("上级文件".into()));
    gives!(on_plan, "ENF-05", Unknown, |f| f.items[0].basis = None);
    gives!(on_start, "ENF-06", Block, |f| f.organs[0].approval =
        Some(Approval { at: None, is_by_head: None }));
    gives!(on_start, "ENF-06", Block, |f| f.organs[0].approval.as_mut().unwrap().at =
        "2026-05-20T02:00:00Z".parse().ok());
    gives!(on_start, "ENF-06", Unknown, |f| f.organs[0].approval = None);
    let late = |f: &mut VisitFacts, at: &str| {
        f.emergency_reason = Some("火情".into());
        f.is_coercive = true;
        f.organs[0].approval.as_mut().unwrap().at = at.parse().ok();
    };
    gives!(on_close, "ENF-06", Pass, |f| late(f, "2026-05-21T00:59:59Z"));
    gives!(on_close, "ENF-06", Block, |f| late(f, "2026-05-21T01:00:00Z"));
    gives!(on_close, "ENF-07", Block, |f| f.spot.is_record_signed = Some(false));
    gives!(on_close, "ENF-07", Unknown, |f| f.spot.is_result_told = None);
    gives!(on_close, "ENF-08", Block, |f| f.spot.certificates_shown = Some(None));
    gives!(on_close, "ENF-08", Unknown, |f| f.spot.certificates_shown = None);
    gives!(on_close, "ENF-09", Block, |f| f.spot.code_scanned = Some(None));
    gives!(on_close, "ENF-09", Unknown, |f| f.spot.code_scanned = None);
    let emergency = |f: &mut VisitFacts| {
        f.spot.code_scanned = Some(None);
        f.emergency_reason = Some("火情".into());
    };
    gives!(on_close, "ENF-09", Warn, |f| emergency(f));
    let tie = |f: &mut VisitFacts, tie: &str, ended: Option<Date>| {
        f.organs[0].members[0].recusals = Some(vec![Recusal { tie: tie.into(), ended_on: ended }]);
    };
    gives!(on_start, "ENF-10", Block, |f| tie(f, "relative", None));
    gives!(on_start, "ENF-10", Block, |f| tie(f, "former_employer", Some(date(2023, 5, 20))));
    gives!(on_start, "ENF-10", Pass, |f| tie(f, "former_employer", Some(date(2023, 5, 19))));
    gives!(on_start, "ENF-10", Unknown, |f| f.organs[0].members[0].recusals = None);
    gives!(on_start, "ENF-11", Warn, |f| f.organs[0].members[0].request = Some(RecusalRequest::Pending));
    gives!(on_start, "ENF-11", Unknown, |f| f.organs[0].members[0].request = None);
    gives!(on_start, "ENF-12", Block, |f| f.region = Some("610702".into()));
    gives!(on_start, "ENF-12", Unknown, |f| f.region = None);
    let assisted = |f: &mut VisitFacts| {
        f.region = Some("610702".into());
        f.organs[0].organ.has_assistance_record = Some(true);
    };
    gives!(on_start, "ENF-12", Pass, |f| assisted(f));
    gives!(on_plan, "ENF-13", Block, |f| f.texts.push(("/note".into(), "完成 罚没 任务 50 万元".into())));
    gives!(on_close, "ENF-15", Warn, |f| f.spot.forbidden_acts = Some(vec!["fee".into()]));
    gives!(on_close, "ENF-15", Unknown, |f| f.spot.forbidden_acts = None);
    gives!(on_start, "ENF-16", Block, |f| f.licence_condition = Some(Some(false)));
    let survey = |f: &mut VisitFacts| {
        f.kind = Some(VisitKind::LicenceSurvey);
        f.licence_condition = None;
    };
    gives!(on_start, "ENF-16", Unknown, |f| survey(f));
    let campaign = |f: &mut PlanFacts, filed: Option<bool>| {
        f.kind = Some(VisitKind::CampaignOwn);
        f.campaign = Some(CampaignFacts {
            is_approved: Some(true),
            is_filed: filed,
            is_published: Some(true),
            has_scope_content_and_limit: Some(true),
        });
    };
    gives!(on_plan, "ENF-17", Pass, |f| campaign(f, Some(true)));
    gives!(on_plan, "ENF-17", Block, |f| campaign(f, Some(false)));
    gives!(on_plan, "ENF-17", Unknown, |f| campaign(f, None));
    let township = |f: &mut PlanFacts, powers| {
        f.organs[0].is_township = Some(true);
        f.organs[0].has_published_powers = powers;
    };
    gives!(on_plan, "ENF-18", Pass, |f| township(f, Some(true)));
    gives!(on_plan, "ENF-18", Block, |f| township(f, Some(false)));
    gives!(on_plan, "ENF-18", Unknown, |f| township(f, None));
    let entrusted = |written| Entrustment::By {
        is_written: written,
        is_published: Some(true),
        is_within_scope: Some(true),
        is_in_entrusters_name: Some(true),
    };
    gives!(on_plan, "ENF-19", Pass, |f| f.organs[0].entrustment = Some(entrusted(Some(true))));
    gives!(on_plan, "ENF-19", Block, |f| f.organs[0].entrustment = Some(entrusted(Some(false))));
    gives!(on_plan, "ENF-19", Unknown, |f| f.organs[0].entrustment = None);
    let device = |f: &mut VisitFacts, reviewed| {
        f.spot.evidence.as_mut().unwrap()[0].is_device_reviewed = reviewed;
    };
    gives!(on_close, "ENF-20", Block, |f| device(f, Some(false)));
    gives!(on_close, "ENF-20", Unknown, |f| device(f, None));
    let beside = |f: &mut VisitFacts| {
        device(f, Some(false));
        f.spot.evidence.as_mut().unwrap().push(EvidenceFacts::default());
    };
    gives!(on_close, "ENF-20", Warn, |f| beside(f));
}

#[test]
fn how_often_and_together() {
    gives!(on_plan, "FRQ-01", Block, |f| f.frequency = Some(4));
    gives!(on_plan, "FRQ-01", Warn, |f| f.caps.as_mut().unwrap()[0].at_cap = 2);
    gives!(on_plan, "FRQ-01", Unknown, |f| f.caps = None);
    gives!(on_start, "FRQ-01", Pass, |f| f.organs[0].counted = Some(1));
    gives!(on_start, "FRQ-01", Block, |f| f.organs[0].counted = Some(2));
    gives!(on_start, "FRQ-01", Unknown, |f| f.organs[0].counted = None);
    let complaint = on_start(|f| {
        f.kind = Some(VisitKind::Complaint);
        f.organs[0].counted = Some(9);
    });
    assert!(complaint.not_applicable.contains(&RuleId("FRQ-01".into())));
    gives!(on_start, "FRQ-03", Warn, |f| f.organs[0].exempt_recent = Some(3));
    gives!(on_start, "FRQ-03", Warn, |f| f.organs[0].exempt = Some(5));
    gives!(on_start, "FRQ-03", Unknown, |f| f.organs[0].exempt = None);
    let near = |f: &mut VisitFacts, on| {
        f.near = Some(vec![NearVisit { visit: "w".into(), organs: vec!["nz-yjj".into()], on }]);
    };
    gives!(on_start, "FRQ-04", Warn, |f| near(f, date(2026, 8, 18)));
    gives!(on_start, "FRQ-04", Pass, |f| near(f, date(2026, 8, 19)));
    gives!(on_start, "FRQ-04", Unknown, |f| f.near = None);
    gives!(on_plan, "FRQ-04", Warn, |f| f.overlaps.as_mut().unwrap().push(PlanOverlap::default()));
    let planned = |are_in_frame| PlannedVisits { organ: "x".into(), visits: 1, subjects: 1, are_in_frame };
    gives!(on_plan, "FRQ-04", Warn, |f| f.visits = Some(vec![planned(true)]));
    gives!(on_plan, "FRQ-04", Unknown, |f| f.visits = None);
    gives!(on_plan, "FRQ-04", Pass, |f| {
        f.visits = Some(vec![planned(true)]);
        f.separate_reason = Some("检查方式不相容".into());
    });
    let others = |f: &mut PlanFacts, n| f.caps.as_mut().unwrap()[0].planned_by_others = n;
    gives!(on_plan, "FRQ-01", Pass, |f| others(f, 2));
    gives!(on_plan, "FRQ-01", Warn, |f| others(f, 3));
    gives!(on_plan, "FRQ-05", Warn, |f| f.items[0].is_off_site_possible = Some(true));
    gives!(on_plan, "FRQ-05", Pass, |f| {
        f.items[0].is_off_site_possible = None;
        f.on_site_reason = Some("须现场核对实物".into());
    });
    gives!(on_start, "FRQ-05", Warn, |f| f.organs[0].items[0].is_off_site_possible = Some(true));
    gives!(on_start, "FRQ-05", Unknown, |f| f.organs[0].items[0].is_off_site_possible = None);
    let upper = |f: &mut VisitFacts, on| {
        f.upper_checks = Some(vec![UpperCheck { organ: "hz-scjg".into(), on, points: vec!["p".into()] }]);
    };
    gives!(on_start, "FRQ-06", Block, |f| upper(f, date(2026, 2, 20)));
    gives!(on_start, "FRQ-06", Pass, |f| upper(f, date(2026, 2, 19)));
    gives!(on_start, "FRQ-06", Unknown, |f| f.upper_checks = None);
    let not_food = |f: &mut VisitFacts| {
        upper(f, date(2026, 5, 1));
        f.organs[0].items[0].field = Some("劳动用工".into());
    };
    gives!(on_start, "FRQ-06", Warn, |f| not_food(f));
    gives!(on_plan, "FRQ-08", Warn, |f| f.strata[3].frequency = Some(2));
    gives!(on_plan, "FRQ-08", Warn, |f| f.caps.as_mut().unwrap()[0].cap = 1);
    let silent = |f: &mut PlanFacts| {
        f.strata[3].frequency = None;
        f.frequency = None;
    };
    gives!(on_plan, "FRQ-08", Unknown, |f| silent(f));
    let alone = |told| Some(SafetyFacts { is_joint: Some(false), is_notified: told });
    gives!(on_plan, "FRQ-09", Warn, |f| f.safety = alone(Some(false)));
    gives!(on_plan, "FRQ-09", Unknown, |f| f.safety = None);
    let no_duty = on_plan(|f| f.organs[0].has_safety_duty = Some(false));
    assert!(no_duty.not_applicable.contains(&RuleId("FRQ-09".into())));
}

#[test]
fn the_duty_to_merge_becomes_a_bar_on_the_day_that_policy_sets() {
    let mut pack = pack();
    let i = pack.rules.iter().position(|r| r.rule_id == "FRQ-04").unwrap();
    pack.rules[i].params.insert("blocks_from".into(), serde_json::json!("2026-05-20"));
    let mut facts = visit();
    facts.near = Some(vec![NearVisit { visit: "w".into(), organs: vec!["x".into()], on: DAY }]);
    assert_eq!(of(&with(&pack, |j| j.visit_start(&facts)), "FRQ-04"), Some(RuleOutcome::Block));
    facts.separate_reason = Some("检查方式不相容".into());
    assert_eq!(of(&with(&pack, |j| j.visit_start(&facts)), "FRQ-04"), Some(RuleOutcome::Pass));
    let mut planned = plan();
    let visits = PlannedVisits { organ: "x".into(), visits: 1, subjects: 1, are_in_frame: true };
    planned.visits = Some(vec![visits.clone()]);
    assert_eq!(of(&with(&pack, |j| j.plan(DAY, &planned)), "FRQ-04"), Some(RuleOutcome::Block));
    // Who only may be in the frame stops nobody.
    planned.visits = Some(vec![PlannedVisits { are_in_frame: false, ..visits }]);
    assert_eq!(of(&with(&pack, |j| j.plan(DAY, &planned)), "FRQ-04"), Some(RuleOutcome::Warn));
    facts.separate_reason = None;
    facts.on = date(2026, 5, 19);
    assert_eq!(of(&with(&pack, |j| j.visit_start(&facts)), "FRQ-04"), Some(RuleOutcome::Warn));
}

#[test]
fn how_it_is_drawn() {
    gives!(on_plan, "DRW-01", Block, |f| f.draw.as_mut().unwrap().subjects_by_draw = Some(false));
    gives!(on_plan, "DRW-01", Unknown, |f| f.draw = None);
    let from_afar = on_plan(|f| (f.draw, f.is_on_site) = (None, Some(false)));
    assert_eq!(of(&from_afar, "DRW-01"), None, "who visits nobody draws nobody");
    let claims = |f: &mut PlanFacts, code: &str| {
        f.draw = Some(DrawUse { exception: Some(code.into()), ..DrawUse::default() });
    };
    gives!(on_plan, "DRW-01", Pass, |f| claims(f, "campaign"));
    gives!(on_plan, "DRW-01", Block, |f| claims(f, "because"));
    gives!(on_draw, "DRW-03", Block, |f| f.is_frame_frozen_before = Some(false));
    gives!(on_draw, "DRW-03", Block, |f| f.exclusions.as_mut().unwrap()[0].code = None);
    gives!(on_draw, "DRW-03", Unknown, |f| f.exclusions = None);
    let again = |by: &str| {
        Some(Redraw {
            reason: Some("名录有误".into()),
            requested_by: Some("a".into()),
            approved_by: Some(by.into()),
            old_draw: Some("d0".into()),
        })
    };
    gives!(on_draw, "DRW-04", Pass, |f| f.redraw = again("b"));
    gives!(on_draw, "DRW-04", Block, |f| f.redraw = again("a"));
    gives!(on_draw, "DRW-04", Block, |f| f.redraw = Some(Redraw::default()));
    gives!(on_draw, "DRW-04", Block, |f| f.are_replacements_next = Some(false));
    gives!(on_draw, "DRW-04", Unknown, |f| f.are_replacements_next = None);
    gives!(on_plan, "DRW-05", Block, |f| f.strata[3].ratio = Some(10));
    gives!(on_plan, "DRW-05", Block, |f| (f.strata.reverse(), f.strata[0].frequency = Some(0)));
    gives!(on_plan, "DRW-05", Unknown, |f| f.strata[3] =
        StratumFacts { class: 'D', ratio: None, frequency: None });
    gives!(on_plan, "DRW-05a", Warn, |f| f.strata[0].ratio = Some(0));
    gives!(on_plan, "DRW-05a", Unknown, |f| f.strata[0].ratio = None);
    gives!(on_plan, "DRW-06", Warn, |f| f.has_upper_bound = Some(true));
    gives!(on_plan, "DRW-06", Warn, |f| f.items[0].is_key = Some(false));
    gives!(on_plan, "DRW-06", Unknown, |f| f.has_upper_bound = None);
    gives!(on_draw, "DRW-07", Warn, |f| f.plan_period = Some((date(2026, 6, 1), date(2026, 7, 1))));
    gives!(on_start, "DRW-07", Unknown, |f| f.plan_period = None);
    gives!(on_draw, "DRW-08", Warn, |f| f.drawn_by = Some(("a".into(), "b".into())));
    gives!(on_draw, "DRW-08", Warn, |f| f.inspectors.as_mut().unwrap()[0].2 = "other".into());
    gives!(on_draw, "DRW-08", Unknown, |f| f.inspectors = None);
    gives!(on_draw, "DRW-09", Block, |f| f.is_recomputed = Some(false));
    gives!(on_draw, "DRW-09", Unknown, |f| f.is_recomputed = None);
}

#[test]
fn what_is_made_public_and_when() {
    // 20 working days after 2026-05-20 end on 2026-06-17: nothing but weekends lies between.
    publicity_gives!(Inspection, "PUB-01", Pass, |f| f.published_on = Some(date(2026, 6, 17)));
    publicity_gives!(Inspection, "PUB-01", Warn, |f| f.published_on = Some(date(2026, 6, 18)));
    publicity_gives!(Inspection, "PUB-01", Warn, |f| f.published_on = None);
    publicity_gives!(Inspection, "PUB-01", Pass, |f| (f.published_on = None, f.today = DAY));
    publicity_gives!(Inspection, "PUB-01", Warn, |f| f.published_by = Some("nz-other".into()));
    publicity_gives!(Inspection, "PUB-01", Unknown, |f| f.decided_on = date(2026, 12, 20));
    let mut strict = pack();
    for rule in strict.rules.iter_mut().filter(|r| r.rule_id == "PUB-01") {
        rule.severity = RuleSeverity::Block;
    }
    let late =
        PublicityFacts { published_on: Some(date(2026, 6, 18)), ..publicity(PublicityKind::Inspection) };
    let now = PublicityFacts { is_being_published: true, ..late.clone() };
    let judge = |facts: &PublicityFacts| of(&with(&strict, |j| j.publicity(facts)), "PUB-01");
    assert_eq!(judge(&late), Some(RuleOutcome::Block));
    assert_eq!(judge(&now), Some(RuleOutcome::Warn), "what is late is published all the same");
    let foreign = PublicityFacts { published_by: Some("nz-other".into()), ..now };
    assert_eq!(judge(&foreign), Some(RuleOutcome::Block));
    publicity_gives!(Licence, "PUB-02", Warn, |f| f.published_on = Some(date(2026, 6, 1)));
    publicity_gives!(Penalty, "PUB-02", Unknown, |f| f.is_market_regulation = None);
    publicity_gives!(Penalty, "PUB-03", Warn, |f| f.published_on = Some(date(2026, 6, 18)));
    publicity_gives!(Penalty, "PUB-03", Warn, |f| f.pushed_on = Some(Some(date(2026, 6, 4))));
    publicity_gives!(Penalty, "PUB-03", Pass, |f| f.pushed_on = Some(Some(date(2026, 6, 3))));
    publicity_gives!(Penalty, "PUB-03", Unknown, |f| f.is_market_regulation = None);
    publicity_gives!(Penalty, "PUB-04", Warn, |f| f.annulled_on = Some(Some(date(2026, 6, 1))));
    let withdrawn = |f: &mut PublicityFacts, reason: Option<&str>| {
        f.annulled_on = Some(Some(date(2026, 6, 1)));
        f.withdrawn_on = Some(date(2026, 6, 4));
        f.withdrawal_reason = reason.map(ToString::to_string);
    };
    publicity_gives!(Penalty, "PUB-04", Pass, |f| withdrawn(f, Some("复议撤销")));
    publicity_gives!(Penalty, "PUB-04", Warn, |f| withdrawn(f, None));
    publicity_gives!(Penalty, "PUB-04", Unknown, |f| f.annulled_on = None);
    publicity_gives!(Penalty, "PUB-05", Block, |f| f.is_warning_only = Some(true));
    publicity_gives!(Penalty, "PUB-05", Unknown, |f| f.is_warning_only = None);
    publicity_gives!(Penalty, "PUB-06", Warn, |f| f.displayed_until = Some(date(2026, 8, 23)));
    publicity_gives!(Penalty, "PUB-06", Pass, |f| (
        f.is_minor = Some(false),
        f.displayed_until = Some(date(2029, 5, 22))
    ));
    publicity_gives!(Penalty, "PUB-06", Unknown, |f| f.is_minor = None);
    publicity_gives!(Inspection, "PUB-07", Block, |f| f.is_sensitive = Some(true));
    publicity_gives!(Inspection, "PUB-07", Pass, |f| (f.is_sensitive = Some(true), f.published_on = None));
    publicity_gives!(Inspection, "PUB-07", Unknown, |f| f.is_sensitive = None);
    publicity_gives!(Penalty, "PUB-08", Warn, |f| f.was_subject_told = Some(false));
    publicity_gives!(Penalty, "PUB-08", Unknown, |f| f.was_subject_told = None);
    publicity_gives!(Inspection, "PUB-09", Warn, |f| f.error = Some(Some((date(2026, 5, 25), None))));
    publicity_gives!(Inspection, "PUB-09", Unknown, |f| f.error = None);
    // PUB-10 is off until a pack sets its limit.
    let person = |limit: Option<u32>| {
        let mut pack = pack();
        let i = pack.rules.iter().position(|r| r.rule_id == "PUB-10").unwrap();
        if let Some(n) = limit {
            pack.rules[i].params.insert("limit".into(), serde_json::json!({"n": n, "unit": "month"}));
        }
        let mut facts = publicity(PublicityKind::Penalty);
        facts.is_natural_person = Some(true);
        with(&pack, |j| of(&j.publicity(&facts), "PUB-10"))
    };
    assert_eq!(
        (person(None), person(Some(24)), person(Some(2))),
        (None, Some(RuleOutcome::Pass), Some(RuleOutcome::Warn))
    );
}

#[test]
fn no_record_judges_a_fact_of_another_time() {
    let pack = pack();
    let run = |stage: LintStage, day: Date| {
        with(&pack, |j| match stage {
            LintStage::Plan => j.plan(day, &plan()),
            LintStage::VisitStart => j.visit_start(&VisitFacts { on: day, ..visit() }),
            LintStage::VisitClose => j.visit_close(&VisitFacts { on: day, ..visit() }),
            LintStage::Draw => j.draw(&DrawFacts { on: day, ..draw() }),
            LintStage::Publicity => {
                j.publicity(&PublicityFacts { decided_on: day, ..publicity(PublicityKind::Penalty) })
            }
        })
    };
    for rule in &pack.rules {
        let stages = rules::predicates::find(&rule.predicate).unwrap().stages();
        for stage in stages {
            let version_on = |day: Date| {
                let lint = run(stage, day);
                let found = lint.verdicts.iter().find(|v| v.rule_id == rule.rule_id).map(|v| v.rule_version);
                (found, found.is_some() || lint.not_applicable.contains(&RuleId(rule.rule_id.clone())))
            };
            let (first, is_seen) = version_on(rule.valid_from);
            assert!(is_seen && first.is_none_or(|v| v == rule.version), "{} on its first day", rule.rule_id);
            let before = version_on(rule.valid_from.yesterday().unwrap());
            assert!(before.0 != Some(rule.version), "{} the day before", rule.rule_id);
            assert!(rule.version > 1 || !before.1, "{} the day before", rule.rule_id);
            if let Some(end) = rule.valid_to {
                assert_ne!(version_on(end).0, Some(rule.version), "{} on its end", rule.rule_id);
            }
        }
    }
}

#[test]
fn a_missing_approval_stops_a_visit_and_a_missing_rating_does_not() {
    let lint = on_start(|f| {
        f.organs[0].approval = None;
        f.region = None;
    });
    assert_eq!(lint.blocking(), ["ENF-06"]);
    assert_eq!(lint.count(RuleOutcome::Unknown), 2);
}

#[test]
fn the_certificate_changes_with_plan_pack_and_verdicts() {
    let good = on_plan(|_| ());
    let bad = on_plan(|f| f.frequency = Some(9));
    assert_eq!(good.certificate("x"), on_plan(|_| ()).certificate("x"));
    assert_ne!(good.certificate("x"), good.certificate("y"));
    assert_ne!(good.certificate("x"), bad.certificate("x"));
    let mut other = good.clone();
    other.pack.version += 1;
    assert_ne!(good.certificate("x"), other.certificate("x"));
}

#[test]
fn verdicts_carry_source_article_and_pack() {
    let lint = on_start(|f| f.organs[0].members.clear());
    let v = lint.verdicts.iter().find(|v| v.rule_id == "ENF-01").unwrap();
    assert!(v.sources.iter().any(|s| s.article.as_deref() == Some("第四十二条")));
    assert_eq!(v.data["breaches"][0]["valid"], 0);
    assert!(!v.reason.zh.is_empty() && !v.statement.zh.is_empty());
    assert_eq!(lint.pack.digest, pack().digest());
}

#[test]
fn the_readme_lists_every_rule_with_its_predicate() {
    let readme = include_str!("../README.md");
    for rule in pack().rules {
        let row = readme.lines().find(|l| l.starts_with(&format!("| {} |", rule.rule_id)));
        let row = row.unwrap_or_else(|| panic!("{} is not in README.md", rule.rule_id));
        assert!(row.contains(&format!("`{}`", rule.predicate)), "{row}");
        assert!(row.contains(rule.severity.as_str()), "{row}");
        for name in rule.params.keys() {
            assert!(row.contains(&format!("`{name}`")), "{row}: {name}");
        }
    }
}
