//! Rule packs (规则包): how one stands, and which one applied to a fact.
//!
//! A pack is uploaded as a draft and published or discarded by a second person; neither its content nor the decision changes
//! afterwards. Validity speaks of the facts, `published_at` of what was known: a later pack may cover days that an earlier
//! one covers too, and the highest number known at the time applies. What a pack may hold is `rules::check`. Called by the
//! app functions.

use jiff::Timestamp;
use jiff::civil::Date;
use rules::RulePack;
use rules::check::PackFault;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

domain::define_words! {
    /// State of a rule pack (规则包状态).
    pub enum RulePackState {
        /// Uploaded and checked.
        Draft = "draft", "待发布", [];
        /// In force for the facts of its days.
        Published = "published", "已发布", [];
        /// Dropped before it was published.
        Discarded = "discarded", "已作废", [];
    }
}

/// A finding as it is kept with the pack; only those that do not block are ever stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptFinding {
    /// JSON pointer into the pack.
    pub pointer: String,
    /// Code.
    pub code: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl From<PackFault> for KeptFinding {
    fn from(f: PackFault) -> Self {
        let PackFault { pointer, code, is_blocking: _, text } = f;
        Self { pointer, code: code.to_string(), zh: text.zh, en: text.en }
    }
}

/// An uploaded pack.
#[derive(Clone, Debug, PartialEq)]
pub struct Uploaded {
    /// Id.
    pub id: Uuid,
    /// Number of the published version, from 1.
    pub number: Option<i64>,
    /// State.
    pub state: RulePackState,
    /// What it says.
    pub pack: RulePack,
    /// SHA-256 of its canonical content.
    pub digest: String,
    /// What is worth a look.
    pub findings: Vec<KeptFinding>,
    /// First day of the facts it judges.
    pub valid_from: Date,
    /// First day it judges no longer.
    pub valid_to: Option<Date>,
    /// Why it was uploaded.
    pub reason: String,
    /// Who uploaded it.
    pub created_by: String,
    /// Who published or discarded it.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why.
    pub decision: Option<String>,
    /// Version of the row.
    pub version: i64,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Why a decision is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionRefusal {
    /// It was decided already.
    Decided,
    /// The uploader may not publish.
    SamePerson,
}

impl Uploaded {
    /// Publishes under the next number; the uploader may not.
    ///
    /// # Errors
    /// Decided already, or the same person.
    pub fn publish(
        &mut self,
        number: i64,
        by: &str,
        why: Option<String>,
        at: Timestamp,
    ) -> Result<(), DecisionRefusal> {
        if self.created_by == by {
            return Err(DecisionRefusal::SamePerson);
        }
        self.decide(RulePackState::Published, by, why, at)?;
        self.number = Some(number);
        Ok(())
    }

    /// Drops it; the uploader may.
    ///
    /// # Errors
    /// Decided already.
    pub fn discard(&mut self, by: &str, why: Option<String>, at: Timestamp) -> Result<(), DecisionRefusal> {
        self.decide(RulePackState::Discarded, by, why, at)
    }

    fn decide(
        &mut self,
        to: RulePackState,
        by: &str,
        why: Option<String>,
        at: Timestamp,
    ) -> Result<(), DecisionRefusal> {
        if self.state != RulePackState::Draft {
            return Err(DecisionRefusal::Decided);
        }
        self.state = to;
        self.decided_by = Some(by.to_string());
        self.decided_at = Some(at);
        self.decision = why;
        self.version += 1;
        self.updated_at = at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Uploaded {
        let pack = rules::default_pack().unwrap();
        Uploaded {
            id: Uuid::nil(),
            number: None,
            state: RulePackState::Draft,
            digest: pack.digest(),
            pack,
            findings: Vec::new(),
            valid_from: jiff::civil::date(2026, 1, 1),
            valid_to: None,
            reason: "x".into(),
            created_by: "a".into(),
            decided_by: None,
            decided_at: None,
            decision: None,
            version: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_pack_is_decided_once_and_not_published_by_its_uploader() {
        let mut pack = draft();
        assert_eq!(pack.publish(1, "a", None, Timestamp::UNIX_EPOCH), Err(DecisionRefusal::SamePerson));
        assert_eq!(pack.publish(1, "b", None, Timestamp::UNIX_EPOCH), Ok(()));
        assert_eq!((pack.number, pack.version), (Some(1), 2));
        assert_eq!(pack.discard("b", None, Timestamp::UNIX_EPOCH), Err(DecisionRefusal::Decided));
    }
}
