//! What makes a crate a service: boot, configuration, telemetry, errors, authentication, scope, pages, idempotency,
//! audit, feed, health, OpenAPI.
//!
//! A service crate gives a [`service::Service`]: name, migrations, permissions, routes, state, tasks. Everything that
//! is the same for all of them is here, so that a handler is a few lines. It refuses to know any service by name.
//!
//! - [`service`], [`boot`]: what a service is, and running some of them in one process
//! - [`config`]: one TOML file and `LIANJIAN_*` variables; unknown keys are refused with their line
//! - [`error`]: one transport-free error, rendered as RFC 9457 problem details in one place
//! - [`front`]: the one middleware: trace, routing table, authentication, roles, headers, errors
//! - [`spec`]: what the OpenAPI document says of each operation, used to route, check and validate
//! - [`patience`]: how long a slow client is borne with
//! - [`extract`], [`reply`]: checked input, uniform output (ETag, 304, Location)
//! - [`change`]: one transaction of row, audit entry, event and idempotency record
//! - [`auth`]: tokens, JWKS, identity, permissions, scope, revocation
//! - [`page`]: opaque cursors
//! - [`common`]: the endpoints every service has: feed, audit, operations, health, metrics, document
//! - [`consume`]: following another service's feed, effect once
//! - [`jobs`]: long jobs as operations
//! - [`report`]: files in and out, and the report of an import
//! - [`openapi`]: finishing and merging documents
//! - [`lang`], [`clock`], [`telemetry`]: language, time, logs
#![forbid(unsafe_code)]

pub mod auth;
pub mod boot;
pub mod change;
pub mod clock;
pub mod common;
pub mod config;
pub mod consume;
pub mod error;
pub mod extract;
pub mod front;
pub mod jobs;
pub mod lang;
pub mod openapi;
pub mod page;
pub mod patience;
pub mod reply;
pub mod report;
pub mod service;
pub mod spec;
pub mod telemetry;

pub use auth::{Identity, Scope};
pub use change::Tx;
pub use error::{Error, Fault, Kind, Result};
pub use extract::{Body, Ctx, Id, Query};
pub use page::{Cursor, Page};
pub use reply::Reply;
pub use service::{Kit, Service, Task};
