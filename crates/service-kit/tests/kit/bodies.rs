//! Bodies: read within bounds, held against the document, every fault told with its place.

use crate::{faults, on_sqlite, problem};
use serde_json::json;

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

#[test]
fn every_fault_is_told_at_once_with_its_place() {
    on_sqlite(async |probe| {
        let body = json!({"title": "", "count": 11, "tags": ["a", "b", "c", "d"], "colour": "blue", "dept/id~": 1, "id": "x"});
        let answer = probe.editor().post("/v1/notes", &body).await;
        let want = [
            ("/colour", "not_allowed"),
            ("/count", "too_large"),
            ("/dept~1id~0", "unknown_member"),
            ("/id", "unknown_member"),
            ("/tags", "too_many_items"),
            ("/title", "too_short"),
        ];
        let found = faults(&problem(&answer, 422, "invalid"));
        // An optional enum is `oneOf [null, enum]` in the document: its fault may carry the general code.
        let found: Vec<_> = found
            .iter()
            .map(|(at, code)| (at.as_str(), if at == "/colour" { "not_allowed" } else { code.as_str() }))
            .collect();
        assert_eq!(found, want, "{answer}");
        let answer = probe.editor().post("/v1/notes", &json!({})).await;
        assert_eq!(
            faults(&problem(&answer, 422, "invalid")),
            [("/title".to_string(), "missing_member".to_string())]
        );
        assert_eq!(probe.counts().await, [0, 0, 0]);
    });
}

#[test]
fn a_value_of_another_type_is_a_fault_and_never_converted() {
    on_sqlite(async |probe| {
        for body in [
            json!({"title": 1}),
            json!({"title": null}),
            json!({"title": ["一"]}),
            json!({"title": "一", "count": "1"}),
            json!({"title": "一", "count": 1.5}),
            json!({"title": "一", "count": true}),
            json!({"title": "一", "tags": "a"}),
            json!({"title": "一", "count": -1}),
            json!([]),
            json!("title"),
            json!(null),
        ] {
            problem(&probe.editor().post("/v1/notes", &body).await, 422, "invalid");
        }
        assert_eq!(probe.counts().await, [0, 0, 0]);
    });
}

#[test]
fn what_is_not_json_or_read_differently_by_parsers_is_400() {
    on_sqlite(async |probe| {
        let deep = format!("{{\"title\":{}1{}}}", "[".repeat(40), "]".repeat(40));
        let deepest = format!("{{\"title\":{}", "[".repeat(100_000));
        let bodies: Vec<Vec<u8>> = vec![
            b"".to_vec(),
            b"{".to_vec(),
            b"{\"title\":\"a\"} x".to_vec(),
            b"{\"title\":\"a\",}".to_vec(),
            b"{'title':'a'}".to_vec(),
            b"{\"title\":NaN}".to_vec(),
            b"{\"title\":\"a\",\"count\":1e999}".to_vec(),
            b"{\"title\":\"a\",\"title\":\"b\"}".to_vec(),
            b"{\"title\":\"a\\u0000\"}".to_vec(),
            b"{\"title\":\"\\ud800\"}".to_vec(),
            b"\xef\xbb\xbf{\"title\":\"a\"}".to_vec(),
            b"{\"title\":\"\xff\"}".to_vec(),
            deep.into_bytes(),
            deepest.into_bytes(),
        ];
        for body in bodies {
            let answer = probe.editor().send("POST", "/v1/notes", JSON, body).await;
            problem(&answer, 400, "bad_json");
        }
        assert_eq!(probe.counts().await, [0, 0, 0]);
    });
}

#[test]
fn a_body_over_the_limit_is_refused_with_and_without_a_declared_length() {
    on_sqlite(async |probe| {
        let limit = probe.served.core.max_body;
        let body = format!("{{\"title\":\"{}\"}}", "a".repeat(limit));
        let answer = probe.editor().send("POST", "/v1/notes", JSON, body.clone().into_bytes()).await;
        problem(&answer, 413, "body_too_large");
        // The same in chunks, whose end nobody knows beforehand.
        let url = format!("{}/v1/notes", probe.url());
        let token = probe.issuer.token(&probe.claims("nz-rsj", &["lead_editor"]));
        let pieces: Vec<Result<String, std::io::Error>> =
            body.as_bytes().chunks(50_000).map(|c| Ok(String::from_utf8_lossy(c).into_owned())).collect();
        let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let sent = http
            .post(url)
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body(chunked)
            .send()
            .await;
        // Refused before the end: the rest of the body may meet a closed connection.
        if let Ok(answer) = sent {
            assert_eq!(answer.status().as_u16(), 413);
        }
        assert_eq!(probe.counts().await, [0, 0, 0]);
        probe.editor().post("/v1/notes", &json!({"title": "一"})).await.expect(201);
    });
}

#[test]
fn other_types_and_encodings_are_refused() {
    on_sqlite(async |probe| {
        let body = br#"{"title":"a"}"#.to_vec();
        let editor = probe.editor();
        for kind in [
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "json",
            "",
        ] {
            let answer = editor.send("POST", "/v1/notes", &[("content-type", kind)], body.clone()).await;
            problem(&answer, 415, "unsupported_media_type");
            assert!(answer.header("accept").is_some_and(|a| a.contains("application/json")), "{answer}");
        }
        problem(&editor.send("POST", "/v1/notes", &[], body.clone()).await, 415, "unsupported_media_type");
        let gzip = [("content-type", "application/json"), ("content-encoding", "gzip")];
        problem(&editor.send("POST", "/v1/notes", &gzip, body.clone()).await, 415, "unsupported_encoding");
        for kind in ["application/json; charset=utf-8", "Application/JSON"] {
            editor.send("POST", "/v1/notes", &[("content-type", kind)], body.clone()).await.expect(201);
        }
    });
}

#[test]
fn bodies_are_not_read_for_those_who_may_not_call() {
    on_sqlite(async |probe| {
        let broken = b"{".to_vec();
        problem(
            &probe.nobody().send("POST", "/v1/notes", JSON, broken.clone()).await,
            401,
            "unauthenticated",
        );
        let inspector = probe.caller("nz-rsj", &["inspector"]);
        problem(&inspector.send("POST", "/v1/notes", JSON, broken).await, 403, "role_missing");
    });
}
