//! What every service has: feed, audit log, operations, health. Through the gateway it stands under the service's name.
//!
//! Called by the command line for the service that the user names.

use crate::connection::{Call, Connection};
use crate::error::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::time::Duration;
use uuid::Uuid;

/// A batch of events and the position after it.
#[derive(Debug)]
pub struct Batch {
    /// CloudEvents as they came.
    pub events: Vec<Box<RawValue>>,
    /// Pass it as `after` of the next read.
    pub position: i64,
}

/// A long job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Operation {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    #[serde(default)]
    pub kind: String,
    /// `running`, `succeeded`, `failed`, `cancelled`.
    pub state: String,
    /// How far it is.
    #[serde(default)]
    pub progress: Progress,
    /// What came of it.
    #[serde(default)]
    pub result: Option<Value>,
}

impl Operation {
    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state != "running"
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Units done.
    pub done: u64,
    /// Units refused.
    pub failed: u64,
    /// Units in all, when known.
    pub total: Option<u64>,
}

/// One line of a job's report.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OperationFault {
    /// Order, from 1.
    pub number: u64,
    /// Physical line of the input, from 1.
    pub line: u64,
    /// Column name or cell reference.
    pub column: String,
    /// Stable code.
    pub code: String,
    /// `block` or `warn`.
    pub severity: String,
    /// The value, cut.
    pub value: String,
    /// What to do about it.
    pub hint: String,
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Cursor of the next page.
    #[serde(default = "Option::default")]
    pub next: Option<String>,
}

/// The signed heads of a service's audit chain, as they came.
#[derive(Debug, Serialize, Deserialize)]
pub struct AuditHeads {
    /// Ed25519, hex.
    pub public_key: String,
    /// Heads, oldest first.
    pub items: Vec<Value>,
}

/// The endpoints of one service.
#[derive(Clone)]
pub struct CommonClient {
    connection: Connection,
    service: String,
}

impl CommonClient {
    /// Those of `service`.
    pub fn new(connection: Connection, service: impl Into<String>) -> Self {
        Self { connection, service: service.into() }
    }

    fn path(&self, rest: &str) -> String {
        // The gateway's own are at the top, as those of any service at its own address.
        if self.service == "gateway" { format!("/v1/{rest}") } else { format!("/{}/v1/{rest}", self.service) }
    }

    /// Reads events after `after`, waiting up to `wait` for the first.
    ///
    /// # Errors
    /// As [`Connection::json`].
    pub async fn feed_read(&self, after: i64, wait: Duration, limit: u32) -> Result<Batch> {
        let call = Call::get(self.path("feed"))
            .query("lastEventId", after)
            .query("timeout", wait.as_millis())
            .query("limit", limit)
            .timeout(wait + Duration::from_secs(15));
        let (events, headers): (Vec<Box<RawValue>>, _) = self.connection.json_and_headers(&call).await?;
        let position =
            headers.get("x-feed-position").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
        Ok(Batch { events, position: position.unwrap_or(after) })
    }

    /// The heads of the audit chain.
    ///
    /// # Errors
    /// As [`Connection::json`].
    pub async fn audit_head_list(&self) -> Result<AuditHeads> {
        self.connection.json(&Call::get(self.path("audit-heads"))).await
    }

    /// Audit entries after `after`, as they came.
    ///
    /// # Errors
    /// As [`Connection::json`].
    pub async fn audit_list(&self, after: i64, limit: u32) -> Result<Vec<Box<RawValue>>> {
        #[derive(Deserialize)]
        struct Entries {
            items: Vec<Box<RawValue>>,
        }
        let call = Call::get(self.path("audit-entries")).query("after", after).query("limit", limit);
        Ok(self.connection.json::<Entries>(&call).await?.items)
    }

    /// A long job.
    ///
    /// # Errors
    /// As [`Connection::json`].
    pub async fn operation_view(&self, id: Uuid) -> Result<Operation> {
        self.connection.json(&Call::get(self.path(&format!("operations/{id}")))).await
    }

    /// Asks a long job to stop.
    ///
    /// # Errors
    /// As [`Connection::json`]; 409 when it has ended.
    pub async fn operation_cancel(&self, id: Uuid) -> Result<Operation> {
        let call = Call::post(self.path(&format!("operations/{id}/cancel")))
            .idempotency_key(&format!("cancel-{id}"));
        self.connection.json(&call).await
    }

    /// A page of a job's report.
    ///
    /// # Errors
    /// As [`Connection::json`].
    pub async fn operation_fault_list(&self, id: Uuid, cursor: Option<&str>) -> Result<Page<OperationFault>> {
        let call = Call::get(self.path(&format!("operations/{id}/faults")))
            .query("limit", 200)
            .query_opt("cursor", cursor);
        self.connection.json(&call).await
    }
}

/// Whether the suite at this address can work.
///
/// # Errors
/// As [`Connection::json`]; 503 when it cannot.
pub async fn readyz(connection: &Connection) -> Result<Value> {
    connection.json(&Call::get("/readyz").timeout(Duration::from_secs(5))).await
}
