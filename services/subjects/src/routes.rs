//! The whole route list on one screen; the most-used first, since they are matched in this order.

pub mod import;
pub mod subject;
pub mod tag;

use service_kit::service::ServiceConfig;

/// Registers every operation of this service.
pub fn routes(config: &mut ServiceConfig<'_>) {
    topics(config);
    config
        .service(subject::subject_view)
        .service(subject::subject_list)
        .service(subject::subject_create)
        .service(subject::subject_update)
        .service(subject::subject_change_status)
        .service(subject::subject_list_abnormal)
        .service(subject::subject_history_list)
        .service(subject::subject_reveal)
        .service(subject::subject_claim)
        .service(subject::lineage_create)
        .service(subject::lineage_list)
        .service(subject::identifier_check)
        .service(tag::tag_scheme_list)
        .service(tag::tag_scheme_create)
        .service(tag::tag_list)
        .service(tag::tag_create)
        .service(tag::tag_confirm)
        .service(tag::tag_expire)
        .service(import::subject_import)
        .service(import::subject_export);
}

/// What the topics are about, in the order of the API page.
fn topics(config: &mut ServiceConfig<'_>) {
    config
        .topic("subjects", "The registry of those who are supervised (监管对象名录).")
        .topic("tags", "Risk classes and other marks (标签).")
        .topic("imports", "Lists in and out (导入导出).");
}
