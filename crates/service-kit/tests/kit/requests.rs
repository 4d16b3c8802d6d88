//! The request line and headers: what does not exist, what is not offered, what is too much; language, trace, panics.

use crate::{faults, on_sqlite, problem};
use serde_json::json;

#[test]
fn a_path_that_does_not_exist_is_a_problem() {
    on_sqlite(async |probe| {
        for path in [
            "/",
            "/v1",
            "/v1/nothing",
            "/v1/notes/",
            "/v1//notes",
            "/v1/notes/x/y",
            "/v1/NOTES",
            "/v1/notes/..%2f",
        ] {
            let answer = probe.editor().get(path).await;
            assert_eq!(answer.status(), 404, "{answer}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer}");
        }
        let body = problem(&probe.nobody().get("/v1/nothing?x=1").await, 404, "no_such_path");
        assert_eq!(body["instance"], "/v1/nothing");
    });
}

#[test]
fn a_method_that_is_not_offered_names_those_that_are() {
    on_sqlite(async |probe| {
        for method in ["DELETE", "PUT", "TRACE", "PROPFIND", "PATCH"] {
            let answer = probe.editor().send(method, "/v1/notes", &[], Vec::new()).await;
            problem(&answer, 405, "method_not_allowed");
            let allow = answer.header("allow").unwrap_or_default();
            for offered in ["GET", "HEAD", "POST", "OPTIONS"] {
                assert!(allow.split(", ").any(|m| m == offered), "{method}: {allow}");
            }
            assert!(!allow.contains("DELETE"), "{allow}");
        }
    });
}

#[test]
fn options_tells_what_a_path_offers() {
    on_sqlite(async |probe| {
        let answer = probe
            .nobody()
            .send("OPTIONS", "/v1/notes/0198f000-0000-7000-8000-000000000000", &[], Vec::new())
            .await;
        answer.expect(204);
        let allow = answer.header("allow").unwrap_or_default();
        assert!(allow.contains("GET") && allow.contains("PATCH") && !allow.contains("POST"), "{answer}");
        problem(&probe.nobody().send("OPTIONS", "/v1/nothing", &[], Vec::new()).await, 404, "no_such_path");
    });
}

#[test]
fn head_is_get_without_a_body() {
    on_sqlite(async |probe| {
        let editor = probe.editor();
        let made = editor.post("/v1/notes", &json!({"title": "一"})).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let (get, head) = (editor.get(&path).await, editor.send("HEAD", &path, &[], Vec::new()).await);
        head.expect(200);
        assert!(head.bytes().is_empty() && !get.bytes().is_empty());
        for name in ["etag", "content-type", "cache-control", "x-content-type-options"] {
            assert_eq!(get.header(name), head.header(name), "{name}");
        }
        let nothing =
            editor.send("HEAD", "/v1/notes/0198f000-0000-7000-8000-000000000000", &[], Vec::new()).await;
        assert!(nothing.expect(404).bytes().is_empty());
        assert!(probe.nobody().send("HEAD", &path, &[], Vec::new()).await.expect(401).bytes().is_empty());
    });
}

#[test]
fn parameters_are_known_once_and_of_their_type_or_refused_all_together() {
    on_sqlite(async |probe| {
        let editor = probe.editor();
        let body =
            problem(&editor.get("/v1/notes?colour=red&page=2&limit=5&limit=6").await, 400, "bad_parameter");
        let want = [
            ("?colour", "unknown_parameter"),
            ("?limit", "repeated_parameter"),
            ("?page", "unknown_parameter"),
        ];
        assert_eq!(faults(&body), want.map(|(a, b)| (a.to_string(), b.to_string())));
        for query in [
            "limit=0",
            "limit=-1",
            "limit=201",
            "limit=1e3",
            "limit=01",
            "limit=+1",
            "limit=1.0",
            "limit=",
            "limit=999999999999999999999",
            "newest=yes",
            "newest=1",
            "newest=TRUE",
            "title=aaaaaaaaaaaaaaaaaaaaa",
            "title=%00",
        ] {
            let body = problem(&editor.get(&format!("/v1/notes?{query}")).await, 400, "bad_parameter");
            assert_eq!(faults(&body).len(), 1, "{query}: {body}");
        }
        let body = problem(&editor.get("/v1/notes?limit=0&newest=2").await, 400, "bad_parameter");
        assert_eq!(faults(&body).len(), 2, "{body}");
        for query in ["limit=1", "limit=200", "newest=true", "title=%E7%9B%91%E7%AE%A1", "title=", ""] {
            editor.get(&format!("/v1/notes?{query}")).await.expect(200);
        }
    });
}

