//! The gate of the public port: what every request meets, in this order.
//!
//! - where it comes from (trusted proxies)
//! - a path with one meaning
//! - CORS preflight
//! - credentials
//! - the rate limit, before any work is done
//!
//! Then the gateway's own handler, the API page or a service. Its headers go on every answer. Health is not limited, so
//! that a flood cannot make a watcher restart the process.

use super::limits::Policy;
use super::proxy::{Envelope, check_method, forward};
use super::visit::{Findings, Visit};
use super::{cors, credentials, docs};
use crate::domain::path;
use crate::state::Gateway;
use actix_web::body::BoxBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use service_kit::error::render;
use service_kit::front::{BoxedLocal, Gate, authenticate};
use service_kit::lang::Lang;
use service_kit::{Error, Fault, Kind, Kit, Result};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// The gate with what it needs.
pub struct Door {
    /// The gateway.
    pub gateway: Arc<Gateway>,
    /// Its kit.
    pub kit: Kit,
}

/// How strict the gate is about credentials.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// The handler's own check follows, which knows public operations.
    ForHandler,
    /// Nothing goes to a service with a credential that does not count.
    ForService,
}

impl Door {
    /// Finds everything out; the findings stay with the request even when it is refused.
    async fn admit(&self, req: &mut ServiceRequest, kept: Kept) -> Result<Rc<Findings>> {
        let config = &self.gateway.config;
        let peer = req.peer_addr().map(|a| a.ip());
        let mut found = Findings::of(peer, req.headers(), &config.trusted_proxies, config.behind_tls);
        found.origin = cors::allowed(req.headers(), &config.cors_origins);
        let outcome = self.judge(req, &mut found, kept).await;
        let found = Rc::new(found);
        req.extensions_mut().insert(Visit(Rc::clone(&found)));
        outcome.map(|()| found)
    }

    async fn judge(&self, req: &mut ServiceRequest, found: &mut Findings, kept: Kept) -> Result<()> {
        if !path::is_plain(req.path()) {
            return Err(Error::malformed(
                "bad_path",
                vec![Fault::new(
                    "@path",
                    "bad_path",
                    "地址写法不规范",
                    "the path is not in its plain spelling",
                )],
            ));
        }
        if matches!(req.path(), "/livez" | "/readyz" | "/metrics") {
            return Ok(());
        }
        let now = self.kit.clock.now().as_second();
        let limits = &self.gateway.limits;
        let known = match credentials::exchange(&self.gateway, &self.kit, req.headers_mut()).await {
            Ok(()) => authenticate(&self.kit, req.headers()).await,
            Err(e) => Err(e),
        };
        let policy = match req.path() {
            "/v1/auth/token" | "/v1/auth/refresh" | "/v1/auth/client-token" => Policy::Auth,
            _ => Policy::Anonymous,
        };
        let verdict = match &known {
            Ok(Some(who)) if policy == Policy::Anonymous => limits.caller(&who.subject, now),
            _ => limits.address(policy, found.address, now),
        };
        found.verdict = Some(verdict);
        if !verdict.is_allowed {
            return Err(Error::new(
                Kind::TooMany,
                "rate_limited",
                format!("请求过于频繁，请 {} 秒后重试", verdict.reset),
                format!("too many requests, retry in {} seconds", verdict.reset),
            )
            .with_header("retry-after", &verdict.reset.to_string()));
        }
        match known {
            Ok(who) => found.identity = who,
            // The wrong kind of credentials is said at once; a stale token is the handler's to judge.
            Err(e)
                if kept == Kept::ForService || e.kind == Kind::Malformed || e.code == "bad_credentials" =>
            {
                return Err(e);
            }
            Err(_) => {}
        }
        Ok(())
    }

    fn preflight(&self, req: &ServiceRequest) -> Option<HttpResponse> {
        let origin = cors::allowed(req.headers(), &self.gateway.config.cors_origins)?;
        cors::is_preflight(req.method(), req.headers()).then(|| {
            let mut response = HttpResponse::NoContent().finish();
            cors::write(&origin, response.headers_mut());
            cors::write_preflight(response.headers_mut());
            response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
            response
        })
    }

