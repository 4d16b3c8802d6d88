//! Number formats and bold fonts of the cell styles; everything else of `styles.xml` is skipped.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use quick_xml::events::Event;

use super::numfmt::{NumberFormat, builtin};
use super::xml::{Xml, attribute};
use crate::error::TableError;

/// Styles a file may define; Excel itself stops at 65,490.
const MOST: usize = 65_536;

/// What a cell style says about its value.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    pub(crate) format: Arc<NumberFormat>,
    pub(crate) is_bold: bool,
}

#[derive(Debug)]
pub(crate) struct Styles {
    styles: Vec<Style>,
    general: Style,
}

impl Default for Styles {
    fn default() -> Self {
        let format = Arc::new(NumberFormat::parse("General"));
        Self { styles: Vec::new(), general: Style { format, is_bold: false } }
    }
}

impl Styles {
    pub(crate) fn read<R: Read>(mut xml: Xml<R>) -> Result<Self, TableError> {
        let mut codes: BTreeMap<u32, String> = BTreeMap::new();
        let mut bold: Vec<bool> = Vec::new();
        let mut pairs: Vec<(u32, usize)> = Vec::new();
        let mut inside = String::new();
        loop {
            match xml.next()? {
                Event::Eof => break,
                Event::Start(e) => match (inside.as_str(), e.local_name().as_ref()) {
                    ("", name @ ("numFmts" | "fonts" | "cellXfs" | "cellStyleXfs" | "dxfs")) => {
                        inside = name.to_owned();
                    }
                    ("numFmts", "numFmt") if codes.len() < MOST => {
                        if let (Some(id), Some(code)) =
                            (number(&e, "numFmtId")?, attribute(&e, "formatCode")?)
                        {
                            codes.insert(id, code);
                        }
                    }
                    ("fonts", "font") if bold.len() < MOST => bold.push(false),
                    ("fonts", "b") => {
                        let is_off = matches!(attribute(&e, "val")?.as_deref(), Some("0" | "false"));
                        if let Some(last) = bold.last_mut() {
                            *last = !is_off;
                        }
                    }
                    ("cellXfs", "xf") if pairs.len() < MOST => {
                        let font = number(&e, "fontId")?.unwrap_or(0) as usize;
                        pairs.push((number(&e, "numFmtId")?.unwrap_or(0), font));
                    }
                    _ => {}
                },
                Event::End(e) if e.local_name().as_ref() == inside => inside.clear(),
                _ => {}
            }
        }
        let mut formats: BTreeMap<u32, Arc<NumberFormat>> = BTreeMap::new();
        let styles = pairs
            .into_iter()
            .map(|(id, font)| {
                let format = formats.entry(id).or_insert_with(|| {
                    let code = codes.get(&id).map_or_else(|| builtin(id), String::as_str);
                    Arc::new(NumberFormat::parse(code))
                });
                Style { format: Arc::clone(format), is_bold: bold.get(font).copied().unwrap_or(false) }
            })
            .collect();
        Ok(Self { styles, ..Self::default() })
    }

    pub(crate) fn get(&self, index: usize) -> &Style {
        self.styles.get(index).unwrap_or(&self.general)
    }
}

fn number(e: &quick_xml::events::BytesStart<'_>, name: &str) -> Result<Option<u32>, TableError> {
    Ok(attribute(e, name)?.and_then(|v| v.parse().ok()))
}
