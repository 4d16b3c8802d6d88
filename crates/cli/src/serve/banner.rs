//! What a person sees when the suite is up; logs stay JSON on standard error.
//!
//! Where to look goes to standard output, whether a terminal is there or not, and so does the one-time password of the
//! first administrator: once, and to nowhere else.

use crate::exit::Result;
use crate::out;
use crate::settings::Settings;
use service_kit::config::Core;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Prints the banner.
///
/// # Errors
/// Standard output is gone.
pub fn print(
    settings: &Settings,
    core: &Core,
    addresses: &BTreeMap<&'static str, SocketAddr>,
    first_password: Option<&str>,
) -> Result {
    out::line(&text(settings, core, addresses))?;
    if let Some(password) = first_password {
        out::line("first administrator (首任管理员): admin")?;
        out::line(&format!("one-time password (一次性密码, shown only now 仅显示这一次): {password}"))?;
    }
    Ok(())
}

fn text(settings: &Settings, core: &Core, addresses: &BTreeMap<&'static str, SocketAddr>) -> String {
    let mut lines = vec![format!("lianjian 联监 {}", env!("CARGO_PKG_VERSION"))];
    let mut add = |label: &str, value: &str| lines.push(format!("  {} {value}", out::pad(label, 26)));
    if addresses.contains_key("gateway") {
        let url = core.url("gateway");
        if settings.gateway.docs {
            add("API page (接口页面)", &format!("{url}/docs/"));
        }
        add("document (接口文档)", &format!("{url}/openapi.json"));
    }
    let others: Vec<String> = addresses
        .iter()
        .filter(|(name, _)| **name != "gateway")
        .map(|(name, addr)| format!("{name} {addr}"))
        .collect();
    if !others.is_empty() {
        add("services (内部服务)", &others.join(", "));
    }
    let folder = std::path::absolute(&settings.data_dir).unwrap_or_else(|_| settings.data_dir.clone());
    add("data folder (数据目录)", &folder.display().to_string());
    add("database (数据库)", if settings.database_url.is_some() { "PostgreSQL" } else { "SQLite" });
    add("stop (停止)", "Ctrl-C");
    lines.join("\n")
}
