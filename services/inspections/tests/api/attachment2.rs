//! Attachment 2 in and out: the form without a server, cell by cell; imports with their reports; exports that come in again.
//! And the people and the plan that the tests of plans share.

use domain::vocabulary::{InspectionMethod, ItemCategory, PlanKind, SubjectKind};
use inspections::forms::attachment2::{
    COLUMNS, Extra, FormPlan, FormRow, note, title, workbook, write, write_csv, write_ndjson,
};
use inspections::forms::attachment2_read::{read, read_csv, read_ndjson, read_workbook};
use proptest::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};
use table_kit::form::{FormFault, clean};
use table_kit::grid::{Cell, Grid, Merge, Workbook};
use testkit::{Answer, Caller, Suite};
use uuid::Uuid;

pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const LEAD_ITEM: &str = "对用人单位依法签订劳动合同情况的监督检查";
const MARKET_ITEM: &str = "对市场主体登记注册事项的监督检查";
const TAX_ITEM: &str = "对市场主体缴税情况的监督检查";

/// A plan of 区人社局 with 区市场监管局 and 区税务局 (a vertical organ).
pub fn plan() -> Value {
    json!({
        "year": 2027,
        "name": "用人单位劳动用工联合检查",
        "method": "double_random",
        "subject_desc": "辖区内企业、个体经济组织",
        "quantity_text": "5%，每年1次",
        "period_text": "2027年3月—11月",
        "lead": {"item_text": LEAD_ITEM},
        "cooperating": [
            {"department": "nz-scjg", "item_text": MARKET_ITEM},
            {"department": "nz-swj", "item_text": TAX_ITEM},
        ],
        "strata": [
            {"name": "A类", "risk_class": "A", "ratio_per_ten_thousand": 100},
            {"name": "D类", "risk_class": "D", "ratio_per_ten_thousand": 5000},
        ],
    })
}

/// The people of a plan's life.
pub struct Actors {
    pub editor: Caller,
    pub head: Caller,
    pub market: Caller,
    pub tax: Caller,
    pub legal: Caller,
    pub organiser: Caller,
}

impl Actors {
    pub async fn of(suite: &Suite) -> Self {
        Self {
            editor: suite.clerk("nz-rsj", &["lead_editor"]).await,
            head: suite.clerk("nz-rsj", &["lead_head"]).await,
            market: suite.clerk("nz-scjg", &["coop_editor"]).await,
            tax: suite.clerk("nz-swj", &["coop_editor"]).await,
            legal: suite.clerk("nz-sfj", &["legal"]).await,
            organiser: suite.clerk("nz-scjg", &["organiser"]).await,
        }
    }

    /// The item that the plan is about, published today.
    pub async fn publish_item(&self) -> Uuid {
        let item = json!({
            "field": "劳动用工监管", "lead_item": LEAD_ITEM,
            "lead_basis": "《中华人民共和国劳动法》第八十五条", "subject_desc": "企业、个体经济组织",
            "organising_levels": ["county"], "supervision_levels": ["county"], "inspection_methods": ["double_random"],
            "cooperating": [
                {"department": "nz-scjg", "item": MARKET_ITEM, "basis": "《中华人民共和国公司法》第二百五十条"},
                {"department": "nz-swj", "item": TAX_ITEM, "basis": "《中华人民共和国税收征收管理法》第五十四条"},
            ],
        });
        let made = self.editor.post("/v1/supervision-items", &item).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        self.editor.post(&format!("{path}/submit"), &json!({})).await.expect(200);
        for who in [&self.market, &self.tax] {
            who.post(&format!("{path}/confirm"), &json!({})).await.expect(200);
        }
        self.legal.post(&format!("{path}/legal-pass"), &json!({})).await.expect(200);
        self.organiser.post(&format!("{path}/accept"), &json!({})).await.expect(200);
        self.organiser.post(&format!("{path}/publish"), &json!({})).await.expect(200);
        made.json()["id"].as_str().unwrap().parse().unwrap()
    }

    /// The days off of the plan's year, which is not known when the suite starts.
    pub async fn know_the_calendar(&self) {
        let notice = json!({"source": "测试用放假安排2027", "days": [{"date": "2027-01-01", "kind": "off"}]});
        let answer = self.organiser.post("/v1/calendar-years/2027", &notice).await;
        assert!(matches!(answer.status(), 201 | 409), "{answer}");
    }

