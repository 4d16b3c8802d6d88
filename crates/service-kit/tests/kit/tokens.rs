//! Tokens that count and tokens that do not (S09–S14, S18): one line a case, each with the same answer.

use crate::caller::{Caller, Issuer, unsigned};
use crate::{Probe, on_sqlite, problem};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use service_kit::auth::revocation::Revocation;
use sha2::Sha256;

async fn try_token(probe: &Probe, token: &str) -> testbase::Answer {
    Caller::new(&probe.url(), Some(token.to_string())).get("/v1/notes").await
}

/// Claims with one member set, or taken away by null.
fn with(probe: &Probe, member: &str, value: Value) -> Value {
    let mut claims = probe.claims("nz-rsj", &["lead_editor"]);
    let object = claims.as_object_mut().unwrap();
    if value.is_null() {
        object.remove(member);
    } else {
        object.insert(member.to_string(), value);
    }
    claims
}

async fn refused(probe: &Probe, why: &str, token: &str) {
    let answer = try_token(probe, token).await;
    assert_eq!(answer.status(), 401, "{why}: {answer}");
    let body = problem(&answer, 401, "unauthenticated");
    assert!(answer.header("www-authenticate").is_some_and(|h| h.starts_with("Bearer")), "{why}: {answer}");
    // The reason is for the log: nobody learns which check failed.
    assert_eq!(body["detail"], "凭证无效或已过期，请重新登录", "{why}");
}

#[test]
fn a_good_token_counts() {
    on_sqlite(async |probe| {
        let claims = probe.claims("nz-rsj", &["lead_editor"]);
        try_token(&probe, &probe.issuer.token(&claims)).await.expect(200);
        // For this service alone.
        try_token(&probe, &probe.issuer.token(&with(&probe, "aud", json!(["notes"])))).await.expect(200);
        try_token(&probe, &probe.issuer.token(&with(&probe, "aud", json!(["other", "notes"]))))
            .await
            .expect(200);
        // From the cache, too.
        for _ in 0..3 {
            try_token(&probe, &probe.issuer.token(&claims)).await.expect(200);
        }
    });
}

#[test]
fn no_algorithm_but_ours_counts() {
    on_sqlite(async |probe| {
        let claims = probe.claims("nz-rsj", &["lead_editor"]);
        for alg in ["none", "None", "NONE", "nOnE", ""] {
            let text = unsigned(&json!({"alg": alg, "typ": "at+jwt", "kid": "key-1"}), &claims);
            refused(&probe, alg, &format!("{text}.")).await;
            refused(&probe, alg, &text).await;
            refused(&probe, alg, &format!("{text}.{}", B64.encode([0u8; 64]))).await;
        }
        // HMAC with the public key, in the forms a library might take for a secret.
        let public = probe.issuer.public_key();
        let pem_body = base64::engine::general_purpose::STANDARD.encode(public);
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{pem_body}\n-----END PUBLIC KEY-----\n");
        for secret in [
            public.to_vec(),
            B64.encode(public).into_bytes(),
            hex::encode(public).into_bytes(),
            pem.into_bytes(),
        ] {
            let text = unsigned(&json!({"alg": "HS256", "typ": "at+jwt", "kid": "key-1"}), &claims);
            let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
            mac.update(text.as_bytes());
            refused(&probe, "HS256", &format!("{text}.{}", B64.encode(mac.finalize().into_bytes()))).await;
        }
        for alg in ["HS256", "RS256", "ES256", "PS256", "Ed25519", "eddsa"] {
            let token =
                probe.issuer.token_with(&json!({"alg": alg, "typ": "at+jwt", "kid": "key-1"}), &claims);
            refused(&probe, alg, &token).await;
        }
    });
}

