//! What a password must be: long, not among the common ones, not made from the username.
//!
//! ASVS 5.0 V6.2: 10 to 128 characters of any kind, compared exactly after NFC; no rules about kinds of characters, which
//! people answer with `Abc@123456`. Instead the word behind the digits and `@`s is looked for. Called when a password is
//! set; never at login.

use service_kit::Fault;
use std::collections::HashSet;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization as _;

/// Fewest characters.
pub const LEAST: usize = 10;
/// Most characters.
pub const MOST: usize = 128;

/// Passwords and words that guessers try first, one a line; `#` begins a comment.
const COMMON: &str = include_str!("common_passwords.txt");

static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    COMMON.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect()
});

/// Rows of keys that fingers slide along.
const ROWS: [&str; 9] = [
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujm",
    "!@#$%^&*()",
];

/// The form that is hashed and compared.
#[must_use]
pub fn normalise(typed: &str) -> String {
    typed.nfc().collect()
}

/// Everything that is wrong with a password; nothing of it is repeated in the texts.
#[must_use]
pub fn faults(password: &str, username: &str) -> Vec<Fault> {
    let mut out = Vec::new();
    let mut fault = |code: &str, zh: &str, en: &str| out.push(Fault::new("/password", code, zh, en));
    let password = normalise(password);
    let length = password.chars().count();
    if length < LEAST {
        fault("too_short", "口令不得少于 10 个字符", "a password has at least 10 characters");
    }
    if length > MOST {
        fault("too_long", "口令不得超过 128 个字符", "a password has at most 128 characters");
    }
    if password.chars().any(char::is_control) {
        fault("control_character", "口令不得含有控制字符", "a password holds no control characters");
    }
    let lower = password.to_lowercase();
    if !username.is_empty() && lower.contains(&username.to_lowercase()) {
        fault("contains_username", "口令不得包含用户名", "a password does not contain the username");
    }
    if length <= MOST && is_common(&lower) {
        fault("too_common", "口令过于常见，请换一个", "the password is among those that are tried first");
    }
    out
}

/// Whether a lower-case password is listed, is a listed word in disguise, or hardly holds anything.
fn is_common(lower: &str) -> bool {
    if WORDS.contains(lower) || is_number(lower) || has_few_characters(lower) || is_slide(lower) {
        return true;
    }
    // A listed word and little else: `password2024!`, `woaini@5201314`, `adminadmin`; or hardly any letter at all.
    cores(lower).iter().any(|core| {
        core.chars().count() <= 2 || WORDS.contains(core.as_str()) || is_repeated(core) || is_slide(core)
    })
}

/// Digits and signs only, short enough to be a date, a telephone or an identity number.
fn is_number(text: &str) -> bool {
    text.chars().count() <= 20
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | '/' | ' ' | '+'))
}

fn has_few_characters(text: &str) -> bool {
    text.chars().collect::<HashSet<_>>().len() < 5
}

/// The letters of a password in three readings: bare, and with leet spelling undone inside two cuts of its ends.
fn cores(lower: &str) -> [String; 3] {
    let undo = |text: &str| -> String {
        text.chars()
            .map(|c| match c {
                '@' | '4' => 'a',
                '$' | '5' => 's',
                '0' => 'o',
                '1' | '!' => 'i',
                '3' => 'e',
                other => other,
            })
            .filter(|c| c.is_alphabetic())
            .collect()
    };
    let tight = lower.trim_matches(|c: char| !c.is_alphabetic());
    let wide = lower.trim_matches(|c: char| !c.is_alphabetic() && !matches!(c, '@' | '$' | '0'));
    [lower.chars().filter(|c| c.is_alphabetic()).collect(), undo(tight), undo(wide)]
}

/// A listed word twice or more.
fn is_repeated(core: &str) -> bool {
    let n = core.chars().count();
    (2..=n / 2).filter(|size| n.is_multiple_of(*size)).any(|size| {
        let unit: String = core.chars().take(size).collect();
        (WORDS.contains(unit.as_str()) || size <= 3) && core == unit.repeat(n / size)
    })
}

/// A slide along a row of keys, forth or back.
fn is_slide(text: &str) -> bool {
    let n = text.chars().count();
    if n < 6 {
        return false;
    }
    let back: String = text.chars().rev().collect();
    ROWS.iter().any(|row| row.contains(text) || row.contains(&back))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_passwords_are_refused_in_every_disguise() {
        for bad in [
            "1234567890",
            "0987654321",
            "qwertyuiop",
            "password123",
            "P@ssw0rd2024!",
            "Passw0rd!!",
            "Admin@123456",
            "Abc@123456",
            "woaini1314520",
            "Woaini@5201314",
            "aaaaaaaaaaaa",
            "adminadmin",
            "passwordpassword",
            "1qaz2wsx3edc",
            "1q2w3e4r5t",
            "20260101 20260102",
            "13800138000",
            "iloveyou2026",
            "Nanzheng610703",
            "hanzhong@2026",
            "zhongguo123456",
            "qazwsxedcrfv",
            "asdfghjkl;'1",
            "a123456789",
            "qq123456789",
            "letmein!!!!",
        ] {
            assert!(faults(bad, "zhang").iter().any(|f| f.code == "too_common"), "{bad}");
        }
    }

    #[test]
    fn long_and_uncommon_ones_pass_whatever_they_are_made_of() {
        for good in [
            "correct horse battery",
            "春眠不觉晓处处闻啼鸟",
            "tidal-mango-27-lamp",
            "9f3kd0-wnz81",
            &"长".repeat(3).chars().chain("口令混合abc数字789".chars()).collect::<String>(),
        ] {
            assert_eq!(faults(good, "zhang"), [], "{good}");
        }
        assert!(faults(&"correct horse battery staple ".repeat(4), "zhang").is_empty());
    }

    #[test]
    fn every_fault_is_told_and_the_password_is_not() {
        let codes = |p: &str| faults(p, "zhang").into_iter().map(|f| f.code).collect::<Vec<_>>();
        assert_eq!(codes("abc"), ["too_short", "too_common"]);
        assert_eq!(codes("my-Zhang-lamp-27"), ["contains_username"]);
        assert_eq!(codes(&"ab-cd-ef ".repeat(20)), ["too_long"]);
        assert_eq!(codes("tidal\u{7}mango-27"), ["control_character"]);
    }

    #[test]
    fn composed_and_decomposed_spellings_are_one_password() {
        assert_eq!(normalise("cafe\u{301} au lait"), normalise("café au lait"));
    }
}
