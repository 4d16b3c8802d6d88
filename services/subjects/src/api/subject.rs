//! Forms of subjects. Conversions name every member, so a new one is a decision.

use crate::domain::subject::{Content, Identifier, Responsible};
use crate::store::history::{LineageRow, Past};
use crate::store::subject::Subject;
use domain::ids::SubjectId;
use domain::mask;
use domain::vocabulary::{SubjectKind, SubjectStatus};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service_kit::Page;
use utoipa::{IntoParams, ToSchema};

/// A subject to be registered (登记监管对象).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "enterprise", "name": "汉中南郑演示餐饮有限公司", "identifier": "91610703PDY900018A",
    "region_code": "610703102", "address": "南郑区大河坎镇演示路9号", "industry": "6210",
    "legal_representative": "王示例", "phone": "13800000009", "established_on": "2024-03-01",
    "departments": ["nz-scjg", "nz-yjj"]
}))]
pub struct SubjectCreate {
    /// Kind (监管对象类别).
    pub kind: SubjectKind,
    /// State; `active` when absent.
    pub status: Option<SubjectStatus>,
    /// Name as registered (名称).
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Credit code or old register number; must pass its check. Object-like subjects need none.
    #[schema(max_length = 64)]
    pub identifier: Option<String>,
    /// Region: nine digits of a township or six of a county; 610721 is read as 610703.
    #[schema(max_length = 12, pattern = "^[0-9]{6}([0-9]{3}([0-9]{3})?)?$")]
    pub region_code: String,
    /// Address (住所).
    #[schema(max_length = 300)]
    pub address: Option<String>,
    /// Trade by GB/T 4754-2017, such as `6210` or `H62`.
    #[schema(max_length = 10)]
    pub industry: Option<String>,
    /// Legal representative or operator (法定代表人).
    #[schema(max_length = 100)]
    pub legal_representative: Option<String>,
    /// Mobile number; stored encrypted, shown masked.
    #[schema(max_length = 32)]
    pub phone: Option<String>,
    /// Date of establishment (成立日期).
    #[schema(value_type = Option<String>, format = Date)]
    pub established_on: Option<Date>,
    /// Registration authority (登记机关).
    #[schema(max_length = 100)]
    pub registration_authority: Option<String>,
    /// Local supervising unit (管辖单位).
    #[schema(max_length = 100)]
    pub managing_unit: Option<String>,
    /// Who answers for an object-like subject (责任主体).
    pub responsible_party: Option<ResponsibleParty>,
    /// Codes of the organs that supervise it; the caller's own is always among them.
    #[schema(max_items = 64)]
    #[serde(default)]
    pub departments: Vec<DepartmentCode>,
    /// Since when this holds; today when absent.
    #[schema(value_type = Option<String>, format = Date)]
    pub effective_on: Option<Date>,
}

/// Code of an organ, such as `nz-scjg`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, min_length = 1, max_length = 32, pattern = "^[a-z0-9-]+$", example = "nz-scjg")]
pub struct DepartmentCode(pub String);

/// Who answers for an object-like subject.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponsibleParty {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Its credit code, if it has one.
    #[schema(max_length = 64)]
    pub identifier: Option<String>,
}

/// A change (RFC 7396 merge patch): absent members stay, `null` removes. Kind and identifier are changed here too; the
/// state has its own operation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"address": "南郑区汉山街道演示路10号", "region_code": "610703001"}))]
pub struct SubjectUpdate {
    /// Kind.
    pub kind: Option<SubjectKind>,
    /// Name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Identifier.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 64)]
    pub identifier: Option<Option<String>>,
    /// Region.
    #[schema(max_length = 12, pattern = "^[0-9]{6}([0-9]{3}([0-9]{3})?)?$")]
    pub region_code: Option<String>,
    /// Address.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 300)]
    pub address: Option<Option<String>>,
    /// Trade.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 10)]
    pub industry: Option<Option<String>>,
    /// Legal representative.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub legal_representative: Option<Option<String>>,
    /// Mobile number.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 32)]
    pub phone: Option<Option<String>>,
    /// Date of establishment.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = Date)]
    pub established_on: Option<Option<Date>>,
    /// Registration authority.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub registration_authority: Option<Option<String>>,
    /// Local supervising unit.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub managing_unit: Option<Option<String>>,
    /// Responsible party.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<ResponsibleParty>)]
    pub responsible_party: Option<Option<ResponsibleParty>>,
    /// Supervising organs; the owner stays among them.
    #[schema(max_items = 64)]
    pub departments: Option<Vec<DepartmentCode>>,
    /// Since when this holds; today when absent.
    #[schema(value_type = Option<String>, format = Date)]
    pub effective_on: Option<Date>,
    /// Why (变更原因).
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// Tells an absent member from `null`.
fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    d: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(d).map(Some)
}

