//! Inspections: inspectors and experts, annual plans (Attachment 2), the plan linter, draws anyone can recompute, visits,
//! results, corrections, evidence, publicity and the burden ledger.
//!
//! - [`config`]: its settings
//! - [`routes`]: the route list and the handlers
//! - [`api`]: what goes in and out over HTTP
//! - [`domain`]: pure rules: state machines, consistency of results, merging
//! - [`files`]: the file store of evidence, a folder or an S3-compatible bucket
//! - [`forms`]: official forms and templates as files
//! - [`app`]: the use cases
//! - [`store`]: all of its SQL
//!
//! It refuses to know accounts, the contents of items and the registry of subjects: it keeps their ids with a copied name
//! and asks their services. It has no field for a quota of checks or fines (国办发〔2024〕54号; ENF-13).
#![forbid(unsafe_code)]

pub mod api;
pub mod app;
pub mod config;
pub mod domain;
pub mod files;
pub mod forms;
pub mod routes;
pub mod store;

pub use config::{Config, KEYS};

use service_kit::Kit;
use service_kit::service::ServiceConfig;
use service_kit::service::{Install, LocalFuture, Service, Task};
use std::sync::Arc;
use store_kit::migrate::Migration;

/// Migrations after the ledger's, by topic.
const MIGRATIONS: &[Migration] = store_kit::migrations![
    "20261125000001_registries",
    "20261125000002_plans",
    "20261125000003_draws",
    "20261125000004_visits",
    "20261125000005_results",
    "20261125000006_publicity",
    "20261125000007_reasons_accounts",
    "20261125000008_fairness",
];

struct Inspections(Config);

/// The inspections service with these settings.
#[must_use]
pub fn service(config: Config) -> Arc<dyn Service> {
    Arc::new(Inspections(config))
}

impl Service for Inspections {
    fn name(&self) -> &'static str {
        "inspections"
    }

    fn title(&self) -> &'static str {
        "Lianjian inspections"
    }

    fn about(&self) -> &'static str {
        "Inspectors, annual plans, the linter, draws anyone can recompute, visits, results, publicity \
         (执法检查人员、年度计划、合法性检查、双随机抽取、入企检查、结果、公示)."
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
            let files = files::FileStore::new(&config, &kit.core.data_dir, kit.http.clone())?;
            let (files, data) = (actix_web::web::Data::new(files), actix_web::web::Data::new(config));
            let install: Install = Arc::new(move |c| {
                c.app_data(data.clone());
                c.app_data(files.clone());
            });
            Ok(install)
        })
    }

    fn tasks(&self, kit: &Kit) -> Vec<Task> {
        app::tasks(kit, &self.0)
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
