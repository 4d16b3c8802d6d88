//! Chinese numerals (一百二十三) and Arabic digits, both ways, for law citations and free cells.
//!
//! Called by [`crate::law`], [`super::quantity`] and [`super::period`]. It refuses fractions and numbers past 9999, which no
//! article or yearly plan has.

/// Largest number read or written.
pub const LARGEST: u32 = 9999;

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// Whether the character can stand in a Chinese or Arabic numeral.
pub fn is_numeral(c: char) -> bool {
    arabic(c).is_some() || chinese(c).is_some() || unit(c).is_some()
}

/// Reads `85`, `８５`, `八十五`, `一百零五`, `两千`, `二〇二四`; none for anything else or above 9999.
pub fn parse(text: &str) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    let value = if text.chars().all(|c| arabic(c).is_some()) {
        positional(text.chars().filter_map(arabic))
    } else if text.chars().all(|c| chinese(c).is_some()) {
        if text.chars().count() == 1 {
            text.chars().next().and_then(chinese)
        } else {
            positional(text.chars().filter_map(chinese))
        }
    } else {
        grouped(text)
    }?;
    (value <= LARGEST).then_some(value)
}

/// Writes a number up to 9999 as law citations do: 85 gives `八十五`, 110 gives `一百一十`, 105 gives `一百零五`.
///
/// Larger numbers are written in Arabic digits.
pub fn to_chinese(n: u32) -> String {
    if n > LARGEST {
        return n.to_string();
    }
    if n == 0 {
        return "零".to_owned();
    }
    let mut out = String::new();
    let mut gap = false;
    for (size, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = n / size % 10;
        if digit == 0 {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push('零');
            gap = false;
        }
        // Ten to nineteen stand without the leading one.
        if !(size == 10 && digit == 1 && out.is_empty()) {
            out.push(*DIGITS.get(digit as usize).unwrap_or(&'零'));
        }
        out.push_str(name);
    }
    out
}

fn arabic(c: char) -> Option<u32> {
    match c {
        '0'..='9' => c.to_digit(10),
        '０'..='９' => Some(u32::from(c) - u32::from('０')),
        _ => None,
    }
}

fn chinese(c: char) -> Option<u32> {
    match c {
        '〇' | '○' => Some(0),
        '两' => Some(2),
        _ => DIGITS.iter().position(|digit| *digit == c).and_then(|at| u32::try_from(at).ok()),
    }
}

fn unit(c: char) -> Option<u32> {
    match c {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1000),
        _ => None,
    }
}

fn positional(digits: impl Iterator<Item = u32>) -> Option<u32> {
    let mut value: u32 = 0;
    for digit in digits {
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    Some(value)
}

/// Digits and units: each unit must be smaller than the one before.
fn grouped(text: &str) -> Option<u32> {
    let mut total: u32 = 0;
    let mut digit: Option<u32> = None;
    let mut last_unit = u32::MAX;
    for c in text.chars() {
        if let Some(size) = unit(c) {
            if size >= last_unit {
                return None;
            }
            let count = match digit.take() {
                Some(0) | None if size == 10 && total.is_multiple_of(100) => 1,
                Some(count) if count > 0 => count,
                _ => return None,
            };
            total = total.checked_add(count * size)?;
            last_unit = size;
        } else {
            let value = chinese(c)?;
            if digit.is_some_and(|before| before != 0) {
                return None;
            }
            digit = Some(value);
        }
    }
    Some(total + digit.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numerals_of_both_scripts_are_read() {
        for (text, value) in [
            ("85", 85),
            ("８５", 85),
            ("八十五", 85),
            ("十", 10),
            ("十二", 12),
            ("二十", 20),
            ("一百", 100),
            ("一百零五", 105),
            ("一百一十", 110),
            ("一百一十三", 113),
            ("二百零九", 209),
            ("一千二百六十", 1260),
            ("一千零一十", 1010),
            ("两", 2),
            ("二〇二四", 2024),
        ] {
            assert_eq!(parse(text), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_numeral_is_refused() {
        for text in ["", "条", "十百", "一一十", "10000", "99999999999", "八5"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_written_number_reads_back(n in 0_u32..=LARGEST) {
            prop_assert_eq!(parse(&to_chinese(n)), Some(n));
        }

        #[test]
        fn reading_never_panics(text in "[零一二三九十百千0-9两]{0,8}") {
            let _ = parse(&text);
        }
    }
}
