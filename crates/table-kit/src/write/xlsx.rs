//! XLSX out, one sheet, one row in memory at a time.
//!
//! Every cell is an inline string with the text format `@`: codes keep their zeros and a leading `=`
//! is not a formula, so no guard is put in front. Bytes depend on the rows alone (fixed dates).

use std::io::{self, Read, Seek, SeekFrom, Write};

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::error::{TableError, code};
use crate::xlsx::fixed_properties;

/// Data rows one sheet can hold below its header.
pub const MAX_DATA_ROWS: u32 = 1_048_575;

/// Characters one cell can hold.
const MAX_CELL_CHARS: usize = 32_767;

/// Writes a sheet with a bold header row.
pub struct XlsxWriter {
    workbook: Workbook,
    text: Format,
    rows: u32,
}

impl XlsxWriter {
    /// Starts a workbook with one sheet.
    ///
    /// # Errors
    /// `sheet_name_invalid`, `cell_too_long`, `spool_failed` (rows pass through a temporary file).
    pub fn new(sheet_name: &str, header: &[&str]) -> Result<Self, TableError> {
        let mut workbook = Workbook::new();
        workbook.set_properties(&fixed_properties());
        let text = Format::new().set_num_format("@");
        let bold = text.clone().set_bold();
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(|e| writing(&e))?;
        sheet
            .set_name(sheet_name)
            .map_err(|e| TableError::new(code::SHEET_NAME_INVALID).value(&e.to_string()))?;
        sheet.set_freeze_panes(1, 0).map_err(|e| writing(&e))?;
        let mut writer = Self { workbook, text: bold, rows: 0 };
        writer.put(0, header)?;
        writer.text = text;
        Ok(writer)
    }

    /// Writes one data row.
    ///
    /// # Errors
    /// `too_many_rows` past [`MAX_DATA_ROWS`], `cell_too_long`, `write_failed`.
    pub fn write_row(&mut self, cells: &[&str]) -> Result<(), TableError> {
        if self.rows == MAX_DATA_ROWS {
            return Err(TableError::new(code::TOO_MANY_ROWS).row(u64::from(self.rows) + 2));
        }
        self.rows += 1;
        self.put(self.rows, cells)
    }

    fn put(&mut self, row: u32, cells: &[&str]) -> Result<(), TableError> {
        let sheet = self.workbook.worksheet_from_index(0).map_err(|e| writing(&e))?;
        for (column, cell) in cells.iter().enumerate() {
            if cell.is_empty() {
                continue;
            }
            let at =
                |what| TableError::new(what).row(u64::from(row) + 1).column(column as u32 + 1).value(cell);
            if cell.len() > MAX_CELL_CHARS && cell.encode_utf16().count() > MAX_CELL_CHARS {
                return Err(at(code::CELL_TOO_LONG));
            }
            let index = u16::try_from(column).map_err(|_| at(code::TOO_MANY_COLUMNS))?;
            sheet.write_string_with_format(row, index, *cell, &self.text).map_err(|e| writing(&e))?;
        }
        Ok(())
    }

    /// Data rows written.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Packs the workbook and copies it to `sink`; the package is built in a temporary file.
    ///
    /// # Errors
    /// `spool_failed`, `write_failed`.
    pub fn finish(mut self, mut sink: impl Write) -> Result<(), TableError> {
        let spool = |e: io::Error| TableError::from_io(e, code::SPOOL_FAILED);
        let mut file = tempfile::tempfile().map_err(spool)?;
        self.workbook.save_to_writer(&mut file).map_err(|e| writing(&e))?;
        file.seek(SeekFrom::Start(0)).map_err(spool)?;
        let mut block = vec![0; 1 << 16];
        loop {
            match file.read(&mut block).map_err(spool)? {
                0 => break,
                n => sink.write_all(&block[..n]).map_err(super::csv::failed)?,
            }
        }
        sink.flush().map_err(super::csv::failed)
    }
}

fn writing(error: &XlsxError) -> TableError {
    TableError::new(code::WRITE_FAILED).value(&error.to_string())
}
