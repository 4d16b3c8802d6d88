//! The gateway: accounts, tokens, routing, rate limits, the merged API document and its page.
//!
//! The one public door of the suite. It owns who may call (accounts, sessions, API clients, signing keys) and how often;
//! what callers may do with rows is for the services, which verify the signed token themselves. It refuses to interpret
//! bodies and to vouch for anybody by header.
//!
//! - [`config`]: the settings
//! - [`routes`], [`api`]: the own operations and their wire forms
//! - [`app`], [`domain`], [`store`]: use cases, pure rules, SQL
//! - [`edge`]: what every request meets, and the way to the services
//! - [`tasks`]: background work
//! - [`state`]: what they share
#![forbid(unsafe_code)]

pub mod api;
pub mod app;
pub mod config;
pub mod domain;
pub mod edge;
pub mod routes;
pub mod state;
pub mod store;
pub mod tasks;

pub use config::{Config, FirstPassword, KEYS};

use actix_web::web::Data;
use edge::door::Door;
use service_kit::common::{EXTRA_CHECKS, MergedDocument};
use service_kit::front::PublicDoor;
use service_kit::service::ServiceConfig;
use service_kit::service::{Install, LocalFuture, Stop};
use service_kit::{Kit, Result, Service, Task};
use state::{Gateway, News};
use std::sync::{Arc, OnceLock};
use store_kit::migrate::Migration;

/// The gateway as a service.
pub struct GatewayService {
    config: Config,
    state: Arc<OnceLock<Arc<Gateway>>>,
}

/// The gateway with these settings.
#[must_use]
pub fn service(config: Config) -> Arc<dyn Service> {
    Arc::new(GatewayService { config, state: Arc::default() })
}

impl Service for GatewayService {
    fn name(&self) -> &'static str {
        "gateway"
    }

    fn title(&self) -> &'static str {
        "Lianjian Gateway"
    }

    fn about(&self) -> &'static str {
        "Accounts, tokens, sessions, API clients and signing keys; the public door of the suite (统一入口)."
    }

    fn migrations(&self) -> &'static [Migration] {
        store_kit::migrations!["20261123100000_gateway"]
    }

    fn permissions(&self) -> &'static str {
        include_str!("../permissions.toml")
    }

    fn routes(&self, config: &mut ServiceConfig<'_>) {
        routes::routes(config);
    }

    fn prepare(&self, kit: Kit) -> LocalFuture<Result<Install>> {
        let (config, slot) = (self.config.clone(), Arc::clone(&self.state));
        Box::pin(async move {
            let gateway = Arc::new(build(&kit, config).await?);
            let _ = slot.set(Arc::clone(&gateway));
            Ok(install(&kit, gateway))
        })
    }

    fn tasks(&self, _kit: &Kit) -> Vec<Task> {
        let Some(gateway) = self.state.get() else { return Vec::new() };
        vec![
            task("replicas", gateway, |gateway, kit, stop| {
                Box::pin(tasks::replicas::run(gateway, kit, stop))
            }),
            task("forget", gateway, |gateway, kit, stop| Box::pin(tasks::forget::run(gateway, kit, stop))),
            task("shared", gateway, |gateway, kit, stop| Box::pin(tasks::shared::run(gateway, kit, stop))),
        ]
    }

    fn forwards(&self) -> bool {
        true
    }
}

/// Builds the state: keys and the first administrator when missing, then everything that is kept in memory.
async fn build(kit: &Kit, config: Config) -> Result<Gateway> {
    let hasher = app::hasher::Hasher::new(&config)?;
    app::bootstrap::bootstrap(kit, &config, &hasher).await?;
    let keys = app::key_ring::KeyRing::default();
    keys.load(kit).await?;
    app::revocation::learn(kit, None).await?;
    let _ = EXTRA_CHECKS.set(tasks::shared::health);
    Ok(Gateway {
        keys,
        hasher,
        limits: edge::limits::Limits::new(&config),
        routes: edge::proxy::Routes::new(&config, &kit.core.urls),
        api_keys: edge::credentials::ApiKeys::default(),
        docs: edge::docs::settings(),
        news: News::new(kit.core.redis_url.is_some()),
        config,
    })
}

/// Puts the state, the gate and the merged document into each worker.
fn install(kit: &Kit, gateway: Arc<Gateway>) -> Install {
    let door = Data::new(PublicDoor(Arc::new(Door { gateway: Arc::clone(&gateway), kit: kit.clone() })));
    // An empty text means that nobody merged the documents: then the gateway's own is served.
    let document = (!gateway.config.document.is_empty())
        .then(|| Data::new(MergedDocument(Arc::clone(&gateway.config.document))));
    let gateway = Data::from(gateway);
    Arc::new(move |config| {
        config.app_data(gateway.clone()).app_data(door.clone());
        if let Some(document) = &document {
            config.app_data(document.clone());
        }
    })
}

fn task(
    name: &'static str,
    gateway: &Arc<Gateway>,
    run: impl FnOnce(Arc<Gateway>, Kit, Stop) -> LocalFuture<()> + Send + 'static,
) -> Task {
    let gateway = Arc::clone(gateway);
    Task { name, run: Box::new(move |kit, stop| run(gateway, kit, stop)) }
}
