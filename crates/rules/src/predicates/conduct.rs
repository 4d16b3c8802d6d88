//! What is checked and how (ENF-04 to ENF-09, ENF-13 to ENF-17, ENF-20). Who may check is [`super::enforcement`].

use super::{Context, Finding, Predicate, Tally, all_of, is_said, judge};
use crate::facts::{ItemFacts, PlanFacts, VisitFacts};
use crate::params::{ParamType, hours, optional, required, working_days};
use crate::words::VisitKind;
use domain::deadline::{TermUnit, due};
use domain::law;
use serde_json::json;

const TERM_SPAN: &[TermUnit] = &[TermUnit::Hour, TermUnit::WorkingDay, TermUnit::CalendarDay];

/// Predicates of this chapter.
pub static ALL: &[Predicate] = &[
    Predicate {
        plan: Some(|c, f| items_published(c, f.items.iter())),
        visit_start: Some(|c, f| items_published(c, f.organs.iter().flat_map(|o| &o.items))),
        ..Predicate::new("item_published", &[])
    },
    Predicate {
        plan: Some(|c, f| basis_sufficient(c, f.items.iter())),
        visit_start: Some(|c, f| basis_sufficient(c, f.organs.iter().flat_map(|o| &o.items))),
        ..Predicate::new(
            "legal_basis_sufficient",
            &[
                required("sufficient_endings", ParamType::Texts),
                optional("insufficient_endings", ParamType::Texts),
            ],
        )
    },
    Predicate {
        visit_start: Some(approved_before_start),
        visit_close: Some(approved_at_close),
        ..Predicate::new(
            "approved_by_head",
            &[
                required("coercive_limit", ParamType::Term(TERM_SPAN)),
                required("emergency_limit", ParamType::Term(TERM_SPAN)),
            ],
        )
    },
    Predicate { visit_close: Some(papers_complete), ..Predicate::new("papers_complete", &[]) },
    Predicate { visit_close: Some(certificates_shown), ..Predicate::new("certificates_shown", &[]) },
    Predicate { visit_close: Some(code_scanned), ..Predicate::new("code_scanned", &[]) },
    Predicate {
        plan: Some(no_quota),
        ..Predicate::new("no_quota", &[required("phrases", ParamType::Texts)])
    },
    // Takes effect in `inspections`: entries are stored and counted in the burden ledger.
    Predicate { ..Predicate::new("entry_counted", &[required("purposes", ParamType::Texts)]) },
    Predicate {
        visit_close: Some(no_forbidden_acts),
        ..Predicate::new("no_forbidden_acts", &[required("acts", ParamType::Texts)])
    },
    Predicate { visit_start: Some(licence_condition), ..Predicate::new("licence_condition_based", &[]) },
    Predicate { plan: Some(campaign_complete), ..Predicate::new("campaign_complete", &[]) },
    Predicate { visit_close: Some(monitoring_reviewed), ..Predicate::new("monitoring_reviewed", &[]) },
];

/// ENF-04: only published items are checked.
fn items_published<'f>(_: &Context<'_>, items: impl Iterator<Item = &'f ItemFacts>) -> Finding {
    let mut tally = Tally::default();
    for item in items {
        tally.judge(item.is_published, json!({"item": item.item, "organ": item.organ}));
    }
    tally.finish(
        ("检查事项当日均已公布", "Every item was published on that day"),
        ("检查事项当日未公布，不得检查", "An item was not published on that day and may not be checked"),
        (
            "检查事项未关联到目录，无法判定是否公布",
            "An item is not linked to the catalog: whether it is published is not known",
        ),
    )
}

/// ENF-05: the basis is a law, regulation, rule or State Council decision.
fn basis_sufficient<'f>(c: &Context<'_>, items: impl Iterator<Item = &'f ItemFacts>) -> Finding {
    let good = c.params.texts("sufficient_endings");
    let weak = c.params.texts("insufficient_endings");
    let mut tally = Tally::default();
    for item in items {
        let what = json!({"item": item.item, "basis": item.basis});
        let Some(basis) = item.basis.as_deref().filter(|b| !b.trim().is_empty()) else {
            tally.open(what);
            continue;
        };
        let laws = law::parse(basis).bases;
        let ends = |title: &str, endings: &[&str]| endings.iter().any(|e| title.ends_with(e));
        let is_good = |title: &str| ends(title, &good) && !ends(title, &weak);
        if laws.iter().any(|l| is_good(&l.law)) {
            tally.pass();
        } else if !laws.is_empty() && laws.iter().all(|l| ends(&l.law, &weak)) {
            tally.breach(what);
        } else {
            tally.open(what);
        }
    }
    tally.finish(
        (
            "检查事项均有法律、法规、规章或国务院决定依据",
            "Every item rests on a law, regulation, rule or State Council decision",
        ),
        ("检查事项仅以一般规范性文件为依据", "An item rests on ordinary documents only"),
        ("设定依据缺失或未能识别", "The legal basis is missing or was not understood"),
    )
}

