//! Attachment 2 (附件2 南郑区跨部门综合监管工作计划（年度）): its words, and writing it as XLSX, CSV and NDJSON.
//!
//! Title, the seven column titles and the note are the notice's own, word for word, the doubled bracket of the note included;
//! only the year and its last day change. A plan is one row of its lead department and a row for each cooperating one; columns
//! 1 and 2 are merged over them, 5 to 7 where all rows say the same. What the form lacks stands on sheet 2; id and version in
//! two hidden columns, for the next import. Reading is [`super::attachment2_read`].

use domain::vocabulary::{InspectionMethod, ItemCategory, PlanKind, SubjectKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use table_kit::TableError;
use table_kit::grid::{Cell, Grid, Merge, Workbook};
use table_kit::write::{CsvOptions, CsvWriter, NdjsonWriter};
use uuid::Uuid;

/// The words by which the title of any year and district is known.
pub const TITLE_CORE: &str = "跨部门综合监管工作计划";
/// Column titles.
pub const COLUMNS: [&str; 7] = [
    "序号",
    "综合监管计划名称",
    "监管部门",
    "监管事项",
    "监管对象",
    "检查数量\n（比例、频次）",
    "检查起止时间",
];
/// What the blank form has in column 3, and what may stand before a department's name.
pub const LABELS: [&str; 2] = ["牵头部门", "配合部门"];
/// Name of the official sheet.
pub const SHEET: &str = "附件2";
/// Name of the sheet with what the form lacks.
pub const EXTRA_SHEET: &str = "补充信息";
/// Titles of that sheet; the second column is for the reader's eye.
pub const EXTRA_COLUMNS: [&str; 6] =
    ["序号", "综合监管计划名称", "检查类型", "事项类别", "检查方式", "监管对象类别"];
/// Titles of the hidden columns.
pub const HIDDEN: [&str; 2] = ["_id", "_version"];
/// Property that names the form.
pub const PROPERTY: (&str, &str) = ("lianjian_form", "attachment-2");

/// A file may hold 4096 merges; further plans leave their cells blank below the first row, which reads the same.
const MOST_MERGES: usize = 4000;

/// Title line of a year.
#[must_use]
pub fn title(year: i16) -> String {
    format!("南郑区跨部门综合监管工作计划（{year}年度）")
}

/// The note below the table, with the last day of the hand-in.
#[must_use]
pub fn note(last_day: Date) -> String {
    format!(
        "注：各行业主管（牵头监管）部门于{}年{}月{}日前将年度监管计划报送区市场监管局（传真5512149、邮箱675607346@qq.com））。",
        last_day.year(),
        last_day.month(),
        last_day.day()
    )
}

/// One plan as the form has it: texts only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormPlan {
    /// Column 2.
    pub name: String,
    /// Column 5 of the first row.
    pub subject_desc: String,
    /// Column 6 of the first row.
    pub quantity: String,
    /// Column 7 of the first row.
    pub period: String,
    /// Columns 3 and 4, one row each, the lead department's first.
    pub rows: Vec<FormRow>,
    /// What the form lacks.
    pub extra: Extra,
    /// Id of the plan it was exported from.
    pub id: Option<Uuid>,
    /// Version of that plan at the export.
    pub version: Option<i64>,
    /// Plan year that its line says, in NDJSON.
    pub year: Option<i16>,
    /// Where it was read.
    pub place: Place,
}

/// One department's row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormRow {
    /// Column 3.
    pub department: String,
    /// Column 4.
    pub item: String,
    /// Column 5, where the row has its own.
    pub subject_desc: Option<String>,
    /// Column 6, where the row has its own.
    pub quantity: Option<String>,
    /// Column 7, where the row has its own.
    pub period: Option<String>,
}

/// What the form lacks; absent members are not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// 检查类型.
    pub kind: Option<PlanKind>,
    /// 事项类别.
    pub category: Option<ItemCategory>,
    /// 检查方式.
    pub method: Option<InspectionMethod>,
    /// 监管对象类别; empty means none.
    pub subject_kinds: Option<Vec<SubjectKind>>,
}

/// Where a plan was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Sheet.
    pub sheet: Option<String>,
    /// Rows of its departments, from 1, the lead's first.
    pub rows: Vec<u64>,
}

