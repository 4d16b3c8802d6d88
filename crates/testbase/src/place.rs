//! Where one test keeps its rows: a temporary folder, and a PostgreSQL database of its own when that is the backend.
//!
//! No two tests share either. The database is dropped with the [`Place`], whether the test passed or not. Called by
//! tests through `both!`, and by `testkit`.

use crate::{Fixture, block_on};
use std::path::Path;
use store_kit::StoreConfig;
use tokio_postgres::NoTls;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The embedded default.
    Sqlite,
    /// The server named by `LIANJIAN_TEST_POSTGRES_URL`.
    Postgres,
}

/// Address of the PostgreSQL server for tests.
///
/// # Panics
/// When the variable is not set: a test that cannot run fails.
#[must_use]
pub fn postgres_url() -> String {
    std::env::var("LIANJIAN_TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!(
            "LIANJIAN_TEST_POSTGRES_URL is not set: run `make test`, or `tests/with-servers.sh cargo test …`, \
             which start a throw-away PostgreSQL"
        )
    })
}

/// Address of the Redis server for tests.
///
/// # Panics
/// As [`postgres_url`].
#[must_use]
pub fn redis_url() -> String {
    std::env::var("LIANJIAN_TEST_REDIS_URL").unwrap_or_else(|_| {
        panic!("LIANJIAN_TEST_REDIS_URL is not set: run `make test`, or `tests/with-servers.sh cargo test …`")
    })
}

/// The same server, another database.
#[must_use]
pub fn with_database(url: &str, database: &str) -> String {
    let mut url = url::Url::parse(url).expect("LIANJIAN_TEST_POSTGRES_URL is a URL");
    url.set_path(database);
    url.to_string()
}

/// Runs statements one after the other on a connection of their own, each outside a transaction.
///
/// # Errors
/// The server's words.
pub async fn execute(url: &str, statements: &[&str]) -> Result<(), String> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(|e| e.to_string())?;
    let driver = tokio::spawn(connection);
    for statement in statements {
        client.batch_execute(statement).await.map_err(|e| match e.as_db_error() {
            Some(db) => db.message().to_string(),
            None => e.to_string(),
        })?;
    }
    drop(client);
    let _ = driver.await;
    Ok(())
}

/// One test's own database on the server; dropped with this.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Creates one, empty or as a copy of `template`.
    pub async fn create(template: Option<&str>) -> Self {
        let server = postgres_url();
        let name = format!("t_{}", uuid::Uuid::new_v4().simple());
        let from = template.map(|t| format!(" TEMPLATE {t}")).unwrap_or_default();
        let statement = format!("CREATE DATABASE {name}{from}");
        execute(&server, &[&statement]).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
        Self { server, name }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        with_database(&self.server, &self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A thread of its own: this may run inside a runtime, and while a panic unwinds.
        let drop_it = move || {
            let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            if let Err(e) = block_on(execute(&server, &[&statement])) {
                eprintln!("{statement}: {e}");
            }
        };
        if let Ok(thread) = std::thread::Builder::new().spawn(drop_it) {
            let _ = thread.join();
        }
    }
}

/// Where one test keeps its rows.
#[derive(Debug)]
pub struct Place {
    backend: Backend,
    dir: tempfile::TempDir,
    database: Option<Database>,
}

impl Place {
    /// An empty place.
    pub async fn new(backend: Backend) -> Self {
        Self::from_template(backend, None).await
    }

    /// A place whose PostgreSQL database is a copy of `template`.
    pub async fn from_template(backend: Backend, template: Option<&str>) -> Self {
        let dir = tempfile::Builder::new().prefix("lj-test-").tempdir().expect("a temporary folder");
        let database = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(Database::create(template).await),
        };
        Self { backend, dir, database }
    }

    /// Which database this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Address of its PostgreSQL database, or none on SQLite.
    #[must_use]
    pub fn database_url(&self) -> Option<String> {
        self.database.as_ref().map(Database::url)
    }

    /// Settings of one service's store in this place.
    #[must_use]
    pub fn store_config(&self, service: &str) -> StoreConfig {
        match self.database_url() {
            None => StoreConfig::sqlite(service, self.dir()),
            Some(url) => StoreConfig::postgres(service, &url),
        }
    }
}

impl Fixture for Place {
    fn with<F: AsyncFnOnce(Self)>(backend: Backend, scenario: F) {
        block_on(async { scenario(Place::new(backend).await).await });
    }
}
