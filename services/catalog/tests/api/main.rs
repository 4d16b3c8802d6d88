//! The catalog over real HTTP, through the gateway, on both databases; and the official forms without a server.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by a panic")]

mod calendars;
mod contacts;
mod dictionaries;
mod form_layer;
mod helpers;
mod hostile_files;
mod item_imports;
mod item_life;
mod item_scope;
mod item_versions;
mod migrations;
mod organs;
mod rule_packs;
