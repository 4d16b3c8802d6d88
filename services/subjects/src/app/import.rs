//! Imports: a file comes in as a stream, is spooled, and is worked on as an operation that survives a crash.
//!
//! The spool file and the operation are there before the caller gets 202. Rows are written in chunks of five hundred, each
//! one transaction of rows, history, events, one audit entry, the report's lines and the operation's progress, so a
//! stopped process goes on behind the last committed chunk and no row comes in twice. Memory does not grow with the file:
//! one chunk is parsed while the one before is written. `atomic` checks everything first and then writes one transaction.

use super::subject::{SubjectEvent, natural_key};
use crate::api::import::{IdentifierCounts, ImportAccepted, ImportMode, ImportSummary, SubjectImportQuery};
use crate::config::Config;
use crate::domain::row::{self, Defaults, Field, Given, Remark};
use crate::domain::subject::Content;
use crate::store::history;
use crate::store::subject::{self as store, Draft};
use actix_web::HttpRequest;
use actix_web::web::Payload;
use domain::identifier::{IdentifierCheck, IdentifierKind};
use domain::ids::SubjectId;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use service_kit::change::Actor;
use service_kit::jobs::{Cancel, new_operation};
use service_kit::patience::body_fault;
use service_kit::service::Stop;
use service_kit::{Ctx, Error, Kind, Kit, Reply, Result, Tx};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store_kit::ledger::{self, FaultRow, OperationRow};
use store_kit::types::Uid;
use table_kit::header::Header;
use table_kit::rows::{Options, Record, Rows, Source};
use table_kit::sniff::Format;
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

/// Rows of one transaction.
const CHUNK: usize = 500;
/// Lines of a report that are kept.
const REPORT: u64 = 200_000;
/// Imports under way in one process at most.
const JOBS: usize = 4;

/// What an import was asked to do, as kept with its operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    mode: ImportMode,
    dry_run: bool,
    format: String,
    department: String,
    region_code: String,
    sha256: String,
    bytes: u64,
    actor: String,
    organ: String,
    trace_id: String,
    max_atomic_rows: u64,
}

/// Where an operation's file lies.
fn spool(kit: &Kit, id: Uuid) -> PathBuf {
    kit.core.data_dir.join("spool").join("subjects").join(id.to_string())
}

/// Receives a file and starts working on it.
pub async fn subject_import(
    ctx: &Ctx,
    config: &Config,
    query: SubjectImportQuery,
    req: &HttpRequest,
    payload: Payload,
) -> Result<Reply> {
    ctx.check_media(req)?;
    let who = ctx.who()?;
    let SubjectImportQuery { mode, dry_run, format, department, region_code } = query;
    let department = department.unwrap_or_else(|| who.department.clone());
    if department != who.department && !super::subject::may_write_for_all(who) {
        return Err(Error::forbidden(
            "not_your_department",
            "只能导入本部门的名录",
            "only your own department's registry",
        ));
    }
    if ctx.kit.jobs.running() >= JOBS {
        return Err(Error::unavailable("too many imports under way"));
    }
    let region_code = match region_code {
        Some(raw) => crate::domain::subject::region("?region_code", &raw)
            .map_err(|f| Error::malformed("bad_parameter", vec![f]))?,
        None => domain::code::region::NANZHENG.to_string(),
    };
    let mut row = new_operation("subject_import", &department, &who.subject, &(), ctx.now());
    let id = row.id.0;
    let path = spool(&ctx.kit, id);
    let received = receive(payload, &path, config.max_import_bytes).await;
    let (bytes, sha256, prefix) = match received {
        Ok(r) => r,
        Err(e) => {
            let _ = tokio::fs::remove_file(&path).await;
            return Err(e);
        }
    };
    let format = match told_format(req, format.as_deref(), &prefix) {
        Ok(f) => f,
        Err(e) => {
            let _ = tokio::fs::remove_file(&path).await;
            return Err(e);
        }
    };
    let order = Order {
        mode: mode.unwrap_or_default(),
        dry_run: dry_run.unwrap_or(false),
        format,
        department: department.clone(),
        region_code,
        sha256: sha256.clone(),
        bytes,
        actor: who.subject.clone(),
        organ: who.department.clone(),
        trace_id: ctx.trace_id().to_string(),
        max_atomic_rows: config.max_atomic_rows,
    };
    row.parameters = serde_json::to_string(&order).map_err(|e| Error::internal(e.to_string()))?;
    ctx.set_fingerprint(&sha256);
    let operation = row.clone();
    let started = ctx
        .change(async move |tx| {
            ledger::put_operation(tx.conn(), &operation).await?;
            tx.audit("operation", id, json!({"kind": "subject_import", "sha256": sha256, "bytes": bytes}));
            let data = json!({"id": id, "kind": "subject_import", "department": department});
            tx.event("operation.started", id, std::slice::from_ref(&department), "", &data)?;
            Reply::accepted(
                &ImportAccepted { operation_id: id, bytes, sha256 },
                format!("/v1/operations/{id}"),
            )
        })
        .await;
    let is_new = started.as_ref().is_ok_and(|r| !r.headers.iter().any(|(n, _)| n == "idempotent-replayed"));
    if is_new {
        start(&ctx.kit, row, order);
    } else {
        // The first request's file is the one being worked on.
        let _ = tokio::fs::remove_file(&path).await;
    }
    started
}

