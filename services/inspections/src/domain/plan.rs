//! Annual plans (年度检查计划, Attachment 2): what one says, how it stands, who may take which step (`domain.md` §6, §7).
//!
//! - `check`: what is wrong, missing or odd in a content
//! - `reasons`: why a plan departs from what the rules expect
//! - `steps`: who may take which step, and what it comes to
//!
//! It refuses to judge lawfulness (the linter does) and to know a clock or a calendar: both are arguments.
//! Called by the app functions of plans, their import, the linter, draws and what-if.

mod check;
mod reasons;
mod steps;

pub use check::{PlanFault, faults, missing, part_pointer, remarks};
pub use reasons::{DrawException, PlanReasons};
pub use steps::{Decision, EDIT, Standing, StepRefusal, decide};

use super::step::TermEnd;
use domain::calendar::{Calendar, CalendarMissing};
use domain::deadline::{PlanDay, beijing_midnight, plan_day};
use domain::parse::period::Period;
use domain::parse::quantity::{self, Quantity, QuantityCell};
use domain::vocabulary::{
    InspectionMethod, ItemCategory, PlanKind, PlanRole, PlanSignature, PlanState, RiskClass, SubjectKind,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Name of the aggregate in histories.
pub const AGGREGATE: &str = "plan";
/// Most cooperating departments of a plan.
pub const MAX_PARTS: usize = 50;
/// Years that a plan may be for.
pub const YEARS: std::ops::RangeInclusive<i16> = 2020..=2100;

/// A tag in force, `scheme:value` (标签).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, min_length = 3, max_length = 200, pattern = "^[^:]+:.+$", example = "key_field:食品经营")]
pub struct FilterTag(pub String);

/// A trade code of GB/T 4754 or its beginning (行业代码).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, min_length = 1, max_length = 4, pattern = "^[0-9]{1,4}$", example = "62")]
pub struct FilterIndustry(pub String);

/// A region code or its beginning (区划代码).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, min_length = 2, max_length = 12, pattern = "^[0-9]{2,12}$", example = "610703102")]
pub struct FilterRegion(pub String);

/// Which subjects of the registry a plan is about (抽查对象范围).
///
/// Every member given must hold; within one member any value will do. An empty filter is the whole registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"kinds": ["enterprise", "individual_business"], "industries": ["62"], "regions": ["610703"]}))]
pub struct SubjectFilter {
    /// Kinds (监管对象类别).
    #[schema(max_items = 16)]
    pub kinds: Vec<SubjectKind>,
    /// Tags.
    #[schema(max_items = 50)]
    pub tags: Vec<FilterTag>,
    /// Trades.
    #[schema(max_items = 50)]
    pub industries: Vec<FilterIndustry>,
    /// Regions.
    #[schema(max_items = 50)]
    pub regions: Vec<FilterRegion>,
    /// Classes of credit risk (信用风险分类); subjects without a class are then left out.
    #[schema(max_items = 4)]
    pub risk_classes: Vec<RiskClass>,
}

impl SubjectFilter {
    /// Whether kind, trade and region of a subject are within; tags and classes are the registry's to answer.
    #[must_use]
    pub fn sees(&self, kind: &str, industry: Option<&str>, region: &str) -> bool {
        let kind = self.kinds.is_empty() || self.kinds.iter().any(|k| k.as_str() == kind);
        let trade = self.industries.is_empty()
            || industry.is_some_and(|i| {
                // H62 and 62 are the same division.
                let digits = i.trim_start_matches(|c: char| c.is_ascii_alphabetic());
                self.industries.iter().any(|p| digits.starts_with(p.0.as_str()))
            });
        let region = self.regions.is_empty() || self.regions.iter().any(|p| region.starts_with(p.0.as_str()));
        kind && trade && region
    }
}

/// The approval that a campaign needs (专项检查批准, 国办发〔2024〕54号).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignApproval {
    /// Who approved: the county's government or above, or a vertical superior.
    #[schema(min_length = 2, max_length = 100, example = "汉中市南郑区人民政府")]
    pub authority: String,
    /// Document number.
    #[schema(min_length = 2, max_length = 100, example = "南政办函〔2026〕3号")]
    pub document_no: String,
    /// When.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub approved_on: Date,
}

/// The published version of an item that a part rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemLink {
    /// Item of the catalog.
    pub id: Uuid,
    /// Number of its version.
    pub version: i64,
}

