//! Steps of a supervision item: who may take one, where it leads, which clock it starts (`domain.md` §6).
//!
//! The table is `domain::vocabulary::ITEM_TRANSITIONS`; this module adds what only the catalog knows: whose department the
//! caller speaks for, whether all cooperating departments have answered, who handed the item in (the submitter reviews,
//! accepts and publishes nothing of his own), and how a dispute ends. Called by the item app functions.

use domain::deadline::{Term, TermUnit};
use domain::vocabulary::{Consent, ITEM_TRANSITIONS, ItemState, ItemTransition, ItemVerb, Refusal, Role};

domain::define_words! {
    /// Answer of a cooperating department (配合部门意见).
    pub enum CoopState {
        /// Not answered yet.
        Pending = "pending", "待确认", [];
        /// Agrees.
        Confirmed = "confirmed", "已确认", [];
        /// Refuses; the item is in dispute.
        Refused = "refused", "有异议", [];
        /// Bound by the decision of staffing and legal.
        Bound = "bound", "依裁定承担", [];
    }
}

domain::define_words! {
    /// How staffing and legal settle a dispute (裁定结果).
    pub enum DisputeOutcome {
        /// The duties stand as drafted; departments that have not answered yet are asked again.
        Uphold = "uphold", "维持", [];
        /// Back to the lead department for another draft.
        Return = "return", "退回修改", [];
        /// The item is taken off.
        Withdraw = "withdraw", "撤销", [];
    }
}

/// On whose behalf a step is taken.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Account.
    pub subject: String,
    /// Organ.
    pub department: String,
    /// Roles.
    pub roles: Vec<Role>,
}

/// How an item stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its state.
    pub state: ItemState,
    /// Its lead department.
    pub lead: String,
    /// Its cooperating departments and their answers.
    pub cooperating: Vec<(String, CoopState)>,
    /// Who handed it in last.
    pub submitted_by: Option<String>,
    /// Whether a published version is in force or will be.
    pub is_in_force: bool,
}

/// What a step comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The verb of the table.
    pub verb: ItemVerb,
    /// State after.
    pub to: ItemState,
    /// The role in which it was taken.
    pub role: Role,
    /// Clock that starts.
    pub term: Option<Term>,
}

/// Why a step is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepRefusal {
    /// The state forbids it (409).
    State(Refusal),
    /// No role for it (403).
    RoleMissing,
    /// The role is there, but the item is another department's (403).
    NotLead,
    /// The caller's department does not cooperate in the item (403).
    NotCooperating,
    /// Who handed it in, or signed in the other role, may not do this too (403).
    SeparationOfDuties,
    /// The department has answered already (409).
    AlreadyAnswered,
    /// A draft whose earlier version is in force is not withdrawn by its drafters (409).
    VersionInForce,
}

/// Steps that the submitter may not take.
const APART_FROM_SUBMITTER: &[ItemVerb] =
    &[ItemVerb::Pass, ItemVerb::Accept, ItemVerb::Publish, ItemVerb::Decide];

/// Decides a step other than answering and settling a dispute.
///
/// # Errors
/// [`StepRefusal`].
pub fn decide(item: &Standing, caller: &Caller, verb: ItemVerb) -> Result<Decision, StepRefusal> {
    let step = transition(item, caller, verb)?;
    let role = role_for(item, caller, step)?;
    apart(item, caller, verb)?;
    if verb == ItemVerb::Withdraw && item.state == ItemState::Draft && item.is_in_force {
        return Err(StepRefusal::VersionInForce);
    }
    Ok(Decision { verb, to: step.to, role, term: step.term })
}

/// A cooperating department agrees; the item moves on with the last of them.
///
/// # Errors
/// [`StepRefusal`].
pub fn confirm(item: &Standing, caller: &Caller) -> Result<Decision, StepRefusal> {
    let decision = decide(item, caller, ItemVerb::Confirm)?;
    unanswered(item, caller)?;
    let is_last = item.cooperating.iter().all(|(d, s)| *d == caller.department || *s != CoopState::Pending);
    Ok(if is_last { decision } else { Decision { to: ItemState::CoopConfirming, term: None, ..decision } })
}

/// A cooperating department refuses.
///
/// # Errors
/// [`StepRefusal`].
pub fn refuse(item: &Standing, caller: &Caller) -> Result<Decision, StepRefusal> {
    let decision = decide(item, caller, ItemVerb::Dispute)?;
    unanswered(item, caller)?;
    Ok(decision)
}

