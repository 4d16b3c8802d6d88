//! Draws (DRW-01 to DRW-09). The protocol itself is verified by the draw's own crate; here its outcome is judged.

use super::{Context, DEFINES, Finding, Predicate, Tally, all_of, is_said, judge};
use crate::facts::{DrawFacts, DrawUse, PlanFacts, StratumFacts, VisitFacts};
use crate::params::{ParamType, required};
use jiff::civil::Date;
use serde_json::json;

/// Predicates of this chapter.
pub static ALL: &[Predicate] = &[
    Predicate {
        plan: Some(|c, f| match &f.draw {
            Some(choice) => chosen_by_draw(c, choice),
            // Nobody is visited: there is nobody to be drawn.
            None if f.is_on_site == Some(false) => Finding::NotApplicable,
            None => chosen_by_draw(c, &DrawUse::default()),
        }),
        draw: Some(|c, f| chosen_by_draw(c, &f.choice)),
        ..Predicate::new("chosen_by_draw", &[required("exceptions", ParamType::Texts)])
    },
    Predicate {
        severities: DEFINES,
        ..Predicate::new("draw_exceptions", &[required("exceptions", ParamType::Texts)])
    },
    Predicate {
        draw: Some(frame_frozen),
        ..Predicate::new(
            "frame_frozen",
            &[required(
                "codes",
                ParamType::Words(&[
                    "deregistered",
                    "cap_reached",
                    "out_of_scope",
                    "under_investigation",
                    "recently_checked_recognised",
                ]),
            )],
        )
    },
    Predicate { draw: Some(draw_immutable), ..Predicate::new("draw_immutable", &[]) },
    Predicate {
        plan: Some(|_, f| ratios_rise(&f.strata)),
        draw: Some(|_, f| ratios_rise(&f.strata)),
        ..Predicate::new("ratios_rise", &[])
    },
    Predicate {
        plan: Some(|c, f| class_a_measured(c, &f.strata)),
        draw: Some(|c, f| class_a_measured(c, &f.strata)),
        ..Predicate::new("class_a_measured", &[required("at_least", ParamType::Count(0, 10_000, "万分之一"))])
    },
    Predicate { plan: Some(ratio_bound), ..Predicate::new("ratio_bound", &[]) },
    Predicate {
        visit_start: Some(visit_in_period),
        draw: Some(draw_in_period),
        ..Predicate::new("within_plan_period", &[])
    },
    Predicate { draw: Some(own_inspectors), ..Predicate::new("own_inspectors", &[]) },
    Predicate { draw: Some(chosen_by_score), ..Predicate::new("chosen_by_score", &[]) },
];

/// DRW-01: subjects and inspectors by the draw, items and results public; an exception of DRW-02 stands for it.
fn chosen_by_draw(c: &Context<'_>, choice: &DrawUse) -> Finding {
    let data = json!(choice);
    if let Some(exception) = choice.exception.as_deref() {
        let is_known = c.params.texts("exceptions").contains(&exception);
        return judge(
            Some(is_known),
            data,
            ("属于双随机的法定例外", "One of the exceptions to the joint random check"),
            ("所称例外不在规则包的例外清单内", "The exception claimed is not on the pack's list"),
            ("", ""),
        );
    }
    judge(
        all_of(&[choice.subjects_by_draw, choice.inspectors_by_draw, choice.is_public]),
        data,
        (
            "对象和检查人员均随机抽取，事项和结果公开",
            "Subjects and inspectors are drawn, items and results are public",
        ),
        (
            "对象或检查人员非随机抽取，或事项、结果不公开，也不属于例外",
            "Subjects or inspectors are not drawn, or items or results are not public, and no exception is claimed",
        ),
        ("抽取方式未填写", "How subjects and inspectors are chosen is not given"),
    )
}

