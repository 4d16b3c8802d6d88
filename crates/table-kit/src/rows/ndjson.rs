//! NDJSON lines out of decoded text; the JSON itself is parsed by the caller.
//!
//! Blank lines are skipped. A line that is too long, or holds bytes that are not UTF-8 or raw control
//! characters, is a fault of that line. Called by `rows::Rows`.

use super::csv::check_characters;
use super::record::Record;
use super::text::Text;
use crate::error::{TableError, code};
use crate::limits::Limits;

pub(super) struct NdjsonRows<'r> {
    text: Text<'r>,
    line: u64,
    record_bytes: usize,
}

impl<'r> NdjsonRows<'r> {
    pub(super) fn new(text: Text<'r>, limits: &Limits) -> Self {
        Self { text, line: 1, record_bytes: limits.record_bytes }
    }

    pub(super) fn next(&mut self, record: &mut Record) -> Result<bool, TableError> {
        let mut searched = 0;
        loop {
            let rest = self.text.rest();
            let end = memchr::memchr(b'\n', &rest.as_bytes()[searched..]).map(|k| searched + k);
            let (line, used) = match end {
                Some(end) => (&rest[..end], end + 1),
                None if rest.len() > self.record_bytes => {
                    record.begin(self.line);
                    let fault = TableError::new(code::RECORD_TOO_LONG).row(self.line).value(rest);
                    record.faults.push(fault);
                    self.skip_line()?;
                    return Ok(true);
                }
                None => {
                    searched = rest.len();
                    if self.text.fill()? {
                        continue;
                    }
                    let rest = self.text.rest();
                    if rest.is_empty() {
                        return Ok(false);
                    }
                    (rest, rest.len())
                }
            };
            let line = line.strip_suffix('\r').unwrap_or(line);
            let is_blank = line.trim_ascii().is_empty();
            if !is_blank {
                record.begin(self.line);
                if line.len() > self.record_bytes {
                    let fault = TableError::new(code::RECORD_TOO_LONG).row(self.line).value(line);
                    record.faults.push(fault);
                } else {
                    record.text.push_str(line);
                    record.end_cell();
                    if self.text.is_dirty() {
                        check_characters(record);
                    }
                }
            }
            self.text.advance(used);
            self.line += 1;
            searched = 0;
            if !is_blank {
                return Ok(true);
            }
        }
    }

    fn skip_line(&mut self) -> Result<(), TableError> {
        loop {
            let rest = self.text.rest().as_bytes();
            if let Some(end) = memchr::memchr(b'\n', rest) {
                self.text.advance(end + 1);
                self.line += 1;
                return Ok(());
            }
            self.text.advance(rest.len());
            if !self.text.fill()? {
                return Ok(());
            }
        }
    }
}
