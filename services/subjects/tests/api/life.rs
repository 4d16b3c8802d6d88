//! Registering, changing, as-of answers, states.

use crate::support::uscc_with;
use reqwest::Method;
use serde_json::json;
use testkit::{Suite, both};

both! {
    async fn a_subject_is_registered_read_and_told(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let a = clerk.post("/v1/subjects", &json!({
            "kind": "enterprise", "name": "汉中南郑测试餐饮（集团）有限公司", "identifier": testkit::uscc(1001),
            "region_code": "610703102", "industry": "6210", "phone": "13800000009", "departments": ["nz-yjj"]
        })).await;
        a.expect(201);
        let id = a.json()["id"].as_str().unwrap().to_string();
        assert_eq!(a.header("location"), Some(format!("/v1/subjects/{id}").as_str()));
        assert_eq!(a.header("etag"), Some("\"1\""));
        assert_eq!(a.json()["departments"], json!(["nz-scjg", "nz-yjj"]));
        assert!(!a.text().contains("13800000009"), "a phone never leaves in a view");

        let seen = clerk.get(&format!("/v1/subjects/{id}")).await;
        seen.expect(200);
        assert_eq!(seen.json()["has_phone"], true);
        let same = clerk.send(Method::GET, &format!("/v1/subjects/{id}"), &[("if-none-match", "\"1\"")], Vec::new()).await;
        same.expect(304);

        let events = suite.events("subjects", "cn.lianjian.subject.created").await;
        let event = events.iter().find(|e| e["subject"] == id.as_str()).expect("an event");
        assert_eq!(event["data"]["version"], 1);
        assert!(!event.to_string().contains("13800000009"));
        let audit = suite.audit("subjects", &id).await;
        assert_eq!(audit[0]["action"], "subject_create");
    }
}

both! {
    async fn a_change_ends_one_version_and_begins_the_next(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let a = clerk.post("/v1/subjects", &json!({
            "kind": "enterprise", "name": "旧名称有限公司", "identifier": testkit::uscc(1002),
            "region_code": "610703001", "effective_on": "2024-01-10"
        })).await;
        a.expect(201);
        let path = format!("/v1/subjects/{}", a.json()["id"].as_str().unwrap());
        let missing = clerk.send(Method::PATCH, &path, &[("content-type", "application/merge-patch+json")], b"{\"address\":\"x\"}".to_vec()).await;
        missing.expect(428);
        clerk.patch(&path, "\"9\"", &json!({"address": "x"})).await.expect(412);

        let b = clerk.patch(&path, "\"1\"", &json!({"name": "新名称有限公司", "address": "演示路1号", "effective_on": "2025-06-01"})).await;
        b.expect(200);
        assert_eq!(b.json()["version"], 2);
        let removed = clerk.patch(&path, "\"2\"", &json!({"address": null, "effective_on": "2025-07-01"})).await;
        removed.expect(200);
        assert!(removed.json()["address"].is_null());

        for (day, name) in [("2024-01-10", "旧名称有限公司"), ("2025-05-31", "旧名称有限公司"), ("2025-06-01", "新名称有限公司"), ("2026-01-01", "新名称有限公司")] {
            let then = clerk.get(&format!("{path}?as_of={day}")).await;
            then.expect(200);
            assert_eq!(then.json()["name"], name, "{day}");
        }
        clerk.get(&format!("{path}?as_of=2024-01-09")).await.expect(404);
        let back = clerk.patch(&path, "\"3\"", &json!({"name": "倒填", "effective_on": "2025-06-30"})).await;
        back.expect(422);
        assert_eq!(back.json()["errors"][0]["code"], "effective_before_current");

        let history = clerk.get(&format!("{path}/history")).await;
        history.expect(200);
        assert_eq!(history.json()["items"].as_array().unwrap().len(), 2);
        assert_eq!(history.json()["items"][0]["version"], 2);
    }
}

