//! Attachment 1 as NDJSON: one item a line, members named as in the API, departments by name, short name or code.
//!
//! Unknown and repeated members are refused with their line. Called by the import and the export.

use super::attachment1::{Extra, FormCooperation, FormItem, Place};
use super::attachment1_read::Parsed;
use super::{FormFault, clean, limits};
use domain::vocabulary::{InspectionMethod, ItemCategory, SubjectKind};
use serde::{Deserialize, Serialize};
use table_kit::rows::{Options, Record, Source};
use table_kit::sniff::Format;
use table_kit::write::NdjsonWriter;
use table_kit::{Severity, TableError};
use uuid::Uuid;

/// One line.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    field: String,
    lead_department: String,
    lead_item: String,
    #[serde(default)]
    lead_basis: String,
    subject_desc: String,
    #[serde(default)]
    organising_level: String,
    #[serde(default)]
    supervision_level: String,
    cooperating: Vec<LineCooperation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    category: Option<ItemCategory>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inspection_methods: Option<Vec<InspectionMethod>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject_kinds: Option<Vec<SubjectKind>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    industry: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_example: bool,
    #[serde(default, rename = "_id", skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    #[serde(default, rename = "_version", skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LineCooperation {
    department: String,
    item: String,
    #[serde(default)]
    basis: String,
}

/// Reads an NDJSON file.
///
/// # Errors
/// What table-kit refuses as a whole.
pub fn read(bytes: &[u8]) -> Result<Parsed, Vec<FormFault>> {
    let one = |e: TableError| vec![FormFault::from(e)];
    let options = Options { format: Some(Format::Ndjson), limits: limits(), ..Options::default() };
    let mut rows = Source::open(bytes, options).map_err(one)?;
    let mut parsed = Parsed::default();
    let mut record = Record::new();
    while rows.next(&mut record).map_err(one)? {
        let line = record.line();
        parsed.faults.extend(record.faults().iter().cloned().map(FormFault::from));
        if record.is_blocked() || record.raw().trim().is_empty() {
            continue;
        }
        let strict = service_kit::extract::strict_json(record.raw().as_bytes()).map_err(|e| e.en);
        let read = strict.and_then(|v| serde_json::from_value::<Line>(v).map_err(|e| e.to_string()));
        match read {
            Ok(said) => {
                if said.is_example {
                    let (zh, en) = ("示例行，默认不导入", "an example row, not imported by default");
                    parsed.faults.push(
                        FormFault::at((None, line, 2), Severity::Warn, "example_row", zh, en)
                            .value(&said.field),
                    );
                }
                parsed.items.push(item(said, line));
            }
            Err(why) => {
                let (zh, en) = (format!("此行不是有效的事项：{why}"), format!("the line is no item: {why}"));
                let fault = FormFault::at((None, line, 1), Severity::Block, "bad_line", &zh, &en);
                parsed.faults.push(FormFault { column: None, ..fault }.value(record.raw()));
            }
        }
    }
    Ok(parsed)
}

fn item(line: Line, number: u64) -> FormItem {
    let Line {
        seq: _,
        field,
        lead_department,
        lead_item,
        lead_basis,
        subject_desc,
        organising_level,
        supervision_level,
        cooperating,
        category,
        inspection_methods,
        subject_kinds,
        industry,
        is_example,
        id,
        version,
    } = line;
    let coop_rows = vec![number; cooperating.len()];
    let cooperating = cooperating.into_iter().map(|LineCooperation { department, item, basis }| {
        FormCooperation { department: clean(&department), item: clean(&item), basis: clean(&basis) }
    });
    FormItem {
        is_example,
        field: clean(&field),
        lead_department: clean(&lead_department),
        lead_item: clean(&lead_item),
        lead_basis: clean(&lead_basis),
        subject_desc: clean(&subject_desc),
        organising_level: clean(&organising_level),
        supervision_level: clean(&supervision_level),
        cooperating: cooperating.collect(),
        extra: Extra { category, inspection_methods, subject_kinds, industry },
        id,
        version: version.filter(|_| id.is_some()),
        place: Place { sheet: None, row: number, coop_rows },
    }
}

/// Writes an NDJSON file.
///
/// # Errors
/// As table-kit's writer.
pub fn write(items: &[FormItem]) -> Result<Vec<u8>, TableError> {
    let mut out = NdjsonWriter::new(Vec::new(), &[])?;
    for (i, item) in items.iter().enumerate() {
        let FormItem {
            is_example,
            field,
            lead_department,
            lead_item,
            lead_basis,
            subject_desc,
            organising_level,
            supervision_level,
            cooperating,
            extra,
            id,
            version,
            place: _,
        } = item.clone();
        let Extra { category, inspection_methods, subject_kinds, industry } = extra;
        let cooperating = cooperating
            .into_iter()
            .map(|FormCooperation { department, item, basis }| LineCooperation { department, item, basis });
        out.write_value(&Line {
            seq: Some(i as u64 + 1),
            field,
            lead_department,
            lead_item,
            lead_basis,
            subject_desc,
            organising_level,
            supervision_level,
            cooperating: cooperating.collect(),
            category,
            inspection_methods,
            subject_kinds,
            industry,
            is_example,
            id,
            version,
        })?;
    }
    out.finish()
}
