//! What was read from a quantity cell of a plan (检查数量（比例、频次）), as it is shown.

use domain::parse::quantity::{Bound, Count, Frequency, FrequencyUnit, Quantity, Ratio};
use serde::Serialize;
use utoipa::ToSchema;

/// A number of subjects read from a quantity cell.
#[derive(Clone, Serialize, ToSchema)]
pub struct PlanCountView {
    /// How many; the lower end of a range.
    #[schema(minimum = 0)]
    pub n: u32,
    /// The upper end of a range.
    #[schema(minimum = 0)]
    pub n_max: Option<u32>,
    /// Measure word as written.
    #[schema(max_length = 10, example = "户")]
    pub unit: String,
    /// How the number limits.
    pub bound: Bound,
}

/// A share of the subjects read from a quantity cell.
#[derive(Clone, Serialize, ToSchema)]
pub struct PlanRatioView {
    /// Hundredths of a percent; the lower end of a range.
    #[schema(minimum = 0, maximum = 10000, example = 500)]
    pub per_ten_thousand: u32,
    /// The upper end of a range.
    #[schema(minimum = 0, maximum = 10000)]
    pub per_ten_thousand_max: Option<u32>,
    /// How the number limits.
    pub bound: Bound,
}

/// How often one subject is visited, read from a quantity cell.
#[derive(Clone, Serialize, ToSchema)]
pub struct PlanFrequencyView {
    /// How many times; the lower end of a range.
    #[schema(minimum = 0)]
    pub times: u32,
    /// The upper end of a range.
    #[schema(minimum = 0)]
    pub times_max: Option<u32>,
    /// How the number limits.
    pub bound: Bound,
    /// Over how many spans: 2 in 每2年1次.
    #[schema(minimum = 1)]
    pub every: u32,
    /// The span.
    pub unit: FrequencyUnit,
}

/// What was read from a quantity cell.
#[derive(Clone, Serialize, ToSchema)]
pub struct PlanQuantityView {
    /// Number of subjects (数量).
    pub count: Option<PlanCountView>,
    /// Share of the subjects (比例).
    pub ratio: Option<PlanRatioView>,
    /// Visits of one subject (频次).
    pub frequency: Option<PlanFrequencyView>,
}

impl From<Quantity> for PlanQuantityView {
    fn from(q: Quantity) -> Self {
        let Quantity { count, ratio, frequency } = q;
        Self {
            count: count.map(|c| {
                let Count { n, n_max, unit, bound } = c;
                PlanCountView { n, n_max, unit, bound }
            }),
            ratio: ratio.map(|r| {
                let Ratio { basis_points, basis_points_max, bound } = r;
                PlanRatioView {
                    per_ten_thousand: basis_points,
                    per_ten_thousand_max: basis_points_max,
                    bound,
                }
            }),
            frequency: frequency.map(|f| {
                let Frequency { times, times_max, bound, every, unit } = f;
                PlanFrequencyView { times, times_max, bound, every, unit }
            }),
        }
    }
}
