//! A circuit breaker for one service: stops knocking at a door that does not open.
//!
//! Closed it counts failures to reach the service in a row; open it refuses at once; after a pause it lets one request
//! try. Only connection failures and timeouts count: an answer, whatever it says, is a sign of life. Shared by all worker
//! threads, without a lock. Called by the proxy.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The state of one service's door.
pub struct Breaker {
    began: Instant,
    most: u32,
    pause_millis: u64,
    failures: AtomicU32,
    /// Milliseconds after `began` until which it stays open; 0 when closed.
    open_until: AtomicU64,
    trying: AtomicBool,
}

/// Leave to send one request; tell it how that went. Dropped silently it only ends a try.
pub struct Leave<'a> {
    breaker: &'a Breaker,
    is_trial: bool,
    told: bool,
}

impl Breaker {
    /// Opens after `most` failures in a row, for `pause`.
    #[must_use]
    pub fn new(most: u32, pause: Duration) -> Self {
        Self {
            began: Instant::now(),
            most: most.max(1),
            pause_millis: u64::try_from(pause.as_millis()).unwrap_or(u64::MAX).max(1),
            failures: AtomicU32::new(0),
            open_until: AtomicU64::new(0),
            trying: AtomicBool::new(false),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Leave to send a request.
    ///
    /// # Errors
    /// How long to wait, while open.
    pub fn ask(&self) -> Result<Leave<'_>, Duration> {
        let until = self.open_until.load(Ordering::Acquire);
        if until == 0 {
            return Ok(Leave { breaker: self, is_trial: false, told: false });
        }
        let now = self.now();
        if now < until {
            return Err(Duration::from_millis(until - now));
        }
        // One request tries; the others wait for what it finds.
        if self.trying.swap(true, Ordering::AcqRel) {
            return Err(Duration::from_millis(self.pause_millis));
        }
        Ok(Leave { breaker: self, is_trial: true, told: false })
    }

    /// Whether it refuses right now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open_until.load(Ordering::Acquire) != 0
    }
}

impl Leave<'_> {
    /// The service answered.
    pub fn answered(mut self) {
        self.told = true;
        // The usual case writes nothing, so that worker threads do not share a dirty cache line.
        if self.breaker.failures.load(Ordering::Relaxed) != 0 {
            self.breaker.failures.store(0, Ordering::Relaxed);
        }
        if self.is_trial {
            self.breaker.open_until.store(0, Ordering::Release);
            self.breaker.trying.store(false, Ordering::Release);
        }
    }

    /// The service could not be reached or did not answer in time.
    pub fn failed(mut self) {
        self.told = true;
        let failures = self.breaker.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if self.is_trial || failures >= self.breaker.most {
            self.breaker.open_until.store(self.breaker.now() + self.breaker.pause_millis, Ordering::Release);
        }
        if self.is_trial {
            self.breaker.trying.store(false, Ordering::Release);
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.is_trial && !self.told {
            self.breaker.trying.store(false, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_after_one_good_try() {
        let b = Breaker::new(3, Duration::from_millis(30));
        for _ in 0..2 {
            b.ask().ok().unwrap().failed();
        }
        b.ask().ok().unwrap().answered();
        for _ in 0..3 {
            assert!(!b.is_open());
            b.ask().ok().unwrap().failed();
        }
        assert!(b.is_open() && b.ask().is_err());
        std::thread::sleep(Duration::from_millis(40));
        let trial = b.ask().ok().unwrap();
        assert!(b.ask().is_err(), "one tries, the others wait");
        trial.failed();
        assert!(b.ask().is_err());
        std::thread::sleep(Duration::from_millis(40));
        // A try whose caller went away does not block the next one.
        drop(b.ask().ok().unwrap());
        b.ask().ok().unwrap().answered();
        assert!(!b.is_open() && b.ask().is_ok());
    }
}
