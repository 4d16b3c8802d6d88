//! Attachment 1 (附件1 南郑区跨部门综合监管重点事项清单): its words, and writing it.
//!
//! Title, the eleven column titles (设定依据 stands twice) and the five notes are the notice's own, word for word, the
//! doubled bracket of note 5 included. What the form lacks stands on sheet 2; id and version of each item in two hidden
//! columns, for the next import. Reading is [`super::attachment1_read`].

use domain::vocabulary::{InspectionMethod, ItemCategory, SubjectKind};
use table_kit::TableError;
use table_kit::grid::{Cell, Grid, Merge, Workbook};
use uuid::Uuid;

/// Title line.
pub const TITLE: &str = "南郑区跨部门综合监管重点事项清单";
/// The words by which the title of any year and district is known.
pub const TITLE_CORE: &str = "跨部门综合监管重点事项清单";
/// Column titles.
pub const COLUMNS: [&str; 11] = [
    "序号",
    "监管领域",
    "行业主管（牵头监管）部门",
    "牵头部门监管事项",
    "设定依据",
    "监管对象",
    "组织层级",
    "监管层级",
    "配合监管部门",
    "配合部门监管事项",
    "设定依据",
];
/// Notes below the table.
pub const NOTES: [&str; 5] = [
    "注：1.监管领域可根据《国民经济行业分类》中的行业大类填写，也可根据监管实际填写，",
    "2.监管事项应描述具体的检查内容。",
    "3.设定依据为法律法规的具体条文。",
    "4.监管层级指省市县。",
    "5.各行业主管（牵头监管）部门于2024年1月31日前完成清单编制并报送区市场监管局（传真5512149、邮箱675607346@qq.com））。",
];
/// Mark of the example row.
pub const EXAMPLE_MARK: &str = "例：";
/// Name of the official sheet.
pub const SHEET: &str = "附件1";
/// Name of the sheet with what the form lacks.
pub const EXTRA_SHEET: &str = "补充信息";
/// Titles of that sheet; the second column is for the reader's eye.
pub const EXTRA_COLUMNS: [&str; 6] =
    ["序号", "牵头部门监管事项", "事项类别", "检查方式", "监管对象类别", "行业大类代码"];
/// Titles of the hidden columns.
pub const HIDDEN: [&str; 2] = ["_id", "_version"];
/// Property that names the form.
pub const PROPERTY: (&str, &str) = ("lianjian_form", "attachment-1");

/// A file may hold 4096 merges; further items leave their lead cells blank below the first row, which reads the same.
const MOST_MERGES: usize = 4000;

/// One item as the form has it: texts only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormItem {
    /// Whether it is marked as an example; the mark is not in `field`.
    pub is_example: bool,
    /// Column 2.
    pub field: String,
    /// Column 3.
    pub lead_department: String,
    /// Column 4.
    pub lead_item: String,
    /// Column 5.
    pub lead_basis: String,
    /// Column 6.
    pub subject_desc: String,
    /// Column 7.
    pub organising_level: String,
    /// Column 8.
    pub supervision_level: String,
    /// Columns 9–11, one row each.
    pub cooperating: Vec<FormCooperation>,
    /// What the form lacks.
    pub extra: Extra,
    /// Id of the item it was exported from.
    pub id: Option<Uuid>,
    /// Version of that item at the export.
    pub version: Option<i64>,
    /// Where it was read.
    pub place: Place,
}

/// Columns 9–11 of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormCooperation {
    /// Column 9.
    pub department: String,
    /// Column 10.
    pub item: String,
    /// Column 11.
    pub basis: String,
}

/// What the form lacks; absent members are not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// 事项类别.
    pub category: Option<ItemCategory>,
    /// 检查方式.
    pub inspection_methods: Option<Vec<InspectionMethod>>,
    /// 监管对象类别.
    pub subject_kinds: Option<Vec<SubjectKind>>,
    /// 行业大类代码; empty means none.
    pub industry: Option<String>,
}

/// Where an item was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Sheet.
    pub sheet: Option<String>,
    /// Row of the item, from 1.
    pub row: u64,
    /// Rows of its cooperating departments.
    pub coop_rows: Vec<u64>,
}

impl FormItem {
    /// Columns 2–8 as written.
    #[must_use]
    pub fn lead_cells(&self) -> [String; 7] {
        let mark = if self.is_example { EXAMPLE_MARK } else { "" };
        [
            format!("{mark}{}", self.field),
            self.lead_department.clone(),
            self.lead_item.clone(),
            self.lead_basis.clone(),
            self.subject_desc.clone(),
            self.organising_level.clone(),
            self.supervision_level.clone(),
        ]
    }

