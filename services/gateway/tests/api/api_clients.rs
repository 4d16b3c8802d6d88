//! Systems that call by key or by client credentials.

use crate::house::{House, code};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

async fn register(house: &House, change: impl FnOnce(&mut Value)) -> Value {
    let mut body = json!({"name": "省平台", "department": "nz-scjg", "roles": ["exchange"]});
    change(&mut body);
    house.admin().await.post("/v1/api-clients", &body).await.expect(201).json()
}

async fn with_key(house: &House, key: &str, path: &str) -> testbase::Answer {
    house.anonymous().send(Method::GET, path, &[("x-api-key", key)], Vec::new()).await
}

testbase::both! {
    async fn a_key_is_exchanged_for_a_token_before_it_reaches_a_service(house: House) {
        let client = register(&house, |_| {}).await;
        let key = client["api_key"].as_str().unwrap();
        let seen = with_key(&house, key, "/v1/echo/things?x=1").await.expect(200).json();
        assert!(seen["headers"].get("x-api-key").is_none(), "{seen}");
        assert!(seen["headers"]["authorization"][0].as_str().unwrap().starts_with("Bearer ey"));
        // The gateway's own operations know the caller too; it has no account.
        assert_eq!(code(with_key(&house, key, "/v1/accounts/me").await.expect(403)), "no_account");
        with_key(&house, key, "/v1/accounts").await.expect(403);
        // Client credentials give the same caller.
        let body = json!({"client_id": client["client_id"], "client_secret": client["client_secret"]});
        let token = house.anonymous().post("/v1/auth/client-token", &body).await.expect(200).json();
        house.anonymous().bearer(token["access_token"].as_str().unwrap()).get("/v1/echo").await.expect(200);
        // The secret is shown once.
        let at = format!("/v1/api-clients/{}", client["id"].as_str().unwrap());
        let view = house.admin().await.get(&at).await.expect(200).json();
        assert!(view.get("api_key").is_none() && view.get("client_secret").is_none());
        let list = house.admin().await.get("/v1/api-clients").await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    }

    async fn a_wrong_revoked_or_expired_key_opens_nothing(house: House) {
        let client = register(&house, |_| {}).await;
        let key = client["api_key"].as_str().unwrap();
        let mut wrong: Vec<String> = ["", "lj_", "nonsense"].map(String::from).to_vec();
        wrong.push(format!("{}0", &key[..key.len() - 1]).replace("00", "01"));
        wrong.push(key.replace("lj_", "lj_0"));
        for bad in wrong.iter().filter(|b| *b != key) {
            let asked = house.stub.asked();
            assert_eq!(code(with_key(&house, bad, "/v1/echo").await.expect(401)), "bad_credentials", "{bad}");
            assert_eq!(house.stub.asked(), asked);
        }
        let token = house.admin().await.token.unwrap();
        let both = [("x-api-key", key), ("authorization", &format!("Bearer {token}"))];
        assert_eq!(code(house.anonymous().send(Method::GET, "/v1/echo", &both, Vec::new()).await.expect(400)), "two_credentials");
        with_key(&house, key, "/v1/echo").await.expect(200);
        let at = format!("/v1/api-clients/{}/revoke", client["id"].as_str().unwrap());
        house.admin().await.post(&at, &json!({})).await.expect(200);
        with_key(&house, key, "/v1/echo").await.expect(401);
        let body = json!({"client_id": client["client_id"], "client_secret": client["client_secret"]});
        house.anonymous().post("/v1/auth/client-token", &body).await.expect(401);
        assert_eq!(code(house.admin().await.post(&at, &json!({})).await.expect(409)), "client_revoked");
    }

    async fn a_key_ends_with_its_date(house: House) {
        let end = house.clock.now() + jiff::SignedDuration::from_secs(120);
        let client = register(&house, |body| body["expires_at"] = json!(end.to_string())).await;
        let key = client["api_key"].as_str().unwrap();
        with_key(&house, key, "/v1/echo").await.expect(200);
        house.clock.advance(Duration::from_secs(130));
        with_key(&house, key, "/v1/echo").await.expect(401);
    }

    async fn a_system_holds_no_administrator_role(house: House) {
        let admin = house.admin().await;
        let body = json!({"name": "省平台", "department": "nowhere", "roles": ["exchange", "audit_admin"], "regions": ["1"],
            "expires_at": "2001-01-01T00:00:00Z"});
        let answer = admin.post("/v1/api-clients", &body).await;
        let pointers: Vec<String> = answer.expect(422).json()["errors"].as_array().unwrap().iter()
            .map(|e| e["pointer"].as_str().unwrap().to_string()).collect();
        assert_eq!(pointers, ["/roles/1", "/regions/0", "/expires_at", "/department"]);
        let (clerk, _) = house.account(&admin, &["lead_editor"]).await;
        clerk.post("/v1/api-clients", &body).await.expect(403);
        register(&house, |_| {}).await;
        let again = json!({"name": "省平台", "department": "nz-scjg", "roles": ["exchange"]});
        assert_eq!(code(admin.post("/v1/api-clients", &again).await.expect(409)), "name_taken");
    }
}
