//! Generates what is committed beside the code, and checks that it still fits: `cargo run -p xtask -- help`.
//!
//! It refuses to run git and to start a service: documents come from the handlers as compiled. Called by people, by
//! `make openapi` and by the checks of a build.
//!
//! - [`openapi`]: the documents in `openapi/*.json`
//! - [`diff`]: what a new document takes away from those who use the old one
//! - [`permissions`]: the role × operation matrix as a page
//! - [`schema`]: the tables, as the migrations make them
//! - [`files`]: where things stand, written and compared
#![forbid(unsafe_code)]

mod diff;
mod files;
mod openapi;
mod permissions;
mod schema;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "xtask", about = "Generates and checks what is committed")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// OpenAPI documents in openapi/
    #[command(subcommand)]
    Openapi(Openapi),
    /// The role × operation matrix in openapi/permissions.md
    #[command(subcommand)]
    Permissions(Permissions),
    /// The tables of the services
    #[command(subcommand)]
    Schema(Schema),
}

#[derive(Subcommand)]
enum Openapi {
    /// Write the documents
    Generate,
    /// Fail, naming the first difference, when a committed document is not what the handlers say
    Check,
    /// Compare the handlers' documents with older ones and fail on what breaks their users
    ///
    /// OLD is one document or a folder of documents with the same file names; default: openapi/. Take an older state
    /// with your version control first, for example into /tmp/old.
    Diff {
        /// Older document or folder
        old: Option<PathBuf>,
        /// Newer document instead of the handlers' (OLD must be a file then)
        #[arg(long)]
        new: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Permissions {
    /// Write the matrix
    Render,
    /// Fail when the committed matrix is not the one in force
    Check,
}

#[derive(Subcommand)]
enum Schema {
    /// Print the migrations' statements in order
    Print {
        /// sqlite or postgres
        #[arg(long, default_value = "sqlite", value_parser = ["sqlite", "postgres"])]
        database: String,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Openapi(Openapi::Generate) => openapi::generate(),
        Task::Openapi(Openapi::Check) => openapi::check(),
        Task::Openapi(Openapi::Diff { old, new }) => openapi::diff(old, new),
        Task::Permissions(Permissions::Render) => permissions::render(),
        Task::Permissions(Permissions::Check) => permissions::check(),
        Task::Schema(Schema::Print { database }) => schema::print(&database),
    };
    match done {
        Ok(code) => code,
        Err(e) => {
            eprintln!("xtask: {e:#}");
            ExitCode::FAILURE
        }
    }
}
