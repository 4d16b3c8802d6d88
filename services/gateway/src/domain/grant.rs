//! Which administrator may touch which account and role: the three administrators are apart (三员分立).
//!
//! Source: GB/T 22239-2019 8.1.4.2 as read in `domain.md` §10.1. The system administrator runs accounts and gives business
//! roles; the security administrator gives administrator roles and runs the accounts that hold them; the audit
//! administrator only reads. Nobody changes his own rights. A suite without an active security administrator is still
//! being set up: until there is one, the system administrator may do his part. Called by the account use cases.

use domain::vocabulary::Role;
use service_kit::{Error, Fault, Result};

/// Who asks.
pub struct Grantor<'a> {
    /// Account id.
    pub subject: &'a str,
    /// His roles.
    pub roles: &'a [Role],
    /// Whether nobody active holds `security_admin` yet.
    pub is_setup: bool,
}

impl Grantor<'_> {
    fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    fn rules_administrators(&self) -> bool {
        self.has(Role::SecurityAdmin) || (self.is_setup && self.has(Role::SystemAdmin))
    }

    /// Whether the caller may touch an account with these roles at all.
    ///
    /// # Errors
    /// 403 `own_account` or `not_your_account`.
    pub fn may_touch(&self, target: &str, target_roles: &[Role]) -> Result<()> {
        if self.subject == target {
            return Err(Error::forbidden(
                "own_account",
                "任何人不得修改自己的权限和账号状态",
                "nobody changes the rights or the state of his own account",
            ));
        }
        let allowed = if target_roles.iter().any(|r| r.is_administrator()) {
            self.rules_administrators()
        } else {
            self.has(Role::SystemAdmin)
        };
        if allowed {
            return Ok(());
        }
        Err(Error::forbidden(
            "not_your_account",
            "业务账号由系统管理员管理，三员账号由安全管理员管理",
            "business accounts are run by the system administrator, administrators' accounts by the security administrator",
        ))
    }

    /// Whether the caller may give or take one role.
    #[must_use]
    pub fn may_give(&self, role: Role) -> bool {
        if role.is_administrator() { self.rules_administrators() } else { self.has(Role::SystemAdmin) }
    }
}

/// Faults of a set of roles: a conflict of administrators, a repeated role.
#[must_use]
pub fn role_faults(pointer: &str, roles: &[Role]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (at, role) in roles.iter().enumerate() {
        let before = roles.get(..at).unwrap_or_default();
        if before.contains(role) {
            faults.push(Fault::new(
                format!("{pointer}/{at}"),
                "repeated_role",
                "角色重复",
                "the role is repeated",
            ));
        }
        if let Some(other) = before.iter().find(|o| o.conflicts_with(*role)) {
            faults.push(Fault::new(
                format!("{pointer}/{at}"),
                "administrators_are_separate",
                format!("{}与{}不得由同一账号兼任", other.label_zh(), role.label_zh()),
                format!("one account may not hold both {other} and {role}"),
            ));
        }
    }
    faults
}

/// The roles after giving some and taking some, in the order of the vocabulary.
#[must_use]
pub fn changed(now: &[Role], give: &[Role], take: &[Role]) -> Vec<Role> {
    Role::ALL.iter().copied().filter(|r| (now.contains(r) && !take.contains(r)) || give.contains(r)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_administrators_stay_apart() {
        let of = |roles: &'static [Role], is_setup| Grantor { subject: "me", roles, is_setup };
        let system = of(&[Role::SystemAdmin], false);
        let security = of(&[Role::SecurityAdmin], false);
        let setup = of(&[Role::SystemAdmin], true);
        for (who, role, may) in [
            (&system, Role::LeadEditor, true),
            (&system, Role::AuditAdmin, false),
            (&security, Role::AuditAdmin, true),
            (&security, Role::LeadEditor, false),
            (&setup, Role::SecurityAdmin, true),
        ] {
            assert_eq!(who.may_give(role), may, "{role}");
            assert_eq!(who.may_touch("other", &[role]).is_ok(), may, "{role}");
        }
        assert_eq!(system.may_touch("me", &[Role::LeadEditor]).unwrap_err().code, "own_account");
    }

    #[test]
    fn conflicting_and_repeated_roles_are_named() {
        let faults = role_faults("/roles", &[Role::SystemAdmin, Role::Legal, Role::AuditAdmin, Role::Legal]);
        let got: Vec<(&str, &str)> = faults.iter().map(|f| (f.pointer.as_str(), f.code.as_str())).collect();
        assert_eq!(got, [("/roles/2", "administrators_are_separate"), ("/roles/3", "repeated_role")]);
    }

    #[test]
    fn giving_and_taking_make_an_ordered_set() {
        let roles = changed(&[Role::Legal, Role::LeadEditor], &[Role::LeadHead], &[Role::Legal]);
        assert_eq!(roles, [Role::LeadEditor, Role::LeadHead]);
    }
}
