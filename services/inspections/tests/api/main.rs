//! Inspections over real HTTP, through the gateway, on both databases.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

mod accounts;
mod attachment2;
mod burden;
mod checklist;
mod checklist_files;
mod combine;
mod correction;
mod draw;
mod draw_frame;
mod draw_plan;
mod draw_proof;
mod duties;
mod entry;
mod evidence;
mod experts;
mod helpers;
mod inspector_files;
mod inspectors;
mod lint;
mod migrations;
mod odd_files;
mod plan;
mod public;
mod publicity;
mod rating;
mod recusals;
mod result;
mod task;
mod team;
mod visit;
mod visit_code;
mod what_if;
