//! Files that are refused, with a clear word and nothing written.

use crate::helpers::{XLSX, file, import, seed_table, set};
use catalog::forms::attachment1::COLUMNS;
use std::io::{Cursor, Read, Write};
use testkit::Suite;
use zip::write::SimpleFileOptions;

/// The seed's file with one entry of the package changed, or another added.
fn package(change: impl Fn(&str, String) -> String, added: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(file(seed_table()))).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let (name, mut text) = (entry.name().unwrap().into_owned(), String::new());
        entry.read_to_string(&mut text).unwrap();
        out.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        out.write_all(change(&name, text).as_bytes()).unwrap();
    }
    for (name, bytes) in added {
        out.start_file(*name, SimpleFileOptions::default()).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

testkit::both! {
    async fn hostile_files_are_refused_with_a_clear_word(suite: Suite) {
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        let before = suite.counts("catalog").await;
        let formula = package(|name, text| match name {
            "xl/worksheets/sheet1.xml" => text.replacen("<sheetData>", r#"<sheetData><row r="1"><c r="N1"><f>1+1</f><v>2</v></c></row>"#, 1),
            _ => text,
        }, &[]);
        let link = package(|_, text| text, &[("xl/externalLinks/externalLink1.xml", b"<externalLink/>".to_vec())]);
        let mut ole2 = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        ole2.resize(4096, 0);
        let bomb = package(|_, text| text, &[("xl/media/image1.xml", vec![b'0'; 64 << 20])]);
        let macros = package(|_, text| text, &[("xl/vbaProject.bin", vec![1; 64])]);
        for (name, bytes, code) in [
            ("formula", formula, "formula_refused"),
            ("external link", link, "external_link_refused"),
            (".et and .wps", ole2, "unsupported_format"),
            ("zip bomb", bomb, "decompression_limit"),
            ("macros", macros, "macro_refused"),
            ("empty", Vec::new(), "empty_file"),
            ("not a zip", b"hello".to_vec(), "format_mismatch"),
        ] {
            for query in ["", "?dry_run=false"] {
                let problem = import(&organiser, query, XLSX, bytes.clone()).await.expect(422).json();
                assert_eq!(problem["code"], code, "{name}: {problem}");
                assert_eq!(problem["report"]["written"], false);
            }
        }
        let et = organiser.send(reqwest::Method::POST, "/v1/item-imports", &[("content-type", "application/vnd.ms-excel")], vec![1]).await;
        et.expect(415);
        assert_eq!(suite.counts("catalog").await, before);
    }

    async fn the_word_for_an_et_file_says_what_to_do(suite: Suite) {
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        let problem = import(&organiser, "", XLSX, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec()).await.expect(422).json();
        assert!(problem["detail"].as_str().unwrap().contains("另存为 .xlsx"), "{problem}");
    }

    async fn a_cell_that_would_run_as_a_formula_blocks_a_csv(suite: Suite) {
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        let csv = format!("{}\r\n1,=cmd|' /C calc'!A0,区人社局,对用工情况的检查,《劳动法》第五条,企业,县,县,区税务局,对缴税的检查,《税收征收管理法》第五条\r\n", COLUMNS.join(","));
        let report = import(&organiser, "", "text/csv", csv.into_bytes()).await.expect(200).json();
        assert_eq!((report["blocked"].as_u64(), report["faults"][0]["code"].as_str(), report["faults"][0]["cell"].as_str()),
            (Some(1), Some("formula_refused"), Some("B2")));
    }

    async fn what_looks_like_a_formula_leaves_as_text(suite: Suite) {
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        let mut grid = seed_table();
        set(&mut grid, 2, 1, "=1+1");
        import(&organiser, "?dry_run=false", XLSX, file(grid)).await.expect(200);
        let csv = organiser.get("/v1/supervision-items/export?format=csv").await;
        assert!(csv.expect(200).text().contains(",'=1+1,"), "the cell is guarded");
        let again = import(&organiser, "", "text/csv", csv.bytes().to_vec()).await.expect(200).json();
        assert_eq!((again["blocked"].as_u64(), again["items"][1]["action"].as_str()), (Some(0), Some("unchanged")));
    }
}