/// DRW-03: frozen before the draw, every exclusion with a code of the list.
fn frame_frozen(c: &Context<'_>, f: &DrawFacts) -> Finding {
    let codes = c.params.texts("codes");
    let mut tally = Tally::default();
    tally.judge(f.is_frame_frozen_before, json!({"frame": "not_frozen_before_the_draw"}));
    match &f.exclusions {
        None => tally.open(json!({"exclusions": null})),
        Some(exclusions) => {
            for e in exclusions {
                let is_kept = e.code.is_some_and(|code| codes.contains(&code.as_str()));
                tally.judge(Some(is_kept), json!(e));
            }
        }
    }
    tally.finish(
        ("名录库已先行冻结，排除均有代码", "The frame was frozen beforehand and every exclusion has a code"),
        (
            "名录库未先行冻结，或排除没有规定代码",
            "The frame was not frozen beforehand, or an exclusion has no code of the list",
        ),
        ("冻结或排除情况不明", "The freezing or the exclusions are not known"),
    )
}

/// DRW-04: a re-draw has a reason, a second person and a link; replacements take the next score.
fn draw_immutable(_: &Context<'_>, f: &DrawFacts) -> Finding {
    let mut tally = Tally::default();
    if let Some(again) = &f.redraw {
        let two = match (&again.requested_by, &again.approved_by) {
            (Some(a), Some(b)) => Some(a != b),
            (_, None) => Some(false),
            (None, Some(_)) => None,
        };
        let has_link = is_said(again.old_draw.as_deref());
        let is_kept = all_of(&[two, Some(is_said(again.reason.as_deref())), Some(has_link)]);
        let what =
            json!({"has_reason": is_said(again.reason.as_deref()), "two_persons": two, "has_link": has_link});
        tally.judge(is_kept, what);
    }
    tally.judge(f.are_replacements_next, json!({"replacements": "not_by_next_score"}));
    tally.finish(
        ("抽取结果未被改动，递补按次序", "The draw stands and replacements took the next score"),
        (
            "重抽缺少理由、第二人批准或原抽取关联，或递补未按次序",
            "A re-draw lacks reason, second person or link, or a replacement was chosen freely",
        ),
        ("重抽或递补情况不明", "The re-draw or the replacements are not known"),
    )
}

/// DRW-05: ratio and frequency do not fall from A to D.
fn ratios_rise(strata: &[StratumFacts]) -> Finding {
    if strata.len() < 2 {
        return Finding::NotApplicable;
    }
    let mut sorted: Vec<&StratumFacts> = strata.iter().collect();
    sorted.sort_by_key(|s| s.class);
    let mut tally = Tally::default();
    for pair in sorted.windows(2) {
        let [low, high] = pair else { continue };
        let what = json!({"lower_risk": low, "higher_risk": high});
        let rises = |a: Option<u32>, b: Option<u32>| a.zip(b).map(|(a, b)| a <= b);
        let (ratio, frequency) = (rises(low.ratio, high.ratio), rises(low.frequency, high.frequency));
        let has_any = ratio.or(frequency);
        let is_kept = if ratio == Some(false) || frequency == Some(false) { Some(false) } else { has_any };
        tally.judge(is_kept, what);
    }
    tally.finish(
        ("风险越高，比例、频次不越低", "Ratio and frequency do not fall as the risk rises"),
        (
            "风险较高的等级比例或频次低于风险较低的等级",
            "A class of higher risk is checked less than one of lower risk",
        ),
        ("各风险等级的比例、频次未填全", "Ratios or frequencies by risk class are incomplete"),
    )
}

/// DRW-05a: class A keeps a small share, or nobody can measure it.
fn class_a_measured(c: &Context<'_>, strata: &[StratumFacts]) -> Finding {
    let Some(a) = strata.iter().find(|s| s.class == 'A') else { return Finding::NotApplicable };
    let least = c.params.count("at_least", 1);
    judge(
        a.ratio.map(|r| r >= least),
        json!({"ratio": a.ratio, "at_least": least}),
        ("A类保留抽查比例", "Class A keeps a share"),
        (
            "A类抽查比例低于设定下限，将无法评估其风险",
            "Class A has less than the set share: its risk cannot be measured",
        ),
        ("A类抽查比例未填写", "The ratio of class A is not given"),
    )
}

