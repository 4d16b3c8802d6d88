//! Closed word lists of rule records and verdicts. Called by everything here and by the APIs that show them.

domain::define_words! {
    /// What a breach of a rule leads to (严重程度).
    pub enum RuleSeverity {
        /// The step may not be taken.
        Block = "block", "禁止", [];
        /// The step may be taken; the breach is shown and kept.
        Warn = "warn", "提示", [];
        /// The system acts by itself: counts, tells the oversight organ.
        Act = "act", "自动处理", [];
        /// The rule only defines what others count by.
        Define = "define", "定义", [];
    }
}

domain::define_words! {
    /// Result of one rule (判定结果). A rule that does not apply is named apart and has no verdict.
    pub enum RuleOutcome {
        /// Kept.
        Pass = "pass", "符合", [];
        /// Not kept, and the step may still be taken.
        Warn = "warn", "提示", [];
        /// Not kept: the step may not be taken.
        Block = "block", "禁止", [];
        /// Data is missing; never a pass.
        Unknown = "unknown", "无法判定", [];
    }
}

domain::define_words! {
    /// How sure it is that a source says this (可信程度).
    pub enum SourceCertainty {
        /// Read in the source.
        Read = "read", "已读原文", [];
        /// Only the opening of the source could be read.
        ReadOpening = "read_opening", "仅读到开头部分", [];
        /// Own knowledge, sure.
        Sure = "sure", "确知", [];
        /// Own knowledge, probable; to be checked before it is shown as law.
        Probable = "probable", "大致确知，引用前须核对", [];
        /// Own knowledge, weak.
        Weak = "weak", "不确定", [];
        /// This project's own proposal, nobody's rule.
        Proposal = "proposal", "本项目建议", [];
    }
}

domain::define_words! {
    /// Rank of who made a rule (制定主体).
    pub enum RuleAuthority {
        /// Law of the National People's Congress.
        Law = "law", "法律", [];
        /// Regulation or document of the State Council.
        StateCouncil = "state_council", "国务院", [];
        /// Rule or document of a ministry.
        Ministry = "ministry", "部委", [];
        /// Province.
        Province = "province", "省级", [];
        /// The district's own work plan.
        District = "district", "区县", [];
        /// This project's proposal.
        Project = "project", "本项目建议", [];
    }
}

domain::define_words! {
    /// What happens when the data for a rule is missing (数据缺失时).
    pub enum OnUnknown {
        /// The step may not be taken before it is known.
        Block = "block", "补齐前不得继续", [];
        /// It is shown.
        Report = "report", "仅提示", [];
    }
}

domain::define_words! {
    /// When a rule is looked at (适用环节).
    pub enum LintStage {
        /// Lint of an annual plan.
        Plan = "plan", "计划审核", [];
        /// Before a visit starts.
        VisitStart = "visit_start", "入企前", [];
        /// When a visit is closed.
        VisitClose = "visit_close", "检查办结", [];
        /// At a draw.
        Draw = "draw", "抽取", [];
        /// At publicity.
        Publicity = "publicity", "公示", [];
    }
}

domain::define_words! {
    /// Why an organ goes to a subject (检查类型); which of them count towards the yearly cap is the pack's to say.
    pub enum VisitKind {
        /// Routine check by the plan.
        Routine = "routine", "日常检查", [];
        /// Campaign of the organ's own.
        CampaignOwn = "campaign_own", "本级专项检查", ["专项检查"];
        /// Campaign ordered by a superior.
        CampaignSuperior = "campaign_superior", "上级部署专项检查", [];
        /// A single case.
        CaseBased = "case_based", "个案检查", [];
        /// Complaint or report.
        Complaint = "complaint", "投诉举报核查", [];
        /// Assigned by a superior or transferred by another organ.
        Assigned = "assigned", "交办移送", [];
        /// Clue of data monitoring.
        DataClue = "data_clue", "数据监测线索", [];
        /// Report of the media.
        Media = "media", "媒体曝光", [];
        /// Recheck of a correction.
        Recheck = "recheck", "整改复查", [];
        /// The subject asked for it.
        OnRequest = "on_request", "应申请检查", [];
        /// Survey for a licence.
        LicenceSurvey = "licence_survey", "许可现场核查", [];
        /// Emergency.
        Emergency = "emergency", "突发应急", [];
    }
}

domain::define_words! {
    /// Why a subject was left out of a draw's frame (排除原因, DRW-03).
    pub enum ExclusionCode {
        /// Deregistered or otherwise ended.
        Deregistered = "deregistered", "已注销", [];
        /// The yearly cap of the organ is used up.
        CapReached = "cap_reached", "已达年度上限", [];
        /// Outside of the plan's scope.
        OutOfScope = "out_of_scope", "不在计划范围", [];
        /// A case is open.
        UnderInvestigation = "under_investigation", "立案调查中", [];
        /// Checked lately, the result is recognised.
        RecentlyCheckedRecognised = "recently_checked_recognised", "近期已查、结果互认", [];
    }
}
