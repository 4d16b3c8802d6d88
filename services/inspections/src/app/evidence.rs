//! Use cases: evidence (证据): stored with its hash, each touch a link of the chain of custody, offered to other organs.
//!
//! - here: the upload, lists, the content, the chain
//! - `offer`: mutual recognition (证据互认)
//!
//! The file is in its place before the row is written; when the row is not, the file is taken away again. A process that dies
//! in between leaves a file without a row, which nobody can reach.

mod offer;

pub use offer::{
    evidence_offer, evidence_offer_accept, evidence_offer_list, evidence_offer_refuse, evidence_offer_view,
};

use super::{Who, other_department, outside, plain};
use crate::api::evidence::{
    CustodyCreate, CustodyPage, CustodyView, EvidenceCreateQuery, EvidenceListQuery, EvidencePage,
    EvidenceView,
};
use crate::api::step::PartQuery;
use crate::domain::evidence::{
    CustodyAction, EvidenceKind, EvidenceSight, NameFault, check_name, disposition, is_by_hand,
};
use crate::files::FileStore;
use crate::store::evidence::{self as store, CustodyRow, EvidenceFilter, EvidenceRow};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as B64;
use jiff::{SignedDuration, Timestamp};
use service_kit::change::run;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Kind, Page, Reply, Result, Tx};
use store_kit::types::Uid;
use uuid::Uuid;

/// How far clocks of cameras may be ahead.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(10);

/// What is wrong with the description of an upload.
fn check_description(query: &EvidenceCreateQuery, now: Timestamp) -> Vec<Fault> {
    let mut faults = Vec::new();
    plain("?title", Some(&query.title), &mut faults);
    plain("?place", Some(&query.place), &mut faults);
    plain("?device", query.device.as_deref(), &mut faults);
    if query.taken_at > now + CLOCK_SKEW {
        faults.push(Fault::new("?taken_at", "in_future", "提取时间不得晚于现在", "lies in the future"));
    }
    if query.kind == EvidenceKind::Monitoring && query.device.is_none() {
        faults.push(Fault::new(
            "?device",
            "device_missing",
            "监控记录须注明经法制和技术审核的设备（行政处罚法第四十一条）",
            "a recording of monitoring needs its reviewed device",
        ));
    }
    faults
}

fn name_fault(fault: NameFault) -> Fault {
    let (code, zh, en) = match fault {
        NameFault::Bad => ("bad_file_name", "文件名含路径、控制字符或过长", "no path, no control characters"),
        NameFault::WrongEnding => {
            ("file_name_ending", "文件名后缀与内容不符", "the ending is not that of the content")
        }
        NameFault::DoubleEnding => {
            ("file_name_double_ending", "文件名含可执行后缀", "an ending of a program stands in the name")
        }
    };
    Fault::new("?file_name", code, zh, en)
}

