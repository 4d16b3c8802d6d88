//! XLSX rows.

use std::io::Cursor;

use calamine::{Reader, Xlsx};
use table_kit::Limits;
use table_kit::rows::Options;
use table_kit::write::XlsxWriter;

use crate::fixture::{Package, read_all, read_bytes};

#[test]
fn numbers_dates_and_strings_come_as_text_without_loss() {
    let rows = concat!(
        r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>"#,
        r#"<row r="3"><c r="A3"><v>12345678901</v></c><c r="B3" s="3"><v>45352</v></c><c r="C3" s="5"><v>45352.5</v></c></row>"#,
        r#"<row r="4"><c r="A4"><v>1.5E-7</v></c><c r="B4" s="1"><v>0.05</v></c><c r="C4" s="6"><v>1.5</v></c></row>"#,
        r#"<row r="5"><c r="A5" t="b"><v>1</v></c><c r="C5" t="inlineStr"><is><t>=1+1</t></is></c></row>"#,
        r#"<row r="6"><c r="A6" s="3"/></row>"#,
        r#"<row r="7"><c r="A7" t="d"><v>2024-03-01</v></c></row>"#,
    );
    let (got, end) = read_bytes(&Package::sheet(rows).zip());
    assert_eq!(end, Ok(()));
    let want: [(u64, [&str; 3]); 5] = [
        (1, ["序号", "企业名称 ", "a&b\r\nc"]),
        (3, ["12345678901", "2024-03-01", "2024-03-01T12:00:00"]),
        (4, ["0.00000015", "0.05", "36:00:00"]),
        (5, ["TRUE", "", "=1+1"]),
        (7, ["2024-03-01", "", ""]),
    ];
    for ((line, cells, faults), (row, texts)) in got.iter().zip(want) {
        assert_eq!((*line, cells.iter().map(String::as_str).collect::<Vec<_>>()), (row, texts.to_vec()));
        assert!(faults.is_empty());
    }
    assert_eq!(got.len(), 5);
}

#[test]
fn an_eighteen_digit_code_stored_as_a_number_keeps_its_digits_and_gets_a_warning() {
    let rows = r#"<row><c><v>610721199001011234</v></c><c><v>6.1072119900101104E+17</v></c></row>"#;
    let bytes = Package::sheet(rows).zip();
    let (got, end) = read_bytes(&bytes);
    assert_eq!(end, Ok(()));
    assert_eq!(got[0].1, ["610721199001011234", "610721199001011040"]);
    assert_eq!(got[0].2, ["number_precision_lost", "number_precision_lost"]);
}

