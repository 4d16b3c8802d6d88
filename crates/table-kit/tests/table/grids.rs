//! Forms: write, read, write again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Reader, Xlsx};
use jiff::civil::date;
use proptest::prelude::*;
use table_kit::Limits;
use table_kit::grid::{Cell, CellValue, Grid, Merge, Workbook};

use crate::fixture::Package;

fn read(bytes: &[u8]) -> Workbook {
    Workbook::read(bytes, &Limits::default()).unwrap()
}

fn form() -> Grid {
    let texts = [
        vec!["南郑区跨部门综合监管重点事项清单", "", "", "", ""],
        vec!["序号", "监管领域", "设定依据", "配合监管部门", "设定依据"],
        vec![
            "1",
            "劳动用工监管",
            "《劳动法》第八十五条\n《劳动合同法》第七十三条",
            "区市场监管局",
            "《公司法》",
        ],
        vec!["", "", "", "区税务局", "=1+1"],
        vec!["2", "007", "610721199001011234", "91610721MA6YX0001X", "〔2024〕3号；—"],
    ];
    let rows: Vec<Vec<String>> = texts.iter().map(|r| r.iter().map(|c| (*c).to_owned()).collect()).collect();
    let mut grid = Grid::from_text("附件1", &rows);
    grid.merges = vec![
        Merge { r0: 0, c0: 0, r1: 0, c1: 4 },
        Merge { r0: 2, c0: 0, r1: 3, c1: 0 },
        Merge { r0: 2, c0: 1, r1: 3, c1: 1 },
    ];
    grid.col_widths = BTreeMap::from([(0, 6.0), (2, 32.57)]);
    grid.hidden_cols = BTreeSet::from([4]);
    grid.header_rows = 2;
    grid.rows[4][0] = Cell::number(2.0);
    grid.rows[3][2] = Cell::percent(0.05, 0);
    grid.rows[4][1] = Cell::date(date(2024, 3, 1).at(0, 0, 0, 0));
    grid
}

#[test]
fn a_form_survives_writing_and_reading_with_merges_widths_hidden_columns_and_properties() {
    let mut workbook =
        Workbook::new(vec![form(), Grid { is_hidden: true, ..Grid::from_text("第二页", &[]) }]);
    workbook.properties.insert("lianjian_list_id".to_owned(), "0190-<&\"三\">".to_owned());
    let bytes = workbook.write().unwrap();
    let again = read(&bytes);
    assert_eq!(again, workbook);
    assert_eq!(again.write().unwrap(), bytes, "export, import, export gives the same bytes");
    assert_eq!(again.grids[0].shown(3, 2), "5%");
    assert_eq!(again.grids[0].shown(4, 1), "2024-03-01");
    assert_eq!(again.grids[0].merge_at(3, 1), Some(Merge { r0: 2, c0: 1, r1: 3, c1: 1 }));
    assert_eq!(again.grids[0].shown(99, 99), "");
}

#[test]
fn calamine_reads_the_same_texts() {
    let bytes = Workbook::new(vec![form()]).write().unwrap();
    let mut other: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let range = other.worksheet_range("附件1").unwrap();
    let cell = |r, c| range.get_value((r, c)).unwrap().to_string();
    assert_eq!(cell(2, 2), "《劳动法》第八十五条\n《劳动合同法》第七十三条");
    assert_eq!(cell(3, 4), "=1+1");
    assert_eq!(cell(4, 2), "610721199001011234");
    let formulas = other.worksheet_formula("附件1").unwrap();
    assert!(formulas.is_empty());
}

#[test]
fn what_excel_shows_is_kept_apart_from_the_value() {
    let rows = concat!(
        r#"<row><c s="1"><v>0.05</v></c><c s="2"><v>0.05</v></c><c s="4"><v>45352</v></c>"#,
        r#"<c s="7"><v>30</v></c><c><v>0.1</v></c><c t="b"><v>0</v></c><c s="5"><v>45352.354166666664</v></c></row>"#,
    );
    let workbook = read(&Package::sheet(rows).zip());
    let row = &workbook.grids[0].rows[0];
    let shown: Vec<&str> = row.iter().map(|c| c.shown.as_str()).collect();
    assert_eq!(shown, ["5%", "5.00%", "2024/3/1", "30", "0.1", "FALSE", "2024/3/1 8:30"]);
    assert_eq!(row[0].value, CellValue::Number(0.05));
    assert_eq!(row[2].value, CellValue::Date(date(2024, 3, 1).at(0, 0, 0, 0)));
    let again = read(&workbook.write().unwrap());
    assert_eq!(again.grids[0].rows, workbook.grids[0].rows, "formats are chosen to show the same");
}

