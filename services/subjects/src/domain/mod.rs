//! Pure rules of the registry: what a subject is, what a row of an import says; no actix, no diesel, no clock.

pub mod row;
pub mod subject;
