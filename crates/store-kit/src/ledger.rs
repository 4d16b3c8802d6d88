//! Rows that ride in a change: audit entries, events, idempotency records, operations and their faults.
//!
//! Called inside the transaction of the change they tell of, by `service-kit` and by tasks. It refuses nothing by
//! itself: that a change without an audit entry is refused is `service-kit`'s rule.

use crate::prelude::*;
use crate::schema::{audit_entry, event, feed_cursor, idempotency_record, operation, operation_fault};
use jiff::Timestamp;
use uuid::Uuid;

/// Who did what to what; one per change.
#[derive(Clone, Debug)]
pub struct AuditDraft {
    /// Account id, or `task:<name>` for background work.
    pub actor: String,
    /// Code of the organ the actor acted for.
    pub organ: String,
    /// operationId of the API, or the task's name.
    pub action: String,
    /// Kind of the row changed: `subject`, `supervision_item`, …
    pub target_kind: String,
    /// Its id.
    pub target: String,
    /// W3C trace id of the request.
    pub trace_id: String,
    /// When, by the injected clock.
    pub at: Timestamp,
    /// What changed, without personal data: ids, versions, digests.
    pub detail: serde_json::Value,
}

/// Something others may want to know; any number per change.
#[derive(Clone, Debug)]
pub struct EventDraft {
    /// `cn.lianjian.<resource>.<what>`.
    pub kind: String,
    /// Id of the resource.
    pub subject: String,
    /// Organs that may see it; empty means everybody with a token.
    pub departments: Vec<String>,
    /// Region code it belongs to, empty for none.
    pub region: String,
    /// When, by the injected clock.
    pub at: Timestamp,
    /// W3C trace id of the request.
    pub trace_id: String,
    /// The message's body as JSON text.
    pub data: String,
}

#[derive(Insertable)]
#[diesel(table_name = event, treat_none_as_default_value = false)]
struct NewEventRow {
    id: Uid,
    kind: String,
    subject: String,
    departments: TextList,
    region: String,
    occurred_at: Stamp,
    trace_id: String,
    data: String,
}

#[derive(Insertable)]
#[diesel(table_name = audit_entry, treat_none_as_default_value = false)]
struct NewAuditRow {
    id: Uid,
    at: Stamp,
    actor: String,
    organ: String,
    action: String,
    target_kind: String,
    target: String,
    trace_id: String,
    detail: String,
}

/// Text of `value` with members sorted: the form that the hash chain covers.
#[must_use]
pub fn canonical(value: &serde_json::Value) -> String {
    // serde_json's map is sorted unless `preserve_order` is on somewhere in the build, so sort on purpose.
    fn sort(v: &serde_json::Value) -> serde_json::Value {
        match v {
            serde_json::Value::Object(m) => {
                let mut keys: Vec<_> = m.iter().collect();
                keys.sort_by(|a, b| a.0.cmp(b.0));
                serde_json::Value::Object(keys.into_iter().map(|(k, v)| (k.clone(), sort(v))).collect())
            }
            serde_json::Value::Array(a) => serde_json::Value::Array(a.iter().map(sort).collect()),
            other => other.clone(),
        }
    }
    sort(value).to_string()
}

/// Writes events in one statement.
///
/// # Errors
/// Database errors.
pub async fn put_events(c: &mut AnyConn<'_>, drafts: Vec<EventDraft>) -> StoreResult<()> {
    if drafts.is_empty() {
        return Ok(());
    }
    let rows: Vec<NewEventRow> = drafts
        .into_iter()
        .map(|d| NewEventRow {
            id: Uid(Uuid::now_v7()),
            kind: d.kind,
            subject: d.subject,
            departments: TextList(d.departments),
            region: d.region,
            occurred_at: d.at.into(),
            trace_id: d.trace_id,
            data: d.data,
        })
        .collect();
    insert_rows!(c, event::table, rows)?;
    Ok(())
}

