//! One change, one transaction: rows, audit entry, events, idempotency record (D5).
//!
//! No audit, no change: a closure that writes without saying what it did is refused and rolled back. A repeated
//! `Idempotency-Key` gets the stored first answer (draft-ietf-httpapi-idempotency-key-header-08): other content 422,
//! still being worked on 409. Called by app functions; no HTTP may happen inside.

use crate::error::{Error, Kind, Result};
use crate::extract::Ctx;
use crate::reply::Reply;
use crate::service::Kit;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use store_kit::AnyConn;
use store_kit::ledger::{self, AuditDraft, EventDraft, IdempotencyRow};
use store_kit::types::Stamp;

/// The transaction of one change.
pub struct Tx<'a, 'c> {
    conn: &'a mut AnyConn<'c>,
    who: Actor,
    audits: Vec<AuditDraft>,
    events: Vec<EventDraft>,
}

/// On whose behalf a change happens.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Account id, `client:<id>`, `service:<name>` or `task:<name>`.
    pub subject: String,
    /// Organ code, empty for tasks.
    pub organ: String,
    /// operationId or task.
    pub action: String,
    /// W3C trace id.
    pub trace_id: String,
    /// Now.
    pub now: jiff::Timestamp,
}

impl Actor {
    /// A background task.
    #[must_use]
    pub fn task(name: &str, now: jiff::Timestamp) -> Self {
        Self {
            subject: format!("task:{name}"),
            organ: String::new(),
            action: name.to_string(),
            trace_id: String::new(),
            now,
        }
    }
}

impl<'c> Tx<'_, 'c> {
    /// The connection, for store functions.
    pub fn conn(&mut self) -> &mut AnyConn<'c> {
        self.conn
    }

    /// Now, the same for all rows of the change.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.who.now
    }

    /// On whose behalf.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.who
    }

    /// Says what was changed; `detail` holds ids, versions, codes: no personal data.
    pub fn audit(&mut self, target_kind: &str, target: impl ToString, detail: Value) {
        self.audits.push(AuditDraft {
            actor: self.who.subject.clone(),
            organ: self.who.organ.clone(),
            action: self.who.action.clone(),
            target_kind: target_kind.to_string(),
            target: target.to_string(),
            trace_id: self.who.trace_id.clone(),
            at: self.who.now,
            detail,
        });
    }

    /// Tells others; seen by these departments (none: by everybody with a token) in this region.
    ///
    /// # Errors
    /// 500 when `data` cannot be written as JSON.
    pub fn event<T: Serialize>(
        &mut self,
        kind: &str,
        subject: impl ToString,
        departments: &[String],
        region: &str,
        data: &T,
    ) -> Result<()> {
        self.events.push(EventDraft {
            kind: format!("cn.lianjian.{kind}"),
            subject: subject.to_string(),
            departments: departments.to_vec(),
            region: region.to_string(),
            at: self.who.now,
            trace_id: self.who.trace_id.clone(),
            data: serde_json::to_string(data).map_err(|e| Error::internal(format!("event: {e}")))?,
        });
        Ok(())
    }

    /// Writes the events gathered so far, so that a long change need not hold them all.
    ///
    /// # Errors
    /// Database errors; the change must then fail.
    pub async fn flush_events(&mut self) -> Result<()> {
        let events = std::mem::take(&mut self.events);
        Ok(ledger::put_events(self.conn, events).await?)
    }

    async fn finish(self) -> Result<()> {
        if self.audits.is_empty() {
            return Err(Error::internal(format!("{} changes without an audit entry", self.who.action)));
        }
        match self.conn {
            // Independent inserts go out together on PostgreSQL.
            AnyConn::Pg(shared) => {
                let (mut a, mut b) = (AnyConn::Pg(shared), AnyConn::Pg(shared));
                let (audit, event) = futures_util::join!(
                    ledger::put_audit(&mut a, self.audits),
                    ledger::put_events(&mut b, self.events)
                );
                audit?;
                event?;
            }
            AnyConn::Sqlite(_) => {
                ledger::put_audit(self.conn, self.audits).await?;
                ledger::put_events(self.conn, self.events).await?;
            }
        }
        Ok(())
    }
}

/// Runs a change for a task or any actor, without idempotency.
///
/// # Errors
/// What the closure returns, and the store's failures.
pub async fn run<R, F>(kit: &Kit, who: Actor, f: F) -> Result<R>
where
    F: AsyncFnOnce(&mut Tx<'_, '_>) -> Result<R> + Send + 'static,
    R: Send + 'static,
{
    kit.store
        .write(async move |c| {
            let mut tx = Tx { conn: c, who, audits: Vec::new(), events: Vec::new() };
            let value = f(&mut tx).await?;
            tx.finish().await?;
            Ok(value)
        })
        .await
}

/// Keeps the in-process mark of a key being worked on, and takes it away whatever happens.
struct Working {
    kit: Kit,
    scope: String,
}

