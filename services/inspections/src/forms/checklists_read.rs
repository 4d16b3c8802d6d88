//! Reading the table of checklist templates from XLSX, CSV and NDJSON: columns by their titles, in any order.
//!
//! Rows of one number and title are one template; where both are blank, or inside a merge, the row belongs to the template
//! above. A row whose 序号 is no number is a part of the paper form (要求提供材料, 检查结果, 检查人员, …) and no point: it is left
//! out with a remark. Knows texts and places, not organs or templates. Called by the import.

use super::checklists::{COLUMNS, FormPoint, FormTemplate, Line, LinePoint, column};
use super::text::{Repeat, csv_table, no_rows};
use std::collections::HashMap;
use table_kit::form::{FormFault, Table, clean, limits};
use table_kit::grid::Workbook;
use table_kit::header::Header;
use table_kit::rows::{Options, Record, Source};
use table_kit::sniff::Format;
use table_kit::{Limits, Severity, TableError};

/// Rows looked at for the titles.
const HEAD_WITHIN: usize = 20;
/// Bytes of one line: a template with all its points.
const LINE_BYTES: usize = 8 << 20;

/// Templates and findings of one file.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// Templates, in order, also those with findings.
    pub templates: Vec<FormTemplate>,
    /// Findings, in order.
    pub faults: Vec<FormFault>,
    /// Rows that are parts of the paper form.
    pub skipped: u64,
    sheet: Option<String>,
    /// Column of each member, from 1; none for lines.
    columns: [Option<u32>; COLUMNS.len()],
}

impl Parsed {
    /// A finding about a member of a row.
    #[must_use]
    pub fn fault(
        &self,
        (row, member): (u64, usize),
        severity: Severity,
        code: &'static str,
        zh: &str,
        en: &str,
    ) -> FormFault {
        let column = self.columns.get(member).copied().flatten();
        let fault = FormFault::at((self.sheet.as_deref(), row, 1), severity, code, zh, en);
        FormFault { column, ..fault }
    }
}

/// Reads an XLSX file: the first visible sheet with the titles.
///
/// # Errors
/// What table-kit refuses, and a workbook without such a sheet.
pub fn read_xlsx(bytes: &[u8]) -> Result<Parsed, Vec<FormFault>> {
    let book = Workbook::read(bytes, &limits())
        .map_err(|all| all.into_iter().map(FormFault::from).collect::<Vec<_>>())?;
    let tables: Vec<Table> = book.grids.iter().filter(|g| !g.is_hidden).map(Table::of).collect();
    let Some((table, head, header)) = tables.iter().find_map(|t| head(t).map(|(r, h)| (t, r, h))) else {
        return Err(vec![not_recognised()]);
    };
    let mut parsed = read_table(table, head, &header);
    parsed.faults.extend(book.warnings.iter().cloned().map(FormFault::from));
    for other in tables.iter().filter(|t| !std::ptr::eq(*t, table) && !t.rows.is_empty()) {
        let (zh, en) = ("此工作表未导入", "this sheet was not read");
        parsed.faults.push(FormFault::at(other.place(0, 0), Severity::Warn, "sheet_ignored", zh, en));
    }
    Ok(parsed)
}

/// Reads a CSV file.
///
/// # Errors
/// What table-kit refuses as a whole, and a file without the titles.
pub fn read_csv(bytes: &[u8]) -> Result<Parsed, Vec<FormFault>> {
    let (table, mut faults) = csv_table(bytes, Repeat::Text)?;
    let Some((head, header)) = head(&table) else { return Err(vec![not_recognised()]) };
    let mut parsed = read_table(&table, head, &header);
    faults.append(&mut parsed.faults);
    Ok(Parsed { faults, ..parsed })
}

