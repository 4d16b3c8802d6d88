//! Bytes of an unknown Chinese encoding in, checked UTF-8 text out, a chunk at a time.
//!
//! A byte order mark decides at once. Otherwise ASCII passes until the first other byte; there up to
//! 64 KiB are looked at and UTF-8 or GB18030 is chosen for the rest of the stream. Malformed bytes
//! become U+FFFD, which the row readers report as `invalid_encoding`. Read errors are kept until all
//! text before them has been used. Called by the CSV and NDJSON readers.

use std::io::{ErrorKind, Read};

use encoding_rs::{Decoder, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::error::{TableError, code};

/// Bytes asked of the input at once.
const CHUNK: usize = 256 << 10;
/// Bytes looked at to decide the encoding.
const LOOK_AHEAD: usize = 64 << 10;

/// Which text encodings are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// Decide by byte order mark and content.
    Detect,
    /// UTF-8 with or without byte order mark (JSON allows no other).
    Utf8,
}

pub(super) struct Text<'r> {
    input: Box<dyn Read + Send + 'r>,
    raw: Vec<u8>,
    encoding: Option<&'static Encoding>,
    decoder: Option<Decoder>,
    started: bool,
    charset: Charset,
    is_input_done: bool,
    failure: Option<TableError>,
    buf: String,
    pos: usize,
    is_dirty: bool,
}

impl<'r> Text<'r> {
    pub(super) fn new(input: Box<dyn Read + Send + 'r>, charset: Charset) -> Self {
        Self {
            input,
            raw: Vec::with_capacity(CHUNK),
            encoding: None,
            decoder: None,
            started: false,
            charset,
            is_input_done: false,
            failure: None,
            buf: String::new(),
            pos: 0,
            is_dirty: false,
        }
    }

    /// Text not yet used.
    #[inline]
    pub(super) fn rest(&self) -> &str {
        &self.buf[self.pos..]
    }

    #[inline]
    pub(super) fn advance(&mut self, bytes: usize) {
        self.pos += bytes;
    }

    /// Whether [`Self::rest`] may hold control or replacement characters.
    #[inline]
    pub(super) fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    pub(super) fn encoding(&self) -> Option<&'static str> {
        self.encoding.map(Encoding::name)
    }

    /// Appends more text; false at the end of the input.
    pub(super) fn fill(&mut self) -> Result<bool, TableError> {
        if self.pos > 0 {
            self.buf.drain(..self.pos);
            self.pos = 0;
        }
        let before = self.buf.len();
        while self.buf.len() == before {
            if self.raw.is_empty() && self.is_input_done {
                return self.failure.clone().map_or(Ok(false), Err);
            }
            self.read_raw(CHUNK / 2);
            if !self.started {
                self.read_raw(4);
                self.start();
            }
            self.decode();
        }
        self.is_dirty = has_control(self.buf.as_bytes())
            || memchr::memmem::find(self.buf.as_bytes(), "\u{FFFD}".as_bytes()).is_some();
        Ok(true)
    }

    /// Reads until `raw` holds `want` bytes; one read is enough when it already holds some.
    fn read_raw(&mut self, want: usize) {
        let mut have = self.raw.len();
        while have < want && !self.is_input_done {
            self.raw.resize(CHUNK, 0);
            match self.input.read(&mut self.raw[have..]) {
                Ok(0) => self.is_input_done = true,
                Ok(n) => have += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    self.is_input_done = true;
                    self.failure = Some(TableError::from_io(e, code::READ_FAILED));
                }
            }
        }
        self.raw.truncate(have);
    }

    fn start(&mut self) {
        self.started = true;
        let (encoding, mark) = match (self.charset, Encoding::for_bom(&self.raw)) {
            (Charset::Detect, Some((encoding, mark))) => (Some(encoding), mark),
            (Charset::Utf8, Some((encoding, mark))) if encoding == UTF_8 => (Some(UTF_8), mark),
            (Charset::Utf8, _) => (Some(UTF_8), 0),
            (Charset::Detect, None) => (None, 0),
        };
        self.raw.drain(..mark);
        self.choose(encoding);
    }

    fn choose(&mut self, encoding: Option<&'static Encoding>) {
        self.encoding = encoding;
        self.decoder = encoding.filter(|e| *e != UTF_8).map(Encoding::new_decoder_without_bom_handling);
        debug_assert!(encoding.is_none_or(|e| [UTF_8, GB18030, UTF_16LE, UTF_16BE].contains(&e)));
    }

    fn decode(&mut self) {
        if self.encoding.is_none() {
            let ascii = Encoding::ascii_valid_up_to(&self.raw);
            if ascii > 0 {
                self.append_utf8(ascii);
                return;
            }
            if self.raw.is_empty() {
                return;
            }
            self.read_raw(LOOK_AHEAD);
            let encoding = decide(&self.raw[..self.raw.len().min(LOOK_AHEAD)]);
            self.choose(Some(encoding));
        }
        let Some(decoder) = &mut self.decoder else {
            self.append_utf8(self.raw.len());
            return;
        };
        let need = decoder.max_utf8_buffer_length(self.raw.len());
        self.buf.reserve(need.unwrap_or(self.raw.len() * 3 + 8));
        let (_, read, _) = decoder.decode_to_string(&self.raw, &mut self.buf, self.is_input_done);
        self.raw.drain(..read);
    }

    /// Moves the first `len` bytes of `raw` over, replacing what is not UTF-8.
    fn append_utf8(&mut self, len: usize) {
        let mut at = 0;
        while at < len {
            match std::str::from_utf8(&self.raw[at..len]) {
                Ok(text) => {
                    self.buf.push_str(text);
                    at = len;
                }
                Err(error) => {
                    let good = at + error.valid_up_to();
                    self.buf.push_str(&String::from_utf8_lossy(&self.raw[at..good]));
                    match error.error_len() {
                        Some(bad) => at = good + bad,
                        None if self.is_input_done => at = len,
                        None => {
                            at = good;
                            break;
                        }
                    }
                    self.buf.push('\u{FFFD}');
                }
            }
        }
        self.raw.drain(..at);
    }
}

