//! Files come in: formats, modes, reports, repetition; and go out again.

use crate::support::encode;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write as _;
use testkit::{Caller, Suite, both};

async fn import(who: &Caller, query: &str, content_type: &str, body: Vec<u8>) -> Value {
    import_with_key(who, query, content_type, body, None).await
}

async fn import_with_key(
    who: &Caller,
    query: &str,
    content_type: &str,
    body: Vec<u8>,
    key: Option<&str>,
) -> Value {
    let mut headers = vec![("content-type", content_type)];
    if let Some(key) = key {
        headers.push(("idempotency-key", key));
    }
    let a = who.send(Method::POST, &format!("/v1/subject-imports{query}"), &headers, body).await;
    a.expect(202);
    let location = a.header("location").unwrap().to_string();
    testkit::poll("the import ends", async || {
        let o = who.get(&location).await;
        o.expect(200);
        let o = o.json();
        if o["state"] == "running" { Err(o.to_string()) } else { Ok(o) }
    })
    .await
}

async fn faults(who: &Caller, operation: &Value) -> Vec<Value> {
    let a = who
        .get(&format!("/subjects/v1/operations/{}/faults?limit=200", operation["id"].as_str().unwrap()))
        .await;
    a.expect(200);
    a.json()["items"].as_array().unwrap().clone()
}

fn csv() -> String {
    format!(
        "企业名称,注册号/统一社会信用代码,登记机关,管辖单位,code_check\n\
         导入甲有限公司,{},汉中市南郑区市场监督管理局,大河坎所,x\n\
         导入乙有限公司,610703000000018,南郑县工商局,汉山所,x\n\
         导入丙有限公司,6107031234567,南郑县工商局,汉山所,x\n\
         ,{},空名,空名,x\n\
         导入丁有限公司,91610703PDY00001X5,错码,汉山所,x\n",
        testkit::uscc(2001),
        testkit::uscc(2002)
    )
}

both! {
    async fn a_csv_with_chinese_headers_comes_in_with_a_report_by_line(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let o = import(&clerk, "", "text/csv", csv().into_bytes()).await;
        assert_eq!(o["state"], "succeeded", "{o}");
        let r = &o["result"];
        assert_eq!((&r["rows"], &r["created"], &r["rejected"]), (&json!(5), &json!(4), &json!(1)), "{r}");
        assert_eq!(r["identifiers"]["uscc_pass"], 1);
        assert_eq!(r["identifiers"]["reg15_pass"], 1);
        assert_eq!(r["identifiers"]["legacy_unverified"], 1);
        assert_eq!(r["identifiers"]["fail"], 1);
        let lines = faults(&clerk, &o).await;
        let told: Vec<(i64, &str)> = lines.iter().map(|f| (f["line"].as_i64().unwrap(), f["column"].as_str().unwrap())).collect();
        assert!(told.contains(&(1, "header")), "the unused column is named: {told:?}");
        assert!(told.contains(&(5, "name")) && told.contains(&(4, "identifier")) && told.contains(&(6, "identifier")), "{told:?}");
        let events = suite.events("subjects", "cn.lianjian.subject.created").await;
        assert_eq!(events.len(), 4);
    }
}

both! {
    async fn the_same_file_again_changes_nothing_and_a_new_one_overlays(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let first = import_with_key(&clerk, "", "text/csv", csv().into_bytes(), Some("k1")).await;
        let replay = import_with_key(&clerk, "", "text/csv", csv().into_bytes(), Some("k1")).await;
        assert_eq!(first["id"], replay["id"], "one key, one import");
        let other = clerk.send(Method::POST, "/v1/subject-imports", &[("content-type", "text/csv"), ("idempotency-key", "k1")], b"name\nx\n".to_vec()).await;
        other.expect(422);
        let again = import(&clerk, "", "text/csv", csv().into_bytes()).await;
        assert_eq!(again["result"]["unchanged"], 4, "{again}");
        let line = format!("{{\"name\":\"导入甲改名有限公司\",\"identifier\":\"{}\",\"address\":\"演示路\"}}\n", testkit::uscc(2001));
        let changed = import(&clerk, "", "application/x-ndjson", line.into_bytes()).await;
        assert_eq!(changed["result"]["updated"], 1, "{changed}");
        let found = clerk.get(&format!("/v1/subjects?identifier={}", testkit::uscc(2001))).await;
        let item = found.json()["items"][0].clone();
        assert_eq!(item["name"], "导入甲改名有限公司");
        assert_eq!(item["managing_unit"], "大河坎所", "what a row does not say stays");
        assert_eq!(item["version"], 2);
    }
}

both! {
    async fn an_atomic_import_takes_all_or_nothing(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let o = import(&clerk, "?mode=atomic", "text/csv", csv().into_bytes()).await;
        assert_eq!(o["state"], "failed", "{o}");
        assert_eq!(clerk.get("/v1/subjects").await.json()["items"], json!([]));
        assert!(!faults(&clerk, &o).await.is_empty());
        let good: String = csv().lines().filter(|l| !l.starts_with(',')).map(|l| format!("{l}\n")).collect();
        let o = import(&clerk, "?mode=atomic", "text/csv", good.into_bytes()).await;
        assert_eq!(o["state"], "succeeded", "{o}");
        assert_eq!(o["result"]["created"], 4);
    }
}

