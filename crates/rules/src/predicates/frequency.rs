//! Frequency, repetition, merging (FRQ-01 to FRQ-09).

use super::{Context, DEFINES, Finding, Predicate, Tally, is_said, judge};
use crate::facts::{ItemFacts, OrganFacts, PlanFacts, SafetyFacts, VisitFacts};
use crate::pack::Bilingual;
use crate::params::{ParamType, days, months, optional, required};
use crate::words::VisitKind;
use domain::deadline::TermUnit;
use jiff::Span;
use jiff::civil::Date;
use serde_json::json;

const KINDS: &[&str] = &[
    "routine",
    "campaign_own",
    "campaign_superior",
    "case_based",
    "complaint",
    "assigned",
    "data_clue",
    "media",
    "recheck",
    "on_request",
    "licence_survey",
    "emergency",
];

/// Predicates of this chapter.
pub static ALL: &[Predicate] = &[
    Predicate {
        plan: Some(plan_cap),
        visit_start: Some(visit_cap),
        ..Predicate::new(
            "visit_cap",
            &[
                required("default_cap", ParamType::Count(0, 366, "次/年")),
                optional("caps", ParamType::CountsByKey(0, 366)),
                required("counted", ParamType::Words(KINDS)),
            ],
        )
    },
    Predicate {
        severities: DEFINES,
        ..Predicate::new("exempt_kinds", &[required("exempt", ParamType::Words(KINDS))])
    },
    Predicate {
        visit_start: Some(exempt_excess),
        ..Predicate::new(
            "exempt_excess",
            &[
                required("cap_multiple", ParamType::Count(1, 20, "倍")),
                required("window", ParamType::Term(&[TermUnit::CalendarDay])),
                required("at_least", ParamType::Count(1, 100, "次")),
            ],
        )
    },
    Predicate {
        plan: Some(plan_merge),
        visit_start: Some(visit_merge),
        ..Predicate::new(
            "merge_or_reason",
            &[
                required("window", ParamType::Term(&[TermUnit::CalendarDay])),
                optional("blocks_from", ParamType::Day),
            ],
        )
    },
    Predicate {
        plan: Some(|c, f| off_site_first(c, f.is_on_site, f.on_site_reason.as_deref(), f.items.iter())),
        visit_start: Some(|c, f| {
            let items = f.organs.iter().flat_map(|o| &o.items);
            off_site_first(c, f.is_on_site, f.on_site_reason.as_deref(), items)
        }),
        ..Predicate::new("off_site_first", &[])
    },
    Predicate {
        visit_start: Some(no_repeat_of_higher),
        ..Predicate::new(
            "no_repeat_of_higher",
            &[
                required("span", ParamType::Term(&[TermUnit::Month, TermUnit::CalendarDay])),
                required("blocking_fields", ParamType::Texts),
            ],
        )
    },
    Predicate {
        severities: DEFINES,
        ..Predicate::new(
            "combined_counts",
            &[
                required("subject", ParamType::Count(0, 10, "次")),
                required("each_organ", ParamType::Count(0, 10, "次")),
            ],
        )
    },
    Predicate {
        plan: Some(minimum_duty),
        ..Predicate::new(
            "minimum_duty",
            &[
                required("fields", ParamType::Texts),
                required("per_year_by_class", ParamType::CountsByKey(0, 366)),
            ],
        )
    },
    Predicate {
        plan: Some(|c, f| safety_joint(c, f.organs.iter(), f.safety.as_ref())),
        visit_start: Some(|c, f| safety_joint(c, f.organs.iter().map(|o| &o.organ), f.safety.as_ref())),
        ..Predicate::new("safety_joint", &[optional("organs", ParamType::Texts)])
    },
];

fn text(zh: impl Into<String>, en: impl Into<String>) -> Bilingual {
    Bilingual::new(zh, en)
}

