//! CSV records out of decoded text.
//!
//! Written by hand because the csv crate reports neither physical lines inside quoted cells, nor an
//! open quote at the end, nor lets a reader go on after an over-long record. Accepts CRLF, LF and lone
//! CR, quotes as in RFC 4180, and a quote inside an unquoted cell as itself. Empty lines are skipped.
//! Refuses nothing but an open quote at the end; all else is a fault of its row. Called by `rows::Rows`.

use super::record::Record;
use super::text::{Text, has_control};
use crate::error::{TableError, code};
use crate::limits::Limits;

pub(super) struct CsvRows<'r> {
    text: Text<'r>,
    delimiter: Option<u8>,
    line: u64,
    width: Option<usize>,
    record_bytes: usize,
    columns: usize,
}

/// What one look at the buffered text gave.
enum Parsed {
    /// A record of so many bytes over so many physical lines.
    Done {
        bytes: usize,
        lines: u64,
    },
    More,
    OpenQuote {
        column: u32,
        lines: u64,
    },
}

impl<'r> CsvRows<'r> {
    pub(super) fn new(text: Text<'r>, delimiter: Option<u8>, limits: &Limits) -> Self {
        Self {
            text,
            delimiter,
            line: 1,
            width: None,
            record_bytes: limits.record_bytes,
            columns: limits.columns,
        }
    }

    pub(super) fn encoding(&self) -> Option<&'static str> {
        self.text.encoding()
    }

    pub(super) fn delimiter(&self) -> Option<u8> {
        self.delimiter
    }

    pub(super) fn next(&mut self, record: &mut Record) -> Result<bool, TableError> {
        let mut is_end = !self.skip_blank_lines()?;
        if is_end {
            return Ok(false);
        }
        let delimiter = match self.delimiter {
            Some(delimiter) => delimiter,
            None => *self.delimiter.insert(sniff_delimiter(self.text.rest())),
        };
        loop {
            record.begin(self.line);
            match parse(self.text.rest(), delimiter, is_end, record) {
                Parsed::Done { bytes, lines } if bytes > self.record_bytes => {
                    self.text.advance(bytes);
                    self.line += lines;
                    return Ok(too_long(record));
                }
                Parsed::Done { bytes, lines } => {
                    self.check(record);
                    self.text.advance(bytes);
                    self.line += lines;
                    return Ok(true);
                }
                Parsed::OpenQuote { column, lines } => {
                    let rest = self.text.rest();
                    return Err(TableError::new(code::UNCLOSED_QUOTE)
                        .row(self.line + lines)
                        .column(column)
                        .value(rest));
                }
                Parsed::More => {
                    if self.text.rest().len() > self.record_bytes {
                        self.skip_record(delimiter)?;
                        return Ok(too_long(record));
                    }
                    is_end = !self.text.fill()?;
                }
            }
        }
    }

    /// Goes to the next line with content; false at the end of the text.
    fn skip_blank_lines(&mut self) -> Result<bool, TableError> {
        loop {
            match self.text.rest().as_bytes() {
                [b'\r', b'\n', ..] => self.text.advance(2),
                [b'\n', ..] | [b'\r', _, ..] => self.text.advance(1),
                [] | [b'\r'] => {
                    if self.text.fill()? {
                        continue;
                    }
                    return Ok(false);
                }
                _ => return Ok(true),
            }
            self.line += 1;
        }
    }

    #[inline]
    fn check(&mut self, record: &mut Record) {
        let width = *self.width.get_or_insert(record.len());
        if record.len() != width {
            let detail = format!("{} cells, header has {width}", record.len());
            let fault = TableError::new(code::RAGGED_ROW).row(record.line).value(&detail);
            record.faults.push(fault);
        }
        if record.len() > self.columns {
            let fault =
                TableError::new(code::TOO_MANY_COLUMNS).row(record.line).value(&record.len().to_string());
            record.faults.push(fault);
            record.text.clear();
            record.ends.clear();
        }
        if self.text.is_dirty() {
            check_characters(record);
        }
    }

    /// Drops the rest of an over-long record. An open quote is followed for another limit's length and
    /// then given up at the next line break, so that one stray quote cannot swallow the file.
    fn skip_record(&mut self, delimiter: u8) -> Result<(), TableError> {
        // From the record's beginning: at most a limit and a chunk are buffered.
        let (mut quoted, mut dropped, mut previous) = (false, 0usize, delimiter);
        loop {
            let bytes = self.text.rest().as_bytes();
            for (at, &byte) in bytes.iter().enumerate() {
                dropped += 1;
                let gives_up = dropped > 2 * self.record_bytes;
                match byte {
                    b'"' if quoted => quoted = false,
                    b'"' if previous == delimiter || previous == b'"' => quoted = true,
                    b'\n' => {
                        self.line += 1;
                        if !quoted || gives_up {
                            self.text.advance(at + 1);
                            return Ok(());
                        }
                    }
                    b'\r' => {
                        let is_lone = bytes.get(at + 1).is_some_and(|next| *next != b'\n');
                        self.line += u64::from(is_lone);
                        if is_lone && (!quoted || gives_up) {
                            self.text.advance(at + 1);
                            return Ok(());
                        }
                    }
                    _ => {}
                }
                previous = byte;
            }
            self.text.advance(bytes.len());
            if !self.text.fill()? {
                return Ok(());
            }
        }
    }
}