/// UTF-8 or GB18030, whichever explains the bytes with fewer faults.
fn decide(bytes: &[u8]) -> &'static Encoding {
    let (mut bad_utf8, mut good_utf8) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good_utf8 += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad_utf8 += usize::from(!chunk.invalid().is_empty());
    }
    if bad_utf8 == 0 || (bad_utf8 == 1 && good_utf8 > 0 && is_cut_utf8(bytes)) {
        return UTF_8;
    }
    let (text, _) = GB18030.decode_without_bom_handling(bytes);
    let bad_gb = text.chars().filter(|c| *c == '\u{FFFD}' || is_private(*c)).count();
    if good_utf8 > 4 * bad_utf8 || bad_utf8 < bad_gb { UTF_8 } else { GB18030 }
}

fn is_cut_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|e| e.error_len().is_none())
}

fn is_private(c: char) -> bool {
    ('\u{E000}'..='\u{F8FF}').contains(&c)
}

/// C0 except TAB, LF, CR; DEL; C1.
pub(super) fn has_control(bytes: &[u8]) -> bool {
    let low = bytes
        .iter()
        .fold(false, |found, &b| found | ((b < 0x20) & (b != 9) & (b != 10) & (b != 13)) | (b == 0x7F));
    low || bytes.windows(2).fold(false, |found, w| found | ((w[0] == 0xC2) & (w[1] >= 0x80) & (w[1] < 0xA0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(bytes: &[u8], step: usize) -> (String, Option<&'static str>) {
        struct Slow<'a>(&'a [u8], usize);
        impl Read for Slow<'_> {
            fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                let n = self.1.min(self.0.len()).min(buf.len());
                buf[..n].copy_from_slice(&self.0[..n]);
                self.0 = &self.0[n..];
                Ok(n)
            }
        }
        let mut text = Text::new(Box::new(Slow(bytes, step)), Charset::Detect);
        let mut out = String::new();
        while text.fill().unwrap() {
            out.push_str(text.rest());
            text.advance(text.rest().len());
        }
        (out, text.encoding())
    }

    #[test]
    fn every_encoding_gives_the_same_text_in_steps_of_any_size() {
        let want = "序号,企业名称\n1,汉中市南郑区“好日子”餐馆\n";
        let utf16: Vec<u8> = want.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf16be: Vec<u8> = want.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let cases: [(Vec<u8>, &str); 5] = [
            (want.as_bytes().to_vec(), "UTF-8"),
            ([b"\xEF\xBB\xBF", want.as_bytes()].concat(), "UTF-8"),
            (GB18030.encode(want).0.into_owned(), "gb18030"),
            ([&b"\xFF\xFE"[..], &utf16].concat(), "UTF-16LE"),
            ([&b"\xFE\xFF"[..], &utf16be].concat(), "UTF-16BE"),
        ];
        for (bytes, name) in &cases {
            for step in [1, 2, 3, 7, 1 << 20] {
                assert_eq!(read_all(bytes, step), (want.to_owned(), Some(*name)), "{name} {step}");
            }
        }
    }

    #[test]
    fn the_encoding_is_decided_where_the_first_chinese_character_comes() {
        let ascii = "id,name\n".repeat(200_000);
        let (gb, _, _) = GB18030.encode("7,区税务局\n");
        let (text, name) = read_all(&[ascii.as_bytes(), &gb].concat(), 1 << 20);
        assert!(text.ends_with("7,区税务局\n"));
        assert_eq!(name, Some("gb18030"));
        let (text, name) = read_all(&[ascii.as_bytes(), "7,区税务局\n".as_bytes()].concat(), 4096);
        assert!(text.ends_with("7,区税务局\n"));
        assert_eq!(name, Some("UTF-8"));
    }

    #[test]
    fn one_broken_byte_does_not_turn_utf8_into_gb18030() {
        let mut bytes = "区市场监管局,".repeat(50).into_bytes();
        bytes[30] = 0xFF;
        let (text, name) = read_all(&bytes, 1 << 20);
        assert_eq!(name, Some("UTF-8"));
        assert!(text.contains('\u{FFFD}'));
    }
}
