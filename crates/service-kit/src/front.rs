//! The one middleware: trace, routing table, authentication, roles, limits, headers, errors.
//!
//! It stands before every handler, so body extractors never run for a caller who may not call. What is not in the
//! OpenAPI document does not exist. actix's own failures (JSON, path, query, 404, 405, 413) leave through the same
//! renderer as ours. Each failure is logged once, here, with its whole context.

use crate::auth::{Identity, Reach};
use crate::error::{Error, Fault, Kind, Result, render};
use crate::lang::Lang;
use crate::service::Kit;
use crate::spec::{Found, Operation};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

/// Longest request target.
const MAX_URI: usize = 8192;
/// Most headers.
const MAX_HEADERS: usize = 96;

/// What the front found out about a request.
pub struct RequestInfo {
    /// W3C trace id, 32 hex digits.
    pub trace_id: String,
    /// Language of texts.
    pub lang: Lang,
    /// The operation.
    pub operation: Option<Arc<Operation>>,
    /// The verified caller.
    pub identity: Option<Arc<Identity>>,
    /// Path asked for.
    pub path: String,
    /// Query as it came.
    pub query: String,
}

/// What a service that forwards puts before everything else: refused paths, CORS, rate limits, and the forwarding itself.
///
/// Installed as app data `Data<PublicDoor>` by the gateway; a service without one is not public.
pub trait Gate: Send + Sync {
    /// Looks at a request before anything else does; an answer ends it.
    fn enter<'a>(
        &'a self,
        req: &'a mut ServiceRequest,
        lang: Lang,
        trace_id: &'a str,
    ) -> BoxedLocal<'a, Option<HttpResponse>>;
    /// Adds the door's headers to an answer of the service itself.
    fn leave(&self, req: &HttpRequest, headers: &mut HeaderMap);
    /// Answers for a path that is not the service's own; calls its own `enter` and `leave`.
    fn forward<'a>(
        &'a self,
        req: ServiceRequest,
        lang: Lang,
        trace_id: String,
    ) -> BoxedLocal<'a, ServiceResponse<BoxBody>>;
}

/// A boxed future that stays on its thread.
pub type BoxedLocal<'a, T> = std::pin::Pin<Box<dyn std::future::Future<Output = T> + 'a>>;

/// The gate of a public service.
pub struct PublicDoor(pub Arc<dyn Gate>);

