//! The reader of quantity cells. Called through [`super::parse`].
//!
//! The cell is cut into clauses; in each clause numbers are found and told apart by what follows them (`%`, 次, a measure
//! word); what stands before a number gives its bound and span. The rest must be filler words or it becomes a remark.

use super::{
    Bound, Count, Frequency, FrequencyUnit, Quantity, QuantityCell, QuantityRemark, QuantityRemarkCode, Ratio,
};
use crate::{
    parse::{Cursor, numeral},
    text,
};

/// Measure words of a count, longer ones first.
const MEASURES: &[&str] =
    &["批次", "户次", "家次", "户", "家", "个", "所", "处", "件", "台", "辆", "艘", "份", "批", "名", "人"];

const AT_LEAST: &[&str] = &["不少于", "不低于", "不小于", "至少", "最少", "最低", "大于等于", "≥", ">="];
const AT_MOST: &[&str] =
    &["不超过", "不高于", "不多于", "不大于", "至多", "最多", "最高", "小于等于", "≤", "<="];

/// Words of a span, longer ones first.
const SPANS: &[(&str, FrequencyUnit)] = &[
    ("许可有效期内", FrequencyUnit::LicenceTerm),
    ("备案有效期内", FrequencyUnit::LicenceTerm),
    ("有效期内", FrequencyUnit::LicenceTerm),
    ("年度内", FrequencyUnit::Year),
    ("年度", FrequencyUnit::Year),
    ("全年", FrequencyUnit::Year),
    ("年内", FrequencyUnit::Year),
    ("半年", FrequencyUnit::HalfYear),
    ("季度", FrequencyUnit::Quarter),
    ("个月", FrequencyUnit::Month),
    ("年", FrequencyUnit::Year),
    ("季", FrequencyUnit::Quarter),
    ("月", FrequencyUnit::Month),
    ("周", FrequencyUnit::Week),
];

/// Words that add nothing to a number, longer ones first.
const FILLERS: &[&str] = &[
    "抽查比例",
    "检查比例",
    "抽取比例",
    "抽查频次",
    "检查频次",
    "抽查数量",
    "检查数量",
    "对同一单位",
    "同一单位",
    "总户数的",
    "总数的",
    "对同一个",
    "对同一",
    "同一个",
    "同一",
    "比例",
    "频次",
    "数量",
    "抽查",
    "检查",
    "抽取",
    "组织",
    "开展",
    "进行",
    "一般",
    "左右",
    "单位",
    "总数",
    "约",
    "每户",
    "每家",
    "按照",
    "按",
    "为",
    "的",
    "在",
    "每",
    "各",
    "共",
    "且",
    "和",
    "市局",
    "达到",
    "预计",
];

/// Cut marks of clauses; NFKC has made most of them half width. 、 joins nouns as often as clauses and is none.
const CUTS: &[char] = &[',', ';', '。', '(', ')', '\n', '，', '；'];

pub(super) fn read(raw: &str) -> QuantityCell {
    // Line breaks cut, other white space is layout.
    let typed: String = text::normalise(raw).chars().filter(|c| !c.is_whitespace() || *c == '\n').collect();
    let typed = without_thousands_marks(&typed);
    let mut cell = QuantityCell::default();
    for clause in typed.split(CUTS).map(|clause| clause.trim_matches(['.', '、'])).filter(|c| !c.is_empty())
    {
        read_clause(clause, &mut cell);
    }
    let only_text = cell.warnings.iter().all(|remark| remark.code == QuantityRemarkCode::Unparsed);
    if cell.quantity.is_empty() && only_text && cell.warnings.len() > 1 {
        // Nothing was read: the sentence stays whole and is not cut at its commas.
        let text = text::normalise(raw);
        cell.warnings = vec![QuantityRemark { code: QuantityRemarkCode::Unparsed, text }];
    }
    cell
}

/// `1,200户` is one number: a comma between digits with exactly three of them behind it groups, it does not cut.
fn without_thousands_marks(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let mut out = String::with_capacity(text.len());
    for (at, c) in chars.iter().enumerate() {
        let groups = *c == ','
            && is_digit(at.checked_sub(1))
            && !is_digit(at.checked_sub(4))
            && (1..=3).all(|next| is_digit(Some(at + next)))
            && !is_digit(Some(at + 4));
        if !groups {
            out.push(*c);
        }
    }
    out
}

/// Marks between the ends of a range.
const RANGE: &[&str] = &["—", "–", "-", "~", "～", "至", "到"];

/// A value found in a clause.
enum Value {
    Count(Count),
    Ratio(Ratio),
    Frequency(Frequency),
    AboveWhole,
}

