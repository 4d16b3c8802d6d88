//! Asking the other services: organs, items and the calendar of the catalog, subjects of the registry (D2).
//!
//! Calls carry the service's own token, so what the caller may see is decided here, by the caller's scope. No answer is no
//! yes: 503. Never called inside a transaction (D5).

use clients::connection::{Call, Connection, Options};
use clients::{Blame, ClientError, FixedToken};
use domain::calendar::{Calendar, DayKind};
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use service_kit::{Error, Fault, Kit, Result};
use std::sync::Arc;
use uuid::Uuid;

/// A connection to another service with our own token; made anew for each request, so that the token is fresh.
///
/// # Errors
/// 503 when the gateway gives no token.
pub async fn connection(kit: &Kit, service: &'static str) -> Result<Connection> {
    let bearer = kit.tokens.bearer().await?;
    let options = Options { language: "en".to_string(), ..Options::default() };
    Connection::over(kit.http.clone(), &kit.core.url(service), Arc::new(FixedToken(bearer)), options)
        .map_err(|e| Error::internal(format!("{service}: {e}")))
}

/// Reads JSON from another service; none where it answers 404.
///
/// # Errors
/// 503 when it does not answer, or not as its document says.
pub async fn get<T: DeserializeOwned>(
    kit: &Kit,
    service: &'static str,
    path: &str,
    query: &[(&str, String)],
) -> Result<Option<T>> {
    let connection = connection(kit, service).await?;
    let mut call = Call::get(path);
    for (name, value) in query {
        call = call.query(name, value);
    }
    match connection.json(&call).await {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.blame == Blame::Absent => Ok(None),
        Err(e) => Err(unavailable(service, &e)),
    }
}

/// 503 from a failed call.
#[must_use]
pub fn unavailable(service: &str, e: &ClientError) -> Error {
    Error::unavailable(format!("{service}: {e}"))
}

/// What we need to know of an organ.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Organ {
    /// Code.
    pub code: String,
    /// Full name.
    pub name: String,
    /// Short name.
    pub short_name: String,
    /// Outside the district's command (垂管).
    pub vertical: bool,
    /// May inspect or punish in its own name (行政执法主体).
    pub is_enforcement_body: bool,
    /// Kind.
    pub kind: String,
    /// Region.
    pub region_code: String,
}

/// The organ with this code.
///
/// # Errors
/// 503.
pub async fn organ(kit: &Kit, code: &str) -> Result<Option<Organ>> {
    let is_code =
        !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !is_code {
        return Ok(None);
    }
    get(kit, "catalog", &format!("/v1/organs/{code}"), &[]).await
}

/// The organ with this code, or a fault at `pointer`.
///
/// # Errors
/// 422 `unknown_department`; 503.
pub async fn known_organ(kit: &Kit, code: &str, pointer: &str) -> Result<Organ> {
    let fault = || Fault::new(pointer, "unknown_department", "没有这个机构", "no such organ");
    organ(kit, code).await?.ok_or_else(|| Error::invalid(vec![fault()]))
}

/// The organ that the parameter `organ_code` names.
///
/// # Errors
/// 400 `bad_parameter`; 503.
pub async fn organ_parameter(kit: &Kit, code: &str) -> Result<Organ> {
    let fault = || Fault::new("?organ_code", "unknown_department", "没有这个机构", "no such organ");
    organ(kit, code).await?.ok_or_else(|| Error::malformed("bad_parameter", vec![fault()]))
}

/// The calendar in force.
///
/// # Errors
/// 503.
pub async fn calendar(kit: &Kit) -> Result<Calendar> {
    #[derive(Deserialize)]
    struct Listed {
        date: Date,
        kind: DayKind,
    }
    #[derive(Deserialize)]
    struct View {
        years: Vec<i16>,
        days: Vec<Listed>,
    }
    let view: View = get(kit, "catalog", "/v1/calendar", &[])
        .await?
        .ok_or_else(|| Error::unavailable("catalog: no calendar"))?;
    let days = view.days.into_iter().map(|d| (d.date, d.kind));
    Calendar::new(days, view.years).map_err(|e| Error::unavailable(format!("catalog: {e}")))
}

/// What we need to know of a supervision item.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Item {
    /// Id.
    pub id: Uuid,
    /// `published`, `draft`, …
    pub state: String,
    /// Number of the last published version.
    pub published_version: Option<i64>,
    /// Supervision field (监管领域).
    pub field: String,
    /// Lead department.
    pub lead_department: String,
    /// Item of the lead department, as typed.
    pub lead_item: String,
    /// `key` or `general`.
    pub category: String,
    /// Cooperating departments.
    pub cooperating: Vec<Cooperating>,
    /// Methods of inspection.
    #[serde(default)]
    pub inspection_methods: Vec<String>,
    /// Legal bases of the lead department, as typed.
    pub lead_basis: String,
}

/// A cooperating department of an item.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Cooperating {
    /// Code.
    pub department: String,
    /// Its item, as typed.
    pub item: String,
    /// Legal bases, as typed.
    pub basis: String,
}

/// The published version of an item in force on a day; none when nothing was in force.
///
/// # Errors
/// 503.
pub async fn item(kit: &Kit, id: Uuid, as_of: Date) -> Result<Option<Item>> {
    get(kit, "catalog", &format!("/v1/supervision-items/{id}"), &[("as_of", as_of.to_string())]).await
}

/// What we need to know of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Subject {
    /// Id.
    pub id: Uuid,
    /// Kind.
    pub kind: String,
    /// State.
    pub status: String,
    /// Name.
    pub name: String,
    /// Identifier, empty for a person's number.
    pub identifier: Option<Identifier>,
    /// Region.
    pub region_code: String,
    /// Address.
    pub address: Option<String>,
    /// Trade.
    pub industry: Option<String>,
    /// Organs that supervise it.
    pub departments: Vec<String>,
}

/// Identifier of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Identifier {
    /// Kind.
    pub kind: String,
    /// Normalised text.
    pub value: String,
}

impl Subject {
    /// The identifier to be copied into our rows; the id where there is none that may be shown.
    #[must_use]
    pub fn key(&self) -> String {
        match &self.identifier {
            Some(i) if !i.value.is_empty() => i.value.clone(),
            _ => self.id.to_string(),
        }
    }
}

/// The subject with this id.
///
/// # Errors
/// 503.
pub async fn subject(kit: &Kit, id: Uuid) -> Result<Option<Subject>> {
    get(kit, "subjects", &format!("/v1/subjects/{id}"), &[]).await
}

/// The subject with this id, or a fault at `pointer`.
///
/// # Errors
/// 422 `unknown_subject`; 503.
pub async fn known_subject(kit: &Kit, id: Uuid, pointer: &str) -> Result<Subject> {
    let fault = || Fault::new(pointer, "unknown_subject", "没有这个监管对象", "no such subject");
    subject(kit, id).await?.ok_or_else(|| Error::invalid(vec![fault()]))
}
