//! What the reader makes of real cells: every distinct 抽查比例 and 抽查频次 of a published provincial random-check list, and
//! the quantity cells of a county's plan. Each row says what is read and what stays as text, so that a change of the reader
//! shows here which real wording it touches.

use super::{Bound, FrequencyUnit, parse};

/// `5%`, `≥3%`, `≤10%`, `3%~5%`; `30户`; `1次/year`, `≤2次/2year`; then after ` | ` each remark's text.
fn shown(text: &str) -> String {
    let cell = parse(text);
    let sign = |bound: Bound| match bound {
        Bound::Exact => "",
        Bound::AtLeast => "≥",
        Bound::AtMost => "≤",
    };
    let percent = |points: u32| match (points / 100, points % 100) {
        (whole, 0) => format!("{whole}%"),
        (whole, part) => format!("{whole}.{part:02}%"),
    };
    let mut parts = Vec::new();
    if let Some(count) = &cell.quantity.count {
        let most = count.n_max.map(|n| format!("~{n}")).unwrap_or_default();
        parts.push(format!("{}{}{most}{}", sign(count.bound), count.n, count.unit));
    }
    if let Some(ratio) = cell.quantity.ratio {
        let most = ratio.basis_points_max.map(|points| format!("~{}", percent(points))).unwrap_or_default();
        parts.push(format!("{}{}{most}", sign(ratio.bound), percent(ratio.basis_points)));
    }
    if let Some(frequency) = cell.quantity.frequency {
        let most = frequency.times_max.map(|n| format!("~{n}")).unwrap_or_default();
        let every = if frequency.every == 1 { String::new() } else { frequency.every.to_string() };
        let unit = match frequency.unit {
            FrequencyUnit::PlanPeriod => "plan",
            unit => unit.as_str(),
        };
        parts.push(format!("{}{}{most}次/{every}{unit}", sign(frequency.bound), frequency.times));
    }
    let kept: Vec<String> = cell.warnings.into_iter().map(|remark| remark.text).collect();
    if kept.is_empty() {
        parts.join(" ")
    } else {
        format!("{} | {}", parts.join(" "), kept.join(" / ")).trim().to_owned()
    }
}

#[test]
fn the_shares_of_a_real_list_are_read_or_kept() {
    for (text, expected) in [
        ("根据实际情况确定", "| 根据实际情况确定"),
        ("不低于3%或按专项计划确定", "≥3% | 或按专项计划确定"),
        ("100%", "100%"),
        ("根据实际需要，一般不超过 10%/年", "≤10% | 根据实际需要"),
        ("不超过总数的2%", "≤2%"),
        ("5%", "5%"),
        ("结合登记事项检查一并开展", "| 结合登记事项检查一并开展"),
        (
            "省级不超过2%，市、县质监部门结合当地实际制定检查计划",
            "≤2% | 省级不超过 / 市、县质监部门结合当地实际制定检查计划",
        ),
        ("33%", "33%"),
        ("不超过10%/年", "≤10%"),
        (
            "由市级监管部门根据风险情况确定当年检查的重点和检查单位数量",
            "| 由市级监管部门根据风险情况确定当年检查的重点和检查单位数量",
        ),
        ("市局抽查比例不少于30%", "≥30%"),
        ("抽查比例不少于2‰", "≥0.20%"),
        ("不少于3%", "≥3%"),
        ("根据实际需要，不超过6%", "≤6% | 根据实际需要"),
        (
            "由市级监管部门根据风险情况确定当年检查的重点和检查单位数量（10%，其中重点检查单位不低于8%）",
            "10% | 由市级监管部门根据风险情况确定当年检查的重点和检查单位数量 / 其中重点检查单位不低于8%",
        ),
        ("不超过15%", "≤15%"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn the_frequencies_of_a_real_list_are_read_or_kept() {
    for (text, expected) in [
        ("每年不少于1次", "≥1次/year"),
        ("1次/年", "1次/year"),
        ("每年2次", "2次/year"),
        ("每年不超过2次", "≤2次/year"),
        ("根据实际需要，一般不超过2次/年", "≤2次/year | 根据实际需要"),
        ("一般不超过2次/年", "≤2次/year"),
        ("市级局每年组织1次；县级局每月组织1次", "1次/year | 市级局每年组织 / 县级局每月组织1次"),
        ("每年1次33%；或者每年分次达到33%", "33% 1次/year | 或者每年分次达到33%"),
        ("每年1次20%；或者每年2次各10%", "20% 1次/year | 或者每年2次各10%"),
        ("每年一次", "1次/year"),
        (
            "对一个单位强制检定计量器具使用单位的检查，同一年度内不超过2次",
            "≤2次/year | 对一个单位强制检定计量器具使用单位的检查",
        ),
        ("在许可有效期内同一单位不超过2次", "≤2次/licence_term"),
        ("在许可有效期内对同一个单位的检查不超过2次。", "≤2次/licence_term"),
        ("在备案有效期内同一机构不超过2次", "≤2次/licence_term | 在备案有效期内同一机构不超过"),
        ("1—2次/年", "1~2次/year"),
        ("对同一单位每2年抽查不超过1次", "≤1次/2year"),
        ("按照分层次监管，根据风险高低，依法属地确定。", "| 按照分层次监管,根据风险高低,依法属地确定。"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn the_cells_of_a_county_plan_are_read_or_kept() {
    for (text, expected) in [
        ("1户(实际以联合双随机牵头单位抽查数为准。)", "1户 | 实际以联合双随机牵头单位抽查数为准"),
        ("3户（以实际工作抽查数为准。）", "3户 | 以实际工作抽查数为准"),
        ("10%，2户", "2户 10%"),
        // A bare sign and number says nothing of what is counted.
        ("=1", "| =1"),
        (">=1", "| >=1"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}
