//! Rules: publicity records (公示): who may take which step, what a record shows, how long its clocks run.
//!
//! The state machine of `domain.md` §6 with the secrecy review first (seed (七); 条例 3): until the head of the organ has
//! decided, nothing is shown. The reviewer and the head are two persons. What may be shown is made here once, when a record
//! is opened ([`disclose`], §10.4), so that nothing that may not be published is ever stored in a record. Refuses to read a
//! clock. Called by [`crate::app::publicity`] and [`crate::app::public`].

use super::step::Caller;
use domain::deadline::{Term, TermUnit};
use domain::vocabulary::{Role, SubjectKind};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A result is published within twenty working days after it was formed (PUB-01; 国办发〔2018〕118号).
pub const PUBLISH_WITHIN: Term = Term { n: 20, unit: TermUnit::WorkingDay };
/// What was changed, annulled or declared illegal is withdrawn within three working days (PUB-04; 行政处罚法 48, 85).
pub const WITHDRAW_WITHIN: Term = Term { n: 3, unit: TermUnit::WorkingDay };

domain::define_words! {
    /// What a publicity record is about (公示内容类别).
    pub enum PublicityKind {
        /// The result of an inspection.
        InspectionResult = "inspection_result", "行政检查结果", [];
    }
}

domain::define_words! {
    /// State of a publicity record (公示状态).
    pub enum PublicityState {
        /// Waiting for the secrecy review.
        Pending = "pending", "待审查", [];
        /// Reviewed; the head decides. Nothing is shown.
        SecrecyReview = "secrecy_review", "保密审查中", [];
        /// Not published, by decision of the head.
        Withheld = "withheld", "不予公示", [];
        /// May be published.
        Approved = "approved", "准予公示", [];
        /// Public.
        Published = "published", "已公示", [];
        /// Was wrong; another record takes its place.
        Corrected = "corrected", "已更正", [];
        /// Taken back.
        Withdrawn = "withdrawn", "已撤回", [];
        /// Its period is over.
        Expired = "expired", "公示期满", [];
        /// Ended early by credit repair.
        Stopped = "stopped", "停止公示", [];
    }
}

domain::define_words! {
    /// Step of a publicity record.
    pub enum PublicityVerb {
        /// Review for secrets and privacy.
        Review = "review", "保密审查", [];
        /// Let it be published.
        Approve = "approve", "准予公示", [];
        /// Not let it be published.
        Withhold = "withhold", "不予公示", [];
        /// Publish.
        Publish = "publish", "公示", [];
        /// Replace what is wrong.
        Correct = "correct", "更正", [];
        /// Order that it be withdrawn.
        OrderWithdrawal = "order_withdrawal", "责令撤回", [];
        /// Withdraw.
        Withdraw = "withdraw", "撤回", [];
        /// End early by credit repair.
        Stop = "stop", "停止公示", [];
        /// The period is over.
        Expire = "expire", "期满", [];
    }
}

domain::define_words! {
    /// What the secrecy review found (保密审查意见).
    pub enum ReviewOpinion {
        /// Nothing stands against it.
        MayPublish = "may_publish", "可以公示", [];
        /// It should not be published.
        Withhold = "withhold", "不宜公示", [];
    }
}

domain::define_words! {
    /// Why something is not published (不予公示事由; 企业信息公示暂行条例 3).
    pub enum WithholdingGround {
        /// State secret.
        StateSecret = "state_secret", "国家秘密", [];
        /// State security.
        StateSecurity = "state_security", "国家安全", [];
        /// Public interest.
        PublicInterest = "public_interest", "社会公共利益", [];
        /// Trade secret.
        TradeSecret = "trade_secret", "商业秘密", [];
        /// Privacy of a person.
        Privacy = "privacy", "个人隐私", [];
    }
}

domain::define_words! {
    /// Why something published is taken back (撤回事由; 行政处罚法 48).
    pub enum WithdrawalCause {
        /// The act was changed.
        Changed = "changed", "被变更", [];
        /// The act was annulled.
        Annulled = "annulled", "被撤销", [];
        /// The act was declared illegal.
        DeclaredIllegal = "declared_illegal", "被确认违法", [];
        /// The act was declared void.
        DeclaredVoid = "declared_void", "被确认无效", [];
        /// It should not have been published.
        WronglyPublished = "wrongly_published", "不应公示", [];
    }
}

domain::define_words! {
    /// Where a record is published (公示渠道).
    pub enum PublicityChannel {
        /// 国家企业信用信息公示系统.
        PublicitySystem = "publicity_system", "国家企业信用信息公示系统", ["公示系统"];
        /// 信用中国（陕西汉中）.
        CreditHanzhong = "credit_hanzhong", "信用汉中", [];
        /// The portal of the district government.
        Portal = "portal", "区政府门户网站", ["门户网站"];
    }
}

domain::define_words! {
    /// What a channel is asked to do.
    pub enum ChannelAction {
        /// Show the record.
        Publish = "publish", "公示", [];
        /// Take it away.
        Withdraw = "withdraw", "撤下", [];
    }
}

