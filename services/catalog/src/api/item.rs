//! Supervision items over HTTP.

use super::present;
use crate::domain::content::{Cooperation, ItemContent, LevelCell};
use crate::domain::item::{CoopState, DisputeOutcome};
use crate::domain::remark::remarks;
use domain::law;
use domain::vocabulary::{InspectionMethod, ItemCategory, ItemState, Level, Role, SubjectKind};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service_kit::lang::Lang;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// One cooperating department of an item (配合监管部门).
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CooperationInput {
    /// Code of the department.
    #[schema(min_length = 2, max_length = 32, example = "nz-scjg")]
    pub department: String,
    /// What it supervises (配合部门监管事项).
    #[schema(min_length = 1, max_length = 2000)]
    pub item: String,
    /// Its legal basis (设定依据), as written; needed before submission.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub basis: String,
}

/// A new item (新增监管事项): a draft of its lead department.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"field": "劳动用工监管", "lead_item": "对用人单位依法用工情况的监管",
    "lead_basis": "《中华人民共和国劳动法》第八十五条", "subject_desc": "企业、个体经济组织",
    "organising_levels": ["county"], "supervision_levels": ["county"], "category": "key",
    "inspection_methods": ["double_random"],
    "cooperating": [{"department": "nz-scjg", "item": "对市场主体登记注册事项的监管", "basis": "《中华人民共和国公司法》第二百五十条"}]}))]
pub struct ItemCreate {
    /// Field (监管领域): a division of GB/T 4754 or free text.
    #[schema(min_length = 1, max_length = 200)]
    pub field: String,
    /// Industry code the field stands for (行业代码); read from the field when absent.
    #[schema(max_length = 4, pattern = "^[0-9]{2,4}$")]
    pub industry: Option<String>,
    /// Lead department (牵头监管部门); the caller's own when absent.
    #[schema(min_length = 2, max_length = 32)]
    pub lead_department: Option<String>,
    /// What the lead department supervises (牵头部门监管事项).
    #[schema(min_length = 1, max_length = 2000)]
    pub lead_item: String,
    /// Its legal basis (设定依据), as written; needed before submission.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub lead_basis: String,
    /// Who or what is supervised (监管对象).
    #[schema(min_length = 1, max_length = 2000)]
    pub subject_desc: String,
    /// Kinds of subjects (监管对象类别); read from the text when absent.
    #[schema(max_items = 16)]
    pub subject_kinds: Option<Vec<SubjectKind>>,
    /// Organising levels (组织层级); needed before submission.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub organising_levels: Vec<Level>,
    /// Supervision levels (监管层级); needed before submission.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub supervision_levels: Vec<Level>,
    /// Key or general (事项类别); key when absent, as the list is of key items.
    pub category: Option<ItemCategory>,
    /// Inspection methods (检查方式).
    #[serde(default)]
    #[schema(max_items = 15)]
    pub inspection_methods: Vec<InspectionMethod>,
    /// Cooperating departments, one at least.
    #[schema(min_items = 1, max_items = 50)]
    pub cooperating: Vec<CooperationInput>,
}

/// A change of a draft (merge patch): absent members stay, `null` removes; lists are replaced as a whole.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"lead_basis": "《中华人民共和国劳动法》第八十五条、第八十六条"}))]
pub struct ItemUpdate {
    /// Field.
    #[schema(min_length = 1, max_length = 200)]
    pub field: Option<String>,
    /// Industry code.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 4, pattern = "^[0-9]{2,4}$")]
    pub industry: Option<Option<String>>,
    /// What the lead department supervises.
    #[schema(min_length = 1, max_length = 2000)]
    pub lead_item: Option<String>,
    /// Its legal basis.
    #[schema(max_length = 2000)]
    pub lead_basis: Option<String>,
    /// Who or what is supervised.
    #[schema(min_length = 1, max_length = 2000)]
    pub subject_desc: Option<String>,
    /// Kinds of subjects.
    #[schema(max_items = 16)]
    pub subject_kinds: Option<Vec<SubjectKind>>,
    /// Organising levels.
    #[schema(max_items = 3)]
    pub organising_levels: Option<Vec<Level>>,
    /// Supervision levels.
    #[schema(max_items = 3)]
    pub supervision_levels: Option<Vec<Level>>,
    /// Key or general.
    pub category: Option<ItemCategory>,
    /// Inspection methods.
    #[schema(max_items = 15)]
    pub inspection_methods: Option<Vec<InspectionMethod>>,
    /// Cooperating departments.
    #[schema(min_items = 1, max_items = 50)]
    pub cooperating: Option<Vec<CooperationInput>>,
}

