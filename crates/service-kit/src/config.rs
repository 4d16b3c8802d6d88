//! The settings every service shares, and reading them from one TOML file and `LIANJIAN_*` variables.
//!
//! Values are checked before anything binds. Unknown keys are refused with their line (the TOML reader knows it), unknown
//! variables by name. Secrets never print. The composition of all sections is the CLI's; tests fill [`Core`] directly.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Settings of the whole process.
#[derive(Clone)]
pub struct Core {
    /// Folder of SQLite files and secrets.
    pub data_dir: PathBuf,
    /// `postgres://…`, or none for SQLite.
    pub database_url: Option<String>,
    /// Certificate authority for PostgreSQL, PEM.
    pub database_ca: Option<PathBuf>,
    /// `redis://…`, or none.
    pub redis_url: Option<String>,
    /// Token issuer.
    pub issuer: String,
    /// Where each service answers, by name; the gateway too.
    pub urls: BTreeMap<String, String>,
    /// Key that service secrets derive from.
    pub service_key: [u8; 32],
    /// Master key of field encryption and audit signatures.
    pub master_key: [u8; 32],
    /// Largest JSON body, bytes.
    pub max_body: usize,
    /// Worker threads per service.
    pub workers: usize,
    /// How long a stop may take.
    pub drain: std::time::Duration,
    /// The clock; tests move it.
    pub clock: crate::clock::Clock,
}

impl Core {
    /// Defaults around a data folder, with fixed keys; for tests and document generation.
    #[must_use]
    pub fn for_tests(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            database_url: None,
            database_ca: None,
            redis_url: None,
            issuer: "https://lianjian.invalid".to_string(),
            urls: BTreeMap::new(),
            service_key: [1; 32],
            master_key: [2; 32],
            max_body: 1024 * 1024,
            workers: 1,
            drain: std::time::Duration::from_secs(5),
            clock: crate::clock::Clock::movable(),
        }
    }

    /// Where a service answers.
    #[must_use]
    pub fn url(&self, service: &str) -> String {
        self.urls.get(service).cloned().unwrap_or_default()
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("data_dir", &self.data_dir)
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// Where one service listens and answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Address to listen on; loopback unless said otherwise.
    pub addr: SocketAddr,
    /// URL under which the others reach it; derived from `addr` when absent.
    #[serde(default)]
    pub url: Option<String>,
}

/// A text that never prints.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    /// The file does not read; the text names line and column.
    #[error("{path}: {message}")]
    File {
        /// The file.
        path: String,
        /// The TOML reader's words, with the line.
        message: String,
    },
    /// A variable is not known.
    #[error("unknown variable {0}: `lianjian help config` lists them")]
    Variable(String),
    /// A value is not usable.
    #[error("{key}: {message}")]
    Value {
        /// The key.
        key: String,
        /// Why.
        message: String,
    },
}

/// Variables that belong to the command line or the tests and are no settings.
const OTHERS: &[&str] = &[
    "LIANJIAN_ADMIN_PASSWORD",
    "LIANJIAN_ADMIN_PASSWORD_FILE",
    "LIANJIAN_CONFIG",
    "LIANJIAN_TOKEN",
    "LIANJIAN_TOKEN_FILE",
    "LIANJIAN_URL",
    "LIANJIAN_USERNAME",
    "LIANJIAN_PASSWORD",
    "LIANJIAN_BIN",
];

/// Reads the TOML text and lays `LIANJIAN_*` variables over it: `LIANJIAN_GATEWAY_ADDR` sets `gateway.addr` when
/// `gateway` is one of `sections`, else the key is taken at the top.
///
/// # Errors
/// [`ConfigFault`] with the line or the variable's name.
pub fn read<T: serde::de::DeserializeOwned>(
    path: &str,
    text: &str,
    variables: impl Iterator<Item = (String, String)>,
    sections: &[&str],
    keys: &dyn Fn(&str, &str) -> Option<ValueKind>,
) -> Result<T, ConfigFault> {
    // The file first, on its own: a fault in it carries a line number only when read from its text.
    toml::from_str::<T>(text).map_err(|e| file_fault(path, text, &e))?;
    let mut table: toml::Table = toml::from_str(text).map_err(|e| file_fault(path, text, &e))?;
    for (name, value) in variables {
        let Some(rest) = name.strip_prefix("LIANJIAN_") else { continue };
        if OTHERS.contains(&name.as_str()) || rest.starts_with("TEST_") {
            continue;
        }
        let rest = rest.to_ascii_lowercase();
        let (section, key) = sections
            .iter()
            .find_map(|s| rest.strip_prefix(s).and_then(|k| k.strip_prefix('_')).map(|k| (*s, k.to_string())))
            .unwrap_or(("", rest.clone()));
        let Some(kind) = keys(section, &key) else {
            return Err(ConfigFault::Variable(name));
        };
        let value =
            kind.parse(&value).map_err(|message| ConfigFault::Value { key: name.clone(), message })?;
        if section.is_empty() {
            table.insert(key, value);
        } else {
            let slot =
                table.entry(section.to_string()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let toml::Value::Table(t) = slot {
                t.insert(key, value);
            }
        }
    }
    T::deserialize(toml::Value::Table(table))
        .map_err(|e| ConfigFault::Value { key: "environment".to_string(), message: e.to_string() })
}

/// A fault as `file:line: what`, the form that editors and people follow; the line's text is not shown, it may be secret.
fn file_fault(path: &str, text: &str, e: &toml::de::Error) -> ConfigFault {
    let line = e.span().map(|s| text.get(..s.start).unwrap_or(text).matches('\n').count() + 1);
    let path = line.map_or_else(|| path.to_string(), |line| format!("{path}:{line}"));
    ConfigFault::File { path, message: e.message().trim_end().to_string() }
}

/// How the text of a variable becomes a TOML value.
#[derive(Clone, Copy, Debug)]
pub enum ValueKind {
    /// As it is.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// Texts between commas.
    List,
}

impl ValueKind {
    fn parse(self, text: &str) -> Result<toml::Value, String> {
        Ok(match self {
            ValueKind::Text => toml::Value::String(text.to_string()),
            ValueKind::Number => {
                toml::Value::Integer(text.trim().parse().map_err(|_| format!("{text:?} is not a number"))?)
            }
            ValueKind::Flag => toml::Value::Boolean(
                text.trim().parse().map_err(|_| format!("{text:?} is not true or false"))?,
            ),
            ValueKind::List => toml::Value::Array(
                text.split(',')
                    .map(str::trim)
                    .filter(|s| !s.is_empty())
                    .map(|s| toml::Value::String(s.to_string()))
                    .collect(),
            ),
        })
    }
}
