//! Annual plans over HTTP (年度检查计划).

mod quantity;
mod step;

pub use quantity::{PlanCountView, PlanFrequencyView, PlanQuantityView, PlanRatioView};
pub use step::{PlanEvaluation, PlanFile, PlanMerge};

use super::present;
use crate::domain::plan::{
    CampaignApproval, DrawException, Part, Plan, PlanContent, PlanFault, PlanReasons, Sight, Stratum,
    SubjectFilter, remarks,
};
use domain::vocabulary::{
    InspectionMethod, ItemCategory, PlanKind, PlanRole, PlanSignature, PlanState, RiskClass,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service_kit::lang::Lang;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What the lead department does in a plan: the first row of Attachment 2.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanLead {
    /// Code of the department; the caller's own when absent.
    #[schema(min_length = 2, max_length = 32, example = "nz-rsj")]
    pub department: Option<String>,
    /// Published item of the catalog; found by the words when absent.
    pub item_id: Option<Uuid>,
    /// The item, as typed (监管事项); the published words when absent.
    #[schema(min_length = 1, max_length = 2000)]
    pub item_text: Option<String>,
}

/// What a cooperating department does in a plan: a further row of Attachment 2.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanCooperation {
    /// Code of the department; an organ outside the district's command (垂管部门) may take part.
    #[schema(min_length = 2, max_length = 32, example = "nz-swj")]
    pub department: String,
    /// Published item of the catalog; found by the words when absent.
    pub item_id: Option<Uuid>,
    /// The item, as typed; the published words when absent.
    #[schema(min_length = 1, max_length = 2000)]
    pub item_text: Option<String>,
    /// Subjects, where they differ from the plan's.
    #[schema(max_length = 2000)]
    pub subject_desc: Option<String>,
    /// Quantity, where it differs from the plan's.
    #[schema(max_length = 500)]
    pub quantity_text: Option<String>,
    /// Period, where it differs from the plan's.
    #[schema(max_length = 200)]
    pub period_text: Option<String>,
}

/// First and last day, both in it (起止时间).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanPeriod {
    /// First day.
    #[schema(value_type = String, format = Date, max_length = 10, example = "2026-03-01")]
    pub from: Date,
    /// Last day.
    #[schema(value_type = String, format = Date, max_length = 10, example = "2026-11-30")]
    pub to: Date,
}

/// A stratum of the frame with its own share (分层抽取比例).
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanStratum {
    /// Name, unique in the plan.
    #[schema(min_length = 1, max_length = 60, example = "B类")]
    pub name: String,
    /// Class of credit risk that it is for (信用风险分类).
    pub risk_class: Option<RiskClass>,
    /// Further limits on top of the plan's filter.
    pub filter: Option<SubjectFilter>,
    /// Share of its subjects in hundredths of a percent: 500 is 5 %.
    #[schema(minimum = 0, maximum = 10000, example = 500)]
    pub ratio_per_ten_thousand: Option<u32>,
    /// Number of subjects instead of a share (户).
    #[schema(minimum = 1, maximum = 1000000)]
    pub quantity: Option<u32>,
    /// Visits of one subject in the year.
    #[schema(minimum = 1, maximum = 366)]
    pub frequency_per_year: Option<u32>,
}

impl From<PlanStratum> for Stratum {
    fn from(s: PlanStratum) -> Self {
        let PlanStratum { name, risk_class, filter, ratio_per_ten_thousand, quantity, frequency_per_year } =
            s;
        Self { name, risk_class, filter, ratio_per_ten_thousand, quantity, frequency_per_year }
    }
}

impl From<Stratum> for PlanStratum {
    fn from(s: Stratum) -> Self {
        let Stratum { name, risk_class, filter, ratio_per_ten_thousand, quantity, frequency_per_year } = s;
        Self { name, risk_class, filter, ratio_per_ten_thousand, quantity, frequency_per_year }
    }
}

/// A new plan (新增年度检查计划): a draft of its lead department.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"year": 2026, "name": "用人单位劳动用工联合检查", "method": "double_random",
    "subject_desc": "辖区内企业、个体经济组织", "subject_filter": {"kinds": ["enterprise", "individual_business"]},
    "quantity_text": "5%，每年1次", "period_text": "2026年3月—11月",
    "lead": {"item_text": "对用人单位依法用工情况的监管"},
    "cooperating": [{"department": "nz-scjg", "item_text": "对市场主体登记注册事项的监管"}],
    "strata": [{"name": "A类", "risk_class": "A", "ratio_per_ten_thousand": 100},
        {"name": "D类", "risk_class": "D", "ratio_per_ten_thousand": 5000}]}))]
