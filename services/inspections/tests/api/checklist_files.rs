//! Checklist templates as files: dry run, blocking rows, twice the same file, an export that comes in again changed.

use crate::helpers::{XLSX, import};
use inspections::forms::checklists::{COLUMNS, FormPoint, FormTemplate, write_xlsx};
use serde_json::{Value, json};
use testkit::{Answer, Caller, Suite};

const PATH: &str = "/v1/checklist-template-imports";

/// As real systems write it: parts of the paper form below the points, a column that nobody needs.
const LIST: &str = "form,title,seq,check_content,method,rest\n\
    A01,直销检查记录表,1,是否亮照经营,查看证照,是□ 否□\n\
    A01,直销检查记录表,2,是否签订合同,,是□ 否□\n\
    A01,直销检查记录表,检查 结果,□未发现问题,,\n\
    A01,直销检查记录表,,□发现问题,,\n\
    A02,拍卖检查记录表,1,是否备案,,\n";

async fn csv(who: &Caller, query: &str, text: &str) -> Answer {
    import(who, &format!("{PATH}{query}"), "text/csv", text.as_bytes().to_vec()).await
}

async fn stored(who: &Caller) -> Vec<Value> {
    let page = who.get("/v1/checklist-templates").await.expect(200).json();
    page["items"].as_array().unwrap().clone()
}

fn actions(report: &Value) -> Vec<&str> {
    report["items"].as_array().unwrap().iter().map(|i| i["action"].as_str().unwrap()).collect()
}

fn blocking(report: &Value) -> Vec<(&str, &str)> {
    let faults = report["faults"].as_array().unwrap().iter().filter(|f| f["severity"] == "block");
    faults.map(|f| (f["cell"].as_str().unwrap_or("-"), f["code"].as_str().unwrap())).collect()
}

