//! The endpoints that every service has: feed, audit, operations, health, metrics, document.
//!
//! Registered by `boot` beside a service's own routes; the gateway shows them under the service's name
//! (`/catalog/v1/feed`).

use crate::error::{Error, Result};
use crate::extract::{Ctx, Id, Query};
use crate::page::{Cursor, DEFAULT_LIMIT, Page};
use crate::reply::Reply;
use crate::service::Kit;
use crate::service::ServiceConfig;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use store_kit::ledger::{self, EventRow, FaultRow, OperationRow};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Paths registered here; the gateway shows them under a service's name.
pub const PATHS: [&str; 10] = [
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/v1/feed",
    "/v1/audit-entries",
    "/v1/audit-heads",
    "/v1/operations/{operation_id}",
    "/v1/operations/{operation_id}/faults",
    "/v1/operations/{operation_id}/cancel",
];

/// Registers them.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(operation_view)
        .service(operation_fault_list)
        .service(operation_cancel)
        .service(feed_read)
        .service(audit_list)
        .service(audit_head_list)
        .service(livez)
        .service(readyz)
        .service(metrics)
        .service(openapi_document);
}

/// Names their topics.
pub fn topics(config: &mut ServiceConfig<'_>) {
    config
        .topic("operations", "Long jobs: how far they are, what they found, stopping them (后台任务).")
        .topic("feed", "What happened in a service, in order (变更订阅).")
        .topic("audit", "Who did what, in a chain that can be proved offline (审计日志).")
        .topic("health", "Whether a process can work, its figures and its document (健康检查).");
}

static METRICS: OnceLock<metrics_exporter_prometheus::PrometheusHandle> = OnceLock::new();

/// Starts collecting metrics; once per process.
pub fn install_metrics() {
    let builder = metrics_exporter_prometheus::PrometheusBuilder::new()
        .set_buckets(&[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]);
    if let Ok(handle) = builder.and_then(metrics_exporter_prometheus::PrometheusBuilder::install_recorder) {
        let _ = METRICS.set(handle);
    }
}

/// The state of health of a service.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`, `degraded` or `down`.
    #[schema(max_length = 16, example = "ok")]
    pub status: &'static str,
    /// Each dependency and its state.
    #[schema(max_items = 20)]
    pub checks: Vec<HealthCheck>,
}

/// One dependency.
#[derive(Serialize, ToSchema)]
pub struct HealthCheck {
    /// Its name.
    #[schema(max_length = 64, example = "database")]
    pub name: &'static str,
    /// `ok`, `degraded` or `down`.
    #[schema(max_length = 16, example = "ok")]
    pub status: &'static str,
}

/// Is the process alive (存活).
///
/// The process runs.
#[utoipa::path(operation_id = "livez", tag = "health",
    responses((status = 200, description = "It is.", body = Health)))]
#[get("/livez")]
pub async fn livez() -> Result<Reply> {
    Ok(Reply::ok(&Health { status: "ok", checks: Vec::new() })?.header("cache-control", "no-store"))
}

/// Can the service work (就绪).
///
/// The service can work: its database answers and it is not stopping.
#[utoipa::path(operation_id = "readyz", tag = "health",
    responses((status = 200, description = "It can.", body = Health)))]
#[get("/readyz")]
pub async fn readyz(kit: Data<Kit>) -> Result<Reply> {
    let database = tokio::time::timeout(
        Duration::from_secs(2),
        kit.store.read::<_, Error, _>(async |c| Ok(c.batch("SELECT 1").await?)),
    )
    .await;
    let database = if matches!(database, Ok(Ok(()))) { "ok" } else { "down" };
    let mut checks = vec![HealthCheck { name: "database", status: database }];
    if kit.is_draining() {
        checks.push(HealthCheck { name: "stopping", status: "down" });
    }
    let extra = EXTRA_CHECKS.get().map(|f| f(kit.service)).unwrap_or_default();
    checks.extend(extra);
    let down = checks.iter().any(|c| c.status == "down");
    let degraded = checks.iter().any(|c| c.status == "degraded");
    let status = if down {
        "down"
    } else if degraded {
        "degraded"
    } else {
        "ok"
    };
    let mut reply = Reply::ok(&Health { status, checks })?.header("cache-control", "no-store");
    if down {
        reply.status = 503;
        reply = reply.header("content-type", "application/problem+json").header("retry-after", "2");
    }
    Ok(reply)
}

