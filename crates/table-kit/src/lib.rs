//! Tables in and out: CSV, NDJSON and XLSX, streamed, bounded and formula-safe.
//!
//! Every service that imports or exports files calls this crate, and no other code opens such a file.
//! It is synchronous: services call it from a blocking thread. It refuses whatever it cannot read
//! exactly (macros, formulas, old binary workbooks, bombs) with a [`TableError`] that names the place.
//!
//! * [`sniff`]: which format is this?
//! * [`rows`]: pull records one by one from a stream of any length.
//! * [`header`]: which column is which field?
//! * [`form`]: sheets read by position, findings with their cells.
//! * [`grid`]: whole small workbooks, the official forms, with merges and shown texts.
//! * [`mod@write`]: streaming exports.
//! * [`limits`], [`error`]: what is refused, and how it is said.

pub mod error;
pub mod form;
pub mod grid;
mod gunzip;
pub mod header;
pub mod limits;
pub mod rows;
pub mod sniff;
pub mod write;
mod xlsx;

pub use error::{Severity, TableError};
pub use limits::Limits;
