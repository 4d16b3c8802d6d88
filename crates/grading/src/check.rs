//! What is wrong with an uploaded pack: all findings at once, with their places.
//!
//! Blocks whatever could make a grade wrong, silent or impossible; warns of what is only odd. Called by the service before a
//! pack is stored, and by the engine, which refuses a pack with blocking faults.

mod classes;
mod indicators;

use crate::decimal::Dec;
use crate::expr::Names;
use crate::pack::{AgeTable, FORMAT, Factor, Method, MissingRule, Model, Pack};
use crate::words::{AttributeOwner, Direction};
use rules::Bilingual;
use std::collections::BTreeSet;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFault {
    /// JSON pointer into the pack.
    pub pointer: String,
    /// Column in the expression at that place, counted in characters from 1.
    pub column: Option<u32>,
    /// Stable code; `README.md` lists them.
    pub code: &'static str,
    /// Whether the pack cannot grade.
    pub is_blocking: bool,
    /// In words.
    pub text: Bilingual,
}

impl PackFault {
    pub(crate) fn blocking(pointer: String, code: &'static str, zh: String, en: String) -> Self {
        Self { pointer, column: None, code, is_blocking: true, text: Bilingual::new(zh, en) }
    }

    pub(crate) fn shape(pointer: String, error: serde_json::Error) -> Self {
        let code = if error.is_syntax() || error.is_eof() { "not_json" } else { "wrong_shape" };
        Self::blocking(pointer, code, "指标包的结构不正确".into(), error.to_string())
    }
}

/// Greatest magnitude of points in a pack.
const MOST_POINTS: Dec = Dec::int(1_000_000);
/// Names of the lines that the engine itself adds.
const RESERVED: [&str; 3] = [crate::graded::PART_LIMIT, "control", "detection"];

/// Checks a pack.
#[must_use]
pub fn check(pack: &Pack) -> Vec<PackFault> {
    let mut c = Checks { pack, faults: Vec::new() };
    c.head();
    c.names();
    c.age_tables();
    c.parts();
    c.model();
    c.direct();
    c.classes();
    c.composite();
    crate::plan::build(pack, &mut c.faults);
    c.faults
}

struct Checks<'a> {
    pack: &'a Pack,
    faults: Vec<PackFault>,
}

