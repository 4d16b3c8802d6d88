//! The whole suite in a test: every service and the gateway in this process, real HTTP, a database of its own, a clock
//! that moves, callers with real accounts.
//!
//! ```text
//! testkit::both! {
//!     async fn a_closed_item_cannot_be_changed(suite: Suite) {
//!         let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
//!         let answer = clerk.post("/v1/supervision-items", &json!({})).await;
//!         answer.expect(422);
//!     }
//! }
//! ```
//! It refuses nothing and skips nothing: without PostgreSQL the PostgreSQL half fails and says what to run.
//!
//! - [`suite`]: starting, events, audit entries
//! - [`caller`]: who calls
//! - [`template`]: the prepared databases that every test copies
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "test support: a panic with a sentence is the outcome"
)]

pub mod caller;
pub mod suite;
pub mod template;

pub use caller::Caller;
pub use suite::{Options, Suite};
pub use testbase::{
    Answer, Backend, ChaosProxy, Fixture, Place, block_on, both, chaos, migrations, place, poll, seed, uscc,
};