/// The trace id of `traceparent` (W3C Trace Context), or a new one when it is absent or malformed.
#[must_use]
pub fn trace_id(header: Option<&HeaderValue>) -> String {
    let given = header.and_then(|h| h.to_str().ok()).unwrap_or_default();
    let mut parts = given.split('-');
    if let (Some(version), Some(trace), Some(parent), Some(_)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    {
        let hex = |s: &str, n: usize| {
            s.len() == n && s.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        };
        if hex(version, 2)
            && version != "ff"
            && hex(trace, 32)
            && trace.bytes().any(|b| b != b'0')
            && hex(parent, 16)
            && parent.bytes().any(|b| b != b'0')
        {
            return trace.to_string();
        }
    }
    hex::encode(rand::random::<[u8; 16]>())
}

/// The middleware function; wrapped with `actix_web::middleware::from_fn`.
///
/// # Errors
/// Never: every failure becomes a problem answer.
pub async fn front(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let began = Instant::now();
    let mut req = req;
    crate::patience::guard(&mut req);
    let Some(kit) = req.app_data::<Data<Kit>>().map(|d| d.get_ref().clone()) else {
        return Ok(req.into_response(HttpResponse::InternalServerError().finish()));
    };
    let lang = req
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|h| h.to_str().ok())
        .map_or(Lang::Zh, Lang::from_header);
    let trace = trace_id(req.headers().get("traceparent"));
    let head = req.method() == Method::HEAD;
    let method = if head { Method::GET } else { req.method().clone() };
    let found = kit.spec.find(&method, req.path());
    let door = if kit.forwards { req.app_data::<Data<PublicDoor>>().map(|d| Arc::clone(&d.0)) } else { None };
    if let Some(gate) = &door
        && matches!(found, Found::Nothing)
    {
        return Ok(gate.forward(req, lang, trace).await);
    }
    if let Some(gate) = &door
        && let Some(mut response) = gate.enter(&mut req, lang, &trace).await
    {
        decorate(&mut response, &trace);
        return Ok(req.into_response(response));
    }
    if kit.forwards && matches!(found, Found::Nothing) {
        // The proxy answers for itself; it needs the trace id only.
        req.extensions_mut().insert(Rc::new(RequestInfo {
            trace_id: trace,
            lang,
            operation: None,
            identity: None,
            path: String::new(),
            query: String::new(),
        }));
        return next.call(req).await.map(ServiceResponse::map_into_boxed_body);
    }
    if method == Method::OPTIONS
        && let Found::OtherMethods(allow) = &found
    {
        // RFC 9110 §9.3.7: what the address can do, for anybody.
        let mut response = HttpResponse::NoContent().insert_header((header::ALLOW, allow.as_str())).finish();
        decorate(&mut response, &trace);
        leave(door.as_deref(), req.request(), &mut response);
        return Ok(req.into_response(response));
    }
    let path = req.path().to_string();
    let admitted = admit(&kit, &req, &method, found).await;
    let (operation, identity) = match admitted {
        Ok(pair) => pair,
        Err(e) => {
            log(&kit, &e, None, &path, &trace);
            let mut response = render(&e, lang, &path, &trace);
            decorate(&mut response, &trace);
            leave(door.as_deref(), req.request(), &mut response);
            count(&kit, None, response.status(), began);
            let response = if head { response.set_body(BoxBody::new(())) } else { response };
            return Ok(req.into_response(response));
        }
    };
    let info = Rc::new(RequestInfo {
        trace_id: trace,
        lang,
        operation: Some(Arc::clone(&operation)),
        identity,
        query: req.query_string().to_string(),
        path,
    });
    req.extensions_mut().insert(Rc::clone(&info));
    if head {
        req.head_mut().method = Method::GET;
    }
    // A bug in a handler is one caller's 500 and not a broken connection.
    let mut res = match AssertUnwindSafe(next.call(req)).catch_unwind().await {
        Ok(Ok(res)) => res.map_into_boxed_body(),
        Ok(Err(e)) => return Err(e),
        Err(panic) => {
            let error = Error::internal(format!("{} panicked: {}", operation.id, panic_text(panic.as_ref())));
            log(&kit, &error, info.identity.as_deref(), &info.path, &info.trace_id);
            let mut response = render(&error, lang, &info.path, &info.trace_id);
            decorate(&mut response, &info.trace_id);
            count(&kit, Some(&operation), response.status(), began);
            return Err(actix_web::error::InternalError::from_response("panic", response).into());
        }
    };
    if let Some(error) = failure(&res) {
        log(&kit, &error, info.identity.as_deref(), &info.path, &info.trace_id);
        let response = render(&error, lang, &info.path, &info.trace_id);
        res = res.into_response(response);
    } else if !res.headers().contains_key(header::CACHE_CONTROL) {
        res.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    decorate(res.response_mut(), &info.trace_id);
    let request = res.request().clone();
    leave(door.as_deref(), &request, res.response_mut());
    count(&kit, Some(&operation), res.status(), began);
    if head {
        res = res.map_body(|_, _| BoxBody::new(()));
    }
    Ok(res)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref().copied())
        .unwrap_or_default()
}

/// Routing table, limits, authentication, roles, parameter names.
async fn admit(
    kit: &Kit,
    req: &ServiceRequest,
    method: &Method,
    found: Found,
) -> Result<(Arc<Operation>, Option<Arc<Identity>>)> {
    if req.uri().path_and_query().map_or(0, |p| p.as_str().len()) > MAX_URI {
        return Err(Error::new(
            Kind::UriTooLong,
            "uri_too_long",
            "地址不得超过 8192 字节",
            "the address may have at most 8192 bytes",
        ));
    }
    if req.headers().len() > MAX_HEADERS {
        return Err(Error::new(Kind::HeadersTooLarge, "too_many_headers", "请求头过多", "too many headers"));
    }
    let operation = match found {
        Found::Operation(op) => op,
        Found::OtherMethods(allow) => {
            return Err(Error::new(
                Kind::MethodNotAllowed,
                "method_not_allowed",
                format!("此地址支持的方法：{allow}"),
                format!("this address has {allow}, not {method}"),
            )
            .with_header("allow", &allow));
        }
        Found::Nothing => {
            return Err(Error::new(Kind::NotFound, "no_such_path", "没有这个地址", "no such address"));
        }
    };
    let identity = authenticate(kit, req.headers()).await;
    let identity = if operation.access.reach == Reach::Public {
        // A public operation must not fail for a stale token, but knows its caller when there is one.
        identity.ok().flatten()
    } else {
        let who = identity?.ok_or_else(|| {
            Error::new(Kind::Unauthenticated, "unauthenticated", "请先登录", "Credentials are required")
        })?;
        if !operation.access.allows(&who) {
            return Err(Error::forbidden(
                "role_missing",
                format!("您的角色不能执行 {}", operation.id),
                format!("your roles do not allow {}", operation.id),
            ));
        }
        Some(who)
    };
    check_parameter_names(&operation, req.query_string())?;
    Ok((operation, identity))
}

