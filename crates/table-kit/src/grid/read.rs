//! Reads a workbook into grids. Cells are collected sparsely and the used box is checked before
//! anything is laid out, so that neither a declared dimension nor one far cell costs memory.

use std::io::Cursor;

use super::{Cell, Grid, Merge, Workbook};
use crate::error::{Code, TableError, code};
use crate::limits::Limits;
use crate::sniff::{Format, PREFIX_BYTES, Sniffed, sniff};
use crate::xlsx::book::{Book, SheetInfo, open_xml};
use crate::xlsx::sheet::{RawCell, SheetEvent, SheetReader};
use crate::xlsx::value::Context;

/// Merges of one sheet; the overlap check is quadratic.
const MAX_MERGES: usize = 4_096;

/// What was found wrong, bounded.
struct Report {
    blocking: Vec<TableError>,
    warnings: Vec<TableError>,
    most: usize,
}

impl Report {
    fn add(&mut self, error: TableError) {
        let list = if error.is_blocking() { &mut self.blocking } else { &mut self.warnings };
        match list.len().cmp(&self.most) {
            std::cmp::Ordering::Less => list.push(error),
            std::cmp::Ordering::Equal => list.push(TableError::new(code::TOO_MANY_ERRORS)),
            std::cmp::Ordering::Greater => {}
        }
    }
}

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Workbook, Vec<TableError>> {
    let one = |e| vec![e];
    match sniff(&bytes[..bytes.len().min(PREFIX_BYTES)], Some("form.xlsx"), None).map_err(one)? {
        Sniffed::Plain(Format::Xlsx) => {}
        _ => return Err(vec![TableError::new(code::UNSUPPORTED_FORMAT)]),
    }
    let mut book = Book::open(Cursor::new(bytes), bytes.len() as u64, limits).map_err(one)?;
    let mut report = Report { blocking: Vec::new(), warnings: Vec::new(), most: limits.errors };
    let mut cells_left = limits.grid_cells;
    let mut grids = Vec::new();
    for info in book.sheets.clone() {
        match read_sheet(&mut book, &info, limits, &mut cells_left, &mut report) {
            Ok(grid) => grids.push(grid),
            Err(error) => {
                report.blocking.push(if error.sheet.is_none() { error.sheet(&info.name) } else { error });
                break;
            }
        }
    }
    if report.blocking.is_empty() {
        Ok(Workbook { grids, properties: book.properties, warnings: report.warnings })
    } else {
        Err(report.blocking)
    }
}

fn read_sheet(
    book: &mut Book<Cursor<&[u8]>>,
    info: &SheetInfo,
    limits: &Limits,
    cells_left: &mut usize,
    report: &mut Report,
) -> Result<Grid, TableError> {
    let mut grid = Grid { sheet_name: info.name.clone(), is_hidden: info.is_hidden, ..Grid::default() };
    let context = Context { strings: &book.strings, styles: &book.styles, is_1904: book.is_1904 };
    let Some(xml) = open_xml(&mut book.package, &info.part)? else {
        return Err(TableError::new(code::ZIP_CORRUPT).value(&info.part));
    };
    let mut reader = SheetReader::new(xml);
    let mut found: Vec<(u32, u32, bool, Cell)> = Vec::new();
    loop {
        match reader.next()? {
            SheetEvent::End => break,
            SheetEvent::RowEnd => {}
            SheetEvent::Columns { first, last, width, is_hidden } => {
                for column in first..=last.min(limits.columns as u32 - 1) {
                    // Hidden columns are stored with width 0 unless they have their own.
                    if let Some(width) = width.filter(|w| *w > 0.0 && w.is_finite()) {
                        grid.col_widths.insert(column, width_in_characters(width));
                    }
                    if is_hidden {
                        grid.hidden_cols.insert(column);
                    }
                }
            }
            SheetEvent::Merge((r0, c0, r1, c1)) => {
                if (r0, c0) != (r1, c1) {
                    grid.merges.push(Merge { r0, c0, r1, c1 });
                }
                if grid.merges.len() > MAX_MERGES {
                    return Err(TableError::new(code::MERGE_INVALID).value("too many"));
                }
            }
            SheetEvent::Cell => {
                let raw = &reader.cell;
                match context.cell(raw) {
                    Ok((cell, warning)) => {
                        if let Some(what) = warning {
                            report.add(place(info, raw, what, &cell.shown));
                        }
                        if cell.is_empty() {
                            continue;
                        }
                        if raw.column as usize >= limits.columns {
                            return Err(place(info, raw, code::TOO_MANY_COLUMNS, &cell.shown));
                        }
                        if found.len() >= *cells_left {
                            return Err(place(info, raw, code::TOO_MANY_CELLS, &cell.shown));
                        }
                        let is_bold = context.styles.get(raw.style).is_bold;
                        found.push((raw.row, raw.column, is_bold, cell));
                    }
                    Err(what) => report.add(place(info, raw, what, &raw.text)),
                }
            }
        }
    }
    lay_out(&mut grid, found, limits, cells_left)?;
    Ok(grid)
}

fn place(info: &SheetInfo, raw: &RawCell, what: &'static Code, value: &str) -> TableError {
    TableError::new(what).sheet(&info.name).row(u64::from(raw.row) + 1).column(raw.column + 1).value(value)
}

fn lay_out(
    grid: &mut Grid,
    found: Vec<(u32, u32, bool, Cell)>,
    limits: &Limits,
    cells_left: &mut usize,
) -> Result<(), TableError> {
    grid.merges.sort_unstable();
    for (index, a) in grid.merges.iter().enumerate() {
        // Sorted by first row, so nothing after the last row of `a` can touch it.
        let touches = grid.merges[index + 1..]
            .iter()
            .take_while(|b| b.r0 <= a.r1)
            .any(|b| b.c0 <= a.c1 && a.c0 <= b.c1);
        if touches || a.c1 as usize >= limits.columns {
            return Err(TableError::new(code::MERGE_INVALID)
                .sheet(&grid.sheet_name)
                .row(u64::from(a.r0) + 1)
                .column(a.c0 + 1));
        }
    }
    let height = found.iter().map(|c| c.0 + 1).chain(grid.merges.iter().map(|m| m.r1 + 1)).max();
    let width = found.iter().map(|c| c.1 + 1).chain(grid.merges.iter().map(|m| m.c1 + 1)).max();
    let (height, width) = (height.unwrap_or(0) as usize, width.unwrap_or(0) as usize);
    *cells_left = cells_left.checked_sub(height * width).ok_or_else(|| {
        TableError::new(code::TOO_MANY_CELLS).value(&format!("{height} rows × {width} columns"))
    })?;
    grid.rows = vec![vec![Cell::default(); width]; height];
    let mut is_plain = vec![false; height];
    let mut is_filled = vec![false; height];
    for (row, column, is_bold, cell) in found {
        is_plain[row as usize] |= !is_bold;
        is_filled[row as usize] = true;
        grid.rows[row as usize][column as usize] = cell;
    }
    let bold = (0..height).take_while(|r| !is_plain[*r]);
    grid.header_rows = bold.filter(|r| is_filled[*r]).last().map_or(0, |r| r as u32 + 1);
    Ok(())
}

/// The width a person sees, from the stored one, for the default font (7 pixels a digit, 5 padding).
fn width_in_characters(stored: f64) -> f64 {
    let pixels = (stored * 7.0).round();
    let width = if pixels >= 12.0 { (pixels - 5.0) / 7.0 } else { pixels / 12.0 };
    (width * 100.0).round() / 100.0
}
