//! One transport-free error, and the one place where it becomes an answer.
//!
//! `kind` decides the status (the default arm is 500, never 400), `code` is stable and language-free, `zh`/`en` are for
//! people, `faults` point into the input, and `context` is for the log only: it has no path into a body. Called by
//! everything; rendered by [`crate::front`], which adds language, instance and trace id.

use crate::lang::Lang;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use serde::Serialize;
use std::fmt;
use store_kit::StoreError;
use utoipa::ToSchema;

/// Result of an app function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Whose fault it is, and so which status it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 400: cannot be read as a request at all.
    Malformed,
    /// 401: no credentials, or none that count.
    Unauthenticated,
    /// 403: may see it, may not do it.
    Forbidden,
    /// 404: absent, or not for this caller's eyes.
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 406.
    NotAcceptable,
    /// 408.
    RequestTimeout,
    /// 409: the state of things forbids it.
    Conflict,
    /// 410: was public and is not any more.
    Gone,
    /// 412: changed since it was read.
    PreconditionFailed,
    /// 413.
    TooLarge,
    /// 414.
    UriTooLong,
    /// 415.
    UnsupportedMedia,
    /// 422: readable, but wrong.
    Invalid,
    /// 428: `If-Match` is required.
    PreconditionRequired,
    /// 429.
    TooMany,
    /// 431.
    HeadersTooLarge,
    /// 502: a service behind us answered nonsense.
    BadGateway,
    /// 503: try again later.
    Unavailable,
    /// 504: a service behind us did not answer in time.
    GatewayTimeout,
    /// 507: storage is full.
    StorageFull,
    /// 500: a bug of ours.
    Internal,
}

impl Kind {
    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Kind::Malformed => StatusCode::BAD_REQUEST,
            Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Kind::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Kind::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Gone => StatusCode::GONE,
            Kind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::UriTooLong => StatusCode::URI_TOO_LONG,
            Kind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Kind::BadGateway => StatusCode::BAD_GATEWAY,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::GatewayTimeout => StatusCode::GATEWAY_TIMEOUT,
            Kind::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Short text for people.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Kind::Malformed => ("请求无法识别", "Bad request"),
            Kind::Unauthenticated => ("未登录或凭证无效", "Authentication required"),
            Kind::Forbidden => ("无权执行此操作", "Forbidden"),
            Kind::NotFound => ("未找到", "Not found"),
            Kind::MethodNotAllowed => ("不支持的方法", "Method not allowed"),
            Kind::NotAcceptable => ("无法提供所要求的格式", "Not acceptable"),
            Kind::RequestTimeout => ("请求超时", "Request timeout"),
            Kind::Conflict => ("与当前状态冲突", "Conflict"),
            Kind::Gone => ("已失效或已撤下", "Gone"),
            Kind::PreconditionFailed => ("数据已被他人修改", "Precondition failed"),
            Kind::TooLarge => ("请求内容过大", "Content too large"),
            Kind::UriTooLong => ("地址过长", "URI too long"),
            Kind::UnsupportedMedia => ("不支持的内容类型", "Unsupported media type"),
            Kind::Invalid => ("内容有误", "Unprocessable content"),
            Kind::PreconditionRequired => ("缺少 If-Match", "Precondition required"),
            Kind::TooMany => ("请求过于频繁", "Too many requests"),
            Kind::HeadersTooLarge => ("请求头过大", "Request header fields too large"),
            Kind::BadGateway => ("上游服务应答异常", "Bad gateway"),
            Kind::Unavailable => ("服务暂不可用", "Service unavailable"),
            Kind::GatewayTimeout => ("上游服务超时", "Gateway timeout"),
            Kind::StorageFull => ("存储空间不足", "Insufficient storage"),
            Kind::Internal => ("系统内部错误", "Internal error"),
        };
        lang.pick(zh, en)
    }
}

/// One fault of the input, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer into the body (RFC 6901), or `?name` for a query parameter, or `@name` for a header.
    pub pointer: String,
    /// Stable code.
    pub code: String,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
}

impl Fault {
    /// A fault at `pointer`.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<String>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { pointer: pointer.into(), code: code.into(), zh: zh.into(), en: en.into() }
    }
}

