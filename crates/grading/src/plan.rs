//! A pack made ready to run: expressions compiled, names resolved, kinds as bits.
//!
//! Building it is half of the checks: every fault of an expression is found here, with its place. Called by `check`, which
//! keeps the faults, and by the engine, which keeps the plan.

use crate::check::PackFault;
use crate::code::Code;
use crate::decimal::Dec;
use crate::expr::{Compiled, Names, Root, Wanted, compile};
use crate::pack::{
    AgeTable, Bin, Bins, Categories, Each, Factor, Method, MissingRule, Model, Pack, Records, ValueOf, When,
};
use crate::words::{Direction, FactKind, Take};

/// Kinds of facts as bits.
#[derive(Clone, Copy)]
pub(crate) struct Kinds(u32);

impl Kinds {
    fn of(kinds: &[FactKind]) -> Self {
        Self(kinds.iter().fold(0, |bits, kind| bits | 1 << *kind as u32))
    }

    pub(crate) fn contains(self, kind: FactKind) -> bool {
        self.0 & (1 << kind as u32) != 0
    }
}

pub(crate) struct Plan {
    pub(crate) parts: Vec<PlanPart>,
    pub(crate) control: Option<PlanFactor>,
    pub(crate) detection: Option<PlanFactor>,
    pub(crate) direct: Vec<PlanDirect>,
    /// Whether an expression counts in days.
    pub(crate) reads_days: bool,
}

pub(crate) struct PlanPart {
    pub(crate) indicators: Vec<PlanIndicator>,
}

pub(crate) struct PlanIndicator {
    pub(crate) id: Code,
    pub(crate) method: PlanMethod,
    pub(crate) weight: Option<Dec>,
    pub(crate) repairable: bool,
    pub(crate) missing: MissingRule,
}

pub(crate) enum PlanMethod {
    Each { records: PlanRecords, points: Dec, age: Option<AgeTable>, cap: Option<Dec>, take: Take },
    When { condition: Option<Root>, records: Option<PlanRecords>, points: Dec },
    Bins { value: Root, bins: Vec<Bin>, worst: Dec },
    Categories { value: Root, categories: Vec<(Vec<Code>, Dec)>, otherwise: Dec, worst: Dec },
    Value { value: Root, per_unit: Dec, minimum: Option<Dec>, maximum: Option<Dec>, worst: Dec },
}

pub(crate) struct PlanRecords {
    pub(crate) kinds: Kinds,
    pub(crate) when: Option<Root>,
    pub(crate) within_months: Option<u32>,
    pub(crate) at_least: usize,
}

pub(crate) struct PlanFactor {
    pub(crate) id: Code,
    pub(crate) value: Root,
    pub(crate) bins: Vec<Bin>,
    /// The factor of a value that is not known.
    pub(crate) missing: Dec,
}

pub(crate) struct PlanDirect {
    pub(crate) id: Code,
    pub(crate) class: Code,
    pub(crate) condition: Option<Root>,
    pub(crate) records: Option<PlanRecords>,
    pub(crate) repairable: bool,
    pub(crate) missing: MissingRule,
}

/// The bin of a value.
pub(crate) fn bin_of(bins: &[Bin], value: i64) -> Option<&Bin> {
    bins.iter().find(|b| b.from.is_none_or(|from| from <= value) && b.below.is_none_or(|below| value < below))
}

