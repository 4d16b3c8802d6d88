//! Results of an inspection: the codes of the national publicity system, their consistency, states and outcomes
//! (`domain.md` §3.5, §6).
//!
//! Codes are letters and digits of two lists: one for draws of publicity information, one for all others. The module refuses
//! to decide what is right in the matter: it only says which codes contradict each other or what was done. Called by the
//! result app functions.

use domain::vocabulary::Role;

domain::define_words! {
    /// List that the codes of a result belong to (抽查类型).
    pub enum ResultScheme {
        /// Draws of publicity information.
        PublicityInformation = "publicity_information", "公示信息抽查", [];
        /// All other inspections.
        General = "general", "其他检查", [];
    }
}

domain::define_words! {
    /// State of a result (检查结果状态).
    pub enum ResultState {
        /// Entered by who inspected.
        Entered = "entered", "待审核", [];
        /// Sent back for a correction of the entry.
        Returned = "returned", "退回", [];
        /// Passed by a second person.
        Audited = "audited", "审核通过", [];
        /// Refused by the audit; stays on record.
        NotApproved = "not_approved", "不通过", [];
        /// Final.
        Final = "final", "已确定", [];
    }
}

domain::define_words! {
    /// What followed from a result (处理结果).
    pub enum ResultOutcome {
        /// Nothing was found.
        NoProblem = "no_problem", "未发现问题", [];
        /// Told to put it right by a day.
        CorrectionOrdered = "correction_ordered", "责令改正", [];
        /// A case was opened.
        CaseOpened = "case_opened", "立案", [];
        /// Handed to another organ.
        Transferred = "transferred", "移送", [];
        /// To be entered in the list of abnormal operations.
        ListedAbnormal = "listed_abnormal", "列入经营异常名录", [];
        /// The subject has ended or left.
        SubjectEnded = "subject_ended", "主体终止或迁出", [];
        /// Put on record and made public, nothing further.
        RecordedOnly = "recorded_only", "记录公示", [];
    }
}

domain::define_words! {
    /// Step of a result.
    pub enum ResultVerb {
        /// Change and hand in again.
        Update = "update", "修改", [];
        /// Pass the audit.
        Pass = "pass", "审核通过", [];
        /// Send back.
        Return = "return", "退回", [];
        /// Refuse.
        Reject = "reject", "不通过", [];
        /// Make final.
        Finalise = "finalise", "确定", [];
    }
}

/// Who enters and changes a result.
pub const ENTRY_ROLES: &[Role] = &[Role::TeamLeader, Role::Inspector, Role::LeadEditor, Role::CoopEditor];
/// Who audits it and makes it final.
pub const AUDIT_ROLES: &[Role] = &[Role::LeadHead];

/// Working days from the end of the inspection in which a result is entered.
pub const ENTRY_DAYS: u32 = 5;
/// Working days from a final result in which it is made public (PUB-01).
pub const PUBLICITY_DAYS: u32 = 20;
/// The state after a step; none when the state does not allow it.
#[must_use]
pub const fn step(state: ResultState, verb: ResultVerb) -> Option<ResultState> {
    use ResultState as S;
    match (state, verb) {
        (S::Entered | S::Returned, ResultVerb::Update) => Some(S::Entered),
        (S::Entered, ResultVerb::Pass) => Some(S::Audited),
        (S::Entered | S::Audited, ResultVerb::Return) => Some(S::Returned),
        (S::Entered, ResultVerb::Reject) => Some(S::NotApproved),
        (S::Audited, ResultVerb::Finalise) => Some(S::Final),
        _ => None,
    }
}

/// What a code means, whatever list it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing was found.
    Clean,
    /// Cannot be reached at the registered place.
    NoContact,
    /// Told to put it right.
    Corrected,
    /// To be dealt with further.
    Pending,
    /// Refused to cooperate, gravely.
    Uncooperative,
    /// The business that the draw was about is not carried on.
    NoSuchBusiness,
    /// Closed, or being wound up.
    Closing,
    /// Ended or moved away: the registry has to follow.
    Ended(&'static str),
    /// Did not publish, or hid the truth: a ground for the list of abnormal operations.
    Publicity,
    /// Broke a rule of a department.
    Breach,
}

/// One code of a list.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The code.
    pub code: &'static str,
    /// Official text.
    pub zh: &'static str,
    /// What it means to the rules.
    pub meaning: Meaning,
}

