//! The gateway's settings: typed, checked before anything binds, secrets never printed.
//!
//! Read by the CLI from `[gateway]` and `LIANJIAN_GATEWAY_*`; tests use [`Config::for_tests`]. What the CLI computes
//! (merged document, routes) is skipped by the reader. Refuses wildcard origins and sample-like passwords.

use crate::domain::network::Network;
use crate::domain::password;
use serde::Deserialize;
use service_kit::config::{Secret, ValueKind};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// Settings of the gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address to listen on.
    pub addr: Option<SocketAddr>,
    /// URL under which the services reach the gateway.
    pub url: Option<String>,
    /// The merged OpenAPI text, served at `/openapi.json`.
    #[serde(skip)]
    pub document: Arc<str>,
    /// First segment after `/v1/` to service.
    #[serde(skip)]
    pub routes: BTreeMap<String, String>,
    /// Password of the first administrator; without one it is made up and shown once.
    #[serde(skip)]
    pub admin_password: Option<Secret>,
    /// Where `prepare` leaves a made-up first password.
    #[serde(skip)]
    pub first_password: FirstPassword,
    /// Origins of browsers that may call, exactly as they send them: `https://host[:port]`.
    pub cors_origins: Vec<String>,
    /// Life of an access token, minutes.
    pub token_minutes: u32,
    /// Life of a session without use of its refresh token, days.
    pub refresh_days: u32,
    /// Requests per minute of one caller with a token.
    pub rate_per_minute: u32,
    /// Requests per minute of one address without a token.
    pub anonymous_rate_per_minute: u32,
    /// Requests per minute of one address to the places where credentials are tried.
    pub auth_rate_per_minute: u32,
    /// Wrong passwords for one account from one address before it is locked there.
    pub lockout_failures: u32,
    /// Wrong passwords for one account from all unfamiliar addresses together.
    pub lockout_account_failures: u32,
    /// Wrong passwords of one address over all accounts unfamiliar to it.
    pub lockout_address_failures: u32,
    /// Length of the counting window and of the lock, minutes.
    pub lockout_minutes: u32,
    /// Memory of argon2id, KiB.
    pub argon2_memory_kib: u32,
    /// Passes of argon2id.
    pub argon2_passes: u32,
    /// Proxies (addresses or CIDR blocks) whose `X-Forwarded-*` are believed.
    pub trusted_proxies: Vec<Network>,
    /// How long a service may take until the first byte of its answer, seconds.
    pub upstream_timeout_seconds: u32,
    /// Consecutive failures to reach a service that open its circuit breaker.
    pub breaker_failures: u32,
    /// How long an open breaker refuses before it lets one request try, milliseconds.
    pub breaker_open_millis: u32,
    /// Largest body that is passed on, bytes; services have smaller limits of their own.
    pub max_upload_bytes: u64,
    /// Whether callers reach the gateway by TLS (HSTS is sent then).
    pub behind_tls: bool,
    /// Whether `/docs/` is served.
    pub docs: bool,
}

/// The first administrator's made-up password, on its way to the terminal; taken once.
#[derive(Clone, Default)]
pub struct FirstPassword(pub Arc<Mutex<Option<String>>>);

impl std::fmt::Debug for FirstPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl FirstPassword {
    /// Takes the password out; the next call gets nothing.
    #[must_use]
    pub fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).take()
    }

    pub(crate) fn put(&self, password: String) {
        *self.0.lock().unwrap_or_else(|e| e.into_inner()) = Some(password);
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            addr: None,
            url: None,
            document: Arc::from(""),
            routes: BTreeMap::new(),
            admin_password: None,
            first_password: FirstPassword::default(),
            cors_origins: Vec::new(),
            token_minutes: 15,
            refresh_days: 7,
            rate_per_minute: 60_000,
            anonymous_rate_per_minute: 600,
            auth_rate_per_minute: 300,
            lockout_failures: 5,
            lockout_account_failures: 50,
            lockout_address_failures: 100,
            lockout_minutes: 15,
            argon2_memory_kib: 19_456,
            argon2_passes: 2,
            trusted_proxies: Vec::new(),
            upstream_timeout_seconds: 30,
            breaker_failures: 5,
            breaker_open_millis: 2_000,
            max_upload_bytes: 1024 * 1024 * 1024,
            behind_tls: false,
            docs: true,
        }
    }
}

