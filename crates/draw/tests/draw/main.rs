//! The protocol as others meet it: vectors, statistics, transcripts, and the second verifier in Python.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is the failure")]

mod cases;
mod second;
mod statistics;
mod transcripts;
mod vectors;
