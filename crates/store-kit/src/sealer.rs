//! The sealer: one task per service that orders what was committed.
//!
//! Concurrent transactions commit out of order, so "id greater than" loses events on PostgreSQL. The sealer gives
//! committed events a gap-free `seq`, and folds committed audit entries into the hash chain with a signed head: soon
//! after a change, at least once a second, and once more before the service stops. Its leader is whoever holds the
//! row lock of `seal_state`; on SQLite there is one process anyway. Started by `service-kit`.

use crate::chain::{self, Line};
use crate::crypto::CryptoProvider;
use crate::prelude::*;
use crate::schema::{audit_entry, audit_head, seal_state};
use diesel::sql_types::{Array, BigInt, Text};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Rows sealed in one transaction at most.
const BATCH: i64 = 5000;
/// Longest pause between two runs.
const TICK: Duration = Duration::from_secs(1);
/// Changes that come within this time of each other are sealed together.
const GATHER: Duration = Duration::from_millis(20);

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_entry)]
struct AuditRow {
    position: i64,
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

/// The instant as it stands in a chain line: UTC, always six digits.
#[must_use]
pub fn chain_time(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// Seals until `stop` resolves, then once more.
pub async fn run(store: Store, crypto: Arc<dyn CryptoProvider>, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    loop {
        let stopping = tokio::select! {
            () = &mut stop => true,
            () = store.changed() => false,
            () = tokio::time::sleep(TICK) => false,
        };
        if !stopping {
            tokio::time::sleep(GATHER).await;
        }
        if let Err(e) = seal_all(&store, &crypto).await {
            // Readers wait a little longer; the next run picks up the same rows.
            tracing::warn!(error = %e, "sealing failed");
        }
        if stopping {
            return;
        }
    }
}

/// Seals everything that is committed now.
///
/// # Errors
/// Database errors; what was sealed before stays sealed.
pub async fn seal_all(store: &Store, crypto: &Arc<dyn CryptoProvider>) -> StoreResult<()> {
    loop {
        // A quick look first: an idle service must not write once a second.
        if !store.read(async |c| unsealed(c).await).await? {
            return Ok(());
        }
        let crypto = Arc::clone(crypto);
        let service = store.service().to_string();
        let (events, entries) =
            store.write::<_, StoreError, _>(async move |c| seal_batch(c, &crypto, &service).await).await?;
        if events > 0 {
            store.tell_sealed();
        }
        if events < BATCH && entries < BATCH {
            return Ok(());
        }
    }
}

async fn unsealed(c: &mut AnyConn<'_>) -> StoreResult<bool> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let found: Vec<Found> = on!(c, c => sql_query(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM event WHERE seq IS NULL) \
         OR EXISTS (SELECT 1 FROM audit_entry WHERE seq IS NULL) THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS n"
    ).load(c))?;
    Ok(found.first().is_some_and(|f| f.n == 1))
}

async fn seal_batch(
    c: &mut AnyConn<'_>,
    crypto: &Arc<dyn CryptoProvider>,
    service: &str,
) -> StoreResult<(i64, i64)> {
    // Updating the only row takes its lock: two sealers on PostgreSQL queue up here.
    on!(c, c => update(seal_state::table).set(seal_state::id.eq(1)).execute(c))?;
    let (event_seq, audit_seq, audit_hash): (i64, i64, String) = on!(c, c => seal_state::table
        .select((seal_state::event_seq, seal_state::audit_seq, seal_state::audit_hash)).first(c))?;

    let events = on!(c, c => sql_query(
        "UPDATE event SET seq = n.seq FROM (SELECT position, $1 + row_number() OVER (ORDER BY position) AS seq \
         FROM event WHERE seq IS NULL ORDER BY position LIMIT $2) AS n WHERE event.position = n.position"
    ).bind::<BigInt, _>(event_seq).bind::<BigInt, _>(BATCH).execute(c))? as i64;

    let rows: Vec<AuditRow> = on!(c, c => audit_entry::table.filter(audit_entry::seq.is_null())
        .order(audit_entry::position.asc()).limit(BATCH).select(AuditRow::as_select()).load(c))?;
    let entries = rows.len() as i64;
    let mut hash = audit_hash;
    let mut seq = audit_seq;
    let mut links: Vec<(i64, i64, String)> = Vec::with_capacity(rows.len());
    for row in rows {
        seq += 1;
        let position = row.position;
        hash = chain::link(&hash, &line(row, seq));
        links.push((position, seq, hash.clone()));
    }
    match c {
        AnyConn::Pg(_) => {
            let positions: Vec<i64> = links.iter().map(|l| l.0).collect();
            let seqs: Vec<i64> = links.iter().map(|l| l.1).collect();
            let hashes: Vec<&str> = links.iter().map(|l| l.2.as_str()).collect();
            if let AnyConn::Pg(shared) = c {
                use diesel_async::RunQueryDsl as _;
                let mut pg: &diesel_async::AsyncPgConnection = shared;
                sql_query(
                    "UPDATE audit_entry SET seq = n.seq, hash = n.hash \
                     FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS n(position, seq, hash) \
                     WHERE audit_entry.position = n.position",
                )
                .bind::<Array<BigInt>, _>(positions)
                .bind::<Array<BigInt>, _>(seqs)
                .bind::<Array<Text>, _>(hashes)
                .execute(&mut pg)
                .await?;
            }
        }
        AnyConn::Sqlite(lite) => {
            use diesel::RunQueryDsl as _;
            for (position, seq, hash) in &links {
                update(audit_entry::table.find(position))
                    .set((audit_entry::seq.eq(seq), audit_entry::hash.eq(hash)))
                    .execute(&mut **lite)?;
            }
        }
    }
    on!(c, c => update(seal_state::table).set((
        seal_state::event_seq.eq(event_seq + events), seal_state::audit_seq.eq(seq), seal_state::audit_hash.eq(&hash),
    )).execute(c))?;
    if entries > 0 {
        put_head(c, crypto, service, seq, &hash).await?;
    }
    Ok((events, entries))
}