/// A change of state (注销、吊销、歇业、迁出……).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "dormant", "reason": "登记机关办理歇业备案", "effective_on": "2026-11-23"}))]
pub struct StatusChange {
    /// The new state.
    pub status: SubjectStatus,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Since when; today when absent.
    #[schema(value_type = Option<String>, format = Date)]
    pub effective_on: Option<Date>,
}

/// Entry on, or removal from, the abnormal-operation list (经营异常名录).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"is_listed": true, "reason": "通过登记的住所无法联系"}))]
pub struct AbnormalListing {
    /// Whether it is on the list.
    pub is_listed: bool,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Since when; today when absent.
    #[schema(value_type = Option<String>, format = Date)]
    pub effective_on: Option<Date>,
}

/// A request to see personal fields in clear; it is logged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "联系企业办理复查"}))]
pub struct RevealRequest {
    /// Why.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
}

/// Personal fields in clear.
#[derive(Serialize, ToSchema)]
pub struct RevealView {
    /// Mobile number.
    #[schema(max_length = 32)]
    pub phone: Option<String>,
    /// Identifier, where it is or may be a person's.
    #[schema(max_length = 64)]
    pub identifier: Option<String>,
}

/// A department takes a registered subject into its own registry (认领).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"identifier": "91610703PDY00001X4"}))]
pub struct SubjectClaim {
    /// Credit code or register number.
    #[schema(min_length = 1, max_length = 64)]
    pub identifier: String,
}

/// An identifier and the result of its check.
#[derive(Serialize, ToSchema)]
pub struct IdentifierView {
    /// `uscc`, `reg_number_15`, `reg_number_13`, `org_code`, `citizen_id` or `unknown`.
    #[schema(max_length = 32, example = "uscc")]
    pub kind: &'static str,
    /// Normalised text; empty where it is or may be a person's number.
    #[schema(max_length = 64)]
    pub value: String,
    /// `pass`, `fail` or `legacy_unverified`.
    #[schema(max_length = 32, example = "pass")]
    pub check: &'static str,
}

impl From<&Identifier> for IdentifierView {
    fn from(i: &Identifier) -> Self {
        let Identifier { kind, value, check, is_personal } = i;
        Self {
            kind: kind.as_str(),
            value: if *is_personal { String::new() } else { value.clone() },
            check: check.as_str(),
        }
    }
}

/// A subject (监管对象).
#[derive(Serialize, ToSchema)]
pub struct SubjectView {
    /// Its id.
    pub id: SubjectId,
    /// Number of the version, also the ETag.
    pub version: i64,
    /// Kind.
    pub kind: SubjectKind,
    /// Chinese word of the kind.
    #[schema(max_length = 32)]
    pub kind_label: &'static str,
    /// State.
    pub status: SubjectStatus,
    /// Chinese word of the state.
    #[schema(max_length = 32)]
    pub status_label: &'static str,
    /// Whether it is on the abnormal-operation list.
    pub is_abnormal_listed: bool,
    /// Name.
    #[schema(max_length = 200)]
    pub name: String,
    /// Identifier.
    pub identifier: Option<IdentifierView>,
    /// Region.
    #[schema(max_length = 12)]
    pub region_code: String,
    /// Address; cut at the township for individual businesses unless the caller's department supervises them.
    #[schema(max_length = 300)]
    pub address: Option<String>,
    /// Trade.
    #[schema(max_length = 10)]
    pub industry: Option<String>,
    /// Legal representative or operator.
    #[schema(max_length = 100)]
    pub legal_representative: Option<String>,
    /// Whether a mobile number is on record; `POST …/reveal` shows it.
    pub has_phone: bool,
    /// Date of establishment.
    #[schema(value_type = Option<String>, format = Date)]
    pub established_on: Option<Date>,
    /// Registration authority.
    #[schema(max_length = 100)]
    pub registration_authority: Option<String>,
    /// Local supervising unit.
    #[schema(max_length = 100)]
    pub managing_unit: Option<String>,
    /// Who answers for an object-like subject.
    pub responsible_party: Option<ResponsibleParty>,
    /// The organ that keeps the record.
    #[schema(max_length = 32)]
    pub owner_department: String,
    /// The organs that supervise it.
    #[schema(max_items = 64)]
    pub departments: Vec<String>,
    /// Where the record came from: `typed`, `import:<operation>`, `reference`.
    #[schema(max_length = 64)]
    pub source: String,
    /// Since when this version holds.
    #[schema(value_type = String, format = Date)]
    pub effective_from: Date,
    /// When it was registered.
    #[schema(format = DateTime, max_length = 40)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime, max_length = 40)]
    pub updated_at: String,
}

