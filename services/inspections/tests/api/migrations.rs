//! Each way back takes away what its way forth brought.

#[test]
fn each_migration_can_be_undone() {
    let service = inspections::service(inspections::Config::default());
    testkit::migrations::prove_on_both("inspections", service.migrations());
}
