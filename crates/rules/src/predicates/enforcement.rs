//! Who may check, and where (ENF-01 to ENF-03, ENF-10 to ENF-12, ENF-18, ENF-19). How it is done is [`super::conduct`].

use super::{Context, Finding, Predicate, Tally, all_of};
use crate::facts::{Entrustment, OrganFacts, PlanFacts, RecusalRequest, VisitFacts};
use crate::params::{ParamType, required};
use serde_json::json;

/// Predicates of this chapter.
pub static ALL: &[Predicate] = &[
    Predicate {
        visit_start: Some(enough_inspectors),
        visit_close: Some(enough_inspectors),
        ..Predicate::new("enough_inspectors", &[required("at_least", ParamType::Count(1, 10, "人"))])
    },
    Predicate {
        plan: Some(organs_listed),
        visit_start: Some(inspectors_listed),
        ..Predicate::new("inspectors_listed", &[])
    },
    Predicate { visit_start: Some(no_auxiliary), ..Predicate::new("no_auxiliary_inspectors", &[]) },
    Predicate {
        visit_start: Some(no_recusal),
        ..Predicate::new(
            "no_recusal",
            &[
                required(
                    "ties",
                    ParamType::Words(&["owner", "relative", "former_employer", "interest", "declared"]),
                ),
                required("former_employer_years", ParamType::Count(0, 20, "年")),
            ],
        )
    },
    Predicate { visit_start: Some(recusal_decided), ..Predicate::new("recusal_decided", &[]) },
    Predicate {
        plan: Some(plan_within_jurisdiction),
        visit_start: Some(visit_within_jurisdiction),
        ..Predicate::new("within_jurisdiction", &[])
    },
    Predicate {
        plan: Some(|c, f| township_powers(c, f.organs.iter())),
        visit_start: Some(|c, f| township_powers(c, f.organs.iter().map(|o| &o.organ))),
        ..Predicate::new("township_powers", &[])
    },
    Predicate {
        plan: Some(|c, f| entrusted_lawfully(c, f.organs.iter())),
        visit_start: Some(|c, f| entrusted_lawfully(c, f.organs.iter().map(|o| &o.organ))),
        ..Predicate::new("entrusted_lawfully", &[])
    },
];

/// ENF-01: each organ has enough people of its own with a valid certificate.
fn enough_inspectors(c: &Context<'_>, f: &VisitFacts) -> Finding {
    if f.is_on_site == Some(false) {
        return Finding::NotApplicable;
    }
    let least = c.params.count("at_least", 2) as usize;
    let mut tally = Tally::default();
    for part in &f.organs {
        let own = || part.members.iter().filter(|m| m.is_counted && m.is_auxiliary != Some(true));
        let valid = own().filter(|m| m.has_valid_certificate == Some(true)).count();
        let open = own().filter(|m| m.has_valid_certificate.is_none()).count();
        let what = json!({"organ": part.organ.code, "valid": valid, "not_known": open, "at_least": least});
        match (valid >= least, valid + open >= least) {
            (true, _) => tally.pass(),
            (false, true) => tally.open(what),
            (false, false) => tally.breach(what),
        }
    }
    tally.finish(
        (
            "每个部门均有足够的持有效执法证的检查人员",
            "Every organ has enough inspectors with valid certificates",
        ),
        (
            "检查之日持有效执法证的本部门检查人员不足",
            "Too few inspectors of the organ hold a certificate valid on that day",
        ),
        (
            "执法证有效期未登记，无法判定人数是否足够",
            "Whether the certificates are valid on that day is not known",
        ),
    )
}

/// ENF-02 for a plan: its organs are on the published list.
fn organs_listed(_: &Context<'_>, f: &PlanFacts) -> Finding {
    let mut tally = Tally::default();
    for organ in &f.organs {
        tally.judge(organ.is_inspection_body, json!({"organ": organ.code}));
    }
    tally.finish(
        ("各部门均为已公告的行政检查主体", "Every organ is an announced inspection body"),
        (
            "有部门不在已公告的行政检查主体名单内",
            "An organ is not on the published list of inspection bodies",
        ),
        ("是否为已公告的行政检查主体未登记", "Whether an organ is an announced inspection body is not known"),
    )
}