impl SubjectView {
    /// The view of a content that holds, or held.
    fn of_content(id: SubjectId, version: i64, content: Content, has_phone: bool) -> Self {
        let Content {
            kind,
            status,
            is_abnormal_listed,
            name,
            identifier,
            region_code,
            address,
            industry,
            legal_representative,
            phone: _,
            established_on,
            registration_authority,
            managing_unit,
            responsible,
            owner_department,
            departments,
        } = content;
        // The operator of an individual business is a private person (domain.md §10.4).
        let is_person = kind == SubjectKind::IndividualBusiness;
        Self {
            id,
            version,
            kind,
            kind_label: kind.label_zh(),
            status,
            status_label: status.label_zh(),
            is_abnormal_listed,
            name,
            identifier: identifier.as_ref().map(IdentifierView::from),
            region_code,
            address,
            industry,
            legal_representative: legal_representative
                .map(|n| if is_person { mask::person_name(&n) } else { n }),
            has_phone,
            established_on,
            registration_authority,
            managing_unit,
            responsible_party: responsible.map(|r| {
                let Responsible { name, identifier } = r;
                ResponsibleParty { name, identifier }
            }),
            owner_department,
            departments,
            source: String::new(),
            effective_from: Date::default(),
            created_at: String::new(),
            updated_at: String::new(),
        }
    }

    /// The view of a past version, dated as it was.
    #[must_use]
    pub fn of_past(subject: &Subject, past: Past) -> Self {
        let Past { version, valid_from, valid_to: _, recorded_at, recorded_by: _, reason: _, content } = past;
        let mut view = Self::of_content(subject.id, version, content, false);
        view.source.clone_from(&subject.source);
        view.effective_from = valid_from;
        view.created_at = subject.created_at.to_string();
        view.updated_at = recorded_at.to_string();
        view
    }
}

impl From<Subject> for SubjectView {
    fn from(s: Subject) -> Self {
        let has_phone = s.has_phone();
        let mut view = Self::of_content(s.id, s.version, s.content, has_phone);
        view.source = s.source;
        view.effective_from = s.effective_from;
        view.created_at = s.created_at.to_string();
        view.updated_at = s.updated_at.to_string();
        view
    }
}

/// Query of a subject.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SubjectViewQuery {
    /// The subject as it was on this day.
    #[param(value_type = Option<String>, format = Date)]
    pub as_of: Option<Date>,
}

/// Query of the registry.
#[derive(Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SubjectListQuery {
    /// Fragment of a name, two or more characters, anywhere in it; punctuation and width do not matter.
    #[param(min_length = 2, max_length = 60)]
    pub q: Option<String>,
    /// Credit code or register number, in any notation.
    #[param(max_length = 64)]
    pub identifier: Option<String>,
    /// Kind.
    pub kind: Option<SubjectKind>,
    /// State.
    pub status: Option<SubjectStatus>,
    /// Region code or its beginning.
    #[param(max_length = 12, pattern = "^[0-9]{2,12}$")]
    pub region: Option<String>,
    /// Trade code or its beginning.
    #[param(max_length = 4, pattern = "^[0-9]{1,4}$")]
    pub industry: Option<String>,
    /// Code of a supervising organ.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub department: Option<String>,
    /// Result of the identifier's check: `pass`, `fail`, `legacy_unverified`.
    #[param(max_length = 32, pattern = "^(pass|fail|legacy_unverified)$")]
    pub check: Option<String>,
    /// Tag in force, `scheme:value`.
    #[param(max_length = 200, pattern = "^[^:]+:.+$")]
    pub tag: Option<String>,
    /// `registered` (default), `-registered`, `name`, `updated`, `-updated`.
    #[param(max_length = 16, pattern = "^(registered|-registered|name|updated|-updated)$")]
    pub sort: Option<String>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Rows of a page, 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of the registry.
