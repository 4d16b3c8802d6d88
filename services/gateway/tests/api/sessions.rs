//! Sessions: renewing, reuse, logging out, what ends tokens at once (S15, S16).

use crate::house::{Caller, House, PASSWORD, code};
use serde_json::json;
use std::time::Duration;

const ME: &str = "/v1/accounts/me";

async fn refresh(caller: &Caller, token: &str) -> testbase::Answer {
    let nobody = Caller { token: None, ..caller.clone() };
    nobody.post("/v1/auth/refresh", &json!({"refresh_token": token})).await
}

testbase::both! {
    async fn a_refresh_token_works_once_and_its_reuse_ends_the_session(house: House) {
        let admin = house.admin().await;
        let second = refresh(&admin, &admin.refresh).await.expect(200).json();
        let (access, next) = (second["access_token"].as_str().unwrap(), second["refresh_token"].as_str().unwrap());
        assert_ne!(next, admin.refresh);
        admin.bearer(access).get(ME).await.expect(200);
        // The first one comes back: it is in two hands.
        assert_eq!(code(refresh(&admin, &admin.refresh).await.expect(401)), "bad_credentials");
        refresh(&admin, next).await.expect(401);
        admin.bearer(access).get(ME).await.expect(401);
        admin.bearer(access).get("/v1/echo").await.expect(401);
        let session = crate::sessions::session_of(access);
        assert!(house.audit(&session).await.iter().any(|d| d.contains("refresh_token_reused")));
        // Another session of the same account lives.
        house.admin().await.get(ME).await.expect(200);
        refresh(&admin, "nothing").await.expect(401);
    }

    async fn of_simultaneous_renewals_exactly_one_wins_and_the_session_lives(house: House) {
        let admin = house.admin().await;
        let all = futures_util::future::join_all((0..12).map(|_| refresh(&admin, &admin.refresh))).await;
        let won: Vec<_> = all.iter().filter(|a| a.status() == 200).collect();
        assert_eq!(won.len(), 1, "{:?}", all.iter().map(testbase::Answer::status).collect::<Vec<_>>());
        // Whoever began before the winner was done is told so; whoever came after is a reuse.
        let lost: Vec<u16> = all.iter().map(testbase::Answer::status).filter(|s| *s != 200).collect();
        assert!(lost.iter().all(|s| matches!(s, 409 | 401)), "{lost:?}");
        let next = won[0].json()["refresh_token"].as_str().unwrap().to_string();
        if lost.iter().all(|s| *s == 409) {
            refresh(&admin, &next).await.expect(200);
        }
    }

    async fn logging_out_ends_the_tokens_of_that_session_at_once(house: House) {
        let (here, there) = (house.admin().await, house.admin().await);
        here.post("/v1/auth/logout", &json!({})).await.expect(204);
        here.get(ME).await.expect(401);
        here.get("/v1/echo").await.expect(401);
        refresh(&here, &here.refresh).await.expect(401);
        there.get(ME).await.expect(200);
        // Services learn it from the list.
        let secret = service_kit::auth::tokens::service_secret(&house.served.core.service_key, "catalog");
        let body = json!({"client_id": "service:catalog", "client_secret": secret});
        let token = there.post("/v1/auth/client-token", &body).await.expect(200).json();
        let list = house.anonymous().bearer(token["access_token"].as_str().unwrap()).get("/v1/auth/revocations").await.expect(200).json();
        let session = session_of(here.token.as_deref().unwrap());
        assert!(list["items"].as_array().unwrap().iter().any(|r| r["value"] == session.as_str()), "{list}");
        // And when no token can be concerned any more, it is forgotten.
        house.clock.advance(Duration::from_secs(2 * 3600));
        let token = there.post("/v1/auth/client-token", &body).await.expect(200).json();
        let list = house.anonymous().bearer(token["access_token"].as_str().unwrap()).get("/v1/auth/revocations").await.expect(200).json();
        assert_eq!(list["items"], json!([]));
    }

    async fn a_caller_sees_and_ends_his_own_sessions_only(house: House) {
        let admin = house.admin().await;
        let (clerk, _) = house.account(&admin, &["lead_editor"]).await;
        let other = house.admin().await;
        let list = admin.get("/v1/auth/sessions?limit=1").await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        let next = list["next"].as_str().unwrap();
        let rest = admin.get(&format!("/v1/auth/sessions?limit=1&cursor={next}")).await.expect(200).json();
        assert_eq!(rest["items"].as_array().unwrap().len(), 1);
        let sessions = admin.get("/v1/auth/sessions").await.expect(200).json();
        let current: Vec<bool> = sessions["items"].as_array().unwrap().iter().map(|s| s["is_current"] == true).collect();
        assert_eq!(current, [true, false]);
        assert_eq!(sessions["items"][0]["address"], "127.0.0.*");
        let theirs = session_of(clerk.token.as_deref().unwrap());
        admin.post(&format!("/v1/auth/sessions/{theirs}/revoke"), &json!({})).await.expect(404);
        let mine = session_of(other.token.as_deref().unwrap());
        admin.post(&format!("/v1/auth/sessions/{mine}/revoke"), &json!({})).await.expect(204);
        other.get(ME).await.expect(401);
        admin.post(&format!("/v1/auth/sessions/{mine}/revoke"), &json!({})).await.expect(409);
        clerk.get(ME).await.expect(200);
    }

    async fn a_change_of_rights_ends_the_tokens_issued_before_it(house: House) {
        let admin = house.admin().await;
        let (mut clerk, view) = house.account(&admin, &["lead_editor"]).await;
        let at = format!("/v1/accounts/{}", view["id"].as_str().unwrap());
        let roles = [json!({"grant": ["lead_head"]}), json!({"revoke": ["lead_head"]})];
        let mut roles = roles.iter();
        for change in ["role", "department", "role"] {
            clerk.get("/v1/echo").await.expect(200);
            if change == "role" {
                admin.post(&format!("{at}/roles"), roles.next().unwrap()).await.expect(200);
            } else {
                let etag = admin.get(&at).await.etag();
                admin.patch(&at, &etag, &json!({"department": "nz-yjglj"})).await.expect(200);
            }
            clerk.get(ME).await.expect(401);
            clerk.get("/v1/echo").await.expect(401);
            // The session goes on with the new rights, also within the same second.
            let renewed = refresh(&clerk, &clerk.refresh).await.expect(200).json();
            clerk = Caller { refresh: renewed["refresh_token"].as_str().unwrap().into(), ..clerk.bearer(renewed["access_token"].as_str().unwrap()) };
            clerk.get(ME).await.expect(200);
        }
        // A new display name takes nothing away.
        let etag = admin.get(&at).await.etag();
        admin.patch(&at, &etag, &json!({"display_name": "李四"})).await.expect(200);
        clerk.get("/v1/echo").await.expect(200);
        admin.post(&format!("{at}/disable"), &json!({})).await.expect(200);
        clerk.get("/v1/echo").await.expect(401);
        refresh(&clerk, &clerk.refresh).await.expect(401);
        assert_eq!(code(house.anonymous().try_login("clerk0", PASSWORD).await.expect(403)), "account_disabled");
        admin.post(&format!("{at}/enable"), &json!({})).await.expect(200);
        house.anonymous().login("clerk0", PASSWORD).await.get(ME).await.expect(200);
    }

    async fn a_session_that_is_not_used_ends(house: House) {
        let admin = house.admin().await;
        house.clock.advance(Duration::from_secs(6 * 24 * 3600));
        let renewed = refresh(&admin, &admin.refresh).await.expect(200).json();
        let next = renewed["refresh_token"].as_str().unwrap().to_string();
        house.clock.advance(Duration::from_secs(6 * 24 * 3600));
        let renewed = refresh(&admin, &next).await.expect(200).json();
        house.clock.advance(Duration::from_secs(8 * 24 * 3600));
        refresh(&admin, renewed["refresh_token"].as_str().unwrap()).await.expect(401);
    }
}

/// The session a token belongs to.
pub fn session_of(token: &str) -> String {
    use base64::Engine as _;
    let body = token.split('.').nth(1).unwrap();
    let body = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap();
    serde_json::from_slice::<serde_json::Value>(&body).unwrap()["sid"].as_str().unwrap().to_string()
}