/// What one department does in a plan (监管部门与监管事项): a row of Attachment 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Code of the department.
    pub department: String,
    /// The department as the imported form spells it, where an export would spell it otherwise.
    pub department_text: Option<String>,
    /// Lead or cooperating.
    pub role: PlanRole,
    /// The published item it rests on; none while the words are linked to none.
    pub item: Option<ItemLink>,
    /// The item, as typed (监管事项).
    pub item_text: String,
    /// Subjects, where they differ from the plan's.
    pub subject_desc: Option<String>,
    /// Quantity, where it differs from the plan's.
    pub quantity_text: Option<String>,
    /// Period, where it differs from the plan's.
    pub period_text: Option<String>,
    /// The department's signature.
    pub signature: PlanSignature,
    /// Who signed or refused.
    pub signed_by: Option<String>,
    /// When.
    pub signed_at: Option<Timestamp>,
    /// With which words.
    pub signature_note: Option<String>,
}

impl Part {
    /// A part that nobody has signed.
    #[must_use]
    pub fn new(role: PlanRole, department: String, item_text: String) -> Self {
        Self {
            department,
            department_text: None,
            role,
            item: None,
            item_text,
            subject_desc: None,
            quantity_text: None,
            period_text: None,
            signature: unsigned(role),
            signed_by: None,
            signed_at: None,
            signature_note: None,
        }
    }

    /// Forgets the signature: the content has changed.
    pub fn ask_again(&mut self) {
        self.signature = unsigned(self.role);
        self.signed_by = None;
        self.signed_at = None;
        self.signature_note = None;
    }
}

fn unsigned(role: PlanRole) -> PlanSignature {
    match role {
        PlanRole::Lead => PlanSignature::NotRequired,
        PlanRole::Cooperating => PlanSignature::Pending,
    }
}

/// A stratum of the frame with its own share (分层抽取).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stratum {
    /// Name, unique in the plan.
    pub name: String,
    /// Class of risk that it is for.
    pub risk_class: Option<RiskClass>,
    /// Further limits on top of the plan's filter.
    pub filter: Option<SubjectFilter>,
    /// Share of its subjects, in hundredths of a percent.
    pub ratio_per_ten_thousand: Option<u32>,
    /// Number of subjects instead of a share.
    pub quantity: Option<u32>,
    /// Visits of one subject in the year.
    pub frequency_per_year: Option<u32>,
}

/// What a plan says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanContent {
    /// Plan year (年度).
    pub year: i16,
    /// Name (综合监管计划名称).
    pub name: String,
    /// Routine or campaign.
    pub kind: PlanKind,
    /// Key or general (重点/一般).
    pub category: ItemCategory,
    /// Method (检查方式).
    pub method: InspectionMethod,
    /// Region, empty for the whole district.
    pub region_code: String,
    /// Subjects, as typed (监管对象).
    pub subject_desc: String,
    /// Subjects, as a filter over the registry.
    pub filter: SubjectFilter,
    /// Quantity, ratio, frequency as typed (检查数量（比例、频次）).
    pub quantity_text: Option<String>,
    /// Period as typed (检查起止时间).
    pub period_text: Option<String>,
    /// The period, read or given.
    pub period: Option<Period>,
    /// Parts, the lead department's first.
    pub parts: Vec<Part>,
    /// Strata.
    pub strata: Vec<Stratum>,
    /// Approval of a campaign.
    pub campaign_approval: Option<CampaignApproval>,
    /// Why it departs from what the rules expect.
    pub reasons: PlanReasons,
    /// Remark.
    pub note: Option<String>,
}

impl PlanContent {
    /// Code of the lead department; empty only in a content that [`faults`] refuses.
    #[must_use]
    pub fn lead(&self) -> &str {
        self.parts.iter().find(|p| p.role == PlanRole::Lead).map_or("", |p| p.department.as_str())
    }

    /// Cooperating parts.
    pub fn cooperating(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|p| p.role == PlanRole::Cooperating)
    }

    /// Codes of all departments, each once, the lead's first.
    #[must_use]
    pub fn departments(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for part in &self.parts {
            if !out.contains(&part.department) {
                out.push(part.department.clone());
            }
        }
        out
    }

    /// What the quantity cell says.
    #[must_use]
    pub fn quantity(&self) -> QuantityCell {
        quantity::parse(self.quantity_text.as_deref().unwrap_or_default())
    }

    /// The quantity that counts for a part: its own, or the plan's.
    #[must_use]
    pub fn quantity_of(&self, part: &Part) -> Quantity {
        match &part.quantity_text {
            Some(text) => quantity::parse(text).quantity,
            None => self.quantity().quantity,
        }
    }

    /// Reads the period of the text again; a period given as days stays when the text says none.
    pub fn read_period(&mut self) {
        if let Some(text) = &self.period_text {
            self.period = domain::parse::period::parse(text, Some(self.year)).ok();
        }
    }
}

