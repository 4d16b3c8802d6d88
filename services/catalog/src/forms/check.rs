//! From the texts of a form's row to an item's content, and back (`domain.md` §7, validation column).
//!
//! Needs a resolver for names of departments; decides nothing about who may import. Faults and remarks carry the cell they
//! are about. Called by the import and the export.

use super::FormFault;
use super::attachment1::{Extra, FormCooperation, FormItem};
use crate::domain::content::{
    Cooperation, ItemContent, LevelCell, MAX_COOPERATING, MAX_SHORT, MAX_TEXT, faults,
};
use crate::domain::remark::remarks;
use domain::code::industry::Industry;
use domain::vocabulary::{ItemCategory, Level, SubjectKind};
use table_kit::Severity;

/// A department found by a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its code.
    pub code: String,
    /// The short name that an export writes.
    pub short_name: String,
}

/// The department of a name, or nothing.
pub type Resolve<'a> = &'a dyn Fn(&str) -> Option<Found>;

/// Content of a row, if nothing blocks, with all findings. `before` gives what the file does not say.
#[must_use]
pub fn content(
    item: &FormItem,
    resolve: Resolve<'_>,
    before: Option<&ItemContent>,
) -> (Option<ItemContent>, Vec<FormFault>) {
    let mut out = Findings { item, all: Vec::new() };
    out.lengths();
    let (lead_department, lead_department_text) =
        out.department("/lead_department", &item.lead_department, resolve);
    let organising_level = out.level("/organising_levels", &item.organising_level);
    let supervision_level = out.level("/supervision_levels", &item.supervision_level);
    let cooperating: Vec<Cooperation> = item
        .cooperating
        .iter()
        .enumerate()
        .map(|(i, c)| {
            let at = format!("/cooperating/{i}/department");
            let (department, department_text) = out.department(&at, &c.department, resolve);
            Cooperation { department, department_text, item: c.item.clone(), basis: c.basis.clone() }
        })
        .collect();
    let Extra { category, inspection_methods, subject_kinds, industry } = item.extra.clone();
    let content = ItemContent {
        field: item.field.clone(),
        industry: match (industry, before) {
            (Some(code), _) => Some(code).filter(|c| !c.is_empty()),
            (None, Some(b)) if b.field == item.field => b.industry.clone(),
            _ => Industry::parse(&item.field).ok().map(|i| i.as_str().to_string()),
        },
        lead_department,
        lead_department_text,
        lead_item: item.lead_item.clone(),
        lead_basis: item.lead_basis.clone(),
        subject_desc: item.subject_desc.clone(),
        subject_kinds: match (subject_kinds, before) {
            (Some(said), _) => said,
            (None, Some(b)) if b.subject_desc == item.subject_desc => b.subject_kinds.clone(),
            _ => SubjectKind::find_in(&item.subject_desc),
        },
        organising_level,
        supervision_level,
        category: category.or(before.map(|b| b.category)).unwrap_or(ItemCategory::Key),
        inspection_methods: inspection_methods
            .or_else(|| before.map(|b| b.inspection_methods.clone()))
            .unwrap_or_default(),
        cooperating,
    };
    for f in faults(&content) {
        // An unknown department was reported already and is empty here.
        if !(f.pointer.ends_with("department") && out.is_unresolved(&content, &f.pointer)) {
            out.push(&f.pointer, Severity::Block, f.code, &f.zh, f.en, "");
        }
    }
    for r in remarks(&content) {
        if r.code != "level_missing" || r.value.is_empty() {
            out.push(&r.pointer, Severity::Warn, r.code, r.zh, r.en, &r.value);
        }
    }
    let is_blocked = out.all.iter().any(FormFault::is_blocking);
    out.all.sort_by_key(|f| (f.row, f.column));
    (if is_blocked { None } else { Some(content) }, out.all)
}

struct Findings<'a> {
    item: &'a FormItem,
    all: Vec<FormFault>,
}

