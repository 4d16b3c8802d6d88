//! The verified caller and the scope that follows from it.
//!
//! Built by the [`super::Verifier`] only, from claims whose signature, times, audience and issuer were checked. Passed
//! as an argument, never by a thread-local: a scope in a thread-local leaks rows under concurrency.

use domain::vocabulary::Role;
use serde::{Deserialize, Serialize};

/// What an access token says (RFC 9068, `typ: at+jwt`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    pub iss: String,
    /// Audience: `lianjian` for the whole suite, or the name of one service.
    pub aud: Vec<String>,
    /// Account id, `client:<id>` or `service:<name>`.
    pub sub: String,
    /// Token id.
    pub jti: String,
    /// Session id: all tokens of one login.
    pub sid: String,
    /// Issued at, seconds.
    pub iat: i64,
    /// Not before, seconds.
    pub nbf: i64,
    /// Expires, seconds.
    pub exp: i64,
    /// Code of the organ the caller acts for.
    pub dep: String,
    /// Region codes the caller is limited to; empty means the whole district.
    pub reg: Vec<String>,
    /// Roles.
    pub rol: Vec<String>,
    /// Extra field rights, such as `contact_clear`.
    #[serde(default)]
    pub fld: Vec<String>,
}

/// A verified caller.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Account id, `client:<id>` or `service:<name>`.
    pub subject: String,
    /// Token id.
    pub token_id: String,
    /// Session id.
    pub session: String,
    /// Issued at, seconds.
    pub issued_at: i64,
    /// Expires, seconds.
    pub expires_at: i64,
    /// Code of the organ.
    pub department: String,
    /// Region codes the caller is limited to; empty means the whole district.
    pub regions: Vec<String>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Extra field rights.
    pub fields: Vec<String>,
}

impl Identity {
    /// Whether the caller has this role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether this is one of the suite's own services.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.subject.starts_with("service:")
    }

    /// Whether the caller's roles reach beyond its own department.
    #[must_use]
    pub fn is_district_wide(&self) -> bool {
        self.is_service() || self.roles.iter().any(|r| r.is_district_wide())
    }

    /// The rows this caller may see.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope {
            departments: if self.is_district_wide() { None } else { Some(vec![self.department.clone()]) },
            regions: if self.regions.is_empty() { None } else { Some(self.regions.clone()) },
            fields: self.fields.clone(),
        }
    }
}

/// Which rows and fields a store function may touch; every one of them takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Organ codes; `None` means all.
    pub departments: Option<Vec<String>>,
    /// Region codes (prefixes: a township's 9 digits include its villages); `None` means all.
    pub regions: Option<Vec<String>>,
    /// Extra field rights.
    pub fields: Vec<String>,
}

impl Scope {
    /// Everything; for background work of the service itself.
    #[must_use]
    pub fn all() -> Self {
        Self { departments: None, regions: None, fields: Vec::new() }
    }

    /// Whether a row that belongs to these departments and this region is within. A row without departments is for
    /// everybody, one without region belongs to the whole district.
    #[must_use]
    pub fn sees(&self, departments: &[String], region: &str) -> bool {
        let department = match &self.departments {
            None => true,
            Some(mine) => departments.is_empty() || departments.iter().any(|d| mine.contains(d)),
        };
        department && self.sees_region(region)
    }

    /// Whether a region is within.
    #[must_use]
    pub fn sees_region(&self, region: &str) -> bool {
        match &self.regions {
            None => true,
            Some(mine) => region.is_empty() || mine.iter().any(|r| region.starts_with(r.as_str())),
        }
    }

    /// Whether this organ is within.
    #[must_use]
    pub fn sees_department(&self, department: &str) -> bool {
        self.departments.as_ref().is_none_or(|mine| mine.iter().any(|d| d == department))
    }
}
