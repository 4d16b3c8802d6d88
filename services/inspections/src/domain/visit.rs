//! Visits and their tasks: states, steps, and how the parts of a joint visit make its whole (`domain.md` §6, Task/visit).
//!
//! One visit is one entry into a subject's premises on one date; each organ has its task in it. The module holds the state
//! machine as data and refuses to know rows, clocks and laws: the linter says whether a start is lawful. Called by the app
//! functions of visits and tasks, and by whoever plans visits (draws, combined visits).

use domain::vocabulary::Role;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

domain::define_words! {
    /// State of a visit, or of one organ's task in it (检查任务状态).
    pub enum VisitState {
        /// Inspectors are assigned, nothing is prepared.
        Assigned = "assigned", "已派单", [];
        /// The notice is drafted, the history was read.
        Prepared = "prepared", "已准备", [];
        /// The head of the organ approved it.
        Approved = "approved", "已审批", [];
        /// The notice was served, or need not be.
        Notified = "notified", "已告知", [];
        /// The team arrived and showed itself.
        CheckedIn = "checked_in", "已入企", [];
        /// The inspection runs.
        Inspecting = "inspecting", "检查中", [];
        /// The subject or its premises could not be found.
        NotFound = "not_found", "查无下落", [];
        /// The subject refused; witness or video noted.
        Refused = "refused", "拒绝检查", [];
        /// The site record is complete.
        Recorded = "recorded", "已制作笔录", [];
        /// Done.
        Closed = "closed", "已办结", [];
        /// Called off before it began.
        Cancelled = "cancelled", "已取消", [];
        /// Merged into a combined visit.
        Combined = "combined", "已并入综合查一次", [];
    }
}

domain::define_words! {
    /// State of a task as the national platform names it (联合监管任务状态).
    pub enum NationalState {
        /// Given out.
        Distributed = "distributed", "分发", [];
        /// Taken on by the unit.
        Claimed = "claimed", "认领", [];
        /// Done by the unit.
        Finished = "finished", "结束", [];
        /// What came of it was reported back.
        FedBack = "fed_back", "反馈", [];
    }
}

domain::define_words! {
    /// Part of an organ in a joint visit (部门角色).
    pub enum TaskRole {
        /// Leads.
        Lead = "lead", "牵头", [];
        /// Cooperates.
        Cooperating = "cooperating", "配合", [];
    }
}

domain::define_words! {
    /// Part of a person in a team (成员身份). Experts and assistants are never counted as inspectors (ENF-03).
    pub enum MemberRole {
        /// Leads the team.
        Leader = "leader", "组长", [];
        /// Inspector.
        Member = "member", "检查人员", [];
        /// Expert, not counted.
        Expert = "expert", "专家", [];
        /// Assistant, not counted.
        Assistant = "assistant", "辅助人员", [];
    }
}

impl MemberRole {
    /// Whether the person counts as an inspector.
    #[must_use]
    pub const fn is_inspector(self) -> bool {
        matches!(self, Self::Leader | Self::Member)
    }
}

domain::define_words! {
    /// Whether a person still belongs to the team (成员状态).
    pub enum MemberState {
        /// In the team.
        Assigned = "assigned", "在组", [];
        /// Replaced by the next in the order.
        Replaced = "replaced", "已替换", [];
    }
}

domain::define_words! {
    /// Step of a task.
    pub enum TaskVerb {
        /// Take the task on for the organ.
        Claim = "claim", "认领", [];
        /// Draft the notice, read the history.
        Prepare = "prepare", "准备", [];
        /// Approve as the head of the organ.
        Approve = "approve", "审批", [];
        /// Serve the notice, or say why not.
        Notify = "notify", "告知", [];
        /// Arrive.
        CheckIn = "check_in", "入企扫码", [];
        /// Begin.
        Start = "start", "开始检查", [];
        /// Write the site record.
        Record = "record", "制作笔录", [];
        /// Could not be found.
        NotFound = "not_found", "查无下落", [];
        /// Was refused.
        Refuse = "refuse", "拒绝检查", [];
        /// Done.
        Close = "close", "办结", [];
        /// Report back.
        FeedBack = "feed_back", "反馈", [];
        /// Put another person into the team.
        ReplaceMember = "replace_member", "替换人员", [];
    }
}

