//! Files that must not get in. Each refusal is checked for rows and for grids.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use table_kit::Limits;
use table_kit::grid::Workbook;
use table_kit::rows::Options;
use zip::write::SimpleFileOptions;

use crate::fixture::{Package, patch, read_all};

const ROW: &str = r#"<row><c><v>1</v></c></row>"#;

fn refused_with(bytes: &[u8], limits: &Limits) -> [&'static str; 2] {
    let options = Options { limits: limits.clone(), ..Options::default() };
    let rows = read_all(Cursor::new(bytes.to_vec()), options).1;
    let grid = Workbook::read(bytes, limits);
    [rows.map_or_else(|e| e.code, |()| "read"), grid.map_or_else(|e| e[0].code, |_| "read")]
}

fn assert_refused(bytes: &[u8], code: &'static str) {
    assert_eq!(refused_with(bytes, &Limits::default()), [code, code]);
}

#[test]
fn the_plain_fixture_itself_is_accepted() {
    assert_refused(&Package::sheet(ROW).zip(), "read");
}

#[test]
fn macros_are_refused_by_part_and_by_content_type() {
    assert_refused(&Package::sheet(ROW).with("xl/vbaProject.bin", "x").zip(), "macro_refused");
    assert_refused(&Package::sheet(ROW).with("xl/macrosheets/sheet1.xml", "<a/>").zip(), "macro_refused");
    let types = r#"<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>"#;
    assert_refused(&Package::sheet(ROW).with("[Content_Types].xml", types).zip(), "macro_refused");
}

#[test]
fn external_links_connections_and_embedded_objects_are_refused() {
    for (part, code) in [
        ("xl/externalLinks/externalLink1.xml", "external_link_refused"),
        ("xl/connections.xml", "external_link_refused"),
        ("xl/queryTables/queryTable1.xml", "external_link_refused"),
        ("xl/embeddings/oleObject1.bin", "embedded_object_refused"),
    ] {
        assert_refused(&Package::sheet(ROW).with(part, "<a/>").zip(), code);
    }
    let rels = |kind: &str| {
        let text = format!(
            r#"<Relationships><Relationship Id="r" Type="x/{kind}" TargetMode="External" Target="http://evil"/></Relationships>"#
        );
        Package::sheet(ROW).with("xl/worksheets/_rels/sheet1.xml.rels", text).zip()
    };
    assert_refused(&rels("image"), "external_link_refused");
    assert_refused(&rels("hyperlink"), "read");
}

#[test]
fn doctypes_and_entities_are_refused_in_every_part() {
    let dtd = r#"<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>"#;
    for part in [
        "xl/sharedStrings.xml",
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
        "xl/styles.xml",
        "[Content_Types].xml",
        "_rels/.rels",
    ] {
        let package = Package::sheet(ROW);
        let old = package.0.iter().find(|(n, _)| n == part).unwrap().1.clone();
        let bytes = package.with(part, [dtd.as_bytes(), &old].concat()).zip();
        assert_refused(&bytes, "xml_dtd_refused");
    }
    let entity = r#"<row><c t="inlineStr"><is><t>&e;</t></is></c></row>"#;
    assert_refused(&Package::sheet(entity).zip(), "xml_dtd_refused");
}

#[test]
fn entries_outside_of_the_package_are_refused() {
    for name in ["../evil.xml", "xl/../../evil", "/etc/passwd", "C:\\evil", "xl\\evil"] {
        assert_refused(&Package::sheet(ROW).with(name, "x").zip(), "zip_unsafe_name");
    }
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let mut bytes = Package::sheet(ROW).with("xl/worksheets/sheet2.xml", "<worksheet/>").zip();
    patch(&mut bytes, b"sheet2.xml", b"sheet1.xml");
    assert_refused(&bytes, "zip_duplicate_entry");
    let bytes = Package::sheet(ROW).with("XL/workbook.xml", "<workbook/>").zip();
    assert_refused(&bytes, "zip_duplicate_entry");
}

#[test]
fn a_bomb_is_refused_before_it_is_unfolded() {
    let bomb = format!("{ROW}{}", " ".repeat(40 << 20));
    assert_refused(&Package::sheet(&bomb).zip(), "decompression_limit");
    let limits = Limits { xlsx_unpacked_bytes: 2_000, ..Limits::default() };
    let bytes = Package::sheet(&ROW.repeat(100)).zip();
    assert_eq!(refused_with(&bytes, &limits), ["decompression_limit"; 2]);
}

