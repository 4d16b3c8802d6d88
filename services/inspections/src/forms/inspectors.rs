//! The template of the inspector registry (执法人员名录库), as CSV and XLSX: 21 columns by position, held against their titles.
//!
//! Cells that a spreadsheet would run as a formula are refused on the way in and guarded on the way out; numbers of people
//! are written as text. Called by the import and export of inspectors.

use super::text::{Repeat, csv_table, no_rows};
use table_kit::form::{FormFault, Table, limits};
use table_kit::grid::{Cell, Grid, Workbook};
use table_kit::header::normalise_title;
use table_kit::write::{CsvOptions, CsvWriter};
use table_kit::{Severity, TableError};

/// Titles of the template, in order.
pub const COLUMNS: [&str; 21] = [
    "单位工号",
    "姓名",
    "性别",
    "身份证号",
    "手机号",
    "学历",
    "学历专业",
    "岗位大类",
    "从事本岗起始日期",
    "岗位资质资格",
    "执法事项范围",
    "地区",
    "层级",
    "担任职务",
    "具体职务",
    "所在业务部门（机构）",
    "是否专家",
    "执法证编号",
    "执法证有效期",
    "执法证发证机关",
    "执法人员状态",
];
/// Name of the sheet.
pub const SHEET: &str = "执法人员名录库";

/// One row of the template, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectorLine {
    /// The cells.
    pub cells: [String; COLUMNS.len()],
    /// Row of the sheet or line of the file, from 1.
    pub row: u64,
    /// Whether it comes from a sheet.
    pub sheet: bool,
}

/// What a file holds.
pub type Parsed = (Vec<InspectorLine>, Vec<FormFault>);

/// Writes the template as a workbook.
///
/// # Errors
/// As [`Workbook::write`].
pub fn write_xlsx(lines: &[InspectorLine]) -> Result<Vec<u8>, TableError> {
    let mut grid = Grid { sheet_name: SHEET.to_string(), header_rows: 1, ..Grid::default() };
    grid.rows.push(COLUMNS.iter().map(|t| Cell::text(t)).collect());
    grid.rows.extend(lines.iter().map(|l| l.cells.iter().map(|t| Cell::text(t)).collect::<Vec<_>>()));
    grid.col_widths.extend((0..COLUMNS.len() as u32).map(|c| (c, 16.0)));
    Workbook::new(vec![grid]).write()
}

/// Writes the template as CSV with a byte order mark.
///
/// # Errors
/// As table-kit's writer.
pub fn write_csv(lines: &[InspectorLine]) -> Result<Vec<u8>, TableError> {
    let mut out = CsvWriter::new(Vec::new(), CsvOptions::default())?;
    out.write_row(&COLUMNS)?;
    for line in lines {
        let cells: Vec<&str> = line.cells.iter().map(String::as_str).collect();
        out.write_row(&cells)?;
    }
    out.finish()
}

/// Reads a workbook.
///
/// # Errors
/// What table-kit refuses, and a sheet without the template's head.
pub fn read_xlsx(bytes: &[u8]) -> Result<Parsed, Vec<FormFault>> {
    let book = Workbook::read(bytes, &limits())
        .map_err(|all| all.into_iter().map(FormFault::from).collect::<Vec<_>>())?;
    let tables: Vec<Table> = book.grids.iter().filter(|g| !g.is_hidden).map(Table::of).collect();
    let Some((table, head)) = tables.iter().find_map(|t| head_of(t).map(|h| (t, h))) else {
        return Err(vec![not_recognised()]);
    };
    let mut faults: Vec<FormFault> = book.warnings.iter().cloned().map(FormFault::from).collect();
    let lines = rows(table, head, true, &mut faults);
    Ok((lines, faults))
}

/// Reads a CSV file.
///
/// # Errors
/// What table-kit refuses as a whole, and a file without the template's head.
pub fn read_csv(bytes: &[u8]) -> Result<Parsed, Vec<FormFault>> {
    let (table, mut faults) = csv_table(bytes, Repeat::PlaceOnly)?;
    let Some(head) = head_of(&table) else { return Err(vec![not_recognised()]) };
    let lines = rows(&table, head, false, &mut faults);
    Ok((lines, faults))
}

fn head_of(table: &Table) -> Option<usize> {
    (0..table.rows.len().min(20)).find(|r| {
        normalise_title(table.text(*r, 0)) == normalise_title(COLUMNS[0])
            && normalise_title(table.text(*r, 1)) == normalise_title(COLUMNS[1])
    })
}

fn not_recognised() -> FormFault {
    let (zh, en) = (
        "未找到名录库表头（第1、2列“单位工号”“姓名”）",
        "the head of the template (单位工号, 姓名) was not found",
    );
    FormFault::at((None, 1, 1), Severity::Block, "form_not_recognised", zh, en)
}

fn rows(table: &Table, head: usize, sheet: bool, faults: &mut Vec<FormFault>) -> Vec<InspectorLine> {
    for (column, title) in COLUMNS.iter().enumerate() {
        if normalise_title(table.text(head, column)) != normalise_title(title) {
            let (zh, en) = ("列名或列序与模板不符", "the columns are not those of the template");
            let fault = FormFault::at(table.place(head, column), Severity::Block, "columns_swapped", zh, en);
            faults.push(fault.value(table.text(head, column)));
        }
    }
    let mut lines = Vec::new();
    for row in head + 1..table.rows.len() {
        let cells: [String; COLUMNS.len()] = std::array::from_fn(|c| table.text(row, c).to_string());
        if cells.iter().any(|c| !c.is_empty()) {
            lines.push(InspectorLine { cells, row: table.place(row, 0).1, sheet });
        }
    }
    if lines.is_empty() {
        faults.push(no_rows(table.place(head, 0)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(row: u64, sheet: bool) -> InspectorLine {
        let mut cells: [String; COLUMNS.len()] = std::array::from_fn(|c| format!("值{c}"));
        cells[3] = "610721199003071230".to_string();
        InspectorLine { cells, row, sheet }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let book = write_xlsx(&[line(2, true)]).unwrap();
        assert_eq!(read_xlsx(&book).unwrap(), (vec![line(2, true)], vec![]));
        let text = write_csv(&[line(2, false)]).unwrap();
        assert_eq!(read_csv(&text).unwrap(), (vec![line(2, false)], vec![]));
    }

    #[test]
    fn swapped_columns_block_and_another_table_is_not_recognised() {
        let text = "单位工号,姓名,身份证号,性别\nSJ-1,王示例,1,男\n";
        let (_, faults) = read_csv(text.as_bytes()).unwrap();
        assert!(faults.iter().any(|f| f.code == "columns_swapped" && f.is_blocking()));
        assert_eq!(read_csv("a,b\n1,2\n".as_bytes()).unwrap_err()[0].code, "form_not_recognised");
    }

    #[test]
    fn a_cell_like_a_formula_is_refused() {
        let text = format!("{}\n=1+1,王示例\n", COLUMNS.join(","));
        let (_, faults) = read_csv(text.as_bytes()).unwrap();
        assert!(faults.iter().any(|f| f.code == "formula_refused"));
    }
}