/// FRQ-01 for a plan: what it brings to one subject fits each organ's cap.
fn plan_cap(c: &Context<'_>, f: &PlanFacts) -> Finding {
    if f.is_on_site == Some(false) {
        return Finding::NotApplicable;
    }
    let counted = c.params.texts("counted");
    if f.kind.is_some_and(|k| !counted.contains(&k.as_str())) {
        return Finding::NotApplicable;
    }
    let Some(caps) = &f.caps else {
        return Finding::Unknown(
            text("各部门上限使用情况未统计", "The caps used were not counted"),
            json!({}),
        );
    };
    let mut tally = Tally::default();
    for used in caps {
        let data = json!(used);
        let each = used.planned_each.or(f.frequency);
        match each {
            Some(n) if n > used.cap => tally.breach(data),
            // These subjects are left out of the frame with the code `cap_reached`, or carry a reason.
            _ if used.at_cap > 0 => tally.soft(data),
            // Other plans may draw the same subjects, and need not: the freezing of each frame leaves out who is at the cap.
            Some(n) if n.saturating_add(used.planned_by_others) > used.cap => tally.soft(data),
            Some(_) => tally.pass(),
            None => tally.open(data),
        }
    }
    tally.finish(
        ("计划频次在各部门年度上限之内", "The planned frequency keeps each organ's yearly cap"),
        (
            "计划频次（含本部门其他计划）超过年度上限，或有对象上限已用完",
            "The planned frequency, with the organ's other plans, exceeds a cap, or some subjects have used it up",
        ),
        ("检查频次未填写或未能识别", "The frequency is missing or was not understood"),
    )
}

/// FRQ-01 for a visit: one more keeps each organ's cap.
fn visit_cap(c: &Context<'_>, f: &VisitFacts) -> Finding {
    if f.is_on_site == Some(false) {
        return Finding::NotApplicable;
    }
    let Some(kind) = f.kind else {
        return Finding::Unknown(text("检查类型未填写", "The kind of check is not given"), json!({}));
    };
    if !c.params.texts("counted").contains(&kind.as_str()) {
        return Finding::NotApplicable;
    }
    let mut tally = Tally::default();
    for part in &f.organs {
        let field = part.items.iter().find_map(|i| i.field.as_deref());
        // The published cap of the organ, where the facts have it; else the pack's.
        let cap = part
            .cap
            .or_else(|| c.params.count_of("caps", &part.organ.code))
            .or_else(|| field.and_then(|f| c.params.count_of("caps", f)))
            .unwrap_or_else(|| c.params.count("default_cap", 2));
        let what = json!({"organ": part.organ.code, "subject": f.subject, "year": c.day.year(),
            "counted": part.counted, "cap": cap, "remedy": ["merge", "off_site", "next_year"]});
        tally.judge(part.counted.map(|n| n < cap), what);
    }
    tally.finish(
        ("未超过年度入企检查上限", "The yearly cap is kept"),
        ("本年度对该对象的入企检查已达上限", "The yearly cap of visits to this subject is used up"),
        ("本年度入企次数未统计", "This year's visits were not counted"),
    )
}

/// FRQ-03: visits outside of the cap are too many.
fn exempt_excess(c: &Context<'_>, f: &VisitFacts) -> Finding {
    let multiple = c.params.count("cap_multiple", 2);
    let window = c.params.term("window", days(60));
    let least = c.params.count("at_least", 3);
    let mut tally = Tally::default();
    for part in &f.organs {
        let what = json!({"organ": part.organ.code, "exempt_this_year": part.exempt, "exempt_recent": part.exempt_recent,
            "cap": part.cap, "window_days": window.n, "at_least": least, "cap_multiple": multiple});
        match (part.exempt, part.exempt_recent) {
            // The cap itself is FRQ-01's parameter; the gathering holds it beside the count.
            (Some(year), Some(recent)) => {
                let is_excess = recent >= least || year > multiple.saturating_mul(part.cap.unwrap_or(2));
                tally.judge(Some(!is_excess), what);
            }
            _ => tally.open(what),
        }
    }
    tally.finish(
        ("触发式检查次数正常", "Visits outside of the cap are not excessive"),
        (
            "触发式检查明显偏多，已提示行政执法监督机构",
            "Visits outside of the cap are clearly above a reasonable number; the oversight organ is told",
        ),
        ("触发式检查次数未统计", "Visits outside of the cap were not counted"),
    )
}

