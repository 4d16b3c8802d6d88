//! The annual plan (年度检查计划, Attachment 2): its states and steps as data, kinds, signatures, and risk classes.
//!
//! Called by the plans of `inspections` and by whoever reads its events. The table says who may take a step; whether every
//! cooperating department has signed, whether a blocking rule stands, and whether the hand-in was late is the service's to
//! know. It refuses a quota of checks or fines: there is no word for one (国办发〔2024〕54号).

use super::{Consent, Refusal, Role};

crate::define_words! {
    /// Class of credit risk (信用风险分类), A the lowest; internal, never published.
    pub enum RiskClass {
        /// Low risk.
        A = "A", "信用风险低", ["低风险", "A类"];
        /// Ordinary risk.
        B = "B", "信用风险一般", ["一般风险", "B类"];
        /// Fairly high risk.
        C = "C", "信用风险较高", ["较高风险", "C类"];
        /// High risk.
        D = "D", "信用风险高", ["高风险", "D类"];
    }
}

crate::define_words! {
    /// Type of the inspections of a plan (检查类型).
    pub enum PlanKind {
        /// Routine inspection.
        Routine = "routine", "日常检查", [];
        /// Campaign; needs the approval of the county's government or of a vertical superior (国办发〔2024〕54号).
        Campaign = "campaign", "专项检查", [];
    }
}

crate::define_words! {
    /// Part that a department takes in a plan (部门角色).
    pub enum PlanRole {
        /// Lead department.
        Lead = "lead", "牵头部门", [];
        /// Cooperating department.
        Cooperating = "cooperating", "配合部门", [];
    }
}

crate::define_words! {
    /// Signature of a cooperating department under a plan (配合部门会签).
    pub enum PlanSignature {
        /// The lead department: its hand-in is its signature.
        NotRequired = "not_required", "无需会签", [];
        /// Not signed yet.
        Pending = "pending", "待会签", [];
        /// Signed.
        Signed = "signed", "已会签", [];
        /// Refused with a reason; the plan went back.
        Refused = "refused", "不同意", [];
    }
}

crate::define_words! {
    /// State of an annual plan (年度检查计划状态).
    pub enum PlanState {
        /// Being drafted by the lead department.
        Draft = "draft", "草稿", [];
        /// No blocking rule stood at the last check; waiting for the cooperating departments.
        LintPassed = "lint_passed", "合法性检查通过", [];
        /// Every cooperating department has signed.
        CoopSigned = "coop_signed", "配合部门已会签", [];
        /// Handed in; due by 31 January.
        Submitted = "submitted", "已报送", [];
        /// The organiser has compared it with the others and combined what overlaps.
        Merged = "merged", "已统筹", [];
        /// Approved by the head of the lead department.
        Approved = "approved", "已批准", [];
        /// Filed with the justice bureau.
        Filed = "filed", "已备案", [];
        /// Public.
        Published = "published", "已公布", [];
        /// Visits are under way.
        Executing = "executing", "执行中", [];
        /// All visits are done.
        Completed = "completed", "已完成", [];
        /// Evaluated; the end.
        Evaluated = "evaluated", "已评估", [];
        /// Being changed after its approval; needs a reason and a new check.
        Adjusting = "adjusting", "调整中", [];
        /// Given up with a reason, or taken into another plan; the end.
        Cancelled = "cancelled", "已取消", [];
    }
}

crate::define_words! {
    /// Step of an annual plan.
    pub enum PlanVerb {
        /// Check against the rules; passes when nothing blocks.
        PassLint = "pass_lint", "通过合法性检查", [];
        /// A cooperating department signs.
        Sign = "sign", "会签", [];
        /// Sent back for another draft: by a cooperating department that does not agree, by the organiser, by the lead itself.
        Return = "return", "退回", [];
        /// Hand in to the organiser.
        Submit = "submit", "报送", [];
        /// Compare with the other plans, combine what overlaps.
        Merge = "merge", "统筹", [];
        /// Approve as the head of the lead department.
        Approve = "approve", "批准", [];
        /// File with the justice bureau.
        File = "file", "备案", [];
        /// Make public.
        Publish = "publish", "公布", [];
        /// Begin the visits.
        Start = "start", "开始执行", [];
        /// All visits are done.
        Complete = "complete", "完成", [];
        /// Evaluate.
        Evaluate = "evaluate", "评估", [];
        /// Open a change after the approval.
        Adjust = "adjust", "调整", [];
        /// Give up.
        Cancel = "cancel", "取消", [];
    }
}

