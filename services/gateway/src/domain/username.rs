//! Names to log in with: one spelling each, so that no two accounts look the same.
//!
//! NFKC and lower case first; letters, digits and `.`, `_`, `-`, `@` only. Called at creation and at each login.

use service_kit::Fault;
use unicode_normalization::UnicodeNormalization as _;

/// The account that the first start makes.
pub const FIRST: &str = "admin";

/// The stored spelling of what was typed.
#[must_use]
pub fn normalise(typed: &str) -> String {
    typed.trim().nfkc().flat_map(char::to_lowercase).collect::<String>().nfkc().collect()
}

/// What is wrong with a normalised name.
#[must_use]
pub fn fault(name: &str) -> Option<Fault> {
    let length = name.chars().count();
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    if !(2..=64).contains(&length) {
        return Some(Fault::new(
            "/username",
            "bad_length",
            "用户名须为 2–64 个字符",
            "a username has 2 to 64 characters",
        ));
    }
    if !name.chars().all(allowed) || !name.chars().next().is_some_and(char::is_alphanumeric) {
        return Some(Fault::new(
            "/username",
            "bad_username",
            "用户名只能由文字、数字和 . _ - @ 组成，并以文字或数字开头",
            "a username holds letters, digits and . _ - @, and begins with a letter or digit",
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_has_one_spelling() {
        assert_eq!(normalise(" ＡＤＭＩＮ "), "admin");
        assert_eq!(normalise("Zhang.San"), "zhang.san");
        assert!(fault(&normalise("张三")).is_none());
        for bad in ["a", "-abc", "a b", "a/b", "a\u{0}b", "a:b", ""] {
            assert!(fault(&normalise(bad)).is_some(), "{bad:?}");
        }
    }
}
