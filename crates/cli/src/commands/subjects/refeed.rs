//! Importing a rejects file again: its rows in the form they came in, without the remarks.
//!
//! The registry takes only its own members in NDJSON, so rows that came out of a table go in as a table again. Any other
//! file is left as it is. Called by the import before anything is sent.

use super::FileFormat;
use crate::exit::{Exit, Failure, Result};
use serde_json::{Map, Value};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// The file to send: the user's own, or one made of it.
pub struct Input {
    /// What is read and sent.
    pub path: PathBuf,
    /// Its form when it is known.
    pub format: Option<FileFormat>,
    /// Deletes the made one at the end.
    _made: Option<tempfile::NamedTempFile>,
}

impl Input {
    /// Looks at a file; a rejects file is turned back.
    ///
    /// # Errors
    /// A file that cannot be read; exit code 7 for a rejects file with a line that is none.
    pub fn open(path: &Path, format: Option<FileFormat>) -> Result<Self> {
        let format = format.or_else(|| FileFormat::of_name(path));
        if format != Some(FileFormat::Ndjson) || !is_rejects(path)? {
            return Ok(Self { path: path.to_path_buf(), format, _made: None });
        }
        let (made, format) = turned_back(path)?;
        Ok(Self { path: made.path().to_path_buf(), format: Some(format), _made: Some(made) })
    }
}

fn reader(path: &Path) -> Result<BufReader<std::fs::File>> {
    std::fs::File::open(path).map(BufReader::new).map_err(|e| Failure::file(path, &e))
}

/// Whether the first line has the remarks of a rejects file.
fn is_rejects(path: &Path) -> Result<bool> {
    let mut first = Vec::new();
    // A packed file, or one long line of anything else, is none.
    let mut head = std::io::Read::take(reader(path)?, 1 << 20);
    head.read_until(b'\n', &mut first).map_err(|e| Failure::file(path, &e))?;
    let first: Value = serde_json::from_slice(&first).unwrap_or_default();
    Ok(first["_faults"].is_array() && first["_line"].is_u64())
}

fn turned_back(path: &Path) -> Result<(tempfile::NamedTempFile, FileFormat)> {
    let failed = |e: std::io::Error| Failure::file(path, &e);
    let mut titles: Vec<String> = Vec::new();
    let mut is_table = false;
    for_each(path, |row, origin| {
        is_table = origin == "table";
        titles.extend(row.keys().filter(|k| !titles.contains(k)).cloned().collect::<Vec<_>>());
        Ok(())
    })?;
    let made = tempfile::NamedTempFile::new().map_err(failed)?;
    let mut out = BufWriter::new(made.as_file());
    if is_table {
        write_csv(&mut out, titles.iter().map(String::as_str)).map_err(failed)?;
    }
    for_each(path, |row, _| {
        if is_table {
            write_csv(&mut out, titles.iter().map(|t| row.get(t).and_then(Value::as_str).unwrap_or_default()))
                .map_err(failed)
        } else {
            writeln!(out, "{}", Value::Object(row)).map_err(failed)
        }
    })?;
    out.flush().map_err(failed)?;
    drop(out);
    Ok((made, if is_table { FileFormat::Csv } else { FileFormat::Ndjson }))
}

/// Each row without its remarks, and what it came out of.
fn for_each(path: &Path, mut f: impl FnMut(Map<String, Value>, &str) -> Result) -> Result {
    for (i, line) in reader(path)?.lines().enumerate() {
        let line = line.map_err(|e| Failure::file(path, &e))?;
        if line.trim().is_empty() {
            continue;
        }
        let Ok(Value::Object(mut row)) = serde_json::from_str(&line) else {
            return Err(Failure::new(Exit::Corrupt, format!("{}:{}: no JSON object", path.display(), i + 1)));
        };
        let origin = row.remove("_from");
        row.retain(|name, _| !name.starts_with('_'));
        f(row, origin.as_ref().and_then(Value::as_str).unwrap_or_default())?;
    }
    Ok(())
}

/// One row, every cell quoted: what a person typed must arrive as it is, so no formula guard.
fn write_csv<'c>(out: &mut impl std::io::Write, cells: impl Iterator<Item = &'c str>) -> std::io::Result<()> {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.write_all(b",")?;
        }
        write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
    }
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refed(text: &str) -> (String, Option<FileFormat>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bad.ndjson");
        std::fs::write(&path, text).unwrap();
        let input = Input::open(&path, None).unwrap();
        (std::fs::read_to_string(&input.path).unwrap(), input.format)
    }

    #[test]
    fn rows_of_a_table_become_a_table_again() {
        let (text, format) = refed(
            "{\"企业名称\":\"甲\\\"乙\",\"电话\":\"+86 1\",\"_line\":3,\"_from\":\"table\",\"_faults\":[]}\n\n\
             {\"企业名称\":\"丙\",\"备注\":\"=1\",\"_line\":4,\"_from\":\"table\",\"_faults\":[]}\n",
        );
        assert_eq!(format, Some(FileFormat::Csv));
        let mut lines = text.lines();
        let header = lines.next().unwrap();
        assert!(
            header.contains("\"企业名称\"") && header.contains("\"电话\"") && !header.contains('_'),
            "{header}"
        );
        let rest: Vec<&str> = lines.collect();
        assert!(
            rest[0].contains("\"甲\"\"乙\"") && rest[0].contains("\"+86 1\"") && rest[1].contains("\"=1\""),
            "{rest:?}"
        );
    }

    #[test]
    fn rows_of_ndjson_lose_only_their_remarks() {
        let (text, format) =
            refed("{\"name\":\"甲\",\"tags\":[\"a\"],\"_line\":3,\"_from\":\"ndjson\",\"_faults\":[]}\n");
        assert_eq!(
            (text.as_str(), format),
            ("{\"name\":\"甲\",\"tags\":[\"a\"]}\n", Some(FileFormat::Ndjson))
        );
    }

    #[test]
    fn any_other_file_is_left_as_it_is() {
        assert_eq!(refed("{\"name\":\"甲\"}\nbroken\n").0, "{\"name\":\"甲\"}\nbroken\n");
        assert_eq!(refed("").0, "");
    }
}
