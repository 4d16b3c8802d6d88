//! Reading Attachment 1: by position, lead cells filled down only inside a merge, or when column 1 is blank and column 9
//! is not (`domain.md` §7).
//!
//! Refuses a sheet without the form's head, swapped columns, and rows that cannot be placed; remarks the rest. Works on
//! [`Table`], so a CSV of the same columns reads the same. Called by the import.

use super::attachment1::{
    COLUMNS, EXAMPLE_MARK, EXTRA_SHEET, Extra, FormCooperation, FormItem, HIDDEN, Place, TITLE_CORE,
};
use super::{FormFault, Table, limits};
use domain::vocabulary::{InspectionMethod, ItemCategory, SubjectKind};
use std::collections::{HashMap, HashSet};
use table_kit::Severity;
use table_kit::grid::Workbook;
use table_kit::header::normalise_title;

/// Rows looked at for the head of the form.
const HEAD_WITHIN: usize = 20;

/// Items and findings of one file.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// Items, in order, also those with findings.
    pub items: Vec<FormItem>,
    /// Findings, in order.
    pub faults: Vec<FormFault>,
}

/// Reads an XLSX file.
///
/// # Errors
/// What table-kit refuses: the file as a whole is not looked at further.
pub fn read(bytes: &[u8]) -> Result<Parsed, Vec<FormFault>> {
    let book = Workbook::read(bytes, &limits())
        .map_err(|all| all.into_iter().map(FormFault::from).collect::<Vec<_>>())?;
    Ok(read_workbook(&book))
}

/// Reads a workbook: the first visible sheet with the form's head, and the sheet of extras.
#[must_use]
pub fn read_workbook(book: &Workbook) -> Parsed {
    let tables: Vec<Table> = book.grids.iter().filter(|g| !g.is_hidden).map(Table::of).collect();
    let is_extra = |t: &&Table| t.sheet.as_deref() == Some(EXTRA_SHEET);
    let Some(form) = tables.iter().filter(|t| !is_extra(t)).find(|t| head(t).is_some()) else {
        let sheet = tables.first().and_then(|t| t.sheet.clone());
        let fault = FormFault {
            sheet,
            row: None,
            column: None,
            code: "form_not_recognised",
            severity: Severity::Block,
            value: String::new(),
            zh: "未找到附件1的表头（第1列“序号”、第2列“监管领域”），请使用本系统导出的表格".into(),
            en: "the head of Attachment 1 was not found; use the form this system exports".into(),
        };
        return Parsed { items: Vec::new(), faults: vec![fault] };
    };
    let mut parsed = read_table(form, true);
    parsed.faults.extend(book.warnings.iter().cloned().map(FormFault::from));
    for other in tables.iter().filter(|t| !is_extra(t) && !std::ptr::eq(*t, form) && !t.rows.is_empty()) {
        parsed.faults.push(FormFault::at(
            other.place(0, 0),
            Severity::Warn,
            "sheet_ignored",
            "此工作表未导入",
            "this sheet was not read",
        ));
    }
    if let Some(extra) = tables.iter().find(is_extra) {
        read_extras(extra, form, &mut parsed);
    }
    parsed
}

/// Row index of the column titles.
fn head(table: &Table) -> Option<usize> {
    (0..table.rows.len().min(HEAD_WITHIN)).find(|r| {
        normalise_title(table.text(*r, 0)) == COLUMNS[0] && normalise_title(table.text(*r, 1)) == COLUMNS[1]
    })
}

/// Reads the rows of the form from a sheet or a CSV file.
#[must_use]
pub fn read_table(table: &Table, has_title: bool) -> Parsed {
    let mut reader = Reader {
        table,
        parsed: Parsed::default(),
        columns: HashMap::new(),
        numbers: HashSet::new(),
        has_item: false,
    };
    let Some(head) = head(table) else {
        reader.fault(
            0,
            0,
            Severity::Block,
            "form_not_recognised",
            "未找到附件1的表头",
            "the head of Attachment 1 was not found",
        );
        return reader.parsed;
    };
    if has_title && !(0..head).any(|r| table.text(r, 0).contains(TITLE_CORE)) {
        reader.fault(
            0,
            0,
            Severity::Warn,
            "title_differs",
            "表名应为《跨部门综合监管重点事项清单》",
            "the title line is not the form's",
        );
    }
    reader.titles(head);
    for row in head + 1..table.rows.len() {
        if is_note(table.text(row, 0)) {
            break;
        }
        reader.row(row);
    }
    reader.parsed
}

fn is_note(text: &str) -> bool {
    text.starts_with("注：") || text.starts_with("注:")
}

struct Reader<'t> {
    table: &'t Table,
    parsed: Parsed,
    /// Columns beyond the form's eleven, by title.
    columns: HashMap<String, usize>,
    /// Numbers met in column 1.
    numbers: HashSet<String>,
    has_item: bool,
}

