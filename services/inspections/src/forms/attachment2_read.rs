//! Reading Attachment 2 from XLSX, CSV and NDJSON: by position; cells of the lead row are filled down only inside a merge, or
//! when column 1 is blank and column 3 is not (`domain.md` §7).
//!
//! Refuses a sheet without the form's head, swapped columns, and rows that cannot be placed; remarks the rest. Knows texts and
//! places, not organs or items. Called by the import.

use super::attachment2::{
    COLUMNS, EXTRA_COLUMNS, EXTRA_SHEET, Extra, FormPlan, FormRow, HIDDEN, LABELS, Line, LinePart, Place,
    TITLE_CORE,
};
use super::text::{Repeat, csv_table, no_rows};
use domain::vocabulary::{InspectionMethod, ItemCategory, PlanKind, SubjectKind};
use std::collections::{HashMap, HashSet};
use table_kit::form::{FormFault, Table, clean, limits};
use table_kit::grid::Workbook;
use table_kit::header::normalise_title;
use table_kit::rows::{Options, Record, Source};
use table_kit::sniff::Format;
use table_kit::{Severity, TableError};

/// Rows looked at for the head of the form.
const HEAD_WITHIN: usize = 20;
/// Titles of the extra columns that hold data.
const EXTRA_TITLES: [&str; 4] = [EXTRA_COLUMNS[2], EXTRA_COLUMNS[3], EXTRA_COLUMNS[4], EXTRA_COLUMNS[5]];

/// Plans and findings of one file.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// Year of the title line.
    pub year: Option<i16>,
    /// Plans, in order, also those with findings.
    pub plans: Vec<FormPlan>,
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
        let (zh, en) = (
            "未找到附件2的表头（第1列“序号”、第2列“综合监管计划名称”），请使用本系统导出的表格",
            "the head of Attachment 2 was not found; use the form this system exports",
        );
        let fault = FormFault::at((sheet.as_deref(), 1, 1), Severity::Block, "form_not_recognised", zh, en);
        return Parsed { faults: vec![FormFault { row: None, column: None, ..fault }], ..Parsed::default() };
    };
    let mut parsed = read_table(form, true);
    parsed.faults.extend(book.warnings.iter().cloned().map(FormFault::from));
    for other in tables.iter().filter(|t| !is_extra(t) && !std::ptr::eq(*t, form) && !t.rows.is_empty()) {
        let (zh, en) = ("此工作表未导入", "this sheet was not read");
        parsed.faults.push(FormFault::at(other.place(0, 0), Severity::Warn, "sheet_ignored", zh, en));
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

/// The year of a title line: the first four digits that are followed by 年.
fn year_in(text: &str) -> Option<i16> {
    let text = domain::text::normalise(text);
    let before = text.split('年').next().filter(|b| b.len() < text.len())?;
    let digits: String = before.chars().rev().take_while(char::is_ascii_digit).collect();
    let digits: String = digits.chars().rev().collect();
    (digits.len() == 4).then(|| digits.parse().ok()).flatten()
}

/// Reads the rows of the form from a sheet or a CSV file.
#[must_use]
pub fn read_table(table: &Table, has_title: bool) -> Parsed {
    let mut reader =
        Reader { table, parsed: Parsed::default(), columns: HashMap::new(), numbers: HashSet::new() };
    let Some(head) = head(table) else {
        let (zh, en) = ("未找到附件2的表头", "the head of Attachment 2 was not found");
        reader.fault((0, 0), Severity::Block, "form_not_recognised", zh, en);
        return reader.parsed;
    };
    if has_title {
        let title = (0..head).map(|r| table.text(r, 0)).find(|t| t.contains(TITLE_CORE));
        reader.parsed.year = title.and_then(year_in);
        if title.is_none() {
            let (zh, en) =
                ("表名应为《南郑区跨部门综合监管工作计划（××××年度）》", "the title line is not the form's");
            reader.fault((0, 0), Severity::Warn, "title_differs", zh, en);
        }
    }
    reader.titles(head);
    for row in head + 1..table.rows.len() {
        let first = table.text(row, 0);
        if first.starts_with("注：") || first.starts_with("注:") {
            break;
        }
        reader.row(row);
    }
    if reader.parsed.plans.is_empty() && !reader.parsed.faults.iter().any(FormFault::is_blocking) {
        reader.parsed.faults.push(no_rows(table.place(head, 0)));
    }
    reader.parsed
}

/// The name of a department without the label that the blank form has before it.
#[must_use]
pub fn department_name(text: &str) -> &str {
    let text = text.trim();
    for label in LABELS {
        if let Some(rest) = text.strip_prefix(label) {
            let rest = rest.trim_start_matches(['：', ':', '\n', ' ', '　', '—', '-']);
            return rest.trim();
        }
    }
    text
}

struct Reader<'t> {
    table: &'t Table,
    parsed: Parsed,
    /// Columns beyond the form's seven, by title.
    columns: HashMap<String, usize>,
    /// Numbers met in column 1.
    numbers: HashSet<String>,
}

