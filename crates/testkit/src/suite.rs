//! Starting the suite for one test, and looking at what it wrote.
//!
//! Each suite has its own ports, databases and clock and shares nothing with another, so tests run in parallel. It ends
//! when it is dropped. Called through `both!`, or by [`Suite::start`] where a test wants its own settings.

use crate::Caller;
use crate::caller::{ADMIN_PASSWORD, Granters};
use crate::template;
use serde_json::{Value, json};
use service_kit::clock::Clock;
use service_kit::config::{Core, Secret};
use service_kit::{Kit, Service};
use std::sync::Arc;
use store_kit::ledger::events_after;
use store_kit::{StoreError, sealer};
use testbase::{Backend, Fixture, Place, Served, block_on};
use tokio::sync::Mutex;

/// What a test may set before the suite starts.
#[derive(Clone)]
pub struct Options {
    /// The services' settings.
    pub config: suite::Config,
    /// Redis, when the test is about it.
    pub redis_url: Option<String>,
    /// Largest JSON body.
    pub max_body: usize,
    /// Workers of each service.
    pub workers: usize,
}

impl Default for Options {
    fn default() -> Self {
        let gateway = gateway::Config {
            admin_password: Some(Secret(ADMIN_PASSWORD.to_string())),
            ..gateway::Config::for_tests()
        };
        let catalog = catalog::Config { load_reference: true, ..catalog::Config::default() };
        // Tests make the subjects they are about; the samples would only be in the way.
        let subjects = subjects::Config { load_samples: false, ..subjects::Config::default() };
        Self {
            config: suite::Config { gateway, catalog, subjects, inspections: inspections::Config::default() },
            redis_url: None,
            max_body: 1024 * 1024,
            workers: 1,
        }
    }
}

impl Options {
    pub(crate) fn core(&self, place: &Place) -> Core {
        Core {
            database_url: place.database_url(),
            redis_url: self.redis_url.clone(),
            max_body: self.max_body,
            workers: self.workers,
            ..Core::for_tests(place.dir())
        }
    }

    pub(crate) fn services(&self) -> Vec<Arc<dyn Service>> {
        suite::services(self.config.clone()).expect("the documents merge")
    }
}

/// Gateway, catalog, subjects and inspections, running.
pub struct Suite {
    /// Moves time for all services.
    pub clock: Clock,
    http: reqwest::Client,
    granters: Arc<Mutex<Granters>>,
    // Before the place: the services end before their folder goes.
    served: Served,
    place: Place,
}