both! {
    async fn a_dry_run_tells_and_changes_nothing(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let o = import(&clerk, "?dry_run=true", "text/csv", csv().into_bytes()).await;
        assert_eq!(o["result"]["created"], 4, "{o}");
        assert_eq!(clerk.get("/v1/subjects").await.json()["items"], json!([]));
    }
}

both! {
    async fn gb18030_gzip_and_xlsx_come_in_too(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gz.write_all(csv().as_bytes()).unwrap();
        let o = import(&clerk, "?dry_run=true", "application/gzip", gz.finish().unwrap()).await;
        assert_eq!(o["result"]["rows"], 5, "{o}");
        let (gb, _, _) = encoding_rs::GB18030.encode("企业名称,统一社会信用代码\n国标编码有限公司,610703000000018\n");
        let o = import(&clerk, "", "text/csv", gb.into_owned()).await;
        assert_eq!(o["result"]["created"], 1, "{o}");
        let found = clerk.get(&format!("/v1/subjects?q={}", encode("国标编码"))).await;
        assert_eq!(found.json()["items"][0]["name"], "国标编码有限公司");
        let rows = vec![vec!["企业名称".to_string(), "统一社会信用代码".to_string()], vec!["表格有限公司".to_string(), testkit::uscc(2010)]];
        let book = table_kit::grid::Workbook::new(vec![table_kit::grid::Grid::from_text("名录", &rows)]).write().unwrap();
        let o = import(&clerk, "", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", book).await;
        assert_eq!(o["result"]["created"], 1, "{o}");
    }
}

both! {
    async fn hostile_files_are_refused_and_lose_nothing(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let send = async |content_type: &'static str, body: Vec<u8>| {
            clerk.send(Method::POST, "/v1/subject-imports", &[("content-type", content_type)], body).await
        };
        send("application/octet-stream", vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0, 0, 0]).await.expect(422);
        send("application/octet-stream", b"%PDF-1.7 xxxxxxxx".to_vec()).await.expect(422);
        send("text/csv", Vec::new()).await.expect(422);
        send("image/png", b"x".to_vec()).await.expect(415);
        let o = import(&clerk, "", "text/csv", "地址,电话\nx,y\n".as_bytes().to_vec()).await;
        assert_eq!(o["state"], "failed");
        assert!(o["result"]["stopped"].as_str().unwrap().contains("invalid"), "{o}");
        let mut bad = serde_json::to_vec(&json!({"name": "好行有限公司", "identifier": testkit::uscc(2020)})).unwrap();
        bad.extend_from_slice(b"\n{\"name\": \"cut\n{\"nonsense\": 1}\n");
        let o = import(&clerk, "", "application/x-ndjson", bad).await;
        assert_eq!((o["result"]["created"].as_i64(), o["result"]["rejected"].as_i64()), (Some(1), Some(2)), "{o}");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gz.write_all(csv().as_bytes()).unwrap();
        let mut cut = gz.finish().unwrap();
        cut.truncate(cut.len() - 6);
        let o = import(&clerk, "", "application/gzip", cut).await;
        assert!(o["result"]["stopped"].is_string(), "a cut file is told: {o}");
    }
}

both! {
    async fn what_goes_out_comes_in_again_unchanged(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        clerk.post("/v1/subjects", &json!({
            "kind": "enterprise", "name": "=HYPERLINK(1)\"引号\",有限公司", "identifier": testkit::uscc(2030),
            "region_code": "610703102", "address": "+86 演示路", "industry": "6210"
        })).await.expect(201);
        clerk.post("/v1/subjects", &json!({
            "kind": "premises", "name": "一号市场", "region_code": "610703001", "responsible_party": {"name": "演示公司"}
        })).await.expect(201);
        for (format, content_type) in [("csv", "text/csv"), ("ndjson", "application/x-ndjson"),
            ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")] {
            let file = clerk.get(&format!("/v1/subject-exports?format={format}")).await;
            file.expect(200);
            if format == "csv" {
                assert!(!file.text().contains("\n=") && !file.text().contains(",="), "no cell begins a formula");
            }
            let o = import(&clerk, "", content_type, file.bytes().to_vec()).await;
            assert_eq!((o["result"]["unchanged"].as_i64(), o["result"]["rejected"].as_i64()), (Some(2), Some(0)), "{format}: {o}");
        }
    }
}

both! {
    async fn only_ones_own_department_may_be_filled(suite: Suite) {
        let clerk = suite.clerk("nz-swj", &["lead_editor"]).await;
        let a = clerk.send(Method::POST, "/v1/subject-imports?department=nz-scjg", &[("content-type", "text/csv")], csv().into_bytes()).await;
        a.expect(403);
        let o = import(&clerk, "", "text/csv", csv().into_bytes()).await;
        let other = suite.clerk("nz-yjj", &["lead_editor"]).await;
        other.get(&format!("/subjects/v1/operations/{}", o["id"].as_str().unwrap())).await.expect(404);
    }
}
