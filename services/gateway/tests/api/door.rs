//! What every request meets: path, methods, limits, CORS, headers (S19, S20, S38, S43–S45).

use crate::house::{House, code, settings};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use testbase::{Backend, block_on};

testbase::both! {
    async fn a_path_with_two_meanings_is_refused(house: House) {
        let token = house.admin().await.token.unwrap();
        let caller = house.anonymous();
        for path in ["//v1/accounts", "/v1//accounts", "/v1/./accounts", "/v1/x/../accounts", "/v1/%2e%2e/accounts", "/v1/accounts%2fme",
            "/v1/accounts;x=1", "/v1/accounts%00", "/v1/%61ccounts%2Fme", "/v1/echo/%2e%2e/organs/nz-rsj", "/v1/echo/..%2forgans",
            "/v1/echo/%EF%BC%8E%EF%BC%8E/organs", "/v1/echo\\x", "/docs/../v1/accounts", "/v1/echo/%c0%ae", "/v1/echo/%"] {
            let asked = house.stub.asked();
            let raw = caller.raw(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n")).await;
            assert!(raw.starts_with("HTTP/1.1 400"), "{path}: {raw}");
            assert_eq!(house.stub.asked(), asked, "{path} reached the service");
        }
        // A trailing slash or another case is another path: nothing is there.
        for path in ["/v1/accounts/", "/V1/accounts", "/v1/Accounts", "/v1/accounts.", "/V1/echo", "/v1/Echo"] {
            assert_eq!(code(caller.bearer(&token).get(path).await.expect(404)), "no_such_path", "{path}");
        }
        // Full-width letters on the wire.
        let raw = caller.raw("GET /v1/accounts\u{FF0F}me HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(raw.starts_with("HTTP/1.1 400"), "{raw}");
    }

    async fn a_request_with_two_lengths_is_refused(house: House) {
        let caller = house.anonymous();
        let rest = "host: x\r\ncontent-type: text/plain\r\n";
        for (what, head, body) in [
            ("both lengths", "content-length: 4\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\nGET /v1/echo/smuggled HTTP/1.1\r\nhost: x\r\n\r\n"),
            ("two lengths", "content-length: 0\r\ncontent-length: 44\r\n", "GET /v1/echo/smuggled HTTP/1.1\r\nhost: x\r\n\r\n"),
            ("a signed length", "content-length: +4\r\n", "abcd"),
            ("an odd encoding", "transfer-encoding: xchunked\r\n", "0\r\n\r\n"),
            ("a bad chunk", "transfer-encoding: chunked\r\n", "zz\r\nabc\r\n0\r\n\r\n"),
        ] {
            let asked = house.stub.asked();
            let raw = caller.raw(&format!("POST /v1/echo HTTP/1.1\r\n{rest}{head}\r\n{body}")).await;
            // A chunk that does not read is found when the head has been taken: the connection is cut without an answer.
            let is_cut = what == "a bad chunk" && raw.is_empty();
            assert!(is_cut || raw.starts_with("HTTP/1.1 400"), "{what}: {raw}");
            assert!(!raw.contains("smuggled"), "{what}: {raw}");
            assert_eq!(house.stub.asked(), asked, "{what}");
        }
    }

    async fn odd_methods_and_hidden_ports_stay_shut(house: House) {
        let caller = house.anonymous();
        for path in ["/v1/accounts", "/v1/echo", "/docs/", "/nothing"] {
            for method in ["TRACE", "BREW", "PROPFIND"] {
                let answer = caller.send(Method::from_bytes(method.as_bytes()).unwrap(), path, &[], Vec::new()).await;
                assert!(matches!(answer.status(), 405 | 501), "{method} {path}: {answer}");
                assert!(answer.header("allow").is_some(), "{method} {path}: {answer}");
            }
        }
        let not = caller.send(Method::DELETE, "/v1/accounts", &[], Vec::new()).await;
        assert_eq!(not.expect(405).header("allow"), Some("GET, POST, HEAD, OPTIONS").or(not.header("allow")));
        let options = caller.send(Method::OPTIONS, "/v1/accounts", &[], Vec::new()).await;
        assert!(options.expect(204).header("allow").unwrap().contains("POST"));
        // HEAD is GET without a body.
        let head = caller.send(Method::HEAD, "/.well-known/jwks.json", &[], Vec::new()).await;
        assert!(head.expect(200).bytes().is_empty());
        for path in ["/catalog/metrics", "/catalog/readyz", "/catalog/livez", "/gateway/v1/feed", "/catalog", "/admin", "/.git/config", "/.env"] {
            let answer = caller.get(path).await;
            assert!(matches!(answer.status(), 404 | 400), "{path}: {answer}");
        }
        // Figures are for this machine, not for whoever comes through a proxy.
        caller.send(Method::GET, "/metrics", &[("x-forwarded-for", "1.2.3.4")], Vec::new()).await.expect(404);
        assert!(caller.get("/livez").await.expect(200).header("server").is_none());
        let problem = caller.get("/nothing").await;
        assert_eq!(problem.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem.header("x-trace-id").unwrap().len(), 32);
        assert_eq!(problem.json()["trace_id"], problem.header("x-trace-id").unwrap());
    }

    async fn limits_are_told_on_every_answer(house: House) {
        let admin = house.admin().await;
        let answer = admin.get("/v1/accounts/me").await;
        assert_eq!(answer.header("ratelimit-policy"), Some("\"default\";q=10000000;w=60"));
        let answer = admin.get("/v1/echo").await;
        assert_eq!(answer.header("ratelimit-policy"), Some("\"default\";q=10000000;w=60"));
        assert!(answer.header("ratelimit").unwrap().starts_with("\"default\";r=99999"), "{answer}");
        let nobody = house.anonymous();
        assert_eq!(nobody.get("/v1/accounts/me").await.expect(401).header("ratelimit-policy"), Some("\"anonymous\";q=10000000;w=60"));
        let auth = nobody.try_login("admin", "wrong-guess-one").await;
        assert_eq!(auth.expect(401).header("ratelimit-policy"), Some("\"auth\";q=10000000;w=60"));
    }
}

#[test]
fn past_the_limit_nothing_is_done_and_no_header_helps() {
    block_on(async {
        let config = gateway::Config {
            rate_per_minute: 20,
            anonymous_rate_per_minute: 10,
            auth_rate_per_minute: 8,
            ..settings()
        };
        let house = House::start(Backend::Sqlite, config).await;
        let admin = house.admin().await;
        // Away from the end of a window, so that it does not begin anew half way.
        let second = house.clock.now().as_second().rem_euclid(60);
        house.clock.advance(Duration::from_secs(u64::try_from(60 - second).unwrap() + 1));
        let mut left = Vec::new();
        for n in 0..30 {
            let answer = admin
                .send(
                    Method::GET,
                    "/v1/echo",
                    &[("x-forwarded-for", &format!("10.0.0.{n}")), ("x-real-ip", "1.1.1.1")],
                    Vec::new(),
                )
                .await;
            left.push((answer.status(), answer.header("ratelimit").unwrap().to_string()));
        }
        assert_eq!(left.iter().filter(|(s, _)| *s == 200).count(), 20);
        assert!(left[0].1.starts_with("\"default\";r=19;t="), "{left:?}");
        assert_eq!(house.stub.asked(), 20);
        let refused = admin.get("/v1/accounts/me").await;
        assert_eq!(code(refused.expect(429)), "rate_limited");
        let (wait, reset): (i64, i64) = (
            refused.header("retry-after").unwrap().parse().unwrap(),
            refused.header("ratelimit").unwrap().rsplit('=').next().unwrap().parse().unwrap(),
        );
        assert_eq!(wait, reset);
        // Other callers and addresses have their own.
        let nobody = house.from("127.0.0.9");
        for _ in 0..10 {
            nobody.get("/v1/echo").await.expect(200);
        }
        nobody.get("/v1/echo").await.expect(429);
        // A token that does not count is an address like any other.
        nobody.bearer("a.b.c").get("/v1/echo").await.expect(429);
        house.from("127.0.0.10").get("/v1/echo").await.expect(200);
        // Health is not limited.
        for _ in 0..40 {
            nobody.get("/livez").await.expect(200);
        }
        let guesser = house.from("127.0.0.11");
        let statuses = futures_util::future::join_all((0..12).map(|n| {
            let g = guesser.clone();
            async move { g.try_login(&format!("user{n}"), "x").await.status() }
        }))
        .await;
        assert_eq!(statuses.iter().filter(|s| **s == 401).count(), 8, "{statuses:?}");
        // A minute later all is well.
        house.clock.advance(Duration::from_secs(60));
        nobody.get("/v1/echo").await.expect(200);
        admin.get("/v1/echo").await.expect(200);
    });
}

#[test]
fn behind_a_trusted_proxy_the_limit_is_the_callers_own() {
    block_on(async {
        let config = gateway::Config {
            anonymous_rate_per_minute: 2,
            trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
            ..settings()
        };
        let house = House::start(Backend::Sqlite, config).await;
        let proxy = house.anonymous();
        let via = async |client: &str| {
            let headers = [
                ("x-forwarded-for", client),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "lj.example"),
            ];
            proxy.send(Method::GET, "/v1/echo", &headers, Vec::new()).await
        };
        for _ in 0..2 {
            let seen = via("6.6.6.6, 203.0.113.7").await.expect(200).json();
            assert_eq!(seen["headers"]["x-forwarded-for"], json!(["203.0.113.7"]));
            assert_eq!(seen["headers"]["x-forwarded-proto"], json!(["https"]));
            assert_eq!(seen["headers"]["x-forwarded-host"], json!(["lj.example"]));
        }
        via("203.0.113.7").await.expect(429);
        via("203.0.113.8").await.expect(200);
        // From elsewhere the same headers say nothing.
        let liar = house.from("127.0.0.2");
        let headers = [("x-forwarded-for", "203.0.113.99")];
        let seen = liar.send(Method::GET, "/v1/echo", &headers, Vec::new()).await.expect(200).json();
        assert_eq!(seen["headers"]["x-forwarded-for"], json!(["127.0.0.2"]));
    });
}

#[test]
fn only_configured_origins_get_cors_headers() {
    block_on(async {
        let config = gateway::Config {
            cors_origins: vec!["https://lj.example".into()],
            behind_tls: true,
            ..settings()
        };
        let house = House::start(Backend::Sqlite, config).await;
        let caller = house.anonymous();
        let preflight = async |origin: &str, path: &str| {
            let headers = [
                ("origin", origin),
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", "authorization"),
            ];
            caller.send(Method::OPTIONS, path, &headers, Vec::new()).await
        };
        for path in ["/v1/accounts", "/v1/echo"] {
            let good = preflight("https://lj.example", path).await;
            assert_eq!(good.expect(204).header("access-control-allow-origin"), Some("https://lj.example"));
            assert!(good.header("access-control-allow-headers").unwrap().contains("Authorization"));
            assert!(good.header("access-control-allow-credentials").is_none());
            assert!(good.headers().get_all("vary").iter().any(|v| v == "Origin"));
            for origin in [
                "null",
                "https://lj.example.evil.org",
                "https://evil-lj.example",
                "http://lj.example",
                "https://lj.example:8443",
                "*",
            ] {
                let bad = preflight(origin, path).await;
                assert!(bad.header("access-control-allow-origin").is_none(), "{origin}: {bad}");
                let bad = caller.send(Method::GET, path, &[("origin", origin)], Vec::new()).await;
                assert!(
                    bad.headers().keys().all(|k| !k.as_str().starts_with("access-control")),
                    "{origin}: {bad}"
                );
            }
            // An error can be read by the page too.
            let answer =
                caller.send(Method::GET, path, &[("origin", "https://lj.example")], Vec::new()).await;
            assert_eq!(answer.header("access-control-allow-origin"), Some("https://lj.example"));
            assert!(answer.header("access-control-expose-headers").unwrap().contains("RateLimit"));
            assert!(answer.header("strict-transport-security").is_some());
        }
    });
}
