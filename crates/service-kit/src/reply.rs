//! Uniform answers: JSON, strong ETag, 304, `Location`, `Link`.
//!
//! A reply is bytes and headers, so that it can be stored as the first answer of an idempotency key inside the
//! transaction of its change. Built by app functions and handlers.

use crate::error::{Error, Result};
use crate::extract::Ctx;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Headers beyond the usual.
    pub headers: Vec<(String, String)>,
    /// JSON text, or empty.
    pub body: Vec<u8>,
}

impl Reply {
    fn json<T: Serialize + ?Sized>(status: u16, value: &T) -> Result<Self> {
        let body = serde_json::to_vec(value).map_err(|e| Error::internal(format!("serialize: {e}")))?;
        Ok(Self { status, headers: Vec::new(), body })
    }

    /// 200 with a body.
    ///
    /// # Errors
    /// 500 when the value cannot be written as JSON.
    pub fn ok<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        Self::json(200, value)
    }

    /// 201 with a body and where the new thing is.
    ///
    /// # Errors
    /// As [`Reply::ok`].
    pub fn created<T: Serialize + ?Sized>(value: &T, location: impl Into<String>) -> Result<Self> {
        Ok(Self::json(201, value)?.header("location", location))
    }

    /// 202 with a body and where the job is.
    ///
    /// # Errors
    /// As [`Reply::ok`].
    pub fn accepted<T: Serialize + ?Sized>(value: &T, location: impl Into<String>) -> Result<Self> {
        Ok(Self::json(202, value)?.header("location", location).header("retry-after", "1"))
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_string(), value.into()));
        self
    }

    /// Adds the strong ETag of a row version.
    #[must_use]
    pub fn version(self, version: i64) -> Self {
        self.header("etag", format!("\"{version}\""))
    }

    /// A list answer with `Link: <…>; rel="next"` beside the `next` member.
    ///
    /// # Errors
    /// As [`Reply::ok`].
    pub fn page<T: Serialize>(ctx: &Ctx, value: &T, next: Option<&str>) -> Result<Self> {
        let reply = Self::ok(value)?;
        Ok(match next {
            None => reply,
            Some(cursor) => {
                let mut query: Vec<String> = ctx
                    .query_text()
                    .split('&')
                    .filter(|p| !p.is_empty() && !p.starts_with("cursor="))
                    .map(ToString::to_string)
                    .collect();
                query.push(format!("cursor={cursor}"));
                reply.header("link", format!("<{}?{}>; rel=\"next\"", ctx.path(), query.join("&")))
            }
        })
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse<BoxBody> {
        let etag = self.headers.iter().find(|(n, _)| n == "etag").map(|(_, v)| v.as_str());
        if let (Some(etag), Some(seen)) =
            (etag, req.headers().get("if-none-match").and_then(|h| h.to_str().ok()))
            && self.status == 200
            && seen.split(',').map(str::trim).any(|t| t == "*" || t.trim_start_matches("W/") == etag)
        {
            let mut unchanged = HttpResponse::build(StatusCode::NOT_MODIFIED);
            // RFC 9110 §15.4.5: what the whole answer would have said of caching.
            for (name, value) in self.headers.iter().filter(|(n, _)| n == "etag" || n == "cache-control") {
                unchanged.insert_header((name.as_str(), value.as_str()));
            }
            return unchanged.finish();
        }
        let mut builder = HttpResponse::build(StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK));
        for (name, value) in &self.headers {
            builder.insert_header((name.as_str(), value.as_str()));
        }
        if self.body.is_empty() {
            builder.finish()
        } else {
            if !self.headers.iter().any(|(n, _)| n == "content-type") {
                builder.content_type("application/json");
            }
            builder.body(self.body)
        }
    }
}
