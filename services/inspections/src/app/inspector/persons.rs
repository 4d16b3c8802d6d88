//! Personal data of inspectors: sealed into rows and opened out of them, nowhere else.
//!
//! What is opened lives in memory only; views mask it. Called by the use cases of inspectors, by imports, and by those who
//! show names as the law demands.

use crate::domain::inspector::{CertificateSpan, InspectorContent, InspectorState, TagKind};
use crate::store::inspector::{CertificateRow, InspectorRow, TagRow};
use crate::store::word;
use domain::code::citizen_id::CitizenId;
use domain::code::mobile::Mobile;
use domain::text::normalise;
use service_kit::{Error, Result};
use std::sync::Arc;
use store_kit::crypto::CryptoProvider;
use store_kit::types::{Day, TextList, Uid};
use uuid::Uuid;

/// Seals and opens personal data of inspectors.
#[derive(Clone)]
pub(crate) struct Persons(pub Arc<dyn CryptoProvider>);

impl Persons {
    fn seal(&self, id: Uuid, member: &str, text: &str) -> Result<String> {
        Ok(self.0.seal(&format!("inspector/{member}/{id}"), text)?)
    }

    fn open(&self, id: Uuid, member: &str, sealed: &str) -> Result<String> {
        Ok(self.0.open(&format!("inspector/{member}/{id}"), sealed)?)
    }

    /// Keyed hash of a name.
    pub(crate) fn name_lookup(&self, name: &str) -> String {
        self.0.lookup("inspector-name", &normalise(name))
    }

    /// Keyed hash of a citizen id.
    pub(crate) fn id_lookup(&self, id: &CitizenId) -> String {
        self.0.lookup("inspector-id", id.reveal())
    }

    /// The name in clear: for notices, visit codes and publicity, where the law makes it public (行政执法公示制度).
    pub(crate) fn name(&self, row: &InspectorRow) -> Result<String> {
        self.open(row.id.0, "name", &row.name_sealed)
    }

    pub(super) fn id_number(&self, row: &InspectorRow) -> Result<Option<CitizenId>> {
        let Some(sealed) = &row.id_number_sealed else { return Ok(None) };
        let clear = self.open(row.id.0, "id_number", sealed)?;
        CitizenId::parse(&clear)
            .map(Some)
            .map_err(|e| Error::internal(format!("a stored id does not read: {}", e.code())))
    }

    pub(super) fn mobile(&self, row: &InspectorRow) -> Result<Option<Mobile>> {
        let Some(sealed) = &row.mobile_sealed else { return Ok(None) };
        let clear = self.open(row.id.0, "mobile", sealed)?;
        Mobile::parse(&clear)
            .map(Some)
            .map_err(|e| Error::internal(format!("a stored number does not read: {}", e.code())))
    }

    /// Everything written about an inspector, in clear.
    pub(crate) fn content(&self, row: &InspectorRow, tags: &[TagRow]) -> Result<InspectorContent> {
        let of = |kind: TagKind| {
            let mine = tags.iter().filter(|t| t.inspector_id == row.id && t.kind == kind.as_str());
            mine.map(|t| t.tag.clone()).collect::<Vec<_>>()
        };
        Ok(InspectorContent {
            organ_code: row.organ_code.clone(),
            region_code: row.region_code.clone(),
            team_id: row.team_id.map(|t| t.0),
            staff_no: row.staff_no.clone(),
            name: self.name(row)?,
            id_number: self.id_number(row)?,
            mobile: self.mobile(row)?,
            sex: row.gender.as_deref().map(word).transpose()?,
            education: row.education.clone(),
            major: row.major.clone(),
            post_category: row.post_category.clone(),
            post_since: row.post_since.map(|d| d.0),
            level: row.level.as_deref().map(word).transpose()?,
            position: row.position.clone(),
            position_title: row.position_title.clone(),
            unit: row.unit.clone(),
            is_leader: row.is_leader,
            duties: row.duties.0.clone(),
            qualifications: of(TagKind::Qualification),
            specialties: of(TagKind::Specialty),
            note: row.note.clone(),
        })
    }

    /// Puts a content into a row, sealed; what did not change keeps its seal.
    pub(crate) fn fill(
        &self,
        row: &mut InspectorRow,
        content: &InspectorContent,
        before: Option<&InspectorContent>,
    ) -> Result<Vec<TagRow>> {
        let InspectorContent {
            organ_code,
            region_code,
            team_id,
            staff_no,
            name,
            id_number,
            mobile,
            sex,
            education,
            major,
            post_category,
            post_since,
            level,
            position,
            position_title,
            unit,
            is_leader,
            duties,
            qualifications,
            specialties,
            note,
        } = content.clone();
        let id = row.id.0;
        if before.is_none_or(|b| b.name != name) {
            row.name_sealed = self.seal(id, "name", &name)?;
            row.name_lookup = self.name_lookup(&name);
        }
        if before.is_none_or(|b| b.id_number != id_number) {
            row.id_number_sealed =
                id_number.as_ref().map(|n| self.seal(id, "id_number", n.reveal())).transpose()?;
            row.id_number_lookup = id_number.as_ref().map(|n| self.id_lookup(n));
        }
        if before.is_none_or(|b| b.mobile != mobile) {
            row.mobile_sealed = mobile.as_ref().map(|m| self.seal(id, "mobile", m.reveal())).transpose()?;
        }
        row.organ_code = organ_code;
        row.region_code = region_code;
        row.team_id = team_id.map(Uid);
        row.staff_no = staff_no;
        row.gender = sex.map(|s| s.to_string());
        row.education = education;
        row.major = major;
        row.post_category = post_category;
        row.post_since = post_since.map(Day);
        row.level = level.map(|l| l.to_string());
        row.position = position;
        row.position_title = position_title;
        row.unit = unit;
        row.is_leader = is_leader;
        row.duties = TextList(duties);
        row.note = note;
        let tag = |kind: TagKind, tag: String| TagRow {
            inspector_id: row.id,
            kind: kind.to_string(),
            tag,
            valid_from: None,
            valid_to: None,
        };
        Ok(qualifications
            .into_iter()
            .map(|t| tag(TagKind::Qualification, t))
            .chain(specialties.into_iter().map(|t| tag(TagKind::Specialty, t)))
            .collect())
    }
}

/// A row that nothing was written into yet.
pub(crate) fn blank(by: &str, now: jiff::Timestamp) -> InspectorRow {
    InspectorRow {
        id: Uid(Uuid::now_v7()),
        organ_code: String::new(),
        region_code: String::new(),
        team_id: None,
        staff_no: None,
        name_sealed: String::new(),
        name_lookup: String::new(),
        id_number_sealed: None,
        id_number_lookup: None,
        mobile_sealed: None,
        gender: None,
        education: None,
        major: None,
        post_category: None,
        post_since: None,
        level: None,
        position: None,
        position_title: None,
        unit: None,
        is_leader: false,
        duties: TextList(Vec::new()),
        state: InspectorState::Registered.to_string(),
        state_reason: None,
        certified_until: None,
        trained_until: None,
        transitions: 0,
        note: None,
        created_by: by.to_string(),
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    }
}

/// The spans that let their holder inspect.
pub(crate) fn spans(rows: &[CertificateRow]) -> Vec<CertificateSpan> {
    rows.iter()
        .filter(|r| r.kind == "enforcement")
        .map(|r| CertificateSpan {
            valid_from: r.valid_from.0,
            valid_to: r.valid_to.0,
            revoked_on: r.revoked_on.map(|d| d.0),
        })
        .collect()
}
