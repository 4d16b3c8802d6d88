//! SQL: what an inspector holds: certificates, tags, trainings.

use super::super::schema::{inspector_certificate, inspector_tag, training_record};
use jiff::civil::Date;
use store_kit::prelude::*;
use uuid::Uuid;

/// One certificate.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = inspector_certificate, treat_none_as_default_value = false)]
pub struct CertificateRow {
    /// Id.
    pub id: Uid,
    /// Holder.
    pub inspector_id: Uid,
    /// `enforcement` or `oversight`.
    pub kind: String,
    /// Number.
    pub number: String,
    /// Issuer.
    pub issuer: String,
    /// First day.
    pub valid_from: Day,
    /// Last day.
    pub valid_to: Day,
    /// First day on which it no longer counts.
    pub revoked_on: Option<Day>,
    /// Why.
    pub revoked_reason: Option<String>,
    /// Account that entered it.
    pub created_by: String,
    /// When.
    pub created_at: Stamp,
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = inspector_tag, treat_none_as_default_value = false)]
pub struct TagRow {
    /// Whose.
    pub inspector_id: Uid,
    /// `qualification` or `specialty`.
    pub kind: String,
    /// The tag.
    pub tag: String,
    /// First day.
    pub valid_from: Option<Day>,
    /// Last day.
    pub valid_to: Option<Day>,
}

/// One training.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = training_record, treat_none_as_default_value = false)]
pub struct TrainingRow {
    /// Id.
    pub id: Uid,
    /// Who took it.
    pub inspector_id: Uid,
    /// Title.
    pub title: String,
    /// Length.
    pub minutes: i64,
    /// Day it ended.
    pub held_on: Day,
    /// Last day on which it counts.
    pub valid_to: Option<Day>,
    /// Who held it.
    pub provider: Option<String>,
    /// Whether the test was passed.
    pub is_passed: bool,
    /// Remark.
    pub note: Option<String>,
    /// Account that entered it.
    pub created_by: String,
    /// When.
    pub created_at: Stamp,
}

/// Certificates of these inspectors, newest last day first.
///
/// # Errors
/// Database errors.
pub async fn certificates_of(c: &mut AnyConn<'_>, ids: &[Uid]) -> StoreResult<Vec<CertificateRow>> {
    let mut out = Vec::new();
    for chunk in ids.chunks(500) {
        let chunk = chunk.to_vec();
        let mut rows: Vec<CertificateRow> = on!(c, c => inspector_certificate::table
            .filter(inspector_certificate::inspector_id.eq_any(chunk))
            .order((inspector_certificate::inspector_id.asc(), inspector_certificate::valid_to.desc(),
                inspector_certificate::id.asc()))
            .select(CertificateRow::as_select()).load(c))?;
        out.append(&mut rows);
    }
    Ok(out)
}

/// Enters a certificate.
///
/// # Errors
/// [`StoreError::Conflict`] when the number is taken.
pub async fn certificate_create(c: &mut AnyConn<'_>, row: &CertificateRow) -> StoreResult<()> {
    on!(c, c => insert_into(inspector_certificate::table).values(row).execute(c))?;
    Ok(())
}

/// Ends a certificate before its last day.
///
/// # Errors
/// Database errors.
pub async fn certificate_revoke(c: &mut AnyConn<'_>, id: Uid, on: Date, reason: &str) -> StoreResult<()> {
    on!(c, c => update(inspector_certificate::table.find(id)).set((
        inspector_certificate::revoked_on.eq(Some(Day(on))), inspector_certificate::revoked_reason.eq(Some(reason)),
    )).execute(c))?;
    Ok(())
}

/// Corrects the span and issuer of a certificate, as an import may.
///
/// # Errors
/// Database errors.
pub async fn certificate_correct(
    c: &mut AnyConn<'_>,
    id: Uid,
    issuer: &str,
    span: (Date, Date),
) -> StoreResult<()> {
    on!(c, c => update(inspector_certificate::table.find(id)).set((
        inspector_certificate::issuer.eq(issuer), inspector_certificate::valid_from.eq(Day(span.0)),
        inspector_certificate::valid_to.eq(Day(span.1)),
    )).execute(c))?;
    Ok(())
}

/// The enforcement certificate of an inspector that counts on a day, if any (ENF-01).
///
/// # Errors
/// Database errors.
pub async fn certificate_on(c: &mut AnyConn<'_>, id: Uuid, day: Date) -> StoreResult<Option<CertificateRow>> {
    let rows = certificates_of(c, &[Uid(id)]).await?;
    Ok(rows.into_iter().find(|r| counts(r, day)))
}

/// Whether a certificate lets its holder inspect on a day.
#[must_use]
pub fn counts(row: &CertificateRow, day: Date) -> bool {
    row.kind == "enforcement"
        && row.valid_from.0 <= day
        && day <= row.valid_to.0
        && row.revoked_on.is_none_or(|r| day < r.0)
}

/// Tags of these inspectors, by kind and tag.
///
/// # Errors
/// Database errors.
pub async fn tags_of(c: &mut AnyConn<'_>, ids: &[Uid]) -> StoreResult<Vec<TagRow>> {
    let mut out = Vec::new();
    for chunk in ids.chunks(500) {
        let chunk = chunk.to_vec();
        let mut rows: Vec<TagRow> = on!(c, c => inspector_tag::table.filter(inspector_tag::inspector_id.eq_any(chunk))
            .order((inspector_tag::inspector_id.asc(), inspector_tag::kind.asc(), inspector_tag::tag.asc()))
            .select(TagRow::as_select()).load(c))?;
        out.append(&mut rows);
    }
    Ok(out)
}

/// Puts these tags in the place of an inspector's old ones.
///
/// # Errors
/// Database errors.
pub async fn tags_put(c: &mut AnyConn<'_>, id: Uid, rows: &[TagRow]) -> StoreResult<()> {
    on!(c, c => delete(inspector_tag::table.filter(inspector_tag::inspector_id.eq(id))).execute(c))?;
    if !rows.is_empty() {
        on!(c, c => insert_into(inspector_tag::table).values(rows).execute(c))?;
    }
    Ok(())
}

/// Trainings of an inspector, latest first.
///
/// # Errors
/// Database errors.
pub async fn training_list(c: &mut AnyConn<'_>, id: Uid) -> StoreResult<Vec<TrainingRow>> {
    Ok(on!(c, c => training_record::table.filter(training_record::inspector_id.eq(id))
        .order((training_record::held_on.desc(), training_record::id.desc())).limit(500)
        .select(TrainingRow::as_select()).load(c))?)
}

/// Enters a training.
///
/// # Errors
/// Database errors.
pub async fn training_create(c: &mut AnyConn<'_>, row: &TrainingRow) -> StoreResult<()> {
    on!(c, c => insert_into(training_record::table).values(row).execute(c))?;
    Ok(())
}