impl FormPlan {
    /// Columns 5 to 7 of a row as written: the first row has the plan's, the others only what is their own.
    #[must_use]
    pub fn own_cells(&self, row: usize) -> [String; 3] {
        if row == 0 {
            return [self.subject_desc.clone(), self.quantity.clone(), self.period.clone()];
        }
        let own = |text: fn(&FormRow) -> &Option<String>| {
            self.rows.get(row).and_then(|r| text(r).clone()).unwrap_or_default()
        };
        [own(|r| &r.subject_desc), own(|r| &r.quantity), own(|r| &r.period)]
    }

    /// Id and version as written.
    #[must_use]
    pub fn hidden_cells(&self) -> [String; 2] {
        [
            self.id.map(|id| id.to_string()).unwrap_or_default(),
            self.version.map(|v| v.to_string()).unwrap_or_default(),
        ]
    }

    /// The extra columns as written, without 序号 and the name.
    #[must_use]
    pub fn extra_cells(&self) -> [String; 4] {
        let kinds = self.extra.subject_kinds.as_deref().unwrap_or_default();
        [
            self.extra.kind.map(|k| k.label_zh().to_string()).unwrap_or_default(),
            self.extra.category.map(|c| c.label_zh().to_string()).unwrap_or_default(),
            self.extra.method.map(|m| m.label_zh().to_string()).unwrap_or_default(),
            kinds.iter().map(|k| k.label_zh()).collect::<Vec<_>>().join("、"),
        ]
    }
}

/// The workbook of a year's plans; equal plans give equal bytes.
#[must_use]
pub fn workbook(year: i16, last_day: Date, plans: &[FormPlan]) -> Workbook {
    let mut book = Workbook::new(vec![official(year, last_day, plans), extra(plans)]);
    book.properties.insert(PROPERTY.0.to_string(), PROPERTY.1.to_string());
    book
}

/// The XLSX file of a year's plans.
///
/// # Errors
/// As [`Workbook::write`].
pub fn write(year: i16, last_day: Date, plans: &[FormPlan]) -> Result<Vec<u8>, TableError> {
    workbook(year, last_day, plans).write()
}

fn official(year: i16, last_day: Date, plans: &[FormPlan]) -> Grid {
    let width = COLUMNS.len() as u32;
    let mut grid = Grid { sheet_name: SHEET.to_string(), header_rows: 2, ..Grid::default() };
    grid.merges.push(Merge { r0: 0, c0: 0, r1: 0, c1: width - 1 });
    grid.rows.push(vec![Cell::text(&title(year))]);
    grid.rows.push(COLUMNS.iter().chain(&HIDDEN).map(|t| Cell::text(t)).collect());
    for (i, plan) in plans.iter().enumerate() {
        let first = grid.rows.len() as u32;
        let blank = FormRow::default();
        let rows = if plan.rows.is_empty() { std::slice::from_ref(&blank) } else { &plan.rows };
        for (k, row) in rows.iter().enumerate() {
            let head = if k == 0 { [(i + 1).to_string(), plan.name.clone()] } else { Default::default() };
            let mut cells: Vec<String> = head.into();
            cells.extend([row.department.clone(), row.item.clone()]);
            cells.extend(plan.own_cells(k));
            if k == 0 {
                cells.extend(plan.hidden_cells());
            }
            grid.rows.push(cells.iter().map(|t| Cell::text(t)).collect());
        }
        let last = grid.rows.len() as u32 - 1;
        if last > first && grid.merges.len() + 5 <= MOST_MERGES {
            let is_shared = |c: u32| match c {
                0 | 1 => true,
                2 | 3 => false,
                c => (1..rows.len()).all(|k| plan.own_cells(k)[c as usize - 4].is_empty()),
            };
            let shared = (0..width).filter(|c| is_shared(*c));
            grid.merges.extend(shared.map(|c| Merge { r0: first, c0: c, r1: last, c1: c }));
        }
    }
    let row = grid.rows.len() as u32;
    grid.merges.push(Merge { r0: row, c0: 0, r1: row, c1: width - 1 });
    grid.rows.push(vec![Cell::text(&note(last_day))]);
    grid.hidden_cols.extend([width, width + 1]);
    grid.col_widths.extend((0..width).zip([6.0, 28.0, 18.0, 34.0, 26.0, 18.0, 20.0]));
    grid
}