/// One step of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanTransition {
    /// State before.
    pub from: PlanState,
    /// The step.
    pub verb: PlanVerb,
    /// State after.
    pub to: PlanState,
    /// Roles that may take the step.
    pub roles: &'static [Role],
    /// Whether one of the departments asked is enough; a signature is asked of every cooperating department.
    pub consent: Consent,
}

const fn step(from: PlanState, verb: PlanVerb, to: PlanState, roles: &'static [Role]) -> PlanTransition {
    PlanTransition { from, verb, to, roles, consent: Consent::Any }
}

/// Steps of a plan (`domain.md` §6).
///
/// Added to the text of §6, which names only the straight path: `return` until the approval, and `cancel` by the lead's head
/// before the hand-in. A plan that was approved once and is sent back goes to `adjusting`, which its service sees to.
pub const PLAN_TRANSITIONS: &[PlanTransition] = {
    use PlanState::{
        Adjusting, Approved, Cancelled, Completed, CoopSigned, Draft, Evaluated, Executing, Filed,
        LintPassed, Merged, Published, Submitted,
    };
    use PlanVerb::{
        Adjust, Approve, Cancel, Complete, Evaluate, File, Merge, PassLint, Publish, Return, Sign, Start,
        Submit,
    };
    use Role::{CoopEditor, LeadEditor, LeadHead, Legal, Organiser, Oversight, Publisher};
    const LEAD: &[Role] = &[LeadEditor, LeadHead];
    &[
        step(Draft, PassLint, LintPassed, LEAD),
        step(Draft, Cancel, Cancelled, &[LeadHead]),
        PlanTransition {
            from: LintPassed,
            verb: Sign,
            to: CoopSigned,
            roles: &[CoopEditor],
            consent: Consent::All,
        },
        step(LintPassed, Return, Draft, &[CoopEditor, LeadEditor, LeadHead]),
        step(LintPassed, Cancel, Cancelled, &[LeadHead]),
        step(CoopSigned, Submit, Submitted, LEAD),
        step(CoopSigned, Return, Draft, LEAD),
        step(CoopSigned, Cancel, Cancelled, &[LeadHead]),
        step(Submitted, Merge, Merged, &[Organiser]),
        step(Submitted, Return, Draft, &[Organiser]),
        step(Submitted, Cancel, Cancelled, &[Organiser]),
        step(Merged, Approve, Approved, &[LeadHead]),
        step(Merged, Return, Draft, &[Organiser, LeadHead]),
        step(Merged, Cancel, Cancelled, &[Organiser]),
        step(Approved, File, Filed, &[Legal]),
        step(Approved, Adjust, Adjusting, &[LeadEditor, LeadHead, Organiser]),
        step(Approved, Cancel, Cancelled, &[LeadHead, Organiser]),
        step(Filed, Publish, Published, &[Publisher, Organiser]),
        step(Filed, Adjust, Adjusting, &[LeadEditor, LeadHead, Organiser]),
        step(Filed, Cancel, Cancelled, &[LeadHead, Organiser]),
        step(Published, Start, Executing, LEAD),
        step(Published, Adjust, Adjusting, &[LeadEditor, LeadHead, Organiser]),
        step(Published, Cancel, Cancelled, &[LeadHead, Organiser]),
        step(Executing, Complete, Completed, LEAD),
        step(Executing, Adjust, Adjusting, &[LeadEditor, LeadHead, Organiser]),
        step(Executing, Cancel, Cancelled, &[LeadHead, Organiser]),
        step(Adjusting, PassLint, LintPassed, LEAD),
        step(Adjusting, Cancel, Cancelled, &[LeadHead, Organiser]),
        step(Completed, Evaluate, Evaluated, &[Organiser, Oversight]),
    ]
};

