//! What reading rows and reading grids of an XLSX package have in common.
//!
//! Own code over zip's directory and quick-xml events, because the ready reader (calamine) hands out
//! `f64` where the digits of an 18-digit code must survive, borrows its workbook so that a pull API
//! cannot own both, keeps all strings without a bound and skips formulas silently. Tests compare
//! with calamine. Refuses macros, links, embedded objects, DTDs, bombs; see [`package`] and [`book`].

pub(crate) mod book;
pub(crate) mod date;
pub(crate) mod decimal;
pub(crate) mod numfmt;
pub(crate) mod package;
pub(crate) mod sheet;
pub(crate) mod strings;
pub(crate) mod styles;
pub(crate) mod value;
pub(crate) mod xml;

use rust_xlsxwriter::{DocProperties, ExcelDateTime};

/// Document properties with a fixed creation date, so that equal content gives equal bytes.
pub(crate) fn fixed_properties() -> DocProperties {
    let properties = DocProperties::new();
    match ExcelDateTime::from_ymd(2024, 1, 1) {
        Ok(date) => properties.set_creation_datetime(&date),
        Err(_) => properties,
    }
}
