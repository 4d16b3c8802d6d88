//! The feed over HTTP: in order, once each, for those who may see, and without polling in vain.

use crate::{Caller, Probe, problem};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testbase::both;

async fn make(caller: &Caller, title: &str) -> String {
    let made = caller.post("/v1/notes", &json!({"title": title})).await;
    made.expect(201).json()["id"].as_str().unwrap().to_string()
}

fn subjects(batch: &Value) -> Vec<String> {
    batch.as_array().unwrap().iter().map(|e| e["subject"].as_str().unwrap().to_string()).collect()
}

both! {
    async fn events_come_in_order_as_cloud_events(probe: Probe) {
        let editor = probe.editor();
        let mut made = Vec::new();
        for n in 0..7 {
            made.push(make(&editor, &n.to_string()).await);
        }
        let (mut position, mut seen) = (0u64, Vec::new());
        while seen.len() < made.len() {
            let answer = editor.get(&format!("/v1/feed?lastEventId={position}&limit=3&timeout=5000")).await;
            assert_eq!(answer.expect(200).header("content-type"), Some("application/cloudevents-batch+json"));
            for event in answer.json().as_array().unwrap() {
                position += 1;
                assert_eq!(event["id"], position.to_string(), "numbers have no gaps");
                assert_eq!(event["specversion"], "1.0");
                assert_eq!(event["type"], "cn.lianjian.note.created");
                assert_eq!(event["source"], "/lianjian/notes");
                assert_eq!(event["data"]["id"], event["subject"]);
                seen.push(event["subject"].as_str().unwrap().to_string());
            }
            assert_eq!(answer.header("x-feed-position"), Some(position.to_string().as_str()));
        }
        assert_eq!(seen, made);
        let end = editor.get(&format!("/v1/feed?lastEventId={position}")).await;
        assert_eq!(end.expect(200).json(), json!([]));
        // From the beginning again: the feed forgets nothing.
        assert_eq!(subjects(&editor.get("/v1/feed").await.json()), made);
    }

    async fn a_long_poll_answers_when_something_happens_and_not_before(probe: Probe) {
        let editor = probe.editor();
        let began = Instant::now();
        let empty = editor.get("/v1/feed?timeout=400").await;
        assert_eq!(empty.expect(200).json(), json!([]));
        assert!(began.elapsed() >= Duration::from_millis(390), "answered before its time: {:?}", began.elapsed());
        let waiting = {
            let editor = editor.clone();
            tokio::task::spawn_local(async move { (editor.get("/v1/feed?timeout=20000").await, Instant::now()) })
        };
        tokio::time::sleep(Duration::from_millis(300)).await;
        let id = make(&editor, "一").await;
        let happened = Instant::now();
        let (answer, at) = waiting.await.unwrap();
        assert_eq!(subjects(&answer.expect(200).json()), [id]);
        let late = at.duration_since(happened);
        assert!(late < Duration::from_millis(2000), "told {late:?} after it happened");
    }

    async fn a_caller_sees_its_own_organs_events(probe: Probe) {
        let (ours, theirs) = (probe.editor(), probe.caller("nz-jtj", &["lead_editor"]));
        let mut made = Vec::new();
        for n in 0..10 {
            made.push(make(if n % 2 == 0 { &ours } else { &theirs }, "一").await);
        }
        let all = probe.caller("nz-sfj", &["legal"]);
        testbase::poll("all are sealed", async || {
            let found = subjects(&all.get("/v1/feed").await.json());
            if found == made { Ok(()) } else { Err(format!("{found:?}")) }
        })
        .await;
        let mine = ours.get("/v1/feed").await;
        assert_eq!(subjects(&mine.json()), made.iter().step_by(2).cloned().collect::<Vec<_>>());
        // What is not for this caller is passed over and not looked at again.
        assert_eq!(mine.header("x-feed-position"), Some("10"));
        let one = theirs.get("/v1/feed?limit=1").await;
        assert_eq!(subjects(&one.json()), [made[1].clone()]);
        assert_eq!(one.header("x-feed-position"), Some("2"));
        let stranger = probe.caller("nz-wjj", &["lead_editor"]).get("/v1/feed").await;
        assert_eq!((stranger.json(), stranger.header("x-feed-position")), (json!([]), Some("10")));
    }

    async fn its_parameters_have_bounds(probe: Probe) {
        let editor = probe.editor();
        for query in ["lastEventId=-1", "lastEventId=x", "timeout=30001", "limit=0", "limit=1001", "since=1"] {
            problem(&editor.get(&format!("/v1/feed?{query}")).await, 400, "bad_parameter");
        }
        problem(&probe.nobody().get("/v1/feed").await, 401, "unauthenticated");
    }
}
