//! Whole small workbooks: the official forms, with merges, shown texts and hidden ids.
//!
//! [`Workbook::read`] reports every refused cell with its place and gives nothing when one is
//! blocking; [`Workbook::write`] gives the same bytes for the same content. What is not kept: colours,
//! borders, heights, comments, pictures, hyperlinks. Called by the form import and export.

mod read;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;

use crate::error::TableError;
use crate::limits::Limits;

/// Value of a cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum CellValue {
    /// Nothing; an empty text is the same.
    #[default]
    Empty,
    /// Text, with `\n` for line breaks.
    Text(String),
    /// A number; percent cells hold the fraction (5% is 0.05).
    Number(f64),
    /// TRUE or FALSE.
    Bool(bool),
    /// A date, or a date with a time of day.
    Date(DateTime),
}

/// A value and the text that Excel shows for it.
///
/// Writing picks a number format that shows `shown` again; with no fitting format it is General, or
/// `yyyy-mm-dd` for dates.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// The stored value.
    pub value: CellValue,
    /// The shown text.
    pub shown: String,
}

impl Cell {
    /// A text cell; empty text gives an empty cell.
    #[must_use]
    pub fn text(text: &str) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        Self { value: CellValue::Text(text.to_owned()), shown: text.to_owned() }
    }

    /// A number in format General.
    #[must_use]
    pub fn number(value: f64) -> Self {
        Self { value: CellValue::Number(value), shown: crate::xlsx::decimal::general(value) }
    }

    /// A fraction shown in percent with so many decimals: `percent(0.05, 0)` shows `5%`.
    #[must_use]
    pub fn percent(value: f64, decimals: usize) -> Self {
        let sign = if value < 0.0 { "-" } else { "" };
        let shown = format!("{sign}{}%", crate::xlsx::decimal::fixed(value * 100.0, decimals));
        Self { value: CellValue::Number(value), shown }
    }

    /// TRUE or FALSE.
    #[must_use]
    pub fn bool(value: bool) -> Self {
        let shown = if value { "TRUE" } else { "FALSE" };
        Self { value: CellValue::Bool(value), shown: shown.to_owned() }
    }

    /// A date shown as `2024-03-01`, with the time when there is one.
    #[must_use]
    pub fn date(at: DateTime) -> Self {
        let shown = crate::xlsx::date::iso(at, false).replace('T', " ");
        Self { value: CellValue::Date(at), shown }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.value {
            CellValue::Empty => true,
            CellValue::Text(text) => text.is_empty(),
            _ => false,
        }
    }
}

/// A merged range: first row, first column, last row, last column; 0-based, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Merge {
    /// First row.
    pub r0: u32,
    /// First column.
    pub c0: u32,
    /// Last row.
    pub r1: u32,
    /// Last column.
    pub c1: u32,
}

impl Merge {
    /// Whether the cell lies in the range.
    #[must_use]
    pub fn contains(&self, row: u32, column: u32) -> bool {
        (self.r0..=self.r1).contains(&row) && (self.c0..=self.c1).contains(&column)
    }
}

/// One sheet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid {
    /// Name of the sheet, at most 31 characters, without `[ ] : * ? / \`.
    pub sheet_name: String,
    /// Rows from the top; after reading all have the same length.
    pub rows: Vec<Vec<Cell>>,
    /// Merged ranges, sorted after reading.
    pub merges: Vec<Merge>,
    /// Widths in characters of the columns that have their own, by 0-based column; kept to the pixel,
    /// a seventh of a character.
    pub col_widths: BTreeMap<u32, f64>,
    /// Hidden columns, 0-based.
    pub hidden_cols: BTreeSet<u32>,
    /// Whether the sheet itself is hidden.
    pub is_hidden: bool,
    /// How many leading rows are bold (title and header).
    pub header_rows: u32,
}

impl Grid {
    /// A sheet of text cells.
    #[must_use]
    pub fn from_text(sheet_name: &str, rows: &[Vec<String>]) -> Self {
        let rows = rows.iter().map(|r| r.iter().map(|c| Cell::text(c)).collect()).collect();
        Self { sheet_name: sheet_name.to_owned(), rows, ..Self::default() }
    }

    /// A cell by 0-based place; none outside of the used box.
    #[must_use]
    pub fn cell(&self, row: u32, column: u32) -> Option<&Cell> {
        self.rows.get(row as usize)?.get(column as usize)
    }

    /// The shown text of a cell, empty outside of the used box.
    #[must_use]
    pub fn shown(&self, row: u32, column: u32) -> &str {
        self.cell(row, column).map_or("", |c| c.shown.as_str())
    }

    /// The merged range that covers a cell.
    #[must_use]
    pub fn merge_at(&self, row: u32, column: u32) -> Option<Merge> {
        self.merges.iter().copied().find(|m| m.contains(row, column))
    }
}

/// A workbook of a few small sheets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Workbook {
    /// Sheets in order.
    pub grids: Vec<Grid>,
    /// Custom document properties (they belong to the file, not to a sheet).
    pub properties: BTreeMap<String, String>,
    /// Warnings found while reading, such as `number_precision_lost`; not written.
    pub warnings: Vec<TableError>,
}

impl Workbook {
    /// A workbook of these sheets.
    #[must_use]
    pub fn new(grids: Vec<Grid>) -> Self {
        Self { grids, ..Self::default() }
    }

    /// Reads an XLSX file.
    ///
    /// # Errors
    /// All blocking errors found, each with its place, at most `limits.errors` and a
    /// `too_many_errors`: unsupported formats, unsafe packages, formulas, links, macros, DTDs, error
    /// values, dates that do not exist, merges that overlap, and everything beyond the limits.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Vec<TableError>> {
        read::read(bytes, limits)
    }

    /// Writes an XLSX file; equal workbooks give equal bytes.
    ///
    /// # Errors
    /// `sheet_name_invalid`, `merge_invalid`, `cell_too_long`, `too_many_columns`, `too_many_rows`,
    /// `write_failed`.
    pub fn write(&self) -> Result<Vec<u8>, TableError> {
        write::write(self)
    }
}
