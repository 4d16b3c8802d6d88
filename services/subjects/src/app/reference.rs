//! The small made-up registry of the first start: every kind of the notice, with credit codes of the private range.
//!
//! Loaded once, into an empty registry, in one transaction. Called before the service binds.

use super::subject::{SubjectEvent, natural_key};
use crate::domain::row::{self, Defaults, Field};
use crate::store::subject::{self as store, Draft};
use crate::store::tag::{self, SchemeRow, TagRow};
use domain::ids::SubjectId;
use domain::vocabulary::TagState;
use serde::Deserialize;
use serde_json::json;
use service_kit::change::Actor;
use service_kit::{Error, Kit, Result};
use std::collections::BTreeSet;
use std::sync::Arc;
use store_kit::types::{Day, Stamp, Uid};

const SUBJECTS: &str = include_str!("../../reference/subjects.ndjson");

#[derive(Deserialize)]
struct Sample {
    kind: String,
    name: String,
    uscc: Option<String>,
    status: String,
    region_code: String,
    address: Option<String>,
    industry: Option<String>,
    legal_representative: Option<String>,
    phone: Option<String>,
    established_on: Option<String>,
    registration_authority: Option<String>,
    departments: Vec<String>,
    tags: Vec<SampleTag>,
    responsible_party: Option<SampleResponsible>,
}

#[derive(Deserialize)]
struct SampleTag {
    scheme: String,
    value: String,
}

#[derive(Deserialize)]
struct SampleResponsible {
    name: String,
    uscc: Option<String>,
}

impl Sample {
    fn cell(&self, field: Field) -> Option<&str> {
        match field {
            Field::Name => Some(&self.name),
            Field::Identifier => self.uscc.as_deref(),
            Field::Kind => Some(&self.kind),
            Field::Status => Some(&self.status),
            Field::RegionCode => Some(&self.region_code),
            Field::Address => self.address.as_deref(),
            Field::Industry => self.industry.as_deref(),
            Field::LegalRepresentative => self.legal_representative.as_deref(),
            Field::Phone => self.phone.as_deref(),
            Field::EstablishedOn => self.established_on.as_deref(),
            Field::RegistrationAuthority => self.registration_authority.as_deref(),
            Field::ResponsibleName => self.responsible_party.as_ref().map(|r| r.name.as_str()),
            Field::ResponsibleIdentifier => self.responsible_party.as_ref().and_then(|r| r.uscc.as_deref()),
            Field::Township | Field::ManagingUnit => None,
        }
    }
}

/// Loads the samples into an empty registry.
///
/// # Errors
/// 500 when the samples do not read; the store's failures.
pub async fn load(kit: &Kit) -> Result<()> {
    if !kit.store.read(async |c| store::is_empty(c).await).await? {
        return Ok(());
    }
    let mut drafts = Vec::new();
    let mut tags = Vec::new();
    for line in SUBJECTS.lines().filter(|l| !l.trim().is_empty()) {
        let sample: Sample =
            serde_json::from_str(line).map_err(|e| Error::internal(format!("sample: {e}")))?;
        let owner = sample.departments.first().cloned().unwrap_or_default();
        let defaults = Defaults { department: owner.clone(), region_code: "610703".into() };
        let parsed = row::parse(|f| sample.cell(f), &defaults);
        let Some(mut content) = parsed.content else {
            return Err(Error::internal(format!("sample {}: {:?}", sample.name, parsed.remarks)));
        };
        content.departments = crate::domain::subject::departments(&owner, &sample.departments);
        let effective_from = content.established_on.unwrap_or(jiff::civil::date(2024, 1, 1));
        let natural_key = natural_key(&kit.crypto, &content);
        drafts.push(Draft {
            id: SubjectId::new(),
            content,
            natural_key,
            source: "reference".into(),
            effective_from,
        });
        tags.push(sample.tags);
    }
    let crypto = Arc::clone(&kit.crypto);
    let actor = Actor::task("load_samples", kit.clock.now());
    service_kit::change::run(kit, actor, async move |tx| {
        // Another replica may have loaded them meanwhile.
        if !store::is_empty(tx.conn()).await? {
            tx.audit("subject", "reference", json!({"loaded": 0}));
            return Ok(());
        }
        let now = tx.now();
        let keys = store::subject_create_many(tx.conn(), &drafts, &crypto, now).await?;
        let stamp = Stamp::from(now);
        let schemes: BTreeSet<&str> = tags.iter().flatten().map(|t| t.scheme.as_str()).collect();
        for code in schemes {
            let name = match code {
                "key_field" => "重点领域",
                "one_thing" => "综合监管一件事",
                "emerging" => "新产业新业态新模式",
                "history" => "历史沿革",
                other => other,
            };
            let row = SchemeRow {
                code: code.to_string(),
                name: name.to_string(),
                description: "演示数据".into(),
                department: "nz-scjg".into(),
                version: 1,
                created_at: stamp,
                updated_at: stamp,
            };
            tag::tag_scheme_create(tx.conn(), &row).await?;
            tx.audit("tag_scheme", code, json!({"version": 1}));
            tx.event("tag_scheme.created", code, &[], "", &json!({"code": code}))?;
        }
        let mut rows = Vec::new();
        for ((draft, key), tags) in drafts.iter().zip(&keys).zip(&tags) {
            tx.audit("subject", draft.id, json!({"version": 1, "source": "reference"}));
            let event = SubjectEvent::of(draft.id, 1, &draft.content);
            tx.event(
                "subject.created",
                draft.id,
                &draft.content.departments,
                &draft.content.region_code,
                &event,
            )?;
            for t in tags {
                rows.push(TagRow {
                    id: Uid(uuid::Uuid::now_v7()),
                    subject_key: *key,
                    scheme: t.scheme.clone(),
                    value: t.value.clone(),
                    state: TagState::InForce.to_string(),
                    source: "演示数据".into(),
                    department: draft.content.owner_department.clone(),
                    valid_from: Day(draft.effective_from),
                    valid_to: None,
                    version: 1,
                    created_at: stamp,
                    updated_at: stamp,
                });
            }
        }
        tag::tag_create(tx.conn(), &rows).await
    })
    .await
}
