//! The catalog: organs and their contact table (Attachment 3), supervision items with lead and cooperating departments
//! (Attachment 1) and their published versions, regions, industries, the working-day calendar and deadlines, rule packs.
//!
//! - [`config`]: its settings
//! - [`routes`]: the route list and the handlers
//! - [`api`]: what goes in and out over HTTP
//! - [`domain`]: pure rules: contents, steps, remarks, differences, calendars
//! - [`forms`]: the official forms as files
//! - [`app`]: the use cases
//! - [`store`]: all of its SQL
//!
//! It refuses to know subjects, inspections and accounts; others learn of changes by its feed.
#![forbid(unsafe_code)]

pub mod api;
pub mod app;
pub mod config;
pub mod domain;
pub mod forms;
pub mod routes;
pub mod store;

pub use config::{Config, KEYS};

use service_kit::Kit;
use service_kit::service::ServiceConfig;
use service_kit::service::{Install, LocalFuture, Service};
use std::sync::Arc;
use store_kit::migrate::Migration;

/// Migrations after the ledger's.
const MIGRATIONS: &[Migration] =
    store_kit::migrations!["20261124000000_catalog", "20261125000000_rule_packs"];

struct Catalog(Config);

/// The catalog service with these settings.
#[must_use]
pub fn service(config: Config) -> Arc<dyn Service> {
    Arc::new(Catalog(config))
}

impl Service for Catalog {
    fn name(&self) -> &'static str {
        "catalog"
    }

    fn title(&self) -> &'static str {
        "Lianjian catalog"
    }

    fn about(&self) -> &'static str {
        "Organs and contacts, supervision items with their versions, dictionaries, working-day calendar \
         (机构与联络表、监管事项清单、字典、工作日历)."
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    fn permissions(&self) -> &'static str {
        include_str!("../permissions.toml")
    }

    fn routes(&self, config: &mut ServiceConfig<'_>) {
        routes::routes(config);
    }

    fn prepare(&self, kit: Kit) -> LocalFuture<service_kit::Result<Install>> {
        let config = self.0.clone();
        Box::pin(async move {
            if config.load_reference {
                app::reference::load(&kit).await?;
                app::rule_pack::load_default(&kit).await?;
            }
            let data = actix_web::web::Data::new(config);
            let install: Install = Arc::new(move |c| {
                c.app_data(data.clone());
            });
            Ok(install)
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_document_and_the_permission_matrix_agree() {
        let service = super::service(super::Config::default());
        let (document, permissions) = service_kit::service::document(service.as_ref()).unwrap();
        service_kit::spec::Spec::new(&document, &permissions).unwrap();
    }
}
