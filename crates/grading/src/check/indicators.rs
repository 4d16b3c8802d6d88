//! Parts and their indicators: ids, points within the maximum of the part, bins without gap or overlap.

use super::{Checks, MOST_POINTS, RESERVED};
use crate::code::Code;
use crate::decimal::Dec;
use crate::pack::{Bin, Bins, Each, Indicator, Method, MissingRule, Records, ValueOf, When};
use std::collections::BTreeSet;

impl Checks<'_> {
    pub(super) fn parts(&mut self) {
        let pack = self.pack;
        let parts = pack.parts.iter().enumerate();
        self.unique(parts.map(|(i, p)| (format!("/parts/{i}/id"), p.id.as_str())));
        let mut indicator_ids: Vec<(String, &str)> = Vec::new();
        for (i, part) in pack.parts.iter().enumerate() {
            let at = format!("/parts/{i}");
            self.id(&format!("{at}/id"), &part.id);
            self.reserved(&format!("{at}/id"), &part.id);
            self.title(&format!("{at}/title"), &part.title);
            if let Some(max) = part.max {
                self.points(format!("{at}/max"), max);
                if max <= Dec::ZERO {
                    self.block(format!("{at}/max"), "out_of_range", "满分须大于0", "a maximum is above 0");
                }
            }
            if part.indicators.is_empty() {
                self.block(
                    format!("{at}/indicators"),
                    "missing_value",
                    "至少一项指标",
                    "at least one indicator",
                );
            }
            for (j, indicator) in part.indicators.iter().enumerate() {
                let at = format!("{at}/indicators/{j}");
                indicator_ids.push((format!("{at}/id"), &indicator.id));
                self.indicator(&at, indicator, part.max);
            }
        }
        let direct = pack.direct.iter().enumerate().map(|(i, d)| (format!("/direct/{i}/id"), d.id.as_str()));
        self.unique(indicator_ids.into_iter().chain(direct));
    }

    pub(super) fn reserved(&mut self, at: &str, id: &Code) {
        if RESERVED.contains(&id.as_str()) {
            self.block(at, "name_taken", format!("{id} 为保留名称"), format!("{id} is reserved"));
        }
    }

    pub(super) fn indicator(&mut self, at: &str, indicator: &Indicator, max: Option<Dec>) {
        let Indicator { id, title, method, weight, repairable, missing } = indicator;
        self.id(&format!("{at}/id"), id);
        self.reserved(&format!("{at}/id"), id);
        self.title(&format!("{at}/title"), title);
        if weight.is_some_and(|w| w.magnitude() > MOST_POINTS || w.is_zero()) {
            self.block(
                format!("{at}/weight"),
                "out_of_range",
                "权重不得为0或过大",
                "a weight is neither 0 nor so great",
            );
        }
        if let Some(MissingRule::Points(points)) = missing {
            self.points(format!("{at}/missing/points"), *points);
        }
        let has_records = match method {
            Method::Each(_) => true,
            Method::When(when) => when.records.is_some(),
            Method::Bins(_) | Method::Categories(_) | Method::Value(_) => false,
        };
        if *repairable && !has_records {
            self.block(
                format!("{at}/repairable"),
                "nothing_to_repair",
                "该指标不涉及记录，不能标为可修复",
                "an indicator without records cannot be repaired",
            );
        }
        match method {
            Method::Each(Each { kinds, when: _, within_months, points, age: _, cap, take: _ }) => {
                let at = format!("{at}/method/each");
                self.kinds(&at, kinds.is_empty());
                self.months(format!("{at}/within_months"), *within_months);
                self.effect(&format!("{at}/points"), *points, *weight, max);
                if let Some(cap) = cap {
                    self.points(format!("{at}/cap"), *cap);
                    if *cap <= Dec::ZERO {
                        self.block(format!("{at}/cap"), "out_of_range", "上限须大于0", "a cap is above 0");
                    } else if max.is_some_and(|max| *cap > max) {
                        self.over_maximum(&format!("{at}/cap"));
                    }
                }
            }
            Method::When(When { condition, records, points }) => {
                let at = format!("{at}/method/when");
                if condition.is_none() && records.is_none() {
                    self.block(
                        at.clone(),
                        "condition_needed",
                        "须写明条件或记录",
                        "a condition or records are needed",
                    );
                }
                if let Some(records) = records {
                    self.records(&format!("{at}/records"), records);
                }
                self.effect(&format!("{at}/points"), *points, *weight, max);
            }
            Method::Bins(Bins { value: _, bins }) => {
                let at = format!("{at}/method/bins/bins");
                self.bins(&at, bins);
                for (i, bin) in bins.iter().enumerate() {
                    self.effect_or_nothing(&format!("{at}/{i}/points"), bin.points, *weight, max);
                }
            }
            Method::Categories(categories) => {
                let at = format!("{at}/method/categories");
                self.effect_or_nothing(&format!("{at}/otherwise"), categories.otherwise, *weight, max);
                let mut seen = BTreeSet::new();
                for (i, category) in categories.categories.iter().enumerate() {
                    let at = format!("{at}/categories/{i}");
                    self.effect_or_nothing(&format!("{at}/points"), category.points, *weight, max);
                    for (j, value) in category.values.iter().enumerate() {
                        if !seen.insert(value) {
                            let at = format!("{at}/values/{j}");
                            self.block(
                                at,
                                "bins_overlap",
                                format!("{value} 重复"),
                                format!("{value} is there twice"),
                            );
                        }
                    }
                }
            }
            Method::Value(ValueOf { value: _, per_unit, minimum, maximum }) => {
                let at = format!("{at}/method/value");
                if per_unit.is_zero() || per_unit.magnitude() > MOST_POINTS {
                    self.block(
                        format!("{at}/per_unit"),
                        "out_of_range",
                        "分值不得为0或过大",
                        "neither 0 nor so great",
                    );
                }
                for (name, limit) in [("minimum", minimum), ("maximum", maximum)] {
                    if let Some(limit) = limit {
                        self.effect_or_nothing(&format!("{at}/{name}"), *limit, *weight, max);
                    }
                }
                if let (Some(least), Some(most)) = (minimum, maximum)
                    && least > most
                {
                    self.block(
                        format!("{at}/maximum"),
                        "interval_reversed",
                        "须不小于 minimum",
                        "must not be below minimum",
                    );
                }
            }
        }
    }

    pub(super) fn kinds(&mut self, at: &str, is_empty: bool) {
        if is_empty {
            self.block(format!("{at}/kinds"), "missing_value", "至少一类事实", "at least one kind of fact");
        }
    }

    pub(super) fn records(&mut self, at: &str, records: &Records) {
        let Records { kinds, when: _, within_months, at_least } = records;
        self.kinds(at, kinds.is_empty());
        self.months(format!("{at}/within_months"), *within_months);
        if *at_least == 0 {
            self.block(format!("{at}/at_least"), "out_of_range", "至少为1", "at least 1");
        }
    }

    pub(super) fn over_maximum(&mut self, at: &str) {
        self.block(
            at,
            "over_maximum",
            "超过所在部分的满分，多出的部分永不生效",
            "beyond the maximum of its part: the excess could never count",
        );
    }

    pub(super) fn effect(&mut self, at: &str, points: Dec, weight: Option<Dec>, max: Option<Dec>) {
        if points.is_zero() {
            self.block(at, "out_of_range", "分值不得为0", "no points");
        }
        self.effect_or_nothing(at, points, weight, max);
    }

    /// Points, which with their weight must be able to count within the maximum of the part.
    pub(super) fn effect_or_nothing(&mut self, at: &str, points: Dec, weight: Option<Dec>, max: Option<Dec>) {
        self.points(at, points);
        let effect = points.times(weight.unwrap_or(Dec::ONE), self.pack.arithmetic);
        if max.is_some_and(|max| effect.magnitude() > max) {
            self.over_maximum(at);
        }
    }

    pub(super) fn bins(&mut self, at: &str, bins: &[Bin]) {
        if bins.is_empty() {
            self.block(at, "missing_value", "至少一档", "at least one bin");
        }
        let last = bins.len().saturating_sub(1);
        for (i, bin) in bins.iter().enumerate() {
            let at = format!("{at}/{i}");
            if bin.from.is_none() && i > 0 {
                self.block(
                    format!("{at}/from"),
                    "bins_overlap",
                    "只有首档可不设下限",
                    "only the first bin is open below",
                );
            }
            if bin.below.is_none() && i < last {
                self.block(
                    format!("{at}/below"),
                    "bins_overlap",
                    "只有末档可不设上限",
                    "only the last bin is open above",
                );
            }
            if i == 0 && bin.from.is_some() {
                self.block(format!("{at}/from"), "bins_gap", "首档须不设下限", "values below it have no bin");
            }
            if i == last && bin.below.is_some() {
                self.block(
                    format!("{at}/below"),
                    "bins_gap",
                    "末档须不设上限",
                    "values above it have no bin",
                );
            }
            if let (Some(from), Some(below)) = (bin.from, bin.below)
                && from >= below
            {
                self.block(format!("{at}/below"), "interval_reversed", "须大于 from", "must be above from");
            }
            let Some(end) = i.checked_sub(1).and_then(|k| bins.get(k)).and_then(|b| b.below) else {
                continue;
            };
            match bin.from {
                Some(from) if from > end => self.block(
                    format!("{at}/from"),
                    "bins_gap",
                    format!("{end} 至 {from} 之间无分档"),
                    format!("values from {end} to {from} have no bin"),
                ),
                Some(from) if from < end => self.block(
                    format!("{at}/from"),
                    "bins_overlap",
                    format!("{from} 至 {end} 之间分档重叠"),
                    format!("values from {from} to {end} have two bins"),
                ),
                _ => {}
            }
        }
    }
}
