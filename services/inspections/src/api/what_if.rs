//! What a plan would cost, over HTTP (计划预演).

use domain::vocabulary::RiskClass;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What is assumed where the plan does not say it.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"inspectors_per_organ": 2, "visits_per_day": 4}))]
pub struct WhatIfAssumptions {
    /// Inspectors that each organ sends to a visit; two when absent, never fewer (行政处罚法第四十二条).
    #[schema(minimum = 2, maximum = 20)]
    pub inspectors_per_organ: Option<u32>,
    /// Visits that one team makes in a day; four when absent.
    #[schema(minimum = 1, maximum = 50)]
    pub visits_per_day: Option<u32>,
    /// Cap of an organ that has published none; the rule pack's when absent.
    #[schema(minimum = 0, maximum = 366)]
    pub cap_if_unpublished: Option<u32>,
}

/// A stratum and what would be drawn from it.
#[derive(Clone, Serialize, ToSchema)]
pub struct WhatIfStratum {
    /// Its name.
    #[schema(max_length = 60)]
    pub name: String,
    /// Class of risk that it is for.
    pub risk_class: Option<RiskClass>,
    /// Subjects in it.
    #[schema(minimum = 0)]
    pub subjects: u64,
    /// Subjects that would be drawn.
    #[schema(minimum = 0)]
    pub drawn: u64,
    /// Share that would be drawn, in hundredths of a percent.
    #[schema(minimum = 0, maximum = 10000)]
    pub coverage_per_ten_thousand: u64,
    /// Visits of one drawn subject in the plan period.
    #[schema(minimum = 0)]
    pub visits_each: u64,
}

/// Expected coverage of a class of risk.
#[derive(Clone, Serialize, ToSchema)]
pub struct WhatIfClass {
    /// The class; none for subjects without one.
    pub risk_class: Option<RiskClass>,
    /// Subjects in the frame.
    #[schema(minimum = 0)]
    pub subjects: u64,
    /// Expected draws, in hundredths of a subject.
    #[schema(minimum = 0)]
    pub expected_drawn_hundredths: u64,
    /// Expected coverage, in hundredths of a percent.
    #[schema(minimum = 0, maximum = 10000)]
    pub expected_coverage_per_ten_thousand: u64,
}

/// What the plan asks of one organ.
#[derive(Clone, Serialize, ToSchema)]
pub struct WhatIfOrgan {
    /// Its code.
    #[schema(max_length = 32)]
    pub department: String,
    /// Visits in which it takes part.
    #[schema(minimum = 0)]
    pub visits: u64,
    /// Days of its inspectors.
    #[schema(minimum = 0)]
    pub person_days: u64,
    /// Its cap of visits to one subject in the year.
    #[schema(minimum = 0)]
    pub cap: u64,
    /// Whether it has published no cap, so that one was assumed.
    pub is_cap_assumed: bool,
    /// Subjects of the frame whose cap would be exceeded if they were drawn.
    #[schema(minimum = 0)]
    pub subjects_over_cap: u64,
    /// The first of them.
    #[schema(max_items = 20)]
    pub over_cap_sample: Vec<Uuid>,
}

/// Another plan of the year that meets the same subjects at the same time.
#[derive(Clone, Serialize, ToSchema)]
pub struct WhatIfOverlap {
    /// The other plan.
    pub plan_id: Uuid,
    /// Its code.
    #[schema(max_length = 64)]
    pub code: String,
    /// Its lead department.
    #[schema(max_length = 32)]
    pub lead_department: String,
    /// Subjects that are in both frames.
    #[schema(minimum = 0)]
    pub shared_subjects: u64,
    /// Subjects that both are expected to draw, in hundredths; none where the other plan's share is not known.
    #[schema(minimum = 0)]
    pub expected_shared_hundredths: Option<u64>,
}

/// What a plan would cost on the registry as it is now; nothing is stored (计划预演).
#[derive(Clone, Serialize, ToSchema)]
pub struct WhatIfView {
    /// The plan.
    pub plan_id: Uuid,
    /// Version of the plan it was computed for.
    #[schema(minimum = 1)]
    pub plan_version: i64,
    /// When.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub computed_at: Timestamp,
    /// Subjects of the registry that the filter finds, in being.
    #[schema(minimum = 0)]
    pub subjects: u64,
    /// Whether the plan says how many are drawn; if not, nothing below is computed but the frame.
    pub is_quantity_known: bool,
    /// By stratum; one of all where the plan has none.
    #[schema(max_items = 20)]
    pub strata: Vec<WhatIfStratum>,
    /// By class of risk.
    #[schema(max_items = 5)]
    pub classes: Vec<WhatIfClass>,
    /// By organ, the lead department first.
    #[schema(max_items = 51)]
    pub organs: Vec<WhatIfOrgan>,
    /// Subjects that would be drawn.
    #[schema(minimum = 0)]
    pub subjects_drawn: u64,
    /// Entries at one drawn subject when each organ goes alone: the largest of the strata.
    #[schema(minimum = 0)]
    pub visits_per_subject_apart: u64,
    /// Entries at one drawn subject when the organs go together.
    #[schema(minimum = 0)]
    pub visits_per_subject_combined: u64,
    /// Entries at all subjects when each organ goes alone.
    #[schema(minimum = 0)]
    pub visits_apart: u64,
    /// Entries when the organs go together (综合查一次).
    #[schema(minimum = 0)]
    pub visits_combined: u64,
    /// Entries saved by going together.
    #[schema(minimum = 0)]
    pub visits_saved: u64,
    /// Days of all inspectors.
    #[schema(minimum = 0)]
    pub person_days: u64,
    /// Subjects over the cap of one organ at least.
    #[schema(minimum = 0)]
    pub subjects_over_cap: u64,
    /// Plans that meet the same subjects at the same time.
    #[schema(max_items = 200)]
    pub overlaps: Vec<WhatIfOverlap>,
    /// Inspectors of each organ at a visit that was assumed.
    #[schema(minimum = 2)]
    pub inspectors_per_organ: u32,
    /// Visits of a team in a day that were assumed.
    #[schema(minimum = 1)]
    pub visits_per_day: u32,
}
