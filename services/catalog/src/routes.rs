//! The whole route list. Registering and documenting are one act: what is not here does not exist.

pub mod calendar;
pub mod contact;
pub mod dictionary;
pub mod item;
pub mod item_file;
pub mod item_step;
pub mod item_version;
pub mod organ;
pub mod rule_pack;

use service_kit::service::ServiceConfig;

/// Registers the handlers; fixed paths before those with an id.
pub fn routes(config: &mut ServiceConfig<'_>) {
    topics(config);
    config
        // Organs.
        .service(organ::organ_resolve)
        .service(organ::organ_list)
        .service(organ::organ_create)
        .service(organ::organ_view)
        .service(organ::organ_update)
        // Dictionaries.
        .service(dictionary::region_list)
        .service(dictionary::region_view)
        .service(dictionary::industry_list)
        .service(dictionary::industry_view)
        // Calendar and deadlines.
        .service(calendar::calendar_view)
        .service(calendar::calendar_year_view)
        .service(calendar::calendar_year_create)
        .service(calendar::calendar_year_replace)
        .service(calendar::deadline_compute)
        .service(calendar::working_days_count)
        // Contacts (Attachment 3).
        .service(contact::contact_export)
        .service(contact::contact_import)
        .service(contact::contact_list)
        .service(contact::contact_create)
        .service(contact::contact_clear_phones)
        .service(contact::contact_view)
        .service(contact::contact_update)
        .service(contact::contact_supersede)
        // Items (Attachment 1).
        .service(item_file::item_export)
        .service(item_file::item_import)
        .service(item::item_list)
        .service(item::item_create)
        .service(item::item_view)
        .service(item::item_update)
        // Their steps, in the order of a life.
        .service(item_step::item_submit)
        .service(item_step::item_confirm)
        .service(item_step::item_refuse)
        .service(item_step::item_decide)
        .service(item_step::item_legal_pass)
        .service(item_step::item_legal_return)
        .service(item_step::item_accept)
        .service(item_step::item_organiser_return)
        .service(item_step::item_publish)
        .service(item_step::item_propose_change)
        .service(item_step::item_abandon_change)
        .service(item_step::item_suspend)
        .service(item_step::item_resume)
        .service(item_step::item_withdraw)
        .service(item_step::item_history)
        // Their versions.
        .service(item_version::item_version_list)
        .service(item_version::item_version_view)
        .service(item_version::item_version_difference)
        // Rule packs.
        .service(rule_pack::rule_pack_list)
        .service(rule_pack::rule_pack_create)
        .service(rule_pack::rule_pack_check)
        .service(rule_pack::rule_pack_in_force)
        .service(rule_pack::rule_applied)
        .service(rule_pack::rule_pack_view)
        .service(rule_pack::rule_pack_publish)
        .service(rule_pack::rule_pack_discard)
        .service(rule_pack::rule_pack_difference);
}

/// What the topics are about, in the order of the API page.
fn topics(config: &mut ServiceConfig<'_>) {
    config
        .topic("organs", "Departments, towns and other organs (机构名录).")
        .topic("contacts", "Who answers for what in each organ, Attachment 3 (联络员).")
        .topic(
            "supervision-items",
            "The list of key items and its versions, Attachment 1 (重点监管事项清单).",
        )
        .topic("calendar", "Working days and deadlines (工作日与期限).")
        .topic("dictionaries", "Regions and trades (行政区划、行业分类).")
        .topic("rule-packs", "The rules that judge plans, draws, visits and publicity (规则包).");
}
