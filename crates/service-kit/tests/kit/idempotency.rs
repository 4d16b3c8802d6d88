//! `Idempotency-Key`: a repeated request gets the first answer, and its effect happens once.

use crate::{Probe, problem};
use serde_json::json;
use service_kit::config::Core;
use std::time::Duration;
use testbase::chaos::Mode;
use testbase::{Backend, ChaosProxy, Place, both};

const KEY: &str = "idempotency-key";

both! {
    async fn a_repeated_request_gets_the_first_answer(probe: Probe) {
        let editor = probe.editor();
        let body = json!({"title": "一"});
        let first = editor.post_with("/v1/notes", &[(KEY, "k-1")], &body).await;
        first.expect(201);
        assert!(first.header("idempotent-replayed").is_none());
        for _ in 0..3 {
            let again = editor.post_with("/v1/notes", &[(KEY, "k-1")], &body).await;
            again.expect(201);
            assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again}");
            assert_eq!(again.bytes(), first.bytes());
            for name in ["location", "etag", "content-type"] {
                assert_eq!(again.header(name), first.header(name), "{name}");
            }
        }
        assert_eq!(probe.counts().await, [1, 1, 1]);
    }

    async fn a_key_belongs_to_its_content_its_caller_and_its_operation(probe: Probe) {
        let editor = probe.editor();
        editor.post_with("/v1/notes", &[(KEY, "k-1")], &json!({"title": "一"})).await.expect(201);
        let other = editor.post_with("/v1/notes", &[(KEY, "k-1")], &json!({"title": "二"})).await;
        problem(&other, 422, "idempotency_key_reused");
        // Another caller's key, another path's key: their own.
        let somebody = probe.caller("nz-jtj", &["lead_editor"]);
        let theirs = somebody.post_with("/v1/notes", &[(KEY, "k-1")], &json!({"title": "一"})).await;
        assert!(theirs.expect(201).header("idempotent-replayed").is_none());
        problem(&editor.send("POST", "/v1/notes/half", &[(KEY, "k-1")], Vec::new()).await, 409, "half_done");
        assert_eq!(probe.counts().await, [2, 2, 2]);
    }

    async fn a_refused_request_does_not_use_its_key_up(probe: Probe) {
        let editor = probe.editor();
        problem(&editor.post_with("/v1/notes", &[(KEY, "k-1")], &json!({"title": ""})).await, 422, "invalid");
        problem(&editor.send("POST", "/v1/notes/half", &[(KEY, "k-2")], Vec::new()).await, 409, "half_done");
        problem(&editor.send("POST", "/v1/notes/half", &[(KEY, "k-2")], Vec::new()).await, 409, "half_done");
        editor.post_with("/v1/notes", &[(KEY, "k-1")], &json!({"title": "一"})).await.expect(201);
        assert_eq!(probe.counts().await, [1, 1, 1]);
    }

    async fn ten_copies_at_once_have_one_effect(probe: Probe) {
        for round in 0..5i64 {
            let (key, editor) = (format!("k-{round}"), probe.editor());
            let body = json!({"title": "一", "pause": 50});
            let copies = (0..10).map(|_| {
                let (editor, key, body) = (editor.clone(), key.clone(), body.clone());
                async move { editor.post_with("/v1/notes", &[(KEY, &key)], &body).await }
            });
            let answers = futures_util::future::join_all(copies).await;
            let first = answers.iter().filter(|a| a.status() == 201 && a.header("idempotent-replayed").is_none()).count();
            assert_eq!(first, 1, "one of the copies is the first");
            for answer in &answers {
                if answer.status() != 201 {
                    problem(answer, 409, "idempotency_in_progress");
                    assert!(answer.header("retry-after").is_some(), "{answer}");
                }
            }
            assert_eq!(probe.counts().await, [round + 1; 3]);
        }
    }

    async fn a_key_has_1_to_255_characters(probe: Probe) {
        let editor = probe.editor();
        for (key, good) in [("k".repeat(255), true), ("k".repeat(256), false), (String::new(), false)] {
            let answer = editor.post_with("/v1/notes", &[(KEY, &key)], &json!({"title": "一"})).await;
            if good {
                answer.expect(201);
            } else {
                problem(&answer, 400, "bad_idempotency_key");
            }
        }
    }

    async fn a_stored_answer_is_forgotten_after_two_days_and_not_before(probe: Probe) {
        let editor = probe.editor();
        editor.post_with("/v1/notes", &[(KEY, "k-1")], &json!({"title": "一"})).await.expect(201);
        let kit = probe.served.kit("notes").clone();
        let forget = async || {
            let before = kit.clock.now().saturating_sub(jiff::SignedDuration::from_hours(48)).unwrap();
            let forget = async move |c: &mut store_kit::AnyConn<'_>| store_kit::ledger::forget_answers(c, before).await;
            kit.store.write::<_, store_kit::StoreError, _>(forget).await.unwrap()
        };
        kit.clock.advance(Duration::from_secs(47 * 3600));
        assert_eq!(forget().await, 0);
        kit.clock.advance(Duration::from_secs(2 * 3600));
        assert_eq!(forget().await, 1);
    }
}

