//! Cells, columns and merges of one worksheet part, in file order, nothing kept.
//!
//! Rows and cells must ascend, as Excel demands; that is what lets rows be streamed. Declared
//! dimensions are ignored, so a sheet cannot lie about its size.

use std::io::Read;

use quick_xml::events::Event;

use super::xml::{Xml, attribute};
use crate::error::TableError;

/// Rows and columns of the largest sheet.
pub(crate) const MAX_ROWS: u32 = 1_048_576;
pub(crate) const MAX_COLUMNS: u32 = 16_384;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CellKind {
    #[default]
    Number,
    Shared,
    Inline,
    Bool,
    Error,
    IsoDate,
    Text,
}

/// A cell as it stands in the file; 0-based place.
#[derive(Debug, Default)]
pub(crate) struct RawCell {
    pub(crate) row: u32,
    pub(crate) column: u32,
    pub(crate) kind: CellKind,
    pub(crate) style: usize,
    pub(crate) text: String,
    pub(crate) is_formula: bool,
}

/// A range of cells, 0-based and inclusive: first row, first column, last row, last column.
pub(crate) type Range = (u32, u32, u32, u32);

pub(crate) enum SheetEvent {
    Columns {
        first: u32,
        last: u32,
        width: Option<f64>,
        is_hidden: bool,
    },
    /// The cell is in [`SheetReader::cell`].
    Cell,
    /// The row in [`SheetReader::row`] is complete.
    RowEnd,
    Merge(Range),
    End,
}

/// The part of a sheet being read; the same element names mean other things elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Columns,
    Data,
    Merges,
    Other,
}

pub(crate) struct SheetReader<R: Read> {
    xml: Xml<R>,
    pub(crate) cell: RawCell,
    next_row: u32,
    /// The row being read, 0-based.
    pub(crate) row: u32,
    next_column: u32,
    /// The row element had no number, so its first cell may give it.
    is_row_open: bool,
    section: Section,
}

impl<R: Read> SheetReader<R> {
    pub(crate) fn new(xml: Xml<R>) -> Self {
        Self {
            xml,
            cell: RawCell::default(),
            next_row: 0,
            row: 0,
            next_column: 0,
            is_row_open: false,
            section: Section::Other,
        }
    }

    pub(crate) fn next(&mut self) -> Result<SheetEvent, TableError> {
        loop {
            let event = self.xml.next()?;
            let element = match event {
                Event::Eof => return Ok(SheetEvent::End),
                Event::End(element) => match (self.section, element.local_name().as_ref()) {
                    (Section::Data, "row") => return Ok(SheetEvent::RowEnd),
                    (_, "sheetData" | "cols" | "mergeCells") => {
                        self.section = Section::Other;
                        continue;
                    }
                    _ => continue,
                },
                Event::Start(element) => element,
                _ => continue,
            };
            match (self.section, element.local_name().as_ref()) {
                (Section::Other, "sheetData") => self.section = Section::Data,
                (Section::Other, "cols") => self.section = Section::Columns,
                (Section::Other, "mergeCells") => self.section = Section::Merges,
                (Section::Data, "c") => {
                    self.cell.text.clear();
                    self.cell.is_formula = false;
                    self.cell.style = 0;
                    self.cell.kind = CellKind::Number;
                    let mut place = None;
                    for attribute in element.attributes().with_checks(false) {
                        let Ok(attribute) = attribute else {
                            return Err(self.xml.corrupt(&"attribute of c"));
                        };
                        let value = attribute.value.as_ref();
                        match attribute.key.as_ref() {
                            "r" => place = Some(parse_ref(value)),
                            "s" => self.cell.style = value.parse().unwrap_or(0),
                            "t" => match kind(value) {
                                Some(kind) => self.cell.kind = kind,
                                None => {
                                    let detail = format!("cell type {value}");
                                    return Err(self.xml.corrupt(&detail));
                                }
                            },
                            _ => {}
                        }
                    }
                    let (row, column) = match place {
                        None => (self.row, self.next_column),
                        Some(Some(place)) => place,
                        Some(None) => return Err(self.xml.corrupt(&"cell reference")),
                    };
                    if std::mem::take(&mut self.is_row_open) && row > self.row {
                        (self.row, self.next_row) = (row, row + 1);
                    }
                    if row != self.row || column < self.next_column || column >= MAX_COLUMNS {
                        return Err(self.xml.corrupt(&format!("cell order at row {}", row + 1)));
                    }
                    self.next_column = column + 1;
                    (self.cell.row, self.cell.column) = (row, column);
                    self.read_cell()?;
                    return Ok(SheetEvent::Cell);
                }
                (Section::Data, "row") => {
                    let number = attribute(&element, "r")?;
                    self.is_row_open = number.is_none();
                    let row = match number {
                        Some(text) => text.parse::<u32>().unwrap_or(0).wrapping_sub(1),
                        None => self.next_row,
                    };
                    if row < self.next_row || row >= MAX_ROWS {
                        return Err(self.xml.corrupt(&format!("row order after row {}", self.next_row)));
                    }
                    (self.row, self.next_row, self.next_column) = (row, row + 1, 0);
                }
                (Section::Columns, "col") => {
                    let get = |name| attribute(&element, name);
                    let number = |text: Option<String>| text.and_then(|t| t.parse::<u32>().ok());
                    let (Some(first @ 1..), Some(last)) = (number(get("min")?), number(get("max")?)) else {
                        return Err(self.xml.corrupt(&"column range"));
                    };
                    let width = get("width")?.and_then(|w| w.parse::<f64>().ok());
                    let is_hidden = matches!(get("hidden")?.as_deref(), Some("1" | "true"));
                    let last = last.clamp(first, MAX_COLUMNS) - 1;
                    return Ok(SheetEvent::Columns { first: first - 1, last, width, is_hidden });
                }
                (Section::Merges, "mergeCell") => {
                    let text = attribute(&element, "ref")?.unwrap_or_default();
                    let Some(range) = parse_range(&text) else {
                        return Err(self.xml.corrupt(&format!("merge {text}")));
                    };
                    return Ok(SheetEvent::Merge(range));
                }
                _ => {}
            }
        }
    }