domain::define_words! {
    /// What became of it at the channel.
    pub enum ChannelState {
        /// Not answered yet.
        Pending = "pending", "待回执", [];
        /// Done, as the channel says.
        Acknowledged = "acknowledged", "已回执", [];
        /// The channel could not; it is asked again.
        Failed = "failed", "失败", [];
        /// Another request took its place before it was answered.
        Superseded = "superseded", "已被替代", [];
    }
}

/// What a public record of an inspection shows: organisations by name and code, natural persons masked, no addresses, no
/// telephone numbers (§10.4). This is what is stored, and all that public readers get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultContent {
    /// Organ that checked and publishes.
    pub organ_name: String,
    /// Name of the subject, a person's masked.
    pub subject_name: String,
    /// Its code; none for natural persons.
    pub subject_identifier: Option<String>,
    /// Number of the visit.
    pub visit_code: String,
    /// `planned`, `triggered`, …
    pub visit_kind: String,
    /// The draw that chose the subject; its transcript is public.
    pub draw_id: Option<Uuid>,
    /// Items that were checked.
    pub items: Vec<String>,
    /// Day of the inspection.
    pub inspected_on: Option<Date>,
    /// Result codes of the national publicity system (§3.5).
    pub codes: Vec<String>,
    /// The same as texts.
    pub findings: Vec<String>,
    /// What followed.
    pub outcome: Option<String>,
    /// What was corrected, in a record that replaces another.
    pub correction_note: Option<String>,
}

/// Name and code of a subject as the public may see them, and whether a natural person stands behind them.
///
/// An individual business (个体工商户) is a natural person in trade: its code is left out, and a name that is no trade name
/// but its operator's (four characters at most) is masked. A kind we do not know is treated as a person's.
#[must_use]
pub fn disclose(kind: &str, name: &str, identifier: &str) -> (String, Option<String>, bool) {
    let known: Option<SubjectKind> = kind.parse().ok();
    match known {
        Some(kind) if kind != SubjectKind::IndividualBusiness => {
            let identifier = Some(identifier.to_string()).filter(|i| !i.is_empty());
            (name.to_string(), identifier, false)
        }
        _ => {
            let is_person = domain::text::normalise(name).chars().count() <= 4 || known.is_none();
            let shown = if is_person { domain::mask::person_name(name) } else { name.to_string() };
            (shown, None, true)
        }
    }
}

/// Why a step is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicityRefusal {
    /// The state has no such step.
    State,
    /// No role of the caller may take it.
    Role,
    /// The record is another department's.
    Department,
    /// The person who reviewed may not decide.
    SamePerson,
}

const REVIEWERS: &[Role] =
    &[Role::Publisher, Role::LeadEditor, Role::CoopEditor, Role::TeamLeader, Role::Inspector];
const PUBLISHERS: &[Role] = &[Role::Publisher, Role::LeadEditor, Role::TeamLeader];
const HEAD: &[Role] = &[Role::LeadHead];
const ORDERERS: &[Role] = &[Role::LeadHead, Role::Legal, Role::Oversight];
const WITHDRAWERS: &[Role] = &[Role::Publisher, Role::LeadHead];
const CREDIT: &[Role] = &[Role::Credit];

/// The state after a step, and the roles that may take it.
#[must_use]
pub fn transition(from: PublicityState, verb: PublicityVerb) -> Option<(PublicityState, &'static [Role])> {
    use PublicityState as S;
    use PublicityVerb as V;
    Some(match (from, verb) {
        (S::Pending, V::Review) => (S::SecrecyReview, REVIEWERS),
        (S::SecrecyReview | S::Withheld, V::Approve) => (S::Approved, HEAD),
        (S::SecrecyReview | S::Approved, V::Withhold) => (S::Withheld, HEAD),
        (S::Approved, V::Publish) => (S::Published, PUBLISHERS),
        (S::Published, V::Correct) => (S::Corrected, PUBLISHERS),
        (S::Published, V::OrderWithdrawal) => (S::Published, ORDERERS),
        (S::Published, V::Withdraw) => (S::Withdrawn, WITHDRAWERS),
        (S::Published, V::Stop) => (S::Stopped, CREDIT),
        (S::Published, V::Expire) => (S::Expired, &[]),
        _ => return None,
    })
}

/// Who asks for a step of which record.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The caller.
    pub caller: &'a Caller,
    /// Organ of the record.
    pub organ_code: &'a str,
    /// Account that reviewed it.
    pub reviewed_by: Option<&'a str>,
}

/// Decides a step of a person.
///
/// # Errors
/// What stands against it.
pub fn decide(
    from: PublicityState,
    verb: PublicityVerb,
    asking: Asking<'_>,
) -> Result<(PublicityState, Role), PublicityRefusal> {
    let Asking { caller, organ_code, reviewed_by } = asking;
    let (to, roles) = transition(from, verb).ok_or(PublicityRefusal::State)?;
    let is_own = caller.department == organ_code;
    let role = roles.iter().copied().find(|r| caller.has(*r) && (is_own || r.is_district_wide()));
    let Some(role) = role else {
        let has_any = roles.iter().any(|r| caller.has(*r));
        return Err(if has_any { PublicityRefusal::Department } else { PublicityRefusal::Role });
    };
    let is_decision = matches!(verb, PublicityVerb::Approve | PublicityVerb::Withhold);
    if is_decision && reviewed_by == Some(caller.subject.as_str()) {
        return Err(PublicityRefusal::SamePerson);
    }
    Ok((to, role))
}