fn is_emergency(f: &VisitFacts) -> bool {
    f.kind == Some(VisitKind::Emergency) || is_said(f.emergency_reason.as_deref())
}

/// ENF-06 before the start: approved, unless it is an emergency.
fn approved_before_start(_: &Context<'_>, f: &VisitFacts) -> Finding {
    if is_emergency(f) {
        return Finding::NotApplicable;
    }
    let mut tally = Tally::default();
    for part in &f.organs {
        let what = json!({"organ": part.organ.code, "approval": part.approval});
        let Some(approval) = &part.approval else {
            tally.open(what);
            continue;
        };
        let in_time = match (approval.at, f.started_at) {
            (None, _) => Some(false),
            (Some(at), Some(start)) => Some(at <= start),
            (Some(_), None) => Some(true),
        };
        tally.judge(all_of(&[in_time, approval.is_by_head]), what);
    }
    tally.finish(
        ("检查已由部门负责人事先批准", "The head of each organ approved beforehand"),
        ("未经部门负责人事先批准", "The head of an organ has not approved beforehand"),
        ("批准情况不明", "Whether the head approved is not known"),
    )
}

/// ENF-06 at the close: an emergency is approved afterwards, within its limit.
fn approved_at_close(c: &Context<'_>, f: &VisitFacts) -> Finding {
    if !is_emergency(f) {
        return approved_before_start(c, f);
    }
    let limit = if f.is_coercive {
        c.params.term("coercive_limit", hours(24))
    } else {
        c.params.term("emergency_limit", working_days(2))
    };
    let mut tally = Tally::default();
    for part in &f.organs {
        let approved = part.approval.as_ref().and_then(|a| a.at);
        let what = json!({"organ": part.organ.code, "started_at": f.started_at, "approved_at": approved, "limit": limit});
        let Some(start) = f.started_at else {
            tally.open(what);
            continue;
        };
        match (due(start, &limit, c.calendar, &[]), &part.approval) {
            (Err(_), _) | (_, None) => tally.open(what),
            (Ok(due), Some(approval)) => {
                let in_time = approval.at.map_or(Some(false), |at| Some(at < due.at));
                tally.judge(all_of(&[in_time, approval.is_by_head]), what);
            }
        }
    }
    tally.finish(
        ("紧急检查已在时限内补办批准", "The emergency was approved within its limit"),
        ("紧急检查未在时限内补办批准", "The emergency was not approved within its limit"),
        ("批准情况或时限不明", "The approval or its limit is not known"),
    )
}

/// ENF-07: notice, site record, result told.
fn papers_complete(_: &Context<'_>, f: &VisitFacts) -> Finding {
    if f.is_on_site == Some(false) {
        return Finding::NotApplicable;
    }
    let mut tally = Tally::default();
    for (paper, answer) in [
        ("inspection_notice", f.spot.is_notice_served),
        ("site_record", f.spot.is_record_signed),
        ("result_told", f.spot.is_result_told),
    ] {
        tally.judge(answer, json!({"paper": paper}));
    }
    tally.finish(
        ("通知书、现场笔录、结果告知齐全", "Notice, site record and the telling of the result are complete"),
        ("通知书、现场笔录或结果告知缺失", "Notice, site record or the telling of the result is missing"),
        ("文书情况不明", "Whether the papers are complete is not known"),
    )
}

/// ENF-08: certificates shown, with their time.
fn certificates_shown(_: &Context<'_>, f: &VisitFacts) -> Finding {
    if f.is_on_site == Some(false) {
        return Finding::NotApplicable;
    }
    judge(
        f.spot.certificates_shown.map(|at| at.is_some()),
        json!({"shown_at": f.spot.certificates_shown.flatten()}),
        ("已出示执法证件并留有时间", "Certificates were shown and the time kept"),
        ("未出示执法证件，当事人有权拒绝", "Certificates were not shown; the subject may refuse"),
        ("出示执法证件的情况未记录", "Whether certificates were shown was not recorded"),
    )
}

/// ENF-09: the visit code was scanned or shown; in an emergency a reason stands for it.
fn code_scanned(_: &Context<'_>, f: &VisitFacts) -> Finding {
    if f.is_on_site == Some(false) {
        return Finding::NotApplicable;
    }
    let data = json!({"scanned_at": f.spot.code_scanned.flatten(), "emergency_reason": f.emergency_reason});
    let text = |zh: &str, en: &str| crate::pack::Bilingual::new(zh, en);
    match f.spot.code_scanned {
        Some(Some(_)) => {
            Finding::Pass(text("已扫码（亮码）入企", "The visit code was scanned or shown"), data)
        }
        _ if is_said(f.emergency_reason.as_deref()) => Finding::Soft(
            text("紧急检查未扫码，已说明理由", "An emergency without a code; the reason is given"),
            data,
        ),
        Some(None) => Finding::Breach(
            text("未扫码入企，也无紧急理由", "No code was scanned and no emergency is claimed"),
            data,
        ),
        None => Finding::Unknown(text("扫码情况未记录", "Whether a code was scanned was not recorded"), data),
    }
}

