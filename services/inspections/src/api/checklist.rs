//! Checklists over HTTP: templates of organs, the list of a visit, answers (检查表).

use crate::domain::checklist::AnswerWord;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// One point of a checklist (检查内容).
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistPoint {
    /// Key by which equal points of several lists are known; the text counts when absent.
    #[schema(min_length = 1, max_length = 100)]
    pub key: Option<String>,
    /// What is checked.
    #[schema(min_length = 1, max_length = 2000, example = "是否悬挂营业执照")]
    pub content: String,
    /// How (操作要领和方法).
    #[schema(max_length = 4000)]
    pub method: Option<String>,
    /// Legal basis (处罚依据).
    #[schema(max_length = 4000)]
    pub basis: Option<String>,
}

/// A template to be added (检查表模板).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "劳动用工检查表", "source": "部门双随机抽查记录表",
    "points": [
        {"content": "是否依法签订劳动合同", "method": "抽查十名以上职工的合同", "basis": "《中华人民共和国劳动合同法》第十条"},
        {"content": "是否悬挂营业执照"}
    ]
}))]
pub struct ChecklistTemplateCreate {
    /// Organ; the caller's when absent.
    #[schema(min_length = 2, max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub organ_code: Option<String>,
    /// Item of the catalog that it is for; without one it is for tasks that name no item.
    pub item_id: Option<Uuid>,
    /// Number of the item.
    #[schema(min_length = 1, max_length = 64)]
    pub item_number: Option<String>,
    /// Title.
    #[schema(min_length = 2, max_length = 200)]
    pub title: String,
    /// Where it comes from.
    #[schema(max_length = 500)]
    pub source: Option<String>,
    /// Points, in order.
    #[schema(min_items = 1, max_items = 500)]
    pub points: Vec<ChecklistPoint>,
}

/// A template in place of the one that is there; lists of visits that were made of it stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "劳动用工检查表（修订）", "is_active": true, "points": [{"content": "是否依法签订劳动合同"}]}))]
pub struct ChecklistTemplateReplace {
    /// Title.
    #[schema(min_length = 2, max_length = 200)]
    pub title: String,
    /// Number of the item.
    #[schema(min_length = 1, max_length = 64)]
    pub item_number: Option<String>,
    /// Whether new visits take it.
    pub is_active: bool,
    /// Where it comes from.
    #[schema(max_length = 500)]
    pub source: Option<String>,
    /// Points, in order.
    #[schema(min_items = 1, max_items = 500)]
    pub points: Vec<ChecklistPoint>,
}

/// A template (检查表模板).
#[derive(Serialize, ToSchema)]
pub struct ChecklistTemplateView {
    /// Id.
    pub id: Uuid,
    /// Organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Item of the catalog.
    pub item_id: Option<Uuid>,
    /// Its number.
    #[schema(max_length = 64)]
    pub item_number: Option<String>,
    /// Title.
    #[schema(max_length = 200)]
    pub title: String,
    /// Whether new visits take it.
    pub is_active: bool,
    /// Where it comes from.
    #[schema(max_length = 500)]
    pub source: Option<String>,
    /// Points, in order.
    #[schema(max_items = 500)]
    pub points: Vec<ChecklistPoint>,
    /// Version, also the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was added.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub updated_at: Timestamp,
}

/// A page of templates.
#[derive(Serialize, ToSchema)]
pub struct ChecklistTemplatePage {
    /// In the order they were added.
    #[schema(max_items = 200)]
    pub items: Vec<ChecklistTemplateView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Which templates are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChecklistTemplateListQuery {
    /// Of this organ.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub organ_code: Option<String>,
    /// For this item.
    pub item_id: Option<Uuid>,
    /// In use, or not.
    pub is_active: Option<bool>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Entries of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// The list of a visit, each point once, whichever organs want it (统一检查表).
#[derive(Serialize, ToSchema)]
pub struct ChecklistView {
    /// Id.
    pub id: Uuid,
    /// Visit.
    pub visit_id: Uuid,
    /// Templates it was made of.
    #[schema(max_items = 200)]
    pub sources: Vec<ChecklistSource>,
    /// Points of all templates together.
    #[schema(minimum = 0)]
    pub points_before_merge: i64,
    /// Points, in order.
    #[schema(max_items = 5000)]
    pub points: Vec<ChecklistPointView>,
    /// Version, also the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
}

/// A template that a list was made of.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ChecklistSource {
    /// Template.
    pub template_id: Uuid,
    /// Its version then.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Its organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Its title then.
    #[schema(max_length = 200)]
    pub title: String,
}

/// One point of the list of a visit, with its answers.
#[derive(Serialize, ToSchema)]
pub struct ChecklistPointView {
    /// Order, from 1.
    #[schema(minimum = 1)]
    pub position: i64,
    /// What is checked.
    #[schema(max_length = 2000)]
    pub content: String,
    /// How, the ways of all organs.
    #[schema(max_length = 200000)]
    pub method: Option<String>,
    /// Legal bases of all organs.
    #[schema(max_length = 200000)]
    pub basis: Option<String>,
    /// Item of the first template.
    pub item_id: Option<Uuid>,
    /// Organs that answer it.
    #[schema(max_items = 30)]
    pub organ_codes: Vec<String>,
    /// Answers so far.
    #[schema(max_items = 30)]
    pub answers: Vec<ChecklistAnswerView>,
}

/// One answer of one organ.
#[derive(Serialize, ToSchema)]
pub struct ChecklistAnswerView {
    /// Organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Answer.
    pub answer: AnswerWord,
    /// Remark.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// Evidence.
    #[schema(max_items = 20)]
    pub evidence_ids: Vec<String>,
    /// Account.
    #[schema(max_length = 100)]
    pub answered_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub answered_at: Timestamp,
}

/// Answers of one organ (检查项结果).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answers": [{"position": 1, "answer": "pass"}]}))]
pub struct ChecklistAnswers {
    /// Answers; later ones take the place of earlier ones.
    #[schema(min_items = 1, max_items = 500)]
    pub answers: Vec<ChecklistAnswerInput>,
}

/// One answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistAnswerInput {
    /// Which point.
    #[schema(minimum = 1, maximum = 5000)]
    pub position: i64,
    /// Answer.
    pub answer: AnswerWord,
    /// Remark; needed where the point failed or does not apply. Without personal data.
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
    /// Evidence.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub evidence_ids: Vec<Uuid>,
}
