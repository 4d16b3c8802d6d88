//! Rule packs as data, and the predicates that judge facts by them (D9).
//!
//! What it is for: a rule is a record with id, parameters, source, article, severity and validity; a pack is a list of such
//! records. The pack is chosen by the date of the *fact*, the record inside it likewise, and a verdict names both. What it
//! refuses: IO, clocks, databases, and taking missing data for a pass. Who calls it: `catalog` checks, compares and serves
//! packs; `inspections` gathers facts and asks for verdicts.
//!
//! - [`words`]: closed word lists: severity, verdict, certainty, authority, stage, kind of visit
//! - [`pack`]: rule records and packs, digest, the record in force on a day
//! - [`params`]: typed parameters with their units
//! - [`check`]: what is wrong with an uploaded pack
//! - [`difference`]: what differs between two packs
//! - [`facts`]: what a predicate looks at; unknown is `None`
//! - [`ledger`]: visits counted once per subject and organ
//! - [`predicates`]: the register of predicates, one file per chapter of the rules
//! - [`verdict`]: judging facts by a pack, and the lint certificate
//! - [`settings`]: what the gathering of facts must know of a pack: caps, windows, kinds that count
#![forbid(unsafe_code)]

pub mod check;
pub mod difference;
pub mod facts;
pub mod ledger;
pub mod pack;
pub mod params;
pub mod predicates;
pub mod settings;
pub mod verdict;
pub mod words;

pub use pack::{Bilingual, Rule, RulePack, Source};
pub use verdict::{Lint, PackRef, Verdict};
pub use words::{LintStage, OnUnknown, RuleAuthority, RuleOutcome, RuleSeverity, SourceCertainty, VisitKind};

/// The default pack as it is shipped: every rule of the design's tables of inspection, frequency, draw and publicity.
pub const DEFAULT_PACK: &str = include_str!("../packs/default-2026.json");

/// Reads the default pack.
///
/// # Errors
/// The JSON reader's words; a test keeps this from happening.
pub fn default_pack() -> Result<RulePack, serde_json::Error> {
    serde_json::from_str(DEFAULT_PACK)
}
