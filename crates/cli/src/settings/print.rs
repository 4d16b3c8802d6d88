//! `lianjian print-config`: the settings in force, without secrets.
//!
//! Shows what was set on purpose and the defaults of the keys that every service shares; keys left alone in a service's
//! section stand as comments, so that the output can be kept as a file.

use super::{Loaded, keys};
use std::fmt::Write as _;

/// The settings as TOML text; secrets are `[hidden]`.
#[must_use]
pub fn text(loaded: &Loaded) -> String {
    let mut out = String::new();
    match &loaded.path {
        Some(path) => {
            let _ = writeln!(out, "# {} and LIANJIAN_* variables", path.display());
        }
        None => out.push_str("# no file; LIANJIAN_* variables and defaults\n"),
    }
    let s = &loaded.settings;
    let mut table = loaded.table.clone();
    let defaults: [(&str, toml::Value); 6] = [
        ("data_dir", s.data_dir.display().to_string().into()),
        ("log", s.log.clone().into()),
        ("workers", (s.workers as i64).into()),
        ("issuer", s.issuer.clone().into()),
        ("drain_seconds", i64::try_from(s.drain_seconds).unwrap_or(i64::MAX).into()),
        ("max_body_bytes", (s.max_body_bytes as i64).into()),
    ];
    for (key, value) in defaults {
        table.entry(key).or_insert(value);
    }
    for (name, endpoint) in s.endpoints() {
        let section = table.entry(name).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let toml::Value::Table(section) = section {
            section.entry("addr").or_insert_with(|| endpoint.address().to_string().into());
        }
    }
    let mut section = "";
    for (of, key, _) in keys::all() {
        if of != section {
            let _ = writeln!(out, "\n[{of}]");
            section = of;
        }
        let value = if of.is_empty() { table.get(key) } else { table.get(of).and_then(|t| t.get(key)) };
        match value {
            Some(value) => {
                let _ = writeln!(out, "{key} = {}", hidden(key, value));
            }
            None => {
                let _ = writeln!(out, "# {key}");
            }
        }
    }
    out
}

/// A value as TOML, its secret part taken out.
fn hidden(key: &str, value: &toml::Value) -> String {
    let is_secret = ["password", "secret", "token", "_key"].iter().any(|w| key.contains(w))
        && !key.ends_with("_file")
        && !matches!(value, toml::Value::Integer(_) | toml::Value::Boolean(_));
    if is_secret {
        return "\"[hidden]\"".to_string();
    }
    if let (true, Some(text)) = (key.ends_with("_url"), value.as_str()) {
        return toml::Value::String(without_password(text)).to_string();
    }
    value.to_string()
}

/// A URL without its password, in the authority or in the query.
fn without_password(text: &str) -> String {
    let Ok(mut url) = url::Url::parse(text) else { return "[hidden]".to_string() };
    if url.password().is_some() && url.set_password(Some("hidden")).is_err() {
        return "[hidden]".to_string();
    }
    if url.query().is_some_and(|q| q.to_ascii_lowercase().contains("password")) {
        url.set_query(Some("hidden"));
    }
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_the_rest_can_be_read_again() {
        let text_in = "database_url = \"postgres://app:geheim@db/x\"\nredis_url = \"redis://:geheim@r:6379\"\n\
            master_key_file = \"/etc/lianjian/master.key\"\n[gateway]\ntoken_minutes = 5\n";
        let (settings, table) = super::super::read("f", text_in, Vec::new()).unwrap();
        let shown = text(&Loaded { settings, table, path: None });
        assert!(!shown.contains("geheim"), "{shown}");
        for part in
            ["app:hidden@db", "token_minutes = 5", "master.key", "addr = \"127.0.0.1:8101\"", "workers = "]
        {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        super::super::read("again", &shown, Vec::new()).unwrap();
    }
}
