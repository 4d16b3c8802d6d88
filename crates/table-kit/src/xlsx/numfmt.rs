//! What Excel shows for a number under a number format, in a Chinese locale.
//!
//! Knows integers, decimals, grouping, percent, literals, sections and dates. Scientific and fraction
//! formats are shown as General on purpose: no text of this crate is in scientific form.

use jiff::civil::DateTime;

use super::{date, decimal};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(String),
    Digit(char),
    Point,
    Comma,
    Percent,
    General,
    Text,
    /// A run of one date letter (lower case; `n` for minutes) and its length.
    Date(char, usize),
    AmPm(&'static str, &'static str),
    /// `[h]`, `[m]`, `[s]`: whole hours, minutes or seconds.
    Elapsed(char),
    Unshown,
}

/// A parsed number format.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NumberFormat {
    sections: Vec<Vec<Token>>,
    pub(crate) has_date: bool,
    pub(crate) has_time: bool,
}

/// The code of a built-in format as a Chinese Excel shows it; General for the unknown ones.
pub(crate) fn builtin(id: u32) -> &'static str {
    match id {
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        5..=8 => "#,##0.00",
        9 => "0%",
        10 => "0.00%",
        14 => "yyyy/m/d",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        22 => "yyyy/m/d h:mm",
        27 | 36 | 50 | 52 | 57 => "yyyy\"年\"m\"月\"",
        28 | 29 | 51 | 53 | 54 | 58 => "m\"月\"d\"日\"",
        30 => "m-d-yy",
        31 => "yyyy\"年\"m\"月\"d\"日\"",
        32 => "h\"时\"mm\"分\"",
        33 => "h\"时\"mm\"分\"ss\"秒\"",
        34 | 55 => "上午/下午h\"时\"mm\"分\"",
        35 | 56 => "上午/下午h\"时\"mm\"分\"ss\"秒\"",
        37 | 38 => "#,##0;-#,##0",
        39 | 40 => "#,##0.00;-#,##0.00",
        41 | 42 => "#,##0",
        43 | 44 => "#,##0.00",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mm:ss.0",
        49 => "@",
        _ => "General",
    }
}

impl NumberFormat {
    pub(crate) fn parse(code: &str) -> Self {
        let mut sections: Vec<Vec<Token>> = split_sections(code).map(tokens).collect();
        sections.iter_mut().for_each(|s| months_to_minutes(s));
        let first = sections.first().map_or(&[][..], Vec::as_slice);
        let has_date = first.iter().any(|t| matches!(t, Token::Date('y' | 'm' | 'd' | 'e' | 'a', _)));
        let has_time = first.iter().any(|t| matches!(t, Token::Date('h' | 'n' | 's', _) | Token::Elapsed(_)));
        Self { sections, has_date, has_time }
    }

    pub(crate) fn is_temporal(&self) -> bool {
        self.has_date || self.has_time
    }

    /// Whether an integer is shown as its plain digits, so that digits beyond the 15th can be kept.
    pub(crate) fn is_plain_integer(&self) -> bool {
        match self.sections.first().map(Vec::as_slice) {
            None | Some([Token::General | Token::Text | Token::Digit(_)]) => true,
            Some(tokens) => tokens.contains(&Token::Unshown),
        }
    }

    /// The shown text; none when a date does not exist.
    pub(crate) fn show(&self, value: f64, is_1904: bool) -> Option<String> {
        if self.is_temporal() {
            return self.show_date(value, is_1904);
        }
        let index = match self.sections.len() {
            0 | 1 => 0,
            _ if value < 0.0 => 1,
            len if len > 2 && value == 0.0 => 2,
            _ => 0,
        };
        let Some(tokens) = self.sections.get(index) else {
            return Some(decimal::general(value));
        };
        if tokens.contains(&Token::Unshown) {
            return Some(decimal::general(value));
        }
        Some(show_number(tokens, value, index == 0))
    }

