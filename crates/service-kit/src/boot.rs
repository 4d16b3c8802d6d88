//! Running services: open stores, prepare, bind, serve, drain.
//!
//! Each service gets its own port, store, limits and background thread, whether one or all run in this process. `start`
//! returns when all are bound; `stop` drains: `/readyz` goes 503 at once, requests finish, tasks stop, the sealer seals
//! what was committed. Called by the CLI and by testkit.

use crate::auth::revocation::{POLL, Revocation, Revocations};
use crate::auth::tokens::ServiceTokens;
use crate::auth::{Permissions, Verifier};
use crate::config::Core;
use crate::error::{Error, Result};
use crate::jobs::Jobs;
use crate::service::{Install, Kit, KitInner, Service, ServiceConfig, Stop};
use crate::spec::Spec;
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use std::collections::{BTreeMap, HashSet};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use store_kit::{Store, StoreConfig};
use tokio::sync::watch;

/// A service to start and where.
pub struct Instance {
    /// The service.
    pub service: Arc<dyn Service>,
    /// Its socket, bound already, so that the URLs of all are known before any starts.
    pub listener: TcpListener,
}

/// Binds an address for a service.
///
/// # Errors
/// 503 with the address when it is taken.
pub fn bind(addr: SocketAddr) -> Result<TcpListener> {
    // std sets SO_REUSEADDR on Unix: a restart need not wait for old connections to be forgotten.
    TcpListener::bind(addr).map_err(|e| Error::unavailable(format!("cannot listen on {addr}: {e}")))
}

/// Running services.
pub struct Running {
    servers: Vec<ServerHandle>,
    threads: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    /// The kits by service name, for testkit.
    pub kits: BTreeMap<&'static str, Kit>,
    /// Where each listens.
    pub addresses: BTreeMap<&'static str, SocketAddr>,
}

/// The HTTP client that services call each other with.
///
/// # Errors
/// 500 when TLS cannot be set up.
pub fn http_client() -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(Duration::from_secs(60))
        .no_proxy()
        .build()
        .map_err(|e| Error::internal(format!("http client: {e}")))
}

/// Starts the services given; their URLs must stand in `core.urls`.
///
/// # Errors
/// The first failure: a store that cannot be opened, a permission matrix that does not fit, state that cannot be built.
pub async fn start(core: &Core, instances: Vec<Instance>) -> Result<Running> {
    let (stop, stopped) = watch::channel(false);
    let http = http_client()?;
    let mut running = Running {
        servers: Vec::new(),
        threads: Vec::new(),
        stop,
        kits: BTreeMap::new(),
        addresses: BTreeMap::new(),
    };
    for Instance { service, listener } in instances {
        let name = service.name();
        let addr = listener.local_addr().map_err(|e| Error::internal(e.to_string()))?;
        let kit = kit(core, service.as_ref(), http.clone()).await?;
        let install = service.prepare(kit.clone()).await?;
        running.threads.push(background(&kit, service.as_ref(), Stop(stopped.clone()))?);
        running.servers.push(serve(core, &service, &kit, &install, listener)?);
        running.kits.insert(name, kit);
        running.addresses.insert(name, addr);
        tracing::info!(service = name, %addr, "listening");
    }
    Ok(running)
}

async fn kit(core: &Core, service: &dyn Service, http: reqwest::Client) -> Result<Kit> {
    let name = service.name();
    let (document, permissions) = crate::service::document(service)?;
    let spec = Spec::new(&document, &permissions).map_err(Error::internal)?;
    drop(document);
    let mut config = match &core.database_url {
        Some(url) => StoreConfig::postgres(name, url),
        None => StoreConfig::sqlite(name, &core.data_dir),
    };
    config.ca.clone_from(&core.database_ca);
    let store = Store::open(&config, service.migrations())
        .await
        .map_err(|e| Error::unavailable(format!("{name}: {e}")))?;
    let crypto = store_kit::crypto::Standard::shared(&core.master_key)?;
    let revocations = Arc::new(Revocations::default());
    let gateway = core.url("gateway");
    let verifier = Verifier::new(
        name,
        &core.issuer,
        &format!("{gateway}/.well-known/jwks.json"),
        http.clone(),
        revocations,
    );
    let mut cursor_key = [0u8; 32];
    let derived = crypto.lookup("cursor-key", name);
    cursor_key.copy_from_slice(&derived.as_bytes()[..32]);
    Ok(Kit(Arc::new(KitInner {
        service: name,
        store,
        clock: core.clock.clone(),
        crypto,
        verifier,
        tokens: ServiceTokens::new(name, &core.service_key, &gateway, http.clone(), core.clock.clone()),
        http,
        core: core.clone(),
        spec,
        permissions: Permissions(permissions.0),
        jobs: Jobs::default(),
        forwards: service.forwards(),
        working: Mutex::new(HashSet::new()),
        draining: AtomicBool::new(false),
        cursor_key,
    })))
}

