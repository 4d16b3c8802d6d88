//! Official forms and templates as files: reading with a report, writing. No SQL, no HTTP. Called by the app functions of
//! imports and exports.

pub mod attachment2;
pub mod attachment2_check;
pub mod attachment2_read;
pub mod checklists;
pub mod checklists_read;
pub mod inspectors;
pub mod text;
