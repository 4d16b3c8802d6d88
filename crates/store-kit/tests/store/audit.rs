//! The audit chain as it stands in the database: what somebody with full rights there changes is found and named.

use crate::{crypto, open, put};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use store_kit::chain::{ChainFault, Head, Line, Verifier};
use store_kit::crypto::verify;
use store_kit::prelude::*;
use store_kit::{chain, sealer};
use testbase::{Place, both};
use uuid::Uuid;

async fn sealed(place: &Place, entries: usize) -> Store {
    let store = open(place).await;
    for _ in 0..entries {
        let id = Uuid::new_v4();
        store.write(async move |c| put(c, id, 0).await).await.unwrap();
    }
    sealer::seal_all(&store, &crypto()).await.unwrap();
    store
}

async fn dump(store: &Store) -> (Vec<Line>, Vec<Head>) {
    store
        .read::<_, StoreError, _>(async |c| {
            Ok((sealer::lines_after(c, 0, 10_000, None).await?, sealer::heads(c, "probe").await?))
        })
        .await
        .unwrap()
}

fn walk(lines: &[Line], heads: Vec<Head>) -> Result<(i64, String), ChainFault> {
    let mut verifier = Verifier::new(heads);
    for line in lines {
        verifier.push(line)?;
    }
    verifier.finish()
}

async fn tamper(store: &Store, sql: &'static str) {
    store.write::<_, StoreError, _>(async move |c| Ok(c.batch(sql).await?)).await.unwrap();
}

both! {
    async fn the_untouched_chain_verifies_and_its_head_is_signed(place: Place) {
        let store = sealed(&place, 12).await;
        let (lines, heads) = dump(&store).await;
        assert_eq!(walk(&lines, heads.clone()).unwrap().0, 12);
        let head = heads.last().unwrap();
        let bytes = chain::head_bytes("probe", head.seq, &head.hash);
        assert!(verify(&crypto().public_key(), &bytes, &head.signature));
        let other = chain::head_bytes("probe", head.seq + 1, &head.hash);
        assert!(!verify(&crypto().public_key(), &other, &head.signature));
    }

    async fn a_changed_entry_is_named(place: Place) {
        let store = sealed(&place, 12).await;
        tamper(&store, "UPDATE audit_entry SET actor = 'task:probf' WHERE seq = 7").await;
        let (lines, heads) = dump(&store).await;
        assert_eq!(walk(&lines, heads).unwrap_err(), ChainFault::Broken(7));
    }

    async fn a_removed_entry_is_named(place: Place) {
        let store = sealed(&place, 12).await;
        tamper(&store, "DELETE FROM audit_entry WHERE seq = 5").await;
        let (lines, heads) = dump(&store).await;
        assert_eq!(walk(&lines, heads).unwrap_err(), ChainFault::Gap { expected: 5, found: 6 });
    }

    async fn a_cut_end_disagrees_with_the_signed_head(place: Place) {
        let store = sealed(&place, 12).await;
        tamper(&store, "DELETE FROM audit_entry WHERE seq > 9").await;
        let (lines, heads) = dump(&store).await;
        assert_eq!(walk(&lines, heads).unwrap_err(), ChainFault::Truncated { head: 12, last: 9 });
    }

    async fn a_history_chained_anew_disagrees_with_the_signed_head(place: Place) {
        let store = sealed(&place, 12).await;
        let (mut lines, heads) = dump(&store).await;
        lines[3].organ = "nz-scjg".into();
        let mut previous = lines[2].hash.clone();
        for line in &mut lines[3..] {
            line.hash = chain::link(&previous, line);
            previous = line.hash.clone();
        }
        assert_eq!(walk(&lines, Vec::new()).unwrap().0, 12, "the chain alone cannot tell");
        assert_eq!(walk(&lines, heads).unwrap_err(), ChainFault::Head(12));
    }
}

#[test]
fn every_changed_byte_of_a_dump_is_refused() {
    testbase::block_on(async {
        let place = Place::new(testbase::Backend::Sqlite).await;
        let store = sealed(&place, 20).await;
        let (lines, heads) = dump(&store).await;
        let dump: Vec<String> = lines.iter().map(|l| serde_json::to_string(l).unwrap()).collect();
        let mut random = StdRng::seed_from_u64(testbase::seed());
        for _ in 0..2000 {
            let mut forged = dump.clone();
            let at = random.random_range(0..forged.len());
            let mut bytes = forged[at].clone().into_bytes();
            let byte = random.random_range(0..bytes.len());
            bytes[byte] ^= 1 << random.random_range(0..7u8);
            let Ok(text) = String::from_utf8(bytes) else { continue };
            forged[at] = text;
            // A dump that no longer reads is refused by its reader; one that reads the same says the same.
            let read: Result<Vec<Line>, _> = forged.iter().map(|l| serde_json::from_str(l)).collect();
            let Ok(read) = read else { continue };
            if read == lines {
                continue;
            }
            let refused = walk(&read, heads.clone());
            assert!(refused.is_err(), "line {at}, byte {byte}: {}", forged[at]);
        }
    });
}

/// The same file is walked by `tests/python/test_audit_chain.py`, which wrote it: two languages, one chain.
#[test]
fn the_chain_of_another_implementation_verifies() {
    let text = include_str!("../vectors/audit-chain.ndjson");
    let lines: Vec<Line> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(walk(&lines, Vec::new()).unwrap().0, 10);
}
