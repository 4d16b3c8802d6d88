//! The cell 检查数量（比例、频次）: `30户`, `5%`, `每年1次`, `10%，1次/年`, `不低于3%`.
//!
//! One text holds up to three values; each is read with its bound, a range with both its ends. What was not understood, and
//! a second value of one kind, stays as text in a remark. The cells of a real provincial list are a table of the tests
//! (`real_cells.rs`). It refuses floats: shares are basis points. Called by plans, their import, and item lists of others.

mod reader;
#[cfg(test)]
mod real_cells;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

crate::define_words! {
    /// How a number limits.
    pub enum Bound {
        /// The number itself.
        Exact = "exact", "等于", [];
        /// The number or more.
        AtLeast = "at_least", "不少于", ["不低于"];
        /// The number or less.
        AtMost = "at_most", "不超过", [];
    }
}

crate::define_words! {
    /// Span that a frequency is counted in.
    pub enum FrequencyUnit {
        /// Calendar day.
        Day = "day", "日", ["天"];
        /// Week.
        Week = "week", "周", [];
        /// Month.
        Month = "month", "月", [];
        /// Quarter.
        Quarter = "quarter", "季度", ["季"];
        /// Half a year.
        HalfYear = "half_year", "半年", [];
        /// Calendar year.
        Year = "year", "年", ["年度"];
        /// Validity of the licence, filing or permit.
        LicenceTerm = "licence_term", "许可有效期", ["备案有效期", "有效期"];
        /// No span is named: the period of the plan.
        PlanPeriod = "plan_period", "计划期内", [];
    }
}

/// Number of subjects, with the word counted in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Count {
    /// How many; the lower end of `30—50户`.
    pub n: u32,
    /// The upper end of a range.
    pub n_max: Option<u32>,
    /// The measure word as written: 户, 家, 个, 批次.
    pub unit: String,
    /// How the number limits.
    pub bound: Bound,
}

/// Share of the subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ratio {
    /// Hundredths of a percent: 5% is 500, 2‰ is 20; the lower end of `3%—5%`.
    pub basis_points: u32,
    /// The upper end of a range.
    pub basis_points_max: Option<u32>,
    /// How the number limits.
    pub bound: Bound,
}

impl Ratio {
    /// Whether more is allowed (不低于, 不少于).
    pub fn is_at_least(&self) -> bool {
        self.bound == Bound::AtLeast
    }

    /// The largest share allowed, if the text sets one: the end of a range, the number itself, or the bound of 不超过.
    pub fn upper(&self) -> Option<u32> {
        match self.bound {
            Bound::AtLeast => None,
            Bound::Exact | Bound::AtMost => Some(self.basis_points_max.unwrap_or(self.basis_points)),
        }
    }
}

/// How often one subject is visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Frequency {
    /// How many times; the lower end of `1—2次/年`.
    pub times: u32,
    /// The upper end of a range.
    pub times_max: Option<u32>,
    /// How the number limits.
    pub bound: Bound,
    /// How many spans it is counted over: 2 in 每2年1次.
    pub every: u32,
    /// The span.
    pub unit: FrequencyUnit,
}

/// What was read out of the cell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Quantity {
    /// Number of subjects.
    pub count: Option<Count>,
    /// Share of the subjects.
    pub ratio: Option<Ratio>,
    /// How often one subject is visited.
    pub frequency: Option<Frequency>,
}

impl Quantity {
    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.count.is_none() && self.ratio.is_none() && self.frequency.is_none()
    }
}

crate::define_words! {
    /// Kind of a remark on a quantity cell.
    pub enum QuantityRemarkCode {
        /// A part was not understood.
        Unparsed = "unparsed", "未能识别", [];
        /// A second value of a kind that was already read; the first is kept.
        MoreThanOne = "more_than_one", "同类数值不止一个，取第一个", [];
        /// A ratio above 100%.
        RatioAboveWhole = "ratio_above_whole", "比例超过100%", [];
    }
}

/// A remark on a quantity cell with the text it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuantityRemark {
    /// Kind of the remark.
    pub code: QuantityRemarkCode,
    /// The part of the cell.
    pub text: String,
}

/// A parsed quantity cell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct QuantityCell {
    /// What was read.
    pub quantity: Quantity,
    /// What was not understood or is odd.
    pub warnings: Vec<QuantityRemark>,
}