/// Why a visit departs from what the rules expect (理由说明): entered and not looked at from afar (FRQ-05), by itself and not
/// with others (FRQ-04).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitReasons {
    /// Why somebody must enter.
    pub on_site: Option<String>,
    /// Why it is not merged.
    pub separate: Option<String>,
}

/// Who may take the steps of an organ on the spot.
pub const FIELD_ROLES: &[Role] = &[Role::TeamLeader, Role::Inspector, Role::LeadEditor, Role::CoopEditor];
/// Who may prepare.
pub const DESK_ROLES: &[Role] =
    &[Role::LeadEditor, Role::CoopEditor, Role::TeamLeader, Role::Inspector, Role::LeadHead];
/// Heads of organs (ENF-06).
pub const HEAD_ROLES: &[Role] = &[Role::LeadHead];
/// Who may plan, reschedule and cancel visits.
pub const PLANNING_ROLES: &[Role] = &[Role::LeadEditor, Role::LeadHead, Role::Organiser];

/// Most times that a visit may be put off.
pub const MAX_RESCHEDULES: i64 = 2;

impl VisitState {
    /// Whether nothing more happens to it.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled | Self::Combined)
    }

    /// Whether nobody has been at the premises yet.
    #[must_use]
    pub const fn is_before_arrival(self) -> bool {
        matches!(self, Self::Assigned | Self::Prepared | Self::Approved | Self::Notified)
    }

    /// Place in the order of a life; the dead ends stand where the record stands.
    const fn rank(self) -> u8 {
        match self {
            Self::Assigned => 0,
            Self::Prepared => 1,
            Self::Approved => 2,
            Self::Notified => 3,
            Self::CheckedIn => 4,
            Self::Inspecting => 5,
            Self::NotFound | Self::Refused | Self::Recorded => 6,
            Self::Closed => 7,
            Self::Cancelled | Self::Combined => 8,
        }
    }
}

/// What the state machine must know of a task beyond its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: VisitState,
    /// An emergency: the approval may follow (ENF-06).
    pub is_emergency: bool,
    /// Whether the head approved.
    pub is_approved: bool,
}

/// The state after a step; none when the state does not allow it.
#[must_use]
pub fn step(task: Standing, verb: TaskVerb) -> Option<VisitState> {
    use VisitState as S;
    let Standing { state, is_emergency, is_approved } = task;
    let to = match (verb, state) {
        (TaskVerb::Claim, S::Assigned) => S::Assigned,
        (TaskVerb::Prepare, S::Assigned) => S::Prepared,
        (TaskVerb::Approve, S::Prepared) => S::Approved,
        // Afterwards, in an emergency: the state has gone on already.
        (TaskVerb::Approve, _) if is_emergency && !is_approved && !state.is_terminal() => state,
        (TaskVerb::Notify, S::Approved) => S::Notified,
        (TaskVerb::CheckIn, S::Notified) => S::CheckedIn,
        (TaskVerb::CheckIn, S::Assigned | S::Prepared | S::Approved) if is_emergency => S::CheckedIn,
        (TaskVerb::Start, S::CheckedIn) => S::Inspecting,
        (TaskVerb::Record, S::Inspecting) => S::Recorded,
        (TaskVerb::NotFound, S::Notified | S::CheckedIn) => S::NotFound,
        (TaskVerb::NotFound, S::Assigned | S::Prepared | S::Approved) if is_emergency => S::NotFound,
        (TaskVerb::Refuse, S::CheckedIn | S::Inspecting) => S::Refused,
        (TaskVerb::Close, S::Recorded | S::NotFound | S::Refused) if is_approved => S::Closed,
        (TaskVerb::ReplaceMember, _) if state.is_before_arrival() => state,
        _ => return None,
    };
    Some(to)
}

