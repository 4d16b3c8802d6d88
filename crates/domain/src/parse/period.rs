//! The cell 检查起止时间: `2024年3月—11月`, `2024.3.1-2024.11.30`, `全年`.
//!
//! Gives the first and the last day. Months without a day run to their end; what names no year takes the plan's. It refuses to
//! judge whether the period fits the plan year by itself: [`Period::is_within`] answers that. Called by the plan import.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Cursor, numeral};
use crate::text;

/// First and last day of a period, both in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Period {
    /// First day.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// Last day.
    #[schema(value_type = String, format = Date)]
    pub to: Date,
}

/// Why a period cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodFault {
    /// Nothing was given.
    #[error("the period is empty")]
    Empty,
    /// The wording is not known.
    #[error("the period {text:?} is not understood")]
    Unparsed {
        /// The text, cut at 60 characters.
        text: String,
    },
    /// No year in the text and no plan year given.
    #[error("the period names no year")]
    NoYear,
    /// A day that does not exist.
    #[error("the period names a day that does not exist")]
    ImpossibleDate,
    /// The end lies before the begin.
    #[error("the period ends before it begins")]
    Reversed,
}

impl PeriodFault {
    /// Stable name of the fault for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "period_empty",
            Self::Unparsed { .. } => "period_unparsed",
            Self::NoYear => "period_no_year",
            Self::ImpossibleDate => "period_impossible_date",
            Self::Reversed => "period_reversed",
        }
    }

    /// What is wrong, in Chinese.
    pub fn message_zh(&self) -> String {
        match self {
            Self::Empty => "起止时间为空".to_owned(),
            Self::Unparsed { text } => format!("起止时间“{text}”未能识别"),
            Self::NoYear => "起止时间没有年份".to_owned(),
            Self::ImpossibleDate => "起止时间中的日期不存在".to_owned(),
            Self::Reversed => "结束时间早于开始时间".to_owned(),
        }
    }
}

impl Period {
    /// Whether the whole period lies in a year.
    pub fn is_within(&self, year: i16) -> bool {
        self.from.year() == year && self.to.year() == year
    }

