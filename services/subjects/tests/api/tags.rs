//! Tags with scheme, source and expiry.

use crate::support::encode;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use testkit::{Suite, both};

both! {
    async fn a_tag_is_proposed_confirmed_found_and_expires(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        clerk.post("/v1/tag-schemes", &json!({"code": "key_field", "name": "重点领域"})).await.expect(201);
        clerk.post("/v1/tag-schemes", &json!({"code": "key_field", "name": "重点领域"})).await.expect(409);
        let a = clerk.post("/v1/subjects", &json!({
            "kind": "enterprise", "name": "标签有限公司", "identifier": testkit::uscc(1301), "region_code": "610703001"
        })).await;
        let path = format!("/v1/subjects/{}/tags", a.json()["id"].as_str().unwrap());
        let tomorrow = service_kit::clock::china_date(suite.clock.now()).tomorrow().unwrap();
        let tag = clerk.post(&path, &json!({
            "scheme": "key_field", "value": "食品经营", "source": "许可信息", "is_proposal": true, "valid_to": tomorrow.to_string()
        })).await;
        tag.expect(201);
        let find = format!("/v1/subjects?tag={}", encode("key_field:食品经营"));
        assert_eq!(clerk.get(&find).await.json()["items"], json!([]), "a proposal does not count yet");
        let tag_path = format!("{path}/{}", tag.json()["id"].as_str().unwrap());
        clerk.post(&format!("{tag_path}/confirm"), &json!({})).await;
        let confirmed = clerk.send(Method::POST, &format!("{tag_path}/confirm"), &[], Vec::new()).await;
        assert!([200, 409].contains(&confirmed.status()));
        assert_eq!(clerk.get(&find).await.json()["items"].as_array().unwrap().len(), 1);
        clerk.post(&path, &json!({"scheme": "key_field", "value": "食品经营", "source": "x"})).await.expect(409);
        clerk.post(&path, &json!({"scheme": "none", "value": "x", "source": "x"})).await.expect(422);
        suite.clock.advance(Duration::from_secs(48 * 3600));
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        assert_eq!(clerk.get(&find).await.json()["items"], json!([]), "an expired tag does not count");
        assert_eq!(clerk.get(&path).await.json()["items"][0]["state"], "expired");
    }
}
