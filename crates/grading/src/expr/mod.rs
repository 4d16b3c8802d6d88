//! Conditions and formulas of packs, in CEL.
//!
//! The `cel` crate parses; [`compile`] checks the tree against the typed names of subjects and facts and turns the admitted
//! subset into a small typed tree; [`eval`] runs that. The crate's own evaluator builds maps and boxes for each subject and
//! costs tens of microseconds an expression, so it serves as the second opinion in the tests. Admitted: whole numbers, yes
//! or no, texts, days; `! && || ?: == != < <= > >= + - * / % in`; `has`, `exists`, `all`, `exists_one`, `filter`, `map`
//! under `size` or `sum`; `startsWith`, `endsWith`, `contains`; `date`, `months_between`, `days_between`, `least`,
//! `greatest`. Refused with the column: floats, unsigned numbers, bytes, maps, regular expressions, unknown names.
//!
//! What is not known makes an expression *missing*, unless `&&` or `||` is decided by the other side (CEL's own rule).
//! Called by the checks and the engine.

mod compile;
mod eval;
mod names;
mod node;
mod parse;

pub(crate) use compile::{Compiled, Root, Wanted, compile};
pub(crate) use eval::{Scope, Trouble, View};
pub(crate) use names::Names;

use rules::Bilingual;

/// A fault of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExprFault {
    /// Column, counted in characters from 1.
    pub column: u32,
    /// Stable code.
    pub code: &'static str,
    /// In words.
    pub text: Bilingual,
}

impl ExprFault {
    fn new(column: u32, code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { column, code, text: Bilingual::new(zh, en) }
    }
}

#[cfg(test)]
mod tests;
