//! Organs: names, changes, who may.

use serde_json::json;
use testkit::Suite;

fn organ() -> serde_json::Value {
    json!({
        "code": "nz-test", "name": "汉中市南郑区测试局", "short_name": "区测试局", "aliases": ["测试局"],
        "kind": "district_organ", "duties": ["registry_keeper"], "region_code": "610703", "valid_from": "2024-01-01",
    })
}

testkit::both! {
    async fn a_name_means_one_organ(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        for (name, code, matched) in [
            ("人社局", "nz-rsj", "alias"),
            ("区人力资源和社会保障局", "nz-rsj", "alias"),
            ("区人社局", "nz-rsj", "short_name"),
            (" 国家税务总局汉中市南郑区税务局", "nz-swj", "name"),
            ("nz-scjg", "nz-scjg", "code"),
        ] {
            let url = reqwest::Url::parse_with_params("http://x/v1/organs/resolve", [("name", name)]).unwrap();
            let answer = clerk.get(&format!("{}?{}", url.path(), url.query().unwrap())).await;
            let view = answer.expect(200).json();
            assert_eq!((view["code"].as_str(), view["matched"].as_str()), (Some(code), Some(matched)), "{name}");
        }
        clerk.get("/v1/organs/resolve?name=%E6%97%A0%E6%AD%A4%E5%B1%80").await.expect(404);
        clerk.get("/v1/organs/resolve").await.expect(400);
    }

    async fn organs_are_listed_by_kind_and_duty_page_by_page(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let mut codes = Vec::new();
        let mut path = "/v1/organs?kind=township&limit=9".to_string();
        loop {
            let page = clerk.get(&path).await.expect(200).json();
            codes.extend(page["items"].as_array().unwrap().iter().map(|o| o["code"].as_str().unwrap().to_string()));
            match page["next"].as_str() {
                Some(next) => path = format!("/v1/organs?kind=township&limit=9&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(codes.len(), 22);
        assert!(codes.is_sorted());
        let staffing = clerk.get("/v1/organs?duty=staffing_authority").await.expect(200).json();
        assert_eq!(staffing["items"][0]["code"], "nz-qwbb");
        clerk.get("/v1/organs?kind=ministry").await.expect(400);
        clerk.get("/v1/organs?limit=1&cursor=forged").await.expect(400);
    }

    async fn an_organ_is_added_changed_and_told_of(suite: Suite) {
        let admin = suite.admin().await;
        let made = admin.post("/v1/organs", &organ()).await;
        made.expect(201);
        assert_eq!(made.header("location"), Some("/v1/organs/nz-test"));
        admin.post("/v1/organs", &organ()).await.expect(409);

        let changed = admin.patch("/v1/organs/nz-test", &made.etag(), &json!({"aliases": ["试验局"], "note": "草案"})).await;
        assert_eq!(changed.expect(200).json()["version"], 2);
        admin.patch("/v1/organs/nz-test", &made.etag(), &json!({"note": null})).await.expect(412);
        let no_tag = admin.send(reqwest::Method::PATCH, "/v1/organs/nz-test", &[("content-type", "application/json")], b"{}".to_vec()).await;
        no_tag.expect(428);
        admin.get("/v1/organs/resolve?name=%E6%B5%8B%E8%AF%95%E5%B1%80").await.expect(404);

        let kinds: Vec<_> = suite.events("catalog", "cn.lianjian.organ.").await.iter()
            .filter(|e| e["subject"] == "nz-test").map(|e| e["type"].as_str().unwrap().to_string()).collect();
        assert_eq!(kinds, ["cn.lianjian.organ.created", "cn.lianjian.organ.updated"]);
        assert_eq!(suite.audit("catalog", "nz-test").await.len(), 2);
    }

    async fn another_organs_name_is_refused_with_its_owner(suite: Suite) {
        let admin = suite.admin().await;
        let mut body = organ();
        body["aliases"] = json!(["税务局"]);
        let refused = admin.post("/v1/organs", &body).await;
        let problem = refused.expect(409).json();
        assert_eq!(problem["code"], "organ_name_taken");
        assert!(problem["detail"].as_str().unwrap().contains("nz-swj"));
    }

    async fn only_some_roles_add_organs_and_nobody_without_a_token_reads_them(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        clerk.post("/v1/organs", &organ()).await.expect(403);
        suite.anonymous().get("/v1/organs").await.expect(401);
        let staffing = suite.clerk("nz-qwbb", &["staffing"]).await;
        staffing.post("/v1/organs", &organ()).await.expect(201);
    }
}
