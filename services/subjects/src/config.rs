//! Settings of the subjects service.

use serde::Deserialize;
use service_kit::config::ValueKind;
use std::net::SocketAddr;

/// `[subjects]` of the configuration file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address to listen on.
    pub addr: Option<SocketAddr>,
    /// URL under which the others reach it.
    pub url: Option<String>,
    /// Whether the first start loads the small made-up registry.
    pub load_samples: bool,
    /// Largest import, bytes as sent.
    pub max_import_bytes: u64,
    /// Most rows of an import that must come in whole or not at all.
    pub max_atomic_rows: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            addr: None,
            url: None,
            load_samples: true,
            max_import_bytes: 2 * 1024 * 1024 * 1024,
            max_atomic_rows: 200_000,
        }
    }
}

impl Config {
    /// Settings that do not fit together.
    ///
    /// # Errors
    /// Names the setting.
    pub fn check(&self) -> Result<(), String> {
        if self.max_import_bytes == 0 || self.max_atomic_rows == 0 {
            return Err("max_import_bytes and max_atomic_rows must be at least 1".into());
        }
        Ok(())
    }
}

/// Variables that set them: `LIANJIAN_SUBJECTS_<KEY>`.
pub const KEYS: &[(&str, ValueKind)] = &[
    ("addr", ValueKind::Text),
    ("url", ValueKind::Text),
    ("load_samples", ValueKind::Flag),
    ("max_import_bytes", ValueKind::Number),
    ("max_atomic_rows", ValueKind::Number),
];
