//! No change without an audit entry, and the entries verify over HTTP as they do in a dump.

use crate::{Probe, problem};
use serde_json::json;
use store_kit::chain::{Head, Line, Verifier, head_bytes};
use testbase::both;

both! {
    async fn a_change_that_says_nothing_is_refused_and_leaves_nothing(probe: Probe) {
        let answer = probe.editor().send("POST", "/v1/notes/silent", &[], Vec::new()).await;
        problem(&answer, 500, "internal");
        assert!(!answer.text().contains("audit"), "the reason is for the log: {answer}");
        assert_eq!(probe.counts().await, [0, 0, 0]);
    }

    async fn a_change_that_fails_in_its_middle_leaves_nothing(probe: Probe) {
        problem(&probe.editor().send("POST", "/v1/notes/half", &[], Vec::new()).await, 409, "half_done");
        assert_eq!(probe.counts().await, [0, 0, 0]);
    }

    async fn the_log_says_who_did_what_and_its_chain_verifies(probe: Probe) {
        let editor = probe.editor();
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let parent = format!("00-{trace}-00f067aa0ba902b7-01");
        let made = editor.post_with("/v1/notes", &[("traceparent", &parent)], &json!({"title": "机密标题"})).await;
        let id = made.expect(201).json()["id"].as_str().unwrap().to_string();
        let path = made.header("location").unwrap().to_string();
        editor.patch(&path, Some("\"1\""), &json!({"title": "二"})).await.expect(200);
        let auditor = probe.caller("nz-sjj", &["auditor"]);
        let entries = testbase::poll("both entries are sealed", async || {
            let page = auditor.get(&format!("/v1/audit-entries?target={id}")).await.expect(200).json();
            let items = page["items"].as_array().unwrap().clone();
            if items.len() == 2 { Ok(items) } else { Err(page.to_string()) }
        })
        .await;
        let first = &entries[0];
        assert_eq!(first["actor"], "account-nz-rsj");
        assert_eq!(first["organ"], "nz-rsj");
        assert_eq!(first["action"], "note_create");
        assert_eq!(first["target_kind"], "note");
        assert_eq!(first["trace_id"], trace);
        assert_eq!(entries[1]["action"], "note_update");
        assert!(!json!(entries).to_string().contains("机密标题"), "content does not belong in the log");

        let heads = auditor.get("/v1/audit-heads").await.expect(200).json();
        let public = heads["public_key"].as_str().unwrap().to_string();
        let heads: Vec<Head> = serde_json::from_value(heads["items"].clone()).unwrap();
        assert!(!heads.is_empty());
        for head in &heads {
            let bytes = head_bytes("notes", head.seq, &head.hash);
            assert!(store_kit::crypto::verify(&public, &bytes, &head.signature), "{head:?}");
        }
        let all = auditor.get("/v1/audit-entries?after=0&limit=1000").await.expect(200).json();
        let lines: Vec<Line> = serde_json::from_value(all["items"].clone()).unwrap();
        let mut verifier = Verifier::new(heads);
        lines.iter().for_each(|l| verifier.push(l).unwrap());
        assert_eq!(verifier.finish().unwrap().0, 2);
    }

    async fn the_log_is_for_auditors(probe: Probe) {
        for path in ["/v1/audit-entries", "/v1/audit-heads"] {
            problem(&probe.editor().get(path).await, 403, "role_missing");
            problem(&probe.caller("nz-xxb", &["system_admin"]).get(path).await, 403, "role_missing");
            problem(&probe.nobody().get(path).await, 401, "unauthenticated");
            probe.caller("nz-sjj", &["audit_admin"]).get(path).await.expect(200);
        }
    }
}
