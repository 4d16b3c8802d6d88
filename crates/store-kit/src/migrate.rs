//! Embedded migrations, one per folder and database, each in a transaction of its own.
//!
//! A migration that was cut off leaves nothing behind and is run again at the next start. A migration whose text
//! has changed after it ran is refused: a published migration is history. Called by [`Store::open`] and by
//! `lianjian migrate`. The runner is ours because diesel_migrations needs a synchronous PostgreSQL connection,
//! which would bring libpq back.

use crate::conn::{AnyConn, Kind};
use crate::error::{StoreError, StoreResult};
use crate::on;
use crate::store::Store;
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use sha2::{Digest, Sha256};

/// One step of a schema, in both dialects.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// `20261123000000_ledger`: sorts by time.
    pub version: &'static str,
    /// SQLite, forth.
    pub sqlite_up: &'static str,
    /// SQLite, back.
    pub sqlite_down: &'static str,
    /// PostgreSQL, forth.
    pub postgres_up: &'static str,
    /// PostgreSQL, back.
    pub postgres_down: &'static str,
}

impl Migration {
    fn up(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Sqlite => self.sqlite_up,
            Kind::Postgres => self.postgres_up,
        }
    }

    /// The way back, for tests that prove it.
    #[must_use]
    pub fn down(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Sqlite => self.sqlite_down,
            Kind::Postgres => self.postgres_down,
        }
    }
}

/// Embeds the migrations named, from `migrations/{sqlite,postgres}/<version>/{up,down}.sql` of the calling crate.
#[macro_export]
macro_rules! migrations {
    ($($version:literal),+ $(,)?) => {
        &[$($crate::migrate::Migration {
            version: $version,
            sqlite_up: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite/", $version, "/up.sql")),
            sqlite_down: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite/", $version, "/down.sql")),
            postgres_up: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres/", $version, "/up.sql")),
            postgres_down: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres/", $version, "/down.sql")),
        }),+]
    };
}

/// The tables every service has: ledger, idempotency, operations, leases, cursors.
pub const LEDGER: &[Migration] = migrations!["20261123000000_ledger"];

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Text)]
    checksum: String,
}

/// Creates the service's schema on PostgreSQL, one starter at a time.
pub(crate) async fn create_schema(conn: &mut AnyConn<'_>, schema: &str) -> StoreResult<()> {
    if !schema.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        return Err(StoreError::Bug(format!("{schema:?} is not a schema name")));
    }
    // CREATE SCHEMA IF NOT EXISTS races with itself on PostgreSQL; the lock makes the starters queue up.
    conn.batch(&format!(
        "BEGIN; SELECT pg_advisory_xact_lock(7201, hashtext('{schema}')); CREATE SCHEMA IF NOT EXISTS {schema}; COMMIT"
    ))
    .await?;
    Ok(())
}

/// Runs the ledger's and the service's pending migrations in order.
///
/// # Errors
/// [`StoreError::Bug`] when a migration fails or its text was changed after it ran.
pub(crate) async fn run(store: &Store, own: &[Migration]) -> StoreResult<()> {
    store
        .write::<_, StoreError, _>(async |c| {
            // CREATE TABLE IF NOT EXISTS races with itself on PostgreSQL as CREATE SCHEMA does.
            lock(c).await?;
            c.batch(
                "CREATE TABLE IF NOT EXISTS schema_migration \
                 (version TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at TEXT NOT NULL)",
            )
            .await?;
            Ok(())
        })
        .await?;
    for m in LEDGER.iter().chain(own) {
        let m = *m;
        store.write::<_, StoreError, _>(async move |c| apply(c, &m).await).await?;
    }
    Ok(())
}

/// Makes the starters of one schema queue up until their transaction ends; on SQLite there is one anyway.
async fn lock(c: &mut AnyConn<'_>) -> StoreResult<()> {
    if c.kind() == Kind::Postgres {
        c.batch("SELECT pg_advisory_xact_lock(7202, hashtext(current_schema()))").await?;
    }
    Ok(())
}

async fn apply(c: &mut AnyConn<'_>, m: &Migration) -> StoreResult<()> {
    let kind = c.kind();
    lock(c).await?;
    let text = m.up(kind);
    let checksum = hex::encode(Sha256::digest(text.as_bytes()));
    let found: Vec<Applied> = on!(c, c => sql_query("SELECT version, checksum FROM schema_migration WHERE version = $1").bind::<Text, _>(m.version).load(c))?;
    if let Some(applied) = found.first() {
        return if applied.checksum == checksum {
            Ok(())
        } else {
            Err(StoreError::Bug(format!("migration {} was changed after it ran", applied.version)))
        };
    }
    tracing::debug!(version = m.version, "migrating");
    c.batch(text).await.map_err(|e| StoreError::Bug(format!("migration {}: {e}", m.version)))?;
    let now = jiff::Timestamp::now().to_string();
    on!(c, c => sql_query("INSERT INTO schema_migration (version, checksum, applied_at) VALUES ($1, $2, $3)")
        .bind::<Text, _>(m.version).bind::<Text, _>(&checksum).bind::<Text, _>(&now).execute(c))?;
    Ok(())
}
