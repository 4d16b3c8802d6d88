//! Classes and composites: limits in order and within reach, shares that sum up, tables that are whole.

use super::Checks;
use crate::code::Code;
use crate::decimal::Dec;
use crate::pack::{Classing, CompositeMethod, Indicator, Method, MissingRule, Model, Pack, ValueOf};
use crate::words::{Direction, Take};

impl Checks<'_> {
    pub(super) fn class(&mut self, at: String, class: &Code) {
        if !self.pack.classes.iter().any(|c| c.id == *class) {
            self.block(
                at,
                "unknown_class",
                format!("没有等级 {class}"),
                format!("there is no class {class}"),
            );
        }
    }

    pub(super) fn classes(&mut self) {
        let pack = self.pack;
        let classes = pack.classes.iter().enumerate();
        self.unique(classes.map(|(i, c)| (format!("/classes/{i}/id"), c.id.as_str())));
        if pack.classes.len() < 2 {
            self.block("/classes", "missing_value", "至少两个等级", "at least two classes");
        }
        for (i, class) in pack.classes.iter().enumerate() {
            self.title(&format!("/classes/{i}/title"), &class.title);
            if class.id.is_empty() || class.id.chars().count() > 20 {
                self.block(format!("/classes/{i}/id"), "invalid_id", "1至20个字符", "1 to 20 characters");
            }
        }
        match pack.classing {
            Classing::Thresholds => self.thresholds(),
            Classing::Quantiles { .. } => self.shares(),
        }
    }

    pub(super) fn thresholds(&mut self) {
        let pack = self.pack;
        let is_safer = pack.direction == Direction::HigherIsSafer;
        let (member, other) = if is_safer { ("at_least", "at_most") } else { ("at_most", "at_least") };
        let range = reachable(pack);
        let last = pack.classes.len().saturating_sub(1);
        let mut before: Option<Dec> = None;
        for (i, class) in pack.classes.iter().enumerate() {
            let at = format!("/classes/{i}");
            let (limit, wrong) =
                if is_safer { (class.at_least, class.at_most) } else { (class.at_most, class.at_least) };
            if wrong.is_some() {
                self.block(
                    format!("{at}/{other}"),
                    "unexpected_value",
                    format!("应使用 {member}"),
                    format!("{member} is meant"),
                );
            }
            if class.share.is_some() {
                self.block(format!("{at}/share"), "unexpected_value", "仅用于分位划分", "for quantiles only");
            }
            match limit {
                Some(_) if i == last => {
                    self.block(
                        format!("{at}/{member}"),
                        "unexpected_value",
                        "最差等级不设界限，否则有的分值没有等级",
                        "the worst class has no limit, or some scores would have no class",
                    );
                }
                None if i < last => {
                    self.block(format!("{at}/{member}"), "missing_value", "须写明界限", "a limit is needed");
                }
                _ => {}
            }
            let Some(limit) = limit else { continue };
            self.points(format!("{at}/{member}"), limit);
            let is_out_of_order = before.is_some_and(|b| if is_safer { limit >= b } else { limit <= b });
            if is_out_of_order {
                self.block(
                    format!("{at}/{member}"),
                    "thresholds_not_descending",
                    "界限须由优到劣依次放宽",
                    "the limits must get looser from the best class to the worst",
                );
            }
            if let Some((least, most)) = range {
                let unreachable = if is_safer { limit > most } else { limit < least };
                let swallows = if is_safer { limit <= least } else { limit >= most };
                if unreachable {
                    self.block(
                        format!("{at}/{member}"),
                        "class_unreachable",
                        format!("分值范围为 {least} 至 {most}，无人可达该等级"),
                        format!("scores run from {least} to {most}: nobody can reach this class"),
                    );
                } else if swallows && i < last {
                    self.block(
                        format!("/classes/{}", i + 1),
                        "class_unreachable",
                        format!("分值范围为 {least} 至 {most}，所有主体均优于该等级"),
                        format!("scores run from {least} to {most}: everybody is better than this class"),
                    );
                }
            }
            before = Some(limit);
        }
    }

    pub(super) fn shares(&mut self) {
        let pack = self.pack;
        let mut sum = Dec::ZERO;
        for (i, class) in pack.classes.iter().enumerate() {
            let at = format!("/classes/{i}");
            for (member, limit) in [("at_least", class.at_least), ("at_most", class.at_most)] {
                if limit.is_some() {
                    self.block(
                        format!("{at}/{member}"),
                        "unexpected_value",
                        "分位划分不设界限",
                        "quantiles have no limits",
                    );
                }
            }
            match class.share {
                Some(share) if share <= Dec::ZERO || share > Dec::ONE => {
                    self.block(format!("{at}/share"), "out_of_range", "应在0与1之间", "between 0 and 1");
                }
                Some(share) => sum = sum.plus(share),
                None => self.block(format!("{at}/share"), "missing_value", "须写明占比", "a share is needed"),
            }
        }
        if sum != Dec::ONE {
            self.block(
                "/classes",
                "sum_differs",
                format!("占比之和为 {sum}，应为1"),
                format!("the shares sum up to {sum}, not 1"),
            );
        }
    }

    pub(super) fn composite(&mut self) {
        let pack = self.pack;
        let Some(composite) = &pack.composite else { return };
        if let CompositeMethod::Matrix { rows } = &composite.method {
            let at = "/composite/method/matrix/rows";
            let n = pack.classes.len();
            if rows.len() != n || rows.iter().any(|row| row.len() != n) {
                self.block(
                    at,
                    "matrix_incomplete",
                    format!("须为 {n}×{n}"),
                    format!("{n} rows of {n} classes are needed"),
                );
            }
            for (i, row) in rows.iter().enumerate() {
                for (j, class) in row.iter().enumerate() {
                    self.class(format!("{at}/{i}/{j}"), class);
                    let rank = |c: &Code| pack.classes.iter().position(|x| x.id == *c);
                    let above = i.checked_sub(1).and_then(|k| rows.get(k)).and_then(|r| r.get(j));
                    let left = j.checked_sub(1).and_then(|k| row.get(k));
                    if [above, left].into_iter().flatten().any(|other| rank(class) < rank(other)) {
                        self.warn(
                            format!("{at}/{i}/{j}"),
                            "matrix_not_monotone",
                            "较差的输入得到了较好的等级",
                            "a worse class goes in and a better one comes out",
                        );
                    }
                }
            }
        }
        let ids = composite.schemes.iter().enumerate();
        self.unique(ids.map(|(i, s)| (format!("/composite/schemes/{i}/id"), s.id.as_str())));
        for (i, scheme) in composite.schemes.iter().enumerate() {
            let at = format!("/composite/schemes/{i}");
            self.id(&format!("{at}/id"), &scheme.id);
            self.title(&format!("{at}/title"), &scheme.title);
            let grades = scheme.grades.iter().enumerate();
            self.unique(grades.map(|(j, g)| (format!("{at}/grades/{j}/grade"), g.grade.as_str())));
            for (j, mapping) in scheme.grades.iter().enumerate() {
                self.class(format!("{at}/grades/{j}/class"), &mapping.class);
            }
        }
    }
}