impl Reader<'_> {
    fn fault(
        &mut self,
        row: usize,
        column: usize,
        severity: Severity,
        code: &'static str,
        zh: &str,
        en: &str,
    ) {
        let text = self.table.text(row, column);
        let fault = FormFault::at(self.table.place(row, column), severity, code, zh, en).value(text);
        self.parsed.faults.push(fault);
    }

    fn titles(&mut self, head: usize) {
        let known: Vec<String> = COLUMNS.iter().map(|t| normalise_title(t)).collect();
        for column in 0..COLUMNS.len() {
            let title = normalise_title(self.table.text(head, column));
            if title == known[column] {
                continue;
            }
            if known.contains(&title) {
                self.fault(
                    head,
                    column,
                    Severity::Block,
                    "columns_swapped",
                    "列的顺序与附件1不符，请恢复原列序",
                    "the columns are not in the form's order",
                );
            } else {
                self.fault(
                    head,
                    column,
                    Severity::Warn,
                    "column_title_differs",
                    "列名与附件1不符，已按位置读取",
                    "the column title is not the form's; read by position",
                );
            }
        }
        let width = self.table.rows.get(head).map_or(0, |(_, cells)| cells.len());
        for column in COLUMNS.len()..width {
            let title = normalise_title(self.table.text(head, column));
            let extras = super::attachment1::EXTRA_COLUMNS.iter().skip(2).chain(&HIDDEN);
            if extras.map(|t| normalise_title(t)).any(|t| t == title) {
                self.columns.entry(title).or_insert(column);
            } else if !title.is_empty() {
                self.fault(
                    head,
                    column,
                    Severity::Warn,
                    "column_ignored",
                    "附件1没有此列，未导入",
                    "the form has no such column; not read",
                );
            }
        }
    }

    fn row(&mut self, row: usize) {
        let table = self.table;
        let text = |column| table.text(row, column);
        let coop = FormCooperation {
            department: text(8).to_string(),
            item: text(9).to_string(),
            basis: text(10).to_string(),
        };
        let has_coop = !(coop.department.is_empty() && coop.item.is_empty() && coop.basis.is_empty());
        let is_inside = table.is_continued(row, 0);
        let has_lead = (0..8).any(|c| !table.is_continued(row, c) && !text(c).is_empty());
        if !has_coop && !has_lead {
            return;
        }
        if !is_inside && !text(0).is_empty() {
            self.begin(row, coop, has_coop);
        } else if !self.has_item || (!is_inside && coop.department.is_empty()) {
            let column = (0..COLUMNS.len()).find(|c| !text(*c).is_empty()).unwrap_or(0);
            self.fault(
                row,
                column,
                Severity::Block,
                "row_not_placed",
                "第1列和第9列都为空，无法判断此行属于哪一事项",
                "columns 1 and 9 are blank: the row belongs to no item",
            );
        } else {
            self.go_on(row, coop, has_coop);
        }
    }

    fn begin(&mut self, row: usize, coop: FormCooperation, has_coop: bool) {
        let table = self.table;
        let text = |column| table.text(row, column).to_string();
        let seq = text(0);
        if seq.parse::<u32>().is_err() && !seq.starts_with(EXAMPLE_MARK) {
            self.fault(
                row,
                0,
                Severity::Warn,
                "seq_not_integer",
                "序号应为整数，导出时将重新编号",
                "the number is not an integer; an export numbers again",
            );
        } else if !self.numbers.insert(seq.clone()) {
            self.fault(
                row,
                0,
                Severity::Warn,
                "seq_repeated",
                "序号重复，导出时将重新编号",
                "the number is repeated; an export numbers again",
            );
        }
        let field = text(1);
        let marked = field
            .strip_prefix(EXAMPLE_MARK)
            .or_else(|| field.strip_prefix("例:"))
            .map(|rest| rest.trim().to_string());
        let is_example = marked.is_some() || seq.starts_with(EXAMPLE_MARK);
        let line = table.place(row, 0).1;
        let mut item = FormItem {
            is_example,
            field: marked.unwrap_or(field),
            lead_department: text(2),
            lead_item: text(3),
            lead_basis: text(4),
            subject_desc: text(5),
            organising_level: text(6),
            supervision_level: text(7),
            extra: self.extra(row),
            place: Place { sheet: table.sheet.clone(), row: line, coop_rows: Vec::new() },
            ..FormItem::default()
        };
        self.identity(row, &mut item);
        if has_coop {
            item.cooperating.push(coop);
            item.place.coop_rows.push(line);
        }
        if is_example {
            self.fault(
                row,
                1,
                Severity::Warn,
                "example_row",
                "以“例：”开头的是示例行，默认不导入",
                "a row that begins with 例： is the example",
            );
        }
        self.parsed.items.push(item);
        self.has_item = true;
    }

    /// A further row of the item before.
    fn go_on(&mut self, row: usize, coop: FormCooperation, has_coop: bool) {
        let table = self.table;
        let Some(lead) = self.parsed.items.last().map(FormItem::lead_cells) else { return };
        for (i, cell) in lead.iter().enumerate() {
            let column = i + 1;
            let text = table.text(row, column);
            if !text.is_empty() && text != cell {
                self.fault(row, column, Severity::Block, "continuation_differs", "第1列为空的行是上一事项的续行，此处内容与上一事项不同；若为新事项请填写序号", "a row without a number continues the item before, but says otherwise; number it if it is a new item");
            }
        }
        let line = table.place(row, 0).1;
        if let Some(item) = self.parsed.items.last_mut().filter(|_| has_coop) {
            item.cooperating.push(coop);
            item.place.coop_rows.push(line);
        }
    }

    fn column(&self, row: usize, title: &str) -> Option<&str> {
        self.columns.get(title).map(|c| self.table.text(row, *c))
    }

    fn identity(&mut self, row: usize, item: &mut FormItem) {
        let id = self.column(row, HIDDEN[0]).unwrap_or_default().to_string();
        let version = self.column(row, HIDDEN[1]).unwrap_or_default().to_string();
        if id.is_empty() {
            return;
        }
        match (id.parse(), version.parse()) {
            (Ok(id), Ok(version)) => {
                item.id = Some(id);
                item.version = Some(version);
            }
            _ => {
                let column = self.columns.get(HIDDEN[0]).copied().unwrap_or(0);
                self.fault(
                    row,
                    column,
                    Severity::Block,
                    "bad_identity",
                    "隐藏列 _id、_version 已被改动，请重新导出后再改",
                    "the hidden columns _id and _version were changed; export again",
                );
            }
        }
    }

    fn extra(&mut self, row: usize) -> Extra {
        let titles = ["事项类别", "检查方式", "监管对象类别", "行业大类代码"];
        let cells = titles.map(|t| self.column(row, t).map(ToString::to_string));
        let places = titles.map(|t| self.columns.get(t).copied().unwrap_or(0));
        let table = self.table;
        extra_of(&cells, |i, code, zh, en| {
            FormFault::at(table.place(row, places[i]), Severity::Block, code, zh, en)
                .value(cells[i].as_deref().unwrap_or_default())
        })
        .unwrap_or_else(|faults| {
            self.parsed.faults.extend(faults);
            Extra::default()
        })
    }
}

