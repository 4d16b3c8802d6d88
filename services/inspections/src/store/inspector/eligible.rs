//! SQL: who may be drawn for a span of days (ENF-01, DRW-01). Called by the draws.

use super::super::schema::inspector;
use super::{CertificateRow, InspectorRow, certificates_of, counts, tags_of};
use jiff::civil::Date;
use std::collections::HashMap;
use store_kit::prelude::*;
use uuid::Uuid;

/// An inspector who may be drawn for every day of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligible {
    /// Id.
    pub id: Uuid,
    /// Organ.
    pub organ_code: String,
    /// Number of the certificate that counts on the whole span.
    pub certificate_number: String,
    /// Its last day.
    pub certified_until: Date,
    /// May lead a team.
    pub is_leader: bool,
    /// Qualifications and specialties as `kind:tag`, sorted.
    pub tags: Vec<String>,
}

/// Inspectors of these organs who are qualified on every day from `from` to `to`, sorted by id (ENF-01, DRW-01).
///
/// One certificate must cover the whole span, and the trainings too. Recusals are not looked at here.
///
/// # Errors
/// Database errors.
pub async fn inspector_eligible(
    c: &mut AnyConn<'_>,
    organs: &[String],
    (from, to): (Date, Date),
) -> StoreResult<Vec<Eligible>> {
    let organs = organs.to_vec();
    let rows: Vec<InspectorRow> = on!(c, c => inspector::table
        .filter(inspector::organ_code.eq_any(organs)).filter(inspector::state.eq("registered"))
        .order(inspector::id.asc()).select(InspectorRow::as_select()).load(c))?;
    let rows: Vec<InspectorRow> =
        rows.into_iter().filter(|r| r.trained_until.is_none_or(|until| until.0 >= to)).collect();
    let ids: Vec<Uid> = rows.iter().map(|r| r.id).collect();
    let certificates = certificates_of(c, &ids).await?;
    let tags = tags_of(c, &ids).await?;
    let mut held: HashMap<Uid, &CertificateRow> = HashMap::new();
    for certificate in certificates.iter().filter(|r| counts(r, from) && counts(r, to)) {
        held.entry(certificate.inspector_id).or_insert(certificate);
    }
    let mut tagged: HashMap<Uid, Vec<String>> = HashMap::new();
    for t in tags
        .iter()
        .filter(|t| t.valid_from.is_none_or(|d| d.0 <= from) && t.valid_to.is_none_or(|d| d.0 >= to))
    {
        tagged.entry(t.inspector_id).or_default().push(format!("{}:{}", t.kind, t.tag));
    }
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let certificate = held.get(&row.id)?;
            Some(Eligible {
                id: row.id.0,
                organ_code: row.organ_code,
                certificate_number: certificate.number.clone(),
                certified_until: certificate.revoked_on.map_or(certificate.valid_to.0, |r| {
                    r.0.yesterday().unwrap_or(r.0).min(certificate.valid_to.0)
                }),
                is_leader: row.is_leader,
                tags: tagged.remove(&row.id).unwrap_or_default(),
            })
        })
        .collect())
}
