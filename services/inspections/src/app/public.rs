//! Use cases: what the public reads without an account (公众查询): published results and draws.
//!
//! Nothing here looks at who asks, so answers may be kept by every cache on the way: each carries an `ETag` over its content
//! and `Cache-Control: public`. A withdrawn result therefore stays in caches for [`MAX_AGE`] seconds at most. Visit codes and
//! ratings, whose address is a secret, are in their own modules and are never cached.
//!
//! A transcript of a million subjects is tens of megabytes and takes seconds to make: it is made once, laid beside the
//! service's other files and streamed from there, so that nobody without an account can keep the service busy.

use crate::api::public::{
    PublicDrawPage, PublicDrawQuery, PublicDrawView, PublicResultPage, PublicResultQuery, PublicResultView,
};
use crate::domain::public::{Outside, outside};
use crate::domain::publicity::PublicityState;
use crate::store::public::{self as store, PublicDrawRow, PublicFilter};
use crate::store::word;
use actix_web::{HttpRequest, HttpResponse};
use domain::deadline::beijing_midnight;
use jiff::{Span, Timestamp};
use serde::Serialize;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Kind, Page, Reply, Result};
use sha2::{Digest as _, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;
use uuid::Uuid;

/// Seconds for which caches may keep an answer.
pub const MAX_AGE: u32 = 300;

/// An answer that caches may keep, named by its content.
pub(crate) fn cached(reply: Reply) -> Reply {
    let digest = hex::encode(Sha256::digest(&reply.body));
    let tag = digest.get(..32).unwrap_or_default();
    reply.header("etag", format!("\"{tag}\"")).header("cache-control", format!("public, max-age={MAX_AGE}"))
}

fn page<T: Serialize>(ctx: &Ctx, view: &T, next: Option<&str>) -> Result<Reply> {
    Ok(cached(Reply::page(ctx, view, next)?))
}

/// Results that are shown today, the newest first.
pub async fn public_result_list(ctx: &Ctx, query: PublicResultQuery) -> Result<Reply> {
    let PublicResultQuery { organ_code, subject_identifier, from, to, cursor, limit } = query;
    let (limit, today) = (limit.unwrap_or(DEFAULT_LIMIT), ctx.kit.clock.today());
    let after: Option<(Timestamp, Uuid)> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let midnight = |name: &str, day: jiff::civil::Date| {
        beijing_midnight(day).ok_or_else(|| {
            let fault = Fault::new(format!("?{name}"), "bad_value", "日期超出范围", "out of range");
            Error::malformed("bad_parameter", vec![fault])
        })
    };
    let filter = PublicFilter {
        organ_code,
        subject_identifier,
        published_from: from.map(|day| midnight("from", day)).transpose()?,
        published_before: to
            .map(|day| midnight("to", day.saturating_add(Span::new().days(1))))
            .transpose()?,
    };
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            Ok(store::public_result_list(c, &filter, today, after, limit + 1).await?)
        })
        .await?;
    let Page { items, next } =
        Page::cut(ctx, rows, limit, |r| (r.published_at.map(|s| s.0).unwrap_or_default(), r.id.0));
    let items = items.into_iter().map(|r| Ok(PublicResultView::of(r)?)).collect::<Result<Vec<_>>>()?;
    page(ctx, &PublicResultPage { items, next: next.clone() }, next.as_deref())
}

/// One result: shown, gone (410, with the record that took its place) or absent.
pub async fn public_result_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let read = async |c: &mut store_kit::AnyConn<'_>| Ok(store::public_result_view(c, id).await?);
    let absent = || Error::not_found("published result");
    let (row, next) = ctx.kit.store.read::<_, Error, _>(read).await?.ok_or_else(absent)?;
    let state: PublicityState = word(&row.state)?;
    match outside(state, row.expires_on.map(|d| d.0), ctx.kit.clock.today()) {
        Outside::Absent => Err(absent()),
        Outside::Gone(code) => {
            let (zh, en) = match code {
                "publicity_corrected" => ("该公示信息已更正", "It was corrected"),
                "publicity_withdrawn" => ("该公示信息已撤回", "It was withdrawn"),
                "publicity_stopped" => ("该公示信息已停止公示", "Its display was ended"),
                _ => ("该公示信息公示期已满", "The period of its display is over"),
            };
            let error = Error::new(Kind::Gone, code, zh, en);
            Err(match next {
                Some(next) => error
                    .with_header("link", &format!("</v1/public/results/{next}>; rel=\"successor-version\"")),
                None => error,
            })
        }
        Outside::Shown => Ok(cached(Reply::ok(&PublicResultView::of(row)?)?)),
    }
}

