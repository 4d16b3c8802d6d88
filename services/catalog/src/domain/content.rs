//! Content of a supervision item (监管事项): what Attachment 1 says of it, and what the body text of the notice adds.
//!
//! Texts of cells are kept word for word, so that what came in by a form goes out the same; what they mean stands beside
//! them. Refuses what could not be an item at all ([`faults`]); what only has to be there before submission is
//! [`missing`]. Called by the app functions and by the import.

use domain::vocabulary::{InspectionMethod, ItemCategory, Level, SubjectKind};
use serde::{Deserialize, Serialize};

/// Longest short text, characters.
pub const MAX_SHORT: usize = 200;
/// Longest text of a cell, characters.
pub const MAX_TEXT: usize = 2000;
/// Most cooperating departments of one item.
pub const MAX_COOPERATING: usize = 50;

/// What an item says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemContent {
    /// Field (监管领域), without the mark 例：.
    pub field: String,
    /// Industry code the field stands for, if it is one.
    pub industry: Option<String>,
    /// Code of the lead department.
    pub lead_department: String,
    /// The lead department as the form spells it, if it does so in its own way.
    pub lead_department_text: Option<String>,
    /// What the lead department supervises.
    pub lead_item: String,
    /// Its legal basis, as written.
    pub lead_basis: String,
    /// Who or what is supervised, as written.
    pub subject_desc: String,
    /// Kinds of subjects.
    pub subject_kinds: Vec<SubjectKind>,
    /// Organising level (组织层级).
    pub organising_level: LevelCell,
    /// Supervision level (监管层级).
    pub supervision_level: LevelCell,
    /// Key or general.
    pub category: ItemCategory,
    /// Inspection methods.
    pub inspection_methods: Vec<InspectionMethod>,
    /// Cooperating departments in the order of the form.
    pub cooperating: Vec<Cooperation>,
}

/// Levels with the text they were read from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelCell {
    /// The levels.
    pub levels: Vec<Level>,
    /// The cell.
    pub text: String,
}

impl LevelCell {
    /// Levels without a cell: the labels of the form's note 4.
    #[must_use]
    pub fn of(levels: Vec<Level>) -> Self {
        let text = levels.iter().map(|l| l.label_zh()).collect::<Vec<_>>().join("、");
        Self { levels, text }
    }
}

/// What one cooperating department does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cooperation {
    /// Code of the department.
    pub department: String,
    /// The department as the form spells it, if it does so in its own way.
    pub department_text: Option<String>,
    /// What it supervises.
    pub item: String,
    /// Its legal basis, as written.
    pub basis: String,
}

impl ItemContent {
    /// Lead and cooperating departments.
    #[must_use]
    pub fn departments(&self) -> Vec<String> {
        std::iter::once(&self.lead_department)
            .chain(self.cooperating.iter().map(|c| &c.department))
            .cloned()
            .collect()
    }

    /// The texts of the content with their places.
    pub fn texts(&self) -> impl Iterator<Item = (String, &str)> {
        let own = [
            ("/field", &self.field),
            ("/lead_item", &self.lead_item),
            ("/lead_basis", &self.lead_basis),
            ("/subject_desc", &self.subject_desc),
        ];
        let own = own.into_iter().map(|(at, text)| (at.to_string(), text.as_str()));
        own.chain(self.cooperating.iter().enumerate().flat_map(|(i, c)| {
            [
                (format!("/cooperating/{i}/item"), c.item.as_str()),
                (format!("/cooperating/{i}/basis"), c.basis.as_str()),
            ]
        }))
    }
}

/// A fault of the content, with a JSON pointer to its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentFault {
    /// Where.
    pub pointer: String,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: &'static str,
}

fn fault(pointer: impl Into<String>, code: &'static str, zh: &str, en: &'static str) -> ContentFault {
    ContentFault { pointer: pointer.into(), code, zh: zh.to_string(), en }
}