    fn show_date(&self, value: f64, is_1904: bool) -> Option<String> {
        let tokens = self.sections.first()?;
        let is_elapsed = tokens.iter().any(|t| matches!(t, Token::Elapsed(_)));
        let at = match date::from_serial(value, is_1904) {
            Some(at) => at,
            None if is_elapsed && value.is_finite() && (0.0..1e7).contains(&value) => DateTime::ZERO,
            None => return None,
        };
        let seconds = (value * 86_400.0).round() as i64;
        let is_half_day = tokens.iter().any(|t| matches!(t, Token::AmPm(..)));
        let mut out = String::new();
        for token in tokens {
            match token {
                Token::Literal(text) => out.push_str(text),
                Token::AmPm(am, pm) => out.push_str(if at.hour() < 12 { am } else { pm }),
                Token::Elapsed('h') => out.push_str(&(seconds / 3600).to_string()),
                Token::Elapsed('m') => out.push_str(&(seconds / 60).to_string()),
                Token::Elapsed(_) => out.push_str(&seconds.to_string()),
                Token::Date(letter, len) => show_part(&mut out, *letter, *len, at, is_half_day),
                _ => {}
            }
        }
        Some(out)
    }
}

fn show_part(out: &mut String, letter: char, len: usize, at: DateTime, is_half_day: bool) {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [(&str, &str); 7] = [
        ("Monday", "一"),
        ("Tuesday", "二"),
        ("Wednesday", "三"),
        ("Thursday", "四"),
        ("Friday", "五"),
        ("Saturday", "六"),
        ("Sunday", "日"),
    ];
    let month = MONTHS[(at.month() as usize + 11) % 12];
    let day = DAYS[at.date().weekday().to_monday_zero_offset() as usize % 7];
    let hour = if is_half_day { (at.hour() + 11) % 12 + 1 } else { at.hour() };
    let number = |n: i8| if len == 1 { n.to_string() } else { format!("{n:02}") };
    let text = match (letter, len) {
        ('y', 1 | 2) => format!("{:02}", at.year() % 100),
        ('y' | 'e', _) => format!("{:04}", at.year()),
        ('m', 1 | 2) => number(at.month()),
        ('m', 3) => month[..3].to_owned(),
        ('m', 4) => month.to_owned(),
        ('m', _) => month[..1].to_owned(),
        ('d', 1 | 2) => number(at.day()),
        ('d', 3) => day.0[..3].to_owned(),
        ('d', _) => day.0.to_owned(),
        ('a', 1..=3) => day.1.to_owned(),
        ('a', _) => format!("星期{}", day.1),
        ('h', _) => number(hour),
        ('n', _) => number(at.minute()),
        _ => number(at.second()),
    };
    out.push_str(&text);
}

fn show_number(tokens: &[Token], value: f64, is_signed: bool) -> String {
    if tokens.iter().any(|t| matches!(t, Token::General | Token::Text)) {
        let number = decimal::general(if is_signed { value } else { value.abs() });
        return tokens
            .iter()
            .map(|t| match t {
                Token::General | Token::Text => number.as_str(),
                Token::Literal(text) => text,
                _ => "",
            })
            .collect();
    }
    let point = tokens.iter().position(|t| *t == Token::Point).unwrap_or(tokens.len());
    let is_digit = |t: &&Token| matches!(t, Token::Digit(_));
    let whole = tokens[..point].iter().filter(is_digit).count();
    let least_whole = tokens[..point].iter().filter(|t| **t == Token::Digit('0')).count();
    let decimals: Vec<&Token> = tokens[point..].iter().filter(is_digit).collect();
    let least_decimals = decimals.iter().rposition(|t| **t == Token::Digit('0')).map_or(0, |k| k + 1);
    let first = tokens.iter().position(|t| is_digit(&t));
    let last = tokens[..point].iter().rposition(|t| is_digit(&t));
    let comma = |k: usize| tokens[k] == Token::Comma;
    let is_grouped = matches!((first, last), (Some(a), Some(b)) if (a..b).any(comma));
    let scale = last.map_or(0, |b| (b + 1..point).take_while(|k| comma(*k)).count());
    let percents = tokens.iter().filter(|t| **t == Token::Percent).count();
    let scaled = value * 100f64.powi(percents as i32) / 1000f64.powi(scale as i32);

    let fixed = decimal::fixed(scaled, decimals.len());
    let (digits, fraction) = fixed.split_once('.').unwrap_or((&fixed, ""));
    let is_zero = fixed.bytes().all(|b| b == b'0' || b == b'.');
    let digits = if digits == "0" && least_whole == 0 { "" } else { digits };
    let digits: Vec<char> = format!("{digits:0>least_whole$}").chars().collect();
    let mut fraction = fraction;
    while fraction.len() > least_decimals && fraction.ends_with('0') {
        fraction = &fraction[..fraction.len() - 1];
    }

    let mut out = String::new();
    if is_signed && value < 0.0 && !is_zero {
        out.push('-');
    }
    let emit = |out: &mut String, from: usize, to: usize| {
        for at in from..to {
            out.push(digits[at]);
            let left = digits.len() - 1 - at;
            if is_grouped && left > 0 && left.is_multiple_of(3) {
                out.push(',');
            }
        }
    };
    let (mut seen, mut fraction_shown) = (0, false);
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Literal(text) => out.push_str(text),
            Token::Percent => out.push('%'),
            Token::Point if whole == 0 => {
                emit(&mut out, 0, digits.len());
                out.push('.');
            }
            Token::Point => out.push('.'),
            Token::Digit(_) if index < point => {
                seen += 1;
                let to = (digits.len() + seen).saturating_sub(whole);
                let from = if seen == 1 { 0 } else { to.saturating_sub(1) };
                let is_filled = digits.len() + seen > whole;
                if is_filled {
                    emit(&mut out, from, to);
                }
            }
            Token::Digit(_) if !fraction_shown => {
                fraction_shown = true;
                out.push_str(fraction);
            }
            _ => {}
        }
    }
    out
}

