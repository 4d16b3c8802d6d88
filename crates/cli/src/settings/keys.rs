//! Every key that can be set, its variable and what it means: the text of `lianjian help config`.
//!
//! The services say their own keys; the words here are for the administrator. Called by the reader for the type of a
//! variable, and by the help.

use service_kit::config::ValueKind;
use std::fmt::Write as _;

/// Sections of the file, one per service.
pub const SECTIONS: [&str; 4] = ["gateway", "catalog", "subjects", "inspections"];

/// Keys outside the sections.
const TOP: &[(&str, ValueKind, &str)] = &[
    ("data_dir", ValueKind::Text, "folder of SQLite files and key files; ./data (数据目录)"),
    (
        "database_url",
        ValueKind::Text,
        "postgres://user:password@host/db; absent: SQLite in data_dir (数据库)",
    ),
    ("database_ca", ValueKind::Text, "PEM file of the certificate authority of PostgreSQL"),
    ("redis_url", ValueKind::Text, "redis://host:6379; absent: none is used"),
    (
        "log",
        ValueKind::Text,
        "filter such as debug or info,store_kit=debug; info,actix_server=warn (日志级别)",
    ),
    ("workers", ValueKind::Number, "threads per service; the number of processors, 8 at most"),
    ("issuer", ValueKind::Text, "issuer written into tokens; urn:lianjian"),
    ("drain_seconds", ValueKind::Number, "how long a stop may take; 20"),
    ("max_body_bytes", ValueKind::Number, "largest JSON body; 1048576"),
    (
        "master_key_file",
        ValueKind::Text,
        "64 hex digits; <data_dir>/secrets/master.key, made at the first start (主密钥)",
    ),
    (
        "service_key_file",
        ValueKind::Text,
        "64 hex digits; <data_dir>/secrets/service.key, made at the first start",
    ),
];

/// Section, key and type of everything that can be set.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str, ValueKind)> {
    let top = TOP.iter().map(|(key, kind, _)| ("", *key, *kind));
    let own = SECTIONS
        .iter()
        .flat_map(|section| of_section(section).iter().map(move |(key, kind)| (*section, *key, *kind)));
    top.chain(own)
}

fn of_section(section: &str) -> &'static [(&'static str, ValueKind)] {
    match section {
        "gateway" => gateway::KEYS,
        "catalog" => catalog::KEYS,
        "subjects" => subjects::KEYS,
        "inspections" => inspections::KEYS,
        _ => &[],
    }
}

/// Type of a key, none for an unknown one.
#[must_use]
pub fn kind(section: &str, key: &str) -> Option<ValueKind> {
    all().find(|(s, k, _)| *s == section && *k == key).map(|(_, _, kind)| kind)
}

/// The variable that sets a key.
#[must_use]
pub fn variable(section: &str, key: &str) -> String {
    let name = if section.is_empty() { key.to_string() } else { format!("{section}_{key}") };
    format!("LIANJIAN_{}", name.to_ascii_uppercase())
}

/// The text of `lianjian help config`.
#[must_use]
pub fn help() -> String {
    let mut out = String::from(
        "Settings (配置) of serve and migrate come from one TOML file and from variables, which stand over it.\n\
         The file is --config, else LIANJIAN_CONFIG, else ./lianjian.toml. Unknown keys and variables are refused.\n\n\
         Keys, their variables, and what holds without them:\n\n",
    );
    for (key, _, what) in TOP {
        let _ = writeln!(out, "  {key:<18} {}\n      {what}", variable("", key));
    }
    for section in SECTIONS {
        let _ = writeln!(out, "\n  [{section}]");
        for (key, _) in of_section(section) {
            let _ = writeln!(out, "  {key:<26} {}", variable(section, key));
        }
    }
    out.push_str(
        "\nOnly as variables, never in the file:\n\n\
         \x20 LIANJIAN_ADMIN_PASSWORD       password of the first administrator; without it one is made up and shown once\n\
         \x20 LIANJIAN_ADMIN_PASSWORD_FILE  the same, from a file that others cannot read\n\n\
         For the commands that talk to a running suite:\n\n\
         \x20 LIANJIAN_URL                  where it is; http://127.0.0.1:8080\n\
         \x20 LIANJIAN_TOKEN, LIANJIAN_TOKEN_FILE   a token instead of the stored login\n\
         \x20 LIANJIAN_USERNAME, LIANJIAN_PASSWORD  for lianjian login\n",
    );
    out
}
