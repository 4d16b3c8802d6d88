//! Logs as JSON lines on standard error, one schema, without personal data.
//!
//! Logs carry ids, codes, durations and traces; never bodies, names, tokens or numbers of persons. Called once by the
//! process. Control characters are escaped by the JSON form, so a value cannot forge a line.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging; `filter` as in `RUST_LOG` (`info`, `store_kit=debug`). Calling it twice is harmless.
pub fn init(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(std::io::stderr);
    let _ = tracing_subscriber::registry().with(filter).with(layer).try_init();
}
