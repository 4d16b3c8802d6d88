//! Annual plans (年度检查计划, Attachment 2): what one says, how it stands, who may take which step (`domain.md` §6, §7).
//!
//! The table of steps is `domain::vocabulary::PLAN_TRANSITIONS`; this module adds whose department the caller speaks for,
//! whether all cooperating departments have signed, and that who handed a plan in neither merges, approves, files, publishes
//! nor evaluates it. It refuses to judge lawfulness (the linter does) and to know a clock or a calendar: both are arguments.
//! Called by the app functions of plans, their import, the linter, draws and what-if.

use super::step::{Caller, TermEnd};
use domain::calendar::{Calendar, CalendarMissing};
use domain::deadline::{PlanDay, beijing_midnight, plan_day};
use domain::parse::period::Period;
use domain::parse::quantity::{self, Quantity, QuantityCell};
use domain::vocabulary::{
    Consent, InspectionMethod, ItemCategory, PLAN_TRANSITIONS, PlanKind, PlanRole, PlanSignature, PlanState,
    PlanTransition, PlanVerb, Refusal, RiskClass, Role, SubjectKind,
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

/// A fault of a content, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanFault {
    /// JSON pointer.
    pub pointer: String,
    /// Stable code.
    pub code: &'static str,
    /// Chinese text.
    pub zh: String,
    /// English text.
    pub en: String,
}

fn fault(pointer: impl Into<String>, code: &'static str, zh: &str, en: &str) -> PlanFault {
    PlanFault { pointer: pointer.into(), code, zh: zh.to_string(), en: en.to_string() }
}

/// JSON pointer of a part: `/lead` or `/cooperating/{i}`.
#[must_use]
pub fn part_pointer(index: usize) -> String {
    match index {
        0 => "/lead".to_string(),
        n => format!("/cooperating/{}", n - 1),
    }
}

/// What makes a content impossible to store, all at once; what is merely incomplete is [`missing`].
#[must_use]
pub fn faults(content: &PlanContent) -> Vec<PlanFault> {
    let mut out = Vec::new();
    if !YEARS.contains(&content.year) {
        out.push(fault(
            "/year",
            "year_out_of_range",
            "年度应在2020至2100之间",
            "the year must lie between 2020 and 2100",
        ));
    }
    let is_lead_first = content.parts.iter().enumerate().all(|(i, p)| (p.role == PlanRole::Lead) == (i == 0));
    if content.parts.is_empty() || !is_lead_first {
        out.push(fault(
            "/lead",
            "lead_missing",
            "牵头部门应有且仅有一个",
            "there must be exactly one lead department",
        ));
    }
    if content.cooperating().next().is_none() {
        let (zh, en) = ("至少要有一个配合部门", "one cooperating department at least");
        out.push(fault("/cooperating", "no_cooperating_department", zh, en));
    }
    if content.parts.len() > MAX_PARTS + 1 {
        out.push(fault(
            "/cooperating",
            "too_many_items",
            "配合部门最多50个",
            "at most 50 cooperating departments",
        ));
    }
    for (i, part) in content.parts.iter().enumerate().skip(1) {
        let pointer = format!("{}/department", part_pointer(i));
        if part.department == content.lead() {
            let (zh, en) = ("配合部门不能是牵头部门", "the lead department cannot cooperate in its own plan");
            out.push(fault(pointer, "lead_is_cooperating", zh, en));
        } else if content.parts.iter().take(i).any(|p| p.department == part.department) {
            out.push(fault(pointer, "duplicate_department", "配合部门重复", "the department occurs twice"));
        }
    }
    texts(content, &mut out);
    strata(content, &mut out);
    if content.period.is_some_and(|p| p.to < p.from) {
        out.push(fault(
            "/period",
            "period_reversed",
            "结束时间早于开始时间",
            "the period ends before it begins",
        ));
    }
    if content.period.is_some_and(|p| !p.is_within(content.year)) {
        let (zh, en) = ("起止时间应在计划年度内", "the period must lie within the plan year");
        out.push(fault("/period", "period_outside_year", zh, en));
    }
    out
}

fn texts(content: &PlanContent, out: &mut Vec<PlanFault>) {
    let mut check = |pointer: String, text: &str, is_needed: bool| {
        if is_needed && text.trim().is_empty() {
            out.push(fault(pointer, "missing_value", "不能为空", "must not be empty"));
        } else if domain::text::refuse_control(text, true).is_err() {
            out.push(fault(pointer, "control_character", "含有控制字符", "holds a control character"));
        } else if text.contains('\u{FFFD}') {
            out.push(fault(
                pointer,
                "replacement_character",
                "含有乱码",
                "holds a character that was lost in conversion",
            ));
        }
    };
    check("/name".into(), &content.name, true);
    check("/subject_desc".into(), &content.subject_desc, true);
    for (pointer, text) in [
        ("/quantity_text", &content.quantity_text),
        ("/period_text", &content.period_text),
        ("/note", &content.note),
    ] {
        check(pointer.into(), text.as_deref().unwrap_or_default(), false);
    }
    for (i, part) in content.parts.iter().enumerate() {
        let at = part_pointer(i);
        check(format!("{at}/item_text"), &part.item_text, true);
        for (member, text) in [
            ("subject_desc", &part.subject_desc),
            ("quantity_text", &part.quantity_text),
            ("period_text", &part.period_text),
        ] {
            check(format!("{at}/{member}"), text.as_deref().unwrap_or_default(), false);
        }
    }
    for (i, stratum) in content.strata.iter().enumerate() {
        check(format!("/strata/{i}/name"), &stratum.name, true);
    }
}