both! {
    async fn a_deregistered_subject_does_not_come_back(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let a = clerk.post("/v1/subjects", &json!({
            "kind": "enterprise", "name": "注销有限公司", "identifier": testkit::uscc(1003), "region_code": "610703001"
        })).await;
        let path = format!("/v1/subjects/{}", a.json()["id"].as_str().unwrap());
        let state = |s: &str| json!({"status": s, "reason": "测试"});
        clerk.post_with(&format!("{path}/status"), &[("if-match", "\"1\"")], &state("dormant")).await.expect(200);
        clerk.post_with(&format!("{path}/status"), &[("if-match", "\"2\"")], &state("deregistered")).await.expect(200);
        let refused = clerk.post_with(&format!("{path}/status"), &[("if-match", "\"3\"")], &state("active")).await;
        refused.expect(409);
        assert_eq!(refused.json()["code"], "transition_refused");
        let tower = clerk.post("/v1/subjects", &json!({
            "kind": "facility", "name": "一号塔吊", "region_code": "610703001",
            "responsible_party": {"name": "演示建筑公司"}
        })).await;
        tower.expect(201);
        let path = format!("/v1/subjects/{}", tower.json()["id"].as_str().unwrap());
        clerk.post_with(&format!("{path}/status"), &[("if-match", "\"1\"")], &state("deregistered")).await.expect(409);
        clerk.post_with(&format!("{path}/status"), &[("if-match", "\"1\"")], &state("demolished")).await.expect(200);
    }
}

both! {
    async fn merged_subjects_end_and_keep_their_lineage(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let mut ids = Vec::new();
        for n in 0..3 {
            let a = clerk.post("/v1/subjects", &json!({
                "kind": "enterprise", "name": format!("合并{n}有限公司"), "identifier": testkit::uscc(1010 + n), "region_code": "610703001"
            })).await;
            ids.push(a.json()["id"].as_str().unwrap().to_string());
        }
        clerk.post("/v1/subject-lineage", &json!({"kind": "merge", "from": [ids[0], ids[1]], "to": [ids[2]], "reason": "吸收合并"})).await.expect(201);
        let old = clerk.get(&format!("/v1/subjects/{}", ids[0])).await;
        assert_eq!(old.json()["status"], "deregistered");
        let line = clerk.get(&format!("/v1/subjects/{}/lineage", ids[2])).await;
        assert_eq!(line.json()["items"].as_array().unwrap().len(), 2);
        let wrong = clerk.post("/v1/subject-lineage", &json!({"kind": "split", "from": [ids[2]], "to": [ids[0]], "reason": "x"})).await;
        wrong.expect(422);
    }
}

both! {
    async fn every_fault_of_a_form_is_told_at_once(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let a = clerk.post("/v1/subjects", &json!({
            "kind": "facility", "name": "\u{202e}反", "identifier": "91610703PDY00001X5", "region_code": "999999", "phone": "12345"
        })).await;
        a.expect(422);
        let pointers: Vec<String> = a.json()["errors"].as_array().unwrap().iter()
            .map(|e| e["pointer"].as_str().unwrap().to_string()).collect();
        for p in ["/name", "/identifier", "/region_code", "/phone", "/responsible_party"] {
            assert!(pointers.iter().any(|q| q == p), "{p} in {pointers:?}");
        }
        let forged = clerk.post("/v1/subjects", &json!({
            "kind": "enterprise", "name": "越权", "identifier": testkit::uscc(1004), "region_code": "610703001",
            "id": "0199e0f0-0000-7000-8000-000000000001", "owner_department": "nz-swj", "version": 7
        })).await;
        forged.expect(422);
        assert_eq!(forged.json()["errors"].as_array().unwrap().len(), 3);
    }
}

both! {
    async fn personal_fields_are_shown_only_for_a_reason_that_is_logged(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let a = clerk.post("/v1/subjects", &json!({
            "kind": "individual_business", "name": "南郑测试小吃店", "identifier": uscc_with("92610703", 1005),
            "region_code": "610703001", "legal_representative": "张三丰", "phone": "13800000005"
        })).await;
        a.expect(201);
        assert_eq!(a.json()["legal_representative"], "张*");
        let id = a.json()["id"].as_str().unwrap().to_string();
        let seen = clerk.post(&format!("/v1/subjects/{id}/reveal"), &json!({"reason": "联系复查"})).await;
        seen.expect(200);
        assert_eq!(seen.json()["phone"], "13800000005");
        let audit = suite.audit("subjects", &id).await;
        let entry = audit.iter().find(|e| e["action"] == "subject_reveal").expect("an audit entry");
        assert!(entry["detail"].as_str().unwrap().contains("联系复查"));
        assert!(!entry.to_string().contains("13800000005"));
    }
}
