//! Long jobs as operations (A13): started with 202, watched at `/v1/operations/{id}`, cancelled, resumed after a crash.
//!
//! A job runs on a thread of its own, writes its progress, and stops soon after it is told to. Called by import and
//! export handlers of services.

use crate::error::Result;
use crate::service::Kit;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use store_kit::ledger::{self, OperationRow};
use store_kit::types::{Stamp, Uid};
use uuid::Uuid;

/// The jobs running in this process.
#[derive(Clone, Default)]
pub struct Jobs(Arc<Mutex<HashMap<Uuid, Cancel>>>);

/// Tells a job to stop.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Whether the job should stop.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Tells it.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Jobs {
    /// Notes a job as running here.
    #[must_use]
    pub fn begin(&self, id: Uuid) -> Cancel {
        let cancel = Cancel::default();
        self.0.lock().unwrap_or_else(|e| e.into_inner()).insert(id, cancel.clone());
        cancel
    }

    /// Forgets a job.
    pub fn end(&self, id: Uuid) {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).remove(&id);
    }

    /// Whether a job runs here.
    #[must_use]
    pub fn has(&self, id: Uuid) -> bool {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).contains_key(&id)
    }

    /// Tells a job to stop; false when it does not run here.
    #[must_use]
    pub fn cancel(&self, id: Uuid) -> bool {
        match self.0.lock().unwrap_or_else(|e| e.into_inner()).get(&id) {
            Some(c) => {
                c.set();
                true
            }
            None => false,
        }
    }

    /// Tells all jobs to stop, for the end of the process.
    pub fn cancel_all(&self) {
        for c in self.0.lock().unwrap_or_else(|e| e.into_inner()).values() {
            c.set();
        }
    }

    /// How many run here.
    #[must_use]
    pub fn running(&self) -> usize {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).len()
    }
}

/// A new operation row in the state `running`.
pub fn new_operation<P: Serialize>(
    kind: &str,
    department: &str,
    created_by: &str,
    parameters: &P,
    now: jiff::Timestamp,
) -> OperationRow {
    OperationRow {
        id: Uid(Uuid::now_v7()),
        kind: kind.to_string(),
        state: "running".to_string(),
        department: department.to_string(),
        created_by: created_by.to_string(),
        done: 0,
        failed: 0,
        total: None,
        parameters: serde_json::to_string(parameters).unwrap_or_default(),
        result: None,
        created_at: Stamp::from(now),
        updated_at: Stamp::from(now),
    }
}

/// Writes a job's progress; `state` is `running` until its last call.
///
/// # Errors
/// The store's.
pub async fn progress(
    kit: &Kit,
    id: Uuid,
    state: &'static str,
    counts: (i64, i64, Option<i64>),
    result: Option<String>,
) -> Result<()> {
    let now = kit.clock.now();
    kit.store.write(async move |c| Ok(ledger::set_operation(c, id, state, counts, result, now).await?)).await
}