/// ENF-13: no text of a plan sets a quota; that no field can hold one is proved by the contract test.
fn no_quota(c: &Context<'_>, f: &PlanFacts) -> Finding {
    let phrases = c.params.texts("phrases");
    let mut tally = Tally::default();
    tally.pass();
    for (place, text) in &f.texts {
        let plain: String = text.chars().filter(|ch| !ch.is_whitespace()).collect();
        if let Some(phrase) = phrases.iter().find(|p| plain.contains(**p)) {
            tally.breach(json!({"place": place, "phrase": phrase}));
        }
    }
    tally.finish(
        ("未发现检查或罚没指标", "No quota of checks or fines was found"),
        ("不得下达检查、罚没指标", "A quota of checks or fines may not be set"),
        ("", ""),
    )
}

/// ENF-15: the subject confirms that nothing forbidden happened.
fn no_forbidden_acts(c: &Context<'_>, f: &VisitFacts) -> Finding {
    let known = c.params.texts("acts");
    let named = f.spot.forbidden_acts.as_ref();
    judge(
        named.map(|acts| !acts.iter().any(|a| known.contains(&a.as_str()))),
        json!({"reported": named, "asked": known}),
        ("对象未反映违规行为", "The subject reported no forbidden act"),
        ("对象反映了违规行为，须核实", "The subject reported a forbidden act; it has to be looked into"),
        ("对象尚未评价", "The subject has not rated the visit yet"),
    )
}

/// ENF-16: entering as a condition of a licence has a legal basis.
fn licence_condition(_: &Context<'_>, f: &VisitFacts) -> Finding {
    let is_survey = f.kind == Some(VisitKind::LicenceSurvey);
    let is_kept = match f.licence_condition {
        None if is_survey => None,
        None | Some(None) => return Finding::NotApplicable,
        Some(Some(has_basis)) => Some(has_basis),
    };
    judge(
        is_kept,
        json!({"has_legal_basis": f.licence_condition}),
        ("作为许可前置条件的入企检查有法定依据", "Entering as a condition of a licence has a legal basis"),
        (
            "入企检查被作为许可前置条件而无法定依据",
            "Entering is a condition of a licence without a legal basis",
        ),
        ("许可现场核查的依据未登记", "The basis of the licence survey is not recorded"),
    )
}

/// ENF-17: a campaign's plan is approved, filed, published, and says scope, content and time.
fn campaign_complete(_: &Context<'_>, f: &PlanFacts) -> Finding {
    match f.kind {
        Some(VisitKind::CampaignOwn | VisitKind::CampaignSuperior) => {}
        Some(_) => return Finding::NotApplicable,
        None => {
            return judge(
                None,
                json!({}),
                ("", ""),
                ("", ""),
                ("检查类型未填写", "The kind of check is not given"),
            );
        }
    }
    let mut tally = Tally::default();
    let campaign = f.campaign.clone().unwrap_or_default();
    for (part, answer) in [
        ("approved_by_government_or_superior", campaign.is_approved),
        ("filed", campaign.is_filed),
        ("published", campaign.is_published),
        ("scope_content_time_limit", campaign.has_scope_content_and_limit),
    ] {
        tally.judge(answer, json!({"part": part}));
    }
    tally.finish(
        ("专项检查计划要件齐全", "The campaign's plan is complete"),
        (
            "专项检查计划未经批准、备案、公布，或缺少范围、内容、时限",
            "The campaign's plan lacks approval, filing, publication, scope, content or time limit",
        ),
        ("专项检查计划要件未登记", "The parts of the campaign's plan are not recorded"),
    )
}

/// ENF-20: electronic monitoring stands alone only from reviewed devices.
fn monitoring_reviewed(_: &Context<'_>, f: &VisitFacts) -> Finding {
    let Some(evidence) = &f.spot.evidence else {
        let missing = ("证据情况不明", "The evidence is not known");
        return judge(None, json!({}), ("", ""), ("", ""), missing);
    };
    let mut tally = Tally::default();
    let has_other = evidence.iter().any(|e| !e.is_monitoring);
    for e in evidence.iter().filter(|e| e.is_monitoring) {
        let what = json!({"evidence": e.evidence, "has_other_evidence": has_other});
        match e.is_device_reviewed {
            Some(true) => tally.pass(),
            Some(false) if has_other => tally.soft(what),
            Some(false) => tally.breach(what),
            None => tally.open(what),
        }
    }
    tally.finish(
        ("电子监控证据来自经审核的设备", "Monitoring evidence comes from reviewed devices"),
        (
            "电子监控设备未经法制和技术审核、未设标志或未公布地点",
            "A monitoring device was not reviewed, has no sign, or its place was not published",
        ),
        ("电子监控设备的审核情况未登记", "Whether the monitoring device was reviewed is not recorded"),
    )
}
