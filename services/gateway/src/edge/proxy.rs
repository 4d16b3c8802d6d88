//! Routing and forwarding: which service a path belongs to, and the way there and back.
//!
//! `/v1/<resource>…` goes to the service that owns the resource; `/<service>/v1/feed` and the other endpoints that every
//! service has go to that service without its name. Health and figures of services stay inside. Bodies are streamed both
//! ways without being collected; only their length is watched. Called by the gate for paths that are not the gateway's.

use super::headers;
use super::upstream::{Failure, Outgoing, Upstream};
use super::visit::Findings;
use crate::state::Gateway;
use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::{Method, StatusCode, header};
use service_kit::{Error, Kind, Result};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Endpoints of each service that are shown under its name.
const SHARED: [&str; 5] =
    ["/openapi.json", "/v1/feed", "/v1/audit-entries", "/v1/audit-heads", "/v1/operations"];
/// A feed waits up to 30 s for news by itself.
const FEED_LIMIT: Duration = Duration::from_secs(40);

/// Where requests go.
pub struct Routes {
    by_segment: HashMap<String, Arc<Upstream>>,
    by_service: HashMap<String, Arc<Upstream>>,
}

/// Where one request goes.
pub struct Target<'a> {
    /// The service.
    pub upstream: &'a Arc<Upstream>,
    /// The path there.
    pub path: &'a str,
    /// How long its first byte may take.
    pub limit: Duration,
}

impl Routes {
    /// A table of resources to services; services of `urls` without a resource are reachable by name.
    #[must_use]
    pub fn new(gateway: &crate::Config, urls: &std::collections::BTreeMap<String, String>) -> Self {
        let mut by_service = HashMap::new();
        for (name, url) in urls.iter().filter(|(name, _)| *name != "gateway") {
            match Upstream::new(name, url, gateway) {
                Ok(upstream) => {
                    by_service.insert(name.clone(), Arc::new(upstream));
                }
                Err(e) => tracing::error!(error = %e, "a service cannot be routed to"),
            }
        }
        let by_segment = gateway
            .routes
            .iter()
            .filter_map(|(segment, service)| Some((segment.clone(), Arc::clone(by_service.get(service)?))))
            .collect();
        Self { by_segment, by_service }
    }

    /// Finds the service of a path.
    #[must_use]
    pub fn find<'a>(&'a self, path: &'a str, limit: Duration) -> Option<Target<'a>> {
        if let Some(rest) = path.strip_prefix("/v1/") {
            let segment = rest.split('/').next().unwrap_or_default();
            return self.by_segment.get(segment).map(|upstream| Target { upstream, path, limit });
        }
        let (service, at) = path.get(1..).and_then(|p| p.split_once('/').map(|(s, _)| (s, s.len() + 1)))?;
        let upstream = self.by_service.get(service)?;
        let path = path.get(at..)?;
        let shared = SHARED.iter().any(|s| {
            path.strip_prefix(s)
                .is_some_and(|r| r.is_empty() || (*s == "/v1/operations" && r.starts_with('/')))
        });
        let limit = if path == "/v1/feed" { FEED_LIMIT.max(limit) } else { limit };
        shared.then_some(Target { upstream, path, limit })
    }

    /// The services by name.
    #[must_use]
    pub fn services(&self) -> &HashMap<String, Arc<Upstream>> {
        &self.by_service
    }
}

/// Refuses methods that no service has.
///
/// # Errors
/// 405 with `Allow`.
pub fn check_method(method: &Method) -> Result<()> {
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::OPTIONS => Ok(()),
        _ => Err(Error::new(
            Kind::MethodNotAllowed,
            "method_not_allowed",
            "不支持的方法",
            "no address has this method",
        )
        .with_header("allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")),
    }
}

/// What travels with a request beside what the caller sent.
pub struct Envelope<'a> {
    /// What the gate found out.
    pub visit: &'a Findings,
    /// W3C trace id.
    pub trace_id: &'a str,
}

