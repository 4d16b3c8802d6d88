//! Pure rules of the gateway: no actix, no diesel, no clock.
//!
//! - [`grant`]: which administrator may touch which account and role (三员分立)
//! - [`network`]: addresses and CIDR blocks
//! - [`password`], [`username`]: what is accepted
//! - [`path`]: request paths that mean different things to different readers
//! - [`secret`]: random secrets and the form of API keys

pub mod grant;
pub mod network;
pub mod password;
pub mod path;
pub mod secret;
pub mod username;
