//! Redis, when there is one: revocations reach other replicas at once, rate counters are counted together.
//!
//! Never the only copy (D12): revocations stand in the database, counters go on by themselves. When Redis fails,
//! `/readyz` says `degraded` and everything else goes on. Counters are exchanged twice a second, so the replicas together
//! admit at most the quota plus what they admit in half a second.

use crate::edge::limits::WINDOW;
use crate::state::Gateway;
use futures_util::StreamExt as _;
use redis::aio::MultiplexedConnection;
use service_kit::Kit;
use service_kit::auth::revocation::Revocation;
use service_kit::common::HealthCheck;
use service_kit::service::Stop;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;

const CHANNEL: &str = "lianjian:revocations";
const TICK: Duration = Duration::from_millis(500);
const ANSWER: Duration = Duration::from_secs(1);

const OFF: u8 = 0;
const WELL: u8 = 1;
const ILL: u8 = 2;
static STATE: AtomicU8 = AtomicU8::new(OFF);

/// What `/readyz` of the gateway says about Redis.
#[must_use]
pub fn health(service: &str) -> Vec<HealthCheck> {
    match (service, STATE.load(Ordering::Relaxed)) {
        ("gateway", WELL) => vec![HealthCheck { name: "redis", status: "ok" }],
        ("gateway", ILL) => vec![HealthCheck { name: "redis", status: "degraded" }],
        _ => Vec::new(),
    }
}

/// Keeps in touch until stopped, starting over with pauses.
pub async fn run(gateway: Arc<Gateway>, kit: Kit, mut stop: Stop) {
    let Some(url) = kit.core.redis_url.clone() else { return };
    let Some(mut news) = gateway.news.listen() else { return };
    let client = match redis::Client::open(url) {
        Ok(client) => client,
        Err(e) => {
            STATE.store(ILL, Ordering::Relaxed);
            tracing::error!(service = "gateway", error = %e, "the Redis address cannot be used");
            return;
        }
    };
    // Until the first answer nothing is known to work.
    STATE.store(ILL, Ordering::Relaxed);
    let mut pause = TICK;
    loop {
        let kept = tokio::select! {
            () = stop.wait() => return,
            kept = keep_in_touch(&gateway, &kit, &client, &mut news) => kept,
        };
        if let Err(e) = kept {
            if STATE.swap(ILL, Ordering::Relaxed) == WELL {
                tracing::warn!(service = "gateway", error = %e, "Redis is away; own counters go on");
                pause = TICK;
            }
            pause = (pause * 2).min(Duration::from_secs(5));
        }
        if stop.sleep(pause).await {
            return;
        }
    }
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

async fn timely<T>(work: impl Future<Output = redis::RedisResult<T>>) -> Outcome<T> {
    Ok(tokio::time::timeout(ANSWER, work).await.map_err(|_| "no answer within a second")??)
}

async fn keep_in_touch(
    gateway: &Gateway,
    kit: &Kit,
    client: &redis::Client,
    news: &mut UnboundedReceiver<Revocation>,
) -> Outcome<()> {
    let mut link = timely(client.get_multiplexed_async_connection()).await?;
    let mut hearing = timely(client.get_async_pubsub()).await?;
    timely(hearing.subscribe(CHANNEL)).await?;
    let mut heard = hearing.into_on_message();
    STATE.store(WELL, Ordering::Relaxed);
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            told = heard.next() => {
                let told = told.ok_or("the subscription ended")?;
                // Whoever can write to Redis can only make tokens not count, never count.
                if let Ok(entry) = serde_json::from_slice::<Revocation>(told.get_payload_bytes()) {
                    kit.verifier.revocations().add(&[entry]);
                }
            }
            entry = news.recv() => {
                let Some(entry) = entry else { return Ok(()) };
                let text = serde_json::to_string(&entry)?;
                timely(redis::cmd("PUBLISH").arg(CHANNEL).arg(text).query_async::<i64>(&mut link)).await?;
            }
            _ = tick.tick() => share(gateway, kit, &mut link).await?,
        }
    }
}

/// Adds the own counts and learns everybody's.
async fn share(gateway: &Gateway, kit: &Kit, link: &mut MultiplexedConnection) -> Outcome<()> {
    let now = kit.clock.now().as_second();
    let shares = gateway.limits.shares(now);
    if shares.is_empty() {
        timely(redis::cmd("PING").query_async::<String>(link)).await?;
        return Ok(());
    }
    for chunk in shares.chunks(500) {
        let mut pipe = redis::pipe();
        for share in chunk {
            // The name holds a caller's id or an address: hashed, Redis is not a place for either.
            let key = format!("lianjian:rate:{}", kit.crypto.lookup("rate", &share.name));
            pipe.cmd("INCRBY").arg(&key).arg(share.delta).cmd("EXPIRE").arg(&key).arg(2 * WINDOW).ignore();
        }
        let totals: Vec<u32> = timely(pipe.query_async(link)).await?;
        for (share, total) in chunk.iter().zip(totals) {
            gateway.limits.learn(share, total, now);
        }
    }
    Ok(())
}
