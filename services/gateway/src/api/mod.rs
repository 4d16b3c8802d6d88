//! What goes over the wire: inputs refuse unknown members, views hold no secret but the ones shown once.
//!
//! - [`auth`]: tokens, sessions, revocations
//! - [`account`], [`api_client`], [`signing_key`]

pub mod account;
pub mod api_client;
pub mod auth;
pub mod signing_key;
