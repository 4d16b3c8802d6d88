//! Closed word lists of the suite with their official Chinese labels, and the state machines built on them.
//!
//! Each list is made by [`define_words!`](crate::define_words): the wire form is the English identifier of `domain.md` §1,
//! a person may also type the Chinese label. The module refuses open sets (organs, tags, fields): those are data. Called by
//! every service for its API types, its stored columns and its imports.

mod find;
mod inspection_method;
mod item;
mod level;
mod plan;
mod refusal;
mod role;
mod subject;
mod warning;
mod words;

pub use find::find_words;
pub use inspection_method::InspectionMethod;
pub use item::{Consent, ITEM_TRANSITIONS, ItemCategory, ItemState, ItemTransition, ItemVerb};
pub use level::{Level, LevelWarning, Normalised};
pub use plan::{
    PLAN_TRANSITIONS, PlanKind, PlanRole, PlanSignature, PlanState, PlanTransition, PlanVerb, RiskClass,
};
pub use refusal::Refusal;
pub use role::Role;
pub use subject::{AppliesTo, SUBJECT_TRANSITIONS, SubjectKind, SubjectStatus, SubjectTransition};
pub use warning::{AlertLevel, TAG_TRANSITIONS, TagState};
pub use words::UnknownWord;
