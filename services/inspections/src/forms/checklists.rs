//! The table of checklist templates (检查表模板), as XLSX, CSV and NDJSON: its words, and writing it.
//!
//! One row is one point; the template's own cells stand in its first row and are merged over the others in a workbook.
//! Titles follow the 双随机抽查记录表 of real systems. Id, version and catalog item stand in hidden columns for the next
//! import. Reading is [`super::checklists_read`]; called by the import and export of templates.

use serde::{Deserialize, Serialize};
use table_kit::TableError;
use table_kit::grid::{Cell, Grid, Merge, Workbook};
use table_kit::write::{CsvOptions, CsvWriter, NdjsonWriter};
use uuid::Uuid;

/// Columns and the other titles by which each is known, in the order of an export.
pub const COLUMNS: [(&str, &[&str]); 13] = [
    ("检查表编号", &["表编号", "编号", "事项编号", "form", "item_number"]),
    ("检查表名称", &["表名", "名称", "检查表", "title"]),
    ("序号", &["seq", "position"]),
    ("检查内容", &["检查项", "检查项目", "检查要点", "check_content", "content"]),
    ("检查方法", &["操作要领和方法", "检查要领", "method"]),
    ("检查依据", &["依据", "设定依据", "处罚依据", "basis"]),
    ("检查项编码", &["检查项标识", "key"]),
    ("来源", &["source"]),
    ("是否启用", &["启用", "is_active"]),
    ("部门", &["单位", "机构", "department", "organ_code"]),
    ("_item_id", &["item_id"]),
    ("_id", &[]),
    ("_version", &[]),
];

/// Columns by their place in [`COLUMNS`].
pub mod column {
    /// 检查表编号.
    pub const NUMBER: usize = 0;
    /// 检查表名称.
    pub const TITLE: usize = 1;
    /// 序号.
    pub const SEQ: usize = 2;
    /// 检查内容.
    pub const CONTENT: usize = 3;
    /// 检查方法.
    pub const METHOD: usize = 4;
    /// 检查依据.
    pub const BASIS: usize = 5;
    /// 检查项编码.
    pub const KEY: usize = 6;
    /// 来源.
    pub const SOURCE: usize = 7;
    /// 是否启用.
    pub const ACTIVE: usize = 8;
    /// 部门.
    pub const ORGAN: usize = 9;
    /// Item of the catalog.
    pub const ITEM: usize = 10;
    /// Id of the template it was exported from.
    pub const ID: usize = 11;
    /// Its version at the export.
    pub const VERSION: usize = 12;
}

/// Name of the sheet.
pub const SHEET: &str = "检查表模板";
/// A file may hold 4096 merges; further templates leave their cells blank below the first row, which reads the same.
const MOST_MERGES: usize = 4000;

/// One template as a file has it: texts, blank where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormTemplate {
    /// Number of the form or item.
    pub number: String,
    /// Title.
    pub title: String,
    /// Where it comes from; none when the file has no such column.
    pub source: Option<String>,
    /// 是 or 否; none when the file does not say.
    pub active: Option<String>,
    /// Name, short name or code of the organ.
    pub organ: String,
    /// Item of the catalog; none when the file has no such column.
    pub item_id: Option<Option<Uuid>>,
    /// Id of the template it was exported from.
    pub id: Option<Uuid>,
    /// Its version at the export.
    pub version: Option<i64>,
    /// Points, in order.
    pub points: Vec<FormPoint>,
    /// Its first row.
    pub row: u64,
}

/// One point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormPoint {
    /// What is checked.
    pub content: String,
    /// How.
    pub method: String,
    /// Legal basis.
    pub basis: String,
    /// Key by which equal points of several lists are known.
    pub key: String,
    /// Its row.
    pub row: u64,
}

fn yes(active: Option<&str>) -> &'static str {
    if active == Some("false") { "否" } else { "是" }
}

