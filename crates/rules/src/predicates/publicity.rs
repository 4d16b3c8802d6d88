//! Publicity and its time limits (PUB-01 to PUB-10).

use super::{Context, Finding, Predicate, is_said, judge};
use crate::facts::{PublicityFacts, PublicityKind};
use crate::pack::Bilingual;
use crate::params::{ParamType, months, optional, required, working_days};
use domain::deadline::{Term, TermUnit, due_from_date};
use jiff::civil::Date;
use serde_json::json;

const WORKING: &[TermUnit] = &[TermUnit::WorkingDay];
const MONTHS: &[TermUnit] = &[TermUnit::Month];

/// Predicates of this chapter.
pub static ALL: &[Predicate] = &[
    Predicate {
        publicity: Some(result_published),
        ..Predicate::new("result_published", &[required("limit", ParamType::Term(WORKING))])
    },
    Predicate {
        publicity: Some(decision_published),
        ..Predicate::new("decision_published", &[required("limit", ParamType::Term(WORKING))])
    },
    Predicate {
        publicity: Some(market_penalty_published),
        ..Predicate::new(
            "market_penalty_published",
            &[required("limit", ParamType::Term(WORKING)), required("push_limit", ParamType::Term(WORKING))],
        )
    },
    Predicate {
        publicity: Some(withdrawn_in_time),
        ..Predicate::new("withdrawn_in_time", &[required("limit", ParamType::Term(WORKING))])
    },
    Predicate { publicity: Some(minor_not_published), ..Predicate::new("minor_not_published", &[]) },
    Predicate {
        publicity: Some(display_period),
        ..Predicate::new(
            "display_period",
            &[required("minor", ParamType::Term(MONTHS)), required("other", ParamType::Term(MONTHS))],
        )
    },
    Predicate { publicity: Some(sensitivity_decided), ..Predicate::new("sensitivity_decided", &[]) },
    Predicate { publicity: Some(subject_told), ..Predicate::new("subject_told", &[]) },
    Predicate {
        publicity: Some(error_corrected),
        ..Predicate::new("error_corrected", &[required("limit", ParamType::Term(WORKING))])
    },
    Predicate {
        publicity: Some(person_display_period),
        ..Predicate::new("person_display_period", &[optional("limit", ParamType::Term(MONTHS))])
    },
];

fn text(zh: &str, en: &str) -> Bilingual {
    Bilingual::new(zh, en)
}

/// Whether something was done by its last day: yes, no once that day is over, not applicable while there is time.
fn in_time(c: &Context<'_>, from: Date, limit: Term, done: Option<Date>, today: Date) -> Finding {
    let due = match due_from_date(from, &limit, c.calendar, &[]) {
        Ok(due) => due.date,
        Err(_) => {
            let data = json!({"from": from, "limit": limit});
            return Finding::Unknown(
                text("期限超出已知工作日历", "The term leaves the known calendar"),
                data,
            );
        }
    };
    let data =
        json!({"from": from, "limit": limit, "due": due, "done": done, "calendar": c.calendar.version()});
    match done {
        Some(done) if done <= due => Finding::Pass(text("在期限内完成", "Done within the term"), data),
        Some(_) => Finding::Breach(text("已完成但超过期限", "Done after the term"), data),
        None if today <= due => Finding::Pass(text("期限未到", "The term is still running"), data),
        None => Finding::Breach(text("已超过期限", "The term is over"), data),
    }
}

/// What is late is made public all the same, and at once: the breach is told and does not stand in the way of its end.
fn by_its_term(c: &Context<'_>, f: &PublicityFacts, limit: Term, done: Option<Date>) -> Finding {
    match in_time(c, f.decided_on, limit, done, f.today) {
        Finding::Breach(reason, data) if f.is_being_published => Finding::Soft(reason, data),
        other => other,
    }
}

/// PUB-01: results of inspections, by who checked.
fn result_published(c: &Context<'_>, f: &PublicityFacts) -> Finding {
    if f.kind != PublicityKind::Inspection {
        return Finding::NotApplicable;
    }
    if let (Some(checked), Some(published)) = (&f.checked_by, &f.published_by)
        && checked != published
    {
        let data = json!({"checked_by": checked, "published_by": published});
        return Finding::Breach(text("须由实施检查的部门公示", "Who checked has to publish"), data);
    }
    by_its_term(c, f, c.params.term("limit", working_days(20)), f.published_on)
}

/// PUB-02: penalties and licences.
fn decision_published(c: &Context<'_>, f: &PublicityFacts) -> Finding {
    if f.kind == PublicityKind::Inspection || f.is_warning_only == Some(true) {
        return Finding::NotApplicable;
    }
    // Market-regulation penalties have a term of their own (PUB-03).
    match (f.kind, f.is_market_regulation) {
        (PublicityKind::Penalty, Some(true)) => Finding::NotApplicable,
        (PublicityKind::Penalty, None) => {
            Finding::Unknown(text("决定机关未登记", "Whose decision it is is not recorded"), json!({}))
        }
        _ => by_its_term(c, f, c.params.term("limit", working_days(7)), f.published_on),
    }
}

/// PUB-03: penalties of market regulation, and those of firms of other provinces.
fn market_penalty_published(c: &Context<'_>, f: &PublicityFacts) -> Finding {
    if f.kind != PublicityKind::Penalty || f.is_market_regulation == Some(false) {
        return Finding::NotApplicable;
    }
    match (f.is_market_regulation, f.pushed_on) {
        (None, _) => {
            Finding::Unknown(text("决定机关未登记", "Whose decision it is is not recorded"), json!({}))
        }
        (Some(_), Some(pushed)) => by_its_term(c, f, c.params.term("push_limit", working_days(10)), pushed),
        (Some(_), None) => by_its_term(c, f, c.params.term("limit", working_days(20)), f.published_on),
    }
}

