//! 综合查一次 over HTTP: finding visits that can be combined, merging them, refusing with a reason.

use crate::api::burden::OrganCode;
use crate::domain::combine::CombinationState;
use crate::store::combine::CombinationRow;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store_kit::StoreResult;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Where to look.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2026-11-23", "to": "2027-02-28"}))]
pub struct CombinationFind {
    /// At this subject only.
    pub subject_id: Option<Uuid>,
    /// First day; today when absent.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub from: Option<Date>,
    /// Last day; the end of the rules' window after `from` when absent.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub to: Option<Date>,
}

/// How the visits become one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scheduled_on": "2026-12-10", "reason": "两部门同日入企"}))]
pub struct CombinationMerge {
    /// The one date; within the days that any of the visits was planned for.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub scheduled_on: Date,
    /// Lead of the combined visit; the lead of the first visit when absent.
    #[schema(min_length = 1, max_length = 32)]
    pub lead_department: Option<String>,
    /// Remark.
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
}

/// What merging saves the subject (减少入企).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CombinationSaving {
    /// Visits as they are planned.
    #[schema(minimum = 0)]
    pub visits_before: usize,
    /// Visits afterwards: one.
    #[schema(minimum = 0)]
    pub visits_after: usize,
    /// Lines of all checklists.
    #[schema(minimum = 0)]
    pub points_before: usize,
    /// Lines of the merged checklist.
    #[schema(minimum = 0)]
    pub points_after: usize,
}

/// A proposal to combine visits (综合查一次建议).
#[derive(Serialize, ToSchema)]
pub struct CombinationView {
    /// Id.
    pub id: Uuid,
    /// Subject.
    pub subject_id: Uuid,
    /// Its name.
    #[schema(max_length = 200)]
    pub subject_name: String,
    /// Its identifier.
    #[schema(max_length = 64)]
    pub subject_identifier: String,
    /// Visits, in the order of their days.
    #[schema(max_items = 100)]
    pub visit_ids: Vec<Uuid>,
    /// Their organs.
    #[schema(max_items = 100)]
    pub departments: Vec<OrganCode>,
    /// Window that was searched, days (FRQ-04).
    #[schema(minimum = 0)]
    pub window_days: i64,
    /// What merging saves.
    pub saving: CombinationSaving,
    /// State.
    pub state: CombinationState,
    /// The combined visit.
    pub into_visit_id: Option<Uuid>,
    /// Why it was refused, or a remark on the merging.
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
    /// When it was decided.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub decided_at: Option<Timestamp>,
    /// Version, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was found.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
}

impl CombinationView {
    /// The view of a row.
    ///
    /// # Errors
    /// A broken row.
    pub fn of(row: CombinationRow) -> StoreResult<Self> {
        let (state, visit_ids) = (row.state()?, row.visits()?);
        let CombinationRow {
            id,
            subject_id,
            subject_identifier,
            subject_name,
            region_code: _,
            visit_ids: _,
            departments,
            window_days,
            saving,
            state: _,
            into_visit_id,
            reason,
            decided_by: _,
            decided_at,
            transitions: _,
            created_by: _,
            version,
            created_at,
            updated_at: _,
        } = row;
        Ok(Self {
            id: id.0,
            subject_id: subject_id.0,
            subject_name,
            subject_identifier,
            visit_ids,
            departments: departments.0.into_iter().map(OrganCode).collect(),
            window_days,
            saving: crate::store::document(saving.0)?,
            state,
            into_visit_id: into_visit_id.map(|v| v.0),
            reason,
            decided_at: decided_at.map(|t| t.0),
            version,
            created_at: created_at.0,
        })
    }
}

/// What a search found.
#[derive(Serialize, ToSchema)]
pub struct CombinationFound {
    /// New proposals; those known before are not repeated.
    #[schema(max_items = 10000)]
    pub items: Vec<CombinationView>,
    /// Planned visits that were looked at.
    #[schema(minimum = 0)]
    pub visits_looked_at: usize,
    /// Visits that would be saved by merging all of the new proposals.
    #[schema(minimum = 0)]
    pub visits_saved: usize,
}

/// A page of proposals.
#[derive(Serialize, ToSchema)]
pub struct CombinationPage {
    /// In the order they were found.
    #[schema(max_items = 200)]
    pub items: Vec<CombinationView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Which proposals.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CombinationListQuery {
    /// Of this state.
    #[param(inline)]
    pub state: Option<CombinationState>,
    /// At this subject.
    pub subject_id: Option<Uuid>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Proposals of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}