/// DRW-06: no upper bound for key items, a bound for general ones.
fn ratio_bound(_: &Context<'_>, f: &PlanFacts) -> Finding {
    let mut tally = Tally::default();
    for item in &f.items {
        let what = json!({"item": item.item, "is_key": item.is_key, "has_upper_bound": f.has_upper_bound});
        let is_kept = match (item.is_key, f.has_upper_bound) {
            (Some(is_key), Some(is_bounded)) => Some(is_key != is_bounded),
            _ => None,
        };
        tally.judge(is_kept, what);
    }
    tally.finish(
        ("重点事项不设上限，一般事项设定上限", "Key items have no upper bound, general ones have one"),
        (
            "重点事项设了抽查比例上限，或一般事项未设",
            "A key item has an upper bound, or a general one has none",
        ),
        ("事项类别或检查比例未填写", "The category of an item or the ratio is not given"),
    )
}

fn lies_within(day: Date, (first, last): (Date, Date)) -> bool {
    first <= day && day <= last
}

/// DRW-07 for a visit.
fn visit_in_period(_: &Context<'_>, f: &VisitFacts) -> Finding {
    let period = match f.plan_period {
        Some(None) => return Finding::NotApplicable,
        Some(Some(period)) => Some(period),
        None => None,
    };
    judge(
        period.map(|p| lies_within(f.on, p)),
        json!({"on": f.on, "period": period}),
        ("检查日期在计划期内", "The visit lies within the plan's period"),
        ("检查日期超出计划期", "The visit lies outside of the plan's period"),
        ("计划期不明", "The plan's period is not known"),
    )
}

/// DRW-07 for a draw.
fn draw_in_period(_: &Context<'_>, f: &DrawFacts) -> Finding {
    judge(
        f.plan_period.map(|p| lies_within(f.on, p)),
        json!({"on": f.on, "period": f.plan_period}),
        ("抽取日期在计划期内", "The draw lies within the plan's period"),
        ("抽取日期超出计划期", "The draw lies outside of the plan's period"),
        ("计划期不明", "The plan's period is not known"),
    )
}

/// DRW-08: the lead draws subjects, each organ its own inspectors.
fn own_inspectors(_: &Context<'_>, f: &DrawFacts) -> Finding {
    let mut tally = Tally::default();
    match &f.drawn_by {
        None => tally.open(json!({"drawn_by": null})),
        Some((by, lead)) => tally.judge(Some(by == lead), json!({"drawn_by": by, "lead": lead})),
    }
    match &f.inspectors {
        None => tally.open(json!({"inspectors": null})),
        Some(all) => {
            for (id, team, own) in all {
                tally.judge(Some(team == own), json!({"inspector": id, "team": team, "own_organ": own}));
            }
        }
    }
    tally.finish(
        (
            "牵头部门抽对象，各部门抽本部门人员",
            "The lead drew the subjects and each organ its own inspectors",
        ),
        (
            "对象非由牵头部门抽取，或检查人员不属于本部门",
            "The subjects were not drawn by the lead, or an inspector is another organ's",
        ),
        ("抽取主体或人员归属不明", "Who drew, or whose the inspectors are, is not known"),
    )
}

/// DRW-09: distance orders visits and chooses none; recomputation proves it.
fn chosen_by_score(_: &Context<'_>, f: &DrawFacts) -> Finding {
    judge(
        f.is_recomputed,
        json!({"is_recomputed": f.is_recomputed}),
        ("抽中名单与重算一致", "Recomputation gives the same picks"),
        ("抽中名单与重算不一致，存在人为选择", "Recomputation gives other picks: somebody chose"),
        ("尚未重算", "It has not been recomputed yet"),
    )
}