fn read_clause(clause: &str, cell: &mut QuantityCell) {
    let mut cursor = Cursor::new(clause);
    let mut lead_from = 0;
    let (mut found, mut repeated, mut above) = (false, false, false);
    let mut leftovers: Vec<String> = Vec::new();
    while !cursor.is_done() {
        let at = cursor.position();
        let lead = cursor.slice(lead_from, at);
        let Some(value) = read_value(&mut cursor, &lead) else {
            // Step over the whole number, so that 12 is never read as 1 and then 2, nor one too large by its tail.
            cursor.rewind(at);
            if read_number(&mut cursor).is_none() {
                cursor.rewind(at);
                if cursor.take_while(numeral::is_numeral).is_empty() {
                    cursor.next();
                }
            }
            continue;
        };
        found = true;
        lead_from = cursor.position();
        leftovers.push(lead);
        match value {
            Value::AboveWhole => above = true,
            value => repeated |= !keep(value, &mut cell.quantity),
        }
    }
    leftovers.push(cursor.slice(lead_from, cursor.position()));
    let mut remark = |code, text: &str| cell.warnings.push(QuantityRemark { code, text: text.to_owned() });
    if above {
        remark(QuantityRemarkCode::RatioAboveWhole, clause);
    }
    if repeated {
        remark(QuantityRemarkCode::MoreThanOne, clause);
    } else if !found {
        remark(QuantityRemarkCode::Unparsed, clause);
    } else {
        for leftover in leftovers.iter().filter(|leftover| !is_filler(leftover)) {
            remark(QuantityRemarkCode::Unparsed, leftover);
        }
    }
}

/// Puts a value into its place; false if the place was taken.
fn keep(value: Value, quantity: &mut Quantity) -> bool {
    match value {
        Value::Count(count) if quantity.count.is_none() => quantity.count = Some(count),
        Value::Ratio(ratio) if quantity.ratio.is_none() => quantity.ratio = Some(ratio),
        Value::Frequency(frequency) if quantity.frequency.is_none() => quantity.frequency = Some(frequency),
        _ => return false,
    }
    true
}

fn read_value(cursor: &mut Cursor, lead: &str) -> Option<Value> {
    if cursor.take_any(&["全覆盖", "全部"]) {
        let whole = Ratio { basis_points: 10_000, basis_points_max: None, bound: Bound::Exact };
        return Some(Value::Ratio(whole));
    }
    // 同一个单位 and 对一个单位 name the subject, not how many there are.
    if lead.ends_with(['同', '对']) {
        return None;
    }
    let before = cursor.position();
    if let Some(low) = read_share(cursor) {
        return ratio(cursor, lead, low);
    }
    cursor.rewind(before);
    let number = read_number(cursor)?;
    let after_number = cursor.position();
    // 3-5%: the mark of the share stands behind the second number only.
    if cursor.take_any(RANGE)
        && let Some((high, scale)) = read_share_scaled(cursor)
        && let Some(low) = number.scaled(scale).filter(|low| *low < high)
    {
        return ratio_between(cursor, lead, low, Some(high));
    }
    cursor.rewind(after_number);
    let n = number.whole().filter(|n| *n > 0)?;
    if cursor.take_any(RANGE) {
        let upper = read_number(cursor).and_then(|upper| upper.whole()).filter(|upper| *upper >= n);
        if let Some(upper) = upper {
            if cursor.take("次") {
                return Some(frequency(cursor, lead, n, Some(upper)));
            }
            if let Some(unit) = MEASURES.iter().find(|unit| cursor.take(unit)) {
                return Some(count(cursor, lead, (n, Some(upper)), unit));
            }
        }
        cursor.rewind(after_number);
    }
    if cursor.take("次") {
        return Some(frequency(cursor, lead, n, None));
    }
    let unit = MEASURES.iter().find(|unit| cursor.take(unit))?;
    let after_unit = cursor.position();
    // 30户至50户.
    if cursor.take_any(RANGE) {
        let upper = read_number(cursor).and_then(|upper| upper.whole()).filter(|upper| *upper >= n);
        if upper.is_some() && cursor.take(unit) {
            return Some(count(cursor, lead, (n, upper), unit));
        }
        cursor.rewind(after_unit);
    }
    Some(count(cursor, lead, (n, None), unit))
}

fn count(cursor: &mut Cursor, lead: &str, (n, n_max): (u32, Option<u32>), unit: &str) -> Value {
    let bound = bound_of(lead, cursor);
    Value::Count(Count { n, n_max: n_max.filter(|most| *most > n), unit: unit.to_owned(), bound })
}

/// `5%`, `2‰`, `百分之五`, `千分之二` in basis points.
fn read_share(cursor: &mut Cursor) -> Option<u32> {
    read_share_scaled(cursor).map(|(points, _)| points)
}

/// A share with the factor that made basis points of its number.
fn read_share_scaled(cursor: &mut Cursor) -> Option<(u32, u32)> {
    let in_words = if cursor.take("百分之") {
        Some(100)
    } else if cursor.take("千分之") {
        Some(10)
    } else {
        None
    };
    let number = read_number(cursor)?;
    let scale = match in_words {
        Some(scale) => scale,
        None if cursor.take("%") => 100,
        None if cursor.take("‰") => 10,
        None => return None,
    };
    Some((number.scaled(scale)?, scale))
}