/// Builds the plan; faults of expressions go to `faults`, and what has faults is left out.
pub(crate) fn build(pack: &Pack, faults: &mut Vec<PackFault>) -> Plan {
    let names = Names { lists: &pack.lists, attributes: &pack.attributes };
    let mut builder = Builder { pack, names, faults, may_miss: false, reads_days: false };
    let mut parts = Vec::with_capacity(pack.parts.len());
    for (i, part) in pack.parts.iter().enumerate() {
        let mut indicators = Vec::with_capacity(part.indicators.len());
        for (j, indicator) in part.indicators.iter().enumerate() {
            let at = format!("/parts/{i}/indicators/{j}");
            builder.may_miss = false;
            let method = builder.method(&indicator.method, &at);
            builder.needs_rule(indicator.missing, &at);
            let worst_is_open = matches!(
                (&indicator.method, indicator.missing, pack.direction),
                (
                    Method::Value(ValueOf { minimum: None, .. }),
                    Some(MissingRule::Worst),
                    Direction::HigherIsSafer
                ) | (
                    Method::Value(ValueOf { maximum: None, .. }),
                    Some(MissingRule::Worst),
                    Direction::HigherIsRiskier
                )
            );
            if worst_is_open {
                builder.fault(
                    format!("{at}/missing"),
                    "worst_is_open",
                    "未设上下限时没有最不利分值".into(),
                    "without a limit there are no worst points".into(),
                );
            }
            if let Some(method) = method {
                indicators.push(PlanIndicator {
                    id: indicator.id.clone(),
                    method,
                    weight: indicator.weight,
                    repairable: indicator.repairable,
                    missing: indicator.missing.unwrap_or(MissingRule::Ignore),
                });
            }
        }
        parts.push(PlanPart { indicators });
    }
    let (control, detection) = match &pack.model {
        Model::AdditiveRisk { control, detection } => (
            control.as_ref().and_then(|f| builder.factor(f, "control")),
            detection.as_ref().and_then(|f| builder.factor(f, "detection")),
        ),
        Model::Deduction { .. } | Model::Scorecard { .. } => (None, None),
    };
    let mut direct = Vec::with_capacity(pack.direct.len());
    for (i, rule) in pack.direct.iter().enumerate() {
        let at = format!("/direct/{i}");
        builder.may_miss = false;
        let condition = match &rule.condition {
            Some(source) => builder.root(source, Wanted::Bool, false, format!("{at}/condition")).map(Some),
            None => Some(None),
        };
        let records = match &rule.records {
            Some(records) => builder.records(records, &format!("{at}/records")).map(Some),
            None => Some(None),
        };
        builder.needs_rule(rule.missing, &at);
        if let (Some(condition), Some(records)) = (condition, records) {
            direct.push(PlanDirect {
                id: rule.id.clone(),
                class: rule.class.clone(),
                condition,
                records,
                repairable: rule.repairable,
                missing: rule.missing.unwrap_or(MissingRule::Ignore),
            });
        }
    }
    let reads_days = builder.reads_days;
    Plan { parts, control, detection, direct, reads_days }
}

struct Builder<'a> {
    pack: &'a Pack,
    names: Names<'a>,
    faults: &'a mut Vec<PackFault>,
    /// Whether an expression since the last reset reads what may be unknown.
    may_miss: bool,
    reads_days: bool,
}

