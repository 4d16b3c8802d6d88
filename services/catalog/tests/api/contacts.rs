//! The contact table: masks, scope, clear numbers, the form in and out.

use crate::helpers::XLSX;
use catalog::forms::attachment3::{self, COLUMNS, ContactLine, NOTE, TITLE};
use reqwest::Method;
use serde_json::{Value, json};
use table_kit::grid::Workbook;
use testkit::{Answer, Caller, Suite};

fn contact() -> Value {
    json!({
        "leader_name": "张三", "leader_title": "副局长", "leader_mobile": "138 0000 1234",
        "contact_name": "李四", "contact_title": "科长", "contact_mobile": "13900004321",
    })
}

fn lines(rows: &[[&str; 7]]) -> Vec<u8> {
    let lines: Vec<_> = rows.iter().map(|r| ContactLine { cells: r.map(String::from), row: 0 }).collect();
    attachment3::write(&lines, &[]).unwrap()
}

async fn import(who: &Caller, query: &str, bytes: Vec<u8>) -> Answer {
    who.send(Method::POST, &format!("/v1/contact-imports{query}"), &[("content-type", XLSX)], bytes).await
}

fn cells(answer: &Answer) -> Vec<Vec<String>> {
    let book = Workbook::read(answer.expect(200).bytes(), &table_kit::Limits::default()).unwrap();
    book.grids[0].rows.iter().map(|r| r.iter().map(|c| c.shown.clone()).collect()).collect()
}

