//! What a file may cost before it is refused.
//!
//! Callers pass [`Limits::default`] or tighten single fields; nothing here can be switched off.
//! Used by every reader of this crate.

/// Upper bounds of one file; reaching a bound gives a typed error, never a bigger allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one CSV record or NDJSON line. A longer one is a row fault. Default 1 MiB.
    pub record_bytes: usize,
    /// Columns of one record or sheet. Default 256.
    pub columns: usize,
    /// Bytes that gzip may unfold to. Default 16 GiB (a national subject register).
    pub gzip_bytes: u64,
    /// Unfolded size over packed size that is still believed, for gzip and for each zip entry. Default 200.
    pub ratio: u64,
    /// Unfolded bytes below which the ratio is not looked at. Default 1 MiB.
    pub ratio_from_bytes: u64,
    /// Bytes of an XLSX file as received. Default 32 MiB.
    pub xlsx_bytes: u64,
    /// Unfolded bytes of all entries of an XLSX file. Default 512 MiB.
    pub xlsx_unpacked_bytes: u64,
    /// Entries of an XLSX file. Default 1,000.
    pub xlsx_entries: usize,
    /// Bytes of the shared strings, the one part of a sheet that stays in memory. Default 128 MiB.
    pub shared_string_bytes: usize,
    /// Cells of all grids of a workbook, blanks inside the used box included. Default 200,000.
    pub grid_cells: usize,
    /// Sheets of a workbook. Default 16.
    pub sheets: usize,
    /// Errors reported for one workbook before reading stops. Default 200.
    pub errors: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes: 1 << 20,
            columns: 256,
            gzip_bytes: 16 << 30,
            ratio: 200,
            ratio_from_bytes: 1 << 20,
            xlsx_bytes: 32 << 20,
            xlsx_unpacked_bytes: 512 << 20,
            xlsx_entries: 1_000,
            shared_string_bytes: 128 << 20,
            grid_cells: 200_000,
            sheets: 16,
            errors: 200,
        }
    }
}
