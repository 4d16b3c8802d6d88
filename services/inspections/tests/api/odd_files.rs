//! Files that no clerk means to send, to every importer: a clear refusal with its place, and nothing written.

use crate::helpers::{XLSX, import};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use testkit::{Answer, Caller, Suite};

/// Path of an import, path of its list, columns of its form.
const IMPORTS: [(&str, &str, &str); 3] = [
    (
        "/v1/plan-imports?year=2026&dry_run=false",
        "/v1/plans",
        "序号,综合监管计划名称,监管部门,监管事项,监管对象,检查数量（比例、频次）,检查起止时间",
    ),
    (
        "/v1/inspector-imports?dry_run=false",
        "/v1/inspectors",
        "单位工号,姓名,性别,身份证号,手机号,学历,学历专业,岗位大类,从事本岗起始日期,岗位资质资格,执法事项范围,地区,层级,担任职务,\
        具体职务,所在业务部门（机构）,是否专家,执法证编号,执法证有效期,执法证发证机关,执法人员状态",
    ),
    (
        "/v1/checklist-template-imports?dry_run=false",
        "/v1/checklist-templates",
        "检查表编号,检查表名称,序号,检查内容,检查方法,检查依据",
    ),
];

const PACKAGE: [(&str, &str); 4] = [
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
    ),
];