/// The cells of one row; the template's own only in its first.
fn cells(template: &FormTemplate, at: usize) -> [String; COLUMNS.len()] {
    let FormTemplate { number, title, source, active, organ, item_id, id, version, points, row: _ } =
        template;
    let mut cells: [String; COLUMNS.len()] = Default::default();
    if at == 0 {
        let of = |id: &Option<Uuid>| id.map(|i| i.to_string()).unwrap_or_default();
        cells[column::NUMBER].clone_from(number);
        cells[column::TITLE].clone_from(title);
        cells[column::SOURCE] = source.clone().unwrap_or_default();
        cells[column::ACTIVE] = yes(active.as_deref()).to_string();
        cells[column::ORGAN].clone_from(organ);
        cells[column::ITEM] = item_id.as_ref().map(of).unwrap_or_default();
        cells[column::ID] = of(id);
        cells[column::VERSION] = version.map(|v| v.to_string()).unwrap_or_default();
    }
    if let Some(point) = points.get(at) {
        let FormPoint { content, method, basis, key, row: _ } = point;
        cells[column::SEQ] = (at + 1).to_string();
        cells[column::CONTENT].clone_from(content);
        cells[column::METHOD].clone_from(method);
        cells[column::BASIS].clone_from(basis);
        cells[column::KEY].clone_from(key);
    }
    cells
}

/// Writes the workbook; without templates it is the blank form.
///
/// # Errors
/// As [`Workbook::write`].
pub fn write_xlsx(templates: &[FormTemplate]) -> Result<Vec<u8>, TableError> {
    let mut grid = Grid { sheet_name: SHEET.to_string(), header_rows: 1, ..Grid::default() };
    grid.rows.push(COLUMNS.iter().map(|(t, _)| Cell::text(t)).collect());
    for template in templates {
        let first = u32::try_from(grid.rows.len()).unwrap_or(u32::MAX);
        for at in 0..template.points.len().max(1) {
            grid.rows.push(cells(template, at).iter().map(|t| Cell::text(t)).collect());
        }
        let last = u32::try_from(grid.rows.len()).unwrap_or(u32::MAX) - 1;
        if last > first && grid.merges.len() + 2 <= MOST_MERGES {
            grid.merges.extend([column::NUMBER, column::TITLE].map(|c| {
                let c = u32::try_from(c).unwrap_or_default();
                Merge { r0: first, c0: c, r1: last, c1: c }
            }));
        }
    }
    let widths = [12.0, 28.0, 6.0, 48.0, 48.0, 36.0, 12.0, 20.0, 10.0, 18.0];
    grid.col_widths.extend((0u32..).zip(widths));
    grid.hidden_cols
        .extend([column::ITEM, column::ID, column::VERSION].map(|c| u32::try_from(c).unwrap_or(0)));
    Workbook::new(vec![grid]).write()
}

/// Writes CSV with a byte order mark.
///
/// # Errors
/// As table-kit's writer.
pub fn write_csv(templates: &[FormTemplate]) -> Result<Vec<u8>, TableError> {
    let mut out = CsvWriter::new(Vec::new(), CsvOptions::default())?;
    out.write_row(&COLUMNS.map(|(title, _)| title))?;
    for template in templates {
        for at in 0..template.points.len().max(1) {
            let cells = cells(template, at);
            out.write_row(&cells.each_ref().map(String::as_str))?;
        }
    }
    out.finish()
}

/// One template a line, members named as in the API; the organ by name, short name or code.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) organ_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) item_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) item_number: Option<String>,
    pub(super) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) is_active: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<String>,
    pub(super) points: Vec<LinePoint>,
    #[serde(default, rename = "_id", skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Uuid>,
    #[serde(default, rename = "_version", skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<i64>,
}

/// One point of a line.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinePoint {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    pub(super) content: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) basis: Option<String>,
}

/// Writes NDJSON.
///
/// # Errors
/// As table-kit's writer.
pub fn write_ndjson(templates: &[FormTemplate]) -> Result<Vec<u8>, TableError> {
    let mut out = NdjsonWriter::new(Vec::new(), &[])?;
    let said = |text: String| Some(text).filter(|t| !t.is_empty());
    for template in templates {
        let FormTemplate { number, title, source, active, organ, item_id, id, version, points, row: _ } =
            template.clone();
        let points = points.into_iter().map(|point| {
            let FormPoint { content, method, basis, key, row: _ } = point;
            LinePoint { key: said(key), content, method: said(method), basis: said(basis) }
        });
        out.write_value(&Line {
            organ_code: said(organ),
            item_id: item_id.flatten(),
            item_number: said(number),
            title,
            is_active: active.map(|a| a == "true"),
            source: source.and_then(said),
            points: points.collect(),
            id,
            version,
        })?;
    }
    out.finish()
}