impl Suite {
    /// The suite with usual settings.
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, Options::default()).await
    }

    /// The suite with settings of the test's own.
    pub async fn start_with(backend: Backend, options: Options) -> Self {
        Self::start_in(template::place(backend).await, options).await
    }

    /// The suite in a place that exists already, as after a restart.
    ///
    /// # Panics
    /// When a service does not start.
    pub async fn start_in(place: Place, options: Options) -> Self {
        let core = options.core(&place);
        let served = Served::start(core, options.services())
            .await
            .unwrap_or_else(|e| panic!("the suite does not start: {e}"));
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        Self {
            clock: served.core.clock.clone(),
            http: http.expect("an HTTP client"),
            granters: Arc::default(),
            served,
            place,
        }
    }

    /// Ends all services as a `SIGTERM` would and gives the place back, for [`Suite::start_in`].
    ///
    /// # Panics
    /// When a service's thread ended badly.
    pub async fn stop(self) -> Place {
        let Self { clock: _, http, granters: _, mut served, place } = self;
        drop(http);
        let stopping = served.begin_stop().expect("it runs");
        tokio::task::spawn_blocking(move || stopping.join())
            .await
            .expect("a thread")
            .expect("the services stop");
        drop(served);
        place
    }

    /// Where the gateway listens.
    #[must_use]
    pub fn url(&self) -> String {
        self.served.core.url("gateway")
    }

    /// Where one service listens behind the gateway; for tests of what happens there.
    #[must_use]
    pub fn service_url(&self, service: &str) -> String {
        self.served.core.url(service)
    }

    /// The settings of the process.
    #[must_use]
    pub fn core(&self) -> &Core {
        &self.served.core
    }

    /// The kit of one service.
    #[must_use]
    pub fn kit(&self, service: &str) -> &Kit {
        self.served.kit(service)
    }

    /// Which database this runs on.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.place.backend()
    }

    /// The folder of its files.
    #[must_use]
    pub fn data_dir(&self) -> &std::path::Path {
        self.place.dir()
    }

    /// Somebody without credentials.
    #[must_use]
    pub fn anonymous(&self) -> Caller {
        Caller::anonymous(&self.url(), &self.http, &self.clock)
    }

    /// Somebody with a bearer token of the test's own making.
    #[must_use]
    pub fn bearer(&self, token: &str) -> Caller {
        Caller::bearer(&self.url(), &self.http, &self.clock, token)
    }

    /// The first administrator, logged in.
    pub async fn admin(&self) -> Caller {
        self.login("admin", ADMIN_PASSWORD).await
    }

    /// An account that exists, logged in.
    pub async fn login(&self, username: &str, password: &str) -> Caller {
        self.anonymous().login(username, password).await
    }

    /// A new account of that organ with those roles, its first password changed, logged in.
    pub async fn clerk(&self, organ: &str, roles: &[&str]) -> Caller {
        self.account(json!({"department": organ, "roles": roles})).await
    }

    /// A new account with more to it (`regions`, `fields`), logged in.
    pub async fn account(&self, members: Value) -> Caller {
        let granters = Arc::clone(&self.granters);
        let mut granters = granters.lock().await;
        granters.account(self, members).await
    }

    /// Seals what is committed in a service, so that readers see it.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn seal(&self, service: &str) {
        let kit = self.kit(service);
        sealer::seal_all(&kit.store, &kit.crypto).await.unwrap_or_else(|e| panic!("sealing {service}: {e}"));
    }

    /// Sealed events of a service whose type begins with `prefix`, oldest first, whoever may see them.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn events(&self, service: &str, prefix: &str) -> Vec<Value> {
        self.seal(service).await;
        let store = &self.kit(service).store;
        let (mut position, mut events) = (0, Vec::new());
        loop {
            let batch = store.read(async |c| events_after(c, position, 1000).await).await;
            let batch = batch.unwrap_or_else(|e: StoreError| panic!("events of {service}: {e}"));
            let Some(last) = batch.last().and_then(|e| e.seq) else { return events };
            position = last;
            events.extend(batch.into_iter().filter(|e| e.kind.starts_with(prefix)).map(|e| {
                json!({
                    "id": e.seq.unwrap_or_default().to_string(), "type": e.kind, "subject": e.subject,
                    "departments": e.departments.0, "region": e.region, "time": e.occurred_at.0.to_string(),
                    "traceid": e.trace_id, "data": serde_json::from_str::<Value>(&e.data).unwrap_or_default(),
                })
            }));
        }
    }

    /// Sealed audit entries of a service about one row, oldest first.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn audit(&self, service: &str, target: &str) -> Vec<Value> {
        self.seal(service).await;
        let store = &self.kit(service).store;
        let lines = store.read(async |c| sealer::lines_after(c, 0, 100_000, Some(target)).await).await;
        let lines = lines.unwrap_or_else(|e: StoreError| panic!("audit entries of {service}: {e}"));
        lines.iter().map(|l| serde_json::to_value(l).expect("a line is JSON")).collect()
    }

    /// How many audit entries and events a service has, sealed or not.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn counts(&self, service: &str) -> (usize, usize) {
        self.seal(service).await;
        let store = &self.kit(service).store;
        let lines = store.read(async |c| sealer::lines_after(c, 0, 1_000_000, None).await).await;
        let audits = lines.unwrap_or_else(|e: StoreError| panic!("audit entries of {service}: {e}")).len();
        (audits, self.events(service, "").await.len())
    }
}

impl Fixture for Suite {
    fn with<F: AsyncFnOnce(Self)>(backend: Backend, scenario: F) {
        block_on(async { scenario(Suite::start(backend).await).await });
    }
}
