//! Which services make up the suite: the one list that the `lianjian` binary, `xtask` and `testkit` share.
//!
//! A new service is added to [`Config`] and to [`others`], nowhere else: the merged document and the gateway's table of
//! routes follow from it. It refuses to know settings, ports or databases: those come from its callers.

use serde::Deserialize;
use serde_json::Value;
use service_kit::Service;
use service_kit::error::{Error, Result};
use service_kit::{common, openapi, service};
use std::collections::BTreeMap;
use std::sync::Arc;

/// ASCII title of the merged document.
pub const TITLE: &str = "lianjian";
/// What the merged document is about.
pub const ABOUT: &str = "Cross-department supervision of a district government (跨部门综合监管). \
    Every operation of every service, as the gateway shows it.";

/// The settings of each service.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Accounts, tokens, routing.
    pub gateway: gateway::Config,
    /// Organs, contacts, items, calendars, dictionaries.
    pub catalog: catalog::Config,
    /// The registry of supervision subjects.
    pub subjects: subjects::Config,
    /// Inspectors, plans, draws, visits, publicity.
    pub inspections: inspections::Config,
}

/// The services behind the gateway.
fn others(
    catalog: catalog::Config,
    subjects: subjects::Config,
    inspections: inspections::Config,
) -> Vec<Arc<dyn Service>> {
    vec![catalog::service(catalog), subjects::service(subjects), inspections::service(inspections)]
}

/// All services, the gateway first, which knows the others' paths and documents.
///
/// # Errors
/// As [`merged_document`].
pub fn services(config: Config) -> Result<Vec<Arc<dyn Service>>> {
    let Config { mut gateway, catalog, subjects, inspections } = config;
    let documents = documents()?;
    gateway.document =
        serde_json::to_string(&merge(&documents)?).map_err(|e| Error::internal(e.to_string()))?.into();
    gateway.routes = routes_of(&documents)?;
    drop(documents);
    let mut all = vec![gateway::service(gateway)];
    all.extend(others(catalog, subjects, inspections));
    Ok(all)
}

/// Each service's finished document, the gateway's first.
///
/// # Errors
/// Names what a permission matrix and its handlers do not agree on.
pub fn documents() -> Result<Vec<(&'static str, Value)>> {
    let mut all = vec![gateway::service(gateway::Config::default())];
    all.extend(others(
        catalog::Config::default(),
        subjects::Config::default(),
        inspections::Config::default(),
    ));
    all.iter().map(|s| Ok((s.name(), service::document(s.as_ref())?.0))).collect()
}

/// The document of the whole suite, as the gateway serves it.
///
/// # Errors
/// As [`documents`]; names schemas that differ and operationIds or paths that collide.
pub fn merged_document() -> Result<Value> {
    merge(&documents()?)
}

fn merge(documents: &[(&'static str, Value)]) -> Result<Value> {
    let parts: Vec<(&str, &Value)> = documents.iter().map(|(name, doc)| (*name, doc)).collect();
    openapi::merge(TITLE, ABOUT, &parts, &common::PATHS).map_err(Error::internal)
}

/// First path segment after `/v1/` → the service that has it; what the gateway forwards.
///
/// # Errors
/// As [`documents`]; names a segment that two services claim.
pub fn routes() -> Result<BTreeMap<String, String>> {
    routes_of(&documents()?)
}

fn routes_of(documents: &[(&'static str, Value)]) -> Result<BTreeMap<String, String>> {
    let mut routes: BTreeMap<String, String> = BTreeMap::new();
    for (name, document) in documents {
        for segment in openapi::segments(document, &common::PATHS) {
            if let Some(other) = routes.insert(segment.clone(), name.to_string()) {
                return Err(Error::internal(format!("/v1/{segment} belongs to {other} and to {name}")));
            }
        }
    }
    routes.retain(|_, service| service != "gateway");
    Ok(routes)
}
