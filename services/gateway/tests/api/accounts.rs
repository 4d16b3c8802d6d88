//! Accounts, passwords, and the three administrators apart.

use crate::house::{House, PASSWORD, code, settings};
use serde_json::{Value, json};
use std::time::Duration;
use testbase::Backend;

fn new(username: &str, roles: &[&str]) -> Value {
    json!({"username": username, "display_name": "经办人", "department": "nz-rsj", "roles": roles, "password": PASSWORD})
}

testbase::both! {
    async fn an_account_is_made_read_and_changed(house: House) {
        let admin = house.admin().await;
        let made = admin.post("/v1/accounts", &json!({"username": " Ｚhang.San ", "display_name": "张三", "department": "nz-rsj",
            "roles": ["lead_editor"], "regions": ["610703001"], "fields": ["contact_clear"]})).await;
        let view = made.expect(201).json();
        assert_eq!((view["username"].as_str(), view["state"].as_str()), (Some("zhang.san"), Some("active")));
        let password = view["one_time_password"].as_str().unwrap().to_string();
        let at = made.header("location").unwrap().to_string();
        let read = admin.get(&at).await;
        assert!(read.expect(200).json().get("one_time_password").is_none());
        assert_eq!((read.etag(), made.etag()), ("\"1\"".to_string(), "\"1\"".to_string()));
        let clerk = house.anonymous().try_login("ZHANG.SAN", &password).await;
        assert_eq!(clerk.expect(200).json()["must_change_password"], true);
        // Versions.
        admin.patch(&at, "\"9\"", &json!({"display_name": "李四"})).await.expect(412);
        admin.send(reqwest::Method::PATCH, &at, &[("content-type", "application/json")], b"{}".to_vec()).await.expect(428);
        let changed = admin.patch(&at, "\"1\"", &json!({"display_name": "李四"})).await;
        assert_eq!((changed.expect(200).json()["display_name"].as_str(), changed.etag()), (Some("李四"), "\"2\"".to_string()));
        assert!(house.audit(view["id"].as_str().unwrap()).await.len() >= 2);
        // Lists.
        let list = admin.get("/v1/accounts?limit=1").await.expect(200).json();
        let next = list["next"].as_str().unwrap();
        let rest = admin.get(&format!("/v1/accounts?limit=1&cursor={next}")).await.expect(200).json();
        assert_eq!((list["items"][0]["username"].as_str(), rest["items"][0]["username"].as_str()), (Some("admin"), Some("zhang.san")));
        let filtered = admin.get("/v1/accounts?department=nz-rsj&state=active").await.expect(200).json();
        assert_eq!(filtered["items"].as_array().unwrap().len(), 1);
    }

    async fn every_fault_of_a_new_account_is_named(house: House) {
        let admin = house.admin().await;
        admin.post("/v1/accounts", &new("zhangsan", &[])).await.expect(201);
        assert_eq!(code(admin.post("/v1/accounts", &new("ZhangSan", &[])).await.expect(409)), "username_taken");
        let bad = admin.post("/v1/accounts", &json!({"username": "a b", "display_name": " ", "department": "elsewhere",
            "roles": ["legal", "legal"], "regions": ["61070"], "password": "password123"})).await;
        let pointers: Vec<String> = bad.expect(422).json()["errors"].as_array().unwrap().iter()
            .map(|e| e["pointer"].as_str().unwrap().to_string()).collect();
        for want in ["/username", "/display_name", "/roles/1", "/regions/0", "/password", "/department"] {
            assert!(pointers.iter().any(|p| p == want), "{want}: {bad}");
        }
        assert!(!bad.text().contains("password123"));
        for (member, value) in [("id", json!(1)), ("state", json!("active")), ("version", json!(9)), ("password_hash", json!("x"))] {
            let mut body = new("lisi", &[]);
            body[member] = value;
            admin.post("/v1/accounts", &body).await.expect(422);
        }
        admin.post("/v1/accounts", &new("lisi", &["king"])).await.expect(422);
    }

    async fn the_three_administrators_are_apart(house: House) {
        let admin = house.admin().await;
        // While nobody is security administrator, the first administrator makes one.
        let (security, security_view) = house.account(&admin, &["security_admin"]).await;
        let (audit, audit_view) = house.account(&security, &["audit_admin"]).await;
        let (clerk, clerk_view) = house.account(&admin, &["lead_editor"]).await;
        let at = |view: &Value, rest: &str| format!("/v1/accounts/{}{rest}", view["id"].as_str().unwrap());
        // From now on rights of administrators are the security administrator's.
        assert_eq!(code(admin.post("/v1/accounts", &new("x1", &["audit_admin"])).await.expect(403)), "role_not_yours");
        assert_eq!(code(admin.post(&at(&clerk_view, "/roles"), &json!({"grant": ["audit_admin"]})).await.expect(403)), "role_not_yours");
        for action in ["/disable", "/reset-password", "/unlock", "/enable"] {
            assert_eq!(code(admin.post(&at(&audit_view, action), &json!({})).await.expect(403)), "not_your_account", "{action}");
        }
        // Business accounts are not the security administrator's.
        assert_eq!(code(security.post("/v1/accounts", &new("x2", &["lead_editor"])).await.expect(403)), "role_not_yours");
        assert_eq!(code(security.post(&at(&clerk_view, "/disable"), &json!({})).await.expect(403)), "not_your_account");
        // One account never holds two of them.
        let two = security.post("/v1/accounts", &new("x3", &["system_admin", "audit_admin"])).await;
        assert_eq!(two.expect(422).json()["errors"][0]["code"], "administrators_are_separate");
        security.post(&at(&audit_view, "/roles"), &json!({"grant": ["system_admin"]})).await.expect(422);
        security.post(&at(&clerk_view, "/roles"), &json!({"grant": ["audit_admin"]})).await.expect(200);
        // Nobody changes his own rights.
        assert_eq!(code(security.post(&at(&security_view, "/roles"), &json!({"grant": ["system_admin"]})).await.expect(403)), "own_account");
        assert_eq!(code(security.post(&at(&security_view, "/disable"), &json!({})).await.expect(403)), "own_account");
        let me = admin.get("/v1/accounts/me").await.json();
        assert_eq!(code(admin.post(&at(&me, "/roles"), &json!({"grant": ["legal"]})).await.expect(403)), "own_account");
        assert_eq!(code(admin.post(&at(&me, "/reset-password"), &json!({})).await.expect(403)), "own_account");
        // The audit administrator reads, and changes nothing.
        audit.get("/v1/accounts").await.expect(200);
        audit.get("/v1/audit-entries").await.expect(200);
        audit.post("/v1/accounts", &new("x4", &[])).await.expect(403);
        audit.post("/v1/signing-keys/rotate", &json!({})).await.expect(403);
        security.get("/v1/audit-entries").await.expect(403);
        admin.get("/v1/audit-entries").await.expect(403);
        admin.post("/v1/signing-keys/rotate", &json!({})).await.expect(403);
        // Everybody else sees nothing of this. His rights changed above, so he logs in again.
        clerk.get("/v1/accounts/me").await.expect(401);
        let (other, _) = house.account(&admin, &["coop_editor"]).await;
        other.get("/v1/accounts").await.expect(403);
        other.get(&at(&clerk_view, "")).await.expect(403);
        house.anonymous().get("/v1/accounts").await.expect(401);
    }

    async fn changing_the_own_password_ends_every_session(house: House) {
        let admin = house.admin().await;
        let (here, view) = house.account(&admin, &["lead_editor"]).await;
        let there = house.anonymous().login("clerk0", PASSWORD).await;
        let change = |old: &str, new: &str| json!({"old_password": old, "new_password": new});
        let path = "/v1/accounts/me/password";
        assert_eq!(code(here.post(path, &change("wrong-old-one", "tidal-mango-27-lamp")).await.expect(403)), "wrong_password");
        for (new, why) in [("short", "too_short"), ("password2024!", "too_common"), ("my-clerk0-lamp", "contains_username"), (PASSWORD, "same_password")] {
            let answer = here.post(path, &change(PASSWORD, new)).await;
            assert_eq!(answer.expect(422).json()["errors"][0]["code"], why);
            assert_eq!(answer.json()["errors"][0]["pointer"], "/new_password");
        }
        here.post(path, &change(PASSWORD, "tidal-mango-27-lamp")).await.expect(204);
        for caller in [&here, &there] {
            caller.get("/v1/accounts/me").await.expect(401);
            caller.post("/v1/auth/refresh", &json!({"refresh_token": caller.refresh})).await.expect(401);
        }
        house.anonymous().try_login("clerk0", PASSWORD).await.expect(401);
        // Within the same second a new login counts.
        let fresh = house.anonymous().try_login("clerk0", "tidal-mango-27-lamp").await;
        assert_eq!(fresh.expect(200).json()["must_change_password"], false);
        let again = house.anonymous().login("clerk0", "tidal-mango-27-lamp").await;
        again.get("/v1/accounts/me").await.expect(200);
        again.get("/v1/echo").await.expect(200);
        // Neither password stands anywhere in the log.
        assert!(house.audit(view["id"].as_str().unwrap()).await.iter().all(|d| !d.contains("mango") && !d.contains(PASSWORD)));
    }

    async fn a_stolen_token_is_no_way_to_guess_the_password(house: House) {
        let admin = house.admin().await;
        let (clerk, _) = house.account(&admin, &[]).await;
        let body = |n: usize| json!({"old_password": format!("wrong-guess-{n}"), "new_password": "tidal-mango-27-lamp"});
        let statuses = futures_util::future::join_all((0..30).map(|n| { let c = clerk.clone(); let b = body(n); async move { c.post("/v1/accounts/me/password", &b).await.status() } })).await;
        assert_eq!(statuses.iter().filter(|s| **s == 403).count(), 5, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|s| **s == 429).count(), 25, "{statuses:?}");
    }

    async fn a_reset_password_counts_for_three_days_until_changed(house: House) {
        let admin = house.admin().await;
        let (clerk, view) = house.account(&admin, &["lead_editor"]).await;
        let at = format!("/v1/accounts/{}/reset-password", view["id"].as_str().unwrap());
        let reset = admin.post(&at, &json!({})).await.expect(200).json();
        let password = reset["one_time_password"].as_str().unwrap().to_string();
        clerk.get("/v1/accounts/me").await.expect(401);
        house.anonymous().try_login("clerk0", PASSWORD).await.expect(401);
        house.anonymous().try_login("clerk0", &password).await.expect(200);
        house.clock.advance(Duration::from_secs(72 * 3600 + 1));
        let late = house.anonymous().try_login("clerk0", &password).await;
        assert_eq!(code(late.expect(403)), "password_expired");
        // Whoever does not know the password does not learn that.
        assert_eq!(code(house.anonymous().try_login("clerk0", "another-guess").await.expect(401)), "bad_credentials");
    }

    async fn a_repeated_creation_shows_no_password_again(house: House) {
        let admin = house.admin().await;
        let body = json!({"username": "wangwu", "display_name": "王五", "department": "nz-rsj", "roles": []}).to_string();
        let headers = [("content-type", "application/json"), ("idempotency-key", "one")];
        let first = admin.send(reqwest::Method::POST, "/v1/accounts", &headers, body.clone().into_bytes()).await;
        let again = admin.send(reqwest::Method::POST, "/v1/accounts", &headers, body.into_bytes()).await;
        assert!(first.expect(201).json()["one_time_password"].is_string());
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert!(again.expect(201).json().get("one_time_password").is_none());
        assert_eq!(first.json()["id"], again.json()["id"]);
    }
}