fn serve(
    core: &Core,
    service: &Arc<dyn Service>,
    kit: &Kit,
    install: &Install,
    listener: TcpListener,
) -> Result<ServerHandle> {
    let (service, kit_data, install) = (Arc::clone(service), Data::new(kit.clone()), Arc::clone(install));
    let server = HttpServer::new(move || {
        let (service, install) = (Arc::clone(&service), Arc::clone(&install));
        App::new()
            .app_data(kit_data.clone())
            .configure(|c| {
                let mut handlers = ServiceConfig::serving(c);
                // The service's own first: its hot paths are matched before the shared ones.
                service.routes(&mut handlers);
                crate::common::routes(&mut handlers);
                install(c);
            })
            .wrap(actix_web::middleware::from_fn(crate::front::front))
    })
    .workers(core.workers.max(1))
    .on_connect(|io, _| {
        if let Some(stream) = io.downcast_ref() {
            crate::patience::cut_slow_readers(stream);
        }
    })
    .client_request_timeout(Duration::from_secs(10))
    .client_disconnect_timeout(Duration::from_secs(2))
    .keep_alive(Duration::from_secs(75))
    .backlog(2048)
    .max_connections(20_000)
    .shutdown_timeout(core.drain.as_secs())
    .disable_signals()
    .listen(listener)
    .map_err(|e| Error::unavailable(e.to_string()))?
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}

/// The thread where a service's tasks run: its own, and what the kit adds: sealing, housekeeping, revocations.
fn background(kit: &Kit, service: &dyn Service, stop: Stop) -> Result<JoinHandle<()>> {
    let tasks = service.tasks(kit);
    let kit = kit.clone();
    let is_gateway = service.forwards();
    std::thread::Builder::new()
        .name(format!("tasks-{}", kit.service).chars().take(15).collect())
        .spawn(move || {
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(r) => r,
                Err(e) => {
                    tracing::error!(error = %e, "no runtime for tasks");
                    return;
                }
            };
            let local = tokio::task::LocalSet::new();
            let sealing = {
                let (kit, mut stop) = (kit.clone(), stop.clone());
                local.spawn_local(async move {
                    let (store, crypto) = (kit.store.clone(), Arc::clone(&kit.crypto));
                    store_kit::sealer::run(store, crypto, async move { stop.wait().await }).await;
                })
            };
            let mut handles = Vec::new();
            handles.push(local.spawn_local(housekeeping(kit.clone(), stop.clone())));
            if !is_gateway {
                handles.push(local.spawn_local(learn_revocations(kit.clone(), stop.clone())));
            }
            for task in tasks {
                handles.push(local.spawn_local((task.run)(kit.clone(), stop.clone())));
            }
            local.block_on(&runtime, async {
                for handle in handles {
                    if let Err(e) = handle.await {
                        tracing::error!(error = %e, "a task ended badly");
                    }
                }
                let _ = sealing.await;
                // What tasks changed while stopping.
                let _ = store_kit::sealer::seal_all(&kit.store, &kit.crypto).await;
            });
        })
        .map_err(|e| Error::unavailable(e.to_string()))
}

/// Forgets stored answers after 48 hours.
async fn housekeeping(kit: Kit, mut stop: Stop) {
    loop {
        let before = kit.clock.now().saturating_sub(jiff::SignedDuration::from_hours(48));
        if let Ok(before) = before
            && let Err(e) = kit
                .store
                .write::<_, Error, _>(async move |c| Ok(store_kit::ledger::forget_answers(c, before).await?))
                .await
        {
            tracing::warn!(service = kit.service, error = %e, "housekeeping failed");
        }
        kit.verifier.revocations().forget(kit.clock.now().as_second());
        if stop.sleep(Duration::from_secs(600)).await {
            return;
        }
    }
}

/// Learns from the gateway whose tokens no longer count.
async fn learn_revocations(kit: Kit, mut stop: Stop) {
    let url = format!("{}/v1/auth/revocations", kit.core.url("gateway"));
    while !stop.sleep(POLL).await {
        let learned: Result<Vec<Revocation>> = async {
            let bearer = kit.tokens.bearer().await?;
            let answer = kit.http.get(&url).bearer_auth(bearer).timeout(Duration::from_secs(3)).send().await;
            let answer = answer.and_then(reqwest::Response::error_for_status);
            let answer = answer.map_err(|e| Error::unavailable(format!("revocations: {e}")))?;
            #[derive(serde::Deserialize)]
            struct List {
                items: Vec<Revocation>,
            }
            let list: List =
                answer.json().await.map_err(|e| Error::unavailable(format!("revocations: {e}")))?;
            Ok(list.items)
        }
        .await;
        match learned {
            Ok(entries) => kit.verifier.revocations().add(&entries),
            Err(e) => tracing::debug!(service = kit.service, error = %e, "revocations are not read"),
        }
    }
}

impl Running {
    /// Stops all: new work is refused, work under way finishes within the drain time.
    pub async fn stop(self) {
        self.end(true).await;
    }

    /// Stops all without waiting for open connections; for the end of a test.
    pub async fn halt(self) {
        self.end(false).await;
    }

    async fn end(self, graceful: bool) {
        for kit in self.kits.values() {
            kit.draining.store(true, Ordering::Relaxed);
        }
        // The gateway first, so that nothing new comes in while the services finish.
        for server in self.servers.iter().rev() {
            server.stop(graceful).await;
        }
        let _ = self.stop.send(true);
        for kit in self.kits.values() {
            kit.jobs.cancel_all();
        }
        let until = std::time::Instant::now() + Duration::from_secs(20);
        while self.kits.values().any(|k| k.jobs.running() > 0) && std::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let threads = self.threads;
        let _ = tokio::task::spawn_blocking(move || {
            for t in threads {
                let _ = t.join();
            }
        })
        .await;
        for kit in self.kits.values() {
            kit.store.close();
        }
    }
}
