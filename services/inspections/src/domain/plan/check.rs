//! What is wrong with a plan's content, what it lacks, what is odd in it: each with its place (`domain.md` §7).
//!
//! All faults at once. Refuses nothing itself: the app functions turn faults into an answer, imports into findings.

use super::reasons::reason_faults;
use super::{MAX_PARTS, PlanContent, Stratum, YEARS};
use domain::parse::quantity;
use domain::vocabulary::PlanRole;

/// A fault of a content, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanFault {
    /// JSON pointer.
    pub pointer: String,
    /// Stable code.
    pub code: &'static str,
    /// Chinese text.
    pub zh: String,
    /// English text.
    pub en: String,
}

pub(super) fn fault(pointer: impl Into<String>, code: &'static str, zh: &str, en: &str) -> PlanFault {
    PlanFault { pointer: pointer.into(), code, zh: zh.to_string(), en: en.to_string() }
}

/// JSON pointer of a part: `/lead` or `/cooperating/{i}`.
#[must_use]
pub fn part_pointer(index: usize) -> String {
    match index {
        0 => "/lead".to_string(),
        n => format!("/cooperating/{}", n - 1),
    }
}

/// What makes a content impossible to store, all at once; what is merely incomplete is [`missing`].
#[must_use]
pub fn faults(content: &PlanContent) -> Vec<PlanFault> {
    let mut out = Vec::new();
    if !YEARS.contains(&content.year) {
        out.push(fault(
            "/year",
            "year_out_of_range",
            "年度应在2020至2100之间",
            "the year must lie between 2020 and 2100",
        ));
    }
    let is_lead_first = content.parts.iter().enumerate().all(|(i, p)| (p.role == PlanRole::Lead) == (i == 0));
    if content.parts.is_empty() || !is_lead_first {
        out.push(fault(
            "/lead",
            "lead_missing",
            "牵头部门应有且仅有一个",
            "there must be exactly one lead department",
        ));
    }
    if content.cooperating().next().is_none() {
        let (zh, en) = ("至少要有一个配合部门", "one cooperating department at least");
        out.push(fault("/cooperating", "no_cooperating_department", zh, en));
    }
    if content.parts.len() > MAX_PARTS + 1 {
        out.push(fault(
            "/cooperating",
            "too_many_items",
            "配合部门最多50个",
            "at most 50 cooperating departments",
        ));
    }
    for (i, part) in content.parts.iter().enumerate().skip(1) {
        let pointer = format!("{}/department", part_pointer(i));
        if part.department == content.lead() {
            let (zh, en) = ("配合部门不能是牵头部门", "the lead department cannot cooperate in its own plan");
            out.push(fault(pointer, "lead_is_cooperating", zh, en));
        } else if content.parts.iter().take(i).any(|p| p.department == part.department) {
            out.push(fault(pointer, "duplicate_department", "配合部门重复", "the department occurs twice"));
        }
    }
    texts(content, &mut out);
    reason_faults(content, &mut out);
    strata(content, &mut out);
    if content.period.is_some_and(|p| p.to < p.from) {
        out.push(fault(
            "/period",
            "period_reversed",
            "结束时间早于开始时间",
            "the period ends before it begins",
        ));
    }
    if content.period.is_some_and(|p| !p.is_within(content.year)) {
        let (zh, en) = ("起止时间应在计划年度内", "the period must lie within the plan year");
        out.push(fault("/period", "period_outside_year", zh, en));
    }
    out
}

fn texts(content: &PlanContent, out: &mut Vec<PlanFault>) {
    let mut check = |pointer: String, text: &str, is_needed: bool| {
        if is_needed && text.trim().is_empty() {
            out.push(fault(pointer, "missing_value", "不能为空", "must not be empty"));
        } else if domain::text::refuse_control(text, true).is_err() {
            out.push(fault(pointer, "control_character", "含有控制字符", "holds a control character"));
        } else if text.contains('\u{FFFD}') {
            out.push(fault(
                pointer,
                "replacement_character",
                "含有乱码",
                "holds a character that was lost in conversion",
            ));
        }
    };
    check("/name".into(), &content.name, true);
    check("/subject_desc".into(), &content.subject_desc, true);
    for (pointer, text) in [
        ("/quantity_text", &content.quantity_text),
        ("/period_text", &content.period_text),
        ("/note", &content.note),
    ] {
        check(pointer.into(), text.as_deref().unwrap_or_default(), false);
    }
    for (i, part) in content.parts.iter().enumerate() {
        let at = part_pointer(i);
        check(format!("{at}/item_text"), &part.item_text, true);
        for (member, text) in [
            ("subject_desc", &part.subject_desc),
            ("quantity_text", &part.quantity_text),
            ("period_text", &part.period_text),
        ] {
            check(format!("{at}/{member}"), text.as_deref().unwrap_or_default(), false);
        }
    }
    for (i, stratum) in content.strata.iter().enumerate() {
        check(format!("/strata/{i}/name"), &stratum.name, true);
    }
}