testkit::both! {
    async fn numbers_are_masked_in_answers_and_sealed_at_rest(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let made = clerk.post("/v1/contacts", &contact()).await;
        let view = made.expect(201).json();
        assert_eq!((view["leader_mobile"].as_str(), view["contact_mobile"].as_str()), (Some("138****1234"), Some("139****4321")));
        let path = made.header("location").unwrap().to_string();
        let read = clerk.get(&path).await;
        assert_eq!(read.expect(200).header("cache-control"), Some("no-store"));
        let refused = clerk.post("/v1/contacts", &contact()).await;
        assert_eq!(refused.expect(409).json()["code"], "contact_exists");

        let mut bad = contact();
        bad["leader_mobile"] = json!("0916-5512149");
        bad["contact_mobile"] = json!("12345678901");
        let faults = clerk.post("/v1/contacts", &bad).await.expect(422).json();
        assert_eq!(faults["errors"].as_array().unwrap().len(), 2);

        let changed = clerk.patch(&path, &read.etag(), &json!({"contact_mobile": "13700000000", "leader_title": null})).await;
        assert_eq!(changed.expect(200).json()["contact_mobile"], "137****0000");
        clerk.patch(&path, &read.etag(), &json!({})).await.expect(412);
        clerk.delete(&path, &changed.etag()).await.expect(204);
        assert_eq!(clerk.get(&path).await.expect(200).json()["state"], "superseded");
        clerk.post("/v1/contacts", &contact()).await.expect(201);

        // Nothing that leaves by other doors holds a number.
        suite.seal("catalog").await;
        let id = view["id"].as_str().unwrap();
        let told = format!("{:?}{:?}", suite.events("catalog", "cn.lianjian.contact.").await, suite.audit("catalog", id).await);
        for secret in ["13800001234", "13900004321", "13700000000", "张三", "李四"] {
            assert!(!told.contains(secret), "{secret}");
        }
        let mut rows = String::new();
        for entry in std::fs::read_dir(suite.data_dir()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                rows.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
            }
        }
        assert!(!rows.contains("13900004321"));
    }

    async fn another_department_does_not_see_a_contact(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let made = clerk.post("/v1/contacts", &contact()).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        stranger.get(&path).await.expect(404);
        stranger.patch(&path, &made.etag(), &json!({})).await.expect(404);
        assert_eq!(stranger.get("/v1/contacts").await.expect(200).json()["items"], json!([]));
        let mut other = contact();
        other["organ_code"] = json!("nz-rsj");
        assert_eq!(stranger.post("/v1/contacts", &other).await.expect(403).json()["code"], "other_department");
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        assert_eq!(organiser.get("/v1/contacts?organ_code=nz-rsj").await.expect(200).json()["items"].as_array().unwrap().len(), 1);
    }

    async fn clear_numbers_need_a_right_and_a_reason_and_are_logged(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let made = clerk.post("/v1/contacts", &contact()).await.expect(201).json();
        let id = made["id"].as_str().unwrap();
        let path = format!("/v1/contacts/{id}/clear-phones?reason=%E8%81%94%E5%90%88%E6%A3%80%E6%9F%A5%E9%80%9A%E7%9F%A5");
        assert_eq!(clerk.get(&path).await.expect(403).json()["code"], "field_right_missing");
        let trusted = suite.account(json!({"department": "nz-rsj", "roles": ["lead_editor"], "fields": ["contact_clear"]})).await;
        trusted.get(&format!("/v1/contacts/{id}/clear-phones")).await.expect(400);
        let clear = trusted.get(&path).await;
        assert_eq!(clear.expect(200).json()["contact_mobile"], "13900004321");
        let audit = suite.audit("catalog", id).await;
        let last = audit.last().unwrap().to_string();
        assert!(last.contains("contact_clear_phones") && last.contains("联合检查通知"), "{last}");
        assert!(!last.contains("13900004321"));
        assert_eq!(trusted.get(&format!("/v1/contacts/{id}")).await.expect(200).json()["contact_mobile"], "139****4321");
        let elsewhere = suite.account(json!({"department": "nz-slj", "roles": ["lead_editor"], "fields": ["contact_clear"]})).await;
        elsewhere.get(&path).await.expect(404);
    }

    async fn the_form_comes_in_and_goes_out(suite: Suite) {
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        let rows = [
            ["区人社局", "张三", "副局长", "13800001234", "李四", "科长", "13900004321"],
            ["区税务局", "", "", "", "王五", "主任", "13700000001"],
        ];
        let dry = import(&organiser, "", lines(&rows)).await.expect(200).json();
        assert_eq!((&dry["accepted"], &dry["blocked"], &dry["faults"][0]["code"], &dry["faults"][0]["cell"]),
            (&json!(2), &json!(0), &json!("leader_missing"), &json!("B4")));
        assert_eq!(organiser.get("/v1/contacts").await.json()["items"], json!([]));
        import(&organiser, "?dry_run=false", lines(&rows)).await.expect(200);

        let out = organiser.get("/v1/contacts/export").await;
        let shown = cells(&out);
        assert_eq!((shown[0][0].as_str(), shown[1].as_slice()), (TITLE, COLUMNS.map(String::from).as_slice()));
        assert_eq!(shown[2], ["区人社局", "张三", "副局长", "138****1234", "李四", "科长", "139****4321"]);
        assert_eq!(shown[4][0], NOTE);
        // A masked export changes nothing when it comes in again.
        let again = import(&organiser, "?dry_run=false", out.bytes().to_vec()).await.expect(200).json();
        assert!(again["items"].as_array().unwrap().iter().all(|i| i["action"] == "unchanged"), "{again}");

        let trusted = suite.account(json!({"department": "nz-scjg", "roles": ["organiser"], "fields": ["contact_clear"]})).await;
        let clear = cells(&trusted.get("/v1/contacts/export").await);
        assert_eq!(clear[2][6], "13900004321");
        assert_eq!(suite.audit("catalog", "attachment-3").await.len(), 1, "a clear export is logged, a masked one is not");
        assert_eq!(cells(&trusted.get("/v1/contacts/export?masked=true").await)[2][6], "139****4321");
    }

    async fn a_bad_row_blocks_the_form_and_its_number_is_not_repeated(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let rows = [
            ["区人社局", "张\n三", "副局长", "0916-5512149", "李四", "科长", "139****9999"],
            ["区税务局", "", "", "", "王五", "主任", "13700000001"],
            ["无此局", "", "", "", "赵六", "", "13700000002"],
        ];
        let refused = import(&clerk, "?dry_run=false", lines(&rows)).await;
        let problem = refused.expect(422).json();
        let mut found: Vec<_> = problem["report"]["faults"].as_array().unwrap().iter()
            .filter(|f| f["severity"] == "block").map(|f| (f["cell"].as_str().unwrap(), f["code"].as_str().unwrap())).collect();
        found.sort_unstable();
        assert_eq!(found, [("A4", "other_department"), ("A5", "unknown_department"), ("B3", "control_character"), ("D3", "not_mobile"), ("G3", "masked_number")]);
        assert!(!refused.text().contains("5512149"));
        assert_eq!(clerk.get("/v1/contacts").await.json()["items"], json!([]));
    }
}