#[test]
fn a_changed_token_does_not_count() {
    on_sqlite(async |probe| {
        let token = probe.issuer.token(&probe.claims("nz-rsj", &["inspector"]));
        let (text, signature) = token.rsplit_once('.').unwrap();
        let better = probe.issuer.token(&probe.claims("nz-rsj", &["lead_editor"]));
        let (better, _) = better.rsplit_once('.').unwrap();
        refused(&probe, "the signature of other claims", &format!("{better}.{signature}")).await;
        refused(&probe, "no signature", &format!("{text}.")).await;
        refused(&probe, "a cut signature", &token[..token.len() - 2]).await;
        refused(&probe, "a longer signature", &format!("{token}AA")).await;
        refused(
            &probe,
            "another key",
            &Issuer::new("key-1").token(&probe.claims("nz-rsj", &["lead_editor"])),
        )
        .await;
        for garbage in ["x", "a.b.c", "...", "e30.e30."] {
            let answer = try_token(&probe, garbage).await;
            assert!(matches!(answer.status(), 400 | 401), "{garbage:?}: {answer}");
        }
    });
}

#[test]
fn key_ids_are_looked_up_and_nothing_else() {
    on_sqlite(async |probe| {
        let claims = probe.claims("nz-rsj", &["lead_editor"]);
        let long = "k".repeat(10_000);
        for kid in ["", "key-2", "../../etc/passwd", "' OR 1=1 --", "KEY-1", "key-1 ", long.as_str()] {
            let token =
                probe.issuer.token_with(&json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid}), &claims);
            let answer = try_token(&probe, &token).await;
            assert!(matches!(answer.status(), 401 | 431 | 400), "{kid}: {answer}");
        }
        refused(
            &probe,
            "no key id",
            &probe.issuer.token_with(&json!({"alg": "EdDSA", "typ": "at+jwt"}), &claims),
        )
        .await;
        for typ in [json!("JWT"), json!("jwt"), json!("rt+jwt"), json!(""), Value::Null] {
            let header = json!({"alg": "EdDSA", "typ": typ, "kid": "key-1"});
            refused(&probe, &format!("typ {typ}"), &probe.issuer.token_with(&header, &claims)).await;
        }
        // A key that the token brings itself, or says where to fetch, is not a key.
        let stranger = Issuer::new("mine");
        let own = serde_json::to_value(stranger.jwks()).unwrap()["keys"][0].clone();
        for header in [
            json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "mine", "jwk": own}),
            json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "mine", "jku": "http://127.0.0.1:1/jwks.json"}),
            json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "mine", "x5u": "http://127.0.0.1:1/cert.pem"}),
        ] {
            refused(&probe, "its own key", &stranger.token_with(&header, &claims)).await;
        }
    });
}

#[test]
fn times_are_whole_seconds_within_five_of_now() {
    on_sqlite(async |probe| {
        let now = probe.now();
        for (member, value, good) in [
            ("exp", json!(now - 2), true),
            ("exp", json!(now - 6), false),
            ("exp", json!(now - 61), false),
            ("exp", json!("never"), false),
            ("exp", json!((now + 900).to_string()), false),
            ("exp", Value::Null, false),
            ("exp", json!(-1), false),
            ("exp", json!(1e300), false),
            ("iat", json!(now + 2), true),
            ("iat", json!(now + 60), false),
            ("iat", Value::Null, false),
            ("nbf", json!(now + 60), false),
            ("nbf", json!("soon"), false),
            ("nbf", Value::Null, false),
        ] {
            let token = probe.issuer.token(&with(&probe, member, value.clone()));
            if good {
                let answer = try_token(&probe, &token).await;
                assert_eq!(answer.status(), 200, "{member} {value}: {answer}");
            } else {
                refused(&probe, &format!("{member} {value}"), &token).await;
            }
        }
    });
}

#[test]
fn a_token_that_counted_ends_when_it_says() {
    on_sqlite(async |probe| {
        let token = probe.issuer.token(&probe.claims("nz-rsj", &["lead_editor"]));
        try_token(&probe, &token).await.expect(200);
        let clock = probe.served.core.clock.clone();
        clock.advance(std::time::Duration::from_secs(899));
        try_token(&probe, &token).await.expect(200);
        clock.advance(std::time::Duration::from_secs(10));
        refused(&probe, "expired while in the cache", &token).await;
    });
}

