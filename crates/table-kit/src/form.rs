//! Official forms: small sheets read by position, and what is found in them.
//!
//! What every form of the suite shares: a finding with its cell ([`FormFault`]), rows with the vertical merges that carry a
//! lead cell down ([`Table`]), and what counts as content ([`clean`]). It knows no form by name: columns, titles and rules are
//! the services'. Called by the `forms` modules of services.

use crate::error::column_letters;
use crate::{Limits, Severity, TableError};

/// One finding with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormFault {
    /// Sheet, for workbooks.
    pub sheet: Option<String>,
    /// Sheet row or line, from 1.
    pub row: Option<u64>,
    /// Column, from 1.
    pub column: Option<u32>,
    /// Stable code.
    pub code: &'static str,
    /// Whether it blocks.
    pub severity: Severity,
    /// The text it is about, cut to 80 characters.
    pub value: String,
    /// What to do, in Chinese.
    pub zh: String,
    /// What to do, in English.
    pub en: String,
}

impl FormFault {
    /// A finding at a cell.
    #[must_use]
    pub fn at(
        place: (Option<&str>, u64, u32),
        severity: Severity,
        code: &'static str,
        zh: &str,
        en: &str,
    ) -> Self {
        let (sheet, row, column) = place;
        Self {
            sheet: sheet.map(ToString::to_string),
            row: Some(row),
            column: Some(column),
            code,
            severity,
            value: String::new(),
            zh: zh.to_string(),
            en: en.to_string(),
        }
    }

    /// The text it is about.
    #[must_use]
    pub fn value(mut self, text: &str) -> Self {
        self.value = text.chars().take(80).collect();
        self
    }

    /// `B3`, or nothing without a column.
    #[must_use]
    pub fn cell(&self) -> Option<String> {
        Some(format!("{}{}", column_letters(self.column?), self.row?))
    }

    /// Whether it blocks.
    #[must_use]
    pub fn is_blocking(&self) -> bool {
        self.severity == Severity::Block
    }
}

impl From<TableError> for FormFault {
    fn from(e: TableError) -> Self {
        let TableError { code, severity, sheet, row, column, value, hint_zh, hint_en } = e;
        Self {
            sheet: sheet.map(Into::into),
            row,
            column,
            code,
            severity,
            value: value.map(Into::into).unwrap_or_default(),
            zh: hint_zh.to_string(),
            en: hint_en.to_string(),
        }
    }
}

/// What a form may cost: as table-kit's defaults, with room for a province's list.
#[must_use]
pub fn limits() -> Limits {
    Limits { grid_cells: 1_000_000, xlsx_unpacked_bytes: 256 << 20, ..Limits::default() }
}

/// Rows of text with the merges that matter, from a sheet or a CSV file.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Sheet, for workbooks.
    pub sheet: Option<String>,
    /// Line and trimmed cells.
    pub rows: Vec<(u64, Vec<String>)>,
    /// Cell (row index, column) → first row index of the vertical merge it lies in.
    merged: std::collections::HashMap<(usize, usize), usize>,
}

impl Table {
    /// Rows without merges.
    #[must_use]
    pub fn plain(rows: Vec<(u64, Vec<String>)>) -> Self {
        Self { rows, ..Self::default() }
    }

    /// A sheet: shown texts, vertical merges.
    #[must_use]
    pub fn of(grid: &crate::grid::Grid) -> Self {
        let rows = grid
            .rows
            .iter()
            .enumerate()
            .map(|(i, cells)| (i as u64 + 1, cells.iter().map(|c| clean(&c.shown)).collect()));
        let mut merged = std::collections::HashMap::new();
        for m in grid.merges.iter().filter(|m| m.c0 == m.c1) {
            let last = (m.r1 as usize).min(grid.rows.len().saturating_sub(1));
            for r in m.r0 as usize..=last {
                merged.insert((r, m.c0 as usize), m.r0 as usize);
            }
        }
        Self { sheet: Some(grid.sheet_name.clone()), rows: rows.collect(), merged }
    }

    /// The text of a cell, filled down inside a vertical merge.
    #[must_use]
    pub fn text(&self, row: usize, column: usize) -> &str {
        let row = self.merged.get(&(row, column)).copied().unwrap_or(row);
        self.rows.get(row).and_then(|(_, cells)| cells.get(column)).map_or("", String::as_str)
    }

    /// Whether the cell is below the first one of a vertical merge.
    #[must_use]
    pub fn is_continued(&self, row: usize, column: usize) -> bool {
        self.merged.get(&(row, column)).is_some_and(|top| *top < row)
    }

    /// The place of a cell for a finding.
    #[must_use]
    pub fn place(&self, row: usize, column: usize) -> (Option<&str>, u64, u32) {
        // A file without rows is at fault in its first.
        let line = self.rows.get(row).map_or(1, |(line, _)| *line);
        (self.sheet.as_deref(), line, u32::try_from(column).unwrap_or(0) + 1)
    }
}

/// Outer white space and carriage returns are no content.
#[must_use]
pub fn clean(text: &str) -> String {
    let text = text.trim();
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_string() }
}
