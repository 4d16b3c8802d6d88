//! A stop finishes what was begun, says so, and loses nothing.

use crate::Probe;
use crate::caller::Caller;
use serde_json::json;
use service_kit::config::Core;
use std::time::{Duration, Instant};
use testbase::{Place, both};

both! {
    async fn a_graceful_stop_finishes_a_slow_request(place: Place) {
        let core = Core { database_url: place.database_url(), ..Core::for_tests(place.dir()) };
        let mut probe = Probe::start_with(place, core).await;
        let slow = {
            let nobody = probe.nobody();
            tokio::task::spawn_local(async move { nobody.get("/v1/slow").await })
        };
        let writing: Vec<_> = (0..8)
            .map(|n| {
                let editor = probe.editor();
                tokio::task::spawn_local(async move { editor.post("/v1/notes", &json!({"title": n.to_string()})).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let began = Instant::now();
        let stopping = probe.served.begin_stop().unwrap();
        slow.await.unwrap().expect(204);
        for request in writing {
            request.await.unwrap().expect(201);
        }
        tokio::task::spawn_blocking(move || stopping.join().unwrap()).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(9), "the stop took {:?}", began.elapsed());
        // Nobody listens any more.
        assert!(reqwest::Client::builder().no_proxy().build().unwrap().get(probe.url()).send().await.is_err());
        // Everything that was acknowledged is there, and sealed before the end.
        let place = probe.place;
        probe.served.kits.clear();
        drop(probe.served);
        let again = Probe::start(place).await;
        assert_eq!(again.counts().await, [8, 8, 8]);
        let sealed = Caller::new(&again.url(), Some(again.issuer.token(&again.claims("nz-rsj", &["lead_editor"]))))
            .get("/v1/feed?limit=100")
            .await;
        assert_eq!(sealed.expect(200).json().as_array().unwrap().len(), 8);
    }
}
