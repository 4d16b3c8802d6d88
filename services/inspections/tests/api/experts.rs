//! Experts and auxiliary staff: a registry of their own, never inspectors.

use serde_json::json;
use testkit::Suite;

testkit::both! {
    async fn an_expert_is_kept_apart_from_the_inspectors(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let body = json!({"kind": "expert", "name": "赵示例", "mobile": "13700001234", "employer": "某检验检测院", "tags": ["压力容器"]});
        let made = editor.post("/v1/experts", &body).await;
        let view = made.expect(201).json();
        assert_eq!((view["name"].as_str(), view["mobile"].as_str(), view["is_available"].as_bool()), (Some("赵*"), Some("137****1234"), Some(true)));
        assert_eq!(editor.get("/v1/inspectors").await.expect(200).json()["items"], json!([]));
        assert_eq!(editor.get("/v1/experts?kind=grid_worker").await.expect(200).json()["items"], json!([]));
        let id = view["id"].as_str().unwrap();
        editor.get(&format!("/v1/inspectors/{id}")).await.expect(404);
        let told = format!("{:?}{:?}", suite.events("inspections", "cn.lianjian.expert").await, suite.audit("inspections", id).await);
        assert!(!told.contains("赵示例") && !told.contains("13700001234"));
    }

    async fn an_appointment_ends_by_the_day_or_by_hand(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let last = suite.clock.today().tomorrow().unwrap();
        let body = json!({"kind": "auxiliary_staff", "name": "钱示例", "valid_to": last.to_string()});
        let made = editor.post("/v1/experts", &body).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        suite.clock.advance(std::time::Duration::from_secs(2 * 24 * 3600));
        let view = editor.get(&path).await;
        assert_eq!(view.expect(200).json()["is_available"], json!(false));
        let wrong = editor.patch(&path, &view.etag(), &json!({"valid_to": "2001-01-01"})).await;
        assert_eq!(wrong.expect(422).json()["errors"][0]["code"], "interval_reversed");
        let longer = editor.patch(&path, &view.etag(), &json!({"valid_to": null, "title": "工程师"})).await;
        assert_eq!(longer.expect(200).json()["is_available"], json!(true));
        editor.post(&format!("{path}/leave"), &json!({"reason": "合同期满"})).await.expect(200);
        editor.post(&format!("{path}/leave"), &json!({"reason": "合同期满"})).await.expect(409);
    }

    async fn another_department_does_not_see_an_expert(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let made = editor.post("/v1/experts", &json!({"kind": "grid_worker", "name": "孙示例"})).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        stranger.get(&path).await.expect(404);
        assert_eq!(stranger.get("/v1/experts").await.expect(200).json()["items"], json!([]));
        let bad = json!({"kind": "expert", "name": " ", "mobile": "12"});
        assert_eq!(editor.post("/v1/experts", &bad).await.expect(422).json()["errors"].as_array().unwrap().len(), 2);
    }
}
