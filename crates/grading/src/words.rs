//! Closed word lists of facts and packs. Called by everything here, and by the service that stores facts.
//!
//! Refuses open sets: what only one trade knows of a record or a subject is an attribute that its pack declares.

domain::define_words! {
    /// Kind of a conduct fact (信用事实类别).
    pub enum FactKind {
        /// Administrative penalty; `severity` tells its weight, `ended_on` when it was carried out.
        Penalty = "penalty", "行政处罚", [];
        /// Problem found by an inspection; `ended_on` is the day it was corrected.
        InspectionProblem = "inspection_problem", "检查发现问题", [];
        /// Inspection without a problem.
        InspectionPassed = "inspection_passed", "检查未发现问题", [];
        /// Inspection refused or hindered.
        InspectionRefused = "inspection_refused", "拒绝、阻挠检查", [];
        /// Sample that failed.
        SampleFailed = "sample_failed", "抽检不合格", [];
        /// Entry on a list; `topic` names it, `ended_on` is the day of removal.
        ListEntry = "list_entry", "列入名单", [];
        /// Annual report that was late or is missing; `ended_on` is the day it came in.
        AnnualReport = "annual_report", "年度报告", [];
        /// Registration changed; `topic` tells what.
        RegistrationChange = "registration_change", "登记事项变更", [];
        /// Licence lapsed; `ended_on` is the day it was renewed.
        LicenceLapse = "licence_lapse", "许可失效", [];
        /// Complaint.
        Complaint = "complaint", "投诉举报", [];
        /// Report in the media.
        MediaReport = "media_report", "媒体报道", [];
        /// Credit commitment kept or broken.
        Commitment = "commitment", "信用承诺", [];
        /// Award.
        Award = "award", "表彰奖励", [];
        /// Court ruling.
        CourtRuling = "court_ruling", "司法裁判", [];
        /// Business revoked, closed or stopped by order; `ended_on` is the day the order ended.
        Closure = "closure", "吊销、责令关闭", [];
        /// Relation to another subject that matters; `ended_on` is the day it ended.
        Relation = "relation", "关联关系", [];
        /// Anything else, by the attributes its pack declares.
        Other = "other", "其他", [];
    }
}

domain::define_words! {
    /// What a fact is about within its kind (信用事实事项).
    pub enum FactTopic {
        /// Registration change: legal representative.
        LegalRepresentative = "legal_representative", "法定代表人", [];
        /// Registration change: address.
        Address = "address", "住所", [];
        /// Registration change: name.
        Name = "name", "名称", [];
        /// Registration change: capital.
        Capital = "capital", "注册资本", [];
        /// Registration change: shareholders.
        Shareholder = "shareholder", "股东", [];
        /// Registration change: scope of business.
        Scope = "scope", "经营范围", [];
        /// Annual report: late.
        Late = "late", "逾期", [];
        /// Annual report: missing.
        Missing = "missing", "未报送", [];
        /// List: abnormal operation.
        AbnormalOperation = "abnormal_operation", "经营异常名录", [];
        /// List: serious dishonesty.
        SeriousDishonesty = "serious_dishonesty", "严重失信主体名单", ["严重违法失信名单"];
        /// List: judgement debtors.
        JudgementDebtor = "judgement_debtor", "失信被执行人", [];
        /// Commitment: kept.
        Kept = "kept", "已履行", [];
        /// Commitment: broken.
        Broken = "broken", "违背", [];
        /// Complaint or report: substantiated.
        Substantiated = "substantiated", "属实", [];
        /// Complaint or report: not substantiated.
        Unsubstantiated = "unsubstantiated", "不属实", [];
        /// Closure: licence of business revoked.
        Revoked = "revoked", "吊销营业执照", [];
        /// Closure: ordered to close.
        OrderedClosed = "ordered_closed", "责令关闭", [];
        /// Closure: ordered to stop for a time.
        OrderedStopped = "ordered_stopped", "责令停产停业", [];
        /// Relation: legal representative stands on a serious list.
        RepresentativeListed = "representative_listed", "法定代表人列入严重失信名单", [];
        /// Relation: another firm of the legal representative was revoked.
        RelatedFirmRevoked = "related_firm_revoked", "法定代表人任职的其他企业被吊销", [];
        /// Relation: a shareholder has the highest risk class.
        ShareholderHighRisk = "shareholder_high_risk", "股东为高风险主体", [];
    }
}

domain::define_words! {
    /// How heavy a record is (失信程度).
    pub enum FactSeverity {
        /// Minor.
        Minor = "minor", "轻微", [];
        /// Ordinary.
        Ordinary = "ordinary", "一般", [];
        /// Serious.
        Serious = "serious", "严重", [];
    }
}

domain::define_words! {
    /// Which way the score points (分值方向).
    pub enum Direction {
        /// A higher score is safer.
        HigherIsSafer = "higher_is_safer", "分高者风险低", [];
        /// A higher score is riskier.
        HigherIsRiskier = "higher_is_riskier", "分高者风险高", [];
    }
}

domain::define_words! {
    /// How the points of several records of one indicator come together (多条记录的计分).
    pub enum Take {
        /// All of them.
        Sum = "sum", "累计", [];
        /// Only the one that weighs most.
        Worst = "worst", "取最重一条", [];
    }
}

domain::define_words! {
    /// Who gets the better class when equal scores stand on a cut of a quantile (同分处理).
    pub enum Ties {
        /// All of them the better class.
        Better = "better", "同分从优", [];
        /// All of them the worse class.
        Worse = "worse", "同分从严", [];
    }
}

domain::define_words! {
    /// Type of a declared attribute (属性类型).
    pub enum AttributeType {
        /// Whole number.
        Int = "int", "整数", [];
        /// Text.
        Text = "text", "文本", [];
        /// Yes or no.
        Bool = "bool", "是否", [];
        /// Day.
        Date = "date", "日期", [];
    }
}

domain::define_words! {
    /// Whom a declared attribute belongs to (属性归属).
    pub enum AttributeOwner {
        /// The subject.
        Subject = "subject", "主体", [];
        /// A fact.
        Fact = "fact", "事实", [];
    }
}
