//! Which ids a frame takes: visible ASCII and Chinese characters in their one normal form.
//!
//! Two ids that look alike but differ in bytes would be two tickets of one subject, or a subject that cannot find itself.
//! So control, invisible and blank characters, forms that Unicode holds equal to others (full-width digits, Kangxi
//! radicals), text that is not NFC, and letters of other scripts are refused with their place. Called by the frame.

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// Greatest length of an id in bytes.
pub const MAX_ID_BYTES: usize = 200;

/// Why an id was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdFault {
    /// No characters at all.
    #[error("the id is empty")]
    Empty,
    /// Over [`MAX_ID_BYTES`].
    #[error("the id has {0} bytes, {MAX_ID_BYTES} are allowed")]
    TooLong(usize),
    /// A control character or line break.
    #[error("control character U+{0:04X} at character {1}")]
    Control(u32, usize),
    /// A character that prints nothing: zero width, byte-order mark, direction mark.
    #[error("invisible character U+{0:04X} at character {1}")]
    Invisible(u32, usize),
    /// A blank of any kind.
    #[error("blank U+{0:04X} at character {1}")]
    Blank(u32, usize),
    /// Not in Unicode normal form C.
    #[error("the id is not in Unicode normal form C")]
    NotNormal,
    /// A character that can be taken for another: full-width, radical, or a letter of another script.
    #[error("U+{0:04X} at character {1} can be mistaken for another character")]
    LookAlike(u32, usize),
    /// Any other character that codes do not use.
    #[error("U+{0:04X} at character {1} is no character of a code")]
    Unusual(u32, usize),
}

impl IdFault {
    /// Stable name for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            IdFault::Empty => "empty",
            IdFault::TooLong(_) => "too_long",
            IdFault::Control(..) => "control_character",
            IdFault::Invisible(..) => "invisible_character",
            IdFault::Blank(..) => "blank",
            IdFault::NotNormal => "not_nfc",
            IdFault::LookAlike(..) => "look_alike",
            IdFault::Unusual(..) => "unusual_character",
        }
    }

    /// What is wrong, in Chinese.
    #[must_use]
    pub fn message_zh(&self) -> String {
        match self {
            IdFault::Empty => "标识为空".into(),
            IdFault::TooLong(n) => format!("标识长{n}字节，最多{MAX_ID_BYTES}字节"),
            IdFault::Control(c, at) => format!("第{at}个字符是控制字符 U+{c:04X}"),
            IdFault::Invisible(c, at) => format!("第{at}个字符不可见 U+{c:04X}"),
            IdFault::Blank(c, at) => format!("第{at}个字符是空白 U+{c:04X}"),
            IdFault::NotNormal => "标识不是 Unicode NFC 规范形式".into(),
            IdFault::LookAlike(c, at) => {
                format!("第{at}个字符 U+{c:04X} 易与其他字符混淆（全角、部首或其他文字）")
            }
            IdFault::Unusual(c, at) => format!("第{at}个字符 U+{c:04X} 不是编码用字符"),
        }
    }
}

/// Checks one id.
///
/// # Errors
/// The first fault.
pub fn check(id: &str) -> Result<(), IdFault> {
    if id.is_empty() {
        return Err(IdFault::Empty);
    }
    if id.len() > MAX_ID_BYTES {
        return Err(IdFault::TooLong(id.len()));
    }
    // Without an early end the loop runs on many bytes at once; a million ids are checked each time a transcript is read.
    if id.bytes().fold(true, |all, b| all & b.is_ascii_graphic()) {
        return Ok(());
    }
    for (i, c) in id.chars().enumerate() {
        check_char(c, i + 1)?;
    }
    if is_nfc(id) { Ok(()) } else { Err(IdFault::NotNormal) }
}

fn check_char(c: char, at: usize) -> Result<(), IdFault> {
    let code = u32::from(c);
    if c.is_ascii_graphic() || is_han(c) {
        Ok(())
    } else if c.is_control() {
        Err(IdFault::Control(code, at))
    } else if is_invisible(c) {
        Err(IdFault::Invisible(code, at))
    } else if c.is_whitespace() {
        Err(IdFault::Blank(code, at))
    } else if std::iter::once(c).nfc().next() != Some(c) {
        Err(IdFault::NotNormal)
    } else if c.is_alphanumeric() || std::iter::once(c).nfkc().next() != Some(c) {
        Err(IdFault::LookAlike(code, at))
    } else {
        Err(IdFault::Unusual(code, at))
    }
}

/// Unified ideographs; the compatibility ones are not NFC and fall out by that.
const fn is_han(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{2A6DF}' | '\u{2A700}'..='\u{2EBE0}' | '\u{30000}'..='\u{323AF}')
}

const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// What an id looks like at a glance: capitals, and one of `0 1 2 5` for the letters codes leave out because of them.
///
/// GB 32100 uses no I, O, Z and S for this reason, so a code that holds one is probably a slip of the hand.
#[must_use]
pub fn skeleton(id: &str) -> String {
    id.chars()
        .map(|c| match c {
            'O' | 'o' => '0',
            'I' | 'i' | 'l' => '1',
            'Z' | 'z' => '2',
            'S' | 's' => '5',
            c => c.to_ascii_uppercase(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_chinese_ids_pass() {
        for id in ["91610703PDY00001X4", "南郑区001", "a/b:c-d", "person:00ff", "〇号"] {
            assert_eq!(check(id), Ok(()), "{id}");
        }
    }

    #[test]
    fn each_trap_has_its_own_answer() {
        for (id, code) in [
            ("", "empty"),
            ("a\nb", "control_character"),
            ("a\u{0}", "control_character"),
            ("a b", "blank"),
            ("a\u{3000}", "blank"),
            ("a\u{200b}b", "invisible_character"),
            ("\u{feff}a", "invisible_character"),
            ("a\u{202e}", "invisible_character"),
            ("９1610703", "look_alike"),
            ("\u{410}1610703", "look_alike"),
            ("\u{391}1610703", "look_alike"),
            ("\u{2f00}号", "look_alike"),
            ("\u{f900}", "not_nfc"),
            ("e\u{301}", "unusual_character"),
            ("é", "look_alike"),
            ("①", "look_alike"),
            ("—", "unusual_character"),
        ] {
            assert_eq!(check(id).unwrap_err().code(), code, "{id:?}");
        }
        assert_eq!(check(&"x".repeat(201)).unwrap_err().code(), "too_long");
    }

    #[test]
    fn a_skeleton_shows_what_the_eye_confuses() {
        assert_eq!(skeleton("91610703pdyO0oo1x4"), "91610703PDY00001X4");
        assert_ne!(skeleton("91610703PDY00001X4"), skeleton("91610703PDY0000284"));
    }
}
