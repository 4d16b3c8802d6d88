//! One record, whose buffers are used again for the next.
//!
//! Filled by the readers of this module; callers keep one and pass it to each `next`.

use crate::error::TableError;
use crate::write::unescape_formula_guard;

/// One row as text. Cells live in a single buffer, so a row costs no allocation.
#[derive(Debug, Default)]
pub struct Record {
    pub(super) line: u64,
    pub(super) text: String,
    pub(super) ends: Vec<usize>,
    pub(super) faults: Vec<TableError>,
    pub(super) unguard: bool,
}

impl Record {
    /// An empty record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// 1-based physical line (text) or sheet row (XLSX) where the record starts.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Number of cells; 1 for NDJSON.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has no cells (only records with a fault have none).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text of a 0-based cell, none past the end.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        let cell = &self.text[start..end];
        Some(if self.unguard { unescape_formula_guard(cell) } else { cell })
    }

    /// All cells in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map_while(|i| self.get(i))
    }

    /// The whole line of an NDJSON record; for tables the cells without separators.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.text
    }

    /// Faults and warnings of this row only; the stream goes on after it.
    #[must_use]
    pub fn faults(&self) -> &[TableError] {
        &self.faults
    }

    /// Whether a fault forbids taking this row over.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.faults.iter().any(TableError::is_blocking)
    }

    pub(super) fn begin(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.ends.clear();
        self.faults.clear();
    }

    #[inline]
    pub(super) fn end_cell(&mut self) {
        self.ends.push(self.text.len());
    }
}