/// What went wrong.
#[derive(Clone, Debug)]
pub struct Error {
    /// Whose fault.
    pub kind: Kind,
    /// Stable snake_case code.
    pub code: &'static str,
    /// For people, Chinese.
    pub zh: String,
    /// For people, English.
    pub en: String,
    /// Places in the input.
    pub faults: Vec<Fault>,
    /// For the log only.
    pub context: String,
    /// Headers such as `Retry-After`, `Allow`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Error {
    /// An error with texts for people.
    pub fn new(kind: Kind, code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            zh: zh.into(),
            en: en.into(),
            faults: Vec::new(),
            context: String::new(),
            headers: Vec::new(),
        }
    }

    /// 404 for a resource; says the same whether it is absent or hidden.
    #[must_use]
    pub fn not_found(what: &'static str) -> Self {
        Self::new(
            Kind::NotFound,
            "not_found",
            format!("没有这一项（{what}），或不在您的权限范围内"),
            format!("No such {what}, or it is outside your scope"),
        )
    }

    /// 403.
    pub fn forbidden(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, code, zh, en)
    }

    /// 409.
    pub fn conflict(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, code, zh, en)
    }

    /// 422 with the places.
    #[must_use]
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let (zh, en) = match faults.as_slice() {
            [one] => (one.zh.clone(), one.en.clone()),
            many => (format!("共有 {} 处错误", many.len()), format!("{} faults", many.len())),
        };
        Self { faults, ..Self::new(Kind::Invalid, "invalid", zh, en) }
    }

    /// 422 with one place.
    pub fn invalid_at(
        pointer: impl Into<String>,
        code: impl Into<String>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::invalid(vec![Fault::new(pointer, code, zh, en)])
    }

    /// 400 with the places.
    #[must_use]
    pub fn malformed(code: &'static str, faults: Vec<Fault>) -> Self {
        let mut e = Self::invalid(faults);
        e.kind = Kind::Malformed;
        e.code = code;
        e
    }

    /// 503 with `Retry-After`.
    pub fn unavailable(context: impl Into<String>) -> Self {
        Self::new(
            Kind::Unavailable,
            "unavailable",
            "服务暂不可用，请稍后重试",
            "Temporarily unavailable, please retry",
        )
        .with_context(context)
        .with_header("retry-after", "2")
    }

    /// 500: a bug of ours.
    pub fn internal(context: impl Into<String>) -> Self {
        Self::new(Kind::Internal, "internal", "系统内部错误，已记录", "Internal error, it has been logged")
            .with_context(context)
    }

    /// Adds text for the log.
    #[must_use]
    pub fn with_context(mut self, context: impl Into<String>) -> Self {
        self.context = context.into();
        self
    }

    /// Adds a header; a bad value is dropped.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    /// The answer's body.
    #[must_use]
    pub fn problem(&self, lang: Lang, instance: &str, trace_id: &str) -> Problem {
        Problem {
            r#type: format!("urn:lianjian:problem:{}", self.code),
            title: self.kind.title(lang).to_string(),
            status: self.kind.status().as_u16(),
            detail: lang.pick(&self.zh, &self.en).to_string(),
            instance: instance.to_string(),
            code: self.code.to_string(),
            errors: self
                .faults
                .iter()
                .map(|f| ProblemFault {
                    pointer: f.pointer.clone(),
                    code: f.code.clone(),
                    detail: lang.pick(&f.zh, &f.en).to_string(),
                })
                .collect(),
            trace_id: trace_id.to_string(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.en)?;
        for fault in &self.faults {
            write!(f, "; {} {} {}", fault.pointer, fault.code, fault.en)?;
        }
        if !self.context.is_empty() {
            write!(f, " [{}]", self.context)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<StoreError> for Error {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::NotFound => Error::not_found("resource"),
            StoreError::Unavailable(m) | StoreError::Timeout(m) | StoreError::Contention(m) => {
                Error::unavailable(m)
            }
            StoreError::Full(m) => Error::new(
                Kind::StorageFull,
                "storage_full",
                "存储空间不足，未保存任何内容",
                "Storage is full, nothing was stored",
            )
            .with_context(m)
            .with_header("retry-after", "60"),
            // Which conflict is the caller's business is for the store function to say; an unexpected one is ours.
            StoreError::Conflict { constraint, message } => {
                Error::internal(format!("unique {constraint}: {message}"))
            }
            StoreError::Bug(m) | StoreError::InUse(m) => Error::internal(m),
        }
    }
}

impl From<diesel::result::Error> for Error {
    fn from(e: diesel::result::Error) -> Self {
        StoreError::from(e).into()
    }
}

/// Intent at the call site for store results.
pub trait StoreIntent<T> {
    /// Absence is the caller's: 404.
    ///
    /// # Errors
    /// 404 instead of "row not found"; the rest passes.
    fn or_not_found(self, what: &'static str) -> Result<T>;
    /// A taken key is the caller's: 409 with this code.
    ///
    /// # Errors
    /// 409 instead of a unique violation; the rest passes.
    fn or_conflict(self, code: &'static str, zh: &str, en: &str) -> Result<T>;
}

impl<T> StoreIntent<T> for std::result::Result<T, StoreError> {
    fn or_not_found(self, what: &'static str) -> Result<T> {
        self.map_err(|e| match e {
            StoreError::NotFound => Error::not_found(what),
            other => other.into(),
        })
    }

    fn or_conflict(self, code: &'static str, zh: &str, en: &str) -> Result<T> {
        self.map_err(|e| match e {
            StoreError::Conflict { .. } => Error::conflict(code, zh, en),
            other => other.into(),
        })
    }
}

impl actix_web::ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    fn error_response(&self) -> actix_web::HttpResponse {
        // Language and trace id are added by the front, which sees the request; this is the bare form.
        render(self, Lang::Zh, "", "")
    }
}

/// The answer for an error.
#[must_use]
pub fn render(e: &Error, lang: Lang, instance: &str, trace_id: &str) -> actix_web::HttpResponse {
    let mut builder = actix_web::HttpResponse::build(e.kind.status());
    builder.content_type("application/problem+json");
    builder.insert_header(("content-language", lang.tag()));
    builder.insert_header(("cache-control", "no-store"));
    if e.kind == Kind::Unauthenticated {
        builder.insert_header(("www-authenticate", "Bearer realm=\"lianjian\""));
    }
    for (name, value) in &e.headers {
        builder.insert_header((name.clone(), value.clone()));
    }
    builder.body(serde_json::to_vec(&e.problem(lang, instance, trace_id)).unwrap_or_default())
}

/// Problem details (RFC 9457) with our members `code`, `errors` and `trace_id`.
#[derive(Clone, Debug, Serialize, serde::Deserialize, ToSchema)]
pub struct Problem {
    /// Stable URI of the kind of problem.
    #[schema(max_length = 200, example = "urn:lianjian:problem:not_found")]
    pub r#type: String,
    /// Short text of the status, in the language asked for.
    #[schema(max_length = 200, example = "未找到")]
    pub title: String,
    /// HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 404)]
    pub status: u16,
    /// What went wrong this time, for people.
    #[schema(max_length = 2000)]
    pub detail: String,
    /// The path asked for.
    #[schema(max_length = 2000)]
    pub instance: String,
    /// Stable code, the same in every language.
    #[schema(max_length = 64, pattern = "^[a-z0-9_]+$", example = "not_found")]
    pub code: String,
    /// Every fault found in the input.
    #[schema(max_items = 1000)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemFault>,
    /// W3C trace id, to be named when asking for help.
    #[schema(max_length = 32)]
    pub trace_id: String,
}

/// One fault of the input.
#[derive(Clone, Debug, Serialize, serde::Deserialize, ToSchema)]
pub struct ProblemFault {
    /// JSON pointer into the body, `?name` for a query parameter, `@name` for a header.
    #[schema(max_length = 500, example = "/uscc")]
    pub pointer: String,
    /// Stable code.
    #[schema(max_length = 64, example = "check_digit_wrong")]
    pub code: String,
    /// What is wrong.
    #[schema(max_length = 2000)]
    pub detail: String,
}
