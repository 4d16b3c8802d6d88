//! The graph of the workspace (D2): services meet over HTTP, never as crates; what is shared knows no service.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Crate → the workspace crates it is built with (development dependencies aside).
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut crates: BTreeMap<String, toml::Table> = BTreeMap::new();
    for folder in ["crates", "services"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let manifest = entry.unwrap().path().join("Cargo.toml");
            let Ok(text) = std::fs::read_to_string(&manifest) else { continue };
            let table: toml::Table = text.parse().unwrap();
            crates.insert(table["package"]["name"].as_str().unwrap().to_string(), table);
        }
    }
    let names: BTreeSet<String> = crates.keys().cloned().collect();
    crates
        .into_iter()
        .map(|(name, table)| {
            let of = |section: &str| {
                let section = table.get(section).and_then(toml::Value::as_table);
                section.into_iter().flat_map(|t| t.keys().cloned()).collect::<BTreeSet<_>>()
            };
            let uses = of("dependencies").union(&of("build-dependencies")).cloned().collect::<BTreeSet<_>>();
            (name, uses.intersection(&names).cloned().collect())
        })
        .collect()
}

fn services() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_dir(root.join("services"))
        .unwrap()
        .filter_map(|e| e.unwrap().file_name().into_string().ok())
        .collect()
}

#[test]
fn no_service_is_built_with_another() {
    let (graph, services) = (graph(), services());
    assert!(services.len() >= 3, "{services:?}");
    for service in &services {
        let others: Vec<_> = graph[service].intersection(&services).collect();
        assert!(others.is_empty(), "{service} depends on the crate of {others:?}: services speak REST");
    }
}

#[test]
fn what_is_shared_knows_no_service() {
    let (graph, services) = (graph(), services());
    // Those who put the suite together, and what rests on them.
    let above = ["suite", "testkit", "cli", "xtask"];
    for (name, uses) in &graph {
        if services.contains(name) || above.contains(&name.as_str()) {
            continue;
        }
        let upward: Vec<_> =
            uses.iter().filter(|u| services.contains(*u) || above.contains(&u.as_str())).collect();
        assert!(upward.is_empty(), "{name} depends on {upward:?}");
    }
    assert!(graph["domain"].is_empty(), "domain depends on {:?}", graph["domain"]);
    assert!(
        graph["store-kit"].is_subset(&["domain".to_string()].into()),
        "store-kit depends on {:?}",
        graph["store-kit"]
    );
}

#[test]
fn test_support_stays_in_tests() {
    for (name, uses) in graph() {
        for support in ["testkit", "testbase"] {
            assert!(!uses.contains(support) || name == "testkit", "{name} is built with {support}");
        }
    }
}

#[test]
fn every_service_is_part_of_the_suite() {
    let composed: BTreeSet<String> =
        suite::documents().unwrap().into_iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(composed, services());
}
