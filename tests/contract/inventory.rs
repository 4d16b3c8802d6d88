//! One inventory (S46): what is compiled in, what is documented and what the gateway forwards are the same.

use crate::operations;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Suite, both};

fn paths(document: &Value) -> BTreeSet<String> {
    document["paths"].as_object().unwrap().keys().cloned().collect()
}

both! {
    async fn what_the_gateway_serves_is_the_merged_document_of_all_services(suite: Suite) {
        let served = operations::document(&suite).await;
        assert_eq!(served, suite::merged_document().unwrap());
        // And each service serves its own.
        for (name, own) in suite::documents().unwrap() {
            let place = if name == "gateway" { continue } else { format!("/{name}/openapi.json") };
            assert_eq!(suite.anonymous().get(&place).await.expect(200).json(), own, "{name}");
        }
    }

    async fn every_documented_path_leads_somewhere_and_no_other_does(suite: Suite) {
        let admin = suite.admin().await;
        for operation in operations::all(&operations::document(&suite).await) {
            let path: Vec<String> = operation
                .path
                .split('/')
                .map(|p| if p.starts_with('{') { uuid::Uuid::new_v4().to_string() } else { p.to_string() })
                .collect();
            let method = reqwest::Method::from_bytes(operation.method.to_uppercase().as_bytes()).unwrap();
            // Some of them end the session that calls them.
            admin.forget_token();
            let answer = admin.send(method, &path.join("/"), &[], Vec::new()).await;
            assert_ne!(answer.status(), 405, "{} is documented: {answer}", operation.id);
            assert!(
                answer.status() != 404 || answer.json()["code"] != "no_such_path",
                "{} is documented and not routed: {answer}",
                operation.id
            );
        }
        for path in ["/v1/nothing", "/v2/accounts", "/catalog/v1/organs", "/nowhere/v1/feed", "/subjects/livez", "/catalog/metrics"] {
            admin.forget_token();
            let answer = admin.get(path).await;
            assert_eq!(answer.status(), 404, "{answer}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer}");
        }
    }
}

#[test]
fn every_operation_of_a_service_is_in_the_merged_document() {
    let merged = paths(&suite::merged_document().unwrap());
    for (name, document) in suite::documents().unwrap() {
        for path in paths(&document) {
            if matches!(path.as_str(), "/livez" | "/readyz" | "/metrics") {
                continue;
            }
            let shared = service_kit::common::PATHS.contains(&path.as_str());
            let place = if shared && name != "gateway" { format!("/{name}{path}") } else { path.clone() };
            assert!(merged.contains(&place), "{name} {path} is not in the merged document");
        }
    }
}

#[test]
fn every_topic_is_described_once_and_none_is_empty() {
    let document = suite::merged_document().unwrap();
    let tags = document["tags"].as_array().unwrap();
    let described: Vec<&str> = tags.iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert!(tags.iter().all(|t| t["description"].as_str().is_some_and(|d| d.contains('('))), "{tags:?}");
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let used: BTreeSet<&str> =
        operations.filter_map(|o| o["tags"].as_array()).flatten().filter_map(Value::as_str).collect();
    assert_eq!(described.iter().copied().collect::<BTreeSet<_>>(), used);
    assert_eq!(described.len(), used.len());
    assert!(described.ends_with(&["operations", "feed", "audit", "health"]), "{described:?}");
}

#[test]
fn every_operation_says_what_it_does_in_both_languages() {
    let document = suite::merged_document().unwrap();
    let is_han = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c);
    let mut bare = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in
            item.as_object().unwrap().iter().filter(|(_, o)| o["operationId"].is_string())
        {
            let summary = operation["summary"].as_str().unwrap_or_default();
            if !summary.contains(is_han) || !summary.starts_with(|c: char| c.is_ascii_uppercase()) {
                bare.push(format!("{method} {path}: {summary:?}"));
            }
        }
    }
    assert!(bare.is_empty(), "{}", bare.join("\n"));
}

#[test]
fn every_operation_id_is_one_name() {
    let document = suite::merged_document().unwrap();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for operation in operations::all(&document) {
        let (id, place) = (operation.id.clone(), format!("{} {}", operation.method, operation.path));
        let good = id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        assert!(good && !id.is_empty(), "{place}: {id:?}");
        if let Some(other) = seen.insert(id.clone(), place.clone()) {
            panic!("{id} is {other} and {place}");
        }
    }
}

#[test]
fn every_operation_says_who_may_call_it_and_shows_an_example() {
    let mut faults = Vec::new();
    for operation in operations::all(&suite::merged_document().unwrap()) {
        let place = format!("{} ({} {})", operation.id, operation.method, operation.path);
        if !matches!(operation.reach.as_str(), "public" | "district" | "department" | "own") {
            faults.push(format!("{place}: no x-reach"));
        }
        if let Some((media, None)) = &operation.body
            && media == "application/json"
        {
            faults.push(format!("{place}: its body has no example"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