/// The caller that the `Authorization` header proves; none without the header.
///
/// # Errors
/// 401 for a header that is repeated or malformed and for a token that does not count.
pub async fn authenticate(kit: &Kit, headers: &HeaderMap) -> Result<Option<Arc<Identity>>> {
    let mut given = headers.get_all(header::AUTHORIZATION);
    let Some(first) = given.next() else { return Ok(None) };
    let bad = |why: &str| {
        Error::new(
            Kind::Unauthenticated,
            "unauthenticated",
            "凭证格式有误",
            "The Authorization header is not right",
        )
        .with_context(why)
    };
    if given.next().is_some() {
        return Err(bad("two Authorization headers"));
    }
    let text = first.to_str().map_err(|_| bad("not ASCII"))?;
    let token = text.get(..7).filter(|s| s.eq_ignore_ascii_case("bearer ")).and_then(|_| text.get(7..));
    let Some(token) = token.filter(|t| !t.is_empty() && !t.contains(' ')) else {
        return Err(bad("not a bearer token"));
    };
    kit.verifier.verify(token, kit.clock.now().as_second()).await.map(Some)
}

fn check_parameter_names(operation: &Operation, query: &str) -> Result<()> {
    if query.is_empty() {
        return Ok(());
    }
    let mut seen: Vec<std::borrow::Cow<'_, str>> = Vec::new();
    let mut faults = Vec::new();
    for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
        if !operation.query.iter().any(|p| p.name == name) {
            faults.push(Fault::new(
                format!("?{name}"),
                "unknown_parameter",
                "不认识的参数",
                "unknown parameter",
            ));
        } else if seen.contains(&name) {
            faults.push(Fault::new(
                format!("?{name}"),
                "repeated_parameter",
                "参数重复",
                "the parameter is repeated",
            ));
        }
        seen.push(name);
        if faults.len() > 20 {
            break;
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::malformed("bad_parameter", faults)) }
}

/// The error behind an answer: ours, or actix's own in our terms.
fn failure(res: &ServiceResponse<BoxBody>) -> Option<Error> {
    if let Some(e) = res.response().error() {
        if let Some(ours) = e.as_error::<Error>() {
            return Some(ours.clone());
        }
        let status = e.as_response_error().status_code();
        return Some(foreign(status, &e.to_string()));
    }
    let status = res.status();
    let ours = res
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|t| t.as_bytes().starts_with(b"application/problem+json"));
    if (status.is_client_error() || status.is_server_error()) && !ours {
        return Some(foreign(status, "answered without an error"));
    }
    None
}

fn foreign(status: StatusCode, context: &str) -> Error {
    let (kind, code, zh, en) = match status.as_u16() {
        400 => (Kind::Malformed, "malformed", "请求无法识别", "the request cannot be read"),
        404 => (Kind::NotFound, "no_such_path", "没有这个地址", "no such address"),
        405 => (Kind::MethodNotAllowed, "method_not_allowed", "不支持的方法", "method not allowed"),
        408 => (Kind::RequestTimeout, "request_timeout", "请求超时", "the request did not arrive in time"),
        413 => (Kind::TooLarge, "body_too_large", "请求内容过大", "the body is too large"),
        414 => (Kind::UriTooLong, "uri_too_long", "地址过长", "the address is too long"),
        415 => {
            (Kind::UnsupportedMedia, "unsupported_media_type", "不支持的内容类型", "unsupported media type")
        }
        431 => (Kind::HeadersTooLarge, "headers_too_large", "请求头过大", "the headers are too large"),
        _ => return Error::internal(format!("{status}: {context}")),
    };
    Error::new(kind, code, zh, en).with_context(context)
}

fn log(kit: &Kit, e: &Error, who: Option<&Identity>, path: &str, trace: &str) {
    let status = e.kind.status().as_u16();
    let caller = who.map_or("", |w| w.subject.as_str());
    if status >= 500 {
        tracing::error!(service = kit.service, status, code = e.code, caller, path, trace_id = trace, context = %e.context, "request failed");
    } else {
        tracing::debug!(service = kit.service, status, code = e.code, caller, path, trace_id = trace, context = %e.context, "request refused");
    }
}

fn leave<B>(door: Option<&dyn Gate>, req: &HttpRequest, res: &mut HttpResponse<B>) {
    if let Some(gate) = door {
        gate.leave(req, res.headers_mut());
    }
}

/// Headers that every answer carries.
fn decorate<B>(res: &mut HttpResponse<B>, trace: &str) {
    let headers = res.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(value) = HeaderValue::from_str(trace) {
        headers.insert(HeaderName::from_static("x-trace-id"), value);
    }
    headers.append(header::VARY, HeaderValue::from_static("Accept-Language, Authorization"));
}

fn count(kit: &Kit, operation: Option<&Arc<Operation>>, status: StatusCode, began: Instant) {
    let class = usize::from(status.as_u16() / 100).min(5);
    let seconds = began.elapsed().as_secs_f64();
    match operation {
        Some(op) => {
            let m = op.metrics(kit.service);
            if let Some(counter) = m.by_class.get(class) {
                counter.increment(1);
            }
            m.seconds.record(seconds);
        }
        None => metrics::counter!("http_refused_total", "service" => kit.service).increment(1),
    }
}