#[test]
fn without_a_given_password_the_first_start_makes_one_up_once() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        testbase::block_on(async {
            let config = gateway::Config { admin_password: None, ..settings() };
            let slot = config.first_password.clone();
            let house = House::start(backend, config).await;
            let password = slot.take().expect("a password");
            assert!(slot.take().is_none());
            let view = house.anonymous().try_login("admin", &password).await.expect(200).json();
            assert_eq!(view["must_change_password"], true);
            // The next start finds everything and says nothing.
            let House { served, stub, place, .. } = house;
            drop((served, stub));
            let config = gateway::Config { admin_password: None, ..settings() };
            let slot = config.first_password.clone();
            let house = House::start_with(place, config, |_| {}).await;
            assert!(slot.take().is_none());
            house.anonymous().try_login("admin", &password).await.expect(200);
        });
    }
}

#[test]
fn without_the_catalog_no_department_is_believed() {
    testbase::block_on(async {
        let place = testbase::Place::new(Backend::Sqlite).await;
        let house = House::start_with(place, settings(), |core| {
            core.urls.insert("catalog".into(), "http://127.0.0.1:1".into());
        })
        .await;
        let answer = house.admin().await.post("/v1/accounts", &new("zhangsan", &[])).await;
        assert_eq!(code(answer.expect(503)), "unavailable");
        assert!(answer.header("retry-after").is_some());
    });
}