    async fn answer(&self, req: &mut ServiceRequest, trace_id: &str) -> Result<HttpResponse<BoxBody>> {
        if let Some(response) = self.preflight(req) {
            return Ok(response);
        }
        check_method(req.method())?;
        let found = self.admit(req, Kept::ForService).await?;
        let gateway = &self.gateway;
        let limit = Duration::from_secs(gateway.config.upstream_timeout_seconds.into());
        let at = req.path().to_string();
        if let Some(target) = gateway.routes.find(&at, limit) {
            let payload = std::mem::replace(req.parts_mut().1, Payload::None);
            return forward(gateway, &target, req, payload, Envelope { visit: &found, trace_id }).await;
        }
        if gateway.config.docs
            && let Some(response) = docs::answer(&at, req.method(), &gateway.docs)
        {
            return Ok(response);
        }
        Err(Error::new(Kind::NotFound, "no_such_path", "没有这个地址", "no such address"))
    }
}

impl Gate for Door {
    fn enter<'a>(
        &'a self,
        req: &'a mut ServiceRequest,
        lang: Lang,
        trace_id: &'a str,
    ) -> BoxedLocal<'a, Option<HttpResponse>> {
        Box::pin(async move {
            if let Some(response) = self.preflight(req) {
                return Some(response);
            }
            let e = self.admit(req, Kept::ForHandler).await.err()?;
            Some(self.refuse(req, &e, lang, trace_id))
        })
    }

    fn leave(&self, req: &HttpRequest, headers: &mut HeaderMap) {
        let config = &self.gateway.config;
        if let Some(Visit(found)) = req.extensions().get::<Visit>() {
            if let Some(verdict) = &found.verdict {
                self.gateway.limits.write(verdict, headers);
            }
            if let Some(origin) = &found.origin {
                cors::write(origin, headers);
            }
        }
        if !config.cors_origins.is_empty() {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        if config.behind_tls {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
    }

    fn forward<'a>(
        &'a self,
        req: ServiceRequest,
        lang: Lang,
        trace_id: String,
    ) -> BoxedLocal<'a, ServiceResponse<BoxBody>> {
        Box::pin(async move {
            let mut req = req;
            let response = match self.answer(&mut req, &trace_id).await {
                Ok(mut response) => {
                    self.leave(req.request(), response.headers_mut());
                    mark(response.headers_mut(), &trace_id);
                    response
                }
                Err(e) => self.refuse(&req, &e, lang, &trace_id),
            };
            let response = if *req.method() == Method::HEAD && response.status().is_client_error() {
                response.set_body(BoxBody::new(()))
            } else {
                response
            };
            req.into_response(response)
        })
    }
}

impl Door {
    /// The answer for a request that goes no further.
    fn refuse(&self, req: &ServiceRequest, e: &Error, lang: Lang, trace_id: &str) -> HttpResponse<BoxBody> {
        let status = e.kind.status().as_u16();
        if status >= 500 {
            tracing::error!(service = "gateway", status, code = e.code, path = req.path(), trace_id, context = %e.context, "request failed");
        } else {
            tracing::debug!(service = "gateway", status, code = e.code, path = req.path(), trace_id, context = %e.context, "request refused");
        }
        let mut response = render(e, lang, req.path(), trace_id);
        self.leave(req.request(), response.headers_mut());
        mark(response.headers_mut(), trace_id);
        response
    }
}

/// What every answer carries, also one that no service made.
fn mark(headers: &mut HeaderMap, trace_id: &str) {
    let name = HeaderName::from_static("x-trace-id");
    if !headers.contains_key(&name)
        && let Ok(value) = HeaderValue::from_str(trace_id)
    {
        headers.insert(name, value);
    }
    if !headers.contains_key(header::X_CONTENT_TYPE_OPTIONS) {
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
}
