//! What a service is, and what it gets.
//!
//! A service crate implements [`Service`] once; `boot` runs it, xtask asks it for its document, testkit starts it on a
//! free port. No code may ask which others run in the same process (D1).

use crate::auth::tokens::ServiceTokens;
use crate::auth::{Permissions, Verifier};
use crate::clock::Clock;
use crate::config::Core;
use crate::error::{Error, Result};
use crate::jobs::Jobs;
use crate::spec::Spec;
use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use store_kit::Store;
use store_kit::crypto::CryptoProvider;
use store_kit::migrate::Migration;
use tokio::sync::watch;
use utoipa_actix_web::OpenApiFactory;

/// Where handlers are registered; registering and documenting are one act.
///
/// A worker that serves takes the handlers only: building the document for each worker, to drop it at once, left an idle
/// suite with tens of MiB of heap.
pub struct ServiceConfig<'a>(Registering<'a>);

enum Registering<'a> {
    Serving(&'a mut actix_web::web::ServiceConfig),
    Documenting(&'a mut utoipa::openapi::OpenApi),
}

impl<'a> ServiceConfig<'a> {
    /// Takes the handlers.
    pub fn serving(config: &'a mut actix_web::web::ServiceConfig) -> Self {
        Self(Registering::Serving(config))
    }

    /// Takes what the handlers say of themselves.
    pub fn documenting(document: &'a mut utoipa::openapi::OpenApi) -> Self {
        Self(Registering::Documenting(document))
    }

    /// Names a topic (tag) for readers of the document, which shows topics in the order they are named.
    pub fn topic(&mut self, name: &str, about: &str) -> &mut Self {
        if let Registering::Documenting(document) = &mut self.0 {
            let tag = utoipa::openapi::tag::TagBuilder::new().name(name).description(Some(about));
            document.tags.get_or_insert_default().push(tag.build());
        }
        self
    }

    /// Adds one handler.
    pub fn service<F>(&mut self, factory: F) -> &mut Self
    where
        F: actix_web::dev::HttpServiceFactory + OpenApiFactory + 'static,
    {
        match &mut self.0 {
            Registering::Serving(config) => _ = config.service(factory),
            Registering::Documenting(document) => {
                document.paths.merge(factory.paths());
                let mut schemas = Vec::new();
                factory.schemas(&mut schemas);
                document.components.get_or_insert_default().schemas.extend(schemas);
            }
        }
        self
    }
}

/// A future that stays on its thread.
pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;
/// Puts a service's own state into each worker.
pub type Install = Arc<dyn Fn(&mut actix_web::web::ServiceConfig) + Send + Sync>;

/// One service of the suite.
pub trait Service: Send + Sync + 'static {
    /// Name: schema, token audience, first part of its shared paths.
    fn name(&self) -> &'static str;
    /// ASCII title of its document.
    fn title(&self) -> &'static str;
    /// What it owns, for the document.
    fn about(&self) -> &'static str;
    /// Its migrations after the ledger's.
    fn migrations(&self) -> &'static [Migration];
    /// Its `permissions.toml`.
    fn permissions(&self) -> &'static str;
    /// Registers its handlers; registering and documenting are one act.
    fn routes(&self, config: &mut ServiceConfig<'_>);
    /// Builds its state before anything binds: keys, reference data.
    fn prepare(&self, kit: Kit) -> LocalFuture<Result<Install>>;
    /// Its background work.
    fn tasks(&self, _kit: &Kit) -> Vec<Task> {
        Vec::new()
    }
    /// Whether paths that are not its own go to its default handler (the gateway's proxy).
    fn forwards(&self) -> bool {
        false
    }
}

/// Background work: takes no input, is idempotent, runs until told to stop.
pub struct Task {
    /// Name for logs.
    pub name: &'static str,
    /// The work; started on a thread of the service's own.
    pub run: Box<dyn FnOnce(Kit, Stop) -> LocalFuture<()> + Send>,
}

/// Tells background work to stop.
#[derive(Clone)]
pub struct Stop(pub watch::Receiver<bool>);

impl Stop {
    /// Resolves when the process is stopping.
    pub async fn wait(&mut self) {
        let _ = self.0.wait_for(|stop| *stop).await;
    }

    /// Sleeps, but not past the stop; true when stopping.
    pub async fn sleep(&mut self, time: std::time::Duration) -> bool {
        tokio::select! {
            () = self.wait() => true,
            () = tokio::time::sleep(time) => false,
        }
    }
}

/// What handlers and tasks of one service share; cheap to clone.
#[derive(Clone)]
pub struct Kit(pub Arc<KitInner>);

/// The parts of a [`Kit`].
pub struct KitInner {
    /// Name of the service.
    pub service: &'static str,
    /// Its store.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// Field encryption, lookup hashes, signatures.
    pub crypto: Arc<dyn CryptoProvider>,
    /// Token verification.
    pub verifier: Verifier,
    /// Its own token for calling others.
    pub tokens: ServiceTokens,
    /// HTTP client for calling others.
    pub http: reqwest::Client,
    /// Settings of the process.
    pub core: Core,
    /// Its operations.
    pub spec: Spec,
    /// The permission matrix.
    pub permissions: Permissions,
    /// Long jobs running here.
    pub jobs: Jobs,
    /// Whether unknown paths are forwarded.
    pub forwards: bool,
    /// Idempotency scopes being worked on here.
    pub(crate) working: Mutex<HashSet<String>>,
    /// Set when the process is stopping: `/readyz` says so.
    pub(crate) draining: AtomicBool,
    /// Key of cursors.
    pub(crate) cursor_key: [u8; 32],
}

impl std::ops::Deref for Kit {
    type Target = KitInner;
    fn deref(&self) -> &KitInner {
        &self.0
    }
}

impl Kit {
    /// Whether the process is stopping.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// A service's finished document, without starting it.
///
/// # Errors
/// Names what the matrix and the handlers do not agree on.
pub fn document(service: &dyn Service) -> Result<(serde_json::Value, Permissions)> {
    let permissions = Permissions::read(service.permissions())
        .map_err(|e| Error::internal(format!("{}: {e}", service.name())))?;
    let mut raw = utoipa::openapi::OpenApi::default();
    let mut config = ServiceConfig::documenting(&mut raw);
    crate::common::routes(&mut config);
    service.routes(&mut config);
    crate::common::topics(&mut config);
    let doc = crate::openapi::finish(&raw, service.title(), service.about(), &permissions)
        .map_err(|e| Error::internal(format!("{}: {e}", service.name())))?;
    Ok((doc, permissions))
}
