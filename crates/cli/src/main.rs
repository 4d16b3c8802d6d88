//! `lianjian`: the suite as one binary. Starts it, imports and exports, verifies, asks.
//!
//! What it is for: `serve` and what goes with running it, and the commands that talk to a running suite through its
//! gateway. What it refuses: touching a service's tables, secrets as flags, prompts and colours where no terminal is.
//!
//! - [`commands`]: one module per noun
//! - [`settings`]: file, variables, key files
//! - [`serve`]: the process that serves
//! - [`remote`]: connection, stored login, journal, progress
//! - [`exit`], [`out`], [`lang`]: exit codes, output, language
#![forbid(unsafe_code)]

mod commands;
mod exit;
mod lang;
mod out;
mod remote;
mod serve;
mod settings;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match commands::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message.is_empty() {
                out::note(&format!("lianjian: {}", failure.message));
            }
            failure.exit.into()
        }
    }
}
