//! Kinds and states of supervised subjects (监管对象), with the state machine of `domain.md` §6.
//!
//! Called by the subject registry and by imports that name kinds in free text. It refuses to keep history: merge and split
//! lineage is data. Listing as abnormal (经营异常名录) is a flag beside the state, because a listed enterprise is still active.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Refusal;

crate::define_words! {
    /// Kind of a supervised subject (监管对象类别), `domain.md` §1.3.
    pub enum SubjectKind {
        /// Company or other enterprise.
        Enterprise = "enterprise", "企业", ["公司", "企业单位"];
        /// Farmers' cooperative.
        FarmersCooperative = "farmers_cooperative", "农民专业合作社", ["农民专业合作社（联合社）", "专业合作社", "合作社"];
        /// One-person or family business.
        IndividualBusiness = "individual_business", "个体工商户", ["个体经济组织", "个体户", "个体经营户"];
        /// School or kindergarten.
        School = "school", "学校", ["幼儿园"];
        /// Hospital or other medical institution.
        Hospital = "hospital", "医院", ["医疗机构", "卫生院", "诊所"];
        /// Trade or other association.
        Association = "association", "协会", ["商会"];
        /// Registered social body.
        SocialOrganisation = "social_organisation", "社会团体", ["社会组织", "民办非企业单位", "社会服务机构", "基金会"];
        /// Public institution.
        PublicInstitution = "public_institution", "事业单位", ["企事业单位", "公益机构"];
        /// Organ of government.
        GovernmentOrgan = "government_organ", "机关", ["国家机关", "行政机关", "党政机关", "机关单位", "政府机关"];
        /// Product.
        Product = "product", "产品", ["商品"];
        /// Project.
        Project = "project", "项目", ["工程项目", "建设工程"];
        /// Activity or conduct.
        Activity = "activity", "行为", ["活动", "经营行为"];
        /// Facility or equipment.
        Facility = "facility", "设施设备", ["设施", "设备"];
        /// Geographic area.
        GeographicArea = "geographic_area", "地理区域", ["流域", "水域", "保护区"];
        /// Premises.
        Premises = "premises", "场地场所", ["场地", "场所", "公共场所", "经营场所"];
        /// Cyberspace.
        Cyberspace = "cyberspace", "网络空间", ["网站", "网页"];
    }
}

impl SubjectKind {
    /// Whether the subject is a thing, place or conduct, which needs a responsible party (责任主体).
    pub const fn is_object(self) -> bool {
        matches!(
            self,
            Self::Product
                | Self::Project
                | Self::Activity
                | Self::Facility
                | Self::GeographicArea
                | Self::Premises
                | Self::Cyberspace
        )
    }

    /// Whether the subject is a market subject (市场主体): enterprise, farmers' cooperative or individual business.
    pub const fn is_market_subject(self) -> bool {
        matches!(self, Self::Enterprise | Self::FarmersCooperative | Self::IndividualBusiness)
    }
}

crate::define_words! {
    /// State of a supervised subject (监管对象状态).
    pub enum SubjectStatus {
        /// Reported, not yet confirmed.
        Candidate = "candidate", "待确认", ["候选"];
        /// In being.
        Active = "active", "存续", ["在业", "开业", "在营", "正常", "存续（在营、开业、在册）"];
        /// Business paused by record (市场主体登记管理条例 art. 30).
        Dormant = "dormant", "歇业", [];
        /// Deregistered.
        Deregistered = "deregistered", "注销", ["已注销"];
        /// Licence revoked as a penalty.
        LicenceRevoked = "licence_revoked", "吊销", ["吊销未注销", "已吊销", "吊销，未注销"];
        /// Registration annulled as wrongly given.
        RegistrationAnnulled = "registration_annulled", "撤销", ["annulled", "撤销登记", "已撤销"];
        /// Moved out of the district.
        MovedOut = "moved_out", "迁出", ["已迁出"];
        /// Object torn down.
        Demolished = "demolished", "拆除", ["已拆除"];
        /// Object ended, such as a finished project.
        Ended = "ended", "终止", ["结束", "已终止", "完结"];
    }
}

crate::define_words! {
    /// Which subjects a step is for.
    pub enum AppliesTo {
        /// Every kind.
        Any = "any", "全部", [];
        /// Bodies: organisations and individual businesses.
        Bodies = "bodies", "组织", [];
        /// Objects: products, projects, conduct, facilities, areas, premises, cyberspace.
        Objects = "objects", "客体", [];
    }
}

/// One step of the subject's state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubjectTransition {
    /// State before.
    pub from: SubjectStatus,
    /// State after.
    pub to: SubjectStatus,
    /// Kinds the step is for.
    pub applies_to: AppliesTo,
}

const fn step(from: SubjectStatus, to: SubjectStatus, applies_to: AppliesTo) -> SubjectTransition {
    SubjectTransition { from, to, applies_to }
}