#[test]
fn issuer_audience_and_subject_must_be_right() {
    on_sqlite(async |probe| {
        for (member, value) in [
            ("iss", json!("https://elsewhere.invalid")),
            ("iss", json!("")),
            ("iss", Value::Null),
            ("aud", json!(["catalog"])),
            ("aud", json!([])),
            ("aud", json!(["Lianjian"])),
            ("aud", Value::Null),
            ("sub", Value::Null),
            ("dep", Value::Null),
            ("rol", json!(["emperor"])),
            ("rol", Value::Null),
            ("rol", json!("lead_editor")),
        ] {
            refused(
                &probe,
                &format!("{member} {value}"),
                &probe.issuer.token(&with(&probe, member, value.clone())),
            )
            .await;
        }
    });
}

#[test]
fn one_authorization_header_of_the_right_form_or_none() {
    on_sqlite(async |probe| {
        let token = probe.issuer.token(&probe.claims("nz-rsj", &["lead_editor"]));
        let nobody = probe.nobody();
        let bearer = format!("Bearer {token}");
        for good in [bearer.clone(), format!("bearer {token}"), format!("BEARER {token}")] {
            nobody.send("GET", "/v1/notes", &[("authorization", &good)], Vec::new()).await.expect(200);
        }
        for bad in [
            token.clone(),
            format!("Bearer  {token}"),
            format!("Bearer {token} {token}"),
            "Bearer ".to_string(),
            "Bearer".to_string(),
            String::new(),
            format!("Basic {token}"),
            format!("Token {token}"),
        ] {
            let answer = nobody.send("GET", "/v1/notes", &[("authorization", &bad)], Vec::new()).await;
            problem(&answer, 401, "unauthenticated");
        }
        let two = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
        problem(&nobody.send("GET", "/v1/notes", &two, Vec::new()).await, 401, "unauthenticated");
        for query in ["access_token", "token", "authorization"] {
            let answer = nobody.get(&format!("/v1/notes?{query}={token}")).await;
            assert!(matches!(answer.status(), 400 | 401), "{answer}");
        }
        // Who says so in another header is nobody.
        for name in ["x-user-id", "x-dept", "from-source", "x-forwarded-user", "x-api-key"] {
            problem(
                &nobody.send("GET", "/v1/notes", &[(name, "admin")], Vec::new()).await,
                401,
                "unauthenticated",
            );
        }
        // A public operation does not mind a bad token.
        nobody.send("GET", "/livez", &[("authorization", "Bearer x")], Vec::new()).await.expect(200);
    });
}

#[test]
fn a_revoked_token_no_longer_counts_and_a_later_one_does() {
    on_sqlite(async |probe| {
        let token = probe.issuer.token(&probe.claims("nz-rsj", &["lead_editor"]));
        try_token(&probe, &token).await.expect(200);
        let before = probe.now() + 1;
        let entry = Revocation {
            kind: "account".into(),
            value: "account-nz-rsj".into(),
            before,
            until: before + 1000,
        };
        probe.served.kit("notes").verifier.revocations().add(&[entry]);
        refused(&probe, "revoked", &token).await;
        let mut later = probe.claims("nz-rsj", &["lead_editor"]);
        later["iat"] = json!(before);
        try_token(&probe, &probe.issuer.token(&later)).await.expect(200);
        probe.caller("nz-jtj", &[]).get("/v1/notes").await.expect(200);
    });
}

#[test]
fn roles_decide_and_services_have_their_own_door() {
    on_sqlite(async |probe| {
        let service = Caller::new(
            &probe.url(),
            Some(probe.issuer.token(&with(&probe, "sub", json!("service:catalog")))),
        );
        service.get("/v1/for-services").await.expect(204);
        problem(&probe.editor().get("/v1/for-services").await, 403, "role_missing");
        probe.caller("nz-gaj", &["security_admin"]).get("/v1/for-services").await.expect(204);
        // A service has no roles, whatever its token says.
        problem(&service.post("/v1/notes", &json!({"title": "一"})).await, 403, "role_missing");
    });
}
