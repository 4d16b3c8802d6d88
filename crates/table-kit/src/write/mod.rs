//! Streaming exports, one row at a time, in constant memory.
//!
//! CSV goes through the formula guard; XLSX stores every cell as a string, which no spreadsheet
//! program evaluates, so cells stay as they are there; NDJSON has no formulas. Called by the export
//! endpoints and the command line.

mod csv;
mod guard;
mod ndjson;
mod xlsx;

pub use csv::{CsvOptions, CsvWriter};
pub use guard::{formula_guard, unescape_formula_guard};
pub use ndjson::NdjsonWriter;
pub use xlsx::{MAX_DATA_ROWS, XlsxWriter};