/// Reads a quantity cell; never fails.
pub fn parse(raw: &str) -> QuantityCell {
    reader::read(raw)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Bound::*, FrequencyUnit::*, *};

    fn ratio(text: &str) -> Option<(u32, Bound)> {
        parse(text).quantity.ratio.map(|r| (r.basis_points, r.bound))
    }

    fn frequency(text: &str) -> Option<(u32, Option<u32>, Bound, u32, FrequencyUnit)> {
        parse(text).quantity.frequency.map(|f| (f.times, f.times_max, f.bound, f.every, f.unit))
    }

    fn count(text: &str) -> Option<(u32, String, Bound)> {
        parse(text).quantity.count.map(|c| (c.n, c.unit, c.bound))
    }

    #[test]
    fn ratios_are_basis_points_with_their_bound() {
        for (text, points, bound) in [
            ("5%", 500, Exact),
            ("５％", 500, Exact),
            ("0.5%", 50, Exact),
            ("33.33%", 3333, Exact),
            ("2‰", 20, Exact),
            ("不低于3%", 300, AtLeast),
            ("抽查比例不少于2‰", 20, AtLeast),
            ("市局抽查比例不少于30%", 3000, AtLeast),
            ("不超过总数的2%", 200, AtMost),
            ("根据实际需要，一般不超过 10%/年。", 1000, AtMost),
            ("不超过30%/年", 3000, AtMost),
            ("≥5%", 500, AtLeast),
            ("5%以上", 500, AtLeast),
            ("100%", 10_000, Exact),
            ("全覆盖", 10_000, Exact),
            ("百分之五", 500, Exact),
            ("千分之二", 20, Exact),
            ("按照5%的比例", 500, Exact),
            ("按不低于百分之三的比例抽取", 300, AtLeast),
            ("最高不超过10%", 1000, AtMost),
        ] {
            assert_eq!(ratio(text), Some((points, bound)), "{text}");
        }
    }

    #[test]
    fn frequencies_have_times_and_span() {
        for (text, times, max, bound, every, unit) in [
            ("每年1次", 1, None, Exact, 1, Year),
            ("1次/年", 1, None, Exact, 1, Year),
            ("每年一次", 1, None, Exact, 1, Year),
            ("一年两次", 2, None, Exact, 1, Year),
            ("每年不少于1次", 1, None, AtLeast, 1, Year),
            ("每年至少1次", 1, None, AtLeast, 1, Year),
            ("每年不超过2次", 2, None, AtMost, 1, Year),
            ("1—2次/年", 1, Some(2), Exact, 1, Year),
            ("根据实际需要，一般不超过2次/年", 2, None, AtMost, 1, Year),
            ("对同一用能产品生产单位，每年度抽查不超过2次", 2, None, AtMost, 1, Year),
            ("对同一单位每2年抽查不超过1次", 1, None, AtMost, 2, Year),
            ("对同一个定量包装商品生产、销售单位同一年度内不超过2次", 2, None, AtMost, 1, Year),
            ("在许可有效期内对同一个单位的检查不超过2次。", 2, None, AtMost, 1, LicenceTerm),
            ("在备案有效期内同一机构不超过2次", 2, None, AtMost, 1, LicenceTerm),
            ("每季度1次", 1, None, Exact, 1, Quarter),
            ("每半年一次", 1, None, Exact, 1, HalfYear),
            ("每月2次", 2, None, Exact, 1, Month),
            ("每季度一次", 1, None, Exact, 1, Quarter),
            ("每周至少１次", 1, None, AtLeast, 1, Week),
            ("每日1次", 1, None, Exact, 1, Day),
            ("1次/天", 1, None, Exact, 1, Day),
            ("两年一次", 1, None, Exact, 2, Year),
            ("隔年1次", 1, None, Exact, 2, Year),
            ("每户每年1次", 1, None, Exact, 1, Year),
            ("每年1至3次", 1, Some(3), Exact, 1, Year),
            ("日常检查每年1次", 1, None, Exact, 1, Year),
            ("3次", 3, None, Exact, 1, PlanPeriod),
        ] {
            assert_eq!(frequency(text), Some((times, max, bound, every, unit)), "{text}");
        }
    }

    #[test]
    fn counts_keep_their_measure_word() {
        for (text, n, unit, bound) in [
            ("30户", 30, "户", Exact),
            ("不少于30家", 30, "家", AtLeast),
            ("30户以上", 30, "户", AtLeast),
            ("5个", 5, "个", Exact),
            ("20批次", 20, "批次", Exact),
            ("三十户", 30, "户", Exact),
            ("1,200户", 1200, "户", Exact),
            ("1，200户", 1200, "户", Exact),
            ("1户(实际以联合双随机牵头单位抽查数为准。)", 1, "户", Exact),
        ] {
            assert_eq!(count(text), Some((n, unit.to_owned(), bound)), "{text}");
        }
    }

    #[test]
    fn a_range_keeps_both_ends() {
        for (text, low, high) in [
            ("3%-5%", 300, 500),
            ("3%—5%", 300, 500),
            ("3％～5％", 300, 500),
            ("3-5%", 300, 500),
            ("百分之三至百分之五", 300, 500),
            ("1‰-2‰", 10, 20),
            ("抽查比例3%至5%", 300, 500),
        ] {
            let cell = parse(text);
            let ratio = cell.quantity.ratio.unwrap_or_else(|| panic!("{text}: {:?}", cell.warnings));
            assert_eq!((ratio.basis_points, ratio.basis_points_max), (low, Some(high)), "{text}");
            assert_eq!((ratio.upper(), cell.warnings.as_slice()), (Some(high), &[][..]), "{text}");
        }
        for text in ["30-50户", "30户至50户", "30~50家", "三十至五十户"] {
            let count = parse(text).quantity.count.unwrap_or_else(|| panic!("{text}"));
            assert_eq!((count.n, count.n_max), (30, Some(50)), "{text}");
        }
        // Downwards is no range.
        assert!(parse("5%-3%").quantity.ratio.is_some_and(|r| r.basis_points_max.is_none()));
    }

    #[test]
    fn only_an_open_bound_has_no_upper_end() {
        let upper = |text: &str| parse(text).quantity.ratio.and_then(|r| r.upper());
        assert_eq!([upper("5%"), upper("不超过5%"), upper("不低于5%")], [Some(500), Some(500), None]);
    }

    #[test]
    fn one_cell_may_hold_all_three() {
        let cell = parse("30户，10%，1次/年");
        assert_eq!(cell.quantity.count.as_ref().map(|c| c.n), Some(30));
        assert_eq!(cell.quantity.ratio.map(|r| r.basis_points), Some(1000));
        assert_eq!(cell.quantity.frequency.map(|f| f.times), Some(1));
        assert!(cell.warnings.is_empty());
        let joined = parse("10% 每年1次");
        assert!(joined.quantity.ratio.is_some() && joined.quantity.frequency.is_some());
    }

    #[test]
    fn plain_cells_leave_no_remark() {
        for text in [
            "30户",
            "5%",
            "每年1次",
            "10%，1次/年",
            "不低于3%",
            "100%",
            "1—2次/年",
            "抽查比例不少于2‰",
            "每年不少于1次",
            "不超过总数的2%",
            "不超过10%/年",
            "一般不超过2次/年",
        ] {
            assert!(parse(text).warnings.is_empty(), "{text}: {:?}", parse(text).warnings);
        }
    }

    #[test]
    fn what_is_not_understood_stays_as_text() {
        use QuantityRemarkCode::*;
        for (text, code, rest) in [
            ("根据实际情况确定", Unparsed, "根据实际情况确定"),
            (
                "按照分层次监管，根据风险高低，依法属地确定。",
                Unparsed,
                "按照分层次监管,根据风险高低,依法属地确定。",
            ),
            ("不低于3%或按专项计划确定", Unparsed, "或按专项计划确定"),
            ("每年1次20%；或者每年2次各10%", MoreThanOne, "或者每年2次各10%"),
            ("市级局每年组织1次；县级局每月组织1次", MoreThanOne, "县级局每月组织1次"),
            ("120%", RatioAboveWhole, "120%"),
        ] {
            let cell = parse(text);
            assert!(
                cell.warnings.iter().any(|w| w.code == code && w.text == rest),
                "{text}: {:?}",
                cell.warnings
            );
        }
        assert!(parse("根据实际情况确定").quantity.is_empty());
        assert_eq!(parse(""), QuantityCell::default());
        let both = parse("每年1次20%；或者每年2次各10%").quantity;
        assert_eq!(
            (both.ratio.map(|r| r.basis_points), both.frequency.map(|f| f.times)),
            (Some(2000), Some(1))
        );
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_loses_no_cell_silently(raw in "[0-9一二十.%‰次年每户家不少于超过，；（）确定或 ]{1,24}") {
            let cell = parse(&raw);
            let has_text = raw.chars().any(char::is_alphanumeric);
            prop_assert!(!has_text || !cell.quantity.is_empty() || !cell.warnings.is_empty());
        }

        #[test]
        fn any_text_is_read_or_kept(raw in "\\PC{0,60}") {
            let cell = parse(&raw);
            let has_text = crate::text::normalise(&raw).chars().any(char::is_alphanumeric);
            prop_assert!(!has_text || !cell.quantity.is_empty() || !cell.warnings.is_empty(), "{:?}", raw);
        }

        #[test]
        fn a_written_share_reads_back(points in 1_u32..=10_000, bound in 0_usize..3) {
            let (word, bound) = [("", Exact), ("不低于", AtLeast), ("不超过", AtMost)][bound];
            let text = format!("{word}{}.{:02}%", points / 100, points % 100);
            prop_assert_eq!(ratio(&text), Some((points, bound)));
        }

        #[test]
        fn a_written_range_reads_back(low in 1_u32..50, more in 1_u32..50) {
            let read = parse(&format!("{low}%—{}%", low + more)).quantity.ratio;
            prop_assert_eq!(read.map(|r| (r.basis_points, r.basis_points_max)), Some((low * 100, Some((low + more) * 100))));
        }
    }
}
