//! Forms of the API: what comes in, what goes out.

pub mod import;
pub mod subject;
pub mod tag;