impl Findings<'_> {
    /// Row and column of a pointer into the content.
    fn place(&self, pointer: &str) -> (u64, u32) {
        let row = self.item.place.row;
        let column = match pointer {
            "/field" | "/industry" => 2,
            "/lead_department" => 3,
            "/lead_item" => 4,
            "/lead_basis" => 5,
            "/subject_desc" | "/subject_kinds" => 6,
            "/organising_levels" => 7,
            "/supervision_levels" => 8,
            _ => 9,
        };
        let mut parts = pointer.trim_start_matches('/').split('/');
        let (Some("cooperating"), Some(index), Some(member)) = (parts.next(), parts.next(), parts.next())
        else {
            return (row, column);
        };
        let at = index.parse::<usize>().ok().and_then(|i| self.item.place.coop_rows.get(i)).copied();
        (
            at.unwrap_or(row),
            match member {
                "department" => 9,
                "item" => 10,
                _ => 11,
            },
        )
    }

    fn push(
        &mut self,
        pointer: &str,
        severity: Severity,
        code: &'static str,
        zh: &str,
        en: &str,
        value: &str,
    ) {
        let (row, column) = self.place(pointer);
        let sheet = self.item.place.sheet.clone();
        self.all.push(FormFault::at((sheet.as_deref(), row, column), severity, code, zh, en).value(value));
    }

    fn lengths(&mut self) {
        let item = self.item;
        let short = [("/field", &item.field), ("/lead_department", &item.lead_department)];
        let long = [
            ("/lead_item", &item.lead_item),
            ("/lead_basis", &item.lead_basis),
            ("/subject_desc", &item.subject_desc),
        ];
        for (pointer, text) in short {
            self.length(pointer, text, MAX_SHORT);
        }
        for (pointer, text) in long {
            self.length(pointer, text, MAX_TEXT);
        }
        for (i, c) in item.cooperating.iter().enumerate() {
            self.length(&format!("/cooperating/{i}/department"), &c.department, MAX_SHORT);
            self.length(&format!("/cooperating/{i}/item"), &c.item, MAX_TEXT);
            self.length(&format!("/cooperating/{i}/basis"), &c.basis, MAX_TEXT);
        }
        if item.cooperating.len() > MAX_COOPERATING {
            let (zh, en) = ("配合部门过多（最多50个）", "more than 50 cooperating departments");
            self.push("/cooperating", Severity::Block, "too_many_items", zh, en, "");
        }
    }

    fn length(&mut self, pointer: &str, text: &str, most: usize) {
        if text.chars().count() > most {
            let (zh, en) = (format!("超过{most}字"), format!("longer than {most} characters"));
            self.push(pointer, Severity::Block, "too_long", &zh, &en, text);
        }
    }

    /// Code of a department, and its spelling if that is not the one an export writes.
    fn department(&mut self, pointer: &str, text: &str, resolve: Resolve<'_>) -> (String, Option<String>) {
        if text.is_empty() {
            self.push(pointer, Severity::Block, "missing_value", "不能为空", "must not be empty", "");
            return (String::new(), None);
        }
        let Some(Found { code, short_name }) = resolve(text) else {
            let (zh, en) =
                ("机构名录中没有此单位，请填写全称或登记简称", "no organ of this name in the registry");
            self.push(pointer, Severity::Block, "unknown_department", zh, en, text);
            return (String::new(), None);
        };
        // A code is a spelling for machines; a form shows the short name.
        let is_own = text != short_name && text != code;
        (code, is_own.then(|| text.to_string()))
    }

    fn level(&mut self, pointer: &str, text: &str) -> LevelCell {
        if text.is_empty() {
            return LevelCell::default();
        }
        match Level::read_all(text) {
            Ok(all) => {
                let levels: Vec<Level> = all.into_iter().map(|l| l.level).collect();
                // An identifier is a spelling for machines; a form shows the label.
                if text.is_ascii() {
                    LevelCell::of(levels)
                } else {
                    LevelCell { levels, text: text.to_string() }
                }
            }
            Err(_) => {
                let (zh, en) =
                    ("层级应为省、市、县（附件1注4）", "the level must be province, city or county (note 4)");
                self.push(pointer, Severity::Block, "unknown_level", zh, en, text);
                LevelCell::default()
            }
        }
    }

    fn is_unresolved(&self, content: &ItemContent, pointer: &str) -> bool {
        let index = pointer.split('/').nth(2).and_then(|i| i.parse::<usize>().ok());
        index.and_then(|i| content.cooperating.get(i)).is_some_and(|c| c.department.is_empty())
    }
}

/// The row of an item, with the name by which each department is written.
#[must_use]
pub fn form_item(content: &ItemContent, name: &dyn Fn(&str) -> String) -> FormItem {
    let ItemContent {
        field,
        industry,
        lead_department,
        lead_department_text,
        lead_item,
        lead_basis,
        subject_desc,
        subject_kinds,
        organising_level,
        supervision_level,
        category,
        inspection_methods,
        cooperating,
    } = content;
    let written = |code: &str, text: &Option<String>| text.clone().unwrap_or_else(|| name(code));
    FormItem {
        field: field.clone(),
        lead_department: written(lead_department, lead_department_text),
        lead_item: lead_item.clone(),
        lead_basis: lead_basis.clone(),
        subject_desc: subject_desc.clone(),
        organising_level: organising_level.text.clone(),
        supervision_level: supervision_level.text.clone(),
        cooperating: cooperating
            .iter()
            .map(|c| FormCooperation {
                department: written(&c.department, &c.department_text),
                item: c.item.clone(),
                basis: c.basis.clone(),
            })
            .collect(),
        extra: Extra {
            category: Some(*category),
            inspection_methods: Some(inspection_methods.clone()),
            subject_kinds: Some(subject_kinds.clone()),
            industry: Some(industry.clone().unwrap_or_default()),
        },
        ..FormItem::default()
    }
}
