//! SQL of the gateway and nothing else; every function works on both databases.
//!
//! Accounts and clients belong to the whole district and are run by its administrators, so these functions take no
//! `Scope`: who may call them is the permission matrix, and which account an administrator may touch is `domain::grant`.

pub mod account;
pub mod api_client;
pub mod guard;
pub mod revocation;
pub mod schema;
pub mod session;
pub mod signing_key;