/// Writes the body to disk as it comes: bytes, SHA-256, first bytes.
async fn receive(mut payload: Payload, path: &PathBuf, limit: u64) -> Result<(u64, String, Vec<u8>)> {
    let disk = |e: std::io::Error| Error::from(store_kit::StoreError::Full(e.to_string()));
    let file = tokio::fs::File::create(path).await.map_err(disk)?;
    let mut file = tokio::io::BufWriter::with_capacity(256 * 1024, file);
    let mut hash = Sha256::new();
    let mut bytes = 0u64;
    let mut prefix = Vec::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|e| body_fault(&e))?;
        bytes += piece.len() as u64;
        if bytes > limit {
            return Err(Error::new(
                Kind::TooLarge,
                "body_too_large",
                format!("文件不得超过 {limit} 字节"),
                format!("the file may have at most {limit} bytes"),
            ));
        }
        if prefix.len() < table_kit::sniff::PREFIX_BYTES {
            let want = table_kit::sniff::PREFIX_BYTES - prefix.len();
            prefix.extend_from_slice(&piece[..want.min(piece.len())]);
        }
        hash.update(&piece);
        file.write_all(&piece).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)?;
    // The 202 promises that the file is safe.
    file.get_ref().sync_data().await.map_err(disk)?;
    if bytes == 0 {
        return Err(Error::invalid_at("", "empty_file", "文件是空的", "the file is empty"));
    }
    Ok((bytes, hex::encode(hash.finalize()), prefix))
}

/// What the file is; a file of a kind that is not read is refused before anything starts.
fn told_format(req: &HttpRequest, asked: Option<&str>, prefix: &[u8]) -> Result<String> {
    let content_type = req.headers().get("content-type").and_then(|h| h.to_str().ok());
    let sniffed = table_kit::sniff::sniff(prefix, None, content_type).map_err(|e| table_error(&e))?;
    Ok(match (asked, sniffed) {
        (Some(asked), _) => asked.to_string(),
        (None, table_kit::sniff::Sniffed::Plain(f)) => format_name(f).to_string(),
        // What is inside is told when it is unpacked.
        (None, table_kit::sniff::Sniffed::Gzip) => String::new(),
    })
}

fn format_name(f: Format) -> &'static str {
    match f {
        Format::Csv => "csv",
        Format::Ndjson => "ndjson",
        Format::Xlsx => "xlsx",
    }
}

fn table_error(e: &table_kit::TableError) -> Error {
    let pointer = e.cell_ref().unwrap_or_default();
    Error::invalid_at(pointer, e.code, e.hint_zh, e.hint_en)
}

/// Starts the job on a thread of its own.
fn start(kit: &Kit, row: OperationRow, order: Order) {
    let id = row.id.0;
    let cancel = kit.jobs.begin(id);
    let job_kit = kit.clone();
    let spawned = kit.store.scan("import", move |_| async move {
        run(&job_kit, row, order, &cancel).await;
        job_kit.jobs.end(id);
    });
    if let Err(e) = spawned {
        tracing::error!(error = %e, "an import could not start; it is picked up at the next start");
        kit.jobs.end(id);
    }
}

