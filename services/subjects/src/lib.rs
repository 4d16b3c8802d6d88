//! The registry of supervision subjects (监管对象名录库): every kind the notice names, with identifiers, history, tags,
//! search and imports.
//!
//! - [`config`]: its settings
//! - [`routes`]: the whole route list and the handlers
//! - [`api`]: forms of the API
//! - [`domain`]: pure rules of a subject and of an import's row
//! - [`app`]: use cases
//! - [`store`]: the tables of this service
#![forbid(unsafe_code)]

pub mod api;
pub mod app;
pub mod config;
pub mod domain;
pub mod routes;
pub mod store;

pub use config::{Config, KEYS};

use actix_web::web::Data;
use service_kit::service::{Install, LocalFuture};
use service_kit::{Kit, Result, Service, Task};
use std::sync::Arc;
use store_kit::migrate::Migration;

/// Migrations after the ledger's.
pub const MIGRATIONS: &[Migration] = store_kit::migrations!["20261123010000_subject"];

/// The service with its settings.
#[must_use]
pub fn service(config: Config) -> Arc<dyn Service> {
    Arc::new(Subjects { config })
}

struct Subjects {
    config: Config,
}

impl Service for Subjects {
    fn name(&self) -> &'static str {
        "subjects"
    }

    fn title(&self) -> &'static str {
        "lianjian subjects"
    }

    fn about(&self) -> &'static str {
        "The registry of supervision subjects (监管对象名录库): market subjects, non-market subjects and object-like ones \
         with a responsible party; identifiers with their checks, states, history as of any date, tags, search by name \
         fragment, imports and exports."
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    fn permissions(&self) -> &'static str {
        include_str!("../permissions.toml")
    }

    fn routes(&self, config: &mut service_kit::service::ServiceConfig<'_>) {
        routes::routes(config);
    }

    fn prepare(&self, kit: Kit) -> LocalFuture<Result<Install>> {
        let config = self.config.clone();
        Box::pin(async move {
            let spool = kit.core.data_dir.join("spool").join("subjects");
            std::fs::create_dir_all(&spool)
                .map_err(|e| service_kit::Error::unavailable(format!("{}: {e}", spool.display())))?;
            if config.load_samples {
                app::reference::load(&kit).await?;
            }
            let config = Data::new(config);
            let install: Install = Arc::new(move |c: &mut actix_web::web::ServiceConfig| {
                c.app_data(config.clone());
            });
            Ok(install)
        })
    }

    fn tasks(&self, _kit: &Kit) -> Vec<Task> {
        vec![Task {
            name: "resume_imports",
            run: Box::new(|kit, stop| Box::pin(app::import::resume_all(kit, stop))),
        }]
    }
}
