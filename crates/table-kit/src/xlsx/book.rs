//! The workbook around the sheets: relationships, sheet list, date system, strings, styles, properties.
//!
//! Refuses macros, external links, data connections and embedded objects before a cell is read. A
//! plain hyperlink in a cell is harmless and is left out.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use quick_xml::events::Event;

use super::package::{Package, Part};
use super::strings::SharedStrings;
use super::styles::Styles;
use super::xml::{Xml, attribute};
use crate::error::{TableError, code};
use crate::limits::Limits;

#[derive(Debug, Clone)]
pub(crate) struct SheetInfo {
    pub(crate) name: String,
    pub(crate) part: String,
    pub(crate) is_hidden: bool,
}

pub(crate) struct Book<S> {
    pub(crate) package: Package<S>,
    pub(crate) sheets: Vec<SheetInfo>,
    pub(crate) is_1904: bool,
    pub(crate) strings: SharedStrings,
    pub(crate) styles: Styles,
    pub(crate) properties: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Relation {
    id: String,
    kind: String,
    target: String,
}

impl<S: Read + Seek> Book<S> {
    pub(crate) fn open(io: S, len: u64, limits: &Limits) -> Result<Self, TableError> {
        let mut package = Package::open(io, len, limits)?;
        refuse_parts(&package)?;
        let relations = read_relations(&mut package)?;
        let main = relations
            .get("")
            .and_then(|list| list.iter().find(|r| r.kind.ends_with("/officeDocument")))
            .map_or_else(|| "xl/workbook.xml".to_owned(), |r| resolve("", &r.target));
        if !package.has(&main) || main.ends_with(".bin") {
            return Err(TableError::new(code::UNSUPPORTED_FORMAT).value("zip without a workbook"));
        }
        refuse_macro_types(&mut package)?;
        let none = Vec::new();
        let own = relations.get(main.as_str()).unwrap_or(&none);
        let part_of =
            |suffix: &str| own.iter().find(|r| r.kind.ends_with(suffix)).map(|r| resolve(&main, &r.target));
        let (sheets, is_1904) = read_workbook(&mut package, &main, own, limits)?;
        let strings = match part_of("/sharedStrings") {
            Some(name) => match open_xml(&mut package, &name)? {
                Some(xml) => SharedStrings::read(xml, limits.shared_string_bytes)?,
                None => SharedStrings::default(),
            },
            None => SharedStrings::default(),
        };
        let styles = match part_of("/styles") {
            Some(name) => match open_xml(&mut package, &name)? {
                Some(xml) => Styles::read(xml)?,
                None => Styles::default(),
            },
            None => Styles::default(),
        };
        let properties = match open_xml(&mut package, "docProps/custom.xml")? {
            Some(xml) => read_properties(xml)?,
            None => BTreeMap::new(),
        };
        Ok(Self { package, sheets, is_1904, strings, styles, properties })
    }
}

pub(crate) fn open_xml<'p, S: Read + Seek>(
    package: &'p mut Package<S>,
    name: &str,
) -> Result<Option<Xml<Part<&'p mut S>>>, TableError> {
    Ok(package.part(name)?.map(|part| Xml::new(part, name)))
}

fn refuse_parts<S: Read + Seek>(package: &Package<S>) -> Result<(), TableError> {
    for name in package.names() {
        let what =
            if name.contains("vbaproject") || name.contains("/macrosheets/") || name.contains("/activex/") {
                code::MACRO_REFUSED
            } else if name.contains("/externallinks/")
                || name.contains("/querytables/")
                || name.ends_with("/connections.xml")
            {
                code::EXTERNAL_LINK_REFUSED
            } else if name.contains("/embeddings/") {
                code::EMBEDDED_OBJECT_REFUSED
            } else {
                continue;
            };
        return Err(TableError::new(what).value(name));
    }
    Ok(())
}

fn refuse_macro_types<S: Read + Seek>(package: &mut Package<S>) -> Result<(), TableError> {
    let Some(mut xml) = open_xml(package, "[Content_Types].xml")? else {
        return Err(TableError::new(code::UNSUPPORTED_FORMAT).value("zip without [Content_Types].xml"));
    };
    loop {
        match xml.next()? {
            Event::Eof => return Ok(()),
            Event::Start(e) => {
                let kind = attribute(&e, "ContentType")?.unwrap_or_default();
                if kind.contains("macroEnabled") || kind.contains("vbaProject") {
                    return Err(TableError::new(code::MACRO_REFUSED).value(&kind));
                }
            }
            _ => {}
        }
    }
}

