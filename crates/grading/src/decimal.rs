//! Fixed-point numbers with stated rounding: the only fractions that may reach a grade.
//!
//! A [`Dec`] counts millionths. Pack authors write JSON numbers or decimal texts; both are read digit by digit, so that the
//! same pack means the same number on every machine. Refuses more than six decimals and magnitudes from 10^9. Called by
//! everything here that counts points.

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;

/// Millionths in one.
const ONE: i64 = 1_000_000;
/// Greatest magnitude, in millionths: fifteen digits, which every JSON reader keeps.
const LIMIT: i64 = 999_999_999_999_999;

/// A decimal number with at most six decimals (定点数). In JSON a number; a text is read too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = f64, example = 12.5)]
pub struct Dec(i64);

domain::define_words! {
    /// What happens to digits past the scale of a pack (取整方式).
    pub enum Rounding {
        /// Towards minus infinity of the magnitude's sign-free value: 30.75 and −30.75 give 30 and −30.
        Floor = "floor", "舍去", [];
        /// Away from zero.
        Ceiling = "ceiling", "进位", [];
        /// To the nearest, halves away from zero.
        HalfUp = "half_up", "四舍五入", [];
        /// To the nearest, halves to the even neighbour.
        HalfEven = "half_even", "四舍六入五成双", [];
    }
}

/// Why a text is no [`Dec`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number with at most nine digits before and six after the point")]
pub struct NotDecimal;

impl Dec {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(ONE);

    /// A whole number; beyond the limit, the limit.
    #[must_use]
    pub const fn int(n: i64) -> Self {
        Self::clamped(n as i128 * ONE as i128)
    }

    /// So many millionths.
    #[must_use]
    pub const fn millionths(n: i64) -> Self {
        Self::clamped(n as i128)
    }

    /// How many millionths it is.
    #[must_use]
    pub const fn as_millionths(self) -> i64 {
        self.0
    }

    /// The whole number it is, if it is one.
    #[must_use]
    pub const fn as_int(self) -> Option<i64> {
        if self.0 % ONE == 0 { Some(self.0 / ONE) } else { None }
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    const fn clamped(n: i128) -> Self {
        if n > LIMIT as i128 {
            Self(LIMIT)
        } else if n < -(LIMIT as i128) {
            Self(-LIMIT)
        } else {
            Self(n as i64)
        }
    }

    /// The sum; beyond the limit, the limit.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self::clamped(self.0 as i128 + other.0 as i128)
    }

    /// The difference; beyond the limit, the limit.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self::clamped(self.0 as i128 - other.0 as i128)
    }

    /// With the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(-self.0)
    }

    /// Without its sign.
    #[must_use]
    pub const fn magnitude(self) -> Self {
        Self(self.0.abs())
    }

    /// The product, rounded at the scale.
    #[must_use]
    pub fn times(self, other: Self, arithmetic: Arithmetic) -> Self {
        let product = i128::from(self.0) * i128::from(other.0);
        Self::clamped(arithmetic.divide(product, i128::from(ONE)))
    }

    /// Rounded at the scale.
    #[must_use]
    pub fn rounded(self, arithmetic: Arithmetic) -> Self {
        Self::clamped(arithmetic.divide(i128::from(self.0), 1))
    }

    /// Whether it has no more decimals than `scale`.
    #[must_use]
    pub fn fits(self, scale: u8) -> bool {
        self.0 % 10_i64.pow(6 - u32::from(scale.min(6))) == 0
    }
}

/// How a pack calculates: so many decimals, rounded in this way (计算精度).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Arithmetic {
    /// Decimals that points and scores keep; 0 is integer arithmetic.
    #[schema(minimum = 0, maximum = 4, example = 0)]
    pub scale: u8,
    /// What happens to further digits, after every multiplication.
    pub rounding: Rounding,
}

