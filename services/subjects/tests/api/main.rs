//! The registry through the gateway, on both databases.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where its expectation does")]

mod identifiers;
mod imports;
mod life;
mod scope;
mod search;
mod support;
mod tags;
