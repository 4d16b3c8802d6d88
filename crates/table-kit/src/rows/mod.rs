//! Pulls records one by one out of a stream of any length, in constant memory.
//!
//! [`Source::open`] looks at the first bytes, unfolds gzip and gives [`Rows`]. A fault of one row is in
//! [`Record::faults`] and the stream goes on; an `Err` ends it, after every row before it was handed
//! out. XLSX is spooled to an unnamed temporary file because zip needs seeking; only its shared strings
//! stay in memory. Called by the import endpoints and the command line.

mod csv;
mod ndjson;
mod record;
mod text;
mod xlsx;

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use record::Record;

use crate::error::{TableError, code};
use crate::gunzip::{Counting, Gunzip};
use crate::limits::Limits;
use crate::sniff::{Format, PREFIX_BYTES, Sniffed, sniff};
use csv::CsvRows;
use ndjson::NdjsonRows;
use text::{Charset, Text};
use xlsx::XlsxRows;

/// How to open a source; all fields may stay at their defaults.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Take this format; gzip is still unfolded and foreign formats are still refused.
    pub format: Option<Format>,
    /// Original file name, for the extension only.
    pub file_name: Option<String>,
    /// Content type as sent by the client.
    pub content_type: Option<String>,
    /// Bounds.
    pub limits: Limits,
    /// Field separator; sniffed among `,` `;` and tab when absent.
    pub delimiter: Option<u8>,
    /// Sheet to read; the first visible one when absent.
    pub sheet: Option<String>,
    /// Undo the apostrophes of [`crate::write::CsvWriter`]; for CSV files of this system's own export.
    pub formula_guard: bool,
    /// Where XLSX input is spooled; the system's temporary folder when absent.
    pub temp_dir: Option<PathBuf>,
}

/// Opens inputs.
pub struct Source;

impl Source {
    /// Opens a stream of records.
    ///
    /// # Errors
    /// Everything [`sniff`] refuses; for XLSX also what makes the package unsafe.
    pub fn open<'r>(reader: impl Read + Send + 'r, options: Options) -> Result<Rows<'r>, TableError> {
        let bytes = Arc::new(AtomicU64::new(0));
        let mut input: Box<dyn Read + Send + 'r> = Box::new(Counting::new(reader, Arc::clone(&bytes)));
        let mut prefix = read_prefix(&mut input)?;
        let mut sniffed = guess(&prefix, &options)?;
        if sniffed == Sniffed::Gzip {
            let packed = Cursor::new(prefix).chain(input);
            input = Box::new(Gunzip::new(packed, Arc::clone(&bytes), &options.limits));
            prefix = read_prefix(&mut input)?;
            sniffed = guess(&prefix, &options)?;
        }
        let Sniffed::Plain(format) = sniffed else {
            return Err(TableError::new(code::UNSUPPORTED_FORMAT).value("gzip inside gzip"));
        };
        let input: Box<dyn Read + Send + 'r> = Box::new(Cursor::new(prefix).chain(input));
        let limits = &options.limits;
        let kind = match format {
            Format::Csv => {
                let text = Text::new(input, Charset::Detect);
                Kind::Csv(CsvRows::new(text, options.delimiter, limits))
            }
            Format::Ndjson => Kind::Ndjson(NdjsonRows::new(Text::new(input, Charset::Utf8), limits)),
            Format::Xlsx => Kind::Xlsx(Box::new(XlsxRows::open(
                spool(input, &options)?,
                options.sheet.as_deref(),
                limits,
            )?)),
        };
        Ok(Rows { kind, format, bytes, unguard: options.formula_guard && format == Format::Csv, ended: None })
    }
}

enum Kind<'r> {
    Csv(CsvRows<'r>),
    Ndjson(NdjsonRows<'r>),
    Xlsx(Box<XlsxRows<BufReader<File>>>),
}

/// An open stream of records.
pub struct Rows<'r> {
    kind: Kind<'r>,
    format: Format,
    bytes: Arc<AtomicU64>,
    unguard: bool,
    ended: Option<Result<bool, TableError>>,
}

impl Rows<'_> {
    /// Fills `record` with the next row; false at the end. The first record of a table is its header.
    ///
    /// # Errors
    /// What ends the stream: `read_failed`, `gzip_*`, `decompression_limit`, `unclosed_quote`,
    /// `zip_corrupt`, `xml_*`. Asked again, it answers the same.
    #[inline]
    pub fn next(&mut self, record: &mut Record) -> Result<bool, TableError> {
        if let Some(ended) = &self.ended {
            return ended.clone();
        }
        record.unguard = self.unguard;
        let answer = match &mut self.kind {
            Kind::Csv(rows) => rows.next(record),
            Kind::Ndjson(rows) => rows.next(record),
            Kind::Xlsx(rows) => rows.next(record),
        };
        if answer != Ok(true) {
            self.ended = Some(answer.clone());
        }
        answer
    }

    /// The format found.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Bytes of the input used up to now, as received (before unfolding): for progress bars.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Name of the text encoding, once decided.
    #[must_use]
    pub fn encoding(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::Csv(rows) => rows.encoding(),
            Kind::Ndjson(_) => Some("UTF-8"),
            Kind::Xlsx(_) => None,
        }
    }

    /// The CSV separator, once a record was read.
    #[must_use]
    pub fn delimiter(&self) -> Option<u8> {
        match &self.kind {
            Kind::Csv(rows) => rows.delimiter(),
            _ => None,
        }
    }

    /// The sheet being read.
    #[must_use]
    pub fn sheet(&self) -> Option<&str> {
        match &self.kind {
            Kind::Xlsx(rows) => Some(rows.sheet()),
            _ => None,
        }
    }
}

/// A format asked for replaces the choice between text formats, not the refusals.
fn guess(prefix: &[u8], options: &Options) -> Result<Sniffed, TableError> {
    let Some(format) = options.format else {
        return sniff(prefix, options.file_name.as_deref(), options.content_type.as_deref());
    };
    match sniff(prefix, None, None)? {
        Sniffed::Plain(found) if (found == Format::Xlsx) != (format == Format::Xlsx) => {
            Err(TableError::new(code::FORMAT_MISMATCH))
        }
        Sniffed::Plain(_) => Ok(Sniffed::Plain(format)),
        Sniffed::Gzip => Ok(Sniffed::Gzip),
    }
}

fn read_prefix(input: &mut dyn Read) -> Result<Vec<u8>, TableError> {
    let mut prefix = vec![0; PREFIX_BYTES];
    let mut have = 0;
    while have < prefix.len() {
        match input.read(&mut prefix[have..]) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(TableError::from_io(e, code::READ_FAILED)),
        }
    }
    prefix.truncate(have);
    Ok(prefix)
}

fn spool(input: Box<dyn Read + Send + '_>, options: &Options) -> Result<(BufReader<File>, u64), TableError> {
    let failed = |e: io::Error| TableError::from_io(e, code::SPOOL_FAILED);
    let mut file = match &options.temp_dir {
        Some(folder) => tempfile::tempfile_in(folder),
        None => tempfile::tempfile(),
    }
    .map_err(failed)?;
    let most = options.limits.xlsx_bytes;
    let len = io::copy(&mut input.take(most + 1), &mut file).map_err(failed)?;
    if len > most {
        return Err(TableError::new(code::FILE_TOO_LARGE).value(&format!("more than {most} bytes")));
    }
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok((BufReader::with_capacity(1 << 16, file), len))
}
