//! Pure rules: inspectors, their certificates, tags and trainings (执法检查人员名录库; `domain.md` §6, Inspector).
//!
//! A state is computed for a day: a certificate runs out without anybody's doing. Stored is what people decide: registered,
//! suspended by hand, left. Auxiliary staff and experts are another registry and never come in here (ENF-03). Called by the
//! app functions; draws and visits ask [`standing`] for the day of the visit (ENF-01).

use domain::code::citizen_id::{CitizenId, Sex};
use domain::code::mobile::Mobile;
use domain::vocabulary::Level;
use jiff::civil::Date;
use uuid::Uuid;

domain::define_words! {
    /// State of an inspector on a day (执法人员状态).
    pub enum InspectorState {
        /// In the registry, without a certificate yet.
        Registered = "registered", "已登记", ["登记"];
        /// With a certificate valid on that day.
        Qualified = "qualified", "具备资格", ["在岗", "正常", "有效", "在职", "在编在岗", "启用"];
        /// Certificate expired or revoked, training overdue, or suspended by hand.
        Suspended = "suspended", "暂停执法", ["暂停", "停职", "冻结", "停用"];
        /// No longer with the organ.
        Left = "left", "已离岗", ["离岗", "离职", "退休", "调离", "注销", "已退休", "已调离"];
    }
}

domain::define_words! {
    /// Why an inspector is not qualified on a day.
    pub enum InspectorGap {
        /// Never had a certificate.
        NoCertificate = "no_certificate", "无行政执法证", [];
        /// The last certificate has run out, or the next has not begun.
        CertificateExpired = "certificate_expired", "行政执法证不在有效期", [];
        /// The last training no longer counts.
        TrainingOverdue = "training_overdue", "培训逾期", [];
        /// Suspended by hand.
        Suspended = "suspended", "暂停执法", [];
        /// No longer with the organ.
        Left = "left", "已离岗", [];
    }
}

domain::define_words! {
    /// Kind of a certificate (证件种类).
    pub enum CertificateKind {
        /// Enforces and inspects (行政执法证).
        Enforcement = "enforcement", "行政执法证", ["执法证"];
        /// Supervises how others enforce; does not let its holder inspect (行政执法监督证).
        Oversight = "oversight", "行政执法监督证", ["执法监督证"];
    }
}

domain::define_words! {
    /// Kind of a tag (分类标注).
    pub enum TagKind {
        /// Qualification (执法资质).
        Qualification = "qualification", "执法资质", [];
        /// Specialty (业务专长).
        Specialty = "specialty", "业务专长", [];
    }
}

/// Words in a cell that name nobody's qualification.
const NOTHING: [&str; 6] = ["无", "否", "/", "-", "—", "暂无"];

/// A certificate's span, both days included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSpan {
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Date,
    /// First day on which it no longer counts, when it was revoked.
    pub revoked_on: Option<Date>,
}

impl CertificateSpan {
    /// Whether it counts on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from <= day && day <= self.valid_to && self.revoked_on.is_none_or(|r| day < r)
    }

    /// The last day on which it counts.
    #[must_use]
    pub fn last_day(&self) -> Date {
        match self.revoked_on {
            Some(r) => r.yesterday().unwrap_or(r).min(self.valid_to),
            None => self.valid_to,
        }
    }
}

/// The state on a day and what is missing.
#[must_use]
pub fn standing(
    stored: InspectorState,
    certificates: &[CertificateSpan],
    trained_until: Option<Date>,
    day: Date,
) -> (InspectorState, Vec<InspectorGap>) {
    let mut gaps = Vec::new();
    match stored {
        InspectorState::Left => return (InspectorState::Left, vec![InspectorGap::Left]),
        InspectorState::Suspended => gaps.push(InspectorGap::Suspended),
        InspectorState::Registered | InspectorState::Qualified => {}
    }
    let begun = certificates.iter().any(|c| c.valid_from <= day);
    let holds = certificates.iter().any(|c| c.holds_on(day));
    if !holds {
        gaps.push(if begun { InspectorGap::CertificateExpired } else { InspectorGap::NoCertificate });
    }
    if trained_until.is_some_and(|until| until < day) {
        gaps.push(InspectorGap::TrainingOverdue);
    }
    let state = match gaps.as_slice() {
        [] => InspectorState::Qualified,
        [InspectorGap::NoCertificate] => InspectorState::Registered,
        _ => InspectorState::Suspended,
    };
    (state, gaps)
}

