//! Background work of the gateway; each piece is idempotent and starts over after a failure.
//!
//! - [`replicas`]: learns from the database what other replicas revoked and turned
//! - [`forget`]: ends what has expired
//! - [`shared`]: Redis, when there is one: revocations at once, rate counters together

pub mod forget;
pub mod replicas;
pub mod shared;
