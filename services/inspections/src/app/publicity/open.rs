//! Opening a publicity record when a result becomes final (谁检查、谁录入、谁公示).
//!
//! For the result's use case: ask first, outside of any transaction, then write inside its own:
//!
//! ```text
//! let opening = publicity::prepare(&ctx.kit, &organ_code, subject_id, ctx.now()).await?;
//! ctx.change(async move |tx| {
//!     // … the result is final now; `opening.due` is the end of the publicity clock for the result's own columns …
//!     let record_id = publicity::open_for_result(tx, result_id, findings, opening).await?;
//!     …
//! })
//! ```
//! `findings` are the texts of the result codes as the public may read them. The record is made fit for the public here
//! (`domain.md` §10.4), once; later steps cannot add to it.

use super::super::{Grounds, Step, outside, step_add, term_end};
use crate::domain::publicity::{PUBLISH_WITHIN, PublicityKind, PublicityState, ResultContent, disclose};
use crate::domain::step::TermEnd;
use crate::store::json;
use crate::store::publicity::{self as store, PublicityRow};
use domain::deadline::beijing_date;
use jiff::Timestamp;
use service_kit::{Error, Kit, Result, Tx};
use store_kit::types::{Day, Uid};
use uuid::Uuid;

/// Kind of the aggregate in histories and audit entries.
pub(crate) const AGGREGATE: &str = "publicity_record";

/// What has to be known of organ, subject and calendar before a record can be opened.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// Full name of the organ.
    organ_name: String,
    /// Name of the subject as the public may see it.
    subject_name: String,
    /// Its code; none for natural persons.
    subject_identifier: Option<String>,
    /// Whether a natural person stands behind it.
    is_personal: bool,
    /// End of the twenty working days.
    pub due: TermEnd,
}

/// Asks catalog and registry what a record will need. Not inside a transaction.
///
/// # Errors
/// 422 `calendar_missing` rather than a guess; 503.
pub(crate) async fn prepare(
    kit: &Kit,
    organ_code: &str,
    subject_id: Uuid,
    final_at: Timestamp,
) -> Result<Opening> {
    let calendar = outside::calendar(kit).await?;
    let due = term_end(final_at, &PUBLISH_WITHIN, &calendar, "")?;
    let organ = outside::organ(kit, organ_code).await?;
    let subject = outside::known_subject(kit, subject_id, "").await?;
    let identifier = subject.identifier.as_ref().map_or("", |i| i.value.as_str());
    let (subject_name, subject_identifier, is_personal) = disclose(&subject.kind, &subject.name, identifier);
    Ok(Opening {
        organ_name: organ.map_or_else(|| organ_code.to_string(), |o| o.name),
        subject_name,
        subject_identifier,
        is_personal,
        due,
    })
}

/// Opens the record of a result that has just become final; gives its id.
///
/// # Errors
/// Database errors; 500 when the result is not there.
pub(crate) async fn open_for_result(
    tx: &mut Tx<'_, '_>,
    result_id: Uuid,
    findings: Vec<String>,
    opening: Opening,
) -> Result<Uuid> {
    let Opening { organ_name, subject_name, subject_identifier, is_personal, due } = opening;
    let facts = store::result_facts(tx.conn(), result_id)
        .await?
        .ok_or_else(|| Error::internal("a publicity record for a result that is not there"))?;
    let store::ResultFacts {
        organ_code,
        region_code,
        subject_id,
        codes,
        outcome,
        visit_code,
        visit_kind,
        draw_id,
        item,
        started_at,
    } = facts;
    let title = format!("{organ_name}对{subject_name}的行政检查结果");
    let content = ResultContent {
        organ_name,
        subject_name,
        subject_identifier: subject_identifier.clone(),
        visit_code,
        visit_kind,
        draw_id,
        items: Some(item).filter(|i| !i.is_empty()).into_iter().collect(),
        inspected_on: started_at.map(beijing_date),
        codes,
        findings,
        outcome,
        correction_note: None,
    };
    let now = tx.now();
    let row = PublicityRow {
        id: Uid(Uuid::now_v7()),
        kind: PublicityKind::InspectionResult.to_string(),
        source_id: Uid(result_id),
        organ_code,
        region_code,
        subject_id: Some(Uid(subject_id)),
        subject_identifier,
        title,
        state: PublicityState::Pending.to_string(),
        content: json(&content)?,
        is_personal,
        reviewed_by: None,
        reviewed_at: None,
        review_reason: None,
        withholding_approved_by: None,
        withholding_approved_at: None,
        due_date: Some(Day(due.date)),
        due_at: Some(due.at.into()),
        due_calendar: Some(due.calendar.clone()),
        published_at: None,
        published_by: None,
        expires_on: None,
        withdraw_reason: None,
        withdraw_due_at: None,
        withdrawn_at: None,
        replaces: None,
        transitions: 1,
        created_by: tx.actor().subject.clone(),
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    let id = row.id.0;
    insert(tx, &row, due).await?;
    Ok(id)
}

/// Writes a new record with its first step, audit entry and event.
pub(super) async fn insert(tx: &mut Tx<'_, '_>, row: &PublicityRow, due: TermEnd) -> Result<()> {
    store::publicity_create(tx.conn(), row).await?;
    let step = Step {
        aggregate: AGGREGATE,
        id: row.id.0,
        number: 1,
        from: "",
        verb: "open",
        to: &row.state,
        role: None,
        grounds: Grounds::default(),
        more: serde_json::json!({"source_id": row.source_id.0, "replaces": row.replaces.map(|r| r.0)}),
        rule_ids: vec!["PUB-01".to_string()],
        rule_pack: None,
        due: Some(due),
    };
    step_add(tx, step).await?;
    tell(tx, "opened", row, serde_json::json!({}))
}

/// Audit entry and event: ids, states and dates only.
pub(super) fn tell(
    tx: &mut Tx<'_, '_>,
    what: &str,
    row: &PublicityRow,
    more: serde_json::Value,
) -> Result<()> {
    let mut data = serde_json::json!({
        "id": row.id.0, "kind": row.kind, "source_id": row.source_id.0, "organ_code": row.organ_code,
        "state": row.state, "version": row.version, "due_date": row.due_date.map(|d| d.0),
    });
    if let (Some(data), serde_json::Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    tx.audit(AGGREGATE, row.id.0, data.clone());
    let organs = [row.organ_code.clone()];
    tx.event(&format!("publicity.{what}"), row.id.0, &organs, &row.region_code, &data)
}