impl Reader<'_> {
    fn fault(
        &mut self,
        (row, column): (usize, usize),
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
        for (column, expected) in known.iter().enumerate() {
            let title = normalise_title(self.table.text(head, column));
            if title == *expected {
                continue;
            }
            if known.contains(&title) {
                let (zh, en) =
                    ("列的顺序与附件2不符，请恢复原列序", "the columns are not in the form's order");
                self.fault((head, column), Severity::Block, "columns_swapped", zh, en);
            } else {
                let (zh, en) =
                    ("列名与附件2不符，已按位置读取", "the column title is not the form's; read by position");
                self.fault((head, column), Severity::Warn, "column_title_differs", zh, en);
            }
        }
        let width = self.table.rows.get(head).map_or(0, |(_, cells)| cells.len());
        for column in COLUMNS.len()..width {
            let title = normalise_title(self.table.text(head, column));
            if EXTRA_TITLES.iter().chain(&HIDDEN).any(|t| normalise_title(t) == title) {
                self.columns.entry(title).or_insert(column);
            } else if !title.is_empty() {
                let (zh, en) = ("附件2没有此列，未导入", "the form has no such column; not read");
                self.fault((head, column), Severity::Warn, "column_ignored", zh, en);
            }
        }
    }

    fn row(&mut self, row: usize) {
        let table = self.table;
        let text = |column| table.text(row, column);
        let is_inside = table.is_continued(row, 0);
        let is_own = |c: usize| !table.is_continued(row, c) && !text(c).is_empty();
        // The blank form's own rows: a label and nothing else.
        let is_label = LABELS.contains(&text(2)) && (0..COLUMNS.len()).all(|c| c == 2 || !is_own(c));
        if is_label || !(0..COLUMNS.len()).any(is_own) {
            return;
        }
        if !is_inside && !text(0).is_empty() {
            self.begin(row);
        } else if self.parsed.plans.is_empty() || (!is_inside && text(2).is_empty()) {
            let column = (0..COLUMNS.len()).find(|c| !text(*c).is_empty()).unwrap_or(0);
            let (zh, en) = (
                "第1列和第3列都为空，无法判断此行属于哪一计划",
                "columns 1 and 3 are blank: the row belongs to no plan",
            );
            self.fault((row, column), Severity::Block, "row_not_placed", zh, en);
        } else {
            self.go_on(row);
        }
    }

    fn begin(&mut self, row: usize) {
        let table = self.table;
        let text = |column| table.text(row, column).to_string();
        let seq = text(0);
        if seq.parse::<u32>().is_err() {
            let (zh, en) =
                ("序号应为整数，导出时将重新编号", "the number is not an integer; an export numbers again");
            self.fault((row, 0), Severity::Warn, "seq_not_integer", zh, en);
        } else if !self.numbers.insert(seq) {
            let (zh, en) = ("序号重复，导出时将重新编号", "the number is repeated; an export numbers again");
            self.fault((row, 0), Severity::Warn, "seq_repeated", zh, en);
        }
        let mut plan = FormPlan {
            name: text(1),
            subject_desc: text(4),
            quantity: text(5),
            period: text(6),
            rows: vec![FormRow { department: text(2), item: text(3), ..FormRow::default() }],
            extra: self.extra(row),
            place: Place { sheet: table.sheet.clone(), rows: vec![table.place(row, 0).1] },
            ..FormPlan::default()
        };
        self.identity(row, &mut plan);
        self.parsed.plans.push(plan);
    }

    /// A further row of the plan before.
    fn go_on(&mut self, row: usize) {
        let table = self.table;
        let name = table.text(row, 1);
        let is_other = self.parsed.plans.last().is_some_and(|p| !name.is_empty() && p.name != name);
        if is_other {
            let (zh, en) = (
                "第1列为空的行是上一计划的续行，此处计划名称与上一计划不同；若为新计划请填写序号",
                "a row without a number continues the plan before, but names another; number it if it is a new plan",
            );
            self.fault((row, 1), Severity::Block, "continuation_differs", zh, en);
        }
        let own = |column: usize| {
            let text = table.text(row, column);
            (!table.is_continued(row, column) && !text.is_empty()).then(|| text.to_string())
        };
        let line = table.place(row, 0).1;
        if let Some(plan) = self.parsed.plans.last_mut() {
            plan.rows.push(FormRow {
                department: table.text(row, 2).to_string(),
                item: table.text(row, 3).to_string(),
                subject_desc: own(4),
                quantity: own(5),
                period: own(6),
            });
            plan.place.rows.push(line);
        }
    }

    fn column(&self, row: usize, title: &str) -> Option<&str> {
        self.columns.get(&normalise_title(title)).map(|c| self.table.text(row, *c))
    }

    fn identity(&mut self, row: usize, plan: &mut FormPlan) {
        let id = self.column(row, HIDDEN[0]).unwrap_or_default().to_string();
        let version = self.column(row, HIDDEN[1]).unwrap_or_default().to_string();
        if id.is_empty() {
            return;
        }
        match (id.parse(), version.parse()) {
            (Ok(id), Ok(version)) => {
                plan.id = Some(id);
                plan.version = Some(version);
            }
            _ => {
                let column = self.columns.get(&normalise_title(HIDDEN[0])).copied().unwrap_or(0);
                let (zh, en) = (
                    "隐藏列 _id、_version 已被改动，请重新导出后再改",
                    "the hidden columns _id and _version were changed; export again",
                );
                self.fault((row, column), Severity::Block, "bad_identity", zh, en);
            }
        }
    }

    fn extra(&mut self, row: usize) -> Extra {
        let cells = EXTRA_TITLES.map(|t| self.column(row, t).map(ToString::to_string));
        let places = EXTRA_TITLES.map(|t| self.columns.get(&normalise_title(t)).copied().unwrap_or(0));
        let table = self.table;
        extra_of(&cells, |i| table.place(row, places[i])).unwrap_or_else(|faults| {
            self.parsed.faults.extend(faults);
            Extra::default()
        })
    }
}