/// Reads an NDJSON file; unknown and repeated members are refused with their line.
///
/// # Errors
/// What table-kit refuses as a whole.
pub fn read_ndjson(bytes: &[u8]) -> Result<Parsed, Vec<FormFault>> {
    let one = |e: TableError| vec![FormFault::from(e)];
    let bounds = Limits { record_bytes: LINE_BYTES, ..limits() };
    let options = Options { format: Some(Format::Ndjson), limits: bounds, ..Options::default() };
    let mut rows = Source::open(bytes, options).map_err(one)?;
    let (mut parsed, mut record) = (Parsed::default(), Record::new());
    while rows.next(&mut record).map_err(one)? {
        let line = record.line();
        parsed.faults.extend(record.faults().iter().cloned().map(FormFault::from));
        if record.is_blocked() || record.raw().trim().is_empty() {
            continue;
        }
        let strict = service_kit::extract::strict_json(record.raw().as_bytes()).map_err(|e| e.en);
        match strict.and_then(|v| serde_json::from_value::<Line>(v).map_err(|e| e.to_string())) {
            Ok(said) => parsed.templates.push(template_of(said, line)),
            Err(why) => {
                let (zh, en) =
                    (format!("此行不是有效的检查表：{why}"), format!("the line is no template: {why}"));
                let fault = parsed.fault((line, 0), Severity::Block, "bad_line", &zh, &en);
                parsed.faults.push(fault.value(record.raw()));
            }
        }
    }
    Ok(parsed)
}

fn template_of(line: Line, row: u64) -> FormTemplate {
    let Line { organ_code, item_id, item_number, title, is_active, source, points, id, version } = line;
    let text = |text: Option<String>| text.map(|t| clean(&t)).unwrap_or_default();
    let points = points.into_iter().map(|point| {
        let LinePoint { key, content, method, basis } = point;
        FormPoint { content: clean(&content), method: text(method), basis: text(basis), key: text(key), row }
    });
    FormTemplate {
        number: text(item_number),
        title: clean(&title),
        source: source.map(|s| clean(&s)),
        active: is_active.map(|a| a.to_string()),
        organ: text(organ_code),
        item_id: item_id.map(Some),
        id,
        version: version.filter(|_| id.is_some()),
        points: points.collect(),
        row,
    }
}

fn not_recognised() -> FormFault {
    let (zh, en) = (
        "未找到检查表模板的表头（须有“检查表名称”“检查内容”两列），请使用本系统导出的表格",
        "no row has the titles 检查表名称 and 检查内容; use the table this system exports",
    );
    FormFault::at((None, 1, 1), Severity::Block, "form_not_recognised", zh, en)
}

/// Row of the titles, and what they mean.
fn head(table: &Table) -> Option<(usize, Header)> {
    (0..table.rows.len().min(HEAD_WITHIN)).find_map(|row| {
        let width = table.rows.get(row).map_or(0, |(_, cells)| cells.len());
        let header = Header::map((0..width).map(|c| table.text(row, c)), &COLUMNS);
        let has = |member| header.column_at(member).is_some();
        (has(column::TITLE) && has(column::CONTENT)).then_some((row, header))
    })
}

/// What stands in 序号.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seq {
    Blank,
    Number,
    Words,
}

/// `3`, `3.`, `（3）`, `3、` are numbers.
fn seq_of(text: &str) -> Seq {
    let text = domain::text::normalise(text);
    let bare = text.trim_matches(|c: char| matches!(c, '(' | ')' | '.' | '、' | '．') || c.is_whitespace());
    match bare {
        "" => Seq::Blank,
        t if t.bytes().all(|b| b.is_ascii_digit()) => Seq::Number,
        _ => Seq::Words,
    }
}

fn read_table(table: &Table, head: usize, header: &Header) -> Parsed {
    let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let columns = std::array::from_fn(|m| header.column_at(m).map(|c| at(c) + 1));
    let mut parsed = Parsed { columns, sheet: table.sheet.clone(), ..Parsed::default() };
    let head_row = table.place(head, 0).1;
    let unknown =
        header.unknown.iter().map(|c| (c, "column_ignored", "没有此列，未导入", "no such column; not read"));
    let double = header
        .duplicate
        .iter()
        .map(|c| (c, "column_repeated", "此列重复，未导入", "the column is there twice; not read"));
    for ((column, title), code, zh, en) in unknown.chain(double) {
        let place = (table.sheet.as_deref(), head_row, *column);
        parsed.faults.push(FormFault::at(place, Severity::Warn, code, zh, en).value(title));
    }
    let mut reader =
        Reader { table, header, parsed, known: HashMap::new(), current: None, is_in_points: true };
    for row in head + 1..table.rows.len() {
        reader.row(row);
    }
    if reader.parsed.templates.is_empty() && !reader.parsed.faults.iter().any(FormFault::is_blocking) {
        reader.parsed.faults.push(no_rows(table.place(head, 0)));
    }
    reader.parsed
}

struct Reader<'t> {
    table: &'t Table,
    header: &'t Header,
    parsed: Parsed,
    /// Number, title and organ → place among the templates.
    known: HashMap<(String, String, String), usize>,
    current: Option<usize>,
    /// Whether the row before was a point; a blank 序号 goes on with whatever was there.
    is_in_points: bool,
}