#[test]
fn a_part_that_is_longer_than_the_directory_says_is_refused() {
    let sheet = format!("<worksheet><sheetData>{ROW}</sheetData></worksheet>");
    let mut bytes = Package::sheet(ROW).zip();
    let size = (sheet.len() as u32).to_le_bytes();
    patch(&mut bytes, &size, &10u32.to_le_bytes());
    assert_refused(&bytes, "zip_corrupt");
}

#[test]
fn too_many_entries_are_refused_without_reading_the_directory() {
    let mut package = Package::sheet(ROW);
    for i in 0..1_000 {
        package = package.with(&format!("xl/media/{i}.png"), "");
    }
    assert_refused(&package.zip(), "zip_too_many_entries");
}

#[test]
fn zip64_records_of_java_exporters_are_read_and_their_entry_count_is_checked() {
    let plain = Package::sheet(ROW).zip();
    let end = plain.len() - 22;
    let field = |at: usize| u32::from_le_bytes(plain[end + at..end + at + 4].try_into().unwrap());
    let (size, start) = (u64::from(field(12)), u64::from(field(16)));
    for (count, code) in [(7u64, "read"), (1_000_000, "zip_too_many_entries")] {
        let mut record = b"PK\x06\x06".to_vec();
        record.extend(44u64.to_le_bytes());
        record.extend([45, 0, 45, 0]);
        record.extend([0; 8]);
        for long in [count, count, size, start] {
            record.extend(long.to_le_bytes());
        }
        let mut locator = b"PK\x06\x07\0\0\0\0".to_vec();
        locator.extend((end as u64).to_le_bytes());
        locator.extend(1u32.to_le_bytes());
        assert_refused(&[&plain[..end], &record, &locator, &plain[end..]].concat(), code);
    }
}

#[test]
fn a_nested_zip_is_never_opened() {
    let inner = Package::sheet(ROW).zip();
    assert_refused(&Package::sheet(ROW).with("xl/media/inner.zip", inner).zip(), "read");
}

#[test]
fn data_before_the_zip_and_a_cut_zip_are_refused() {
    let bytes = Package::sheet(ROW).zip();
    assert_refused(&[b"PK\x03\x04 xl/ ".as_slice(), &bytes].concat(), "zip_corrupt");
    assert_refused(&bytes[..bytes.len() - 30], "zip_corrupt");
}

#[test]
fn a_zip_without_a_workbook_is_no_xlsx() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("xl/readme.txt", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"hello").unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    assert_refused(&bytes, "unsupported_format");
}

#[test]
fn deep_nesting_and_giant_elements_are_refused() {
    let deep = format!("{}{}", "<x>".repeat(100), "</x>".repeat(100));
    assert_refused(&Package::sheet(&deep).zip(), "xml_corrupt");
    let noise: String = (0..3_000_000u32)
        .map(|i| char::from(b'a' + (i.wrapping_mul(2_654_435_761) >> 13) as u8 % 26))
        .collect();
    let giant = format!(r#"<row><c t="inlineStr"><is><t>{noise}</t></is></c></row>"#);
    assert_refused(&Package::sheet(&giant).zip(), "xml_corrupt");
}

#[test]
fn a_format_asked_for_does_not_open_the_door_to_others() {
    use table_kit::sniff::Format;
    for (bytes, format, code) in [
        (&b"%PDF-1.7"[..], Format::Csv, "unsupported_format"),
        (b"", Format::Ndjson, "empty_file"),
        (b"a,b\n", Format::Xlsx, "format_mismatch"),
    ] {
        let options = Options { format: Some(format), ..Options::default() };
        assert_eq!(read_all(bytes, options).1.unwrap_err().code, code);
    }
}

#[test]
fn an_old_binary_workbook_says_save_as_xlsx() {
    let error = Workbook::read(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", &Limits::default()).unwrap_err();
    assert_eq!(error[0].code, "unsupported_format");
    assert!(error[0].hint_zh.contains("请另存为 .xlsx"));
}

proptest! {
    #[test]
    fn no_flipped_byte_makes_reading_panic(at in 0usize..5_000, to in any::<u8>()) {
        let mut bytes = Package::sheet(&ROW.repeat(50)).zip();
        let len = bytes.len();
        bytes[at % len] = to;
        let _ = refused_with(&bytes, &Limits::default());
    }
}
