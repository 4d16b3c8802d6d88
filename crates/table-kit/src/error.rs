//! The one error of this crate: what is wrong, where, and what the person can do about it.
//!
//! The same type serves refusals of a whole file, faults of one row and warnings. It carries no
//! transport and no source chain: services map [`TableError::code`] to a status and show the hints.

use std::fmt;
use std::io;

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Whether the row or file may still be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// May be imported once somebody has looked at it.
    Warn,
    /// Must not be imported.
    Block,
}

/// A code with its fixed texts; [`code::ALL`] is the complete table.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable snake_case name.
    pub name: &'static str,
    /// Block or warn.
    pub severity: Severity,
    /// Hint in Chinese.
    pub zh: &'static str,
    /// Hint in English.
    pub en: &'static str,
}

/// Every code this crate can report.
pub mod code {
    use super::{Code, Severity};

    macro_rules! codes {
        ($($id:ident $severity:ident $name:literal $zh:literal $en:literal)*) => {
            $(#[doc = $en] pub const $id: &Code = &Code { name: $name, severity: Severity::$severity, zh: $zh, en: $en };)*
            /// All codes, in the order of the README.
            pub const ALL: &[&Code] = &[$($id),*];
        };
    }

    codes! {
        EMPTY_FILE Block "empty_file" "文件为空" "The file is empty."
        UNSUPPORTED_FORMAT Block "unsupported_format" "不支持此格式，请另存为 .xlsx（或 UTF-8 的 .csv）后重新上传" "This format is not supported: save as .xlsx (or as .csv) and upload again."
        FORMAT_MISMATCH Block "format_mismatch" "文件内容与扩展名不符，请另存为 .xlsx 或 .csv" "The content is not what the file name says: save as .xlsx or .csv."
        READ_FAILED Block "read_failed" "读取中断，请重新上传" "Reading the input failed: upload again."
        SPOOL_FAILED Block "spool_failed" "服务器临时空间不可用，请稍后重试" "The server could not use its temporary space: try again later."
        WRITE_FAILED Block "write_failed" "写出文件失败，请稍后重试" "Writing the file failed: try again later."
        GZIP_CORRUPT Block "gzip_corrupt" "gzip 数据损坏（校验失败），请重新压缩" "The gzip data is damaged (checksum or structure): pack it again."
        GZIP_TRUNCATED Block "gzip_truncated" "gzip 数据不完整，请重新上传" "The gzip data ends too early: upload again."
        DECOMPRESSION_LIMIT Block "decompression_limit" "解压后超过允许大小或压缩比" "The data unfolds beyond the allowed size or ratio."
        FILE_TOO_LARGE Block "file_too_large" "文件超过允许大小，请拆分" "The file is larger than allowed: split it."
        INVALID_ENCODING Block "invalid_encoding" "含无法识别的字符编码，请存为 UTF-8" "Bytes that are no valid text in the file's encoding: save as UTF-8."
        CONTROL_CHARACTER Block "control_character" "含控制字符（如 NUL），请删除" "A control character such as NUL: remove it."
        RAGGED_ROW Block "ragged_row" "列数与表头不一致" "The number of cells differs from the header."
        TOO_MANY_COLUMNS Block "too_many_columns" "列数超过上限" "More columns than allowed."
        RECORD_TOO_LONG Block "record_too_long" "单行超过允许长度（可能缺少右引号）" "The record is longer than allowed (a closing quote may be missing)."
        MALFORMED_QUOTES Block "malformed_quotes" "引号后有多余字符" "Text follows a closing quote."
        UNCLOSED_QUOTE Block "unclosed_quote" "引号未闭合，文件可能被截断" "A quoted cell is never closed: the file may be cut."
        NUMBER_PRECISION_LOST Warn "number_precision_lost" "超过 15 位的编码以数字保存，末位可能已被 Excel 改为 0，请以文本格式重新填写" "A number of more than 15 digits: Excel may have zeroed its last digits; enter it as text."
        INVALID_NUMBER Block "invalid_number" "数字单元格内容无效" "The numeric cell holds no valid number."
        INVALID_DATE Block "invalid_date" "日期无效" "The date does not exist."
        CELL_ERROR Block "cell_error" "单元格为错误值" "The cell holds an error value."
        FORMULA_REFUSED Block "formula_refused" "不接受公式，请粘贴为数值" "Formulas are refused: paste as values."
        EXTERNAL_LINK_REFUSED Block "external_link_refused" "不接受外部链接或数据连接，请断开链接后保存" "External links and data connections are refused: break the links and save."
        EMBEDDED_OBJECT_REFUSED Block "embedded_object_refused" "不接受嵌入对象，请删除后保存" "Embedded objects are refused: delete them and save."
        MACRO_REFUSED Block "macro_refused" "不接受含宏的文件，请另存为 .xlsx" "Files with macros are refused: save as .xlsx."
        ENCRYPTED_REFUSED Block "encrypted_refused" "不接受加密文件，请去除密码" "Encrypted files are refused: remove the password."
        ZIP_CORRUPT Block "zip_corrupt" "文件损坏（压缩包结构或校验错误）" "The file is damaged (zip structure or checksum)."
        ZIP_TOO_MANY_ENTRIES Block "zip_too_many_entries" "压缩包条目过多" "The zip holds too many entries."
        ZIP_DUPLICATE_ENTRY Block "zip_duplicate_entry" "压缩包含重名条目" "The zip holds two entries of one name."
        ZIP_UNSAFE_NAME Block "zip_unsafe_name" "压缩包条目路径不安全" "A zip entry has an unsafe path."
        XML_CORRUPT Block "xml_corrupt" "工作簿内部 XML 无效" "The XML inside the workbook is not valid."
        XML_DTD_REFUSED Block "xml_dtd_refused" "工作簿内部 XML 含 DTD 或实体" "The XML inside the workbook declares a DTD or an entity."
        TOO_MANY_CELLS Block "too_many_cells" "单元格数量超过上限" "More cells than allowed."
        TOO_MANY_SHEETS Block "too_many_sheets" "工作表数量超过上限" "More sheets than allowed."
        TOO_MANY_ROWS Block "too_many_rows" "行数超过工作表上限（1,048,575 行数据）" "More rows than a sheet can hold (1,048,575 data rows)."
        SHEET_NOT_FOUND Block "sheet_not_found" "找不到指定工作表" "There is no such sheet."
        MERGE_INVALID Block "merge_invalid" "合并单元格区域无效或重叠" "A merged range is invalid or overlaps another."
        CELL_TOO_LONG Block "cell_too_long" "单元格超过 32,767 字" "A cell is longer than 32,767 characters."
        SHEET_NAME_INVALID Block "sheet_name_invalid" "工作表名称无效" "The sheet name is not allowed by Excel."
        TOO_MANY_ERRORS Block "too_many_errors" "错误过多，其余未列出" "Too many errors; the rest is not listed."
    }
}

/// One thing that is wrong, with its place.
///
/// Serialises to `{code, severity, sheet, row, column, cell_ref, value, hint_zh, hint_en}`; absent parts are null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// Stable snake_case code, see [`code`].
    pub code: &'static str,
    /// Block or warn.
    pub severity: Severity,
    /// Sheet name, for workbooks only.
    pub sheet: Option<Box<str>>,
    /// Physical line (CSV, NDJSON) or sheet row, 1-based.
    pub row: Option<u64>,
    /// Column, 1-based.
    pub column: Option<u32>,
    /// The offending text or a detail such as a zip entry name, cut to 80 characters.
    pub value: Option<Box<str>>,
    /// What to do, in Chinese.
    pub hint_zh: &'static str,
    /// What to do, in English.
    pub hint_en: &'static str,
}