/// Stores a file as evidence of a task of the caller's organ.
pub async fn evidence_create(
    ctx: &Ctx,
    files: &FileStore,
    query: EvidenceCreateQuery,
    req: &HttpRequest,
    payload: Payload,
) -> Result<Reply> {
    ctx.check_media(req)?;
    let header = |name: &str| req.headers().get(name).and_then(|h| h.to_str().ok()).unwrap_or_default();
    if !matches!(header("content-encoding"), "" | "identity") {
        let (zh, en) = ("此接口不接受压缩内容", "this operation takes no compressed body");
        return Err(Error::new(Kind::UnsupportedMedia, "unsupported_encoding", zh, en));
    }
    let declared = header("content-length").parse().ok();
    let (who, now) = (Who::of(ctx)?, ctx.now());
    let mut faults = check_description(&query, now);
    let (scope, task_id) = (ctx.scope(), query.task_id);
    let read = async |c: &mut store_kit::AnyConn<'_>| Ok(store::evidence_task(c, &scope, task_id).await?);
    let task = ctx.kit.store.read::<_, Error, _>(read).await?;
    if task.is_none() {
        faults.push(Fault::new("?task_id", "unknown_task", "没有这个检查任务", "no such task"));
    }
    let (Some(task), true) = (task, faults.is_empty()) else { return Err(Error::invalid(faults)) };
    if who.caller.department != task.organ_code {
        return Err(other_department());
    }
    let file = files.receive(payload, declared).await?;
    check_name(&query.file_name, file.file_type).map_err(|e| Error::invalid(vec![name_fault(e)]))?;
    ctx.set_fingerprint(&file.sha256);
    let id = Uuid::now_v7();
    let key = FileStore::key(id, now);
    let EvidenceCreateQuery {
        task_id,
        kind,
        title,
        file_name,
        taken_at,
        place,
        taken_by,
        device,
        is_personal,
    } = query;
    let row = EvidenceRow {
        id: Uid(id),
        visit_id: Some(Uid(task.visit_id)),
        task_id: Some(Uid(task_id)),
        organ_code: task.organ_code,
        region_code: task.region_code,
        subject_id: Uid(task.subject_id),
        kind: kind.to_string(),
        title,
        file_name,
        media_type: file.file_type.media_type().to_string(),
        size_bytes: i64::try_from(file.size).unwrap_or(i64::MAX),
        sha256: file.sha256.clone(),
        storage: files.kind().to_string(),
        storage_key: key.clone(),
        taken_at: taken_at.into(),
        taken_by: taken_by.unwrap_or_else(|| who.caller.subject.clone()),
        place,
        device,
        is_personal: is_personal.unwrap_or(false),
        created_by: who.caller.subject.clone(),
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    files.keep(file, &key, now).await?;
    let stored = ctx.change(async move |tx| insert(tx, row).await).await;
    if !may_have_row(&stored)
        && let Err(e) = files.remove(&key, now).await
    {
        tracing::warn!(key, error = %e, "a file without a row stays behind");
    }
    stored
}

/// Whether the file of this upload may belong to a row: a replay has a file of its own, a refusal none, but after a commit
/// whose answer was lost nobody knows. A file too many is waste, a row without its file is lost evidence.
fn may_have_row(stored: &Result<Reply>) -> bool {
    match stored {
        Ok(reply) => !reply.headers.iter().any(|(name, _)| name == "idempotent-replayed"),
        Err(e) => !e.kind.status().is_client_error(),
    }
}

async fn insert(tx: &mut Tx<'_, '_>, row: EvidenceRow) -> Result<Reply> {
    let id = row.id.0;
    store::evidence_create(tx.conn(), &row).await?;
    let link = |number, action: CustodyAction, actor: &str, at: Timestamp| CustodyRow {
        evidence_id: Uid(id),
        number,
        action: action.to_string(),
        actor: actor.to_string(),
        organ_code: row.organ_code.clone(),
        to_organ: None,
        at: at.into(),
        note: None,
        sha256: row.sha256.clone(),
    };
    let links = [
        link(1, CustodyAction::Collected, &row.taken_by, row.taken_at.0),
        link(2, CustodyAction::Stored, &row.created_by, tx.now()),
    ];
    store::custody_add(tx.conn(), &links).await?;
    let organs = [row.organ_code.clone()];
    tell(tx, "stored", &row, &organs, serde_json::json!({}))?;
    Ok(Reply::created(&EvidenceView::of(row, EvidenceSight::Own)?, format!("/v1/evidence/{id}"))?.version(1))
}

/// Audit entry and event: ids, organs, hash.
fn tell(
    tx: &mut Tx<'_, '_>,
    what: &str,
    row: &EvidenceRow,
    organs: &[String],
    more: serde_json::Value,
) -> Result<()> {
    let mut data = serde_json::json!({
        "id": row.id.0, "visit_id": row.visit_id.map(|v| v.0), "task_id": row.task_id.map(|t| t.0),
        "organ_code": row.organ_code, "kind": row.kind, "sha256": row.sha256, "version": row.version,
    });
    if let (Some(data), serde_json::Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    tx.audit("evidence", row.id.0, data.clone());
    tx.event(&format!("evidence.{what}"), row.id.0, organs, &row.region_code, &data)
}

/// A new link of the chain of a held piece of evidence.
async fn link(
    tx: &mut Tx<'_, '_>,
    row: &EvidenceRow,
    action: CustodyAction,
    to_organ: Option<String>,
    note: Option<String>,
) -> Result<i64> {
    let number = store::custody_last(tx.conn(), row.id.0).await? + 1;
    let link = CustodyRow {
        evidence_id: row.id,
        number,
        action: action.to_string(),
        actor: tx.actor().subject.clone(),
        organ_code: tx.actor().organ.clone(),
        to_organ,
        at: tx.now().into(),
        note,
        sha256: row.sha256.clone(),
    };
    store::custody_add(tx.conn(), &[link]).await?;
    Ok(number)
}

/// Lists the evidence of the caller's scope.
pub async fn evidence_list(ctx: &Ctx, query: EvidenceListQuery) -> Result<Reply> {
    let EvidenceListQuery { visit_id, task_id, subject_id, kind, sha256, cursor, limit } = query;
    let (limit, scope) = (limit.unwrap_or(DEFAULT_LIMIT), ctx.scope());
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let kind = kind.map(EvidenceKind::as_str);
    let filter = EvidenceFilter { visit_id, task_id, subject_id, kind, sha256 };
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::evidence_list(c, &scope, &filter, after, limit + 1).await?))
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0);
    let view = |row| Ok(EvidenceView::of(row, EvidenceSight::Own)?);
    let items = items.into_iter().map(view).collect::<Result<Vec<_>>>()?;
    Reply::page(ctx, &EvidencePage { items, next: next.clone() }, next.as_deref())
}

