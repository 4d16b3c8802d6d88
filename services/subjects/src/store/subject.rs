//! Rows of `subject` and `subject_department`: reading one, writing one, writing five hundred.
//!
//! Called by the app functions and the import. Personal fields are sealed here, bound to the row they belong to, so no
//! other module sees a ciphertext.

use super::schema::{subject, subject_department};
use crate::domain::subject::{Content, Identifier, Responsible};
use domain::ids::SubjectId;
use domain::text::search_key;
use jiff::Timestamp;
use jiff::civil::Date;
use service_kit::{Error, Result, Scope};
use std::sync::Arc;
use store_kit::crypto::CryptoProvider;
use store_kit::prelude::*;

/// A subject as it stands.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Row number; the order of registration.
    pub key: i64,
    /// Its id.
    pub id: SubjectId,
    /// What is said of it; sealed fields are absent, see [`Subject::open`].
    pub content: Content,
    /// Where the record came from: `typed`, `import:<operation>`, `reference`.
    pub source: String,
    /// Digest of the content.
    pub digest: String,
    /// Since when this version holds.
    pub effective_from: Date,
    /// Number of the version; the ETag.
    pub version: i64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    identifier_sealed: Option<String>,
    phone_sealed: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = subject)]
struct Row {
    key: i64,
    id: Uid,
    kind: String,
    status: String,
    is_abnormal_listed: bool,
    name: String,
    identifier: Option<String>,
    identifier_kind: Option<String>,
    identifier_check: Option<String>,
    identifier_sealed: Option<String>,
    region_code: String,
    address: Option<String>,
    industry: Option<String>,
    legal_representative: Option<String>,
    phone_sealed: Option<String>,
    established_on: Option<Day>,
    registration_authority: Option<String>,
    managing_unit: Option<String>,
    responsible_name: Option<String>,
    responsible_identifier: Option<String>,
    owner_department: String,
    departments: TextList,
    source: String,
    content_digest: String,
    effective_from: Day,
    version: i64,
    created_at: Stamp,
    updated_at: Stamp,
}

/// What a new or changed row is made of.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its id.
    pub id: SubjectId,
    /// What is said of it.
    pub content: Content,
    /// What makes it the same subject.
    pub natural_key: String,
    /// Where the record came from.
    pub source: String,
    /// Since when this version holds.
    pub effective_from: Date,
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = subject, treat_none_as_default_value = false, treat_none_as_null = true)]
struct NewRow {
    id: Uid,
    natural_key: String,
    kind: String,
    status: String,
    is_abnormal_listed: bool,
    name: String,
    name_key: String,
    identifier: Option<String>,
    identifier_kind: Option<String>,
    identifier_check: Option<String>,
    identifier_sealed: Option<String>,
    region_code: String,
    address: Option<String>,
    industry: Option<String>,
    legal_representative: Option<String>,
    phone_sealed: Option<String>,
    established_on: Option<Day>,
    registration_authority: Option<String>,
    managing_unit: Option<String>,
    responsible_name: Option<String>,
    responsible_identifier: Option<String>,
    owner_department: String,
    departments: TextList,
    source: String,
    content_digest: String,
    effective_from: Day,
    version: i64,
    created_at: Stamp,
    updated_at: Stamp,
}

fn parse<T: std::str::FromStr>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::internal(format!("stored {what} {text:?} is no word of ours")))
}

impl Subject {
    fn of(row: Row) -> Result<Self> {
        let Row {
            key,
            id,
            kind,
            status,
            is_abnormal_listed,
            name,
            identifier,
            identifier_kind,
            identifier_check,
            identifier_sealed,
            region_code,
            address,
            industry,
            legal_representative,
            phone_sealed,
            established_on,
            registration_authority,
            managing_unit,
            responsible_name,
            responsible_identifier,
            owner_department,
            departments,
            source,
            content_digest,
            effective_from,
            version,
            created_at,
            updated_at,
        } = row;
        let identifier = match (identifier_kind, identifier_check) {
            (Some(kind), Some(check)) => Some(Identifier {
                kind: parse("identifier kind", &kind)?,
                value: identifier.unwrap_or_default(),
                check: parse("identifier check", &check)?,
                is_personal: identifier_sealed.is_some(),
            }),
            _ => None,
        };
        Ok(Self {
            key,
            id: SubjectId::from_uuid(id.0),
            content: Content {
                kind: parse("kind", &kind)?,
                status: parse("status", &status)?,
                is_abnormal_listed,
                name,
                identifier,
                region_code,
                address,
                industry,
                legal_representative,
                phone: None,
                established_on: established_on.map(|d| d.0),
                registration_authority,
                managing_unit,
                responsible: responsible_name
                    .map(|name| Responsible { name, identifier: responsible_identifier }),
                owner_department,
                departments: departments.0,
            },
            source,
            digest: content_digest,
            effective_from: effective_from.0,
            version,
            created_at: created_at.0,
            updated_at: updated_at.0,
            identifier_sealed,
            phone_sealed,
        })
    }