/// Whether the reason of FRQ-04 may still be missing, by the date of the fact.
fn merge_finding(c: &Context<'_>, tally: Tally) -> Finding {
    let finding = tally.finish(
        (
            "没有应合并而未合并的检查，或已说明理由",
            "No visit that should be merged stands apart without a reason",
        ),
        (
            "窗口期内有可合并的检查，须合并或说明理由",
            "Visits within the window have to be merged, or a reason given",
        ),
        ("其他部门的计划情况未统计", "The plans of other organs were not looked at"),
    );
    // The duty to merge turns from advice to a bar on a day that policy sets.
    match finding {
        Finding::Breach(reason, data) if c.params.day("blocks_from").is_none_or(|from| c.day < from) => {
            Finding::Soft(reason, data)
        }
        other => other,
    }
}

/// FRQ-04 for a plan.
fn plan_merge(c: &Context<'_>, f: &PlanFacts) -> Finding {
    if f.is_on_site == Some(false) {
        return Finding::NotApplicable;
    }
    let mut tally = Tally::default();
    let (Some(overlaps), Some(visits)) = (&f.overlaps, &f.visits) else {
        tally.open(json!({}));
        return merge_finding(c, tally);
    };
    tally.pass();
    if !is_said(f.separate_reason.as_deref()) {
        overlaps.iter().for_each(|o| tally.breach(json!(o)));
        for v in visits {
            // Who only may be in the frame stops nobody.
            if v.are_in_frame { tally.breach(json!(v)) } else { tally.soft(json!(v)) }
        }
    }
    merge_finding(c, tally)
}

/// FRQ-04 for a visit.
fn visit_merge(c: &Context<'_>, f: &VisitFacts) -> Finding {
    if f.is_on_site == Some(false) || f.kind == Some(VisitKind::Emergency) {
        return Finding::NotApplicable;
    }
    let window = i64::from(c.params.term("window", days(90)).n);
    let mut tally = Tally::default();
    match &f.near {
        None => tally.open(json!({})),
        Some(near) => {
            tally.pass();
            let is_near = |on: Date| (on - f.on).get_days().unsigned_abs() as i64 <= window;
            for n in near.iter().filter(|n| is_near(n.on)) {
                if !is_said(f.separate_reason.as_deref()) {
                    tally.breach(json!(n));
                }
            }
        }
    }
    merge_finding(c, tally)
}

/// FRQ-05: entering needs a reason where it can be done without.
fn off_site_first<'f>(
    _: &Context<'_>,
    is_on_site: Option<bool>,
    reason: Option<&str>,
    items: impl Iterator<Item = &'f ItemFacts>,
) -> Finding {
    if is_on_site == Some(false) {
        return Finding::NotApplicable;
    }
    let mut tally = Tally::default();
    for item in items {
        // Whoever says why has said it, whatever is registered of the item.
        let is_kept =
            if is_said(reason) { Some(true) } else { item.is_off_site_possible.map(|possible| !possible) };
        tally.judge(is_kept, json!({"item": item.item, "organ": item.organ}));
    }
    tally.finish(
        ("确需入企，或已说明理由", "Entering is needed, or a reason is given"),
        (
            "可以非现场方式完成的检查，入企须说明理由",
            "It can be checked without entering: a reason is needed",
        ),
        ("能否非现场检查未登记", "Whether it can be checked without entering is not known"),
    )
}