#[derive(Serialize, ToSchema)]
pub struct SubjectPage {
    /// Subjects in the order asked for.
    #[schema(max_items = 200)]
    pub items: Vec<SubjectView>,
    /// Cursor of the next page; absent at the end.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

impl From<Page<Subject>> for SubjectPage {
    fn from(p: Page<Subject>) -> Self {
        Self { items: p.items.into_iter().map(SubjectView::from).collect(), next: p.next }
    }
}

/// Query of a history.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Rows of a page, 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A version that has ended.
#[derive(Serialize, ToSchema)]
pub struct PastView {
    /// Number of the version.
    pub version: i64,
    /// First day on which it held.
    #[schema(value_type = String, format = Date)]
    pub valid_from: Date,
    /// First day on which it no longer held.
    #[schema(value_type = String, format = Date)]
    pub valid_to: Date,
    /// When its end was recorded.
    #[schema(format = DateTime, max_length = 40)]
    pub recorded_at: String,
    /// Who recorded its end.
    #[schema(max_length = 100)]
    pub recorded_by: String,
    /// Why it ended.
    #[schema(max_length = 500)]
    pub reason: String,
    /// The subject as it was.
    pub subject: SubjectView,
}

/// A page of a history, newest first.
#[derive(Serialize, ToSchema)]
pub struct HistoryPage {
    /// Ended versions.
    #[schema(max_items = 200)]
    pub items: Vec<PastView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// A merge or split of subjects (合并、分立).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "merge", "from": ["0199e0f0-0000-7000-8000-000000000001"], "to": ["0199e0f0-0000-7000-8000-000000000002"],
    "reason": "吸收合并"
}))]
pub struct LineageCreate {
    /// `merge`: `from` end and live on in `to`; `split`: `from` lives on in several `to`.
    pub kind: LineageKind,
    /// Before; in a merge they become deregistered, in a split the one may live on.
    #[schema(min_items = 1, max_items = 20)]
    pub from: Vec<SubjectId>,
    /// After.
    #[schema(min_items = 1, max_items = 20)]
    pub to: Vec<SubjectId>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Since when; today when absent.
    #[schema(value_type = Option<String>, format = Date)]
    pub effective_on: Option<Date>,
}

domain::define_words! {
    /// Kind of lineage (合并、分立).
    pub enum LineageKind {
        /// Several become one.
        Merge = "merge", "合并", ["吸收合并", "新设合并"];
        /// One becomes several.
        Split = "split", "分立", [];
    }
}

/// One link of lineage.
#[derive(Serialize, ToSchema)]
pub struct LineageView {
    /// Its id.
    pub id: uuid::Uuid,
    /// `merge` or `split`.
    #[schema(max_length = 8)]
    pub kind: String,
    /// Before.
    pub from: SubjectId,
    /// After.
    pub to: SubjectId,
    /// Why.
    #[schema(max_length = 500)]
    pub reason: String,
    /// Since when.
    #[schema(value_type = String, format = Date)]
    pub effective_on: Date,
    /// When it was recorded.
    #[schema(format = DateTime, max_length = 40)]
    pub recorded_at: String,
}

impl From<LineageRow> for LineageView {
    fn from(r: LineageRow) -> Self {
        let LineageRow { id, kind, from_subject, to_subject, reason, effective_on, recorded_at } = r;
        Self {
            id: id.0,
            kind,
            from: SubjectId::from_uuid(from_subject.0),
            to: SubjectId::from_uuid(to_subject.0),
            reason,
            effective_on: effective_on.0,
            recorded_at: recorded_at.0.to_string(),
        }
    }
}

/// Links of lineage.
#[derive(Serialize, ToSchema)]
pub struct LineageList {
    /// Links, oldest first.
    #[schema(max_items = 400)]
    pub items: Vec<LineageView>,
}

/// Texts to be checked as identifiers (标识核验).
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IdentifierCheckQuery {
    /// Texts as they came, between commas.
    #[param(style = Form, explode = false, min_items = 1, max_items = 100, example = json!(["91610703PDY00001X4", "610703000000018"]))]
    pub values: Vec<String>,
}

/// What each text is.
#[derive(Serialize, ToSchema)]
pub struct IdentifierCheckResult {
    /// In the order given.
    #[schema(max_items = 100)]
    pub items: Vec<domain::identifier::Classified>,
}
