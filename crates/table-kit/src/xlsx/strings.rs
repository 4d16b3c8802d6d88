//! The shared strings in one buffer, bounded.

use std::io::Read;

use quick_xml::events::Event;

use super::xml::Xml;
use crate::error::{TableError, code};

#[derive(Debug, Default)]
pub(crate) struct SharedStrings {
    text: String,
    ends: Vec<usize>,
}

impl SharedStrings {
    pub(crate) fn read<R: Read>(mut xml: Xml<R>, most: usize) -> Result<Self, TableError> {
        let mut strings = Self::default();
        loop {
            let is_string = match xml.next()? {
                Event::Start(e) => e.local_name().as_ref() == "si",
                Event::Eof => return Ok(strings),
                _ => false,
            };
            if is_string {
                xml.string_into(&mut strings.text)?;
                strings.ends.push(strings.text.len());
                if strings.text.len() + strings.ends.len() * size_of::<usize>() > most {
                    return Err(TableError::new(code::DECOMPRESSION_LIMIT).value("shared strings"));
                }
            }
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(&self.text[start..end])
    }
}
