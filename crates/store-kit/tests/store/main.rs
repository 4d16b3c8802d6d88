//! What the stores promise, on both databases: a change is whole or nothing, what was acknowledged stays, readers of the
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails where it stands"
)]
//! feed miss nothing, migrations go both ways, an outage passes without a restart.

mod audit;
mod changes;
mod crash;
mod feed;
mod lease;
mod migrations;
mod outage;
mod owner;
mod types;

use std::sync::Arc;
use store_kit::crypto::{CryptoProvider, Standard};
use store_kit::ledger::{self, AuditDraft, EventDraft};
use store_kit::migrate::Migration;
use store_kit::prelude::*;
use testbase::Place;
use uuid::Uuid;

diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    probe (id) {
        id -> SqlUid,
        writer -> BigInt,
    }
}

/// The only table of the service under test.
const PROBE: Migration = Migration {
    version: "20261123100000_probe",
    sqlite_up: "CREATE TABLE probe (id TEXT PRIMARY KEY, writer INTEGER NOT NULL) WITHOUT ROWID;",
    sqlite_down: "DROP TABLE probe;",
    postgres_up: "CREATE TABLE probe (id UUID PRIMARY KEY, writer BIGINT NOT NULL);",
    postgres_down: "DROP TABLE probe;",
};

async fn open(place: &Place) -> Store {
    Store::open(&place.store_config("probe"), &[PROBE]).await.unwrap()
}

fn crypto() -> Arc<dyn CryptoProvider> {
    Standard::shared(&[7; 32]).unwrap()
}

/// One whole change in three statements: a row, its audit entry, its event.
async fn put(c: &mut AnyConn<'_>, id: Uuid, writer: i64) -> StoreResult<()> {
    on!(c, c => insert_into(probe::table).values((probe::id.eq(Uid(id)), probe::writer.eq(writer))).execute(c))?;
    put_ledger(c, id).await
}

async fn put_ledger(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<()> {
    let at = jiff::Timestamp::now();
    let entry = AuditDraft {
        actor: "task:probe".into(),
        organ: String::new(),
        action: "probe_create".into(),
        target_kind: "probe".into(),
        target: id.to_string(),
        trace_id: String::new(),
        at,
        detail: serde_json::json!({"id": id}),
    };
    ledger::put_audit(c, vec![entry]).await?;
    let event = EventDraft {
        kind: "cn.lianjian.probe.created".into(),
        subject: id.to_string(),
        departments: Vec::new(),
        region: String::new(),
        at,
        trace_id: String::new(),
        data: "{}".into(),
    };
    ledger::put_events(c, vec![event]).await
}

/// The ids that have a row, an audit entry, an event: three lists, each sorted, with repetitions kept.
async fn everything(store: &Store) -> [Vec<String>; 3] {
    use store_kit::schema::{audit_entry, event};
    store
        .read::<_, StoreError, _>(async |c| {
            let rows: Vec<Uid> = on!(&mut *c, c => probe::table.select(probe::id).load(c))?;
            let audits: Vec<String> =
                on!(&mut *c, c => audit_entry::table.select(audit_entry::target).load(c))?;
            let events: Vec<String> = on!(&mut *c, c => event::table.select(event::subject).load(c))?;
            let mut all = [rows.into_iter().map(|u| u.0.to_string()).collect(), audits, events];
            all.iter_mut().for_each(|list: &mut Vec<String>| list.sort());
            Ok(all)
        })
        .await
        .unwrap()
}

/// Every row has exactly one audit entry and one event, and these have a row: nothing is half.
async fn assert_whole(store: &Store) -> Vec<String> {
    let [rows, audits, events] = everything(store).await;
    assert_eq!(rows, audits, "rows and audit entries differ");
    assert_eq!(rows, events, "rows and events differ");
    rows
}
