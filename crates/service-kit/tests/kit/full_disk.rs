//! A database that can grow no more (F12, S42): a change is refused whole, reads go on, and with room all is well again.

use crate::Probe;
use serde_json::json;
use testbase::{Backend, Place, block_on};

/// Lets the database file grow by `pages` more, as a file system with that much room would.
async fn leave_room(probe: &Probe, pages: Option<i64>) {
    use store_kit::prelude::*;
    #[derive(diesel::QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        page_count: i64,
    }
    let kit = probe.served.kit("notes");
    kit.store
        .write::<_, StoreError, _>(async move |c| {
            let count: Count =
                on!(c, c => diesel::sql_query("SELECT page_count FROM pragma_page_count()").get_result(c))?;
            let most = pages.map_or(1 << 30, |p| count.page_count + p);
            Ok(c.batch(&format!("PRAGMA max_page_count={most}")).await?)
        })
        .await
        .unwrap();
}

#[test]
fn a_full_disk_refuses_changes_whole_and_recovers_when_there_is_room() {
    block_on(async {
        let probe = Probe::start(Place::new(Backend::Sqlite).await).await;
        let editor = probe.editor();
        editor.post("/v1/notes", &json!({"title": "before"})).await.expect(201);
        leave_room(&probe, Some(12)).await;
        let (mut acknowledged, mut refused) = (1, 0);
        for n in 0..600 {
            let answer =
                editor.post("/v1/notes", &json!({"title": format!("{n} {}", "满".repeat(10))})).await;
            match answer.status() {
                201 => acknowledged += 1,
                507 => refused += 1,
                other => panic!("{other}: {answer}"),
            }
        }
        assert!(refused > 300, "the disk was never full: {acknowledged} acknowledged");
        let answer = editor.post("/v1/notes", &json!({"title": "满".repeat(10)})).await;
        answer.expect(507);
        assert_eq!(answer.json()["code"], "storage_full", "{answer}");
        assert!(!answer.to_string().contains(".db"), "no path is told: {answer}");
        // Reads go on, and what was acknowledged is what is there: note, audit entry, event.
        editor.get("/v1/notes").await.expect(200);
        assert_eq!(probe.counts().await, [acknowledged; 3]);
        leave_room(&probe, None).await;
        editor.post("/v1/notes", &json!({"title": "after"})).await.expect(201);
        let feed = editor.get("/v1/feed?limit=1000&timeout=5000").await.expect(200).json();
        assert!(!feed.as_array().unwrap().is_empty());
        assert_eq!(probe.counts().await, [acknowledged + 1; 3]);
    });
}
