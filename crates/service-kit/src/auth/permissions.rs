//! The role × operation matrix: data, committed, readable.
//!
//! Each service has a `permissions.toml`: per operationId who may call it and how far it reaches. An operation of the
//! OpenAPI document without an entry, or an entry without an operation, stops the boot, so the matrix cannot drift.

use domain::vocabulary::Role;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How far an operation reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// No token needed.
    Public,
    /// Shared by the whole district: every caller with the right role sees the same.
    District,
    /// Rows belong to departments: another department's answer 404.
    Department,
    /// Only the caller's own things (its account, its sessions).
    Own,
}

/// Who may call one operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// How far it reaches.
    pub reach: Reach,
    /// Roles that may call it; empty with `reach != public` means every caller with a token.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Whether the suite's own services may call it too.
    #[serde(default)]
    pub services: bool,
}

impl Access {
    /// Whether a caller with these roles may call it.
    #[must_use]
    pub fn allows(&self, who: &super::Identity) -> bool {
        if self.reach == Reach::Public {
            return true;
        }
        if who.is_service() {
            return self.services;
        }
        self.roles.is_empty() || self.roles.iter().any(|r| who.has(*r))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    operations: BTreeMap<String, Access>,
}

/// The matrix of one service.
#[derive(Clone, Debug)]
pub struct Permissions(pub BTreeMap<String, Access>);

/// Entries of the endpoints that every service has; a service may not override them.
const COMMON: &str = include_str!("common_permissions.toml");

impl Permissions {
    /// Reads a service's matrix and adds the common entries.
    ///
    /// # Errors
    /// The TOML reader's words for a file that does not parse, or the name of an entry given twice.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut all =
            toml::from_str::<File>(COMMON).map_err(|e| format!("common permissions: {e}"))?.operations;
        let own = toml::from_str::<File>(text).map_err(|e| e.to_string())?.operations;
        for (id, access) in own {
            if all.insert(id.clone(), access).is_some() {
                return Err(format!("operation {id} has two entries"));
            }
        }
        Ok(Self(all))
    }

    /// The entry of one operation.
    #[must_use]
    pub fn get(&self, operation: &str) -> Option<&Access> {
        self.0.get(operation)
    }
}