domain::define_words! {
    /// How a record stands to its clock (时限状态), computed for the moment of the answer.
    pub enum PublicityStanding {
        /// The clock runs.
        Running = "running", "办理中", [];
        /// The last day is today.
        DueToday = "due_today", "今日到期", [];
        /// The last day is over and the step was not taken.
        Overdue = "overdue", "已超期", [];
        /// Done in time.
        InTime = "in_time", "按期完成", [];
        /// Done, but late.
        Late = "late", "逾期完成", [];
        /// No clock: withheld.
        NoClock = "no_clock", "无时限", [];
    }
}

/// Standing of something due at a moment and done at another, seen now.
#[must_use]
pub fn standing(
    due: Option<(Date, Timestamp)>,
    done: Option<Timestamp>,
    now: Timestamp,
) -> PublicityStanding {
    let Some((date, at)) = due else { return PublicityStanding::NoClock };
    match done {
        Some(done) if done < at => PublicityStanding::InTime,
        Some(_) => PublicityStanding::Late,
        None if now >= at => PublicityStanding::Overdue,
        None if domain::deadline::beijing_date(now) == date => PublicityStanding::DueToday,
        None => PublicityStanding::Running,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(department: &str, roles: &[Role]) -> Caller {
        Caller { subject: "somebody".into(), department: department.into(), roles: roles.to_vec() }
    }

    fn asking<'a>(caller: &'a Caller, reviewed_by: Option<&'a str>) -> Asking<'a> {
        Asking { caller, organ_code: "nz-scjg", reviewed_by }
    }

    #[test]
    fn nothing_is_published_without_review_and_decision() {
        for from in PublicityState::ALL {
            let may = transition(*from, PublicityVerb::Publish).is_some();
            assert_eq!(may, *from == PublicityState::Approved, "{from}");
        }
        assert!(transition(PublicityState::Pending, PublicityVerb::Approve).is_none());
    }

    #[test]
    fn the_reviewer_does_not_decide() {
        let head = caller("nz-scjg", &[Role::LeadHead]);
        let step = |by| decide(PublicityState::SecrecyReview, PublicityVerb::Approve, asking(&head, by));
        assert_eq!(step(Some("somebody")), Err(PublicityRefusal::SamePerson));
        assert_eq!(step(Some("another")), Ok((PublicityState::Approved, Role::LeadHead)));
    }

    #[test]
    fn another_organ_publishes_nothing_but_oversight_may_order_a_withdrawal() {
        let publisher = caller("nz-rsj", &[Role::Publisher]);
        let refused = decide(PublicityState::Approved, PublicityVerb::Publish, asking(&publisher, None));
        assert_eq!(refused, Err(PublicityRefusal::Department));
        let oversight = caller("nz-sfj", &[Role::Oversight]);
        assert!(
            decide(PublicityState::Published, PublicityVerb::OrderWithdrawal, asking(&oversight, None))
                .is_ok()
        );
        let inspector = caller("nz-scjg", &[Role::Inspector]);
        let refused = decide(PublicityState::Published, PublicityVerb::Withdraw, asking(&inspector, None));
        assert_eq!(refused, Err(PublicityRefusal::Role));
    }

    #[test]
    fn natural_persons_are_masked_and_their_codes_left_out() {
        for (kind, name, identifier, shown) in [
            (
                "enterprise",
                "汉中样例有限公司",
                "91610703MA6YTEST01",
                ("汉中样例有限公司", Some("91610703MA6YTEST01"), false),
            ),
            ("individual_business", "张三丰", "92610703MA6YTEST02", ("张*", None, true)),
            (
                "individual_business",
                "南郑区样例便利店",
                "92610703MA6YTEST02",
                ("南郑区样例便利店", None, true),
            ),
            ("something_new", "南郑区样例便利店", "x", ("南*", None, true)),
        ] {
            let (name, identifier, is_personal) = disclose(kind, name, identifier);
            assert_eq!((name.as_str(), identifier.as_deref(), is_personal), shown);
        }
    }

    #[test]
    fn the_last_day_still_counts() {
        let at: Timestamp = "2026-11-23T16:00:00Z".parse().unwrap();
        let due = Some((jiff::civil::date(2026, 11, 23), at));
        let before: Timestamp = "2026-11-23T15:59:59Z".parse().unwrap();
        assert_eq!(standing(due, None, before), PublicityStanding::DueToday);
        assert_eq!(standing(due, None, at), PublicityStanding::Overdue);
        assert_eq!(standing(due, Some(before), at), PublicityStanding::InTime);
        assert_eq!(standing(due, Some(at), at), PublicityStanding::Late);
        assert_eq!(standing(None, None, at), PublicityStanding::NoClock);
    }
}