/// Forwards a request and returns the answer as its head arrives; the body follows by itself.
///
/// # Errors
/// 502, 503, 504 for the service's failures, 413 and 400 for the caller's body.
pub async fn forward(
    gateway: &Gateway,
    target: &Target<'_>,
    req: &ServiceRequest,
    payload: Payload,
    envelope: Envelope<'_>,
) -> Result<HttpResponse<BoxBody>> {
    let upstream = target.upstream;
    let leave =
        upstream.breaker.ask().map_err(|wait| unavailable(&upstream.name, "the breaker is open", wait))?;
    let body = match outgoing(gateway, req, payload) {
        Ok(body) => body,
        Err(e) => {
            drop(leave);
            return Err(e);
        }
    };
    let is_repeatable = matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let sent = upstream
        .send(|body| request(upstream, target.path, req, &envelope, body), body, is_repeatable, target.limit)
        .await;
    match sent {
        Ok((answer, sender)) => {
            leave.answered();
            Ok(respond(upstream, answer, sender, req.method() == Method::HEAD))
        }
        Err(failure) => {
            upstream.count_failure();
            Err(match failure {
                Failure::Unreachable(e) => {
                    leave.failed();
                    unavailable(&upstream.name, &e, Duration::from_secs(2))
                }
                Failure::Late => {
                    leave.failed();
                    Error::new(
                        Kind::GatewayTimeout,
                        "upstream_timeout",
                        "后端服务未在时限内应答",
                        "The service did not answer in time",
                    )
                    .with_context(upstream.name.clone())
                }
                Failure::Broken(e) => {
                    leave.failed();
                    Error::new(
                        Kind::BadGateway,
                        "upstream_broken",
                        "后端服务连接中断",
                        "The connection to the service broke",
                    )
                    .with_context(format!("{}: {e}", upstream.name))
                }
                Failure::Refused(e) => *e,
                Failure::TooLarge => too_large(gateway.config.max_upload_bytes),
            })
        }
    }
}

fn unavailable(name: &str, why: &str, wait: Duration) -> Error {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    let mut e = Error::new(
        Kind::Unavailable,
        "upstream_unavailable",
        "后端服务暂不可用，请稍后重试",
        "The service is not available, please retry",
    )
    .with_context(format!("{name}: {why}"));
    e = e.with_header("retry-after", &seconds.to_string());
    e
}

fn too_large(most: u64) -> Error {
    Error::new(
        Kind::TooLarge,
        "body_too_large",
        format!("内容不得超过 {most} 字节"),
        format!("the body may have at most {most} bytes"),
    )
}

/// The caller's body, held against the largest that is passed on.
fn outgoing(gateway: &Gateway, req: &ServiceRequest, payload: Payload) -> Result<Outgoing> {
    let most = gateway.config.max_upload_bytes;
    let length = req
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|h| h.to_str().ok())
        .and_then(|t| t.parse::<u64>().ok());
    match length {
        Some(n) if n > most => Err(too_large(most)),
        Some(0) => Ok(Outgoing::none()),
        Some(n) => Ok(Outgoing::of(payload, Some(n), most)),
        None if req.headers().contains_key(header::TRANSFER_ENCODING) => {
            Ok(Outgoing::of(payload, None, most))
        }
        None => Ok(Outgoing::none()),
    }
}

