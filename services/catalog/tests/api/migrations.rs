//! Each way back takes away what its way forth brought.

#[test]
fn each_migration_can_be_undone() {
    let service = catalog::service(catalog::Config::default());
    testkit::migrations::prove_on_both("catalog", service.migrations());
}
