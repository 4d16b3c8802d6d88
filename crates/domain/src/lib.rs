//! The shared words and rules of the suite: ids, codes, regions, the working-day calendar, deadlines, law citations,
//! masks and the closed vocabularies. Every service and the CLI call it.
//!
//! It refuses to do IO, to read a clock (time is always an argument) and to guess: a date outside the known calendar is
//! [`calendar::CalendarMissing`], a code that cannot be verified is said to be unverified. Nothing here depends on the
//! web framework or on a database.
//!
//! | module | what it holds |
//! |---|---|
//! | [`ids`] | UUID newtypes and [`define_id!`] to make more of them |
//! | [`code`] | official codes with their check algorithms: credit code, register number, citizen id, region, industry |
//! | [`identifier`] | what kind of identifier a free text is, and whether it passes its check |
//! | [`text`] | normal form, search key, bigrams |
//! | [`calendar`], [`deadline`] | working days of 2023–2026 and the deadline engine |
//! | [`law`] | legal-basis cells to law, article, paragraph, item |
//! | [`mask`] | minimal disclosure of personal data |
//! | [`vocabulary`] | closed word lists with their Chinese labels and state machines |
//! | [`parse`] | free cells of the official forms: numerals, quantity, period |

pub mod calendar;
mod calendar_notices;
pub mod code;
pub mod deadline;
pub mod identifier;
pub mod ids;
pub mod law;
pub mod mask;
pub mod parse;
pub mod text;
pub mod vocabulary;

/// Re-exports for the exported macros; not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use {serde, utoipa, uuid};
}
