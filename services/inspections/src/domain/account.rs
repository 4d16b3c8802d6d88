//! Pure rules: which account an inspector acts by, and what that asks of steps on the spot (账号与执法人员关联).
//!
//! The team of a task is a list of persons of the registry; a token names an account. Where the two are tied, an officer takes
//! the steps on the spot in his own teams only. Where they are not, the organ decides whether that is enough: by default it is,
//! and the history names the account. Refuses to bind editors and heads: they act for the organ. Called by the steps of tasks.

use super::visit::TaskVerb;
use domain::vocabulary::Role;
use uuid::Uuid;

/// Roles in which somebody acts as an officer in the field.
pub const OFFICERS: &[Role] = &[Role::TeamLeader, Role::Inspector];

/// Whether a step is taken on the spot, by the team itself.
#[must_use]
pub const fn is_field_step(verb: TaskVerb) -> bool {
    matches!(
        verb,
        TaskVerb::Claim
            | TaskVerb::CheckIn
            | TaskVerb::Start
            | TaskVerb::Record
            | TaskVerb::NotFound
            | TaskVerb::Refuse
    )
}

/// What is known of an officer and a task.
#[derive(Clone, Copy, Debug)]
pub struct Officer<'a> {
    /// Entry of the registry that the account is tied to.
    pub inspector: Option<Uuid>,
    /// Inspectors of the task's team, as it is now.
    pub team: &'a [Uuid],
    /// The organ lets only tied accounts take steps on the spot.
    pub needs_link: bool,
}

/// Why an officer may not take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfficerRefusal {
    /// The account is tied to nobody, and the organ wants it to be.
    NotLinked,
    /// Tied to somebody who is not in the team.
    NotInTeam,
}

/// Whether an account may act as an officer in a task.
///
/// # Errors
/// [`OfficerRefusal`].
pub fn may_act(officer: Officer<'_>) -> Result<(), OfficerRefusal> {
    match officer.inspector {
        Some(inspector) if officer.team.contains(&inspector) => Ok(()),
        Some(_) => Err(OfficerRefusal::NotInTeam),
        None if officer.needs_link => Err(OfficerRefusal::NotLinked),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tied_account_acts_in_its_own_team_and_an_untied_one_where_the_organ_lets_it() {
        let (mine, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let team = [mine];
        let ask = |inspector, needs_link| may_act(Officer { inspector, team: &team, needs_link });
        assert_eq!(ask(Some(mine), true), Ok(()));
        assert_eq!(ask(Some(other), false), Err(OfficerRefusal::NotInTeam));
        assert_eq!(ask(None, false), Ok(()));
        assert_eq!(ask(None, true), Err(OfficerRefusal::NotLinked));
    }
}
