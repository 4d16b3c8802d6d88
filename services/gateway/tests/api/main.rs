//! The gateway over real HTTP, on both databases, with a made-up service behind it: one file per topic.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by a panic")]

mod accounts;
mod api_clients;
mod docs;
mod door;
mod house;
mod lockout;
mod proxy;
mod replicas;
mod sessions;
mod signing_keys;
mod slow;
mod stub;
mod tokens;

testbase::both! {
    async fn every_migration_has_a_proven_way_back(place: testbase::Place) {
        let own = gateway::service(gateway::Config::default()).migrations();
        testbase::migrations::prove_the_way_back(&place, "gateway", own).await;
    }
}

#[test]
fn the_document_is_whole_and_every_operation_has_its_entry() {
    let service = gateway::service(gateway::Config::default());
    let (document, _) = service_kit::service::document(service.as_ref()).expect("the document");
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.contains_key("/v1/auth/token") && paths.contains_key("/.well-known/jwks.json"));
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("an item") {
            if path.starts_with("/v1/") {
                assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            }
        }
    }
}