    /// Reads value, inline string and formula mark up to the end of the cell.
    fn read_cell(&mut self) -> Result<(), TableError> {
        enum Child {
            Value,
            Inline,
            Formula,
            Other,
        }
        loop {
            let child = match self.xml.next()? {
                Event::End(_) => return Ok(()),
                Event::Start(e) => match e.local_name().as_ref() {
                    "v" => Child::Value,
                    "is" => Child::Inline,
                    "f" => Child::Formula,
                    _ => Child::Other,
                },
                _ => continue,
            };
            match child {
                Child::Value if self.cell.kind != CellKind::Inline => {
                    self.xml.text_into(&mut self.cell.text)?;
                }
                Child::Inline => {
                    self.cell.kind = CellKind::Inline;
                    self.cell.text.clear();
                    self.xml.string_into(&mut self.cell.text)?;
                }
                Child::Formula => {
                    self.cell.is_formula = true;
                    self.xml.text_into(&mut String::new())?;
                }
                _ => self.xml.text_into(&mut String::new())?,
            }
        }
    }
}

fn kind(value: &str) -> Option<CellKind> {
    Some(match value {
        "n" => CellKind::Number,
        "s" => CellKind::Shared,
        "inlineStr" => CellKind::Inline,
        "b" => CellKind::Bool,
        "e" => CellKind::Error,
        "d" => CellKind::IsoDate,
        "str" => CellKind::Text,
        _ => return None,
    })
}

/// `B7` → (6, 1).
pub(crate) fn parse_ref(text: &str) -> Option<(u32, u32)> {
    let split = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let (letters, digits) = text.split_at(split);
    if letters.is_empty() || letters.len() > 3 || digits.len() > 7 {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, b| sum * 26 + u32::from(b.to_ascii_uppercase() - b'A') + 1);
    let row: u32 = digits.parse().ok()?;
    let is_valid = (1..=MAX_ROWS).contains(&row) && column <= MAX_COLUMNS;
    is_valid.then(|| (row - 1, column - 1))
}

fn parse_range(text: &str) -> Option<Range> {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    let (r0, c0) = parse_ref(first)?;
    let (r1, c1) = parse_ref(last)?;
    (r0 <= r1 && c0 <= c1).then_some((r0, c0, r1, c1))
}