fn too_long(record: &mut Record) -> bool {
    let start = record.text.clone();
    record.text.clear();
    record.ends.clear();
    record.faults.clear();
    let fault = TableError::new(code::RECORD_TOO_LONG).row(record.line).value(&start);
    record.faults.push(fault);
    true
}

/// Reports control and replacement characters, once each per record, at their cells.
pub(super) fn check_characters(record: &mut Record) {
    for (what, is_in) in [
        (code::CONTROL_CHARACTER, (|cell| has_control(cell.as_bytes())) as fn(&str) -> bool),
        (code::INVALID_ENCODING, |cell| cell.contains('\u{FFFD}')),
    ] {
        if !is_in(&record.text) {
            continue;
        }
        let found = record.iter().position(is_in);
        if let Some(index) = found {
            let fault = TableError::new(what)
                .row(record.line)
                .column(index as u32 + 1)
                .value(record.get(index).unwrap_or_default());
            record.faults.push(fault);
        }
    }
}

fn parse(text: &str, delimiter: u8, is_end: bool, record: &mut Record) -> Parsed {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut lines = 0;
    loop {
        if bytes.get(at) == Some(&b'"') {
            let open = at;
            let mut from = at + 1;
            loop {
                let Some(quote) = memchr::memchr(b'"', &bytes[from..]).map(|k| from + k) else {
                    let column = record.ends.len() as u32 + 1;
                    return if is_end { Parsed::OpenQuote { column, lines } } else { Parsed::More };
                };
                if quote + 1 == bytes.len() && !is_end {
                    return Parsed::More;
                }
                if bytes.get(quote + 1) == Some(&b'"') {
                    record.text.push_str(&text[from..=quote]);
                    from = quote + 2;
                    continue;
                }
                record.text.push_str(&text[from..quote]);
                at = quote + 1;
                break;
            }
            lines += line_breaks(&bytes[open..at]);
            let is_closed = match bytes.get(at) {
                None => true,
                Some(&next) => next == delimiter || next == b'\n' || next == b'\r',
            };
            if !is_closed {
                record.faults.push(
                    TableError::new(code::MALFORMED_QUOTES)
                        .row(record.line)
                        .column(record.ends.len() as u32 + 1)
                        .value(&text[open..]),
                );
            }
        }
        let Some(stop) = memchr::memchr3(delimiter, b'\n', b'\r', &bytes[at..]).map(|k| at + k) else {
            if !is_end {
                return Parsed::More;
            }
            record.text.push_str(&text[at..]);
            record.end_cell();
            return Parsed::Done { bytes: bytes.len(), lines: lines + 1 };
        };
        record.text.push_str(&text[at..stop]);
        record.end_cell();
        at = stop + 1;
        match bytes[stop] {
            b'\n' => return Parsed::Done { bytes: at, lines: lines + 1 },
            b'\r' => {
                if at == bytes.len() && !is_end {
                    return Parsed::More;
                }
                let pair = usize::from(bytes.get(at) == Some(&b'\n'));
                return Parsed::Done { bytes: at + pair, lines: lines + 1 };
            }
            _ => {}
        }
    }
}

/// Physical line breaks: CRLF counts once, a lone CR too.
fn line_breaks(bytes: &[u8]) -> u64 {
    let mut count = 0;
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        count += u64::from(bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
    }
    count
}

/// The separator that splits the first lines most evenly; a comma when none does.
fn sniff_delimiter(text: &str) -> u8 {
    let candidates = [b',', b'\t', b';'];
    let mut counts: Vec<[usize; 3]> = vec![[0; 3]];
    let mut quoted = false;
    for &byte in text.as_bytes().iter().take(32 << 10) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => {
                if counts.len() == 20 {
                    break;
                }
                counts.push([0; 3]);
            }
            _ if quoted => {}
            _ => {
                if let (Some(index), Some(last)) =
                    (candidates.iter().position(|c| *c == byte), counts.last_mut())
                {
                    last[index] += 1;
                }
            }
        }
    }
    let score = |index: usize| {
        let first = counts[0][index];
        let even = counts.iter().filter(|line| first > 0 && line[index] == first).count();
        (even, first)
    };
    let mut best = 0;
    for index in 1..candidates.len() {
        if score(index) > score(best) {
            best = index;
        }
    }
    candidates[best]
}
