//! Waiting for something with a last word, instead of sleeping and hoping.
//!
//! Called wherever something happens soon but not at once: sealing, following a feed, a restart.

use std::time::{Duration, Instant};

/// Longest time that anything in a test may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until the answer is `Ok`, and fails with the last `Err` when that takes too long.
///
/// # Panics
/// With `what` and the last status after [`PATIENCE`].
pub async fn poll<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<T, String>) -> T {
    let began = Instant::now();
    let mut pause = Duration::from_millis(5);
    loop {
        match ask().await {
            Ok(value) => return value,
            Err(status) if began.elapsed() > PATIENCE => {
                panic!("{what}: not so after {} s; last status: {status}", PATIENCE.as_secs())
            }
            Err(_) => tokio::time::sleep(pause).await,
        }
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}
