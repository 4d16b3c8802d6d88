//! Which of the two languages a person at this terminal reads.
//!
//! By `LC_ALL`, `LC_MESSAGES`, `LANG` as everywhere; the server is asked for the same language. Codes, JSON and logs are
//! free of language.

use std::sync::OnceLock;

static IS_CHINESE: OnceLock<bool> = OnceLock::new();

fn is_chinese() -> bool {
    *IS_CHINESE.get_or_init(|| {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .filter_map(std::env::var_os)
            .find(|value| !value.is_empty());
        set.is_some_and(|value| value.to_string_lossy().starts_with("zh"))
    })
}

/// The Chinese or the English text.
#[must_use]
pub fn pick<T>(zh: T, en: T) -> T {
    if is_chinese() { zh } else { en }
}

/// What to send as `Accept-Language`.
#[must_use]
pub fn tag() -> &'static str {
    pick("zh-CN", "en")
}