/// Checks of optional dependencies (Redis), set by who knows them.
pub static EXTRA_CHECKS: OnceLock<fn(&str) -> Vec<HealthCheck>> = OnceLock::new();

/// Figures for Prometheus (指标).
#[utoipa::path(operation_id = "metrics", tag = "health",
    responses((status = 200, description = "Text format 0.0.4.", body = String, content_type = "text/plain")))]
#[get("/metrics")]
pub async fn metrics(kit: Data<Kit>, req: actix_web::HttpRequest) -> HttpResponse {
    // The gateway's port is public: figures are for this machine only, and never through another proxy.
    let local = req.peer_addr().is_some_and(|a| a.ip().is_loopback())
        && !req.headers().contains_key("x-forwarded-for");
    if kit.forwards && !local {
        return HttpResponse::NotFound().finish();
    }
    let text = METRICS.get().map(|h| {
        h.run_upkeep();
        h.render()
    });
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text.unwrap_or_default())
}

/// The OpenAPI document (接口文档).
#[utoipa::path(operation_id = "openapi_document", tag = "health",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object)))]
#[get("/openapi.json")]
pub async fn openapi_document(kit: Data<Kit>, merged: Option<Data<MergedDocument>>) -> HttpResponse {
    let text = merged.map_or_else(|| kit.spec.text.to_string(), |m| m.0.to_string());
    HttpResponse::Ok().content_type("application/json").body(text)
}

/// The document to serve instead of the service's own; the gateway installs the merged one.
pub struct MergedDocument(pub std::sync::Arc<str>);

/// Query of the feed.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Events after this one; `0` or absent from the beginning.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991i64)]
    pub last_event_id: Option<i64>,
    /// How long to wait for the first event, milliseconds.
    #[param(minimum = 0, maximum = 30000)]
    pub timeout: Option<u64>,
    /// Events of one batch at most.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
}

/// An event as CloudEvents 1.0 has it.
#[derive(Serialize, ToSchema)]
pub struct CloudEvent {
    /// `1.0`.
    #[schema(max_length = 8, example = "1.0")]
    pub specversion: &'static str,
    /// Gap-free number within the source, as text; pass it as `lastEventId`.
    #[schema(max_length = 20, example = "42")]
    pub id: String,
    /// The service it comes from.
    #[schema(max_length = 100, example = "/lianjian/subjects")]
    pub source: String,
    /// `cn.lianjian.<resource>.<what>`; more kinds may come.
    #[schema(max_length = 100, example = "cn.lianjian.subject.created")]
    pub r#type: String,
    /// Id of the resource.
    #[schema(max_length = 100)]
    pub subject: String,
    /// When it happened.
    #[schema(format = DateTime, max_length = 40)]
    pub time: String,
    /// `application/json`.
    #[schema(max_length = 40)]
    pub datacontenttype: &'static str,
    /// W3C trace id of the change.
    #[schema(max_length = 32)]
    pub traceid: String,
    /// The message.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
}

impl CloudEvent {
    fn of(service: &str, row: EventRow) -> Self {
        let EventRow { seq, id: _, kind, subject, departments: _, region: _, occurred_at, trace_id, data } =
            row;
        Self {
            specversion: "1.0",
            id: seq.unwrap_or_default().to_string(),
            source: format!("/lianjian/{service}"),
            r#type: kind,
            subject,
            time: occurred_at.0.to_string(),
            datacontenttype: "application/json",
            traceid: trace_id,
            data: RawValue::from_string(data).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        }
    }
}

/// Read the change feed (变更订阅).
///
/// What has happened, in order, once each.
///
/// CloudEvents in batches by long poll, as http-feeds.org describes it. Numbers have no gaps; a caller limited to a
/// department or region gets the events it may see. `X-Feed-Position` names the last number looked at, also when nothing
/// was for this caller. Delivery is at least once: store the position together with the effect.
#[utoipa::path(operation_id = "feed_read", tag = "feed", params(FeedQuery),
    responses((status = 200, description = "Events, oldest first; empty when nothing came in time.",
        content_type = "application/cloudevents-batch+json", body = Vec<CloudEvent>)))]