    /// Whether a day lies in the period.
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

/// Words for parts of a year with their first and last month.
const SEASONS: &[(&str, i8, i8)] = &[
    ("全年度", 1, 12),
    ("全年", 1, 12),
    ("年度内", 1, 12),
    ("年内", 1, 12),
    ("上半年", 1, 6),
    ("下半年", 7, 12),
    ("第一季度", 1, 3),
    ("第二季度", 4, 6),
    ("第三季度", 7, 9),
    ("第四季度", 10, 12),
    ("一季度", 1, 3),
    ("二季度", 4, 6),
    ("三季度", 7, 9),
    ("四季度", 10, 12),
    ("第1季度", 1, 3),
    ("第2季度", 4, 6),
    ("第3季度", 7, 9),
    ("第4季度", 10, 12),
    ("1季度", 1, 3),
    ("2季度", 4, 6),
    ("3季度", 7, 9),
    ("4季度", 10, 12),
];

/// One end of a period as written.
#[derive(Debug, Clone, Copy)]
struct Point {
    year: Option<i16>,
    months: Option<(i8, i8)>,
    day: Option<i8>,
}

impl Point {
    const fn has_month_if_day(&self) -> bool {
        self.months.is_some() || self.day.is_none()
    }
}

/// Reads a period; `plan_year` fills in a missing year.
///
/// Reads single days and months, spans of days, months or halves and quarters (`一至三季度` too), a whole year, and
/// `11月底前` or `截至11月底` (from the first day of the year).
pub fn parse(raw: &str, plan_year: Option<i16>) -> Result<Period, PeriodFault> {
    let typed: String = text::normalise(raw).chars().filter(|c| !c.is_whitespace()).collect();
    if typed.is_empty() {
        return Err(PeriodFault::Empty);
    }
    let unparsed = || PeriodFault::Unparsed { text: typed.chars().take(60).collect() };
    let told = typed.trim_end_matches(['。', ';', '；', '.']);
    // What is done in the time adds nothing to it.
    let told = ["组织开展", "组织实施", "开展", "实施", "进行"]
        .iter()
        .find_map(|word| told.strip_suffix(word))
        .unwrap_or(told);
    let mut cursor = Cursor::new(told);
    if let Some(points) = read_quarters(&mut cursor) {
        return span(points, points, plan_year);
    }
    cursor.rewind(0);
    let is_until = cursor.take_any(&["截至", "截止到", "截止"]);
    cursor.take_any(&["自", "从", "于"]);
    let first = read_point(&mut cursor).filter(Point::has_month_if_day).ok_or_else(unparsed)?;
    cursor.take_any(&["起", "初", "内"]);
    let is_before =
        cursor.take_any(&["底前完成", "底之前", "底前", "底以前", "前完成", "之前", "前", "以前"]);
    if (is_before || (is_until && (cursor.take("底") || cursor.is_done()))) && cursor.is_done() {
        let begin = Point { year: first.year, months: Some((1, 1)), day: Some(1) };
        return span(begin, first, plan_year);
    }
    cursor.take("底");
    if cursor.is_done() {
        return span(first, first, plan_year);
    }
    if !cursor.take_any(&["——", "—", "--", "–", "-", "~", "～", "至", "到", "−", "―", "─"]) {
        return Err(unparsed());
    }
    let last = read_point(&mut cursor).ok_or_else(unparsed)?;
    cursor.take_any(&["底前", "底", "止", "前"]);
    if !cursor.is_done() {
        return Err(unparsed());
    }
    // 2024.3.1-15 ends on a day of the month it began in: a bare number after a full day is a day.
    let last = match (first, last) {
        (Point { day: Some(_), months, .. }, Point { year: None, months: Some((n, m)), day: None })
            if n == m && !told.ends_with(['月', '底', '前', '止', '度', '年']) =>
        {
            Point { year: None, months, day: Some(n) }
        }
        _ => last,
    };
    // 3月1日-15日: a bare day takes the month of the begin.
    let months = if last.has_month_if_day() { last.months } else { first.months };
    span(first, Point { year: last.year.or(first.year), months, ..last }, plan_year)
}

/// `一至三季度`, `二、三季度`, `2024年第2-4季度` at the cursor and nothing behind: the months from the first to the last.
///
/// Read apart, as the first number would be taken for a month.
fn read_quarters(cursor: &mut Cursor) -> Option<Point> {
    let mut year = None;
    if let Some(digits) = read_digits(cursor).filter(|d| d.length == 4)
        && cursor.take_any(&["年度", "年"])
    {
        year = i16::try_from(digits.value).ok();
    } else {
        cursor.rewind(0);
    }
    let first = read_quarter_number(cursor)?;
    cursor.take("季度");
    if !cursor.take_any(&["——", "—", "–", "-", "~", "至", "到", "、", "和"]) {
        return None;
    }
    let last = read_quarter_number(cursor)?;
    if !cursor.take("季度") || !cursor.is_done() || last <= first {
        return None;
    }
    Some(Point { year, months: Some((first * 3 - 2, last * 3)), day: None })
}

fn read_quarter_number(cursor: &mut Cursor) -> Option<i8> {
    cursor.take("第");
    let number = read_digits(cursor).and_then(|digits| i8::try_from(digits.value).ok())?;
    (1..=4).contains(&number).then_some(number)
}

fn span(first: Point, last: Point, plan_year: Option<i16>) -> Result<Period, PeriodFault> {
    let year = first.year.or(plan_year).ok_or(PeriodFault::NoYear)?;
    let end_year = last.year.or(plan_year).ok_or(PeriodFault::NoYear)?;
    let (begin_month, _) = first.months.unwrap_or((1, 12));
    let (_, end_month) = last.months.unwrap_or((1, 12));
    let date = |year, month, day| Date::new(year, month, day).map_err(|_| PeriodFault::ImpossibleDate);
    let from = date(year, begin_month, first.day.unwrap_or(1))?;
    let to = match last.day {
        Some(day) => date(end_year, end_month, day)?,
        None => date(end_year, end_month, 1)?.last_of_month(),
    };
    if to < from { Err(PeriodFault::Reversed) } else { Ok(Period { from, to }) }
}

/// `2024年3月1日`, `2024.3.1`, `2024-03`, `20240301`, `3月`, `2024年上半年`, `全年`; a bare number is a month.
fn read_point(cursor: &mut Cursor) -> Option<Point> {
    if let Some(months) = read_season(cursor) {
        return Some(Point { year: None, months: Some(months), day: None });
    }
    let digits = read_digits(cursor)?;
    let number: u32 = digits.value;
    match digits.length {
        8 => {
            let (year, rest) = (number / 10_000, number % 10_000);
            let month = i8::try_from(rest / 100).ok()?;
            return Some(Point {
                year: i16::try_from(year).ok(),
                months: Some((month, month)),
                day: i8::try_from(rest % 100).ok(),
            });
        }
        4 => {}
        1 | 2 if cursor.take_any(&["日", "号"]) => {
            return Some(Point { year: None, months: None, day: i8::try_from(number).ok() });
        }
        1 | 2 => return read_month(cursor, None, number, None),
        _ => return None,
    }
    let year = i16::try_from(number).ok()?;
    let mark = read_mark(cursor, &["年度", "年", ".", "/", "-"]);
    if mark.is_none() || cursor.is_done() {
        return Some(Point { year: Some(year), months: None, day: None });
    }
    if let Some(months) = read_season(cursor) {
        return Some(Point { year: Some(year), months: Some(months), day: None });
    }
    let before = cursor.position();
    match read_digits(cursor) {
        Some(month) if month.length <= 2 => read_month(cursor, Some(year), month.value, mark),
        _ => {
            cursor.rewind(before);
            // 2024-2025: the hyphen joined two years and belongs to the caller.
            if mark == Some("-") {
                cursor.rewind(before - 1);
            }
            Some(Point { year: Some(year), months: None, day: None })
        }
    }
}

/// What follows a month: its mark and perhaps a day. With `-` or `.` the day needs the same mark as the year had.
fn read_month(cursor: &mut Cursor, year: Option<i16>, month: u32, mark: Option<&str>) -> Option<Point> {
    let month = i8::try_from(month).ok()?;
    let mut point = Point { year, months: Some((month, month)), day: None };
    let before = cursor.position();
    let is_marked = match mark {
        Some(mark @ ("." | "/" | "-")) => cursor.take(mark) || cursor.take("月"),
        _ => cursor.take_any(&["月份", "月"]) || (year.is_none() && cursor.take(".")),
    };
    if !is_marked {
        return Some(point);
    }
    let after_mark = cursor.position();
    match read_digits(cursor) {
        Some(day) if day.length <= 2 => {
            point.day = i8::try_from(day.value).ok();
            cursor.take_any(&["日", "号"]);
        }
        _ => {
            let was_month_word = cursor.slice(before, after_mark).starts_with('月');
            cursor.rewind(if was_month_word { after_mark } else { before });
        }
    }
    Some(point)
}

fn read_season(cursor: &mut Cursor) -> Option<(i8, i8)> {
    SEASONS.iter().find(|(word, ..)| cursor.take(word)).map(|(_, from, to)| (*from, *to))
}

fn read_mark<'a>(cursor: &mut Cursor, marks: &[&'a str]) -> Option<&'a str> {
    marks.iter().find(|mark| cursor.take(mark)).copied()
}