/// Picks up what a stopped process left, and clears files nobody needs.
pub async fn resume_all(kit: Kit, _stop: Stop) {
    let left = kit.store.read::<_, Error, _>(async |c| Ok(ledger::operations_in(c, "running").await?)).await;
    let left = match left {
        Ok(rows) => rows,
        Err(e) => {
            tracing::warn!(error = %e, "imports left over are not resumed");
            return;
        }
    };
    let mut needed = HashSet::new();
    for row in left.into_iter().filter(|r| r.kind == "subject_import") {
        let id = row.id.0;
        needed.insert(id.to_string());
        if kit.jobs.has(id) {
            continue;
        }
        match serde_json::from_str::<Order>(&row.parameters) {
            Ok(order) if spool(&kit, id).exists() => {
                tracing::info!(operation = %id, done = row.done, "an import goes on");
                start(&kit, row, order);
            }
            // On PostgreSQL another replica may hold the file; it is given up after an hour without a sign of life.
            Ok(_)
                if kit.clock.now().duration_since(row.updated_at.0) < jiff::SignedDuration::from_hours(1)
                    && kit.store.kind() == store_kit::Kind::Postgres => {}
            _ => {
                let summary = ImportSummary { stopped: Some("spool_lost".into()), ..summary_of(&row) };
                finish(&kit, id, "failed", &summary).await;
            }
        }
    }
    if let Ok(entries) = std::fs::read_dir(kit.core.data_dir.join("spool").join("subjects")) {
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_old = entry
                .metadata()
                .and_then(|m| m.modified())
                .is_ok_and(|t| t.elapsed().unwrap_or_default() > Duration::from_secs(24 * 3600));
            if !needed.contains(&name) && is_old {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

fn summary_of(row: &OperationRow) -> ImportSummary {
    row.result.as_deref().and_then(|r| serde_json::from_str(r).ok()).unwrap_or_default()
}

async fn finish(kit: &Kit, id: Uuid, state: &'static str, summary: &ImportSummary) {
    let result = serde_json::to_string(summary).ok();
    let good = (summary.rows - summary.rejected).try_into().unwrap_or(i64::MAX);
    let counts = (good, summary.rejected as i64, Some(summary.rows as i64));
    let now = kit.clock.now();
    let ended = service_kit::change::run(kit, Actor::task("subject_import", now), async move |tx| {
        ledger::set_operation(tx.conn(), id, state, counts, result.clone(), now).await?;
        let row = ledger::find_operation(tx.conn(), id).await?;
        let department = row.map(|r| r.department).unwrap_or_default();
        tx.audit("operation", id, json!({"state": state, "done": counts.0, "failed": counts.1}));
        let data = json!({"id": id, "kind": "subject_import", "state": state});
        tx.event("operation.ended", id, &[department], "", &data)
    })
    .await;
    if let Err(e) = ended {
        tracing::error!(operation = %id, error = %e, "the end of an import could not be recorded");
    }
}

/// The whole life of a job.
async fn run(kit: &Kit, row: OperationRow, order: Order, cancel: &Cancel) {
    let id = row.id.0;
    let mut job = Job::new(kit, id, &row, order);
    let state = match job.work(cancel).await {
        Ok(()) if cancel.is_set() && kit.is_draining() => return, // goes on at the next start
        Ok(()) if cancel.is_set() => "cancelled",
        Ok(()) => "succeeded",
        Err(e) => {
            tracing::warn!(operation = %id, error = %e, "an import ended early");
            job.summary.stopped = Some(format!("{}: {}", e.code, e.zh));
            "failed"
        }
    };
    job.summary.rows = job.seen;
    let written = job.summary.created + job.summary.updated;
    if written > 0
        && let Err(e) =
            kit.store.write::<_, Error, _>(async move |c| crate::store::text::tidy(c, written).await).await
    {
        tracing::warn!(operation = %id, error = %e, "the name index could not be tidied");
    }
    finish(kit, id, state, &job.summary).await;
    let _ = std::fs::remove_file(spool(kit, id));
}

/// One row that is ready to be stored.
struct Item {
    content: Content,
    given: Given,
    key: String,
    line: u64,
}

/// Rows that go into one transaction.
#[derive(Default)]
struct Chunk {
    items: Vec<Item>,
    keys: HashSet<String>,
    faults: Vec<FaultRow>,
    /// Records read up to and including this chunk.
    seen: u64,
    summary: ImportSummary,
}

struct Job {
    kit: Kit,
    id: Uuid,
    order: Order,
    defaults: Defaults,
    summary: ImportSummary,
    /// Records read.
    seen: u64,
    /// Records that an earlier process has dealt with.
    skip: u64,
    /// Lines of the report written.
    reported: u64,
}

/// Where the cells of a record are.
enum Shape {
    Table(Vec<Option<usize>>),
    Lines,
}

impl Job {
    fn new(kit: &Kit, id: Uuid, row: &OperationRow, order: Order) -> Self {
        let skip = u64::try_from(row.done + row.failed).unwrap_or(0);
        let mut summary = if skip > 0 { summary_of(row) } else { ImportSummary::default() };
        summary.dry_run = order.dry_run;
        let defaults =
            Defaults { department: order.department.clone(), region_code: order.region_code.clone() };
        let reported = summary.warnings + summary.rejected;
        Self {
            kit: kit.clone(),
            id,
            order,
            defaults,
            summary,
            seen: 0,
            skip,
            reported: reported * u64::from(skip > 0),
        }
    }

    fn open(&self) -> Result<Rows<'static>> {
        let file = std::fs::File::open(spool(&self.kit, self.id))
            .map_err(|e| Error::unavailable(format!("spool file: {e}")))?;
        let format = match self.order.format.as_str() {
            "csv" => Some(Format::Csv),
            "ndjson" => Some(Format::Ndjson),
            "xlsx" => Some(Format::Xlsx),
            _ => None,
        };
        let options =
            // What our export made harmless becomes itself again.
            Options { format, formula_guard: true, temp_dir: Some(self.kit.core.data_dir.join("spool")), ..Options::default() };
        Source::open(std::io::BufReader::with_capacity(256 * 1024, file), options)
            .map_err(|e| table_error(&e))
    }

    /// Reads the header of a table; what is not known is said once.
    fn shape(&self, rows: &mut Rows<'_>, record: &mut Record, chunk: &mut Chunk) -> Result<Shape> {
        if rows.format() == Format::Ndjson {
            return Ok(Shape::Lines);
        }
        if !rows.next(record).map_err(|e| table_error(&e))? {
            return Err(Error::invalid_at("", "empty_file", "文件是空的", "the file is empty"));
        }
        let header = Header::map(record.iter(), row::FIELDS);
        let titles: Vec<String> = record.iter().map(ToString::to_string).collect();
        if header.column_at(Field::Name as usize).is_none() {
            return Err(Error::invalid_at(
                "/header",
                "name_column_missing",
                format!(
                    "表头中没有名称列（如“企业名称”）：{}",
                    titles.join("、").chars().take(200).collect::<String>()
                ),
                "the header has no column for the name, such as 企业名称 or name",
            ));
        }
        if self.skip == 0 {
            for (column, title) in header.unknown.iter().chain(&header.duplicate) {
                self.report(
                    chunk,
                    record.line(),
                    Remark {
                        column: "header",
                        code: "unknown_column".into(),
                        is_blocking: false,
                        value: title.clone(),
                        zh: format!("第 {column} 列未使用"),
                        en: format!("column {column} is not used"),
                    },
                );
            }
        }
        Ok(Shape::Table((0..row::FIELDS.len()).map(|i| header.column_at(i)).collect()))
    }

    fn report(&self, chunk: &mut Chunk, line: u64, remark: Remark) {
        let Remark { column, code, is_blocking, value, zh, en } = remark;
        if !is_blocking {
            chunk.summary.warnings += 1;
        }
        if self.reported + chunk.faults.len() as u64 >= REPORT {
            return;
        }
        chunk.faults.push(FaultRow {
            operation_id: Uid(self.id),
            number: 0,
            line: line as i64,
            cell: column.to_string(),
            code,
            severity: if is_blocking { "block" } else { "warn" }.to_string(),
            value,
            hint: format!("{zh}（{en}）"),
        });
    }

    async fn work(&mut self, cancel: &Cancel) -> Result<()> {
        if self.order.mode == ImportMode::Atomic {
            return self.work_atomic(cancel).await;
        }
        let mut rows = self.open()?;
        self.summary.format = format_name(rows.format()).to_string();
        let mut record = Record::new();
        let mut chunk = self.new_chunk();
        let shape = self.shape(&mut rows, &mut record, &mut chunk)?;
        let mut held: Option<Item> = None;
        loop {
            let more = self.fill(&mut rows, &mut record, &shape, &mut chunk, &mut held)?;
            let full = std::mem::take(&mut chunk);
            self.commit(full).await?;
            chunk = self.new_chunk();
            if !more || cancel.is_set() {
                return Ok(());
            }
        }
    }

    fn new_chunk(&self) -> Chunk {
        Chunk { seen: self.seen, summary: self.summary.clone(), ..Chunk::default() }
    }

    /// Reads rows until the chunk is full, the file ends, or a row meets itself in the chunk.
    fn fill(
        &mut self,
        rows: &mut Rows<'_>,
        record: &mut Record,
        shape: &Shape,
        chunk: &mut Chunk,
        held: &mut Option<Item>,
    ) -> Result<bool> {
        if let Some(item) = held.take() {
            chunk.keys.insert(item.key.clone());
            chunk.items.push(item);
            self.seen += 1;
            chunk.seen = self.seen;
        }
        while chunk.items.len() < CHUNK && chunk.faults.len() < 4 * CHUNK {
            let is_there = match rows.next(record) {
                Ok(is_there) => is_there,
                Err(e) => {
                    // The rows before a broken place are good: they are kept, and the place is told.
                    return self.broken(chunk, &e);
                }
            };
            if !is_there {
                return Ok(false);
            }
            if self.seen < self.skip {
                self.seen += 1;
                chunk.seen = self.seen;
                continue;
            }
            if let Some(item) = self.take(record, shape, chunk) {
                if chunk.keys.contains(&item.key) {
                    // The same subject twice in one chunk: the later row must see the earlier one stored.
                    *held = Some(item);
                    return Ok(true);
                }
                chunk.keys.insert(item.key.clone());
                chunk.items.push(item);
            }
            self.seen += 1;
            chunk.seen = self.seen;
        }
        Ok(true)
    }

    fn broken(&mut self, chunk: &mut Chunk, e: &table_kit::TableError) -> Result<bool> {
        let remark = Remark {
            column: "file",
            code: e.code.to_string(),
            is_blocking: true,
            value: e.value.as_deref().unwrap_or_default().to_string(),
            zh: e.hint_zh.to_string(),
            en: e.hint_en.to_string(),
        };
        self.report(chunk, e.row.unwrap_or(0), remark);
        chunk.summary.stopped = Some(e.code.to_string());
        self.summary.stopped.clone_from(&chunk.summary.stopped);
        Ok(false)
    }

    /// One record: an item, or remarks that refuse it.
    fn take(&self, record: &Record, shape: &Shape, chunk: &mut Chunk) -> Option<Item> {
        let line = record.line();
        chunk.summary.rows += 1;
        let mut is_refused = record.is_blocked();
        for fault in record.faults() {
            let remark = Remark {
                column: "row",
                code: fault.code.to_string(),
                is_blocking: fault.is_blocking(),
                value: fault.value.as_deref().unwrap_or_default().to_string(),
                zh: fault.hint_zh.to_string(),
                en: fault.hint_en.to_string(),
            };
            self.report(chunk, line, remark);
        }
        let parsed = if is_refused { None } else { Some(self.parse(record, shape)) };
        let mut content = None;
        let mut given = Given::default();
        if let Some(parsed) = parsed {
            for remark in parsed.remarks {
                self.report(chunk, line, remark);
            }
            given = parsed.given;
            content = parsed.content;
            is_refused = content.is_none();
        }
        if is_refused {
            chunk.summary.rejected += 1;
            return None;
        }
        let content = content?;
        count(&mut chunk.summary.identifiers, &content);
        let key = natural_key(&self.kit.crypto, &content);
        Some(Item { content, given, key, line })
    }

    fn parse(&self, record: &Record, shape: &Shape) -> row::Parsed {
        match shape {
            Shape::Table(columns) => row::parse(
                |f| columns.get(f as usize).copied().flatten().and_then(|c| record.get(c)),
                &self.defaults,
            ),
            Shape::Lines => match serde_json::from_str::<Line<'_>>(record.raw()) {
                Ok(line) => {
                    let mut parsed = row::parse(|f| line.cell(f), &self.defaults);
                    if let (Some(content), Some(departments)) = (&mut parsed.content, &line.departments) {
                        let given: Vec<String> = departments.iter().map(ToString::to_string).collect();
                        content.departments =
                            crate::domain::subject::departments(&self.defaults.department, &given);
                    }
                    parsed
                }
                Err(e) => row::Parsed {
                    content: None,
                    given: Given::default(),
                    remarks: vec![Remark {
                        column: "row",
                        code: "bad_json".into(),
                        is_blocking: true,
                        value: record.raw().chars().take(80).collect(),
                        zh: format!("不是有效的 JSON 行：{e}"),
                        en: format!("not a JSON line as documented: {e}"),
                    }],
                },
            },
        }
    }

    /// Stores a chunk, trying again while the database is away.
    async fn commit(&mut self, mut chunk: Chunk) -> Result<()> {
        for (number, fault) in chunk.faults.iter_mut().enumerate() {
            fault.number = (self.reported + number as u64 + 1) as i64;
        }
        self.reported += chunk.faults.len() as u64;
        if chunk.seen <= self.skip && chunk.items.is_empty() && chunk.faults.is_empty() {
            return Ok(());
        }
        let order = self.order.clone();
        let (id, kit) = (self.id, self.kit.clone());
        let chunk = Arc::new(chunk);
        let mut pause = Duration::from_millis(200);
        let summary = loop {
            let (work, order, crypto) = (Arc::clone(&chunk), order.clone(), Arc::clone(&kit.crypto));
            let now = kit.clock.now();
            let actor = actor_of(&order, now);
            let today = service_kit::clock::china_date(now);
            let done = service_kit::change::run(&kit, actor, async move |tx| {
                let summary = store_chunk(tx, id, &order, &work, &crypto, today).await?;
                let good = summary.rows.saturating_sub(summary.rejected) as i64;
                let counts =
                    (good.max(work.seen as i64 - summary.rejected as i64), summary.rejected as i64, None);
                let result = serde_json::to_string(&summary).ok();
                ledger::put_faults(tx.conn(), &work.faults).await?;
                ledger::set_operation(tx.conn(), id, "running", counts, result, now).await?;
                Ok(summary)
            })
            .await;
            match done {
                Ok(summary) => break summary,
                Err(e) if e.kind == Kind::Unavailable && pause < Duration::from_secs(60) => {
                    tracing::warn!(operation = %id, error = %e, "an import waits for the database");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(e) => return Err(e),
            }
        };
        self.summary = summary;
        Ok(())
    }

    /// All or nothing: everything is checked first, then written as one transaction.
    async fn work_atomic(&mut self, cancel: &Cancel) -> Result<()> {
        let mut rows = self.open()?;
        self.summary = ImportSummary {
            format: format_name(rows.format()).to_string(),
            dry_run: self.order.dry_run,
            ..ImportSummary::default()
        };
        self.skip = 0;
        let mut record = Record::new();
        let mut chunk = self.new_chunk();
        let shape = self.shape(&mut rows, &mut record, &mut chunk)?;
        let mut faults = Vec::new();
        let mut held = None;
        loop {
            let more = self.fill(&mut rows, &mut record, &shape, &mut chunk, &mut held)?;
            self.summary = chunk.summary.clone();
            faults.append(&mut chunk.faults);
            chunk = self.new_chunk();
            if self.seen > self.order.max_atomic_rows {
                return Err(Error::invalid_at(
                    "",
                    "too_many_rows",
                    format!("整体导入不得超过 {} 行，请改用 mode=partial", self.order.max_atomic_rows),
                    format!(
                        "an atomic import takes at most {} rows; use mode=partial",
                        self.order.max_atomic_rows
                    ),
                ));
            }
            if !more {
                break;
            }
            if cancel.is_set() {
                return Ok(());
            }
        }
        let checked = self.summary.clone();
        let refused = checked.rejected > 0 || checked.stopped.is_some();
        for (number, fault) in faults.iter_mut().enumerate() {
            fault.number = number as i64 + 1;
        }
        let id = self.id;
        self.kit
            .store
            .write::<_, Error, _>(async move |c| {
                // A second try after a crash finds the lines of the first.
                store_kit::ledger::forget_faults(c, id).await?;
                Ok(ledger::put_faults(c, &faults).await?)
            })
            .await?;
        if refused {
            return Err(Error::invalid_at(
                "",
                "rows_rejected",
                "有行未通过检查，未导入任何内容",
                "some rows were refused; nothing was imported",
            ));
        }
        // Second pass, inside one transaction, on the thread that owns it.
        self.seen = 0;
        self.summary = ImportSummary { rows: 0, ..ImportSummary::default() };
        let mut job = Job {
            kit: self.kit.clone(),
            id,
            order: self.order.clone(),
            defaults: self.defaults.clone(),
            summary: ImportSummary {
                dry_run: self.order.dry_run,
                format: checked.format.clone(),
                ..ImportSummary::default()
            },
            seen: 0,
            skip: 0,
            reported: REPORT,
        };
        let now = self.kit.clock.now();
        let actor = actor_of(&self.order, now);
        let today = service_kit::clock::china_date(now);
        let summary = service_kit::change::run(&self.kit, actor, async move |tx| {
            let mut rows = job.open()?;
            let mut record = Record::new();
            let mut chunk = job.new_chunk();
            let shape = job.shape(&mut rows, &mut record, &mut chunk)?;
            let mut held = None;
            let crypto = Arc::clone(&job.kit.crypto);
            loop {
                let more = job.fill(&mut rows, &mut record, &shape, &mut chunk, &mut held)?;
                job.summary = store_chunk(tx, job.id, &job.order, &chunk, &crypto, today).await?;
                tx.flush_events().await?;
                chunk = job.new_chunk();
                if !more {
                    return Ok(job.summary);
                }
            }
        })
        .await;
        match summary {
            Ok(summary) => {
                self.seen = summary.rows;
                self.summary = ImportSummary { warnings: checked.warnings, ..summary };
                Ok(())
            }
            Err(e) => {
                self.seen = checked.rows;
                self.summary = ImportSummary { rejected: 0, ..checked };
                Err(e)
            }
        }
    }
}

fn actor_of(order: &Order, now: jiff::Timestamp) -> Actor {
    Actor {
        subject: order.actor.clone(),
        organ: order.organ.clone(),
        action: "subject_import".to_string(),
        trace_id: order.trace_id.clone(),
        now,
    }
}

fn count(counts: &mut IdentifierCounts, content: &Content) {
    let slot = match &content.identifier {
        None => &mut counts.none,
        Some(i) => match (i.check, i.kind) {
            (IdentifierCheck::Pass, IdentifierKind::Uscc) => &mut counts.uscc_pass,
            (IdentifierCheck::Pass, IdentifierKind::RegNumber15) => &mut counts.reg15_pass,
            (IdentifierCheck::Pass, _) => &mut counts.other_pass,
            (IdentifierCheck::LegacyUnverified, _) => &mut counts.legacy_unverified,
            (IdentifierCheck::Fail, _) => &mut counts.fail,
        },
    };
    *slot += 1;
}

/// Writes the rows of a chunk: new ones registered, known ones overlaid, the same ones left alone.
async fn store_chunk(
    tx: &mut Tx<'_, '_>,
    id: Uuid,
    order: &Order,
    chunk: &Chunk,
    crypto: &Arc<dyn store_kit::crypto::CryptoProvider>,
    today: jiff::civil::Date,
) -> Result<ImportSummary> {
    let mut summary = chunk.summary.clone();
    let keys: Vec<String> = chunk.items.iter().map(|i| i.key.clone()).collect();
    let known: std::collections::HashMap<String, store::Subject> =
        store::by_natural_keys(tx.conn(), &keys).await?.into_iter().collect();
    let mut drafts = Vec::new();
    let mut touched: Vec<String> = Vec::new();
    let now = tx.now();
    let by = tx.actor().subject.clone();
    let source = format!("import:{id}");
    for item in &chunk.items {
        let Some(old) = known.get(&item.key) else {
            summary.created += 1;
            drafts.push(Draft {
                id: SubjectId::new(),
                content: item.content.clone(),
                natural_key: item.key.clone(),
                source: source.clone(),
                effective_from: today,
            });
            continue;
        };
        let content = row::overlay(&old.open(crypto)?, &item.content, item.given);
        if content.digest() == old.digest {
            summary.unchanged += 1;
            continue;
        }
        if content.status != old.content.status
            && let Err(r) = old.content.status.change_to(content.status, content.kind)
        {
            if order.mode == ImportMode::Atomic {
                return Err(Error::conflict(
                    r.code(),
                    format!("第 {} 行：{}", item.line, r.message_zh()),
                    r.to_string(),
                ));
            }
            // Found only when it meets the registry: the row is refused, its neighbours are not.
            summary.rejected += 1;
            let fault = FaultRow {
                operation_id: Uid(id),
                number: -(item.line as i64),
                line: item.line as i64,
                cell: "status".into(),
                code: r.code().to_string(),
                severity: "block".into(),
                value: content.status.label_zh().to_string(),
                hint: r.message_zh(),
            };
            ledger::put_faults(tx.conn(), &[fault]).await?;
            continue;
        }
        summary.updated += 1;
        if order.dry_run {
            continue;
        }
        let effective_from = today.max(old.effective_from);
        let draft = Draft {
            id: old.id,
            content,
            natural_key: item.key.clone(),
            source: source.clone(),
            effective_from,
        };
        let version = store::subject_update(tx.conn(), old, &draft, crypto, now).await?;
        history::put(tx.conn(), &[(old, effective_from)], &by, "导入", now).await?;
        touched.push(format!("{}@{version}", old.id));
        let event = SubjectEvent::of(old.id, version, &draft.content);
        tx.event("subject.updated", old.id, &draft.content.departments, &draft.content.region_code, &event)?;
    }
    if !order.dry_run && !drafts.is_empty() {
        crate::store::text::defer(tx.conn()).await?;
        store::subject_create_many(tx.conn(), &drafts, crypto, now).await?;
        for d in &drafts {
            touched.push(format!("{}@1", d.id));
            let event = SubjectEvent::of(d.id, 1, &d.content);
            tx.event("subject.created", d.id, &d.content.departments, &d.content.region_code, &event)?;
        }
    }
    // One entry a chunk names every row of it: who changed which subject stays answerable at a tenth of the cost.
    tx.audit("operation", id, json!({"upto": chunk.seen, "dry_run": order.dry_run, "subjects": touched}));
    Ok(summary)
}

/// A line of NDJSON: our own export's members, and the common other names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default, alias = "uscc", alias = "code")]
    identifier: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    region_code: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    township: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    address: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    industry: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    legal_representative: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    phone: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    established_on: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    registration_authority: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    managing_unit: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    responsible_name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    responsible_identifier: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    responsible_party: Option<LineResponsible<'a>>,
    #[serde(borrow, default)]
    departments: Option<Vec<Cow<'a, str>>>,
    // Members of exports and samples that an import does not take.
    #[serde(default, rename = "tags")]
    _tags: serde::de::IgnoredAny,
    #[serde(default, rename = "id")]
    _id: serde::de::IgnoredAny,
    #[serde(default, rename = "version")]
    _version: serde::de::IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineResponsible<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default, alias = "uscc")]
    identifier: Option<Cow<'a, str>>,
}

impl Line<'_> {
    fn cell(&self, field: Field) -> Option<&str> {
        let responsible = self.responsible_party.as_ref();
        match field {
            Field::Name => self.name.as_deref(),
            Field::Identifier => self.identifier.as_deref(),
            Field::Kind => self.kind.as_deref(),
            Field::Status => self.status.as_deref(),
            Field::RegionCode => self.region_code.as_deref(),
            Field::Township => self.township.as_deref(),
            Field::Address => self.address.as_deref(),
            Field::Industry => self.industry.as_deref(),
            Field::LegalRepresentative => self.legal_representative.as_deref(),
            Field::Phone => self.phone.as_deref(),
            Field::EstablishedOn => self.established_on.as_deref(),
            Field::RegistrationAuthority => self.registration_authority.as_deref(),
            Field::ManagingUnit => self.managing_unit.as_deref(),
            Field::ResponsibleName => {
                self.responsible_name.as_deref().or_else(|| responsible?.name.as_deref())
            }
            Field::ResponsibleIdentifier => {
                self.responsible_identifier.as_deref().or_else(|| responsible?.identifier.as_deref())
            }
        }
    }
}