impl Builder<'_> {
    fn fault(&mut self, pointer: String, code: &'static str, zh: String, en: String) {
        self.faults.push(PackFault::blocking(pointer, code, zh, en));
    }

    fn needs_rule(&mut self, rule: Option<MissingRule>, at: &str) {
        if self.may_miss && rule.is_none() {
            self.fault(
                format!("{at}/missing"),
                "missing_rule_needed",
                "所用数据可能缺失，须写明缺失值处理".into(),
                "it reads data that may be unknown: say what applies then, or ask has(…) first".into(),
            );
        }
    }

    fn root(&mut self, source: &str, wanted: Wanted, has_fact: bool, pointer: String) -> Option<Root> {
        match compile(source, wanted, has_fact, &self.names) {
            Ok(Compiled { root, may_miss, reads_days }) => {
                self.may_miss |= may_miss;
                self.reads_days |= reads_days;
                Some(root)
            }
            Err(faults) => {
                self.faults.extend(faults.into_iter().map(|f| PackFault {
                    pointer: pointer.clone(),
                    column: Some(f.column),
                    code: f.code,
                    is_blocking: true,
                    text: f.text,
                }));
                None
            }
        }
    }

    /// An optional condition: the outer `None` is a fault.
    fn optional(&mut self, source: Option<&String>, has_fact: bool, pointer: String) -> Option<Option<Root>> {
        match source {
            Some(source) => self.root(source, Wanted::Bool, has_fact, pointer).map(Some),
            None => Some(None),
        }
    }

    fn records(&mut self, records: &Records, at: &str) -> Option<PlanRecords> {
        let Records { kinds, when, within_months, at_least } = records;
        Some(PlanRecords {
            kinds: Kinds::of(kinds),
            when: self.optional(when.as_ref(), true, format!("{at}/when"))?,
            within_months: *within_months,
            at_least: *at_least as usize,
        })
    }

    /// The riskiest of some points.
    fn worst(&self, points: impl Iterator<Item = Dec>) -> Dec {
        match self.pack.direction {
            Direction::HigherIsSafer => points.min(),
            Direction::HigherIsRiskier => points.max(),
        }
        .unwrap_or_default()
    }

    fn method(&mut self, method: &Method, at: &str) -> Option<PlanMethod> {
        match method {
            Method::Each(Each { kinds, when, within_months, points, age, cap, take }) => {
                let at = format!("{at}/method/each");
                let table = match age {
                    Some(id) => match self.pack.age_factors.iter().find(|t| t.id == *id) {
                        Some(table) => Some(Some(table.clone())),
                        None => {
                            self.fault(
                                format!("{at}/age"),
                                "unknown_age_table",
                                format!("没有名为 {id} 的时间衰减表"),
                                format!("there is no age table {id}"),
                            );
                            None
                        }
                    },
                    None => Some(None),
                };
                let when = self.optional(when.as_ref(), true, format!("{at}/when"));
                let records = PlanRecords {
                    kinds: Kinds::of(kinds),
                    when: when?,
                    within_months: *within_months,
                    at_least: 1,
                };
                Some(PlanMethod::Each { records, points: *points, age: table?, cap: *cap, take: *take })
            }
            Method::When(When { condition, records, points }) => {
                let at = format!("{at}/method/when");
                let condition = self.optional(condition.as_ref(), false, format!("{at}/condition"));
                let records = match records {
                    Some(records) => self.records(records, &format!("{at}/records")).map(Some),
                    None => Some(None),
                };
                Some(PlanMethod::When { condition: condition?, records: records?, points: *points })
            }
            Method::Bins(Bins { value, bins }) => {
                let value = self.root(value, Wanted::Int, false, format!("{at}/method/bins/value"))?;
                let worst = self.worst(bins.iter().map(|b| b.points));
                Some(PlanMethod::Bins { value, bins: bins.clone(), worst })
            }
            Method::Categories(Categories { value, categories, otherwise }) => {
                let value = self.root(value, Wanted::Text, false, format!("{at}/method/categories/value"))?;
                let worst = self.worst(categories.iter().map(|c| c.points).chain([*otherwise]));
                let categories = categories
                    .iter()
                    .map(|c| (c.values.iter().map(Code::from).collect(), c.points))
                    .collect();
                Some(PlanMethod::Categories { value, categories, otherwise: *otherwise, worst })
            }
            Method::Value(ValueOf { value, per_unit, minimum, maximum }) => {
                let value = self.root(value, Wanted::Int, false, format!("{at}/method/value/value"))?;
                let worst = self.worst([*minimum, *maximum].into_iter().flatten());
                Some(PlanMethod::Value {
                    value,
                    per_unit: *per_unit,
                    minimum: *minimum,
                    maximum: *maximum,
                    worst,
                })
            }
        }
    }

    fn factor(&mut self, factor: &Factor, id: &'static str) -> Option<PlanFactor> {
        let Factor { value, bins, missing } = factor;
        let at = format!("/model/additive_risk/{id}");
        self.may_miss = false;
        let value = self.root(value, Wanted::Int, false, format!("{at}/value"));
        self.needs_rule(*missing, &at);
        let missing = match missing {
            Some(MissingRule::Points(factor)) => *factor,
            Some(MissingRule::Worst) => self.worst(bins.iter().map(|b| b.points)),
            Some(MissingRule::Ignore) | None => Dec::ONE,
        };
        Some(PlanFactor { id: id.into(), value: value?, bins: bins.clone(), missing })
    }
}