/// Reads the four extra cells; absent columns say nothing.
fn extra_of<'t>(
    cells: &[Option<String>; 4],
    place: impl Fn(usize) -> (Option<&'t str>, u64, u32),
) -> Result<Extra, Vec<FormFault>> {
    let mut faults = Vec::new();
    let mut unknown = |i: usize| {
        let (zh, en) = ("不是规定用语", "not one of the known words");
        let fault = FormFault::at(place(i), Severity::Block, "unknown_word", zh, en);
        faults.push(fault.value(cells[i].as_deref().unwrap_or_default()));
    };
    let said = |i: usize| cells[i].as_deref().filter(|t| !t.is_empty());
    let mut extra = Extra::default();
    if let Some(text) = said(0) {
        extra.kind = text.parse::<PlanKind>().map_err(|_| unknown(0)).ok();
    }
    if let Some(text) = said(1) {
        extra.category = text.parse::<ItemCategory>().map_err(|_| unknown(1)).ok();
    }
    if let Some(text) = said(2) {
        extra.method = text.parse::<InspectionMethod>().map_err(|_| unknown(2)).ok();
    }
    if let Some(text) = &cells[3] {
        let found = SubjectKind::find_in(text);
        if found.is_empty() && !text.is_empty() {
            unknown(3);
        }
        extra.subject_kinds = Some(found);
    }
    if faults.is_empty() { Ok(extra) } else { Err(faults) }
}