    async fn step(&self, who: &Caller, path: &str, verb: &str) {
        who.post(&format!("{path}/{verb}"), &json!({"reason": "按程序办理"})).await.expect(200);
    }

    /// A plan that every department has signed; gives its path.
    pub async fn signed(&self) -> String {
        self.publish_item().await;
        let made = self.editor.post("/v1/plans", &plan()).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        self.step(&self.editor, &path, "pass-lint").await;
        self.step(&self.market, &path, "sign").await;
        self.step(&self.tax, &path, "sign").await;
        path
    }

    /// A plan that was handed in.
    pub async fn submitted(&self) -> String {
        self.know_the_calendar().await;
        let path = self.signed().await;
        self.step(&self.editor, &path, "submit").await;
        path
    }

    /// From the hand-in to the publication.
    pub async fn publish(&self, path: &str) {
        self.step(&self.organiser, path, "merge").await;
        self.step(&self.head, path, "approve").await;
        self.legal
            .post(&format!("{path}/file"), &json!({"filing_no": "南司备〔2026〕1号"}))
            .await
            .expect(200);
        self.step(&self.organiser, path, "publish").await;
    }
}

/// Sends a file to the import.
async fn import(who: &Caller, query: &str, media: &str, bytes: Vec<u8>) -> Answer {
    who.send(Method::POST, &format!("/v1/plan-imports{query}"), &[("content-type", media)], bytes).await
}

/// The blank form as the notice has it, filled in by hand for one plan.
fn filled_form() -> Grid {
    let mut texts: Vec<Vec<String>> = vec![vec![title(2024)], COLUMNS.map(String::from).to_vec()];
    let row = |cells: [&str; 7]| cells.map(String::from).to_vec();
    texts.push(row([
        "1",
        "劳动用工联合检查",
        "牵头部门：区人社局",
        LEAD_ITEM,
        "企业、个体经济组织",
        "10%，1次/年",
        "2024年3月—11月",
    ]));
    texts.push(row(["", "", "配合部门：区市场监管局", MARKET_ITEM, "", "", ""]));
    texts.push(row(["", "", "税务局", TAX_ITEM, "", "", ""]));
    // A row of the blank form that nobody filled in.
    texts.push(row(["", "", "配合部门", "", "", "", ""]));
    texts.push(vec![note(jiff::civil::date(2024, 2, 23))]);
    let mut grid = Grid::from_text("Sheet1", &texts);
    grid.merges = [0, 1, 4, 5, 6].map(|c| Merge { r0: 2, c0: c, r1: 5, c1: c }).to_vec();
    grid.merges.push(Merge { r0: 0, c0: 0, r1: 0, c1: 6 });
    grid.header_rows = 2;
    grid
}

fn file(grid: Grid) -> Vec<u8> {
    Workbook::new(vec![grid]).write().unwrap()
}

fn set(grid: &mut Grid, row: usize, column: usize, text: &str) {
    grid.rows[row][column] = Cell::text(text);
}

fn codes(faults: &[FormFault]) -> Vec<(String, &'static str)> {
    faults.iter().map(|f| (f.cell().unwrap_or_default(), f.code)).collect()
}

/// `(cell, code)` of a report's findings, in its order.
fn findings(report: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    report["faults"].as_array().unwrap().iter().map(|f| (text(&f["cell"]), text(&f["code"]))).collect()
}

#[test]
fn the_filled_form_is_one_plan_with_three_departments() {
    let parsed = read(&file(filled_form())).unwrap();
    assert_eq!(parsed.faults, Vec::new());
    assert_eq!(parsed.year, Some(2024));
    let [plan] = parsed.plans.as_slice() else { panic!("{:?}", parsed.plans) };
    assert_eq!((plan.quantity.as_str(), plan.period.as_str()), ("10%，1次/年", "2024年3月—11月"));
    assert_eq!(
        plan.rows.iter().map(|r| r.item.as_str()).collect::<Vec<_>>(),
        [LEAD_ITEM, MARKET_ITEM, TAX_ITEM]
    );
    assert!(
        plan.rows.iter().all(|r| r.quantity.is_none()),
        "what is merged is the plan's, not the row's own"
    );
    assert_eq!(plan.place.rows, [3, 4, 5]);
}

