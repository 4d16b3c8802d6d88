//! What the predicates look at. Plain structs; `None` means that it is not known, which is never a pass.
//!
//! Filled by `inspections` from its rows and from the catalog. Persons are ids here, never names.

use crate::words::{ExclusionCode, VisitKind};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

/// An organ on the date of the fact.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OrganFacts {
    /// Its code.
    pub code: String,
    /// Whether it was on the published list of inspection bodies.
    pub is_inspection_body: Option<bool>,
    /// Outside of the district's command (垂管).
    pub is_vertical: Option<bool>,
    /// A township or sub-district office.
    pub is_township: Option<bool>,
    /// A township's powers by provincial decision were published.
    pub has_published_powers: Option<bool>,
    /// What it acts by, if it acts for another organ.
    pub entrustment: Option<Entrustment>,
    /// Region codes it is competent for.
    pub regions: Option<Vec<String>>,
    /// A record of assistance covers the place.
    pub has_assistance_record: Option<bool>,
    /// It has duties of work safety.
    pub has_safety_duty: Option<bool>,
}

/// Whether and how an organ acts for another.
#[derive(Clone, Debug, Serialize)]
pub enum Entrustment {
    /// It acts by its own power.
    None,
    /// It was entrusted.
    By {
        /// In writing.
        is_written: Option<bool>,
        /// Published.
        is_published: Option<bool>,
        /// The act lies within its scope.
        is_within_scope: Option<bool>,
        /// In the name of the entrusting organ.
        is_in_entrusters_name: Option<bool>,
    },
}

/// A catalog item on the date of the fact.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ItemFacts {
    /// Its id, or the text as typed when it is not linked.
    pub item: String,
    /// The organ that checks it.
    pub organ: String,
    /// A published version was in force.
    pub is_published: Option<bool>,
    /// Legal basis as written.
    pub basis: Option<String>,
    /// It can be checked without entering.
    pub is_off_site_possible: Option<bool>,
    /// Field that caps and minimums are kept by.
    pub field: Option<String>,
    /// Key item (重点事项).
    pub is_key: Option<bool>,
}

/// One risk class of a plan.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StratumFacts {
    /// `A` to `D`, A the lowest risk.
    pub class: char,
    /// Hundredths of a percent.
    pub ratio: Option<u32>,
    /// Visits a year.
    pub frequency: Option<u32>,
}

/// A campaign's plan.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CampaignFacts {
    /// Approved by a government of county level or above, or by the vertical superior.
    pub is_approved: Option<bool>,
    /// Filed.
    pub is_filed: Option<bool>,
    /// Published.
    pub is_published: Option<bool>,
    /// It names scope, content and time limit.
    pub has_scope_content_and_limit: Option<bool>,
}

/// Subjects of one organ that have used up their cap, or would.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CapUse {
    /// The organ.
    pub organ: String,
    /// The cap.
    pub cap: u32,
    /// Visits that the plan brings to one subject, when every drawn subject gets the same.
    pub planned_each: Option<u32>,
    /// Visits that the organ's other live plans of the year may bring to the same subject.
    pub planned_by_others: u32,
    /// Those plans.
    pub other_plans: Vec<String>,
    /// Subjects looked at.
    pub subjects: u64,
    /// Subjects whose cap is used up already.
    pub at_cap: u64,
    /// A few of them.
    pub sample: Vec<String>,
}

/// Another plan that meets this one in time and frame.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlanOverlap {
    /// The other plan.
    pub plan: String,
    /// Its organs.
    pub organs: Vec<String>,
    /// Subjects of both, when they are known.
    pub subjects: Option<u64>,
}

/// Planned visits of an organ that takes no part in a plan, in the plan's time and region.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlannedVisits {
    /// The organ.
    pub organ: String,
    /// Visits.
    pub visits: u64,
    /// Subjects that they go to.
    pub subjects: u64,
    /// Whether all of these subjects are in the plan's frame; else some of them may be.
    pub are_in_frame: bool,
}

/// Duties of work safety (安全生产法).
#[derive(Clone, Debug, Default, Serialize)]
pub struct SafetyFacts {
    /// It is a joint check.
    pub is_joint: Option<bool>,
    /// The other safety organs were told.
    pub is_notified: Option<bool>,
}

/// How a plan chooses.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DrawUse {
    /// Subjects by the draw service.
    pub subjects_by_draw: Option<bool>,
    /// Inspectors by the draw service.
    pub inspectors_by_draw: Option<bool>,
    /// Items and results are made public.
    pub is_public: Option<bool>,
    /// Code of an exception to the joint random check.
    pub exception: Option<String>,
}

