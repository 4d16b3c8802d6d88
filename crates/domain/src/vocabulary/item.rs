//! Category and life of a supervision item (监管事项), with its state machine as data.
//!
//! Called by the item catalog. The table says who may take a step and which clock starts; whether all cooperating
//! departments have confirmed, and whether a version stays valid while the next is revised, is the catalog's to know.

use super::{Refusal, Role};
use crate::deadline::{Term, TermUnit};

crate::define_words! {
    /// Category of a supervision item (事项类别).
    pub enum ItemCategory {
        /// Key item: full list, joint supervision.
        Key = "key", "重点", ["重点事项", "重点检查事项"];
        /// General item.
        General = "general", "一般", ["一般事项", "一般检查事项"];
    }
}

crate::define_words! {
    /// State of a supervision item (监管事项状态).
    pub enum ItemState {
        /// Being drafted by the lead department.
        Draft = "draft", "草稿", [];
        /// Waiting for the cooperating departments.
        CoopConfirming = "coop_confirming", "配合部门确认中", [];
        /// A cooperating department refused; staffing and legal decide.
        Disputed = "disputed", "职责争议", [];
        /// Under legal review.
        LegalReview = "legal_review", "合法性审核", [];
        /// Under review by the organiser.
        OrganiserReview = "organiser_review", "组织部门审核", [];
        /// Approved, not yet public.
        Approved = "approved", "已批准", [];
        /// Public and in force.
        Published = "published", "已公布", [];
        /// A change is being drafted; the published version stays valid.
        Revising = "revising", "修订中", [];
        /// Not to be used, as its legal basis was changed or repealed.
        Suspended = "suspended", "暂停", [];
        /// Taken off the list for good.
        Withdrawn = "withdrawn", "已撤销", [];
    }
}

crate::define_words! {
    /// Step of a supervision item.
    pub enum ItemVerb {
        /// Hand in to the cooperating departments.
        Submit = "submit", "提交", [];
        /// All cooperating departments confirm.
        Confirm = "confirm", "确认", [];
        /// A cooperating department refuses.
        Dispute = "dispute", "提出争议", [];
        /// Settle the duties in dispute.
        Decide = "decide", "裁定", [];
        /// Legal review passed.
        Pass = "pass", "审核通过", [];
        /// Accepted by the organiser.
        Accept = "accept", "批准", [];
        /// Sent back for another draft.
        Return = "return", "退回", [];
        /// Make public.
        Publish = "publish", "公布", [];
        /// Open a change of a public item.
        ProposeChange = "propose_change", "提出修订", [];
        /// Drop an open change.
        Abandon = "abandon", "放弃修订", [];
        /// Stop the use of a public item.
        Suspend = "suspend", "暂停", [];
        /// Take up a suspended item again unchanged.
        Resume = "resume", "恢复", [];
        /// Take off for good.
        Withdraw = "withdraw", "撤销", [];
    }
}

crate::define_words! {
    /// How many of the named roles must agree to a step.
    pub enum Consent {
        /// Any one of them.
        Any = "any", "任一", [];
        /// Each of them.
        All = "all", "全部", [];
    }
}

/// One step of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemTransition {
    /// State before.
    pub from: ItemState,
    /// The step.
    pub verb: ItemVerb,
    /// State after.
    pub to: ItemState,
    /// Roles that may take the step.
    pub roles: &'static [Role],
    /// Whether one of the roles is enough.
    pub consent: Consent,
    /// Clock that starts on entering `to`, if the next actor has a term.
    pub term: Option<Term>,
}

const FIVE_WORKING_DAYS: Option<Term> = Some(Term { n: 5, unit: TermUnit::WorkingDay });
const TEN_WORKING_DAYS: Option<Term> = Some(Term { n: 10, unit: TermUnit::WorkingDay });

const fn step(
    from: ItemState,
    verb: ItemVerb,
    to: ItemState,
    roles: &'static [Role],
    term: Option<Term>,
) -> ItemTransition {
    ItemTransition { from, verb, to, roles, consent: Consent::Any, term }
}