/// ENF-02 for a visit: its people and organs are on the published lists.
fn inspectors_listed(_: &Context<'_>, f: &VisitFacts) -> Finding {
    let mut tally = Tally::default();
    for part in &f.organs {
        tally.judge(part.organ.is_inspection_body, json!({"organ": part.organ.code}));
        for m in part.members.iter().filter(|m| m.is_counted) {
            tally.judge(m.is_registered, json!({"organ": part.organ.code, "inspector": m.member}));
        }
    }
    tally.finish(
        ("检查主体和检查人员均在名录内", "Organs and inspectors are on the published lists"),
        ("检查主体或检查人员不在已公布的名录内", "An organ or an inspector is not on the published list"),
        ("名录登记情况不明", "Whether an organ or inspector is listed is not known"),
    )
}

/// ENF-03: nobody counts as an inspector who may not be one; helpers are fixed beforehand.
fn no_auxiliary(_: &Context<'_>, f: &VisitFacts) -> Finding {
    let mut tally = Tally::default();
    let mut has_helpers = false;
    for part in &f.organs {
        for m in &part.members {
            if m.is_counted {
                let is_kept = m.is_auxiliary.map(|is_auxiliary| !is_auxiliary);
                tally.judge(is_kept, json!({"organ": part.organ.code, "member": m.member}));
            } else {
                has_helpers = true;
            }
        }
    }
    if has_helpers {
        tally.judge(f.are_assistants_fixed, json!({"assistants": "number_not_fixed_before"}));
    }
    tally.finish(
        ("没有辅助人员充当检查人员", "Nobody counts as an inspector who may not be one"),
        (
            "辅助人员、专家等充当检查人员，或其人数未事先确定",
            "Helpers count as inspectors, or their number was not fixed beforehand",
        ),
        ("人员身份未登记", "Whether somebody is auxiliary staff is not known"),
    )
}

/// ENF-10: nobody with a tie to the subject.
fn no_recusal(c: &Context<'_>, f: &VisitFacts) -> Finding {
    let ties = c.params.texts("ties");
    let years = i32::try_from(c.params.count("former_employer_years", 3)).unwrap_or(3);
    let since = c.day.checked_sub(jiff::Span::new().years(years)).unwrap_or(c.day);
    let mut tally = Tally::default();
    for part in &f.organs {
        for m in &part.members {
            let Some(recusals) = &m.recusals else {
                tally.open(json!({"organ": part.organ.code, "member": m.member}));
                continue;
            };
            let binding = recusals.iter().find(|r| {
                let is_old = r.tie == "former_employer" && r.ended_on.is_some_and(|end| end < since);
                ties.contains(&r.tie.as_str()) && !is_old
            });
            let is_granted = matches!(m.request, Some(RecusalRequest::Decided { is_granted: true, .. }));
            let what = json!({"organ": part.organ.code, "member": m.member,
                "tie": binding.map(|r| &r.tie), "request_granted": is_granted});
            tally.judge(Some(binding.is_none() && !is_granted), what);
        }
    }
    tally.finish(
        ("检查人员均无须回避", "Nobody of the teams has to step aside"),
        ("检查人员应当回避", "Somebody of a team has to step aside"),
        ("回避情况未登记", "Ties to the subject are not recorded"),
    )
}

/// ENF-11: a request is decided by the head of the organ; meanwhile the work goes on.
fn recusal_decided(_: &Context<'_>, f: &VisitFacts) -> Finding {
    let mut tally = Tally::default();
    for part in &f.organs {
        for m in &part.members {
            let what = json!({"organ": part.organ.code, "member": m.member});
            match &m.request {
                Some(RecusalRequest::None) => {}
                None => tally.open(what),
                Some(RecusalRequest::Pending) => tally.soft(what),
                Some(RecusalRequest::Decided { is_by_head, is_granted: _ }) => {
                    tally.judge(Some(*is_by_head), what)
                }
            }
        }
    }
    tally.finish(
        ("回避申请已由部门负责人决定", "Requests for recusal were decided by the head of the organ"),
        (
            "回避申请待决定，或非由部门负责人决定；决定前不停止调查",
            "A request for recusal is pending or was not decided by the head; the work goes on meanwhile",
        ),
        ("回避申请情况不明", "Whether somebody asked for a recusal is not known"),
    )
}

