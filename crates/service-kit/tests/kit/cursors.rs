//! Pages: complete, without repetition, and their cursors cannot be made, cut, lent or used elsewhere.

use crate::{Probe, problem};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testbase::both;

async fn fill(probe: &Probe, count: usize) {
    for n in 0..count {
        probe.editor().post("/v1/notes", &json!({"title": format!("{n}")})).await.expect(201);
    }
}

fn next(page: &Value) -> Option<String> {
    page["next"].as_str().map(ToString::to_string)
}

both! {
    async fn pages_give_every_row_once(probe: Probe) {
        fill(&probe, 23).await;
        let editor = probe.editor();
        for limit in [1, 5, 22, 23, 200] {
            let (mut seen, mut path) = (Vec::new(), format!("/v1/notes?limit={limit}"));
            loop {
                let answer = editor.get(&path).await;
                let page = answer.expect(200).json();
                let rows = page["items"].as_array().unwrap();
                assert!(rows.len() <= limit);
                seen.extend(rows.iter().map(|r| r["id"].to_string()));
                let Some(cursor) = next(&page) else {
                    assert!(answer.header("link").is_none(), "{answer}");
                    break;
                };
                // The link is the same place as the member.
                let link = answer.header("link").unwrap();
                path = link.strip_prefix('<').and_then(|l| l.strip_suffix(">; rel=\"next\"")).unwrap().to_string();
                assert_eq!(path, format!("/v1/notes?limit={limit}&cursor={cursor}"));
            }
            assert_eq!(seen.len(), 23, "limit {limit}");
            assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 23, "limit {limit}");
        }
    }

    async fn a_cursor_is_of_one_caller_and_one_query(probe: Probe) {
        fill(&probe, 4).await;
        let editor = probe.editor();
        let cursor = next(&editor.get("/v1/notes?limit=2").await.json()).unwrap();
        editor.get(&format!("/v1/notes?limit=2&cursor={cursor}")).await.expect(200);
        editor.get(&format!("/v1/notes?cursor={cursor}&limit=1")).await.expect(200);
        problem(&editor.get(&format!("/v1/notes?limit=2&title=1&cursor={cursor}")).await, 400, "bad_cursor");
        let another = probe.caller("nz-jtj", &["lead_editor"]);
        problem(&another.get(&format!("/v1/notes?limit=2&cursor={cursor}")).await, 400, "bad_cursor");
    }

    async fn a_forged_or_cut_cursor_is_refused(probe: Probe) {
        fill(&probe, 4).await;
        let editor = probe.editor();
        let cursor = next(&editor.get("/v1/notes?limit=2").await.json()).unwrap();
        let mut forged = B64.decode(&cursor).unwrap();
        *forged.last_mut().unwrap() ^= 1;
        let mut headless = B64.decode(&cursor).unwrap();
        headless[0] ^= 1;
        let bare = B64.encode(json!("0198f000-0000-7000-8000-000000000000").to_string());
        for bad in [
            B64.encode(forged),
            B64.encode(headless),
            bare,
            cursor[..cursor.len() - 4].to_string(),
            cursor[..8].to_string(),
            "x".to_string(),
            "%25".to_string(),
            String::new(),
        ] {
            problem(&editor.get(&format!("/v1/notes?limit=2&cursor={bad}")).await, 400, "bad_cursor");
        }
    }
}
