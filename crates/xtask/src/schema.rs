//! `schema print`: the tables of each service, as its migrations make them, for readers and reviewers.

use crate::files;
use anyhow::{Result, anyhow};
use std::process::ExitCode;
use store_kit::conn::Kind;
use store_kit::migrate::{LEDGER, Migration};

pub fn print(database: &str) -> Result<ExitCode> {
    let kind = if database == "postgres" { Kind::Postgres } else { Kind::Sqlite };
    section("every service (ledger)", LEDGER, kind)?;
    for service in suite::services(suite::Config::default()).map_err(|e| anyhow!("{e}"))? {
        section(service.name(), service.migrations(), kind)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn section(title: &str, migrations: &[Migration], kind: Kind) -> Result<()> {
    for migration in migrations {
        let text = match kind {
            Kind::Postgres => migration.postgres_up,
            Kind::Sqlite => migration.sqlite_up,
        };
        files::say(&format!("-- {title}: {}\n{}\n", migration.version, text.trim_end()))?;
    }
    Ok(())
}
