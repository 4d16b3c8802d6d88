//! Writes grids. Text has the text format `@`, so codes keep zeros and nothing becomes a formula;
//! numbers and dates get a number format that shows the wanted text again.

use rust_xlsxwriter::{Format, FormatAlign, Workbook as Book, Worksheet, XlsxError};

use super::{Cell, CellValue, Grid, Workbook};
use crate::error::{TableError, code};
use crate::xlsx::numfmt::NumberFormat;
use crate::xlsx::{date, fixed_properties};

/// Format codes, parsed once per workbook.
struct Formats {
    numbers: Vec<(&'static str, NumberFormat)>,
    dates: Vec<(&'static str, NumberFormat)>,
}

impl Formats {
    fn new() -> Self {
        let parse = |codes: &[&'static str]| codes.iter().map(|c| (*c, NumberFormat::parse(c))).collect();
        Self { numbers: parse(NUMBER_FORMATS), dates: parse(DATE_FORMATS) }
    }
}

/// Number formats tried in order until one shows the wanted text.
const NUMBER_FORMATS: &[&str] = &[
    "General",
    "0",
    "0.0",
    "0.00",
    "0.000",
    "0.0000",
    "0%",
    "0.0%",
    "0.00%",
    "0.000%",
    "#,##0",
    "#,##0.00",
    "h:mm",
    "hh:mm",
    "h:mm:ss",
    "[h]:mm:ss",
    "[h]:mm",
    "0.00000",
    "0.000000",
    "0.0000%",
];
const DATE_FORMATS: &[&str] = &[
    "yyyy-mm-dd",
    "yyyy/m/d",
    "yyyy\"年\"m\"月\"d\"日\"",
    "yyyy-mm-dd hh:mm:ss",
    "yyyy.m.d",
    "yyyy/m/d h:mm",
    "yyyy\"年\"m\"月\"",
    "yyyy-mm-dd hh:mm",
    "yyyy-m-d",
    "yyyy/mm/dd",
    "yyyy.mm.dd",
    "m\"月\"d\"日\"",
    "yyyy/m/d h:mm:ss",
    "yyyy/mm/dd hh:mm:ss",
    "yyyy-mm",
    "yyyymmdd",
    "yyyy-mm-dd\"T\"hh:mm:ss",
    "d-mmm-yy",
];

pub(super) fn write(workbook: &Workbook) -> Result<Vec<u8>, TableError> {
    let mut book = Book::new();
    let properties = workbook
        .properties
        .iter()
        .fold(fixed_properties(), |p, (name, value)| p.set_custom_property(name, value.as_str()));
    book.set_properties(&properties);
    let formats = Formats::new();
    for grid in &workbook.grids {
        let sheet = book.add_worksheet();
        write_sheet(sheet, grid, &formats).map_err(|e| e.sheet(&grid.sheet_name))?;
    }
    book.save_to_buffer().map_err(|e| failed(&e))
}

fn write_sheet(sheet: &mut Worksheet, grid: &Grid, formats: &Formats) -> Result<(), TableError> {
    sheet
        .set_name(&grid.sheet_name)
        .map_err(|e| TableError::new(code::SHEET_NAME_INVALID).value(&e.to_string()))?;
    sheet.set_hidden(grid.is_hidden);
    for (column, width) in &grid.col_widths {
        sheet.set_column_width(narrow(*column)?, *width).map_err(|e| failed(&e))?;
    }
    for column in &grid.hidden_cols {
        sheet.set_column_hidden(narrow(*column)?).map_err(|e| failed(&e))?;
    }
    for m in &grid.merges {
        if (m.r0, m.c0) == (m.r1, m.c1) {
            continue;
        }
        let format = base(grid, m.r0);
        sheet.merge_range(m.r0, narrow(m.c0)?, m.r1, narrow(m.c1)?, "", &format).map_err(|e| {
            TableError::new(code::MERGE_INVALID)
                .row(u64::from(m.r0) + 1)
                .column(m.c0 + 1)
                .value(&e.to_string())
        })?;
    }
    for (row, cells) in grid.rows.iter().enumerate() {
        let row = u32::try_from(row).map_err(|_| TableError::new(code::TOO_MANY_ROWS))?;
        for (column, cell) in cells.iter().enumerate() {
            let column = narrow(u32::try_from(column).unwrap_or(u32::MAX))?;
            write_cell(sheet, grid, formats, (row, column), cell).map_err(|e| {
                let what = match e {
                    XlsxError::MaxStringLengthExceeded => code::CELL_TOO_LONG,
                    XlsxError::RowColumnLimitError => code::TOO_MANY_ROWS,
                    _ => code::WRITE_FAILED,
                };
                TableError::new(what).row(u64::from(row) + 1).column(u32::from(column) + 1).value(&cell.shown)
            })?;
        }
    }
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    grid: &Grid,
    formats: &Formats,
    (row, column): (u32, u16),
    cell: &Cell,
) -> Result<(), XlsxError> {
    let format = || base(grid, row);
    match &cell.value {
        CellValue::Empty => {}
        CellValue::Text(text) if text.is_empty() => {}
        CellValue::Text(text) => {
            let format = format().set_num_format("@");
            let format = if text.contains('\n') { format.set_text_wrap() } else { format };
            sheet.write_string_with_format(row, column, text, &format)?;
        }
        CellValue::Bool(value) => {
            sheet.write_boolean_with_format(row, column, *value, &format())?;
        }
        CellValue::Number(value) => {
            let code = fitting(&formats.numbers, *value, &cell.shown);
            sheet.write_number_with_format(row, column, *value, &format().set_num_format(code))?;
        }
        CellValue::Date(at) => match date::to_serial(*at) {
            Some(serial) => {
                let code = fitting(&formats.dates, serial, &cell.shown);
                sheet.write_number_with_format(row, column, serial, &format().set_num_format(code))?;
            }
            // Excel has no dates before 1900.
            None => {
                let format = format().set_num_format("@");
                sheet.write_string_with_format(row, column, date::iso(*at, false), &format)?;
            }
        },
    }
    Ok(())
}

fn base(grid: &Grid, row: u32) -> Format {
    let format = Format::new().set_align(FormatAlign::VerticalCenter);
    if row < grid.header_rows {
        format.set_bold().set_align(FormatAlign::Center).set_text_wrap()
    } else {
        format
    }
}

fn fitting(formats: &[(&'static str, NumberFormat)], value: f64, shown: &str) -> &'static str {
    formats
        .iter()
        .find(|(_, format)| format.show(value, false).as_deref() == Some(shown))
        .or(formats.first())
        .map_or("General", |(code, _)| code)
}

fn narrow(column: u32) -> Result<u16, TableError> {
    u16::try_from(column)
        .map_err(|_| TableError::new(code::TOO_MANY_COLUMNS).column(column.saturating_add(1)))
}

fn failed(error: &XlsxError) -> TableError {
    TableError::new(code::WRITE_FAILED).value(&error.to_string())
}
