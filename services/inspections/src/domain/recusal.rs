//! Pure rules: recusal (回避; 行政处罚法第四十三条, ENF-10, ENF-11).
//!
//! An inspector's own declaration holds from the day it is made. A request of the subject is decided by the head of the
//! inspector's organ, and does not stop the inspection until then. Called by the app functions; draws and visits ask
//! [`holds`].

use jiff::civil::Date;
use uuid::Uuid;

domain::define_words! {
    /// Who raised it (回避类别).
    pub enum RecusalKind {
        /// The inspector himself (自行申报).
        Declaration = "declaration", "自行申报", ["申报"];
        /// The subject, before or during a visit (当事人申请).
        Request = "request", "当事人申请", ["申请"];
    }
}

domain::define_words! {
    /// Why (回避事由).
    pub enum RecusalGround {
        /// Owner, partner or shareholder.
        Owner = "owner", "投资人、合伙人或股东", [];
        /// Relative of who owns or leads it.
        Relative = "relative", "近亲属关系", ["亲属"];
        /// Worked there within the last three years.
        ExEmployer = "ex_employer", "三年内曾在该单位任职", [];
        /// Holds another interest in it.
        Interest = "interest", "有直接利害关系", ["利害关系"];
        /// Anything else that could make him partial.
        Other = "other", "其他可能影响公正执法的情形", ["其他"];
    }
}

domain::define_words! {
    /// State of a recusal.
    pub enum RecusalState {
        /// Declared by the inspector; in force.
        Declared = "declared", "已申报", [];
        /// Asked for by the subject; not in force yet.
        Requested = "requested", "已申请", [];
        /// The head agreed; in force.
        Granted = "granted", "准予回避", [];
        /// The head refused.
        Refused = "refused", "驳回", [];
        /// Taken back.
        Withdrawn = "withdrawn", "已撤回", [];
    }
}

/// Years after leaving an employer in which one may not inspect it.
pub const EX_EMPLOYER_YEARS: i8 = 3;

impl RecusalState {
    /// Whether it keeps the inspector away.
    #[must_use]
    pub fn is_in_force(self) -> bool {
        matches!(self, Self::Declared | Self::Granted)
    }

    /// Whether a decision is still possible.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Declared | Self::Requested)
    }
}

impl RecusalKind {
    /// The state in which it begins.
    #[must_use]
    pub fn first_state(self) -> RecusalState {
        match self {
            Self::Declaration => RecusalState::Declared,
            Self::Request => RecusalState::Requested,
        }
    }
}

/// What a recusal is about, as draws and visits look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recused {
    /// The inspector.
    pub inspector_id: Uuid,
    /// The subject; none for a recusal from everything.
    pub subject_id: Option<Uuid>,
    /// The subject's identifier, for frames that know no ids.
    pub subject_identifier: Option<String>,
    /// State.
    pub state: RecusalState,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Option<Date>,
}

/// Whether a recusal keeps its inspector away from a subject on a day.
#[must_use]
pub fn holds(recused: &Recused, subject: Uuid, identifier: &str, day: Date) -> bool {
    let about = match (recused.subject_id, recused.subject_identifier.as_deref()) {
        (None, None) => true,
        (id, text) => id == Some(subject) || text.is_some_and(|t| t == identifier),
    };
    about
        && recused.state.is_in_force()
        && recused.valid_from <= day
        && recused.valid_to.is_none_or(|to| day <= to)
}

/// The last day of a recusal when nobody said one.
#[must_use]
pub fn default_end(ground: RecusalGround, valid_from: Date) -> Option<Date> {
    match ground {
        RecusalGround::ExEmployer => valid_from
            .checked_add(jiff::Span::new().years(EX_EMPLOYER_YEARS))
            .and_then(|d| d.yesterday())
            .ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn recused(state: RecusalState, subject: Option<Uuid>) -> Recused {
        Recused {
            inspector_id: Uuid::nil(),
            subject_id: subject,
            subject_identifier: None,
            state,
            valid_from: date(2026, 1, 1),
            valid_to: Some(date(2026, 12, 31)),
        }
    }

    #[test]
    fn a_declaration_keeps_away_at_once_and_a_request_not_before_the_decision() {
        let (subject, day) = (Uuid::from_u128(7), date(2026, 11, 23));
        assert!(holds(&recused(RecusalState::Declared, Some(subject)), subject, "", day));
        assert!(!holds(&recused(RecusalState::Requested, Some(subject)), subject, "", day));
        assert!(holds(&recused(RecusalState::Granted, Some(subject)), subject, "", day));
        assert!(!holds(&recused(RecusalState::Refused, Some(subject)), subject, "", day));
    }

    #[test]
    fn it_holds_for_its_subject_and_its_days_only() {
        let subject = Uuid::from_u128(7);
        let one = recused(RecusalState::Declared, Some(subject));
        assert!(!holds(&one, Uuid::from_u128(8), "", date(2026, 11, 23)));
        assert!(!holds(&one, subject, "", date(2027, 1, 1)));
        assert!(holds(&recused(RecusalState::Declared, None), Uuid::from_u128(8), "", date(2026, 12, 31)));
    }

    #[test]
    fn a_former_employer_is_out_of_bounds_for_three_years() {
        assert_eq!(default_end(RecusalGround::ExEmployer, date(2024, 3, 1)), Some(date(2027, 2, 28)));
        assert_eq!(default_end(RecusalGround::Relative, date(2024, 3, 1)), None);
    }
}
