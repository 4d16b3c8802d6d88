//! Entries that are no inspection: recorded by who entered, counted in the subject's burden (ENF-14).

use serde_json::{Value, json};
use testkit::{Caller, Suite};

/// A company of the registry; gives its id.
pub async fn subject(who: &Caller, n: u32) -> String {
    let body = json!({
        "kind": "enterprise", "name": format!("汉中南郑样例{n}号有限公司"), "identifier": testkit::uscc(70_000 + n),
        "region_code": "610703102", "departments": ["nz-rsj", "nz-scjg"],
    });
    who.post("/v1/subjects", &body).await.expect(201).json()["id"].as_str().unwrap().to_string()
}

fn entry(subject: &str, day: &str) -> Value {
    json!({"subject_id": subject, "kind": "research", "entered_on": day, "minutes": 90, "persons": 4,
        "purpose": "了解用工情况", "documents_asked": ["用工花名册", "营业执照"]})
}

testkit::both! {
    async fn an_entry_is_recorded_corrected_and_counted_as_a_burden(suite: Suite) {
        let rsj = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let scjg = suite.clerk("nz-scjg", &["inspector"]).await;
        let id = subject(&rsj, 1).await;
        let today = suite.clock.today().to_string();
        let made = rsj.post("/v1/non-inspection-entries", &entry(&id, &today)).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let view = made.json();
        assert_eq!((view["organ_code"].as_str(), view["version"].as_i64()), (Some("nz-rsj"), Some(1)));
        let fixed = rsj.patch(&path, &made.etag(), &json!({"minutes": 120})).await.expect(200).json();
        assert_eq!((fixed["minutes"].as_i64(), fixed["purpose"].as_str()), (Some(120), Some("了解用工情况")));
        rsj.patch(&path, &made.etag(), &json!({"minutes": 60})).await.expect(412);
        let mut second = entry(&id, &today);
        second["documents_asked"] = json!(["营业执照"]);
        scjg.post("/v1/non-inspection-entries", &second).await.expect(201);

        let ledger = scjg.get(&format!("/v1/burden-ledgers/{id}")).await.expect(200).json();
        assert_eq!((ledger["other_entries"].as_i64(), ledger["visits"].as_i64(), ledger["minutes"].as_i64()), (Some(2), Some(0), Some(210)));
        assert_eq!(ledger["entries"][0]["is_counted"], false);
        assert_eq!(ledger["asked_again"], json!([{"document": "营业执照", "times": 2}]));
        assert_eq!(suite.audit("inspections", view["id"].as_str().unwrap()).await.len(), 2);
        assert_eq!(suite.events("inspections", "cn.lianjian.entry.").await.len(), 3);
    }

    async fn another_organs_entry_is_as_absent_as_none(suite: Suite) {
        let rsj = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let other = suite.clerk("nz-slj", &["lead_editor"]).await;
        let id = subject(&rsj, 2).await;
        let today = suite.clock.today().to_string();
        let made = rsj.post("/v1/non-inspection-entries", &entry(&id, &today)).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        other.get(&path).await.expect(404);
        assert_eq!(other.get("/v1/non-inspection-entries").await.expect(200).json()["items"], json!([]));
        assert_eq!(rsj.get("/v1/non-inspection-entries?kind=research").await.json()["items"].as_array().unwrap().len(), 1);
        let mut foreign = entry(&id, &today);
        foreign["organ_code"] = json!("nz-rsj");
        assert_eq!(other.post("/v1/non-inspection-entries", &foreign).await.expect(403).json()["code"], "other_department");
    }

    async fn every_fault_of_an_entry_is_named(suite: Suite) {
        let rsj = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let id = subject(&rsj, 3).await;
        let tomorrow = suite.clock.today().tomorrow().unwrap().to_string();
        let mut bad = entry(&id, &tomorrow);
        bad["purpose"] = json!("  ");
        let refused = rsj.post("/v1/non-inspection-entries", &bad).await.expect(422).json();
        let codes: Vec<&str> = refused["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["date_in_future", "bad_text"]);
        let mut nobody = entry(&id, &suite.clock.today().to_string());
        nobody["subject_id"] = json!(uuid::Uuid::now_v7());
        let refused = rsj.post("/v1/non-inspection-entries", &nobody).await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], "unknown_subject");
        nobody["kind"] = json!("inspection");
        rsj.post("/v1/non-inspection-entries", &nobody).await.expect(422);
    }
}
