//! Following another service's feed: at least once delivery, effect once (D7).
//!
//! The cursor is stored in the transaction of the effect, so a crash between the two is impossible; a feed can be
//! replayed by setting the cursor to 0. Called by tasks of services that keep copies of others' data.

use crate::change::{Actor, Tx};
use crate::error::{Error, Result};
use crate::service::{Kit, Stop};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use store_kit::ledger;

/// One event as read from a feed (CloudEvents 1.0, structured).
#[derive(Clone, Debug, Deserialize)]
pub struct FeedEvent {
    /// Gap-free number as text.
    pub id: String,
    /// `cn.lianjian.<resource>.<what>`.
    pub r#type: String,
    /// Id of the resource.
    pub subject: String,
    /// RFC 3339.
    pub time: String,
    /// The message.
    #[serde(default)]
    pub data: Value,
}

/// Follows `source` until stopped; `apply` gets each event inside the transaction that moves the cursor.
///
/// `apply` must ignore events it does not know and must be idempotent in itself only where it leaves this database.
pub async fn follow<F>(kit: Kit, mut stop: Stop, source: &'static str, apply: F)
where
    F: AsyncFn(&mut Tx<'_, '_>, &FeedEvent) -> Result<()> + Send + Sync + Clone + 'static,
{
    let mut pause = Duration::from_millis(200);
    loop {
        let step = tokio::select! {
            () = stop.wait() => return,
            step = one_batch(&kit, source, apply.clone()) => step,
        };
        match step {
            Ok(_) => pause = Duration::from_millis(200),
            Err(e) => {
                tracing::warn!(service = kit.service, source, error = %e, "feed is not read, trying again");
                pause = (pause * 2).min(Duration::from_secs(10));
                if stop.sleep(pause).await {
                    return;
                }
            }
        }
    }
}

async fn one_batch<F>(kit: &Kit, source: &'static str, apply: F) -> Result<usize>
where
    F: AsyncFn(&mut Tx<'_, '_>, &FeedEvent) -> Result<()> + Send + Sync + Clone + 'static,
{
    let from = kit.store.read::<_, Error, _>(async |c| Ok(ledger::cursor(c, source).await?)).await?;
    let bearer = kit.tokens.bearer().await?;
    let answer = kit
        .http
        .get(format!("{}/v1/feed", kit.core.url(source)))
        .query(&[
            ("lastEventId", from.to_string()),
            ("timeout", "5000".to_string()),
            ("limit", "500".to_string()),
        ])
        .bearer_auth(bearer)
        .timeout(Duration::from_secs(20))
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(|e| Error::unavailable(format!("feed of {source}: {e}")))?;
    let events: Vec<FeedEvent> =
        answer.json().await.map_err(|e| Error::unavailable(format!("feed of {source}: {e}")))?;
    let count = events.len();
    if count == 0 {
        return Ok(0);
    }
    let actor = Actor::task(&format!("follow_{source}"), kit.clock.now());
    crate::change::run(kit, actor, async move |tx| {
        let mut last = from;
        for event in &events {
            let seq: i64 = event.id.parse().map_err(|_| Error::internal("an event id is not a number"))?;
            if seq <= last {
                continue;
            }
            apply(tx, event).await?;
            last = seq;
        }
        ledger::set_cursor(tx.conn(), source, last).await?;
        tx.audit("feed", source, serde_json::json!({"from": from, "to": last}));
        Ok(())
    })
    .await?;
    Ok(count)
}