/// A workbook with this sheet and these further parts.
fn package(sheet: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let parts = PACKAGE.iter().map(|(name, text)| (*name, text.as_bytes()));
    for (name, bytes) in
        parts.chain([("xl/worksheets/sheet1.xml", sheet.as_bytes())]).chain(more.iter().copied())
    {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A sheet with the form's head in row 1, these rows, and what follows them.
fn sheet(head: &str, rows: &str, after: &str) -> String {
    let mut cells = String::new();
    for (column, title) in head.split(',').enumerate() {
        let letter = char::from(b'A' + u8::try_from(column).unwrap());
        write!(cells, r#"<c r="{letter}1" t="inlineStr"><is><t>{title}</t></is></c>"#).unwrap();
    }
    format!(
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/><sheetData><row r="1">{cells}</row>{rows}</sheetData>{after}</worksheet>"#
    )
}

fn text_cell(reference: &str, text: &str) -> String {
    format!(r#"<row r="2"><c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c></row>"#)
}

/// Text files: name, bytes, code of the refusal or of a blocking finding.
fn texts(head: &str) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let row = |cells: &str| format!("{head}\n{cells}\n").into_bytes();
    let utf16: Vec<u8> = format!("{head}\n甲\0乙\n").encode_utf16().flat_map(u16::to_be_bytes).collect();
    vec![
        ("nothing", Vec::new(), "empty_file"),
        ("a byte order mark", b"\xEF\xBB\xBF".to_vec(), "form_not_recognised"),
        ("a head alone", format!("{head}\n").into_bytes(), "no_rows"),
        ("UTF-16 without a mark", utf16, "form_not_recognised"),
        (
            "bytes of no encoding",
            [row("甲").as_slice(), b"\xFF\xFE\x80,\xC3\x28\n"].concat(),
            "invalid_encoding",
        ),
        ("NUL", row("甲\0乙,丙丁"), "control_character"),
        ("a reversed name", row("甲\u{202E}乙,甲\u{202E}乙,1,甲\u{202E}乙"), "control_character"),
        ("one cell of ten megabytes", row(&format!("\"{}\"", "a".repeat(10 << 20))), "record_too_long"),
        ("five thousand columns", row(&",".repeat(5000)), "too_many_columns"),
        ("a quote never closed", row("\"甲,乙"), "unclosed_quote"),
        ("a formula", row("=1+1,乙,1,丁"), "formula_refused"),
        ("a picture", b"\x89PNG\r\n\x1a\nxxxx".to_vec(), "unsupported_format"),
        ("a workbook", package(&sheet(head, "", ""), &[]), "format_mismatch"),
    ]
}

/// Workbooks: name, bytes, code.
fn workbooks(head: &str) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let of = |rows: &str, after: &str| package(&sheet(head, rows, after), &[]);
    let whole = of(&text_cell("A2", "甲"), "");
    let merge = |reference: &str| format!(r#"<mergeCells><mergeCell ref="{reference}"/></mergeCells>"#);
    let entity = format!(
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>{}",
        sheet(head, &text_cell("A2", "&x;"), "")
    );
    let far = r#"<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row>"#;
    vec![
        ("nothing", Vec::new(), "empty_file"),
        ("a head alone, of any dimension", of("", ""), "no_rows"),
        ("text", format!("{head}\n甲\n").into_bytes(), "format_mismatch"),
        (".et and .wps", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0\0\0\0\0\0\0".to_vec(), "unsupported_format"),
        ("a torn archive", whole[..whole.len() - 60].to_vec(), "zip_corrupt"),
        ("a bomb", of(&text_cell("A2", &"A".repeat(8 << 20)), ""), "decompression_limit"),
        ("a cell at the end of the sheet", of(far, ""), "too_many_cells"),
        ("a cell in the last column", of(&text_cell("XFD2", "x"), ""), "too_many_columns"),
        ("a cell that is nowhere", of(&text_cell("ZZZZZZZ99999999999", "x"), ""), "xml_corrupt"),
        ("one merge over everything", of(&text_cell("A2", "甲"), &merge("A1:XFD1048576")), "merge_invalid"),
        ("a formula", of(r#"<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>"#, ""), "formula_refused"),
        ("an entity", package(&entity, &[]), "xml_dtd_refused"),
        ("macros", package(&sheet(head, "", ""), &[("xl/vbaProject.bin", b"x")]), "macro_refused"),
        (
            "a path that leads outside",
            package(&sheet(head, "", ""), &[("../../evil", b"x")]),
            "zip_unsafe_name",
        ),
        ("a broken sheet", package(&sheet(head, "<row", ""), &[]), "xml_corrupt"),
    ]
}

/// The codes of a refusal: its own and those of its blocking findings.
fn refused(name: &str, answer: &Answer) -> Vec<String> {
    let problem = answer.json();
    assert_eq!(answer.status(), 422, "{name}: {answer}");
    assert_eq!(problem["report"]["written"], json!(false), "{name}: {answer}");
    let faults = problem["report"]["faults"].as_array().unwrap();
    let mut codes = vec![problem["code"].as_str().unwrap().to_string()];
    for fault in faults.iter().filter(|f| f["severity"] == "block") {
        assert!(fault["row"].as_u64() != Some(0) && fault["column"].as_u64() != Some(0), "{name}: {fault}");
        codes.push(fault["code"].as_str().unwrap().to_string());
    }
    codes
}

async fn refuse(who: &Caller, path: &str, media: &str, (name, bytes, code): (&str, Vec<u8>, &str)) {
    let name = format!("{path}: {name}");
    let answer = import(who, path, media, bytes).await;
    let codes = refused(&name, &answer);
    assert!(codes.iter().any(|c| c == code), "{name}: {code} is not among {codes:?}");
}

testkit::both! {
    async fn no_odd_file_is_taken_and_none_leaves_anything(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        for (path, list, head) in IMPORTS {
            for odd in texts(head) {
                refuse(&editor, path, "text/csv", odd).await;
            }
            for odd in workbooks(head) {
                refuse(&editor, path, XLSX, odd).await;
            }
            assert_eq!(editor.get(list).await.expect(200).json()["items"], json!([]), "{path}");
        }
    }

    async fn lines_that_are_no_json_of_the_form_are_named_by_their_number(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let long = format!("{{\"title\":\"{}\"}}\n", "a".repeat(10 << 20));
        for (path, list, _) in [IMPORTS[0], IMPORTS[2]] {
            let lines: [(&str, Vec<u8>, &str); 6] = [
                ("nested without end", [b"[".repeat(100_000), b"]".repeat(100_000)].concat(), "bad_line"),
                ("a member twice", b"{\"title\":\"a\",\"title\":\"b\"}\n".to_vec(), "bad_line"),
                ("half a character", b"{\"title\":\"\\ud800\",\"points\":[]}\n".to_vec(), "bad_line"),
                ("a number without bounds", b"1e999\n".to_vec(), "bad_line"),
                ("GB18030", b"{\"title\":\"\xBC\xD7\"}\n".to_vec(), "invalid_encoding"),
                ("ten megabytes", long.clone().into_bytes(), "record_too_long"),
            ];
            for odd in lines {
                refuse(&editor, path, "application/x-ndjson", odd).await;
            }
            let rows: Value = editor.get(list).await.expect(200).json();
            assert_eq!(rows["items"], json!([]), "{path}");
        }
    }

    async fn an_unknown_organ_is_a_wrong_parameter(suite: Suite) {
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        for path in ["/v1/inspector-imports", "/v1/checklist-template-imports"] {
            let wrong = import(&organiser, &format!("{path}?organ_code=nz-none"), "text/csv", b"a\n".to_vec()).await;
            let fault = wrong.expect(400).json()["errors"][0].clone();
            assert_eq!((&fault["pointer"], &fault["code"]), (&json!("?organ_code"), &json!("unknown_department")));
        }
    }
}