#[get("/v1/feed")]
pub async fn feed_read(ctx: Ctx, query: Query<FeedQuery>) -> Result<Reply> {
    let FeedQuery { last_event_id, timeout, limit } = query.0;
    let limit = limit.unwrap_or(100).clamp(1, 1000);
    let until = Instant::now() + Duration::from_millis(timeout.unwrap_or(0).min(30_000));
    let scope = ctx.scope();
    let mut position = last_event_id.unwrap_or(0);
    let mut events: Vec<CloudEvent> = Vec::new();
    loop {
        let woken = ctx.kit.store.next_sealed();
        // Looks on while rows are there but none of them is for this caller.
        loop {
            let rows = ctx
                .kit
                .store
                .read::<_, Error, _>(async |c| Ok(ledger::events_after(c, position, limit).await?))
                .await?;
            let full = rows.len() as i64 == limit;
            for row in rows {
                if events.len() as i64 >= limit {
                    break;
                }
                position = row.seq.unwrap_or(position);
                if scope.sees(&row.departments.0, &row.region) {
                    events.push(CloudEvent::of(ctx.kit.service, row));
                }
            }
            if !full || !events.is_empty() {
                break;
            }
        }
        let now = Instant::now();
        if !events.is_empty() || now >= until || ctx.kit.is_draining() {
            break;
        }
        // Another replica's sealer does not wake us: look again after a while anyway.
        let wait = (until - now).min(Duration::from_millis(500));
        let _ = tokio::time::timeout(wait, woken).await;
    }
    Ok(Reply::ok(&events)?
        .header("content-type", "application/cloudevents-batch+json")
        .header("cache-control", "no-store")
        .header("x-feed-position", position.to_string()))
}

/// Query of the audit log.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Entries after this number.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991i64)]
    pub after: Option<i64>,
    /// Entries of one page at most.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// Only entries about this row.
    #[param(max_length = 100)]
    pub target: Option<String>,
}

/// Entries of the audit log with their chain values.
#[derive(Serialize, ToSchema)]
pub struct AuditPage {
    /// Entries in order.
    #[schema(max_items = 1000)]
    pub items: Vec<AuditEntryView>,
}

/// One entry of the audit log (审计记录); `hash` chains it to all before it.
#[derive(Serialize, ToSchema)]
pub struct AuditEntryView {
    /// Gap-free number, 1 for the first.
    pub seq: i64,
    /// Entry id.
    #[schema(max_length = 36)]
    pub id: String,
    /// UTC, six digits of a second.
    #[schema(max_length = 40)]
    pub at: String,
    /// Account or task.
    #[schema(max_length = 100)]
    pub actor: String,
    /// Organ code.
    #[schema(max_length = 64)]
    pub organ: String,
    /// operationId or task.
    #[schema(max_length = 100)]
    pub action: String,
    /// Kind of the row changed.
    #[schema(max_length = 64)]
    pub target_kind: String,
    /// Its id.
    #[schema(max_length = 200)]
    pub target: String,
    /// W3C trace id.
    #[schema(max_length = 32)]
    pub trace_id: String,
    /// Canonical JSON text of what changed.
    #[schema(max_length = 100000)]
    pub detail: String,
    /// Chain value, hex.
    #[schema(max_length = 64)]
    pub hash: String,
}

/// List audit entries (审计日志).
///
/// Who did what.
#[utoipa::path(operation_id = "audit_list", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "Sealed entries in order.", body = AuditPage)))]
#[get("/v1/audit-entries")]
pub async fn audit_list(ctx: Ctx, query: Query<AuditQuery>) -> Result<Reply> {
    let AuditQuery { after, limit, target } = query.0;
    let limit = limit.unwrap_or(200).clamp(1, 1000);
    let lines = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            Ok(store_kit::sealer::lines_after(c, after.unwrap_or(0), limit, target.as_deref()).await?)
        })
        .await?;
    let items = lines
        .into_iter()
        .map(|l| {
            let store_kit::chain::Line {
                seq,
                id,
                at,
                actor,
                organ,
                action,
                target_kind,
                target,
                trace_id,
                detail,
                hash,
            } = l;
            AuditEntryView { seq, id, at, actor, organ, action, target_kind, target, trace_id, detail, hash }
        })
        .collect();
    Ok(Reply::ok(&AuditPage { items })?.header("cache-control", "no-store"))
}

