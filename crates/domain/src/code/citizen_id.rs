//! Citizen identity number (公民身份号码), GB 11643-1999: 17 digits and a check of MOD 11-2.
//!
//! Personal data: `Debug` and `Display` show the masked form only, the clear value leaves by one named method. It refuses to
//! judge age, as that needs a clock. Called by [`crate::identifier`] and by services that store the number encrypted.

use std::fmt;

use jiff::civil::Date;

use super::{CodeFault, first_foreign, region, require_length};
use crate::mask;

/// Weights of the first seventeen places, 2 to the power of (18 − i) modulo 11.
pub const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// Check characters for the remainders 0 to 10.
const CHECKS: &[u8; 11] = b"10X98765432";

crate::define_words! {
    /// Sex by GB/T 2261.1, as far as the number tells it.
    pub enum Sex {
        /// Odd seventeenth digit.
        Male = "male", "男", ["1"];
        /// Even seventeenth digit.
        Female = "female", "女", ["2"];
    }
}

/// A citizen id whose date exists and whose check character is right; always held in its 18-character form.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CitizenId {
    value: String,
    from_fifteen: bool,
}

impl CitizenId {
    /// Reads 18 characters, or the 15 digits used until 1999, which are converted (century 19).
    pub fn parse(raw: &str) -> Result<Self, CodeFault> {
        let code = super::normalise(raw);
        require_length(&code, "18", &[15, 18])?;
        let digits = if code.len() == 18 { code.get(..17).unwrap_or("") } else { code.as_str() };
        if let Some(fault) =
            first_foreign(digits, "0123456789").or_else(|| first_foreign(&code, "0123456789X"))
        {
            return Err(fault);
        }
        let from_fifteen = code.len() == 15;
        let value = if from_fifteen { widen(&code)? } else { code };
        let six = value.get(..6).unwrap_or("");
        if !region::is_known_province(six) {
            return Err(CodeFault::UnknownProvince { region: six.to_owned() });
        }
        if birth_date_of(&value).is_none() {
            return Err(CodeFault::ImpossibleDate);
        }
        let (body, found) = value.split_at(17);
        let expected = check_character(body)?;
        if !found.starts_with(expected) {
            return Err(CodeFault::WrongCheck { expected, found: found.chars().next().unwrap_or(' ') });
        }
        Ok(Self { value, from_fifteen })
    }

    /// The clear number. For encryption and keyed hashing only; never for logs or answers.
    pub fn reveal(&self) -> &str {
        &self.value
    }

    /// The masked number, `6107**********1230`.
    pub fn masked(&self) -> String {
        mask::citizen_id(&self.value)
    }

    /// Whether the number was given in its old form of 15 digits, which carries no check.
    pub const fn is_from_fifteen(&self) -> bool {
        self.from_fifteen
    }

    /// Six digits of the place of first registration as written; 610721 is legal for people of the old county.
    pub fn region(&self) -> &str {
        self.value.get(..6).unwrap_or("")
    }

    /// Date of birth.
    pub fn birth_date(&self) -> Option<Date> {
        birth_date_of(&self.value)
    }

    /// Sex, from the seventeenth digit.
    pub fn sex(&self) -> Sex {
        match self.value.as_bytes().get(16) {
            Some(digit) if digit % 2 == 1 => Sex::Male,
            _ => Sex::Female,
        }
    }
}

/// The check character of the first seventeen digits.
pub fn check_character(first_seventeen: &str) -> Result<char, CodeFault> {
    require_length(first_seventeen, "17", &[17])?;
    let mut sum = 0;
    for (at, (c, weight)) in first_seventeen.chars().zip(WEIGHTS).enumerate() {
        let digit = c.to_digit(10).ok_or(CodeFault::BadCharacter { position: at + 1, found: c })?;
        sum += digit * weight;
    }
    Ok(char::from(*CHECKS.get((sum % 11) as usize).unwrap_or(&b'0')))
}

/// 15 digits to 18 characters: the century goes in after the sixth digit, the check is appended.
fn widen(fifteen: &str) -> Result<String, CodeFault> {
    let (region, rest) = fifteen.split_at(6);
    let body = format!("{region}19{rest}");
    let check = check_character(&body)?;
    Ok(format!("{body}{check}"))
}

