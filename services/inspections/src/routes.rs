//! The whole route list, by topic. Registering and documenting are one act: what is not registered does not exist.
//!
//! Each topic's file lists its own routes on one screen; fixed paths (`/export`) come before those with an id.

pub mod account;
pub mod attachment2;
pub mod burden;
pub mod checklist;
pub mod checklist_file;
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

use service_kit::service::ServiceConfig;

/// Registers the handlers of every topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    topics(config);
    // Registries: /v1/inspectors, /v1/inspector-imports, /v1/township-teams, /v1/experts, /v1/recusals, /v1/organ-settings.
    inspector_file::routes(config);
    account::routes(config);
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
    // Visits: /v1/visits, /v1/visit-tasks, /v1/checklist-templates, /v1/checklist-template-imports.
    visit::routes(config);
    task::routes(config);
    visit_code::routes(config);
    checklist_file::routes(config);
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

/// What the topics are about, in the order of the API page.
fn topics(config: &mut ServiceConfig<'_>) {
    config
        .topic("inspectors", "Who may inspect, their certificates and trainings (执法检查人员名录库).")
        .topic("experts", "Experts and auxiliary staff, never counted as inspectors (专家名录库).")
        .topic("township-teams", "Joint teams of townships (镇办执法队).")
        .topic("recusals", "Who stays away from whom (回避).")
        .topic("plans", "The plans of a year, Attachment 2 (年度检查计划).")
        .topic("lint", "What the rules say of a plan, a draw, a visit, a publicity record (合法性检查).")
        .topic("draws", "Draws that anyone can recompute (随机抽取).")
        .topic("visit-combinations", "Several organs' visits made one (综合查一次).")
        .topic("visits", "Visits as a whole (入企检查).")
        .topic("visit-tasks", "Each organ's part of a visit, step by step (检查任务).")
        .topic("visit-codes", "Codes by which a subject checks a visit (检查码).")
        .topic("checklists", "Templates, the merged list of a visit, answers (检查表).")
        .topic("results", "What was found: entry, audit, final (检查结果).")
        .topic("corrections", "Orders to put right, rechecks, cases and transfers (整改与处置).")
        .topic("evidence", "Files with their hash and custody, offered to other organs (证据).")
        .topic("ratings", "What subjects say of visits (评价).")
        .topic("burden", "The ledger of every entry to a subject, caps, other entries (负担台账).")
        .topic("organ-settings", "Accounts and switches that an organ keeps for inspections (机关设置).")
        .topic("publicity", "Opening results to the public (公示).")
        .topic("public", "What anyone may read without an account (社会公众查询).");
}
