//! Turning the signing keys: old tokens count until they expire, private halves are wiped after that.

use crate::house::House;
use serde_json::json;
use std::time::Duration;

testbase::both! {
    async fn a_turned_key_verifies_until_its_last_token_expires(house: House) {
        let admin = house.admin().await;
        let (security, _) = house.account(&admin, &["security_admin"]).await;
        let made = security.post("/v1/signing-keys/rotate", &json!({})).await.expect(201).json();
        let keys = |answer: &testbase::Answer| answer.json()["keys"].as_array().unwrap().len();
        assert_eq!(keys(&house.anonymous().get("/.well-known/jwks.json").await), 2);
        // Tokens of both keys count.
        admin.get("/v1/accounts/me").await.expect(200);
        let fresh = house.admin().await;
        fresh.get("/v1/accounts/me").await.expect(200);
        fresh.get("/v1/echo").await.expect(200);
        let list = security.get("/v1/signing-keys").await;
        list.expect(200);
        assert_eq!((list.json()["items"][0]["kid"].clone(), list.json()["items"][0]["state"].clone()), (made["kid"].clone(), json!("active")));
        assert_eq!(list.json()["items"][1]["state"], "retiring");
        assert!(!list.text().contains("sealed"));
        house.clock.advance(Duration::from_secs(2 * 3600));
        // The housekeeping task comes by once a minute; the test asks for it.
        let kit = house.kit();
        let retired = gateway::store::signing_key::signing_key_retire_due;
        let now = store_kit::types::Stamp::from(kit.clock.now());
        kit.store.write::<_, service_kit::Error, _>(async move |c| Ok(retired(c, now).await?)).await.unwrap();
        testbase::poll("the old key leaves the JWKS", async || {
            let n = keys(&house.anonymous().get("/.well-known/jwks.json").await);
            if n == 1 { Ok(()) } else { Err(format!("{n} keys")) }
        })
        .await;
        let rows = kit.store.read::<_, service_kit::Error, _>(async |c| Ok(gateway::store::signing_key::signing_key_list(c).await?)).await.unwrap();
        assert!(rows.iter().any(|r| r.state == "retired" && r.sealed.is_empty()));
        house.admin().await.get("/v1/accounts/me").await.expect(200);
    }
}