    /// Whether a mobile number is on record.
    #[must_use]
    pub fn has_phone(&self) -> bool {
        self.phone_sealed.is_some()
    }

    /// The content with its sealed fields opened.
    ///
    /// # Errors
    /// 500 when a field was sealed with another key.
    pub fn open(&self, crypto: &Arc<dyn CryptoProvider>) -> Result<Content> {
        let mut content = self.content.clone();
        if let Some(sealed) = &self.phone_sealed {
            content.phone = Some(crypto.open(&place("phone", self.id), sealed)?);
        }
        if let (Some(sealed), Some(i)) = (&self.identifier_sealed, &mut content.identifier) {
            i.value = crypto.open(&place("identifier", self.id), sealed)?;
        }
        Ok(content)
    }
}

/// What a sealed field is bound to.
fn place(field: &str, id: SubjectId) -> String {
    format!("subject/{field}/{id}")
}

impl NewRow {
    fn of(
        draft: &Draft,
        crypto: &Arc<dyn CryptoProvider>,
        version: i64,
        created_at: Timestamp,
        now: Timestamp,
    ) -> Result<Self> {
        let content_digest = draft.content.digest();
        let Content {
            kind,
            status,
            is_abnormal_listed,
            name,
            identifier,
            region_code,
            address,
            industry,
            legal_representative,
            phone,
            established_on,
            registration_authority,
            managing_unit,
            responsible,
            owner_department,
            departments,
        } = draft.content.clone();
        let (responsible_name, responsible_identifier) = match responsible {
            Some(Responsible { name, identifier }) => (Some(name), identifier),
            None => (None, None),
        };
        let phone_sealed = phone.map(|p| crypto.seal(&place("phone", draft.id), &p)).transpose()?;
        let (identifier, identifier_kind, identifier_check, identifier_sealed) = match identifier {
            None => (None, None, None, None),
            Some(Identifier { kind, value, check, is_personal }) => {
                let (clear, sealed) = if is_personal {
                    (None, Some(crypto.seal(&place("identifier", draft.id), &value)?))
                } else {
                    (Some(value), None)
                };
                (clear, Some(kind.to_string()), Some(check.to_string()), sealed)
            }
        };
        Ok(Self {
            id: Uid(draft.id.into_inner()),
            natural_key: draft.natural_key.clone(),
            kind: kind.to_string(),
            status: status.to_string(),
            is_abnormal_listed,
            name_key: search_key(&name),
            name,
            identifier,
            identifier_kind,
            identifier_check,
            identifier_sealed,
            region_code,
            address,
            industry,
            legal_representative,
            phone_sealed,
            established_on: established_on.map(Day),
            registration_authority,
            managing_unit,
            responsible_name,
            responsible_identifier,
            owner_department,
            departments: TextList(departments),
            source: draft.source.clone(),
            content_digest,
            effective_from: Day(draft.effective_from),
            version,
            created_at: created_at.into(),
            updated_at: now.into(),
        })
    }
}

/// A subject within the scope.
///
/// # Errors
/// 404 when it is absent or outside the scope, with the same answer.
pub async fn subject_view(c: &mut AnyConn<'_>, scope: &Scope, id: SubjectId) -> Result<Subject> {
    let row: Option<Row> =
        on!(c, c => subject::table.filter(subject::id.eq(Uid(id.into_inner()))).select(Row::as_select()).first(c)).optional()?;
    let found = row.map(Subject::of).transpose()?;
    found
        .filter(|s| scope.sees(&s.content.departments, &s.content.region_code))
        .ok_or_else(|| Error::not_found("subject"))
}

/// Subjects by what makes them the same, whatever the scope: for upserts and claims.
///
/// # Errors
/// Database errors.
pub async fn by_natural_keys(c: &mut AnyConn<'_>, keys: &[String]) -> Result<Vec<(String, Subject)>> {
    let mut out = Vec::new();
    for chunk in keys.chunks(500) {
        let rows: Vec<(String, Row)> = on!(c, c => subject::table.filter(subject::natural_key.eq_any(chunk))
            .select((subject::natural_key, Row::as_select())).load(c))?;
        for (key, row) in rows {
            out.push((key, Subject::of(row)?));
        }
    }
    Ok(out)
}

/// Subjects by row number, in the order of the numbers given.
///
/// # Errors
/// Database errors.
pub async fn by_keys(c: &mut AnyConn<'_>, keys: &[i64]) -> Result<Vec<Subject>> {
    let rows: Vec<Row> =
        on!(c, c => subject::table.filter(subject::key.eq_any(keys)).select(Row::as_select()).load(c))?;
    let mut found: std::collections::HashMap<i64, Row> = rows.into_iter().map(|r| (r.key, r)).collect();
    keys.iter().filter_map(|k| found.remove(k)).map(Subject::of).collect()
}

