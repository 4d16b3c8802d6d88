//! The two doors: [`Store::read`] and [`Store::write`], and [`Store::scan`] for work that takes long.
//!
//! They are the only places that know pools, threads and time limits. A closure gets an [`AnyConn`] for its own
//! time and nothing else; an answer leaves only after the commit. Called by the `app` modules of services.

use crate::conn::{AnyConn, Kind};
use crate::error::{StoreError, StoreResult};
use crate::migrate::{self, Migration};
use crate::pg::{self, Pg};
use crate::sqlite::Sqlite;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Where a service keeps its rows.
#[derive(Clone)]
pub struct StoreConfig {
    /// The service's name: file stem on SQLite, schema on PostgreSQL.
    pub service: String,
    /// Folder of the SQLite files.
    pub data_dir: PathBuf,
    /// `postgres://…`; absent means SQLite. The arm is chosen by the URL's scheme, never by trying.
    pub url: Option<String>,
    /// Extra certificate authority for PostgreSQL, PEM.
    pub ca: Option<PathBuf>,
    /// Concurrent transactions per worker thread on PostgreSQL.
    pub writers_per_thread: usize,
    /// How long to wait for PostgreSQL at start.
    pub wait: Duration,
    /// Schema name when it differs from the service's (tests).
    pub schema: Option<String>,
}

impl StoreConfig {
    /// The embedded default in `data_dir`.
    #[must_use]
    pub fn sqlite(service: &str, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            service: service.to_string(),
            data_dir: data_dir.into(),
            url: None,
            ca: None,
            writers_per_thread: 16,
            wait: Duration::from_secs(30),
            schema: None,
        }
    }

    /// A schema of the PostgreSQL database at `url`.
    #[must_use]
    pub fn postgres(service: &str, url: &str) -> Self {
        Self { url: Some(url.to_string()), ..Self::sqlite(service, ".") }
    }
}

impl std::fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("StoreConfig")
            .field("service", &self.service)
            .field("postgres", &self.url.is_some())
            .finish()
    }
}

enum Backend {
    Sqlite(Sqlite),
    Pg(Pg),
}

struct Inner {
    service: String,
    backend: Backend,
    sealing: tokio::sync::Notify,
    sealed: tokio::sync::Notify,
}

/// One service's store; cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

impl Store {
    /// Opens the store and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process owns the SQLite file, [`StoreError::Unavailable`] when PostgreSQL
    /// does not answer within `config.wait`, [`StoreError::Bug`] when a migration fails.
    pub async fn open(config: &StoreConfig, migrations: &[Migration]) -> StoreResult<Self> {
        let backend = match config.url.as_deref() {
            None => {
                let db = Sqlite::open(&config.data_dir.join(format!("{}.db", config.service)))?;
                Backend::Sqlite(db)
            }
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                let schema = config.schema.as_deref().unwrap_or(&config.service);
                let db = Pg::new(url, schema, config.ca.as_ref(), config.writers_per_thread)?;
                let link = pg::wait_for(config.wait, || db.connect()).await?;
                migrate::create_schema(&mut AnyConn::Pg(link.conn()), schema).await?;
                Backend::Pg(db)
            }
            Some(_) => {
                return Err(StoreError::Bug(
                    "database_url must begin with postgres:// or be absent for the embedded SQLite".into(),
                ));
            }
        };
        let store = Store(Arc::new(Inner {
            service: config.service.clone(),
            backend,
            sealing: tokio::sync::Notify::new(),
            sealed: tokio::sync::Notify::new(),
        }));
        migrate::run(&store, migrations).await?;
        Ok(store)
    }

    /// The service's name.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.0.service
    }

    /// Which database stands behind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.0.backend {
            Backend::Sqlite(_) => Kind::Sqlite,
            Backend::Pg(_) => Kind::Postgres,
        }
    }

    /// Runs a read. On SQLite it is done when the call returns; on PostgreSQL statements of several reads share a
    /// connection, so a read must be short: long ones go through [`Store::scan`].
    ///
    /// # Errors
    /// Whatever `f` returns, and the store's own failures as `E`.
    pub async fn read<R, E, F>(&self, f: F) -> Result<R, E>
    where
        F: AsyncFnOnce(&mut AnyConn<'_>) -> Result<R, E>,
        E: From<StoreError>,
    {
        match &self.0.backend {
            Backend::Sqlite(db) => db.read(f),
            Backend::Pg(db) => db.read(f).await,
        }
    }

    /// Runs a change: all of it is committed when this returns `Ok`, none of it when it returns `Err`.
    ///
    /// The closure must not wait for anything but its connection: no HTTP inside a transaction.
    ///
    /// # Errors
    /// Whatever `f` returns, and the store's own failures as `E`. A failed commit on PostgreSQL is
    /// [`StoreError::Unavailable`]: whether it took effect is for the idempotency record to say.
    pub async fn write<R, E, F>(&self, f: F) -> Result<R, E>
    where
        F: AsyncFnOnce(&mut AnyConn<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let result = match &self.0.backend {
            Backend::Sqlite(db) => db.write(f).await,
            Backend::Pg(db) => db.write(f).await,
        };
        if result.is_ok() {
            self.0.sealing.notify_one();
        }
        result
    }

    /// Runs long work (an import, an export, a full scan) on a thread of its own with its own connections.
    ///
    /// Inside, use the store's `read` and `write` as everywhere; they use that thread's connections.
    pub fn scan<F, Fut>(&self, name: &str, f: F) -> StoreResult<()>
    where
        F: FnOnce(Store) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + 'static,
    {
        let store = self.clone();
        std::thread::Builder::new()
            .name(name.chars().take(15).collect())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                match runtime {
                    Ok(runtime) => tokio::task::LocalSet::new().block_on(&runtime, f(store)),
                    Err(e) => tracing::error!(error = %e, "no runtime for a scan"),
                }
            })
            .map(|_| ())
            .map_err(|e| StoreError::Unavailable(e.to_string()))
    }

    /// Resolves when a change was committed since the last call; the sealer waits on it.
    pub(crate) async fn changed(&self) {
        self.0.sealing.notified().await;
    }

    /// Wakes everybody who waits for sealed events.
    pub(crate) fn tell_sealed(&self) {
        self.0.sealed.notify_waiters();
    }

    /// Resolves when new events were sealed by this process; long polls wait on it.
    pub async fn next_sealed(&self) {
        self.0.sealed.notified().await;
    }

    /// Lets queued changes finish and closes the files. On PostgreSQL connections close with their threads.
    pub fn close(&self) {
        if let Backend::Sqlite(db) = &self.0.backend {
            db.close();
        }
    }
}