impl PlanState {
    /// The step of this verb from this state.
    pub fn transition(self, verb: PlanVerb) -> Option<&'static PlanTransition> {
        PLAN_TRANSITIONS.iter().find(|step| step.from == self && step.verb == verb)
    }

    /// Verbs possible from this state.
    pub fn allowed_verbs(self) -> impl Iterator<Item = PlanVerb> {
        PLAN_TRANSITIONS.iter().filter(move |step| step.from == self).map(|step| step.verb)
    }

    /// Says that a verb is not possible and what would be.
    pub fn refusal(self, verb: PlanVerb) -> Refusal {
        Refusal {
            machine: "PlanState",
            from: self.as_str(),
            attempted: verb.as_str(),
            allowed: self.allowed_verbs().map(PlanVerb::as_str).collect(),
        }
    }

    /// Whether the lead department may change the content.
    pub const fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Adjusting)
    }

    /// Whether everybody may see the plan: it was published, and was not taken back.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Published | Self::Executing | Self::Completed | Self::Evaluated)
    }

    /// Whether visits may be drawn and made under the plan.
    pub const fn is_in_force(self) -> bool {
        matches!(self, Self::Published | Self::Executing)
    }

    /// Whether the plan stands for visits to come: handed in and not yet over.
    pub const fn is_planned(self) -> bool {
        matches!(
            self,
            Self::Submitted
                | Self::Merged
                | Self::Approved
                | Self::Filed
                | Self::Published
                | Self::Executing
                | Self::Adjusting
        )
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
    fn a_plan_goes_the_straight_path_to_its_evaluation() {
        use PlanVerb::*;
        let path = [PassLint, Sign, Submit, Merge, Approve, File, Publish, Start, Complete, Evaluate];
        let end =
            path.into_iter().try_fold(PlanState::Draft, |state, verb| state.transition(verb).map(|s| s.to));
        assert_eq!(end, Some(PlanState::Evaluated));
    }

    #[test]
    fn an_adjusted_plan_is_checked_and_signed_again() {
        for state in [PlanState::Approved, PlanState::Filed, PlanState::Published, PlanState::Executing] {
            assert_eq!(state.transition(PlanVerb::Adjust).map(|s| s.to), Some(PlanState::Adjusting));
        }
        let again = PlanState::Adjusting.transition(PlanVerb::PassLint).map(|s| s.to);
        assert_eq!(again, Some(PlanState::LintPassed));
        assert!(PlanState::Adjusting.transition(PlanVerb::Publish).is_none());
    }

    #[test]
    fn nothing_is_published_that_was_not_checked_signed_approved_and_filed() {
        let into = |to: PlanState| PLAN_TRANSITIONS.iter().filter(move |s| s.to == to).map(|s| s.from);
        assert_eq!(into(PlanState::Published).collect::<Vec<_>>(), [PlanState::Filed]);
        assert_eq!(into(PlanState::Filed).collect::<Vec<_>>(), [PlanState::Approved]);
        assert_eq!(into(PlanState::Approved).collect::<Vec<_>>(), [PlanState::Merged]);
        assert_eq!(into(PlanState::CoopSigned).collect::<Vec<_>>(), [PlanState::LintPassed]);
    }

    #[test]
    fn the_refusal_names_what_is_possible() {
        let refusal = PlanState::Draft.refusal(PlanVerb::Publish);
        assert_eq!((refusal.code(), refusal.allowed), ("transition_refused", vec!["pass_lint", "cancel"]));
    }

    #[test]
    fn two_states_end_every_one_is_reached_and_no_verb_is_ambiguous() {
        let terminal: Vec<_> = PlanState::ALL.iter().filter(|state| state.is_terminal()).collect();
        assert_eq!(terminal, [&PlanState::Evaluated, &PlanState::Cancelled]);
        let reached: HashSet<_> = PLAN_TRANSITIONS.iter().map(|step| step.to).collect();
        assert!(PlanState::ALL.iter().all(|state| reached.contains(state)));
        let mut seen = HashSet::new();
        assert!(PLAN_TRANSITIONS.iter().all(|step| seen.insert((step.from, step.verb))));
    }

    #[test]
    fn classes_are_ordered_by_risk() {
        assert!(RiskClass::A < RiskClass::B && RiskClass::C < RiskClass::D);
        assert_eq!("C类".parse(), Ok(RiskClass::C));
    }
}
