//! Checked input for handlers: the caller's context, ids, query parameters, bodies.
//!
//! A handler that takes these cannot forget a check: unknown parameters and members are refused, every fault is reported
//! with its place, sizes and depths are bounded. Authentication has already happened in [`crate::front`].

use crate::auth::{Identity, Scope};
use crate::error::{Error, Fault, Kind, Result};
use crate::front::RequestInfo;
use crate::lang::Lang;
use crate::service::Kit;
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

/// Depth of a JSON body at most.
const MAX_DEPTH: usize = 32;

/// Who is calling, in what language, with which conditions; and the service's kit.
#[derive(Clone)]
pub struct Ctx {
    /// The service's kit.
    pub kit: Kit,
    pub(crate) info: Rc<RequestInfo>,
    pub(crate) idempotency_key: Option<String>,
    if_match: Option<String>,
    pub(crate) fingerprint: Rc<RefCell<String>>,
}

impl Ctx {
    /// The caller.
    ///
    /// # Errors
    /// 401 on a public operation without a token.
    pub fn who(&self) -> Result<&Arc<Identity>> {
        self.info.identity.as_ref().ok_or_else(|| {
            Error::new(Kind::Unauthenticated, "unauthenticated", "请先登录", "Credentials are required")
        })
    }

    /// The rows and fields the caller may touch; a caller without a token may touch nothing.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match &self.info.identity {
            Some(who) => who.scope(),
            None => Scope { departments: Some(Vec::new()), regions: None, fields: Vec::new() },
        }
    }

    /// Language of texts for people.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.info.lang
    }

    /// W3C trace id.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        &self.info.trace_id
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.kit.clock.now()
    }

    /// operationId.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.info.operation.as_ref().map_or("", |o| o.id.as_str())
    }

    /// The path asked for.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.info.path
    }

    /// The query as it came.
    #[must_use]
    pub fn query_text(&self) -> &str {
        &self.info.query
    }

    /// Refuses a body of a type that the operation does not take; for handlers that read the stream themselves.
    ///
    /// # Errors
    /// 415 with the types that are taken.
    pub fn check_media(&self, req: &HttpRequest) -> Result<()> {
        let media = self.info.operation.as_ref().map(|o| o.media.clone()).unwrap_or_default();
        media_type(req, &media)
    }

    /// Leaves the digest of a streamed body for the idempotency record.
    pub fn set_fingerprint(&self, digest: &str) {
        *self.fingerprint.borrow_mut() = digest.to_string();
    }

    /// The version named by `If-Match`.
    ///
    /// # Errors
    /// 428 when it is missing, 412 when it is not one of our strong tags.
    pub fn if_match(&self) -> Result<i64> {
        let Some(tag) = &self.if_match else {
            return Err(Error::new(
                Kind::PreconditionRequired,
                "if_match_required",
                "修改前须先读取，并用 If-Match 带回 ETag",
                "Read first and send the ETag back in If-Match",
            ));
        };
        tag.trim()
            .strip_prefix('"')
            .and_then(|t| t.strip_suffix('"'))
            .and_then(|t| t.parse().ok())
            .ok_or_else(changed)
    }

    /// Holds the version named by `If-Match` against the row's.
    ///
    /// # Errors
    /// 428, or 412 when the row has changed since.
    pub fn expect_version(&self, version: i64) -> Result<()> {
        if self.if_match()? == version { Ok(()) } else { Err(changed()) }
    }
}

/// 412: somebody was quicker.
#[must_use]
pub fn changed() -> Error {
    Error::new(
        Kind::PreconditionFailed,
        "version_mismatch",
        "数据已被他人修改，请重新读取后再改",
        "It was changed since you read it; read it again",
    )
}

impl FromRequest for Ctx {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let info = req.extensions().get::<Rc<RequestInfo>>().cloned();
        let kit = req.app_data::<Data<Kit>>().map(|d| d.get_ref().clone());
        let (Some(info), Some(kit)) = (info, kit) else {
            return ready(Err(Error::internal("a handler runs without the front")));
        };
        let header =
            |name: &str| req.headers().get(name).and_then(|h| h.to_str().ok()).map(ToString::to_string);
        let idempotency_key = header("idempotency-key");
        if let Some(key) = &idempotency_key
            && (key.is_empty() || key.len() > 255)
        {
            return ready(Err(Error::malformed(
                "bad_idempotency_key",
                vec![Fault::new(
                    "@Idempotency-Key",
                    "bad_length",
                    "长度须为 1–255",
                    "must have 1 to 255 characters",
                )],
            )));
        }
        ready(Ok(Ctx {
            kit,
            info,
            idempotency_key,
            if_match: header("if-match"),
            fingerprint: fingerprint_slot(req),
        }))
    }
}

