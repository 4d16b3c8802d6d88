//! What is recorded of a supervision subject (监管对象), and when it is right.
//!
//! Called by the app functions for typed data and by the import. Typed identifiers must pass their check; imported ones
//! keep `pass | fail | legacy_unverified`. It refuses to correct a code: a guess would give one body's record to another.

use domain::code::industry::Industry;
use domain::code::mobile::Mobile;
use domain::code::region::RegionCode;
use domain::identifier::{Classified, IdentifierCheck, IdentifierKind, classify};
use domain::vocabulary::{SubjectKind, SubjectStatus};
use domain::{code::CodeFault, text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service_kit::Fault;
use sha2::{Digest, Sha256};

/// Everything that is said of a subject; the whole of it is one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Kind.
    pub kind: SubjectKind,
    /// State of its life.
    pub status: SubjectStatus,
    /// Whether it is on the abnormal-operation list (经营异常名录); a flag beside the state.
    pub is_abnormal_listed: bool,
    /// Name as registered.
    pub name: String,
    /// Identifier, normalised; empty for objects without one.
    pub identifier: Option<Identifier>,
    /// Region: a township's nine digits, or a county's six.
    pub region_code: String,
    /// Address.
    pub address: Option<String>,
    /// GB/T 4754 digits.
    pub industry: Option<String>,
    /// Legal representative or operator.
    pub legal_representative: Option<String>,
    /// Mobile number, clear; sealed in the store.
    pub phone: Option<String>,
    /// Date of establishment.
    pub established_on: Option<Date>,
    /// Registration authority (登记机关).
    pub registration_authority: Option<String>,
    /// Local supervising unit (属地管辖单位).
    pub managing_unit: Option<String>,
    /// Who answers for an object-like subject (责任主体).
    pub responsible: Option<Responsible>,
    /// The organ that keeps the record.
    pub owner_department: String,
    /// The organs that supervise it, the owner among them; sorted.
    pub departments: Vec<String>,
}

/// An identifier with the result of its check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// Normalised text.
    pub value: String,
    /// Result of its check.
    pub check: IdentifierCheck,
    /// Whether it is, or may be, a person's number.
    pub is_personal: bool,
}

impl From<Classified> for Identifier {
    fn from(c: Classified) -> Self {
        let is_personal = c.is_personal();
        Self { kind: c.kind, value: c.value, check: c.check, is_personal }
    }
}

/// Who answers for an object-like subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Responsible {
    /// Its name.
    pub name: String,
    /// Its credit code, when it has one.
    pub identifier: Option<String>,
}

/// Longest name, characters.
pub const NAME_MAX: usize = 200;

impl Content {
    /// Text that makes two records the same subject: the identifier, or for objects what and where they are.
    #[must_use]
    pub fn natural_key(&self, lookup: &dyn Fn(&str) -> String) -> String {
        match &self.identifier {
            Some(i) if i.is_personal => format!("p:{}", lookup(&i.value)),
            Some(i) => format!("i:{}", i.value),
            None => {
                let responsible = self.responsible.as_ref().map_or("", |r| r.name.as_str());
                let mut h = Sha256::new();
                for part in
                    [self.kind.as_str(), &text::search_key(&self.name), &self.region_code, responsible]
                {
                    h.update(part.as_bytes());
                    h.update(b"\0");
                }
                format!("o:{}", hex::encode(h.finalize()))
            }
        }
    }

    /// Digest of everything said, to tell an unchanged row from a changed one.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        // Serializing into a hasher cannot fail.
        let _ = serde_json::to_writer(&mut hasher, self);
        hex::encode(&hasher.finalize()[..16])
    }

    /// All faults of the whole, with pointers into the API's form.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.kind.is_object() && self.responsible.is_none() {
            faults.push(Fault::new(
                "/responsible_party",
                "responsible_party_missing",
                "产品、项目、行为、设施等监管对象须填写责任主体",
                "an object-like subject needs a responsible party",
            ));
        }
        if !self.kind.is_object() && self.identifier.is_none() {
            faults.push(Fault::new(
                "/identifier",
                "identifier_missing",
                "缺少统一社会信用代码或注册号",
                "the identifier is missing",
            ));
        }
        if !self.status.fits(self.kind) {
            faults.push(Fault::new(
                "/status",
                "status_does_not_fit",
                format!("{}不适用于{}", self.status.label_zh(), self.kind.label_zh()),
                format!("{} is no state of a {}", self.status, self.kind),
            ));
        }
        if self.departments.len() > 64 {
            faults.push(Fault::new(
                "/departments",
                "too_many_items",
                "监管部门不得超过 64 个",
                "at most 64 departments",
            ));
        }
        faults
    }
}

