//! Inspectors: what is masked and sealed, states computed for a day, certificates, trainings, township teams.

use crate::helpers::{certificate, inspector};
use serde_json::{Value, json};
use testkit::Suite;

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

testkit::both! {
    async fn an_inspector_is_registered_masked_and_sealed(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let made = editor.post("/v1/inspectors", &inspector("SJ-001")).await;
        let view = made.expect(201).json();
        assert_eq!((view["name"].as_str(), view["mobile"].as_str()), (Some("王*"), Some("138****1234")));
        assert_eq!(view["id_number"], "6107**********123X");
        assert_eq!((view["state"].as_str(), view["gaps"].as_array().unwrap().len()), (Some("qualified"), 0));
        assert_eq!((view["organ_code"].as_str(), view["region_code"].as_str()), (Some("nz-scjg"), Some("610703")));
        let path = made.header("location").unwrap().to_string();
        assert_eq!(editor.get(&path).await.expect(200).header("cache-control"), Some("no-store"));

        // The same person, or the same number within the organ, is registered once.
        assert_eq!(editor.post("/v1/inspectors", &inspector("SJ-001")).await.expect(409).json()["code"], "inspector_exists");
        let found = editor.get("/v1/inspectors?name=%E7%8E%8B%E7%A4%BA%E4%BE%8B").await.expect(200).json();
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");

        let told = format!("{:?}{:?}", suite.events("inspections", "").await, suite.audit("inspections", view["id"].as_str().unwrap()).await);
        for secret in ["王示例", "13800001234", "61072119900307123X"] {
            assert!(!told.contains(secret), "{secret}");
        }
        let mut bytes = String::new();
        for entry in std::fs::read_dir(suite.data_dir()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                bytes.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
            }
        }
        assert!(!bytes.contains("61072119900307123X") && !bytes.contains("王示例"));
    }

    async fn personal_data_is_shown_in_clear_with_a_reason_and_logged(suite: Suite) {
        let head = suite.clerk("nz-scjg", &["lead_head"]).await;
        let id = head.post("/v1/inspectors", &inspector("SJ-001")).await.expect(201).json()["id"].as_str().unwrap().to_string();
        let path = format!("/v1/inspectors/{id}/reveal");
        head.post(&path, &json!({})).await.expect(422);
        let clear = head.post(&path, &json!({"reason": "制作行政检查通知书"})).await.expect(200).json();
        assert_eq!((clear["name"].as_str(), clear["mobile"].as_str()), (Some("王示例"), Some("13800001234")));
        let audit = suite.audit("inspections", &id).await;
        assert!(audit.last().unwrap().to_string().contains("制作行政检查通知书"));
        assert!(!format!("{audit:?}").contains("13800001234"));
        suite.clerk("nz-scjg", &["inspector"]).await.post(&path, &json!({"reason": "好奇"})).await.expect(403);
        suite.clerk("nz-slj", &["lead_head"]).await.post(&path, &json!({"reason": "好奇"})).await.expect(404);
    }

    async fn every_fault_of_a_registration_is_named_at_once_and_no_number_is_repeated(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let mut bad = inspector("SJ-001");
        bad["id_number"] = json!("610721199003071239");
        bad["mobile"] = json!("0916-5512149");
        bad["duties"] = json!(["A", "A"]);
        bad["certificate"]["valid_to"] = json!("2020-01-01");
        let refused = editor.post("/v1/inspectors", &bad).await;
        let mut at: Vec<String> = refused.expect(422).json()["errors"].as_array().unwrap().iter()
            .map(|e| e["pointer"].as_str().unwrap().to_string()).collect();
        at.sort();
        assert_eq!(at, ["/certificate/valid_to", "/duties/1", "/id_number", "/mobile"]);
        assert!(!refused.text().contains("199003071239") && !refused.text().contains("5512149"));
        let mut stray = inspector("SJ-002");
        stray["organ_code"] = json!("nz-slj");
        assert_eq!(editor.post("/v1/inspectors", &stray).await.expect(403).json()["code"], "other_department");
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        stray["organ_code"] = json!("nz-none");
        assert_eq!(organiser.post("/v1/inspectors", &stray).await.expect(422).json()["errors"][0]["code"], "unknown_department");
    }

    async fn another_department_does_not_see_an_inspector(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let made = editor.post("/v1/inspectors", &inspector("SJ-001")).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        stranger.get(&path).await.expect(404);
        stranger.patch(&path, &made.etag(), &json!({"unit": "别处"})).await.expect(404);
        stranger.post(&format!("{path}/leave"), &json!({"reason": "无关"})).await.expect(404);
        assert_eq!(stranger.get("/v1/inspectors").await.expect(200).json()["items"], json!([]));
        let oversight = suite.clerk("nz-sfj", &["oversight"]).await;
        oversight.get(&path).await.expect(200);
        oversight.post(&format!("{path}/leave"), &json!({"reason": "无关"})).await.expect(403);
    }

    async fn an_expired_certificate_suspends_by_the_day_without_anybody_s_doing(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let mut body = inspector("SJ-001");
        let last = suite.clock.today().saturating_add(jiff::Span::new().days(9));
        body["certificate"]["valid_to"] = json!(last.to_string());
        let path = editor.post("/v1/inspectors", &body).await.expect(201).header("location").unwrap().to_string();
        let states = async |on: &str| {
            let page = editor.get(&format!("/v1/inspectors?on={on}")).await.expect(200).json();
            page["items"][0]["state"].as_str().unwrap().to_string()
        };
        assert_eq!(states(&last.to_string()).await, "qualified");
        assert_eq!(states(&last.tomorrow().unwrap().to_string()).await, "suspended");
        let on = last.tomorrow().unwrap();
        let only = editor.get(&format!("/v1/inspectors?state=qualified&on={on}")).await.expect(200).json();
        assert_eq!(only["items"], json!([]));
        let only = editor.get(&format!("/v1/inspectors?state=suspended&on={on}")).await.expect(200).json();
        assert_eq!(only["items"].as_array().unwrap().len(), 1);

        suite.clock.advance(DAY * 10);
        let view = editor.get(&path).await.expect(200).json();
        assert_eq!((view["state"].as_str(), &view["gaps"]), (Some("suspended"), &json!(["certificate_expired"])));
        // A new certificate makes good.
        let next = suite.clock.today();
        let more = json!({"number": "27070315999", "issuer": "陕西省司法厅", "valid_from": next.to_string(), "valid_to": "2031-12-31"});
        let view = editor.post(&format!("{path}/certificates"), &more).await.expect(201).json();
        assert_eq!((view["state"].as_str(), view["certificates"].as_array().unwrap().len()), (Some("qualified"), 2));
        let taken = editor.post(&format!("{path}/certificates"), &more).await;
        assert_eq!(taken.expect(409).json()["code"], "certificate_number_taken");
    }

    async fn a_revoked_certificate_and_an_overdue_training_disqualify(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let made = editor.post("/v1/inspectors", &inspector("SJ-001")).await.expect(201).json();
        let (id, certificate) = (made["id"].as_str().unwrap(), made["certificates"][0]["id"].as_str().unwrap());
        let base = format!("/v1/inspectors/{id}");
        let held = suite.clock.today().saturating_sub(jiff::Span::new().days(400));
        let until = suite.clock.today().saturating_sub(jiff::Span::new().days(35));
        let training = json!({"title": "年度公共法律知识培训", "minutes": 2400, "held_on": held.to_string(), "valid_to": until.to_string(), "is_passed": true});
        editor.post(&format!("{base}/trainings"), &training).await.expect(201);
        assert_eq!(editor.get(&base).await.json()["gaps"], json!(["training_overdue"]));
        let mut again = training.clone();
        again["held_on"] = json!(suite.clock.today().to_string());
        again["valid_to"] = json!("2031-12-31");
        editor.post(&format!("{base}/trainings"), &again).await.expect(201);
        assert_eq!(editor.get(&base).await.json()["state"], "qualified");
        assert_eq!(editor.get(&format!("{base}/trainings")).await.json()["items"].as_array().unwrap().len(), 2);

        let revoke = format!("{base}/certificates/{certificate}/revoke");
        let view = editor.post(&revoke, &json!({"reason": "证件遗失"})).await.expect(200).json();
        assert_eq!((view["state"].as_str(), view["certificates"][0]["is_valid"].as_bool()), (Some("suspended"), Some(false)));
        assert_eq!(editor.post(&revoke, &json!({"reason": "证件遗失"})).await.expect(409).json()["code"], "certificate_revoked");
    }

    async fn suspending_and_leaving_are_steps_with_a_reason_in_the_history(suite: Suite) {
        let head = suite.clerk("nz-scjg", &["lead_head"]).await;
        let made = head.post("/v1/inspectors", &inspector("SJ-001")).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        head.post(&format!("{path}/suspend"), &json!({})).await.expect(422);
        let stale = head.post_with(&format!("{path}/suspend"), &[("if-match", "\"9\"")], &json!({"reason": "脱岗培训"})).await;
        stale.expect(412);
        let view = head.post(&format!("{path}/suspend"), &json!({"reason": "脱岗培训"})).await.expect(200).json();
        assert_eq!((view["state"].as_str(), view["state_reason"].as_str()), (Some("suspended"), Some("脱岗培训")));
        assert_eq!(head.post(&format!("{path}/suspend"), &json!({"reason": "再次"})).await.expect(409).json()["code"], "transition_refused");
        head.post(&format!("{path}/reinstate"), &json!({})).await.expect(200);
        head.post(&format!("{path}/leave"), &json!({"reason": "调离"})).await.expect(200);
        head.post(&format!("{path}/reinstate"), &json!({})).await.expect(409);
        let steps = head.get(&format!("{path}/history")).await.expect(200).json();
        let verbs: Vec<&str> = steps["items"].as_array().unwrap().iter().map(|s| s["verb"].as_str().unwrap()).collect();
        assert_eq!(verbs, ["register", "suspend", "reinstate", "leave"]);
        let first = head.get(&format!("{path}/history?limit=3")).await.expect(200).json();
        let rest = head.get(&format!("{path}/history?limit=3&cursor={}", first["next"].as_str().unwrap())).await.expect(200).json();
        assert_eq!(rest["items"].as_array().unwrap().len(), 1);
        assert_eq!(head.get("/v1/inspectors?state=left").await.json()["items"].as_array().unwrap().len(), 1);
    }

    async fn a_patch_changes_what_it_names_and_needs_the_version(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let made = editor.post("/v1/inspectors", &inspector("SJ-001")).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let change = json!({"mobile": null, "unit": "综合执法大队", "qualifications": ["药品检查员", "特种设备安全监察员"]});
        let changed = editor.patch(&path, &made.etag(), &change).await;
        let view = changed.expect(200).json();
        assert_eq!((&view["mobile"], view["unit"].as_str(), view["name"].as_str()), (&Value::Null, Some("综合执法大队"), Some("王*")));
        editor.patch(&path, &made.etag(), &change).await.expect(412);
        let both = editor.get("/v1/inspectors?qualification=%E7%89%B9%E7%A7%8D%E8%AE%BE%E5%A4%87%E5%AE%89%E5%85%A8%E7%9B%91%E5%AF%9F%E5%91%98").await;
        assert_eq!(both.expect(200).json()["items"].as_array().unwrap().len(), 1);
    }

    async fn lists_go_by_pages_and_find_a_certificate(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        for n in 1..=5 {
            let mut body = inspector(&format!("SJ-00{n}"));
            body.as_object_mut().unwrap().remove("id_number");
            body["certificate"] = certificate(&format!("2707031500{n}"));
            editor.post("/v1/inspectors", &body).await.expect(201);
        }
        let first = editor.get("/v1/inspectors?limit=3").await.expect(200).json();
        let rest = editor.get(&format!("/v1/inspectors?limit=3&cursor={}", first["next"].as_str().unwrap())).await.expect(200).json();
        assert_eq!((first["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len(), &rest["next"]), (3, 2, &Value::Null));
        let one = editor.get("/v1/inspectors?certificate_number=27070315003").await.expect(200).json();
        assert_eq!((one["items"].as_array().unwrap().len(), one["items"][0]["staff_no"].as_str()), (1, Some("SJ-003")));
    }

    async fn a_township_team_has_powers_only_with_the_decision_that_gives_them(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let mut team = json!({"name": "大河坎镇综合行政执法队", "region_code": "610703102", "fields": ["城市管理"], "powers": ["对占用道路摆摊设点的处罚"]});
        assert_eq!(editor.post("/v1/township-teams", &team).await.expect(422).json()["errors"][0]["code"], "basis_missing");
        team["basis"] = json!("陕西省人民政府关于乡镇街道实施行政处罚的决定");
        let made = editor.post("/v1/township-teams", &team).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let mut body = inspector("SJ-001");
        body["team_id"] = made.json()["id"].clone();
        editor.post("/v1/inspectors", &body).await.expect(201);
        let page = editor.get(&format!("/v1/inspectors?team_id={}", made.json()["id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
        assert_eq!(editor.patch(&path, &made.etag(), &json!({"basis": null})).await.expect(422).json()["errors"][0]["code"], "basis_missing");
        editor.patch(&path, &made.etag(), &json!({"is_active": false})).await.expect(200);
        suite.clerk("nz-slj", &["lead_editor"]).await.get(&path).await.expect(404);
    }
}