/// The place where the body's digest is left for the idempotency record, shared by the extractors of one request.
fn fingerprint_slot(req: &HttpRequest) -> Rc<RefCell<String>> {
    let mut extensions = req.extensions_mut();
    if let Some(slot) = extensions.get::<Fingerprint>() {
        return Rc::clone(&slot.0);
    }
    let slot = Rc::new(RefCell::new(String::new()));
    extensions.insert(Fingerprint(Rc::clone(&slot)));
    slot
}

struct Fingerprint(Rc<RefCell<String>>);

/// An id from the path; one that does not read is an id of nothing (404).
pub struct Id<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Id<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let path = actix_web::web::Path::<T>::extract(req).into_inner();
        ready(path.map(|p| Id(p.into_inner())).map_err(|_| Error::not_found("resource")))
    }
}

/// Query parameters, typed and checked against the document.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_query(req).map(Query))
    }
}

fn read_query<T: DeserializeOwned>(req: &HttpRequest) -> Result<T> {
    let info = req.extensions().get::<Rc<RequestInfo>>().cloned();
    let Some(operation) = info.as_ref().and_then(|i| i.operation.clone()) else {
        return Err(Error::internal("a query without an operation"));
    };
    let mut faults = Vec::new();
    let mut object = serde_json::Map::new();
    for (name, text) in url::form_urlencoded::parse(req.query_string().as_bytes()) {
        // Unknown and repeated names were refused by the front.
        let Some(parameter) = operation.query.iter().find(|p| p.name == name) else { continue };
        if text.contains('\0') {
            faults.push(Fault::new(
                format!("?{name}"),
                "control_character",
                "含有控制字符",
                "holds a control character",
            ));
            continue;
        }
        let value = match parameter.kind.as_str() {
            "integer" => match text.parse::<i64>() {
                // "+1" and "01" are not integers in JSON.
                Ok(n) if n.to_string() == text => Value::from(n),
                _ => Value::String(text.into_owned()),
            },
            "boolean" => match text.as_ref() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::String(text.into_owned()),
            },
            "array" => Value::Array(text.split(',').map(|s| Value::String(s.to_string())).collect()),
            _ => Value::String(text.into_owned()),
        };
        faults.extend(parameter.faults(&value));
        object.insert(name.into_owned(), value);
    }
    for p in operation.query.iter().filter(|p| p.required && !object.contains_key(&p.name)) {
        faults.push(Fault::new(
            format!("?{}", p.name),
            "missing_parameter",
            "缺少参数",
            "parameter is missing",
        ));
    }
    if !faults.is_empty() {
        return Err(Error::malformed("bad_parameter", faults));
    }
    serde_path_to_error::deserialize(Value::Object(object)).map_err(|e| {
        let text = e.inner().to_string();
        Error::malformed(
            "bad_parameter",
            vec![Fault::new(format!("?{}", e.path()), "bad_value", text.clone(), text)],
        )
    })
}

/// A JSON body, read within bounds and held against its schema; `validate` of the type is the handler's next step.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let payload = payload.take();
        Box::pin(async move {
            let info = req.extensions().get::<Rc<RequestInfo>>().cloned();
            let Some(operation) = info.as_ref().and_then(|i| i.operation.clone()) else {
                return Err(Error::internal("a body without an operation"));
            };
            let limit = req.app_data::<Data<Kit>>().map_or(1024 * 1024, |k| k.core.max_body);
            media_type(&req, &operation.media)?;
            let bytes = collect(&req, payload, limit).await?;
            *fingerprint_slot(&req).borrow_mut() = hex::encode(Sha256::digest(&bytes));
            let value = strict_json(&bytes)?;
            let faults = operation.body_faults(&value);
            if !faults.is_empty() {
                return Err(Error::invalid(faults));
            }
            serde_path_to_error::deserialize(value).map(Body).map_err(|e| {
                let pointer = pointer_of(e.path());
                let text = e.inner().to_string();
                Error::invalid_at(pointer, "bad_value", format!("内容有误：{text}"), text)
            })
        })
    }
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment as S;
    let mut out = String::new();
    for segment in path.iter() {
        match segment {
            S::Seq { index } => out.push_str(&format!("/{index}")),
            S::Map { key } => out.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            S::Enum { variant } => out.push_str(&format!("/{variant}")),
            S::Unknown => {}
        }
    }
    out
}