const fn code(code: &'static str, zh: &'static str, meaning: Meaning) -> Code {
    Code { code, zh, meaning }
}

/// Codes of draws of publicity information.
pub const PUBLICITY_CODES: &[Code] = &[
    code("1", "正常（符合信息公示相关规定）", Meaning::Clean),
    code("2", "未按规定公示即时信息", Meaning::Publicity),
    code("3", "未按规定公示年报信息", Meaning::Publicity),
    code("4", "通过登记的住所（经营场所）无法联系", Meaning::NoContact),
    code("5", "公示信息隐瞒真实情况、弄虚作假", Meaning::Publicity),
    code("6", "不予配合情节严重", Meaning::Uncooperative),
    code("7", "已办理营业执照注销", Meaning::Ended("deregistered")),
    code("8", "被吊销营业执照", Meaning::Ended("licence_revoked")),
    code("9", "被撤销登记", Meaning::Ended("registration_annulled")),
];

/// Codes of all other inspections.
pub const GENERAL_CODES: &[Code] = &[
    code("1", "未发现问题", Meaning::Clean),
    code("B", "未按规定公示应当公示的信息", Meaning::Publicity),
    code("C", "公示信息隐瞒真实情况、弄虚作假", Meaning::Publicity),
    code("6", "通过登记的住所（经营场所）无法联系", Meaning::NoContact),
    code("E", "发现问题已责令改正", Meaning::Corrected),
    code("8", "不配合检查情节严重", Meaning::Uncooperative),
    code("F", "未发现开展本次抽查涉及的经营活动", Meaning::NoSuchBusiness),
    code("7", "已关闭停业或正在组织清算", Meaning::Closing),
    code("A", "发现问题待后续处理", Meaning::Pending),
    code("9", "注销", Meaning::Ended("deregistered")),
    code("10", "被吊销", Meaning::Ended("licence_revoked")),
    code("11", "被撤销", Meaning::Ended("registration_annulled")),
    code("12", "迁出", Meaning::Ended("moved_out")),
    code("3", "违反部门规定（三）", Meaning::Breach),
    code("4", "违反部门规定（四）", Meaning::Breach),
    code("5", "违反部门规定（五）", Meaning::Breach),
    code("D", "违反部门规定（D）", Meaning::Breach),
    code("G", "违反部门规定（G）", Meaning::Breach),
];

/// The codes of a list.
#[must_use]
pub const fn codes(scheme: ResultScheme) -> &'static [Code] {
    match scheme {
        ResultScheme::PublicityInformation => PUBLICITY_CODES,
        ResultScheme::General => GENERAL_CODES,
    }
}

/// A code of a list by its text.
#[must_use]
pub fn find(scheme: ResultScheme, text: &str) -> Option<Code> {
    codes(scheme).iter().copied().find(|c| c.code == text)
}

/// What the consistency rules look at besides the codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResultFacts {
    /// Points answered with anything but "not checked".
    pub answered: usize,
    /// Points answered with "fail".
    pub failed: usize,
    /// Corrections ordered, with a day for the recheck.
    pub corrections: usize,
    /// Cases opened or transfers made.
    pub disposals: usize,
    /// Notices served, or refusals noted with witness or video.
    pub notices: usize,
}

/// A contradiction: stable code, Chinese, English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Stable code.
    pub code: &'static str,
    /// What is wrong.
    pub zh: String,
    /// What is wrong.
    pub en: String,
}

