//! The rejects file: every refused row as it came, with its faults, in the order of the input.
//!
//! One JSON object a line: the row's own members, and `_line`, `_from`, `_faults`. Corrected, the file can be imported
//! itself ([`super::refeed`]). It holds what the input holds, so it is for its owner alone.

use super::FileFormat;
use crate::exit::{Exit, Failure, Result};
use clients::common::{CommonClient, OperationFault};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use table_kit::rows::{Options, Record, Rows, Source};
use table_kit::sniff::Format;
use uuid::Uuid;

/// Writes the refused rows of a job; gives their number.
///
/// # Errors
/// An input that cannot be read again, an output that cannot be written, the suite's.
pub async fn write(
    common: &CommonClient,
    operation: Uuid,
    input: &Path,
    format: Option<FileFormat>,
    output: &Path,
) -> Result<u64> {
    let mut rows = Input::open(input, format)?;
    let draft = output.with_extension("part");
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft);
    let mut writer = std::io::BufWriter::new(file.map_err(|e| Failure::file(&draft, &e))?);
    let mut faults = Faults { common, operation, cursor: None, page: VecDeque::new(), is_last: false };
    let mut count = 0;
    while let Some(group) = faults.next_row().await? {
        if !group.iter().any(|f| f.severity == "block") {
            continue;
        }
        count += 1;
        let line = line_of(rows.row(group[0].line)?, rows.origin(), &group);
        writeln!(writer, "{line}").map_err(|e| Failure::file(&draft, &e))?;
    }
    let done = writer.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(|file| {
        file.sync_all()?;
        std::fs::rename(&draft, output)
    });
    done.map_err(|e| Failure::file(output, &e))?;
    Ok(count)
}

/// A refused row and why.
fn line_of(row: Option<Map<String, Value>>, origin: &str, faults: &[OperationFault]) -> Value {
    let mut line = row.unwrap_or_default();
    let reasons: Vec<Value> = faults
        .iter()
        .map(|f| {
            let OperationFault { number: _, line: _, column, code, severity, value: _, hint } = f;
            json!({"column": column, "code": code, "severity": severity, "hint": hint})
        })
        .collect();
    // A row of an earlier rejects file has old ones.
    line.insert("_line".to_string(), json!(faults.first().map_or(0, |f| f.line)));
    line.insert("_from".to_string(), json!(origin));
    line.insert("_faults".to_string(), Value::Array(reasons));
    Value::Object(line)
}

/// The report, page by page, grouped by row.
struct Faults<'a> {
    common: &'a CommonClient,
    operation: Uuid,
    cursor: Option<String>,
    page: VecDeque<OperationFault>,
    is_last: bool,
}

impl Faults<'_> {
    async fn next(&mut self) -> Result<Option<OperationFault>> {
        while self.page.is_empty() && !self.is_last {
            let page = self.common.operation_fault_list(self.operation, self.cursor.as_deref()).await?;
            self.page.extend(page.items);
            self.is_last = page.next.is_none();
            self.cursor = page.next;
        }
        Ok(self.page.pop_front())
    }

    /// All faults of the next row.
    async fn next_row(&mut self) -> Result<Option<Vec<OperationFault>>> {
        let Some(first) = self.next().await? else { return Ok(None) };
        let mut group = vec![first];
        while let Some(fault) = self.next().await? {
            if fault.line != group[0].line {
                self.page.push_front(fault);
                break;
            }
            group.push(fault);
        }
        Ok(Some(group))
    }
}

/// The input, read once more beside the report.
struct Input {
    rows: Rows<'static>,
    titles: Vec<String>,
    record: Record,
    is_read: bool,
}

impl Input {
    fn open(path: &Path, format: Option<FileFormat>) -> Result<Self> {
        let file = std::fs::File::open(path).map_err(|e| Failure::file(path, &e))?;
        let options = Options {
            format: format.map(|f| match f {
                FileFormat::Csv => Format::Csv,
                FileFormat::Ndjson => Format::Ndjson,
                FileFormat::Xlsx => Format::Xlsx,
            }),
            file_name: path.file_name().map(|n| n.to_string_lossy().into_owned()),
            ..Options::default()
        };
        let mut rows = Source::open(file, options).map_err(|e| table(&e))?;
        let mut record = Record::new();
        let mut titles = Vec::new();
        if rows.format() != Format::Ndjson && rows.next(&mut record).map_err(|e| table(&e))? {
            titles = record.iter().map(str::to_string).collect();
        }
        Ok(Self { rows, titles, record, is_read: false })
    }

    /// Whether rows are those of a table or JSON lines.
    fn origin(&self) -> &'static str {
        if self.rows.format() == Format::Ndjson { "ndjson" } else { "table" }
    }

    /// The row that begins at a line; none when the report goes back or past the end.
    fn row(&mut self, line: u64) -> Result<Option<Map<String, Value>>> {
        while !self.is_read || self.record.line() < line {
            match self.rows.next(&mut self.record) {
                Ok(true) => self.is_read = true,
                // What ends the stream ended the import as well; its rows before are all that there is.
                Ok(false) | Err(_) => return Ok(None),
            }
        }
        Ok((self.record.line() == line).then(|| self.members()))
    }

    fn members(&self) -> Map<String, Value> {
        if self.rows.format() == Format::Ndjson {
            return match serde_json::from_str(self.record.raw()) {
                Ok(Value::Object(members)) => members,
                _ => Map::from_iter([("_raw".to_string(), json!(self.record.raw()))]),
            };
        }
        let cells = self.record.iter().enumerate().filter(|(_, text)| !text.is_empty());
        cells
            .map(|(i, text)| {
                let title = self.titles.get(i).filter(|t| !t.is_empty());
                (title.cloned().unwrap_or_else(|| format!("_column_{}", i + 1)), json!(text))
            })
            .collect()
    }
}

fn table(e: &table_kit::TableError) -> Failure {
    Failure::new(Exit::Other, e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(line: u64) -> OperationFault {
        OperationFault {
            line,
            code: "wrong_check".into(),
            severity: "block".into(),
            ..OperationFault::default()
        }
    }

    #[test]
    fn refused_rows_come_back_with_their_members_and_faults() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        std::fs::write(&path, "企业名称,代码\n甲,1\n\"乙\n分店\",2\n丙,3\n").unwrap();
        let mut input = Input::open(&path, None).unwrap();
        let second = line_of(input.row(3).unwrap(), "table", &[fault(3)]);
        assert_eq!(second["企业名称"], "乙\n分店");
        assert_eq!((&second["_line"], &second["_faults"][0]["code"]), (&json!(3), &json!("wrong_check")));
        assert_eq!(line_of(input.row(5).unwrap(), "table", &[fault(5)])["代码"], "3");
        assert!(input.row(2).unwrap().is_none(), "a report that goes back has no row");
        assert!(input.row(99).unwrap().is_none());
    }

    #[test]
    fn lines_of_ndjson_keep_their_types_and_broken_ones_their_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.ndjson");
        std::fs::write(&path, "{\"name\":\"甲\",\"n\":1,\"_line\":7}\n{broken\n").unwrap();
        let mut input = Input::open(&path, None).unwrap();
        let first = line_of(input.row(1).unwrap(), "table", &[fault(1)]);
        assert_eq!((&first["n"], &first["_line"]), (&json!(1), &json!(1)));
        assert_eq!(line_of(input.row(2).unwrap(), "table", &[fault(2)])["_raw"], "{broken");
    }
}
