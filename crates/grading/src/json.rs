//! A writer of canonical JSON and the digest over it. Written by hand because a million results pass through it, and
//! because its bytes must not change with a library. Texts escape `"`, `\` and characters below U+0020, nothing else.

use crate::decimal::Dec;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

/// Writes one JSON value, member after member.
pub(crate) struct Writer {
    out: String,
    needs_comma: bool,
}

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes), needs_comma: false }
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    fn separate(&mut self) {
        if self.needs_comma {
            self.out.push(',');
        }
        self.needs_comma = true;
    }

    pub(crate) fn open(&mut self, bracket: char) {
        self.separate();
        self.out.push(bracket);
        self.needs_comma = false;
    }

    pub(crate) fn close(&mut self, bracket: char) {
        self.out.push(bracket);
        self.needs_comma = true;
    }

    /// Keys are this crate's own words and need no escapes.
    pub(crate) fn key(&mut self, key: &str) -> &mut Self {
        self.separate();
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
        self.needs_comma = false;
        self
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.separate();
        self.out.push('"');
        // Most texts are ids: copy runs, look at bytes only.
        let mut from = 0;
        for (i, byte) in text.bytes().enumerate() {
            if byte >= 0x20 && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.out.push_str(&text[from..i]);
            from = i + 1;
            match byte {
                b'"' => self.out.push_str("\\\""),
                b'\\' => self.out.push_str("\\\\"),
                b'\n' => self.out.push_str("\\n"),
                b'\r' => self.out.push_str("\\r"),
                b'\t' => self.out.push_str("\\t"),
                8 => self.out.push_str("\\b"),
                12 => self.out.push_str("\\f"),
                other => self.out.push_str(&format!("\\u{other:04x}")),
            }
        }
        self.out.push_str(&text[from..]);
        self.out.push('"');
    }

    pub(crate) fn int(&mut self, n: i64) {
        self.separate();
        self.digits(n.unsigned_abs(), n < 0);
    }

    fn digits(&mut self, mut n: u64, is_negative: bool) {
        let mut buffer = [0_u8; 20];
        let mut at = buffer.len();
        loop {
            at -= 1;
            buffer[at] = b'0' + (n % 10) as u8;
            n /= 10;
            if n == 0 {
                break;
            }
        }
        if is_negative {
            self.out.push('-');
        }
        self.out.extend(buffer[at..].iter().map(|b| char::from(*b)));
    }

    pub(crate) fn dec(&mut self, dec: Dec) {
        match dec.as_int() {
            Some(n) => self.int(n),
            None => {
                self.separate();
                self.out.push_str(&dec.to_string());
            }
        }
    }

    pub(crate) fn bool(&mut self, yes: bool) {
        self.separate();
        self.out.push_str(if yes { "true" } else { "false" });
    }

    pub(crate) fn date(&mut self, day: Date) {
        self.separate();
        let (y, m, d) =
            (day.year().max(0).unsigned_abs(), day.month().unsigned_abs(), day.day().unsigned_abs());
        let digit = |n: u16| char::from(b'0' + (n % 10) as u8);
        let text = [
            '"',
            digit(y / 1000),
            digit(y / 100),
            digit(y / 10),
            digit(y),
            '-',
            digit(u16::from(m) / 10),
            digit(u16::from(m)),
            '-',
            digit(u16::from(d) / 10),
            digit(u16::from(d)),
            '"',
        ];
        self.out.extend(text);
    }

    pub(crate) fn null(&mut self) {
        self.separate();
        self.out.push_str("null");
    }

    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.null(),
        }
    }

    pub(crate) fn list<'a, T>(
        &mut self,
        values: impl IntoIterator<Item = &'a T>,
        mut write: impl FnMut(&mut Self, &'a T),
    ) where
        T: 'a,
    {
        self.open('[');
        for value in values {
            write(self, value);
        }
        self.close(']');
    }
}

/// SHA-256, hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