/// An annual plan.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlanFacts {
    /// Its id.
    pub plan: String,
    /// First and last day.
    pub period: Option<(Date, Date)>,
    /// Routine, or a campaign.
    pub kind: Option<VisitKind>,
    /// Somebody enters the subject's premises.
    pub is_on_site: Option<bool>,
    /// Why somebody must enter although it could be checked otherwise.
    pub on_site_reason: Option<String>,
    /// Organs that take part.
    pub organs: Vec<OrganFacts>,
    /// Their items.
    pub items: Vec<ItemFacts>,
    /// Region codes of the subjects.
    pub regions: Option<Vec<String>>,
    /// By risk class.
    pub strata: Vec<StratumFacts>,
    /// Visits to one subject a year; the larger end.
    pub frequency: Option<u32>,
    /// Whether the ratio or quantity has an upper bound; none without ratio or quantity.
    pub has_upper_bound: Option<bool>,
    /// How it chooses.
    pub draw: Option<DrawUse>,
    /// The campaign's plan, for a campaign.
    pub campaign: Option<CampaignFacts>,
    /// Caps used.
    pub caps: Option<Vec<CapUse>>,
    /// Other plans.
    pub overlaps: Option<Vec<PlanOverlap>>,
    /// Planned visits of organs that take no part in it.
    pub visits: Option<Vec<PlannedVisits>>,
    /// Why it is not merged.
    pub separate_reason: Option<String>,
    /// Free texts with their places.
    pub texts: Vec<(String, String)>,
    /// Work safety.
    pub safety: Option<SafetyFacts>,
}

/// Somebody of a team.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MemberFacts {
    /// Id of the inspector, expert or assistant.
    pub member: String,
    /// Counted as an inspector.
    pub is_counted: bool,
    /// In the published registry of the organ on that date.
    pub is_registered: Option<bool>,
    /// Certificate valid on that date.
    pub has_valid_certificate: Option<bool>,
    /// Auxiliary staff, grid worker, expert, contractor or body that may never count.
    pub is_auxiliary: Option<bool>,
    /// Ties to the subject: owner, relative, employer within the span, interest, own declaration.
    pub recusals: Option<Vec<Recusal>>,
    /// State of a recusal request of the subject.
    pub request: Option<RecusalRequest>,
    /// Organ that the member belongs to.
    pub organ: Option<String>,
}

/// A tie between an inspector and a subject.
#[derive(Clone, Debug, Serialize)]
pub struct Recusal {
    /// Kind of tie.
    pub tie: String,
    /// Last day of it, for a former employment.
    pub ended_on: Option<Date>,
}

/// A recusal that the subject asked for.
#[derive(Clone, Debug, Serialize)]
pub enum RecusalRequest {
    /// Nobody asked.
    None,
    /// Not decided yet.
    Pending,
    /// Decided.
    Decided {
        /// By the head of the organ.
        is_by_head: bool,
        /// Granted.
        is_granted: bool,
    },
}

/// Approval of an inspection.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Approval {
    /// When; none while it is not approved.
    pub at: Option<Timestamp>,
    /// By the head of the organ.
    pub is_by_head: Option<bool>,
}

/// The part of one organ in a visit.
#[derive(Clone, Debug, Default, Serialize)]
pub struct VisitOrgan {
    /// The organ.
    pub organ: OrganFacts,
    /// Its people.
    pub members: Vec<MemberFacts>,
    /// What it checks.
    pub items: Vec<ItemFacts>,
    /// Approval by its head.
    pub approval: Option<Approval>,
    /// Visits to the subject this year that count, without this one.
    pub counted: Option<u32>,
    /// The organ's yearly cap.
    pub cap: Option<u32>,
    /// Visits this year that do not count.
    pub exempt: Option<u32>,
    /// Visits that do not count within the look-back window.
    pub exempt_recent: Option<u32>,
}

/// A check of a higher organ.
#[derive(Clone, Debug, Serialize)]
pub struct UpperCheck {
    /// The organ.
    pub organ: String,
    /// When.
    pub on: Date,
    /// Points that both check.
    pub points: Vec<String>,
}

/// Another planned visit to the same subject.
#[derive(Clone, Debug, Serialize)]
pub struct NearVisit {
    /// The visit.
    pub visit: String,
    /// Its organs.
    pub organs: Vec<String>,
    /// When.
    pub on: Date,
}

/// One piece of evidence.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EvidenceFacts {
    /// Its id.
    pub evidence: String,
    /// From electronic monitoring.
    pub is_monitoring: bool,
    /// The device passed the legal and technical review, has signs, and its place is published.
    pub is_device_reviewed: Option<bool>,
}

/// What happened on the spot; for the close of a visit.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OnSpot {
    /// Notice shown or served.
    pub is_notice_served: Option<bool>,
    /// Site record signed, or its refusal noted.
    pub is_record_signed: Option<bool>,
    /// Result told to the subject.
    pub is_result_told: Option<bool>,
    /// When the certificates were shown; the outer none is unknown.
    pub certificates_shown: Option<Option<Timestamp>>,
    /// When the visit code was scanned or shown.
    pub code_scanned: Option<Option<Timestamp>>,
    /// Evidence.
    pub evidence: Option<Vec<EvidenceFacts>>,
    /// Forbidden acts that the subject reported when it rated the visit; none while it has not rated.
    pub forbidden_acts: Option<Vec<String>>,
}