#[test]
fn a_long_number_is_a_warning_with_its_cell_and_keeps_its_digits() {
    let workbook = read(&Package::sheet(r#"<row r="3"><c r="B3"><v>610721199001011234</v></c></row>"#).zip());
    assert_eq!(workbook.grids[0].shown(2, 1), "610721199001011234");
    assert_eq!(workbook.warnings.len(), 1);
    assert_eq!(workbook.warnings[0].code, "number_precision_lost");
    assert_eq!(workbook.warnings[0].cell_ref().as_deref(), Some("B3"));
}

#[test]
fn every_formula_is_listed_with_its_cell_and_nothing_is_given() {
    let rows = concat!(
        r#"<row r="1"><c r="A1"><f>SUM(B1)</f><v>1</v></c></row>"#,
        r##"<row r="2"><c r="C2"><f/></c><c r="D2" t="e"><v>#REF!</v></c></row>"##,
    );
    let errors = Workbook::read(&Package::sheet(rows).zip(), &Limits::default()).unwrap_err();
    let places: Vec<_> = errors.iter().map(|e| (e.code, e.cell_ref().unwrap())).collect();
    assert_eq!(
        places,
        [
            ("formula_refused", "A1".to_owned()),
            ("formula_refused", "C2".to_owned()),
            ("cell_error", "D2".to_owned())
        ]
    );
}

#[test]
fn a_sheet_that_lies_about_its_size_or_has_one_far_cell_does_not_allocate() {
    let sheet = r#"<worksheet><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>"#;
    let bytes = Package::sheet("").with("xl/worksheets/sheet1.xml", sheet).zip();
    assert_eq!(read(&bytes).grids[0].rows.len(), 1);
    let far = r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="B1048576"><v>1</v></c></row>"#;
    let errors = Workbook::read(&Package::sheet(far).zip(), &Limits::default()).unwrap_err();
    assert_eq!(errors[0].code, "too_many_cells");
    let wide = r#"<row r="1"><c r="XFD1"><v>1</v></c></row>"#;
    let errors = Workbook::read(&Package::sheet(wide).zip(), &Limits::default()).unwrap_err();
    assert_eq!(errors[0].code, "too_many_columns");
}

#[test]
fn styled_blank_cells_do_not_count() {
    let mut rows = r#"<row r="1"><c r="A1"><v>1</v></c></row>"#.to_owned();
    for r in 2..30_000 {
        rows.push_str(&format!(r#"<row r="{r}"><c r="A{r}" s="3"/><c r="ZZ{r}" s="3"/></row>"#));
    }
    assert_eq!(read(&Package::sheet(&rows).zip()).grids[0].rows.len(), 1);
}

#[test]
fn merges_that_overlap_or_cover_the_whole_sheet_are_refused() {
    let sheet = |merges: &str| {
        let text = format!(
            r#"<worksheet><sheetData><row><c><v>1</v></c></row></sheetData><mergeCells>{merges}</mergeCells></worksheet>"#
        );
        Package::sheet("").with("xl/worksheets/sheet1.xml", text).zip()
    };
    for (merges, code) in [
        (r#"<mergeCell ref="A1:B2"/><mergeCell ref="B2:C3"/>"#, "merge_invalid"),
        (r#"<mergeCell ref="A1:XFD1048576"/>"#, "merge_invalid"),
        (r#"<mergeCell ref="A1:B1048576"/>"#, "too_many_cells"),
        (r#"<mergeCell ref="B2:A1"/>"#, "xml_corrupt"),
    ] {
        let errors = Workbook::read(&sheet(merges), &Limits::default()).unwrap_err();
        assert_eq!(errors[0].code, code, "{merges}");
    }
    assert!(read(&sheet(r#"<mergeCell ref="A1:A1"/>"#)).grids[0].merges.is_empty());
}

#[test]
fn too_many_sheets_and_too_many_errors_are_bounded() {
    let grids = (0..17).map(|i| Grid::from_text(&format!("s{i}"), &[])).collect();
    let bytes = Workbook::new(grids).write().unwrap();
    assert_eq!(Workbook::read(&bytes, &Limits::default()).unwrap_err()[0].code, "too_many_sheets");
    let rows = r#"<row><c><f>1</f></c></row>"#.repeat(1_000);
    let errors = Workbook::read(&Package::sheet(&rows).zip(), &Limits::default()).unwrap_err();
    assert_eq!(errors.len(), 201);
    assert_eq!(errors[200].code, "too_many_errors");
}

#[test]
fn what_cannot_be_written_is_said_with_its_place() {
    let bad_name = Workbook::new(vec![Grid::from_text("a/b", &[])]).write().unwrap_err();
    assert_eq!(bad_name.code, "sheet_name_invalid");
    let long = Workbook::new(vec![Grid::from_text("a", &[vec!["长".repeat(32_768)]])]).write().unwrap_err();
    assert_eq!((long.code, long.cell_ref().as_deref()), ("cell_too_long", Some("A1")));
    let mut grid = Grid::from_text("a", &[]);
    grid.merges = vec![Merge { r0: 0, c0: 0, r1: 1, c1: 1 }, Merge { r0: 1, c0: 1, r1: 2, c1: 2 }];
    assert_eq!(Workbook::new(vec![grid]).write().unwrap_err().code, "merge_invalid");
}

#[test]
fn a_date_before_1900_is_written_as_text_because_excel_has_none() {
    let mut grid = Grid::from_text("a", &[vec![String::new()]]);
    grid.rows[0][0] = Cell::date(date(1899, 12, 31).at(0, 0, 0, 0));
    let again = read(&Workbook::new(vec![grid]).write().unwrap());
    assert_eq!(again.grids[0].rows[0][0], Cell::text("1899-12-31"));
}

#[test]
fn a_format_that_cannot_be_shown_again_falls_back_to_the_value() {
    let mut grid = Grid::from_text("a", &[vec![String::new()]]);
    grid.rows[0][0] = Cell { value: CellValue::Number(30.0), shown: "30户".to_owned() };
    let again = read(&Workbook::new(vec![grid]).write().unwrap());
    assert_eq!(again.grids[0].rows[0][0], Cell::number(30.0));
}

#[test]
fn column_widths_are_kept_to_the_pixel() {
    let mut grid = Grid::from_text("a", &[]);
    grid.col_widths = BTreeMap::from([(0, 32.5), (1, 0.5), (2, 12.0)]);
    let once = read(&Workbook::new(vec![grid.clone()]).write().unwrap());
    for (column, width) in &grid.col_widths {
        assert!((once.grids[0].col_widths[column] - width).abs() < 0.1);
    }
    assert_eq!(read(&once.write().unwrap()), once, "and do not drift");
}

fn any_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        2 => Just(Cell::default()),
        3 => "[\u{4E00}-\u{4FFF}《》（）、；—〔〕\n 0-9]{0,12}".prop_map(|t| Cell::text(&t)),
        2 => "[=+@＝＋－＠'-][a-z0-9()]{0,6}".prop_map(|t| Cell::text(&t)),
        1 => "0[0-9]{1,6}|[1-9][0-9]{17}".prop_map(|t| Cell::text(&t)),
        2 => "\\PC{0,10}|[\t\r\n_x0-9A-F<&>\" ]{0,16}".prop_map(|t| Cell::text(&t)),
        1 => (-1_000_000i32..1_000_000, 0i32..4).prop_map(|(n, d)| Cell::number(f64::from(n) / 10f64.powi(d))),
        1 => (0u32..=1000, 0usize..3).prop_map(|(n, d)| Cell::percent(f64::from(n) / 1000.0, d)),
        1 => any::<bool>().prop_map(Cell::bool),
        1 => (1900i16..2200, 1i8..13, 1i8..29, 0i8..24, 0i8..60)
            .prop_map(|(y, m, d, h, min)| Cell::date(date(y, m, d).at(h, min, 0, 0))),
        1 => (1900i16..2200, 1i8..13, 1i8..29).prop_map(|(y, m, d)| Cell::date(date(y, m, d).at(0, 0, 0, 0))),
    ]
}

fn any_grid() -> impl Strategy<Value = Grid> {
    (
        prop::collection::vec(prop::collection::vec(any_cell(), 5), 1..8),
        prop::collection::vec((0u32..4, 0u32..2, 1u32..3, 0u32..2), 0..3),
    )
        .prop_map(|(rows, merges)| {
            let mut grid = Grid {
                sheet_name: "表〔一〕".replace('〔', "(").replace('〕', ")"),
                rows,
                ..Grid::default()
            };
            for (row, column, height, width) in merges {
                let m = Merge { r0: row, c0: column * 3, r1: row + height, c1: column * 3 + width };
                let is_free =
                    grid.merges.iter().all(|o| m.r0 > o.r1 || o.r0 > m.r1 || m.c0 > o.c1 || o.c0 > m.c1);
                if is_free {
                    grid.merges.push(m);
                }
            }
            grid.merges.sort_unstable();
            grid
        })
}

proptest! {
    #[test]
    fn any_grid_is_the_same_after_writing_and_reading(grid in any_grid()) {
        let workbook = Workbook::new(vec![grid.clone()]);
        let bytes = workbook.write().unwrap();
        let again = read(&bytes);
        let got = &again.grids[0];
        prop_assert_eq!(&got.merges, &grid.merges);
        let empty = Cell::default();
        for row in 0..12u32 {
            for column in 0..8u32 {
                let want = grid.cell(row, column).unwrap_or(&empty);
                prop_assert_eq!(got.cell(row, column).unwrap_or(&empty), want, "at {} {}", row, column);
            }
        }
        prop_assert_eq!(again.write().unwrap(), bytes);
    }
}
