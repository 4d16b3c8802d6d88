//! The template of the registry in and out: dry run, blocking rows, whole or row by row, and back again unchanged.

use crate::helpers::{XLSX, import, inspector};
use inspections::forms::inspectors::{COLUMNS, InspectorLine, write_csv, write_xlsx};
use serde_json::{Value, json};
use testkit::{Answer, Caller, Suite};

const ROW: [&str; 21] = [
    "SJ-101",
    "李示例",
    "男",
    "61072119900307123X",
    "13800001234",
    "本科",
    "法学",
    "食品药品管理类",
    "2019-07-01",
    "药品检查员、保化检查员",
    "B03.食品经营单位证后监管",
    "南郑区",
    "区级",
    "科员",
    "一级科员",
    "食品股",
    "保化组长",
    "27070315101",
    "2024-01-01至2030-12-31",
    "陕西省司法厅",
    "在岗",
];

fn row(staff_no: &str, certificate: &str) -> [String; 21] {
    let mut cells = ROW.map(String::from);
    cells[0] = staff_no.to_string();
    cells[3] = String::new();
    cells[17] = certificate.to_string();
    if certificate.is_empty() {
        cells[18..20].fill(String::new());
    }
    cells
}

fn lines(rows: &[[String; 21]]) -> Vec<InspectorLine> {
    rows.iter().map(|cells| InspectorLine { cells: cells.clone(), row: 0, sheet: false }).collect()
}

async fn csv(who: &Caller, query: &str, rows: &[[String; 21]]) -> Answer {
    import(who, &format!("/v1/inspector-imports{query}"), "text/csv", write_csv(&lines(rows)).unwrap()).await
}

fn actions(report: &Value) -> Vec<&str> {
    report["items"].as_array().unwrap().iter().map(|i| i["action"].as_str().unwrap()).collect()
}

