//! Standard output for data, standard error for everything else; lists as table, JSON, NDJSON or CSV.
//!
//! Called by every command. It refuses colours and bars where no terminal is, and formulas in CSV (a cell that a
//! spreadsheet would run gets an apostrophe).

use crate::exit::{Exit, Failure, Result};
use clap::ValueEnum;
use serde_json::Value;
use std::io::Write as _;

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns for people
    Table,
    /// One JSON text
    Json,
    /// One JSON text a line
    Ndjson,
    /// Comma-separated, UTF-8
    Csv,
}

/// A column: its title and the member it shows (JSON pointer).
pub type Column = (&'static str, &'static str);

/// Writes bytes to standard output; a reader that has gone away ends the command quietly.
///
/// # Errors
/// Exit code 1.
pub fn bytes(data: &[u8]) -> Result {
    let mut out = std::io::stdout().lock();
    out.write_all(data).and_then(|()| out.flush()).map_err(|e| {
        if e.kind() == std::io::ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        Failure::new(Exit::Other, format!("standard output: {e}"))
    })
}

/// Writes a line to standard output.
///
/// # Errors
/// As [`bytes`].
pub fn line(text: &str) -> Result {
    bytes(format!("{text}\n").as_bytes())
}

/// Writes a line to standard error.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes a value as JSON.
///
/// # Errors
/// As [`bytes`].
pub fn json(value: &Value) -> Result {
    let text = serde_json::to_string_pretty(value).map_err(|e| Failure::new(Exit::Other, e.to_string()))?;
    line(&text)
}

/// Writes a list.
///
/// # Errors
/// As [`bytes`].
pub fn list(format: Format, columns: &[Column], items: &[Value]) -> Result {
    match format {
        Format::Json => json(&Value::Array(items.to_vec())),
        Format::Ndjson => items.iter().try_for_each(|i| line(&i.to_string())),
        Format::Csv => csv(columns, items),
        Format::Table => bytes(table(columns, items).as_bytes()),
    }
}

fn csv(columns: &[Column], items: &[Value]) -> Result {
    let failed = |e: table_kit::TableError| Failure::new(Exit::Other, e.to_string());
    // No byte order mark: standard output goes to programs.
    let options = table_kit::write::CsvOptions { byte_order_mark: false, ..Default::default() };
    let mut writer = table_kit::write::CsvWriter::new(Vec::new(), options).map_err(failed)?;
    let titles: Vec<&str> = columns.iter().map(|(title, _)| *title).collect();
    writer.write_row(&titles).map_err(failed)?;
    for item in items {
        let cells: Vec<String> = columns.iter().map(|(_, pointer)| cell(item, pointer)).collect();
        writer.write_row(&cells.iter().map(String::as_str).collect::<Vec<_>>()).map_err(failed)?;
    }
    bytes(&writer.finish().map_err(failed)?)
}

/// Aligned by what a terminal shows: a Chinese character takes two places.
#[must_use]
pub fn table(columns: &[Column], items: &[Value]) -> String {
    let mut rows: Vec<Vec<String>> = vec![columns.iter().map(|(title, _)| (*title).to_string()).collect()];
    rows.extend(items.iter().map(|item| columns.iter().map(|(_, pointer)| cell(item, pointer)).collect()));
    let widths: Vec<usize> = (0..columns.len())
        .map(|i| rows.iter().map(|r| console::measure_text_width(&r[i])).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(text, width)| pad(text, *width)).collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// A text filled with spaces to a width on the terminal.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    let have = console::measure_text_width(text);
    format!("{text}{}", " ".repeat(width.saturating_sub(have)))
}

/// A member as one line of text; control characters could move the cursor of a terminal.
fn cell(item: &Value, pointer: &str) -> String {
    let text = match item.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
        }
        Some(other) => other.to_string(),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_is_aligned_by_what_a_terminal_shows() {
        let items = [
            json!({"name": "南郑区", "n": 1}),
            json!({"name": "a", "n": 22}),
            json!({"name": "x\u{1b}[2Jy"}),
        ];
        let shown = table(&[("NAME", "/name"), ("N", "/n")], &items);
        assert_eq!(shown, "NAME    N\n南郑区  1\na       22\nx [2Jy\n");
    }
}