/// Writes audit entries.
///
/// # Errors
/// Database errors; the caller's change must then fail too.
pub async fn put_audit(c: &mut AnyConn<'_>, drafts: Vec<AuditDraft>) -> StoreResult<()> {
    let rows: Vec<NewAuditRow> = drafts
        .into_iter()
        .map(|d| NewAuditRow {
            id: Uid(Uuid::now_v7()),
            at: d.at.into(),
            actor: d.actor,
            organ: d.organ,
            action: d.action,
            target_kind: d.target_kind,
            target: d.target,
            trace_id: d.trace_id,
            detail: canonical(&d.detail),
        })
        .collect();
    insert_rows!(c, audit_entry::table, rows)?;
    Ok(())
}

/// A sealed event as a reader sees it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = event)]
pub struct EventRow {
    /// Gap-free number, 1 for the first.
    pub seq: Option<i64>,
    /// CloudEvents id, unique per source.
    pub id: Uid,
    /// CloudEvents type.
    pub kind: String,
    /// Id of the resource.
    pub subject: String,
    /// Organs that may see it; empty means everybody with a token.
    pub departments: TextList,
    /// Region code, empty for none.
    pub region: String,
    /// When it happened.
    pub occurred_at: Stamp,
    /// W3C trace id.
    pub trace_id: String,
    /// JSON text.
    pub data: String,
}

/// Sealed events after `seq`, in order.
///
/// # Errors
/// Database errors.
pub async fn events_after(c: &mut AnyConn<'_>, seq: i64, limit: i64) -> StoreResult<Vec<EventRow>> {
    Ok(on!(c, c => event::table.filter(event::seq.gt(seq)).order(event::seq.asc()).limit(limit)
        .select(EventRow::as_select()).load(c))?)
}

/// A stored first answer.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = idempotency_record, treat_none_as_default_value = false)]
pub struct IdempotencyRow {
    /// Digest of caller, method, path and key.
    pub scope: String,
    /// Digest of the request's body and query.
    pub fingerprint: String,
    /// Status of the first answer.
    pub status: i32,
    /// Its headers that matter, as a JSON object.
    pub headers: String,
    /// Its body.
    pub body: String,
    /// When it was stored.
    pub created_at: Stamp,
}

/// Looks a stored answer up.
///
/// # Errors
/// Database errors.
pub async fn find_answer(c: &mut AnyConn<'_>, scope: &str) -> StoreResult<Option<IdempotencyRow>> {
    Ok(on!(c, c => idempotency_record::table.find(scope).select(IdempotencyRow::as_select()).first(c))
        .optional()?)
}

/// Stores a first answer; a second one for the same scope is a unique violation and undoes its change.
///
/// # Errors
/// [`StoreError::Conflict`] when the scope has an answer.
pub async fn put_answer(c: &mut AnyConn<'_>, row: &IdempotencyRow) -> StoreResult<()> {
    on!(c, c => insert_into(idempotency_record::table).values(row).execute(c))?;
    Ok(())
}

/// Forgets answers older than `before`.
///
/// # Errors
/// Database errors.
pub async fn forget_answers(c: &mut AnyConn<'_>, before: Timestamp) -> StoreResult<usize> {
    let before = Stamp::from(before);
    Ok(
        on!(c, c => delete(idempotency_record::table.filter(idempotency_record::created_at.lt(before))).execute(c))?,
    )
}

/// A long job as a resource: state, progress, result.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = operation, treat_none_as_default_value = false)]
pub struct OperationRow {
    /// Its id.
    pub id: Uid,
    /// `subject_import`, …
    pub kind: String,
    /// `running`, `succeeded`, `failed`, `cancelled`.
    pub state: String,
    /// The organ it was started for.
    pub department: String,
    /// The account that started it.
    pub created_by: String,
    /// Units done.
    pub done: i64,
    /// Units refused.
    pub failed: i64,
    /// Units in all, when known.
    pub total: Option<i64>,
    /// What was asked, JSON.
    pub parameters: String,
    /// What came of it, JSON.
    pub result: Option<String>,
    /// Start.
    pub created_at: Stamp,
    /// Last sign of life.
    pub updated_at: Stamp,
}

