//! CSV out: RFC 4180 quoting, CRLF, UTF-8, formula-safe.
//!
//! The guard cannot be switched off: no export may carry a live formula.

use std::io::{self, BufWriter, Write};

use super::guard::formula_guard;
use crate::error::{TableError, code};

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvOptions {
    /// Start with a byte order mark, which Excel needs to see UTF-8. Default true.
    pub byte_order_mark: bool,
    /// Field separator. Default comma.
    pub delimiter: u8,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { byte_order_mark: true, delimiter: b',' }
    }
}

/// Writes rows to any sink. Call [`CsvWriter::finish`]; dropping it may lose the last block.
pub struct CsvWriter<W: Write> {
    sink: BufWriter<W>,
    delimiter: u8,
}

impl<W: Write> CsvWriter<W> {
    /// Starts a file.
    ///
    /// # Errors
    /// `write_failed`.
    pub fn new(sink: W, options: CsvOptions) -> Result<Self, TableError> {
        let mut sink = BufWriter::with_capacity(1 << 16, sink);
        if options.byte_order_mark {
            sink.write_all(b"\xEF\xBB\xBF").map_err(failed)?;
        }
        Ok(Self { sink, delimiter: options.delimiter })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// `write_failed`.
    pub fn write_row(&mut self, cells: &[&str]) -> Result<(), TableError> {
        // A single empty cell would be a blank line, which readers skip.
        if let [""] = cells {
            return self.sink.write_all(b"\"\"\r\n").map_err(failed);
        }
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.sink.write_all(&[self.delimiter]).map_err(failed)?;
            }
            self.write_cell(&formula_guard(cell)).map_err(failed)?;
        }
        self.sink.write_all(b"\r\n").map_err(failed)
    }

    fn write_cell(&mut self, cell: &str) -> io::Result<()> {
        let bytes = cell.as_bytes();
        let delimiter = self.delimiter;
        let is_plain = !bytes.iter().any(|&b| b == delimiter || matches!(b, b'"' | b'\r' | b'\n'));
        if is_plain {
            return self.sink.write_all(bytes);
        }
        self.sink.write_all(b"\"")?;
        for (index, part) in cell.split('"').enumerate() {
            if index > 0 {
                self.sink.write_all(b"\"\"")?;
            }
            self.sink.write_all(part.as_bytes())?;
        }
        self.sink.write_all(b"\"")
    }

    /// Flushes and gives the sink back.
    ///
    /// # Errors
    /// `write_failed`.
    pub fn finish(self) -> Result<W, TableError> {
        self.sink.into_inner().map_err(|e| failed(e.into_error()))
    }
}

pub(super) fn failed(error: io::Error) -> TableError {
    TableError::from_io(error, code::WRITE_FAILED)
}