/// PUB-04: withdrawn after annulment, with the reason.
fn withdrawn_in_time(c: &Context<'_>, f: &PublicityFacts) -> Finding {
    let Some(annulled) = f.annulled_on else {
        return Finding::Unknown(
            text("变更、撤销情况未登记", "Whether it was annulled is not known"),
            json!({}),
        );
    };
    let (Some(annulled), Some(_)) = (annulled, f.published_on) else { return Finding::NotApplicable };
    let finding = in_time(c, annulled, c.params.term("limit", working_days(3)), f.withdrawn_on, f.today);
    match finding {
        Finding::Pass(_, data) if f.withdrawn_on.is_some() && !is_said(f.withdrawal_reason.as_deref()) => {
            Finding::Breach(text("撤回未说明理由", "The withdrawal has no reason"), data)
        }
        other => other,
    }
}

/// PUB-05: a warning alone is not published.
fn minor_not_published(_: &Context<'_>, f: &PublicityFacts) -> Finding {
    if f.kind != PublicityKind::Penalty {
        return Finding::NotApplicable;
    }
    let data = json!({"is_warning_only": f.is_warning_only, "published_on": f.published_on});
    match f.is_warning_only {
        None => Finding::Unknown(text("处罚种类未登记", "The kind of penalty is not recorded"), data),
        Some(true) if f.published_on.is_some() => {
            Finding::Breach(text("仅受警告的处罚不予公示", "A warning alone is not published"), data)
        }
        Some(_) => {
            Finding::Pass(text("未公示不应公示的处罚", "Nothing is published that should not be"), data)
        }
    }
}

fn display_until(f: &PublicityFacts, limit: Term) -> Finding {
    let Some(published) = f.published_on else { return Finding::NotApplicable };
    let last = published.checked_add(jiff::Span::new().months(i64::from(limit.n)));
    let (Ok(last), Some(until)) = (last, f.displayed_until) else {
        let data = json!({"published_on": published, "limit": limit});
        return Finding::Unknown(
            text("公示截止日未登记", "The last day of the display is not recorded"),
            data,
        );
    };
    judge(
        Some(until <= last),
        json!({"published_on": published, "displayed_until": until, "at_most": last}),
        ("公示期在上限之内", "The display ends in time"),
        ("公示期超过上限", "The display is longer than allowed"),
        ("", ""),
    )
}

/// PUB-06: how long a penalty is shown.
fn display_period(c: &Context<'_>, f: &PublicityFacts) -> Finding {
    if f.kind != PublicityKind::Penalty {
        return Finding::NotApplicable;
    }
    let limit = match f.is_minor {
        Some(true) => c.params.term("minor", months(3)),
        Some(false) => c.params.term("other", months(36)),
        None => {
            return Finding::Unknown(
                text("处罚轻重未登记", "The class of the penalty is not recorded"),
                json!({}),
            );
        }
    };
    display_until(f, limit)
}

/// PUB-07: secrets and privacy are decided first; until then withheld.
fn sensitivity_decided(_: &Context<'_>, f: &PublicityFacts) -> Finding {
    let data = json!({"is_sensitive": f.is_sensitive, "is_decided": f.is_sensitivity_decided,
        "published_on": f.published_on});
    let is_kept = match (f.is_sensitive, f.is_sensitivity_decided) {
        (Some(false), _) | (_, Some(true)) => Some(true),
        (Some(true), _) => Some(f.published_on.is_none()),
        (None, _) => None,
    };
    judge(
        is_kept,
        data,
        ("保密审查已完成，或未公示", "The secrecy review is done, or nothing is published"),
        ("涉密、涉隐私信息未经批准即公示", "Sensitive content was published without an approval"),
        ("尚未进行保密审查", "The secrecy review has not been made"),
    )
}

/// PUB-08: the subject was told that the penalty would be published.
fn subject_told(_: &Context<'_>, f: &PublicityFacts) -> Finding {
    if f.kind != PublicityKind::Penalty {
        return Finding::NotApplicable;
    }
    judge(
        f.was_subject_told,
        json!({"was_subject_told": f.was_subject_told}),
        ("已告知当事人将予公示", "The subject was told of the publication"),
        ("未告知当事人将予公示", "The subject was not told of the publication"),
        ("告知情况未登记", "Whether the subject was told is not recorded"),
    )
}

/// PUB-09: what is found wrong is corrected; queries are answered in time.
fn error_corrected(c: &Context<'_>, f: &PublicityFacts) -> Finding {
    match f.error {
        None => Finding::Unknown(
            text("异议或错误情况未登记", "Whether anything was found wrong is not known"),
            json!({}),
        ),
        Some(None) => Finding::NotApplicable,
        Some(Some((found, corrected))) => {
            in_time(c, found, c.params.term("limit", working_days(20)), corrected, f.today)
        }
    }
}

/// PUB-10: natural persons are shown for a shorter time, where the pack sets one.
fn person_display_period(c: &Context<'_>, f: &PublicityFacts) -> Finding {
    if !c.params.0.contains_key("limit") {
        return Finding::NotApplicable;
    }
    match f.is_natural_person {
        None => {
            Finding::Unknown(text("主体类型未登记", "Whether it is a natural person is not known"), json!({}))
        }
        Some(false) => Finding::NotApplicable,
        Some(true) => display_until(f, c.params.term("limit", months(24))),
    }
}