/// F05: the database had the COMMIT, its answer was lost; the caller hears 503 and tries again with the same key.
#[test]
fn after_a_lost_commit_answer_the_same_key_gives_the_first_answer() {
    testbase::block_on(async {
        let place = Place::new(Backend::Postgres).await;
        let (proxy, url) = ChaosProxy::postgres(&place.database_url().unwrap());
        let core = Core { database_url: Some(url), ..Core::for_tests(place.dir()) };
        let probe = Probe::start_with(place, core).await;
        let editor = probe.editor();
        let body = json!({"title": "一"});
        editor.post("/v1/notes", &body).await.expect(201);
        proxy.set(Mode::LoseCommitAnswer);
        let lost = editor.post_with("/v1/notes", &[(KEY, "k-1")], &body).await;
        problem(&lost, 503, "unavailable");
        assert!(lost.header("retry-after").is_some(), "{lost}");
        proxy.set(Mode::Pass);
        let again = editor.post_with("/v1/notes", &[(KEY, "k-1")], &body).await;
        again.expect(201);
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again}");
        assert_eq!(probe.counts().await, [2, 2, 2]);
    });
}

/// The database goes away and comes back under a running service.
#[test]
fn while_the_database_is_away_the_service_says_so_and_needs_no_restart() {
    testbase::block_on(async {
        let place = Place::new(Backend::Postgres).await;
        let (proxy, url) = ChaosProxy::postgres(&place.database_url().unwrap());
        let core = Core { database_url: Some(url), ..Core::for_tests(place.dir()) };
        let probe = Probe::start_with(place, core).await;
        let editor = probe.editor();
        let made = editor.post("/v1/notes", &json!({"title": "一"})).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        editor.get("/readyz").await.expect(200);
        proxy.set(Mode::Cut);
        tokio::time::sleep(Duration::from_millis(100)).await;
        let began = std::time::Instant::now();
        problem(&editor.get(&path).await, 503, "unavailable");
        problem(&editor.post("/v1/notes", &json!({"title": "二"})).await, 503, "unavailable");
        editor.get("/readyz").await.expect(503);
        editor.get("/livez").await.expect(200);
        assert!(began.elapsed() < Duration::from_secs(3), "told only after {:?}", began.elapsed());
        proxy.set(Mode::Pass);
        testbase::poll("ready again", async || {
            let answer = editor.get("/readyz").await;
            if answer.status() == 200 { Ok(()) } else { Err(answer.to_string()) }
        })
        .await;
        editor.get(&path).await.expect(200);
        editor.post("/v1/notes", &json!({"title": "二"})).await.expect(201);
        assert_eq!(probe.counts().await, [2, 2, 2]);
    });
}