/// An annual plan with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Id.
    pub id: Uuid,
    /// Code for people, such as `2026-nz-rsj-003`.
    pub code: String,
    /// What it says.
    pub content: PlanContent,
    /// State.
    pub state: PlanState,
    /// The plan it was taken into.
    pub merged_into: Option<Uuid>,
    /// First hand-in; lateness is measured by it.
    pub submitted_at: Option<Timestamp>,
    /// Who handed it in last.
    pub submitted_by: Option<String>,
    /// Last day of the hand-in, by the calendar named; none while the calendar of the year is not known.
    pub due: Option<TermEnd>,
    /// The last lint certificate.
    pub lint_certificate_id: Option<Uuid>,
    /// Number of steps taken.
    pub transitions: i64,
    /// Who added it.
    pub created_by: String,
    /// Version of the row.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

impl Plan {
    /// A new draft.
    #[must_use]
    pub fn draft(code: String, content: PlanContent, due: Option<TermEnd>, by: &str, now: Timestamp) -> Self {
        Self {
            id: Uuid::now_v7(),
            code,
            content,
            state: PlanState::Draft,
            merged_into: None,
            submitted_at: None,
            submitted_by: None,
            due,
            lint_certificate_id: None,
            transitions: 0,
            created_by: by.to_string(),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether it was handed in after the last day, or is not handed in and the day is over; unknown without a last day.
    #[must_use]
    pub fn is_late(&self, now: Timestamp) -> Option<bool> {
        let due = self.due.as_ref()?;
        if self.state == PlanState::Cancelled && self.submitted_at.is_none() {
            return Some(false);
        }
        Some(self.submitted_at.unwrap_or(now) >= due.at)
    }
}

/// How much of a plan a caller sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All: lead and cooperating departments, district-wide roles.
    Party,
    /// A public plan of others: no accounts, no signatures' words, no classes of risk.
    Public,
}

/// How late a yearly plan may be handed in: reminded before the plan day, late after the last day (seed 三（七）, `domain.md`
/// §2.8 and §11.1).
///
/// By the end of January of each year; the notice of 2023-12-29 itself gives until 23 February for 2024. The earlier day
/// reminds, the later one marks what is late.
///
/// # Errors
/// [`CalendarMissing`] for a year whose days off are not known; nothing is guessed.
pub fn submission_day(year: i16, calendar: &Calendar) -> Result<PlanDay, CalendarMissing> {
    let reminded = plan_day(january(year), calendar)?;
    Ok(PlanDay { last_day: calendar.roll_forward(announced_day(year))?, ..reminded })
}

/// The day that the note of the form names: the end of January, or the later day granted for a year.
#[must_use]
pub fn announced_day(year: i16) -> Date {
    let granted = GRANTED.iter().find(|(y, ..)| *y == year);
    granted.and_then(|(y, m, d)| Date::new(*y, *m, *d).ok()).unwrap_or_else(|| january(year))
}

/// The end of January; the years of plans all have one.
fn january(year: i16) -> Date {
    Date::new(year, 1, 31).unwrap_or(Date::MAX)
}

/// Years with a later last day of their own, by the notice that grants it.
const GRANTED: &[(i16, i8, i8)] = &[(2024, 2, 23)];

/// The last day of the hand-in with what proves it.
///
/// # Errors
/// As [`submission_day`].
pub fn submission_due(year: i16, calendar: &Calendar) -> Result<TermEnd, CalendarMissing> {
    let day = submission_day(year, calendar)?;
    let after = day.last_day.tomorrow().unwrap_or(day.last_day);
    // A day of a covered year has a midnight.
    let at = beijing_midnight(after).ok_or(CalendarMissing { date: after })?;
    Ok(TermEnd { date: day.last_day, at, calendar: calendar.version().to_string() })
}

/// Takes the parts of another plan in (统筹合并): departments that are new come as cooperating ones, the others' items are
/// joined. Signatures stay: each department has signed its own part before the hand-in.
pub fn absorb(into: &mut PlanContent, other: &PlanContent) {
    for part in &other.parts {
        match into.parts.iter_mut().find(|p| p.department == part.department) {
            Some(mine) if mine.item_text == part.item_text => {}
            Some(mine) => mine.item_text = format!("{}；{}", mine.item_text, part.item_text),
            None => {
                let signature = PlanSignature::Signed;
                into.parts.push(Part { role: PlanRole::Cooperating, signature, ..part.clone() });
            }
        }
    }
    if let (Some(mine), Some(theirs)) = (into.period, other.period) {
        let (from, to) = (mine.from.min(theirs.from), mine.to.max(theirs.to));
        if (from, to) != (mine.from, mine.to) {
            into.period = Some(Period { from, to });
            into.period_text = Some(format!("{from}至{to}"));
        }
    }
}

#[cfg(test)]
mod tests;
