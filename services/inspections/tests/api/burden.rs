//! The burden ledger and published caps: what counts, what is left, when the next visit is lawful.

use crate::entry::subject;
use serde_json::{Value, json};
use testkit::{Answer, Caller, Suite};

/// A planned on-site visit of one organ.
pub fn visit(subject: &str, organ: &str, (from, to): (&str, &str)) -> Value {
    json!({"kind": "routine", "method": "site_verification", "on_site": true, "subject_id": subject,
        "planned_from": from, "planned_to": to, "tasks": [{"organ_code": organ, "item_text": "对用工情况的检查"}]})
}

/// Adds it.
pub async fn plan_visit(who: &Caller, body: &Value) -> Answer {
    let made = who.post("/v1/visits", body).await;
    made.expect(201);
    made
}

fn cap(year: i16, cap: u32) -> Value {
    json!({"year": year, "cap": cap, "published_on": "2026-01-15", "source": "南郑区行政检查频次上限公告"})
}

testkit::both! {
    async fn a_cap_is_published_and_never_sinks_below_the_law(suite: Suite) {
        let rsj = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let first = rsj.post("/v1/visit-caps", &cap(2026, 1)).await.expect(200).json();
        assert_eq!((first["organ_code"].as_str(), first["version"].as_i64(), first["field"].as_str()), (Some("nz-rsj"), Some(1), Some("")));
        let second = rsj.post("/v1/visit-caps", &cap(2026, 3)).await.expect(200).json();
        assert_eq!((second["cap"].as_i64(), second["version"].as_i64()), (Some(3), Some(2)));
        let mut low = cap(2026, 1);
        (low["legal_minimum"], low["field"]) = (json!(2), json!("食品经营"));
        let refused = rsj.post("/v1/visit-caps", &low).await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], "cap_below_legal_minimum");
        low["cap"] = json!(2);
        rsj.post("/v1/visit-caps", &low).await.expect(200);
        let mut foreign = cap(2026, 1);
        foreign["organ_code"] = json!("nz-scjg");
        assert_eq!(rsj.post("/v1/visit-caps", &foreign).await.expect(403).json()["code"], "other_department");
        let list = rsj.get("/v1/visit-caps?organ_code=nz-rsj&limit=1").await.expect(200).json();
        let next = list["next"].as_str().unwrap();
        let rest = rsj.get(&format!("/v1/visit-caps?organ_code=nz-rsj&limit=1&cursor={next}")).await.expect(200).json();
        assert_eq!((list["items"][0]["field"].as_str(), rest["items"][0]["field"].as_str()), (Some(""), Some("食品经营")));
        assert_eq!(suite.events("inspections", "cn.lianjian.visit_cap.").await.len(), 3);
    }

    async fn the_ledger_counts_every_organ_and_tells_the_next_lawful_month(suite: Suite) {
        let rsj = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let scjg = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let id = subject(&rsj, 10).await;
        let today = suite.clock.today();
        rsj.post("/v1/visit-caps", &cap(today.year(), 1)).await.expect(200);
        let day = today.to_string();
        plan_visit(&rsj, &visit(&id, "nz-rsj", (&day, &day))).await;
        let mut complaint = visit(&id, "nz-scjg", (&day, &day));
        (complaint["kind"], complaint["trigger_ground"]) = (json!("complaint"), json!("12345-2026-000123"));
        plan_visit(&scjg, &complaint).await;
        let ledger = scjg.get(&format!("/v1/burden-ledgers/{id}?year={}", today.year())).await.expect(200).json();
        assert_eq!((ledger["planned"].as_i64(), ledger["visits"].as_i64()), (Some(2), Some(0)));
        assert_eq!(ledger["entries"].as_array().unwrap().len(), 2);
        let organ = |code: &str| ledger["organs"].as_array().unwrap().iter().find(|o| o["organ_code"] == code).unwrap().clone();
        let (labour, market) = (organ("nz-rsj"), organ("nz-scjg"));
        assert_eq!((labour["counted"].as_i64(), labour["remaining"].as_i64()), (Some(1), Some(0)));
        assert_eq!(labour["next_lawful_month"], format!("{}-01-01", today.year() + 1));
        // A complaint does not use the cap (FRQ-02).
        assert_eq!((market["counted"].as_i64(), market["exempt"].as_i64(), market["cap"].as_i64()), (Some(0), Some(1), Some(2)));
        assert_eq!(market["next_lawful_month"], today.first_of_month().to_string());
        assert!(ledger["rule_pack"].as_str().unwrap().starts_with("default-"));
        scjg.get(&format!("/v1/burden-ledgers/{}", uuid::Uuid::now_v7())).await.expect(404);
        // Before the first rule pack nothing can be counted: that is no outage.
        assert_eq!(scjg.get(&format!("/v1/burden-ledgers/{id}?year=2000")).await.expect(409).json()["code"], "rule_pack_missing");
        suite.clerk("nz-rsj", &["system_admin"]).await.get(&format!("/v1/burden-ledgers/{id}")).await.expect(403);
    }
}