/// A law with the provisions cited from it.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct CitationView {
    /// Title without 《》.
    #[schema(max_length = 2000, example = "中华人民共和国劳动法")]
    pub law: String,
    /// Provisions in canonical form; none when the text names none.
    #[schema(max_items = 1000, example = json!(["第八十五条第二款"]))]
    pub articles: Vec<Provision>,
    /// Document or order number, if given.
    #[schema(max_length = 2000)]
    pub document_no: Option<String>,
}

/// A provision in canonical form.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(max_length = 100, example = "第八十五条第二款")]
pub struct Provision(pub String);

/// The citations of a cell.
#[must_use]
pub fn citations(text: &str) -> Vec<CitationView> {
    let all = law::parse(text).bases.into_iter();
    let view = |b: law::LegalBasis| CitationView {
        law: b.law,
        articles: b.articles.iter().map(|a| Provision(a.to_string())).collect(),
        document_no: b.document_no,
    };
    all.map(view).collect()
}

/// One cooperating department of an item.
#[derive(Clone, Serialize, ToSchema)]
pub struct CooperationView {
    /// Code of the department.
    #[schema(max_length = 32, example = "nz-scjg")]
    pub department: String,
    /// The department as the imported form spells it.
    #[schema(max_length = 200)]
    pub department_text: Option<String>,
    /// What it supervises.
    #[schema(max_length = 2000)]
    pub item: String,
    /// Its legal basis, as written.
    #[schema(max_length = 2000)]
    pub basis: String,
    /// The basis, read: law and articles.
    #[schema(max_items = 200)]
    pub bases: Vec<CitationView>,
}

/// What an item says (事项内容).
#[derive(Clone, Serialize, ToSchema)]
pub struct ItemContentView {
    /// Field (监管领域).
    #[schema(max_length = 200)]
    pub field: String,
    /// Industry code the field stands for.
    #[schema(max_length = 4)]
    pub industry: Option<String>,
    /// Code of the lead department (牵头监管部门).
    #[schema(max_length = 32, example = "nz-rsj")]
    pub lead_department: String,
    /// The lead department as the imported form spells it.
    #[schema(max_length = 200)]
    pub lead_department_text: Option<String>,
    /// What the lead department supervises.
    #[schema(max_length = 2000)]
    pub lead_item: String,
    /// Its legal basis (设定依据), as written.
    #[schema(max_length = 2000)]
    pub lead_basis: String,
    /// The basis, read: law and articles.
    #[schema(max_items = 200)]
    pub lead_bases: Vec<CitationView>,
    /// Who or what is supervised (监管对象).
    #[schema(max_length = 2000)]
    pub subject_desc: String,
    /// Kinds of subjects.
    #[schema(max_items = 16)]
    pub subject_kinds: Vec<SubjectKind>,
    /// Organising levels (组织层级).
    #[schema(max_items = 3)]
    pub organising_levels: Vec<Level>,
    /// The organising levels as written in the form.
    #[schema(max_length = 200)]
    pub organising_level_text: String,
    /// Supervision levels (监管层级).
    #[schema(max_items = 3)]
    pub supervision_levels: Vec<Level>,
    /// The supervision levels as written in the form.
    #[schema(max_length = 200)]
    pub supervision_level_text: String,
    /// Key or general (事项类别).
    pub category: ItemCategory,
    /// Inspection methods (检查方式).
    #[schema(max_items = 15)]
    pub inspection_methods: Vec<InspectionMethod>,
    /// Cooperating departments (配合监管部门).
    #[schema(max_items = 50)]
    pub cooperating: Vec<CooperationView>,
}

impl From<&ItemContent> for ItemContentView {
    fn from(content: &ItemContent) -> Self {
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
        } = content.clone();
        let LevelCell { levels: organising_levels, text: organising_level_text } = organising_level;
        let LevelCell { levels: supervision_levels, text: supervision_level_text } = supervision_level;
        Self {
            field,
            industry,
            lead_department,
            lead_department_text,
            lead_item,
            lead_bases: citations(&lead_basis),
            lead_basis,
            subject_desc,
            subject_kinds,
            organising_levels,
            organising_level_text,
            supervision_levels,
            supervision_level_text,
            category,
            inspection_methods,
            cooperating: cooperating
                .into_iter()
                .map(|Cooperation { department, department_text, item, basis }| CooperationView {
                    department,
                    department_text,
                    item,
                    bases: citations(&basis),
                    basis,
                })
                .collect(),
        }
    }
}

