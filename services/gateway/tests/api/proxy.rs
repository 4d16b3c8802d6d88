//! The way to the services: headers, streaming, limits, failures (S19).

use crate::house::{House, code, settings};
use crate::stub::Stub;
use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use testbase::{Backend, block_on};

testbase::both! {
    async fn a_service_sees_the_token_and_nothing_forged(house: House) {
        let admin = house.admin().await;
        let forged = [("x-user-id", "1"), ("x-user-name", "root"), ("x-dept", "nz-gaj"), ("x-dept-id", "1"), ("from-source", "inner"),
            ("x-forwarded-for", "8.8.8.8"), ("x-forwarded-host", "evil"), ("x-forwarded-proto", "https"), ("forwarded", "for=8.8.8.8"),
            ("x-real-ip", "8.8.8.8"), ("x-original-url", "/v1/organs/x"), ("te", "trailers"), ("x-role", "audit_admin"), ("x-hop", "1"),
            ("connection", "x-hop, authorization"), ("accept-language", "en"), ("idempotency-key", "k"), ("traceparent", "nonsense")];
        for caller in [&admin, &house.anonymous()] {
            let seen = caller.send(Method::POST, "/v1/echo/a%20b?x=1&y=%E5%8D%97", &forged, b"hello".to_vec()).await.expect(200).json();
            let h = &seen["headers"];
            for gone in ["x-user-id", "x-user-name", "x-dept", "x-dept-id", "from-source", "forwarded", "x-real-ip", "x-original-url", "te", "x-role", "x-hop"] {
                assert!(h.get(gone).is_none(), "{gone}: {seen}");
            }
            assert_eq!(h["x-forwarded-for"], json!(["127.0.0.1"]));
            assert_eq!(h["x-forwarded-proto"], json!(["http"]));
            assert_ne!(h["x-forwarded-host"], json!(["evil"]));
            assert_eq!((h["accept-language"].clone(), h["idempotency-key"].clone()), (json!(["en"]), json!(["k"])));
            let trace = h["traceparent"][0].as_str().unwrap();
            assert!(trace.len() == 55 && trace.starts_with("00-"), "{trace}");
            assert_eq!(h.get("authorization").is_some(), caller.token.is_some());
            assert_eq!((seen["path"].as_str(), seen["query"].as_str(), seen["body"].as_str()), (Some("/v1/echo/a%20b"), Some("x=1&y=%E5%8D%97"), Some("hello")));
        }
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let seen = admin.send(Method::GET, "/v1/echo", &[("traceparent", trace)], Vec::new()).await.expect(200).json();
        assert!(seen["headers"]["traceparent"][0].as_str().unwrap().starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
    }

    async fn shared_endpoints_stand_under_the_services_name(house: House) {
        let admin = house.admin().await;
        for (path, want) in [("/catalog/v1/feed?lastEventId=0", "/v1/feed"), ("/catalog/v1/audit-heads", "/v1/audit-heads"),
            ("/catalog/v1/operations/7/faults", "/v1/operations/7/faults"), ("/catalog/openapi.json", "/openapi.json")] {
            assert_eq!(admin.get(path).await.expect(200).json()["path"], want, "{path}");
        }
        let job = admin.post("/v1/long", &json!({})).await;
        assert_eq!(job.expect(202).header("location"), Some("/catalog/v1/operations/42"));
        assert_eq!(job.header("link"), Some("</catalog/v1/operations/42/faults?cursor=x>; rel=\"next\""));
        let answer = admin.get("/v1/echo").await;
        assert_eq!((answer.header("etag"), answer.header("server"), answer.header("x-trace-id")), (Some("\"7\""), None, Some("from-the-service")));
        let head = admin.send(Method::HEAD, "/v1/echo", &[], Vec::new()).await;
        assert!(head.expect(200).bytes().is_empty() && head.header("etag").is_some());
        admin.get("/v1/echo").await.expect(200);
    }

    async fn answers_are_streamed_as_they_come(house: House) {
        let admin = house.admin().await;
        let began = Instant::now();
        let answer = admin.http.get(format!("{}/v1/stream", house.url())).bearer_auth(admin.token.as_deref().unwrap()).send().await.unwrap();
        let mut pieces = answer.bytes_stream();
        assert_eq!(pieces.next().await.unwrap().unwrap().as_ref(), b"first\n");
        assert!(began.elapsed() < Duration::from_millis(900), "the first piece waited for the second: {:?}", began.elapsed());
        assert_eq!(pieces.next().await.unwrap().unwrap().as_ref(), b"second\n");
    }

    async fn bodies_are_streamed_as_they_come(house: House) {
        let admin = house.admin().await;
        let (tell, told) = tokio::sync::mpsc::unbounded_channel::<Result<Vec<u8>, std::io::Error>>();
        let body = futures_util::stream::unfold(told, |mut told| async move { told.recv().await.map(|p| (p, told)) });
        tell.send(Ok(vec![b'a'; 1000])).unwrap();
        let answer = admin.http.post(format!("{}/v1/upload", house.url())).bearer_auth(admin.token.as_deref().unwrap())
            .body(reqwest::Body::wrap_stream(body)).send();
        // The service answers the first piece before the second was sent.
        let answer = tokio::time::timeout(Duration::from_secs(5), answer).await.expect("an answer while sending").unwrap();
        let mut pieces = answer.bytes_stream();
        assert_eq!(pieces.next().await.unwrap().unwrap().as_ref(), b"1000\n");
        tell.send(Ok(vec![b'b'; 500])).unwrap();
        assert_eq!(pieces.next().await.unwrap().unwrap().as_ref(), b"1500\n");
        drop(tell);
        assert!(pieces.next().await.is_none());
    }
}

#[test]
fn a_large_body_passes_whole_and_one_too_large_does_not() {
    block_on(async {
        let config = gateway::Config { max_upload_bytes: 3_000_000, ..settings() };
        let house = House::start(Backend::Sqlite, config).await;
        let admin = house.admin().await;
        let body = "0123456789".repeat(250_000);
        let seen =
            admin.send(Method::POST, "/v1/echo", &[], body.clone().into_bytes()).await.expect(200).json();
        assert_eq!(seen["body"].as_str().map(str::len), Some(body.len()));
        let asked = house.stub.asked();
        let declared = admin.send(Method::POST, "/v1/echo", &[], vec![b'x'; 3_000_001]).await;
        assert_eq!(code(declared.expect(413)), "body_too_large");
        let pieces =
            futures_util::stream::iter((0..40).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 100_000])));
        let chunked = admin
            .http
            .post(format!("{}/v1/echo", house.url()))
            .bearer_auth(admin.token.as_deref().unwrap())
            .body(reqwest::Body::wrap_stream(pieces))
            .send()
            .await;
        // The caller may still be writing when the answer comes; then its connection is all it sees.
        if let Ok(answer) = chunked {
            assert_eq!(answer.status(), 413);
        }
        assert_eq!(house.stub.asked(), asked, "neither was handled");
        admin.get("/v1/echo").await.expect(200);
    });
}