async fn find(ctx: &Ctx, id: Uuid) -> Result<(EvidenceRow, EvidenceSight)> {
    let scope = ctx.scope();
    let read = async |c: &mut store_kit::AnyConn<'_>| Ok(store::evidence_view(c, &scope, id).await?);
    ctx.kit.store.read::<_, Error, _>(read).await?.ok_or_else(|| Error::not_found("evidence"))
}

/// One piece of evidence.
pub async fn evidence_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let (row, sight) = find(ctx, id).await?;
    let version = row.version;
    Ok(Reply::ok(&EvidenceView::of(row, sight)?)?.version(version))
}

/// The file; the reading is a link of the chain.
pub async fn evidence_content(ctx: &Ctx, files: &FileStore, id: Uuid) -> Result<HttpResponse> {
    let (who, (row, _)) = (Who::of(ctx)?, find(ctx, id).await?);
    let size = u64::try_from(row.size_bytes).unwrap_or_default();
    let content = files.open(&row.storage_key, &row.sha256, size, ctx.now()).await?;
    run(&ctx.kit, ctx.actor()?, async move |tx| {
        let (row, _) = store::evidence_hold(tx.conn(), &who.scope, id)
            .await?
            .ok_or_else(|| Error::not_found("evidence"))?;
        let number = link(tx, &row, CustodyAction::Downloaded, None, None).await?;
        tx.audit("evidence", id, serde_json::json!({"custody": number, "sha256": row.sha256}));
        Ok(())
    })
    .await?;
    let digest = hex::decode(&row.sha256).unwrap_or_default();
    Ok(HttpResponse::Ok()
        .content_type(row.media_type)
        .insert_header(("content-disposition", disposition(&row.file_name)))
        .insert_header(("cache-control", "private, no-store"))
        // Should a browser show it all the same, it may run nothing.
        .insert_header(("content-security-policy", "default-src 'none'; sandbox"))
        .insert_header(("repr-digest", format!("sha-256=:{}:", B64.encode(digest))))
        .no_chunking(size)
        .streaming(content))
}

/// The chain of custody of one piece of evidence.
pub async fn evidence_custody_list(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    let PartQuery { cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    find(ctx, id).await?;
    let after: i64 = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?.unwrap_or_default();
    let read = async |c: &mut store_kit::AnyConn<'_>| Ok(store::custody_list(c, id, after, limit + 1).await?);
    let rows = ctx.kit.store.read::<_, Error, _>(read).await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.number);
    let items = items.into_iter().map(|r| Ok(CustodyView::of(r)?)).collect::<Result<Vec<_>>>()?;
    Reply::page(ctx, &CustodyPage { items, next: next.clone() }, next.as_deref())
}

/// Notes by hand what happened to a piece of evidence of the caller's organ.
pub async fn evidence_custody_create(ctx: &Ctx, id: Uuid, body: CustodyCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let CustodyCreate { action, to_organ, note } = body;
    let mut faults = Vec::new();
    plain("/note", Some(&note), &mut faults);
    if !is_by_hand(action) {
        let (zh, en) = ("此环节由系统记录", "this link is noted by what is done here");
        faults.push(Fault::new("/action", "not_by_hand", zh, en));
    }
    if (action == CustodyAction::Transferred) != to_organ.is_some() {
        let (zh, en) = ("移交须注明接收机构，其他环节不填", "a transfer, and nothing else, names an organ");
        faults.push(Fault::new("/to_organ", "organ_mismatch", zh, en));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    if let Some(code) = &to_organ {
        outside::known_organ(&ctx.kit, code, "/to_organ").await?;
    }
    ctx.change(async move |tx| {
        let (row, _) = own(tx, &who, id).await?;
        let number = link(tx, &row, action, to_organ.clone(), Some(note.clone())).await?;
        let organs = [row.organ_code.clone()];
        tell(tx, "custody_noted", &row, &organs, serde_json::json!({"custody": number, "action": action}))?;
        let links = store::custody_list(tx.conn(), id, number - 1, 1).await?;
        let link = links.into_iter().next().ok_or_else(|| Error::internal("a link that is not there"))?;
        Reply::created(&CustodyView::of(link)?, format!("/v1/evidence/{id}/custody"))
    })
    .await
}

/// A held piece of evidence of the caller's own organ.
async fn own(tx: &mut Tx<'_, '_>, who: &Who, id: Uuid) -> Result<(EvidenceRow, EvidenceSight)> {
    let found =
        store::evidence_hold(tx.conn(), &who.scope, id).await?.ok_or_else(|| Error::not_found("evidence"))?;
    if who.caller.department != found.0.organ_code { Err(other_department()) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_only_where_there_is_certainly_no_row() {
        assert!(!may_have_row(&Err(Error::not_found("task"))));
        assert!(!may_have_row(&Err(other_department())));
        // The commit's answer was lost: the row may stand.
        assert!(may_have_row(&Err(Error::unavailable("the connection was cut"))));
        assert!(may_have_row(&Err(Error::internal("x"))));
    }
}