#[test]
fn what_is_too_long_or_too_much_is_refused() {
    on_sqlite(async |probe| {
        let editor = probe.editor();
        problem(&editor.get(&format!("/v1/notes?title={}", "a".repeat(9000))).await, 414, "uri_too_long");
        let names: Vec<String> = (0..120).map(|n| format!("x-h-{n}")).collect();
        let headers: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), "1")).collect();
        let answer = editor.send("GET", "/v1/notes", &headers, Vec::new()).await;
        assert!(matches!(answer.status(), 400 | 431), "{answer}");
        // The server ends a connection whose head it could not read, so this one is another.
        probe.editor().get("/v1/notes").await.expect(200);
    });
}

#[test]
fn texts_come_in_the_language_asked_for_and_codes_have_none() {
    on_sqlite(async |probe| {
        for (wanted, tag, title) in [
            (None, "zh-CN", "未找到"),
            (Some("en"), "en", "Not found"),
            (Some("fr, en;q=0.5"), "en", "Not found"),
            (Some("zh-CN,en;q=0.9"), "zh-CN", "未找到"),
            (Some(";;;q=,,"), "zh-CN", "未找到"),
        ] {
            let headers: Vec<(&str, &str)> = wanted.map(|w| ("accept-language", w)).into_iter().collect();
            let answer = probe.nobody().send("GET", "/v1/nothing", &headers, Vec::new()).await;
            let body = problem(&answer, 404, "no_such_path");
            assert_eq!(body["title"], title);
            assert_eq!(answer.header("content-language"), Some(tag));
            assert!(answer.header("vary").is_some_and(|v| v.contains("Accept-Language")), "{answer}");
        }
    });
}

#[test]
fn a_trace_is_taken_over_or_replaced() {
    on_sqlite(async |probe| {
        let good = "4bf92f3577b34da6a3ce929d0e0e4736";
        let taken = [format!("00-{good}-00f067aa0ba902b7-01"), format!("cc-{good}-00f067aa0ba902b7-01-more")];
        for header in &taken {
            let answer = probe.nobody().send("GET", "/livez", &[("traceparent", header)], Vec::new()).await;
            assert_eq!(answer.header("x-trace-id"), Some(good), "{header}");
        }
        for header in [
            "".to_string(),
            "x".repeat(2000),
            format!("00-{good}-00f067aa0ba902b7"),
            format!("ff-{good}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", good.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{good}-0000000000000000-01"),
            "00-<script>-00f067aa0ba902b7-01".to_string(),
        ] {
            let answer = probe.nobody().send("GET", "/livez", &[("traceparent", &header)], Vec::new()).await;
            let id = answer.header("x-trace-id").unwrap_or_default();
            assert!(
                id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) && id != good,
                "{header}: {id}"
            );
        }
    });
}

#[test]
fn a_panic_is_one_callers_500_and_the_service_lives() {
    on_sqlite(async |probe| {
        for _ in 0..5 {
            let answer = probe.nobody().get("/v1/panic").await;
            problem(&answer, 500, "internal");
            assert!(!answer.text().contains("secret"), "{answer}");
            probe.nobody().get("/livez").await.expect(200);
            probe.editor().post("/v1/notes", &json!({"title": "一"})).await.expect(201);
        }
        probe.nobody().get("/readyz").await.expect(200);
    });
}

#[test]
fn answers_carry_the_headers_that_protect() {
    on_sqlite(async |probe| {
        let editor = probe.editor();
        for path in ["/livez", "/readyz", "/v1/notes", "/v1/nothing", "/openapi.json", "/v1/panic"] {
            let answer = editor.get(path).await;
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer}");
            assert!(answer.header("cache-control").is_some(), "{answer}");
            assert!(answer.header("server").is_none(), "{answer}");
        }
    });
}

#[test]
fn the_document_is_served_and_names_every_operation() {
    on_sqlite(async |probe| {
        let document = probe.nobody().get("/openapi.json").await.expect(200).json();
        let own = service_kit::service::document(crate::notes::service().as_ref()).unwrap().0;
        assert_eq!(document, own);
        for path in service_kit::common::PATHS {
            assert!(document["paths"][path].is_object(), "{path}");
        }
        assert_eq!(document["paths"]["/v1/notes"]["post"]["x-roles"], json!(["lead_editor"]));
    });
}