impl TableError {
    /// An error without a place.
    #[must_use]
    pub fn new(code: &'static Code) -> Self {
        Self {
            code: code.name,
            severity: code.severity,
            sheet: None,
            row: None,
            column: None,
            value: None,
            hint_zh: code.zh,
            hint_en: code.en,
        }
    }

    /// Adds the offending text, cut to 80 characters.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        let end = value.char_indices().nth(80).map_or(value.len(), |(at, _)| at);
        self.value = Some(value[..end].into());
        self
    }

    /// Adds the 1-based line or row.
    #[must_use]
    pub fn row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// Adds the 1-based column.
    #[must_use]
    pub fn column(mut self, column: u32) -> Self {
        self.column = Some(column);
        self
    }

    /// Adds the sheet name.
    #[must_use]
    pub fn sheet(mut self, sheet: &str) -> Self {
        self.sheet = Some(sheet.into());
        self
    }

    /// The A1 reference, when sheet, row and column are known.
    #[must_use]
    pub fn cell_ref(&self) -> Option<String> {
        self.sheet.as_ref()?;
        Some(format!("{}{}", column_letters(self.column?), self.row?))
    }

    /// Whether it forbids taking the row over.
    #[must_use]
    pub fn is_blocking(&self) -> bool {
        self.severity == Severity::Block
    }

    /// Recovers the error that one of this crate's readers put into an [`io::Error`].
    pub(crate) fn from_io(error: io::Error, otherwise: &'static Code) -> Self {
        if let Some(inner) = error.get_ref().and_then(|e| e.downcast_ref::<Self>()) {
            return inner.clone();
        }
        Self::new(otherwise).value(&error.to_string())
    }

    pub(crate) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }
}