/// Signed heads of the audit chain.
#[derive(Serialize, ToSchema)]
pub struct AuditHeads {
    /// Ed25519 public key, hex.
    #[schema(max_length = 64)]
    pub public_key: String,
    /// Heads, oldest first.
    #[schema(max_items = 100000)]
    pub items: Vec<AuditHeadView>,
}

/// A signed statement that the chain had this value at this length.
#[derive(Serialize, ToSchema)]
pub struct AuditHeadView {
    /// The service.
    #[schema(max_length = 64)]
    pub service: String,
    /// Number of the last entry covered.
    pub seq: i64,
    /// Chain value, hex.
    #[schema(max_length = 64)]
    pub hash: String,
    /// When.
    #[schema(max_length = 40)]
    pub sealed_at: String,
    /// Names the key.
    #[schema(max_length = 16)]
    pub key_id: String,
    /// Ed25519, hex.
    #[schema(max_length = 128)]
    pub signature: String,
}

/// List signed heads of the audit chain (审计链首).
///
/// The signed heads of the audit chain, to be kept elsewhere.
#[utoipa::path(operation_id = "audit_head_list", tag = "audit",
    responses((status = 200, description = "Heads, oldest first.", body = AuditHeads)))]
#[get("/v1/audit-heads")]
pub async fn audit_head_list(ctx: Ctx) -> Result<Reply> {
    let service = ctx.kit.service;
    let heads =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(store_kit::sealer::heads(c, service).await?)).await?;
    let items = heads
        .into_iter()
        .map(|h| {
            let store_kit::chain::Head { service, seq, hash, sealed_at, key_id, signature } = h;
            AuditHeadView { service, seq, hash, sealed_at, key_id, signature }
        })
        .collect();
    Ok(Reply::ok(&AuditHeads { public_key: ctx.kit.crypto.public_key(), items })?
        .header("cache-control", "no-store"))
}

/// A long job (后台任务).
#[derive(Serialize, ToSchema)]
pub struct OperationView {
    /// Its id.
    pub id: Uuid,
    /// What it is, such as `subject_import`.
    #[schema(max_length = 64)]
    pub kind: String,
    /// `running`, `succeeded`, `failed` or `cancelled`.
    #[schema(max_length = 16, example = "succeeded")]
    pub state: String,
    /// How far it is.
    pub progress: Progress,
    /// What came of it, once it has ended.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Box<RawValue>>,
    /// Start.
    #[schema(format = DateTime, max_length = 40)]
    pub created_at: String,
    /// Last sign of life.
    #[schema(format = DateTime, max_length = 40)]
    pub updated_at: String,
}

/// How far a job is.
#[derive(Serialize, ToSchema)]
pub struct Progress {
    /// Units done.
    pub done: i64,
    /// Units refused.
    pub failed: i64,
    /// Units in all, when known.
    pub total: Option<i64>,
}

impl From<OperationRow> for OperationView {
    fn from(row: OperationRow) -> Self {
        let OperationRow {
            id,
            kind,
            state,
            department: _,
            created_by: _,
            done,
            failed,
            total,
            parameters: _,
            result,
            created_at,
            updated_at,
        } = row;
        Self {
            id: id.0,
            kind,
            state,
            progress: Progress { done, failed, total },
            result: result.and_then(|r| RawValue::from_string(r).ok()),
            created_at: created_at.0.to_string(),
            updated_at: updated_at.0.to_string(),
        }
    }
}

async fn visible_operation(ctx: &Ctx, id: Uuid) -> Result<OperationRow> {
    let row = ctx.kit.store.read::<_, Error, _>(async |c| Ok(ledger::find_operation(c, id).await?)).await?;
    let who = ctx.who()?;
    row.filter(|r| r.created_by == who.subject || ctx.scope().sees_department(&r.department))
        .ok_or_else(|| Error::not_found("operation"))
}