/// A fault of a code, at its place.
#[must_use]
pub fn code_fault(pointer: &str, e: &CodeFault) -> Fault {
    Fault::new(pointer, e.code(), e.message_zh(), e.to_string())
}

/// A name: as registered, not empty, no control characters, something to search for.
///
/// # Errors
/// The fault at `/name`.
pub fn name(raw: &str) -> Result<String, Fault> {
    let name = plain("/name", raw, NAME_MAX)?;
    if text::search_key(&name).is_empty() {
        return Err(Fault::new("/name", "name_empty", "名称不能为空", "the name is empty"));
    }
    Ok(name)
}

/// A line of text: trimmed, bounded, no control characters or direction overrides.
///
/// # Errors
/// The fault at `pointer`.
pub fn plain(pointer: &str, raw: &str, max: usize) -> Result<String, Fault> {
    if let Err(e) = text::refuse_control(raw, false) {
        return Err(Fault::new(pointer, e.code(), e.message_zh(), e.to_string()));
    }
    // As registered: full-width brackets belong to a name; only search ignores width.
    let text = raw.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').to_string();
    if text.chars().count() > max {
        return Err(Fault::new(
            pointer,
            "too_long",
            format!("不得超过 {max} 个字符"),
            format!("at most {max} characters"),
        ));
    }
    Ok(text)
}

/// A typed identifier: it must pass its check, or be an old number that has none.
///
/// # Errors
/// The fault at `pointer`: a citizen id is refused for bodies, a failing check always.
pub fn typed_identifier(pointer: &str, raw: &str) -> Result<Identifier, Fault> {
    let found = classify(raw);
    if found.kind == IdentifierKind::CitizenId {
        return Err(Fault::new(
            pointer,
            "citizen_id_refused",
            "监管对象不得以公民身份号码登记",
            "a citizen id cannot identify a subject",
        ));
    }
    match found.check {
        IdentifierCheck::Pass => Ok(found.into()),
        IdentifierCheck::LegacyUnverified if found.kind == IdentifierKind::RegNumber13 => Ok(found.into()),
        _ => Err(match found.warnings.first() {
            Some(e) => code_fault(pointer, e),
            None => Fault::new(pointer, "identifier_wrong", "标识不正确", "the identifier is not right"),
        }),
    }
}

/// A region code in force: withdrawn 610721 becomes 610703.
///
/// # Errors
/// The fault at `pointer`.
pub fn region(pointer: &str, raw: &str) -> Result<String, Fault> {
    RegionCode::parse(raw).map(|r| r.current().as_str().to_string()).map_err(|e| code_fault(pointer, &e))
}

/// GB/T 4754 digits.
///
/// # Errors
/// The fault at `pointer`.
pub fn industry(pointer: &str, raw: &str) -> Result<String, Fault> {
    Industry::parse(raw).map(|i| i.as_str().to_string()).map_err(|e| code_fault(pointer, &e))
}

/// A mobile number, clear.
///
/// # Errors
/// The fault at `pointer`.
pub fn phone(pointer: &str, raw: &str) -> Result<String, Fault> {
    Mobile::parse(raw).map(|m| m.reveal().to_string()).map_err(|e| code_fault(pointer, &e))
}

/// Sorted, unique, with the owner among them.
#[must_use]
pub fn departments(owner: &str, given: &[String]) -> Vec<String> {
    let mut all: Vec<String> = given.iter().map(|d| d.trim().to_string()).filter(|d| !d.is_empty()).collect();
    all.push(owner.to_string());
    all.sort();
    all.dedup();
    all
}

/// The kind that an identifier speaks of, for imports that do not say.
#[must_use]
pub fn kind_of(identifier: &Identifier) -> SubjectKind {
    let head = identifier.value.get(..2).unwrap_or_default();
    match identifier.kind {
        IdentifierKind::Uscc => match head {
            "92" => SubjectKind::IndividualBusiness,
            "93" | "N1" | "N2" | "N3" | "N9" => SubjectKind::FarmersCooperative,
            "51" | "52" | "53" | "59" => SubjectKind::SocialOrganisation,
            "12" => SubjectKind::PublicInstitution,
            "11" => SubjectKind::GovernmentOrgan,
            _ => SubjectKind::Enterprise,
        },
        // GS 15-2006: the seventh digit 6–9 is an individual business.
        IdentifierKind::RegNumber15
            if identifier.value.as_bytes().get(6).is_some_and(|d| (b'6'..=b'9').contains(d)) =>
        {
            SubjectKind::IndividualBusiness
        }
        _ => SubjectKind::Enterprise,
    }
}
