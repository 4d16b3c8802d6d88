//! `permissions render|check`: who may do what, as a page that a lawyer can read.
//!
//! One table per service and one list per role, from the same matrix that the services enforce. It refuses to show a
//! right that no operation of the document has: the matrix and the document are held against each other first.

use crate::files;
use anyhow::{Context as _, Result, anyhow};
use domain::vocabulary::Role;
use serde_json::Value;
use service_kit::auth::{Access, Permissions, Reach};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

const NAME: &str = "permissions.md";
const REMEDY: &str = "cargo run -p xtask -- permissions render";

pub fn render() -> Result<ExitCode> {
    files::write(NAME, &page()?)?;
    Ok(ExitCode::SUCCESS)
}

pub fn check() -> Result<ExitCode> {
    files::same(NAME, &page()?, REMEDY)?;
    files::say("openapi/permissions.md is the matrix in force")?;
    Ok(ExitCode::SUCCESS)
}

/// One operation as the page shows it.
struct Row {
    id: String,
    call: String,
    summary: String,
    access: Access,
}

fn page() -> Result<String> {
    let mut out = String::from(HEAD);
    legend(&mut out)?;
    let mut services = Vec::new();
    for service in suite::services(suite::Config::default()).map_err(|e| anyhow!("{e}"))? {
        let (document, permissions) =
            service_kit::service::document(service.as_ref()).map_err(|e| anyhow!("{e}"))?;
        services.push((service.name(), rows(&document, &permissions)?));
    }
    // What every service has alike is shown once.
    let shared = shared(&services);
    table(
        &mut out,
        "Every service (各服务共有)",
        services.first().into_iter().flat_map(|(_, r)| r).filter(|r| shared.contains(&r.id)),
    )?;
    for (name, rows) in &services {
        table(&mut out, name, rows.iter().filter(|r| !shared.contains(&r.id)))?;
    }
    by_role(&mut out, &services)?;
    Ok(out)
}

const HEAD: &str = "\
# Who may do what (权限矩阵)

Generated from the services' `permissions.toml`, which is what they enforce; do not edit. Reach says whose rows an
operation touches (作用范围):

| reach | meaning | 含义 |
|---|---|---|
| public | no token is needed | 无需登录 |
| district | shared by the whole district: every caller with the role sees the same | 全区共享 |
| department | rows belong to departments; another department's answer as if they did not exist | 仅限本部门（全区性角色除外） |
| own | the caller's own things only | 仅限本人 |

“everybody with a token” (所有已登录用户) means any role. “services” (内部服务) means that the suite's own services call it too.
";

fn legend(out: &mut String) -> Result<()> {
    writeln!(
        out,
        "\n## Roles (角色)\n\n| role | 角色 | what it is for | reads the whole district (全区性) |\n|---|---|---|---|"
    )?;
    let schema = serde_json::to_value(<Role as utoipa::PartialSchema>::schema())?;
    let text = schema["description"].as_str().unwrap_or_default();
    for role in Role::ALL {
        // The word list documents each role in one line: "- `id` label: sentence".
        let start = format!("- `{}` {}:", role.as_str(), role.label_zh());
        let purpose =
            text.lines().find_map(|l| l.strip_prefix(&start)).context("a role without its sentence")?;
        let wide = if role.is_district_wide() { "yes (是)" } else { "" };
        writeln!(out, "| {} | {} | {} | {wide} |", role.as_str(), role.label_zh(), purpose.trim())?;
    }
    Ok(())
}

fn rows(document: &Value, permissions: &Permissions) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in service_kit::openapi::METHODS {
            let Some(operation) = item.get(method) else { continue };
            let id = operation["operationId"].as_str().unwrap_or_default().to_string();
            let access = permissions.get(&id).with_context(|| format!("{id} has no entry"))?.clone();
            rows.push(Row {
                call: format!("{} {path}", method.to_uppercase()),
                summary: operation["summary"].as_str().unwrap_or_default().replace('|', "\\|"),
                id,
                access,
            });
        }
    }
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(rows)
}

/// Operations that all services have.
fn shared(services: &[(&str, Vec<Row>)]) -> Vec<String> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for row in services.iter().flat_map(|(_, rows)| rows) {
        *count.entry(&row.id).or_default() += 1;
    }
    count.into_iter().filter(|(_, n)| *n == services.len()).map(|(id, _)| id.to_string()).collect()
}

fn table<'r>(out: &mut String, title: &str, rows: impl Iterator<Item = &'r Row>) -> Result<()> {
    writeln!(out, "\n## {title}\n\n| operation | what | call | reach | who may |\n|---|---|---|---|---|")?;
    for Row { id, call, summary, access } in rows {
        writeln!(out, "| {id} | {summary} | `{call}` | {} | {} |", reach(access.reach), who(access))?;
    }
    Ok(())
}

fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::Public => "public (公开)",
        Reach::District => "district (全区)",
        Reach::Department => "department (本部门)",
        Reach::Own => "own (本人)",
    }
}

fn who(access: &Access) -> String {
    let mut names: Vec<String> = if access.reach == Reach::Public {
        vec!["everybody (任何人)".to_string()]
    } else if access.roles.is_empty() {
        vec!["everybody with a token (所有已登录用户)".to_string()]
    } else {
        access.roles.iter().map(|r| format!("{} ({})", r.as_str(), r.label_zh())).collect()
    };
    if access.services {
        names.push("services (内部服务)".to_string());
    }
    names.join(", ")
}

/// The same matrix read the other way: what one role adds to what everybody may.
fn by_role(out: &mut String, services: &[(&str, Vec<Row>)]) -> Result<()> {
    writeln!(
        out,
        "\n## By role (按角色)\n\nWhat each role may call beyond what everybody with a token may."
    )?;
    for role in Role::ALL {
        writeln!(out, "\n### {} ({})\n", role.as_str(), role.label_zh())?;
        let mut is_empty = true;
        for (service, rows) in services {
            let ids: Vec<&str> =
                rows.iter().filter(|r| r.access.roles.contains(role)).map(|r| r.id.as_str()).collect();
            if !ids.is_empty() {
                is_empty = false;
                writeln!(out, "- {service}: {}", ids.join(", "))?;
            }
        }
        if is_empty {
            writeln!(out, "- nothing (无)")?;
        }
    }
    Ok(())
}
