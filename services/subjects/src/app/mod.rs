//! Use cases: permission → load → decide → one transaction of row, audit entry, event.

pub mod export;
pub mod import;
pub mod reference;
pub mod subject;
pub mod tag;