impl Reader<'_> {
    fn text(&self, row: usize, member: usize) -> &str {
        self.header.column_at(member).map_or("", |c| self.table.text(row, c))
    }

    fn push(
        &mut self,
        at: (u64, usize),
        severity: Severity,
        code: &'static str,
        zh: &str,
        en: &str,
        value: &str,
    ) {
        let fault = self.parsed.fault(at, severity, code, zh, en).value(value);
        self.parsed.faults.push(fault);
    }

    fn row(&mut self, row: usize) {
        if (0..COLUMNS.len()).all(|m| self.text(row, m).is_empty()) {
            return;
        }
        let line = self.table.place(row, 0).1;
        let own = [column::NUMBER, column::TITLE, column::ORGAN].map(|m| self.text(row, m).to_string());
        let [number, title, organ] = own;
        if number.is_empty() && title.is_empty() {
            if self.current.is_none() {
                let (zh, en) = ("此行之前没有检查表名称", "no title of a checklist stands before this row");
                self.push((line, column::TITLE), Severity::Block, "row_not_placed", zh, en, "");
                return;
            }
        } else {
            self.enter(row, line, number, title, organ);
        }
        self.own_cells(row, line);
        self.point(row, line);
    }

    /// The template that the row names; a new one where it was not named before.
    fn enter(&mut self, row: usize, line: u64, number: String, title: String, organ: String) {
        let current = self.current.and_then(|at| self.parsed.templates.get(at));
        // Below the first row the organ is blank, and so may be one of number and title.
        let goes_on = current.is_some_and(|t| {
            (number.is_empty() || t.number == number)
                && (title.is_empty() || t.title == title)
                && (organ.is_empty() || t.organ == organ)
                && self.text(row, column::ID).is_empty()
        });
        if goes_on {
            return;
        }
        let key = (number.clone(), title.clone(), organ.clone());
        let is_new_id = !self.text(row, column::ID).is_empty();
        let at = match self.known.get(&key) {
            Some(at) if !is_new_id => *at,
            _ => {
                self.parsed.templates.push(FormTemplate {
                    number,
                    title,
                    organ,
                    row: line,
                    ..FormTemplate::default()
                });
                let at = self.parsed.templates.len() - 1;
                self.known.insert(key, at);
                self.identity(row, line, at);
                at
            }
        };
        self.is_in_points = true;
        self.current = Some(at);
    }

    fn identity(&mut self, row: usize, line: u64, at: usize) {
        let cells = [column::ID, column::VERSION, column::ITEM].map(|m| self.text(row, m).to_string());
        let [id, version, item] = cells;
        let has_item_column = self.header.column_at(column::ITEM).is_some();
        let mut is_bad = false;
        let (mut known, mut item_id) = (None, None);
        if !id.is_empty() {
            match (id.parse(), version.parse()) {
                (Ok(id), Ok(version)) => known = Some((id, version)),
                _ => is_bad = true,
            }
        }
        if !item.is_empty() {
            item_id = item.parse().ok();
            is_bad |= item_id.is_none();
        }
        if is_bad {
            let (zh, en) = (
                "隐藏列 _id、_version、_item_id 已被改动，请重新导出后再改",
                "the hidden columns were changed; export again",
            );
            self.push((line, column::ID), Severity::Block, "bad_identity", zh, en, &id);
        }
        if let Some(template) = self.parsed.templates.get_mut(at) {
            template.id = known.map(|(id, _)| id);
            template.version = known.map(|(_, version)| version);
            template.item_id = has_item_column.then_some(item_id);
        }
    }

    /// 来源 and 是否启用: said once, or the same in every row.
    fn own_cells(&mut self, row: usize, line: u64) {
        let has_source = self.header.column_at(column::SOURCE).is_some();
        let (source, active) =
            (self.text(row, column::SOURCE).to_string(), self.text(row, column::ACTIVE).to_string());
        let Some(template) = self.current.and_then(|at| self.parsed.templates.get_mut(at)) else { return };
        let mut differs = None;
        match &template.source {
            None if has_source => template.source = Some(source),
            Some(known) if known.is_empty() => template.source = Some(source),
            Some(known) if !source.is_empty() && *known != source => differs = Some((column::SOURCE, source)),
            _ => {}
        }
        match &template.active {
            None if !active.is_empty() => template.active = Some(active),
            Some(known) if !active.is_empty() && *known != active => differs = Some((column::ACTIVE, active)),
            _ => {}
        }
        if let Some((member, value)) = differs {
            let (zh, en) =
                ("与同一检查表前面的行不一致", "differs from the rows before of the same checklist");
            self.push((line, member), Severity::Block, "continuation_differs", zh, en, &value);
        }
    }

    fn point(&mut self, row: usize, line: u64) {
        let seq = self.text(row, column::SEQ).to_string();
        let members = [column::CONTENT, column::METHOD, column::BASIS, column::KEY];
        let [content, method, basis, key] = members.map(|m| self.text(row, m).to_string());
        let is_blank = [&content, &method, &basis, &key].iter().all(|t| t.is_empty());
        self.is_in_points = match seq_of(&seq) {
            Seq::Number => true,
            Seq::Words => false,
            Seq::Blank => self.is_in_points,
        };
        if !self.is_in_points {
            self.parsed.skipped += 1;
            if seq_of(&seq) == Seq::Words {
                let (zh, en) = (
                    "序号不是数字：按表格的其他栏目处理，未作为检查项导入（含其下序号为空的行）",
                    "the number is none: another part of the paper form, left out with the unnumbered rows below it",
                );
                self.push((line, column::SEQ), Severity::Warn, "row_no_point", zh, en, &seq);
            }
            return;
        }
        if is_blank && seq.is_empty() {
            return;
        }
        if let Some(template) = self.current.and_then(|at| self.parsed.templates.get_mut(at)) {
            template.points.push(FormPoint { content, method, basis, key, row: line });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::checklists::{write_csv, write_ndjson, write_xlsx};
    use super::*;

    fn point(content: &str, row: u64) -> FormPoint {
        FormPoint { content: content.into(), method: "查看证照".into(), row, ..FormPoint::default() }
    }

    fn template() -> FormTemplate {
        FormTemplate {
            number: "A01".into(),
            title: "直销检查表".into(),
            source: Some("样例".into()),
            active: Some("是".into()),
            organ: "区市场监管局".into(),
            item_id: Some(None),
            id: Some(uuid::Uuid::from_u128(7)),
            version: Some(3),
            points: vec![point("是否亮照", 2), point("=其他", 3)],
            row: 2,
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let first = template();
        for parsed in [
            read_xlsx(&write_xlsx(std::slice::from_ref(&first)).unwrap()).unwrap(),
            read_csv(&write_csv(std::slice::from_ref(&first)).unwrap()).unwrap(),
        ] {
            assert_eq!((&parsed.templates[0], parsed.faults.len()), (&first, 0), "{:?}", parsed.faults);
        }
        let lines = write_ndjson(&[FormTemplate { active: Some("true".into()), ..first.clone() }]).unwrap();
        let read = read_ndjson(&lines).unwrap();
        assert_eq!(read.templates[0].points[1].content, "=其他");
        assert_eq!((read.templates[0].version, read.faults.len()), (Some(3), 0));
    }

    #[test]
    fn parts_of_the_paper_form_are_no_points() {
        let text = "form,title,seq,check_content,method,rest\nA01,表一,1,甲,看,是□\nA01,表一,（2）,乙,,\n\
            A01,表一,检查 结果,□未发现问题,,\nA01,表一,,□发现问题,,\nA02,表二,1,丙,,\n";
        let parsed = read_csv(text.as_bytes()).unwrap();
        let points: Vec<usize> = parsed.templates.iter().map(|t| t.points.len()).collect();
        assert_eq!((points, parsed.skipped), (vec![2, 1], 2));
        let codes: Vec<_> = parsed.faults.iter().map(|f| (f.code, f.cell().unwrap())).collect();
        assert_eq!(codes, [("column_ignored", "F1".to_string()), ("row_no_point", "C4".to_string())]);
    }

    #[test]
    fn a_table_without_the_titles_is_refused_and_a_row_before_any_title_blocks() {
        assert_eq!(read_csv("a,b\n1,2\n".as_bytes()).unwrap_err()[0].code, "form_not_recognised");
        let parsed = read_csv("检查表名称,检查内容\n,甲\n表一,乙\n,丙\n".as_bytes()).unwrap();
        assert_eq!(
            (parsed.faults[0].code, parsed.faults[0].cell().unwrap().as_str()),
            ("row_not_placed", "A2")
        );
        assert_eq!(parsed.templates[0].points.len(), 2);
    }
}