impl Drop for Working {
    fn drop(&mut self) {
        self.kit.working.lock().unwrap_or_else(|e| e.into_inner()).remove(&self.scope);
    }
}

impl Ctx {
    /// On whose behalf this request changes things.
    ///
    /// # Errors
    /// 401 without a caller.
    pub fn actor(&self) -> Result<Actor> {
        let who = self.who()?;
        Ok(self.actor_as(&who.subject, &who.department))
    }

    /// An actor named by the operation itself, for public operations such as a login.
    #[must_use]
    pub fn actor_as(&self, subject: &str, organ: &str) -> Actor {
        Actor {
            subject: subject.to_string(),
            organ: organ.to_string(),
            action: self.operation().to_string(),
            trace_id: self.trace_id().to_string(),
            now: self.now(),
        }
    }

    /// Runs a change on behalf of the caller, once per `Idempotency-Key`.
    ///
    /// # Errors
    /// What the closure returns; 409 while the same key is being worked on, 422 for the key with other content; the
    /// store's failures.
    pub async fn change<F>(&self, f: F) -> Result<Reply>
    where
        F: AsyncFnOnce(&mut Tx<'_, '_>) -> Result<Reply> + Send + 'static,
    {
        let actor = self.actor()?;
        self.change_as(actor, f).await
    }

    /// As [`Ctx::change`], on behalf of a given actor.
    ///
    /// # Errors
    /// As [`Ctx::change`].
    pub async fn change_as<F>(&self, actor: Actor, f: F) -> Result<Reply>
    where
        F: AsyncFnOnce(&mut Tx<'_, '_>) -> Result<Reply> + Send + 'static,
    {
        let Some(key) = &self.idempotency_key else {
            return run(&self.kit, actor, f).await;
        };
        let scope = digest(&[&actor.subject, self.operation(), self.path(), key]);
        let fingerprint = digest(&[&self.fingerprint.borrow(), self.query_text()]);
        if !self.kit.working.lock().unwrap_or_else(|e| e.into_inner()).insert(scope.clone()) {
            return Err(in_progress());
        }
        let _working = Working { kit: self.kit.clone(), scope: scope.clone() };
        self.kit
            .store
            .write(async move |c| {
                if let AnyConn::Pg(_) = c {
                    lock_scope(c, &scope).await?;
                }
                if let Some(row) = ledger::find_answer(c, &scope).await? {
                    return replay(row, &fingerprint);
                }
                let now = actor.now;
                let mut tx = Tx { conn: c, who: actor, audits: Vec::new(), events: Vec::new() };
                let reply = f(&mut tx).await?;
                let conn = &mut *tx.conn;
                let row = IdempotencyRow {
                    scope,
                    fingerprint,
                    status: i32::from(reply.status),
                    headers: serde_json::to_string(&reply.headers).unwrap_or_default(),
                    body: String::from_utf8_lossy(&reply.body).into_owned(),
                    created_at: Stamp::from(now),
                };
                ledger::put_answer(conn, &row).await?;
                tx.finish().await?;
                Ok(reply)
            })
            .await
    }
}

fn digest(parts: &[&str]) -> String {
    let mut h = Sha256::new();
    for p in parts {
        h.update(p.as_bytes());
        h.update(b"\0");
    }
    hex::encode(h.finalize())
}

fn in_progress() -> Error {
    Error::new(
        Kind::Conflict,
        "idempotency_in_progress",
        "同一 Idempotency-Key 的请求正在处理",
        "A request with this Idempotency-Key is being worked on",
    )
    .with_header("retry-after", "1")
}

/// Another replica may be at work on the same key: its lock tells.
async fn lock_scope(c: &mut AnyConn<'_>, scope: &str) -> Result<()> {
    use diesel::QueryableByName;
    use diesel::sql_types::{Bool, Text};
    #[derive(QueryableByName)]
    struct Got {
        #[diesel(sql_type = Bool)]
        got: bool,
    }
    let got: Vec<Got> = store_kit::on!(c, c => diesel::sql_query(
        "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 7203)) AS got").bind::<Text, _>(scope).load(c))?;
    if got.first().is_some_and(|g| g.got) { Ok(()) } else { Err(in_progress()) }
}

fn replay(row: IdempotencyRow, fingerprint: &str) -> Result<Reply> {
    if row.fingerprint != fingerprint {
        return Err(Error::new(
            Kind::Invalid,
            "idempotency_key_reused",
            "此 Idempotency-Key 已用于另一内容的请求",
            "This Idempotency-Key was used with other content",
        ));
    }
    let headers: Vec<(String, String)> = serde_json::from_str(&row.headers).unwrap_or_default();
    let mut reply =
        Reply { status: u16::try_from(row.status).unwrap_or(200), headers, body: row.body.into_bytes() };
    reply.headers.push(("idempotent-replayed".into(), "true".into()));
    Ok(reply)
}