/// One line of a job's report.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = operation_fault, treat_none_as_default_value = false)]
pub struct FaultRow {
    /// The job.
    pub operation_id: Uid,
    /// Order within the job, from 1.
    pub number: i64,
    /// Physical line of the input, from 1.
    pub line: i64,
    /// Column name or cell reference.
    pub cell: String,
    /// Stable code.
    pub code: String,
    /// `block` or `warn`.
    pub severity: String,
    /// The value, cut.
    pub value: String,
    /// What to do about it.
    pub hint: String,
}

/// Stores a new job.
///
/// # Errors
/// Database errors.
pub async fn put_operation(c: &mut AnyConn<'_>, row: &OperationRow) -> StoreResult<()> {
    on!(c, c => insert_into(operation::table).values(row).execute(c))?;
    Ok(())
}

/// Updates a job's progress and, at the end, its state and result.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such job.
pub async fn set_operation(
    c: &mut AnyConn<'_>,
    id: Uuid,
    state: &str,
    (done, failed, total): (i64, i64, Option<i64>),
    result: Option<String>,
    now: Timestamp,
) -> StoreResult<()> {
    let n = on!(c, c => update(operation::table.find(Uid(id))).set((
        operation::state.eq(state), operation::done.eq(done), operation::failed.eq(failed), operation::total.eq(total),
        operation::result.eq(result), operation::updated_at.eq(Stamp::from(now)),
    )).execute(c))?;
    if n == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Reads a job.
///
/// # Errors
/// Database errors.
pub async fn find_operation(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<Option<OperationRow>> {
    Ok(on!(c, c => operation::table.find(Uid(id)).select(OperationRow::as_select()).first(c)).optional()?)
}

/// Jobs in a state, oldest first; for picking up what a stopped process left.
///
/// # Errors
/// Database errors.
pub async fn operations_in(c: &mut AnyConn<'_>, state: &str) -> StoreResult<Vec<OperationRow>> {
    Ok(
        on!(c, c => operation::table.filter(operation::state.eq(state)).order(operation::created_at.asc()).limit(100)
        .select(OperationRow::as_select()).load(c))?,
    )
}

/// Appends lines to a job's report.
///
/// # Errors
/// Database errors.
pub async fn put_faults(c: &mut AnyConn<'_>, rows: &[FaultRow]) -> StoreResult<()> {
    insert_rows!(c, operation_fault::table, rows)?;
    Ok(())
}

/// Takes a job's report back, before it is written anew.
///
/// # Errors
/// Database errors.
pub async fn forget_faults(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<()> {
    on!(c, c => delete(operation_fault::table.filter(operation_fault::operation_id.eq(Uid(id)))).execute(c))?;
    Ok(())
}

/// A page of a job's report, after line number `after`.
///
/// # Errors
/// Database errors.
pub async fn faults_after(
    c: &mut AnyConn<'_>,
    id: Uuid,
    after: i64,
    limit: i64,
) -> StoreResult<Vec<FaultRow>> {
    Ok(on!(c, c => operation_fault::table
        .filter(operation_fault::operation_id.eq(Uid(id)).and(operation_fault::number.gt(after)))
        .order(operation_fault::number.asc()).limit(limit).select(FaultRow::as_select()).load(c))?)
}

/// How far this service has read another's feed; 0 when it never did.
///
/// # Errors
/// Database errors.
pub async fn cursor(c: &mut AnyConn<'_>, source: &str) -> StoreResult<i64> {
    Ok(on!(c, c => feed_cursor::table.find(source).select(feed_cursor::seq).first::<i64>(c))
        .optional()?
        .unwrap_or(0))
}

/// Moves the cursor, in the transaction of the effect.
///
/// # Errors
/// Database errors.
pub async fn set_cursor(c: &mut AnyConn<'_>, source: &str, seq: i64) -> StoreResult<()> {
    on!(c, c => insert_into(feed_cursor::table).values((feed_cursor::source.eq(source), feed_cursor::seq.eq(seq)))
        .on_conflict(feed_cursor::source).do_update().set(feed_cursor::seq.eq(seq)).execute(c))?;
    Ok(())
}