testkit::both! {
    async fn a_file_is_looked_at_first_and_written_when_asked(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let rows = [ROW.map(String::from), row("SJ-102", "27070315102"), row("SJ-103", "")];
        let dry = csv(&editor, "", &rows).await.expect(200).json();
        assert_eq!((actions(&dry), &dry["written"]), (vec!["create", "create", "create"], &json!(false)));
        assert_eq!(editor.get("/v1/inspectors").await.json()["items"], json!([]));
        let done = csv(&editor, "?dry_run=false", &rows).await.expect(200).json();
        assert_eq!((&done["written"], &done["accepted"], &done["blocked"]), (&json!(true), &json!(3), &json!(0)));
        let page = editor.get("/v1/inspectors").await.expect(200).json();
        let states: Vec<&str> = page["items"].as_array().unwrap().iter().map(|i| i["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["qualified", "qualified", "registered"]);
        assert_eq!(page["items"][0]["qualifications"], json!(["保化检查员", "药品检查员"]));
        assert_eq!(page["items"][0]["is_leader"], json!(true));
        // Again: nothing changes.
        let again = csv(&editor, "?dry_run=false", &rows).await.expect(200).json();
        assert_eq!(actions(&again), ["unchanged"; 3], "{again}");
        assert_eq!(editor.get("/v1/inspectors").await.json()["items"].as_array().unwrap().len(), 3);
    }

    async fn an_export_is_masked_and_comes_in_again_and_changes_nothing(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        editor.post("/v1/inspectors", &inspector("SJ-001")).await.expect(201);
        for (format, media) in [("xlsx", XLSX), ("csv", "text/csv")] {
            let out = editor.get(&format!("/v1/inspectors/export?format={format}")).await;
            let bytes = out.expect(200).bytes().to_vec();
            if format == "csv" {
                let text = out.text();
                assert!(text.contains("王*") && text.contains("138****1234") && !text.contains("13800001234"), "{text}");
                assert!(text.contains(COLUMNS[20]));
            }
            let again = import(&editor, "/v1/inspector-imports?dry_run=false", media, bytes).await;
            assert_eq!(actions(&again.expect(200).json()), ["unchanged"], "{}", again.text());
        }
        suite.clerk("nz-slj", &["lead_editor"]).await.get("/v1/inspectors/export?format=csv").await.expect(200);
    }

    async fn one_blocking_row_blocks_the_whole_unless_row_by_row(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let mut bad = row("SJ-102", "27070315102");
        bad[4] = "0916-5512149".to_string();
        bad[18] = "长期".to_string();
        let rows = [row("SJ-101", "27070315101"), bad, row("SJ-101", "27070315103")];
        let refused = csv(&editor, "?dry_run=false", &rows).await;
        let problem = refused.expect(422).json();
        assert_eq!(problem["code"], "import_blocked");
        let mut found: Vec<(&str, &str)> = problem["report"]["faults"].as_array().unwrap().iter()
            .filter(|f| f["severity"] == "block").map(|f| (f["cell"].as_str().unwrap(), f["code"].as_str().unwrap())).collect();
        found.sort_unstable();
        assert_eq!(found, [("A4", "row_repeated"), ("E3", "not_mobile"), ("S3", "bad_date")]);
        assert!(!refused.text().contains("5512149"));
        assert_eq!(editor.get("/v1/inspectors").await.json()["items"], json!([]));
        let partial = csv(&editor, "?dry_run=false&mode=partial", &rows).await.expect(200).json();
        assert_eq!((actions(&partial), &partial["written"]), (vec!["create", "blocked", "blocked"], &json!(true)));
        assert_eq!(editor.get("/v1/inspectors").await.json()["items"].as_array().unwrap().len(), 1);
    }

    async fn a_row_that_points_at_two_people_or_at_another_organ_is_blocked(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        csv(&editor, "?dry_run=false", &[row("SJ-101", "27070315101"), row("SJ-102", "27070315102")]).await.expect(200);
        let mixed = csv(&editor, "", &[row("SJ-101", "27070315102")]).await.expect(200).json();
        assert_eq!((actions(&mixed), mixed["faults"][0]["code"].as_str()), (vec!["blocked"], Some("identity_conflict")));
        let other = suite.clerk("nz-slj", &["lead_editor"]).await;
        let taken = csv(&other, "", &[row("SL-001", "27070315101")]).await.expect(200).json();
        assert_eq!((actions(&taken), taken["faults"][0]["code"].as_str()), (vec!["blocked"], Some("other_department")));
        assert_eq!(csv(&other, "?organ_code=nz-scjg", &[row("SJ-103", "")]).await.expect(403).json()["code"], "other_department");
    }

    async fn a_file_of_another_shape_is_refused_with_its_reason(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let refused = import(&editor, "/v1/inspector-imports", "text/csv", "甲,乙\n1,2\n".into()).await;
        assert_eq!(refused.expect(422).json()["code"], "form_not_recognised");
        let refused = import(&editor, "/v1/inspector-imports", XLSX, b"PK\x03\x04nothing".to_vec()).await;
        refused.expect(422);
        let mut formula = row("SJ-101", "27070315101");
        formula[5] = "=HYPERLINK(1)".to_string();
        let sheet = write_xlsx(&lines(&[formula])).unwrap();
        import(&editor, "/v1/inspector-imports", XLSX, sheet).await.expect(200);
        let text = format!("{}\n=1+1,王示例\n", COLUMNS.join(","));
        let looked = import(&editor, "/v1/inspector-imports", "text/csv", text.into_bytes()).await.expect(200).json();
        assert!(looked["faults"].as_array().unwrap().iter().any(|f| f["code"] == "formula_refused"), "{looked}");
        let wrong = import(&editor, "/v1/inspector-imports?format=csv", XLSX, b"PK".to_vec()).await;
        assert_eq!(wrong.expect(400).json()["errors"][0]["code"], "format_mismatch");
    }
}