fn extra(plans: &[FormPlan]) -> Grid {
    let mut grid = Grid { sheet_name: EXTRA_SHEET.to_string(), header_rows: 1, ..Grid::default() };
    grid.rows.push(EXTRA_COLUMNS.iter().map(|t| Cell::text(t)).collect());
    for (i, plan) in plans.iter().enumerate() {
        let own = [(i + 1).to_string(), plan.name.clone()];
        grid.rows.push(own.into_iter().chain(plan.extra_cells()).map(|t| Cell::text(&t)).collect());
    }
    grid.col_widths.extend((0..6).zip([6.0, 36.0, 12.0, 12.0, 20.0, 36.0]));
    grid
}

/// Writes a CSV file with a byte order mark: the same columns, then the extras and the hidden ones.
///
/// # Errors
/// As table-kit's writer.
pub fn write_csv(plans: &[FormPlan]) -> Result<Vec<u8>, TableError> {
    let mut out = CsvWriter::new(Vec::new(), CsvOptions::default())?;
    let extras: Vec<&str> = EXTRA_COLUMNS.into_iter().skip(2).collect();
    let titles: Vec<&str> = COLUMNS.into_iter().chain(extras).chain(HIDDEN).collect();
    out.write_row(&titles)?;
    for (i, plan) in plans.iter().enumerate() {
        let blank = FormRow::default();
        let rows = if plan.rows.is_empty() { std::slice::from_ref(&blank) } else { &plan.rows };
        for (k, row) in rows.iter().enumerate() {
            let head = if k == 0 { [(i + 1).to_string(), plan.name.clone()] } else { Default::default() };
            let mut cells: Vec<String> = head.into();
            cells.extend([row.department.clone(), row.item.clone()]);
            cells.extend(plan.own_cells(k));
            if k == 0 {
                cells.extend(plan.extra_cells());
                cells.extend(plan.hidden_cells());
            }
            cells.resize(titles.len(), String::new());
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            out.write_row(&cells)?;
        }
    }
    out.finish()
}

/// One plan a line, members named as in the API, departments by name, short name or code.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) year: Option<i16>,
    pub(super) name: String,
    pub(super) subject_desc: String,
    #[serde(default)]
    pub(super) quantity_text: String,
    #[serde(default)]
    pub(super) period_text: String,
    /// The lead department's first.
    pub(super) parts: Vec<LinePart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<PlanKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) category: Option<ItemCategory>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<InspectionMethod>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) subject_kinds: Option<Vec<SubjectKind>>,
    #[serde(default, rename = "_id", skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Uuid>,
    #[serde(default, rename = "_version", skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<i64>,
}

/// One department of a line.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinePart {
    pub(super) department: String,
    pub(super) item_text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) subject_desc: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) quantity_text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) period_text: Option<String>,
}

/// Writes an NDJSON file.
///
/// # Errors
/// As table-kit's writer.
pub fn write_ndjson(year: i16, plans: &[FormPlan]) -> Result<Vec<u8>, TableError> {
    let mut out = NdjsonWriter::new(Vec::new(), &[])?;
    for (i, plan) in plans.iter().enumerate() {
        let FormPlan { name, subject_desc, quantity, period, rows, extra, id, version, year: own, place: _ } =
            plan.clone();
        let Extra { kind, category, method, subject_kinds } = extra;
        let parts = rows.into_iter().map(|row| {
            let FormRow { department, item, subject_desc, quantity, period } = row;
            LinePart {
                department,
                item_text: item,
                subject_desc,
                quantity_text: quantity,
                period_text: period,
            }
        });
        out.write_value(&Line {
            seq: Some(i as u64 + 1),
            year: Some(own.unwrap_or(year)),
            name,
            subject_desc,
            quantity_text: quantity,
            period_text: period,
            parts: parts.collect(),
            kind,
            category,
            method,
            subject_kinds,
            id,
            version,
        })?;
    }
    out.finish()
}
