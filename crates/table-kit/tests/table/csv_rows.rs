//! CSV rows.

use std::io::Cursor;

use encoding_rs::GB18030;
use proptest::prelude::*;
use table_kit::rows::{Options, Record, Source};
use table_kit::{Limits, write};

use crate::fixture::{Drip, read_all, read_bytes};

fn cells<'a>(rows: &'a [(u64, Vec<String>, Vec<&'static str>)]) -> Vec<Vec<&'a str>> {
    rows.iter().map(|(_, c, _)| c.iter().map(String::as_str).collect()).collect()
}

fn small(record_bytes: usize) -> Options {
    let limits = Limits { record_bytes, ..Limits::default() };
    Options { limits, ..Options::default() }
}

#[test]
fn lines_are_physical_even_with_line_breaks_inside_quotes() {
    for newline in ["\n", "\r\n", "\r"] {
        let text = "h1,h2\n\na,\"x\ny\"\n\"\"\"q\"\"\",\nlast,z".replace('\n', newline);
        for step in [1, 3, 1 << 16] {
            let (rows, end) = read_all(Drip(text.as_bytes(), step), Options::default());
            assert_eq!(end, Ok(()));
            let broken = format!("x{newline}y");
            assert_eq!(cells(&rows), [["h1", "h2"], ["a", broken.as_str()], ["\"q\"", ""], ["last", "z"]]);
            assert_eq!(rows.iter().map(|r| r.0).collect::<Vec<_>>(), [1, 3, 5, 6], "{newline:?} {step}");
        }
    }
}

#[test]
fn the_separator_is_found_in_the_first_lines() {
    for (separator, text) in [
        (b';', "a;b;c\n\"1,2,3,4\";2;3\n"),
        (b'\t', "a\tb,b\tc\n1\t2\t3\n"),
        (b',', "a,b;b,c\n1,2,3\n"),
        (b',', "only\none\n"),
    ] {
        let mut rows = Source::open(Cursor::new(text), Options::default()).unwrap();
        while rows.next(&mut Record::new()).unwrap() {}
        assert_eq!(rows.delimiter(), Some(separator), "{text}");
    }
}

#[test]
fn a_gb18030_file_is_read_even_when_chinese_comes_late() {
    let text = format!("id,name\n{}9,区市场监管局，㐀\n", "1,ascii\n".repeat(50_000));
    let bytes = GB18030.encode(&text).0.into_owned();
    let mut rows = Source::open(Cursor::new(bytes), Options::default()).unwrap();
    let mut record = Record::new();
    let mut last = String::new();
    while rows.next(&mut record).unwrap() {
        assert!(record.faults().is_empty());
        last = record.get(1).unwrap().to_owned();
    }
    assert_eq!(last, "区市场监管局，㐀");
    assert_eq!(rows.encoding(), Some("gb18030"));
}

#[test]
fn a_ragged_row_is_a_fault_of_that_row_only() {
    let (rows, end) = read_bytes(b"a,b\n1\n1,2,3\n1,2\n");
    assert_eq!(end, Ok(()));
    let codes: Vec<_> = rows.iter().map(|r| r.2.clone()).collect();
    assert_eq!(codes, [vec![], vec!["ragged_row"], vec!["ragged_row"], vec![]]);
}

#[test]
fn nul_control_and_broken_characters_are_reported_at_their_cell() {
    let (rows, end) = read_bytes("编号,名称\n1,好\u{0}店\n2,\u{85}\n3,店\u{7f}\n4,好\n".as_bytes());
    assert_eq!(end, Ok(()));
    let codes: Vec<_> = rows.iter().map(|r| r.2.first().copied()).collect();
    let bad = Some("control_character");
    assert_eq!(codes, [None, bad, bad, bad, None]);

    let mut bytes = "编号,名称\n1,好店\n2,好店\n".repeat(20).into_bytes();
    bytes[17] = 0xFF;
    let (rows, _) = read_bytes(&bytes);
    assert_eq!(rows[1].2, ["invalid_encoding"]);
    assert!(rows[2..].iter().all(|r| r.2.is_empty()));
}

#[test]
fn an_over_long_record_is_one_fault_and_reading_goes_on_after_it() {
    let long = "x".repeat(5_000);
    for middle in [long.clone(), format!("\"{long}\n{long}\""), format!("a,\"{long},\"\"\nb\"")] {
        let text = format!("a,b\n{middle},2\n3,4\n");
        let lines = 2 + middle.matches('\n').count() as u64 + 1;
        let (rows, end) = read_all(text.as_bytes(), small(1_000));
        assert_eq!(end, Ok(()));
        assert_eq!(rows.len(), 3, "{}", &middle[..9]);
        assert_eq!(rows[1].2, ["record_too_long"]);
        assert_eq!((rows[2].0, &rows[2].1), (lines, &vec!["3".to_owned(), "4".to_owned()]));
    }
}

#[test]
fn a_stray_quote_cannot_swallow_a_long_file() {
    let text = format!("a,b\n\"stray,1\n{}", "3,4\n".repeat(200_000));
    let (rows, end) = read_all(text.as_bytes(), small(1_000));
    assert_eq!(end, Ok(()));
    assert_eq!(rows[1].2, ["record_too_long"]);
    assert!(rows.len() > 190_000);
    assert_eq!(rows.last().unwrap().0, 200_002);
}

#[test]
fn a_quoted_cell_cut_at_the_end_is_an_error_with_its_position() {
    let (rows, end) = read_bytes(b"a,b\n1,2\n3,\"cut\nhere");
    assert_eq!(rows.len(), 2, "rows before it are delivered");
    let error = end.unwrap_err();
    assert_eq!((error.code, error.row, error.column), ("unclosed_quote", Some(3), Some(2)));
}

#[test]
fn text_after_a_closing_quote_is_a_fault_of_that_row() {
    let (rows, end) = read_bytes(b"a,b\n\"x\"y,2\n3,4\n");
    assert_eq!(end, Ok(()));
    assert_eq!(rows[1].2, ["malformed_quotes"]);
    assert_eq!(rows[2].1, ["3", "4"]);
}

#[test]
fn too_many_columns_are_refused_per_row() {
    let (rows, _) = read_bytes(format!("a,b\n{}\n1,2\n", ",".repeat(300)).as_bytes());
    assert_eq!(rows[1].2, ["ragged_row", "too_many_columns"]);
    assert!(rows[1].1.is_empty());
    assert!(rows[2].2.is_empty());
}

#[test]
fn agrees_with_the_csv_crate_on_ordinary_files() {
    let text = "统一社会信用代码,名称\n\"91610721MA6YX\",\"好\"\"日子\"\"\n餐馆\"\n,\n\" a\",b c \n";
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let want: Vec<Vec<String>> =
        reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    let got: Vec<Vec<String>> = read_bytes(text.as_bytes()).0.into_iter().map(|r| r.1).collect();
    assert_eq!(got, want);
}

proptest! {
    #[test]
    fn what_the_writer_writes_the_reader_reads_in_any_chunking(
        rows in prop::collection::vec(prop::collection::vec("[a=+＝@,;\"\t\r\n'1 -]{0,8}|[\\PC&&[^\u{FFFD}]]{0,12}", 3), 1..12),
        step in 1usize..40,
    ) {
        let mut writer = write::CsvWriter::new(Vec::new(), write::CsvOptions::default()).unwrap();
        writer.write_row(&["x", "y", "z"]).unwrap();
        for row in &rows {
            writer.write_row(&row.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        }
        let bytes = writer.finish().unwrap();
        let options = Options { formula_guard: true, delimiter: Some(b','), ..Options::default() };
        let (read, end) = read_all(Drip(&bytes, step), options);
        prop_assert_eq!(end, Ok(()));
        let read: Vec<Vec<String>> = read.into_iter().skip(1).map(|r| r.1).collect();
        prop_assert_eq!(read, rows);
    }

    #[test]
    fn no_bytes_make_the_reader_panic_or_loop(bytes in prop::collection::vec(any::<u8>(), 0..400), step in 1usize..50) {
        let options = Options { format: Some(table_kit::sniff::Format::Csv), ..small(64) };
        let (rows, _) = read_all(Drip(&bytes, step), options);
        prop_assert!(rows.len() <= bytes.len() + 1);
    }
}