fn strata(content: &PlanContent, out: &mut Vec<PlanFault>) {
    for (i, stratum) in content.strata.iter().enumerate() {
        let earlier = || content.strata.iter().take(i);
        if earlier().any(|s| s.name == stratum.name) {
            out.push(fault(
                format!("/strata/{i}/name"),
                "duplicate_stratum",
                "分层名称重复",
                "the name of the stratum occurs twice",
            ));
        }
        let is_plain = |s: &Stratum| s.filter.is_none();
        if let Some(class) = stratum.risk_class
            && is_plain(stratum)
            && earlier().any(|s| s.risk_class == Some(class) && is_plain(s))
        {
            let (zh, en) = ("同一风险类别只能有一个分层", "one stratum for each class of risk");
            out.push(fault(format!("/strata/{i}/risk_class"), "duplicate_stratum", zh, en));
        }
        if stratum.ratio_per_ten_thousand.is_some() && stratum.quantity.is_some() {
            let (zh, en) = ("比例和数量只能填一项", "either a ratio or a quantity");
            out.push(fault(format!("/strata/{i}/quantity"), "contradicting_members", zh, en));
        }
    }
}

/// What a content still lacks for the check by the rules: everything that a step beyond the draft rests on.
#[must_use]
pub fn missing(content: &PlanContent) -> Vec<PlanFault> {
    let mut out = faults(content);
    if content.period.is_none() {
        let (zh, en) =
            ("起止时间未识别，请填写起止日期", "the period is not known; give its first and last day");
        out.push(fault("/period", "period_missing", zh, en));
    }
    let is_quantified = |s: &Stratum| {
        s.ratio_per_ten_thousand.is_some() || s.quantity.is_some() || s.frequency_per_year.is_some()
    };
    if content.quantity().quantity.is_empty() && !content.strata.iter().any(is_quantified) {
        let (zh, en) = (
            "检查数量（比例、频次）未识别，请按“30户”“5%”“每年1次”填写，或填写分层比例",
            "no quantity, ratio or frequency is known; write it as 30户, 5%, 每年1次, or give strata",
        );
        out.push(fault("/quantity_text", "quantity_missing", zh, en));
    }
    for (i, part) in content.parts.iter().enumerate() {
        if part.item.is_none() {
            let (zh, en) = (
                "监管事项未关联到已公布的清单事项（未公布的事项不得检查）",
                "linked to no published item; what is not published may not be checked",
            );
            out.push(fault(format!("{}/item_id", part_pointer(i)), "item_not_linked", zh, en));
        }
    }
    out
}

/// What is odd in a content without being wrong, as JSON pointers with codes.
#[must_use]
pub fn remarks(content: &PlanContent) -> Vec<PlanFault> {
    let mut out = Vec::new();
    let mut quantity_remarks = |pointer: String, text: &str| {
        for remark in quantity::parse(text).warnings {
            out.push(PlanFault {
                pointer: pointer.clone(),
                code: match remark.code {
                    quantity::QuantityRemarkCode::Unparsed => "quantity_unparsed",
                    quantity::QuantityRemarkCode::MoreThanOne => "quantity_repeated",
                    quantity::QuantityRemarkCode::RatioAboveWhole => "ratio_above_whole",
                },
                zh: format!("{}：{}", remark.code.label_zh(), remark.text),
                en: format!("kept as text: {}", remark.text),
            });
        }
    };
    quantity_remarks("/quantity_text".into(), content.quantity_text.as_deref().unwrap_or_default());
    for (i, part) in content.parts.iter().enumerate() {
        if let Some(text) = &part.quantity_text {
            quantity_remarks(format!("{}/quantity_text", part_pointer(i)), text);
        }
    }
    let mut period_remark = |pointer: String, text: &str| {
        let read = domain::parse::period::parse(text, Some(content.year));
        match read {
            Err(e) if e.code() != "period_empty" => {
                out.push(PlanFault { pointer, code: e.code(), zh: e.message_zh(), en: e.to_string() })
            }
            Ok(p) if !p.is_within(content.year) => {
                let (zh, en) = ("起止时间应在计划年度内", "the period must lie within the plan year");
                out.push(fault(pointer, "period_outside_year", zh, en));
            }
            _ => {}
        }
    };
    period_remark("/period_text".into(), content.period_text.as_deref().unwrap_or_default());
    for (i, part) in content.parts.iter().enumerate() {
        if let Some(text) = &part.period_text {
            period_remark(format!("{}/period_text", part_pointer(i)), text);
        }
    }
    for (i, part) in content.parts.iter().enumerate() {
        if part.item.is_none() {
            let (zh, en) = ("未关联到已公布的清单事项", "linked to no published item");
            out.push(fault(format!("{}/item_id", part_pointer(i)), "item_not_linked", zh, en));
        }
    }
    out
}