pub struct PlanCreate {
    /// Plan year (年度).
    #[schema(minimum = 2020, maximum = 2100)]
    pub year: i16,
    /// Name (综合监管计划名称).
    #[schema(min_length = 2, max_length = 200)]
    pub name: String,
    /// Routine when absent.
    pub kind: Option<PlanKind>,
    /// Key or general (重点/一般); that of the lead's item when absent, else key.
    pub category: Option<ItemCategory>,
    /// Method (检查方式).
    pub method: InspectionMethod,
    /// Region, for a plan of one township; the whole district when absent.
    #[schema(max_length = 12, pattern = "^[0-9]{6}([0-9]{3})?$")]
    pub region_code: Option<String>,
    /// Subjects, as the form has them (监管对象).
    #[schema(min_length = 1, max_length = 2000)]
    pub subject_desc: String,
    /// Subjects, as a filter over the registry; the kinds named in the text when absent.
    pub subject_filter: Option<SubjectFilter>,
    /// Quantity, ratio, frequency (检查数量（比例、频次）), such as `30户`, `5%`, `10%，每年1次`.
    #[schema(max_length = 500)]
    pub quantity_text: Option<String>,
    /// Period (检查起止时间), such as `3月—11月`, `全年`.
    #[schema(max_length = 200)]
    pub period_text: Option<String>,
    /// The period as days, where the text does not say it.
    pub period: Option<PlanPeriod>,
    /// The lead department's part.
    pub lead: PlanLead,
    /// Cooperating departments, one at least.
    #[schema(min_items = 1, max_items = 50)]
    pub cooperating: Vec<PlanCooperation>,
    /// Strata by class of risk or otherwise.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub strata: Vec<PlanStratum>,
    /// Approval of a campaign (专项检查批准).
    pub campaign_approval: Option<CampaignApproval>,
    /// Why somebody must enter although it could be checked otherwise (确需入企理由, FRQ-05).
    #[schema(min_length = 2, max_length = 1000)]
    pub on_site_reason: Option<String>,
    /// Why it is not merged with the plans that it meets (不合并理由, FRQ-04).
    #[schema(min_length = 2, max_length = 1000)]
    pub separate_reason: Option<String>,
    /// Why subjects are not drawn at random (双随机例外, DRW-02).
    pub draw_exception: Option<DrawException>,
    /// Remark.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// A change of a draft or an adjustment (merge patch): absent members stay, `null` removes; lists are replaced as a whole.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"quantity_text": "不低于3%，每年1次"}))]
pub struct PlanUpdate {
    /// Name.
    #[schema(min_length = 2, max_length = 200)]
    pub name: Option<String>,
    /// Routine or campaign.
    pub kind: Option<PlanKind>,
    /// Key or general.
    pub category: Option<ItemCategory>,
    /// Method.
    pub method: Option<InspectionMethod>,
    /// Subjects, as the form has them.
    #[schema(min_length = 1, max_length = 2000)]
    pub subject_desc: Option<String>,
    /// Subjects, as a filter.
    pub subject_filter: Option<SubjectFilter>,
    /// Quantity, ratio, frequency.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 500)]
    pub quantity_text: Option<Option<String>>,
    /// Period.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub period_text: Option<Option<String>>,
    /// The period as days.
    pub period: Option<PlanPeriod>,
    /// The lead department's part; its department stays.
    pub lead: Option<PlanLead>,
    /// Cooperating departments.
    #[schema(min_items = 1, max_items = 50)]
    pub cooperating: Option<Vec<PlanCooperation>>,
    /// Strata.
    #[schema(max_items = 20)]
    pub strata: Option<Vec<PlanStratum>>,
    /// Approval of a campaign.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<CampaignApproval>)]
    pub campaign_approval: Option<Option<CampaignApproval>>,
    /// Why somebody must enter.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 1000)]
    pub on_site_reason: Option<Option<String>>,
    /// Why it is not merged.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 1000)]
    pub separate_reason: Option<Option<String>>,
    /// Why subjects are not drawn at random.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DrawException>)]
    pub draw_exception: Option<Option<DrawException>>,
    /// Remark.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub note: Option<Option<String>>,
}

/// What one department does in a plan.
#[derive(Clone, Serialize, ToSchema)]
pub struct PlanPartView {
    /// Code of the department.
    #[schema(max_length = 32, example = "nz-swj")]
    pub department: String,
    /// The department as the imported form spells it.
    #[schema(max_length = 200)]
    pub department_text: Option<String>,
    /// Lead or cooperating.
    pub role: PlanRole,
    /// Published item that it rests on.
    pub item_id: Option<Uuid>,
    /// Version of that item.
    #[schema(minimum = 1)]
    pub item_version: Option<i64>,
    /// The item, as typed (监管事项).
    #[schema(max_length = 2000)]
    pub item_text: String,
    /// Subjects, where they differ from the plan's.
    #[schema(max_length = 2000)]
    pub subject_desc: Option<String>,
    /// Quantity, where it differs from the plan's.
    #[schema(max_length = 500)]
    pub quantity_text: Option<String>,
    /// Quantity that counts for this part, read.
    pub quantity: PlanQuantityView,
    /// Period, where it differs from the plan's.
    #[schema(max_length = 200)]
    pub period_text: Option<String>,
    /// Signature of the department (会签).
    pub signature: PlanSignature,
    /// When it signed or refused.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub signed_at: Option<Timestamp>,
    /// With which words; for the parties.
    #[schema(max_length = 2000)]
    pub signature_note: Option<String>,
}

/// A remark on a plan: what could not be read, or is still to be said.
#[derive(Clone, Serialize, ToSchema)]
pub struct PlanRemarkView {
    /// JSON pointer into the plan.
    #[schema(max_length = 100, example = "/quantity_text")]
    pub pointer: String,
    /// Stable code.
    #[schema(max_length = 64, example = "quantity_unparsed")]
    pub code: String,
    /// What it is about, and what could be better.
    #[schema(max_length = 1000)]
    pub hint: String,
}

impl PlanRemarkView {
    /// A remark in a language.
    #[must_use]
    pub fn of(fault: PlanFault, lang: Lang) -> Self {
        let PlanFault { pointer, code, zh, en } = fault;
        Self { pointer, code: code.to_string(), hint: lang.pick(&zh, &en).to_string() }
    }
}

/// An annual plan (年度检查计划).
///
/// Its departments and district-wide roles see all of it; everybody else a published plan, without classes of risk.
#[derive(Clone, Serialize, ToSchema)]
pub struct PlanView {
    /// Id.
    pub id: Uuid,
    /// Code for people.
    #[schema(max_length = 64, example = "2026-nz-rsj-003")]
    pub code: String,
    /// State.
    pub state: PlanState,
    /// Plan year.
    #[schema(minimum = 2020, maximum = 2100)]
    pub year: i16,
    /// Name.
    #[schema(max_length = 200)]
    pub name: String,
    /// Routine or campaign.
    pub kind: PlanKind,
    /// Key or general.
    pub category: ItemCategory,
    /// Method.
    pub method: InspectionMethod,
    /// Region; empty for the whole district.
    #[schema(max_length = 12)]
    pub region_code: String,
    /// Code of the lead department.
    #[schema(max_length = 32)]
    pub lead_department: String,
    /// Subjects, as the form has them.
    #[schema(max_length = 2000)]
    pub subject_desc: String,
    /// Subjects, as a filter over the registry.
    pub subject_filter: SubjectFilter,
    /// Quantity, ratio, frequency as typed.
    #[schema(max_length = 500)]
    pub quantity_text: Option<String>,
    /// The same, read; what was not understood is among the remarks.
    pub quantity: PlanQuantityView,
    /// Period as typed.
    #[schema(max_length = 200)]
    pub period_text: Option<String>,
    /// The period, read or given.
    pub period: Option<PlanPeriod>,
    /// Parts, the lead department's first.
    #[schema(max_items = 51)]
    pub parts: Vec<PlanPartView>,
    /// Strata; for the parties.
    #[schema(max_items = 20)]
    pub strata: Vec<PlanStratum>,
    /// Approval of a campaign.
    pub campaign_approval: Option<CampaignApproval>,
    /// Why somebody must enter; for the parties.
    #[schema(max_length = 1000)]
    pub on_site_reason: Option<String>,
    /// Why it is not merged; for the parties.
    #[schema(max_length = 1000)]
    pub separate_reason: Option<String>,
    /// Why subjects are not drawn at random.
    pub draw_exception: Option<DrawException>,
    /// Remark; for the parties.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// The plan it was taken into.
    pub merged_into: Option<Uuid>,
    /// When it was first handed in.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub submitted_at: Option<Timestamp>,
    /// Last day of the hand-in; none while the days off of the year are not known.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub due_date: Option<Date>,
    /// First moment at which a hand-in is late.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub due_at: Option<Timestamp>,
    /// Version of the calendar by which it was computed.
    #[schema(max_length = 64)]
    pub calendar_version: Option<String>,
    /// Whether it was handed in late, or is late; computed, never typed; none without a last day.
    pub is_late: Option<bool>,
    /// The last lint certificate.
    pub lint_certificate_id: Option<Uuid>,
    /// What could not be read, or is still to be said; for the parties.
    #[schema(max_items = 1000)]
    pub remarks: Vec<PlanRemarkView>,
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

impl PlanView {
    /// The view of a plan for a caller.
    #[must_use]
    pub fn of(plan: &Plan, sight: Sight, now: Timestamp, lang: Lang) -> Self {
        let is_party = sight == Sight::Party;
        let is_late = plan.is_late(now);
        let Plan {
            id,
            code,
            content,
            state,
            merged_into,
            submitted_at,
            submitted_by: _,
            due,
            lint_certificate_id,
            transitions: _,
            created_by: _,
            version,
            created_at,
            updated_at,
        } = plan.clone();
        let remarks = if is_party { remarks(&content) } else { Vec::new() };
        let parts = content.parts.iter().map(|p| part_view(&content, p, is_party)).collect();
        let (lead_department, quantity) = (content.lead().to_string(), content.quantity().quantity);
        let PlanContent {
            year,
            name,
            kind,
            category,
            method,
            region_code,
            subject_desc,
            mut filter,
            quantity_text,
            period_text,
            period,
            parts: _,
            strata,
            campaign_approval,
            reasons,
            note,
        } = content;
        let PlanReasons { on_site, separate, draw_exception } = reasons;
        if !is_party {
            // Classes of risk are internal (domain.md §0.2-4).
            filter.risk_classes.clear();
        }
        Self {
            id,
            code,
            state,
            year,
            name,
            kind,
            category,
            method,
            region_code,
            lead_department,
            subject_desc,
            subject_filter: filter,
            quantity_text,
            quantity: quantity.into(),
            period_text,
            period: period.map(|p| PlanPeriod { from: p.from, to: p.to }),
            parts,
            strata: strata.into_iter().filter(|_| is_party).map(PlanStratum::from).collect(),
            campaign_approval,
            on_site_reason: on_site.filter(|_| is_party),
            separate_reason: separate.filter(|_| is_party),
            draw_exception,
            note: note.filter(|_| is_party),
            merged_into,
            submitted_at,
            due_date: due.as_ref().map(|d| d.date),
            due_at: due.as_ref().map(|d| d.at),
            calendar_version: due.map(|d| d.calendar),
            is_late,
            lint_certificate_id,
            remarks: remarks.into_iter().map(|r| PlanRemarkView::of(r, lang)).collect(),
            version,
            created_at,
            updated_at,
        }
    }
}

fn part_view(content: &PlanContent, part: &Part, is_party: bool) -> PlanPartView {
    let quantity = content.quantity_of(part).into();
    let Part {
        department,
        department_text,
        role,
        item,
        item_text,
        subject_desc,
        quantity_text,
        period_text,
        signature,
        signed_by: _,
        signed_at,
        signature_note,
    } = part.clone();
    PlanPartView {
        department,
        department_text,
        role,
        item_id: item.map(|i| i.id),
        item_version: item.map(|i| i.version),
        item_text,
        subject_desc,
        quantity_text,
        quantity,
        period_text,
        signature,
        signed_at: signed_at.filter(|_| is_party),
        signature_note: signature_note.filter(|_| is_party),
    }
}

/// Query of the plans.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlanListQuery {
    /// Only this plan year.
    #[param(minimum = 2020, maximum = 2100)]
    pub year: Option<i16>,
    /// Only this state.
    pub state: Option<PlanState>,
    /// Only plans that this department leads.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub lead_department: Option<String>,
    /// Only plans in which this department leads or cooperates.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub department: Option<String>,
    /// Only routine plans or campaigns.
    pub kind: Option<PlanKind>,
    /// Only plans handed in late, or not handed in though their last day is over.
    pub late: Option<bool>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Plans of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of plans.
#[derive(Serialize, ToSchema)]
pub struct PlanPage {
    /// In the order they were added.
    #[schema(max_items = 200)]
    pub items: Vec<PlanView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}
