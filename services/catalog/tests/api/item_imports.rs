//! Attachment 1 in and out: the seed's table with its exact findings, drafts changed by a file, CSV and NDJSON.

use crate::helpers::{People, XLSX, file, findings, import, official_cells, seed_table, set};
use catalog::forms::attachment1::{COLUMNS, NOTES, TITLE};
use serde_json::{Value, json};
use table_kit::grid::Workbook;
use testkit::Suite;

/// What the official example itself breaks, in the order of rows and columns.
const SEED_FINDINGS: [(&str, &str); 9] = [
    ("B3", "example_row"),
    ("E3", "ends_in_deng"),
    ("E3", "no_article"),
    ("G3", "district_read_as_county"),
    ("H3", "district_read_as_county"),
    ("K3", "no_article"),
    ("K3", "no_article"),
    ("K4", "ends_in_deng"),
    ("K4", "no_article"),
];

fn seed_findings(more: &[(&str, &str)]) -> Vec<(String, String)> {
    SEED_FINDINGS.iter().chain(more).map(|(cell, code)| ((*cell).to_string(), (*code).to_string())).collect()
}

testkit::both! {
    async fn the_seed_table_comes_in_with_exactly_its_own_warnings_and_goes_out_the_same(suite: Suite) {
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        let seed = file(seed_table());

        let dry = import(&organiser, "", XLSX, seed.clone()).await.expect(200).json();
        assert_eq!((&dry["dry_run"], &dry["written"], &dry["accepted"], &dry["blocked"], &dry["skipped"]),
            (&json!(true), &json!(false), &json!(0), &json!(0), &json!(1)), "{dry}");
        assert_eq!(findings(&dry), seed_findings(&[]));

        let left_out = import(&organiser, "?dry_run=false", XLSX, seed.clone()).await.expect(200).json();
        assert_eq!((&left_out["written"], &left_out["items"][0]["action"]), (&json!(true), &json!("skip_example")));

        // The first start holds the same example as a draft, so the imported one is remarked as a double.
        let written = import(&organiser, "?dry_run=false&include_example=true", XLSX, seed).await.expect(200).json();
        assert_eq!(written["items"][0]["action"], "create");
        assert_eq!(written["items"][0]["department"], "nz-rsj");
        assert_eq!(findings(&written), seed_findings(&[("D3", "possible_duplicate")]));
        let id = written["items"][0]["id"].as_str().unwrap();
        let item = organiser.get(&format!("/v1/supervision-items/{id}")).await.expect(200).json();
        assert_eq!((item["state"].as_str(), item["field"].as_str(), item["is_example"].as_bool()), (Some("draft"), Some("劳动用工监管"), Some(true)));
        assert_eq!(item["organising_levels"], json!(["county"]));
        assert_eq!(item["subject_kinds"], json!(["enterprise", "individual_business"]));
        assert_eq!(item["lead_bases"][0]["law"], "中华人民共和国劳动法");

        let out = organiser.get("/v1/supervision-items/export").await;
        assert_eq!(out.expect(200).header("content-type"), Some(XLSX));
        let cells = official_cells(out.bytes());
        let blank = |text: &str| { let mut row = vec![String::new(); 11]; row[0] = text.to_string(); row };
        assert_eq!(cells[0], blank(TITLE));
        assert_eq!(cells[1], COLUMNS);
        // Row 3 and 4 are the example of the first start, 5 and 6 the imported one: both as in the notice.
        let form = seed_table();
        for (row, seq) in [(2, "1"), (4, "2")] {
            for offset in 0..2 {
                let mut expected: Vec<String> = form.rows[2 + offset].iter().map(|c| c.shown.clone()).collect();
                if offset == 0 {
                    expected[0] = seq.to_string();
                }
                assert_eq!(cells[row + offset], expected);
            }
        }
        assert_eq!(cells[6..], NOTES.map(blank));
    }

    async fn an_export_comes_in_again_and_changes_nothing(suite: Suite) {
        let people = People::of(&suite).await;
        people.draft().await;
        let path = people.draft().await;
        people.publish(&path).await.expect(200);
        for (format, media) in [("xlsx", XLSX), ("csv", "text/csv"), ("ndjson", "application/x-ndjson")] {
            let url = format!("/v1/supervision-items/export?format={format}");
            let first = people.organiser.get(&url).await;
            let report = import(&people.organiser, "?dry_run=false", media, first.expect(200).bytes().to_vec()).await.expect(200).json();
            assert!(report["items"].as_array().unwrap().iter().all(|i| i["action"] == "unchanged"), "{format}: {report}");
            assert_eq!(report["accepted"], 3);
            let second = people.organiser.get(&url).await;
            assert_eq!(first.bytes(), second.bytes(), "{format}");
        }
    }

    async fn a_draft_is_changed_by_its_exported_row(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        let out = people.editor.get("/v1/supervision-items/export?state=draft").await;
        let mut book = Workbook::read(out.expect(200).bytes(), &table_kit::Limits::default()).unwrap();
        let row = book.grids[0].rows.iter().position(|r| r[3].shown.contains("签订劳动合同")).unwrap();
        set(&mut book.grids[0], row, 3, "对用人单位工资支付情况的监督检查");
        let bytes = book.write().unwrap();

        let dry = import(&people.editor, "?dry_run=true", XLSX, bytes.clone()).await.expect(200).json();
        let actions: Vec<_> = dry["items"].as_array().unwrap().iter().map(|i| i["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["unchanged", "update"]);
        assert_eq!(people.editor.get(&path).await.json()["version"], 1, "a dry run writes nothing");
        import(&people.editor, "?dry_run=false", XLSX, bytes.clone()).await.expect(200);
        let view = people.editor.get(&path).await.expect(200).json();
        assert_eq!((view["lead_item"].as_str(), view["version"].as_i64()), (Some("对用人单位工资支付情况的监督检查"), Some(2)));

        // Somebody else changes it meanwhile: the old file may not overwrite that.
        let etag = people.editor.get(&path).await.etag();
        people.editor.patch(&path, &etag, &json!({"subject_desc": "企业"})).await.expect(200);
        let refused = import(&people.editor, "?dry_run=false", XLSX, bytes).await.expect(422).json();
        assert_eq!(refused["code"], "import_blocked");
        assert_eq!(refused["errors"][0]["code"], "changed_since_export");
    }

    async fn nothing_is_written_while_one_cell_blocks(suite: Suite) {
        let people = People::of(&suite).await;
        let mut grid = seed_table();
        set(&mut grid, 2, 1, "劳动用工");
        let mut second: Vec<_> = grid.rows[2].clone();
        second[0] = table_kit::grid::Cell::text("2");
        second[2] = table_kit::grid::Cell::text("区人社局");
        second[6] = table_kit::grid::Cell::text("镇级");
        second[8] = table_kit::grid::Cell::text("区没有此局");
        grid.rows.insert(4, second.clone());
        second[0] = table_kit::grid::Cell::text("3");
        second[6] = table_kit::grid::Cell::text("县");
        second[8] = table_kit::grid::Cell::text("人社局");
        grid.rows.insert(5, second);
        let bytes = file(grid);
        let report = import(&people.editor, "", XLSX, bytes.clone()).await.expect(200).json();
        assert_eq!(report["blocked"], 3, "{report}");
        let blocking: Vec<(String, String)> = findings(&report).into_iter().take(3).collect();
        let expected = [("G5", "unknown_level"), ("I5", "unknown_department"), ("I6", "lead_is_cooperating")];
        assert_eq!(blocking, expected.map(|(c, k)| (c.to_string(), k.to_string())));
        let actions: Vec<_> = report["items"].as_array().unwrap().iter().map(|i| i["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["create", "blocked", "blocked"]);

        let before = suite.counts("catalog").await;
        let refused = import(&people.editor, "?dry_run=false", XLSX, bytes).await;
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
        let problem = refused.expect(422).json();
        assert_eq!((problem["code"].as_str(), problem["report"]["written"].as_bool()), (Some("import_blocked"), Some(false)));
        assert_eq!(problem["errors"].as_array().unwrap().len(), 3);
        assert_eq!(suite.counts("catalog").await, before);
    }

    async fn an_import_for_another_department_needs_a_district_wide_role(suite: Suite) {
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        let report = import(&stranger, "?include_example=true", XLSX, file(seed_table())).await.expect(200).json();
        assert_eq!(findings(&report)[0], ("C3".to_string(), "other_department".to_string()));
        let inspector = suite.clerk("nz-slj", &["inspector"]).await;
        import(&inspector, "", XLSX, file(seed_table())).await.expect(403);
    }

    async fn csv_in_gb18030_and_ndjson_come_in(suite: Suite) {
        let people = People::of(&suite).await;
        let csv = format!(
            "{}\r\n1,餐饮监管,区人社局,对用人单位工资支付情况的监督检查,《劳动法》第五十条,企业,县,县,区市场监管局,对登记事项的监督检查,《公司法》第七条\r\n\
             ,,,,,,,,区税务局,对缴税情况的监督检查,《税收征收管理法》第五十四条\r\n",
            COLUMNS.join(",")
        );
        let (bytes, _, _) = encoding_rs::GB18030.encode(&csv);
        let report = import(&people.editor, "?dry_run=false", "text/csv", bytes.into_owned()).await.expect(200).json();
        assert_eq!((&report["accepted"], &report["faults"]), (&json!(1), &json!([])), "{report}");
        let id = report["items"][0]["id"].as_str().unwrap();
        let item = people.editor.get(&format!("/v1/supervision-items/{id}")).await.expect(200).json();
        assert_eq!((item["cooperating"][1]["department"].as_str(), item["category"].as_str()), (Some("nz-swj"), Some("key")));

        let line = |field: &str, extra: &str| format!(
            r#"{{"field":"{field}","lead_department":"nz-rsj","lead_item":"对用人单位的监督检查","lead_basis":"《劳动法》第八十五条","subject_desc":"企业","organising_level":"county","supervision_level":"县","cooperating":[{{"department":"税务局","item":"对缴税情况的监督检查","basis":"《税收征收管理法》第五条"}}]{extra}}}"#
        );
        let good = format!("{}\n{}\n", line("甲", ""), line("乙", r#","category":"general","inspection_methods":["patrol"]"#));
        let report = import(&people.editor, "?dry_run=false&format=ndjson", "application/x-ndjson", good.into_bytes()).await.expect(200).json();
        assert_eq!(report["accepted"], 2, "{report}");
        let bad = format!("{}\n{}\n{{\"field\":1}}\n", line("甲", r#","unknown":1"#), line("乙", r#","field":"丙""#));
        let report = import(&people.editor, "", "application/x-ndjson", bad.into_bytes()).await.expect(200).json();
        let lines: Vec<_> = report["faults"].as_array().unwrap().iter().map(|f| (f["row"].as_u64().unwrap(), f["code"].as_str().unwrap())).collect();
        assert_eq!(lines, [(1, "bad_line"), (2, "bad_line"), (3, "bad_line")]);
        import(&people.editor, "?format=csv", XLSX, file(seed_table())).await.expect(400);
    }

    async fn what_the_form_lacks_rides_on_sheet_two(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        let out = people.editor.get("/v1/supervision-items/export").await;
        let mut book = Workbook::read(out.expect(200).bytes(), &table_kit::Limits::default()).unwrap();
        let extra = book.grids.iter_mut().find(|g| g.sheet_name == "补充信息").unwrap();
        assert_eq!((extra.shown(2, 2), extra.shown(2, 3)), ("重点", "双随机一公开、书面检查"));
        set(extra, 2, 2, "一般");
        set(extra, 2, 3, "飞行检查、双随机、一公开");
        import(&people.editor, "?dry_run=false", XLSX, book.write().unwrap()).await.expect(200);
        let view = people.editor.get(&path).await.expect(200).json();
        assert_eq!((&view["category"], &view["inspection_methods"]), (&json!("general"), &json!(["unannounced_check", "double_random"])));
        set(book.grids.iter_mut().find(|g| g.sheet_name == "补充信息").unwrap(), 2, 3, "神秘检查法");
        let report = import(&people.editor, "", XLSX, book.write().unwrap()).await.expect(200).json();
        assert_eq!(findings(&report)[0], ("D3".to_string(), "unknown_word".to_string()));
    }

    async fn exports_hold_what_the_caller_sees(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        people.publish(&path).await.expect(200);
        people.draft().await;
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        let count = |bytes: &[u8]| official_cells(bytes).iter().filter(|r| r[0].parse::<u32>().is_ok()).count();
        assert_eq!(count(stranger.get("/v1/supervision-items/export").await.expect(200).bytes()), 1);
        assert_eq!(count(people.editor.get("/v1/supervision-items/export").await.expect(200).bytes()), 3);
        let today = suite.clock.today();
        let in_force = people.editor.get(&format!("/v1/supervision-items/export?as_of={today}")).await;
        assert_eq!(count(in_force.expect(200).bytes()), 1);
        let lines = people.editor.get("/v1/supervision-items/export?format=ndjson&state=published").await;
        let line: Value = serde_json::from_str(lines.expect(200).text().lines().next().unwrap()).unwrap();
        assert_eq!(line["lead_department"], "区人社局");
        let inspector = suite.clerk("nz-slj", &["inspector"]).await;
        inspector.get("/v1/supervision-items/export").await.expect(403);
    }
}
