//! Who takes a step and what is kept of it: the same for every aggregate (`domain.md` §6, "Common").
//!
//! Holds no state machine: those are in the modules of the aggregates. Called by the app functions.

use domain::vocabulary::Role;
use jiff::Timestamp;
use jiff::civil::Date;

/// The caller as rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Account.
    pub subject: String,
    /// Organ it acts for.
    pub department: String,
    /// Roles.
    pub roles: Vec<Role>,
}

impl Caller {
    /// Whether the caller has this role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// The first of these roles that the caller has.
    #[must_use]
    pub fn first_of(&self, roles: &[Role]) -> Option<Role> {
        roles.iter().copied().find(|r| self.has(*r))
    }
}

/// The end of a term, with what proves it (D10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermEnd {
    /// Last day.
    pub date: Date,
    /// First moment after it.
    pub at: Timestamp,
    /// Version of the calendar used.
    pub calendar: String,
}

impl From<domain::deadline::Due> for TermEnd {
    fn from(due: domain::deadline::Due) -> Self {
        Self { date: due.date, at: due.at, calendar: due.calendar_version }
    }
}

/// One step in the life of an aggregate; append-only.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// Kind of the aggregate: `plan`, `draw`, `visit_task`, `inspector`, …
    pub aggregate: &'static str,
    /// Its id.
    pub id: uuid::Uuid,
    /// Order within the aggregate, from 1.
    pub number: i64,
    /// State before.
    pub from: String,
    /// The step.
    pub verb: String,
    /// State after.
    pub to: String,
    /// Account.
    pub actor: String,
    /// Organ.
    pub organ: String,
    /// Role in which it was taken.
    pub role: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<String>,
    /// Rules that were looked at (`ENF-01`), in order.
    pub rule_ids: Vec<String>,
    /// Version of the rule pack used.
    pub rule_pack: Option<String>,
    /// What it rests on: document numbers, dates, digests; no personal data.
    pub evidence: serde_json::Value,
    /// End of the term that began with it.
    pub due: Option<TermEnd>,
}
