//! The whole route list, by topic. Registering and documenting are one act: what is not registered does not exist.
//!
//! Each topic's file lists its own routes on one screen; fixed paths (`/export`) come before those with an id.

pub mod attachment2;
pub mod burden;
pub mod checklist;
pub mod combine;
pub mod correction;
pub mod draw;
pub mod draw_frame;
pub mod draw_proof;
pub mod entry;
pub mod evidence;
pub mod expert;
pub mod inspector;
pub mod inspector_file;
pub mod lint;
pub mod plan;
pub mod public;
pub mod publicity;
pub mod rating;
pub mod recusal;
pub mod result;
pub mod task;
pub mod team;
pub mod visit;
pub mod visit_code;
pub mod what_if;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the handlers of every topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    // Registries: /v1/inspectors, /v1/inspector-imports, /v1/township-teams, /v1/experts, /v1/recusals.
    inspector_file::routes(config);
    inspector::routes(config);
    expert::routes(config);
    recusal::routes(config);
    // Plans: /v1/plans, /v1/plan-imports.
    attachment2::routes(config);
    plan::routes(config);
    what_if::routes(config);
    lint::routes(config);
    // Draws: /v1/draws.
    draw::routes(config);
    draw_frame::routes(config);
    team::routes(config);
    draw_proof::routes(config);
    // Burden: /v1/burden-ledgers, /v1/visit-caps, /v1/visit-combinations, /v1/non-inspection-entries.
    burden::routes(config);
    combine::routes(config);
    entry::routes(config);
    // Visits: /v1/visits, /v1/visit-tasks, /v1/checklist-templates.
    visit::routes(config);
    task::routes(config);
    visit_code::routes(config);
    checklist::routes(config);
    // What came of them: /v1/results, /v1/corrections, /v1/disposals, /v1/evidence.
    result::routes(config);
    correction::routes(config);
    evidence::routes(config);
    rating::routes(config);
    // Publicity: /v1/publicity-records, /v1/publicity-channels; without an account: /v1/public.
    publicity::routes(config);
    public::routes(config);
}