/// A remark on a content: what the notes of the form ask for and the content does not give.
#[derive(Clone, Serialize, ToSchema)]
pub struct RemarkView {
    /// JSON pointer into the item.
    #[schema(max_length = 100, example = "/lead_basis")]
    pub pointer: String,
    /// Stable code.
    #[schema(max_length = 64, example = "no_article")]
    pub code: String,
    /// The text it is about, cut.
    #[schema(max_length = 80)]
    pub value: String,
    /// What could be better.
    #[schema(max_length = 1000)]
    pub hint: String,
}

/// The remarks on a content, in a language.
#[must_use]
pub fn remark_views(content: &ItemContent, lang: Lang) -> Vec<RemarkView> {
    let all = remarks(content).into_iter();
    let view = |r: crate::domain::remark::Remark| RemarkView {
        hint: lang.pick(r.zh, r.en).to_string(),
        pointer: r.pointer,
        code: r.code.to_string(),
        value: r.value,
    };
    all.map(view).collect()
}

/// Answer of a cooperating department (配合部门意见).
#[derive(Clone, Serialize, ToSchema)]
pub struct AnswerView {
    /// Code of the department.
    #[schema(max_length = 32)]
    pub department: String,
    /// Its answer.
    pub state: CoopState,
    /// With which words.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub at: Option<Timestamp>,
}

/// A signature under the settlement of a dispute (裁定签署).
#[derive(Clone, Serialize, ToSchema)]
pub struct SignatureView {
    /// Staffing or legal.
    pub role: Role,
    /// Outcome signed.
    pub outcome: DisputeOutcome,
    /// Organ.
    #[schema(max_length = 32)]
    pub organ: String,
    /// Reason given.
    #[schema(max_length = 2000)]
    pub reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub at: Timestamp,
}

/// A supervision item (监管事项).
///
/// Lead and cooperating departments and district-wide roles see the working copy; everybody else the published version.
#[derive(Clone, Serialize, ToSchema)]
pub struct ItemView {
    /// Id.
    pub id: Uuid,
    /// State; for those who see the published version only: published, suspended or withdrawn.
    pub state: ItemState,
    /// What it says.
    #[serde(flatten)]
    pub content: ItemContentView,
    /// Whether it came in as the form's example.
    pub is_example: bool,
    /// Number of the last published version.
    #[schema(minimum = 1)]
    pub published_version: Option<i64>,
    /// First day of the published version shown, or of the last one.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_from: Option<Date>,
    /// First day on which it is no longer in force.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub valid_to: Option<Date>,
    /// Answers of the cooperating departments in this round.
    #[schema(max_items = 50)]
    pub cooperation: Vec<AnswerView>,
    /// Signatures under the settlement of the present dispute.
    #[schema(max_items = 2)]
    pub signatures: Vec<SignatureView>,
    /// What the notes of the form ask for and the content does not give.
    #[schema(max_items = 1000)]
    pub remarks: Vec<RemarkView>,
    /// When the state was entered.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub entered_at: Option<Timestamp>,
    /// Last day of the state's term, if it has one.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub due_date: Option<Date>,
    /// First moment after the term.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub due_at: Option<Timestamp>,
    /// Version of the calendar by which it was computed.
    #[schema(max_length = 64)]
    pub calendar_version: Option<String>,
    /// Whether the term is over.
    pub overdue: bool,
    /// Version of the row, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was added.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub updated_at: Timestamp,
}

/// Query of the items.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemListQuery {
    /// Only this state; not together with `as_of`.
    pub state: Option<ItemState>,
    /// Only this lead department.
    #[param(max_length = 32)]
    pub lead_department: Option<String>,
    /// Only items in which this department cooperates; not together with `as_of`.
    #[param(max_length = 32)]
    pub cooperating_department: Option<String>,
    /// Only key or general items.
    pub category: Option<ItemCategory>,
    /// Only items whose term is over; not together with `as_of`.
    pub overdue: Option<bool>,
    /// The published versions in force on this day, instead of the working copies.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub as_of: Option<Date>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Items of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// Which day an item is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemViewQuery {
    /// The published version in force on this day, instead of the working copy.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub as_of: Option<Date>,
}

/// A page of items.
#[derive(Serialize, ToSchema)]
pub struct ItemPage {
    /// In the order they were added.
    #[schema(max_items = 200)]
    pub items: Vec<ItemView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Which items are exported, and how.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemExportQuery {
    /// Format; the official form as XLSX when absent.
    #[param(inline)]
    pub format: Option<super::report::FileFormat>,
    /// The published versions in force on this day, instead of the working copies.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub as_of: Option<Date>,
    /// Only this state; not together with `as_of`.
    pub state: Option<ItemState>,
    /// Only this lead department.
    #[param(max_length = 32)]
    pub lead_department: Option<String>,
}
