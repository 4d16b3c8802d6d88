//! Use cases: certificates of inspectors (行政执法证). A number is nobody else's; a certificate is revoked, never deleted.

use super::super::{Grounds, Step, Who, plain, step_add, transition_refused};
use super::persons::{Persons, spans};
use super::{AGGREGATE, KEEPERS, find, hold, tell, viewed, write};
use crate::api::inspector::{CertificateCreate, CertificateList, CertificateRevoke, CertificateView};
use crate::domain::inspector::{CertificateSpan, InspectorState};
use crate::store::inspector::{self as store, CertificateRow, InspectorRow};
use crate::store::word;
use domain::text::normalise;
use jiff::civil::Date;
use service_kit::clock::china_date;
use service_kit::error::StoreIntent as _;
use service_kit::{Ctx, Error, Fault, Reply, Result, Tx};
use std::sync::Arc;
use store_kit::types::{Day, Uid};
use uuid::Uuid;

/// Step of the history: a certificate was ended before its last day.
pub(crate) const REVOKE: &str = "revoke_certificate";

pub(super) fn certificate_view(row: &CertificateRow, today: Date) -> Result<CertificateView> {
    let CertificateRow {
        id,
        inspector_id: _,
        kind,
        number,
        issuer,
        valid_from,
        valid_to,
        revoked_on,
        revoked_reason,
        created_by: _,
        created_at: _,
    } = row.clone();
    let span = CertificateSpan {
        valid_from: valid_from.0,
        valid_to: valid_to.0,
        revoked_on: revoked_on.map(|d| d.0),
    };
    Ok(CertificateView {
        id: id.0,
        kind: word(&kind)?,
        number,
        issuer,
        is_valid: span.holds_on(today),
        valid_from: valid_from.0,
        valid_to: valid_to.0,
        revoked_on: revoked_on.map(|d| d.0),
        revoked_reason,
    })
}

/// Faults of a certificate: blank texts, last day before the first.
pub(super) fn certificate_faults(pointer: &str, certificate: &CertificateCreate, faults: &mut Vec<Fault>) {
    plain(&format!("{pointer}/number"), Some(&certificate.number), faults);
    plain(&format!("{pointer}/issuer"), Some(&certificate.issuer), faults);
    if certificate.valid_to < certificate.valid_from {
        faults.push(Fault::new(
            format!("{pointer}/valid_to"),
            "interval_reversed",
            "有效期止早于有效期起",
            "the last day is before the first",
        ));
    }
}

/// A row of a certificate.
pub(crate) fn certificate_row(
    inspector: Uid,
    certificate: CertificateCreate,
    by: &str,
    now: jiff::Timestamp,
) -> CertificateRow {
    let CertificateCreate { kind, number, issuer, valid_from, valid_to } = certificate;
    CertificateRow {
        id: Uid(Uuid::now_v7()),
        inspector_id: inspector,
        kind: kind.to_string(),
        number: normalise(&number),
        issuer: issuer.trim().to_string(),
        valid_from: Day(valid_from),
        valid_to: Day(valid_to),
        revoked_on: None,
        revoked_reason: None,
        created_by: by.to_string(),
        created_at: now.into(),
    }
}

/// Enters a certificate; its number is nobody else's.
pub(crate) async fn add_certificate(tx: &mut Tx<'_, '_>, row: &CertificateRow) -> Result<()> {
    store::certificate_create(tx.conn(), row).await.or_conflict(
        "certificate_number_taken",
        "该执法证号已登记",
        "A certificate of this number is registered already",
    )
}

/// Certificates of an inspector.
pub async fn inspector_certificate_list(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let row = find(ctx, id).await?;
    let rows =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::certificates_of(c, &[row.id]).await?)).await?;
    let today = ctx.kit.clock.today();
    let items = rows.iter().map(|c| certificate_view(c, today)).collect::<Result<Vec<_>>>()?;
    Reply::ok(&CertificateList { items })
}

/// Brings the row's copy of the last days up to its certificates.
pub(crate) async fn refresh(tx: &mut Tx<'_, '_>, row: &mut InspectorRow) -> Result<()> {
    let certificates = store::certificates_of(tx.conn(), &[row.id]).await?;
    row.certified_until = spans(&certificates).iter().map(CertificateSpan::last_day).max().map(Day);
    Ok(())
}

/// Enters a certificate.
pub async fn inspector_certificate_create(ctx: &Ctx, id: Uuid, body: CertificateCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let mut faults = Vec::new();
    certificate_faults("", &body, &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let persons = Persons(Arc::clone(&ctx.kit.crypto));
    ctx.change(async move |tx| {
        let mut row = hold(tx, &who, id, None).await?;
        if row.state == InspectorState::Left.as_str() {
            return Err(transition_refused(InspectorState::Left, "add_certificate"));
        }
        let by = tx.actor().subject.clone();
        let certificate = certificate_row(row.id, body, &by, tx.now());
        add_certificate(tx, &certificate).await?;
        refresh(tx, &mut row).await?;
        write(tx, &mut row).await?;
        tell(tx, "certificate_added", &row)?;
        let view = viewed(tx, &persons, &row).await?;
        let location = format!("/v1/inspectors/{id}/certificates");
        Ok(Reply::created(&view, location)?.version(row.version).header("cache-control", "no-store"))
    })
    .await
}

/// Ends a certificate before its last day.
pub async fn inspector_certificate_revoke(
    ctx: &Ctx,
    id: Uuid,
    certificate_id: Uuid,
    body: CertificateRevoke,
) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let CertificateRevoke { reason, on } = body;
    let mut faults = Vec::new();
    plain("/reason", Some(&reason), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let persons = Persons(Arc::clone(&ctx.kit.crypto));
    ctx.change(async move |tx| {
        let mut row = hold(tx, &who, id, None).await?;
        let certificates = store::certificates_of(tx.conn(), &[row.id]).await?;
        let held = certificates.iter().find(|c| c.id.0 == certificate_id);
        let held = held.ok_or_else(|| Error::not_found("certificate"))?;
        if held.revoked_on.is_some() {
            return Err(Error::conflict(
                "certificate_revoked",
                "该证件已作废",
                "The certificate is revoked already",
            ));
        }
        let on = on.unwrap_or_else(|| china_date(tx.now()));
        store::certificate_revoke(tx.conn(), held.id, on, &reason).await?;
        refresh(tx, &mut row).await?;
        row.transitions += 1;
        write(tx, &mut row).await?;
        // Kept in the history: who takes a certificate away does not also replace its holder in a team (DRW-04).
        let step = Step {
            aggregate: AGGREGATE,
            id,
            number: row.transitions,
            from: &row.state,
            verb: REVOKE,
            to: &row.state,
            role: who.caller.first_of(&KEEPERS),
            grounds: Grounds { reason: Some(reason), documents: Vec::new() },
            more: serde_json::json!({"certificate_id": certificate_id, "revoked_on": on}),
            rule_ids: vec!["ENF-01".to_string()],
            rule_pack: None,
            due: None,
        };
        step_add(tx, step).await?;
        tell(tx, "certificate_revoked", &row)?;
        let view = viewed(tx, &persons, &row).await?;
        Ok(Reply::ok(&view)?.version(row.version).header("cache-control", "no-store"))
    })
    .await
}
