//! NDJSON rows.

use table_kit::Limits;
use table_kit::rows::Options;

use crate::fixture::{Drip, read_all, read_bytes};

#[test]
fn lines_come_raw_with_their_number_and_blank_lines_are_skipped() {
    let text = "\u{FEFF}{\"a\":1}\r\n\n  \n{\"名\":\"x\"}\n{\"last\":true}";
    for step in [1, 2, 5, 1 << 16] {
        let (rows, end) = read_all(Drip(text.as_bytes(), step), Options::default());
        assert_eq!(end, Ok(()));
        let got: Vec<(u64, &str)> = rows.iter().map(|r| (r.0, r.1[0].as_str())).collect();
        assert_eq!(got, [(1, "{\"a\":1}"), (4, "{\"名\":\"x\"}"), (5, "{\"last\":true}")]);
    }
}

#[test]
fn an_over_long_line_is_one_fault_and_the_next_line_is_read() {
    let limits = Limits { record_bytes: 100, ..Limits::default() };
    for length in [101, 100_000, 2_000_000] {
        let text = format!("{{\"a\":1}}\n{{{}}}\n{{\"b\":2}}\n", "x".repeat(length));
        let options = Options { limits: limits.clone(), ..Options::default() };
        let (rows, end) = read_all(text.as_bytes(), options);
        assert_eq!(end, Ok(()));
        assert_eq!(rows[1].2, ["record_too_long"]);
        assert_eq!((rows[2].0, rows[2].1[0].as_str()), (3, "{\"b\":2}"));
    }
}

#[test]
fn bytes_that_are_not_utf8_and_nul_are_faults_of_their_line() {
    let (rows, end) = read_bytes(b"{\"a\":\"\xC4\xCF\"}\n{\"a\":\"\0\"}\n{\"a\":1}\n");
    assert_eq!(end, Ok(()));
    assert_eq!(rows[0].2, ["invalid_encoding"]);
    assert_eq!(rows[1].2, ["control_character"]);
    assert!(rows[2].2.is_empty());
}
