//! Keeps exported CSV cells from being read as formulas, and gives them back unchanged.
//!
//! A cell that starts with any number of apostrophes and then a trigger gets one more apostrophe in
//! front; reading takes one away from exactly those cells. So `=1` and `'=1` both survive, and every
//! other cell, `'abc` included, is never touched.

use std::borrow::Cow;

fn is_trigger(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
}

fn is_guardable(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(is_trigger)
}

/// The cell as it is safe to write; borrowed when nothing has to be done.
#[must_use]
pub fn formula_guard(cell: &str) -> Cow<'_, str> {
    if is_guardable(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// The original of a guarded cell. Only for files written with the guard.
#[must_use]
pub fn unescape_formula_guard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_guardable(rest) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_trigger_is_neutralised() {
        for c in "=+-@\t\r\n＝＋－＠".chars() {
            let cell = format!("{c}cmd|' /C calc'!A0");
            let guarded = formula_guard(&cell);
            assert!(guarded.starts_with('\''));
            assert_eq!(unescape_formula_guard(&guarded), cell);
        }
    }

    #[test]
    fn a_cell_that_already_has_the_apostrophe_survives() {
        for cell in ["'=1", "''＝1", "'", "'abc", "'1", ""] {
            assert_eq!(unescape_formula_guard(&formula_guard(cell)), cell);
        }
        assert_eq!(formula_guard("'abc"), "'abc");
    }

    proptest! {
        #[test]
        fn guarding_is_reversible_and_always_safe(cell in "['=+@＝－\t\n\ra1\\-]{0,6}|\\PC{0,12}") {
            let guarded = formula_guard(&cell);
            prop_assert!(!guarded.starts_with(is_trigger));
            prop_assert_eq!(unescape_formula_guard(&guarded), cell.as_str());
        }
    }
}