impl Arithmetic {
    /// `value / divisor` in millionths, rounded to the scale. The divisor is positive.
    fn divide(self, value: i128, divisor: i128) -> i128 {
        let quantum = 10_i128.pow(6 - u32::from(self.scale.min(6)));
        let unit = quantum * divisor;
        let magnitude = value.abs();
        let (whole, rest) = (magnitude / unit, magnitude % unit);
        let up = match self.rounding {
            Rounding::Floor => false,
            Rounding::Ceiling => rest > 0,
            Rounding::HalfUp => rest * 2 >= unit,
            Rounding::HalfEven => rest * 2 > unit || (rest * 2 == unit && whole % 2 == 1),
        };
        (whole + i128::from(up)) * quantum * value.signum()
    }
}

impl fmt::Display for Dec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let (whole, rest) = (magnitude / ONE.unsigned_abs(), magnitude % ONE.unsigned_abs());
        if self.0 < 0 {
            f.write_str("-")?;
        }
        write!(f, "{whole}")?;
        if rest > 0 {
            let digits = format!("{rest:06}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

impl FromStr for Dec {
    type Err = NotDecimal;

    fn from_str(text: &str) -> Result<Self, NotDecimal> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number =
            |t: &str, most| (1..=most).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole, 9) || !is_number(rest, 6) {
            return Err(NotDecimal);
        }
        let whole: i64 = whole.parse().map_err(|_| NotDecimal)?;
        let rest: i64 = format!("{rest:0<6}").parse().map_err(|_| NotDecimal)?;
        Ok(Self(sign * (whole * ONE + rest)))
    }
}

impl Serialize for Dec {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.as_int() {
            Some(n) => to.serialize_i64(n),
            // Fifteen digits at most: the shortest text of the nearest double is this decimal again.
            None => to.serialize_f64(self.to_string().parse().unwrap_or(f64::NAN)),
        }
    }
}

impl<'de> Deserialize<'de> for Dec {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Dec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number with at most six decimals")
            }
            fn visit_i64<E: serde::de::Error>(self, n: i64) -> Result<Dec, E> {
                let dec = Dec::int(n);
                if dec.as_int() == Some(n) { Ok(dec) } else { Err(E::custom(NotDecimal)) }
            }
            fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<Dec, E> {
                self.visit_i64(i64::try_from(n).map_err(|_| E::custom(NotDecimal))?)
            }
            fn visit_f64<E: serde::de::Error>(self, n: f64) -> Result<Dec, E> {
                format!("{n}").parse().map_err(E::custom)
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Dec, E> {
                text.parse().map_err(E::custom)
            }
        }
        from.deserialize_any(Reader).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Dec {
        text.parse().unwrap()
    }

    #[test]
    fn texts_and_numbers_are_the_same_decimals() {
        for (json, text) in
            [("0.25", "0.25"), ("-12", "-12"), ("\"3.140000\"", "3.14"), ("0.000001", "0.000001")]
        {
            let read: Dec = serde_json::from_str(json).unwrap();
            assert_eq!(read.to_string(), text);
            let again: Dec = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
            assert_eq!(again, read);
        }
        for refused in ["0.0000001", "1e30", "\"\"", "\"1.\"", "\".5\"", "\"+1\"", "1000000000", "true"] {
            assert!(serde_json::from_str::<Dec>(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn products_are_rounded_as_the_pack_says() {
        let with = |rounding| Arithmetic { scale: 0, rounding };
        let product = |a: &str, b: &str, rounding| dec(a).times(dec(b), with(rounding)).to_string();
        assert_eq!(product("25", "0.5", Rounding::Floor), "12");
        assert_eq!(product("-25", "0.5", Rounding::Floor), "-12");
        assert_eq!(product("25", "0.5", Rounding::Ceiling), "13");
        assert_eq!(product("25", "0.5", Rounding::HalfUp), "13");
        assert_eq!(product("25", "0.5", Rounding::HalfEven), "12");
        assert_eq!(product("27", "0.5", Rounding::HalfEven), "14");
        let fine = Arithmetic { scale: 2, rounding: Rounding::HalfUp };
        assert_eq!(dec("1.11").times(dec("1.11"), fine).to_string(), "1.23");
        assert!(dec("1.25").fits(2) && !dec("1.25").fits(1));
    }
}
