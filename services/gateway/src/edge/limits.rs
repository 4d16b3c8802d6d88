//! Requests per minute of each caller and each address, counted in shards without waiting.
//!
//! Fixed windows of a minute, aligned for all replicas; with Redis the replicas tell each other their counts twice a
//! second (slack: what the others admit in between), without or when it fails the own counts go on alone, so the limiter
//! never fails open. Keys are hashed with a key of the process; IPv6 counts by /64. Called by the gate for each request.

use crate::config::Config;
use crate::domain::network::bucket;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::Mutex;

/// Seconds of a window.
pub const WINDOW: i64 = 60;
const SHARDS: usize = 64;
/// Counters of one shard at most; what comes after shares one counter, so that many addresses cannot fill the memory.
const MOST_PER_SHARD: usize = 16_384;

/// Which limit applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// A caller with a token.
    Caller = 0,
    /// An address without a token.
    Anonymous = 1,
    /// An address trying credentials.
    Auth = 2,
}

/// What a request was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Which limit applied.
    pub policy: Policy,
    /// Whether the request may go on.
    pub is_allowed: bool,
    /// Requests left in the window.
    pub remaining: u32,
    /// Seconds until the window ends.
    pub reset: i64,
}

#[derive(Default)]
struct Entry {
    count: u32,
    told: u32,
    others: u32,
    name: Box<str>,
}

#[derive(Default)]
struct Shard {
    window: i64,
    entries: HashMap<u64, Entry>,
}

/// A count that other replicas should know.
pub struct Share {
    /// Name of the counter, the same on all replicas; not readable.
    pub name: String,
    /// Requests since the last time.
    pub delta: u32,
    key: u64,
}

/// The counters of the process.
pub struct Limits {
    hasher: std::hash::RandomState,
    shards: Vec<Mutex<Shard>>,
    quotas: [u32; 3],
    policies: [HeaderValue; 3],
}

impl Limits {
    /// Counters with the configured quotas.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let quotas = [config.rate_per_minute, config.anonymous_rate_per_minute, config.auth_rate_per_minute];
        let header = |name: &str, quota: u32| {
            HeaderValue::from_str(&format!("\"{name}\";q={quota};w={WINDOW}"))
                .unwrap_or_else(|_| HeaderValue::from_static(""))
        };
        let [caller, anonymous, auth] = quotas;
        Self {
            hasher: std::hash::RandomState::new(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            quotas,
            policies: [header("default", caller), header("anonymous", anonymous), header("auth", auth)],
        }
    }

    /// Counts a request of a caller.
    #[must_use]
    pub fn caller(&self, subject: &str, now: i64) -> Verdict {
        self.count(Policy::Caller, self.hasher.hash_one((0u8, subject)), now, || format!("c:{subject}"))
    }

    /// Counts a request of an address.
    #[must_use]
    pub fn address(&self, policy: Policy, address: IpAddr, now: i64) -> Verdict {
        let address = bucket(address);
        self.count(policy, self.hasher.hash_one((policy as u8, address)), now, || {
            format!("{}:{address}", policy as u8)
        })
    }

    fn count(&self, policy: Policy, key: u64, now: i64, name: impl FnOnce() -> String) -> Verdict {
        let window = now.div_euclid(WINDOW);
        let reset = (window + 1) * WINDOW - now;
        let quota = self.quotas.get(policy as usize).copied().unwrap_or(0);
        let Some(shard) = self.shards.get(usize::try_from(key % SHARDS as u64).unwrap_or(0)) else {
            return Verdict { policy, is_allowed: false, remaining: 0, reset };
        };
        let mut shard = shard.lock().unwrap_or_else(|e| e.into_inner());
        if shard.window != window {
            shard.window = window;
            shard.entries.clear();
        }
        let key = if shard.entries.len() >= MOST_PER_SHARD && !shard.entries.contains_key(&key) {
            policy as u64
        } else {
            key
        };
        let entry =
            shard.entries.entry(key).or_insert_with(|| Entry { name: name().into(), ..Entry::default() });
        let used = entry.count.saturating_add(entry.others);
        let is_allowed = used < quota;
        if is_allowed {
            entry.count = entry.count.saturating_add(1);
        }
        Verdict {
            policy,
            is_allowed,
            remaining: quota.saturating_sub(used).saturating_sub(u32::from(is_allowed)),
            reset,
        }
    }