/// Reads the four extra cells; absent columns say nothing.
fn extra_of(
    cells: &[Option<String>; 4],
    fault: impl Fn(usize, &'static str, &str, &str) -> FormFault,
) -> Result<Extra, Vec<FormFault>> {
    let mut faults = Vec::new();
    let mut unknown = |i| faults.push(fault(i, "unknown_word", "不是规定用语", "not one of the known words"));
    let mut extra = Extra::default();
    if let Some(text) = cells[0].as_deref().filter(|t| !t.is_empty()) {
        match text.parse::<ItemCategory>() {
            Ok(c) => extra.category = Some(c),
            Err(_) => unknown(0),
        }
    }
    if let Some(text) = &cells[1] {
        match words(text, InspectionMethod::find_in) {
            Some(all) => extra.inspection_methods = Some(all),
            None => unknown(1),
        }
    }
    if let Some(text) = &cells[2] {
        match words(text, SubjectKind::find_in) {
            Some(all) => extra.subject_kinds = Some(all),
            None => unknown(2),
        }
    }
    if let Some(text) = &cells[3] {
        match domain::code::industry::Industry::parse(text) {
            _ if text.is_empty() => extra.industry = Some(String::new()),
            Ok(code) => extra.industry = Some(code.as_str().to_string()),
            Err(_) => unknown(3),
        }
    }
    if faults.is_empty() { Ok(extra) } else { Err(faults) }
}

/// The words of a cell; none when it has text and no word is known.
fn words<W: Copy>(text: &str, find: impl Fn(&str) -> Vec<W>) -> Option<Vec<W>> {
    let found = find(text);
    if found.is_empty() && !text.is_empty() { None } else { Some(found) }
}

/// Adds what sheet 2 says to the items, by their number on sheet 1.
fn read_extras(extra: &Table, form: &Table, parsed: &mut Parsed) {
    let columns: HashMap<String, usize> = extra
        .rows
        .first()
        .map(|(_, cells)| cells.iter().enumerate().map(|(i, t)| (normalise_title(t), i)).collect())
        .unwrap_or_default();
    let Some(seq_column) = columns.get(COLUMNS[0]).copied() else { return };
    let titles = ["事项类别", "检查方式", "监管对象类别", "行业大类代码"];
    let mut rows: HashMap<&str, usize> = HashMap::new();
    for row in 1..extra.rows.len() {
        rows.entry(extra.text(row, seq_column)).or_insert(row);
    }
    for item in &mut parsed.items {
        let index = usize::try_from(item.place.row.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(row) = rows.get(form.text(index, 0)).copied() else { continue };
        let cells = titles.map(|t| columns.get(t).map(|c| extra.text(row, *c).to_string()));
        let place = |i: usize| extra.place(row, columns.get(titles[i]).copied().unwrap_or(0));
        match extra_of(&cells, |i, code, zh, en| {
            FormFault::at(place(i), Severity::Block, code, zh, en)
                .value(cells[i].as_deref().unwrap_or_default())
        }) {
            Ok(said) => item.extra = said,
            Err(faults) => parsed.faults.extend(faults),
        }
    }
}
