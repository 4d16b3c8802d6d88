//! Normal form, search key and bigrams of names and cells.
//!
//! One place decides when two texts are the same, so that import, search and matching agree. It refuses to transliterate
//! or to segment words: names of bodies are compared by characters. Called by the registries, the table reader and the
//! parsers of this crate.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

/// Normal form: NFKC, zero-width characters and byte-order marks dropped, outer white space trimmed.
///
/// Full-width letters, digits and punctuation become half-width (`（` becomes `(`); `〔〕` and `《》` stay.
pub fn normalise(raw: &str) -> String {
    let folded: String = raw.nfkc().filter(|c| !is_invisible(*c)).collect();
    folded.trim().to_owned()
}

/// Key for comparing names: NFKC, lower case, only letters, digits and Chinese characters kept.
///
/// `汉中市（南郑） ABC-公司` gives `汉中市南郑abc公司`. The empty key means that the name holds nothing to search for.
pub fn search_key(name: &str) -> String {
    let kept = name.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric());
    // Dropping a character may bring two combining marks together, which then have a normal order of their own.
    kept.nfkc().collect()
}

/// Sliding pairs of characters in order, repeats kept; a text of fewer than two characters gives none.
pub fn bigrams(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(2).map(|pair| pair.iter().collect()).collect()
}

/// Sliding pairs of characters in order of first sight, each once.
pub fn unique_bigrams(text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    bigrams(text).into_iter().filter(|pair| seen.insert(pair.clone())).collect()
}

/// A control character where only text is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[error("control character U+{code_point:04X} at character {position}")]
pub struct ControlCharacter {
    /// The Unicode code point of the character.
    pub code_point: u32,
    /// Place in the text, counted in characters from 1.
    pub position: usize,
}

impl ControlCharacter {
    /// Stable name of the fault for machines.
    pub const fn code(&self) -> &'static str {
        "control_character"
    }

    /// What is wrong, in Chinese.
    pub fn message_zh(&self) -> String {
        format!("第{}个字符是控制字符 U+{:04X}", self.position, self.code_point)
    }
}

/// Refuses control characters and text-direction overrides; line break and tab pass when `multiline`.
///
/// Direction overrides (U+202A–202E, U+2066–2069) can make a name read as another and are refused always.
pub fn refuse_control(text: &str, multiline: bool) -> Result<(), ControlCharacter> {
    let bad = text.chars().enumerate().find(|(_, c)| {
        let allowed = multiline && matches!(c, '\n' | '\r' | '\t');
        (c.is_control() && !allowed) || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    });
    match bad {
        Some((at, c)) => Err(ControlCharacter { code_point: u32::from(c), position: at + 1 }),
        None => Ok(()),
    }
}

/// Characters that print nothing and only break comparison: zero width, word joiner, byte-order mark, soft hyphen.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn full_width_text_is_folded_and_trimmed() {
        assert_eq!(normalise("　ＡＢＣ（１）\u{200B} "), "ABC(1)");
        assert_eq!(normalise("〔2026〕《办法》"), "〔2026〕《办法》");
    }

    #[test]
    fn a_search_key_keeps_only_letters_digits_and_chinese_characters() {
        for (name, key) in [
            ("汉中市（南郑） ABC-公司", "汉中市南郑abc公司"),
            ("  A.B.C. ", "abc"),
            ("《办法》、①", "办法1"),
            ("——", ""),
        ] {
            assert_eq!(search_key(name), key);
        }
    }

    #[test]
    fn bigrams_slide_by_one_character() {
        assert_eq!(bigrams("南郑食品"), ["南郑", "郑食", "食品"]);
        assert!(bigrams("南").is_empty());
        assert_eq!(bigrams("人人人"), ["人人", "人人"]);
        assert_eq!(unique_bigrams("人人人"), ["人人"]);
    }

    #[test]
    fn control_characters_are_refused_with_their_place() {
        assert_eq!(refuse_control("甲\u{0}乙", true), Err(ControlCharacter { code_point: 0, position: 2 }));
        assert!(refuse_control("甲\n乙", true).is_ok());
        assert!(refuse_control("甲\n乙", false).is_err());
        assert!(refuse_control("甲\u{202E}乙", true).is_err());
        assert_eq!(refuse_control("\u{7}", false).unwrap_err().code(), "control_character");
    }

    proptest! {
        #[test]
        fn search_key_is_a_fixed_point(name in "\\PC{0,40}") {
            let key = search_key(&name);
            prop_assert_eq!(search_key(&key), key);
        }

        #[test]
        fn a_text_of_n_characters_has_n_less_one_bigrams(name in "\\PC{0,40}") {
            prop_assert_eq!(bigrams(&name).len(), name.chars().count().saturating_sub(1));
        }
    }
}