    /// Counts that changed since the last call, for the other replicas.
    #[must_use]
    pub fn shares(&self, now: i64) -> Vec<Share> {
        let window = now.div_euclid(WINDOW);
        let mut out = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(|e| e.into_inner());
            if shard.window != window {
                continue;
            }
            for (key, entry) in &mut shard.entries {
                let delta = entry.count.saturating_sub(entry.told);
                if delta > 0 {
                    entry.told = entry.count;
                    out.push(Share { name: format!("{window}:{}", entry.name), delta, key: *key });
                }
            }
        }
        out
    }

    /// Learns what all replicas together counted.
    pub fn learn(&self, share: &Share, total: u32, now: i64) {
        let window = now.div_euclid(WINDOW);
        let Some(shard) = self.shards.get(usize::try_from(share.key % SHARDS as u64).unwrap_or(0)) else {
            return;
        };
        let mut shard = shard.lock().unwrap_or_else(|e| e.into_inner());
        if shard.window == window
            && let Some(entry) = shard.entries.get_mut(&share.key)
        {
            entry.others = total.saturating_sub(entry.told);
        }
    }

    /// Writes `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11).
    pub fn write(&self, verdict: &Verdict, headers: &mut HeaderMap) {
        let Some(policy) = self.policies.get(verdict.policy as usize) else { return };
        headers.insert(HeaderName::from_static("ratelimit-policy"), policy.clone());
        let name = match verdict.policy {
            Policy::Caller => "default",
            Policy::Anonymous => "anonymous",
            Policy::Auth => "auth",
        };
        let text = format!("\"{name}\";r={};t={}", verdict.remaining, verdict.reset);
        if let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(text)) {
            headers.insert(HeaderName::from_static("ratelimit"), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(quota: u32) -> Limits {
        Limits::new(&Config { rate_per_minute: quota, anonymous_rate_per_minute: quota, ..Config::default() })
    }

    #[test]
    fn a_caller_has_its_quota_a_minute_and_no_more() {
        let l = limits(3);
        let got: Vec<(bool, u32)> =
            (0..5).map(|_| l.caller("a", 600)).map(|v| (v.is_allowed, v.remaining)).collect();
        assert_eq!(got, [(true, 2), (true, 1), (true, 0), (false, 0), (false, 0)]);
        assert!(l.caller("b", 600).is_allowed, "another caller has its own");
        assert_eq!(l.caller("a", 659).reset, 1);
        assert!(l.caller("a", 660).is_allowed, "a new window");
    }

    #[test]
    fn many_threads_together_get_exactly_the_quota() {
        let l = limits(1000);
        let passed = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|s| {
            for _ in 0..8 {
                s.spawn(|| {
                    for _ in 0..500 {
                        if l.caller("a", 600).is_allowed {
                            passed.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(passed.into_inner(), 1000);
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_together() {
        let l = limits(1);
        assert!(l.address(Policy::Anonymous, "fd00::1".parse().unwrap(), 600).is_allowed);
        assert!(!l.address(Policy::Anonymous, "fd00::2".parse().unwrap(), 600).is_allowed);
        assert!(l.address(Policy::Auth, "fd00::1".parse().unwrap(), 600).is_allowed);
    }

    #[test]
    fn what_other_replicas_admitted_counts() {
        let l = limits(10);
        for _ in 0..4 {
            assert!(l.caller("a", 600).is_allowed);
        }
        let shares = l.shares(600);
        assert_eq!(shares.iter().map(|s| s.delta).collect::<Vec<_>>(), [4]);
        l.learn(&shares[0], 9, 600);
        assert!(l.caller("a", 600).is_allowed && !l.caller("a", 600).is_allowed);
        assert_eq!(l.shares(600).iter().map(|s| s.delta).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_flood_of_addresses_cannot_fill_the_memory() {
        let l = limits(1_000_000);
        for n in 0..(SHARDS * MOST_PER_SHARD + 200_000) as u32 {
            let _ = l.address(Policy::Anonymous, IpAddr::V4(n.into()), 600);
        }
        assert!(l.shards.iter().all(|s| s.lock().unwrap().entries.len() <= MOST_PER_SHARD + 3));
    }
}