#[test]
fn the_written_form_has_the_words_of_the_notice() {
    let parsed = read(&file(filled_form())).unwrap();
    let last_day = jiff::civil::date(2024, 2, 23);
    let book = workbook(2024, last_day, &parsed.plans);
    let grid = &book.grids[0];
    assert_eq!(grid.shown(0, 0), "南郑区跨部门综合监管工作计划（2024年度）");
    for (column, title) in (0u32..).zip(COLUMNS) {
        assert_eq!(grid.shown(1, column), title);
    }
    assert_eq!(COLUMNS[5], "检查数量\n（比例、频次）");
    for column in [0, 1, 4, 5, 6] {
        assert_eq!(grid.merge_at(4, column), Some(Merge { r0: 2, c0: column, r1: 4, c1: column }));
    }
    assert_eq!(grid.merge_at(3, 2), None);
    assert_eq!(
        grid.shown(5, 0),
        "注：各行业主管（牵头监管）部门于2024年2月23日前将年度监管计划报送区市场监管局（传真5512149、邮箱675607346@qq.com））。"
    );
    assert_eq!(grid.hidden_cols.iter().copied().collect::<Vec<_>>(), [7, 8]);
}

#[test]
fn cells_are_filled_down_without_a_merge_only_where_the_department_is_named() {
    let mut grid = filled_form();
    grid.merges.clear();
    let plan = &read(&file(grid.clone())).unwrap().plans[0];
    assert_eq!(plan.rows.len(), 3);
    set(&mut grid, 4, 5, "20户");
    let plan = &read(&file(grid.clone())).unwrap().plans[0];
    assert_eq!(plan.rows[2].quantity.as_deref(), Some("20户"), "a cell of its own is the row's");
    set(&mut grid, 3, 2, "");
    set(&mut grid, 4, 1, "另一计划");
    let found = codes(&read(&file(grid)).unwrap().faults);
    assert_eq!(found, [("D4".to_string(), "row_not_placed"), ("B5".to_string(), "continuation_differs")]);
}

#[test]
fn swapped_columns_block_other_titles_are_remarked_and_no_head_is_guessed() {
    let mut grid = filled_form();
    set(&mut grid, 1, 2, "监管事项");
    set(&mut grid, 1, 3, "监管的部门");
    let found = codes(&read(&file(grid.clone())).unwrap().faults);
    assert_eq!(found, [("C2".to_string(), "columns_swapped"), ("D2".to_string(), "column_title_differs")]);
    set(&mut grid, 1, 0, "编号");
    let parsed = read(&file(grid)).unwrap();
    assert_eq!((parsed.plans.len(), parsed.faults[0].code), (0, "form_not_recognised"));
}

/// Text as a cell may hold it: trimmed, with line breaks, and no mark that means something else.
fn text() -> impl Strategy<Value = String> {
    let wild = "[\\PC\n]{0,40}";
    let usual = "[一-龥《》（）、；—〔〕0-9a-zA-Z=+@\\-_%\"', ]{1,30}";
    prop_oneof![3 => usual, 1 => wild].prop_map(|t| clean(&t)).prop_filter("a mark", |t| {
        // A character that was lost before is no content; CSV readers refuse it. A bare label is a row nobody filled in.
        !t.contains('\u{FFFD}') && t != "牵头部门" && t != "配合部门"
    })
}

fn word() -> impl Strategy<Value = String> {
    text().prop_filter("empty", |t| !t.is_empty())
}

fn own() -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(0.3, word())
}

prop_compose! {
    fn row()(department in word(), item in text(), subject_desc in own(), quantity in own(), period in own()) -> FormRow {
        FormRow { department, item, subject_desc, quantity, period }
    }
}

