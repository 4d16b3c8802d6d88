//! Attachment 1 as CSV: the same columns in the same order, then the extras, `_id` and `_version`.
//!
//! A further cooperating department is a further row with blank lead cells, as in the form. Cells that a spreadsheet would
//! run as a formula are refused on the way in and guarded with an apostrophe on the way out. UTF-8 and GB18030 are read.

use super::attachment1::{COLUMNS, EXTRA_COLUMNS, FormCooperation, FormItem, HIDDEN};
use super::attachment1_read::{Parsed, read_table};
use super::{FormFault, Table, clean, limits};
use table_kit::rows::{Options, Record, Source};
use table_kit::sniff::Format;
use table_kit::write::{CsvOptions, CsvWriter, unescape_formula_guard};
use table_kit::{Severity, TableError};

/// Reads a CSV file.
///
/// # Errors
/// What table-kit refuses as a whole.
pub fn read(bytes: &[u8]) -> Result<Parsed, Vec<FormFault>> {
    let one = |e: TableError| vec![FormFault::from(e)];
    let options = Options { format: Some(Format::Csv), limits: limits(), ..Options::default() };
    let mut rows = Source::open(bytes, options).map_err(one)?;
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    let mut record = Record::new();
    while rows.next(&mut record).map_err(one)? {
        // The form's rows need not be equally long.
        faults
            .extend(record.faults().iter().filter(|f| f.code != "ragged_row").cloned().map(FormFault::from));
        let cells = record.iter().enumerate().map(|(column, raw)| {
            if raw.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
                faults.push(
                    FormFault::at(
                        (None, record.line(), u32::try_from(column).unwrap_or(0) + 1),
                        Severity::Block,
                        "formula_refused",
                        "单元格以公式符号开头，请改为文本（本系统导出的文件以撇号保护）",
                        "the cell begins like a formula; this system's own exports guard it with an apostrophe",
                    )
                    .value(raw),
                );
            }
            clean(unescape_formula_guard(raw))
        });
        let cells: Vec<String> = cells.collect();
        lines.push((record.line(), cells));
    }
    let mut parsed = read_table(&Table::plain(lines), false);
    faults.append(&mut parsed.faults);
    Ok(Parsed { items: parsed.items, faults })
}

/// Writes a CSV file with a byte order mark.
///
/// # Errors
/// As table-kit's writer.
pub fn write(items: &[FormItem]) -> Result<Vec<u8>, TableError> {
    let mut out = CsvWriter::new(Vec::new(), CsvOptions::default())?;
    let titles: Vec<&str> = COLUMNS.iter().chain(&EXTRA_COLUMNS[2..]).chain(&HIDDEN).copied().collect();
    out.write_row(&titles)?;
    for (i, item) in items.iter().enumerate() {
        let blank = FormCooperation::default();
        let rows = if item.cooperating.is_empty() { std::slice::from_ref(&blank) } else { &item.cooperating };
        for (k, coop) in rows.iter().enumerate() {
            let mut cells: Vec<String> = vec![String::new(); 8];
            if k == 0 {
                cells = std::iter::once((i + 1).to_string()).chain(item.lead_cells()).collect();
            }
            cells.extend([&coop.department, &coop.item, &coop.basis].map(Clone::clone));
            if k == 0 {
                cells.extend(item.extra_cells());
                cells.extend(item.hidden_cells());
            } else {
                cells.resize(titles.len(), String::new());
            }
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            out.write_row(&cells)?;
        }
    }
    out.finish()
}