/// Splits at `;` outside quotes.
fn split_sections(code: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    code.split(move |c: char| {
        if escaped {
            escaped = false;
            return false;
        }
        match c {
            '\\' | '_' | '*' if !quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        c == ';' && !quoted
    })
}

fn tokens(section: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = section;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let lower = c.to_ascii_lowercase();
        let (token, left) = match lower {
            '"' => {
                let (text, left) = after.split_once('"').unwrap_or((after, ""));
                (Some(Token::Literal(text.to_owned())), left)
            }
            '\\' | '_' | '*' => {
                let next = after.chars().next();
                let left = &after[next.map_or(0, char::len_utf8)..];
                let text = match lower {
                    '\\' => next.map(String::from),
                    '_' => Some(" ".to_owned()),
                    _ => None,
                };
                (text.map(Token::Literal), left)
            }
            '[' => {
                let (inside, left) = after.split_once(']').unwrap_or((after, ""));
                (bracket(inside), left)
            }
            _ if starts_with(rest, "general") => (Some(Token::General), &rest[7..]),
            _ if starts_with(rest, "am/pm") => (Some(Token::AmPm("AM", "PM")), &rest[5..]),
            _ if starts_with(rest, "a/p") => (Some(Token::AmPm("A", "P")), &rest[3..]),
            _ if rest.starts_with("上午/下午") => (Some(Token::AmPm("上午", "下午")), &rest[13..]),
            'y' | 'm' | 'd' | 'h' | 's' | 'a' => {
                let len = rest.chars().take_while(|x| x.to_ascii_lowercase() == lower).count();
                (Some(Token::Date(lower, len)), &rest[len..])
            }
            'e' if after.starts_with(['+', '-']) => (Some(Token::Unshown), after),
            'e' => {
                let len = rest.chars().take_while(|x| x.eq_ignore_ascii_case(&'e')).count();
                (Some(Token::Date('e', len)), &rest[len..])
            }
            '0' | '#' | '?' => (Some(Token::Digit(c)), after),
            '.' => (Some(Token::Point), after),
            ',' => (Some(Token::Comma), after),
            '%' => (Some(Token::Percent), after),
            '@' => (Some(Token::Text), after),
            _ => (Some(Token::Literal(c.to_string())), after),
        };
        out.extend(token);
        rest = left;
    }
    if out.iter().any(|t| matches!(t, Token::Date(..) | Token::Elapsed(_))) {
        // Points and commas are separators in dates; fractions of seconds are not shown.
        for token in &mut out {
            match token {
                Token::Point => *token = Token::Literal(".".to_owned()),
                Token::Comma => *token = Token::Literal(",".to_owned()),
                _ => {}
            }
        }
        if let Some(at) = out.iter().position(|t| matches!(t, Token::Digit(_))) {
            if at > 0 && out[at - 1] == Token::Literal(".".to_owned()) {
                out.remove(at - 1);
            }
            out.retain(|t| !matches!(t, Token::Digit(_)));
        }
    } else {
        let digits = |range: &[Token]| range.iter().any(|t| matches!(t, Token::Digit(_)));
        let slash = out.iter().position(|t| *t == Token::Literal("/".to_owned()));
        if slash.is_some_and(|at| digits(&out[..at]) && digits(&out[at..])) {
            out.push(Token::Unshown);
        }
    }
    out
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

fn bracket(inside: &str) -> Option<Token> {
    if let Some(currency) = inside.strip_prefix('$') {
        let symbol = currency.split('-').next().unwrap_or_default();
        return (!symbol.is_empty()).then(|| Token::Literal(symbol.to_owned()));
    }
    let first = inside.chars().next()?.to_ascii_lowercase();
    let is_run = inside.chars().all(|c| c.to_ascii_lowercase() == first);
    (is_run && matches!(first, 'h' | 'm' | 's')).then_some(Token::Elapsed(first))
}

/// `m` after hours or before seconds means minutes.
fn months_to_minutes(tokens: &mut [Token]) {
    let places: Vec<usize> =
        (0..tokens.len()).filter(|i| matches!(tokens[*i], Token::Date(..) | Token::Elapsed(_))).collect();
    for (k, &at) in places.iter().enumerate() {
        let Token::Date('m', len) = tokens[at] else { continue };
        let before = k.checked_sub(1).map(|k| &tokens[places[k]]);
        let after = places.get(k + 1).map(|at| &tokens[*at]);
        let is_minute = len <= 2
            && (matches!(before, Some(Token::Date('h', _) | Token::Elapsed('h')))
                || matches!(after, Some(Token::Date('s', _) | Token::Elapsed('s'))));
        if is_minute {
            tokens[at] = Token::Date('n', len);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_excel_shows_them() {
        for (code, value, want) in [
            ("General", 0.05, "0.05"),
            ("General", 123_456_789_012.0, "123456789012"),
            ("0%", 0.05, "5%"),
            ("0.00%", 0.05, "5.00%"),
            ("0%", 0.07, "7%"),
            ("0.0%", 0.125, "12.5%"),
            ("0", 2.5, "3"),
            ("0.00", 1.005, "1.01"),
            ("0.00", -1.005, "-1.01"),
            ("0.00", -0.001, "0.00"),
            ("#,##0", 1_234_567.0, "1,234,567"),
            ("#,##0.00", 1234.5, "1,234.50"),
            ("#,##0;[Red](#,##0)", -1234.0, "(1,234)"),
            ("0.0#", 1.5, "1.5"),
            ("#.##", 0.5, ".5"),
            ("000000", 42.0, "000042"),
            ("000-0000", 1_234_567.0, "123-4567"),
            ("0\"户\"", 30.0, "30户"),
            ("[$¥-804]#,##0.00", 12.0, "¥12.00"),
            ("0.00E+00", 12_345.0, "12345"),
            ("# ?/?", 0.5, "0.5"),
            ("@", 7.0, "7"),
            ("0,", 12_345.0, "12"),
            ("0;-0;\"无\"", 0.0, "无"),
        ] {
            assert_eq!(NumberFormat::parse(code).show(value, false).as_deref(), Some(want), "{code} {value}");
        }
    }

    #[test]
    fn dates_are_shown_as_excel_shows_them() {
        for (code, value, want) in [
            ("yyyy-mm-dd", 45_352.0, "2024-03-01"),
            ("yyyy/m/d", 45_352.0, "2024/3/1"),
            ("yyyy\"年\"m\"月\"d\"日\"", 45_352.0, "2024年3月1日"),
            ("yyyy\\-mm\\-dd\\ hh:mm:ss", 45_352.354_166_67, "2024-03-01 08:30:00"),
            ("h:mm AM/PM", 0.75, "6:00 PM"),
            ("[h]:mm:ss", 1.5, "36:00:00"),
            ("mm:ss", 0.010_416_666_7, "15:00"),
            ("aaaa", 45_352.0, "星期五"),
            ("d-mmm-yy", 45_352.0, "1-Mar-24"),
            ("[$-804]yyyy.m.d;@", 45_352.0, "2024.3.1"),
        ] {
            assert_eq!(NumberFormat::parse(code).show(value, false).as_deref(), Some(want), "{code}");
        }
        assert_eq!(NumberFormat::parse("yyyy-mm-dd").show(60.0, false), None);
    }
}