fn strata(content: &PlanContent, out: &mut Vec<PlanFault>) {
    for (i, stratum) in content.strata.iter().enumerate() {
        let earlier = || content.strata.iter().take(i);
        if earlier().any(|s| s.name == stratum.name) {
            out.push(fault(
                format!("/strata/{i}/name"),
                "duplicate_stratum",
                "分层名称重复",
                "the name of the stratum occurs twice",
            ));
        }
        let is_plain = |s: &Stratum| s.filter.is_none();
        if let Some(class) = stratum.risk_class
            && is_plain(stratum)
            && earlier().any(|s| s.risk_class == Some(class) && is_plain(s))
        {
            let (zh, en) = ("同一风险类别只能有一个分层", "one stratum for each class of risk");
            out.push(fault(format!("/strata/{i}/risk_class"), "duplicate_stratum", zh, en));
        }
        if stratum.ratio_per_ten_thousand.is_some() && stratum.quantity.is_some() {
            let (zh, en) = ("比例和数量只能填一项", "either a ratio or a quantity");
            out.push(fault(format!("/strata/{i}/quantity"), "contradicting_members", zh, en));
        }
    }
}

/// What a content still lacks for the check by the rules: everything that a step beyond the draft rests on.
#[must_use]
pub fn missing(content: &PlanContent) -> Vec<PlanFault> {
    let mut out = faults(content);
    if content.period.is_none() {
        let (zh, en) =
            ("起止时间未识别，请填写起止日期", "the period is not known; give its first and last day");
        out.push(fault("/period", "period_missing", zh, en));
    }
    let is_quantified = |s: &Stratum| {
        s.ratio_per_ten_thousand.is_some() || s.quantity.is_some() || s.frequency_per_year.is_some()
    };
    if content.quantity().quantity.is_empty() && !content.strata.iter().any(is_quantified) {
        let (zh, en) = (
            "检查数量（比例、频次）未识别，请按“30户”“5%”“每年1次”填写，或填写分层比例",
            "no quantity, ratio or frequency is known; write it as 30户, 5%, 每年1次, or give strata",
        );
        out.push(fault("/quantity_text", "quantity_missing", zh, en));
    }
    for (i, part) in content.parts.iter().enumerate() {
        if part.item.is_none() {
            let (zh, en) = (
                "监管事项未关联到已公布的清单事项（未公布的事项不得检查）",
                "linked to no published item; what is not published may not be checked",
            );
            out.push(fault(format!("{}/item_id", part_pointer(i)), "item_not_linked", zh, en));
        }
    }
    out
}

/// What is odd in a content without being wrong, as JSON pointers with codes.
#[must_use]
pub fn remarks(content: &PlanContent) -> Vec<PlanFault> {
    let mut out = Vec::new();
    let mut quantity_remarks = |pointer: String, text: &str| {
        for remark in quantity::parse(text).warnings {
            out.push(PlanFault {
                pointer: pointer.clone(),
                code: match remark.code {
                    quantity::QuantityRemarkCode::Unparsed => "quantity_unparsed",
                    quantity::QuantityRemarkCode::MoreThanOne => "quantity_repeated",
                    quantity::QuantityRemarkCode::RatioAboveWhole => "ratio_above_whole",
                },
                zh: format!("{}：{}", remark.code.label_zh(), remark.text),
                en: format!("kept as text: {}", remark.text),
            });
        }
    };
    quantity_remarks("/quantity_text".into(), content.quantity_text.as_deref().unwrap_or_default());
    for (i, part) in content.parts.iter().enumerate() {
        if let Some(text) = &part.quantity_text {
            quantity_remarks(format!("{}/quantity_text", part_pointer(i)), text);
        }
    }
    let mut period_remark = |pointer: String, text: &str| {
        let read = domain::parse::period::parse(text, Some(content.year));
        match read {
            Err(e) if e.code() != "period_empty" => {
                out.push(PlanFault { pointer, code: e.code(), zh: e.message_zh(), en: e.to_string() })
            }
            Ok(p) if !p.is_within(content.year) => {
                let (zh, en) = ("起止时间应在计划年度内", "the period must lie within the plan year");
                out.push(fault(pointer, "period_outside_year", zh, en));
            }
            _ => {}
        }
    };
    period_remark("/period_text".into(), content.period_text.as_deref().unwrap_or_default());
    for (i, part) in content.parts.iter().enumerate() {
        if let Some(text) = &part.period_text {
            period_remark(format!("{}/period_text", part_pointer(i)), text);
        }
    }
    for (i, part) in content.parts.iter().enumerate() {
        if part.item.is_none() {
            let (zh, en) = ("未关联到已公布的清单事项", "linked to no published item");
            out.push(fault(format!("{}/item_id", part_pointer(i)), "item_not_linked", zh, en));
        }
    }
    out
}