/// The request to the service.
fn request(
    upstream: &Upstream,
    path: &str,
    req: &ServiceRequest,
    envelope: &Envelope<'_>,
    body: Outgoing,
) -> Result<hyper::Request<Outgoing>> {
    let bad = |e: &dyn std::fmt::Display| {
        Error::new(Kind::Malformed, "malformed", "请求无法识别", "the request cannot be read")
            .with_context(e.to_string())
    };
    let query = req.query_string();
    let uri = if query.is_empty() {
        hyper::Uri::try_from(path)
    } else {
        hyper::Uri::try_from(format!("{path}?{query}"))
    };
    let mut out = hyper::Request::new(body);
    *out.uri_mut() = uri.map_err(|e| bad(&e))?;
    *out.method_mut() = hyper::Method::from_bytes(req.method().as_str().as_bytes()).map_err(|e| bad(&e))?;
    let to = out.headers_mut();
    to.reserve(24);
    to.insert(hyper::header::HOST, upstream.host.clone());
    headers::copy_in(req.headers(), to);
    let visit = envelope.visit;
    let mut set = |name: &'static str, value: Vec<u8>| {
        if let Ok(value) = hyper::header::HeaderValue::from_maybe_shared(bytes::Bytes::from(value)) {
            to.insert(hyper::header::HeaderName::from_static(name), value);
        }
    };
    set("x-forwarded-for", visit.address.to_string().into_bytes());
    set("traceparent", traceparent(envelope.trace_id).into_bytes());
    if let Some(host) = &visit.host {
        set("x-forwarded-host", host.as_bytes().to_vec());
    }
    to.insert(
        hyper::header::HeaderName::from_static("x-forwarded-proto"),
        hyper::header::HeaderValue::from_static(if visit.is_https { "https" } else { "http" }),
    );
    Ok(out)
}

/// W3C Trace Context: the caller's trace, the gateway's own step.
fn traceparent(trace_id: &str) -> String {
    let step = rand::random::<u64>().max(1);
    format!("00-{trace_id}-{step:016x}-01")
}

fn respond(
    upstream: &Upstream,
    answer: hyper::Response<hyper::body::Incoming>,
    sender: hyper::client::conn::http1::SendRequest<Outgoing>,
    is_head: bool,
) -> HttpResponse<BoxBody> {
    let (parts, incoming) = answer.into_parts();
    let status = StatusCode::from_u16(parts.status.as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    upstream.count(status);
    let body = upstream.body(incoming, sender);
    let mut response = if is_head || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        // Dropped here: there is nothing to read, the connection goes back.
        drop(body);
        HttpResponse::with_body(status, BoxBody::new(actix_web::body::None::new()))
    } else {
        HttpResponse::with_body(status, BoxBody::new(body))
    };
    headers::copy_out(&parts.headers, response.headers_mut(), &upstream.name);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_path_has_one_service_and_the_inside_stays_inside() {
        let urls: BTreeMap<String, String> = [
            ("catalog".to_string(), "http://127.0.0.1:1".to_string()),
            ("gateway".to_string(), "http://127.0.0.1:2".to_string()),
        ]
        .into();
        let config = crate::Config {
            routes: [("supervision-items", "catalog"), ("accounts", "gateway")]
                .map(|(a, b)| (a.to_string(), b.to_string()))
                .into(),
            ..crate::Config::default()
        };
        let routes = Routes::new(&config, &urls);
        let limit = Duration::from_secs(30);
        let find = |path: &'static str| routes.find(path, limit).map(|t| t.path);
        for (path, want) in [
            ("/v1/supervision-items", Some("/v1/supervision-items")),
            ("/v1/supervision-items/1/submit", Some("/v1/supervision-items/1/submit")),
            ("/catalog/v1/feed", Some("/v1/feed")),
            ("/catalog/v1/operations/1/faults", Some("/v1/operations/1/faults")),
            ("/catalog/openapi.json", Some("/openapi.json")),
            ("/catalog/metrics", None),
            ("/catalog/readyz", None),
            ("/catalog/livez", None),
            ("/catalog/v1/supervision-items", None),
            ("/catalog/v1/feedback", None),
            ("/catalog/v1/feed/x", None),
            ("/gateway/v1/feed", None),
            ("/v1/accounts", None),
            ("/v1/", None),
            ("/v1", None),
            ("/catalog", None),
            ("/", None),
        ] {
            assert_eq!(find(path), want, "{path}");
        }
        assert_eq!(routes.find("/catalog/v1/feed", limit).map(|t| t.limit), Some(FEED_LIMIT));
    }
}
