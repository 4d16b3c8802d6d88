//! Ways of inspecting that the district's plan names (seed 九).
//!
//! Called by the item catalog and by plans.

crate::define_words! {
    /// Way of inspecting (检查方式), the fifteen named in the district's work plan, section (九).
    pub enum InspectionMethod {
        /// Random subject, random inspector, public result.
        DoubleRandom = "double_random", "双随机一公开", ["双随机", "双随机、一公开", "“双随机、一公开”监管", "双随机抽查"];
        /// Effort by credit class.
        CreditSupervision = "credit_supervision", "信用监管", [];
        /// Sensors, data and remote means.
        SmartSupervision = "smart_supervision", "智慧监管", [];
        /// Full coverage of key fields.
        KeySupervision = "key_supervision", "重点监管", [];
        /// Grid workers report, organs act.
        GridManagement = "grid_management", "网格化监管", ["网格化管理"];
        /// Approval and supervision tell each other.
        ApprovalSupervisionLinkage = "approval_supervision_linkage", "审管联动", [];
        /// Chiefs answer for waters.
        RiverChief = "river_chief", "河长制", [];
        /// Patrol of an area.
        Patrol = "patrol", "巡查检查", ["巡查"];
        /// Verification on the spot.
        SiteVerification = "site_verification", "实地核查", ["现场核查"];
        /// Check of papers only.
        DocumentCheck = "document_check", "书面检查", ["书面核查", "书面审查"];
        /// Check without notice.
        UnannouncedCheck = "unannounced_check", "飞行检查", [];
        /// Audit of the whole management system.
        SystemAudit = "system_audit", "体系检查", [];
        /// Sampling and laboratory test.
        SamplingTest = "sampling_test", "抽检检测", ["抽样检测", "抽样检验", "抽检"];
        /// Monitoring over the network.
        OnlineMonitoring = "online_monitoring", "网络监测", [];
        /// Yearly assessment.
        AnnualAssessment = "annual_assessment", "年度考核", [];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_of_the_plan_names_all_fifteen_methods() {
        let sentence = "灵活运用“双随机、一公开”监管、信用监管、智慧监管、重点监管、网格化监管、审管联动、河长制、巡查检查、\
                        实地核查、书面检查、飞行检查、体系检查、抽检检测、网络监测、年度考核等开展跨部门综合监管。";
        assert_eq!(InspectionMethod::find_in(sentence), InspectionMethod::ALL);
        assert_eq!(InspectionMethod::ALL.len(), 15);
        assert_eq!("双随机、一公开".parse(), Ok(InspectionMethod::DoubleRandom));
    }
}