/// Column letters of a 1-based column: 1 → A, 27 → AA.
#[must_use]
pub fn column_letters(column: u32) -> String {
    let mut left = column;
    let mut letters = Vec::new();
    while left > 0 {
        left -= 1;
        letters.push(char::from(b'A' + (left % 26) as u8));
        left /= 26;
    }
    letters.iter().rev().collect()
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(sheet) = &self.sheet {
            write!(f, " in sheet {sheet}")?;
        }
        match (self.cell_ref(), self.row, self.column) {
            (Some(cell), _, _) => write!(f, " at {cell}")?,
            (None, Some(row), Some(column)) => write!(f, " at row {row}, column {column}")?,
            (None, Some(row), None) => write!(f, " at row {row}")?,
            _ => {}
        }
        if let Some(value) = &self.value {
            write!(f, " ({})", value.escape_debug())?;
        }
        write!(f, ": {}", self.hint_en)
    }
}

impl std::error::Error for TableError {}

impl Serialize for TableError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("TableError", 9)?;
        out.serialize_field("code", self.code)?;
        out.serialize_field("severity", &self.severity)?;
        out.serialize_field("sheet", &self.sheet)?;
        out.serialize_field("row", &self.row)?;
        out.serialize_field("column", &self.column)?;
        out.serialize_field("cell_ref", &self.cell_ref())?;
        out.serialize_field("value", &self.value)?;
        out.serialize_field("hint_zh", self.hint_zh)?;
        out.serialize_field("hint_en", self.hint_en)?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_snake_case() {
        let mut seen = std::collections::BTreeSet::new();
        for code in code::ALL {
            assert!(code.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert!(seen.insert(code.name), "{} twice", code.name);
        }
    }

    #[test]
    fn the_readme_lists_every_code() {
        let readme = include_str!("../README.md");
        for code in code::ALL {
            assert!(readme.contains(&format!("`{}`", code.name)), "{}", code.name);
        }
    }

    #[test]
    fn an_error_serialises_with_its_place_and_a_cut_value() {
        let error =
            TableError::new(code::FORMULA_REFUSED).sheet("附件1").row(7).column(28).value(&"值".repeat(100));
        let json = serde_json::to_value(&error).unwrap();
        assert_eq!(json["cell_ref"], "AB7");
        assert_eq!(json["severity"], "block");
        assert_eq!(json["value"].as_str().unwrap().chars().count(), 80);
        assert!(error.to_string().starts_with("formula_refused in sheet 附件1 at AB7"));
    }

    #[test]
    fn an_error_stays_under_the_size_that_makes_results_slow() {
        assert!(size_of::<TableError>() < 128);
    }
}
