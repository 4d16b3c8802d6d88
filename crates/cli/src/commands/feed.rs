//! `feed`: what has happened in a service, one CloudEvent a line.

use crate::exit::{Exit, Failure, Result};
use crate::out;
use crate::remote::Remote;
use clap::Args;
use clients::common::CommonClient;
use std::time::Duration;

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian feed catalog\n  lianjian feed subjects --from 1200 --follow\n\n\
    The member id is the number to go on from. With --follow it waits for more until interrupted."
)]
pub struct Feed {
    /// The service: gateway, catalog, subjects, inspections
    service: String,
    /// Events after this number
    #[arg(long, default_value_t = 0, value_name = "N")]
    from: i64,
    /// Wait for more
    #[arg(long, short)]
    follow: bool,
    /// Only types that begin so, such as cn.lianjian.item.
    #[arg(long, value_name = "PREFIX", default_value = "")]
    kind: String,
    #[command(flatten)]
    remote: Remote,
}

impl Feed {
    pub async fn run(self) -> Result {
        let client = CommonClient::new(self.remote.connect()?, &self.service);
        let wait = if self.follow { Duration::from_secs(25) } else { Duration::ZERO };
        let mut position = self.from;
        loop {
            let batch = client.feed_read(position, wait, 500).await?;
            for event in &batch.events {
                if is_of(event.get(), &self.kind)? {
                    out::line(event.get())?;
                }
            }
            let is_end = batch.events.is_empty() && batch.position == position;
            position = batch.position;
            if is_end && !self.follow {
                return Ok(());
            }
        }
    }
}

fn is_of(event: &str, prefix: &str) -> Result<bool> {
    #[derive(serde::Deserialize)]
    struct Head {
        r#type: String,
    }
    if prefix.is_empty() {
        return Ok(true);
    }
    let head: Head =
        serde_json::from_str(event).map_err(|e| Failure::new(Exit::Corrupt, format!("event: {e}")))?;
    Ok(head.r#type.starts_with(prefix))
}
