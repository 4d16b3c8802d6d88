//! The rejects file of a form: every row that something blocks, as it came, with what is wrong beside it.
//!
//! Rows of a table become CSV under their titles with a last column `_faults`; lines stay NDJSON with a member `_faults`. It
//! holds what the input holds, so it is for its owner alone. Called by the imports whose rows stand for themselves.

use super::{faults, is_blocking};
use crate::commands::subjects::FileFormat;
use crate::exit::{Exit, Failure, Result};
use crate::out;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use table_kit::rows::{Options, Record, Source};
use table_kit::sniff::Format;
use table_kit::write::{CsvOptions, CsvWriter, unescape_formula_guard};

/// Title of what is wrong.
const FAULTS: &str = "_faults";

/// Writes the blocked rows of a report to `output`.
///
/// # Errors
/// An input that cannot be read again, an output that cannot be written.
pub fn write_rejects(report: &Value, input: &Path, format: FileFormat, output: &Path) -> Result {
    let (mut why, mut sheet) = (BTreeMap::<u64, Vec<String>>::new(), None);
    for fault in faults(report).iter().filter(|f| is_blocking(f)) {
        let text = |name: &str| fault[name].as_str().unwrap_or_default();
        let Some(row) = fault["row"].as_u64() else { continue };
        sheet = sheet.or(fault["sheet"].as_str().map(ToString::to_string));
        let said = [text("cell"), text("code"), text("hint")].join(" ");
        why.entry(row).or_default().push(said.trim().to_string());
    }
    let (rows, content) = rejected(input, format, sheet, &why)?;
    let failed = |e: std::io::Error| Failure::file(output, &e);
    if std::fs::canonicalize(output).is_ok_and(|o| std::fs::canonicalize(input).is_ok_and(|i| i == o)) {
        return Err(Failure::usage(crate::lang::pick(
            "--rejects 不能是输入文件本身",
            "--rejects must not be the input itself",
        )));
    }
    let draft = output.with_extension("part");
    // Personal data may be in it: a file of its own, never one that lies there with rights for others, nor a link.
    match std::fs::remove_file(&draft) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
        _ => {}
    }
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft);
    let mut file = file.map_err(failed)?;
    file.write_all(&content).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&draft, output).map_err(failed)?;
    let path = output.display();
    out::note(&crate::lang::pick(format!("{rows} 行写入 {path}"), format!("{rows} rows written to {path}")));
    if report["faults_cut"] == true {
        out::note(crate::lang::pick(
            "问题过多，只含前1000处",
            "too many findings: only rows of the first 1000 are there",
        ));
    }
    Ok(())
}

/// The rejected rows: their number, and the file.
fn rejected(
    input: &Path,
    format: FileFormat,
    sheet: Option<String>,
    why: &BTreeMap<u64, Vec<String>>,
) -> Result<(usize, Vec<u8>)> {
    let bad = |e: table_kit::TableError| Failure::new(Exit::Other, e.to_string());
    let file = std::fs::File::open(input).map_err(|e| Failure::file(input, &e))?;
    let told = match format {
        FileFormat::Csv => Format::Csv,
        FileFormat::Ndjson => Format::Ndjson,
        FileFormat::Xlsx => Format::Xlsx,
    };
    let options = Options { format: Some(told), sheet, ..Options::default() };
    let mut rows = Source::open(file, options).map_err(bad)?;
    let mut record = Record::new();
    let mut found: Vec<(Vec<String>, &[String])> = Vec::new();
    let (mut titles, mut lines) = (Vec::new(), Vec::new());
    // What ends the stream ended the import as well; its rows before are all that there is.
    while rows.next(&mut record).unwrap_or(false) {
        let faults = why.get(&record.line());
        if let (Some(faults), FileFormat::Ndjson) = (faults, format) {
            let mut line = match serde_json::from_str(record.raw()) {
                Ok(Value::Object(members)) => members,
                _ => serde_json::Map::from_iter([("_raw".to_string(), json!(record.raw()))]),
            };
            line.insert(FAULTS.to_string(), json!(faults));
            lines.extend(format!("{}\n", Value::Object(line)).into_bytes());
            found.push((Vec::new(), faults));
            continue;
        }
        let cells: Vec<String> = record.iter().map(|c| unescape_formula_guard(c).to_string()).collect();
        if titles.is_empty() && cells.iter().filter(|c| !c.trim().is_empty()).count() > 1 {
            titles = cells;
        } else if let Some(faults) = faults {
            found.push((cells, faults));
        }
    }
    if format == FileFormat::Ndjson {
        return Ok((found.len(), lines));
    }
    let width = found.iter().map(|(cells, _)| cells.len()).chain([titles.len()]).max().unwrap_or(0);
    let mut writer = CsvWriter::new(Vec::new(), CsvOptions::default()).map_err(bad)?;
    let mut write = |mut cells: Vec<String>, last: String| {
        cells.resize(width, String::new());
        cells.push(last);
        writer.write_row(&cells.iter().map(String::as_str).collect::<Vec<_>>())
    };
    write(titles, FAULTS.to_string()).map_err(bad)?;
    let count = found.len();
    for (cells, faults) in found {
        write(cells, faults.join("; ")).map_err(bad)?;
    }
    Ok((count, writer.finish().map_err(bad)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Value {
        json!({"faults": [
            {"row": 3, "cell": "B3", "code": "not_mobile", "severity": "block", "hint": "h"},
            {"row": 3, "cell": "A3", "code": "row_repeated", "severity": "block", "hint": "h"},
            {"row": 2, "cell": "A2", "code": "no_certificate", "severity": "warn", "hint": "h"},
        ]})
    }

    #[test]
    fn blocked_rows_of_a_table_come_back_under_their_titles() {
        let dir = tempfile::tempdir().unwrap();
        let (input, output) = (dir.path().join("a.csv"), dir.path().join("bad.csv"));
        std::fs::write(&input, "姓名,手机号\n甲,1\n乙,0916\n").unwrap();
        write_rejects(&report(), &input, FileFormat::Csv, &output).unwrap();
        let text = std::fs::read_to_string(&output).unwrap();
        let text = text.trim_start_matches('\u{feff}').replace('\r', "");
        assert_eq!(text, "姓名,手机号,_faults\n乙,0916,B3 not_mobile h; A3 row_repeated h\n");
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&output).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn blocked_lines_stay_lines() {
        let dir = tempfile::tempdir().unwrap();
        let (input, output) = (dir.path().join("a.ndjson"), dir.path().join("bad.ndjson"));
        std::fs::write(&input, "{}\n{\"a\":0}\n{\"a\":1}\n{\"a\":2}\n").unwrap();
        write_rejects(&report(), &input, FileFormat::Ndjson, &output).unwrap();
        let line: Value = serde_json::from_str(&std::fs::read_to_string(&output).unwrap()).unwrap();
        assert_eq!((&line["a"], line["_faults"].as_array().unwrap().len()), (&json!(1), 2));
    }
}
