//! The official forms as files: Attachment 1 (items) and Attachment 3 (contacts) in XLSX, and Attachment 1 as CSV.
//!
//! Pure: bytes in, rows and faults with their cells out, and back. It knows texts and places, not organs' codes or the
//! database; [`check`] gets a resolver for names. It refuses whatever table-kit refuses (formulas, links, macros, bombs,
//! `.et`/`.wps`). Called by the import and export app functions and by the property test.

pub mod attachment1;
pub mod attachment1_read;
pub mod attachment3;
pub mod check;
pub mod flat;
pub mod ndjson;

pub use table_kit::form::{FormFault, Table, clean, limits};
