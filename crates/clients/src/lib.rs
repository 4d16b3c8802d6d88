//! One typed REST client per service, as an integrator would write it.
//!
//! What it is for: the command line and other programs that talk to a running suite through its gateway. What it refuses:
//! repeating a call that might take effect twice (only `GET` and calls with an `Idempotency-Key` are tried again), hiding
//! the problem details of an answer, and reading a service's tables. Who calls it: `crates/cli`, and services that ask others.
//!
//! - [`connection`]: base address, token, language, retries
//! - [`retry`]: how often and how long to wait
//! - [`token`]: where a token comes from and how it is renewed
//! - [`error`]: problem details as a typed error, sorted by what the caller can do
//! - [`common`]: what every service has: feed, audit, operations, health
//! - [`form`]: a file on its way to an import
//! - [`gateway`], [`catalog`], [`subjects`], [`inspections`]: one client each
#![forbid(unsafe_code)]

pub mod catalog;
pub mod common;
pub mod connection;
pub mod error;
pub mod form;
pub mod gateway;
pub mod inspections;
pub mod retry;
pub mod subjects;
pub mod token;

pub use catalog::CatalogClient;
pub use connection::{Call, Connection};
pub use error::{Blame, ClientError, Result};
pub use form::FormFile;
pub use gateway::GatewayClient;
pub use inspections::InspectionsClient;
pub use subjects::SubjectsClient;
pub use token::{FixedToken, TokenSource, Tokens};