testkit::both! {
    async fn a_real_list_is_looked_at_first_written_when_asked_and_doubles_nothing(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let dry = csv(&editor, "", LIST).await.expect(200).json();
        assert_eq!((actions(&dry), &dry["written"], &dry["skipped"]), (vec!["create", "create"], &json!(false), &json!(2)));
        assert_eq!(stored(&editor).await, Vec::<Value>::new());
        let done = csv(&editor, "?dry_run=false", LIST).await.expect(200).json();
        assert_eq!((&done["written"], &done["accepted"], &done["blocked"]), (&json!(true), &json!(2), &json!(0)), "{done}");
        let rows = stored(&editor).await;
        assert_eq!((&rows[0]["item_number"], &rows[0]["organ_code"], &rows[0]["is_active"]), (&json!("A01"), &json!("nz-scjg"), &json!(true)));
        assert_eq!(rows[0]["points"], json!([{"key": null, "content": "是否亮照经营", "method": "查看证照", "basis": null},
            {"key": null, "content": "是否签订合同", "method": null, "basis": null}]));
        assert_eq!(suite.events("inspections", "cn.lianjian.checklist_template.created").await.len(), 2);
        assert_eq!(suite.events("inspections", "cn.lianjian.checklist_template_import.").await.len(), 1);
        // Again: nothing changes; with another word: that template, and only that one.
        assert_eq!(actions(&csv(&editor, "?dry_run=false", LIST).await.expect(200).json()), ["unchanged", "unchanged"]);
        let other = LIST.replace("是否备案", "是否依法备案");
        assert_eq!(actions(&csv(&editor, "?dry_run=false", &other).await.expect(200).json()), ["unchanged", "update"]);
        let rows = stored(&editor).await;
        assert_eq!((rows.len(), &rows[1]["version"], &rows[1]["points"][0]["content"]), (2, &json!(2), &json!("是否依法备案")));
    }

    async fn an_export_comes_in_again_and_a_stale_one_is_refused(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        csv(&editor, "?dry_run=false", LIST).await.expect(200);
        for (format, media) in [("xlsx", XLSX), ("csv", "text/csv"), ("ndjson", "application/x-ndjson")] {
            let out = editor.get(&format!("/v1/checklist-templates/export?format={format}")).await.expect(200).bytes().to_vec();
            let again = import(&editor, &format!("{PATH}?dry_run=false"), media, out).await.expect(200).json();
            assert_eq!(actions(&again), ["unchanged", "unchanged"], "{format}: {again}");
        }
        // An exported line carries id and version: the title may change, and somebody else's change is not lost.
        let lines = editor.get("/v1/checklist-templates/export?format=ndjson").await.expect(200).text();
        let first = lines.lines().next().unwrap().replace("直销检查记录表", "直销检查记录表（修订）").replace("\"is_active\":true", "\"is_active\":false");
        let changed = import(&editor, &format!("{PATH}?dry_run=false"), "application/x-ndjson", first.clone().into_bytes()).await;
        assert_eq!(actions(&changed.expect(200).json()), ["update"]);
        let row = &stored(&editor).await[0];
        assert_eq!((&row["title"], &row["is_active"], &row["version"]), (&json!("直销检查记录表（修订）"), &json!(false), &json!(2)));
        let stale = first.replace("（修订）", "（再修订）");
        let refused = import(&editor, &format!("{PATH}?dry_run=false"), "application/x-ndjson", stale.into_bytes()).await.expect(422).json();
        assert_eq!((refused["code"].as_str(), refused["report"]["faults"][0]["code"].as_str()), (Some("import_blocked"), Some("changed_since_export")));
        assert_eq!(stored(&editor).await[0]["version"], 2);
        // The active ones only; somebody else's organ sees none of it, and an empty export is the blank form.
        let active = editor.get("/v1/checklist-templates/export?format=ndjson&is_active=true").await.expect(200).text();
        assert_eq!(active.lines().count(), 1);
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        let blank = stranger.get("/v1/checklist-templates/export?format=csv").await.expect(200).text();
        assert_eq!((blank.trim().lines().count(), blank.contains(COLUMNS[1].0)), (1, true));
        let taken = import(&stranger, PATH, "application/x-ndjson", lines.into_bytes()).await.expect(200).json();
        let codes: Vec<&str> = blocking(&taken).iter().map(|(_, code)| *code).collect();
        assert_eq!(codes, ["other_department", "other_department"]);
    }

    async fn every_fault_is_named_at_its_cell_and_nothing_is_written(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let text = "检查表名称,检查内容,部门,是否启用\n甲表,第一项,,是\n,第一项。,,否\n乙表,=1+1,,\n丙表,一,没有此局,\n丁表,一,区水利局,\n戊表,,,\n";
        let refused = csv(&editor, "?dry_run=false", text).await.expect(422).json();
        let mut found = blocking(&refused["report"]);
        found.sort_unstable();
        let wanted = [("B3", "doubled_point"), ("B4", "formula_refused"), ("B7", "missing_value"), ("C5", "unknown_department"),
            ("C6", "other_department"), ("D3", "continuation_differs")];
        assert_eq!(found, wanted, "{refused}");
        assert_eq!(stored(&editor).await, Vec::<Value>::new());
        assert_eq!(csv(&editor, "?organ_code=nz-slj", LIST).await.expect(403).json()["code"], "other_department");
        assert_eq!(csv(&editor, "", "甲,乙\n1,2\n").await.expect(422).json()["code"], "form_not_recognised");
        let bad = import(&editor, PATH, "application/x-ndjson", b"{\"title\":\"a\",\"titel\":1}\n".to_vec()).await.expect(200).json();
        assert_eq!((&bad["faults"][0]["code"], &bad["faults"][0]["row"]), (&json!("bad_line"), &json!(1)));
        suite.clerk("nz-scjg", &["inspector"]).await.get("/v1/checklist-templates/export?format=csv").await.expect(200);
        assert_eq!(csv(&suite.clerk("nz-scjg", &["inspector"]).await, "", LIST).await.status(), 403);
    }

    async fn an_organiser_brings_in_a_workbook_of_several_organs(suite: Suite) {
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        let one = |organ: &str, title: &str| FormTemplate {
            title: title.to_string(),
            organ: organ.to_string(),
            points: ["甲", "乙"].map(|c| FormPoint { content: c.to_string(), ..FormPoint::default() }).to_vec(),
            ..FormTemplate::default()
        };
        let book = write_xlsx(&[one("nz-slj", "用水检查表"), one("区人社局", "用工检查表")]).unwrap();
        let done = import(&organiser, &format!("{PATH}?dry_run=false"), XLSX, book).await.expect(200).json();
        let organs: Vec<&str> = done["items"].as_array().unwrap().iter().map(|i| i["department"].as_str().unwrap()).collect();
        assert_eq!((organs, actions(&done)), (vec!["nz-slj", "nz-rsj"], vec!["create", "create"]));
        assert_eq!(stored(&suite.clerk("nz-slj", &["lead_editor"]).await).await.len(), 1);
    }
}
