//! Pure rules: a template of a file becomes the content of a checklist template, with a finding for each cell that cannot be
//! taken (检查表模板).
//!
//! It knows no organ and no stored template: whom it belongs to and what it changes is decided by the app. Called by the
//! import.

use super::checklist::Point;
use crate::forms::checklists::{FormPoint, FormTemplate, column};
use crate::forms::checklists_read::Parsed;
use domain::text::refuse_control;
use std::collections::HashSet;
use table_kit::Severity;
use table_kit::form::FormFault;
use uuid::Uuid;

/// Points of one template at most, as over HTTP.
const MOST_POINTS: usize = 500;

/// What a template says, whoever owns it (检查表内容).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateContent {
    /// Item of the catalog; none keeps what is stored.
    pub item_id: Option<Option<Uuid>>,
    /// Number.
    pub item_number: Option<String>,
    /// Title.
    pub title: String,
    /// Where it comes from; none keeps what is stored.
    pub source: Option<Option<String>>,
    /// Whether new visits take it; none keeps what is stored.
    pub is_active: Option<bool>,
    /// Points, in order.
    pub points: Vec<Point>,
}

/// Content and findings of one template.
#[must_use]
pub fn read_template(form: &FormTemplate, parsed: &Parsed) -> (TemplateContent, Vec<FormFault>) {
    let mut check = Check { parsed, faults: Vec::new() };
    let FormTemplate { number, title, source, active, organ: _, item_id, id: _, version: _, points, row } =
        form;
    check.text((*row, column::NUMBER), number, 64, false);
    check.text((*row, column::SOURCE), source.as_deref().unwrap_or_default(), 500, false);
    if title.chars().count() < 2 {
        let (zh, en) =
            ("检查表名称不能为空，且不少于2字", "the title is missing or shorter than two characters");
        check.block((*row, column::TITLE), "missing_value", zh, en, title);
    }
    check.text((*row, column::TITLE), title, 200, false);
    let is_active = match active.as_deref().map(str::to_lowercase).as_deref() {
        None | Some("") => None,
        Some("是" | "启用" | "true" | "1" | "y") => Some(true),
        Some("否" | "停用" | "false" | "0" | "n") => Some(false),
        Some(other) => {
            let (zh, en) = ("须为“是”或“否”", "must be 是 or 否");
            check.block((*row, column::ACTIVE), "unknown_word", zh, en, other);
            None
        }
    };
    if points.is_empty() {
        let (zh, en) = ("检查表没有检查项", "the checklist has no point");
        check.block((*row, column::CONTENT), "missing_value", zh, en, "");
    }
    if let Some(beyond) = points.get(MOST_POINTS) {
        let (zh, en) = (
            format!("一张检查表最多{MOST_POINTS}项"),
            format!("a checklist has at most {MOST_POINTS} points"),
        );
        check.block((beyond.row, column::CONTENT), "too_many_points", &zh, &en, "");
    }
    let content = TemplateContent {
        item_id: *item_id,
        item_number: said(number),
        title: title.clone(),
        source: source.as_deref().map(said),
        is_active,
        points: check.points(points),
    };
    (content, check.faults)
}

fn said(text: &str) -> Option<String> {
    Some(text.to_string()).filter(|t| !t.is_empty())
}

struct Check<'p> {
    parsed: &'p Parsed,
    faults: Vec<FormFault>,
}

impl Check<'_> {
    fn block(&mut self, at: (u64, usize), code: &'static str, zh: &str, en: &str, value: &str) {
        self.faults.push(self.parsed.fault(at, Severity::Block, code, zh, en).value(value));
    }

    fn text(&mut self, at: (u64, usize), text: &str, most: usize, multiline: bool) {
        if text.chars().count() > most {
            let (zh, en) = (format!("超过{most}字"), format!("longer than {most} characters"));
            self.block(at, "too_long", &zh, &en, text);
        }
        if let Err(e) = refuse_control(text, multiline) {
            self.block(at, e.code(), &e.message_zh(), &e.to_string(), "");
        }
        if text.contains('\u{FFFD}') {
            let (zh, en) =
                ("含有无法识别的字符，请检查文件编码", "holds a replacement character; check the encoding");
            self.block(at, "replacement_character", zh, en, text);
        }
    }

    fn points(&mut self, points: &[FormPoint]) -> Vec<Point> {
        let mut seen = HashSet::new();
        let mut out = Vec::with_capacity(points.len());
        for form in points {
            let FormPoint { content, method, basis, key, row } = form;
            if content.is_empty() {
                let (zh, en) = ("检查内容不能为空", "what is checked is missing");
                self.block((*row, column::CONTENT), "missing_value", zh, en, "");
            }
            self.text((*row, column::CONTENT), content, 2000, true);
            self.text((*row, column::METHOD), method, 4000, true);
            self.text((*row, column::BASIS), basis, 4000, true);
            self.text((*row, column::KEY), key, 100, false);
            let point =
                Point { key: said(key), content: content.clone(), method: said(method), basis: said(basis) };
            if !content.is_empty() && !seen.insert(point.merge_key()) {
                let (zh, en) = ("与前面的检查项重复", "the same as a point before it");
                self.block((*row, column::CONTENT), "doubled_point", zh, en, content);
            }
            out.push(point);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(content: &str, row: u64) -> FormPoint {
        FormPoint { content: content.into(), row, ..FormPoint::default() }
    }

    fn form(points: Vec<FormPoint>) -> FormTemplate {
        FormTemplate { title: "检查表".into(), points, row: 2, ..FormTemplate::default() }
    }

    fn codes(form: &FormTemplate) -> Vec<(&'static str, u64)> {
        let (_, faults) = read_template(form, &Parsed::default());
        faults.iter().map(|f| (f.code, f.row.unwrap())).collect()
    }

    #[test]
    fn every_cell_that_cannot_be_taken_is_named_at_its_row() {
        let bad = FormTemplate {
            title: String::new(),
            active: Some("也许".into()),
            ..form(vec![
                point("甲", 2),
                point("甲。", 3),
                point("", 4),
                point("乙\u{0}", 5),
                point(&"长".repeat(2001), 6),
            ])
        };
        let wanted = [
            ("missing_value", 2),
            ("unknown_word", 2),
            ("doubled_point", 3),
            ("missing_value", 4),
            ("control_character", 5),
            ("too_long", 6),
        ];
        assert_eq!(codes(&bad), wanted);
        assert_eq!(codes(&form(Vec::new())), [("missing_value", 2)]);
        let many = (0..501).map(|n| point(&format!("第{n}项"), n)).collect();
        assert_eq!(codes(&form(many)), [("too_many_points", 500)]);
    }

    #[test]
    fn a_good_template_is_read_whole_and_blanks_say_nothing() {
        let (content, faults) = read_template(&form(vec![point("甲", 2)]), &Parsed::default());
        assert!(faults.is_empty());
        assert_eq!((content.source, content.is_active, content.item_id), (None, None, None));
        assert_eq!(content.points[0].method, None);
    }
}