/// Keys that `LIANJIAN_GATEWAY_*` variables may set.
pub const KEYS: &[(&str, ValueKind)] = &[
    ("addr", ValueKind::Text),
    ("url", ValueKind::Text),
    ("cors_origins", ValueKind::List),
    ("token_minutes", ValueKind::Number),
    ("refresh_days", ValueKind::Number),
    ("rate_per_minute", ValueKind::Number),
    ("anonymous_rate_per_minute", ValueKind::Number),
    ("auth_rate_per_minute", ValueKind::Number),
    ("lockout_failures", ValueKind::Number),
    ("lockout_account_failures", ValueKind::Number),
    ("lockout_address_failures", ValueKind::Number),
    ("lockout_minutes", ValueKind::Number),
    ("argon2_memory_kib", ValueKind::Number),
    ("argon2_passes", ValueKind::Number),
    ("trusted_proxies", ValueKind::List),
    ("upstream_timeout_seconds", ValueKind::Number),
    ("breaker_failures", ValueKind::Number),
    ("breaker_open_millis", ValueKind::Number),
    ("max_upload_bytes", ValueKind::Number),
    ("behind_tls", ValueKind::Flag),
    ("docs", ValueKind::Flag),
];

impl Config {
    /// Quick hashes and limits that no test meets by accident.
    #[must_use]
    pub fn for_tests() -> Self {
        Self {
            rate_per_minute: 10_000_000,
            anonymous_rate_per_minute: 10_000_000,
            auth_rate_per_minute: 10_000_000,
            argon2_memory_kib: 8,
            argon2_passes: 1,
            breaker_open_millis: 300,
            ..Self::default()
        }
    }

    /// Checks every value.
    ///
    /// # Errors
    /// All faults in one text, one a line.
    pub fn check(&self) -> Result<(), String> {
        let mut faults = Vec::new();
        let mut range = |key: &str, value: u64, least: u64, most: u64| {
            if value < least || value > most {
                faults.push(format!("{key} must be between {least} and {most}"));
            }
        };
        range("token_minutes", self.token_minutes.into(), 1, 60);
        range("refresh_days", self.refresh_days.into(), 1, 90);
        range("rate_per_minute", self.rate_per_minute.into(), 1, 100_000_000);
        range("anonymous_rate_per_minute", self.anonymous_rate_per_minute.into(), 1, 100_000_000);
        range("auth_rate_per_minute", self.auth_rate_per_minute.into(), 1, 100_000_000);
        range("lockout_failures", self.lockout_failures.into(), 1, 100);
        range("lockout_account_failures", self.lockout_account_failures.into(), 1, 10_000);
        range("lockout_address_failures", self.lockout_address_failures.into(), 1, 100_000);
        range("lockout_minutes", self.lockout_minutes.into(), 1, 24 * 60);
        range("argon2_memory_kib", self.argon2_memory_kib.into(), 8, 1024 * 1024);
        range("argon2_passes", self.argon2_passes.into(), 1, 20);
        range("upstream_timeout_seconds", self.upstream_timeout_seconds.into(), 1, 600);
        range("breaker_failures", self.breaker_failures.into(), 1, 1000);
        range("breaker_open_millis", self.breaker_open_millis.into(), 50, 600_000);
        range("max_upload_bytes", self.max_upload_bytes, 1024, 1 << 40);
        for origin in &self.cors_origins {
            if !is_origin(origin) {
                faults.push(format!(
                    "cors_origins: {origin:?} is not an exact origin such as https://example.org"
                ));
            }
        }
        // The name `admin` is no secret of the operator's: only common passwords are refused here.
        if let Some(Secret(password)) = &self.admin_password {
            for fault in password::faults(password, "") {
                faults.push(format!("admin_password: {}", fault.en));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
    }
}

/// Whether a text is an origin as browsers send it; `*` and `null` are not.
fn is_origin(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return false;
    };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let plain =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '[' | ']' | ':');
    !name.is_empty() && name.chars().all(plain) && port.is_none_or(|p| p.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_origins_are_accepted() {
        for good in ["https://a.example", "http://127.0.0.1:3000", "https://[::1]:8443"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "*",
            "null",
            "https://*.example",
            "https://a.example/",
            "a.example",
            "https://A.example",
            "https://",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[test]
    fn every_default_passes_and_every_fault_is_named() {
        assert_eq!(Config::default().check(), Ok(()));
        assert_eq!(Config::for_tests().check(), Ok(()));
        let bad = Config {
            token_minutes: 0,
            cors_origins: vec!["*".into()],
            admin_password: Some(Secret("123456".into())),
            ..Config::default()
        };
        let text = bad.check().unwrap_err();
        for word in ["token_minutes", "cors_origins", "admin_password"] {
            assert!(text.contains(word), "{text}");
        }
        assert!(!text.contains("123456"));
    }
}