/// Signatures under one settlement, by role, with the account.
pub type Signatures<'a> = &'a [(Role, &'a str, DisputeOutcome)];

/// Staffing or legal signs a settlement; with both signatures under the same outcome it takes effect.
///
/// The decision's `to` stays `disputed` until then. Beyond the table: `uphold` goes back to `coop_confirming` while a
/// department has not answered yet, and `withdraw` ends the item. `return` needs one signature, as the table has it.
///
/// # Errors
/// [`StepRefusal`].
pub fn settle(
    item: &Standing,
    caller: &Caller,
    outcome: DisputeOutcome,
    signed: Signatures<'_>,
) -> Result<Decision, StepRefusal> {
    let verb = if outcome == DisputeOutcome::Return { ItemVerb::Return } else { ItemVerb::Decide };
    let step = transition(item, caller, verb)?;
    apart(item, caller, ItemVerb::Decide)?;
    let mine = || step.roles.iter().filter(|r| caller.roles.contains(r));
    let is_free = |r: &&Role| !signed.iter().any(|(s, who, _)| s == *r && *who != caller.subject);
    let role = *mine().find(is_free).or_else(|| mine().next()).ok_or(StepRefusal::RoleMissing)?;
    if step.consent == Consent::Any {
        return Ok(Decision { verb, to: step.to, role, term: step.term });
    }
    let other = |r: &&Role| **r != role;
    let mut others = step.roles.iter().filter(other);
    if signed.iter().any(|(r, who, _)| *r != role && *who == caller.subject) {
        return Err(StepRefusal::SeparationOfDuties);
    }
    let is_agreed = others.all(|r| signed.iter().any(|(s, _, o)| s == r && *o == outcome));
    let wait = Decision { verb, to: ItemState::Disputed, role, term: None };
    if !is_agreed {
        return Ok(wait);
    }
    Ok(match outcome {
        DisputeOutcome::Withdraw => Decision { to: ItemState::Withdrawn, ..wait },
        _ if item.cooperating.iter().any(|(_, s)| *s == CoopState::Pending) => {
            let term = Some(Term { n: 5, unit: TermUnit::WorkingDay });
            Decision { to: ItemState::CoopConfirming, term, ..wait }
        }
        _ => Decision { to: step.to, term: step.term, ..wait },
    })
}

/// Whether the content may be changed, by a caller of this department.
#[must_use]
pub fn is_editable(state: ItemState) -> bool {
    matches!(state, ItemState::Draft | ItemState::Revising)
}

fn transition(
    item: &Standing,
    caller: &Caller,
    verb: ItemVerb,
) -> Result<&'static ItemTransition, StepRefusal> {
    if let Some(step) = item.state.transition(verb) {
        return Ok(step);
    }
    // Whoever could never take this step learns so, and not in which state the item is.
    let mut refusal = StepRefusal::RoleMissing;
    for step in ITEM_TRANSITIONS.iter().filter(|s| s.verb == verb) {
        match role_for(item, caller, step) {
            Ok(_) => return Err(StepRefusal::State(state_refusal(item.state, verb))),
            Err(StepRefusal::RoleMissing) => {}
            Err(other) => refusal = other,
        }
    }
    Err(refusal)
}

/// Says which steps the state has instead.
#[must_use]
pub fn state_refusal(state: ItemState, verb: ItemVerb) -> Refusal {
    Refusal {
        machine: "ItemState",
        from: state.as_str(),
        attempted: verb.as_str(),
        allowed: state.allowed_verbs().map(ItemVerb::as_str).collect(),
    }
}

/// The first role of the step that the caller has for this item.
fn role_for(item: &Standing, caller: &Caller, step: &ItemTransition) -> Result<Role, StepRefusal> {
    let mut refusal = StepRefusal::RoleMissing;
    for role in step.roles.iter().filter(|r| caller.roles.contains(r)) {
        match role {
            Role::LeadEditor | Role::LeadHead if caller.department != item.lead => {
                refusal = StepRefusal::NotLead
            }
            Role::CoopEditor if !item.cooperating.iter().any(|(d, _)| *d == caller.department) => {
                refusal = StepRefusal::NotCooperating;
            }
            role => return Ok(*role),
        }
    }
    Err(refusal)
}

fn apart(item: &Standing, caller: &Caller, verb: ItemVerb) -> Result<(), StepRefusal> {
    let is_submitter = item.submitted_by.as_deref() == Some(caller.subject.as_str());
    if is_submitter && APART_FROM_SUBMITTER.contains(&verb) {
        return Err(StepRefusal::SeparationOfDuties);
    }
    Ok(())
}

fn unanswered(item: &Standing, caller: &Caller) -> Result<(), StepRefusal> {
    let mine = item.cooperating.iter().find(|(d, _)| *d == caller.department);
    if mine.is_some_and(|(_, s)| *s == CoopState::Pending) {
        Ok(())
    } else {
        Err(StepRefusal::AlreadyAnswered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(subject: &str, department: &str, roles: &[Role]) -> Caller {
        Caller { subject: subject.into(), department: department.into(), roles: roles.to_vec() }
    }

    fn item(state: ItemState) -> Standing {
        let pending = CoopState::Pending;
        Standing {
            state,
            lead: "lead".into(),
            cooperating: vec![("a".into(), pending), ("b".into(), pending)],
            submitted_by: Some("editor".into()),
            is_in_force: false,
        }
    }

    #[test]
    fn only_the_lead_department_submits() {
        let editor = caller("editor", "lead", &[Role::LeadEditor]);
        let to = decide(&item(ItemState::Draft), &editor, ItemVerb::Submit).unwrap();
        assert_eq!((to.to, to.term.unwrap().n), (ItemState::CoopConfirming, 5));
        let stranger = caller("x", "a", &[Role::LeadEditor]);
        assert_eq!(decide(&item(ItemState::Draft), &stranger, ItemVerb::Submit), Err(StepRefusal::NotLead));
        let legal = caller("x", "sfj", &[Role::Legal]);
        assert_eq!(decide(&item(ItemState::Draft), &legal, ItemVerb::Submit), Err(StepRefusal::RoleMissing));
    }

    #[test]
    fn a_step_out_of_its_state_names_what_is_possible_but_only_to_who_could_take_it() {
        let editor = caller("editor", "lead", &[Role::LeadEditor]);
        let Err(StepRefusal::State(refusal)) = decide(&item(ItemState::Published), &editor, ItemVerb::Submit)
        else {
            panic!("must be refused for its state")
        };
        assert!(refusal.allowed.contains(&"propose_change"));
        let stranger = caller("x", "c", &[Role::CoopEditor]);
        assert_eq!(confirm(&item(ItemState::Published), &stranger), Err(StepRefusal::NotCooperating));
    }

    #[test]
    fn the_last_confirmation_moves_the_item_on() {
        let mut one = item(ItemState::CoopConfirming);
        let a = caller("a1", "a", &[Role::CoopEditor]);
        assert_eq!(confirm(&one, &a).unwrap().to, ItemState::CoopConfirming);
        one.cooperating[0].1 = CoopState::Confirmed;
        assert_eq!(confirm(&one, &a), Err(StepRefusal::AlreadyAnswered));
        let b = caller("b1", "b", &[Role::CoopEditor]);
        let last = confirm(&one, &b).unwrap();
        assert_eq!((last.to, last.term.unwrap().n), (ItemState::LegalReview, 5));
    }

    #[test]
    fn the_submitter_takes_no_later_step_whatever_his_roles() {
        let all =
            caller("editor", "lead", &[Role::LeadEditor, Role::Legal, Role::Organiser, Role::Publisher]);
        for (state, verb) in [
            (ItemState::LegalReview, ItemVerb::Pass),
            (ItemState::OrganiserReview, ItemVerb::Accept),
            (ItemState::Approved, ItemVerb::Publish),
        ] {
            assert_eq!(decide(&item(state), &all, verb), Err(StepRefusal::SeparationOfDuties), "{verb}");
        }
        let settled = settle(&item(ItemState::Disputed), &all, DisputeOutcome::Uphold, &[]);
        assert_eq!(settled, Err(StepRefusal::SeparationOfDuties));
    }

    #[test]
    fn a_settlement_needs_both_offices_in_two_persons_and_one_outcome() {
        use DisputeOutcome::*;
        let mut one = item(ItemState::Disputed);
        one.cooperating = vec![("a".into(), CoopState::Refused), ("b".into(), CoopState::Confirmed)];
        let staffing = caller("s", "qwbb", &[Role::Staffing]);
        let legal = caller("l", "sfj", &[Role::Legal]);
        let both = caller("s", "qwbb", &[Role::Staffing, Role::Legal]);
        assert_eq!(settle(&one, &staffing, Uphold, &[]).unwrap().to, ItemState::Disputed);
        let signed = [(Role::Staffing, "s", Uphold)];
        assert_eq!(settle(&one, &legal, Withdraw, &signed).unwrap().to, ItemState::Disputed);
        assert_eq!(settle(&one, &legal, Uphold, &signed).unwrap().to, ItemState::LegalReview);
        assert_eq!(settle(&one, &both, Uphold, &signed).unwrap().to, ItemState::Disputed, "signs again only");
        let signed_legal = [(Role::Legal, "s", Uphold)];
        assert_eq!(settle(&one, &both, Uphold, &signed_legal), Err(StepRefusal::SeparationOfDuties));
        let signed = [(Role::Staffing, "s", Withdraw)];
        assert_eq!(settle(&one, &legal, Withdraw, &signed).unwrap().to, ItemState::Withdrawn);
        assert_eq!(settle(&one, &legal, Return, &[]).unwrap().to, ItemState::Draft);
    }

    #[test]
    fn an_upheld_item_asks_the_departments_that_have_not_answered() {
        let mut one = item(ItemState::Disputed);
        one.cooperating[0].1 = CoopState::Refused;
        let legal = caller("l", "sfj", &[Role::Legal]);
        let signed = [(Role::Staffing, "s", DisputeOutcome::Uphold)];
        let to = settle(&one, &legal, DisputeOutcome::Uphold, &signed).unwrap();
        assert_eq!((to.to, to.term.unwrap().n), (ItemState::CoopConfirming, 5));
    }

    #[test]
    fn a_draft_over_a_version_in_force_is_not_withdrawn_by_its_head() {
        let head = caller("h", "lead", &[Role::LeadHead]);
        let mut one = item(ItemState::Draft);
        assert_eq!(decide(&one, &head, ItemVerb::Withdraw).unwrap().to, ItemState::Withdrawn);
        one.is_in_force = true;
        assert_eq!(decide(&one, &head, ItemVerb::Withdraw), Err(StepRefusal::VersionInForce));
    }
}