#[test]
fn a_service_that_is_late_or_breaks_off_is_said_to_be() {
    block_on(async {
        let config = gateway::Config { upstream_timeout_seconds: 1, ..settings() };
        let house = House::start(Backend::Sqlite, config).await;
        let admin = house.admin().await;
        let began = Instant::now();
        assert_eq!(code(admin.get("/v1/slow").await.expect(504)), "upstream_timeout");
        assert!(began.elapsed() < Duration::from_secs(4));
        // Half an answer is no answer: the caller sees that it was cut.
        let answer = admin
            .http
            .get(format!("{}/v1/broken", house.url()))
            .bearer_auth(admin.token.as_deref().unwrap())
            .send()
            .await;
        assert!(match answer {
            Err(_) => true,
            Ok(answer) => answer.bytes().await.is_err(),
        });
        admin.get("/v1/echo").await.expect(200);
    });
}

#[test]
fn the_breaker_opens_for_a_service_that_is_away_and_closes_when_it_is_back() {
    block_on(async {
        let spare = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = spare.local_addr().unwrap();
        drop(spare);
        let config = gateway::Config { breaker_failures: 2, breaker_open_millis: 1000, ..settings() };
        let place = testbase::Place::new(Backend::Sqlite).await;
        let house = House::start_with(place, config, |core| {
            core.urls.insert("subjects".into(), format!("http://{address}"));
        })
        .await;
        let admin = house.admin().await;
        for _ in 0..2 {
            let away = admin.get("/v1/away").await;
            assert_eq!(code(away.expect(503)), "upstream_unavailable");
            assert!(away.header("retry-after").is_some());
            assert!(!away.text().contains(&address.to_string()));
        }
        let began = Instant::now();
        admin.get("/v1/away").await.expect(503);
        assert!(
            began.elapsed() < Duration::from_millis(300),
            "an open breaker does not knock: {:?}",
            began.elapsed()
        );
        // The others go on.
        admin.get("/v1/echo").await.expect(200);
        let _back = Stub::on(std::net::TcpListener::bind(address).unwrap());
        testbase::poll("the service is back", async || {
            let status = admin.get("/v1/away").await.status();
            if status == 200 { Ok(()) } else { Err(status.to_string()) }
        })
        .await;
    });
}

/// A service restarts under load: connections that died meanwhile are noticed, a refused one is tried again for a moment.
#[test]
fn a_quick_restart_of_a_service_is_not_noticed() {
    block_on(async {
        let stub = Stub::start();
        let address: std::net::SocketAddr = stub.url.trim_start_matches("http://").parse().unwrap();
        let place = testbase::Place::new(Backend::Sqlite).await;
        let house = House::start_with(place, settings(), |core| {
            core.urls.insert("subjects".into(), format!("http://{address}"));
        })
        .await;
        let admin = house.admin().await;
        for _ in 0..3 {
            futures_util::future::join_all((0..8).map(|_| async {
                admin.get("/v1/away").await.expect(200);
            }))
            .await;
        }
        drop(stub);
        let back = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(150));
            Stub::on(std::net::TcpListener::bind(address).unwrap())
        });
        futures_util::future::join_all((0..8).map(|_| async {
            admin.get("/v1/away").await.expect(200);
        }))
        .await;
        drop(back.join().unwrap());
    });
}