/// Relationships by their owner part (lower case; the package itself is ""); external ones other
/// than hyperlinks are refused.
fn read_relations<S: Read + Seek>(
    package: &mut Package<S>,
) -> Result<BTreeMap<String, Vec<Relation>>, TableError> {
    let names: Vec<String> = package.names().filter(|n| n.ends_with(".rels")).map(str::to_owned).collect();
    let mut all = BTreeMap::new();
    for name in names {
        let Some(mut xml) = open_xml(package, &name)? else { continue };
        let mut list = Vec::new();
        loop {
            match xml.next()? {
                Event::Eof => break,
                Event::Start(e) if e.local_name().as_ref() == "Relationship" => {
                    let get = |what| attribute(&e, what).map(Option::unwrap_or_default);
                    let relation = Relation { id: get("Id")?, kind: get("Type")?, target: get("Target")? };
                    if get("TargetMode")?.eq_ignore_ascii_case("external") {
                        if !relation.kind.ends_with("/hyperlink") {
                            return Err(TableError::new(code::EXTERNAL_LINK_REFUSED).value(&relation.target));
                        }
                    } else if list.len() < 4096 && !relation.kind.ends_with("/hyperlink") {
                        list.push(relation);
                    }
                }
                _ => {}
            }
        }
        all.insert(name.replace("_rels/", "").trim_end_matches(".rels").to_owned(), list);
    }
    Ok(all)
}

/// The part a target names, seen from its owner.
fn resolve(owner: &str, target: &str) -> String {
    let mut parts: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => owner.rsplit_once('/').map_or_else(Vec::new, |(folder, _)| folder.split('/').collect()),
    };
    for piece in target.split('/') {
        match piece {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(piece),
        }
    }
    parts.join("/").to_lowercase()
}

fn read_workbook<S: Read + Seek>(
    package: &mut Package<S>,
    main: &str,
    relations: &[Relation],
    limits: &Limits,
) -> Result<(Vec<SheetInfo>, bool), TableError> {
    let mut sheets = Vec::new();
    let mut is_1904 = false;
    let Some(mut xml) = open_xml(package, main)? else {
        return Ok((sheets, is_1904));
    };
    loop {
        match xml.next()? {
            Event::Eof => return Ok((sheets, is_1904)),
            Event::Start(e) => match e.local_name().as_ref() {
                "workbookPr" => {
                    is_1904 = matches!(attribute(&e, "date1904")?.as_deref(), Some("1" | "true"));
                }
                "externalReference" => return Err(TableError::new(code::EXTERNAL_LINK_REFUSED)),
                "sheet" => {
                    let name = attribute(&e, "name")?.unwrap_or_default();
                    let id = attribute(&e, "id")?.unwrap_or_default();
                    let state = attribute(&e, "state")?;
                    let is_hidden = matches!(state.as_deref(), Some("hidden" | "veryHidden"));
                    let relation = relations.iter().find(|r| r.id == id);
                    // Chart sheets hold no cells.
                    if let Some(r) = relation.filter(|r| r.kind.ends_with("/worksheet")) {
                        if sheets.len() == limits.sheets {
                            return Err(TableError::new(code::TOO_MANY_SHEETS).value(&name));
                        }
                        sheets.push(SheetInfo { name, part: resolve(main, &r.target), is_hidden });
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
}

fn read_properties<R: Read>(mut xml: Xml<R>) -> Result<BTreeMap<String, String>, TableError> {
    let mut properties = BTreeMap::new();
    loop {
        let name = match xml.next()? {
            Event::Eof => return Ok(properties),
            Event::Start(e) if e.local_name().as_ref() == "property" => attribute(&e, "name")?,
            _ => continue,
        };
        let mut value = String::new();
        xml.text_into(&mut value)?;
        if let Some(name) = name
            && properties.len() < 256
        {
            properties.insert(name, value);
        }
    }
}