#[test]
fn the_1904_date_system_is_respected() {
    let book = r#"<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="s" r:id="rId1"/></sheets></workbook>"#;
    let bytes = Package::sheet(r#"<row><c s="3"><v>43890</v></c></row>"#).with("xl/workbook.xml", book).zip();
    assert_eq!(read_bytes(&bytes).0[0].1, ["2024-03-01"]);
}

#[test]
fn a_formula_an_error_value_and_an_impossible_date_are_faults_with_the_cell() {
    let rows = concat!(
        r#"<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>"#,
        r#"<row r="2"><c r="B2"><f>A1+1</f><v>2</v></c></row>"#,
        r##"<row r="3"><c r="A3" t="e"><v>#N/A</v></c><c r="B3" s="3"><v>60</v></c></row>"##,
        r#"<row r="4"><c r="A4"><v>1</v></c><c r="B4"><v>1</v></c><c r="C4"><v>1</v></c></row>"#,
    );
    let (got, end) = read_bytes(&Package::sheet(rows).zip());
    assert_eq!(end, Ok(()));
    let codes: Vec<_> = got.iter().map(|r| r.2.clone()).collect();
    assert_eq!(
        codes,
        [vec![], vec!["formula_refused"], vec!["cell_error", "invalid_date"], vec!["ragged_row"]]
    );
    let mut rows = table_kit::rows::Source::open(
        Cursor::new(Package::sheet(r#"<row r="2"><c r="B2"><f t="shared" si="0"/></c></row>"#).zip()),
        Options::default(),
    )
    .unwrap();
    let mut record = table_kit::rows::Record::new();
    assert!(rows.next(&mut record).unwrap());
    assert_eq!(record.faults()[0].cell_ref().as_deref(), Some("B2"));
}

#[test]
fn a_cell_in_the_last_column_costs_no_memory_and_is_a_fault() {
    let rows =
        r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
    let (got, end) = read_bytes(&Package::sheet(rows).zip());
    assert_eq!(end, Ok(()));
    assert_eq!(got[1].0, 1_048_576);
    assert_eq!(got[1].2, ["too_many_columns"]);
}

#[test]
fn rows_out_of_order_are_refused_with_the_sheet() {
    let rows = r#"<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>"#;
    let (got, end) = read_bytes(&Package::sheet(rows).zip());
    assert_eq!(got.len(), 1, "the row before is delivered");
    let error = end.unwrap_err();
    assert_eq!((error.code, error.sheet.as_deref()), ("xml_corrupt", Some("附件1")));
}

#[test]
fn a_damaged_part_is_an_error_after_the_rows_before_it() {
    let mut rows = String::new();
    for i in 1..=20_000 {
        rows.push_str(&format!(r#"<row r="{i}"><c r="A{i}"><v>{}</v></c></row>"#, i * 7919 % 10_007));
    }
    let package = Package::sheet(&rows);
    let mut bytes = package.zip();
    // Flip a byte late in the largest part, which is the last one.
    let at = bytes.len() - 2_000;
    bytes[at] ^= 0x55;
    let (got, end) = read_bytes(&bytes);
    let code = end.unwrap_err().code;
    assert!(matches!(code, "zip_corrupt" | "xml_corrupt"), "{code}");
    assert!(got.len() > 1_000);
}

#[test]
fn a_sheet_is_chosen_by_name_and_a_hidden_one_is_not_the_default() {
    let book = r#"<workbook xmlns:r="r"><sheets><sheet name="h" state="hidden" r:id="rId2"/><sheet name="v" r:id="rId1"/></sheets></workbook>"#;
    let rels = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="x/worksheet" Target="worksheets/sheet2.xml"/></Relationships>"#;
    let bytes = Package::sheet(r#"<row><c><v>1</v></c></row>"#)
        .with("xl/workbook.xml", book)
        .with("xl/_rels/workbook.xml.rels", rels)
        .with(
            "xl/worksheets/sheet2.xml",
            r#"<worksheet><sheetData><row><c><v>2</v></c></row></sheetData></worksheet>"#,
        )
        .zip();
    assert_eq!(read_bytes(&bytes).0[0].1, ["1"]);
    let sheet = |name: &str| Options { sheet: Some(name.to_owned()), ..Options::default() };
    assert_eq!(read_all(Cursor::new(bytes.clone()), sheet("h")).0[0].1, ["2"]);
    assert_eq!(read_all(Cursor::new(bytes), sheet("x")).1.unwrap_err().code, "sheet_not_found");
}

#[test]
fn a_file_beyond_the_size_limit_is_refused_while_it_is_spooled() {
    let bytes = Package::sheet("").zip();
    let limits = Limits { xlsx_bytes: 100, ..Limits::default() };
    let (_, end) = read_all(Cursor::new(bytes), Options { limits, ..Options::default() });
    assert_eq!(end.unwrap_err().code, "file_too_large");
}

#[test]
fn an_export_is_read_back_the_same_here_and_by_calamine() {
    let header = ["统一社会信用代码", "名称", "备注"];
    let rows = [
        ["91610721MA6YX0001X", "=HYPERLINK(\"x\")", "'前导"],
        ["007", "换\n行", " 空格 "],
        ["610721199001011234", "_x0041_", "＋－＠"],
    ];
    let mut writer = XlsxWriter::new("导出", &header).unwrap();
    for row in &rows {
        writer.write_row(row).unwrap();
    }
    let mut bytes = Vec::new();
    writer.finish(&mut bytes).unwrap();

    let (got, end) = read_bytes(&bytes);
    assert_eq!(end, Ok(()));
    assert_eq!(got[0].1, header);
    for (got, want) in got[1..].iter().zip(rows) {
        assert_eq!(got.1, want);
        assert!(got.2.is_empty());
    }
    let mut other: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let range = other.worksheet_range("导出").unwrap();
    for (row, want) in range.rows().skip(1).zip(rows) {
        let texts: Vec<String> = row.iter().map(ToString::to_string).collect();
        assert_eq!(texts, want);
    }
}

#[test]
fn row_numbers_may_be_missing_or_stand_on_the_cells_only() {
    let rows = r#"<row><c><v>1</v></c><c><v>2</v></c></row><row><c r="A5"><v>3</v></c></row><row><c><v>4</v></c></row>"#;
    let (got, end) = read_bytes(&Package::sheet(rows).zip());
    assert_eq!(end, Ok(()));
    assert_eq!(got.iter().map(|r| r.0).collect::<Vec<_>>(), [1, 5, 6]);
}

#[test]
fn rows_and_columns_of_form_controls_are_not_mistaken_for_cells() {
    let sheet = r#"<worksheet xmlns:xdr="x"><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><controls><control><anchor><from><xdr:col>3</xdr:col><xdr:row>0</xdr:row></from></anchor></control></controls></worksheet>"#;
    let bytes = Package::sheet("").with("xl/worksheets/sheet1.xml", sheet).zip();
    let (got, end) = read_bytes(&bytes);
    assert_eq!((got.len(), end), (1, Ok(())));
}

#[test]
fn only_the_chosen_sheet_is_looked_at() {
    let book = r#"<workbook xmlns:r="r"><sheets><sheet name="a" r:id="rId1"/><sheet name="b" r:id="rId2"/></sheets></workbook>"#;
    let rels = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="x/worksheet" Target="worksheets/sheet2.xml"/></Relationships>"#;
    let bytes = Package::sheet(r#"<row><c><v>1</v></c></row>"#)
        .with("xl/workbook.xml", book)
        .with("xl/_rels/workbook.xml.rels", rels)
        .with(
            "xl/worksheets/sheet2.xml",
            r#"<worksheet><sheetData><row><c><f>1</f></c></row></sheetData></worksheet>"#,
        )
        .zip();
    let (got, end) = read_bytes(&bytes);
    assert_eq!((got.len(), end), (1, Ok(())));
    assert!(got[0].2.is_empty());
}

#[test]
fn rows_can_be_moved_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<table_kit::rows::Rows<'static>>();
    is_send::<XlsxWriter>();
}

#[test]
fn strings_beyond_the_memory_limit_are_refused() {
    let limits = Limits { shared_string_bytes: 10, ..Limits::default() };
    let (_, end) = read_all(Cursor::new(Package::sheet("").zip()), Options { limits, ..Options::default() });
    assert_eq!(end.unwrap_err().code, "decompression_limit");
}
