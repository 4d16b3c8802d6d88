//! Each migration of each service has its way back, on both databases.

use testkit::{Backend, Place, block_on, migrations};

fn prove(backend: Backend) {
    for service in suite::services(suite::Config::default()).unwrap() {
        block_on(async {
            let place = Place::new(backend).await;
            migrations::prove_the_way_back(&place, service.name(), service.migrations()).await;
        });
    }
}

#[test]
fn every_migration_goes_both_ways_on_sqlite() {
    prove(Backend::Sqlite);
}

#[test]
fn every_migration_goes_both_ways_on_postgres() {
    prove(Backend::Postgres);
}
