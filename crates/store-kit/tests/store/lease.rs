//! Leases: of many claimants one wins, and a holder that dies is succeeded.

use crate::open;
use jiff::{SignedDuration, Timestamp};
use store_kit::lease::claim;
use store_kit::prelude::*;
use testbase::{Place, both};

async fn try_claim(store: &Store, holder: &str, now: Timestamp, seconds: i64) -> bool {
    let (holder, until) = (holder.to_string(), now + SignedDuration::from_secs(seconds));
    store
        .write::<_, StoreError, _>(async move |c| claim(c, "sweep", &holder, now, until).await)
        .await
        .unwrap()
}

both! {
    async fn of_many_claimants_one_wins(place: Place) {
        let store = open(&place).await;
        let now = Timestamp::now();
        for round in 0..20 {
            let at = now + SignedDuration::from_secs(round * 60);
            let claims = (0..12).map(|n| {
                let store = store.clone();
                tokio::task::spawn_local(async move { try_claim(&store, &format!("worker-{n}"), at, 60).await })
            });
            let mut winners = 0;
            for task in claims.collect::<Vec<_>>() {
                winners += usize::from(task.await.unwrap());
            }
            assert_eq!(winners, 1, "round {round}");
        }
    }

    async fn a_lease_is_renewed_by_its_holder_and_ends_by_itself(place: Place) {
        let store = open(&place).await;
        let now = Timestamp::now();
        assert!(try_claim(&store, "a", now, 30).await);
        assert!(!try_claim(&store, "b", now + SignedDuration::from_secs(29), 30).await);
        assert!(try_claim(&store, "a", now + SignedDuration::from_secs(29), 30).await, "a renews");
        assert!(!try_claim(&store, "b", now + SignedDuration::from_secs(45), 30).await, "the renewal counts");
        assert!(try_claim(&store, "b", now + SignedDuration::from_secs(59), 30).await, "a is gone");
        assert!(!try_claim(&store, "a", now + SignedDuration::from_secs(60), 30).await);
    }
}
