//! An item with all that is known of it, as the app functions pass it to and from the store.
//!
//! Holds no rules: those are in [`super::item`] and [`super::content`].

use super::content::ItemContent;
use super::item::{CoopState, DisputeOutcome, Standing};
use domain::vocabulary::{ItemState, Role};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

/// A supervision item.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Id.
    pub id: Uuid,
    /// State of the working copy.
    pub state: ItemState,
    /// What others than the parties see: published, suspended, withdrawn, or nothing yet.
    pub public_state: Option<ItemState>,
    /// The working copy.
    pub content: ItemContent,
    /// Whether it came in as the form's example.
    pub is_example: bool,
    /// Number of the last published version.
    pub published_version: Option<i64>,
    /// Who handed it in last.
    pub submitted_by: Option<String>,
    /// When the state was entered.
    pub entered_at: Timestamp,
    /// Until when the state should have been left.
    pub due: Option<ItemDue>,
    /// Number of steps taken.
    pub transitions: i64,
    /// Answers of the cooperating departments, in the order of the content.
    pub cooperation: Vec<Answer>,
    /// Who added it.
    pub created_by: String,
    /// Version of the row.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// The end of a state's term, with what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemDue {
    /// Last day.
    pub date: Date,
    /// First moment after it.
    pub at: Timestamp,
    /// Version of the calendar used.
    pub calendar: String,
}

/// Answer of one cooperating department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its code.
    pub department: String,
    /// Its answer.
    pub state: CoopState,
    /// Who answered.
    pub actor: Option<String>,
    /// With which words.
    pub note: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
}

impl Answer {
    /// Not asked yet, or not answered.
    #[must_use]
    pub fn pending(department: &str) -> Self {
        Self {
            department: department.to_string(),
            state: CoopState::Pending,
            actor: None,
            note: None,
            at: None,
        }
    }
}

impl Item {
    /// A new draft.
    #[must_use]
    pub fn draft(content: ItemContent, by: &str, now: Timestamp) -> Self {
        Self {
            id: domain::ids::ItemId::new().into_inner(),
            state: ItemState::Draft,
            public_state: None,
            is_example: false,
            published_version: None,
            submitted_by: None,
            entered_at: now,
            due: None,
            transitions: 0,
            cooperation: content.cooperating.iter().map(|c| Answer::pending(&c.department)).collect(),
            content,
            created_by: by.to_string(),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Forgets all answers: a new round begins.
    pub fn ask_again(&mut self) {
        self.cooperation = self.content.cooperating.iter().map(|c| Answer::pending(&c.department)).collect();
    }

    /// What the rules of steps look at.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            state: self.state,
            lead: self.content.lead_department.clone(),
            cooperating: self.cooperation.iter().map(|a| (a.department.clone(), a.state)).collect(),
            submitted_by: self.submitted_by.clone(),
            is_in_force: self.public_state == Some(ItemState::Published),
        }
    }

    /// Whether its term is over.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.due.as_ref().is_some_and(|d| now >= d.at)
    }
}

/// How much of an item a caller sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The working copy: lead and cooperating departments, district-wide roles.
    Working,
    /// The published version only.
    Published,
}

/// A signature under the settlement of a dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Staffing or legal.
    pub role: Role,
    /// Outcome signed.
    pub outcome: DisputeOutcome,
    /// Account.
    pub actor: String,
    /// Organ.
    pub organ: String,
    /// Reason given.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// One step in the life of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// Order within the item, from 1.
    pub number: i64,
    /// State before.
    pub from: ItemState,
    /// Verb of the table, or `sign`.
    pub verb: String,
    /// State after.
    pub to: ItemState,
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
    /// What it rests on: document numbers, dates.
    pub evidence: serde_json::Value,
    /// End of the term that began.
    pub due: Option<ItemDue>,
}

/// A published version.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The item.
    pub item_id: Uuid,
    /// From 1.
    pub number: i64,
    /// What it says.
    pub content: ItemContent,
    /// SHA-256 of the canonical content, hex.
    pub digest: String,
    /// First day in force.
    pub valid_from: Date,
    /// First day no longer in force.
    pub valid_to: Option<Date>,
    /// Why it was published.
    pub reason: Option<String>,
    /// Who published it.
    pub published_by: String,
    /// When.
    pub published_at: Timestamp,
}
