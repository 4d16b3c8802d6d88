//! XML events of one part, with every dangerous construct refused.
//!
//! A DTD or an entity other than the five predefined ones is refused, nesting is bounded, and so is
//! the size of a single event, so that a part cannot make the parser hold more than that.

use std::io::{self, BufRead, BufReader, Read};

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use crate::error::{TableError, code};

/// Bytes of one event: an Excel cell has at most 32,767 characters.
const EVENT_BYTES: usize = 1 << 20;
/// Elements inside elements.
const DEPTH: usize = 64;

struct Bounded<R> {
    inner: BufReader<R>,
    left: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let n = available.len().min(buf.len());
        buf[..n].copy_from_slice(&available[..n]);
        self.consume(n);
        Ok(n)
    }
}

impl<R: Read> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(TableError::new(code::XML_CORRUPT).value("element too long").into_io());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount);
        self.inner.consume(amount);
    }
}

pub(crate) struct Xml<R: Read> {
    reader: Reader<Bounded<R>>,
    buf: Vec<u8>,
    depth: usize,
    part: Box<str>,
}

impl<R: Read> Xml<R> {
    pub(crate) fn new(input: R, part: &str) -> Self {
        let inner = BufReader::with_capacity(1 << 16, input);
        let mut reader = Reader::from_reader(Bounded { inner, left: EVENT_BYTES });
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buf: Vec::new(), depth: 0, part: part.into() }
    }

    /// The next event; empty elements come as start and end.
    pub(crate) fn next(&mut self) -> Result<Event<'_>, TableError> {
        self.buf.clear();
        self.reader.get_mut().left = EVENT_BYTES;
        let event = match self.reader.read_event_into(&mut self.buf) {
            Ok(event) => event,
            Err(quick_xml::Error::Io(e)) => {
                let own = e.get_ref().and_then(|e| e.downcast_ref::<TableError>());
                return Err(own.cloned().unwrap_or_else(|| corrupt(&self.part, &e)));
            }
            Err(e) => return Err(corrupt(&self.part, &e)),
        };
        match &event {
            Event::DocType(_) => {
                return Err(TableError::new(code::XML_DTD_REFUSED).value(&self.part));
            }
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Eof if self.depth > 0 => return Err(corrupt(&self.part, &"ends too early")),
            _ => {}
        }
        if self.depth > DEPTH {
            return Err(corrupt(&self.part, &"nested too deep"));
        }
        Ok(event)
    }

    /// Appends the text up to the end of the element whose start was just read.
    pub(crate) fn text_into(&mut self, out: &mut String) -> Result<(), TableError> {
        let mut open = 1;
        while open > 0 {
            match self.next()? {
                Event::Start(_) => open += 1,
                Event::End(_) => open -= 1,
                Event::Text(text) => out.push_str(&text.xml10_content()),
                Event::CData(text) => out.push_str(&text.xml10_content()),
                Event::GeneralRef(entity) => push_entity(&entity, out)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Appends a rich or plain string (`si`, `is`) up to its end, without phonetic guides, and
    /// resolves `_xHHHH_`.
    pub(crate) fn string_into(&mut self, out: &mut String) -> Result<(), TableError> {
        let from = out.len();
        let mut open = 1;
        let mut phonetic = 0;
        while open > 0 {
            let is_text = match self.next()? {
                Event::Start(e) => match e.local_name().as_ref() {
                    "t" if phonetic == 0 => true,
                    name => {
                        phonetic += usize::from(phonetic > 0 || name == "rPh");
                        open += 1;
                        false
                    }
                },
                Event::End(_) => {
                    open -= 1;
                    phonetic = phonetic.saturating_sub(1);
                    false
                }
                _ => false,
            };
            if is_text {
                self.text_into(out)?;
            }
        }
        if out[from..].contains("_x") {
            let decoded = unescape_controls(&out[from..]);
            out.truncate(from);
            out.push_str(&decoded);
        }
        Ok(())
    }

    pub(crate) fn corrupt(&self, detail: &dyn std::fmt::Display) -> TableError {
        corrupt(&self.part, detail)
    }
}

fn corrupt(part: &str, detail: &dyn std::fmt::Display) -> TableError {
    TableError::new(code::XML_CORRUPT).value(&format!("{part}: {detail}"))
}

fn push_entity(entity: &BytesRef<'_>, out: &mut String) -> Result<(), TableError> {
    let refused = || TableError::new(code::XML_DTD_REFUSED).value(entity);
    let c = match entity.as_ref() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => entity.resolve_char_ref().ok().flatten().ok_or_else(refused)?,
    };
    out.push(c);
    Ok(())
}

/// An attribute by local name, unescaped.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, TableError> {
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|e| corrupt("attribute", &e))?;
        if attribute.key.local_name().as_ref() == name {
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| corrupt("attribute", &e))?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// `_xHHHH_` is how the format writes characters that XML cannot hold.
fn unescape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        out.push_str(&rest[..at]);
        let decoded = rest
            .get(at + 2..at + 6)
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'))
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32);
        match decoded {
            Some(c) => {
                out.push(c);
                rest = &rest[at + 7..];
            }
            None => {
                out.push_str("_x");
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    out
}
