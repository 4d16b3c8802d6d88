//! Migrations: each goes both ways, one that was cut off runs again, one that was changed is refused.

use crate::{PROBE, crash, open, put};
use std::time::Duration;
use store_kit::migrate::Migration;
use store_kit::prelude::*;
use testbase::migrations::{dump, prove_the_way_back};
use testbase::{Place, both};
use uuid::Uuid;

/// A second step, so that going back one at a time is more than going back altogether.
const GROWTH: Migration = Migration {
    version: "20261124000000_growth",
    sqlite_up: "ALTER TABLE probe ADD COLUMN note TEXT; CREATE INDEX probe_note ON probe (note);",
    sqlite_down: "DROP INDEX probe_note; ALTER TABLE probe DROP COLUMN note;",
    postgres_up: "ALTER TABLE probe ADD COLUMN note TEXT; CREATE INDEX probe_note ON probe (note);",
    postgres_down: "DROP INDEX probe_note; ALTER TABLE probe DROP COLUMN note;",
};

/// Forgets its index on the way back.
const CARELESS: Migration = Migration {
    version: "20261124000000_growth",
    sqlite_up: "CREATE TABLE extra (n INTEGER); CREATE INDEX probe_writer ON probe (writer);",
    sqlite_down: "DROP TABLE extra;",
    postgres_up: "CREATE TABLE extra (n INTEGER); CREATE INDEX probe_writer ON probe (writer);",
    postgres_down: "DROP TABLE extra;",
};

/// Its second statement is wrong.
const BROKEN: Migration = Migration {
    version: "20261124000000_growth",
    sqlite_up: "CREATE TABLE extra (n INTEGER); INSERT INTO nowhere VALUES (1);",
    sqlite_down: "",
    postgres_up: "CREATE TABLE extra (n INTEGER); INSERT INTO nowhere VALUES (1);",
    postgres_down: "",
};

/// Takes some seconds, in the middle of which its process is killed.
pub const SLOW: Migration = Migration {
    version: "20261124000000_growth",
    sqlite_up: "CREATE TABLE extra (n INTEGER); \
        INSERT INTO extra WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 3000000) SELECT n FROM s; \
        CREATE TABLE done (n INTEGER);",
    sqlite_down: "",
    postgres_up: "CREATE TABLE extra (n INTEGER); SELECT pg_sleep(2); CREATE TABLE done (n INTEGER);",
    postgres_down: "",
};

both! {
    async fn each_way_back_leads_back(place: Place) {
        prove_the_way_back(&place, "probe", &[PROBE, GROWTH]).await;
    }

    async fn a_careless_way_back_is_found(place: Place) {
        let proof = tokio::task::spawn_local(async move {
            prove_the_way_back(&place, "probe", &[PROBE, CARELESS]).await;
        });
        let text = proof.await.expect_err("the proof must fail").into_panic();
        let text = text.downcast_ref::<String>().cloned().unwrap_or_default();
        assert!(text.contains("20261124000000_growth down"), "{text}");
    }

    async fn a_migration_that_fails_leaves_nothing_and_can_be_mended(place: Place) {
        let store = open(&place).await;
        let before = dump(&store).await.unwrap();
        store.close();
        drop(store);
        let config = place.store_config("probe");
        let text = Store::open(&config, &[PROBE, BROKEN]).await.err().expect("refused").to_string();
        assert!(text.contains(BROKEN.version), "it names the step: {text}");
        let store = open(&place).await;
        assert_eq!(dump(&store).await.unwrap(), before);
        store.close();
        drop(store);
        Store::open(&config, &[PROBE, GROWTH]).await.unwrap();
    }

    async fn a_migration_cut_off_by_kill_runs_again(place: Place) {
        let store = open(&place).await;
        let id = Uuid::new_v4();
        store.write(async move |c| put(c, id, 1).await).await.unwrap();
        store.close();
        drop(store);
        let mut child = crash::Child::start("migrate", &place);
        child.wait_for_lines(1).await;
        tokio::time::sleep(Duration::from_millis(250)).await;
        assert!(child.is_running(), "the migration was over too early for this test to mean something");
        child.kill();
        let store = Store::open(&place.store_config("probe"), &[PROBE, SLOW]).await.unwrap();
        store
            .read::<_, StoreError, _>(async |c| Ok(c.batch("SELECT count(*) FROM extra; SELECT count(*) FROM done").await?))
            .await
            .unwrap();
        assert_eq!(crate::assert_whole(&store).await, [id.to_string()]);
    }

    async fn a_migration_changed_after_it_ran_is_refused(place: Place) {
        open(&place).await.close();
        let changed = Migration {
            sqlite_up: "CREATE TABLE probe (id TEXT PRIMARY KEY, writer INTEGER NOT NULL, more TEXT);",
            postgres_up: "CREATE TABLE probe (id UUID PRIMARY KEY, writer BIGINT NOT NULL, more TEXT);",
            ..PROBE
        };
        let text = Store::open(&place.store_config("probe"), &[changed]).await.err().expect("refused").to_string();
        assert!(text.contains(PROBE.version) && text.contains("changed after it ran"), "{text}");
    }
}

/// On SQLite the second starter is refused (see `owner`); on PostgreSQL they queue up.
#[test]
fn starters_at_once_run_each_migration_once() {
    for _ in 0..5 {
        let place = testbase::block_on(Place::new(testbase::Backend::Postgres));
        let starters: Vec<_> = (0..6)
            .map(|_| {
                let config = place.store_config("probe");
                std::thread::spawn(move || {
                    testbase::block_on(async { Store::open(&config, &[PROBE, GROWTH]).await.map(|_| ()) })
                })
            })
            .collect();
        for starter in starters {
            starter.join().unwrap().unwrap();
        }
    }
}