fn contradiction(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Contradiction {
    Contradiction { code, zh: zh.into(), en: en.into() }
}

/// Every contradiction within the codes, and between them and what was done (`domain.md` §3.5, consistency rules).
#[must_use]
pub fn contradictions(scheme: ResultScheme, given: &[String], facts: ResultFacts) -> Vec<Contradiction> {
    let mut out = Vec::new();
    let mut known: Vec<Code> = Vec::new();
    for text in given {
        match find(scheme, text) {
            None => out.push(contradiction(
                "unknown_result_code",
                format!("“{text}”不是{}的结果代码", scheme.label_zh()),
                format!("{text:?} is no code of this list"),
            )),
            Some(c) if known.iter().any(|k| k.code == c.code) => out.push(contradiction(
                "doubled_result_code",
                format!("结果代码 {text} 重复"),
                format!("the code {text} is given twice"),
            )),
            Some(c) => known.push(c),
        }
    }
    if given.is_empty() {
        out.push(contradiction("no_result_code", "至少要有一个结果代码", "at least one code is needed"));
        return out;
    }
    let has = |wanted: Meaning| known.iter().any(|c| c.meaning == wanted);
    if has(Meaning::Clean) && known.len() > 1 {
        out.push(contradiction(
            "clean_excludes_others",
            "“未发现问题（正常）”不能与其他结果同时填写",
            "nothing found excludes every other code",
        ));
    }
    if has(Meaning::Clean) && (facts.corrections > 0 || facts.disposals > 0) {
        out.push(contradiction(
            "clean_with_measures",
            "“未发现问题（正常）”却有责令改正或立案、移送",
            "nothing found, yet a correction, case or transfer exists",
        ));
    }
    let is_problem = |c: &Code| {
        matches!(
            c.meaning,
            Meaning::Corrected
                | Meaning::Pending
                | Meaning::Publicity
                | Meaning::Breach
                | Meaning::Uncooperative
        )
    };
    if facts.failed > 0 && !known.iter().any(is_problem) {
        out.push(contradiction(
            "failed_points_without_problem",
            format!("有 {} 个检查项不合格，结果却没有发现问题", facts.failed),
            format!("{} points failed, yet no problem is named", facts.failed),
        ));
    }
    if has(Meaning::NoContact) && facts.answered > 0 {
        out.push(contradiction(
            "no_contact_with_answers",
            "无法联系的，不能有检查项结果",
            "nobody was reached, yet points were answered",
        ));
    }
    if has(Meaning::Pending) && facts.disposals == 0 {
        out.push(contradiction(
            "pending_without_case",
            "“发现问题待后续处理”须有立案或移送",
            "further handling needs an open case or a transfer",
        ));
    }
    if has(Meaning::Corrected) && facts.corrections == 0 {
        out.push(contradiction(
            "corrected_without_order",
            "“发现问题已责令改正”须有责令改正及复查日期",
            "an ordered correction needs the order and the day of the recheck",
        ));
    }
    if has(Meaning::Uncooperative) && facts.notices == 0 {
        out.push(contradiction(
            "uncooperative_without_notice",
            "“不配合检查情节严重”须有至少一次告知或拒绝检查的见证记录",
            "grave refusal needs evidence of at least one notice",
        ));
    }
    out
}

/// What follows from a result that became final. A transfer outweighs a case, a case a correction.
#[must_use]
pub fn outcome(
    scheme: ResultScheme,
    given: &[String],
    (cases, transfers, corrections): (usize, usize, usize),
) -> ResultOutcome {
    let known: Vec<Code> = given.iter().filter_map(|t| find(scheme, t)).collect();
    let has = |wanted: fn(Meaning) -> bool| known.iter().any(|c| wanted(c.meaning));
    if transfers > 0 {
        ResultOutcome::Transferred
    } else if cases > 0 {
        ResultOutcome::CaseOpened
    } else if corrections > 0 {
        ResultOutcome::CorrectionOrdered
    } else if has(|m| matches!(m, Meaning::NoContact | Meaning::Publicity)) {
        ResultOutcome::ListedAbnormal
    } else if has(|m| matches!(m, Meaning::Ended(_))) {
        ResultOutcome::SubjectEnded
    } else if has(|m| matches!(m, Meaning::Clean)) {
        ResultOutcome::NoProblem
    } else {
        ResultOutcome::RecordedOnly
    }
}

/// The state that the registry of subjects has to take up, where a code says that the subject ended or moved out.
#[must_use]
pub fn ended_as(scheme: ResultScheme, given: &[String]) -> Option<&'static str> {
    given.iter().filter_map(|t| find(scheme, t)).find_map(|c| match c.meaning {
        Meaning::Ended(status) => Some(status),
        _ => None,
    })
}