/// How a plan stands, as the rules of its steps look at it.
#[derive(Clone, Debug)]
pub struct Standing<'p> {
    /// State.
    pub state: PlanState,
    /// Lead department.
    pub lead: &'p str,
    /// Cooperating departments and their signatures.
    pub cooperating: Vec<(&'p str, PlanSignature)>,
    /// Who handed it in last.
    pub submitted_by: Option<&'p str>,
    /// Whether it was approved once and then adjusted: what is sent back is then an adjustment.
    pub was_adjusted: bool,
}

impl<'p> Standing<'p> {
    /// How this plan stands.
    #[must_use]
    pub fn of(plan: &'p Plan, was_adjusted: bool) -> Self {
        Self {
            state: plan.state,
            lead: plan.content.lead(),
            cooperating: plan.content.cooperating().map(|p| (p.department.as_str(), p.signature)).collect(),
            submitted_by: plan.submitted_by.as_deref(),
            was_adjusted,
        }
    }
}

/// What a step comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The verb of the table.
    pub verb: PlanVerb,
    /// State after.
    pub to: PlanState,
    /// The role in which it is taken.
    pub role: Role,
}

/// Why a step is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepRefusal {
    /// The state forbids it (409).
    State(Refusal),
    /// No role for it (403).
    RoleMissing,
    /// The role is there, but another department leads (403).
    NotLead,
    /// The caller's department does not cooperate (403).
    NotCooperating,
    /// Who handed it in may not take this step too (403).
    SeparationOfDuties,
    /// The department has signed already (409).
    AlreadySigned,
}

/// Steps that who handed the plan in may not take.
const APART_FROM_SUBMITTER: &[PlanVerb] =
    &[PlanVerb::Merge, PlanVerb::Approve, PlanVerb::File, PlanVerb::Publish, PlanVerb::Evaluate];

/// Decides a step. A signature moves the plan on with the last of the cooperating departments only.
///
/// # Errors
/// [`StepRefusal`].
pub fn decide(plan: &Standing<'_>, caller: &Caller, verb: PlanVerb) -> Result<Decision, StepRefusal> {
    let step = transition(plan, caller, verb)?;
    let role = role_for(plan, caller, step)?;
    if APART_FROM_SUBMITTER.contains(&verb) && plan.submitted_by == Some(caller.subject.as_str()) {
        return Err(StepRefusal::SeparationOfDuties);
    }
    let mut to = step.to;
    if verb == PlanVerb::Sign {
        let mine = plan.cooperating.iter().find(|(d, _)| *d == caller.department);
        if mine.is_some_and(|(_, s)| *s == PlanSignature::Signed) {
            return Err(StepRefusal::AlreadySigned);
        }
        let is_last =
            plan.cooperating.iter().all(|(d, s)| *d == caller.department || *s == PlanSignature::Signed);
        if step.consent == Consent::All && !is_last {
            to = plan.state;
        }
    }
    if verb == PlanVerb::Return && plan.was_adjusted {
        to = PlanState::Adjusting;
    }
    Ok(Decision { verb, to, role })
}

fn transition(
    plan: &Standing<'_>,
    caller: &Caller,
    verb: PlanVerb,
) -> Result<&'static PlanTransition, StepRefusal> {
    if let Some(step) = plan.state.transition(verb) {
        return Ok(step);
    }
    // Whoever could never take this step learns so, and not in which state the plan is.
    let mut refusal = StepRefusal::RoleMissing;
    for step in PLAN_TRANSITIONS.iter().filter(|s| s.verb == verb) {
        match role_for(plan, caller, step) {
            Ok(_) => return Err(StepRefusal::State(plan.state.refusal(verb))),
            Err(StepRefusal::RoleMissing) => {}
            Err(other) => refusal = other,
        }
    }
    Err(refusal)
}

/// The first role of the step that the caller has for this plan.
fn role_for(plan: &Standing<'_>, caller: &Caller, step: &PlanTransition) -> Result<Role, StepRefusal> {
    let mut refusal = StepRefusal::RoleMissing;
    for role in step.roles.iter().filter(|r| caller.has(**r)) {
        match role {
            Role::LeadEditor | Role::LeadHead if caller.department != plan.lead => {
                refusal = StepRefusal::NotLead;
            }
            Role::CoopEditor if !plan.cooperating.iter().any(|(d, _)| *d == caller.department) => {
                refusal = StepRefusal::NotCooperating;
            }
            role => return Ok(*role),
        }
    }
    Err(refusal)
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