fn is_competent(organ: &OrganFacts, region: &str) -> Option<bool> {
    let own = organ.regions.as_ref().map(|own| own.iter().any(|r| region.starts_with(r.as_str())));
    match (own, organ.has_assistance_record) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), _) => Some(false),
        (None, _) => None,
    }
}

/// ENF-12 for a plan.
fn plan_within_jurisdiction(_: &Context<'_>, f: &PlanFacts) -> Finding {
    let mut tally = Tally::default();
    for organ in &f.organs {
        match &f.regions {
            None => tally.open(json!({"organ": organ.code})),
            Some(regions) => {
                for region in regions {
                    tally.judge(is_competent(organ, region), json!({"organ": organ.code, "region": region}));
                }
            }
        }
    }
    jurisdiction(tally)
}

/// ENF-12 for a visit.
fn visit_within_jurisdiction(_: &Context<'_>, f: &VisitFacts) -> Finding {
    let mut tally = Tally::default();
    for part in &f.organs {
        let is_kept = f.region.as_ref().and_then(|region| is_competent(&part.organ, region));
        tally.judge(is_kept, json!({"organ": part.organ.code, "region": f.region}));
    }
    jurisdiction(tally)
}

fn jurisdiction(tally: Tally) -> Finding {
    tally.finish(
        ("在部门管辖区域内", "Within the organs' territory"),
        (
            "超出部门管辖区域，又无协助记录",
            "Outside of an organ's territory and without a record of assistance",
        ),
        ("管辖区域或对象所在地不明", "The territory or the subject's place is not known"),
    )
}

/// ENF-18: a township acts by published powers.
fn township_powers<'f>(_: &Context<'_>, organs: impl Iterator<Item = &'f OrganFacts>) -> Finding {
    let mut tally = Tally::default();
    for organ in organs {
        match organ.is_township {
            Some(false) => {}
            Some(true) => tally.judge(organ.has_published_powers, json!({"organ": organ.code})),
            None => tally.open(json!({"organ": organ.code})),
        }
    }
    tally.finish(
        (
            "镇（街道）依省级决定并已公布的权限检查",
            "The township acts by powers given by the province and published",
        ),
        ("镇（街道）无省级赋权决定或未公布", "The township has no published powers by a provincial decision"),
        ("镇（街道）赋权情况未登记", "The township's powers are not recorded"),
    )
}

/// ENF-19: entrustment is written, published, kept within, and in the entruster's name.
fn entrusted_lawfully<'f>(_: &Context<'_>, organs: impl Iterator<Item = &'f OrganFacts>) -> Finding {
    let mut tally = Tally::default();
    for organ in organs {
        match &organ.entrustment {
            Some(Entrustment::None) => {}
            None => tally.open(json!({"organ": organ.code})),
            Some(Entrustment::By { is_written, is_published, is_within_scope, is_in_entrusters_name }) => {
                let parts = [*is_written, *is_published, *is_within_scope, *is_in_entrusters_name];
                let what = json!({"organ": organ.code, "written": is_written, "published": is_published,
                    "within_scope": is_within_scope, "in_entrusters_name": is_in_entrusters_name});
                tally.judge(all_of(&parts), what);
            }
        }
    }
    tally.finish(
        ("委托执法合法", "The entrustment is lawful"),
        (
            "委托执法缺少书面委托、公布，或超出范围、未以委托机关名义",
            "The entrustment is not written, not published, exceeded, or not in the entruster's name",
        ),
        ("委托情况未登记", "Whether an organ acts by entrustment is not recorded"),
    )
}