/// View a long job (后台任务).
///
/// A long job's state and progress.
#[utoipa::path(operation_id = "operation_view", tag = "operations",
    params(("operation_id" = Uuid, Path, description = "Id of the job")),
    responses((status = 200, description = "Its state.", body = OperationView)))]
#[get("/v1/operations/{operation_id}")]
pub async fn operation_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    let row = visible_operation(&ctx, id.0).await?;
    let reply = Reply::ok(&OperationView::from(row))?.header("cache-control", "no-store");
    Ok(reply)
}

/// Query of a job's report.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FaultQuery {
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Lines of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of a job's report.
#[derive(Serialize, ToSchema)]
pub struct OperationFaultPage {
    /// Lines in order.
    #[schema(max_items = 200)]
    pub items: Vec<OperationFaultView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// One line of a job's report.
#[derive(Serialize, ToSchema)]
pub struct OperationFaultView {
    /// Order, from 1.
    pub number: i64,
    /// Physical line of the input, from 1.
    pub line: i64,
    /// Column name or cell reference.
    #[schema(max_length = 100)]
    pub column: String,
    /// Stable code.
    #[schema(max_length = 64)]
    pub code: String,
    /// `block` or `warn`.
    #[schema(max_length = 8)]
    pub severity: String,
    /// The value, cut.
    #[schema(max_length = 200)]
    pub value: String,
    /// What to do about it.
    #[schema(max_length = 1000)]
    pub hint: String,
}

/// List the lines of a job's report (任务报告).
///
/// A long job's report, line by line.
#[utoipa::path(operation_id = "operation_fault_list", tag = "operations",
    params(("operation_id" = Uuid, Path, description = "Id of the job"), FaultQuery),
    responses((status = 200, description = "A page of the report.", body = OperationFaultPage)))]
#[get("/v1/operations/{operation_id}/faults")]
pub async fn operation_fault_list(ctx: Ctx, id: Id<Uuid>, query: Query<FaultQuery>) -> Result<Reply> {
    visible_operation(&ctx, id.0).await?;
    let limit = query.0.limit.unwrap_or(DEFAULT_LIMIT);
    let after: i64 = query.0.cursor.as_deref().map(|c| Cursor::read(&ctx, c)).transpose()?.unwrap_or(0);
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(ledger::faults_after(c, id.0, after, limit + 1).await?))
        .await?;
    let page = Page::cut(&ctx, rows, limit, |r: &FaultRow| r.number).map(|r| {
        let FaultRow { operation_id: _, number, line, cell, code, severity, value, hint } = r;
        OperationFaultView { number, line, column: cell, code, severity, value, hint }
    });
    let next = page.next.clone();
    Reply::page(&ctx, &OperationFaultPage { items: page.items, next: page.next }, next.as_deref())
}

/// Cancel a long job (取消任务).
///
/// Stops a long job; what it has committed stays, in `atomic` mode nothing does.
#[utoipa::path(operation_id = "operation_cancel", tag = "operations",
    params(("operation_id" = Uuid, Path, description = "Id of the job")),
    responses((status = 202, description = "It will stop soon.", body = OperationView)))]
#[post("/v1/operations/{operation_id}/cancel")]
pub async fn operation_cancel(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    let row = visible_operation(&ctx, id.0).await?;
    if row.state != "running" {
        return Err(Error::conflict("operation_ended", "任务已结束", "the job has ended"));
    }
    let kit = ctx.kit.clone();
    let reply = ctx
        .change(async move |tx| {
            let id = row.id.0;
            let (department, kind) = (row.department.clone(), row.kind.clone());
            tx.audit("operation", id, serde_json::json!({"cancel": true}));
            tx.event(
                "operation.cancelled",
                id,
                &[department],
                "",
                &serde_json::json!({"id": id, "kind": kind}),
            )?;
            Reply::accepted(&OperationView::from(row), format!("/v1/operations/{id}"))
        })
        .await?;
    // After the commit: the job's own last word is the row's state.
    if !kit.jobs.cancel(id.0) {
        crate::jobs::progress(&kit, id.0, "cancelled", (0, 0, None), None).await?;
    }
    Ok(reply)
}
