//! Exports.

use table_kit::rows::Options;
use table_kit::write::{CsvOptions, CsvWriter, MAX_DATA_ROWS, NdjsonWriter, XlsxWriter};

use crate::fixture::{read_all, read_bytes};

#[test]
fn csv_is_rfc_4180_with_a_byte_order_mark_and_no_live_formula() {
    let mut writer = CsvWriter::new(Vec::new(), CsvOptions::default()).unwrap();
    writer.write_row(&["名称", "a,b", "say \"hi\"", "x\ny"]).unwrap();
    writer.write_row(&["=cmd|'/C calc'!A0", "＝1", "\tx", "-5"]).unwrap();
    let bytes = writer.finish().unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "\u{FEFF}名称,\"a,b\",\"say \"\"hi\"\"\",\"x\ny\"\r\n'=cmd|'/C calc'!A0,'＝1,'\tx,'-5\r\n"
    );
}

#[test]
fn a_csv_export_reads_back_as_it_was_only_when_asked_for() {
    let options = CsvOptions { byte_order_mark: false, delimiter: b';' };
    let mut writer = CsvWriter::new(Vec::new(), options).unwrap();
    writer.write_row(&["a", "b"]).unwrap();
    writer.write_row(&["'=1", "@x"]).unwrap();
    let bytes = writer.finish().unwrap();
    assert_eq!(read_bytes(&bytes).0[1].1, ["''=1", "'@x"]);
    let own = Options { formula_guard: true, ..Options::default() };
    assert_eq!(read_all(bytes.as_slice(), own).0[1].1, ["'=1", "@x"]);
}

#[test]
fn a_row_of_one_empty_cell_is_not_lost() {
    let mut writer = CsvWriter::new(Vec::new(), CsvOptions::default()).unwrap();
    for cell in ["h", "", "x"] {
        writer.write_row(&[cell]).unwrap();
    }
    let (rows, _) = read_bytes(&writer.finish().unwrap());
    assert_eq!(rows.len(), 3);
}

#[test]
fn ndjson_rows_are_objects_with_escaped_texts() {
    let mut writer = NdjsonWriter::new(Vec::new(), &["代码", "n"]).unwrap();
    writer.write_row(&["a\"\n\u{1}", "=1"]).unwrap();
    writer.write_row(&[]).unwrap();
    writer.write_value(&serde_json::json!({"k": 1})).unwrap();
    let text = String::from_utf8(writer.finish().unwrap()).unwrap();
    assert_eq!(text, "{\"代码\":\"a\\\"\\n\\u0001\",\"n\":\"=1\"}\n{}\n{\"k\":1}\n");
}

#[test]
fn equal_rows_give_equal_xlsx_bytes() {
    let make = || {
        let mut writer = XlsxWriter::new("导出", &["a"]).unwrap();
        writer.write_row(&["=1"]).unwrap();
        let mut bytes = Vec::new();
        writer.finish(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(make(), make());
}

#[test]
fn a_sheet_that_is_full_says_so_and_bad_cells_are_named() {
    let mut writer = XlsxWriter::new("s", &["a"]).unwrap();
    let long = writer.write_row(&["ok", &"x".repeat(32_768)]).unwrap_err();
    assert_eq!((long.code, long.row, long.column), ("cell_too_long", Some(2), Some(2)));
    for _ in writer.rows()..MAX_DATA_ROWS {
        writer.write_row(&[""]).unwrap();
    }
    assert_eq!(writer.write_row(&["x"]).unwrap_err().code, "too_many_rows");
    assert_eq!(XlsxWriter::new("a[b]", &[]).err().unwrap().code, "sheet_name_invalid");
}
