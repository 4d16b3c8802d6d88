//! Rows of one worksheet, streamed out of a spooled file.
//!
//! The first row with content is the header and gives the width; later rows are filled up to it with
//! empty cells. Blank rows are skipped, merges are ignored (use [`crate::grid`] for forms). Called by
//! `rows::Rows`.

use std::io::{Read, Seek};

use super::record::Record;
use crate::error::{TableError, code};
use crate::limits::Limits;
use crate::xlsx::book::Book;
use crate::xlsx::package::Part;
use crate::xlsx::sheet::{SheetEvent, SheetReader};
use crate::xlsx::strings::SharedStrings;
use crate::xlsx::styles::Styles;
use crate::xlsx::value::Context;
use crate::xlsx::xml::Xml;

pub(super) struct XlsxRows<S: Read> {
    reader: SheetReader<Part<S>>,
    strings: SharedStrings,
    styles: Styles,
    is_1904: bool,
    sheet: String,
    width: Option<usize>,
    columns: usize,
    record_bytes: usize,
}

impl<S: Read + Seek> XlsxRows<S> {
    pub(super) fn open(
        (io, len): (S, u64),
        sheet: Option<&str>,
        limits: &Limits,
    ) -> Result<Self, TableError> {
        let book = Book::open(io, len, limits)?;
        let chosen = match sheet {
            Some(name) => book.sheets.iter().find(|s| s.name == name),
            None => book.sheets.iter().find(|s| !s.is_hidden).or(book.sheets.first()),
        };
        let missing = || TableError::new(code::SHEET_NOT_FOUND).value(sheet.unwrap_or_default());
        let info = chosen.cloned().ok_or_else(missing)?;
        let part = book.package.into_part(&info.part)?.ok_or_else(missing)?;
        Ok(Self {
            reader: SheetReader::new(Xml::new(part, &info.part)),
            strings: book.strings,
            styles: book.styles,
            is_1904: book.is_1904,
            sheet: info.name,
            width: None,
            columns: limits.columns,
            record_bytes: limits.record_bytes,
        })
    }

    pub(super) fn sheet(&self) -> &str {
        &self.sheet
    }

    pub(super) fn next(&mut self, record: &mut Record) -> Result<bool, TableError> {
        record.begin(0);
        let mut used = 0;
        loop {
            match self.reader.next().map_err(|e| e.sheet(&self.sheet))? {
                SheetEvent::Cell => self.take_cell(record, &mut used),
                SheetEvent::RowEnd if used == 0 && record.faults.is_empty() => record.begin(0),
                SheetEvent::RowEnd => {
                    record.line = u64::from(self.reader.row) + 1;
                    self.finish(record, used);
                    return Ok(true);
                }
                SheetEvent::End => return Ok(false),
                SheetEvent::Columns { .. } | SheetEvent::Merge(_) => {}
            }
        }
    }

    /// Appends the cell just read; `used` counts columns up to the last one with content.
    fn take_cell(&self, record: &mut Record, used: &mut usize) {
        let raw = &self.reader.cell;
        let column = raw.column as usize;
        let place = |what| {
            TableError::new(what)
                .sheet(&self.sheet)
                .row(u64::from(raw.row) + 1)
                .column(raw.column + 1)
                .value(&raw.text)
        };
        if column >= self.columns || record.text.len() > self.record_bytes {
            let what = if column >= self.columns { code::TOO_MANY_COLUMNS } else { code::RECORD_TOO_LONG };
            if (!raw.text.is_empty() || raw.is_formula) && !record.faults.iter().any(|f| f.code == what.name)
            {
                record.faults.push(place(what));
            }
            return;
        }
        while record.ends.len() < column {
            record.end_cell();
        }
        let before = record.text.len();
        let context = Context { strings: &self.strings, styles: &self.styles, is_1904: self.is_1904 };
        match context.text(raw, &mut record.text) {
            Ok(None) => {}
            Ok(Some(what)) => record.faults.push(place(what)),
            Err(what) => {
                record.text.truncate(before);
                record.faults.push(place(what));
            }
        }
        let cell = &record.text[before..];
        if super::text::has_control(cell.as_bytes()) {
            record.faults.push(place(code::CONTROL_CHARACTER));
        }
        if !cell.is_empty() {
            *used = column + 1;
        }
        record.end_cell();
    }

    fn finish(&mut self, record: &mut Record, used: usize) {
        record.ends.truncate(used);
        let width = *self.width.get_or_insert(used);
        if used > width {
            let detail = format!("{used} cells, header has {width}");
            record
                .faults
                .push(TableError::new(code::RAGGED_ROW).sheet(&self.sheet).row(record.line).value(&detail));
        }
        while record.ends.len() < width {
            record.end_cell();
        }
    }
}