/// The state of a visit by those of its tasks: the least advanced one counts; it is closed when every organ closed its part.
#[must_use]
pub fn whole(tasks: &[VisitState]) -> VisitState {
    let least = tasks.iter().copied().min_by_key(|s| s.rank()).unwrap_or(VisitState::Assigned);
    let is_end = |s: &VisitState| matches!(s, VisitState::NotFound | VisitState::Refused);
    match tasks.iter().find(|s| s.rank() == least.rank() && is_end(s)) {
        // One organ's record stands for the visit where another one met nobody.
        Some(end) if !tasks.contains(&VisitState::Recorded) => *end,
        _ if is_end(&least) => VisitState::Recorded,
        _ => least,
    }
}

/// Number of a visit that people read: the day and the random end of its id.
#[must_use]
pub fn number(id: Uuid, day: Date) -> String {
    let hex = id.simple().to_string();
    let tail = hex.get(20..).unwrap_or_default();
    format!("JC{:04}{:02}{:02}-{tail}", day.year(), day.month(), day.day())
}

#[cfg(test)]
mod tests {
    use super::*;
    use VisitState as S;

    fn plain(state: S) -> Standing {
        Standing { state, is_emergency: false, is_approved: state.rank() >= S::Approved.rank() }
    }

    #[test]
    fn the_usual_life_goes_step_by_step_and_skips_none() {
        let life = [
            (S::Assigned, TaskVerb::Prepare, S::Prepared),
            (S::Prepared, TaskVerb::Approve, S::Approved),
            (S::Approved, TaskVerb::Notify, S::Notified),
            (S::Notified, TaskVerb::CheckIn, S::CheckedIn),
            (S::CheckedIn, TaskVerb::Start, S::Inspecting),
            (S::Inspecting, TaskVerb::Record, S::Recorded),
            (S::Recorded, TaskVerb::Close, S::Closed),
        ];
        for (at, (from, verb, to)) in life.iter().enumerate() {
            assert_eq!(step(plain(*from), *verb), Some(*to));
            for (other, (_, skipped, _)) in life.iter().enumerate() {
                if other != at {
                    assert_eq!(step(plain(*from), *skipped), None, "{from} {skipped}");
                }
            }
        }
    }

    #[test]
    fn an_emergency_is_approved_afterwards_and_not_closed_before() {
        let task = Standing { state: S::Assigned, is_emergency: true, is_approved: false };
        assert_eq!(step(task, TaskVerb::CheckIn), Some(S::CheckedIn));
        let recorded = Standing { state: S::Recorded, ..task };
        assert_eq!(step(recorded, TaskVerb::Close), None);
        assert_eq!(step(recorded, TaskVerb::Approve), Some(S::Recorded));
        let approved = Standing { is_approved: true, ..recorded };
        assert_eq!(step(approved, TaskVerb::Approve), None);
        assert_eq!(step(approved, TaskVerb::Close), Some(S::Closed));
    }

    #[test]
    fn nothing_follows_an_end() {
        for state in [S::Closed, S::Cancelled, S::Combined] {
            for verb in TaskVerb::ALL {
                for is_emergency in [true, false] {
                    let task = Standing { state, is_emergency, is_approved: true };
                    assert_eq!(step(task, *verb), None, "{state} {verb}");
                }
            }
        }
    }

    #[test]
    fn a_joint_visit_is_as_far_as_its_slowest_organ() {
        for (tasks, expected) in [
            (&[S::Closed, S::Closed][..], S::Closed),
            (&[S::Closed, S::Recorded], S::Recorded),
            (&[S::Closed, S::Assigned], S::Assigned),
            (&[S::NotFound, S::NotFound], S::NotFound),
            (&[S::NotFound, S::Recorded], S::Recorded),
            (&[S::Refused, S::Closed], S::Refused),
            (&[S::Refused, S::Inspecting], S::Inspecting),
        ] {
            assert_eq!(whole(tasks), expected, "{tasks:?}");
        }
    }

    #[test]
    fn a_number_shows_the_day() {
        let id: Uuid = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        assert_eq!(number(id, jiff::civil::date(2026, 11, 23)), "JC20261123-b302099a8057");
    }
}
