//! The crate's tests: worked numbers of the design, a second opinion in Python (`vectors/series.json`), rules as sentences.

#![expect(clippy::unwrap_used, reason = "tests stop where they fail")]

mod domain;
mod level;
mod near_duplicate;
mod priority;
mod properties;
mod scan;
mod second_opinion;
