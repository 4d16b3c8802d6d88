//! A change is whole or nothing, whatever its neighbours, its panics or its caller do.

use crate::{assert_whole, open, put, put_ledger};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use store_kit::prelude::*;
use testbase::{Place, both};
use uuid::Uuid;

both! {
    async fn a_failing_change_takes_no_neighbour_with_it(place: Place) {
        let store = open(&place).await;
        let taken = Uuid::new_v4();
        store.write(async move |c| put(c, taken, -1).await).await.unwrap();
        let mut good = vec![taken.to_string()];
        let mut tasks = Vec::new();
        for n in 0..240i64 {
            let (store, id) = (store.clone(), Uuid::new_v4());
            if n % 6 < 2 {
                good.push(id.to_string());
            }
            tasks.push((n, tokio::task::spawn_local(async move {
                store.write::<_, StoreError, _>(async move |c| {
                    match n % 6 {
                        2 => {
                            put(c, id, n).await?;
                            Err(StoreError::NotFound)
                        }
                        3 => {
                            put(c, id, n).await?;
                            panic!("a bug in change {n}")
                        }
                        4 => put(c, taken, n).await,
                        5 => {
                            put_ledger(c, id).await?;
                            c.batch("INSERT INTO no_such_table VALUES (1)").await?;
                            Ok(())
                        }
                        _ => put(c, id, n).await,
                    }
                }).await
            })));
        }
        for (n, task) in tasks {
            let ended = task.await;
            match n % 6 {
                0 | 1 => ended.unwrap().unwrap(),
                2 => assert!(matches!(ended.unwrap(), Err(StoreError::NotFound)), "change {n}"),
                // SQLite's writer survives a panic and says so; on PostgreSQL it stays the caller's own.
                3 => assert!(!matches!(ended, Ok(Ok(()))), "change {n}"),
                4 => assert!(matches!(ended.unwrap(), Err(StoreError::Conflict { .. })), "change {n}"),
                _ => assert!(matches!(ended.unwrap(), Err(StoreError::Bug(_))), "change {n}"),
            }
        }
        good.sort();
        assert_eq!(assert_whole(&store).await, good);
        // And the doors still open.
        let id = Uuid::new_v4();
        store.write(async move |c| put(c, id, 0).await).await.unwrap();
        assert_eq!(assert_whole(&store).await.len(), good.len() + 1);
    }

    async fn a_caller_that_goes_away_leaves_all_or_nothing(place: Place) {
        let store = open(&place).await;
        let mut random = StdRng::seed_from_u64(testbase::seed());
        let mut acknowledged = Vec::new();
        for n in 0..120i64 {
            let (store, id) = (store.clone(), Uuid::new_v4());
            let task = tokio::task::spawn_local(async move {
                store.write::<_, StoreError, _>(async move |c| put(c, id, n).await).await.map(|()| id)
            });
            let patience = std::time::Duration::from_micros(random.random_range(0..6000));
            tokio::time::sleep(patience).await;
            task.abort();
            if let Ok(ended) = task.await {
                acknowledged.push(ended.unwrap().to_string());
            }
        }
        // SQLite's writer may still be at work on what callers no longer wait for: this one comes after them.
        let last = Uuid::new_v4();
        store.write(async move |c| put(c, last, 0).await).await.unwrap();
        let rows = assert_whole(&store).await;
        for id in &acknowledged {
            assert!(rows.contains(id), "{id} was acknowledged and is not there");
        }
    }

    async fn a_read_sees_what_was_acknowledged_before_it(place: Place) {
        let store = open(&place).await;
        for n in 0..50i64 {
            let id = Uuid::new_v4();
            store.write(async move |c| put(c, id, n).await).await.unwrap();
            let found: i64 = store
                .read::<_, StoreError, _>(async |c| {
                    Ok(on!(c, c => crate::probe::table.find(Uid(id)).select(crate::probe::writer).first(c))?)
                })
                .await
                .unwrap();
            assert_eq!(found, n);
        }
    }
}

#[test]
fn a_read_cannot_write_on_sqlite() {
    testbase::block_on(async {
        let place = Place::new(testbase::Backend::Sqlite).await;
        let store = open(&place).await;
        let refused = store.read::<_, StoreError, _>(async |c| Ok(c.batch("DELETE FROM event").await?)).await;
        assert!(refused.is_err());
    });
}
