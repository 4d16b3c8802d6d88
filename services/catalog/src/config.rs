//! Settings of the catalog, checked before anything binds.

use serde::Deserialize;
use service_kit::config::ValueKind;
use std::net::SocketAddr;

/// Settings of the section `[catalog]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address to listen on.
    pub addr: Option<SocketAddr>,
    /// URL under which the others reach it.
    pub url: Option<String>,
    /// Whether the first start loads organs, regions, industries, the calendar and the example item.
    pub load_reference: bool,
    /// Most items of one import.
    pub max_import_items: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { addr: None, url: None, load_reference: true, max_import_items: 20_000 }
    }
}

/// Keys that `LIANJIAN_CATALOG_*` variables may set.
pub const KEYS: &[(&str, ValueKind)] = &[
    ("addr", ValueKind::Text),
    ("url", ValueKind::Text),
    ("load_reference", ValueKind::Flag),
    ("max_import_items", ValueKind::Number),
];

impl Config {
    /// Says what is wrong with the settings.
    ///
    /// # Errors
    /// The key and why.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=100_000).contains(&self.max_import_items) {
            return Err("catalog.max_import_items: must lie between 1 and 100000".to_string());
        }
        match &self.url {
            Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => {
                Err("catalog.url: must begin with http:// or https://".to_string())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_good_and_nonsense_is_named() {
        assert_eq!(Config::default().check(), Ok(()));
        assert!(Config { max_import_items: 0, ..Config::default() }.check().is_err());
        assert!(Config { url: Some("ftp://x".into()), ..Config::default() }.check().is_err());
    }
}
