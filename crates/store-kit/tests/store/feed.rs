//! A reader who follows the feed sees every event exactly once, in order and without gaps, while many write.

use crate::{crypto, open, put};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use store_kit::ledger::events_after;
use store_kit::prelude::*;
use store_kit::{chain, sealer};
use testbase::{Backend, Place, both};
use uuid::Uuid;

const THREADS: u64 = 4;
const WRITERS: u64 = 8;
const CHANGES: u64 = 25;

/// One change that keeps its transaction open for a while on PostgreSQL, so that commits overtake each other.
async fn slow_put(c: &mut AnyConn<'_>, id: Uuid, pause_micros: u32, fails: bool) -> StoreResult<()> {
    put(c, id, 0).await?;
    if c.kind() == Kind::Postgres {
        c.batch(&format!("SELECT pg_sleep({})", f64::from(pause_micros) / 1e6)).await?;
    }
    if fails { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Eight writers on one thread, as one worker of a service would run them; gives back what was acknowledged.
fn write_storm(store: &Store, seed: u64) -> Vec<String> {
    testbase::block_on(async {
        let tasks: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = store.clone();
                tokio::task::spawn_local(async move {
                    let mut random = StdRng::seed_from_u64(seed ^ (writer << 32));
                    let mut done = Vec::new();
                    for _ in 0..CHANGES {
                        let (id, pause, fails) =
                            (Uuid::new_v4(), random.random_range(0..8000), random.random_bool(0.1));
                        let ended = store.write(async move |c| slow_put(c, id, pause, fails).await).await;
                        assert_eq!(ended.is_ok(), !fails, "{ended:?}");
                        if !fails {
                            done.push(id.to_string());
                        }
                    }
                    done
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.unwrap());
        }
        all
    })
}

/// Reads on from where it is until the writers are done and nothing more comes.
fn follow(store: &Store, writing: &AtomicBool) -> Vec<String> {
    testbase::block_on(async {
        let (mut position, mut seen, mut quiet) = (0i64, Vec::new(), Instant::now());
        loop {
            let limit = 1 + position % 17;
            let batch = store.read(async |c| events_after(c, position, limit).await).await.unwrap();
            for row in &batch {
                let seq = row.seq.expect("only sealed events are read");
                assert_eq!(seq, position + 1, "a gap or a step back after {position}");
                position = seq;
                seen.push(row.subject.clone());
            }
            if !batch.is_empty() {
                quiet = Instant::now();
            } else if !writing.load(Ordering::SeqCst) && quiet.elapsed() > Duration::from_secs(3) {
                return seen;
            } else {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    })
}

both! {
    async fn a_follower_sees_every_event_once_while_32_write(place: Place) {
        let seed = testbase::seed();
        let store = open(&place).await;
        // On PostgreSQL a second replica seals too: only one of them may order.
        let replicas = match place.backend() {
            Backend::Sqlite => vec![store.clone()],
            Backend::Postgres => vec![store.clone(), open(&place).await],
        };
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let sealers: Vec<_> = replicas
            .iter()
            .map(|store| {
                let (store, mut stopped) = (store.clone(), stopped.clone());
                std::thread::spawn(move || {
                    testbase::block_on(sealer::run(store, crypto(), async move {
                        let _ = stopped.wait_for(|s| *s).await;
                    }));
                })
            })
            .collect();
        let writing = Arc::new(AtomicBool::new(true));
        let followers: Vec<_> = (0..2)
            .map(|_| {
                let (store, writing) = (store.clone(), Arc::clone(&writing));
                std::thread::spawn(move || follow(&store, &writing))
            })
            .collect();
        let writers: Vec<_> = (0..THREADS)
            .map(|n| {
                let store = replicas[usize::try_from(n).unwrap() % replicas.len()].clone();
                std::thread::spawn(move || write_storm(&store, seed.wrapping_add(n)))
            })
            .collect();
        let acknowledged: BTreeSet<String> = writers.into_iter().flat_map(|w| w.join().unwrap()).collect();
        writing.store(false, Ordering::SeqCst);
        for follower in followers {
            let seen = follower.join().unwrap();
            let once: BTreeSet<String> = seen.iter().cloned().collect();
            assert_eq!(once.len(), seen.len(), "an event was seen twice");
            assert_eq!(once, acknowledged, "what was seen is not what was acknowledged");
        }
        stop.send_replace(true);
        sealers.into_iter().for_each(|s| s.join().unwrap());
        verify_chain(&store, acknowledged.len()).await;
    }

    async fn sealing_goes_on_where_it_stopped(place: Place) {
        for round in 1..=3i64 {
            let store = open(&place).await;
            for _ in 0..5 {
                let id = Uuid::new_v4();
                store.write(async move |c| put(c, id, 0).await).await.unwrap();
            }
            let unsealed = store.read(async |c| events_after(c, (round - 1) * 5, 100).await).await.unwrap();
            assert!(unsealed.is_empty(), "nobody reads what is not sealed");
            sealer::seal_all(&store, &crypto()).await.unwrap();
            let sealed = store.read(async |c| events_after(c, 0, 100).await).await.unwrap();
            let numbers: Vec<i64> = sealed.iter().filter_map(|e| e.seq).collect();
            assert_eq!(numbers, (1..=round * 5).collect::<Vec<_>>());
            verify_chain(&store, usize::try_from(round * 5).unwrap()).await;
            store.close();
        }
    }
}

async fn verify_chain(store: &Store, entries: usize) {
    let (lines, heads) = store
        .read::<_, StoreError, _>(async |c| {
            Ok((sealer::lines_after(c, 0, 1_000_000, None).await?, sealer::heads(c, "probe").await?))
        })
        .await
        .unwrap();
    assert_eq!(lines.len(), entries);
    assert!(!heads.is_empty(), "no signed head");
    let mut verifier = chain::Verifier::new(heads);
    lines.iter().for_each(|l| verifier.push(l).unwrap());
    assert_eq!(verifier.finish().unwrap().0, i64::try_from(entries).unwrap());
}
