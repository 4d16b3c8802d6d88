//! Roles of accounts, those of the state machines (`domain.md` §6) and the three separate administrators (三员).
//!
//! Called by the gateway to fill tokens and by services to decide who may take a step. It refuses to know organs: which
//! organ an account belongs to is data beside the role.

crate::define_words! {
    /// Role of an account (角色).
    pub enum Role {
        /// Drafts items, plans and guides of the lead department.
        LeadEditor = "lead_editor", "牵头部门经办人", [];
        /// Approves for the lead department.
        LeadHead = "lead_head", "牵头部门负责人", [];
        /// Confirms or disputes for a cooperating department.
        CoopEditor = "coop_editor", "配合部门经办人", [];
        /// Organises the whole: the district market regulation bureau.
        Organiser = "organiser", "组织实施牵头部门", ["区市场监管局"];
        /// Reviews legality: the district justice bureau.
        Legal = "legal", "法制审核", ["区司法局"];
        /// Settles unclear duties: the staffing office.
        Staffing = "staffing", "机构编制", ["编办", "区委编办"];
        /// Keeps credit matters: the development and reform bureau.
        Credit = "credit", "信用主管", ["区发改局"];
        /// Inspects on the spot with a valid certificate.
        Inspector = "inspector", "执法检查人员", ["检查人员"];
        /// Leads the inspectors of one visit.
        TeamLeader = "team_leader", "检查组长", [];
        /// Supervises how the law is enforced.
        Oversight = "oversight", "行政执法监督", [];
        /// Speaks for a supervised subject.
        SubjectUser = "subject_user", "监管对象用户", [];
        /// Makes records public.
        Publisher = "publisher", "公示人员", [];
        /// Moves data to and from other systems.
        Exchange = "exchange", "数据交换", [];
        /// Reads records to audit the work.
        Auditor = "auditor", "审计人员", [];
        /// Runs the system; sees no business data.
        SystemAdmin = "system_admin", "系统管理员", [];
        /// Gives rights and sets security rules.
        SecurityAdmin = "security_admin", "安全管理员", ["安全保密管理员"];
        /// Reads the logs of the other administrators.
        AuditAdmin = "audit_admin", "审计管理员", ["安全审计员"];
    }
}

impl Role {
    /// Whether the role reads across all departments of the district.
    pub const fn is_district_wide(self) -> bool {
        matches!(
            self,
            Self::Organiser
                | Self::Legal
                | Self::Staffing
                | Self::Credit
                | Self::Oversight
                | Self::Auditor
                | Self::AuditAdmin
                | Self::Exchange
        )
    }

    /// Whether the role is one of the three administrators (三员) of GB/T 22239-2019.
    pub const fn is_administrator(self) -> bool {
        matches!(self, Self::SystemAdmin | Self::SecurityAdmin | Self::AuditAdmin)
    }

    /// Whether one account may not hold both roles: the three administrators exclude each other (三员分立).
    pub fn conflicts_with(self, other: Self) -> bool {
        self != other && self.is_administrator() && other.is_administrator()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_eight_roles_read_the_whole_district() {
        let wide: Vec<&str> =
            Role::ALL.iter().filter(|role| role.is_district_wide()).map(|role| role.as_str()).collect();
        assert_eq!(
            wide,
            ["organiser", "legal", "staffing", "credit", "oversight", "exchange", "auditor", "audit_admin"]
        );
        assert_eq!(Role::ALL.len(), 17);
    }

    #[test]
    fn one_account_never_holds_two_of_the_three_administrators() {
        assert!(Role::SystemAdmin.conflicts_with(Role::AuditAdmin));
        assert!(!Role::SystemAdmin.conflicts_with(Role::SystemAdmin));
        assert!(!Role::SystemAdmin.conflicts_with(Role::Legal));
    }
}
