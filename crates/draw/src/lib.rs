//! Draws that anyone can recompute (可复算的双随机抽取): the protocol `v1` (SHA-256) and `v1s` (SM3), transcript, verifier.
//!
//! What it is for: the same frame, parameters, seed and public entropy always give the same subjects and the same teams,
//! here, in the command line and in any second implementation. What it refuses: clocks, random numbers, floating point,
//! databases and networks; everything is an argument. Called by the service `inspections`, by `lianjian draw` and by the
//! tests. The README of the crate specifies every byte, so that a verifier can be written without this code.
//!
//! - [`suite`]: the hash functions under their version's label
//! - [`json`]: canonical JSON
//! - [`id`], [`frame`]: which ids a frame takes; sorted, deduplicated, hashed
//! - [`entropy`]: named public texts, committed nonces, the rule for who does not show up
//! - [`stratum`], [`select`]: keys and the n smallest scores of one stratum
//! - [`person`]: salted commitments in place of natural persons' ids
//! - [`pool`]: the inspectors frozen with the frame, and who was left out since
//! - [`team`]: two or more inspectors of each organ, balanced and recomputable
//! - [`transcript`], [`verify`]: the document that holds it all, and its verdict
#![forbid(unsafe_code)]

pub mod entropy;
pub mod frame;
pub mod id;
pub mod json;
pub mod person;
pub mod pool;
pub mod select;
pub mod stratum;
pub mod suite;
pub mod team;
pub mod transcript;
pub mod verify;

pub use entropy::{Declared, EntropyFault, Source, SourceKind};
pub use frame::{Frame, FrameBuilder, FrameReport};
pub use json::Json;
pub use select::Pick;
pub use stratum::{Drawn, StratumFault};
pub use suite::{Hash, Hasher, Keyed, Suite};
pub use transcript::Transcript;
pub use verify::{Fault, Report, verify, verify_bytes};
