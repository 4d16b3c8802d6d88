//! Reading a form's columns from CSV: rows as a [`Table`] with the findings that every form shares.
//!
//! A cell that a spreadsheet would run as a formula blocks; rows need not be equally long. Refuses to know columns: those are
//! the forms'. Called by the CSV readers of this folder.

use table_kit::form::{FormFault, Table, clean, limits};
use table_kit::rows::{Options, Record, Source};
use table_kit::sniff::Format;
use table_kit::write::unescape_formula_guard;
use table_kit::{Severity, TableError};

/// Whether findings may repeat the text of a cell: not where columns hold personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The text is shown, cut.
    Text,
    /// The place only.
    PlaceOnly,
}

/// A form whose head is there and nothing below it: most often the rows stand on another sheet.
#[must_use]
pub fn no_rows(place: (Option<&str>, u64, u32)) -> FormFault {
    let (zh, en) = ("表头之下没有数据", "nothing stands below the head");
    FormFault::at(place, Severity::Block, "no_rows", zh, en)
}

/// Reads the rows of a CSV file.
///
/// # Errors
/// What table-kit refuses as a whole.
pub fn csv_table(bytes: &[u8], repeat: Repeat) -> Result<(Table, Vec<FormFault>), Vec<FormFault>> {
    let one = |e: TableError| vec![FormFault::from(e)];
    let options = Options { format: Some(Format::Csv), limits: limits(), ..Options::default() };
    let mut source = Source::open(bytes, options).map_err(one)?;
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    let mut record = Record::new();
    while source.next(&mut record).map_err(one)? {
        let found = record.faults().iter().filter(|f| f.code != "ragged_row").cloned();
        faults.extend(found.map(FormFault::from));
        let mut cells = Vec::with_capacity(record.len());
        for (column, raw) in record.iter().enumerate() {
            if raw.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
                let (zh, en) = (
                    "单元格以公式符号开头，请改为文本（本系统导出的文件以撇号保护）",
                    "the cell begins like a formula; this system's own exports guard it with an apostrophe",
                );
                let place = (None, record.line(), u32::try_from(column).unwrap_or(0) + 1);
                let fault = FormFault::at(place, Severity::Block, "formula_refused", zh, en);
                faults.push(if repeat == Repeat::Text { fault.value(raw) } else { fault });
            }
            cells.push(clean(unescape_formula_guard(raw)));
        }
        lines.push((record.line(), cells));
    }
    Ok((Table::plain(lines), faults))
}
