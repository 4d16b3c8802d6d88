//! Who may take which step of a plan, and what it comes to (`domain.md` §6, Plan).
//!
//! The table of steps is `domain::vocabulary::PLAN_TRANSITIONS`; this module adds whose department the caller speaks for,
//! whether all cooperating departments have signed, that who handed a plan in neither merges, approves, files, publishes
//! nor evaluates it, and that nobody approves or files what is of his own hand (S08). Called by the app functions of the steps.

use super::Plan;
use crate::domain::step::Caller;
use domain::vocabulary::{
    Consent, PLAN_TRANSITIONS, PlanSignature, PlanState, PlanTransition, PlanVerb, Refusal, Role,
};

/// How a plan stands, as the rules of its steps look at it.
#[derive(Clone, Debug)]
pub struct Standing<'p> {
    /// State.
    pub state: PlanState,
    /// Lead department.
    pub lead: &'p str,
    /// Cooperating departments and their signatures.
    pub cooperating: Vec<(&'p str, PlanSignature)>,
    /// Who handed it in last.
    pub submitted_by: Option<&'p str>,
    /// Who drafted it or changed the draft.
    pub authors: Vec<&'p str>,
    /// Whether it was approved once and then adjusted: what is sent back is then an adjustment.
    pub was_adjusted: bool,
}

impl<'p> Standing<'p> {
    /// How this plan stands.
    #[must_use]
    pub fn of(plan: &'p Plan, was_adjusted: bool) -> Self {
        Self {
            state: plan.state,
            lead: plan.content.lead(),
            cooperating: plan.content.cooperating().map(|p| (p.department.as_str(), p.signature)).collect(),
            submitted_by: plan.submitted_by.as_deref(),
            authors: vec![plan.created_by.as_str()],
            was_adjusted,
        }
    }

    /// The same, with those who changed the draft.
    #[must_use]
    pub fn edited_by(mut self, editors: &'p [String]) -> Self {
        self.authors.extend(editors.iter().map(String::as_str));
        self
    }
}

/// What a step comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The verb of the table.
    pub verb: PlanVerb,
    /// State after.
    pub to: PlanState,
    /// The role in which it is taken.
    pub role: Role,
}

/// Why a step is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepRefusal {
    /// The state forbids it (409).
    State(Refusal),
    /// No role for it (403).
    RoleMissing,
    /// The role is there, but another department leads (403).
    NotLead,
    /// The caller's department does not cooperate (403).
    NotCooperating,
    /// Who handed it in, drafted or changed it may not take this step too (403).
    SeparationOfDuties,
    /// The department has signed already (409).
    AlreadySigned,
}

/// Steps that who handed the plan in may not take.
const APART_FROM_SUBMITTER: &[PlanVerb] =
    &[PlanVerb::Merge, PlanVerb::Approve, PlanVerb::File, PlanVerb::Publish, PlanVerb::Evaluate];

/// Steps that nobody takes with what is of his own hand.
pub const APART_FROM_AUTHORS: &[PlanVerb] = &[PlanVerb::Approve, PlanVerb::File];

/// Step of the history that is a change of the draft; it moves nothing.
pub const EDIT: &str = "edit";

/// Decides a step. A signature moves the plan on with the last of the cooperating departments only.
///
/// # Errors
/// [`StepRefusal`].
pub fn decide(plan: &Standing<'_>, caller: &Caller, verb: PlanVerb) -> Result<Decision, StepRefusal> {
    let step = transition(plan, caller, verb)?;
    let role = role_for(plan, caller, step)?;
    if APART_FROM_SUBMITTER.contains(&verb) && plan.submitted_by == Some(caller.subject.as_str()) {
        return Err(StepRefusal::SeparationOfDuties);
    }
    if APART_FROM_AUTHORS.contains(&verb) && plan.authors.contains(&caller.subject.as_str()) {
        return Err(StepRefusal::SeparationOfDuties);
    }
    let mut to = step.to;
    if verb == PlanVerb::Sign {
        let mine = plan.cooperating.iter().find(|(d, _)| *d == caller.department);
        if mine.is_some_and(|(_, s)| *s == PlanSignature::Signed) {
            return Err(StepRefusal::AlreadySigned);
        }
        let is_last =
            plan.cooperating.iter().all(|(d, s)| *d == caller.department || *s == PlanSignature::Signed);
        if step.consent == Consent::All && !is_last {
            to = plan.state;
        }
    }
    if verb == PlanVerb::Return && plan.was_adjusted {
        to = PlanState::Adjusting;
    }
    Ok(Decision { verb, to, role })
}

fn transition(
    plan: &Standing<'_>,
    caller: &Caller,
    verb: PlanVerb,
) -> Result<&'static PlanTransition, StepRefusal> {
    if let Some(step) = plan.state.transition(verb) {
        return Ok(step);
    }
    // Whoever could never take this step learns so, and not in which state the plan is.
    let mut refusal = StepRefusal::RoleMissing;
    for step in PLAN_TRANSITIONS.iter().filter(|s| s.verb == verb) {
        match role_for(plan, caller, step) {
            Ok(_) => return Err(StepRefusal::State(plan.state.refusal(verb))),
            Err(StepRefusal::RoleMissing) => {}
            Err(other) => refusal = other,
        }
    }
    Err(refusal)
}

/// The first role of the step that the caller has for this plan.
fn role_for(plan: &Standing<'_>, caller: &Caller, step: &PlanTransition) -> Result<Role, StepRefusal> {
    let mut refusal = StepRefusal::RoleMissing;
    for role in step.roles.iter().filter(|r| caller.has(**r)) {
        match role {
            Role::LeadEditor | Role::LeadHead if caller.department != plan.lead => {
                refusal = StepRefusal::NotLead;
            }
            Role::CoopEditor if !plan.cooperating.iter().any(|(d, _)| *d == caller.department) => {
                refusal = StepRefusal::NotCooperating;
            }
            role => return Ok(*role),
        }
    }
    Err(refusal)
}