/// Everything that is written about an inspector, personal data in clear; lives in memory only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectorContent {
    /// Organ.
    pub organ_code: String,
    /// Region.
    pub region_code: String,
    /// Township team (镇街综合执法队).
    pub team_id: Option<Uuid>,
    /// Number within the organ (单位工号).
    pub staff_no: Option<String>,
    /// Name (姓名).
    pub name: String,
    /// Citizen id (身份证号).
    pub id_number: Option<CitizenId>,
    /// Mobile number (手机号).
    pub mobile: Option<Mobile>,
    /// Sex (性别).
    pub sex: Option<Sex>,
    /// Education (学历).
    pub education: Option<String>,
    /// Field of study (学历专业).
    pub major: Option<String>,
    /// Class of post (岗位大类).
    pub post_category: Option<String>,
    /// Since when in this post (从事本岗起始日期).
    pub post_since: Option<Date>,
    /// Level of government (层级).
    pub level: Option<Level>,
    /// Position (担任职务).
    pub position: Option<String>,
    /// Exact position (具体职务).
    pub position_title: Option<String>,
    /// Unit within the organ (所在业务部门).
    pub unit: Option<String>,
    /// May lead a team (组长).
    pub is_leader: bool,
    /// Duties (执法事项范围).
    pub duties: Vec<String>,
    /// Qualifications (执法资质).
    pub qualifications: Vec<String>,
    /// Specialties (业务专长).
    pub specialties: Vec<String>,
    /// Remark.
    pub note: Option<String>,
}

/// The words of a cell that may name several: `、`, `,`, `;` and line breaks part them; 无 and 否 name nothing.
#[must_use]
pub fn words_of(cell: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in cell.split(['、', ',', '，', ';', '；', '\n', '|']) {
        let word = domain::text::normalise(part);
        if !word.is_empty() && !NOTHING.contains(&word.as_str()) && !out.contains(&word) {
            out.push(word);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn span(from: Date, to: Date) -> CertificateSpan {
        CertificateSpan { valid_from: from, valid_to: to, revoked_on: None }
    }

    #[test]
    fn a_certificate_counts_on_its_last_day_and_not_after() {
        let held = [span(date(2024, 1, 1), date(2026, 11, 23))];
        let on = |day| standing(InspectorState::Registered, &held, None, day);
        assert_eq!(on(date(2026, 11, 23)), (InspectorState::Qualified, vec![]));
        assert_eq!(
            on(date(2026, 11, 24)),
            (InspectorState::Suspended, vec![InspectorGap::CertificateExpired])
        );
        assert_eq!(on(date(2023, 12, 31)), (InspectorState::Registered, vec![InspectorGap::NoCertificate]));
    }

    #[test]
    fn a_gap_between_two_certificates_is_no_qualification() {
        let held = [span(date(2024, 1, 1), date(2026, 1, 31)), span(date(2026, 3, 1), date(2029, 2, 28))];
        let on = |day| standing(InspectorState::Registered, &held, None, day).0;
        assert_eq!(on(date(2026, 1, 31)), InspectorState::Qualified);
        assert_eq!(on(date(2026, 2, 10)), InspectorState::Suspended);
        assert_eq!(on(date(2026, 3, 1)), InspectorState::Qualified);
    }

    #[test]
    fn a_revoked_certificate_ends_the_day_before() {
        let mut held = span(date(2024, 1, 1), date(2028, 12, 31));
        held.revoked_on = Some(date(2026, 6, 1));
        assert!(held.holds_on(date(2026, 5, 31)) && !held.holds_on(date(2026, 6, 1)));
        assert_eq!(held.last_day(), date(2026, 5, 31));
    }

    #[test]
    fn what_people_decide_stands_over_the_certificate() {
        let held = [span(date(2024, 1, 1), date(2028, 12, 31))];
        let day = date(2026, 11, 23);
        assert_eq!(standing(InspectorState::Suspended, &held, None, day).0, InspectorState::Suspended);
        assert_eq!(standing(InspectorState::Left, &held, None, day).0, InspectorState::Left);
        let overdue = standing(InspectorState::Registered, &held, Some(date(2026, 1, 1)), day);
        assert_eq!(overdue, (InspectorState::Suspended, vec![InspectorGap::TrainingOverdue]));
    }

    #[test]
    fn a_cell_of_several_words_is_parted_and_nothing_is_nothing() {
        assert_eq!(words_of("药品检查员、特种设备安全监察员"), ["药品检查员", "特种设备安全监察员"]);
        assert!(words_of("无").is_empty() && words_of(" / ").is_empty());
        assert_eq!(words_of("A01.直销，A01.直销\nB03.食品经营"), ["A01.直销", "B03.食品经营"]);
    }
}
