//! What tests below the services share: a database per test on both kinds, a chaos proxy, polling, made-up codes.
//!
//! It knows no service, so that the tests of `store-kit` and `service-kit` compile without any; `testkit` builds the
//! whole suite on top. It panics with a sentence where a test cannot go on, and skips nothing silently: without
//! PostgreSQL the PostgreSQL half of a test fails and says what to run.
//!
//! - [`both!`]: one scenario, two tests
//! - [`answer`]: what came back from a request
//! - [`place`]: where one test keeps its rows
//! - [`chaos`]: a TCP proxy that can cut, hold and lose
//! - [`migrations`]: each way back proved by a dump
//! - [`served`]: services running in this process on free ports
//! - [`poll`]: waiting with a last word
//! - [`codes`]: valid made-up identifiers
#![expect(clippy::expect_used, reason = "test support: a panic with a sentence is the outcome")]

pub mod answer;
pub mod chaos;
pub mod codes;
pub mod migrations;
pub mod place;
pub mod poll;
pub mod served;

pub use answer::Answer;
pub use chaos::ChaosProxy;
pub use codes::uscc;
pub use place::{Backend, Place};
pub use poll::poll;
pub use served::Served;

/// Something that a scenario of [`both!`] gets: made on a backend, used by the scenario, cleaned up.
pub trait Fixture: Sized {
    /// Makes the fixture on `backend` and runs the scenario with it to its end.
    fn with<F: AsyncFnOnce(Self)>(backend: Backend, scenario: F);
}

/// Expands to one `#[test]` per database: `both! { async fn a_sentence(place: Place) { … } }`.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($fixture:ident: $kind:ty) $body:block)+) => { $(
        $(#[$meta])*
        mod $name {
            use super::*;
            async fn scenario($fixture: $kind) $body
            #[test]
            fn sqlite() {
                <$kind as $crate::Fixture>::with($crate::Backend::Sqlite, scenario);
            }
            #[test]
            fn postgres() {
                <$kind as $crate::Fixture>::with($crate::Backend::Postgres, scenario);
            }
        }
    )+ };
}

/// The seed of a random test: `LIANJIAN_TEST_SEED`, or a new one; printed, so that a failure can be run again.
#[must_use]
pub fn seed() -> u64 {
    let seed = std::env::var("LIANJIAN_TEST_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| {
        let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
        high ^ low
    });
    eprintln!("seed: run again with LIANJIAN_TEST_SEED={seed}");
    seed
}

/// Runs a future to its end on this thread, as a worker of a service would.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, future)
}