/// What forbids the content even as a draft; all faults, in the order of the form.
#[must_use]
pub fn faults(content: &ItemContent) -> Vec<ContentFault> {
    let mut out = Vec::new();
    for (pointer, text) in content.texts() {
        if let Err(e) = domain::text::refuse_control(text, true) {
            out.push(ContentFault {
                pointer: pointer.clone(),
                code: "control_character",
                zh: e.message_zh(),
                en: "holds a control character",
            });
        }
        if text.contains('\u{FFFD}') {
            out.push(fault(
                pointer.clone(),
                "replacement_character",
                "含有已丢失的字符（�），请重新填写",
                "holds a character that was lost before",
            ));
        }
        if text.is_empty() && !pointer.ends_with("basis") {
            out.push(fault(pointer, "missing_value", "不能为空", "must not be empty"));
        }
    }
    for (i, c) in content.cooperating.iter().enumerate() {
        let at = format!("/cooperating/{i}/department");
        if c.department == content.lead_department {
            out.push(fault(
                at,
                "lead_is_cooperating",
                "牵头部门不能同时是配合部门",
                "the lead department cannot be a cooperating one",
            ));
        } else if content.cooperating[..i].iter().any(|d| d.department == c.department) {
            out.push(fault(
                at,
                "duplicate_department",
                "同一事项中配合部门重复",
                "the cooperating department occurs twice",
            ));
        }
    }
    if content.cooperating.is_empty() {
        out.push(fault(
            "/cooperating",
            "no_cooperating_department",
            "至少要有一个配合监管部门",
            "at least one cooperating department is needed",
        ));
    }
    out
}

/// What must be there before the item is submitted (note 3 and 4 of the form); all of it.
#[must_use]
pub fn missing(content: &ItemContent) -> Vec<ContentFault> {
    let mut out = Vec::new();
    let mut need = |absent: bool, pointer: String| {
        if absent {
            out.push(fault(
                pointer,
                "missing_value",
                "提交前必须填写",
                "must be filled in before submission",
            ));
        }
    };
    need(content.lead_basis.is_empty(), "/lead_basis".into());
    need(content.organising_level.levels.is_empty(), "/organising_levels".into());
    need(content.supervision_level.levels.is_empty(), "/supervision_levels".into());
    for (i, c) in content.cooperating.iter().enumerate() {
        need(c.basis.is_empty(), format!("/cooperating/{i}/basis"));
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The example of the notice.
    pub(crate) fn example() -> ItemContent {
        ItemContent {
            field: "劳动用工监管".into(),
            industry: None,
            lead_department: "nz-rsj".into(),
            lead_department_text: Some("区人力资源和社会保障局".into()),
            lead_item: "对用人单位依法用工情况的监管".into(),
            lead_basis: "《中华人民共和国劳动法》等".into(),
            subject_desc: "区域辖区的企业、个体经济组织".into(),
            subject_kinds: vec![SubjectKind::Enterprise, SubjectKind::IndividualBusiness],
            organising_level: LevelCell { levels: vec![Level::County], text: "区级".into() },
            supervision_level: LevelCell { levels: vec![Level::County], text: "区级".into() },
            category: ItemCategory::Key,
            inspection_methods: Vec::new(),
            cooperating: vec![
                Cooperation {
                    department: "nz-scjg".into(),
                    department_text: Some("区市场监管局".into()),
                    item: "对市场主体登记注册事项、年度报告公示信息的监管".into(),
                    basis: "《中华人民共和国公司法》《市场主体登记管理条例》".into(),
                },
                Cooperation {
                    department: "nz-swj".into(),
                    department_text: Some("区税务局".into()),
                    item: "对市场主体缴税情况的监管".into(),
                    basis: "《中华人民共和国企业所得税法》等".into(),
                },
            ],
        }
    }

    #[test]
    fn the_official_example_has_no_fault_and_nothing_missing() {
        assert_eq!(faults(&example()), []);
        assert_eq!(missing(&example()), []);
    }

    #[test]
    fn every_fault_is_reported_with_its_place() {
        let mut content = example();
        content.lead_item.clear();
        content.subject_desc = "甲\u{0}\u{FFFD}".into();
        content.cooperating[0].department = "nz-rsj".into();
        content.cooperating.push(content.cooperating[1].clone());
        let found: Vec<_> = faults(&content).into_iter().map(|f| (f.pointer, f.code)).collect();
        let expected = [
            ("/lead_item", "missing_value"),
            ("/subject_desc", "control_character"),
            ("/subject_desc", "replacement_character"),
            ("/cooperating/0/department", "lead_is_cooperating"),
            ("/cooperating/2/department", "duplicate_department"),
        ];
        assert_eq!(found, expected.map(|(p, c)| (p.to_string(), c)));
    }

    #[test]
    fn a_draft_may_lack_what_the_submission_may_not() {
        let mut content = example();
        content.lead_basis.clear();
        content.cooperating[1].basis.clear();
        content.supervision_level = LevelCell::default();
        assert_eq!(faults(&content), []);
        let places: Vec<_> = missing(&content).into_iter().map(|f| f.pointer).collect();
        assert_eq!(places, ["/lead_basis", "/supervision_levels", "/cooperating/1/basis"]);
    }
}