/// A visit.
#[derive(Clone, Debug, Default, Serialize)]
pub struct VisitFacts {
    /// Its id.
    pub visit: String,
    /// The day: checked in, or planned.
    pub on: Date,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// Why.
    pub kind: Option<VisitKind>,
    /// Somebody enters.
    pub is_on_site: Option<bool>,
    /// Why somebody must enter.
    pub on_site_reason: Option<String>,
    /// A combined visit (综合查一次).
    pub is_combined: bool,
    /// The subject.
    pub subject: String,
    /// Its region.
    pub region: Option<String>,
    /// Whether the subject is suspected or an evident hazard is known.
    pub has_suspicion: bool,
    /// Organs.
    pub organs: Vec<VisitOrgan>,
    /// Period of the plan it belongs to; the outer none is unknown, the inner one means no plan.
    pub plan_period: Option<Option<(Date, Date)>>,
    /// Checks of higher organs.
    pub upper_checks: Option<Vec<UpperCheck>>,
    /// Other planned visits within the window.
    pub near: Option<Vec<NearVisit>>,
    /// Why it is not merged.
    pub separate_reason: Option<String>,
    /// Entering is a condition of a licence, and whether a law says so.
    pub licence_condition: Option<Option<bool>>,
    /// Reason of an emergency.
    pub emergency_reason: Option<String>,
    /// An emergency with coercive measures.
    pub is_coercive: bool,
    /// The number of assistants and experts was fixed beforehand.
    pub are_assistants_fixed: Option<bool>,
    /// Work safety.
    pub safety: Option<SafetyFacts>,
    /// What happened on the spot.
    pub spot: OnSpot,
}

/// One exclusion from a frame.
#[derive(Clone, Debug, Serialize)]
pub struct ExclusionFacts {
    /// The code; none when there is none or it is not one of the list.
    pub code: Option<ExclusionCode>,
    /// How many subjects.
    pub subjects: u64,
}

/// A draw.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DrawFacts {
    /// Its id.
    pub draw: String,
    /// The day.
    pub on: Date,
    /// The day the frame was frozen.
    pub is_frame_frozen_before: Option<bool>,
    /// Exclusions.
    pub exclusions: Option<Vec<ExclusionFacts>>,
    /// How it chooses.
    pub choice: DrawUse,
    /// The draw it repeats, with reason and approver; none for a first draw.
    pub redraw: Option<Redraw>,
    /// Every replacement took the next score.
    pub are_replacements_next: Option<bool>,
    /// The stored picks are those that recomputation gives.
    pub is_recomputed: Option<bool>,
    /// Strata.
    pub strata: Vec<StratumFacts>,
    /// Period of the plan.
    pub plan_period: Option<(Date, Date)>,
    /// Organ that drew the subjects, and the plan's lead.
    pub drawn_by: Option<(String, String)>,
    /// Inspectors (id, organ of the team, own organ).
    pub inspectors: Option<Vec<(String, String, String)>>,
}

/// A repeated draw.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Redraw {
    /// Why.
    pub reason: Option<String>,
    /// Who asked.
    pub requested_by: Option<String>,
    /// Who approved.
    pub approved_by: Option<String>,
    /// The old draw.
    pub old_draw: Option<String>,
}

/// What is made public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PublicityKind {
    /// Result of an inspection.
    Inspection,
    /// Penalty.
    Penalty,
    /// Licence.
    Licence,
}

/// A publicity record.
#[derive(Clone, Debug, Serialize)]
pub struct PublicityFacts {
    /// Its id.
    pub record: String,
    /// What.
    pub kind: PublicityKind,
    /// Day of the result or the decision.
    pub decided_on: Date,
    /// Today.
    pub today: Date,
    /// Day it was made public.
    pub published_on: Option<Date>,
    /// Organ that checked, and the one that published.
    pub checked_by: Option<String>,
    /// Organ that published.
    pub published_by: Option<String>,
    /// It is about to be made public: a term that is over is no reason to keep it back any longer.
    pub is_being_published: bool,
    /// Decision of a market-regulation organ.
    pub is_market_regulation: Option<bool>,
    /// Recorded at home in another province: day it was pushed there.
    pub pushed_on: Option<Option<Date>>,
    /// Changed, annulled or declared unlawful on this day; the outer none is unknown.
    pub annulled_on: Option<Option<Date>>,
    /// Day it was withdrawn.
    pub withdrawn_on: Option<Date>,
    /// Why it was withdrawn.
    pub withdrawal_reason: Option<String>,
    /// A warning only.
    pub is_warning_only: Option<bool>,
    /// By simple procedure.
    pub is_simple_procedure: Option<bool>,
    /// Criticism by circular, or a small fine.
    pub is_minor: Option<bool>,
    /// Last day of the display.
    pub displayed_until: Option<Date>,
    /// The subject is a natural person.
    pub is_natural_person: Option<bool>,
    /// It touches secrets, security, trade secrets or privacy.
    pub is_sensitive: Option<bool>,
    /// The approval for that case was decided.
    pub is_sensitivity_decided: Option<bool>,
    /// The notice to the subject said that it would be published.
    pub was_subject_told: Option<bool>,
    /// Found wrong on this day, and corrected on that.
    pub error: Option<Option<(Date, Option<Date>)>>,
}