fn ratio(cursor: &mut Cursor, lead: &str, low: u32) -> Option<Value> {
    let after_low = cursor.position();
    if cursor.take_any(RANGE)
        && let Some(high) = read_share(cursor).filter(|high| *high > low)
    {
        return ratio_between(cursor, lead, low, Some(high));
    }
    cursor.rewind(after_low);
    ratio_between(cursor, lead, low, None)
}

fn ratio_between(cursor: &mut Cursor, lead: &str, low: u32, high: Option<u32>) -> Option<Value> {
    let bound = bound_of(lead, cursor);
    let before = cursor.position();
    // 10%/年: a share is always of one plan year.
    if cursor.take("/") && !cursor.take_any(&["每年", "年度", "年"]) {
        cursor.rewind(before);
    }
    match (low, high.unwrap_or(low)) {
        (0, _) => None,
        (_, ..=10_000) => Some(Value::Ratio(Ratio { basis_points: low, basis_points_max: high, bound })),
        _ => Some(Value::AboveWhole),
    }
}

fn frequency(cursor: &mut Cursor, lead: &str, times: u32, times_max: Option<u32>) -> Value {
    let bound = bound_of(lead, cursor);
    let before = cursor.position();
    let after = if cursor.take("/") {
        if cursor.take_any(&["日", "天"]) { Some((1, FrequencyUnit::Day)) } else { read_span(cursor) }
    } else {
        None
    };
    if after.is_none() {
        cursor.rewind(before);
    }
    let (every, unit) = after.or_else(|| span_in(lead)).unwrap_or((1, FrequencyUnit::PlanPeriod));
    Value::Frequency(Frequency { times, times_max, bound, every, unit })
}

/// Bound named before the number, or right after it (以上, 以内).
fn bound_of(lead: &str, cursor: &mut Cursor) -> Bound {
    if cursor.take("以上") || AT_LEAST.iter().any(|word| lead.contains(word)) {
        Bound::AtLeast
    } else if cursor.take_any(&["以内", "以下"]) || AT_MOST.iter().any(|word| lead.contains(word)) {
        Bound::AtMost
    } else {
        Bound::Exact
    }
}

/// `年`, `每年`, `2年`, `季度`, `每日` at the cursor. A day needs its 每 (or the slash before it): 日常 is no span.
fn read_span(cursor: &mut Cursor) -> Option<(u32, FrequencyUnit)> {
    let before = cursor.position();
    if cursor.take("隔年") {
        return Some((2, FrequencyUnit::Year));
    }
    if cursor.take("每") && cursor.take_any(&["日", "天"]) {
        return Some((1, FrequencyUnit::Day));
    }
    let every = read_number(cursor).and_then(|n| n.whole()).filter(|n| (1..=20).contains(n)).unwrap_or(1);
    let span = SPANS.iter().find(|(word, _)| cursor.take(word)).map(|(_, unit)| (every, *unit));
    if span.is_none() {
        cursor.rewind(before);
    }
    span
}

/// The first span named anywhere in the text.
fn span_in(lead: &str) -> Option<(u32, FrequencyUnit)> {
    let mut cursor = Cursor::new(lead);
    while !cursor.is_done() {
        if let Some(span) = read_span(&mut cursor) {
            return Some(span);
        }
        cursor.next();
    }
    None
}

/// Whether the text holds only spans, bounds, fillers and punctuation.
fn is_filler(text: &str) -> bool {
    let mut cursor = Cursor::new(text);
    while let Some(c) = cursor.peek() {
        let known = [AT_LEAST, AT_MOST, FILLERS].iter().any(|words| cursor.take_any(words));
        if !known && read_span(&mut cursor).is_none() {
            if c.is_alphanumeric() {
                return false;
            }
            cursor.next();
        }
    }
    true
}

/// A number with at most a few decimals, kept as digits so that 33.33% stays exact.
struct Number {
    whole: u32,
    decimals: String,
}

impl Number {
    fn whole(&self) -> Option<u32> {
        self.decimals.is_empty().then_some(self.whole)
    }

    /// The number times 10 or 100; none if digits would be lost.
    fn scaled(&self, factor: u32) -> Option<u32> {
        let places = if factor == 100 { 2 } else { 1 };
        let decimals = self.decimals.trim_end_matches('0');
        if decimals.len() > places {
            return None;
        }
        let fraction: u32 = format!("{decimals:0<places$}").parse().ok()?;
        self.whole.checked_mul(factor)?.checked_add(fraction)
    }
}

fn read_number(cursor: &mut Cursor) -> Option<Number> {
    let before = cursor.position();
    let digits = cursor.take_while(|c| c.is_ascii_digit());
    if digits.is_empty() {
        let whole = numeral::parse(&cursor.take_while(numeral::is_numeral));
        if whole.is_none() {
            cursor.rewind(before);
        }
        return whole.map(|whole| Number { whole, decimals: String::new() });
    }
    let after_digits = cursor.position();
    let decimals = if cursor.take(".") { cursor.take_while(|c| c.is_ascii_digit()) } else { String::new() };
    if decimals.is_empty() {
        cursor.rewind(after_digits);
    }
    digits.parse().ok().map(|whole| Number { whole, decimals })
}
