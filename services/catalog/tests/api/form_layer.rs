//! The forms without a server: the seed's table, placing of rows, and export → import → export.

use crate::helpers::{seed_table, set};
use catalog::forms::attachment1::{COLUMNS, Extra, FormCooperation, FormItem, NOTES, TITLE, workbook, write};
use catalog::forms::attachment1_read::{read, read_workbook};
use catalog::forms::{FormFault, flat, ndjson};
use domain::vocabulary::{InspectionMethod, ItemCategory, SubjectKind};
use proptest::prelude::*;
use table_kit::grid::{Grid, Merge, Workbook};
use uuid::Uuid;

fn codes(faults: &[FormFault]) -> Vec<(String, &'static str)> {
    faults.iter().map(|f| (f.cell().unwrap_or_default(), f.code)).collect()
}

fn read_grid(grid: Grid) -> catalog::forms::attachment1_read::Parsed {
    read(&Workbook::new(vec![grid]).write().unwrap()).unwrap()
}

#[test]
fn the_seed_table_is_one_example_with_two_departments() {
    let parsed = read_grid(seed_table());
    assert_eq!(codes(&parsed.faults), [("B3".to_string(), "example_row")]);
    let [item] = parsed.items.as_slice() else { panic!("{:?}", parsed.items) };
    assert!(item.is_example);
    assert_eq!(item.field, "劳动用工监管");
    let departments: Vec<_> = item.cooperating.iter().map(|c| c.department.as_str()).collect();
    assert_eq!(departments, ["区市场监管局", "区税务局"]);
    assert_eq!(item.place.coop_rows, [3, 4]);
}

#[test]
fn the_written_form_has_the_words_of_the_notice() {
    let book = workbook(&read_grid(seed_table()).items);
    let grid = &book.grids[0];
    assert_eq!(grid.shown(0, 0), TITLE);
    assert_eq!(TITLE, "南郑区跨部门综合监管重点事项清单");
    for (column, title) in (0u32..).zip(COLUMNS) {
        assert_eq!(grid.shown(1, column), title);
    }
    assert_eq!((COLUMNS[4], COLUMNS[10]), ("设定依据", "设定依据"));
    assert_eq!(grid.shown(2, 1), "例：劳动用工监管");
    assert_eq!(grid.merge_at(3, 7), Some(Merge { r0: 2, c0: 7, r1: 3, c1: 7 }));
    assert_eq!(grid.merge_at(3, 8), None);
    let notes: Vec<&str> = (4..9).map(|r| grid.shown(r, 0)).collect();
    assert_eq!(notes, NOTES);
    assert!(NOTES[4].ends_with("675607346@qq.com））。"), "the doubled bracket is the notice's own");
    assert_eq!(grid.hidden_cols.iter().copied().collect::<Vec<_>>(), [11, 12]);
    assert_eq!(book.grids[1].shown(0, 3), "检查方式");
}

#[test]
fn lead_cells_are_filled_down_without_a_merge_only_where_the_department_is_named() {
    let mut grid = seed_table();
    grid.merges.clear();
    let item = &read_grid(grid.clone()).items[0];
    assert_eq!(item.cooperating.len(), 2);

    set(&mut grid, 3, 8, "");
    assert_eq!(
        codes(&read_grid(grid.clone()).faults),
        [("B3".into(), "example_row"), ("J4".into(), "row_not_placed")]
    );

    set(&mut grid, 3, 8, "区税务局");
    set(&mut grid, 3, 3, "另一事项的检查");
    let found = codes(&read_grid(grid).faults);
    assert_eq!(found, [("B3".into(), "example_row"), ("D4".into(), "continuation_differs")]);
}

#[test]
fn inside_a_merge_a_row_without_a_department_is_still_of_its_item() {
    let mut grid = seed_table();
    set(&mut grid, 3, 8, "");
    let parsed = read_grid(grid);
    assert_eq!(codes(&parsed.faults), [("B3".into(), "example_row")]);
    assert_eq!(parsed.items[0].cooperating[1].department, "");
}

#[test]
fn a_cell_merged_over_two_items_counts_for_both() {
    let mut grid = seed_table();
    grid.merges.retain(|m| m.c0 == 2 || m.r0 == 0);
    set(&mut grid, 3, 0, "2");
    for (column, text) in [(1, "税收监管"), (3, "对纳税情况的监督检查"), (4, "《税收征收管理法》第五十四条")]
    {
        set(&mut grid, 3, column, text);
    }
    let parsed = read_grid(grid);
    let leads: Vec<_> = parsed.items.iter().map(|i| i.lead_department.as_str()).collect();
    assert_eq!(leads, ["区人力资源和社会保障局"; 2]);
}

#[test]
fn swapped_columns_block_and_other_titles_are_remarked() {
    let mut grid = seed_table();
    set(&mut grid, 1, 3, "监管对象");
    set(&mut grid, 1, 5, "监管的对象");
    let found = codes(&read_grid(grid).faults);
    assert_eq!(found[..2], [("D2".into(), "columns_swapped"), ("F2".into(), "column_title_differs")]);
}

