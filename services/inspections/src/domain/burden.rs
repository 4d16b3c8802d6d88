//! Pure rules: what the organs cost a subject: entries, time, documents asked again, caps used (企业负担账).
//!
//! A combined visit is one entry for the subject and one for each of its organs (FRQ-07). Only what happened, or is still
//! planned, is counted; what was called off or merged away is not. Called by the burden and lint app functions.

use super::visit::VisitState;
use jiff::Timestamp;
use jiff::civil::Date;
use rules::VisitKind;
use rules::ledger::Entry;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The part of one organ in a visit to a subject, as rules count it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskEntry {
    /// The visit.
    pub visit_id: Uuid,
    /// Its number.
    pub visit_code: String,
    /// Why.
    pub kind: VisitKind,
    /// State of the visit.
    pub state: VisitState,
    /// Somebody enters.
    pub on_site: bool,
    /// The day: when it began, else fixed, else the last one planned.
    pub on: Date,
    /// Made by merging.
    pub is_combined: bool,
    /// The organ.
    pub organ: String,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl TaskEntry {
    /// Whether it is, or will be, a burden: not called off, not merged away.
    #[must_use]
    pub fn is_real(&self) -> bool {
        !matches!(self.state, VisitState::Cancelled | VisitState::Combined)
    }

    /// As the rules' ledger takes it. Where nobody was found, nobody entered.
    #[must_use]
    pub fn as_rules(&self, subject: &str) -> Entry {
        Entry {
            visit: self.visit_id.to_string(),
            subject: subject.to_string(),
            organ: self.organ.clone(),
            on: self.on,
            kind: Some(self.kind),
            is_on_site: self.on_site && self.state != VisitState::NotFound,
            is_planned: self.state.is_before_arrival(),
        }
    }
}

/// One entry of the subject: a visit with all of its organs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitEntry {
    /// The visit.
    pub visit_id: Uuid,
    /// Its number.
    pub code: String,
    /// Why.
    pub kind: VisitKind,
    /// The day.
    pub on: Date,
    /// Somebody enters.
    pub on_site: bool,
    /// Made by merging.
    pub is_combined: bool,
    /// Still to come.
    pub is_planned: bool,
    /// Its organs.
    pub organs: Vec<String>,
    /// From the first begin to the last end, minutes; 0 while it is not over.
    pub minutes: i64,
}

/// The visits of tasks, in the order of their days.
#[must_use]
pub fn visits(tasks: &[TaskEntry]) -> Vec<VisitEntry> {
    let mut by_id: BTreeMap<Uuid, Vec<&TaskEntry>> = BTreeMap::new();
    for task in tasks.iter().filter(|t| t.is_real()) {
        by_id.entry(task.visit_id).or_default().push(task);
    }
    let mut out: Vec<VisitEntry> = by_id
        .into_values()
        .filter_map(|parts| {
            let first = *parts.first()?;
            let began = parts.iter().filter_map(|t| t.started_at).min();
            let ended = parts.iter().filter_map(|t| t.ended_at).max();
            let minutes = began.zip(ended).map_or(0, |(a, b)| b.duration_since(a).as_mins().max(0));
            Some(VisitEntry {
                visit_id: first.visit_id,
                code: first.visit_code.clone(),
                kind: first.kind,
                on: first.on,
                on_site: first.on_site,
                is_combined: first.is_combined,
                is_planned: first.state.is_before_arrival(),
                organs: parts.iter().map(|t| t.organ.clone()).collect(),
                minutes,
            })
        })
        .collect();
    out.sort_by_key(|v| (v.on, v.visit_id));
    out
}

/// Documents that were asked for more than once, with how often.
#[must_use]
pub fn asked_again(documents: impl IntoIterator<Item = String>) -> Vec<(String, u32)> {
    let mut times: BTreeMap<String, (String, u32)> = BTreeMap::new();
    for document in documents {
        let key = domain::text::search_key(&document);
        if !key.is_empty() {
            times.entry(key).or_insert((document, 0)).1 += 1;
        }
    }
    times.into_values().filter(|(_, n)| *n > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn task(visit: u128, organ: &str, state: VisitState) -> TaskEntry {
        TaskEntry {
            visit_id: Uuid::from_u128(visit),
            visit_code: visit.to_string(),
            kind: VisitKind::Routine,
            state,
            on_site: true,
            on: date(2026, 5, 20),
            is_combined: false,
            organ: organ.into(),
            started_at: "2026-05-20T01:00:00Z".parse().ok(),
            ended_at: "2026-05-20T02:30:00Z".parse().ok(),
        }
    }

    #[test]
    fn a_combined_visit_is_one_entry_and_a_cancelled_one_is_none() {
        let tasks = [
            task(1, "a", VisitState::Closed),
            task(1, "b", VisitState::Closed),
            task(2, "a", VisitState::Cancelled),
            task(3, "a", VisitState::Combined),
        ];
        let found = visits(&tasks);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].organs.len(), found[0].minutes), (2, 90));
        assert!(!task(4, "a", VisitState::NotFound).as_rules("s").is_on_site);
    }

    #[test]
    fn a_document_asked_twice_is_told_whatever_its_spelling() {
        let asked = ["营业执照", "营业执照 ", "台账"].map(String::from);
        assert_eq!(asked_again(asked), [("营业执照".to_string(), 2)]);
    }
}
