//! Changes name the version they were made on; reads name the version they know.

use crate::{Probe, problem};
use serde_json::json;
use testbase::both;

both! {
    async fn a_change_needs_the_version_it_was_made_on(probe: Probe) {
        let editor = probe.editor();
        let made = editor.post("/v1/notes", &json!({"title": "一"})).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        assert_eq!(made.header("etag"), Some("\"1\""));
        let change = json!({"title": "二"});
        problem(&editor.patch(&path, None, &change).await, 428, "if_match_required");
        for wrong in ["\"2\"", "\"0\"", "1", "*", "W/\"1\"", "\"1", "\"x\"", "\"1\", \"2\""] {
            problem(&editor.patch(&path, Some(wrong), &change).await, 412, "version_mismatch");
        }
        let changed = editor.patch(&path, Some("\"1\""), &change).await;
        assert_eq!(changed.expect(200).header("etag"), Some("\"2\""));
        problem(&editor.patch(&path, Some("\"1\""), &change).await, 412, "version_mismatch");
        assert_eq!(editor.get(&path).await.json()["title"], "二");
        assert_eq!(probe.counts().await, [1, 2, 2]);
    }

    async fn of_many_changes_on_one_version_one_wins(probe: Probe) {
        let editor = probe.editor();
        let made = editor.post("/v1/notes", &json!({"title": "一"})).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        for version in 1..6 {
            let etag = format!("\"{version}\"");
            let changes = (0..8).map(|n| {
                let (editor, path, etag) = (editor.clone(), path.clone(), etag.clone());
                async move { editor.patch(&path, Some(&etag), &json!({"title": format!("{n}")})).await }
            });
            let answers = futures_util::future::join_all(changes).await;
            let won = answers.iter().filter(|a| a.status() == 200).count();
            assert_eq!(won, 1, "version {version}");
            answers.iter().filter(|a| a.status() != 200).for_each(|a| drop(problem(a, 412, "version_mismatch")));
        }
        assert_eq!(probe.counts().await, [1, 6, 6]);
    }

    async fn a_reader_who_knows_the_version_gets_304(probe: Probe) {
        let editor = probe.editor();
        let made = editor.post("/v1/notes", &json!({"title": "一"})).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        for known in ["\"1\"", "W/\"1\"", "\"7\", \"1\"", "*"] {
            let answer = editor.send("GET", &path, &[("if-none-match", known)], Vec::new()).await;
            assert!(answer.expect(304).bytes().is_empty(), "{answer}");
            assert_eq!(answer.header("etag"), Some("\"1\""));
        }
        for other in ["\"2\"", "\"11\"", "1"] {
            editor.send("GET", &path, &[("if-none-match", other)], Vec::new()).await.expect(200);
        }
    }

    async fn another_organs_note_is_as_absent_as_none(probe: Probe) {
        let made = probe.editor().post("/v1/notes", &json!({"title": "一"})).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let stranger = probe.caller("nz-jtj", &["lead_editor"]);
        let none = "/v1/notes/0198f000-0000-7000-8000-000000000000";
        for ask in ["GET", "PATCH"] {
            let send = async |path: &str| {
                let body = if ask == "PATCH" { br#"{"title":"x"}"#.to_vec() } else { Vec::new() };
                let headers = [("content-type", "application/json"), ("if-match", "\"1\"")];
                stranger.send(ask, path, &headers, body).await
            };
            let mut hidden = problem(&send(&path).await, 404, "not_found");
            let mut absent = problem(&send(none).await, 404, "not_found");
            for body in [&mut hidden, &mut absent] {
                body["instance"] = json!("");
                body["trace_id"] = json!("");
            }
            assert_eq!(hidden, absent, "{ask}");
        }
        assert_eq!(stranger.get("/v1/notes").await.json()["items"], json!([]));
        problem(&stranger.get("/v1/notes/not-a-uuid").await, 404, "not_found");
        // Somebody who watches the whole district sees it.
        probe.caller("nz-sfj", &["legal"]).get(&path).await.expect(200);
    }
}
