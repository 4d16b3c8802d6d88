//! The settings of `serve`, `migrate` and their kin: one TOML file, `LIANJIAN_*` over it, all checked before anything binds.
//!
//! The file is `--config`, else `LIANJIAN_CONFIG`, else `./lianjian.toml` if it is there. Unknown keys are refused with file
//! and line, unknown variables by name. It refuses to create anything: key files are made by [`secrets`] when a server
//! really starts.

pub mod keys;
pub mod print;
pub mod secrets;

use crate::exit::{Failure, Result};
use serde::Deserialize;
use service_kit::config::{ConfigFault, Secret};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Everything that can be set.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Folder of SQLite files and key files.
    pub data_dir: PathBuf,
    /// `postgres://…`; absent for SQLite.
    pub database_url: Option<Secret>,
    /// Certificate authority of PostgreSQL, PEM.
    pub database_ca: Option<PathBuf>,
    /// `redis://…`; absent for none.
    pub redis_url: Option<Secret>,
    /// Log filter as in `RUST_LOG`.
    pub log: String,
    /// Worker threads per service.
    pub workers: usize,
    /// Issuer of tokens.
    pub issuer: String,
    /// How long a stop may take.
    pub drain_seconds: u64,
    /// Largest JSON body.
    pub max_body_bytes: usize,
    /// File of the master key instead of `<data>/secrets/master.key`.
    pub master_key_file: Option<PathBuf>,
    /// File of the service key instead of `<data>/secrets/service.key`.
    pub service_key_file: Option<PathBuf>,
    /// Accounts, tokens, routing.
    pub gateway: gateway::Config,
    /// Organs, contacts, items, dictionaries, calendars.
    pub catalog: catalog::Config,
    /// The registry of supervision subjects.
    pub subjects: subjects::Config,
    /// Inspectors, plans, draws, visits, publicity.
    pub inspections: inspections::Config,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("./data"),
            database_url: None,
            database_ca: None,
            redis_url: None,
            log: "info,actix_server=warn".to_string(),
            workers: std::thread::available_parallelism().map_or(2, |n| n.get().min(8)),
            issuer: "urn:lianjian".to_string(),
            drain_seconds: 20,
            max_body_bytes: 1024 * 1024,
            master_key_file: None,
            service_key_file: None,
            gateway: gateway::Config::default(),
            catalog: catalog::Config::default(),
            subjects: subjects::Config::default(),
            inspections: inspections::Config::default(),
        }
    }
}

/// Settings and where they came from.
pub struct Loaded {
    /// The settings, checked.
    pub settings: Settings,
    /// What was set on purpose, as one table.
    pub table: toml::Table,
    /// The file, if there was one.
    pub path: Option<PathBuf>,
}

