//! Pure rules: no HTTP, no SQL, no clock (time is an argument). Called by the app functions.

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
pub mod step;
pub mod task;
pub mod team;
pub mod visit;
pub mod visit_code;
pub mod what_if;
