//! The PostgreSQL backend: per-thread lanes of pipelining connections, TLS by rustls, no C client library.
//!
//! Each worker thread has its own connections, so no statement wakes another thread. Reads share a few connections
//! and are pipelined on them; a change has a connection to itself and sends `BEGIN` with its first statement.
//! Called by [`crate::store`] only.

use crate::conn::AnyConn;
use crate::error::{StoreError, StoreResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connections that share a worker's reads.
const READ_LANES: usize = 2;
/// How long to wait for a connection before answering "unavailable".
const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// One schema of a PostgreSQL database.
pub struct Pg {
    config: tokio_postgres::Config,
    tls: MakeRustlsConnect,
    key: u64,
    writers: usize,
}

/// A connection, whether its task has ended, and when it was opened (old ones are renewed).
pub struct Link {
    conn: AsyncPgConnection,
    dead: Arc<AtomicBool>,
    opened: Instant,
}

impl Link {
    fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// The connection itself.
    #[must_use]
    pub fn conn(&self) -> &AsyncPgConnection {
        &self.conn
    }
}

/// The connections of one thread.
struct Lanes {
    read: Vec<RefCell<Option<Rc<Link>>>>,
    next: Cell<usize>,
    idle: RefCell<Vec<Link>>,
    permits: Semaphore,
}

thread_local! {
    static LANES: RefCell<HashMap<u64, Rc<Lanes>>> = RefCell::new(HashMap::new());
}

static NEXT_KEY: AtomicU64 = AtomicU64::new(1);

/// Connections older than this are closed when they come back.
const RENEW: Duration = Duration::from_secs(1800);

impl Pg {
    /// Prepares connecting to `url`; nothing is opened yet.
    ///
    /// # Errors
    /// [`StoreError::Bug`] for a URL or certificate that cannot be read.
    pub fn new(
        url: &str,
        schema: &str,
        ca: Option<&PathBuf>,
        writers_per_thread: usize,
    ) -> StoreResult<Self> {
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|e| StoreError::Bug(format!("the database URL cannot be read: {e}")))?;
        config.application_name(format!("lianjian-{schema}"));
        config.connect_timeout(CONNECT_WAIT);
        // A server that vanished without a word is noticed after some 25 seconds, and not after two hours.
        config.keepalives_idle(Duration::from_secs(10));
        config.keepalives_interval(Duration::from_secs(5));
        config.keepalives_retries(3);
        config.tcp_user_timeout(Duration::from_secs(20));
        let limits = format!(
            "-c search_path={schema} -c statement_timeout=15s -c lock_timeout=5s \
             -c idle_in_transaction_session_timeout=30s -c synchronous_commit=on \
             -c gin_pending_list_limit=256"
        );
        let options = match config.get_options() {
            Some(o) => format!("{o} {limits}"),
            None => limits,
        };
        config.options(options);
        Ok(Self {
            config,
            tls: tls(ca)?,
            key: NEXT_KEY.fetch_add(1, Ordering::Relaxed),
            writers: writers_per_thread.max(1),
        })
    }

    /// Opens one connection outside the lanes, for migrations and long work.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server cannot be reached or refuses.
    pub async fn connect(&self) -> StoreResult<Link> {
        // The driver's own limit ends with the TCP handshake; a server that says nothing after it would hold us for ever.
        let connected = tokio::time::timeout(CONNECT_WAIT, self.config.connect(self.tls.clone())).await;
        let connected =
            connected.map_err(|_| StoreError::Unavailable("the server does not answer".into()))?;
        let (client, connection) = connected.map_err(|e| {
            let cause = std::error::Error::source(&e).map(ToString::to_string).unwrap_or_default();
            StoreError::Unavailable(format!("{e} {cause}"))
        })?;
        let dead = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&dead);
        // Driven here and not by diesel-async, so that the lanes learn at once when the server goes away.
        tokio::spawn(async move {
            if let Err(e) = connection.await {
                tracing::debug!(error = %e, "a PostgreSQL connection ended");
            }
            flag.store(true, Ordering::Relaxed);
        });
        Ok(Link { conn: AsyncPgConnection::try_from(client).await?, dead, opened: Instant::now() })
    }

    fn lanes(&self) -> Rc<Lanes> {
        LANES.with(|lanes| {
            Rc::clone(lanes.borrow_mut().entry(self.key).or_insert_with(|| {
                Rc::new(Lanes {
                    read: (0..READ_LANES).map(|_| RefCell::new(None)).collect(),
                    next: Cell::new(0),
                    idle: RefCell::new(Vec::new()),
                    permits: Semaphore::new(self.writers),
                })
            }))
        })
    }

    /// Runs a read on a shared connection of this thread.
    pub(crate) async fn read<R, E, F>(&self, f: F) -> Result<R, E>
    where
        F: AsyncFnOnce(&mut AnyConn<'_>) -> Result<R, E>,
        E: From<StoreError>,
    {
        let lanes = self.lanes();
        let at = lanes.next.get();
        lanes.next.set((at + 1) % READ_LANES);
        let Some(slot) = lanes.read.get(at) else {
            return Err(StoreError::Bug("no read lane".into()).into());
        };
        let open = slot.borrow().as_ref().map(Rc::clone).filter(|c| !c.is_dead());
        let conn = match open {
            Some(c) => c,
            None => {
                let fresh = Rc::new(self.connect().await?);
                // Another read of this thread may have filled the lane meanwhile; the last one stays.
                *slot.borrow_mut() = Some(Rc::clone(&fresh));
                fresh
            }
        };
        let result = f(&mut AnyConn::Pg(&conn.conn)).await;
        if conn.is_dead() {
            slot.borrow_mut().take();
        }
        result
    }

    /// Runs a change in a transaction on a connection of its own.
    pub(crate) async fn write<R, E, F>(&self, f: F) -> Result<R, E>
    where
        F: AsyncFnOnce(&mut AnyConn<'_>) -> Result<R, E>,
        E: From<StoreError>,
    {
        let lanes = self.lanes();
        let permit = tokio::time::timeout(CONNECT_WAIT, lanes.permits.acquire()).await;
        let Ok(Ok(_permit)) = permit else {
            return Err(StoreError::Unavailable("all connections are busy".into()).into());
        };
        let pooled = loop {
            let idle = lanes.idle.borrow_mut().pop();
            match idle {
                Some(p) if p.is_dead() || p.opened.elapsed() > RENEW => {}
                Some(p) => break p,
                None => break self.connect().await?,
            }
        };
        let conn = &pooled.conn;
        let mut any = AnyConn::Pg(conn);
        // BEGIN travels with the first statement of the body: polled first, so it is first on the wire.
        let mut starter: &AsyncPgConnection = conn;
        let (begun, outcome) = {
            let begin = starter.batch_execute("BEGIN");
            futures_util::join!(begin, f(&mut any))
        };
        if let Err(e) = begun {
            return Err(StoreError::from(e).into());
        }
        let mut ender: &AsyncPgConnection = conn;
        match outcome {
            Ok(value) => {
                if let Err(e) = ender.batch_execute("COMMIT").await {
                    // The connection is dropped: whether the commit happened is for the idempotency record to say.
                    return Err(StoreError::Unavailable(format!("commit: {e}")).into());
                }
                lanes.idle.borrow_mut().push(pooled);
                Ok(value)
            }
            Err(e) => {
                if ender.batch_execute("ROLLBACK").await.is_ok() {
                    lanes.idle.borrow_mut().push(pooled);
                }
                Err(e)
            }
        }
    }
}

fn tls(ca: Option<&PathBuf>) -> StoreResult<MakeRustlsConnect> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = ca {
        use rustls::pki_types::pem::PemObject;
        let certs = rustls::pki_types::CertificateDer::pem_file_iter(path)
            .map_err(|e| StoreError::Bug(format!("{}: {e}", path.display())))?;
        for cert in certs {
            let cert = cert.map_err(|e| StoreError::Bug(format!("{}: {e}", path.display())))?;
            roots.add(cert).map_err(|e| StoreError::Bug(format!("{}: {e}", path.display())))?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| StoreError::Bug(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Waits until the server answers, for at most `wait`.
pub(crate) async fn wait_for<F, Fut, T>(wait: Duration, mut attempt: F) -> StoreResult<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = StoreResult<T>>,
{
    let until = Instant::now() + wait;
    loop {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(e @ StoreError::Unavailable(_)) if Instant::now() < until => {
                tracing::warn!(error = %e, "waiting for PostgreSQL");
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            Err(e) => return Err(e),
        }
    }
}