/// Steps of an item (`domain.md` §6). Terms marked `[P]` there are this project's proposal.
///
/// Added to the text of §6, which names only the straight path: `return` of the two reviews and of a dispute, `abandon` of
/// a change, `resume` after a suspension that turned out needless. A change of a suspended item starts again as a draft and
/// not as `revising`: otherwise its editor could `abandon` the change and bring a repealed item back into force alone.
pub const ITEM_TRANSITIONS: &[ItemTransition] = {
    use ItemState::{
        Approved, CoopConfirming, Disputed, Draft, LegalReview, OrganiserReview, Published, Revising,
        Suspended, Withdrawn,
    };
    use ItemVerb::{
        Abandon, Accept, Confirm, Decide, Dispute, Pass, ProposeChange, Publish, Resume, Return, Submit,
        Suspend, Withdraw,
    };
    use Role::{CoopEditor, LeadEditor, LeadHead, Legal, Organiser, Publisher, Staffing};
    &[
        step(Draft, Submit, CoopConfirming, &[LeadEditor, LeadHead], FIVE_WORKING_DAYS),
        step(Draft, Withdraw, Withdrawn, &[LeadHead], None),
        step(CoopConfirming, Confirm, LegalReview, &[CoopEditor], FIVE_WORKING_DAYS),
        step(CoopConfirming, Dispute, Disputed, &[CoopEditor], TEN_WORKING_DAYS),
        ItemTransition {
            from: Disputed,
            verb: Decide,
            to: LegalReview,
            roles: &[Staffing, Legal],
            consent: Consent::All,
            term: FIVE_WORKING_DAYS,
        },
        step(Disputed, Return, Draft, &[Staffing, Legal], None),
        step(LegalReview, Pass, OrganiserReview, &[Legal], None),
        step(LegalReview, Return, Draft, &[Legal], None),
        step(OrganiserReview, Accept, Approved, &[Organiser], None),
        step(OrganiserReview, Return, Draft, &[Organiser], None),
        step(Approved, Publish, Published, &[Publisher, Organiser], None),
        step(Published, ProposeChange, Revising, &[LeadEditor, LeadHead], None),
        step(Published, Suspend, Suspended, &[Organiser, Legal], None),
        step(Published, Withdraw, Withdrawn, &[Organiser], None),
        step(Revising, Submit, CoopConfirming, &[LeadEditor, LeadHead], FIVE_WORKING_DAYS),
        step(Revising, Abandon, Published, &[LeadEditor, LeadHead], None),
        step(Suspended, ProposeChange, Draft, &[LeadEditor, LeadHead], None),
        step(Suspended, Resume, Published, &[Organiser, Legal], None),
        step(Suspended, Withdraw, Withdrawn, &[Organiser], None),
    ]
};

impl ItemState {
    /// The step of this verb from this state, with its roles and its clock.
    pub fn transition(self, verb: ItemVerb) -> Option<&'static ItemTransition> {
        ITEM_TRANSITIONS.iter().find(|step| step.from == self && step.verb == verb)
    }

    /// Takes a step, or says which steps are possible.
    pub fn apply(self, verb: ItemVerb) -> Result<ItemState, Refusal> {
        self.transition(verb).map(|step| step.to).ok_or_else(|| Refusal {
            machine: "ItemState",
            from: self.as_str(),
            attempted: verb.as_str(),
            allowed: self.allowed_verbs().map(ItemVerb::as_str).collect(),
        })
    }

    /// Verbs possible from this state.
    pub fn allowed_verbs(self) -> impl Iterator<Item = ItemVerb> {
        ITEM_TRANSITIONS.iter().filter(move |step| step.from == self).map(|step| step.verb)
    }

    /// Whether nothing can follow.
    pub fn is_terminal(self) -> bool {
        self.allowed_verbs().next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_item_goes_the_straight_path_to_publication() {
        use ItemVerb::*;
        let path = [Submit, Confirm, Pass, Accept, Publish];
        let end = path.into_iter().try_fold(ItemState::Draft, ItemState::apply);
        assert_eq!(end, Ok(ItemState::Published));
    }

    #[test]
    fn a_dispute_is_settled_by_staffing_and_legal_together() {
        let step = ItemState::Disputed.transition(ItemVerb::Decide).unwrap();
        assert_eq!((step.roles, step.consent), (&[Role::Staffing, Role::Legal][..], Consent::All));
        let entry = ItemState::CoopConfirming.transition(ItemVerb::Dispute).unwrap();
        assert_eq!(entry.term, Some(Term { n: 10, unit: TermUnit::WorkingDay }));
    }

    #[test]
    fn a_draft_cannot_be_published_and_the_refusal_names_the_way() {
        let refusal = ItemState::Draft.apply(ItemVerb::Publish).unwrap_err();
        assert_eq!(refusal.code(), "transition_refused");
        assert_eq!(refusal.allowed, ["submit", "withdraw"]);
        assert!(refusal.message_zh().contains("submit"));
    }

    #[test]
    fn an_editor_cannot_bring_a_suspended_item_back_alone() {
        assert_eq!(ItemState::Suspended.apply(ItemVerb::ProposeChange), Ok(ItemState::Draft));
        let resume = ItemState::Suspended.transition(ItemVerb::Resume).unwrap();
        assert!(!resume.roles.contains(&Role::LeadEditor));
    }

    #[test]
    fn only_withdrawn_is_terminal_and_every_state_is_reached() {
        let terminal: Vec<_> = ItemState::ALL.iter().filter(|state| state.is_terminal()).collect();
        assert_eq!(terminal, [&ItemState::Withdrawn]);
        let reached: HashSet<_> = ITEM_TRANSITIONS.iter().map(|step| step.to).collect();
        assert!(ItemState::ALL.iter().all(|state| reached.contains(state)));
    }

    #[test]
    fn no_state_has_two_steps_of_one_verb() {
        let mut seen = HashSet::new();
        assert!(ITEM_TRANSITIONS.iter().all(|step| seen.insert((step.from, step.verb))));
    }
}
