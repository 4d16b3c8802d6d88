//! The registry's tables: SQL and nothing else. Rows are private here; ids and domain values in, domain values out.
//! Every function that reads rows of departments takes the caller's scope.

pub mod history;
pub mod list;
pub mod schema;
pub mod subject;
pub mod tag;
pub mod text;