/// Reads file and variables and checks every value.
///
/// # Errors
/// Exit code 2, with file and line, variable or key.
pub fn load(path: Option<&Path>) -> Result<Loaded> {
    let variables: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let path = path.map(Path::to_path_buf).or_else(|| {
        let default = PathBuf::from("lianjian.toml");
        default.exists().then_some(default)
    });
    let text = match &path {
        Some(path) => {
            std::fs::read_to_string(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?
        }
        None => String::new(),
    };
    let name = path.as_ref().map(|p| p.display().to_string()).unwrap_or_default();
    let (mut settings, table) = read(&name, &text, variables)?;
    settings.gateway.admin_password = admin_password()?;
    let faults = settings.faults();
    if !faults.is_empty() {
        return Err(Failure::usage(faults.join("\n")));
    }
    Ok(Loaded { settings, table, path })
}

/// As [`load`] from texts, without the checks of values.
///
/// # Errors
/// [`ConfigFault`].
pub fn read(
    name: &str,
    text: &str,
    variables: Vec<(String, String)>,
) -> std::result::Result<(Settings, toml::Table), ConfigFault> {
    let ours: Vec<(String, String)> = variables.into_iter().filter(|(n, v)| !is_service_link(n, v)).collect();
    let settings =
        service_kit::config::read(name, text, ours.clone().into_iter(), &keys::SECTIONS, &keys::kind)?;
    let table = service_kit::config::read(name, text, ours.into_iter(), &keys::SECTIONS, &keys::kind)?;
    Ok((settings, table))
}

/// Kubernetes puts `LIANJIAN_PORT=tcp://…` and the like into every container beside a Service called `lianjian…`.
fn is_service_link(name: &str, value: &str) -> bool {
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || (name.contains("_PORT")
            && (value.starts_with("tcp://") || name.contains("_TCP") || name.contains("_UDP")))
}

/// The first administrator's password, from the variable or the file it names; never from the settings file.
fn admin_password() -> Result<Option<Secret>> {
    if let Some(value) = std::env::var_os("LIANJIAN_ADMIN_PASSWORD") {
        let value =
            value.into_string().map_err(|_| Failure::usage("LIANJIAN_ADMIN_PASSWORD is not UTF-8"))?;
        return Ok(Some(Secret(value)));
    }
    let Some(path) = std::env::var_os("LIANJIAN_ADMIN_PASSWORD_FILE").map(PathBuf::from) else {
        return Ok(None);
    };
    Ok(Some(Secret(secrets::read_private(&path)?)))
}

impl Settings {
    /// Everything that is wrong with the values, one line each.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(Secret(url)) = &self.database_url
            && !(url.starts_with("postgres://") || url.starts_with("postgresql://"))
        {
            faults.push(
                "database_url: must begin with postgres:// (absent for the embedded SQLite)".to_string(),
            );
        }
        if let Some(Secret(url)) = &self.redis_url
            && !["redis://", "rediss://", "redis+unix://", "unix://"].iter().any(|s| url.starts_with(s))
        {
            faults.push("redis_url: must begin with redis:// or rediss://".to_string());
        }
        if let Some(ca) = &self.database_ca
            && !ca.is_file()
        {
            faults.push(format!("database_ca: {} is no file", ca.display()));
        }
        if let Err(e) = tracing_subscriber::EnvFilter::try_new(&self.log) {
            faults.push(format!("log: {e}"));
        }
        let mut range = |key: &str, value: u64, least: u64, most: u64| {
            if !(least..=most).contains(&value) {
                faults.push(format!("{key}: must be between {least} and {most}"));
            }
        };
        range("workers", self.workers as u64, 1, 256);
        range("drain_seconds", self.drain_seconds, 1, 3600);
        range("max_body_bytes", self.max_body_bytes as u64, 1024, 64 * 1024 * 1024);
        if self.issuer.is_empty() || self.issuer.chars().any(char::is_whitespace) {
            faults.push("issuer: must be a text without spaces".to_string());
        }
        for (key, file) in
            [("master_key_file", &self.master_key_file), ("service_key_file", &self.service_key_file)]
        {
            if let Some(file) = file
                && let Err(e) = secrets::read_key(file)
            {
                faults.push(format!("{key}: {}", e.message));
            }
        }
        for (section, checked) in [
            ("gateway", self.gateway.check()),
            ("catalog", self.catalog.check()),
            ("subjects", self.subjects.check()),
            ("inspections", self.inspections.check()),
        ] {
            if let Err(e) = checked {
                faults.extend(e.lines().map(|line| format!("{section}.{line}")));
            }
        }
        for (name, endpoint) in self.endpoints() {
            if let Some(url) = &endpoint.url
                && !url::Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https"))
            {
                faults.push(format!("{name}.url: {url:?} is no http URL"));
            }
        }
        faults.extend(self.shared_addresses());
        faults
    }

    /// Two services cannot listen on one address.
    fn shared_addresses(&self) -> Option<String> {
        let mut seen: BTreeMap<SocketAddr, &str> = BTreeMap::new();
        for (name, endpoint) in self.endpoints() {
            let Some(addr) = endpoint.addr.filter(|a| a.port() != 0) else { continue };
            if let Some(other) = seen.insert(addr, name) {
                return Some(format!("{name}.addr: {addr} is {other}'s already"));
            }
        }
        None
    }

    /// Where each service listens and answers, as set.
    #[must_use]
    pub fn endpoints(&self) -> [(&'static str, Endpoint); 4] {
        let Self { gateway, catalog, subjects, inspections, .. } = self;
        [
            ("gateway", Endpoint { addr: gateway.addr, url: gateway.url.clone(), port: 8080 }),
            ("catalog", Endpoint { addr: catalog.addr, url: catalog.url.clone(), port: 8101 }),
            ("subjects", Endpoint { addr: subjects.addr, url: subjects.url.clone(), port: 8102 }),
            ("inspections", Endpoint { addr: inspections.addr, url: inspections.url.clone(), port: 8103 }),
        ]
    }

    /// The part that every service shares; URLs are filled in by who binds.
    #[must_use]
    pub fn core(&self, keys: &secrets::Keys, urls: BTreeMap<String, String>) -> service_kit::config::Core {
        service_kit::config::Core {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone().map(|s| s.0),
            database_ca: self.database_ca.clone(),
            redis_url: self.redis_url.clone().map(|s| s.0),
            issuer: self.issuer.clone(),
            urls,
            service_key: keys.service,
            master_key: keys.master,
            max_body: self.max_body_bytes,
            workers: self.workers,
            drain: Duration::from_secs(self.drain_seconds),
            clock: service_kit::clock::Clock::default(),
        }
    }

    /// The services' own parts.
    #[must_use]
    pub fn suite(&self) -> suite::Config {
        suite::Config {
            gateway: self.gateway.clone(),
            catalog: self.catalog.clone(),
            subjects: self.subjects.clone(),
            inspections: self.inspections.clone(),
        }
    }
}

/// Where one service listens and answers, as far as it was said.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Address set on purpose.
    pub addr: Option<SocketAddr>,
    /// URL set on purpose.
    pub url: Option<String>,
    /// Port on loopback when nothing was set.
    pub port: u16,
}

