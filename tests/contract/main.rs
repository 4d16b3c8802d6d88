//! The contract of the whole API, held against the document that callers read. No list of exceptions: what an operation
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]
//! does not want to be asked, its own entry in the document must say.

mod coverage;
mod fixtures;
mod inventory;
mod operations;
mod quota;
mod schema;
mod workspace;