/// Adds what sheet 2 says to the plans, by their number on sheet 1.
fn read_extras(extra: &Table, form: &Table, parsed: &mut Parsed) {
    let columns: HashMap<String, usize> = extra
        .rows
        .first()
        .map(|(_, cells)| cells.iter().enumerate().map(|(i, t)| (normalise_title(t), i)).collect())
        .unwrap_or_default();
    let Some(seq_column) = columns.get(COLUMNS[0]).copied() else { return };
    let mut rows: HashMap<&str, usize> = HashMap::new();
    for row in 1..extra.rows.len() {
        rows.entry(extra.text(row, seq_column)).or_insert(row);
    }
    for plan in &mut parsed.plans {
        let line = plan.place.rows.first().copied().unwrap_or(1);
        let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(row) = rows.get(form.text(index, 0)).copied() else { continue };
        let column = |title: &str| columns.get(&normalise_title(title)).copied();
        let cells = EXTRA_TITLES.map(|t| column(t).map(|c| extra.text(row, c).to_string()));
        match extra_of(&cells, |i| extra.place(row, column(EXTRA_TITLES[i]).unwrap_or(0))) {
            Ok(said) => plan.extra = said,
            Err(faults) => parsed.faults.extend(faults),
        }
    }
}

/// Reads a CSV file of the same columns; a cell that begins like a formula blocks.
///
/// # Errors
/// What table-kit refuses as a whole.
pub fn read_csv(bytes: &[u8]) -> Result<Parsed, Vec<FormFault>> {
    let (table, mut faults) = csv_table(bytes, Repeat::Text)?;
    let mut parsed = read_table(&table, false);
    faults.append(&mut parsed.faults);
    Ok(Parsed { faults, ..parsed })
}

/// Reads an NDJSON file; unknown and repeated members are refused with their line.
///
/// # Errors
/// What table-kit refuses as a whole.
pub fn read_ndjson(bytes: &[u8]) -> Result<Parsed, Vec<FormFault>> {
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
        match strict.and_then(|v| serde_json::from_value::<Line>(v).map_err(|e| e.to_string())) {
            Ok(said) => parsed.plans.push(plan_of(said, line)),
            Err(why) => {
                let (zh, en) = (format!("此行不是有效的计划：{why}"), format!("the line is no plan: {why}"));
                let fault = FormFault::at((None, line, 1), Severity::Block, "bad_line", &zh, &en);
                parsed.faults.push(FormFault { column: None, ..fault }.value(record.raw()));
            }
        }
    }
    Ok(parsed)
}

fn plan_of(line: Line, number: u64) -> FormPlan {
    let Line {
        seq: _,
        year,
        name,
        subject_desc,
        quantity_text,
        period_text,
        parts,
        kind,
        category,
        method,
        subject_kinds,
        id,
        version,
    } = line;
    let own = |text: Option<String>| text.map(|t| clean(&t)).filter(|t| !t.is_empty());
    let rows: Vec<FormRow> = parts
        .into_iter()
        .map(|part| {
            let LinePart { department, item_text, subject_desc, quantity_text, period_text } = part;
            FormRow {
                department: clean(&department),
                item: clean(&item_text),
                subject_desc: own(subject_desc),
                quantity: own(quantity_text),
                period: own(period_text),
            }
        })
        .collect();
    FormPlan {
        name: clean(&name),
        subject_desc: clean(&subject_desc),
        quantity: clean(&quantity_text),
        period: clean(&period_text),
        place: Place { sheet: None, rows: vec![number; rows.len().max(1)] },
        rows,
        extra: Extra { kind, category, method, subject_kinds },
        id,
        version: version.filter(|_| id.is_some()),
        year,
    }
}