/// Whether the visit counts in the denominator of the problem rate: not where the business in question is not carried on,
/// nobody was reached, or the subject has ended.
#[must_use]
pub fn is_in_problem_rate(scheme: ResultScheme, given: &[String]) -> bool {
    let out = |m: Meaning| {
        matches!(m, Meaning::NoSuchBusiness | Meaning::NoContact | Meaning::Ended(_) | Meaning::Closing)
    };
    !given.iter().filter_map(|t| find(scheme, t)).any(|c| out(c.meaning))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ResultScheme::{General as G, PublicityInformation as P};

    fn list(codes: &str) -> Vec<String> {
        codes.split(',').filter(|c| !c.is_empty()).map(ToString::to_string).collect()
    }

    #[test]
    fn every_consistency_rule_has_a_good_and_a_bad_case() {
        let none = ResultFacts::default();
        let corrected = ResultFacts { corrections: 1, failed: 1, answered: 3, ..none };
        for (scheme, codes, facts, expected) in [
            (G, "1", none, vec![]),
            (G, "1,E", corrected, vec!["clean_excludes_others", "clean_with_measures"]),
            (G, "1", ResultFacts { disposals: 1, ..none }, vec!["clean_with_measures"]),
            (G, "1", ResultFacts { failed: 1, answered: 1, ..none }, vec!["failed_points_without_problem"]),
            (G, "F", ResultFacts { failed: 1, answered: 1, ..none }, vec!["failed_points_without_problem"]),
            (G, "6", none, vec![]),
            (G, "6", ResultFacts { answered: 1, ..none }, vec!["no_contact_with_answers"]),
            (G, "A", none, vec!["pending_without_case"]),
            (G, "A", ResultFacts { disposals: 1, ..none }, vec![]),
            (G, "E", none, vec!["corrected_without_order"]),
            (G, "E", corrected, vec![]),
            (G, "8", none, vec!["uncooperative_without_notice"]),
            (G, "8", ResultFacts { notices: 1, ..none }, vec![]),
            (G, "B,C", none, vec![]),
            (G, "", none, vec!["no_result_code"]),
            (G, "2", none, vec!["unknown_result_code"]),
            (G, "B,B", none, vec!["doubled_result_code"]),
            (P, "1,2", none, vec!["clean_excludes_others"]),
            (P, "4", ResultFacts { answered: 1, ..none }, vec!["no_contact_with_answers"]),
            (P, "6", none, vec!["uncooperative_without_notice"]),
            (P, "2,3,5", none, vec![]),
            (P, "E", none, vec!["unknown_result_code"]),
        ] {
            let found: Vec<&str> =
                contradictions(scheme, &list(codes), facts).iter().map(|c| c.code).collect();
            assert_eq!(found, expected, "{scheme} {codes} {facts:?}");
        }
    }

    #[test]
    fn the_same_digit_means_another_thing_in_the_other_list() {
        assert_eq!(find(P, "8").unwrap().meaning, Meaning::Ended("licence_revoked"));
        assert_eq!(find(G, "8").unwrap().meaning, Meaning::Uncooperative);
        assert_eq!((PUBLICITY_CODES.len(), GENERAL_CODES.len()), (9, 18));
    }

    #[test]
    fn the_weightiest_measure_is_the_outcome() {
        for (codes, measures, expected) in [
            ("1", (0, 0, 0), ResultOutcome::NoProblem),
            ("E", (0, 0, 1), ResultOutcome::CorrectionOrdered),
            ("A,E", (1, 0, 1), ResultOutcome::CaseOpened),
            ("A", (1, 1, 0), ResultOutcome::Transferred),
            ("6", (0, 0, 0), ResultOutcome::ListedAbnormal),
            ("B", (0, 0, 0), ResultOutcome::ListedAbnormal),
            ("9", (0, 0, 0), ResultOutcome::SubjectEnded),
            ("F", (0, 0, 0), ResultOutcome::RecordedOnly),
        ] {
            assert_eq!(outcome(G, &list(codes), measures), expected, "{codes}");
        }
        assert_eq!(ended_as(G, &list("12")), Some("moved_out"));
        assert_eq!(ended_as(G, &list("1")), None);
        assert!(is_in_problem_rate(G, &list("1")) && is_in_problem_rate(G, &list("E")));
        assert!(!is_in_problem_rate(G, &list("F")) && !is_in_problem_rate(P, &list("7")));
    }

    #[test]
    fn a_result_is_final_only_after_the_audit() {
        use ResultState as S;
        assert_eq!(step(S::Entered, ResultVerb::Finalise), None);
        assert_eq!(step(S::Entered, ResultVerb::Pass), Some(S::Audited));
        assert_eq!(step(S::Audited, ResultVerb::Finalise), Some(S::Final));
        assert_eq!(step(S::Entered, ResultVerb::Return), Some(S::Returned));
        assert_eq!(step(S::Returned, ResultVerb::Update), Some(S::Entered));
        for verb in ResultVerb::ALL {
            assert_eq!(step(S::Final, *verb), None);
            assert_eq!(step(S::NotApproved, *verb), None);
        }
    }
}
