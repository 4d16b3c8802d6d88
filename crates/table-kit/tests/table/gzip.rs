//! gzip: unfolded, bounded, and honest about damage.

use std::io::{Cursor, Read};

use table_kit::Limits;
use table_kit::rows::Options;

use crate::fixture::{Package, gzip, read_all, read_bytes};

fn table(rows: usize) -> String {
    let mut text = "id,name\n".to_owned();
    for i in 0..rows {
        text.push_str(&format!("{i},区{}局\n", i * 7919 % 10_007));
    }
    text
}

#[test]
fn members_one_after_another_are_one_file() {
    let text = table(1_000);
    let (a, b) = text.split_at(4_000 + text[4_000..].find('\n').unwrap());
    let bytes = [gzip(a.as_bytes()), gzip(b.as_bytes())].concat();
    let (rows, end) = read_bytes(&bytes);
    assert_eq!(end, Ok(()));
    assert_eq!(rows.len(), 1_001);
}

#[test]
fn a_workbook_inside_gzip_is_read_too() {
    let bytes = gzip(&Package::sheet(r#"<row><c t="s"><v>0</v></c></row>"#).zip());
    assert_eq!(read_bytes(&bytes).0[0].1, ["序号"]);
}

#[test]
fn a_bad_checksum_is_an_error_after_the_rows_before_it() {
    let mut bytes = gzip(table(50_000).as_bytes());
    let crc = bytes.len() - 8;
    bytes[crc] ^= 1;
    let (rows, end) = read_bytes(&bytes);
    assert_eq!(rows.len(), 50_001);
    let error = end.unwrap_err();
    assert_eq!(error.code, "gzip_corrupt");
    assert!(error.value.unwrap().starts_with("after "));
}

#[test]
fn a_cut_file_is_an_error_after_the_complete_rows_before_the_cut() {
    let text = table(50_000);
    let bytes = gzip(text.as_bytes());
    let (rows, end) = read_bytes(&bytes[..bytes.len() / 2]);
    assert_eq!(end.unwrap_err().code, "gzip_truncated");
    assert!(rows.len() > 10_000);
    let lines: Vec<&str> = text.lines().collect();
    assert!(rows.iter().all(|r| lines[r.0 as usize - 1] == r.1.join(",")));
}

#[test]
fn a_bomb_is_refused_after_about_a_mebibyte() {
    let bomb = gzip(&vec![b'a'; 64 << 20]);
    let error = read_bytes(&bomb).1.unwrap_err();
    assert_eq!(error.code, "decompression_limit");
    let limits = Limits { gzip_bytes: 1_000, ..Limits::default() };
    let (_, end) =
        read_all(Cursor::new(gzip(table(1_000).as_bytes())), Options { limits, ..Options::default() });
    assert_eq!(end.unwrap_err().code, "decompression_limit");
}

#[test]
fn gzip_inside_gzip_is_refused() {
    let error = read_bytes(&gzip(&gzip(b"a,b\n"))).1.unwrap_err();
    assert_eq!(error.code, "unsupported_format");
}

#[test]
fn a_broken_connection_is_an_error_after_the_rows_before_it() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
        }
    }
    let text = table(1_000);
    let (rows, end) = read_all(text.as_bytes().chain(Broken), Options::default());
    assert_eq!(rows.len(), 1_001);
    assert_eq!(end.unwrap_err().code, "read_failed");
}