    /// Id and version as written.
    #[must_use]
    pub fn hidden_cells(&self) -> [String; 2] {
        [
            self.id.map(|id| id.to_string()).unwrap_or_default(),
            self.version.map(|v| v.to_string()).unwrap_or_default(),
        ]
    }

    /// The extra columns as written, without 序号 and the item.
    #[must_use]
    pub fn extra_cells(&self) -> [String; 4] {
        let join = |labels: Vec<&str>| labels.join("、");
        let methods = self.extra.inspection_methods.as_deref().unwrap_or_default();
        let kinds = self.extra.subject_kinds.as_deref().unwrap_or_default();
        [
            self.extra.category.map(|c| c.label_zh().to_string()).unwrap_or_default(),
            join(methods.iter().map(|m| m.label_zh()).collect()),
            join(kinds.iter().map(|k| k.label_zh()).collect()),
            self.extra.industry.clone().unwrap_or_default(),
        ]
    }
}

/// The workbook of these items; equal items give equal bytes.
#[must_use]
pub fn workbook(items: &[FormItem]) -> Workbook {
    let mut book = Workbook::new(vec![official(items), extra(items)]);
    book.properties.insert(PROPERTY.0.to_string(), PROPERTY.1.to_string());
    book
}

/// The file of these items.
///
/// # Errors
/// As [`Workbook::write`].
pub fn write(items: &[FormItem]) -> Result<Vec<u8>, TableError> {
    workbook(items).write()
}

fn official(items: &[FormItem]) -> Grid {
    let width = COLUMNS.len() as u32;
    let mut grid = Grid { sheet_name: SHEET.to_string(), header_rows: 2, ..Grid::default() };
    grid.merges.push(Merge { r0: 0, c0: 0, r1: 0, c1: width - 1 });
    grid.rows.push(vec![Cell::text(TITLE)]);
    grid.rows.push(COLUMNS.iter().chain(&HIDDEN).map(|t| Cell::text(t)).collect());
    for (i, item) in items.iter().enumerate() {
        let first = grid.rows.len() as u32;
        let blank = FormCooperation::default();
        let rows = if item.cooperating.is_empty() { std::slice::from_ref(&blank) } else { &item.cooperating };
        for (k, coop) in rows.iter().enumerate() {
            let mut cells = vec![Cell::default(); 8];
            if k == 0 {
                cells = std::iter::once((i + 1).to_string())
                    .chain(item.lead_cells())
                    .map(|t| Cell::text(&t))
                    .collect();
            }
            cells.extend([&coop.department, &coop.item, &coop.basis].map(|t| Cell::text(t)));
            if k == 0 {
                cells.extend(item.hidden_cells().iter().map(|t| Cell::text(t)));
            }
            grid.rows.push(cells);
        }
        let last = grid.rows.len() as u32 - 1;
        if last > first && grid.merges.len() + 8 <= MOST_MERGES {
            grid.merges.extend((0..8).map(|c| Merge { r0: first, c0: c, r1: last, c1: c }));
        }
    }
    for note in NOTES {
        let row = grid.rows.len() as u32;
        grid.merges.push(Merge { r0: row, c0: 0, r1: row, c1: width - 1 });
        grid.rows.push(vec![Cell::text(note)]);
    }
    grid.hidden_cols.extend([width, width + 1]);
    grid.col_widths.extend((0..width).zip([6.0, 16.0, 22.0, 28.0, 28.0, 22.0, 9.0, 9.0, 18.0, 28.0, 28.0]));
    grid
}

fn extra(items: &[FormItem]) -> Grid {
    let mut grid = Grid { sheet_name: EXTRA_SHEET.to_string(), header_rows: 1, ..Grid::default() };
    grid.rows.push(EXTRA_COLUMNS.iter().map(|t| Cell::text(t)).collect());
    for (i, item) in items.iter().enumerate() {
        let own = [(i + 1).to_string(), item.lead_item.clone()];
        grid.rows.push(own.into_iter().chain(item.extra_cells()).map(|t| Cell::text(&t)).collect());
    }
    grid.col_widths.extend((0..6).zip([6.0, 36.0, 12.0, 36.0, 36.0, 14.0]));
    grid
}