prop_compose! {
    fn form_plan()(
        identity in prop::option::of((any::<u128>(), 1i64..1000)),
        (name, subject_desc, quantity, period) in (word(), text(), text(), text()),
        (lead, lead_item) in (word(), text()),
        rows in prop::collection::vec(row(), 0..4),
        kind in prop::sample::select(PlanKind::ALL),
        category in prop::sample::select(ItemCategory::ALL),
        method in prop::sample::select(InspectionMethod::ALL),
        kinds in prop::sample::subsequence(SubjectKind::ALL, 0..4),
    ) -> FormPlan {
        let lead = FormRow { department: lead, item: lead_item, ..FormRow::default() };
        FormPlan {
            name, subject_desc, quantity, period,
            rows: std::iter::once(lead).chain(rows).collect(),
            extra: Extra { kind: Some(kind), category: Some(category), method: Some(method), subject_kinds: Some(kinds) },
            id: identity.map(|(id, _)| Uuid::from_u128(id)),
            version: identity.map(|(_, version)| version),
            ..FormPlan::default()
        }
    }
}

/// Plans without the places where they were read, and without the year of an NDJSON line.
fn placeless(plans: Vec<FormPlan>) -> Vec<FormPlan> {
    plans.into_iter().map(|p| FormPlan { place: Default::default(), year: None, ..p }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn export_import_export_is_cell_equal(plans in prop::collection::vec(form_plan(), 1..6), year in 2020i16..2100) {
        let last_day = jiff::civil::date(year, 1, 31);
        let first = write(year, last_day, &plans).unwrap();
        let parsed = read(&first).unwrap();
        let blocking: Vec<_> = parsed.faults.iter().filter(|f| f.is_blocking()).collect();
        prop_assert!(blocking.is_empty(), "{blocking:?}");
        prop_assert_eq!(parsed.year, Some(year));
        prop_assert_eq!(placeless(parsed.plans.clone()), placeless(plans));
        let second = write(year, last_day, &parsed.plans).unwrap();
        prop_assert_eq!(first, second, "equal plans give equal bytes");
    }

    #[test]
    fn csv_and_ndjson_bring_back_what_they_were_given(plans in prop::collection::vec(form_plan(), 1..6)) {
        let csv = read_csv(&write_csv(&plans).unwrap()).unwrap();
        prop_assert_eq!(placeless(csv.plans), placeless(plans.clone()));
        if !plans.is_empty() {
            let lines = read_ndjson(&write_ndjson(2026, &plans).unwrap()).unwrap();
            prop_assert!(lines.plans.iter().all(|p| p.year == Some(2026)));
            prop_assert_eq!(placeless(lines.plans), placeless(plans));
        }
    }

    #[test]
    fn reading_any_grid_never_panics(rows in prop::collection::vec(prop::collection::vec("[0-9注：序号牵头部门配合\\PC]{0,6}", 0..10), 0..12)) {
        let mut texts = vec![COLUMNS.map(String::from).to_vec()];
        texts.extend(rows);
        let _ = read_workbook(&Workbook::new(vec![Grid::from_text("x", &texts)]));
    }
}

testkit::both! {
    async fn the_form_comes_in_with_its_year_its_links_and_goes_out_the_same(suite: Suite) {
        let actors = Actors::of(&suite).await;
        actors.publish_item().await;
        let form = file(filled_form());
        let before = suite.counts("inspections").await;
        let dry = import(&actors.editor, "", XLSX, form.clone()).await.expect(200).json();
        assert_eq!((&dry["dry_run"], &dry["written"], &dry["accepted"], &dry["blocked"]), (&json!(true), &json!(false), &json!(1), &json!(0)), "{dry}");
        assert_eq!(dry["faults"], json!([]), "the rules in force in 2024 have nothing against it: {dry}");
        assert_eq!(suite.counts("inspections").await, before, "a look writes nothing");
        let done = import(&actors.editor, "?dry_run=false", XLSX, form).await.expect(200).json();
        assert_eq!((&done["written"], done["items"][0]["action"].as_str()), (&json!(true), Some("create")));
        let id = done["items"][0]["id"].as_str().unwrap();
        let view = actors.editor.get(&format!("/v1/plans/{id}")).await.expect(200).json();
        assert_eq!((view["year"].as_i64(), view["code"].as_str()), (Some(2024), Some("2024-nz-rsj-001")));
        assert_eq!(view["due_date"], "2024-02-23", "the notice's own last day for 2024");
        assert_eq!(view["parts"][2]["department"], "nz-swj");
        assert!(view["parts"].as_array().unwrap().iter().all(|p| p["item_id"].is_string()), "{view}");
        assert_eq!(view["period"], json!({"from": "2024-03-01", "to": "2024-11-30"}));

        let out = actors.editor.get("/v1/plans/export?year=2024").await;
        assert_eq!(out.expect(200).header("content-type"), Some(XLSX));
        let book = Workbook::read(out.bytes(), &table_kit::Limits::default()).unwrap();
        let shown: Vec<Vec<String>> = book.grids[0].rows.iter().map(|r| r.iter().take(7).map(|c| c.shown.clone()).collect()).collect();
        let typed = filled_form();
        for (out, typed) in shown.iter().zip(&typed.rows).take(5) {
            let mut expected: Vec<String> = typed.iter().map(|c| c.shown.clone()).collect();
            expected.resize(7, String::new());
            assert_eq!(*out, expected, "as it was typed");
        }
        assert_eq!(shown[5][0], typed.rows[6][0].shown, "the note");
    }

    async fn an_export_comes_in_again_and_changes_nothing(suite: Suite) {
        let actors = Actors::of(&suite).await;
        actors.submitted().await;
        let mut second = plan();
        second["name"] = json!("第二项计划");
        second["cooperating"][1]["quantity_text"] = json!("20户");
        actors.editor.post("/v1/plans", &second).await.expect(201);
        for (format, media) in [("xlsx", XLSX), ("csv", "text/csv"), ("ndjson", "application/x-ndjson")] {
            let url = format!("/v1/plans/export?year=2027&format={format}");
            let first = actors.organiser.get(&url).await;
            let query = if format == "csv" { "?dry_run=false&year=2027" } else { "?dry_run=false" };
            let report = import(&actors.organiser, query, media, first.expect(200).bytes().to_vec()).await.expect(200).json();
            assert!(report["items"].as_array().unwrap().iter().all(|i| i["action"] == "unchanged"), "{format}: {report}");
            assert_eq!(report["accepted"], 2);
            let again = actors.organiser.get(&url).await;
            assert_eq!(first.bytes(), again.bytes(), "{format}");
        }
    }

    async fn a_draft_is_changed_by_its_exported_row(suite: Suite) {
        let actors = Actors::of(&suite).await;
        let made = actors.editor.post("/v1/plans", &plan()).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let out = actors.editor.get("/v1/plans/export?year=2027").await;
        let mut book = Workbook::read(out.expect(200).bytes(), &table_kit::Limits::default()).unwrap();
        set(&mut book.grids[0], 2, 5, "不低于3%");
        let bytes = book.write().unwrap();
        let done = import(&actors.editor, "?dry_run=false", XLSX, bytes.clone()).await.expect(200).json();
        assert_eq!(done["items"][0]["action"], "update");
        let view = actors.editor.get(&path).await.expect(200).json();
        assert_eq!((view["quantity"]["ratio"]["bound"].as_str(), view["version"].as_i64()), (Some("at_least"), Some(2)));
        assert_eq!(view["strata"].as_array().unwrap().len(), 2, "what the form lacks stays");
        // Somebody else changes it meanwhile: the old file may not overwrite that.
        let etag = actors.editor.get(&path).await.etag();
        actors.editor.patch(&path, &etag, &json!({"note": "已改"})).await.expect(200);
        set(&mut book.grids[0], 2, 5, "5%");
        let refused = import(&actors.editor, "?dry_run=false", XLSX, book.write().unwrap()).await.expect(422).json();
        assert_eq!((refused["code"].as_str(), refused["errors"][0]["code"].as_str()), (Some("import_blocked"), Some("changed_since_export")));
    }

    async fn nothing_is_written_while_one_cell_blocks(suite: Suite) {
        let actors = Actors::of(&suite).await;
        let mut grid = filled_form();
        grid.merges.retain(|m| m.r0 == 0);
        let mut bad: Vec<Cell> = grid.rows[2].clone();
        bad[0] = Cell::text("2");
        bad[1] = Cell::text("另一计划");
        bad[2] = Cell::text("区没有此局");
        bad[5] = Cell::text("看情况");
        bad[6] = Cell::text("2023年11月—2024年1月");
        grid.rows.insert(5, bad);
        let mut coop: Vec<Cell> = grid.rows[3].clone();
        coop[2] = Cell::text("税务局");
        grid.rows.insert(6, coop);
        let bytes = file(grid);
        let report = import(&actors.editor, "", XLSX, bytes.clone()).await.expect(200).json();
        let actions: Vec<_> = report["items"].as_array().unwrap().iter().map(|i| i["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["create", "blocked"]);
        let found = findings(&report);
        for expected in [("C6", "unknown_department"), ("G6", "period_outside_year"), ("F6", "quantity_unparsed"), ("D3", "item_not_linked")] {
            assert!(found.contains(&(expected.0.to_string(), expected.1.to_string())), "{expected:?} in {found:?}");
        }
        let before = suite.counts("inspections").await;
        let refused = import(&actors.editor, "?dry_run=false", XLSX, bytes).await;
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
        assert_eq!(refused.expect(422).json()["report"]["written"], false);
        assert_eq!(suite.counts("inspections").await, before);
    }

    async fn other_departments_plans_and_hostile_files_are_refused(suite: Suite) {
        let actors = Actors::of(&suite).await;
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        let report = import(&stranger, "", XLSX, file(filled_form())).await.expect(200).json();
        assert_eq!(findings(&report)[0], ("C3".to_string(), "other_department".to_string()));
        suite.clerk("nz-slj", &["inspector"]).await.get("/v1/plans/export").await.expect(403);
        let mut ole2 = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        ole2.resize(4096, 0);
        for (bytes, code) in [(ole2, "unsupported_format"), (Vec::new(), "empty_file"), (b"hello".to_vec(), "format_mismatch")] {
            let problem = import(&actors.editor, "", XLSX, bytes).await.expect(422).json();
            assert_eq!(problem["code"], code, "{problem}");
        }
        let head = COLUMNS.map(|c| format!("\"{c}\"")).join(",");
        let csv = format!("{head}\r\n1,=cmd|' /C calc'!A0,区人社局,检查,企业,5%,全年\r\n,,税务局,检查,,,\r\n");
        let report = import(&actors.editor, "?year=2027", "text/csv", csv.into_bytes()).await.expect(200).json();
        assert!(findings(&report).contains(&("B3".to_string(), "formula_refused".to_string())), "{report}");
        let csv = format!("{head}\r\n1,计划,区人社局,检查,企业,5%,全年\r\n,,税务局,检查,,,\r\n");
        let report = import(&actors.editor, "", "text/csv", csv.into_bytes()).await.expect(200).json();
        assert_eq!(findings(&report)[0].1, "year_missing");
        import(&actors.editor, "?format=csv", XLSX, file(filled_form())).await.expect(400);
    }

    async fn what_the_rules_have_against_a_plan_is_said_and_does_not_stop_the_import(suite: Suite) {
        let actors = Actors::of(&suite).await;
        actors.publish_item().await;
        let head = COLUMNS.map(|c| format!("\"{c}\"")).join(",");
        // The item is published today; a check in January was unlawful (国办发〔2024〕54号).
        let csv = format!("{head}\r\n1,计划,区人社局,{LEAD_ITEM},企业,5%,全年\r\n,,税务局,{TAX_ITEM},,,\r\n");
        let report = import(&actors.editor, "?year=2026&dry_run=false", "text/csv", csv.into_bytes()).await.expect(200).json();
        assert_eq!((&report["written"], report["items"][0]["action"].as_str()), (&json!(true), Some("create")), "{report}");
        let faults = report["faults"].as_array().unwrap();
        let ruled = faults.iter().find(|f| f["code"] == "rule_blocks").unwrap_or_else(|| panic!("{report}"));
        assert!(ruled["hint"].as_str().unwrap().starts_with("ENF-04"), "{ruled}");
        let id = report["items"][0]["id"].as_str().unwrap();
        let refused = actors.editor.post(&format!("/v1/plans/{id}/pass-lint"), &json!({})).await.expect(409).json();
        assert_eq!(refused["code"], "rules_block");
    }
}
