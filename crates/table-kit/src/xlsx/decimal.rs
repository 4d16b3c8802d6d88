//! Decimal texts of numbers: never in scientific form, never with digits that were not there.

/// Significant digits that Excel keeps.
pub(crate) const EXCEL_DIGITS: usize = 15;

/// The plain decimal form of a number literal, with every digit the file holds.
///
/// None when it is no finite number. Fractions are rounded to Excel's 15 digits, integers are not.
pub(crate) fn plain(literal: &str) -> Option<String> {
    let literal = literal.trim();
    let value: f64 = literal.parse().ok().filter(|v: &f64| v.is_finite())?;
    if literal.bytes().any(|b| b.is_ascii_alphabetic() && !matches!(b, b'e' | b'E')) {
        return None;
    }
    let (mantissa, exponent) = match literal.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (literal, 0),
    };
    let is_negative = mantissa.starts_with('-');
    let mantissa = mantissa.trim_start_matches(['+', '-']);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let is_integer = i32::try_from(fraction.len()).is_ok_and(|digits| exponent >= digits);
    if !is_integer || exponent > 330 {
        return Some(general(value));
    }
    let zeros = exponent as usize - fraction.len();
    let digits = format!("{whole}{fraction}{}", "0".repeat(zeros));
    let digits = digits.trim_start_matches('0');
    Some(match digits {
        "" => "0".to_owned(),
        _ if is_negative => format!("-{digits}"),
        _ => digits.to_owned(),
    })
}

/// Whether a plain integer has more digits than Excel keeps.
pub(crate) fn has_lost_digits(plain: &str) -> bool {
    !plain.contains('.') && plain.trim_start_matches('-').len() > EXCEL_DIGITS
}

/// A number as Excel shows it with format General, but never in scientific form.
pub(crate) fn general(value: f64) -> String {
    let (digits, point) = digits_of(value);
    let mut text = place_point(&digits, point);
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if value < 0.0 && text != "0" { format!("-{text}") } else { text }
}

/// The absolute value with exactly `places` decimals, rounded half up on Excel's 15 digits.
pub(crate) fn fixed(value: f64, places: usize) -> String {
    let (mut digits, mut point) = digits_of(value);
    let keep = point + places as i32;
    if keep < 0 {
        digits = vec![0];
        point = 0;
    } else if (keep as usize) < digits.len() {
        let keep = keep as usize;
        let is_up = digits[keep] >= 5;
        digits.truncate(keep);
        if is_up {
            let mut at = keep;
            loop {
                if at == 0 {
                    digits.insert(0, 1);
                    point += 1;
                    break;
                }
                at -= 1;
                if digits[at] < 9 {
                    digits[at] += 1;
                    break;
                }
                digits[at] = 0;
            }
        }
    }
    let text = place_point(&digits, point);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    match places {
        0 => whole.to_owned(),
        _ => format!("{whole}.{:0<places$}", &fraction[..fraction.len().min(places)]),
    }
}

/// Up to 15 significant digits and the place of the decimal point after them.
fn digits_of(value: f64) -> (Vec<u8>, i32) {
    let text = format!("{:.*e}", EXCEL_DIGITS - 1, value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
    (digits, exponent.parse::<i32>().unwrap_or(0) + 1)
}

fn place_point(digits: &[u8], point: i32) -> String {
    let mut text = String::new();
    if point <= 0 {
        text.push_str("0.");
        text.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
    }
    for (index, digit) in digits.iter().enumerate() {
        if index as i32 == point && point > 0 {
            text.push('.');
        }
        text.push(char::from(b'0' + digit));
    }
    text.extend(std::iter::repeat_n('0', (point.max(0) as usize).saturating_sub(digits.len())));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_ever_in_scientific_form_and_no_digit_is_lost() {
        for (literal, want) in [
            ("123456789012345678", "123456789012345678"),
            ("1.2345678901234599E+17", "123456789012345990"),
            ("1E+2", "100"),
            ("-7", "-7"),
            ("0.1", "0.1"),
            ("0.30000000000000004", "0.3"),
            ("1.5E-7", "0.00000015"),
            ("-0", "0"),
            ("12.50", "12.5"),
            ("1.0", "1"),
            ("0", "0"),
        ] {
            assert_eq!(plain(literal).as_deref(), Some(want), "{literal}");
        }
        assert_eq!(plain("1E+999999999"), None);
        assert_eq!(plain("abc"), None);
        assert_eq!(plain("inf"), None);
    }

    #[test]
    fn decimals_round_as_excel_does() {
        for (value, places, want) in [
            (1.005, 2, "1.01"),
            (0.285, 2, "0.29"),
            (0.5, 0, "1"),
            (0.05, 0, "0"),
            (9.999, 2, "10.00"),
            (123.0, 1, "123.0"),
            (0.0, 2, "0.00"),
            (0.000_04, 2, "0.00"),
            (999_999.5, 0, "1000000"),
            (1e16, 0, "10000000000000000"),
        ] {
            assert_eq!(fixed(value, places), want, "{value} {places}");
        }
    }
}
