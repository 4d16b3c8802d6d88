//! Corrections and disposals: what follows from a problem (责令改正、复查、立案、移送).
//!
//! Terms are computed by the deadline engine, lateness from them; nothing is typed. Called by the correction app functions.

use domain::vocabulary::Role;
use jiff::Timestamp;

domain::define_words! {
    /// State of a correction (整改状态).
    pub enum CorrectionState {
        /// Ordered, with a day.
        Ordered = "ordered", "责令改正", [];
        /// The subject reported that it is done.
        Reported = "reported", "已报告整改", [];
        /// Rechecked: put right.
        Corrected = "corrected", "复查合格", [];
        /// Rechecked: not put right.
        Uncorrected = "uncorrected", "复查不合格", [];
    }
}

domain::define_words! {
    /// Step of a correction.
    pub enum CorrectionVerb {
        /// Note the subject's report.
        Report = "report", "报告整改", [];
        /// Give more time.
        Extend = "extend", "延期", [];
        /// Recheck.
        Recheck = "recheck", "复查", [];
    }
}

domain::define_words! {
    /// How a problem is taken further (后续处置).
    pub enum DisposalKind {
        /// A case of the same organ.
        Case = "case", "立案", [];
        /// Handed to another organ.
        Transfer = "transfer", "移送", [];
    }
}

domain::define_words! {
    /// State of a disposal (处置状态).
    pub enum DisposalState {
        /// Not ended.
        Open = "open", "未完结", [];
        /// Ended.
        Closed = "closed", "已完结", [];
    }
}

/// Who works on corrections and disposals.
pub const ROLES: &[Role] =
    &[Role::LeadEditor, Role::CoopEditor, Role::TeamLeader, Role::Inspector, Role::LeadHead];

/// The state after a step; none when the state does not allow it. A recheck without a report is lawful: the organ goes and
/// looks when the term is over.
#[must_use]
pub const fn step(
    state: CorrectionState,
    verb: CorrectionVerb,
    is_put_right: bool,
) -> Option<CorrectionState> {
    use CorrectionState as S;
    match (state, verb) {
        (S::Ordered, CorrectionVerb::Report) => Some(S::Reported),
        (S::Ordered, CorrectionVerb::Extend) => Some(S::Ordered),
        (S::Ordered | S::Reported, CorrectionVerb::Recheck) => {
            Some(if is_put_right { S::Corrected } else { S::Uncorrected })
        }
        _ => None,
    }
}

/// Whether the term is over and the subject has not reported.
#[must_use]
pub fn is_overdue(state: CorrectionState, due_at: Timestamp, now: Timestamp) -> bool {
    state == CorrectionState::Ordered && now >= due_at
}

#[cfg(test)]
mod tests {
    use super::*;
    use CorrectionState as S;

    #[test]
    fn a_recheck_ends_a_correction_either_way() {
        assert_eq!(step(S::Ordered, CorrectionVerb::Recheck, true), Some(S::Corrected));
        assert_eq!(step(S::Reported, CorrectionVerb::Recheck, false), Some(S::Uncorrected));
        for verb in CorrectionVerb::ALL {
            assert_eq!(step(S::Corrected, *verb, true), None);
            assert_eq!(step(S::Uncorrected, *verb, true), None);
        }
        assert_eq!(
            step(S::Reported, CorrectionVerb::Extend, true),
            None,
            "no more time for what is said to be done"
        );
    }

    #[test]
    fn only_an_open_order_can_be_late() {
        let due: Timestamp = "2026-12-01T00:00:00+08:00".parse().unwrap();
        let (before, after) = (due - jiff::SignedDuration::from_secs(1), due);
        assert!(!is_overdue(S::Ordered, due, before) && is_overdue(S::Ordered, due, after));
        assert!(!is_overdue(S::Reported, due, after) && !is_overdue(S::Corrected, due, after));
    }
}
