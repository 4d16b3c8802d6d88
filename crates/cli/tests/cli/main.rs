//! The binary as people and scripts meet it: arguments, exit codes, and a journey against a real suite on SQLite.
//!
//! Each test has its own folder, home and ports. No test reads the settings or the login of who runs it.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is the failure")]

mod draw;
mod journey;
mod offline;
mod process;