/// Steps of a subject (`domain.md` §6); a state without steps is terminal.
///
/// `licence_revoked → deregistered` is added: by law a body with a revoked licence must still be wound up and deregistered.
pub const SUBJECT_TRANSITIONS: &[SubjectTransition] = {
    use AppliesTo::{Any, Bodies, Objects};
    use SubjectStatus::{
        Active, Candidate, Demolished, Deregistered, Dormant, Ended, LicenceRevoked, MovedOut,
        RegistrationAnnulled,
    };
    &[
        step(Candidate, Active, Any),
        step(Active, Dormant, Any),
        step(Dormant, Active, Any),
        step(Active, Deregistered, Bodies),
        step(Active, LicenceRevoked, Bodies),
        step(Active, RegistrationAnnulled, Bodies),
        step(Active, MovedOut, Any),
        step(Active, Demolished, Objects),
        step(Active, Ended, Objects),
        step(Dormant, Deregistered, Bodies),
        step(Dormant, LicenceRevoked, Bodies),
        step(Dormant, RegistrationAnnulled, Bodies),
        step(Dormant, MovedOut, Any),
        step(Dormant, Demolished, Objects),
        step(Dormant, Ended, Objects),
        step(LicenceRevoked, Deregistered, Bodies),
    ]
};

impl SubjectStatus {
    /// Moves to another state, or says what would be possible for this kind.
    pub fn change_to(self, to: Self, kind: SubjectKind) -> Result<Self, Refusal> {
        let allowed = self.allowed_next(kind);
        if allowed.contains(&to) {
            return Ok(to);
        }
        Err(Refusal {
            machine: "SubjectStatus",
            from: self.as_str(),
            attempted: to.as_str(),
            allowed: allowed.into_iter().map(Self::as_str).collect(),
        })
    }

    /// States that may follow for this kind of subject.
    pub fn allowed_next(self, kind: SubjectKind) -> Vec<Self> {
        SUBJECT_TRANSITIONS
            .iter()
            .filter(|step| step.from == self)
            .filter(|step| match step.applies_to {
                AppliesTo::Any => true,
                AppliesTo::Bodies => !kind.is_object(),
                AppliesTo::Objects => kind.is_object(),
            })
            .map(|step| step.to)
            .collect()
    }

    /// Whether the state can be held by this kind at all: a product is not deregistered, a company not demolished.
    pub const fn fits(self, kind: SubjectKind) -> bool {
        match self {
            Self::Candidate | Self::Active | Self::Dormant | Self::MovedOut => true,
            Self::Deregistered | Self::LicenceRevoked | Self::RegistrationAnnulled => !kind.is_object(),
            Self::Demolished | Self::Ended => kind.is_object(),
        }
    }

    /// Whether the subject can still be visited under a plan: active or dormant.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Active | Self::Dormant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_plan_name_its_kinds() {
        use SubjectKind::*;
        let sentence = "监管对象包括企业、农民专业合作社、个体工商户等市场主体，学校、医院、协会、社会团体等非市场主体，\
                        以及产品、项目、行为、设施设备、地理区域、场地场所、网络空间等";
        let expected = [
            Enterprise,
            FarmersCooperative,
            IndividualBusiness,
            School,
            Hospital,
            Association,
            SocialOrganisation,
            Product,
            Project,
            Activity,
            Facility,
            GeographicArea,
            Premises,
            Cyberspace,
        ];
        assert_eq!(SubjectKind::find_in(sentence), expected);
        assert_eq!(SubjectKind::find_in("区域辖区的企业、个体经济组织"), [Enterprise, IndividualBusiness]);
        assert_eq!(SubjectKind::find_in("民办非企业单位"), [SocialOrganisation]);
        assert!(SubjectKind::find_in("用人单位").is_empty());
    }

    #[test]
    fn seven_kinds_are_objects_and_three_are_market_subjects() {
        assert_eq!(SubjectKind::ALL.iter().filter(|kind| kind.is_object()).count(), 7);
        assert_eq!(SubjectKind::ALL.iter().filter(|kind| kind.is_market_subject()).count(), 3);
        assert_eq!(SubjectKind::ALL.len(), 16);
    }

    #[test]
    fn only_objects_are_demolished_and_only_bodies_deregistered() {
        let active = SubjectStatus::Active;
        assert!(active.change_to(SubjectStatus::Demolished, SubjectKind::Facility).is_ok());
        assert!(active.change_to(SubjectStatus::Demolished, SubjectKind::Enterprise).is_err());
        assert!(active.change_to(SubjectStatus::Deregistered, SubjectKind::Enterprise).is_ok());
        assert!(active.change_to(SubjectStatus::Deregistered, SubjectKind::Project).is_err());
    }

    #[test]
    fn a_deregistered_subject_stays_so() {
        for to in SubjectStatus::ALL {
            let refusal = SubjectStatus::Deregistered.change_to(*to, SubjectKind::Enterprise).unwrap_err();
            assert_eq!((refusal.code(), refusal.allowed.len()), ("transition_refused", 0));
        }
    }

    #[test]
    fn a_candidate_only_becomes_active() {
        for kind in SubjectKind::ALL {
            assert_eq!(SubjectStatus::Candidate.allowed_next(*kind), [SubjectStatus::Active]);
        }
    }

    #[test]
    fn every_step_leads_to_a_state_that_fits_its_kinds() {
        for kind in SubjectKind::ALL {
            for state in SubjectStatus::ALL {
                assert!(state.allowed_next(*kind).iter().all(|next| next.fits(*kind)), "{kind} {state}");
            }
        }
    }
}
