//! How often a call is tried again, and how long to wait between.
//!
//! Exponential with full jitter, so that many callers do not come back together; a `Retry-After` of the server's counts
//! as the least wait. Called by [`crate::connection`] for idempotent calls only.

use std::time::Duration;

/// The rule of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in all, the first included.
    pub attempts: u32,
    /// Wait before the second attempt at most; doubles with each.
    pub first: Duration,
    /// No wait is longer, unless the server asks for it.
    pub most: Duration,
}

/// The longest `Retry-After` that is waited for; a longer one ends the call.
pub const PATIENCE: Duration = Duration::from_secs(120);

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 5, first: Duration::from_millis(200), most: Duration::from_secs(10) }
    }
}

impl Retry {
    /// How long to wait after attempt `attempt` (from 1) failed; none when it was the last.
    #[must_use]
    pub fn wait(&self, attempt: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if attempt >= self.attempts || retry_after.is_some_and(|r| r > PATIENCE) {
            return None;
        }
        let bound = self.first.saturating_mul(1 << (attempt - 1).min(16)).min(self.most);
        // A random UUID is at hand and random enough for spreading callers.
        let millis = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX).max(1);
        let jitter = Duration::from_millis(uuid::Uuid::new_v4().as_u64_pair().0 % millis);
        Some(retry_after.map_or(jitter, |r| r + jitter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_bound_and_end() {
        let retry =
            Retry { attempts: 4, first: Duration::from_millis(100), most: Duration::from_millis(250) };
        for (attempt, bound) in [(1, 100), (2, 200), (3, 250)] {
            assert!(retry.wait(attempt, None).unwrap() <= Duration::from_millis(bound));
        }
        assert_eq!(retry.wait(4, None), None);
    }

    #[test]
    fn what_the_server_asks_for_is_the_least_wait() {
        let retry = Retry::default();
        assert!(retry.wait(1, Some(Duration::from_secs(7))).unwrap() >= Duration::from_secs(7));
        assert_eq!(retry.wait(1, Some(Duration::from_secs(3600))), None);
    }
}
