//! Decides the format from the first bytes, the file name and the content type.
//!
//! The bytes decide; name and type only choose between formats that look alike, and a name that
//! contradicts the bytes is refused. The name is never used as a path. Called by [`crate::rows`] and
//! by upload handlers before they spend anything on a file.

use crate::error::{TableError, code};

/// A format that [`crate::rows`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma, semicolon or tab separated text.
    Csv,
    /// One JSON value per line.
    Ndjson,
    /// Office Open XML workbook.
    Xlsx,
}

/// What the first bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    /// A table as it is.
    Plain(Format),
    /// gzip; sniff the unfolded bytes again.
    Gzip,
}

/// How many leading bytes [`sniff`] likes to see; fewer are fine for short files.
pub const PREFIX_BYTES: usize = 4096;

/// Refused leading bytes, with the name shown to the user.
const REFUSED: &[(&[u8], &str)] = &[
    (b"\xD0\xCF\x11\xE0", "OLE2: .xls / .et / .wps / 加密的 .xlsx (encrypted)"),
    (b"%PDF", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x28\xB5\x2F\xFD", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xFD7zXZ", "xz"),
    (b"7z\xBC\xAF", "7z"),
    (b"Rar!", "rar"),
    (b"\x89PNG", "png"),
    (b"\xFF\xD8\xFF", "jpeg"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3", "sqlite"),
    (b"\x7FELF", "executable"),
];

/// Names the format of a file by its first bytes.
///
/// # Errors
/// `empty_file`, `unsupported_format`, `macro_refused`, `format_mismatch`.
pub fn sniff(
    prefix: &[u8],
    file_name: Option<&str>,
    content_type: Option<&str>,
) -> Result<Sniffed, TableError> {
    if prefix.is_empty() {
        return Err(TableError::new(code::EMPTY_FILE));
    }
    if prefix.starts_with(b"\x1F\x8B") {
        return Ok(Sniffed::Gzip);
    }
    if let Some((_, what)) = REFUSED.iter().find(|(magic, _)| prefix.starts_with(magic)) {
        return Err(unsupported(what));
    }
    let extension = file_name.and_then(extension);
    match extension.as_deref() {
        Some("xlsm" | "xltm" | "xlam" | "xla") => return Err(TableError::new(code::MACRO_REFUSED)),
        None | Some("csv" | "tsv" | "tab" | "txt" | "ndjson" | "jsonl" | "json" | "xlsx" | "gz") => {}
        Some(other) => return Err(unsupported(&format!(".{other}"))),
    }
    if prefix.starts_with(b"PK") {
        return sniff_zip(prefix, extension.as_deref());
    }
    if extension.as_deref() == Some("xlsx") {
        return Err(TableError::new(code::FORMAT_MISMATCH).value("not a zip"));
    }
    sniff_text(prefix, extension.as_deref(), content_type)
}

fn sniff_zip(prefix: &[u8], extension: Option<&str>) -> Result<Sniffed, TableError> {
    let has = |needle: &[u8]| memchr::memmem::find(prefix, needle).is_some();
    if has(b"vbaProject") {
        return Err(TableError::new(code::MACRO_REFUSED));
    }
    if has(b"application/vnd.oasis.opendocument") {
        return Err(unsupported("ods / OpenDocument"));
    }
    if has(b"word/") || has(b"ppt/") {
        return Err(unsupported("docx / pptx"));
    }
    let is_office = has(b"[Content_Types].xml") || has(b"xl/") || has(b"_rels/");
    match extension {
        Some("xlsx") => Ok(Sniffed::Plain(Format::Xlsx)),
        None if is_office => Ok(Sniffed::Plain(Format::Xlsx)),
        Some("gz") if is_office => Ok(Sniffed::Plain(Format::Xlsx)),
        Some(_) if is_office => Err(TableError::new(code::FORMAT_MISMATCH).value("xlsx")),
        _ => Err(unsupported("zip")),
    }
}

fn sniff_text(
    prefix: &[u8],
    extension: Option<&str>,
    content_type: Option<&str>,
) -> Result<Sniffed, TableError> {
    if prefix.starts_with(b"\xFF\xFE") || prefix.starts_with(b"\xFE\xFF") {
        return match extension {
            Some("ndjson" | "jsonl" | "json") => Err(unsupported("JSON in UTF-16; send UTF-8")),
            _ => Ok(Sniffed::Plain(Format::Csv)),
        };
    }
    let head = &prefix[..prefix.len().min(PREFIX_BYTES)];
    let nuls = memchr::memchr_iter(0, head).count();
    if nuls * 5 > head.len() {
        return Err(unsupported("binary or UTF-16 without a byte order mark"));
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let lower = text[..text.len().min(16)].to_ascii_lowercase();
    if [&b"<!doctype"[..], b"<html", b"<?xml", b"<table", b"<meta", b"<style"]
        .iter()
        .any(|tag| lower.starts_with(tag))
    {
        return Err(unsupported("html / xml"));
    }
    let media = content_type.and_then(|t| t.split(';').next()).map(|t| t.trim().to_ascii_lowercase());
    let by_media = match media.as_deref() {
        Some("text/csv" | "text/tab-separated-values") => Some(Format::Csv),
        Some("application/x-ndjson" | "application/ndjson" | "application/jsonl") => Some(Format::Ndjson),
        _ => None,
    };
    let by_name = match extension {
        Some("csv" | "tsv" | "tab") => Some(Format::Csv),
        Some("ndjson" | "jsonl") => Some(Format::Ndjson),
        Some("json") if text.starts_with(b"[") => return Err(unsupported("JSON array; send NDJSON")),
        _ => None,
    };
    let by_bytes = if text.starts_with(b"{") { Format::Ndjson } else { Format::Csv };
    Ok(Sniffed::Plain(by_name.or(by_media).unwrap_or(by_bytes)))
}

fn unsupported(what: &str) -> TableError {
    TableError::new(code::UNSUPPORTED_FORMAT).value(what)
}

/// The lower-case extension, looking through a final `.gz`; none when it does not look like one.
fn extension(name: &str) -> Option<String> {
    let name = name.trim().to_lowercase();
    let (stem, last) = name.rsplit_once('.')?;
    if last == "gz" {
        return extension(stem).or_else(|| Some("gz".to_owned()));
    }
    let is_one = (1..=8).contains(&last.len())
        && last.bytes().all(|b| b.is_ascii_alphanumeric())
        && last.bytes().any(|b| b.is_ascii_alphabetic());
    is_one.then(|| last.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(prefix: &[u8], name: Option<&str>) -> &'static str {
        sniff(prefix, name, None).unwrap_err().code
    }

    #[test]
    fn text_is_told_apart_by_its_first_byte_and_by_its_name() {
        assert_eq!(sniff(b"a,b\n", None, None), Ok(Sniffed::Plain(Format::Csv)));
        assert_eq!(sniff(b"\xEF\xBB\xBF {\"a\":1}", None, None), Ok(Sniffed::Plain(Format::Ndjson)));
        assert_eq!(sniff(b"{x},b\n", Some("a.csv"), None), Ok(Sniffed::Plain(Format::Csv)));
        for name in ["a.jsonl", "a.NDJSON", "a.ndjson.gz"] {
            assert_eq!(sniff(b"[1]\n", Some(name), None), Ok(Sniffed::Plain(Format::Ndjson)));
        }
        assert_eq!(sniff(b"{x};b\n", None, Some("text/csv; charset=gbk")), Ok(Sniffed::Plain(Format::Csv)));
        assert_eq!(sniff(b"\x1F\x8B\x08", Some("a.csv.gz"), None), Ok(Sniffed::Gzip));
    }

    #[test]
    fn office_files_that_are_not_xlsx_are_refused_with_the_advice_to_save_as_xlsx() {
        for name in ["a.xls", "a.et", "a.wps"] {
            let error = sniff(b"\xD0\xCF\x11\xE0\xA1\xB1", Some(name), None).unwrap_err();
            assert_eq!(error.code, "unsupported_format");
            assert!(error.hint_zh.contains("另存为 .xlsx"));
            assert!(error.hint_en.contains("save as .xlsx"));
        }
        assert_eq!(
            code_of(b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument", None),
            "unsupported_format"
        );
        assert_eq!(code_of(b"PK\x03\x04....word/document.xml", Some("a.xlsx")), "unsupported_format");
        assert_eq!(code_of(b"%PDF-1.7", Some("a.csv")), "unsupported_format");
        assert_eq!(code_of(b"<html><table>", Some("a.xls")), "unsupported_format");
    }

    #[test]
    fn wrong_magic_double_extensions_macros_and_empty_files_are_refused() {
        assert_eq!(code_of(b"", Some("a.csv")), "empty_file");
        assert_eq!(code_of(b"a,b\n", Some("a.xlsx")), "format_mismatch");
        assert_eq!(code_of(b"PK\x03\x04..[Content_Types].xml", Some("a.csv")), "format_mismatch");
        assert_eq!(code_of(b"PK\x03\x04..readme", None), "unsupported_format");
        assert_eq!(code_of(b"a,b\n", Some("a.csv.exe")), "unsupported_format");
        assert_eq!(code_of(b"PK\x03\x04", Some("a.xlsm")), "macro_refused");
        assert_eq!(code_of(b"PK\x03\x04xl/vbaProject.bin", Some("a.xlsx")), "macro_refused");
        assert_eq!(code_of(b"a\0b\0,\0", None), "unsupported_format");
        assert_eq!(code_of(b"\xFF\xFE{\0", Some("a.ndjson")), "unsupported_format");
    }

    #[test]
    fn a_dot_in_a_title_is_no_extension() {
        assert_eq!(sniff(b"a,b\n", Some("2024.03 计划"), None), Ok(Sniffed::Plain(Format::Csv)));
        assert_eq!(sniff(b"a,b\n", Some("../../etc/x.csv"), None), Ok(Sniffed::Plain(Format::Csv)));
    }
}