/// Least and greatest score that the pack can give, where it has an end on both sides.
fn reachable(pack: &Pack) -> Option<(Dec, Dec)> {
    let (mut least, mut most) = match &pack.model {
        Model::Deduction { total } => return Some((Dec::ZERO, *total)),
        Model::Scorecard { base } => (*base, *base),
        Model::AdditiveRisk { .. } => (Dec::ZERO, Dec::ZERO),
    };
    for part in &pack.parts {
        let (mut low, mut high) = (Dec::ZERO, Dec::ZERO);
        for indicator in &part.indicators {
            let mut ends = ends(indicator)?;
            if let Some(MissingRule::Points(points)) = indicator.missing {
                ends = (ends.0.min(points), ends.1.max(points));
            }
            let weight = indicator.weight.unwrap_or(Dec::ONE);
            let (a, b) = (ends.0.times(weight, pack.arithmetic), ends.1.times(weight, pack.arithmetic));
            low = low.plus(a.min(b));
            high = high.plus(a.max(b));
        }
        if let Some(max) = part.max {
            high = high.min(max);
            low = low.min(max);
        }
        least = least.plus(low);
        most = most.plus(high);
    }
    if let Model::AdditiveRisk { control, detection } = &pack.model {
        for factor in [control, detection].into_iter().flatten() {
            let factors = || factor.bins.iter().map(|b| b.points);
            let (small, great) = (factors().min()?, factors().max()?);
            let ends =
                [least, most].map(|x| [x.times(small, pack.arithmetic), x.times(great, pack.arithmetic)]);
            least = ends.iter().flatten().copied().min()?;
            most = ends.iter().flatten().copied().max()?;
        }
    }
    Some((least, most))
}

/// Least and greatest points of an indicator, nothing included where it need not apply.
fn ends(indicator: &Indicator) -> Option<(Dec, Dec)> {
    let around = |points: Dec| (points.min(Dec::ZERO), points.max(Dec::ZERO));
    Some(match &indicator.method {
        Method::Each(each) => {
            let most = match (each.cap, each.take) {
                // A cap is counted after the weight, which is close enough to say that a class is out of reach.
                (Some(cap), _) if indicator.weight.is_none() => cap,
                (_, Take::Worst) => each.points.magnitude(),
                _ => return None,
            };
            around(if each.points < Dec::ZERO { most.negated() } else { most })
        }
        Method::When(when) => around(when.points),
        Method::Bins(bins) => {
            let points = || bins.bins.iter().map(|b| b.points);
            (points().min()?, points().max()?)
        }
        Method::Categories(c) => {
            let points = || c.categories.iter().map(|c| c.points).chain([c.otherwise]);
            (points().min()?, points().max()?)
        }
        Method::Value(ValueOf { minimum: Some(least), maximum: Some(most), .. }) => (*least, *most),
        Method::Value(_) => return None,
    })
}