/// Registers a new subject and its places in the indexes; gives it back as it stands.
///
/// # Errors
/// 409 when it is registered already; database errors.
pub async fn subject_create(
    c: &mut AnyConn<'_>,
    draft: &Draft,
    crypto: &Arc<dyn CryptoProvider>,
    now: Timestamp,
) -> Result<Subject> {
    let row = NewRow::of(draft, crypto, 1, now, now)?;
    let stored = on!(&mut *c, c => insert_into(subject::table).values(&row).returning(Row::as_returning()).get_result(c));
    let subject = Subject::of(or_registered(stored)?)?;
    index(c, std::slice::from_ref(draft), &[subject.key]).await?;
    Ok(subject)
}

/// Registers new subjects and their places in the indexes; gives back their row numbers in order.
///
/// # Errors
/// 409 when one of them is registered already; database errors.
pub async fn subject_create_many(
    c: &mut AnyConn<'_>,
    drafts: &[Draft],
    crypto: &Arc<dyn CryptoProvider>,
    now: Timestamp,
) -> Result<Vec<i64>> {
    let rows = drafts.iter().map(|d| NewRow::of(d, crypto, 1, now, now)).collect::<Result<Vec<_>>>()?;
    let created = on!(&mut *c, c => insert_into(subject::table).values(&rows).returning((subject::key, subject::id)).get_results(c));
    let created: Vec<(i64, Uid)> = or_registered(created)?;
    let keys: std::collections::HashMap<uuid::Uuid, i64> =
        created.into_iter().map(|(k, id)| (id.0, k)).collect();
    let keys = drafts
        .iter()
        .map(|d| {
            keys.get(d.id.as_uuid()).copied().ok_or_else(|| Error::internal("an inserted row has no number"))
        })
        .collect::<Result<Vec<_>>>()?;
    index(c, drafts, &keys).await?;
    Ok(keys)
}

fn or_registered<T>(done: QueryResult<T>) -> Result<T> {
    service_kit::error::StoreIntent::or_conflict(
        done.map_err(StoreError::from),
        "subject_exists",
        "该监管对象已登记；如需纳入本部门监管，请用 POST /v1/subject-claims 认领",
        "This subject is registered already; claim it by POST /v1/subject-claims",
    )
}

/// Writes the places of new subjects in the indexes by department and by name.
async fn index(c: &mut AnyConn<'_>, drafts: &[Draft], keys: &[i64]) -> Result<()> {
    let pairs: Vec<_> = drafts
        .iter()
        .zip(keys)
        .flat_map(|(d, key)| {
            d.content.departments.iter().map(|dep| {
                (subject_department::department.eq(dep.clone()), subject_department::subject_key.eq(*key))
            })
        })
        .collect();
    let names: Vec<(i64, &str)> =
        keys.iter().copied().zip(drafts.iter().map(|d| d.content.name.as_str())).collect();
    match c {
        // Independent inserts go out together.
        AnyConn::Pg(shared) => {
            let (mut a, mut b) = (AnyConn::Pg(shared), AnyConn::Pg(shared));
            let departments = async { insert_rows!(&mut a, subject_department::table, pairs) };
            let (departments, text) = futures_util::join!(departments, super::text::put(&mut b, &names));
            departments?;
            text
        }
        AnyConn::Sqlite(_) => {
            insert_rows!(&mut *c, subject_department::table, pairs)?;
            super::text::put(c, &names).await
        }
    }
}

/// Writes the next version of a subject.
///
/// # Errors
/// 412 when somebody else was quicker; database errors.
pub async fn subject_update(
    c: &mut AnyConn<'_>,
    old: &Subject,
    draft: &Draft,
    crypto: &Arc<dyn CryptoProvider>,
    now: Timestamp,
) -> Result<i64> {
    let version = old.version + 1;
    let row = NewRow::of(draft, crypto, version, old.created_at, now)?;
    let changed = on!(c, c => update(subject::table.filter(subject::key.eq(old.key).and(subject::version.eq(old.version))))
        .set(&row).execute(c));
    let changed = service_kit::error::StoreIntent::or_conflict(
        changed.map_err(StoreError::from),
        "subject_exists",
        "已有另一监管对象使用这一标识",
        "Another subject has this identifier",
    )?;
    if changed == 0 {
        return Err(service_kit::extract::changed());
    }
    if old.content.departments != draft.content.departments {
        on!(c, c => delete(subject_department::table.filter(subject_department::subject_key.eq(old.key))).execute(c))?;
        let pairs: Vec<_> = draft
            .content
            .departments
            .iter()
            .map(|d| {
                (subject_department::department.eq(d.clone()), subject_department::subject_key.eq(old.key))
            })
            .collect();
        on!(c, c => insert_into(subject_department::table).values(&pairs).execute(c))?;
    }
    if old.content.name != draft.content.name {
        super::text::remove(c, old.key).await?;
        super::text::put(c, &[(old.key, draft.content.name.as_str())]).await?;
    }
    Ok(version)
}

/// How many subjects are registered.
///
/// # Errors
/// Database errors.
pub async fn is_empty(c: &mut AnyConn<'_>) -> Result<bool> {
    let first: Option<i64> = on!(c, c => subject::table.select(subject::key).first(c)).optional()?;
    Ok(first.is_none())
}