impl Endpoint {
    /// Where it listens when nothing else was said.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.addr.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], self.port)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(n, v)| ((*n).to_string(), (*v).to_string())).collect()
    }

    fn fault(text: &str, list: &[(&str, &str)]) -> String {
        match read("lianjian.toml", text, variables(list)) {
            Ok(_) => String::new(),
            Err(e) => Failure::from(e).message,
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_file_and_line() {
        let top = fault("data_dir = \"/x\"\n\nworkrs = 2\n", &[]);
        assert!(top.starts_with("lianjian.toml:3: ") && top.contains("workrs"), "{top}");
        let nested = fault("[catalog]\nadress = \"127.0.0.1:1\"\n", &[]);
        assert!(nested.starts_with("lianjian.toml:2: ") && nested.contains("adress"), "{nested}");
        let broken = fault("log = \"info\"\nworkers = = 2\n", &[]);
        assert!(broken.starts_with("lianjian.toml:2: "), "{broken}");
        let kind = fault("log = \"info\"\nworkers = \"two\"\n", &[]);
        assert!(kind.starts_with("lianjian.toml:2: "), "{kind}");
    }

    #[test]
    fn an_unknown_variable_is_refused_by_name() {
        assert!(fault("", &[("LIANJIAN_WORKRS", "2")]).contains("LIANJIAN_WORKRS"));
        assert!(fault("", &[("LIANJIAN_CATALOG_ADRESS", "2")]).contains("LIANJIAN_CATALOG_ADRESS"));
        assert!(fault("", &[("LIANJIAN_WORKERS", "two")]).contains("LIANJIAN_WORKERS"));
        assert_eq!(fault("", &[("LIANJIAN_TOKEN", "x"), ("OTHER_THING", "y")]), "");
    }

    #[test]
    fn variables_stand_over_the_file() {
        let (settings, table) = read(
            "f",
            "workers = 2\n[catalog]\naddr = \"127.0.0.1:9000\"\n",
            variables(&[("LIANJIAN_WORKERS", "3"), ("LIANJIAN_CATALOG_ADDR", "127.0.0.1:9001")]),
        )
        .unwrap();
        assert_eq!(settings.workers, 3);
        assert_eq!(settings.catalog.addr.unwrap().port(), 9001);
        assert_eq!(table["workers"].as_integer(), Some(3));
    }

    #[test]
    fn what_kubernetes_adds_to_the_environment_is_no_setting() {
        let list = [
            ("LIANJIAN_PORT", "tcp://10.0.0.1:8080"),
            ("LIANJIAN_SERVICE_HOST", "10.0.0.1"),
            ("LIANJIAN_SERVICE_PORT_HTTP", "8080"),
            ("LIANJIAN_CATALOG_PORT_8101_TCP_ADDR", "10.0.0.1"),
        ];
        assert_eq!(fault("", &list), "");
    }

    #[test]
    fn every_wrong_value_is_named_at_once() {
        let mut settings = Settings {
            database_url: Some(Secret("mysql://x:geheim@y".into())),
            redis_url: Some(Secret("http://x".into())),
            database_ca: Some("/nowhere/ca.pem".into()),
            log: "info=/=".into(),
            workers: 0,
            issuer: String::new(),
            ..Settings::default()
        };
        settings.catalog.addr = Some(SocketAddr::from(([127, 0, 0, 1], 9000)));
        settings.subjects.addr = settings.catalog.addr;
        settings.gateway.token_minutes = 0;
        let text = settings.faults().join("\n");
        for key in [
            "database_url",
            "redis_url",
            "database_ca",
            "log",
            "workers",
            "issuer",
            "subjects.addr",
            "gateway.token_minutes",
        ] {
            assert!(text.contains(key), "{key} in {text}");
        }
        assert!(!text.contains("geheim"), "a secret is shown: {text}");
        assert_eq!(Settings::default().faults(), Vec::<String>::new());
    }

    #[test]
    fn every_key_of_the_help_is_a_setting() {
        for (section, key, kind) in keys::all() {
            let value = match kind {
                service_kit::config::ValueKind::Text => "\"127.0.0.1:1\"",
                service_kit::config::ValueKind::Number => "7",
                service_kit::config::ValueKind::Flag => "true",
                service_kit::config::ValueKind::List => "[]",
            };
            let text = if section.is_empty() {
                format!("{key} = {value}")
            } else {
                format!("[{section}]\n{key} = {value}")
            };
            assert_eq!(fault(&text, &[]), "", "{section}.{key}");
        }
    }
}
