//! From a raw cell to its text (rows) or its value with the shown text (grids).

use jiff::civil::DateTime;

use super::sheet::{CellKind, RawCell};
use super::strings::SharedStrings;
use super::styles::Styles;
use super::{date, decimal};
use crate::error::{Code, code};
use crate::grid::{Cell, CellValue};

/// What the cells of a workbook refer to.
pub(crate) struct Context<'a> {
    pub(crate) strings: &'a SharedStrings,
    pub(crate) styles: &'a Styles,
    pub(crate) is_1904: bool,
}

/// A warning that came with a usable value.
type Warning = Option<&'static Code>;

impl Context<'_> {
    /// Appends the cell as text: numbers in plain digits, dates in ISO form.
    pub(crate) fn text(&self, raw: &RawCell, out: &mut String) -> Result<Warning, &'static Code> {
        if raw.is_formula {
            return Err(code::FORMULA_REFUSED);
        }
        match raw.kind {
            CellKind::Shared => out.push_str(self.shared(raw)?),
            CellKind::Inline | CellKind::Text | CellKind::IsoDate => out.push_str(&raw.text),
            CellKind::Bool => out.push_str(bool_text(raw)),
            CellKind::Error => return Err(code::CELL_ERROR),
            CellKind::Number if raw.text.is_empty() => {}
            CellKind::Number => return self.number_text(raw, out),
        }
        Ok(None)
    }

    fn number_text(&self, raw: &RawCell, out: &mut String) -> Result<Warning, &'static Code> {
        let format = &self.styles.get(raw.style).format;
        if format.is_temporal() {
            let serial = number(&raw.text)?;
            if !format.has_date {
                // A time of day or a duration.
                let seconds = (serial * 86_400.0).round();
                if !(0.0..1e12).contains(&seconds) {
                    return Err(code::INVALID_DATE);
                }
                let s = seconds as u64;
                out.push_str(&format!("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60));
                return Ok(None);
            }
            let at = date::from_serial(serial, self.is_1904).ok_or(code::INVALID_DATE)?;
            out.push_str(&date::iso(at, format.has_time));
            return Ok(None);
        }
        let is_short = raw.text.len() <= decimal::EXCEL_DIGITS
            && raw.text.bytes().all(|b| b.is_ascii_digit())
            && (raw.text.len() == 1 || !raw.text.starts_with('0'));
        if is_short {
            out.push_str(&raw.text);
            return Ok(None);
        }
        let text = decimal::plain(&raw.text).ok_or(code::INVALID_NUMBER)?;
        out.push_str(&text);
        Ok(decimal::has_lost_digits(&text).then_some(code::NUMBER_PRECISION_LOST))
    }

    /// The cell with what Excel shows.
    pub(crate) fn cell(&self, raw: &RawCell) -> Result<(Cell, Warning), &'static Code> {
        if raw.is_formula {
            return Err(code::FORMULA_REFUSED);
        }
        let cell = match raw.kind {
            CellKind::Shared => Cell::text(self.shared(raw)?),
            CellKind::Inline | CellKind::Text => Cell::text(&raw.text),
            CellKind::Bool => Cell::bool(bool_text(raw) == "TRUE"),
            CellKind::Error => return Err(code::CELL_ERROR),
            CellKind::IsoDate => match raw.text.parse::<DateTime>() {
                Ok(at) => Cell { value: CellValue::Date(at), shown: date::iso(at, false) },
                Err(_) => return Err(code::INVALID_DATE),
            },
            CellKind::Number if raw.text.is_empty() => Cell::default(),
            CellKind::Number => return self.number_cell(raw),
        };
        Ok((cell, None))
    }

    fn number_cell(&self, raw: &RawCell) -> Result<(Cell, Warning), &'static Code> {
        let value = number(&raw.text)?;
        let format = &self.styles.get(raw.style).format;
        let shown = format.show(value, self.is_1904).ok_or(code::INVALID_DATE)?;
        if format.has_date {
            let at = date::from_serial(value, self.is_1904).ok_or(code::INVALID_DATE)?;
            return Ok((Cell { value: CellValue::Date(at), shown }, None));
        }
        let plain = decimal::plain(&raw.text).ok_or(code::INVALID_NUMBER)?;
        let is_lost = !format.has_time && decimal::has_lost_digits(&plain);
        let shown = if is_lost && format.is_plain_integer() { plain } else { shown };
        let warning = is_lost.then_some(code::NUMBER_PRECISION_LOST);
        Ok((Cell { value: CellValue::Number(value), shown }, warning))
    }

    fn shared(&self, raw: &RawCell) -> Result<&str, &'static Code> {
        let index = raw.text.trim().parse().map_err(|_| code::XML_CORRUPT)?;
        self.strings.get(index).ok_or(code::XML_CORRUPT)
    }
}

fn number(text: &str) -> Result<f64, &'static Code> {
    let value: f64 = text.trim().parse().map_err(|_| code::INVALID_NUMBER)?;
    if value.is_finite() { Ok(value) } else { Err(code::INVALID_NUMBER) }
}

fn bool_text(raw: &RawCell) -> &'static str {
    if matches!(raw.text.trim(), "1" | "true") { "TRUE" } else { "FALSE" }
}