/// Refuses types and encodings that the operation does not take.
pub fn media_type(req: &HttpRequest, allowed: &[String]) -> Result<()> {
    let given = req.headers().get("content-type").and_then(|h| h.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !allowed.contains(&essence) {
        return Err(Error::new(
            Kind::UnsupportedMedia,
            "unsupported_media_type",
            format!("内容类型须为 {}", allowed.join("、")),
            format!("the content type must be {}", allowed.join(", ")),
        )
        .with_header("accept", &allowed.join(", ")));
    }
    Ok(())
}

/// Reads a body up to `limit` bytes.
async fn collect(req: &HttpRequest, mut payload: Payload, limit: usize) -> Result<Vec<u8>> {
    if let Some(encoding) = req.headers().get("content-encoding")
        && encoding != "identity"
    {
        return Err(Error::new(
            Kind::UnsupportedMedia,
            "unsupported_encoding",
            "此接口不接受压缩内容",
            "this operation takes no compressed body",
        ));
    }
    let too_large = || {
        Error::new(
            Kind::TooLarge,
            "body_too_large",
            format!("内容不得超过 {limit} 字节"),
            format!("the body may have at most {limit} bytes"),
        )
    };
    let declared = req
        .headers()
        .get("content-length")
        .and_then(|h| h.to_str().ok())
        .and_then(|h| h.parse::<usize>().ok());
    if declared.is_some_and(|n| n > limit) {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(declared.unwrap_or(0).min(limit));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|e| crate::patience::body_fault(&e))?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Parses JSON and refuses what parsers disagree about: repeated members, great depth, NUL characters, a BOM.
///
/// # Errors
/// 400 with the place.
pub fn strict_json(bytes: &[u8]) -> Result<Value> {
    let bad = |code: &'static str, zh: &str, en: String| {
        Error::malformed("bad_json", vec![Fault::new("", code, zh.to_string(), en)])
    };
    let text = std::str::from_utf8(bytes).map_err(|e| bad("not_utf8", "不是 UTF-8 文本", e.to_string()))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = strict::parse(&mut deserializer, MAX_DEPTH)
        .and_then(|v| deserializer.end().map(|()| v))
        .map_err(|e| bad("bad_json", "JSON 有误", e.to_string()))?;
    Ok(value)
}

mod strict {
    //! A JSON value without repeated members.
    use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
    use serde_json::{Map, Value};
    use std::fmt;

    pub(super) fn parse<'de, D: de::Deserializer<'de>>(d: D, depth: usize) -> Result<Value, D::Error> {
        Strict(depth).deserialize(d)
    }

    struct Strict(usize);

    impl<'de> DeserializeSeed<'de> for Strict {
        type Value = Value;
        fn deserialize<D: de::Deserializer<'de>>(self, d: D) -> Result<Value, D::Error> {
            d.deserialize_any(self)
        }
    }

    impl<'de> Visitor<'de> for Strict {
        type Value = Value;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON value")
        }
        fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
            Ok(Value::Bool(v))
        }
        fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
            Ok(v.into())
        }
        fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
            Ok(v.into())
        }
        fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
            Ok(v.into())
        }
        fn visit_str<E: de::Error>(self, v: &str) -> Result<Value, E> {
            if v.contains('\0') {
                return Err(E::custom("a text holds the character NUL"));
            }
            Ok(Value::String(v.to_string()))
        }
        fn visit_unit<E>(self) -> Result<Value, E> {
            Ok(Value::Null)
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut a: A) -> Result<Value, A::Error> {
            let depth = self.0.checked_sub(1).ok_or_else(|| de::Error::custom("nested too deeply"))?;
            let mut out = Vec::new();
            while let Some(v) = a.next_element_seed(Strict(depth))? {
                out.push(v);
            }
            Ok(Value::Array(out))
        }
        fn visit_map<A: MapAccess<'de>>(self, mut a: A) -> Result<Value, A::Error> {
            let depth = self.0.checked_sub(1).ok_or_else(|| de::Error::custom("nested too deeply"))?;
            let mut out = Map::new();
            while let Some(key) = a.next_key::<String>()? {
                let value = a.next_value_seed(Strict(depth))?;
                if out.insert(key.clone(), value).is_some() {
                    return Err(de::Error::custom(format!("the member {key:?} occurs twice")));
                }
            }
            Ok(Value::Object(out))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_that_parsers_disagree_about_is_refused() {
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        let deepest = "[".repeat(100_000);
        for (text, good) in [
            (r#"{"a":1}"#, true),
            (r#"{"a":1,"a":2}"#, false),
            (r#"{"a":{"b":1,"b":1}}"#, false),
            (deep.as_str(), false),
            (deepest.as_str(), false),
            ("NaN", false),
            ("1e999", false),
            ("{\"a\":\"\\u0000\"}", false),
            ("{\"a\":\"\\ud800\"}", false),
            ("\u{feff}{}", false),
            ("{} x", false),
            ("", false),
            ("null", true),
        ] {
            assert_eq!(
                strict_json(text.as_bytes()).is_ok(),
                good,
                "{}",
                text.chars().take(40).collect::<String>()
            );
        }
    }
}