fn line(row: AuditRow, seq: i64) -> Line {
    let AuditRow { position: _, id, at, actor, organ, action, target_kind, target, trace_id, detail } = row;
    Line {
        seq,
        id: id.0.to_string(),
        at: chain_time(at.0),
        actor,
        organ,
        action,
        target_kind,
        target,
        trace_id,
        detail,
        hash: String::new(),
    }
}

/// Stores the new head; heads of the same hour give way to the newest, so the table grows by 24 rows a day.
async fn put_head(
    c: &mut AnyConn<'_>,
    crypto: &Arc<dyn CryptoProvider>,
    service: &str,
    seq: i64,
    hash: &str,
) -> StoreResult<()> {
    let now = Timestamp::now();
    let hour = Timestamp::from_second(now.as_second() / 3600 * 3600).unwrap_or(now);
    let signature = crypto.sign(&chain::head_bytes(service, seq, hash));
    on!(c, c => delete(audit_head::table.filter(audit_head::sealed_at.ge(Stamp::from(hour)))).execute(c))?;
    on!(c, c => insert_into(audit_head::table).values((
        audit_head::seq.eq(seq), audit_head::hash.eq(hash), audit_head::sealed_at.eq(Stamp::from(now)),
        audit_head::key_id.eq(crypto.key_id()), audit_head::signature.eq(signature),
    )).execute(c))?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_entry)]
struct SealedRow {
    seq: Option<i64>,
    hash: Option<String>,
    #[diesel(embed)]
    row: AuditRow,
}

/// Sealed entries after `seq` as chain lines, with an optional target filter.
///
/// # Errors
/// Database errors.
pub async fn lines_after(
    c: &mut AnyConn<'_>,
    seq: i64,
    limit: i64,
    target: Option<&str>,
) -> StoreResult<Vec<Line>> {
    let rows: Vec<SealedRow> = on!(c, c => {
        let mut query = audit_entry::table.filter(audit_entry::seq.gt(seq)).order(audit_entry::seq.asc()).limit(limit)
            .select(SealedRow::as_select()).into_boxed();
        if let Some(target) = target {
            query = query.filter(audit_entry::target.eq(target.to_string()));
        }
        query.load(c)
    })?;
    Ok(rows
        .into_iter()
        .map(|SealedRow { seq, hash, row }| Line {
            hash: hash.unwrap_or_default(),
            ..line(row, seq.unwrap_or_default())
        })
        .collect())
}

/// All stored heads, oldest first.
///
/// # Errors
/// Database errors.
pub async fn heads(c: &mut AnyConn<'_>, service: &str) -> StoreResult<Vec<chain::Head>> {
    let rows: Vec<(i64, String, Stamp, String, String)> =
        on!(c, c => audit_head::table.order(audit_head::seq.asc()).load(c))?;
    Ok(rows
        .into_iter()
        .map(|(seq, hash, at, key_id, signature)| chain::Head {
            service: service.to_string(),
            seq,
            hash,
            sealed_at: at.0.to_string(),
            key_id,
            signature,
        })
        .collect())
}