/// The date at places 7 to 14, if it exists and is not before 1800.
fn birth_date_of(value: &str) -> Option<Date> {
    let year: i16 = value.get(6..10)?.parse().ok()?;
    let month: i8 = value.get(10..12)?.parse().ok()?;
    let day: i8 = value.get(12..14)?.parse().ok()?;
    if year < 1800 { None } else { Date::new(year, month, day).ok() }
}

/// Whether the text could be a citizen id by its shape, whatever its check: province, plausible year, month and day.
///
/// Called to decide what a failing code was meant to be, and to warn that it may be personal data.
pub(crate) fn has_shape(code: &str) -> bool {
    let (digits, years) = match code.len() {
        18 => (code.get(..17), 6..10),
        15 => (Some(code), 6..8),
        _ => return false,
    };
    let Some(digits) = digits else { return false };
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !region::is_known_province(code) {
        return false;
    }
    let year_is_plausible = years.len() == 2 || matches!(code.get(6..8), Some("18" | "19" | "20"));
    let number =
        |range: std::ops::Range<usize>| code.get(range).and_then(|n| n.parse::<u8>().ok()).unwrap_or(0);
    let month = number(years.end..years.end + 2);
    let day = number(years.end + 2..years.end + 4);
    year_is_plausible && (1..=12).contains(&month) && (1..=31).contains(&day)
}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CitizenId").field(&self.masked()).finish()
    }
}

impl fmt::Display for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_numbers_of_the_standard_pass() {
        for (code, born, sex) in [
            ("11010519491231002X", date(1949, 12, 31), Sex::Female),
            ("440524188001010014", date(1880, 1, 1), Sex::Male),
            ("610703199001011230", date(1990, 1, 1), Sex::Male),
        ] {
            let id = CitizenId::parse(code).unwrap();
            assert_eq!((id.birth_date(), id.sex(), id.reveal()), (Some(born), sex, code));
        }
    }

    #[test]
    fn a_wrong_check_date_or_province_is_refused() {
        for (code, fault) in [
            ("110105194912310020", CodeFault::WrongCheck { expected: 'X', found: '0' }),
            ("610703199002301233", CodeFault::ImpossibleDate),
            ("990703199001011230", CodeFault::UnknownProvince { region: "990703".into() }),
            ("6107031990010112X0", CodeFault::BadCharacter { position: 17, found: 'X' }),
            ("61070319900101123", CodeFault::WrongLength { expected: "18".into(), found: 17 }),
        ] {
            assert_eq!(CitizenId::parse(code), Err(fault), "{code}");
        }
    }

    #[test]
    fn fifteen_digits_are_widened_with_century_and_check() {
        let id = CitizenId::parse("610703900101123").unwrap();
        assert_eq!(id.reveal(), "610703199001011230");
        assert!(id.is_from_fifteen());
    }

    #[test]
    fn the_clear_number_never_shows_in_debug_or_display() {
        let id = CitizenId::parse("610703199001011230").unwrap();
        assert_eq!(id.to_string(), "6107**********1230");
        assert!(!format!("{id:?}").contains("199001"));
    }

    #[test]
    fn shape_is_told_from_other_codes() {
        assert!(has_shape("110105194912310020") && has_shape("610703900101123"));
        assert!(!has_shape("116100000160002917") && !has_shape("110108000000017"));
    }

    proptest! {
        #[test]
        fn any_changed_digit_is_refused(at in 0_usize..17, by in 1_u32..10) {
            let mut chars: Vec<char> = "610703199001011230".chars().collect();
            chars[at] = char::from_digit((chars[at].to_digit(10).unwrap() + by) % 10, 10).unwrap();
            let changed: String = chars.into_iter().collect();
            prop_assert!(CitizenId::parse(&changed).is_err());
        }

        #[test]
        fn parsing_and_shape_never_panic(raw in "\\PC{0,20}") {
            let _ = CitizenId::parse(&raw);
            let _ = has_shape(&raw);
        }
    }
}