/// Draws whose frame was frozen, the newest first.
pub async fn public_draw_list(ctx: &Ctx, query: PublicDrawQuery) -> Result<Reply> {
    let PublicDrawQuery { organ_code, cursor, limit } = query;
    let limit = limit.unwrap_or(20);
    let before: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            Ok(store::public_draw_list(c, organ_code.as_deref(), before, limit + 1).await?)
        })
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |(r, _, _)| r.id.0).map(PublicDrawView::from);
    page(ctx, &PublicDrawPage { items, next: next.clone() }, next.as_deref())
}

/// One draw whose frame was frozen.
pub async fn public_draw_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let read = async |c: &mut store_kit::AnyConn<'_>| Ok(store::public_draw_view(c, id).await?);
    let found = ctx.kit.store.read::<_, Error, _>(read).await?;
    let draw = found.ok_or_else(|| Error::not_found("public draw"))?;
    Ok(cached(Reply::ok(&PublicDrawView::from(draw))?))
}

/// One transcript is made at a time; who waits finds it there.
static MAKING: Mutex<()> = Mutex::const_new(());

/// The public part of a published draw's transcript: the bytes that `lianjian draw verify` recomputes.
pub async fn public_draw_transcript(ctx: &Ctx, req: &HttpRequest, id: Uuid) -> Result<HttpResponse> {
    let read = async |c: &mut store_kit::AnyConn<'_>| Ok(store::public_draw_view(c, id).await?);
    let found = ctx.kit.store.read::<_, Error, _>(read).await?;
    let absent = || Error::not_found("public draw");
    // One that became void keeps its transcript, published or not: an outcome that was thrown away is to be checked too.
    let is_over = |d: &PublicDrawRow| matches!(d.state.as_str(), "published" | "void");
    let (draw, _, _) = found.filter(|(d, _, _)| is_over(d)).ok_or_else(absent)?;
    // Such a draw changes only with its version, so that names the bytes.
    let tag = format!("\"{id}-{}\"", draw.version);
    let caching = ("cache-control", format!("public, max-age={MAX_AGE}"));
    let seen = req.headers().get("if-none-match").and_then(|h| h.to_str().ok()).unwrap_or_default();
    if seen.split(',').map(str::trim).any(|t| t == "*" || t.trim_start_matches("W/") == tag) {
        return Ok(HttpResponse::NotModified().insert_header(("etag", tag)).insert_header(caching).finish());
    }
    let folder = ctx.kit.core.data_dir.join("public-transcripts");
    let path = folder.join(format!("{id}-{}.json", draw.version));
    if !is_there(&path).await? {
        let _one = MAKING.lock().await;
        if !is_there(&path).await? {
            let bytes = super::draw_proof::public_transcript(&ctx.kit, id).await?.ok_or_else(absent)?;
            lay_down(&folder, &path, bytes).await.map_err(|e| failed(&e))?;
        }
    }
    let size = tokio::fs::metadata(&path).await.map_err(|e| failed(&e))?.len();
    let content = crate::files::pieces(&path).await.map_err(|e| failed(&e))?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header(("etag", tag))
        .insert_header(caching)
        .insert_header(("content-disposition", format!("attachment; filename=\"draw-{id}.json\"")))
        .no_chunking(size)
        .streaming(content))
}

fn failed(e: &io::Error) -> Error {
    Error::internal(format!("public transcript: {e}"))
}

async fn is_there(path: &Path) -> Result<bool> {
    tokio::fs::try_exists(path).await.map_err(|e| failed(&e))
}

/// Writes a file so that nobody ever sees half of it.
async fn lay_down(folder: &Path, path: &PathBuf, bytes: Vec<u8>) -> io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let half = folder.join(format!("{}.part", Uuid::now_v7()));
    tokio::fs::write(&half, bytes).await?;
    tokio::fs::rename(&half, path).await
}
