//! Which tokens count (S09–S15, S18): made right by the gateway, and nothing else.

use crate::house::{House, code};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use gateway::store::signing_key::signing_key_list;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use service_kit::Error;
use std::time::Duration;

const ME: &str = "/v1/accounts/me";

/// The gateway's own key, opened as only a test may.
async fn key(house: &House) -> (String, EncodingKey, String) {
    let kit = house.kit();
    let rows = kit.store.read::<_, Error, _>(async |c| Ok(signing_key_list(c).await?)).await.unwrap();
    let row = rows.into_iter().find(|r| r.state == "active").unwrap();
    let der = kit.crypto.open(&format!("signing_key/sealed/{}", row.kid), &row.sealed).unwrap();
    (row.kid, EncodingKey::from_ed_der(&STANDARD_NO_PAD.decode(der).unwrap()), row.public_x)
}

fn payload(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

testbase::both! {
    async fn a_token_says_who_and_what_in_the_agreed_form(house: House) {
        let admin = house.admin().await;
        let token = admin.token.clone().unwrap();
        let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
        assert_eq!((head["alg"].as_str(), head["typ"].as_str()), (Some("EdDSA"), Some("at+jwt")));
        let claims = payload(&token);
        assert_eq!(claims["aud"], json!(["lianjian"]));
        assert_eq!(claims["iss"], "https://lianjian.invalid");
        assert_eq!(claims["dep"], "nz-scjg");
        assert_eq!(claims["rol"], json!(["organiser", "system_admin"]));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 900);
        let me = admin.get(ME).await.expect(200).json();
        assert_eq!((me["username"].as_str(), &me["id"]), (Some("admin"), &claims["sub"]));
        let keys = admin.get("/.well-known/jwks.json").await.expect(200).json();
        assert_eq!(keys["keys"][0]["kid"], head["kid"]);
        assert!(keys["keys"][0].get("d").is_none());
    }

    async fn forged_tokens_do_not_count_here_nor_behind(house: House) {
        let admin = house.admin().await;
        let good = admin.token.clone().unwrap();
        let (kid, _, public_x) = key(&house).await;
        let claims = payload(&good);
        let (head, body, signature) = { let mut p = good.split('.'); (p.next().unwrap(), p.next().unwrap(), p.next().unwrap()) };
        let mut forged = vec![
            ("no signature", format!("{head}.{body}.")),
            ("two parts", format!("{head}.{body}")),
            ("a changed body", format!("{head}.{}.{signature}", part(&{ let mut c = claims.clone(); c["rol"] = json!(["audit_admin"]); c }))),
            ("empty", String::new()),
            ("dots", "..".into()),
            ("the refresh token", admin.refresh.clone()),
            ("very long", format!("{head}.{body}.{}", "A".repeat(5000))),
        ];
        for alg in ["none", "None", "NONE", "nOnE", "HS256", "RS256"] {
            let head = part(&json!({"alg": alg, "typ": "at+jwt", "kid": kid}));
            forged.push(("another algorithm", format!("{head}.{body}.")));
            forged.push(("another algorithm", format!("{head}.{body}.{signature}")));
        }
        // The public key as an HMAC secret.
        let header = Header { typ: Some("at+jwt".into()), kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) };
        for secret in [public_x.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(&public_x).unwrap()] {
            forged.push(("HS256 with the public key", jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&secret)).unwrap()));
        }
        let kids = ["../../etc/passwd", "' OR 1=1 --", "unknown", "", &"k".repeat(10_000)].map(String::from);
        for kid in kids {
            let head = part(&json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid}));
            forged.push(("another key id", format!("{head}.{body}.{signature}")));
        }
        for (name, value) in [("jku", json!("http://127.0.0.1:1/keys")), ("x5u", json!("http://127.0.0.1:1/cert")), ("jwk", json!({"kty": "OKP"}))] {
            let mut head = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid});
            head[name] = value;
            forged.push(("a key of its own", format!("{}.{body}.{signature}", part(&head))));
        }
        for (what, token) in forged {
            for path in [ME, "/v1/echo"] {
                let asked = house.stub.asked();
                let answer = house.anonymous().bearer(&token).get(path).await;
                // Longer than a header may be, it is refused even earlier.
                assert!(matches!(answer.status(), 401 | 400 | 431), "{what} at {path}: {answer}");
                assert_eq!(house.stub.asked(), asked, "{what} reached the service");
            }
        }
        admin.get(ME).await.expect(200);
    }

    async fn tokens_with_wrong_claims_do_not_count(house: House) {
        let admin = house.admin().await;
        let (kid, key, _) = key(&house).await;
        let good = payload(&admin.token.clone().unwrap());
        let now = house.clock.now().as_second();
        let header = Header { typ: Some("at+jwt".into()), kid: Some(kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let with = |change: &dyn Fn(&mut Value)| {
            let mut claims = good.clone();
            change(&mut claims);
            jsonwebtoken::encode(&header, &claims, &key).unwrap()
        };
        house.anonymous().bearer(&with(&|_| {})).get(ME).await.expect(200);
        let wrong: Vec<(&str, String)> = vec![
            ("expired", with(&|c| c["exp"] = json!(now - 30))),
            ("expired by more than the leeway", with(&|c| c["exp"] = json!(now - 6))),
            ("exp as text", with(&|c| c["exp"] = json!("never"))),
            ("no exp", with(&|c| { c.as_object_mut().unwrap().remove("exp"); })),
            ("issued in the future", with(&|c| c["iat"] = json!(now + 600))),
            ("of another service", with(&|c| c["aud"] = json!(["subjects"]))),
            ("without audience", with(&|c| { c.as_object_mut().unwrap().remove("aud"); })),
            ("of another issuer", with(&|c| c["iss"] = json!("https://elsewhere.invalid"))),
            ("with an unknown role", with(&|c| c["rol"] = json!(["king"]))),
        ];
        for (what, token) in wrong {
            let answer = house.anonymous().bearer(&token).get(ME).await;
            assert_eq!(answer.status(), 401, "{what}: {answer}");
        }
        // Another type of token, signed with the right key.
        let header = Header { typ: Some("JWT".into()), ..header };
        let token = jsonwebtoken::encode(&header, &good, &key).unwrap();
        house.anonymous().bearer(&token).get(ME).await.expect(401);
    }

    async fn a_token_ends_with_its_time(house: House) {
        let admin = house.admin().await;
        house.clock.advance(Duration::from_secs(890));
        admin.get(ME).await.expect(200);
        admin.get("/v1/echo").await.expect(200);
        house.clock.advance(Duration::from_secs(16));
        admin.get(ME).await.expect(401);
        admin.get("/v1/echo").await.expect(401);
    }

    async fn odd_credentials_are_refused_never_passed(house: House) {
        let admin = house.admin().await;
        let token = admin.token.clone().unwrap();
        let nobody = house.anonymous();
        for value in [String::new(), "Bearer".into(), "Bearer ".into(), format!("Bearer  {token}"), format!("Bearer {token} x"),
            format!("Basic {token}"), token.clone(), format!("Token {token}")] {
            for path in [ME, "/v1/echo"] {
                let answer = nobody.send(reqwest::Method::GET, path, &[("authorization", &value)], Vec::new()).await;
                assert!(matches!(answer.status(), 400 | 401), "{value:?} at {path}: {answer}");
            }
        }
        let twice = [("authorization", format!("Bearer {token}")), ("authorization", format!("Bearer {token}"))];
        let twice: Vec<(&str, &str)> = twice.iter().map(|(n, v)| (*n, v.as_str())).collect();
        nobody.send(reqwest::Method::GET, ME, &twice, Vec::new()).await.expect(401);
        nobody.send(reqwest::Method::GET, "/v1/echo", &twice, Vec::new()).await.expect(401);
        // Lower case is the same scheme (RFC 9110 §11.1); a token in the query is none.
        nobody.send(reqwest::Method::GET, ME, &[("authorization", &format!("bearer {token}"))], Vec::new()).await.expect(200);
        nobody.get(&format!("{ME}?access_token={token}")).await.expect(401);
    }

    async fn the_suites_own_services_get_tokens_for_their_secret(house: House) {
        let nobody = house.anonymous();
        let secret = service_kit::auth::tokens::service_secret(&house.served.core.service_key, "catalog");
        let ask = |id: &str, secret: &str| json!({"client_id": id, "client_secret": secret});
        let view = nobody.post("/v1/auth/client-token", &ask("service:catalog", &secret)).await.expect(200).json();
        assert!(view.get("refresh_token").is_none());
        let service = nobody.bearer(view["access_token"].as_str().unwrap());
        service.get("/v1/auth/revocations").await.expect(200);
        service.get("/v1/accounts").await.expect(403);
        for (id, secret) in [("service:subjects", secret.as_str()), ("service:catalog", "x"), ("client:catalog", &secret)] {
            assert_eq!(code(nobody.post("/v1/auth/client-token", &ask(id, secret)).await.expect(401)), "bad_credentials");
        }
        nobody.post("/v1/auth/client-token", &ask("catalog", &secret)).await.expect(422);
        // A person is not a service.
        let (clerk, _) = house.account(&house.admin().await, &["lead_editor"]).await;
        clerk.get("/v1/auth/revocations").await.expect(403);
    }
}