/// FRQ-06: what a higher organ checked lately is not checked again.
fn no_repeat_of_higher(c: &Context<'_>, f: &VisitFacts) -> Finding {
    if f.has_suspicion {
        return Finding::NotApplicable;
    }
    let Some(checks) = &f.upper_checks else {
        return Finding::Unknown(
            text("上级检查情况未查询", "Checks of higher organs were not looked up"),
            json!({}),
        );
    };
    let span = c.params.term("span", months(3));
    let n = i64::from(span.n);
    let span = if span.unit == TermUnit::Month { Span::new().months(n) } else { Span::new().days(n) };
    let since = f.on.checked_sub(span).unwrap_or(f.on);
    let blocking = c.params.texts("blocking_fields");
    let is_blocking = f
        .organs
        .iter()
        .flat_map(|o| &o.items)
        .any(|i| i.field.as_deref().is_some_and(|field| blocking.iter().any(|b| field.contains(*b))));
    let mut tally = Tally::default();
    tally.pass();
    for check in checks.iter().filter(|u| u.on >= since && u.on <= f.on && !u.points.is_empty()) {
        if is_blocking {
            tally.breach(json!(check));
        } else {
            tally.soft(json!(check));
        }
    }
    tally.finish(
        ("不重复上级近期已查的内容", "Nothing that a higher organ checked lately is repeated"),
        ("上级近期已检查相同内容，不再重复检查", "A higher organ checked the same points lately"),
        ("", ""),
    )
}

/// FRQ-08: a plan does not sink below a legal minimum.
fn minimum_duty(c: &Context<'_>, f: &PlanFacts) -> Finding {
    let fields = c.params.texts("fields");
    let is_bound = f
        .items
        .iter()
        .any(|i| i.field.as_deref().is_some_and(|field| fields.iter().any(|b| field.contains(*b))));
    if !is_bound {
        return Finding::NotApplicable;
    }
    let mut tally = Tally::default();
    for stratum in &f.strata {
        let Some(least) = c.params.count_of("per_year_by_class", &stratum.class.to_string()) else {
            continue;
        };
        let what =
            json!({"class": stratum.class.to_string(), "frequency": stratum.frequency, "at_least": least});
        tally.judge(stratum.frequency.or(f.frequency).map(|n| n >= least), what);
    }
    // A cap below the minimum cannot be lawful either.
    let highest = ["A", "B", "C", "D"].iter().filter_map(|k| c.params.count_of("per_year_by_class", k)).max();
    for used in f.caps.iter().flatten() {
        if highest.is_some_and(|least| used.cap < least) {
            tally.soft(json!({"organ": used.organ, "cap": used.cap, "at_least": highest}));
        }
    }
    tally.finish(
        ("不低于法定最低检查频次", "The legal minimum is kept"),
        (
            "低于法定最低检查频次，或年度上限低于法定最低频次",
            "Below the legal minimum, or a cap that is below it",
        ),
        ("各风险等级的检查频次未填写", "The frequency by risk class is not given"),
    )
}

/// FRQ-09: organs of work safety check together, or tell each other.
fn safety_joint<'f>(
    c: &Context<'_>,
    organs: impl Iterator<Item = &'f OrganFacts>,
    safety: Option<&SafetyFacts>,
) -> Finding {
    // Which organs have such duties is the pack's to say, unless the facts do.
    let named = c.params.texts("organs");
    let by_pack = |code: &str| (!named.is_empty()).then(|| named.contains(&code));
    let duties: Vec<Option<bool>> =
        organs.map(|o| o.has_safety_duty.or_else(|| by_pack(o.code.as_str()))).collect();
    if duties.iter().all(|d| *d == Some(false)) {
        return Finding::NotApplicable;
    }
    if !duties.contains(&Some(true)) {
        let missing =
            ("是否负有安全生产监管职责未登记", "Whether an organ has duties of work safety is not known");
        return judge(None, json!({}), ("", ""), ("", ""), missing);
    }
    let (joint, told) = safety.map_or((None, None), |s| (s.is_joint, s.is_notified));
    let is_kept = match (joint, told) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    };
    judge(
        is_kept,
        json!({"is_joint": joint, "is_notified": told}),
        ("实行联合检查，或已互相通报", "It is a joint check, or the others were told"),
        ("分别检查而未互相通报", "It is a separate check and the others were not told"),
        ("联合检查或通报情况未登记", "Whether the others were told is not recorded"),
    )
}
