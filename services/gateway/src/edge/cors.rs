//! CORS by exact origins: what is not configured gets no CORS header at all (A28, S44).
//!
//! Tokens travel in `Authorization`, not in cookies, so `Access-Control-Allow-Credentials` is never sent. Called by the
//! gate.

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

/// Headers of answers that scripts may read.
const EXPOSED: &str = "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Trace-Id, X-Feed-Position, \
    Idempotent-Replayed, Content-Disposition";
/// Headers that scripts may send.
const SENT: &str = "Accept, Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, \
    Traceparent, X-API-Key";
/// Methods that scripts may use.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// The origin of a request when it is one of `allowed`.
#[must_use]
pub fn allowed(headers: &HeaderMap, allowed: &[String]) -> Option<HeaderValue> {
    if allowed.is_empty() {
        return None;
    }
    let mut given = headers.get_all(header::ORIGIN);
    let origin = given.next()?;
    if given.next().is_some() {
        return None;
    }
    allowed.iter().any(|a| a.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

/// Whether this is a preflight of a browser.
#[must_use]
pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Headers of every answer to an allowed origin.
pub fn write(origin: &HeaderValue, headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
}

/// Further headers of the answer to a preflight.
pub fn write_preflight(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(SENT));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_origin_is_allowed() {
        let list = ["https://a.example".to_string()];
        let with = |origin: &'static str| {
            let mut h = HeaderMap::new();
            h.insert(header::ORIGIN, HeaderValue::from_static(origin));
            allowed(&h, &list).is_some()
        };
        assert!(with("https://a.example"));
        for bad in [
            "null",
            "https://a.example.evil.org",
            "https://evil-a.example",
            "http://a.example",
            "https://a.example:8443",
            "https://A.example",
            "https://a.example/",
            "",
        ] {
            assert!(!with(bad), "{bad}");
        }
        let mut twice = HeaderMap::new();
        twice.append(header::ORIGIN, HeaderValue::from_static("https://a.example"));
        twice.append(header::ORIGIN, HeaderValue::from_static("https://b.example"));
        assert!(allowed(&twice, &list).is_none());
    }
}
