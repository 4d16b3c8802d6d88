//! PostgreSQL goes away and comes back: callers hear of it fast, and nothing needs a restart.

use crate::{PROBE, assert_whole, put};
use std::time::{Duration, Instant};
use store_kit::StoreConfig;
use store_kit::prelude::*;
use testbase::chaos::Mode;
use testbase::{Backend, ChaosProxy, Place};
use uuid::Uuid;

/// A store that reaches its database through a proxy.
async fn behind_a_proxy() -> (Place, ChaosProxy, Store) {
    let place = Place::new(Backend::Postgres).await;
    let (proxy, url) = ChaosProxy::postgres(&place.database_url().unwrap());
    let store = Store::open(&StoreConfig::postgres("probe", &url), &[PROBE]).await.unwrap();
    (place, proxy, store)
}

async fn read(store: &Store) -> StoreResult<()> {
    store.read::<_, StoreError, _>(async |c| Ok(c.batch("SELECT 1").await?)).await
}

async fn write(store: &Store) -> StoreResult<Uuid> {
    let id = Uuid::new_v4();
    store.write(async move |c| put(c, id, 0).await).await.map(|()| id)
}

#[test]
fn a_server_that_goes_away_is_told_fast_and_found_again() {
    testbase::block_on(async {
        let (_place, proxy, store) = behind_a_proxy().await;
        for round in 0..3 {
            for _ in 0..4 {
                read(&store).await.unwrap();
                write(&store).await.unwrap();
            }
            proxy.set(Mode::Cut);
            tokio::time::sleep(Duration::from_millis(50)).await;
            for _ in 0..6 {
                let began = Instant::now();
                let (r, w) = (read(&store).await, write(&store).await);
                assert!(matches!(r, Err(StoreError::Unavailable(_))), "round {round}: {r:?}");
                assert!(matches!(w, Err(StoreError::Unavailable(_))), "round {round}: {w:?}");
                assert!(began.elapsed() < Duration::from_secs(2), "told only after {:?}", began.elapsed());
            }
            proxy.set(Mode::Pass);
            let began = Instant::now();
            testbase::poll("reads work again", async || read(&store).await.map_err(|e| e.to_string())).await;
            testbase::poll("changes work again", async || write(&store).await.map_err(|e| e.to_string()))
                .await;
            assert!(began.elapsed() < Duration::from_secs(5), "well again only after {:?}", began.elapsed());
        }
        assert_whole(&store).await;
    });
}

#[test]
fn a_server_that_falls_silent_does_not_hold_new_connections_for_ever() {
    testbase::block_on(async {
        let (_place, proxy, store) = behind_a_proxy().await;
        read(&store).await.unwrap();
        proxy.set(Mode::Cut);
        tokio::time::sleep(Duration::from_millis(50)).await;
        proxy.set(Mode::Hold);
        for name in ["read", "write"] {
            let began = Instant::now();
            let patience = Duration::from_secs(9);
            let ended = tokio::time::timeout(patience, async {
                if name == "read" { read(&store).await } else { write(&store).await.map(|_| ()) }
            });
            let ended =
                ended.await.unwrap_or_else(|_| panic!("a {name} hangs on a server that says nothing"));
            assert!(
                matches!(ended, Err(StoreError::Unavailable(_))),
                "{name}: {ended:?} after {:?}",
                began.elapsed()
            );
        }
        proxy.set(Mode::Pass);
        testbase::poll("works again", async || write(&store).await.map_err(|e| e.to_string())).await;
        assert_whole(&store).await;
    });
}

#[test]
fn a_lost_answer_to_a_commit_is_told_as_unknown_and_the_change_is_whole() {
    testbase::block_on(async {
        let (_place, proxy, store) = behind_a_proxy().await;
        write(&store).await.unwrap();
        proxy.set(Mode::LoseCommitAnswer);
        let lost = write(&store).await;
        assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
        proxy.set(Mode::Pass);
        // The server had the COMMIT, so the change stands: two, both whole.
        let rows = testbase::poll("both changes are there", async || {
            let rows = assert_whole(&store).await;
            if rows.len() == 2 { Ok(rows) } else { Err(format!("{} rows", rows.len())) }
        });
        rows.await;
        write(&store).await.unwrap();
    });
}

#[test]
fn terminated_backends_cost_one_failure_each_and_no_restart() {
    testbase::block_on(async {
        let place = Place::new(Backend::Postgres).await;
        let store = Store::open(&place.store_config("probe"), &[PROBE]).await.unwrap();
        for _ in 0..5 {
            write(&store).await.unwrap();
            read(&store).await.unwrap();
            testbase::place::execute(
                &place.database_url().unwrap(),
                &["SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()"],
            )
            .await
            .unwrap();
            testbase::poll("reads work", async || read(&store).await.map_err(|e| e.to_string())).await;
            testbase::poll("changes work", async || write(&store).await.map_err(|e| e.to_string())).await;
        }
        assert_whole(&store).await;
    });
}

#[test]
fn a_slow_statement_is_stopped_by_the_server_and_the_connection_lives() {
    testbase::block_on(async {
        let place = Place::new(Backend::Postgres).await;
        let store = Store::open(&place.store_config("probe"), &[PROBE]).await.unwrap();
        let slow = store
            .read::<_, StoreError, _>(async |c| {
                c.batch("SET statement_timeout = '200ms'").await?;
                c.batch("SELECT pg_sleep(10)").await?;
                Ok(())
            })
            .await;
        assert!(matches!(slow, Err(StoreError::Timeout(_))), "{slow:?}");
        read(&store).await.unwrap();
    });
}
