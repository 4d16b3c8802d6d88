//! Opaque cursors: where a page ended, signed and bound to its query and caller.
//!
//! A cursor holds the sort values of the last row, so a page at depth 100,000 costs what the first costs. A forged or
//! cut one, one of another query or another caller, answers 400. Called by list handlers.

use crate::error::{Error, Fault, Result};
use crate::extract::Ctx;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use hmac::{Hmac, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// Rows of a page when the caller does not say.
pub const DEFAULT_LIMIT: i64 = 50;
/// Rows of a page at most (lists leave by pages of 200 at most, `domain.md` §10.4).
pub const MAX_LIMIT: i64 = 200;

/// A page of rows and where the next one begins.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Cursor of the next page, absent at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts `rows` (fetched with `limit + 1`) to `limit` and makes the cursor of the last one kept.
    pub fn cut<K: Serialize>(ctx: &Ctx, mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|last| Cursor::make(ctx, &key(last))) } else { None };
        Self { items: rows, next }
    }

    /// The same page with other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

/// Making and reading cursors.
pub struct Cursor;

impl Cursor {
    /// The cursor for the sort values of a row.
    #[must_use]
    pub fn make<K: Serialize>(ctx: &Ctx, key: &K) -> String {
        let body = serde_json::to_vec(key).unwrap_or_default();
        let tag = tag(ctx, &body);
        let mut out = tag[..12].to_vec();
        out.extend_from_slice(&body);
        B64.encode(out)
    }

    /// The sort values a cursor holds.
    ///
    /// # Errors
    /// 400 for a cursor that was not made for this caller and this query.
    pub fn read<K: DeserializeOwned>(ctx: &Ctx, text: &str) -> Result<K> {
        let bad = || {
            Error::malformed(
                "bad_cursor",
                vec![Fault::new(
                    "?cursor",
                    "bad_cursor",
                    "翻页位置无效，请从第一页重新开始",
                    "the cursor is not one of this query; start from the first page",
                )],
            )
        };
        let bytes = B64.decode(text).map_err(|_| bad())?;
        let (given, body) = bytes.split_at_checked(12).ok_or_else(bad)?;
        if tag(ctx, body).get(..12) != Some(given) {
            return Err(bad());
        }
        serde_json::from_slice(body).map_err(|_| bad())
    }
}

fn tag(ctx: &Ctx, body: &[u8]) -> [u8; 32] {
    let mut mac = match Hmac::<Sha256>::new_from_slice(&ctx.kit.cursor_key) {
        Ok(m) => m,
        Err(_) => return [0; 32],
    };
    let mut parts: Vec<&str> = ctx
        .query_text()
        .split('&')
        .filter(|p| !p.is_empty() && !p.starts_with("cursor=") && !p.starts_with("limit="))
        .collect();
    parts.sort_unstable();
    let caller = ctx.info.identity.as_ref().map_or("", |i| i.subject.as_str());
    for piece in [ctx.path(), caller].into_iter().chain(parts) {
        mac.update(piece.as_bytes());
        mac.update(b"\0");
    }
    mac.update(body);
    mac.finalize().into_bytes().into()
}
