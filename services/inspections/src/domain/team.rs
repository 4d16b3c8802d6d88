//! Teams of inspectors for drawn visits (随机匹配检查人员): what the protocol needs of organs, inspectors and visits.
//!
//! The choice itself is the crate `draw`'s; this module names tags as the registry has them, and picks the leader of a drawn
//! team. Called by the app functions of teams.

use super::draw::DrawOrgan;
use ::draw::team::{Officer, OrganNeed};
use jiff::civil::Date;
use uuid::Uuid;

/// An inspector in the pool of a draw (执法检查人员).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolInspector {
    /// Id in the registry.
    pub id: Uuid,
    /// Organ.
    pub organ: String,
    /// What stands for him in the transcript: the number of his certificate, which is public by law.
    pub key: String,
    /// Qualifications and specialties as `kind:tag`, sorted.
    pub tags: Vec<String>,
    /// Last day of the certificate.
    pub certified_until: Date,
    /// Subjects he may not visit, as they stand in the frame, sorted.
    pub recused: Vec<String>,
}

/// A required qualification as the registry spells it.
#[must_use]
pub fn tag(qualification: &str) -> String {
    format!("qualification:{qualification}")
}

/// What an organ needs and has, in the protocol's form; the pool was chosen for the whole span of visits.
#[must_use]
pub fn need(organ: &DrawOrgan, pool: &[PoolInspector], from: Date) -> OrganNeed {
    let mut tags: Vec<String> = organ.qualifications.iter().map(|q| tag(q)).collect();
    tags.sort();
    tags.dedup();
    let mut officers: Vec<Officer> = pool
        .iter()
        .filter(|i| i.organ == organ.organ)
        .map(|i| {
            let (mut recused, mut tags) = (i.recused.clone(), i.tags.clone());
            recused.sort();
            recused.dedup();
            tags.sort();
            tags.dedup();
            Officer {
                id: i.key.clone(),
                recused,
                tags,
                valid_from: from.to_string(),
                valid_to: i.certified_until.to_string(),
            }
        })
        .collect();
    officers.sort_by(|a, b| a.id.cmp(&b.id));
    let members = u32::try_from(organ.team_size).unwrap_or(::draw::team::MIN_MEMBERS);
    OrganNeed { members, organ: organ.organ.clone(), pool: officers, tags }
}