#[test]
fn numbers_are_remarked_and_a_sheet_without_the_head_is_not_guessed_at() {
    let mut grid = seed_table();
    grid.merges.retain(|m| m.r0 == 0);
    set(&mut grid, 2, 0, "一");
    assert_eq!(codes(&read_grid(grid.clone()).faults)[0], ("A3".into(), "seq_not_integer"));
    set(&mut grid, 1, 0, "编号");
    let parsed = read_grid(grid);
    assert_eq!((parsed.items.len(), codes(&parsed.faults)[0].1), (0, "form_not_recognised"));
}

/// Text as a cell may hold it: trimmed, with line breaks, and no mark that means something else.
fn text() -> impl Strategy<Value = String> {
    let wild = "[\\PC\n]{0,40}";
    let usual = "[一-龥《》（）、；—〔〕0-9a-zA-Z=+@\\-_%\"', ]{1,30}";
    prop_oneof![3 => usual, 1 => wild].prop_map(|t| catalog::forms::clean(&t)).prop_filter("a mark", |t| {
        // A character that was lost before is no content; CSV readers refuse it.
        !t.starts_with("例：") && !t.starts_with("例:") && !t.contains('\u{FFFD}')
    })
}

/// As [`text`], never empty.
fn word() -> impl Strategy<Value = String> {
    text().prop_filter("empty", |t| !t.is_empty())
}

prop_compose! {
    fn cooperation()(department in word(), item in text(), basis in text()) -> FormCooperation {
        FormCooperation { department, item, basis }
    }
}

prop_compose! {
    fn extra()(
        category in prop::sample::select(ItemCategory::ALL),
        methods in prop::sample::subsequence(InspectionMethod::ALL, 0..4),
        kinds in prop::sample::subsequence(SubjectKind::ALL, 0..4),
        industry in prop::sample::select(vec!["", "13", "83", "0111"]),
    ) -> Extra {
        Extra {
            category: Some(category),
            inspection_methods: Some(methods),
            subject_kinds: Some(kinds),
            industry: Some(industry.to_string()),
        }
    }
}

prop_compose! {
    fn item()(
        (is_example, identity) in (any::<bool>(), prop::option::of((any::<u128>(), 1i64..1000))),
        (field, lead_department, lead_item) in (word(), word(), word()),
        (lead_basis, subject_desc) in (text(), text()),
        (organising_level, supervision_level) in (text(), text()),
        cooperating in prop::collection::vec(cooperation(), 1..4),
        extra in extra(),
    ) -> FormItem {
        FormItem {
            is_example, field, lead_department, lead_item, lead_basis, subject_desc, organising_level, supervision_level,
            cooperating, extra,
            id: identity.map(|(id, _)| Uuid::from_u128(id)),
            version: identity.map(|(_, version)| version),
            ..FormItem::default()
        }
    }
}

/// Items without the places where they were read.
fn placeless(items: Vec<FormItem>) -> Vec<FormItem> {
    items.into_iter().map(|i| FormItem { place: Default::default(), ..i }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn export_import_export_is_cell_equal(items in prop::collection::vec(item(), 0..6)) {
        let first = write(&items).unwrap();
        let parsed = read(&first).unwrap();
        let blocking: Vec<_> = parsed.faults.iter().filter(|f| f.is_blocking()).collect();
        prop_assert!(blocking.is_empty(), "{blocking:?}");
        prop_assert_eq!(placeless(parsed.items.clone()), placeless(items));
        let second = write(&parsed.items).unwrap();
        prop_assert_eq!(first, second, "equal items give equal bytes");
    }

    #[test]
    fn csv_and_ndjson_bring_back_what_they_were_given(items in prop::collection::vec(item(), 0..6)) {
        let csv = flat::read(&flat::write(&items).unwrap()).unwrap();
        prop_assert_eq!(placeless(csv.items), placeless(items.clone()));
        if !items.is_empty() {
            let lines = ndjson::read(&ndjson::write(&items).unwrap()).unwrap();
            prop_assert_eq!(placeless(lines.items), placeless(items));
        }
    }

    #[test]
    fn reading_any_grid_never_panics(rows in prop::collection::vec(prop::collection::vec("[0-9例：注序号监管领域\\PC]{0,6}", 0..14), 0..12)) {
        let mut texts = vec![COLUMNS.map(String::from).to_vec()];
        texts.extend(rows);
        let _ = read_workbook(&Workbook::new(vec![Grid::from_text("x", &texts)]));
    }
}

#[test]
fn a_long_list_reads_back_although_merges_are_bounded() {
    let coop = |n: usize| FormCooperation {
        department: format!("局{n}"),
        item: "检查".into(),
        basis: String::new(),
    };
    let items: Vec<FormItem> = (0..700)
        .map(|n| FormItem {
            field: format!("领域{n}"),
            lead_department: "局".into(),
            lead_item: "监督检查".into(),
            cooperating: vec![coop(1), coop(2)],
            ..FormItem::default()
        })
        .collect();
    let parsed = read(&write(&items).unwrap()).unwrap();
    assert!(parsed.faults.is_empty());
    assert!(parsed.items.iter().all(|i| i.cooperating.len() == 2));
    assert_eq!(parsed.items.len(), 700);
}
