//! Attachment 3 (附件3 南郑区跨部门综合监管工作联络表): its words, writing and reading it.
//!
//! Seven columns, 职务 and 手机号码 stand twice, so everything goes by position. Whether numbers are clear or masked is for
//! the caller to decide; this module sees texts. Called by the contact import and export.

use super::{FormFault, Table, limits};
use table_kit::grid::{Cell, Grid, Merge, Workbook};
use table_kit::header::normalise_title;
use table_kit::{Severity, TableError};

/// Title line.
pub const TITLE: &str = "南郑区跨部门综合监管工作联络表";
/// Column titles.
pub const COLUMNS: [&str; 7] = ["单位名称", "分管领导", "职务", "手机号码", "工作联系人", "职务", "手机号码"];
/// The note below the table.
pub const NOTE: &str = "注：各行业主管（牵头监管）部门于2024年1月15日前将此表报送区市场监管局（传真5512149、邮箱675607346@qq.com）。";
/// Name of the sheet.
pub const SHEET: &str = "附件3";

/// One row of the table, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactLine {
    /// The seven cells.
    pub cells: [String; 7],
    /// Row of the sheet, from 1.
    pub row: u64,
}

/// Writes the form.
///
/// # Errors
/// As [`Workbook::write`].
pub fn write(lines: &[ContactLine], properties: &[(&str, &str)]) -> Result<Vec<u8>, TableError> {
    let mut grid = Grid { sheet_name: SHEET.to_string(), header_rows: 2, ..Grid::default() };
    let across = |row: u32| Merge { r0: row, c0: 0, r1: row, c1: 6 };
    grid.merges.push(across(0));
    grid.rows.push(vec![Cell::text(TITLE)]);
    grid.rows.push(COLUMNS.iter().map(|t| Cell::text(t)).collect());
    grid.rows.extend(lines.iter().map(|l| l.cells.iter().map(|t| Cell::text(t)).collect::<Vec<_>>()));
    grid.merges.push(across(grid.rows.len() as u32));
    grid.rows.push(vec![Cell::text(NOTE)]);
    grid.col_widths.extend((0..7).zip([28.0, 12.0, 16.0, 16.0, 12.0, 16.0, 16.0]));
    let mut book = Workbook::new(vec![grid]);
    book.properties.extend(properties.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())));
    book.write()
}

/// Reads the form; blank rows are skipped, the note ends the table.
///
/// # Errors
/// What table-kit refuses, and a sheet without the form's head.
pub fn read(bytes: &[u8]) -> Result<(Vec<ContactLine>, Vec<FormFault>), Vec<FormFault>> {
    let book = Workbook::read(bytes, &limits())
        .map_err(|all| all.into_iter().map(FormFault::from).collect::<Vec<_>>())?;
    let tables: Vec<Table> = book.grids.iter().filter(|g| !g.is_hidden).map(Table::of).collect();
    let head = |t: &Table| (0..t.rows.len().min(20)).find(|r| normalise_title(t.text(*r, 0)) == COLUMNS[0]);
    let Some((table, head)) = tables.iter().find_map(|t| head(t).map(|h| (t, h))) else {
        let (zh, en) = ("未找到附件3的表头（第1列“单位名称”）", "the head of Attachment 3 was not found");
        return Err(vec![FormFault::at((None, 1, 1), Severity::Block, "form_not_recognised", zh, en)]);
    };
    let mut faults: Vec<FormFault> = book.warnings.iter().cloned().map(FormFault::from).collect();
    for (column, title) in COLUMNS.iter().enumerate() {
        if normalise_title(table.text(head, column)) != normalise_title(title) {
            let (zh, en) = ("列名或列序与附件3不符", "the columns are not those of Attachment 3");
            let place = table.place(head, column);
            let fault = FormFault::at(place, Severity::Block, "columns_swapped", zh, en);
            faults.push(fault.value(table.text(head, column)));
        }
    }
    let mut lines = Vec::new();
    for row in head + 1..table.rows.len() {
        if table.text(row, 0).starts_with("注：") || table.text(row, 0).starts_with("注:") {
            break;
        }
        let cells: [String; 7] = std::array::from_fn(|c| table.text(row, c).to_string());
        if cells.iter().any(|c| !c.is_empty()) {
            lines.push(ContactLine { cells, row: table.place(row, 0).1 });
        }
    }
    Ok((lines, faults))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let cells = ["区人社局", "张三", "副局长", "13800001234", "李四", "科长", "13900004321"];
        let line = ContactLine { cells: cells.map(ToString::to_string), row: 3 };
        let bytes = write(std::slice::from_ref(&line), &[]).unwrap();
        let (lines, faults) = read(&bytes).unwrap();
        assert_eq!((lines, faults), (vec![line], vec![]));
    }
}