/// A run of digits with its length, as `03` and `3` may differ in meaning.
struct Digits {
    value: u32,
    length: usize,
}

fn read_digits(cursor: &mut Cursor) -> Option<Digits> {
    let before = cursor.position();
    let run = cursor.take_while(|c| c.is_ascii_digit());
    let read = if run.is_empty() {
        let run = cursor.take_while(numeral::is_numeral);
        numeral::parse(&run).map(|value| Digits { value, length: if value >= 1000 { 4 } else { 2 } })
    } else {
        run.parse().ok().map(|value| Digits { value, length: run.len() })
    };
    if read.is_none() {
        cursor.rewind(before);
    }
    read
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_usual_wordings_are_read() {
        for (text, from, to) in [
            ("2024年3月—11月", "2024-03-01", "2024-11-30"),
            ("2024年3月-2024年11月", "2024-03-01", "2024-11-30"),
            ("2024.3.1-2024.11.30", "2024-03-01", "2024-11-30"),
            ("2024.3-11", "2024-03-01", "2024-11-30"),
            ("2024.3-2024.11", "2024-03-01", "2024-11-30"),
            ("2024.3.1-15", "2024-03-01", "2024-03-15"),
            ("2024-03-01至2024-11-30", "2024-03-01", "2024-11-30"),
            ("2024-03-01-2024-11-30", "2024-03-01", "2024-11-30"),
            ("2024/3/1~2024/11/30", "2024-03-01", "2024-11-30"),
            ("20240301-20241130", "2024-03-01", "2024-11-30"),
            ("2024年3月1日至11月30日", "2024-03-01", "2024-11-30"),
            ("2024年3月1日-15日", "2024-03-01", "2024-03-15"),
            ("自2024年3月1日起至2024年11月30日止", "2024-03-01", "2024-11-30"),
            ("2024 年 3 月 — 11 月", "2024-03-01", "2024-11-30"),
            ("二〇二四年三月至十一月", "2024-03-01", "2024-11-30"),
            ("2024年2月", "2024-02-01", "2024-02-29"),
            ("2024年全年", "2024-01-01", "2024-12-31"),
            ("2024年", "2024-01-01", "2024-12-31"),
            ("2024年度", "2024-01-01", "2024-12-31"),
            ("2024年上半年", "2024-01-01", "2024-06-30"),
            ("2024年第二季度", "2024-04-01", "2024-06-30"),
            ("全年", "2026-01-01", "2026-12-31"),
            ("1月—12月", "2026-01-01", "2026-12-31"),
            ("3-11月", "2026-03-01", "2026-11-30"),
            ("3月1日-4月5日", "2026-03-01", "2026-04-05"),
            ("二季度至四季度", "2026-04-01", "2026-12-31"),
            ("二至四季度", "2026-04-01", "2026-12-31"),
            ("一、二季度", "2026-01-01", "2026-06-30"),
            ("2024年第2-3季度", "2024-04-01", "2024-09-30"),
            ("第1季度至第3季度", "2026-01-01", "2026-09-30"),
            ("3月初至10月底", "2026-03-01", "2026-10-31"),
            ("2024年3月至11月开展", "2024-03-01", "2024-11-30"),
            ("全年实施", "2026-01-01", "2026-12-31"),
            ("2024年内", "2024-01-01", "2024-12-31"),
            ("截至11月底", "2026-01-01", "2026-11-30"),
            ("截止2024年11月30日", "2024-01-01", "2024-11-30"),
            ("2024年6月底前", "2024-01-01", "2024-06-30"),
            ("2024年11月30日之前", "2024-01-01", "2024-11-30"),
            ("11月底前", "2026-01-01", "2026-11-30"),
            ("2024年11月底前完成", "2024-01-01", "2024-11-30"),
        ] {
            let period = parse(text, Some(2026)).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert_eq!(
                (period.from.to_string(), period.to.to_string()),
                (from.to_owned(), to.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_period_is_said() {
        for (text, code) in [
            ("", "period_empty"),
            ("待定", "period_unparsed"),
            ("2024年13月", "period_impossible_date"),
            ("2024.2.30", "period_impossible_date"),
            ("2024年11月-3月", "period_reversed"),
            ("3月起长期", "period_unparsed"),
            ("5月上旬", "period_unparsed"),
            ("5日-8日", "period_unparsed"),
        ] {
            assert_eq!(parse(text, Some(2026)).unwrap_err().code(), code, "{text}");
        }
        assert_eq!(parse("全年", None), Err(PeriodFault::NoYear));
    }

    #[test]
    fn a_period_knows_whether_it_stays_in_its_year() {
        let period = parse("2024年11月-2025年1月", None).unwrap();
        assert!(!period.is_within(2024));
        assert!(parse("全年", Some(2024)).unwrap().is_within(2024));
    }

    proptest! {
        #[test]
        fn reading_never_panics(raw in "[0-9年月日全上半季度至.\\-—/ 底前一二三四]{0,20}") {
            let _ = parse(&raw, Some(2026));
        }

        #[test]
        fn any_text_is_read_or_named(raw in "\\PC{0,40}") {
            match parse(&raw, Some(2026)) {
                Ok(period) => prop_assert!(period.from <= period.to),
                Err(PeriodFault::Unparsed { text }) => prop_assert!(!text.is_empty()),
                Err(_) => {}
            }
        }

        #[test]
        fn written_months_read_back(from in 1_i8..=12, more in 0_i8..12, mark in 0_usize..4) {
            let to = (from + more).min(12);
            let text = format!("2024年{from}月{}{to}月", ["—", "-", "至", "～"][mark]);
            let period = parse(&text, None).unwrap();
            prop_assert_eq!((period.from.month(), period.from.day()), (from, 1));
            prop_assert_eq!((period.to.month(), period.to.tomorrow().unwrap().day()), (to, 1));
        }
    }
}