impl Checks<'_> {
    fn block(
        &mut self,
        at: impl Into<String>,
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.faults.push(PackFault::blocking(at.into(), code, zh.into(), en.into()));
    }

    fn warn(
        &mut self,
        at: impl Into<String>,
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.block(at, code, zh, en);
        if let Some(fault) = self.faults.last_mut() {
            fault.is_blocking = false;
        }
    }

    fn head(&mut self) {
        let pack = self.pack;
        if pack.format != FORMAT {
            self.block(
                "/format",
                "unknown_format",
                format!("格式应为 {FORMAT}"),
                format!("the format is {FORMAT}"),
            );
        }
        let code = pack.code.as_str();
        let is_code = (2..=60).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !code.starts_with('-');
        if !is_code {
            self.block(
                "/code",
                "invalid_id",
                "须为小写字母、数字和连字符",
                "small letters, digits and hyphens",
            );
        }
        if pack.version == 0 {
            self.block("/version", "invalid_version", "版本号从1开始", "versions count from 1");
        }
        if pack.valid_to.is_some_and(|to| to <= pack.valid_from) {
            self.block("/valid_to", "interval_reversed", "须晚于 valid_from", "must be after valid_from");
        }
        if pack.arithmetic.scale > 4 {
            self.block("/arithmetic/scale", "out_of_range", "小数位数最多4位", "at most 4 decimals");
        }
        self.title("/title", &pack.title);
        if pack.parts.is_empty() {
            self.block("/parts", "missing_value", "至少要有一个部分", "a pack has at least one part");
        }
    }

    fn title(&mut self, at: &str, title: &Bilingual) {
        if title.zh.trim().is_empty() || title.en.trim().is_empty() {
            self.block(at, "missing_value", "须有中英文名称", "both texts are needed");
        }
    }

    fn id(&mut self, at: &str, id: &str) {
        let is_id = (1..=40).contains(&id.len())
            && id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !is_id {
            self.block(
                at,
                "invalid_id",
                "须以小写字母开头，仅含小写字母、数字和下划线",
                "a small letter, then small letters, digits, underscores",
            );
        }
    }

    fn unique<'i>(&mut self, ids: impl Iterator<Item = (String, &'i str)>) {
        let mut seen = BTreeSet::new();
        for (at, id) in ids {
            if !seen.insert(id) {
                self.block(at, "duplicate_id", format!("{id} 重复"), format!("{id} is there twice"));
            }
        }
    }

    fn points(&mut self, at: impl Into<String>, points: Dec) {
        let at = at.into();
        if points.magnitude() > MOST_POINTS {
            self.block(at, "out_of_range", "分值过大", "too many points");
        } else if !points.fits(self.pack.arithmetic.scale) {
            let scale = self.pack.arithmetic.scale;
            self.block(
                at,
                "too_many_decimals",
                format!("小数位数不得超过{scale}位"),
                format!("the pack calculates with {scale} decimals"),
            );
        }
    }

    fn months(&mut self, at: String, months: Option<u32>) {
        if months.is_some_and(|m| !(1..=600).contains(&m)) {
            self.block(at, "out_of_range", "应为1至600个月", "1 to 600 months");
        }
    }

    fn names(&mut self) {
        let pack = self.pack;
        for (i, list) in pack.lists.iter().enumerate() {
            self.id(&format!("/lists/{i}/id"), &list.id);
            self.title(&format!("/lists/{i}/title"), &list.title);
            if list.values.is_empty() {
                self.block(format!("/lists/{i}/values"), "missing_value", "名单为空", "the list is empty");
            }
        }
        self.unique(pack.lists.iter().enumerate().map(|(i, l)| (format!("/lists/{i}/id"), l.id.as_str())));
        for (i, attribute) in pack.attributes.iter().enumerate() {
            let at = format!("/attributes/{i}/name");
            self.id(&at, &attribute.name);
            if Names::is_built_in(attribute.of, &attribute.name) {
                let name = &attribute.name;
                self.block(
                    at,
                    "name_taken",
                    format!("{name} 是内置字段"),
                    format!("{name} is a built-in field"),
                );
            }
        }
        for of in [AttributeOwner::Subject, AttributeOwner::Fact] {
            let ids = pack.attributes.iter().enumerate().filter(|(_, a)| a.of == of);
            self.unique(ids.map(|(i, a)| (format!("/attributes/{i}/name"), a.name.as_str())));
        }
    }

    fn age_tables(&mut self) {
        let pack = self.pack;
        let ids = pack.age_factors.iter().enumerate();
        self.unique(ids.map(|(i, t)| (format!("/age_factors/{i}/id"), t.id.as_str())));
        for (i, AgeTable { id, steps }) in pack.age_factors.iter().enumerate() {
            let at = format!("/age_factors/{i}");
            self.id(&format!("{at}/id"), id);
            if steps.is_empty() {
                self.block(format!("{at}/steps"), "missing_value", "至少一档", "at least one step");
            }
            for (j, step) in steps.iter().enumerate() {
                let at = format!("{at}/steps/{j}");
                self.months(format!("{at}/months"), Some(step.months));
                if step.factor < Dec::ZERO || step.factor > Dec::ONE {
                    self.block(
                        format!("{at}/factor"),
                        "out_of_range",
                        "系数应在0与1之间",
                        "a factor is between 0 and 1",
                    );
                }
                let Some(before) = j.checked_sub(1).and_then(|k| steps.get(k)) else { continue };
                if step.months <= before.months {
                    self.block(
                        format!("{at}/months"),
                        "age_steps_not_rising",
                        "月数须逐档增大",
                        "the months must rise from step to step",
                    );
                }
                if step.factor > before.factor {
                    self.block(
                        format!("{at}/factor"),
                        "age_factors_not_falling",
                        "系数不得随时间增大：旧记录不应重于新记录",
                        "an older record may not weigh more than a newer one",
                    );
                }
            }
            let is_used = pack
                .parts
                .iter()
                .flat_map(|p| &p.indicators)
                .any(|i| matches!(&i.method, Method::Each(each) if each.age.as_ref() == Some(id)));
            if !is_used {
                self.warn(at, "unused", format!("{id} 未被使用"), format!("{id} is not used"));
            }
        }
    }

    fn model(&mut self) {
        let pack = self.pack;
        match &pack.model {
            Model::Deduction { total } => {
                if pack.direction != Direction::HigherIsSafer {
                    self.block(
                        "/direction",
                        "direction_contradicts",
                        "扣分模型分高者风险低",
                        "in a deduction model a higher score is safer",
                    );
                }
                let mut sum = Dec::ZERO;
                for (i, part) in pack.parts.iter().enumerate() {
                    match part.max {
                        Some(max) => sum = sum.plus(max),
                        None => self.block(
                            format!("/parts/{i}/max"),
                            "missing_value",
                            "须写明满分",
                            "a maximum is needed",
                        ),
                    }
                }
                if sum != *total {
                    self.block(
                        "/model/deduction/total",
                        "sum_differs",
                        format!("各部分满分之和为 {sum}，而总分为 {total}"),
                        format!("the maxima sum up to {sum}, the total is {total}"),
                    );
                }
            }
            Model::Scorecard { base } => self.points("/model/scorecard/base", *base),
            Model::AdditiveRisk { control, detection } => {
                if pack.direction != Direction::HigherIsRiskier {
                    self.block(
                        "/direction",
                        "direction_contradicts",
                        "风险加权模型分高者风险高",
                        "in an additive risk model a higher score is riskier",
                    );
                }
                for (name, factor) in [("control", control), ("detection", detection)] {
                    let Some(Factor { value: _, bins, missing }) = factor else { continue };
                    let at = format!("/model/additive_risk/{name}");
                    self.bins(&format!("{at}/bins"), bins);
                    for (i, bin) in bins.iter().enumerate() {
                        self.multiplier(format!("{at}/bins/{i}/points"), bin.points);
                    }
                    if let Some(MissingRule::Points(factor)) = missing {
                        self.multiplier(format!("{at}/missing/points"), *factor);
                    }
                }
            }
        }
    }

    fn multiplier(&mut self, at: String, factor: Dec) {
        if factor < Dec::ZERO || factor > Dec::int(1000) {
            self.block(at, "out_of_range", "乘数应在0与1000之间", "a factor is between 0 and 1000");
        }
    }

    fn direct(&mut self) {
        let pack = self.pack;
        for (i, rule) in pack.direct.iter().enumerate() {
            let at = format!("/direct/{i}");
            self.id(&format!("{at}/id"), &rule.id);
            self.title(&format!("{at}/title"), &rule.title);
            self.class(format!("{at}/class"), &rule.class);
            if pack.classes.first().is_some_and(|best| best.id == rule.class) {
                self.block(
                    format!("{at}/class"),
                    "direct_has_no_effect",
                    "直接判定只会降低等级，判为最优等级永不生效",
                    "direct classes only lower a class: the best one never counts",
                );
            }
            if rule.condition.is_none() && rule.records.is_none() {
                self.block(
                    at.clone(),
                    "condition_needed",
                    "须写明条件或记录",
                    "a condition or records are needed",
                );
            }
            if let Some(records) = &rule.records {
                self.records(&format!("{at}/records"), records);
            } else if rule.repairable {
                self.block(
                    format!("{at}/repairable"),
                    "nothing_to_repair",
                    "不涉及记录",
                    "there are no records to repair",
                );
            }
            if matches!(rule.missing, Some(MissingRule::Points(_))) {
                self.block(
                    format!("{at}/missing"),
                    "out_of_range",
                    "直接判定没有分值",
                    "a direct class has no points: `ignore` or `worst`",
                );
            }
        }
    }
}
